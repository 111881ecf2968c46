"""A course by two texts of its regimen: one up to a block turn, another from that turn on.

The named turn begins on the day that the old text gives it; what follows it in its sequence is
planned by the new text. A turn that only the new text has follows the nearest turn before it that
the course has too; if there is none, it begins in the turn around it when the new text says. Doses
of the turns around it, and parallel blocks, follow the text that is in force on their day: a
parallel block that continues changes as the named turn does. What has begun, and what was given,
stays as it was. A dose that was held ahead is held in the new text, if it has that dose on its day.
A shift goes on in the new text for the rest of its repeat, or of the listed days of its dose.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from il2calc.course.index import Index, prefixes
from il2calc.course.moves import in_sequence, rebuilt, turn_ends, with_turn
from il2calc.errors import Refused, UnknownName, nearest_slip
from il2calc.model.effects import Amended, Chain, DoseKey, Levelled, turn_name, turn_text
from il2calc.model.evidence import Assumption, Provenance
from il2calc.model.log import Entry
from il2calc.model.regimen import Block, Dose, Regimen
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot, Timetable, in_order


class Version(NamedTuple):
    """One text of the regimen of a course.

    Args:
        regimen: the text, with its assumptions numbered as in the regimen that joins all texts.
        entry: the entry that brought it; None for the text at the start.
        arm: the arm by which it is followed.
    """

    regimen: Regimen
    entry: Entry | None
    arm: str | None

    @property
    def start(self) -> Chain:
        """The turn from which on it counts; () for the whole course."""
        effect = self.entry and self.entry.effect
        return (effect.start or ()) if isinstance(effect, Amended | Levelled) else ()

    @property
    def level(self) -> Levelled | None:
        """The change of arm or level that brought it; None if a text did, or the start."""
        effect = self.entry and self.entry.effect
        return effect if isinstance(effect, Levelled) else None


def in_force(versions: Sequence[Version], plan: Index, start: Chain) -> Version:
    """The text and the arm by which a turn is planned; the last ones for a turn not in the plan."""
    turns, turn = plan.turns, plan.turns.get(start)
    planned = (version for version in reversed(versions) if version.start in turns)
    return next(one for one in planned if turn in (None, *plan.following(turns[one.start])))


def levels(versions: Sequence[Version], plan: Index, after: Chain) -> Iterator[Version]:
    """The changes of arm or level that were entered for a turn after one, and hold from there."""
    turns = plan.turns
    later = plan.following(turns[after]) - {turns[after]} if after in turns else ()
    for version in versions:
        holds = version.level and turns.get(version.start) in later
        if holds and in_force(versions, plan, version.start) is version:
            yield version


def joined(before: Regimen, after: Regimen) -> tuple[Regimen, Regimen]:
    """A regimen with the doses of two texts, and the later text as it is in that regimen.

    Assumptions of the later text that the earlier one has too keep their number; the others are
    numbered on.
    """
    shared = {_statement(assumption): assumption.number for assumption in before.assumptions}
    later = itertools.count(max([0, *shared.values()]) + 1)
    numbers = {one.number: shared.get(_statement(one)) or next(later) for one in after.assumptions}
    renumbered = tuple(one._replace(number=numbers[one.number]) for one in after.assumptions)
    added = [one for one in renumbered if _statement(one) not in shared]
    text = replace(after, body=_renumbered(after.body, numbers), assumptions=renumbered)
    body = replace(
        text.body,
        doses=(*before.body.doses, *text.body.doses),
        blocks=(*map(_without_as_needed, before.body.blocks), *text.body.blocks),
    )
    names = {name.written: name for name in (*before.names, *after.names)}
    both = replace(
        text,
        body=body,
        assumptions=(*_in_both_arms(before.assumptions, after.assumptions), *added),
        sources={**before.sources, **after.sources},
        names=tuple(names.values()),
    )
    return both, text


def _in_both_arms(
    assumptions: Iterable[Assumption], others: Iterable[Assumption]
) -> Iterator[Assumption]:
    """Assumptions of one text, each in the arms of that text and of the same in the other."""
    twins = {_statement(other): other for other in others}
    for assumption in assumptions:
        twin = twins.get(_statement(assumption), assumption)
        arms = dict.fromkeys((*(assumption.arms or ()), *(twin.arms or ())))
        in_all = assumption.arms is None or twin.arms is None
        yield assumption._replace(arms=None if in_all else tuple(arms))


def _without_as_needed(block: Block) -> Block:
    """A block of an earlier text; what is given as needed comes from the later text alone."""
    return replace(block, as_needed=(), blocks=tuple(map(_without_as_needed, block.blocks)))


def in_arm(regimen: Regimen, arm: str) -> Regimen:
    """A regimen with what it gives in one of its arms, and in no other."""
    of_arm = (one for one in regimen.assumptions if one.arms is None or arm in one.arms)
    assumptions = tuple(one._replace(arms=None) for one in of_arm)
    return replace(regimen, body=_block_in_arm(regimen.body, arm), assumptions=assumptions)


def _block_in_arm(block: Block, arm: str) -> Block:
    return replace(
        block,
        arms=None,
        doses=tuple(_doses_in_arm(block.doses, arm)),
        as_needed=tuple(_doses_in_arm(block.as_needed, arm)),
        blocks=tuple(_block_in_arm(one, arm) for one in block.blocks if one.exists_in(arm)),
    )


def _doses_in_arm(doses: Iterable[Dose], arm: str) -> Iterator[Dose]:
    for dose in (dose for dose in doses if dose.exists_in(arm)):
        of_arm, every = f"amount[{arm}]", dose.provenance
        kept = {key: value for key, value in every.items() if not key.startswith("amount[")}
        if of_arm in every:
            kept["amount"] = every[of_arm]
        yield replace(dose, arms=None, amounts={None: dose.amount(arm)}, provenance=kept)


_statement = attrgetter("about", "text", "because", "otherwise", "was_set")
"""What an assumption says, whatever its number and arms."""


def _renumbered(block: Block, numbers: Mapping[int, int]) -> Block:
    def rests_on(provenance: Mapping[str, Provenance]) -> dict[str, Provenance]:
        renumbered: dict[str, Provenance] = {}
        for key, value in provenance.items():
            new = (numbers[number] for number in value.assumptions if number in numbers)
            renumbered[key] = value._replace(assumptions=tuple(new))
        return renumbered

    def of_dose(dose: Dose) -> Dose:
        return replace(dose, provenance=rests_on(dose.provenance))

    return replace(
        block,
        doses=tuple(map(of_dose, block.doses)),
        as_needed=tuple(map(of_dose, block.as_needed)),
        blocks=tuple(_renumbered(inner, numbers) for inner in block.blocks),
        provenance=rests_on(block.provenance),
    )


_Keys = Collection[DoseKey]
_Days = Callable[[Turn], int]
_Place = tuple[DoseKey, int]


class _Change:
    """A change from an old timetable to a new one with a block turn, the named one.

    Args:
        given: doses that were given, and `held` those that were held.
        days_of: by how many days a turn of the old one was delayed.

    Attributes:
        around: the turns around the named one, outermost first.
        moved: by how much the turns of the new one are moved, so that the named one and those
            around it keep their day; and their latest day beyond that [days].
        boundary: the day from which the new one counts, after delays, from day 1.
        replaced: turns of the old one from the named one on, in its sequence.
        coming: turns of the new one from the named one on, in its sequence.
        ahead: turns of the new one before it in its sequence.
        begun: turns with doses that stay as they were, those around them, and all before these.
    """

    def __init__(
        self, old: Index, new: Index, start: Chain, given: _Keys, held: _Keys, days_of: _Days
    ) -> None:
        self.old, self.new, self.start = old, new, start
        self.given, self.held, self.days_of = given, held, days_of
        self.around = [start[:depth] for depth in range(len(start))]
        self.moved = dict(_nearest_shared(old, new, new.turns[chain]) for chain in self.around)
        named = new.turns[start]
        last, self.moved[start] = _nearest_shared(old, new, named)
        former = old.turns[last]
        self.boundary = named.start + self.moved[start][0] + days_of(former)
        before = frozenset[Turn]() if last == start else old.inside(former)
        self.replaced = old.following(former) - before
        self.coming = new.following(named)
        self.ahead = frozenset(earlier for turn in named.chain() for earlier in new.earlier(turn))
        fixed = [*given, *(key for key in held if block_day(new, key) != block_day(old, key))]
        unchanged = [old.turns[chain] for key in fixed for chain in prefixes(key.turns)]
        self.begun = {chain_of(one) for turn in unchanged for one in (turn, *old.earlier(turn))}
        for turn in (turn for chain in self.around for turn in new.within(new.turns[chain])):
            chain = chain_of(turn)
            if turn not in self.coming and not self.keeps_old(chain):
                prior = next(map(chain_of, new.earlier(turn)), chain[:-1])
                self.moved[chain] = self.moved.get(prior) or _nearest_shared(old, new, turn)[1]

    def keeps(self, turn: Turn) -> bool:
        """Whether a turn of the old timetable stays, and all in it."""
        is_before = turn.start + self.days_of(turn) < self.boundary
        return chain_of(turn) in self.begun or (is_before and turn not in self.replaced)

    def keeps_old(self, chain: Chain) -> bool:
        """Whether both timetables have a turn, and that of the old one stays."""
        return chain in self.old.turns and self.keeps(self.old.turns[chain])

    def takes(self, turn: Turn) -> bool:
        """Whether a turn of the new timetable comes in, and all in it."""
        if turn in self.ahead or self.keeps_old(chain_of(turn)):
            return False
        if turn in self.coming:
            return True
        last, _ = _nearest_shared(self.old, self.new, turn)
        days = self.moves(turn)[0] + self.days_of(self.old.turns[last])
        return turn.start + days >= self.boundary

    def moves(self, turn: Turn) -> tuple[int, int]:
        """By how much a turn is moved, and its latest day beyond that [days]."""
        if turn in self.old.late:
            return 0, 0
        chain = self.start if turn in self.coming else chain_of(turn)
        while chain not in self.moved:
            chain = chain[:-1]
        return self.moved[chain]


def _nearest_shared(old: Index, new: Index, turn: Turn) -> tuple[Chain, tuple[int, int]]:
    """The nearest turn both have up to one of the new timetable, and the `moves` of the latter.

    A turn that only the new timetable has comes right after it, and so moves with its end.
    """
    chain = chain_of(turn)
    earlier = (one for one in map(chain_of, new.earlier(turn)) if one in old.turns)
    last = chain if chain in old.turns else next(earlier, chain[:-1])
    former, current = old.turns[last], new.turns[last]
    by = former.start - current.start
    if last not in (chain, chain[:-1]):
        by += former.length - current.length
    return last, (by, old.late[former] - new.late[current])


def block_day(index: Index, key: DoseKey) -> int | None:
    """On which day of its turn a dose is, from 0; None if there is no such dose."""
    slot = index.slots.get(key)
    return None if slot is None else slot.day - slot.turn.start


def amended(
    old: Index,
    new: Timetable,
    regimen: Regimen,
    start: Chain,
    given: _Keys,
    held: _Keys,
    days_of: _Days,
) -> Timetable:
    """The timetable of a course whose text changes with a block turn.

    Args:
        old: the plan by the text before.
        new: the timetable of the new text alone.
        regimen: the regimen that joins both texts.
        start: the first turn by the new text; () = the whole course is by the new text.
        given: doses that were given, and `held` those that were held.
        days_of: by how many days a turn was delayed.

    Raises:
        UnknownName: the new text has no such turn.
        Refused: the turn is in one that the text before does not have, or before one that has
            begun.
    """
    if not start:
        return new
    index = Index(new)
    if start not in index.turns:
        names = [turn_text(turn) for turn in index.turns if turn]
        hint = ""
        if old.turns.keys() & index.turns.keys() == {()}:
            hint = "The course has none of these: name the one to continue with, or end this log "
            hint += "(il2calc log stop) and start another (il2calc log start)"
        raise UnknownName("block turn of the new text", turn_text(start), names, hint, nearest_slip)
    if start[:-1] not in old.turns:
        around = turn_text(start[:-1])
        raise Refused(f"the old text has no {around}; name that one, in which all is new")
    in_plan = old.slots.keys()
    change = _Change(old, index, start, in_plan & given, in_plan & held, days_of)
    recorded = {key.turns for key in in_plan & {*given, *held} if key.turns in change.begun}
    if begun := [chain for chain in recorded if old.turns[chain] in change.replaced]:
        raise Refused(
            f"{turn_name(start)} would come before {turn_name(min(begun))}, which has recorded "
            "doses; name a later block (--from)"
        )
    turns = _turns(change)
    slots = in_order(_slots(change, turns), regimen)
    paths = {turn.block.path for turn in turns.values()}
    counts = {**old.timetable.counts, **new.counts}
    late, pairs = old.late | index.late, turns.items()
    return Timetable(
        slots=slots,
        turns=tuple((turn, late[former] + change.moves(former)[1]) for former, turn in pairs),
        counts={path: count for path, count in counts.items() if path in paths},
        latest=new.latest,
    )


def _turns(change: _Change) -> dict[Turn, Turn]:
    """The turns that stay or come in, each with what it becomes, in the order of a timetable.

    Those around the named one are in both timetables; the key is that of the old one. Each lasts
    until all in it is over.
    """
    turns: dict[Turn, Turn] = {}
    outer: Turn | None = None
    new = change.new
    for depth, block in enumerate(_joined_blocks(change)):
        chain = change.start[:depth]
        old_turn, new_turn = change.old.turns[chain], new.turns[chain]
        inner = change.start[: depth + 1]
        others = [turn for turn in change.old.within(old_turn) if chain_of(turn) != inner]
        kept = [turn for turn in others if change.keeps(turn)]
        taken = [turn for turn in new.within(new_turn) if change.takes(turn)]
        taken = [turn for turn in taken if chain_of(turn) != inner or inner == change.start]
        dosed = new.timetable.latest.dosed(new_turn.block, new_turn.number)
        length = new_turn.length if block.repeat and block.repeat.every else dosed
        outer = turns[old_turn] = replace(old_turn, block=block, length=length, outer=outer)
        for turn in (*kept, *taken):
            _add(change, turn, outer, turns)
    turns = in_sequence(turns)
    planned = turns.values()
    ends = turn_ends(planned, {})
    lasting = rebuilt(planned, lambda turn: replace(turn, length=ends[turn] - turn.start))
    return {former: lasting[turn] for former, turn in turns.items()}


def _add(change: _Change, turn: Turn, outer: Turn, turns: dict[Turn, Turn]) -> None:
    added = turns[turn] = replace(turn, start=turn.start + change.moves(turn)[0], outer=outer)
    for inner in (*change.old.within(turn), *change.new.within(turn)):  # it is in one of them
        _add(change, inner, added, turns)


def _joined_blocks(change: _Change) -> Iterator[Block]:
    """The blocks around the named turn, outermost first, each with what both texts have in it."""
    joined_blocks: list[Block] = []
    for chain in reversed(change.around):
        old, new = change.old.turns[chain].block, change.new.turns[chain].block
        blocks = (*old.blocks, *joined_blocks[-1:], *new.blocks)
        joined_blocks.append(replace(new, doses=(*old.doses, *new.doses), blocks=blocks))
    return reversed(joined_blocks)


def _slots(change: _Change, turns: Mapping[Turn, Turn]) -> Iterator[Slot]:
    """The slots of turns that stay or come in; those of the turns around by their day.

    What was held ahead of those keeps its day and its number, which no other dose of them gets.
    """
    last: dict[tuple[Chain, str], Slot] = {}
    ahead, firsts = dict[_Place, Slot](), dict[_Place, int]()
    for key, slot in change.old.slots.items():
        stays, place = slot.turn in turns, _place_in_day(key, slot.day, firsts)
        if key.turns in change.around:
            stays = slot.day + change.days_of(slot.turn) < change.boundary or key in change.given
            if not stays and key in change.held:
                ahead[place] = slot
        if stays:
            yield slot._replace(turn=turns[slot.turn])
            before = last.get((key.turns, key.drug), slot)
            last[key.turns, key.drug] = max(slot, before, key=lambda one: one.minute)
    taken = {(chain_of(slot.turn), slot.dose.drug, slot.number) for slot in ahead.values()}
    numbers, firsts = dict[tuple[Chain, str], Iterator[int]](), {}
    for key, slot in change.new.slots.items():
        if key.turns in change.around:
            home = (key.turns, key.drug)
            before = last.get(home, slot._replace(minute=-1, number=0))
            former = change.old.turns[key.turns]
            moved = with_turn(slot, turns[former], *change.moves(slot.turn))
            place, day = _place_in_day(key, moved.day, firsts), moved.day + change.days_of(former)
            if day >= change.boundary and moved.minute > before.minute:
                later = numbers.setdefault(home, itertools.count(before.number + 1))
                held = ahead.pop(place, None)
                free = (number for number in later if (*home, number) not in taken)
                yield moved._replace(number=held.number if held else next(free))
        elif slot.turn in turns:
            yield with_turn(slot, turns[slot.turn], *change.moves(slot.turn))
    yield from (slot._replace(turn=turns[slot.turn]) for slot in ahead.values())


def _place_in_day(key: DoseKey, day: int, firsts: dict[_Place, int]) -> _Place:
    """Which dose of its kind a dose is on its day, whatever the number of the first (`firsts`)."""
    first = firsts.setdefault((key._replace(number=0), day), key.number)
    return key._replace(number=key.number - first), day
