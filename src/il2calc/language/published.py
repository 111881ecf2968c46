"""Whether the totals that a source prints are those of its file: a misread amount shows here.

A total is held against the file as written, every turn given and every maximum reached, in each
arm that gives the drug: of one block, in each of its turns; else of the whole regimen. Amounts per
kg or m2 are added as such, flat ones with their cap and their rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from il2calc.errors import Il2calcError
from il2calc.language.paths import entries
from il2calc.model.evidence import PublishedTotal
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Dose, Regimen
from il2calc.plan import dosing, timing
from il2calc.plan.calendar import a_day, multiplied_out, of_one
from il2calc.plan.timing import Slot
from il2calc.text.shapes import Fault
from il2calc.units import EXACT, Quantity, convert, safe_quantity, same_dimension


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
