"""Measure how the work on a course log grows with its entries: seconds, and their exponents.

Logs of each kind are made with 100, 1,000 and 10,000 entries.
A measure is the median CPU time of three, of one from 10 seconds on; its exponent is that between
the two largest sizes: 1 is work that grows as its input does. Adding an entry is to take no longer
than reading the log once.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from scales import DRUG, body, exponent, regimen, run, seconds
from scales import dose as dose_text

from il2calc import language
from il2calc.language import log_file, log_writing
from il2calc.model.effects import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Given,
    Held,
    Parted,
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
PER_TURN = 6
START = date(1950, 1, 1)
HALF = timedelta(minutes=30)
CONTINUE = ", during_delay: continue"
AMOUNT = Quantity(Decimal(350), "mg")


class Kind(NamedTuple):
    """One kind of log.

    Args:
        turns: how many turns of six doses its regimen has; None = one turn of so many doses.
        effects: what its entries say, so many of them at least.
        more: what else its dose says.
        nested: its turns hold turns of a block within them, with one dose each.
        only_if: what these inner turns depend on.
        overridden: its entries are made in spite of what they say of turns that have begun.
    """

    turns: int | None
    effects: Iterator[Effect]
    more: str = ""
    nested: bool = False
    only_if: str = ""
    overridden: bool = False


def turn(place: int) -> Chain:
    """The turn of a dose, by its place in the course."""
    return (("cycle", place // PER_TURN + 1),)


def dose(place: int) -> DoseKey:
    """A dose by its place in the course."""
    return DoseKey(turn(place), DRUG, DRUG, place % PER_TURN + 1)


def visit(place: int, number: int) -> Chain:
    """An inner turn, by the place of the first dose of the turn around it."""
    return (*turn(place), ("visit", number))


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
    """A dose that is given and undone, again and again, after one that counts."""
    yield Held((dose(0),))
    for number in range(2, size, 2):
        yield Extra(DRUG, AMOUNT, moment(2), "SC")
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
        yield Undone(late * (PER_TURN + 4) - 1)


def reduced_and_shifted(size: int) -> Iterator[Effect]:
    """In every turn a new share, and its last dose an hour later."""
    for first in range(0, size, PER_TURN):
        for share in range(PER_TURN // 2):
            yield Reduced(DRUG, Decimal(90 - share), turn(first), None)
            yield Shifted(dose(first + PER_TURN - 1), 60)


def reduced_and_delayed(turns: int) -> Iterator[Effect]:
    """In every turn a new share, and a day later."""
    for first in range(0, turns * PER_TURN, PER_TURN):
        yield Reduced(DRUG, Decimal(90), turn(first), None)
        yield Delayed(turn(first), 1)


def weighed_and_reduced(turns: int) -> Iterator[Effect]:
    """In every turn a weight and a share of what it comes to, taken up in turns one by one."""
    for place in range(0, turns * PER_TURN, PER_TURN):
        yield Weighed(Decimal(70 + place % 3), START, turn(place))
        yield Reduced(DRUG, Decimal(90), turn(place), None)


def weighed_reduced_given(size: int) -> Iterator[Effect]:
    """In every turn a weight, a share, a delay, and what was given of it."""
    for late, first in enumerate(range(0, size, PER_TURN), 1):
        yield Delayed(turn(first), 1)
        yield Weighed(Decimal(70 + late % 3), moment(first, late).date(), turn(first))
        yield Reduced(DRUG, Decimal(90), turn(first), None)
        for place in range(first, first + PER_TURN):
            yield given(dose(place), moment(place, late))


def continued(turns: int) -> Iterator[Effect]:
    """Every turn but the first delayed by a day, through which its dose goes on."""
    for first in range(PER_TURN, (turns + 1) * PER_TURN, PER_TURN):
        yield Delayed(turn(first), 1)


def continued_and_given(size: int) -> Iterator[Effect]:
    """Every second turn delayed by a day, and all that was given of both."""
    for late, first in enumerate(range(0, size, 2 * PER_TURN)):
        for place in range(first, first + PER_TURN):
            yield given(dose(place), moment(place, late))
        yield Delayed(turn(first + PER_TURN), 1)
        for place in range(first + PER_TURN, first + 2 * PER_TURN):
            yield given(dose(place), moment(place, late + 1))


def extra_and_delayed(turns: int, first: int = 0) -> Iterator[Effect]:
    """Every turn, or all but the first, a day later, with a dose that no plan had on its first day.

    The turn of such a dose was looked for among all turns, which a delay had moved.
    """
    for late, place in enumerate(range(first, turns + first), 1):
        yield Delayed(turn(place * PER_TURN), 1)
        yield Extra(DRUG, AMOUNT, moment(place * PER_TURN, late) + timedelta(hours=2), "SC")


def parted_and_delayed(turns: int) -> Iterator[Effect]:
    """Every turn a day later, and its first dose broken off: each was named by its row at once."""
    for late, place in enumerate(range(0, turns * PER_TURN, PER_TURN), 1):
        begun = moment(place, late)
        yield Delayed(turn(place), 1)
        yield Parted(dose(place), AMOUNT, begun + HALF, None, (Portion(AMOUNT, "SC", begun),))


def together_and_delayed(turns: int) -> Iterator[Effect]:
    """Every turn a day later, and doses of two inner turns given: rows put them in order."""
    for late, place in enumerate(range(0, turns * PER_TURN, PER_TURN), 1):
        keys = tuple(DoseKey(visit(place, number), DRUG, DRUG, 1) for number in (1, 2))
        yield Delayed(turn(place), 1)
        yield Given(keys, portions=tuple(Portion(AMOUNT, "SC", moment(place, late)) for _ in keys))


def decided(turns: int) -> Iterator[Effect]:
    """In every turn the inner ones decided against: all decisions, and all doses, were asked."""
    return (Decided(visit(place * PER_TURN, 1), given=False) for place in range(turns))


def begun_and_changed(size: int) -> Iterator[Effect]:
    """In every turn a dose given, a weight and a share for what is left: each found all bodies."""
    for place in range(0, size * PER_TURN, PER_TURN):
        yield given(dose(place), moment(place))
        yield Weighed(Decimal(70 + place % 3), moment(place).date(), turn(place))
        yield Reduced(DRUG, Decimal(90), turn(place), None)


def kinds(size: int) -> dict[str, Kind]:
    """Every kind of log, with at least so many entries."""
    places, turns, half, third = range(size), -(-size // PER_TURN), -(-size // 2), -(-size // 3)
    late = timedelta(hours=1)
    return {
        "given": Kind(turns, (given(dose(place), moment(place)) for place in places)),
        "given, one turn": Kind(None, of_one_turn(size)),
        "held": Kind(turns, (Held((dose(place),)) for place in places)),
        "extra": Kind(1, (Extra(DRUG, AMOUNT, moment(place) + late, "SC") for place in places)),
        "delay": Kind(PER_TURN, (Delayed(turn(place % PER_TURN**2), 1) for place in places)),
        "delay, many turns": Kind(turns, (Delayed(turn(place), 1) for place in places)),
        "shift": Kind(turns, (Shifted(dose(place), 1) for place in places)),
        "weigh": Kind(
            turns, (Weighed(Decimal(70), moment(place).date(), None) for place in places)
        ),
        "weigh, used": Kind(turns, (Weighed(Decimal(71), START, turn(place)) for place in places)),
        "reduce": Kind(turns, (Reduced(DRUG, Decimal(90), turn(place), None) for place in places)),
        "undone": Kind(turns, undone(size)),
        "mixed": Kind(turns, mixed(size)),
        "reduce and shift": Kind(turns, reduced_and_shifted(size)),
        "reduce and delay": Kind(half, reduced_and_delayed(half)),
        "weigh and reduce": Kind(half, weighed_and_reduced(half)),
        "weigh, reduce, give": Kind(turns, weighed_reduced_given(size)),
        "reduce and delay, nested": Kind(half, reduced_and_delayed(half), nested=True),
        "delay, continue": Kind(turns + 1, continued(turns), CONTINUE),
        "delay, continue, give": Kind(turns + 1, continued_and_given(size), CONTINUE),
        "extra and delay, nested": Kind(half, extra_and_delayed(half), nested=True),
        "extra and delay, continue": Kind(half + 1, extra_and_delayed(half, 1), CONTINUE),
        "part and delay": Kind(half, parted_and_delayed(half), ", over: 1 hour"),
        "give two and delay, nested": Kind(half, together_and_delayed(half), nested=True),
        "decide, nested": Kind(size, decided(size), nested=True, only_if="response"),
        "give, weigh, reduce": Kind(third, begun_and_changed(third), overridden=True),
    }


def written(folder: Path, name: str, kind: Kind, size: int) -> Path:
    """The file of a log."""
    path = folder / "daily.yaml"
    days = PER_TURN if kind.turns is not None else size
    doses = dose_text(f"day: 1, repeat: {{times: {days}, every: 1 day}}{kind.more}")
    whole = body(doses, turns=kind.turns, every=PER_TURN)
    if kind.nested:
        visits = PER_TURN // 2 if kind.only_if else PER_TURN  # of 100,000 turns at the most
        inner = f"      - block: visit\n        repeat: {{times: {visits}, every: 1 day}}\n"
        inner += f"        only_if: {kind.only_if}\n" if kind.only_if else ""
        once = f"        doses:\n    {dose_text()}"
        whole = f"    repeat: {{times: {kind.turns}, every: {PER_TURN} days}}\n    blocks:\n"
        whole += inner + once
    text = regimen(whole, "daily")
    path.write_text(text, encoding="utf-8")
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
        entries=tuple(entries(kind.effects, size, overridden=kind.overridden)),
    )
    log_writing.start(file, log)
    return file


def entries(effects: Iterable[Effect], size: int, *, overridden: bool) -> Iterator[Entry]:
    """So many entries, all of them made long after."""
    late = datetime.combine(date(2026, 1, 1), datetime.min.time())
    for number, effect in zip(range(1, size + 1), effects, strict=False):
        yield Entry(number, late, effect, overridden=overridden)


def acts(file: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done with a log, by its name; those that add an entry last, and undone again."""
    log = str(file)
    yield "read", lambda: log_file.load(file)
    yield "check", lambda: run("log", "check", log)
    yield "replan", lambda: run("replan", log, "--format", "json", "--as-of", "2026-01-02")
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


def taken(act: Callable[[], object], file: Path) -> float:
    """The median CPU time of an act on a file that is afterwards as it was [s]."""
    content, times = file.read_bytes(), [0.0][:0]
    while len(times) < 3 and not (times and times[0] > LONG):
        times.append(seconds(act))
        file.write_bytes(content)
    return statistics.median(times)


def measured(only: Collection[str], most: int) -> dict[str, Any]:
    """What each act takes by the entries of a log, for each kind of log.

    Args:
        only: kinds; none for all.
        most: the largest number of entries.
    """
    growths: dict[str, Any] = {}
    sizes = [size for size in SIZES if size <= most]
    with TemporaryDirectory() as name:
        for kind in kinds(sizes[0]):
            if only and kind not in only:
                continue
            seconds: dict[str, dict[int, float]] = {}
            for size in sizes:
                file = written(Path(name), kind, kinds(size)[kind], size)
                for what, act in acts(file):
                    seconds.setdefault(what, {})[size] = taken(act, file)
            growths[kind] = {
                what: {"seconds": taken_by, "exponent": exponent(taken_by)}
                for what, taken_by in seconds.items()
            }
            sys.stderr.write(json.dumps({kind: growths[kind]}) + "\n")
    return growths
