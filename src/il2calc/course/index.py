"""Where doses and block turns are found in a timetable, by what no delay changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from il2calc.model.effects import Chain, DoseKey
from il2calc.plan.administration import Administration, Recorded
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.timing import Slot, Timetable


def key_of(row: Administration) -> DoseKey:
    """An administration by what no delay changes."""
    return DoseKey(chain_of(row.turn), row.dose.drug, row.dose.name, row.dose_number)


class Index:
    """The doses and block turns of a timetable, found by what no delay changes."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.turns = {chain_of(turn): turn for turn, _ in timetable.turns}
        self.late = dict(timetable.turns)
        self._chains = {turn: chain for chain, turn in self.turns.items()}
        self._within: dict[Turn | None, list[Turn]] = {}
        for turn in self.turns.values():
            self._within.setdefault(turn.outer, []).append(turn)

    @cached_property
    def slots(self) -> dict[DoseKey, Slot]:
        """Every slot by its key, in the order of time."""
        return {self.key(slot): slot for slot in self.timetable.slots}

    def key(self, slot: Slot) -> DoseKey:
        """A slot by what no delay changes."""
        return DoseKey(self.chain(slot.turn), slot.dose.drug, slot.dose.name, slot.number)

    def chain(self, turn: Turn) -> Chain:
        """A turn by what no delay changes."""
        return self._chains[turn]

    def within(self, turn: Turn) -> Sequence[Turn]:
        """The turns directly in a turn, block by block as the file has them."""
        return self._within.get(turn, ())

    def inside(self, turn: Turn) -> frozenset[Turn]:
        """A turn and all that lie in it."""
        return frozenset(self._walk(turn))

    def _walk(self, turn: Turn) -> Iterator[Turn]:
        yield turn
        for inner in self.within(turn):
            yield from self._walk(inner)

    def following(self, turn: Turn) -> frozenset[Turn]:
        """A turn and everything after it in its sequence.

        That is: what lies in it, later turns of its block, blocks after it that are placed in
        line; then the same of each turn around it, for what follows that waits for all in it.
        A block placed by `day` runs beside its siblings: neither moves the other.
        """
        found = set(self.inside(turn))
        each: Turn | None = turn
        while each is not None:
            for sibling in self._after(each):
                found |= self.inside(sibling)
            each = each.outer
        return frozenset(found)

    def next(self, turn: Turn) -> Turn | None:
        """The turn that follows one within the turn around both; None where none does."""
        return min(self._after(turn), key=_order, default=None)

    def opening(self, turn: Turn) -> Turn:
        """The outermost turn that begins with this one, nothing standing in line before it.

        A block placed by `day` stands in no line: it begins with no other.
        """
        while turn.outer is not None and turn.outer.outer is not None:
            if turn.block.day is not None or self._before(turn) is not None:
                return turn
            turn = turn.outer
        return turn

    def preceding(self, turn: Turn) -> Turn | None:
        """The turn after which one begins; None for what begins with the regimen."""
        return self._before(self.opening(turn))

    def _before(self, turn: Turn) -> Turn | None:
        siblings = self._within[turn.outer]
        before = (sibling for sibling in siblings if _precedes(sibling, turn))
        return max(before, key=_order, default=None)

    def _after(self, turn: Turn) -> list[Turn]:
        return [later for later in self._within[turn.outer] if _precedes(turn, later)]


def innermost(places: Index, day: int) -> Turn:
    """The innermost turn that a day lies in; that of the regimen where it lies in no block."""
    holding = (
        turn for turn in places.turns.values() if turn.start <= day < turn.start + turn.length
    )
    return max(holding, key=lambda turn: len(places.chain(turn)), default=places.turns[()])


def _precedes(one: Turn, other: Turn) -> bool:
    """Whether a turn stands in line before another one within the same turn."""
    if one.block is other.block:
        return one.number < other.number
    return one.block.day is None and other.block.day is None and _order(one) < _order(other)


def _order(turn: Turn) -> tuple[int, int]:
    """The place of a turn among those within the same turn, as the file has them."""
    assert turn.outer is not None, "the regimen itself stands in no line"
    return turn.outer.block.blocks.index(turn.block), turn.number


class CourseRow(NamedTuple):
    """One administration: as it lies now, as the plan had it, and what became of it.

    Args:
        plain: as the plan had it before the log; None where a delay added it.
    """

    administration: Administration
    key: DoseKey
    plain: Administration | None
    recorded: Recorded

    @property
    def number(self) -> int:
        """Its row number, as people type it."""
        return self.administration.number
