"""How far something departs from a file, a plan or a monograph.

The departure is given as a factor: of a value that was set, of an amount that a log changes, of a
dose above the largest one that a source states. Between units of different kinds there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from il2calc.errors import MissingInput, Refused, RegimenError
from il2calc.model.measure import WHOLE_BODY, Bands, DosingBody
from il2calc.model.patient import Patient
from il2calc.model.regimen import Dose, Regimen, Setting
from il2calc.plan import dosing
from il2calc.plan.administration import Administration, AsNeeded, grouped
from il2calc.plan.calendar import DAY, doses_a_day, infusion_minutes, single_amount
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.body import largest_sizes
from il2calc.units import EXACT, Quantity, Span, addable, convert, safe, safe_quantity, short, span

if TYPE_CHECKING:
    from il2calc.model.drug import Drug, Limit
    from il2calc.pharmacy.answers import Monographs

NO_MONOGRAPHS: Monographs = MappingProxyType({})

NOTABLE_FACTOR = Decimal(2)
"""A departure is given as a factor from this one on. No rounding and few usual reductions reach it,
but every slip of a digit or a unit does: our own assumption."""

_ONE = Decimal(1)

_BAND_STEP = 5
"""From this factor on between neighbouring bands a slip is likelier than a step: our assumption."""

_MOST_ROUNDED_UP = Decimal(110)
"""Rounded up to at most this [%], a dose is judged as it was calculated: the tenth of HOPA."""


def exceeds_by_rounding(dosed: dosing.DoseResult, value: Decimal, limit: Decimal) -> bool:
    """Whether a dose exceeds a limit only because it was rounded, which is shown by itself."""
    calculated = dosed.calculated
    if calculated is None or value != dosed.value or calculated > limit:
        return False
    return value * 100 <= calculated * _MOST_ROUNDED_UP


def factor_in_words(value: Decimal, reference: Decimal) -> str | None:
    """How many times a reference a value is, or what part of it; None where the two are close.

    >>> factor_in_words(Decimal(504), Decimal("50.4")), factor_in_words(Decimal(1), Decimal(8))
    ('10 times', '1/8 of')
    """
    if value >= reference * NOTABLE_FACTOR:
        return f"{short(EXACT.divide(value, reference), 3)} times"
    if value * NOTABLE_FACTOR <= reference:
        return f"1/{short(EXACT.divide(reference, value), 3)} of"
    return None


_SET_PATH = re.compile(r"(.+)\.([a-z_]+)(?:\[[^\[\]]*\])?")
"""A path that was set: to what it belongs, its key, and perhaps an arm."""

_FACTOR_OF: Mapping[str, str] = {
    **dict.fromkeys(("times", "up_to", "at_most", "day", "at"), "as many"),
    **dict.fromkeys(("over", "rest", "window"), "as long"),
    "every": "as often",
}
"""Key of a count, a list, a length or an interval that was set -> what its factor is called."""


def setting_factor(setting: Setting, schedule: Schedule, monographs: Monographs) -> str | None:
    """By which factor a setting changed a value, in words; None where it is close, or has none.

    Amounts in different scales or per different bases are compared by what they come to: in one
    unit by the drug's monograph, for the patient of a schedule.
    """
    match = _SET_PATH.fullmatch(setting.path)
    key = match[2] if match else ""
    try:
        if key not in _FACTOR_OF:
            return _amount_factor(setting, match[1] if match else "", schedule, monographs)
        if key in ("day", "at"):
            was, now = (_occurrences(text, setting.path, schedule) for text in setting[1:])
        else:
            texts = (setting.was or "", setting.now)
            was, now = (_magnitudes(text, _FACTOR_OF[key]) for text in texts)
    except (MissingInput, Refused, ValueError):
        return None
    factors = (factor_in_words(*pair) for pair in zip(now, was, strict=True) if min(pair) > 0)
    factor = next(filter(None, factors), None)
    return f"{factor.removesuffix(' of')} {_FACTOR_OF[key]}" if factor else None


def _magnitudes(text: str, kind: str) -> tuple[Decimal, ...]:
    """A count; both ends of a length [min]; for an interval, how often it fits into a day.

    Raises:
        ValueError: the text is none of these.
    """
    if kind == "as many":
        from il2calc.language import fields

        return (Decimal(fields.whole_number(text)),)
    length = span(text.removeprefix("at least "))
    ends = (Decimal(length.shortest), Decimal(length.longest))
    if kind == "as often":
        return tuple(EXACT.divide(DAY, minutes) for minutes in ends)
    return ends


def _occurrences(text: str | None, path: str, schedule: Schedule) -> tuple[Decimal, ...]:
    """On how many days of a turn, or at how many times of a day, a dose is given.

    Raises:
        ValueError: its days have no end.
    """
    from il2calc.language import fields
    from il2calc.text import yaml

    value = yaml.value(text) if text is not None else "08:00"
    dose, _, key = path.rpartition(".")
    if key == "at":
        return (Decimal(len(fields.at(value).minutes)),)
    blocks = schedule.regimen.body.walk()
    around = next((b for b in blocks if dose in {inner.path for inner in b.prescribed()}), None)
    interval = around.repeat.every if around is not None and around.repeat is not None else None
    days = fields.days(value)
    if days.onward is not None and interval is None:
        raise ValueError(f"{text!r} has no end")
    length = interval.shortest // DAY if interval is not None else None
    return (Decimal(len(list(days.offsets(schedule.regimen.day_zero, length)))),)


def _amount_factor(
    setting: Setting, path: str, schedule: Schedule, monographs: Monographs
) -> str | None:
    """The factor of an amount that was set, in words, as `setting_factor` gives it.

    Raises:
        ValueError: a text is no amount, or the patient lacks what an amount is calculated from.
    """
    from il2calc.language import fields

    dose = next((dose for dose in schedule.regimen.doses() if dose.path == path), None)
    drug = monographs.get(dose.drug) if dose is not None else None
    was, now = (_rescaled(fields.amount(text), drug) for text in (setting.was, setting.now))
    reference = "value"
    if (was.tail(), was.unit == "AUC") != (now.tail(), now.unit == "AUC"):
        if dose is None:
            return None
        reference = "dose for this patient"
        was, now = (_for_patient(amount, dose, schedule.patient) for amount in (was, now))
    value = _in_unit(now, was.unit, drug)
    factor = factor_in_words(value, was.value) if value is not None else None
    return f"{factor} the file's {reference}" if factor else None


def _rescaled(prescribed: Quantity, drug: Drug | None) -> Quantity:
    """An amount in an older scale of activity, converted to the monograph's; others unchanged."""
    factor = drug.scale(prescribed.unit) if drug is not None else None
    if factor is None:
        return prescribed
    value = EXACT.divide(prescribed.value * factor.right.value, factor.left.value)
    return prescribed._replace(value=value, unit=factor.right.unit)


def _for_patient(prescribed: Quantity, dose: Dose, patient: Patient) -> Quantity:
    """What an amount comes to for a patient, before a cap or rounding.

    Raises:
        ValueError, MissingInput, Refused: it cannot be calculated for the patient.
    """
    lasting = infusion_minutes(dose, prescribed)
    per_day = doses_a_day(dose)
    dosed = dosing.dose(
        prescribed, patient, a_day=per_day, dosing_body=dose.dosing_body, lasting=lasting
    )
    return Quantity(dosed.value, dosed.unit)


def _in_unit(prescribed: Quantity, unit: str, drug: Drug | None) -> Decimal | None:
    """An amount in another unit, perhaps by factors of the monograph; None if none lead there."""
    if addable(prescribed.unit, unit):
        return convert(prescribed.value, prescribed.unit, unit)
    if drug is None:
        return None
    from il2calc.pharmacy.answers import converted

    return converted(prescribed.value, prescribed.unit, unit, drug)


class CheckedDose(NamedTuple):
    """A dose as it is checked against limits: its route, its unit, and its length [days].

    Args:
        basis: what it is calculated per; None for a flat amount.
        patient: whose it is; `dosing_body` says which weight counts.
        per: `kg` or `m2`, where the dose is an amount per kg or m2 of any patient.
    """

    route: str
    unit: str
    days: Decimal
    basis: str | None
    patient: Patient
    dosing_body: DosingBody = WHOLE_BODY
    per: str | None = None


class Maximum(NamedTuple):
    """The largest of some limits, in the unit of a dose.

    Args:
        note: on which body or route it rests, where that is not the dose's own.
    """

    limit: Limit
    value: Decimal
    note: str = ""


def file_remarks(
    content: bytes,
    regimen: Regimen,
    remarks: Iterable[RegimenError],
    monograph: Callable[[str], Drug | None],
) -> tuple[RegimenError, ...]:
    """What a person should confirm in a file, in its order: its remarks, and amounts too large.

    Too large is what exceeds the largest one that a source states, whoever the patient is.

    Args:
        content: the bytes that the regimen was read from.
        monograph: the monograph of a drug by its name in the regimen; None where there is none.
    """
    from il2calc.language import paths

    monographs = {name: monograph(name) for name in {dose.drug for dose in regimen.doses()}}
    above = paths.errors_at_paths(content, regimen.origin.file, _amounts_above(regimen, monographs))
    return tuple(sorted((*remarks, *above), key=lambda remark: remark.line or 0))


def _amounts_above(regimen: Regimen, monographs: Monographs) -> Iterator[tuple[str, str]]:
    """The amounts of a file above the largest one that a source states, by their paths.

    An amount per kg or m2 is compared with limits per the same, both for one kg or m2. A flat
    amount is checked for a patient of whom nothing is known. Each dose is checked by itself.
    """
    for dose in regimen.doses():
        drug = monographs.get(dose.drug)
        if drug is None:
            continue
        days = days_of(dose.over)
        limits = [limit for limit in drug.limits if dose.route in limit.routes] or drug.limits
        suffix, times = " as needed" if dose.as_needed else "", times_a_day(dose)
        for arm, stated in dose.stated():
            key, amount = "" if arm is None else f"[{arm}]", single_amount(dose, stated)
            unit, basis = amount.unit, amount.basis
            comparable = tuple(limit for limit in limits if basis in (None, limit.amount.basis))
            checked = CheckedDose(dose.route, unit, days, basis, Patient(), per=basis)
            drug = drug._replace(limits=comparable)
            for text in dose_excesses(drug, checked, amount, times, suffix):
                yield f"{dose.path}.amount{key}", text


def days_of(over: Span | None) -> Decimal:
    """How long an infusion runs at the longest [days]; 0 where no time is stated."""
    return Decimal(over.longest) / DAY if over is not None else Decimal(0)


def times_a_day(dose: Dose) -> int:
    """How often a dose may be given in a day."""
    if dose.at is not None and dose.at.most is not None:
        return dose.at.most
    count = dose.repeat.count if dose.repeat is not None else None
    return min(doses_a_day(dose), count or doses_a_day(dose))


def dose_excesses(
    drug: Drug, dose: CheckedDose, amount: Quantity, times: int, suffix: str = ""
) -> Iterator[str]:
    """A dose by itself, and all its doses of a day, where they exceed the largest limit.

    Args:
        times: how many doses there are in a day.
        suffix: what follows its amount, such as how it is given.
    """
    daily = amount._replace(value=EXACT.divide(amount.value * times, max(dose.days, _ONE)))
    single, of_day = limit_of_dose(drug, dose), largest_limit(drug, dose, of_day=True)
    for checked, most, period in ((amount, single, ""), (daily, of_day, " in a day")):
        if most is not None and checked.value > most.value:
            text = dose_in_words(drug.name, checked, most, dose.days)
            yield excess_text(f"{text}{suffix}{period}", checked.value, most)


def largest_limit(drug: Drug, dose: CheckedDose, *, of_day: bool) -> Maximum | None:
    """The largest limit for the route of a dose, at the body of its patient.

    Args:
        of_day: of the limits of a day; else of those of a dose, or of a day of infusion.
    """
    limits = drug.limits_for(dose.route, dose.basis, for_days=dose.days >= 1, of_day=of_day)
    return _at_body(drug, dose, limits)


def limit_of_dose(drug: Drug, dose: CheckedDose) -> Maximum | None:
    """The largest limit of a dose; of any other route where its own route has no limit at all."""
    if any(dose.route in limit.routes for limit in drug.limits):
        return largest_limit(drug, dose, of_day=False)
    most = _at_body(drug, dose, drug.limits, with_assumed=True)
    return most and most._replace(note=f"{most.note} of another route")


def _at_body(
    drug: Drug, dose: CheckedDose, limits: Iterable[Limit], *, with_assumed: bool = False
) -> Maximum | None:
    """The largest of some limits at the body of a patient.

    A limit per a measure that is not known is taken at the largest body that needs no second look:
    what exceeds that is a slip, whoever the patient is.

    Args:
        with_assumed: such limits count beside the others, and a limit of a day for each day of the
            dose; otherwise such limits count only where there are no others.
    """
    at_body: list[Maximum] = []
    at_largest: list[Maximum] = []
    for limit in limits:
        amount, note = limit.amount, ""
        if limit.per == "day of infusion" or (with_assumed and limit.per == "day"):
            amount = amount._replace(value=amount.value * max(dose.days, _ONE))
        limit_value: Decimal | None = amount.value
        if amount.basis != dose.per:
            limit_value = dosing.for_body(amount, dose.patient, dose.dosing_body, dose.basis)
        if limit_value is None:
            size = largest_sizes(dose.patient)[amount.basis]
            limit_value = EXACT.multiply(amount.value, size)
            note = f" at {short(size, 3)} {amount.basis} (not given: the largest assumed)"
        value = _in_unit(Quantity(limit_value, amount.unit), dose.unit, drug)
        if value is not None:
            (at_largest if note else at_body).append(Maximum(limit, value, note))
    candidates = [*at_body, *at_largest] if with_assumed else at_body or at_largest
    return max(candidates, key=lambda most: most.value, default=None)


def dose_in_words(drug: str, amount: Quantity, most: Maximum, days: Decimal) -> str:
    """How much of a drug it is; of several days, against a limit of one day, also per day."""
    text = f"{drug} {safe(amount.value, amount.unit)}{amount.tail()}"
    if most.limit.per == "day of infusion" and days > 1:
        text += f" ({safe(amount.value / days, amount.unit)}{amount.tail()} a day)"
    return text


def excess_text(subject: str, value: Decimal, most: Maximum) -> str:
    """That something is above a limit, by how much, and which source says so."""
    factor = factor_in_words(value, most.value) or "more than"
    fact = most.limit.fact
    limit = f"{most.limit.in_words()}{most.note}"
    return f"{subject} is {factor} {limit}, {fact.text} ({'; '.join(fact.sources)})"


def band_steps(schedule: Schedule) -> Iterator[Caution]:
    """Amounts by bands where the patient's is many times the one next to it, or a small part."""

    def texts() -> Iterator[tuple[str, int]]:
        for row in schedule.administrations:
            amounts, band = row.dose.amount(schedule.arm), row.dosed.band
            for one, other in pairwise(amounts.bands if isinstance(amounts, Bands) else ()):
                is_own = band is not None and band.band in (one.within.text, other.within.text)
                if is_own and (factor := _step(one.amount, other.amount)) is not None:
                    text = (
                        f"{row.dose.path}: {safe_quantity(other.amount)} for {other.within.text} "
                        f"is {factor} the {safe_quantity(one.amount)} for {one.within.text}, the "
                        f"next band ({_BAND_STEP} times or more: our assumption); check the file"
                    )
                    yield text, row.number

    return Caution.one_per_text("band-step", texts(), of_patient=True)


def _step(one: Quantity, other: Quantity) -> str | None:
    """How many times one amount another of the same kind is, if that is a lot; else None."""
    converted = in_unit_of(one, other)
    if converted is None:
        return None
    is_far = not converted < other.value * _BAND_STEP < converted * _BAND_STEP**2
    return factor_in_words(other.value, converted) if is_far else None


def in_unit_of(one: Quantity, other: Quantity) -> Decimal | None:
    """The value of an amount in the unit of another one; None where they differ in kind."""
    if one.tail() != other.tail() or not addable(one.unit, other.unit):
        return None
    return convert(one.value, one.unit, other.unit)


def unit_mismatches(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Drugs in a unit that their monograph cannot convert: nothing about them can be checked."""
    rows: Iterable[Administration | AsNeeded] = (*schedule.administrations, *schedule.as_needed)
    stated = (row for row in rows if row.dosed.value is not None)
    by_unit = grouped(((row.dose.drug, row.dosed.unit), row) for row in stated)
    for (name, unit), of_unit in by_unit.items():
        drug = monographs.get(name)
        if drug is None or not drug.products:
            continue
        units = [product.contains.unit for product in drug.products]
        if all(_in_unit(Quantity(_ONE, unit), other, drug) is None for other in units):
            text = f"{name} is in {unit}, and in its monograph in {units[0]}: it is not checked "
            text += "against limits, and nothing is prepared; check the unit"
            numbers = (row.number for row in of_unit if isinstance(row, Administration))
            yield Caution("unit", text, tuple(numbers))
