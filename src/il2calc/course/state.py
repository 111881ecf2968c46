"""A course as its log has it so far: where everything lies, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import cached_property, partial
from typing import Generic, NamedTuple, TypeVar

from il2calc.course.amendment import Version, amended, counts_for, in_arm, in_force, joined, levels
from il2calc.course.index import Decisions, Index, Sums, lies_in_line
from il2calc.course.moves import Moves
from il2calc.course.whereabouts import Laid, Line, OfTurn, Put, Whereabouts, dose_from, lay
from il2calc.errors import Refused
from il2calc.model import effects
from il2calc.model.effects import Chain, DoseKey, Effect, Given, Portion, turn_name
from il2calc.model.log import Entry, Log, renamed
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, Days, Dose, Regimen
from il2calc.plan import timing
from il2calc.plan.calendar import DAY, Turn
from il2calc.plan.dating import clock_of, twice
from il2calc.plan.needs import arm_of
from il2calc.plan.timing import Slot
from il2calc.units import Quantity

E = TypeVar("E", Given, effects.Weighed, effects.Reduced, effects.Decided)


class Told(NamedTuple, Generic[E]):
    """An entry with its effect.

    Args:
        before: how many doses were given before a change of amounts.
    """

    entry: Entry
    effect: E
    before: int = 0


Texts = Mapping[str, Regimen]
"""What the regimen files that a log holds say, each read, by their SHA-256."""

NO_TEXTS: Texts = {}


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
        self.log = log
        self.arm, self.moments = arm_of(first, log.arm), clock_of(log)
        self.newest, self.versions = first, [Version(first, None, self.arm)]
        self.portions: dict[DoseKey, Portion] = {}
        self.given: dict[DoseKey, Told[Given]] = {}
        self.ended: dict[DoseKey, datetime] = {}
        self.extras: list[Put] = []
        self.held: dict[DoseKey, Entry] = {}
        self.delays: list[tuple[Chain, int]] = []
        self._delayed: list[tuple[Turn, int]] = []
        self._named: dict[int, Callable[[Index], Chain]] = {}
        self.shifts: list[tuple[DoseKey, int]] = []
        self.weights: list[Told[effects.Weighed]] = []
        self.body = log.patient
        self._weighed_on: list[date] = []
        self._weighed_late = False
        self.reductions: list[Told[effects.Reduced]] = []
        self.decided: dict[Chain, Told[effects.Decided]] = {}
        self.stopped: Entry | None = None
        self.decisions = Decisions()
        self._extras: dict[Chain, list[Put]] = {}
        self._brought: tuple[effects.Effect, tuple[Regimen, Regimen, Index]] | None = None
        self._go_by(Index(timing.expand(first, self.arm, log.times, log.at)))

    def _go_by(self, plan: Index) -> None:
        """Plan on by a timetable; what was recorded stays."""
        self.plan = plan
        self._numbers: dict[Chain, int] = {}
        self._given_at, self._begun_at = Sums(len(plan.places) + 1), Sums(len(plan.places) + 1)
        self._extras = {turn: own for turn, own in self._extras.items() if turn in plan.turns}
        self.where = self.moved(plan, self.delays, self.regimen)
        for told in self.weights:
            self._weighed_from(told.effect)
        self._place_anew()
        for key in self.given:
            self._count(key)
        self._lay_anew()

    def moved(self, plan: Index, delays: Iterable[tuple[Chain, int]], of: Regimen) -> Whereabouts:
        """Where doses lie by a timetable of a regimen after delays, and shifts of what it has."""
        where = Whereabouts(plan, of, self._extras)
        for chain, by in delays:
            if chain in plan.turns:
                where.delay(plan.turns[chain], by)
        for shift in self.shifts:
            where.shift(*shift)
        return where

    def _place_anew(self) -> None:
        """Let each dose that no plan had, and whose turn is no more, stand in that of its day."""
        turns, extras = self.plan.turns, self.extras
        self.extras = [(key, slot) for key, slot in extras if key.turns in turns]
        gone = [(key, slot) for key, slot in extras if key.turns not in turns]
        homes = {key: self._place(slot.dose, slot.minute)[0] for key, slot in gone}
        self.given = {homes.get(key, key): told for key, told in self.given.items()}
        self.portions = {homes.get(key, key): each for key, each in self.portions.items()}

    def begins(self, key: DoseKey) -> bool:
        """Whether a dose was given that begins its turn, which one that no plan had does not."""
        return key in self.given and key.dose != UNPLANNED

    def _count(self, key: DoseKey) -> None:
        place, _, _ = self.plan.places[self.plan.turns[key.turns]]
        self._given_at.add(place, 1)
        if self.begins(key):
            self.decisions.begin(key.turns)
            self._begun_at.add(place, 1)

    def give(self, entry: Entry, effect: Given) -> None:
        """Let doses count as given; as everywhere below, what there is not is left out."""
        free = self._free(effect.doses)
        recorded = dict(zip(effect.doses, effect.portions, strict=False))
        for key in free:
            if key in recorded:
                self.portions[key] = recorded[key]
            self._give(key, Told(entry, effect), self.slot(key))

    def _give(self, key: DoseKey, told: Told[Given], slot: Slot) -> None:
        self.given[key] = told
        self._count(key)
        if "last" in vars(self):
            self.last = max(self.last, slot.minute)
        if (own := self.where.known(key.turns)) is not None and key.drug in own.lines:
            own.lines[key.drug].give(self.when_given(key))

    def part(self, entry: Entry, effect: effects.Parted) -> None:
        """Let a part of a dose count as given, and the dose as over."""
        self.give(entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
        self.ended[effect.dose] = effect.ended

    def add(self, entry: Entry, effect: effects.Extra) -> None:
        """Let a dose count that no plan had, in the innermost turn of its day."""
        moment = effect.at - self.moments.midnight
        minute = moment.days * DAY + moment.seconds // 60
        dose = Dose(
            name=UNPLANNED,
            drug=effect.drug,
            path=f"extra.{effect.drug}",
            amounts={None: effect.amount},
            route=effect.route,
            days=Days(((minute // DAY + 1,) * 2,)),
            as_needed=self.regimen.gives_as_needed(effect.drug, self.arm),
            spelled=effect.written,
        )
        key, slot = self._place(dose, minute)
        self.portions[key] = Portion(effect.amount, effect.route, effect.at)
        self._lay_rows_anew()
        self._give(key, Told(entry, Given((key,), effect.at, effect.amount)), slot)

    def _place(self, dose: Dose, minute: int) -> Put:
        """A dose that no plan had, in the innermost turn of its day."""
        turn = self.where.innermost(minute // DAY)
        chain = self.plan.chain(turn)
        if chain not in self._numbers:
            extras = (key for key, _ in self._extras.get(chain, ()))
            taken = (key.number for key in (*self.plan.by_turn.get(chain, ()), *extras))
            self._numbers[chain] = max(taken, default=0)
        number = self._numbers[chain] = self._numbers[chain] + 1
        key = DoseKey(chain, dose.drug, UNPLANNED, number)
        slot = Slot(dose, turn, number, minute, minute, None, False, False, (), ())
        self.extras.append((key, slot))
        self._extras.setdefault(chain, []).append((key, slot))
        self.where.lay_anew(chain)
        return key, slot

    def hold(self, entry: Entry, effect: effects.Held) -> None:
        """Let doses count as held."""
        self.held |= dict.fromkeys(self._free(effect.doses), entry)

    def shift(self, _: Entry, effect: effects.Shifted) -> None:
        """Move a dose and the rest of its repeat."""
        was = self.of_turn(effect.dose.turns).slots
        if effect.dose not in was:
            return
        self.shifts.append((effect.dose, effect.by))
        self.where.shift(effect.dose, effect.by)
        now = self.of_turn(effect.dose.turns).slots
        if any(key in self.given and now[key].minute != slot.minute for key, slot in was.items()):
            vars(self).pop("last", None)
        self._lay_rows_anew()

    def delay(self, _: Entry, effect: effects.Delayed) -> None:
        """Move a block turn and everything after it."""
        if (turn := self.plan.turns.get(effect.turns)) is not None:
            self.delays.append((effect.turns, effect.by))
            self._delayed.append((turn, effect.by))
            self.where.delay(turn, effect.by, begun=self.is_given_from(turn, planned=False))
            self._lay_anew(turn)

    def weigh(self, entry: Entry, effect: effects.Weighed) -> None:
        """Let a weighing count."""
        self.weights.append(self._told(entry, effect, effect.use_from))
        self._weighed_from(effect)
        if effect.use_from is not None:
            self._weighed_late |= self._weighed_on[-1:] > [effect.on]
            self._weighed_on.append(effect.on)
            self.body = effect.anew(self.body)

    def _weighed_from(self, effect: effects.Weighed) -> None:
        if effect.use_from in self.plan.turns:
            self.where.begin_by(effect.use_from)
        else:
            self._weighed_late |= effect.use_from is not None

    def reduce(self, entry: Entry, effect: effects.Reduced) -> None:
        """Let a reduction count."""
        self.reductions.append(self._told(entry, effect, effect.start))

    def decide(self, entry: Entry, effect: effects.Decided) -> None:
        """Let a decision count where it is the first of its turn."""
        if effect.turns not in self.decided:
            self.decided[effect.turns] = self._told(entry, effect)
            self.decisions.decide(effect.turns, given=effect.given)

    def stop(self, entry: Entry, _: effects.Stopped) -> None:
        """Let the course end, where it has not ended yet."""
        self.stopped = self.stopped or entry

    def called(self, entry: Entry) -> Entry:
        """An entry that calls every drug as the regimen does, whatever the case.

        In a course every drug has the name of its monograph, whatever its file calls it.
        """
        regimen = self.regimen

        def of_dose(key: DoseKey) -> DoseKey:
            drug = regimen.drug_called(key.drug)
            own = [dose for dose in regimen.doses() if dose.drug == drug]
            name = key.dose
            if name == key.drug and all(dose.name != name for dose in own):
                name = next((dose.name for dose in own if dose.own_name is None), name)
            return key._replace(drug=drug, dose=name)

        return entry._replace(effect=renamed(entry.effect, of_dose, regimen.drug_called))

    def as_written(self, effect: Effect) -> Effect:
        """An effect that calls every drug as the regimen's file does: a log keeps that name.

        So a monograph that is added later, or taken away, changes no log.
        """
        doses = list(self.regimen.doses())

        def of_dose(key: DoseKey) -> DoseKey:
            named = (dose.written for dose in doses if (dose.drug, dose.name) == key[1:3])
            return key._replace(drug=next(named, key.drug))

        def of_drug(drug: str) -> str:
            return next((dose.written for dose in doses if dose.drug == drug), drug)

        return renamed(effect, of_dose, of_drug)

    def text_of(self, effect: effects.Amended) -> Regimen:
        """The text that an amendment brings.

        Raises:
            Refused: nobody read it.
        """
        if effect.sha256 not in self.texts:
            raise Refused(f"the text of version {effect.version} is not available; it was not read")
        return self.texts[effect.sha256]

    def by(self, effect: effects.Amended | effects.Levelled) -> tuple[Regimen, Regimen, Index]:
        """The regimen, its newest text and the plan of the course after an amendment or a level.

        Raises:
            Refused, UnknownName: the text has no such turn, or cannot begin there.
            Il2calcError: whatever it refuses of the log's arm and turns.
        """
        if self._brought is None or self._brought[0] is not effect:  # once asked, then taken
            newest, arm = self._newest_by(effect)
            if arm is not None and (arm != self.arm or isinstance(effect, effects.Levelled)):
                newest, arm = in_arm(newest, arm), self.arm
            whole, own = joined(self.regimen, newest) if effect.start else (newest, newest)
            timetable = timing.expand(own, arm, counts_for(own, self.log.times), self.log.at)
            recorded = {key for key in (*self.given, *self.held) if key in self.plan.slots}
            start, delayed = effect.start or (), self.where.days_of
            plan = Index(amended(self.plan, timetable, whole, start, recorded, delayed))
            self._brought = effect, (whole, own, plan)
        return self._brought[1]

    def _newest_by(self, effect: effects.Amended | effects.Levelled) -> tuple[Regimen, str | None]:
        """The newest text after an amendment or a level, and the arm by which it is followed."""
        if isinstance(effect, effects.Levelled):
            return self.newest, arm_of(self.newest, effect.arm)
        newest = self.text_of(effect)
        before = in_force(self.versions, self.plan, effect.start or ())
        return newest, arm_of(newest, before.arm)

    def amend(self, entry: Entry, effect: effects.Amended | effects.Levelled) -> None:
        """Go on by another text, or by another arm; one of a later turn holds in a text too."""
        later = [*levels(self.versions, self.plan, effect.start or ())]
        self.regimen, own, plan = self.by(effect)
        self.newest, arm = self._newest_by(effect)
        self.versions.append(Version(own, entry, arm))
        self.delays = [delay for delay in self.delays_by(plan) if delay[0] in plan.turns]
        named = {number: found(plan) for number, found in self._named.items()}
        for place, told in enumerate(self.weights):
            since = named.get(told.entry.number, told.effect.use_from)
            self.weights[place] = told._replace(effect=told.effect._replace(use_from=since))
        for place, less in enumerate(self.reductions):
            start = named.get(less.entry.number, less.effect.start)
            self.reductions[place] = less._replace(effect=less.effect._replace(start=start))
        self._go_by(plan)
        for each in later if isinstance(effect, effects.Amended) else ():
            if each.entry and each.level and each.start in self.plan.turns:
                self.amend(each.entry, each.level)

    def delays_by(self, plan: Index) -> list[tuple[Chain, int]]:
        """The delays by a plan, also those of turns that it lacks and nothing takes the place of.

        No block beside takes that of a turn in line, nor a turn in line that of a block beside.
        """
        return [(plan.counted_from(turn, lies_in_line(turn)), by) for turn, by in self._delayed]

    def _told(self, entry: Entry, effect: E, since: Chain | None = None) -> Told[E]:
        if since is not None and since in self.plan.turns:
            self._named[entry.number] = partial(Index.counted_from, named=self.plan.turns[since])
        elif since is not None and (slot := self.where.named(since)) is not None:
            self._named[entry.number] = partial(dose_from, chain=since, minute=slot.minute)
        return Told(entry, effect, len(self.given))

    def _free(self, doses: Iterable[DoseKey]) -> list[DoseKey]:
        """The doses among these that there are and that are not recorded yet."""
        there = (key for key in doses if key in self.of_turn(key.turns).slots)
        return [key for key in there if not self.recorded(key)]

    def _lay_anew(self, delayed: Turn | None = None) -> None:
        """Forget where things lie; after a delay of what has not begun, what was given stays."""
        if delayed is None or self.plan.going_on or self.is_given_from(delayed):
            vars(self).pop("last", None)
        self._lay_rows_anew()

    def _lay_rows_anew(self) -> None:
        for name in ("laid", "rows"):
            vars(self).pop(name, None)

    def slot(self, key: DoseKey) -> Slot:
        """Where a dose lies now, that there is."""
        return self.of_turn(key.turns).slots[key]

    def of_turn(self, chain: Chain) -> OfTurn:
        """The doses of a turn as they lie now, laid alone: none costs more for a longer log."""
        if chain not in self.plan.turns:
            return OfTurn({}, 0, 0)
        return self.where.of_turn(chain)

    def body_from(self, slot: Slot) -> Patient | None:
        """The one body with which every dose from one on is calculated; None where it is not known.

        Args:
            slot: of the first; it lies after all that were given.
        """
        if not (days := self._weighed_on):
            return self.body
        first = self.moments.of(slot).date()
        # Where midnight comes twice, a later dose may fall on the day before.
        once = not twice(datetime.combine(first, time.min, self.moments.zone))
        begun = days[-1] < first or (days[-1] == first and once)
        if self._weighed_late or not begun:
            return None
        return self.body if self.where.counts_by(slot.minute) else None

    def line(self, key: DoseKey) -> Line:
        """The doses of the drug and the turn of one."""
        own = self.of_turn(key.turns)
        if key.drug not in own.lines:
            line = own.lines[key.drug] = Line([each for each in own.slots if each.drug == key.drug])
            for each in line.keys:
                if each in self.given:
                    line.give(self.when_given(each))
        return own.lines[key.drug]

    def said(self, key: DoseKey) -> tuple[datetime | None, Quantity | None]:
        """When a dose was given, as it was typed, and how much; None where nobody said it."""
        said = self.portions.get(key, self.given[key].effect)
        return said.at, said.amount

    def when_given(self, key: DoseKey) -> datetime:
        """When a dose was given that was."""
        at, _ = self.said(key)
        if at is not None:
            return self.moments.meant(at)
        return self.moments.of(self.slot(key))

    def is_given_from(self, turn: Turn, *, planned: bool = True) -> bool:
        """Whether a dose of a turn, or of what follows it, was given; of a plan, or any."""
        count = (self._begun_at if planned else self._given_at).before
        return any(count(first) < count(end) for first, end in self.plan.reach(turn))

    @cached_property
    def last(self) -> int:
        """The latest minute for which a dose that was given is planned; -1 where none was."""
        return max((self.slot(key).minute for key in self.given), default=-1)

    def recorded(self, key: DoseKey) -> Entry | None:
        """The entry by which a dose was given or held."""
        return self.given[key].entry if key in self.given else self.held.get(key)

    @cached_property
    def laid(self) -> Laid:
        """Where everything lies; the ranges before turns that have begun are left in it."""
        return self.lay(frozenset())

    def lay(self, begun: frozenset[Chain]) -> Laid:
        """Where everything lies, the ranges before these turns being over."""
        moves = Moves(tuple(self.delays), tuple(self.shifts), begun)
        return lay(self.plan, moves, self.regimen).with_extras(self.extras)

    @property
    def places(self) -> Index:
        """The timetable as it lies now."""
        return self.laid.places

    @cached_property
    def rows(self) -> dict[DoseKey, int]:
        """The row number of every dose, as tables show it."""
        keys = list(self.places.slots)
        if self.moments.zone is not None:
            keys.sort(key=lambda key: self.moments.of(self.places.slots[key]).timestamp())
        return {key: number for number, key in enumerate(keys, 1)}

    def name(self, key: DoseKey) -> str:
        """A dose as a message names it."""
        where = f" of {turn_name(key.turns)}" if key.turns else ""
        return f"row {self.rows[key]} ({key.drug} dose {key.number}{where})"

    def was_given(self, key: DoseKey) -> str:
        """That a dose was given, as a message tells it."""
        return f"{self.name(key)} was given (entry {self.given[key].entry.number})"
