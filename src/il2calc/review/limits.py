"""What of a plan or a course goes past a limit that a source sets: of a dose, a day, a course.

The largest doses, and the high ones that are never made smaller, are data of the drug's monograph;
a drug without one, or without a limit, is held against nothing; a dose by a route without a limit
is held against the largest of the others. Where no measure is known that the limits of a route
need, they are held at the largest body that needs no second look. A dose counts as it was given
where a log says so, else as it is planned. A day is one of the regimen: what goes on past midnight
of it counts to it; what falls on one date is held against the limit of a day as well.

Stop rules are data of the regimen. A rule is a caution when it is met, never an action. What was
given before a course began is not known to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from il2calc.errors import numbered
from il2calc.model.drug import Drug
from il2calc.model.measure import chosen
from il2calc.model.regimen import StopRule
from il2calc.pharmacy.answers import Monographs, through
from il2calc.plan.administration import Administration, AsNeeded, became, gathered
from il2calc.plan.calendar import DAY, Turn, a_day
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.departures import (
    Held,
    Most,
    alone,
    by_rounding,
    days_of,
    how_much,
    largest_limit,
    limit_of_dose,
    sizes,
    times_a_day,
    told_above,
)
from il2calc.units import EXACT, Quantity, convert, safe, safe_quantity, same_dimension, short

if TYPE_CHECKING:
    from il2calc.course import Course

WHOLE = Decimal(100)
"""The whole of an amount [%]."""


_Told = Iterator[tuple[str, int]]
"""What is told of rows, by their numbers."""


def above(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Every dose, and every day, above the largest sourced one."""
    stated = (row for row in schedule.administrations if amount_of(schedule, row) is not None)
    by_drug = gathered((row.dose.drug, row) for row in stated)
    for name, rows in by_drug.items():
        drug = monographs.get(name)
        if drug is not None and drug.limits:
            yield from _doses(schedule, drug, rows)
            yield from _by_text(_days(schedule, drug, rows))
            yield from _by_text(_infusions(schedule, drug, rows))
    yield from dict.fromkeys(_at_need(schedule, monographs))


def _at_need(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """What is given as needed: a dose of it, and as many as there may be in a day."""
    for each in schedule.as_needed:
        drug, value = monographs.get(each.dose.drug), each.dosed.value
        if drug is None or value is None:
            continue
        one = Quantity(value, each.dosed.unit)
        for text in alone(drug, _held(schedule, each), one, times_a_day(each.dose), " as needed"):
            yield Caution("largest-dose", text)


def amount_of(schedule: Schedule, row: Administration) -> Decimal | None:
    """How much was given, else is planned, in the unit of the row; None where it is left out."""
    recorded = became(row, schedule.recorded)
    if recorded.state in ("held", "stopped"):
        return None
    return row.dosed.value if recorded.value is None else recorded.value


def _doses(schedule: Schedule, drug: Drug, rows: list[Administration]) -> Iterator[Caution]:
    """Single doses, and infusions of days, alike ones told together."""
    one_each = {_alike(schedule, row): row for row in rows}
    mosts = {key: limit_of_dose(drug, _held(schedule, row)) for key, row in one_each.items()}
    beyond = {row.number for row in rows if _is_beyond(schedule, row)}

    def told() -> _Told:
        for row in rows:
            most, value = mosts[_alike(schedule, row)], amount_of(schedule, row)
            assert value is not None, "what is left out was left out before"
            if most is None or by_rounding(row.dosed, value, most.value):
                continue
            if value > most.value:
                one = Quantity(value, row.dosed.unit)
                what = how_much(row.dose.drug, one, most, _length(schedule, row))
                yield told_above(what, value, most), row.number

    for caution in Caution.alike("largest-dose", told()):
        more = [number for number in caution.administrations if number in beyond]
        which = f"; given in this way: {numbered('row', more)}" if more else ""
        yield caution._replace(text=f"{caution.text}{which}")


def _is_beyond(schedule: Schedule, row: Administration) -> bool:
    """Whether more was given than was planned, or what no plan had: each such dose is named."""
    value = became(row, schedule.recorded).value
    return value is not None and (row.dose.unplanned or value > (row.dosed.value or 0))


def _alike(schedule: Schedule, row: Administration) -> object:
    """What the largest dose of a row rests on."""
    return row.dose, row.patient, row.dosed.unit, _length(schedule, row)


def _days(schedule: Schedule, drug: Drug, rows: Iterable[Administration]) -> _Told:
    """All doses of a day together, against the limits of a day: one of the regimen, and a date."""
    together: dict[tuple[int, ...], list[Administration]] = {}  # most days are one date
    for day_of in (_day, _date):
        by_day = gathered((day_of(schedule, row), row) for row in rows)
        together |= {tuple(row.number for row in found): found for found in by_day.values()}
    for of_day in together.values():
        mosts = ((row, largest_limit(drug, _held(schedule, row), of_day=True)) for row in of_day)
        told = (_beyond(schedule, drug, row, most, of_day) for row, most in mosts if most)
        yield from next(filter(None, told), ())


def _beyond(
    schedule: Schedule, drug: Drug, row: Administration, most: Most, of_day: list[Administration]
) -> list[tuple[str, int]]:
    """All doses of a day by the routes of a limit, where they come to more than that."""
    alike = [other for other in of_day if other.dose.route in most.limit.routes]
    total = sum((_in_a_day(schedule, drug, one, row.dosed.unit) for one in alike), Decimal())
    if total <= most.value:
        return []
    text = told_above(f"{row.dose.drug} {safe(total, row.dosed.unit)} in a day", total, most)
    return [(text, one.number) for one in alike]


def _by_text(told: _Told) -> Iterator[Caution]:
    """A caution of each text, with the numbers of its rows in order."""
    for text, found in gathered(told).items():
        numbers = tuple(sorted({*found}))
        yield Caution("largest-dose", f"{text} ({numbered('row', numbers)})", numbers)


def _date(schedule: Schedule, row: Administration) -> int:
    """The date on which a dose was given, else is planned, counted from some day."""
    when = became(row, schedule.recorded).when or row.when
    return row.minute // DAY if when is None else when.toordinal()


def _day(schedule: Schedule, row: Administration) -> int:
    """The day of the regimen on which a dose was given, else is planned, counted from some day.

    Past midnight of its day it counts to that day, with dates as without. What was given on another
    date than it was planned for counts to that date.
    """
    if row.when is None:
        return row.regimen_day
    latest, given = row.when.toordinal(), _date(schedule, row)
    planned = latest - row.carried
    return planned if planned <= given <= latest else given


def _infusions(schedule: Schedule, drug: Drug, rows: Iterable[Administration]) -> _Told:
    """All infusions that run on one day of a continuous one, against the limit of such a day."""
    by_day = gathered(
        (_day(schedule, row) + day, row)
        for row in rows
        for day in range(max(int(_length(schedule, row)), 1))
    )
    for of_day in by_day.values():
        long = next((row for row in of_day if _length(schedule, row) >= 1), None)
        most = None if long is None else largest_limit(drug, _held(schedule, long), of_day=False)
        if long is None or most is None or most.limit.per != "day of infusion":
            continue
        whole_day = most._replace(value=most.value / _length(schedule, long))
        told = _beyond(schedule, drug, long, whole_day, of_day)
        yield from told if told[1:] else ()


def _in_a_day(schedule: Schedule, drug: Drug, row: Administration, unit: str) -> Decimal:
    """What of a dose falls on one day; 0 where no factor leads to the unit."""
    value = amount_of(schedule, row)
    assert value is not None, "what is left out was left out before"
    days = max(_length(schedule, row), Decimal(1))
    return through(value / days, row.dosed.unit, unit, drug) or Decimal()


def _length(schedule: Schedule, row: Administration | AsNeeded) -> Decimal:
    """How long a dose runs, or ran where it was stopped early [days]."""
    over = row.dose.over
    if isinstance(row, Administration):
        over = became(row, schedule.recorded).span(row.dose)
    return days_of(over)


def _held(schedule: Schedule, row: Administration | AsNeeded) -> Held:
    """A dose of a schedule as it is held against limits."""
    days, basis = _length(schedule, row), _basis(schedule, row)
    return Held(row.dose.route, row.dosed.unit, days, basis, row.patient, row.dose.counted)


def reduced(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Every dose at a share of its amount that its monograph withholds and never reduces."""
    return Caution.alike("never-reduced", _reduced(schedule, monographs))


def _reduced(schedule: Schedule, monographs: Monographs) -> _Told:
    for row in schedule.administrations:
        drug, percent = monographs.get(row.dose.drug), row.dosed.percent
        if drug is None or percent >= WHOLE or amount_of(schedule, row) is None:
            continue
        for never in drug.never_reduced:
            if row.dose.route in never.routes and _is_high(schedule, drug, row, never.amount):
                text = (
                    f"{row.dose.drug} is given at {short(percent)} %, and doses from "
                    f"{safe_quantity(never.amount)} on are high: {never.fact.text} "
                    f"({'; '.join(never.fact.sources)})"
                )
                yield text, row.number


def _is_high(schedule: Schedule, drug: Drug, row: Administration, least: Quantity) -> bool:
    """Whether the whole of a dose, before its share was taken, comes to an amount."""
    amount = row.dose.amount(schedule.arm)
    assert not isinstance(amount, str), "there is a dose"
    per_day = chosen(amount, row.patient).amount.per_day
    whole = EXACT.divide(row.dosed.working[0].value, a_day(row.dose) if per_day else 1)
    size = sizes(row.patient)[least.basis]
    if size is None:
        return False
    high = through(EXACT.multiply(least.value, size), least.unit, row.dosed.unit, drug)
    return high is not None and whole >= high


def _basis(schedule: Schedule, row: Administration | AsNeeded) -> str | None:
    """What a dose is calculated per; one that no file has, as those of its drug that one has."""
    if not row.dose.unplanned:
        return row.dosed.basis
    rows = schedule.administrations
    alike = (each for each in rows if each.dose.drug == row.dose.drug and not each.dose.unplanned)
    return next((each.dosed.basis for each in alike), None)


def stops_planned(schedule: Schedule) -> Iterator[Caution]:
    """Rules that are met by what is planned: an amount in all."""
    for rule in schedule.regimen.stop_rules:
        for where, rows in _scopes(schedule, rule):
            if rule.amount is None:
                continue
            total = Decimal(0)
            most = rule.amount.value
            for row in rows:
                if amount_of(schedule, row) is None:
                    continue
                total = EXACT.add(total, _amount(schedule, row, rule))
                if total >= most:
                    text = (
                        f"by the plan, {_whole(rule, total)} of {rule.drug}{where} are reached "
                        f"with row {row.number}: {_said(rule)}; doses before this course are not "
                        "known"
                    )
                    yield Caution("stop-rule", text, (row.number,))
                    break


def stops_recorded(course: Course) -> Iterator[Caution]:
    """Rules that are met by what a log records, and those that are near; none by what is ahead."""
    schedule = course.schedule
    for rule in schedule.regimen.stop_rules:
        if rule.delay is not None:
            yield from _delays(course, rule)
            continue
        for where, rows in _scopes(schedule, rule):
            if rule.held is not None:
                held = [row for row in rows if schedule.recorded[row.number].state == "held"]
                held = [row for row in held if row.moment.date() <= course.as_of.date()]
                count = f"{len(held)} of {rule.held} held"
                if held:
                    numbers = tuple(row.number for row in held)
                    which = f"{rule.drug}{where}, {numbered('row', numbers)}"
                    yield _told(rule, f"{count} ({which})", len(held) >= rule.held, numbers)
            else:
                assert rule.amount is not None, "of doses, a delay or an amount"
                given = [row for row in rows if schedule.recorded[row.number].state == "given"]
                total = Decimal(0)
                for row in given:
                    total = EXACT.add(total, _amount(schedule, row, rule))
                if given:
                    count = f"{_whole(rule, total)} of {safe_quantity(rule.amount)} given"
                    told = _told(rule, f"{count} ({rule.drug}{where})", total >= rule.amount.value)
                    text = f"{told.text}; doses before this course are not known"
                    yield told._replace(text=text)


def _delays(course: Course, rule: StopRule) -> Iterator[Caution]:
    """How long each block turn was delayed, those by which nothing was delayed left out."""
    assert rule.delay is not None, "it is of a delay"
    days: dict[Turn, int] = {}
    for chain, by in course.state.delays:
        turn = course.state.plan.turns[chain]
        days[turn] = days.get(turn, 0) + by
    for turn, by in days.items():
        around = [each.block for each in turn.chain()]
        if rule.block is None or any(rule.block in (each.name, each.path) for each in around):
            count = f"{by} of {rule.delay} days of delay ({turn.name()})"
            yield _told(rule, count, by >= rule.delay)


def _told(rule: StopRule, count: str, is_met: bool, rows: tuple[int, ...] = ()) -> Caution:
    """A rule that is met, or how near it is."""
    if is_met:
        return Caution(
            "stop-rule", f"a stop rule of the source is met, {count}: {_said(rule)}", rows
        )
    text = f"a stop rule of the source, {count}: {_said(rule)}"
    return Caution("stop-rule-near", text, rows)


def _said(rule: StopRule) -> str:
    return f"{rule.text.rstrip('.')} (after {rule.after}; {rule.source})"


def _scopes(schedule: Schedule, rule: StopRule) -> Iterable[tuple[str, list[Administration]]]:
    """The rows of a rule's drug, apart for each turn of the block that it is counted in."""
    found: dict[str, list[Administration]] = {}
    for row in schedule.administrations:
        if row.dose.drug != rule.drug:
            continue
        chain = row.turn.chain()
        own = [each for each in chain if rule.block in (each.block.name, each.block.path)]
        if rule.block is None:
            found.setdefault("", []).append(row)
        elif own:
            found.setdefault(f" in {own[0].name()}", []).append(row)
    return found.items()


def _amount(schedule: Schedule, row: Administration, rule: StopRule) -> Decimal:
    """What a dose adds to an amount in all; nothing where the units measure different things."""
    assert rule.amount is not None, "it is of an amount"
    value = amount_of(schedule, row)
    if value is None or not same_dimension(row.dosed.unit, rule.amount.unit):
        return Decimal(0)
    body = {"kg": row.patient.weight, "m2": row.patient.full_bsa()}.get(rule.amount.basis or "")
    with localcontext(EXACT):
        found = convert(value, row.dosed.unit, rule.amount.unit)
        return found if body is None else found / body


def _whole(rule: StopRule, total: Decimal) -> str:
    assert rule.amount is not None, "it is of an amount"
    return safe(total, rule.amount.unit) + (f"/{rule.amount.basis}" if rule.amount.basis else "")
