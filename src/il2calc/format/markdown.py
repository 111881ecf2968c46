"""A report as Markdown, for a protocol annex or an issue: every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from il2calc.format import csv
from il2calc.plan.schedule import Caution
from il2calc.report.plain_data import Plan
from il2calc.report.sheet import Entry, sheet

_NUMBERED = re.compile(r"^([0-9]+)\.(?= )")
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>&|#!~])")


COLUMNS = ("number", "regimen_day", "date", "time", "block", "drug", "amount", "route", "marks")
"""The columns where none are asked for."""

RECORDED = ("state", "given", "reason")
"""The columns that follow them on a course: what a log says of each row."""

KNOWN = (*csv.COLUMNS, "marks")
"""Columns that can be asked for: those of the CSV, and the marks that people see."""

COURSE_KNOWN = tuple(dict.fromkeys((*csv.COURSE_COLUMNS, "marks", *RECORDED)))
"""The same of a course, with what a log says of each row."""

_HEADINGS = {"number": "no.", "regimen_day": "day", "amount": "dose"}
_RIGHT = ("number", "regimen_day", "amount", "block_day", "dose_number", "hours")


def lines(plan: Plan, cautions: Sequence[Caution], columns: Sequence[str] = ()) -> Iterator[str]:
    """The report as Markdown, line by line.

    Args:
        columns: of its rows, in order; empty = those of the format.
    """
    told = sheet(plan, cautions)
    in_course = any(column.kind == "state" for column in told.columns)
    columns = columns or (*COLUMNS, *(RECORDED if in_course else ()))
    yield f"# {escaped(told.title)}"
    yield ""
    changes = (("change", text) for text in told.logged)
    yield from (f"- {label}: {escaped(text)}" for label, text in (*told.head, *changes))
    if told.shown:
        yield f"- {told.shown}"
    yield ""
    yield f"| {' | '.join(_HEADINGS.get(name, escaped(name)) for name in columns)} |"
    yield f"| {' | '.join('---:' if name in _RIGHT else '---' for name in columns)} |"
    entries = chain.from_iterable(group.entries for group in told.groups)
    for entry, record in zip(entries, csv.records(plan), strict=True):
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
