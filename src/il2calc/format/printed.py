"""The printable report of a plan: one self-contained HTML file, and the same as PDF.

The page has no script and loads nothing; its Content-Security-Policy enforces that. The PDF is
set by typst, tagged for screen readers (PDF/UA-1), in the fonts that come with typst, so that it is
the same everywhere. Characters that these lack are set in the fonts of the machine; a character
that those lack too is written as its code point, `[U+767D]`, because no text may vanish.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from il2calc.errors import Refused
from il2calc.format.json import split
from il2calc.picture import svg
from il2calc.plan.schedule import Caution
from il2calc.report import words
from il2calc.report.lines import glued
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.sheet import Column, Part, Sheet, SheetEntry, sheet

if TYPE_CHECKING:
    from typst import TypstError

NARROW, WIDE = 360, 720
"""Widths of the pictures: for telephones, and for everything else [px]."""

MOST_ROWS = 1_500
"""Most rows of a PDF: typst needs about 400 MB for them, and several GB for ten thousand."""


class Paper(NamedTuple):
    """The paper of a printed sheet, and when it is printed.

    Args:
        size: `A4` or `letter`.
        picture: whether the sheet shows the picture.
        printed: date and time of printing, in words; this module reads no clock.
    """

    size: str = "A4"
    picture: bool = True
    printed: str = ""

    @property
    def foot(self) -> str:
        """The foot of every page: the program, and when it was printed."""
        return ", ".join(filter(None, (words.PROGRAM, self.printed)))


PLAIN = Paper()
"""A sheet on A4 with its picture, without a time of printing."""


def html(
    plan: Plan, cautions: Sequence[Caution], preparation: Sequence[Part] = (), paper: Paper = PLAIN
) -> Iterator[str]:
    """The HTML page, line by line.

    Args:
        preparation: how the doses are made up, under headings; empty if nothing is known of it.
    """
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("il2calc.format"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["css_text"] = css_text
    report = page(sheet(plan, cautions, preparation))
    pieces = environment.get_template("sheet.html").generate(
        sheet=report,
        widths=widths(_columns_with_entries(report), paper.size),
        paper=paper,
        narrow=Markup(svg.picture(plan, width=NARROW, ids="narrow")),  # noqa: S704 - escapes its own texts
        wide=Markup(svg.picture(plan, width=WIDE, ids="wide")),  # noqa: S704 - the same
    )
    yield from split(pieces)


_TERMINAL_ONLY = ("own", "state")
"""Columns left out of a page: it has all marks in each row, and log data in the columns to sign."""
_SHEET_WIDTHS = {"A4": 170, "letter": 159}
"""The width of a sheet by its size [digits]."""

_PADDING, _PEN, _LONGEST = 1.5, 8, 24
"""Padding of a cell, least width to write in by hand, longest text that is not folded [digits]."""

_LETTER = 0.93
_SCALE = {"number": 1, "day": 1, "date": 1.06, "time": 1.18, "drug": 1.1, "dose": 1, "latest": 1.03}
"""The width of a letter in digits, and of a character in columns that are bold or digits."""

_NIGHT_LINE = "of-Wed-to-Th"
"""The longest line of a time at midnight, which names the days before and after it."""

_UNFOLDED = ("number", "day", "date", "dose", "latest", "given")
_PEN_BY_COLUMN = {"lot": 14, "remarks": 18}
"""Columns whose texts are never folded; columns filled in by hand that are wider than others."""


def widths(columns: Iterable[Column], size: str) -> dict[str, str]:
    """The width of each column in percent of the sheet, so that it is the same in all blocks.

    Each column gets its least width; the rest goes to columns that fold their texts and to those
    filled in by hand. Routes are folded only if the sheet is too narrow otherwise.
    """
    columns = tuple(columns)
    least = {column.kind: _least_width(column, (*_UNFOLDED, "route")) for column in columns}
    if sum(least.values()) > _SHEET_WIDTHS[size]:
        least = {column.kind: _least_width(column, _UNFOLDED) for column in columns}
    wanted = {column.kind: max(least[column.kind], _wanted_width(column)) for column in columns}
    spare = sum(wanted.values()) - sum(least.values())
    share = min(max((_SHEET_WIDTHS[size] - sum(least.values())) / spare, 0), 1) if spare else 0
    digits = {kind: least[kind] + (wanted[kind] - least[kind]) * share for kind in least}
    return {kind: f"{100 * width / sum(digits.values()):.2f}" for kind, width in digits.items()}


def _crowded(report: Sheet, size: str) -> dict[str, str] | None:
    """The widths of columns of a PDF whose texts leave those to sign no place; None otherwise.

    The serifs of a PDF are narrower than the letters of a page, by a twentieth.
    """
    columns = tuple(_columns_with_entries(report))
    least = sum(_least_width(column, _UNFOLDED) for column in columns)
    return widths(columns, size) if least > 1.05 * _SHEET_WIDTHS[size] else None


def _least_width(column: Column, unfolded: Container[str]) -> float:
    """The least width of a column [digits]."""
    texts = column.texts
    if column.kind == "time" and any(text.startswith("00:00") for text in texts):
        texts = (*texts, _NIGHT_LINE)
    words_in_cells = (text.split() if column.kind not in unfolded else [text] for text in texts)
    longest = max((len(word) for cell in words_in_cells for word in cell), default=0)
    head = max(map(len, column.name.split())) * _LETTER
    pen = _PEN if column.to_sign else 0
    return max(min(longest, _LONGEST) * _SCALE.get(column.kind, _LETTER), head, pen) + _PADDING


def _wanted_width(column: Column) -> float:
    """The width that a column would have with room enough [digits]."""
    longest = max(map(len, column.texts), default=0)
    pen = _PEN_BY_COLUMN.get(column.kind, 10) if column.to_sign else 0
    return max(min(longest, _LONGEST) * _SCALE.get(column.kind, _LETTER), pen) + _PADDING


def _columns_with_entries(report: Sheet) -> Iterator[Column]:
    """The columns of a page; those filled in by hand with the texts of a log, too."""
    entries = [entry for group in report.groups for entry in group.entries]
    for column in report.columns:
        texts = {entry.cells[column.kind] for entry in entries} if column.to_sign else ()
        yield replace(column, texts=(*column.texts, *texts))


def page(report: Sheet) -> Sheet:
    """A report as a page to sign, for HTML and PDF.

    The head does not repeat the title, the end does not repeat the disclaimer, columns of the
    terminal are left out, and no line breaks between a number and its unit.
    """
    head = [pair for pair in report.head if pair[0] not in ("regimen", "subject")]
    head += [("change", text) for text in report.log_changes]
    head += [("shown", report.shown)] if report.shown else []
    return replace(
        report,
        changed=glued(report.changed),
        head=tuple((label, glued(text)) for label, text in head),
        cautions=tuple(map(glued, report.cautions)),
        marks=tuple((mark, glued(meaning)) for mark, meaning in report.marks),
        columns=tuple(column for column in report.columns if column.kind not in _TERMINAL_ONLY),
        groups=tuple(
            replace(group, heading=glued(group.heading), entries=tuple(map(_entry, group.entries)))
            for group in report.groups
        ),
        notes=_glued(report.notes, report),
        preparation=_glued(report.preparation, report),
        rests_on=_glued(report.rests_on, report),
    )


def _entry(entry: SheetEntry) -> SheetEntry:
    texts = {kind: glued(entry.cells[kind]) for kind in ("route", "remarks")}
    return replace(entry, cells={**entry.cells, **texts})


def _glued(parts: Iterable[Part], report: Sheet) -> tuple[Part, ...]:
    return tuple(
        (glued(heading), [glued(text) for text in texts if text != report.disclaimer])
        for heading, texts in parts
    )


def css_text(text: str) -> Markup:
    r"""A text as a CSS string, with all characters but letters and digits escaped.

    The escapes of HTML have no effect in a style sheet.

    >>> print(css_text("a<b"))
    "a\00003cb"
    """
    characters = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup(f'"{"".join(characters)}"')  # noqa: S704 - letters, digits and backslashes


def pdf(
    plan: Plan, cautions: Sequence[Caution], preparation: Sequence[Part] = (), paper: Paper = PLAIN
) -> bytes:
    """The PDF, from the same arguments as `html`; the same bytes for the same input.

    Raises:
        Refused: typst is not installed; there are more rows than it can set.
    """
    if (rows := len(schedule_of(plan).shown)) > MOST_ROWS:
        ways = "choose some with --from and --to, or write --format html"
        raise Refused(f"a PDF of {rows:,} rows is more than the {MOST_ROWS:,} it can hold; {ways}")
    report = page(sheet(plan, cautions, preparation))
    data = {
        "sheet": asdict(report),
        "crowded": _crowded(report, paper.size),
        "picture": svg.picture(plan, width=WIDE, ids="picture") if paper.picture else "",
        "letter": paper.size == "letter",
        "foot": paper.foot,
    }
    return _readable_pdf(json.dumps(data, ensure_ascii=False), "sheet.typ")


def pdf_of(parts: Sequence[Part]) -> bytes:
    """Headings and the lines under them as a PDF; the first heading is the title.

    Raises:
        Refused: typst is not installed.
    """
    return _readable_pdf(json.dumps(parts, ensure_ascii=False), "page.typ")


def _readable_pdf(data: str, template: str) -> bytes:
    """A PDF in which every character is visible; PDF/UA-1 allows no missing glyphs."""
    try:
        from typst import TypstError
    except ImportError:
        problem = "a PDF needs typst, which is not installed"
        raise Refused(f"{problem}: pip install 'il2calc[pdf]'") from None
    system_fonts = False
    while True:
        try:
            return _compiled(data, template, system_fonts=system_fonts)
        except TypstError as error:
            if not (missing := _missing_characters(data, error)):
                raise
        if system_fonts:
            data = data.translate(missing)
        system_fonts = True


def _compiled(data: str, name: str, *, system_fonts: bool) -> bytes:
    """The PDF that typst makes of a template and its data."""
    from typst import Compiler, Fonts

    template = files("il2calc.format").joinpath("templates", name).read_bytes()
    fonts = Fonts(include_system_fonts=system_fonts)
    compiler = Compiler(template, font_paths=fonts, sys_inputs={"data": data})
    document = compiler.compile(format="pdf", pdf_standards="ua-1")
    assert isinstance(document, bytes), "one file for all pages, returned and not written to disk"
    return document


def _missing_characters(data: str, error: TypstError) -> dict[int, str]:
    """The characters that the error of typst says no font has, each with its code point."""
    message = "".join(line for line in error.diagnostic.splitlines() if line.startswith("error"))
    return {
        ord(char): f"[U+{ord(char):04X}]"
        for char in set(data)
        if not (char.isascii() or char.isspace())
        and (char in message or f"\\u{{{ord(char):x}}}" in message)
    }
