"""Doses that go on while a turn is delayed: how they are drawn through the gap."""

from __future__ import annotations

import pytest

from courselogs import course, entry, row, turn
from il2calc.course import Decided, Delayed
from il2calc.record import Course
from written import regimen as written


def cycles(doses: str, repeat: str = "{times: 3, every: 14 days}", more: str = "") -> str:
    """Cycles of these doses, each of which goes on during a delay, assumed to."""
    return f"""
        blocks:
          - block: cycle
            repeat: {repeat}
            doses:
              {doses}
        {more}
        assumptions:
          - about: cycle.x.during_delay
            text: It goes on while a cycle is delayed.
            because: It is taken at home.
    """


DAILY = "- {drug: x, amount: 1 mg, route: oral, day: 4 to 14, during_delay: continue}"


def days(found: Course, drug: str = "x") -> list[int]:
    """The days of a drug."""
    rows = (each.administration for each in found.rows if each.key.drug == drug)
    return [each.regimen_day for each in rows]


def test_a_daily_dose_is_given_on_each_day_of_the_delay() -> None:
    """Cycle 1 ends on day 14; a delay of 3 days is days 15 to 17, and cycle 2 begins on day 18."""
    found = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), 3))
    assert days(found) == [*range(4, 18), *range(21, 32), *range(35, 46)]


def test_doses_of_a_delay_are_numbered_on_in_the_turn_before() -> None:
    """Eleven are planned in cycle 1; the delay's are its 12th to 14th, and no plan has them."""
    found = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), 3))
    drawn = [each for each in found.rows if each.plain is None]
    assert [each.key for each in drawn] == [
        row(found, "cycle 1", "x", number).key for number in (12, 13, 14)
    ]
    assert [each.administration.block_day for each in drawn] == [15, 16, 17]
    assert {each.administration.assumed for each in drawn} == {(1,)}


def test_delays_of_one_turn_draw_one_stretch() -> None:
    """1 + 2 days are 3, whatever the order in which they were entered."""
    regimen = written(cycles(DAILY))
    one = Delayed(turn("cycle 2"), 1)
    two = Delayed(turn("cycle 2"), 2)
    assert days(course(regimen, one, two)) == days(course(regimen, two, one))
    assert days(course(regimen, one, two)) == days(course(regimen, Delayed(turn("cycle 2"), 3)))


def test_each_delayed_turn_has_a_stretch_of_its_own() -> None:
    """Cycle 2 from day 16 to 29, its delay on day 15; cycle 3 from day 32, days 30 and 31."""
    both = (Delayed(turn("cycle 3"), 2), Delayed(turn("cycle 2"), 1))
    found = course(written(cycles(DAILY)), *both)
    assert days(found) == [*range(4, 16), *range(19, 32), *range(35, 46)]
    assert row(found, "cycle 2", "x", 13).administration.regimen_day == 31


def test_the_first_turn_has_none_before_it() -> None:
    found = course(written(cycles(DAILY)), Delayed(turn("cycle 1"), 3))
    assert days(found)[0] == 7
    assert len(days(found)) == 33


def test_a_dose_goes_on_in_its_own_rhythm() -> None:
    """On days 1, 5, 9 and 13 of 14 the next is day 17: within days 15 to 18 of a 4-day delay."""
    weekly = "- {drug: x, amount: 1 mg, route: SC, day: [1, 5, 9, 13], during_delay: continue}"
    found = course(written(cycles(weekly)), Delayed(turn("cycle 2"), 4))
    assert days(found)[:6] == [1, 5, 9, 13, 17, 19]


def test_a_rhythm_of_hours_goes_on_by_the_hour() -> None:
    """Every 12 hours for 4 days, from 08:00 on day 1: on at 08:00 and 20:00 through day 5."""
    hourly = (
        "- {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 8, every: 12 hours}, "
        "during_delay: continue}"
    )
    found = course(
        written(cycles(hourly, "{times: 2, every: 4 days}")), Delayed(turn("cycle 2"), 1)
    )
    assert [f"{each.administration.when:%d %H:%M}" for each in found.rows[6:11]] == [
        "04 08:00",
        "04 20:00",
        "05 08:00",
        "05 20:00",
        "06 08:00",
    ]
    assert [each.key.number for each in found.rows[7:11]] == [8, 9, 10, 1]


def test_times_of_the_day_are_those_of_the_days_before() -> None:
    twice = (
        "- {drug: x, amount: 1 mg, route: oral, day: 1 to 3, at: ['09:00', '21:00'], "
        "during_delay: continue}"
    )
    found = course(written(cycles(twice, "{times: 2, every: 3 days}")), Delayed(turn("cycle 2"), 1))
    assert [f"{each.administration.when:%d %H:%M}" for each in found.rows[5:9]] == [
        "03 21:00",
        "04 09:00",
        "04 21:00",
        "05 09:00",
    ]


@pytest.mark.parametrize("day", ["1 to 7", "1"])
def test_a_dose_that_had_ended_is_not_drawn_and_that_is_told(day: str) -> None:
    """Given on days 1 to 7 of 14, it rests when the delay begins; one day alone has no rhythm."""
    resting = f"- {{drug: x, amount: 1 mg, route: SC, day: {day}, during_delay: continue}}"
    found = course(written(cycles(resting)), Delayed(turn("cycle 2"), 3))
    assert all(each.plain is not None for each in found.rows)
    assert [each.code for each in found.cautions] == ["not-continued"]


def test_only_doses_of_the_turn_before_go_on() -> None:
    """The delay of the second course follows cycle 2 of the first one, whose dose goes on."""
    nested = """
        blocks:
          - block: course
            repeat: {times: 2, every: 8 days}
            blocks:
              - block: cycle
                repeat: {times: 2, every: 4 days}
                doses:
                  - {drug: x, amount: 1 mg, route: SC, day: 1 to 4, during_delay: continue}
                  - {drug: y, amount: 1 mg, route: SC, day: 1 to 4}
        assumptions:
          - about: course.cycle.x.during_delay
            text: It goes on while a cycle is delayed.
            because: It is taken at home.
    """
    regimen = written(nested)
    for delays in (
        [("course 2", 2)],
        [("course 2/cycle 1", 2)],
        [("course 2", 1), ("course 2/cycle 1", 1)],
    ):
        found = course(regimen, *(Delayed(turn(name), by) for name, by in delays))
        drawn = [each for each in found.rows if each.plain is None]
        assert [each.key.turns for each in drawn] == [turn("course 1/cycle 2")] * 2
        assert [each.administration.regimen_day for each in drawn] == [9, 10]
        assert days(found, "y")[8] == 11


def test_a_latest_day_is_carried_on() -> None:
    """Rest of 1 to 2 days before cycle 2: what is drawn after it is as uncertain as it is."""
    ranged = "- {drug: x, amount: 1 mg, route: SC, day: 1 to 3, during_delay: continue}"
    body = cycles(ranged, "{times: 2, rest: 1 to 2 days}").replace(
        "        assumptions:",
        """
          - block: after
            doses: [{drug: y, amount: 1 mg, route: SC, day: 1}]
        assumptions:""",
    )
    found = course(written(body), Delayed(turn("after 1"), 1))
    drawn = next(each.administration for each in found.rows if each.plain is None)
    assert (drawn.regimen_day, drawn.latest_day) == (8, 9)
    assert row(found, "after 1", "y", 1).administration.regimen_day == 9


def test_what_is_drawn_for_a_turn_decided_against_is_stopped() -> None:
    """A delay is for a turn to come; once that is not given, nothing goes on towards it."""
    body = cycles(DAILY, "{times: 3, every: 14 days, only_if: response}")
    delay = entry(Delayed(turn("cycle 2"), 3), "2025-12-14 12:00")
    no = entry(Decided(turn("cycle 2"), given=False), "2025-12-16 12:00")
    found = course(written(body), delay, no, as_of="2025-12-16")
    drawn = [each.recorded.state for each in found.rows if each.plain is None]
    assert drawn == ["unrecorded", "due", "stopped"]


@pytest.mark.parametrize(("by", "told"), [(7, []), (8, ["long-delay"])])
def test_more_than_seven_days_are_pointed_out(by: int, told: list[str]) -> None:
    """CALGB 9661 let delays last for up to 7 days."""
    found = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), by))
    assert [each.code for each in found.cautions] == told
    assert [each.administrations for each in found.cautions] == [tuple(range(12, 20)) for _ in told]
