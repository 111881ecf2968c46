"""Measure how work grows with the size of what is asked; JSON of exponents, no verdict.

    python benchmarks/growth.py

Each measure is the CPU time of its last two sizes, each twice the one before, the better of two:
an exponent of 1 is work that grows as its input does.
"""

from __future__ import annotations

import json
import math
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from il2calc import Patient, language, load_regimen, make_schedule
from il2calc.format import csv, html, markdown, table
from il2calc.format import json as json_format
from il2calc.language import shelf
from il2calc.picture import svg, timeline
from il2calc.plan.schedule import Schedule

HEAD = """regimen: long
title: Work that grows
for: measuring
version: 1
read_on: 2026-11-22
source: own
sources: {own: {cite: made for measuring, read: full text}}
findings: []
blocks:
  - block: cycle
"""


class Shelf:
    """Regimens of any size, in a folder that goes away."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "long.yaml"

    def written(self, body: str) -> str:
        """The path of a regimen with this body of its block."""
        self._path.write_text(HEAD + body, encoding="utf-8")
        return str(self._path)

    def turns(self, count: int) -> str:
        """A dose a week, in so many turns."""
        repeat = f"    repeat: {{times: {count}, every: 7 days}}\n"
        return self.written(f"{repeat}    doses:\n{_dose('day: 1')}")

    def doses(self, count: int) -> str:
        """So many doses of one block."""
        days = (_dose(f"dose: d{number}, day: {number}") for number in range(1, count + 1))
        return self.written(f"    doses:\n{''.join(days)}")

    def before(self, count: int) -> str:
        """An open block whose days reach back over so many others, which is a fault."""
        repeat = "    repeat: {every: 1 day}\n"
        return self.written(f"{repeat}    doses:\n{_dose(f'day: -{count} to -1')}")


def _dose(rest: str) -> str:
    return f"      - {{drug: examplumab, amount: 5 mg/kg, route: SC, {rest}}}\n"


def schedule(path: str) -> Schedule:
    """The schedule of one patient from a file."""
    from datetime import date

    patient = Patient(weight=Decimal(70))
    return make_schedule(load_regimen(path), patient, start=date(2026, 12, 1))


def exponent(
    work: Callable[[Any], object], made: Callable[[int], Any], sizes: Iterable[int]
) -> Any:
    """Seconds by size, and the exponent from the last two."""
    taken: dict[int, float] = {}
    for size in sizes:
        given = made(size)
        taken[size] = min(_seconds(work, given) for _ in range(2))
    (small, fast), (large, slow) = list(taken.items())[-2:]
    return {"seconds": taken, "exponent": math.log(slow / fast) / math.log(large / small)}


def _seconds(work: Callable[[Any], object], given: Any) -> float:
    begun = time.process_time()
    work(given)
    return time.process_time() - begun


def _spent(lines: Iterable[object]) -> None:
    for _ in lines:
        pass


FORMATS: dict[str, Callable[[Schedule], object]] = {
    "csv": lambda made: _spent(csv.lines(made)),
    "json": lambda made: _spent(json_format.lines(made, ())),
    "markdown": lambda made: _spent(markdown.lines(made, ())),
    "table": lambda made: _spent(table.lines(made, (), width=80)),
    "timeline": lambda made: _spent(timeline.lines(made, 80, unicode=True)),
    "svg": lambda made: _spent(svg.lines(made)),
    "html": lambda made: _spent(html.lines(made, ())),
}


def peak_of_json(made: Schedule) -> float:
    """The most memory that JSON takes beside its schedule [MB]."""
    tracemalloc.start()
    _spent(json_format.lines(made, ()))
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def main() -> None:
    """Print everything as JSON."""
    told: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        files = Shelf(Path(name))
        for format_, work in FORMATS.items():
            told[f"{format_}, rows"] = exponent(
                work, lambda size: schedule(files.turns(size)), (500, 1_000)
            )
        told["schedule, turns"] = exponent(schedule, files.turns, (500, 1_000))
        told["load, doses of a block"] = exponent(load_regimen, files.doses, (250, 500))
        told["schedule, doses of a block"] = exponent(schedule, files.doses, (250, 500))
        told["check, days before an open block"] = exponent(
            lambda path: language.examine(shelf.find(path)), files.before, (100, 200)
        )
        told["json, MB beside 20,000 rows"] = peak_of_json(schedule(files.turns(20_000)))
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")


if __name__ == "__main__":
    main()
