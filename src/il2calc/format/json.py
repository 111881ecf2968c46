"""A schedule as JSON (`il2calc.schedule/1`): decimals are numbers with all their digits.

A course as JSON (`il2calc.course/1`): its schedule, and what became of each administration.

It has no `totals`: those of a schedule are of a plan; `tallies` says what was planned, given, held,
unrecorded, stopped and is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from il2calc.course import Course
from il2calc.course.index import CourseRow
from il2calc.course.progress import Progress, Share
from il2calc.plan.administration import Administration, Total
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import plain_data
from il2calc.report.plain_data import (
    assumption,
    headed,
    number,
    patient,
    regimen_head,
    settings_of,
)
from il2calc.units import ucum

FORMAT = "il2calc.schedule/1"


def lines(schedule: Schedule, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line."""
    yield from dumped(document(schedule, cautions))


def dumped(data: Any) -> Iterator[str]:
    """Any plain data as indented JSON, decimals at full precision."""
    import simplejson

    encoder = simplejson.JSONEncoder(use_decimal=True, indent=2, ensure_ascii=False)
    yield from encoder.encode(data).split("\n")


def document(schedule: Schedule, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A schedule as plain data, in the frozen shape of the format."""
    regimen = schedule.regimen
    return {
        **headed(FORMAT),
        "regimen": regimen_head(regimen),
        "subject": schedule.subject,
        "patient": patient(schedule),
        "start": schedule.start.isoformat(timespec="minutes") if schedule.start else None,
        "arm": schedule.arm,
        "times": dict(schedule.counts),
        "set": settings_of(regimen),
        "administrations": [_administration(each) for each in schedule.shown],
        "totals": [_total(each) for each in schedule.totals],
        "alongside": [note._asdict() for note in regimen.alongside],
        "assumptions": [assumption(each) for each in schedule.assumptions],
        "findings": [note._asdict() for note in regimen.findings],
        "cautions": [
            {"code": each.code, "text": each.text, "administrations": list(each.administrations)}
            for each in cautions
        ],
    }


def _administration(each: Administration) -> dict[str, Any]:
    unit = ucum(each.dosed.unit)
    over = each.dose.over
    return {
        "number": each.number,
        "regimen_day": each.regimen_day,
        "date": each.when.date().isoformat() if each.when else None,
        "time": each.time,
        "latest_date": each.latest_date.isoformat() if each.latest_date else None,
        "latest_day": each.latest_day,
        "hours": number(each.hours),
        "blocks": _blocks(each.turn.chain()),
        "block_day": each.block_day,
        "drug": each.dose.drug,
        "dose": each.dose.name,
        "dose_number": each.dose_number,
        "amount": {"value": number(each.dosed.value), "unit": unit},
        "working": [
            {"step": step.step, "text": step.text, "value": number(step.value), "unit": unit}
            for step in each.dosed.working
        ],
        "route": each.dose.route,
        "over_minutes": over.shortest if over else None,
        "over_minutes_to": over.longest if over else None,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
        "source": "; ".join(each.source),
        "assumed": list(each.assumed),
    }


def _total(each: Total) -> dict[str, Any]:
    return {
        "drug": each.drug,
        "blocks": _blocks(each.turns),
        "amount": {"value": number(each.value), "unit": ucum(each.unit)},
        "administrations": each.administrations,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
    }


def _blocks(chain: Sequence[Turn]) -> list[dict[str, Any]]:
    return [{"block": turn.block.name, "turn": turn.number} for turn in chain]


COURSE_FORMAT = "il2calc.course/1"


def course_lines(course: Course, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line."""
    yield from dumped(course_document(course, cautions))


def course_document(course: Course, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A course as plain data: the document of its schedule, and what was recorded."""
    schedule = document(course.schedule, cautions)
    del schedule["totals"]
    log = course.log
    administrations = [
        {**each, **_recorded(row)}
        for each, row in zip(schedule["administrations"], course.rows, strict=True)
    ]
    return {
        **schedule,
        **headed(COURSE_FORMAT),
        "log": {
            "file": log.file,
            "regimen": log.regimen,
            "version": log.version,
            "sha256": log.sha256,
            "entries_in_force": [entry.number for entry in log.in_force()],
        },
        "as_of": course.as_of.isoformat(timespec="minutes"),
        "administrations": administrations,
        "tallies": [_tally(each) for each in course.tallies],
        "rules": list(course.notes),
    }


def _recorded(row: CourseRow) -> dict[str, Any]:
    plain, recorded = row.plain, row.recorded
    unit = ucum(row.administration.dosed.unit)
    given = None
    if recorded.when is not None and recorded.value is not None:
        amount = {"value": plain_data.number(recorded.value), "unit": unit}
        given = {**_moment(recorded.when), "amount": amount}
    before = None
    if plain is not None:
        amount = {"value": plain_data.number(plain.dosed.value), "unit": ucum(plain.dosed.unit)}
        before = {**_moment(plain.when), "amount": amount}
    patient = row.administration.patient
    return {
        "weight_kg": patient.weight,
        "bsa_m2": patient.bsa(),
        "before_the_log": before,
        "state": recorded.state,
        "given": given,
        "reason": recorded.reason or None,
    }


def _moment(when: datetime | None) -> dict[str, str]:
    assert when is not None, "a course has dates"
    return {"date": when.date().isoformat(), "time": when.isoformat(timespec="minutes")[11:]}


def _tally(each: Progress) -> dict[str, Any]:
    shares = {
        "planned": each.planned,
        "drawn": each.drawn,
        "given": each.given,
        "held": each.held,
        "unrecorded": each.unrecorded,
        "remaining": each.remaining,
        "conditional": each.conditional,
        "stopped": each.stopped,
    }
    return {
        "drug": each.drug,
        "blocks": [{"block": block, "turn": number} for block, number in each.turns],
        "unit": ucum(each.unit),
        **{name: _share(share) for name, share in shares.items()},
    }


def _share(share: Share) -> dict[str, Any]:
    return {"administrations": share.doses, "amount": plain_data.number(share.value)}
