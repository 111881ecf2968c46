"""When and how much, joined: dated administrations, totals, and what they rest on.

Rule 10 of the regimen language: without a start, dates are empty and days, times and hours stand.
Day 1 is the start; times are local clock times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from il2calc.errors import MissingInput, Refused, UnknownName, nearest_drug
from il2calc.model.evidence import Assumption, option_text
from il2calc.model.measure import chosen
from il2calc.model.patient import Patient
from il2calc.model.regimen import At, Dose, Regimen
from il2calc.plan import columns, dosing, timing
from il2calc.plan.administration import (
    Administration,
    AsNeeded,
    Placed,
    Recorded,
    Total,
    add_up,
    at_need,
    gathered,
    join,
)
from il2calc.plan.calendar import Turn, a_day, clock, lasting, multiplied_out
from il2calc.plan.dating import Clock, date_of_day_1, in_time, midnight_of_day_1
from il2calc.plan.dosing import Bound, Reckoned, Unstated
from il2calc.plan.lacking import arm_of, lacks, refuse_missing, refuse_open_rests
from il2calc.plan.timing import Slot, Timetable
from il2calc.units import Quantity

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from il2calc.model.drug import DrugName

DEFAULT_START = 8 * 60


class Caution(NamedTuple):
    """Something a careful pharmacist would point out, and the administrations it touches.

    Args:
        of_patient: its text tells of the patient's body or course, and not of the regimen alone.
    """

    code: str
    text: str
    administrations: tuple[int, ...] = ()
    of_patient: bool = False

    @classmethod
    def alike(
        cls, code: str, told: Iterable[tuple[str, int | None]], *, of_patient: bool = False
    ) -> Iterator[Caution]:
        """One caution for each text, with the numbers of all rows that it is told of, if any."""
        by = gathered(told)
        yield from (cls(code, text, tuple(filter(None, of)), of_patient) for text, of in by.items())


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regimen for one patient, dated where a start was given.

    Args:
        shown: the administrations to show; all of them where nobody chose.
        zone: the time zone of its times; None = local clock times of no zone.
        recorded: what became of each administration by its number, where a course log says it.
        date_of: the numbered day whose date was given instead of that of day 1.
        as_needed: what is given when it is needed, in no row and in no total.
        asked: what options call its drugs, where the regimen does not call them so.
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
    asked: tuple[DrugName, ...] = ()

    def settings(self) -> tuple[str, ...]:
        """What was read otherwise, as `PATH: FROM -> TO`."""
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
        """The schedule as a table, where a notebook asks for it."""
        return columns.html(repr(self), self.to_columns(), self.as_needed)

    def to_columns(self) -> dict[str, list[int | float | str | bool]]:
        """The rows that are shown as columns, for `pandas.DataFrame` and `polars.DataFrame`.

        The columns are those of the CSV, each of one type whatever the regimen: a missing number
        is not-a-number, a missing text empty. Amounts and measures are binary fractions; the
        administrations have them with all their digits.
        """
        return columns.columns(self.shown, self.whole())

    def whole(self) -> columns.Whole:
        """What is the same in every row."""
        named = self.regimen.id, self.regimen.version, self.arm, self.subject
        return columns.Whole(*named, self.settings())


class Body(NamedTuple):
    """Whose body a dose is reckoned with, and what share of the amount it is [%].

    Args:
        amount: another amount than the prescribed one; None = that one.
    """

    patient: Patient
    percent: Decimal
    amount: Quantity | None = None


class Revision(NamedTuple):
    """What became of a plan: where its slots lie now, and with which body each is reckoned.

    Args:
        timetable: as it is after what happened.
        body: the body for a slot, given the one that it was planned with.
        held: whether a slot is held.
        late: the body for what is given as needed; None = that of the last slot.
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
    """What is given when, to one patient?

    Args:
        patient: what is known of the body; only what the regimen doses by is needed.
        arm: one of the regimen's arms; its default arm where it names one.
        start: the date of day 1.
        first_dose: the date of the first administration, instead of `start`.
        date_of: a numbered day of the regimen and its date, instead of `start`.
        at: the start time of every day, after midnight [min].
        times: turns by block name or path.
        weeks: what is open is given as often as it begins within so many weeks from day 1.
        until: what is open is given as often as it begins before this date; needs that of day 1.
        percents: share of the prescribed amount by drug [%].
        bounds: how doses are rounded, by drug.
        subject: a label of the user's own.
        zone: the time zone of the times; they then need a start.
        revision: what became of the plan, where a course log says it.

    Raises:
        MissingInput: an arm, a count, a rest, or a body measure that the regimen needs.
        UnknownName: an arm, a block or a drug that it does not have.
        Refused: a count above the file's; too many administrations; dates beyond year 9999.
    """
    patient = patient or Patient()
    used_arm = arm_of(regimen, arm)
    refuse_open_rests(regimen, used_arm)
    percents = {regimen.drug_called(drug): share for drug, share in (percents or {}).items()}
    bounds = {regimen.drug_called(drug): bound for drug, bound in (bounds or {}).items()}
    for drug in (*percents, *bounds):
        if drug not in (known := regimen.drugs(used_arm)):
            raise UnknownName(f"drug of {regimen.id}", drug, known, near=nearest_drug)
    start = start if date_of is None else date_of_day_1(regimen, date_of)
    horizon = _horizon(weeks, until, start)
    plan = revision or Revision(timing.expand(regimen, used_arm, times, at, horizon))
    timetable = plan.timetable._replace(slots=tuple(timing.timed(plan.timetable.slots, plan.held)))
    needed = [dose for _, dose in regimen.as_needed(used_arm)]
    if not timetable.slots and not needed:
        if not regimen.drugs(used_arm):
            raise Refused(f"{regimen.id} gives nothing in arm {used_arm}; choose another --arm")
        raise Refused(f"{regimen.id} gives nothing in so few turns; give more turns")
    doses = [*dict.fromkeys(slot.dose for slot in timetable.slots), *needed]
    plain = {dose: Body(patient, percents.get(dose.drug, Decimal(100))) for dose in doses}
    whose = [(dose, patient) for dose in doses]
    if lacks(whose, used_arm):  # what was measured since counts
        own = [(slot.dose, plan.body(slot, plain[slot.dose]).patient) for slot in timetable.slots]
        body = plan.late or [*whose, *own][-1][1]
        whose = [*dict.fromkeys(own), *((dose, body) for dose in needed)]
    refuse_missing(whose, used_arm)
    origin = midnight_of_day_1(timetable, start, first_dose)
    amount_of = amounts_by(used_arm, bounds)
    placed = []
    for slot, when, latest in in_time(timetable.slots, Clock(origin, zone) if origin else None):
        whom = plan.body(slot, plain[slot.dose])
        placed.append(Placed(slot, when, latest, amount_of(slot.dose, whom), whom.patient))
    last = plan.late or (placed[-1].patient if placed else patient)
    late = {dose: plain[dose]._replace(patient=last) for dose in needed}
    spread = _own(regimen, timetable, at)
    administrations = join(placed, regimen, used_arm, origin, spread)
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
            *dict.fromkeys(spread.values()),
        ),
        shown=administrations,
        zone=zone,
        date_of=date_of[0] if date_of is not None else None,
        as_needed=at_need(regimen, used_arm, last, lambda dose: amount_of(dose, late[dose])),
    )


def _horizon(weeks: int | None, until: date | None, start: date | None) -> int | None:
    """The days from day 1 within which open blocks and doses begin; None where nobody said.

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


def _own(regimen: Regimen, timetable: Timetable, at: int) -> dict[Dose, Assumption]:
    """The schedule's own assumptions about the times of day of a dose."""
    found: dict[Dose, Assumption] = {}
    last = max((each.number for each in regimen.assumptions), default=0)

    def assume(dose: Dose, text: str, because: str, other: str) -> None:
        found[dose] = Assumption(
            number=last + len(set(found.values())) + 1,
            about=f"{dose.path}.at",
            text=text,
            because=because,
            setting=option_text(f"{dose.path}.at", other),
        )

    for slot in timetable.slots:
        dose = slot.dose
        if dose in found:
            continue
        like = next((own for own in found if own.as_written is dose.as_written), None)
        if like is not None:
            found[dose] = found[like]
            continue
        if dose.at is not None and dose.at.kind == "times a day":
            listed = ", ".join(clock(at + minute) for minute in dose.at.minutes)
            text = f"{dose.at.text} is spread over 12 waking hours from the start time: {listed}."
            because = "The file says how often in a day and names no clock times."
            assume(dose, text, because, f"[{_offsets(dose.at)}]")
        if slot.after is not None:
            text = (
                f"{dose.path} begins when the infusion of {slot.after.path} has ended, even at "
                f"its longest: {lasting(slot.minute - slot.anchor)} after the start time, "
                f"{clock(slot.minute)}."
            )
            because = f"Both are infusions of {dose.drug} on one day, without times of day."
            assume(dose, text, because, "+0 hours")
    return found


def _offsets(at: At) -> str:
    """Times of a day as offsets from its start time, as a file would write them."""
    unit, size = ("minutes", 1) if any(minute % 60 for minute in at.minutes) else ("hours", 60)
    return ", ".join(f"+{minute // size} {unit}" for minute in at.minutes)


def _in_force(regimen: Regimen, arm: str | None, *, chosen: bool) -> tuple[Assumption, ...]:
    return tuple(
        each
        for each in regimen.assumptions
        if not each.was_set and (each.arms is None or arm in each.arms)
        if not (chosen and each.about == "default_arm")
    )


AmountOf: TypeAlias = Callable[[Dose, Body], Reckoned]


def amounts_by(arm: str | None, bounds: Mapping[str, Bound]) -> AmountOf:
    """How much each dose of an arm is for a body, reckoned once for each.

    Args:
        bounds: how doses are rounded, by drug.
    """

    @cache
    def reckoned(dose: Dose, body: Body) -> Reckoned:
        amount = body.amount or dose.amount(arm)
        if isinstance(amount, str):
            return Unstated(body.percent)
        choice = chosen(amount, body.patient, dose.path)
        dosed = dosing.dose(
            choice.amount,
            body.patient,
            percent=body.percent,
            a_day=a_day(dose),
            cap=dose.cap,
            step=dose.round,
            bound=bounds.get(dose.drug),
            counted=dose.counted,
            why=choice.why(),
            lasting=multiplied_out(dose, choice.amount),
        )
        return dosed._replace(band=None if choice.band is None else choice, set_to=body.amount)

    return reckoned
