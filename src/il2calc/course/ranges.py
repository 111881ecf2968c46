"""How late each turn may still begin: the ranges of time before it, less what is used up of them.

The range right before a turn (`5 to 6 weeks`) is how much later than planned it may begin once the
turn before it has begun. A delay uses up this one alone, and it is over when the turn has begun. A
range within the turn before is the range of a turn in it: no range is used up twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import groupby

from il2calc.course.index import Index
from il2calc.model.regimen import offset_of
from il2calc.plan.calendar import DAY, Turn, pick_of


def left(
    plan: Index, delays: Iterable[tuple[Turn, int]], begun: Container[Turn]
) -> Mapping[Turn, int]:
    """How much later than planned may each turn still begin [days]?

    Args:
        plan: the timetable before any delay.
        delays: a turn, and how many days it was delayed by.
        begun: turns that have begun, those around them included.
    """
    if not any(plan.late.values()):
        return plan.late
    before: dict[Turn, int] = {}
    used: defaultdict[Turn, int] = defaultdict(int)
    for turn, by in delays:
        used[plan.opening(turn)] += by

    def planned(turn: Turn, day: int) -> int:
        before[turn] = max(day - turn.start, 0)
        return turn.start

    def latest(turn: Turn, day: int) -> int:
        if turn in begun:
            return turn.start
        return max(day - min(used[turn], before[turn]), turn.start)

    _Late(plan, planned)
    return _Late(plan, latest).days


class _Late:
    """Every turn laid out at its latest, after whatever stands before it.

    Args:
        begin: on which day a turn begins, given the latest on which it can.

    Attributes:
        days: how much later than planned each turn begins [days].
    """

    def __init__(self, plan: Index, begin: Callable[[Turn, int], int]) -> None:
        self.plan, self.begin, self.calendar = plan, begin, plan.timetable.latest
        self.days: dict[Turn, int] = {}
        self._turn(plan.turns[()], 0)

    def _turn(self, turn: Turn, day: int) -> int:
        """The day after the last of a turn."""
        start = self.begin(turn, day)
        self.days[turn] = start - turn.start
        ends = [start + self.calendar.dosed(turn.block, turn.number)]
        following = start
        groups = groupby(self.plan.within(turn), key=lambda inner: inner.block)
        inside = [(block, list(turns)) for block, turns in groups]
        for place, (block, turns) in enumerate(inside):
            if block.day is None:
                ends.append(self._block(turns, following))
                goes_on = any(after.name == block.name for after, _ in inside[place + 1 :])
                rest = block.repeat.rest if goes_on and block.repeat else block.rest
                following = ends[-1] + pick_of(rest, "latest") // DAY
            else:
                placed = start + offset_of(block.day, self.calendar.day_zero)
                ends.append(self._block(turns, placed))
        return max(ends)

    def _block(self, turns: Iterable[Turn], day: int) -> int:
        """The day after the last of all turns of a block."""
        end = day
        for turn in turns:
            end = self._turn(turn, day)
            repeat = turn.block.repeat
            if repeat is not None and repeat.every is not None:
                end = turn.start + self.days[turn] + pick_of(repeat.every, "latest") // DAY
            day = end + pick_of(repeat.rest if repeat is not None else None, "latest") // DAY
        return end
