"""A schedule as columns of plain values, for data frames and notebooks.

The columns are those of the CSV, and hold what its cells hold. Each has values of one type,
whatever the regimen, so that schedules of different regimens stand under each other in one frame: a
number that is missing is not-a-number, a text that is missing is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from il2calc.model.effects import chain_text
from il2calc.model.regimen import NOT_STATED, amount_in_words
from il2calc.plan.calendar import chain_of
from il2calc.units import UCUM, plain, safe_quantity

if TYPE_CHECKING:
    from il2calc.plan.administration import Administration, AsNeeded

Cell = int | float | str | bool
MOST_ROWS = 100
"""A notebook shows so many rows; the others are counted."""

_TOLD = (
    *("number", "regimen_day", "date", "time", "latest_day", "block", "drug", "amount", "unit"),
    *("route", "at_most", "only_if"),
)
"""Columns of a table in a notebook; one that is empty in every row is left out."""


class Whole(NamedTuple):
    """What is the same in every row of a schedule.

    Args:
        settings: what was read otherwise than the file says.
    """

    regimen: str
    version: int
    arm: str | None
    subject: str | None
    settings: tuple[str, ...]


def read_otherwise(row: Administration, whole: Whole) -> Iterator[str]:
    """What was read otherwise behind a row, its share or the amount that a log sets included."""
    yield from whole.settings
    if row.dosed.percent != 100:
        yield f"{row.dose.drug}: 100 % -> {plain(row.dosed.percent)} %"
    if row.dosed.set_to is not None:
        prescribed = amount_in_words(row.dose.amount(whole.arm))
        yield f"{row.dose.name}: {prescribed} -> {safe_quantity(row.dosed.set_to)}"


READERS: Mapping[str, Callable[[Administration, Whole], Cell]] = {
    "number": lambda row, _: row.number,
    "regimen_day": lambda row, _: row.regimen_day,
    "date": lambda row, _: row.when.date().isoformat() if row.when else "",
    "time": lambda row, _: row.time,
    "latest_date": lambda row, _: row.latest_date.isoformat() if row.latest_date else "",
    "block": lambda row, _: chain_text(chain_of(row.turn)),
    "block_day": lambda row, _: row.block_day,
    "drug": lambda row, _: row.dose.drug,
    "dose_number": lambda row, _: row.dose_number,
    "amount": lambda row, _: _number(row.dosed.value),
    "unit": lambda row, _: "" if row.dosed.value is None else UCUM[row.dosed.unit],
    "route": lambda row, _: "" if row.dose.route == NOT_STATED else row.dose.route,
    "over_minutes": lambda row, _: _number(row.dose.over.shortest if row.dose.over else None),
    "at_most": lambda row, _: row.at_most,
    "only_if": lambda row, _: "; ".join(row.only_if),
    "source": lambda row, _: "; ".join(row.source),
    "assumed": lambda row, _: ";".join(map(str, row.assumed)),
    "set": lambda row, whole: "; ".join(read_otherwise(row, whole)),
    "regimen": lambda _, whole: whole.regimen,
    "version": lambda _, whole: whole.version,
    "arm": lambda _, whole: whole.arm or "",
    "subject": lambda _, whole: whole.subject or "",
    "weight_kg": lambda row, _: _number(row.counted()["weight_kg"]),
    "bsa_m2": lambda row, _: _number(row.counted()["bsa_m2"]),
    "hours": lambda row, _: _number(row.hours),
    "latest_day": lambda row, _: _number(row.latest_day),
    "over_minutes_to": lambda row, _: _number(row.dose.over.longest if row.dose.over else None),
    "latest_time": lambda row, _: row.latest_time or "",
}
"""Column -> its value in a row; the CSV has these columns too.

Frozen: a change of names or order is a new format; a new column stands last.
"""


def columns(rows: Sequence[Administration], whole: Whole) -> dict[str, list[Cell]]:
    """The columns of administrations."""
    return {name: [read(row, whole) for row in rows] for name, read in READERS.items()}


def html(title: str, told: Mapping[str, Sequence[Cell]], needed: Sequence[AsNeeded] = ()) -> str:
    """Columns as a table of HTML, everything in it escaped.

    Args:
        needed: what is given as needed, and is in no row.
    """
    from html import escape

    names = [name for name in _TOLD if any(map(_text, told[name]))]
    total = len(told["number"])
    lines = [
        f"<tr>{''.join(f'<td>{escape(_text(told[name][place]))}</td>' for name in names)}</tr>"
        for place in range(min(total, MOST_ROWS))
    ]
    more = f"<p>and {total - MOST_ROWS} more rows</p>" if total > MOST_ROWS else ""
    head = "".join(f"<th>{name}</th>" for name in names)
    more += "".join(f"<p>In no row: {escape(each.in_words())}</p>" for each in needed)
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{''.join(lines)}</table>{more}"


def _number(value: Decimal | int | None) -> float:
    return float("nan") if value is None else float(value)


def _text(value: Cell) -> str:
    """A cell as people read it: nothing for what is missing or is not so."""
    if isinstance(value, float):
        return "" if isnan(value) else f"{value:.15g}"
    return {False: "", True: "yes"}[value] if isinstance(value, bool) else str(value)
