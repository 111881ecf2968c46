"""The verbs `schedule` and `prepare`, and the writing of a schedule or a course in any format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output, request
from il2calc.cli.formats import OutputOptions, OutputSpec
from il2calc.cli.options import Body, Choices, Dating, Rounding, Text, Texts, option
from il2calc.cli.request import Selection
from il2calc.errors import (
    MissingInput,
    OptionError,
    Refused,
    UnknownName,
    how_many,
    nearest_drug,
    numbered,
)
from il2calc.plan.administration import TO_COME
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.review import of_schedule

if TYPE_CHECKING:
    from decimal import Decimal

    from il2calc.format.printed import Paper
    from il2calc.pharmacy.answers import Monographs
    from il2calc.report.lines import Line
    from il2calc.report.sheet import Part


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
    ascii_: formats.Ascii = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Print the schedule of a regimen for a patient."""
    spec = formats.output_spec(
        typed, explain=explain, as_of=as_of, with_patient=with_patient, ascii_only=ascii_
    )
    formats.refuse_terminal(spec.format, spec.target, regimen)
    if spec.format == "ics":
        _refuse_unclear_subject(dating.subject, no_subject)
    first, last = options.day("--from", typed.from_), options.day("--to", typed.to)
    dates = request.dates(dating)
    selection = Selection(regimen, choices, rounding, folder, reviewed)
    plan = request.limited_to_dates(request.make_schedule(body, selection, dates), first, last)
    monographs = language.monographs(plan.regimen.drugs(plan.arm), folder)
    write(plan, of_schedule.review(plan, monographs), spec, monographs, folder)


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
    from il2calc.format import json
    from il2calc.pharmacy.preparation import prepare as make_up
    from il2calc.pharmacy.supply import order
    from il2calc.report import notes
    from il2calc.report import preparation_sheet as sheet

    format_ = formats.chosen_format(format_, output_, options.TEXT_OR_JSON)
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
        output.write_data(json.dumped({**document, "subject": plan.subject}), output_)
    else:
        parts = sheet.paragraphs(*contents, share=share_vials, of_plan=plan_cautions)
        output.write_sheet(parts, output_, pager=not no_pager)
    output.tell_cautions(cautions, printed=True, output=output_)
    output.tell_written(output_, format_, quiet=quiet)
    if strict and cautions:
        raise typer.Exit(3)


def write(
    plan: Plan,
    plan_cautions: Sequence[Caution],
    spec: OutputSpec,
    monographs: Monographs,
    folder: Path | None,
) -> None:
    """Write a schedule or a course in its format, to a file or standard output, and tell cautions.

    Args:
        folder: the user's own library.

    Raises:
        OptionError: two names of one drug.
        UnknownName: a drug that the plan does not have.
        Refused: a name of several drugs; the format cannot represent the plan, or its library is
            not installed; the file cannot be written.
        MissingInput: a calendar file without a start.
        Exit: there is a caution, and `--strict` was given.
    """
    schedule_, spec = schedule_of(plan), _resolved(plan, spec, folder)
    new_names = [name for name in spec.drug_names if name not in schedule_.drug_names]
    name_cautions = of_schedule.name_questions(schedule_, new_names)
    table = None
    if spec.events is not None:
        from il2calc.format import events

        table = events.table(plan, spec.events)
    cautions = (*plan_cautions, *name_cautions, *(table.cautions if table is not None else ()))
    if spec.format in ("table", "timeline"):
        pager = spec.format == "table" and not spec.typed.no_pager
        lines = _styled_lines(plan, cautions, spec, monographs)
        output.write_styled(lines, spec.target, pager=pager)
    elif spec.format == "ics":
        _write_calendar(plan, cautions, spec)
    elif table is not None:
        output.write(events.lines(table), spec.target)
        for text in table.notes:
            output.tell(text)
    elif spec.format == "pdf":
        from il2calc.format import printed

        parts, more = preparation_parts(schedule_, monographs, spec.graduated)
        data = printed.pdf(plan, _with_preparation(cautions, more), parts, _paper(spec))
        output.write_bytes(data, spec.target)
    else:
        output.write_data(_lines(plan, cautions, spec, monographs), spec.target)
    _tell_dates_shown(schedule_, spec.format)
    shown = spec.format in formats.PRINT_CAUTIONS
    output.tell_cautions(cautions, printed=shown, output=spec.target)
    output.tell_written(spec.target, spec.format, quiet=spec.typed.quiet)
    if spec.typed.strict and cautions:
        raise typer.Exit(3)


def _tell_dates_shown(schedule_: Schedule, format_: str) -> None:
    """Tell which rows are shown if not all are, unless the format states it itself."""
    from il2calc.report import notes

    if notes.is_part(schedule_) and format_ not in formats.SHEETS:
        output.tell(notes.rows_shown(schedule_))


def _resolved(plan: Plan, spec: OutputSpec, folder: Path | None) -> OutputSpec:
    """The output options with their drugs under the names that the regimen uses."""
    regimen, events = schedule_of(plan).regimen, spec.events
    if events is None and not spec.graduated:
        return spec
    names = language.DrugNames(folder)
    graduations = request.by_drug("--graduation", spec.graduated, regimen, names)
    if events is not None:
        drug = events.drug and names.drug_of(events.drug, regimen)
        compartments = request.by_drug("--cmt", events.compartments, regimen, names)
        events = events._replace(drug=drug, compartments=compartments)
    return spec._replace(events=events, graduated=graduations, drug_names=names.from_options())


def _styled_lines(
    plan: Plan, cautions: Sequence[Caution], spec: OutputSpec, monographs: Monographs
) -> Iterator[Line]:
    """The lines of a table or timeline, for a terminal."""
    width = output.width(spec.target)
    if spec.format == "timeline":
        from il2calc.picture import timeline

        unicode = not spec.ascii_only and formats.draws_unicode(spec.target)
        return timeline.lines(plan, width, cautions, unicode=unicode)
    from il2calc.format import table

    described: list[str] = []
    if isinstance(plan, Schedule):
        described = [name for name, drug in monographs.items() if drug is not None]
    return table.lines(
        plan,
        cautions,
        width=width,
        brief=spec.typed.brief,
        explain=spec.explain,
        described=described,
        short=spec.notes == "short",
    )


def _lines(
    plan: Plan, cautions: Sequence[Caution], spec: OutputSpec, monographs: Monographs
) -> Iterable[str]:
    if spec.format in ("csv", "markdown"):
        from il2calc.format import tabular

        if spec.format == "csv":
            return tabular.csv_lines(plan, spec.columns)
        return tabular.markdown_lines(plan, cautions, spec.columns)
    if spec.format == "json":
        from il2calc.format import json

        return json.lines(plan, cautions)
    if spec.format == "fhir":
        from il2calc.format import fhir

        return fhir.lines(plan, cautions, fhir.codings_of(monographs))
    if spec.format == "svg":
        from il2calc.picture import svg

        return svg.lines(plan, cautions)
    from il2calc.format import printed

    parts, more = preparation_parts(schedule_of(plan), monographs, spec.graduated)
    return printed.html(plan, _with_preparation(cautions, more), parts, _paper(spec))


def _paper(spec: OutputSpec) -> Paper:
    """The paper of a sheet, and the line with the time of printing."""
    from il2calc.format.printed import Paper

    zone = "" if spec.printed_at is None else " UTC"
    moment = spec.printed_at or datetime.now(UTC).astimezone()
    return Paper(spec.paper, not spec.typed.no_picture, f"printed {moment:%Y-%m-%d %H:%M}{zone}")


def _with_preparation(cautions: Sequence[Caution], more: Iterable[Caution]) -> list[Caution]:
    """Cautions of a plan, then those of preparing its doses.

    The latter name their dose and mark no row: marks on every row would hide those of the plan.
    """
    return [*cautions, *(caution._replace(administrations=()) for caution in more)]


def _write_calendar(plan: Plan, cautions: Sequence[Caution], spec: OutputSpec) -> None:
    """Write a calendar file; events of the file it replaces that the plan has lost are cancelled.

    Raises:
        MissingInput: a schedule without a start.
        Refused: the existing file is of this plan and damaged; or the file cannot be written.
    """
    schedule_ = schedule_of(plan)
    if schedule_.start is None:
        raise MissingInput("--start 2026-12-01", "a calendar file needs dates")
    from il2calc.format import ics

    formers = ics.former_events(old := output.existing_content(spec.target), schedule_)
    data = ics.document(
        schedule_,
        cautions,
        as_of=spec.as_of or datetime.now(UTC),
        per_day=spec.per_day,
        with_patient=spec.with_patient,
        formers=formers,
        rows=() if isinstance(plan, Schedule) else plan.rows,
    )
    output.write_bytes(data, spec.target)
    cancelled = ics.lost_events(schedule_, formers, per_day=spec.per_day)
    if count := sum(event.status != "CANCELLED" for event in cancelled):
        changed = f"{how_many(count, 'event')} of the old file"
        output.tell(f"{changed}, no longer in the plan: cancelled in the new one; import all of it")
    kept = "not in the new one, and a calendar that has them keeps them"
    if left_out := ics.left_out_events(schedule_, formers, per_day=spec.per_day):
        output.tell(f"{how_many(len(left_out), 'event')} of the old file, not shown here: {kept}")
    if not formers and b"BEGIN:VEVENT" in old:
        lost = "the old file had events of another subject, regimen or program"
        output.tell(f"{lost}: they are {kept}")


def preparation_parts(
    schedule_: Schedule, monographs: Monographs, graduated: Mapping[str, Decimal] | None = None
) -> tuple[list[Part], tuple[Caution, ...]]:
    """How doses are prepared, by heading, and cautions about it; empty without a monograph.

    Of a course, only the doses still to come are prepared and ordered; empty if there are none.
    """
    from il2calc.pharmacy.preparation import prepare
    from il2calc.pharmacy.supply import order
    from il2calc.report import preparation_sheet as sheet

    planned = schedule_.regimen.drugs(schedule_.arm)  # an unplanned drug is not made up any more
    if not any(map(monographs.get, planned)) and not graduated:
        return [], ()
    remaining = _to_come(schedule_)
    preparations = prepare(remaining, monographs, graduated=graduated)
    if not preparations:
        return [], ()
    orders = order(remaining, preparations, share=False)
    parts = list(sheet.preparation_parts(schedule_, preparations, orders, share=False))
    if schedule_.recorded:
        parts = [*_labelled_to_come(remaining, parts)]
    return parts, sheet.cautions(preparations, share=False)


def _to_come(schedule_: Schedule) -> Schedule:
    """A schedule with only the administrations that are still to come by the course log."""
    states = {number: recorded.state for number, recorded in schedule_.recorded.items()}
    rows = schedule_.administrations
    to_come = tuple(row for row in rows if states.get(row.number, "planned") in TO_COME)
    return replace(schedule_, administrations=to_come)


def _labelled_to_come(schedule_: Schedule, parts: Iterable[Part]) -> Iterator[Part]:
    """The parts of a preparation, with a first part and headings that limit them to some rows."""
    rows = numbered("row", [row.number for row in schedule_.administrations])
    text = f"Made up and ordered here: {rows}, but nothing given, held, stopped or not recorded."
    yield "Only what is still to come", [text]
    for heading, texts in parts:
        yield f"{heading}, still to come" if heading.startswith("Order (") else heading, texts
