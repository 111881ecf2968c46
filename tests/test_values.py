"""What one plain value means, in a file of any kind or as an option."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from il2calc.text import values
from il2calc.units import Quantity


def refused(reader: Callable[[Any], Any], value: Any) -> str:
    """The message about a value that cannot be read."""
    with pytest.raises(ValueError, match=r".") as caught:
        reader(value)
    return str(caught.value)


@pytest.mark.parametrize(
    "reader",
    [
        values.text,
        values.name,
        values.label,
        values.day,
        values.clock,
        values.moment,
        values.whole,
        values.percentage,
        values.whole_amount,
        values.yes_or_no,
        partial(values.one_of, known=("yes",)),
        partial(values.measure, unit="kg", like="'70 kg'"),
    ],
)
def test_one_value_is_neither_a_list_nor_empty(reader: Callable[[Any], Any]) -> None:
    """A key without a value says nothing, and the reader never fills it in."""
    for value in (["a"], {"a": "b"}):
        assert refused(reader, value) == "takes one value, not a list or a mapping"
    assert refused(reader, "") == "has no value; write one, or leave it out"


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)"])
def test_no_text_is_one_that_a_spreadsheet_would_run(value: str) -> None:
    """Texts of a file come into a CSV unchanged."""
    assert "which a spreadsheet would run" in refused(values.text, value)
    assert values.text("a = b") == "a = b"


def test_a_name_is_letters_digits_spaces_and_hyphens() -> None:
    """Where its kind has dots, dots too."""
    assert values.name("IL-2 low dose") == "IL-2 low dose"
    assert values.name("naïve") == "naïve"
    assert values.name("0.25-mg", also=".") == "0.25-mg"
    advice = "use letters, digits, spaces, hyphens"
    assert refused(values.name, "a.b") == f"'a.b' is not a name; {advice}"
    with pytest.raises(ValueError, match=f"{advice} and dots"):
        values.name("a/b", also=".")


def test_a_date_is_one_of_the_calendar() -> None:
    """Year, month, day; the message ends in an example."""
    assert values.day("2025-12-01") == date(2025, 12, 1)
    assert refused(values.day, "1.12.2025").endswith("write it like 2026-12-01")
    assert refused(values.day, "2025-02-29").endswith("check month and day")
    with pytest.raises(ValueError, match="write it like 2026-12-01"):
        values.day("today")


@pytest.mark.parametrize(
    ("text", "date"),
    [("2026-4-1", "2026-04-01"), ("20260401", "2026-04-01"), ("2026/12/31", "2026-12-31")],
)
def test_a_date_that_begins_with_its_year_is_answered_with_its_own(text: str, date: str) -> None:
    assert refused(values.day, text) == f"{text!r} is not a date; write {date}"


@pytest.mark.parametrize("text", ["01/02/2026", "2026411", "2026-13-1", "2026-04.01", "26-4-1"])
def test_a_date_that_may_be_two_is_answered_with_how_dates_are_written(text: str) -> None:
    """01/02/2026 is in January or in February."""
    assert refused(values.day, text).endswith("is not a date; write it like 2026-12-01")


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("08:30", 510), ("23:59", 1439)])
def test_a_clock_time_is_minutes_after_midnight(text: str, minute: int) -> None:
    """`08:30` = 8 x 60 + 30 = 510."""
    assert values.clock(text) == minute


@pytest.mark.parametrize("text", ["24:00", "08:60", "8", "0 am", "evening"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    """24:00 is on no clock."""
    assert refused(values.clock, text).endswith("write it like 08:00 (00:00 to 23:59)")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("8:00", "08:00"),
        ("0830", "08:30"),
        ("8 pm", "20:00"),
        ("12 AM", "00:00"),
        ("noon", "12:00"),
    ],
)
def test_a_time_that_is_spelled_otherwise_is_answered_with_its_own(text: str, time: str) -> None:
    """Danger: `8 pm` answered with "write it like 08:00", and typed so."""
    assert refused(values.clock, text) == f"{text!r} is not a clock time; write {time}"


def test_a_label_is_the_users_own() -> None:
    """It begins with a letter or digit and has at most 60 characters, as on the command line."""
    assert values.label("S-07 (ward 3)") == "S-07 (ward 3)"
    assert values.label("7" * 60) == "7" * 60
    for word in ("-7", "7" * 61):
        assert "begins with a letter or digit and has at most 60" in refused(values.label, word)


@pytest.mark.parametrize("word", ["0", "-1", "1.0", "1_000", "٤", "4 doses"])
def test_a_count_is_a_whole_number(word: str) -> None:
    """From 1 to 100,000, in plain digits."""
    assert values.whole("1") == 1
    assert values.whole("100000") == 100_000
    problem = f"{word!r} is not a whole number of at least 1; write it like 4"
    assert refused(values.whole, word) == problem


@pytest.mark.parametrize("word", ["100001", "9" * 5000])
def test_a_count_is_within_reason(word: str) -> None:
    """Whatever the number of its digits."""
    assert refused(values.whole, word) == f"{word!r} is more than 100,000; check the number"


def test_digits_may_be_grouped_where_the_reader_says_so() -> None:
    """`1_000` in a regimen file."""
    assert values.whole("1_000", grouped=True) == 1000
    for word in ("1_00", "0_100", "1000_000", "_1"):
        problem = refused(partial(values.whole, grouped=True), word)
        assert "is not a whole number" in problem
    assert "is more than 100,000" in refused(partial(values.whole, grouped=True), "100_001")


def test_a_moment_is_a_date_and_a_clock_time() -> None:
    """To the minute, local time: neither half is guessed."""
    expected = datetime.combine(date(2025, 12, 3), time(10, 10))
    assert values.moment("2025-12-03 10:10") == expected
    for word in ("2025-12-03", "10:10", "2025-12-03T10:10", "2025-12-03 24:00", "2025-12-03 9:00"):
        assert refused(values.moment, word).endswith("write it like '2026-12-01 08:00'")
    assert refused(values.moment, "2025-02-30 10:10").endswith("check month and day")


def test_a_date_alone_is_its_midnight_where_the_reader_says_so() -> None:
    """As an option takes it; half a clock time is never enough."""
    reader = partial(values.moment, bare=True)
    assert reader("2025-12-03") == datetime.combine(date(2025, 12, 3), time())
    assert reader("2025-12-03 10:10") == datetime.combine(date(2025, 12, 3), time(10, 10))
    for word in ("2025-12-03 ", "2025-12-03 10", "10:10"):
        assert refused(reader, word).endswith("write it like 2026-12-01 or '2026-12-01 08:00'")


def test_a_percentage_is_above_0_and_up_to_200() -> None:
    """`75 %`, with its sign; an option may leave the sign out."""
    assert values.percentage("75 %") == 75
    assert values.percentage("62.5 %") == Decimal("62.5")
    assert values.percentage("200 %") == 200
    for word in ("75", "75%", "75 percent", "75 % of it"):
        assert "is not a percentage" in refused(values.percentage, word)
    for word in ("0 %", "200.1 %"):
        assert "is not above 0 and up to 200 %" in refused(values.percentage, word)
    for word in ("7,500 %", "7.5.1 %", ". %"):
        assert refused(values.percentage, word).endswith(
            "is not a percentage; write it like '75 %'"
        )
    assert refused(values.percentage, "75,5 %").endswith("write '75.5 %', with a point")
    bare = partial(values.percentage, like="10%", bare=True)
    assert refused(bare, "62,5").endswith("write '62.5 %', with a point")
    assert "75 %? write '75 %' ('0.75 %' if that is right)" in refused(bare, "0,75")
    assert bare("75") == bare("75%") == bare("75 %") == 75
    assert refused(bare, "ten") == "'ten' is not a percentage; write it like 10%"


def test_an_amount_that_was_given_is_one_of_a_whole_dose() -> None:
    """What went into a patient is per nothing."""
    assert values.whole_amount("5 million IU") == Quantity(Decimal(5_000_000), "IU")
    assert values.whole_amount("2.5 mg") == Quantity(Decimal("2.5"), "mg")
    for word in ("72_000 IU/kg", "5 mg/day", "5 AUC"):
        assert "is not the amount of a whole dose" in refused(values.whole_amount, word)
    assert "write '5 mg', with a space" in refused(values.whole_amount, "5mg")
    assert refused(values.whole_amount, "5000000").endswith("write NUMBER UNIT, like '2.5 mg'")
    assert values.whole_amount("5 mg/day", daily=True).per_day


def test_a_measure_of_a_body_has_its_unit() -> None:
    """154 lb = 154 x 0.45359237 kg = 69.85322498 kg; 67 in = 67 x 2.54 cm = 170.18 cm."""
    kg = partial(values.measure, unit="kg", also=("lb",), like="'70 kg'")
    cm = partial(values.measure, unit="cm", also=("m", "in"), like="'170 cm'")
    assert kg("70 kg") == 70
    assert kg("154 lb") == Decimal("69.85322498")
    assert cm("67 in") == Decimal("170.18")
    assert cm("1.70 m") == 170
    assert refused(kg, "70") == "'70' is not in kg or lb; write '70 kg'"
    assert refused(cm, "170") == "'170' is not in cm or m or in; write '170 cm'"
    message = "'70,5 kg' is not a plain number; write '70.5 kg'"
    assert refused(kg, "70,5 kg") == message
    assert refused(kg, "3,500") == "'3,500' is not in kg or lb; write '70 kg'"
    assert refused(cm, "1,70") == "'1,70' is not in cm or m or in; write '1.70 m'"
    without_unit = partial(values.measure, unit="kg", like="'100 kg'")
    assert refused(without_unit, "220 lbs") == "'220 lbs' is not in kg; write '99.7903214 kg'"
    assert refused(without_unit, "220 st") == "'220 st' is not in kg; write '100 kg'"
    assert partial(kg, bare=True)("70") == 70
    assert refused(partial(kg, bare=True), "70 ").startswith("'70 ' is not in kg or lb")


def test_a_word_of_a_few_is_refused_with_all_of_them() -> None:
    """And with the nearest, but not to a letter: that to `m` would be `female`."""
    choices = ("female", "male")
    assert values.one_of("male", choices) == "male"
    reader = partial(values.one_of, known=choices)
    assert refused(reader, "m") == "'m' is not known; write one of: female, male"
    near = "'mal' is not known; did you mean 'male'? write one of: female, male"
    assert refused(reader, "mal") == near
    only = partial(values.one_of, known=("continue",))
    assert refused(only, "stop") == "'stop' is not known; write 'continue', or leave it out"


def test_one_value_or_a_list_of_them_is_read_the_same() -> None:
    """And a list that holds no value is refused as that value."""
    assert values.one_or_more("8", values.whole) == (8,)
    assert values.one_or_more(["8", "9"], values.whole) == (8, 9)
    assert "is not a whole number" in refused(partial(values.one_or_more, read=values.whole), ["x"])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("\N{CYRILLIC SMALL LETTER A}ldesleukin", "mixes scripts (Cyrillic "),
        ("interferon-\N{GREEK SMALL LETTER ALPHA}", "use one script, such as alpha for "),
        ("aldes\N{HANGUL FILLER}leukin", "(U+3164); leave it out"),
        ("\N{HANGUL CHOSEONG KIYEOK}\N{HANGUL JUNGSEONG A}", "retype it"),
    ],
)
def test_a_name_that_looks_like_another_is_refused(name: str, problem: str) -> None:
    """Danger: a drug that is spelled with one foreign letter has no monograph, and no limit."""
    assert problem in refused(values.name, name)


@pytest.mark.parametrize("name", ["na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve", "\u30a4\u30a4"])
def test_a_name_in_one_script_is_a_name(name: str) -> None:
    """Whichever script it is."""
    assert values.name(name) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("6 days", "6 days"),
        (["1", "8 to 9"], "[1, 8 to 9]"),
        ({"low": "5 mg", "high": ["a"]}, "{low: 5 mg, high: [a]}"),
    ],
)
def test_a_value_is_shown_as_a_file_would_write_it(value: Any, text: str) -> None:
    """What was set is shown from what to what, as the file writes it."""
    assert values.as_written(value) == text
