"""A course as its log has it so far: where everything lies, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from il2calc.course.amendment import amended, in_arm, joined
from il2calc.course.clock import moments
from il2calc.course.decisions import Decisions, prefixes
from il2calc.course.index import Index, innermost
from il2calc.course.moves import Laid, Moves, lay
from il2calc.errors import Refused
from il2calc.model.effects import (
    Amended,
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Extra,
    Given,
    Held,
    Levelled,
    Parted,
    Portion,
    Reduced,
    Shifted,
    Stopped,
    Weighed,
    chain_text,
)
from il2calc.model.log import Entry, Log
from il2calc.model.regimen import UNPLANNED, Days, Dose, Regimen
from il2calc.plan import timing
from il2calc.plan.calendar import DAY
from il2calc.plan.lacking import arm_of
from il2calc.plan.timing import Slot

E = TypeVar("E", Given, Weighed, Reduced, Decided)


class Told(NamedTuple, Generic[E]):
    """An entry with its effect.

    Args:
        before: the doses that were given before a change of amounts.
    """

    entry: Entry
    effect: E
    before: frozenset[DoseKey] = frozenset()


Texts = Mapping[str, Regimen]
"""What the regimen files that a log holds say, each read, by their SHA-256."""

NO_TEXTS: Texts = {}


class Version(NamedTuple):
    """One text of the regimen of a course.

    Args:
        own: as it stands in the regimen of all texts.
        entry: by which it came into force; None for that of the start.
    """

    own: Regimen
    entry: Entry | None


class CourseState:
    """What the entries taken so far have come to.

    Args:
        regimen: the newest text of it.
        texts: those that the log holds.

    Raises:
        Il2calcError: whatever the regimen refuses of the log's arm, turns and zone.
    """

    def __init__(self, regimen: Regimen, log: Log, texts: Texts = NO_TEXTS) -> None:
        self.texts = {**texts, regimen.origin.sha256: regimen}
        self.regimen = first = texts.get(log.sha256, regimen)
        self.newest, self.versions = first, [Version(first, None)]
        self.log = log
        self.arm = arm_of(first, log.arm)
        self.moments = moments(log)
        self.plan = Index(timing.expand(first, self.arm, log.times, log.at))
        self.portions: dict[DoseKey, Portion] = {}
        self.given: dict[DoseKey, Told[Given]] = {}
        self.ended: dict[DoseKey, datetime] = {}
        self.extras: list[tuple[DoseKey, Slot]] = []
        self.held: dict[DoseKey, Entry] = {}
        self.delays: list[tuple[Chain, int]] = []
        self.shifts: list[tuple[DoseKey, int]] = []
        self.weights: list[Told[Weighed]] = []
        self.body = log.patient
        self.reductions: list[Told[Reduced]] = []
        self.decided: dict[Chain, Told[Decided]] = {}
        self.stopped: Entry | None = None

    def give(self, entry: Entry, effect: Given) -> None:
        """Let doses count as given; as everywhere below, what there is not is left out."""
        free = self._free(effect.doses)
        self.given |= dict.fromkeys(free, Told(entry, effect))
        if effect.portions:
            recorded = dict(zip(effect.doses, effect.portions, strict=True))
            self.portions |= {key: recorded[key] for key in free}

    def part(self, entry: Entry, effect: Parted) -> None:
        """Let a part of a dose count as given, and the dose as over."""
        self.give(entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
        self.ended[effect.dose] = effect.ended

    def add(self, entry: Entry, effect: Extra) -> None:
        """Let a dose count that no plan had, in the innermost turn of its day."""
        moment = effect.at - self.moments.midnight
        minute = moment.days * DAY + moment.seconds // 60
        turn = innermost(self.places, minute // DAY)
        chain = self.places.chain(turn)
        dose = Dose(
            name=UNPLANNED,
            drug=effect.drug,
            path=f"extra.{effect.drug}",
            amounts={None: effect.amount},
            route=effect.route,
            days=Days(((minute // DAY + 1,) * 2,)),
        )
        taken = [key.number for key in self.plan.slots if key.turns == chain]
        taken += [key.number for key, _ in self.extras if key.turns == chain]
        key = DoseKey(chain, effect.drug, UNPLANNED, max([0, *taken]) + 1)
        slot = Slot(dose, turn, key.number, minute, minute, None, False, False, (), ())
        self.extras.append((key, slot))
        self.portions[key] = Portion(effect.amount, effect.route, effect.at)
        self.given[key] = Told(entry, Given((key,), effect.at, effect.amount))
        self._lay_anew()

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
        """Let a weighing count."""
        self.weights.append(self._told(entry, effect))
        if effect.use_from is not None:
            self.body = effect.anew(self.body)

    def reduce(self, entry: Entry, effect: Reduced) -> None:
        """Let a reduction count."""
        self.reductions.append(self._told(entry, effect))

    def decide(self, entry: Entry, effect: Decided) -> None:
        """Let a decision count where it is the first of its turn."""
        self.decided.setdefault(effect.turns, self._told(entry, effect))

    def stop(self, entry: Entry, _: Stopped) -> None:
        """Let the course end, where it has not ended yet."""
        self.stopped = self.stopped or entry

    def text_of(self, effect: Amended) -> Regimen:
        """The text that an amendment brings.

        Raises:
            Refused: nobody read it.
        """
        if effect.sha256 not in self.texts:
            raise Refused(f"the text of version {effect.version} is not at hand; it was not read")
        return self.texts[effect.sha256]

    def by(self, effect: Amended | Levelled) -> tuple[Regimen, Regimen, Index]:
        """The regimen, its newest text and the plan of the course after an amendment or a level.

        Raises:
            Refused, UnknownName: the text has no such turn, or cannot begin there.
            Il2calcError: whatever it refuses of the log's arm and turns.
        """
        if isinstance(effect, Levelled):
            newest, arm = in_arm(self.newest, effect.arm), self.arm
        else:
            newest = self.text_of(effect)
            arm = arm_of(newest, self.log.arm)
        whole, own = joined(self.regimen, newest) if effect.start else (newest, newest)
        timetable = timing.expand(own, arm, self._times(own), self.log.at)
        recorded = {**self.given, **self.held}
        plan = Index(amended(self.plan, timetable, whole, effect.start or (), recorded))
        return whole, own, plan

    def amend(self, entry: Entry, effect: Amended) -> None:
        """Go on by another text."""
        self.regimen, own, self.plan = self.by(effect)
        self.newest = self.text_of(effect)
        self._go_on(own, entry)

    def level(self, entry: Entry, effect: Levelled) -> None:
        """Go on by another arm."""
        self.regimen, own, self.plan = self.by(effect)
        self._go_on(own, entry)

    def _go_on(self, own: Regimen, entry: Entry) -> None:
        self.versions.append(Version(own, entry))
        self.delays = [(chain, by) for chain, by in self.delays if chain in self.plan.turns]
        self._lay_anew()

    def unbegun(self) -> Chain | None:
        """The first turn after everything that was recorded; None where nothing was.

        Raises:
            Refused: there is none.
        """
        slots, turns = self.plan.slots, self.plan.turns
        recorded = [key for key in (*self.given, *self.held) if key in slots]
        if not recorded:
            return None
        begun = {chain for key in recorded for chain in prefixes(key.turns)}
        last = max(
            [*(turns[chain].start for chain in begun), *(slots[key].day for key in recorded)]
        )
        later = [(turn.start, len(chain), chain) for chain, turn in turns.items()]
        after = [each for each in later if each[0] > last]
        if not after:
            raise Refused("every block turn of the course has begun, and keeps the text before")
        return min(after)[2]

    def _times(self, regimen: Regimen) -> dict[str, int]:
        """The counts of the log that a text can take: it may have fewer turns, or no such block."""
        blocks = [block for block in regimen.body.walk() if block.repeat is not None]
        found: dict[str, int] = {}
        for name, count in self.log.times.items():
            named = [block.repeat for block in blocks if name in (block.name, block.path)]
            most = [repeat.count for repeat in named if repeat is not None and repeat.count]
            if named and all(count <= one for one in most):
                found[name] = count
        return found

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
        laid = lay(self.plan, moves, self.regimen)
        if not self.extras:
            return laid
        timetable = laid.places.timetable
        turns = laid.places.turns
        own = [slot._replace(turn=turns.get(key.turns, turns[()])) for key, slot in self.extras]
        slots = sorted((*timetable.slots, *own), key=lambda slot: slot.minute)
        return laid._replace(places=Index(timetable._replace(slots=tuple(slots))))

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
