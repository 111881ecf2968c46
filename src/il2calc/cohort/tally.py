"""What a trial's pharmacy asks before it begins: what a cohort is given in all, and its vials.

Doses are counted by their first 4 significant figures, so that quantiles of any number of patients
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
from il2calc.cohort.expansion import Given, Plan
from il2calc.cohort.people import People
from il2calc.errors import how_many
from il2calc.model.patient import Patient
from il2calc.units import exact, safe

FIGURES = 4
QUANTILES = (5, 25, 50, 75, 95)
_ONE = 10**SCALE
MOST_BODIES = 1000
"""Up to so many different bodies are looked at one by one, where a caution is of some of them."""


class Vial(NamedTuple):
    """The vial that doses of a drug are counted in, and what it gives, in the unit of the drug."""

    product: str
    gives: Decimal


class Screen(NamedTuple):
    """How cautions about bodies are counted.

    Args:
        of_plan: codes of the cautions about the plan of an arm for one body, those about the body
            itself left out; None where it has no plan. For no body: for a usual one.
        limits: measure -> lowest and highest that need no second look.
        codes: of the cautions about one body.
        of_rows: by arm, what no row of the table says, and whoever reads it must know.
    """

    of_plan: Callable[[str | None, Patient | None], set[str] | None]
    limits: Mapping[str, tuple[Decimal, Decimal]]
    codes: Callable[[Patient], Iterable[str]]
    of_rows: Mapping[str | None, Iterable[str]] = {}


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
        self.of_arm: Counter[str | None] = Counter()
        self.bodies: Counter[tuple[str | None, Patient]] = Counter()
        self.ends: dict[tuple[str, int], tuple[float, Patient]] = {}
        self.uneven = False
        self.patients = 0

    def add(self, plan: Plan, people: People, given: Given) -> None:
        """Count a batch."""
        self.patients += len(people.ids)
        self._screen(people)
        self.uneven = self.uneven or _is_uneven(plan)
        for layout, (here, reckoned) in zip(plan.layouts, given, strict=True):
            self._keep_bodies(people, layout.recipes[0].arm, here)
            if self.uneven:
                self._keep_ends_of_amounts(people, here, reckoned)
            if not self.is_summed:
                continue
            of_drug: dict[str, list[tuple[Amount, int]]] = {}
            for place, (recipe, amount) in enumerate(zip(layout.recipes, reckoned, strict=True)):
                own = layout.recipe_index == place
                count = int(layout.doses[own].sum())
                self.drugs.setdefault(
                    recipe.dose.drug, Of(recipe.unit, Counter(), Counter(), Counter(), Counter())
                )
                of_drug.setdefault(recipe.dose.drug, []).append((amount, count))
                sums = self.drugs[recipe.dose.drug].sums
                sums["at_most"] += len(here) * int(layout.doses[own & layout.at_most].sum())
                conditional = int(layout.doses[own & layout.conditional].sum())
                if conditional:
                    sums["conditional"] += int(amount.value.astype(object).sum()) * conditional
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
            measures["leanness"] = measures["HT"] / measures["WT"]
            measures["size"] = measures["HT"] * measures["WT"]
        self._keep_ends(people, measures)
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

    def _keep_bodies(self, people: People, arm: str | None, here: np.ndarray) -> None:
        """Keep every body of an arm, as long as they are few enough to be looked at one by one."""
        self.of_arm[arm] += len(here)
        for place in map(int, here if len(self.bodies) <= MOST_BODIES else ()):
            self.bodies[arm, people.patient(place)] += 1
            if len(self.bodies) > MOST_BODIES:
                return

    def _keep_ends(self, people: People, measures: Mapping[str, np.ndarray]) -> None:
        """Keep who has the least and the most of each measure: whatever passes a limit, they do."""
        for name, values in measures.items():
            for sign in (1, -1) if np.isfinite(values).any() else ():
                place = int(np.nanargmin(values * sign))
                value = float(values[place]) * sign
                if (name, sign) not in self.ends or value < self.ends[name, sign][0]:
                    self.ends[name, sign] = value, people.patient(place)

    def _keep_ends_of_amounts(
        self, people: People, here: np.ndarray, reckoned: Sequence[Amount]
    ) -> None:
        """Keep who gets the least and the most of each dose, in all and by body measure."""
        own = people.subset(here)
        for place, amount in enumerate(reckoned):
            values = amount.value.astype(np.float64)
            measures = {f"{place}": values}
            for name in ("WT", "HT", "BSA"):
                if name in own.scaled:
                    sizes = own.scaled[name].astype(np.float64)
                    measures[f"{place}/{name}"] = values / np.where(sizes > 0, sizes, np.nan)
            self._keep_ends(own, measures)

    @cached_property
    def counted(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """Patients by the code of a caution, and codes of some of whom nobody knows how many.

        What a plan is cautioned for is looked at with the bodies at the ends of each measure, and
        where they differ, with every body, or with no more where there are too many. By bands and
        rounding a body in the middle may get more for its size than those at the ends: those with
        the least and the most of each dose are looked at too, and every body that was kept.
        """
        found, some = Counter(self.cautions), set[str]()
        ends = dict.fromkeys(body for _, body in self.ends.values())
        if self.uneven:
            ends |= dict.fromkeys(body for _, body in self.bodies)
        for arm, count in (+self.of_arm).items():
            told = [self.screen.of_plan(arm, body) for body in ends]
            each = [codes for codes in told if codes is not None]
            each = each or [self.screen.of_plan(arm, None) or set()]
            everyone = set[str].intersection(*each)
            if everyone == set[str].union(*each) or len(self.bodies) > MOST_BODIES:
                found.update(dict.fromkeys(everyone, count))
                some |= set[str].union(*each) - everyone
                continue
            for (of, body), alike in self.bodies.items():
                codes = self.screen.of_plan(arm, body) if of == arm else None
                found.update(dict.fromkeys(codes or (), alike))
        return {code: found[code] for code in sorted(+found) if code not in some}, (*sorted(some),)

    def document(self) -> dict[str, Any]:
        """What was counted, as plain data; amounts in the unit of the drug."""
        cautions, some = self.counted
        return {
            "patients": self.patients,
            "drugs": [_told(drug, of, self.vials.get(drug)) for drug, of in self.drugs.items()],
            "cautions": cautions,
            "cautions_not_counted": list(some),
        }

    def lines(self) -> Iterable[str]:
        """The same in words."""
        yield f"{how_many(f'{self.patients:,}', 'virtual patient')}, not a prescription"
        for drug, of in self.drugs.items():
            told = _told(drug, of, self.vials.get(drug))
            patients, doses = (f"{told[name]:,}" for name in ("patients", "rows"))
            yield f"{drug}: {how_many(patients, 'patient')}, {how_many(doses, 'dose')}"
            if not of.doses:
                continue
            most = "at most " if told["at_most"] else ""
            if_ = told["conditional"]
            part = f", of which {exact(if_)} {of.unit} on a condition" if if_ else ""
            yield f"  in all {most}{exact(told['total'])} {of.unit}{part}"
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
                    f"  {vials['total']:,} x {vials['product']}, separate vials for each dose; "
                    f"{low:,} to {high:,} a patient (5 to 95 %)"
                )
        yield from self.cautioned()

    def cautioned(self) -> Iterable[str]:
        """Each caution by its code, with its patients where they are counted; then of rows."""
        cautions, some = self.counted
        for code, count in cautions.items():
            yield f"caution {code}: {how_many(f'{count:,}', 'patient')}"
        for code in some:
            yield f"caution {code}: some patients; it depends on the body and is not counted"
        for arm, lines in self.screen.of_rows.items():
            yield from lines if self.of_arm[arm] else ()


def _is_uneven(plan: Plan) -> bool:
    """Whether amounts go by bands, or are rounded: then they do not grow evenly with the body."""
    recipes = (recipe for layout in plan.layouts for recipe in layout.recipes)
    return any(
        recipe.prescribed is None or recipe.bound is not None or recipe.dose.round is not None
        for recipe in recipes
    )


def _told(drug: str, of: Of, vial: Vial | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "drug": drug,
        "unit": of.unit,
        "patients": of.sums["patients"],
        "rows": of.sums["rows"],
        "total": Decimal(of.sums["total"]).scaleb(-SCALE),
        "at_most": of.sums["at_most"],
        "conditional": Decimal(of.sums["conditional"]).scaleb(-SCALE),
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
