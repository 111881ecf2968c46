"""One dose to make up, of a drug that ships or of an invented one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from il2calc import Patient, make_schedule
from il2calc.language import monograph
from il2calc.model.drug import Bag, Drug, Fact, Preparation, Product
from il2calc.pharmacy.preparation import Prepared, prepare
from il2calc.plan.schedule import Schedule
from il2calc.units import quantity
from written import regimen as written

D = Decimal
SOURCES = ("label",)


def sheet(
    schedule: Schedule, chosen: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[Prepared, ...]:
    """Every distinct dose of a schedule by the monographs at hand."""
    drugs = schedule.regimen.drugs(schedule.arm)
    return prepare(schedule, {name: monograph(name, folder) for name in drugs}, chosen)


def given(
    amount: str, route: str = "IV infusion", drug: str = "aldesleukin", more: str = "", kg: int = 70
) -> Schedule:
    """One dose of one drug for somebody of 70 kg and 1.8 m2."""
    line = f"{{drug: {drug}, amount: {amount}, route: {route}, day: 1{more}}}"
    patient = Patient(weight=D(kg), surface_area=D("1.8"))
    return make_schedule(written(f"doses: [{line}]"), patient)


def made_up(
    amount: str,
    route: str = "IV infusion",
    drug: str = "aldesleukin",
    more: str = "",
    chosen: str | None = None,
) -> Prepared:
    """That one dose, made up."""
    schedule = given(amount, route, drug, more)
    (prepared,) = sheet(schedule, None if chosen is None else {drug: chosen})
    return prepared


def examplumab(
    amount: str,
    *bags: Bag,
    window: str | None = None,
    products: tuple[Product, ...] | None = None,
    route: str = "IV infusion",
    below: Fact | None = None,
) -> Prepared:
    """One dose of an invented drug of 10 mg/mL, made up by a preparation of these bags."""
    low, _, high = (window or "").partition(" to ")
    infusion = Preparation(
        name="infusion",
        routes=("IV infusion",),
        stands_in_for=(),
        sources=SOURCES,
        bags=bags,
        window=(quantity(f"{low} mg"), quantity(f"{high} mg")) if window else None,
        below=below,
    )
    vial = Product("vial", "vial", quantity("100 mg"), SOURCES, concentration=quantity("10 mg"))
    drug = Drug(
        "examplumab",
        (),
        1,
        "2026-11-22",
        {},
        products=(vial,) if products is None else products,
        preparations=(infusion,),
    )
    (prepared,) = prepare(given(amount, route, "examplumab"), {"examplumab": drug})
    return prepared
