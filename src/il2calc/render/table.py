"""A schedule as a table for a terminal, a pipe or paper: nothing is cut, lines are streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from il2calc.render import amounts, notes, rules
from il2calc.render.brief import folded
from il2calc.render.columns import Columns
from il2calc.render.lines import Line, listed, sheet, wrapped
from il2calc.render.sections import Row, Section, marked, sections
from il2calc.schedule import Caution, Schedule
from il2calc.units import safe


def lines(
    schedule: Schedule,
    cautions: Sequence[Caution],
    *,
    width: int | None = None,
    brief: bool = False,
    explain: bool = False,
    described: Sequence[str] = (),
) -> Iterator[Line]:
    """The whole sheet, line by line.

    Args:
        schedule: a finished schedule, and `cautions` of it.
        width: columns to keep within; None = as wide as it wants to be.
        brief: fold uniform stretches of rows.
        explain: give each distinct dose its working, in full digits.
        described: drugs of the schedule that have a monograph.
    """
    rows, marks = marked(schedule, cautions)
    part = len(rows) < len(schedule.administrations)
    for label, text in notes.head(schedule):
        yield from wrapped(f"{label:<8} ", text, width)
    if part:
        yield Line(notes.shown(schedule))
    if rows:
        yield from _rows(schedule, rows, width, brief)
    if legend := list(marks.legend()):
        yield Line("")
        for mark, meaning in legend:
            yield from wrapped(f"{mark:<3} ", meaning, width)
    blocks = (
        ("Cautions", [caution.text for caution in cautions]),
        (f"Totals{' of the whole schedule' if part else ''}", amounts.totals(schedule)),
        ("Working", workings(schedule) if explain else ()),
        ("Rounding", amounts.roundings(schedule)),
        ("Rules used", rules.used(schedule)),
        ("Monographs", [notes.pointer(schedule, described)] if described else ()),
    )
    for heading, texts in blocks:
        if kept := list(texts):
            yield from listed(heading, kept, width)
    yield Line("")
    yield from sheet(notes.resting_on(schedule), width)


def workings(schedule: Schedule) -> Iterator[str]:
    """How each distinct dose came about, with the path and source of its amount."""
    doses = {each.dose: each.dosed for each in schedule.administrations}
    for dose, dosed in doses.items():
        steps = "; ".join(step.text for step in dosed.working)
        key = "amount" if "amount" in dose.backing else f"amount[{schedule.arm}]"
        backing = dose.backing[key]
        behind = "; ".join(backing.sources)
        if backing.was_set:
            behind = "set"
        elif backing.assumptions:
            behind = f"assumed ({', '.join(str(number) for number in backing.assumptions)})"
        yield f"{steps} ({schedule.regimen.id}: {dose.path}.{key}; {behind})"


def _rows(schedule: Schedule, rows: list[Row], width: int | None, brief: bool) -> Iterator[Line]:
    amounts = {
        each.dose.path: safe(each.dosed.value, each.dosed.unit)
        for each in {row.dose.path: row for row in schedule.administrations}.values()
    }
    grouped = sections(schedule, rows)
    if brief:
        for section in grouped:
            yield from _heading(section, width)
            blocks = section.heading is None
            for when, what in folded(section.rows, amounts, blocks=blocks):
                yield from wrapped("  ", when, width)
                yield from wrapped("    ", what, width)
        return
    columns = Columns(schedule, grouped, amounts, width)
    yield Line("")
    yield Line(columns.header(), "label")
    for section in grouped:
        yield from _heading(section, width)
        for text in columns.above(section):
            yield from wrapped("  ", text, width)
        for row in section.rows:
            yield from columns.row(row)


def _heading(section: Section, width: int | None) -> Iterator[Line]:
    if section.heading is not None:
        yield Line("")
        marks = f" [{' '.join(section.common)}]" if section.common else ""
        yield from wrapped("", section.heading + marks, width, "heading")
