"""A schedule as CSV: one row per administration, in the columns that other programs read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import StringIO

from il2calc.administration import Administration
from il2calc.schedule import Schedule
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


def lines(schedule: Schedule) -> Iterator[str]:
    """The header and one line per shown administration."""
    yield _line(COLUMNS)
    patient, regimen = schedule.patient, schedule.regimen
    area = patient.bsa()
    common = (
        regimen.id,
        regimen.version,
        schedule.arm or "",
        schedule.subject or "",
        _number(patient.weight),
        _number(area),
    )
    for each in schedule.shown:
        yield _line((*_own(each), "; ".join(_set(each, schedule)), *common, *_last(each)))


def block_path(each: Administration) -> str:
    """The block turns of an administration, as in `course 1/cycle 2`."""
    return "/".join(f"{turn.block.name} {turn.number}" for turn in each.turn.chain())


def _own(each: Administration) -> tuple[object, ...]:
    over = each.dose.over
    return (
        each.number,
        each.regimen_day,
        each.when.date().isoformat() if each.when else "",
        each.clock,
        each.latest_date.isoformat() if each.latest_date else "",
        block_path(each),
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
    percent = schedule.percents.get(each.dose.drug, Decimal(100))
    if percent != 100:
        yield f"{each.dose.drug}: 100 % -> {plain(percent)} %"


def _last(each: Administration) -> tuple[object, ...]:
    return (
        plain(each.hours),
        "" if each.latest_day is None else each.latest_day,
        each.dose.over.longest if each.dose.over else "",
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _line(cells: Iterable[object]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
