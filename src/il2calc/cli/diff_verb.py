"""The verb `diff`: what differs between two regimens, or two versions of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import formats, output, request, shared_options
from il2calc.cli.options import OptionError, settings
from il2calc.cli.request import Dates, Wanted
from il2calc.cli.shared_options import Begun, Body, Choices, Rounding
from il2calc.errors import MissingInput
from il2calc.format import json
from il2calc.report import comparison
from il2calc.report.comparison import Comparison, Side
from il2calc.report.lines import sheet
from il2calc.review import of_schedule

FORMATS = ("text", "json")


def diff(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="text|json", help="Default: by --output.")
    ] = None,
    output_: shared_options.Output = None,
    no_pager: formats.NoPager = False,
    quiet: shared_options.Quiet = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 where anything differs, and on any caution.")
    ] = False,
    folder: shared_options.Folder = None,
) -> None:
    """Hold two regimens against each other, and their schedules where they can be made."""
    format_ = formats.meant(format_, output_, FORMATS)
    if "-" in (regimen, other):
        raise OptionError("-", "diff reads two files; give an id or a path for each")
    found = _compared((regimen, other), (body, begun, choices), rounding, folder)
    if format_ == "json":
        output.write_data(json.dumped(comparison.document(found)), output_)
    else:
        width = output.width() if output_ is None else None
        printed = sheet(comparison.paragraphs(found), width)
        output.write_styled(printed, output_, pager=not no_pager)
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
    body, begun, choices = given
    dates = request.dates(begun)
    try:
        a, b = (
            _side(body, Wanted(name, its, rounding, folder), dates)
            for name, its in zip(names, _of_each(names, choices, folder), strict=True)
        )
    except MissingInput as error:
        if (body, begun, choices._replace(set=None)) != (Body(), Begun(), Choices()):
            raise
        read = settings(choices.set or ())
        a, b = (Side(language.load(each, folder=folder, settings=read)) for each in names)
        return comparison.compare(a, b, f"not compared, for {error}.")
    return comparison.compare(a, b)


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


def _side(body: Body, wanted: Wanted, dates: Dates) -> Side:
    made = request.made(body, wanted, dates)
    monographs = language.monographs(made.regimen.drugs(made.arm), wanted.folder)
    return Side(made.regimen, made, of_schedule.review(made, monographs))
