"""The times of one dose: each test states one fact of the arithmetic within a listed day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from il2calc.daytimes import (
    Pick,
    a_day,
    anchors,
    clock,
    moments,
    per_listed_day,
    pick_of,
    span_of,
    starts,
)
from il2calc.regimen import At, Days, Dose, Repeat
from il2calc.units import Quantity, Span, span
from written import Data, begins, planned_days
from written import doses as drawn_doses
from written import regimen as written

EIGHT_HOURLY = Repeat(count=15, every=span("8 hours"))
DAY_1 = Days(((1, 1),))
START = 8 * 60
PICKS: tuple[Pick, ...] = ("earliest", "latest")


def a_dose(
    *,
    days: Days = DAY_1,
    turns: Days | None = None,
    at: At | None = None,
    over: Span | None = None,
    repeat: Repeat | None = None,
    arms: tuple[str, ...] | None = None,
) -> Dose:
    """A dose of which only the time matters."""
    return Dose(
        name="x",
        drug="x",
        path="x",
        amounts={None: Quantity(Decimal(1), "mg")},
        route="IV",
        days=days,
        turns=turns,
        at=at,
        over=over,
        repeat=repeat,
        arms=arms,
    )


def test_a_range_is_taken_at_its_shortest_or_its_longest() -> None:
    """Rule 5: dates are the earliest; every later row also carries its latest date."""
    weeks = span("5 to 6 weeks")
    assert pick_of(weeks, "earliest") == 35 * 1440
    assert pick_of(weeks, "latest") == 42 * 1440
    assert pick_of(None, "latest") == 0


def test_fifteen_doses_every_eight_hours_begin_eight_hours_apart() -> None:
    """Facts: dose k falls 8 (k - 1) h after the first; dose 15 at +112 h."""
    begun = starts(a_dose(repeat=EIGHT_HOURLY))
    assert begun == tuple(8 * 60 * (k - 1) for k in range(1, 16))
    assert begun[-1] == 112 * 60


def test_without_at_a_dose_begins_at_the_start_time() -> None:
    """Rule: without `at`, the schedule's start time, on every day."""
    assert starts(a_dose()) == (0,)
    assert moments(a_dose(), START) == (START,)


def test_clock_times_stand_whatever_the_start_time() -> None:
    """Rule: `[08:00, 20:00]` are clock times."""
    twice = a_dose(at=At("clock", (6 * 60, 22 * 60)))
    assert starts(twice) == (0, 16 * 60)
    assert moments(twice, START) == (6 * 60, 22 * 60)
    assert moments(twice, 0) == (6 * 60, 22 * 60)


def test_one_clock_time_with_a_repeat_is_its_first_dose() -> None:
    """Rule: one `at` with an hourly repeat is its first dose."""
    repeat = Repeat(count=3, every=span("8 hours"))
    assert moments(a_dose(at=At("clock", (360,)), repeat=repeat), START) == (360, 840, 1320)


def test_one_offset_with_a_repeat_is_its_first_dose() -> None:
    """Rule: one `at` with an hourly repeat is its first dose; +36 h is 20:00 a day on."""
    repeat = Repeat(count=2, every=span("6 hours"))
    rescue = a_dose(at=At("offset", (36 * 60,)), repeat=repeat)
    assert moments(rescue, START) == (44 * 60, 50 * 60)


def test_offsets_count_from_the_start_time() -> None:
    """Rule: `[-30 minutes, +4 hours]` are offsets from the start time of that day."""
    assert moments(a_dose(at=At("offset", (-30, 240))), START) == (START - 30, START + 240)


@pytest.mark.parametrize(
    ("dose", "counted_from"),
    [
        ({"repeat": {"times": 3, "every": "8 hours"}}, (480, 480, 480)),
        ({"repeat": {"times": 3, "every": "8 hours"}, "at": "+2 hours"}, (480, 480, 480)),
        ({"repeat": {"times": 2, "every": "8 hours"}, "at": "10:00"}, (600, 600)),
        ({"repeat": {"times": 2, "every": "2 days"}, "at": "+2 hours"}, (480, 3360)),
        ({"repeat": {"times": 2, "every": "2 days"}}, (480, 3360)),
        ({"at": ["+0 hours", "+36 hours"]}, (480, 480)),
        ({"at": ["08:00", "20:00"]}, (480, 1200)),
        ({"at": "2 times a day"}, (480, 1200)),
        ({}, (480,)),
    ],
)
def test_hours_are_counted_from_something_and_days_from_themselves(
    dose: Data, counted_from: tuple[int, ...]
) -> None:
    """A repeat in hours and an offset are counted from a start; what stands on a clock is not."""
    plain = {"drug": "x", "amount": "1 mg", "route": "IV", "day": 1}
    (read,) = written({"doses": [{**plain, **dose}]}).body.doses
    assert anchors(read, START) == counted_from


def test_planned_days_of_a_repeat_follow_the_formula() -> None:
    """Rule 2: floor((offset + (count - 1) x interval) / 24 h) + 1; 112 h are planned as 5 days."""
    assert span_of(a_dose(repeat=EIGHT_HOURLY)) == 5
    fourteen = Repeat(count=14, every=span("8 hours"))
    assert span_of(a_dose(repeat=fourteen)) == 5
    four = Repeat(count=4, every=span("8 hours"))
    assert span_of(a_dose(repeat=four)) == 2
    assert span_of(a_dose(at=At("offset", (36 * 60,)), repeat=four)) == 3


def test_planned_days_of_an_infusion_follow_the_formula() -> None:
    """Rule 2: with an infusion ceil((offset + (count - 1) x interval + longest `over`) / 24 h)."""
    assert span_of(a_dose(over=span("46 hours"))) == 2
    assert span_of(a_dose(over=span("48 hours"))) == 2
    assert span_of(a_dose(over=span("49 hours"))) == 3
    assert span_of(a_dose(over=span("24 hours"))) == 1
    assert span_of(a_dose(over=span("20 to 30 hours"))) == 2
    assert span_of(a_dose(at=At("offset", (180,)), over=span("46 hours"))) == 3
    three = Repeat(count=3, every=span("12 hours"))
    assert span_of(a_dose(over=span("2 hours"), repeat=three)) == 2


def test_the_days_of_an_infusion_are_counted_from_the_start_time_and_not_by_the_clock() -> None:
    """Rule: the days it runs are counted from the start time; 22:00 + 4 h are one day."""
    assert span_of(a_dose(at=At("clock", (22 * 60,)), over=span("4 hours"))) == 1


def test_what_begins_before_the_start_time_still_takes_its_day() -> None:
    """Rule 2: a dose before its planned days lengthens nothing; it is planned for its own day."""
    assert span_of(a_dose(at=At("offset", (-30,)))) == 1
    assert span_of(a_dose(at=At("offset", (-30,)), over=span("30 minutes"))) == 1


def test_a_range_of_hours_may_plan_for_more_days_at_the_latest() -> None:
    """Rule 5: 4 doses every 6 to 8 hours take 18 to 24 h, so one day or two."""
    dose = a_dose(repeat=Repeat(count=4, every=span("6 to 8 hours")))
    assert (span_of(dose, "earliest"), span_of(dose, "latest")) == (1, 2)


def test_administrations_of_a_listed_day_are_counted() -> None:
    """Rows of one day: those of its repeat, or its times, or one."""
    assert per_listed_day(a_dose(repeat=EIGHT_HOURLY)) == 15
    assert per_listed_day(a_dose(at=At("times a day", (0, 720)))) == 2
    assert per_listed_day(a_dose()) == 1


@given(drawn_doses("x", 1))
def test_planned_days_are_those_on_which_a_dose_begins_or_runs(dose: Data) -> None:
    """Rule 2, counted day by day instead of by the formula."""
    read = written({"doses": [dose]}).body.doses[0]
    for pick in PICKS:
        longest = pick == "latest"
        assert list(starts(read, pick)) == begins(dose, longest)
        assert span_of(read, pick) == planned_days(dose, longest)


@pytest.mark.parametrize(
    ("minute", "text"), [(0, "00:00"), (485, "08:05"), (1439, "23:59"), (1440, "00:00")]
)
def test_a_clock_time_has_four_digits_and_starts_anew_at_midnight(minute: int, text: str) -> None:
    """No clock shows 24:00."""
    assert clock(minute) == text


def test_an_amount_a_day_is_shared_by_the_administrations_of_the_day() -> None:
    """Every 8 hours is three a day, every 2 days one; two clock times are two."""
    plain = {"drug": "x", "amount": "1 mg", "route": "IV", "day": 1}
    said: list[tuple[Data, int]] = [
        ({"repeat": {"times": 5, "every": "8 hours"}}, 3),
        ({"repeat": {"times": 5, "every": "2 days"}}, 1),
        ({"at": ["08:00", "20:00"]}, 2),
        ({}, 1),
    ]
    for more, times in said:
        (dose,) = written({"doses": [{**plain, **more}]}).body.doses
        assert a_day(dose) == times
