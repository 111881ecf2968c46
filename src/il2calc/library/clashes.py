"""Whether a drug would be given on top of itself: overlapping infusions, days that reach back.

Unlike the other checks this one looks at the laid-out calendar, open-ended blocks at two turns.
"""

from __future__ import annotations

from collections.abc import Iterator

from il2calc.library.shapes import Fault
from il2calc.library.vocabulary import Built
from il2calc.planned import (
    DAY,
    MOST_ADMINISTRATIONS,
    Calendar,
    Turn,
    is_open,
    moments,
    span_of,
    work,
)
from il2calc.regimen import Block, Dose, day_at

_START = 8 * 60


def faults(built: Built) -> Iterator[Fault]:
    """Every place where the calendar of a file gives a drug on top of itself."""
    body = built.body
    for arm in built.arms or (None,):
        size = work(body, arm, {}, built.day_zero)
        if size > MOST_ADMINISTRATIONS:
            yield (), f"would give {size:,} administrations; at most {MOST_ADMINISTRATIONS:,} fit"
        elif not built.unsound and _worth_looking(body):
            yield from _in_arm(built, arm)


def _worth_looking(body: Block) -> bool:
    return any(
        dose.over is not None
        or any(first <= 0 for first, _ in dose.days.ranges)
        or (dose.days.onward is not None and dose.days.onward <= 0)
        for block in body.walk()
        for dose in block.doses
    )


def _in_arm(built: Built, arm: str | None) -> Iterator[Fault]:
    twice = {
        block.path: 2
        for block in built.body.walk()
        if block.repeat and block.repeat.count is None and is_open(block, arm)
    }
    calendar = Calendar(built.day_zero, arm, twice)
    placed = [
        (dose, turn, turn.start + offset, offset)
        for turn in calendar.turns(built.body)
        for dose, offset in calendar.doses(turn)
    ]
    yield from _infusions(placed, built)
    yield from _reaching_back(placed, built)


_Placed = tuple[Dose, Turn, int, int]


def _infusions(placed: list[_Placed], built: Built) -> Iterator[Fault]:
    """One drug's infusions may not overlap."""
    running: dict[str, list[tuple[int, int, Dose]]] = {}
    for dose, _, day, _ in placed:
        if dose.over is not None:
            begins = (day * DAY + minute for minute in moments(dose, _START))
            found = ((begin, begin + dose.over.longest, dose) for begin in begins)
            running.setdefault(dose.drug, []).extend(found)
    told: set[tuple[str, str]] = set()
    for each in running.values():
        each.sort(key=lambda item: item[:2])
        latest = each[0]
        for item in each[1:]:
            pair = (latest[2].path, item[2].path)
            if item[0] < latest[1] and pair not in told:
                told.add(pair)
                yield (*built.locs[item[2].path], "over"), _overlap(latest, item, built.day_zero)
            latest = max(latest, item, key=lambda one: one[1])


def _overlap(first: tuple[int, int, Dose], second: tuple[int, int, Dose], day_zero: bool) -> str:
    day = day_at(second[0] // DAY, day_zero)
    return (
        f"the infusion of {first[2].path} still runs when this one begins on regimen day {day}; "
        "shorten 'over' or move one of them"
    )


def _reaching_back(placed: list[_Placed], built: Built) -> Iterator[Fault]:
    """A day before its turn must fall where the same drug is not given."""
    told: set[str] = set()
    taken: dict[tuple[str, int], list[_Placed]] = {}
    for item in placed:
        for day in range(item[2], item[2] + span_of(item[0])):
            taken.setdefault((item[0].drug, day), []).append(item)
    for dose, turn, day, offset in placed:
        if offset >= 0 or dose.path in told:
            continue
        for other, where, _, _ in taken[dose.drug, day]:
            if where != turn and dose.path not in told:
                told.add(dose.path)
                own, there = day_at(offset, built.day_zero), day_at(day, built.day_zero)
                problem = (
                    f"reaches back from day {own} to regimen day {there}, where {other.path} "
                    f"already gives {dose.drug}; free that day or move this one"
                )
                yield (*built.locs[dose.path], "day"), problem
