"""Whether a dose may be given, held or shifted, by what the log says so far.

Doses of one drug in one turn are told in order: what is missing between two of them would be
guessed. What really happened otherwise can be said: another time or amount with the dose, what was
entered wrongly by undoing it first.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from il2calc.course.admit_turns import existing, refuse_ended, refuse_stopped
from il2calc.course.clock import format_moment
from il2calc.course.decisions import of_dose
from il2calc.course.moves import rest_of_repeat
from il2calc.course.state import CourseState
from il2calc.errors import Refused, UnknownName, as_typed, nearest_drug, numbered
from il2calc.model.effects import DoseKey, Extra, Given, Held, Parted, Shifted, turn_name
from il2calc.model.log import Entry
from il2calc.model.regimen import quantities
from il2calc.plan.timing import Slot
from il2calc.units import Quantity, same_dimension


def give(standing: CourseState, entry: Entry, effect: Given) -> None:
    """Refuse doses that cannot have been given so.

    Raises:
        Refused, UnknownName: the reason, and what to do where it really happened.
    """
    if (effect.at or effect.amount) and effect.doses[1:]:
        raise Refused("a time or an amount is that of one dose; give each dose an entry of its own")
    named: set[DoseKey] = set()
    recorded = dict(zip(effect.doses, effect.portions, strict=False))
    for key in _in_order(standing, effect.doses):
        _refuse_recorded(standing, key, named)
        planned = standing.moments.of(_slot(standing, key))
        when = planned if effect.at is None else standing.moments.meant(effect.at)
        if key in recorded:
            when = standing.moments.meant(recorded[key].at)
            _refuse_amount(standing, key, recorded[key].amount)
        if effect.at is not None:
            _refuse_no_time(standing, when, effect.at)
        _refuse_later(standing, entry, key, when)
        _refuse_disorder(standing, key, when, named)
        named.add(key)
    if effect.amount is not None:
        _refuse_amount(standing, effect.doses[0], effect.amount)


def part(standing: CourseState, entry: Entry, effect: Parted) -> None:
    """Refuse a part of a dose that cannot have been given so, or of what is no infusion.

    Raises:
        Refused, UnknownName: the reason.
    """
    give(standing, entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
    slot = _slot(standing, effect.dose)
    if slot.dose.over is None and "infusion" not in slot.dose.route:
        raise Refused(
            f"{standing.name(effect.dose)} is no infusion, by the file; enter what was given of it "
            f"with il2calc log given {as_typed(standing.log.file)} {standing.rows[effect.dose]} "
            "--amount AMOUNT"
        )
    planned = standing.moments.of(slot)
    begun = standing.moments.local(planned) if effect.at is None else effect.at
    if not begun < effect.ended <= entry.moment:
        raise Refused(
            f"{standing.name(effect.dose)} was broken off between its beginning, "
            f"{format_moment(begun)}, and this entry of {format_moment(entry.moment)}, not on "
            f"{format_moment(effect.ended)}"
        )


def add(standing: CourseState, entry: Entry, effect: Extra) -> None:
    """Refuse an unplanned dose only where it cannot have been given.

    Raises:
        Refused: it has not come yet, or its time does not exist.
    """
    when = standing.moments.meant(effect.at)
    _refuse_no_time(standing, when, effect.at)
    if effect.at > entry.moment:
        raise Refused(
            f"{effect.drug} on {format_moment(effect.at)} lies after this entry of "
            f"{format_moment(entry.moment)}; enter it when it has been given"
        )


def _refuse_no_time(standing: CourseState, when: datetime, at: datetime) -> None:
    if standing.moments.local(when) != at:
        raise Refused(
            f"{format_moment(at)} does not exist in {standing.moments.zone}, where the "
            "clocks go forward; give the time that the clock showed"
        )


def hold(standing: CourseState, _: Entry, effect: Held) -> None:
    """Refuse doses that cannot be held.

    Raises:
        Refused, UnknownName: the reason.
    """
    named: set[DoseKey] = set()
    for key in _in_order(standing, effect.doses):
        _refuse_recorded(standing, key, named)
        planned = standing.moments.local(standing.moments.of(_slot(standing, key)))
        stop = standing.stopped
        if stop is not None and planned > stop.moment:
            raise Refused(
                f"{standing.name(key)} is not given anyway: the course was stopped on "
                f"{format_moment(stop.moment)} (entry {stop.number})"
            )
        named.add(key)


def shift(standing: CourseState, _: Entry, effect: Shifted) -> None:
    """Refuse to move doses that were given, or past one another, or of a course that has ended.

    Raises:
        Refused, UnknownName: the reason.
    """
    refuse_stopped(standing)
    key = effect.dose
    _refuse_unknown(standing, key)
    refuse_ended(standing, key.turns)
    if not effect.by:
        raise Refused("a shift by nothing moves nothing; write it like '4 h'")
    if key in standing.held:
        name = standing.name(key)
        raise Refused(f"{name} was held; shift the first dose that is still to be given")
    slots = standing.of_turn(key.turns).slots
    moved = rest_of_repeat(slots, key)
    if given := [key for key in moved if key in standing.given]:
        raise Refused(f"{standing.was_given(given[0])}; shift from a dose that is still to come")
    _refuse_overtaking(standing, moved, effect.by)
    dose, was = slots[key].dose, slots[key].minute
    for other, slot in slots.items():
        if slot.dose is dose and was + effect.by <= slot.minute < was and other not in moved:
            name = standing.name(key)
            raise Refused(
                f"{name} would fall at or before {standing.name(other)}; shift it by less"
            )


def _refuse_overtaking(standing: CourseState, moved: list[DoseKey], by: int) -> None:
    """A shift leaves the doses of a drug in their turns: none meets or passes one of another."""
    slots = standing.of_turn(moved[0].turns).slots
    for key in moved:
        was = slots[key].minute
        first, end = (was + 1, was + by + 1) if by > 0 else (was + by, was)
        passed = {
            other
            for other in standing.where.between(key.drug, first, end)
            if other.turns != key.turns and other not in standing.held
        }
        if passed:
            other = next(other for other in standing.places.slots if other in passed)
            raise Refused(
                f"{standing.name(key)} would meet or pass {standing.name(other)}; shift it by "
                "less, or delay a whole block"
            )


def _in_order(standing: CourseState, doses: tuple[DoseKey, ...]) -> list[DoseKey]:
    """The doses of an entry in the order of time, all of which there are."""
    if not doses:
        raise Refused("no dose is named; give the row number of one, such as 7")
    for key in doses:
        _refuse_unknown(standing, key)
    if not doses[1:]:
        return list(doses)
    clock, turns, places = standing.moments.clock, standing.plan.turns, standing.plan.places
    order = {dose.path: place for place, dose in enumerate(standing.regimen.doses())}

    def when(key: DoseKey) -> tuple[float, int, int, int, int]:
        slot = _slot(standing, key)
        begun = standing.moments.of(slot).timestamp() if clock else 0
        in_file, (turn, _, _) = order.get(slot.dose.path, len(order)), places[turns[key.turns]]
        return begun, slot.minute, in_file, turn, standing.of_turn(key.turns).places[key]

    return sorted(doses, key=when)


def _slot(standing: CourseState, key: DoseKey) -> Slot:
    """Where a dose lies that there is."""
    slot = standing.slot(key)
    assert slot is not None, "it was found before"
    return slot


def _refuse_unknown(standing: CourseState, key: DoseKey) -> None:
    if standing.slot(key) is not None:
        return
    existing(standing, key.turns)
    where = turn_name(key.turns) or standing.regimen.id
    if standing.regimen.gives_as_needed(key.drug, standing.arm):
        hint = "enter what was given with il2calc log extra"
        raise Refused(f"{key.drug} is given as needed and has no planned dose here; {hint}")
    slots = standing.of_turn(key.turns).slots
    own = standing.line(key).keys
    if not own:
        drugs = dict.fromkeys(dose_key.drug for dose_key in slots)
        raise UnknownName(f"drug of {where}", key.drug, drugs, near=nearest_drug)
    same = {dose_key.number: dose_key for dose_key in own}
    if key.number in same:
        named = f"the dose {same[key.number].dose!r}, not {key.dose!r}"
        raise Refused(f"{key.drug} dose {key.number} of {where} is {named}")
    most = max(same)
    at_most = "at most " if any(slots[dose_key].at_most for dose_key in own) else ""
    doses = "dose" if most == 1 else "doses"
    raise Refused(
        f"{where} has {at_most}{most} {doses} of {key.drug}, no dose {key.number}; if more was "
        "really given, begin a log that reads the file so (il2calc log start FILE --regimen ID "
        "--start DATE --set PATH=VALUE)"
    )


def _refuse_recorded(standing: CourseState, key: DoseKey, named: Container[DoseKey]) -> None:
    if key in named:
        raise Refused(f"{standing.name(key)} is named twice; name it once")
    if key in standing.given:
        number, name = standing.given[key].entry.number, standing.name(key)
        raise Refused(f"{name} was given already; if entry {number} is wrong, undo it first")
    if (entry := standing.held.get(key)) is not None:
        why = f" ({entry.reason})" if entry.reason else ""
        raise Refused(
            f"{standing.name(key)} was held{why}; if it was given after all, undo entry "
            f"{entry.number} first"
        )
    refuse_ended(standing, key.turns)


def _refuse_later(standing: CourseState, entry: Entry, key: DoseKey, when: datetime) -> None:
    """Nothing is given after it was entered, or after the course was stopped."""
    local = standing.moments.local(when)
    if local > entry.moment:
        raise Refused(
            f"{standing.name(key)} falls on {format_moment(local)}, after this entry of "
            f"{format_moment(entry.moment)}; enter it when it has been given, or say when it was "
            "(--at)"
        )
    stop = standing.stopped
    if stop is not None and local > stop.moment:
        raise Refused(
            f"{standing.name(key)} falls on {format_moment(local)}, after the course was stopped "
            f"on {format_moment(stop.moment)}; if it was given, undo entry {stop.number} first"
        )


def _refuse_disorder(
    standing: CourseState, key: DoseKey, when: datetime, named: Container[DoseKey]
) -> None:
    """Earlier doses of the drug in the turn must be told, and be given before."""
    line = standing.line(key)
    slots = standing.of_turn(key.turns).slots

    def told(key: DoseKey) -> bool:
        return bool(standing.recorded(key) or key in named or of_dose(slots[key]))

    if untold := line.untold(key, told):
        rows = numbered("row", [standing.rows[key] for key in untold])
        verb = "is" if len(untold) == 1 else "are"
        raise Refused(
            f"{standing.name(key)} comes after {rows}, which {verb} neither given nor held; say "
            "first what became of the earlier ones (log given, log hold)"
        )
    if line.latest is None or when >= line.latest:
        return
    for dose_key in line.earlier(key):
        before = standing.when_given(dose_key) if dose_key in standing.given else None
        if before is not None and when < before:
            raise Refused(
                f"{standing.name(key)} on {format_moment(when)} would come before "
                f"{standing.name(dose_key)}, given on {format_moment(before)}; check the time"
            )


def _refuse_amount(standing: CourseState, key: DoseKey, amount: Quantity) -> None:
    dose = _slot(standing, key).dose
    planned = dose.amount(standing.arm)
    # of several bands all are of one kind; one that is not stated is measured in anything
    first = amount if isinstance(planned, str) else quantities(planned)[0]
    unit = first.given_in()
    if amount.tail() or amount.value <= 0:
        raise Refused(
            f"an amount given is that of the whole dose, such as '5 {unit}'; a dose that was left "
            "out is held"
        )
    if not same_dimension(amount.unit, unit):
        raise Refused(
            f"{standing.name(key)} is measured in {unit}, not {amount.unit}; give the amount in "
            f"{unit}"
        )
