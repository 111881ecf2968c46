"""The vocabulary of a regimen: days without a day 0, doses, blocks and arms."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from il2calc.model.regimen import (
    NOT_STATED,
    ROUTES,
    Block,
    Days,
    Dose,
    Regimen,
    Setting,
    day_at,
    offset_of,
)
from il2calc.units import Quantity

day_numbers = st.integers(-400, 400)


@pytest.mark.parametrize(
    ("day", "offset"), [(1, 0), (2, 1), (15, 14), (-1, -1), (-2, -2), (-21, -21)]
)
def test_day_minus_1_precedes_day_1(day: int, offset: int) -> None:
    """There is no day 0: counting one in moves every earlier dose by a day."""
    assert offset_of(day, day_zero=False) == offset
    assert day_at(offset, day_zero=False) == day


@pytest.mark.parametrize(("day", "offset"), [(1, 0), (2, 1), (0, -1), (-1, -2), (-7, -8)])
def test_with_a_day_0_day_minus_1_is_two_days_before_day_1(day: int, offset: int) -> None:
    """Transplant calendars do count a day 0, and say so."""
    assert offset_of(day, day_zero=True) == offset
    assert day_at(offset, day_zero=True) == day


@given(day_numbers, st.booleans())
def test_the_day_at_the_offset_of_a_day_is_that_day(day: int, day_zero: bool) -> None:
    """The two numberings are read back as they were written."""
    assume(day_zero or day != 0)
    assert day_at(offset_of(day, day_zero), day_zero) == day


@given(day_numbers, st.booleans())
def test_the_offset_of_the_day_at_an_offset_is_that_offset(offset: int, day_zero: bool) -> None:
    assert offset_of(day_at(offset, day_zero), day_zero) == offset


@given(day_numbers)
def test_no_offset_is_ever_called_day_0_where_there_is_none(offset: int) -> None:
    """Day 1 is the first day, there is no day 0, day -1 precedes day 1."""
    assert day_at(offset, day_zero=False) != 0


@given(day_numbers, st.booleans())
def test_the_next_day_is_one_day_later(offset: int, day_zero: bool) -> None:
    """Numbers rise with time, across day 1 too."""
    step = day_at(offset + 1, day_zero) - day_at(offset, day_zero)
    assert step == (2 if offset == -1 and not day_zero else 1)


@pytest.mark.parametrize(
    ("days", "day_zero", "offsets"),
    [
        (Days(((1, 1),)), False, [0]),
        (Days(((1, 1), (8, 8), (15, 15))), False, [0, 7, 14]),
        (Days(((1, 5),)), False, [0, 1, 2, 3, 4]),
        (Days(((2, 4), (9, 10))), False, [1, 2, 3, 8, 9]),
        (Days(((-2, 2),)), False, [-2, -1, 0, 1]),
        (Days(((-2, 2),)), True, [-3, -2, -1, 0, 1]),
        (Days(((0, 0),)), True, [-1]),
    ],
)
def test_listed_days_become_days_counted_from_day_1(
    days: Days, day_zero: bool, offsets: list[int]
) -> None:
    """Days -2 to 2 are four days without a day 0, and five with one."""
    assert list(days.offsets(day_zero, None)) == offsets


def test_a_range_across_day_1_counts_35_days_from_day_minus_21_to_day_14() -> None:
    """21 days before and 14 from day 1 on: 35 doses, not 36."""
    offsets = list(Days(((-21, 14),)).offsets(day_zero=False, length=None))
    assert len(offsets) == 21 + 14
    assert (offsets[0], offsets[-1]) == (-21, 13)


def test_days_that_run_onward_end_with_their_turn() -> None:
    """`6 onward` of a turn of 10 days is days 6 to 10."""
    days = Days(((1, 2),), onward=6)
    assert list(days.offsets(day_zero=False, length=10)) == [0, 1, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("length", [None, 5])
def test_days_that_run_onward_are_none_where_the_turn_ends_before_them(length: int | None) -> None:
    assert list(Days((), onward=6).offsets(day_zero=False, length=length)) == []


@given(st.integers(-30, 30), st.integers(0, 30), st.booleans())
def test_a_range_has_each_of_its_days_once(first: int, more: int, day_zero: bool) -> None:
    """`first to last` leaves no day out, doubles none, and ends where the file says."""
    last = first + more
    assume(day_zero or 0 not in (first, last))
    offsets = list(Days(((first, last),)).offsets(day_zero, None))
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
    assert day_at(offsets[0], day_zero) == first
    assert day_at(offsets[-1], day_zero) == last


@pytest.mark.parametrize(
    ("days", "inside", "outside"),
    [
        (Days(((1, 1),)), [1], [0, 2, -1]),
        (Days(((1, 1), (3, 5))), [1, 3, 4, 5], [0, 2, 6]),
        (Days((), onward=2), [2, 3, 24], [0, 1]),
        (Days(((1, 1),), onward=4), [1, 4, 5, 100], [2, 3]),
    ],
)
def test_a_turn_is_held_if_it_is_listed_or_runs_onward(
    days: Days, inside: list[int], outside: list[int]
) -> None:
    """A dose of turn 2 onward is not given in turn 1."""
    assert all(days.holds(number) for number in inside)
    assert not any(days.holds(number) for number in outside)


def test_routes_are_words_for_people_and_never_error_prone_abbreviations() -> None:
    """SC and SQ are on the list of error-prone abbreviations; people read whole words."""
    assert ROUTES["SC"] == "subcutaneous"
    assert ROUTES["IV bolus"] == "intravenous bolus"
    assert not {"SC", "SQ", "IV", "IM", "IT"} & {
        word for words in ROUTES.values() for word in words.split()
    }


FIVE, NINE = Quantity(Decimal(5), "mg"), Quantity(Decimal(9), "mg")


def invented(
    drug: str,
    amounts: dict[str | None, Quantity] | None = None,
    arms: tuple[str, ...] | None = None,
) -> Dose:
    """A dose of an invented drug on day 1."""
    days = Days(((1, 1),))
    return Dose(drug, drug, f"cycle.{drug}", amounts or {None: FIVE}, "IV", days, arms=arms)


def test_one_amount_is_the_amount_in_every_arm() -> None:
    dose = invented("examplumab")
    assert dose.amount(None) == dose.amount("high") == FIVE


def test_each_arm_has_its_own_amount() -> None:
    """The amount of another dose level is another dose."""
    dose = invented("examplumab", {"low": FIVE, "high": NINE})
    assert dose.amount("low") == FIVE
    assert dose.amount("high") == NINE


def test_an_arm_without_an_amount_is_an_error_and_not_the_amount_of_another() -> None:
    with pytest.raises(KeyError):
        invented("examplumab", {"low": FIVE}).amount("high")


@pytest.mark.parametrize(
    ("arms", "arm", "exists"),
    [
        (None, None, True),
        (None, "low", True),
        (("low",), "low", True),
        (("low",), "high", False),
        (("low",), None, False),
    ],
)
def test_a_dose_or_block_of_some_arms_is_absent_from_the_others(
    arms: tuple[str, ...] | None, arm: str | None, exists: bool
) -> None:
    assert invented("examplumab", arms=arms).exists_in(arm) is exists
    assert Block("cycle", "cycle", arms=arms).exists_in(arm) is exists


INNER = Block("inner", "outer.inner", doses=(invented("b"), invented("c", arms=("high",))))
OTHER = Block("other", "outer.other", doses=(invented("d"), invented("a")), arms=("high",))
OUTER = Block("outer", "outer", doses=(invented("a"),), blocks=(INNER, OTHER))
BODY = Block("", "", blocks=(OUTER,))


def test_blocks_are_walked_outer_before_inner_in_the_order_of_the_file() -> None:
    assert [block.name for block in BODY.walk()] == ["", "outer", "inner", "other"]


@pytest.mark.parametrize(
    ("arm", "drugs"), [(None, ("a", "b")), ("low", ("a", "b")), ("high", ("a", "b", "c", "d"))]
)
def test_a_regimen_lists_the_drugs_of_an_arm_once_in_the_order_of_the_file(
    arm: str | None, drugs: tuple[str, ...]
) -> None:
    """A drug that an arm does not give is not on its list."""
    regimen = Regimen("invented", "Title", "illness", 1, date(2026, 11, 22), BODY, {})
    assert regimen.drugs(arm) == drugs


def test_a_setting_says_what_was_set_from_what_to_what() -> None:
    """No value is read otherwise without a trace."""
    assert str(Setting("cycle.repeat.rest", "7 days", "6 days")) == (
        "cycle.repeat.rest: 7 days -> 6 days"
    )
    assert str(Setting("cycle.a.cap", None, "2 mg")) == f"cycle.a.cap: {NOT_STATED} -> 2 mg"
