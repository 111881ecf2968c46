"""What a careful pharmacist would point out about a course: what was recorded, and what was not."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.course import Course
from il2calc.course.dosing_basis import DosingBases, TakenUp, body_in_use, by_date
from il2calc.course.index import key_of, prefixes
from il2calc.course.moves import LONGEST_CONTINUED
from il2calc.course.state import CourseState
from il2calc.course.whereabouts import CourseLayout
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import Chain, Weighed, turn_name, turn_text
from il2calc.model.measure import Amount, Bands, Measure, age_in_words, measured, measures
from il2calc.model.patient import Patient
from il2calc.model.regimen import WEEKDAYS
from il2calc.plan.administration import NOT_GIVEN, SETTLED, Administration
from il2calc.plan.calendar import DAY, chain_of
from il2calc.plan.schedule import Body, Caution, Schedule, amounts_by
from il2calc.review import limits, of_record, of_schedule
from il2calc.review.body import measures_needed
from il2calc.review.departures import NO_MONOGRAPHS
from il2calc.review.of_entries import beyond_need, delays, keeps_arm, reductions, shifts
from il2calc.review.spacing import moment, moved_too_close
from il2calc.units import EXACT, exact, safe, short

if TYPE_CHECKING:
    from il2calc.pharmacy.answers import Monographs


def review(course: Course, monographs: Monographs = NO_MONOGRAPHS) -> tuple[Caution, ...]:
    """Everything that should be pointed out about a course: its schedule first, then its log."""
    cautions = of_schedule.review(course.schedule, monographs)
    if not keeps_arm(course.state):
        cautions = tuple(caution for caution in cautions if caution.code != "arm")
    return (*cautions, *log_cautions(course))


def cautions(
    plan: Schedule | Course, monographs: Monographs = NO_MONOGRAPHS
) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about a schedule, or about a course.

    Args:
        plan: what `make_schedule` or `replan` returned.
        monographs: by the drug's name in the regimen, as the function `monographs` returns them.
            Without them, what only a monograph can say, such as the largest dose, is missing.
    """
    if isinstance(plan, Schedule):
        return of_schedule.review(plan, monographs)
    return review(plan, monographs)


def log_cautions(course: Course) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about what a log records."""
    state, schedule = course.state, course.schedule
    given = tuple(of_record.given(state, schedule))
    reported = {caution.administrations for caution in given if caution.code == "too-near"}
    return (
        *of_record.review(state),
        *limits.stops_recorded(course),
        *_outside_windows(course),
        *_off_weekdays(course),
        *reductions(state, schedule),
        *weighings(state, schedule),
        *given,
        *moved_too_close(state, schedule, reported),
        *beyond_need(schedule),
        *delays(state),
        *shifts(state),
        *_continued(course.layout, schedule),
        *_undecided_turns(state, schedule, course.as_of.date()),
        *_without_record(schedule),
    )


def _off_weekdays(course: Course) -> Iterator[Caution]:
    """A delay that moves the start of a turn off the weekdays on which the file has day 1.

    Days 1 to 5 of a cycle miss the weekend if it begins on a Monday, but not if on a Wednesday.
    """
    schedule, moved = course.schedule, []
    for row in course.rows:
        turn, state = row.administration.turn, row.recorded.state
        if schedule.start and row.planned and state not in SETTLED:
            day_1, weekdays = schedule.start.date(), schedule.regimen.starts_on
            planned = day_1 + timedelta(days=row.planned.turn.start)
            begins = day_1 + timedelta(days=turn.start)
            fits, still_fits = (WEEKDAYS[day.weekday()] in weekdays for day in (planned, begins))
            if fits and not still_fits:
                moved.append((row.number, turn, begins))
    if moved:
        _, turn, begins = moved[0]
        name, day = turn_text(chain_of(turn)), of_schedule.dated(begins)
        days = " or ".join(schedule.regimen.starts_on)
        text = f"{name} begins on {day} because of a delay; by the file day 1 is a {days}"
        yield Caution("starts-on", text, tuple(number for number, _, _ in moved))


def _outside_windows(course: Course) -> Iterator[Caution]:
    """A dose given, or shifted, further from its day than the window of its block allows.

    Its day is the planned one, moved only by a delay of its turn: a shift moves no window.
    """
    for row in course.rows:
        turn, former = row.administration.turn, row.planned
        windows = [outer.block.window for outer in turn.chain() if outer.block.window is not None]
        if not windows or former is None or row.recorded.state in NOT_GIVEN:
            continue
        planned_day = former.moment.date() + timedelta(days=turn.start - former.turn.start)
        days = abs((moment(course.schedule, row.administration).date() - planned_day).days)
        if days * DAY > windows[-1].longest:
            verb = "was given" if row.recorded.state == "given" else "is shifted to"
            text = f"row {row.number} {verb} {how_many(days, 'day')} from its planned "
            text += f"{planned_day}, outside its window of {windows[-1].text}"
            yield Caution("window", text, (row.number,), of_patient=True)


def _continued(layout: CourseLayout, schedule: Schedule) -> Iterator[Caution]:
    """A dose continued through a delay for longer than a source allows, or not continued at all."""
    for continued in layout.continued:
        name, dose = turn_name(continued.delayed), continued.dose
        if not continued.slots:
            text = f"{dose.name} is not continued through the delay of {name}: it had ended "
            text += "before, or has no interval to continue with; doses given during the delay "
            text += "are not in this schedule"
            yield Caution("not-continued", text)
        elif continued.days > LONGEST_CONTINUED:
            touched = tuple(row.number for row in schedule.administrations if continued.holds(row))
            text = f"{dose.name} continues through the delay of {name} by {continued.days} "
            text += f"days; a source allows up to {LONGEST_CONTINUED}"
            yield Caution("long-delay", text, touched)


def _undecided_turns(state: CourseState, schedule: Schedule, today: date) -> Iterator[Caution]:
    """Conditional turns whose day has passed without a decision."""
    undecided: dict[str, None] = {}
    for row in schedule.administrations:
        if schedule.recorded[row.number].state == "conditional":
            turn = state.decisions.undecided(row.turn)
            if turn is not None and state.moments.local(row.moment).date() < today:
                undecided[turn_text(chain_of(turn))] = None
    if names := list(undecided):
        more = ", ..." if names[4:] else ""
        text = f"nothing is decided about {', '.join(names[:4])}{more}, whose day has passed "
        text += f'(il2calc log decide {as_typed(state.log.file)} "{names[0]}" yes, or no)'
        yield Caution("undecided", text)


def _without_record(schedule: Schedule) -> Iterator[Caution]:
    rows = schedule.recorded.items()
    if numbers := [number for number, recorded in rows if recorded.state == "unrecorded"]:
        text = f"nothing is recorded for {numbered('row', numbers)}, whose day has passed"
        yield Caution("unrecorded", text)


WEIGHT_CHANGE = Decimal(10)
"""A measure that differs by this share [%] from the one before it, or from the one in use, is
cautioned: the smallest change of weight that usually calls for new doses."""
_GIVEN_AREA = "doses per m2 are calculated from the body surface area given, not from a height"


def weighings(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """What each weighing of a log changes, in the order in which they apply."""
    bases, needs = DosingBases(state), measures_needed(schedule)
    uses: dict[int, list[_Use]] = {}
    used: set[int] = set()
    entries_in_turn: dict[Chain, set[int]] = {}
    for row in schedule.administrations if bases.bodies else ():
        names_by_entry: dict[int, list[str]] = {}
        for name, number in bases.bodies.get(key_of(row), (row.patient, {}))[1].items():
            names_by_entry.setdefault(number, []).append(name)
            if _unused_reason(name, row.patient, needs) is None:
                used.add(number)
        for turns in ((), *prefixes(key_of(row).turns)):
            entries_in_turn.setdefault(turns, set()).update(names_by_entry)
        for number, names in names_by_entry.items():
            uses.setdefault(number, []).append(_Use(row, tuple(names)))
    for entry, effect, _ in state.weighings:
        if effect.use_from is not None and entry.overridden and entry.number in uses:
            verb = "are" if len(effect.measures()) > 1 else "is"
            text = f"{_all_measures(effect)} {verb} used inside {turn_name(effect.use_from)}, "
            text += f"which had begun (entry {entry.number})"
            yield Caution("override", text, of_patient=True)
    for taken_up in bases.taken_up:
        unused = [*_unused(taken_up, needs)]
        used.update(taken_up.weighing.entry.number for _ in unused)
        yield from unused
    yield from _superseded(state, used, entries_in_turn)
    for taken_up in bases.taken_up:
        yield from _large_steps(taken_up, uses.get(taken_up.weighing.entry.number, []), schedule)
    yield from _not_used(state, needs, schedule)


class _Use(NamedTuple):
    """A dose, and the measures of one weighing that it is still calculated with."""

    row: Administration
    names: tuple[str, ...]

    def with_measures_of(self, other: Patient) -> Patient:
        """The body of the dose with these measures of another; what else was measured stays."""
        values: dict[str, Any] = {name: getattr(other, name) for name in self.names}
        return replace(self.row.patient, **values)


class _Measure(NamedTuple):
    """A measure of a body: its name and unit, what doses need it for, and its option in commands.

    Args:
        option: empty for the measure that an entry takes without an option.
    """

    name: str
    unit: str
    need: Measure
    option: str


_MEASURES: Mapping[str, _Measure] = {
    "weight": _Measure("weight", "kg", "weight", ""),
    "height": _Measure("height", "cm", "surface", "--height"),
    "surface_area": _Measure("body surface area", "m2", "surface", "--bsa"),
    "gfr": _Measure("GFR", "mL/min", "gfr", "--gfr"),
    "age": _Measure("age", "years", "age", "--age"),
}
"""What a weighing may measure, by the attribute of a patient."""


def _text(name: str, value: Decimal) -> str:
    if name == "age":
        return age_in_words(value)
    return f"{short(value) if name == 'surface_area' else exact(value)} {_MEASURES[name].unit}"


def _measure_text(name: str, value: Decimal) -> str:
    return f"the {_MEASURES[name].name} of {_text(name, value)}"


def _all_measures(effect: Weighed) -> str:
    return _listed([_measure_text(name, value) for name, value in effect.measures().items()])


def _change(effect: Weighed) -> str:
    return "change" if len(effect.measures()) > 1 else "changes"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _unused_reason(name: str, body: Patient, needs: Container[str]) -> str | None:
    """Why a measure changes no dose of a body; None where it changes some."""
    if name in ("weight", "height") and name not in needs and "surface" in needs:
        return _GIVEN_AREA if body.surface_area is not None else None
    if name in needs or _MEASURES[name].need in needs:
        return None
    return f"none is calculated from the {_MEASURES[name].name}"


def _unused(taken_up: TakenUp, needs: Container[str]) -> Iterator[Caution]:
    """A weighing that changes no dose, or a weight that leaves doses per m2 unchanged."""
    (entry, effect, _), reason = taken_up.weighing, ""
    reasons = {name: _unused_reason(name, taken_up.after, needs) for name in effect.measures()}
    what, change = _all_measures(effect), _change(effect)
    if None not in reasons.values():
        reason = _listed(list(dict.fromkeys(filter(None, reasons.values()))))
    elif reasons.get("weight") == _GIVEN_AREA and effect.surface_area is None:
        what, change = _measure_text("weight", effect.measures()["weight"]), "changes"
        reason = _GIVEN_AREA
    if reason:
        text = f"{what} (entry {entry.number}) {change} no dose: {reason}"
        yield Caution("weight-unused", text, of_patient=True)


def _superseded(
    state: CourseState, used: Container[int], entries_in_turn: Mapping[Chain, Iterable[int]]
) -> Iterator[Caution]:
    """A weighing that changes no dose, because a later one applies, or no dose was left for it.

    Args:
        used: the numbers of entries that are used, or whose lack of use another caution explains.
        entries_in_turn: by block turn, the entries that the bodies of its doses rest on.
    """
    weighing_by_number = {weighing.entry.number: weighing for weighing in state.weighings}
    for weighing in state.weighings:
        effect = weighing.effect
        if effect.use_from is None or weighing.entry.number in used:
            continue
        outer_numbers = entries_in_turn.get(effect.use_from[:-1], ())
        numbers = entries_in_turn.get(effect.use_from, outer_numbers)
        candidates = (weighing_by_number[number] for number in numbers if number in used)
        later = sorted(
            other.entry.number
            for other in candidates
            if by_date(other) > by_date(weighing)
            and effect.measures().keys() & other.effect.measures().keys()
        )
        reason = f"no dose from {turn_text(effect.use_from)} on is calculated with it"
        if later:
            reason = f"a later weighing counts instead ({numbered('entry', later)})"
        text = f"{_all_measures(effect)} on {effect.on} {_change(effect)} no dose: {reason}"
        yield Caution("weight-unused", text, of_patient=True)


def _large_steps(taken_up: TakenUp, uses: Sequence[_Use], schedule: Schedule) -> Iterator[Caution]:
    """A measure that doses are calculated with and that differs a lot from the one before it.

    A slip of a digit or a unit is shown with its effect on each dose for as long as a dose uses it:
    a later weighing of something else does not correct it.
    """
    (_, effect, _), was, body = taken_up
    used = {name for use in uses for name in use.names}
    weighed = effect.measures().items()
    pairs: list[tuple[str, Decimal | None, Decimal | None]] = [
        (name, getattr(was, name), value) for name, value in weighed if name != "surface_area"
    ]
    if body.surface_area != was.surface_area:
        pairs.append(("surface_area", was.uncapped(), body.uncapped()))
    texts = [
        f"{_measure_text(name, new)} on {effect.on} differs by {difference} before it"
        for name, old, new in pairs
        if name in used and new is not None and (difference := _difference(name, old, new))
    ]
    if texts and (changed := "; ".join(_changed_doses(uses, was, schedule))):
        start, them = turn_name(effect.use_from or ()), "them" if texts[1:] else "it"
        text = f"{_listed(texts)}, and doses use {them} from {start} on ({changed}); check {them}"
        numbers = tuple(use.row.number for use in uses)
        yield Caution("weight-taken-up", text, numbers, of_patient=True)


def _difference(name: str, old: Decimal | None, new: Decimal) -> str:
    """By how much a measure differs from the one before it; empty where that is little.

    An age rises by itself, so only a lower age counts.
    """
    if old is None or (name == "age" and new >= old) or abs(new - old) * 100 < old * WEIGHT_CHANGE:
        return ""
    return f"{short(EXACT.divide(abs(new - old) * 100, old), 3)} % from the {_text(name, old)}"


def _changed_doses(uses: Sequence[_Use], other: Patient, schedule: Schedule) -> list[str]:
    """Doses that another body's measures would change, with both amounts, each text once."""
    amount_of = amounts_by(schedule.arm, schedule.bounds)
    texts: dict[str, None] = {}
    for use in {use.row.dose: use for use in reversed(uses)}.values():
        row, body = use.row, use.with_measures_of(other)
        dosed, amount = row.dosed, row.dosed.set_to or row.dose.amount(schedule.arm)
        if all(measured(body, need) is not None for need in measures(amount)):
            old = amount_of(row.dose, Body(body, dosed.percent, dosed.set_to)).value
            if old is not None and dosed.value is not None and old != dosed.value:
                unit = dosed.unit
                text = f"{row.dose.name} {safe(dosed.value, unit)}, before {safe(old, unit)}"
                texts[text] = None
    return list(texts)


def _not_used(state: CourseState, needs: Container[str], schedule: Schedule) -> Iterator[Caution]:
    """The newest measure of a kind, if it is not used and differs a lot, or by a band."""
    body, recorded = body_in_use(state), schedule.recorded
    rows = [row for row in schedule.administrations if recorded[row.number].state not in SETTLED]
    for name in _MEASURES:
        weighings = (weighing for weighing in state.weighings if name in weighing.effect.measures())
        newest = max(weighings, key=by_date, default=None)
        if newest is None or newest.effect.use_from is not None:
            continue
        reason, new = _unused_reason(name, body, needs), newest.effect.measures()[name]
        old = body.uncapped() if name == "surface_area" else getattr(body, name)
        after = newest.effect.applied_to(body)
        weighed = f"{_measure_text(name, new)} on {newest.effect.on}"
        hint = _weigh_command(state, _as_option(name, new), f"{newest.effect.on}")
        amounts = {row.dose.name: row.dosed.set_to or row.dose.amount(schedule.arm) for row in rows}
        if text := next(_other_bands(name, amounts, body, after, hint), None):
            yield Caution("weight-change", f"{weighed} {text}", of_patient=True)
            continue
        difference = _difference(name, old, new) if reason in (None, _GIVEN_AREA) else ""
        changed = (_changed_doses([_Use(row, (name,))], after, schedule) for row in rows)
        if difference and (reason or any(changed)):
            text = f"{weighed} differs by {difference} "
            if reason:
                hint = _weigh_command(state, "--bsa AREA", "DATE")
                text += f"before it, and {reason}; measure that too"
            else:
                text += "that doses are calculated with, and is not used"
            yield Caution("weight-change", f"{text} ({hint})", of_patient=True)


def _other_bands(
    name: str, amounts: Mapping[str, Amount], body: Patient, after: Patient, hint: str
) -> Iterator[str]:
    """Doses by bands of a measure that is now in another band than before, or in none.

    An age rises by itself, and for many sources the age at the start counts, so ages are left out.
    """
    needs = {_MEASURES[name].need, "surface" if name == "weight" else ""} - {"age"}
    for dose, amount in amounts.items():
        if not isinstance(amount, Bands) or amount.measure not in needs:
            continue
        old, new = measured(body, amount.measure), measured(after, amount.measure)
        if old is None or new is None or amount.of(new)[-1:] == amount.of(old)[-1:]:
            continue
        kind = "surface_area" if amount.measure == "surface" else amount.measure
        than = f"the {_text(kind, old)} that doses are calculated with"
        band = " ".join(one.within.text for one in amount.of(new)[-1:])
        another = f"is in another band of {dose} ({band}) than {than}, and is not used"
        none = f"is in no band of {dose}, so the source gives no dose, unlike {than}"
        yield f"{another} ({hint})" if band else none


def _weigh_command(state: CourseState, option: str, on: str) -> str:
    return f"il2calc log weigh {as_typed(state.log.file)} {option} --on {on} --use-from BLOCK"


def _as_option(name: str, value: Decimal) -> str:
    """A measure as it is entered in a command, with all its digits."""
    kind = _MEASURES[name]
    text = age_in_words(value) if name == "age" else f"{exact(value)} {kind.unit}"
    return " ".join(filter(None, (kind.option, as_typed(text))))
