"""The verbs `replan` and `intensity`: the present state of a course, from its log."""

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
    Prescription,
    drug_name_cautions,
    monographs_of,
    prescription_of,
    with_course_drug,
)
from il2calc.cli.formats import OutputOptions
from il2calc.cli.options import Text, Texts, option
from il2calc.course import Course, admit, with_portions
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
    typed: OutputOptions,
    ascii_: formats.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Print the schedule of a course, with what its log records."""
    spec = formats.output_spec(
        typed, supposed=bool(what_if), to_come=plan, of_course=True, ascii_only=ascii_
    )
    formats.refuse_terminal(spec.format, spec.target, file)
    first, last = options.day("--from", typed.from_), options.day("--to", typed.to)
    prescription, course = _course_of(file, as_of, folder, accept=accept, edited=edited, tz=tz)
    if reviewed:
        request.refuse_unreviewed(prescription.regimen)
    course, cautions = _with_what_if(prescription, course, what_if or (), folder)
    course = replace(course, schedule=request.limited_to_dates(course.schedule, first, last))
    monographs = monographs_of(course, folder)
    moment = options.moment("--as-of", as_of)
    spec = spec._replace(as_of=moment and moment.replace(tzinfo=UTC))
    cautions += drug_name_cautions(prescription, folder)
    cautions += of_course.review(course, monographs)
    schedule_verbs.write(course, cautions, spec, monographs, folder)


def intensity(
    file: File,
    as_of: AsOf = None,
    format_: Annotated[
        Text, option("--format table|csv|json", "Default: by --output, else table.")
    ] = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    accept: AcceptRegimen = False,
    edited: AllowEdited = False,
    strict: options.Strict = False,
    folder: options.Folder = None,
) -> None:
    """Print the dose intensity of a course."""
    from il2calc.course.intensity import intensities, missing_intensities
    from il2calc.format import json, table, tabular

    format_ = formats.chosen_format(format_, output_, INTENSITY_FORMATS)
    prescription, course = _course_of(file, as_of, folder, accept=accept, edited=edited)
    figures = intensities(course)
    log_cautions = of_course.review(course, monographs_of(course, folder))
    not_stated = [
        Caution("not-stated", f"{text}: there is no dose intensity for that drug")
        for text in missing_intensities(course)
    ]
    calculated = (Caution("amount-reckoned", text) for text in course.notes if RECKONED in text)
    cautions = (*drug_name_cautions(prescription, folder), *log_cautions, *not_stated, *calculated)
    if format_ == "table":
        table_lines = table.intensity_lines(course, figures, cautions, output.width(output_))
        output.write_styled(table_lines, output_, pager=not no_pager)
    elif format_ == "csv":
        output.write_data(tabular.intensity_lines(course, figures), output_)
    else:
        output.write_data(json.dumped(json.intensities(course, figures, cautions)), output_)
    output.tell_cautions(cautions, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    output.tell_written(output_, format_, quiet=quiet)
    if strict and cautions:
        raise typer.Exit(3)


def _with_what_if(
    prescription: Prescription, course: Course, lines: Sequence[str], folder: Path | None
) -> tuple[Course, list[Caution]]:
    """A course with hypothetical entries, and the cautions that name each of them.

    Raises:
        OptionError: a line that is not an entry.
        Refused: an entry that the course does not admit.
    """
    cautions: list[Caution] = []
    if not lines:
        return course, cautions
    from il2calc.cli import log_verbs
    from il2calc.report.course_text import entry_line

    names, entries = language.DrugNames(folder), list[Entry]()
    real = {row.key: _changeable(row) for row in course.rows}
    for text in lines:
        log = course.log
        effect = log_verbs.effect_of_line(text)(course)
        effect, name_cautions = with_course_drug(effect, prescription.regimen, names)
        cautions += name_cautions
        moments = [course.as_of.replace(tzinfo=None), *(entry.moment for entry in log.entries)]
        entry = Entry(len(log.entries) + 1, max(moments), effect, hypothetical=True)
        admit(prescription.regimen, log, entry, prescription.texts, state=course.state)
        after = prescription.course(course.as_of, *entries, entry)
        if isinstance(entry.effect, Given | Parted):
            effect, _ = with_portions(after, entry.effect)
            entry = entry._replace(effect=effect)
            after = prescription.course(course.as_of, *entries, entry)
        entries.append(entry)
        what = f"what if, as {entry_line(entry, course, after)}; hypothetical, not in the log"
        cautions.append(Caution("what-if", what, of_patient=True))
        course = after
    records = {
        row.number: row.recorded._replace(supposed=real.get(row.key) != _changeable(row))
        for row in course.rows
    }
    rows = tuple(row._replace(recorded=records[row.number]) for row in course.rows)
    return replace(course, rows=rows, schedule=replace(course.schedule, recorded=records)), cautions


def _changeable(row: CourseRow) -> tuple[object, ...]:
    """What an entry may change in a row."""
    return row.administration.when, row.administration.dosed.value, row.recorded, row.arm


def _course_of(
    file: str,
    as_of: str | None,
    folder: Path | None,
    *,
    accept: bool,
    edited: bool,
    tz: Text = None,
) -> tuple[Prescription, Course]:
    """The course of a log, by the regimen that it was started with or an accepted change of it.

    Args:
        tz: the time zone of its times, if the log names none.

    Raises:
        OptionError: a time that cannot be read, or another time zone than the log's.
        Refused: the regimen file has changed.
        Il2calcError: the log or the regimen cannot be read, or has faults.
    """
    log = log_file.load(file)
    options.zone(tz)
    if tz is not None and log.zone not in (None, tz):
        raise OptionError("--tz", f"the times of this log are of {log.zone}; leave it out")
    log = replace(log, zone=log.zone or tz)
    moment = log_options.entry_moment(as_of, log.zone)
    prescription = prescription_of(log, folder, moment, accept=accept, edited=edited, supposed=True)
    return prescription, prescription.course(moment)
