"""Where doses and turns are after delays and shifts: in the whole course, or in one turn alone.

An entry of a log concerns a few turns. Laying out all others again for it would let the work on a
log grow with the square of its entries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from il2calc.course.index import EMPTY_SPAN, Index, PrefixSums, SpanTree, prefixes
from il2calc.course.moves import (
    Continued,
    Moves,
    continued,
    continued_slots,
    delayed,
    rebuilt,
    shifted,
    turn_ends,
)
from il2calc.errors import Refused
from il2calc.model.effects import Chain, DoseKey
from il2calc.model.regimen import UNPLANNED, Dose, Regimen
from il2calc.plan.calendar import DAY, Turn
from il2calc.plan.timing import Slot
from il2calc.text.values import is_name

ExtraDose = tuple[DoseKey, Slot]
"""A dose that a log added to the plan, and its slot."""


def dose_chain(key: DoseKey, dose: Dose) -> Chain:
    """A dose in the place of a block turn, for an entry that counts from it: `examplumab dose 3`.

    Its number is per drug, and the drug has its name in the file if that is a plain one.
    """
    name = dose.written if is_name(dose.written) else dose.name
    return (*key.turns, (f"{name} dose", key.number))


def successor_of_dose(plan: Index, chain: Chain, minute: int) -> Chain:
    """The dose that an entry names; if it is gone, the first one planned from its time on."""
    minutes = {dose_chain(key, slot.dose): slot.minute for key, slot in plan.slots.items()}
    later = (other for other, planned in minutes.items() if planned >= minute)
    return chain if chain in minutes else next(later, chain)


class CourseLayout(NamedTuple):
    """The timetable as it is now, and each dose that continues through a delay."""

    now: Index
    continued: tuple[Continued, ...]


def lay_out(
    plan: Index, moves: Moves, regimen: Regimen, extras: Iterable[ExtraDose] = ()
) -> CourseLayout:
    """Lay out the whole course after what moved, with the extra doses at their times."""
    now = Index(delayed(plan, moves))
    continued_doses = tuple(continued(now, moves))
    now = _with_continued(now, continued_doses)
    slots = now.timetable.slots
    if moves.delays or moves.shifts:
        slots = shifted(now.slots, moves.shifts, regimen)
    added = (slot._replace(turn=now.turns[key.turns]) for key, slot in extras)
    slots = tuple(sorted((*slots, *added), key=lambda slot: slot.minute))
    return CourseLayout(Index(now.timetable._replace(slots=slots)), continued_doses)


def _with_continued(now: Index, continued_doses: Iterable[Continued]) -> Index:
    """A timetable with the doses continued through delays; their turns last until then."""
    added = [(slot, dose.delayed) for dose in continued_doses for slot in dose.slots]
    if not added:
        return now
    until = {slot.turn: now.turns[delayed_chain].start for slot, delayed_chain in added}

    def lengthened(turn: Turn) -> Turn:
        return replace(turn, length=max(turn.length, until.get(turn, turn.start) - turn.start))

    turns = rebuilt(now.turns.values(), lengthened)
    planned = now.timetable.slots
    slots = (*planned, *numbered_after(planned, [slot for slot, _ in added]))
    late = tuple((turns[turn], days) for turn, days in now.timetable.turns)
    slots = tuple(slot._replace(turn=turns[slot.turn]) for slot in slots)
    return Index(now.timetable._replace(slots=slots, turns=late))


def first_unbegun_turn(now: Index, recorded: Iterable[DoseKey]) -> Chain | None:
    """The first turn, as they are now, after all that was recorded; None if nothing was.

    Raises:
        Refused: there is none.
    """
    planned = [key for key in recorded if key in now.slots and key.dose != UNPLANNED]
    if not planned:
        return None
    begun = {chain for key in planned for chain in prefixes(key.turns)}
    dose_days = (now.slots[key].day for key in planned)
    last = max([*dose_days, *(now.turns[chain].start for chain in begun)])
    later = [chain for chain, turn in now.turns.items() if turn.start > last]
    if not later:
        raise Refused("every block turn of the course has begun, and keeps the old text")
    return min(later, key=lambda chain: (now.turns[chain].start, len(chain), chain))


def numbered_after(slots: Iterable[Slot], added: Iterable[Slot]) -> Iterator[Slot]:
    """Added slots, numbered on from the last slot of their drug in their turn."""
    last: dict[tuple[Turn, str], int] = {}
    for slot in slots:
        home = (slot.turn, slot.dose.drug)
        last[home] = max(last.get(home, 0), slot.number)
    by_drug = sorted(added, key=lambda slot: (slot.turn.start, slot.dose.drug, slot.minute))
    for home, group in groupby(by_drug, key=lambda slot: (slot.turn, slot.dose.drug)):
        for number, slot in enumerate(group, last[home] + 1):
            yield slot._replace(number=number)


class DrugDoses:
    """The doses of one drug in one turn, in the order of time.

    It counts the first ones that are recorded, so that they are not looked at again and again.
    """

    def __init__(self, keys: list[DoseKey]) -> None:
        self.keys = keys
        self.latest: datetime | None = None  # when the latest of them was given
        self._places = {key: place for place, key in enumerate(keys)}
        self._recorded = 0

    def earlier(self, key: DoseKey) -> list[DoseKey]:
        """The doses before one."""
        return self.keys[: self._places[key]]

    def unrecorded(self, key: DoseKey, is_recorded: Callable[[DoseKey], bool]) -> list[DoseKey]:
        """The doses before one that are not recorded."""
        place = self._places[key]
        while self._recorded < place and is_recorded(self.keys[self._recorded]):
            self._recorded += 1
        return [one for one in self.keys[self._recorded : place] if not is_recorded(one)]

    def give(self, when: datetime) -> None:
        """Note that one of the doses was given."""
        self.latest = when if self.latest is None else max(self.latest, when)


class TurnDoses:
    """The doses of one turn as they are now, in the order of time.

    Args:
        delay: by how many days the turn was delayed when they were laid out.
    """

    def __init__(self, slots: dict[DoseKey, Slot], delay: int) -> None:
        self.slots, self.delay = slots, delay
        self.places = {key: place for place, key in enumerate(slots)}
        self.by_drug: dict[str, DrugDoses] = {}

    @cached_property
    def _by_minute(self) -> tuple[list[int], list[DoseKey]]:
        return [slot.minute for slot in self.slots.values()], list(self.slots)

    def between(self, drug: str, first: int, end: int) -> Iterator[DoseKey]:
        """The doses of a drug in the minutes [first, end)."""
        minutes, keys = self._by_minute
        inside = keys[bisect_left(minutes, first) : bisect_left(minutes, end)]
        return (key for key in inside if key.drug == drug)


class Whereabouts:
    """The doses of each turn after delays and shifts, each turn laid out alone when asked for.

    It keeps the span of each turn for a drug, or for one dose of it, in a tree. A tree takes in
    what was moved and changed since, when it is asked for.
    """

    def __init__(
        self, plan: Index, regimen: Regimen, extras: Mapping[Chain, Sequence[ExtraDose]]
    ) -> None:
        self._plan, self._regimen, self._extras = plan, regimen, extras
        self._chains = {start: plan.chain(turn) for turn, (start, _, _) in plan.positions.items()}
        self._order = {chain: number for number, chain in enumerate(plan.turns)}
        self._days = PrefixSums(len(plan.positions))  # changes of the delay along the positions
        self._turns: dict[Chain, TurnDoses] = {}
        self._openings: dict[Turn, dict[Turn, int]] = {}  # days by delayed turn, by its opening
        self._shifts: dict[Chain, list[tuple[DoseKey, int]]] = {}
        self._moved: list[tuple[int, int, int]] = []  # first and end position, minutes
        self._changed: list[Chain] = []
        # By subject (see `_span`): its tree, and how many of _moved and _changed are in it.
        self._trees: dict[str | Dose | None, tuple[SpanTree, int, int]] = {}
        self._weighing_starts: set[Chain] = set()
        self._continued_until: dict[Turn, int] = {}
        self._lengthened: dict[Turn, None] = {}
        self._moved_days = 0  # how many of _moved are in the tree of days

    def delay(self, turn: Turn, by: int, *, begun: bool = False) -> None:
        """Delay a turn and all that follows it, of which a dose may have been given (`begun`)."""
        if begun:  # an extra dose stays at its time
            self._trees.clear()
        for first, end in self._plan.following_positions(turn):
            self._days.add(first, by)
            self._days.add(end, -by)
            self._moved.append((first, end, by * DAY))
        self._lengthened[turn] = None
        if not self._plan.continuing:
            return
        opening = self._plan.opening(turn)
        delays = self._openings.setdefault(opening, {})
        delays[turn] = delays.get(turn, 0) + by
        for around in reversed(turn.chain()):
            if self._plan.next(around) in self._openings:
                self._change_continued(around)
        if (before := self._plan.preceding(opening)) is not None:
            self._change_continued(before)

    def _change_continued(self, before: Turn) -> None:
        """Note that the doses of a turn that continue after it have changed."""
        for last in self._plan.continuing.get(before, {}).values():
            self._lengthened[last] = None
            self.change(self._plan.chain(last))

    def shift(self, key: DoseKey, by: int) -> None:
        """Shift a dose and the rest of its repeat [min]."""
        self._shifts.setdefault(key.turns, []).append((key, by))
        self.change(key.turns)

    def change(self, chain: Chain) -> None:
        """Note that the doses of a turn have changed, or have moved within it."""
        self._turns.pop(chain, None)
        self._changed.append(chain)

    def start_weighing(self, chain: Chain) -> None:
        """Note that a weighing counts from the first dose of a turn on."""
        self._weighing_starts.add(chain)
        self._changed.append(chain)

    def days_of(self, turn: Turn) -> int:
        """By how many days a turn is delayed."""
        position, _, _ = self._plan.positions[turn]
        return self._days.before(position + 1)

    def _start(self, turn: Turn) -> int:
        return turn.start + self.days_of(turn)

    def laid_out(self, chain: Chain) -> TurnDoses | None:
        """The doses of a turn, if they were laid out already and nothing has moved them since."""
        doses = self._turns.get(chain)
        still_there = doses and doses.delay == self.days_of(self._plan.turns[chain])
        return doses if still_there else None

    def turn_doses(self, chain: Chain) -> TurnDoses:
        """The doses of a turn as they are now."""
        doses = self.laid_out(chain)
        if doses is None:
            days = self.days_of(self._plan.turns[chain])
            doses = self._turns[chain] = TurnDoses(self._slots(chain, days * DAY), days)
        return doses

    def _slots(self, chain: Chain, by: int) -> dict[DoseKey, Slot]:
        """The slots of a turn that is delayed [min]."""
        slots = self._plan.by_turn.get(chain, {})
        if by:
            slots = {
                key: slot._replace(minute=slot.minute + by, anchor=slot.anchor + by)
                for key, slot in slots.items()
            }
        added = self._continued(self._plan.turns[chain], slots) if self._openings else {}
        if added or chain in self._shifts:
            slots = {**slots, **added}
            moved = shifted(slots, self._shifts.get(chain, ()), self._regimen)
            slots = {self._plan.key(slot): slot for slot in moved}
        if chain in self._extras:
            items = [*slots.items(), *self._extras[chain]]
            slots = dict(sorted(items, key=lambda item: item[1].minute))
        return slots

    def _continued(self, turn: Turn, own: Mapping[DoseKey, Slot]) -> dict[DoseKey, Slot]:
        """The doses of a turn that are continued through the delays of what follows it."""
        plan, added = self._plan, list[tuple[int, Chain, list[Slot]]]()
        for before in reversed(turn.chain()):
            opening = plan.next(before)
            if opening is None or opening not in self._openings:
                continue
            delays = self._openings[opening]
            end = max(map(self._start, delays))
            first = end - sum(delays.values())
            doses = [dose for dose, last in plan.continuing.get(before, {}).items() if last is turn]
            runs = ([slot for slot in own.values() if slot.dose == dose] for dose in doses)
            slots = [slot for run in runs for slot in continued_slots(run, first, end)]
            added.append((self._start(opening), min(map(plan.chain, delays)), slots))
        ordered = sorted(added, key=lambda delay: delay[:2])
        until = [self._start(plan.turns[chain]) for _, chain, slots in ordered if slots]
        self._continued_until[turn] = [0, *until][-1]
        numbered = numbered_after(own.values(), [slot for *_, slots in ordered for slot in slots])
        return {plan.key(slot): slot for slot in numbered}

    def doses_from(self, drug: str, minute: int) -> list[Dose]:
        """The doses of a drug in the plan that are given from a minute on, in no order."""
        doses = self._plan.dose_turns.get(drug, {})
        return [dose for dose in doses if self._spans(dose).last >= minute]

    def first_in(self, chain: Chain) -> Slot | None:
        """The first planned dose of a turn and of those in it, or the dose that is named."""
        if chain not in self._plan.turns:
            return self.named(chain)
        turn = self._plan.turns[chain]
        if self._plan.within(turn):
            position, after, _ = self._plan.positions[turn]
            first = self._spans("").earliest_in(position, after)
            chain = chain if first is None else self._chains[first]
        slots = self.turn_doses(chain).slots.items()
        return next((slot for key, slot in slots if key.dose != UNPLANNED), None)

    def named(self, chain: Chain) -> Slot | None:
        """The planned dose that a chain ends in, in the place of a turn; None if it does not."""
        slots = self.turn_doses(chain[:-1]).slots if chain[:-1] in self._plan.turns else {}
        matches = (slot for key, slot in slots.items() if dose_chain(key, slot.dose) == chain)
        return next(matches, None)

    def innermost(self, day: int) -> Turn:
        """The innermost turn on a day; that of the regimen on a day in no block."""
        positions = self._day_spans().overlapping(day, day + 1)
        chains = [self._chains[position] for position in positions]
        chain = min(chains, key=lambda one: (-len(one), self._order[one]), default=())
        return self._plan.turns[chain]

    @cached_property
    def _days_tree(self) -> SpanTree:
        positions = self._plan.positions
        ends = turn_ends(self._plan.turns.values(), {})
        turns = ((start, turn) for turn, (start, _, _) in positions.items())
        return SpanTree({start: (turn.start, ends[turn] - 1) for start, turn in turns})

    def _day_spans(self) -> SpanTree:
        """The first and the last day of each turn, until all in it, and all continued, is over."""
        tree, plan = self._days_tree, self._plan
        for first, end, by in self._moved[self._moved_days :]:
            tree.move(first, end, by // DAY)
        around = {outer for turn in self._lengthened for outer in turn.chain()}
        for turn in sorted(around, key=plan.positions.__getitem__, reverse=True):
            position, after, _ = plan.positions[turn]
            if plan.continuing:
                self.turn_doses(plan.chain(turn))
            start = self._start(turn)
            last = max(start + turn.length, self._continued_until.get(turn, 0)) - 1
            tree.put(position, (start, max(last, tree.last_in(position + 1, after))))
        self._moved_days = len(self._moved)
        self._lengthened.clear()
        return tree

    def weighings_count_from(self, minute: int) -> bool:
        """Whether every weighing surely counts from a minute on."""
        return self._spans(None).last <= minute

    def between(self, drug: str, first: int, end: int) -> Iterator[DoseKey]:
        """The doses of a drug in the minutes [first, end), in no order."""
        for position in self._spans(drug).overlapping(first, end):
            yield from self.turn_doses(self._chains[position]).between(drug, first, end)

    def _spans(self, subject: str | Dose | None) -> SpanTree:
        """The span in each turn of a subject; `_span` says what it may be."""
        if subject in self._trees:
            tree, moved, changed = self._trees[subject]
            for move in self._moved[moved:]:
                tree.move(*move)
            for chain in dict.fromkeys(self._changed[changed:]):
                tree.put(self._position(chain), self._span(subject, chain))
        else:
            chains: Iterable[Chain] = self._chains.values()
            if isinstance(subject, Dose):
                chains = self._plan.dose_turns[subject.drug][subject]
            tree = SpanTree({self._position(chain): self._span(subject, chain) for chain in chains})
        self._trees[subject] = tree, len(self._moved), len(self._changed)
        return tree

    def _position(self, chain: Chain) -> int:
        position, _, _ = self._plan.positions[self._plan.turns[chain]]
        return position

    def _span(self, subject: str | Dose | None, chain: Chain) -> tuple[int, int]:
        """The first and the last minute in a turn of a drug, a dose, or all that is planned ("").

        For None, those of the first dose from which a weighing counts, infinitely late if it is not
        known here: in a turn with others in it, or an empty one.
        """
        slots = self.turn_doses(chain).slots.items()
        planned = [slot.minute for key, slot in slots if key.dose != UNPLANNED]
        if subject is None:
            if chain not in self._weighing_starts:
                return EMPTY_SPAN
            inside = self._plan.within(self._plan.turns[chain])
            first = EMPTY_SPAN[0] if inside else next(iter(planned), EMPTY_SPAN[0])
            return first, first
        of_subject = [slot.minute for key, slot in slots if subject in (key.drug, slot.dose)]
        minutes = of_subject if subject else planned
        return (minutes[0], minutes[-1]) if minutes else EMPTY_SPAN
