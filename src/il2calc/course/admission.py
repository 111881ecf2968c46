"""Whether an entry may be added to a log, and whether those of a log may stand.

The same checks hold for an entry that is typed and for one that a person wrote into the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from il2calc.course import admit_doses, admit_turns
from il2calc.course.clock import format_moment
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.log_names import resolved_entry
from il2calc.course.state import NO_TEXTS, CourseState, Texts
from il2calc.errors import FaultyFile, Il2calcError, Refused, RegimenError, numbered
from il2calc.model import effects
from il2calc.model.log import Entry, Log, form_of
from il2calc.model.regimen import Regimen


def admit(
    regimen: Regimen,
    log: Log,
    entry: Entry,
    texts: Texts = NO_TEXTS,
    *,
    standing: CourseState | None = None,
) -> None:
    """Refuse an entry that may not be added to a log.

    Args:
        regimen: the newest text of it, and `texts` those that the log holds.
        standing: what the entries in force have come to, where somebody knows it already.

    Raises:
        Refused, UnknownName: the reason in one line, and what to do where it really happened.
        FaultyFile: the log itself has entries that may not stand.
    """
    standing = standing or state_of(regimen, log, texts)
    if isinstance(entry.effect, effects.Undone):
        _undo(standing, regimen, log, entry, entry.effect, texts)
    else:
        _refuse(standing, resolved_entry(standing.regimen, entry))


def state_of(regimen: Regimen, log: Log, texts: Texts = NO_TEXTS) -> CourseState:
    """What the entries in force have come to.

    Raises:
        FaultyFile: entries that may not stand; all of them are told.
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
        entry = resolved_entry(found.regimen, written)
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
        admit: raises where the state of the course forbids it.
        take: lets it count in the state of the course.
    """

    admit: Callable[[CourseState, Entry, Any], None]
    take: Callable[[CourseState, Entry, Any], None]


RULES: dict[type[Any], Rule] = {
    effects.Given: Rule(admit_doses.give, CourseState.give),
    effects.Parted: Rule(admit_doses.part, CourseState.part),
    effects.Extra: Rule(admit_doses.add, CourseState.add),
    effects.Held: Rule(admit_doses.hold, CourseState.hold),
    effects.Shifted: Rule(admit_doses.shift, CourseState.shift),
    effects.Delayed: Rule(admit_turns.delay, CourseState.delay),
    effects.Weighed: Rule(admit_turns.weigh, CourseState.weigh),
    effects.Reduced: Rule(admit_turns.reduce, CourseState.reduce),
    effects.Decided: Rule(admit_turns.decide, CourseState.decide),
    effects.Stopped: Rule(_stop, CourseState.stop),
    effects.Amended: Rule(admit_turns.amend, CourseState.amend),
    effects.Levelled: Rule(admit_turns.level, CourseState.level),
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
            f"entries in force: {', '.join(map(str, in_force))}" if in_force else "there is none"
        )
        raise Refused(f"entry {effect.entry} is not there to be undone; {known}")
    without = replace(log, entries=(*log.entries, entry))
    after, faults = _taken(regimen, without, texts)
    resting = [(other, fault.problem) for other, fault in faults]
    if falling := resting or list(_given_otherwise(before, after)):
        numbers = list(dict.fromkeys(other.number for other, _ in falling))
        rests, that = ("rest", "those") if numbers[1:] else ("rests", "that one")
        raise Refused(
            f"entry {effect.entry} cannot be undone while {numbered('entry', numbers)} {rests} on "
            f"it: {falling[0][1]} (undo {that} first, or mend entry {effect.entry} in the file "
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
