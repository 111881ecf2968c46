"""The printable report of a plan as one HTML file that needs nothing else.

No script and no network: the page says so itself (Content-Security-Policy), and keeps to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from il2calc.picture import svg
from il2calc.plan.schedule import Caution
from il2calc.report import words
from il2calc.report.lines import glued
from il2calc.report.plain_data import Plan
from il2calc.report.sheet import Entry, Part, Sheet, sheet

NARROW, WIDE = 360, 720
"""Widths of the two pictures, for telephones and for everything else [px]."""


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


def lines(
    plan: Plan,
    cautions: Sequence[Caution],
    preparation: Sequence[Part] = (),
    paper: Paper = PLAIN,
) -> Iterator[str]:
    """The page, line by line.

    Args:
        cautions: of the plan.
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
    pieces = environment.get_template("sheet.html").generate(
        sheet=page(sheet(plan, cautions, preparation)),
        paper=paper,
        narrow=Markup(svg.picture(plan, width=NARROW, ids="narrow")),  # noqa: S704 - escapes its own texts
        wide=Markup(svg.picture(plan, width=WIDE, ids="wide")),  # noqa: S704 - the same
    )
    rest = ""
    for piece in pieces:
        *whole, rest = f"{rest}{piece!s}".split("\n")
        yield from whole
    yield rest


_ON_SCREEN = ("own", "state", "reason")
"""Columns of a terminal: a page has all marks in each row, and what a log says where one signs."""


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
