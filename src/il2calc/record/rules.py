"""The rules by which a log is taken back into its schedule: those that were used, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from il2calc.record.laying import Laid
from il2calc.record.standing import Standing
from il2calc.schedule import Schedule


def used(standing: Standing, laid: Laid, now: Schedule) -> Iterator[str]:
    """The rules that a course used.

    References: what becomes of a held dose is practice, not label; published high-dose practice
    re-assesses at the next scheduled time and leaves the held dose out (SpringerPlus 2015,
    s40064-015-0890-1, table 1).
    """
    yield (
        "Unrecorded: planned before the day looked at, and nothing entered; due: planned on that "
        "day; planned: later."
    )
    if standing.held:
        yield (
            "A held dose is omitted, not made up for (assumed from published practice: "
            "SpringerPlus 2015, s40064-015-0890-1, table 1); log shift moves the rest of a repeat."
        )
    if any(told.effect.at for told in standing.given.values()):
        yield "A dose given at another time than planned moves no other dose."
    if standing.shifts:
        yield "A shift moves one dose and the rest of its repeat, and no block."
    if standing.delays:
        yield (
            "A delay moves its block turn and everything after it in the same sequence, and "
            "nothing before; a block placed by day stays beside what moves."
        )
        if any(late for _, late in standing.plan.timetable.turns):
            yield "A delay uses up the range of time before its turn; then latest dates move too."
    drawn = dict.fromkeys(each.dose.name for each in laid.continued if each.slots)
    if drawn:
        yield (
            f"{', '.join(drawn)}: goes on through a delay, in its rhythm, as doses of the turn "
            "before (during_delay: continue)."
        )
    yield from _amounts(standing)
    yield from _conditions(standing, now)


def _amounts(standing: Standing) -> Iterator[str]:
    if standing.weights:
        yield (
            "A new weight changes no dose by itself, since weight gained under treatment may be "
            "fluid; taken up, it counts from the first dose of the block that is named, and of "
            "two the later weighing."
        )
    if standing.weights and standing.log.patient.height is not None:
        yield "With a new weight the body surface area is reckoned anew, from the same height."
    if standing.reductions:
        yield (
            "A percentage is of the amount in the file, before cap and rounding, and for the drug "
            "named alone; it counts from the first dose of the block that is named, and of two "
            "the later entry."
        )


def _conditions(standing: Standing, now: Schedule) -> Iterator[str]:
    states = {each.state for each in now.recorded.values()}
    if standing.decided or "conditional" in states:
        yield (
            "What depends on something stays conditional until it is decided or a dose of the "
            "turn is given; no ends the branch, and what follows keeps its dates."
        )
    if standing.stopped is not None:
        yield "Nothing planned after the moment of stopping is given."
