"""What a pharmacy orders for a schedule: vials per dose, or shared, block by block.

What is "at most" and what depends on a condition is kept apart from what is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from il2calc.model.drug import Product
from il2calc.pharmacy.answers import converted
from il2calc.pharmacy.preparation import Prepared
from il2calc.pharmacy.rounding import whole
from il2calc.plan.administration import Administration, grouped
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Schedule
from il2calc.units import EXACT, Quantity

SHARING_RULE = (
    "a made-up vial serves whole doses or bags of the same innermost block turn for less time than "
    "it keeps, counted from the first of them; remainders are not pooled"
)


class Order(NamedTuple):
    """Pieces of one product for one outermost block turn, or for the whole schedule.

    Args:
        turn: None for the whole schedule.
        per_turn: pieces in each innermost block turn, if there are several with the same number.
        certain: pieces for doses that are neither "at most" nor conditional.
        conditional: pieces that only conditional doses take.
        waste: what is left over, in the unit of the product.
        group: numbers the groups of doses of one drug that are made up of different products.
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
    group: int = 0


def order(
    schedule: Schedule, preparations: Sequence[Prepared], *, share: bool = False
) -> tuple[Order, ...]:
    """How many of each product each outermost block turn and the whole schedule take.

    Args:
        share: let one made-up vial serve several whole doses; otherwise each dose has its own.
    """
    by_row = {number: prep for prep in preparations for number in prep.administrations}
    by_drug = ((row.dose.drug, row) for row in schedule.administrations if row.number in by_row)
    orders: list[Order] = []
    for drug, rows in grouped(by_drug).items():
        for group, (common, group_rows) in enumerate(_groups(rows, by_row)):
            by_turn = grouped((next(iter(row.turn.chain()), None), row) for row in group_rows)
            for product in common:
                bare = Order(drug, product, None, 0, False, (), Decimal(0), "", group=group)
                parts = [_order_of_turn(bare, *part, by_row, share) for part in by_turn.items()]
                orders += [part for part in parts if part.turn is not None]
                orders.append(_total(parts))
    return tuple(orders)


def _total(parts: Sequence[Order]) -> Order:
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


def _groups(
    rows: Sequence[Administration], by_row: Mapping[int, Prepared]
) -> Iterator[tuple[tuple[Product, ...], list[Administration]]]:
    """The products that all doses have in common, with the doses; else each set of products."""
    by_products = grouped((tuple(products([by_row[row.number]])), row) for row in rows)
    by_products.pop((), None)
    first = next(iter(by_products), ())
    if common := [product for product in first if all(product in other for other in by_products)]:
        yield tuple(common), [row for row in rows if products([by_row[row.number]])]
    else:
        yield from by_products.items()


def _order_of_turn(
    bare: Order,
    turn: Turn | None,
    rows: list[Administration],
    by_row: Mapping[int, Prepared],
    share: bool,
) -> Order:
    product, gives = bare.product, bare.product.gives
    by_turn = grouped((row.turn, row) for row in rows)
    with localcontext(EXACT):
        preps = [by_row[row.number] for row in rows]
        needs = {row.number: _needs(gives.unit, by_row[row.number]) for row in rows}
        needed = sum(_in_unit(gives.unit, prep, Quantity(prep.value, prep.unit)) for prep in preps)
        pieces = [_pieces(product, turn_rows, needs, share) for turn_rows in by_turn.values()]
        unconditional_pieces = certain = 0
        for turn_rows, most in zip(by_turn.values(), pieces, strict=True):
            unconditional = [row for row in turn_rows if not row.only_if]
            certain_rows = [row for row in unconditional if not row.at_most]
            unconditional_pieces += min(most, _pieces(product, unconditional, needs, share))
            certain += min(most, _pieces(product, certain_rows, needs, share))
    return bare._replace(
        turn=turn,
        pieces=sum(pieces),
        at_most=any(row.at_most for row in rows),
        only_if=tuple(dict.fromkeys(condition for row in rows for condition in row.only_if)),
        waste=EXACT.subtract(gives.value * sum(pieces), needed),
        unit=gives.unit,
        per_turn=pieces[0] if pieces[1:] and len(set(pieces)) == 1 else None,
        certain=certain,
        conditional=sum(pieces) - unconditional_pieces,
    )


_Needs = Sequence[tuple[int, Decimal]]


def _needs(unit: str, prep: Prepared) -> _Needs:
    """When each bag of a dose is made up [min from its start], and how much it takes."""
    starts = accumulate(prep.bag_minutes[:-1], initial=0)
    amounts = (_in_unit(unit, prep, taken) for taken in prep.taken)
    return list(zip(starts, amounts, strict=True))


def _in_unit(unit: str, prep: Prepared, amount: Quantity) -> Decimal:
    """An amount of a dose in the unit in which its product is counted."""
    assert prep.drug is not None, "only a dose with a monograph is counted in products"
    value = converted(amount.value, amount.unit, unit, prep.drug)
    assert value is not None, "a product was counted for this dose"
    return value


def _pieces(
    product: Product, rows: list[Administration], needs: Mapping[int, _Needs], share: bool
) -> int:
    """Pieces for the doses of one innermost block turn."""
    gives = product.gives
    made_up = [(row.minute + start, need) for row in rows for start, need in needs[row.number]]
    if share and product.form == "vial" and product.keeps is not None:
        return _shared(gives.value, product.keeps.shortest, sorted(made_up, key=itemgetter(0)))
    return sum(whole(need, gives.value) for _, need in made_up)


def _shared(gives: Decimal, keeps: int, made_up: _Needs) -> int:
    """The vials opened if each dose takes from the first open vial that still holds enough."""
    count = 0
    open_vials: list[tuple[int, Decimal]] = []
    for minute, need in made_up:
        fitting = [
            index
            for index, (opened, left) in enumerate(open_vials)
            if minute - opened < keeps and left >= need
        ]
        if fitting:
            opened, left = open_vials[fitting[0]]
            open_vials[fitting[0]] = (opened, left - need)
            continue
        opened_now = whole(need, gives)
        count += opened_now
        if opened_now == 1:
            open_vials.append((minute, gives - need))
    return count


def products(preparations: Sequence[Prepared]) -> list[Product]:
    """Every product that any of the doses is counted in, each once."""
    counts = (count for prep in preparations for count in (*prep.vials, *prep.tablets))
    return list({count.product.name: count.product for count in counts}.values())
