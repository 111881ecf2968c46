"""Measure how work grows with the size of what is asked: seconds, and their exponents.

Rows are those of a regimen of ten doses in each turn; turns, of one dose in each. Every size is ten
times the one before, up to what is refused (a PDF of more than 1,500 rows, a file of more than
1 MB).
"""

from __future__ import annotations

import json
import shutil
import sys
import tracemalloc
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from scales import DRUG, body, dose, exponent, regimen, run, seconds

from il2calc import Patient, load_regimen, make_schedule
from il2calc.format import json as json_format
from il2calc.format.printed import MOST_ROWS
from il2calc.language import log_file, log_writing
from il2calc.model.effects import Delayed, DoseKey, Effect, Given, Portion
from il2calc.model.log import FORMAT, Entry, Log
from il2calc.units import Quantity

START = date(2026, 12, 1)
ASKED = ("--weight", "70", "--start", str(START))
TEXT = ("table", "csv", "json", "markdown", "timeline", "svg", "html", "events", "fhir")
ROWS = (100, 1_000, 10_000, 100_000)
VERBS: dict[str, tuple[str, ...]] = {"prepare": ASKED, "diff": ASKED, "check": (), "show": ()}
PDF = (375, 750, MOST_ROWS)
DOSES = (100, 1_000, 10_000)
SHEETS = (100, 1_000, 10_000, 50_000)
KNOWN = "aldesleukin"
SHEET = "regimen,drug,amount,unit,route,days,cycle days,cycles\n"


class Files:
    """What is measured on, in a folder that goes away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def written(self, text: str, name: str = "long.yaml") -> str:
        """The path of a file with this text."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def rows(self, count: int) -> str:
        """A regimen of so many rows, or a few less, ten of them in a turn."""
        turns = body(dose("day: 1 to 10"), turns=count // 10, every=14)
        return self.written(regimen(turns))

    def turns(self, count: int) -> str:
        """A regimen of a dose a week, in one turn less than that: the most that fit."""
        return self.written(regimen(body(dose(), turns=count - 1)))

    def doses(self, count: int) -> str:
        """A regimen of so many doses of one block, each of a drug of its own every tenth."""
        days = (
            dose(f"dose: d{number}, day: {number}", f"drug-{number // 10}")
            for number in range(1, count + 1)
        )
        return self.written(regimen(body(*days)))

    def made_up(self, count: int) -> str:
        """A regimen of so many doses of one drug whose making up is known, no two alike."""
        days = (
            dose(f"dose: d{number}, day: {number}", KNOWN, f"{1 + number / 1000:.3f} million IU")
            for number in range(1, count + 1)
        )
        return self.written(regimen(body(*days)))

    def before(self, count: int) -> str:
        """An open block whose days reach back over so many others, which is a fault."""
        repeat = "    repeat: {every: 1 day}\n"
        return self.written(regimen(repeat + body(dose(f"day: -{count} to -1"))))

    def sheet(self, count: int) -> str:
        """A spreadsheet of so many rows, ten of each regimen."""
        row = "r{0:05},examplumab-{1},5,mg/kg,SC,1 to 5,21,6\n"
        shutil.rmtree(self.folder / "made", ignore_errors=True)
        rows = (row.format(number // 10, number % 10) for number in range(count))
        return self.written(SHEET + "".join(rows), "sheet.csv")

    def log(self, count: int) -> str:
        """A log of a regimen of so many rows: its first turn is delayed, and begun."""
        path = self.rows(count)
        first = (("cycle", 1),)
        given = Portion(Quantity(Decimal(350), "mg"), "SC", datetime(2026, 12, 2, 8))  # noqa: DTZ001 - by the clock of the course
        effects: tuple[Effect, ...] = (
            Delayed(first, 1),
            Given((DoseKey(first, DRUG, DRUG, 1),), portions=(given,)),
        )
        entered = datetime(2026, 12, 2, 9)  # noqa: DTZ001 - by the clock of the course
        file = self.folder / "log.yaml"
        file.unlink(missing_ok=True)
        log = Log(
            file=str(file),
            subject="S-07",
            regimen="./long.yaml",
            version=1,
            sha256=load_regimen(path).origin.sha256,
            patient=Patient(weight=Decimal(70)),
            start=START,
            at=480,
            format=FORMAT,
            text=Path(path).read_bytes(),
            entries=tuple(Entry(at, entered, each) for at, each in enumerate(effects, 1)),
        )
        log_writing.start(file, log)
        log_file.load(file)
        return str(file)


class Measure(NamedTuple):
    """What is measured.

    Args:
        made: makes the file of a size.
        words: the command line on it.
        sizes: that are measured.
        code: that it ends with.
    """

    made: Callable[[int], str]
    words: Callable[[str], tuple[str, ...]]
    sizes: tuple[int, ...]
    code: int = 0


def schedule(*more: str) -> Callable[[str], tuple[str, ...]]:
    """The command line of a schedule."""
    return lambda path: ("schedule", path, *ASKED, *more)


def looked_at(verb: str, *more: str) -> Callable[[str], tuple[str, ...]]:
    """The command line of what becomes of a log."""
    return lambda path: (verb, path, "--as-of", "2026-12-04", *more)


def measures(files: Files) -> Iterator[tuple[str, Measure]]:
    """Everything by its name; all that is in the name before a comma is one kind."""
    formats: dict[str, tuple[str, ...]] = {name: ("--format", name) for name in TEXT}
    formats["brief"] = ("--brief",)
    formats["ics"] = ("--format", "ics", "--no-subject")
    for name, more in formats.items():
        for shape, made in (("rows", files.rows), ("turns", files.turns)):
            yield f"{name}, {shape}", Measure(made, schedule(*more), ROWS)
    yield "pdf, rows", Measure(files.rows, schedule("--format", "pdf"), PDF)
    yield "pdf, turns", Measure(files.turns, schedule("--format", "pdf"), PDF)
    for shape, made in (("rows", files.rows), ("turns", files.turns)):
        for verb, asked in VERBS.items():
            yield f"{verb}, {shape}", Measure(made, words_of(verb, asked), ROWS)
    for verb, asked in {"schedule": ASKED, **VERBS}.items():
        yield f"{verb}, doses of a block", Measure(files.doses, words_of(verb, asked), DOSES)
    made_up = Measure(files.made_up, words_of("prepare", ASKED), DOSES)
    yield "prepare, doses that differ", made_up
    before = Measure(files.before, words_of("check"), DOSES, code=1)
    yield "check, days before an open block", before
    imported = words_of("import", ("--check", "-d", str(files.folder / "made")))
    yield "import, rows", Measure(files.sheet, imported, SHEETS)
    for name in (*TEXT, "ics"):
        replan = looked_at("replan", "--format", name)
        yield f"replan {name}, rows", Measure(files.log, replan, ROWS)
    yield "intensity, rows", Measure(files.log, looked_at("intensity"), ROWS)


def words_of(verb: str, more: tuple[str, ...] = ()) -> Callable[[str], tuple[str, ...]]:
    """The command line of a verb that reads a regimen, or two of them."""
    return lambda path: (verb, *([path] * (2 if verb == "diff" else 1)), *more)


def peak_of_json(path: str) -> float:
    """The most memory that JSON takes beside its schedule [MB]."""
    made = make_schedule(load_regimen(path), Patient(weight=Decimal(70)), start=START)
    tracemalloc.start()
    for _ in json_format.lines(made, ()):
        pass
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def measured(names: Collection[str], most: int) -> dict[str, Any]:
    """What each work takes by the size of what it is done on.

    Args:
        names: works, as `svg`, whole (`svg, rows`) or by their kind; none for all.
        most: the largest size.
    """
    told: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        files = Files(Path(name))
        for what, (made, words, sizes, code) in measures(files):
            if names and not {what, what.partition(",")[0]} & {*names}:
                continue
            taken = {
                size: seconds(partial(run, *words(made(size)), code=code))
                for size in sizes
                if size <= most
            }
            told[what] = {"seconds": taken, "exponent": exponent(taken)}
            sys.stderr.write(json.dumps({what: told[what]}) + "\n")
        if not names:
            told["json, MB beside its rows"] = {
                size: peak_of_json(files.rows(size)) for size in ROWS if size <= most
            }
    return told
