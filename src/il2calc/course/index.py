"""Where doses and turns are found, whatever is delayed, and what was decided of which turn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from il2calc.model.effects import Chain, DoseKey
from il2calc.model.regimen import Dose, Regimen
from il2calc.plan.administration import Administration, Recorded, gathered
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot, Timetable


def key_of(row: Administration) -> DoseKey:
    """An administration by what no delay changes."""
    return DoseKey(chain_of(row.turn), row.dose.drug, row.dose.name, row.dose_number)


def lies_in_line(turn: Turn) -> bool:
    """Whether neither a turn nor one around it is placed by day, beside what it lies in."""
    return all(each.block.day is None for each in turn.chain())


class Index:
    """The doses and block turns of a timetable, found by what no delay changes."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.turns = {chain_of(turn): turn for turn, _ in timetable.turns}
        self.late = dict(timetable.turns)
        self._chains = {turn: chain for chain, turn in self.turns.items()}
        self._within = gathered((turn.outer, turn) for turn in self.turns.values())

    @cached_property
    def slots(self) -> dict[DoseKey, Slot]:
        """Every slot by its key, in the order of time."""
        return {self.key(slot): slot for slot in self.timetable.slots}

    @cached_property
    def by_turn(self) -> dict[Chain, dict[DoseKey, Slot]]:
        """The slots that stand in each turn itself, in the order of time."""
        found = gathered((key.turns, (key, slot)) for key, slot in self.slots.items())
        return {turns: dict(slots) for turns, slots in found.items()}

    @cached_property
    def homes(self) -> dict[str, dict[Dose, dict[Chain, None]]]:
        """The turns in which each dose of a drug stands."""
        found: dict[str, dict[Dose, dict[Chain, None]]] = {}
        for key, slot in self.slots.items():
            found.setdefault(key.drug, {}).setdefault(slot.dose, {})[key.turns] = None
        return found

    @cached_property
    def going_on(self) -> dict[Turn, dict[Dose, Turn]]:
        """The doses in a turn that go on through a delay, each with the last turn that it is in."""
        found: dict[Turn, dict[Dose, Turn]] = {}
        for slot in self.timetable.slots:
            if slot.dose.during_delay:
                for turn in slot.turn.chain():
                    found.setdefault(turn, {})[slot.dose] = slot.turn
        return found

    @cached_property
    def _lines(self) -> dict[Turn, tuple[list[Turn], int]]:
        """The line that each turn stands in, in order, and its place in it.

        A block placed by `day` runs beside its siblings: its turns, whichever text or arm they
        follow, are a line of their own.
        """
        found: dict[Turn, tuple[list[Turn], int]] = {}
        for outer, inner in self._within.items():
            lines: dict[str | None, list[Turn]] = {}
            for turn in inner:
                alone = outer is None or turn.block.day is not None
                lines.setdefault(turn.block.name if alone else None, []).append(turn)
            for line in lines.values():
                ordered = line if outer is None else sorted(line, key=place_in_line)
                found |= {turn: (ordered, place) for place, turn in enumerate(ordered)}
        return found

    @cached_property
    def places(self) -> dict[Turn, tuple[int, int, int]]:
        """Each turn counted, before those in it and line by line.

        Its own place, the place after all that lie in it, and that after all in its line.
        """
        found: dict[Turn, tuple[int, int, int]] = {}
        self._count([self.turns[()]], 0, found)
        return found

    @cached_property
    def _placed(self) -> list[Turn]:
        return sorted(self.places, key=self.places.__getitem__)

    def _count(self, line: list[Turn], place: int, found: dict[Turn, tuple[int, int, int]]) -> int:
        counted: list[tuple[Turn, int, int]] = []
        for turn in line:
            own, place = place, place + 1
            for inner in self.within(turn):
                beside, first = self._lines[inner]
                if first == 0:
                    place = self._count(beside, place, found)
            counted.append((turn, own, place))
        found |= {turn: (own, after, place) for turn, own, after in counted}
        return place

    def reach(self, turn: Turn) -> Iterator[tuple[int, int]]:
        """The places of a turn and of everything that follows it: from one to before another."""
        first, _, end = self.places[turn]
        yield first, end
        while turn.outer is not None:
            turn = turn.outer
            _, after, end = self.places[turn]
            yield after, end

    def key(self, slot: Slot) -> DoseKey:
        """A slot by what no delay changes."""
        return DoseKey(self.chain(slot.turn), slot.dose.drug, slot.dose.name, slot.number)

    def chain(self, turn: Turn) -> Chain:
        """A turn by what no delay changes."""
        return self._chains[turn]

    def within(self, turn: Turn | None) -> Sequence[Turn]:
        """The turns directly in a turn, block by block as the file has them."""
        return self._within.get(turn, ())

    def inside(self, turn: Turn) -> frozenset[Turn]:
        """A turn and all that lie in it."""
        first, after, _ = self.places[turn]
        return frozenset(self._placed[first:after])

    def following(self, turn: Turn) -> frozenset[Turn]:
        """A turn and everything after it in its sequence.

        That is: what lies in it, later turns of its block, blocks after it that are placed in
        line; then the same of each turn around it, for what follows that waits for all in it.
        A block placed by `day` runs beside its siblings: neither moves the other.
        """
        return frozenset(
            one for stretch in self.reach(turn) for one in self._placed[slice(*stretch)]
        )

    def counted_from(self, named: Turn, in_line: bool | None = None) -> Chain:
        """The turn that an entry names, by this plan; where it is gone, the first from its day on.

        Args:
            named: by the plan that the entry was made in; itself where nothing takes its place.
            in_line: look only among turns in line, or only among those beside; None = among all.
        """
        if (chain := chain_of(named)) in self.turns:
            return chain
        later = (
            turn
            for turn in self.turns.values()
            if turn.outer is not None
            and turn.start >= named.start
            and in_line in (None, lies_in_line(turn))
        )
        first = min(later, key=lambda turn: (turn.start, self.places[turn]), default=None)
        return chain if first is None else self.chain(first)

    def next(self, turn: Turn) -> Turn | None:
        """The turn that follows one within the turn around both; None where none does."""
        line, place = self._lines[turn]
        return next(iter(line[place + 1 : place + 2]), None)

    def opening(self, turn: Turn) -> Turn:
        """The outermost turn that begins with this one, nothing standing in line before it.

        A block placed by `day` stands in no line: it begins with no other.
        """
        while turn.outer is not None and turn.outer.outer is not None:
            if turn.block.day is not None or any(self.earlier(turn)):
                return turn
            turn = turn.outer
        return turn

    def preceding(self, turn: Turn) -> Turn | None:
        """The turn after which one begins; None for what begins with the regimen."""
        return next(self.earlier(self.opening(turn)), None)

    def earlier(self, turn: Turn) -> Iterator[Turn]:
        """The turns before one in its line, the nearest first."""
        line, place = self._lines[turn]
        return (line[at] for at in range(place - 1, -1, -1))


def place_in_line(turn: Turn) -> tuple[int, int]:
    """The place of a turn among those within the same turn, as the file has them."""
    assert turn.outer is not None, "the regimen itself stands in no line"
    return turn.outer.block.blocks.index(turn.block), turn.number


class Sums:
    """Numbers at places in a row, and what those before a place add up to, in few steps."""

    def __init__(self, places: int) -> None:
        self._sums = [0] * (places + 1)

    def add(self, place: int, number: int) -> None:
        """Let the number at a place grow."""
        place += 1
        while place < len(self._sums):
            self._sums[place] += number
            place += place & -place

    def before(self, place: int) -> int:
        """The sum of the numbers before a place."""
        found = 0
        while place:
            found += self._sums[place]
            place -= place & -place
        return found


NOTHING = (10**12, -(10**12))
"""Later than every first minute, earlier than every last one: of a turn in which nothing lies."""


class Spread:
    """The first and the last minute of what lies in each of some turns, and in all of them.

    A tree over the turns, whose every node knows them of all below it and by how much these were
    moved together, so that moving a stretch of turns takes few steps.

    Args:
        minutes: the first and the last of each turn, by its place.
    """

    def __init__(self, minutes: Mapping[int, tuple[int, int]]) -> None:
        self._places = sorted(minutes)
        self._size = size = len(self._places)
        self._first = [0] * size + [minutes[place][0] for place in self._places]
        self._last = [0] * size + [minutes[place][1] for place in self._places]
        self._more = [0] * (2 * size)
        for node in range(size - 1, 0, -1):
            self._gather(node)

    def _gather(self, node: int) -> None:
        below, more = slice(2 * node, 2 * node + 2), self._more[node]
        self._first[node] = min(self._first[below]) + more
        self._last[node] = max(self._last[below]) + more

    def _covering(self, first: int, end: int) -> list[int]:
        """The nodes below which the turns from one place to before another stand, and no others."""
        left, right = (self._size + bisect_left(self._places, place) for place in (first, end))
        found: list[int] = []
        while left < right:
            found += [left] if left & 1 else []
            found += [right - 1] if right & 1 else []
            left, right = (left + 1) >> 1, right >> 1
        return found

    def _moved(self, node: int) -> int:
        """By how much the nodes above one were moved."""
        moved = 0
        while node := node >> 1:
            moved += self._more[node]
        return moved

    def move(self, first: int, end: int, by: int) -> None:
        """Move the turns from one place to before another by so many minutes."""
        covering = self._covering(first, end)
        for node in covering:
            self._first[node] += by
            self._last[node] += by
            self._more[node] += by
        above = {node >> up for node in covering for up in range(1, node.bit_length())}
        for node in sorted(above, reverse=True):
            self._gather(node)

    def put(self, place: int, minutes: tuple[int, int]) -> None:
        """Let a turn have other minutes; one that is not among them has none."""
        at = bisect_left(self._places, place)
        if self._places[at : at + 1] != [place]:
            return
        node = self._size + at
        moved = self._moved(node)
        self._first[node], self._last[node] = (minute - moved for minute in minutes)
        while node := node >> 1:
            self._gather(node)

    @property
    def last(self) -> int:
        """The last minute of all."""
        return self._last[1]

    def last_of(self, first: int, end: int) -> int:
        """The last minute of the turns from one place to before another."""
        found = (self._last[node] + self._moved(node) for node in self._covering(first, end))
        return max(found, default=NOTHING[1])

    def first(self, first: int, end: int) -> int | None:
        """The place, from one to before another, of the turn in which something lies first."""
        found = [self._first_below(node) for node in self._covering(first, end)]
        _, leaf = min([(NOTHING[0] // 2, -1), *found])
        return None if leaf < 0 else self._places[leaf]

    def _first_below(self, node: int) -> tuple[int, int]:
        """The first minute below a node, and where the turn that has it stands among all."""
        minute = self._first[node] + self._moved(node)
        while node < self._size:
            node = 2 * node + (self._first[2 * node] > self._first[2 * node + 1])
        return minute, node - self._size

    def between(self, first: int, end: int) -> Iterator[int]:
        """The places of turns of which something may lie from one minute to before another."""
        coming = [(1, 0)]
        while coming:
            node, moved = coming.pop()
            if self._last[node] + moved < first or self._first[node] + moved >= end:
                continue
            if node >= self._size:
                yield self._places[node - self._size]
            else:
                moved += self._more[node]
                coming += [(2 * node, moved), (2 * node + 1, moved)]


class CourseRow(NamedTuple):
    """One administration: as it lies now, as the plan had it, and what became of it.

    Args:
        plain: as the plan had it before the log; None where a delay added it.
        text: of the regimen, that it follows, and `arm` the arm of it.
    """

    administration: Administration
    key: DoseKey
    plain: Administration | None
    recorded: Recorded
    text: Regimen
    arm: str | None

    @property
    def number(self) -> int:
        """Its row number, as people type it."""
        return self.administration.number


_Named = tuple[Chain, str]


class Decisions:
    """What was decided of which turn, and which turns have begun; kept as that grows.

    A decision speaks of a block turn. `no` ends the branch: that turn and every later one of its
    block. `yes` settles the repeat's condition for that turn alone, since each turn is decided
    anew, and the block's own condition for that turn and the later ones. A turn of which a dose was
    given counts as decided for. A condition of a dose is settled dose by dose, as it is given.

    Attributes:
        begun: turns of which a dose was given, and those around them.
    """

    def __init__(self) -> None:
        self.begun: set[Chain] = set()
        self._settled: set[Chain] = set()
        self._first_settled: dict[_Named, int] = {}
        self._against: dict[_Named, list[tuple[int, int, Chain]]] = {}
        self._made = 0

    def begin(self, chain: Chain) -> None:
        """Let a turn have begun, and those around it."""
        for around in prefixes(chain):
            self.begun.add(around)
            self._settle(around)

    def decide(self, chain: Chain, *, given: bool) -> None:
        """Let a turn be decided for or against that was not decided yet."""
        self._made += 1
        if given:
            self._settle(chain)
            return
        block, number = _in_block(chain)
        against = self._against.setdefault(block, [])
        if not against or number < against[-1][0]:  # else an earlier one has ended it
            against.append((number, self._made, chain))

    def _settle(self, chain: Chain) -> None:
        block, number = _in_block(chain)
        self._settled.add(chain)
        self._first_settled[block] = min(number, self._first_settled.get(block, number))

    def ended(self, chain: Chain) -> Chain | None:
        """The turn whose `no` ended the branch that a turn lies on; None where none did."""
        found: list[tuple[int, Chain]] = []
        for block, number in map(_in_block, prefixes(chain) if self._against else ()):
            against = self._against.get(block, [])
            first = bisect_left(against, -number, key=lambda each: -each[0])
            found += [(made, turn) for _, made, turn in against[first : first + 1]]
        return min(found)[1] if found else None

    def open(self, turn: Turn) -> Iterator[str]:
        """The conditions of a turn and those around it that nobody has decided."""
        return (condition for around in turn.chain() for condition in self._own(around))

    def undecided(self, turn: Turn) -> Turn | None:
        """The outermost turn around one, itself included, that is still to be decided."""
        return next((around for around in turn.chain() if any(self._own(around))), None)

    def _own(self, turn: Turn) -> Iterator[str]:
        chain, block, repeat = chain_of(turn), turn.block, turn.block.repeat
        named, number = _in_block(chain)
        if block.only_if and self._first_settled.get(named, number + 1) > number:
            yield block.only_if
        if repeat and repeat.only_if and turn.number > 1 and chain not in self._settled:
            yield repeat.only_if

    def settled(self, slots: Iterable[Slot]) -> Iterator[Slot]:
        """Slots that carry only the conditions, and the rests without an end, still open."""
        known: dict[Turn, frozenset[str]] = {}
        for planned in slots:
            begun = planned.not_before and chain_of(planned.turn) in self.begun
            slot = planned._replace(not_before=False) if begun else planned
            if not slot.only_if:
                yield slot
                continue
            if slot.turn not in known:
                known[slot.turn] = frozenset(self.open(slot.turn))
            still = known[slot.turn] | of_dose(slot)
            yield slot._replace(only_if=tuple(name for name in slot.only_if if name in still))


def prefixes(chain: Chain) -> Iterator[Chain]:
    """A turn and those around it, outermost first."""
    return (chain[: place + 1] for place in range(len(chain)))


def is_conditional(turn: Turn) -> bool:
    """Whether the file says of a turn itself that it depends on something."""
    repeat = turn.block.repeat
    return bool(turn.block.only_if or (repeat and repeat.only_if and turn.number > 1))


def of_dose(slot: Slot) -> frozenset[str]:
    """What a dose itself depends on, its turn aside."""
    repeat = slot.dose.repeat
    said = (slot.dose.only_if, repeat.only_if if repeat else None)
    return frozenset(name for name in said if name is not None and name in slot.only_if)


def _in_block(chain: Chain) -> tuple[_Named, int]:
    """The block of a turn within those around it, and its number there."""
    name, number = chain[-1] if chain else ("", 0)
    return (chain[:-1], name), number
