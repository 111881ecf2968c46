"""What differs between two regimens, or two versions of one: facts, rows, totals, cautions.

A row is held against the row of the other plan that is the same dose of the same block turn, so
that a dose more in the first cycle does not make all later rows look changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from il2calc.errors import NotAQuantity, numbered
from il2calc.language import fields
from il2calc.model.effects import chain_text
from il2calc.model.regimen import Regimen
from il2calc.plan.administration import Administration, Total, gathered
from il2calc.plan.calendar import chain_of, lasting
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, plain_data, words
from il2calc.report.totals import amount, conditional_part
from il2calc.review.departures import factor_in_words, in_unit_of
from il2calc.units import quantity, safe, safe_text, span

FORMAT = "il2calc.diff/1"
A, B = "A", "B"


class Side(NamedTuple):
    """One of the two: its regimen, its schedule where one could be made, and cautions of that."""

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
    rested: str = ""
    rests: str = ""

    def text(self) -> str:
        """In words."""
        said = ("(nothing)" if each is None else safe_text(each) for each in (self.was, self.now))
        was, now = said
        behind = " -> ".join(dict.fromkeys(filter(None, (self.rested, self.rests))))
        how = f" ({told})" if (told := _how_far(was, now, self.was, self.now)) else ""
        return f"{self.path}: {was} -> {now}{how}" + (f" [{behind}]" if behind else "")


def _how_far(told: str, told_now: str, was: str | None, now: str | None) -> str | None:
    """That two texts mean the same, or by which factor an amount is another; else nothing."""
    same = "the same, written differently"
    if _meant(told) == _meant(told_now):
        return same
    try:
        one, other = quantity(was or ""), quantity(now or "")
    except NotAQuantity:
        return None
    before = in_unit_of(one, other)
    if before is None:
        return None
    factor = factor_in_words(other.value, before)
    return same if other.value == before else factor and f"{factor.removesuffix(' of')} as much"


def _meant(told: str) -> object:
    """A text as it is told; of a length of time how long it is, of listed days which they are."""
    try:
        return span(told)[:2]
    except NotAQuantity:
        pass
    try:
        listed = fields.days(told.strip("[]").split(", "))
    except ValueError:
        return told
    days = (range(first, last + 1) for first, last in listed.ranges)
    return {*chain.from_iterable(days)}, listed.onward


class Change(NamedTuple):
    """What differs in a row: in short, so that like changes can be told together; and in full."""

    what: str
    short: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The same dose in both plans, and what differs."""

    was: Administration
    now: Administration
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs.

    Args:
        a: the first of the two, and `b` the other.
        uncompared: why rows and totals are not compared; empty where they are.
        facts: amounts and times that differ, and `texts`, whatever else the files say.
        pairs: rows that differ; `lost` and `gained` are rows of one of the two alone.
        totals: by drug and block turn (empty: the whole), as each has it; None where it has none.
        cautions: of one of the two alone, with which.
    """

    a: Side
    b: Side
    uncompared: str
    facts: tuple[Fact, ...]
    texts: tuple[Fact, ...]
    pairs: tuple[Pair, ...]
    lost: tuple[Administration, ...]
    gained: tuple[Administration, ...]
    totals: Mapping[tuple[str, str], tuple[str | None, str | None]]
    cautions: tuple[tuple[str, str], ...]

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        rows = self.pairs or self.lost or self.gained or self.totals or self.cautions
        return bool(self.facts or self.texts or rows)


def compare(a: Side, b: Side, uncompared: str = "") -> Comparison:
    """What differs between two regimens, and between their schedules where both have one.

    Args:
        uncompared: why there are no schedules.
    """
    before, after = _by_dose(a.rows), _by_dose(b.rows)
    pairs = (
        Pair(row, after[key], tuple(_changes(row, after[key])))
        for key, row in before.items()
        if key in after
    )
    had, has = _totals(a.schedule), _totals(b.schedule)
    totals = {key: (had.get(key), has.get(key)) for key in {**had, **has}}
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
            for name, own, other in ((A, a, b), (B, b, a))
            for caution in own.cautions
            if caution.text not in {each.text for each in other.cautions}
        ),
    )


def _facts(a: Regimen, b: Regimen) -> Iterator[Fact]:
    for path in {**a.facts, **b.facts}:
        was, now = a.facts.get(path), b.facts.get(path)
        if was != now:
            rested = "" if was is None else words.rests_on(a.provenance(path))
            rests = "" if now is None else words.rests_on(b.provenance(path))
            yield Fact(path, was, now, rested, rests)


def _texts(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]]) -> Iterator[Fact]:
    for path in {**a, **b}:
        had, has = a.get(path, ()), b.get(path, ())
        lost = [text for text in had if text not in has]
        gained = [text for text in has if text not in had]
        yield from (Fact(path, was, now) for was, now in zip_longest(lost, gained))


def _by_dose(rows: Iterable[Administration]) -> dict[tuple[Any, ...], Administration]:
    """Rows by block turn, dose and how many of that dose the turn had before."""
    found: dict[tuple[Any, ...], Administration] = {}
    before: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (chain_of(row.turn), row.dose.name)
        before[key] = before.get(key, 0) + 1
        found[*key, before[key]] = row
    return found


def _when(row: Administration) -> str:
    day = f"day {row.regimen_day}" if row.when is None else words.dated(row.when)
    return f"{day} {row.clock}{words.past_midnight(row)}"


def _exactly(row: Administration) -> str:
    """A dose with all its figures."""
    value = row.dosed.value
    return words.amount(None, "") if value is None else safe(value, row.dosed.unit, full=True)


_TELLING: dict[str, Callable[[Administration], str]] = {
    "day": lambda row: str(row.regimen_day),
    "when": _when,
    "latest": lambda row: words.latest(row) or "none",
    "drug": lambda row: row.dose.drug,
    "dose": lambda row: words.amount(row.dosed.value, row.dosed.unit),
    "route": lambda row: words.route(row.dose),
    "at most": lambda row: "yes" if row.at_most else "no",
    "only if": lambda row: words.listed(row.only_if) or "always",
}
"""What of a row is held against the other, and how it is told."""


def _changes(was: Administration, now: Administration) -> Iterator[Change]:
    moved = now.minute - was.minute
    for what, telling in _TELLING.items():
        before, after = telling(was), telling(now)
        if what == "dose" and before == after:  # it may still differ beyond the figures shown
            before, after = (_exactly(row) for row in (was, now))
        if what == "route" and was.dose.route == now.dose.route:  # 1 hour is 60 minutes
            over = [row.dose.over and row.dose.over[:2] for row in (was, now)]
            before = after if over[0] == over[1] else before
        if before == after or what == ("day" if moved else "when"):
            continue
        short = f"{what} {before} -> {after}"
        if what == "when":
            short = _by(moved)
        elif what == "latest" and was.latest_minute is not None and now.latest_minute is not None:
            short = f"latest {_by(now.latest_minute - was.latest_minute)}"
        yield Change(what, short, before, after)


def _by(moved: int) -> str:
    return f"{lasting(abs(moved))} {'later' if moved > 0 else 'earlier'}"


def _totals(schedule: Schedule | None) -> dict[tuple[str, str], str]:
    totals: Iterable[Total] = schedule.totals if schedule is not None else ()
    return {
        (each.drug, chain_text(chain_of(each.turns[-1])) if each.turns else ""): (
            amount(each).rstrip(",") + conditional_part(each)
        )
        for each in totals
    }


def paragraphs(found: Comparison) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them."""
    yield "Compared", list(_head(found))
    if not found.differs:
        yield "Nothing differs", [_alike(found)]
        return
    yield f"Facts that differ ({len(found.facts)})", [fact.text() for fact in found.facts]
    if found.texts:
        yield "Other texts that differ", [fact.text() for fact in found.texts]
    if found.uncompared:
        yield "Rows and totals", [found.uncompared]
        return
    rows = len(found.a.rows), len(found.b.rows)
    how_many = f"{len(found.pairs)}; {A} has {rows[0]:,} rows, {B} {rows[1]:,}"
    yield f"Rows that differ ({how_many})", list(_pairs(found.pairs))
    for name, alone in ((A, found.lost), (B, found.gained)):
        if alone:
            yield f"Rows of {name} only ({len(alone)})", list(_alone(alone))
    if found.totals:
        yield "Totals that differ", list(_differing(found.totals))
    if found.cautions:
        yield "Cautions of only one", [f"{name}: {text}" for name, text in found.cautions]


def _alike(found: Comparison) -> str:
    if found.uncompared:
        return f"The files say the same. Rows and totals: {found.uncompared}"
    return f"The files say the same, and all {len(found.a.rows):,} rows are the same."


def _head(found: Comparison) -> Iterator[str]:
    for name, side in ((A, found.a), (B, found.b)):
        regimen, file = side.regimen, notes.origin_line(side.regimen.origin)
        yield f"{name}: {regimen.id}, version {regimen.version}: {file}"
    skipped = ("regimen", "file", "program", "finding", "drug", "set")
    schedules = [side.schedule for side in (found.a, found.b) if side.schedule is not None]
    above = [[pair for pair in notes.above(each) if pair[0] not in skipped] for each in schedules]
    for pair in dict.fromkeys(chain(*above)):
        of = [name for name, own in zip((A, B), above, strict=True) if pair in own]
        yield f"{pair[0]}{f' of {of[0]}' if len(of) == 1 else ''}: {pair[1]}"
    yield f"program: {words.PROGRAM}"


def _pairs(pairs: Sequence[Pair]) -> Iterator[str]:
    """Rows by what differs in them: those in which the same does together, by their numbers."""
    alike = gathered((tuple(change.short for change in pair.changes), pair) for pair in pairs)
    for told, same in alike.items():
        numbers = [pair.was.number for pair in same]
        there = [pair.now.number for pair in same]
        elsewhere = "" if there == numbers else f" ({B}: {numbered('row', there, most=None)})"
        first = next((each for each in same[0].changes if each.what == "when"), None)
        at = "" if first is None else f" (the first: {first.was} -> {first.now})"
        rows = numbered("row", numbers, most=None)
        yield f"{rows}{elsewhere}: {'; '.join(told)}{at}"


def _alone(rows: Sequence[Administration]) -> Iterator[str]:
    kinds = ("drug", "dose", "route")
    alike = gathered((tuple(_TELLING[kind](row) for kind in kinds), row) for row in rows)
    for told, same in alike.items():
        when = f"{_when(same[0])}" + (f" to {_when(same[-1])}" if same[1:] else "")
        which = numbered("row", [row.number for row in same], most=None)
        yield f"{which}: {', '.join(told)}, {when}"


def _differing(totals: Mapping[tuple[str, str], tuple[str | None, str | None]]) -> Iterator[str]:
    alike = gathered(
        ((drug, was, now), where or "in all") for (drug, where), (was, now) in totals.items()
    )
    for (drug, was, now), places in alike.items():
        yield f"{drug}, {'; '.join(places)}: {was or 'nothing'} -> {now or 'nothing'}"


def document(found: Comparison) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **plain_data.headed(FORMAT),
        "from": plain_data.regimen_head(found.a.regimen),
        "to": plain_data.regimen_head(found.b.regimen),
        "differs": found.differs,
        "facts": [
            {
                "path": fact.path,
                "from": fact.was,
                "to": fact.now,
                "source_from": fact.rested or None,
                "source_to": fact.rests or None,
            }
            for fact in found.facts
        ],
        "texts": [{"path": each.path, "from": each.was, "to": each.now} for each in found.texts],
        "uncompared": found.uncompared or None,
        "rows": [_row(pair.was, pair.now) for pair in found.pairs]
        + [_row(row, None) for row in found.lost]
        + [_row(None, row) for row in found.gained],
        "totals": [
            {"drug": drug, "block": block or None, "from": was, "to": now}
            for (drug, block), (was, now) in found.totals.items()
        ],
        "cautions": [{"of": name, "text": text} for name, text in found.cautions],
    }


def _row(was: Administration | None, now: Administration | None) -> dict[str, Any]:
    """A row of both, or of one, with every key in which they differ; null where it is in one."""
    before, after = (None if row is None else plain_data.administration(row) for row in (was, now))
    keys = [
        key
        for key in (before or after or {})
        if key not in ("number", "working") and (before or {}).get(key) != (after or {}).get(key)
    ]
    return {
        "from": before and {key: before[key] for key in ("number", *keys)},
        "to": after and {key: after[key] for key in ("number", *keys)},
    }
