"""What a course's conditions have come to: decided for, decided against, or still open.

A decision speaks of a block turn. `no` ends the branch: that turn and every later one of its
block. `yes` settles the repeat's condition for that turn alone, since each turn is decided anew,
and the block's own condition for that turn and the later ones. A turn of which a dose was given
counts as decided for. A condition of a dose is settled dose by dose, by giving or holding it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from il2calc.model.effects import Chain
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot


class Decisions(NamedTuple):
    """What was decided of which turn, and which turns have begun.

    Args:
        given: by turn; True = it is given.
        begun: turns of which a dose was given, and those around them.
    """

    given: Mapping[Chain, bool]
    begun: Collection[Chain]

    def ended(self, chain: Chain) -> Chain | None:
        """The turn whose `no` ended the branch that a turn lies on; None where none did."""
        return next(
            (
                turn
                for turn, given in self.given.items()
                if not given and any(_same_or_earlier(turn, prefix) for prefix in prefixes(chain))
            ),
            None,
        )

    def _settled(self, chain: Chain) -> bool:
        return chain in self.begun or self.given.get(chain, False)

    def open(self, turn: Turn) -> Iterator[str]:
        """The conditions of a turn and those around it that nobody has decided."""
        return (condition for around in turn.chain() for condition in self._own(around))

    def undecided(self, turn: Turn) -> Turn | None:
        """The outermost turn around one, itself included, that is still to be decided."""
        return next((around for around in turn.chain() if any(self._own(around))), None)

    def _own(self, turn: Turn) -> Iterator[str]:
        chain, block, repeat = chain_of(turn), turn.block, turn.block.repeat
        if block.only_if and not any(
            self._settled(earlier)
            for earlier in (*self.given, *self.begun)
            if _same_or_earlier(earlier, chain)
        ):
            yield block.only_if
        if repeat and repeat.only_if and turn.number > 1 and not self._settled(chain):
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


def _same_or_earlier(one: Chain, other: Chain) -> bool:
    """Whether a turn is another one, or an earlier turn of its block."""
    if one[:-1] != other[:-1]:
        return False
    return one[-1][0] == other[-1][0] and one[-1][1] <= other[-1][1]
