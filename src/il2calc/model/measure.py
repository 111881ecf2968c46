"""How large a measure of a patient may be: bands of amounts, caps, whom an arm is for, and ages.

Weight [kg], body surface area [m2] and GFR [mL/min] are any number; an age counts in completed
months, or completed years where it is written in years. `below` and `above` leave out their bound,
`up to`, `or more` and both ends of `A to B` hold it (`above 55 to 85 kg` leaves out its lower one).
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
"""Unit as a file writes it -> what is measured."""

IN_WORDS: dict[Measure, str] = {
    "weight": "weight",
    "surface": "body surface area",
    "age": "age",
    "gfr": "GFR",
}

MONTHS_A_YEAR = 12
_ALMOST = Decimal("0.000001")
"""What a third of a year falls short of four months in decimals [months]."""

Edge = tuple[Decimal, int]
"""A value, and whether the edge lies just behind it (1) or before it (0)."""

_NO_EDGE = Decimal("Infinity")


class Within(NamedTuple):
    """A range of one measure of a patient.

    Args:
        low: its lower bound in `unit`, which belongs to it where `low_in`; None = no bound.
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
        """What is measured."""
        return MEASURES[self.unit]

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in it; an age in completed months."""
        return self.begins() <= (value, 0) < self.ends()

    def begins(self) -> Edge:
        """Where it begins; of ages in months."""
        if self.low is None:
            return -_NO_EDGE, 0
        return self._edge(self.low, behind=not self.low_in)

    def ends(self) -> Edge:
        """Where it ends; of ages in months."""
        if self.high is None:
            return _NO_EDGE, 0
        return self._edge(self.high, behind=self.high_in)

    def shares_its_end_with(self, upper: Within) -> bool:
        """Whether both hold one bound, at which the one ends and the other begins."""
        if self.high is None or upper.low is None or not (self.high_in and upper.low_in):
            return False
        return self._edge(self.high, behind=False) == upper._edge(upper.low, behind=False)

    def _edge(self, bound: Decimal, *, behind: bool) -> Edge:
        if self.measure != "age":
            return bound, int(behind)
        months = MONTHS_A_YEAR if self.unit == "years" else 1
        return (bound + behind) * months, 0

    def unlike_next(self, upper: Within) -> str | None:
        """What is wrong with the band above this one; None where it begins where this ends."""
        end, begin = self.ends(), upper.begins()
        if end < begin:
            return f"leaves a gap after {self.text!r}; let it begin where that ends"
        if end > begin and not self.shares_its_end_with(upper):
            return f"overlaps {self.text!r}; let it begin where that ends"
        return None


def measured(patient: Patient, measure: Measure) -> Decimal | None:
    """A measure of a patient, an age in completed months; None where it is not known."""
    if measure == "age":
        if patient.age is None:
            return None
        months = patient.age * MONTHS_A_YEAR + _ALMOST
        return months.to_integral_value(rounding=ROUND_FLOOR)
    if measure == "surface":
        return patient.bsa()
    return patient.weight if measure == "weight" else patient.gfr


def told(value: Decimal, unit: str) -> str:
    """A measure in words; an age [completed months] in the unit in which it is asked for.

    >>> told(Decimal(90), "years"), told(Decimal(70), "kg")
    ('7 years', '70 kg')
    """
    if unit == "years":
        value = (value / MONTHS_A_YEAR).to_integral_value(rounding=ROUND_FLOOR)
    return f"{exact(value)} {unit}"


def age(value: Any, *, bare: bool = False) -> Decimal:
    """An age in completed years or months [years]: `7 years`, `8 months`.

    Args:
        bare: a number alone is of years, also one with zeros behind its point.
    """
    word = text(value)
    digits, gap, unit = word.partition(" ")
    if bare and not gap:
        digits = re.sub(r"\.0+$", "", digits)
    months = unit in ("month", "months")
    known = months or unit in ("year", "years") or (bare and not gap)
    if not known or not re.fullmatch(PLAIN_NUMBER, digits) or "." in digits:
        like = "it like '7 years' or '8 months'"
        if not gap and re.fullmatch(PLAIN_NUMBER, digits) and "." not in digits:
            like = f"'{digits} years' or '{digits} months'"
        elif re.fullmatch(PLAIN_NUMBER, digits) and (known or not gap):
            like += f", in completed ones (here {_completed(plain_number(digits), months=months)})"
        raise ValueError(f"{word!r} is not an age; write {like}")
    return plain_number(digits) / (MONTHS_A_YEAR if months else 1)


def _completed(number: Decimal, *, months: bool) -> str:
    """An age with a decimal in completed years; in completed months below two years."""
    if months or number < 2:
        return f"'{int(number if months else number * MONTHS_A_YEAR)} months'"
    return f"'{int(number)} years'"


def age_in_words(years: Decimal) -> str:
    """An age [years] as it is written: in months where it is no whole number of years.

    >>> age_in_words(Decimal(7)), age_in_words(Decimal(8) / 12)
    ('7 years', '8 months')
    """
    whole_years = years == years.to_integral_value()
    return (
        f"{years.to_integral_value()} years"
        if whole_years
        else f"{round(years * MONTHS_A_YEAR)} months"
    )


class DosingWeight(NamedTuple):
    """Which weight counts for an amount per kg: the ideal one, and a share of what is above it.

    Args:
        share: of what the actual weight is above the ideal one [%]: none of it, or all.
        text: as the file writes it.
    """

    share: Decimal
    text: str

    def is_actual(self) -> bool:
        """Whether the actual weight counts, so that neither height nor sex is needed."""
        return self.share == _ALL

    def sentence(self) -> str:
        """What is meant, in words."""
        told = {_ALL: "actual weight", Decimal(0): "ideal weight (Devine)"}
        adjusted = f"adjusted weight (ideal by Devine, and {exact(self.share)} % of what is above)"
        return told.get(self.share, adjusted)

    def of(self, patient: Patient, path: str = "") -> tuple[Decimal, str]:
        """The weight that counts [kg], with digits to spare, and how it came about.

        Where the actual weight is not above the ideal one, the actual one counts.

        Args:
            path: of the dose, for a refusal.

        Raises:
            MissingInput: the height or the sex.
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
        told = f"ideal weight {exact(EXACT.plus(ideal))} kg (Devine) = {formula}"
        if actual <= ideal:
            return actual, f"{told}; the actual weight is not above it, and is used"
        if self.share == 0:
            return ideal, told
        with localcontext(GUARDED):
            used = ideal + self.share / 100 * (actual - ideal)
        shown, share = exact(EXACT.plus(used)), exact(self.share)
        return used, f"{told}; adjusted weight {shown} kg = ideal + {share} % of (actual - ideal)"


_ALL = Decimal(100)


class Counted(NamedTuple):
    """How much of a body a file lets count.

    Args:
        bsa_cap: the most of its surface area [m2], and `weight_cap` of its weight [kg].
        weight: which weight counts; None = the actual one.
        path: of the dose.
    """

    bsa_cap: Decimal | None = None
    weight_cap: Decimal | None = None
    weight: DosingWeight | None = None
    path: str = ""

    @property
    def by_formula(self) -> bool:
        """Whether another weight than the actual one counts."""
        return self.weight is not None and not self.weight.is_actual()

    def weighed(self, patient: Patient, actual: Decimal) -> tuple[Decimal, str]:
        """The weight that counts [kg], and how it came about, to stand before the working.

        Raises:
            MissingInput: the height or the sex.
            Refused: a height that the formula is not meant for.
        """
        if self.weight is None or self.weight.is_actual():
            return actual, ""
        weight, told = self.weight.of(patient, self.path)
        return weight, f"{told}; "


WHOLE_BODY = Counted()


class AmountFor(NamedTuple):
    """The amount of those patients who lie within a range."""

    within: Within
    amount: Quantity


class Bands(NamedTuple):
    """Amounts by a measure of the patient, from the lowest range to the highest."""

    bands: tuple[AmountFor, ...]

    @property
    def measure(self) -> Measure:
        """The measure that they go by."""
        return self.bands[0].within.measure

    def of(self, value: Decimal) -> tuple[AmountFor, ...]:
        """The bands that hold a value: none, one, or two where it is the bound they share."""
        return tuple(band for band in self.bands if band.within.holds(value))


Amount: TypeAlias = Quantity | Bands | Literal["not stated"]


def quantities(amount: Amount) -> tuple[Quantity, ...]:
    """Every quantity that an amount may come to: one per band, none where it is not stated."""
    if isinstance(amount, Bands):
        return tuple(band.amount for band in amount.bands)
    return () if isinstance(amount, str) else (amount,)


def within_all(amounts: Sequence[Bands], usual: Decimal) -> Decimal:
    """A value that some band of each amount holds, where there is one: the usual one if it can be.

    Args:
        usual: an age in completed months.

    >>> within_all([], Decimal(70))
    Decimal('70')
    """
    low = max((one.bands[0].within.begins() for one in amounts), default=(-_NO_EDGE, 0))
    high = min((one.bands[-1].within.ends() for one in amounts), default=(_NO_EDGE, 0))
    if low <= (usual, 0) < high:
        return usual
    if high[0] == _NO_EDGE:
        return low[0] + 1
    middle = (max(low[0], Decimal(0)) + high[0]) / 2
    of_age = amounts[0].measure == "age"
    return middle.to_integral_value(rounding=ROUND_FLOOR) if of_age else middle


class Chosen(NamedTuple):
    """The amount that holds for a patient, and why.

    Args:
        band: the band of patients that it is for, as its file writes it; None where there is none.
        shared: the band below, where the patient stands at the bound of both.
        at: the patient's measure in words.
    """

    amount: Quantity
    band: str | None = None
    shared: AmountFor | None = None
    at: str = ""

    def why(self) -> str:
        """The band, and the measure that chose it, as an addition to the working."""
        if self.band is None:
            return ""
        bound = (
            "" if self.shared is None else f", the bound it shares with {self.shared.within.text}"
        )
        return f" ({self.band}, at {self.at}{bound})"


def chosen(amount: Quantity | Bands, patient: Patient, path: str = "") -> Chosen:
    """Which amount of a file's holds for a patient; of two bands at their bound the upper one.

    Args:
        path: of the dose, for a refusal.

    Raises:
        Refused: no band holds the patient.
        ValueError: the patient lacks the measure that the bands go by.
    """
    if not isinstance(amount, Bands):
        return Chosen(amount)
    what = IN_WORDS[amount.measure]
    value = measured(patient, amount.measure)
    if value is None:
        raise ValueError(f"the {what} of this patient is not known")
    found = amount.of(value)
    unit = (found or amount.bands)[-1].within.unit
    if not found:
        known = ", ".join(band.within.text for band in amount.bands)
        raise Refused(
            f"{path}.amount: {what} {told(value, unit)} is in no band of the source ({known}), "
            "which gives no dose for it"
        )
    shared = found[0] if found[1:] else None
    return Chosen(found[-1].amount, found[-1].within.text, shared, told(value, unit))


def needs(amount: Quantity) -> Measure | None:
    """What of a patient an amount is calculated from; None where it is flat."""
    if amount.unit == "AUC":
        return "gfr"
    return MEASURES.get(amount.basis or "")


_HOW: dict[Measure, str] = {"weight": "per kg", "surface": "per m2", "gfr": "by AUC"}


def needed(amount: Amount, patient: Patient | None = None, path: str = "") -> dict[str, Measure]:
    """What of a patient an amount, as its file gives it, is calculated from, by how it is dosed.

    Args:
        patient: decides which of several bands counts, where the measure for it is known.
        path: of the dose, for a refusal.

    Raises:
        Refused: no band holds the patient.
    """
    found: dict[str, Measure] = {}
    of = quantities(amount)
    if isinstance(amount, Bands):
        found[f"by {IN_WORDS[amount.measure]}"] = amount.measure
        if patient is not None and measured(patient, amount.measure) is not None:
            of = (chosen(amount, patient, path).amount,)
    for need in map(needs, of):
        if need is not None:
            found[_HOW[need]] = need
    return found


def measures(amount: Amount) -> frozenset[Measure]:
    """All of a patient that an amount, as its file gives it, is calculated from."""
    return frozenset(needed(amount).values())
