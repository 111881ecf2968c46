"""What a pharmacy orders for a schedule, in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from il2calc.drug import Product
from il2calc.made_up import Prepared
from il2calc.ordering import Order
from il2calc.planned import Turn
from il2calc.render import words
from il2calc.render.drug import cited
from il2calc.render.json import number
from il2calc.units import safe, ucum


def in_words(
    orders: Sequence[Order], prepared: Sequence[Prepared], *, share: bool
) -> Iterator[str]:
    """One line per block turn, alternatives joined by `or`, then what no product is counted for.

    Like turns that follow one another stand on one line.
    """
    by_turn: dict[tuple[str, Turn | None], list[Order]] = {}
    for each in orders:
        by_turn.setdefault((each.drug, each.turn), []).append(each)
    lines: list[tuple[str, str, list[Turn]]] = []
    for (drug, turn), group in by_turn.items():
        what = " or ".join(_order(each) for each in group)
        last = lines[-1][2] if lines and lines[-1][:2] == (drug, what) else []
        if turn is not None and last and last[-1].block is turn.block:
            last.append(turn)
        else:
            lines.append((drug, what, [turn] if turn else []))
    for drug, what, turns in lines:
        where = " in all" if not turns else f" for {words.turn_name(turns[:1])}"
        if turns[1:]:
            where = f" for each of {turns[0].block.name} {turns[0].number} to {turns[-1].number}"
        yield f"{drug}{where}: {what}"
    yield from _without_product(prepared)
    yield from _sharing(prepared, share)


def _order(each: Order) -> str:
    text = f"{'at most ' if each.at_most else ''}{each.pieces:,} x {each.product.name}"
    if each.per_turn is not None:
        text += f" ({each.per_turn} in each turn within)"
    if each.only_if and each.conditional:
        part = "" if each.conditional == each.pieces else f"{each.conditional:,} of them "
        text += f", {part}only if {words.listed(each.only_if)}"
    if each.at_most and each.certain:
        text += f", {each.certain:,} of them certain"
    return text + (f", wasting {safe(each.waste, each.unit)}" if each.waste else "")


def _without_product(prepared: Sequence[Prepared]) -> Iterator[str]:
    for each in prepared:
        if not each.vials and not each.tablets:
            count = len(each.administrations)
            amount = safe(each.value, each.unit)
            yield f"{each.dose.drug}: {count:,} x {amount}, which no product here is counted for"


def _sharing(prepared: Sequence[Prepared], share: bool) -> Iterator[str]:
    for product in products(prepared) if share else ():
        if product.form != "vial":
            continue
        if product.keeps is None:
            yield f"{product.name}: not shared, since no stability is given"
        else:
            yield f"{product.name}: shared for {product.keeps.text} {cited(product.sources)}"


def products(prepared: Sequence[Prepared]) -> list[Product]:
    """Every product that some dose is counted in, each once."""
    counts = (count for each in prepared for count in (*each.vials, *each.tablets))
    return list({count.product.name: count.product for count in counts}.values())


def total(each: Order, among: Sequence[Order]) -> dict[str, Any]:
    """An order as plain data; `instead_of` names the products that it stands in for."""
    others = (other for other in among if (other.drug, other.turn) == (each.drug, each.turn))
    return {
        "drug": each.drug,
        "product": each.product.name,
        "instead_of": [other.product.name for other in others if other is not each],
        "block": words.turn_name([each.turn]) if each.turn else None,
        "count": each.pieces,
        "per_turn": each.per_turn,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
        "certain": each.certain,
        "conditional": each.conditional,
        "waste": {"value": number(each.waste), "unit": ucum(each.unit)},
    }
