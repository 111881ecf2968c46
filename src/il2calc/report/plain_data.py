"""The parts of an answer as plain data, for JSON and for the course log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from il2calc import __version__
from il2calc.model.drug import Dilution
from il2calc.model.effects import Chain
from il2calc.model.evidence import Assumption, Note, Source
from il2calc.model.regimen import NOT_STATED, Dose, Regimen
from il2calc.plan.administration import Administration, AsNeeded
from il2calc.plan.calendar import chain_of
from il2calc.plan.dosing import DoseResult
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import EXACT, UCUM

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.index import CourseRow
    from il2calc.course.intensity import Intensity
    from il2calc.model.drug import Drug


Plan: TypeAlias = "Schedule | Course"
"""What a report is about: a plan, or a course, which is a plan with its log."""


def schedule_of(plan: Plan) -> Schedule:
    """The schedule of a plan; of a course, the one that its log has led to."""
    return plan if isinstance(plan, Schedule) else plan.schedule


def document_head(name: str) -> dict[str, Any]:
    """The first keys of every document: its format, and the program that wrote it."""
    return {"format": name, "program": {"name": "il2calc", "version": __version__}}


def regimen_head(regimen: Regimen) -> dict[str, Any]:
    """The regimen, its file and its sources."""
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
    """The measurements of the patient; unknown values are null."""
    patient = schedule.patient
    computed = patient.surface_area is None and patient.uncapped() is not None
    return {
        "weight_kg": patient.weight,
        "height_cm": patient.height,
        "bsa_m2": patient.bsa(),
        "bsa_formula": patient.formula if computed else None,
        "gfr_ml_min": patient.gfr,
        "sex": patient.sex,
        "age_years": patient.age,
    }


def settings_of(regimen: Regimen) -> dict[str, Any]:
    """The values that `--set` changed, from what to what, by path."""
    return {setting.path: {"from": setting.was, "to": setting.now} for setting in regimen.settings}


def sources_of(sources: Mapping[str, Source]) -> dict[str, Any]:
    """Sources by key, without their empty fields."""
    return {
        key: {name: value for name, value in source._asdict().items() if name != "key" and value}
        for key, source in sources.items()
    }


def monograph(drug: Drug) -> dict[str, Any]:
    """The drug file and its sources."""
    return {
        "drug": drug.name,
        "version": drug.version,
        "file": drug.origin.file,
        "sha256": drug.origin.sha256,
        "sources": sources_of(drug.sources),
    }


def finding(note: Note) -> dict[str, Any]:
    """A finding as plain data; with the total that it states, in words, where it has one."""
    total = {} if note.total is None else {"total": note.total.sentence()}
    return {"text": note.text, "source": note.source, "head": note.head, **total}


def assumption(assumption: Assumption) -> dict[str, Any]:
    """An assumption as plain data."""
    return {
        "number": assumption.number,
        "about": assumption.about,
        "text": assumption.text,
        "because": assumption.because,
        "otherwise": assumption.otherwise,
    }


def _amount_and_route(dose: Dose, dosed: DoseResult) -> dict[str, Any]:
    return {
        "amount": amount(dosed.value, dosed.unit),
        "working": [
            {"step": step.step, "text": step.text, **(amount(step.value, dosed.unit) or {})}
            for step in dosed.working
        ],
        "route": None if dose.route == NOT_STATED else dose.route,
        "over_minutes": dose.over.shortest if dose.over else None,
        "over_minutes_to": dose.over.longest if dose.over else None,
    }


def administration(row: Administration) -> dict[str, Any]:
    """A row of a schedule; absent values are null."""
    return {
        "number": row.number,
        "regimen_day": row.regimen_day,
        "date": row.when.date().isoformat() if row.when else None,
        "time": row.time,
        "latest_date": row.latest_date.isoformat() if row.latest_date else None,
        "latest_day": row.latest_day,
        "latest_time": row.latest_time,
        "hours": number(row.hours),
        "blocks": blocks(chain_of(row.turn)),
        "block_day": row.block_day,
        "drug": row.dose.drug,
        "written": row.dose.written,
        "dose": row.dose.name,
        "dose_number": row.dose_number,
        **_amount_and_route(row.dose, row.dosed),
        "at_most": row.at_most,
        "only_if": list(row.only_if),
        "source": "; ".join(row.source),
        "assumed": list(row.assumed),
        "not_before": row.not_before,
        "turn": row.turn.name() or None,
    }


def diluted(step: Dilution | None, measured: Decimal | None) -> dict[str, Any]:
    """The dilution before a small dose is measured; no key where there is none.

    Args:
        measured: the volume of the dilution that is the dose [mL].
    """
    if step is None or measured is None:
        return {}
    dilution = {
        "take_ml": number(step.take),
        "to_ml": number(step.to),
        "with": step.diluent,
        "up_to": amount(step.up_to.value, step.up_to.unit),
        "keeps": step.keeps.text if step.keeps is not None else None,
        "volume_ml": number(measured),
        "source": "; ".join(step.sources) or None,
        "assumed": step.because,
    }
    return {"dilution": dilution}


def as_needed(need: AsNeeded) -> dict[str, Any]:
    """A dose that is given as needed; absent values are null."""
    dose, repeat = need.dose, need.dose.repeat
    every = None if repeat is None else repeat.every
    return {
        "drug": dose.drug,
        "written": dose.written,
        "dose": dose.name,
        "path": dose.path,
        "blocks": [block.name for block in need.blocks],
        **_amount_and_route(dose, need.dosed),
        "days": dose.days.text,
        "turns": dose.turns.text if dose.turns else None,
        "times_a_day_at_most": dose.at.most if dose.at else None,
        "times_at_most": repeat.count if repeat else None,
        "minutes_apart_at_least": every.shortest if every else None,
        "only_if": [*need.conditions(), *need.of_later_turns()],
        "source": "; ".join(need.source),
        "assumed": list(need.assumed),
    }


def recorded(row: CourseRow) -> dict[str, Any]:
    """What became of a row of a course: its state, what was given and when, and why."""
    record, given = row.recorded, None
    if record.when is not None:
        given = amount_at(record.when, record.value, row.administration.dosed.unit)
        if record.ended is not None:
            given["ended"] = record.ended.isoformat(timespec="minutes")
    return {
        "version": row.regimen.version,
        "arm": row.arm,
        "state": record.state,
        "given": given,
        "reason": record.reason or None,
        "reckoned": record.amount_assumed,
        "supposed": record.supposed,
    }


def intensity(intensity: Intensity) -> dict[str, Any]:
    """The dose intensity of a drug in a block turn; absent values are null."""
    return {
        "drug": intensity.drug,
        "blocks": blocks(intensity.turns),
        "basis": intensity.basis,
        "unit": UCUM[intensity.unit],
        "planned_doses": intensity.planned_doses,
        "given_doses": intensity.given_doses,
        "open_doses": intensity.open_doses,
        "planned": number(intensity.planned),
        "given": number(intensity.given),
        "share_percent": None if intensity.share is None else number(intensity.share),
        "planned_days": intensity.planned_days,
        "days": intensity.days,
        "delay_days": intensity.delay,
        "planned_a_week": number(intensity.planned_a_week),
        "given_a_week": number(intensity.given_a_week),
        "relative_percent": None if intensity.relative is None else number(intensity.relative),
    }


def amount(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    """An amount with its unit; None where it is not stated."""
    return None if value is None else {"value": number(value), "unit": UCUM[unit]}


def amount_at(moment: datetime, value: Decimal | None, unit: str) -> dict[str, Any]:
    """An amount at a moment."""
    return {
        "date": moment.date().isoformat(),
        "time": moment.isoformat(timespec="minutes")[11:],
        "amount": amount(value, unit),
    }


def blocks(chain: Chain) -> list[dict[str, Any]]:
    """A block turn and those around it, outermost first."""
    return [{"block": block, "turn": number} for block, number in chain]


def cautions(cautions: Iterable[Caution]) -> list[dict[str, Any]]:
    """Cautions with the rows that they are about."""
    return [
        {
            "code": caution.code,
            "text": caution.text,
            "administrations": list(caution.administrations),
        }
        for caution in cautions
    ]


def number(value: Decimal) -> Decimal | int:
    """A number without exponent or trailing zeros; an integer where it is whole."""
    return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
