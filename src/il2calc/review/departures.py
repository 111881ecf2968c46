"""How far an amount departs from the one that a file or a plan says: told as a factor."""

from __future__ import annotations

from decimal import Decimal

from il2calc.errors import NotAQuantity
from il2calc.model.regimen import Setting
from il2calc.units import EXACT, alike, convert, quantity, short

NOTABLE_FACTOR = Decimal(2)
"""From this factor on a departure is told as a factor, for no rounding and few reductions in use
come to it, and every slip of a digit or a unit does: our own assumption."""


def factor_in_words(value: Decimal, reference: Decimal) -> str | None:
    """How many times a reference a value is, or what part of it; None where it is near it.

    >>> factor_in_words(Decimal(504), Decimal("50.4")), factor_in_words(Decimal(1), Decimal(8))
    ('10 times', '1/8 of')
    """
    if value >= reference * NOTABLE_FACTOR:
        return f"{short(EXACT.divide(value, reference), 3)} times"
    if value * NOTABLE_FACTOR <= reference:
        return f"1/{short(EXACT.divide(reference, value), 3)} of"
    return None


def of_setting(setting: Setting) -> str | None:
    """The factor by which an amount was read otherwise; None where it is near, or is no amount."""
    try:
        was, now = quantity(setting.was or ""), quantity(setting.now)
    except NotAQuantity:
        return None
    if not alike(was.unit, now.unit) or was.tail() != now.tail():
        return None
    return factor_in_words(convert(now.value, now.unit, was.unit), was.value)
