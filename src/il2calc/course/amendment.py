"""A course by two texts of its regimen: one up to a block turn, another from that turn on.

The turn that is named begins on the day that the text before it gives; what follows it in its
sequence lies as the new text has it. One that only the new text has follows the nearest turn before
it that the course has too; where there is none, it lies in the turn around it as the new text has
it. Doses of what lies around it, and blocks beside it, follow the text that is in force on their
day: a block beside that goes on does so as the named turn does. What has begun, and what was
recorded, stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from il2calc.course.index import Index, place_in_line, prefixes
from il2calc.course.moves import ends, rebuilt
from il2calc.errors import Refused, UnknownName, nearest_slip
from il2calc.model.effects import Chain, DoseKey, Levelled, chain_text, turn_name
from il2calc.model.evidence import Assumption, Provenance
from il2calc.model.log import Entry
from il2calc.model.regimen import Block, Dose, Regimen
from il2calc.plan.calendar import DAY, Turn, chain_of
from il2calc.plan.timing import Slot, Timetable, in_order

_NONE_IN_COMMON = (
    "The course has none of these: name the one to continue with, or end this log "
    "(il2calc log stop) and start another (il2calc log start)"
)


class Version(NamedTuple):
    """One text of the regimen of a course.

    Args:
        own: as it stands in the regimen of all texts.
        entry: by which it came into force; None for that of the start.
        arm: by which it is followed.
    """

    own: Regimen
    entry: Entry | None
    arm: str | None

    @property
    def start(self) -> Chain:
        """The turn from which on it counts."""
        return getattr(self.entry and self.entry.effect, "start", None) or ()

    @property
    def level(self) -> Levelled | None:
        """The level that it goes on by; None where it is another text, or the first."""
        effect = self.entry and self.entry.effect
        return effect if isinstance(effect, Levelled) else None


def in_force(versions: Sequence[Version], plan: Index, start: Chain) -> Version:
    """The text and the arm by which a turn is planned; of one that is new, the last ones."""
    turns, turn = plan.turns, plan.turns.get(start)
    known = (each for each in reversed(versions) if each.start in turns)
    return next(each for each in known if turn in (None, *plan.following(turns[each.start])))


def levels(versions: Sequence[Version], plan: Index, after: Chain) -> Iterator[Version]:
    """The levels that are entered of a turn after one, and hold from there."""
    turns = plan.turns
    reached = plan.following(turns[after]) - {turns[after]} if after in turns else ()
    for each in versions:
        if each.level and turns.get(each.start) in reached:
            yield from [each] if in_force(versions, plan, each.start) is each else []


def joined(before: Regimen, after: Regimen) -> tuple[Regimen, Regimen]:
    """A regimen that holds the doses of two texts, and the later one as it stands in it.

    Assumptions of the later text that the earlier one has too keep their number; the others are
    numbered on.
    """
    numbers: dict[int, int] = {}
    more: list[Assumption] = []
    known = {_said(each): each.number for each in before.assumptions}
    first = max([0, *known.values()]) + 1
    for each in after.assumptions:
        numbers[each.number] = known.get(_said(each), first + len(more))
        if _said(each) not in known:
            more.append(each._replace(number=numbers[each.number]))
    own = replace(
        after,
        body=_renumbered(after.body, numbers),
        assumptions=tuple(each._replace(number=numbers[each.number]) for each in after.assumptions),
    )
    body = replace(
        own.body,
        doses=(*before.body.doses, *own.body.doses),
        blocks=(*map(_planned, before.body.blocks), *own.body.blocks),
    )
    names = {each.written: each for each in (*before.names, *after.names)}
    whole = replace(
        own,
        body=body,
        assumptions=(*_of_both(before.assumptions, after.assumptions), *more),
        sources={**before.sources, **after.sources},
        names=tuple(names.values()),
    )
    return whole, own


def _of_both(
    assumptions: Iterable[Assumption], others: Iterable[Assumption]
) -> Iterator[Assumption]:
    """Assumptions of one text, each in the arms in which it, or the same of another, is made."""
    twins = {_said(each): each for each in others}
    for each in assumptions:
        twin = twins.get(_said(each), each)
        both = dict.fromkeys((*(each.arms or ()), *(twin.arms or ())))
        everywhere = each.arms is None or twin.arms is None
        yield each._replace(arms=None if everywhere else tuple(both))


def _planned(block: Block) -> Block:
    """A block of an earlier text: what is given as needed is that of the later one."""
    return replace(block, as_needed=(), blocks=tuple(map(_planned, block.blocks)))


def counts_for(regimen: Regimen, times: Mapping[str, int]) -> dict[str, int]:
    """The counts of a log that a text can take: it may have fewer turns, or no such block."""
    blocks = [block for block in regimen.body.walk() if block.repeat is not None]
    found: dict[str, int] = {}
    for name, count in times.items():
        named = [block.repeat for block in blocks if name in (block.name, block.path)]
        most = [repeat.count for repeat in named if repeat is not None and repeat.count]
        if named and all(count <= one for one in most):
            found[name] = count
    return found


def in_arm(regimen: Regimen, arm: str) -> Regimen:
    """A regimen with what it gives in one of its arms, and in no other."""
    assumptions = tuple(
        each._replace(arms=None)
        for each in regimen.assumptions
        if each.arms is None or arm in each.arms
    )
    return replace(regimen, body=_of_arm(regimen.body, arm), assumptions=assumptions)


def _of_arm(block: Block, arm: str) -> Block:
    doses = (dose for dose in block.doses if dose.exists_in(arm))
    needed = (dose for dose in block.as_needed if dose.exists_in(arm))
    blocks = (inner for inner in block.blocks if inner.exists_in(arm))
    return replace(
        block,
        arms=None,
        doses=tuple(_dose_of_arm(dose, arm) for dose in doses),
        as_needed=tuple(_dose_of_arm(dose, arm) for dose in needed),
        blocks=tuple(_of_arm(inner, arm) for inner in blocks),
    )


def _dose_of_arm(dose: Dose, arm: str) -> Dose:
    own = f"amount[{arm}]"
    kept = {key: each for key, each in dose.provenance.items() if not key.startswith("amount[")}
    if own in dose.provenance:
        kept["amount"] = dose.provenance[own]
    return replace(dose, arms=None, amounts={None: dose.amount(arm)}, provenance=kept)


def _said(each: Assumption) -> tuple[object, ...]:
    return each.about, each.text, each.because, each.otherwise, each.was_set


def _renumbered(block: Block, numbers: Mapping[int, int]) -> Block:
    def rests_on(provenance: Mapping[str, Provenance]) -> dict[str, Provenance]:
        return {
            key: each._replace(
                assumptions=tuple(
                    numbers[number] for number in each.assumptions if number in numbers
                )
            )
            for key, each in provenance.items()
        }

    def dose(each: Dose) -> Dose:
        return replace(each, provenance=rests_on(each.provenance))

    return replace(
        block,
        doses=tuple(map(dose, block.doses)),
        as_needed=tuple(map(dose, block.as_needed)),
        blocks=tuple(_renumbered(inner, numbers) for inner in block.blocks),
        provenance=rests_on(block.provenance),
    )


_Keys = Collection[DoseKey]
_Days = Callable[[Turn], int]


class _Sides(NamedTuple):
    """Two timetables that become one.

    Args:
        gone: turns of the old one from the named one on, in its sequence.
        coming: turns of the new one from the named one on, in its sequence.
        ahead: turns of the new one before it in its sequence.
        moved: by how much what the new one has in the turns around the named one is moved, and from
            the named one on, so that these keep their day; and its latest day beyond that [days].
        delayed: by how many days a turn of the old one was delayed.
        boundary: the day from which the new one counts, as it lies now, from day 1.
        recorded: doses that were given or held.
    """

    old: Index
    new: Index
    start: Chain
    gone: frozenset[Turn]
    coming: frozenset[Turn]
    ahead: frozenset[Turn]
    moved: Mapping[Chain, tuple[int, int]]
    delayed: _Days
    boundary: int
    recorded: _Keys
    begun: Collection[Chain]

    def keeps(self, turn: Turn) -> bool:
        """Whether a turn of the old timetable stays, and all in it."""
        begun = chain_of(turn) in self.begun
        return begun or (turn not in self.gone and turn.start + self.delayed(turn) < self.boundary)

    def stays(self, chain: Chain) -> bool:
        """Whether both timetables have a turn, and that of the old one stays."""
        return chain in self.old.turns and self.keeps(self.old.turns[chain])

    def takes(self, turn: Turn) -> bool:
        """Whether a turn of the new timetable comes in, and all in it."""
        if turn in self.ahead or self.stays(chain_of(turn)):
            return False
        if turn in self.coming:
            return True
        last, _ = _onward(self.old, self.new, turn)
        return turn.start + self.by(turn)[0] + self.delayed(self.old.turns[last]) >= self.boundary

    def by(self, turn: Turn) -> tuple[int, int]:
        """By how much a turn is moved, and its latest day beyond that [days]."""
        if turn in self.old.late:
            return 0, 0
        chain = self.start if turn in self.coming else chain_of(turn)
        while chain not in self.moved:
            chain = chain[:-1]
        return self.moved[chain]


def _onward(old: Index, new: Index, turn: Turn) -> tuple[Chain, tuple[int, int]]:
    """The nearest turn up to one of the new timetable that both have, and by how much it is moved.

    And its latest day beyond that [days]. Where another one is nearest, it follows that one.
    """
    chain = chain_of(turn)
    earlier = (each for each in map(chain_of, new.earlier(turn)) if each in old.turns)
    last = chain if chain in old.turns else next(earlier, chain[:-1])
    was, own = old.turns[last], new.turns[last]
    by = was.start - own.start
    if last not in (chain, chain[:-1]):
        by += was.length - own.length
    return last, (by, old.late[was] - new.late[own])


def _sides(old: Index, new: Index, start: Chain, recorded: _Keys, delayed: _Days) -> _Sides:
    named = new.turns[start]
    around = [start[:depth] for depth in range(len(start))]
    moved = dict(_onward(old, new, new.turns[chain]) for chain in around)
    last, moved[start] = _onward(old, new, named)
    was = old.turns[last]
    sides = _Sides(
        old=old,
        new=new,
        start=start,
        gone=old.following(was) - (frozenset() if last == start else old.inside(was)),
        coming=new.following(named),
        ahead=frozenset(each for turn in named.chain() for each in new.earlier(turn)),
        moved=moved,
        delayed=delayed,
        boundary=named.start + moved[start][0] + delayed(was),
        recorded=recorded,
        begun=frozenset(chain for key in recorded for chain in prefixes(key.turns)),
    )
    for turn in (each for chain in around for each in new.within(new.turns[chain])):
        chain = chain_of(turn)
        if turn not in sides.coming and not sides.stays(chain):
            before = next(map(chain_of, new.earlier(turn)), chain[:-1])
            moved[chain] = moved[before] if before in moved else _onward(old, new, turn)[1]
    return sides


def amended(
    old: Index, new: Timetable, regimen: Regimen, start: Chain, recorded: _Keys, delayed: _Days
) -> Timetable:
    """The timetable of a course whose text changes with a block turn.

    Args:
        old: as it is planned by the text before.
        new: as the new text alone would have it.
        regimen: of both texts.
        start: the first turn by the new text; nothing = all of it is by the new text.
        recorded: doses that were given or held.
        delayed: by how many days a turn was delayed.

    Raises:
        UnknownName: the new text has no such turn.
        Refused: the turn lies in one that the text before does not have, or before one that has
            begun.
    """
    if not start:
        return new
    index = Index(new)
    if start not in index.turns:
        known = [chain_text(turn) for turn in index.turns if turn]
        what, hint = "block turn of the new text", ""
        if not any(turn in old.turns for turn in index.turns if turn):
            hint = _NONE_IN_COMMON
        raise UnknownName(what, chain_text(start), known, hint, nearest_slip)
    if start[:-1] not in old.turns:
        around = chain_text(start[:-1])
        raise Refused(f"the old text has no {around}; name that one, in which all is new")
    sides = _sides(old, index, start, recorded, delayed)
    if begun := [key for key in recorded if old.slots[key].turn in sides.gone]:
        later = turn_name(min(begun).turns)
        raise Refused(
            f"{turn_name(start)} would come before {later}, which has recorded doses; name a "
            "later block (--from)"
        )
    turns = _turns(sides)
    slots = in_order(_slots(sides, turns), regimen)
    paths = {turn.block.path for turn in turns.values()}
    counts = {**old.timetable.counts, **new.counts}
    return Timetable(
        slots=slots,
        turns=tuple((turn, _late(sides, was)) for was, turn in turns.items()),
        counts={path: count for path, count in counts.items() if path in paths},
        latest=new.latest,
    )


def _late(sides: _Sides, turn: Turn) -> int:
    """How much later a turn lies at the latest [days]."""
    index = sides.old if turn in sides.old.late else sides.new
    return index.late[turn] + sides.by(turn)[1]


def _turns(sides: _Sides) -> dict[Turn, Turn]:
    """The turns that stay or come in, each with what it becomes, in the order of a timetable.

    The turns around the named one are those of both timetables: the old one stands for them. Each
    lasts until all in it is over.
    """
    found: dict[Turn, Turn] = {}
    outer: Turn | None = None
    new = sides.new
    for depth, block in enumerate(_around(sides)):
        chain = sides.start[:depth]
        was, will_be = sides.old.turns[chain], new.turns[chain]
        beyond = sides.start[: depth + 1]
        outside = [turn for turn in sides.old.within(was) if chain_of(turn) != beyond]
        kept = [turn for turn in outside if sides.keeps(turn)]
        taken = [turn for turn in new.within(will_be) if sides.takes(turn)]
        taken = [turn for turn in taken if chain_of(turn) != beyond or beyond == sides.start]
        own = new.timetable.latest.dosed(will_be.block, will_be.number)
        stated = will_be.length if block.repeat and block.repeat.every else own
        turn = replace(was, block=block, length=stated, outer=outer)
        found[was] = turn
        for each in (*kept, *taken):
            _carry(sides, each, turn, found)
        outer = turn
    found = _in_line(found)
    lying = Timetable((), tuple((turn, 0) for turn in found.values()), {}, new.timetable.latest)
    until = ends(lying, dict.fromkeys(found.values(), 0))
    lasting = rebuilt(lying, lambda turn: replace(turn, length=until[turn] - turn.start))
    return {was: lasting[turn] for was, turn in found.items()}


def _in_line(found: Mapping[Turn, Turn]) -> dict[Turn, Turn]:
    """The same turns, each before those in it, and before those that follow it in its line.

    Latest dates are calculated by walking along them.
    """
    places: dict[Turn | None, tuple[tuple[int, int], ...]] = {None: ()}
    for turn in found.values():
        around = places[turn.outer]
        places[turn] = around if turn.outer is None else (*around, place_in_line(turn))
    return dict(sorted(found.items(), key=lambda pair: places[pair[1]]))


def _carry(sides: _Sides, turn: Turn, outer: Turn, found: dict[Turn, Turn]) -> None:
    """A turn and all that lie in it, within another turn."""
    own = found[turn] = replace(turn, start=turn.start + sides.by(turn)[0], outer=outer)
    index = sides.old if turn in sides.old.late else sides.new
    for inner in index.within(turn):
        _carry(sides, inner, own, found)


def _around(sides: _Sides) -> Iterator[Block]:
    """The blocks around the named turn, outermost first, each with what both texts have in it."""
    made: list[Block] = []
    for depth in reversed(range(len(sides.start))):
        was = sides.old.turns[sides.start[:depth]].block
        will_be = sides.new.turns[sides.start[:depth]].block
        blocks = (*was.blocks, *made[-1:], *will_be.blocks)
        made.append(replace(will_be, doses=(*was.doses, *will_be.doses), blocks=blocks))
    return reversed(made)


def _slots(sides: _Sides, turns: Mapping[Turn, Turn]) -> Iterator[Slot]:
    around = {sides.start[:depth] for depth in range(len(sides.start))}
    last: dict[tuple[Chain, str], Slot] = {}
    for key, slot in sides.old.slots.items():
        stays = slot.turn in turns
        if key.turns in around:
            day = slot.day + sides.delayed(slot.turn)
            stays = day < sides.boundary or key in sides.recorded
        if stays:
            yield slot._replace(turn=turns[slot.turn])
            before = last.get((key.turns, key.drug), slot)
            last[key.turns, key.drug] = max(slot, before, key=lambda one: one.minute)
    more: dict[tuple[Chain, str], int] = {}
    for key, slot in sides.new.slots.items():
        if key.turns in around:
            line = (key.turns, key.drug)
            before = last.get(line, slot._replace(minute=-1, number=0))
            was = sides.old.turns[key.turns]
            lying = _moved(sides, slot, turns[was])
            day = lying.day + sides.delayed(was)
            if day >= sides.boundary and lying.minute > before.minute:
                more[line] = more.get(line, before.number) + 1
                yield lying._replace(number=more[line])
        elif slot.turn in turns:
            yield _moved(sides, slot, turns[slot.turn])


def _moved(sides: _Sides, slot: Slot, turn: Turn) -> Slot:
    days, late = sides.by(slot.turn)
    by = days * DAY
    latest = (slot.minute if slot.latest is None else slot.latest) + by + late * DAY
    minute = slot.minute + by
    return slot._replace(
        turn=turn,
        minute=minute,
        anchor=slot.anchor + by,
        latest=None if latest <= minute else latest,
    )
