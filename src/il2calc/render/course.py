"""What was really given beside what was planned, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from il2calc.record import Course
from il2calc.render import changes, notes, rules, tallies
from il2calc.render.course_rows import Rows
from il2calc.render.lines import Line, listed, sheet, wrapped
from il2calc.render.sections import marked, sections
from il2calc.schedule import Annex, Caution


def annex(course: Course) -> Annex:
    """What does the log of a course add to the sheet of its schedule?"""
    return Annex(
        as_of=course.as_of,
        head=tuple(changes.head(course)),
        changes=tuple(changes.told(course.log)),
        totals=tuple(tallies.lines(course.tallies)),
        planned_by=tuple(_rules(course)),
        rules=course.notes,
    )


def lines(course: Course, cautions: Sequence[Caution], width: int | None = None) -> Iterator[Line]:
    """The whole sheet, line by line.

    Args:
        cautions: those of the schedule and of the log.
        width: columns to keep within; None = as wide as it wants to be.
    """
    schedule, told = course.schedule, annex(course)
    marked_rows, marks = marked(schedule, cautions)
    for label, text in (*notes.head(schedule), *told.head):
        yield from wrapped(f"{label:<8} ", text, width)
    if told.changes:
        yield from listed("What the log changes", told.changes, width)
    grouped = sections(schedule, marked_rows)
    rows = Rows(course, grouped, width)
    yield Line("")
    yield Line(rows.header(), "label")
    for section in grouped:
        yield from rows.section(section)
    if rows.mode == "dose behind":
        yield Line("")
        text = "A given dose is shown with its time where that is not the planned one."
        yield from wrapped("", text, width)
    if legend := list(marks.legend()):
        yield Line("")
        for mark, meaning in legend:
            yield from wrapped(f"{mark:<3} ", meaning, width)
    blocks = (
        ("Cautions", [caution.text for caution in cautions]),
        ("Given and still to come", told.totals),
        ("Rules of the plan", told.planned_by),
        ("Rules of the log", told.rules),
    )
    for heading, texts in blocks:
        if kept := list(texts):
            yield from listed(heading, kept, width)
    yield Line("")
    yield from sheet(notes.resting_on(schedule), width)


def _rules(course: Course) -> Iterator[str]:
    """The rules of the plan before the log; a course has no `--explain`."""
    yield from (text for text in rules.used(course.plain) if "--explain" not in text)
    yield "Amounts are shown to 4 significant figures; CSV and JSON hold every digit."
