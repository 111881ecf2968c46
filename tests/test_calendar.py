"""Days and lengths: each test states one rule of `il2calc.plan.calendar` and its arithmetic."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from il2calc.model.regimen import At, Block, Days, Dose, Repeat
from il2calc.plan.calendar import (
    Calendar,
    Pick,
    Turn,
    anchors,
    chain_of,
    clock,
    days_spanned,
    doses_a_day,
    expanded_size,
    infusion_minutes,
    is_open,
    lasting,
    moments,
    per_listed_day,
    planned_doses,
    single_amount,
    starts,
    to_minutes,
    too_large,
    turns_of,
)
from il2calc.units import Span, quantity, span

EIGHT = 8 * 60
"""The start time of a day [min]."""
AT_LEAST_A_WEEK = Span(10080, 10080, "at least 7 days", at_least=True)
PLUS_TWO = At("offset", (120,))
"""Two hours after the start time."""
HALF_BEFORE = At("offset", (-30,))
EVENING = At("clock", (1200,))
"""At 20:00."""
DAY_1 = Days(((1, 1),))


def every(text: str, count: int | None = None) -> Repeat:
    """A repeat from start to start."""
    return Repeat(count, every=span(text))


def resting(text: str, count: int | None = None) -> Repeat:
    """A repeat from end to start."""
    return Repeat(count, rest=span(text))


def a_dose(days: Days = DAY_1, **more: Any) -> Dose:
    """A dose on day 1, and what a test is about."""
    return Dose("x", "x", "x", {None: quantity("1 mg")}, "IV", days, **more)


def a_block(name: str, *inside: Dose | Block, **more: Any) -> Block:
    """A block with doses and blocks in it."""
    doses = tuple(dose for dose in inside if isinstance(dose, Dose))
    blocks = tuple(block for block in inside if isinstance(block, Block))
    return Block(name, name, doses, blocks, **more)


def calendar(pick: Pick = "earliest", arm: str | None = None, **counts: int) -> Calendar:
    """A calendar without a day 0."""
    return Calendar(False, arm, counts, pick)


def turn_rows(body: Block, **options: Any) -> list[tuple[str, int, int, int, int]]:
    """Name, number, start, length and planned days of each turn, without the whole itself."""
    turns = calendar(**options).turns(body)
    return [
        (turn.block.name, turn.number, turn.start, turn.length, turn.planned)
        for turn in turns
        if turn.block.name
    ]


# Within a day


def test_a_clock_time_starts_again_at_midnight() -> None:
    """Five minutes past midnight of day 2 are 1,445 minutes after that of day 1."""
    assert (clock(485), clock(1445), clock(1439)) == ("08:05", "00:05", "23:59")


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(480, "8 hours"), (60, "1 hour"), (1440, "1 day"), (2880, "2 days"), (90, "90 minutes")],
)
def test_a_length_is_shown_in_its_largest_whole_unit(minutes: int, text: str) -> None:
    """90 minutes are no whole number of hours: never shown as one hour."""
    assert lasting(minutes) == text


def test_a_range_is_taken_at_the_end_that_was_picked() -> None:
    """5 to 6 days are 7,200 or 8,640 minutes; no range at all moves nothing."""
    picks: tuple[Pick, ...] = ("earliest", "latest", "later")
    assert [to_minutes(span("5 to 6 days"), pick) for pick in picks] == [7200, 8640, 8640]
    assert [to_minutes(None, pick) for pick in picks] == [0, 0, 0]


def test_only_a_rest_of_at_least_so_long_may_be_a_century_later() -> None:
    """7 days are 10,080 minutes, and with the 36,525 days of a century 52,606,080."""
    picks: tuple[Pick, ...] = ("earliest", "latest", "later")
    assert [to_minutes(AT_LEAST_A_WEEK, pick) for pick in picks] == [10_080, 10_080, 52_606_080]


@pytest.mark.parametrize(
    ("dose", "start", "counted_from"),
    [
        (a_dose(), (480,), (480,)),
        (a_dose(repeat=every("8 hours", 3)), (480, 960, 1440), (480, 480, 480)),
        (a_dose(repeat=every("24 hours", 2)), (480, 1920), (480, 1920)),
        (a_dose(repeat=every("8 hours")), (480,), (480,)),
        (a_dose(at=PLUS_TWO), (600,), (480,)),
        (a_dose(at=At("offset", (0, 240))), (480, 720), (480, 480)),
        (a_dose(at=PLUS_TWO, repeat=every("8 hours", 2)), (600, 1080), (480, 480)),
        (a_dose(at=PLUS_TWO, repeat=every("24 hours", 2)), (600, 2040), (480, 1920)),
        (a_dose(at=EVENING), (1200,), (1200,)),
        (a_dose(at=At("clock", (480, 1200))), (480, 1200), (480, 1200)),
        (a_dose(at=EVENING, repeat=every("8 hours", 2)), (1200, 1680), (1200, 1200)),
        (a_dose(at=At("times a day", (0, 720))), (480, 1200), (480, 1200)),
    ],
    ids=[
        *("once", "by hours", "by days", "open", "after the start", "two after the start"),
        *("after the start by hours", "after the start by days", "clock", "clocks"),
        *("clock by hours", "times a day"),
    ],
)
def test_hours_are_counted_from_something_and_clock_times_from_themselves(
    dose: Dose, start: tuple[int, ...], counted_from: tuple[int, ...]
) -> None:
    """From 08:00: a change of clocks moves what is counted in hours, and no clock time."""
    assert moments(dose, EIGHT) == start
    assert anchors(dose, EIGHT) == counted_from


def test_clock_times_count_from_the_earliest_of_them() -> None:
    """08:00 and 20:00 are 0 and 720 minutes after the first, whenever the ward begins."""
    assert starts(a_dose(at=At("clock", (480, 1200)))) == (0, 720)
    assert moments(a_dose(at=At("clock", (480, 1200))), 23 * 60) == (480, 1200)


def test_a_range_of_hours_has_an_earliest_and_a_latest_time() -> None:
    """Three doses 6 to 8 hours apart; an offset of 1 to 2 hours."""
    dose = a_dose(repeat=every("6 to 8 hours", 3))
    assert starts(dose) == (0, 360, 720)
    assert starts(dose, "latest") == (0, 480, 960)
    after = a_dose(at=At("offset", (60,), latest=(120,)))
    assert (starts(after), starts(after, "latest")) == ((60,), (120,))


@pytest.mark.parametrize(
    ("dose", "days"),
    [
        (a_dose(), 1),
        (a_dose(repeat=every("8 hours")), 1),
        (a_dose(repeat=every("8 hours", 3)), 1),
        (a_dose(repeat=every("8 hours", 4)), 2),
        (a_dose(repeat=every("8 hours", 15)), 5),
        (a_dose(repeat=every("8 hours", 16)), 6),
        (a_dose(at=At("offset", (36 * 60,))), 2),
        (a_dose(at=At("offset", (23 * 60,)), repeat=every("1 hour", 2)), 2),
        (a_dose(at=HALF_BEFORE), 1),
        (a_dose(at=HALF_BEFORE, over=span("10 minutes")), 1),
        (a_dose(over=span("1 hour")), 1),
        (a_dose(over=span("24 hours")), 1),
        (a_dose(over=span("22 to 46 hours")), 2),
        (a_dose(over=span("6 hours"), at=At("offset", (20 * 60,))), 2),
        (a_dose(over=span("8 hours"), repeat=every("8 hours", 3)), 1),
        (a_dose(at=EVENING, over=span("22 hours")), 1),
    ],
)
def test_the_planned_days_of_a_listed_day_are_counted_from_the_start_time(
    dose: Dose, days: int
) -> None:
    """Rule 2: floor(last start / 24 h) + 1, with an infusion ceil(end / 24 h), and never below 1.

    The 16th dose every 8 hours begins after 120 hours, on day 6; a bag of 24 hours fills one day.
    """
    assert days_spanned(dose) == days


def test_the_planned_days_of_a_range_of_hours_differ_by_the_end_picked() -> None:
    """Four doses 6 to 8 hours apart end after 18 hours on day 1, or after 24 on day 2."""
    dose = a_dose(repeat=every("6 to 8 hours", 4))
    assert (days_spanned(dose), days_spanned(dose, "latest")) == (1, 2)


@pytest.mark.parametrize(
    ("dose", "begin", "share"),
    [
        (a_dose(), 1, 1),
        (a_dose(at=At("clock", (480, 1200))), 2, 2),
        (a_dose(repeat=every("8 hours")), 1, 3),
        (a_dose(repeat=every("8 hours", 5)), 5, 3),
        (a_dose(repeat=every("48 hours", 5)), 5, 1),
    ],
)
def test_an_amount_per_day_is_divided_by_what_is_given_in_a_day(
    dose: Dose, begin: int, share: int
) -> None:
    """Five doses every 8 hours are three a day; one every 48 hours is the whole of its day."""
    assert (per_listed_day(dose), doses_a_day(dose)) == (begin, share)


@pytest.mark.parametrize(
    ("amount", "over", "minutes", "one"),
    [
        ("18 mg/m2/day", "3 days", 4320, "54"),
        ("45 mg/day", "24 hours", None, "45"),
        ("45 mg/day", None, None, "45"),
        ("2 mg/kg/hour", "90 minutes", 90, "3"),
        ("45 mg", "46 hours", None, "45"),
    ],
)
def test_a_rate_is_multiplied_by_its_time_and_nothing_else_is(
    amount: str, over: str | None, minutes: int | None, one: str
) -> None:
    """18 x 3 days = 54, 2 x 1.5 hours = 3; a bag of a day, or of a plain amount, is no rate."""
    dose = a_dose(over=None if over is None else span(over))
    assert infusion_minutes(dose, quantity(amount)) == minutes
    product = single_amount(dose, quantity(amount))
    assert product.value == Decimal(one)
    assert (product.per_day, product.per_hour) == (False, False)
    assert product.basis == quantity(amount).basis


def test_an_amount_per_day_is_shared_by_its_administrations() -> None:
    """45 mg a day, given twice, are 22.5 mg; 45 mg twice a day are 45 mg each time."""
    dose = a_dose(at=At("clock", (480, 1200)))
    assert single_amount(dose, quantity("45 mg/day")).value == Decimal("22.5")
    assert single_amount(dose, quantity("45 mg")).value == Decimal(45)


# Names of turns


def a_turn(*blocks: tuple[Block, int, int | None]) -> Turn:
    """A turn of the last block within turns of those before it, in the regimen itself."""
    turn = Turn(a_block(""), 1, 0, 1, 1, None)
    for block, number, counted in blocks:
        turn = Turn(block, number, 0, 1, 1, turn, counted)
    return turn


def test_a_turn_is_named_with_those_around_it() -> None:
    """A block that is given once has no number; the regimen itself is no turn."""
    course = a_block("course", repeat=every("56 days", 2))
    turn = a_turn((course, 1, None), (a_block("lead-in"), 1, None))
    assert turn.name() == "course 1, lead-in"
    assert turn.named == ("lead-in", None)
    assert chain_of(turn) == (("course", 1), ("lead-in", 1))
    assert [outer.block.name for outer in turn.chain()] == ["course", "lead-in"]


def test_a_turn_that_is_counted_through_is_named_without_those_around_it() -> None:
    """Cycle 5 of the patient, not cycle 1 of course 3; of two such the inner begins."""
    course = a_block("course", repeat=every("56 days", 3), count_as="round")
    cycle = a_block("cycle", repeat=every("21 days", 2), count_as="Cycle")
    week = a_block("week", repeat=every("7 days", 3))
    inner = a_turn((course, 3, 3), (cycle, 1, 5), (week, 2, None))
    assert inner.name() == "Cycle 5, week 2"
    assert inner.outer is not None
    assert inner.outer.named == ("Cycle", 5)
    plain = a_block("course", repeat=every("56 days", 3))
    assert a_turn((plain, 3, None), (cycle, 1, 5)).name() == "Cycle 5"


# How often


def test_a_block_is_open_where_it_or_one_within_it_has_no_end() -> None:
    """Judged arm by arm: what is open in another arm asks for nothing."""
    ends, endless = every("7 days", 4), every("7 days")
    assert is_open(a_block("a", repeat=endless), None) is True
    assert is_open(a_block("a", repeat=ends), None) is False
    assert is_open(a_block("a"), None) is False
    assert is_open(a_block("a", a_block("b", repeat=endless), repeat=ends), None) is True
    assert is_open(a_block("a", a_block("b", repeat=endless, arms=("high",))), "low") is False
    assert is_open(a_block("a", repeat=endless, arms=("high",)), "low") is False
    assert is_open(a_block("a", repeat=endless, arms=("high",)), "high") is True


def test_a_chosen_count_replaces_that_of_the_file() -> None:
    """Four turns of the file, two as asked for; what is open and not counted is given once."""
    four = a_block("week", repeat=every("7 days", 4))
    assert (turns_of(four, {}), turns_of(four, {"week": 2})) == (4, 2)
    assert turns_of(a_block("week", repeat=every("7 days")), {}) == 1
    assert turns_of(a_block("week"), {"week": 9}) == 1


# The calendar

FIVE_DAYS = a_dose(Days(((1, 5),)))


def test_a_turn_with_every_is_exactly_that_long_the_last_one_too() -> None:
    """Rule 1: two turns of 21 days, five of them with doses; what follows begins on day 43."""
    cycle = a_block("cycle", FIVE_DAYS, repeat=every("21 days", 2))
    assert turn_rows(a_block("", cycle, a_block("after", a_dose()))) == [
        ("cycle", 1, 0, 21, 5),
        ("cycle", 2, 21, 21, 5),
        ("after", 1, 42, 1, 1),
    ]
    assert [turn.length for turn in calendar().turns(a_block("", cycle))] == [42, 21, 21]
    assert calendar().extent(cycle) == 42
    assert calendar().step(cycle, 1) == 21


def test_rest_is_between_turns_and_after_a_block() -> None:
    """5 + 9 + 5 + 9 + 5 = 33 days; with 3 days after the block the next begins on day 37."""
    cycle = a_block("cycle", FIVE_DAYS, repeat=resting("9 days", 3), rest=span("3 days"))
    assert turn_rows(a_block("", cycle, a_block("after", a_dose()))) == [
        ("cycle", 1, 0, 5, 5),
        ("cycle", 2, 14, 5, 5),
        ("cycle", 3, 28, 5, 5),
        ("after", 1, 36, 1, 1),
    ]
    assert calendar().extent(cycle) == 33
    assert calendar().step(cycle, 1) == 14
    assert calendar().step(a_block("once", FIVE_DAYS), 1) == 5


def test_an_earliest_and_a_latest_calendar_are_two() -> None:
    """9 to 11 days of rest: the second turn begins on day 15 or 17."""
    cycle = a_block("cycle", FIVE_DAYS, repeat=resting("9 to 11 days", 2))
    assert [turn[2] for turn in turn_rows(a_block("", cycle))] == [0, 14]
    assert [turn[2] for turn in turn_rows(a_block("", cycle), pick="latest")] == [0, 16]


def test_a_block_placed_by_its_day_pushes_none_and_lengthens_the_whole() -> None:
    """Rule 4: beside, from day 4, lasts to day 8; the sibling after it begins on day 6."""
    beside = a_block("beside", FIVE_DAYS, day=4)
    body = a_block("", a_block("first", FIVE_DAYS), beside, a_block("second", a_dose()))
    assert turn_rows(body) == [
        ("first", 1, 0, 5, 5),
        ("beside", 1, 3, 5, 5),
        ("second", 1, 5, 1, 1),
    ]
    assert calendar().occupied(body, 1) == 8


def test_a_block_of_another_arm_takes_no_place() -> None:
    """Rule: lengths are judged arm by arm, and what follows such a block is still given."""
    other = a_block("other", FIVE_DAYS, arms=("high",))
    body = a_block("", other, a_block("mine", a_dose()))
    assert turn_rows(body, arm="low") == [("mine", 1, 0, 1, 1)]
    assert [turn[:3] for turn in turn_rows(body, arm="high")] == [("other", 1, 0), ("mine", 1, 5)]


def test_turns_that_differ_have_lengths_of_their_own() -> None:
    """Three days in the first turn, one in the others, two of rest between: days 1, 6 and 9."""
    loading = a_dose(Days(((1, 3),)), turns=Days(((1, 1),)))
    upkeep = a_dose(turns=Days((), onward=2))
    cycle = a_block("cycle", loading, upkeep, repeat=resting("2 days", 3))
    assert turn_rows(a_block("", cycle)) == [
        ("cycle", 1, 0, 3, 3),
        ("cycle", 2, 5, 1, 1),
        ("cycle", 3, 8, 1, 1),
    ]
    assert calendar().extent(cycle) == 3 + 2 + 1 + 2 + 1


def test_a_dose_lengthens_only_turns_and_arms_in_which_it_is_given() -> None:
    """Five days of the other arm, or of another turn, are no days of this one."""
    elsewhere = a_dose(Days(((1, 5),)), arms=("high",))
    later = a_dose(Days(((1, 3),)), turns=Days(((2, 2),)))
    cycle = a_block("cycle", a_dose(), elsewhere, later, repeat=resting("0 days", 2))
    assert [calendar(arm="low").dosed(cycle, number) for number in (1, 2)] == [1, 3]
    assert [calendar(arm="high").dosed(cycle, number) for number in (1, 2)] == [5, 5]


def test_a_block_without_doses_takes_no_days_and_days_before_it_add_none() -> None:
    """A dose on day -3 alone lengthens nothing: it comes before day 1."""
    assert calendar().dosed(a_block("empty"), 1) == 0
    assert calendar().dosed(a_block("a", a_dose(Days(((-3, -3),)))), 1) == 0
    assert calendar().dosed(a_block("a", a_dose(Days(((1, 2), (8, 9))))), 1) == 9


def test_days_onward_go_to_the_end_of_a_turn_of_a_stated_length() -> None:
    """From day 6 to day 28; without a stated length they have no last day to count."""
    onward = a_dose(Days((), onward=6))
    assert calendar().dosed(a_block("a", onward, repeat=every("28 days", 2)), 1) == 28
    assert calendar().dosed(a_block("a", onward, repeat=resting("9 days", 2)), 1) == 1
    assert calendar().dosed(a_block("a", onward), 1) == 1


def test_the_doses_of_a_turn_are_those_of_its_number_and_arm() -> None:
    """Each with its days, from day 1 of the turn; what is left out is not given."""
    first = a_dose(Days(((1, 2),)), turns=Days(((1, 1),)))
    high = a_dose(Days(((3, 3),)), arms=("high",))
    always = a_dose(Days((), onward=5))
    cycle = a_block("cycle", first, high, always, repeat=every("6 days", 2))

    def given(arm: str, number: int, *without: Dose) -> list[tuple[Dose, int]]:
        turn = Turn(cycle, number, 0, 6, 6, None)
        return list(calendar(arm=arm).doses(turn, without))

    assert given("low", 1) == [(first, 0), (first, 1), (always, 4), (always, 5)]
    assert given("low", 2) == [(always, 4), (always, 5)]
    assert given("high", 2) == [(high, 2), (always, 4), (always, 5)]
    assert given("high", 2, always) == [(high, 2)]


# How much there is to lay out


def test_administrations_and_turns_are_counted_without_laying_them_out() -> None:
    """2 courses x 3 cycles x 5 days x 2 a day = 60, and 4 doses of the whole.

    The whole, 2 courses and 6 cycles are 9 turns.
    """
    twice = a_dose(Days(((1, 5),)), at=At("clock", (480, 1200)))
    cycle = a_block("cycle", twice, repeat=every("21 days", 3))
    course = a_block("course", cycle, repeat=every("63 days", 2))
    body = a_block("", a_dose(Days(((1, 4),))), course)
    assert expanded_size(body, None, {}, False) == (64, 9)
    assert expanded_size(body, None, {"course": 1}, False) == (34, 5)


def test_only_what_an_arm_gives_is_counted() -> None:
    """Nothing of a block, or a dose, of another arm."""
    high = a_dose(Days(((1, 5),)), arms=("high",))
    body = a_block("", high, a_dose(), a_block("more", FIVE_DAYS, arms=("high",)))
    assert expanded_size(body, "low", {}, False) == (1, 1)
    assert expanded_size(body, "high", {}, False) == (11, 2)
    assert expanded_size(a_block("more", FIVE_DAYS, arms=("high",)), "low", {}, False) == (0, 0)


@pytest.mark.parametrize(
    ("turns", "rows"), [(8, 1 + 2 + 3), (6, 1 + 2 + 1), (5, 3), (3, 2), (2, 1), (1, 1)]
)
def test_a_dose_of_some_turns_is_counted_in_those_alone(turns: int, rows: int) -> None:
    """Turns 1, 3 to 4 and 6 onward, as far as there are so many."""
    dose = a_dose(turns=Days(((1, 1), (3, 4)), onward=6))
    block = a_block("a", dose, repeat=every("7 days", turns))
    assert expanded_size(block, None, {}, False) == (rows, turns)
    only = a_block("a", a_dose(turns=Days(((2, 2),))), repeat=every("7 days", 9))
    assert expanded_size(only, None, {}, False) == (1, 9)


@pytest.mark.parametrize(
    ("days", "count"),
    [
        (Days(((1, 5), (8, 8))), 6),
        (Days(((-2, 3),)), 5),
        (Days(((1, 1),), onward=6), 24),
        (Days((), onward=30), 0),
    ],
)
def test_the_days_of_a_dose_are_counted_to_the_end_of_its_turn(days: Days, count: int) -> None:
    """28 days: 6 onward is 28 - 5 = 23 of them; -2 to 3 without a day 0 are 2 + 3."""
    block = a_block("a", repeat=every("28 days", 2))
    assert planned_doses(a_dose(days), block, day_zero=False) == count


def test_days_onward_without_a_stated_length_are_not_counted() -> None:
    """The count of such a dose is asked for elsewhere."""
    dose = a_dose(Days(((1, 1),), onward=6))
    assert planned_doses(dose, a_block("a"), day_zero=False) == 1
    assert planned_doses(dose, a_block("a", repeat=resting("1 day", 2)), day_zero=False) == 1


def test_a_maximum_of_a_dose_is_the_most_that_is_planned() -> None:
    """Five days twice a day are 10; up to 7 of them, and of up to 12 all."""
    twice = At("clock", (480, 1200))
    for maximum, count in ((None, 10), (7, 7), (12, 10)):
        dose = a_dose(Days(((1, 5),)), at=twice, up_to=maximum)
        assert planned_doses(dose, a_block("a"), day_zero=False) == count


def test_a_regimen_of_more_than_100_000_rows_or_turns_is_refused() -> None:
    """100,000 of each still fit."""
    assert too_large((100_000, 100_000)) is None
    rows = "would give 100,001 administrations; at most 100,000 fit"
    assert too_large((100_001, 100_001)) == rows
    assert too_large((1, 100_001)) == "would have 100,001 block turns; at most 100,000 fit"
