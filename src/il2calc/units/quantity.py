"""What a quantity is: a decimal number and a unit of a closed list."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

EXACT = Context(prec=28, rounding=ROUND_HALF_UP)
"""The arithmetic of every dose: 28 digits, halves rounded up."""

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

BASES = ("kg", "m2")
"""What an amount may be given per: body weight [kg] or body surface area [m2]."""


class Quantity(NamedTuple):
    """A number of a unit, perhaps per kg or per m2 of the patient, perhaps per day.

    Args:
        value: the number, never a float.
        unit: one of `AMOUNT_UNITS`, or `AUC` (target area under the curve [mg/mL min]).
        basis: `kg`, `m2` or None for a flat amount.
        per_day: True where the amount is divided over the day's administrations.
    """

    value: Decimal
    unit: str
    basis: str | None = None
    per_day: bool = False
