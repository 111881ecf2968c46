"""What a careful pharmacist would point out about a course: what was recorded, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from il2calc.course import Course
from il2calc.course.admit_turns import is_lower, unit_of
from il2calc.course.clock import format_moment, minutes_between
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.index import key_of
from il2calc.course.moves import LONGEST_CONTINUED, Laid
from il2calc.course.state import CourseState, Told
from il2calc.errors import numbered
from il2calc.model.log import Weighed, chain_text
from il2calc.model.regimen import quantities
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn, chain_of
from il2calc.plan.dosing import measures
from il2calc.plan.schedule import Amounts, Body, Caution, Schedule
from il2calc.review import of_record, of_schedule, stop_rules
from il2calc.review.departures import factor_in_words
from il2calc.review.of_schedule import NO_MONOGRAPHS
from il2calc.units import (
    EXACT,
    Quantity,
    convert,
    exact,
    safe,
    safe_quantity,
    same_dimension,
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
    yield from stop_rules.recorded(course)
    yield from _windows(course)
    yield from _reductions(standing, now)
    yield from _weights(standing, now)
    yield from _given(standing, now)
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


LEAST_SHARE = Decimal(90)
"""A dose that was given at less than this share of the planned one is cautioned [%]: our own
assumption, wide enough for what a vial or a syringe leaves."""

_MOST_AMOUNTS = 3


def _given(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    """What should be checked about the doses that were given.

    Args:
        now: the schedule as it lies now, with what became of each administration.
    """
    yield from _unplanned(standing, now)
    yield from _too_near(now)
    yield from _off_time(now)
    yield from _amounts(now)
    yield from _twice(standing)


def _unplanned(standing: CourseState, now: Schedule) -> Iterator[Caution]:
    """A dose that no plan had, and what is unusual about it."""
    arm = now.arm
    for row in now.administrations:
        if not row.dose.unplanned:
            continue
        dose, entry = row.dose, standing.given[key_of(row)].entry
        alike = [each for each in standing.regimen.doses() if each.drug == dose.drug]
        unusual = []
        if not alike:
            unusual.append("the regimen has no such drug")
        elif all(each.route != dose.route for each in alike):
            unusual.append(f"the regimen gives it by {', '.join({each.route for each in alike})}")
        known = [each.amount(arm) for each in alike if each.exists_in(arm)]
        units = [unit_of(one) for amount in known for one in quantities(amount)]
        if alike and not any(same_dimension(row.dosed.unit, unit) for unit in units):
            unusual.append("the regimen measures it otherwise")
        stop, value = standing.stopped, row.dosed.value
        assert value is not None, "a dose that a log adds has an amount"
        if stop is not None and standing.moments.local(_moment(now, row)) > stop.moment:
            unusual.append(f"the course was stopped before it (entry {stop.number})")
        why = "".join(f"; {each}" for each in unusual)
        text = (
            f"row {row.number}: {dose.drug} {safe(value, row.dosed.unit)}, {dose.route}, "
            f"was given and is not of the plan (entry {entry.number}){why}"
        )
        yield Caution("unplanned", text, (row.number,), of_patient=True)


def _too_near(now: Schedule) -> Iterator[Caution]:
    """A dose nearer to the last given one than the interval of its repeat, in any turn."""
    lines: dict[object, list[Administration]] = {}
    extras = [row for row in now.administrations if row.dose.unplanned]
    for row in now.administrations:
        if now.recorded[row.number].state not in ("held", "stopped"):
            lines.setdefault(row.dose, []).append(row)
    for planned in lines.values():
        more = [row for row in extras if row.dose.drug == planned[0].dose.drug]
        rows = sorted((*planned, *more), key=lambda row: row.minute) if more else planned
        repeat = planned[0].dose.repeat
        if repeat is None or repeat.every is None:
            continue
        for one, other in pairwise(rows):
            before, after = _moment(now, one), _moment(now, other)
            given = now.recorded[one.number].state == "given"
            between = minutes_between(before, after)
            if given and between < repeat.every.shortest:
                after_it = f"is less than {repeat.every.text} after"
                where = "lies before" if between < 0 else after_it
                text = (
                    f"row {other.number} ({format_moment(after)}) {where} row {one.number}, given "
                    f"{format_moment(before)}"
                )
                yield Caution("too-near", text, (one.number, other.number))


def _off_time(now: Schedule) -> Iterator[Caution]:
    """A dose given an interval, or a day, away from its time: perhaps the date is wrong."""
    for row in now.administrations:
        when = now.recorded[row.number].when
        if when is None or row.when is None:
            continue
        repeat = row.dose.repeat
        most = min(repeat.every.shortest, DAY) if repeat and repeat.every else DAY
        if abs(minutes_between(row.when, when)) >= most:
            text = (
                f"row {row.number} was given {format_moment(when)}, far from its planned time "
                f"({format_moment(row.when)}); check the date"
            )
            yield Caution("off-time", text, (row.number,))


def _amounts(now: Schedule) -> Iterator[Caution]:
    above, below = [], []
    for row in now.administrations:
        value, planned = now.recorded[row.number].value, row.dosed.value
        if value is None or planned is None:
            continue
        if value > planned:
            above.append(row)
        if value * 100 < planned * LEAST_SHARE:
            below.append(row)
    if above:
        yield _told("above-plan", "more than planned", now, above)
    if below:
        yield _told("below-plan", f"less than {LEAST_SHARE} % of the plan", now, below)


def _told(code: str, what: str, now: Schedule, rows: Sequence[Administration]) -> Caution:
    """Which rows, with both amounts of the first few."""
    amounts, factors = [], []
    for row in rows[:_MOST_AMOUNTS]:
        value, unit, plan = now.recorded[row.number].value, row.dosed.unit, row.dosed.value
        assert value is not None, "it was given"
        assert plan is not None, "an amount was held against it"
        given, planned = safe(value, unit), safe(plan, unit)
        factor = factor_in_words(value, plan)
        amounts.append(f"row {row.number}: {given}, planned {planned}")
        if factor is not None:
            factors.append(f"row {row.number} is {factor} the plan")
    more = "; ..." if rows[_MOST_AMOUNTS:] else ""
    text = "; ".join([f"{what} was given ({'; '.join(amounts)}{more})", *factors])
    return Caution(code, text, tuple(row.number for row in rows))


def _twice(standing: CourseState) -> Iterator[Caution]:
    """A time that was typed and that exists twice on its day."""
    from il2calc.plan.zones import twice

    for key, given in standing.given.items():
        if given.effect.at is None:
            continue
        when = standing.moments.meant(given.effect.at)
        if twice(when):
            text = (
                f"{format_moment(when)} exists twice, as the clocks go back; "
                f"{when:%H:%M %Z} is meant"
            )
            number = standing.rows[key]
            yield Caution("clock-change", f"row {number}: {text}", (number,))


def _moment(now: Schedule, row: Administration) -> datetime:
    """When a dose was given, else when it is planned."""
    when = now.recorded[row.number].when or row.when
    assert when is not None, "a course has dates"
    return when
