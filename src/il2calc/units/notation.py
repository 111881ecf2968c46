"""How quantities and durations are read: strictly, and with a correction if they are refused.

The grammar is ASCII: digits, `_` between groups of three, a decimal point with digits on both
sides, one space, a known unit. What could be read in two ways is refused; nothing is evaluated, and
no library that guesses sees the text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from il2calc.errors import NotAQuantity, nearest_slip
from il2calc.units.quantity import (
    ACTIVITY_SCALES,
    AMOUNT_UNITS,
    COUNTED_UNITS,
    EXACT,
    MILLION,
    SCALES,
    Quantity,
    plain,
    safe_quantity,
)

NUMBER = r"(?:0|[1-9][0-9]{0,2}(?:_[0-9]{3})+|[1-9][0-9]*)(?:\.[0-9]+)?"
"""A number in a file: `72_000`, `0.25`."""

PLAIN_NUMBER = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
"""A number without groups of digits: `70`, `0.25`."""

_NUMBER = re.compile(NUMBER)
_PLAIN = re.compile(PLAIN_NUMBER)
_QUANTITY = re.compile(rf"({NUMBER}) (million )?([A-Za-z]+)((?:/[A-Za-z0-9]+)*)")
_LOOSE_QUANTITY = rf"({NUMBER}) (million )?([A-Za-z\u00b5\u03bc.]+)((?:/[A-Za-z0-9]+)*)"
_READ_UNITS = (*AMOUNT_UNITS, "MIU", "AUC")
_BY_FOLD = {unit.casefold(): f"'{unit}'" for unit in _READ_UNITS}
_SPAN = re.compile(rf"({NUMBER})(?: to ({NUMBER}))? ([A-Za-z]+)")
_THOUSANDS = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"
_DECIMAL_COMMA = r"(?a)(?<![\d.,])(?![1-9]\d{0,2}[,\u00b7]\d{3}(?!\d))(\d+)[,\u00b7](\d+)(?![\d.,])"
_LONGEST_NUMBER = 28

MINUTES = {unit: size for unit, (kind, size) in SCALES.items() if kind == "time"}
"""Durations are counted in whole minutes, so that no schedule needs a unit library."""

CENTURY = 36_525 * MINUTES["days"]
"""A century, the longest duration [min]."""

_MILLION_IU = "'MIU' or 'million IU'"
_BY_CASE = {
    **dict.fromkeys(("MU", "MIE", "MUI"), _MILLION_IU),
    "ME": "'IU', or 'million IU' if the source means mega-units",
}
"""Spellings whose case matters: mU and mIU are thousandths and not millions."""

_LENGTHS = {"d": "days", "w": "weeks", "wk": "weeks", "h": "hours", "hr": "hours", "min": "minutes"}
_LENGTHS |= {unit[:-1]: unit for unit in MINUTES} | {"hourly": "hours", "weekly": "weeks"}
_SHORT_SPAN = rf"(?i)(?:q|every )?({NUMBER})(?: ?(?:-|\u2013|to) ?({NUMBER}))?[ -]?([a-z]+)"
_AMOUNT_RANGE = rf"({NUMBER}) ?(?:-|\u2013|to) ?({NUMBER})( .+)"
_OF_ANOTHER = r"(?i)% of |^(equal|same)\b"
_POWER = (
    r"(?<![0-9.,])([0-9]+(?:\.|,(?![0-9]{3}\D))?[0-9]*)"
    r"(?:[eE]\+?0?| ?[x\u00d7*] ?10(?:\^|(?=[1-9]\d? (?:[A-LN-Z]|cells|units))))([1-9]\d?)(?= )"
)
"""A number times a power of ten; before counted units, not mg, 106 may be 10^6 as in a PDF."""

_SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
_RAISED = {ord(sign): str(digit) for digit, sign in enumerate(_SUPERSCRIPTS)}
_CLEAR_SPELLINGS = (
    (r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))", "_"),
    (r"(?i)(?<=[0-9]) ?(?:mio|mln|mill(?:ion)?)\.? ", " million "),
    (r"(?<=[0-9]) ?M(?= IU)", " million"),
    (r"(?i)(?<= )international units?(?=/|$| per )", "IU"),
    (r" ?(?:\bper\b|/) ?(?=[A-Za-z0-9])", "/"),
    (r"(?i)/(?:24 ?h(?:ou)?r?s?|d)$", "/day"),
    (r"(?i)/h(?:(?:ou)?rs?)?$", "/hour"),
    (r"(?i)/sq\.? ?m(?=/|$)", "/m2"),
)
"""Replacements for spellings whose meaning is clear: `18 Mio IE`, `1 000 IU per kg`."""

_OTHER_SCALE = rf"(?i){NUMBER} (?:million )?(?!million )([a-z.]+ units)(?:/[a-z0-9]+)*"
_RADIATION = ("gy", "cgy", "mbq", "gbq", "kbq", "mci")
_WITHOUT_SPACE = r"^([0-9][0-9,._]*)(?![eE]\+?[0-9])(?=[A-Za-z\u00b5\u03bc])"
_MOST_AUC = 30
_AUC_FIRST = rf"(?i)AUC ?=? ?({NUMBER})"

_TAIL = re.compile(r"(?:/(kg|m2))?(?:/(day|hour))?")
"""What an amount may be per: body weight [kg] or surface area [m2], and a time."""

_BASIS_HELP = (
    "write /kg, /m2, /day, /kg/day or /m2/day; an infusion may have /hour instead of "
    "/day (60 times what is per minute)"
)

_UNITS = "'units', or 'IU' for a drug that is measured in IU"
_SPELLINGS = {
    "u": "'IU', or 'units' for a drug that is not measured in IU; the 1980s may mean 'Cetus units'",
    **dict.fromkeys(("iu", "ie", "ui", "i.u.", "i.e.", "u.i.", "international units"), "'IU'"),
    **dict.fromkeys(
        ("cu", "c.u."), "'Cetus units' in the amount of a dose, otherwise the amount in IU"
    ),
    **dict.fromkeys(("unit", "units"), _UNITS),
    **dict.fromkeys(("\u00b5g", "\u03bcg", "ug", "microgram", "micrograms", "mcgs"), "'mcg'"),
    **dict.fromkeys(("milligram", "milligrams"), "'mg'"),
    **dict.fromkeys(("gram", "grams", "gm", "gms"), "'g'"),
    **dict.fromkeys(("ml", "cc", "millilitre", "millilitres", "milliliter", "milliliters"), "'mL'"),
    **dict.fromkeys(("tablet", "tablets", "vial", "vials"), "what they contain, like '400 mg'"),
    "kiu": "'IU', and the number times 1_000",
    "cell": "'cells'",
}


class Span(NamedTuple):
    """A duration, or a range of durations, in whole minutes, and its text.

    Args:
        at_least: only the shortest is known; `longest` is then the same.
    """

    shortest: int
    longest: int
    text: str
    at_least: bool = False

    def overlaps(self, other: Span) -> bool:
        """Whether two durations, or ranges of durations, have a length in common."""
        return self.within(other, times=1)

    def within(self, other: Span, *, times: int) -> bool:
        """Whether neither, at its shortest, is more than `times` times the other at its longest."""
        return self.shortest <= times * other.longest and other.shortest <= times * self.longest


def number(text: str) -> Decimal:
    """Read a number in a file.

    Raises:
        NotAQuantity: anything but digits, `_` between groups of three and one decimal point.

    >>> number("72_000")
    Decimal('72000')
    """
    if not _NUMBER.fullmatch(text):
        raise NotAQuantity(text, f"is not a number; {_number_help(text)}")
    return _decimal(text)


def plain_number(text: str) -> Decimal:
    """Read a number on a command line: `70` or `70.5`, nothing else.

    Raises:
        NotAQuantity: signs, exponents, underscores, commas, other scripts' digits, NaN.
    """
    if not _PLAIN.fullmatch(text):
        corrected = pointed(text)
        form = corrected if _PLAIN.fullmatch(corrected) else "it like 70 or 70.5"
        raise NotAQuantity(text, f"is not a plain number; write {form}")
    return _decimal(text)


def pointed(text: str) -> str:
    """A text with commas and raised points turned into points if they can only be decimal ones.

    >>> pointed("70,5 kg"), pointed("1,500 kg")
    ('70.5 kg', '1,500 kg')
    """
    return re.sub(_DECIMAL_COMMA, r"\1.\2", text)


_AMOUNT_LIKE = "NUMBER UNIT or NUMBER UNIT/BASIS, like '5 mg' or '72_000 IU/kg'"


def quantity(text: str, like: str = _AMOUNT_LIKE) -> Quantity:
    """Read an amount such as `72_000 IU/kg` or `12 million IU/m2`.

    Args:
        like: what to write instead of a text that is not even similar to an amount.

    Raises:
        NotAQuantity: with a correction.

    >>> quantity("12 million IU/m2")[:4]
    (Decimal('12000000'), 'IU', 'm2', False)
    """
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise NotAQuantity(text, f"is not an amount; {_amount_help(text, like)}")
    digits, million, unit, tail = match.groups()
    value = _decimal(digits)
    if million and unit == "MIU":
        raise NotAQuantity(text, f"says million twice; write '{digits} MIU{tail}'")
    if million and unit in AMOUNT_UNITS and unit not in COUNTED_UNITS:
        raise NotAQuantity(text, "says million for something that is not counted; write the number")
    if million or unit == "MIU":
        value = EXACT.multiply(value, MILLION)
    unit = "IU" if unit == "MIU" else unit
    if unit not in _READ_UNITS:
        raise NotAQuantity(text, f"has an unknown unit {unit!r}; {_unit_help(unit)}")
    if value == 0:
        raise NotAQuantity(text, "is nothing; an amount is more than 0")
    if (per := _TAIL.fullmatch(tail)) is None:
        raise NotAQuantity(text, f"has an unknown basis; {_correction(text) or _BASIS_HELP}")
    basis, time = per.groups()
    if unit == "AUC" and value > _MOST_AUC:
        raise NotAQuantity(text, f"is above {_MOST_AUC} AUC (assumed by il2calc); check it")
    if unit == "AUC" and tail:
        raise NotAQuantity(text, "is a target AUC, which has no basis; write it like '5 AUC'")
    return Quantity(value, unit, basis, per_day=time == "day", per_hour=time == "hour")


def span(text: str) -> Span:
    """Read a duration such as `8 hours` or `5 to 6 weeks`.

    Raises:
        NotAQuantity: months, years, unknown units, parts of a minute, a falling range.

    >>> span("5 to 6 weeks").longest // 1440
    42
    """
    match = _SPAN.fullmatch(text)
    if not match:
        raise NotAQuantity(text, f"is not a duration; {_short_span_help(text)}")
    first, second, unit = match.groups()
    if second is not None and _decimal(first) >= _decimal(second):
        raise NotAQuantity(text, "is not in rising order; write the shorter one first")
    is_singular = second is None and _decimal(first) == 1
    factor = MINUTES.get(unit) or MINUTES.get(f"{unit}s" if is_singular else "")
    if factor is None:
        raise NotAQuantity(text, f"has no unit of fixed length; {_span_help(first, second, unit)}")
    limits = [
        EXACT.multiply(_decimal(digits), Decimal(factor)) for digits in (first, second or first)
    ]
    if any(limit != int(limit) for limit in limits):
        raise NotAQuantity(text, "is not a whole number of minutes; write whole minutes")
    shortest, longest = int(limits[0]), int(limits[1])
    if longest > CENTURY:
        raise NotAQuantity(text, "is longer than a century; write a length below 5_218 weeks")
    return Span(shortest, longest, text)


def _decimal(digits: str) -> Decimal:
    value = Decimal(digits.replace("_", ""))
    if len(value.as_tuple().digits) > _LONGEST_NUMBER:
        raise NotAQuantity(digits, f"has more than the {_LONGEST_NUMBER} digits that are kept")
    return value


def _number_help(text: str, after: str = "") -> str:
    if re.fullmatch(_THOUSANDS, text):
        thousands = f"write '{text.replace(',', '')}{after}' or '{text.replace(',', '_')}{after}'"
        if text.count(",") > 1 or after.startswith(" IU"):
            return thousands
        as_decimal = plain(Decimal(text.replace(",", ".")))
        return f"{thousands}, or '{as_decimal}{after}' if the comma is a decimal sign"
    for corrected in (f"0{text}", text[:-1]):
        if text.strip("0123456789") == "." and _NUMBER.fullmatch(corrected):
            return f"write '{corrected}{after}'"
    if _NUMBER.fullmatch(corrected := pointed(text)):
        return f"write '{corrected}{after}', with a point for a decimal"
    if re.fullmatch(_THOUSANDS, corrected := text.replace(".", ",")) and text.count(".") > 1:
        return f"write '{corrected.replace(',', '_')}{after}'"
    return "write digits such as 12, 72_000 or 0.25, with a point for a decimal"


def _amount_help(text: str, like: str) -> str:
    if match := re.fullmatch(_AUC_FIRST, text):
        return f"write '{match[1]} AUC'"
    if advice := _correction(text) or _range_or_scale_help(text):
        return advice
    spaced = re.sub(_WITHOUT_SPACE, r"\1 ", text)
    if spaced != text and (advice := _correction(spaced)):
        return f"{advice}, with a space"
    head, _, tail = spaced.partition(" ")
    unit = tail.removeprefix("million ").split("/")[0]
    if tail and not _NUMBER.fullmatch(head):
        corrected = _corrected(f"1 {tail}")
        if corrected is None and " " not in unit:
            advice = _number_help(head).replace("write", "write the number as", 1)
            return f"{advice}; for {unit!r} {_unit_help(unit)}"
        return _number_help(head, (corrected or f"1 {tail}").removeprefix("1"))
    return _unit_help(unit) if right_spelling(unit) else f"write {like}"


def _correction(text: str) -> str | None:
    """What to write instead of an amount whose meaning is clear; None for others."""
    corrected = _corrected(text)
    return corrected and f"write '{corrected}'"


def _corrected(text: str) -> str | None:
    """An amount whose meaning is clear, in our notation; None for others."""
    corrected = re.sub(_POWER, _written_out, text.translate(_RAISED).replace("m^2", "m2"))
    for pattern, replacement in _CLEAR_SPELLINGS:
        corrected = re.sub(pattern, replacement, corrected)
    match = re.fullmatch(_LOOSE_QUANTITY, corrected)
    digits, million, unit, tail = match.groups() if match else ("",) * 4
    unit = unit if unit in _READ_UNITS else (_sole_unit(unit) or "")
    units = COUNTED_UNITS if million else _READ_UNITS
    is_clear = unit in units and _TAIL.fullmatch(tail.casefold())
    return f"{digits} {million or ''}{unit}{tail.casefold()}" if is_clear else None


def _written_out(power: re.Match[str]) -> str:
    """A number times a power of ten, written out; from a million on as millions."""
    value = Decimal(power[1].replace(",", ".")).scaleb(int(power[2]))
    if value >= MILLION:
        return f"{plain(value / MILLION)} million"
    return f"{value:,f}".replace(",", "_")


def _scale_help(text: str, unit: str) -> str:
    """What to write instead of an amount in a scale of activity that cannot be read here."""
    scale = next((name for name in ACTIVITY_SCALES if name.casefold() == unit.casefold()), None)
    if scale is None:
        return f"{unit} are a separate scale without a factor here; write IU"
    if unit != scale:
        return f"write {text.replace(unit, scale, 1)!r}"
    return f"{scale} are another scale; write the amount in IU ('il2calc drug NAME' says how)"


def _range_or_scale_help(text: str) -> str | None:
    """What to write for a range, a share of another amount, or another scale; else None."""
    if match := re.fullmatch(_AMOUNT_RANGE, text):
        ends = f"{{low: {match[1]}{match[3]}, high: {match[2]}{match[3]}}}"
        return f"write NUMBER UNIT; a range is that of two arms, {ends}"
    if match := re.fullmatch(_OTHER_SCALE, text):
        return _scale_help(text, match[1])
    if re.search(_OF_ANOTHER, text):
        return "write the resulting amount, like '600 mg/m2', and assume how it follows"
    return None


def right_spelling(unit: str) -> str | None:
    """The right spelling of a unit that is spelled otherwise elsewhere; None for other texts.

    >>> right_spelling("MU"), right_spelling("mU")
    ("'MIU' or 'million IU'", None)
    """
    spelling = _BY_CASE.get(unit) or _SPELLINGS.get(unit.casefold())
    return spelling if unit in (*_READ_UNITS, "mIU") else spelling or _BY_FOLD.get(unit.casefold())


def _sole_unit(unit: str) -> str | None:
    """The only unit that a spelling can mean: mcg for ug, MIU for MUI; None for U."""
    match = re.match(r"'(\w+)'(?:$| or 'million IU'$)", right_spelling(unit) or "")
    return match and match[1]


def _unit_help(unit: str) -> str:
    if unit.casefold() in _RADIATION:
        return "radiation is not supported: write 'amount: not stated', and say it in a finding"
    guess = right_spelling(unit)
    if guess is None and len(unit) >= len("cells"):  # short units are all near each other
        near = nearest_slip(unit, ("units", "cells"))
        guess = near and (right_spelling(near) or f"'{near}'")
    return f"write {guess}" if guess else f"known units: {', '.join(_READ_UNITS)}"


def _short_span_help(text: str) -> str:
    match = re.fullmatch(_SHORT_SPAN, pointed(text))
    advice = match and _span_correction(*match.groups())
    return advice or "write it like '8 hours' or '5 to 6 weeks'"


def _span_correction(first: str, second: str | None, unit: str) -> str | None:
    """What to write instead of a duration in another spelling; None if it is unclear or falls."""
    if second is not None and _decimal(first) >= _decimal(second):
        return None
    name = _LENGTHS.get(unit.casefold().removesuffix(".").removesuffix("s"))
    name = name.removesuffix("s") if name and (first, second) == ("1", None) else name
    return name and f"write '{first}{f' to {second}' if second else ''} {name}'"


def _span_help(first: str, second: str | None, unit: str) -> str:
    is_plural = (first, second) != ("1", None)
    if unit.startswith("month"):
        by_28, by_calendar = (_multiplied(first, second, days) for days in ("28", "30.4375"))
        more = f" for each, so '{by_28} days', or '{by_calendar} days' by the calendar"
        days = f"write '28 days'{more if is_plural else ''}"
        return f"a month has 28 to 31 days: {days} (or what the source means) and assume it"
    if unit.startswith("year"):
        more = f" for each, so '{_multiplied(first, second, '52')} weeks'" if is_plural else ""
        return f"a year has no fixed number of days: write '52 weeks'{more} and assume it"
    return _span_correction(first, second, unit) or "write minutes, hours, days or weeks"


def _multiplied(first: str, second: str | None, factor: str) -> str:
    """A number, or both ends of a range, times a factor, in whole numbers."""
    ends = (_decimal(end) * Decimal(factor) for end in (first, second) if end is not None)
    return " to ".join(plain(end.quantize(Decimal(1))) for end in ends)


def safe_text(text: str) -> str:
    """A file's text in the safe style if it is an amount, otherwise unchanged.

    >>> safe_text("72_000 IU/kg"), safe_text("7 days")
    ('72,000 units/kg', '7 days')
    """
    try:
        return safe_quantity(quantity(text))
    except NotAQuantity:
        return text
