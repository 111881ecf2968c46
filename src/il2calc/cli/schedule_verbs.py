"""The verbs that lay a regimen out for a patient: `schedule`, `prepare`, `diff`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output, request, writing
from il2calc.cli.formats import Layout
from il2calc.cli.options import Begun, Body, Choices, Rounding, Text, Texts, option
from il2calc.cli.request import Wanted
from il2calc.errors import MissingInput, OptionError, Refused, UnknownName, nearest_drug
from il2calc.review import of_schedule

if TYPE_CHECKING:
    from il2calc.report.comparison import Comparison

Format = Annotated[Text, option("--format text|json", "Default: by --output.")]


def schedule(
    regimen: options.RegimenName,
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    layout: Layout,
    explain: Annotated[bool, option("--explain", "Show the arithmetic.")] = False,
    no_subject: Annotated[
        bool, option("--no-subject", "Write a calendar file without a subject.")
    ] = False,
    with_patient: Annotated[
        bool, option("--with-patient", "Show body measures and working in calendar events.")
    ] = False,
    as_of: Annotated[
        Text,
        option(
            "--as-of DATE HH:MM",
            "Date and time (UTC) of a calendar file or printed sheet. Default: now.",
        ),
    ] = None,
    ascii_: formats.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Join when and how much, and print it."""
    how = formats.how(
        layout, explain=explain, as_of=as_of, with_patient=with_patient, ascii_only=ascii_
    )
    formats.refuse_terminal(how.format, how.target, regimen)
    if how.format == "ics":
        _refuse_nobody(begun.subject, no_subject)
    first, last = options.day("--from", layout.from_), options.day("--to", layout.to)
    dates = request.dates(begun)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.between(request.made(body, wanted, dates), first, last)
    monographs = language.monographs(made.regimen.drugs(made.arm), folder)
    writing.write(made, of_schedule.review(made, monographs), how, monographs, folder)


def _refuse_nobody(subject: Text, no_subject: bool) -> None:
    """Two patients' events must never take each other's place in a calendar."""
    if subject is not None and no_subject:
        raise OptionError("--no-subject", "excludes --subject; give one of them")
    if subject is None and not no_subject:
        why = "events of two patients must not replace each other in a calendar"
        raise MissingInput("--subject S-07, or --no-subject where there is only one", why)


def prepare(
    regimen: options.RegimenName,
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    from_: options.From = None,
    to: options.To = None,
    preparation: Annotated[
        Texts, option("--preparation DRUG=NAME", "A preparation other than the route's own.")
    ] = None,
    graduation: formats.Graduation = None,
    share_vials: Annotated[
        bool, option("--share-vials", "Let one made-up vial serve several whole doses.")
    ] = False,
    format_: Format = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    strict: options.Strict = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Make up every distinct dose of a schedule on paper."""
    from il2calc.format import json
    from il2calc.pharmacy.preparation import prepare as make_up
    from il2calc.pharmacy.supply import order
    from il2calc.report import notes
    from il2calc.report import preparation_sheet as sheet

    format_ = formats.meant(format_, output_, options.TEXT_OR_JSON)
    first, last = options.day("--from", from_), options.day("--to", to)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.made(body, wanted, request.dates(begun))
    made = request.between(made, first, last)
    if not made.shown:
        hint = "; give other dates" if made.administrations else ""
        raise Refused(f"{notes.shown(made)}: nothing is made up{hint}")
    known = made.regimen.drugs(made.arm)
    names = language.DrugNames(folder)
    texts = options.pairs("--preparation", preparation or (), '"DRUG=24-hour infusion"')
    chosen = request.by_drug("--preparation", texts, made.regimen, names)
    for drug in chosen:
        if drug not in known:
            raise UnknownName("drug of this schedule", drug, known, near=nearest_drug)
    syringes = options.graduations(graduation or ())
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
        told = sheet.paragraphs(made, prepared, orders, share=share_vials, of_plan=of_plan)
        output.write_sheet(told, output_, pager=not no_pager)
    output.caution(found, printed=True, output=output_)
    output.written(output_, format_, quiet=quiet)
    if strict and found:
        raise typer.Exit(3)


def diff(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    format_: Format = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    strict: Annotated[
        bool, option("--strict", "Exit 3 if anything differs, and on any caution.")
    ] = False,
    folder: options.Folder = None,
) -> None:
    """Hold two regimens against each other, and their schedules where they can be made."""
    from il2calc.format import json
    from il2calc.report import comparison

    format_ = formats.meant(format_, output_, options.TEXT_OR_JSON)
    if "-" in (regimen, other):
        raise OptionError("-", "diff reads two files; give an id or a path for each")
    found = _compared((regimen, other), (body, begun, choices), rounding, folder)
    if format_ == "json":
        output.write_data(json.dumped(comparison.document(found)), output_)
    else:
        output.write_sheet(comparison.paragraphs(found), output_, pager=not no_pager)
    told = {caution.text: caution for side in (found.a, found.b) for caution in side.cautions}
    output.caution(tuple(told.values()))
    output.written(output_, format_, quiet=quiet)
    if strict and (found.differs or told):
        raise typer.Exit(3)


def _compared(
    names: tuple[str, str],
    given: tuple[Body, Begun, Choices],
    rounding: Rounding,
    folder: Path | None,
) -> Comparison:
    """Both with their schedules; without them where nothing was given that a schedule needs.

    Raises:
        MissingInput: something was given of a patient, and one of the schedules needs more.
    """
    from il2calc.report.comparison import Side, compare

    body, begun, choices = given
    dates = request.dates(begun)

    def side(name: str, its: Choices) -> Side:
        made = request.made(body, Wanted(name, its, rounding, folder), dates)
        monographs = language.monographs(made.regimen.drugs(made.arm), folder)
        return Side(made.regimen, made, of_schedule.review(made, monographs))

    try:
        a, b = map(side, names, _of_each(names, choices, folder))
    except MissingInput as error:
        if (body, begun, choices._replace(set=None)) != (Body(), Begun(), Choices()):
            raise
        read = options.settings(choices.set or ())
        a, b = (Side(language.load(each, folder=folder, settings=read)) for each in names)
        return compare(a, b, f"not compared, for {error}.")
    return compare(a, b)


def _of_each(
    names: tuple[str, str], choices: Choices, folder: Path | None
) -> tuple[Choices, Choices]:
    """What was chosen for each of both: an arm is that of the one that has arms."""
    if choices.arm is not None:
        a, b = (bool(language.load(each, folder=folder).arms) for each in names)
        armless = choices._replace(arm=None)
        if a is not b:
            return (choices, armless) if a else (armless, choices)
    return choices, choices
