"""Which administrations a daylight-saving change touches, and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from il2calc.administration import Administration, numbered
from il2calc.daytimes import DAY, clock
from il2calc.schedule import Caution, Schedule
from il2calc.zones import twice

Kind = Literal["moved", "missing", "twice", "interval"]


class Touch(NamedTuple):
    """One administration that a change of the clocks touches.

    Args:
        kind: `moved`: its clock time is not the planned one, for it runs on elapsed time;
            `missing`: its planned clock time does not exist; `twice`: its clock time exists twice;
            `interval`: the time since the dose before is not the planned one.
        minutes: `moved`, `missing`: how far from the planned clock time; `interval`: the time
            since the dose before [min].
        before: number of the dose before, for `interval`.
    """

    kind: Kind
    row: Administration
    minutes: int = 0
    before: int = 0


def touched(schedule: Schedule) -> Iterator[Touch]:
    """Every administration that a change of the clocks touches, in the order of time.

    A dose on the clock counts as touched where the one before it, of the same drug, was planned a
    day before or less.
    """
    assert schedule.start is not None, "a zone goes with a start"
    midnight = schedule.start.replace(tzinfo=None) - timedelta(minutes=schedule.start_minute)
    last: dict[str, Administration] = {}
    for each in schedule.administrations:
        assert each.when is not None, "a schedule with a start has dates"
        planned = midnight + timedelta(minutes=each.minute)
        away = each.when.replace(tzinfo=None) - planned
        minutes = int(away.total_seconds()) // 60
        if minutes:
            missing = not _exists(planned.replace(tzinfo=each.when.tzinfo))
            yield Touch("missing" if missing else "moved", each, minutes)
        if twice(each.when):
            yield Touch("twice", each)
        if (before := last.get(each.dose.drug)) and before.when is not None:
            step = each.minute - before.minute
            real = int((each.when.astimezone(UTC) - before.when.astimezone(UTC)).total_seconds())
            if real // 60 != step and step <= DAY:
                yield Touch("interval", each, real // 60, before.number)
        last[each.dose.drug] = each


def told(schedule: Schedule) -> Iterator[Caution]:
    """What a change of the clocks does to a schedule with a zone; alike rows are told together."""
    alike: dict[tuple[Kind, int], list[Touch]] = {}
    for touch in touched(schedule):
        alike.setdefault((touch.kind, touch.minutes), []).append(touch)
    for (kind, minutes), touches in alike.items():
        numbers = tuple(touch.row.number for touch in touches)
        text = _text(kind, minutes, touches[0], numbered("row", numbers))
        yield Caution("clock-change", f"{schedule.zone}: {text}", numbers)


def _text(kind: Kind, minutes: int, first: Touch, rows: str) -> str:
    row, planned = first.row, clock(first.row.minute)
    assert row.when is not None, "a zone goes with a start"
    day = row.when.date().isoformat()
    if kind == "moved":
        where = "later" if minutes > 0 else "earlier"
        shift = f"{_length(abs(minutes))} {where} by the clock than planned"
        return f"{rows}, on elapsed time, {shift} (row {row.number}: {row.time}, not {planned})"
    if kind == "missing":
        why = "by the offset from before the clocks go forward"
        meant = f"{row.when:%Y-%m-%d} {row.time}"
        return f"{rows}: {planned} does not exist on that day; {meant} is meant, {why}"
    if kind == "twice":
        why = "as the clocks go back"
        return f"{rows}: {row.clock} exists twice on {day}, {why}; {row.time} is meant"
    since = f"{_length(minutes)} after row {first.before}"
    return f"{rows}, by the clock: row {row.number} comes {since}, as the clocks change between"


def _length(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _exists(when: datetime) -> bool:
    there = when.astimezone(UTC).astimezone(when.tzinfo)
    return there.replace(tzinfo=None) == when.replace(tzinfo=None)
