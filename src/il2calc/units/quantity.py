"""What a quantity is, a decimal number and a unit of a closed list; and one unit as another.

pint decides what may be converted and by how much. It is loaded at the first conversion that needs
it and not before. The scales of mass, volume and time stand in a table, which a test holds equal to
pint for every pair: those are the conversions that every preparation needs.
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
"""The arithmetic on the way to a dose: so many digits to spare that one rounding to those of
`EXACT` is the right one, though a body surface area of 4/3 m2 has no last digit."""

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
"""Units a drug may be measured in. MIU is read as `million IU`."""

COUNTED_UNITS = ("IU", "units", "cells")
"""Units that are counted, so that `million` may stand before them."""

ACTIVITY_SCALES = ("Cetus units", "Nutley units")
"""Older scales of activity, in which an amount of a regimen may be written: a drug's monograph
says what they are in IU."""

BASES = ("kg", "m2")
"""What an amount may be given per: body weight [kg] or body surface area [m2]."""


class Quantity(NamedTuple):
    """A number of a unit, perhaps per kg or per m2 of the patient, perhaps per day.

    Args:
        value: the number, never a float.
        unit: one of `AMOUNT_UNITS`, or `AUC` (target area under the curve [mg/mL min]).
        basis: `kg`, `m2` or None for a flat amount.
        per_day: True where the amount is that of a day: divided over its administrations, or
            given on each day of an infusion of several days.
        per_hour: True where it is given in each hour of an infusion.
        told: how it came of an amount in another scale of activity, in words; empty where it did
            not.
    """

    value: Decimal
    unit: str
    basis: str | None = None
    per_day: bool = False
    per_hour: bool = False
    told: str = ""

    def tail(self) -> str:
        """What an amount is per, as it is written behind its unit."""
        time = "/day" if self.per_day else "/hour" if self.per_hour else ""
        return (f"/{self.basis}" if self.basis else "") + time

    def given_in(self) -> str:
        """The unit in which a dose of this amount is measured: mg for a target AUC."""
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
"""Unit of the closed list -> what it measures, and how many of the smallest unit of that it is."""


@cache
def registry() -> UnitRegistry[Decimal]:
    """The units that pint knows here, and no others."""
    from pint import UnitRegistry

    with localcontext(EXACT):  # pint computes its factors here and keeps them
        made: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
        made.load_definitions(_DEFINITIONS.strip().splitlines())
    return made


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """How many `to` a value of `unit` is.

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
    pints = registry()
    with localcontext(EXACT):
        source, target = pints.Unit(unit), pints.Unit(to)
        result: object = pints.Quantity(value, source).to(target).magnitude
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
def alike(unit: str, other: str) -> bool:
    """Whether two units are one, or are both of amounts that may be compared and added.

    A target AUC is like nothing else.

    >>> alike("mg", "g"), alike("mg", "AUC")
    (True, False)
    """
    return unit == other or ({unit, other} <= {*AMOUNT_UNITS} and same_dimension(unit, other))
