"""What differs between two regimens, or two versions of one: facts, rows, totals, cautions.

A row is compared with the row of the same dose in the same block turn of the other plan, so that an
extra dose in the first cycle does not make all later rows look changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from il2calc.errors import NotAQuantity, numbered
from il2calc.language import fields
from il2calc.model.effects import turn_text
from il2calc.model.regimen import Regimen
from il2calc.plan.administration import Administration, Total, grouped
from il2calc.plan.calendar import chain_of
from il2calc.plan.dosing import DoseResult
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, plain_data, words
from il2calc.report.totals import total_text
from il2calc.review.departures import factor_in_words, in_unit_of
from il2calc.units import addable, convert, quantity, safe_text, span

FORMAT = "il2calc.diff/1"
A, B = "A", "B"


class Side(NamedTuple):
    """One of the two regimens, with its schedule where there is one, and the cautions of that."""

    regimen: Regimen
    schedule: Schedule | None = None
    cautions: Sequence[Caution] = ()

    @property
    def rows(self) -> tuple[Administration, ...]:
        """Its rows; none where there is no schedule."""
        return self.schedule.administrations if self.schedule is not None else ()


class Fact(NamedTuple):
    """A value that differs, and what it rests on in each file."""

    path: str
    was: str | None
    now: str | None
    old_source: str = ""
    new_source: str = ""

    def text(self) -> str:
        """The change in words."""
        was, now = (
            "(nothing)" if value is None else safe_text(value) for value in (self.was, self.now)
        )
        sources = " -> ".join(dict.fromkeys(filter(None, (self.old_source, self.new_source))))
        remark = f" ({text})" if (text := _amount_remark(was, now, self.was, self.now)) else ""
        return f"{self.path}: {was} -> {now}{remark}" + (f" [{sources}]" if sources else "")


def _amount_remark(old_text: str, new_text: str, was: str | None, now: str | None) -> str | None:
    """That both values mean the same, or the factor between two amounts; else None."""
    same = "the same, written differently"
    if _meaning(old_text) == _meaning(new_text):
        return same
    try:
        old, new = quantity(was or ""), quantity(now or "")
    except NotAQuantity:
        return None
    converted = in_unit_of(old, new)
    if converted is None:
        return None
    factor = factor_in_words(new.value, converted)
    return same if new.value == converted else factor and f"{factor.removesuffix(' of')} as much"


def _meaning(text: str) -> object:
    """What a text means: a length of time, or the days of a list; any other text means itself."""
    try:
        return span(text)[:2]
    except NotAQuantity:
        pass
    try:
        numbers = fields.days(text.strip("[]").split(", "))
    except ValueError:
        return text
    days = (range(first, last + 1) for first, last in numbers.ranges)
    return {*chain.from_iterable(days)}, numbers.onward


class Pair(NamedTuple):
    """The rows of one dose in both plans, and their differences in words."""

    was: Administration
    now: Administration
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between two regimens.

    Args:
        a: the first of the two, and `b` the other.
        uncompared: why rows and totals are not compared; empty where they are.
        facts: amounts and times that differ; `texts` is whatever else differs.
        pairs: rows that differ; `removed` and `added` are rows of only `a` or only `b`.
        totals: of `a` and of `b`, by drug and block turn (empty: in all); None where one has none.
        cautions: of only one side, each with the name of that side.
    """

    a: Side
    b: Side
    uncompared: str
    facts: tuple[Fact, ...]
    texts: tuple[Fact, ...]
    pairs: tuple[Pair, ...]
    removed: tuple[Administration, ...]
    added: tuple[Administration, ...]
    totals: Mapping[tuple[str, str], tuple[str | None, str | None]]
    cautions: tuple[tuple[str, str], ...]

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        rows = self.pairs or self.removed or self.added or self.totals or self.cautions
        return bool(self.facts or self.texts or rows)


def compare(a: Side, b: Side, uncompared: str = "") -> Comparison:
    """The differences between two regimens, and between their schedules where both have one.

    Args:
        uncompared: why there are no schedules.
    """
    before, after = _by_dose(a.rows), _by_dose(b.rows)
    pairs = (
        Pair(row, after[key], tuple(_changes(row, after[key])))
        for key, row in before.items()
        if key in after
    )
    old, new = _totals(a.schedule), _totals(b.schedule)
    totals = {key: _total_texts(old.get(key), new.get(key)) for key in {**old, **new}}
    return Comparison(
        a,
        b,
        uncompared,
        tuple(_facts(a.regimen, b.regimen)),
        tuple(_texts(a.regimen.texts, b.regimen.texts)),
        tuple(pair for pair in pairs if pair.changes),
        tuple(row for key, row in before.items() if key not in after),
        tuple(row for key, row in after.items() if key not in before),
        {key: (was, now) for key, (was, now) in totals.items() if was != now},
        tuple(
            (name, caution.text)
            for name, side, other in ((A, a, b), (B, b, a))
            for caution in side.cautions
            if caution.text not in {caution.text for caution in other.cautions}
        ),
    )


def _facts(a: Regimen, b: Regimen) -> Iterator[Fact]:
    for path in {**a.facts, **b.facts}:
        was, now = a.facts.get(path), b.facts.get(path)
        if was != now:
            old_source = "" if was is None else words.rests_on(a.provenance(path))
            new_source = "" if now is None else words.rests_on(b.provenance(path))
            yield Fact(path, was, now, old_source, new_source)


def _texts(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]]) -> Iterator[Fact]:
    for path in {**a, **b}:
        old, new = a.get(path, ()), b.get(path, ())
        removed = [text for text in old if text not in new]
        added = [text for text in new if text not in old]
        yield from (Fact(path, was, now) for was, now in zip_longest(removed, added))


def _by_dose(rows: Iterable[Administration]) -> dict[tuple[Any, ...], Administration]:
    """Rows by block turn, dose, and the number of that dose within the turn."""
    by_dose: dict[tuple[Any, ...], Administration] = {}
    counts: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (chain_of(row.turn), row.dose.name)
        counts[key] = counts.get(key, 0) + 1
        by_dose[*key, counts[key]] = row
    return by_dose


def _moment(row: Administration) -> str:
    day = f"day {row.regimen_day}" if row.when is None else words.dated(row.when)
    return f"{day} {row.clock}{words.past_midnight(row)}"


_COMPARED: dict[str, Callable[[Administration], str]] = {
    "day": lambda row: str(row.regimen_day),
    "when": _moment,
    "latest": lambda row: words.latest(row) or "none",
    "drug": lambda row: row.dose.drug,
    "dose": lambda row: words.amount(row.dosed.value, row.dosed.unit),
    "route": lambda row: words.route(row.dose),
    "at most": lambda row: "yes" if row.at_most else "no",
    "only if": lambda row: words.listed(row.only_if) or "always",
}
"""What is compared of two rows, and the text for it."""


def _changes(was: Administration, now: Administration) -> Iterator[str]:
    minutes = now.minute - was.minute
    for kind, text_of in _COMPARED.items():
        old, new = text_of(was), text_of(now)
        if kind == "dose":  # in one unit: 0.5 mg is 500 mcg
            amounts = (was.dosed.value, was.dosed.unit), _in_unit(now.dosed, was.dosed.unit)
            old, new = (words.amount(*amount) for amount in amounts)
            if old == new:  # they may still differ beyond the figures shown
                old, new = (words.amount(*amount, full=True) for amount in amounts)
        if kind == "route" and was.dose.route == now.dose.route:  # 1 hour is 60 minutes
            over = [row.dose.over and row.dose.over[:2] for row in (was, now)]
            old = new if over[0] == over[1] else old
        if old == new or kind == ("day" if minutes else "when"):
            continue
        if kind == "when":
            yield words.shift(minutes)
        elif kind == "latest" and was.latest_minute is not None and now.latest_minute is not None:
            yield f"latest {words.shift(now.latest_minute - was.latest_minute)}"
        else:
            yield f"{kind} {old} -> {new}"


def _in_unit(amount: DoseResult, unit: str) -> tuple[Decimal | None, str]:
    """The value of an amount in a unit, if it can be converted into it; else as it is."""
    if amount.value is None or not addable(amount.unit, unit):
        return amount.value, amount.unit
    return convert(amount.value, amount.unit, unit), unit


def _totals(schedule: Schedule | None) -> dict[tuple[str, str], Total]:
    totals: dict[tuple[str, str], Total] = {}
    for total in schedule.totals if schedule is not None else ():
        block = turn_text(chain_of(total.turns[-1])) if total.turns else ""
        totals[total.drug, block] = total
    return totals


def _total_texts(was: Total | None, now: Total | None) -> tuple[str | None, str | None]:
    """A total of either plan in words, both in the unit of the first where that can be."""
    if was is not None and now is not None and addable(was.unit, now.unit):
        value, part = (
            convert(amount, now.unit, was.unit) for amount in (now.value, now.conditional)
        )
        now = replace(now, value=value, conditional=part, unit=was.unit)
    old, new = (None if total is None else total_text(total, {}) for total in (was, now))
    return old, new


def paragraphs(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """The comparison in words: headings with the lines under them."""
    yield "Compared", list(_head_lines(comparison))
    if not comparison.differs:
        yield "Nothing differs", [_no_difference(comparison)]
        return
    yield f"Facts that differ ({len(comparison.facts)})", [fact.text() for fact in comparison.facts]
    if comparison.texts:
        yield "Other texts that differ", [fact.text() for fact in comparison.texts]
    if comparison.uncompared:
        yield "Rows and totals", [comparison.uncompared]
        return
    rows = len(comparison.a.rows), len(comparison.b.rows)
    how_many = f"{len(comparison.pairs)}; {A} has {rows[0]:,} rows, {B} {rows[1]:,}"
    yield f"Rows that differ ({how_many})", list(_pair_lines(comparison.pairs))
    for name, rows_of_one in ((A, comparison.removed), (B, comparison.added)):
        if rows_of_one:
            yield f"Rows of {name} only ({len(rows_of_one)})", list(_lines_of_one(rows_of_one))
    if comparison.totals:
        yield "Totals that differ", list(_total_lines(comparison.totals))
    if comparison.cautions:
        yield "Cautions of only one", [f"{name}: {text}" for name, text in comparison.cautions]


def _no_difference(comparison: Comparison) -> str:
    if comparison.uncompared:
        return f"The files say the same. Rows and totals: {comparison.uncompared}"
    return f"The files say the same, and all {len(comparison.a.rows):,} rows are the same."


def _head_lines(comparison: Comparison) -> Iterator[str]:
    sides = ((A, comparison.a), (B, comparison.b))
    for name, side in sides:
        regimen, file = side.regimen, notes.origin_line(side.regimen.origin)
        yield f"{name}: {regimen.id}, version {regimen.version}: {file}"
    skipped = ("regimen", "file", "program", "finding", "drug", "set")
    heads = [
        [*notes.lines_above_rows(side.schedule)] for _, side in sides if side.schedule is not None
    ]
    for line in dict.fromkeys(chain(*heads)):
        label, text = line
        if label not in skipped:
            names = [name for name, head in zip((A, B), heads, strict=True) if line in head]
            yield f"{label}{f' of {names[0]}' if len(names) == 1 else ''}: {text}"
    yield f"program: {words.PROGRAM}"


def _pair_lines(pairs: Sequence[Pair]) -> Iterator[str]:
    """Rows with the same changes in one line, by their numbers."""
    for changes, same in grouped((pair.changes, pair) for pair in pairs).items():
        old, new = [pair.was.number for pair in same], [pair.now.number for pair in same]
        in_b = "" if old == new else f" ({B}: {numbered('row', new, most=None)})"
        was, now = same[0].was, same[0].now
        moved = (
            f" (the first: {_moment(was)} -> {_moment(now)})" if was.minute != now.minute else ""
        )
        yield f"{numbered('row', old, most=None)}{in_b}: {'; '.join(changes)}{moved}"


def _lines_of_one(rows: Sequence[Administration]) -> Iterator[str]:
    kinds = ("drug", "dose", "route")
    by_texts = grouped((tuple(_COMPARED[kind](row) for kind in kinds), row) for row in rows)
    for texts, same in by_texts.items():
        moments = f"{_moment(same[0])}" + (f" to {_moment(same[-1])}" if same[1:] else "")
        numbers = numbered("row", [row.number for row in same], most=None)
        yield f"{numbers}: {', '.join(texts)}, {moments}"


def _total_lines(totals: Mapping[tuple[str, str], tuple[str | None, str | None]]) -> Iterator[str]:
    by_change = grouped(
        ((drug, was, now), where or "in all") for (drug, where), (was, now) in totals.items()
    )
    for (drug, was, now), places in by_change.items():
        yield f"{drug}, {'; '.join(places)}: {was or 'nothing'} -> {now or 'nothing'}"


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        **plain_data.document_head(FORMAT),
        "from": plain_data.regimen_head(comparison.a.regimen),
        "to": plain_data.regimen_head(comparison.b.regimen),
        "differs": comparison.differs,
        "facts": [
            {
                "path": fact.path,
                "from": fact.was,
                "to": fact.now,
                "source_from": fact.old_source or None,
                "source_to": fact.new_source or None,
            }
            for fact in comparison.facts
        ],
        "texts": [
            {"path": fact.path, "from": fact.was, "to": fact.now} for fact in comparison.texts
        ],
        "uncompared": comparison.uncompared or None,
        "rows": [_row(pair.was, pair.now) for pair in comparison.pairs]
        + [_row(row, None) for row in comparison.removed]
        + [_row(None, row) for row in comparison.added],
        "totals": [
            {"drug": drug, "block": block or None, "from": was, "to": now}
            for (drug, block), (was, now) in comparison.totals.items()
        ],
        "cautions": [{"of": name, "text": text} for name, text in comparison.cautions],
    }


def _row(was: Administration | None, now: Administration | None) -> dict[str, Any]:
    """The keys in which two rows differ, for either; all keys of a row that only one plan has."""
    old, new = (None if row is None else plain_data.administration(row) for row in (was, now))
    keys = [
        key
        for key in (old or new or {})
        if key not in ("number", "working") and (old or {}).get(key) != (new or {}).get(key)
    ]
    return {
        "from": old and {key: old[key] for key in ("number", *keys)},
        "to": new and {key: new[key] for key in ("number", *keys)},
    }
