"""Regimens written for the tests: text under a plain head, and small ones drawn at random.

`plan` works out a second time, step by step and from the plain data, when their doses are due.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import yaml
from hypothesis import settings
from hypothesis import strategies as st

from il2calc.language.regimen_file import load
from il2calc.language.shelf import FileContent
from il2calc.model.evidence import Origin
from il2calc.model.regimen import Regimen
from il2calc.plan.needs import openings

Data: TypeAlias = dict[str, Any]

HEAD = """\
regimen: written
title: A regimen written for a test
for: the arithmetic alone
version: 1
read_on: 2026-11-22
source: here, this test
sources: {here: {cite: The test that holds this text., read: secondary}}
findings: []
"""

SMALL = settings(deadline=None, max_examples=50)
"""For properties of drawn regimens, each of which is written, read and laid out."""

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's, where there is one

START = 8 * 60
"""The start time that schedules have by default [min after midnight]."""


def open_blocks(protocol: Regimen, count: int) -> dict[str, int]:
    """A count for every block of a regimen that its file leaves open, as `--times` takes them."""
    arms = protocol.arms or (None,)
    return {counted.path: count for arm in arms for counted in openings(protocol.body, arm)}


def regimen(body: str | Data, changes: Iterable[tuple[str, str]] = ()) -> Regimen:
    """The regimen of a text or of plain data that begins with its arms, doses or blocks.

    Args:
        wanted: path and new text of each value to change.
    """
    text = body if isinstance(body, str) else yaml.dump(body, Dumper=_DUMPER, sort_keys=False)
    content = (HEAD + textwrap.dedent(text)).encode()
    return load(FileContent(content, Origin("written.yaml", "")), changes)


class Planned(NamedTuple):
    """One administration as `plan` works it out: drug, turn of its block, minute after day 1."""

    drug: str
    turn: int
    minute: int


def bounds(text: str) -> tuple[int, int]:
    """Shortest and longest of `8 hours` or `5 to 6 weeks` [min]."""
    *numbers, unit = text.replace(" to ", " ").split()
    factor = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}[unit]
    return int(numbers[0]) * factor, int(numbers[-1]) * factor


def plan(body: Data, longest: bool = False, start: int = START) -> list[Planned]:
    """When every dose of plain data is due, outer blocks before inner ones, not yet sorted.

    Args:
        longest: take every range of `rest` and `every` at its longest.
        start: the start time of every day, after midnight [min].
    """
    return _turn(body, 0, 1, (longest, start))[0]


def _block(block: Data, day: int, reading: tuple[bool, int]) -> tuple[list[Planned], int]:
    """Rows of all turns of a block that begins on a day, and the day after its last one."""
    repeat = block.get("repeat", {"times": 1, "rest": "0 days"})
    rows: list[Planned] = []
    end = day
    for turn in range(1, repeat.get("times", repeat.get("up_to", 1)) + 1):
        inner, used = _turn(block, day, turn, reading)
        rows += inner
        end = day + (_in_days(repeat["every"], reading) if "every" in repeat else used)
        day = end + (_in_days(repeat["rest"], reading) if "rest" in repeat else 0)
    return rows, end


def _turn(block: Data, day: int, turn: int, reading: tuple[bool, int]) -> tuple[list[Planned], int]:
    """Rows of one turn, and how many days its doses and inner blocks take."""
    rows: list[Planned] = []
    used = 0
    for dose in block.get("doses", ()):
        if turn in dose.get("turn", [turn]):
            for listed_day in dose["day"]:
                begin = (day + listed_day - 1) * 1440 + reading[1]
                rows += [
                    Planned(dose["drug"], turn, begin + minute)
                    for minute in begins(dose, reading[0])
                ]
                used = max(used, listed_day - 1 + planned_days(dose, reading[0]))
    following = day
    for inner in block.get("blocks", ()):
        placed = day + inner["day"] - 1 if "day" in inner else following
        inner_rows, end = _block(inner, placed, reading)
        rows += inner_rows
        used = max(used, end - day)
        if "day" not in inner:
            following = end + (_in_days(inner["rest"], reading) if "rest" in inner else 0)
    return rows, used


def begins(dose: Data, longest: bool) -> list[int]:
    """When the administrations of one listed day begin, after the start time [min]."""
    offset = bounds(dose["at"].removeprefix("+"))[0] if "at" in dose else 0
    repeat = dose.get("repeat", {"times": 1, "every": "1 hours"})
    step = bounds(repeat["every"])[longest]
    return [offset + step * k for k in range(repeat.get("times", repeat.get("up_to", 1)))]


def planned_days(dose: Data, longest: bool) -> int:
    """Days from a listed day to the last on which its dose begins or still runs."""
    last = begins(dose, longest)[-1]
    running = bounds(dose["over"])[1] if "over" in dose else 0
    days = 1
    while last >= days * 1440 or last + running > days * 1440:
        days += 1
    return days


def _in_days(text: str, reading: tuple[bool, int]) -> int:
    return bounds(text)[reading[0]] // 1440


def _ranged(low: int, high: int, unit: str, also: int = 3) -> st.SearchStrategy[str]:
    """A length in a unit, or a range of lengths."""
    return st.builds(
        lambda first, more: f"{first} to {first + more} {unit}" if more else f"{first} {unit}",
        st.integers(low, high),
        st.sampled_from([0, 0, also]),
    )


@st.composite
def doses(draw: st.DrawFn, drug: str, turns: int) -> Data:
    """A dose of a block with so many turns; its listed days leave room for its repeat."""
    amount = draw(st.sampled_from(["2 mg/kg", "50 mg/m2", "10 mg", "72_000 IU/kg"]))
    dose: Data = {"drug": drug, "amount": amount, "route": "IV"}
    if draw(st.booleans()):
        count = draw(st.sampled_from(["times", "up_to"]))
        every = draw(_ranged(6, 36, "hours", also=2))
        dose["repeat"] = {count: draw(st.integers(1, 4)), "every": every}
    if draw(st.booleans()):
        dose["at"] = f"+{draw(st.integers(0, 40))} hours"
    if draw(st.booleans()):
        dose["over"] = "30 to 90 minutes" if "repeat" in dose else "46 hours"
    if turns > 1 and draw(st.booleans()):
        dose["turn"] = sorted(draw(st.sets(st.integers(1, turns), min_size=1)))
    if draw(st.booleans()):
        dose["only_if"] = f"need of {drug}"
    days = [draw(st.integers(1, 4))]
    for gap in draw(st.lists(st.integers(0, 2), max_size=2)):
        days.append(days[-1] + planned_days(dose, longest=True) + gap)
    return {**dose, "day": days}


@st.composite
def blocks(draw: st.DrawFn, name: str, depth: int) -> Data:
    """A block, perhaps repeated and with blocks in it; a stated `every` leaves room for all."""
    turns = draw(st.integers(1, 3))
    block: Data = {"block": f"b{name}"}
    inner = draw(st.integers(0, 2)) if depth else 0
    given = draw(st.integers(0 if inner else 1, 2))
    if given:
        block["doses"] = [draw(doses(f"d{name}-{k}", turns)) for k in range(1, given + 1)]
    if inner:
        block["blocks"] = [draw(blocks(f"{name}-{k}", depth - 1)) for k in range(1, inner + 1)]
    if turns > 1 or draw(st.booleans()):
        count = draw(st.sampled_from(["times", "up_to"]))
        block["repeat"] = {count: turns, **draw(_apart(block, turns))}
        if draw(st.booleans()):
            block["repeat"]["only_if"] = f"success of b{name}"
    if draw(st.booleans()):
        block["rest"] = draw(_ranged(0, 9, "days"))
    if draw(st.integers(0, 4)) == 0:
        block["day"] = draw(st.integers(1, 9))
    return block


def _apart(block: Data, turns: int) -> st.SearchStrategy[Data]:
    longest_turn = max(_turn(block, 0, turn, (True, 0))[1] for turn in range(1, turns + 1))
    every = _ranged(max(longest_turn, 1), longest_turn + 4, "days").map(
        lambda length: {"every": length}
    )
    rest = _ranged(0, 9, "days").map(lambda length: {"rest": length})
    return st.one_of(every, rest)


@st.composite
def bodies(draw: st.DrawFn, depth: int = 1) -> Data:
    """The body of a small regimen: blocks one after another or beside each other, and doses."""
    body: Data = {}
    if draw(st.booleans()):
        body["doses"] = [draw(doses("d0", 1))]
    count = draw(st.integers(1, 2))
    body["blocks"] = [draw(blocks(str(k), depth)) for k in range(1, count + 1)]
    return body
