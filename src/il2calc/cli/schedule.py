"""The verb `schedule`: a regimen for a patient, as a dated table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from il2calc import cautions, library, schedule
from il2calc.cli import output
from il2calc.cli.completion import arms, regimens
from il2calc.cli.options import (
    OptionError,
    area,
    choice,
    clock,
    day,
    gfr,
    height,
    label,
    percents,
    settings,
    times,
    weight,
)
from il2calc.errors import MissingInput
from il2calc.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient, Sex
from il2calc.schedule import Caution, Schedule

FORMATS = ("table", "csv", "json", "markdown")
Text = str | None

_EXAMPLE = "il2calc schedule npc-bolus --weight 70 --start 2026-12-01"


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("schedule", help=f"Dated administration table. For example: {_EXAMPLE}")(run)


def run(
    regimen: Annotated[
        str,
        typer.Argument(help="Id, path, or - for YAML on standard input.", autocompletion=regimens),
    ],
    weight_: Annotated[Text, typer.Option("--weight", help="70 (kg), '70 kg', '154 lb'.")] = None,
    height_: Annotated[Text, typer.Option("--height", help="170 (cm), '1.70 m', '67 in'.")] = None,
    bsa: Annotated[Text, typer.Option(help="Body surface area [m2]; excludes --height.")] = None,
    bsa_formula: Annotated[
        Text, typer.Option(help=f"{', '.join(FORMULA_NAMES)}. Default: {DEFAULT_FORMULA}.")
    ] = None,
    sex: Annotated[Text, typer.Option(help="female or male, for the formula schlich.")] = None,
    bsa_cap: Annotated[Text, typer.Option(help="Most that the BSA counts for, as 2.0.")] = None,
    gfr_: Annotated[Text, typer.Option("--gfr", help="GFR [mL/min], for doses by AUC.")] = None,
    start: Annotated[Text, typer.Option(help="Date of day 1, as 2026-12-01.")] = None,
    first_dose: Annotated[Text, typer.Option(help="Date of the first dose, instead.")] = None,
    at: Annotated[str, typer.Option(help="Start time of every day.")] = "08:00",
    arm: Annotated[
        Text, typer.Option("--arm", "--level", help="Arm or dose level.", autocompletion=arms)
    ] = None,
    cycles: Annotated[Text, typer.Option(help="Turns of the block 'cycle'.")] = None,
    times_: Annotated[
        list[str] | None, typer.Option("--times", help="BLOCK=N: turns of a block.")
    ] = None,
    percent: Annotated[
        list[str] | None, typer.Option(help="'DRUG=75 %': a share of the amount.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE: read a fact otherwise.")
    ] = None,
    subject: Annotated[Text, typer.Option(help="A label of your own.")] = None,
    from_: Annotated[Text, typer.Option("--from", help="First date to show.")] = None,
    to: Annotated[Text, typer.Option(help="Last date to show.")] = None,
    format_: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "table",
    output_: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file, whole or not at all.")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Fold uniform stretches.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the arithmetic.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 on any caution.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--library", envvar="IL2CALC_LIBRARY", help="Your own folder of regimens."),
    ] = None,
) -> None:
    """Join when and how much, and print it."""
    shape = choice("--format", format_, FORMATS)
    if (brief or explain) and shape != "table":
        used = "--brief" if brief else "--explain"
        raise OptionError(used, f"folds or explains the table only; leave out --format {shape}")
    if start is not None and first_dose is not None:
        raise OptionError("--start", "excludes --first-dose; give one of them")
    patient = _patient(weight_, height_, bsa, bsa_formula, sex, bsa_cap, gfr_)
    first, last = day("--from", from_), day("--to", to)
    wanted = {
        "arm": arm,
        "start": day("--start", start),
        "first_dose": day("--first-dose", first_dose),
        "at": clock("--at", at),
        "times": times(cycles, times_ or ()),
        "percents": percents(percent or ()),
        "subject": label(subject),
    }
    read = library.load(regimen, folder=folder, settings=settings(set_ or ()))
    made = _between(schedule.make(read, patient, **wanted), first, last)  # type: ignore[arg-type]
    found = cautions.review(made)
    _print(made, found, shape, output_, brief=brief, explain=explain)
    if len(made.shown) < len(made.administrations) and shape != "table":
        from il2calc.render.notes import shown

        output.tell(shown(made))
    output.caution(found)
    if strict and found:
        raise typer.Exit(3)


def _patient(
    weight_: Text,
    height_: Text,
    bsa: Text,
    formula: Text,
    sex: Text,
    bsa_cap: Text,
    gfr_: Text,
) -> Patient:
    if bsa is not None and height_ is not None:
        raise OptionError("--bsa", "excludes --height; give one of them, such as --bsa 1.8")
    if bsa is not None and formula is not None:
        raise OptionError("--bsa", "excludes --bsa-formula; give --weight and --height instead")
    named: Sex | None = None
    if sex is not None:
        named = "female" if choice("--sex", sex, ("female", "male")) == "female" else "male"
    return Patient(
        weight=weight(weight_),
        height=height(height_),
        surface_area=area("--bsa", bsa),
        formula=choice("--bsa-formula", formula or DEFAULT_FORMULA, FORMULA_NAMES),
        sex=named,
        surface_cap=area("--bsa-cap", bsa_cap),
        gfr=gfr(gfr_),
    )


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
    *,
    brief: bool,
    explain: bool,
) -> None:
    if shape == "table":
        from il2calc.render import table

        columns = output.width() if target is None else None
        lines = table.lines(made, found, width=columns, brief=brief, explain=explain)
        if target is None:
            output.write_styled(lines)
        else:
            output.write((line.text for line in lines), target)
        return
    output.write(_data(made, found, shape), target)


def _data(made: Schedule, found: tuple[Caution, ...], shape: str) -> Iterable[str]:
    if shape == "csv":
        from il2calc.render import csv

        return csv.lines(made)
    if shape == "json":
        from il2calc.render import json

        return json.lines(made, found)
    from il2calc.render import markdown

    return markdown.lines(made, found)
