"""How long the turns of a course last: by the plan, and as they lie now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from il2calc.course import Chain
from il2calc.daytimes import DAY, pick_of
from il2calc.planned import Turn
from il2calc.record.places import Places
from il2calc.record.replay import Course, Row
from il2calc.schedule import Schedule
from il2calc.timing import Timetable


class Span(NamedTuple):
    """From when to when a turn lasts, by the plan and as it lies now [days from day 1]."""

    planned: tuple[int, int]
    now: tuple[int, int]


def moved(course: Course) -> dict[Chain, int]:
    """By how many days each turn lies later than the plan had it; only those that do."""
    plain, now = _places(course.plain), _places(course.schedule)
    days = {chain: now.turns[chain].start - turn.start for chain, turn in plain.turns.items()}
    return {chain: by for chain, by in days.items() if by}


def begun(course: Course) -> dict[Chain, Span]:
    """The turns with doses of their own that have begun, and how long each lasts."""
    rows: dict[Chain, list[Row]] = {}
    for row in course.rows:
        rows.setdefault(row.key.turns, []).append(row)
    plain, now = _places(course.plain), _places(course.schedule)
    spans = {chain: _span(chain, own, plain, now) for chain, own in rows.items()}
    recorded = [
        spans[chain].now[0]
        for chain, own in rows.items()
        if any(_over(row, course.as_of) for row in own)
    ]
    last = max(recorded, default=None)
    return {
        chain: spans[chain]
        for chain, own in rows.items()
        if last is not None
        and spans[chain].now[0] <= last
        and any(row.recorded.state != "stopped" for row in own)
    }


def _over(row: Row, as_of: datetime) -> bool:
    """Whether a dose was given, or held and its time has come: one held ahead begins nothing."""
    each = row.administration
    if row.recorded.state == "given":
        return True
    assert each.when is not None, "a course has dates"
    come = each.when.replace(tzinfo=None) <= as_of
    return row.recorded.state == "held" and come and not each.only_if


def _places(made: Schedule) -> Places:
    return Places(Timetable((), made.turns, made.counts))


def _span(chain: Chain, own: Sequence[Row], plain: Places, now: Places) -> Span:
    if not chain:
        days = [row.plain.minute // DAY for row in own if row.plain and not row.plain.outside]
        planned = min(days, default=0), max(days, default=0) + 1
        return Span(planned, planned)
    turn, lies = plain.turns[chain], now.turns[chain]
    length = _lasts(turn)

    def moved(each: Turn) -> int:
        return now.turns[plain.chain(each)].start - each.start

    after = plain.next(turn)
    later = moved(after) if after else max(moved(each) for each in plain.inside(turn))
    more = later - moved(turn)
    return Span((turn.start, turn.start + length), (lies.start, lies.start + length + max(more, 0)))


def _lasts(turn: Turn) -> int:
    """How long a turn lasts by the plan, its `every` or its `rest` included [days]."""
    repeat = turn.block.repeat
    if repeat is not None and repeat.every is not None:
        return turn.length
    rest = repeat.rest if repeat is not None else turn.block.rest
    return turn.length + pick_of(rest, "earliest") // DAY
