"""The printable sheet of a schedule as one HTML file that needs nothing else.

No script and no network: the page says so itself (Content-Security-Policy), and keeps to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from il2calc.picture import svg
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report.sheet import Part, sheet

NARROW, WIDE = 360, 720
"""Widths of the two pictures, for telephones and for everything else [px]."""


def lines(
    schedule: Schedule, cautions: Sequence[Caution], preparation: Sequence[Part] = ()
) -> Iterator[str]:
    """The page, line by line.

    Args:
        cautions: of the schedule.
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
        sheet=sheet(schedule, cautions, preparation),
        narrow=Markup(svg.picture(schedule, width=NARROW, ids="narrow")),  # noqa: S704 - escapes its own texts
        wide=Markup(svg.picture(schedule, width=WIDE, ids="wide")),  # noqa: S704 - the same
    )
    rest = ""
    for piece in pieces:
        *whole, rest = f"{rest}{piece!s}".split("\n")
        yield from whole
    yield rest


def css_text(text: str) -> Markup:
    r"""A text as a string of a style sheet, in which no character but letters and digits acts.

    HTML's own escapes are not read within a style sheet.

    >>> print(css_text("a<b"))
    "a\00003cb"
    """
    plain = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup(f'"{"".join(plain)}"')  # noqa: S704 - letters, digits and backslashes
