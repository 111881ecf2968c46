"""When each dose is due: the blocks and repeats of a regimen, expanded on relative time.

No patient and no dates here. These rules are the meaning of a regimen file:

1. Blocks are measured in days, a dose's own repeat in hours. A turn with `every` is exactly that
   long, the last one too; a turn without it ends with its last planned dosing day or with its inner
   blocks, whichever is later. `rest` in a repeat comes only between turns.
2. A repeat in hours plans floor((offset + (count - 1) x interval) / 24 h) + 1 days from its day; an
   infusion ceil((offset + (count - 1) x interval + longest `over`) / 24 h). Clock times are counted
   from the earliest of their day. A dose that the start time pushes past midnight of its planned
   days, or before them, makes no block longer.
3. Each listed day starts its own repeat.
4. Blocks within a block follow one another unless `day` places them. The doses of a block are given
   on its own days, in parallel with its inner blocks.
5. With a range of `rest`, `every` or `at`, times are the earliest, and each time after the range
   also has its latest. After a rest of `at least` so long there is no latest: what follows is "not
   before" its time. What follows an `up_to` is timed as if every turn were given.
6. `only_if` in a repeat applies to every turn after the first; on a block or dose, to the first
   too. A dose is "at most" if it, or any block around it, has `up_to`, or if its day is `onward`.
   `up_to` on a dose gives in each turn the first so many that are not before the start time of day
   1, or of the dose's own first day if that is earlier; an offset belongs to its day.
7. Open-ended blocks, and such doses of the outermost block, need a count, or a horizon before which
   they begin. A count may be lowered, never raised.
8. Slots are in the order of their time; at one moment outer blocks first, then as in the file.
9. Infusions of one drug that begin at the same moment of a day, and have no `at`, run one after the
   other as in the file, each from the longest end of the one before (with infusion times by turn,
   the longest of all). None leaves its day, 24 hours from the start time; no block gets longer.

(Amounts are calculated in `dosing`, dates in `dating`.)
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, get_args

from il2calc.errors import NotAQuantity, Refused
from il2calc.model.evidence import Provenance
from il2calc.model.regimen import Block, Days, Dose, Regimen, offset_of
from il2calc.plan.calendar import (
    DAY,
    DEFAULT_START,
    Calendar,
    Pick,
    Turn,
    anchors,
    days_spanned,
    expanded_size,
    moments,
    too_large,
)
from il2calc.plan.needs import counts_of, with_counts
from il2calc.units import Span, span


class Slot(NamedTuple):
    """One moment at which one dose is due; times are from midnight of day 1 of the regimen [min].

    Args:
        turn: the innermost block turn it belongs to.
        number: per drug within its turn, in the order of time, from 1.
        minute: its time; the earliest, if there is a range before it.
        anchor: the time that its hours are counted from; `minute` itself if there is none.
        latest: the latest time, if there is a range before it.
        outside: the start time puts it outside its planned days.
        assumed: numbers of the assumptions that its time rests on.
        after: the dose of the same drug whose infusion it waits for.
        not_before: it follows a rest of which only the shortest length is known.
        carried: days by which it falls after the day it belongs to, being past midnight.
        listed: the listed day on which its repeat begins, in days from day 1 of the regimen.
    """

    dose: Dose
    turn: Turn
    number: int
    minute: int
    anchor: int
    latest: int | None
    outside: bool
    at_most: bool
    only_if: tuple[str, ...]
    assumed: tuple[int, ...]
    after: Dose | None = None
    carried: int = 0
    not_before: bool = False
    listed: int = 0

    @property
    def day(self) -> int:
        """Days from day 1 of the regimen to the day it belongs to."""
        return self.minute // DAY - self.carried


class Timetable(NamedTuple):
    """A regimen on relative time.

    Args:
        slots: in the order of their time.
        turns: every block turn at its earliest, and how many days later it is at the latest.
        counts: how often every repeated block, and every open-ended dose, is given, by path.
        latest: the calendar with every range at its longest.
    """

    slots: tuple[Slot, ...]
    turns: tuple[tuple[Turn, int], ...]
    counts: Mapping[str, int]
    latest: Calendar


def expand(
    regimen: Regimen,
    arm: str | None = None,
    times: Mapping[str, int] | None = None,
    start: int = DEFAULT_START,
    horizon: int | None = None,
) -> Timetable:
    """Work out when each dose of a regimen is due.

    Args:
        times: turns by block name or path; they may lower a count, never raise it.
        start: the start time of every day, after midnight [min].
        horizon: days from day 1; open-ended blocks and doses get every turn that begins before.

    Raises:
        UnknownName: a block that the regimen does not have.
        MissingInput: an open-ended block or dose without a count.
        Refused: a count above the file's, an ambiguous name, more than 100,000 administrations.
    """
    counts = counts_of(regimen, arm, times or {}, horizon)
    body = with_counts(regimen.body, counts, regimen.day_zero)
    if problem := too_large(expanded_size(body, arm, counts, regimen.day_zero)):
        raise Refused(f"{regimen.id} {problem}; give fewer turns, such as --cycles 10")
    earliest, latest, _ = calendars = _calendars(regimen, arm, counts)
    layouts = [list(calendar.turns(body)) for calendar in calendars]
    layouts[0] = _with_shared_numbers(layouts[0])
    assumed = _position_assumptions(regimen, layouts, arm, counts)
    expanded = (
        slot._replace(not_before=True) if later.start > late.start else slot
        for turn, late, later in zip(*layouts, strict=True)
        for slot in _up_to(_slots_of(turn, late, earliest, start, assumed[turn]), start)
    )
    slots = tuple(_numbered(in_order(_queued(in_order(expanded, regimen)), regimen)))
    shifts = ((turn, late.start - turn.start) for turn, late, _ in zip(*layouts, strict=True))
    return Timetable(slots, tuple(shifts), counts, latest)


def _calendars(regimen: Regimen, arm: str | None, counts: Mapping[str, int]) -> list[Calendar]:
    return [Calendar(regimen.day_zero, arm, counts, pick) for pick in get_args(Pick)]


def _position_assumptions(
    regimen: Regimen, layouts: Sequence[Sequence[Turn]], arm: str | None, counts: Mapping[str, int]
) -> Mapping[Turn, Iterable[int]]:
    """The assumptions whose other reading would move a turn, at its earliest or latest."""
    assumed: defaultdict[Turn, set[int]] = defaultdict(set)
    for number, changed_body in _other_readings(regimen):
        body = with_counts(changed_body, counts, regimen.day_zero)
        for calendar, turns in zip(_calendars(regimen, arm, counts)[:2], layouts[:2], strict=True):
            others = calendar.turns(body)
            for turn, one, other in zip(layouts[0], turns, others, strict=True):
                if one.start != other.start:
                    assumed[turn].add(number)
    return assumed


def in_order(slots: Iterable[Slot], regimen: Regimen) -> tuple[Slot, ...]:
    """Sort slots by their time; at the same moment by the order of the file."""
    doses = (dose for block in regimen.body.walk() for dose in block.doses)
    order = {dose.path: place for place, dose in enumerate(doses)}
    return tuple(sorted(slots, key=lambda slot: (slot.minute, order[slot.dose.path])))


class Wait(NamedTuple):
    """How long an infusion waits for others of its drug [min], and for which dose.

    Args:
        beyond: it would wait into another day, and so does not wait.
    """

    minutes: int
    after: Dose
    beyond: bool = False


def waits(administrations: Iterable[tuple[Dose, int, int]]) -> dict[tuple[Dose, int], Wait]:
    """Which infusions wait for others of their drug that begin at the same moment.

    Args:
        administrations: dose, anchor and beginning [min] of each, in the order of the file; those
            of one dose with one anchor wait together.

    Returns:
        How long each waits, by dose and anchor, if another one begins before it. For one that
        would wait into another day: how long all those before it in the file take together.
    """
    groups: dict[tuple[str, int], dict[Dose, list[int]]] = {}
    for dose, anchor, minute in administrations:
        if dose.over is not None and dose.at is None:
            groups.setdefault((dose.drug, anchor), {}).setdefault(dose, []).append(minute)
    waiting: dict[tuple[Dose, int], Wait] = {}
    for (_, anchor), doses in groups.items():
        queue_end, all_end, before = anchor, anchor, None
        for dose, minutes in doses.items():
            delay = queue_end - anchor
            beyond = any((minute - anchor) % DAY + delay >= DAY for minute in minutes)
            if before is not None:
                waiting[dose, anchor] = Wait(all_end - anchor if beyond else delay, before, beyond)
            assert dose.over is not None, "only infusions are in a group"
            all_end += dose.over.longest
            if not beyond:
                queue_end, before = queue_end + dose.over.longest, dose
    return waiting


class Run(NamedTuple):
    """An infusion from its beginning to its longest end [min], and what it waits for.

    Args:
        anchor: the time that it is counted from [min].
    """

    begin: int
    end: int
    dose: Dose
    anchor: int
    wait: Wait | None


def runs(administrations: Iterable[tuple[Dose, int, int]]) -> list[Run]:
    """The infusions among administrations (as in `waits`), after waiting for others."""
    infusions = [infusion for infusion in administrations if infusion[0].over is not None]
    waiting, infusion_runs = waits(infusions), []
    for dose, anchor, minute in infusions:
        wait = waiting.get((dose, anchor))
        begin = minute + (wait.minutes if wait is not None and not wait.beyond else 0)
        assert dose.over is not None, "only infusions are listed"
        infusion_runs.append(Run(begin, begin + dose.over.longest, dose, anchor, wait))
    return infusion_runs


def _queued(slots: Sequence[Slot]) -> Iterator[Slot]:
    """Slots, with each infusion that waits for another one of its drug moved behind it."""
    waiting = waits((slot.dose, slot.anchor, slot.minute) for slot in slots)
    for slot in slots:
        wait = waiting.get((slot.dose, slot.anchor))
        if wait is None or wait.beyond:
            yield slot
            continue
        minute = slot.minute + wait.minutes
        latest = None if slot.latest is None else slot.latest + wait.minutes
        carried = minute // DAY - slot.minute // DAY
        yield slot._replace(minute=minute, latest=latest, after=wait.after, carried=carried)


def timed(slots: Sequence[Slot], is_held: Callable[[Slot], bool]) -> Iterator[Slot]:
    """Slots, each with the infusion time of its turn if the file gives infusion times by turn.

    Turns are counted anew in each turn of the block around; in a block without a repeat, the
    administrations of the dose's own repeat are counted. A turn whose administrations are all held
    does not count: the next one takes its infusion time.

    Args:
        slots: in the order of their time.
        is_held: whether a slot is held.
    """
    groups: dict[tuple[Dose, Turn | None], dict[Turn | int, list[Slot]]] = {}
    for slot in slots:
        if slot.dose.overs:
            by_turn = slot.turn.block.repeat is not None
            group = groups.setdefault((slot.dose, slot.turn.outer if by_turn else slot.turn), {})
            group.setdefault(slot.turn if by_turn else slot.minute, []).append(slot)
    numbers: dict[Slot, int] = {}
    for slots_by_turn in groups.values():
        missed = 0
        for place, (turn, members) in enumerate(slots_by_turn.items(), 1):
            number = turn.number if isinstance(turn, Turn) else place
            numbers |= dict.fromkeys(members, number - missed)
            missed += all(map(is_held, members))
    doses: dict[tuple[Dose, Days], Dose] = {}
    for slot in slots:
        if not slot.dose.overs:
            yield slot
            continue
        turns, over = next(pair for pair in slot.dose.overs if pair[0].holds(numbers[slot]))
        if (slot.dose, turns) not in doses:
            doses[slot.dose, turns] = slot.dose.with_infusion_time(turns, over)
        provenance = slot.dose.provenance.get(f"over[{turns.text}]", Provenance())
        assumed = tuple(sorted({*slot.assumed, *provenance.assumptions}))
        yield slot._replace(dose=doses[slot.dose, turns], assumed=assumed)


def _with_shared_numbers(turns: list[Turn]) -> list[Turn]:
    """Turns, with those that share a `count_as` numbered consecutively in the order of time."""
    numbers: Counter[str] = Counter()
    number_of: dict[Turn, int] = {}
    for turn in sorted(turns, key=lambda turn: turn.start):
        if turn.block.count_as is not None:
            numbers[turn.block.count_as] += 1
            number_of[turn] = numbers[turn.block.count_as]
    replaced: dict[Turn | None, Turn | None] = {None: None}
    for turn in turns:
        outer = replaced[turn.outer]
        replaced[turn] = replace(turn, outer=outer, counted=number_of.get(turn))
    return [turn for turn in replaced.values() if turn is not None]


def _numbered(slots: Iterable[Slot]) -> Iterator[Slot]:
    """Slots with their numbers, per drug within the innermost turn."""
    numbers: Counter[tuple[Turn, str]] = Counter()
    for slot in slots:
        numbers[slot.turn, slot.dose.drug] += 1
        yield slot._replace(number=numbers[slot.turn, slot.dose.drug])


def _up_to(slots: Iterable[Slot], start: int) -> Iterator[Slot]:
    """Slots of a turn; of a dose with `up_to`, only as many, the first from the start time on."""
    limited: dict[Dose, list[Slot]] = {}
    for slot in slots:
        if slot.dose.up_to is None:
            yield slot
        else:
            limited.setdefault(slot.dose, []).append(slot)
    for dose, candidates in limited.items():
        candidates.sort(key=lambda slot: slot.minute)
        begin = min(candidates[0].turn.start, candidates[0].anchor // DAY) * DAY + start
        yield from [slot for slot in candidates if slot.anchor >= begin][: dose.up_to]


def _slots_of(
    turn: Turn, late: Turn, calendar: Calendar, start: int, position_assumptions: Iterable[int]
) -> Iterator[Slot]:
    """The slots of a turn, given the same turn at its latest; not yet numbered."""
    turn_conditions = _turn_conditions(turn)
    turn_at_most = any(link.block.repeat and link.block.repeat.at_most for link in turn.chain())
    for dose, offset in calendar.doses(turn):
        midnight = (turn.start + offset) * DAY
        end = midnight + days_spanned(dose, calendar.pick) * DAY
        late_midnight = (late.start + offset) * DAY
        times, time_anchors = moments(dose, start), anchors(dose, start)
        late_times = moments(dose, start, "latest")
        spread = dose.at is not None and dose.at.kind == "times a day"
        onward = dose.days.onward
        open_day = onward is not None and offset >= offset_of(onward, calendar.day_zero)
        limited = dose.up_to is not None or bool(dose.repeat and dose.repeat.at_most)
        at_most = turn_at_most or open_day or limited
        assumed = tuple(sorted({*position_assumptions, *_time_assumptions(dose)}))
        conditions = turn_conditions if dose.only_if is None else (*turn_conditions, dose.only_if)
        later = conditions
        if dose.repeat and dose.repeat.only_if:  # of every dose after the first
            later = (*conditions, dose.repeat.only_if)
        for index, (time, late_time) in enumerate(zip(times, late_times, strict=True)):
            minute, latest = midnight + time, late_midnight + late_time
            yield Slot(
                dose=dose,
                turn=turn,
                number=0,
                minute=minute,
                anchor=midnight + time_anchors[index],
                latest=latest if latest != minute else None,
                outside=not spread and not midnight <= minute < end,
                at_most=at_most,
                only_if=tuple(dict.fromkeys(later if index else conditions)),
                assumed=assumed,
                carried=minute // DAY - midnight // DAY if spread else 0,
                listed=turn.start + offset,
            )


def _turn_conditions(turn: Turn) -> tuple[str, ...]:
    conditions: list[str] = []
    for link in turn.chain():
        if link.block.only_if:
            conditions.append(link.block.only_if)
        repeat = link.block.repeat
        if repeat and repeat.only_if and link.number > 1:
            conditions.append(repeat.only_if)
    return tuple(dict.fromkeys(conditions))


def _time_assumptions(dose: Dose) -> Iterator[int]:
    """Assumptions about a dose's days and times, except those about infusion times by turn."""
    for key, provenance in dose.provenance.items():
        if provenance.half == "when" and not key.startswith("over["):
            yield from provenance.assumptions


def _other_readings(regimen: Regimen) -> Iterator[tuple[int, Block]]:
    """Each assumption about the position of blocks, with the blocks by its other reading."""
    assumptions = {assumption.number: assumption for assumption in regimen.assumptions}
    for block in regimen.body.walk():
        for key in ("repeat.every", "repeat.rest", "rest", "day"):
            for number in block.provenance.get(key, Provenance()).assumptions:
                exactly = assumptions[number].about == f"{block.path}.{key}"
                other = _with_value(block, key, assumptions[number].otherwise if exactly else None)
                yield number, _with_block(regimen.body, block, other)


def _with_value(block: Block, key: str, text: str | None) -> Block:
    """A block with another value of a key: what the text says, else a day more."""
    if key == "day":
        assert block.day is not None, "an assumption is about a value that is there"
        if text is not None and re.fullmatch("-?[0-9]+", text):
            return replace(block, day=int(text))
        return replace(block, day=block.day + 1)  # where there is no day 0, 0 counts as day 1
    if key == "rest":
        return replace(block, rest=_changed(block.rest, text))
    assert block.repeat is not None, "an assumption is about a value that is there"
    if key == "repeat.rest":
        return replace(block, repeat=replace(block.repeat, rest=_changed(block.repeat.rest, text)))
    return replace(block, repeat=replace(block.repeat, every=_changed(block.repeat.every, text)))


def _changed(length: Span | None, text: str | None) -> Span:
    assert length is not None, "an assumption is about a value that is there"
    try:
        return span(text or "")
    except NotAQuantity:
        return length._replace(shortest=length.shortest + DAY, longest=length.longest + DAY)


def _with_block(body: Block, old: Block, new: Block) -> Block:
    """The blocks of a regimen, with one of them replaced."""
    if body is old:
        return new
    return replace(body, blocks=tuple(_with_block(inner, old, new) for inner in body.blocks))
