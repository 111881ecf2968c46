"""A schedule as Markdown, for a protocol annex or an issue: every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from il2calc.format import csv
from il2calc.plan.administration import Administration, Recorded
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, rules, words
from il2calc.report.rows import Row, marked
from il2calc.report.sheet import given, latest
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

RECORDED = ("state", "given", "reason")
"""The columns that follow them on a course: what a log says of each row."""

KNOWN = (*csv.COLUMNS, "marks")
"""Columns that can be asked for: those of the CSV, and the marks that people see.

On a course those of `RECORDED` too.
"""

_HEADINGS = {"number": "no.", "regimen_day": "day", "amount": "dose"}
_RIGHT = ("number", "regimen_day", "amount", "block_day", "dose_number", "hours")


def lines(
    schedule: Schedule, cautions: Sequence[Caution], columns: Sequence[str] = ()
) -> Iterator[str]:
    """The sheet as Markdown, line by line.

    Args:
        cautions: of the schedule.
        columns: of its rows, in order; empty = those of the format.
    """
    columns = columns or (*COLUMNS, *(RECORDED if schedule.recorded else ()))
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
        recorded = schedule.recorded.get(row.administration.number)
        told = dict(zip(csv.COLUMNS, cells, strict=True))
        for_people = _for_people(row, recorded) | _recorded(row.administration, recorded)
        if "unit" in columns:  # an amount in words has its unit already
            del for_people["amount"]
        told |= for_people
        yield f"| {' | '.join(escaped(str(told[name])) for name in columns)} |"
    legend = [f"{mark}: {meaning}" for mark, meaning in marks.legend()]
    blocks = [
        ("Marks", legend),
        ("Cautions", [caution.text for caution in cautions]),
        notes.counted(schedule),
        *rules.ruled(schedule),
        *notes.resting_on(schedule),
    ]
    for heading, texts in blocks:
        if texts:
            yield from ("", f"## {heading}", "")
            yield from (f"- {escaped(text)}" for text in texts)


def _for_people(row: Row, recorded: Recorded | None) -> dict[str, str]:
    """The cells that people read otherwise than programs."""
    each = row.administration
    late = latest(each, recorded)
    marks = (" ".join(row.marks), f"latest {late}" if late else "")
    return {
        "date": words.dated(each.when) if each.when else "",
        "time": each.clock,
        "amount": safe(each.dosed.value, each.dosed.unit),
        "route": words.route(each.dose),
        "marks": ", ".join(filter(None, marks)),
    }


def _recorded(each: Administration, recorded: Recorded | None) -> dict[str, str]:
    """The cells in which a log tells of a row; empty where it does not."""
    if recorded is None:
        return dict.fromkeys(RECORDED, "")
    return {
        "state": recorded.state,
        "given": ", ".join(filter(None, given(each, recorded))),
        "reason": recorded.reason,
    }


def escaped(text: str) -> str:
    r"""A text in which nothing acts as Markdown or HTML.

    >>> escaped("<b> | *x*")
    '\\<b\\> \\| \\*x\\*'
    """
    return _NUMBERED.sub(r"\1\\.", _ACTIVE.sub(r"\\\1", text))
