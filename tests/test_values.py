"""What one plain value of a file means, whatever the file: a text, a name, a date, a clock time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from il2calc.text import values


def refused(read: Callable[[Any], Any], value: Any) -> str:
    """What is said of a value that cannot be read."""
    with pytest.raises(ValueError, match=r".") as caught:
        read(value)
    return str(caught.value)


@pytest.mark.parametrize("read", [values.text, values.name, values.day, values.clock])
def test_one_value_is_neither_a_list_nor_empty(read: Callable[[Any], Any]) -> None:
    """A key without a value says nothing, and the reader never fills it in."""
    for value in (["a"], {"a": "b"}):
        assert refused(read, value) == "takes one value, not a list or a mapping"
    assert refused(read, "") == "has no value; write one, or leave it out"


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)"])
def test_no_text_is_one_that_a_spreadsheet_would_run(value: str) -> None:
    """Texts of a file come into a CSV as they stand."""
    assert "which a spreadsheet would run" in refused(values.text, value)
    assert values.text("a = b") == "a = b"


def test_a_name_is_letters_digits_spaces_and_hyphens() -> None:
    """Where its kind has dots, dots too."""
    assert values.name("IL-2 low dose") == "IL-2 low dose"
    assert values.name("naïve") == "naïve"
    assert values.name("0.25-mg", also=".") == "0.25-mg"
    wanted = "use letters, digits, spaces, hyphens"
    assert refused(values.name, "a.b") == f"'a.b' is not a name; {wanted}"
    with pytest.raises(ValueError, match=f"{wanted} and dots"):
        values.name("a/b", also=".")


def test_a_date_is_one_of_the_calendar() -> None:
    """Year, month, day; the message ends in an example."""
    assert values.day("2025-12-01") == date(2025, 12, 1)
    assert refused(values.day, "1.12.2025").endswith("write it like 2026-12-01")
    assert refused(values.day, "2025-02-29").endswith("check month and day")
    with pytest.raises(ValueError, match="write it like 2026-12-01"):
        values.day("today")


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("08:30", 510), ("23:59", 1439)])
def test_a_clock_time_is_minutes_after_midnight(text: str, minute: int) -> None:
    """`08:30` = 8 x 60 + 30 = 510."""
    assert values.clock(text) == minute


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "0800", "8 am", "08.30", "08:00:00"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    """8:00 could be morning or evening; 24:00 is on no clock."""
    assert refused(values.clock, text).endswith("write it like 08:00 (00:00 to 23:59)")
