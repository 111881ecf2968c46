"""Whether a drug is given on top of itself: days that reach back, and overlapping infusions.

Unlike the other checks this one looks at the laid-out calendar; an open-ended block is laid out
for as many turns as its days can reach across.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from il2calc.language.regimen_build import Built
from il2calc.language.regimen_keys import WHEN_OF_DOSE
from il2calc.model.regimen import Block, Days, Dose, day_at, offset_of
from il2calc.plan.calendar import (
    DAY,
    Calendar,
    Turn,
    anchors,
    moments,
    pick_of,
    refusal,
    span_of,
    work,
)
from il2calc.plan.timing import waits
from il2calc.text.shapes import Fault

_START = 8 * 60


class _Placed(NamedTuple):
    """A dose on one of its days, counted from day 1 of the regimen."""

    dose: Dose
    turn: Turn
    day: int


def faults(built: Built) -> Iterator[Fault]:
    """Every place where the calendar of a file gives a drug on top of itself."""
    if _reach(built) > 0 and not built.misplaced():
        for arm in built.arms or (None,):
            yield from _reaching_back(built, arm)


def overlaps(built: Built) -> Iterator[Fault]:
    """Every two infusions of one drug that overlap: it may be meant, so a person must say.

    A file without an infusion time, as most are, is not laid out.
    """
    if all(dose.over is None for block in built.body.walk() for dose in block.doses):
        return
    told: set[tuple[Dose, Dose]] = set()
    for arm in built.arms or (None,):
        if refusal(work(built.body, arm, {}, built.day_zero)):
            return  # a fault says so
        placed = _placed(built, arm)
        if built.misplaced():
            by_turn: dict[Turn, list[_Placed]] = {}
            for item in placed:
                by_turn.setdefault(item.turn, []).append(item)
            for alone in by_turn.values():
                yield from _infusions(alone, built, told)
        else:
            yield from _infusions(placed, built, told)


def _placed(built: Built, arm: str | None, without: Container[Dose] = ()) -> Iterator[_Placed]:
    """Every dose that could be read, on each of its days."""
    calendar = Calendar(built.day_zero, arm, _enough_turns(built))
    for turn in calendar.turns(built.body):
        for dose, offset in calendar.doses(turn, without):
            if not WHEN_OF_DOSE & built.unread[dose]:
                yield _Placed(dose, turn, turn.start + offset)


def _reach(built: Built) -> int:
    """How many days before its turn anything begins, at the most [days]."""
    offsets = [0]
    for block in built.body.walk():
        firsts = [] if block.day is None else [block.day]
        firsts += [_first(dose.days) for dose in block.doses]
        offsets += [offset_of(first, built.day_zero) for first in firsts]
    return -min(offsets)


def _first(days: Days) -> int:
    firsts = [first for first, _ in days.ranges]
    return min(firsts if days.onward is None else [*firsts, days.onward])


def _enough_turns(built: Built) -> dict[str, int]:
    """Turns of each open-ended block, so that every clash there can be shows."""
    found = {}
    for block in built.body.walk():
        if block.repeat is not None and block.repeat.count is None:
            length = pick_of(block.repeat.every, "earliest") // DAY or 1
            across = -(-_reach(built) // length) + 2
            found[block.path] = max(across, _last_turn_named(block) + 1)
    return found


def _last_turn_named(block: Block) -> int:
    turns = [dose.turns for dose in block.doses if dose.turns is not None]
    named = [edge for days in turns for _, edge in days.ranges]
    return max([0, *named, *(days.onward for days in turns if days.onward is not None)])


def _infusions(
    placed: Iterable[_Placed], built: Built, told: set[tuple[Dose, Dose]]
) -> Iterator[Fault]:
    """Infusions of one drug that overlap, when those that wait for others have waited.

    Args:
        told: pairs of doses that need not be told again.
    """
    begun = [
        (dose, day * DAY + anchor, day * DAY + minute, day)
        for dose, _, day in placed
        if dose.over is not None
        for anchor, minute in zip(anchors(dose, _START), moments(dose, _START), strict=True)
    ]
    waiting = waits((dose, anchor, minute) for dose, anchor, minute, _ in begun)
    running: dict[str, list[tuple[int, int, Dose, int]]] = {}
    for dose, anchor, minute, planned in begun:
        wait = waiting.get((dose, anchor))
        begin = minute + (wait.minutes if wait is not None else 0)
        assert dose.over is not None, "only infusions have begun"
        run = (begin, begin + dose.over.longest, dose, planned)
        running.setdefault(dose.drug, []).append(run)
    for each in running.values():
        each.sort(key=lambda item: item[:2])
        latest = each[0]
        for item in each[1:]:
            pair = (latest[2], item[2])
            if item[0] < latest[1] and pair not in told:
                told.add(pair)
                day = day_at(item[0] // DAY, built.day_zero)
                problem = (
                    f"the infusion of {pair[0].path} still runs when this one begins on regimen "
                    f"day {day}; {_cure(*pair, latest[1] - item[3] * DAY)}, unless they are to run "
                    "together"
                )
                yield (*built.locs[item[2]], "over"), problem
            latest = max(latest, item, key=lambda one: one[1])


def _cure(before: Dose, dose: Dose, ends: int) -> str:
    """What parts an infusion from the one before it.

    Args:
        ends: when that one has ended, after midnight of the day of this one [min].
    """
    if before is dose:
        return "shorten 'over' or give it less often"
    if dose.repeat is not None or (dose.at is not None and len(dose.at.minutes) > 1):
        return "shorten 'over' or move one of them with an 'at' of its own"
    later = ends - _START
    size, unit = (60, "hour") if later % 60 == 0 else (1, "minute")
    count = later // size
    told = f"{count:+} {unit}" if abs(count) == 1 else f"{count:+} {unit}s"
    return f"shorten 'over' or let this one begin when that has ended, with 'at: {told}'"


def _reaching_back(built: Built, arm: str | None) -> Iterator[Fault]:
    """A drug may not fall twice on a reached-back day, whichever block gives it.

    Only one turn of one block may give it there, as often as it says. A dose is told once and then
    left out: days that never clash are no more than the calendar has, whatever their number, while
    those of a dose that clashes with itself would grow with the square of how far it reaches back.
    """
    given: defaultdict[tuple[str, int], list[tuple[_Placed, bool]]] = defaultdict(list)
    told: set[Dose] = set()
    for item in _placed(built, arm, told):
        reached = _reached(item)
        for day in range(item.day, item.day + span_of(item.dose)):
            there = given[item.dose.drug, day]
            there.append((item, day in reached))
            if item.dose in told or (found := _clash(there, told)) is None:
                continue
            back, other = found
            told.add(back.dose)
            own = day_at(back.day - back.turn.start, built.day_zero)
            problem = (
                f"reaches back from day {own} to regimen day {day_at(day, built.day_zero)}, where "
                f"{other.dose.path} already gives {back.dose.drug}; free that day or move this one"
            )
            yield (*built.locs[back.dose], "day"), problem


def _clash(
    there: Sequence[tuple[_Placed, bool]], told: Container[Dose]
) -> tuple[_Placed, _Placed] | None:
    """The last of the doses of a drug on a day and one of another turn, if either reaches back.

    Returns:
        First the one that reaches back.
    """
    *before, (item, reaches) = there
    for other, back in before:
        if other.turn is not item.turn and other.dose not in told and (back or reaches):
            return (other, item) if back else (item, other)
    return None


def _reached(item: _Placed) -> range:
    """The days of a dose before a turn that it lies in begins."""
    begins = max((turn.start for turn in item.turn.chain()), default=item.day)
    return range(item.day, min(item.day + span_of(item.dose), begins))
