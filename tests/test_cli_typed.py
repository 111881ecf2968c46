"""What the texts of a `log` verb mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from il2calc.cli import typed
from il2calc.cli.options import OptionError
from il2calc.errors import ImplausibleInput, Refused
from il2calc.units import Quantity


def refused(read: Callable[[Any], Any], text: str) -> str:
    """What is said of a text that cannot be read."""
    with pytest.raises(OptionError) as caught:
        read(text)
    return str(caught.value)


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", [7]), ("1-6", [1, 2, 3, 4, 5, 6]), ("1-3,5", [1, 2, 3, 5]), ("5, 7", [5, 7])],
)
def test_rows_are_numbers_and_ranges(text: str, expected: list[int]) -> None:
    """`7`, `1-6`, `1-3,5`."""
    assert typed.rows(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "x", "6-1", "1-", "-6", "1..6", "1 to 6", "1,,2", "\u0667"]
)
def test_other_rows_are_refused(text: str) -> None:
    """Nothing is guessed of which doses were given."""
    assert refused(typed.rows, text) == (
        f"ROWS: {text!r} is no list of rows; write 7, 1-6 or 1-3,5"
    )


def test_a_shift_names_one_row() -> None:
    """The rest of its repeat follows by itself."""
    assert typed.row("8") == 8
    assert refused(typed.row, "8-9").startswith("ROW: '8-9' is more than one row")


def test_lengths_may_be_written_short() -> None:
    """4 h = 240 min; a minus sign moves a dose earlier, and never a block."""
    assert typed.moved("4 h") == typed.moved("4 hours") == 240
    assert typed.moved("-30 min") == -30
    assert typed.moved("1 d") == 1440
    assert typed.delayed("3 d") == typed.delayed("3 days") == 3
    assert typed.delayed("1 week") == 7
    assert refused(typed.moved, "4h").startswith("--by: '4h' is no length of time")
    assert "is not in whole days" in refused(typed.delayed, "4 h")
    assert "is not later" in refused(typed.delayed, "-1 d")


def test_a_weight_is_plausible() -> None:
    """154 lb = 69.85322498 kg; 665 kg is a slip."""
    assert typed.weight("66.5 kg") == typed.weight("66.5") == Decimal("66.5")
    assert typed.weight("154 lb") == Decimal("69.85322498")
    assert refused(typed.weight, "66,5 kg").startswith("WEIGHT: ")
    with pytest.raises(ImplausibleInput):
        typed.weight("665 kg")


def test_an_amount_is_that_of_a_whole_dose() -> None:
    """With its unit."""
    assert typed.amount("5 million IU") == Quantity(Decimal(5_000_000), "IU")
    assert typed.amount(None) is None
    assert "is not the amount of a whole dose" in refused(typed.amount, "72_000 IU/kg")
    assert refused(typed.amount, "5").startswith("--amount: ")


def test_a_decision_is_yes_or_no() -> None:
    """No third answer."""
    assert typed.decision("yes") is True
    assert typed.decision("no") is False
    assert "is neither yes nor no" in refused(typed.decision, "maybe")


def test_a_reason_is_one_line() -> None:
    """That no spreadsheet runs and no terminal obeys."""
    assert typed.reason(None) is None
    assert typed.reason(" platelets  62 ") == "platelets 62"
    for text in ("a\nb", "a\x1b[31m", "a\u200bb"):
        assert "write one line" in refused(typed.reason, text)
    assert "a spreadsheet would run" in refused(typed.reason, "=1")
    assert "has no value" in refused(typed.reason, " ")


def test_dates_are_dates() -> None:
    """A dose is given at a minute, a weight is of a day, an entry has a number."""
    assert typed.given_at(None) is None
    assert typed.given_at("2025-12-03 10:10") == at(date(2025, 12, 3), 10, 10)
    assert refused(typed.given_at, "2025-12-03").startswith("--at: ")
    assert typed.on("2025-12-14") == date(2025, 12, 14)
    assert refused(typed.on, "14.12.2025").startswith("--on: ")
    assert typed.entry("4") == 4
    assert refused(typed.entry, "last").startswith("NUMBER: ")


def test_an_entry_of_a_day_is_made_at_its_end() -> None:
    """What was given on that day lies before it; a clock time is taken as it is."""
    assert typed.entered("2025-12-03", None) == at(date(2025, 12, 3), 23, 59)
    assert typed.entered("2025-12-03 09:00", None) == at(date(2025, 12, 3), 9, 0)
    assert refused(lambda text: typed.entered(text, None), "yesterday").startswith("--as-of: ")


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_entry_is_made_now_by_the_clock_of_the_course(zone: str | None) -> None:
    """To the minute: 25 hours lie between the clocks of Kiritimati and Pago Pago."""
    offset = {"Pacific/Kiritimati": 14, "Pacific/Pago_Pago": -11}.get(zone or "")
    now = datetime.now(UTC)
    here = now.astimezone() if offset is None else now + timedelta(hours=offset)
    found = typed.entered(None, zone)
    assert timedelta(0) <= here.replace(tzinfo=None) - found < timedelta(minutes=2)
    assert (found.second, found.microsecond, found.tzinfo) == (0, 0, None)


def test_a_course_in_no_known_zone_has_no_now() -> None:
    """A log may have been edited by hand."""
    with pytest.raises(Refused, match="did you mean 'Europe/London'"):
        typed.entered(None, "Europe/Londn")
