"""The parts of an answer as plain data, as JSON and the log write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from il2calc import __version__
from il2calc.model.drug import Dilution
from il2calc.model.effects import Chain
from il2calc.model.evidence import Assumption, Note, Source
from il2calc.model.regimen import NOT_STATED, Regimen
from il2calc.plan.administration import Administration, AsNeeded
from il2calc.plan.calendar import chain_of
from il2calc.plan.dosing import Reckoned
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import EXACT, UCUM

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.index import CourseRow
    from il2calc.course.intensity import Intensity
    from il2calc.model.drug import Drug


Plan: TypeAlias = "Schedule | Course"
"""What a report tells of: a plan, or a plan with the log of its course."""


def schedule_of(plan: Plan) -> Schedule:
    """The schedule of a plan; of a course, as its log leaves it."""
    return plan if isinstance(plan, Schedule) else plan.schedule


def headed(name: str) -> dict[str, Any]:
    """How every document begins: its format, and what wrote it."""
    return {"format": name, "program": {"name": "il2calc", "version": __version__}}


def regimen_head(regimen: Regimen) -> dict[str, Any]:
    """Which regimen, from which file, resting on which sources."""
    return {
        "id": regimen.id,
        "title": regimen.title,
        "version": regimen.version,
        "read_on": regimen.read_on.isoformat(),
        "reviewed_by": regimen.reviewed_by,
        "file": regimen.origin.file,
        "sha256": regimen.origin.sha256,
        "sources": sources_of(regimen.sources),
        "reviews": [
            {**review._asdict(), "on": review.on.isoformat()} for review in regimen.reviews
        ],
    }


def patient(schedule: Schedule) -> dict[str, Any]:
    """What was known of the patient; absent values are null."""
    known = schedule.patient
    computed = known.surface_area is None and known.uncapped() is not None
    return {
        "weight_kg": known.weight,
        "height_cm": known.height,
        "bsa_m2": known.bsa(),
        "bsa_formula": known.formula if computed else None,
        "gfr_ml_min": known.gfr,
        "sex": known.sex,
        "age_years": known.age,
    }


def settings_of(regimen: Regimen) -> dict[str, Any]:
    """What was read otherwise, from what to what, by its path."""
    return {each.path: {"from": each.was, "to": each.now} for each in regimen.settings}


def sources_of(sources: Mapping[str, Source]) -> dict[str, Any]:
    """Sources by their keys, without what is not known of them."""
    return {
        key: {name: value for name, value in source._asdict().items() if name != "key" and value}
        for key, source in sources.items()
    }


def monograph(drug: Drug) -> dict[str, Any]:
    """Which drug file, resting on which sources."""
    return {
        "drug": drug.name,
        "version": drug.version,
        "file": drug.origin.file,
        "sha256": drug.origin.sha256,
        "sources": sources_of(drug.sources),
    }


def finding(note: Note) -> dict[str, Any]:
    """A finding as plain data; the total that it prints in words, where it has one."""
    total = {} if note.total is None else {"total": note.total.sentence()}
    return {"text": note.text, "source": note.source, "head": note.head, **total}


def assumption(each: Assumption) -> dict[str, Any]:
    """An assumption as plain data."""
    return {
        "number": each.number,
        "about": each.about,
        "text": each.text,
        "because": each.because,
        "otherwise": each.otherwise,
    }


def administration(each: Administration) -> dict[str, Any]:
    """A row of a schedule; absent values are null."""
    dosed, over = each.dosed, each.dose.over
    return {
        "number": each.number,
        "regimen_day": each.regimen_day,
        "date": each.when.date().isoformat() if each.when else None,
        "time": each.time,
        "latest_date": each.latest_date.isoformat() if each.latest_date else None,
        "latest_day": each.latest_day,
        "latest_time": each.latest_time,
        "hours": number(each.hours),
        "blocks": blocks(chain_of(each.turn)),
        "block_day": each.block_day,
        "drug": each.dose.drug,
        "written": each.dose.written,
        "dose": each.dose.name,
        "dose_number": each.dose_number,
        "amount": amount(dosed.value, dosed.unit),
        "working": working(dosed),
        "route": None if each.dose.route == NOT_STATED else each.dose.route,
        "over_minutes": over.shortest if over else None,
        "over_minutes_to": over.longest if over else None,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
        "source": "; ".join(each.source),
        "assumed": list(each.assumed),
        "not_before": each.not_before,
        "turn": each.turn.name() or None,
    }


def diluted(step: Dilution | None, measured: Decimal | None) -> dict[str, Any]:
    """The step before a small dose is measured; no key where there is none.

    Args:
        measured: the volume of the dilution [mL] that is then the dose.
    """
    if step is None or measured is None:
        return {}
    told = {
        "take_ml": number(step.take),
        "to_ml": number(step.to),
        "with": step.diluent,
        "up_to": amount(step.up_to.value, step.up_to.unit),
        "keeps": step.keeps.text if step.keeps is not None else None,
        "volume_ml": number(measured),
        "source": "; ".join(step.sources) or None,
        "assumed": step.because,
    }
    return {"dilution": told}


def as_needed(each: AsNeeded) -> dict[str, Any]:
    """A dose that is given when it is needed; absent values are null."""
    dose, dosed, repeat = each.dose, each.dosed, each.dose.repeat
    every = None if repeat is None else repeat.every
    return {
        "drug": dose.drug,
        "written": dose.written,
        "dose": dose.name,
        "path": dose.path,
        "blocks": [block.name for block in each.blocks],
        "amount": amount(dosed.value, dosed.unit),
        "working": working(dosed),
        "route": None if dose.route == NOT_STATED else dose.route,
        "over_minutes": dose.over.shortest if dose.over else None,
        "over_minutes_to": dose.over.longest if dose.over else None,
        "days": dose.days.text,
        "turns": dose.turns.text if dose.turns else None,
        "times_a_day_at_most": dose.at.most if dose.at else None,
        "times_at_most": repeat.count if repeat else None,
        "minutes_apart_at_least": every.shortest if every else None,
        "only_if": [*each.conditions(), *each.of_later_turns()],
        "source": "; ".join(each.source),
        "assumed": list(each.assumed),
    }


def working(dosed: Reckoned) -> list[dict[str, Any]]:
    """The steps of an amount, each with what it comes to."""
    return [
        {"step": step.step, "text": step.text, **(amount(step.value, dosed.unit) or {})}
        for step in dosed.working
    ]


def recorded(row: CourseRow) -> dict[str, Any]:
    """What became of a row of a course: the state, what was given and when, why."""
    told, given = row.recorded, None
    if told.when is not None:
        given = at(told.when, told.value, row.administration.dosed.unit)
        if told.ended is not None:
            given["ended"] = told.ended.isoformat(timespec="minutes")
    return {
        "version": row.text.version,
        "arm": row.arm,
        "state": told.state,
        "given": given,
        "reason": told.reason or None,
        "reckoned": told.reckoned,
        "supposed": told.supposed,
    }


def intensity(each: Intensity) -> dict[str, Any]:
    """The dose intensity of a drug in a block turn; absent values are null."""
    return {
        "drug": each.drug,
        "blocks": blocks(each.turns),
        "basis": each.basis,
        "unit": UCUM[each.unit],
        "planned_doses": each.planned_doses,
        "given_doses": each.given_doses,
        "open_doses": each.open_doses,
        "planned": number(each.planned),
        "given": number(each.given),
        "share_percent": None if each.share is None else number(each.share),
        "planned_days": each.planned_days,
        "days": each.days,
        "delay_days": each.delay,
        "planned_a_week": number(each.planned_a_week),
        "given_a_week": number(each.given_a_week),
        "relative_percent": None if each.relative is None else number(each.relative),
    }


def amount(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    """An amount with its unit; None where it is not stated."""
    return None if value is None else {"value": number(value), "unit": UCUM[unit]}


def at(when: datetime, value: Decimal | None, unit: str) -> dict[str, Any]:
    """So much at a moment."""
    return {
        "date": when.date().isoformat(),
        "time": when.isoformat(timespec="minutes")[11:],
        "amount": amount(value, unit),
    }


def blocks(chain: Chain) -> list[dict[str, Any]]:
    """A block turn and those around it, outermost first."""
    return [{"block": block, "turn": number} for block, number in chain]


def cautions(found: Iterable[Caution]) -> list[dict[str, Any]]:
    """Cautions with the rows that they touch."""
    return [
        {"code": each.code, "text": each.text, "administrations": list(each.administrations)}
        for each in found
    ]


def number(value: Decimal) -> Decimal | int:
    """A whole number without the exponent or zeros that its arithmetic left behind."""
    return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
