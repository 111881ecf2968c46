"""What a careful pharmacist would point out about a course: what was recorded, and what was not."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.course import Course
from il2calc.course.dosing_basis import TakenUp, by_date, dosing_bases, in_use
from il2calc.course.index import key_of, prefixes
from il2calc.course.moves import LONGEST_CONTINUED
from il2calc.course.state import CourseState
from il2calc.course.whereabouts import Laid
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import Chain, Weighed, chain_text, turn_name
from il2calc.model.measure import Amount, Bands, Measure, age_in_words, measured, measures
from il2calc.model.patient import Patient
from il2calc.model.regimen import WEEKDAYS
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, chain_of
from il2calc.plan.schedule import Body, Caution, Schedule, amounts_by
from il2calc.review import limits, of_record, of_schedule
from il2calc.review.body import needed
from il2calc.review.departures import NO_MONOGRAPHS
from il2calc.review.of_entries import beyond_need, delays, keeps_arm, reductions
from il2calc.review.spacing import moved_too_close
from il2calc.units import EXACT, exact, safe, short

if TYPE_CHECKING:
    from il2calc.pharmacy.answers import Monographs


def review(course: Course, monographs: Monographs = NO_MONOGRAPHS) -> tuple[Caution, ...]:
    """Everything that should be pointed out about a course: its schedule first, then its log."""
    planned = of_schedule.review(course.schedule, monographs)
    if not keeps_arm(course.state):
        planned = tuple(each for each in planned if each.code != "arm")
    return (*planned, *recorded(course))


def cautions(
    plan: Schedule | Course, monographs: Monographs = NO_MONOGRAPHS
) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about a schedule, or about a course.

    Args:
        plan: what `make_schedule` or `replan` returned.
        monographs: by the drug's name in the regimen, as `monographs` finds them; what a monograph
            alone can say, as the largest dose, is missing without it.
    """
    if isinstance(plan, Schedule):
        return of_schedule.review(plan, monographs)
    return review(plan, monographs)


def recorded(course: Course) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about what was recorded."""
    state, now = course.state, course.schedule
    given = tuple(of_record.given(state, now))
    near = {each.administrations for each in given if each.code == "too-near"}
    return (
        *of_record.review(state),
        *limits.stops_recorded(course),
        *_windows(course),
        *_weekdays(course),
        *reductions(state, now),
        *weighings(state, now),
        *given,
        *moved_too_close(state, now, near),
        *beyond_need(now),
        *delays(state),
        *_continued(course.laid, now),
        *_undecided(state, now, course.as_of.date()),
        *_unrecorded(now),
    )


def _weekdays(course: Course) -> Iterator[Caution]:
    """A delay that moves doses to come off the weekdays on which the file counts from day 1.

    Days 1 to 5 of a cycle that begins on a Monday fall on a weekend when it begins on a Wednesday.
    """
    now, off = course.schedule, []
    for row in course.rows:
        turn, state = row.administration.turn, row.recorded.state
        if now.start and row.plain and state not in ("given", "held", "stopped"):
            first, fits = now.start.date(), now.regimen.starts_on
            planned, begins = (
                first + timedelta(days=each.start) for each in (row.plain.turn, turn)
            )
            if WEEKDAYS[planned.weekday()] in fits and WEEKDAYS[begins.weekday()] not in fits:
                off.append((row.number, turn, begins))
    if off:
        which, day = chain_text(chain_of(off[0][1])), of_schedule.dated(off[0][2])
        days = " or ".join(now.regimen.starts_on)
        text = f"{which} begins on {day} because of a delay; by the file day 1 is a {days}"
        yield Caution("starts-on", text, tuple(number for number, _, _ in off))


def _windows(course: Course) -> Iterator[Caution]:
    """A dose given, or shifted, further from its day than the window of its block allows.

    Its day is that of the regimen, in a turn that was delayed or not: no shift moves its window.
    """
    for row in course.rows:
        turn, plain = row.administration.turn, row.plain
        windows = [each.block.window for each in turn.chain() if each.block.window is not None]
        when = row.recorded.when or row.administration.when
        is_due = row.recorded.state not in ("held", "stopped")
        if not (is_due and windows and when and plain and plain.when):
            continue
        planned = plain.when.date() + timedelta(days=turn.start - plain.turn.start)
        days = abs((when.date() - planned).days)
        if days * DAY > windows[-1].longest:
            how = "was given" if row.recorded.state == "given" else "is shifted to"
            text = (
                f"row {row.number} {how} {how_many(days, 'day')} from its planned "
                f"{planned}, outside its window of {windows[-1].text}"
            )
            yield Caution("window", text, (row.number,), of_patient=True)


def _continued(laid: Laid, now: Schedule) -> Iterator[Caution]:
    """A dose that goes on through a delay longer than a source lets it, or that does not go on."""
    for continued_dose in laid.continued:
        name, dose = turn_name(continued_dose.delayed), continued_dose.dose
        if not continued_dose.slots:
            text = f"{dose.name} is not continued through the delay of {name}: it had ended "
            text += "before, or has no interval to continue with; doses given during the delay "
            text += "are not in this schedule"
            yield Caution("not-continued", text)
        elif continued_dose.days > LONGEST_CONTINUED:
            touched = tuple(row.number for row in now.administrations if continued_dose.holds(row))
            text = f"{dose.name} continues through the delay of {name} by {continued_dose.days} "
            text += f"days; a source allows up to {LONGEST_CONTINUED}"
            yield Caution("long-delay", text, touched)


def _undecided(state: CourseState, now: Schedule, on: date) -> Iterator[Caution]:
    """A conditional turn whose day has come without a decision."""
    found: dict[str, None] = {}
    for row in now.administrations:
        if now.recorded[row.number].state == "conditional":
            turn = state.decisions.undecided(row.turn)
            if turn is not None and state.moments.local(row.moment).date() < on:
                found[chain_text(chain_of(turn))] = None
    if found:
        names = list(found)
        more = ", ..." if names[4:] else ""
        text = (
            f"nothing is decided about {', '.join(names[:4])}{more}, whose day has passed "
            f'(il2calc log decide {as_typed(state.log.file)} "{names[0]}" yes, or no)'
        )
        yield Caution("undecided", text)


def _unrecorded(now: Schedule) -> Iterator[Caution]:
    rows = [number for number, recorded in now.recorded.items() if recorded.state == "unrecorded"]
    if rows:
        text = f"nothing is recorded for {numbered('row', rows)}, whose day has passed"
        yield Caution("unrecorded", text)


WEIGHT_CHANGE = Decimal(10)
"""A change of weight is cautioned from this share of the dosing weight on [%], taken up or not: the
least that is usually held to call for new doses."""
_GIVEN_AREA = "doses per m2 are calculated from the body surface area given, not from a height"


def weighings(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """What every weighing of a log comes to, in the order in which it counts."""
    bases, needs = dosing_bases(state), needed(now)
    reckoned: dict[int, list[_Reckoned]] = {}
    used: set[int] = set()
    within: dict[Chain, set[int]] = {}
    for row in now.administrations if bases.bodies else ():
        of_entries: dict[int, list[str]] = {}
        for name, number in bases.bodies.get(key_of(row), (row.patient, {}))[1].items():
            of_entries.setdefault(number, []).append(name)
            if _idle(name, row.patient, needs) is None:
                used.add(number)
        for turns in ((), *prefixes(key_of(row).turns)):
            within.setdefault(turns, set()).update(of_entries)
        for number, names in of_entries.items():
            reckoned.setdefault(number, []).append(_Reckoned(row, tuple(names)))
    for entry, effect, _ in state.weights:
        if effect.use_from is not None and entry.overridden and entry.number in reckoned:
            verb = "are" if len(effect.measures()) > 1 else "is"
            text = (
                f"{_all_of(effect)} {verb} used inside {turn_name(effect.use_from)}, which had "
                f"begun (entry {entry.number})"
            )
            yield Caution("override", text, of_patient=True)
    for taken_up in bases.taken_up:
        unused = [*_unused(taken_up, needs)]
        used.update(taken_up.told.entry.number for _ in unused)
        yield from unused
    yield from _silenced(state, used, within)
    for taken_up in bases.taken_up:
        yield from _taken_up(taken_up, reckoned.get(taken_up.told.entry.number, []), now)
    yield from _not_taken_up(state, needs, now)


class _Reckoned(NamedTuple):
    """A dose and those measures of one weighing that it is still calculated with."""

    row: Administration
    names: tuple[str, ...]

    def before(self, was: Patient) -> Patient:
        """Its body without them; what other weighings measured stays."""
        measured_then: dict[str, Any] = {name: getattr(was, name) for name in self.names}
        return replace(self.row.patient, **measured_then)


class _Measure(NamedTuple):
    """A measure of a body: its name and unit, what doses need it for, the option it is entered by.

    Args:
        option: nothing of the one that an entry takes without.
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
"""What a weighing may measure, by what it is of a patient."""


def _value(name: str, value: Decimal) -> str:
    if name == "age":
        return age_in_words(value)
    return f"{short(value) if name == 'surface_area' else exact(value)} {_MEASURES[name].unit}"


def _of(name: str, value: Decimal) -> str:
    return f"the {_MEASURES[name].name} of {_value(name, value)}"


def _all_of(effect: Weighed) -> str:
    return _listed([_of(name, value) for name, value in effect.measures().items()])


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _idle(name: str, body: Patient, needs: Container[str]) -> str | None:
    """Why a measure changes no dose of a body; None where it changes some."""
    if name in ("weight", "height") and name not in needs and "surface" in needs:
        return _GIVEN_AREA if body.surface_area is not None else None
    if name in needs or _MEASURES[name].need in needs:
        return None
    return f"none is calculated from the {_MEASURES[name].name}"


def _unused(taken_up: TakenUp, needs: Container[str]) -> Iterator[Caution]:
    """A weighing that changes no dose, or a weight that leaves those per m2 as they are."""
    effect, text = taken_up.told.effect, ""
    idle = {name: _idle(name, taken_up.now, needs) for name in effect.measures()}
    if None not in idle.values():
        verb = "change" if len(idle) > 1 else "changes"
        why = _listed(list(dict.fromkeys(filter(None, idle.values()))))
        text = f"{_all_of(effect)} {verb} no dose: {why}"
    elif idle.get("weight") == _GIVEN_AREA and effect.surface_area is None:
        weight = effect.measures()["weight"]
        text = f"{_of('weight', weight)} changes no dose: {_GIVEN_AREA}"
    if text:
        yield Caution("weight-unused", text, of_patient=True)


def _silenced(
    state: CourseState, used: Container[int], within: Mapping[Chain, Iterable[int]]
) -> Iterator[Caution]:
    """A weighing that changes no dose, for a later one counts, or no dose was left for it.

    Args:
        used: the numbers of those entries that are used, or of which it is told why they are not.
        within: of a block turn, those that the bodies of its doses are of.
    """
    taken_up = {told.entry.number: told for told in state.weights}
    for told in state.weights:
        effect, verb = told.effect, "change" if len(told.effect.measures()) > 1 else "changes"
        if effect.use_from is None or told.entry.number in used:
            continue
        of_dose = within.get(effect.use_from[:-1], ())
        reckoned = within.get(effect.use_from, of_dose)
        there = (taken_up[number] for number in reckoned if number in used)
        later = sorted(
            other.entry.number
            for other in there
            if by_date(other) > by_date(told)
            and effect.measures().keys() & other.effect.measures().keys()
        )
        why = (
            f"a later weighing counts instead ({numbered('entry', later)})"
            if later
            else f"no dose from {chain_text(effect.use_from or ())} on is calculated with it"
        )
        text = f"{_all_of(effect)} on {effect.on} {verb} no dose: {why}"
        yield Caution("weight-unused", text, of_patient=True)


def _taken_up(taken_up: TakenUp, rows: Sequence[_Reckoned], now: Schedule) -> Iterator[Caution]:
    """A measure that doses are calculated with and that differs much from the one before it.

    A slip of a digit or a unit is told with what it makes of each dose, as long as a dose is
    calculated with it: a later weighing of something else does not mend it.
    """
    (_, effect, _), was, body = taken_up
    used = {name for reckoned in rows for name in reckoned.names}
    given = effect.measures().items()
    pairs: list[tuple[str, Decimal | None, Decimal | None]] = [
        (name, getattr(was, name), value) for name, value in given if name != "surface_area"
    ]
    if body.surface_area != was.surface_area:
        pairs.append(("surface_area", was.uncapped(), body.uncapped()))
    told = [
        f"{_of(name, new)} on {effect.on} differs by {by} before it"
        for name, old, new in pairs
        if name in used and new is not None and (by := _much(name, old, new))
    ]
    changed = "; ".join(_changed_doses(rows, was, now)) if told else ""
    if changed:
        start, it = turn_name(effect.use_from or ()), "them" if told[1:] else "it"
        text = f"{_listed(told)}, and doses use {it} from {start} on ({changed}); check {it}"
        touched = tuple(reckoned.row.number for reckoned in rows)
        yield Caution("weight-taken-up", text, touched, of_patient=True)


def _much(name: str, old: Decimal | None, new: Decimal) -> str:
    """By how much a measure differs from the one before it; empty where that is not much.

    An age rises by itself, and a body does not grow younger.
    """
    if old is None or (name == "age" and new >= old) or abs(new - old) * 100 < old * WEIGHT_CHANGE:
        return ""
    return f"{short(EXACT.divide(abs(new - old) * 100, old), 3)} % from the {_value(name, old)}"


def _changed_doses(rows: Sequence[_Reckoned], was: Patient, now: Schedule) -> list[str]:
    """What doses amount to and what they would for another body, each that differs once."""
    amount_of = amounts_by(now.arm, now.bounds)
    found: dict[str, None] = {}
    for reckoned in {reckoned.row.dose: reckoned for reckoned in reversed(rows)}.values():
        row, body = reckoned.row, reckoned.before(was)
        dosed, amount = row.dosed, row.dosed.set_to or row.dose.amount(now.arm)
        if all(measured(body, need) is not None for need in measures(amount)):
            old = amount_of(row.dose, Body(body, dosed.percent, dosed.set_to)).value
            if old is not None and dosed.value is not None and old != dosed.value:
                unit = dosed.unit
                found[f"{row.dose.name} {safe(dosed.value, unit)}, before {safe(old, unit)}"] = None
    return list(found)


def _not_taken_up(state: CourseState, needs: Container[str], now: Schedule) -> Iterator[Caution]:
    """The newest measure of a kind differs much from the one that doses are calculated with."""
    body, weigh = in_use(state), f"il2calc log weigh {as_typed(state.log.file)}"
    over = ("given", "held", "stopped")
    left = [row for row in now.administrations if now.recorded[row.number].state not in over]
    for name in _MEASURES:
        having = (told for told in state.weights if name in told.effect.measures())
        newest = max(having, key=by_date, default=None)
        if newest is None or newest.effect.use_from is not None:
            continue
        idle, new = _idle(name, body, needs), newest.effect.measures()[name]
        old = body.uncapped() if name == "surface_area" else getattr(body, name)
        after = newest.effect.anew(body)
        weighed = f"{_of(name, new)} on {newest.effect.on}"
        typed = f"{weigh} {_typed(name, new)} --on {newest.effect.on} --use-from BLOCK"
        amounts = {row.dose.name: row.dosed.set_to or row.dose.amount(now.arm) for row in left}
        if text := next(_left_bands(name, amounts, body, after, typed), None):
            yield Caution("weight-change", f"{weighed} {text}", of_patient=True)
            continue
        by = _much(name, old, new) if idle in (None, _GIVEN_AREA) else ""
        changed = (_changed_doses([_Reckoned(row, (name,))], after, now) for row in left)
        if by and (idle or any(changed)):
            text = f"{weighed} differs by {by} "
            if idle:
                typed = f"{weigh} --bsa AREA --on DATE --use-from BLOCK"
                text += f"before it, and {idle}; measure that too"
            else:
                text += "that doses are calculated with, and is not used"
            yield Caution("weight-change", f"{text} ({typed})", of_patient=True)


def _left_bands(
    name: str, amounts: Mapping[str, Amount], body: Patient, after: Patient, typed: str
) -> Iterator[str]:
    """Doses, by name, that go by bands of a measure which now lies in another one, or in none.

    An age rises by itself, and for many sources it is that of the beginning that counts.
    """
    needs = {_MEASURES[name].need, "surface" if name == "weight" else ""} - {"age"}
    for dose, amount in amounts.items():
        if not isinstance(amount, Bands) or amount.measure not in needs:
            continue
        old, new = measured(body, amount.measure), measured(after, amount.measure)
        if old is None or new is None or amount.of(new)[-1:] == amount.of(old)[-1:]:
            continue
        kind = "surface_area" if amount.measure == "surface" else amount.measure
        than = f"the {_value(kind, old)} that doses are calculated with"
        band = " ".join(each.within.text for each in amount.of(new)[-1:])
        another = f"is in another band of {dose} ({band}) than {than}, and is not used"
        none = f"is in no band of {dose}, so the source gives no dose, unlike {than}"
        yield f"{another} ({typed})" if band else none


def _typed(name: str, value: Decimal) -> str:
    """A measure as a command enters it, with all its digits."""
    kind = _MEASURES[name]
    measured = age_in_words(value) if name == "age" else f"{exact(value)} {kind.unit}"
    return " ".join(filter(None, (kind.option, as_typed(measured))))
