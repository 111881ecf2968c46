"""What the text of one key of a course log means.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from il2calc.course import Chain
from il2calc.daytimes import DAY
from il2calc.errors import NotAQuantity
from il2calc.units import Quantity, convert, number, quantity, span
from il2calc.values import day, name, text

MOST = 100_000
"""No dose number, count or version of a log is larger, and no entry names more doses."""

MOST_PERCENT = 200
LONGEST_LABEL = 60

_WHOLE = re.compile(r"[1-9][0-9]*")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([01][0-9]|2[0-3]):([0-5][0-9])")
_RANGE = re.compile(r"([1-9][0-9]{0,5})(?: to ([1-9][0-9]{0,5}))?")
_TURN = re.compile(r"(.+) ([1-9][0-9]{0,5})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def dotted_name(value: Any) -> str:
    """A name that may also hold dots: an arm (`0.25-mg`), the path of a block (`course.cycle`)."""
    return name(value, also=".")


def label(value: Any) -> str:
    """A label of the user's own for a subject."""
    word = text(value)
    if len(word) > LONGEST_LABEL or not word[0].isalnum():
        problem = f"begins with a letter or digit and has at most {LONGEST_LABEL} characters"
        raise ValueError(f"{word!r} is not a label, which {problem}; write it like S-07")
    return word


def sha256(value: Any) -> str:
    """The content hash of a regimen file."""
    word = text(value)
    if not _SHA256.fullmatch(word):
        raise ValueError("is not 64 hex digits; leave it as il2calc log start wrote it")
    return word


def whole(value: Any) -> int:
    """A whole number of at least 1."""
    word = text(value)
    if not _WHOLE.fullmatch(word) or len(word) > len(str(MOST)) or int(word) > MOST:
        raise ValueError(f"{word!r} is not a whole number from 1 to {MOST:,}; write it like 4")
    return int(word)


def moment(value: Any) -> datetime:
    """A date and local clock time `YYYY-MM-DD HH:MM`."""
    word = text(value)
    match = _MOMENT.fullmatch(word)
    if not match:
        raise ValueError(f"{word!r} is not a date and time; write it like 2025-12-03 10:10")
    try:
        on = day(match[1])
    except ValueError as error:
        raise ValueError(str(error).replace(repr(match[1]), repr(word))) from None
    return datetime.combine(on, time(int(match[2]), int(match[3])))


def zone(value: Any) -> str:
    """The IANA name of a time zone."""
    word = text(value)
    if not _ZONE.fullmatch(word):
        raise ValueError(f"{word!r} is not the name of a time zone; write it like Europe/London")
    return word


def percent(value: Any) -> Decimal:
    """A percentage above 0: `75 %`."""
    word = text(value)
    digits, _, sign = word.partition(" ")
    if sign != "%":
        raise ValueError(f"{word!r} is not a percentage; write it like '75 %'")
    found = number(digits)
    if not 0 < found <= MOST_PERCENT:
        raise ValueError(f"{word!r} is not above 0 and up to {MOST_PERCENT} %; write it like 75 %")
    return found


def chain(value: Any) -> Chain:
    """A block turn with those around it: `course 1/cycle 2`."""
    word = text(value)
    matches = [_TURN.fullmatch(part.strip()) for part in word.split("/")]
    found = tuple((match[1], int(match[2])) for match in matches if match)
    if len(found) < len(matches):
        problem = "is not a block turn; write it with its number, like 'course 1/cycle 2'"
        raise ValueError(f"{word!r} {problem}")
    for block, _ in found:
        name(block)
    return found


def numbers(value: Any) -> tuple[int, ...]:
    """Dose numbers: `3`, `[1, 4]`, `1 to 6`, `[1 to 3, 5]`."""
    found: list[int] = []
    for item in value if isinstance(value, list) else [value]:
        word = text(item)
        match = _RANGE.fullmatch(word)
        if not match:
            raise ValueError(f"{word!r} is not a dose number; write 7, [7, 9] or '1 to 6'")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (match[2] and last == first):
            raise ValueError(f"{word!r} does not rise; write it like '1 to 6'")
        if found and first <= found[-1]:
            problem = "does not follow the number before it; list numbers in order, once"
            raise ValueError(f"{word!r} {problem}")
        if last > MOST:
            raise ValueError(f"{word!r} is beyond dose {MOST:,}; check the number")
        found += range(first, last + 1)
    if not found:
        raise ValueError("names no dose; write 7, [7, 9] or '1 to 6'")
    return tuple(found)


def amount(value: Any) -> Quantity:
    """The amount of a whole dose: `5 million IU`, `2.5 mg`."""
    result = quantity(text(value))
    if result.basis is not None or result.per_day or result.unit == "AUC":
        raise ValueError(f"{value!r} is not the amount of a whole dose; write it like '2.5 mg'")
    return result


def minutes(value: Any, like: str = "4 hours") -> int:
    """How far a dose is moved, earlier with a minus sign: `4 hours`, `-30 minutes` [min].

    Args:
        like: an example of what would be right.
    """
    word = text(value)
    try:
        length = span(word.removeprefix("-"))
    except NotAQuantity:
        problem = "is no length of time in whole minutes, hours, days or weeks"
        raise ValueError(f"{word!r} {problem}; write it like '{like}'") from None
    if length.shortest != length.longest:
        raise ValueError(f"{word!r} is a range; write one length, like '{like}'")
    if length.shortest == 0:
        raise ValueError(f"{word!r} moves nothing; write it like '{like}'")
    return -length.shortest if word.startswith("-") else length.shortest


def days(value: Any) -> int:
    """How far a block is moved, in whole days: `3 days`, `1 week` [days]."""
    found = minutes(value, "3 days")
    if found < 0:
        raise ValueError(f"{value!r} is not later; only a delay is known, like '3 days'")
    if found % DAY:
        raise ValueError(f"{value!r} is not in whole days; a block is delayed by days: '3 days'")
    return found // DAY


def yes_or_no(value: Any) -> bool:
    """A decision."""
    word = text(value)
    if word not in {"yes", "no"}:
        raise ValueError(f"{word!r} is neither yes nor no; write one of them")
    return word == "yes"


def yes(value: Any) -> bool:
    """What is said by `yes` and otherwise left out."""
    if not yes_or_no(value):
        raise ValueError("takes only yes; leave the key out instead of writing no")
    return True


def measure(value: Any, unit: str, *also: str) -> Decimal:
    """A measure of a body in a unit, or in another that is converted to it."""
    word = text(value)
    digits, _, given = word.partition(" ")
    like = f"70 {unit}" if unit in {"kg", "mL/min"} else f"170 {unit}" if also else f"1.8 {unit}"
    if given not in (unit, *also):
        raise ValueError(f"{word!r} is not in {' or '.join((unit, *also))}; write it like '{like}'")
    return convert(number(digits), "inch" if given == "in" else given, unit)


def setting(value: Any) -> str:
    """Another reading of a fact of the regimen, as `--set` takes it: `6 days`, `[1, 8]`."""
    if isinstance(value, list):
        return f"[{', '.join(setting(item) for item in value)}]"
    return text(value)


def one_of(value: Any, known: Sequence[str]) -> str:
    """One of a few words."""
    word = text(value)
    if word not in known:
        raise ValueError(f"{word!r} is not known; write one of: {', '.join(known)}")
    return word
