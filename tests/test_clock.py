"""A course's own clock: with a zone and without one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from courselogs import START, course, entry, given, log, states, turn
from il2calc import load_regimen
from il2calc.course import admit
from il2calc.course.clock import moments
from il2calc.errors import Refused
from il2calc.model.effects import Delayed
from il2calc.plan.calendar import minutes_between

NPC = load_regimen("npc-bolus")
AUTUMN = date(2026, 10, 24)
"""The day before clocks go back in London: on 2026-10-25, 02:00 is 01:00."""


def test_without_a_zone_times_are_those_of_the_clock() -> None:
    found = moments(log(NPC))
    assert found.zone is None
    assert found.midnight == datetime.combine(START, datetime.min.time())
    noon = found.midnight + timedelta(hours=12)
    assert found.meant(noon) is noon
    assert found.local(noon) is noon


def test_a_moment_of_another_zone_is_told_by_the_course_s_clock() -> None:
    """22:30 UTC is 23:30 in London in summer, and the day by which states are told is London's."""
    found = moments(log(NPC, zone="Europe/London"))
    told = found.local(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{told:%Y-%m-%d %H:%M}" == "2026-06-02 00:30"
    assert told.tzinfo is None
    plain = moments(log(NPC)).local(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{plain:%Y-%m-%d %H:%M}" == "2026-06-01 23:30"


def test_of_a_time_that_exists_twice_either_may_be_meant() -> None:
    """01:30 of 2026-10-25 in London is there in summer time, and an hour later in winter time.

    An infusion that was begun in the second of the two hours ends after that, and not before.
    """
    found, twice = moments(log(NPC, zone="Europe/London")), datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 - local
    assert f"{found.meant(twice):%H:%M%z}" == "01:30+0100"
    assert f"{found.meant(twice, fold=1):%H:%M%z}" == "01:30+0000"


def test_hours_between_are_elapsed_ones() -> None:
    """From 08:00 before the clocks go back to 08:00 after it lie 25 hours."""
    found = course("npc-bolus", start=AUTUMN, zone="Europe/London")
    first, fourth = (found.rows[place].administration.when for place in (0, 3))
    assert first is not None
    assert fourth is not None
    assert minutes_between(first, fourth) == 24 * 60
    assert f"{fourth:%H:%M%z}" == "07:00+0000"
    naive = (each.replace(tzinfo=None) for each in (first, fourth))
    assert minutes_between(*naive) == 23 * 60


def test_a_dose_given_is_told_in_the_zone() -> None:
    """Rule: `at` is local time; 01:30 exists twice on 2026-10-25, and the first is meant."""
    late = given("course 1/cycle 1", "aldesleukin", [1, 2])
    at = given("course 1/cycle 1", "aldesleukin", [3], at="2026-10-25 01:30")
    found = course("npc-bolus", late, at, start=AUTUMN, zone="Europe/London", as_of="2026-10-25")
    when = found.rows[2].recorded.when
    assert f"{when:%d %H:%M%z}" == "25 01:30+0100"
    assert states(found)[2:5] == ["given", "due", "due"]


def test_a_dose_is_in_the_future_by_the_course_s_clock() -> None:
    """After the change dose 4 falls at 07:00 local time, so that at 07:00 it may be entered."""
    first = given("course 1/cycle 1", "aldesleukin", [1, 2, 3])
    told = log(NPC, first, start=AUTUMN, zone="Europe/London")
    fourth = entry(given("course 1/cycle 1", "aldesleukin", [4]), "2026-10-25 07:00")
    admit(NPC, told, fourth)
    early = fourth._replace(entered=datetime.fromisoformat("2026-10-25 06:59"))
    with pytest.raises(Refused, match="falls on 2026-10-25 07:00, after this entry"):
        admit(NPC, told, early)


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_dates_stay_within_the_calendar(zone: str | None) -> None:
    """A delay of three million days leaves the year 9999; nothing breaks down."""
    delay = Delayed(turn("course 1"), 3_000_000)
    given_late = entry(given("course 1/cycle 1", "aldesleukin", [1]))
    with pytest.raises(Refused, match="years 1 to 9999"):
        admit(NPC, log(NPC, delay, zone=zone), given_late)


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="no time zone is called 'Europe/Londn'; did you mean"):
        course("npc-bolus", zone="Europe/Londn")
