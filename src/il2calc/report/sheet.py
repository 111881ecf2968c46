"""The printable sheet of a schedule as plain data, shared by the page and the PDF.

It holds every text in the order in which a reader meets it; the formats only set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from il2calc.course.index import chain_of
from il2calc.model.log import chain_text
from il2calc.plan.administration import Administration, Recorded
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, rules, words
from il2calc.report.lines import glued
from il2calc.report.rows import Row, Section, marked, sections
from il2calc.units import plain, safe

Part = tuple[str, list[str]]
"""A heading with the lines under it."""

Kind = Literal[
    "number",
    "day",
    "date",
    "time",
    "block",
    "drug",
    "dose",
    "route",
    "latest",
    "marks",
    "given-at",
    "by",
    "given",
    "remarks",
]
_NAMES: dict[Kind, str] = {"number": "no.", "given-at": "given at", "given": "dose given"}
_TO_SIGN: tuple[Kind, ...] = ("given-at", "by", "given", "remarks")
_OMITTED = ("held", "stopped")
_SETTLED = ("given", *_OMITTED)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Args:
        to_sign: filled in by hand, where no log has filled it.
    """

    kind: Kind
    name: str
    to_sign: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table: an administration, a text for each column, its state by a log."""

    number: int
    state: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under the heading of their block turn; no heading where they stand under no block."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that the sheet says.

    Args:
        name: the regimen with its version, and `subject` whose sheet it is; on every page.
        picture: what the picture shows, for who cannot see it.
        changed: what differs from the file, or that nothing does; on every page.
        head: the lines above the table, a label and what it says.
        notes: totals and rules, `preparation`, and what the schedule `rests_on`, under headings.
    """

    name: str
    title: str
    subject: str
    changed: str
    disclaimer: str
    picture: str
    head: tuple[tuple[str, str], ...]
    cautions: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    notes: tuple[Part, ...]
    preparation: tuple[Part, ...]
    rests_on: tuple[Part, ...]


def sheet(
    schedule: Schedule, cautions: Sequence[Caution], preparation: Sequence[Part] = ()
) -> Sheet:
    """What does the printable sheet of a schedule say?

    Args:
        cautions: of the schedule.
        preparation: how its doses are made up, under headings; empty where nothing is known.
    """
    regimen = schedule.regimen
    rows, marks = marked(schedule, cautions)
    grouped = sections(schedule, rows)
    kinds = tuple(_kinds(schedule, rows, grouped))
    part = len(rows) < len(schedule.administrations)
    return Sheet(
        name=f"{regimen.id}, version {regimen.version}",
        title=regimen.title,
        subject=schedule.subject or "",
        changed=glued("; ".join(_changes(schedule)) or "as in the file"),
        disclaimer=words.DISCLAIMER,
        picture=(
            f"{regimen.id} on a line of time{notes.as_of(schedule)}; "
            "the table below says the same in words."
        ),
        head=tuple((label, glued(text)) for label, text in _head(schedule, part=part)),
        cautions=tuple(glued(caution.text) for caution in cautions),
        marks=tuple((mark, glued(meaning)) for mark, meaning in marks.legend()),
        columns=tuple(Column(kind, _NAMES.get(kind, kind), kind in _TO_SIGN) for kind in kinds),
        groups=tuple(_group(each, kinds, schedule) for each in grouped),
        notes=_glued_parts(_notes(schedule)),
        preparation=_glued_parts(preparation),
        rests_on=_glued_parts(_rests_on(schedule)),
    )


def _glued_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple((glued(heading), [glued(text) for text in texts]) for heading, texts in parts)


def _head(schedule: Schedule, *, part: bool) -> Iterator[tuple[str, str]]:
    """The lines above the table without those that the title says."""
    for label, text in notes.head(schedule):
        if label not in ("regimen", "subject"):
            yield label, text
    if part:
        yield "shown", notes.shown(schedule)


def _changes(schedule: Schedule) -> Iterator[str]:
    """What was chosen or changed, and stands between the file and the rows, each once."""
    if schedule.arm is not None:
        yield f"arm {schedule.arm}"
    for setting in schedule.regimen.settings:
        yield f"set: {setting.in_safe_style()}"
    shares: dict[str, dict[str, None]] = {}
    for each in schedule.administrations:
        shares.setdefault(each.dose.drug, {})[f"{plain(each.dosed.percent)} %"] = None
    for drug, percents in shares.items():
        if list(percents) != ["100 %"]:
            yield f"{drug}: {words.listed(list(percents))} of the amount in the file"
    for drug in schedule.bounds:
        yield f"{drug}: rounded (--round)"
    yield from rules.counts(schedule)
    if len(schedule.shown) < len(schedule.administrations):
        yield notes.shown(schedule)
    if schedule.patient.surface_cap is not None and schedule.patient.bsa() is not None:
        yield f"body surface area counted up to {plain(schedule.patient.surface_cap)} m2"
    if schedule.recorded:
        day = f", as of {words.dated(schedule.annex.as_of)}" if schedule.annex else ""
        yield f"with what a course log records{day}"


def _kinds(schedule: Schedule, rows: Iterable[Row], grouped: Sequence[Section]) -> Iterator[Kind]:
    """Which columns there are: a column that every row would leave empty is left out."""
    shown = schedule.shown
    yield from ("number", "day")
    if schedule.start is not None:
        yield "date"
    yield "time"
    if any(each.heading is None for each in grouped) and any(row.turn.block.name for row in shown):
        yield "block"
    yield from ("drug", "dose", "route")
    if any(latest(each, schedule.recorded.get(each.number)) for each in shown):
        yield "latest"
    if any(row.marks for row in rows):
        yield "marks"
    yield from _TO_SIGN


def _group(section: Section, kinds: Sequence[Kind], schedule: Schedule) -> Group:
    common = f" [{' '.join(section.common)}]" if section.common else ""
    # A page may hold rows of a group without its heading: each row keeps its marks.
    whole = (row._replace(marks=(*section.common, *row.marks)) for row in section.rows)
    entries = tuple(_entry(row, kinds, schedule) for row in whole)
    return Group(glued(f"{section.heading or ''}{common}"), entries)


def _entry(row: Row, kinds: Sequence[Kind], schedule: Schedule) -> Entry:
    each = row.administration
    recorded = schedule.recorded.get(each.number)
    texts: dict[Kind, str] = {
        "number": str(each.number),
        "day": str(each.regimen_day),
        "date": words.dated(each.when) if each.when is not None else "",
        "time": each.clock,
        "block": chain_text(chain_of(each.turn)),
        "drug": each.dose.drug,
        "dose": safe(each.dosed.value, each.dosed.unit),
        "route": glued(words.route(each.dose)),
        "latest": latest(each, recorded),
        "marks": " ".join(row.marks),
        "by": "",
        **_signed(each, recorded),
    }
    return Entry(each.number, recorded.state if recorded else "", tuple(texts[k] for k in kinds))


def _signed(each: Administration, recorded: Recorded | None) -> dict[Kind, str]:
    """What a log already says of a row, in the columns to sign."""
    if recorded is None:
        return {"given-at": "", "given": "", "remarks": ""}
    at, amount = given(each, recorded)
    remarks = ": ".join(filter(None, (recorded.state, recorded.reason)))
    return {"given-at": at, "given": amount, "remarks": glued(remarks)}


def given(each: Administration, recorded: Recorded) -> tuple[str, str]:
    """When and how much a log says was given: the time, with its date on another day than planned.

    Either is empty where the log says nothing of it.
    """
    when, amount = recorded.when, ""
    if recorded.value is not None:
        amount = safe(recorded.value, each.dosed.unit)
    elif recorded.state in _OMITTED:
        amount = "not given"
    if when is None:
        return "", amount
    same_day = each.when is not None and when.date() == each.when.date()
    return f"{when:%H:%M}" if same_day else f"{when:%Y-%m-%d %H:%M}", amount


def latest(each: Administration, recorded: Recorded | None) -> str:
    """The latest date or day of a row; nothing where it has none, or none any more."""
    if recorded is not None and recorded.state in _SETTLED:
        return ""
    return words.latest(each.latest_date, each.latest_day)


def _notes(schedule: Schedule) -> Iterator[Part]:
    yield notes.counted(schedule)
    if rounded := list(notes.roundings(schedule)):
        yield "Rounding", rounded
    yield from rules.ruled(schedule)


def _rests_on(schedule: Schedule) -> Iterator[Part]:
    """What the schedule rests on; the disclaimer has a place of its own."""
    for heading, texts in notes.resting_on(schedule):
        yield heading, [text for text in texts if text != words.DISCLAIMER]
