"""Doses that go on while the next turn is delayed: drawn through the gap, as the file says.

A dose marked `during_delay: continue` is given on, in its own rhythm, from its last planned moment
to the first day of the delayed turn. It is drawn so where it ran up to the gap; a dose that had
already ended (its next one would have fallen before the gap) has no rhythm that a file could mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from il2calc.administration import Administration
from il2calc.course import Chain
from il2calc.daytimes import DAY, per_listed_day
from il2calc.planned import Turn
from il2calc.record.moves import Moves, counts_hours
from il2calc.record.places import Places
from il2calc.regimen import Backing, Dose
from il2calc.timing import Slot

LONGEST_CONTINUED = 7
"""A dose that goes on through a longer delay is cautioned [days]: the one trial known to say how
long let cycles be delayed for up to a week (CALGB 9661; Fleming GF, et al. PMID 12473581)."""


class Continued(NamedTuple):
    """A dose that the file lets go on, and the delay that it goes on through.

    Args:
        delayed: the turn that is delayed, and by how many days in all.
        slots: those drawn through the gap; none where the dose had ended before it.
    """

    dose: Dose
    delayed: Chain
    days: int
    slots: tuple[Slot, ...]

    def holds(self, each: Administration) -> bool:
        """Whether an administration is one of those drawn."""
        times = (slot.minute for slot in self.slots)
        return each.dose is self.dose and any(each.minute == minute for minute in times)


def continued(now: Places, moves: Moves) -> Iterator[Continued]:
    """What each dose that goes on is given while a turn is delayed.

    Args:
        now: the timetable as it lies after its delays.
        moves: the delays.
    """
    delays = [(now.turns[chain], chain, by) for chain, by in sorted(moves.delays)]
    opened = sorted(delays, key=lambda each: now.opening(each[0]).start)
    for opening, group in groupby(opened, key=lambda each: now.opening(each[0])):
        same = list(group)
        before = now.preceding(opening)
        if before is None:
            continue
        total = sum(by for _, _, by in same)
        end = max(turn.start for turn, _, _ in same)
        for run in _runs(now, before):
            drawn = tuple(_drawn(run, end - total, end))
            yield Continued(run[0].dose, same[0][1], total, drawn)


def _runs(now: Places, before: Turn) -> Iterator[list[Slot]]:
    """The slots of each dose that goes on, in the last turn of it within the turn before."""
    inside = now.inside(before)
    runs: dict[Dose, list[Slot]] = {}
    for slot in now.timetable.slots:
        if slot.dose.during_delay and slot.turn in inside:
            runs.setdefault(slot.dose, []).append(slot)
    for slots in runs.values():
        last = slots[-1].turn
        yield [slot for slot in slots if slot.turn is last]


def _drawn(run: Sequence[Slot], first: int, end: int) -> Iterator[Slot]:
    """Slots, not yet numbered, that go on in the rhythm of a run until a day."""
    last, step = _beat(run)
    if not step or last[0].minute + step < first * DAY:
        return
    assumed = run[0].dose.backing.get("during_delay", Backing()).assumptions
    hourly = counts_hours(run[0].dose)
    by = step
    while True:
        for slot in last:
            if slot.minute + by >= end * DAY:
                return
            yield slot._replace(
                number=0,
                minute=slot.minute + by,
                anchor=slot.anchor if hourly else slot.anchor + by,
                latest=None if slot.latest is None else slot.latest + by,
                outside=False,
                assumed=tuple(sorted({*slot.assumed, *assumed})),
            )
        by += step


def _beat(run: Sequence[Slot]) -> tuple[list[Slot], int]:
    """The slots that come again, and after how long [min]; 0 where a run has no rhythm."""
    dose = run[0].dose
    if dose.repeat is not None and dose.repeat.every is not None:
        return [run[-1]], dose.repeat.every.shortest
    size = per_listed_day(dose)
    days = [run[place : place + size] for place in range(0, len(run), size)]
    if len(days) == 1:
        return list(days[-1]), 0
    return list(days[-1]), days[-1][0].minute - days[-2][0].minute
