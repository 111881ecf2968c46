"""The formats of a schedule, their options, and the choice of one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from il2calc.cli import options
from il2calc.cli.options import Text, option
from il2calc.errors import OptionError, Refused

if TYPE_CHECKING:
    from il2calc.format.events import EventOptions
    from il2calc.model.drug import DrugName

FORMATS = (
    "table", "csv", "json", "markdown", "timeline", "ics", "html", "pdf", "svg", "events", "fhir"
)  # fmt: skip
ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".ics": "ics",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".svg": "svg",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""Ending of an output file -> its format."""

SHEETS = ("table", "markdown", "html", "pdf")
"""Formats that state themselves which rows they show."""

PRINT_CAUTIONS = ("table", "markdown", "json", "timeline")
"""Formats for a terminal that contain every caution in words."""

PICTURES = ("timeline", "svg")
"""Formats that always show the whole schedule."""

WHAT_IF = tuple(name for name in FORMATS if name not in ("ics", "events", "fhir"))
"""Formats that may show hypothetical rows; readers of the others take every row for real."""

PARTIAL = tuple(name for name in FORMATS if name not in PICTURES)
"""Formats that may show the rows of some dates only."""

NOTES = ("short", "full")
"""How detailed the notes below a table are."""

PAPERS = ("A4", "letter")
"""Paper sizes of a printed sheet."""

Graduation = Annotated[
    list[str] | None, option("--graduation DRUG=0.02 mL", "Graduation of the syringe used.")
]
Ascii = Annotated[bool, option("--ascii", "Draw the timeline in ASCII.")]

TEXT_ENDINGS = ("", ".txt", ".text")
"""Endings of a file in the first of the formats, a table."""

PAGES = ("html", "pdf", "svg")
"""Formats that a terminal cannot show."""


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
    cmt: Annotated[options.Texts, option("--cmt DRUG=N", "The compartment of a drug's events.")] = (
        None
    )
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
        paper: of a printed sheet, one of `PAPERS`.
        notes: of a table, one of `NOTES`.
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
    format_ = chosen_format(texts.format_, texts.output_)
    calendar, with_columns, sheets = ("ics",), ("csv", "markdown", "events"), ("html", "pdf")
    refuse_unsupported(
        format_,
        {
            "--brief": (texts.brief, ("table",)),
            "--explain": (explain, ("table",)),
            "--from": (texts.from_, PARTIAL),
            "--to": (texts.to, PARTIAL),
            "--what-if": (supposed, WHAT_IF),
            "--columns": (texts.columns, with_columns),
            "--per": (texts.per, calendar),
            "--as-of": (as_of, (*calendar, *sheets)),
            "--with-patient": (with_patient, calendar),
            "--ascii": (ascii_only, ("timeline",)),
            "--notes": (texts.notes, ("table",)),
            "--paper": (texts.paper, sheets),
            "--no-picture": (texts.no_picture, sheets),
            "--graduation": (texts.graduation, sheets),
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
        notes=_one_of("--notes", texts.notes, NOTES),
        paper=_one_of("--paper", texts.paper, PAPERS),
        graduated=options.graduations(texts.graduation or ()),
        events=_events(format_, texts, names, to_come=to_come),
    )


def _one_of(option: str, text: str | None, words: Sequence[str]) -> str:
    """One of a few words; the first if none was given."""
    return words[0] if text is None else options.choice(option, text, words)


def _events(
    format_: str, texts: OutputOptions, columns: tuple[str, ...], *, to_come: bool
) -> EventOptions | None:
    """The options of an event table, from those typed; None for every other format."""
    events = ("events",)
    refuse_unsupported(
        format_,
        {
            "--drug": (texts.drug, events),
            "--compact": (texts.compact, events),
            "--id": (texts.id_, events),
            "--cmt": (texts.cmt, events),
            "--plan": (to_come, events),
        },
    )
    if format_ not in events:
        return None
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


def chosen_format(
    format_: str | None, target: Path | None, supported: Sequence[str] = FORMATS
) -> str:
    """The format named, else the one of the output file's ending, else the first.

    Raises:
        OptionError: there is no such format, or none with that ending.
    """
    if format_ is not None:
        return options.choice("--format", format_, supported)
    ending = target.suffix.lower() if target else ""
    if (by_ending := ENDINGS.get(ending)) in supported:
        return str(by_ending)
    if ending not in TEXT_ENDINGS:
        endings = ", ".join(ending_ for ending_, name in ENDINGS.items() if name in supported)
        problem = f"no format ends in {ending} here; name one, such as --format {supported[0]}"
        raise OptionError("--output", f"{problem}, or end in one of: .txt, {endings}")
    return supported[0]


def refuse_unsupported(format_: str, typed: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    """Refuse an option that the format does not support.

    Args:
        typed: option -> its value (None or False = not typed), and the formats that support it.

    Raises:
        OptionError: names the option and the formats that support it.
    """
    for name, (value, supported) in typed.items():
        if value and format_ not in supported:
            supporting = ", ".join(supported)
            problem = f"does not go with --format {format_}, only with {supporting}; leave it out"
            raise OptionError(name, problem)


def refuse_terminal(format_: str, target: Path | None, name: str) -> None:
    """Refuse to print a page or picture to a terminal.

    Raises:
        Refused: names the option that writes it to a file.
    """
    to_screen = target is None or str(target) == "-"
    if format_ in PAGES and to_screen and sys.stdout.isatty():
        file = f"{Path(name).stem or name}.{format_}"
        raise Refused(f"--format {format_} is not text for a terminal: add --output {file}")


def draws_unicode(target: Path | None = None) -> bool:
    """Whether more than ASCII may be written: to a file always, to a terminal by its locale."""
    if target is not None and str(target) != "-":
        return True
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = sys.stdout.encoding or "utf-8"
    return locale not in ("C", "POSIX") and "utf" in encoding.lower()
