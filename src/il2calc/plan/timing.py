"""When a dose is due: the blocks and repeats of a regimen, expanded on relative time.

No patient and no calendar occur here. The meaning of a regimen file, written once:

1. Days above, hours below. A turn with `every` is exactly that long, the last one too; a turn
   without it lasts to its last planned dosing day or the end of its inner blocks, whichever is
   later. `rest` in a repeat lies only between turns.
2. Planned days of a repeat in hours: floor((offset + (count - 1) x interval) / 24 h) + 1 from its
   day; with an infusion ceil((offset + (count - 1) x interval + longest `over`) / 24 h). A clock
   time counts from the earliest of its day. What the start time pushes past midnight of its
   planned days, or before them, lengthens nothing.
3. A repeat starts anew from each listed day.
4. Blocks within a block follow one another unless placed by `day`; doses of a block lie on its own
   days, beside its inner blocks.
5. Ranges of `rest`, `every` or `at`: times are the earliest; every later one also has its latest.
   After a rest of `at least` so long there is no latest: what follows is not before its time.
   What follows an `up_to` is timed as if every turn were given.
6. `only_if` in a repeat binds every turn after the first; on a block or dose, the first too.
   "At most" where the dose or any block around it is `up_to`, and where a day is `onward`.
   `up_to` on a dose: in each turn the first so many that are not before the start time of day 1,
   or of the dose's own first day where that is earlier; an offset belongs to its day.
7. Open-ended blocks, and doses of the outermost block, need a count or a horizon before which they
   begin; a count may be lowered, never raised.
8. Slots stand in the order of their time; at one moment outer blocks first, then as in the file.
9. Infusions of one drug that begin at the same moment of a day, and have no `at`, run one after the
   other as in the file, each from the longest end of the one before (by turn: the longest of all).
   Nothing leaves its day, 24 hours from the start time, and no block is lengthened.

(What a dose amounts to stands in `dosing`; dates in `schedule`.)
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, get_args

from il2calc.errors import NotAQuantity, Refused
from il2calc.model.evidence import Provenance
from il2calc.model.regimen import Block, Days, Dose, Regimen, Repeat, offset_of
from il2calc.plan.calendar import (
    DAY,
    Calendar,
    Pick,
    Turn,
    anchors,
    moments,
    refusal,
    span_of,
    work,
)
from il2calc.plan.needs import closed, counts_of
from il2calc.units import Span, span


class Slot(NamedTuple):
    """One moment at which one dose is due.

    Args:
        turn: the innermost block turn it belongs to.
        number: per drug within its turn, in the order of time, from 1.
        minute: time from midnight of day 1 of the regimen [min].
        anchor: the like time of what its hours are counted from; itself where it has none [min].
        latest: the latest such time, where a range lies before it; else None [min].
        outside: it falls outside its planned days because of the start time.
        assumed: numbers of the assumptions behind its time.
        after: the dose of the same drug whose infusion it waits for; None where it waits for none.
        not_before: it follows a rest of which only the shortest is known.
        carried: days by which it falls after the day that it stays on, past midnight of it.
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

    @property
    def day(self) -> int:
        """Days from day 1 of the regimen to the day on which it falls, or stays where carried."""
        return self.minute // DAY - self.carried


class Timetable(NamedTuple):
    """A regimen on relative time.

    Args:
        slots: in the order of their time.
        turns: every block turn as it lies at the earliest, and how many days later at the latest.
        counts: turns of every repeated block, and of every open dose, by its path.
        latest: the lengths of its blocks where every range is at its longest.
    """

    slots: tuple[Slot, ...]
    turns: tuple[tuple[Turn, int], ...]
    counts: Mapping[str, int]
    latest: Calendar


def expand(
    regimen: Regimen,
    arm: str | None = None,
    times: Mapping[str, int] | None = None,
    start: int = 8 * 60,
    horizon: int | None = None,
) -> Timetable:
    """When is each dose of a regimen due?

    Args:
        times: turns by block name or path; they may lower a count, never raise it.
        start: the start time of every day, after midnight [min].
        horizon: what is open is given as often as it begins before this, from day 1 [days].

    Raises:
        UnknownName: a block that the regimen does not have.
        MissingInput: an open-ended block or dose without a count.
        Refused: a count above the file's, an ambiguous name, more than 100,000 administrations.
    """
    counts = counts_of(regimen, arm, times or {}, horizon)
    body = closed(regimen.body, counts, regimen.day_zero)
    if problem := refusal(work(body, arm, counts, regimen.day_zero)):
        raise Refused(f"{regimen.id} {problem}; give fewer turns, such as --cycles 10")
    earliest, latest, _ = calendars = _calendars(regimen, arm, counts)
    laid = [list(calendar.turns(body)) for calendar in calendars]
    laid[0] = _counted(laid[0])
    moved = _moved(regimen, laid, arm, counts)
    found = (
        slot._replace(not_before=True) if later.start > late.start else slot
        for turn, late, later in zip(*laid, strict=True)
        for slot in _limited(_slots(turn, late, earliest, start, moved[turn]), start)
    )
    slots = tuple(_numbered(in_order(_in_line(in_order(found, regimen)), regimen)))
    shifts = ((turn, late.start - turn.start) for turn, late, _ in zip(*laid, strict=True))
    return Timetable(slots, tuple(shifts), counts, latest)


def _calendars(regimen: Regimen, arm: str | None, counts: Mapping[str, int]) -> list[Calendar]:
    return [Calendar(regimen.day_zero, arm, counts, pick) for pick in get_args(Pick)]


def _moved(
    regimen: Regimen, laid: Sequence[Sequence[Turn]], arm: str | None, counts: Mapping[str, int]
) -> Mapping[Turn, Iterable[int]]:
    """The assumptions of which another reading would move a turn, at its earliest or latest."""
    found: defaultdict[Turn, set[int]] = defaultdict(set)
    for number, otherwise in _read_otherwise(regimen):
        body = closed(otherwise, counts, regimen.day_zero)
        for calendar, turns in zip(_calendars(regimen, arm, counts)[:2], laid[:2], strict=True):
            others = calendar.turns(body)
            for turn, own, other in zip(laid[0], turns, others, strict=True):
                if own.start != other.start:
                    found[turn].add(number)
    return found


def in_order(slots: Iterable[Slot], regimen: Regimen) -> tuple[Slot, ...]:
    """Slots in the order of their time; at the same moment in the order of the file."""
    doses = (dose for block in regimen.body.walk() for dose in block.doses)
    order = {dose.path: place for place, dose in enumerate(doses)}
    return tuple(sorted(slots, key=lambda slot: (slot.minute, order[slot.dose.path])))


class Wait(NamedTuple):
    """How long an infusion waits for others of its drug [min], and for which dose it does.

    Args:
        beyond: it would wait into another day, and so begins beside them.
    """

    minutes: int
    after: Dose
    beyond: bool = False


def waits(begun: Iterable[tuple[Dose, int, int]]) -> dict[tuple[Dose, int], Wait]:
    """Which infusions wait for others of their drug that begin at the same moment.

    Args:
        begun: dose, anchor and begin of each administration, in the order of the file; those of
            one dose that share an anchor are counted from it, and wait together [min].

    Returns:
        How long each waits, by its dose and anchor, where one begins before it; of one that would
        wait into another day, how long all of them take that the file has before it.
    """
    groups: dict[tuple[str, int], dict[Dose, list[int]]] = {}
    for dose, anchor, minute in begun:
        if dose.over is not None and dose.at is None:
            groups.setdefault((dose.drug, anchor), {}).setdefault(dose, []).append(minute)
    found: dict[tuple[Dose, int], Wait] = {}
    for (_, anchor), doses in groups.items():
        free, line, before = anchor, anchor, None
        for dose, minutes in doses.items():
            delay = free - anchor
            beyond = any((minute - anchor) % DAY + delay >= DAY for minute in minutes)
            if before is not None:
                found[dose, anchor] = Wait(line - anchor if beyond else delay, before, beyond)
            assert dose.over is not None, "only infusions are in a group"
            line += dose.over.longest
            if not beyond:
                free, before = free + dose.over.longest, dose
    return found


class Run(NamedTuple):
    """An infusion from its begin to its longest end [min], and which others it waits for.

    Args:
        anchor: what its time is counted from [min].
    """

    begin: int
    end: int
    dose: Dose
    anchor: int
    wait: Wait | None


def runs(begun: Iterable[tuple[Dose, int, int]]) -> list[Run]:
    """Infusions, when those that wait for others have waited.

    Args:
        begun: dose, anchor and begin of each administration, in the order of the file [min].
    """
    listed = [each for each in begun if each[0].over is not None]
    waiting, found = waits(listed), []
    for dose, anchor, minute in listed:
        wait = waiting.get((dose, anchor))
        begin = minute + (wait.minutes if wait is not None and not wait.beyond else 0)
        assert dose.over is not None, "only infusions are listed"
        found.append(Run(begin, begin + dose.over.longest, dose, anchor, wait))
    return found


def _in_line(slots: Sequence[Slot]) -> Iterator[Slot]:
    """Slots, each infusion that waits for another one of its drug put behind it."""
    waiting = waits((slot.dose, slot.anchor, slot.minute) for slot in slots)
    for slot in slots:
        wait = waiting.get((slot.dose, slot.anchor))
        yield slot if wait is None or wait.beyond else _behind(slot, wait)


def _behind(slot: Slot, wait: Wait) -> Slot:
    minute, late = slot.minute + wait.minutes, slot.latest
    latest = None if late is None else late + wait.minutes
    carried = minute // DAY - slot.minute // DAY
    return slot._replace(minute=minute, latest=latest, after=wait.after, carried=carried)


def timed(slots: Sequence[Slot], left_out: Callable[[Slot], bool]) -> Iterator[Slot]:
    """Slots, each with the infusion time of its turn where the file gives one for each.

    Turns are counted anew in each turn of the block around; in a block without turns the dose's
    own repeat counts. One in which nothing of the dose was given does not count: what comes after
    it takes its time.

    Args:
        slots: in the order of their time.
        left_out: whether one is held.
    """
    counted: dict[tuple[Dose, Turn | None], dict[Turn | int, list[Slot]]] = {}
    for slot in slots:
        if slot.dose.overs:
            by_turn = slot.turn.block.repeat is not None
            found = counted.setdefault((slot.dose, slot.turn.outer if by_turn else slot.turn), {})
            found.setdefault(slot.turn if by_turn else slot.minute, []).append(slot)
    numbers: dict[Slot, int] = {}
    for lots in counted.values():
        missed = 0
        for place, (lot, own) in enumerate(lots.items(), 1):
            number = lot.number if isinstance(lot, Turn) else place
            numbers |= dict.fromkeys(own, number - missed)
            missed += all(map(left_out, own))
    made: dict[tuple[Dose, Days], Dose] = {}
    for slot in slots:
        if not slot.dose.overs:
            yield slot
            continue
        days, over = next(each for each in slot.dose.overs if each[0].holds(numbers[slot]))
        if (slot.dose, days) not in made:
            made[slot.dose, days] = slot.dose.lasting(days, over)
        behind = slot.dose.provenance.get(f"over[{days.text}]", Provenance())
        assumed = tuple(sorted({*slot.assumed, *behind.assumptions}))
        yield slot._replace(dose=made[slot.dose, days], assumed=assumed)


def _counted(turns: list[Turn]) -> list[Turn]:
    """Turns, those that are counted under one name numbered through in the order of time."""
    numbers: Counter[str] = Counter()
    numbered: dict[Turn, int] = {}
    for turn in sorted(turns, key=lambda turn: turn.start):
        if turn.block.count_as is not None:
            numbers[turn.block.count_as] += 1
            numbered[turn] = numbers[turn.block.count_as]
    found: dict[Turn | None, Turn | None] = {None: None}
    for turn in turns:
        outer = found[turn.outer]
        found[turn] = replace(turn, outer=outer, counted=numbered.get(turn))
    return [turn for turn in found.values() if turn is not None]


def _numbered(slots: Iterable[Slot]) -> Iterator[Slot]:
    """Slots with their numbers, per drug within the innermost turn."""
    counted: Counter[tuple[Turn, str]] = Counter()
    for slot in slots:
        counted[slot.turn, slot.dose.drug] += 1
        yield slot._replace(number=counted[slot.turn, slot.dose.drug])


def _limited(slots: Iterable[Slot], start: int) -> Iterator[Slot]:
    """Slots of a turn, of a dose with a maximum only the first that are not before the start.

    Args:
        start: the start time of every day, after midnight [min].
    """
    limited: dict[Dose, list[Slot]] = {}
    for slot in slots:
        if slot.dose.up_to is None:
            yield slot
        else:
            limited.setdefault(slot.dose, []).append(slot)
    for dose, own in limited.items():
        own.sort(key=lambda slot: slot.minute)
        begin = min(own[0].turn.start, own[0].anchor // DAY) * DAY + start
        yield from [slot for slot in own if slot.anchor >= begin][: dose.up_to]


def _slots(
    turn: Turn, late: Turn, calendar: Calendar, start: int, moved: Iterable[int]
) -> Iterator[Slot]:
    conditions = _conditions(turn)
    at_most = any(around.block.repeat and around.block.repeat.at_most for around in turn.chain())
    for dose, offset in calendar.doses(turn):
        first = (turn.start + offset) * DAY
        last = first + span_of(dose, calendar.pick) * DAY
        late_first = (late.start + offset) * DAY
        times, bases = moments(dose, start), anchors(dose, start)
        late_times = moments(dose, start, "latest")
        spread = dose.at is not None and dose.at.kind == "times a day"
        onward = dose.days.onward
        open_day = onward is not None and offset >= offset_of(onward, calendar.day_zero)
        limited = dose.up_to is not None or bool(dose.repeat and dose.repeat.at_most)
        most = at_most or open_day or limited
        assumed = tuple(sorted({*moved, *_own(dose)}))
        own = conditions if dose.only_if is None else (*conditions, dose.only_if)
        for index, (minute, late_minute) in enumerate(zip(times, late_times, strict=True)):
            when, then = first + minute, late_first + late_minute
            yield Slot(
                dose=dose,
                turn=turn,
                number=0,
                minute=when,
                anchor=first + bases[index],
                latest=then if then != when else None,
                outside=not spread and not first <= when < last,
                at_most=most,
                only_if=_with(own, dose.repeat, index),
                assumed=assumed,
                carried=when // DAY - first // DAY if spread else 0,
            )


def _with(conditions: tuple[str, ...], repeat: Repeat | None, index: int) -> tuple[str, ...]:
    """Conditions of one administration: a repeat's own binds every one after the first."""
    extra = (repeat.only_if,) if repeat and repeat.only_if and index else ()
    return tuple(dict.fromkeys((*conditions, *extra)))


def _conditions(turn: Turn) -> tuple[str, ...]:
    found: list[str] = []
    for around in turn.chain():
        if around.block.only_if:
            found.append(around.block.only_if)
        repeat = around.block.repeat
        if repeat and repeat.only_if and around.number > 1:
            found.append(repeat.only_if)
    return tuple(dict.fromkeys(found))


def _own(dose: Dose) -> Iterator[int]:
    """Assumptions behind a dose's own days and times, but for infusion times by turn."""
    for key, provenance in dose.provenance.items():
        if provenance.half == "when" and not key.startswith("over["):
            yield from provenance.assumptions


def _read_otherwise(regimen: Regimen) -> Iterator[tuple[int, Block]]:
    """Each assumption about where blocks lie, with the blocks as another value would have them."""
    known = {each.number: each for each in regimen.assumptions}
    for block in regimen.body.walk():
        for key in ("repeat.every", "repeat.rest", "rest", "day"):
            for number in block.provenance.get(key, Provenance()).assumptions:
                exactly = known[number].about == f"{block.path}.{key}"
                other = _another(block, key, known[number].otherwise if exactly else None)
                yield number, _exchanged(regimen.body, block, other)


def _another(block: Block, key: str, text: str | None) -> Block:
    """A block with another value of one of its lengths: the one in words, else a day more."""
    if key == "day":
        assert block.day is not None, "an assumption is about a value that is there"
        if text is not None and re.fullmatch("-?[0-9]+", text):
            return replace(block, day=int(text))
        return replace(block, day=block.day + 1)  # without a day 0, it lies where day 1 does
    if key == "rest":
        return replace(block, rest=_longer(block.rest, text))
    assert block.repeat is not None, "an assumption is about a value that is there"
    if key == "repeat.rest":
        return replace(block, repeat=replace(block.repeat, rest=_longer(block.repeat.rest, text)))
    return replace(block, repeat=replace(block.repeat, every=_longer(block.repeat.every, text)))


def _longer(length: Span | None, text: str | None) -> Span:
    assert length is not None, "an assumption is about a value that is there"
    try:
        return span(text or "")
    except NotAQuantity:
        return length._replace(shortest=length.shortest + DAY, longest=length.longest + DAY)


def _exchanged(body: Block, block: Block, other: Block) -> Block:
    """The blocks of a regimen with one in place of another."""
    if body is block:
        return other
    return replace(body, blocks=tuple(_exchanged(inner, block, other) for inner in body.blocks))
