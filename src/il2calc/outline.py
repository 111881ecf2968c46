"""What shape a regimen has in time: which drug on which day, how much, and in which block turns.

Days are counted from day 1 of the regimen (day 1 = 0), and so are columns: a column is a day, or a
week of the regimen (days 1 to 7, 8 to 14, ...), not of the calendar. A dose belongs to the day on
which it falls. What a course log says was given stands as given; what was held or stopped is not
in an outline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from il2calc import timing
from il2calc.administration import Administration
from il2calc.daytimes import a_day
from il2calc.lanes import Lane, Part, lanes
from il2calc.planned import Turn
from il2calc.regimen import Block, Dose, Regimen, day_at, offset_of
from il2calc.schedule import Schedule
from il2calc.units import EXACT, Quantity

Column = Literal["day", "week"]
WEEK = 7

OPEN_TURNS = 2
"""Turns outlined of a block whose number of turns the file leaves open."""


class Stretch(NamedTuple):
    """One turn of a block in time.

    Args:
        number: of the turn; None where the block is given once.
        depth: 1 = within no other block.
        first: its first day, and `last` its last one [days from day 1].
        late: how much later it may lie [days].
        only_if: conditions on which everything in it depends.
    """

    name: str
    number: int | None
    path: str
    depth: int
    first: int
    last: int
    late: int
    only_if: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A regimen in time.

    Args:
        stretches: outer turns before those inside.
        first: the first day on which anything lies, and `last` the last one [days from day 1].
        origin: the date of day 1; None without dates.
        conditions: every condition, numbered as the rows of a table number them.
        opened: paths of the blocks whose number of turns the file leaves open.
        ranged: something may lie later than it is outlined.
        given: something was given, and stands as it was.
        left_out: something was held or stopped.
    """

    column: Column
    lanes: tuple[Lane, ...]
    stretches: tuple[Stretch, ...]
    first: int
    last: int
    day_zero: bool
    origin: date | None
    conditions: tuple[str, ...]
    opened: tuple[str, ...] = ()
    ranged: bool = False
    given: bool = False
    left_out: bool = False

    def column_of(self, day: int) -> int:
        """The column in which a day lies."""
        return _column_of(day, self.column)

    def first_day(self, column: int) -> int:
        """The first day of a column [days from day 1]."""
        return column if self.column == "day" else column * WEEK

    def number(self, day: int) -> int:
        """The number of a day as the regimen counts its days."""
        return day_at(day, self.day_zero)


def of_schedule(schedule: Schedule, column: Column = "day") -> Outline:
    """What shape has a finished schedule?"""
    rows, regimen = schedule.administrations, schedule.regimen
    states = {number: each.state for number, each in schedule.recorded.items()}
    ended = _around(each.turn for each in rows if states.get(each.number) == "stopped")
    ended -= _around(each.turn for each in rows if states.get(each.number) != "stopped")
    return _outlined(
        [_part(each, schedule) for each in rows],
        [(turn, late) for turn, late in schedule.turns if turn not in ended],
        column,
        regimen,
        schedule.arm,
        origin=schedule.start.date() if schedule.start else None,
        conditions=[condition for each in schedule.shown for condition in each.only_if],
        ranged=any(each.latest_day is not None for each in rows),
        given="given" in states.values(),
    )


def of_regimen(
    regimen: Regimen,
    arm: str | None = None,
    counts: Mapping[str, int] | None = None,
    column: Column = "day",
) -> Outline:
    """What shape has a regimen without a patient, in the amounts that it prescribes?

    Args:
        arm: one of the regimen's arms, where it has any.
        counts: turns by block path; a block that is open and not among them has two.

    Raises:
        UnknownName: a block that the regimen does not have.
        Refused: a count above the file's; too many administrations.
    """
    opened = [path for path in _open(regimen.body, arm) if path not in (counts or {})]
    times = {**(counts or {}), **dict.fromkeys(opened, OPEN_TURNS)}
    slots, turns, _ = timing.expand(regimen, arm, times)
    amounts = {dose: _each(dose, arm) for dose in {slot.dose for slot in slots}}
    parts = [
        Part(each.dose.drug, amounts[each.dose], each.day, each.turn, each.at_most, each.only_if)
        for each in slots
    ]
    ranged = any(each.latest is not None for each in slots)
    return _outlined(parts, turns, column, regimen, arm, opened=tuple(opened), ranged=ranged)


def _part(each: Administration, schedule: Schedule) -> Part:
    """An administration as it is planned, or as it was given."""
    day = offset_of(each.regimen_day, schedule.regimen.day_zero)
    amount = Quantity(each.dosed.value, each.dosed.unit)
    part = Part(each.dose.drug, amount, day, each.turn, each.at_most, each.only_if)
    became = schedule.recorded.get(each.number)
    if became is None:
        return part
    if became.state != "given":
        return part._replace(held=became.state in ("held", "stopped"))
    if became.value is not None:
        amount = Quantity(became.value, amount.unit)
    if became.when is not None and schedule.start is not None:
        day = (became.when.date() - schedule.start.date()).days
    return part._replace(amount=amount, day=day, at_most=False, only_if=())


def _each(dose: Dose, arm: str | None) -> Quantity:
    """The amount of one administration, also where the file gives that of a day."""
    amount = dose.amount(arm)
    if not amount.per_day:
        return amount
    share = EXACT.divide(amount.value, Decimal(a_day(dose)))
    return amount._replace(value=share, per_day=False)


def _open(block: Block, arm: str | None) -> Iterator[str]:
    """Paths of the blocks of an arm whose number of turns is open."""
    if block.exists_in(arm):
        if block.repeat is not None and block.repeat.count is None:
            yield block.path
        for inner in block.blocks:
            yield from _open(inner, arm)


def _around(turns: Iterable[Turn]) -> set[Turn]:
    """Turns, and those that they lie in."""
    return {each for turn in set(turns) for each in turn.chain()}


def _column_of(day: int, column: Column) -> int:
    return day if column == "day" else day // WEEK


def _outlined(
    parts: Sequence[Part],
    turns: Iterable[tuple[Turn, int]],
    column: Column,
    regimen: Regimen,
    arm: str | None,
    *,
    origin: date | None = None,
    conditions: Iterable[str] = (),
    opened: tuple[str, ...] = (),
    ranged: bool = False,
    given: bool = False,
) -> Outline:
    stretches = tuple(_stretches(turns, parts))
    days = [part.day for part in parts if not part.held]
    days += [day for each in stretches for day in (each.first, each.last)]
    order = regimen.drugs(arm)
    found = lanes(parts, lambda day: _column_of(day, column))
    every = [*conditions, *(condition for part in parts for condition in part.only_if)]
    return Outline(
        column=column,
        lanes=tuple(sorted(found, key=lambda lane: order.index(lane.drug))),
        stretches=stretches,
        first=min(days, default=0),
        last=max(days, default=0),
        day_zero=regimen.day_zero,
        origin=origin,
        conditions=tuple(dict.fromkeys(every)),
        opened=opened,
        ranged=ranged,
        given=given,
        left_out=any(part.held for part in parts),
    )


def _stretches(turns: Iterable[tuple[Turn, int]], parts: Sequence[Part]) -> Iterator[Stretch]:
    binding = _binding(parts)
    for turn, late in turns:
        if turn.block.name and turn.length:
            yield Stretch(
                name=turn.block.name,
                number=turn.number if turn.block.repeat else None,
                path=turn.block.path,
                depth=len(turn.chain()),
                first=turn.start,
                last=turn.start + turn.length - 1,
                late=late,
                only_if=binding.get(turn, ()),
            )


def _binding(parts: Iterable[Part]) -> dict[Turn, tuple[str, ...]]:
    """For each turn, the conditions that everything in it depends on."""
    inside: dict[Turn, tuple[str, ...]] = {}
    for part in parts:
        inside[part.turn] = _common(inside.get(part.turn, part.only_if), part.only_if)
    around: dict[Turn, tuple[str, ...]] = {}
    for inner, conditions in inside.items():
        for turn in inner.chain():
            around[turn] = _common(around.get(turn, conditions), conditions)
    return around


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one if one == other else tuple(each for each in one if each in other)
