"""The verb `schedule`: a regimen for a patient, as a dated table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from il2calc import __version__, cautions, library
from il2calc.cli import output, request
from il2calc.cli.options import OptionError, choice, clock, day, label
from il2calc.cli.request import Body, Dates, Text, Wanted
from il2calc.errors import MissingInput
from il2calc.schedule import Caution, Schedule

FORMATS = ("table", "csv", "json", "markdown")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command(
        "schedule", help="Dated administration table, as in: il2calc schedule ID --weight 70"
    )(run)


def _tell_version(wanted: bool) -> None:
    if wanted:
        output.write([f"il2calc {__version__}"])
        raise typer.Exit


def run(
    regimen: request.RegimenName,
    weight: request.Weight = None,
    height: request.Height = None,
    bsa: request.Bsa = None,
    bsa_formula: request.BsaFormula = None,
    sex: request.SexOption = None,
    bsa_cap: request.BsaCap = None,
    gfr: request.Gfr = None,
    start: Annotated[Text, typer.Option(help="Date of day 1, as 2026-12-01.")] = None,
    first_dose: Annotated[Text, typer.Option(help="Date of the first dose, instead.")] = None,
    at: request.At = "08:00",
    arm: request.ArmName = None,
    cycles: request.Cycles = None,
    times: request.Times = None,
    percent: request.Percent = None,
    set_: request.Settings = None,
    round_: request.Round = None,
    round_within: request.RoundWithin = "10%",
    subject: Annotated[Text, typer.Option(help="A label of your own.")] = None,
    from_: Annotated[Text, typer.Option("--from", help="First date to show.")] = None,
    to: Annotated[Text, typer.Option(help="Last date to show.")] = None,
    format_: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "table",
    output_: request.Output = None,
    brief: Annotated[bool, typer.Option("--brief", help="Fold uniform stretches.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the arithmetic.")] = False,
    strict: request.Strict = False,
    folder: request.Folder = None,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version."),
    ] = False,
) -> None:
    """Join when and how much, and print it."""
    shape = choice("--format", format_, FORMATS)
    if (brief or explain) and shape != "table":
        used = "--brief" if brief else "--explain"
        raise OptionError(used, f"folds or explains the table only; leave out --format {shape}")
    if start is not None and first_dose is not None:
        raise OptionError("--start", "excludes --first-dose; give one of them")
    first, last = day("--from", from_), day("--to", to)
    dates = Dates(
        day("--start", start), day("--first-dose", first_dose), clock("--at", at), label(subject)
    )
    body = Body(weight, height, bsa, bsa_formula, sex, bsa_cap, gfr)
    wanted = Wanted(regimen, arm, cycles, times, percent, set_, round_, round_within, folder)
    made = _between(request.made(body, wanted, dates), first, last)
    found = cautions.review(made)
    _print(made, found, shape, output_, folder, brief=brief, explain=explain)
    if len(made.shown) < len(made.administrations) and shape != "table":
        from il2calc.render.notes import shown

        output.tell(shown(made))
    output.caution(found)
    if strict and found:
        raise typer.Exit(3)


def _between(made: Schedule, first: date | None, last: date | None) -> Schedule:
    if first is None and last is None:
        return made
    if made.start is None:
        raise MissingInput("--start 2026-12-01", "--from and --to choose rows by their dates")
    low, high = first or date.min, last or date.max
    if low > high:
        raise OptionError("--from", f"{low} is after --to {high}; give the earlier date first")
    rows = ((each, each.when) for each in made.administrations)
    shown = tuple(each for each, when in rows if when and low <= when.date() <= high)
    return replace(made, shown=shown)


def _print(
    made: Schedule,
    found: tuple[Caution, ...],
    shape: str,
    target: Path | None,
    folder: Path | None,
    *,
    brief: bool,
    explain: bool,
) -> None:
    if shape != "table":
        output.write(_data(made, found, shape), target)
        return
    from il2calc.render import table

    at_hand = library.shelf.drugs(folder)
    described = [name for name in made.regimen.drugs(made.arm) if name in at_hand]
    lines = table.lines(
        made,
        found,
        width=output.width() if target is None else None,
        brief=brief,
        explain=explain,
        described=described,
    )
    output.write_styled(lines, target)


def _data(made: Schedule, found: tuple[Caution, ...], shape: str) -> Iterable[str]:
    if shape == "csv":
        from il2calc.render import csv

        return csv.lines(made)
    if shape == "json":
        from il2calc.render import json

        return json.lines(made, found)
    from il2calc.render import markdown

    return markdown.lines(made, found)
