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
from il2calc.model.log import DoseKey, Reduced, Weighed
from il2calc.plan.schedule import Body

E = TypeVar("E", Weighed, Reduced)


class DosingBases(NamedTuple):
    """The dosing weight [kg] and the share of the amount [%] of doses that were changed."""

    weights: Mapping[DoseKey, Decimal]
    percents: Mapping[DoseKey, Decimal]

    def change(self, key: DoseKey) -> tuple[Decimal | None, Decimal | None]:
        """The weight and the share that a dose was changed to; None where it was not."""
        return self.weights.get(key), self.percents.get(key)

    def of(self, key: DoseKey, planned: Body) -> Body:
        """The body that a dose is reckoned with, given the one that it was planned with."""
        patient, percent = planned
        if key in self.weights and self.weights[key] != patient.weight:
            patient = replace(patient, weight=self.weights[key])
        return Body(patient, self.percents.get(key, percent))


def dosing_bases(standing: CourseState) -> DosingBases:
    """The doses that weights and reductions of a log change."""
    weights: dict[DoseKey, Decimal] = {}
    percents: dict[DoseKey, Decimal] = {}
    slots = standing.places.slots
    by_date = sorted(standing.weights, key=lambda told: (told.effect.on, told.entry.number))
    for taken_up, reached in _reaching(standing, by_date):
        on, weight = taken_up.on, taken_up.weight
        later = (key for key in reached if standing.moments.of(slots[key]).date() >= on)
        weights |= dict.fromkeys(later, weight)
    for reduction, reached in _reaching(standing, standing.reductions):
        own = (key for key in reached if key.drug == reduction.drug)
        percents |= dict.fromkeys(own, reduction.percent)
    return DosingBases(weights, percents)


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
