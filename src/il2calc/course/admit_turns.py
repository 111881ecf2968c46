"""Whether a block turn may be delayed, decided, or be the first with other amounts or text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from il2calc.course.amendment import block_day
from il2calc.course.dosing_basis import bodies_of, doses_from_turn, is_reduced_by, refuse_other_unit
from il2calc.course.index import Index, is_conditional
from il2calc.course.state import CourseState
from il2calc.errors import (
    Il2calcError,
    MissingInput,
    Refused,
    UnknownName,
    Unmeasured,
    as_typed,
    nearest_arm,
    nearest_drug,
    nearest_slip,
)
from il2calc.model import effects
from il2calc.model.effects import Chain, DoseKey, turn_name, turn_text
from il2calc.model.log import Entry
from il2calc.model.measure import quantities
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, Dose, Regimen, amount_in_words
from il2calc.plan.calendar import Turn
from il2calc.plan.dating import format_moment
from il2calc.plan.needs import lacks, refuse_missing
from il2calc.plan.schedule import Body, amounts_by
from il2calc.plan.timing import Slot
from il2calc.units import Quantity, convert, same_dimension

_DoseBodies = Collection[tuple[Dose, Patient]]  # each dose with every body it is calculated with


def existing_turn(state: CourseState, chain: Chain) -> Turn:
    """The turn that a chain names.

    Raises:
        UnknownName: there is none.
    """
    turns = state.plan.turns
    if chain not in turns:
        names = [turn_text(one) for one in turns if one]
        raise UnknownName("block turn", turn_text(chain), names, near=nearest_slip)
    return turns[chain]


def refuse_ended(state: CourseState, chain: Chain) -> None:
    """Refuse a turn on a branch that was decided against.

    Raises:
        Refused: names the decision.
    """
    if (end := state.decisions.ended(chain)) is not None:
        number = state.decided[end].entry.number
        raise Refused(
            f"{turn_name(chain)} is not given: {turn_name(end)} was decided against; if that "
            f"has changed, undo entry {number} first"
        )


def refuse_stopped(state: CourseState) -> None:
    """Refuse to change the plan after the course was stopped.

    Raises:
        Refused: names the entry.
    """
    if (stop := state.stopped) is not None:
        raise Refused(
            f"the course was stopped on {format_moment(stop.moment)}; if it continues, undo entry "
            f"{stop.number} first"
        )


def check_delayed(state: CourseState, _: Entry, effect: effects.Delayed) -> None:
    """Refuse to delay a turn that has begun or does not exist."""
    turn = _plannable_turn(state, effect.turns)
    if effect.by < 1:
        raise Refused("a delay is at least 1 day; write it like '3 days'")
    if state.is_given_from(turn):
        now = state.now
        moved = now.following(now.turns[effect.turns])
        slots = ((key, slot) for key, slot in now.slots.items() if slot.turn in moved)
        given = next(key for key, _ in slots if state.begins(key))
        raise Refused(
            f"{turn_name(effect.turns)} cannot be delayed: {state.given_text(given)}; "
            "delay what is still to come, or shift a dose"
        )


def check_decided(state: CourseState, _: Entry, effect: effects.Decided) -> None:
    """Refuse a decision that the file does not ask for, or that was entered already."""
    turn = _plannable_turn(state, effect.turns)
    name = turn_name(effect.turns)
    if not is_conditional(turn):
        turns = state.plan.turns.items()
        names = ", ".join(turn_text(chain) for chain, one in turns if is_conditional(one))
        others = f"conditional are: {names}" if names else "no turn of this regimen does"
        raise Refused(f"{name} depends on no condition; {others}")
    if effect.turns in state.decided:
        entry = state.decided[effect.turns].entry
        raise Refused(
            f"{name} was decided already; if entry {entry.number} is wrong, undo it first"
        )
    if effect.given:
        return
    siblings = (one for one in state.plan.within(turn.outer) if one.block is turn.block)
    later = (state.plan.chain(one) for one in siblings if one.number >= turn.number)
    branch = (
        key
        for chain in later
        if chain in state.decisions.begun
        for key in state.now.slots
        if key.turns[: len(chain)] == chain
    )
    if (given := _first_given(state, branch)) is not None:
        raise Refused(
            f"{name} has begun: {state.given_text(given)}; to end the course now: "
            f"il2calc log stop {as_typed(state.log.file)}"
        )


def check_weighed(state: CourseState, entry: Entry, effect: effects.Weighed) -> None:
    """Refuse a measure with a later date, or one that would change a turn that has begun."""
    noun = "weight" if list(effect.measures()) == ["weight"] else "weighing"
    if effect.on > entry.moment.date():
        raise Refused(
            f"the {noun} is dated {effect.on}, after this entry of {format_moment(entry.moment)}"
        )
    if effect.use_from is None:
        return
    slot = _first_from(state, effect.use_from)
    if slot is None:
        raise Refused(f"no dose is given in {turn_text(effect.use_from)}; name another block")
    body = effect.applied_to(state.body)
    body.uncapped()
    _refuse_body(state, effect.use_from, body)
    first = state.moments.local(state.moments.moment_of(slot))
    if entry.overridden:
        return
    given = _given_from(state, effect.use_from)
    if given is None and first.date() >= effect.on:
        return
    name = turn_name(effect.use_from)
    if given is not None:
        reason = f"has begun: {state.given_text(given)}"
    else:
        reason = f"begins on {format_moment(first)} (if it is late, enter the delay first)"
    raise Refused(
        f"{name} {reason}; a {noun} is used from the first dose of a block on: name a later one, "
        "or use it for the rest of this one (--override)"
    )


def check_reduced(state: CourseState, entry: Entry, effect: effects.Reduced) -> None:
    """Refuse another amount that the regimen forbids, or for doses that were given."""
    regimen, drug = state.regimen, effect.drug
    if drug not in (drugs := regimen.drugs(state.arm)):
        raise UnknownName(f"drug of {regimen.id}", drug, drugs, near=nearest_drug)
    if not isinstance(effect.to, Quantity) and effect.to <= 0:
        raise Refused("a percentage is above 0 %; a dose that is left out is held")
    first = _first_from(state, effect.start)
    name = turn_name(effect.start)
    doses = [] if first is None else state.whereabouts.doses_from(drug, first.minute)
    if first is None or not doses:
        raise Refused(f"no {drug} is given from {name} on; name an earlier block")
    try:
        _refuse_of_doses(state, entry, effect, doses, first, in_order=False)
    except Il2calcError:  # the message is about the first dose in time, for which all are laid out
        slots = _reduced_slots(state, effect._replace(dose=None)).values()
        ordered = list(dict.fromkeys(slot.dose for slot in slots))
        _refuse_of_doses(state, entry, effect, ordered, first, in_order=True)
    if entry.overridden or first.minute > state.last_given:
        return
    if (given := _first_given(state, _reduced_slots(state, effect))) is not None:
        raise Refused(
            f"{name} has begun: {state.given_text(given)}; name a later block, or reduce the "
            "rest of this one (--override)"
        )


def _refuse_of_doses(
    state: CourseState,
    entry: Entry,
    effect: effects.Reduced,
    doses: Sequence[Dose],
    first: Slot,
    *,
    in_order: bool,
) -> None:
    """Refuse another amount that one of the doses cannot have.

    Args:
        in_order: the doses are in the order of time; if not, every one of them is checked.
    """
    regimen = state.regimen
    if effect.dose is not None:
        names = {dose.name: None for dose in doses}
        if effect.dose not in names:
            kind = f"dose of {effect.drug} from {turn_name(effect.start)} on"
            raise UnknownName(kind, effect.dose, names, near=nearest_slip)
        doses = [dose for dose in doses if dose.name == effect.dose]
    pairs = _dose_bodies(state, effect, doses, first)
    if isinstance(effect.to, Quantity):
        _refuse_other_amount(state, effect.start, effect.to, pairs)
    are_lower = (is_lower(state, effect.to, dose, body) for dose, body in pairs)
    lower = any(are_lower if in_order else [*are_lower])
    if regimen.never_reduce and lower and not (entry.overridden and entry.reason):
        raise Refused(
            f"{regimen.id} says: withhold doses, never reduce them (reduce: no); hold doses, or "
            "reduce anyway with --override and a --reason"
        )


def _dose_bodies(
    state: CourseState, effect: effects.Reduced, doses: Iterable[Dose], first: Slot
) -> dict[tuple[Dose, Patient], None]:
    """The doses that an entry changes, each with every body that it is calculated with."""
    body: Patient | None = state.body
    # There is no other body if no weighing is used, and for a percentage no body matters.
    if body is not state.log.patient and isinstance(effect.to, Quantity):
        body = state.body_from(first) if first.minute > state.last_given else None
    if body is not None:
        return dict.fromkeys((dose, body) for dose in doses)
    slots = _reduced_slots(state, effect)
    open_slots = {key: slot for key, slot in slots.items() if key not in state.given} or slots
    bodies = bodies_of(state, open_slots)
    return dict.fromkeys((slot.dose, bodies[key]) for key, slot in open_slots.items())


def _reduced_slots(state: CourseState, effect: effects.Reduced) -> dict[DoseKey, Slot]:
    """Every dose that an entry changes, in the order of time."""
    return {
        key: slot
        for key, slot in doses_from_turn(state, effect.start)
        if is_reduced_by(key, effect)
    }


def _refuse_other_amount(
    state: CourseState, start: Chain, to: Quantity, pairs: _DoseBodies
) -> None:
    """Refuse an amount of another kind of unit than those it replaces, or if these differ."""
    planned = {dose: dose.amount(state.arm) for dose, _ in pairs}
    doses = list(planned)
    drug = doses[0].drug
    if len(set(planned.values())) > 1:
        stated = (f"{dose.name} {amount_in_words(amount)}" for dose, amount in planned.items())
        several = len({dose.name for dose in doses}) > 1
        which = f"name one, such as {drug}:{doses[-1].name}" if several else "name a later block"
        raise Refused(
            f"the doses of {drug} differ ({', '.join(stated)}); {which}, or give a percentage of "
            "each, such as '75 %'"
        )
    given = to.given_in()
    units = [amount.given_in() for amount in quantities(planned[doses[0]])]
    unit = units[0] if units else given
    if not same_dimension(unit, given):
        raise Refused(f"{drug} is measured in {unit}, not {given}; give the amount in {unit}")
    _refuse_unweighed(state, start, pairs, to)


def is_lower(state: CourseState, to: Decimal | Quantity, dose: Dose, patient: Patient) -> bool:
    """Whether an amount or percentage of a dose is less than the file prescribes for a body."""
    if not isinstance(to, Quantity):
        return to < 100
    amount_of, full = amounts_by(state.arm, {}), Decimal(100)
    new, old = (amount_of(dose, Body(patient, full, amount)) for amount in (to, None))
    if new.value is None or old.value is None:
        return False
    return new.value < convert(old.value, old.unit, new.unit)


def check_amended(state: CourseState, entry: Entry, effect: effects.Amended) -> None:
    """Refuse another text from a turn on that it lacks, or that has recorded doses."""
    refuse_stopped(state)
    new_text, old_text = state.text_of(effect), state.regimen
    if new_text.day_zero != old_text.day_zero:
        raise Refused(
            "the new text counts days differently (numbering: with day 0), so the days of the "
            "course would move; start a new log"
        )
    _refuse_recorded_from(state, entry, effect.start)
    _refuse_text(state, effect)


def _refuse_text(state: CourseState, effect: effects.Amended | effects.Levelled) -> None:
    """Refuse another text or arm that loses a dose, gives none, or has one without an amount.

    Raises:
        MissingInput: a measure, with the command that enters it.
        Refused: a recorded dose is lost; no dose is left; no entry can bring a measure, or no band
            of an amount holds the body.
        Il2calcError: whatever the text refuses of the log's arm and turns.
    """
    both, text, plan = state.after(effect)
    _refuse_lost(state, plan, both)
    planned = {slot.dose for slot in plan.slots.values()}
    needed = [dose for _, dose in text.as_needed(state.arm)]
    if not planned and not needed:
        what = f"arm {effect.arm}" if isinstance(effect, effects.Levelled) else "the text"
        raise Refused(
            f"{what} gives nothing from {turn_name(effect.start or ()) or 'day 1'} on, so no dose "
            "would be left; name a later block (--from), or end the course: il2calc log stop "
            f"{as_typed(state.log.file)}"
        )
    doses = [dose for dose in text.doses() if dose in planned] + needed
    _refuse_unweighed(state, effect.start, [(dose, state.body) for dose in doses])
    for reduction in state.reductions:
        of_drug = (dose for dose in doses if dose.drug == reduction.effect.drug)
        for dose in (dose for dose in of_drug if reduction.effect.dose in (None, dose.name)):
            refuse_other_unit(state, reduction, None, dose)


def _refuse_lost(state: CourseState, plan: Index, regimen: Regimen) -> None:
    """Refuse a plan that lacks a recorded dose, such as one continued through a delay."""
    whereabouts = state.located(plan, regimen)
    for key in (key for key in (*state.given, *state.held) if key.dose != UNPLANNED):
        exists = key.turns in plan.turns and key in whereabouts.turn_doses(key.turns).slots
        if not exists or (key in state.held and block_day(plan, key) != block_day(state.plan, key)):
            raise Refused(
                f"{_status(state, key)}, and the plan by the text would not have that dose on its "
                "day; name a later block (--from)"
            )


def _refuse_unweighed(
    state: CourseState, start: Chain | None, pairs: _DoseBodies, to: Quantity | None = None
) -> None:
    """Refuse doses from a turn on that need another measure, with the command that enters it."""
    try:
        refuse_missing(pairs, state.arm, to)
    except Unmeasured as lacking:
        if "--sex" in lacking.example:
            reason = "a log keeps the sex that it was started with; start a new log"
            raise Refused(f"{lacking.needed_by}, and {reason}") from None
        measure = lacking.example.replace("--weight 70", "'70 kg'")
        turns = [turn for turn in state.plan.turns if turn]
        exists = start in turns or (start and state.whereabouts.named(start))
        first = start if start and exists else next(iter(turns), ())
        begun = first and _given_from(state, first)
        raise MissingInput(
            f"the measure first, such as il2calc log weigh {as_typed(state.log.file)} "
            f"{measure} --on DATE --use-from {as_typed(turn_text(first) or 'ROW')}"
            f"{' --override' if begun else ''}",
            lacking.needed_by,
        ) from None


def _refuse_recorded_from(state: CourseState, entry: Entry, start: Chain | None) -> None:
    """Refuse to change what recorded doses were prescribed by, but for those held ahead."""
    affected = recorded = recorded_by(state, entry.moment)
    if start is not None:
        turns, slots = state.plan.turns, state.plan.slots
        following = state.plan.following(turns[start]) if start in turns else ()
        affected = [key for key in recorded if key in slots and slots[key].turn in following]
    if affected:
        name, status = turn_name(start or ()) or "the course", _status(state, affected[0])
        raise Refused(f"{name} has begun: {status}; name a later block (--from)")


def recorded_by(state: CourseState, moment: datetime) -> list[DoseKey]:
    """Doses that were given, or held and whose time has come: one held ahead begins no turn."""
    times = ((key, state.moments.moment_of(state.slot(key))) for key in state.held)
    return [*state.given, *(key for key, time in times if state.moments.local(time) <= moment)]


def _status(state: CourseState, key: DoseKey) -> str:
    """What was recorded of a dose, for a message."""
    return state.given_text(key) if key in state.given else f"{state.name(key)} is held"


def check_levelled(state: CourseState, entry: Entry, effect: effects.Levelled) -> None:
    """Refuse an arm that does not exist, or another arm from a turn on that has recorded doses."""
    refuse_stopped(state)
    arms = state.newest.arms
    if effect.arm not in arms:
        regimen = state.newest.id
        kind, hint = (f"arm of {regimen}", "") if arms else ("arm", f"{regimen} has no arms.")
        raise UnknownName(kind, effect.arm, arms, hint, nearest_arm)
    _refuse_recorded_from(state, entry, effect.start)
    _refuse_text(state, effect)


def _refuse_body(state: CourseState, chain: Chain, body: Patient) -> None:
    """Refuse a body from which a dose of a turn, or after it, cannot be calculated.

    The doses from the turn on are looked for only if some dose of the regimen cannot be.

    Raises:
        MissingInput: a measure that the doses need.
        Refused: no band of an amount holds the body.
    """
    if lacks(((dose, body) for dose in state.regimen.doses_in(state.arm)), state.arm):
        doses = dict.fromkeys(slot.dose for _, slot in doses_from_turn(state, chain))
        refuse_missing(((dose, body) for dose in doses), state.arm)


def _plannable_turn(state: CourseState, chain: Chain) -> Turn:
    """A turn that exists, unless its branch, or the course, has ended."""
    if not chain:
        raise Refused("the regimen itself is not a block turn; name one, such as 'cycle 2'")
    turn = existing_turn(state, chain)
    refuse_stopped(state)
    refuse_ended(state, chain)
    return turn


def _first_from(state: CourseState, chain: Chain) -> Slot | None:
    """The named dose, or the first of a plannable turn; None for an empty turn."""
    if state.whereabouts.named(chain) is None:
        _plannable_turn(state, chain)
    refuse_stopped(state)
    refuse_ended(state, chain)
    return state.whereabouts.first_in(chain)


def _given_from(state: CourseState, chain: Chain) -> DoseKey | None:
    """The first dose of a turn, or after it in time, that was given; None if none was."""
    first = state.whereabouts.first_in(chain)
    if first is None or first.minute > state.last_given:
        return None
    return _first_given(state, (key for key, _ in doses_from_turn(state, chain)))


def _first_given(state: CourseState, keys: Iterable[DoseKey]) -> DoseKey | None:
    return next(filter(state.begins, keys), None)
