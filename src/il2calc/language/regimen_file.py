"""From a file's bytes to a regimen, or to everything that is wrong with the file.

What may be right, or a slip that no check can tell, a person is asked to confirm. So is a total
that a source prints and the file does not come to: it is held against the file as written, every
turn given and every maximum reached, in each arm that gives the drug: of one block, in each of its
turns; else of the whole regimen. Amounts per kg or m2 are added as such, flat ones with their cap
and their rounding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import FaultyFile, Il2calcError, Refused, RegimenError, as_typed, how_many
from il2calc.language import calendar_checks, checks, paths
from il2calc.language.calendar_checks import first_of
from il2calc.language.paths import FaultPlaces, entries, facts, settable
from il2calc.language.provenance import about_faults, citation_faults
from il2calc.language.regimen_build import Built, build
from il2calc.language.regimen_keys import REGIMEN
from il2calc.language.shelf import Found
from il2calc.model.evidence import PublishedTotal
from il2calc.model.measure import quantities
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Days, Dose, Regimen
from il2calc.plan import dosing, timing
from il2calc.plan.calendar import a_day, multiplied_out, of_one
from il2calc.plan.timing import Slot
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read
from il2calc.text.values import MOST, shown
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

_CROSSES_ZERO = (
    "crosses from day -1 to day 1 without a day 0; if the source counts this way, confirm it with "
    "'numbering: without day 0'"
)
_AT_NEED = (
    "is read as given when needed; confirm it with 'as_needed: yes', or write '3 times a "
    "day' if it is given that often"
)
_NEGATED = re.compile(r"\b(no|not|without)\b[^,;]*\bor\b", re.IGNORECASE)
_BEGUN = re.compile(r"(only\s+)?(if|unless|until|when|while|as long as)\b", re.IGNORECASE)


class Examination(NamedTuple):
    """What a file holds.

    Args:
        regimen: None where there is any fault.
        faults: all of them, in the order of the file.
        remarks: what a person should confirm, though the file loads.
    """

    regimen: Regimen | None
    faults: tuple[RegimenError, ...]
    remarks: tuple[RegimenError, ...]


def examine(
    found: Found,
    wanted: Iterable[tuple[str, str]] = (),
    names: DrugNames | None = None,
    *,
    thorough: bool = True,
) -> Examination:
    """Read a file and collect every fault in it.

    Args:
        found: the bytes and their origin.
        wanted: path and new text of each value to change.
        names: of the drugs with a monograph; None = every drug is called as it is written.
        thorough: also hold the other reading of every assumption against the file.

    Raises:
        Refused: a value to be read otherwise that this file does not have; a drug's name that
            means several.
        FaultyFile: a monograph that had to be read for a name has faults.
    """
    document = yaml.read(found.content)
    places = FaultPlaces(found.origin.file, document)
    if not isinstance(document.data, dict):
        told = places.of_no_mapping("a regimen file begins with 'regimen: NAME'")
        return Examination(None, told, ())
    if (other := _other_kind(document.data, as_typed(found.origin.file))) is not None:
        return Examination(None, places.errors([((), other)]), ())
    faults = list(about_faults(document.data))
    wanted = tuple(wanted)
    places.settings = paths.apply(document.data, wanted)
    if wanted:
        places.before = examine(found, (), names, thorough=False).faults
    draft = read(REGIMEN, document.data, (), faults)
    built = build(document.data, draft, tuple(places.settings.values()), names)
    faults += _cross_faults(document.data, built)
    if names is not None:
        faults += checks.plain_units(built, names)
    if thorough:
        faults += _otherwise_faults(found, document.data, built)
    confirmed = "numbering" in document.data
    to_confirm = list(_remarks(built, confirmed=confirmed))
    if built.regimen is not None:
        faults += _total_faults(document.data, built.regimen)
    if built.regimen is not None and thorough and not faults and not document.faults:
        to_confirm += _differences(document.data, built.regimen)
    told = places.errors(to_confirm)
    if faults or document.faults:
        return Examination(None, places.errors(faults, document.faults), told)
    assert built.regimen is not None
    said = {path: shown(value) for path, value in facts(document.data)}
    regimen = replace(
        built.regimen, origin=found.origin, facts=said, texts=paths.texts(document.data)
    )
    return Examination(regimen, (), told)


def load(
    found: Found, wanted: Iterable[tuple[str, str]] = (), names: DrugNames | None = None
) -> Regimen:
    """Read a file that must be right.

    Args:
        names: of the drugs with a monograph.

    Raises:
        FaultyFile: with every fault in it.
        Refused: a value to be read otherwise that this file does not have.
    """
    result = examine(found, wanted, names, thorough=False)
    if result.regimen is None:
        raise FaultyFile(result.faults)
    return result.regimen


def _other_kind(data: dict[str, yaml.Plain], file: str) -> str | None:
    """What a file is, by its keys, that is no regimen; with what looks at such a file."""
    if not data.keys().isdisjoint(("doses", "blocks")):
        return None
    if "log" in data:
        return f"is a course log; to see its course: il2calc replan {file}"
    if "drug" in data and "regimen" not in data:
        return f"is a drug file; to look for its faults: il2calc check {file}"
    return None


def _cross_faults(data: dict[str, yaml.Plain], built: Built) -> Iterator[Fault]:
    yield from built.faults
    yield from citation_faults(data)
    yield from checks.repeat_faults(data)
    yield from checks.name_faults(data, built)
    yield from checks.amount_faults(data, built)
    yield from calendar_checks.calendar_faults(built)


def _otherwise_faults(found: Found, data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """The other reading of an assumption must be one that the file can take."""
    known = set(settable(data))
    for index, entry in entries(data, "assumptions"):
        if "otherwise" not in entry:
            continue
        place: Loc = ("assumptions", index, "otherwise")
        about, other = entry.get("about"), shown(entry["otherwise"])
        if about == "default_arm":
            if other not in built.arms:
                yield place, f"{other!r} is not an arm; known: {', '.join(built.arms)}"
        elif not isinstance(about, str) or about not in known:
            yield place, "needs 'about' to name one value, such as cycle.repeat.rest"
        else:
            yield from ((place, problem) for problem in _caused(found, about, other))


def _caused(found: Found, about: str, other: str) -> Iterator[str]:
    """What would be wrong with a file if one value were read otherwise, and is not wrong now."""
    try:
        result = examine(found, [(about, other)], thorough=False)
    except Refused as error:
        yield f"cannot be set: {error}"
        return
    for fault in result.faults:
        if fault.line is None:
            yield f"cannot be what {about} says: {fault.problem}"
            return


def _remarks(built: Built, *, confirmed: bool) -> Iterator[Fault]:
    """Everything in a file that a person should confirm.

    Args:
        confirmed: the file says how it numbers its days.
    """
    yield from _names_in_doubt(built)
    if not confirmed:
        yield from _crossings(built)
    for arm in built.arms or (None,):
        yield from _lost_rests(built.body, built, arm)
    yield from calendar_checks.overlaps(built)
    yield from _unused_times(built)
    yield from checks.days_told_twice(built)
    for holder, loc in built.locs.items():
        yield from _conditions(holder, loc)
        if isinstance(holder, Dose) and holder.as_needed and "as_needed" not in holder.provenance:
            yield (*loc, "at"), _AT_NEED
        if isinstance(holder, Dose):
            yield from _thousands(holder, loc)
            yield from (((*loc, "cap"), text) for text in checks.vain_caps(holder))


def _names_in_doubt(built: Built) -> Iterator[Fault]:
    """Names of drugs that may mean another one, once each: a person must say."""
    for written, name in built.names.items():
        if (question := name.question()) is not None:
            first = next(dose for dose in built.doses() if dose.written == written)
            yield (*built.locs[first], "drug"), question


def _unused_times(built: Built) -> Iterator[Fault]:
    """Infusion times of turns without a dose: a file may mean its first, or fifth, infusion."""
    for block in built.body.walk():
        last = (block.repeat.count if block.repeat is not None else None) or MOST
        for dose in block.prescribed():
            given = dose.turns or Days((), 1)
            for turns, _ in dose.overs:
                begun = (first_of(turns), given.onward or 0, *(low for low, _ in given.ranges))
                both = (turn for turn in begun if turns.holds(turn) and given.holds(turn))
                if min(both, default=last + 1) > last:
                    text = "is never used: times are by turn of the block, not by infusion"
                    yield (*built.locs[dose], "over", turns.text), text


def _thousands(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """Amounts of units with a point and three digits, which is how half of Europe writes thousands.

    Who counts units counts whole ones: `600.000 IU` is a thousandth of what was meant.
    """
    for arm, amount in dose.amounts.items():
        for one in quantities(amount):
            thousands = 1 <= one.value < 1000 and one.value.as_tuple().exponent == -3
            if thousands and one.unit in COUNTED_UNITS:
                whole = f"{one.value}".replace(".", "_")
                text = f"is {plain(one.value)} {one.unit}{one.tail()}; write "
                text += f"'{whole} {one.unit}{one.tail()}' if thousands are meant"
                yield (*loc, "amount", *([] if arm is None else [arm])), text


def _crossings(built: Built) -> Iterator[Fault]:
    """Ranges of days that run from before day 1 to after it."""
    for dose in built.doses():
        onward = dose.days.onward is not None and dose.days.onward < 0
        if onward or any(first < 0 < last for first, last in dose.days.ranges):
            yield (*built.locs[dose], "day"), _CROSSES_ZERO


def _lost_rests(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Rests between turns, of a block that another follows without one.

    Read as a rest after every turn, the block that follows begins that much too early.
    """
    row = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    for inner, after in pairwise(row):
        for ending in _endings(inner, arm):
            if ending.repeat is not None and ending.repeat.rest is not None:
                text = (
                    f"is only between turns: {after.name!r} begins the day after the last one; "
                    f"add 'rest: {ending.repeat.rest.text}' to the block {ending.name!r}, or "
                    "confirm it with 'rest: 0 days'"
                )
                yield (*built.locs[ending], "repeat", "rest"), text
    for inner in block.blocks:
        if inner.exists_in(arm):
            yield from _lost_rests(inner, built, arm)


def _endings(block: Block, arm: str | None) -> Iterator[Block]:
    """A block and those within it whose last turn ends with it, as far as no rest is stated."""
    if block.rest is not None or (block.repeat is not None and block.repeat.every is not None):
        return
    yield block
    row = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    if row:
        yield from _endings(row[-1], arm)


def _conditions(holder: Block | Dose, loc: Loc) -> Iterator[Fault]:
    """Conditions that do not read aloud as `only if ...`, or read as their contrary."""
    within = holder.repeat.only_if if holder.repeat is not None else None
    for text, place in ((holder.only_if, (*loc, "only_if")), (within, (*loc, "repeat", "only_if"))):
        if text is not None and _NEGATED.search(text):
            problem = f"{text!r} can be read as continuing even if what follows 'or' is true"
            yield place, f"{problem}; write 'neither ... nor ...'"
        if text is not None and (begun := _BEGUN.match(text)):
            problem = f"is printed as 'only if {text}'; begin with the condition itself"
            yield place, f"{problem}, without {begun.group()!r}"


def _total_faults(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
    """Totals of which the file does not say of what they are."""
    drugs = list(dict.fromkeys(dose.drug for dose in regimen.doses()))
    blocks = {block.name for block in regimen.body.walk()} - {""}
    there = {"drug": drugs, "block": sorted(blocks), "arm": list(regimen.arms)}
    for index, entry in entries(data, "findings"):
        loc = ("findings", index)
        for key in there:
            if key in entry and "total" not in entry:
                yield (*loc, key), "is on a finding without 'total'; add it, or leave this out"
        if "total" in entry and "drug" not in entry and drugs[1:]:
            problem = f"names no drug, but the file gives {', '.join(drugs)}"
            yield (*loc, "total"), f"{problem}; add 'drug: {drugs[0]}'"
        for key, names in there.items():
            name = entry.get(key)
            if not isinstance(name, str):
                continue
            if (regimen.drug_called(name) if key == "drug" else name) not in names:
                known = ", ".join(names) or "none"
                yield (*loc, key), f"{key} {name!r} is not in this file; known: {known}"


def _differences(data: dict[str, Any], regimen: Regimen) -> Iterator[Fault]:
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
            yield f"cannot be compared with the file{where}: {error}"
            continue
        for given, count in sums:
            within = total.low.value <= given.value <= total.high.value
            if not within or total.low.basis != given.basis:
                per = f" per {total.block}" if total.block is not None else ""
                yield (
                    f"the source prints {total.in_words()}{per}, but the file gives "
                    f"{safe_quantity(given)}{per} of {drug}{where} "
                    f"({how_many(count, 'dose')}); check both"
                )


def _sums(
    total: PublishedTotal, drug: str, regimen: Regimen, arm: str | None
) -> Iterator[tuple[Quantity, int]]:
    """What the file gives in each turn that a total is of, and in how many doses.

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
        yield _added(inside, arm, total.low.unit), len(inside)


def _open(blocks: list[Block], inside: Block | None) -> str | None:
    """An open-ended block that a total is not within one turn of."""
    within = blocks if inside is None else [*inside.walk()][1:]
    return next((block.path for block in blocks if block in within), None)


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
        what = "is not stated" if isinstance(amount, str) else "depends on bands of patients"
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
