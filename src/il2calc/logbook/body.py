"""What a course log says of a patient's body: measures that a human body can have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from il2calc.logbook.fields import measure, one_of
from il2calc.patient import FORMULA_NAMES, Patient


def weight(value: Any) -> Decimal:
    """Body weight [kg].

    Raises:
        ValueError: it is no weight; so for every function here.
        ImplausibleInput: no body weighs that.
    """
    found = measure(value, "kg", "lb")
    Patient(weight=found)
    return found


def height(value: Any) -> Decimal:
    """Height [cm]."""
    found = measure(value, "cm", "m", "in")
    Patient(height=found)
    return found


def surface_area(value: Any) -> Decimal:
    """Body surface area [m2] as it was measured."""
    found = measure(value, "m2")
    Patient(surface_area=found)
    return found


def surface_cap(value: Any) -> Decimal:
    """The most that the body surface area counts for [m2]."""
    found = measure(value, "m2")
    Patient(surface_cap=found)
    return found


def gfr(value: Any) -> Decimal:
    """Glomerular filtration rate [mL/min]."""
    found = measure(value, "mL/min")
    Patient(gfr=found)
    return found


def formula(value: Any) -> str:
    """Name of the formula for the body surface area."""
    return one_of(value, FORMULA_NAMES)


def sex(value: Any) -> str:
    """The sex that a formula needs."""
    return one_of(value, ("female", "male"))
