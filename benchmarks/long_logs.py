"""Measure how the work on a course log grows with its entries; print JSON, judge nothing.

    python benchmarks/long_logs.py [SIZE ...]

Logs of each kind are made with so many entries (100, 1,000 and 10,000 where nothing is said).
A measure is the median CPU time of three, of one from 10 seconds on; its exponent is that between
the first and the last size: 1 is work that grows as its input does. `append` is what adding one
entry takes beside reading the log once.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from il2calc import language
from il2calc.cli.app import build
from il2calc.language import log_file, log_writing
from il2calc.model.effects import (
    Chain,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Given,
    Held,
    Portion,
    Reduced,
    Shifted,
    Undone,
    Weighed,
)
from il2calc.model.log import FORMAT, Entry, Log
from il2calc.model.patient import Patient
from il2calc.units import Quantity

SIZES = (100, 1_000, 10_000)
LONG = 10.0
PER_TURN = 10
START = date(1998, 1, 1)
DRUG = "examplumab"
REGIMEN = """regimen: daily
title: A dose a day
for: measuring
version: 1
read_on: 2026-11-22
source: own
sources: {own: {cite: made for measuring, read: full text}}
findings: []
blocks:
  - block: cycle
"""
AMOUNT = Quantity(Decimal(350), "mg")


class Kind(NamedTuple):
    """One kind of log.

    Args:
        turns: how many turns of ten doses its regimen has; None = one turn of so many doses.
        effects: what its entries say, so many of them at least.
    """

    turns: int | None
    effects: Iterator[Effect]


def turn(place: int) -> Chain:
    """The turn of a dose, by its place in the course."""
    return (("cycle", place // PER_TURN + 1),)


def dose(place: int) -> DoseKey:
    """A dose by its place in the course."""
    return DoseKey(turn(place), DRUG, DRUG, place % PER_TURN + 1)


def moment(place: int, late: int = 0) -> datetime:
    """When a dose lies, so many days later than planned."""
    return datetime.combine(START, datetime.min.time()) + timedelta(days=place + late, hours=8)


def given(key: DoseKey, at: datetime) -> Given:
    """A dose given as planned, as `log given` enters it."""
    return Given((key,), portions=(Portion(AMOUNT, "SC", at),))


def of_one_turn(size: int) -> Iterator[Effect]:
    """Doses of one turn, all of them given."""
    for place in range(size):
        key = DoseKey((("cycle", 1),), DRUG, DRUG, place + 1)
        yield given(key, moment(place))


def undone(size: int) -> Iterator[Effect]:
    """A dose that is given and undone, again and again."""
    for number in range(1, size, 2):
        yield given(dose(0), moment(0))
        yield Undone(number)


def mixed(size: int) -> Iterator[Effect]:
    """Every turn delayed and weighed for, then given, with one dose held and one extra."""
    for late, first in enumerate(range(0, size, PER_TURN), 1):
        yield Delayed(turn(first), 1)
        yield Weighed(Decimal(70), moment(first, late).date(), turn(first))
        for place in range(first, first + PER_TURN - 1):
            yield given(dose(place), moment(place, late))
        yield Held((dose(first + PER_TURN - 1),))
        yield Extra(DRUG, AMOUNT, moment(first, late) + timedelta(hours=2), "SC")
        yield Undone(late * 14 - 1)


def kinds(size: int) -> dict[str, Kind]:
    """Every kind of log, with at least so many entries."""
    places, turns = range(size), -(-size // PER_TURN)
    late = timedelta(hours=1)
    return {
        "given": Kind(turns, (given(dose(place), moment(place)) for place in places)),
        "given, one turn": Kind(None, of_one_turn(size)),
        "held": Kind(turns, (Held((dose(place),)) for place in places)),
        "extra": Kind(1, (Extra(DRUG, AMOUNT, moment(place) + late, "SC") for place in places)),
        "delay": Kind(PER_TURN, (Delayed(turn(place % 100), 1) for place in places)),
        "delay, many turns": Kind(turns, (Delayed(turn(place), 1) for place in places)),
        "shift": Kind(turns, (Shifted(dose(place), 1) for place in places)),
        "weigh": Kind(
            turns, (Weighed(Decimal(70), moment(place).date(), None) for place in places)
        ),
        "weigh, used": Kind(turns, (Weighed(Decimal(71), START, turn(place)) for place in places)),
        "reduce": Kind(turns, (Reduced(DRUG, Decimal(90), turn(place), None) for place in places)),
        "undone": Kind(turns, undone(size)),
        "mixed": Kind(turns, mixed(size)),
    }


def written(folder: Path, name: str, kind: Kind, size: int) -> Path:
    """The file of a log."""
    path = folder / "daily.yaml"
    repeat = f"{{times: {kind.turns}, every: {PER_TURN} days}}"
    body = f"    repeat: {repeat}\n" if kind.turns is not None else ""
    days = PER_TURN if kind.turns is not None else size
    days_of = f"{{times: {days}, every: 1 day}}"
    one = f"{{drug: {DRUG}, amount: 5 mg/kg, route: SC, day: 1, repeat: {days_of}}}"
    path.write_text(f"{REGIMEN}{body}    doses:\n      - {one}\n", encoding="utf-8")
    file = folder / f"{name.replace(', ', '-').replace(' ', '-')}-{size}.yaml"
    log = Log(
        file=str(file),
        subject="S-07",
        regimen="./daily.yaml",
        version=1,
        sha256=language.load(str(path)).origin.sha256,
        patient=Patient(weight=Decimal(70)),
        start=START,
        at=480,
        format=FORMAT,
        text=path.read_bytes(),
        entries=tuple(entries(kind.effects, size)),
    )
    log_writing.start(file, log)
    return file


def entries(effects: Iterable[Effect], size: int) -> Iterator[Entry]:
    """So many entries, all of them made long after."""
    late = datetime.combine(date(2026, 1, 1), datetime.min.time())
    for number, effect in zip(range(1, size + 1), effects, strict=False):
        yield Entry(number, late, effect)


def acts(file: Path, kind: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done with a log, by its name; those that add an entry last, and undone again."""
    log = str(file)
    yield "read", lambda: log_file.load(file)
    yield "check", lambda: run("log", "check", log)
    yield "replan", lambda: run("replan", log, "--format", "json", "--as-of", "2026-01-02")
    if kind != "weigh, used":
        yield "intensity", lambda: run("intensity", log, "--as-of", "2026-01-02")
    for verb, words in VERBS.items():
        yield verb, partial(run, "log", verb, log, *words)


VERBS = {
    "extra": (DRUG, "350 mg", "--at", "2025-12-30 10:00", "--route", "SC"),
    "weigh": ("70 kg", "--on", "2025-12-31"),
    "undo": (),
    "stop": (),
}
"""Verbs that every log takes, with their words."""


def run(*args: str) -> None:
    """A command line, its output thrown away."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as err:
        try:
            build(args[0])(args=list(args), prog_name="il2calc")
        except SystemExit as end:
            if end.code:
                raise RuntimeError(err.getvalue()[:300]) from None


def taken(act: Callable[[], object], file: Path) -> float:
    """The median CPU time of an act on a file that is afterwards as it was [s]."""
    content, times = file.read_bytes(), [0.0][:0]
    while len(times) < 3 and not (times and times[0] > LONG):
        begun = time.process_time()
        act()
        times.append(time.process_time() - begun)
        file.write_bytes(content)
    return statistics.median(times)


def main() -> None:
    """Print everything as JSON."""
    only = [word for word in sys.argv[1:] if not word.isdecimal()]
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()] or list(SIZES)
    told: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        for kind in kinds(sizes[0]):
            if only and kind not in only:
                continue
            found: dict[str, dict[int, float]] = {}
            for size in sizes:
                file = written(Path(name), kind, kinds(size)[kind], size)
                for what, act in acts(file, kind):
                    found.setdefault(what, {})[size] = taken(act, file)
            told[kind] = {what: measured(seconds) for what, seconds in found.items()}
            sys.stderr.write(json.dumps({kind: told[kind]}) + "\n")
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")


def measured(seconds: dict[int, float]) -> dict[str, Any]:
    """Seconds by size, and the exponent between the first and the last."""
    (small, *_, large), (fast, *_, slow) = seconds, seconds.values()
    return {"seconds": seconds, "exponent": math.log(slow / fast) / math.log(large / small)}


if __name__ == "__main__":
    main()
