"""How much of each drug a plan gives: per block turn, in all and as needed; and what is ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import how_many, runs
from il2calc.model.effects import turn_name
from il2calc.model.regimen import NOT_STATED, Block, amount_in_words
from il2calc.plan.administration import AsNeeded, Total, as_needed, grouped, key_of_amount
from il2calc.plan.schedule import Schedule
from il2calc.report import plain_data, words
from il2calc.report.notes import is_part
from il2calc.report.plain_data import Plan
from il2calc.units import EXACT, Quantity, safe, safe_quantity, short

if TYPE_CHECKING:
    from il2calc.pharmacy.preparation import Prepared
    from il2calc.pharmacy.supply import Order
    from il2calc.plan.calendar import Turn


def under_heading(
    plan: Plan, marks: Mapping[str, str] | None = None, *, narrow: bool = True
) -> tuple[str, list[str]]:
    """Totals under their heading; of a course, what was given and what is still to come.

    Args:
        marks: of conditions; given for totals in short.
        narrow: in short, all totals of a drug are on one line.
    """
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        whole = " in the whole course" if is_part(plan.schedule) else ""
        return f"Given and still to come{whole}", list(course_text.totals(plan))
    lines = totals(plan) if marks is None else _totals_in_short(plan, marks, narrow=narrow)
    return f"Totals{' of the whole schedule' if is_part(plan) else ''}", list(lines)


def totals(schedule: Schedule) -> Iterator[str]:
    """How much of each drug a plan gives, per innermost block turn and in all."""
    yield from (f"{drug}: {text}" for drug, text in _drug_totals(schedule, {}))
    yield from unstated(schedule)


def _totals_in_short(
    schedule: Schedule, marks: Mapping[str, str], *, narrow: bool
) -> Iterator[str]:
    """The same in short: the sum in all first, conditions by marks, no list of every turn."""
    counts = Counter(turn.block.path for turn, _ in schedule.turns)
    by_drug = grouped(_drug_totals(schedule, marks, counts))
    for drug, (*turns, in_all) in by_drug.items():
        lines = [f"{drug}: {text}" for text in (in_all, *turns)]
        yield from ["; ".join(lines)] if narrow else lines
    yield from unstated(schedule)


def _drug_totals(
    schedule: Schedule, marks: Mapping[str, str], counts: Mapping[str, int] | None = None
) -> Iterator[tuple[str, str]]:
    """Each drug with its totals, per innermost block turn and in all.

    Args:
        counts: turns of each block, by path; a total of all of them lists none.
    """
    for drug, group in groupby(schedule.totals, key=lambda total: total.drug):
        for_drug = list(group)
        equal: dict[tuple[object, ...], list[Total]] = {}
        for total in for_drug:
            if total.turns:
                block = total.turns[-1].block
                key = (block.count_as or block.path, total.value, total.unit, total.administrations)
                only_if = () if marks and _is_uniform(total) else total.only_if
                part = total.conditional if only_if else None
                equal.setdefault((*key, total.at_most, only_if, part), []).append(total)
        for same in equal.values():
            block, (name, number) = same[0].turns[-1].block, same[0].turns[-1].named
            where = " in" if number is None else f" per {name}"
            together = marks and _is_uniform(same[0])
            bare = replace(same[0], only_if=()) if together else same[0]
            firm = not any(total.only_if and _is_uniform(total) for total in same)
            every_turn = counts and not block.count_as and len(same) == counts[block.path] > 1
            if not (every_turn and firm):
                where += f" {_under_conditions(same, marks) if together else _turns_text(same)}"
            yield drug, total_text(bare, marks, where)
        for total in for_drug:
            if not total.turns:
                yield drug, total_text(total, marks, " in all")


def unstated(schedule: Schedule) -> Iterator[str]:
    """One line for each drug with doses whose amount is not stated."""
    drugs = [row.dose.drug for row in schedule.administrations if row.dosed.value is None]
    for drug, count in Counter(drugs).items():
        doses = how_many(f"{count:,}", "dose")
        yield f"{drug}: {doses} whose amount is {NOT_STATED}, in no total and not prepared"


def as_needed_lines(schedule: Schedule) -> Iterator[str]:
    """One line for each dose that is given as needed: how much, how often, on which days."""
    for need in schedule.as_needed:
        dose = need.dose
        name = f"{dose.drug} ({dose.own_name})" if dose.own_name is not None else dose.drug
        given = words.route_text(dose, need.dosed)
        parts = [amount_as_needed(need, schedule.arm, given), given, as_needed(dose)]
        parts.append(words.on_days(dose) + "".join(map(_block_text, reversed(need.blocks))))
        if conditions := need.conditions():
            parts.append(words.only_if(conditions))
        basis = [*need.source, *(f"assumption {number}" for number in need.assumed)]
        yield f"{name}: {', '.join(parts)} [{'; '.join(basis)}]"


def _block_text(block: Block) -> str:
    """The block of a dose, and the condition of its turns after the first."""
    if block.repeat is None:
        return f" of {block.name}"
    condition = block.repeat.only_if
    text = f" of each {block.name}"
    return f"{text} (after the first {words.only_if([condition])})" if condition else text


def amount_as_needed(need: AsNeeded, arm: str | None, beside: str = "") -> str:
    """The amount of a dose given as needed, with its basis and any cap that `beside` lacks."""
    dosed, prescribed = need.dosed, need.dose.amount(arm)
    text = words.amount(dosed.value, dosed.unit)
    if dosed.basis is not None:
        if dosed.percent != 100:
            stated = prescribed if dosed.band is None else dosed.band.amount
            assert isinstance(stated, Quantity), "what is calculated is one amount"
            value = EXACT.divide(EXACT.multiply(stated.value, dosed.percent), Decimal(100))
            prescribed = stated._replace(value=value, conversion="")
        text += f" ({amount_in_words(prescribed)})"
    if need.dose.cap is not None and dosed.capped and ", capped at " not in beside:
        text += f", capped at {safe_quantity(need.dose.cap)}"
    return text


def _under_conditions(same: Sequence[Total], marks: Mapping[str, str]) -> str:
    """The turns of equal totals, grouped by the conditions that follow them."""
    by_condition = grouped((total.only_if, total) for total in same)
    return " and ".join(
        f"{_turns_text(totals)} {_only_if(only_if, marks)}" if only_if else _turns_text(totals)
        for only_if, totals in by_condition.items()
    )


def _only_if(conditions: Sequence[str], marks: Mapping[str, str]) -> str:
    """Conditions by their marks where all of them have one, otherwise in words."""
    if marks.keys() >= set(conditions):
        return f"only if {' and '.join(marks[condition] for condition in conditions)}"
    return words.only_if(conditions)


def _is_uniform(total: Total) -> bool:
    """Whether the whole of a total is unconditional, or the whole of it conditional."""
    return not total.only_if or total.conditional == total.value


def total_text(total: Total, marks: Mapping[str, str], where: str = "") -> str:
    """A total, its number of doses, `where` they are, and the conditions of all or some of them."""
    at_most = "at most " if total.at_most else ""
    doses = how_many(f"{total.administrations:,}", "dose")
    text = f"{at_most}{safe(total.value, total.unit)} ({doses})"
    if not total.only_if:
        return f"{text}{where}"
    only_if = _only_if(total.only_if, marks)
    if _is_uniform(total):
        return f"{text}, {only_if},{where}".removesuffix(",")
    return f"{text}{where}, of which {safe(total.conditional, total.unit)} {only_if}"


def _turns_text(same: list[Total]) -> str:
    names = [total.turns[-1].name() for total in same]
    numbers = [number for total in same for _, number in [total.turns[-1].named] if number]
    if not numbers:
        return names[0]
    numbers_suffice = len(same[0].turns) == 1 or same[0].turns[-1].block.count_as is not None
    if len(names) > 3 and numbers_suffice:
        return f"({', '.join(runs(numbers))})"
    return f"({'; '.join(names)})"


def ordered(
    schedule: Schedule, orders: Sequence[Order], preparations: Sequence[Prepared], *, share: bool
) -> Iterator[str]:
    """One line per block turn, alternatives joined by `or`, then the drugs without a product.

    Equal lines of consecutive turns of a block are joined.
    """
    by_turn = grouped(((order.drug, order.group, order.turn), order) for order in orders)
    lines: list[tuple[str, str, list[Turn]]] = []
    for (drug, _, turn), group in by_turn.items():
        text = " or ".join(_order_text(order) for order in group)
        joined = lines[-1][2] if lines and lines[-1][:2] == (drug, text) else []
        if turn is not None and joined and joined[-1].block is turn.block:
            joined.append(turn)
        else:
            lines.append((drug, text, [turn] if turn else []))
    for drug, text, turns in lines:
        where = " in all" if not turns else f" for {turn_name([turns[0].named])}"
        if turns[1:]:
            name, first = turns[0].named
            where = f" for each of {words.plural(name)} {first} to {turns[-1].named[1]}"
        yield f"{drug}{where}: {text}"
    yield from _without_product(schedule, preparations)
    if share:
        yield from _sharing_lines(preparations)


def _order_text(order: Order) -> str:
    per_turn = f" ({order.per_turn} in each turn within)" if order.per_turn is not None else ""
    text = _count_text(order.pieces, f"{order.product.name}{per_turn}", order)
    return text + (f", wasting {safe(order.waste, order.unit)}" if order.waste else "")


def _count_text(count: int, name: str, firmness: Order | Firmness) -> str:
    """A count of something, with how much of it is at most, conditional or certain."""
    text = f"{'at most ' if firmness.at_most else ''}{count:,} x {name}"
    if firmness.only_if and firmness.conditional:
        part = "" if firmness.conditional == count else f"{firmness.conditional:,} of them "
        text += f", {part}{words.only_if(firmness.only_if)}"
    if firmness.at_most and firmness.certain:
        text += f", {firmness.certain:,} of them certain"
    return text


class Firmness(NamedTuple):
    """How certain it is that some doses are given.

    Args:
        at_most: whether any is a maximum.
        only_if: the conditions of any of them.
        certain: how many have neither.
        conditional: how many have a condition.
    """

    at_most: bool
    only_if: list[str]
    certain: int
    conditional: int


def firmness(prep: Prepared, schedule: Schedule) -> Firmness:
    """How certain the doses are that are prepared in the same way."""
    rows = [schedule.administrations[number - 1] for number in prep.administrations]
    return Firmness(
        at_most=any(row.at_most for row in rows),
        only_if=list(dict.fromkeys(condition for row in rows for condition in row.only_if)),
        certain=sum(not (row.at_most or row.only_if) for row in rows),
        conditional=sum(bool(row.only_if) for row in rows),
    )


def _without_product(schedule: Schedule, preparations: Sequence[Prepared]) -> Iterator[str]:
    for prep in preparations:
        if not prep.vials and not prep.tablets:
            value, count = safe(prep.value, prep.unit), len(prep.administrations)
            text = _count_text(count, value, firmness(prep, schedule))
            lack = "the monograph has no product" if prep.drug else "there is no monograph"
            yield f"{prep.dose.drug}: {text}, for which {lack}"


def _sharing_lines(preparations: Sequence[Prepared]) -> Iterator[str]:
    from il2calc.pharmacy.supply import products
    from il2calc.report.monograph_text import cited

    for product in products(preparations):
        if product.form != "vial":
            continue
        if product.keeps is None:
            yield f"{product.name}: not shared, since no stability is given"
        else:
            yield f"{product.name}: shared for {product.keeps.text} {cited(product.sources)}"


def order(order: Order, orders: Sequence[Order]) -> dict[str, Any]:
    """An order as plain data; `instead_of` names the alternative products."""
    key = (order.drug, order.group, order.turn)
    others = (other for other in orders if (other.drug, other.group, other.turn) == key)
    return {
        "drug": order.drug,
        "product": order.product.name,
        "instead_of": [other.product.name for other in others if other is not order],
        "block": turn_name([order.turn.named]) if order.turn else None,
        "count": order.pieces,
        "per_turn": order.per_turn,
        "at_most": order.at_most,
        "only_if": list(order.only_if),
        "certain": order.certain,
        "conditional": order.conditional,
        "waste": plain_data.amount(order.waste, order.unit),
    }


def roundings(schedule: Schedule) -> Iterator[str]:
    """Each distinct rounded dose: the calculated and the given amount, and the change [%]."""
    doses = ((row.dose.as_written, row.dosed) for row in schedule.administrations)
    amounts = ((dose, dosed.calculated, dosed.value, dosed.unit) for dose, dosed in doses)
    for dose, calculated, value, unit in dict.fromkeys(amounts):
        if value is not None and calculated is not None and value != calculated:
            change = (value - calculated) / calculated * 100
            given = (
                f"{safe(value, unit)} given ({'+' if change > 0 else '-'}{short(abs(change), 3)} %)"
            )
            yield f"{dose.path}: {safe(calculated, unit)} calculated, {given}"


def workings(schedule: Schedule) -> Iterator[str]:
    """The arithmetic of each distinct dose, with the path and source of its amount."""
    doses = {row.dose.as_written: row.dosed for row in schedule.administrations}
    doses |= {need.dose: need.dosed for need in schedule.as_needed}
    for dose, dosed in doses.items():
        steps = "; ".join(step.text for step in dosed.working)
        steps = steps or f"{dose.drug}: amount {NOT_STATED}"
        key = key_of_amount(dose, dosed, schedule.arm)
        basis = words.rests_on(dose.provenance[key])
        note = f"; {basis}" if basis else ""
        yield f"{steps} ({schedule.regimen.id}: {dose.path}.{key}{note})"
