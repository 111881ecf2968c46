"""Doses above the largest that any source gives, and high ones that are never made smaller.

The limits are data of the drug's monograph; a drug without one, or without a limit of the route,
is held against nothing. A dose counts as it was given where a log says so, else as it is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from il2calc.errors import numbered
from il2calc.model.drug import Drug, Limit
from il2calc.model.measure import chosen
from il2calc.pharmacy.conversion import through
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, a_day
from il2calc.plan.dosing import dose
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.departures import factor_in_words
from il2calc.units import EXACT, Quantity, safe, safe_quantity, short

WHOLE = Decimal(100)
"""The whole of an amount [%]."""


class _Most(NamedTuple):
    """The largest of some limits, in the unit of a dose."""

    limit: Limit
    value: Decimal


def above(schedule: Schedule, monographs: Mapping[str, Drug | None]) -> Iterator[Caution]:
    """Every dose, and every day, above the largest sourced one.

    Args:
        monographs: by the drug's name in the regimen; None where there is none.
    """
    by_drug: dict[str, list[Administration]] = {}
    for row in schedule.administrations:
        if amount_of(schedule, row) is not None:
            by_drug.setdefault(row.dose.drug, []).append(row)
    for name, rows in by_drug.items():
        drug = monographs.get(name)
        if drug is not None and drug.limits:
            yield from _doses(schedule, drug, rows)
            yield from _days(schedule, drug, rows)


def amount_of(schedule: Schedule, row: Administration) -> Decimal | None:
    """How much was given, else is planned, in the unit of the row; None where it is left out."""
    recorded = schedule.recorded.get(row.number)
    if recorded is None:
        return row.dosed.value
    if recorded.state in ("held", "stopped"):
        return None
    return row.dosed.value if recorded.value is None else recorded.value


def _doses(schedule: Schedule, drug: Drug, rows: list[Administration]) -> Iterator[Caution]:
    """Single doses, and infusions of days, alike ones told together."""
    told: dict[str, list[int]] = {}
    one_each = {_alike(row): row for row in rows}
    largest = {key: _largest(schedule, drug, row, of_day=False) for key, row in one_each.items()}
    for row in rows:
        most, value = largest[_alike(row)], amount_of(schedule, row)
        assert value is not None, "what is left out was left out before"
        if most is not None and value > most.value:
            text = _text(f"{row.dose.drug} {safe(value, row.dosed.unit)}", value, most)
            told.setdefault(text, []).append(row.number)
    yield from (Caution("largest-dose", text, tuple(rows)) for text, rows in told.items())


def _alike(row: Administration) -> object:
    """What the largest dose of a row rests on."""
    return row.dose, row.patient, row.dosed.unit


def _days(schedule: Schedule, drug: Drug, rows: Iterable[Administration]) -> Iterator[Caution]:
    """All doses of a day together, against the limits of a day."""
    by_day: dict[object, list[Administration]] = {}
    for row in rows:
        recorded = schedule.recorded.get(row.number)
        when = recorded.when if recorded is not None else None
        day = when.date() if when is not None else row.when.date() if row.when else row.regimen_day
        by_day.setdefault(day, []).append(row)
    told: dict[str, list[int]] = {}
    for of_day in by_day.values():
        for row in of_day:
            most = _largest(schedule, drug, row, of_day=True)
            if most is None:
                continue
            alike = [other for other in of_day if other.dose.route in most.limit.routes]
            total = sum(
                (_in_a_day(schedule, drug, one, row.dosed.unit) for one in alike), Decimal()
            )
            if total > most.value:
                what = f"{row.dose.drug} {safe(total, row.dosed.unit)} in a day"
                touched = [other.number for other in alike]
                told.setdefault(_text(what, total, most), []).extend(touched)
                break
    for text, numbers in told.items():
        yield Caution("largest-dose", f"{text} ({numbered('row', numbers)})", tuple(numbers))


def _in_a_day(schedule: Schedule, drug: Drug, row: Administration, unit: str) -> Decimal:
    """What of a dose falls on one day; 0 where no factor leads to the unit."""
    value = amount_of(schedule, row)
    assert value is not None, "what is left out was left out before"
    return through(value / max(_length(row), Decimal(1)), row.dosed.unit, unit, drug) or Decimal()


def _length(row: Administration) -> Decimal:
    """How long a dose runs [days]."""
    return Decimal(row.dose.over.longest) / DAY if row.dose.over is not None else Decimal(0)


def _largest(schedule: Schedule, drug: Drug, row: Administration, *, of_day: bool) -> _Most | None:
    """The largest limit of the route of a dose, at the body that it is for.

    Args:
        of_day: of those of a day, else of those of a dose or of a day of infusion.
    """
    days, basis = _length(row), _basis(schedule, row)
    measures = _measures(row)
    found: list[_Most] = []
    for limit in drug.limits_for(row.dose.route, basis, for_days=days >= 1):
        amount = limit.amount
        if measures[amount.basis] is None or (limit.per == "day") is not of_day:
            continue
        if limit.per == "day of infusion":
            amount = amount._replace(value=amount.value * days)
        one = dose(amount, row.patient, counted=row.dose.counted)
        value = through(one.value, amount.unit, row.dosed.unit, drug)
        if value is not None:
            found.append(_Most(limit, value))
    return max(found, key=lambda most: most.value, default=None)


def reduced(schedule: Schedule, monographs: Mapping[str, Drug | None]) -> Iterator[Caution]:
    """Every dose at a share of its amount that its monograph withholds and never reduces.

    Args:
        monographs: by the drug's name in the regimen; None where there is none.
    """
    told: dict[str, list[int]] = {}
    for row in schedule.administrations:
        drug, percent = monographs.get(row.dose.drug), row.dosed.percent
        if drug is None or percent >= WHOLE or amount_of(schedule, row) is None:
            continue
        for never in drug.never_reduced:
            if row.dose.route in never.routes and _is_high(schedule, drug, row, never.amount):
                text = (
                    f"{row.dose.drug} is given at {short(percent)} %, from "
                    f"{safe_quantity(never.amount)} on a high dose: {never.fact.text} "
                    f"({'; '.join(never.fact.sources)})"
                )
                told.setdefault(text, []).append(row.number)
    yield from (Caution("never-reduced", text, tuple(rows)) for text, rows in told.items())


def _is_high(schedule: Schedule, drug: Drug, row: Administration, least: Quantity) -> bool:
    """Whether the whole of a dose, before its share was taken, comes to an amount."""
    amount = row.dose.amount(schedule.arm)
    if isinstance(amount, str):
        return False
    per_day = chosen(amount, row.patient).amount.per_day
    whole = EXACT.divide(row.dosed.working[0].value, a_day(row.dose) if per_day else 1)
    size = _measures(row)[least.basis]
    if size is None:
        return False
    high = through(EXACT.multiply(least.value, size), least.unit, row.dosed.unit, drug)
    return high is not None and whole >= high


def _measures(row: Administration) -> Mapping[str | None, Decimal | None]:
    """What a body is by each basis; None where it is not known."""
    return {"kg": row.patient.weight, "m2": row.patient.bsa(), None: Decimal(1)}


def _basis(schedule: Schedule, row: Administration) -> str | None:
    """What a dose is reckoned per; one that no file has, as those of its drug that one has."""
    if not row.dose.unplanned:
        return row.dosed.basis
    rows = schedule.administrations
    alike = (each for each in rows if each.dose.drug == row.dose.drug and not each.dose.unplanned)
    return next((each.dosed.basis for each in alike), None)


def _text(what: str, value: Decimal, most: _Most) -> str:
    how = factor_in_words(value, most.value) or "more than"
    fact = most.limit.fact
    return f"{what} is {how} {most.limit.in_words()}, {fact.text} ({'; '.join(fact.sources)})"
