"""A course in words: each entry and its consequences, what the log changes, and what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from il2calc.course import Course
from il2calc.course.dosing_basis import DosingBases
from il2calc.course.index import CourseRow
from il2calc.course.replay import Doses, Progress
from il2calc.errors import how_many, numbered, runs
from il2calc.model import effects
from il2calc.model.effects import Chain, DoseKey, Effect, in_order, turn_name
from il2calc.model.log import SHOWN, Entry, Kind, Log, form_of
from il2calc.model.measure import age_in_words
from il2calc.model.regimen import NOT_STATED, UNPLANNED, Regimen
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import Turn, chain_of
from il2calc.plan.dating import format_moment
from il2calc.report import words
from il2calc.units import EXACT, Quantity, addable, plain, rounded, safe, safe_quantity


def entry_line(entry: Entry, before: Course, after: Course) -> str:
    """An entry in words: its number, what it says, and the rows and dates that it changes.

    Args:
        before: the course without the entry.
        after: the course with it.
    """
    text = f"entry {entry.number}: {effect_text(entry.effect, after.log, _as_needed_drugs(after))}"
    consequences = _CONSEQUENCES.get(type(entry.effect), _named_rows)
    if rows := ", ".join(consequences(entry.effect, before, after)):
        text += f" ({rows})"
    if entry.overridden:
        text += ", although it was refused"
    text += f", by {entry.by}" if entry.by else ""
    return text + (f"; {entry.reason}" if entry.reason else "")


def _as_needed_drugs(course: Course) -> frozenset[str]:
    return frozenset(need.dose.drug for need in course.schedule.as_needed)


def effect_text(effect: Effect, log: Log, needed: frozenset[str] = frozenset()) -> str:
    """What an entry says, without rows and dates of the schedule.

    Args:
        needed: the drugs that the regimen gives as needed.

    >>> effect_text(effects.Delayed((("course", 1), ("cycle", 2)), 3), None)
    'course 1, cycle 2 delayed by 3 days'
    """
    _, form = form_of(effect)
    facts = form.stated_facts(effect)
    texts = {fact.field: FACT_TEXTS[fact.kind](value) for fact, value in facts.items()}
    texts["measures"] = ", ".join(texts[fact.field] for fact in facts if fact.of_body)
    texts["why"] = "as needed" if texts.get("drug") in needed else UNPLANNED
    first, *more = form.words
    additions = " ".join(filter(None, (_filled(template, texts) for template in more)))
    text = first.format_map(texts) + (f", {additions}" if additions else "")
    if isinstance(effect, effects.Undone):
        text += f": {effect_text(log.entries[effect.entry - 1].effect, log, needed)}"
    return text


def _filled(template: str, texts: Mapping[str, str]) -> str:
    """A template with its fields filled in; if one is missing, what follows its `|`, or nothing."""
    text, _, alternative = template.partition("|")
    try:
        return text.format_map(texts)
    except KeyError:
        return alternative


def _doses_text(doses: Iterable[DoseKey]) -> str:
    """Doses by drug, number and block turn."""
    texts: list[str] = []
    for (turns, drug, dose), group in groupby(in_order(doses), key=lambda key: key[:3]):
        name = drug if dose == drug else f"{drug} ({dose})"
        where = f" of {turn_name(turns)}" if turns else ""
        texts.append(f"{name} {numbered('dose', [key.number for key in group], most=None)}{where}")
    return "; ".join(texts)


_AS_IS: tuple[Kind, ...] = ("arm", "date", "drug", "entry", "name", "regimen", "route", "version")
FACT_TEXTS: Mapping[Kind, Callable[[Any], str]] = {
    **dict.fromkeys(_AS_IS, str),
    "age": lambda age: f"age {age_in_words(age)}",
    "amount": safe_quantity,
    "area": lambda area: f"body surface area {plain(area)} m2",
    "days": lambda days: how_many(days, "day"),
    "decision": lambda given: "given" if given else "not given",
    "dose": lambda dose: _doses_text([dose]),
    "doses": _doses_text,
    "gfr": lambda rate: f"GFR {plain(rate)} mL/min",
    "height": lambda height: f"height {plain(height)} cm",
    "minutes": words.shift,
    "moment": format_moment,
    "sha256": lambda digits: digits[:16],
    "share": lambda to: safe_quantity(to) if isinstance(to, Quantity) else f"{plain(to)} %",
    "text": lambda _: "",
    "turn": turn_name,
    "weight": lambda weight: f"weight {plain(weight)} kg",
}
"""The text for each kind of fact of an effect."""


def _given(effect: effects.Given, before: Course, after: Course) -> Iterable[str]:
    rows = _rows_of(after, effect.doses)
    yield _row_numbers(_rows_of(before, effect.doses))
    if effect.at is None:
        yield _span([row.recorded.when for row in rows])
    amounts = {(row.recorded.value, row.administration.dosed.unit) for row in rows}
    if effect.amount is None and len(amounts) == 1:
        (value, unit), *_ = amounts
        yield _amount(value, unit, " each" if rows[1:] and value is not None else "")


def _amount(value: Decimal | None, unit: str, suffix: str = "") -> str:
    """An amount, and that it is rounded if it has more digits than are shown."""
    is_exact = value is None or rounded(value, 4) == value
    return f"{words.amount(value, unit)}{suffix}{'' if is_exact else ', to 4 significant figures'}"


def _extra(_: effects.Extra, before: Course, after: Course) -> Iterable[str]:
    """The row of a dose outside the plan."""
    planned = {row.key for row in before.rows}
    yield _row_numbers(row for row in after.rows if row.key not in planned)


def _named_rows(effect: Effect, before: Course, __: Course) -> Iterable[str]:
    """The rows of the doses that an effect names, if any."""
    _, form = form_of(effect)
    if rows := _rows_of(before, form.doses(effect)):
        yield _row_numbers(rows)
        yield _span([row.administration.when for row in rows])


def _shifted(effect: effects.Shifted, before: Course, after: Course) -> Iterable[str]:
    (row,), (moved,) = _rows_of(before, [effect.dose]), _rows_of(after, [effect.dose])
    yield f"{_row_numbers([row])}: {_moment(moved)} instead of {_moment(row)}"
    planned = {row.key: row.administration.when for row in before.rows}
    changed = [row for row in after.rows if planned.get(row.key) != row.administration.when]
    if others := [row for row in changed if row.key != effect.dose]:
        yield f"with it {_row_numbers(others)}"


def _delayed(effect: effects.Delayed, before: Course, after: Course) -> Iterable[str]:
    row, moved = (next(_rows_from(course, effect.turns), None) for course in (before, after))
    if row is not None and moved is not None:
        yield f"from {_moment(moved)} instead of {_moment(row)}"


def _weighed(effect: effects.Weighed, before: Course, after: Course) -> Iterable[str]:
    if effect.use_from is None:
        return
    same = (weighing for weighing in after.state.weighings if weighing.effect == effect)
    number = max(weighing.entry.number for weighing in same)
    if DosingBases(after.state).uses(number):
        yield from _first_changed(before, after, effect.use_from)
    else:
        yield "no dose is calculated with it"


def _decided(effect: effects.Decided, before: Course, after: Course) -> Iterable[str]:
    if effect.given:
        yield from _next_row(after, effect.turns)
    else:
        yield _no_longer_given(before, after)


def _stopped(_: effects.Stopped, before: Course, after: Course) -> Iterable[str]:
    yield format_moment(after.as_of)
    yield _no_longer_given(before, after)


_NO_DOSE_FOLLOWS = ("no dose follows",)

_CONSEQUENCES: Mapping[type[Effect], Callable[[Any, Course, Course], Iterable[str]]] = {
    effects.Given: _given,
    effects.Extra: _extra,
    effects.Amended: lambda effect, _, after: (
        [*_next_row(after, effect.start)] or _NO_DOSE_FOLLOWS if effect.start is not None else ()
    ),
    effects.Shifted: _shifted,
    effects.Delayed: _delayed,
    effects.Weighed: _weighed,
    effects.Reduced: lambda effect, _, after: _next_row(
        after, effect.start, effect.drug, effect.dose
    ),
    effects.Levelled: lambda effect, before, after: (
        [*_first_changed(before, after, effect.start)] or _NO_DOSE_FOLLOWS
    ),
    effects.Decided: _decided,
    effects.Stopped: _stopped,
}
"""The consequences of those effects that change more than the rows of the doses they name."""


def _rows_of(course: Course, doses: Iterable[DoseKey]) -> list[CourseRow]:
    keys = set(doses)
    return [row for row in course.rows if row.key in keys]


def _rows_from(course: Course, turns: Chain) -> Iterator[CourseRow]:
    """The rows that were not given yet, from a dose or the first dose of a block turn on."""
    first = course.state.whereabouts.first_in(turns)
    left = (row for row in course.rows if row.recorded.state != "given")
    return (row for row in left if first is not None and row.administration.minute >= first.minute)


def _first_row(rows: Iterable[CourseRow], drug: str = "") -> Iterable[str]:
    """The first of some rows, from which on amounts differ, and its amount."""
    if (row := next(iter(rows), None)) is not None:
        dosed = row.administration.dosed
        yield f"from {_row_numbers([row])}"
        yield f"{_moment(row)}: {drug}{_amount(dosed.value, dosed.unit)}"


def _next_row(
    course: Course, turns: Chain, drug: str | None = None, dose: str | None = None
) -> Iterable[str]:
    """The next row from a dose or a block turn on, of one drug or dose if it is named."""
    return _first_row(
        row
        for row in _rows_from(course, turns)
        if drug in (None, row.key.drug) and dose in (None, row.key.dose)
    )


def _first_changed(before: Course, after: Course, turns: Chain) -> Iterable[str]:
    """The next row whose amount has changed, with its drug if there are several.

    If no amount has changed, the next row from the block turn on.
    """
    dosed_before = {row.key: row.administration.dosed for row in before.rows}
    for row in _rows_from(after, turns):
        dosed, old = row.administration.dosed, dosed_before.get(row.key)
        if old is None or (old.value, old.unit) != (dosed.value, dosed.unit):
            several = len({row.key.drug for row in after.rows}) > 1
            return _first_row([row], f"{row.key.drug} " if several else "")
    return _next_row(after, turns)


def _no_longer_given(before: Course, after: Course) -> str:
    """How many rows will no longer be given."""
    stopped = [
        sum(row.recorded.state == "stopped" for row in course.rows) for course in (before, after)
    ]
    return f"{how_many(stopped[1] - stopped[0], 'row')} no longer given"


def _row_numbers(rows: Iterable[CourseRow]) -> str:
    return numbered("row", [row.number for row in rows], most=None)


def _span(moments: list[datetime | None]) -> str:
    texts = [format_moment(moment) for moment in moments if moment is not None]
    return texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _moment(row: CourseRow) -> str:
    return format_moment(row.administration.moment)


def entry_count(log: Log) -> str:
    """How many entries the file of a log has, and how many are in force if not all are."""
    count = sum(not entry.hypothetical for entry in log.entries)
    in_force = sum(not entry.hypothetical for entry in log.in_force())
    text = how_many(count, "entry") if count else "no entries yet"
    return text if in_force == count else f"{text}, {in_force or 'none'} in force"


def head(course: Course) -> Iterator[tuple[str, str]]:
    """The lines above the rows about the log, and the day as of which the course is shown."""
    seal = course.log.seal
    last = "" if seal is None else f", last hash {seal.last[:SHOWN]}"
    yield "log", f"{words.file_shown(course.log.file)}, {entry_count(course.log)}{last}"
    later = sum(entry.moment.date() > course.as_of.date() for entry in course.log.in_force())
    left_out = f"{how_many(later, 'entry')} {'is' if later == 1 else 'are'} of a later day"
    yield "as of", f"{words.dated(course.as_of)}{f'; {left_out}' if later else ''}"


def former_versions(course: Course) -> Iterator[tuple[str, Regimen]]:
    """The rows of each earlier version of the regimen, and that version."""
    planned = (row for row in course.rows if not row.administration.dose.unplanned)
    rows = grouped((row.regimen.origin.sha256, row) for row in planned)
    rows.pop(course.schedule.regimen.origin.sha256, None)
    yield from ((_row_numbers(group), group[0].regimen) for group in rows.values())


def changes(course: Course) -> Iterator[str]:
    """Every entry in force that changes the plan, with its reason."""
    log, needed = course.log, _as_needed_drugs(course)
    for entry in log.in_force():
        if not isinstance(entry.effect, effects.Given | effects.Held):
            reason = f": {entry.reason}" if entry.reason else ""
            overridden = ", although it was refused" if entry.overridden else ""
            origin = ", ".join(_entry_origin(entry))
            if entry.hypothetical and isinstance(entry.effect, effects.Amended):
                origin = "accepted here, not entered"
            yield f"{effect_text(entry.effect, log, needed)}{overridden}{reason} ({origin})"


def _entry_origin(entry: Entry) -> Iterator[str]:
    """The number of an entry, who made it, and both moments if it is as of another one."""
    yield f"entry {entry.number}"
    if entry.by is not None:
        yield f"by {entry.by}"
    if entry.as_of is not None:
        yield f"as of {format_moment(entry.as_of)}, entered {format_moment(entry.entered)}"


def totals(course: Course) -> Iterator[str]:
    """What became of each drug, per innermost block turn and in all; equal turns are joined."""
    turns = {chain_of(turn): turn for turn, _ in course.schedule.turns}
    for _, group in groupby(course.progress, key=lambda progress: (progress.drug, progress.unit)):
        equal: dict[tuple[object, ...], list[Progress]] = {}
        for progress in group:
            blocks: tuple[str, ...] = tuple(block for block, _ in progress.turns)
            if progress.turns and (name := turns[progress.turns].block.count_as) is not None:
                blocks = ("", name)
            equal.setdefault((blocks, _progress_text(progress)), []).append(progress)
        for (_, text), same in equal.items():
            remark = "" if same[0].turns else in_no_block(course, same[0].drug, same[0].unit)
            yield f"{same[0].drug}, {_turns_text(same, turns)}: {text}{remark}"


def in_no_block(course: Course, drug: str, unit: str) -> str:
    """Doses that a log adds in no block, as in a rest, if the drug also has doses in blocks."""
    of_drug = (row for row in course.rows if row.key.drug == drug)
    rows = [row for row in of_drug if addable(row.administration.dosed.unit, unit)]
    added = [row for row in rows if row.administration.dose.unplanned and not row.key.turns]
    if not added or not any(row.key.turns for row in rows):
        return ""
    return f"; {numbered('row', [row.number for row in added])} in no block"


def _turns_text(same: list[Progress], turns_by_chain: Mapping[Chain, Turn]) -> str:
    if not same[0].turns:
        return "in all"
    turns = [turns_by_chain[progress.turns] for progress in same]
    block, is_counted = turns[0].block, turns[0].block.count_as is not None
    if len(same) > 1 and (is_counted or len(same[0].turns) == 1):
        numbers = ", ".join(runs([turn.counted or turn.number for turn in turns]))
        return f"each {block.count_as or block.name} ({numbers})"
    return "; ".join(turn.name() for turn in turns)


def _sum_text(doses: Doses, unit: str) -> str:
    """The sum of some doses, as far as their amounts are stated."""
    if doses.unstated == doses.doses:
        return words.amount(None, unit)
    more = f", and {doses.unstated} of an amount that is {NOT_STATED}" if doses.unstated else ""
    return f"{safe(doses.value, unit)}{more}"


def _progress_text(progress: Progress) -> str:
    unit, given, needed = progress.unit, progress.given, progress.as_needed
    planned, continued = progress.planned, progress.continued
    unstated = planned.unstated + continued.unstated
    value = EXACT.add(planned.value, continued.value)
    due = Doses(planned.doses + continued.doses, value, unstated)
    amounts = ""
    if given.doses and not given.unstated:
        amount = safe(given.value, unit)
        of_due = words.part_of(amount, safe(value, unit))
        if unstated:
            of_due = f"{amount}; planned: {_sum_text(due, unit)}"
        amounts = f" ({of_due})"
    parts = [f"{given.doses} of {due.doses} given{amounts}"]
    if needed.doses == given.doses and not due.doses:
        parts = [f"{needed.doses} given as needed ({safe(needed.value, unit)})"]
    elif needed.doses:
        parts[0] += f" ({needed.doses} of them as needed)"
    if continued.doses:
        parts[0] += f" ({continued.doses} of them through a delay)"
    if unplanned := progress.unplanned.doses - needed.doses:
        parts[0] += f" ({unplanned} of them {UNPLANNED})"
    for doses, state in (
        (progress.held, "held"),
        (progress.unrecorded, "unrecorded"),
        (progress.remaining, "still to come"),
        (progress.stopped, "stopped"),
    ):
        if doses.doses:
            text = f"{doses.doses} {state} ({_sum_text(doses, unit)})"
            if doses is progress.remaining and (conditional := progress.conditional.doses):
                count = "all" if conditional == doses.doses else conditional
                text = f"{text.removesuffix(')')}, {count} conditional)"
            parts.append(text)
    return ", ".join(parts)
