"""How large a measure of a patient may be: bands of amounts, caps, and whom an arm is for.

Weight [kg], body surface area [m2] and GFR [mL/min] are any number; an age counts in completed
months, or completed years where it is written in years. `below` and `above` leave out their bound,
`up to`, `or more` and both ends of `A to B` hold it.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Literal, NamedTuple

from il2calc.errors import Refused
from il2calc.model.patient import Patient
from il2calc.units import Quantity, exact

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


def measured(patient: Patient, measure: Measure) -> Decimal | None:
    """A measure of a patient, an age in completed months; None where it is not known."""
    if measure == "age":
        return None if patient.age is None else _months(patient.age)
    if measure == "surface":
        return patient.bsa()
    return patient.weight if measure == "weight" else patient.gfr


def _months(age: Decimal) -> Decimal:
    return (age * MONTHS_A_YEAR + _ALMOST).to_integral_value(rounding=ROUND_FLOOR)


def told(value: Decimal, unit: str) -> str:
    """A measure in words; an age [completed months] in the unit in which it is asked for.

    >>> told(Decimal(90), "years"), told(Decimal(70), "kg")
    ('7 years', '70 kg')
    """
    if unit == "years":
        value = (value / MONTHS_A_YEAR).to_integral_value(rounding=ROUND_FLOOR)
    return f"{exact(value)} {unit}"


class Counted(NamedTuple):
    """How much of a body a file lets count: the most of its surface area [m2] and weight [kg]."""

    bsa_cap: Decimal | None = None
    weight_cap: Decimal | None = None


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
            f"{path}.amount: {what} {told(value, unit)} lies in no band of the source ({known}), "
            "which gives no dose for it"
        )
    shared = found[0] if found[1:] else None
    return Chosen(found[-1].amount, found[-1].within.text, shared, told(value, unit))
