"""A schedule or a course in cells, a row per administration: CSV for programs, Markdown to read.

A course has the columns of its schedule, then what became of each row; dose intensities have
columns of their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

from il2calc.model.effects import chain_text
from il2calc.model.patient import Patient
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import READERS, Caution, Schedule, Whole, read_otherwise
from il2calc.report import plain_data
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.sheet import Entry, sheet
from il2calc.text.values import no_formula
from il2calc.units import UCUM, Quantity, plain

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.index import CourseRow
    from il2calc.course.intensity import Intensity


COLUMNS = tuple(READERS)
"""Frozen: a change of names or order is a new format; a new column stands last."""

_OF_LOG = ("state", "given_date", "given_time", "given_amount", "reason")
_NEWER = ("ended_date", "ended_time", "reckoned", "supposed")
COURSE_COLUMNS = (*COLUMNS[:-1], *_OF_LOG, COLUMNS[-1], *_NEWER)
"""Frozen, as `COLUMNS`. `given_amount` is in `unit`; an infusion broken off has an end."""


INTENSITY_COLUMNS = (
    *("drug", "block", "basis", "unit", "planned_doses", "given_doses", "open_doses", "planned"),
    *("given", "share_percent", "planned_days", "days", "delay_days", "planned_a_week"),
    *("given_a_week", "relative_percent", "regimen", "version", "arm", "subject"),
)
"""Frozen: a change of names or order is a new format. `block` is empty for the whole course."""


def csv_lines(plan: Plan, columns: Sequence[str] = ()) -> Iterator[str]:
    """The header and one line per shown administration.

    Args:
        columns: those that are asked for, in order; empty = those of the format.
    """
    columns = columns or (COLUMNS if isinstance(plan, Schedule) else COURSE_COLUMNS)
    yield line(columns)
    for cells in records(plan):
        yield line(cells[name] for name in columns)


def records(plan: Plan) -> Iterator[dict[str, str]]:
    """The cells of each shown administration by the names of their columns."""
    schedule = schedule_of(plan)
    whole = schedule.whole()
    same = {
        "regimen": text(whole.regimen),
        "version": str(whole.version),
        "arm": text(whole.arm),
        "subject": whole.subject or "",
    }
    bodies: dict[tuple[Patient, Quantity | None], dict[str, str]] = {}
    rows = {} if isinstance(plan, Schedule) else {row.number: row for row in plan.rows}
    for each in schedule.shown:
        body = (each.patient, each.dosed.reckoned)
        if body not in bodies:
            measures = each.counted().items()
            bodies[body] = {name: text(measure) for name, measure in measures}
        of_log = _recorded(rows[each.number]) if rows else {}
        yield {**_own(each, whole), **same, **bodies[body], **of_log}


def _own(each: Administration, whole: Whole) -> dict[str, str]:
    told = plain_data.administration(each)
    amount = told["amount"] or _NO_AMOUNT
    own = {
        "block": chain_text(chain_of(each.turn)),
        "amount": amount["value"],
        "unit": UCUM[each.dosed.unit] if each.dosed.unit else None,
        "assumed": ";".join(map(str, each.assumed)),
        "set": list(read_otherwise(each, whole)),
    }
    return {name: text(value) for name, value in {**told, **own}.items()}


_NO_AMOUNT = {"value": None, "unit": None}


def _recorded(row: CourseRow) -> dict[str, str]:
    told = plain_data.recorded(row)
    given = told["given"] or {"date": None, "time": None, "amount": None}
    ended_date, _, ended_time = given.get("ended", "").partition("T")
    cells = {
        **told,
        "given_date": given["date"],
        "given_time": given["time"],
        "given_amount": (given["amount"] or _NO_AMOUNT)["value"],
        "ended_date": ended_date,
        "ended_time": ended_time,
    }
    return {name: text(value) for name, value in cells.items()}


def intensity_lines(course: Course, reckoned: Sequence[Intensity]) -> Iterator[str]:
    """Of dose intensities the header, and one line per drug and block turn."""
    yield line(INTENSITY_COLUMNS)
    made = course.schedule
    for each in reckoned:
        told = plain_data.intensity(each) | {"blocks": None}
        cells = {name: text(value) for name, value in told.items()}
        cells["blocks"] = text(chain_text(each.turns))
        followed = (text(list(each.versions)), text(list(each.arms)))
        yield line((*cells.values(), text(made.regimen.id), *followed, made.subject or ""))


def text(value: object) -> str:
    """A value of plain data as a cell: nothing where there is none, lists joined by `; `."""
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
    """One line of CSV, without its end."""
    buffer = StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


_NUMBERED = re.compile(r"^([0-9]+)\.(?= )")
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>&|#!~])")


MARKDOWN_COLUMNS = (
    *("number", "regimen_day", "date", "time", "block", "drug", "amount", "route", "marks"),
)
"""The columns where none are asked for."""

RECORDED = ("state", "given", "reason")
"""The columns that follow them on a course: what a log says of each row."""

MARKDOWN_KNOWN = (*COLUMNS, "marks")
"""Columns that can be asked for: those of the CSV, and the marks that people see."""

COURSE_MARKDOWN_KNOWN = tuple(dict.fromkeys((*COURSE_COLUMNS, "marks", *RECORDED)))
"""The same of a course, with what a log says of each row."""

_HEADINGS = {"number": "no.", "regimen_day": "day", "amount": "dose"}
_TO_THE_RIGHT = ("number", "regimen_day", "amount", "block_day", "dose_number", "hours")


def markdown_lines(
    plan: Plan, cautions: Sequence[Caution], columns: Sequence[str] = ()
) -> Iterator[str]:
    """The report as Markdown, line by line, for a protocol annex or an issue; texts are escaped.

    Args:
        columns: of its rows, in order; empty = those of the format.
    """
    told = sheet(plan, cautions)
    in_course = any(column.kind == "state" for column in told.columns)
    columns = columns or (*MARKDOWN_COLUMNS, *(RECORDED if in_course else ()))
    yield f"# {escaped(told.title)}"
    yield ""
    changes = (("change", text) for text in told.logged)
    yield from (f"- {label}: {escaped(text)}" for label, text in (*told.head, *changes))
    if told.shown:
        yield f"- {told.shown}"
    yield ""
    yield f"| {' | '.join(_HEADINGS.get(name, escaped(name)) for name in columns)} |"
    yield f"| {' | '.join('---:' if name in _TO_THE_RIGHT else '---' for name in columns)} |"
    entries = chain.from_iterable(group.entries for group in told.groups)
    for entry, record in zip(entries, records(plan), strict=True):
        cells = record | _for_people(entry)
        if "unit" in columns:  # an amount in words has its unit already
            cells["amount"] = record["amount"]
        yield f"| {' | '.join(escaped(cells[name]) for name in columns)} |"
    legend = [f"{mark}: {meaning}" for mark, meaning in told.marks]
    blocks = (("Marks", legend), ("Cautions", told.cautions), *told.notes, *told.rests_on)
    for heading, texts in blocks:
        if texts:
            yield from ("", f"## {heading}", "")
            yield from (f"- {escaped(text)}" for text in texts)


def _for_people(entry: Entry) -> dict[str, str]:
    """The cells that people read otherwise than programs, or that only they read."""
    cells = entry.cells
    marks = (cells["marks"], f"latest {cells['latest']}" if cells["latest"] else "")
    return {
        "date": cells["date"],
        "time": cells["night"] or cells["time"],
        "amount": cells["dose"],
        "route": cells["route"],
        "marks": ", ".join(filter(None, marks)),
        "state": cells["state"],
        "given": ", ".join(filter(None, (cells["given-at"], cells["given"]))),
        "reason": cells["reason"],
    }


def escaped(text: str) -> str:
    r"""A text in which nothing acts as Markdown or HTML.

    >>> escaped("<b> | *x*")
    '\\<b\\> \\| \\*x\\*'
    """
    return _NUMBERED.sub(r"\1\\.", _ACTIVE.sub(r"\\\1", text))
