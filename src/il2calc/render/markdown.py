"""A schedule as Markdown, for a protocol annex or an issue: every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from il2calc.administration import Administration
from il2calc.render import csv, notes, words
from il2calc.render.sections import Row, marked
from il2calc.schedule import Caution, Schedule
from il2calc.units import safe

_NUMBERED = re.compile(r"^([0-9]+)\.(?= )")
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>&|#!~])")


COLUMNS = (
    "number",
    "regimen_day",
    "date",
    "time",
    "block",
    "drug",
    "amount",
    "route",
    "marks",
)
"""The columns where none are asked for."""

KNOWN = (*csv.COLUMNS, "marks")
"""Columns that can be asked for: those of the CSV, and the marks that people see."""

_HEADINGS = {"number": "no.", "regimen_day": "day", "amount": "dose"}
_RIGHT = ("number", "regimen_day", "amount", "block_day", "dose_number", "hours")


def lines(
    schedule: Schedule, cautions: Sequence[Caution], columns: Sequence[str] = COLUMNS
) -> Iterator[str]:
    """The sheet as Markdown, line by line, its rows in the columns that are asked for."""
    rows, marks = marked(schedule, cautions)
    yield f"# {escaped(schedule.regimen.title)}"
    yield ""
    yield from (f"- {label}: {escaped(text)}" for label, text in notes.head(schedule))
    if len(rows) < len(schedule.administrations):
        yield f"- {notes.shown(schedule)}"
    yield ""
    yield f"| {' | '.join(_HEADINGS.get(name, escaped(name)) for name in columns)} |"
    yield f"| {' | '.join('---:' if name in _RIGHT else '---' for name in columns)} |"
    for row, cells in zip(rows, csv.cells_of(schedule), strict=True):
        told = {**dict(zip(csv.COLUMNS, cells, strict=True)), **_for_people(row)}
        yield f"| {' | '.join(escaped(str(told[name])) for name in columns)} |"
    legend = [f"{mark}: {meaning}" for mark, meaning in marks.legend()]
    blocks = [
        ("Marks", legend),
        ("Cautions", [caution.text for caution in cautions]),
        ("Totals", list(notes.totals(schedule))),
        ("Rules used", list(notes.rules(schedule))),
        *notes.resting_on(schedule),
    ]
    for heading, texts in blocks:
        if texts:
            yield from ("", f"## {heading}", "")
            yield from (f"- {escaped(text)}" for text in texts)


def _for_people(row: Row) -> dict[str, str]:
    """The cells that people read otherwise than programs."""
    each = row.administration
    return {
        "date": words.dated(each.when) if each.when else "",
        "time": each.clock,
        "amount": safe(each.dosed.value, each.dosed.unit),
        "route": words.route(each.dose),
        "marks": ", ".join(filter(None, (" ".join(row.marks), _latest(each)))),
    }


def _latest(each: Administration) -> str:
    late = words.latest(each.latest_date, each.latest_day)
    return f"latest {late}" if late else ""


def escaped(text: str) -> str:
    r"""A text in which nothing acts as Markdown or HTML.

    >>> escaped("<b> | *x*")
    '\\<b\\> \\| \\*x\\*'
    """
    return _NUMBERED.sub(r"\1\\.", _ACTIVE.sub(r"\\\1", text))
