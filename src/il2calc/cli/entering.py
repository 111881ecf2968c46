"""The verbs that add an entry to a course log: `log given`, `log hold` and their like."""

from __future__ import annotations

from typing import Annotated

import typer

from il2calc import record
from il2calc.cli import options, typed
from il2calc.cli.courses import AcceptRegimen, File, How, enter
from il2calc.cli.request import Folder, Text
from il2calc.course import (
    Decided,
    Delayed,
    Effect,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.errors import Refused
from il2calc.record import Course

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
    numbers, when, much = typed.rows(rows), typed.given_at(at), typed.amount(amount)

    def effect(course: Course) -> Effect:
        return Given(record.find(course, numbers), when, much)

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
    numbers = typed.rows(rows)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Held(record.find(course, numbers)))


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
    number, minutes = typed.row(row), typed.moved(by)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Shifted(record.find(course, [number])[0], minutes))


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
    days = typed.delayed(by)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Delayed(record.turn(course, block), days))


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
    heavy, day = typed.weight(weight), typed.on(on)

    def effect(course: Course) -> Effect:
        return Weighed(heavy, day, None if use_from is None else record.turn(course, use_from))

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
    enter(file, how, lambda course: Reduced(drug, share, record.turn(course, from_)))


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
    given = typed.decision(decision)
    how = How(reason, as_of, False, accept, folder)
    enter(file, how, lambda course: Decided(record.turn(course, block), given))


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
    wanted = None if number is None else typed.entry(number)

    def effect(course: Course) -> Effect:
        counting = course.log.in_force()
        if wanted is None and not counting:
            raise Refused(f"{file} has no entry that counts; there is nothing to undo")
        return Undone(wanted if wanted is not None else counting[-1].number)

    enter(file, How(reason, as_of, False, accept, folder), effect)
