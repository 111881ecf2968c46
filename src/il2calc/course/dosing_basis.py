"""The body that each dose is calculated with, and what a log changed its amount to.

A new measure changes no dose by itself, for weight gained under treatment may be fluid. If it is
used, it counts from the first dose of the named block turn on, for all later doses in time.
Each measure counts until a newer one of its kind. A body surface area that was given counts until
a height is measured without one: it is then calculated from height and weight again.
A percentage counts in the same way, for the named drug alone; it is of the amount in the file, and
applies before cap and rounding. Of two measures that reach a dose the later weighing counts, of two
percentages the later entry. Doses given before an entry stay as they were given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from il2calc.course.state import Applied, CourseState
from il2calc.errors import Refused
from il2calc.model.effects import Chain, DoseKey, Reduced, Weighed
from il2calc.model.measure import quantities
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, Dose
from il2calc.plan.schedule import Body
from il2calc.plan.timing import Slot
from il2calc.units import Quantity, safe_quantity, same_dimension

_Measured = tuple[Patient, Mapping[str, int]]
"""A body, and which entry brought each of its measures; none for those of the log's head."""


class TakenUp(NamedTuple):
    """A weighing that doses are calculated with, and the body before and after it."""

    weighing: Applied[Weighed]
    before: Patient
    after: Patient


class DosingBases:
    """The body of each dose, and what its amount was changed to: a percentage [%] or an amount.

    Attributes:
        start: the body of all doses that are not in `bodies`.
        bodies: of doses that a weighing reaches, each with the entries of its measures.
        entry_by_key: the number of the entry that changed each amount.
        taken_up: the weighings that reach a dose, by their days.

    Raises:
        Refused: a set amount reaches a dose in another kind of unit, as after a delay or shift.
    """

    def __init__(self, state: CourseState) -> None:
        self.start = state.log.patient
        self.bodies, self.taken_up = _weighed_bodies(state)
        self.amounts: dict[DoseKey, Decimal | Quantity] = {}
        self.entry_by_key: dict[DoseKey, int] = {}
        reduced = dict.fromkeys((one.effect.drug, one.effect.dose) for one in state.reductions)
        for drug, dose in reduced:
            for key, reduction in _last_reductions(state, reduced, drug, dose):
                refuse_other_unit(state, reduction, key, state.now.slots[key].dose)
                self.amounts[key] = reduction.effect.to
                self.entry_by_key[key] = reduction.entry.number

    def change(self, key: DoseKey) -> tuple[Patient, Decimal | Quantity | None]:
        """The body of a dose, and what its amount was changed to; None if it was not."""
        return self.body(key), self.amounts.get(key)

    def body(self, key: DoseKey) -> Patient:
        """The body that a dose is calculated with."""
        return self.bodies[key][0] if key in self.bodies else self.start

    def uses(self, number: int) -> bool:
        """Whether some dose is calculated with a measure that an entry brought."""
        return any(number in entries.values() for _, entries in self.bodies.values())

    def basis(self, key: DoseKey, planned: Body) -> Body:
        """The body, percentage and amount of a dose, given those that it was planned with.

        A dose that a log added is as much as was entered, whatever was reduced.
        """
        if key.dose == UNPLANNED:
            return Body(self.body(key), Decimal(100))
        to = self.amounts.get(key, planned.percent)
        if isinstance(to, Quantity):
            return Body(self.body(key), Decimal(100), to)
        return Body(self.body(key), to)


def refuse_other_unit(
    state: CourseState, reduction: Applied[Reduced], key: DoseKey | None, dose: Dose
) -> None:
    """Refuse a dose that is set to an amount of another kind of unit than its own.

    Args:
        key: its key, if it is in the course.
    """
    to, planned = reduction.effect.to, dose.amount(state.arm)
    if not isinstance(to, Quantity) or isinstance(planned, str):
        return
    unit = quantities(planned)[0].given_in()
    if not same_dimension(unit, to.given_in()):
        name = dose.path if key is None else state.name(key)
        raise Refused(
            f"{name} is measured in {unit}, and entry {reduction.entry.number} sets {dose.drug} "
            f"to {safe_quantity(to)}; undo that entry first"
        )


def body_in_use(state: CourseState) -> Patient:
    """The body after every weighing that is used, whatever doses it reaches."""
    body = state.log.patient
    for _, weighing, _ in sorted(state.weighings, key=by_date):
        body = weighing.applied_to(body) if weighing.use_from is not None else body
    return body


def by_date(weighing: Applied[Weighed]) -> tuple[date, int]:
    """The sort key of weighings: of two that reach a dose, the last one in this order counts."""
    return weighing.effect.on, weighing.entry.number


def bodies_of(state: CourseState, keys: Iterable[DoseKey]) -> dict[DoseKey, Patient]:
    """The body that each of some doses is calculated with."""
    bodies, _ = _weighed_bodies(state)
    return {key: bodies[key][0] if key in bodies else state.log.patient for key in keys}


def is_reduced_by(key: DoseKey, reduction: Reduced) -> bool:
    """Whether a reduction names a dose, which it never does if the log added the dose."""
    planned = key.dose != UNPLANNED
    return planned and key.drug == reduction.drug and reduction.dose in (None, key.dose)


def _weighed_bodies(state: CourseState) -> tuple[dict[DoseKey, _Measured], tuple[TakenUp, ...]]:
    """The body of each dose that a weighing reaches, and what each weighing changed."""
    weighings = sorted(state.weighings, key=by_date)  # each changes what the one before it left
    bodies: dict[DoseKey, _Measured] = {}
    start: _Measured = (state.log.patient, {})
    changes: dict[int, TakenUp] = {}
    begun: list[int] = []
    after: list[_Measured] = []  # the body after each of those begun
    most: list[int] = []  # the most doses that were given before any of them was entered
    noted = 0  # how many of them, from the first on, are in `changes`
    days = [weighing.effect.on for weighing in weighings]
    # A weighing reaches a dose if it is of its day or earlier, and was entered before it was given.
    for key, order, moment, fresh in _doses_in_time(state, weighings, begun):
        del after[fresh:], most[fresh:]
        noted = min(noted, fresh)
        count = bisect_right(begun, moment.date(), key=lambda place: days[place])
        for place in begun[len(after) : count]:
            weighing = weighings[place]
            after.append(_weighed_body(weighing, after[-1] if after else start))
            most.append(max(most[-1] if most else 0, weighing.given_before))
        reached = count if order is None else bisect_right(most, order, 0, count)
        for place in range(noted, reached):
            before = after[place - 1] if place else start
            weighing = weighings[begun[place]]
            changes.setdefault(begun[place], TakenUp(weighing, before[0], after[place][0]))
        noted = max(noted, reached)
        body = after[reached - 1] if reached else start
        for place in begun[reached:count]:
            weighing = weighings[place]
            if order is not None and weighing.given_before <= order:
                before, body = body, _weighed_body(weighing, body)
                changes.setdefault(place, TakenUp(weighing, before[0], body[0]))
        if body is not start:
            bodies[key] = body
    return bodies, tuple(changes[place] for place in sorted(changes))


def _weighed_body(weighing: Applied[Weighed], before: _Measured) -> _Measured:
    """A body after it was measured; a height without an area ends the area that was given."""
    body, entries = before
    after = weighing.effect.applied_to(body)
    names = list(weighing.effect.measures())
    if after.surface_area != body.surface_area:
        names.append("surface_area")
    return after, {**entries, **dict.fromkeys(names, weighing.entry.number)}


def _last_reductions(
    state: CourseState, reduced: Collection[tuple[str, str | None]], drug: str, dose: str | None
) -> Iterator[tuple[DoseKey, Applied[Reduced]]]:
    """Each dose that a reduction reaches, with the last that does, in the order of time.

    Args:
        reduced: the drug and dose of every reduction; dose None = all doses not named in another.
    """
    of_drug = (reduction for reduction in state.reductions if reduction.effect.drug == drug)
    reductions = [reduction for reduction in of_drug if reduction.effect.dose in (None, dose)]
    begun: list[int] = []
    for key, order, _, _ in _doses_in_time(state, reductions, begun):
        name = key.dose if (drug, key.dose) in reduced else None
        if key.drug != drug or name != dose or key.dose == UNPLANNED:
            continue
        for place in reversed(begun):
            if order is None or reductions[place].given_before <= order:
                yield key, reductions[place]
                break


def _doses_in_time(
    state: CourseState, changes: Sequence[Applied[Weighed] | Applied[Reduced]], begun: list[int]
) -> Iterator[tuple[DoseKey, int | None, datetime, int]]:
    """Each dose from the first change on, in the order of time.

    Args:
        begun: is kept filled with the places in `changes` of those whose turn has begun by then.

    Yields:
        The dose, how many were given before it (None if it was not given), when it is due, and
        from which place on `begun` is new.
    """
    starts: list[tuple[int, int]] = []
    for place, change in enumerate(changes):
        effect = change.effect
        start = effect.use_from if isinstance(effect, Weighed) else effect.start
        slot = state.whereabouts.first_in(start) if start else None
        if slot is not None:
            starts.append((slot.minute, place))
    coming = deque(sorted(starts))
    given = {key: order for order, key in enumerate(state.given)}
    for key, slot in state.now.slots.items() if starts else ():
        fresh = len(begun)
        while coming and coming[0][0] <= slot.minute:
            place = coming.popleft()[1]
            fresh = min(fresh, bisect_left(begun, place))
            insort(begun, place)
        if begun:
            yield key, given.get(key), state.moments.moment_of(slot), fresh


def doses_from_turn(state: CourseState, chain: Chain) -> list[tuple[DoseKey, Slot]]:
    """The first dose of a turn and all later ones in time; nothing for an empty turn."""
    first = state.whereabouts.first_in(chain)
    if first is None:
        return []
    slots = state.now.slots.items()
    return [(key, slot) for key, slot in slots if slot.minute >= first.minute]
