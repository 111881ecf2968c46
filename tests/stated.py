"""Amounts of which a test knows that the file states them."""

from __future__ import annotations

from decimal import Decimal

from il2calc.model.regimen import Dose
from il2calc.plan.administration import Administration
from il2calc.units import Quantity


def amount_of(dose: Dose, arm: str | None = None) -> Quantity:
    """The amount of a dose in an arm."""
    amount = dose.amount(arm)
    assert isinstance(amount, Quantity)
    return amount


def value_of(row: Administration) -> Decimal:
    """How much of a row is given, in its unit."""
    assert row.dosed.value is not None
    return row.dosed.value
