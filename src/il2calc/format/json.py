"""A schedule (`il2calc.schedule/1`) or a course (`il2calc.course/1`) as JSON.

Decimals are numbers with all their digits. A course is its schedule, plus what the log says about
each row. Instead of the `totals` of a plan it has `tallies` of what was planned, given, held,
unrecorded, stopped and is still to come. Dose intensities are `il2calc.intensity/1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from il2calc.plan.administration import Total
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import plain_data
from il2calc.report.plain_data import Plan, blocks, document_head, number
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
_TALLIES = (
    *("planned", "drawn", "unplanned", "as_needed", "given", "held", "unrecorded", "remaining"),
    *("conditional", "stopped"),
)
_FIELDS = {"drawn": "continued"}
"""The keys of doses that are counted, and the field of a `Progress` with another name than its."""


def lines(plan: Plan, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line; rows become plain data one at a time, to save memory."""
    if isinstance(plan, Schedule):
        return dumped(document(plan, cautions))
    return dumped(_course_document(plan, cautions))


def dumped(data: Any) -> Iterator[str]:
    """Plain data as indented JSON, decimals at full precision.

    Args:
        data: if it is a dict, an iterator as a value is written as a list, item by item.
    """
    import simplejson

    encoder = simplejson.JSONEncoder(use_decimal=True, indent=2, ensure_ascii=False)
    streams = isinstance(data, dict) and any(isinstance(value, Iterator) for value in data.values())
    yield from split(_encoded_pieces(data, encoder) if streams else [encoder.encode(data)])


def split(pieces: Iterable[object]) -> Iterator[str]:
    """The lines of a text that comes in pieces."""
    rest = ""
    for piece in pieces:
        *complete, rest = f"{rest}{piece!s}".split("\n")
        yield from complete
    yield rest


def _encoded_pieces(data: Mapping[str, Any], encoder: JSONEncoder) -> Iterator[str]:
    """A document whose lists are partly iterators, piece by piece."""
    separator = "{\n  "
    for key, value in data.items():
        yield f"{separator}{encoder.encode(key)}: "
        separator = ",\n  "
        if not isinstance(value, Iterator):
            yield encoder.encode(value).replace("\n", "\n  ")
            continue
        opening = "["
        for item in value:
            yield f"{opening}\n    " + encoder.encode(item).replace("\n", "\n    ")
            opening = ","
        yield "[]" if opening == "[" else "\n  ]"
    yield "\n}"


def document(schedule: Schedule, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A schedule as plain data, in the frozen form; rows and totals are iterators."""
    regimen, as_needed = schedule.regimen, schedule.as_needed
    return {
        **document_head(FORMAT),
        "regimen": plain_data.regimen_head(regimen),
        "subject": schedule.subject,
        "patient": plain_data.patient(schedule),
        "start": schedule.start.isoformat(timespec="minutes") if schedule.start else None,
        "arm": schedule.arm,
        "times": dict(schedule.counts),
        "set": plain_data.settings_of(regimen),
        "administrations": (plain_data.administration(row) for row in schedule.shown),
        "totals": (_total_data(total) for total in schedule.totals),
        "alongside": [{"text": note.text, "source": note.source} for note in regimen.alongside],
        "assumptions": [plain_data.assumption(note) for note in schedule.assumptions],
        "findings": [plain_data.finding(note) for note in regimen.findings],
        "cautions": plain_data.cautions(cautions),
        **({"as_needed": [*map(plain_data.as_needed, as_needed)]} if as_needed else {}),
    }


def _total_data(total: Total) -> dict[str, Any]:
    return {
        "drug": total.drug,
        "blocks": blocks(chain_of(total.turns[-1])) if total.turns else [],
        "amount": plain_data.amount(total.value, total.unit),
        "administrations": total.administrations,
        "at_most": total.at_most,
        "only_if": list(total.only_if),
    }


def _course_document(course: Course, cautions: Sequence[Caution]) -> dict[str, Any]:
    data = document(course.schedule, cautions)
    del data["totals"]
    log = course.log
    rows = {row.number: row for row in course.rows}
    administrations = (
        {**record, **_row_record(rows[record["number"]])} for record in data["administrations"]
    )
    return {
        **data,
        **document_head(COURSE_FORMAT),
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
        "tallies": [_tally(progress) for progress in course.progress],
        "rules": list(course.notes),
    }


def _row_record(row: CourseRow) -> dict[str, Any]:
    old, patient = row.planned, row.administration.patient
    before = old and plain_data.amount_at(old.moment, old.dosed.value, old.dosed.unit)
    return {
        **row.administration.counted(),
        "height_cm": patient.height,
        "gfr_ml_min": patient.gfr,
        "age_years": patient.age,
        "before_the_log": before,
        **plain_data.recorded(row),
    }


def _tally(progress: Progress) -> dict[str, Any]:
    return {
        "drug": progress.drug,
        "blocks": blocks(progress.turns),
        "unit": UCUM[progress.unit] if progress.unit else None,
        **{
            key: _dose_sum(getattr(progress, _FIELDS.get(key, key)), progress.unit)
            for key in _TALLIES
        },
    }


def _dose_sum(doses: Doses, unit: str) -> dict[str, Any]:
    is_stated = unit and not doses.unstated
    return {"administrations": doses.doses, "amount": number(doses.value) if is_stated else None}


def intensities(
    course: Course, rows: Sequence[Intensity], cautions: Sequence[Caution]
) -> dict[str, Any]:
    """Dose intensities as plain data; an empty list if they are undefined."""
    from il2calc.course.intensity import DEFINITION, REFERENCES

    schedule = course.schedule
    return {
        **document_head(INTENSITY_FORMAT),
        "regimen": plain_data.regimen_head(schedule.regimen),
        "subject": schedule.subject,
        "arm": schedule.arm,
        "log": course.log.file,
        "as_of": course.as_of.isoformat(timespec="minutes"),
        "intensities": [*map(plain_data.intensity, rows)],
        "definition": list(DEFINITION),
        "references": list(REFERENCES),
        "cautions": plain_data.cautions(cautions),
    }
