"""Whether the names, repeats and amounts of a file fit together: what no single key can tell.

Names of doses, blocks and arms are apart, and mean what there is. A repeat says one thing: how
often (`times`, `up_to`) and how far apart. Units, bases, caps and bands of patients are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from il2calc.errors import nearest_arm
from il2calc.language.fields import is_band
from il2calc.language.paths import entries
from il2calc.language.regimen_build import CAP_BASES, UNREAD_AMOUNT, Built
from il2calc.language.regimen_keys import REPEAT_RECORDS, arm_name
from il2calc.language.spelling import band_help, like_band, like_days
from il2calc.model.measure import Amount, Bands, Within
from il2calc.model.patient import BSA_RANGE, GFR_RANGE, WEIGHT_RANGE
from il2calc.model.regimen import Block, Dose
from il2calc.plan.calendar import DAY, a_day, multiplied_out, of_one
from il2calc.plan.dosing import CALVERT_OFFSET
from il2calc.text.shapes import Fault, Loc, as_taken
from il2calc.text.values import is_name, takes
from il2calc.units import (
    EXACT,
    Quantity,
    alike,
    convert,
    plain,
    safe,
    safe_quantity,
    same_dimension,
)

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_BODIES = {"kg": WEIGHT_RANGE, "m2": BSA_RANGE, "mL/min": GFR_RANGE, None: (Decimal(1), Decimal(1))}
_OF_BODY = {"bsa_cap": "body surface area", "weight_cap": "body weight"}


def name_faults(data: Any, built: Built) -> Iterator[Fault]:
    """Every fault in how the names of a file refer to each other."""
    yield from _named_apart(data, ())
    yield from _arm_names(built)
    yield from _default_arm(data, built)
    yield from _counted_as(built.body, built, {block.name for block in built.body.walk()}, ())
    yield from _amounts(built.body, built, built.arms)


def _named_apart(data: dict[str, Any], loc: Loc) -> Iterator[Fault]:
    """Dose, drug and block names of one block are distinct, or a path could mean two things."""
    seen: dict[str, str] = {}
    doses = entries(data, "doses")
    drugs = Counter(dose.get("drug") for _, dose in doses if isinstance(dose.get("drug"), str))
    for index, dose in doses:
        place = (*loc, "doses", index)
        name, drug = dose.get("dose"), dose.get("drug")
        if not name and isinstance(drug, str) and drug and not is_name(drug):
            how = "add 'dose: NAME', which paths use for this dose"
            yield (*place, "drug"), f"{drug!r} is a name as printed; {how}"
            continue
        if not name and isinstance(drug, str) and drugs[drug] > 1:
            problem = f"gives {drug!r}, which appears twice in this block"
            yield place, f"{problem}; name each: 'dose: NAME'"
            continue
        if isinstance(name, str) and name in drugs:
            yield (*place, "dose"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name or drug, "dose", (*place, "dose" if name else "drug"))
    for index, block in entries(data, "blocks"):
        place = (*loc, "blocks", index)
        if isinstance(name := block.get("block"), str) and name in drugs and name not in seen:
            yield (*place, "block"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name, "block", (*place, "block"))
        yield from _named_apart(block, place)


def _twice(seen: dict[str, str], name: Any, kind: str, loc: Loc) -> Iterator[Fault]:
    if not isinstance(name, str) or not name:
        return
    if name in seen:
        yield loc, f"{name!r} already names a {seen[name]} of this block; choose another name"
    seen[name] = kind


def _arm_names(built: Built) -> Iterator[Fault]:
    for block in built.body.walk():
        holders: list[Block | Dose] = [block, *block.prescribed()]
        for holder in holders:
            for arm in holder.arms or ():
                if arm not in built.arms:
                    yield (*built.locs[holder], "arm"), _no_arm(arm, built.arms)


def _no_arm(arm: str, arms: tuple[str, ...]) -> str:
    guess = nearest_arm(arm, arms)
    known = f"known: {', '.join(arms)}" if arms else "the file names no arms: add 'arms:'"
    if like_days(arm) and not arms:
        known = "for each turn or day write a dose, with a name and 'turn' or 'day'"
    return f"{arm!r} is not an arm of this file; {f'did you mean {guess!r}?' if guess else known}"


def _no_band(name: str, arms: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a name that is no arm, and perhaps a band of patients spelled otherwise.

    A right band beside one of these is not told: it is read once they are. Nor is what cannot be
    a name, of which that is said.
    """
    if like_band(name):
        if not is_band(name):
            yield f"{name!r} is not a band of patients; {band_help(name)}"
    elif takes(arm_name, name):
        yield _no_arm(name, arms)


def _default_arm(data: Any, built: Built) -> Iterator[Fault]:
    default = data.get("default_arm")
    if not isinstance(default, str) or not default:
        return
    if default not in built.arms and takes(arm_name, default):
        yield ("default_arm",), _no_arm(default, built.arms)
    if "default_arm" not in (entry.get("about") for _, entry in entries(data, "assumptions")):
        yield ("default_arm",), "gives no reason; add an assumption with 'about: default_arm'"


def _counted_as(
    block: Block, built: Built, names: set[str], around: tuple[str, ...]
) -> Iterator[Fault]:
    """A name under which turns are counted through is no other block's, and counts each once.

    Args:
        names: those of all blocks.
        around: under which the blocks around are counted.
    """
    name = block.count_as
    place = (*built.locs[block], "count_as")
    if name in names:
        yield place, f"{name!r} is also a block of this file; choose another name for one of them"
    if name in around:
        yield place, f"{name!r} already counts a block around this one; keep one of them"
    inside = around if name is None else (*around, name)
    for inner in block.blocks:
        yield from _counted_as(inner, built, names, inside)


def _amounts(block: Block, built: Built, arms: tuple[str, ...]) -> Iterator[Fault]:
    """An amount per arm names every arm in which its dose exists, and no other."""
    here = tuple(arm for arm in arms if block.exists_in(arm))
    for dose in block.prescribed():
        if None in dose.amounts or "arm" in built.unread[dose] | built.unread[block]:
            continue
        loc = (*built.locs[dose], "amount")
        wanted = [arm for arm in here if dose.exists_in(arm)]
        for arm in dose.amounts:
            if arm not in built.arms:
                yield from (((*loc, str(arm)), text) for text in _no_band(str(arm), built.arms))
            elif arm not in wanted:
                problem = f"gives an amount for {arm!r}, in which this dose does not exist"
                yield (*loc, str(arm)), problem
        if missing := [arm for arm in wanted if arm not in dose.amounts]:
            yield loc, f"has no amount for {', '.join(missing)}; give one for every arm"
    for inner in block.blocks:
        yield from _amounts(inner, built, here)


def repeat_faults(data: Any, loc: Loc = ()) -> Iterator[Fault]:
    """Every repeat of a file that says two things, or not enough, in plain data."""
    for key in ("doses", "blocks"):
        for index, entry in entries(data, key):
            place = (*loc, key, index)
            if isinstance(repeat := entry.get("repeat"), dict):
                said = as_taken(REPEAT_RECORDS[key], repeat)
                problems = _of_dose(said, loc) if key == "doses" else _of_block(said)
                yield from (((*place, "repeat"), problem) for problem in problems)
            yield from repeat_faults(entry, place)


def _of_dose(repeat: dict[str, Any], around: Loc) -> Iterator[str]:
    """What is wrong with a repeat of a dose; only one in the outermost block may have no end."""
    yield from _count(repeat)
    if str(repeat.get("every")).startswith("at least "):
        return  # of a dose as needed, which has no count
    if "times" not in repeat and "up_to" not in repeat and (around or "every" not in repeat):
        daily = around and repeat.get("every") in ("1 day", "24 hours")
        also = ", or 'day: 1 onward' instead of the repeat" if daily else ""
        yield f"has no count; a dose needs 'times' or 'up_to'{also}"
    if "rest" in repeat:
        yield "has 'rest', which only a block has; write 'every: 8 hours'"
    elif "every" not in repeat:
        yield "has no 'every'; write it like 'every: 8 hours'"


def _of_block(repeat: dict[str, Any]) -> Iterator[str]:
    yield from _count(repeat)
    if "every" in repeat and "rest" in repeat:
        yield "has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)"
    if "every" not in repeat and "rest" not in repeat:
        yield "has neither 'every' (start to start) nor 'rest' (end to start); write one"


def _count(repeat: dict[str, Any]) -> Iterator[str]:
    up_to, every = repeat.get("up_to"), repeat.get("every")
    if "times" in repeat and "up_to" in repeat:
        yield "has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"
    if isinstance(up_to, str) and " " in up_to:
        if every is None and "rest" in repeat:
            yield f"has 'up_to: {up_to}' without 'every'; write a number of turns"
        elif isinstance(every, str) and " to " in every:
            yield f"has 'up_to: {up_to}' with a range in 'every'; write a number of turns"


def amount_faults(data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """Every fault in how the amounts of a file fit together."""
    for dose in built.doses():
        place = built.locs[dose]
        yield from _units(dose, place, timed="over" not in built.unread[dose])
        yield from _caps_of_body(dose, place)
        for amount in dose.amounts.values():
            if isinstance(amount, Bands):
                yield from _bands(amount, (*place, "amount"))
    yield from _caps_of_file(data, built)


def plain_units(built: Built, names: DrugNames) -> Iterator[Fault]:
    """Amounts in `units` of a drug that is counted in IU: papers of the 1980s mean six IU each."""
    for dose in built.doses():
        amounts: dict[Loc, Quantity | None] = {("cap",): dose.cap, ("round",): dose.round}
        amounts |= dict(_quantities(dose))
        places = [key for key, amount in amounts.items() if amount and amount.unit == "units"]
        drug = names.monograph(dose.written) if places else None
        if drug is not None and drug.counted_in_iu():
            for key in places:
                yield (*built.locs[dose], *key), drug.refuses_units(scaled=key[0] == "amount")


def _quantities(dose: Dose) -> Iterator[tuple[Loc, Quantity]]:
    """Every amount of a dose that could be read, and where it stands in the dose."""
    for whose, amount in dose.stated():
        if amount is not UNREAD_AMOUNT:
            yield ("amount",) if whose is None else ("amount", whose), amount


def _unread(dose: Dose) -> bool:
    """Whether some amount of a dose could not be read."""
    return any(amount is UNREAD_AMOUNT for _, amount in dose.stated())


def _units(dose: Dose, loc: Loc, *, timed: bool) -> Iterator[Fault]:
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
        rate = _rate(dose, amount) if timed else ()
        problems = (*rate, *(_per_day(dose) if amount.per_day else ()))
        yield from (((*loc, *place), problem) for problem in problems)
    if any(isinstance(amount, str) for amount in dose.amounts.values()):
        for key, other in bounds.items():
            if other is not None:
                yield (*loc, key), "cannot go with an amount that is not stated; leave it out"


def _rate(dose: Dose, amount: Quantity) -> Iterator[str]:
    """An amount per hour, or per day of an infusion of days, needs one time to be multiplied by."""
    over = dose.over
    if amount.per_hour and over is None:
        yield "is per hour, but the dose has no 'over'; add it, or write the whole amount"
    if (
        over is not None
        and multiplied_out(dose, amount) is not None
        and over.shortest < over.longest
    ):
        per = "day" if amount.per_day else "hour"
        if dose.overs:
            first, *_, last = (turns.text for turns, _ in dose.overs)
            problem = "'over' differs by turn; write a dose for each, with "
            problem += f"'turn: {first}' and 'turn: {last}'"
        else:
            problem = f"'over: {over.text}' is a range; write one time"
        yield f"is per {per}, and {problem}, or the whole amount without /{per}"


def _per_day(dose: Dose) -> Iterator[str]:
    if dose.as_needed:
        yield "is per day, but nobody knows how often it is needed; write the single amount"
        return
    if dose.at is not None and dose.at.minutes[-1] - dose.at.minutes[0] >= DAY:
        yield "is per day, but its times span more than one day; write the single amount"
    if dose.over is not None and dose.over.longest > DAY and a_day(dose) > 1:
        yield (
            f"is per day, and 'over: {dose.over.text}' is over a day, with {a_day(dose)} "
            "infusions a day; give it once a day (leave out 'at' or 'repeat'), or write the amount "
            "of each infusion without /day"
        )
    if dose.repeat is not None and dose.repeat.every is not None:
        every = dose.repeat.every
        if every.shortest != every.longest or DAY % every.shortest:
            yield "is per day, but its interval does not divide 24 hours; write the single amount"


def days_told_twice(built: Built) -> Iterator[Fault]:
    """Amounts of a day that two doses of a drug give on the same days, and so twice.

    An infusion of a day or more has a rate, which another one may have beside it.
    """
    for block in built.body.walk():
        seen: dict[object, Dose] = {}
        for dose in block.doses:
            of_days = {amount.per_day for _, amount in _quantities(dose)}
            if of_days != {True} or (dose.over is not None and dose.over.longest >= DAY):
                continue
            said = (dose.drug, tuple(dose.amounts.items()), dose.days, dose.turns, dose.arms)
            if (one := seen.setdefault(said, dose)) is not dose:
                yield (
                    (*built.locs[dose], "amount"),
                    (
                        f"is per day, and {one.path} also gives one per day on the same days; "
                        "write single amounts, or one dose with both times in its 'at'"
                    ),
                )


def _caps_of_body(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """A dose that does not go by a measure of the body cannot have that capped."""
    bases = {amount.basis for _, amount in _quantities(dose)}
    for key, basis in CAP_BASES.items():
        there = getattr(dose, key) is not None
        if there and basis not in bases and not _unread(dose):
            yield (*loc, key), _caps_nothing(key, "the amount is not")
    if dose.weight is not None and "kg" not in bases and not _unread(dose):
        yield (*loc, "weight"), "has no effect, because the amount is not per kg; leave it out"


def _caps_of_file(data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """The same of a file where no dose goes by that measure."""
    doses = list(built.doses())
    bases = {amount.basis for dose in doses for _, amount in _quantities(dose)}
    unread = any(map(_unread, doses))
    for key, basis in CAP_BASES.items():
        if key in data and basis not in bases and not unread:
            yield (key,), _caps_nothing(key, "no amount is")


def _caps_nothing(key: str, subject: str) -> str:
    return (
        f"has no effect, because {subject} per {CAP_BASES[key]} ({_OF_BODY[key]}); leave it out, "
        "or write 'cap' for the largest dose"
    )


def vain_caps(dose: Dose) -> Iterator[str]:
    """What to ask about a cap that cuts nobody's dose, or everybody's, as in a slip of its unit."""
    cap, amounts = dose.cap, [amount for _, amount in _quantities(dose)]
    if cap is None or _unread(dose) or any(isinstance(each, str) for each in dose.amounts.values()):
        return
    if not all(alike(each.given_in(), cap.unit) for each in amounts) or any(
        problem for each in amounts for problem in _rate(dose, each)
    ):
        return
    single = [each if cap.per_day else of_one(dose, each) for each in amounts]
    bands = [each for amount in dose.amounts.values() for each in _for_whom(amount)]
    ends = [_ends(dose, *each, cap.unit) for each in zip(single, bands, strict=True)]
    if (most := max(high for _, high in ends)) <= cap.value:
        given, meant = safe(most, cap.unit), _meant_as_weight(dose, cap)
        yield f"reduces no dose, because nobody is given more than {given}; check its unit{meant}"
    elif (least := min(low for low, _ in ends)) > cap.value:
        given = safe(least, cap.unit)
        yield f"reduces every dose, because everybody is given at least {given}; check its unit"


def _for_whom(amount: Amount) -> list[Within | None]:
    """The patients that each quantity of an amount is for; None = all."""
    return [each.within for each in amount.bands] if isinstance(amount, Bands) else [None]


def _ends(
    dose: Dose, amount: Quantity, within: Within | None, unit: str
) -> tuple[Decimal, Decimal]:
    """The least and the most that an amount is for the bodies that may be given, in a unit.

    Args:
        within: the patients that it is for; None = all.
    """
    by_kidneys = amount.unit == "AUC"
    by = "mL/min" if by_kidneys else amount.basis
    low, high = _BODIES[by]
    limits = {"m2": dose.bsa_cap, "kg": dose.weight_cap}
    high = min(high, limits.get(by or "") or high)
    if within is not None and within.unit == by:
        low, high = max(low, within.low or low), min(high, within.high or high)
    if by_kidneys:
        low, high = low + CALVERT_OFFSET, high + CALVERT_OFFSET
    per_one = convert(amount.value, amount.given_in(), unit)
    return EXACT.multiply(per_one, low), EXACT.multiply(per_one, high)


def _meant_as_weight(dose: Dose, cap: Quantity) -> str:
    """What to write of a cap in kg where that of a weight may be meant; empty where it cannot."""
    per_kg = any(amount.basis == "kg" for _, amount in _quantities(dose))
    low, high = WEIGHT_RANGE
    if cap.unit != "kg" or not per_kg or dose.weight_cap or not low <= cap.value <= high:
        return ""
    return f", or write 'weight_cap: {plain(cap.value)} kg'"


def _bands(amount: Bands, loc: Loc) -> Iterator[Fault]:
    """Bands go by one measure, leave no gap and do not overlap; their amounts are alike."""
    for band in amount.bands:
        within = band.within
        if within.measure != amount.measure:
            first = amount.bands[0].within.text
            yield (*loc, within.text), f"uses another measure than {first!r}; use one"
            return
        if within.begins() >= within.ends():
            yield (*loc, within.text), "includes nobody; write the lower bound first"
            return
    known = [band for band in amount.bands if band.amount is not UNREAD_AMOUNT]
    for lower, upper in pairwise(known):
        unit, other = lower.amount.unit, upper.amount.unit
        if not same_dimension(lower.amount.given_in(), upper.amount.given_in()):
            yield (*loc, upper.within.text), f"is in {other}, another band in {unit}; use only one"
    for lower, upper in pairwise(amount.bands):
        problem = lower.within.unlike_next(upper.within)
        if problem is not None:
            yield (*loc, upper.within.text), problem
