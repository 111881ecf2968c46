"""How much a dose is, for many bodies at once; equal to `dosing.dose` to the last digit kept.

Amounts are whole numbers of 10^-6 of their unit, half-up where they have more digits. Each is
calculated with floating-point numbers first, with a bound on their error. Where that bound reaches
anything that decides (a half, a cap, the edge of a band, the most that a rounding may change), the
amount is calculated again by `dosing.dose`, in decimals, for every distinct body. So there is one
arithmetic of doses, and this is only a quick way to its result.
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
from il2calc.model.measure import MONTHS_A_YEAR, Bands, needs, quantities
from il2calc.model.patient import mosteller
from il2calc.model.regimen import Dose
from il2calc.plan.calendar import a_day, multiplied_out
from il2calc.plan.dosing import Bound
from il2calc.plan.schedule import Body, amounts_by
from il2calc.units import EXACT, Quantity, convert

SCALE = 6
"""Decimals of an amount."""

MOST = 10**18 - 1
"""The largest amount that is kept, in 10^-6 of its unit."""

Array = Any
"""A numpy array; its library says too little of what an operation on it gives."""

_FIGURES = 1000
"""An amount above so many 10^-6 of its unit changes by 0.05 % or less, as by 4 figures of it."""

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_SIZE = np.longdouble(10) ** SCALE
_EPS = float(np.finfo(np.longdouble).eps) * 256
"""Relative error of an amount: some twenty operations and two powers, each a few units in the last
place, with room to spare."""

REPRESENTED = {
    "drug", "path", "amounts", "route", "days", "name", "turns", "repeat", "at", "over", "cap",
    "round", "only_if", "arms", "during_delay", "provenance", "spelled",
    "overs", "whole",
}  # fmt: skip
"""What of a dose is looked at here, or bears on no amount. A dose that says more is calculated by
`dosing.dose` alone."""

_NEEDED: Mapping[str | None, tuple[str, ...]] = {
    None: (),
    "weight": ("WT",),
    "gfr": ("GFR",),
    "surface": ("WT", "HT", "BSA", "SEX"),
}
"""What a dose is calculated from -> the columns that tell it."""


class Amount(NamedTuple):
    """An amount for each of some patients.

    Args:
        value: in 10^-6 of the unit.
        refused: place of a patient -> why there is none.
    """

    value: Array
    capped: Array
    rounded: Array
    refused: Mapping[int, str]


class Recipe(NamedTuple):
    """How a dose is calculated, whoever it is for.

    Args:
        into: the unit of its amounts, where it is not the file's: that of other doses of the drug.
    """

    dose: Dose
    arm: str | None
    percent: Decimal
    bound: Bound | None
    into: str | None = None

    @property
    def prescribed(self) -> Quantity | None:
        """The amount of the file, where it is one for everybody."""
        amount = self.dose.amount(self.arm)
        return amount if isinstance(amount, Quantity) else None

    @property
    def unit(self) -> str:
        """The unit of its amounts."""
        return self.into or next(iter(self.units()), "")

    def units(self) -> tuple[str, ...]:
        """The units of what is given, as the file has them; of bands there may be several."""
        known = quantities(self.dose.amount(self.arm))
        return tuple(dict.fromkeys(amount.given_in() for amount in known))

    def plain(self) -> bool:
        """Whether the quick way knows everything that the dose says."""
        amount = self.prescribed
        return (
            amount is not None
            and self.units() == (self.unit,)
            and multiplied_out(self.dose, amount) is None
            and all(
                one.name in REPRESENTED or not getattr(self.dose, one.name) for one in fields(Dose)
            )
        )


def amounts(recipe: Recipe, people: People) -> Amount:
    """How much is a dose for each patient?

    It is refused where it has too many digits, or where the regimen has none for a body.
    """
    count = len(people.ids)
    into = (np.zeros(count, np.int64), np.zeros(count, dtype=bool), np.zeros(count, dtype=bool))
    if count and isinstance(bands := recipe.dose.amount(recipe.arm), Bands):
        return _by_band(recipe, bands, people, into)
    plain, prescribed = recipe.plain(), recipe.prescribed
    columns = _NEEDED[needs(prescribed)] if plain and prescribed else COLUMNS
    if not columns and count:
        refused = _reckon(recipe, people, [0], into, columns)
        value, capped, rounded = (np.full(count, found[0]) for found in into)
        everybody = {place: why for why in refused.values() for place in range(count)}
        return Amount(value, capped, rounded, everybody)
    doubtful = np.arange(count)
    if plain and count:
        quick = Quick(recipe, people)
        _reckon(recipe, people, [0], into, columns)
        if quick.doubt[0] or quick.value[0] == into[0][0]:  # both ways go to the same place
            into, doubtful = (quick.value, quick.capped, quick.rounded), np.flatnonzero(quick.doubt)
    return Amount(*into, _reckon(recipe, people, doubtful, into, columns))


def _by_band(
    recipe: Recipe, bands: Bands, people: People, into: tuple[Array, Array, Array]
) -> Amount:
    """Of each band its own amount; who may stand at a bound, or in no band, is looked at alone."""
    which = _bands_of(bands, people)
    refused = _reckon(recipe, people, np.flatnonzero(which < 0), into, COLUMNS)
    for place, band in enumerate(bands.bands):
        here = np.flatnonzero(which == place)
        dose = replace(recipe.dose, amounts={None: band.amount})
        found = amounts(recipe._replace(dose=dose, into=recipe.unit), people.only(here))
        for column, values in zip(into, found[:3], strict=True):
            column[here] = values
        refused |= {int(here[one]): why for one, why in found.refused.items()}
    return Amount(*into, refused)


def _bands_of(bands: Bands, people: People) -> Array:
    """The place of each patient's band; -1 where that is in doubt, or there is none."""
    if bands.measure == "surface":
        values, doubt = surface(people)
    else:
        scaled = people.scaled[{"weight": "WT", "gfr": "GFR", "age": "AGE"}[bands.measure]]
        values, doubt = scaled / np.longdouble(10) ** DIGITS, scaled < 0
    if bands.measure == "age":  # the middle of a month, which no bound is near to
        values = values * MONTHS_A_YEAR + np.longdouble("0.5")
    edges = (bands.bands[0].within.begins(), *(band.within.ends() for band in bands.bands))
    marks = np.array([_wide(value) for value, _ in edges])
    for mark in marks[np.isfinite(marks)]:
        doubt |= _near(values, mark)
    found = np.searchsorted(marks, values) - 1
    return np.where(doubt | (found == len(bands.bands)), -1, found)


def _near(values: Array, mark: Array | np.longdouble) -> Array:
    """Where a number is so near to a mark that its error might reach it."""
    return np.abs(values - mark) <= _EPS * (np.abs(values) + np.abs(mark))


def _reckon(
    recipe: Recipe,
    people: People,
    places: Iterable[int],
    into: tuple[Array, Array, Array],
    columns: tuple[str, ...],
) -> dict[int, str]:
    """Reckon some amounts in decimals, each distinct body once; who has none, and why."""
    value, capped, rounded = into
    by_drug = {} if recipe.bound is None else {recipe.dose.drug: recipe.bound}
    amount_of = amounts_by(recipe.arm, by_drug)
    refused: dict[int, str] = {}
    for place in map(int, places):
        try:
            body = Body(people.patient(place, columns), recipe.percent)
            dosed = amount_of(recipe.dose, body)
            assert dosed.value is not None, "a dose without an amount is in no plan"
            value[place] = scaled(convert(dosed.value, dosed.unit, recipe.unit))
        except Il2calcError as error:
            refused[place] = str(error)
            continue
        capped[place] = dosed.capped
        rounded[place] = dosed.value != dosed.calculated
    return refused


def scaled(value: Decimal) -> int:
    """An amount in 10^-6 of its unit, half-up.

    Raises:
        Refused: it has more digits than are kept, or is so small that it changes by over 0.05 %.

    >>> scaled(Decimal("0.0123455"))
    12346
    """
    exactly = value.scaleb(SCALE, _WIDE)
    found = int(exactly.quantize(Decimal(1), ROUND_HALF_UP, _WIDE))
    if abs(found - exactly) * _FIGURES * 2 > exactly:
        problem = f"an amount of {value:f} loses figures at {SCALE} decimals"
        raise Refused(f"{problem}; write the regimen in a smaller unit, such as mcg for mg")
    if found > MOST:
        raise Refused(f"an amount of {value:f} has more than 12 digits before the point")
    return found


class Quick:
    """Amounts by floating-point numbers, and where they are in doubt."""

    def __init__(self, recipe: Recipe, people: People) -> None:
        self.unit = recipe.unit
        count = len(people.ids)
        self.doubt = np.zeros(count, dtype=bool)
        self.capped, self.rounded = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        dose, prescribed = recipe.dose, recipe.prescribed
        assert prescribed is not None, "what has bands is reckoned the other way"
        full = _wide(prescribed.value) * self._measure(needs(prescribed), people)
        full = full * _wide(recipe.percent) / 100
        cap, turns = dose.cap, a_day(dose)
        of_day = prescribed.per_day and cap is not None and cap.per_day
        if of_day:
            full = self._limited(full, cap)
        if prescribed.per_day:
            full = full / turns
        if not of_day:
            full = self._limited(full, cap)
        self.value = self._kept(full)
        bound = recipe.bound or Bound(dose.round)
        if bound.step is not None or bound.bands:
            self._round(full, bound, cap, turns)

    def _measure(self, need: str | None, people: People) -> Array:
        """What a dose is calculated from; where a text has more digits than are kept, in doubt."""
        if need == "weight":
            return self._column(people, "WT")
        if need == "gfr":
            return self._column(people, "GFR") + 25
        area, doubt = surface(people)
        self.doubt |= doubt
        return area

    def _column(self, people: People, name: str) -> Array:
        values = people.scaled[name]
        self.doubt |= values < 0
        return np.maximum(values, 1).astype(np.longdouble) / np.longdouble(10) ** DIGITS

    def _limited(self, full: Array, cap: Quantity | None) -> Array:
        if cap is None:
            return full
        most = _wide(convert(cap.value, cap.unit, self.unit))
        self.doubt |= _near(full, most)
        self.capped = full > most
        return np.minimum(full, most)

    def _kept(self, full: Array) -> Array:
        """Amounts in 10^-6, half-up; in doubt near a half, and of too many or too few digits."""
        sized = full * _SIZE + np.longdouble("0.5")
        whole = _floor(sized)
        rest = (sized - whole).astype(np.float64)  # which doubles bound as well, and quicker
        size = sized.astype(np.float64)
        near = _EPS * size + 1e-12
        self.doubt |= (rest <= near) | (rest >= 1 - near) | (size >= MOST) | (size <= _FIGURES)
        return whole

    def _exact(self, value: Decimal) -> int:
        """A number in 10^-6; all are in doubt where it has more digits than are kept."""
        sized = value.scaleb(SCALE, _WIDE)
        fits = sized <= MOST and sized == int(sized)
        self.doubt |= not fits
        return int(sized) if fits else 0

    def _round(self, full: Array, bound: Bound, cap: Quantity | None, turns: int) -> None:
        """Round to a step or to bands, where it may stand."""
        to = np.zeros(len(full), dtype=np.int64)
        if bound.step is not None:
            size = convert(bound.step.value, bound.step.unit, self.unit)
            count = full / _wide(size) + np.longdouble("0.5")
            whole = _floor(count)
            near = _EPS * np.abs(count)
            large = whole * _wide(size) * _SIZE >= MOST
            self.doubt |= (count - whole <= near) | (whole + 1 - count <= near) | large
            to = np.where(large, 0, whole) * self._exact(size)
        for band in bound.bands:
            low, high = (_wide(convert(edge, band.unit, self.unit)) for edge in band[:2])
            self.doubt |= _near(full, low) | _near(full, high)
            give = self._exact(convert(band.give, band.unit, self.unit))
            to = np.where((full >= low) & (full < high), give, to)
        stands = to > 0
        if cap is not None:
            most = self._exact(convert(cap.value, cap.unit, self.unit))
            stands &= to <= most // (turns if cap.per_day else 1)
        if bound.within is not None:
            change = np.abs(to.astype(np.longdouble) / _SIZE - full) / full * 100
            within = _wide(bound.within)
            self.doubt |= np.abs(change - within) <= 400 * _EPS * (1 + change)
            stands &= change <= within
        sized = full * _SIZE
        self.rounded = stands & (sized != to)
        self.doubt |= self.rounded & _near(sized, to)
        self.value = np.where(stands, to, self.value)


def surface(people: People) -> tuple[Array, Array]:
    """Body surface area of each patient [m2], and whose is in doubt or not known."""
    count, rules = len(people.ids), people.rules
    none = np.full(count, -1, dtype=np.int64)
    height, weight = people.scaled.get("HT", none), people.scaled.get("WT", none)
    given = people.scaled.get("BSA", none)
    unit = np.longdouble(10) ** DIGITS
    doubt = given < 0
    if rules.formula == "mosteller" and doubt.any():
        known = (height >= 0) & (weight >= 0)
        tall, heavy = (
            np.where(known, one, 0).astype(np.longdouble) / unit for one in (height, weight)
        )
        area = np.sqrt(tall * heavy / 3600)
        doubt &= ~known | (~people.empty("BSA") if "BSA" in people.cells else False)
    else:
        area = np.zeros(count, dtype=np.longdouble)
    area = np.where(given >= 0, np.maximum(given, 0).astype(np.longdouble) / unit, area)
    area = np.where(doubt, np.longdouble(1), area)
    if rules.cap is not None:
        area = np.minimum(area, _wide(rules.cap))
    return area, doubt


def doubles(people: People) -> Array:
    """Body surface area of each patient without any cap, as the nearest double [m2]; NaN = unknown.

    The error of an area decides where it is nearly half way to the next double (four roundings, a
    root, one more): such an area, about 3 in 1,000, is calculated in decimals.
    """
    people = people._replace(rules=people.rules._replace(cap=None))
    area, doubt = surface(people)
    found = area.astype(np.float64)
    off = np.abs((area - found).astype(np.float64)) - np.spacing(found) / 2
    near = np.abs(off) <= found * (1.6 * float(np.finfo(np.longdouble).eps))
    for place in map(int, np.flatnonzero(near & ~doubt)):
        own = {
            name: Decimal(int(scaled[place])).scaleb(-DIGITS)
            for name, scaled in people.scaled.items()
        }
        given = own.get("BSA", Decimal(-1))
        found[place] = EXACT.plus(given if given >= 0 else mosteller(own["HT"], own["WT"]))
    for place in map(int, np.flatnonzero(doubt)):
        exact = people.patient(place, ("WT", "HT", "BSA", "SEX")).bsa()
        found[place] = np.nan if exact is None else float(exact)
    return found


def _floor(values: Array) -> Array:
    """Whole numbers below numbers above 0, at most `MOST`; a cast is far quicker than a floor."""
    return np.minimum(values, MOST).astype(np.int64)


def _wide(value: Decimal) -> np.longdouble:
    return np.longdouble(format(value, "f"))
