"""A schedule as a calendar file (RFC 5545), made to be imported again after every change.

One event per administration, or one per treatment day. An event keeps its UID whatever moves, and
SEQUENCE, whole minutes from 1970-01-01 to the moment of export, grows with each later export (it is
0 before that day, and no greater than the standard allows, as from the year 6053): so a calendar
that is given a newer file moves its events and doubles none. An event that a newer plan no longer
has stays where it is until somebody deletes it.

An amount per kg or m2 itself tells a patient's size to whoever knows the regimen, so a file without
body measures is still a file about a patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event, vText

from il2calc import __version__
from il2calc.administration import Administration
from il2calc.errors import Refused
from il2calc.plaintext import shown
from il2calc.render import notes, uid
from il2calc.render.event import Wording, moment, status
from il2calc.render.vtimezone import definition
from il2calc.schedule import Caution, Schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
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
) -> bytes:
    """What does a calendar program import?

    Times are local times of no zone unless the schedule has one, which then stands in the file.

    Args:
        schedule: with a start; its events are those of the administrations to show.
        cautions: of the schedule.
        as_of: the moment of export, with a zone: it stamps and numbers the file.
        per_day: one event per treatment day instead of one per administration.
        with_patient: tell body measures, the working of doses, and reasons out of a course log.

    Raises:
        Refused: no administration is shown; an infusion ends beyond year 9999.

    References: RFC 5545; RFC 7986 (NAME); RFC 4791, section 4.1 (no METHOD).
    """
    assert schedule.start is not None, "a calendar needs dates"
    assert as_of.tzinfo is not None, "the moment of export needs a zone"
    if not schedule.shown:
        raise Refused(f"{notes.shown(schedule)}, and a calendar file needs at least one")
    wording = Wording(schedule, cautions, with_patient=with_patient)
    occasions = list((_days if per_day else _administrations)(schedule, wording))
    assert len({each.uid for each in occasions}) == len(occasions), "one event would hide another"
    calendar = Calendar()
    calendar.add("prodid", f"-//il2calc//il2calc {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    name = Text(shown(": ".join(filter(None, (schedule.subject, schedule.regimen.id)))))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    stamp = as_of.astimezone(UTC).replace(microsecond=0)
    for occasion in occasions:
        calendar.add_component(_event(occasion, schedule, wording, stamp, per_day=per_day))
    if schedule.zone is not None and schedule.zone.key in calendar.get_used_tzids():
        moments = [moment(schedule, each) for each in schedule.shown]
        zone = definition(schedule.zone, min(moments), max(moments))
        calendar.subcomponents.insert(0, zone)
    return bytes(calendar.to_ical())


def _administrations(schedule: Schedule, wording: Wording) -> Iterator[Occasion]:
    """One occasion per administration."""
    numbers = uid.numbers(schedule)
    for each in schedule.shown:
        start, end = _span(schedule, each)
        name = uid.of_administration(schedule, each, numbers[each.number])
        yield Occasion(name, wording.title(each), (each,), start, end)


def _days(schedule: Schedule, wording: Wording) -> Iterator[Occasion]:
    """One occasion per day on which something is planned, its administrations in their order."""
    by_date: dict[date, list[Administration]] = {}
    for each in schedule.shown:
        assert each.when is not None, "a calendar needs dates"
        by_date.setdefault(each.when.date(), []).append(each)
    for day, rows in by_date.items():
        name = uid.of_day(schedule, rows)
        yield Occasion(name, wording.title_of_day(rows), tuple(rows), day)


def _span(schedule: Schedule, each: Administration) -> tuple[datetime, datetime | None]:
    """When an administration begins and, an infusion, ends at the latest.

    A local time that exists twice is read as the first (RFC 5545, section 3.3.5), so where the
    second is meant both are given in UTC.

    Raises:
        Refused: it ends beyond year 9999.
    """
    start = moment(schedule, each)
    over = each.dose.over
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


def _event(
    occasion: Occasion, schedule: Schedule, wording: Wording, stamp: datetime, *, per_day: bool
) -> Event:
    event = Event()
    event.add("uid", occasion.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", min(max((stamp - _EPOCH) // _MINUTE, 0), _GREATEST))
    event.add("dtstart", occasion.start)
    if occasion.end is not None:
        event.add("dtend", occasion.end)
    event.add("summary", Text(occasion.title))
    event.add("description", Text(wording.text(occasion.rows)))
    event.add("status", status(schedule, occasion.rows))
    if per_day:
        event.add("transp", "TRANSPARENT")
    return event
