"""Each kind of value of a course log: what is read, and what is refused and how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from il2calc import values
from il2calc.logbook import fields
from il2calc.units import Quantity

KG = partial(fields.measure, unit="kg")


def refused(read: Callable[[Any], Any], value: Any) -> str:
    """What is said of a value that cannot be read."""
    with pytest.raises(ValueError, match=r".") as caught:
        read(value)
    return str(caught.value)


@pytest.mark.parametrize(
    "read",
    [
        values.text,
        values.name,
        fields.label,
        fields.sha256,
        fields.whole,
        values.day,
        fields.moment,
        values.clock,
        fields.zone,
        fields.percent,
        fields.chain,
        fields.amount,
        fields.minutes,
        fields.days,
        fields.yes_or_no,
    ],
)
def test_one_value_is_neither_a_list_nor_empty(read: Callable[[Any], Any]) -> None:
    """A key without a value says nothing, and the reader never fills it in."""
    for value in (["a"], {"a": "b"}):
        assert refused(read, value) == "takes one value, not a list or a mapping"
    assert refused(read, "") == "has no value; write one, or leave the key out"


def test_names_are_those_of_the_regimen_language() -> None:
    """Letters, digits, spaces, hyphens; arms and paths of blocks also dots."""
    assert values.name("IL-2 low dose") == "IL-2 low dose"
    assert values.name("naïve") == "naïve"
    assert fields.dotted_name("0.25-mg") == "0.25-mg"
    assert (
        refused(values.name, "a.b") == "'a.b' is not a name; use letters, digits, spaces, hyphens"
    )
    assert refused(fields.dotted_name, "a/b").endswith("hyphens and dots")


def test_a_label_is_the_users_own() -> None:
    """It begins with a letter or digit and has at most 60 characters, as on the command line."""
    assert fields.label("S-07 (ward 3)") == "S-07 (ward 3)"
    assert fields.label("7" * 60) == "7" * 60
    for word in ("-7", "7" * 61):
        assert "begins with a letter or digit and has at most 60" in refused(fields.label, word)


@pytest.mark.parametrize("word", ["3f" * 31, "3F" * 32, "3f" * 31 + "xx", "3f" * 33])
def test_a_content_hash_is_64_hex_digits(word: str) -> None:
    """A hash with a digit lost would say that the regimen had changed."""
    assert fields.sha256("3f" * 32) == "3f" * 32
    assert "64 hex digits" in refused(fields.sha256, word)


@pytest.mark.parametrize("word", ["0", "-1", "1.0", "1_000", "100001", "9" * 5000, "٤", "4 doses"])
def test_a_count_is_a_whole_number_within_reason(word: str) -> None:
    """From 1 to 100,000, in plain digits."""
    assert fields.whole("1") == 1
    assert fields.whole("100000") == 100_000
    assert "is not a whole number from 1 to 100,000" in refused(fields.whole, word)


def test_a_moment_is_a_date_and_a_clock_time() -> None:
    """To the minute, local time: neither half is guessed."""
    expected = datetime.combine(date(2025, 12, 3), time(10, 10))
    assert fields.moment("2025-12-03 10:10") == expected
    for word in ("2025-12-03", "10:10", "2025-12-03T10:10", "2025-12-03 24:00", "2025-12-03 9:00"):
        assert refused(fields.moment, word).endswith("write it like 2025-12-03 10:10")
    assert refused(fields.moment, "2025-02-30 10:10").endswith("check month and day")


def test_a_time_zone_is_an_iana_name() -> None:
    """Whether there is such a zone is known where it is used."""
    for word in ("Europe/London", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+1"):
        assert fields.zone(word) == word
    for word in ("../etc/passwd", "Europe/", "/London", "Europe London"):
        assert "is not the name of a time zone" in refused(fields.zone, word)


def test_a_percentage_is_above_0_and_up_to_200() -> None:
    """`75 %`, with its sign, as the command line allows it."""
    assert fields.percent("75 %") == 75
    assert fields.percent("62.5 %") == Decimal("62.5")
    assert fields.percent("200 %") == 200
    for word in ("75", "75%", "75 percent", "75 % of it"):
        assert "is not a percentage" in refused(fields.percent, word)
    for word in ("0 %", "200.1 %"):
        assert "is not above 0 and up to 200 %" in refused(fields.percent, word)
    assert "is not a number" in refused(fields.percent, "0,75 %")


def test_a_block_turn_is_written_with_those_around_it() -> None:
    """Outermost first; a name may end in a digit of its own."""
    assert fields.chain("course 1/cycle 2") == (("course", 1), ("cycle", 2))
    assert fields.chain("lead-in 1") == (("lead-in", 1),)
    assert fields.chain("arm 2 1") == (("arm 2", 1),)
    assert fields.chain("course 1 / cycle 2") == (("course", 1), ("cycle", 2))
    for word in ("cycle", "2", "course 1/", "/cycle 1", "course 1/cycle", "cycle 0", "cycle 02"):
        assert "is not a block turn; write it with its number" in refused(fields.chain, word)
    assert "is not a name" in refused(fields.chain, "cy.cle 2")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3", (3,)),
        (["1", "4"], (1, 4)),
        ("1 to 6", (1, 2, 3, 4, 5, 6)),
        (["1 to 3", "5"], (1, 2, 3, 5)),
    ],
)
def test_dose_numbers_have_the_forms_of_day(value: Any, expected: tuple[int, ...]) -> None:
    """`3`, `[1, 4]`, `1 to 6`, `[1 to 3, 5]`."""
    assert fields.numbers(value) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "is not a dose number"),
        ("1-6", "is not a dose number"),
        ("6 onward", "is not a dose number"),
        ([["1"]], "takes one value"),
        ("6 to 1", "does not rise"),
        ("6 to 6", "does not rise"),
        (["4", "4"], "does not follow the number before it"),
        (["1 to 3", "3"], "does not follow the number before it"),
        ("1 to 100001", "is beyond dose 100,000"),
        ([], "names no dose"),
    ],
)
def test_dose_numbers_that_could_be_read_in_two_ways_are_refused(value: Any, words: str) -> None:
    """A dose is named once, in order."""
    assert words in refused(fields.numbers, value)


def test_an_amount_that_was_given_is_one_of_a_whole_dose() -> None:
    """What went into a patient is per nothing."""
    assert fields.amount("5 million IU") == Quantity(Decimal(5_000_000), "IU")
    assert fields.amount("2.5 mg") == Quantity(Decimal("2.5"), "mg")
    for word in ("72_000 IU/kg", "5 mg/day", "5 AUC"):
        assert "is not the amount of a whole dose" in refused(fields.amount, word)
    assert "write '5 mg', with a space" in refused(fields.amount, "5mg")


def test_a_dose_is_moved_by_one_length_later_or_earlier() -> None:
    """4 hours = 240 minutes; a minus sign moves it back."""
    assert fields.minutes("4 hours") == 240
    assert fields.minutes("-30 minutes") == -30
    assert "is a range" in refused(fields.minutes, "4 to 6 hours")
    assert "moves nothing" in refused(fields.minutes, "0 hours")
    for word in ("- 4 hours", "4h", "1.5 minutes", "1 month", "soon"):
        assert refused(fields.minutes, word) == (
            f"{word!r} is no length of time in whole minutes, hours, days or weeks; "
            "write it like '4 hours'"
        )


def test_a_block_is_delayed_by_whole_days() -> None:
    """Later only, for an earlier cycle is no delay."""
    assert fields.days("3 days") == 3
    assert fields.days("1 week") == 7
    assert fields.days("48 hours") == 2
    assert "is not in whole days" in refused(fields.days, "36 hours")
    assert "is not later" in refused(fields.days, "-3 days")
    assert refused(fields.days, "3 days late").endswith("write it like '3 days'")


def test_yes_and_no_are_words() -> None:
    """`true`, `on` and `y` are no answers: one way to write it is enough."""
    assert fields.yes_or_no("yes") is True
    assert fields.yes_or_no("no") is False
    for word in ("true", "Yes", "y", "0"):
        assert "is neither yes nor no" in refused(fields.yes_or_no, word)
    assert fields.yes("yes") is True
    assert "leave the key out" in refused(fields.yes, "no")


def test_a_measure_of_a_body_has_its_unit() -> None:
    """154 lb = 154 x 0.45359237 kg = 69.85322498 kg; 67 in = 67 x 2.54 cm = 170.18 cm."""
    assert fields.measure("70 kg", "kg", "lb") == 70
    assert fields.measure("154 lb", "kg", "lb") == Decimal("69.85322498")
    assert fields.measure("67 in", "cm", "m", "in") == Decimal("170.18")
    assert fields.measure("1.70 m", "cm", "m", "in") == 170
    assert refused(KG, "70") == "'70' is not in kg; write it like '70 kg'"
    assert refused(partial(fields.measure, unit="m2"), "1.8 m").endswith("'1.8 m2'")
    height = refused(lambda value: fields.measure(value, "cm", "m", "in"), "170")
    assert height == "'170' is not in cm or m or in; write it like '170 cm'"
    assert "is not a number" in refused(KG, "70,5 kg")


def test_another_reading_of_a_fact_is_a_text_or_a_list_of_them() -> None:
    """As `--set` takes it: a list in brackets is the text of that list."""
    assert fields.setting("6 days") == "6 days"
    assert fields.setting(["1", "8 to 9"]) == "[1, 8 to 9]"
    assert refused(fields.setting, {"a": "b"}) == "takes one value, not a list or a mapping"


def test_a_word_of_a_few_is_refused_with_all_of_them() -> None:
    """No guess: the nearest to `m` would be `female`."""
    known = ("female", "male")
    assert fields.one_of("male", known) == "male"
    read = partial(fields.one_of, known=known)
    assert refused(read, "m") == "'m' is not known; write one of: female, male"
