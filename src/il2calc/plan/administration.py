"""One dose at one moment: a slot and an amount, joined; and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from il2calc.model.evidence import Assumption, Provenance
from il2calc.model.patient import Patient
from il2calc.model.regimen import NOT_STATED, ROUTES, UNPLANNED, Block, Dose, Regimen, day_at
from il2calc.plan.calendar import DAY, Turn, clock, lasting, minutes_between
from il2calc.plan.dosing import Reckoned
from il2calc.plan.timing import Slot
from il2calc.units import EXACT, alike, convert, safe
from il2calc.units.notation import Span

Key = TypeVar("Key")
Each = TypeVar("Each")
State = Literal["given", "held", "unrecorded", "due", "planned", "conditional", "stopped"]
TO_COME: tuple[State, ...] = ("due", "planned", "conditional")
"""States of the doses of a course that are still to be made up and given."""


RECKONED = "amount calculated, not recorded"


class Recorded(NamedTuple):
    """What became of an administration, by a course log.

    Args:
        when: when it was given; None where it was not.
        value: how much was given, in the unit of the administration; None where it was not.
        reason: why it was held, changed or stopped; empty where the log gives none.
        ended: when an infusion was broken off, in the zone of `when`; None where it was not.
        reckoned: nobody entered how much was given: the plan stands for it.
        supposed: it lies so, or became so, only by an entry that nobody made (`--what-if`).
    """

    state: State
    when: datetime | None = None
    value: Decimal | None = None
    reason: str = ""
    ended: datetime | None = None
    reckoned: bool = False
    supposed: bool = False

    @property
    def ran(self) -> int | None:
        """How long an infusion ran that was stopped early [min]; None for any other dose."""
        if self.when is None or self.ended is None:
            return None
        return minutes_between(self.when, self.ended)

    def span(self, dose: Dose) -> Span | None:
        """How long a dose runs: as long as it ran, where it was broken off; None = at once."""
        ran = self.ran
        return dose.over if ran is None else Span(ran, ran, f"{lasting(ran)} (stopped early)")


@dataclass(frozen=True, slots=True)
class Administration:
    """One dose at one moment.

    Args:
        number: from 1, in the order of time.
        regimen_day: number of the regimen's day on which it falls, or to which it belongs where
            `n times a day`, or one infusion after another, runs past midnight; there may be no
            day 0.
        block_day: the same, counted in its innermost block turn.
        when: local time, with its zone where one was given; None where there is no start.
        minute: planned time from midnight of day 1 of the regimen [min].
        latest: the latest local time, where a range lies before it and there is a start.
        latest_minute: the latest planned time from midnight of day 1, where a range lies before it.
        latest_day: the latest regimen day, where a range lies before it.
        dose_number: per drug within the innermost block turn, in the planned order of time.
        patient: whose body the dose was calculated with.
        not_before: it follows a rest of which only the shortest is known, and has no latest time.
        waits: it begins when an infusion of its drug has ended that begins at the same moment.
        carried: days by which it falls after its regimen day.
        outside: the start time, not a change of clocks, puts it outside its planned days.
        hours: elapsed since the first administration [h].
        source: sources of amount, route and day, each once, assumed and set ones left out.
        assumed: numbers of the assumptions behind amount, route and day.
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
    dosed: Reckoned
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
        """When it is planned; only of a schedule with a start, as each course and calendar has."""
        assert self.when is not None, "a schedule with a start has dates"
        return self.when

    @property
    def clock(self) -> str:
        """The local clock time, `HH:MM`."""
        return clock(self.minute) if self.when is None else f"{self.when:%H:%M}"

    @property
    def time(self) -> str:
        """The local clock time, with its offset where a zone was given: `08:00+01:00`."""
        return _time(self.minute, self.when)

    @property
    def latest_date(self) -> date | None:
        """The latest date, where a range lies before it and there is a start."""
        return self.latest.date() if self.latest is not None else None

    @property
    def latest_time(self) -> str | None:
        """The clock time on the latest day, written like `time`; None where there is no range."""
        if self.latest_minute is None:
            return None
        return _time(self.latest_minute, self.latest)

    @property
    def by_sex(self) -> bool:
        """Whether its dose depends on the sex: by ideal weight, or by a formula with one."""
        if self.dosed.basis == "kg":
            return self.dose.counted.by_formula
        by_area = self.dosed.basis == "m2" and self.patient.surface_area is None
        return by_area and self.patient.formula == "schlich"

    def counted(self) -> dict[str, Decimal | None]:
        """The weight [kg] and body surface area [m2], as far as its dose counts them."""
        measures = {"weight_kg": self.patient.weight, "bsa_m2": self.patient.bsa()}
        if self.dosed.less and self.dosed.reckoned is not None:
            name = "weight_kg" if self.dosed.reckoned.unit == "kg" else "bsa_m2"
            measures[name] = EXACT.plus(self.dosed.reckoned.value)
        return measures


def _time(minute: int, when: datetime | None) -> str:
    """A clock time, with its offset where there is a zone."""
    if when is None:
        return clock(minute)
    return when.isoformat(timespec="minutes")[11:]


class AsNeeded(NamedTuple):
    """A dose that is given when it is needed: how much it is, and what that rests on.

    Args:
        blocks: in which it may be given, the outermost first; none where it stands in no block.
        patient: whose body it is calculated with.
    """

    blocks: tuple[Block, ...]
    dose: Dose
    dosed: Reckoned
    patient: Patient
    source: tuple[str, ...]
    assumed: tuple[int, ...]

    def in_words(self) -> str:
        """What is given, how much, and how often at the most."""
        value, route = self.dosed.value, ROUTES.get(self.dose.route, f"route {NOT_STATED}")
        much = f"amount {NOT_STATED}" if value is None else safe(value, self.dosed.unit)
        return f"{self.dose.drug} {much}, {route}, {as_needed(self.dose)}"

    def conditions(self) -> list[str]:
        """On what it depends, besides that it is needed."""
        texts = [block.only_if for block in self.blocks]
        return [text for text in (*texts, self.dose.only_if) if text]

    def of_later_turns(self) -> Iterator[str]:
        """On what the turns after the first depend, of each block in which it may be given."""
        for block in self.blocks:
            if block.repeat is None or block.repeat.only_if is None:
                continue
            first = block is not self.blocks[-1] or self.dose.is_in_turn(1)
            after = f" (each {block.name} after the first)" if first else ""
            yield f"{block.repeat.only_if}{after}"


def as_needed(dose: Dose) -> str:
    """How often a dose may be given that is given when it is needed, in words."""
    parts = [] if dose.at is None else [dose.at.text]
    if dose.repeat is not None and dose.repeat.count is not None:
        parts.append("up to once" if dose.repeat.count == 1 else f"up to {dose.repeat.count} times")
    if dose.repeat is not None and dose.repeat.every is not None:
        parts.append(f"{dose.repeat.every.text} apart")
    return ", ".join([*parts, "as needed"])


def at_need(
    regimen: Regimen, arm: str | None, patient: Patient, dosed: Callable[[Dose], Reckoned]
) -> tuple[AsNeeded, ...]:
    """What is given as needed in an arm: it is in no row and in no total.

    Args:
        patient: whose body it is calculated with.
        dosed: how much each dose is.
    """
    found: list[AsNeeded] = []
    for blocks, dose in regimen.as_needed(arm):
        much = dosed(dose)
        sources, behind = _provenance(dose, key_of_amount(dose, much, arm))
        when = (each for each in dose.provenance.values() if each.half != "how much")
        times = {number for each in when for number in each.assumptions}
        found.append(
            AsNeeded(blocks, dose, much, patient, sources, tuple(sorted({*behind, *times})))
        )
    return tuple(found)


class Placed(NamedTuple):
    """A slot with its local times (None without dates), its amount, and whose body it is for."""

    slot: Slot
    when: datetime | None
    latest: datetime | None
    dosed: Reckoned
    patient: Patient


def join(
    placed: Sequence[Placed],
    regimen: Regimen,
    arm: str | None,
    midnight: datetime | None,
    spread: Mapping[Dose, Assumption],
) -> tuple[Administration, ...]:
    """Every slot with its amount, its dates and what it rests on.

    Args:
        placed: in the order of time.
        midnight: of day 1, in no zone.
        spread: the schedule's own assumption about a dose.
    """
    provenance = cache(_provenance)
    rows = []
    for number, placed_slot in enumerate(placed, 1):
        slot, when = placed_slot.slot, placed_slot.when
        dose, turn = slot.dose, slot.turn
        sources, behind = provenance(dose, key_of_amount(dose, placed_slot.dosed, arm))
        assumed = spread.get(dose) if dose.at is not None or slot.after is not None else None
        extra = () if assumed is None else (assumed.number,)
        ends = not slot.not_before
        latest, latest_minute = (placed_slot.latest, slot.latest) if ends else (None, None)
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
                dosed=placed_slot.dosed,
                patient=placed_slot.patient,
                hours=EXACT.divide(Decimal(_elapsed(placed[0], placed_slot)), Decimal(60)),
                outside=slot.outside and day == slot.day,
                at_most=slot.at_most,
                only_if=slot.only_if,
                source=sources,
                assumed=tuple(sorted({*slot.assumed, *behind, *extra})),
                carried=slot.carried,
                not_before=slot.not_before,
                waits=slot.after is not None,
            )
        )
    return tuple(rows)


def became(row: Administration, recorded: Mapping[int, Recorded]) -> Recorded:
    """What became of an administration; it is planned where no log says it."""
    return recorded.get(row.number, _PLANNED)


_PLANNED = Recorded("planned")


def _elapsed(first: Placed, placed_slot: Placed) -> int:
    """Time from one administration to another [min]: by the zone where there is one."""
    if first.when is None or placed_slot.when is None or placed_slot.when.tzinfo is None:
        return placed_slot.slot.minute - first.slot.minute
    return minutes_between(first.when, placed_slot.when)


def gathered(pairs: Iterable[tuple[Key, Each]]) -> dict[Key, list[Each]]:
    """What has one key together, such as the rows of one drug, each in the order in which it came.

    >>> gathered([("a", 1), ("b", 2), ("a", 3)])
    {'a': [1, 3], 'b': [2]}
    """
    found: dict[Key, list[Each]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return found


def key_of_amount(dose: Dose, dosed: Reckoned, arm: str | None) -> str:
    """The key of the amount of a dose that counts: that of its arm, or of the patient's band."""
    if "amount" in dose.provenance:
        return "amount"
    return f"amount[{arm if dosed.band is None else dosed.band.band}]"


def _provenance(dose: Dose, of_amount: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Sources of a dose's amount, route and day, and the assumptions behind how much is given."""
    if dose.unplanned:
        return ("given as needed" if dose.as_needed else UNPLANNED,), ()
    empty = Provenance()
    sources: dict[str, None] = {}
    for key in (of_amount, "day", "route"):
        sources |= dict.fromkeys(dose.provenance.get(key, empty).sources)
    behind = {
        number
        for key, provenance in dose.provenance.items()
        if provenance.half == "how much" and (key == of_amount or "[" not in key)
        for number in provenance.assumptions
    }
    return tuple(sources), tuple(sorted(behind))


@dataclass(slots=True)
class Total:
    """What administrations of one drug add up to.

    Args:
        turns: the innermost block turn and those around it; empty for the whole schedule.
        at_most: at least one administration is a maximum.
        only_if: conditions that some of it depends on.
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


class AddedIn:
    """In which unit amounts of a drug are added: that of the first of their kind."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def unit(self, drug: str, unit: str) -> str:
        """The unit to which amounts of a drug in this one are converted."""
        known = self._known
        if (drug, unit) not in known:
            own = (one for name, one in known if name == drug and alike(unit, one))
            known[drug, unit] = known.get((drug, next(own, unit)), unit)
        return known[drug, unit]


def add_up(administrations: Iterable[Administration]) -> tuple[Total, ...]:
    """Totals per drug: one per innermost block turn, then one for the whole, in drug order.

    A dose whose amount is not stated is in none of them.
    """
    added_in = AddedIn()
    found: dict[tuple[str, str, Turn | None], Total] = {}
    for row in administrations:
        if row.dosed.value is None:
            continue
        drug, unit = row.dose.drug, added_in.unit(row.dose.drug, row.dosed.unit)
        for turn in {None, row.turn if row.turn.outer else None}:
            total = found.get((drug, unit, turn))
            if total is None:
                chain = turn.chain() if turn else ()
                total = Total(drug, chain, Decimal(0), unit, 0, False, (), Decimal(0))
                found[drug, unit, turn] = total
            _add(total, row, row.dosed.value)
    drugs = {drug: place for place, drug in enumerate(dict.fromkeys(drug for drug, _, _ in found))}
    return tuple(sorted(found.values(), key=lambda one: (drugs[one.drug], not one.turns)))


def _add(total: Total, row: Administration, value: Decimal) -> None:
    with localcontext(EXACT):
        amount = convert(value, row.dosed.unit, total.unit)
        total.value += amount
        total.conditional += amount if row.only_if else 0
    total.administrations += 1
    total.at_most = total.at_most or row.at_most
    total.only_if = tuple(dict.fromkeys((*total.only_if, *row.only_if)))
