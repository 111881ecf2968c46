"""When and how much, joined: dated administrations, their totals, sources and assumptions.

Without a start there are no dates, only days, times and hours. The start is the date of day 1;
times are local clock times.

A schedule can also be read as columns of plain values, for data frames and notebooks. Each column
has one type, so that schedules of different regimens can be stacked in one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import isnan
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from il2calc.errors import MissingInput, Refused, UnknownName, nearest_drug
from il2calc.model.effects import turn_text
from il2calc.model.evidence import Assumption
from il2calc.model.measure import chosen
from il2calc.model.patient import Patient
from il2calc.model.regimen import NOT_STATED, Dose, Regimen, amount_in_words
from il2calc.plan import calendar, dosing, timing
from il2calc.plan.administration import (
    Administration,
    AsNeeded,
    DosedSlot,
    Recorded,
    Total,
    Value,
    add_up,
    grouped,
    join,
    list_as_needed,
)
from il2calc.plan.calendar import DEFAULT_START, Turn, chain_of, doses_a_day, infusion_minutes
from il2calc.plan.dating import Clock, assumed_times, date_of_day_1, dated_slots, midnight_of_day_1
from il2calc.plan.dosing import Bound, DoseResult, Unstated
from il2calc.plan.needs import arm_of, lacks, refuse_missing, refuse_open_rests
from il2calc.plan.timing import Slot, Timetable
from il2calc.text.values import MOST_PERCENT
from il2calc.units import UCUM, Quantity, plain, safe_quantity

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from il2calc.model.drug import DrugName


class Caution(NamedTuple):
    """Something a careful pharmacist would point out, and the administrations it is about.

    Args:
        of_patient: its text is about the patient's body or course, not only about the regimen.
    """

    code: str
    text: str
    administrations: tuple[int, ...] = ()
    of_patient: bool = False

    @classmethod
    def one_per_text(
        cls, code: str, texts: Iterable[tuple[str, int | None]], *, of_patient: bool = False
    ) -> Iterator[Caution]:
        """One caution for each distinct text, with the numbers of its rows, if it has any."""
        for text, numbers in grouped(texts).items():
            yield cls(code, text, tuple(filter(None, numbers)), of_patient)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regimen for one patient, with dates if a start was given.

    Args:
        shown: the administrations to show: all of them, or those that were selected.
        zone: the time zone of its times; None = local clock times without a zone.
        recorded: what a course log says about administrations, by their numbers.
        date_of: the numbered day whose date was given instead of that of day 1.
        as_needed: doses that are given as needed; they are in no row and in no total.
        drug_names: drugs as options name them, if the regimen names them otherwise.
    """

    regimen: Regimen
    patient: Patient
    start: datetime | None
    start_minute: int
    arm: str | None
    arm_by_default: bool
    counts: Mapping[str, int]
    percents: Mapping[str, Decimal]
    bounds: Mapping[str, Bound]
    subject: str | None
    administrations: tuple[Administration, ...]
    turns: tuple[tuple[Turn, int], ...]
    totals: tuple[Total, ...]
    assumptions: tuple[Assumption, ...]
    shown: tuple[Administration, ...] = field(default=())
    zone: ZoneInfo | None = None
    recorded: Mapping[int, Recorded] = field(default_factory=dict)
    date_of: int | None = None
    as_needed: tuple[AsNeeded, ...] = ()
    drug_names: tuple[DrugName, ...] = ()

    def settings(self) -> tuple[str, ...]:
        """The values that were changed from the file, as `PATH: FROM -> TO`."""
        return tuple(str(setting) for setting in self.regimen.settings)

    def __repr__(self) -> str:
        days = [row.regimen_day for row in self.administrations]
        when = f", days {min(days)} to {max(days)}" if days else ", all as needed"
        whom = f" for {self.subject}" if self.subject is not None else ""
        start = f", day 1 on {self.start.date()}" if self.start is not None else ""
        arm = f", arm {self.arm}" if self.arm is not None else ""
        name = shorten(f"{self.regimen.id}{arm}{whom}", 110, placeholder=" ...")
        return f"<Schedule of {name}: {len(days)} administrations{when}{start}>"

    def _repr_html_(self) -> str:
        """The schedule as a table, for notebooks."""
        return _html(repr(self), self.to_columns(), self.as_needed)

    def to_columns(self) -> dict[str, list[int | float | str | bool]]:
        """The shown rows as columns, for `pandas.DataFrame` and `polars.DataFrame`.

        The columns are those of the CSV. Each has the same type for every regimen: a missing number
        is NaN, a missing text is empty. Amounts and measures are floats here; the administrations
        have them with all their digits.
        """
        return {name: [read(row, self) for row in self.shown] for name, read in READERS.items()}


def drugs_in(schedule: Schedule) -> dict[str, None]:
    """The drugs of a schedule, each once; in a course also those that only its log adds."""
    of_rows = (row.dose.drug for row in schedule.administrations)
    return dict.fromkeys((*schedule.regimen.drugs(schedule.arm), *of_rows))


class Body(NamedTuple):
    """The body that a dose is calculated with, and the percentage of its amount [%].

    Args:
        amount: replaces the prescribed amount; None = it does not change.
    """

    patient: Patient
    percent: Decimal
    amount: Quantity | None = None


class Revision(NamedTuple):
    """A plan as a course log changes it: its slots, and the body that each is calculated with.

    Args:
        timetable: after the changes of the log.
        body: the body for a slot, given the one that it was planned with.
        held: whether a slot is held.
        late: the body for doses as needed; None = that of the last slot.
    """

    timetable: Timetable
    body: Callable[[Slot, Body], Body] = lambda _, planned: planned
    held: Callable[[Slot], bool] = lambda _: False
    late: Patient | None = None


def make(
    regimen: Regimen,
    patient: Patient | None = None,
    *,
    arm: str | None = None,
    start: date | None = None,
    first_dose: date | None = None,
    date_of: tuple[int, date] | None = None,
    at: int = DEFAULT_START,
    times: Mapping[str, int] | None = None,
    weeks: int | None = None,
    until: date | None = None,
    percents: Mapping[str, Decimal] | None = None,
    bounds: Mapping[str, Bound] | None = None,
    subject: str | None = None,
    zone: ZoneInfo | None = None,
    revision: Revision | None = None,
) -> Schedule:
    """Make the schedule of a regimen for one patient.

    Args:
        patient: their body; only the measures that the regimen doses by are needed.
        arm: one of the regimen's arms; needed unless it names a default arm.
        start: the date of day 1.
        first_dose: the date of the first administration, instead of `start`.
        date_of: a numbered day of the regimen and its date, instead of `start`.
        at: the start time of every day, after midnight [min].
        times: turns by block name or path.
        weeks: counted from day 1; open-ended blocks and doses get every turn that begins in them.
        until: the same, but before this date; needs the date of day 1.
        percents: percentage of the prescribed amount by drug [%].
        bounds: how doses are rounded, by drug.
        subject: the user's label for the patient.
        zone: the time zone of the times; needs a start.
        revision: the plan as a course log changes it.

    Raises:
        MissingInput: an arm, a count, a rest, or a body measure that the regimen needs.
        UnknownName: an arm, a block or a drug that it does not have.
        Refused: a count above the file's; too many rows; a date beyond year 9999; a bad percentage
            or time; two dates of the start.
    """
    _refuse_unclear_start(at, start, first_dose, date_of)
    patient = patient or Patient()
    used_arm = arm_of(regimen, arm)
    refuse_open_rests(regimen, used_arm)
    percents = _by_its_drugs(percents or {}, regimen, used_arm)
    bounds = _by_its_drugs(bounds or {}, regimen, used_arm)
    for drug, percent in percents.items():
        if not isinstance(percent, Decimal | int) or not 0 < percent <= MOST_PERCENT:
            raise Refused(f"{percent!r} is not a percentage of {drug}; give one as Decimal(75)")
    start = start if date_of is None else date_of_day_1(regimen, date_of)
    horizon = _horizon(weeks, until, start)
    plan = revision or Revision(timing.expand(regimen, used_arm, times, at, horizon))
    timetable = plan.timetable._replace(slots=tuple(timing.timed(plan.timetable.slots, plan.held)))
    needed = [dose for _, dose in regimen.as_needed(used_arm)]
    doses = dict.fromkeys((*(slot.dose for slot in timetable.slots), *needed))
    _refuse_empty(doses, regimen, used_arm)
    planned = {dose: Body(patient, percents.get(dose.drug, Decimal(100))) for dose in doses}
    refuse_missing(_measured_bodies(timetable.slots, planned, plan, used_arm), used_arm)
    origin = midnight_of_day_1(timetable, start, first_dose)
    amount_of = amounts_by(used_arm, bounds)
    dosed_slots = []
    for slot, when, latest in dated_slots(timetable.slots, Clock(origin, zone) if origin else None):
        used = plan.body(slot, planned[slot.dose])
        dosed_slots.append(DosedSlot(slot, when, latest, amount_of(slot.dose, used), used.patient))
    last = plan.late or (dosed_slots[-1].patient if dosed_slots else patient)
    late = {dose: planned[dose]._replace(patient=last) for dose in needed}
    own_assumptions = assumed_times(regimen, timetable, at)
    administrations = join(dosed_slots, regimen, used_arm, origin, own_assumptions)
    return Schedule(
        regimen=regimen,
        patient=patient,
        start=(origin + timedelta(minutes=at)).replace(tzinfo=zone) if origin else None,
        start_minute=at,
        arm=used_arm,
        arm_by_default=arm is None and used_arm is not None,
        counts=timetable.counts,
        percents=percents,
        bounds=bounds,
        subject=subject,
        administrations=administrations,
        turns=timetable.turns,
        totals=add_up(administrations),
        assumptions=(
            *_in_force(regimen, used_arm, chosen=arm is not None),
            *dict.fromkeys(own_assumptions.values()),
        ),
        shown=administrations,
        zone=zone,
        date_of=date_of[0] if date_of is not None else None,
        as_needed=list_as_needed(regimen, used_arm, last, lambda dose: amount_of(dose, late[dose])),
    )


def _refuse_unclear_start(at: int, *dates: object) -> None:
    """Refuse two dates of the start, of which one would be dropped, and a time that is none."""
    if sum(given is not None for given in dates) > 1:
        raise Refused("start, first_dose and date_of exclude each other; give one of them")
    if not 0 <= at < calendar.DAY:
        raise Refused(f"at={at} is no time of a day; give its minutes after midnight, 0 to 1439")


def _by_its_drugs(
    given: Mapping[str, Value], regimen: Regimen, arm: str | None
) -> dict[str, Value]:
    """What was given by drug, by the names of the drugs in the regimen.

    Raises:
        UnknownName: a drug that its arm does not have.
    """
    by_drug = {regimen.drug_called(name): value for name, value in given.items()}
    drugs = regimen.drugs(arm)
    for drug in by_drug:
        if drug not in drugs:
            raise UnknownName(f"drug of {regimen.id}", drug, drugs, near=nearest_drug)
    return by_drug


def _refuse_empty(doses: Collection[Dose], regimen: Regimen, arm: str | None) -> None:
    """Refuse a schedule without any dose."""
    if not doses and not regimen.drugs(arm):
        raise Refused(f"{regimen.id} gives nothing in arm {arm}; choose another --arm")
    if not doses:
        raise Refused(f"{regimen.id} gives nothing in so few turns; give more turns")


def _measured_bodies(
    slots: Sequence[Slot], planned: Mapping[Dose, Body], plan: Revision, arm: str | None
) -> list[tuple[Dose, Patient]]:
    """The doses, each with a body that must suffice: what a course lacked may be measured since."""
    at_start = [(dose, body.patient) for dose, body in planned.items()]
    if not lacks(at_start, arm):
        return at_start
    later = [(slot.dose, plan.body(slot, planned[slot.dose]).patient) for slot in slots]
    last = plan.late or [*at_start, *later][-1][1]
    in_rows = {slot.dose for slot in slots}
    return [*dict.fromkeys(later), *((dose, last) for dose in planned if dose not in in_rows)]


def _horizon(weeks: int | None, until: date | None, start: date | None) -> int | None:
    """The days from day 1 within which open-ended blocks and doses begin; None if not given.

    Raises:
        MissingInput: a date without that of day 1.
        Refused: it is not after day 1.
    """
    if until is None:
        return None if weeks is None else weeks * 7
    if start is None:
        raise MissingInput("--start 2026-12-01", "--until counts from the date of day 1")
    if until <= start:
        raise Refused(f"--until {until} is not after day 1, {start}; give a later date")
    return (until - start).days


def _in_force(regimen: Regimen, arm: str | None, *, chosen: bool) -> tuple[Assumption, ...]:
    return tuple(
        assumption
        for assumption in regimen.assumptions
        if not assumption.was_set and (assumption.arms is None or arm in assumption.arms)
        if not (chosen and assumption.about == "default_arm")
    )


AmountOf: TypeAlias = Callable[[Dose, Body], DoseResult]


def amounts_by(arm: str | None, bounds: Mapping[str, Bound]) -> AmountOf:
    """A function that calculates each dose of an arm for a body, and remembers the result.

    Args:
        bounds: how doses are rounded, by drug.
    """

    @cache
    def calculate(dose: Dose, body: Body) -> DoseResult:
        amount = body.amount or dose.amount(arm)
        if isinstance(amount, str):
            return Unstated(body.percent)
        choice = chosen(amount, body.patient, dose.path)
        dosed = dosing.dose(
            choice.amount,
            body.patient,
            percent=body.percent,
            a_day=doses_a_day(dose),
            cap=dose.cap,
            step=dose.round,
            bound=bounds.get(dose.drug),
            dosing_body=dose.dosing_body,
            why=choice.why(),
            lasting=infusion_minutes(dose, choice.amount),
        )
        return dosed._replace(band=None if choice.band is None else choice, set_to=body.amount)

    return calculate


Cell = int | float | str | bool
MOST_ROWS = 100
"""The most rows that a notebook shows; of the others it says how many."""

_NOTEBOOK_COLUMNS = (
    *("number", "regimen_day", "date", "time", "latest_day", "block", "drug", "amount", "unit"),
    *("route", "at_most", "only_if"),
)
"""Columns of the table in a notebook; those that are empty in every row are left out."""


def changes_to(row: Administration, schedule: Schedule) -> Iterator[str]:
    """The changes from the file behind a row, with its percentage and the amount a log sets."""
    yield from schedule.settings()
    if row.dosed.percent != 100:
        yield f"{row.dose.drug}: 100 % -> {plain(row.dosed.percent)} %"
    if row.dosed.set_to is not None:
        prescribed = amount_in_words(row.dose.amount(schedule.arm))
        yield f"{row.dose.name}: {prescribed} -> {safe_quantity(row.dosed.set_to)}"


READERS: Mapping[str, Callable[[Administration, Schedule], Cell]] = {
    "number": lambda row, _: row.number,
    "regimen_day": lambda row, _: row.regimen_day,
    "date": lambda row, _: row.when.date().isoformat() if row.when else "",
    "time": lambda row, _: row.time,
    "latest_date": lambda row, _: row.latest_date.isoformat() if row.latest_date else "",
    "block": lambda row, _: turn_text(chain_of(row.turn)),
    "block_day": lambda row, _: row.block_day,
    "drug": lambda row, _: row.dose.drug,
    "dose_number": lambda row, _: row.dose_number,
    "amount": lambda row, _: _number(row.dosed.value),
    "unit": lambda row, _: "" if row.dosed.value is None else UCUM[row.dosed.unit],
    "route": lambda row, _: "" if row.dose.route == NOT_STATED else row.dose.route,
    "over_minutes": lambda row, _: _number(row.dose.over.shortest if row.dose.over else None),
    "at_most": lambda row, _: row.at_most,
    "only_if": lambda row, _: "; ".join(row.only_if),
    "source": lambda row, _: "; ".join(row.source),
    "assumed": lambda row, _: ";".join(map(str, row.assumed)),
    "set": lambda row, schedule: "; ".join(changes_to(row, schedule)),
    "regimen": lambda _, schedule: schedule.regimen.id,
    "version": lambda _, schedule: schedule.regimen.version,
    "arm": lambda _, schedule: schedule.arm or "",
    "subject": lambda _, schedule: schedule.subject or "",
    "weight_kg": lambda row, _: _number(row.counted()["weight_kg"]),
    "bsa_m2": lambda row, _: _number(row.counted()["bsa_m2"]),
    "hours": lambda row, _: _number(row.hours),
    "latest_day": lambda row, _: _number(row.latest_day),
    "over_minutes_to": lambda row, _: _number(row.dose.over.longest if row.dose.over else None),
    "latest_time": lambda row, _: row.latest_time or "",
}
"""Column -> its value in a row; the CSV has these columns too.

Frozen: a change of names or order is a new format; a new column comes last.
"""


def _html(title: str, cells: Mapping[str, Sequence[Cell]], needed: Sequence[AsNeeded] = ()) -> str:
    """Columns as an HTML table, and a line for each dose as needed; all text is escaped."""
    from html import escape

    names = [name for name in _NOTEBOOK_COLUMNS if any(map(_text, cells[name]))]
    total = len(cells["number"])
    lines = [
        f"<tr>{''.join(f'<td>{escape(_text(cells[name][row]))}</td>' for name in names)}</tr>"
        for row in range(min(total, MOST_ROWS))
    ]
    more = f"<p>and {total - MOST_ROWS} more rows</p>" if total > MOST_ROWS else ""
    head = "".join(f"<th>{name}</th>" for name in names)
    more += "".join(f"<p>In no row: {escape(dose.in_words())}</p>" for dose in needed)
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{''.join(lines)}</table>{more}"


def _number(value: Decimal | int | None) -> float:
    return float("nan") if value is None else float(value)


def _text(value: Cell) -> str:
    """A cell as people read it: empty for a missing value and for False."""
    if isinstance(value, float):
        return "" if isnan(value) else f"{value:.15g}"
    return {False: "", True: "yes"}[value] if isinstance(value, bool) else str(value)
