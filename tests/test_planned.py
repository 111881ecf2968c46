"""Planned days and lengths: each test states one fact of the arithmetic that calendars rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2calc.planned import (
    Calendar,
    Pick,
    Turn,
    anchors,
    is_open,
    moments,
    per_listed_day,
    pick_of,
    refusal,
    span_of,
    starts,
    turns_of,
    work,
)
from il2calc.regimen import At, Block, Days, Dose, Repeat
from il2calc.units import Quantity, Span, span
from written import SMALL, Data, begins, bodies, plan, planned_days
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


def laid_out(
    body: str | Data, counts: Mapping[str, int] | None = None, arm: str | None = None
) -> list[Turn]:
    """The turns of a regimen, without the regimen itself."""
    read = written(body)
    turns = Calendar(read.day_zero, arm, counts or {}).turns(read.body)
    return [turn for turn in turns if turn.outer is not None]


# One dose


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


# Blocks


def test_a_block_is_open_where_it_or_one_within_it_has_no_count() -> None:
    """Rule: neither `times` nor `up_to` is open-ended; judged arm by arm."""
    inner = Block("cycle", "a.cycle", repeat=Repeat(count=None, every=span("7 days")))
    assert is_open(inner, None)
    assert is_open(Block("a", "a", blocks=(inner,)), None)
    elsewhere = replace(inner, arms=("long",))
    assert not is_open(Block("a", "a", blocks=(elsewhere,)), "short")
    assert is_open(Block("a", "a", blocks=(elsewhere,)), "long")
    assert not is_open(Block("a", "a"), None)


def test_a_block_has_the_turns_chosen_or_the_turns_of_the_file_or_one() -> None:
    """Rule 7: a count may be chosen by path; an open-ended block is looked at in one turn."""
    repeat = Repeat(count=4, every=span("7 days"))
    assert turns_of(Block("a", "a"), {}) == 1
    assert turns_of(Block("a", "a", repeat=repeat), {}) == 4
    assert turns_of(Block("a", "a", repeat=repeat), {"a": 2}) == 2
    assert turns_of(Block("a", "a", repeat=replace(repeat, count=None)), {}) == 1


def test_a_turn_with_every_is_exactly_that_long_the_last_one_too() -> None:
    """Rule 1: AC every 21 days x 4 ends on day 84 and what follows starts on day 85."""
    turns = laid_out("""
        blocks:
          - block: AC
            repeat: {times: 4, every: 21 days}
            doses: [{drug: doxorubicin, amount: 1 mg, route: IV, day: 1}]
          - block: T
            doses: [{drug: paclitaxel, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [turn.start for turn in turns] == [0, 21, 42, 63, 84]
    assert [turn.length for turn in turns] == [21, 21, 21, 21, 1]
    assert [turn.planned for turn in turns] == [1, 1, 1, 1, 1]


def test_a_turn_without_every_lasts_to_its_last_planned_day_or_the_end_of_its_inner_blocks() -> (
    None
):
    """Rule 1: whichever is later."""
    body = """
        blocks:
          - block: a
            repeat: {{times: 2, rest: 10 days}}
            doses: [{{drug: x, amount: 1 mg, route: IV, day: {day}}}]
            blocks:
              - block: b
                repeat: {{times: 2, rest: 2 days}}
                doses: [{{drug: y, amount: 1 mg, route: IV, day: 1 to 3}}]
    """
    inner_longer = laid_out(body.format(day=5))
    assert [(each.block.name, each.start, each.length) for each in inner_longer] == [
        ("a", 0, 8),
        ("b", 0, 3),
        ("b", 5, 3),
        ("a", 18, 8),
        ("b", 18, 3),
        ("b", 23, 3),
    ]
    doses_longer = laid_out(body.format(day=11))
    assert [each.start for each in doses_longer if each.block.name == "a"] == [0, 21]


def test_what_runs_onward_is_planned_to_the_end_of_its_turn() -> None:
    """`Turn.planned` is how many days a turn has to its last planned dosing day."""
    turns = laid_out("""
        blocks:
          - block: a
            repeat: {times: 1, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 6 onward]}]
    """)
    assert [turn.planned for turn in turns] == [7]


def test_days_before_a_block_lengthen_nothing() -> None:
    """Rule: negative days fall into the turn, or the block, before."""
    turns = laid_out("""
        numbering: without day 0
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: -2 to -1}]
          - block: b
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [(each.start, each.planned) for each in turns] == [(0, 0), (7, 0), (14, 1)]


def test_only_the_blocks_of_the_arm_are_laid_out() -> None:
    """Rule: lengths are judged arm by arm."""
    body = """
        arms: {short: a, long: b}
        blocks:
          - {block: a, arm: long, doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 9}]}
          - block: b
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1}
              - {drug: y, amount: 1 mg, route: IV, day: 9, arm: long}
          - {block: c, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    assert [(each.block.name, each.start) for each in laid_out(body, arm="short")] == [
        ("b", 0),
        ("c", 1),
    ]
    assert [each.start for each in laid_out(body, arm="long")] == [0, 9, 18]


def test_a_turn_names_those_around_it_without_the_regimen_itself() -> None:
    """CSV: `course 1/cycle 2`, an unrepeated block too, empty for the outermost."""
    read = written("""
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - block: a
            blocks: [{block: b, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}]
    """)
    chains = [
        turn.chain() for turn in Calendar(day_zero=False, arm=None, counts={}).turns(read.body)
    ]
    assert [[each.block.name for each in chain] for chain in chains] == [[], ["a"], ["a", "b"]]


def test_the_doses_of_a_turn_are_those_of_its_number_and_arm() -> None:
    """Rule: a dose with `turn` is given only in those turns of the block it stands in."""
    read = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1, 3], turn: 2}
              - {drug: y, amount: 1 mg, route: IV, day: 2, arm: a}
    """)
    calendar = Calendar(day_zero=False, arm="b", counts={})
    turns = [turn for turn in calendar.turns(read.body) if turn.block.name == "c"]
    found = [[(dose.drug, day) for dose, day in calendar.doses(turn)] for turn in turns]
    assert found == [[], [("x", 0), ("x", 2)]]


@settings(SMALL)
@given(bodies(), st.sampled_from(PICKS))
def test_blocks_follow_one_another_without_gap_or_overlap(body: Data, pick: Pick) -> None:
    """Rules 1 and 4: the next turn begins after the length and the rest of the one before it."""
    read = written(body)
    calendar = Calendar(read.day_zero, None, {}, pick)
    turns = list(calendar.turns(read.body))
    for outer in turns:
        within = [turn for turn in turns if turn.outer is outer]
        expected = outer.start
        for block in outer.block.blocks:
            own = [turn for turn in within if turn.block is block]
            if block.day is None:
                assert own[0].start == expected
            else:
                assert own[0].start == outer.start + block.day - 1
            rest = block.repeat.rest if block.repeat else None
            for turn, following in pairwise(own):
                gap = pick_of(rest, pick) // 1440
                assert following.start == turn.start + turn.length + gap
            end = own[-1].start + own[-1].length
            assert end <= outer.start + outer.length
            if block.day is None:
                expected = end + pick_of(block.rest, pick) // 1440


# Work


def test_work_counts_administrations_and_turns_without_laying_them_out() -> None:
    """A regimen that would give more than 100,000 administrations is refused before expansion."""
    read = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {every: 10 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1 to 3], at: 2 times a day}
              - {drug: y, amount: 1 mg, route: IV, day: 9 onward}
              - {drug: z, amount: 1 mg, route: IV, day: 1, turn: [1, 3 onward]}
              - {drug: w, amount: 1 mg, route: IV, day: 1, arm: b}
            blocks:
              - {block: only b, arm: b, doses: [{drug: v, amount: 1 mg, route: IV, day: 1}]}
    """)
    billion = 10**9
    counts = {"c": billion}
    rows_a = billion * (3 * 2 + 2) + (billion - 1)
    turns_a = billion + 1
    assert work(read.body, "a", counts, day_zero=False) == (rows_a, turns_a)
    more_rows, more_turns = billion * (1 + 1), billion
    expected = (rows_a + more_rows, turns_a + more_turns)
    assert work(read.body, "b", counts, day_zero=False) == expected


@settings(SMALL)
@given(bodies())
def test_work_is_rows_and_turns(body: Data) -> None:
    """What is counted without expanding is what expanding gives."""
    read = written(body)
    turns = len(list(Calendar(read.day_zero, None, {}).turns(read.body)))
    assert work(read.body, None, {}, day_zero=False) == (len(plan(body)), turns)


def test_too_many_turns_are_refused_as_too_many_administrations_are() -> None:
    """Turns without a dose take as long to lay out as turns with one."""
    assert refusal((100_000, 100_000)) is None
    assert "100,001 administrations" in str(refusal((100_001, 1)))
    assert "100,001 block turns" in str(refusal((1, 100_001)))
