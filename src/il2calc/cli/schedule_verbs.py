"""The verbs that make a schedule: `schedule`, `prepare`; of a course `replan`, `intensity`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output, request
from il2calc.cli.formats import OutputOptions
from il2calc.cli.options import Body, Choices, Dating, Rounding, Text, Texts, option
from il2calc.cli.request import Selection
from il2calc.errors import MissingInput, OptionError, Refused, UnknownName, nearest_drug
from il2calc.plan.administration import RECKONED
from il2calc.plan.schedule import Caution
from il2calc.report import notes
from il2calc.review import of_schedule

if TYPE_CHECKING:
    from il2calc.cli.courses import Prescription
    from il2calc.course import Course
    from il2calc.course.index import CourseRow


def schedule(
    regimen: options.RegimenName,
    body: Body,
    dating: Dating,
    choices: Choices,
    rounding: Rounding,
    typed: OutputOptions,
    explain: Annotated[bool, option("--explain", "Show the arithmetic.")] = False,
    no_subject: Annotated[
        bool, option("--no-subject", "Write a calendar file without a subject.")
    ] = False,
    with_patient: Annotated[
        bool, option("--with-patient", "Show body measures and working in calendar events.")
    ] = False,
    as_of: Annotated[
        Text,
        option(
            "--as-of DATE HH:MM",
            "Date and time (UTC) of a calendar file or printed sheet. Default: now.",
        ),
    ] = None,
    ascii_: options.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Print the schedule of a regimen for a patient."""
    spec = formats.output_spec(
        typed, explain=explain, as_of=as_of, with_patient=with_patient, ascii_only=ascii_
    )
    options.refuse_terminal(spec.format, spec.target, regimen)
    if spec.format == "ics":
        _refuse_unclear_subject(dating.subject, no_subject)
    first, last = options.day("--from", typed.from_), options.day("--to", typed.to)
    dates = request.dates(dating)
    selection = Selection(regimen, choices, rounding, folder, reviewed)
    plan = request.limited_to_dates(request.make_schedule(body, selection, dates), first, last)
    monographs = language.monographs(plan.regimen.drugs(plan.arm), folder)
    formats.write(plan, of_schedule.review(plan, monographs), spec, monographs, folder)


def _refuse_unclear_subject(subject: Text, no_subject: bool) -> None:
    """Refuse a calendar file without a clear subject: events of two patients could collide."""
    if subject is not None and no_subject:
        raise OptionError("--no-subject", "excludes --subject; give one of them")
    if subject is None and not no_subject:
        reason = "events of two patients must not overwrite each other in a calendar"
        raise MissingInput("--subject S-07, or --no-subject if there is only one", reason)


def prepare(
    regimen: options.RegimenName,
    body: Body,
    dating: Dating,
    choices: Choices,
    rounding: Rounding,
    from_: options.From = None,
    to: options.To = None,
    preparation: Annotated[
        Texts, option("--preparation DRUG=NAME", "A preparation other than the route's own.")
    ] = None,
    graduation: formats.Graduation = None,
    share_vials: Annotated[
        bool, option("--share-vials", "Let one made-up vial serve several whole doses.")
    ] = False,
    format_: options.ByOutput = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    strict: options.Strict = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Print how every distinct dose of a schedule is made up."""
    from il2calc.pharmacy.preparation import prepare as make_up
    from il2calc.pharmacy.supply import order
    from il2calc.report import preparation_sheet as sheet

    format_ = options.chosen_format(format_, output_, options.TEXT_OR_JSON)
    first, last = options.day("--from", from_), options.day("--to", to)
    selection = Selection(regimen, choices, rounding, folder, reviewed)
    plan = request.make_schedule(body, selection, request.dates(dating))
    plan = request.limited_to_dates(plan, first, last)
    if not plan.shown:
        hint = "; give other dates" if plan.administrations else ""
        raise Refused(f"{notes.rows_shown(plan)}: nothing is made up{hint}")
    drugs = plan.regimen.drugs(plan.arm)
    names = language.DrugNames(folder)
    typed = options.pairs("--preparation", preparation or (), '"DRUG=24-hour infusion"')
    chosen = request.by_drug("--preparation", typed, plan.regimen, names)
    for drug in chosen:
        if drug not in drugs:
            raise UnknownName("drug of this schedule", drug, drugs, near=nearest_drug)
    syringes = options.graduations(graduation or ())
    graduations = request.by_drug("--graduation", syringes, plan.regimen, names)
    plan = replace(plan, drug_names=tuple(dict.fromkeys((*plan.drug_names, *names.from_options()))))
    monographs = language.monographs(drugs, folder)
    limited = replace(plan, administrations=plan.shown)
    preparations = make_up(limited, monographs, chosen, graduations)
    plan_cautions = of_schedule.review(plan, monographs)
    cautions = (*plan_cautions, *sheet.cautions(preparations, share=share_vials))
    contents = (plan, preparations, order(limited, preparations, share=share_vials))
    if format_ == "json":
        document = sheet.document(*contents, share=share_vials, of_plan=plan_cautions)
        output.write_json({**document, "subject": plan.subject}, output_)
    else:
        parts = sheet.paragraphs(*contents, share=share_vials, of_plan=plan_cautions)
        output.write_sheet(parts, output_, pager=not no_pager)
    output.tell_cautions(cautions, printed=True, output=output_)
    output.tell_written(output_, format_, quiet=quiet)
    if strict and cautions:
        raise typer.Exit(3)


AsOf = Annotated[
    Text, option("--as-of DATE", "The day, or '2025-12-14 08:00', to show. Default: now.")
]


def replan(
    file: options.LogFile,
    *,
    as_of: AsOf = None,
    what_if: Annotated[
        Texts, option("--what-if ENTRY", "Suppose 'delay cycle 2 by 1 week'; nothing is written.")
    ] = None,
    tz: options.Zone = None,
    plan: Annotated[bool, option("--plan", "Also the events still to come.")] = False,
    accept: options.AcceptRegimen = False,
    edited: options.AllowEdited = False,
    typed: OutputOptions,
    ascii_: options.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Print the schedule of a course, with what its log records."""
    from il2calc.cli import courses
    from il2calc.review import of_course

    spec = formats.output_spec(
        typed, supposed=bool(what_if), to_come=plan, of_course=True, ascii_only=ascii_
    )
    options.refuse_terminal(spec.format, spec.target, file)
    first, last = options.day("--from", typed.from_), options.day("--to", typed.to)
    prescription, course = _course_of(file, as_of, folder, accept=accept, edited=edited, tz=tz)
    if reviewed:
        request.refuse_unreviewed(prescription.regimen)
    course, cautions = _with_what_if(prescription, course, what_if or (), folder)
    course = replace(course, schedule=request.limited_to_dates(course.schedule, first, last))
    monographs = courses.monographs_of(course, folder)
    moment = options.moment("--as-of", as_of)
    spec = spec._replace(as_of=moment and moment.replace(tzinfo=UTC))
    cautions += courses.drug_name_cautions(prescription, folder)
    cautions += of_course.review(course, monographs)
    formats.write(course, cautions, spec, monographs, folder)


def intensity(
    file: options.LogFile,
    as_of: AsOf = None,
    format_: Annotated[
        Text, option("--format table|csv|json", "Default: by --output, else table.")
    ] = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    accept: options.AcceptRegimen = False,
    edited: options.AllowEdited = False,
    strict: options.Strict = False,
    folder: options.Folder = None,
) -> None:
    """Print the dose intensity of a course."""
    from il2calc.cli import courses
    from il2calc.course.intensity import intensities, missing_intensities
    from il2calc.format import json, table, tabular
    from il2calc.review import of_course

    format_ = options.chosen_format(format_, output_, ("table", "csv", "json"))
    prescription, course = _course_of(file, as_of, folder, accept=accept, edited=edited)
    figures = intensities(course)
    names = courses.drug_name_cautions(prescription, folder)
    log_cautions = of_course.review(course, courses.monographs_of(course, folder))
    not_stated = [
        Caution("not-stated", f"{text}: there is no dose intensity for that drug")
        for text in missing_intensities(course)
    ]
    calculated = (Caution("amount-reckoned", text) for text in course.notes if RECKONED in text)
    cautions = (*names, *log_cautions, *not_stated, *calculated)
    if format_ == "table":
        table_lines = table.intensity_lines(course, figures, cautions, output.width(output_))
        output.write_styled(table_lines, output_, pager=not no_pager)
    elif format_ == "csv":
        output.write_data(tabular.intensity_lines(course, figures), output_)
    else:
        output.write_json(json.intensities(course, figures, cautions), output_)
    output.tell_cautions(cautions, printed=format_ in formats.PRINT_CAUTIONS, output=output_)
    output.tell_written(output_, format_, quiet=quiet)
    if strict and cautions:
        raise typer.Exit(3)


def _with_what_if(
    prescription: Prescription, course: Course, lines: Sequence[str], folder: Path | None
) -> tuple[Course, list[Caution]]:
    """A course with hypothetical entries, and the cautions that name each of them."""
    cautions: list[Caution] = []
    if not lines:
        return course, cautions
    from il2calc.cli import courses, log_verbs
    from il2calc.course import with_portions
    from il2calc.model.effects import Given, Parted
    from il2calc.model.log import Entry
    from il2calc.report.course_text import entry_line

    names, entries = language.DrugNames(folder), list[Entry]()
    real = {row.key: _changeable(row) for row in course.rows}
    for text in lines:
        log = course.log
        effect = log_verbs.effect_of_line(text)(course)
        effect, name_cautions = courses.with_course_drug(effect, prescription.regimen, names)
        cautions += name_cautions
        moments = [course.as_of.replace(tzinfo=None), *(entry.moment for entry in log.entries)]
        entry = Entry(len(log.entries) + 1, max(moments), effect, hypothetical=True)
        prescription.admitted(entry, course)
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
    file: str, as_of: Text, folder: Path | None, *, accept: bool, edited: bool, tz: Text = None
) -> tuple[Prescription, Course]:
    """The course of a log, by the regimen that it was started with or an accepted change of it.

    Args:
        tz: the time zone of its times, if the log names none.
    """
    from il2calc.cli import courses, log_options
    from il2calc.language import log_file

    log = log_file.load(file)
    options.zone(tz)
    if tz is not None and log.zone not in (None, tz):
        raise OptionError("--tz", f"the times of this log are of {log.zone}; leave it out")
    log = replace(log, zone=log.zone or tz)
    moment = log_options.entry_moment(as_of, log.zone)
    prescription = courses.prescription_of(
        log, folder, moment, accept=accept, edited=edited, supposed=True
    )
    return prescription, prescription.course(moment)
