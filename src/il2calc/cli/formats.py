"""The formats of a schedule: which there are, and which one is meant."""

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
    from il2calc.format.events import Wanted as Events
    from il2calc.model.drug import DrugName

FORMATS = (
    "table",
    "csv",
    "json",
    "markdown",
    "timeline",
    "ics",
    "html",
    "pdf",
    "svg",
    "events",
    "fhir",
)
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
"""Ending of an output file -> the format that it says."""

SHEETS = ("table", "html", "pdf")
"""Formats that say themselves which rows they show."""

PRINT_CAUTIONS = ("table", "markdown", "json", "timeline")
"""Formats of a terminal that hold every caution in words."""

PICTURES = ("timeline", "svg")
"""Formats that always show the whole."""

SUPPOSED = tuple(name for name in FORMATS if name not in ("ics", "events", "fhir"))
"""Formats that may show what is only supposed: who reads the others takes every row for real."""

IN_PART = tuple(name for name in FORMATS if name not in PICTURES)
"""Formats that may show the rows of some dates alone."""

NOTES = ("short", "full")
"""How a table says what it rests on."""

PAPERS = ("A4", "letter")
"""Sizes of paper that a sheet may be set for."""

Graduation = Annotated[
    list[str] | None, option("--graduation DRUG=0.02 mL", "Graduation of the syringe used.")
]
Ascii = Annotated[bool, option("--ascii", "Draw the timeline in ASCII.")]

TEXT_ENDINGS = ("", ".txt", ".text")
"""Endings of a file that holds the first of the formats, a table."""

PAGES = ("html", "pdf", "svg")
"""Formats that a terminal cannot show."""


class Layout(NamedTuple):
    """The texts given about how a schedule, or that of a course, is written and told."""

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


class How(NamedTuple):
    """How a schedule is written and told.

    Args:
        format: one of `FORMATS`.
        target: a file; None or `-` = standard output.
        layout: what was typed, of which what needs no reading is asked.
        columns: of csv and markdown; empty = those of the format.
        as_of: the moment that a calendar file is dated with; None = now.
        ascii_only: draw with ASCII characters.
        paper: of a printed sheet, one of `PAPERS`.
        notes: of a table, one of `NOTES`.
        printed: the moment that a printed sheet is dated with; None = now.
        events: what an event table is to be like; None of every other format.
        graduated: of the syringes of a printed sheet [mL], by drug.
        asked: what options of the format call drugs, where the regimen does not call them so.
    """

    format: str
    target: Path | None
    layout: Layout
    explain: bool
    notes: str
    columns: tuple[str, ...]
    per_day: bool
    as_of: datetime | None
    with_patient: bool
    ascii_only: bool
    paper: str
    printed: datetime | None
    events: Events | None
    graduated: Mapping[str, Decimal]
    asked: tuple[DrugName, ...] = ()


def how(
    texts: Layout,
    *,
    explain: bool = False,
    as_of: str | None = None,
    with_patient: bool = False,
    ascii_only: bool = False,
    supposed: bool = False,
    to_come: bool = False,
    of_course: bool = False,
) -> How:
    """How a schedule is written and told, from what was typed.

    Args:
        supposed: it shows what nobody entered.
        to_come: of a course, events of what is still to come as well.
        of_course: it is that of a course log, which has more columns.

    Raises:
        OptionError: an option that cannot be read, or that the format does not know.
    """
    format_ = meant(texts.format_, texts.output_)
    calendar, tables, sheets = ("ics",), ("csv", "markdown", "events"), ("html", "pdf")
    only_with(
        format_,
        {
            "--brief": (texts.brief, ("table",)),
            "--explain": (explain, ("table",)),
            "--from": (texts.from_, IN_PART),
            "--to": (texts.to, IN_PART),
            "--what-if": (supposed, SUPPOSED),
            "--columns": (texts.columns, tables),
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
    return How(
        format_,
        texts.output_,
        texts,
        explain=explain,
        columns=names,
        per_day=_one_of("--per", texts.per, ("dose", "day")) == "day",
        as_of=moment and moment.replace(tzinfo=UTC),
        with_patient=with_patient,
        ascii_only=ascii_only,
        notes=_one_of("--notes", texts.notes, NOTES),
        paper=_one_of("--paper", texts.paper, PAPERS),
        printed=moment,
        graduated=options.graduations(texts.graduation or ()),
        events=_events(format_, texts, names, to_come=to_come),
    )


def _one_of(option: str, text: str | None, known: Sequence[str]) -> str:
    """One of a few words; the first where none was given."""
    return known[0] if text is None else options.choice(option, text, known)


def _events(
    format_: str, texts: Layout, columns: tuple[str, ...], *, to_come: bool
) -> Events | None:
    """What an event table is to be like, from what was typed; None of every other format."""
    events = ("events",)
    only_with(
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
    from il2calc.format.events import Wanted

    places = options.compartments(texts.cmt or (), "DRUG=1")
    subject = 1 if texts.id_ is None else options.count("--id", texts.id_)
    return Wanted(texts.drug, places, subject, texts.compact, to_come, columns)


def columns_of(format_: str, *, of_course: bool) -> tuple[str, ...]:
    """The columns that a format has."""
    if format_ == "csv":
        from il2calc.format import tabular

        return tabular.COURSE_COLUMNS if of_course else tabular.COLUMNS
    if format_ == "events":
        from il2calc.format import events

        return events.TEXT_COLUMNS
    from il2calc.format import tabular

    return tabular.COURSE_MARKDOWN_KNOWN if of_course else tabular.MARKDOWN_KNOWN


def meant(format_: str | None, target: Path | None, known: Sequence[str] = FORMATS) -> str:
    """The format that is named, else the one that the ending of the output says, else the first.

    Raises:
        OptionError: no such format; an ending that says none.
    """
    if format_ is not None:
        return options.choice("--format", format_, known)
    ending = target.suffix.lower() if target else ""
    if (said := ENDINGS.get(ending)) in known:
        return str(said)
    if ending not in TEXT_ENDINGS:
        said_by = ", ".join(ending_ for ending_, name in ENDINGS.items() if name in known)
        problem = f"no format ends in {ending} here; name one, such as --format {known[0]}"
        raise OptionError("--output", f"{problem}, or end in one of: .txt, {said_by}")
    return known[0]


def only_with(format_: str, given: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    """Refuse an option that the format does not know.

    Args:
        given: option -> what was given (None or False = nothing), and the formats that know it.

    Raises:
        OptionError: an option that says nothing about this format.
    """
    for name, (value, known) in given.items():
        if value and format_ not in known:
            which = ", ".join(known)
            problem = f"does not go with --format {format_}, only with {which}; leave it out"
            raise OptionError(name, problem)


def refuse_terminal(format_: str, target: Path | None, name: str) -> None:
    """Refuse to write a page to a terminal.

    Raises:
        Refused: names the option that writes it to a file.
    """
    to_screen = target is None or str(target) == "-"
    if format_ in PAGES and to_screen and sys.stdout.isatty():
        file = f"{Path(name).stem or name}.{format_}"
        raise Refused(f"--format {format_} is not text for a terminal: add --output {file}")


def draws_unicode(target: Path | None = None) -> bool:
    """Whether what is written to may hold more than ASCII: a file may, a terminal says so."""
    if target is not None and str(target) != "-":
        return True
    said = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = sys.stdout.encoding or "utf-8"
    return said not in ("C", "POSIX") and "utf" in encoding.lower()
