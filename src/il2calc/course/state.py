"""A course as its log has it so far: where everything lies, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from il2calc.course.clock import moments
from il2calc.course.decisions import Decisions, prefixes
from il2calc.course.index import Index
from il2calc.course.moves import Laid, Moves, lay
from il2calc.model.log import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Entry,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Weighed,
    chain_text,
)
from il2calc.model.regimen import Regimen
from il2calc.plan import timing
from il2calc.plan.schedule import arm_of
from il2calc.plan.timing import Slot

E = TypeVar("E", Given, Weighed, Reduced, Decided)


class Told(NamedTuple, Generic[E]):
    """An entry with its effect.

    Args:
        before: the doses that were given before it.
    """

    entry: Entry
    effect: E
    before: frozenset[DoseKey] = frozenset()


class CourseState:
    """What the entries taken so far have come to.

    Raises:
        Il2calcError: whatever the regimen refuses of the log's arm, turns and zone.
    """

    def __init__(self, regimen: Regimen, log: Log) -> None:
        self.regimen, self.log = regimen, log
        self.arm = arm_of(regimen, log.arm)
        self.moments = moments(log)
        self.plan = Index(timing.expand(regimen, self.arm, log.times, log.at))
        self.given: dict[DoseKey, Told[Given]] = {}
        self.held: dict[DoseKey, Entry] = {}
        self.delays: list[tuple[Chain, int]] = []
        self.shifts: list[tuple[DoseKey, int]] = []
        self.weights: list[Told[Weighed]] = []
        self.reductions: list[Told[Reduced]] = []
        self.decided: dict[Chain, Told[Decided]] = {}
        self.stopped: Entry | None = None

    def give(self, entry: Entry, effect: Given) -> None:
        """Let doses count as given; as everywhere below, what there is not is left out."""
        self.given |= dict.fromkeys(self._free(effect.doses), self._told(entry, effect))

    def hold(self, entry: Entry, effect: Held) -> None:
        """Let doses count as held."""
        self.held |= dict.fromkeys(self._free(effect.doses), entry)

    def shift(self, _: Entry, effect: Shifted) -> None:
        """Move a dose and the rest of its repeat."""
        if effect.dose in self.places.slots:
            self.shifts.append((effect.dose, effect.by))
            self._lay_anew()

    def delay(self, _: Entry, effect: Delayed) -> None:
        """Move a block turn and all that follows it."""
        if effect.turns in self.plan.turns:
            self.delays.append((effect.turns, effect.by))
            self._lay_anew()

    def weigh(self, entry: Entry, effect: Weighed) -> None:
        """Let a weight count."""
        self.weights.append(self._told(entry, effect))

    def reduce(self, entry: Entry, effect: Reduced) -> None:
        """Let a reduction count."""
        self.reductions.append(self._told(entry, effect))

    def decide(self, entry: Entry, effect: Decided) -> None:
        """Let a decision count where it is the first of its turn."""
        self.decided.setdefault(effect.turns, self._told(entry, effect))

    def stop(self, entry: Entry, _: Stopped) -> None:
        """Let the course end, where it has not ended yet."""
        self.stopped = self.stopped or entry

    def _told(self, entry: Entry, effect: E) -> Told[E]:
        return Told(entry, effect, frozenset(self.given))

    def _free(self, doses: Iterable[DoseKey]) -> list[DoseKey]:
        """The doses among these that there are and that are not recorded yet."""
        return [key for key in doses if key in self.places.slots and not self.recorded(key)]

    def _lay_anew(self) -> None:
        for name in ("laid", "rows", "lines"):
            self.__dict__.pop(name, None)

    def recorded(self, key: DoseKey) -> Entry | None:
        """The entry by which a dose was given or held."""
        return self.given[key].entry if key in self.given else self.held.get(key)

    @property
    def begun(self) -> frozenset[Chain]:
        """Turns of which a dose was given, and those around them."""
        return frozenset(chain for key in self.given for chain in prefixes(key.turns))

    @property
    def decisions(self) -> Decisions:
        """What was decided of conditional turns, and which have begun."""
        given = {turns: told.effect.given for turns, told in self.decided.items()}
        return Decisions(given, self.begun)

    @cached_property
    def laid(self) -> Laid:
        """Where everything lies; the ranges before turns that have begun are left in it."""
        return self.lay(frozenset())

    def lay(self, begun: frozenset[Chain]) -> Laid:
        """Where everything lies, the ranges before these turns being over."""
        moves = Moves(tuple(self.delays), tuple(self.shifts), begun)
        return lay(self.plan, moves, self.regimen)

    @property
    def places(self) -> Index:
        """The timetable as it lies now."""
        return self.laid.places

    @cached_property
    def rows(self) -> dict[DoseKey, int]:
        """The row number of every dose, as tables show it."""
        keys = list(self.places.slots)
        if self.moments.clock is not None:
            slots = self.places.slots
            keys.sort(key=lambda key: self.moments.of(slots[key]).timestamp())
        return {key: number for number, key in enumerate(keys, 1)}

    @cached_property
    def lines(self) -> dict[tuple[Chain, str], list[DoseKey]]:
        """The doses of each drug in each turn, in the order of time."""
        found: dict[tuple[Chain, str], list[DoseKey]] = {}
        for key in self.places.slots:
            found.setdefault((key.turns, key.drug), []).append(key)
        return found

    def name(self, key: DoseKey) -> str:
        """A dose as a message names it."""
        where = f" of {chain_text(key.turns)}" if key.turns else ""
        return f"row {self.rows[key]} ({key.drug} dose {key.number}{where})"

    def was_given(self, key: DoseKey) -> str:
        """That a dose was given, as a message tells it."""
        return f"{self.name(key)} was given (entry {self.given[key].entry.number})"

    def slots_in(self, chain: Chain) -> Iterator[tuple[DoseKey, Slot]]:
        """The slots of a turn and of those in it, in the order of time."""
        inside = self.places.inside(self.places.turns[chain])
        return ((key, slot) for key, slot in self.places.slots.items() if slot.turn in inside)
