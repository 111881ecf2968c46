"""How much a plan gives of each drug: per dose, per block turn and in all, and what is ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import how_many, runs
from il2calc.model.effects import turn_name
from il2calc.model.regimen import NOT_STATED
from il2calc.plan.administration import Total, gathered, key_of_amount
from il2calc.plan.schedule import Schedule
from il2calc.report import plain_data, words
from il2calc.report.notes import is_part
from il2calc.report.plain_data import Plan
from il2calc.units import safe, short

if TYPE_CHECKING:
    from il2calc.pharmacy.preparation import Prepared
    from il2calc.pharmacy.supply import Order
    from il2calc.plan.calendar import Turn


def counted(
    plan: Plan, marks: Mapping[str, str] | None = None, *, narrow: bool = True
) -> tuple[str, list[str]]:
    """Totals under their heading: on a course, what was given and is still to come.

    Args:
        marks: of conditions; given where the totals are to be short.
        narrow: those in short are one line for each drug.
    """
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        whole = " in the whole course" if is_part(plan.schedule) else ""
        return f"Given and still to come{whole}", list(course_text.totals(plan))
    told = totals(plan) if marks is None else _totals_in_short(plan, marks, narrow=narrow)
    return f"Totals{' of the whole schedule' if is_part(plan) else ''}", list(told)


def totals(schedule: Schedule) -> Iterator[str]:
    """What a plan gives of each drug, per innermost block turn and in all."""
    yield from (f"{drug}: {text}" for drug, text in _totals(schedule, {}))
    yield from unstated(schedule)


def _totals_in_short(
    schedule: Schedule, marks: Mapping[str, str], *, narrow: bool
) -> Iterator[str]:
    """The same, the whole first, conditions by their marks; `narrow`, one line for each drug.

    Which turns are meant is not listed where all of them are.
    """
    every = Counter(turn.block.path for turn, _ in schedule.turns)
    by_drug = gathered(_totals(schedule, marks, every))
    for drug, (*turns, whole) in by_drug.items():
        told = [f"{drug}: {text}" for text in (whole, *turns)]
        yield from ["; ".join(told)] if narrow else told
    yield from unstated(schedule)


def _totals(
    schedule: Schedule, marks: Mapping[str, str], every: Mapping[str, int] | None = None
) -> Iterator[tuple[str, str]]:
    """Each drug with how much of it is given, per innermost block turn and in all.

    Args:
        every: how many turns a block has, by its path, where all of them need no list.
    """
    for drug, group in groupby(schedule.totals, key=lambda total: total.drug):
        for_drug = list(group)
        alike: dict[tuple[object, ...], list[Total]] = {}
        for total in for_drug:
            if total.turns:
                block = total.turns[-1].block
                key = (block.count_as or block.path, total.value, total.unit, total.administrations)
                depends = () if marks and _is_wholly(total) else total.only_if
                part = total.conditional if depends else None
                alike.setdefault((*key, total.at_most, depends, part), []).append(total)
        for same in alike.values():
            name, number = same[0].turns[-1].named
            where = "in" if number is None else f"per {name}"
            together = marks and _is_wholly(same[0])
            turns = f" {_under_conditions(same, marks) if together else _which(same)}"
            bare = replace(same[0], only_if=()) if together else same[0]
            bound = any(total.only_if and _is_wholly(total) for total in same)
            block = same[0].turns[-1].block
            if every and not (bound or block.count_as) and len(same) == every[block.path] > 1:
                turns = ""
            yield drug, f"{amount(bare)} {where}{turns}{conditional_part(bare, marks)}"
        for total in for_drug:
            if not total.turns:
                yield drug, f"{amount(total, marks)} in all{conditional_part(total, marks)}"


def unstated(schedule: Schedule) -> Iterator[str]:
    """Each drug of which some amounts are not stated, and of how many doses."""
    rows = [row.dose.drug for row in schedule.administrations if row.dosed.value is None]
    for drug, count in Counter(rows).items():
        doses = how_many(f"{count:,}", "dose")
        yield f"{drug}: {doses} whose amount is {NOT_STATED}, in no total and not prepared"


def _under_conditions(same: Sequence[Total], marks: Mapping[str, str]) -> str:
    """The turns of like totals, those under a condition behind its mark."""
    by_condition = gathered((total.only_if, total) for total in same)
    return " and ".join(
        f"{_which(those)} {_only_if(only_if, marks)}" if only_if else _which(those)
        for only_if, those in by_condition.items()
    )


def _only_if(conditions: Sequence[str], marks: Mapping[str, str]) -> str:
    """Conditions by their marks where all of them have one, else in words."""
    if marks.keys() >= set(conditions):
        return f"only if {' and '.join(marks[condition] for condition in conditions)}"
    return words.only_if(conditions)


def _is_wholly(total: Total) -> bool:
    """Whether all of a total is firm, or all of it depends on conditions."""
    return not total.only_if or total.conditional == total.value


def conditional_part(total: Total, marks: Mapping[str, str] | None = None) -> str:
    """What of a total depends on conditions, where not all of it does."""
    if _is_wholly(total):
        return ""
    part = safe(total.conditional, total.unit)
    return f", of which {part} {_only_if(total.only_if, marks or {})}"


def amount(total: Total, marks: Mapping[str, str] | None = None) -> str:
    """How much a total is, of how many doses, and on which conditions all of it depends.

    Args:
        marks: of conditions that are told by their marks.
    """
    most = "at most " if total.at_most else ""
    doses = how_many(f"{total.administrations:,}", "dose")
    text = f"{most}{safe(total.value, total.unit)} ({doses})"
    if total.only_if and _is_wholly(total):
        text += f", {_only_if(total.only_if, marks or {})},"
    return text


def _which(same: list[Total]) -> str:
    names = [total.turns[-1].name() for total in same]
    numbers = [number for total in same for _, number in [total.turns[-1].named] if number]
    if not numbers:
        return names[0]
    alone = len(same[0].turns) == 1 or same[0].turns[-1].block.count_as is not None
    if len(names) > 3 and alone:
        return f"({', '.join(runs(numbers))})"
    return f"({'; '.join(names)})"


def ordered(
    schedule: Schedule, orders: Sequence[Order], prepared: Sequence[Prepared], *, share: bool
) -> Iterator[str]:
    """One line per block turn, alternatives joined by `or`, then what no product is counted for.

    Like turns that follow one another stand on one line.
    """
    by_turn = gathered(((each.drug, each.apart, each.turn), each) for each in orders)
    lines: list[tuple[str, str, list[Turn]]] = []
    for (drug, _, turn), group in by_turn.items():
        what = " or ".join(_order(each) for each in group)
        last = lines[-1][2] if lines and lines[-1][:2] == (drug, what) else []
        if turn is not None and last and last[-1].block is turn.block:
            last.append(turn)
        else:
            lines.append((drug, what, [turn] if turn else []))
    for drug, what, turns in lines:
        where = " in all" if not turns else f" for {turn_name([turns[0].named])}"
        if turns[1:]:
            name, first = turns[0].named
            where = f" for each of {words.several(name)} {first} to {turns[-1].named[1]}"
        yield f"{drug}{where}: {what}"
    yield from _without_product(schedule, prepared)
    yield from _sharing(prepared, share)


def _order(each: Order) -> str:
    per_turn = f" ({each.per_turn} in each turn within)" if each.per_turn is not None else ""
    text = _depending(each.pieces, f"{each.product.name}{per_turn}", each)
    return text + (f", wasting {safe(each.waste, each.unit)}" if each.waste else "")


def _depending(count: int, what: str, on: Order | Firmness) -> str:
    """How many of what are ordered: whether at most, how many on which conditions, how many not."""
    text = f"{'at most ' if on.at_most else ''}{count:,} x {what}"
    if on.only_if and on.conditional:
        part = "" if on.conditional == count else f"{on.conditional:,} of them "
        text += f", {part}{words.only_if(on.only_if)}"
    if on.at_most and on.certain:
        text += f", {on.certain:,} of them certain"
    return text


class Firmness(NamedTuple):
    """How firm some doses are.

    Args:
        at_most: whether one of them is a maximum.
        only_if: conditions that one of them depends on.
        certain: how many are neither.
        conditional: how many depend on a condition.
    """

    at_most: bool
    only_if: tuple[str, ...]
    certain: int
    conditional: int


def firmness(each: Prepared, schedule: Schedule) -> Firmness:
    """How firm the doses are that are made up alike."""
    rows = [schedule.administrations[number - 1] for number in each.administrations]
    return Firmness(
        at_most=any(row.at_most for row in rows),
        only_if=tuple(dict.fromkeys(condition for row in rows for condition in row.only_if)),
        certain=sum(not (row.at_most or row.only_if) for row in rows),
        conditional=sum(bool(row.only_if) for row in rows),
    )


def _without_product(schedule: Schedule, prepared: Sequence[Prepared]) -> Iterator[str]:
    for each in prepared:
        if not each.vials and not each.tablets:
            what = _depending(
                len(each.administrations), safe(each.value, each.unit), firmness(each, schedule)
            )
            lacking = "the monograph has no product" if each.drug else "there is no monograph"
            yield f"{each.dose.drug}: {what}, for which {lacking}"


def _sharing(prepared: Sequence[Prepared], share: bool) -> Iterator[str]:
    if not share:
        return
    from il2calc.pharmacy.supply import products
    from il2calc.report.monograph_text import cited

    for product in products(prepared):
        if product.form != "vial":
            continue
        if product.keeps is None:
            yield f"{product.name}: not shared, since no stability is given"
        else:
            yield f"{product.name}: shared for {product.keeps.text} {cited(product.sources)}"


def order(each: Order, among: Sequence[Order]) -> dict[str, Any]:
    """An order as plain data; `instead_of` names the products that it stands in for."""
    place = (each.drug, each.apart, each.turn)
    others = (other for other in among if (other.drug, other.apart, other.turn) == place)
    return {
        "drug": each.drug,
        "product": each.product.name,
        "instead_of": [other.product.name for other in others if other is not each],
        "block": turn_name([each.turn.named]) if each.turn else None,
        "count": each.pieces,
        "per_turn": each.per_turn,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
        "certain": each.certain,
        "conditional": each.conditional,
        "waste": plain_data.amount(each.waste, each.unit),
    }


def roundings(schedule: Schedule) -> Iterator[str]:
    """Each distinct dose that was rounded: calculated, given, and the difference in per cent."""
    doses = {
        (each.dose.as_written, each.dosed.calculated, each.dosed.value, each.dosed.unit): None
        for each in schedule.administrations
    }
    for dose, calculated, value, unit in doses:
        if value is not None and calculated is not None and value != calculated:
            change = (value - calculated) / calculated * 100
            sign = "+" if change > 0 else "-"
            yield (
                f"{dose.path}: {safe(calculated, unit)} calculated, "
                f"{safe(value, unit)} given ({sign}{short(abs(change), 3)} %)"
            )


def workings(schedule: Schedule) -> Iterator[str]:
    """How each distinct dose came about, with the path and source of its amount."""
    doses = {each.dose.as_written: each.dosed for each in schedule.administrations}
    doses |= {each.dose: each.dosed for each in schedule.as_needed}
    for dose, dosed in doses.items():
        steps = (
            "; ".join(step.text for step in dosed.working) or f"{dose.drug}: amount {NOT_STATED}"
        )
        key = key_of_amount(dose, dosed, schedule.arm)
        rests = words.rests_on(dose.provenance[key])
        behind = f"; {rests}" if rests else ""
        yield f"{steps} ({schedule.regimen.id}: {dose.path}.{key}{behind})"
