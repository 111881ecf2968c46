"""Whose body each dose is reckoned with: measures that were taken up, drugs that were reduced.

A new measure changes no dose by itself, for weight gained under treatment may be fluid. Taken up,
it counts from the first dose of the block turn that is named, and for all later doses in time.
Each measure counts until a newer one of its kind. A body surface area that was given counts, until
a height is measured without one: it is then reckoned from height and weight again.
A percentage counts so too, for the drug named alone; it is of the amount in the file, and applies
before cap and rounding. Of two measures that reach a dose the later weighing counts, of two
percentages the later entry. Doses given before an entry stay as they were given.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from il2calc.course.state import CourseState, Told
from il2calc.model.effects import Chain, DoseKey, Reduced, Weighed
from il2calc.model.patient import Patient
from il2calc.plan.schedule import Body
from il2calc.plan.timing import Slot
from il2calc.units import Quantity


class TakenUp(NamedTuple):
    """A weighing that doses are reckoned with, and the body before and after it."""

    told: Told[Weighed]
    was: Patient
    now: Patient


class DosingBases(NamedTuple):
    """The body of doses, and what they were changed to: a share [%] or an amount.

    Args:
        start: the body of all other doses.
        bodies: of doses that a weighing reaches, each with the number of the newest one.
        by: the entry that changed each amount, by its number.
        taken_up: the weighings that reach a dose, by their days.
    """

    start: Patient
    bodies: Mapping[DoseKey, tuple[Patient, int]]
    amounts: Mapping[DoseKey, Decimal | Quantity]
    by: Mapping[DoseKey, int]
    taken_up: tuple[TakenUp, ...]

    def change(self, key: DoseKey) -> tuple[Patient, Decimal | Quantity | None]:
        """The body of a dose, and the amount that it was changed to; None where it was not."""
        return self.body(key), self.amounts.get(key)

    def body(self, key: DoseKey) -> Patient:
        """The body that a dose is reckoned with."""
        return self.bodies.get(key, (self.start, 0))[0]

    def of(self, key: DoseKey, planned: Body) -> Body:
        """The body that a dose is reckoned with, given the one that it was planned with."""
        to = self.amounts.get(key, planned.percent)
        if isinstance(to, Quantity):
            return Body(self.body(key), Decimal(100), to)
        return Body(self.body(key), to)


def dosing_bases(standing: CourseState) -> DosingBases:
    """The doses that weighings and reductions of a log change."""
    bodies: dict[DoseKey, tuple[Patient, int]] = {}
    amounts: dict[DoseKey, Decimal | Quantity] = {}
    by: dict[DoseKey, int] = {}
    taken_up: list[TakenUp] = []
    slots, start = standing.places.slots, (standing.log.patient, 0)
    for told in sorted(standing.weights, key=by_date):
        entry, weighing, before = told
        after: dict[Patient, Patient] = {}
        for key in _reached(standing, weighing.use_from, before):
            if standing.moments.of(slots[key]).date() >= weighing.on:
                was, _ = bodies.get(key, start)
                after[was] = after.get(was) or weighing.anew(was)
                bodies[key] = after[was], entry.number
        taken_up += [TakenUp(told, *change) for change in list(after.items())[:1]]
    for entry, reduction, before in standing.reductions:
        reached = _reached(standing, reduction.start, before)
        own = [key for key in reached if is_of(key, reduction)]
        amounts |= dict.fromkeys(own, reduction.to)
        by |= dict.fromkeys(own, entry.number)
    return DosingBases(start[0], bodies, amounts, by, tuple(taken_up))


def in_use(standing: CourseState) -> Patient:
    """The body with every weighing that is taken up, whatever doses it reaches."""
    body = standing.log.patient
    for _, weighing, _ in sorted(standing.weights, key=by_date):
        body = weighing.anew(body) if weighing.use_from is not None else body
    return body


def by_date(told: Told[Weighed]) -> tuple[date, int]:
    """Of two weighings that reach a dose the one of the later day counts, then the later entry."""
    return told.effect.on, told.entry.number


def bodies_of(standing: CourseState, keys: Iterable[DoseKey]) -> dict[DoseKey, Patient]:
    """The body that each of some doses is reckoned with."""
    if all(told.effect.use_from is None for told in standing.weights):
        return dict.fromkeys(keys, standing.log.patient)
    bases = dosing_bases(standing)
    return {key: bases.body(key) for key in keys}


def is_of(key: DoseKey, reduction: Reduced) -> bool:
    """Whether a dose is one of those that an entry changes."""
    return key.drug == reduction.drug and reduction.dose in (None, key.dose)


def _reached(
    standing: CourseState, turn: Chain | None, before: Container[DoseKey]
) -> Iterator[DoseKey]:
    """The doses from a turn on that were not given before, in the order of time."""
    if turn is not None:
        yield from (key for key, _ in from_turn(standing, turn) if key not in before)


def from_turn(standing: CourseState, chain: Chain) -> list[tuple[DoseKey, Slot]]:
    """The first dose of a turn and everything after it in time; nothing for an empty turn."""
    own = next(standing.slots_in(chain), None)
    if own is None:
        return []
    slots = standing.places.slots.items()
    return [(key, slot) for key, slot in slots if slot.minute >= own[1].minute]
