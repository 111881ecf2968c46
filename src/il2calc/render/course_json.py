"""A course as JSON (`il2calc.course/1`): its schedule, and what became of each administration.

It has no `totals`: those of a schedule are of a plan; `tallies` says what was planned, given, held,
unrecorded, stopped and is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from il2calc.record import Course, Row
from il2calc.record.tally import Share, Tally
from il2calc.render import json
from il2calc.schedule import Caution
from il2calc.units import ucum

FORMAT = "il2calc.course/1"


def lines(course: Course, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line."""
    yield from json.dumped(document(course, cautions))


def document(course: Course, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A course as plain data: the document of its schedule, and what was recorded."""
    schedule = json.document(course.schedule, cautions)
    del schedule["totals"]
    log = course.log
    administrations = [
        {**each, **_recorded(row)}
        for each, row in zip(schedule["administrations"], course.rows, strict=True)
    ]
    return {
        **schedule,
        "format": FORMAT,
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


def _recorded(row: Row) -> dict[str, Any]:
    plain, recorded = row.plain, row.recorded
    unit = ucum(row.administration.dosed.unit)
    given = None
    if recorded.when is not None and recorded.value is not None:
        amount = {"value": json.number(recorded.value), "unit": unit}
        given = {**_moment(recorded.when), "amount": amount}
    before = None
    if plain is not None:
        amount = {"value": json.number(plain.dosed.value), "unit": ucum(plain.dosed.unit)}
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


def _tally(each: Tally) -> dict[str, Any]:
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
    return {"administrations": share.doses, "amount": json.number(share.value)}
