"""Whether the days, repeats and lengths of a file fit together, and give no drug on top of itself.

What a single dose or block says is held against the blocks around it. Days that reach back and
infusions that overlap show in the laid-out calendar only; there an open-ended block is laid out for
as many turns as its days can reach across.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from il2calc.errors import how_many
from il2calc.language.regimen_build import Built
from il2calc.language.regimen_keys import DOSE_TIMING_KEYS
from il2calc.language.spelling import count_help
from il2calc.model.regimen import Block, Days, Dose, day_at, offset_of
from il2calc.plan.calendar import (
    DAY,
    Calendar,
    Turn,
    anchors,
    duration,
    is_open,
    moments,
    pick_of,
    planned,
    refusal,
    span_of,
    work,
)
from il2calc.plan.timing import Run, runs
from il2calc.text.shapes import Fault, Loc
from il2calc.units import Span

_NO_DAY_ZERO = "names day 0; write 'numbering: with day 0' in the head, or count all days from 1"
_REACHES_BACK = "before the block; only the outermost block, or one with 'every', may reach back"
_START = 8 * 60


def calendar_faults(built: Built) -> Iterator[Fault]:
    """Every fault in how the days, repeats and lengths of a file fit together.

    A file that would give too much is told so before anything of it is laid out.
    """
    for block in built.body.walk():
        for dose in block.prescribed():
            place = built.locs[dose]
            yield from _as_needed(dose, place)
            yield from _overs(dose, block, built, place)
            yield from _at_beside_repeat(dose, place)
            yield from _limit(dose, block, built, place)
            yield from _day_numbers(dose, block, built, place)
        for inner in block.blocks:
            if inner.day is not None:
                place = (*built.locs[inner], "day")
                yield from _numbered(inner.day, (inner.day,), block, built, place)
    arms = built.arms or (None,)
    for arm in arms:
        if problem := refusal(work(built.body, arm, {}, built.day_zero)):
            yield (), problem
            return
    for arm in arms:
        yield from _lengths(built.body, built, arm)
        yield from _follows_open(built.body, built, arm)
    if _reach(built) > 0 and not built.unplaced():
        for arm in arms:
            yield from _reaching_back(built, arm)


def _at_beside_repeat(dose: Dose, loc: Loc) -> Iterator[Fault]:
    at = dose.at
    several = at is not None and (len(at.minutes) > 1 or at.kind == "times a day")
    if dose.repeat is not None and several:
        problem = "cannot go with a repeat; keep one time, or list the times and no repeat"
        yield (*loc, "at"), problem


def _as_needed(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """What is given as needed has no set times, and only it may leave its interval open."""
    every = dose.repeat.every if dose.repeat is not None else None
    if not dose.as_needed:
        if every is not None and every.at_least:
            problem = "is only a minimum interval; write one length, or add 'as_needed: yes'"
            yield (*loc, "repeat", "every"), problem
        return
    if dose.at is not None and dose.at.kind != "as needed":
        problem = "sets a time for a dose as needed; write 'up to 3 times a day', or leave it out"
        yield (*loc, "at"), problem
    if dose.repeat is not None and not (dose.repeat.at_most or dose.repeat.count is None):
        problem = "sets a number for a dose as needed; write 'up_to', or leave it out"
        yield (*loc, "repeat", "times"), problem
    if every is not None and not every.at_least:
        problem = f"sets an interval for a dose as needed; write 'every: at least {every.text}'"
        yield (*loc, "repeat", "every"), problem


def _overs(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """Infusion times by turn leave no turn out, and there are turns, or a repeat of the dose."""
    if not dose.overs:
        return
    place = (*loc, "over")
    repeat = block.repeat or dose.repeat
    unread = "repeat" in built.unread[block] | built.unread[dose]
    if repeat is None and not unread:
        yield place, "differs by turn, but nothing here is repeated; write one time"
        return
    start = 1 if dose.turns is None else first_of(dose.turns)
    following: int | None = 1 if first_of(dose.overs[0][0]) == 1 else start
    for days, _ in dose.overs:
        first = first_of(days)
        if first != following:
            late = following is not None and first > following
            early = f"is before turn {start}, the first with this dose"
            problem = early if days is dose.overs[0][0] else "comes twice"
            problem = f"must begin with turn {following}" if late else problem
            whole = f"list every turn once, from {start}, the last 'onward'"
            yield (*place, days.text), f"{problem}; {whole}"
            return
        following = days.ranges[-1][1] + 1 if days.onward is None else None
    count = None if repeat is None else repeat.count
    if following is not None and not unread and (count is None or following <= count):
        yield place, f"leaves out turn {following}; let the last of them run 'onward'"


def _limit(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """A maximum of a dose is one of the days and times that it lists."""
    if dose.up_to is None:
        return
    place = (*loc, "up_to")
    if dose.repeat is not None:
        there = f"'repeat: {{up_to: {dose.up_to}, ...}}'"
        yield place, f"belongs in the repeat; write it there: {there}"
        return
    if dose.days.onward is not None and not block.name:
        return  # open-ended: there are as many as it takes
    listed = planned(replace(dose, up_to=None), block, built.day_zero)
    if dose.up_to > listed and not {"day", "at"} & built.unread[dose] | _uncounted(block, built):
        there = how_many(listed, "time")
        hint = "lower it, list more days or times, or write a 'repeat'"
        yield place, f"is {dose.up_to}, but its days and times make {there}; {hint}"


def _uncounted(block: Block, built: Built) -> set[str]:
    """Keys that could not be read, and that say how long a turn of a block is."""
    return {"repeat", "repeat.every"} & built.unread[block]


def _day_numbers(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    place = (*loc, "day")
    edges = [edge for pair in dose.days.ranges for edge in pair]
    numbers = (*edges, dose.days.onward)
    yield from _numbered(first_of(dose.days), numbers, block, built, place)
    every = block.repeat.every if block.repeat else None
    endless = every is None or every.shortest != every.longest
    if dose.days.onward is not None and endless and block.name and not _uncounted(block, built):
        yield place, "runs onward without an end; give the block an 'every', or list the days"
    if dose.repeat is not None and dose.repeat.count is None and not dose.as_needed:
        yield from _open_dose(dose, built, loc)
    uncounted = {"repeat", "repeat.times", "repeat.up_to"} & built.unread[block]
    if dose.turns is not None and not uncounted:
        yield from _turn_numbers(dose.turns, block, (*loc, "turn"))
    if dose.repeat is not None and not dose.as_needed:
        yield from _still_running(dose, every, built, place)


def _open_dose(dose: Dose, built: Built, loc: Loc) -> Iterator[Fault]:
    """A dose that is repeated without a stated end begins on one day."""
    listed = list(dose.days.offsets(built.day_zero, None))
    if dose.days.onward is not None or len(listed) > 1:
        every = pick_of(dose.repeat.every if dose.repeat else None, "earliest")
        told = "lists several days for a repeat without an end; give only the first"
        yield (*loc, "day"), f"{told}{count_help(listed, every)}"


def _turn_numbers(turns: Days, block: Block, loc: Loc) -> Iterator[Fault]:
    count = block.repeat.count if block.repeat else 1
    last = last_of(turns)
    if count is not None and last > count:
        where = f"block {block.name!r} has {count}" if block.name else "the regimen has one turn"
        yield loc, f"names turn {last}, but {where}; lower it"


def _numbered(
    first: int, numbers: Iterable[int | None], block: Block, built: Built, loc: Loc
) -> Iterator[Fault]:
    """Day numbers are such as there are, and none lies before a block that may not reach back.

    Args:
        first: the first of the numbers, which are those of a dose or a block within the block.
    """
    if not built.day_zero and 0 in numbers:
        yield loc, _NO_DAY_ZERO
    every = block.repeat.every if block.repeat else None
    may_reach_back = not block.name or every is not None or _uncounted(block, built)
    if offset_of(first, built.day_zero) < 0 and not may_reach_back:
        yield loc, f"names day {first}, {_REACHES_BACK}"


def _still_running(dose: Dose, every: Span | None, built: Built, loc: Loc) -> Iterator[Fault]:
    length = span_of(dose, "latest")
    turn = every.shortest // DAY if every is not None else None
    listed = list(dose.days.offsets(built.day_zero, turn))
    begins = listed[:1]
    for each in listed:
        begins += [each] * (each >= begins[-1] + length)
    named = [str(day_at(each, built.day_zero)) for each in begins]
    fitting = named[0] if len(named) == 1 else f"[{', '.join(named)}]"
    for first, second in pairwise(listed):
        if first + length > second:
            one, other = day_at(first, built.day_zero), day_at(second, built.day_zero)
            end = day_at(first + length - 1, built.day_zero)
            told = f"lists day {other} while the repeat from day {one} still runs (to day {end})"
            yield loc, f"{told}; list the days it begins on, here 'day: {fitting}'"
            return


def _lengths(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Nothing in a block of stated length may lie beyond it."""
    if not block.exists_in(arm):
        return
    every = block.repeat.every if block.repeat else None
    if every is not None:
        limit = every.shortest // DAY
        calendar = Calendar(built.day_zero, arm, {}, "latest")
        for dose in block.prescribed():
            if dose.exists_in(arm):
                yield from _beyond(dose, limit, block.name, built)
        for inner, offset in calendar.within(block):
            end = offset + calendar.extent(inner)
            if end > limit or is_open(inner, arm):
                open_one = is_open(inner, arm)
                until = "without an end" if open_one else f"to day {end}"
                cure = "give it 'times' or 'up_to'" if open_one else "lengthen 'every'"
                told = f"runs {until}, beyond the {limit} days of {block.name}; {cure}"
                yield built.locs[inner], told
    for inner in block.blocks:
        yield from _lengths(inner, built, arm)


def _beyond(dose: Dose, limit: int, name: str, built: Built) -> Iterator[Fault]:
    last = offset_of(last_of(dose.days), built.day_zero)
    if dose.days.onward is not None:
        last = max(last, limit - 1)
    end = last + span_of(dose, "latest")
    if last + 1 > limit:
        day = day_at(last, built.day_zero)
        place = (*built.locs[dose], "day")
        yield place, f"names day {day}, outside the {limit} days of {name}; lower it"
    elif end > limit:
        key = "repeat" if dose.repeat is not None else "over" if dose.over is not None else "at"
        place = (*built.locs[dose], key)
        yield place, f"runs to day {end}, beyond the {limit} days of {name}; shorten it"


def _follows_open(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Nothing can follow what has no end: neither a block nor another turn around it."""
    open_one: Block | None = None
    for inner in block.blocks:
        if not inner.exists_in(arm):
            continue
        if open_one is not None and inner.day is None and "day" not in built.unread[inner]:
            problem = f"follows {open_one.name!r}, which has no stated end"
            yield built.locs[inner], f"{problem}; give that a count, or this a 'day'"
        if is_open(inner, arm):
            open_one = inner if inner.day is None else open_one
            if block.repeat is not None and block.repeat.every is None:
                problem = f"has no stated end within {block.name!r}, which is repeated after it"
                yield built.locs[inner], f"{problem}; give it a count"
        yield from _follows_open(inner, built, arm)


class _Placed(NamedTuple):
    """A dose on one of its days, counted from day 1 of the regimen."""

    dose: Dose
    turn: Turn
    day: int


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
        if built.unplaced():
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
            if not DOSE_TIMING_KEYS & built.unread[dose]:
                yield _Placed(dose, turn, turn.start + offset)


def _reach(built: Built) -> int:
    """How many days before its turn anything begins, at the most [days]."""
    offsets = [0]
    for block in built.body.walk():
        firsts = [] if block.day is None else [block.day]
        firsts += [first_of(dose.days) for dose in block.doses]
        offsets += [offset_of(first, built.day_zero) for first in firsts]
    return -min(offsets)


def first_of(days: Days) -> int:
    """The first of the days or turns that a file lists in order."""
    return days.ranges[0][0] if days.ranges else days.onward or 0


def last_of(days: Days) -> int:
    """The last of them; what runs onward stands last."""
    return days.ranges[-1][1] if days.onward is None else days.onward


def _enough_turns(built: Built) -> dict[str, int]:
    """Turns of each open-ended block, so that every clash there can be shows."""
    found = {}
    for block in built.body.walk():
        if block.repeat is not None and block.repeat.count is None:
            length = pick_of(block.repeat.every, "earliest") // DAY or 1
            across = -(-_reach(built) // length) + 2
            named = [last_of(dose.turns) for dose in block.doses if dose.turns is not None]
            found[block.path] = max([across, *(last + 1 for last in named)])
    return found


def _infusions(
    placed: Iterable[_Placed], built: Built, told: set[tuple[Dose, Dose]]
) -> Iterator[Fault]:
    """Infusions of one drug that overlap, when those that wait for others have waited.

    Args:
        told: pairs of doses that need not be told again.
    """
    running: dict[str, list[Run]] = {}
    for run in runs(
        (dose, day * DAY + anchor, day * DAY + minute)
        for dose, _, day in placed
        for anchor, minute in zip(anchors(dose, _START), moments(dose, _START), strict=True)
    ):
        running.setdefault(run.dose.drug, []).append(run)
        wait = run.wait
        if wait is not None and wait.beyond and (wait.after, run.dose) not in told:
            told.add((wait.after, run.dose))
            problem = (
                "begins on its own day, while the earlier infusions end on another; let it begin "
                f"then, with 'at: +{duration(wait.minutes)}', unless they are meant to run together"
            )
            yield (*built.locs[run.dose], "over"), problem
    for each in running.values():
        each.sort(key=lambda item: item[:2])
        latest = each[0]
        for item in each[1:]:
            pair = (latest.dose, item.dose)
            if item.begin < latest.end and pair not in told and not _in_a_line(latest, item):
                told.add(pair)
                day = day_at(item.begin // DAY, built.day_zero)
                problem = (
                    f"the infusion of {pair[0].path} still runs when this one begins on regimen "
                    f"day {day}; {_cure(latest, item)}, unless they are meant to run together"
                )
                yield (*built.locs[item.dose], "over"), problem
            latest = max(latest, item, key=lambda one: one.end)


def _in_a_line(one: Run, other: Run) -> bool:
    """Whether one of two that would follow each other is told to begin on another day."""
    beyond = any(run.wait is not None and run.wait.beyond for run in (one, other))
    return beyond and one.anchor == other.anchor and one.dose.at is other.dose.at


def _cure(before: Run, run: Run) -> str:
    """What parts an infusion from the one before it, which may be its own."""
    dose, later = run.dose, before.end - run.anchor // DAY * DAY - _START
    if before.dose is dose:
        if before.wait is None or before.end - run.begin > before.wait.minutes:
            return "shorten 'over' or give it less often"
        later = before.wait.minutes
    if dose.repeat is not None or (dose.at is not None and len(dose.at.minutes) > 1):
        return "shorten 'over' or move one of them with an 'at' of its own"
    told = f"{'' if later < 0 else '+'}{duration(later)}"
    return f"shorten 'over' or let this one begin when that one has ended, with 'at: {told}'"


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
                f"{other.dose.path} already gives {back.dose.drug}; free that day or move this dose"
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
