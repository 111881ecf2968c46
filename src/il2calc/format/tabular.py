"""A schedule or a course as cells, one row per administration: CSV for programs, Markdown to read.

A course has the columns of its schedule and those of its log; dose intensities have others.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

from il2calc.model.effects import turn_text
from il2calc.model.patient import Patient
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import READERS, Caution, Schedule, changes_to
from il2calc.report import plain_data
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.text.values import no_formula
from il2calc.units import UCUM, Quantity, plain

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.index import CourseRow
    from il2calc.course.intensity import Intensity
    from il2calc.report.sheet import SheetEntry

COLUMNS = tuple(READERS)
"""Frozen: a change of names or order is a new format; a new column is added at the end."""

_LOG_COLUMNS = ("state", "given_date", "given_time", "given_amount", "reason")
_NEWER_COLUMNS = ("ended_date", "ended_time", "reckoned", "supposed")
COURSE_COLUMNS = (*COLUMNS[:-1], *_LOG_COLUMNS, COLUMNS[-1], *_NEWER_COLUMNS)
"""Frozen like `COLUMNS`. `given_amount` is in `unit`; an infusion broken off early has an end."""
INTENSITY_COLUMNS = (
    *("drug", "block", "basis", "unit", "planned_doses", "given_doses", "open_doses", "planned"),
    *("given", "share_percent", "planned_days", "days", "delay_days", "planned_a_week"),
    *("given_a_week", "relative_percent", "regimen", "version", "arm", "subject"),
)
"""Frozen: a change of names or order is a new format. `block` is empty for the whole course."""
_NO_AMOUNT = {"value": None, "unit": None}


def csv_lines(plan: Plan, columns: Sequence[str] = ()) -> Iterator[str]:
    """The header and one line per shown row.

    Args:
        columns: the columns to write, in order; empty = those of the format.
    """
    columns = columns or (COLUMNS if isinstance(plan, Schedule) else COURSE_COLUMNS)
    yield line(columns)
    for cells in records(plan):
        yield line(cells[name] for name in columns)


def records(plan: Plan) -> Iterator[dict[str, str]]:
    """The cells of each shown row, by column."""
    schedule = schedule_of(plan)
    common_cells = {
        "regimen": text(schedule.regimen.id),
        "version": str(schedule.regimen.version),
        "arm": text(schedule.arm),
        "subject": schedule.subject or "",
    }
    body_cells: dict[tuple[Patient, Quantity | None], dict[str, str]] = {}
    rows = {} if isinstance(plan, Schedule) else {row.number: row for row in plan.rows}
    for row in schedule.shown:
        key = (row.patient, row.dosed.body_measure)
        if key not in body_cells:
            measures = row.counted().items()
            body_cells[key] = {name: text(measure) for name, measure in measures}
        log_cells = _log_cells(rows[row.number]) if rows else {}
        yield {**_row_cells(row, schedule), **common_cells, **body_cells[key], **log_cells}


def _row_cells(row: Administration, schedule: Schedule) -> dict[str, str]:
    data = plain_data.administration(row)
    amount = data["amount"] or _NO_AMOUNT
    changed = {
        "block": turn_text(chain_of(row.turn)),
        "amount": amount["value"],
        "unit": UCUM[row.dosed.unit] if row.dosed.unit else None,
        "assumed": ";".join(map(str, row.assumed)),
        "set": list(changes_to(row, schedule)),
    }
    return {name: text(value) for name, value in {**data, **changed}.items()}


def _log_cells(row: CourseRow) -> dict[str, str]:
    data = plain_data.recorded(row)
    given = data["given"] or {"date": None, "time": None, "amount": None}
    ended_date, _, ended_time = given.get("ended", "").partition("T")
    cells = {
        **data,
        "given_date": given["date"],
        "given_time": given["time"],
        "given_amount": (given["amount"] or _NO_AMOUNT)["value"],
        "ended_date": ended_date,
        "ended_time": ended_time,
    }
    return {name: text(value) for name, value in cells.items()}


def intensity_lines(course: Course, intensities: Sequence[Intensity]) -> Iterator[str]:
    """The header of dose intensities, and one line per drug and block turn."""
    yield line(INTENSITY_COLUMNS)
    schedule = course.schedule
    for row in intensities:
        data = plain_data.intensity(row) | {"blocks": None}
        cells = {name: text(value) for name, value in data.items()}
        cells["blocks"] = text(turn_text(row.turns))
        planned_by = (text(list(row.versions)), text(list(row.arms)))
        yield line(
            (*cells.values(), text(schedule.regimen.id), *planned_by, schedule.subject or "")
        )


def text(value: object) -> str:
    """A value of plain data as a cell: None as empty, lists joined by `; `."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str):
        return no_formula(value)
    return "" if value is None else str(value)


def line(cells: Iterable[object]) -> str:
    """One line of CSV, without the line break."""
    buffer = StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


_LIST_NUMBER = re.compile(r"^([0-9]+)\.(?= )")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&|#!~])")

MARKDOWN_COLUMNS = (
    *("number", "regimen_day", "date", "time", "block", "drug", "amount", "route", "marks"),
)
"""The default columns."""

RECORDED = ("state", "given", "reason")
"""The default columns that follow them in a course: what the log says about each row."""

MARKDOWN_KNOWN = (*COLUMNS, "marks")
"""The columns that can be chosen: those of the CSV, and the marks of a table."""

COURSE_MARKDOWN_KNOWN = tuple(dict.fromkeys((*COURSE_COLUMNS, "marks", *RECORDED)))
"""The same for a course, with `RECORDED`."""

_HEADINGS = {"number": "no.", "regimen_day": "day", "amount": "dose"}
_RIGHT_ALIGNED = ("number", "regimen_day", "amount", "block_day", "dose_number", "hours")


def markdown_lines(
    plan: Plan, cautions: Sequence[Caution], columns: Sequence[str] = ()
) -> Iterator[str]:
    """The report as Markdown, line by line, for a protocol annex or an issue; texts are escaped.

    Args:
        columns: the columns to write, in order; empty = those of the format.
    """
    from il2calc.report.sheet import sheet

    report = sheet(plan, cautions)
    is_course = any(column.kind == "state" for column in report.columns)
    columns = columns or (*MARKDOWN_COLUMNS, *(RECORDED if is_course else ()))
    yield f"# {escaped(report.title)}"
    yield ""
    changes = (("change", text) for text in report.log_changes)
    yield from (f"- {label}: {escaped(text)}" for label, text in (*report.head, *changes))
    if report.shown:
        yield f"- {report.shown}"
    yield ""
    yield f"| {' | '.join(_HEADINGS.get(name, escaped(name)) for name in columns)} |"
    yield f"| {' | '.join('---:' if name in _RIGHT_ALIGNED else '---' for name in columns)} |"
    entries = chain.from_iterable(group.entries for group in report.groups)
    for entry, record in zip(entries, records(plan), strict=True):
        cells = record | _readable_cells(entry)
        if "unit" in columns:  # an amount in words has its unit already
            cells["amount"] = record["amount"]
        yield f"| {' | '.join(escaped(cells[name]) for name in columns)} |"
    legend = [f"{mark}: {meaning}" for mark, meaning in report.marks]
    sections = (("Marks", legend), ("Cautions", report.cautions), *report.notes, *report.rests_on)
    for heading, texts in sections:
        if texts:
            yield from ("", f"## {heading}", "")
            yield from (f"- {escaped(text)}" for text in texts)


def _readable_cells(entry: SheetEntry) -> dict[str, str]:
    """The cells that Markdown has in another form than CSV, or that only Markdown has."""
    cells = entry.cells
    marks = (cells["marks"], f"latest {cells['latest']}" if cells["latest"] else "")
    return {
        "date": cells["date"],
        "time": cells["time"],
        "amount": cells["dose"],
        "route": cells["route"],
        "marks": ", ".join(filter(None, marks)),
        "state": cells["state"],
        "given": ", ".join(filter(None, (cells["given-at"], cells["given"]))),
        "reason": cells["reason"],
    }


def escaped(text: str) -> str:
    r"""A text with the special characters of Markdown and HTML escaped.

    >>> escaped("<b> | *x*")
    '\\<b\\> \\| \\*x\\*'
    """
    return _LIST_NUMBER.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", text))
