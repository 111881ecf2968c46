"""Whether an entry may be added to a log, and whether those of a log may stand.

The same checks hold for an entry that is typed and for one that a person wrote into the file.

Doses of one drug in one turn are told in order: what is missing between two of them would be
guessed. What really happened otherwise can be said: another time or amount with the dose, what was
entered wrongly by undoing it first.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from il2calc.course import admit_turns
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.index import of_dose
from il2calc.course.moves import rest_of_repeat
from il2calc.course.state import NO_TEXTS, CourseState, Texts
from il2calc.errors import (
    FaultyFile,
    Il2calcError,
    Refused,
    RegimenError,
    UnknownName,
    as_typed,
    nearest_drug,
    numbered,
)
from il2calc.model import effects
from il2calc.model.effects import DoseKey, Extra, Given, Held, Parted, Shifted, turn_name
from il2calc.model.log import Entry, Log, form_of
from il2calc.model.measure import quantities
from il2calc.model.regimen import Regimen
from il2calc.plan.dating import format_moment
from il2calc.units import Quantity, same_dimension


def admit(
    regimen: Regimen,
    log: Log,
    entry: Entry,
    texts: Texts = NO_TEXTS,
    *,
    state: CourseState | None = None,
) -> None:
    """Refuse an entry that may not be added to a log.

    Args:
        regimen: the newest text of it, and `texts` those that the log holds.
        state: what the entries in force have come to, where somebody knows it already.

    Raises:
        Refused, UnknownName: the reason in one line, and what to do where it really happened.
        FaultyFile: the log itself has entries that may not stand.
    """
    state = state or state_of(regimen, log, texts)
    if isinstance(entry.effect, effects.Undone):
        _undo(state, regimen, log, entry, entry.effect, texts)
    else:
        _refuse(state, state.called(entry))


def state_of(regimen: Regimen, log: Log, texts: Texts = NO_TEXTS) -> CourseState:
    """What the entries in force have come to.

    Raises:
        FaultyFile: entries that are not allowed; all of them are reported.
        Il2calcError: whatever the regimen refuses of the log's arm, turns and zone.
    """
    found, faults = _taken(regimen, log, texts)
    if faults:
        raise FaultyFile(fault for _, fault in faults)
    return found


def _taken(
    regimen: Regimen, log: Log, texts: Texts
) -> tuple[CourseState, list[tuple[Entry, RegimenError]]]:
    """The entries in force, taken one by one; a faulty one counts as far as it can.

    So the entries that rest on a faulty one are not told as faulty too.
    """
    found = CourseState(regimen, log, texts)
    faults: list[tuple[Entry, RegimenError]] = []
    in_force = {entry.number for entry in log.in_force()}
    read: list[Entry] = []
    for written in log.entries:
        entry = found.called(written)
        read.append(entry)
        if entry.number not in in_force:
            continue
        try:
            _refuse(found, entry)
        except Il2calcError as error:
            key, _ = form_of(entry.effect)
            path = f"entries[{entry.number}].{key}"
            faults.append((entry, RegimenError(log.file, entry.line, path, str(error))))
            if isinstance(entry.effect, effects.Amended | effects.Levelled):
                continue  # what a text that may not stand would make of the course is no one's plan
        take(found, entry)
    found.log = replace(log, entries=tuple(read))
    return found, faults


def _give(state: CourseState, entry: Entry, effect: Given) -> None:
    """Refuse doses that cannot have been given so."""
    if (effect.at or effect.amount) and effect.doses[1:]:
        raise Refused("a time or an amount is for one dose; give each dose an entry of its own")
    named: set[DoseKey] = set()
    recorded = dict(zip(effect.doses, effect.portions, strict=False))
    for key in _in_order(state, effect.doses):
        _refuse_recorded(state, key, named)
        planned = state.moments.of(state.slot(key))
        when = planned if effect.at is None else state.moments.meant(effect.at)
        if key in recorded:
            when = state.moments.meant(recorded[key].at)
            _refuse_amount(state, key, recorded[key].amount)
        if effect.at is not None:
            _refuse_no_time(state, when, effect.at)
        _refuse_later(state, entry, key, when)
        _refuse_disorder(state, key, when, named)
        named.add(key)
    if effect.amount is not None:
        _refuse_amount(state, effect.doses[0], effect.amount)


def _part(state: CourseState, entry: Entry, effect: Parted) -> None:
    """Refuse a part of a dose that cannot have been given so, or of what is no infusion."""
    _give(state, entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
    slot = state.slot(effect.dose)
    if slot.dose.over is None and "infusion" not in slot.dose.route:
        raise Refused(
            f"{state.name(effect.dose)} is not an infusion in the file; enter what was given "
            f"with il2calc log given {as_typed(state.log.file)} {state.rows[effect.dose]} "
            "--amount AMOUNT"
        )
    planned = state.moments.of(slot)
    begun = state.moments.local(planned) if effect.at is None else effect.at
    if not begun < effect.ended <= entry.moment:
        raise Refused(
            f"{state.name(effect.dose)} can only have been stopped between its start, "
            f"{format_moment(begun)}, and this entry of {format_moment(entry.moment)}, not on "
            f"{format_moment(effect.ended)}"
        )


def _add(state: CourseState, entry: Entry, effect: Extra) -> None:
    """Refuse an unplanned dose only where it cannot have been given."""
    when = state.moments.meant(effect.at)
    _refuse_no_time(state, when, effect.at)
    if effect.at > entry.moment:
        raise Refused(
            f"{effect.drug} on {format_moment(effect.at)} is after this entry of "
            f"{format_moment(entry.moment)}; enter it when it has been given"
        )


def _refuse_no_time(state: CourseState, when: datetime, at: datetime) -> None:
    if state.moments.local(when) != at:
        raise Refused(
            f"{format_moment(at)} does not exist in {state.moments.zone}, because the clocks "
            "go forward; give the time that the clock showed"
        )


def _hold(state: CourseState, _: Entry, effect: Held) -> None:
    """Refuse doses that cannot be held."""
    named: set[DoseKey] = set()
    for key in _in_order(state, effect.doses):
        _refuse_recorded(state, key, named)
        planned = state.moments.local(state.moments.of(state.slot(key)))
        stop = state.stopped
        if stop is not None and planned > stop.moment:
            raise Refused(
                f"{state.name(key)} is not given anyway: the course was stopped on "
                f"{format_moment(stop.moment)} (entry {stop.number})"
            )
        named.add(key)


def _shift(state: CourseState, _: Entry, effect: Shifted) -> None:
    """Refuse to move doses that were given, or past one another, or of a course that has ended."""
    admit_turns.refuse_stopped(state)
    key = effect.dose
    _refuse_unknown(state, key)
    admit_turns.refuse_ended(state, key.turns)
    if not effect.by:
        raise Refused("a shift by zero moves nothing; write it like '4 h'")
    if key in state.held:
        name = state.name(key)
        raise Refused(f"{name} was held; shift the first dose that is still to come")
    slots = state.of_turn(key.turns).slots
    moved = rest_of_repeat(slots, key)
    if given := [key for key in moved if key in state.given]:
        raise Refused(f"{state.was_given(given[0])}; shift from a dose that is still to come")
    _refuse_overtaking(state, moved, effect.by)
    dose, was = slots[key].dose, slots[key].minute
    for other, slot in slots.items():
        if slot.dose is dose and was + effect.by <= slot.minute < was and other not in moved:
            name = state.name(key)
            raise Refused(f"{name} would fall at or before {state.name(other)}; shift it by less")


def _refuse_overtaking(state: CourseState, moved: list[DoseKey], by: int) -> None:
    """A shift leaves the doses of a drug in their turns: none meets or passes one of another."""
    slots = state.of_turn(moved[0].turns).slots
    for key in moved:
        was = slots[key].minute
        first, end = (was + 1, was + by + 1) if by > 0 else (was + by, was)
        passed = {
            other
            for other in state.where.between(key.drug, first, end)
            if other.turns != key.turns and other not in state.held
        }
        if passed:
            other = next(other for other in state.places.slots if other in passed)
            raise Refused(
                f"{state.name(key)} would meet or pass {state.name(other)}; shift it by "
                "less, or delay a whole block"
            )


def _in_order(state: CourseState, doses: tuple[DoseKey, ...]) -> list[DoseKey]:
    """The doses of an entry in the order of time, all of which there are."""
    if not doses:
        raise Refused("no dose is named; give a row number, such as 7")
    for key in doses:
        _refuse_unknown(state, key)
    if not doses[1:]:
        return list(doses)
    zone, turns, places = state.moments.zone, state.plan.turns, state.plan.places
    order = {dose.path: place for place, dose in enumerate(state.regimen.doses())}

    def when(key: DoseKey) -> tuple[float, int, int, int, int]:
        slot = state.slot(key)
        begun = state.moments.of(slot).timestamp() if zone else 0
        in_file, (turn, _, _) = order.get(slot.dose.path, len(order)), places[turns[key.turns]]
        return begun, slot.minute, in_file, turn, state.of_turn(key.turns).places[key]

    return sorted(doses, key=when)


def _refuse_unknown(state: CourseState, key: DoseKey) -> None:
    slots = state.of_turn(key.turns).slots
    if key in slots:
        return
    admit_turns.existing(state, key.turns)
    where = turn_name(key.turns) or state.regimen.id
    if state.regimen.gives_as_needed(key.drug, state.arm):
        hint = "enter what was given with il2calc log extra"
        raise Refused(f"{key.drug} is given as needed and has no planned dose here; {hint}")
    own = state.line(key).keys
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
        "actually given, start a log with the file changed (il2calc log start FILE --regimen ID "
        "--start DATE --set PATH=VALUE)"
    )


def _refuse_recorded(state: CourseState, key: DoseKey, named: Container[DoseKey]) -> None:
    if key in named:
        raise Refused(f"{state.name(key)} is named twice; name it once")
    if key in state.given:
        number, name = state.given[key].entry.number, state.name(key)
        raise Refused(f"{name} was given already; if entry {number} is wrong, undo it first")
    if (entry := state.held.get(key)) is not None:
        why = f" ({entry.reason})" if entry.reason else ""
        raise Refused(
            f"{state.name(key)} was held{why}; if it was given after all, undo entry "
            f"{entry.number} first"
        )
    admit_turns.refuse_ended(state, key.turns)


def _refuse_later(state: CourseState, entry: Entry, key: DoseKey, when: datetime) -> None:
    """Nothing is given after it was entered, or after the course was stopped."""
    local = state.moments.local(when)
    if local > entry.moment:
        raise Refused(
            f"{state.name(key)} falls on {format_moment(local)}, after this entry of "
            f"{format_moment(entry.moment)}; enter it when it has been given, or say when it was "
            "(--at)"
        )
    stop = state.stopped
    if stop is not None and local > stop.moment:
        raise Refused(
            f"{state.name(key)} falls on {format_moment(local)}, after the course was stopped "
            f"on {format_moment(stop.moment)}; if it was given, undo entry {stop.number} first"
        )


def _refuse_disorder(
    state: CourseState, key: DoseKey, when: datetime, named: Container[DoseKey]
) -> None:
    """Earlier doses of the drug in the turn must be told, and be given before."""
    line = state.line(key)
    slots = state.of_turn(key.turns).slots

    def told(key: DoseKey) -> bool:
        return bool(state.recorded(key) or key in named or of_dose(slots[key]))

    if untold := line.untold(key, told):
        rows = numbered("row", [state.rows[key] for key in untold])
        verb = "is" if len(untold) == 1 else "are"
        raise Refused(
            f"{state.name(key)} comes after {rows}, which {verb} neither given nor held; first "
            "enter the earlier ones (log given, log hold)"
        )
    if line.latest is None or when >= line.latest:
        return
    for dose_key in line.earlier(key):
        before = state.when_given(dose_key) if dose_key in state.given else None
        if before is not None and when < before:
            raise Refused(
                f"{state.name(key)} on {format_moment(when)} would come before "
                f"{state.name(dose_key)}, given on {format_moment(before)}; check the time"
            )


def _refuse_amount(state: CourseState, key: DoseKey, amount: Quantity) -> None:
    dose = state.slot(key).dose
    planned = dose.amount(state.arm)
    # of several bands all are of one kind; one that is not stated is measured in anything
    first = amount if isinstance(planned, str) else quantities(planned)[0]
    unit = first.given_in()
    if amount.tail() or amount.value <= 0:
        raise Refused(
            f"an amount given is for the whole dose, such as '5 {unit}'; a dose that was left "
            "out is held"
        )
    if not same_dimension(amount.unit, unit):
        raise Refused(
            f"{state.name(key)} is measured in {unit}, not {amount.unit}; give the amount in {unit}"
        )


def _stop(found: CourseState, entry: Entry, _: effects.Stopped) -> None:
    admit_turns.refuse_stopped(found)
    for key in found.given:
        local = found.moments.local(found.when_given(key))
        if local > entry.moment:
            raise Refused(
                f"{found.was_given(key)} on {format_moment(local)}, after this stop of "
                f"{format_moment(entry.moment)}; stop after it (--as-of)"
            )


def _nothing(_: CourseState, __: Entry, ___: effects.Resealed) -> None:
    """A resealing says nothing of the course."""


class Rule(NamedTuple):
    """When an effect may be entered, and what comes of it.

    Args:
        admit: raises Refused or UnknownName where the state of the course forbids it, with the
            reason and what to do where it really happened; MissingInput for a measure of the body.
        take: lets it count in the state of the course.
    """

    admit: Callable[[CourseState, Entry, Any], None]
    take: Callable[[CourseState, Entry, Any], None]


RULES: dict[type[Any], Rule] = {
    effects.Given: Rule(_give, CourseState.give),
    effects.Parted: Rule(_part, CourseState.part),
    effects.Extra: Rule(_add, CourseState.add),
    effects.Held: Rule(_hold, CourseState.hold),
    effects.Shifted: Rule(_shift, CourseState.shift),
    effects.Delayed: Rule(admit_turns.delay, CourseState.delay),
    effects.Weighed: Rule(admit_turns.weigh, CourseState.weigh),
    effects.Reduced: Rule(admit_turns.reduce, CourseState.reduce),
    effects.Decided: Rule(admit_turns.decide, CourseState.decide),
    effects.Stopped: Rule(_stop, CourseState.stop),
    effects.Amended: Rule(admit_turns.amend, CourseState.amend),
    effects.Levelled: Rule(admit_turns.level, CourseState.amend),
    effects.Resealed: Rule(_nothing, _nothing),
}
"""The rule of every effect that counts; what was undone, and its undoing, do not."""


def _refuse(found: CourseState, entry: Entry) -> None:
    RULES[type(entry.effect)].admit(found, entry, entry.effect)


def take(found: CourseState, entry: Entry) -> None:
    """Let an entry count; what it says of doses and turns that there are not is left out."""
    RULES[type(entry.effect)].take(found, entry, entry.effect)


def _undo(
    before: CourseState,
    regimen: Regimen,
    log: Log,
    entry: Entry,
    effect: effects.Undone,
    texts: Texts,
) -> None:
    """What is undone must be there, and nothing that stays may rest on it."""
    in_force = {other.number for other in log.in_force()}
    if effect.entry not in in_force:
        known = (
            f"entries in force: {', '.join(map(str, in_force))}" if in_force else "none is in force"
        )
        raise Refused(f"entry {effect.entry} cannot be undone; {known}")
    without = replace(log, entries=(*log.entries, entry))
    after, faults = _taken(regimen, without, texts)
    resting = [(other, fault.problem) for other, fault in faults]
    if falling := resting or list(_given_otherwise(before, after)):
        numbers = list(dict.fromkeys(other.number for other, _ in falling))
        rests, that = ("depend", "those") if numbers[1:] else ("depends", "that one")
        raise Refused(
            f"entry {effect.entry} cannot be undone while {numbered('entry', numbers)} {rests} on "
            f"it: {falling[0][1]} (undo {that} first, or correct entry {effect.entry} in the file "
            "itself)"
        )


def _given_otherwise(before: CourseState, after: CourseState) -> Iterator[tuple[Entry, str]]:
    """Doses given as planned, whose time or amount would not be the planned one any more."""
    was, would_be = dosing_bases(before), dosing_bases(after)
    for key in after.given:
        if key in after.portions:
            continue
        entry, effect = before.given[key].entry, before.given[key].effect
        when = before.when_given(key)
        if when != after.when_given(key):
            moment = format_moment(before.moments.local(when))
            yield entry, f"{before.name(key)} was given as planned on {moment}"
        if effect.amount is None and was.change(key) != would_be.change(key):
            yield entry, f"{before.name(key)} was given as planned with it"
