"""The timetable of a course as it lies now: delayed, drawn through the gaps, shifted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from il2calc.planned import Turn
from il2calc.record.continuing import Continued, continued
from il2calc.record.moves import Moves, delayed, rebuilt, shifted
from il2calc.record.places import Places
from il2calc.regimen import Regimen
from il2calc.timing import Slot, Timetable, in_order


class Laid(NamedTuple):
    """Where everything lies now.

    Args:
        continued: each dose that the file lets go on through a delay, with what was drawn.
    """

    places: Places
    continued: tuple[Continued, ...] = ()


def lay(plan: Places, moves: Moves, regimen: Regimen) -> Laid:
    """Where does everything lie after what moved?"""
    now = Places(delayed(plan, moves))
    through = tuple(continued(now, moves))
    now = _with_drawn(now, through)
    if not moves.delays and not moves.shifts:
        return Laid(now)
    slots = in_order(shifted(now, moves), regimen)
    return Laid(Places(now.timetable._replace(slots=slots)), through)


def _with_drawn(now: Places, through: Iterable[Continued]) -> Places:
    """A timetable with the slots that are drawn through gaps; their turns last as long."""
    drawn = [(slot, each) for each in through for slot in each.slots]
    if not drawn:
        return now
    ends: dict[Turn, int] = {}
    for slot, each in drawn:
        ends[slot.turn] = now.turns[each.delayed].start
    turns = rebuilt(
        now.timetable,
        lambda turn: replace(turn, length=max(turn.length, ends.get(turn, 0) - turn.start)),
    )
    slots = (*now.timetable.slots, *_numbered(now, [slot for slot, _ in drawn]))
    late = tuple((turns[turn], days) for turn, days in now.timetable.turns)
    kept = tuple(slot._replace(turn=turns[slot.turn]) for slot in slots)
    return Places(Timetable(kept, late, now.timetable.counts))


def _numbered(now: Places, drawn: Iterable[Slot]) -> Iterator[Slot]:
    """Drawn slots, numbered on from the last of their drug in their turn."""
    last: dict[tuple[Turn, str], int] = {}
    for slot in now.timetable.slots:
        place = (slot.turn, slot.dose.drug)
        last[place] = max(last.get(place, 0), slot.number)
    by_drug = sorted(drawn, key=lambda slot: (slot.turn.start, slot.dose.drug, slot.minute))
    for place, group in groupby(by_drug, key=lambda slot: (slot.turn, slot.dose.drug)):
        for number, slot in enumerate(group, last[place] + 1):
            yield slot._replace(number=number)
