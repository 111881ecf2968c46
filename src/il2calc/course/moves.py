"""What delays and shifts move: whole turns by days, repeats by minutes.

A delay of a block turn moves it and everything after it in the same sequence, and nothing before:
what follows was planned from the end of what is delayed. If there is a range right before the turn
(`5 to 6 weeks`), the delay uses it up first: the latest dates of what follows move only by what is
left. `ranges_left` says which range that is.

A shift moves one dose and the rest of its repeat (or of its listed days) within its turn, because
the ward keeps the interval; it moves no block.

A dose marked `during_delay: continue` is given on, in its own rhythm, from its last planned moment
to the first day of the delayed turn, if it was still being given when the delay begins. A dose that
had already ended (its next one would have been before the delay) has no rhythm to continue in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, groupby
from typing import NamedTuple

from il2calc.course.index import Index, sibling_order
from il2calc.model.effects import Chain, DoseKey
from il2calc.model.evidence import Provenance
from il2calc.model.regimen import Dose, Regimen, offset_of
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn, per_listed_day, to_minutes
from il2calc.plan.timing import Slot, Timetable, in_order


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


def delayed(plan: Index, moves: Moves) -> Timetable:
    """The timetable with its turns delayed."""
    delays = [(plan.turns[chain], by) for chain, by in moves.delays]
    days = _delay_days(plan, delays)
    begun = {turn for chain, turn in plan.turns.items() if chain in moves.begun}
    late = ranges_left(plan, delays, begun)
    if not delays and late == plan.late:
        return plan.timetable
    ends = turn_ends(plan.turns.values(), days)

    def delayed_turn(turn: Turn) -> Turn:
        start = turn.start + days[turn]
        return replace(turn, start=start, length=ends[turn] - start)

    turns = rebuilt(plan.turns.values(), delayed_turn)
    slots = (
        with_turn(slot, turns[slot.turn], days[slot.turn], late[slot.turn] - plan.late[slot.turn])
        for slot in plan.timetable.slots
    )
    return plan.timetable._replace(
        slots=tuple(slots),
        turns=tuple((turns[turn], late[turn]) for turn, _ in plan.timetable.turns),
    )


def ranges_left(
    plan: Index, delays: Iterable[tuple[Turn, int]], begun: Container[Turn]
) -> Mapping[Turn, int]:
    """How much later than planned each turn may still begin [days].

    The range right before a turn (`5 to 6 weeks`) is how much later than planned it may begin once
    the turn before it has begun. A delay uses up this one alone, and it is over when the turn has
    begun. A range within the turn before is that of a turn in it: no range is used up twice. What
    a delay does not move, such as the doses of the turn around it, keeps its range.

    Args:
        plan: the timetable before any delay.
        delays: a turn, and how many days it was delayed by.
        begun: turns that have begun, those around them included.
    """
    if not any(plan.late.values()):
        return plan.late
    before: dict[Turn, int] = {}
    used: Counter[Turn] = Counter()
    unmoved: Counter[tuple[Turn, Turn]] = Counter()  # days that do not move a turn in an opening
    for turn, by in delays:
        opening = plan.opening(turn)
        used[opening] += by
        still = plan.inside(opening) - plan.following(turn)
        unmoved.update(dict.fromkeys(((opening, inner) for inner in still), by))

    def planned_start(turn: Turn, day: int) -> int:
        before[turn] = max(day - turn.start, 0)
        return turn.start

    def latest_start(turn: Turn, day: int) -> int:
        if turn in begun:
            return turn.start
        return max(day - min(used[turn], before[turn]), turn.start)

    _latest_days(plan, planned_start)  # fills `before`
    late = _latest_days(plan, latest_start)
    for (opening, inner), by in unmoved.items():
        if opening not in begun:
            late[inner] += min(by, max(before[opening] - used[opening] + by, 0))
    return late


def _latest_days(plan: Index, begin: Callable[[Turn, int], int]) -> dict[Turn, int]:
    """How much later than planned each turn begins at its latest, after what is before it [days].

    Args:
        begin: the day on which a turn begins, given the latest day on which it can.
    """
    calendar, days = plan.timetable.latest, dict[Turn, int]()

    def turn_end(turn: Turn, day: int) -> int:
        start = begin(turn, day)
        days[turn] = start - turn.start
        ends = [start + calendar.dosed(turn.block, turn.number)]
        following: dict[str | None, int] = {}
        groups = groupby(plan.within(turn), key=lambda inner: inner.block)
        inside = [(block, list(turns)) for block, turns in groups]
        for place, (block, turns) in enumerate(inside):
            sequence, first = None, start
            if block.day is not None:
                sequence, first = block.name, start + offset_of(block.day, calendar.day_zero)
            ends.append(block_end(turns, following.get(sequence, first)))
            is_resumed = any(later.name == block.name for later, _ in inside[place + 1 :])
            rest = block.repeat.rest if is_resumed and block.repeat else block.rest
            following[sequence] = ends[-1] + to_minutes(rest, "latest") // DAY
        return max(ends)

    def block_end(turns: Iterable[Turn], day: int) -> int:
        end = day
        for turn in turns:
            end = turn_end(turn, day)
            repeat = turn.block.repeat
            if repeat is not None and repeat.every is not None:
                end = turn.start + days[turn] + to_minutes(repeat.every, "latest") // DAY
            day = end + to_minutes(repeat.rest if repeat is not None else None, "latest") // DAY
        return end

    turn_end(plan.turns[()], 0)
    return days


def _delay_days(plan: Index, delays: Iterable[tuple[Turn, int]]) -> dict[Turn, int]:
    """By how many days each turn is moved, by all delays together."""
    changes = [0] * (len(plan.positions) + 1)
    for turn, by in delays:
        for first, end in plan.following_positions(turn):
            changes[first] += by
            changes[end] -= by
    days = list(accumulate(changes))
    return {turn: days[position] for turn, (position, _, _) in plan.positions.items()}


def turn_ends(turns: Iterable[Turn], days: Mapping[Turn, int]) -> dict[Turn, int]:
    """The day after the last of each delayed turn, which lasts until all turns in it are over."""
    ends: dict[Turn, int] = {}
    for turn in reversed([*turns]):
        end = turn.start + days.get(turn, 0) + turn.length
        end = ends[turn] = max(end, ends.get(turn, end))
        if turn.outer is not None:
            ends[turn.outer] = max(end, ends.get(turn.outer, end))
    return ends


def rebuilt(turns: Iterable[Turn], change: Callable[[Turn], Turn]) -> dict[Turn, Turn]:
    """Every turn as it is after a change, each within the changed one around it."""
    changed: dict[Turn, Turn] = {}
    for turn in turns:
        outer = changed[turn.outer] if turn.outer is not None else None
        changed[turn] = replace(change(turn), outer=outer)
    return changed


def in_sequence(turns: Mapping[Turn, Turn]) -> dict[Turn, Turn]:
    """The same turns, each before those in it, and before those that follow it in its sequence.

    Latest dates are calculated by walking along them.
    """
    places: dict[Turn | None, tuple[tuple[int, int], ...]] = {None: ()}
    for turn in turns.values():
        around = places[turn.outer]
        places[turn] = around if turn.outer is None else (*around, sibling_order(turn))
    return dict(sorted(turns.items(), key=lambda pair: places[pair[1]]))


def with_turn(slot: Slot, turn: Turn, days: int, late: int) -> Slot:
    """A slot moved with its turn by `days`, and its latest time by `late` more days."""
    minute = slot.minute + days * DAY
    latest = (slot.minute if slot.latest is None else slot.latest) + (days + late) * DAY
    return slot._replace(
        turn=turn,
        minute=minute,
        anchor=slot.anchor + days * DAY,
        latest=None if latest <= minute else latest,
        listed=slot.listed + days,
    )


def shifted(
    slots: Mapping[DoseKey, Slot], shifts: Iterable[tuple[DoseKey, int]], regimen: Regimen
) -> tuple[Slot, ...]:
    """Slots, each moved within its turn by all shifts together, in the order of time.

    A shift of a dose that is not among the slots, such as one that an amended text no longer has,
    moves nothing.

    Args:
        shifts: the first dose of each, and by how much it and the rest of its repeat move [min].
    """
    starts, by_repeat = Counter[DoseKey](), Counter[object]()
    for key, by in shifts:
        starts[key] += by

    def rest_moved(key: DoseKey, slot: Slot) -> Slot:
        repeat = _repeat_of(key, slot)
        by_repeat[repeat] += starts[key]
        return moved(slot, by_repeat[repeat])

    return in_order((rest_moved(key, slot) for key, slot in slots.items()), regimen)


def rest_of_repeat(slots: Mapping[DoseKey, Slot], key: DoseKey) -> list[DoseKey]:
    """A dose, and those that follow it in its repeat.

    The repeat is that of its listed day; without one, the listed days of its dose in its turn. It
    goes on in a new text of the regimen that has the dose.

    Args:
        slots: those of its turn at least.
    """
    repeat = _repeat_of(key, slots[key])
    keys = [one for one, slot in slots.items() if _repeat_of(one, slot) == repeat]
    return keys[keys.index(key) :]


def _repeat_of(key: DoseKey, slot: Slot) -> tuple[Chain, str, str, int | None]:
    """What the doses of one repeat have in common, by whichever text of the regimen."""
    return key.turns, key.drug, key.dose, slot.listed if slot.dose.repeat is not None else None


def carried_shifts(
    old: Index, new: Index, shifts: Iterable[tuple[DoseKey, int]]
) -> tuple[list[tuple[DoseKey, int]], list[DoseKey]]:
    """Shifts as they are in the plan of another text, and those that move nothing of that text.

    A shift begins there with the first of its doses that both have on the same day of the turn.
    """
    carried: list[tuple[DoseKey, int]] = []
    lost: list[DoseKey] = []
    for key, by in shifts:
        if key not in old.slots:  # it goes on through a delay
            carried.append((key, by))
            continue
        former = rest_of_repeat(old.by_turn[key.turns], key)
        shared = [one for one in former if one in new.slots]
        stay = [one for one in shared if new.slots[one].dose is old.slots[one].dose]
        first = next(filter(None, (_on_same_day(old, new, one) for one in former)), None)
        later = [] if first is None else rest_of_repeat(new.by_turn[key.turns], first)
        carried += [] if first is None else [(first, by)]
        if len(stay) < len(former) and not set(later).difference(stay):
            lost.append(key)
    return carried, lost


def _on_same_day(old: Index, new: Index, key: DoseKey) -> DoseKey | None:
    """The dose of another plan at the same time of its turn, or in its place on that day."""

    def of_day(plan: Index) -> dict[DoseKey, int]:
        slots = plan.by_turn.get(key.turns, {}).items()
        times = ((one, slot.minute - slot.turn.start * DAY) for one, slot in slots)
        return {one: minute for one, minute in times if one[:3] == key[:3] and minute // DAY == day}

    slot = old.slots[key]
    day = (slot.minute - slot.turn.start * DAY) // DAY
    before, after = of_day(old), of_day(new)
    at_once = (one for one, minute in after.items() if minute == before[key])
    return next(at_once, dict(zip(before, after, strict=False)).get(key))


def moved(slot: Slot, by: int) -> Slot:
    """A slot that a shift moves [min]."""
    if not by:
        return slot
    # Hours stay counted from where they were, unless whole days are moved: those keep the clock.
    keeps_anchor = repeats_by_hour(slot.dose) and by % DAY
    return slot._replace(
        minute=slot.minute + by,
        anchor=slot.anchor if keeps_anchor else slot.anchor + by,
        latest=None if slot.latest is None else slot.latest + by,
    )


def repeats_by_hour(dose: Dose) -> bool:
    """Whether a dose comes again by the hour rather than by the day."""
    every = dose.repeat.every if dose.repeat else None
    return every is not None and every.shortest % DAY != 0


LONGEST_CONTINUED = 7
"""A dose that continues through a longer delay has a caution [days]: the one trial known to say how
long let cycles be delayed for up to a week (CALGB 9661; Fleming GF, et al. PMID 12473581)."""


class Continued(NamedTuple):
    """A dose that the file lets continue, and the delay that it continues through.

    Args:
        delayed: the turn that is delayed, and `days` by how many days in all.
        slots: the doses added during the delay; none if the dose had ended before it.
    """

    dose: Dose
    delayed: Chain
    days: int
    slots: tuple[Slot, ...]

    def holds(self, row: Administration) -> bool:
        """Whether an administration is one of those added."""
        times = (slot.minute for slot in self.slots)
        return row.dose.as_written is self.dose and any(row.minute == minute for minute in times)


def continued(now: Index, moves: Moves) -> Iterator[Continued]:
    """What is given, while a turn is delayed, of each dose that continues.

    Args:
        now: the timetable after its delays.
        moves: the delays.
    """
    delays = [(now.turns[chain], chain, by) for chain, by in sorted(moves.delays)]
    ordered = sorted(delays, key=lambda delay: now.opening(delay[0]).start)
    for opening, group in groupby(ordered, key=lambda delay: now.opening(delay[0])):
        same = list(group)
        before = now.preceding(opening)
        if before is None:
            continue
        days = sum(by for _, _, by in same)
        end = max(turn.start for turn, _, _ in same)
        for dose, last in now.continuing.get(before, {}).items():
            run = [slot for slot in now.by_turn[now.chain(last)].values() if slot.dose == dose]
            slots = tuple(continued_slots(run, end - days, end))
            yield Continued(run[0].dose, same[0][1], days, slots)


def continued_slots(run: Sequence[Slot], first: int, end: int) -> Iterator[Slot]:
    """Slots, not yet numbered, that continue a run of one dose through the days [first, end).

    They keep its rhythm. There are none if the run had ended before the first day.
    """
    last, step = _rhythm(run)
    if not step or last[0].minute + step < first * DAY:
        return
    assumptions = run[0].dose.provenance.get("during_delay", Provenance()).assumptions
    hourly = repeats_by_hour(run[0].dose)
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
                assumed=tuple(sorted({*slot.assumed, *assumptions})),
            )
        by += step


def _rhythm(run: Sequence[Slot]) -> tuple[list[Slot], int]:
    """The slots that come again, and after how long [min]; 0 if a run has no rhythm."""
    dose = run[0].dose
    if dose.repeat is not None and dose.repeat.every is not None:
        return [run[-1]], dose.repeat.every.shortest
    size = per_listed_day(dose)
    days = [run[place : place + size] for place in range(0, len(run), size)]
    step = days[-1][0].minute - days[-2][0].minute if days[1:] else 0
    return [*days[-1]], step
