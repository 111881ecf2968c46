"""Check that the days, repeats and lengths of a file fit together, and that no drug overlaps.

Each dose and block is checked against the blocks around it. Days that reach back before their turn
and overlapping infusions need the laid-out calendar; an open-ended block is laid out for as many
turns as its days can reach across.
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
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import (
    DAY,
    DEFAULT_START,
    Calendar,
    Turn,
    anchors,
    days_spanned,
    duration,
    expanded_size,
    is_open,
    moments,
    planned_doses,
    to_minutes,
    too_large,
)
from il2calc.plan.timing import Run, runs
from il2calc.text.shapes import Fault, Loc
from il2calc.units import Span

_UNLESS_TOGETHER = "unless they are meant to run together"


def calendar_faults(built: Built) -> Iterator[Fault]:
    """Every fault in how the days, repeats and lengths of a file fit together.

    A file with too many administrations or turns is refused before it is laid out.
    """
    for block in built.body.walk():
        for dose in block.prescribed():
            loc = built.locs[dose]
            yield from _as_needed_faults(dose, loc)
            yield from _infusion_times_by_turn(dose, block, built, loc)
            yield from _at_with_repeat(dose, loc)
            yield from _dose_maximum(dose, block, built, loc)
            yield from _day_faults(dose, block, built, loc)
        for inner in block.blocks:
            if inner.day is not None:
                days = Days(((inner.day, inner.day),))
                yield from _day_number_faults(days, block, built, (*built.locs[inner], "day"))
    if problem := _too_large(built):
        yield (), problem
        return
    compares_turns = _longest_reach_back(built) > 0 and not built.unplaced()
    for arm in built.arms or (None,):
        for block in built.body.in_arm(arm):
            yield from _beyond_block_length(block, built, arm)
            yield from _after_open_blocks(block, built, arm)
        if compares_turns:
            yield from _clashes_before_turns(built, arm)


def _too_large(built: Built) -> str | None:
    """Why a file has too many administrations or turns to be laid out; else None."""
    works = (expanded_size(built.body, arm, {}, built.day_zero) for arm in built.arms or (None,))
    return next(filter(None, map(too_large, works)), None)


def _at_with_repeat(dose: Dose, loc: Loc) -> Iterator[Fault]:
    several = dose.at is not None and (dose.at.minutes[1:] or dose.at.kind == "times a day")
    if dose.repeat is not None and several:
        problem = "cannot go with a repeat; keep one time, or list the times and no repeat"
        yield (*loc, "at"), problem


def _as_needed_faults(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """Fixed times, counts or intervals of a dose as needed; minimum intervals of any other dose."""
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


def _infusion_times_by_turn(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """Infusion times by turn that leave a turn out, list one twice, or have no turns at all."""
    if not dose.overs:
        return
    over_loc = (*loc, "over")
    repeat = block.repeat or dose.repeat
    unread = "repeat" in built.unread[block] | built.unread[dose]
    if repeat is None and not unread:
        yield over_loc, "differs by turn, but nothing here is repeated; write one time"
        return
    first_given = 1 if dose.turns is None else dose.turns.first
    next_turn: int | None = 1 if dose.overs[0][0].first == 1 else first_given
    for days, _ in dose.overs:
        if days.first != next_turn:
            problem = "comes twice"
            if next_turn is not None and days.first > next_turn:
                problem = f"must begin with turn {next_turn}"
            elif days is dose.overs[0][0]:
                problem = f"is before turn {first_given}, the first with this dose"
            cure = f"list every turn once, from {first_given}, the last 'onward'"
            yield (*over_loc, days.text), f"{problem}; {cure}"
            return
        next_turn = days.ranges[-1][1] + 1 if days.onward is None else None
    count = None if repeat is None else repeat.count
    if next_turn is not None and not unread and (count is None or next_turn <= count):
        yield over_loc, f"leaves out turn {next_turn}; let the last of them run 'onward'"


def _dose_maximum(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """A maximum (`up_to`) of a dose above the number of its days and times, or beside a repeat."""
    if dose.up_to is None:
        return
    up_to_loc = (*loc, "up_to")
    if dose.repeat is not None:
        example = f"'repeat: {{up_to: {dose.up_to}, ...}}'"
        yield up_to_loc, f"belongs in the repeat; write it there: {example}"
        return
    if dose.days.onward is not None and not block.name:
        return  # open-ended: no maximum is too large
    fitting = planned_doses(replace(dose, up_to=None), block, built.day_zero)
    unread = {"day", "at"} & built.unread[dose] | _unread_length(block, built)
    if dose.up_to > fitting and not unread:
        problem = f"is {dose.up_to}, but its days and times make {how_many(fitting, 'time')}"
        yield up_to_loc, f"{problem}; lower it, list more days or times, or write a 'repeat'"


def _unread_length(block: Block, built: Built) -> set[str]:
    """The keys for the length of a block's turn that could not be read."""
    return {"repeat", "repeat.every"} & built.unread[block]


def _day_faults(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    day_loc = (*loc, "day")
    yield from _day_number_faults(dose.days, block, built, day_loc)
    every = block.repeat.every if block.repeat else None
    endless = block.name and (every is None or every.shortest != every.longest)
    if dose.days.onward is not None and endless and not _unread_length(block, built):
        way_out = "give the block an 'every' of one length, or list the days"
        yield day_loc, f"runs onward without an end; {way_out}"
    if dose.repeat is not None and dose.repeat.count is None and not dose.as_needed:
        yield from _open_repeat(dose, built, loc)
    unread_count = {"repeat", "repeat.times", "repeat.up_to"} & built.unread[block]
    if dose.turns is not None and not unread_count:
        yield from _turn_numbers(dose.turns, block, (*loc, "turn"))
    if dose.repeat is not None and not dose.as_needed:
        yield from _overlapping_repeats(dose, every, built, day_loc)


def _open_repeat(dose: Dose, built: Built, loc: Loc) -> Iterator[Fault]:
    """A repeat of a dose without a stated end that begins on several days."""
    offsets = list(dose.days.offsets(built.day_zero, None))
    if dose.days.onward is not None or len(offsets) > 1:
        every = to_minutes(dose.repeat.every if dose.repeat else None, "earliest")
        problem = "lists several days for a repeat without an end; give only the first"
        yield (*loc, "day"), f"{problem}{count_help(offsets, every)}"


def _turn_numbers(turns: Days, block: Block, loc: Loc) -> Iterator[Fault]:
    count = block.repeat.count if block.repeat else 1
    last = _last_of(turns)
    if count is not None and last > count:
        where = f"block {block.name!r} has {count}" if block.name else "the regimen has one turn"
        yield loc, f"names turn {last}, but {where}; lower it"


def _day_number_faults(days: Days, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """A day 0 without that numbering, or days before a block that may not reach back."""
    if not built.day_zero and (days.onward == 0 or any(0 in pair for pair in days.ranges)):
        cure = "write 'numbering: with day 0' in the head, or count all days from 1"
        yield loc, f"names day 0; {cure}"
    every = block.repeat.every if block.repeat else None
    may_reach_back = not block.name or every is not None or _unread_length(block, built)
    if offset_of(days.first, built.day_zero) < 0 and not may_reach_back:
        cure = "only the outermost block, or one with 'every', may reach back"
        yield loc, f"names day {days.first}, before the block; {cure}"


def _overlapping_repeats(dose: Dose, every: Span | None, built: Built, loc: Loc) -> Iterator[Fault]:
    length = days_spanned(dose, "latest")
    turn = every.shortest // DAY if every is not None else None
    offsets = list(dose.days.offsets(built.day_zero, turn))
    starts = offsets[:1]
    for offset in offsets:
        if offset >= starts[-1] + length:
            starts.append(offset)
    days = [str(day_at(offset, built.day_zero)) for offset in starts]
    day_list = days[0] if len(days) == 1 else f"[{', '.join(days)}]"
    for first, second in pairwise(offsets):
        if first + length > second:
            one, other = day_at(first, built.day_zero), day_at(second, built.day_zero)
            end = day_at(first + length - 1, built.day_zero)
            text = f"lists day {other} while the repeat from day {one} still runs (to day {end})"
            yield loc, f"{text}; list the days it begins on, here 'day: {day_list}'"
            return


def _beyond_block_length(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Doses and inner blocks that run beyond the stated length of their block."""
    if block.repeat is None or block.repeat.every is None:
        return
    limit = block.repeat.every.shortest // DAY
    calendar = Calendar(built.day_zero, arm, {}, "latest")
    for dose in block.prescribed():
        if dose.exists_in(arm):
            yield from _dose_beyond_block(dose, limit, block.name, built)
    for inner, offset in calendar.within(block):
        end = offset + calendar.extent(inner)
        endless = is_open(inner, arm)
        if end > limit or endless:
            extent = "without an end" if endless else f"to day {end}"
            cure = "give it 'times' or 'up_to'" if endless else "lengthen 'every'"
            problem = f"runs {extent}, beyond the {limit} days of {block.name}; {cure}"
            yield built.locs[inner], problem


def _dose_beyond_block(dose: Dose, limit: int, name: str, built: Built) -> Iterator[Fault]:
    loc, last = built.locs[dose], offset_of(_last_of(dose.days), built.day_zero)
    if dose.days.onward is not None:
        last = max(last, limit - 1)
    end = last + days_spanned(dose, "latest")
    if last + 1 > limit:
        day = day_at(last, built.day_zero)
        yield (*loc, "day"), f"names day {day}, outside the {limit} days of {name}; lower it"
    elif end > limit:
        key = "repeat" if dose.repeat is not None else "over" if dose.over is not None else "at"
        yield (*loc, key), f"runs to day {end}, beyond the {limit} days of {name}; shorten it"


def _after_open_blocks(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Blocks after an open-ended one, and open-ended blocks in one that is repeated after them."""
    open_block: Block | None = None
    for inner in block.blocks:
        if not inner.exists_in(arm):
            continue
        if open_block is not None and inner.day is None and "day" not in built.unread[inner]:
            problem = f"follows {open_block.name!r}, which has no stated end"
            yield built.locs[inner], f"{problem}; give that a count, or this a 'day'"
        if is_open(inner, arm):
            open_block = inner if inner.day is None else open_block
            if block.repeat is not None and block.repeat.every is None:
                problem = f"has no stated end within {block.name!r}, which is repeated after it"
                yield built.locs[inner], f"{problem}; give it a count"


class _DoseDay(NamedTuple):
    """A dose on one of its days; `day` is the number of days after day 1 of the regimen."""

    dose: Dose
    turn: Turn
    day: int


def overlapping_infusions(built: Built) -> Iterator[Fault]:
    """Every two infusions of one drug that overlap; it may be meant, so a person must confirm it.

    A file without infusion times, like most, is not laid out.
    """
    without_times = all(dose.over is None for block in built.body.walk() for dose in block.doses)
    if without_times or _too_large(built):
        return  # where it is too large, a fault says so
    reported: set[tuple[Dose, Dose]] = set()
    for arm in built.arms or (None,):
        dose_days = _dose_days(built, arm)
        apart = built.unplaced()  # then days of two turns cannot be compared
        by_turn = grouped((day.turn if apart else None, day) for day in dose_days)
        for comparable in by_turn.values():
            yield from _overlaps_among(comparable, built, reported)


def _dose_days(built: Built, arm: str | None, without: Container[Dose] = ()) -> Iterator[_DoseDay]:
    """Every dose that could be read, on each of its days."""
    calendar = Calendar(built.day_zero, arm, _turns_to_lay_out(built))
    for turn in calendar.turns(built.body):
        for dose, offset in calendar.doses(turn, without):
            if not DOSE_TIMING_KEYS & built.unread[dose]:
                yield _DoseDay(dose, turn, turn.start + offset)


def _longest_reach_back(built: Built) -> int:
    """The most days that any dose or block begins before the turn around it [days]."""
    offsets = [0]
    for block in built.body.walk():
        days = [] if block.day is None else [block.day]
        days += [dose.days.first for dose in block.doses]
        offsets += [offset_of(day, built.day_zero) for day in days]
    return -min(offsets)


def _last_of(days: Days) -> int:
    """The last listed day or turn; if they run onward, the one from which they do."""
    return days.ranges[-1][1] if days.onward is None else days.onward


def _turns_to_lay_out(built: Built) -> dict[str, int]:
    """How many turns of each open-ended block to lay out to find every possible clash."""
    counts = {}
    for block in built.body.walk():
        if block.repeat is not None and block.repeat.count is None:
            length = to_minutes(block.repeat.every, "earliest") // DAY or 1
            crossed = -(-_longest_reach_back(built) // length) + 2
            named_turns = [_last_of(dose.turns) for dose in block.doses if dose.turns is not None]
            counts[block.path] = max([crossed, *(last + 1 for last in named_turns)])
    return counts


def _overlaps_among(
    dose_days: Iterable[_DoseDay], built: Built, reported: set[tuple[Dose, Dose]]
) -> Iterator[Fault]:
    """Infusions of one drug that overlap even after those that wait for others have waited.

    Args:
        reported: pairs of doses that are not reported again; new ones are added.
    """
    begins = (
        (dose, day * DAY + anchor, day * DAY + minute)
        for dose, _, day in dose_days
        for anchor, minute in zip(
            anchors(dose, DEFAULT_START), moments(dose, DEFAULT_START), strict=True
        )
    )
    for drug_runs in grouped((run.dose.drug, run) for run in runs(begins)).values():
        for run in drug_runs:
            wait = run.wait
            if wait is not None and wait.beyond and (wait.after, run.dose) not in reported:
                reported.add((wait.after, run.dose))
                cure = f"let it begin then, with 'at: +{duration(wait.minutes)}'"
                problem = "begins on its own day, while the earlier infusions end on another"
                yield (*built.locs[run.dose], "over"), f"{problem}; {cure}, {_UNLESS_TOGETHER}"
        drug_runs.sort(key=lambda run: run[:2])
        latest = drug_runs[0]
        for run in drug_runs[1:]:
            pair = (latest.dose, run.dose)
            if run.begin < latest.end and pair not in reported and not _would_queue(latest, run):
                reported.add(pair)
                day = day_at(run.begin // DAY, built.day_zero)
                problem = f"the infusion of {pair[0].path} still runs when this one begins on"
                cure = f"{_gap_hint(latest, run)}, {_UNLESS_TOGETHER}"
                yield (*built.locs[run.dose], "over"), f"{problem} regimen day {day}; {cure}"
            latest = max(latest, run, key=lambda run: run.end)


def _would_queue(one: Run, other: Run) -> bool:
    """Whether two infusions are in one queue that would run into another day: reported apart."""
    other_day = any(run.wait is not None and run.wait.beyond for run in (one, other))
    return other_day and one.anchor == other.anchor and one.dose.at is other.dose.at


def _gap_hint(earlier: Run, run: Run) -> str:
    """How to separate an infusion from an earlier one, perhaps of the same dose."""
    dose, minutes = run.dose, earlier.end - run.anchor // DAY * DAY - DEFAULT_START
    if earlier.dose is dose:
        if earlier.wait is None or earlier.end - run.begin > earlier.wait.minutes:
            return "shorten 'over' or give it less often"
        minutes = earlier.wait.minutes
    if dose.repeat is not None or (dose.at is not None and len(dose.at.minutes) > 1):
        return "shorten 'over' or move one of them with an 'at' of its own"
    offset = f"{'' if minutes < 0 else '+'}{duration(minutes)}"
    return f"shorten 'over' or let this one begin when that one has ended, with 'at: {offset}'"


def _clashes_before_turns(built: Built, arm: str | None) -> Iterator[Fault]:
    """Drugs given by two turns on a day before one of them begins.

    There one turn alone may give a drug, as often as its block says. Each dose is reported once and
    then left out, which keeps the work small: doses that never clash have no more days than the
    calendar, but those of a dose that clashes with itself grow with the square of its reach.
    """
    doses_on: defaultdict[tuple[str, int], list[tuple[_DoseDay, bool]]] = defaultdict(list)
    reported: set[Dose] = set()
    for dose_day in _dose_days(built, arm, reported):
        turn_start = max((turn.start for turn in dose_day.turn.chain()), default=dose_day.day)
        for day in range(dose_day.day, dose_day.day + days_spanned(dose_day.dose)):
            same_day = doses_on[dose_day.dose.drug, day]
            same_day.append((dose_day, day < turn_start))
            if dose_day.dose in reported or (clash := _clash_with_last(same_day, reported)) is None:
                continue
            back, other = clash
            reported.add(back.dose)
            block_day = day_at(back.day - back.turn.start, built.day_zero)
            reach = f"from day {block_day} to regimen day {day_at(day, built.day_zero)}"
            taken = f"where {other.dose.path} already gives {back.dose.drug}"
            problem = f"reaches back {reach}, {taken}; free that day or move this dose"
            yield (*built.locs[back.dose], "day"), problem


def _clash_with_last(
    same_day: Sequence[tuple[_DoseDay, bool]], reported: Container[Dose]
) -> tuple[_DoseDay, _DoseDay] | None:
    """The last dose of a drug on a day and one of another turn; first the one that reaches back.

    `same_day` says of each dose whether it reaches back; None if no two doses clash.
    """
    *earlier_ones, (last, last_early) = same_day
    for other, early in earlier_ones:
        if other.turn is not last.turn and other.dose not in reported and (early or last_early):
            return (other, last) if early else (last, other)
    return None
