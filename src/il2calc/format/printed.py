"""The printable report of a plan: one HTML file that needs nothing else, and the same as PDF.

The page holds no script and asks no network: it says so itself (Content-Security-Policy), and keeps
to it. The PDF is set by typst, tagged for screen readers (PDF/UA-1), in the fonts that typst brings
along, so that it is the same everywhere. Where a text holds a character that they lack, the fonts
of the machine help out; a character that those lack too is written as its code point, `[U+767D]`,
for nothing of a text may vanish.
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
from il2calc.report.sheet import Column, Entry, Part, Sheet, sheet

if TYPE_CHECKING:
    from typst import TypstError

NARROW, WIDE = 360, 720
"""Widths of the pictures: on telephones, and on everything else [px]."""

MOST_ROWS = 1_500
"""Rows of a PDF at the most: typst takes some 400 MB for them, and several GB for ten thousand."""


class Paper(NamedTuple):
    """What a sheet is printed on, and when.

    Args:
        size: `A4` or `letter`.
        picture: whether the picture is on it.
        printed: date and time of printing, in words; nothing reads a clock here.
    """

    size: str = "A4"
    picture: bool = True
    printed: str = ""

    @property
    def foot(self) -> str:
        """What stands below every page: which program, and when it was printed."""
        return ", ".join(filter(None, (words.PROGRAM, self.printed)))


PLAIN = Paper()
"""A sheet on A4, with its picture, of no known time."""


def html(
    plan: Plan, cautions: Sequence[Caution], preparation: Sequence[Part] = (), paper: Paper = PLAIN
) -> Iterator[str]:
    """The page, line by line.

    Args:
        preparation: how its doses are made up, under headings; empty where nothing is known.
    """
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("il2calc.format"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["css_text"] = css_text
    told = page(sheet(plan, cautions, preparation))
    pieces = environment.get_template("sheet.html").generate(
        sheet=told,
        widths=widths(_as_filled(told), paper.size),
        paper=paper,
        narrow=Markup(svg.picture(plan, width=NARROW, ids="narrow")),  # noqa: S704 - escapes its own texts
        wide=Markup(svg.picture(plan, width=WIDE, ids="wide")),  # noqa: S704 - the same
    )
    yield from split(pieces)


_ON_SCREEN = ("own", "state", "reason")
"""Columns of a terminal: a page has all marks in each row, and what a log says where one signs."""


_ROOM = {"A4": 170, "letter": 159}
"""So many digits stand side by side on a sheet of a size."""

_PADDING, _PEN, _FOLDED = 1.5, 8, 24
"""Room beside a text, the least for a pen [digits], and the longest text that is not folded."""

_LETTER = 0.93
_SIZES = {"number": 1, "day": 1, "date": 1.06, "time": 1.18, "drug": 1.1, "dose": 1, "latest": 1.03}
"""How wide a letter is of a digit, and the signs of columns in bold or of digits."""

_NIGHT = "of-Wed-to-Th"
"""What stands on one line of a time of midnight, which says between which days it lies."""

_WHOLE = ("number", "day", "date", "dose", "latest", "given")
_WISHED = {"lot": 14, "remarks": 18}
"""Columns whose texts are never folded, and those for a pen that are wider than the others."""


def widths(columns: Iterable[Column], size: str) -> dict[str, str]:
    """The share of a sheet's width that each column has [%], so that all blocks have them alike.

    Each has what it cannot do without; what is left over goes to those that fold their texts and
    to those for a pen. A route is folded only where there is no room for it.
    """
    columns = tuple(columns)
    least = {column.kind: _least(column, (*_WHOLE, "route")) for column in columns}
    if sum(least.values()) > _ROOM[size]:
        least = {column.kind: _least(column, _WHOLE) for column in columns}
    wished = {column.kind: max(least[column.kind], _wished(column)) for column in columns}
    over = sum(wished.values()) - sum(least.values())
    share = min(max((_ROOM[size] - sum(least.values())) / over, 0), 1) if over else 0
    found = {kind: least[kind] + (wished[kind] - least[kind]) * share for kind in least}
    return {kind: f"{100 * width / sum(found.values()):.2f}" for kind, width in found.items()}


def _least(column: Column, whole: Container[str]) -> float:
    """What a column cannot do without [digits]."""
    texts = column.texts
    if column.kind == "time" and any(text.startswith("00:00") for text in texts):
        texts = (*texts, _NIGHT)
    words_of = (text.split() if column.kind not in whole else [text] for text in texts)
    longest = max((len(word) for found in words_of for word in found), default=0)
    head = max(map(len, column.name.split())) * _LETTER
    pen = _PEN if column.to_sign else 0
    return max(min(longest, _FOLDED) * _SIZES.get(column.kind, _LETTER), head, pen) + _PADDING


def _wished(column: Column) -> float:
    """What a column would have where there is room [digits]."""
    longest = max(map(len, column.texts), default=0)
    pen = _WISHED.get(column.kind, 10) if column.to_sign else 0
    return max(min(longest, _FOLDED) * _SIZES.get(column.kind, _LETTER), pen) + _PADDING


def _as_filled(told: Sheet) -> Iterator[Column]:
    """The columns of a page; those for a pen with what a log has filled in."""
    entries = [entry for group in told.groups for entry in group.entries]
    for column in told.columns:
        texts = {entry.cells[column.kind] for entry in entries} if column.to_sign else ()
        yield replace(column, texts=(*column.texts, *texts))


def page(told: Sheet) -> Sheet:
    """A report as a page to sign has it, for HTML and PDF alike.

    What the title says is not said again in the head, nor the disclaimer at the end; the columns
    are those that a pen goes on with; and no line breaks between a number and its unit.
    """
    head = [pair for pair in told.head if pair[0] not in ("regimen", "subject")]
    head += [("change", text) for text in told.logged]
    head += [("shown", told.shown)] if told.shown else []
    return replace(
        told,
        changed=glued(told.changed),
        head=tuple((label, glued(text)) for label, text in head),
        cautions=tuple(map(glued, told.cautions)),
        marks=tuple((mark, glued(meaning)) for mark, meaning in told.marks),
        columns=tuple(each for each in told.columns if each.kind not in _ON_SCREEN),
        groups=tuple(
            replace(each, heading=glued(each.heading), entries=tuple(map(_entry, each.entries)))
            for each in told.groups
        ),
        notes=_glued(told.notes, told),
        preparation=_glued(told.preparation, told),
        rests_on=_glued(told.rests_on, told),
    )


def _entry(entry: Entry) -> Entry:
    texts = {kind: glued(entry.cells[kind]) for kind in ("route", "remarks")}
    texts["time"] = entry.cells["night"] or entry.cells["time"]
    return replace(entry, cells={**entry.cells, **texts})


def _glued(parts: Iterable[Part], told: Sheet) -> tuple[Part, ...]:
    return tuple(
        (glued(heading), [glued(text) for text in texts if text != told.disclaimer])
        for heading, texts in parts
    )


def css_text(text: str) -> Markup:
    r"""A text as a string of a style sheet, in which no character but letters and digits acts.

    HTML's own escapes are not read within a style sheet.

    >>> print(css_text("a<b"))
    "a\00003cb"
    """
    plain = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup(f'"{"".join(plain)}"')  # noqa: S704 - letters, digits and backslashes


def pdf(
    plan: Plan, cautions: Sequence[Caution], preparation: Sequence[Part] = (), paper: Paper = PLAIN
) -> bytes:
    """The PDF; the same bytes for the same input.

    Args:
        preparation: how its doses are made up, under headings; empty where nothing is known.

    Raises:
        Refused: typst is not installed; more rows than it can set.
    """
    if (rows := len(schedule_of(plan).shown)) > MOST_ROWS:
        ways = "choose some with --from and --to, or write --format html"
        raise Refused(f"a PDF of {rows:,} rows is more than the {MOST_ROWS:,} it can hold; {ways}")
    data = {
        "sheet": asdict(page(sheet(plan, cautions, preparation))),
        "picture": svg.picture(plan, width=WIDE, ids="picture") if paper.picture else "",
        "letter": paper.size == "letter",
        "foot": paper.foot,
    }
    return _visible(json.dumps(data, ensure_ascii=False), "sheet.typ")


def pdf_of(parts: Sequence[Part]) -> bytes:
    """Headings and the lines under them as a PDF, the first one its title.

    Raises:
        Refused: typst is not installed.
    """
    return _visible(json.dumps(parts, ensure_ascii=False), "page.typ")


def _visible(data: str, template: str) -> bytes:
    """The PDF of this data in which every character can be seen; PDF/UA-1 refuses any other."""
    try:
        from typst import TypstError
    except ImportError:
        problem = "a PDF needs typst, which is not installed"
        raise Refused(f"{problem}: pip install 'il2calc[pdf]'") from None
    machine = False
    while True:
        try:
            return _set(data, template, machine=machine)
        except TypstError as error:
            if not (lacking := _lacking(data, error)):
                raise
        if machine:
            data = data.translate(lacking)
        machine = True


def _set(data: str, name: str, *, machine: bool) -> bytes:
    """The PDF of this data, in the fonts of the machine too where they are needed."""
    from typst import Compiler, Fonts

    template = files("il2calc.format").joinpath("templates", name).read_bytes()
    fonts = Fonts(include_system_fonts=machine)
    compiler = Compiler(template, font_paths=fonts, sys_inputs={"data": data})
    made = compiler.compile(format="pdf", pdf_standards="ua-1")
    assert isinstance(made, bytes), "one file for all pages, and not written to a disk"
    return made


def _lacking(data: str, error: TypstError) -> dict[int, str]:
    """The characters that no font shows, as typst names them; each with its code point."""
    told = "".join(line for line in error.diagnostic.splitlines() if line.startswith("error"))
    return {
        ord(char): f"[U+{ord(char):04X}]"
        for char in set(data)
        if not (char.isascii() or char.isspace())
        and (char in told or f"\\u{{{ord(char):x}}}" in told)
    }
