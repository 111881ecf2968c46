"""When something is due: days, turns and times of day as a file writes them."""

from __future__ import annotations

from typing import Any

import pytest

from filetext import a_dose, loaded_dose
from il2calc.library import day_fields

DAY = 1440


def test_a_time_of_day_is_text_and_never_a_number() -> None:
    """YAML is read as plain text: 08:00 is no 480, so that a dose stays at eight in the morning."""
    dose = loaded_dose(a_dose("at: 08:00", "only_if: no"))
    assert dose.at is not None
    assert (dose.at.kind, dose.at.minutes) == ("clock", (480,))
    assert dose.only_if == "no"


@pytest.mark.parametrize(
    ("value", "ranges", "onward"),
    [
        ("1", ((1, 1),), None),
        (["1", "8", "15"], ((1, 1), (8, 8), (15, 15)), None),
        ("1 to 5", ((1, 5),), None),
        (["2 to 7", "9 to 21"], ((2, 7), (9, 21)), None),
        ("-21 to 14", ((-21, 14),), None),
        ("-3", ((-3, -3),), None),
        ("0", ((0, 0),), None),
        ("6 onward", (), 6),
        (["1", "3 to 4", "6 onward"], ((1, 1), (3, 4)), 6),
    ],
)
def test_days_are_listed_in_the_forms_of_the_language(
    value: Any, ranges: tuple[tuple[int, int], ...], onward: int | None
) -> None:
    """Day: `1`, `[1, 8, 15]`, `1 to 5`, `[2 to 7, 9 to 21]`, `-21 to 14`, `6 onward`."""
    days = day_fields.days(value)
    assert (days.ranges, days.onward) == (ranges, onward)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("one", "is not a day"),
        ("1-5", "is not a day"),
        ("1, 8", "is not a day"),
        ("1.5", "is not a day"),
        ("D1", "is not a day"),
        ("01", "is not a day"),
        ("1 to five", "is not a day"),
        ("1234567", "is not a day"),
        ("5 to 1", "does not rise"),
        ("5 to 5", "does not rise"),
        ("-1 to -5", "does not rise"),
        (["8", "1"], "list days in order, once"),
        (["1", "1"], "list days in order, once"),
        (["1 to 5", "5 to 8"], "list days in order, once"),
        (["1 to 5", "5 onward"], "list days in order, once"),
        (["6 onward", "9"], "put what runs onward last"),
        (["6 onward", "9 onward"], "put what runs onward last"),
        ([], "lists no day; write at least one"),
        (["1", ["2"]], "takes one value"),
        ({"from": "1"}, "takes one value"),
        ("100001", "a day beyond 100,000"),
        ("-100001 to 5", "a day beyond 100,000"),
        ("200000 onward", "a day beyond 100,000"),
    ],
)
def test_days_written_in_another_way_are_refused(value: Any, problem: str) -> None:
    """A day that could be read in two ways moves a dose."""
    with pytest.raises(ValueError, match=problem):
        day_fields.days(value)


def test_there_is_no_minus_zero_day() -> None:
    """`-0` is not a way to write a day."""
    with pytest.raises(ValueError, match="is not a day"):
        day_fields.days("-0")


def test_turns_take_the_forms_of_days() -> None:
    """Forms of `turn`: `1`, `[1, 3, 5]`, `2 onward`."""
    assert day_fields.turns("1").ranges == ((1, 1),)
    assert day_fields.turns(["1", "3", "5"]).ranges == ((1, 1), (3, 3), (5, 5))
    assert day_fields.turns("2 onward").onward == 2


@pytest.mark.parametrize("value", ["0", "-1", "-1 to 2", ["0", "1"], "0 onward"])
def test_turns_are_counted_from_one(value: Any) -> None:
    """There is no turn 0."""
    with pytest.raises(ValueError, match="a turn below 1; turns are counted from 1"):
        day_fields.turns(value)


@pytest.mark.parametrize(("text", "day"), [("1", 1), ("22", 22), ("-3", -3), ("0", 0)])
def test_a_block_starts_on_one_day(text: str, day: int) -> None:
    """A block's `day` is one day of its parent."""
    assert day_fields.one_day(text) == day


@pytest.mark.parametrize("text", ["1 to 5", "6 onward", "first", "100001", "-0", "01"])
def test_a_block_does_not_start_on_several_days(text: str) -> None:
    """A block placed on a range of days would have no place."""
    with pytest.raises(ValueError, match="is not one day; write it like 22"):
        day_fields.one_day(text)


@pytest.mark.parametrize(
    ("value", "kind", "minutes"),
    [
        ("08:00", "clock", (480,)),
        (["08:00", "20:00"], "clock", (480, 1200)),
        ("1 times a day", "times a day", (0,)),
        ("2 times a day", "times a day", (0, 720)),
        ("3 times a day", "times a day", (0, 480, 960)),
        ("+36 hours", "offset", (2160,)),
        (["+0 hours", "+4 hours"], "offset", (0, 240)),
        ("-30 minutes", "offset", (-30,)),
        ("+1.5 hours", "offset", (90,)),
        (["-30 minutes", "+0 hours"], "offset", (-30, 0)),
    ],
)
def test_at_takes_clock_times_offsets_or_times_a_day(
    value: Any, kind: str, minutes: tuple[int, ...]
) -> None:
    """At: clock time or times, `n times a day`, offsets from the start time of that day."""
    at = day_fields.at(value)
    assert (at.kind, at.minutes) == (kind, minutes)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (["08:00", "+4 hours"], "mixes clock times and offsets; write one kind"),
        ([], "lists no time; write at least one"),
        (["20:00", "08:00"], "does not rise"),
        (["08:00", "08:00"], "does not rise"),
        (["+4 hours", "+0 hours"], "does not rise"),
        (["2 times a day"], "is not a time"),
        ("7 times a day", "no whole minutes; write the clock times"),
        ("twice a day", "is not a time; write 08:00, '2 times a day'"),
        ("0 times a day", "is not a time"),
        ("100 times a day", "is not a time"),
        ("36 hours", "is not a time; write 08:00, '2 times a day', '\\+36 hours'"),
        ("+1 month", "28 days"),
        ("+1 to 2 hours", "is not a time"),
        ("+0.5 minutes", "write whole minutes"),
        ({"a": "b"}, "takes one value"),
        ([["08:00"]], "takes one value"),
    ],
)
def test_a_time_written_in_another_way_is_refused(value: Any, problem: str) -> None:
    """A time that could be read in two ways moves a dose by hours."""
    with pytest.raises(ValueError, match=problem):
        day_fields.at(value)


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "0800", "8 am"])
def test_a_time_that_no_clock_shows_is_no_time_of_a_dose(text: str) -> None:
    """8:00 could be morning or evening; 24:00 is on no clock."""
    with pytest.raises(ValueError, match="is not a time; write 08:00"):
        day_fields.at(text)
