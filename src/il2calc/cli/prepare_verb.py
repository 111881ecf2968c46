"""The verb `prepare`: the preparation sheet of a schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import formats, output, request, shared_options
from il2calc.cli.options import day, graduations, pairs
from il2calc.cli.request import Wanted
from il2calc.cli.shared_options import Begun, Body, Choices, Rounding, Texts
from il2calc.errors import Refused, UnknownName, nearest_drug
from il2calc.format import json
from il2calc.pharmacy.preparation import prepare as make_up
from il2calc.pharmacy.supply import order
from il2calc.report import notes
from il2calc.report import preparation_sheet as sheet
from il2calc.report.lines import sheet as sheet_lines
from il2calc.review import of_schedule

FORMATS = ("text", "json")


def prepare(
    regimen: shared_options.RegimenName,
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    from_: shared_options.From = None,
    to: shared_options.To = None,
    preparation: Annotated[
        Texts,
        typer.Option("--preparation", metavar="DRUG=NAME", help="Instead of the route's own."),
    ] = None,
    graduation: formats.Graduation = None,
    share_vials: Annotated[
        bool, typer.Option("--share-vials", help="One made-up vial serves several whole doses.")
    ] = False,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="text|json", help="Default: by --output.")
    ] = None,
    output_: shared_options.Output = None,
    no_pager: formats.NoPager = False,
    quiet: shared_options.Quiet = False,
    strict: shared_options.Strict = False,
    reviewed: shared_options.RequireReviewed = False,
    folder: shared_options.Folder = None,
) -> None:
    """Make up every distinct dose of a schedule on paper."""
    format_ = formats.meant(format_, output_, FORMATS)
    first, last = day("--from", from_), day("--to", to)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.made(body, wanted, request.dates(begun))
    made = request.between(made, first, last)
    if not made.shown:
        hint = "; give other dates" if made.administrations else ""
        raise Refused(f"{notes.shown(made)}: nothing is made up{hint}")
    known = made.regimen.drugs(made.arm)
    names = language.DrugNames(folder)
    texts = pairs("--preparation", preparation or (), '"DRUG=24-hour infusion"')
    chosen = request.by_drug("--preparation", texts, made.regimen, names)
    for drug in chosen:
        if drug not in known:
            raise UnknownName("drug of this schedule", drug, known, near=nearest_drug)
    syringes = graduations(graduation or ())
    graduated = request.by_drug("--graduation", syringes, made.regimen, names)
    made = replace(made, asked=tuple(dict.fromkeys((*made.asked, *names.asked()))))
    monographs = language.monographs(known, folder)
    limited = replace(made, administrations=made.shown)
    prepared = make_up(limited, monographs, chosen, graduated)
    of_plan = of_schedule.review(made, monographs)
    found = (*of_plan, *sheet.cautions(prepared, share=share_vials))
    orders = order(limited, prepared, share=share_vials)
    if format_ == "json":
        document = sheet.document(made, prepared, orders, share=share_vials, of_plan=of_plan)
        output.write_data(json.dumped({**document, "subject": made.subject}), output_)
    else:
        width = output.width() if output_ is None else None
        told = sheet.paragraphs(made, prepared, orders, share=share_vials, of_plan=of_plan)
        lines = sheet_lines(told, width)
        output.write_styled(lines, output_, pager=not no_pager)
    output.caution(found, printed=True, output=output_)
    output.written(output_, format_, quiet=quiet)
    if strict and found:
        raise typer.Exit(3)
