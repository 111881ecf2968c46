"""The verbs `replan` and `intensity`: what a course log has come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import formats, log_options, options, output, request, schedule_verbs
from il2calc.cli.courses import (
    AcceptRegimen,
    AllowEdited,
    File,
    Prescribed,
    monographs_of,
    named,
    names_in_doubt,
    prescribed,
)
from il2calc.cli.formats import Layout
from il2calc.cli.options import Text, Texts, option
from il2calc.course import Course, admit, recorded
from il2calc.course.index import CourseRow
from il2calc.errors import OptionError
from il2calc.language import log_file
from il2calc.model.effects import Given, Parted
from il2calc.model.log import Entry
from il2calc.plan.administration import RECKONED
from il2calc.plan.schedule import Caution
from il2calc.review import of_course

INTENSITY_FORMATS = ("table", "csv", "json")

AsOf = Annotated[
    Text, option("--as-of DATE", "The day, or '2025-12-14 08:00', to show. Default: now.")
]


def replan(
    file: File,
    *,
    as_of: AsOf = None,
    what_if: Annotated[
        Texts, option("--what-if ENTRY", "Suppose 'delay cycle 2 by 1 week'; nothing is written.")
    ] = None,
    tz: options.Zone = None,
    plan: Annotated[bool, option("--plan", "Also the events still to come.")] = False,
    accept: AcceptRegimen = False,
    edited: AllowEdited = False,
    layout: Layout,
    ascii_: formats.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Take a log back into its schedule, and print it."""
    how = formats.how(
        layout, supposed=bool(what_if), to_come=plan, of_course=True, ascii_only=ascii_
    )
    formats.refuse_terminal(how.format, how.target, file)
    first, last = options.day("--from", layout.from_), options.day("--to", layout.to)
    there, course = _course(file, as_of, folder, accept=accept, edited=edited, tz=tz)
    if reviewed:
        request.refuse_unreviewed(there.regimen)
    course, supposed = _supposed(there, course, what_if or (), folder)
    course = replace(course, schedule=request.between(course.schedule, first, last))
    monographs = monographs_of(course, folder)
    dated = options.moment("--as-of", as_of)
    how = how._replace(as_of=dated and dated.replace(tzinfo=UTC))
    found = (*supposed, *names_in_doubt(there, folder), *of_course.review(course, monographs))
    schedule_verbs.write(course, found, how, monographs, folder)


def intensity(
    file: File,
    as_of: AsOf = None,
    format_: Annotated[Text, option("--format table|csv|json", "Default: table.")] = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    accept: AcceptRegimen = False,
    edited: AllowEdited = False,
    strict: options.Strict = False,
    folder: options.Folder = None,
) -> None:
    """Reckon the dose intensity of a log, and print it."""
    from il2calc.course.intensity import intensities, lacks
    from il2calc.format import json, table, tabular

    format_ = formats.meant(format_, output_, INTENSITY_FORMATS)
    there, course = _course(file, as_of, folder, accept=accept, edited=edited)
    reckoned = intensities(course)
    of_log = of_course.review(course, monographs_of(course, folder))
    unknown = [
        Caution("not-stated", f"{text}: there is no dose intensity for that drug")
        for text in lacks(course)
    ]
    by_plan = (Caution("amount-reckoned", text) for text in course.notes if RECKONED in text)
    found = (*names_in_doubt(there, folder), *of_log, *unknown, *by_plan)
    if format_ == "table":
        told = table.intensity_lines(course, reckoned, found, output.width(output_))
        output.write_styled(told, output_, pager=not no_pager)
    elif format_ == "csv":
        output.write_data(tabular.intensity_lines(course, reckoned), output_)
    else:
        output.write_data(json.dumped(json.intensities(course, reckoned, found)), output_)
    output.caution(found, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    output.written(output_, format_, quiet=quiet)
    if strict and found:
        raise typer.Exit(3)


def _supposed(
    there: Prescribed, course: Course, lines: Sequence[str], folder: Path | None
) -> tuple[Course, list[Caution]]:
    """A course as it would be with entries that nobody made, and what says so of each.

    Raises:
        OptionError: a line that says no entry.
        Refused: an entry that the course does not admit.
    """
    told: list[Caution] = []
    if not lines:
        return course, told
    from il2calc.cli import log_verbs
    from il2calc.report.course_text import line

    names, made = language.DrugNames(folder), list[Entry]()
    real = {row.key: _said(row) for row in course.rows}
    for text in lines:
        log = course.log
        effect, of_name = named(log_verbs.supposed(text)(course), there.regimen, names)
        told += of_name
        moments = [course.as_of.replace(tzinfo=None), *(entry.moment for entry in log.entries)]
        entry = Entry(len(log.entries) + 1, max(moments), effect, supposed=True)
        admit(there.regimen, log, entry, there.texts, state=course.state)
        after = there.course(course.as_of, *made, entry)
        if isinstance(entry.effect, Given | Parted):
            whole, _ = recorded(after, entry.effect)
            entry = entry._replace(effect=whole)
            after = there.course(course.as_of, *made, entry)
        made.append(entry)
        what = f"what if, as {line(entry, course, after)}; hypothetical, not in the log"
        told.append(Caution("what-if", what, of_patient=True))
        course = after
    became = {
        row.number: row.recorded._replace(supposed=real.get(row.key) != _said(row))
        for row in course.rows
    }
    rows = tuple(row._replace(recorded=became[row.number]) for row in course.rows)
    return replace(course, rows=rows, schedule=replace(course.schedule, recorded=became)), told


def _said(row: CourseRow) -> tuple[object, ...]:
    """What an entry may change of a row."""
    return row.administration.when, row.administration.dosed.value, row.recorded, row.arm


def _course(
    file: str,
    as_of: str | None,
    folder: Path | None,
    *,
    accept: bool,
    edited: bool,
    tz: Text = None,
) -> tuple[Prescribed, Course]:
    """The course of a log, by the regimen that it was started with or one that is accepted.

    Args:
        tz: the time zone of its times, where its log names none.

    Raises:
        OptionError: a moment that cannot be read.
        Refused: the regimen file has changed.
        Il2calcError: whatever the log or the regimen refuses.
    """
    log = log_file.load(file)
    options.zone(tz)
    if tz is not None and log.zone not in (None, tz):
        raise OptionError("--tz", f"the times of this log are of {log.zone}; leave it out")
    log = replace(log, zone=log.zone or tz)
    at = log_options.entered(as_of, log.zone)
    there = prescribed(log, folder, at, accept=accept, edited=edited, looking=True)
    return there, there.course(at)
