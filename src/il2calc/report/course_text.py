"""An entry of a course log in words, and what it did to the course.

What a log says besides doses: delays, weights, reductions, decisions, in words.

What was planned, given and is still to come, in words: a line per drug and block turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from il2calc.course import Course
from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.index import CourseRow
from il2calc.course.replay import Doses, Progress
from il2calc.errors import how_many, numbered, runs
from il2calc.model import effects
from il2calc.model.effects import Chain, DoseKey, Effect, in_order, turn_name
from il2calc.model.log import SHOWN, Entry, Kind, Log, form_of
from il2calc.model.measure import age_in_words
from il2calc.model.regimen import NOT_STATED, UNPLANNED, Regimen
from il2calc.plan.administration import gathered
from il2calc.plan.calendar import Turn, chain_of, lasting
from il2calc.plan.dating import format_moment
from il2calc.report import words
from il2calc.units import EXACT, Quantity, alike, plain, rounded, safe, safe_quantity


def line(entry: Entry, before: Course, after: Course) -> str:
    """What was entered: its number, what it says, and the rows and dates that it touches.

    Args:
        before: the course without the entry.
        after: the course with it.
    """
    text = f"entry {entry.number}: {said(entry.effect, after.log, _needed(after))}"
    touched = _TOUCHED.get(type(entry.effect), _named)
    if rows := ", ".join(touched(entry.effect, before, after)):
        text += f" ({rows})"
    if entry.overridden:
        text += ", although it was refused"
    text += f", by {entry.by}" if entry.by else ""
    return text + (f"; {entry.reason}" if entry.reason else "")


def _needed(course: Course) -> frozenset[str]:
    """The drugs that are given as needed."""
    return frozenset(each.dose.drug for each in course.schedule.as_needed)


def said(effect: Effect, log: Log, needed: frozenset[str] = frozenset()) -> str:
    """What an entry says, without rows and dates of the schedule.

    Args:
        needed: the drugs that are given as needed.

    >>> said(effects.Delayed((("course", 1), ("cycle", 2)), 3), None)
    'course 1, cycle 2 delayed by 3 days'
    """
    _, form = form_of(effect)
    facts = form.said(effect)
    told = {fact.field: TOLD[fact.kind](value) for fact, value in facts.items()}
    told["measures"] = ", ".join(told[fact.field] for fact in facts if fact.of_body)
    told["why"] = "as needed" if told.get("drug") in needed else UNPLANNED
    first, *more = form.words
    also = " ".join(filter(None, (_filled(words, told) for words in more)))
    text = first.format_map(told) + (f", {also}" if also else "")
    if isinstance(effect, effects.Undone):
        text += f": {said(log.entries[effect.entry - 1].effect, log, needed)}"
    return text


def _filled(words: str, told: Mapping[str, str]) -> str:
    """Words with what is told in them; those behind `|`, or none, where a part of it is missing."""
    there, _, otherwise = words.partition("|")
    try:
        return there.format_map(told)
    except KeyError:
        return otherwise


def _doses(doses: Iterable[DoseKey]) -> str:
    """Doses by drug, number and block turn."""
    alike = groupby(in_order(doses), key=lambda dose: dose[:3])
    return "; ".join(_alike(list(group)) for _, group in alike)


def _alike(doses: list[DoseKey]) -> str:
    first = doses[0]
    name = first.drug if first.dose == first.drug else f"{first.drug} ({first.dose})"
    where = f" of {turn_name(first.turns)}" if first.turns else ""
    return f"{name} {numbered('dose', [dose.number for dose in doses], most=None)}{where}"


_AS_SAID: tuple[Kind, ...] = ("arm", "date", "drug", "entry", "name", "regimen", "route", "version")
TOLD: Mapping[Kind, Callable[[Any], str]] = {
    **dict.fromkeys(_AS_SAID, str),
    "age": lambda age: f"age {age_in_words(age)}",
    "amount": safe_quantity,
    "area": lambda area: f"body surface area {plain(area)} m2",
    "days": lambda days: how_many(days, "day"),
    "decision": lambda given: "given" if given else "not given",
    "dose": lambda dose: _doses([dose]),
    "doses": _doses,
    "gfr": lambda rate: f"GFR {plain(rate)} mL/min",
    "height": lambda height: f"height {plain(height)} cm",
    "minutes": lambda by: f"{lasting(abs(by))} {'later' if by > 0 else 'earlier'}",
    "moment": format_moment,
    "sha256": lambda digits: digits[:16],
    "share": lambda to: safe_quantity(to) if isinstance(to, Quantity) else f"{plain(to)} %",
    "text": lambda _: "",
    "turn": turn_name,
    "weight": lambda weight: f"weight {plain(weight)} kg",
}
"""How each kind of fact of an effect is told."""


def _given(effect: effects.Given, before: Course, after: Course) -> Iterable[str]:
    rows = _of(after, effect.doses)
    yield _numbers(_of(before, effect.doses))
    if effect.at is None:
        yield _span([row.recorded.when for row in rows])
    amounts = {(row.recorded.value, row.administration.dosed.unit) for row in rows}
    if effect.amount is None and len(amounts) == 1:
        (value, unit), *_ = amounts
        yield _amount(value, unit, " each" if rows[1:] and value is not None else "")


def _amount(value: Decimal | None, unit: str, each: str = "") -> str:
    """An amount as it is shown, and that it has more digits than that."""
    is_whole = value is None or rounded(value, 4) == value
    return f"{words.amount(value, unit)}{each}{'' if is_whole else ', to 4 significant figures'}"


def _extra(_: effects.Extra, before: Course, after: Course) -> Iterable[str]:
    """The row of a dose that no plan had."""
    there = {row.key for row in before.rows}
    yield _numbers(row for row in after.rows if row.key not in there)


def _named(effect: Effect, before: Course, __: Course) -> Iterable[str]:
    """The rows of the doses that an effect names, if any."""
    _, form = form_of(effect)
    if rows := _of(before, form.doses(effect)):
        yield _numbers(rows)
        yield _span([row.administration.when for row in rows])


def _shifted(effect: effects.Shifted, before: Course, after: Course) -> Iterable[str]:
    (row,), (moved,) = _of(before, [effect.dose]), _of(after, [effect.dose])
    yield f"{_numbers([row])}: {_when(moved)} instead of {_when(row)}"
    planned = {each.key: each.administration.when for each in before.rows}
    with_it = [each for each in after.rows if planned.get(each.key) != each.administration.when]
    if others := [each for each in with_it if each.key != effect.dose]:
        yield f"with it {_numbers(others)}"


def _delayed(effect: effects.Delayed, before: Course, after: Course) -> Iterable[str]:
    was, now = (_ahead(each, effect.turns) for each in (before, after))
    for row, moved in islice(zip(was, now, strict=False), 1):
        yield f"from {_when(moved)} instead of {_when(row)}"


def _weighed(effect: effects.Weighed, before: Course, after: Course) -> Iterable[str]:
    if effect.use_from is None:
        return
    number = max(told.entry.number for told in after.state.weights if told.effect == effect)
    if dosing_bases(after.state).reckons_with(number):
        yield from _changed(before, after, effect.use_from)
    else:
        yield "no dose is calculated with it"


def _decided(effect: effects.Decided, before: Course, after: Course) -> Iterable[str]:
    if effect.given:
        yield from _next(after, effect.turns)
    else:
        yield _no_more(before, after)


def _stopped(_: effects.Stopped, before: Course, after: Course) -> Iterable[str]:
    yield format_moment(after.as_of)
    yield _no_more(before, after)


_NOTHING = ("no dose follows",)

_TOUCHED: Mapping[type[Effect], Callable[[Any, Course, Course], Iterable[str]]] = {
    effects.Given: _given,
    effects.Extra: _extra,
    effects.Amended: lambda effect, _, after: (
        [*_next(after, effect.start)] or _NOTHING if effect.start is not None else ()
    ),
    effects.Shifted: _shifted,
    effects.Delayed: _delayed,
    effects.Weighed: _weighed,
    effects.Reduced: lambda effect, _, after: _next(after, effect.start, effect.drug, effect.dose),
    effects.Levelled: lambda effect, before, after: (
        [*_changed(before, after, effect.start)] or _NOTHING
    ),
    effects.Decided: _decided,
    effects.Stopped: _stopped,
}
"""Where what an effect touches is more than the rows of the doses that it names."""


def _of(course: Course, doses: Iterable[DoseKey]) -> list[CourseRow]:
    wanted = set(doses)
    return [row for row in course.rows if row.key in wanted]


def _ahead(course: Course, turns: Chain) -> Iterator[CourseRow]:
    """The rows from a dose on, or the first of a block turn, that were not given yet."""
    first = course.state.where.first_in(turns)
    left = (row for row in course.rows if row.recorded.state != "given")
    return (row for row in left if first is not None and row.administration.minute >= first.minute)


def _from(rows: Iterable[CourseRow], drug: str = "") -> Iterable[str]:
    """From where amounts are others: the first of some rows, and how much it is."""
    for row in islice(rows, 1):
        dosed = row.administration.dosed
        yield f"from {_numbers([row])}"
        yield f"{_when(row)}: {drug}{_amount(dosed.value, dosed.unit)}"


def _next(
    course: Course, turns: Chain, drug: str | None = None, dose: str | None = None
) -> Iterable[str]:
    """From where amounts are others: the next row of a drug or a dose, if any of them is named."""
    return _from(
        row
        for row in _ahead(course, turns)
        if drug in (None, row.key.drug) and dose in (None, row.key.dose)
    )


def _changed(before: Course, after: Course, turns: Chain) -> Iterable[str]:
    """From where amounts are others: the first row whose amount is, with its drug among several.

    Where none is, the first row from the block turn on.
    """
    was = {row.key: row.administration.dosed for row in before.rows}
    for row in _ahead(after, turns):
        dosed, old = row.administration.dosed, was.get(row.key)
        if old is None or (old.value, old.unit) != (dosed.value, dosed.unit):
            several = len({each.key.drug for each in after.rows}) > 1
            return _from([row], f"{row.key.drug} " if several else "")
    return _next(after, turns)


def _no_more(before: Course, after: Course) -> str:
    """How many rows are no more given than before."""
    stopped = [
        sum(each.recorded.state == "stopped" for each in one.rows) for one in (before, after)
    ]
    return f"{how_many(stopped[1] - stopped[0], 'row')} no longer given"


def _numbers(rows: Iterable[CourseRow]) -> str:
    return numbered("row", [row.number for row in rows], most=None)


def _span(moments: list[datetime | None]) -> str:
    texts = [format_moment(each) for each in moments if each is not None]
    return texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _when(row: CourseRow) -> str:
    return format_moment(row.administration.moment)


def entries(log: Log) -> str:
    """How many entries the file of a log has, and how many are in force where not all are."""
    count = sum(not entry.supposed for entry in log.entries)
    in_force = sum(not entry.supposed for entry in log.in_force())
    found = how_many(count, "entry") if count else "no entries yet"
    return found if in_force == count else f"{found}, {in_force or 'none'} in force"


def head(course: Course) -> Iterator[tuple[str, str]]:
    """The lines above the rows that tell the log, and the day on which it is looked at."""
    seal = course.log.seal
    last = "" if seal is None else f", last hash {seal.last[:SHOWN]}"
    yield "log", f"{words.file_shown(course.log.file)}, {entries(course.log)}{last}"
    later = sum(each.moment.date() > course.as_of.date() for each in course.log.in_force())
    which = f"{how_many(later, 'entry')} {'is' if later == 1 else 'are'} of a later day"
    yield "as of", f"{words.dated(course.as_of)}{f'; {which}' if later else ''}"


def former(course: Course) -> Iterator[tuple[str, Regimen]]:
    """The rows of each text of the regimen that went before the one in force now, if any."""
    planned = (row for row in course.rows if not row.administration.dose.unplanned)
    rows = gathered((row.text.origin.sha256, row) for row in planned)
    rows.pop(course.schedule.regimen.origin.sha256, None)
    yield from ((_numbers(own), own[0].text) for own in rows.values())


def told(course: Course) -> Iterator[str]:
    """Every entry in force that changes the plan, with its reason."""
    log, needed = course.log, _needed(course)
    for entry in log.in_force():
        if not isinstance(entry.effect, effects.Given | effects.Held):
            reason = f": {entry.reason}" if entry.reason else ""
            spite = ", although it was refused" if entry.overridden else ""
            where = ", ".join(_whence(entry))
            if entry.supposed and isinstance(entry.effect, effects.Amended):
                where = "accepted here, not entered"
            yield f"{said(entry.effect, log, needed)}{spite}{reason} ({where})"


def _whence(entry: Entry) -> Iterator[str]:
    """Which entry it was, who made it, and when, if it counts for another moment."""
    yield f"entry {entry.number}"
    if entry.by is not None:
        yield f"by {entry.by}"
    if entry.as_of is not None:
        yield f"as of {format_moment(entry.as_of)}, entered {format_moment(entry.entered)}"


def totals(course: Course) -> Iterator[str]:
    """What became of each drug, per innermost block turn and in all; like turns together."""
    named = {chain_of(turn): turn for turn, _ in course.schedule.turns}
    for _, own in groupby(course.progress, key=lambda progress: (progress.drug, progress.unit)):
        alike: dict[tuple[object, ...], list[Progress]] = {}
        for progress in own:
            blocks: tuple[str, ...] = tuple(block for block, _ in progress.turns)
            if progress.turns and (counted := named[progress.turns].block.count_as) is not None:
                blocks = ("", counted)
            alike.setdefault((blocks, _text(progress)), []).append(progress)
        for (_, text), same in alike.items():
            beside = "" if same[0].turns else in_no_block(course, same[0].drug, same[0].unit)
            yield f"{same[0].drug}, {_where(same, named)}: {text}{beside}"


def in_no_block(course: Course, drug: str, unit: str) -> str:
    """Which doses that no plan had lie in no block, as in a rest, where others of the unit do."""
    own = (row for row in course.rows if row.key.drug == drug)
    rows = [row for row in own if alike(row.administration.dosed.unit, unit)]
    added = [each for each in rows if each.administration.dose.unplanned and not each.key.turns]
    if not added or not any(row.key.turns for row in rows):
        return ""
    return f"; {numbered('row', [row.number for row in added])} in no block"


def _where(same: list[Progress], named: Mapping[Chain, Turn]) -> str:
    if not same[0].turns:
        return "in all"
    turns = [named[progress.turns] for progress in same]
    block, counted = turns[0].block, turns[0].block.count_as is not None
    if len(same) > 1 and (counted or len(same[0].turns) == 1):
        numbers = ", ".join(runs([turn.counted or turn.number for turn in turns]))
        return f"each {block.count_as or block.name} ({numbers})"
    return "; ".join(turn.name() for turn in turns)


def _of_planned(progress: Progress) -> str:
    """What was given of what was planned, or drawn through a delay."""
    planned, drawn, unit = progress.planned, progress.drawn, progress.unit
    given = safe(progress.given.value, unit)
    lacking = planned.unstated + drawn.unstated
    whole = Doses(planned.doses + drawn.doses, EXACT.add(planned.value, drawn.value), lacking)
    if lacking:
        return f"{given}; planned: {_added_up(whole, unit)}"
    return words.part(given, safe(whole.value, unit))


def _added_up(doses: Doses, unit: str) -> str:
    """What doses add up to, as far as it is stated."""
    if doses.unstated == doses.doses:
        return words.amount(None, unit)
    more = f", and {doses.unstated} of an amount that is {NOT_STATED}" if doses.unstated else ""
    return f"{safe(doses.value, unit)}{more}"


def _text(progress: Progress) -> str:
    amounts = ""
    planned, drawn = progress.planned, progress.drawn
    if progress.given.doses and not progress.given.unstated:
        amounts = f" ({_of_planned(progress)})"
    parts = [f"{progress.given.doses} of {planned.doses + drawn.doses} given{amounts}"]
    needed, unplanned = progress.as_needed, progress.unplanned.doses - progress.as_needed.doses
    if needed.doses == progress.given.doses and not planned.doses + drawn.doses:
        parts = [f"{needed.doses} given as needed ({safe(needed.value, progress.unit)})"]
    elif needed.doses:
        parts[0] += f" ({needed.doses} of them as needed)"
    if drawn.doses:
        parts[0] += f" ({drawn.doses} of them through a delay)"
    if unplanned:
        parts[0] += f" ({unplanned} of them {UNPLANNED})"
    for doses, what in (
        (progress.held, "held"),
        (progress.unrecorded, "unrecorded"),
        (progress.remaining, "still to come"),
        (progress.stopped, "stopped"),
    ):
        if doses.doses:
            text = f"{doses.doses} {what} ({_added_up(doses, progress.unit)})"
            if doses is progress.remaining and (some := progress.conditional.doses):
                which = "all" if some == doses.doses else some
                text = f"{text.removesuffix(')')}, {which} conditional)"
            parts.append(text)
    return ", ".join(parts)
