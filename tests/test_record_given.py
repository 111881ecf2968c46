"""Doubts about what was given: too near, far from its time, more or less than planned."""

from __future__ import annotations

from datetime import date

import pytest

from courselogs import CYCLE, course, entry, given, held, key
from il2calc import load_regimen
from il2calc.course import Shifted, Stopped
from il2calc.record import Course
from written import regimen as written

DOSE = (CYCLE, "aldesleukin")
NPC = load_regimen("npc-bolus")


def told(found: Course) -> dict[str, str]:
    """The cautions of a course: code and text."""
    return {each.code: each.text for each in found.cautions}


def test_a_dose_too_near_to_the_last_given_one_is_pointed_out() -> None:
    """Rule: a next dose nearer than its `every` to the last given one, naming both times."""
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    found = course(NPC, late)
    assert told(found) == {
        "too-near": (
            "row 2 (2025-12-01 16:00) is nearer than 8 hours to row 1, given 2025-12-01 10:00"
        )
    }
    assert found.cautions[0].administrations == (1, 2)
    again = course(NPC, late, given(*DOSE, [2], at="2025-12-01 17:00"), held(*DOSE, [3]))
    assert [each.text[:24] for each in again.cautions] == ["row 2 (2025-12-01 17:00)"]


def test_a_held_dose_is_near_to_nothing() -> None:
    """Dose 2 was held, and dose 3 lies 14 hours after dose 1, given at 10:00."""
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    assert not course(NPC, late, held(*DOSE, [2])).cautions
    stop = entry(Stopped(), "2025-12-01 12:00")
    assert not course(NPC, late, stop).cautions


def test_a_dose_of_the_next_turn_may_be_too_near_as_well() -> None:
    """Dose 15 of cycle 1 on the morning of 12-13, two hours before cycle 2 begins."""
    late = given(*DOSE, [15], at="2025-12-13 06:00")
    found = course(NPC, given(*DOSE, range(1, 15)), late)
    assert "row 16 (2025-12-13 08:00) is nearer than 8 hours to row 15" in told(found)["too-near"]


def test_a_dose_that_lies_before_the_last_given_one_is_told_so() -> None:
    """Dose 4 a week late: dose 5 lies before it, and is not merely near."""
    late = given(*DOSE, [4], at="2025-12-09 09:00")
    found = course(NPC, given(*DOSE, [1, 2, 3]), late)
    assert told(found)["too-near"] == (
        "row 5 (2025-12-02 16:00) lies before row 4, given 2025-12-09 09:00"
    )


def test_a_dose_far_from_its_time_is_told() -> None:
    """A month mistyped, and a dose eight hours late; seven hours are a late dose."""
    for at, far in (
        ("2025-11-01 09:00", True),
        ("2025-12-01 16:00", True),
        ("2025-12-01 15:00", False),
    ):
        assert ("off-time" in told(course(NPC, given(*DOSE, [1], at=at)))) is far
    found = course(NPC, given(*DOSE, [1], at="2025-11-01 09:00"))
    assert told(found)["off-time"] == (
        "row 1 was given 2025-11-01 09:00, far from its planned time (2025-12-01 08:00); check the "
        "date"
    )


def test_a_daily_dose_is_far_from_its_time_by_a_day() -> None:
    """Fifteen hours late is the same day's dose; a day late is another's."""
    for at, far in (("2025-11-10 23:00", False), ("2025-11-11 08:00", True)):
        late = given("", "cyclophosphamide", [1], at=at)
        found = course("imatinib", late, times={"cycle": 1}, as_of="2025-11-09")
        assert ("off-time" in told(found)) is far


def test_a_shift_keeps_the_interval() -> None:
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    assert not course(NPC, late, Shifted(key(*DOSE, 2), 120)).cautions


def test_listed_days_have_no_interval_to_keep() -> None:
    late = given("", "cyclophosphamide", [1], at="2025-11-10 23:00")
    codes = told(course("imatinib", late, times={"cycle": 1}, as_of="2025-11-09", arm="level-1"))
    assert "too-near" not in codes


@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        (
            "50.4 million IU",
            "above-plan",
            "more than planned was given (row 1: 50.4 million units, planned 5.04 million units)",
        ),
        ("5_040_001 IU", "above-plan", "more than planned was given (row 1: 5.04 million units"),
        (
            "0.5 million IU",
            "below-plan",
            "less than 90 % of the plan was given (row 1: 500,000 units, planned 5.04 million",
        ),
        ("4_535_999 IU", "below-plan", "less than 90 % of the plan was given"),
    ],
)
def test_another_amount_than_planned_is_told_with_both(amount: str, code: str, text: str) -> None:
    """Ten times a dose, or a tenth, is most often a slip: 90 % of 5,040,000 is 4,536,000."""
    found = told(course(NPC, given(*DOSE, [1], amount=amount)))
    assert list(found) == [code]
    assert found[code].startswith(text)


@pytest.mark.parametrize("amount", ["4_536_000 IU", "5 million IU", "5.04 million IU"])
def test_what_a_vial_leaves_is_no_doubt(amount: str) -> None:
    """From 90 % of the plan to all of it."""
    assert not course(NPC, given(*DOSE, [1], amount=amount)).cautions


def test_of_many_such_doses_the_first_three_are_told() -> None:
    """The caution stays a line; its rows are all marked."""
    doses = [given(*DOSE, [number], amount="6 million IU") for number in range(1, 5)]
    (found,) = course(NPC, *doses).cautions
    assert found.text.endswith("row 3: 6 million units, planned 5.04 million units; ...)")
    assert found.administrations == (1, 2, 3, 4)


def test_a_time_that_exists_twice_is_told() -> None:
    """01:30 on 2026-10-25 in London was summer time's, and an hour later winter time's."""
    late = given("", "x", [1], at="2026-10-25 01:30")
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "01:00"}]'
    found = course(written(body), late, start=date(2026, 10, 25), zone="Europe/London")
    assert told(found)["clock-change"] == (
        "row 1: 2026-10-25 01:30 exists twice, as the clocks go back; 01:30 BST is meant"
    )
    early = given("", "x", [1], at="2026-10-25 00:30")
    plain = course(written(body), early, start=date(2026, 10, 25), zone="Europe/London")
    assert "clock-change" not in told(plain)


def test_a_dose_as_planned_has_no_time_of_its_own_to_doubt() -> None:
    """Its clock time is the schedule's, whose cautions tell of it."""
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "01:30"}]'
    found = course(
        written(body), given("", "x", [1]), start=date(2026, 10, 25), zone="Europe/London"
    )
    assert not found.cautions
