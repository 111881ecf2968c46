"""A schedule as CSV: one row per administration, in the columns that other programs read.

A course as CSV: the columns of its schedule, then what became of each row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO

from il2calc.course import Course
from il2calc.course.index import CourseRow, chain_of
from il2calc.model.log import chain_text
from il2calc.model.patient import Patient
from il2calc.plan.administration import Administration
from il2calc.plan.schedule import Schedule
from il2calc.units import plain, ucum

COLUMNS = (
    "number",
    "regimen_day",
    "date",
    "time",
    "latest_date",
    "block",
    "block_day",
    "drug",
    "dose_number",
    "amount",
    "unit",
    "route",
    "over_minutes",
    "at_most",
    "only_if",
    "source",
    "assumed",
    "set",
    "regimen",
    "version",
    "arm",
    "subject",
    "weight_kg",
    "bsa_m2",
    "hours",
    "latest_day",
    "over_minutes_to",
)
"""Frozen: a change of names or order is a new format."""


def lines(schedule: Schedule, columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """The header and one line per shown administration, in the columns that are asked for."""
    yield line(columns)
    wanted = [COLUMNS.index(name) for name in columns]
    for cells in cells_of(schedule):
        yield line(cells[place] for place in wanted)


def cells_of(schedule: Schedule) -> Iterator[tuple[object, ...]]:
    """One tuple per shown administration, in the order of `COLUMNS`."""
    regimen = schedule.regimen
    common = (regimen.id, regimen.version, schedule.arm or "", schedule.subject or "")
    bodies: dict[Patient, tuple[str, str]] = {}
    for each in schedule.shown:
        if each.patient not in bodies:
            bodies[each.patient] = (_number(each.patient.weight), _number(each.patient.bsa()))
        told = (*_own(each), "; ".join(_set(each, schedule)), *common, *bodies[each.patient])
        yield (*told, *_last(each))


def _own(each: Administration) -> tuple[object, ...]:
    over = each.dose.over
    return (
        each.number,
        each.regimen_day,
        each.when.date().isoformat() if each.when else "",
        each.time,
        each.latest_date.isoformat() if each.latest_date else "",
        chain_text(chain_of(each.turn)),
        each.block_day,
        each.dose.drug,
        each.dose_number,
        plain(each.dosed.value),
        ucum(each.dosed.unit),
        each.dose.route,
        over.shortest if over else "",
        "true" if each.at_most else "false",
        "; ".join(each.only_if),
        "; ".join(each.source),
        ";".join(str(number) for number in each.assumed),
    )


def _set(each: Administration, schedule: Schedule) -> Iterator[str]:
    """What was read otherwise behind a row, a share of its amount included."""
    yield from schedule.settings()
    if each.dosed.percent != 100:
        yield f"{each.dose.drug}: 100 % -> {plain(each.dosed.percent)} %"


def _last(each: Administration) -> tuple[object, ...]:
    return (
        plain(each.hours),
        "" if each.latest_day is None else each.latest_day,
        each.dose.over.longest if each.dose.over else "",
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def line(cells: Iterable[object]) -> str:
    """One line of CSV, without its end."""
    buffer = StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


COURSE_COLUMNS = (*COLUMNS, "state", "given_date", "given_time", "given_amount", "reason")
"""Frozen: a change of names or order is a new format. `given_amount` is in `unit`."""


def course_lines(course: Course) -> Iterator[str]:
    """The header and one line per administration."""
    yield line(COURSE_COLUMNS)
    for cells, row in zip(cells_of(course.schedule), course.rows, strict=True):
        yield line((*cells, *_recorded(row)))


def _recorded(row: CourseRow) -> Iterator[str]:
    state, when, value, reason = row.recorded
    yield state
    yield when.date().isoformat() if when is not None else ""
    yield when.isoformat(timespec="minutes")[11:] if when is not None else ""
    yield plain(value) if value is not None else ""
    yield reason
