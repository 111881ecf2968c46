"""What a pharmacy orders for a schedule: vials per dose, or shared, block by block.

What is "at most" and what depends on a condition stay apart from what is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from il2calc.model.drug import Product
from il2calc.pharmacy.answers import through
from il2calc.pharmacy.preparation import Prepared
from il2calc.pharmacy.rounding import whole
from il2calc.plan.administration import Administration, gathered
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Schedule
from il2calc.units import EXACT, Quantity

SHARING_RULE = (
    "a made-up vial serves whole doses of the same innermost block turn for less time than it "
    "keeps, counted from its first dose; remainders are not pooled"
)


class Order(NamedTuple):
    """Pieces of one product for one outermost block turn, or for the whole schedule.

    Args:
        turn: None for the whole schedule.
        per_turn: pieces in each innermost block turn, where there are several and all alike.
        certain: pieces for doses that are neither "at most" nor conditional.
        conditional: pieces that only conditional doses take.
        waste: what is left over, in the unit of the product.
        apart: numbers doses of the drug that are made up of other products than its others.
    """

    drug: str
    product: Product
    turn: Turn | None
    pieces: int
    at_most: bool
    only_if: tuple[str, ...]
    waste: Decimal
    unit: str
    per_turn: int | None = None
    certain: int = 0
    conditional: int = 0
    apart: int = 0


def order(
    schedule: Schedule, prepared: Sequence[Prepared], *, share: bool = False
) -> tuple[Order, ...]:
    """How many of each product do each outermost block turn and the whole schedule take?

    Args:
        share: let one made-up vial serve several whole doses; else each dose has its own.
    """
    by_row = {number: each for each in prepared for number in each.administrations}
    rows_of = ((row.dose.drug, row) for row in schedule.administrations if row.number in by_row)
    found: list[Order] = []
    for drug, rows in gathered(rows_of).items():
        for apart, (kinds, some) in enumerate(_apart(rows, by_row)):
            by_turn = gathered((next(iter(row.turn.chain()), None), row) for row in some)
            for product in kinds:
                bare = Order(drug, product, None, 0, False, (), Decimal(0), "", apart=apart)
                parts = [_order(bare, *part, by_row, share) for part in by_turn.items()]
                found += [part for part in parts if part.turn is not None]
                found.append(_whole(parts))
    return tuple(found)


def _whole(parts: Sequence[Order]) -> Order:
    conditions = (condition for part in parts for condition in part.only_if)
    return parts[0]._replace(
        turn=None,
        pieces=sum(part.pieces for part in parts),
        at_most=any(part.at_most for part in parts),
        only_if=tuple(dict.fromkeys(conditions)),
        waste=sum((part.waste for part in parts), Decimal(0)),
        per_turn=None,
        certain=sum(part.certain for part in parts),
        conditional=sum(part.conditional for part in parts),
    )


def _apart(
    rows: Sequence[Administration], by_row: Mapping[int, Prepared]
) -> Iterator[tuple[tuple[Product, ...], list[Administration]]]:
    """The products that each dose can be made up of, with the doses: all, or those alike."""
    made = ((by_row[row.number], row) for row in rows)
    alike = gathered((tuple(products([each])), row) for each, row in made)
    alike.pop((), None)
    if common := [each for each in next(iter(alike), ()) if all(each in own for own in alike)]:
        yield tuple(common), [row for row in rows if products([by_row[row.number]])]
    else:
        yield from alike.items()


def _order(
    bare: Order,
    turn: Turn | None,
    rows: list[Administration],
    by_row: Mapping[int, Prepared],
    share: bool,
) -> Order:
    product, gives = bare.product, bare.product.gives
    by_turn = gathered((row.turn, row) for row in rows)
    with localcontext(EXACT):
        made = [by_row[row.number] for row in rows]
        taken = (_in(gives.unit, each, each.taken) for each in made)
        needs = dict(zip((row.number for row in rows), taken, strict=True))
        given = sum(_in(gives.unit, each, Quantity(each.value, each.unit)) for each in made)
        pieces = [_pieces(product, inside, needs, share) for inside in by_turn.values()]
        free = certain = 0
        for inside, most in zip(by_turn.values(), pieces, strict=True):
            unconditional = [row for row in inside if not row.only_if]
            sure = [row for row in unconditional if not row.at_most]
            free += min(most, _pieces(product, unconditional, needs, share))
            certain += min(most, _pieces(product, sure, needs, share))
    return bare._replace(
        turn=turn,
        pieces=sum(pieces),
        at_most=any(row.at_most for row in rows),
        only_if=tuple(dict.fromkeys(condition for row in rows for condition in row.only_if)),
        waste=EXACT.subtract(gives.value * sum(pieces), given),
        unit=gives.unit,
        per_turn=pieces[0] if pieces[1:] and len(set(pieces)) == 1 else None,
        certain=certain,
        conditional=sum(pieces) - free,
    )


def _in(unit: str, made: Prepared, amount: Quantity) -> Decimal:
    """An amount of a dose in the unit of the product that it is counted in."""
    assert made.drug is not None, "only a dose with a monograph is counted in products"
    found = through(amount.value, amount.unit, unit, made.drug)
    assert found is not None, "a product was counted for this dose"
    return found


def _pieces(
    product: Product, rows: list[Administration], needs: Mapping[int, Decimal], share: bool
) -> int:
    """Pieces for the doses of one innermost block turn."""
    gives = product.gives
    if share and product.form == "vial" and product.keeps is not None:
        return _shared(gives.value, product.keeps.shortest, rows, needs)
    return sum(whole(needs[row.number], gives.value) for row in rows)


def _shared(
    gives: Decimal, keeps: int, rows: list[Administration], needs: Mapping[int, Decimal]
) -> int:
    """The vials opened when each dose takes from the first open vial that still holds it."""
    count = 0
    open_vials: list[tuple[int, Decimal]] = []
    for row in rows:
        need = needs[row.number]
        fitting = [
            index
            for index, (opened, left) in enumerate(open_vials)
            if row.minute - opened < keeps and left >= need
        ]
        if fitting:
            opened, left = open_vials[fitting[0]]
            open_vials[fitting[0]] = (opened, left - need)
            continue
        used = whole(need, gives)
        count += used
        if used == 1:
            open_vials.append((row.minute, gives - need))
    return count


def products(prepared: Sequence[Prepared]) -> list[Product]:
    """Every product that some dose is counted in, each once."""
    counts = (count for each in prepared for count in (*each.vials, *each.tablets))
    return list({count.product.name: count.product for count in counts}.values())
