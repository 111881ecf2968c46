"""The rows of a plan: under which block turn each stands, and what each says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias

from il2calc.model.effects import Chain, chain_text
from il2calc.model.regimen import Dose, day_at
from il2calc.plan.administration import Administration, Recorded
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.dosing import Rate
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import words
from il2calc.report.words import Marks
from il2calc.units import safe


class Row(NamedTuple):
    """An administration with the marks that people see behind it."""

    administration: Administration
    marks: tuple[str, ...]


class Section(NamedTuple):
    """Rows under one heading.

    Args:
        heading: None where the rows stand under no block.
        common: marks that every row has, taken from the rows.
        home: the block turn of the heading; None where there is none.
    """

    heading: str | None
    common: tuple[str, ...]
    rows: tuple[Row, ...]
    home: Turn | None = None

    @property
    def chain(self) -> Chain | None:
        """The one block turn that its rows belong to; None where they belong to several."""
        chains = {chain_of(row.administration.turn) for row in self.rows}
        return chains.pop() if len(chains) == 1 else None


def marked(schedule: Schedule, cautions: Sequence[Caution]) -> tuple[list[Row], Marks]:
    """Every shown row with its marks, and what they mean."""
    conditions = tuple(dict.fromkeys(c for each in schedule.shown for c in each.only_if))
    touched = {
        number
        for caution in cautions
        if caution.code
        not in ("set", "rest", "percent", "not-before")  # these have marks of their own
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
    if each.not_before:
        yield "N"
    yield from (f"C{conditions.index(condition) + 1}" for condition in each.only_if)
    if each.assumed:
        yield f"A{','.join(str(number) for number in each.assumed)}"
    if each.dose.unplanned:
        yield "G" if each.dose.as_needed else "U"
    yield from _marks_of_amount(each)
    if each.number in touched:
        yield "W"


def _marks_of_amount(each: Administration) -> Iterator[str]:
    if each.dosed.percent != 100:
        yield "P"
    if each.dosed.set_to is not None:
        yield "L"
    by_formula = each.dosed.less and each.dose.weight is not None
    if by_formula:
        yield "I"
    most, used = each.dose.weight_cap, each.dosed.reckoned
    body = each.dosed.less and not by_formula
    if each.dosed.capped or body or (by_formula and used is not None and used.value == most):
        yield "K"
    if each.dosed.value != each.dosed.calculated:
        yield "R"


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
        _section(heading_of([home], late[home], schedule, group), group, home)
        if has_blocks
        else _section(None, group)
        for home, group in grouped
    ]


def _section(heading: str | None, rows: tuple[Row, ...], home: Turn | None = None) -> Section:
    first, *others = rows
    common = [mark for mark in first.marks if all(mark in row.marks for row in others)]
    kept = tuple(common) if heading and len(rows) > 1 else ()
    bare = tuple(
        Row(row.administration, tuple(mark for mark in row.marks if mark not in kept))
        for row in rows
    )
    return Section(heading, kept, bare, home)


def heading_of(homes: Sequence[Turn], late: int, schedule: Schedule, rows: Sequence[Row]) -> str:
    """What stands above the rows of a block turn, or of several that follow one another.

    Args:
        late: by how many days the turn may lie later.
    """
    zero, home = schedule.regimen.day_zero, homes[0]
    if not home.block.name:
        days = [row.administration.regimen_day for row in rows]
        return f"In no block, {words.days(days[0], days[-1])}"
    name = words.title("; ".join(_names(homes)))
    first, last = home.start, homes[-1].start + max(homes[-1].length, 1) - 1
    text = f"{name}, {words.days(day_at(first, zero), day_at(last, zero))}"
    if home.block.window is not None:
        text += f", each to be within {home.block.window.text} of its day"
    if any(row.administration.not_before for row in rows):
        text += " (not before)"
    elif late:
        there = words.days(day_at(first + late, zero), day_at(last + late, zero))
        text += f" (at the latest {there})"
    return text


def _names(homes: Sequence[Turn]) -> Iterator[str]:
    """Turns as people read them, those that are numbered through under one name together."""
    runs: list[list[Turn]] = []
    for home in homes:
        before = runs[-1][-1] if runs else None
        number = home.named[1]
        if before is not None and number is not None and before.named[1] == number - 1:
            runs[-1].append(home)
        else:
            runs.append([home])
    for run in runs:
        name, number = run[0].named
        text = run[0].name()
        if run[1:]:
            alone = f"{name} {number}"
            last = f"{'to' if run[2:] else 'and'} {run[-1].named[1]}"
            text = f"{text.removesuffix(alone)}{words.several(name)} {number} {last}"
        yield text


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
        turn, day = administration.turn, administration.day
        while children := self.inner.get(turn):
            index = bisect_right(children, day, key=lambda child: child.start) - 1
            if index < 0 or day >= children[index].start + max(children[index].length, 1):
                return turn
            turn = children[index]
        return turn


def _in_order(turns: list[Turn]) -> bool:
    return all(one.start + one.length <= other.start for one, other in pairwise(turns))


_OMITTED = ("held", "stopped")
_SETTLED = ("given", *_OMITTED)


class Cells:
    """What the rows of a schedule say in each kind of column; what many share is made once."""

    def __init__(self, recorded: Mapping[int, Recorded]) -> None:
        self.recorded = recorded
        self._doses: dict[_What, dict[str, str]] = {}
        self._blocks: dict[Turn, str] = {}

    def of(self, each: Administration) -> dict[str, str]:
        """The texts of a row, and what a log says of it."""
        recorded = self.recorded.get(each.number)
        settled = recorded is not None and recorded.state in _SETTLED
        return {
            "number": str(each.number),
            "day": str(each.regimen_day),
            "date": words.dated(each.when) if each.when is not None else "",
            "time": each.clock,
            "night": words.midnight(each),
            "mark of night": words.night_mark(each),
            "block": self.block(each.turn),
            **self.dose(each),
            "latest": "" if settled else words.latest(each),
            **dict.fromkeys(("by", "checked", "lot"), ""),
            **(_UNRECORDED if recorded is None else told_of(each, recorded)),
        }

    def block(self, turn: Turn) -> str:
        """A block turn as it is typed."""
        if turn not in self._blocks:
            self._blocks[turn] = chain_text(chain_of(turn))
        return self._blocks[turn]

    def dose(self, each: Administration) -> dict[str, str]:
        """What is given, how much of it, and how."""
        key = _what(each)
        if key not in self._doses:
            self._doses[key] = {
                "drug": each.dose.drug,
                "dose": words.amount(each.dosed.value, each.dosed.unit).removeprefix("amount "),
                "route": words.how(each.dose, each.dosed),
            }
        return self._doses[key]

    def texts(self, rows: Sequence[Row], whole: Iterable[tuple[str, ...]]) -> dict[str, set[str]]:
        """Texts by kind of column, the widest of each among them; none of one that stays empty.

        Args:
            rows: with the marks that their headings do not bear.
            whole: all marks of each of them.
        """
        given = [row.administration for row in rows]
        doses = [self.dose(each) for each in _distinct(given)]
        first = self.of(given[0])
        states = [self.recorded.get(each.number) for each in given] if self.recorded else []
        late = (each for each in given if each.latest_minute is not None)
        nights = {len(night): night for night in map(words.midnight, given) if night}
        return {
            "number": {str(given[-1].number)},
            "day": {str(day) for day in {each.regimen_day for each in given}},
            "date": {first["date"]},
            "time": {first["time"], *nights.values()},
            "block": {self.block(turn) for turn in {each.turn for each in given}},
            **{kind: {told[kind] for told in doses} for kind in ("drug", "dose", "route")},
            "latest": {self.of(each)["latest"] for each in late},
            "marks": {" ".join(marks) for marks in set(whole)},
            "own": {" ".join(marks) for marks in {row.marks for row in rows}},
            "state": {recorded.state for recorded in states if recorded is not None},
        }


def _distinct(given: Iterable[Administration]) -> Iterable[Administration]:
    """One administration of each dose and amount."""
    return {_what(each): each for each in given}.values()


_What: TypeAlias = tuple[Dose, Decimal | None, Rate | None]


def _what(each: Administration) -> _What:
    """What is given: one amount, where it is capped, may be reckoned otherwise for each body."""
    return each.dose, each.dosed.value, each.dosed.rate


_UNRECORDED = dict.fromkeys(("state", "reason", "given-at", "given", "remarks"), "")


def told_of(each: Administration, recorded: Recorded) -> dict[str, str]:
    """What a log says of a row."""
    return {
        "state": recorded.state,
        "reason": recorded.reason,
        "given-at": _given_at(each, recorded),
        "given": _given(each, recorded),
        "remarks": ": ".join(filter(None, (recorded.state, recorded.reason))),
    }


def _given_at(each: Administration, recorded: Recorded) -> str:
    """The time at which a log says that a dose was given, with its date on another day."""
    when = recorded.when
    if when is None:
        return ""
    return _clock(when, each.when)


def _clock(when: datetime, other: datetime | None) -> str:
    """A time of day, with its date on another day than that of a moment."""
    same_day = other is not None and when.date() == other.date()
    return f"{when:%H:%M}" if same_day else f"{words.dated(when)} {when:%H:%M}"


def _given(each: Administration, recorded: Recorded) -> str:
    """How much a log says was given."""
    if recorded.value is not None:
        until = recorded.ended and f", broken off {_clock(recorded.ended, recorded.when)}"
        return safe(recorded.value, each.dosed.unit) + (until or "")
    return "not given" if recorded.state in _OMITTED else ""
