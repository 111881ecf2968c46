"""Quantities: a decimal number with a unit of a closed list, how it is converted and written.

pint decides what may be converted and by how much. It is loaded by the first conversion that needs
it. The units of mass, volume, time and activity are also in a table, so that what every preparation
needs is converted without pint; a test compares every pair with pint.

For machines units are those of UCUM. For people they follow the ISMP list of error-prone
abbreviations: `units`, never IU or U; `mcg`; a leading zero, no trailing zero; a space before the
unit; commas in thousands or the word million.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from il2calc.errors import NotAQuantity

if TYPE_CHECKING:
    from pint import UnitRegistry

EXACT = Context(prec=28, rounding=ROUND_HALF_UP)
"""The arithmetic of every dose: 28 digits, halves rounded up."""

GUARDED = Context(prec=56, rounding=ROUND_HALF_UP)
"""The arithmetic of intermediate results. It has enough digits to spare that rounding once to those
of `EXACT` is correct, although a body surface area of 4/3 m2 has no last digit."""

RELIABLE = Context(prec=26, rounding=ROUND_HALF_UP)
"""The reliable digits of a product of quotients of 28 digits: 1.8 million, not 1.7999..., and
80 mg/m2, not 79.999..., where 106.666... mg are for 4/3 m2."""

UCUM = {
    "IU": "[iU]",
    "units": "{units}",
    "cells": "{cells}",
    "kg": "kg",
    "g": "g",
    "mg": "mg",
    "mcg": "ug",
    "mL": "mL",
    "m2": "m2",
    "cm": "cm",
    "day": "d",
}
"""Unit of the closed list -> its code in the Unified Code for Units of Measure (ucum.org)."""

AMOUNT_UNITS = ("IU", "units", "kg", "g", "mg", "mcg", "mL", "cells")
"""Units that a drug may be measured in. MIU is read as `million IU`."""

COUNTED_UNITS = ("IU", "units", "cells")
"""Units that are counted, so that `million` may come before them."""

ACTIVITY_SCALES = ("Cetus units", "Nutley units")
"""Older scales of activity that a regimen may use; a drug's monograph says what they are in IU."""


class Quantity(NamedTuple):
    """A number with a unit, perhaps per kg or per m2 of the patient, perhaps per day or hour.

    Args:
        value: the number, never a float.
        unit: one of `AMOUNT_UNITS`, or `AUC` (target area under the curve [mg/mL min]).
        basis: `kg`, `m2` or None for a flat amount.
        per_day: it is the amount of a day: divided over the day's administrations, or given on each
            day of an infusion of several days.
        per_hour: it is given in each hour of an infusion.
        conversion: its calculation from an older scale of activity, in words; empty for others.
    """

    value: Decimal
    unit: str
    basis: str | None = None
    per_day: bool = False
    per_hour: bool = False
    conversion: str = ""

    def tail(self) -> str:
        """What the amount is per, as written after its unit."""
        time = "/day" if self.per_day else "/hour" if self.per_hour else ""
        return (f"/{self.basis}" if self.basis else "") + time

    def given_in(self) -> str:
        """The unit of a dose of this amount: mg for a target AUC."""
        return "mg" if self.unit == "AUC" else self.unit


_DEFINITIONS = """
kilogram = [mass] = kg
g = 0.001 * kilogram
mg = 0.001 * g
mcg = 0.001 * mg
lb = 0.45359237 * kilogram
meter = [length] = m
cm = 0.01 * meter
inch = 2.54 * cm = in
m2 = meter ** 2
mL = cm ** 3
IU = [international_activity]
units = [activity]
cells = [cell_count]
minutes = [time]
hours = 60 * minutes
days = 24 * hours
weeks = 7 * days
"""
# The pound and the inch are exact by the international yard and pound agreement of 1959.


SCALES = {
    "kg": ("mass", 1_000_000_000),
    "g": ("mass", 1_000_000),
    "mg": ("mass", 1_000),
    "mcg": ("mass", 1),
    "mL": ("volume", 1),
    "weeks": ("time", 10_080),
    "days": ("time", 1_440),
    "hours": ("time", 60),
    "minutes": ("time", 1),
    "IU": ("international activity", 1),
    "units": ("activity", 1),
    "cells": ("cell count", 1),
}
"""Unit of the closed list -> what it measures, and its size in the smallest unit of that."""


@cache
def registry() -> UnitRegistry[Decimal]:
    """A registry of pint with the units of `_DEFINITIONS` and no others."""
    from pint import UnitRegistry

    with localcontext(EXACT):  # pint computes its factors here and keeps them
        units: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
        units.load_definitions(_DEFINITIONS.strip().splitlines())
    return units


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """Convert a value from one unit to another.

    Raises:
        NotAQuantity: the two units measure different things (IU and mg, say).

    >>> convert(Decimal(154), "lb", "kg")
    Decimal('69.85322498')
    """
    if unit == to:
        return value
    if not same_dimension(unit, to):
        raise NotAQuantity(unit, f"cannot be converted to {to!r}: they measure different things")
    if unit in SCALES and to in SCALES:
        (_, size), (_, other) = SCALES[unit], SCALES[to]
        if size >= other:  # each scale is a whole number of the next, so one step rounds at most
            return EXACT.multiply(value, Decimal(size // other))
        return EXACT.divide(value, Decimal(other // size))
    units = registry()
    with localcontext(EXACT):
        source, target = units.Unit(unit), units.Unit(to)
        result: object = units.Quantity(value, source).to(target).magnitude
    assert isinstance(result, Decimal)  # it always is, though pint 0.26 promises a float
    return result


def same_dimension(unit: str, other: str) -> bool:
    """Whether amounts in the two units may be compared and added.

    >>> same_dimension("mg", "IU")
    False
    """
    if unit == other:
        return True
    if unit in SCALES and other in SCALES:
        return SCALES[unit][0] == SCALES[other][0]
    with localcontext(EXACT):
        return registry().Unit(unit).is_compatible_with(registry().Unit(other))


@cache
def addable(unit: str, other: str) -> bool:
    """Whether two units are the same, or both are of amounts that may be compared and added.

    A target AUC cannot be compared with anything else.

    >>> addable("mg", "g"), addable("mg", "AUC")
    (True, False)
    """
    return unit == other or ({unit, other} <= {*AMOUNT_UNITS} and same_dimension(unit, other))


class AddedIn:
    """The units in which amounts are added: per drug, the first unit of each dimension."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, str], str] = {}

    def unit(self, drug: str, unit: str) -> str:
        """The unit to which a drug's amounts in this unit are converted."""
        if (drug, unit) not in self._units:
            similar = (
                other for name, other in self._units if name == drug and addable(unit, other)
            )
            self._units[drug, unit] = self._units.get((drug, next(similar, unit)), unit)
        return self._units[drug, unit]


MILLION = Decimal(1_000_000)


def plain(value: Decimal) -> str:
    """Every digit of a number, without exponent, trailing zeros or commas.

    >>> plain(Decimal("2.50E+1"))
    '25'
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def double(value: Decimal | float) -> str:
    """The shortest text of the double-precision number nearest to a number.

    >>> double(Decimal("146880000")), double(Decimal("1E+25"))
    ('146880000', '1E+25')
    """
    return repr(float(value)).removesuffix(".0").upper()


def exact(value: Decimal) -> str:
    """Every digit of a number, with commas in thousands.

    >>> exact(Decimal(5040000))
    '5,040,000'
    """
    whole, point, part = plain(value).partition(".")
    return f"{int(whole):,}{point}{part}"


def short(value: Decimal, figures: int = 4) -> str:
    """A number to `figures` significant figures, halves rounded up, with commas in thousands.

    >>> short(Decimal("145.4494"))
    '145.4'
    """
    return exact(rounded(value, figures))


def rounded(value: Decimal, figures: int) -> Decimal:
    """A number to `figures` significant figures, halves rounded up."""
    step = Decimal(1).scaleb(value.adjusted() - figures + 1)
    with localcontext(EXACT):
        return value.quantize(step, rounding=ROUND_HALF_UP)


def safe(value: Decimal, unit: str, *, full: bool = False) -> str:
    """An amount as people should read it; with all its digits if `full`.

    >>> safe(Decimal(5040000), "IU")
    '5.04 million units'
    """
    if full:
        return f"{exact(value)} {_word(value, unit)}"
    shown = short(value)
    if unit in COUNTED_UNITS and len(shown) >= len("1,000,000") and "." not in shown:
        return f"{short(EXACT.divide(value, MILLION))} million {_word(value, unit)}"
    return f"{shown} {_word(value, unit)}"


def safe_quantity(amount: Quantity, *, full: bool = True) -> str:
    """A prescribed amount with its basis, as people should read it.

    >>> from il2calc.units import quantity
    >>> safe_quantity(quantity("72_000 IU/kg"))
    '72,000 units/kg'
    """
    million = amount.unit in COUNTED_UNITS and amount.value >= MILLION
    value = EXACT.divide(amount.value, MILLION) if million else amount.value
    number = exact(value) if full else short(value)
    text = f"{number} {'million ' if million else ''}{_word(amount.value, amount.unit)}"
    return text + amount.tail()


def _word(value: Decimal, unit: str) -> str:
    word = "units" if unit == "IU" else unit
    return word[:-1] if value == 1 and word in ("units", "cells") else word
