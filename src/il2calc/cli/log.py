"""The verbs of a course log: `log start`, and those that add an entry to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from il2calc import cautions, logbook
from il2calc.cli import entering, options, output, request
from il2calc.cli.completion import regimens
from il2calc.cli.courses import File, kept_name
from il2calc.cli.request import Body, Dates, Text, Wanted
from il2calc.course import Log

_VERBS = (
    (entering.given, "Doses that were given, as planned where nothing else is said."),
    (entering.hold, "Doses that were left out."),
    (entering.shift, "Move a dose and the rest of its repeat."),
    (entering.delay, "Move a block turn and all that follows it."),
    (entering.weigh, "A body weight; it changes doses only with --use-from."),
    (entering.reduce, "Give a drug at a share of its amount from a block turn on."),
    (entering.decide, "Whether a conditional block turn is given."),
    (entering.stop, "The course ends here."),
    (entering.undo, "Let an entry count no longer: the last one, or NUMBER."),
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    verbs = typer.Typer(
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="What was really given: a course log, begun once and added to.",
        invoke_without_command=True,
    )
    verbs.callback()(_overview)
    verbs.command("start", help="Begin the log of a course.")(start)
    for run, text in _VERBS:
        verbs.command(run.__name__, help=text)(run)
    app.add_typer(verbs, name="log")


def _overview(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        output.write(ctx.get_help().splitlines())


def start(
    file: File,
    regimen: Annotated[str, typer.Option("--regimen", help="Id or path.", autocompletion=regimens)],
    start: Annotated[str, typer.Option("--start", help="Date of day 1, as 2026-12-01.")],
    weight: request.Weight = None,
    height: request.Height = None,
    bsa: request.Bsa = None,
    bsa_formula: request.BsaFormula = None,
    sex: request.SexOption = None,
    bsa_cap: request.BsaCap = None,
    gfr: request.Gfr = None,
    at: request.At = "08:00",
    arm: request.ArmName = None,
    cycles: request.Cycles = None,
    times: request.Times = None,
    percent: request.Percent = None,
    set_: request.Settings = None,
    tz: Annotated[Text, typer.Option("--tz", help="Time zone, as Europe/London.")] = None,
    subject: Annotated[
        Text, typer.Option("--subject", help="A label of your own. Default: the file's name.")
    ] = None,
    folder: request.Folder = None,
) -> None:
    """Begin a log, where a schedule can be made of what was given."""
    if regimen == "-":
        raise options.OptionError("--regimen", "takes an id or a path that can be found again")
    name = options.label(subject if subject is not None else Path(file).stem)
    day_1, minute = options.day("--start", start), options.clock("--at", at)
    assert day_1 is not None, "a text was given"
    body = Body(weight, height, bsa, bsa_formula, sex, bsa_cap, gfr)
    wanted = Wanted(regimen, arm, cycles, times, percent, set_, None, "10%", folder)
    dates = Dates(day_1, None, minute, name, options.zone(tz))
    made = request.made(body, wanted, dates)
    log = Log(
        file=file,
        subject=name,
        regimen=kept_name(regimen, file),
        version=made.regimen.version,
        sha256=made.regimen.origin.sha256,
        patient=made.patient,
        start=day_1,
        at=minute,
        arm=made.arm,
        times=options.times(cycles, times or ()),
        percents=made.percents,
        settings=tuple(options.settings(set_ or ())),
        zone=tz,
        facts=made.regimen.facts,
    )
    logbook.start(file, log)
    what = f"{made.regimen.id} version {made.regimen.version}"
    rows = len(made.administrations)
    output.write([f"{file}: begun for {name} with {what}, {rows} rows from {day_1}"])
    output.caution(cautions.review(made))
