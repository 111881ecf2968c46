"""What a picture knows of one administration: how much of what falls on which day, and runs on.

How much of each drug falls into each column of time, and which sizes of dose there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, reduce
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from il2calc.model.regimen import Dose, offset_of
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn, a_day
from il2calc.plan.schedule import Schedule
from il2calc.plan.timing import Slot
from il2calc.units import AMOUNT_UNITS, EXACT, Quantity, convert, same_dimension


class Part(NamedTuple):
    """One administration: what, when [days from day 1], in which innermost turn.

    Args:
        held: it is not given, but its drug still has a lane.
        later: how many days later its infusion, at its longest, still runs [days].
        over: how long that infusion lasts, as the file has it.
    """

    drug: str
    amount: Quantity
    day: int
    turn: Turn
    at_most: bool
    only_if: tuple[str, ...]
    held: bool = False
    later: int = 0
    over: str = ""

    @property
    def last(self) -> int:
        """The last day on which any of it is given [days from day 1]."""
        return self.day + self.later


def of_administration(each: Administration, schedule: Schedule) -> Part:
    """An administration as it is planned, or as it was given."""
    day = offset_of(each.regimen_day, schedule.regimen.day_zero)
    amount = Quantity(each.dosed.value, each.dosed.unit)
    part = Part(each.dose.drug, amount, day, each.turn, each.at_most, each.only_if)
    became = schedule.recorded.get(each.number)
    if became is None or became.state != "given":
        held = became is not None and became.state in ("held", "stopped")
        return _running(part._replace(held=held), each.dose, each.minute, each.when)
    begun = each.when
    if became.value is not None:
        amount = Quantity(became.value, amount.unit)
    if became.when is not None and schedule.start is not None:
        begun = became.when
        day = (begun.date() - schedule.start.date()).days
    part = part._replace(amount=amount, day=day, at_most=False, only_if=())
    return _running(part, each.dose, each.minute, begun)


def of_slot(slot: Slot, arm: str | None) -> Part:
    """An administration in the amount that the file prescribes, without a patient."""
    amount = slot.dose.amount(arm)
    if amount.per_day:
        share = EXACT.divide(amount.value, Decimal(a_day(slot.dose)))
        amount = amount._replace(value=share, per_day=False)
    part = Part(slot.dose.drug, amount, slot.day, slot.turn, slot.at_most, slot.only_if)
    return _running(part, slot.dose, slot.minute, None)


def _running(part: Part, dose: Dose, minute: int, begun: datetime | None) -> Part:
    """With how long its infusion runs on, counted from its own start."""
    if dose.over is None:
        return part
    length = dose.over.longest
    later = (minute % DAY + length - 1) // DAY if begun is None else _later(begun, length)
    return part._replace(later=later, over=dose.over.text)


def _later(begun: datetime, length: int) -> int:
    """How many days after it began the last minute of an infusion lies, in elapsed time."""
    if begun.tzinfo is not None:
        with suppress(OverflowError):  # beyond the calendar clocks are as good as any
            last = begun.astimezone(UTC) + timedelta(minutes=length - 1)
            return (last.astimezone(begun.tzinfo).date() - begun.date()).days
    return (begun.hour * 60 + begun.minute + length - 1) // DAY


MOST_LEVELS = 4
"""Sizes of dose that a lane tells apart; where it has more, equal steps of the largest."""

Kind = Literal["firm", "conditional", "mixed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Whether what a column holds depends on no condition, on conditions alone, or in part."""


class Level(NamedTuple):
    """A size of dose: exactly `high`, or more than `low` and up to `high` [unit of the lane].

    Args:
        fewest: administrations in a column of this size, and `most`.
        kinds: of the columns of this size.
        over: how long infusions last that run on beyond their column; empty for what does not.
        share: the least and the largest part of a mixed column that depends on a condition.
    """

    low: Decimal | None
    high: Decimal
    fewest: int
    most: int
    kinds: frozenset[Kind]
    over: tuple[str, ...]
    share: tuple[Decimal, Decimal] | None


class Cell(NamedTuple):
    """What begins in one column of one drug.

    Args:
        conditional: the part of its value that depends on a condition.
        over: how long infusions last that run on beyond it; empty for what does not.
        level: place of its size among the levels of its lane, from 0.
    """

    value: Decimal
    administrations: int
    conditional: Decimal
    over: tuple[str, ...]
    level: int = 0

    @property
    def kind(self) -> Kind:
        """Whether all of it depends on a condition, a part of it, or nothing."""
        if not self.conditional:
            return "firm"
        return "mixed" if self.conditional < self.value else "conditional"


class Lane(NamedTuple):
    """One drug in time, in amounts that can be added up.

    Args:
        basis: `kg`, `m2` or None, where amounts are as prescribed.
        cells: by column, in the order of time.
        running: columns in which an infusion still runs that began before them; True where every
            such infusion depends on a condition.
        levels: from the smallest to the largest.
        at_most: which of its administrations are a maximum.
        only_if: conditions that some of it depends on.
    """

    drug: str
    unit: str
    basis: str | None
    cells: Mapping[int, Cell]
    running: Mapping[int, bool]
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


def height(levels: Sequence[Level], value: Decimal) -> Decimal:
    """How many levels high an amount stands that is none of them; in proportion between two.

    >>> one, two = (Level(None, Decimal(k), 1, 1, frozenset(), (), None) for k in (2, 6))
    >>> height([one, two], Decimal(4))
    Decimal('1.5')
    """
    place = next(at for at, level in enumerate(levels) if value <= level.high)
    low = levels[place - 1].high if place else Decimal(0)
    return place + EXACT.divide(value - low, levels[place].high - low)


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

    drawn = [part for part in parts if not part.held]
    begun: dict[int, list[Part]] = {}
    running: dict[int, bool] = {}
    for part in drawn:
        column = column_of(part.day)
        begun.setdefault(column, []).append(part)
        for later in range(column + 1, column_of(part.last) + 1):
            running[later] = running.get(later, True) and bool(part.only_if)
    plain: dict[int, Cell] = {}
    for column, group in sorted(begun.items()):
        overs = (part.over if column_of(part.last) > column else "" for part in group)
        plain[column] = Cell(
            value=reduce(EXACT.add, (converted(part.amount) for part in group), Decimal(0)),
            administrations=len(group),
            conditional=reduce(
                EXACT.add, (converted(part.amount) for part in group if part.only_if), Decimal(0)
            ),
            over=tuple(dict.fromkeys(overs)),
        )
    limits = _limits({cell.value for cell in plain.values()})
    cells = {at: cell._replace(level=_place(cell.value, limits)) for at, cell in plain.items()}
    most = [part.at_most for part in drawn]
    return Lane(
        drug=drug,
        unit=unit,
        basis=basis,
        cells=cells,
        running=dict(sorted(running.items())),
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
        values = {cell.value for cell in at[place]}
        shares = [cell.conditional for cell in at[place] if cell.kind == "mixed"]
        alone = len(values) == 1
        yield Level(
            low=None if alone else low,
            high=values.pop() if alone else high,
            fewest=min(counts),
            most=max(counts),
            kinds=frozenset(cell.kind for cell in at[place]),
            over=tuple(dict.fromkeys(over for cell in at[place] for over in cell.over)),
            share=(min(shares), max(shares)) if shares else None,
        )
