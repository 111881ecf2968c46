"""Whose body each dose is calculated with: measures that were taken up, drugs that were reduced.

A new measure changes no dose by itself, for weight gained under treatment may be fluid. Taken up,
it counts from the first dose of the block turn that is named, and for all later doses in time.
Each measure counts until a newer one of its kind. A body surface area that was given counts, until
a height is measured without one: it is then calculated from height and weight again.
A percentage counts so too, for the drug named alone; it is of the amount in the file, and applies
before cap and rounding. Of two measures that reach a dose the later weighing counts, of two
percentages the later entry. Doses given before an entry stay as they were given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from il2calc.course.state import CourseState, Told
from il2calc.errors import Refused
from il2calc.model.effects import Chain, DoseKey, Reduced, Weighed
from il2calc.model.measure import quantities
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, Dose
from il2calc.plan.schedule import Body
from il2calc.plan.timing import Slot
from il2calc.units import Quantity, safe_quantity, same_dimension

Whose = Mapping[str, int]
"""The number of the entry that each measure of a body is of; none for what the log began with."""


class TakenUp(NamedTuple):
    """A weighing that doses are calculated with, and the body before and after it."""

    told: Told[Weighed]
    was: Patient
    now: Patient


class DosingBases(NamedTuple):
    """The body of doses, and what they were changed to: a share [%] or an amount.

    Args:
        start: the body of all other doses.
        bodies: of doses that a weighing reaches, each with the entries of its measures.
        by: the entry that changed each amount, by its number.
        taken_up: the weighings that reach a dose, by their days.
    """

    start: Patient
    bodies: Mapping[DoseKey, tuple[Patient, Whose]]
    amounts: Mapping[DoseKey, Decimal | Quantity]
    by: Mapping[DoseKey, int]
    taken_up: tuple[TakenUp, ...]

    def change(self, key: DoseKey) -> tuple[Patient, Decimal | Quantity | None]:
        """The body of a dose, and the amount that it was changed to; None where it was not."""
        return self.body(key), self.amounts.get(key)

    def body(self, key: DoseKey) -> Patient:
        """The body that a dose is calculated with."""
        return self.bodies[key][0] if key in self.bodies else self.start

    def reckons_with(self, number: int) -> bool:
        """Whether some dose is calculated with a measure that an entry brought."""
        return any(number in whose.values() for _, whose in self.bodies.values())

    def of(self, key: DoseKey, planned: Body) -> Body:
        """The body that a dose is calculated with, given the one that it was planned with.

        What no plan had is as much as was entered, at no share.
        """
        if key.dose == UNPLANNED:
            return Body(self.body(key), Decimal(100))
        to = self.amounts.get(key, planned.percent)
        if isinstance(to, Quantity):
            return Body(self.body(key), Decimal(100), to)
        return Body(self.body(key), to)


def dosing_bases(state: CourseState) -> DosingBases:
    """The doses that weighings and reductions of a log change.

    Raises:
        Refused: an amount that was set reaches a dose that is measured otherwise, as what moved it
            may let it.
    """
    amounts: dict[DoseKey, Decimal | Quantity] = {}
    by: dict[DoseKey, int] = {}
    weighings = sorted(state.weights, key=by_date)
    bodies, taken_up = _weighed(state, weighings)
    named = dict.fromkeys((told.effect.drug, told.effect.dose) for told in state.reductions)
    for which in named:
        for key, reduction in _last(state, named, *which):
            refuse_otherwise(state, reduction, key, state.places.slots[key].dose)
            amounts[key], by[key] = reduction.effect.to, reduction.entry.number
    return DosingBases(state.log.patient, bodies, amounts, by, taken_up)


def refuse_otherwise(
    state: CourseState, reduction: Told[Reduced], which: DoseKey | None, dose: Dose
) -> None:
    """Refuse a dose that is measured otherwise than the amount that it is set to.

    Args:
        which: it is, where it lies in the course.
    """
    to, planned = reduction.effect.to, dose.amount(state.arm)
    if not isinstance(to, Quantity) or isinstance(planned, str):
        return
    unit = quantities(planned)[0].given_in()
    if not same_dimension(unit, to.given_in()):
        name = dose.path if which is None else state.name(which)
        raise Refused(
            f"{name} is measured in {unit}, and entry {reduction.entry.number} sets {dose.drug} "
            f"to {safe_quantity(to)}; undo that entry first"
        )


def in_use(state: CourseState) -> Patient:
    """The body with every weighing that is taken up, whatever doses it reaches."""
    body = state.log.patient
    for _, weighing, _ in sorted(state.weights, key=by_date):
        body = weighing.anew(body) if weighing.use_from is not None else body
    return body


def by_date(told: Told[Weighed]) -> tuple[date, int]:
    """Of two weighings that reach a dose the one of the later day counts, then the later entry."""
    return told.effect.on, told.entry.number


def bodies_of(state: CourseState, keys: Iterable[DoseKey]) -> dict[DoseKey, Patient]:
    """The body that each of some doses is calculated with."""
    bodies, _ = _weighed(state, sorted(state.weights, key=by_date))
    return {key: bodies.get(key, (state.log.patient, 0))[0] for key in keys}


def is_of(key: DoseKey, reduction: Reduced) -> bool:
    """Whether a dose is one of those that an entry changes: none that no plan had."""
    planned = key.dose != UNPLANNED
    return planned and key.drug == reduction.drug and reduction.dose in (None, key.dose)


def _weighed(
    state: CourseState, weighings: Sequence[Told[Weighed]]
) -> tuple[dict[DoseKey, tuple[Patient, Whose]], tuple[TakenUp, ...]]:
    """The body of each dose that a weighing reaches, and what each weighing changed.

    Args:
        weighings: by date. Of those that reach one dose each changes what the one before left.
    """
    bodies: dict[DoseKey, tuple[Patient, Whose]] = {}
    begun: tuple[Patient, Whose] = (state.log.patient, {})
    changes: dict[int, TakenUp] = {}
    counting: list[int] = []
    after: list[tuple[Patient, Whose]] = []  # the body after each of those that count by now
    most: list[int] = []  # the most doses that were given before any of them
    marked = 0  # how many of them have reached a dose together
    days = [told.effect.on for told in weighings]
    for key, order, moment, fresh in _in_time(state, weighings, counting):
        del after[fresh:], most[fresh:]
        marked = min(marked, fresh)
        count = bisect_right(counting, moment.date(), key=lambda place: days[place])
        for place in counting[len(after) : count]:
            told = weighings[place]
            after.append(_anew(told, after[-1] if after else begun))
            most.append(max(most[-1] if most else 0, told.before))
        reached = count if order is None else bisect_right(most, order, 0, count)
        for place in range(marked, reached):
            before = after[place - 1] if place else begun
            told = weighings[counting[place]]
            changes.setdefault(counting[place], TakenUp(told, before[0], after[place][0]))
        marked = max(marked, reached)
        body = after[reached - 1] if reached else begun
        for place in counting[reached:count]:
            told = weighings[place]
            if order is not None and told.before <= order:
                before, body = body, _anew(told, body)
                changes.setdefault(place, TakenUp(told, before[0], body[0]))
        if body is not begun:
            bodies[key] = body
    return bodies, tuple(changes[place] for place in sorted(changes))


def _anew(told: Told[Weighed], before: tuple[Patient, Whose]) -> tuple[Patient, Whose]:
    """A body after it was measured; a height without an area ends that which was given."""
    body, whose = before
    after = told.effect.anew(body)
    names = list(told.effect.measures())
    if after.surface_area != body.surface_area:
        names.append("surface_area")
    return after, {**whose, **dict.fromkeys(names, told.entry.number)}


def _last(
    state: CourseState, named: Collection[tuple[str, str | None]], drug: str, dose: str | None
) -> Iterator[tuple[DoseKey, Told[Reduced]]]:
    """Each dose that some change reaches, with the last of these changes, in the order of time.

    Args:
        named: what changes are said of; doses that none of them names are those of None.
    """
    of_drug = (told for told in state.reductions if told.effect.drug == drug)
    changes = [told for told in of_drug if told.effect.dose in (None, dose)]
    counting: list[int] = []
    for key, order, _, _ in _in_time(state, changes, counting):
        which = key.dose if (drug, key.dose) in named else None
        if key.drug != drug or which != dose or key.dose == UNPLANNED:
            continue
        for place in reversed(counting):
            if order is None or changes[place].before <= order:
                yield key, changes[place]
                break


def _in_time(
    state: CourseState, changes: Sequence[Told[Weighed] | Told[Reduced]], counting: list[int]
) -> Iterator[tuple[DoseKey, int | None, datetime, int]]:
    """Each dose from the first change on, in the order of time.

    Args:
        counting: is kept filled with the places of those changes whose turn has begun by then.

    Yields:
        The dose, how many were given before it (None where it was not given), when it is due, and
        from which place on `counting` is new.
    """
    begun: list[tuple[int, int]] = []
    for place, told in enumerate(changes):
        effect = told.effect
        start = effect.use_from if isinstance(effect, Weighed) else effect.start
        slot = state.where.first_in(start) if start else None
        if slot is not None:
            begun.append((slot.minute, place))
    coming = deque(sorted(begun))
    given = {key: order for order, key in enumerate(state.given)}
    for key, slot in state.places.slots.items() if begun else ():
        fresh = len(counting)
        while coming and coming[0][0] <= slot.minute:
            place = coming.popleft()[1]
            fresh = min(fresh, bisect_left(counting, place))
            insort(counting, place)
        if counting:
            yield key, given.get(key), state.moments.of(slot), fresh


def from_turn(state: CourseState, chain: Chain) -> list[tuple[DoseKey, Slot]]:
    """The first dose of a turn and everything after it in time; nothing for an empty turn."""
    first = state.where.first_in(chain)
    if first is None:
        return []
    slots = state.places.slots.items()
    return [(key, slot) for key, slot in slots if slot.minute >= first.minute]
