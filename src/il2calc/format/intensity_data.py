"""Dose intensity for programs: CSV, and JSON (`il2calc.intensity/1`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from il2calc.course import Course
from il2calc.course.intensity import REFERENCES, Intensity
from il2calc.format import csv, json
from il2calc.model.log import chain_text
from il2calc.plan.schedule import Caution
from il2calc.report import plain_data
from il2calc.report.intensity_sheet import DEFINITION
from il2calc.units import plain, ucum

FORMAT = "il2calc.intensity/1"
COLUMNS = (
    "drug",
    "block",
    "basis",
    "unit",
    "planned_doses",
    "given_doses",
    "open_doses",
    "planned",
    "given",
    "share_percent",
    "planned_days",
    "days",
    "delay_days",
    "planned_a_week",
    "given_a_week",
    "relative_percent",
    "regimen",
    "version",
    "arm",
    "subject",
)
"""Frozen: a change of names or order is a new format. `block` is empty for the whole course."""


def csv_lines(course: Course, reckoned: Sequence[Intensity]) -> Iterator[str]:
    """The header and one line per drug and block turn."""
    yield csv.line(COLUMNS)
    made = course.schedule
    regimen = made.regimen
    common = (regimen.id, regimen.version, made.arm or "", made.subject or "")
    for each in reckoned:
        yield csv.line((*_cells(each), *common))


def json_lines(
    course: Course, reckoned: Sequence[Intensity], cautions: Sequence[Caution]
) -> Iterator[str]:
    """The document, line by line."""
    yield from json.dumped(document(course, reckoned, cautions))


def document(
    course: Course, reckoned: Sequence[Intensity], cautions: Sequence[Caution]
) -> dict[str, Any]:
    """Dose intensities as plain data; an empty list where they are undefined."""
    made = course.schedule
    return {
        **plain_data.headed(FORMAT),
        "regimen": plain_data.regimen_head(made.regimen),
        "subject": made.subject,
        "arm": made.arm,
        "log": course.log.file,
        "as_of": course.as_of.isoformat(timespec="minutes"),
        "intensities": [_plain(each) for each in reckoned],
        "definition": list(DEFINITION[:-1]),
        "references": list(REFERENCES),
        "cautions": plain_data.cautions(cautions),
    }


def _plain(each: Intensity) -> dict[str, Any]:
    return {
        "drug": each.drug,
        "blocks": plain_data.blocks(each.turns),
        "basis": each.basis,
        "unit": ucum(each.unit),
        "planned_doses": each.planned_doses,
        "given_doses": each.given_doses,
        "open_doses": each.open_doses,
        "planned": plain_data.number(each.planned),
        "given": plain_data.number(each.given),
        "share_percent": _number(each.share),
        "planned_days": each.planned_days,
        "days": each.days,
        "delay_days": each.delay,
        "planned_a_week": plain_data.number(each.planned_a_week),
        "given_a_week": plain_data.number(each.given_a_week),
        "relative_percent": _number(each.relative),
    }


def _number(value: Decimal | None) -> Decimal | int | None:
    return None if value is None else plain_data.number(value)


def _cells(each: Intensity) -> Iterator[object]:
    for name, value in _plain(each).items():
        if name == "blocks":
            yield chain_text(each.turns)
        elif value is None:
            yield ""
        else:
            yield plain(Decimal(value)) if isinstance(value, int | Decimal) else value
