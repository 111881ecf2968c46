"""An entry of a course log in words, and what it did to the course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from il2calc.administration import runs
from il2calc.course import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Entry,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
    chain_text,
)
from il2calc.logbook.text import in_order
from il2calc.record import Course, Row
from il2calc.record.moments import told
from il2calc.render.words import minutes
from il2calc.units import plain, safe, safe_quantity


def line(entry: Entry, before: Course, after: Course) -> str:
    """What was entered: its number, what it says, and the rows and dates that it touches.

    Args:
        before: the course without the entry.
        after: the course with it.
    """
    text = f"entry {entry.number}: {said(entry.effect, after.log)}"
    if touched := ", ".join(_TOUCHED[type(entry.effect)](entry.effect, before, after)):
        text += f" ({touched})"
    if entry.overridden:
        text += ", in spite of a refusal"
    return text + (f"; {entry.reason}" if entry.reason else "")


def said(effect: Effect, log: Log) -> str:
    """What an entry says, without rows and dates of the schedule.

    >>> said(Delayed((("course", 1), ("cycle", 2)), 3), None)
    'course 1/cycle 2 delayed by 3 days'
    """
    match effect:
        case Given(doses, at, amount):
            much = "" if amount is None else f" {safe_quantity(amount)}"
            when = "" if at is None else f" on {told(at)}"
            return f"{_doses(doses)} given{',' if much or when else ''}{much}{when}"
        case Held(doses):
            return f"{_doses(doses)} held"
        case Shifted(dose, by):
            way = "later" if by > 0 else "earlier"
            return f"{_doses([dose])} moved {minutes(abs(by))} {way}"
        case Undone(number):
            return f"entry {number} undone: {said(log.entries[number - 1].effect, log)}"
        case _:
            return _of_course(effect)


def _of_course(effect: Effect) -> str:
    match effect:
        case Delayed(turns, by):
            return f"{chain_text(turns)} delayed by {by} day{'' if by == 1 else 's'}"
        case Weighed(weight, on, use_from):
            used = "changes no dose" if use_from is None else f"used from {chain_text(use_from)}"
            return f"weight {plain(weight)} kg on {on}, {used}"
        case Reduced(drug, percent, start):
            return f"{drug} at {plain(percent)} % from {chain_text(start)}"
        case Decided(turns, given):
            return f"{chain_text(turns)} is {'' if given else 'not '}given"
        case _:
            return "course stopped"


def _doses(doses: Iterable[DoseKey]) -> str:
    """Doses by drug, number and block turn."""
    alike = groupby(in_order(doses), key=lambda each: each[:3])
    return "; ".join(_alike(list(group)) for _, group in alike)


def _alike(doses: list[DoseKey]) -> str:
    first = doses[0]
    name = first.drug if first.dose == first.drug else f"{first.drug} ({first.dose})"
    where = f" of {chain_text(first.turns)}" if first.turns else ""
    numbers = ", ".join(runs([each.number for each in doses]))
    return f"{name} dose{'s' if doses[1:] else ''} {numbers}{where}"


def _given(effect: Given, before: Course, after: Course) -> Iterable[str]:
    rows = _of(after, effect.doses)
    yield _numbers(_of(before, effect.doses))
    if effect.at is None:
        yield _span([row.recorded.when for row in rows])
    amounts = {(row.recorded.value, row.administration.dosed.unit) for row in rows}
    if effect.amount is None and len(amounts) == 1:
        (value, unit), *_ = amounts
        assert value is not None, "it was given"
        yield safe(value, unit) + (" each" if rows[1:] else "")


def _held(effect: Held, before: Course, _: Course) -> Iterable[str]:
    rows = _of(before, effect.doses)
    yield _numbers(rows)
    yield _span([row.administration.when for row in rows])


def _shifted(effect: Shifted, before: Course, after: Course) -> Iterable[str]:
    (row,), (moved,) = _of(before, [effect.dose]), _of(after, [effect.dose])
    yield f"{_numbers([row])}: {_when(moved)} instead of {_when(row)}"


def _delayed(effect: Delayed, before: Course, after: Course) -> Iterable[str]:
    row, moved = _first(before, effect.turns), _first(after, effect.turns)
    if row is not None and moved is not None:
        yield f"from {_when(moved)} instead of {_when(row)}"


def _weighed(effect: Weighed, _: Course, after: Course) -> Iterable[str]:
    if effect.use_from is not None:
        yield from _next(after, effect.use_from)


def _reduced(effect: Reduced, _: Course, after: Course) -> Iterable[str]:
    yield from _next(after, effect.start, effect.drug)


def _decided(effect: Decided, before: Course, after: Course) -> Iterable[str]:
    if effect.given:
        yield from _next(after, effect.turns)
    else:
        yield _no_more(before, after)


def _stopped(_: Stopped, before: Course, after: Course) -> Iterable[str]:
    yield told(after.as_of)
    yield _no_more(before, after)


def _undone(_: Undone, __: Course, ___: Course) -> Iterable[str]:
    return ()


_TOUCHED: Mapping[type[Effect], Callable[[Any, Course, Course], Iterable[str]]] = {
    Given: _given,
    Held: _held,
    Shifted: _shifted,
    Delayed: _delayed,
    Weighed: _weighed,
    Reduced: _reduced,
    Decided: _decided,
    Stopped: _stopped,
    Undone: _undone,
}


def _of(course: Course, doses: Iterable[DoseKey]) -> list[Row]:
    wanted = set(doses)
    return [row for row in course.rows if row.key in wanted]


def _first(course: Course, turns: Chain) -> Row | None:
    """The first row of a block turn."""
    return next((row for row in course.rows if row.key.turns[: len(turns)] == turns), None)


def _next(course: Course, turns: Chain, drug: str | None = None) -> Iterable[str]:
    """From where amounts are others: the first row from a block turn on that was not given yet."""
    first = _first(course, turns)
    rows = [] if first is None else course.rows[course.rows.index(first) :]
    ahead = (row for row in rows if row.recorded.state != "given")
    for row in (row for row in ahead if drug in (None, row.key.drug)):
        dosed = row.administration.dosed
        yield f"from {_numbers([row])}"
        yield f"{_when(row)}: {safe(dosed.value, dosed.unit)}"
        break


def _no_more(before: Course, after: Course) -> str:
    """How many rows are no more given than before."""
    stopped = [
        sum(each.recorded.state == "stopped" for each in one.rows) for one in (before, after)
    ]
    count = stopped[1] - stopped[0]
    return f"{count} row{'' if count == 1 else 's'} no longer given"


def _numbers(rows: Iterable[Row]) -> str:
    numbers = [row.number for row in rows]
    return f"row{'s' if numbers[1:] else ''} {', '.join(runs(numbers))}"


def _span(moments: list[datetime | None]) -> str:
    texts = [told(each) for each in moments if each is not None]
    return texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _when(row: Row) -> str:
    when = row.administration.when
    assert when is not None, "a course has dates"
    return told(when)
