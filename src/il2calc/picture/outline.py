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
from typing import Literal, NamedTuple

from il2calc.model.regimen import Block, Regimen, day_at
from il2calc.picture.lanes import Lane, Part, lanes, of_administration, of_slot
from il2calc.plan import timing
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import DEFAULT_START, Schedule

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
        begins: when each day begins, where that was not said and some times rest on it [min].
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
    begins: int | None = None
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
        [of_administration(each, schedule) for each in rows],
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
    slots, turns, _ = timing.expand(regimen, arm, times, DEFAULT_START)
    unsaid = any(each.dose.at is None or each.dose.at.kind != "clock" for each in slots)
    return _outlined(
        [of_slot(each, arm) for each in slots],
        turns,
        column,
        regimen,
        arm,
        opened=tuple(opened),
        ranged=any(each.latest is not None for each in slots),
        begins=DEFAULT_START if unsaid else None,
    )


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
    rows: Sequence[Part],
    turns: Iterable[tuple[Turn, int]],
    column: Column,
    regimen: Regimen,
    arm: str | None,
    *,
    origin: date | None = None,
    conditions: Iterable[str] = (),
    opened: tuple[str, ...] = (),
    begins: int | None = None,
    ranged: bool = False,
    given: bool = False,
) -> Outline:
    stretches = tuple(_stretches(turns, rows))
    days = [day for part in rows if not part.held for day in (part.day, part.last)]
    days += [day for each in stretches for day in (each.first, each.last)]
    order = regimen.drugs(arm)
    found = lanes(rows, lambda day: _column_of(day, column))
    every = [*conditions, *(condition for part in rows for condition in part.only_if)]
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
        begins=begins,
        ranged=ranged,
        given=given,
        left_out=any(part.held for part in rows),
    )


def _stretches(turns: Iterable[tuple[Turn, int]], rows: Sequence[Part]) -> Iterator[Stretch]:
    binding = _binding(rows)
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


def _binding(rows: Iterable[Part]) -> dict[Turn, tuple[str, ...]]:
    """For each turn, the conditions that everything in it depends on."""
    inside: dict[Turn, tuple[str, ...]] = {}
    for part in rows:
        inside[part.turn] = _common(inside.get(part.turn, part.only_if), part.only_if)
    around: dict[Turn, tuple[str, ...]] = {}
    for inner, conditions in inside.items():
        for turn in inner.chain():
            around[turn] = _common(around.get(turn, conditions), conditions)
    return around


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one if one == other else tuple(each for each in one if each in other)
