"""Which rules of its source say that a course stops, and how near one is before that.

A rule is a caution when it is met, never an action. What was given before a course began is not
known to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from il2calc.errors import numbered
from il2calc.model.regimen import StopRule
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import EXACT, convert, safe, safe_quantity, same_dimension

if TYPE_CHECKING:
    from il2calc.course import Course

Scope = tuple[str, list[Administration]]
"""Rows that a rule counts together, with the block turn that they lie in, if it is of one."""


def planned(schedule: Schedule) -> Iterator[Caution]:
    """Rules that are met by what is planned: an amount in all."""
    for rule in schedule.regimen.stop_rules:
        for where, rows in _scopes(schedule, rule):
            if rule.amount is None:
                continue
            total = Decimal(0)
            most = rule.amount.value
            for row in rows:
                if not _counts(schedule, row):
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


def recorded(course: Course) -> Iterator[Caution]:
    """Rules that are met by what a log records, and those that are near."""
    schedule = course.schedule
    for rule in schedule.regimen.stop_rules:
        if rule.delay is not None:
            yield from _delays(course, rule)
        for where, rows in _scopes(schedule, rule):
            if rule.held is not None:
                held = [row for row in rows if schedule.recorded[row.number].state == "held"]
                count = f"{len(held)} of {rule.held} held"
                if held:
                    numbers = tuple(row.number for row in held)
                    which = f"{rule.drug}{where}, {numbered('row', numbers)}"
                    yield _told(rule, f"{count} ({which})", len(held) >= rule.held, numbers)
            elif rule.amount is not None:
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


def _scopes(schedule: Schedule, rule: StopRule) -> Iterable[Scope]:
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


def _counts(schedule: Schedule, row: Administration) -> bool:
    told = schedule.recorded.get(row.number)
    return told is None or told.state not in ("held", "stopped")


def _amount(schedule: Schedule, row: Administration, rule: StopRule) -> Decimal:
    """What a dose adds to an amount in all; nothing where the units measure different things."""
    assert rule.amount is not None, "it is of an amount"
    told = schedule.recorded.get(row.number)
    value = row.dosed.value if told is None or told.value is None else told.value
    if value is None or not same_dimension(row.dosed.unit, rule.amount.unit):
        return Decimal(0)
    body = {"kg": row.patient.weight, "m2": row.patient.full_bsa()}.get(rule.amount.basis or "")
    with localcontext(EXACT):
        found = convert(value, row.dosed.unit, rule.amount.unit)
        return found if body is None else found / body


def _whole(rule: StopRule, total: Decimal) -> str:
    assert rule.amount is not None, "it is of an amount"
    return safe(total, rule.amount.unit) + (f"/{rule.amount.basis}" if rule.amount.basis else "")
