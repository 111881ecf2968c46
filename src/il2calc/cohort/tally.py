"""Totals of a cohort, for the pharmacy of a trial: doses, amounts, vials and cautions.

Doses are rounded to 4 significant figures and counted, so that quantiles of any number of patients
take little memory; totals are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from il2calc.cohort.amounts import SCALE, Amount
from il2calc.cohort.expansion import ArmRows, ByArm, Plan
from il2calc.cohort.patients import DIGITS
from il2calc.cohort.people import People
from il2calc.errors import how_many
from il2calc.model.drug import Drug
from il2calc.model.patient import Patient
from il2calc.model.regimen import Dose
from il2calc.pharmacy.preparation import bags_of
from il2calc.pharmacy.rounding import diluted, whole
from il2calc.units import RELIABLE, exact, safe

FIGURES = 4
QUANTILES = (5, 25, 50, 75, 95)
_UNIT = 10**SCALE
MAX_BODIES = 1000
"""With more different patients than this, cautions that only some plans have are not counted."""


class Vial(NamedTuple):
    """The vial that doses of a drug are counted in, and its content in the unit of the drug."""

    product: str
    gives: Decimal
    unit: str
    monograph: Drug

    def number(self, amount: np.ndarray, dose: Dose) -> np.ndarray:
        """How many vials each patient's dose takes, bag by bag; amounts in 10^-6 of the unit."""
        minutes, dilution = bags_of(self.monograph, dose)
        gives = int(RELIABLE.plus(self.gives) * _UNIT)
        parts = [amount] * len(minutes)
        if minutes[1:]:  # rounded to 10^-6 like a dose, in whole numbers of any size
            double, span = amount.astype(object) * 2, sum(minutes)
            parts = [(double * part + span) // 2 // span for part in minutes]
        vials: np.ndarray = np.sum([-(-part // gives) for part in parts], axis=0)
        if dilution is not None:
            up_to, taken = diluted(dilution, self.monograph, self.unit)
            for_dilutions = len(parts) * whole(taken, self.gives)
            vials = np.where(parts[0] <= int(up_to * _UNIT), for_dilutions, vials)
        return vials.astype(np.int64)


class Screen(NamedTuple):
    """The functions and limits by which cautions are counted.

    Args:
        of_plan: codes of the cautions about the plan of an arm for one patient (None = a typical
            one), without those about body measures; None if there is no plan for the patient.
        limits: measure -> lowest and highest value that needs no check of the patient.
        codes: codes of the cautions about the body measures of one patient of an arm.
        of_rows: by arm, cautions about what the rows of the table cannot show.
    """

    of_plan: Callable[[str | None, Patient | None], set[str] | None]
    limits: Mapping[str, tuple[Decimal, Decimal]]
    codes: Callable[[str | None, Patient], Iterable[str]]
    of_rows: Mapping[str | None, Iterable[str]] = {}


class Counts(NamedTuple):
    """The counts of one drug; amounts are in 10^-6 of its unit.

    Args:
        sums: by name, numbers of doses and patients, and sums of amounts.
        doses: rounded amount -> number of doses.
        totals: rounded total of a patient -> number of patients; so `vials`, not rounded.
    """

    unit: str
    sums: Counter[str]
    doses: Counter[int]
    totals: Counter[int]
    vials: Counter[int]


class Tally:
    """Counts cautions and, if wanted, doses and vials, batch by batch.

    Args:
        vials: by drug, if one converts to the unit of the dose; None = only cautions.
    """

    def __init__(self, vials: Mapping[str, Vial] | None, screen: Screen) -> None:
        self.vials, self.screen, self.is_summed = vials or {}, screen, vials is not None
        self.drugs: dict[str, Counts] = {}
        self.cautions: Counter[str] = Counter()
        self.arm_patients: Counter[str | None] = Counter()
        self.bodies: Counter[tuple[str | None, Patient]] = Counter()
        self.extremes: dict[tuple[str, int], tuple[float, Patient]] = {}
        self.nonlinear = False
        self.patients = 0

    def add(self, plan: Plan, people: People, by_arm: ByArm) -> None:
        """Count a batch."""
        self.patients += len(people.ids)
        self._screen(people)
        self.nonlinear = self.nonlinear or _is_nonlinear(plan)
        for arm_rows, (indices, amounts) in zip(plan.arms, by_arm, strict=True):
            self._keep_bodies(people, arm_rows.recipes[0].arm, indices)
            if self.nonlinear:
                self._keep_extreme_amounts(people, indices, amounts)
            if self.is_summed:
                self._add_doses(arm_rows, amounts, len(indices))

    def _add_doses(self, arm_rows: ArmRows, amounts: Sequence[Amount], patients: int) -> None:
        """Count the doses of the patients of an arm, and the total and the vials of each."""
        totals, vials = dict[str, np.ndarray](), dict[str, np.ndarray]()
        for index, (recipe, amount) in enumerate(zip(arm_rows.recipes, amounts, strict=True)):
            drug, mask = recipe.dose.drug, arm_rows.recipe_index == index
            count = int(arm_rows.doses[mask].sum())
            conditional = int(arm_rows.doses[mask & arm_rows.conditional].sum())
            none = Counts(recipe.unit, Counter(), Counter(), Counter(), Counter())
            counts, values = self.drugs.setdefault(drug, none), amount.value.astype(object)
            counts.sums["rows"] += patients * count
            counts.sums["at_most"] += patients * int(arm_rows.doses[mask & arm_rows.at_most].sum())
            counts.sums["conditional"] += int(values.sum()) * conditional if conditional else 0
            counts.sums["capped"] += int(amount.capped.sum()) * count
            counts.sums["rounded"] += int(amount.rounded.sum()) * count
            for value, times in _value_counts(_rounded(amount.value)):
                counts.doses[value] += times * count
            totals[drug] = totals.get(drug, 0) + values * count
            if drug in self.vials:
                number = self.vials[drug].number(amount.value, recipe.dose)
                vials[drug] = vials.get(drug, 0) + number * count
        for drug, total in totals.items():
            counts = self.drugs[drug]
            counts.sums["patients"] += patients
            counts.sums["total"] += int(total.sum())
            counts.totals.update(dict(_value_counts(_rounded(total))))
        for drug, number in vials.items():
            self.drugs[drug].vials.update(dict(_value_counts(number)))

    def _screen(self, people: People) -> None:
        """Count cautions about measures; checks only patients with a BSA, or beyond a limit."""
        unremarkable = np.ones(len(people.ids), dtype=bool)
        measures = {
            name: np.where(values >= 0, values / 10**DIGITS, np.nan)
            for name, values in people.scaled.items()
        }
        if "HT" in measures and "WT" in measures:
            measures["BMI"] = measures["WT"] / (measures["HT"] / 100) ** 2
            measures["leanness"] = measures["HT"] / measures["WT"]
            measures["size"] = measures["HT"] * measures["WT"]
        self._keep_extremes(people, measures)
        for name, (low, high) in self.screen.limits.items():
            if name in measures:
                values = measures[name]
                empty = np.isnan(values) if name == "BMI" else people.empty(name)
                unremarkable &= empty | (
                    (values > float(low) * (1 + 1e-9)) & (values < float(high) * (1 - 1e-9))
                )
        if "BSA" in people.cells:
            unremarkable &= people.empty("BSA")
        for index in map(int, np.flatnonzero(~unremarkable)):
            arm = people.arm_names[people.arms[index]]
            self.cautions.update(set(self.screen.codes(arm, people.patient(index))))

    def _keep_bodies(self, people: People, arm: str | None, indices: np.ndarray) -> None:
        """Keep every patient of an arm, as long as they are few enough to be checked one by one."""
        self.arm_patients[arm] += len(indices)
        for index in map(int, indices):
            if len(self.bodies) > MAX_BODIES:
                return
            self.bodies[arm, people.patient(index)] += 1

    def _keep_extremes(self, people: People, measures: Mapping[str, np.ndarray]) -> None:
        """Keep who has the extremes of each measure: if anybody passes a limit, they do."""
        for name, values in measures.items():
            if not np.isfinite(values).any():
                continue
            for sign in (1, -1):
                index = int(np.nanargmin(values * sign))
                value = float(values[index]) * sign
                if (name, sign) not in self.extremes or value < self.extremes[name, sign][0]:
                    self.extremes[name, sign] = value, people.patient(index)

    def _keep_extreme_amounts(
        self, people: People, indices: np.ndarray, amounts: Sequence[Amount]
    ) -> None:
        """Keep who gets the least and the most of each dose, absolutely and per body measure."""
        subset = people.subset(indices)
        for index, amount in enumerate(amounts):
            values = amount.value.astype(np.float64)
            measures = {f"{index}": values}
            for name in ("WT", "HT", "BSA"):
                if name in subset.scaled:
                    sizes = subset.scaled[name].astype(np.float64)
                    measures[f"{index}/{name}"] = values / np.where(sizes > 0, sizes, np.nan)
            self._keep_extremes(subset, measures)

    @cached_property
    def caution_counts(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """The number of patients by code of caution, and the codes of cautions without a number.

        The cautions about a plan are determined for the patients with the extremes of each measure.
        If they differ, each patient is checked, unless there are too many; then there is no number.
        With bands and rounding, a patient in between may get more for his or her size than those
        with extreme measures: so those with extreme doses, and all patients kept, are checked too.
        """
        counts, partial = Counter(self.cautions), set[str]()
        bodies = dict.fromkeys(body for _, body in self.extremes.values())
        if self.nonlinear:
            bodies |= dict.fromkeys(body for _, body in self.bodies)
        for arm, count in (+self.arm_patients).items():
            results = [self.screen.of_plan(arm, body) for body in bodies]
            known = [codes for codes in results if codes is not None]
            known = known or [self.screen.of_plan(arm, None) or set()]
            in_all = set[str].intersection(*known)
            if in_all == set[str].union(*known) or len(self.bodies) > MAX_BODIES:
                counts.update(dict.fromkeys(in_all, count))
                partial |= set[str].union(*known) - in_all
                continue
            for (body_arm, body), patients in self.bodies.items():
                codes = self.screen.of_plan(arm, body) if body_arm == arm else None
                counts.update(dict.fromkeys(codes or (), patients))
        counted = {code: counts[code] for code in sorted(+counts) if code not in partial}
        return counted, (*sorted(partial),)

    def document(self) -> dict[str, Any]:
        """The counts as plain data; amounts in the unit of the drug."""
        cautions, uncounted = self.caution_counts
        return {
            "patients": self.patients,
            "drugs": [
                _summary(drug, counts, self.vials.get(drug)) for drug, counts in self.drugs.items()
            ],
            "cautions": cautions,
            "cautions_not_counted": list(uncounted),
        }

    def lines(self) -> Iterable[str]:
        """The same in words."""
        yield f"{how_many(f'{self.patients:,}', 'virtual patient')}, not a prescription"
        for drug, counts in self.drugs.items():
            data = _summary(drug, counts, self.vials.get(drug))
            patients, doses = (f"{data[name]:,}" for name in ("patients", "rows"))
            yield f"{drug}: {how_many(patients, 'patient')}, {how_many(doses, 'dose')}"
            if not counts.doses:
                continue
            most, share = "at most " if data["at_most"] else "", ""
            if data["conditional"]:
                share = f", of which {exact(data['conditional'])} {counts.unit} on a condition"
            yield f"  in all {most}{exact(data['total'])} {counts.unit}{share}"
            for label, key in (("a dose", "dose"), ("a patient", "total_per_patient")):
                quantiles = ", ".join(
                    f"{name} {safe(value, counts.unit)}" for name, value in data[key].items()
                )
                yield f"  {label} ({FIGURES} significant figures): {quantiles}"
            parts = (f"{data[kind]:,} of {data['rows']:,} {kind}" for kind in ("capped", "rounded"))
            yield f"  doses: {', '.join(parts)}"
            if (vials := data.get("vials")) is not None:
                low, high = vials["per_patient"]["p5"], vials["per_patient"]["p95"]
                yield (
                    f"  {vials['total']:,} x {vials['product']}, separate vials for each dose; "
                    f"{low:,} to {high:,} a patient (5 to 95 %)"
                )
        yield from self.caution_lines()

    def caution_lines(self) -> Iterable[str]:
        """Each caution by its code, with the number of patients if known; then those about rows."""
        cautions, uncounted = self.caution_counts
        for code, count in cautions.items():
            yield f"caution {code}: {how_many(f'{count:,}', 'patient')}"
        for code in uncounted:
            yield f"caution {code}: some patients; it depends on the body and is not counted"
        for arm, lines in self.screen.of_rows.items():
            if self.arm_patients[arm]:
                yield from lines


def _is_nonlinear(plan: Plan) -> bool:
    """Whether amounts are in bands or rounded, and so not proportional to body measures."""
    return any(
        recipe.prescribed is None or recipe.bound is not None or recipe.dose.round is not None
        for recipe in plan.recipes()
    )


def _summary(drug: str, counts: Counts, vial: Vial | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "drug": drug,
        "unit": counts.unit,
        "patients": counts.sums["patients"],
        "rows": counts.sums["rows"],
        "total": Decimal(counts.sums["total"]).scaleb(-SCALE),
        "at_most": counts.sums["at_most"],
        "conditional": Decimal(counts.sums["conditional"]).scaleb(-SCALE),
        "dose": _quantiles(counts.doses),
        "total_per_patient": _quantiles(counts.totals),
        "capped": counts.sums["capped"],
        "rounded": counts.sums["rounded"],
    }
    if vial is not None:
        per_patient = {name: int(value * _UNIT) for name, value in _quantiles(counts.vials).items()}
        total = sum(count * times for count, times in counts.vials.items())
        data["vials"] = {"product": vial.product, "total": total, "per_patient": per_patient}
    return data


def _quantiles(counts: Counter[int]) -> dict[str, Decimal]:
    """Quantiles: for each percentage, the least value that as many do not exceed."""
    quantiles: dict[str, Decimal] = {}
    total = sum(counts.values())
    cumulative = 0
    remaining = list(QUANTILES)
    for value in sorted(counts):
        cumulative += counts[value]
        while remaining and cumulative * 100 >= remaining[0] * total:
            quantiles[f"p{remaining.pop(0)}"] = Decimal(value).scaleb(-SCALE)
    return quantiles


def _value_counts(values: np.ndarray) -> Iterable[tuple[int, int]]:
    distinct, counts = np.unique(values, return_counts=True)
    return zip(map(int, distinct), map(int, counts), strict=True)


def _rounded(values: np.ndarray) -> np.ndarray:
    """Positive numbers, rounded to `FIGURES` significant figures."""
    numbers = values.astype(np.float64)
    step = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(numbers, 1))) - FIGURES + 1, 0)
    rounded: np.ndarray = np.floor(numbers / step + 0.5) * step
    return rounded
