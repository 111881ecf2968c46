"""Whose body each dose is reckoned with: weights that were taken up, drugs that were reduced.

A new weight changes no dose by itself, for weight gained under treatment may be fluid. Taken up,
it counts from the first dose of the block turn that is named, and for all later doses in time.
A percentage counts so too, for the drug named alone; it is of the amount in the file, and applies
before cap and rounding. Of two weights that reach a dose the later weighing counts, of two
percentages the later entry. Doses given before an entry stay as they were given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple, TypeVar

from il2calc.course.admit_turns import from_turn
from il2calc.course.state import CourseState, Told
from il2calc.model.effects import DoseKey, Reduced, Weighed
from il2calc.plan.schedule import Body
from il2calc.units import Quantity

E = TypeVar("E", Weighed, Reduced)


class DosingBases(NamedTuple):
    """The dosing weight [kg] of doses, and what they were changed to: a share [%] or an amount.

    Args:
        by: the entry that changed each, by its number.
    """

    weights: Mapping[DoseKey, Decimal]
    amounts: Mapping[DoseKey, Decimal | Quantity]
    by: Mapping[DoseKey, int]

    def change(self, key: DoseKey) -> tuple[Decimal | None, Decimal | Quantity | None]:
        """The weight and the amount that a dose was changed to; None where it was not."""
        return self.weights.get(key), self.amounts.get(key)

    def of(self, key: DoseKey, planned: Body) -> Body:
        """The body that a dose is reckoned with, given the one that it was planned with."""
        patient, percent, _ = planned
        if key in self.weights and self.weights[key] != patient.weight:
            patient = replace(patient, weight=self.weights[key])
        to = self.amounts.get(key, percent)
        if isinstance(to, Quantity):
            return Body(patient, Decimal(100), to)
        return Body(patient, to)


def dosing_bases(standing: CourseState) -> DosingBases:
    """The doses that weights and reductions of a log change."""
    weights: dict[DoseKey, Decimal] = {}
    amounts: dict[DoseKey, Decimal | Quantity] = {}
    by: dict[DoseKey, int] = {}
    slots = standing.places.slots
    by_date = sorted(standing.weights, key=lambda told: (told.effect.on, told.entry.number))
    for taken_up, reached in _reaching(standing, by_date):
        on, weight = taken_up.on, taken_up.weight
        later = (key for key in reached if standing.moments.of(slots[key]).date() >= on)
        weights |= dict.fromkeys(later, weight)
    for told in standing.reductions:
        for reduction, reached in _reaching(standing, [told]):
            own = [key for key in reached if is_of(key, reduction)]
            amounts |= dict.fromkeys(own, reduction.to)
            by |= dict.fromkeys(own, told.entry.number)
    return DosingBases(weights, amounts, by)


def is_of(key: DoseKey, reduction: Reduced) -> bool:
    """Whether a dose is one of those that an entry changes."""
    return key.drug == reduction.drug and reduction.dose in (None, key.dose)


def _reaching(
    standing: CourseState, changes: Iterable[Told[E]]
) -> Iterator[tuple[E, list[DoseKey]]]:
    """Changes with the doses that each reaches, in their own order."""
    for told in changes:
        effect = told.effect
        turn = effect.use_from if isinstance(effect, Weighed) else effect.start
        if turn is not None:
            reached = from_turn(standing, turn)
            yield effect, [key for key, _ in reached if key not in told.before]
