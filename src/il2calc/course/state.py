"""The state of a course after the entries of its log: what was recorded, where doses are now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import cached_property, partial
from typing import Generic, NamedTuple, TypeVar

from il2calc.course import whereabouts
from il2calc.course.amendment import Version, amended, in_arm, in_force, joined, levels
from il2calc.course.index import Decisions, Index, PrefixSums, is_sequential
from il2calc.course.moves import Moves, carried_shifts
from il2calc.course.whereabouts import CourseLayout, DrugDoses, ExtraDose, TurnDoses, Whereabouts
from il2calc.errors import Refused
from il2calc.model import effects
from il2calc.model.effects import Chain, DoseKey, Effect, Given, Portion, turn_name
from il2calc.model.log import Entry, Log, renamed
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, Days, Dose, Regimen
from il2calc.plan import timing
from il2calc.plan.calendar import DAY, Turn, minutes_between
from il2calc.plan.dating import clock_of, is_ambiguous
from il2calc.plan.needs import arm_of, counts_for
from il2calc.plan.timing import Slot
from il2calc.units import Quantity

E = TypeVar("E", Given, effects.Weighed, effects.Reduced, effects.Decided)


class Applied(NamedTuple, Generic[E]):
    """An entry, its effect and, if it changes amounts, how many doses were given before it."""

    entry: Entry
    effect: E
    given_before: int = 0


Texts = Mapping[str, Regimen]
"""The regimen files that a log holds, each read, by their SHA-256."""

NO_TEXTS: Texts = {}


class CourseState:
    """The state of a course after the entries applied so far.

    Args:
        regimen: the newest text of the regimen.
        texts: the texts that the log holds.

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
        self.given: dict[DoseKey, Applied[Given]] = {}
        self.ended_early: dict[DoseKey, datetime] = {}
        self.extras: list[ExtraDose] = []
        self.held: dict[DoseKey, Entry] = {}
        self._delays: list[tuple[Turn, int]] = []  # turns of the plan at that time
        self._starts: dict[int, Callable[[Index], Chain]] = {}  # by entry number, in any plan
        self.shifts: list[tuple[DoseKey, int]] = []
        self.lost_shifts: dict[DoseKey, None] = {}  # that move nothing in a later text
        self.lost_levels: list[tuple[Version, Version]] = []  # each with the one that counts
        self.weighings: list[Applied[effects.Weighed]] = []
        self.body = log.patient
        self._last_weighed = date.min  # of the weighings that are used
        self._weighings_disordered = False
        self.reductions: list[Applied[effects.Reduced]] = []
        self.decided: dict[Chain, Applied[effects.Decided]] = {}
        self.stopped: Entry | None = None
        self.decisions = Decisions()
        self._extras_by_turn: dict[Chain, list[ExtraDose]] = {}
        self._amended: tuple[effects.Effect, tuple[Regimen, Regimen, Index]] | None = None
        self._follow(Index(timing.expand(first, self.arm, log.times, log.at)))

    def _follow(self, plan: Index) -> None:
        """Continue by a timetable; what was recorded stays."""
        self.plan = plan
        self._last_numbers: dict[Chain, int] = {}
        size, extras = len(plan.positions) + 1, self._extras_by_turn
        self._given_counts, self._begun_counts = PrefixSums(size), PrefixSums(size)
        self._extras_by_turn = {turn: items for turn, items in extras.items() if turn in plan.turns}
        self.whereabouts = self.located(plan, self.regimen)
        for weighing in self.weighings:
            self._weigh_from(weighing.effect)
        self._move_extras()
        for key in self.given:
            self._count_given(key)
        self._forget_layout()

    def located(self, plan: Index, text: Regimen) -> Whereabouts:
        """Where the doses of a text's plan are after all delays and shifts."""
        where = Whereabouts(plan, text, self._extras_by_turn)
        for chain, by in self.delays_in(plan):
            if chain in plan.turns:
                where.delay(plan.turns[chain], by)
        for shift in self.shifts:
            where.shift(*shift)
        return where

    def _move_extras(self) -> None:
        """Move each extra dose whose turn is gone to the innermost turn of its day."""
        turns, extras = self.plan.turns, self.extras
        self.extras = [(key, slot) for key, slot in extras if key.turns in turns]
        homeless = [(key, slot) for key, slot in extras if key.turns not in turns]
        keys = {key: self._add_extra(slot.dose, slot.minute)[0] for key, slot in homeless}
        self.given = {keys.get(key, key): given for key, given in self.given.items()}
        self.portions = {keys.get(key, key): portion for key, portion in self.portions.items()}

    def begins(self, key: DoseKey) -> bool:
        """Whether a dose was given that begins its turn, as no extra dose does."""
        return key in self.given and key.dose != UNPLANNED

    def _count_given(self, key: DoseKey) -> None:
        position, _, _ = self.plan.positions[self.plan.turns[key.turns]]
        self._given_counts.add(position, 1)
        if self.begins(key):
            self.decisions.begin(key.turns)
            self._begun_counts.add(position, 1)

    def give(self, entry: Entry, effect: Given) -> None:
        """Record doses as given; here and below, doses and turns that do not exist are ignored."""
        portions = dict(zip(effect.doses, effect.portions, strict=False))
        for key in self._unrecorded(effect.doses):
            if key in portions:
                self.portions[key] = portions[key]
            self._give(key, Applied(entry, effect), self.slot(key))

    def _give(self, key: DoseKey, given: Applied[Given], slot: Slot) -> None:
        self.given[key] = given
        self._count_given(key)
        if "last_given" in vars(self):
            self.last_given = max(self.last_given, slot.minute)
        if (doses := self.whereabouts.laid_out(key.turns)) and key.drug in doses.by_drug:
            doses.by_drug[key.drug].give(self.when_given(key))

    def part(self, entry: Entry, effect: effects.Parted) -> None:
        """Record a part of a dose as given, and when it ended."""
        self.give(entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
        self.ended_early[effect.dose] = effect.ended

    def add(self, entry: Entry, effect: effects.Extra) -> None:
        """Record an extra dose, in the innermost turn of its day."""
        minute = minutes_between(self.moments.midnight, effect.at)
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
        key, slot = self._add_extra(dose, minute)
        self.portions[key] = Portion(effect.amount, effect.route, effect.at)
        self._forget_rows()
        self._give(key, Applied(entry, Given((key,), effect.at, effect.amount)), slot)

    def _add_extra(self, dose: Dose, minute: int) -> ExtraDose:
        turn = self.whereabouts.innermost(minute // DAY)
        chain = self.plan.chain(turn)
        if chain not in self._last_numbers:
            extras = (key for key, _ in self._extras_by_turn.get(chain, ()))
            numbers = (key.number for key in (*self.plan.by_turn.get(chain, ()), *extras))
            self._last_numbers[chain] = max(numbers, default=0)
        number = self._last_numbers[chain] = self._last_numbers[chain] + 1
        key = DoseKey(chain, dose.drug, UNPLANNED, number)
        slot = Slot(dose, turn, number, minute, minute, None, False, False, (), ())
        self.extras.append((key, slot))
        self._extras_by_turn.setdefault(chain, []).append((key, slot))
        self.whereabouts.change(chain)
        return key, slot

    def hold(self, entry: Entry, effect: effects.Held) -> None:
        """Record doses as held."""
        self.held |= dict.fromkeys(self._unrecorded(effect.doses), entry)

    def shift(self, _: Entry, effect: effects.Shifted) -> None:
        """Move a dose and the rest of its repeat."""
        before = self.turn_doses(effect.dose.turns).slots
        if effect.dose not in before:
            return
        self.shifts.append((effect.dose, effect.by))
        self.whereabouts.shift(effect.dose, effect.by)
        now = self.turn_doses(effect.dose.turns).slots
        if any(now[key].minute != slot.minute for key, slot in before.items() if key in self.given):
            vars(self).pop("last_given", None)
        self._forget_rows()

    def delay(self, _: Entry, effect: effects.Delayed) -> None:
        """Move a block turn and everything after it."""
        if (turn := self.plan.turns.get(effect.turns)) is not None:
            self._delays.append((turn, effect.by))
            self.whereabouts.delay(turn, effect.by, begun=self.is_given_from(turn, planned=False))
            self._forget_layout(turn)

    def weigh(self, entry: Entry, effect: effects.Weighed) -> None:
        """Record a weighing."""
        self.weighings.append(self._applied(entry, effect, effect.use_from))
        self._weigh_from(effect)
        if effect.use_from is not None:
            self._weighings_disordered |= effect.on < self._last_weighed
            self._last_weighed = effect.on
            self.body = effect.applied_to(self.body)

    def _weigh_from(self, effect: effects.Weighed) -> None:
        if effect.use_from in self.plan.turns:
            self.whereabouts.start_weighing(effect.use_from)
        else:
            self._weighings_disordered |= effect.use_from is not None

    def reduce(self, entry: Entry, effect: effects.Reduced) -> None:
        """Record another amount of a drug."""
        self.reductions.append(self._applied(entry, effect, effect.start))

    def decide(self, entry: Entry, effect: effects.Decided) -> None:
        """Record a decision if it is the first about its turn."""
        if effect.turns not in self.decided:
            self.decided[effect.turns] = self._applied(entry, effect)
            self.decisions.decide(effect.turns, given=effect.given)

    def stop(self, entry: Entry, _: effects.Stopped) -> None:
        """End the course, unless it has ended already."""
        self.stopped = self.stopped or entry

    def with_monograph_names(self, entry: Entry) -> Entry:
        """An entry that calls every drug by the name of its monograph, as a course does.

        The file, and so the log, may call it by another name, in upper or lower case.
        """
        regimen = self.regimen

        def of_dose(key: DoseKey) -> DoseKey:
            drug = regimen.drug_called(key.drug)
            doses = [dose for dose in regimen.doses() if dose.drug == drug]
            name = key.dose
            if name == key.drug and all(dose.name != name for dose in doses):
                name = next((dose.name for dose in doses if dose.own_name is None), name)
            return key._replace(drug=drug, dose=name)

        return entry._replace(effect=renamed(entry.effect, of_dose, regimen.drug_called))

    def as_written(self, effect: Effect) -> Effect:
        """An effect that calls every drug as the regimen's file does: a log keeps that name.

        So a monograph that is added later, or taken away, changes no log.
        """
        doses = list(self.regimen.doses())

        def of_dose(key: DoseKey) -> DoseKey:
            written = (dose.written for dose in doses if (dose.drug, dose.name) == key[1:3])
            return key._replace(drug=next(written, key.drug))

        def of_drug(drug: str) -> str:
            return next((dose.written for dose in doses if dose.drug == drug), drug)

        return renamed(effect, of_dose, of_drug)

    def text_of(self, effect: effects.Amended) -> Regimen:
        """The text that an amendment brings.

        Raises:
            Refused: the text was not read.
        """
        if effect.sha256 not in self.texts:
            raise Refused(f"the text of version {effect.version} is not available; it was not read")
        return self.texts[effect.sha256]

    def after(self, effect: effects.Amended | effects.Levelled) -> tuple[Regimen, Regimen, Index]:
        """The regimen of all texts, its newest text and the plan, after a change of text or arm.

        Raises:
            Refused, UnknownName: the text has no such turn, or cannot begin there.
            Il2calcError: whatever it refuses of the log's arm and turns.
        """
        if self._amended is None or self._amended[0] is not effect:  # asked by admit and by apply
            newest, arm = self._newest_by(effect)
            if arm is not None and (arm != self.arm or isinstance(effect, effects.Levelled)):
                newest, arm = in_arm(newest, arm), self.arm
            both, text = joined(self.regimen, newest) if effect.start else (newest, newest)
            timetable = timing.expand(text, arm, counts_for(text, self.log.times), self.log.at)
            start, days_of = effect.start or (), self.whereabouts.days_of
            recorded = (self.given, self.held)
            plan = Index(amended(self.plan, timetable, both, start, *recorded, days_of))
            self._amended = effect, (both, text, plan)
        return self._amended[1]

    def _newest_by(self, effect: effects.Amended | effects.Levelled) -> tuple[Regimen, str | None]:
        """The newest text after a change of text or arm, and the arm by which it is followed."""
        if isinstance(effect, effects.Levelled):
            return self.newest, arm_of(self.newest, effect.arm)
        newest = self.text_of(effect)
        before = in_force(self.versions, self.plan, effect.start or ())
        return newest, arm_of(newest, before.arm)

    def amend(self, entry: Entry, effect: effects.Amended | effects.Levelled) -> None:
        """Continue by another text or arm; an arm entered for a later turn holds in a new text."""
        later = [*levels(self.versions, self.plan, effect.start or ())]
        self.regimen, text, plan = self.after(effect)
        self.newest, arm = self._newest_by(effect)
        self.versions.append(Version(text, entry, arm))
        if isinstance(effect, effects.Levelled):  # another one for the same turn is no loss
            pairs = [*self.lost_levels, *((one, self.versions[-1]) for one in later)]
            self.lost_levels = [pair for pair in pairs if pair[0].start != effect.start]
        starts = {number: start_in(plan) for number, start_in in self._starts.items()}
        for place, weighed in enumerate(self.weighings):
            start = starts.get(weighed.entry.number, weighed.effect.use_from)
            self.weighings[place] = weighed._replace(effect=weighed.effect._replace(use_from=start))
        for place, reduced in enumerate(self.reductions):
            start = starts.get(reduced.entry.number, reduced.effect.start)
            self.reductions[place] = reduced._replace(effect=reduced.effect._replace(start=start))
        self.shifts, lost = carried_shifts(self.plan, plan, self.shifts)
        self.lost_shifts |= dict.fromkeys(lost)
        self._follow(plan)
        for version in later if isinstance(effect, effects.Amended) else ():
            if version.entry and version.level and version.start in self.plan.turns:
                self.amend(version.entry, version.level)

    @property
    def delays(self) -> list[tuple[Chain, int]]:
        """The delays of turns that the plan has."""
        return [delay for delay in self.delays_in(self.plan) if delay[0] in self.plan.turns]

    def delays_in(self, plan: Index) -> list[tuple[Chain, int]]:
        """The delays in a plan, with those of turns that it lacks and no other turn replaces.

        A sequential turn is replaced by a sequential one only, a parallel one by a parallel one.
        """
        return [(plan.successor_of(turn, is_sequential(turn)), by) for turn, by in self._delays]

    def _applied(self, entry: Entry, effect: E, start: Chain | None = None) -> Applied[E]:
        """An entry to be kept, and how another plan finds the turn or dose from which it counts."""
        if start is not None and start in self.plan.turns:
            self._starts[entry.number] = partial(Index.successor_of, former=self.plan.turns[start])
        elif start is not None and (slot := self.whereabouts.named(start)) is not None:
            successor_of = partial(whereabouts.successor_of_dose, chain=start, minute=slot.minute)
            self._starts[entry.number] = successor_of
        return Applied(entry, effect, len(self.given))

    def _unrecorded(self, doses: Iterable[DoseKey]) -> list[DoseKey]:
        """The doses among these that exist and are not recorded yet."""
        existing = [key for key in doses if key in self.turn_doses(key.turns).slots]
        return [key for key in existing if not self.recorded(key)]

    def _forget_layout(self, delayed: Turn | None = None) -> None:
        """Forget the layout; after a delay of doses that were not given, `last_given` stays."""
        if delayed is None or self.plan.continuing or self.is_given_from(delayed):
            vars(self).pop("last_given", None)
        self._forget_rows()

    def _forget_rows(self) -> None:
        for name in ("layout", "rows"):
            vars(self).pop(name, None)

    def slot(self, key: DoseKey) -> Slot:
        """The slot of an existing dose, as it is now."""
        return self.turn_doses(key.turns).slots[key]

    def turn_doses(self, chain: Chain) -> TurnDoses:
        """The doses of a turn as they are now; this costs no more for a longer log."""
        if chain not in self.plan.turns:
            return TurnDoses({}, 0)
        return self.whereabouts.turn_doses(chain)

    def body_from(self, slot: Slot) -> Patient | None:
        """The body of a dose after all given ones, and of all later doses; None if not known."""
        first, last = self.moments.moment_of(slot).date(), self._last_weighed
        # Where midnight comes twice, a later dose may fall on the day before.
        twice = is_ambiguous(datetime.combine(first, time.min, self.moments.zone))
        if self._weighings_disordered or first < last or (first == last and twice):
            return None
        return self.body if self.whereabouts.weighings_count_from(slot.minute) else None

    def drug_doses(self, key: DoseKey) -> DrugDoses:
        """The doses of the same drug in the turn of a dose."""
        doses = self.turn_doses(key.turns)
        if key.drug not in doses.by_drug:
            of_drug = DrugDoses([one for one in doses.slots if one.drug == key.drug])
            doses.by_drug[key.drug] = of_drug
            for one in of_drug.keys:
                if one in self.given:
                    of_drug.give(self.when_given(one))
        return doses.by_drug[key.drug]

    def entered(self, key: DoseKey) -> tuple[datetime | None, Quantity | None]:
        """When a dose was given, as it was typed, and how much; None for what was not entered."""
        entered = self.portions.get(key, self.given[key].effect)
        return entered.at, entered.amount

    def when_given(self, key: DoseKey) -> datetime:
        """When a dose was given; its planned time if none was entered."""
        at, _ = self.entered(key)
        return self.moments.typed_moment(at) if at else self.moments.moment_of(self.slot(key))

    def is_given_from(self, turn: Turn, *, planned: bool = True) -> bool:
        """Whether a dose of a turn, or of what follows it, was given: a planned one, or any."""
        count = (self._begun_counts if planned else self._given_counts).before
        return any(count(first) < count(end) for first, end in self.plan.following_positions(turn))

    @cached_property
    def last_given(self) -> int:
        """The latest minute for which a dose that was given is planned; -1 if none was."""
        return max((self.slot(key).minute for key in self.given), default=-1)

    def recorded(self, key: DoseKey) -> Entry | None:
        """The entry by which a dose was given or held."""
        return self.given[key].entry if key in self.given else self.held.get(key)

    @cached_property
    def layout(self) -> CourseLayout:
        """All doses and turns as they are now; ranges before turns that have begun are kept."""
        return self.lay_out(frozenset())

    def lay_out(self, begun: frozenset[Chain]) -> CourseLayout:
        """Lay out the course, without the ranges before the turns in `begun`."""
        moves = Moves(tuple(self.delays), tuple(self.shifts), begun)
        return whereabouts.lay_out(self.plan, moves, self.regimen, self.extras)

    @property
    def now(self) -> Index:
        """The timetable as it is now."""
        return self.layout.now

    @cached_property
    def rows(self) -> dict[DoseKey, int]:
        """The row number of every dose, as tables show it."""
        keys = list(self.now.slots)
        if self.moments.zone is not None:
            keys.sort(key=lambda key: self.moments.moment_of(self.now.slots[key]).timestamp())
        return {key: number for number, key in enumerate(keys, 1)}

    def name(self, key: DoseKey) -> str:
        """The name of a dose in a message."""
        where = f" of {turn_name(key.turns)}" if key.turns else ""
        drug, unplanned = key.drug, key.dose == UNPLANNED
        dose = f"unplanned {drug} dose" if unplanned else f"{drug} dose {key.number}"
        return f"row {self.rows[key]} ({dose}{where})"

    def given_text(self, key: DoseKey) -> str:
        """The message that a dose was given."""
        return f"{self.name(key)} was given (entry {self.given[key].entry.number})"
