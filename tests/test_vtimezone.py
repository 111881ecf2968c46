"""VTIMEZONE: a program that knows no time zones reckons with it as one that knows them all."""

from __future__ import annotations

import re
from calendar import monthcalendar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Component, Timezone, TimezoneStandard

from il2calc.format.vtimezone import definition

LONDON = """\
BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19700329T010000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""
"""Summer time begins and ends at 01:00 UTC on the last Sundays of March and October."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Part(NamedTuple):
    """From a moment [UTC] on, one offset follows another."""

    onset: datetime
    before: timedelta
    after: timedelta
    standard: bool


def parts(zone: str, year: int) -> list[Part]:
    """The onsets of a zone around a year, as the standard reads them: local time from before."""
    around = datetime(year, 6, 1, tzinfo=UTC)
    read = Timezone.from_ical(definition(ZoneInfo(zone), around, around).to_ical())
    assert isinstance(read, Timezone)
    assert read["tzid"] == zone
    found = [
        Part(
            (local - each.TZOFFSETFROM).replace(tzinfo=UTC),
            each.TZOFFSETFROM,
            each.TZOFFSETTO,
            isinstance(each, TimezoneStandard),
        )
        for each in read.subcomponents
        for local in local_times(each, year)
    ]
    return sorted(found)


def local_times(part: Component, year: int) -> list[datetime]:
    """The local times at which a part begins, as from its DTSTART and up to two years on."""
    begins = part.decoded("dtstart")
    assert isinstance(begins, datetime)
    if "rrule" not in part:
        return [begins]
    yearly = r"\r\nRRULE:FREQ=YEARLY;BYDAY=(-?[0-9])([A-Z]{2});BYMONTH=([0-9]+)\r\n"
    found = re.search(yearly, part.to_ical().decode())
    assert found is not None
    nth, weekday, month = int(found[1]), WEEKDAYS.index(found[2]), int(found[3])
    times = []
    for each in range(begins.year, min(year + 2, 9998) + 1):
        days = [week[weekday] for week in monthcalendar(each, month) if week[weekday]]
        times.append(begins.replace(year=each, month=month, day=days[nth - 1 if nth > 0 else nth]))
    assert times[0] == begins, "a rule begins on a day of its own"
    return times


def test_london_is_written_as_calendar_programs_write_it() -> None:
    """In spring the onset is 01:00, local time from before, which the clocks then turn to 02:00."""
    around = datetime(2026, 6, 1, tzinfo=UTC)
    text = definition(ZoneInfo("Europe/London"), around, around).to_ical().decode()
    assert text.replace("\r\n", "\n") == LONDON


@pytest.mark.parametrize(
    ("zone", "onset", "before", "after"),
    [
        # Energy Policy Act of 2005: second Sunday of March, first of November, at 02:00.
        ("America/New_York", "2026-03-08T07:00+00:00", "-05:00", "-04:00"),
        ("America/New_York", "2026-11-01T06:00+00:00", "-04:00", "-05:00"),
        # Half an hour, at 02:00 on the first Sundays of April and October.
        ("Australia/Lord_Howe", "2026-04-04T15:00+00:00", "+11:00", "+10:30"),
        ("Australia/Lord_Howe", "2026-10-03T15:30+00:00", "+10:30", "+11:00"),
        # From 03:00 to 04:00 of summer time on the last Sundays of March and October.
        ("Europe/Helsinki", "2026-03-29T01:00+00:00", "+02:00", "+03:00"),
    ],
)
def test_changes_of_the_clocks_stand_at_their_moment(
    zone: str, onset: str, before: str, after: str
) -> None:
    when = datetime.fromisoformat(onset)
    (found,) = (each for each in parts(zone, 2026) if each.onset == when)
    assert (found.before, found.after) == (offset(before), offset(after))
    assert found.standard == (found.after < found.before)


def offset(text: str) -> timedelta:
    """An offset from UTC, as in `-05:00`."""
    found = datetime.fromisoformat(f"2000-01-01T00:00{text}").utcoffset()
    assert found is not None
    return found


ZONES = (
    "Africa/Casablanca",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Etc/GMT+5",
    "Pacific/Apia",
)


@settings(deadline=None, max_examples=50)
@given(
    zone=st.sampled_from(ZONES),
    when=st.datetimes(datetime.fromisoformat("1972-01-01"), datetime.fromisoformat("2099-12-31")),
)
def test_every_moment_has_the_offset_of_its_zone(zone: str, when: datetime) -> None:
    """RFC 5545, 3.6.5: in force is the part with the latest onset before the moment."""
    there = when.replace(tzinfo=UTC)
    in_force = [each for each in parts(zone, when.year) if each.onset <= there][-1]
    assert in_force.after == there.astimezone(ZoneInfo(zone)).utcoffset()


def test_a_zone_whose_clocks_never_change_has_one_part() -> None:
    """Calcutta, +05:30 all year."""
    (found,) = parts("Asia/Kolkata", 2026)
    assert (found.after, found.standard) == (timedelta(hours=5, minutes=30), True)


def test_a_zone_without_a_yearly_rule_has_each_change_by_itself() -> None:
    """In Morocco the clocks go back for Ramadan, which no rule of months and weekdays tells.

    In 2026 from Sunday 15 February, 03:00, until Sunday 22 March, 02:00.
    """
    found = [each for each in parts("Africa/Casablanca", 2026) if each.onset.year == 2026]
    assert [each.onset.isoformat() for each in found] == [
        "2026-02-15T02:00:00+00:00",
        "2026-03-22T02:00:00+00:00",
    ]


def test_a_rule_that_has_changed_is_not_taken_for_one() -> None:
    """Until 2006 New York changed its clocks in April and October, since then in March, November.

    2007 is the first year of the later rule, so around it each change stands by itself.
    """
    march = datetime(2007, 3, 11, 7, tzinfo=UTC)
    april = datetime(2006, 4, 2, 7, tzinfo=UTC)
    onsets = [each.onset for each in parts("America/New_York", 2007)]
    assert {march, april} <= set(onsets)
    assert datetime(2006, 3, 12, 7, tzinfo=UTC) not in onsets


@pytest.mark.parametrize("year", [1, 2, 9998, 9999])
def test_the_first_and_last_years_have_a_definition_too(year: int) -> None:
    assert len(parts("Europe/London", year)) >= 1
