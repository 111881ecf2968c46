"""A time zone as calendar files hold it (VTIMEZONE): its offsets, and when each begins.

It is written here, for the definitions that icalendar 7.3 makes begin summer time an hour late: a
dose in the hour after the change would be read an hour late too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY, _SECOND, _ZERO = timedelta(days=1), timedelta(seconds=1), timedelta(0)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SINCE = 1970
"""The year from which a yearly rule is written, as calendar programs do, whatever held then."""
_AHEAD = 8
"""Years after the last event: enough to tell the last Sunday of a month from its fourth."""


class Onset(NamedTuple):
    """The moment [UTC] from which an offset is in force, that offset, and the one before it."""

    when: datetime
    before: timedelta
    after: timedelta

    @property
    def local(self) -> datetime:
        """The clock time from before, at which the clocks are changed."""
        return (self.when + self.before).replace(tzinfo=None)


class Rule(NamedTuple):
    """A day of every year: the first, second, ... or (-1) last of a weekday in a month."""

    month: int
    weekday: int
    ordinal: int

    def day(self, year: int) -> date:
        """That day in a year."""
        if self.ordinal > 0:
            first = date(year, self.month, 1)
            return first + _DAY * ((self.weekday - first.weekday()) % 7 + 7 * (self.ordinal - 1))
        last = (date(year, self.month, 28) + 4 * _DAY).replace(day=1) - _DAY
        return last - _DAY * ((last.weekday() - self.weekday) % 7)


def definition(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """How does a calendar program turn local times of a zone into moments?

    The offsets are those of the years around `first` and `last`: as yearly rules where the clocks
    change by such, else each change by itself. An onset is written in the local time from before.

    References: RFC 5545, section 3.6.5.
    """
    years = range(max(first.year - 1, 2), min(last.year + _AHEAD, 9998) + 1)
    begin = datetime(years[0], 1, 1, tzinfo=UTC)
    changes = list(onsets(zone, begin, datetime(years[-1] + 1, 1, 1, tzinfo=UTC)))
    kinds: dict[tuple[timedelta, timedelta], list[Onset]] = {}
    for each in changes:
        kinds.setdefault((each.before, each.after), []).append(each)
    rules = [rule(same, years) for same in kinds.values()]
    found = Timezone()
    found.add("tzid", zone.key)
    if changes and all(rules):
        for same, yearly in zip(kinds.values(), rules, strict=True):
            assert yearly is not None, "asked above"
            day = yearly.day(min(_SINCE, years[0]))
            _add(found, zone, same[0], datetime.combine(day, same[0].local.time()), yearly)
        return found
    offset = _offset(zone, begin)
    for each in (Onset(begin, offset, offset), *changes):
        _add(found, zone, each, each.local)
    return found


def _add(
    found: Timezone, zone: ZoneInfo, onset: Onset, start: datetime, yearly: Rule | None = None
) -> None:
    part = TimezoneDaylight() if onset.after > onset.before else TimezoneStandard()
    part.add("dtstart", start)
    if yearly is not None:
        day = f"{yearly.ordinal}{_WEEKDAYS[yearly.weekday]}"
        part.add("rrule", {"freq": "yearly", "bymonth": yearly.month, "byday": day})
    part.add("tzname", onset.when.astimezone(zone).tzname() or zone.key)
    part.add("tzoffsetfrom", onset.before)
    part.add("tzoffsetto", onset.after)
    found.add_component(part)


def rule(same: Sequence[Onset], years: Sequence[int]) -> Rule | None:
    """Which day of every year a change lies on, always at one clock time; None where on none."""
    days = [each.local for each in same]
    alike = {(each.month, each.weekday(), each.time()) for each in days}
    if [each.year for each in days] != list(years) or len(alike) > 1:
        return None
    ordinals = set.intersection(*(_ordinals(each) for each in days))
    month, weekday, _ = alike.pop()
    return Rule(month, weekday, min(ordinals)) if ordinals else None


def _ordinals(day: datetime) -> set[int]:
    """How a day is counted in its month among those of its weekday."""
    last = (day + 7 * _DAY).month != day.month
    return {(day.day + 6) // 7, -1} if last else {(day.day + 6) // 7}


def onsets(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[Onset]:
    """Every change of a zone's offset between two moments [UTC], to the second."""
    day = begin
    while day < end:
        before, after = _offset(zone, day), _offset(zone, day + _DAY)
        if after != before:
            low, high = day, day + _DAY
            while high - low > _SECOND:
                middle = low + ((high - low) // 2 // _SECOND) * _SECOND
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            yield Onset(high, before, after)
        day += _DAY


def _offset(zone: ZoneInfo, when: datetime) -> timedelta:
    return when.astimezone(zone).utcoffset() or _ZERO
