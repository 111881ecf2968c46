"""What a course's conditions have come to: decided for, decided against, or still open.

A decision speaks of a block turn. `no` ends the branch: that turn and every later one of its
block. `yes` settles the repeat's condition for that turn alone, since each turn is decided anew,
and the block's own condition for that turn and the later ones. A turn of which a dose was given
counts as decided for. A condition of a dose is settled dose by dose, by giving or holding it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from il2calc.model.effects import Chain
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot

_Named = tuple[Chain, str]


class Decisions:
    """What was decided of which turn, and which turns have begun; kept as that grows.

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
