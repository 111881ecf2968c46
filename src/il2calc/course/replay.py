"""A schedule updated from a course log: what was recorded, and the rest planned again.

The log says which administrations were given or held. Of the rest, those after the moment of
stopping, or on a branch that was decided against, are stopped; those that still depend on a
condition are conditional, whatever the day. The others go by their day: unrecorded before the day
of `as_of`, due on it, planned after it. After a range, one is due from its earliest day to its
latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, localcontext

from il2calc.course import admission
from il2calc.course.dosing_basis import DosingBases
from il2calc.course.index import CourseRow, key_of
from il2calc.course.state import NO_TEXTS, Applied, CourseState, Texts
from il2calc.course.whereabouts import CourseLayout
from il2calc.errors import Refused, numbered
from il2calc.model.effects import Chain, Given, Parted, Portion
from il2calc.model.log import Entry, Log
from il2calc.model.regimen import NOT_STATED, Regimen
from il2calc.plan import schedule
from il2calc.plan.administration import RECKONED, Administration, Recorded
from il2calc.plan.dosing import Unstated
from il2calc.plan.needs import lacks
from il2calc.plan.schedule import Body, Revision, Schedule
from il2calc.plan.timing import Slot
from il2calc.units import EXACT, AddedIn, Quantity, convert


@dataclass(slots=True)
class Doses:
    """A number of doses, and their total in the unit of their progress.

    Args:
        unstated: how many of them have an amount that is not stated; they add nothing.
    """

    doses: int = 0
    value: Decimal = Decimal(0)
    unstated: int = 0

    def add(self, value: Decimal | None) -> None:
        """Count one more dose; None = its amount is not stated."""
        self.doses += 1
        if value is None:
            self.unstated += 1
            return
        with localcontext(EXACT):
            self.value += value


@dataclass(slots=True)
class Progress:
    """What became of the doses of one drug.

    Args:
        turns: the innermost block turn and those around it; empty for the whole course.
        unit: of its amounts; empty if no amount of the drug is stated or was given.
        planned: by the plan before the log; all others as the doses are calculated now.
        continued: doses not in the plan, continued through a delay; they count in the others too.
        unplanned: doses not in the plan that were given; they count in `given` too.
        as_needed: the part of `unplanned` that the regimen gives as needed.
        given: what was really given.
        remaining: due, planned or conditional; `conditional` only the latter.
    """

    drug: str
    turns: Chain
    unit: str
    planned: Doses = field(default_factory=Doses)
    continued: Doses = field(default_factory=Doses)
    unplanned: Doses = field(default_factory=Doses)
    as_needed: Doses = field(default_factory=Doses)
    given: Doses = field(default_factory=Doses)
    held: Doses = field(default_factory=Doses)
    unrecorded: Doses = field(default_factory=Doses)
    remaining: Doses = field(default_factory=Doses)
    conditional: Doses = field(default_factory=Doses)
    stopped: Doses = field(default_factory=Doses)


@dataclass(frozen=True, slots=True)
class Course:
    """A schedule as it is now, with the plan and what was recorded.

    Args:
        as_of: the time for which it is shown, by its own clock.
        planned: the plan without the log.
        schedule: the administrations as they are now, with what became of each.
        progress: per drug and innermost block turn, then per drug in all.
        state: the state after the entries in force.
        layout: all doses and turns as they are now.
        notes: the rules that the log used, one line each.
    """

    log: Log
    as_of: datetime
    planned: Schedule
    schedule: Schedule
    rows: tuple[CourseRow, ...]
    progress: tuple[Progress, ...]
    state: CourseState
    layout: CourseLayout
    notes: tuple[str, ...]


def replay(regimen: Regimen, log: Log, as_of: datetime, texts: Texts = NO_TEXTS) -> Course:
    """The schedule of a course, updated from its log.

    Args:
        regimen: the newest text, read with the settings of the log.
        as_of: the time to show; a time without a zone is by the course's clock.
        texts: the texts that the log holds, read with its settings.

    Raises:
        FaultyFile: entries that are not allowed; all of them are reported.
        Il2calcError: whatever the regimen refuses of the log's patient, arm, turns and zone.
    """
    state = admission.state_of(regimen, log, texts)
    layout = state.lay_out(frozenset(state.decisions.begun))
    bases = DosingBases(state)
    timetable = layout.now.timetable
    settled = timetable._replace(slots=tuple(state.decisions.settled(timetable.slots)))

    def body(slot: Slot, planned: Body) -> Body:
        return bases.basis(layout.now.key(slot), planned)

    plan = scheduled(state, _plan_revision(state, bases))

    def is_held(slot: Slot) -> bool:
        return layout.now.key(slot) in state.held

    now = scheduled(state, Revision(settled, body, is_held))
    as_of = state.moments.local(as_of)
    rows = tuple(_in_unit_given(state, row) for row in now.administrations)
    endings = _Endings(state, layout)
    recorded = {row.number: _outcome(state, row, as_of.date(), endings) for row in rows}
    now = replace(now, administrations=rows, shown=rows, recorded=recorded)
    planned = {key_of(row): row for row in plan.administrations}
    course_rows = tuple(
        CourseRow(row, key, planned.get(key), recorded[row.number], text, arm)
        for row, text, arm in _with_versions(state, rows)
        for key in [key_of(row)]
    )
    return Course(
        log=state.log,
        as_of=as_of,
        planned=plan,
        schedule=now,
        rows=course_rows,
        progress=progress(course_rows),
        state=state,
        layout=layout,
        notes=tuple(rules_used(state, layout, now)),
    )


def _with_versions(
    state: CourseState, rows: Iterable[Administration]
) -> Iterator[tuple[Administration, Regimen, str | None]]:
    """Each row with the text and arm that it follows; an unplanned one goes with the row before."""
    # Doses of two texts may be equal, so they are told apart by identity.
    versions: dict[int, tuple[Regimen, str | None]] = {}
    for version in state.versions:
        versions |= dict.fromkeys(map(id, version.regimen.doses()), (version.regimen, version.arm))
    text, arm = state.versions[0].regimen, state.arm
    for row in rows:
        text, arm = versions.get(id(row.dose.as_written), (text, arm))
        yield row, text, arm


def _plan_revision(state: CourseState, bases: DosingBases) -> Revision:
    """The plan, with doses for the body at the start of the log.

    One that cannot be calculated for it, as in later texts and arms, has the body that it has now.
    """
    timetable = state.plan.timetable
    doses = dict.fromkeys(slot.dose for slot in timetable.slots) if bases.bodies else {}
    lacking = {dose for dose in doses if lacks([(dose, bases.start)], state.arm)}
    needed = [(dose, bases.start) for _, dose in state.regimen.as_needed(state.arm)]
    late_body = state.body if lacks(needed, state.arm) else None
    if not lacking:
        return Revision(timetable, late=late_body)

    def body(slot: Slot, planned: Body) -> Body:
        if slot.dose not in lacking:
            return planned
        return planned._replace(patient=bases.body(state.plan.key(slot)))

    return Revision(timetable, body, late=late_body)


def _in_unit_given(state: CourseState, row: Administration) -> Administration:
    """A dose, in the unit of what was given of it if its own amount is not stated."""
    key, dosed = key_of(row), row.dosed
    if not isinstance(dosed, Unstated) or key not in state.given:
        return row
    _, amount = state.entered(key)
    return row if amount is None else replace(row, dosed=dosed._replace(unit=amount.unit))


def scheduled(state: CourseState, revision: Revision) -> Schedule:
    """The schedule of a course by a timetable, with the settings of its log."""
    log = state.log
    return schedule.make(
        state.regimen,
        log.patient,
        arm=log.arm,
        start=log.start,
        at=log.at,
        times=log.times,
        percents=log.percents,
        subject=log.subject,
        zone=state.moments.zone,
        revision=revision,
    )


def _outcome(state: CourseState, row: Administration, today: date, endings: _Endings) -> Recorded:
    key = key_of(row)
    if (given := state.given.get(key)) is not None:
        return _given_outcome(state, row, given)
    if (hold := state.held.get(key)) is not None:
        return Recorded("held", reason=hold.reason or "")
    local = state.moments.local(row.moment)
    if (end := endings.of(row, key.turns, local)) is not None:
        return Recorded("stopped", reason=end.reason or "")
    if row.only_if:
        return Recorded("conditional")
    if local.date() <= today and (row.not_before or today <= (row.latest_date or local.date())):
        return Recorded("due")
    return Recorded("unrecorded" if local.date() < today else "planned")


def _given_outcome(state: CourseState, row: Administration, given: Applied[Given]) -> Recorded:
    at, amount = state.entered(key_of(row))
    given_at = row.when if at is None else state.moments.typed_moment(at)
    dosed = row.dosed
    value = dosed.value
    if amount is not None:
        value = convert(amount.value, amount.unit, dosed.unit)
    ended = state.ended_early.get(key_of(row))
    if ended is not None and given_at is not None:
        ended = state.moments.typed_moment(ended, fold=given_at.fold)
    is_assumed = amount is None and value is not None
    return Recorded("given", given_at, value, given.entry.reason or "", ended, is_assumed)


def with_portions(course: Course, effect: Given | Parted) -> tuple[Given | Parted, Course]:
    """An entry with the amount, route and time of each dose added, and the course that has these.

    Raises:
        Refused: neither the file nor the entry says how much was given.
    """
    rows = {row.key: row for row in course.rows}
    portions: list[Portion] = []
    doses = (effect.dose,) if isinstance(effect, Parted) else effect.doses
    for key in doses:
        row = rows[key]
        when, value = row.recorded.when, row.recorded.value
        assert when is not None, "it was given"
        if value is None:
            raise Refused(
                f"the amount of {course.state.name(key)} is {NOT_STATED} in the file; say how much "
                'was given, such as --amount "5 mg"'
            )
        dose, dosed = row.administration.dose, row.administration.dosed
        amount = Quantity(value, dosed.unit) if effect.amount is None else effect.amount
        portions.append(Portion(amount, dose.route, course.state.moments.local(when)))
    state = copy(course.state)
    state.portions = {**state.portions, **dict(zip(doses, portions, strict=True))}
    return effect._replace(portions=tuple(portions)), replace(course, state=state)


class _Endings:
    """The entries by which doses are not given any more."""

    def __init__(self, state: CourseState, layout: CourseLayout) -> None:
        decisions, decided = state.decisions, state.decided
        ended = {chain: decisions.ended(chain) for chain in layout.now.turns}
        self.turns = {chain: decided[end].entry for chain, end in ended.items() if end is not None}
        self.continued = [dose for dose in layout.continued if dose.delayed in self.turns]
        self.stopped = state.stopped

    def of(self, row: Administration, turns: Chain, local: datetime) -> Entry | None:
        """The entry that ended its branch, the delay through which it continues, or the course."""
        if turns in self.turns:
            return self.turns[turns]
        ending = [self.turns[dose.delayed] for dose in self.continued if dose.holds(row)]
        if self.stopped is not None:
            ending.append(self.stopped)
        return next((entry for entry in ending if local > entry.moment), None)


_AMOUNT_ASSUMED = "the log does not say how much was given, so the planned amount is used"


def rules_used(state: CourseState, layout: CourseLayout, now: Schedule) -> Iterator[str]:
    """The rules that a course used, as sentences.

    References: what becomes of a held dose is practice, not label; published high-dose practice
    re-assesses at the next scheduled time and leaves the held dose out (SpringerPlus 2015,
    s40064-015-0890-1, table 1).
    """
    yield (
        "Unrecorded: planned before the day shown, with its latest date past too, and nothing "
        "entered; due: planned on that day, or earlier with its latest date not yet past; "
        "planned: for a later day."
    )
    if state.held:
        yield (
            "A held dose is omitted, not made up for (assumed from published practice: "
            "SpringerPlus 2015, s40064-015-0890-1, table 1); il2calc log shift moves the rest of a "
            "repeat."
        )
    if assumed := [number for number, row in now.recorded.items() if row.amount_assumed]:
        yield f"{numbered('row', assumed)}: {RECKONED}: {_AMOUNT_ASSUMED}."
    if any(given.effect.at for given in state.given.values()):
        yield "A dose given at another time than planned moves no other dose."
    if state.shifts:
        yield "A shift moves one dose and the rest of its repeat, and no block."
    if state.delays:
        yield (
            "A delay moves its block turn and everything after it in the same sequence, and "
            "nothing before; a block placed by day stays in place."
        )
        if any(late for _, late in state.plan.timetable.turns):
            yield (
                "A delay uses up only the range of time right before its turn (how much later it "
                "may begin once the turn before it has begun), and only once; a delay beyond it "
                "moves latest dates too."
            )
    continued = dict.fromkeys(one.dose.name for one in layout.continued if one.slots)
    if continued:
        yield (
            f"{', '.join(continued)}: continues through a delay at its usual intervals, as doses "
            "of the turn before (during_delay: continue)."
        )
    yield from _amount_rules(state)
    yield from _condition_rules(state, now)


def _amount_rules(state: CourseState) -> Iterator[str]:
    if state.weighings:
        yield (
            "A new weight changes no dose by itself, since weight gained during treatment may be "
            "fluid; if used, it counts from the named dose, or the first of the named block, on; "
            "of two weighings the later counts."
        )
    taken_up = [one.effect for one in state.weighings if one.effect.use_from is not None]
    if state.weighings and state.log.patient.height is not None:
        yield "With a new weight the body surface area is calculated again, from the same height."
    if any(list(weighing.measures()) != ["weight"] for weighing in taken_up):
        yield (
            "Each measure counts until a newer one of its kind; a body surface area that was "
            "given counts until a height is measured without one, and is then calculated from "
            "height and weight."
        )
    if state.reductions:
        yield (
            "A percentage is of the amount in the file, before cap and rounding, and only for the "
            "named drug; it counts from the named dose, or the first of the named block, on; of "
            "two percentages the later entry counts."
        )


def _condition_rules(state: CourseState, now: Schedule) -> Iterator[str]:
    states = {recorded.state for recorded in now.recorded.values()}
    if state.decided or "conditional" in states:
        yield (
            "A conditional turn stays conditional until it is decided or one of its doses is "
            "given; 'no' ends the branch, and what follows keeps its dates."
        )
    if state.stopped is not None:
        yield "Nothing planned after the course was stopped is given."


def progress(rows: Sequence[CourseRow]) -> tuple[Progress, ...]:
    """Per drug: one progress per innermost block turn, then one for the whole course.

    A dose whose amount is not stated counts with those of its drug whose amount is.
    """
    added_in = AddedIn()
    known = (row for row in reversed(rows) if _has_amount(row))
    first_units = {row.key.drug: row.administration.dosed.unit for row in known}
    by_key: dict[tuple[str, str, Chain | None], Progress] = {}
    for row in rows:
        drug = row.key.drug
        unit_now = row.administration.dosed.unit if _has_amount(row) else first_units.get(drug, "")
        unit = added_in.unit(drug, unit_now)
        for turns in {None, row.key.turns or None}:
            key = (drug, unit, turns)
            if key not in by_key:
                by_key[key] = Progress(drug, turns or (), unit)
            _add(by_key[key], row)
    drugs = {drug: place for place, drug in enumerate(dict.fromkeys(key[0] for key in by_key))}
    return tuple(sorted(by_key.values(), key=lambda one: (drugs[one.drug], not one.turns)))


def _has_amount(row: CourseRow) -> bool:
    return row.administration.dosed.value is not None or row.recorded.value is not None


def _add(progress: Progress, row: CourseRow) -> None:
    now, planned, recorded = row.administration.dosed, row.planned, row.recorded
    if planned is not None:
        progress.planned.add(_converted(planned.dosed.value, planned.dosed.unit, progress.unit))
    value = now.value if recorded.value is None else recorded.value
    amount = _converted(value, now.unit, progress.unit)
    if row.administration.dose.unplanned:
        progress.unplanned.add(amount)
        if row.administration.dose.as_needed:
            progress.as_needed.add(amount)
    elif planned is None:
        progress.continued.add(amount)
    states = {
        "given": progress.given,
        "held": progress.held,
        "unrecorded": progress.unrecorded,
        "stopped": progress.stopped,
    }
    states.get(recorded.state, progress.remaining).add(amount)
    if recorded.state == "conditional":
        progress.conditional.add(amount)


def _converted(value: Decimal | None, unit: str, to: str) -> Decimal | None:
    return None if value is None else convert(value, unit, to)
