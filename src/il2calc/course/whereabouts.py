"""Where everything lies after what moved: the whole course at once, or one turn alone.

An entry of a log is held against a few turns. Laying all others anew for it would let the work on
a log grow with the square of its entries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from il2calc.course.index import NOTHING, Index, Spread, Sums, prefixes
from il2calc.course.moves import (
    Continued,
    Moves,
    continued,
    delayed,
    drawn_on,
    ends,
    minutes,
    rebuilt,
    rest_of_repeat,
    shifted,
)
from il2calc.errors import Refused
from il2calc.model.effects import Chain, DoseKey
from il2calc.model.regimen import UNPLANNED, Dose, Regimen
from il2calc.plan.calendar import DAY, Turn
from il2calc.plan.timing import Slot
from il2calc.text.values import is_name

Put = tuple[DoseKey, Slot]
"""A dose that no plan had, and where it lies."""


def chain_to(key: DoseKey, dose: Dose) -> Chain:
    """A dose in the place of a block turn, from which on an entry counts: `examplumab dose 3`.

    Its number is per drug, and the drug has its name in the file, where that is a plain one.
    """
    name = dose.written if is_name(dose.written) else dose.name
    return (*key.turns, (f"{name} dose", key.number))


def dose_from(plan: Index, chain: Chain, minute: int) -> Chain:
    """The dose that an entry names; where it is gone, the first planned from its time on."""
    there = {chain_to(key, slot.dose): slot.minute for key, slot in plan.slots.items()}
    later = (each for each, planned in there.items() if planned >= minute)
    return chain if chain in there else next(later, chain)


class Laid(NamedTuple):
    """Where everything lies now.

    Args:
        continued: each dose that the file lets go on through a delay, with what was drawn.
    """

    places: Index
    continued: tuple[Continued, ...] = ()

    def with_extras(self, extras: Collection[Put]) -> Laid:
        """The same with doses that no plan had."""
        if not extras:
            return self
        timetable, turns = self.places.timetable, self.places.turns
        own = [slot._replace(turn=turns[key.turns]) for key, slot in extras]
        slots = sorted((*timetable.slots, *own), key=lambda slot: slot.minute)
        return self._replace(places=Index(timetable._replace(slots=tuple(slots))))


def lay(plan: Index, moves: Moves, regimen: Regimen) -> Laid:
    """Where does everything lie after what moved?"""
    now = Index(delayed(plan, moves))
    through = tuple(continued(now, moves))
    now = _with_drawn(now, through)
    if not moves.delays and not moves.shifts:
        return Laid(now)
    slots = shifted(now.slots, minutes(now.slots, moves.shifts), regimen)
    return Laid(Index(now.timetable._replace(slots=slots)), through)


def _with_drawn(now: Index, through: Iterable[Continued]) -> Index:
    """A timetable with the slots that are drawn through gaps; their turns last as long."""
    drawn = [(slot, continued_dose) for continued_dose in through for slot in continued_dose.slots]
    if not drawn:
        return now
    until: dict[Turn, int] = {}
    for slot, continued_dose in drawn:
        until[slot.turn] = now.turns[continued_dose.delayed].start
    turns = rebuilt(
        now.timetable,
        lambda turn: replace(
            turn, length=max(turn.length, until.get(turn, turn.start) - turn.start)
        ),
    )
    slots = (*now.timetable.slots, *numbered(now.timetable.slots, [slot for slot, _ in drawn]))
    late = tuple((turns[turn], days) for turn, days in now.timetable.turns)
    kept = tuple(slot._replace(turn=turns[slot.turn]) for slot in slots)
    return Index(now.timetable._replace(slots=kept, turns=late))


def unbegun(now: Index, recorded: Iterable[DoseKey]) -> Chain | None:
    """The first turn, as they lie now, after all that was recorded; None where nothing was.

    Raises:
        Refused: there is none.
    """
    there = [key for key in recorded if key in now.slots and key.dose != UNPLANNED]
    if not there:
        return None
    begun = {chain for key in there for chain in prefixes(key.turns)}
    last = max(*(now.slots[key].day for key in there), *(now.turns[each].start for each in begun))
    later = [(turn.start, len(each), each) for each, turn in now.turns.items() if turn.start > last]
    if not later:
        raise Refused("every block turn of the course has begun, and keeps the old text")
    return min(later)[2]


def numbered(slots: Iterable[Slot], drawn: Iterable[Slot]) -> Iterator[Slot]:
    """Drawn slots, numbered on from the last of their drug in their turn among others."""
    last: dict[tuple[Turn, str], int] = {}
    for slot in slots:
        place = (slot.turn, slot.dose.drug)
        last[place] = max(last.get(place, 0), slot.number)
    by_drug = sorted(drawn, key=lambda slot: (slot.turn.start, slot.dose.drug, slot.minute))
    for place, group in groupby(by_drug, key=lambda slot: (slot.turn, slot.dose.drug)):
        for number, slot in enumerate(group, last[place] + 1):
            yield slot._replace(number=number)


class Line:
    """The doses of one drug in one turn, in the order of time, and how far they are told.

    What was told stays told, so that no dose is asked again for each that follows it.
    """

    def __init__(self, keys: list[DoseKey]) -> None:
        self.keys = keys
        self.latest: datetime | None = None
        self._places = {key: place for place, key in enumerate(keys)}
        self._told = 0

    def earlier(self, key: DoseKey) -> list[DoseKey]:
        """The doses before one."""
        return self.keys[: self._places[key]]

    def untold(self, key: DoseKey, told: Callable[[DoseKey], bool]) -> list[DoseKey]:
        """The doses before one of which nothing is told."""
        place = self._places[key]
        while self._told < place and told(self.keys[self._told]):
            self._told += 1
        return [earlier for earlier in self.keys[self._told : place] if not told(earlier)]

    def give(self, when: datetime) -> None:
        """Let a dose of it count as given."""
        self.latest = when if self.latest is None else max(self.latest, when)


class OfTurn:
    """The doses of one turn as they lie now, in the order of time.

    Args:
        by: by how many days the turn was delayed when they were laid, `after` so many delays.
    """

    def __init__(self, slots: dict[DoseKey, Slot], by: int, after: int) -> None:
        self.slots, self.by, self.after = slots, by, after
        self.places = {key: place for place, key in enumerate(slots)}
        self.lines: dict[str, Line] = {}

    @cached_property
    def _when(self) -> tuple[list[int], list[DoseKey]]:
        return [slot.minute for slot in self.slots.values()], list(self.slots)

    def between(self, drug: str, first: int, end: int) -> Iterator[DoseKey]:
        """The doses of a drug from one minute to before another."""
        minutes, keys = self._when
        inside = keys[bisect_left(minutes, first) : bisect_left(minutes, end)]
        return (key for key in inside if key.drug == drug)


class Whereabouts:
    """Where the doses of each turn lie after delays and shifts, each turn laid alone.

    Of drugs, and of single doses of them, it knows from when to when they lie in each turn; what
    was moved is taken up when that is asked for.
    """

    def __init__(
        self, plan: Index, regimen: Regimen, extras: Mapping[Chain, Sequence[Put]]
    ) -> None:
        self._plan, self._regimen, self._extras = plan, regimen, extras
        self._chains = {place: plan.chain(turn) for turn, (place, _, _) in plan.places.items()}
        self._order = {chain: number for number, chain in enumerate(plan.turns)}
        self._days = Sums(len(plan.places))
        self._own: dict[Chain, OfTurn] = {}
        self._delays = 0
        self._openings: dict[Turn, dict[Turn, int]] = {}
        self._shifts: dict[Chain, list[tuple[DoseKey, int]]] = {}
        self._shifted: dict[Chain, Counter[DoseKey]] = {}
        self._moved: list[tuple[int, int, int]] = []
        self._anew: list[Chain] = []
        self._known: dict[str | Dose | None, tuple[Spread, int, int]] = {}
        self._begun_by: set[Chain] = set()
        self._drawn_until: dict[Turn, int] = {}
        self._lengthened: dict[Turn, None] = {}
        self._reached = 0

    def delay(self, turn: Turn, by: int, *, begun: bool = False) -> None:
        """Move a turn and all that follows it by so many days; where a dose was given, ask anew."""
        if begun:  # what no plan had stays where it was given
            self._known.clear()
        for first, end in self._plan.reach(turn):
            self._days.add(first, by)
            self._days.add(end, -by)
            self._moved.append((first, end, by * DAY))
        self._delays += 1
        self._lengthened[turn] = None
        if not self._plan.going_on:
            return
        opening = self._plan.opening(turn)
        delayed = self._openings.setdefault(opening, {})
        delayed[turn] = delayed.get(turn, 0) + by
        for around in reversed(turn.chain()):
            if self._plan.next(around) in self._openings:
                self._draw_anew(around)
        if (before := self._plan.preceding(opening)) is not None:
            self._draw_anew(before)

    def _draw_anew(self, before: Turn) -> None:
        for last in self._plan.going_on.get(before, {}).values():
            self._lengthened[last] = None
            self.lay_anew(self._plan.chain(last))

    def shift(self, key: DoseKey, by: int) -> None:
        """Move a dose and the rest of its repeat by so many minutes."""
        planned = self._plan.by_turn.get(key.turns, {})
        self._shifts.setdefault(key.turns, []).append((key, by))
        if key in planned:
            moved = dict.fromkeys(rest_of_repeat(planned, key), by)
            self._shifted.setdefault(key.turns, Counter()).update(moved)
        self.lay_anew(key.turns)

    def lay_anew(self, chain: Chain) -> None:
        """Let the doses of a turn lie elsewhere in it."""
        self._own.pop(chain, None)
        self._anew.append(chain)

    def begin_by(self, chain: Chain) -> None:
        """Let a weighing count from the first dose of a turn on."""
        self._begun_by.add(chain)
        self._anew.append(chain)

    def days_of(self, turn: Turn) -> int:
        """By how many days a turn is delayed."""
        place, _, _ = self._plan.places[turn]
        return self._days.before(place + 1)

    def _start(self, turn: Turn) -> int:
        """The first day of a turn as it lies now."""
        return turn.start + self.days_of(turn)

    def known(self, chain: Chain) -> OfTurn | None:
        """The doses of a turn, if they were laid and nothing moved them since."""
        own = self._own.get(chain)
        if own is None or own.after == self._delays:
            return own
        if own.by != self.days_of(self._plan.turns[chain]):
            return None
        own.after = self._delays
        return own

    def of_turn(self, chain: Chain) -> OfTurn:
        """The doses of a turn as they lie now."""
        own = self.known(chain)
        if own is None:
            by = self.days_of(self._plan.turns[chain])
            own = self._own[chain] = OfTurn(self._laid(chain, by * DAY), by, self._delays)
        return own

    def _laid(self, chain: Chain, by: int) -> dict[DoseKey, Slot]:
        found = self._plan.by_turn.get(chain, {})
        if by:
            found = {
                key: slot._replace(minute=slot.minute + by, anchor=slot.anchor + by)
                for key, slot in found.items()
            }
        by_minutes: Mapping[DoseKey, int] | None = self._shifted.get(chain)
        if self._openings and (drawn := self._drawn(self._plan.turns[chain], found)):
            found = {**found, **drawn}
            by_minutes = minutes(found, self._shifts.get(chain, ()))
        if by_minutes is not None:
            moved = shifted(found, by_minutes, self._regimen)
            found = {self._plan.key(slot): slot for slot in moved}
        if chain in self._extras:
            whole = [*found.items(), *self._extras[chain]]
            found = dict(sorted(whole, key=lambda one: one[1].minute))
        return found

    def _drawn(self, turn: Turn, own: Mapping[DoseKey, Slot]) -> dict[DoseKey, Slot]:
        """The doses that are drawn from a turn through the delays of what follows it."""
        plan, drawn = self._plan, list[tuple[int, Chain, list[Slot]]]()
        for before in reversed(turn.chain()):
            opening = plan.next(before)
            if opening is None or opening not in self._openings:
                continue
            delayed = self._openings[opening]
            end = max(map(self._start, delayed))
            doses = [dose for dose, last in plan.going_on.get(before, {}).items() if last is turn]
            runs = ([slot for slot in own.values() if slot.dose == dose] for dose in doses)
            slots = [
                slot for run in runs for slot in drawn_on(run, end - sum(delayed.values()), end)
            ]
            drawn.append((self._start(opening), min(map(plan.chain, delayed)), slots))
        ordered = sorted(drawn, key=lambda one: one[:2])
        until = [self._start(plan.turns[chain]) for _, chain, slots in ordered if slots]
        self._drawn_until[turn] = [0, *until][-1]
        numbers = numbered(own.values(), [slot for *_, slots in ordered for slot in slots])
        return {plan.key(slot): slot for slot in numbers}

    def doses_from(self, drug: str, minute: int) -> list[Dose]:
        """The doses of a drug in the plan that are given from a minute on, in no order."""
        doses = self._plan.homes.get(drug, {})
        return [dose for dose in doses if self._of(dose).last >= minute]

    def first_in(self, chain: Chain) -> Slot | None:
        """The first planned dose of a turn and of those in it, or the one that is named."""
        if chain not in self._plan.turns:
            return self.named(chain)
        turn = self._plan.turns[chain]
        if self._plan.within(turn):
            place, after, _ = self._plan.places[turn]
            first = self._of("").first(place, after)
            chain = chain if first is None else self._chains[first]
        slots = self.of_turn(chain).slots.items()
        return next((slot for key, slot in slots if key.dose != UNPLANNED), None)

    def named(self, chain: Chain) -> Slot | None:
        """The planned dose that a chain ends in, in the place of a turn; None where it does not."""
        slots = self.of_turn(chain[:-1]).slots if chain[:-1] in self._plan.turns else {}
        found = (slot for key, slot in slots.items() if chain_to(key, slot.dose) == chain)
        return next(found, None)

    def innermost(self, day: int) -> Turn:
        """The innermost turn that a day lies in; that of the regimen where it lies in no block."""
        holding = [self._chains[place] for place in self._lasting().between(day, day + 1)]
        chain = min(holding, key=lambda each: (-len(each), self._order[each]), default=())
        return self._plan.turns[chain]

    @cached_property
    def _planned(self) -> Spread:
        turns = ((place, turn) for turn, (place, _, _) in self._plan.places.items())
        return Spread({place: (turn.start, turn.start + turn.length - 1) for place, turn in turns})

    @cached_property
    def _delayed(self) -> Spread:
        places = self._plan.places
        until = ends(self._plan.timetable, dict.fromkeys(places, 0))
        return Spread({at: (turn.start, until[turn] - 1) for turn, (at, _, _) in places.items()})

    def _lasting(self) -> Spread:
        """The first and the last day of each turn; after delays it lasts until all in it is over.

        One from which doses are drawn through a delay lasts as long as these.
        """
        if not self._delays:
            return self._planned
        spread, plan = self._delayed, self._plan
        for first, end, by in self._moved[self._reached :]:
            spread.move(first, end, by // DAY)
        around = {each for turn in self._lengthened for each in turn.chain()}
        for turn in sorted(around, key=plan.places.__getitem__, reverse=True):
            place, after, _ = plan.places[turn]
            if plan.going_on:
                self.of_turn(plan.chain(turn))
            begin = self._start(turn)
            last = max(begin + turn.length, self._drawn_until.get(turn, 0)) - 1
            spread.put(place, (begin, max(last, spread.last_of(place + 1, after))))
        self._reached = len(self._moved)
        self._lengthened.clear()
        return spread

    def counts_by(self, minute: int) -> bool:
        """Whether every weighing surely counts from a minute on."""
        return self._of(None).last <= minute

    def between(self, drug: str, first: int, end: int) -> Iterator[DoseKey]:
        """The doses of a drug from one minute to before another, in no order."""
        for place in self._of(drug).between(first, end):
            yield from self.of_turn(self._chains[place]).between(drug, first, end)

    def _of(self, what: str | Dose | None) -> Spread:
        if what in self._known:
            spread, moved, anew = self._known[what]
            for stretch in self._moved[moved:]:
                spread.move(*stretch)
            for chain in dict.fromkeys(self._anew[anew:]):
                spread.put(self._place(chain), self._minutes(what, chain))
        else:
            chains: Iterable[Chain] = self._chains.values()
            if isinstance(what, Dose):
                chains = self._plan.homes[what.drug][what]
            spread = Spread({self._place(chain): self._minutes(what, chain) for chain in chains})
        self._known[what] = spread, len(self._moved), len(self._anew)
        return spread

    def _place(self, chain: Chain) -> int:
        place, _, _ = self._plan.places[self._plan.turns[chain]]
        return place

    def _minutes(self, what: str | Dose | None, chain: Chain) -> tuple[int, int]:
        """The first and the last minute of a drug, of what is planned ("") or of a dose in a turn.

        Of nothing said, those of the first dose from which a weighing counts; of a turn with others
        in it, and of an empty one, nobody knows it here.
        """
        slots = self.of_turn(chain).slots.items()
        planned = [slot.minute for key, slot in slots if key.dose != UNPLANNED]
        if what is None:
            if chain not in self._begun_by:
                return NOTHING
            inside = self._plan.within(self._plan.turns[chain])
            first = NOTHING[0] if inside else next(iter(planned), NOTHING[0])
            return first, first
        of_it = [slot.minute for key, slot in slots if what in (key.drug, slot.dose)]
        lying = of_it if what else planned
        return (lying[0], lying[-1]) if lying else NOTHING
