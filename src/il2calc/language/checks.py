"""Check that the names, repeats and amounts of a file fit together.

Names of doses, blocks and arms are distinct, and those referred to exist. A repeat has one count
(`times`, `up_to`) and one interval. Units, bases, caps and bands of patients match each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from il2calc.errors import nearest_arm
from il2calc.language.fields import CAPS, is_band
from il2calc.language.paths import entries
from il2calc.language.regimen_build import UNREAD_AMOUNT, Built
from il2calc.language.regimen_keys import REPEAT_RECORDS, arm_name
from il2calc.language.spelling import band_help, like_band, like_days
from il2calc.model.measure import Amount, Bands, Within
from il2calc.model.patient import BSA_RANGE, GFR_RANGE, WEIGHT_RANGE
from il2calc.model.regimen import Dose
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import DAY, doses_a_day, infusion_minutes, single_amount
from il2calc.plan.dosing import CALVERT_OFFSET
from il2calc.text.shapes import Fault, Loc, with_nearest_keys
from il2calc.text.values import accepts, is_name
from il2calc.units import (
    EXACT,
    Quantity,
    addable,
    convert,
    plain,
    safe,
    safe_quantity,
    same_dimension,
)

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_RANGES = {"kg": WEIGHT_RANGE, "m2": BSA_RANGE, "mL/min": GFR_RANGE, None: (Decimal(1), Decimal(1))}


def name_faults(data: Any, built: Built) -> Iterator[Fault]:
    """Every fault in the names of doses, blocks and arms, and in references to them."""
    yield from _ambiguous_names(data, ())
    yield from _unknown_arms(built)
    yield from _default_arm_faults(data, built)
    yield from _count_as_faults(built)
    yield from _amounts_by_arm(built)


def _ambiguous_names(data: dict[str, Any], outer: Loc) -> Iterator[Fault]:
    """Names in one block that a path cannot tell apart, or cannot contain."""
    kinds: dict[str, str] = {}
    doses = entries(data, "doses")
    drugs = Counter(dose.get("drug") for _, dose in doses if isinstance(dose.get("drug"), str))
    for index, dose in doses:
        loc = (*outer, "doses", index)
        name, drug = dose.get("dose"), dose.get("drug")
        if not name and isinstance(drug, str) and drug and not is_name(drug):
            cure = "add 'dose: NAME', which paths use for this dose"
            yield (*loc, "drug"), f"{drug!r} is a name as printed; {cure}"
            continue
        if not name and isinstance(drug, str) and drugs[drug] > 1:
            problem = f"gives {drug!r}, which appears twice in this block"
            yield loc, f"{problem}; name each: 'dose: NAME'"
            continue
        if isinstance(name, str) and name in drugs:
            yield (*loc, "dose"), f"{name!r} is also a drug of this block; choose another name"
        yield from _repeated_name(kinds, name or drug, "dose", (*loc, "dose" if name else "drug"))
    for index, block in entries(data, "blocks"):
        loc = (*outer, "blocks", index)
        if isinstance(name := block.get("block"), str) and name in drugs and name not in kinds:
            yield (*loc, "block"), f"{name!r} is also a drug of this block; choose another name"
        yield from _repeated_name(kinds, name, "block", (*loc, "block"))
        yield from _ambiguous_names(block, loc)


def _repeated_name(kinds: dict[str, str], name: Any, kind: str, loc: Loc) -> Iterator[Fault]:
    if not isinstance(name, str) or not name:
        return
    if name in kinds:
        yield loc, f"{name!r} already names a {kinds[name]} of this block; choose another name"
    kinds[name] = kind


def _unknown_arms(built: Built) -> Iterator[Fault]:
    for holder, loc in built.locs.items():
        for arm in holder.arms or ():
            if arm not in built.arms:
                yield (*loc, "arm"), _unknown_arm(arm, built.arms)


def _unknown_arm(arm: str, arms: tuple[str, ...]) -> str:
    guess = nearest_arm(arm, arms)
    hint = f"known: {', '.join(arms)}" if arms else "the file names no arms: add 'arms:'"
    if like_days(arm) and not arms:
        hint = "for each turn or day write a dose, with a name and 'turn' or 'day'"
    return f"{arm!r} is not an arm of this file; {f'did you mean {guess!r}?' if guess else hint}"


def _unknown_arm_or_band(name: str, arms: tuple[str, ...]) -> Iterator[str]:
    """The problem of a name that is no arm, and may be a misspelled band of patients.

    Nothing about a correct band (it is read once the rest is) or a text that cannot be a name.
    """
    if like_band(name):
        if not is_band(name):
            yield f"{name!r} is not a band of patients; {band_help(name)}"
    elif accepts(arm_name, name):
        yield _unknown_arm(name, arms)


def _default_arm_faults(data: Any, built: Built) -> Iterator[Fault]:
    default = data.get("default_arm")
    if not isinstance(default, str) or not default:
        return
    if default not in built.arms and accepts(arm_name, default):
        yield ("default_arm",), _unknown_arm(default, built.arms)
    if "default_arm" not in (entry.get("about") for _, entry in entries(data, "assumptions")):
        yield ("default_arm",), "gives no reason; add an assumption with 'about: default_arm'"


def _count_as_faults(built: Built) -> Iterator[Fault]:
    """Names in `count_as` that are also a block's name, or count an outer block too."""
    names = {block.name for block in built.body.walk()}
    for block in built.body.walk():
        name = block.count_as
        if name in names:
            problem = f"{name!r} is also a block of this file; choose another name for one of them"
            yield (*built.locs[block], "count_as"), problem
        for inner in block.walk() if name is not None else ():
            if inner is not block and inner.count_as == name:
                problem = f"{name!r} already counts a block around this one; keep one of them"
                yield (*built.locs[inner], "count_as"), problem


def _amounts_by_arm(built: Built) -> Iterator[Fault]:
    """Amounts by arm that miss an arm in which the dose exists, or name another."""
    arms_of = grouped((block, arm) for arm in built.arms for block in built.body.in_arm(arm))
    doses = ((block, dose) for block in built.body.walk() for dose in block.prescribed())
    for block, dose in doses:
        if None in dose.amounts or "arm" in built.unread[dose] | built.unread[block]:
            continue
        loc = (*built.locs[dose], "amount")
        dose_arms = [arm for arm in arms_of.get(block, ()) if dose.exists_in(arm)]
        for arm in dose.amounts:
            if arm not in built.arms:
                for problem in _unknown_arm_or_band(str(arm), built.arms):
                    yield (*loc, str(arm)), problem
            elif arm not in dose_arms:
                problem = f"gives an amount for {arm!r}, in which this dose does not exist"
                yield (*loc, str(arm)), problem
        if missing := [arm for arm in dose_arms if arm not in dose.amounts]:
            yield loc, f"has no amount for {', '.join(missing)}; give one for every arm"


def repeat_faults(data: Any, outer: Loc = ()) -> Iterator[Fault]:
    """Every repeat in plain data with keys that exclude each other, or too few of them."""
    for key in ("doses", "blocks"):
        for index, entry in entries(data, key):
            loc = (*outer, key, index)
            if isinstance(repeat := entry.get("repeat"), dict):
                keys = with_nearest_keys(REPEAT_RECORDS[key], repeat)
                problems = _dose_repeat(keys, outer) if key == "doses" else _block_repeat(keys)
                yield from (((*loc, "repeat"), problem) for problem in problems)
            yield from repeat_faults(entry, loc)


def _dose_repeat(repeat: dict[str, Any], around: Loc) -> Iterator[str]:
    """The problems of a dose's repeat; only in the outermost block may it have no count."""
    yield from _count_problems(repeat)
    if str(repeat.get("every")).startswith("at least "):
        return  # a dose as needed, which has no count
    if "times" not in repeat and "up_to" not in repeat and (around or "every" not in repeat):
        daily = around and repeat.get("every") in ("1 day", "24 hours")
        hint = ", or 'day: 1 onward' instead of the repeat" if daily else ""
        yield f"has no count; a dose needs 'times' or 'up_to'{hint}"
    if "rest" in repeat:
        yield "has 'rest', which only a block has; write 'every: 8 hours'"
    elif "every" not in repeat:
        yield "has no 'every'; write it like 'every: 8 hours'"


def _block_repeat(repeat: dict[str, Any]) -> Iterator[str]:
    yield from _count_problems(repeat)
    if "every" in repeat and "rest" in repeat:
        yield "has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)"
    if "every" not in repeat and "rest" not in repeat:
        yield "has neither 'every' (start to start) nor 'rest' (end to start); write one"


def _count_problems(repeat: dict[str, Any]) -> Iterator[str]:
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
        loc = built.locs[dose]
        yield from _unit_faults(dose, loc, timed="over" not in built.unread[dose])
        caps = [key for key in CAPS if getattr(dose, key) is not None]
        yield from _pointless_body_caps([dose], caps, loc, "the amount is not")
        if dose.weight is not None and not _may_be_per("kg", dose):
            yield (*loc, "weight"), "has no effect, because the amount is not per kg; leave it out"
        for amount in dose.amounts.values():
            if isinstance(amount, Bands):
                yield from _band_faults(amount, (*loc, "amount"))
    caps = [key for key in CAPS if key in data]
    yield from _pointless_body_caps(list(built.doses()), caps, (), "no amount is")


def plain_unit_faults(built: Built, names: DrugNames) -> Iterator[Fault]:
    """Amounts in `units` of a drug measured in IU: in papers of the 1980s one unit is six IU."""
    for dose in built.doses():
        amounts: dict[Loc, Quantity | None] = {("cap",): dose.cap, ("round",): dose.round}
        amounts |= dict(_readable_amounts(dose))
        plain_locs = [loc for loc, amount in amounts.items() if amount and amount.unit == "units"]
        drug = names.monograph(dose.written) if plain_locs else None
        if drug is not None and drug.counted_in_iu():
            for loc in plain_locs:
                yield (*built.locs[dose], *loc), drug.refuses_units(scaled=loc[0] == "amount")


def _readable_amounts(dose: Dose) -> Iterator[tuple[Loc, Quantity]]:
    """Every amount of a dose that could be read, with its location in the dose."""
    for group, amount in dose.stated():
        if amount is not UNREAD_AMOUNT:
            yield ("amount",) if group is None else ("amount", group), amount


def _unit_faults(dose: Dose, loc: Loc, *, timed: bool) -> Iterator[Fault]:
    limits = {"cap": dose.cap, "round": dose.round}
    bounds = {key: limit for key, limit in limits.items() if limit is not None}
    for amount_loc, amount in _readable_amounts(dose):
        unit = amount.given_in()
        for key, other in bounds.items():
            if not same_dimension(unit, other.unit):
                yield (*loc, key), f"is in {other.unit}, the amount in {unit}; use {unit}"
        if dose.cap is not None and dose.cap.per_day and not amount.per_day:
            text = safe_quantity(amount)
            yield (*loc, "cap"), f"is per day, the amount ({text}) is not; write it without /day"
        if timed:
            yield from (((*loc, *amount_loc), text) for text in _rate_problems(dose, amount))
        if amount.per_day:
            yield from (((*loc, *amount_loc), text) for text in _per_day_problems(dose))
    if any(isinstance(amount, str) for amount in dose.amounts.values()):
        for key in bounds:
            yield (*loc, key), "cannot go with an amount that is not stated; leave it out"


def _rate_problems(dose: Dose, amount: Quantity) -> Iterator[str]:
    """Problems of an amount per hour, or per day of an infusion of days: it needs one `over`."""
    over = dose.over
    if amount.per_hour and over is None:
        yield "is per hour, but the dose has no 'over'; add it, or write the whole amount"
    if over is None or over.shortest == over.longest or infusion_minutes(dose, amount) is None:
        return
    per = "day" if amount.per_day else "hour"
    if dose.overs:
        first, *_, last = (turns.text for turns, _ in dose.overs)
        turn_keys = f"'turn: {first}' and 'turn: {last}'"
        problem = f"'over' differs by turn; write a dose for each, with {turn_keys}"
    else:
        problem = f"'over: {over.text}' is a range; write one time"
    yield f"is per {per}, and {problem}, or the whole amount without /{per}"


def _per_day_problems(dose: Dose) -> Iterator[str]:
    if dose.as_needed:
        yield "is per day, but nobody knows how often it is needed; write the single amount"
        return
    if dose.at is not None and dose.at.minutes[-1] - dose.at.minutes[0] >= DAY:
        yield "is per day, but its times span more than one day; write the single amount"
    if dose.over is not None and dose.over.longest > DAY and doses_a_day(dose) > 1:
        yield (
            f"is per day, and 'over: {dose.over.text}' is over a day, with {doses_a_day(dose)} "
            "infusions a day; give it once a day (leave out 'at' or 'repeat'), or write the amount "
            "of each infusion without /day"
        )
    if dose.repeat is not None and dose.repeat.every is not None:
        every = dose.repeat.every
        if every.shortest != every.longest or DAY % every.shortest:
            yield "is per day, but its interval does not divide 24 hours; write the single amount"


def daily_amounts_given_twice(built: Built) -> Iterator[Fault]:
    """Equal amounts per day in two doses of a drug on the same days: the day's amount given twice.

    Infusions of a day or more are left out: their amount is a rate, and two may run together.
    """
    for block in built.body.walk():
        earlier_doses: dict[object, Dose] = {}
        for dose in block.doses:
            per_day = {amount.per_day for _, amount in _readable_amounts(dose)}
            if per_day != {True} or (dose.over is not None and dose.over.longest >= DAY):
                continue
            content = (dose.drug, tuple(dose.amounts.items()), dose.days, dose.turns, dose.arms)
            if (earlier := earlier_doses.setdefault(content, dose)) is not dose:
                problem = f"is per day, and {earlier.path} also gives one per day on the same days"
                cure = "write single amounts, or one dose with both times in its 'at'"
                yield (*built.locs[dose], "amount"), f"{problem}; {cure}"


def _pointless_body_caps(
    doses: Sequence[Dose], caps: Iterable[str], loc: Loc, subject: str
) -> Iterator[Fault]:
    """Caps on a measure of the body, for doses of which none is calculated from it."""
    for key in caps:
        basis, measure = CAPS[key]
        if not any(_may_be_per(basis, dose) for dose in doses):
            problem = f"has no effect, because {subject} per {basis} ({measure}); leave it out"
            yield (*loc, key), f"{problem}, or write 'cap' for the largest dose"


def _may_be_per(basis: str, dose: Dose) -> bool:
    """Whether some amount of a dose is per kg or m2, or could not be read."""
    return any(amount is UNREAD_AMOUNT or amount.basis == basis for _, amount in dose.stated())


def pointless_caps(dose: Dose) -> Iterator[str]:
    """A question about a cap that reduces no dose, or every dose: its unit may be a slip."""
    cap, amounts = dose.cap, [amount for _, amount in dose.stated()]
    not_stated = any(isinstance(amount, str) for amount in dose.amounts.values())
    if cap is None or not_stated or any(amount is UNREAD_AMOUNT for amount in amounts):
        return
    if not all(addable(amount.given_in(), cap.unit) for amount in amounts) or any(
        problem for amount in amounts for problem in _rate_problems(dose, amount)
    ):
        return
    bands = [band for amount in dose.amounts.values() for band in _bands_of(amount)]
    ranges = [_amount_range(dose, *pair, cap) for pair in zip(amounts, bands, strict=True)]
    if (highest := max(high for _, high in ranges)) <= cap.value:
        limit, hint = safe(highest, cap.unit), _weight_cap_hint(dose, cap)
        yield f"reduces no dose, because nobody is given more than {limit}; check its unit{hint}"
    elif (lowest := min(low for low, _ in ranges)) > cap.value:
        limit = safe(lowest, cap.unit)
        yield f"reduces every dose, because everybody is given at least {limit}; check its unit"


def _bands_of(amount: Amount) -> list[Within | None]:
    """The band of patients of each quantity of an amount; None = all patients."""
    return [entry.within for entry in amount.bands] if isinstance(amount, Bands) else [None]


def _amount_range(
    dose: Dose, amount: Quantity, within: Within | None, cap: Quantity
) -> tuple[Decimal, Decimal]:
    """The least and the most that an amount can be for any plausible body, as the cap is given.

    Args:
        within: the band of patients that it is for; None = all.
    """
    amount = amount if cap.per_day else single_amount(dose, amount)
    by_clearance = amount.unit == "AUC"
    measured = "mL/min" if by_clearance else amount.basis
    low, high = _RANGES[measured]
    caps = {"m2": dose.bsa_cap, "kg": dose.weight_cap}
    high = min(high, caps.get(measured or "") or high)
    if within is not None and within.unit == measured:
        low, high = max(low, within.low or low), min(high, within.high or high)
    if by_clearance:  # Calvert: target AUC x (GFR + offset)
        low, high = low + CALVERT_OFFSET, high + CALVERT_OFFSET
    value = convert(amount.value, amount.given_in(), cap.unit)
    return EXACT.multiply(value, low), EXACT.multiply(value, high)


def _weight_cap_hint(dose: Dose, cap: Quantity) -> str:
    """The hint at `weight_cap` for a `cap` in kg that may be meant as one; else empty."""
    low, high = WEIGHT_RANGE
    plausible = cap.unit == "kg" and low <= cap.value <= high
    if not plausible or dose.weight_cap or not _may_be_per("kg", dose):
        return ""
    return f", or write 'weight_cap: {plain(cap.value)} kg'"


def _band_faults(amount: Bands, loc: Loc) -> Iterator[Fault]:
    """Bands that use two measures, leave a gap, overlap, or have amounts of two kinds."""
    for band in amount.bands:
        within = band.within
        if within.measure != amount.measure:
            first = amount.bands[0].within.text
            yield (*loc, within.text), f"uses another measure than {first!r}; use one"
            return
        if within.begins() >= within.ends():
            yield (*loc, within.text), "includes nobody; write the lower bound first"
            return
    read_bands = [band for band in amount.bands if band.amount is not UNREAD_AMOUNT]
    for lower, upper in pairwise(read_bands):
        unit, other = lower.amount.unit, upper.amount.unit
        if not same_dimension(lower.amount.given_in(), upper.amount.given_in()):
            yield (*loc, upper.within.text), f"is in {other}, another band in {unit}; use only one"
    for lower, upper in pairwise(amount.bands):
        if (problem := lower.within.misfit_with(upper.within)) is not None:
            yield (*loc, upper.within.text), problem
