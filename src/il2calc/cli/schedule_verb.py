"""The verb `schedule`: a regimen for a patient, as a dated table."""

from __future__ import annotations

from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import formats, output, request, shared_options, writing
from il2calc.cli.options import OptionError, day
from il2calc.cli.request import Wanted
from il2calc.cli.shared_options import Begun, Body, Choices, Rounding, Text
from il2calc.errors import MissingInput
from il2calc.review import of_schedule


def schedule(
    regimen: shared_options.RegimenName,
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    from_: shared_options.From = None,
    to: shared_options.To = None,
    format_: formats.FormatName = None,
    output_: shared_options.Output = None,
    quiet: shared_options.Quiet = False,
    columns: formats.Columns = None,
    brief: shared_options.Brief = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the arithmetic.")] = False,
    notes: formats.Notes = None,
    no_pager: formats.NoPager = False,
    per: formats.Per = None,
    no_subject: Annotated[
        bool, typer.Option("--no-subject", help="Write a calendar file that names no subject.")
    ] = False,
    with_patient: formats.WithPatient = False,
    as_of: formats.AsOf = None,
    paper: formats.PaperSize = None,
    no_picture: formats.NoPicture = False,
    graduation: formats.Graduation = None,
    drug: formats.Drug = None,
    compact: formats.Compact = False,
    id_: formats.Id = None,
    cmt: formats.Cmt = None,
    ascii_: formats.Ascii = False,
    strict: shared_options.Strict = False,
    reviewed: shared_options.RequireReviewed = False,
    folder: shared_options.Folder = None,
) -> None:
    """Join when and how much, and print it."""
    format_ = formats.meant(format_, output_)
    formats.only_with(
        format_,
        {
            "--brief": (brief, ("table",)),
            "--explain": (explain, ("table",)),
            "--from": (from_, formats.IN_PART),
            "--to": (to, formats.IN_PART),
        },
    )
    how = formats.how(
        *(format_, output_, columns, per, as_of, with_patient, ascii_),
        notes=notes,
        paper=paper,
        no_picture=no_picture,
        graduation=graduation,
    )
    how = how._replace(engine=formats.engine(format_, drug, compact, id_, cmt))
    formats.refuse_terminal(format_, output_, regimen)
    if format_ == "ics":
        _refuse_nobody(begun.subject, no_subject)
    first, last = day("--from", from_), day("--to", to)
    dates = request.dates(begun)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.between(request.made(body, wanted, dates), first, last)
    monographs = language.monographs(made.regimen.drugs(made.arm), folder)
    how = writing.resolved(made, how, folder)
    found = (*of_schedule.review(made, monographs), *writing.cautions(made, how))
    writing.write(
        made, found, how._replace(brief=brief, explain=explain, pager=not no_pager), monographs
    )
    writing.tell_part(made, format_)
    output.caution(found, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    output.written(output_, format_, quiet=quiet)
    if strict and found:
        raise typer.Exit(3)


def _refuse_nobody(subject: Text, no_subject: bool) -> None:
    """Two patients' events must never take each other's place in a calendar."""
    if subject is not None and no_subject:
        raise OptionError("--no-subject", "excludes --subject; give one of them")
    if subject is None and not no_subject:
        why = "events of two patients must not replace each other in a calendar"
        raise MissingInput("--subject S-07, or --no-subject where there is only one", why)
