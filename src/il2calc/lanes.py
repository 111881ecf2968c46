"""How much of each drug falls into each column of time, and which sizes of dose there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

from il2calc.planned import Turn
from il2calc.units import AMOUNT_UNITS, EXACT, Quantity, convert, same_dimension

MOST_LEVELS = 4
"""Sizes of dose that a lane tells apart; where it has more, equal steps of the largest."""


class Part(NamedTuple):
    """One administration: what, when [days from day 1], in which innermost turn.

    Args:
        held: it is not given, but its drug still has a lane.
    """

    drug: str
    amount: Quantity
    day: int
    turn: Turn
    at_most: bool
    only_if: tuple[str, ...]
    held: bool = False


class Level(NamedTuple):
    """A size of dose: exactly `high`, or more than `low` and up to `high` [unit of the lane].

    Args:
        fewest: administrations in a column of this size, and `most`.
        firm: some column of this size depends on no condition, and `conditional` where one does.
    """

    low: Decimal | None
    high: Decimal
    fewest: int
    most: int
    firm: bool
    conditional: bool


class Cell(NamedTuple):
    """What one column holds of one drug.

    Args:
        conditional: the part of its value that depends on a condition.
        level: place of its size among the levels of its lane, from 0.
    """

    value: Decimal
    administrations: int
    conditional: Decimal
    level: int


class Lane(NamedTuple):
    """One drug in time, in amounts that can be added up.

    Args:
        basis: `kg`, `m2` or None, where amounts are as prescribed.
        cells: by column, in the order of time.
        levels: from the smallest to the largest.
        at_most: which of its administrations are a maximum.
        only_if: conditions that some of it depends on.
    """

    drug: str
    unit: str
    basis: str | None
    cells: Mapping[int, Cell]
    levels: tuple[Level, ...]
    at_most: Literal["all", "some", "none"]
    only_if: tuple[str, ...]


def lanes(parts: Iterable[Part], column_of: Callable[[int], int]) -> list[Lane]:
    """One lane per drug, in the order in which drugs come; more where amounts cannot be added.

    Args:
        column_of: the column in which a day lies.
    """
    kinds: dict[tuple[str, str, str | None], list[Part]] = {}
    for part in parts:
        kinds.setdefault((part.drug, part.amount.unit, part.amount.basis), []).append(part)
    joined: dict[tuple[str, str, str | None], list[Part]] = {}
    for (drug, unit, basis), group in kinds.items():
        alike = (key for key in joined if key[0] == drug and key[2] == basis and _alike(key, unit))
        joined.setdefault(next(alike, (drug, unit, basis)), []).extend(group)
    return [
        _lane(drug, unit, basis, group, column_of) for (drug, unit, basis), group in joined.items()
    ]


def _alike(key: tuple[str, str, str | None], unit: str) -> bool:
    known = unit in AMOUNT_UNITS and key[1] in AMOUNT_UNITS  # a target AUC is like nothing else
    return key[1] == unit or (known and same_dimension(unit, key[1]))


def _lane(
    drug: str,
    unit: str,
    basis: str | None,
    parts: Sequence[Part],
    column_of: Callable[[int], int],
) -> Lane:
    @cache
    def converted(amount: Quantity) -> Decimal:
        return convert(amount.value, amount.unit, unit)

    sums: dict[int, tuple[Decimal, int, Decimal]] = {}
    drawn = [part for part in parts if not part.held]
    for part in drawn:
        value, count, conditional = sums.get(column_of(part.day), (Decimal(0), 0, Decimal(0)))
        amount = converted(part.amount)
        sums[column_of(part.day)] = (
            EXACT.add(value, amount),
            count + 1,
            EXACT.add(conditional, amount) if part.only_if else conditional,
        )
    limits = _limits({value for value, _, _ in sums.values()})
    cells = {
        column: Cell(value, count, conditional, _place(value, limits))
        for column, (value, count, conditional) in sorted(sums.items())
    }
    most = [part.at_most for part in drawn]
    return Lane(
        drug=drug,
        unit=unit,
        basis=basis,
        cells=cells,
        levels=tuple(_levels(cells.values(), limits)),
        at_most="all" if all(most) and most else "some" if any(most) else "none",
        only_if=tuple(dict.fromkeys(c for part in drawn for c in part.only_if)),
    )


class _Limit(NamedTuple):
    low: Decimal | None
    high: Decimal


def _limits(values: set[Decimal]) -> list[_Limit]:
    """Each value by itself where there are few; else equal steps of the largest, if in use."""
    if len(values) <= MOST_LEVELS:
        return [_Limit(None, value) for value in sorted(values)]
    largest = max(values)
    ends = [
        EXACT.divide(EXACT.multiply(largest, Decimal(step)), Decimal(MOST_LEVELS))
        for step in range(MOST_LEVELS + 1)
    ]
    return [
        _Limit(low, high)
        for low, high in pairwise(ends)
        if any(low < value <= high for value in values)
    ]


def _place(value: Decimal, limits: Sequence[_Limit]) -> int:
    return next(place for place, limit in enumerate(limits) if value <= limit.high)


def _levels(cells: Iterable[Cell], limits: Sequence[_Limit]) -> Iterable[Level]:
    at: dict[int, list[Cell]] = {}
    for cell in cells:
        at.setdefault(cell.level, []).append(cell)
    for place, (low, high) in enumerate(limits):
        counts = [cell.administrations for cell in at[place]]
        yield Level(
            low,
            high,
            min(counts),
            max(counts),
            firm=any(not cell.conditional for cell in at[place]),
            conditional=any(cell.conditional for cell in at[place]),
        )
