"""How a schedule or a course is written: the options of its formats, and the writing in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from il2calc import language
from il2calc.cli import options, output, request
from il2calc.cli.options import Text, Texts, option
from il2calc.errors import MissingInput, how_many, numbered
from il2calc.plan.administration import TO_COME
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.review import of_schedule

if TYPE_CHECKING:
    from il2calc.format.events import EventOptions
    from il2calc.format.printed import Paper
    from il2calc.model.drug import DrugName
    from il2calc.pharmacy.answers import Monographs
    from il2calc.report.lines import Line
    from il2calc.report.sheet import Part

FORMATS = (
    "table", "csv", "json", "markdown", "timeline", "ics", "html", "pdf", "svg", "events", "fhir"
)  # fmt: skip
SHEETS = ("table", "markdown", "html", "pdf")
"""Formats that state themselves which rows they show."""

PRINT_CAUTIONS = ("table", "markdown", "json", "timeline")
"""Formats for a terminal that contain every caution in words."""

WHAT_IF = tuple(name for name in FORMATS if name not in ("ics", "events", "fhir"))
"""Formats that may show hypothetical rows; readers of the others take every row for real."""

PARTIAL = tuple(name for name in FORMATS if name not in ("timeline", "svg"))
"""Formats that may show the rows of some dates only; a picture always shows all."""

Graduation = Annotated[
    Texts, option("--graduation DRUG=0.02 mL", "Graduation of the syringe used.")
]


class OutputOptions(NamedTuple):
    """The texts given about how a schedule, or the schedule of a course, is written."""

    format_: Annotated[
        Text,
        option(
            "--format NAME",
            f"{', '.join(FORMATS)}. Default: by --output, else table. For simulation use events: "
            "csv is not an event table.",
        ),
    ] = None
    output_: options.Output = None
    from_: options.From = None
    to: options.To = None
    columns: Annotated[
        Text, option("--columns A,B,C", "Columns of csv or markdown; extra text columns of events.")
    ] = None
    brief: Annotated[bool, option("--brief", "Fold rows that follow one pattern.")] = False
    notes: Annotated[
        Text,
        option(
            "--notes short|full", "Assumptions, findings and rules below a table. Default: short."
        ),
    ] = None
    no_pager: options.NoPager = False
    per: Annotated[Text, option("--per dose|day", "One event per dose or per day.")] = None
    paper: Annotated[Text, option("--paper A4|letter", "Paper size of html and pdf.")] = None
    no_picture: Annotated[
        bool, option("--no-picture", "Leave the picture off an html or pdf sheet.")
    ] = False
    graduation: Graduation = None
    drug: Annotated[Text, option("--drug", "Events of this drug only.")] = None
    compact: Annotated[
        bool, option("--compact", "Write equally spaced doses as one event, with ADDL and II.")
    ] = False
    id_: Annotated[Text, option("--id N", "The number under ID. Default: 1.")] = None
    cmt: Annotated[Texts, option("--cmt DRUG=N", "The compartment of a drug's events.")] = None
    quiet: options.Quiet = False
    strict: options.Strict = False


class OutputSpec(NamedTuple):
    """How a schedule is written: the options of output, read.

    Args:
        format: one of `FORMATS`.
        target: a file; None or `-` = standard output.
        typed: the options as typed, for those that need no reading.
        columns: of csv and markdown; empty = the format's default.
        as_of: the date and time in a calendar file; None = now.
        printed_at: when a sheet is printed; None = now. That of a course is always printed now.
        ascii_only: draw with ASCII characters.
        paper: of a printed sheet, A4 or letter.
        notes: of a table, short or full.
        events: the options of an event table; None for every other format.
        graduated: graduation of the syringes on a printed sheet [mL], by drug.
        drug_names: names of drugs in options of the format that the regimen does not use.
    """

    format: str
    target: Path | None
    typed: OutputOptions
    explain: bool
    notes: str
    columns: tuple[str, ...]
    per_day: bool
    as_of: datetime | None
    printed_at: datetime | None
    with_patient: bool
    ascii_only: bool
    paper: str
    events: EventOptions | None
    graduated: Mapping[str, Decimal]
    drug_names: tuple[DrugName, ...] = ()


def output_spec(
    texts: OutputOptions,
    *,
    explain: bool = False,
    as_of: str | None = None,
    with_patient: bool = False,
    ascii_only: bool = False,
    supposed: bool = False,
    to_come: bool = False,
    of_course: bool = False,
) -> OutputSpec:
    """How a schedule is written, from the options typed.

    Args:
        supposed: it shows hypothetical entries (`--what-if`).
        to_come: the events of a course include those still to come.
        of_course: it is the schedule of a course log, which has more columns.

    Raises:
        OptionError: an option that cannot be read, or that the format does not support.
    """
    format_ = options.chosen_format(texts.format_, texts.output_, FORMATS)
    calendar, events, sheets = ("ics",), ("events",), ("html", "pdf")
    options.refuse_unsupported(
        format_,
        {
            "--brief": (texts.brief, ("table",)),
            "--explain": (explain, ("table",)),
            "--from": (texts.from_, PARTIAL),
            "--to": (texts.to, PARTIAL),
            "--what-if": (supposed, WHAT_IF),
            "--columns": (texts.columns, ("csv", "markdown", *events)),
            "--per": (texts.per, calendar),
            "--as-of": (as_of, (*calendar, *sheets)),
            "--with-patient": (with_patient, calendar),
            "--ascii": (ascii_only, ("timeline",)),
            "--notes": (texts.notes, ("table",)),
            "--paper": (texts.paper, sheets),
            "--no-picture": (texts.no_picture, sheets),
            "--graduation": (texts.graduation, sheets),
            "--drug": (texts.drug, events),
            "--compact": (texts.compact, events),
            "--id": (texts.id_, events),
            "--cmt": (texts.cmt, events),
            "--plan": (to_come, events),
        },
    )
    moment = options.moment("--as-of", as_of)
    names: tuple[str, ...] = ()
    if texts.columns is not None:
        names = options.columns(texts.columns, columns_of(format_, of_course=of_course))
    return OutputSpec(
        format_,
        texts.output_,
        texts,
        explain=explain,
        columns=names,
        per_day=_one_of("--per", texts.per, ("dose", "day")) == "day",
        as_of=moment and moment.replace(tzinfo=UTC),
        printed_at=moment,
        with_patient=with_patient,
        ascii_only=ascii_only,
        notes=_one_of("--notes", texts.notes, ("short", "full")),
        paper=_one_of("--paper", texts.paper, ("A4", "letter")),
        graduated=options.graduations(texts.graduation or ()),
        events=_events(texts, names, to_come=to_come) if format_ in events else None,
    )


def _one_of(option: str, text: str | None, words: Sequence[str]) -> str:
    """One of a few words; the first if none was given."""
    return words[0] if text is None else options.choice(option, text, words)


def _events(texts: OutputOptions, columns: tuple[str, ...], *, to_come: bool) -> EventOptions:
    """The options of an event table, from those typed."""
    from il2calc.format.events import EventOptions

    compartments = options.compartments(texts.cmt or (), "DRUG=1")
    subject = 1 if texts.id_ is None else options.count("--id", texts.id_)
    return EventOptions(texts.drug, compartments, subject, texts.compact, to_come, columns)


def columns_of(format_: str, *, of_course: bool) -> tuple[str, ...]:
    """The columns that a format has."""
    if format_ == "events":
        from il2calc.format import events

        return events.TEXT_COLUMNS
    from il2calc.format import tabular

    if format_ == "csv":
        return tabular.COURSE_COLUMNS if of_course else tabular.COLUMNS
    return tabular.COURSE_MARKDOWN_KNOWN if of_course else tabular.MARKDOWN_KNOWN


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

        output.write_bytes(printed.pdf(*_sheet(plan, cautions, spec, monographs)), spec.target)
    else:
        output.write_data(_lines(plan, cautions, spec, monographs), spec.target)
    if notes.is_part(schedule_) and spec.format not in SHEETS:
        output.tell(notes.rows_shown(schedule_))
    shown = spec.format in PRINT_CAUTIONS
    output.tell_cautions(cautions, printed=shown, output=spec.target)
    output.tell_written(spec.target, spec.format, quiet=spec.typed.quiet)
    if spec.typed.strict and cautions:
        raise typer.Exit(3)


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

        unicode = not spec.ascii_only and options.draws_unicode(spec.target)
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

    return printed.html(*_sheet(plan, cautions, spec, monographs))


def _sheet(
    plan: Plan, cautions: Sequence[Caution], spec: OutputSpec, monographs: Monographs
) -> tuple[Plan, list[Caution], list[Part], Paper]:
    """What a sheet is printed from: with how doses are prepared, and the cautions about that.

    These name their dose and mark no row: marks on every row would hide those of the plan.
    """
    from il2calc.format.printed import Paper

    parts, more = preparation_parts(schedule_of(plan), monographs, spec.graduated)
    unmarked = (caution._replace(administrations=()) for caution in more)
    zone = "" if spec.printed_at is None else " UTC"
    moment = spec.printed_at or datetime.now(UTC).astimezone()
    paper = Paper(spec.paper, not spec.typed.no_picture, f"printed {moment:%Y-%m-%d %H:%M}{zone}")
    return plan, [*cautions, *unmarked], parts, paper


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
