"""How much a dose is: basis, percentage, share of the day, cap and rounding, with the working.

The order is basis -> percentage -> cap -> round, halves up, in decimal arithmetic to 28 digits.
A file's cap on weight or body surface area comes before all of it. An amount per day is divided
over its administrations after a cap per day and before a cap per dose; an amount per hour, or per
day of an infusion of several days, is multiplied by its length at the same point. Body surface
area is not rounded before it is multiplied: the arithmetic has digits to spare and is rounded to 28
once, so that 187.5 mg/m2 x 4/3 m2 is 250 mg. Nothing here depends on dates or times of day.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Literal, NamedTuple, TypeAlias

from il2calc.errors import how_many
from il2calc.model.measure import (
    WHOLE_BODY,
    Chosen,
    DosingBody,
    known,
    measure_of,
    measured,
    measures,
)
from il2calc.model.patient import Patient
from il2calc.units import EXACT, GUARDED, Quantity, convert, exact, safe, safe_quantity, short
from il2calc.units.notation import MINUTES

CALVERT_OFFSET = Decimal(25)
"""Calvert's formula: dose [mg] = AUC x (GFR + 25). J Clin Oncol 1989;7:1748-56."""

_NO_BAND = "no dose band"

Step = Literal["basis", "percentage", "cap", "share", "rate", "round"]


class Band(NamedTuple):
    """A dose band: a dose from `low` to below `high` is given as `give`."""

    low: Decimal
    high: Decimal
    give: Decimal
    unit: str


class Bound(NamedTuple):
    """To what, and how far, a dose may be rounded.

    Args:
        step: round to a multiple of this amount.
        bands: dose bands, instead of a step.
        within: the most by which rounding may change the dose [%].
    """

    step: Quantity | None = None
    bands: tuple[Band, ...] = ()
    within: Decimal | None = None


class Rate(NamedTuple):
    """An amount per day or hour of an infusion, and the amount of the whole infusion.

    Args:
        value: in `unit`, per `per`.
        duration: how long the infusion runs, in words: days or hours, as `per` is.
        total: of the whole infusion, in `unit`.
    """

    value: Decimal
    unit: str
    per: Literal["day", "hour"]
    duration: str
    total: Decimal


class Working(NamedTuple):
    """One step of the arithmetic, and the amount after it."""

    step: Step
    text: str
    value: Decimal


class Dosed(NamedTuple):
    """An amount to give, and how it was calculated.

    Args:
        value: in `unit`, one of `AMOUNT_UNITS`.
        calculated: the amount before rounding.
        capped: the dose's cap reduced it.
        percent: of the prescribed amount [%].
        body_measure: the weight [kg] or body surface area [m2] that it was multiplied by, if any.
        body_reduced: that is less than the actual one of the patient.
        full_dose: the amount before rounding at 100 %, if `percent` is not and a cap cuts either.
        basis: what the amount is per, `kg` or `m2`; None if neither.
        band: the band of patients that the amount is for, if there are bands.
        rate: the amount per day or hour, if it was multiplied by the length of an infusion.
        set_to: the amount that a course log sets instead of the prescribed one.
    """

    value: Decimal
    unit: str
    working: tuple[Working, ...]
    calculated: Decimal
    capped: bool = False
    not_rounded_because: str | None = None
    percent: Decimal = Decimal(100)
    body_measure: Quantity | None = None
    body_reduced: bool = False
    full_dose: Decimal | None = None
    basis: str | None = None
    band: Chosen | None = None
    rate: Rate | None = None
    set_to: Quantity | None = None

    def true_share(self) -> Decimal | None:
        """The percentage of the dose at 100 % that it really is [%], if a cap changes it.

        A cap comes after the percentage: 50 % of a dose that is capped is more than half of it.
        """
        if self.full_dose is None:
            return None
        return EXACT.divide(EXACT.multiply(self.calculated, Decimal(100)), self.full_dose)


class Unstated(NamedTuple):
    """A dose whose amount the source does not state: nothing is calculated or added up."""

    percent: Decimal = Decimal(100)
    value: None = None
    unit: str = ""
    working: tuple[Working, ...] = ()
    calculated: None = None
    capped: bool = False
    not_rounded_because: None = None
    body_measure: None = None
    body_reduced: bool = False
    basis: None = None
    band: None = None
    rate: None = None
    set_to: None = None

    def true_share(self) -> None:
        """None: there is no amount to take a share of."""


DoseResult: TypeAlias = Dosed | Unstated


def dose(
    amount: Quantity,
    patient: Patient,
    *,
    percent: Decimal = Decimal(100),
    a_day: int = 1,
    cap: Quantity | None = None,
    step: Quantity | None = None,
    bound: Bound | None = None,
    dosing_body: DosingBody = WHOLE_BODY,
    why: str = "",
    lasting: int | None = None,
) -> Dosed:
    """Calculate the amount of one administration.

    Args:
        amount: as prescribed.
        percent: of the prescribed amount [%].
        a_day: how many administrations share an amount per day.
        cap: the most that a dose (with `/day`, a day) may be.
        step: the file rounds the dose to a multiple of this.
        bound: how the user rounds it, instead of `step`.
        dosing_body: which weight counts, and the caps on weight and body surface area.
        why: why the patient has this amount; appended to the first step of the working.
        lasting: how long a rate is given, which is then multiplied by it [min].

    Raises:
        ValueError: the patient lacks what the amount is calculated from; see `measures_of`.
        MissingInput, Refused: the weight to dose by cannot be calculated.

    >>> from il2calc.units import quantity
    >>> dose(quantity("72_000 IU/kg"), Patient(weight=Decimal(70))).value
    Decimal('5040000')
    """
    with localcontext(GUARDED):
        calculation = _Calculation(amount, cap, a_day, lasting)
        calculation.multiply(patient, dosing_body, why)
        calculation.adjust(percent)
        calculation.round(bound or Bound(step))
    dosed = calculation.result()
    if percent == 100 or cap is None:
        return dosed
    full = dose(amount, patient, a_day=a_day, cap=cap, dosing_body=dosing_body, lasting=lasting)
    return dosed._replace(full_dose=full.calculated) if full.capped or dosed.capped else dosed


def for_body(
    amount: Quantity, patient: Patient, dosing_body: DosingBody, basis: str | None
) -> Decimal | None:
    """What an amount comes to for the body that a dose is calculated with; None if not known.

    A dose and its limit are then equal to the last digit where they are the same per kg or m2.

    Args:
        basis: what the dose is calculated per; only one per kg is by an ideal weight.
    """
    if any(measured(patient, measure) is None for measure in measures(amount)):
        return None
    if basis != "kg":
        dosing_body = dosing_body._replace(weight=None)
    return dose(amount, patient, dosing_body=dosing_body).value


class _Calculation:
    """The amount so far, `full` with digits to spare and `value` to 28 digits, and its working."""

    def __init__(
        self, amount: Quantity, cap: Quantity | None, a_day: int, lasting: int | None
    ) -> None:
        self.amount, self.cap, self.a_day, self.lasting = amount, cap, a_day, lasting
        self.unit = amount.given_in()
        self.steps: list[Working] = []
        self.capped = False
        self.percent = Decimal(100)
        self.not_rounded_because: str | None = None
        self.body_measure: Quantity | None = None
        self.body_reduced = False
        self.rate: Rate | None = None

    @property
    def value(self) -> Decimal:
        return EXACT.plus(self.full)

    def multiply(self, patient: Patient, dosing_body: DosingBody, why_amount: str) -> None:
        """Multiply the prescribed amount by what it is per: a measure of the body, or nothing."""
        amount, need = self.amount, measure_of(self.amount)
        if need == "gfr":
            gfr = known(patient.gfr, need)
            self.full = amount.value * (gfr + CALVERT_OFFSET)
            text = f"AUC {exact(amount.value)} x (GFR {exact(gfr)} + 25)"
        elif need == "weight":
            actual = known(patient.weight, need)
            dosing_weight, derivation = dosing_body.dosing_weight(patient, actual)
            weight, why = self._cap_body(dosing_weight, dosing_body.weight_cap, "kg", "weight_cap")
            self.body_reduced = self.body_reduced or dosing_weight < actual
            self.full = amount.value * weight
            shown = _digits(weight, lambda weight: amount.value * weight)
            text = f"{derivation}{_in_full(amount)} x {exact(shown)} kg{why}"
        elif need == "surface":
            area = known(patient.unrounded_bsa(), need)
            area, why = self._cap_body(area, dosing_body.bsa_cap, "m2", "bsa_cap")
            self.full = amount.value * area
            shown = _digits(area, lambda area: amount.value * area)
            given = patient.surface_area is not None and patient.height is not None
            text = f"{_in_full(amount)} x {exact(shown)} m2{' as given' * given}{why}"
        else:
            self.full = amount.value
            text = f"{_in_full(amount)}, flat"
        self.calculated = self.value
        text = text if need is None else f"{text} = {self._shown()}"
        self._note("basis", text + why_amount)

    def _cap_body(
        self, measure: Decimal, most: Decimal | None, unit: str, key: str
    ) -> tuple[Decimal, str]:
        """The part of a weight or area that counts, and why, to append to the working."""
        self.body_reduced = most is not None and most < measure
        used = measure if most is None else min(measure, most)
        self.body_measure = Quantity(used, unit)
        if most is None:
            return used, ""
        cap = f"{key} of {exact(most)} {unit}"
        if self.body_reduced:
            return used, f" (of {exact(EXACT.plus(measure))} {unit}, for the {cap})"
        return used, f" (not above the {cap})"

    def adjust(self, percent: Decimal) -> None:
        """Apply percentage, cap, and the share of a day or length of an infusion, in order."""
        cap_per_day = self.amount.per_day and self.cap is not None and self.cap.per_day
        if percent != 100:
            self.take_percentage(percent)
        if cap_per_day:
            self.apply_cap()
        if self.lasting is not None:
            self.multiply_rate(self.lasting)
        elif self.amount.per_day:
            self.divide(self.a_day)
        if not cap_per_day:
            self.apply_cap()

    def take_percentage(self, percent: Decimal) -> None:
        before = self._shown(lambda value: value * percent / 100)
        self.full, self.percent = self.full * percent / 100, percent
        self._note("percentage", f"{exact(percent)} % of {before} = {self._shown()}")

    def divide(self, a_day: int) -> None:
        before = self._shown(lambda value: value / a_day)
        self.full = self.full / a_day
        self._note("share", f"{before} a day / {a_day} a day = {self._shown()}")

    def multiply_rate(self, minutes: int) -> None:
        """Multiply an amount per day or hour by the time for which it is given [min]."""
        per: Literal["day", "hour"] = "day" if self.amount.per_day else "hour"
        rate, unit = self.value, MINUTES[f"{per}s"]
        before = self._shown(lambda value: value * minutes / unit)
        self.full = self.full * minutes / unit
        self.rate = Rate(rate, self.unit, per, _length(minutes, per), self.value)
        article = "a" if self.amount.per_day else "an"
        self._note("rate", f"{before} {article} {per} x {self.rate.duration} = {self._shown()}")

    def apply_cap(self) -> None:
        if (cap := self.cap) is None:
            self._note("cap", "no cap")
            return
        most = convert(cap.value, cap.unit, self.unit)
        if self.value <= most:
            self._note("cap", f"not above the cap of {safe_quantity(cap)}")
            return
        self.full, self.capped = most, True
        self._note("cap", f"capped at {safe_quantity(cap)}")

    def round(self, bound: Bound) -> None:
        self.calculated = self.value
        if bound.step is None and not bound.bands:
            self._note("round", "not rounded")
            return
        rounded, target = self._rounded(bound)
        self.not_rounded_because = self._refusal(rounded, target, bound.within)
        if self.not_rounded_because:
            self._note("round", f"not rounded: {self.not_rounded_because}")
            return
        before = self._shown()
        self.full = rounded
        self._note("round", f"{before} rounded to {target} = {self._shown()}")

    def _rounded(self, bound: Bound) -> tuple[Decimal, str]:
        """The rounded amount (0 if no dose band includes it), and what it was rounded to."""
        if bound.step is not None:
            step = convert(bound.step.value, bound.step.unit, self.unit)
            count = (self.value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            return count * step, safe_quantity(bound.step)
        for band in bound.bands:
            if band.low <= convert(self.value, self.unit, band.unit) < band.high:
                return convert(band.give, band.unit, self.unit), "its dose band"
        return Decimal(0), _NO_BAND

    def _refusal(self, rounded: Decimal, target: str, within: Decimal | None) -> str | None:
        """Why the amount must not be rounded; None if it may be."""
        if (cap := self.cap) is not None:
            most = convert(cap.value, cap.unit, self.unit)
            of_day = rounded * self.a_day
            if self.lasting is not None:
                of_day = rounded * MINUTES["days"] / self.lasting
            if (of_day if cap.per_day else rounded) > most:
                return f"rounding to {target} would exceed the cap of {safe_quantity(cap)}"
        if rounded == 0:
            if target == _NO_BAND:
                return f"no dose band includes {self._shown()}"
            return f"rounding to {target} would give zero"
        change = EXACT.plus(abs(rounded - self.full) / self.full * 100)
        if within is not None and change > within:
            more = f"{short(change, 3)} %, more than {exact(within)} %"
            return f"rounding to {target} would change it by {more}"
        return None

    def result(self) -> Dosed:
        return Dosed(
            value=self.value,
            unit=self.unit,
            working=tuple(self.steps),
            calculated=self.calculated,
            capped=self.capped,
            not_rounded_because=self.not_rounded_because,
            percent=self.percent,
            body_measure=self.body_measure,
            body_reduced=self.body_reduced,
            basis=self.amount.basis,
            rate=self.rate,
        )

    def _note(self, step: Step, text: str) -> None:
        self.steps.append(Working(step, text, self.value))

    def _shown(self, next_step: Callable[[Decimal], Decimal] = Decimal) -> str:
        """The amount in words, with the digits that the next step of the working needs."""
        return safe(_digits(self.full, next_step), self.unit, full=True)


def _digits(number: Decimal, next_step: Callable[[Decimal], Decimal]) -> Decimal:
    """A number to 28 digits, or to more if the next step would otherwise give another result."""
    expected = EXACT.plus(number), EXACT.plus(next_step(number))
    rounded = (
        Context(digits, ROUND_HALF_UP).plus(number)
        for digits in range(EXACT.prec, GUARDED.prec + 1)
    )
    return next(
        shown for shown in rounded if (EXACT.plus(shown), EXACT.plus(next_step(shown))) == expected
    )


def _in_full(amount: Quantity) -> str:
    text = safe(amount.value, amount.unit, full=True) + amount.tail()
    return f"{amount.conversion} = {text}; {text}" if amount.conversion else text


def _length(minutes: int, per: Literal["day", "hour"]) -> str:
    """A time in days or hours; as a fraction if it is no short decimal.

    >>> _length(4320, "day"), _length(30, "hour"), _length(50, "hour")
    ('3 days', '0.5 hours', '50/60 hours')
    """
    number = EXACT.divide(Decimal(minutes), Decimal(MINUTES[f"{per}s"]))
    if len(number.as_tuple().digits) == EXACT.prec:
        return f"{minutes}/{MINUTES[f'{per}s']} {per}s"
    return how_many(exact(number), per)
