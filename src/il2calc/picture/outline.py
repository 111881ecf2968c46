"""What shape a regimen has in time: which drug on which day, how much, and in which block turns.

Days are counted from day 1 of the regimen (day 1 = 0), and so are columns: a column is a day, or a
week of the regimen (days 1 to 7, 8 to 14, ...), not of the calendar. A dose belongs to the day on
which it falls. What a course log says was given stands as given; what was held or stopped is left
out. No column of a lane holds both what is firm and what depends on a condition: where one would,
what is conditional has a lane of its own, so that neither is taken for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, reduce
from itertools import groupby
from typing import Literal, NamedTuple

from il2calc.model.effects import turn_name
from il2calc.model.measure import IN_WORDS, Bands
from il2calc.model.regimen import NOT_STATED, Dose, Regimen, amount_in_words, day_at, offset_of
from il2calc.plan import timing
from il2calc.plan.administration import Administration, as_needed, became
from il2calc.plan.calendar import DAY, Turn, of_one
from il2calc.plan.needs import openings
from il2calc.plan.schedule import DEFAULT_START, Schedule
from il2calc.plan.timing import Slot
from il2calc.report.words import amount_as_needed
from il2calc.units import EXACT, Quantity, alike, convert
from il2calc.units.notation import Span

Column = Literal["day", "week"]
WEEK = 7
OPEN_TURNS = 2  # outlined of a block whose number of turns the file leaves open
MOST_SIZES = 3  # of dose that are told apart; where a drug has more, equal parts of the largest


class Part(NamedTuple):
    """One administration: what, when [days from day 1], in which innermost turn."""

    drug: str
    amount: Quantity
    day: int
    turn: Turn
    at_most: bool
    only_if: tuple[str, ...]
    held: bool = False  # it is not given, but its drug still has a lane
    later: int = 0  # how many days later its infusion, at its longest, still runs
    over: str = ""  # how long that infusion lasts, as the file has it
    endless: bool = False  # nothing says how much later it may lie

    def columns(self, days: int) -> range:
        """The columns of so many days in which any of it is given."""
        return range(self.day // days, (self.day + self.later) // days + 1)


def of_administration(row: Administration, schedule: Schedule) -> Part:
    """An administration as it is planned, or as it was given."""
    recorded = became(row, schedule.recorded)
    amount, begun = Quantity(row.dosed.value or Decimal(0), row.dosed.unit or NOT_STATED), row.when
    day = offset_of(row.regimen_day, schedule.regimen.day_zero)
    told = (row.at_most, row.only_if)
    part = Part(row.dose.drug, amount, day, row.turn, *told, endless=row.not_before)
    if recorded.state == "given":
        part = part._replace(at_most=False, only_if=())
        if recorded.value is not None:
            part = part._replace(amount=amount._replace(value=recorded.value))
        if recorded.when is not None and schedule.start is not None:
            begun = recorded.when
            part = part._replace(day=(begun.date() - schedule.start.date()).days)
    part = part._replace(held=recorded.state in ("held", "stopped"))
    carried = 0 if recorded.state == "given" else row.carried
    return _running(part, recorded.span(row.dose), row.minute, begun, carried)


def of_slot(slot: Slot, arm: str | None) -> Part:
    """An administration in the amount that the file prescribes, without a patient."""
    stated = slot.dose.amount(arm)
    if not isinstance(stated, Quantity):  # by what it goes, or nothing, in place of a unit
        by = f"by {IN_WORDS[stated.measure]}" if isinstance(stated, Bands) else stated
        stated = Quantity(Decimal(0), by)
    amount = of_one(slot.dose, stated)
    told = (slot.at_most, slot.only_if)
    part = Part(slot.dose.drug, amount, slot.day, slot.turn, *told, endless=slot.not_before)
    return _running(part, slot.dose.over, slot.minute, None, slot.carried)


def _running(
    part: Part, over: Span | None, minute: int, begun: datetime | None, carried: int
) -> Part:
    """With how long its infusion runs on, counted from its own start in elapsed time.

    Args:
        carried: days by which it begins after the day on which it is shown.
    """
    if over is None:
        return part
    length = over.longest - 1  # to the last minute of it
    begins = minute % DAY if begun is None else begun.hour * 60 + begun.minute
    later = (begins + length) // DAY
    if begun is not None and begun.tzinfo is not None:
        with suppress(OverflowError):  # beyond the calendar clocks are as good as any
            last = (begun.astimezone(UTC) + timedelta(minutes=length)).astimezone(begun.tzinfo)
            later = (last.date() - begun.date()).days
    return part._replace(later=later + carried, over=over.text)


class Mark(NamedTuple):
    """How one column of a lane is drawn."""

    conditional: bool
    size: int = 0  # of the dose, from 1 to the number of sizes of its drug; 0 = an infusion runs on
    sizes: int = 0


class Cell(NamedTuple):
    """What begins in one column of one lane."""

    value: Decimal
    administrations: int
    over: tuple[str, ...]  # how long infusions last that run on beyond it; empty for what does not
    mark: Mark


class Lane(NamedTuple):
    """One drug in time, in amounts that can be added up; by column, in the order of time."""

    drug: str
    unit: str
    basis: str | None  # kg, m2 or None, where amounts are as prescribed
    cells: Mapping[int, Cell]
    running: Mapping[int, bool]  # where an infusion still runs; True = it depends on a condition
    at_most: frozenset[bool]  # whether its doses are a maximum; both where only some are
    only_if: tuple[str, ...]  # conditions that some of it depends on
    apart: bool = False  # it holds what is conditional of a drug; what is firm has another lane

    def sizes(self) -> list[list[Cell]]:
        """The cells of each size of dose, from the smallest to the largest."""
        ordered = sorted(self.cells.values(), key=lambda cell: cell.value)
        return [list(alike) for _, alike in groupby(ordered, lambda cell: cell.mark.size)]


def lanes(parts: Iterable[Part], days: int) -> Iterator[Lane]:
    """One lane per drug in columns of so many days; more where amounts cannot be added."""
    joined: dict[tuple[str, str, str | None], list[Part]] = {}
    for part in parts:
        drug, unit, basis = part.drug, part.amount.unit, part.amount.basis
        known = (kind for kind in joined if kind[::2] == (drug, basis) and alike(kind[1], unit))
        joined.setdefault(next(known, (drug, unit, basis)), []).append(part)
    for (_, unit, _), group in joined.items():
        halves = [[part for part in group if bool(part.only_if) is kind] for kind in (False, True)]
        firm, conditional = (
            {at for part in half if not part.held for at in part.columns(days)} for half in halves
        )
        found = [_lane(half, unit, days) for half in (halves if firm & conditional else [group])]
        sizes = _sizes({cell.value for lane in found for cell in lane.cells.values()})
        for place, lane in enumerate(found):
            cells = {
                at: cell._replace(mark=Mark(cell.mark.conditional, *sizes[cell.value]))
                for at, cell in lane.cells.items()
            }
            yield lane._replace(cells=cells, apart=place > 0)


def _lane(parts: Sequence[Part], unit: str, days: int) -> Lane:
    @cache
    def converted(amount: Quantity) -> Decimal:
        return convert(amount.value, amount.unit, unit)

    drawn = [part for part in parts if not part.held]
    begun: dict[int, list[Part]] = {}
    running: dict[int, bool] = {}
    for part in drawn:
        first, *later = part.columns(days)
        begun.setdefault(first, []).append(part)
        running.update(dict.fromkeys(later, bool(part.only_if)))
    cells = {}
    for at, group in sorted(begun.items()):
        value = reduce(EXACT.add, (converted(part.amount) for part in group))
        overs = dict.fromkeys(part.over if len(part.columns(days)) > 1 else "" for part in group)
        cells[at] = Cell(value, len(group), tuple(overs), Mark(bool(group[0].only_if)))
    running = dict(sorted(running.items()))
    most = frozenset(part.at_most for part in drawn)
    only_if = tuple(dict.fromkeys(condition for part in drawn for condition in part.only_if))
    return Lane(parts[0].drug, unit, parts[0].amount.basis, cells, running, most, only_if)


def _sizes(values: set[Decimal]) -> dict[Decimal, tuple[int, int]]:
    """The size of each amount and how many sizes there are; of many amounts, by thirds in use."""
    ordered = sorted(values)
    group = {value: place for place, value in enumerate(ordered)}
    if len(ordered) > MOST_SIZES:
        ends = [EXACT.multiply(ordered[-1], Decimal(third)) for third in range(1, MOST_SIZES)]
        for value in ordered:
            group[value] = sum(EXACT.multiply(value, Decimal(MOST_SIZES)) > end for end in ends)
    used = sorted(set(group.values()))
    return {value: (used.index(place) + 1, len(used)) for value, place in group.items()}


class Stretch(NamedTuple):
    """One turn of a block in time; its first and last day are counted from day 1."""

    name: str
    number: int | None  # None where the block is given once
    path: str
    depth: int  # 1 = within no other block
    first: int
    last: int
    late: int  # how much later it may lie [days]
    only_if: tuple[str, ...]  # conditions on which everything in it depends
    endless: bool = False  # nobody can say how much later: the source gives the shortest rest

    @property
    def title(self) -> str:
        """Its name and, where its block is repeated, its number."""
        return turn_name([(self.name, self.number)])


@dataclass(frozen=True, slots=True)
class Outline:
    """A regimen in time; the first and the last day on which anything lies count from day 1."""

    column: Column
    lanes: tuple[Lane, ...]
    stretches: tuple[Stretch, ...]  # outer turns before those inside
    first: int
    last: int
    day_zero: bool
    conditions: tuple[str, ...]  # numbered as the rows of a table number them
    left_out: bool  # something was held or stopped
    origin: date | None = None  # the date of day 1
    opened: tuple[str, ...] = ()  # paths of the blocks whose number of turns the file leaves open
    begins: int | None = None  # when each day begins [min], where nobody said so and it matters
    ranged: bool = False  # something may lie later than it is outlined
    given: bool = False  # something was given, and stands as it was
    at_need: tuple[str, ...] = ()  # what is given as needed, and is not outlined

    def empty(self) -> bool:
        """Whether nothing is given."""
        return not any(lane.cells for lane in self.lanes)

    def column_of(self, day: int) -> int:
        """The column in which a day lies."""
        return day // WEEK if self.column == "week" else day

    def span(self, turn: Stretch) -> tuple[int, int]:
        """The first and the last column of a turn."""
        return self.column_of(turn.first), self.column_of(turn.last)

    def first_day(self, column: int) -> int:
        """The first day of a column [days from day 1]."""
        return column * WEEK if self.column == "week" else column

    def number(self, day: int) -> int:
        """The number of a day as the regimen counts its days."""
        return day_at(day, self.day_zero)


OutlineIn = Callable[[Column], Outline]  # in columns of days or of weeks
_Turns = Iterable[tuple[Turn, int]]  # each with how much later it may lie


def of_schedule(schedule: Schedule, column: Column = "day") -> Outline:
    """What shape has a finished schedule?"""
    rows = schedule.administrations
    states = {number: became.state for number, became in schedule.recorded.items()}
    ended = _wholly((row.turn, states.get(row.number) == "stopped") for row in rows)
    parts = [of_administration(row, schedule) for row in rows]
    turns = [(turn, late) for turn, late in schedule.turns if turn not in ended]
    shown = [condition for row in schedule.shown for condition in row.only_if]
    outline = _outlined(schedule.regimen, schedule.arm, column, parts, turns)
    return replace(
        outline,
        conditions=tuple(dict.fromkeys([*shown, *outline.conditions])),
        origin=schedule.start.date() if schedule.start else None,
        ranged=any(row.latest_day is not None for row in rows),
        at_need=tuple(
            _needed(each.dose, amount_as_needed(each, schedule.arm)) for each in schedule.as_needed
        ),
        given="given" in states.values(),
    )


def of_regimen(regimen: Regimen, arm: str | None = None, column: Column = "day") -> Outline:
    """What shape has a regimen without a patient, in the amounts that it prescribes?"""
    opened = tuple(counted.path for counted in openings(regimen.body, arm))
    times = dict.fromkeys(opened, OPEN_TURNS)
    slots, turns, *_ = timing.expand(regimen, arm, times, DEFAULT_START)
    parts = [of_slot(slot, arm) for slot in slots]
    unsaid = any(slot.dose.at is None or slot.dose.at.kind != "clock" for slot in slots)
    return replace(
        _outlined(regimen, arm, column, parts, turns),
        opened=opened,
        ranged=any(slot.latest is not None for slot in slots),
        begins=DEFAULT_START if unsaid else None,
        at_need=tuple(
            _needed(dose, amount_in_words(dose.amount(arm))) for _, dose in regimen.as_needed(arm)
        ),
    )


def _wholly(turns: Iterable[tuple[Turn, bool]]) -> set[Turn]:
    """Turns in which, and in all that lies in them, something holds of everything."""
    found: dict[bool, set[Turn]] = {True: set(), False: set()}
    for turn, holds in set(turns):
        found[holds].update(turn.chain())
    return found[True] - found[False]


def _outlined(
    regimen: Regimen, arm: str | None, column: Column, parts: list[Part], turns: _Turns
) -> Outline:
    """What a schedule and a regimen share."""
    stretches = tuple(_stretches(turns, parts))
    drawn = [part.columns(1) for part in parts if not part.held]
    drawn += [range(turn.first, turn.last + 1) for turn in stretches]
    own = regimen.drugs(arm)
    order = tuple(dict.fromkeys((*own, *(part.drug for part in parts))))  # what no plan had last
    width = WEEK if column == "week" else 1
    return Outline(
        column=column,
        lanes=tuple(sorted(lanes(parts, width), key=lambda lane: order.index(lane.drug))),
        stretches=stretches,
        first=min((days[0] for days in drawn), default=0),
        last=max((days[-1] for days in drawn), default=0),
        day_zero=regimen.day_zero,
        conditions=tuple(dict.fromkeys(text for part in parts for text in part.only_if)),
        left_out=any(part.held for part in parts),
    )


def _needed(dose: Dose, much: str) -> str:
    return f"{dose.drug} {much}, {as_needed(dose)}"


def _stretches(turns: _Turns, parts: list[Part]) -> Iterator[Stretch]:
    binding: dict[Turn, tuple[str, ...]] = {}  # the conditions of every dose in a turn
    for part in parts:
        for turn in part.turn.chain():
            known = binding.get(turn, part.only_if)
            binding[turn] = tuple(condition for condition in known if condition in part.only_if)
    endless = _wholly((part.turn, part.endless) for part in parts)
    for turn, late in turns:
        block, last = turn.block, turn.start + turn.length - 1
        if block.name and turn.length:
            yield Stretch(
                *turn.named,
                path=block.path,
                depth=len(turn.chain()),
                first=turn.start,
                last=last,
                late=late,
                only_if=binding.get(turn, ()),
                endless=turn in endless,
            )
