"""Quantity to text: for people in the safe style, for machines in UCUM.

The safe style follows the ISMP list of error-prone abbreviations: `units`, never IU or U; `mcg`;
a leading zero, no trailing zero; a space before the unit; commas in thousands or the word million.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from il2calc.errors import NotAQuantity
from il2calc.units.parse import quantity
from il2calc.units.quantity import COUNTED_UNITS, EXACT, UCUM, Quantity

_MILLION = Decimal(1_000_000)


def plain(value: Decimal) -> str:
    """Every digit of a number, without exponent, trailing zeros or commas.

    >>> plain(Decimal("2.50E+1"))
    '25'
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: Decimal) -> str:
    """Every digit of a number, with commas in thousands.

    >>> exact(Decimal(5040000))
    '5,040,000'
    """
    whole, point, part = plain(value).partition(".")
    return f"{int(whole):,}{point}{part}"


def short(value: Decimal, figures: int = 4) -> str:
    """A number to so many significant figures, halves rounded up, commas in thousands.

    >>> short(Decimal("145.4494"))
    '145.4'
    """
    return exact(rounded(value, figures))


def rounded(value: Decimal, figures: int) -> Decimal:
    """A number to so many significant figures, halves rounded up."""
    if value == 0:
        return value
    step = Decimal(1).scaleb(value.adjusted() - figures + 1)
    with localcontext(EXACT):
        return value.quantize(step, rounding=ROUND_HALF_UP)


def safe(value: Decimal, unit: str, *, full: bool = False) -> str:
    """An amount as a person should read it; all its digits if `full`.

    >>> safe(Decimal(5040000), "IU")
    '5.04 million units'
    """
    if full:
        return f"{exact(value)} {_word(value, unit)}"
    shown = short(value)
    if unit in COUNTED_UNITS and len(shown) >= len("1,000,000") and "." not in shown:
        return f"{short(EXACT.divide(value, _MILLION))} million {_word(value, unit)}"
    return f"{shown} {_word(value, unit)}"


def safe_quantity(amount: Quantity, *, full: bool = True) -> str:
    """A prescribed amount with its basis, as a person should read it.

    >>> from il2calc.units.parse import quantity
    >>> safe_quantity(quantity("72_000 IU/kg"))
    '72,000 units/kg'
    """
    million = amount.unit in COUNTED_UNITS and amount.value >= _MILLION
    value = EXACT.divide(amount.value, _MILLION) if million else amount.value
    number = exact(value) if full else short(value)
    text = f"{number} {'million ' if million else ''}{_word(amount.value, amount.unit)}"
    return text + (f"/{amount.basis}" if amount.basis else "") + ("/day" if amount.per_day else "")


def safe_text(text: str) -> str:
    """A file's text in the safe style where it is an amount, unchanged where it is not.

    >>> safe_text("72_000 IU/kg"), safe_text("7 days")
    ('72,000 units/kg', '7 days')
    """
    try:
        return safe_quantity(quantity(text))
    except NotAQuantity:
        return text


def ucum(unit: str) -> str:
    """The UCUM code of a unit of the closed list.

    >>> ucum("IU")
    '[iU]'
    """
    return UCUM[unit]


def _word(value: Decimal, unit: str) -> str:
    word = "units" if unit == "IU" else unit
    return word[:-1] if value == 1 and word in ("units", "cells") else word
