"""The verbs that lay a regimen out for a patient, and how that, or a course, is written.

The verbs are `schedule` and `prepare`; `replan` writes a course in the same formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output, request
from il2calc.cli.formats import How, Layout
from il2calc.cli.options import Begun, Body, Choices, Rounding, Text, Texts, option
from il2calc.cli.request import Wanted
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
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    layout: Layout,
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
    """Join when and how much, and print it."""
    how = formats.how(
        layout, explain=explain, as_of=as_of, with_patient=with_patient, ascii_only=ascii_
    )
    formats.refuse_terminal(how.format, how.target, regimen)
    if how.format == "ics":
        _refuse_nobody(begun.subject, no_subject)
    first, last = options.day("--from", layout.from_), options.day("--to", layout.to)
    dates = request.dates(begun)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.between(request.made(body, wanted, dates), first, last)
    monographs = language.monographs(made.regimen.drugs(made.arm), folder)
    write(made, of_schedule.review(made, monographs), how, monographs, folder)


def _refuse_nobody(subject: Text, no_subject: bool) -> None:
    """Two patients' events must never take each other's place in a calendar."""
    if subject is not None and no_subject:
        raise OptionError("--no-subject", "excludes --subject; give one of them")
    if subject is None and not no_subject:
        why = "events of two patients must not overwrite each other in a calendar"
        raise MissingInput("--subject S-07, or --no-subject if there is only one", why)


def prepare(
    regimen: options.RegimenName,
    body: Body,
    begun: Begun,
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
    """Make up every distinct dose of a schedule on paper."""
    from il2calc.format import json
    from il2calc.pharmacy.preparation import prepare as make_up
    from il2calc.pharmacy.supply import order
    from il2calc.report import notes
    from il2calc.report import preparation_sheet as sheet

    format_ = formats.meant(format_, output_, options.TEXT_OR_JSON)
    first, last = options.day("--from", from_), options.day("--to", to)
    wanted = Wanted(regimen, choices, rounding, folder, reviewed)
    made = request.made(body, wanted, request.dates(begun))
    made = request.between(made, first, last)
    if not made.shown:
        hint = "; give other dates" if made.administrations else ""
        raise Refused(f"{notes.shown(made)}: nothing is made up{hint}")
    known = made.regimen.drugs(made.arm)
    names = language.DrugNames(folder)
    texts = options.pairs("--preparation", preparation or (), '"DRUG=24-hour infusion"')
    chosen = request.by_drug("--preparation", texts, made.regimen, names)
    for drug in chosen:
        if drug not in known:
            raise UnknownName("drug of this schedule", drug, known, near=nearest_drug)
    syringes = options.graduations(graduation or ())
    graduated = request.by_drug("--graduation", syringes, made.regimen, names)
    made = replace(made, asked=tuple(dict.fromkeys((*made.asked, *names.asked()))))
    monographs = language.monographs(known, folder)
    limited = replace(made, administrations=made.shown)
    prepared = make_up(limited, monographs, chosen, graduated)
    of_plan = of_schedule.review(made, monographs)
    found = (*of_plan, *sheet.cautions(prepared, share=share_vials))
    orders = order(limited, prepared, share=share_vials)
    if format_ == "json":
        document = sheet.document(made, prepared, orders, share=share_vials, of_plan=of_plan)
        output.write_data(json.dumped({**document, "subject": made.subject}), output_)
    else:
        told = sheet.paragraphs(made, prepared, orders, share=share_vials, of_plan=of_plan)
        output.write_sheet(told, output_, pager=not no_pager)
    output.caution(found, printed=True, output=output_)
    output.written(output_, format_, quiet=quiet)
    if strict and found:
        raise typer.Exit(3)


def write(
    plan: Plan, of_plan: Sequence[Caution], how: How, monographs: Monographs, folder: Path | None
) -> None:
    """Write a schedule or a course in its format, to a file or standard output, and tell cautions.

    Args:
        folder: the user's own library.

    Raises:
        OptionError: two names of one drug.
        UnknownName: a drug that the plan does not have.
        Refused: a name of several drugs; the format cannot hold the plan, or lacks its library;
            the file cannot be written.
        MissingInput: a calendar file without a start.
        Exit: there is a caution, and `how` is strict.
    """
    made, how = schedule_of(plan), _resolved(plan, how, folder)
    asked = of_schedule.asked(made, [name for name in how.asked if name not in made.asked])
    table = None
    if how.events is not None:
        from il2calc.format import events

        table = events.table(plan, how.events)
    found = (*of_plan, *asked, *(table.cautions if table is not None else ()))
    if how.format in ("table", "timeline"):
        pager = how.format == "table" and not how.layout.no_pager
        output.write_styled(_styled(plan, found, how, monographs), how.target, pager=pager)
    elif how.format == "ics":
        _write_calendar(plan, found, how)
    elif table is not None:
        output.write(events.lines(table), how.target)
        for text in table.told:
            output.tell(text)
    elif how.format == "pdf":
        from il2calc.format import printed

        told, also = preparation(made, monographs, how.graduated)
        data = printed.pdf(plan, _all(found, also), told, _paper(how))
        output.write_bytes(data, how.target)
    else:
        output.write_data(_lines(plan, found, how, monographs), how.target)
    _tell_part(made, how.format)
    output.caution(found, printed=how.format in formats.PRINT_CAUTIONS, output=how.target)
    output.written(how.target, how.format, quiet=how.layout.quiet)
    if how.layout.strict and found:
        raise typer.Exit(3)


def _tell_part(made: Schedule, format_: str) -> None:
    """Say which rows are shown where they are not all, and the format does not say it itself."""
    from il2calc.report import notes

    if notes.is_part(made) and format_ not in formats.SHEETS:
        output.tell(notes.shown(made))


def _resolved(plan: Plan, how: How, folder: Path | None) -> How:
    """The same with its drugs by the names that they have in the regimen."""
    regimen, events = schedule_of(plan).regimen, how.events
    if events is None and not how.graduated:
        return how
    names = language.DrugNames(folder)
    graduated = request.by_drug("--graduation", how.graduated, regimen, names)
    if events is not None:
        drug = events.drug and language.drug_of(events.drug, regimen, names)
        places = request.by_drug("--cmt", events.compartments, regimen, names)
        events = events._replace(drug=drug, compartments=places)
    return how._replace(events=events, graduated=graduated, asked=names.asked())


def _styled(
    plan: Plan, found: Sequence[Caution], how: How, monographs: Monographs
) -> Iterator[Line]:
    """The lines of a format that a terminal shows."""
    width = output.width(how.target)
    if how.format == "timeline":
        from il2calc.picture import timeline

        return timeline.lines(
            plan, width, found, unicode=not how.ascii_only and formats.draws_unicode(how.target)
        )
    from il2calc.format import table

    described: list[str] = []
    if isinstance(plan, Schedule):
        described = [name for name, drug in monographs.items() if drug is not None]
    return table.lines(
        *(plan, found),
        width=width,
        brief=how.layout.brief,
        explain=how.explain,
        described=described,
        short=how.notes == "short",
    )


def _lines(plan: Plan, found: Sequence[Caution], how: How, monographs: Monographs) -> Iterable[str]:
    if how.format == "csv":
        from il2calc.format import tabular

        return tabular.csv_lines(plan, how.columns)
    if how.format == "json":
        from il2calc.format import json

        return json.lines(plan, found)
    if how.format == "markdown":
        from il2calc.format import tabular

        return tabular.markdown_lines(plan, found, how.columns)
    if how.format == "fhir":
        from il2calc.format import fhir

        return fhir.lines(plan, found, fhir.codings_of(monographs))
    if how.format == "svg":
        from il2calc.picture import svg

        return svg.lines(plan, found)
    from il2calc.format import printed

    told, also = preparation(schedule_of(plan), monographs, how.graduated)
    return printed.html(plan, _all(found, also), told, _paper(how))


def _paper(how: How) -> Paper:
    """What a sheet is printed on, and that it is now."""
    from il2calc.format.printed import Paper

    zone = "" if how.printed is None else " UTC"
    when = how.printed or datetime.now(UTC).astimezone()
    return Paper(how.paper, not how.layout.no_picture, f"printed {when:%Y-%m-%d %H:%M}{zone}")


def _all(found: Sequence[Caution], also: Iterable[Caution]) -> list[Caution]:
    """Cautions of a plan and of making its doses up.

    The latter name their dose and mark no row: a mark on every row would hide those of the plan.
    """
    return [*found, *(each._replace(administrations=()) for each in also)]


def _write_calendar(plan: Plan, found: Sequence[Caution], how: How) -> None:
    """Write a calendar file; what the one in its place had of the plan, and it lost, is cancelled.

    Raises:
        MissingInput: a schedule without a start.
        Refused: the file that is there is of this plan, and damaged; or nothing can be written.
    """
    made = schedule_of(plan)
    if made.start is None:
        raise MissingInput("--start 2026-12-01", "a calendar file needs dates")
    from il2calc.format import ics

    formers = ics.formers_in(there := output.there(how.target), made)
    data = ics.document(
        made,
        found,
        as_of=how.as_of or datetime.now(UTC),
        per_day=how.per_day,
        with_patient=how.with_patient,
        formers=formers,
        rows=() if isinstance(plan, Schedule) else plan.rows,
    )
    output.write_bytes(data, how.target)
    gone = ics.gone(made, formers, per_day=how.per_day)
    if newly := sum(each.status != "CANCELLED" for each in gone):
        what = f"{how_many(newly, 'event')} of the old file"
        output.tell(f"{what}, no longer in the plan: cancelled in the new one; import all of it")
    if not formers and b"BEGIN:VEVENT" in there:
        was = "the old file had events of another subject, regimen or program"
        output.tell(f"{was}: they are not in the new one, and a calendar that has them keeps them")


def preparation(
    made: Schedule, monographs: Monographs, graduated: Mapping[str, Decimal] | None = None
) -> tuple[list[Part], tuple[Caution, ...]]:
    """How the doses are made up, under headings, with its cautions; nothing without a monograph.

    On a course only what is still to come is made up and ordered: nothing where that is nothing.
    """
    from il2calc.pharmacy.preparation import prepare
    from il2calc.pharmacy.supply import order
    from il2calc.report import preparation_sheet as sheet

    if not any(monographs.values()) and not graduated:
        return [], ()
    wanted = _to_come(made)
    prepared = prepare(wanted, monographs, graduated=graduated)
    if not prepared:
        return [], ()
    told = list(sheet.made_up(made, prepared, order(wanted, prepared, share=False), share=False))
    return [*_only(wanted, told)] if made.recorded else told, sheet.cautions(prepared, share=False)


def _to_come(made: Schedule) -> Schedule:
    """A schedule with those of its administrations that a course log leaves still to come."""
    states = {number: each.state for number, each in made.recorded.items()}
    rows = tuple(
        each for each in made.administrations if states.get(each.number, "planned") in TO_COME
    )
    return replace(made, administrations=rows)


def _only(wanted: Schedule, told: Iterable[Part]) -> Iterator[Part]:
    """The parts of a preparation of which only some rows are made up, which they say."""
    rows = numbered("row", [each.number for each in wanted.administrations])
    text = f"Made up and ordered here: {rows}, but nothing given, held, stopped or not recorded."
    yield "Only what is still to come", [text]
    for heading, texts in told:
        yield f"{heading}, still to come" if heading.startswith("Order (") else heading, texts
