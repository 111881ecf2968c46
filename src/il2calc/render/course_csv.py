"""A course as CSV: the columns of its schedule, then what became of each row."""

from __future__ import annotations

from collections.abc import Iterator

from il2calc.record import Course, Row
from il2calc.render import csv
from il2calc.units import plain

COLUMNS = (*csv.COLUMNS, "state", "given_date", "given_time", "given_amount", "reason")
"""Frozen: a change of names or order is a new format. `given_amount` is in `unit`."""


def lines(course: Course) -> Iterator[str]:
    """The header and one line per administration."""
    yield csv.line(COLUMNS)
    for cells, row in zip(csv.cells_of(course.schedule), course.rows, strict=True):
        yield csv.line((*cells, *_recorded(row)))


def _recorded(row: Row) -> Iterator[str]:
    state, when, value, reason = row.recorded
    yield state
    yield when.date().isoformat() if when is not None else ""
    yield when.isoformat(timespec="minutes")[11:] if when is not None else ""
    yield plain(value) if value is not None else ""
    yield reason
