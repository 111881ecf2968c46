"""The rows of a plan: their marks, their headings, and how repeated rows are folded for reading.

A stretch is a run of doses at even intervals. Each stretch, equal stretches and equal turns become
one entry. Only repetition is left out: the first date of each stretch and of each turn is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, groupby, pairwise
from typing import Any, NamedTuple

from il2calc.model.effects import Chain
from il2calc.model.regimen import WEEKDAYS, day_at
from il2calc.plan.administration import Administration, Recorded, grouped
from il2calc.plan.calendar import DAY, Turn, chain_of, lasting
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import words
from il2calc.report.words import Marks


class Row(NamedTuple):
    """An administration with the marks that are printed in its row."""

    administration: Administration
    marks: tuple[str, ...]


class Section(NamedTuple):
    """Rows under one heading.

    Args:
        heading: None where the rows are under no block.
        common: marks of every row, printed in the heading instead of the rows.
        turn: the block turn of the heading; None where there is none.
    """

    heading: str | None
    common: tuple[str, ...]
    rows: tuple[Row, ...]
    turn: Turn | None = None

    @property
    def chain(self) -> Chain | None:
        """The block turn of all rows; None where they belong to several."""
        chains = {chain_of(row.administration.turn) for row in self.rows}
        return chains.pop() if len(chains) == 1 else None


_MARKED = ("set", "rest", "percent", "not-before")
"""Cautions whose rows have marks of their own."""


def marked_rows(schedule: Schedule, cautions: Sequence[Caution]) -> tuple[list[Row], Marks]:
    """Every shown row with its marks, and what they mean."""
    conditions = tuple(dict.fromkeys(chain.from_iterable(row.only_if for row in schedule.shown)))
    cautioned = (caution.administrations for caution in cautions if caution.code not in _MARKED)
    touched = set(chain.from_iterable(cautioned))
    was_set = ("S",) if schedule.regimen.settings else ()
    rows = [Row(row, (*words.marks(row, conditions, touched), *was_set)) for row in schedule.shown]
    return rows, Marks(conditions, frozenset(mark for row in rows for mark in row.marks))


def sections(schedule: Schedule, rows: Sequence[Row]) -> list[Section]:
    """Rows under their block turns; under no heading where parallel blocks would alternate."""
    heading_turns = _HeadingTurns(schedule.turns)
    grouped = [
        (turn, tuple(group))
        for turn, group in groupby(rows, key=lambda row: heading_turns.find(row.administration))
    ]
    alternating = len({turn for turn, _ in grouped}) < len(grouped)
    has_blocks = any(turn.block.name for turn, _ in grouped)
    if rows and (alternating or not has_blocks):
        return [_section(None, tuple(rows))]
    slack = dict(schedule.turns)
    return [
        _section(_heading([turn], slack[turn], schedule, group), group, turn)
        for turn, group in grouped
    ]


def _section(heading: str | None, rows: tuple[Row, ...], turn: Turn | None = None) -> Section:
    shared = [mark for mark in rows[0].marks if all(mark in row.marks for row in rows)]
    common = tuple(shared) if heading and rows[1:] else ()
    remaining = (Row(row.administration, _without(row.marks, common)) for row in rows)
    return Section(heading, common, tuple(remaining), turn)


def _heading(turns: Sequence[Turn], slack: int, schedule: Schedule, rows: Sequence[Row]) -> str:
    """The heading of a block turn, or of several consecutive ones.

    Args:
        slack: by how many days the turn may begin later.
    """
    day_zero, turn = schedule.regimen.day_zero, turns[0]
    if not turn.block.name:
        days = [row.administration.regimen_day for row in rows]
        return f"In no block, {words.days(days[0], days[-1])}"
    name = words.capitalized("; ".join(_turn_texts(turns)))
    first, last = turn.start, turns[-1].start + max(turns[-1].length, 1) - 1
    text = f"{name}, {words.days(day_at(first, day_zero), day_at(last, day_zero))}"
    if turn.block.window is not None:
        text += f", each to be within {turn.block.window.text} of its day"
    if any(row.administration.not_before for row in rows):
        text += " (not before)"
    elif slack:
        latest = words.days(day_at(first + slack, day_zero), day_at(last + slack, day_zero))
        text += f" (at the latest {latest})"
    return text


def _turn_texts(turns: Sequence[Turn]) -> Iterator[str]:
    """Turns as people read them; consecutive numbers of one name are joined."""
    runs: list[list[Turn]] = []
    for turn in turns:
        number = turn.named[1]
        if runs and number is not None and runs[-1][-1].named[1] == number - 1:
            runs[-1].append(turn)
        else:
            runs.append([turn])
    for run in runs:
        name, number = run[0].named
        text = run[0].name()
        if run[1:]:
            single = f"{name} {number}"
            last = f"{'to' if run[2:] else 'and'} {run[-1].named[1]}"
            text = f"{text.removesuffix(single)}{words.plural(name)} {number} {last}"
        yield text


class _HeadingTurns:
    """Finds the turn under whose heading each row is printed.

    A row of an outer block that falls into one of its inner turns is printed under that turn.
    """

    def __init__(self, turns: Sequence[tuple[Turn, int]]) -> None:
        inner = grouped((turn.outer, turn) for turn, _ in turns if turn.outer is not None)
        self.inner = {outer: children for outer, children in inner.items() if _in_order(children)}

    def find(self, administration: Administration) -> Turn:
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
    """Rows as one entry: the number of the first, their times, and what is given.

    Args:
        in_short: the same as `when`, but with the mark of a night instead of its words.
    """

    number: int
    when: str
    in_short: str
    what: str


def folded(
    grouped: Sequence[Section], schedule: Schedule, delays: Mapping[Chain, int]
) -> Iterator[tuple[Section, list[Stretch], list[tuple[Section, str]]]]:
    """Sections with their stretches, each with the equal turns after it and their first dates.

    A few equal turns keep a heading each; more of them share one.

    Args:
        delays: by how many days each block turn is later than planned.
    """
    slack = dict(schedule.turns)
    runs: list[list[Section]] = []
    previous: object = None
    for section in grouped:
        key = _comparison_key(section, schedule, slack, delays)
        if runs and key is not None and key == previous:
            runs[-1].append(section)
        else:
            runs.append([section])
        previous = key
    for first, *others in runs:
        stretches = list(_folded_rows(first.rows, schedule, blocks=first.heading is None))
        yield first, stretches, list(_repeated_turns(others, schedule, slack))


def _repeated_turns(
    others: Sequence[Section], schedule: Schedule, slack: Mapping[Turn, int]
) -> Iterator[tuple[Section, str]]:
    """Turns equal to the one before, with their first dates; those with equal marks are joined."""
    by_marks = groupby(others, key=lambda section: (section.common, *_hidden_marks(section)))
    for (common, *below), group in by_marks:
        equal = list(group)
        marks = tuple(dict.fromkeys((*common, *chain.from_iterable(below))))
        if len(equal) <= _FEW:
            yield from (
                (section._replace(common=marks), _first_dates([section.rows[0].administration]))
                for section in equal
            )
        else:
            turns = [section.turn for section in equal if section.turn is not None]
            heading = _heading(turns, slack[turns[0]], schedule, equal[0].rows)
            starts = _first_dates([section.rows[0].administration for section in equal])
            yield equal[0]._replace(heading=heading, common=marks), starts


_FEW = 4
"""Up to this many equal turns are listed on a line each."""


def _hidden_marks(section: Section) -> tuple[tuple[str, ...], ...]:
    """The marks of a turn whose rows are not shown: conditions, and W if any row has a caution."""
    cautioned = any("W" in row.marks for row in section.rows)
    return _condition_marks(section), ("W",) if cautioned else ()


def _condition_marks(section: Section) -> tuple[str, ...]:
    """The marks of the conditions that every row of a section has."""
    alone = section.rows[0].marks if len(section.rows) == 1 else ()
    return tuple(mark for mark in (*section.common, *alone) if mark.startswith("C"))


def _comparison_key(
    section: Section, schedule: Schedule, slack: Mapping[Turn, int], delays: Mapping[Chain, int]
) -> object:
    """A key that is equal for turns whose rows say the same, apart from conditions of every row.

    None of a section that is not of one block turn.
    """
    turn = section.turn
    if turn is None or not turn.block.name:
        return None
    turn_start, conditions = turn.start * DAY, _condition_marks(section)
    rows = [
        (
            row.administration.minute - turn_start,
            row.administration.clock,
            _lateness(row.administration),
            row.administration.turn is turn,
            *_content(row._replace(marks=_without(row.marks, conditions)), schedule.recorded),
        )
        for row in section.rows
    ]
    delay = delays.get(section.chain, 0) if section.chain is not None else 0
    return turn.block.path, slack[turn], delay, _without(section.common, conditions), rows


def _without(marks: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(mark for mark in marks if mark not in others)


def _lateness(row: Administration) -> int | None:
    return None if row.latest_minute is None else row.latest_minute - row.minute


def _content(row: Row, recorded: Mapping[int, Recorded]) -> tuple[object, ...]:
    """What a row says besides its time and cautions; a folded turn shows the latter by itself."""
    marks = tuple(mark for mark in row.marks if mark != "W")
    dose, dosed = row.administration.dose, row.administration.dosed
    outcome = _outcome(row.administration, recorded)
    return dose, dosed.value, dosed.unit, dosed.rate, marks, outcome


def _first_dates(firsts: Sequence[Administration]) -> str:
    """The dates or days of rows; a weekday that all dates have in common is printed once."""
    texts: list[str] = []
    weekdays = {row.when.weekday() for row in firsts if row.when is not None}
    shared = len(weekdays) == 1 and firsts[1:] and not any(map(words.latest, firsts))
    prefix = f"{WEEKDAYS[min(weekdays)]}s" if shared else ""
    for row in firsts:
        if row.when is None:
            text = f"{'' if texts else 'day '}{row.regimen_day}"
        else:
            weekday = f"{prefix} " if prefix and not texts else ""
            text = f"{weekday}{row.when.date()}" if prefix else words.dated(row.when)
            text = text.replace(" ", "\u00a0")
        latest = _latest(row)
        texts.append(f"{text} (at the latest {latest})" if latest else text)
    return ", ".join(texts)


def _stretches(rows: Sequence[Row], recorded: Mapping[int, Recorded]) -> list[list[Row]]:
    """The stretches of one dose and one outcome among some rows, in the order of first rows."""
    stretches: list[list[Row]] = []
    newest: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = (row.administration.turn, *_content(row, recorded))
        stretch = newest.get(key)
        if stretch is not None and _continues(stretch, row):
            stretch.append(row)
        else:
            newest[key] = [row]
            stretches.append(newest[key])
    return stretches


def _folded_rows(rows: Sequence[Row], schedule: Schedule, *, blocks: bool) -> Iterator[Stretch]:
    """Each stretch as one entry; equal ones are joined, each with its own time.

    Args:
        blocks: name the block turn of each stretch, where no heading does.
    """
    equal: dict[tuple[str, str, str, tuple[int, ...]], dict[int, list[list[Row]]]] = {}
    for stretch in _stretches(rows, schedule.recorded):
        first = stretch[0].administration
        outcome = _outcome(first, schedule.recorded)
        what = f"{_dose_text(stretch)}{f': {outcome}' if outcome else ''}"
        offsets = tuple(row.administration.minute - first.minute for row in stretch)
        key = (what, first.dosed.unit, first.clock, offsets)
        equal.setdefault(key, {}).setdefault(first.minute, []).append(stretch)
    for (what, *_), by_moment in equal.items():
        (first_stretch, *simultaneous), *others = by_moment.values()
        days = _days(first_stretch, blocks=blocks)
        further = (
            f"; {_days(stretch, blocks=blocks)}{_from_date(stretch)}"
            f"{_latest_moments(stretch)}{_at_one_time(repeats)}"
            for stretch, *repeats in others
        )
        rest = "".join((_latest_moments(first_stretch), _at_one_time(simultaneous), *further))
        when = f"{days}: {_moments(first_stretch, words.time_of_day)}{rest}"
        in_short = f"{days}: {_moments(first_stretch, short_time_of_day)}{rest}"
        yield Stretch(first_stretch[0].administration.number, when, in_short, what)


def _at_one_time(more: Sequence[Sequence[Row]]) -> str:
    """How many equal doses there are at one moment; empty for one."""
    return f" ({len(more) + 1} at the same time)" if more else ""


def _outcome(row: Administration, recorded: Mapping[int, Recorded]) -> str:
    """What became of a row, in full where that is not as planned; empty without a log."""
    if (record := recorded.get(row.number)) is None:
        return ""
    texts = words.recorded_texts(row, record)
    planned = row.clock, words.amount(row.dosed.value, row.dosed.unit)
    time, amount = actual = texts["given-at"], texts["given"]
    given = f"{amount} at {time}" if record.state == "given" and actual != planned else ""
    if record.ended is not None:
        given = f"{time}, {amount}"
    return "; ".join(filter(None, (record.state, given, record.reason)))


def _continues(stretch: Sequence[Row], row: Row) -> bool:
    if len(stretch) == 1:
        return True
    one, two = stretch[-2].administration.minute, stretch[-1].administration.minute
    return row.administration.minute - two == two - one


def _days(stretch: Sequence[Row], *, blocks: bool) -> str:
    """The days of a stretch, with its block turn if `blocks` is set."""
    first, last = stretch[0].administration, stretch[-1].administration
    days = words.days(first.regimen_day, last.regimen_day)
    if len(stretch) == 2 and first.regimen_day != last.regimen_day:
        days = f"days {first.regimen_day} and {last.regimen_day}"
    name = first.turn.name() if blocks else ""
    return f"{days} in {name}" if name else days


def _moments(stretch: Sequence[Row], time_of_day: Callable[[Administration], str]) -> str:
    """The first and last moment of a stretch, or its time; no line is broken within one."""
    moments = [
        f"{words.dated(row.when)} {time_of_day(row)}".replace(" ", "\u00a0")
        for row in (stretch[0].administration, stretch[-1].administration)
        if row.when is not None
    ]
    if not moments:
        return time_of_day(stretch[0].administration).replace(" ", "\u00a0")
    return " to ".join(moments if stretch[1:] else moments[:1])


def short_time_of_day(row: Administration) -> str:
    """The time of day of a row, with the mark of its night."""
    return f"{row.clock}{words.night_mark(row)}"


def _from_date(stretch: Sequence[Row]) -> str:
    """The first date of a stretch that is joined to an equal one."""
    when = stretch[0].administration.when
    return "" if when is None else f" from {words.dated(when)}"


def _latest_moments(stretch: Sequence[Row]) -> str:
    """The latest moment of the first dose and, if that grows from dose to dose, of the last."""
    first, last = stretch[0].administration, stretch[-1].administration
    moments = {"first": _latest(first)}
    if _lateness(last) != _lateness(first):
        moments["last"] = _latest(last)
    texts = [f"the {which} at the latest {moment}" for which, moment in moments.items() if moment]
    return f" ({', '.join(texts)})" if texts else ""


def _latest(row: Administration) -> str:
    """The latest date of a row with its weekday, or its latest day; empty without one."""
    text = words.latest(row)
    if row.latest is None:
        return text
    return text.replace(f"{row.latest.date()}", words.dated(row.latest)).replace(" ", "\u00a0")


def _dose_text(stretch: Sequence[Row]) -> str:
    first = stretch[0].administration
    amount = words.amount(first.dosed.value, first.dosed.unit)
    text = f"{first.dose.drug} {amount}, {words.route_text(first.dose, first.dosed)}"
    if stretch[1:]:
        second = stretch[1].administration
        step = second.minute - first.minute
        longest = step + (_lateness(second) or 0) - (_lateness(first) or 0)
        interval = "daily" if step == DAY else f"one every {lasting(step)}"
        if longest > step:
            unit = lasting(longest).lstrip("0123456789")
            interval = f"one every {lasting(step).removesuffix(unit)} to {lasting(longest)}"
        text += f", {len(stretch)} doses, {interval}"
    marks = list(dict.fromkeys(mark for row in stretch for mark in row.marks))
    return text + (f" [{' '.join(marks)}]" if marks else "")
