"""Whether the amounts of a file fit together: units, bases, caps, bands of patients."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from il2calc.language.regimen_build import CAPPED, UNREAD, Built
from il2calc.model.measure import Bands, Within
from il2calc.model.regimen import Dose, quantities
from il2calc.plan.calendar import DAY, multiplied_out
from il2calc.text.shapes import Fault, Loc
from il2calc.units import Quantity, safe_quantity, same_dimension

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_OF_BODY = {"bsa_cap": "body surface area", "weight_cap": "body weight"}


def faults(data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """Every fault in how the amounts of a file fit together."""
    for dose in _doses(built):
        place = built.locs[dose]
        yield from _units(dose, place)
        yield from _caps_of_body(dose, place)
        for amount in dose.amounts.values():
            if isinstance(amount, Bands):
                yield from _bands(amount, (*place, "amount"))
    yield from _caps_of_file(data, built)


def plain_units(built: Built, names: DrugNames) -> Iterator[Fault]:
    """Amounts in `units` of a drug that is counted in IU: papers of the 1980s mean six IU each."""
    for dose in _doses(built):
        amounts: dict[Loc, Quantity | None] = {("cap",): dose.cap, ("round",): dose.round}
        amounts |= dict(_quantities(dose))
        places = [key for key, amount in amounts.items() if amount and amount.unit == "units"]
        drug = names.monograph(dose.written) if places else None
        if drug is not None and drug.counted_in_iu():
            yield from (((*built.locs[dose], *key), drug.refuses_units()) for key in places)


def _doses(built: Built) -> Iterator[Dose]:
    yield from (dose for block in built.body.walk() for dose in block.doses)


def _quantities(dose: Dose) -> Iterator[tuple[Loc, Quantity]]:
    """Every amount of a dose that could be read, and where it stands in the dose."""
    for arm, amount in dose.amounts.items():
        if isinstance(amount, Bands):
            for band in amount.bands:
                if band.amount is not UNREAD:
                    yield ("amount", band.within.text), band.amount
        elif isinstance(amount, Quantity) and amount is not UNREAD:
            yield ("amount",) if arm is None else ("amount", arm), amount


def _unread(dose: Dose) -> bool:
    """Whether some amount of a dose could not be read."""
    return len(list(_quantities(dose))) < sum(
        len(quantities(amount)) for amount in dose.amounts.values()
    )


def _units(dose: Dose, loc: Loc) -> Iterator[Fault]:
    bounds = {"cap": dose.cap, "round": dose.round}
    known = list(_quantities(dose))
    for place, amount in known:
        unit = "mg" if amount.unit == "AUC" else amount.unit
        for key, other in bounds.items():
            if other is not None and not same_dimension(unit, other.unit):
                yield (*loc, key), f"is in {other.unit}, the amount in {unit}; use {unit}"
        if dose.cap is not None and dose.cap.per_day and not amount.per_day:
            text = safe_quantity(amount)
            yield (*loc, "cap"), f"is per day, the amount ({text}) is not; write it without /day"
        problems = (*_rate(dose, amount), *(_per_day(dose) if amount.per_day else ()))
        yield from (((*loc, *place), problem) for problem in problems)
    if any(isinstance(amount, str) for amount in dose.amounts.values()):
        for key, other in bounds.items():
            if other is not None:
                yield (*loc, key), "stands beside an amount that is not stated; leave it out"


def _rate(dose: Dose, amount: Quantity) -> Iterator[str]:
    """An amount per hour, or per day of an infusion of days, needs one time to be multiplied by."""
    over = dose.over
    if amount.per_hour and over is None:
        yield "is per hour, and the dose has no 'over'; add 'over: 2 hours', or write it whole"
    if (
        over is not None
        and multiplied_out(dose, amount) is not None
        and over.shortest < over.longest
    ):
        per = "day" if amount.per_day else "hour"
        yield (
            f"is per {per}, and 'over: {over.text}' is a range; write one time, or the whole "
            f"amount without /{per}"
        )


def _per_day(dose: Dose) -> Iterator[str]:
    if dose.at is not None and dose.at.minutes[-1] - dose.at.minutes[0] >= DAY:
        yield "is per day, but its times span more than one; write the single amount"
    if dose.repeat is not None and dose.repeat.every is not None:
        every = dose.repeat.every
        if every.shortest != every.longest or DAY % every.shortest:
            yield "is per day, but its interval does not divide 24 hours; write the single amount"


def _caps_of_body(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """A dose that does not go by a measure of the body cannot have that capped."""
    bases = {amount.basis for _, amount in _quantities(dose)}
    for key, basis in CAPPED.items():
        there = getattr(dose, key) is not None
        if there and basis not in bases and not _unread(dose):
            yield (*loc, key), _caps_nothing(key, "the amount is not")


def _caps_of_file(data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """The same of a file where no dose goes by that measure."""
    doses = list(_doses(built))
    bases = {amount.basis for dose in doses for _, amount in _quantities(dose)}
    unread = any(map(_unread, doses))
    for key, basis in CAPPED.items():
        if key in data and basis not in bases and not unread:
            yield (key,), _caps_nothing(key, "no amount is")


def _caps_nothing(key: str, subject: str) -> str:
    return (
        f"caps nothing, for {subject} per {CAPPED[key]} ({_OF_BODY[key]}); leave it out, or "
        "write 'cap' for the most that a dose may be"
    )


def _bands(amount: Bands, loc: Loc) -> Iterator[Fault]:
    """Bands go by one measure, leave no gap and do not overlap; their amounts are alike."""
    for band in amount.bands:
        within = band.within
        if within.measure != amount.measure:
            first = amount.bands[0].within.text
            yield (*loc, within.text), f"goes by another measure than {first!r}; use one"
            return
        if within.begins() >= within.ends():
            yield (*loc, within.text), "holds nobody; write the lower bound first"
            return
    known = [band for band in amount.bands if band.amount is not UNREAD]
    for lower, upper in pairwise(known):
        unit, other = lower.amount.unit, upper.amount.unit
        if not _alike(unit, other):
            yield (*loc, upper.within.text), f"is in {other}, another band in {unit}; use one"
    for lower, upper in pairwise(amount.bands):
        problem = _apart(lower.within, upper.within)
        if problem is not None:
            yield (*loc, upper.within.text), problem


def _alike(unit: str, other: str) -> bool:
    """Whether amounts in two units are of one kind; a target AUC comes out in mg."""
    one, two = ("mg" if each == "AUC" else each for each in (unit, other))
    return same_dimension(one, two)


def _apart(lower: Within, upper: Within) -> str | None:
    """What is wrong between two bands; None where the one begins where the other ends."""
    end, begin = lower.ends(), upper.begins()
    if end < begin:
        return f"leaves a gap after {lower.text!r}; let it begin where that ends"
    if end > begin and not lower.shares_its_end_with(upper):
        return f"overlaps {lower.text!r}; let it begin where that ends"
    return None
