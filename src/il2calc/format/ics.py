"""A schedule as a calendar file (RFC 5545), made to be imported again after every change.

One event per administration, or one per treatment day. An event keeps its UID whatever moves, so
that the same dose keeps its name when plans change; SEQUENCE, whole minutes from 1970-01-01 to the
moment of export, grows with each later export (it is 0 before that day, and no greater than the
standard allows, as from the year 6053). A calendar that is given a newer file moves its events and
doubles none. Of the file that is written over, each event that is another now is numbered above it,
whatever the moment of export, for a calendar leaves what has no greater number as it was; what the
plan no longer has is cancelled. A file elsewhere knows nothing of it, and there it stays.

An amount per kg or m2 itself tells a patient's size to whoever knows the regimen, so a file without
body measures is still a file about a patient.

The definition of a time zone (VTIMEZONE) is written here, for those that icalendar 7.3 makes begin
summer time an hour late: a dose in the hour after the change would be read an hour late too.
"""

from __future__ import annotations

import json
from calendar import monthcalendar
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vText

from il2calc import __version__
from il2calc.errors import Refused, shown
from il2calc.format.event import Wording, moment, status
from il2calc.plan.administration import Administration, became, gathered
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow

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
        weeks = monthcalendar(year, self.month)
        days = [week[self.weekday] for week in weeks if week[self.weekday]]
        return date(year, self.month, days[self.ordinal - 1 if self.ordinal > 0 else -1])


def time_zone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """How does a calendar program turn local times of a zone into moments?

    The offsets are those of the years around `first` and `last`: as yearly rules where the clocks
    change by such, else each change by itself. An onset is written in the local time from before.

    References: RFC 5545, section 3.6.5.
    """
    years = range(max(first.year - 1, 2), min(last.year + _AHEAD, 9998) + 1)
    begin = datetime(years[0], 1, 1, tzinfo=UTC)
    changes = list(onsets(zone, begin, datetime(years[-1] + 1, 1, 1, tzinfo=UTC)))
    kinds = gathered(((each.before, each.after), each) for each in changes)
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


_MINUTE = timedelta(minutes=1)
_GONE = "No longer planned: a later plan does not have this event."
_ENDING = " (no longer planned)"
_GREATEST = 2**31 - 1
"""The greatest whole number of a calendar file: RFC 5545, section 3.3.8."""


class Occasion(NamedTuple):
    """What one event says, and when it is; `start` and `end` in UTC where that alone is plain."""

    uid: str
    title: str
    rows: tuple[Administration, ...]
    start: date | datetime
    end: datetime | None = None


class Text(vText):
    """A text that is read back as it was written, a backslash before an `N` too."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        """The text with what has a meaning of its own escaped."""
        text = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return text.replace("\n", "\\n").encode()


def document(
    schedule: Schedule,
    cautions: Sequence[Caution],
    *,
    as_of: datetime,
    per_day: bool = False,
    with_patient: bool = False,
    formers: Sequence[Former] = (),
    rows: Sequence[CourseRow] = (),
) -> bytes:
    """What does a calendar program import?

    Times are local times of no zone unless the schedule has one, which then stands in the file.

    Args:
        schedule: with a start; its events are those of the administrations to show.
        cautions: of the schedule.
        as_of: the moment of export, with a zone: it stamps and numbers the file.
        per_day: one event per treatment day instead of one per administration.
        with_patient: tell body measures, the working of doses, and reasons out of a course log.
        formers: events of an earlier file of this plan: what is no longer planned is cancelled.
        rows: of a course, each with the text and the arm that it follows.

    Raises:
        Refused: no administration is shown; an infusion ends beyond year 9999.

    References: RFC 5545; RFC 7986 (NAME); RFC 4791, section 4.1 (no METHOD).
    """
    assert schedule.start is not None, "a calendar needs dates"
    assert as_of.tzinfo is not None, "the moment of export needs a zone"
    if not schedule.shown:
        raise Refused(f"{notes.shown(schedule)}, and a calendar file needs at least one")
    wording = Wording(schedule, cautions, with_patient=with_patient, rows=rows)
    occasions = [
        Occasion(uid, wording.title_of_day(rows), rows, _day(rows[0]))
        if per_day
        else Occasion(uid, wording.title(rows[0]), rows, *_span(schedule, rows[0]))
        for uid, rows in _named(schedule, per_day=per_day)
    ]
    assert len({each.uid for each in occasions}) == len(occasions), "one event would hide another"
    calendar = Calendar()
    calendar.add("prodid", f"-//il2calc//il2calc {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    name = Text(shown(": ".join(filter(None, (schedule.subject, schedule.regimen.id)))))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add(PLAN, _mark(schedule))
    stamp = as_of.astimezone(UTC).replace(microsecond=0)
    before = {each.uid: each for each in formers}
    for occasion in occasions:
        stands, text = status(schedule, occasion.rows), wording.text(occasion.rows)
        number = _sequence(stamp)
        if was := before.get(occasion.uid):
            span = _in_utc(occasion.start), occasion.end and _in_utc(occasion.end)
            now = Former(was.uid, occasion.title, *span, was.sequence, stands, text)
            number = max(number, min(was.sequence + (now != was), _GREATEST))
        event = _stamped(occasion, stamp, number)
        event.add("summary", Text(occasion.title))
        event.add("description", Text(text))
        event.add("status", stands)
        if per_day:
            event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    for each in gone(schedule, formers, per_day=per_day):
        calendar.add_component(_cancelled(each, stamp))
    if schedule.zone is not None and schedule.zone.key in calendar.get_used_tzids():
        moments = [moment(schedule, each) for each in schedule.shown]
        zone = time_zone(schedule.zone, min(moments), max(moments))
        calendar.subcomponents.insert(0, zone)
    return bytes(calendar.to_ical())


def _named(
    schedule: Schedule, *, per_day: bool
) -> Iterator[tuple[str, tuple[Administration, ...]]]:
    """The UID of every event of a schedule, with its administrations in their order."""
    if not per_day:
        numbers = event_numbers(schedule)
        for each in schedule.shown:
            yield of_administration(schedule, each, numbers[each.number]), (each,)
        return
    by_day = gathered((_day(each), each) for each in schedule.shown)
    yield from ((of_day(schedule, rows), tuple(rows)) for rows in by_day.values())


def _day(each: Administration) -> date:
    """The date of its regimen day, past midnight too: so counts the UID."""
    return each.moment.date() - each.carried * _DAY


def _span(schedule: Schedule, each: Administration) -> tuple[datetime, datetime | None]:
    """When an administration begins and, an infusion, ends at the latest.

    A local time that exists twice is read as the first (RFC 5545, section 3.3.5), so where the
    second is meant both are given in UTC.

    Raises:
        Refused: it ends beyond year 9999.
    """
    start = moment(schedule, each)
    over = became(each, schedule.recorded).span(each.dose)
    try:
        if schedule.zone is None:
            return start, start + over.longest * _MINUTE if over else None
        there = start.astimezone(UTC)
        both = [there, there + over.longest * _MINUTE] if over else [there]
        local = [each.astimezone(schedule.zone) for each in both]
    except OverflowError:
        raise Refused("an infusion would end beyond year 9999; give another --start") from None
    begin, *end = both if any(each.fold for each in local) else local
    return begin, end[0] if end else None


def _cancelled(gone: Former, stamp: datetime) -> Event:
    """An event that the plan no longer has: numbered above the one that it takes the place of."""
    above = min(gone.sequence + (gone.status != "CANCELLED"), _GREATEST)
    event = _stamped(gone, stamp, max(_sequence(stamp), above))
    event.add("summary", Text(f"{gone.title.removesuffix(_ENDING)}{_ENDING}"))
    event.add("description", Text(_GONE))
    event.add("status", "CANCELLED")
    event.add("transp", "TRANSPARENT")
    return event


def _stamped(what: Occasion | Former, stamp: datetime, number: int) -> Event:
    """What every event begins with."""
    event = Event()
    event.add("uid", what.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", number)
    event.add("dtstart", what.start)
    if what.end is not None:
        event.add("dtend", what.end)
    return event


def _sequence(stamp: datetime) -> int:
    return min(max(int(stamp.timestamp()) // 60, 0), _GREATEST)


def gone(schedule: Schedule, formers: Iterable[Former], *, per_day: bool) -> list[Former]:
    """Which events of an earlier file does the plan no longer have?

    What is planned and not shown is no event of the new file, and is not cancelled either. Events
    of doses and events of days are different ones: those of the other kind are cancelled.
    """
    whole = replace(schedule, shown=schedule.administrations)
    kept = {uid for uid, _ in _named(whole, per_day=per_day)}
    return [each for each in formers if each.uid not in kept]


_DOMAIN = "il2calc"


def event_numbers(schedule: Schedule) -> dict[int, int]:
    """The number of each administration among those of its dose in its turn, by its row.

    Doses of other names are left out of the count: another start time may put them before or
    after it.
    """
    counted: Counter[tuple[Turn, str]] = Counter()
    found: dict[int, int] = {}
    for each in sorted(schedule.administrations, key=lambda each: each.dose_number):
        counted[each.turn, each.dose.path] += 1
        found[each.number] = counted[each.turn, each.dose.path]
    return found


def of_administration(schedule: Schedule, each: Administration, number: int) -> str:
    """Under which UID does an administration stand in every export?

    It rests on subject, regimen id, block turns, drug, and name and number of the dose. What may
    change between two exports of one plan has no part in it: dates, times, amounts, arm, version.

    Args:
        number: its number among those of its dose in its turn; see `event_numbers`.
    """
    dose = each.dose
    return _uid("administration", schedule, each, [dose.written, dose.name, number])


def of_day(schedule: Schedule, rows: Sequence[Administration]) -> str:
    """Under which UID does a treatment day stand in every export?

    It rests on subject, regimen id, and on block turns and block day of one of its
    administrations: the outermost, by name and number of the turns, whatever their times.
    """
    chains = ((chain_of(each.turn), each) for each in rows)
    _, first = min(chains, key=lambda one: (len(one[0]), one[0], one[1].block_day))
    return _uid("day", schedule, first, [first.block_day])


def _uid(kind: str, schedule: Schedule, each: Administration, own: list[str | int]) -> str:
    """A digest of a list written as JSON: no text in it can pass for two, or for another."""
    identity = json.dumps([kind, schedule.subject, schedule.regimen.id, chain_of(each.turn), *own])
    return f"{sha256(identity.encode('ascii')).hexdigest()[:40]}@{_DOMAIN}"


PLAN = "X-IL2CALC-PLAN"
"""The property of a calendar file that says whose plan by which regimen it is, as a digest."""


class Former(NamedTuple):
    """An event as an earlier file had it; moments of a zone in UTC."""

    uid: str
    title: str
    start: date
    end: date | None
    sequence: int
    status: str
    text: str


def _mark(schedule: Schedule) -> str:
    """Whose plan by which regimen: alike for every calendar file of one subject and regimen."""
    identity = json.dumps(["plan", schedule.subject, schedule.regimen.id])
    return sha256(identity.encode("ascii")).hexdigest()[:40]


def formers_in(earlier: bytes, schedule: Schedule) -> tuple[Former, ...]:
    """The events of an earlier file of the same subject and regimen.

    A plan that is written again with fewer doses says nothing of those that it lost, and a calendar
    that is given the newer file alone goes on showing them. So the file that is written over is
    read.

    Args:
        earlier: the content of a file; one that is of no such plan has none.

    Raises:
        Refused: it says that it is of this plan and cannot be read.
    """
    if f"{PLAN}:{_mark(schedule)}".encode() not in earlier:
        return ()
    try:
        return tuple(
            Former(
                uid=str(event["uid"]),
                title=str(event["summary"]),
                start=_in_utc(event.decoded("dtstart")),
                end=_in_utc(event.decoded("dtend")) if "dtend" in event else None,
                sequence=int(event.decoded("sequence")),
                status=str(event["status"]),
                text=str(event["description"]),
            )
            for event in Calendar.from_ical(earlier).events
        )
    except (ValueError, KeyError, AttributeError):
        raise Refused(
            "the existing file has this plan and cannot be read, so events that the plan no longer "
            "has cannot be cancelled; move it away, or give another --output"
        ) from None


def _in_utc(when: date) -> date:
    """A moment of a zone in UTC, for the zone may not stand in the new file; else as it is."""
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(UTC)
    return when
