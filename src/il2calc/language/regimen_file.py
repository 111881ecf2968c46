"""Read a regimen file: from its bytes to a regimen, or to every fault in the file.

What may be meant or may be a slip becomes a remark, which a person should confirm. So does a total
that a source prints and that is not what the file adds up to. The file is added up as written, with
every turn given and every maximum reached, in each arm that gives the drug: for each turn of the
block that the total names, else for the whole regimen. Amounts per kg or m2 are added as such, flat
amounts after their cap and rounding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import FaultyFile, Il2calcError, RegimenError, as_typed, how_many
from il2calc.language import calendar_checks, checks, paths
from il2calc.language.paths import FaultLocator, entries, facts, settable
from il2calc.language.provenance import about_faults, citation_faults
from il2calc.language.regimen_build import Built, build
from il2calc.language.regimen_keys import REGIMEN
from il2calc.language.shelf import FileContent
from il2calc.model.evidence import PublishedTotal
from il2calc.model.measure import quantities
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Days, Dose, Regimen
from il2calc.plan import dosing, timing
from il2calc.plan.calendar import doses_a_day, infusion_minutes, single_amount, uncounted
from il2calc.plan.timing import Slot
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read
from il2calc.text.values import MOST, as_written
from il2calc.units import (
    COUNTED_UNITS,
    EXACT,
    Quantity,
    convert,
    plain,
    safe_quantity,
    same_dimension,
)

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_CONFIRM_NO_DAY_ZERO = (
    "crosses from day -1 to day 1 without a day 0; if the source counts this way, confirm it with "
    "'numbering: without day 0'"
)
_CONFIRM_AS_NEEDED = (
    "is read as given when needed; confirm it with 'as_needed: yes', or write '3 times a "
    "day' if it is given that often"
)
_NEGATED_OR = re.compile(r"\b(no|not|without)\b[^,;]*\bor\b", re.IGNORECASE)
_CONJUNCTION = re.compile(r"(only\s+)?(if|unless|until|when|while|as long as)\b", re.IGNORECASE)


class Examination(NamedTuple):
    """The result of reading a file.

    Args:
        regimen: None if there is any fault.
        faults: all of them, in the order of the file.
        remarks: what a person should confirm, though the file loads.
    """

    regimen: Regimen | None
    faults: tuple[RegimenError, ...]
    remarks: tuple[RegimenError, ...]


def examine(
    file: FileContent,
    settings: Iterable[tuple[str, str]] = (),
    names: DrugNames | None = None,
    *,
    thorough: bool = True,
) -> Examination:
    """Read a file and collect every fault in it.

    Args:
        file: the bytes and their origin.
        settings: the path and the new text of each value to change.
        names: of the drugs with a monograph; None = keep each drug's name as it is written.
        thorough: also check the other reading of every assumption, and every published total.

    Raises:
        Refused: a drug's name means several drugs.
        FaultyFile: settings name no value of the file that can be set, or a monograph that had to
            be read for a name has faults.
    """
    document = yaml.read(file.content)
    data, locator = document.data, FaultLocator(file.origin.file, document)
    if not isinstance(data, dict):
        errors = locator.not_a_mapping("a regimen file begins with 'regimen: NAME'")
        return Examination(None, errors, ())
    if (problem := _other_kind(data, as_typed(file.origin.file))) is not None:
        return Examination(None, locator.errors([((), problem)]), ())
    faults = list(about_faults(data))
    settings = tuple(settings)
    locator.settings = paths.apply(data, settings)
    if settings:
        locator.without_settings = examine(file, (), names, thorough=False).faults
    draft = read(REGIMEN, data, (), faults)
    built = build(data, draft, tuple(locator.settings.values()), names)
    faults += built.faults
    faults += citation_faults(data)
    faults += checks.repeat_faults(data)
    faults += checks.name_faults(data, built)
    faults += checks.amount_faults(data, built)
    faults += calendar_checks.calendar_faults(built)
    if names is not None:
        faults += checks.plain_unit_faults(built, names)
    if thorough:
        faults += _otherwise_faults(file, data, built)
    doubts = list(_remarks(data, built))
    if built.regimen is not None:
        faults += _reference_faults(data, built.regimen)
    if faults or document.faults:
        errors = locator.errors(faults, document.faults)
        return Examination(None, errors, locator.errors(doubts))
    assert built.regimen is not None
    if thorough:
        doubts += _total_differences(data, built.regimen)
    fact_texts = {path: as_written(value) for path, value in facts(data).items()}
    regimen = replace(built.regimen, origin=file.origin, facts=fact_texts, texts=paths.texts(data))
    return Examination(regimen, (), locator.errors(doubts))


def load(
    file: FileContent, settings: Iterable[tuple[str, str]] = (), names: DrugNames | None = None
) -> Regimen:
    """Read a file that must be free of faults; for the arguments see `examine`.

    Raises:
        FaultyFile: the file, or a monograph that had to be read, has faults; all are reported.
        Refused: as for `examine`.
    """
    result = examine(file, settings, names, thorough=False)
    if result.regimen is None:
        raise FaultyFile(result.faults)
    return result.regimen


def _other_kind(data: dict[str, yaml.Plain], file: str) -> str | None:
    """The problem of a log or drug file given as a regimen, with the command for it; else None."""
    if not data.keys().isdisjoint(("doses", "blocks")):
        return None
    if "log" in data:
        return f"is a course log; to see its course: il2calc replan {file}"
    if "drug" in data and "regimen" not in data:
        return f"is a drug file; to look for its faults: il2calc check {file}"
    return None


def _otherwise_faults(file: FileContent, data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """Assumptions whose other reading (`otherwise`) cannot be set in this file."""
    paths_of_values = settable(data)
    for index, entry in entries(data, "assumptions"):
        if "otherwise" not in entry:
            continue
        loc: Loc = ("assumptions", index, "otherwise")
        about, reading = entry.get("about"), as_written(entry["otherwise"])
        if about == "default_arm":
            if reading not in built.arms:
                yield loc, f"{reading!r} is not an arm; known: {', '.join(built.arms)}"
        elif not isinstance(about, str) or about not in paths_of_values:
            yield loc, "needs 'about' to name one value, such as cycle.repeat.rest"
        elif (problem := _problem_if_set(file, about, reading)) is not None:
            yield loc, problem


def _problem_if_set(file: FileContent, about: str, reading: str) -> str | None:
    """The first problem that setting one value would cause in a file, if any."""
    try:
        faults = examine(file, [(about, reading)], thorough=False).faults
    except FaultyFile as error:
        return f"cannot be set: {error}"
    problem = next((fault.problem for fault in faults if fault.line is None), None)
    return problem and f"cannot be what {about} says: {problem}"


def _remarks(data: dict[str, yaml.Plain], built: Built) -> Iterator[Fault]:
    """Everything in a file that a person should confirm."""
    yield from _doubtful_names(built)
    if "numbering" not in data:
        yield from _ranges_across_day_zero(built)
    for arm in built.arms or (None,):
        for block in built.body.in_arm(arm):
            yield from _missing_last_rests(block, built, arm)
    yield from calendar_checks.overlapping_infusions(built)
    yield from _unused_infusion_times(built)
    yield from checks.daily_amounts_given_twice(built)
    for holder, loc in built.locs.items():
        yield from _unclear_conditions(holder, loc)
        if isinstance(holder, Dose):
            if holder.as_needed and "as_needed" not in holder.provenance:
                yield (*loc, "at"), _CONFIRM_AS_NEEDED
            yield from _decimal_thousands(holder, loc)
            yield from (((*loc, "cap"), text) for text in checks.pointless_caps(holder))


def _doubtful_names(built: Built) -> Iterator[Fault]:
    """Drug names that may mean another drug, each at the first dose that has it."""
    for spelled, name in built.names.items():
        if (question := name.question()) is not None:
            first_dose = next(dose for dose in built.doses() if dose.written == spelled)
            yield (*built.locs[first_dose], "drug"), question


def _unused_infusion_times(built: Built) -> Iterator[Fault]:
    """Infusion times for turns without a dose: the file may count infusions instead of turns."""
    for block in built.body.walk():
        last = (block.repeat.count if block.repeat is not None else None) or MOST
        for dose in block.prescribed():
            given_turns = dose.turns or Days((), 1)
            for turns, _ in dose.overs:
                starts = [low for low, _ in given_turns.ranges]
                firsts = (turns.first, given_turns.onward or 0, *starts)
                used = (turn for turn in firsts if turns.holds(turn) and given_turns.holds(turn))
                if min(used, default=last + 1) > last:
                    text = "is never used: times are by turn of the block, not by infusion"
                    yield (*built.locs[dose], "over", turns.text), text


def _decimal_thousands(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """Amounts in units with a point and three digits, as much of Europe writes thousands.

    Units are whole numbers, so `600.000 IU` is probably meant as 600,000 IU.
    """
    for arm, amount in dose.amounts.items():
        for quantity in quantities(amount):
            ambiguous = 1 <= quantity.value < 1000 and quantity.value.as_tuple().exponent == -3
            if ambiguous and quantity.unit in COUNTED_UNITS:
                unit = f"{quantity.unit}{quantity.tail()}"
                cure = f"write '{str(quantity.value).replace('.', '_')} {unit}'"
                text = f"is {plain(quantity.value)} {unit}; {cure} if thousands are meant"
                yield (*loc, "amount", *([] if arm is None else [arm])), text


def _ranges_across_day_zero(built: Built) -> Iterator[Fault]:
    """Ranges of days that run from before day 0 to after it."""
    for dose in built.doses():
        onward = dose.days.onward is not None and dose.days.onward < 0
        if onward or any(first < 0 < last for first, last in dose.days.ranges):
            yield (*built.locs[dose], "day"), _CONFIRM_NO_DAY_ZERO


def _missing_last_rests(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Rests between turns where another block follows the last turn without a rest.

    If a rest after every turn was meant, the block that follows begins too early by that rest.
    """
    sequence = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    for inner, following in pairwise(sequence):
        for ending in _ending_together(inner, arm):
            if ending.repeat is not None and ending.repeat.rest is not None:
                begins = f"{following.name!r} begins the day after the last one"
                cure = f"add 'rest: {ending.repeat.rest.text}' to the block {ending.name!r}"
                text = f"is only between turns: {begins}; {cure}, or confirm it with 'rest: 0 days'"
                yield (*built.locs[ending], "repeat", "rest"), text


def _ending_together(block: Block, arm: str | None) -> Iterator[Block]:
    """A block and the last blocks within it, as far as none has a stated `rest` or `every`."""
    if block.rest is not None or (block.repeat is not None and block.repeat.every is not None):
        return
    yield block
    sequence = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    if sequence:
        yield from _ending_together(sequence[-1], arm)


def _unclear_conditions(holder: Block | Dose, loc: Loc) -> Iterator[Fault]:
    """Conditions that do not read well after `only if`, or can be read as their opposite."""
    repeat_condition = holder.repeat.only_if if holder.repeat is not None else None
    conditions = ((holder.only_if, ("only_if",)), (repeat_condition, ("repeat", "only_if")))
    for text, keys in conditions:
        if text is not None and _NEGATED_OR.search(text):
            problem = f"{text!r} can be read as continuing even if what follows 'or' is true"
            yield (*loc, *keys), f"{problem}; write 'neither ... nor ...'"
        if text is not None and (match := _CONJUNCTION.match(text)):
            problem = f"is printed as 'only if {text}'; begin with the condition itself"
            yield (*loc, *keys), f"{problem}, without {match.group()!r}"


def _reference_faults(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
    """Drugs, blocks and arms of totals and stop rules that are unknown, needless, or missing."""
    drugs = list(dict.fromkeys(dose.drug for dose in regimen.doses()))
    blocks = [block for block in regimen.body.walk() if block.name]
    known = {"drug": drugs, "block": [block.path for block in blocks], "arm": list(regimen.arms)}
    names = {**known, "block": _names_of(*blocks)}
    for section, measure in (("findings", "total"), ("stop_rules", "after")):
        for index, entry in entries(data, section):
            loc: Loc = (section, index)
            without_total = section == "findings" and "total" not in entry
            for key in [key for key in known if without_total and key in entry]:
                yield (*loc, key), "is on a finding without 'total'; add it, or leave this out"
            of_drug = not without_total and not str(entry.get("after")).startswith("delay")
            if of_drug and "drug" not in entry and drugs[1:]:
                problem = f"names no drug, but the file gives {', '.join(drugs)}"
                yield (*loc, measure), f"{problem}; add 'drug: {drugs[0]}'"
            for key, listed in known.items():
                name = entry.get(key)
                if not isinstance(name, str):
                    continue
                if (regimen.drug_called(name) if key == "drug" else name) not in names[key]:
                    choice = ", ".join(listed) or "none"
                    yield (*loc, key), f"{key} {name!r} is not in this file; known: {choice}"


def _names_of(*blocks: Block) -> list[str]:
    """What totals and stop rules may call blocks: their names and their paths."""
    return [name for block in blocks for name in (block.name, block.path)]


def _total_differences(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
    for (index, _), finding in zip(entries(data, "findings"), regimen.findings, strict=True):
        if finding.total is not None:
            for problem in dict.fromkeys(_total_problems(finding.total, regimen)):
                yield ("findings", index, "total"), problem


def _total_problems(total: PublishedTotal, regimen: Regimen) -> Iterator[str]:
    drug = next(regimen.doses()).drug if total.drug is None else regimen.drug_called(total.drug)
    arms = (total.arm,) if total.arm is not None else tuple(regimen.arms) or (None,)
    for arm in arms:
        if drug not in regimen.drugs(arm):
            continue
        where = "" if arm is None else f" in arm {arm}"
        try:
            sums = list(_sums_by_turn(total, drug, regimen, arm))
        except (Il2calcError, ValueError) as error:
            yield f"cannot be compared with the file{where}: {error}"
            continue
        for amount, count in sums:
            in_range = total.low.value <= amount.value <= total.high.value
            if not in_range or total.low.basis != amount.basis:
                per = f" per {total.block}" if total.block is not None else ""
                given = f"{safe_quantity(amount)}{per} of {drug}{where} ({how_many(count, 'dose')})"
                printed = f"the source prints {total.in_words()}{per}"
                yield f"{printed}, but the file gives {given}; check both"


def _sums_by_turn(
    total: PublishedTotal, drug: str, regimen: Regimen, arm: str | None
) -> Iterator[tuple[Quantity, int]]:
    """What the file gives of a drug, and in how many doses, in each turn that a total covers.

    Raises:
        ValueError: the amounts cannot be added up.
        Il2calcError: the regimen cannot be laid out.
    """
    times = {block.path: 1 for block in regimen.body.walk() if uncounted(block)}
    slots_by_turn: dict[object, list[Slot]] = {}
    for slot in timing.expand(regimen, arm, times).slots:
        if slot.dose.drug != drug:
            continue
        chain = slot.turn.chain()
        covered = [turn for turn in chain if total.block in _names_of(turn.block)]
        if total.block is not None and not covered:
            continue
        slots_by_turn.setdefault(covered[-1] if covered else None, []).append(slot)
        for turn in chain[chain.index(covered[-1]) + 1 :] if covered else chain:
            if turn.block.path in times:
                raise ValueError(f"{turn.block.path} has no stated end; name a block within it")
    if not slots_by_turn:
        as_needed = (blocks for blocks, dose in regimen.as_needed(arm) if dose.drug == drug)
        if any(total.block in (None, *_names_of(*blocks)) for blocks in as_needed):
            raise ValueError(f"{drug} is given as needed, in no total")
        raise ValueError(f"{drug} is not given in {total.block}")
    for turn_slots in slots_by_turn.values():
        yield _sum(turn_slots, arm, total.low.unit), len(turn_slots)


def _sum(slots: list[Slot], arm: str | None, unit: str) -> Quantity:
    """The sum of the doses of slots, in a unit; per kg or m2 if every amount is."""
    amounts = [_amount_to_add(slot.dose, arm) for slot in slots]
    bases = {amount.basis for amount in amounts}
    if len(bases) > 1:
        raise ValueError("some amounts are per kg or m2 and others are not")
    if not all(same_dimension(amount.unit, unit) for amount in amounts):
        raise ValueError(f"it is in {unit}, the amounts in {amounts[0].unit}")
    with localcontext(EXACT):
        value = sum((convert(amount.value, amount.unit, unit) for amount in amounts), Decimal(0))
    return Quantity(value, unit, bases.pop())


def _amount_to_add(dose: Dose, arm: str | None) -> Quantity:
    amount = dose.amount(arm)
    if not isinstance(amount, Quantity):
        reason = "is not stated" if isinstance(amount, str) else "depends on bands of patients"
        raise ValueError(f"the amount of {dose.path} {reason}")
    if amount.unit == "AUC":
        raise ValueError(f"the amount of {dose.path} is a target AUC")
    if amount.basis is not None:
        return single_amount(dose, amount)
    lasting = infusion_minutes(dose, amount)
    dosed = dosing.dose(
        amount, Patient(), a_day=doses_a_day(dose), cap=dose.cap, step=dose.round, lasting=lasting
    )
    return Quantity(dosed.value, dosed.unit)
