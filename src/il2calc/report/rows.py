"""The rows of a plan: their marks, under which block turn each stands, and which are told as one.

Rows are folded for those who read them: even stretches, equal stretches and equal turns into one.
Nothing but repetition is lost: the first date of each stretch and of each turn is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, pairwise
from typing import Any, NamedTuple

from il2calc.model.effects import Chain
from il2calc.model.regimen import WEEKDAYS, day_at
from il2calc.plan.administration import Administration, Recorded, gathered
from il2calc.plan.calendar import DAY, Turn, chain_of, lasting
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
    rows = [
        Row(each, (*words.marks(each, conditions, touched), *was_set)) for each in schedule.shown
    ]
    return rows, Marks(conditions, frozenset(mark for row in rows for mark in row.marks))


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
        _section(_heading_of([home], late[home], schedule, group), group, home)
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


def _heading_of(homes: Sequence[Turn], late: int, schedule: Schedule, rows: Sequence[Row]) -> str:
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
        inner = gathered((turn.outer, turn) for turn, _ in turns if turn.outer is not None)
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


class Stretch(NamedTuple):
    """Rows in one line or two: the number of the first, when they are, and what is given.

    Args:
        in_short: the same as `when`, the night of a midnight by its mark.
    """

    number: int
    when: str
    in_short: str
    what: str


def folded(
    grouped: Sequence[Section], schedule: Schedule, moved: Mapping[Chain, int]
) -> Iterator[tuple[Section, list[Stretch], list[tuple[Section, str]]]]:
    """Sections with their stretches, each with the turns after it that are equal to it.

    Of these the heading and the dates are told: of a few each by itself, of many together.

    Args:
        moved: by how many days each block turn lies later than planned.
    """
    late = dict(schedule.turns)
    runs: list[list[Section]] = []
    before: object = None
    for section in grouped:
        key = _likeness(section, schedule, late, moved)
        if runs and key is not None and key == before:
            runs[-1].append(section)
        else:
            runs.append([section])
        before = key
    for first, *others in runs:
        stretches = list(_told(first.rows, schedule, blocks=first.heading is None))
        yield first, stretches, list(_again(others, schedule, late))


def _again(
    others: Sequence[Section], schedule: Schedule, late: Mapping[Turn, int]
) -> Iterator[tuple[Section, str]]:
    """Turns equal to the one before them, with their first dates; alike marks stand together."""
    by_marks = groupby(others, key=lambda section: (section.common, *_told_below(section)))
    for (common, *below), group in by_marks:
        alike = list(group)
        shown = tuple(dict.fromkeys((*common, *chain.from_iterable(below))))
        if len(alike) <= _FEW:
            yield from (
                (each._replace(common=shown), _starts([each.rows[0].administration]))
                for each in alike
            )
        else:
            homes = [section.home for section in alike if section.home is not None]
            heading = _heading_of(homes, late[homes[0]], schedule, alike[0].rows)
            starts = _starts([section.rows[0].administration for section in alike])
            yield alike[0]._replace(heading=heading, common=shown), starts


_FEW = 4
"""So many turns that are equal to the one before them are told each on a line of its own."""


def _told_below(section: Section) -> tuple[tuple[str, ...], ...]:
    """The marks of a turn whose rows are not shown: its conditions, and that it has a caution."""
    cautioned = any("W" in row.marks for row in section.rows)
    return _depends(section), ("W",) if cautioned else ()


def _depends(section: Section) -> tuple[str, ...]:
    """The conditions, by their marks, that every row of a section has."""
    alone = section.rows[0].marks if len(section.rows) == 1 else ()
    return tuple(mark for mark in (*section.common, *alone) if mark.startswith("C"))


def _likeness(
    section: Section, schedule: Schedule, late: Mapping[Turn, int], moved: Mapping[Chain, int]
) -> object:
    """What two turns have in common whose rows say the same, what all of them depend on aside.

    None of a section of no one turn.
    """
    home = section.home
    if home is None or not home.block.name:
        return None
    begins, depends = home.start * DAY, _depends(section)
    rows = [
        (
            *(row.administration.minute - begins, row.administration.clock),
            _lateness(row.administration),
            row.administration.turn is home,
            *_said(row._replace(marks=_without(row.marks, depends)), schedule.recorded),
        )
        for row in section.rows
    ]
    shifted = moved.get(section.chain, 0) if section.chain is not None else 0
    return home.block.path, late[home], shifted, _without(section.common, depends), rows


def _without(marks: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(mark for mark in marks if mark not in others)


def _lateness(each: Administration) -> int | None:
    return None if each.latest_minute is None else each.latest_minute - each.minute


def _said(row: Row, recorded: Mapping[int, Recorded]) -> tuple[object, ...]:
    """What a row says besides its time; a caution about it is told below."""
    marks = tuple(mark for mark in row.marks if mark != "W")
    each = row.administration
    dosed = each.dosed
    return each.dose, dosed.value, dosed.unit, dosed.rate, marks, _fared(each, recorded)


def _starts(firsts: Sequence[Administration]) -> str:
    """The dates of rows, or their days; a weekday that all dates have is told once, of all."""
    told: list[str] = []
    weekdays = {each.when.weekday() for each in firsts if each.when is not None}
    alone = len(weekdays) == 1 and firsts[1:] and not any(map(words.latest, firsts))
    shared = f"{WEEKDAYS[min(weekdays)]}s" if alone else ""
    for each in firsts:
        if each.when is None:
            text = f"{'' if told else 'day '}{each.regimen_day}"
        else:
            begun = f"{shared} " if shared and not told else ""
            text = f"{begun}{each.when.date()}" if shared else words.dated(each.when)
            text = text.replace(" ", "\u00a0")
        late = _latest(each)
        told.append(f"{text} (at the latest {late})" if late else text)
    return ", ".join(told)


def _stretches(rows: Sequence[Row], recorded: Mapping[int, Recorded]) -> list[list[Row]]:
    """Stretches of rows of one dose at even intervals that fared alike, by their first rows."""
    stretches: list[list[Row]] = []
    running: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = (row.administration.turn, *_said(row, recorded))
        stretch = running.get(key)
        if stretch is not None and _continues(stretch, row):
            stretch.append(row)
        else:
            running[key] = [row]
            stretches.append(running[key])
    return stretches


def _told(rows: Sequence[Row], schedule: Schedule, *, blocks: bool) -> Iterator[Stretch]:
    """Each stretch with when and what it is; equal ones as one, with when each of them is.

    Args:
        blocks: name the block turn of each stretch, where no heading does.
    """
    equal: dict[tuple[str, str, str, tuple[int, ...]], dict[int, list[list[Row]]]] = {}
    for stretch in _stretches(rows, schedule.recorded):
        first = stretch[0].administration
        fared = _fared(first, schedule.recorded)
        what = f"{_what(stretch)}{f': {fared}' if fared else ''}"
        begins = tuple(row.administration.minute - first.minute for row in stretch)
        key = (what, first.dosed.unit, first.clock, begins)
        equal.setdefault(key, {}).setdefault(first.minute, []).append(stretch)
    for (what, *_), by_moment in equal.items():
        (one, *more), *others = by_moment.values()
        days = _days(one, blocks=blocks)
        further = (
            f"; {_days(each, blocks=blocks)}{_from(each)}{_late(each)}{_times(again)}"
            for each, *again in others
        )
        rest = "".join((_late(one), _times(more), *further))
        when, in_short = (
            f"{days}: {_span(one, hour)}{rest}" for hour in (words.hour, words.hour_in_short)
        )
        yield Stretch(one[0].administration.number, when, in_short, what)


def _times(more: Sequence[Sequence[Row]]) -> str:
    """How many equal doses there are at one moment, where there is more than one."""
    return f" ({len(more) + 1} at the same time)" if more else ""


def _fared(each: Administration, recorded: Mapping[int, Recorded]) -> str:
    """What became of a row, in full where it did not go as planned; empty without a log."""
    if (found := recorded.get(each.number)) is None:
        return ""
    told = words.told_of(each, found)
    amount = words.amount(each.dosed.value, each.dosed.unit)
    otherwise = found.state == "given" and (told["given-at"], told["given"]) != (each.clock, amount)
    given = f"{told['given']} at {told['given-at']}" if otherwise else ""
    if found.ended is not None:
        given = f"{told['given-at']}, {told['given']}"
    return "; ".join(filter(None, (found.state, given, found.reason)))


def _continues(stretch: Sequence[Row], row: Row) -> bool:
    if len(stretch) == 1:
        return True
    one, two = stretch[-2].administration.minute, stretch[-1].administration.minute
    return row.administration.minute - two == two - one


def _days(stretch: Sequence[Row], *, blocks: bool) -> str:
    """The days of a stretch, with its block turn where `blocks`."""
    first, last = stretch[0].administration, stretch[-1].administration
    days = words.days(first.regimen_day, last.regimen_day)
    if len(stretch) == 2 and first.regimen_day != last.regimen_day:
        days = f"days {first.regimen_day} and {last.regimen_day}"
    name = first.turn.name() if blocks else ""
    return f"{days} in {name}" if name else days


def _span(stretch: Sequence[Row], hour: Callable[[Administration], str]) -> str:
    """The dates of a stretch with its times, or its time; no line ends within one of them."""
    moments = [
        f"{words.dated(row.when)} {hour(row)}".replace(" ", "\u00a0")
        for row in (stretch[0].administration, stretch[-1].administration)
        if row.when is not None
    ]
    if not moments:
        return hour(stretch[0].administration).replace(" ", "\u00a0")
    return " to ".join(moments if stretch[1:] else moments[:1])


def _from(stretch: Sequence[Row]) -> str:
    """The first date of a stretch that is told of an equal one."""
    when = stretch[0].administration.when
    return "" if when is None else f" from {words.dated(when)}"


def _late(stretch: Sequence[Row]) -> str:
    """The latest date of the first row of a stretch."""
    late = _latest(stretch[0].administration)
    return f" (the first at the latest {late})" if late else ""


def _latest(row: Administration) -> str:
    """The latest date of a row with its weekday, or its latest day; else nothing."""
    late = words.latest(row)
    if row.latest is None:
        return late
    return late.replace(f"{row.latest.date()}", words.dated(row.latest)).replace(" ", "\u00a0")


def _what(stretch: Sequence[Row]) -> str:
    first = stretch[0].administration
    amount = words.amount(first.dosed.value, first.dosed.unit)
    what = f"{first.dose.drug} {amount}, {words.how(first.dose, first.dosed)}"
    if stretch[1:]:
        step = stretch[1].administration.minute - first.minute
        how = "daily" if step == DAY else f"one every {lasting(step)}"
        what += f", {len(stretch)} doses, {how}"
    marks = list(dict.fromkeys(mark for row in stretch for mark in row.marks))
    return what + (f" [{' '.join(marks)}]" if marks else "")
