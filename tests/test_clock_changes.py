"""Cautions about rows that a daylight-saving change touches, and about no others."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from il2calc.cautions import review
from il2calc.schedule import Caution, make
from il2calc.zones import Timekeeping
from written import regimen

LONDON = ZoneInfo("Europe/London")

EIGHT_HOURLY = """
    doses:
      - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 6, every: 8 hours}}
"""


def doses(days: str, *more: str) -> str:
    entry = ", ".join(("drug: x", "amount: 1 mg", "route: SC", f"day: {days}", *more))
    return f"doses: [{{{entry}}}]"


def told(body: str, start: date, timekeeping: Timekeeping = "stated") -> list[Caution]:
    made = make(regimen(body), start=start, zone=LONDON, timekeeping=timekeeping)
    return [each for each in review(made) if each.code == "clock-change"]


def test_rows_after_the_change_are_told_to_have_moved_by_the_clock() -> None:
    """From 2026-03-28 08:00 row 4 is due 24 h later, at 09:00 by the new clock, not at 08:00."""
    (found,) = told(EIGHT_HOURLY, date(2026, 3, 28))
    assert found.administrations == (4, 5, 6)
    assert found.text == (
        "Europe/London: rows 4 to 6, on elapsed time, 1:00 h later by the clock than planned "
        "(row 4: 09:00+01:00, not 08:00)"
    )


def test_in_autumn_rows_come_earlier_by_the_clock() -> None:
    """Going to the bed an hour late is an interval of 9 hours."""
    (found,) = told(EIGHT_HOURLY, date(2026, 10, 24))
    assert "1:00 h earlier by the clock" in found.text
    assert "(row 4: 07:00+00:00, not 08:00)" in found.text


def test_a_dose_by_the_clock_tells_the_hours_since_the_one_before() -> None:
    """On the wall the fourth dose comes 7 hours after the third: an overlap of effect."""
    (found,) = told(EIGHT_HOURLY, date(2026, 3, 28), "wall")
    assert found.administrations == (4,)
    assert "row 4, by the clock: row 4 comes 7:00 h after row 3" in found.text


def test_a_daily_dose_tells_its_one_short_day() -> None:
    """08:00 on 2026-03-29 is 23 hours after 08:00 on the day before."""
    (found,) = told(doses("1 to 4"), date(2026, 3, 27))
    assert found.administrations == (3,)
    assert "23:00 h after row 2" in found.text


def test_the_first_dose_of_a_turn_is_held_against_the_last_of_the_turn_before() -> None:
    """Weekly turns of daily doses: the change of 2026-03-29 falls on the first day of turn 2."""
    body = """
        blocks:
          - block: week
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 7}]
    """
    (found,) = told(body, date(2026, 3, 22))
    assert found.administrations == (8,)
    assert "23:00 h after row 7" in found.text


def test_a_weekly_dose_is_not_cautioned_for_an_hour() -> None:
    """167 hours in place of 168 harm nobody; a caution would hide those that matter."""
    assert told(doses("[1, 8]"), date(2026, 3, 27)) == []


def test_a_clock_time_that_does_not_exist_is_told_with_the_one_that_is_meant() -> None:
    """A nurse cannot give a dose at 01:30 on that night."""
    missing, *_ = told(doses("1 to 2", 'at: "01:30"'), date(2026, 3, 28))
    assert missing.administrations == (2,)
    assert "01:30 does not exist on that day; 2026-03-29 02:30+01:00 is meant" in missing.text


def test_a_clock_time_that_exists_twice_is_told_with_the_one_that_is_meant() -> None:
    """Given at the first 01:30 and again at the second it would be given twice."""
    found = told(doses("1 to 2", 'at: "01:30"'), date(2026, 10, 24))
    assert "01:30 exists twice on 2026-10-25" in found[0].text
    assert "01:30+01:00 is meant" in found[0].text
    assert found[0].administrations == (2,)


@pytest.mark.parametrize("start", [date(2026, 3, 20), date(2026, 6, 1)])
def test_a_schedule_that_no_change_touches_has_no_such_caution(start: date) -> None:
    """Two days in March that end before the change, and two in June."""
    assert told(EIGHT_HOURLY, start) == []


def test_without_a_zone_there_is_no_such_caution() -> None:
    """Nobody knows then whose clocks change."""
    made = make(regimen(EIGHT_HOURLY), start=date(2026, 3, 28))
    assert [each.code for each in review(made) if each.code == "clock-change"] == []
