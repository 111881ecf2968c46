"""The formats of a schedule: which there are, and which one is meant."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from il2calc.cli import options
from il2calc.errors import OptionError, Refused

if TYPE_CHECKING:
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

FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"{', '.join(FORMATS)}. Default: by --output, else table. Engines read events: csv "
        "is no event table.",
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="A,B,C", help="Columns of csv or markdown; texts behind events."
    ),
]
Drug = Annotated[str | None, typer.Option("--drug", help="Events of this drug alone.")]
Graduation = Annotated[
    list[str] | None,
    typer.Option(
        "--graduation",
        metavar="DRUG=0.02 mL",
        help="Graduation of the syringe it is drawn into.",
    ),
]
NOTES = ("short", "full")
"""How a table says what it rests on."""

Notes = Annotated[
    str | None,
    typer.Option(
        "--notes",
        metavar="short|full",
        help="Assumptions, findings and rules below a table. Default: short.",
    ),
]
NoPager = Annotated[
    bool, typer.Option("--no-pager", help="Print what is taller than the terminal as it is.")
]
Compact = Annotated[
    bool, typer.Option("--compact", help="Events at equal intervals as one, with ADDL and II.")
]
Id = Annotated[
    str | None, typer.Option("--id", metavar="N", help="The number under ID. Default: 1.")
]
Cmt = Annotated[
    list[str] | None,
    typer.Option("--cmt", metavar="DRUG=N", help="The compartment of a drug's events."),
]
Per = Annotated[
    str | None,
    typer.Option("--per", metavar="dose|day", help="What is one event of a calendar file."),
]
WithPatient = Annotated[
    bool, typer.Option("--with-patient", help="Calendar events tell body measures and working.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE HH:MM",
        help="Moment (UTC) that a calendar file or a printed sheet is dated with; default: now.",
    ),
]
PaperSize = Annotated[
    str | None, typer.Option("--paper", metavar="A4|letter", help="Of html and pdf.")
]
NoPicture = Annotated[
    bool, typer.Option("--no-picture", help="Leave the picture off an html or pdf sheet.")
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw the timeline in ASCII.")]

PAPERS = ("A4", "letter")
"""Sizes of paper that a sheet may be set for."""

TEXT_ENDINGS = ("", ".txt", ".text")
"""Endings of a file that holds the first of the formats, a table."""

PAGES = ("html", "pdf", "svg")
"""Formats that a terminal cannot show."""


class Engine(NamedTuple):
    """What was typed of an event table.

    Args:
        to_come: of a course, what is still to come as well.
    """

    drug: str | None = None
    compact: bool = False
    subject: int = 1
    compartments: Mapping[str, int] = {}
    to_come: bool = False


class How(NamedTuple):
    """How a schedule is written.

    Args:
        format: one of `FORMATS`.
        target: a file; None or `-` = standard output.
        columns: of csv and markdown; empty = those of the format; texts behind events.
        as_of: the moment that a calendar file is dated with; None = now.
        ascii_only: draw with ASCII characters.
        pager: a terminal may show it through a pager.
        paper: of a printed sheet, one of `PAPERS`.
        notes: of a table, one of `NOTES`.
        picture: whether a printed sheet has it.
        printed: the moment that a printed sheet is dated with; None = now.
        graduated: of the syringes of a printed sheet [mL], by drug; None = what is known of them.
        asked: what options of the format call drugs, where the regimen does not call them so.
    """

    format: str
    target: Path | None = None
    brief: bool = False
    explain: bool = False
    notes: str = NOTES[0]
    pager: bool = True
    columns: tuple[str, ...] = ()
    per_day: bool = False
    as_of: datetime | None = None
    with_patient: bool = False
    ascii_only: bool = False
    paper: str = PAPERS[0]
    picture: bool = True
    printed: datetime | None = None
    engine: Engine = Engine()
    graduated: Mapping[str, Decimal] | None = None
    asked: tuple[DrugName, ...] = ()


def engine(
    format_: str,
    drug: str | None,
    compact: bool,
    id_: str | None,
    cmt: Sequence[str] | None,
    to_come: bool = False,
) -> Engine:
    """What an event table is to be like, from what was typed.

    Raises:
        OptionError: an option that cannot be read, or that the format does not know.
    """
    events = ("events",)
    only_with(
        format_,
        {
            "--drug": (drug, events),
            "--compact": (compact, events),
            "--id": (id_, events),
            "--cmt": (cmt, events),
            "--plan": (to_come, events),
        },
    )
    places = {
        name: options.count("--cmt", place)
        for name, place in options.pairs("--cmt", cmt or (), "DRUG=1").items()
    }
    subject = 1 if id_ is None else options.count("--id", id_)
    return Engine(drug, compact, subject, places, to_come)


def how(
    format_: str,
    target: Path | None,
    columns: str | None,
    per: str | None,
    as_of: str | None,
    with_patient: bool,
    ascii_only: bool,
    *,
    notes: str | None = None,
    paper: str | None = None,
    no_picture: bool = False,
    graduation: Sequence[str] | None = None,
    of_course: bool = False,
) -> How:
    """How a schedule is written, from what was typed.

    Args:
        of_course: it is that of a course log, which has more columns.

    Raises:
        OptionError: an option that cannot be read, or that the format does not know.
    """
    calendar, tables, sheets = ("ics",), ("csv", "markdown", "events"), ("html", "pdf")
    only_with(
        format_,
        {
            "--columns": (columns, tables),
            "--per": (per, calendar),
            "--as-of": (as_of, (*calendar, *sheets)),
            "--with-patient": (with_patient, calendar),
            "--ascii": (ascii_only, ("timeline",)),
            "--notes": (notes, ("table",)),
            "--paper": (paper, sheets),
            "--no-picture": (no_picture, sheets),
            "--graduation": (graduation, sheets),
        },
    )
    moment_ = options.moment("--as-of", as_of)
    names: tuple[str, ...] = ()
    if columns is not None:
        names = options.columns(columns, columns_of(format_, of_course=of_course))
    return How(
        format_,
        target,
        columns=names,
        per_day=per is not None and options.choice("--per", per, ("dose", "day")) == "day",
        as_of=moment_.replace(tzinfo=UTC) if moment_ else None,
        with_patient=with_patient,
        ascii_only=ascii_only,
        notes=NOTES[0] if notes is None else options.choice("--notes", notes, NOTES),
        paper=PAPERS[0] if paper is None else options.choice("--paper", paper, PAPERS),
        picture=not no_picture,
        printed=moment_,
        graduated=options.graduations(graduation or ()),
    )


def columns_of(format_: str, *, of_course: bool) -> tuple[str, ...]:
    """The columns that a format has."""
    if format_ == "csv":
        from il2calc.format import csv

        return csv.COURSE_COLUMNS if of_course else csv.COLUMNS
    if format_ == "events":
        from il2calc.format import events

        return events.TEXT_COLUMNS
    from il2calc.format import markdown

    return markdown.COURSE_KNOWN if of_course else markdown.KNOWN


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
        problem = f"no format ends in {ending} here; name one, as --format {known[0]}"
        raise OptionError("--output", f"{problem}, or end in one of: .txt, {said_by}")
    return known[0]


def only_with(format_: str, given: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    """Refuse an option that the format does not know.

    Args:
        given: option -> what was given (None or False = nothing), and the formats that know it.

    Raises:
        OptionError: an option that says nothing about this format.
    """
    for option, (value, known) in given.items():
        if value and format_ not in known:
            which = ", ".join(known)
            problem = f"does not go with --format {format_}, only with {which}; leave it out"
            raise OptionError(option, problem)


def refuse_terminal(format_: str, target: Path | None, name: str) -> None:
    """Refuse to write a page to a terminal.

    Raises:
        Refused: names the option that writes it to a file.
    """
    to_screen = target is None or str(target) == "-"
    if format_ in PAGES and to_screen and sys.stdout.isatty():
        file = f"{Path(name).stem or name}.{format_}"
        raise Refused(f"--format {format_} is no text for a terminal: add --output {file}")


def draws_unicode(target: Path | None = None) -> bool:
    """Whether what is written to may hold more than ASCII: a file may, a terminal says so."""
    if target is not None and str(target) != "-":
        return True
    said = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = sys.stdout.encoding or "utf-8"
    return said not in ("C", "POSIX") and "utf" in encoding.lower()
