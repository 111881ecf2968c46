"""What one plain value of a file means, whatever the file: a text, a name, a date, a clock time.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def text(value: Any) -> str:
    """One value that is a text and not empty."""
    if not isinstance(value, str):
        raise ValueError("takes one value, not a list or a mapping")
    if not value:
        raise ValueError("has no value; write one, or leave the key out")
    if value[0] in "=@":
        raise ValueError(
            f"begins with {value[0]!r}, which a spreadsheet would run; begin otherwise"
        )
    return value


def name(value: Any, also: str = "") -> str:
    """A name of letters, digits, spaces and hyphens."""
    word = text(value)
    if not all(char.isalpha() or char in f"0123456789 -{also}" for char in word):
        wanted = "letters, digits, spaces, hyphens" + (" and dots" if also else "")
        raise ValueError(f"{word!r} is not a name; use {wanted}")
    return word


def day(value: Any, like: str = "2025-12-01") -> date:
    """A calendar date `YYYY-MM-DD`.

    Args:
        like: an example of what would be right.
    """
    word = text(value)
    if not _DATE.fullmatch(word):
        raise ValueError(f"{word!r} is not a date; write it like {like}")
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValueError(f"{word!r} is not a day of the calendar; check month and day") from None


def clock(value: Any) -> int:
    """Minutes after midnight of a clock time `HH:MM`."""
    word = text(value)
    match = CLOCK.fullmatch(word)
    if not match:
        raise ValueError(f"{word!r} is not a clock time; write it like 08:00 (00:00 to 23:59)")
    return int(match[1]) * 60 + int(match[2])
