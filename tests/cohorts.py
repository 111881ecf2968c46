"""Cohorts for tests: regimens, patients, and what one patient's schedule says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from il2calc import load_regimen
from il2calc.cohort import expansion
from il2calc.cohort.expansion import CohortOptions, Plan
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen
from il2calc.plan import schedule
from il2calc.plan.dosing import Bound
from il2calc.plan.schedule import Schedule

FIELDS = {"WT": "weight", "HT": "height", "BSA": "surface_area", "GFR": "gfr", "SEX": "sex"}

HEAD = """
regimen: examplumab
title: Amounts of every kind
for: tests
version: 1
read_on: 2026-11-22
source: own
sources: {own: {cite: made for tests, read: full text}}
findings: []
blocks:
  - block: cycle
    repeat: {times: 2, every: 21 days}
    doses:
"""


def regimen(folder: Path, *doses: str, head: str = "") -> Regimen:
    """A regimen of these doses; of examplumab, by infusion, where they do not say."""
    with_drug = (dose if "drug:" in dose else f"drug: examplumab, {dose}" for dose in doses)
    routed = (dose if "route:" in dose else f"route: IV infusion, {dose}" for dose in with_drug)
    path = folder / "examplumab.yaml"
    lines = "".join(f"      - {{{dose}}}\n" for dose in routed)
    path.write_text(HEAD.replace("\nblocks:", f"\n{head}\nblocks:") + lines, "utf-8")
    return load_regimen(str(path))


def batch(people: Iterable[Mapping[str, str | None]]) -> pa.RecordBatch:
    """Patients as columns of text, numbered from 1 where they have no ID."""
    rows = [{"ID": str(number), **person} for number, person in enumerate(people, 1)]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return pa.RecordBatch.from_pydict(columns)


def planned(regimen: Regimen, arms: Sequence[str | None] = (None,), **named: Any) -> Plan:
    """A plan of a cohort; what is not named is as for one patient."""
    rules = {name: named.pop(name) for name in ("default", "by_row", "body") if name in named}
    return expansion.plan(regimen, CohortOptions(tuple(arms), **named), **rules)


def amounts_of(rows: pa.RecordBatch) -> list[Decimal]:
    """The amounts, as they were written."""
    return [value.as_py() for value in rows.column("AMT")]


def kept(value: Decimal | None) -> Decimal:
    """An amount with as many decimals as a cohort keeps, halves rounded up."""
    assert value is not None, "it is stated"
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def alone(
    regimen: Regimen,
    person: Mapping[str, str | None],
    arm: str | None = None,
    percents: Mapping[str, Decimal] | None = None,
    bounds: Mapping[str, Bound] | None = None,
    **body: Any,
) -> Schedule:
    """The schedule of one of the patients, made as for one patient."""
    given: dict[str, Any] = {
        FIELDS[name]: text if name == "SEX" else Decimal(text)
        for name, text in person.items()
        if name in FIELDS and text is not None
    }
    return schedule.make(
        regimen, Patient(**given, **body), arm=arm, percents=percents, bounds=bounds
    )
