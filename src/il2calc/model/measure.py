"""Ranges of a patient's measures: bands of amounts, the patients an arm is for, caps, and ages.

Weight [kg], body surface area [m2] and GFR [mL/min] are any number; an age is counted in completed
months, or in completed years if it is written in years. `below` and `above` exclude their bound;
`up to`, `or more` and both ends of `A to B` include it (`above 55 to 85 kg` excludes the lower).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any, Literal, NamedTuple, TypeAlias

from il2calc.errors import MissingInput, Refused
from il2calc.model.patient import DEVINE_FROM, Patient, devine
from il2calc.text.values import text
from il2calc.units import EXACT, GUARDED, PLAIN_NUMBER, Quantity, exact, plain_number

Measure = Literal["weight", "surface", "age", "gfr"]

MEASURES: dict[str, Measure] = {
    "kg": "weight",
    "m2": "surface",
    "years": "age",
    "months": "age",
    "mL/min": "gfr",
}
"""Unit as a file writes it -> the measure."""

IN_WORDS: dict[Measure, str] = {
    "weight": "weight",
    "surface": "body surface area",
    "age": "age",
    "gfr": "GFR",
}

MONTHS_A_YEAR = 12
_ALMOST = Decimal("0.000001")
"""Added to an age [months], because 1/3 year in decimals is a little less than 4 months."""

Edge = tuple[Decimal, int]
"""A value, and whether the edge of the range is just above it (1) or just below it (0)."""

_NO_EDGE = Decimal("Infinity")


class Within(NamedTuple):
    """A range of one measure of a patient.

    Args:
        low: the lower bound in `unit`; None = none.
        low_in: the lower bound is included.
        text: as the file writes it.
    """

    unit: str
    low: Decimal | None
    high: Decimal | None
    low_in: bool
    high_in: bool
    text: str

    @property
    def measure(self) -> Measure:
        """The measure that it is a range of."""
        return MEASURES[self.unit]

    def holds(self, value: Decimal) -> bool:
        """Whether it includes a value; an age in completed months."""
        return self.begins() <= (value, 0) < self.ends()

    def begins(self) -> Edge:
        """Its lower edge; of an age in months."""
        if self.low is None:
            return -_NO_EDGE, 0
        return self._edge(self.low, above=not self.low_in)

    def ends(self) -> Edge:
        """Its upper edge; of an age in months."""
        if self.high is None:
            return _NO_EDGE, 0
        return self._edge(self.high, above=self.high_in)

    def _edge(self, bound: Decimal, *, above: bool) -> Edge:
        if self.measure != "age":
            return bound, int(above)
        months = MONTHS_A_YEAR if self.unit == "years" else 1
        return (bound + above) * months, 0

    def misfit_with(self, upper: Within) -> str | None:
        """What is wrong with the band above this one; None if it begins where this one ends."""
        end, begin = self.ends(), upper.begins()
        if end < begin:
            return f"leaves a gap after {self.text!r}; let it begin where that ends"
        is_shared = self.high_in and upper.low_in and self._replace(high_in=False).ends() == begin
        if end > begin and not is_shared:
            return f"overlaps {self.text!r}; let it begin where that ends"
        return None


def measured(patient: Patient, measure: Measure) -> Decimal | None:
    """A measure of a patient, an age in completed months; None if it is not known."""
    if measure == "age":
        if patient.age is None:
            return None
        months = patient.age * MONTHS_A_YEAR + _ALMOST
        return months.to_integral_value(rounding=ROUND_FLOOR)
    if measure == "surface":
        return patient.bsa()
    return patient.weight if measure == "weight" else patient.gfr


def known(value: Decimal | None, measure: Measure) -> Decimal:
    """A measure of a patient; ValueError if it is not known."""
    if value is None:
        raise ValueError(f"the {IN_WORDS[measure]} of this patient is not known")
    return value


def measure_in_words(value: Decimal, unit: str) -> str:
    """A measure in words; an age [completed months] in the given unit.

    >>> measure_in_words(Decimal(90), "years"), measure_in_words(Decimal(70), "kg")
    ('7 years', '70 kg')
    """
    if unit == "years":
        value = (value / MONTHS_A_YEAR).to_integral_value(rounding=ROUND_FLOOR)
    return f"{exact(value)} {unit}"


def age(value: Any, *, bare: bool = False) -> Decimal:
    """Read an age in completed years or months, `7 years` or `8 months` [years].

    Args:
        bare: a number without a unit means years; it may have zeros after its point.
    """
    word = text(value)
    digits, gap, unit = word.partition(" ")
    if bare and not gap:
        digits = re.sub(r"\.0+$", "", digits)
    months = unit in ("month", "months")
    is_clear = months or unit in ("year", "years") or (bare and not gap)
    is_number = re.fullmatch(PLAIN_NUMBER, digits) is not None
    if is_number and is_clear and "." not in digits:
        return plain_number(digits) / (MONTHS_A_YEAR if months else 1)
    form = "it like '7 years' or '8 months'"
    if is_number and not gap and "." not in digits:
        form = f"'{digits} years' or '{digits} months'"
    elif is_number and (is_clear or not gap):
        form += f", in completed ones (here {_completed(plain_number(digits), months=months)})"
    raise ValueError(f"{word!r} is not an age; write {form}")


def _completed(number: Decimal, *, months: bool) -> str:
    """An age with decimals in completed years; in completed months below two years."""
    if months or number < 2:
        return f"'{int(number if months else number * MONTHS_A_YEAR)} months'"
    return f"'{int(number)} years'"


def age_in_words(years: Decimal) -> str:
    """An age [years] in words; in months if it is not a whole number of years.

    >>> age_in_words(Decimal(7)), age_in_words(Decimal(8) / 12)
    ('7 years', '8 months')
    """
    if years == years.to_integral_value():
        return f"{years.to_integral_value()} years"
    return f"{round(years * MONTHS_A_YEAR)} months"


class DosingWeight(NamedTuple):
    """The weight for an amount per kg: the ideal one, and a percentage of the weight above it.

    Args:
        share: of the actual weight above the ideal one [%]; 0 = ideal, 100 = actual weight.
        text: as the file writes it.
    """

    share: Decimal
    text: str

    def is_actual(self) -> bool:
        """Whether it is the actual weight, so that neither height nor sex is needed."""
        return self.share == _ALL

    def sentence(self) -> str:
        """The weight in words."""
        names = {_ALL: "actual weight", Decimal(0): "ideal weight (Devine)"}
        adjusted = f"adjusted weight (ideal by Devine, and {exact(self.share)} % of what is above)"
        return names.get(self.share, adjusted)

    def of(self, patient: Patient, path: str = "") -> tuple[Decimal, str]:
        """The weight to dose by [kg], with digits to spare, and its working.

        It is the actual weight if that is not above the ideal one.

        Args:
            path: of the dose, for a refusal.

        Raises:
            MissingInput: the height, the weight or the sex.
            Refused: a height that the formula is not meant for.
        """
        actual, height, sex = patient.weight, patient.height, patient.sex
        if actual is None or height is None or sex is None:
            why = f"{self.text} weight is calculated from height, weight and sex"
            raise MissingInput("--height 170 --weight 70 --sex female or --sex male", why)
        if height < DEVINE_FROM:
            raise Refused(
                f"{path}.weight: Devine's ideal weight is only for heights from {DEVINE_FROM} "
                f"cm (60 inches), and this one is {exact(height)} cm; --set {path}.weight=actual "
                "uses the actual weight"
            )
        ideal, formula = devine(height, sex)
        text = f"ideal weight {exact(EXACT.plus(ideal))} kg (Devine) = {formula}"
        if actual <= ideal:
            return actual, f"{text}; the actual weight is not above it, and is used"
        if self.share == 0:
            return ideal, text
        with localcontext(GUARDED):
            adjusted = ideal + self.share / 100 * (actual - ideal)
        kg, share = exact(EXACT.plus(adjusted)), exact(self.share)
        return adjusted, f"{text}; adjusted weight {kg} kg = ideal + {share} % of (actual - ideal)"


_ALL = Decimal(100)


class DosingBody(NamedTuple):
    """Which weight of a patient a dose is calculated with, and the caps on weight and area.

    Args:
        bsa_cap: the largest body surface area to calculate with [m2].
        weight_cap: the largest weight to calculate with [kg].
        weight: the weight to dose by; None = the actual one.
        path: of the dose.
    """

    bsa_cap: Decimal | None = None
    weight_cap: Decimal | None = None
    weight: DosingWeight | None = None
    path: str = ""

    @property
    def by_formula(self) -> bool:
        """Whether the weight is calculated by a formula, so that it is not the actual one."""
        return self.weight is not None and not self.weight.is_actual()

    def dosing_weight(self, patient: Patient, actual: Decimal) -> tuple[Decimal, str]:
        """The weight to dose by [kg], and its working, to be put before that of the dose.

        Raises:
            MissingInput: the height or the sex.
            Refused: a height that the formula is not meant for.
        """
        if self.weight is None or self.weight.is_actual():
            return actual, ""
        weight, text = self.weight.of(patient, self.path)
        return weight, f"{text}; "


WHOLE_BODY = DosingBody()


class AmountFor(NamedTuple):
    """The amount for the patients within a range."""

    within: Within
    amount: Quantity


class Bands(NamedTuple):
    """Amounts by a measure of the patient, from the lowest range to the highest."""

    bands: tuple[AmountFor, ...]

    @property
    def measure(self) -> Measure:
        """The measure that they depend on."""
        return self.bands[0].within.measure

    def of(self, value: Decimal) -> tuple[AmountFor, ...]:
        """The bands that include a value: none, one, or two if it is the bound they share."""
        return tuple(band for band in self.bands if band.within.holds(value))


Amount: TypeAlias = Quantity | Bands | Literal["not stated"]


def quantities(amount: Amount) -> tuple[Quantity, ...]:
    """Every quantity that an amount may be: one per band, none if it is not stated."""
    if isinstance(amount, Bands):
        return tuple(band.amount for band in amount.bands)
    return () if isinstance(amount, str) else (amount,)


def within_all(amounts: Sequence[Bands], usual: Decimal) -> Decimal:
    """A value within the bands of every amount, if there is one: the usual value if possible.

    Args:
        usual: a usual value of the measure; an age in completed months.

    >>> within_all([], Decimal(70))
    Decimal('70')
    """
    low = max((amount.bands[0].within.begins() for amount in amounts), default=(-_NO_EDGE, 0))
    high = min((amount.bands[-1].within.ends() for amount in amounts), default=(_NO_EDGE, 0))
    if low <= (usual, 0) < high:
        return usual
    if high[0] == _NO_EDGE:
        return low[0] + 1
    middle = (max(low[0], Decimal(0)) + high[0]) / 2
    is_age = amounts[0].measure == "age"
    return middle.to_integral_value(rounding=ROUND_FLOOR) if is_age else middle


class Chosen(NamedTuple):
    """The amount for a patient, and why it is this one.

    Args:
        band: the band of patients that it is for, as its file writes it; None without bands.
        shared: the band below, if the patient is exactly at the bound of both.
        measure_text: the patient's measure in words.
    """

    amount: Quantity
    band: str | None = None
    shared: AmountFor | None = None
    measure_text: str = ""

    def why(self) -> str:
        """The band and the measure that chose it, to append to the working."""
        if self.band is None:
            return ""
        bound = ""
        if self.shared is not None:
            bound = f", the bound it shares with {self.shared.within.text}"
        return f" ({self.band}, at {self.measure_text}{bound})"


def chosen(amount: Quantity | Bands, patient: Patient, path: str = "") -> Chosen:
    """The amount for a patient; of the upper band if two bands include the measure.

    Args:
        path: of the dose, for a refusal.

    Raises:
        Refused: the patient is in no band.
        ValueError: the patient lacks the measure that the bands depend on.
    """
    if not isinstance(amount, Bands):
        return Chosen(amount)
    name = IN_WORDS[amount.measure]
    value = known(measured(patient, amount.measure), amount.measure)
    bands = amount.of(value)
    unit = (bands or amount.bands)[-1].within.unit
    value_text = measure_in_words(value, unit)
    if not bands:
        ranges = ", ".join(band.within.text for band in amount.bands)
        raise Refused(
            f"{path}.amount: {name} {value_text} is in no band of the source ({ranges}), which "
            "gives no dose for it"
        )
    shared = bands[0] if bands[1:] else None
    return Chosen(bands[-1].amount, bands[-1].within.text, shared, value_text)


def measure_of(amount: Quantity) -> Measure | None:
    """The measure that an amount is multiplied by; None if it is flat."""
    if amount.unit == "AUC":
        return "gfr"
    return MEASURES.get(amount.basis or "")


_HOW: dict[Measure, str] = {"weight": "per kg", "surface": "per m2", "gfr": "by AUC"}


def measures_needed(
    amount: Amount, patient: Patient | None = None, path: str = ""
) -> dict[str, Measure]:
    """The measures that an amount in a file depends on, by how they are used (`per kg`).

    Args:
        patient: only the band of this patient counts, if its measure is known; None = all bands.
        path: of the dose, for a refusal.

    Raises:
        Refused: the patient is in no band.
    """
    by_use: dict[str, Measure] = {}
    possible = quantities(amount)
    if isinstance(amount, Bands):
        by_use[f"by {IN_WORDS[amount.measure]}"] = amount.measure
        if patient is not None and measured(patient, amount.measure) is not None:
            possible = (chosen(amount, patient, path).amount,)
    for measure in map(measure_of, possible):
        if measure is not None:
            by_use[_HOW[measure]] = measure
    return by_use


def measures(amount: Amount) -> frozenset[Measure]:
    """All measures that an amount in a file depends on."""
    return frozenset(measures_needed(amount).values())
