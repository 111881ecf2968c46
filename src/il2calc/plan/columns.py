"""A schedule as columns of plain values, for data frames and notebooks.

The columns are those of the CSV, and hold what its cells hold. Each has values of one type,
whatever the regimen, so that schedules of different regimens stand under each other in one frame: a
number that is missing is not-a-number, a text that is missing is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from math import isnan
from typing import TYPE_CHECKING

from il2calc.model.effects import chain_text
from il2calc.model.regimen import NOT_STATED, amount_in_words
from il2calc.plan.calendar import chain_of
from il2calc.units import plain, safe_quantity, ucum

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


def columns(
    rows: Sequence[Administration],
    settings: Sequence[str],
    head: Mapping[str, Cell],
    arm: str | None,
) -> dict[str, list[Cell]]:
    """The columns of administrations.

    Args:
        settings: what was read otherwise than the file says.
        head: `regimen`, `version`, `arm` and `subject`, the same in every row.
    """
    readers: dict[str, Callable[[Administration], Cell]] = {
        "number": lambda row: row.number,
        "regimen_day": lambda row: row.regimen_day,
        "date": lambda row: row.when.date().isoformat() if row.when else "",
        "time": lambda row: row.time,
        "latest_date": lambda row: row.latest_date.isoformat() if row.latest_date else "",
        "block": lambda row: chain_text(chain_of(row.turn)),
        "block_day": lambda row: row.block_day,
        "drug": lambda row: row.dose.drug,
        "dose_number": lambda row: row.dose_number,
        "amount": lambda row: _number(row.dosed.value),
        "unit": lambda row: "" if row.dosed.value is None else ucum(row.dosed.unit),
        "route": lambda row: "" if row.dose.route == NOT_STATED else row.dose.route,
        "over_minutes": lambda row: _number(row.dose.over.shortest if row.dose.over else None),
        "at_most": lambda row: row.at_most,
        "only_if": lambda row: "; ".join(row.only_if),
        "source": lambda row: "; ".join(row.source),
        "assumed": lambda row: ";".join(map(str, row.assumed)),
        "set": lambda row: "; ".join(read_otherwise(row, settings, arm)),
        **{name: partial(lambda value, _: value, value) for name, value in head.items()},
        "weight_kg": lambda row: _number(row.counted()["weight_kg"]),
        "bsa_m2": lambda row: _number(row.counted()["bsa_m2"]),
        "hours": lambda row: _number(row.hours),
        "latest_day": lambda row: _number(row.latest_day),
        "over_minutes_to": lambda row: _number(row.dose.over.longest if row.dose.over else None),
        "latest_time": lambda row: row.latest_time or "",
    }
    return {name: [read(row) for row in rows] for name, read in readers.items()}


def read_otherwise(row: Administration, settings: Sequence[str], arm: str | None) -> Iterator[str]:
    """What was read otherwise behind a row, its share or the amount that a log sets included."""
    yield from settings
    if row.dosed.percent != 100:
        yield f"{row.dose.drug}: 100 % -> {plain(row.dosed.percent)} %"
    if row.dosed.set_to is not None:
        prescribed = amount_in_words(row.dose.amount(arm))
        yield f"{row.dose.name}: {prescribed} -> {safe_quantity(row.dosed.set_to)}"


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
