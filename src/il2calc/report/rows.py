"""The rows of a schedule under the block turns they belong to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from il2calc.model.regimen import day_at
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import words
from il2calc.report.words import Marks


class Row(NamedTuple):
    """An administration with the marks that people see behind it."""

    administration: Administration
    marks: tuple[str, ...]


class Section(NamedTuple):
    """Rows under one heading.

    Args:
        heading: None where the rows stand under no block.
        common: marks that every row has, taken from the rows.
    """

    heading: str | None
    common: tuple[str, ...]
    rows: tuple[Row, ...]


def marked(schedule: Schedule, cautions: Sequence[Caution]) -> tuple[list[Row], Marks]:
    """Every shown row with its marks, and what they mean."""
    conditions = tuple(dict.fromkeys(c for each in schedule.shown for c in each.only_if))
    touched = {
        number
        for caution in cautions
        if caution.code not in ("set", "percent")  # these have marks of their own
        for number in caution.administrations
    }
    was_set = ("S",) if schedule.regimen.settings else ()
    rows = [Row(each, (*_marks(each, conditions, touched), *was_set)) for each in schedule.shown]
    return rows, Marks(conditions, frozenset(mark for row in rows for mark in row.marks))


def _marks(
    each: Administration,
    conditions: Sequence[str],
    touched: set[int],
) -> Iterator[str]:
    if each.at_most:
        yield "M"
    yield from (f"C{conditions.index(condition) + 1}" for condition in each.only_if)
    if each.assumed:
        yield f"A{','.join(str(number) for number in each.assumed)}"
    if each.dosed.percent != 100:
        yield "P"
    if each.dosed.capped:
        yield "K"
    if each.dosed.value != each.dosed.calculated:
        yield "R"
    if each.number in touched:
        yield "W"


def sections(schedule: Schedule, rows: Iterable[Row]) -> list[Section]:
    """Rows under their block turns; under one heading where parallel blocks would alternate."""
    homes = _Homes(schedule.turns)
    grouped = [
        (home, tuple(group))
        for home, group in groupby(rows, key=lambda row: homes.of(row.administration))
    ]
    alternating = len({home for home, _ in grouped}) < len(grouped)
    if alternating:
        everything = tuple(row for _, group in grouped for row in group)
        return [_section(None, everything)]
    late = dict(schedule.turns)
    has_blocks = any(home.block.name for home, _ in grouped)
    return [
        _section(_heading(home, late[home], schedule, group) if has_blocks else None, group)
        for home, group in grouped
    ]


def _section(heading: str | None, rows: tuple[Row, ...]) -> Section:
    first, *others = rows
    common = [mark for mark in first.marks if all(mark in row.marks for row in others)]
    kept = tuple(common) if heading and len(rows) > 1 else ()
    bare = tuple(
        Row(row.administration, tuple(mark for mark in row.marks if mark not in kept))
        for row in rows
    )
    return Section(heading, kept, bare)


def _heading(home: Turn, late: int, schedule: Schedule, rows: tuple[Row, ...]) -> str:
    zero = schedule.regimen.day_zero
    if not home.block.name:
        days = [row.administration.regimen_day for row in rows]
        return f"Outside the blocks, {words.days(days[0], days[-1])}"
    name = words.title(home.name())
    first, last = home.start, home.start + max(home.length, 1) - 1
    text = f"{name}, {words.days(day_at(first, zero), day_at(last, zero))}"
    if late:
        there = words.days(day_at(first + late, zero), day_at(last + late, zero))
        text += f" (at the latest {there})"
    return text


class _Homes:
    """Finds the innermost turn under whose heading a row reads best.

    A row of an outer block that falls into one of its inner turns stands there, among the others.
    """

    def __init__(self, turns: Sequence[tuple[Turn, int]]) -> None:
        inner: dict[Turn, list[Turn]] = {}
        for turn, _ in turns:
            if turn.outer is not None:
                inner.setdefault(turn.outer, []).append(turn)
        self.inner = {outer: children for outer, children in inner.items() if _in_order(children)}

    def of(self, administration: Administration) -> Turn:
        turn, day = administration.turn, administration.minute // DAY
        while children := self.inner.get(turn):
            index = bisect_right(children, day, key=lambda child: child.start) - 1
            if index < 0 or day >= children[index].start + max(children[index].length, 1):
                return turn
            turn = children[index]
        return turn


def _in_order(turns: list[Turn]) -> bool:
    return all(one.start + one.length <= other.start for one, other in pairwise(turns))
