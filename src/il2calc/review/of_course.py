"""What a careful pharmacist would point out about a course: what was recorded, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from il2calc.course import Course
from il2calc.course.admit_turns import is_lower
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.index import key_of
from il2calc.course.moves import LONGEST_CONTINUED, Laid
from il2calc.course.state import CourseState, Told
from il2calc.errors import numbered
from il2calc.model.effects import Weighed, chain_text
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn, chain_of
from il2calc.plan.dosing import measures
from il2calc.plan.schedule import Amounts, Body, Caution, Schedule
from il2calc.review import limits, of_record, of_schedule
from il2calc.review.departures import factor_in_words
from il2calc.review.of_schedule import NO_MONOGRAPHS
from il2calc.units import (
    EXACT,
    Quantity,
    convert,
    exact,
    safe,
    safe_quantity,
    short,
)

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

WEIGHT_CHANGE = Decimal(10)
"""A change of weight is cautioned from this share of the dosing weight on [%], taken up or not: the
least that is usually held to call for new doses."""


_FLAT = "none is reckoned from the weight"


def review(
    course: Course, monographs: Mapping[str, Drug | None] = NO_MONOGRAPHS
) -> tuple[Caution, ...]:
    """Everything that should be pointed out about a course: its schedule first, then its log.

    Args:
        monographs: at hand, by the drug's name in the regimen.
    """
    return (*of_schedule.review(course.schedule, monographs), *recorded(course))


def cautions(
    plan: Schedule | Course, monographs: Mapping[str, Drug | None] = NO_MONOGRAPHS
) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about a schedule, or about a course.

    Args:
        plan: what `make_schedule` or `replan` returned.
        monographs: by the drug's name in the regimen, as `monographs` finds them; what a monograph
            alone can say, as the largest dose, is not said without it.
    """
    if isinstance(plan, Schedule):
        return of_schedule.review(plan, monographs)
    return review(plan, monographs)


def recorded(course: Course) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about what was recorded."""
    return tuple(_recorded(course))


def _recorded(course: Course) -> Iterator[Caution]:
    standing, now = course.state, course.schedule
    yield from of_record.review(standing)
    yield from limits.stops_recorded(course)
    yield from _windows(course)
    yield from _reductions(standing, now)
    yield from _weights(standing, now)
    yield from of_record.given(standing, now)
    yield from _left_behind(standing)
    yield from _long_delays(course.laid, now)
    yield from _undecided(standing, now, course.as_of.date())
    yield from _unrecorded(now)


def _windows(course: Course) -> Iterator[Caution]:
    """A dose given further from its day than the window of its block allows."""
    for row in course.rows:
        given, planned = row.recorded.when, row.administration.when
        around = [each.block for each in row.administration.turn.chain()]
        windows = [block.window for block in around if block.window is not None]
        if given is None or planned is None or not windows or row.plain is None:
            continue
        days = abs((given.date() - planned.date()).days)
        if days * DAY > windows[-1].longest:
            text = (
                f"row {row.number} was given {days} day{'' if days == 1 else 's'} from its planned "
                f"{planned.date()}, outside its window of {windows[-1].text}"
            )
            yield Caution("window", text, (row.number,), of_patient=True)


def _reductions(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    """A reduction that the regimen forbids, and any rise, are told for ever after."""
    changed = dosing_bases(standing).by
    amounts = Amounts(now.arm, now.bounds)
    for entry, effect, _ in standing.reductions:
        rows = [row for row in now.administrations if changed.get(key_of(row)) == entry.number]
        touched = tuple(row.number for row in rows)
        to = _share(effect.to)
        if capped := [row.number for row in rows if row.dosed.capped and row.dosed.percent < 100]:
            text = (
                f"the reduction of {effect.drug} to {to} leaves the dose at "
                f"its cap ({numbered('row', capped)})"
            )
            yield Caution("reduced-capped", text, tuple(capped))
        rises = list(dict.fromkeys(_rise(row, amounts) for row in rows))
        if told := "; ".join(filter(None, rises)):
            text = (
                f"{effect.drug} is raised above the amount in the file from "
                f"{chain_text(effect.start)} on (entry {entry.number}): {told}"
            )
            yield Caution("raised", text, touched, of_patient=True)
        share = f"{effect.drug} is {'raised' if told else 'reduced'} to {to} (entry {entry.number}"
        lower = any(is_lower(standing, effect.to, row.dose) for row in rows)
        if standing.regimen.never_reduce and lower:
            text = (
                f"{share}: {entry.reason}), though {standing.regimen.id} says to withhold doses "
                "and never to reduce them"
            )
            yield Caution("reduced", text, touched, of_patient=True)
        elif entry.overridden:
            text = f"{share}) inside {chain_text(effect.start)}, which had begun"
            yield Caution("override", text, touched, of_patient=True)


def _share(to: Decimal | Quantity) -> str:
    return safe_quantity(to) if isinstance(to, Quantity) else f"{short(to)} %"


def _rise(row: Administration, amounts: Amounts) -> str:
    """What a dose is raised to, and what the file has for the same body; empty where it is not."""
    value, unit = row.dosed.value, row.dosed.unit
    file = amounts.of(row.dose, Body(row.patient, Decimal(100)))
    if value is None or file.value is None:
        return ""
    was = convert(file.value, file.unit, unit)
    if value <= was:
        return ""
    how = f", {factor}" if (factor := factor_in_words(value, was)) else ""
    return f"{row.dose.name} {safe(value, unit)}, {safe(was, unit)} in the file{how}"


def _weights(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    for entry, effect, _ in standing.weights:
        if effect.use_from is not None and entry.overridden:
            text = (
                f"the weight of {exact(effect.weight)} kg is used inside "
                f"{chain_text(effect.use_from)}, which had begun (entry {entry.number})"
            )
            yield Caution("override", text, of_patient=True)
        if effect.use_from is not None and (why := _idle(now)):
            text = f"the weight of {exact(effect.weight)} kg changes no dose: {why}"
            yield Caution("weight-unused", text, of_patient=True)
    yield from _taken_up(standing, now)
    yield from _not_taken_up(standing, now)


def _idle(now: Schedule) -> str | None:
    """Why a weight changes no dose of a schedule; None where it changes some."""
    amounts = {row.dose.amount(now.arm) for row in now.administrations}
    used = {need for amount in amounts for need in measures(amount)}
    if "weight" in used or ("surface" in used and now.patient.surface_area is None):
        return None
    if "surface" in used:
        return "doses per m2 are reckoned from the body surface area that was given, not a height"
    return _FLAT


def _taken_up(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    """A weight that doses are reckoned with and that differs much from the one before it.

    A slip of a digit or a unit is told with what it makes of each dose.
    """
    amounts = Amounts(now.arm, now.bounds)
    before = standing.log.patient.weight
    for _, effect, _ in sorted(standing.weights, key=_weighed):
        if effect.use_from is None:
            continue
        weight, was, before = effect.weight, before, effect.weight
        if was is None or abs(weight - was) * 100 < was * WEIGHT_CHANGE:
            continue
        rows = [row for row in now.administrations if row.patient.weight == weight]
        changed_doses: dict[str, None] = {}
        for row in {row.dose: row for row in reversed(rows)}.values():
            body = Body(replace(row.patient, weight=was), row.dosed.percent, row.dosed.set_to)
            old, new = amounts.of(row.dose, body).value, row.dosed.value
            if old is not None and new is not None and old != new:
                unit = row.dosed.unit
                changed_doses[f"{row.dose.name} {safe(new, unit)}, before {safe(old, unit)}"] = None
        if changed_doses:
            change = EXACT.divide(abs(weight - was) * 100, was)
            text = (
                f"the weight of {exact(weight)} kg on {effect.on} differs by {short(change, 3)} % "
                f"from the {exact(was)} kg before it, and doses are reckoned with it from "
                f"{chain_text(effect.use_from)} on ({'; '.join(changed_doses)}); check it"
            )
            yield Caution(
                "weight-taken-up", text, tuple(row.number for row in rows), of_patient=True
            )


def _not_taken_up(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    """The newest weight differs much from the one that doses are reckoned with."""
    newest = max(standing.weights, key=_weighed, default=None)
    if newest is None or newest.effect.use_from is not None:
        return
    taken_up = [told for told in standing.weights if told.effect.use_from is not None]
    latest = max(taken_up, key=_weighed, default=None)
    dosing = latest.effect.weight if latest is not None else standing.log.patient.weight
    if dosing is None or (idle := _idle(now)) == _FLAT:
        return
    weight, change = newest.effect.weight, (newest.effect.weight - dosing) / dosing * 100
    if abs(change) >= WEIGHT_CHANGE:
        text = (
            f"the weight of {exact(weight)} kg on {newest.effect.on} differs by "
            f"{short(abs(change), 3)} % from the {exact(dosing)} kg "
        )
        if idle:
            text += f"of the start, and {idle}; a new surface area needs a new log"
        else:
            text += "that doses are reckoned with, and is not taken up (log weigh --use-from BLOCK)"
        yield Caution("weight-change", text, of_patient=True)


def _weighed(told: Told[Weighed]) -> tuple[date, int]:
    """Of two weights that reach a dose the later weighing counts, then the later entry."""
    return told.effect.on, told.entry.number


def _left_behind(standing: CourseState) -> Iterator[Caution]:
    """Doses of what lies around a delayed turn, which keep their days beside it."""
    for chain in dict.fromkeys(chain for chain, _ in standing.delays):
        turn = standing.plan.turns[chain]
        around = set(_around(turn))
        left: dict[str, list[int]] = {}
        for key, slot in standing.plan.slots.items():
            if slot.turn in around and slot.day >= turn.start:
                left.setdefault(slot.dose.name, []).append(standing.rows[key])
        for name, rows in left.items():
            text = (
                f"{name} stands beside {chain_text(chain)} and is not delayed with it "
                f"({numbered('row', sorted(rows))}); log shift moves it"
            )
            yield Caution("left-behind", text, tuple(sorted(rows)))


def _around(turn: Turn) -> Iterator[Turn]:
    """The turns around one, that of the regimen too."""
    while turn.outer is not None:
        turn = turn.outer
        yield turn


def _long_delays(laid: Laid, now: Schedule) -> Iterator[Caution]:
    for continued_dose in laid.continued:
        name, dose = chain_text(continued_dose.delayed), continued_dose.dose
        if not continued_dose.slots:
            text = (
                f"{dose.name} is not continued through the delay of {name}: it had ended before "
                "it, or has no rhythm to go on in; what is given in it is not in this schedule"
            )
            yield Caution("not-continued", text)
        elif continued_dose.days > LONGEST_CONTINUED:
            touched = tuple(row.number for row in now.administrations if continued_dose.holds(row))
            text = (
                f"{dose.name} goes on through the delay of {name} by {continued_dose.days} days; a "
                f"source lets it go on for up to {LONGEST_CONTINUED}"
            )
            yield Caution("long-delay", text, touched)


def _undecided(standing: CourseState, now: Schedule, on: date) -> Iterator[Caution]:
    """A conditional turn whose day has come without a decision."""
    found: dict[str, None] = {}
    for row in now.administrations:
        if now.recorded[row.number].state == "conditional" and row.when is not None:
            turn = standing.decisions.undecided(row.turn)
            if turn is not None and standing.moments.local(row.when).date() < on:
                found[chain_text(chain_of(turn))] = None
    if found:
        names = list(found)
        more = ", ..." if names[4:] else ""
        which = ", ".join(names[:4])
        text = (
            f"nothing is decided of {which}{more}, whose day has passed "
            f'(log decide "{names[0]}" yes, or no)'
        )
        yield Caution("undecided", text)


def _unrecorded(now: Schedule) -> Iterator[Caution]:
    rows = [number for number, recorded in now.recorded.items() if recorded.state == "unrecorded"]
    if rows:
        text = f"nothing is recorded of {numbered('row', rows)}, whose day has passed"
        yield Caution("unrecorded", text)
