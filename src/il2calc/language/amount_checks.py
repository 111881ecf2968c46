"""Whether the amounts of a file fit together, and come to the totals that its source prints.

Units, bases, caps and bands of patients must be alike. A misread amount shows in a total: one is
held against the file as written, every turn given and every maximum reached, in each arm that gives
the drug: of one block, in each of its turns; else of the whole regimen. Amounts per kg or m2 are
added as such, flat ones with their cap and their rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import Il2calcError
from il2calc.language.paths import entries
from il2calc.language.regimen_build import CAPPED, UNREAD, Built
from il2calc.model.evidence import PublishedTotal
from il2calc.model.measure import Bands, Within
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Dose, Regimen, quantities
from il2calc.plan import dosing, timing
from il2calc.plan.calendar import DAY, a_day, multiplied_out, of_one
from il2calc.plan.timing import Slot
from il2calc.text.shapes import Fault, Loc
from il2calc.units import EXACT, Quantity, convert, safe_quantity, same_dimension

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
            for key in places:
                yield (*built.locs[dose], *key), drug.refuses_units(scaled=key[0] == "amount")


def _doses(built: Built) -> Iterator[Dose]:
    yield from (dose for block in built.body.walk() for dose in block.prescribed())


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
        unit = amount.given_in()
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
        if dose.overs:
            first, *_, last = (turns.text for turns, _ in dose.overs)
            yield (
                f"is per {per}, and 'over' is another one by turn; write a dose for each, with "
                f"'turn: {first}' and 'turn: {last}', or the whole amount without /{per}"
            )
            return
        yield (
            f"is per {per}, and 'over: {over.text}' is a range; write one time, or the whole "
            f"amount without /{per}"
        )


def _per_day(dose: Dose) -> Iterator[str]:
    if dose.as_needed:
        yield "is per day, and how often it is needed nobody knows; write the single amount"
        return
    if dose.at is not None and dose.at.minutes[-1] - dose.at.minutes[0] >= DAY:
        yield "is per day, but its times span more than one; write the single amount"
    if dose.over is not None and dose.over.longest > DAY and a_day(dose) > 1:
        yield (
            f"is per day, and 'over: {dose.over.text}' is longer than one with {a_day(dose)} "
            "infusions a day; give it once a day (leave out 'at' or 'repeat'), or write the amount "
            "of each infusion without /day"
        )
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
    if dose.weight is not None and "kg" not in bases and not _unread(dose):
        yield (*loc, "weight"), "counts for nothing, for the amount is not per kg; leave it out"


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


class _Sum(NamedTuple):
    """What a file gives of a drug in one block turn, or in all."""

    amount: Quantity
    doses: int


def total_faults(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
    """Totals of which the file does not say of what they are."""
    drugs = dict.fromkeys(dose.drug for dose in regimen.doses())
    first = next(iter(drugs), "NAME")
    blocks = {block.name for block in regimen.body.walk()} - {""}
    for index, entry in entries(data, "findings"):
        loc = ("findings", index)
        drug, block, arm = entry.get("drug"), entry.get("block"), entry.get("arm")
        for key in {"drug", "block", "arm"} & entry.keys():
            if "total" not in entry:
                yield (*loc, key), "stands on a finding without 'total'; add it, or leave this out"
        if "total" in entry and drug is None and len(drugs) > 1:
            yield (
                (*loc, "total"),
                f"names no drug, and the file gives {', '.join(drugs)}; add 'drug: {first}'",
            )
        if isinstance(drug, str) and regimen.drug_called(drug) not in drugs:
            yield (*loc, "drug"), f"{drug!r} is no drug of this file; known: {', '.join(drugs)}"
        if isinstance(block, str) and block not in blocks:
            known = ", ".join(sorted(blocks)) or "none"
            yield (*loc, "block"), f"{block!r} is no block of this file; known: {known}"
        if isinstance(arm, str) and arm not in regimen.arms:
            known = ", ".join(regimen.arms) or "none"
            yield (*loc, "arm"), f"{arm!r} is no arm of this file; known: {known}"


def differences(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
    """Every total that a source prints and the file does not come to."""
    places = [index for index, _ in entries(data, "findings")]
    for index, finding in zip(places, regimen.findings, strict=True):
        if finding.total is not None:
            for problem in dict.fromkeys(_problems(finding.total, regimen)):
                yield ("findings", index, "total"), problem


def _problems(total: PublishedTotal, regimen: Regimen) -> Iterator[str]:
    drug = next(regimen.doses()).drug if total.drug is None else regimen.drug_called(total.drug)
    arms = (total.arm,) if total.arm is not None else tuple(regimen.arms) or (None,)
    for arm in arms:
        if drug not in regimen.drugs(arm):
            continue
        where = "" if arm is None else f" in arm {arm}"
        try:
            sums = list(_sums(total, drug, regimen, arm))
        except (Il2calcError, ValueError) as error:
            yield f"cannot be held against the file{where}: {error}"
            continue
        for found in sums:
            if not _agrees(total, found.amount):
                doses = "1 dose" if found.doses == 1 else f"{found.doses} doses"
                per = f" per {total.block}" if total.block is not None else ""
                yield (
                    f"the source prints {total.in_words()}{per}, and the file gives "
                    f"{safe_quantity(found.amount)}{per} of {drug}{where} ({doses}); check both"
                )


def _sums(total: PublishedTotal, drug: str, regimen: Regimen, arm: str | None) -> Iterator[_Sum]:
    """What the file gives in each turn that a total is of.

    Raises:
        ValueError: it cannot be added up.
        Il2calcError: it cannot be laid out.
    """
    opened = [
        block.path for block in regimen.body.walk() if block.repeat and block.repeat.count is None
    ]
    slots = [
        slot
        for slot in timing.expand(regimen, arm, dict.fromkeys(opened, 1)).slots
        if slot.dose.drug == drug
    ]
    turns: dict[object, list[Slot]] = {}
    for slot in slots:
        around = [turn for turn in slot.turn.chain() if turn.block.name == total.block]
        if total.block is not None and not around:
            continue
        turns.setdefault(around[-1] if around else None, []).append(slot)
        open_ones = [turn.block for turn in slot.turn.chain() if turn.block.path in opened]
        if reached := _open(open_ones, around[-1].block if around else None):
            raise ValueError(f"{reached} has no stated end; name a block within it")
    if not turns:
        at_need = (around for around, dose in regimen.as_needed(arm) if dose.drug == drug)
        if any(total.block in (None, *(one.name for one in around)) for around in at_need):
            raise ValueError(f"{drug} is given as needed, in no total")
        raise ValueError(f"{drug} is not given in {total.block}")
    for inside in turns.values():
        yield _Sum(_added(inside, arm, total.low.unit), len(inside))


def _open(blocks: list[Block], inside: Block | None) -> str | None:
    """An open-ended block that a total is not within one turn of."""
    within = [] if inside is None else [*inside.walk()]
    for block in blocks:
        if inside is None or (block in within and block is not inside):
            return block.path
    return None


def _added(slots: list[Slot], arm: str | None, unit: str) -> Quantity:
    """The sum of what slots give, in a unit; per kg or m2 where all of it is."""
    found = [_one(slot.dose, arm) for slot in slots]
    bases = {amount.basis for amount in found}
    if len(bases) > 1:
        raise ValueError("some amounts are per kg or m2 and others are not")
    if not all(same_dimension(amount.unit, unit) for amount in found):
        raise ValueError(f"it is in {unit}, the amounts in {found[0].unit}")
    with localcontext(EXACT):
        value = sum((convert(each.value, each.unit, unit) for each in found), Decimal(0))
    return Quantity(value, unit, bases.pop())


def _one(dose: Dose, arm: str | None) -> Quantity:
    amount = dose.amount(arm)
    if not isinstance(amount, Quantity):
        what = "is not stated" if isinstance(amount, str) else "goes by bands of patients"
        raise ValueError(f"the amount of {dose.path} {what}")
    if amount.unit == "AUC":
        raise ValueError(f"the amount of {dose.path} is a target AUC")
    if amount.basis is not None:
        return of_one(dose, amount)
    given = dosing.dose(
        amount,
        Patient(),
        a_day=a_day(dose),
        cap=dose.cap,
        step=dose.round,
        lasting=multiplied_out(dose, amount),
    )
    return Quantity(given.value, given.unit)


def _agrees(total: PublishedTotal, found: Quantity) -> bool:
    """Whether what a file gives is what is printed, or lies in its range."""
    return total.low.basis == found.basis and total.low.value <= found.value <= total.high.value
