"""What in a plan or a course exceeds a limit that a source sets for a dose, a day or a course.

The largest doses, and the high doses that are never reduced, are data of the drug's monograph.
Without a monograph, or without a limit in it, nothing is checked. A dose by a route without a limit
is compared with the largest limit of the other routes. Where a limit needs a measure of the patient
that is not known, it is taken at the largest body that needs no second look. A dose counts as it
was given where a log records it, otherwise as planned. A day is a day of the regimen, and what runs
past its midnight still counts in it; what falls on one date is checked against daily limits too.

Stop rules are data of the regimen. A rule that is met is a caution, never an action. Doses given
before the course are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from il2calc.errors import numbered
from il2calc.model.drug import Drug
from il2calc.model.measure import IN_WORDS, chosen, measures
from il2calc.model.regimen import StopRule
from il2calc.pharmacy.answers import Monographs, converted
from il2calc.plan import dosing
from il2calc.plan.administration import NOT_GIVEN, Administration, AsNeeded, grouped, record_of
from il2calc.plan.calendar import DAY, single_amount
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.departures import (
    CheckedDose,
    Maximum,
    days_of,
    dose_excesses,
    dose_in_words,
    exceeds_by_rounding,
    excess_text,
    largest_limit,
    limit_of_dose,
    times_a_day,
)
from il2calc.review.spacing import moment, moments
from il2calc.units import (
    EXACT,
    RELIABLE,
    Quantity,
    convert,
    safe,
    safe_quantity,
    same_dimension,
    short,
)

if TYPE_CHECKING:
    from il2calc.course import Course

FULL = Decimal(100)
"""A full dose [%]."""

_RowTexts = Iterator[tuple[str, int]]
"""Texts of cautions, each with the number of a row that it is about."""


def above(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Every dose, and every day, above the largest one that a source states."""
    stated = (row for row in schedule.administrations if counted_amount(schedule, row) is not None)
    by_drug, at_moments = grouped((row.dose.drug, row) for row in stated), moments(schedule)
    for name, rows in by_drug.items():
        drug = monographs.get(name)
        if drug is not None and drug.limits:
            yield from _doses(schedule, drug, rows)
            yield from _one_per_text(_at_once(schedule, drug, rows, at_moments.get(name, [])))
            yield from _one_per_text(_days(schedule, drug, rows))
            yield from _one_per_text(_infusions(schedule, drug, rows))
    yield from dict.fromkeys(_as_needed(schedule, monographs))


def _as_needed(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Doses as needed that are above a limit, one at a time or at the most times a day."""
    for as_needed in schedule.as_needed:
        drug, value = monographs.get(as_needed.dose.drug), as_needed.dosed.value
        if drug is None or value is None:
            continue
        dose, amount = _checked(schedule, as_needed), Quantity(value, as_needed.dosed.unit)
        times = times_a_day(as_needed.dose)
        for text in dose_excesses(drug, dose, amount, times, " as needed"):
            yield Caution("largest-dose", text)


def counted_amount(schedule: Schedule, row: Administration) -> Decimal | None:
    """The amount given, else planned, in the row's unit; None for a dose that is not given."""
    recorded = record_of(row, schedule.recorded)
    if recorded.state in NOT_GIVEN:
        return None
    return row.dosed.value if recorded.value is None else recorded.value


def _doses(schedule: Schedule, drug: Drug, rows: list[Administration]) -> Iterator[Caution]:
    """Single doses, and infusions over days, that are above a limit."""
    by_key = {_limit_key(schedule, row): row for row in rows}
    limits = {key: limit_of_dose(drug, _checked(schedule, row)) for key, row in by_key.items()}
    above_plan = {row.number for row in rows if _exceeds_plan(schedule, row)}

    def excesses() -> _RowTexts:
        for row in rows:
            most, value = limits[_limit_key(schedule, row)], counted_amount(schedule, row)
            assert value is not None, "what is left out was left out before"
            if most is None or exceeds_by_rounding(row.dosed, value, most.value):
                continue
            if value > most.value:
                amount = Quantity(value, row.dosed.unit)
                text = dose_in_words(row.dose.drug, amount, most, _days_run(schedule, row))
                yield excess_text(text, value, most), row.number

    for caution in Caution.one_per_text("largest-dose", excesses()):
        numbers = [number for number in caution.administrations if number in above_plan]
        which = f"; given in this way: {numbered('row', numbers)}" if numbers else ""
        yield caution._replace(text=f"{caution.text}{which}")


def _exceeds_plan(schedule: Schedule, row: Administration) -> bool:
    """Whether more was given than planned, or a dose outside the plan: such rows are named."""
    given = record_of(row, schedule.recorded).value
    return given is not None and (row.dose.unplanned or given > (row.dosed.value or 0))


def _limit_key(schedule: Schedule, row: Administration) -> object:
    """What the limit of a dose depends on."""
    return row.dose, row.patient, row.dosed.unit, _days_run(schedule, row)


def _at_once(
    schedule: Schedule,
    drug: Drug,
    rows: Iterable[Administration],
    at_moments: Iterable[Sequence[Administration]],
) -> _RowTexts:
    """Doses that are planned for one moment, together against the limit of a single dose."""
    single = {row.number: row for row in rows if _days_run(schedule, row) < 1}
    for planned in at_moments:
        together = [row for row in planned if row.number in single]
        for row in together[:-1]:
            most = largest_limit(drug, _checked(schedule, row), of_day=False)
            excesses = most and _total_above(schedule, drug, row, most, together, "at one time")
            if excesses and excesses[1:]:
                yield from excesses
                break


def _days(schedule: Schedule, drug: Drug, rows: Iterable[Administration]) -> _RowTexts:
    """All doses of a day together, against daily limits: by day of the regimen, and by date."""
    days: dict[tuple[int, ...], list[Administration]] = {}  # by row numbers: most days are one date
    for ordinal in (_day, _date):
        by_day = grouped((ordinal(schedule, row), row) for row in rows)
        days |= {tuple(row.number for row in same_day): same_day for same_day in by_day.values()}
    for same_day in days.values():
        for row in same_day:
            most = largest_limit(drug, _checked(schedule, row), of_day=True)
            if most and (excesses := _total_above(schedule, drug, row, most, same_day)):
                yield from excesses
                break


def _total_above(
    schedule: Schedule,
    drug: Drug,
    row: Administration,
    most: Maximum,
    rows: list[Administration],
    period: str = "in a day",
) -> list[tuple[str, int]]:
    """All doses of a day, or of a moment, by the routes of a limit, if their total is above it."""
    counted = [other for other in rows if other.dose.route in most.limit.routes]
    total = sum((_daily_amount(schedule, drug, one, row.dosed.unit) for one in counted), Decimal())
    if total <= most.value:
        return []
    text = excess_text(f"{row.dose.drug} {safe(total, row.dosed.unit)} {period}", total, most)
    return [(text, one.number) for one in counted]


def _one_per_text(texts: _RowTexts, code: str = "largest-dose") -> Iterator[Caution]:
    """One caution for each text, which then also names its rows, in order."""
    for text, repeated in grouped(texts).items():
        numbers = tuple(sorted({*repeated}))
        yield Caution(code, f"{text} ({numbered('row', numbers)})", numbers)


def _date(schedule: Schedule, row: Administration) -> int:
    """The date on which a dose was given, else is planned, as a number of days."""
    return row.minute // DAY if row.when is None else moment(schedule, row).toordinal()


def _day(schedule: Schedule, row: Administration) -> int:
    """The day of the regimen on which a dose was given, else is planned, as a number of days.

    A dose past midnight belongs to the regimen day before, with or without dates. One that was
    given on another date than planned belongs to that date.
    """
    if row.when is None:
        return row.regimen_day
    latest, given = row.when.toordinal(), _date(schedule, row)
    planned = latest - row.carried
    return planned if planned <= given <= latest else given


def _infusions(schedule: Schedule, drug: Drug, rows: Iterable[Administration]) -> _RowTexts:
    """All doses of a day on which infusions run for 24 hours, against the limit of such a day.

    These may be one infusion of a day or more, or several that share a day, as syringes do.
    """
    by_day = grouped(
        (_day(schedule, row) + day, row)
        for row in rows
        for day in range(max(int(_days_run(schedule, row)), 1))
    )
    for same_day in by_day.values():
        if RELIABLE.plus(sum((_days_run(schedule, row) for row in same_day), Decimal())) < 1:
            continue  # three times 8 hours are a day: 0.999... are 1
        long = max(same_day, key=lambda row: _days_run(schedule, row))
        dose = _checked(schedule, long)._replace(days=Decimal(1))
        most = largest_limit(drug, dose, of_day=False)
        if most is not None and most.limit.per == "day of infusion":
            excesses = _total_above(schedule, drug, long, most, same_day)
            yield from excesses if excesses[1:] else ()


def _daily_amount(schedule: Schedule, drug: Drug, row: Administration, unit: str) -> Decimal:
    """How much of a dose falls on one day; 0 where no factor leads to the unit."""
    value = counted_amount(schedule, row)
    assert value is not None, "what is left out was left out before"
    days = max(_days_run(schedule, row), Decimal(1))
    return converted(value / days, row.dosed.unit, unit, drug) or Decimal()


def _days_run(schedule: Schedule, row: Administration | AsNeeded) -> Decimal:
    """How long a dose runs, or ran if it was stopped early [days]."""
    span = row.dose.over
    if isinstance(row, Administration):
        span = record_of(row, schedule.recorded).span(row.dose)
    return days_of(span)


def _checked(schedule: Schedule, row: Administration | AsNeeded) -> CheckedDose:
    """A dose of a schedule as it is checked against limits."""
    days, like = _days_run(schedule, row), _planned_like(schedule, row)
    return CheckedDose(
        row.dose.route, row.dosed.unit, days, like.dosed.basis, row.patient, like.dose.dosing_body
    )


def reduced(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Doses reduced below their full amount that their monograph withholds but never reduces."""
    return Caution.one_per_text("never-reduced", _below_full(schedule, monographs))


def _below_full(schedule: Schedule, monographs: Monographs) -> _RowTexts:
    for row in schedule.administrations:
        drug, percent = monographs.get(row.dose.drug), row.dosed.percent
        if drug is None or percent >= FULL or counted_amount(schedule, row) is None:
            continue
        for never in drug.never_reduced:
            if row.dose.route in never.routes and _is_high(schedule, drug, row, never.amount):
                text = f"{row.dose.drug} is given at {short(percent)} %, and doses from "
                text += f"{safe_quantity(never.amount)} on are high: {never.fact.text} "
                text += f"({'; '.join(never.fact.sources)})"
                yield text, row.number


def _is_high(schedule: Schedule, drug: Drug, row: Administration, least: Quantity) -> bool:
    """Whether the full dose, before its percentage was taken, reaches an amount.

    Of an infusion of several days a day's amount counts, however the file states it.
    """
    amount = row.dose.amount(schedule.arm)
    assert not isinstance(amount, str), "there is a dose"
    stated = chosen(amount, row.patient).amount._replace(value=row.dosed.working[0].value)
    days = max(days_of(row.dose.over), Decimal(1))
    full_dose = EXACT.divide(single_amount(row.dose, stated).value, days)
    least_value = dosing.for_body(least, row.patient, row.dose.dosing_body, row.dosed.basis)
    if least_value is None:
        return False
    limit = converted(least_value, least.unit, row.dosed.unit, drug)
    return limit is not None and full_dose >= limit


def _planned_like(schedule: Schedule, row: Administration | AsNeeded) -> Administration | AsNeeded:
    """What tells how a dose is calculated; for an unplanned one: a planned dose of its drug."""
    if not row.dose.unplanned:
        return row
    planned = (other for other in schedule.administrations if not other.dose.unplanned)
    return next((other for other in planned if other.dose.drug == row.dose.drug), row)


_DOSES_BEFORE = "doses before this course are not known"


def stops_planned(schedule: Schedule) -> Iterator[Caution]:
    """Stop rules that the plan meets: those about a total amount."""
    for rule in schedule.regimen.stop_rules:
        if (limit := rule.amount) is None:
            continue
        yield from _uncounted(schedule, rule, limit)
        for scope, rows in _scopes(schedule, rule):
            for row, total in _running_totals(schedule, rows, limit):
                if total >= limit.value:
                    text = f"by the plan, {_total_text(limit, total)} of {rule.drug}{scope} are "
                    text += f"reached with row {row.number}: {_rule_text(rule)}; {_DOSES_BEFORE}"
                    yield Caution("stop-rule", text, (row.number,))
                    break


def _uncounted(schedule: Schedule, rule: StopRule, limit: Quantity) -> Iterator[Caution]:
    """Doses that a rule is about and that cannot be counted: its total is then too small."""

    def texts() -> _RowTexts:
        for row in (row for _, rows in _scopes(schedule, rule) for row in rows):
            if counted_amount(schedule, row) is None or _toward(schedule, row, limit) is not None:
                continue
            if same_dimension(row.dosed.unit, limit.unit):
                unknown = ", ".join(IN_WORDS[measure] for measure in measures(limit))
                reason = f"of a patient whose {unknown} is not known"
            else:
                reason = f"in {row.dosed.unit} and not in {limit.unit}"
            text = f"a stop rule of the source does not count {rule.drug} {reason}"
            yield f"{text}: {_rule_text(rule)}", row.number

    yield from _one_per_text(texts(), "stop-rule")


def stops_recorded(course: Course) -> Iterator[Caution]:
    """Stop rules that recorded doses meet or approach; what is still to come does not count."""
    schedule = course.schedule
    for rule in schedule.regimen.stop_rules:
        if rule.delay is not None:
            yield from _delays(course, rule)
            continue
        for scope, rows in _scopes(schedule, rule):
            if rule.held is not None:
                by_now = (row for row in rows if row.moment.date() <= course.as_of.date())
                held = [row for row in by_now if schedule.recorded[row.number].state == "held"]
                count = f"{len(held)} of {rule.held} held"
                if held:
                    numbers = tuple(row.number for row in held)
                    doses = f"{rule.drug}{scope}, {numbered('row', numbers)}"
                    yield _rule_caution(rule, f"{count} ({doses})", len(held) >= rule.held, numbers)
            else:
                limit = rule.amount
                assert limit is not None, "of doses, a delay or an amount"
                given = [row for row in rows if schedule.recorded[row.number].state == "given"]
                totals = _running_totals(schedule, given, limit)
                total = max((total for _, total in totals), default=Decimal(0))
                if given:
                    count = f"{_total_text(limit, total)} of {safe_quantity(limit)} given"
                    count += f" ({rule.drug}{scope})"
                    caution = _rule_caution(rule, count, total >= limit.value)
                    yield caution._replace(text=f"{caution.text}; {_DOSES_BEFORE}")


def _delays(course: Course, rule: StopRule) -> Iterator[Caution]:
    """How long each block turn of a rule was delayed; turns without a delay are left out.

    A turn is delayed by what delays one around it that begins with it too.
    """
    assert rule.delay is not None, "a rule about delays"
    plan = course.state.plan
    delayed = ((plan.turns[chain], days) for chain, days in course.state.delays)
    by_beginning = grouped((plan.opening(turn), (turn, days)) for turn, days in delayed)
    for together in by_beginning.values():
        turn = max((turn for turn, _ in together), key=lambda turn: len(turn.chain()))
        delay = sum(days for _, days in together)
        blocks = [around.block for around in turn.chain()]
        if rule.block is None or any(rule.block in (block.name, block.path) for block in blocks):
            count = f"{delay} of {rule.delay} days of delay ({turn.name()})"
            yield _rule_caution(rule, count, delay >= rule.delay)


def _rule_caution(rule: StopRule, count: str, is_met: bool, rows: tuple[int, ...] = ()) -> Caution:
    """The caution about a rule that is met, or how near it is."""
    code, met = ("stop-rule", " is met") if is_met else ("stop-rule-near", "")
    return Caution(code, f"a stop rule of the source{met}, {count}: {_rule_text(rule)}", rows)


def _rule_text(rule: StopRule) -> str:
    return f"{rule.text.rstrip('.')} (after {rule.after}; {rule.source})"


def _scopes(schedule: Schedule, rule: StopRule) -> Iterable[tuple[str, list[Administration]]]:
    """The rows in which a rule is counted: of its drug, separately for each turn of its block."""
    rows_of_scope: dict[str, list[Administration]] = {}
    for row in schedule.administrations:
        if row.dose.drug != rule.drug:
            continue
        chain = row.turn.chain()
        turns = [turn for turn in chain if rule.block in (turn.block.name, turn.block.path)]
        if rule.block is None:
            rows_of_scope.setdefault("", []).append(row)
        elif turns:
            rows_of_scope.setdefault(f" in {turns[0].name()}", []).append(row)
    return rows_of_scope.items()


def _running_totals(
    schedule: Schedule, rows: Iterable[Administration], limit: Quantity
) -> Iterator[tuple[Administration, Decimal]]:
    """Each dose that counts toward a total amount, with the total up to it as the limit has it."""
    total = Decimal(0)
    for row in rows:
        if (amount := _toward(schedule, row, limit)) is not None:
            total = EXACT.add(total, amount)
            yield row, RELIABLE.plus(total)  # 549.999... of 550 mg/m2 is all of it


def _toward(schedule: Schedule, row: Administration, limit: Quantity) -> Decimal | None:
    """What a dose adds to a total amount; None if it is not given or cannot be counted.

    An amount per kg or m2 is one of the body that the dose is calculated with.
    """
    value = counted_amount(schedule, row)
    if value is None or not same_dimension(row.dosed.unit, limit.unit):
        return None
    like, unit = _planned_like(schedule, row), limit._replace(value=Decimal(1))
    size = dosing.for_body(unit, row.patient, like.dose.dosing_body, like.dosed.basis)
    return size and EXACT.divide(convert(value, row.dosed.unit, limit.unit), size)


def _total_text(limit: Quantity, total: Decimal) -> str:
    return safe(total, limit.unit) + (f"/{limit.basis}" if limit.basis else "")
