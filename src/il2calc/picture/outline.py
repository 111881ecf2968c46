"""The shape of a regimen in time: which drug on which day, how much, and in which block turns.

Days are counted from day 1 of the regimen (day 1 = 0), and so are columns. A column is a day, or a
week of the regimen (days 1 to 7, 8 to 14, ...), not of the calendar. A dose belongs to the day on
which it falls. A dose that a course log records as given is shown as it was given; held and stopped
doses are left out. No column of a lane mixes firm and conditional doses: where they would meet, the
conditional ones get a lane of their own, so that neither is mistaken for the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, reduce
from typing import Literal, NamedTuple

from il2calc.model.effects import turn_name
from il2calc.model.measure import IN_WORDS, Bands
from il2calc.model.regimen import NOT_STATED, Dose, Regimen, amount_in_words, day_at, offset_of
from il2calc.plan import timing
from il2calc.plan.administration import NOT_GIVEN, Administration, as_needed, grouped, record_of
from il2calc.plan.calendar import DAY, DEFAULT_START, Turn, single_amount
from il2calc.plan.needs import openings
from il2calc.plan.schedule import Schedule
from il2calc.plan.timing import Slot
from il2calc.report.totals import amount_as_needed
from il2calc.units import EXACT, Quantity, addable, convert
from il2calc.units.notation import Span

Column = Literal["day", "week"]
_Row = Administration | Slot
_TurnsWithSlack = Iterable[tuple[Turn, int]]  # each with by how much it may be later
WEEK = 7
OPEN_TURNS = 2  # outlined of a block whose number of turns is open
MOST_SIZES = 3  # of dose that are drawn; more are grouped into equal parts of the largest


class LaneDose(NamedTuple):
    """One administration: drug, amount, day [days from day 1], and innermost turn."""

    drug: str
    amount: Quantity
    day: int
    turn: Turn
    at_most: bool
    only_if: tuple[str, ...]
    not_before: bool = False  # its latest day is unknown
    held: bool = False  # or stopped: not drawn, but its drug still has a lane
    more_days: int = 0  # further days on which its infusion, at its longest, runs
    over: str = ""  # the length of that infusion, as in the file

    def columns(self, days: int) -> range:
        """The columns, of this many days each, in which any of it is given."""
        return range(self.day // days, (self.day + self.more_days) // days + 1)


def of_administration(row: Administration, schedule: Schedule) -> LaneDose:
    """An administration as it is planned, or as it was given."""
    recorded = record_of(row, schedule.recorded)
    is_given = recorded.state == "given"
    value, start, carried = row.dosed.value, row.when, row.carried
    day = offset_of(row.regimen_day, schedule.regimen.day_zero)
    if is_given:
        value, carried = value if recorded.value is None else recorded.value, 0
        if recorded.when is not None and schedule.start is not None:
            start = recorded.when
            day = (start.date() - schedule.start.date()).days
    amount = Quantity(value or Decimal(0), row.dosed.unit or NOT_STATED)
    dose = _lane_dose(row, amount, day, recorded.span(row.dose), start, carried)
    if is_given:
        return dose._replace(at_most=False, only_if=())
    return dose._replace(held=recorded.state in NOT_GIVEN)


def of_slot(slot: Slot, arm: str | None) -> LaneDose:
    """An administration of the amount that the file prescribes, without a patient."""
    stated = slot.dose.amount(arm)
    if not isinstance(stated, Quantity):  # in place of a unit, the measure that decides, or none
        unit = f"by {IN_WORDS[stated.measure]}" if isinstance(stated, Bands) else stated
        stated = Quantity(Decimal(0), unit)
    amount = single_amount(slot.dose, stated)
    return _lane_dose(slot, amount, slot.day, slot.dose.over, None, slot.carried)


def _lane_dose(
    row: _Row, amount: Quantity, day: int, over: Span | None, start: datetime | None, carried: int
) -> LaneDose:
    """A dose, with how many days its infusion runs on, in elapsed time from its own start.

    Args:
        carried: days by which it begins after the day on which it is shown.
    """
    certainty = (row.at_most, row.only_if, row.not_before)
    dose = LaneDose(row.dose.drug, amount, day, row.turn, *certainty)
    if over is None:
        return dose
    length = over.longest - 1  # to the last minute of it
    minute_of_day = row.minute % DAY if start is None else start.hour * 60 + start.minute
    more_days = (minute_of_day + length) // DAY
    if start is not None and start.tzinfo is not None:
        with suppress(OverflowError):  # beyond the last date there is, the clock time counts
            end = (start.astimezone(UTC) + timedelta(minutes=length)).astimezone(start.tzinfo)
            more_days = (end.date() - start.date()).days
    return dose._replace(more_days=more_days + carried, over=over.text)


class Mark(NamedTuple):
    """How a column of a lane is drawn."""

    conditional: bool
    size: int = 0  # of the dose, from 1 to the number of sizes of its drug; 0 = an infusion runs on
    sizes: int = 0


class Cell(NamedTuple):
    """The doses that begin in one column of a lane."""

    value: Decimal
    administrations: int
    over: tuple[str, ...]  # lengths of infusions that run on beyond it; "" for other doses
    mark: Mark


class Lane(NamedTuple):
    """One drug, in amounts that can be added, by column in the order of time."""

    drug: str
    unit: str
    basis: str | None  # kg, m2 or None, where amounts are as prescribed
    cells: Mapping[int, Cell]
    running: Mapping[int, bool]  # an infusion still runs; True = conditionally
    at_most: frozenset[bool]  # whether its doses are a maximum; both if only some are
    only_if: tuple[str, ...]  # conditions that some of it depends on
    split: bool = False  # the firm doses of the drug are in another lane

    def sizes(self) -> list[list[Cell]]:
        """The cells of each size of dose, from the smallest to the largest."""
        ordered = sorted(self.cells.values(), key=lambda cell: cell.value)
        return list(grouped((cell.mark.size, cell) for cell in ordered).values())

    def marks(self) -> dict[int, Mark]:
        """How each column is drawn in which a dose begins, or an infusion still runs."""
        runs_on = {column: Mark(conditional) for column, conditional in self.running.items()}
        return runs_on | {column: cell.mark for column, cell in self.cells.items()}


def lanes(doses: Iterable[LaneDose], days: int) -> Iterator[Lane]:
    """One lane per drug, in columns of this many days; several if its amounts cannot be added."""
    joined: dict[tuple[str, str, str | None], list[LaneDose]] = {}
    for dose in doses:
        drug, unit, basis = dose.drug, dose.amount.unit, dose.amount.basis
        same = (kind for kind in joined if kind[::2] == (drug, basis) and addable(kind[1], unit))
        joined.setdefault(next(same, (drug, unit, basis)), []).append(dose)
    for kind, group in joined.items():
        halves = ([dose for dose in group if bool(dose.only_if) is only] for only in (False, True))
        parts = [_lane(*kind, half, days) for half in halves if half]
        if len(parts) > 1 and not parts[0].marks().keys() & parts[1].marks().keys():
            parts = [_lane(*kind, group, days)]
        sizes = _sizes({cell.value for lane in parts for cell in lane.cells.values()})
        for index, lane in enumerate(parts):
            cells = {
                column: cell._replace(mark=Mark(cell.mark.conditional, *sizes[cell.value]))
                for column, cell in lane.cells.items()
            }
            yield lane._replace(cells=cells, split=index > 0)


def _lane(drug: str, unit: str, basis: str | None, doses: Iterable[LaneDose], days: int) -> Lane:
    @cache
    def converted(amount: Quantity) -> Decimal:
        return convert(amount.value, amount.unit, unit)

    drawn = [dose for dose in doses if not dose.held]
    starting = grouped((dose.columns(days)[0], dose) for dose in drawn)
    running = {column: bool(dose.only_if) for dose in drawn for column in dose.columns(days)[1:]}
    cells = {}
    for column, group in sorted(starting.items()):
        value = reduce(EXACT.add, (converted(dose.amount) for dose in group))
        overs = dict.fromkeys(dose.over if len(dose.columns(days)) > 1 else "" for dose in group)
        cells[column] = Cell(value, len(group), tuple(overs), Mark(bool(group[0].only_if)))
    at_most = frozenset(dose.at_most for dose in drawn)
    only_if = tuple(dict.fromkeys(condition for dose in drawn for condition in dose.only_if))
    return Lane(drug, unit, basis, cells, dict(sorted(running.items())), at_most, only_if)


def _sizes(values: set[Decimal]) -> dict[Decimal, tuple[int, int]]:
    """The size of each amount, and how many sizes there are; many amounts are grouped by thirds."""
    ordered = sorted(values)
    ranks = {value: rank for rank, value in enumerate(ordered)}
    if len(ordered) > MOST_SIZES:
        ends = [EXACT.multiply(ordered[-1], Decimal(third)) for third in range(1, MOST_SIZES)]
        for value in ordered:
            ranks[value] = sum(EXACT.multiply(value, Decimal(MOST_SIZES)) > end for end in ends)
    used = sorted(set(ranks.values()))
    return {value: (used.index(rank) + 1, len(used)) for value, rank in ranks.items()}


class TurnSpan(NamedTuple):
    """One turn of a block in time; its first and last day count from day 1."""

    name: str
    number: int | None  # None where the block is given once
    path: str
    depth: int  # 1 = within no other block
    first: int
    last: int
    slack: int  # by how much it may be later [days]
    only_if: tuple[str, ...]  # conditions of every dose in it
    not_before: bool = False  # the source gives only a minimum rest before it

    @property
    def title(self) -> str:
        """The name of the block and, if it is repeated, the number of the turn."""
        return turn_name([(self.name, self.number)])


@dataclass(frozen=True, slots=True)
class Outline:
    """A regimen in time; the first and the last day that it covers count from day 1."""

    doses: tuple[LaneDose, ...]  # by drug, in the order of the file
    lanes: tuple[Lane, ...]
    turns: tuple[TurnSpan, ...]  # outer turns before inner ones
    first: int
    last: int
    day_zero: bool
    conditions: tuple[str, ...]  # numbered as in a table of the rows
    origin: date | None = None  # the date of day 1
    open_paths: tuple[str, ...] = ()  # of blocks whose number of turns the file leaves open
    day_start: int | None = None  # start of each day [min], if assumed and relevant
    has_ranges: bool = False  # something may be later than it is drawn
    has_given: bool = False  # something is drawn as it was given
    as_needed: tuple[str, ...] = ()  # doses given as needed, which are not drawn
    column: Column = "day"

    def in_weeks(self) -> Outline:
        """The same in columns of weeks."""
        return replace(self, column="week", lanes=tuple(lanes(self.doses, WEEK)))

    def empty(self) -> bool:
        """Whether nothing is given on any day."""
        return not any(lane.cells for lane in self.lanes)

    def column_of(self, day: int) -> int:
        """The column of a day."""
        return day // WEEK if self.column == "week" else day

    def span(self, turn: TurnSpan) -> tuple[int, int]:
        """The first and the last column of a turn."""
        return self.column_of(turn.first), self.column_of(turn.last)

    def first_day(self, column: int) -> int:
        """The first day of a column [days from day 1]."""
        return column * WEEK if self.column == "week" else column

    def number(self, day: int) -> int:
        """The number of a day as the regimen counts its days."""
        return day_at(day, self.day_zero)


def of_schedule(schedule: Schedule) -> Outline:
    """The outline of a finished schedule, in days."""
    rows = schedule.administrations
    states = {number: recorded.state for number, recorded in schedule.recorded.items()}
    stopped = _uniform_turns((row.turn, states.get(row.number) == "stopped") for row in rows)
    doses = [of_administration(row, schedule) for row in rows]
    turns = [(turn, slack) for turn, slack in schedule.turns if turn not in stopped]
    shown = [condition for row in schedule.shown for condition in row.only_if]
    needs = [(need.dose, amount_as_needed(need, schedule.arm)) for need in schedule.as_needed]
    outline = _outline(schedule.regimen, schedule.arm, doses, turns, needs)
    return replace(
        outline,
        conditions=tuple(dict.fromkeys([*shown, *outline.conditions])),
        origin=schedule.start.date() if schedule.start else None,
        has_ranges=any(row.latest_day is not None for row in rows),
        has_given="given" in states.values(),
    )


def of_regimen(regimen: Regimen, arm: str | None = None) -> Outline:
    """The outline of a regimen without a patient, in days and in the amounts that it prescribes."""
    open_paths = tuple(part.path for part in openings(regimen.body, arm))
    times = dict.fromkeys(open_paths, OPEN_TURNS)
    slots, turns, *_ = timing.expand(regimen, arm, times, DEFAULT_START)
    doses = [of_slot(slot, arm) for slot in slots]
    needs = [(dose, amount_in_words(dose.amount(arm))) for _, dose in regimen.as_needed(arm)]
    relative = any(slot.dose.at is None or slot.dose.at.kind != "clock" for slot in slots)
    return replace(
        _outline(regimen, arm, doses, turns, needs),
        open_paths=open_paths,
        has_ranges=any(slot.latest is not None for slot in slots),
        day_start=DEFAULT_START if relative else None,
    )


def _uniform_turns(turns: Iterable[tuple[Turn, bool]]) -> set[Turn]:
    """Turns in which a property is true of every dose, including the doses of inner turns."""
    by_state: dict[bool, set[Turn]] = {True: set(), False: set()}
    for turn, state in set(turns):
        by_state[state].update(turn.chain())
    return by_state[True] - by_state[False]


def _outline(
    regimen: Regimen,
    arm: str | None,
    doses: list[LaneDose],
    turns: _TurnsWithSlack,
    needs: Iterable[tuple[Dose, str]],
) -> Outline:
    spans = tuple(_turn_spans(turns, doses))
    covered = [dose.columns(1) for dose in doses if not dose.held]
    covered += [range(turn.first, turn.last + 1) for turn in spans]
    # drugs that only a log adds come last
    order = [*dict.fromkeys([*regimen.drugs(arm), *(dose.drug for dose in doses)])]
    by_drug = sorted(doses, key=lambda dose: order.index(dose.drug))
    return Outline(
        doses=tuple(by_drug),
        lanes=tuple(lanes(by_drug, 1)),
        turns=spans,
        first=min((days[0] for days in covered), default=0),
        last=max((days[-1] for days in covered), default=0),
        day_zero=regimen.day_zero,
        conditions=tuple(dict.fromkeys(text for dose in doses for text in dose.only_if)),
        as_needed=tuple(f"{dose.drug} {amount}, {as_needed(dose)}" for dose, amount in needs),
    )


def _turn_spans(turns: _TurnsWithSlack, doses: list[LaneDose]) -> Iterator[TurnSpan]:
    binding: dict[Turn, tuple[str, ...]] = {}  # conditions of every dose in a turn
    for dose in doses:
        for turn in dose.turn.chain():
            conditions = binding.get(turn, dose.only_if)
            binding[turn] = tuple(text for text in conditions if text in dose.only_if)
    not_before = _uniform_turns((dose.turn, dose.not_before) for dose in doses)
    for turn, slack in turns:
        if turn.block.name and turn.length:
            yield TurnSpan(
                *turn.named,
                path=turn.block.path,
                depth=len(turn.chain()),
                first=turn.start,
                last=turn.start + turn.length - 1,
                slack=slack,
                only_if=binding.get(turn, ()),
                not_before=turn in not_before,
            )
