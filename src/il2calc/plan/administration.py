"""One dose at one moment: a slot joined with an amount; and the totals of such doses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from il2calc.model.evidence import Assumption, Provenance
from il2calc.model.patient import FORMULAE, Patient
from il2calc.model.regimen import NOT_STATED, ROUTES, UNPLANNED, Block, Dose, Regimen, day_at
from il2calc.plan.calendar import DAY, Turn, clock, lasting, minutes_between
from il2calc.plan.dosing import DoseResult
from il2calc.plan.timing import Slot
from il2calc.units import EXACT, AddedIn, convert, safe
from il2calc.units.notation import Span

Key = TypeVar("Key")
Value = TypeVar("Value")
State = Literal["given", "held", "unrecorded", "due", "planned", "conditional", "stopped"]
TO_COME: tuple[State, ...] = ("due", "planned", "conditional")
"""States of the doses of a course that are still to be made up and given."""
NOT_GIVEN: tuple[State, ...] = ("held", "stopped")
"""States of the doses of a course that were left out, or are left out from now on."""
SETTLED: tuple[State, ...] = ("given", *NOT_GIVEN)

RECKONED = "amount calculated, not recorded"


class Recorded(NamedTuple):
    """What a course log says about an administration.

    Args:
        when: when it was given, if it was.
        value: how much was given, in the unit of the administration; None if none or unknown.
        reason: why it was held, changed or stopped; empty if the log gives none.
        ended: when an infusion was stopped early, in the zone of `when`.
        amount_assumed: nobody entered how much was given, so the calculated amount is taken.
        supposed: its time or state comes from an entry that nobody made (`--what-if`).
    """

    state: State
    when: datetime | None = None
    value: Decimal | None = None
    reason: str = ""
    ended: datetime | None = None
    amount_assumed: bool = False
    supposed: bool = False

    @property
    def ran(self) -> int | None:
        """How long an infusion that was stopped early ran [min]; None for any other dose."""
        if self.when is None or self.ended is None:
            return None
        return minutes_between(self.when, self.ended)

    def span(self, dose: Dose) -> Span | None:
        """How long a dose runs, or ran if it was stopped early; None if it is no infusion."""
        ran = self.ran
        return dose.over if ran is None else Span(ran, ran, f"{lasting(ran)} (stopped early)")


@dataclass(frozen=True, slots=True)
class Administration:
    """One dose at one moment.

    Args:
        number: from 1, in the order of time.
        regimen_day: number of the regimen's day on which it falls, or to which it belongs if
            `n times a day`, or one infusion after another, runs past midnight; there may be no
            day 0.
        block_day: the same, counted in its innermost block turn.
        when: local time, with its zone if one was given; None without a start.
        minute: planned time from midnight of day 1 of the regimen [min].
        latest: the latest local time, if there is a range before it and a start.
        latest_minute: `minute` at the latest, if there is a range before it [min].
        latest_day: the latest regimen day, if there is a range before it.
        dose_number: per drug within the innermost block turn, in the planned order of time.
        patient: the body that the dose was calculated with.
        not_before: it follows a rest of which only the shortest is known, and has no latest time.
        waits: it begins after an infusion of its drug that is due at the same moment.
        carried: days by which it falls after its regimen day.
        outside: the start time, not a change of clocks, puts it outside its planned days.
        hours: elapsed since the first administration [h].
        source: sources of amount, route and day, each once, without assumed and set values.
        assumed: numbers of the assumptions that amount, route and day rest on.
    """

    number: int
    regimen_day: int
    block_day: int
    when: datetime | None
    minute: int
    latest: datetime | None
    latest_minute: int | None
    latest_day: int | None
    turn: Turn
    dose: Dose
    dose_number: int
    dosed: DoseResult
    patient: Patient
    hours: Decimal
    outside: bool
    at_most: bool
    only_if: tuple[str, ...]
    source: tuple[str, ...]
    assumed: tuple[int, ...]
    carried: int = 0
    not_before: bool = False
    waits: bool = False

    @property
    def day(self) -> int:
        """Days from day 1 of the regimen to its planned day."""
        return self.minute // DAY - self.carried

    @property
    def moment(self) -> datetime:
        """When it is planned; only if the schedule has a start, as courses and calendars have."""
        assert self.when is not None, "a schedule with a start has dates"
        return self.when

    @property
    def clock(self) -> str:
        """The local clock time, `HH:MM`."""
        return clock(self.minute) if self.when is None else f"{self.when:%H:%M}"

    @property
    def time(self) -> str:
        """The local clock time, with its offset if a zone was given: `08:00+01:00`."""
        return _time(self.minute, self.when)

    @property
    def latest_date(self) -> date | None:
        """The latest date, if there is a range before it and a start."""
        return self.latest.date() if self.latest is not None else None

    @property
    def latest_time(self) -> str | None:
        """The latest clock time, written like `time`, if there is a range before it."""
        if self.latest_minute is None:
            return None
        return _time(self.latest_minute, self.latest)

    @property
    def by_sex(self) -> bool:
        """Whether its amount depends on the sex: by ideal weight, or by a formula with the sex."""
        if self.dosed.basis == "kg":
            return self.dose.dosing_body.by_formula
        by_area = self.dosed.basis == "m2" and self.patient.surface_area is None
        return by_area and self.patient.formula not in FORMULAE

    def counted(self) -> dict[str, Decimal | None]:
        """The weight [kg] and body surface area [m2]; the part that counts if that is less."""
        measures = {"weight_kg": self.patient.weight, "bsa_m2": self.patient.bsa()}
        if self.dosed.body_reduced and self.dosed.body_measure is not None:
            name = "weight_kg" if self.dosed.body_measure.unit == "kg" else "bsa_m2"
            measures[name] = EXACT.plus(self.dosed.body_measure.value)
        return measures


def _time(minute: int, when: datetime | None) -> str:
    """A clock time, with its offset if there is a zone."""
    if when is None:
        return clock(minute)
    return when.isoformat(timespec="minutes")[11:]


class AsNeeded(NamedTuple):
    """A dose that is given as needed, its amount, and what it rests on.

    Args:
        blocks: the blocks in which it may be given, outermost first; empty if it is in no block.
        patient: the body that it is calculated with.
    """

    blocks: tuple[Block, ...]
    dose: Dose
    dosed: DoseResult
    patient: Patient
    source: tuple[str, ...]
    assumed: tuple[int, ...]

    def in_words(self) -> str:
        """The drug, its amount and route, and how often it may be given."""
        value, route = self.dosed.value, ROUTES.get(self.dose.route, f"route {NOT_STATED}")
        amount = f"amount {NOT_STATED}" if value is None else safe(value, self.dosed.unit)
        return f"{self.dose.drug} {amount}, {route}, {as_needed(self.dose)}"

    def conditions(self) -> list[str]:
        """The conditions of the dose and its blocks, besides that it is needed."""
        texts = [block.only_if for block in self.blocks]
        return [text for text in (*texts, self.dose.only_if) if text]

    def of_later_turns(self) -> Iterator[str]:
        """The conditions of turns after the first, of each block in which it may be given."""
        for block in self.blocks:
            if block.repeat is None or block.repeat.only_if is None:
                continue
            first = block is not self.blocks[-1] or self.dose.is_in_turn(1)
            after = f" (each {block.name} after the first)" if first else ""
            yield f"{block.repeat.only_if}{after}"


def as_needed(dose: Dose) -> str:
    """How often a dose may be given as needed, in words."""
    parts = [] if dose.at is None else [dose.at.text]
    if dose.repeat is not None and dose.repeat.count is not None:
        parts.append("up to once" if dose.repeat.count == 1 else f"up to {dose.repeat.count} times")
    if dose.repeat is not None and dose.repeat.every is not None:
        parts.append(f"{dose.repeat.every.text} apart")
    return ", ".join([*parts, "as needed"])


def list_as_needed(
    regimen: Regimen, arm: str | None, patient: Patient, calculate: Callable[[Dose], DoseResult]
) -> tuple[AsNeeded, ...]:
    """List the doses that are given as needed in an arm; they are in no row and in no total.

    Args:
        patient: the body that they are calculated with.
        calculate: calculates the amount of a dose.
    """
    doses: list[AsNeeded] = []
    for blocks, dose in regimen.as_needed(arm):
        dosed = calculate(dose)
        sources, assumed = _provenance(dose, key_of_amount(dose, dosed, arm))
        for provenance in dose.provenance.values():
            if provenance.half != "how much":
                assumed = (*assumed, *provenance.assumptions)
        doses.append(AsNeeded(blocks, dose, dosed, patient, sources, tuple(sorted({*assumed}))))
    return tuple(doses)


class DosedSlot(NamedTuple):
    """A slot with its local times (None without dates), its amount, and the body used for that."""

    slot: Slot
    when: datetime | None
    latest: datetime | None
    dosed: DoseResult
    patient: Patient


def join(
    dosed_slots: Sequence[DosedSlot],
    regimen: Regimen,
    arm: str | None,
    midnight: datetime | None,
    own_assumptions: Mapping[Dose, Assumption],
) -> tuple[Administration, ...]:
    """The administrations: every slot with its amount, its dates and what it rests on.

    Args:
        dosed_slots: in the order of time.
        midnight: of day 1, without a zone.
        own_assumptions: the schedule's own assumption about the times of a dose.
    """
    provenance = cache(_provenance)
    rows = []
    for number, dosed_slot in enumerate(dosed_slots, 1):
        slot, when = dosed_slot.slot, dosed_slot.when
        dose, turn = slot.dose, slot.turn
        sources, assumed = provenance(dose, key_of_amount(dose, dosed_slot.dosed, arm))
        has_own = dose in own_assumptions and (dose.at is not None or slot.after is not None)
        own_number = {own_assumptions[dose].number} if has_own else set[int]()
        has_latest = not slot.not_before
        latest, latest_minute = (dosed_slot.latest, slot.latest) if has_latest else (None, None)
        day, last = slot.day, None if latest_minute is None else latest_minute // DAY - slot.carried
        if when is not None and midnight is not None:
            day = (when.date() - midnight.date()).days - slot.carried
        if latest is not None and midnight is not None:
            last = (latest.date() - midnight.date()).days - slot.carried
        rows.append(
            Administration(
                number=number,
                regimen_day=day_at(day, regimen.day_zero),
                block_day=day_at(day - turn.start, regimen.day_zero),
                when=when,
                minute=slot.minute,
                latest=latest,
                latest_minute=latest_minute,
                latest_day=None if last is None else day_at(last, regimen.day_zero),
                turn=turn,
                dose=dose,
                dose_number=slot.number,
                dosed=dosed_slot.dosed,
                patient=dosed_slot.patient,
                hours=EXACT.divide(Decimal(_elapsed(dosed_slots[0], dosed_slot)), Decimal(60)),
                outside=slot.outside and day == slot.day,
                at_most=slot.at_most,
                only_if=slot.only_if,
                source=sources,
                assumed=tuple(sorted({*slot.assumed, *assumed, *own_number})),
                carried=slot.carried,
                not_before=slot.not_before,
                waits=slot.after is not None,
            )
        )
    return tuple(rows)


def record_of(row: Administration, recorded: Mapping[int, Recorded]) -> Recorded:
    """What a log says about an administration; "planned" if it says nothing."""
    return recorded.get(row.number, _PLANNED)


_PLANNED = Recorded("planned")


def dose_numbers(rows: Iterable[Administration]) -> dict[int, int]:
    """For each row of a plan, its number among the rows of the same dose in the same turn.

    Other doses of the drug are not counted, because another start time may change their order.
    """
    counts: Counter[tuple[Turn, str]] = Counter()
    numbers: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: row.dose_number):
        counts[row.turn, row.dose.path] += 1
        numbers[row.number] = counts[row.turn, row.dose.path]
    return numbers


def _elapsed(first: DosedSlot, other: DosedSlot) -> int:
    """Elapsed time from the first administration to another [min]."""
    if first.when is None or other.when is None or other.when.tzinfo is None:
        return other.slot.minute - first.slot.minute
    return minutes_between(first.when, other.when)


def grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    """Group values by their keys, such as rows by their drugs, in the order of the pairs.

    >>> grouped([("a", 1), ("b", 2), ("a", 3)])
    {'a': [1, 3], 'b': [2]}
    """
    groups: dict[Key, list[Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def key_of_amount(dose: Dose, dosed: DoseResult, arm: str | None) -> str:
    """The key of the amount that is used: of all arms, of one arm, or of the patient's band."""
    if "amount" in dose.provenance:
        return "amount"
    return f"amount[{arm if dosed.band is None else dosed.band.band}]"


def _provenance(dose: Dose, amount_key: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Sources of amount, route and day of a dose, and assumptions behind its amount and route."""
    if dose.unplanned:
        return ("given as needed" if dose.as_needed else UNPLANNED,), ()
    empty = Provenance()
    sources: dict[str, None] = {}
    for key in (amount_key, "day", "route"):
        sources |= dict.fromkeys(dose.provenance.get(key, empty).sources)
    assumed = {
        number
        for key, provenance in dose.provenance.items()
        if provenance.half == "how much" and (key == amount_key or "[" not in key)
        for number in provenance.assumptions
    }
    return tuple(sources), tuple(sorted(assumed))


@dataclass(frozen=True, slots=True)
class Total:
    """The total of one drug's administrations.

    Args:
        turns: the innermost block turn and those around it; empty for the whole schedule.
        at_most: at least one administration is a maximum.
        only_if: conditions that a part of it depends on.
        conditional: the part that depends on a condition.
    """

    drug: str
    turns: tuple[Turn, ...]
    value: Decimal
    unit: str
    administrations: int
    at_most: bool
    only_if: tuple[str, ...]
    conditional: Decimal


def add_up(administrations: Iterable[Administration]) -> tuple[Total, ...]:
    """Totals per drug: one per innermost block turn, then one for the whole, in drug order.

    A dose whose amount is not stated is in none of them.
    """
    added_in = AddedIn()
    groups: dict[tuple[str, str, Turn | None], list[tuple[Administration, Decimal]]] = {}
    for row in administrations:
        if row.dosed.value is None:
            continue
        drug, unit = row.dose.drug, added_in.unit(row.dose.drug, row.dosed.unit)
        amount = convert(row.dosed.value, row.dosed.unit, unit)
        for turn in {None, row.turn if row.turn.outer else None}:
            groups.setdefault((drug, unit, turn), []).append((row, amount))
    order = {drug: place for place, drug in enumerate(dict.fromkeys(drug for drug, _, _ in groups))}
    totals = (_total(*key, members) for key, members in groups.items())
    return tuple(sorted(totals, key=lambda total: (order[total.drug], not total.turns)))


def _total(
    drug: str, unit: str, turn: Turn | None, members: Sequence[tuple[Administration, Decimal]]
) -> Total:
    with localcontext(EXACT):
        value = sum((amount for _, amount in members), Decimal(0))
        conditional = sum((amount for row, amount in members if row.only_if), Decimal(0))
    at_most = any(row.at_most for row, _ in members)
    only_if = tuple(dict.fromkeys(text for row, _ in members for text in row.only_if))
    turns = turn.chain() if turn else ()
    return Total(drug, turns, value, unit, len(members), at_most, only_if, conditional)
