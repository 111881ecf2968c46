"""Doubts about what was given: too near, far from its time, more or less than planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from il2calc.administration import Administration, numbered
from il2calc.daytimes import DAY
from il2calc.record.moments import minutes_between, told
from il2calc.record.standing import Standing
from il2calc.schedule import Caution, Schedule
from il2calc.units import safe

LEAST_SHARE = Decimal(90)
"""A dose that was given at less than this share of the planned one is cautioned [%]: our own
assumption, wide enough for what a vial or a syringe leaves."""

_MOST_TOLD = 3


def cautions(standing: Standing, now: Schedule) -> Iterator[Caution]:
    """What should be checked about the doses that were given.

    Args:
        now: the schedule as it lies now, with what became of each administration.
    """
    yield from _restated(standing)
    yield from _too_near(now)
    yield from _off_time(now)
    yield from _amounts(now)
    yield from _twice(standing)


def _restated(standing: Standing) -> Iterator[Caution]:
    """Doses given as planned, where the plan is not the one that they were given by."""
    if standing.regimen.origin.sha256 == standing.log.sha256:
        return
    numbers = [
        standing.rows[key]
        for key, given in standing.given.items()
        if given.effect.at is None or given.effect.amount is None
    ]
    if numbers:
        text = (
            f"{numbered('row', sorted(numbers))}: entered as given as planned, and reckoned by the "
            "regimen file as it is now; time and amount may not be those that were given"
        )
        yield Caution("restated", text, tuple(sorted(numbers)))


def _too_near(now: Schedule) -> Iterator[Caution]:
    """A dose nearer to the last given one than the interval of its repeat, in any turn."""
    lines: dict[object, list[Administration]] = {}
    for each in now.administrations:
        if now.recorded[each.number].state not in ("held", "stopped"):
            lines.setdefault(each.dose, []).append(each)
    for rows in lines.values():
        repeat = rows[0].dose.repeat
        if repeat is None or repeat.every is None:
            continue
        for one, other in pairwise(rows):
            before, after = _moment(now, one), _moment(now, other)
            given = now.recorded[one.number].state == "given"
            between = minutes_between(before, after)
            if given and between < repeat.every.shortest:
                where = "lies before" if between < 0 else f"is nearer than {repeat.every.text} to"
                text = (
                    f"row {other.number} ({told(after)}) {where} row {one.number}, given "
                    f"{told(before)}"
                )
                yield Caution("too-near", text, (one.number, other.number))


def _off_time(now: Schedule) -> Iterator[Caution]:
    """A dose given an interval, or a day, away from its time: perhaps the date is wrong."""
    for each in now.administrations:
        when = now.recorded[each.number].when
        if when is None or each.when is None:
            continue
        repeat = each.dose.repeat
        most = min(repeat.every.shortest, DAY) if repeat and repeat.every else DAY
        if abs(minutes_between(each.when, when)) >= most:
            text = (
                f"row {each.number} was given {told(when)}, far from its planned time "
                f"({told(each.when)}); check the date"
            )
            yield Caution("off-time", text, (each.number,))


def _amounts(now: Schedule) -> Iterator[Caution]:
    above, below = [], []
    for each in now.administrations:
        value, planned = now.recorded[each.number].value, each.dosed.value
        if value is not None and value > planned:
            above.append(each)
        if value is not None and value * 100 < planned * LEAST_SHARE:
            below.append(each)
    if above:
        yield _told("above-plan", "more than planned", now, above)
    if below:
        yield _told("below-plan", f"less than {LEAST_SHARE} % of the plan", now, below)


def _told(code: str, what: str, now: Schedule, rows: Sequence[Administration]) -> Caution:
    """Which rows, with both amounts of the first few."""
    amounts = []
    for each in rows[:_MOST_TOLD]:
        value, unit = now.recorded[each.number].value, each.dosed.unit
        assert value is not None, "it was given"
        given, planned = safe(value, unit), safe(each.dosed.value, unit)
        amounts.append(f"row {each.number}: {given}, planned {planned}")
    more = "; ..." if rows[_MOST_TOLD:] else ""
    text = f"{what} was given ({'; '.join(amounts)}{more})"
    return Caution(code, text, tuple(each.number for each in rows))


def _twice(standing: Standing) -> Iterator[Caution]:
    """A time that was typed and that exists twice on its day."""
    if standing.moments.clock is None:
        return
    from il2calc.zones import twice

    for key, given in standing.given.items():
        if given.effect.at is None:
            continue
        when = standing.moments.meant(given.effect.at)
        if twice(when):
            text = f"{told(when)} exists twice, as the clocks go back; {when:%H:%M %Z} is meant"
            number = standing.rows[key]
            yield Caution("clock-change", f"row {number}: {text}", (number,))


def _moment(now: Schedule, each: Administration) -> datetime:
    """When a dose was given, else when it is planned."""
    when = now.recorded[each.number].when or each.when
    assert when is not None, "a course has dates"
    return when
