"""The verbs of a course log: `log start`, and those that add an entry to it.

The verbs that add an entry to a course log: `log given`, `log hold` and their like.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from il2calc.cli import log_options, options, output, request
from il2calc.cli.courses import AcceptRegimen, File, How, enter, kept_name
from il2calc.cli.options import regimens
from il2calc.cli.request import Body, Dates, Folder, Text, Wanted
from il2calc.course import Course
from il2calc.errors import Refused
from il2calc.language import log_writing
from il2calc.model.log import (
    Decided,
    Delayed,
    Effect,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.review import of_schedule


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
    log_writing.start(file, log)
    what = f"{made.regimen.id} version {made.regimen.version}"
    rows = len(made.administrations)
    output.write([f"{file}: begun for {name} with {what}, {rows} rows from {day_1}"])
    output.caution(of_schedule.review(made))


Rows = Annotated[str, typer.Argument(help="Rows of the replan table: 7, 1-6, 1-3,5.")]
Block = Annotated[str, typer.Argument(help="A block turn, as 'course 1/cycle 2' or 'cycle 2'.")]
Reason = Annotated[Text, typer.Option("--reason", help="Why, in one line.")]
AsOf = Annotated[
    Text,
    typer.Option("--as-of", help="When it is entered, DATE or 'DATE HH:MM'. Default: now."),
]
Override = Annotated[bool, typer.Option("--override", help="Enter it in spite of a refusal.")]


def given(
    file: File,
    rows: Rows,
    at: Annotated[
        Text, typer.Option("--at", help="When it was given, 'DATE HH:MM', of one dose.")
    ] = None,
    amount: Annotated[
        Text, typer.Option("--amount", help="How much was given, as '5 million IU', of one dose.")
    ] = None,
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Note doses that were given."""
    numbers, when, much = (
        log_options.rows(rows),
        log_options.given_at(at),
        log_options.amount(amount),
    )

    def effect(course: Course) -> Effect:
        return Given(log_options.find(course, numbers), when, much)

    enter(file, How(reason, as_of, False, accept, folder), effect)


def hold(
    file: File,
    rows: Rows,
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Note doses that were left out."""
    numbers = log_options.rows(rows)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Held(log_options.find(course, numbers)))


def shift(
    file: File,
    row: Annotated[str, typer.Argument(help="The first row that is moved.")],
    by: Annotated[str, typer.Option("--by", help="'4 h', '30 minutes', '-2 h' for earlier.")],
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Move a dose and the rest of its repeat."""
    number, minutes = log_options.row(row), log_options.moved(by)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Shifted(log_options.find(course, [number])[0], minutes))


def delay(
    file: File,
    block: Block,
    by: Annotated[str, typer.Option("--by", help="'3 days'.")],
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Move a block turn and all that follows it."""
    days = log_options.delayed(by)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Delayed(log_options.turn(course, block), days))


def weigh(
    file: File,
    weight: Annotated[str, typer.Argument(help="'66.5 kg'.")],
    on: Annotated[str, typer.Option("--on", help="Date of the weighing.")],
    use_from: Annotated[
        Text, typer.Option("--use-from", help="Block turn from which doses are reckoned with it.")
    ] = None,
    reason: Reason = None,
    override: Override = False,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Note a body weight, and perhaps from where it counts."""
    heavy, day = log_options.weight(weight), log_options.on(on)

    def effect(course: Course) -> Effect:
        return Weighed(heavy, day, None if use_from is None else log_options.turn(course, use_from))

    enter(file, How(reason, as_of, override, accept, folder), effect)


def reduce(
    file: File,
    drug: Annotated[str, typer.Argument(help="The drug that is reduced.")],
    to: Annotated[str, typer.Option("--to", help="Share of the amount in the file, '75 %'.")],
    from_: Annotated[str, typer.Option("--from", help="The first block turn, as 'cycle 3'.")],
    reason: Reason = None,
    override: Override = False,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Give a drug at a share of its amount from a block turn on."""
    share = options.percentage("--to", to, "'75 %'")
    how = How(reason, as_of, override, accept, folder)
    enter(file, how, lambda course: Reduced(drug, share, log_options.turn(course, from_)))


def decide(
    file: File,
    block: Block,
    decision: Annotated[str, typer.Argument(help="yes or no.")],
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Decide whether a conditional block turn is given."""
    given = log_options.decision(decision)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Decided(log_options.turn(course, block), given))


def stop(
    file: File,
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """End the course: nothing after the moment of the entry is given."""
    enter(file, How(reason, as_of, False, accept, folder), lambda _: Stopped())


def undo(
    file: File,
    number: Annotated[
        str | None, typer.Argument(help="Number of the entry. Default: the last that counts.")
    ] = None,
    reason: Reason = None,
    as_of: AsOf = None,
    accept: AcceptRegimen = False,
    folder: Folder = None,
) -> None:
    """Let an earlier entry count no longer; nothing is erased."""
    wanted = None if number is None else log_options.entry(number)

    def effect(course: Course) -> Effect:
        counting = course.log.in_force()
        if wanted is None and not counting:
            raise Refused(f"{file} has no entry that counts; there is nothing to undo")
        return Undone(wanted if wanted is not None else counting[-1].number)

    enter(file, How(reason, as_of, False, accept, folder), effect)


_VERBS = (
    (given, "Doses that were given, as planned where nothing else is said."),
    (hold, "Doses that were left out."),
    (shift, "Move a dose and the rest of its repeat."),
    (delay, "Move a block turn and all that follows it."),
    (weigh, "A body weight; it changes doses only with --use-from."),
    (reduce, "Give a drug at a share of its amount from a block turn on."),
    (decide, "Whether a conditional block turn is given."),
    (stop, "The course ends here."),
    (undo, "Let an entry count no longer: the last one, or NUMBER."),
)
