"""How far something departs from what a file, a plan or a monograph says.

It is told as a factor, of a value that was set as of an amount that a log changes, and of a dose
above the largest sourced one; of another kind of unit than a monograph has there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from il2calc.errors import RegimenError
from il2calc.model.measure import WHOLE_BODY, Bands, Counted
from il2calc.model.patient import Patient
from il2calc.model.regimen import Dose, Regimen, Setting
from il2calc.plan import dosing
from il2calc.plan.administration import Administration, AsNeeded, gathered
from il2calc.plan.calendar import DAY, a_day, multiplied_out, of_one
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.body import largest
from il2calc.units import EXACT, Quantity, Span, alike, convert, safe, safe_quantity, short, span

if TYPE_CHECKING:
    from il2calc.model.drug import Drug, Limit
    from il2calc.pharmacy.answers import Monographs

NO_MONOGRAPHS: Monographs = MappingProxyType({})

NOTABLE_FACTOR = Decimal(2)
"""From this factor on a departure is told as a factor, for no rounding and few reductions in use
come to it, and every slip of a digit or a unit does: our own assumption."""

_ONE = Decimal(1)

_APART = 5
"""From this factor on between bands side by side a slip is likelier than a step: we assume it."""

_MOST_ROUNDED = Decimal(110)
"""A dose that was rounded up to so much is taken as it was calculated [%]: HOPA's tenth."""


def by_rounding(dosed: dosing.Reckoned, value: Decimal, most: Decimal) -> bool:
    """Whether a dose passes a limit by its rounding alone, which is told by itself."""
    reckoned = dosed.calculated
    if reckoned is None or value != dosed.value or reckoned > most:
        return False
    return value * 100 <= reckoned * _MOST_ROUNDED


def factor_in_words(value: Decimal, reference: Decimal) -> str | None:
    """How many times a reference a value is, or what part of it; None where it is near it.

    >>> factor_in_words(Decimal(504), Decimal("50.4")), factor_in_words(Decimal(1), Decimal(8))
    ('10 times', '1/8 of')
    """
    if value >= reference * NOTABLE_FACTOR:
        return f"{short(EXACT.divide(value, reference), 3)} times"
    if value * NOTABLE_FACTOR <= reference:
        return f"1/{short(EXACT.divide(reference, value), 3)} of"
    return None


_PLACE = re.compile(r"(.+)\.([a-z_]+)(?:\[[^\[\]]*\])?")
"""A path that was set: of what, and which key of it, perhaps in an arm."""

_HOW: Mapping[str, str] = {
    **dict.fromkeys(("times", "up_to", "at_most", "day", "at"), "as many"),
    **dict.fromkeys(("over", "rest", "window"), "as long"),
    "every": "as often",
}
"""A count, a list, a length or an interval that was set -> what a factor of it is."""


def of_setting(setting: Setting, schedule: Schedule, monographs: Monographs) -> str | None:
    """By which factor a value was read otherwise, in words; None where it is near, or is none.

    Amounts of different scales or bases are compared by what they come to: in one unit by the
    drug's monograph, for the patient of a schedule.
    """
    match = _PLACE.fullmatch(setting.path)
    key = match[2] if match else ""
    try:
        if key not in _HOW:
            return _of_amount(setting, match[1] if match else "", schedule, monographs)
        if key in ("day", "at"):
            was, now = (_listed(text, setting.path, schedule) for text in setting[1:])
        else:
            was, now = (_numbers(text, _HOW[key]) for text in (setting.was or "", setting.now))
    except ValueError:
        return None
    told = (factor_in_words(*pair) for pair in zip(now, was, strict=True) if min(pair) > 0)
    factor = next(filter(None, told), None)
    return f"{factor.removesuffix(' of')} {_HOW[key]}" if factor else None


def _numbers(text: str, how: str) -> tuple[Decimal, ...]:
    """A count; the ends of a length [min]; of an interval how often it lies in a day.

    Raises:
        ValueError: the text is none of them.
    """
    if how == "as many":
        from il2calc.language import fields

        return (Decimal(fields.whole(text)),)
    length = span(text.removeprefix("at least "))
    ends = (Decimal(length.shortest), Decimal(length.longest))
    if how == "as often":
        return tuple(EXACT.divide(DAY, minutes) for minutes in ends)
    return ends


def _listed(text: str | None, path: str, schedule: Schedule) -> tuple[Decimal, ...]:
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
    walk = schedule.regimen.body.walk()
    around = next((b for b in walk if dose in {each.path for each in b.prescribed()}), None)
    every = around.repeat.every if around is not None and around.repeat is not None else None
    days = fields.days(value)
    if days.onward is not None and every is None:
        raise ValueError(f"{text!r} has no end")
    length = every.shortest // DAY if every is not None else None
    return (Decimal(len(list(days.offsets(schedule.regimen.day_zero, length)))),)


def _of_amount(
    setting: Setting, path: str, schedule: Schedule, monographs: Monographs
) -> str | None:
    """The same of an amount.

    Raises:
        ValueError: a text is no amount, or the patient lacks what one is calculated from.
    """
    from il2calc.language import fields

    dose = next((dose for dose in schedule.regimen.doses() if dose.path == path), None)
    drug = monographs.get(dose.drug) if dose is not None else None
    was, now = (_counted(fields.amount(text), drug) for text in (setting.was, setting.now))
    per = "value"
    if (was.tail(), was.unit == "AUC") != (now.tail(), now.unit == "AUC"):
        if dose is None:
            return None
        per = "dose for this patient"
        was, now = (_come_to(prescribed, dose, schedule.patient) for prescribed in (was, now))
    value = _in_unit(now, was.unit, drug)
    factor = factor_in_words(value, was.value) if value is not None else None
    return f"{factor} the file's {per}" if factor else None


def _counted(prescribed: Quantity, drug: Drug | None) -> Quantity:
    """An amount in an older scale of activity as the monograph counts it; others as they are."""
    factor = drug.scale(prescribed.unit) if drug is not None else None
    if factor is None:
        return prescribed
    value = EXACT.divide(prescribed.value * factor.right.value, factor.left.value)
    return prescribed._replace(value=value, unit=factor.right.unit)


def _come_to(prescribed: Quantity, dose: Dose, patient: Patient) -> Quantity:
    """What an amount is for a patient, neither capped nor rounded.

    Raises:
        ValueError: the patient lacks what it is calculated from.
    """
    lasting = multiplied_out(dose, prescribed)
    per_day = a_day(dose)
    made = dosing.dose(prescribed, patient, a_day=per_day, counted=dose.counted, lasting=lasting)
    return Quantity(made.value, made.unit)


def _in_unit(prescribed: Quantity, unit: str, drug: Drug | None) -> Decimal | None:
    """An amount in another unit, activity as mass by the drug's monograph; None without a way."""
    if alike(prescribed.unit, unit):
        return convert(prescribed.value, prescribed.unit, unit)
    if drug is None:
        return None
    from il2calc.pharmacy.answers import through

    return through(prescribed.value, prescribed.unit, unit, drug)


class Held(NamedTuple):
    """What is held against limits: a dose by a route, in a unit, over so many days.

    Args:
        basis: what it is calculated per.
        patient: whose it is, of whom as much is `counted`.
        per: `kg` or `m2` of the patient, where it is held as so much for each of them.
    """

    route: str
    unit: str
    days: Decimal
    basis: str | None
    patient: Patient
    counted: Counted = WHOLE_BODY
    per: str | None = None


class Most(NamedTuple):
    """The largest of some limits, in the unit of a dose.

    Args:
        held: how it is held against a dose where that is not by its own route and body.
    """

    limit: Limit
    value: Decimal
    held: str = ""


def of_file(
    content: bytes,
    regimen: Regimen,
    remarks: Iterable[RegimenError],
    monograph: Callable[[str], Drug | None],
) -> tuple[RegimenError, ...]:
    """What a person should confirm of a file, in its order: its remarks, and what is too much.

    That is every amount above the largest sourced one, whoever is given it.

    Args:
        content: of the file, of which the regimen was read.
        monograph: of a drug by its name in the regimen; None where there is none.
    """
    from il2calc.language import paths

    monographs = {name: monograph(name) for name in {dose.drug for dose in regimen.doses()}}
    above = paths.placed(content, regimen.origin.file, _above_in(regimen, monographs))
    return tuple(sorted((*remarks, *above), key=lambda each: each.line or 0))


def _above_in(regimen: Regimen, monographs: Monographs) -> Iterator[tuple[str, str]]:
    """The amounts of a file that are above the largest sourced one, by their paths.

    An amount per kg or m2 is held against limits per the same, which are those of one kg or m2; a
    flat one is that of a patient of whom nothing is known. Each dose is held by itself.
    """
    for dose in regimen.doses():
        drug = monographs.get(dose.drug)
        if drug is None:
            continue
        days = days_of(dose.over)
        own = [each for each in drug.limits if dose.route in each.routes] or drug.limits
        how = " as needed" if dose.as_needed else ""
        for whose, amount in dose.stated():
            path, one = "" if whose is None else f"[{whose}]", of_one(dose, amount)
            like = tuple(each for each in own if one.basis in (None, each.amount.basis))
            held = Held(dose.route, one.unit, days, one.basis, Patient(), per=one.basis)
            for text in alone(drug._replace(limits=like), held, one, times_a_day(dose), how):
                yield f"{dose.path}.amount{path}", text


def days_of(over: Span | None) -> Decimal:
    """How long an infusion runs [days]; 0 where no time is stated."""
    return Decimal(over.longest) / DAY if over is not None else Decimal(0)


def times_a_day(dose: Dose) -> int:
    """How many of a dose there may be in a day."""
    if dose.at is not None and dose.at.most is not None:
        return dose.at.most
    count = dose.repeat.count if dose.repeat is not None else None
    return min(a_day(dose), count or a_day(dose))


def alone(drug: Drug, held: Held, one: Quantity, times: int, how: str = "") -> Iterator[str]:
    """A dose by itself, and as many of it as are given in a day, above the largest sourced ones.

    Args:
        times: how many of them.
        how: it is given, besides how much.
    """
    a_day = one._replace(value=EXACT.divide(one.value * times, max(held.days, _ONE)))
    of_day = largest_limit(drug, held, of_day=True)
    for each, most, day in ((one, limit_of_dose(drug, held), ""), (a_day, of_day, " in a day")):
        if most is not None and each.value > most.value:
            what = how_much(drug.name, each, most, held.days)
            yield told_above(f"{what}{how}{day}", each.value, most)


def largest_limit(drug: Drug, held: Held, *, of_day: bool) -> Most | None:
    """The largest limit of the route of a dose, at the body that it is for.

    Args:
        of_day: of those of a day, else of those of a dose or of a day of infusion.
    """
    limits = drug.limits_for(held.route, held.basis, for_days=held.days >= 1)
    return _at_body(drug, held, [each for each in limits if (each.per == "day") is of_day])


def limit_of_dose(drug: Drug, held: Held) -> Most | None:
    """The largest limit of a dose; that of any other route where its own has none of any kind."""
    if any(held.route in limit.routes for limit in drug.limits):
        return largest_limit(drug, held, of_day=False)
    most = _at_body(drug, held, drug.limits, every=True)
    return most and most._replace(held=f"{most.held} of another route")


def _at_body(drug: Drug, one: Held, limits: Iterable[Limit], *, every: bool = False) -> Most | None:
    """The largest of some limits at the body that a dose is for.

    A limit by a measure that is not known is held at the largest body that needs no second look:
    what is above it is a slip, whoever the patient is.

    Args:
        every: such limits count beside the others, else only where there is no other.
    """
    known = sizes(one.patient)
    at_body: list[Most] = []
    at_most: list[Most] = []
    for limit in limits:
        amount, held = limit.amount, ""
        if limit.per == "day of infusion" or (every and limit.per == "day"):
            amount = amount._replace(value=amount.value * max(one.days, _ONE))
        if amount.basis == one.per:
            found = amount.value
        elif known[amount.basis] is not None:
            found = dosing.dose(amount, one.patient, counted=one.counted).value
        else:
            size = largest(one.patient)[amount.basis]
            found = EXACT.multiply(amount.value, size)
            held = f" at {short(size, 3)} {amount.basis} (not given: the largest assumed)"
        value = _in_unit(Quantity(found, amount.unit), one.unit, drug)
        if value is not None:
            (at_most if held else at_body).append(Most(limit, value, held))
    counted = [*at_body, *at_most] if every else at_body or at_most
    return max(counted, key=lambda most: most.value, default=None)


def sizes(patient: Patient) -> Mapping[str | None, Decimal | None]:
    """What a body is by each basis; None where it is not known."""
    return {"kg": patient.weight, "m2": patient.bsa(), None: _ONE}


def how_much(drug: str, one: Quantity, most: Most, days: Decimal) -> str:
    """How much of a drug it is; of a bag of several days that is held by the day, also a day."""
    what = f"{drug} {safe(one.value, one.unit)}{one.tail()}"
    if most.limit.per == "day of infusion" and days > 1:
        what += f" ({safe(one.value / days, one.unit)}{one.tail()} a day)"
    return what


def told_above(what: str, value: Decimal, most: Most) -> str:
    """That something is above a limit, by how much, and who says so."""
    how = factor_in_words(value, most.value) or "more than"
    fact = most.limit.fact
    limit = f"{most.limit.in_words()}{most.held}"
    return f"{what} is {how} {limit}, {fact.text} ({'; '.join(fact.sources)})"


def bands_apart(schedule: Schedule) -> Iterator[Caution]:
    """An amount by bands of which that of this patient is many times the next, or a part of it."""

    def told() -> Iterator[tuple[str, int]]:
        for row in schedule.administrations:
            amounts, band = row.dose.amount(schedule.arm), row.dosed.band
            for one, other in pairwise(amounts.bands if isinstance(amounts, Bands) else ()):
                own = band is not None and band.band in (one.within.text, other.within.text)
                if own and (factor := _step(one.amount, other.amount)) is not None:
                    text = (
                        f"{row.dose.path}: {safe_quantity(other.amount)} for {other.within.text} "
                        f"is {factor} the {safe_quantity(one.amount)} for {one.within.text}, the "
                        f"next band ({_APART} times or more: our assumption); check the file"
                    )
                    yield text, row.number

    return Caution.alike("band-step", told(), of_patient=True)


def _step(one: Quantity, other: Quantity) -> str | None:
    """How many times an amount another of the same kind is, if that is many; else None."""
    before = in_unit_of(one, other)
    if before is None:
        return None
    far = not before < other.value * _APART < before * _APART**2
    return factor_in_words(other.value, before) if far else None


def in_unit_of(one: Quantity, other: Quantity) -> Decimal | None:
    """The value of an amount in the unit of another one; None where they are of two kinds."""
    if one.tail() != other.tail() or not alike(one.unit, other.unit):
        return None
    return convert(one.value, one.unit, other.unit)


def of_units(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """A drug that is measured otherwise than in its monograph: nothing can be held against it."""
    every: Iterable[Administration | AsNeeded] = (*schedule.administrations, *schedule.as_needed)
    stated = (each for each in every if each.dosed.value is not None)
    found = gathered(((each.dose.drug, each.dosed.unit), each) for each in stated)
    for (name, unit), those in found.items():
        drug = monographs.get(name)
        if drug is None or not drug.products:
            continue
        known = [product.contains.unit for product in drug.products]
        if all(_in_unit(Quantity(_ONE, unit), other, drug) is None for other in known):
            text = f"{name} is in {unit}, and in its monograph in {known[0]}: it is not checked "
            text += "against limits, and nothing is prepared; check the unit"
            rows = tuple(each.number for each in those if isinstance(each, Administration))
            yield Caution("unit", text, rows)
