"""A schedule as a table for a terminal, a pipe or paper: nothing is cut, lines are streamed.

What was really given beside what was planned, as a table for people.

Uniform stretches of rows folded into one entry each; nothing but repetition is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from il2calc.course import Course
from il2calc.format.columns import Columns, Rows
from il2calc.plan.calendar import DAY, Turn
from il2calc.plan.schedule import Annex, Caution, Schedule
from il2calc.report import course_text, notes, rules, words
from il2calc.report.lines import Line, listed, sheet, wrapped
from il2calc.report.rows import Row, Section, marked, sections
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
        (f"Totals{' of the whole schedule' if part else ''}", notes.totals(schedule)),
        ("Working", workings(schedule) if explain else ()),
        ("Rounding", notes.roundings(schedule)),
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
        key = "amount" if "amount" in dose.provenance else f"amount[{schedule.arm}]"
        provenance = dose.provenance[key]
        behind = "; ".join(provenance.sources)
        if provenance.was_set:
            behind = "set"
        elif provenance.assumptions:
            behind = f"assumed ({', '.join(str(number) for number in provenance.assumptions)})"
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


def annex(course: Course) -> Annex:
    """What does the log of a course add to the sheet of its schedule?"""
    return Annex(
        as_of=course.as_of,
        head=tuple(course_text.head(course)),
        changes=tuple(course_text.told(course.log)),
        totals=tuple(course_text.totals(course)),
        planned_by=tuple(_rules(course)),
        rules=course.notes,
    )


def course_lines(
    course: Course, cautions: Sequence[Caution], width: int | None = None
) -> Iterator[Line]:
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


def folded(
    rows: Sequence[Row], amounts: Mapping[str, str], *, blocks: bool
) -> Iterator[tuple[str, str]]:
    """When and what, per stretch of one dose at even intervals, in the order of their first rows.

    Args:
        rows: the rows of one section.
        amounts: the amount in words, by the path of the dose.
        blocks: name the block turn of each stretch, where no heading does.
    """
    stretches: list[list[Row]] = []
    running: dict[tuple[str, Turn, tuple[str, ...]], list[Row]] = {}
    for row in rows:
        marks = tuple(mark for mark in row.marks if mark != "W")
        key = (row.administration.dose.path, row.administration.turn, marks)
        stretch = running.get(key)
        if stretch is not None and _continues(stretch, row):
            stretch.append(row)
        else:
            running[key] = [row]
            stretches.append(running[key])
    for stretch in stretches:
        yield _line(stretch, amounts, blocks=blocks)


def _continues(stretch: Sequence[Row], row: Row) -> bool:
    if len(stretch) == 1:
        return True
    one, two = stretch[-2].administration.minute, stretch[-1].administration.minute
    return row.administration.minute - two == two - one


def _line(stretch: Sequence[Row], amounts: Mapping[str, str], *, blocks: bool) -> tuple[str, str]:
    first, last = stretch[0].administration, stretch[-1].administration
    when = words.days(first.regimen_day, last.regimen_day)
    if len(stretch) == 2 and first.regimen_day != last.regimen_day:
        when = f"days {first.regimen_day} and {last.regimen_day}"
    if blocks and (name := first.turn.name()):
        when += f" in {name}"
    if first.when is not None and last.when is not None:
        start = f"{words.dated(first.when)} {first.clock}"
        end = f" to {words.dated(last.when)} {last.clock}" if stretch[1:] else ""
        when = f"{when}: {start}{end}"
    else:
        when = f"{when}: {first.clock}"
    dose = first.dose
    what = f"{dose.drug} {amounts[dose.path]}, {words.route(dose)}"
    if stretch[1:]:
        step = stretch[1].administration.minute - first.minute
        how = "daily" if step == DAY else f"one every {words.minutes(step)}"
        what += f", {len(stretch)} doses, {how}"
    if first.latest_date is not None:
        when += f" (the first at the latest {first.latest_date.isoformat()})"
    elif first.latest_day is not None:
        when += f" (the first at the latest day {first.latest_day})"
    marks = list(dict.fromkeys(mark for row in stretch for mark in row.marks))
    return when, what + (f" [{' '.join(marks)}]" if marks else "")
