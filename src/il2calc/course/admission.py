"""Whether an entry may be added to a log, and whether those of a log may stand.

The same checks hold for an entry that is typed and for one that a person wrote into the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from il2calc.course import admit_doses, admit_turns
from il2calc.course.clock import format_moment
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.state import CourseState
from il2calc.errors import FaultyFile, Il2calcError, Refused, RegimenError
from il2calc.model.log import (
    Decided,
    Delayed,
    Effect,
    Entry,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.regimen import Regimen

KEYS: Mapping[type[Effect], str] = {
    Given: "given",
    Held: "hold",
    Shifted: "shift",
    Delayed: "delay",
    Weighed: "weigh",
    Reduced: "reduce",
    Decided: "decide",
    Stopped: "stop",
    Undone: "undo",
}
"""An effect -> the key under which a log has it."""


def admit(regimen: Regimen, log: Log, entry: Entry) -> None:
    """Refuse an entry that may not be added to a log.

    Raises:
        Refused, UnknownName: the reason in one line, and what to do where it really happened.
        FaultyFile: the log itself has entries that may not stand.
    """
    if isinstance(entry.effect, Undone):
        _undo(regimen, log, entry, entry.effect)
    else:
        _refuse(state_of(regimen, log), entry)


def state_of(regimen: Regimen, log: Log) -> CourseState:
    """What the entries in force have come to.

    Raises:
        FaultyFile: entries that may not stand; all of them are told.
        Il2calcError: whatever the regimen refuses of the log's arm, turns and zone.
    """
    found, faults = _taken(regimen, log)
    if faults:
        raise FaultyFile(fault for _, fault in faults)
    return found


def _taken(regimen: Regimen, log: Log) -> tuple[CourseState, list[tuple[Entry, RegimenError]]]:
    """The entries in force, taken one by one; a faulty one counts as far as it can.

    So the entries that rest on a faulty one are not told as faulty too.
    """
    found = CourseState(regimen, log)
    faults: list[tuple[Entry, RegimenError]] = []
    for entry in log.in_force():
        try:
            _refuse(found, entry)
        except Il2calcError as error:
            path = f"entries[{entry.number}].{KEYS[type(entry.effect)]}"
            faults.append((entry, RegimenError(log.file, entry.line, path, str(error))))
        found.take(entry)
    return found, faults


def _refuse(found: CourseState, entry: Entry) -> None:
    match entry.effect:
        case Given() as effect:
            admit_doses.give(found, entry, effect)
        case Held() as effect:
            admit_doses.hold(found, effect)
        case Shifted() as effect:
            admit_turns.refuse_stopped(found)
            admit_doses.shift(found, effect)
        case Delayed() as effect:
            admit_turns.delay(found, effect)
        case Weighed() as effect:
            admit_turns.weigh(found, entry, effect)
        case Reduced() as effect:
            admit_turns.reduce(found, entry, effect)
        case Decided() as effect:
            admit_turns.decide(found, effect)
        case effect:
            assert isinstance(effect, Stopped), "what was undone, and its undoing, do not count"
            _stop(found, entry)


def _stop(found: CourseState, entry: Entry) -> None:
    admit_turns.refuse_stopped(found)
    for key in found.given:
        when = admit_doses.given_at(found, key)
        assert when is not None, "it was given"
        if (local := found.moments.local(when)) > entry.entered:
            raise Refused(
                f"{found.was_given(key)} on {format_moment(local)}, after this stop of "
                f"{format_moment(entry.entered)}; stop after it (--as-of)"
            )


def _undo(regimen: Regimen, log: Log, entry: Entry, effect: Undone) -> None:
    """What is undone must be there, and nothing that stays may rest on it."""
    in_force = {each.number for each in log.in_force()}
    if effect.entry not in in_force:
        known = (
            f"entries in force: {', '.join(map(str, in_force))}" if in_force else "there is none"
        )
        raise Refused(f"entry {effect.entry} is not there to be undone; {known}")
    before = state_of(regimen, log)
    without = replace(log, entries=(*log.entries, entry))
    after, faults = _taken(regimen, without)
    resting = [(other, fault.problem) for other, fault in faults]
    for other, problem in resting or _given_otherwise(before, after):
        raise Refused(
            f"entry {effect.entry} cannot be undone while entry {other.number} rests on it: "
            f"{problem} (undo that one first, or mend entry {effect.entry} in the file itself)"
        )


def _given_otherwise(before: CourseState, after: CourseState) -> Iterator[tuple[Entry, str]]:
    """Doses given as planned, whose time or amount would not be the planned one any more."""
    was, would_be = dosing_bases(before), dosing_bases(after)
    for key in after.given:
        entry, effect = before.given[key].entry, before.given[key].effect
        when = admit_doses.given_at(before, key)
        assert when is not None, "it was given"
        if when != admit_doses.given_at(after, key):
            moment = format_moment(before.moments.local(when))
            yield entry, f"{before.name(key)} was given as planned on {moment}"
        if effect.amount is None and was.change(key) != would_be.change(key):
            yield entry, f"{before.name(key)} was given as planned with it"
