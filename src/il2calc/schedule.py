"""When and how much, joined: dated administrations, totals, and what they rest on.

Rule 10 of the regimen language: without a start, dates are empty and days, times and hours stand.
Day 1 is the start; times are local clock times.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from il2calc import dosing, timing
from il2calc.administration import Administration, join
from il2calc.dosing import Bound
from il2calc.errors import MissingInput, Refused, UnknownName
from il2calc.patient import Patient
from il2calc.planned import DAY, Turn, clock, per_listed_day
from il2calc.regimen import Assumption, At, Dose, Regimen
from il2calc.totals import Total, add_up

DEFAULT_START = 8 * 60


class Caution(NamedTuple):
    """Something a careful pharmacist would point out, and the administrations it touches."""

    code: str
    text: str
    administrations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regimen for one patient, dated where a start was given."""

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

    def settings(self) -> tuple[str, ...]:
        """What was read otherwise, as `PATH: FROM -> TO`."""
        return tuple(str(setting) for setting in self.regimen.settings)


def make(
    regimen: Regimen,
    patient: Patient | None = None,
    *,
    arm: str | None = None,
    start: date | None = None,
    first_dose: date | None = None,
    at: int = DEFAULT_START,
    times: Mapping[str, int] | None = None,
    percents: Mapping[str, Decimal] | None = None,
    bounds: Mapping[str, Bound] | None = None,
    subject: str | None = None,
) -> Schedule:
    """What is given when, to one patient?

    Args:
        patient: what is known of the body; only what the regimen doses by is needed.
        arm: one of the regimen's arms; its default arm where it names one.
        start: the date of day 1.
        first_dose: the date of the first administration, instead of `start`.
        at: the start time of every day, after midnight [min].
        times: turns by block name or path.
        percents: share of the prescribed amount by drug [%].
        bounds: how doses are rounded, by drug.
        subject: a label of the user's own.

    Raises:
        MissingInput: an arm, a count, or a body measure that the regimen needs.
        UnknownName: an arm, a block or a drug that it does not have.
        Refused: a count above the file's; too many administrations; dates beyond year 9999.
    """
    patient = patient or Patient()
    used_arm = _arm(regimen, arm)
    percents, bounds = percents or {}, bounds or {}
    for drug in (*percents, *bounds):
        if drug not in (known := regimen.drugs(used_arm)):
            option = '--percent "{0}=75 %"' if drug in percents else '--round "{0}=vial"'
            hint = f"Try: {option.format(known[0])}" if known else ""
            raise UnknownName(f"drug of {regimen.id}", drug, known, hint)
    timetable = timing.expand(regimen, used_arm, times, at)
    if not timetable.slots:
        if not regimen.drugs(used_arm):
            raise Refused(f"{regimen.id} gives nothing in arm {used_arm}; choose another --arm")
        raise Refused(f"{regimen.id} gives nothing in so few turns; give more turns")
    doses = dict.fromkeys(slot.dose for slot in timetable.slots)
    _refuse_missing(doses, used_arm, patient)
    amounts = {
        each.path: dosing.dose(
            each.amount(used_arm),
            patient,
            percent=percents.get(each.drug, Decimal(100)),
            a_day=_a_day(each),
            cap=each.cap,
            step=each.round,
            bound=bounds.get(each.drug),
        )
        for each in doses
    }
    spread = _spread(regimen, doses, at)
    origin = _origin(timetable, start, first_dose)
    administrations = join(timetable, regimen, amounts, used_arm, origin, spread)
    return Schedule(
        regimen=regimen,
        patient=patient,
        start=origin + timedelta(minutes=at) if origin else None,
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
        assumptions=(*_in_force(regimen, used_arm, chosen=arm is not None), *spread.values()),
        shown=administrations,
    )


def _arm(regimen: Regimen, arm: str | None) -> str | None:
    if arm is not None and arm not in regimen.arms:
        first = next(iter(regimen.arms), None)
        hint = f"Try: --arm {first}" if first else f"{regimen.id} has no arms: leave --arm out."
        raise UnknownName(f"arm of {regimen.id}", arm, regimen.arms, hint)
    if arm is None and regimen.arms and regimen.default_arm is None:
        known = ", ".join(regimen.arms)
        what = f"one, such as: {_example(regimen, next(iter(regimen.arms)))}"
        raise MissingInput(what, f"{regimen.id} has the arms {known} and no default")
    return arm or regimen.default_arm


def _example(regimen: Regimen, arm: str) -> str:
    """A command that works: with everything that the doses of an arm are reckoned from."""
    name = regimen.id if regimen.origin.shipped else regimen.origin.file
    doses = [dose for block in regimen.body.walk() for dose in block.doses]
    needed = {
        dosing.needs(dose.amounts.get(arm) or next(iter(dose.amounts.values()))) for dose in doses
    }
    given = {"weight": "--weight 70", "surface": "--bsa 1.8", "gfr": "--gfr 90"}
    options = [option for need, option in given.items() if need in needed]
    options += [
        f'--times "{block.path}=4"'
        for block in regimen.body.walk()
        if block.repeat is not None and block.repeat.count is None
    ]
    return " ".join(["il2calc schedule", name, f"--arm {arm}", *options])


def _refuse_missing(doses: Mapping[Dose, None], arm: str | None, patient: Patient) -> None:
    """Say at once everything that the doses of a schedule need and the patient lacks."""
    lacking: dict[str, str] = {}
    for each in doses:
        need = dosing.needs(each.amount(arm))
        if need == "weight" and patient.weight is None:
            lacking.setdefault("per kg", each.drug)
        if need == "surface" and patient.bsa() is None:
            lacking.setdefault("per m2", each.drug)
        if need == "gfr" and patient.gfr is None:
            lacking.setdefault("by AUC", each.drug)
    if lacking:
        reasons = [f"{drug} is dosed {how}" for how, drug in lacking.items()]
        options, example = _wanted(lacking.keys(), patient)
        raise MissingInput(f"{options}, for example {example}", " and ".join(reasons))


def _wanted(lacking: Container[str], patient: Patient) -> tuple[str, str]:
    """The options that would supply what is lacking, and an example of them."""
    options: list[str] = []
    examples: list[str] = []
    weightless = patient.weight is None
    if "per kg" in lacking:
        options.append("--weight")
        examples.append("--weight 70")
    if "per m2" in lacking and (patient.height is None or "per kg" not in lacking):
        first = weightless and "per kg" not in lacking
        both = first and patient.height is None
        options.append("--weight and --height" if both else "--weight" if first else "--height")
        options[-1] += " (or --bsa)"
        examples += ["--weight 70"] if first else []
        examples += ["--height 170"] if patient.height is None else []
    if "by AUC" in lacking:
        options.append("--gfr")
        examples.append("--gfr 90")
    return " and ".join(options), " ".join(examples)


def _a_day(dose: Dose) -> int:
    """Administrations over which an amount per day is divided."""
    if dose.repeat is not None and dose.repeat.every is not None:
        return DAY // dose.repeat.every.shortest or 1
    return per_listed_day(dose)


def _spread(regimen: Regimen, doses: Mapping[Dose, None], at: int) -> dict[str, Assumption]:
    """The schedule's own assumption for every `n times a day`: spread evenly from the start."""
    found: dict[str, Assumption] = {}
    for each in doses:
        if each.at is not None and each.at.kind == "times a day":
            listed = ", ".join(clock(at + minute) for minute in each.at.minutes)
            found[each.path] = Assumption(
                number=len(regimen.assumptions) + len(found) + 1,
                about=f"{each.path}.at",
                text=f"{each.at.text} is spread evenly from the start time: {listed}.",
                because="The file says how often in a day and names no clock times.",
                setting=f'--set {each.path}.at="[{_offsets(each.at)}]"',
            )
    return found


def _offsets(at: At) -> str:
    """Times of a day as offsets from its start time, as a file would write them."""
    whole = all(minute % 60 == 0 for minute in at.minutes)
    unit, size = ("hours", 60) if whole else ("minutes", 1)
    return ", ".join(f"+{minute // size} {unit}" for minute in at.minutes)


def _in_force(regimen: Regimen, arm: str | None, *, chosen: bool) -> tuple[Assumption, ...]:
    return tuple(
        each
        for each in regimen.assumptions
        if not each.was_set
        and (each.arms is None or arm in each.arms)
        and not (chosen and each.about == "default_arm")
    )


def _origin(
    timetable: timing.Timetable, start: date | None, first_dose: date | None
) -> datetime | None:
    """Midnight of day 1; refused where the last dose would fall beyond the calendar."""
    if start is None and first_dose is None:
        return None
    first = timetable.slots[0]
    last = max(slot.latest or slot.minute for slot in timetable.slots)
    try:
        midnight = datetime.combine(first_dose or start or date.min, time.min)
        midnight -= timedelta(days=first.day if first_dose is not None else 0)
        ends = [midnight + timedelta(minutes=minute) for minute in (first.minute, last)]
    except OverflowError:
        ends = []
    if not ends:
        raise Refused("the dates would leave the years 1 to 9999; give another --start")
    return midnight
