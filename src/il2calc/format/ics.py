"""A schedule as a calendar file (RFC 5545) that can be imported again after every change.

It has one event per administration, or one per treatment day. An event keeps its UID when its dose
moves, so that a calendar that imports a newer file moves its events and duplicates none. SEQUENCE
is the number of minutes from 1970-01-01 to the moment of export, within the limits of the standard:
at least 0, and constant from the year 6053 on. If a file of the same plan is overwritten, each
event that has changed gets a SEQUENCE above its old one, whatever the moment of export, because
calendars ignore an update without a greater number. Events that the plan no longer has are
cancelled. Copies of the old file elsewhere are not known, so their events stay.

An amount per kg or m2 reveals a patient's size to anyone who knows the regimen, so a file without
body measures is still a file about a patient.

The definition of a time zone (VTIMEZONE) is written here because those of icalendar 7.3 begin
summer time an hour late, and so would a dose in the hour after the change.
"""

from __future__ import annotations

import json
from calendar import monthcalendar
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
from il2calc.plan.administration import Administration, dose_numbers, grouped, record_of
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_SECOND, _ZERO = timedelta(seconds=1), timedelta(0)
_DOMAIN = "il2calc"
_CANCELLED_TEXT = "No longer planned: a later plan does not have this event."
_SUFFIX = " (no longer planned)"
_MAX_INT = 2**31 - 1
"""The greatest whole number of a calendar file: RFC 5545, section 3.3.8."""
PLAN = "X-IL2CALC-PLAN"
"""The property of a calendar file with the digest that all files of one plan share."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FIRST_RULE_YEAR = 1970
"""The first year of a yearly rule, as in calendar programs, even if it did not hold then."""
_YEARS_AHEAD = 8
"""Years after the last event: enough to tell the last Sunday of a month from its fourth."""


class Onset(NamedTuple):
    """The moment [UTC] at which an offset comes into force, with the offsets before and after."""

    when: datetime
    before: timedelta
    after: timedelta

    @property
    def local(self) -> datetime:
        """The clock time, in the old offset, at which the clocks change."""
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
    """The VTIMEZONE of a zone, with its offsets in the years around `first` and `last`.

    They are yearly rules if all changes of the clock follow such rules, otherwise single changes.
    Each begins at a local time of the offset before it.

    References: RFC 5545, section 3.6.5.
    """
    years = range(max(first.year - 1, 2), min(last.year + _YEARS_AHEAD, 9998) + 1)
    begin = datetime(years[0], 1, 1, tzinfo=UTC)
    changes = list(onsets(zone, begin, datetime(years[-1] + 1, 1, 1, tzinfo=UTC)))
    same_kind = grouped(((onset.before, onset.after), onset) for onset in changes)
    rules = [yearly_rule(group, years) for group in same_kind.values()]
    definition = Timezone()
    definition.add("tzid", zone.key)
    if changes and all(rules):
        for group, yearly in zip(same_kind.values(), rules, strict=True):
            assert yearly is not None, "checked above"
            day = yearly.day(min(_FIRST_RULE_YEAR, years[0]))
            start = datetime.combine(day, group[0].local.time())
            _add_onset(definition, zone, group[0], start, yearly)
        return definition
    offset = _offset(zone, begin)
    for onset in (Onset(begin, offset, offset), *changes):
        _add_onset(definition, zone, onset, onset.local)
    return definition


def _add_onset(
    definition: Timezone, zone: ZoneInfo, onset: Onset, start: datetime, yearly: Rule | None = None
) -> None:
    component = TimezoneDaylight() if onset.after > onset.before else TimezoneStandard()
    component.add("dtstart", start)
    if yearly is not None:
        day = f"{yearly.ordinal}{_WEEKDAYS[yearly.weekday]}"
        component.add("rrule", {"freq": "yearly", "bymonth": yearly.month, "byday": day})
    component.add("tzname", onset.when.astimezone(zone).tzname() or zone.key)
    component.add("tzoffsetfrom", onset.before)
    component.add("tzoffsetto", onset.after)
    definition.add_component(component)


def yearly_rule(changes: Sequence[Onset], years: Sequence[int]) -> Rule | None:
    """The yearly rule of these changes, at one clock time; None if they follow no rule."""
    days = [change.local for change in changes]
    kinds = {(day.month, day.weekday(), day.time()) for day in days}
    if [day.year for day in days] != list(years) or len(kinds) > 1:
        return None
    ordinals = set.intersection(*(_ordinals(day) for day in days))
    month, weekday, _ = kinds.pop()
    return Rule(month, weekday, min(ordinals)) if ordinals else None


def _ordinals(day: datetime) -> set[int]:
    """The ordinals of a day among the same weekdays of its month: 1 to 5, and -1 for the last."""
    is_last = (day + 7 * _DAY).month != day.month
    return {(day.day + 6) // 7, -1} if is_last else {(day.day + 6) // 7}


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


class PlannedEvent(NamedTuple):
    """The title and time of a planned event; in UTC only where a local time is ambiguous."""

    uid: str
    title: str
    rows: tuple[Administration, ...]
    start: date | datetime
    end: datetime | None = None


class Text(vText):
    """A text that is read back unchanged, even with a backslash before an `N`."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        """The text with its special characters escaped."""
        text = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return text.replace("\n", "\\n").encode()


def document(
    schedule: Schedule,
    cautions: Sequence[Caution],
    *,
    as_of: datetime,
    per_day: bool = False,
    with_patient: bool = False,
    formers: Sequence[FormerEvent] = (),
    rows: Sequence[CourseRow] = (),
) -> bytes:
    """The calendar file of a schedule; times have no zone unless the schedule has one.

    Args:
        schedule: with a start; its shown rows become events.
        as_of: the moment of export, with a zone: DTSTAMP and SEQUENCE are set from it.
        per_day: one event per treatment day instead of one per administration.
        with_patient: show body measures, the working of doses, and reasons in a course log.
        formers: events of an earlier file of this plan; those no longer planned are cancelled.
        rows: of a course, each with the regimen and the arm that planned it.

    Raises:
        Refused: no administration is shown; an infusion ends beyond year 9999.

    References: RFC 5545; RFC 7986 (NAME); RFC 4791, section 4.1 (no METHOD).
    """
    assert schedule.start is not None, "a calendar needs dates"
    assert as_of.tzinfo is not None, "the moment of export needs a zone"
    if not schedule.shown:
        raise Refused(f"{notes.rows_shown(schedule)}, and a calendar file needs at least one")
    wording = Wording(schedule, cautions, with_patient=with_patient, rows=rows)
    planned = [
        PlannedEvent(uid, wording.title_of_day(rows), rows, _day(rows[0]))
        if per_day
        else PlannedEvent(uid, wording.title(rows[0]), rows, *_span(schedule, rows[0]))
        for uid, rows in _events(schedule, per_day=per_day)
    ]
    assert len({item.uid for item in planned}) == len(planned), "one event would hide another"
    calendar = Calendar()
    calendar.add("prodid", f"-//il2calc//il2calc {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    name = Text(shown(": ".join(filter(None, (schedule.subject, schedule.regimen.id)))))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add(PLAN, _digest("plan", schedule))
    stamp = as_of.astimezone(UTC).replace(microsecond=0)
    by_uid = {item.uid: item for item in formers}
    for new in planned:
        state, text = status(schedule, new.rows), wording.text(new.rows)
        number = _sequence(stamp)
        if former := by_uid.get(new.uid):
            span = _in_utc(new.start), new.end and _in_utc(new.end)
            current = FormerEvent(former.uid, new.title, *span, former.sequence, state, text)
            number = max(number, min(former.sequence + (current != former), _MAX_INT))
        event = _new_event(new, stamp, number)
        event.add("summary", Text(new.title))
        event.add("description", Text(text))
        event.add("status", state)
        if per_day:
            event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    for dropped in lost_events(schedule, formers, per_day=per_day):
        calendar.add_component(_cancelled(dropped, stamp))
    if schedule.zone is not None and schedule.zone.key in calendar.get_used_tzids():
        moments = [moment(schedule, row) for row in schedule.shown]
        zone = time_zone(schedule.zone, min(moments), max(moments))
        calendar.subcomponents.insert(0, zone)
    return bytes(calendar.to_ical())


def _events(
    schedule: Schedule, *, per_day: bool
) -> Iterator[tuple[str, tuple[Administration, ...]]]:
    """The UID of every event of a schedule, with its rows in order."""
    if not per_day:
        numbers = dose_numbers(schedule.administrations)
        for row in schedule.shown:
            yield dose_uid(schedule, row, numbers[row.number]), (row,)
        return
    by_day = grouped((_day(row), row) for row in schedule.shown)
    yield from ((day_uid(schedule, rows), tuple(rows)) for rows in by_day.values())


def _day(row: Administration) -> date:
    """The date of the regimen day of a row, also if its dose is past midnight."""
    return row.moment.date() - row.carried * _DAY


def _span(schedule: Schedule, row: Administration) -> tuple[datetime, datetime | None]:
    """When a dose begins and, if it is an infusion, ends at the latest.

    A local time that exists twice is read as the first (RFC 5545, section 3.3.5), so if one of them
    is the second, both are in UTC.

    Raises:
        Refused: it ends beyond year 9999.
    """
    start = moment(schedule, row)
    duration = record_of(row, schedule.recorded).span(row.dose)
    try:
        if schedule.zone is None:
            return start, start + duration.longest * _MINUTE if duration else None
        begin = start.astimezone(UTC)
        in_utc = [begin, begin + duration.longest * _MINUTE] if duration else [begin]
        local = [when.astimezone(schedule.zone) for when in in_utc]
    except OverflowError:
        raise Refused("an infusion would end beyond year 9999; give another --start") from None
    begin, *end = in_utc if any(when.fold for when in local) else local
    return begin, end[0] if end else None


def _cancelled(former: FormerEvent, stamp: datetime) -> Event:
    """The cancellation of a lost event; its SEQUENCE is greater, unless it was cancelled before."""
    above = min(former.sequence + (former.status != "CANCELLED"), _MAX_INT)
    event = _new_event(former, stamp, max(_sequence(stamp), above))
    event.add("summary", Text(f"{former.title.removesuffix(_SUFFIX)}{_SUFFIX}"))
    event.add("description", Text(_CANCELLED_TEXT))
    event.add("status", "CANCELLED")
    event.add("transp", "TRANSPARENT")
    return event


def _new_event(source: PlannedEvent | FormerEvent, stamp: datetime, sequence: int) -> Event:
    """An event with the properties that every event has."""
    event = Event()
    event.add("uid", source.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", sequence)
    event.add("dtstart", source.start)
    if source.end is not None:
        event.add("dtend", source.end)
    return event


def _sequence(stamp: datetime) -> int:
    return min(max(int(stamp.timestamp()) // 60, 0), _MAX_INT)


def lost_events(
    schedule: Schedule, formers: Iterable[FormerEvent], *, per_day: bool
) -> list[FormerEvent]:
    """The events of an earlier file that are no longer planned.

    A row that is planned but not shown has no event in the new file; it is not cancelled either.
    Events of doses and events of days are different: those of the other kind are cancelled.
    """
    all_rows = replace(schedule, shown=schedule.administrations)
    planned = {uid for uid, _ in _events(all_rows, per_day=per_day)}
    return [former for former in formers if former.uid not in planned]


def left_out_events(
    schedule: Schedule, formers: Sequence[FormerEvent], *, per_day: bool
) -> list[FormerEvent]:
    """The events of an earlier file whose rows are planned and not shown: no later file cancels."""
    in_file = {uid for uid, _ in _events(schedule, per_day=per_day)}
    lost = lost_events(schedule, formers, per_day=per_day)
    return [former for former in formers if former.uid not in in_file and former not in lost]


def dose_uid(schedule: Schedule, row: Administration, number: int) -> str:
    """The UID of a row in every export.

    It is made of subject, regimen id, block turns, drug, and name and number of the dose, and of
    nothing that may change between two exports of a plan: dates, times, amounts, arm, version.

    Args:
        number: from `dose_numbers`.
    """
    dose = row.dose
    return _uid("administration", schedule, row, [dose.written, dose.name, number])


def day_uid(schedule: Schedule, rows: Sequence[Administration]) -> str:
    """The UID of a treatment day in every export.

    It is made of subject, regimen id, and the block turns and block day of its outermost row, or of
    the first of these by name and number of the turns; times do not matter.
    """
    chains = ((chain_of(row.turn), row) for row in rows)
    _, first = min(chains, key=lambda pair: (len(pair[0]), pair[0], pair[1].block_day))
    return _uid("day", schedule, first, [first.block_day])


def _uid(kind: str, schedule: Schedule, row: Administration, key: list[str | int]) -> str:
    return f"{_digest(kind, schedule, chain_of(row.turn), *key)}@{_DOMAIN}"


def _digest(kind: str, schedule: Schedule, *key: object) -> str:
    """A digest of a list written as JSON, which keeps its items apart whatever they contain."""
    identity = json.dumps([kind, schedule.subject, schedule.regimen.id, *key])
    return sha256(identity.encode("ascii")).hexdigest()[:40]


class FormerEvent(NamedTuple):
    """An event of an earlier file; moments with a zone are in UTC."""

    uid: str
    title: str
    start: date
    end: date | None
    sequence: int
    status: str
    text: str


def former_events(earlier: bytes, schedule: Schedule) -> tuple[FormerEvent, ...]:
    """The events of an earlier file of the same subject and regimen.

    A new file does not mention doses that were dropped from the plan, and a calendar that imports
    it would still show them. So the file about to be overwritten is read first.

    Args:
        earlier: the content of a file; of any other plan or program, it yields no events.

    Raises:
        Refused: the file is marked as one of this plan, but cannot be read.
    """
    if f"{PLAN}:{_digest('plan', schedule)}".encode() not in earlier:
        return ()
    try:
        return tuple(
            FormerEvent(
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
    """A moment with a zone in UTC, because the new file may lack the zone; others unchanged."""
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(UTC)
    return when
