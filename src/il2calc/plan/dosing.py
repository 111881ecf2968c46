"""How much a dose is: basis, percentage, share of the day, cap, rounding, with its working.

Rule 9 of the regimen language: basis -> percentage -> cap -> round, half-up, in decimal arithmetic
to 28 digits. Where a file lets a body count for so much at most, the body is capped before all of
it. An amount per day is divided over its administrations after a cap per day and before a cap per
dose; one per day of an infusion of several days, or per hour, is multiplied out at the same place.
Body surface area is not rounded before it is multiplied: digits are kept to spare,
and what comes out is rounded to 28 once, so that 187.5 mg/m2 x 4/3 m2 is 250 mg. No time occurs
here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Literal, NamedTuple, TypeAlias

from il2calc.errors import how_many
from il2calc.model.measure import WHOLE_BODY, Chosen, Counted, needs
from il2calc.model.patient import Patient
from il2calc.units import EXACT, GUARDED, Quantity, convert, exact, safe, safe_quantity, short

CALVERT_OFFSET = Decimal(25)
"""Calvert: dose [mg] = AUC x (GFR + 25). J Clin Oncol 1989;7:1748-56."""

_NO_BAND = "no dose band"

Step = Literal["basis", "percentage", "cap", "share", "rate", "round"]
_MINUTES: dict[Literal["day", "hour"], int] = {"day": 1440, "hour": 60}


class Band(NamedTuple):
    """A dose band: from `low` up to, not including, `high`, the dose is `give`."""

    low: Decimal
    high: Decimal
    give: Decimal
    unit: str


class Bound(NamedTuple):
    """How far, and to what, a dose may be rounded.

    Args:
        step: round to a multiple of this amount.
        bands: dose bands, instead of a step.
        within: the most that rounding may change the dose by [%].
    """

    step: Quantity | None = None
    bands: tuple[Band, ...] = ()
    within: Decimal | None = None


class Rate(NamedTuple):
    """An amount per day or hour of an infusion, and what it comes to while that runs.

    Args:
        value: in `unit`, per `per`.
        lasting: how long it runs, in days or hours as `per` says.
    """

    value: Decimal
    unit: str
    per: Literal["day", "hour"]
    lasting: str
    whole: Decimal


class Working(NamedTuple):
    """One step of the arithmetic, and the amount after it."""

    step: Step
    text: str
    value: Decimal


class Dosed(NamedTuple):
    """An amount to be given, and how it came about.

    Args:
        value: in `unit`, a unit of the closed list.
        calculated: the amount before rounding, and `capped` whether a cap bit.
        percent: share of the prescribed amount [%].
        reckoned: the weight [kg] or body surface area [m2] that it was multiplied by; None of
            other doses. It is less than that of the patient where `less` of a body counts.
        whole: the amount before rounding at 100 %, where a share was taken and a cap cut either.
        basis: what the amount is per, `kg` or `m2`; None where neither.
        band: the band of patients that the amount is for, where there are bands.
        rate: what it is per day or hour, where the file gives it so and it was multiplied out.
        set_to: the amount that a course log sets in the place of the prescribed one.
    """

    value: Decimal
    unit: str
    working: tuple[Working, ...]
    calculated: Decimal
    capped: bool = False
    not_rounded_because: str | None = None
    percent: Decimal = Decimal(100)
    reckoned: Quantity | None = None
    less: bool = False
    whole: Decimal | None = None
    basis: str | None = None
    band: Chosen | None = None
    rate: Rate | None = None
    set_to: Quantity | None = None

    def true_share(self) -> Decimal | None:
        """What the dose is of the one at 100 % [%], where a cap makes it another share.

        A cap comes after the share: of a dose that it would cut, 50 % is more than half.
        """
        if self.whole is None:
            return None
        return EXACT.divide(EXACT.multiply(self.calculated, Decimal(100)), self.whole)


class Unstated(NamedTuple):
    """A dose whose amount the source does not state: nothing is calculated, nothing added."""

    percent: Decimal = Decimal(100)
    value: None = None
    unit: str = ""
    working: tuple[Working, ...] = ()
    calculated: None = None
    capped: bool = False
    not_rounded_because: None = None
    reckoned: None = None
    less: bool = False
    basis: None = None
    band: None = None
    rate: None = None
    set_to: None = None

    def true_share(self) -> None:
        """Of nothing there is no share."""


Reckoned: TypeAlias = Dosed | Unstated


def dose(
    amount: Quantity,
    patient: Patient,
    *,
    percent: Decimal = Decimal(100),
    a_day: int = 1,
    cap: Quantity | None = None,
    step: Quantity | None = None,
    bound: Bound | None = None,
    counted: Counted = WHOLE_BODY,
    why: str = "",
    lasting: int | None = None,
) -> Dosed:
    """How much is one administration?

    Args:
        amount: as prescribed.
        percent: of the prescribed amount [%].
        a_day: administrations over which an amount per day is divided.
        cap: the most a dose (or with `/day`, a day) may be.
        step: what the file rounds the dose to a multiple of.
        bound: how the user rounds it, instead of `step`.
        counted: how much of the body counts.
        why: the amount holds for the patient, as an addition to the working.
        lasting: how long an amount per hour or day is given, which is then multiplied out [min].

    Raises:
        ValueError: the patient lacks what the amount is calculated from; see `needs`.

    >>> from il2calc.units import quantity
    >>> dose(quantity("72_000 IU/kg"), Patient(weight=Decimal(70))).value
    Decimal('5040000')
    """
    with localcontext(GUARDED):
        reckoning = _Reckoning(amount, cap, a_day, lasting)
        reckoning.begin(patient, counted, why)
        reckoning.reach(percent)
        reckoning.round(bound or Bound(step))
    dosed = reckoning.result()
    if percent == 100 or cap is None:
        return dosed
    full = dose(amount, patient, a_day=a_day, cap=cap, counted=counted, lasting=lasting)
    return dosed._replace(whole=full.calculated) if full.capped or dosed.capped else dosed


class _Reckoning:
    """The amount so far, `full` with digits to spare and `value` to 28, and how it came about."""

    def __init__(
        self, amount: Quantity, cap: Quantity | None, a_day: int, lasting: int | None
    ) -> None:
        self.amount, self.cap, self.a_day, self.lasting = amount, cap, a_day, lasting
        self.unit = amount.given_in()
        self.steps: list[Working] = []
        self.capped = False
        self.percent = Decimal(100)
        self.undone: str | None = None
        self.reckoned: Quantity | None = None
        self.less = False
        self.rate: Rate | None = None

    @property
    def value(self) -> Decimal:
        return EXACT.plus(self.full)

    def begin(self, patient: Patient, counted: Counted, for_whom: str) -> None:
        """Multiply the amount by what it is per."""
        amount, need = self.amount, needs(self.amount)
        if need == "gfr":
            self.full = amount.value * (_known(patient.gfr, "GFR") + CALVERT_OFFSET)
            text = f"AUC {exact(amount.value)} x (GFR {exact(_known(patient.gfr, 'GFR'))} + 25)"
        elif need == "weight":
            actual = _known(patient.weight, "weight")
            own, told = counted.weighed(patient, actual)
            weight, why = self._counted(own, counted.weight_cap, "kg", "weight_cap")
            self.less = self.less or own < actual
            self.full = amount.value * weight
            shown = _digits(weight, lambda weight: amount.value * weight)
            text = f"{told}{_whole(amount)} x {exact(shown)} kg{why}"
        elif need == "surface":
            area = _known(patient.full_bsa(), "body surface area")
            area, why = self._counted(area, counted.bsa_cap, "m2", "bsa_cap")
            self.full = amount.value * area
            shown = _digits(area, lambda area: amount.value * area)
            given = patient.surface_area is not None and patient.height is not None
            text = f"{_whole(amount)} x {exact(shown)} m2{' as given' * given}{why}"
        else:
            self.full = amount.value
            text = f"{_whole(amount)}, flat"
        self.calculated = self.value
        text = text if need is None else f"{text} = {self._shown()}"
        self._note("basis", text + for_whom)

    def _counted(
        self, measure: Decimal, most: Decimal | None, unit: str, key: str
    ) -> tuple[Decimal, str]:
        """How much of a measure of the body counts, and why, as an addition to the working."""
        self.less = most is not None and most < measure
        used = measure if most is None else min(measure, most)
        self.reckoned = Quantity(used, unit)
        if most is None:
            return used, ""
        cap = f"{key} of {exact(most)} {unit}"
        if self.less:
            return used, f" (of {exact(EXACT.plus(measure))} {unit}, for the {cap})"
        return used, f" (not above the {cap})"

    def reach(self, percent: Decimal) -> None:
        """Go on from the basis to the dose before rounding."""
        of_day = self.amount.per_day and self.cap is not None and self.cap.per_day
        if percent != 100:
            self.take(percent)
        if of_day:
            self.limit()
        if self.lasting is not None:
            self.run(self.lasting)
        elif self.amount.per_day:
            self.share(self.a_day)
        if not of_day:
            self.limit()

    def take(self, percent: Decimal) -> None:
        before = self._shown(lambda value: value * percent / 100)
        self.full, self.percent = self.full * percent / 100, percent
        self._note("percentage", f"{exact(percent)} % of {before} = {self._shown()}")

    def share(self, a_day: int) -> None:
        before = self._shown(lambda value: value / a_day)
        self.full = self.full / a_day
        self._note("share", f"{before} a day / {a_day} a day = {self._shown()}")

    def run(self, minutes: int) -> None:
        """Multiply an amount per day or hour by the time for which it is given [min]."""
        per: Literal["day", "hour"] = "day" if self.amount.per_day else "hour"
        rate = self.value
        before = self._shown(lambda value: value * minutes / _MINUTES[per])
        self.full = self.full * minutes / _MINUTES[per]
        self.rate = Rate(rate, self.unit, per, _times(minutes, per), self.value)
        article = "a" if self.amount.per_day else "an"
        self._note("rate", f"{before} {article} {per} x {self.rate.lasting} = {self._shown()}")

    def limit(self) -> None:
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
        rounded, what = self._rounded(bound)
        self.undone = self._refusal(rounded, what, bound.within)
        if self.undone:
            self._note("round", f"not rounded: {self.undone}")
            return
        before = self._shown()
        self.full = rounded
        self._note("round", f"{before} rounded to {what} = {self._shown()}")

    def _rounded(self, bound: Bound) -> tuple[Decimal, str]:
        """The rounded amount, 0 where no band holds the dose, and what it was rounded to."""
        if bound.step is not None:
            size = convert(bound.step.value, bound.step.unit, self.unit)
            turns = (self.value / size).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            return turns * size, safe_quantity(bound.step)
        for band in bound.bands:
            if band.low <= convert(self.value, self.unit, band.unit) < band.high:
                return convert(band.give, band.unit, self.unit), "its dose band"
        return Decimal(0), _NO_BAND

    def _refusal(self, rounded: Decimal, what: str, within: Decimal | None) -> str | None:
        """Why a rounding is left undone; None where it may stand."""
        if (cap := self.cap) is not None:
            most = convert(cap.value, cap.unit, self.unit)
            of_day = rounded * self.a_day
            if self.lasting is not None:
                of_day = rounded * _MINUTES["day"] / self.lasting
            if (of_day if cap.per_day else rounded) > most:
                return f"rounding to {what} would exceed the cap of {safe_quantity(cap)}"
        if rounded == 0:
            if what == _NO_BAND:
                return f"no dose band includes {self._shown()}"
            return f"rounding to {what} would give zero"
        change = EXACT.plus(abs(rounded - self.full) / self.full * 100)
        if within is not None and change > within:
            more = f"{short(change, 3)} %, more than {exact(within)} %"
            return f"rounding to {what} would change it by {more}"
        return None

    def result(self) -> Dosed:
        return Dosed(
            value=self.value,
            unit=self.unit,
            working=tuple(self.steps),
            calculated=self.calculated,
            capped=self.capped,
            not_rounded_because=self.undone,
            percent=self.percent,
            reckoned=self.reckoned,
            less=self.less,
            basis=self.amount.basis,
            rate=self.rate,
        )

    def _note(self, step: Step, text: str) -> None:
        self.steps.append(Working(step, text, self.value))

    def _shown(self, then: Callable[[Decimal], Decimal] = Decimal) -> str:
        """The amount in words, to as many digits as what is done with it then needs."""
        return safe(_digits(self.full, then), self.unit, full=True)


def _digits(number: Decimal, then: Callable[[Decimal], Decimal]) -> Decimal:
    """A number to 28 digits, or to as many more as it takes to come to the same as all of them."""
    wanted = EXACT.plus(number), EXACT.plus(then(number))
    rounded = (
        Context(digits, ROUND_HALF_UP).plus(number)
        for digits in range(EXACT.prec, GUARDED.prec + 1)
    )
    return next(
        shown for shown in rounded if (EXACT.plus(shown), EXACT.plus(then(shown))) == wanted
    )


def _whole(amount: Quantity) -> str:
    text = safe(amount.value, amount.unit, full=True) + amount.tail()
    return f"{amount.told} = {text}; {text}" if amount.told else text


def _times(minutes: int, per: Literal["day", "hour"]) -> str:
    """A time in days or hours; as a fraction where it is no short decimal.

    >>> _times(4320, "day"), _times(30, "hour"), _times(50, "hour")
    ('3 days', '0.5 hours', '50/60 hours')
    """
    number = EXACT.divide(Decimal(minutes), Decimal(_MINUTES[per]))
    if len(number.as_tuple().digits) == EXACT.prec:
        return f"{minutes}/{_MINUTES[per]} {per}s"
    return how_many(exact(number), per)


def _known(value: Decimal | None, what: str) -> Decimal:
    if value is None:
        raise ValueError(f"the {what} of this patient is not known")
    return value
