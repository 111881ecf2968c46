"""Read one plain value of any file or option: a date, a weight, a word.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right. The caller adds where the value is: on a line of a file, or at an option.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from il2calc.errors import nearest_slip, printable
from il2calc.units import (
    EXACT,
    PLAIN_NUMBER,
    Quantity,
    convert,
    exact,
    plain,
    plain_number,
    pointed,
    quantity,
    short,
)

Value = TypeVar("Value")
MOST = 100_000
"""No count, day, dose number or version is larger than this."""

YEARS = (1950, 2049)
"""The first and last year of a plausible date: our own assumption, the range in which programs of
today place years of two digits. Typing slips (0026, 0206, 2206, 2062) fall outside."""

MOST_PERCENT = 200
LONGEST_LABEL = 60
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_TIME_OF_DAY = r"([0-9]{1,2})(?:[:.]?([0-5][0-9])(?::00)?)? ?(?:([ap])\.?m\.?|uhr)?"
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_FIRST = (
    r"([12][0-9]{3})(?=[0-9]{4}$|[-/.])([-/.]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12][0-9]|3[01])"
)
_INVISIBLE = "\u115f\u1160\u3164\uffa0"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHOLE = re.compile(r"[1-9][0-9]*")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:_[0-9]{3})+")
_PLAIN = re.compile(PLAIN_NUMBER)
_PERCENT = re.compile(rf"({PLAIN_NUMBER})( ?%)?")


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str):
        raise ValueError("takes one value, not a list or a mapping")
    if not value:
        raise ValueError("has no value; write one, or leave it out")
    if value[0] in "=@":
        raise ValueError(
            f"begins with {value[0]!r}, which a spreadsheet would run as a formula; begin "
            "differently"
        )
    return value


def matched(value: Any, pattern: re.Pattern[str], problem: str) -> re.Match[str]:
    """The match of a pattern with a whole text; without one, `ValueError` with `problem`."""
    word = text(value)
    if (match := pattern.fullmatch(word)) is None:
        raise ValueError(f"{word!r} {problem}")
    return match


def no_formula(word: str) -> str:
    """A text as a CSV cell that no spreadsheet runs as a formula: an apostrophe makes it a text.

    >>> no_formula("+ve culture"), no_formula("fever")
    ("'+ve culture", 'fever')
    """
    return f"'{word}" if word.startswith(("=", "+", "-", "@", "\t", "\r")) else word


def name(value: Any, also: str = "") -> str:
    """A name of letters, digits, spaces, hyphens and the characters in `also`."""
    word = text(value)
    if not all(char.isalpha() or char in f"0123456789 -{also}" for char in word):
        allowed = "letters, digits, spaces, hyphens" + (" and dots" if also else "")
        raise ValueError(f"{word!r} is not a name; use {allowed}")
    return _unambiguous(word)


def _unambiguous(word: str) -> str:
    """A name that is what it looks like; otherwise nobody could find it by typing it.

    Scripts share letters that look alike, and some letters are invisible; ASCII has neither kind.
    """
    if word.isascii():
        return word
    for char in word:
        if char in _INVISIBLE:
            problem = f"contains an invisible letter (U+{ord(char):04X}); leave it out"
            raise ValueError(f"{word!r} {problem}")
    if not unicodedata.is_normalized("NFC", word):
        problem = "contains letters and marks that together make one letter; retype it"
        raise ValueError(f"{word!r} {problem}")
    scripts: dict[str, str] = {}
    for char in filter(str.isalpha, word):
        scripts.setdefault(unicodedata.name(char).split()[0].capitalize(), char)
    if len(scripts) > 1:
        mixed = ", ".join(f"{script} {char!r}" for script, char in scripts.items())
        like = "use one script, such as alpha for \N{GREEK SMALL LETTER ALPHA}"
        raise ValueError(f"{word!r} mixes scripts ({mixed}); {like}")
    return word


UNPRINTED = "=|;<>[]`"
"""Signs that no name of a drug may contain, because options, tables and paths use them."""


def printed_name(value: Any) -> str:
    """A drug's name as it is printed: any text on one line, such as `Aprepitant (Emend)`."""
    word = text(value)
    if is_name(word):
        return word
    if len(word) > LONGEST_LABEL or not printable(word) or set(word) & set(UNPRINTED):
        signs = " ".join(UNPRINTED)
        raise ValueError(
            f"{word!r} is not a name; write at most {LONGEST_LABEL} plain characters, none of "
            f"{signs}"
        )
    return _unambiguous(word)


def accepts(read: Callable[[Any], object], value: Any) -> bool:
    """Whether `read` accepts a value."""
    try:
        read(value)
    except ValueError:
        return False
    return True


is_name = partial(accepts, name)
"""Whether a text is a plain name, which a path can contain."""


def one_or_more(value: Any, read: Callable[[Any], Value]) -> tuple[Value, ...]:
    """A value, or each value of a list, as `read` gives it."""
    return tuple(read(item) for item in (value if isinstance(value, list) else [value]))


def as_written(value: Any) -> str:
    """A value as it is written in a file or a `--set`."""
    if isinstance(value, list):
        return f"[{', '.join(as_written(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_written(item)}" for key, item in value.items()) + "}"
    return str(value)


def label(value: Any) -> str:
    """The user's label for a subject; harmless to a terminal and a spreadsheet."""
    word = value if isinstance(value, str) and value else text(value)
    if len(word) > LONGEST_LABEL or not printable(word) or not word[0].isalnum():
        raise ValueError(
            f"{word!r} is not a label; a label begins with a letter or digit and has at most "
            f"{LONGEST_LABEL} plain characters, like S-07"
        )
    return word


def one_of(value: Any, known: Sequence[str]) -> str:
    """One of a few words."""
    word = text(value)
    if word not in known:
        start = word.casefold() if word[1:] else None
        longer = [other for other in known if start and other.casefold().startswith(start)]
        guess = longer[0] if len(longer) == 1 else nearest_slip(word, known)
        hint = f"did you mean {guess!r}? " if guess else ""
        choice = f"one of: {', '.join(known)}" if known[1:] else f"{known[0]!r}, or leave it out"
        raise ValueError(f"{word!r} is not known; {hint}write {choice}")
    return word


def yes_or_no(value: Any) -> bool:
    """A decision, `yes` or `no`."""
    word = text(value)
    if word not in {"yes", "no"}:
        raise ValueError(f"{word!r} is neither yes nor no; write one of them")
    return word == "yes"


def whole(value: Any, *, grouped: bool = False) -> int:
    """A whole number from 1 to `MOST`.

    Args:
        grouped: underscores may separate groups of three digits, as in `1_000`.
    """
    word = text(value)
    if not (_WHOLE.fullmatch(word) or (grouped and _GROUPED.fullmatch(word))):
        raise ValueError(f"{word!r} is not a whole number of at least 1; write it like 4")
    digits = word.replace("_", "")
    if len(digits) > len(str(MOST)) or int(digits) > MOST:
        raise ValueError(f"{word!r} is more than {MOST:,}; check the number")
    return int(digits)


def day(value: Any) -> date:
    """A calendar date `YYYY-MM-DD`."""
    word = text(value)
    if not DATE.fullmatch(word):
        match = re.fullmatch(_YEAR_FIRST, word)
        right = "{}-{:0>2}-{:0>2}".format(*match.group(1, 3, 4)) if match else "it like 2026-12-01"
        raise ValueError(f"{word!r} is not a date; write {right}")
    return _calendar_date(word, word)


def _calendar_date(digits: str, word: str) -> date:
    first, last = YEARS
    if not first <= int(digits[:4]) <= last:
        problem = f"is not in the years {first} to {last} (assumed by il2calc); check the year"
        raise ValueError(f"{word!r} {problem}")
    try:
        return date.fromisoformat(digits)
    except ValueError:
        raise ValueError(f"{word!r} is not a calendar date; check month and day") from None


def respelled_clock(word: str) -> str | None:
    """The clock time `HH:MM` that another spelling means; None if it means none.

    >>> [respelled_clock(word) for word in ("8 pm", "12.30 a.m.", "0800", "8")]
    ['20:00', '00:30', '08:00', None]
    """
    folded = "12:00" if word.casefold() in ("noon", "midday") else word.casefold()
    match = re.fullmatch(_TIME_OF_DAY, folded)
    if match is None or not (match[2] or match[3]):
        return None
    hour, half = int(match[1]), match[3]
    if hour > 23 or (half and not 1 <= hour <= 12):
        return None
    hour = hour if half is None else hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{match[2] or '00'}"


def clock(value: Any) -> int:
    """Minutes after midnight of a clock time `HH:MM`."""
    word = text(value)
    match = CLOCK.fullmatch(word)
    if not match:
        right = respelled_clock(word) or "it like 08:00 (00:00 to 23:59)"
        raise ValueError(f"{word!r} is not a clock time; write {right}")
    return int(match[1]) * 60 + int(word[-2:])


def moment(value: Any, *, bare: bool = False) -> datetime:
    """A date and local clock time `YYYY-MM-DD HH:MM`.

    Args:
        bare: a date alone is also accepted, and means its midnight.
    """
    word = text(value)
    digits, gap, at = word.partition(" ")
    if not DATE.fullmatch(digits) or not (CLOCK.fullmatch(at) if gap else bare):
        like = f"{'2026-12-01 or ' if bare else ''}'2026-12-01 08:00'"
        raise ValueError(f"{word!r} is not a date and time; write it like {like}")
    hour, minute = divmod(clock(at) if gap else 0, 60)
    return datetime.combine(_calendar_date(digits, word), time(hour, minute))


def percentage(value: Any, like: str = "'75 %'", *, bare: bool = False) -> Decimal:
    """A percentage above 0, up to `MOST_PERCENT`: `75 %`.

    Args:
        like: an example for messages.
        bare: `75%` and `75` are also accepted.
    """
    word = text(value)
    match = _PERCENT.fullmatch(pointed(word))
    if not match or not (bare or match[2] == " %"):
        raise ValueError(f"{word!r} is not a percentage; write it like {like}")
    percent = plain_number(match[1])
    if match[2] is None and 0 < percent < 1:
        guess = f"{plain(percent * 100)} %"
        hint = f"{guess}? write '{guess}' ('{match[1]} %' if that is right)"
        raise ValueError(f"{word!r} is below 1 %; {hint}")
    if not 0 < percent <= MOST_PERCENT:
        problem = f"is not above 0 and up to {MOST_PERCENT} %; write it like {like}"
        raise ValueError(f"{word!r} {problem}")
    if pointed(word) != word:
        raise ValueError(f"{word!r} is not a percentage; write '{match[1]} %', with a point")
    return percent


_TALLEST = 3
"""Nobody is this tall [m], or this small [cm]."""

_FOOT = "['\N{PRIME}\N{RIGHT SINGLE QUOTATION MARK}]"
_INCH = rf"[\"\N{{DOUBLE PRIME}}\N{{RIGHT DOUBLE QUOTATION MARK}}]|{_FOOT}{{2}}"
_FEET = rf"([0-9]+) ?(?:ft|foot|feet|{_FOOT})(?:,? ?({PLAIN_NUMBER}) ?(?:in|inch|inches|{_INCH})?)?"
_STONES = rf"([1-5]?[0-9]) ?(?:st|stones?)(?:,? ?({PLAIN_NUMBER}) ?(?:lbs?|pounds?)?)?"
_TWO_UNITS = ((_FEET, 12, "in"), (_STONES, 14, "lb"))
_SMALL = {"g": ("0.001", "kg"), "grams": ("0.001", "kg"), "mm": ("0.1", "cm")}
_IN_WORDS = rf"({PLAIN_NUMBER}) ?([A-Za-z]+(?:\^?2|\N{{SUPERSCRIPT TWO}})?)\.?"
_UNITS_IN_WORDS = {
    "kg": ("kgs", "kilo", "kilos", "kilogram", "kilograms"),
    "lb": ("lbs", "pound", "pounds"),
    "cm": ("cms", "centimeter", "centimeters", "centimetre", "centimetres"),
    "m": ("meter", "meters", "metre", "metres"),
    "in": ("ins", "inch", "inches"),
    "m2": ("m\N{SUPERSCRIPT TWO}", "m^2", "sqm", "qm"),
}


def _suggestion(word: str, units: tuple[str, ...]) -> str | None:
    """The right spelling of a measure that is written otherwise; None if it is uncertain.

    >>> _suggestion("5 ft 4 in", ("cm", "m", "in")), _suggestion("70,5KG", ("kg", "lb"))
    ("'64 in'", "'70.5 kg'")
    """
    word = pointed(word)
    for pattern, size, unit in _TWO_UNITS:
        if unit in units and (both := re.fullmatch(pattern, word)):
            return f"'{exact(size * Decimal(both[1]) + Decimal(both[2] or 0))} {unit}'"
    if (match := re.fullmatch(_IN_WORDS, word)) is None:
        return None
    number, name = Decimal(match[1]), match[2].casefold()
    factor, large_unit = _SMALL.get(name, ("0", ""))
    if large_unit in units and number >= 400:  # nobody weighs 70 g
        return f"'{exact(number * Decimal(factor))} {large_unit}'"
    for unit in units:
        if name in (unit.casefold(), *_UNITS_IN_WORDS.get(unit, ())):
            return f"'{match[1]} {unit}'"
    if units == ("kg",) and name in ("lb", *_UNITS_IN_WORDS["lb"]):
        return f"'{plain(convert(number, 'lb', 'kg'))} kg'"
    return None


def measure(
    value: Any, unit: str, *, like: str, also: tuple[str, ...] = (), bare: bool = False
) -> Decimal:
    """A measure of a body in a unit, or in one of the units `also`, which are converted to it.

    Args:
        like: an example for messages.
        bare: a number without a unit is in `unit`.
    """
    word = text(value)
    digits, gap, typed_unit = word.partition(" ")
    typed_unit = typed_unit if gap or not bare else unit
    units = (unit, *also)
    if typed_unit in units and _PLAIN.fullmatch(digits):
        return convert(plain_number(digits), "inch" if typed_unit == "in" else typed_unit, unit)
    suggestion = _suggestion(word, units)
    if _PLAIN.fullmatch(number := pointed(word)):
        metres = "m" in also and Decimal(number) < _TALLEST
        like = f"'{number} {'m' if metres else unit}'"  # never a number that was not typed
    elif suggestion and not (also and bare):
        like, suggestion = suggestion, None
    fault = "a plain number" if typed_unit in units else f"in {' or '.join(units)}"
    guess = f"did you mean {suggestion}? " if suggestion else ""
    raise ValueError(f"{word!r} is not {fault}; {guess}write {like}")


_FLOWS = {
    "ml/min": (1, 1),
    "ml/s": (60, 1),
    "ml/h": (1, 60),
    "l/min": (1_000, 1),
    "l/h": (1_000, 60),
}
"""A unit of flow -> how many mL in how many minutes it is."""

_AREA = r"m(?:2|\N{SUPERSCRIPT TWO}|\^2)"
_FLOW = re.compile(
    rf"({PLAIN_NUMBER}) ?(?:(m?l) ?(?:/|per) ?(min|s|h)(?:utes?|ec(?:onds?)?|ours?)?)?"
    rf"( ?(?:/|per)? ?\(?1\.73 ?(?:{_AREA}|sqm|qm)?\)?| ?(?:/|per) ?{_AREA})?",
    re.IGNORECASE,
)
_EXAMPLE_AREA = Decimal("1.9")


def is_of_surface(text: str) -> bool:
    """Whether a filtration rate is for a body of 1.73 m2, or per m2."""
    match = _FLOW.fullmatch(pointed(text))
    return match is not None and match[4] is not None


def filtration(value: Any, *, bare: bool = False, surface: Decimal | None = None) -> Decimal:
    """A glomerular filtration rate [mL/min], not normalized to a body surface area.

    Args:
        bare: a number without a unit is in mL/min.
        surface: the patient's body surface area [m2], if known, for the conversion in a message.
    """
    word = text(value)
    match = _FLOW.fullmatch(pointed(word))
    flow = f"{match[2]}/{match[3]}".casefold() if match is not None and match[2] else ""
    if match is None or (not flow and match[4] is None) or word == f"{match[1]} mL/min":
        return measure(word, "mL/min", like="the number of mL/min, such as 90", bare=bare)
    amount, minutes = _FLOWS[flow or "ml/min"]
    rate = EXACT.divide(Decimal(match[1]) * amount, Decimal(minutes))
    if match[4] is None:
        like = exact(rate) if bare else f"'{exact(rate)} mL/min'"
        raise ValueError(f"{word!r} is not in mL/min; write {like}")
    whose, area = ("this patient's", surface) if surface else ("for example", _EXAMPLE_AREA)
    real = EXACT.divide(rate * area, Decimal("1.73"))
    example = f"with {whose} {short(area)} m2 it is {short(real)} mL/min"
    factor = "times the body surface area / 1.73"
    if "1.73" in match[4]:
        problem = f"is for a body of 1.73 m2; give the absolute rate, which is that {factor}"
    else:
        problem = f"is per m2; give the absolute rate: if a body of 1.73 m2 is meant, that {factor}"
        example += f", and {short(rate * area)} mL/min if each m2 is meant"
    raise ValueError(f"{word!r} {problem}: {example}")


def whole_amount(value: Any, like: str = "'2.5 mg'", *, daily: bool = False) -> Quantity:
    """The amount of a whole dose: `5 million IU`, `2.5 mg`.

    Args:
        like: an example for messages.
        daily: the amount of a whole day (`2 mg/day`) is also accepted.
    """
    result = quantity(text(value), f"NUMBER UNIT, like {like}")
    bare = result._replace(per_day=False) if daily else result
    if bare.tail() or result.unit == "AUC":
        raise ValueError(f"{value!r} is not the amount of a whole dose; write it like {like}")
    return result


def sha256(value: Any) -> str:
    """A SHA-256 in 64 hex digits, of a file's bytes or of its canonical form."""
    word = text(value)
    if not _SHA256.fullmatch(word):
        raise ValueError("is not 64 hex digits; leave it as il2calc wrote it")
    return word
