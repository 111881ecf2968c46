"""What a trial's pharmacy asks before it begins: what a cohort is given in all, and its vials.

Doses are counted by their first 4 significant figures, so that quantiles of any number of patients
take little memory; totals are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from il2calc.cohort.amounts import SCALE, Amount
from il2calc.cohort.expansion import Plan
from il2calc.cohort.people import People
from il2calc.model.patient import Patient
from il2calc.units import exact, safe

FIGURES = 4
QUANTILES = (5, 25, 50, 75, 95)
_ONE = 10**SCALE


class Vial(NamedTuple):
    """The vial that doses of a drug are counted in, and what it gives, in the unit of the drug."""

    product: str
    gives: Decimal


class Screen(NamedTuple):
    """How cautions about bodies are counted.

    Args:
        always: code of a caution of the plan alone, by arm.
        limits: measure -> lowest and highest that need no second look.
        codes: of the cautions about one body.
    """

    always: Mapping[str | None, tuple[str, ...]]
    limits: Mapping[str, tuple[Decimal, Decimal]]
    codes: Callable[[Patient], Iterable[str]]


class Of(NamedTuple):
    """What is counted of one drug, amounts in 10^-6 of its unit."""

    unit: str
    sums: Counter[str]
    doses: Counter[int]
    totals: Counter[int]
    vials: Counter[int]


class Tally:
    """Counts cautions, and what is given where that is asked for, batch by batch.

    Args:
        vials: by drug, where its monograph knows one that gives the unit of the dose; None = only
            cautions are counted.
        screen: how cautions are counted.
    """

    def __init__(self, vials: Mapping[str, Vial] | None, screen: Screen) -> None:
        self.vials, self.screen, self.is_summed = vials or {}, screen, vials is not None
        self.drugs: dict[str, Of] = {}
        self.cautions: Counter[str] = Counter()
        self.patients = 0

    def add(
        self, plan: Plan, people: People, given: Sequence[tuple[np.ndarray, tuple[Amount, ...]]]
    ) -> None:
        """Count a batch."""
        self.patients += len(people.ids)
        self._screen(people)
        for layout, (here, reckoned) in zip(plan.layouts, given, strict=True):
            self.cautions.update(
                {code: len(here) for code in self.screen.always.get(layout.recipes[0].arm, ())}
            )
            if not self.is_summed:
                continue
            of_drug: dict[str, list[tuple[Amount, int]]] = {}
            for place, (recipe, amount) in enumerate(zip(layout.recipes, reckoned, strict=True)):
                count = int(layout.doses[layout.which == place].sum())
                self.drugs.setdefault(
                    recipe.dose.drug,
                    Of(recipe.unit, Counter(), Counter(), Counter(), Counter()),
                )
                of_drug.setdefault(recipe.dose.drug, []).append((amount, count))
            for drug, counted in of_drug.items():
                self._add(drug, counted, len(here))

    def _add(self, drug: str, counted: Sequence[tuple[Amount, int]], patients: int) -> None:
        found = self.drugs[drug]
        total = np.zeros(patients, dtype=object)
        vials = np.zeros(patients, dtype=np.int64)
        for amount, count in counted:
            total += amount.value.astype(object) * count
            found.sums["rows"] += patients * count
            found.sums["capped"] += int(amount.capped.sum()) * count
            found.sums["rounded"] += int(amount.rounded.sum()) * count
            for value, times in _counted(_figures(amount.value)):
                found.doses[value] += times * count
            if drug in self.vials:
                gives = int(self.vials[drug].gives * _ONE)
                vials += -(-amount.value // gives) * count
        found.sums["patients"] += patients
        found.sums["total"] += int(total.sum()) if patients else 0
        found.totals.update(dict(_counted(_figures(total.astype(np.float64)))))
        if drug in self.vials:
            found.vials.update(dict(_counted(vials)))

    def _screen(self, people: People) -> None:
        """Count the cautions about bodies; only those outside the limits are looked at."""
        inside = np.ones(len(people.ids), dtype=bool)
        measures = {
            name: np.where(values >= 0, values / 1e15, np.nan)
            for name, values in people.scaled.items()
        }
        if "HT" in measures and "WT" in measures:
            measures["BMI"] = measures["WT"] / (measures["HT"] / 100) ** 2
        for name, (low, high) in self.screen.limits.items():
            if name in measures:
                values = measures[name]
                empty = np.isnan(values) if name == "BMI" else people.empty(name)
                inside &= empty | (
                    (values > float(low) * (1 + 1e-9)) & (values < float(high) * (1 - 1e-9))
                )
        if "BSA" in people.cells:
            inside &= people.empty("BSA")
        for place in map(int, np.flatnonzero(~inside)):
            self.cautions.update(set(self.screen.codes(people.patient(place))))

    def document(self) -> dict[str, Any]:
        """What was counted, as plain data; amounts in the unit of the drug."""
        return {
            "patients": self.patients,
            "drugs": [_told(drug, of, self.vials.get(drug)) for drug, of in self.drugs.items()],
            "cautions": dict(sorted(self.cautions.items())),
        }

    def lines(self) -> Iterable[str]:
        """The same in words."""
        yield f"{self.patients:,} virtual patients, not a prescription"
        for drug, of in self.drugs.items():
            told = _told(drug, of, self.vials.get(drug))
            yield f"{drug}: {told['patients']:,} patients, {told['rows']:,} doses"
            yield f"  in all {exact(told['total'])} {of.unit}"
            for label, key in (("a dose", "dose"), ("a patient", "total_per_patient")):
                marks = ", ".join(
                    f"{name} {safe(value, of.unit)}" for name, value in told[key].items()
                )
                yield f"  {label} ({FIGURES} significant figures): {marks}"
            shares = (
                f"{told[what]:,} of {told['rows']:,} {what}" for what in ("capped", "rounded")
            )
            yield f"  doses: {', '.join(shares)}"
            if (vials := told.get("vials")) is not None:
                low, high = vials["per_patient"]["p5"], vials["per_patient"]["p95"]
                yield (
                    f"  {vials['total']:,} x {vials['product']}, each dose its own; "
                    f"{low:,} to {high:,} a patient (5 to 95 %)"
                )
        yield from self.cautioned()

    def cautioned(self) -> Iterable[str]:
        """Each caution by its code, with the count of the patients that it is of."""
        for code, count in sorted((+self.cautions).items()):  # those of nobody left out
            yield f"caution {code}: {count:,} patient{'s' if count > 1 else ''}"


def _told(drug: str, of: Of, vial: Vial | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "drug": drug,
        "unit": of.unit,
        "patients": of.sums["patients"],
        "rows": of.sums["rows"],
        "total": Decimal(of.sums["total"]).scaleb(-SCALE),
        "dose": _marks(of.doses),
        "total_per_patient": _marks(of.totals),
        "capped": of.sums["capped"],
        "rounded": of.sums["rounded"],
    }
    if vial is not None:
        per = {name: int(value * _ONE) for name, value in _marks(of.vials).items()}
        total = sum(count * times for count, times in of.vials.items())
        told["vials"] = {"product": vial.product, "total": total, "per_patient": per}
    return told


def _marks(counts: Counter[int]) -> dict[str, Decimal]:
    """Quantiles: the least value that so many of a hundred do not pass."""
    found: dict[str, Decimal] = {}
    every = sum(counts.values())
    passed = 0
    waiting = list(QUANTILES)
    for value in sorted(counts):
        passed += counts[value]
        while waiting and passed * 100 >= waiting[0] * every:
            found[f"p{waiting.pop(0)}"] = Decimal(value).scaleb(-SCALE)
    return found


def _counted(values: np.ndarray) -> Iterable[tuple[int, int]]:
    distinct, counts = np.unique(values, return_counts=True)
    return zip(map(int, distinct), map(int, counts), strict=True)


def _figures(values: np.ndarray) -> np.ndarray:
    """Numbers above 0 to so many significant figures."""
    numbers = values.astype(np.float64)
    step = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(numbers, 1))) - FIGURES + 1, 0)
    found: np.ndarray = np.floor(numbers / step + 0.5) * step
    return found
