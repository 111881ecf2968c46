"""A schedule as a table for a terminal, a pipe or paper: nothing is cut, lines are streamed.

What is uniform under a heading moves into it; where the rows are still wider than the terminal,
the routes move up, then each row takes two lines. Numbers, dates and drug names stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Literal, NamedTuple

from rich.cells import cell_len

from il2calc.render import notes, words
from il2calc.render.brief import folded
from il2calc.render.csv import block_path
from il2calc.render.sections import Row, Section, marked, sections
from il2calc.schedule import Caution, Schedule
from il2calc.units import safe

Style = Literal["", "heading", "label", "faint"]
Mode = Literal["wide", "routes above", "two lines"]
_GAP = "  "
_GLUED = re.compile(r"(?<=[0-9]) (?=[A-Za-z%])|(?<=million) |(?<=[A-Za-z]) (?=[0-9])")
"""Spaces at which no line may break: between a number and its unit or its noun."""


class Line(NamedTuple):
    """A line of text and how it may be shown where there is colour."""

    text: str
    style: Style = ""


def lines(
    schedule: Schedule,
    cautions: Sequence[Caution],
    *,
    width: int | None = None,
    brief: bool = False,
    explain: bool = False,
) -> Iterator[Line]:
    """The whole sheet, line by line.

    Args:
        width: columns to keep within; None = as wide as it wants to be.
        brief: fold uniform stretches of rows.
        explain: give each distinct dose its working, in full digits.
    """
    rows, marks = marked(schedule, cautions)
    for label, text in notes.head(schedule):
        yield from _wrapped(f"{label:<8} ", text, width)
    if len(rows) < len(schedule.administrations):
        yield Line(notes.shown(schedule))
    if rows:
        yield from _rows(schedule, rows, width, brief)
    yield Line("")
    for mark, meaning in marks.legend():
        yield from _wrapped(f"{mark:<3} ", meaning, width)
    whole = " of the whole schedule" if len(rows) < len(schedule.administrations) else ""
    yield from _listed(f"Totals{whole}", notes.totals(schedule), width)
    if explain:
        yield from _listed("Working", workings(schedule), width)
    yield from _listed("Rules used", notes.rules(schedule), width)
    yield Line("")
    yield from sheet(notes.resting_on(schedule), width)


def sheet(parts: Iterable[tuple[str, list[str]]], width: int | None) -> Iterator[Line]:
    """Headings with texts under them; a text keeps the indentation it comes with."""
    for number, (heading, texts) in enumerate(parts):
        if number:
            yield Line("")
        yield from _wrapped("", heading, width, "heading")
        for text in texts:
            bare = text.lstrip(" ")
            yield from _wrapped(" " * (2 + len(text) - len(bare)), bare, width)


def workings(schedule: Schedule) -> Iterator[str]:
    """How each distinct dose came about, with the path and source of its amount."""
    for dose in dict.fromkeys(each.dose for each in schedule.administrations):
        row = next(each for each in schedule.administrations if each.dose is dose)
        steps = "; ".join(step.text for step in row.dosed.working)
        key = "amount" if "amount" in dose.backing else f"amount[{schedule.arm}]"
        backing = dose.backing[key]
        behind = "; ".join(backing.sources)
        if backing.was_set:
            behind = "set"
        elif backing.assumptions:
            behind = f"assumed ({', '.join(str(number) for number in backing.assumptions)})"
        yield f"{steps} ({schedule.regimen.id}: {dose.path}.{key}; {behind})"


def _rows(schedule: Schedule, rows: list[Row], width: int | None, brief: bool) -> Iterator[Line]:
    amounts = _amounts(schedule)
    grouped = sections(schedule, rows)
    if brief:
        for section in grouped:
            yield from _heading(section, width)
            for when, what in folded(section.rows, amounts):
                yield from _wrapped("  ", when, width)
                yield from _wrapped("    ", what, width)
        return
    columns = _Columns(schedule, grouped, amounts)
    mode: Mode = columns.mode(width)
    yield Line("")
    yield Line(columns.header(mode), "label")
    for section in grouped:
        yield from _heading(section, width, columns.routes(section) if mode != "wide" else ())
        for row in section.rows:
            yield from (Line(text) for text in columns.row(row, mode))


def _heading(section: Section, width: int | None, routes: Sequence[str] = ()) -> Iterator[Line]:
    if section.heading is not None:
        yield Line("")
        marks = f" [{' '.join(section.common)}]" if section.common else ""
        yield from _wrapped("", section.heading + marks, width, "heading")
    for text in routes:
        yield from _wrapped("  ", text, width)


def _amounts(schedule: Schedule) -> dict[str, str]:
    return {
        each.dose.path: safe(each.dosed.value, each.dosed.unit)
        for each in {row.dose.path: row for row in schedule.administrations}.values()
    }


class _Columns:
    """The columns of the rows and how wide each is over the whole schedule."""

    def __init__(
        self, schedule: Schedule, grouped: Sequence[Section], amounts: dict[str, str]
    ) -> None:
        self.amounts = amounts
        self.dated = schedule.start is not None
        self.blocks = grouped[0].heading is None and any(
            row.administration.turn.block.name for row in grouped[0].rows
        )
        rows = [row for section in grouped for row in section.rows]
        doses = {row.administration.dose for row in rows}
        self.day = max(3, *(len(str(row.administration.regimen_day)) for row in rows))
        self.block = max((len(block_path(row.administration)) for row in rows), default=0)
        self.drug = max(4, *(cell_len(dose.drug) for dose in doses))
        self.dose = max(4, *(len(amounts[dose.path]) for dose in doses))
        self.route = max(5, *(len(words.route(dose)) for dose in doses))
        self.marks = max(len(" ".join(row.marks)) for row in rows)

    def mode(self, width: int | None) -> Mode:
        """The widest way to set a row that keeps within the width."""
        if width is None or self._width(self.route) <= width:
            return "wide"
        return "routes above" if self._width(0) <= width else "two lines"

    def _width(self, route: int) -> int:
        dates = 16 if self.dated else 0
        block = self.block + 2 if self.blocks else 0
        marks = self.marks + 2 if self.marks else 0
        end = route + 2 if route else 0
        return self.day + 2 + dates + block + 7 + self.drug + 2 + self.dose + end + marks

    def header(self, mode: Mode) -> str:
        """The names of the columns."""
        cells = ["day".rjust(self.day)]
        if self.dated:
            cells.append("date".ljust(14))
        cells.append("time ")
        if self.blocks:
            cells.append("block".ljust(self.block))
        if mode != "two lines":
            cells += ["drug".ljust(self.drug), "dose".rjust(self.dose)]
        if mode == "wide":
            cells.append("route".ljust(self.route))
        if self.marks:
            cells.append("marks")
        return _GAP.join(cells).rstrip()

    def routes(self, section: Section) -> list[str]:
        """One line per way in which the drugs of a section are given."""
        by_route: dict[tuple[str, str], None] = {}
        for row in section.rows:
            dose = row.administration.dose
            by_route[dose.drug, words.route(dose)] = None
        drugs = [drug for drug, _ in by_route]
        if len(set(drugs)) < len(drugs):
            named = {
                row.administration.dose.name: words.route(row.administration.dose)
                for row in section.rows
            }
            return [f"{name}: {route}" for name, route in named.items()]
        return [f"{drug}: {route}" for drug, route in by_route]

    def row(self, row: Row, mode: Mode) -> Iterator[str]:
        """The lines of one row."""
        each = row.administration
        cells = [str(each.regimen_day).rjust(self.day)]
        if each.when is not None:
            cells.append(words.dated(each.when))
        cells.append(each.clock)
        if self.blocks:
            cells.append(block_path(each).ljust(self.block))
        what = [_padded(each.dose.drug, self.drug), self.amounts[each.dose.path].rjust(self.dose)]
        marks = " ".join(row.marks)
        if mode == "two lines":
            yield _GAP.join([*cells, marks]).rstrip()
            yield f"    {what[0].rstrip()}, {what[1].strip()}, {words.route(each.dose)}"
            return
        if mode == "wide":
            what.append(words.route(each.dose).ljust(self.route))
        yield _GAP.join([*cells, *what, marks]).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _listed(heading: str, texts: Iterator[str], width: int | None) -> Iterator[Line]:
    yield Line("")
    yield Line(heading, "heading")
    for text in texts:
        yield from _wrapped("  ", text, width)


def _wrapped(lead: str, text: str, width: int | None, style: Style = "") -> Iterator[Line]:
    """A text within the width, its further lines indented under its first; no word is broken."""
    if width is None:
        yield Line(lead + text, style)
        return
    indent = " " * len(lead) if lead.strip() else f"{lead}  " if lead else ""
    room = max(width, 40)
    for line in wrap(
        _GLUED.sub("\u00a0", text),
        room,
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield Line(line.replace("\u00a0", " "), style)
