"""Doses and block turns by keys that no delay changes, and what was decided of each turn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from il2calc.model.effects import Chain, DoseKey
from il2calc.model.regimen import Dose, Regimen
from il2calc.plan.administration import Administration, Recorded, grouped
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot, Timetable


def key_of(row: Administration) -> DoseKey:
    """The key of an administration, which no delay changes."""
    return DoseKey(chain_of(row.turn), row.dose.drug, row.dose.name, row.dose_number)


def is_sequential(turn: Turn) -> bool:
    """Whether neither a turn nor one around it is placed by `day`, in parallel with others."""
    return all(around.block.day is None for around in turn.chain())


class Index:
    """The doses and block turns of a timetable, by keys that no delay changes.

    Attributes:
        late: how many days later than its first day each turn begins at the latest.
    """

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.turns = {chain_of(turn): turn for turn, _ in timetable.turns}
        self.late = dict(timetable.turns)
        self._chains = {turn: chain for chain, turn in self.turns.items()}
        self._within = grouped((turn.outer, turn) for turn in self.turns.values())

    @cached_property
    def slots(self) -> dict[DoseKey, Slot]:
        """Every slot by its key, in the order of time."""
        return {self.key(slot): slot for slot in self.timetable.slots}

    @cached_property
    def by_turn(self) -> dict[Chain, dict[DoseKey, Slot]]:
        """The slots of each turn, without those of the turns in it, in the order of time."""
        items = grouped((key.turns, (key, slot)) for key, slot in self.slots.items())
        return {chain: dict(slots) for chain, slots in items.items()}

    @cached_property
    def dose_turns(self) -> dict[str, dict[Dose, dict[Chain, None]]]:
        """By drug: each of its doses, with the turns in which it is given."""
        doses: dict[str, dict[Dose, dict[Chain, None]]] = {}
        for key, slot in self.slots.items():
            doses.setdefault(key.drug, {}).setdefault(slot.dose, {})[key.turns] = None
        return doses

    @cached_property
    def continuing(self) -> dict[Turn, dict[Dose, Turn]]:
        """By turn: its doses that continue through a delay, each with the last turn that has it."""
        doses: dict[Turn, dict[Dose, Turn]] = {}
        for slot in self.timetable.slots:
            if slot.dose.during_delay:
                for turn in slot.turn.chain():
                    doses.setdefault(turn, {})[slot.dose] = slot.turn
        return doses

    @cached_property
    def _sequences(self) -> dict[Turn, tuple[list[Turn], int]]:
        """The sequence of each turn, in order, and the place of the turn in it."""
        places: dict[Turn, tuple[list[Turn], int]] = {}
        for outer, inner in self._within.items():
            sequences: dict[str | None, list[Turn]] = {}
            for turn in inner:
                # A block placed by `day` has its own, whatever texts or arms its turns follow.
                parallel = outer is None or turn.block.day is not None
                sequences.setdefault(turn.block.name if parallel else None, []).append(turn)
            for sequence in sequences.values():
                ordered = sequence if outer is None else sorted(sequence, key=sibling_order)
                places |= {turn: (ordered, place) for place, turn in enumerate(ordered)}
        return places

    @cached_property
    def positions(self) -> dict[Turn, tuple[int, int, int]]:
        """The position of each turn, that after all turns in it, and that after its sequence.

        A turn comes before those in it, and sequences come one by one: so what follows a turn has
        one range of positions within each turn around it.
        """
        positions: dict[Turn, tuple[int, int, int]] = {}
        self._number([self.turns[()]], 0, positions)
        return positions

    @cached_property
    def _by_position(self) -> list[Turn]:
        return sorted(self.positions, key=self.positions.__getitem__)

    def _number(
        self, sequence: list[Turn], position: int, positions: dict[Turn, tuple[int, int, int]]
    ) -> int:
        """Number a sequence from a position on, and return the position after it."""
        numbered: list[tuple[Turn, int, int]] = []
        for turn in sequence:
            start, position = position, position + 1
            for inner in self.within(turn):
                inner_sequence, place = self._sequences[inner]
                if place == 0:
                    position = self._number(inner_sequence, position, positions)
            numbered.append((turn, start, position))
        positions |= {turn: (start, after, position) for turn, start, after in numbered}
        return position

    def following_positions(self, turn: Turn) -> Iterator[tuple[int, int]]:
        """The positions of a turn and of all that follows it, as ranges [first, end)."""
        first, _, end = self.positions[turn]
        yield first, end
        while turn.outer is not None:
            turn = turn.outer
            _, after, end = self.positions[turn]
            yield after, end

    def key(self, slot: Slot) -> DoseKey:
        """The key of a slot, which no delay changes."""
        return DoseKey(self.chain(slot.turn), slot.dose.drug, slot.dose.name, slot.number)

    def chain(self, turn: Turn) -> Chain:
        """The key of a turn, which no delay changes."""
        return self._chains[turn]

    def within(self, turn: Turn | None) -> Sequence[Turn]:
        """The turns directly in a turn, block by block as the file has them."""
        return self._within.get(turn, ())

    def inside(self, turn: Turn) -> frozenset[Turn]:
        """A turn and all turns in it, however deep."""
        first, after, _ = self.positions[turn]
        return frozenset(self._by_position[first:after])

    def following(self, turn: Turn) -> frozenset[Turn]:
        """A turn and everything after it in its sequence.

        That is: what is in it, later turns of its block, and later blocks that no `day` places;
        then the same of each turn around it, for what follows that waits for all in it. A block
        placed by `day` runs in parallel with its siblings: neither delays the other.
        """
        ranges = self.following_positions(turn)
        return frozenset(later for first, end in ranges for later in self._by_position[first:end])

    def successor_of(self, former: Turn, sequential: bool | None = None) -> Chain:
        """The turn of the same name in this plan; else the first from its day on; else itself.

        Args:
            former: a turn of the plan in which an entry was made.
            sequential: look only among sequential turns, or only among parallel ones; None = all.
        """
        if (chain := chain_of(former)) in self.turns:
            return chain
        later = (
            turn
            for turn in self.turns.values()
            if turn.outer is not None
            and turn.start >= former.start
            and sequential in (None, is_sequential(turn))
        )
        first = min(later, key=lambda turn: (turn.start, self.positions[turn]), default=None)
        return chain if first is None else self.chain(first)

    def next(self, turn: Turn) -> Turn | None:
        """The next turn of the same sequence; None after the last."""
        sequence, place = self._sequences[turn]
        return next(iter(sequence[place + 1 : place + 2]), None)

    def opening(self, turn: Turn) -> Turn:
        """The outermost turn that begins with this one; a block placed by `day` begins alone."""
        while turn.outer is not None and turn.outer.outer is not None:
            if turn.block.day is not None or any(self.earlier(turn)):
                return turn
            turn = turn.outer
        return turn

    def preceding(self, turn: Turn) -> Turn | None:
        """The turn after which one begins; None for what begins with the regimen."""
        return next(self.earlier(self.opening(turn)), None)

    def earlier(self, turn: Turn) -> Iterator[Turn]:
        """The turns before one in its sequence, the nearest first."""
        sequence, place = self._sequences[turn]
        return (sequence[index] for index in range(place - 1, -1, -1))


def sibling_order(turn: Turn) -> tuple[int, int]:
    """The place of a turn among those within the same turn, as the file has them."""
    assert turn.outer is not None, "the regimen itself has no siblings"
    return turn.outer.block.blocks.index(turn.block), turn.number


class PrefixSums:
    """Numbers by position, and the sum before any position, both in few steps (Fenwick tree)."""

    def __init__(self, size: int) -> None:
        self._sums = [0] * (size + 1)

    def add(self, position: int, number: int) -> None:
        """Add a number at a position."""
        position += 1
        while position < len(self._sums):
            self._sums[position] += number
            position += position & -position

    def before(self, position: int) -> int:
        """The sum of the numbers before a position."""
        total = 0
        while position:
            total += self._sums[position]
            position -= position & -position
        return total


EMPTY_SPAN = (10**12, -(10**12))
"""The first and the last minute of an empty turn: later than every first, before every last."""


class SpanTree:
    """The first and the last minute, or day, of some turns and of any range of them.

    A segment tree: each node has the span of all turns below it, and by how much these were moved
    together, so that moving a range of turns takes few steps.

    Args:
        spans: the first and the last minute of each turn, by its position.
    """

    def __init__(self, spans: Mapping[int, tuple[int, int]]) -> None:
        self._positions = sorted(spans)
        self._size = size = len(self._positions)
        self._first = [0] * size + [spans[position][0] for position in self._positions]
        self._last = [0] * size + [spans[position][1] for position in self._positions]
        self._moved = [0] * (2 * size)
        for node in range(size - 1, 0, -1):
            self._update(node)

    def _update(self, node: int) -> None:
        below, moved = slice(2 * node, 2 * node + 2), self._moved[node]
        self._first[node] = min(self._first[below]) + moved
        self._last[node] = max(self._last[below]) + moved

    def _covering(self, first: int, end: int) -> list[int]:
        """The nodes that together have the turns in [first, end) below them, and no others."""
        left, right = (self._size + bisect_left(self._positions, edge) for edge in (first, end))
        nodes: list[int] = []
        while left < right:
            nodes += [left] if left & 1 else []
            nodes += [right - 1] if right & 1 else []
            left, right = (left + 1) >> 1, right >> 1
        return nodes

    def _moved_above(self, node: int) -> int:
        moved = 0
        while node := node >> 1:
            moved += self._moved[node]
        return moved

    def move(self, first: int, end: int, by: int) -> None:
        """Move the turns at positions [first, end)."""
        covering = self._covering(first, end)
        for node in covering:
            self._first[node] += by
            self._last[node] += by
            self._moved[node] += by
        above = {node >> up for node in covering for up in range(1, node.bit_length())}
        for node in sorted(above, reverse=True):
            self._update(node)

    def put(self, position: int, span: tuple[int, int]) -> None:
        """Set the span of a turn; one that is not in the tree is ignored."""
        index = bisect_left(self._positions, position)
        if self._positions[index : index + 1] != [position]:
            return
        node = self._size + index
        moved = self._moved_above(node)
        self._first[node], self._last[node] = (minute - moved for minute in span)
        while node := node >> 1:
            self._update(node)

    @property
    def last(self) -> int:
        """The last minute of all turns."""
        return self._last[1]

    def last_in(self, first: int, end: int) -> int:
        """The last minute of the turns at positions [first, end)."""
        lasts = (self._last[node] + self._moved_above(node) for node in self._covering(first, end))
        return max(lasts, default=EMPTY_SPAN[1])

    def earliest_in(self, first: int, end: int) -> int | None:
        """The position, in [first, end), of the turn that begins first; None if all are empty."""
        begins = [self._earliest_below(node) for node in self._covering(first, end)]
        _, leaf = min([(EMPTY_SPAN[0] // 2, -1), *begins])
        return None if leaf < 0 else self._positions[leaf]

    def _earliest_below(self, node: int) -> tuple[int, int]:
        """The first minute below a node, and the number of the leaf that has it."""
        minute = self._first[node] + self._moved_above(node)
        while node < self._size:
            node = 2 * node + (self._first[2 * node] > self._first[2 * node + 1])
        return minute, node - self._size

    def overlapping(self, first: int, end: int) -> Iterator[int]:
        """The positions of the turns whose span overlaps the minutes [first, end)."""
        waiting = [(1, 0)]
        while waiting:
            node, moved = waiting.pop()
            if self._last[node] + moved < first or self._first[node] + moved >= end:
                continue
            if node >= self._size:
                yield self._positions[node - self._size]
            else:
                moved += self._moved[node]
                waiting += [(2 * node, moved), (2 * node + 1, moved)]


class CourseRow(NamedTuple):
    """One administration: as it is now, as it was planned, and what became of it.

    Args:
        planned: as the plan had it before the log; None if only a delay or the log brought it.
        regimen: the regimen text that it follows, and `arm` the arm.
    """

    administration: Administration
    key: DoseKey
    planned: Administration | None
    recorded: Recorded
    regimen: Regimen
    arm: str | None

    @property
    def number(self) -> int:
        """Its row number, as people type it."""
        return self.administration.number


_BlockKey = tuple[Chain, str]  # the turns around a block, and its name


class Decisions:
    """What was decided of which turn, and which turns have begun; updated entry by entry.

    A decision is about a block turn. `no` ends the branch: that turn and every later one of its
    block. `yes` settles the repeat's condition for that turn alone, since each turn is decided
    anew, and the block's own condition for that turn and the later ones. A turn of which a dose was
    given counts as decided for. A condition of a dose is settled dose by dose, as it is given.

    Attributes:
        begun: turns of which a dose was given, and those around them.
    """

    def __init__(self) -> None:
        self.begun: set[Chain] = set()
        self._settled: set[Chain] = set()
        self._first_settled: dict[_BlockKey, int] = {}
        self._against: dict[_BlockKey, list[tuple[int, int, Chain]]] = {}
        self._count = 0

    def begin(self, chain: Chain) -> None:
        """Note that a turn has begun, and those around it."""
        for around in prefixes(chain):
            self.begun.add(around)
            self._settle(around)

    def decide(self, chain: Chain, *, given: bool) -> None:
        """Note the first decision for or against a turn."""
        self._count += 1
        if given:
            self._settle(chain)
            return
        block, number = _in_block(chain)
        against = self._against.setdefault(block, [])
        if not against or number < against[-1][0]:  # else an earlier one has ended it
            against.append((number, self._count, chain))

    def _settle(self, chain: Chain) -> None:
        block, number = _in_block(chain)
        self._settled.add(chain)
        self._first_settled[block] = min(number, self._first_settled.get(block, number))

    def ended(self, chain: Chain) -> Chain | None:
        """The turn whose `no`, the first of several, ended a turn's branch; None if none did."""
        endings: list[tuple[int, Chain]] = []
        for block, number in map(_in_block, prefixes(chain) if self._against else ()):
            against = self._against.get(block, [])
            first = bisect_left(against, -number, key=lambda decision: -decision[0])
            endings += [(order, turn) for _, order, turn in against[first : first + 1]]
        return min(endings)[1] if endings else None

    def open_conditions(self, turn: Turn) -> Iterator[str]:
        """The conditions of a turn and those around it that are not decided yet."""
        return (condition for around in turn.chain() for condition in self._open(around))

    def undecided(self, turn: Turn) -> Turn | None:
        """The outermost turn around one, itself included, that is still to be decided."""
        return next((around for around in turn.chain() if any(self._open(around))), None)

    def _open(self, turn: Turn) -> Iterator[str]:
        chain, block, repeat = chain_of(turn), turn.block, turn.block.repeat
        block_key, number = _in_block(chain)
        if block.only_if and self._first_settled.get(block_key, number + 1) > number:
            yield block.only_if
        if repeat and repeat.only_if and turn.number > 1 and chain not in self._settled:
            yield repeat.only_if

    def settled(self, slots: Iterable[Slot]) -> Iterator[Slot]:
        """Slots with only their open conditions, and `not_before` only in turns not yet begun."""
        open_in: dict[Turn, frozenset[str]] = {}
        for planned in slots:
            begun = planned.not_before and chain_of(planned.turn) in self.begun
            slot = planned._replace(not_before=False) if begun else planned
            if not slot.only_if:
                yield slot
                continue
            if slot.turn not in open_in:
                open_in[slot.turn] = frozenset(self.open_conditions(slot.turn))
            still = open_in[slot.turn] | dose_conditions(slot)
            yield slot._replace(only_if=tuple(name for name in slot.only_if if name in still))


def prefixes(chain: Chain) -> Iterator[Chain]:
    """A turn and those around it, outermost first."""
    return (chain[: depth + 1] for depth in range(len(chain)))


def is_conditional(turn: Turn) -> bool:
    """Whether the file makes a turn itself depend on a condition."""
    repeat = turn.block.repeat
    return bool(turn.block.only_if or (repeat and repeat.only_if and turn.number > 1))


def dose_conditions(slot: Slot) -> frozenset[str]:
    """The conditions of a dose itself, its turn aside."""
    repeat = slot.dose.repeat
    conditions = (slot.dose.only_if, repeat.only_if if repeat else None)
    return frozenset(name for name in conditions if name is not None and name in slot.only_if)


def _in_block(chain: Chain) -> tuple[_BlockKey, int]:
    name, number = chain[-1] if chain else ("", 0)
    return (chain[:-1], name), number
