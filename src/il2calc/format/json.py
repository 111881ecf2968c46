"""A schedule (`il2calc.schedule/1`) or a course (`il2calc.course/1`) as JSON.

Decimals are numbers with all their digits. A course is its schedule and what became of each
administration; it has no `totals`, for those are of a plan: `tallies` says what was planned, given,
held, unrecorded, stopped and is still to come. Dose intensities are `il2calc.intensity/1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from il2calc.plan.administration import Total
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import plain_data
from il2calc.report.plain_data import Plan, blocks, headed, number
from il2calc.units import UCUM

if TYPE_CHECKING:
    from simplejson import JSONEncoder

    from il2calc.course import Course
    from il2calc.course.index import CourseRow
    from il2calc.course.intensity import Intensity
    from il2calc.course.replay import Doses, Progress

FORMAT = "il2calc.schedule/1"
COURSE_FORMAT = "il2calc.course/1"
INTENSITY_FORMAT = "il2calc.intensity/1"
_PARTS = (
    *("planned", "drawn", "unplanned", "as_needed", "given"),
    *("held", "unrecorded", "remaining", "conditional", "stopped"),
)
"""What became of the doses of a drug, by the names of a `Progress`."""


def lines(plan: Plan, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line; each administration is plain data only while it is written."""
    if isinstance(plan, Schedule):
        yield from dumped(document(plan, cautions))
    else:
        yield from dumped(_course_document(plan, cautions))


def dumped(data: Any) -> Iterator[str]:
    """Any plain data as indented JSON, decimals at full precision.

    Args:
        data: an iterator under one of its keys is a list, of which one item at a time is held.
    """
    import simplejson

    encoder = simplejson.JSONEncoder(use_decimal=True, indent=2, ensure_ascii=False)
    streams = isinstance(data, dict) and any(isinstance(one, Iterator) for one in data.values())
    yield from split(_pieces(data, encoder) if streams else [encoder.encode(data)])


def split(pieces: Iterable[object]) -> Iterator[str]:
    """The lines of a text that is made piece by piece."""
    rest = ""
    for piece in pieces:
        *whole, rest = f"{rest}{piece!s}".split("\n")
        yield from whole
    yield rest


def _pieces(data: Mapping[str, Any], encoder: JSONEncoder) -> Iterator[str]:
    """A document with lists that are still to be made, piece by piece."""
    before = "{\n  "
    for key, value in data.items():
        yield f"{before}{encoder.encode(key)}: "
        before = ",\n  "
        if not isinstance(value, Iterator):
            yield encoder.encode(value).replace("\n", "\n  ")
            continue
        opens = "["
        for item in value:
            yield f"{opens}\n    " + encoder.encode(item).replace("\n", "\n    ")
            opens = ","
        yield "[]" if opens == "[" else "\n  ]"
    yield "\n}"


def document(schedule: Schedule, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A schedule as plain data, in the frozen shape of the format; rows and totals as iterators."""
    regimen, needed = schedule.regimen, schedule.as_needed
    return {
        **headed(FORMAT),
        "regimen": plain_data.regimen_head(regimen),
        "subject": schedule.subject,
        "patient": plain_data.patient(schedule),
        "start": schedule.start.isoformat(timespec="minutes") if schedule.start else None,
        "arm": schedule.arm,
        "times": dict(schedule.counts),
        "set": plain_data.settings_of(regimen),
        "administrations": (plain_data.administration(each) for each in schedule.shown),
        "totals": (_total(each) for each in schedule.totals),
        "alongside": [{"text": note.text, "source": note.source} for note in regimen.alongside],
        "assumptions": [plain_data.assumption(each) for each in schedule.assumptions],
        "findings": [plain_data.finding(note) for note in regimen.findings],
        "cautions": plain_data.cautions(cautions),
        **({"as_needed": [*map(plain_data.as_needed, needed)]} if needed else {}),
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "drug": total.drug,
        "blocks": blocks(chain_of(total.turns[-1])) if total.turns else [],
        "amount": plain_data.amount(total.value, total.unit),
        "administrations": total.administrations,
        "at_most": total.at_most,
        "only_if": list(total.only_if),
    }


def _course_document(course: Course, cautions: Sequence[Caution]) -> dict[str, Any]:
    schedule = document(course.schedule, cautions)
    del schedule["totals"]
    log = course.log
    rows = {row.number: row for row in course.rows}
    administrations = (
        {**told, **_recorded(rows[told["number"]])} for told in schedule["administrations"]
    )
    return {
        **schedule,
        **headed(COURSE_FORMAT),
        "log": {
            "file": log.file,
            "regimen": log.regimen,
            "version": log.version,
            "sha256": log.sha256,
            "entries_in_force": [entry.number for entry in log.in_force()],
            "last_hash": log.seal.last if log.seal is not None else None,
        },
        "as_of": course.as_of.isoformat(timespec="minutes"),
        "administrations": administrations,
        "tallies": [_progress(each) for each in course.progress],
        "rules": list(course.notes),
    }


def _recorded(row: CourseRow) -> dict[str, Any]:
    plain, body = row.plain, row.administration.patient
    before = plain and plain_data.at(plain.moment, plain.dosed.value, plain.dosed.unit)
    return {
        **row.administration.counted(),
        "height_cm": body.height,
        "gfr_ml_min": body.gfr,
        "age_years": body.age,
        "before_the_log": before,
        **plain_data.recorded(row),
    }


def _progress(each: Progress) -> dict[str, Any]:
    return {
        "drug": each.drug,
        "blocks": blocks(each.turns),
        "unit": UCUM[each.unit] if each.unit else None,
        **{name: _doses(getattr(each, name), each.unit) for name in _PARTS},
    }


def _doses(doses: Doses, unit: str) -> dict[str, Any]:
    stated = unit and not doses.unstated
    return {"administrations": doses.doses, "amount": number(doses.value) if stated else None}


def intensities(
    course: Course, reckoned: Sequence[Intensity], cautions: Sequence[Caution]
) -> dict[str, Any]:
    """Dose intensities as plain data; an empty list where they are undefined."""
    from il2calc.course.intensity import DEFINITION, REFERENCES

    made = course.schedule
    return {
        **headed(INTENSITY_FORMAT),
        "regimen": plain_data.regimen_head(made.regimen),
        "subject": made.subject,
        "arm": made.arm,
        "log": course.log.file,
        "as_of": course.as_of.isoformat(timespec="minutes"),
        "intensities": [*map(plain_data.intensity, reckoned)],
        "definition": list(DEFINITION),
        "references": list(REFERENCES),
        "cautions": plain_data.cautions(cautions),
    }
