"""The verbs `replan` and `intensity`: what a course log has come to."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, log_options, output, request, writing
from il2calc.cli.courses import AcceptRegimen, AllowEdited, File, prescribed
from il2calc.cli.options import moment
from il2calc.cli.request import Text
from il2calc.course import Course
from il2calc.language import log_file
from il2calc.review import of_course

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

INTENSITY_FORMATS = ("table", "csv", "json")

AsOf = Annotated[
    Text,
    typer.Option("--as-of", help="The day, or '2025-12-14 08:00', to look at. Default: now."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("replan")(replan)
    app.command("intensity")(intensity)


def replan(
    file: File,
    as_of: AsOf = None,
    format_: formats.FormatName = None,
    output_: request.Output = None,
    accept: AcceptRegimen = False,
    edited: AllowEdited = False,
    strict: request.Strict = False,
    folder: request.Folder = None,
) -> None:
    """Take a log back into its schedule, and print it."""
    format_ = formats.meant(format_, output_)
    formats.refuse_terminal(format_, output_, file)
    course = _course(file, as_of, folder, accept=accept, edited=edited)
    monographs = _monographs(course, folder)
    found = of_course.review(course, monographs)
    dated = moment("--as-of", as_of)
    how = formats.How(format_, output_, as_of=dated and dated.replace(tzinfo=UTC))
    writing.write(course, found, how, monographs)
    output.caution(found, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    if strict and found:
        raise typer.Exit(3)


def intensity(
    file: File,
    as_of: AsOf = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="table, csv or json. Default: table.")
    ] = None,
    output_: request.Output = None,
    accept: AcceptRegimen = False,
    edited: AllowEdited = False,
    strict: request.Strict = False,
    folder: request.Folder = None,
) -> None:
    """Reckon the dose intensity of a log, and print it."""
    from il2calc.course.intensity import intensities
    from il2calc.format import dose_intensity

    format_ = formats.meant(format_, output_, INTENSITY_FORMATS)
    course = _course(file, as_of, folder, accept=accept, edited=edited)
    reckoned = intensities(course)
    found = of_course.review(course, _monographs(course, folder))
    if format_ == "table":
        width = output.width() if output_ is None else None
        output.write_styled(dose_intensity.lines(course, reckoned, found, width), output_)
    elif format_ == "csv":
        output.write_data(dose_intensity.csv_lines(course, reckoned), output_)
    else:
        output.write_data(dose_intensity.json_lines(course, reckoned, found), output_)
    output.caution(found, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    if strict and found:
        raise typer.Exit(3)


def _monographs(course: Course, folder: Path | None) -> dict[str, Drug | None]:
    """The monographs of the drugs of a course."""
    return language.monographs(course.schedule.regimen.drugs(course.schedule.arm), folder)


def _course(
    file: str, as_of: str | None, folder: Path | None, *, accept: bool, edited: bool
) -> Course:
    """The course of a log, by the regimen that it was begun with or one that is accepted.

    Raises:
        OptionError: a moment that cannot be read.
        Refused: the regimen file has changed.
        Il2calcError: whatever the log or the regimen refuses.
    """
    log = log_file.load(file)
    at = log_options.entered(as_of, log.zone)
    return prescribed(log, folder, at, accept=accept, edited=edited).course(at)
