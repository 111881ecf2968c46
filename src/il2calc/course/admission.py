"""Whether an entry may be added to a log, and whether those that a log has are allowed.

The same checks hold for an entry that is typed and for one that a person wrote into the file.

Doses of one drug in one turn are recorded in order: what is missing between two of them would have
to be guessed. If something else really happened, it can be entered: another time or amount with the
dose; a wrong entry is undone first.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from il2calc.course import admit_turns
from il2calc.course.dosing_basis import DosingBases
from il2calc.course.index import dose_conditions
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
from il2calc.model.regimen import UNPLANNED, Regimen
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
        regimen: the newest text, and `texts` those that the log holds.
        state: the state of the course by that log, if the caller has it already.

    Raises:
        Refused, UnknownName: the reason in one line, and what to do if it really happened.
        FaultyFile: the log itself has entries that are not allowed.
    """
    state = state or state_of(regimen, log, texts)
    if isinstance(entry.effect, effects.Undone):
        undone = replace(log, entries=(*log.entries, entry))
        _check_undone(state, regimen, undone, entry.effect.entry)
    else:
        _check(state, state.with_monograph_names(entry))


def state_of(regimen: Regimen, log: Log, texts: Texts = NO_TEXTS) -> CourseState:
    """The state of a course after the entries in force of its log.

    Raises:
        FaultyFile: entries that are not allowed; all of them are reported.
        Il2calcError: whatever the regimen refuses of the log's arm, turns and zone.
    """
    state, faults = _checked_state(regimen, log, texts)
    if faults:
        raise FaultyFile(fault for _, fault in faults)
    return state


def _checked_state(
    regimen: Regimen, log: Log, texts: Texts
) -> tuple[CourseState, list[tuple[Entry, RegimenError]]]:
    """The state after the entries in force, and the faults of these.

    A faulty entry is applied too, so that the entries that rest on it are not reported as well.
    """
    state = CourseState(regimen, log, texts)
    faults: list[tuple[Entry, RegimenError]] = []
    in_force = {entry.number for entry in log.in_force()}
    entries: list[Entry] = []
    for written in log.entries:
        entry = state.with_monograph_names(written)
        entries.append(entry)
        if entry.number not in in_force:
            continue
        try:
            _check(state, entry)
        except Il2calcError as error:
            key, _ = form_of(entry.effect)
            path = f"entries[{entry.number}].{key}"
            faults.append((entry, RegimenError(log.file, entry.line, path, str(error))))
            if isinstance(entry.effect, effects.Amended | effects.Levelled):
                continue  # a course by a text that is not allowed is no one's plan
        apply(state, entry)
    state.log = replace(log, entries=tuple(entries))
    return state, faults


def _check_given(state: CourseState, entry: Entry, effect: Given) -> None:
    if (effect.at or effect.amount) and effect.doses[1:]:
        raise Refused("a time or an amount is for one dose; give each dose an entry of its own")
    checked: set[DoseKey] = set()
    portions = dict(zip(effect.doses, effect.portions, strict=False))
    for key in _in_order(state, effect.doses):
        _refuse_recorded(state, key, checked)
        planned = state.moments.moment_of(state.slot(key))
        when = planned if effect.at is None else state.moments.typed_moment(effect.at)
        if key in portions:
            when = state.moments.typed_moment(portions[key].at)
            _refuse_amount(state, key, portions[key].amount)
        if effect.at is not None:
            _refuse_skipped_time(state, when, effect.at)
        _refuse_later(state, entry, key, when)
        _refuse_disorder(state, key, when, checked)
        checked.add(key)
    if effect.amount is not None:
        _refuse_amount(state, effect.doses[0], effect.amount)


def _check_parted(state: CourseState, entry: Entry, effect: Parted) -> None:
    """Refuse a part of a dose that cannot have been given as entered, or that is no infusion."""
    _check_given(state, entry, Given((effect.dose,), effect.at, effect.amount, effect.portions))
    slot = state.slot(effect.dose)
    if slot.dose.over is None and "infusion" not in slot.dose.route:
        raise Refused(
            f"{state.name(effect.dose)} is not an infusion in the file; enter what was given "
            f"with il2calc log given {as_typed(state.log.file)} {state.rows[effect.dose]} "
            "--amount AMOUNT"
        )
    planned = state.moments.moment_of(slot)
    start = state.moments.local(planned) if effect.at is None else effect.at
    if not start < effect.ended <= entry.moment:
        raise Refused(
            f"{state.name(effect.dose)} can only have been stopped between its start, "
            f"{format_moment(start)}, and this entry of {format_moment(entry.moment)}, not on "
            f"{format_moment(effect.ended)}"
        )


def _check_extra(state: CourseState, entry: Entry, effect: Extra) -> None:
    """Refuse an unplanned dose, but only if it cannot have been given."""
    when = state.moments.typed_moment(effect.at)
    _refuse_skipped_time(state, when, effect.at)
    if effect.at > entry.moment:
        raise Refused(
            f"{effect.drug} on {format_moment(effect.at)} is after this entry of "
            f"{format_moment(entry.moment)}; enter it when it has been given"
        )


def _refuse_skipped_time(state: CourseState, when: datetime, at: datetime) -> None:
    if state.moments.local(when) != at:
        raise Refused(
            f"{format_moment(at)} does not exist in {state.moments.zone}, because the clocks "
            "go forward; give the time that the clock showed"
        )


def _check_held(state: CourseState, _: Entry, effect: Held) -> None:
    checked: set[DoseKey] = set()
    for key in _in_order(state, effect.doses):
        _refuse_recorded(state, key, checked)
        planned = state.moments.local(state.moments.moment_of(state.slot(key)))
        stop = state.stopped
        if stop is not None and planned > stop.moment:
            raise Refused(
                f"{state.name(key)} is not given anyway: the course was stopped on "
                f"{format_moment(stop.moment)} (entry {stop.number})"
            )
        checked.add(key)


def _check_shifted(state: CourseState, _: Entry, effect: Shifted) -> None:
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
    slots = state.turn_doses(key.turns).slots
    moved = rest_of_repeat(slots, key)
    if given := [key for key in moved if key in state.given]:
        raise Refused(f"{state.given_text(given[0])}; shift from a dose that is still to come")
    _refuse_overtaking(state, moved, effect.by)
    dose, minute = slots[key].dose, slots[key].minute
    for other, slot in slots.items():
        if slot.dose is dose and minute + effect.by <= slot.minute < minute and other not in moved:
            name = state.name(key)
            raise Refused(f"{name} would fall at or before {state.name(other)}; shift it by less")


def _refuse_overtaking(state: CourseState, moved: list[DoseKey], by: int) -> None:
    """Refuse a shift of a dose to, or past, the time of one of the same drug in another turn."""
    slots = state.turn_doses(moved[0].turns).slots
    for key in moved:
        minute = slots[key].minute
        start, end = (minute + 1, minute + by + 1) if by > 0 else (minute + by, minute)
        passed = {
            other
            for other in state.whereabouts.between(key.drug, start, end)
            if other.turns != key.turns and other not in state.held
        }
        if passed:
            other = next(other for other in state.now.slots if other in passed)
            raise Refused(
                f"{state.name(key)} would meet or pass {state.name(other)}; shift it by "
                "less, or delay a whole block"
            )


def _in_order(state: CourseState, doses: tuple[DoseKey, ...]) -> list[DoseKey]:
    """The doses of an entry in the order of time; refused if there are none, or one is unknown."""
    if not doses:
        raise Refused("no dose is named; give a row number, such as 7")
    for key in doses:
        _refuse_unknown(state, key)
    zone, turns, positions = state.moments.zone, state.plan.turns, state.plan.positions
    in_file = {dose.path: place for place, dose in enumerate(state.regimen.doses())}

    def sort_key(key: DoseKey) -> tuple[float, int, int, int, int]:
        slot, place = state.slot(key), state.turn_doses(key.turns).places[key]
        timestamp = state.moments.moment_of(slot).timestamp() if zone else 0
        position, _, _ = positions[turns[key.turns]]
        return timestamp, slot.minute, in_file.get(slot.dose.path, len(in_file)), position, place

    return sorted(doses, key=sort_key)


def _refuse_unknown(state: CourseState, key: DoseKey) -> None:
    slots = state.turn_doses(key.turns).slots
    if key in slots:
        return
    admit_turns.existing_turn(state, key.turns)
    where = turn_name(key.turns) or state.regimen.id
    if state.regimen.gives_as_needed(key.drug, state.arm):
        hint = "enter what was given with il2calc log extra"
        raise Refused(f"{key.drug} is given as needed and has no planned dose here; {hint}")
    keys = state.drug_doses(key).keys
    if not keys:
        drugs = dict.fromkeys(dose_key.drug for dose_key in slots)
        raise UnknownName(f"drug of {where}", key.drug, drugs, near=nearest_drug)
    by_number = {dose_key.number: dose_key for dose_key in keys}
    if key.number in by_number:
        name = f"the dose {by_number[key.number].dose!r}, not {key.dose!r}"
        raise Refused(f"{key.drug} dose {key.number} of {where} is {name}")
    highest = max(by_number)
    at_most = "at most " if any(slots[dose_key].at_most for dose_key in keys) else ""
    doses = "dose" if highest == 1 else "doses"
    raise Refused(
        f"{where} has {at_most}{highest} {doses} of {key.drug}, no dose {key.number}; if more was "
        "actually given, start a log with the file changed (il2calc log start FILE --regimen ID "
        "--start DATE --set PATH=VALUE)"
    )


def _refuse_recorded(state: CourseState, key: DoseKey, checked: Container[DoseKey]) -> None:
    if key in checked:
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
    """Refuse a dose given later than it was entered, or after the course was stopped."""
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
    state: CourseState, key: DoseKey, when: datetime, checked: Container[DoseKey]
) -> None:
    """Refuse a dose if one before it, of its drug and turn, is not recorded or was given later."""
    doses = state.drug_doses(key)
    slots = state.turn_doses(key.turns).slots

    def is_recorded(key: DoseKey) -> bool:
        return bool(state.recorded(key) or key in checked or dose_conditions(slots[key]))

    if missing := doses.unrecorded(key, is_recorded):
        rows = numbered("row", [state.rows[key] for key in missing])
        verb = "is" if len(missing) == 1 else "are"
        raise Refused(
            f"{state.name(key)} comes after {rows}, which {verb} neither given nor held; first "
            "enter the earlier ones (log given, log hold)"
        )
    if doses.latest is None or when >= doses.latest:
        return
    for dose_key in doses.earlier(key):
        given_at = state.when_given(dose_key) if dose_key in state.given else None
        if given_at is not None and when < given_at:
            raise Refused(
                f"{state.name(key)} on {format_moment(when)} would come before "
                f"{state.name(dose_key)}, given on {format_moment(given_at)}; check the time"
            )


def _refuse_amount(state: CourseState, key: DoseKey, amount: Quantity) -> None:
    dose = state.slot(key).dose
    planned = dose.amount(state.arm)
    # All bands of a dose have units of one kind; a dose whose amount is not stated may have any.
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


def _check_stopped(state: CourseState, entry: Entry, _: effects.Stopped) -> None:
    admit_turns.refuse_stopped(state)
    for key in state.given:
        local = state.moments.local(state.when_given(key))
        if local > entry.moment:
            raise Refused(
                f"{state.given_text(key)} on {format_moment(local)}, after this stop of "
                f"{format_moment(entry.moment)}; stop after it (--as-of)"
            )


def _ignore(_: CourseState, __: Entry, ___: effects.Resealed) -> None:
    """Check or apply nothing: a resealing does not concern the course."""


class Rule(NamedTuple):
    """When an effect may be entered, and what it does.

    Args:
        admit: raises Refused or UnknownName if the state of the course forbids it, with the
            reason and what to do if it really happened; MissingInput for a measure of the body.
        apply: applies it to the state of the course.
    """

    admit: Callable[[CourseState, Entry, Any], None]
    apply: Callable[[CourseState, Entry, Any], None]


RULES: dict[type[Any], Rule] = {
    effects.Given: Rule(_check_given, CourseState.give),
    effects.Parted: Rule(_check_parted, CourseState.part),
    effects.Extra: Rule(_check_extra, CourseState.add),
    effects.Held: Rule(_check_held, CourseState.hold),
    effects.Shifted: Rule(_check_shifted, CourseState.shift),
    effects.Delayed: Rule(admit_turns.check_delayed, CourseState.delay),
    effects.Weighed: Rule(admit_turns.check_weighed, CourseState.weigh),
    effects.Reduced: Rule(admit_turns.check_reduced, CourseState.reduce),
    effects.Decided: Rule(admit_turns.check_decided, CourseState.decide),
    effects.Stopped: Rule(_check_stopped, CourseState.stop),
    effects.Amended: Rule(admit_turns.check_amended, CourseState.amend),
    effects.Levelled: Rule(admit_turns.check_levelled, CourseState.amend),
    effects.Resealed: Rule(_ignore, _ignore),
}
"""The rule of every effect except an undoing, which takes another entry out of force."""


def _check(state: CourseState, entry: Entry) -> None:
    RULES[type(entry.effect)].admit(state, entry, entry.effect)


def apply(state: CourseState, entry: Entry) -> None:
    """Apply an entry to a state; doses and turns that do not exist are ignored."""
    RULES[type(entry.effect)].apply(state, entry, entry.effect)


def _check_undone(before: CourseState, regimen: Regimen, undone: Log, number: int) -> None:
    """Refuse to undo an entry that is not in force, or on which another entry rests."""
    in_force = {other.number: other.effect for other in before.log.in_force()}
    if isinstance(in_force.get(number), effects.Resealed):
        changes = "it accepts what was changed by hand before it, and changes no dose"
        raise Refused(f"entry {number} cannot be undone; {changes}")
    if number not in in_force:
        numbers_in_force = ", ".join(map(str, in_force))
        choice = f"entries in force: {numbers_in_force}" if in_force else "none is in force"
        raise Refused(f"entry {number} cannot be undone; {choice}")
    after, faults = _checked_state(regimen, undone, before.texts)
    refused = [(other, fault.problem) for other, fault in faults]
    if failing := refused or list(_changed_given(before, after)):
        numbers = list(dict.fromkeys(other.number for other, _ in failing))
        rests, that = ("depend", "those") if numbers[1:] else ("depends", "that one")
        raise Refused(
            f"entry {number} cannot be undone while {numbered('entry', numbers)} {rests} on "
            f"it: {failing[0][1]} (undo {that} first, or correct entry {number} in the file itself)"
        )


def _changed_given(before: CourseState, after: CourseState) -> Iterator[tuple[Entry, str]]:
    """Doses that were given as planned and whose planned time, amount or route would change."""
    before_bases, after_bases = DosingBases(before), DosingBases(after)
    for key in (key for key in after.given if key.dose != UNPLANNED):
        entry, effect = before.given[key].entry, before.given[key].effect
        if key in after.portions:
            dose, other = before.slot(key).dose, after.slot(key).dose
            if other.route != after.portions[key].route == dose.route:
                yield entry, f"{before.name(key)} was given with it as {dose.route}"
            elif isinstance(effect, Given) and dose.over != other.over:
                over = f" over {dose.over.text}" if dose.over is not None else ""
                yield entry, f"{before.name(key)} was given with it{over}"
            continue
        when = before.when_given(key)
        if when != after.when_given(key):
            moment = format_moment(before.moments.local(when))
            yield entry, f"{before.name(key)} was given as planned on {moment}"
        if effect.amount is None and before_bases.change(key) != after_bases.change(key):
            yield entry, f"{before.name(key)} was given as planned with it"
