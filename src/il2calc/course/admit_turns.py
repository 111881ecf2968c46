"""Whether a block turn may be delayed, decided, or be the first with other amounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from il2calc.course.dosing_basis import bodies_of, from_turn, is_of, refuse_otherwise
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
from il2calc.model.effects import Chain, DoseKey, chain_text, turn_name
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

_Whose = Collection[tuple[Dose, Patient]]


def existing(state: CourseState, chain: Chain) -> Turn:
    """The turn of a name.

    Raises:
        UnknownName: there is none.
    """
    turns = state.plan.turns
    if chain not in turns:
        known = [chain_text(turn) for turn in turns if turn]
        raise UnknownName("block turn", chain_text(chain), known, near=nearest_slip)
    return turns[chain]


def refuse_ended(state: CourseState, chain: Chain) -> None:
    """Refuse what lies on a branch that was decided against.

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
    """Refuse to plan on after the course was stopped.

    Raises:
        Refused: names the entry.
    """
    if (stop := state.stopped) is not None:
        raise Refused(
            f"the course was stopped on {format_moment(stop.moment)}; if it continues, undo entry "
            f"{stop.number} first"
        )


def delay(state: CourseState, _: Entry, effect: effects.Delayed) -> None:
    """Refuse to delay a turn that has begun, or that there is not."""
    turn = _named(state, effect.turns)
    if effect.by < 1:
        raise Refused("a delay is at least 1 day; write it like '3 days'")
    if state.is_given_from(turn):
        places = state.places
        moved = places.following(places.turns[effect.turns])
        slots = ((key, slot) for key, slot in places.slots.items() if slot.turn in moved)
        given = next(key for key, _ in slots if state.begins(key))
        raise Refused(
            f"{turn_name(effect.turns)} cannot be delayed: {state.was_given(given)}; "
            "delay what is still to come, or shift a dose"
        )


def decide(state: CourseState, _: Entry, effect: effects.Decided) -> None:
    """Refuse a decision that the file does not ask for, or that was taken already."""
    turn = _named(state, effect.turns)
    name = turn_name(effect.turns)
    if not is_conditional(turn):
        turns = state.plan.turns.items()
        known = ", ".join(chain_text(chain) for chain, turn in turns if is_conditional(turn))
        others = f"conditional are: {known}" if known else "no turn of this regimen does"
        raise Refused(f"{name} depends on no condition; {others}")
    if effect.turns in state.decided:
        entry = state.decided[effect.turns].entry
        raise Refused(
            f"{name} was decided already; if entry {entry.number} is wrong, undo it first"
        )
    if effect.given:
        return
    beside = ((state.plan.chain(each), each) for each in state.plan.within(turn.outer))
    branch = (
        key
        for chain, each in beside
        if each.block is turn.block
        and each.number >= turn.number
        and chain in state.decisions.begun
        for key in state.places.slots
        if key.turns[: len(chain)] == chain
    )
    if (given := _first_given(state, branch)) is not None:
        raise Refused(
            f"{name} has begun: {state.was_given(given)}; to end the course now: "
            f"il2calc log stop {as_typed(state.log.file)}"
        )


def weigh(state: CourseState, entry: Entry, effect: effects.Weighed) -> None:
    """Refuse a measure of the future, or one that would change a turn that has begun."""
    what = "weight" if list(effect.measures()) == ["weight"] else "weighing"
    if effect.on > entry.moment.date():
        raise Refused(
            f"the {what} is dated {effect.on}, after this entry of {format_moment(entry.moment)}"
        )
    if effect.use_from is None:
        return
    slot = _first_from(state, effect.use_from)
    if slot is None:
        raise Refused(f"no dose is given in {chain_text(effect.use_from)}; name another block")
    body = effect.anew(state.body)
    body.uncapped()
    _refuse_body(state, effect.use_from, body)
    first = state.moments.local(state.moments.of(slot))
    if entry.overridden:
        return
    given = _given_from(state, effect.use_from)
    if given is None and first.date() >= effect.on:
        return
    name = turn_name(effect.use_from)
    if given is not None:
        begun = f"has begun: {state.was_given(given)}"
    else:
        begun = f"begins on {format_moment(first)} (if it is late, enter the delay first)"
    raise Refused(
        f"{name} {begun}; a {what} is used from the first dose of a block on: name a later one, "
        "or use it for the rest of this one (--override)"
    )


def reduce(state: CourseState, entry: Entry, effect: effects.Reduced) -> None:
    """Refuse another amount that the regimen forbids, or of doses that were given."""
    regimen, drug = state.regimen, effect.drug
    if drug not in (known := regimen.drugs(state.arm)):
        raise UnknownName(f"drug of {regimen.id}", drug, known, near=nearest_drug)
    if not isinstance(effect.to, Quantity) and effect.to <= 0:
        raise Refused("a percentage is above 0 %; a dose that is left out is held")
    first = _first_from(state, effect.start)
    name = turn_name(effect.start)
    found = [] if first is None else state.where.doses_from(drug, first.minute)
    if first is None or not found:
        raise Refused(f"no {drug} is given from {name} on; name an earlier block")
    try:
        _refuse_of_doses(state, entry, effect, found, first, in_order=False)
    except Il2calcError:  # told by the doses in the order of time, for which all are laid
        lying = _changed_from(state, effect._replace(dose=None)).values()
        reached = list(dict.fromkeys(slot.dose for slot in lying))
        _refuse_of_doses(state, entry, effect, reached, first, in_order=True)
    if entry.overridden or first.minute > state.last:
        return
    if (given := _first_given(state, _changed_from(state, effect))) is not None:
        raise Refused(
            f"{name} has begun: {state.was_given(given)}; name a later block, or reduce the "
            "rest of this one (--override)"
        )


def _refuse_of_doses(
    state: CourseState,
    entry: Entry,
    effect: effects.Reduced,
    reached: Sequence[Dose],
    first: Slot,
    *,
    in_order: bool,
) -> None:
    """Refuse another amount that some dose which it reaches cannot have.

    Args:
        in_order: these are in the order of time; in any other one, each of them is looked at.
    """
    regimen = state.regimen
    if effect.dose is not None:
        names = {dose.name: None for dose in reached}
        if effect.dose not in names:
            what = f"dose of {effect.drug} from {turn_name(effect.start)} on"
            raise UnknownName(what, effect.dose, names, near=nearest_slip)
        reached = [dose for dose in reached if dose.name == effect.dose]
    doses = _bodies_from(state, effect, reached, first)
    if isinstance(effect.to, Quantity):
        _refuse_another_amount(state, effect.start, effect.to, doses)
    each_lower = (is_lower(state, effect.to, dose, body) for dose, body in doses)
    lower = any(each_lower if in_order else [*each_lower])
    if regimen.never_reduce and lower and not (entry.overridden and entry.reason):
        raise Refused(
            f"{regimen.id} says: withhold doses, never reduce them (reduce: no); hold doses, or "
            "reduce anyway with --override and a --reason"
        )


def _bodies_from(
    state: CourseState, effect: effects.Reduced, doses: Iterable[Dose], first: Slot
) -> dict[tuple[Dose, Patient], None]:
    """The doses that an entry changes, each with every body that it is calculated with."""
    body = state.body_from(first) if first.minute > state.last else None
    if state.body is state.log.patient or not isinstance(effect.to, Quantity):
        body = state.body  # no weighing is taken up, or a share is one of any body's amount
    if body is not None:
        return dict.fromkeys((dose, body) for dose in doses)
    every = _changed_from(state, effect)
    left = {key: slot for key, slot in every.items() if key not in state.given} or every
    bodies = bodies_of(state, left)
    return dict.fromkeys((slot.dose, bodies[key]) for key, slot in left.items())


def _changed_from(state: CourseState, effect: effects.Reduced) -> dict[DoseKey, Slot]:
    """Every dose that an entry changes, in the order of time."""
    return {key: slot for key, slot in from_turn(state, effect.start) if is_of(key, effect)}


def _refuse_another_amount(state: CourseState, start: Chain, to: Quantity, whose: _Whose) -> None:
    """An amount is of one kind with those that it replaces, and these are alike.

    Args:
        whose: the doses, each with every body that it is calculated with.
    """
    planned = {dose: dose.amount(state.arm) for dose, _ in whose}
    doses = list(planned)
    drug = doses[0].drug
    if len(set(planned.values())) > 1:
        told = ", ".join(f"{dose.name} {amount_in_words(each)}" for dose, each in planned.items())
        several = len({dose.name for dose in doses}) > 1
        which = f"name one, such as {drug}:{doses[-1].name}" if several else "name a later block"
        raise Refused(
            f"the doses of {drug} differ ({told}); {which}, or give a percentage of each, such as "
            "'75 %'"
        )
    unit, given = (each.given_in() for each in (*quantities(planned[doses[0]])[:1], to, to)[:2])
    if not same_dimension(unit, given):
        raise Refused(f"{drug} is measured in {unit}, not {given}; give the amount in {unit}")
    _refuse_unweighed(state, start, whose, to)


def is_lower(state: CourseState, to: Decimal | Quantity, dose: Dose, patient: Patient) -> bool:
    """Whether a dose is less than the file prescribes for a body."""
    if not isinstance(to, Quantity):
        return to < 100
    amount_of, whole = amounts_by(state.arm, {}), Decimal(100)
    new, was = (amount_of(dose, Body(patient, whole, each)) for each in (to, None))
    if new.value is None or was.value is None:
        return False
    return new.value < convert(was.value, was.unit, new.unit)


def amend(state: CourseState, _: Entry, effect: effects.Amended) -> None:
    """Refuse another text from a turn on of which something is recorded, or that it has not."""
    refuse_stopped(state)
    newest, was = state.text_of(effect), state.regimen
    if newest.day_zero != was.day_zero:
        raise Refused(
            "the new text counts days differently (numbering: with day 0), so the days of the "
            "course would move; start a new log"
        )
    _refuse_recorded_from(state, effect.start)
    _refuse_text(state, effect)


def _refuse_text(state: CourseState, effect: effects.Amended | effects.Levelled) -> None:
    """Refuse another text or arm that loses a dose, gives none, or of which one is not calculated.

    Raises:
        MissingInput: a measure, with the verb that brings it.
        Refused: a dose that was recorded; no dose is left; no entry can bring a measure, or no band
            of an amount holds the body.
        Il2calcError: whatever the text refuses of the log's arm and turns.
    """
    whole, own, plan = state.by(effect)
    _refuse_lost(state, plan, whole)
    lying = {slot.dose for slot in plan.slots.values()}
    needed = [dose for _, dose in own.as_needed(state.arm)]
    if not lying and not needed:
        what = f"arm {effect.arm}" if isinstance(effect, effects.Levelled) else "the text"
        raise Refused(
            f"{what} gives nothing from {turn_name(effect.start or ()) or 'day 1'} on, so no dose "
            "would be left; name a later block (--from), or end the course: il2calc log stop "
            f"{as_typed(state.log.file)}"
        )
    doses = [dose for dose in own.doses() if dose in lying] + needed
    _refuse_unweighed(state, effect.start, [(dose, state.body) for dose in doses])
    for told in state.reductions:
        reached = (dose for dose in doses if dose.drug == told.effect.drug)
        for dose in (dose for dose in reached if told.effect.dose in (None, dose.name)):
            refuse_otherwise(state, told, None, dose)


def _refuse_lost(state: CourseState, plan: Index, regimen: Regimen) -> None:
    """A dose that was given, or held, through a delay is one of the course by the new plan too."""
    where = state.moved(plan, state.delays_by(plan), regimen)
    recorded = (*state.given, *state.held)
    for key in (key for key in recorded if key.dose != UNPLANNED):
        if key.turns not in plan.turns or key not in where.of_turn(key.turns).slots:
            raise Refused(
                f"{_done(state, key)}, through a delay of a dose that the text does not have; "
                "name a later block (--from)"
            )


def _refuse_unweighed(
    state: CourseState, start: Chain | None, whose: _Whose, to: Quantity | None = None
) -> None:
    """Refuse doses from a turn on that need another measure, with the verb that brings it."""
    try:
        refuse_missing(whose, state.arm, to)
    except Unmeasured as lacking:
        if "--sex" in lacking.example:
            kept = "a log keeps the sex that it was started with; start a new log"
            raise Refused(f"{lacking.needed_by}, and {kept}") from None
        measured = lacking.example.replace("--weight 70", "'70 kg'")
        turns = [turn for turn in state.plan.turns if turn]
        there = start in turns or (start and state.where.named(start))
        since = start if start and there else next(iter(turns), ())
        begun = since and _given_from(state, since)
        raise MissingInput(
            f"the measure first, such as il2calc log weigh {as_typed(state.log.file)} "
            f"{measured} --on DATE --use-from {as_typed(chain_text(since) or 'ROW')}"
            f"{' --override' if begun else ''}",
            lacking.needed_by,
        ) from None


def _refuse_recorded_from(state: CourseState, start: Chain | None) -> None:
    """What was given or held keeps what it was prescribed by."""
    reached = recorded = [*state.given, *state.held]
    if start is not None:
        turns, slots = state.plan.turns, state.plan.slots
        following = state.plan.following(turns[start]) if start in turns else ()
        reached = [key for key in recorded if key in slots and slots[key].turn in following]
    if reached:
        key = reached[0]
        name = "the course" if start is None else turn_name(start)
        raise Refused(f"{name} has begun: {_done(state, key)}; name a later block (--from)")


def _done(state: CourseState, key: DoseKey) -> str:
    """What was recorded of a dose."""
    return state.was_given(key) if key in state.given else f"{state.name(key)} is held"


def level(state: CourseState, _: Entry, effect: effects.Levelled) -> None:
    """Refuse another arm from a turn on of which something is recorded, or that it has not."""
    refuse_stopped(state)
    arms = state.newest.arms
    if effect.arm not in arms:
        regimen = state.newest.id
        kind, hint = (f"arm of {regimen}", "") if arms else ("arm", f"{regimen} has no arms.")
        raise UnknownName(kind, effect.arm, arms, hint, nearest_arm)
    _refuse_recorded_from(state, effect.start)
    _refuse_text(state, effect)


def _refuse_body(state: CourseState, chain: Chain, body: Patient) -> None:
    """Refuse a body from which a dose of a turn, or after it, cannot be calculated.

    Which doses these are is asked only where some dose of the regimen is one of them.

    Raises:
        MissingInput: a measure that the doses need.
        Refused: no band of an amount holds the body.
    """
    if lacks(((dose, body) for dose in state.regimen.doses_in(state.arm)), state.arm):
        doses = dict.fromkeys(slot.dose for _, slot in from_turn(state, chain))
        refuse_missing(((dose, body) for dose in doses), state.arm)


def _named(state: CourseState, chain: Chain) -> Turn:
    """A turn that exists, is still to be given, and may be planned."""
    if not chain:
        raise Refused("the regimen itself is not a block turn; name one, such as 'cycle 2'")
    turn = existing(state, chain)
    refuse_stopped(state)
    refuse_ended(state, chain)
    return turn


def _first_from(state: CourseState, chain: Chain) -> Slot | None:
    """The dose that is named, or the first of a turn, still to be given; None of an empty turn."""
    if state.where.named(chain) is None:
        _named(state, chain)
    refuse_stopped(state)
    refuse_ended(state, chain)
    return state.where.first_in(chain)


def _given_from(state: CourseState, chain: Chain) -> DoseKey | None:
    """The first dose that was given of a turn and of everything after it in time."""
    first = state.where.first_in(chain)
    if first is None or first.minute > state.last:
        return None
    return _first_given(state, (key for key, _ in from_turn(state, chain)))


def _first_given(state: CourseState, keys: Iterable[DoseKey]) -> DoseKey | None:
    return next(filter(state.begins, keys), None)
