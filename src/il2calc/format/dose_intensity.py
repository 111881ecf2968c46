"""Dose intensity: a table for people; CSV and JSON (`il2calc.intensity/1`) for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

from il2calc.course import Course
from il2calc.course.intensity import DEFINITION, REFERENCES, Intensity
from il2calc.format import csv, json
from il2calc.model.effects import chain_text
from il2calc.model.regimen import UNPLANNED
from il2calc.plan.calendar import lasting
from il2calc.plan.schedule import Caution
from il2calc.report import course_text, notes, plain_data, words
from il2calc.report.lines import Line, listed, padded, width_of, wrapped
from il2calc.units import safe, short, ucum

NOTHING = (
    "No dose was given or held yet: there is no time to divide by, and dose intensity is undefined."
)
_BAR = 20
"""How wide a bar is for 100 % [columns]."""

_BAR_RULE = "A full bar of # is 100 %, a > stands for more."


def lines(
    course: Course,
    reckoned: Sequence[Intensity],
    cautions: Sequence[Caution],
    width: int | None = None,
) -> Iterator[Line]:
    """The whole sheet, line by line.

    Args:
        reckoned: the dose intensities of the course.
        cautions: those of the schedule and of the log.
        width: columns to keep within; None = as wide as it wants to be.
    """
    for label, text in (*notes.head(course.schedule), *course_text.head(course)):
        yield from wrapped(f"{label:<8} ", text, width)
    named = course_text.names(course)
    if not reckoned:
        yield Line("")
        yield from wrapped("", NOTHING, width)
    for (drug, _), group in groupby(reckoned, key=lambda one: (one.drug, one.unit)):
        yield Line("")
        yield from wrapped("", words.title(drug), width, "heading")
        own = list(group)
        names = [words.title(named[each.turns]) if each.turns else "In all" for each in own]
        room = max(map(width_of, names))
        for each, name in zip(own, names, strict=True):
            yield from _told(each, padded(name, room), width)
    blocks = (
        ("Cautions", [caution.text for caution in cautions]),
        ("Definition", (*DEFINITION, _BAR_RULE)),
        ("References", REFERENCES),
        ("Standing", [notes.standing(course.schedule.regimen), words.DISCLAIMER]),
    )
    for heading, texts in blocks:
        if texts:
            yield from listed(heading, texts, width)


def _told(each: Intensity, name: str, width: int | None) -> Iterator[Line]:
    name = f"  {name}"
    figure = "not planned" if each.relative is None else f"RDI {percent(each.relative)}"
    picture = " " * _BAR if each.relative is None else bar(each.relative)
    room = width is None or width_of(name) + _BAR + len(figure) + 4 <= width
    yield Line(f"{name}  {picture}  {figure}" if room else f"{name}  {figure}")
    of = f" ({percent(each.share)})" if each.share is not None else ""
    doses = f"{each.given_doses} of {each.planned_doses} doses"
    if each.drawn_doses:
        doses += f" ({each.drawn_doses} of those given through a delay)"
    if each.needed_doses:
        doses += f" ({each.needed_doses} of those as needed)"
    if unplanned := each.unplanned_doses - each.needed_doses:
        doses += f" ({unplanned} of those {UNPLANNED})"
    if each.open_doses:
        doses += f" ({each.open_doses} still to come or unrecorded)"
    total = words.part(_amount(each.given, each), _amount(each.planned, each))
    yield from wrapped("    ", f"{doses}: {total}{of}", width)
    planned = f"planned {each.planned_days}, {each.delay} of delay" if each.delay else "as planned"
    a_week = words.part(_amount(each.given_a_week, each), _amount(each.planned_a_week, each))
    text = f"in {lasting(each.days * 1440)} ({planned}): {a_week} a week"
    yield from wrapped("    ", text, width)


def _amount(value: Decimal, each: Intensity) -> str:
    return safe(value, each.unit) + (f"/{each.basis}" if each.basis else "")


def percent(value: Decimal) -> str:
    """A percentage to a tenth, halves rounded up.

    >>> percent(Decimal("53.333"))
    '53.3 %'
    """
    return f"{short(value.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP))} %"


def bar(value: Decimal) -> str:
    """A percentage as a bar of fixed width.

    >>> bar(Decimal(50))
    '##########..........'
    """
    full = int((value * _BAR / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if full > _BAR:
        return "#" * (_BAR - 1) + ">"
    return "#" * full + "." * (_BAR - full)


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
    for each in reckoned:
        followed = (csv.text(list(each.versions)), csv.text(list(each.arms)))
        yield csv.line((*_cells(each), made.regimen.id, *followed, made.subject or ""))


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
        "definition": list(DEFINITION),
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


def _cells(each: Intensity) -> Iterator[str]:
    for name, value in _plain(each).items():
        yield chain_text(each.turns) if name == "blocks" else csv.text(value)
