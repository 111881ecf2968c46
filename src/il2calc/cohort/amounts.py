"""The amounts of a dose for many patients at once; equal to `dosing.dose` to the last digit kept.

Amounts are whole numbers of 10^-6 of their unit, rounded half-up. Each is first calculated in
floating point, with a bound on its error. If the error could matter (near a half, a cap, the edge
of a band, the limit of what rounding may change), the amount is in doubt: `dosing.dose` calculates
it again in decimals, once for each distinct body. So doses have one arithmetic, `dosing.dose`; this
module only reaches its results faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

import numpy as np

from il2calc.cohort.patients import COLUMNS, DIGITS
from il2calc.cohort.people import People
from il2calc.errors import Il2calcError, Refused
from il2calc.model.measure import MONTHS_A_YEAR, Bands, Measure, measure_of, quantities
from il2calc.model.patient import mosteller
from il2calc.model.regimen import Dose
from il2calc.plan.calendar import doses_a_day, infusion_minutes
from il2calc.plan.dosing import CALVERT_OFFSET, Bound
from il2calc.plan.schedule import Body, amounts_by
from il2calc.units import EXACT, Quantity, convert

SCALE = 6
"""Decimals of an amount."""

MAXIMUM = 10**18 - 1
"""The largest possible amount, in 10^-6 of its unit."""

Array = Any
"""A numpy array; numpy's own types do not say what an operation on it returns."""

Results = tuple[Array, Array, Array]
"""The first three fields of an `Amount`, to be filled in."""

_FIGURES = 1000
"""Rounding changes an amount above this [10^-6 of its unit] by at most 0.05 %, like 4 figures."""

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_FACTOR = np.longdouble(10) ** SCALE
_EPS = float(np.finfo(np.longdouble).eps) * 256
"""Bound on the relative error of an amount: about twenty operations and two powers, each with an
error of a few units in the last place, and a margin."""

HANDLED = {
    "drug", "path", "amounts", "route", "days", "name", "turns", "repeat", "at", "over", "cap",
    "round", "only_if", "arms", "during_delay", "provenance", "spelled",
    "overs", "whole",
}  # fmt: skip
"""Fields of a dose that are handled here or do not affect its amount. A dose with any other one is
calculated by `dosing.dose` only."""

_COLUMNS_OF: Mapping[str | None, tuple[str, ...]] = {
    None: (), "weight": ("WT",), "gfr": ("GFR",), "age": ("AGE",),
    "surface": ("WT", "HT", "BSA", "SEX"),
}  # fmt: skip
"""The measure that a dose depends on -> the columns it is taken from."""


class Amount(NamedTuple):
    """The amounts of one dose for some patients.

    Args:
        value: in 10^-6 of the unit.
        refused: index of a patient without an amount -> the reason.
    """

    value: Array
    capped: Array
    rounded: Array
    refused: Mapping[int, str]


class Recipe(NamedTuple):
    """A dose with all that its amount depends on besides the patient.

    Args:
        in_unit: the unit of other doses of the drug, if it is not the unit in the file.
    """

    dose: Dose
    arm: str | None
    percent: Decimal
    bound: Bound | None
    in_unit: str | None = None

    @property
    def prescribed(self) -> Quantity | None:
        """The amount in the file, if it is one for all patients and not in bands."""
        amount = self.dose.amount(self.arm)
        return amount if isinstance(amount, Quantity) else None

    @property
    def unit(self) -> str:
        """The unit of its amounts."""
        return self.in_unit or next(iter(self.units()), "")

    def units(self) -> tuple[str, ...]:
        """The units of the amounts in the file; bands may have several."""
        prescribed = quantities(self.dose.amount(self.arm))
        return tuple(dict.fromkeys(amount.given_in() for amount in prescribed))

    def is_simple(self) -> bool:
        """Whether `Quick` can calculate the dose."""
        amount = self.prescribed
        return (
            amount is not None
            and self.units() == (self.unit,)
            and infusion_minutes(self.dose, amount) is None
            and all(one.name in HANDLED or not getattr(self.dose, one.name) for one in fields(Dose))
        )


def amounts(recipe: Recipe, people: People) -> Amount:
    """The amount of a dose for each patient; refused if it has too many digits or is undefined."""
    count = len(people.ids)
    results = (np.zeros(count, np.int64), np.zeros(count, dtype=bool), np.zeros(count, dtype=bool))
    if count and isinstance(bands := recipe.dose.amount(recipe.arm), Bands):
        return _by_band(recipe, bands, people, results)
    simple, prescribed = recipe.is_simple(), recipe.prescribed
    columns = _COLUMNS_OF[measure_of(prescribed)] if simple and prescribed else COLUMNS
    if not columns and count:
        refused = _calculate(recipe, people, [0], results, columns)
        value, capped, rounded = (np.full(count, result[0]) for result in results)
        everybody = {index: why for why in refused.values() for index in range(count)}
        return Amount(value, capped, rounded, everybody)
    doubtful = np.arange(count)
    if simple and count:
        quick = Quick(recipe, people)
        _calculate(recipe, people, [0], results, columns)
        # a check: both methods must agree on the first patient, else all are calculated exactly
        if quick.doubt[0] or quick.value[0] == results[0][0]:
            doubtful = np.flatnonzero(quick.doubt)
            results = (quick.value, quick.capped, quick.rounded)
    return Amount(*results, _calculate(recipe, people, doubtful, results, columns))


def _by_band(recipe: Recipe, bands: Bands, people: People, results: Results) -> Amount:
    """Amounts by bands; patients near an edge, or in no band, are calculated one by one."""
    band_indices = _band_indices(bands, people)
    refused = _calculate(recipe, people, np.flatnonzero(band_indices < 0), results, COLUMNS)
    for index, band in enumerate(bands.bands):
        patients = np.flatnonzero(band_indices == index)
        dose = replace(recipe.dose, amounts={None: band.amount})
        amount = amounts(recipe._replace(dose=dose, in_unit=recipe.unit), people.subset(patients))
        for column, values in zip(results, amount[:3], strict=True):
            column[patients] = values
        refused |= {int(patients[one]): why for one, why in amount.refused.items()}
    return Amount(*results, refused)


def _band_indices(bands: Bands, people: People) -> Array:
    """The index of each patient's band; -1 if it is in doubt, or there is none."""
    values, doubt = _measures(people, bands.measure)
    if bands.measure == "age":  # in months; the middle of one, which is not near any edge
        values = values * MONTHS_A_YEAR + np.longdouble("0.5")
    bounds = (bands.bands[0].within.begins(), *(band.within.ends() for band in bands.bands))
    edges = np.array([_longdouble(value) for value, _ in bounds])
    for edge in edges[np.isfinite(edges)]:
        doubt |= _close_to(values, edge)
    indices = np.searchsorted(edges, values) - 1
    return np.where(doubt | (indices == len(bands.bands)), -1, indices)


def _measures(people: People, measure: Measure) -> tuple[Array, Array]:
    """A measure of each patient, and whose is in doubt: empty, or with too many digits."""
    if measure == "surface":
        return surface_areas(people)
    (column,) = _COLUMNS_OF[measure]
    scaled = people.scaled[column]
    return _in_units(scaled), scaled < 0


def _in_units(scaled: Array) -> Array:
    """Measures from whole numbers of 10^-15 of their unit; hardly above 0 if unknown."""
    return np.maximum(scaled, 1).astype(np.longdouble) / np.longdouble(10) ** DIGITS


def _close_to(values: Array, mark: Array | np.longdouble) -> Array:
    """Whether each number is so close to a mark that its error may decide on which side it is."""
    return np.abs(values - mark) <= _EPS * (np.abs(values) + np.abs(mark))


def _calculate(
    recipe: Recipe, people: People, indices: Iterable[int], results: Results, columns: Iterable[str]
) -> dict[int, str]:
    """Fill in some amounts in decimals, each distinct body once; the reasons why some have none."""
    value, capped, rounded = results
    by_drug = {} if recipe.bound is None else {recipe.dose.drug: recipe.bound}
    amount_of = amounts_by(recipe.arm, by_drug)
    refused: dict[int, str] = {}
    for index in map(int, indices):
        try:
            body = Body(people.patient(index, columns), recipe.percent)
            dosed = amount_of(recipe.dose, body)
            assert dosed.value is not None, "a dose without an amount is in no plan"
            value[index] = scaled(convert(dosed.value, dosed.unit, recipe.unit))
        except Il2calcError as error:
            refused[index] = str(error)
            continue
        capped[index] = dosed.capped
        rounded[index] = dosed.value != dosed.calculated
    return refused


def scaled(value: Decimal) -> int:
    """An amount in 10^-6 of its unit, half-up.

    Raises:
        Refused: it is too large, or so small that rounding changes it by more than 0.05 %.

    >>> scaled(Decimal("0.0123455"))
    12346
    """
    exact = value.scaleb(SCALE, _CONTEXT)
    rounded = int(exact.quantize(Decimal(1), ROUND_HALF_UP, _CONTEXT))
    if abs(rounded - exact) * _FIGURES * 2 > exact:
        problem = f"an amount of {value:f} loses figures at {SCALE} decimals"
        raise Refused(f"{problem}; write the regimen in a smaller unit, such as mcg for mg")
    if rounded > MAXIMUM:
        raise Refused(f"an amount of {value:f} has more than 12 digits before the point")
    return rounded


class Quick:
    """Amounts in floating point, and which of them are in doubt."""

    def __init__(self, recipe: Recipe, people: People) -> None:
        self.unit = recipe.unit
        count = len(people.ids)
        self.capped, self.rounded = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        dose, prescribed = recipe.dose, recipe.prescribed
        assert prescribed is not None, "bands are calculated one by one"
        measure = measure_of(prescribed)
        assert measure is not None, "a flat amount is calculated once for all"
        values, self.doubt = _measures(people, measure)
        if measure == "gfr":
            values = values + int(CALVERT_OFFSET)
        amount = _longdouble(prescribed.value) * values * _longdouble(recipe.percent) / 100
        cap, turns = dose.cap, doses_a_day(dose)
        is_cap_per_day = prescribed.per_day and cap is not None and cap.per_day
        if is_cap_per_day:
            amount = self._capped_at(amount, cap)
        if prescribed.per_day:
            amount = amount / turns
        if not is_cap_per_day:
            amount = self._capped_at(amount, cap)
        self.value = self._scaled(amount)
        bound = recipe.bound or Bound(dose.round)
        if bound.step is not None or bound.bands:
            self._round(amount, bound, cap, turns)

    def _capped_at(self, amount: Array, cap: Quantity | None) -> Array:
        if cap is None:
            return amount
        cap_value = _longdouble(convert(cap.value, cap.unit, self.unit))
        self.doubt |= _close_to(amount, cap_value)
        self.capped = amount > cap_value
        return np.minimum(amount, cap_value)

    def _scaled(self, amount: Array) -> Array:
        """Amounts in 10^-6, half-up; in doubt near a half, and if too large or too small."""
        scaled = amount * _FACTOR + np.longdouble("0.5")
        whole = _floor(scaled)
        frac = (scaled - whole).astype(np.float64)  # doubles are precise enough, and faster
        size = scaled.astype(np.float64)
        near = _EPS * size + 1e-12
        self.doubt |= (frac <= near) | (frac >= 1 - near) | (size >= MAXIMUM) | (size <= _FIGURES)
        return whole

    def _scaled_exactly(self, value: Decimal) -> int:
        """A number in 10^-6; if it has more digits than that, all amounts are in doubt."""
        scaled = value.scaleb(SCALE, _CONTEXT)
        fits = scaled <= MAXIMUM and scaled == int(scaled)
        self.doubt |= not fits
        return int(scaled) if fits else 0

    def _round(self, amount: Array, bound: Bound, cap: Quantity | None, turns: int) -> None:
        """Round to a step or to bands, unless that exceeds the cap or changes too much."""
        target = np.zeros(len(amount), dtype=np.int64)
        if bound.step is not None:
            step = convert(bound.step.value, bound.step.unit, self.unit)
            count = amount / _longdouble(step) + np.longdouble("0.5")
            whole = _floor(count)
            near = _EPS * np.abs(count)
            large = whole * _longdouble(step) * _FACTOR >= MAXIMUM
            self.doubt |= (count - whole <= near) | (whole + 1 - count <= near) | large
            target = np.where(large, 0, whole) * self._scaled_exactly(step)
        for band in bound.bands:
            low, high = (_longdouble(convert(edge, band.unit, self.unit)) for edge in band[:2])
            self.doubt |= _close_to(amount, low) | _close_to(amount, high)
            give = self._scaled_exactly(convert(band.give, band.unit, self.unit))
            target = np.where((amount >= low) & (amount < high), give, target)
        allowed = target > 0
        if cap is not None:
            cap_scaled = self._scaled_exactly(convert(cap.value, cap.unit, self.unit))
            allowed &= target <= cap_scaled // (turns if cap.per_day else 1)
        if bound.within is not None:
            change = np.abs(target.astype(np.longdouble) / _FACTOR - amount) / amount * 100
            within = _longdouble(bound.within)
            self.doubt |= np.abs(change - within) <= 400 * _EPS * (1 + change)
            allowed &= change <= within
        scaled = amount * _FACTOR
        self.rounded = allowed & (scaled != target)
        self.doubt |= self.rounded & _close_to(scaled, target)
        self.value = np.where(allowed, target, self.value)


def surface_areas(people: People) -> tuple[Array, Array]:
    """Body surface area of each patient [m2], and whose is in doubt or unknown."""
    rules, unknown = people.rules, np.full(len(people.ids), -1, dtype=np.int64)
    height, weight, given = (people.scaled.get(name, unknown) for name in ("HT", "WT", "BSA"))
    area, doubt = _in_units(given), given < 0
    if rules.formula == "mosteller" and doubt.any():
        computed = np.sqrt(_in_units(height) * _in_units(weight) / 3600)
        area = np.where(doubt, computed, area)
        stated = ~people.empty("BSA") if "BSA" in people.cells else False
        doubt &= (height < 0) | (weight < 0) | stated
    area = np.where(doubt, np.longdouble(1), area)
    if rules.cap is not None:
        area = np.minimum(area, _longdouble(rules.cap))
    return area, doubt


def surface_doubles(people: People) -> Array:
    """Uncapped body surface area of each patient, as the nearest double [m2]; NaN = unknown.

    If an area is almost halfway between two doubles, the error of its six operations may decide:
    such areas, about 3 in 1,000, are calculated in decimals.
    """
    people = people._replace(rules=people.rules._replace(cap=None))
    area, doubt = surface_areas(people)
    areas = area.astype(np.float64)
    distance = np.abs((area - areas).astype(np.float64)) - np.spacing(areas) / 2
    unsure = np.abs(distance) <= areas * (1.6 * float(np.finfo(np.longdouble).eps))
    for index in map(int, np.flatnonzero(unsure & ~doubt)):
        measures = {
            name: Decimal(int(scaled[index])).scaleb(-DIGITS)
            for name, scaled in people.scaled.items()
        }
        given = measures.get("BSA", Decimal(-1))
        known = given if given >= 0 else mosteller(measures["HT"], measures["WT"])
        areas[index] = EXACT.plus(known)
    for index in map(int, np.flatnonzero(doubt)):
        exact = people.patient(index, _COLUMNS_OF["surface"]).bsa()
        areas[index] = np.nan if exact is None else float(exact)
    return areas


def _floor(values: Array) -> Array:
    """Positive numbers rounded down, at most `MAXIMUM`; a cast is much faster than a floor."""
    return np.minimum(values, MAXIMUM).astype(np.int64)


def _longdouble(value: Decimal) -> np.longdouble:
    return np.longdouble(format(value, "f"))
