"""One unit to another: pint decides what may be converted and by how much.

pint is loaded at the first conversion and not before: most schedules never meet two units.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING

from il2calc.errors import NotAQuantity
from il2calc.units.quantity import EXACT

if TYPE_CHECKING:
    from pint import UnitRegistry

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


@cache
def _registry() -> UnitRegistry[Decimal]:
    from pint import UnitRegistry

    with localcontext(EXACT):  # pint computes its factors here and keeps them
        registry: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
        registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """How many `to` a value of `unit` is.

    Raises:
        NotAQuantity: the two units measure different things (IU and mg, say).

    >>> convert(Decimal(154), "lb", "kg")
    Decimal('69.85322498')
    """
    if unit == to:
        return value
    registry = _registry()
    if not same_dimension(unit, to):
        raise NotAQuantity(unit, f"cannot be converted to {to!r}: they measure different things")
    with localcontext(EXACT):
        source, target = registry.Unit(unit), registry.Unit(to)
        result: Decimal = registry.Quantity(value, source).to(target).magnitude
    return result


def same_dimension(unit: str, other: str) -> bool:
    """Whether amounts in the two units may be compared and added.

    >>> same_dimension("mg", "IU")
    False
    """
    if unit == other:
        return True
    with localcontext(EXACT):
        return _registry().Unit(unit).is_compatible_with(_registry().Unit(other))
