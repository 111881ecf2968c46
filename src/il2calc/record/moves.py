"""Where a timetable lies after delays and shifts: whole turns by days, repeats by minutes.

A delay of a block turn moves it and everything after it in the same sequence, and nothing before:
what follows was planned from the end of what was delayed. Where a range lay before the turn
(`5 to 6 weeks`), the delay uses it up first: the latest dates of what follows move only by what is
left. A turn that has begun has no range before it any more.

A shift moves one dose and the rest of its repeat (or of its listed days) within its turn, because
the ward keeps the interval; it moves no block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from il2calc.course import Chain, DoseKey
from il2calc.daytimes import DAY, per_listed_day
from il2calc.planned import Turn
from il2calc.record.places import Places
from il2calc.regimen import Dose
from il2calc.timing import Slot, Timetable


class Moves(NamedTuple):
    """What moved: turns by days, doses by minutes; and which turns have begun.

    Args:
        delays: a turn, and how many days it was delayed by; the order means nothing.
        shifts: the first dose moved, and by how many minutes.
        begun: turns of which a dose was given, and those around them.
    """

    delays: tuple[tuple[Chain, int], ...] = ()
    shifts: tuple[tuple[DoseKey, int], ...] = ()
    begun: frozenset[Chain] = frozenset()


def delayed(plan: Places, moves: Moves) -> Timetable:
    """The timetable with its turns delayed."""
    days: defaultdict[Turn, int] = defaultdict(int)
    used: defaultdict[Turn, int] = defaultdict(int)
    left = _ranges(plan)
    for chain, by in sorted(moves.delays):
        turn = plan.turns[chain]
        for each in plan.following(turn):
            days[each] += by
        opening = plan.opening(turn)
        resolved = min(left[opening], by)
        left[opening] -= resolved
        for each in plan.following(opening):
            used[each] += resolved
    begun = {plan.opening(plan.turns[chain]) for chain in moves.begun}
    for opening in sorted(begun, key=lambda each: each.start):
        resolved = plan.late[opening] - used[opening]
        for each in plan.following(opening):
            used[each] += resolved
    if not days and not any(used.values()):
        return plan.timetable
    ends = _ends(plan, days)

    def moved(turn: Turn) -> Turn:
        start = turn.start + days[turn]
        return replace(turn, start=start, length=ends[turn] - start)

    turns = rebuilt(plan.timetable, moved)
    slots = (_carried(slot, turns, days, used) for slot in plan.timetable.slots)
    late = ((turns[turn], late - used[turn]) for turn, late in plan.timetable.turns)
    return Timetable(tuple(slots), tuple(late), plan.timetable.counts)


def _ends(plan: Places, days: Mapping[Turn, int]) -> dict[Turn, int]:
    """The day after the last of each turn: one lasts until all that was delayed in it is over."""
    ends: dict[Turn, int] = {}
    for turn, _ in reversed(plan.timetable.turns):
        end = turn.start + days[turn] + turn.length
        end = ends[turn] = max(end, ends.get(turn, end))
        if turn.outer is not None:
            ends[turn.outer] = max(end, ends.get(turn.outer, end))
    return ends


def rebuilt(timetable: Timetable, change: Callable[[Turn], Turn]) -> dict[Turn, Turn]:
    """Every turn as it is after a change, each within the changed one around it."""
    turns: dict[Turn, Turn] = {}
    for turn, _ in timetable.turns:
        outer = turns[turn.outer] if turn.outer is not None else None
        turns[turn] = replace(change(turn), outer=outer)
    return turns


def _ranges(plan: Places) -> dict[Turn, int]:
    """How long the range is that lies right before each turn [days]."""
    if not any(plan.late.values()):
        return dict.fromkeys(plan.late, 0)
    found = {}
    for turn, late in plan.late.items():
        before = plan.preceding(turn) if turn.outer is not None else None
        found[turn] = late - (plan.late[before] if before is not None else 0)
    return found


def _carried(
    slot: Slot,
    turns: Mapping[Turn, Turn],
    days: Mapping[Turn, int],
    used: Mapping[Turn, int],
) -> Slot:
    """A slot that lies where its turn lies now."""
    by = days[slot.turn] * DAY
    minute = slot.minute + by
    latest = None if slot.latest is None else slot.latest + by - used[slot.turn] * DAY
    return slot._replace(
        turn=turns[slot.turn],
        minute=minute,
        anchor=slot.anchor + by,
        latest=None if latest == minute else latest,
    )


def shifted(places: Places, moves: Moves) -> Iterator[Slot]:
    """Slots with doses, and the rest of their repeats, moved within their turns."""
    by: defaultdict[DoseKey, int] = defaultdict(int)
    for key, minutes in moves.shifts:
        for moved in rest_of_repeat(places, key):
            by[moved] += minutes
    for key, slot in places.slots.items():
        yield _moved(slot, by[key])


def rest_of_repeat(places: Places, key: DoseKey) -> list[DoseKey]:
    """A dose, and those that follow it in its repeat.

    The repeat is that of its listed day; without one, the listed days of its dose in its turn.
    """
    first = places.slots[key]
    alike = [each for each, slot in places.slots.items() if (slot.turn, slot.dose) == _home(first)]
    place = alike.index(key)
    if first.dose.repeat is None:
        return alike[place:]
    size = per_listed_day(first.dose)
    return alike[place : (place // size + 1) * size]


def _home(slot: Slot) -> tuple[Turn, Dose]:
    return slot.turn, slot.dose


def _moved(slot: Slot, by: int) -> Slot:
    if not by:
        return slot
    # Hours stay counted from where they were, unless whole days are moved: those keep the clock.
    keeps = counts_hours(slot.dose) and by % DAY
    return slot._replace(
        minute=slot.minute + by,
        anchor=slot.anchor if keeps else slot.anchor + by,
        latest=None if slot.latest is None else slot.latest + by,
    )


def counts_hours(dose: Dose) -> bool:
    """Whether a dose comes again by the hour rather than by the day."""
    every = dose.repeat.every if dose.repeat else None
    return every is not None and every.shortest % DAY != 0
