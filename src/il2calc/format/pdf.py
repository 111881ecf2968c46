"""The printable report of a plan as PDF, by typst: tagged for screen readers (PDF/UA-1).

It is set in the fonts that typst brings along, so that it is the same everywhere. Where a text
holds a character that they lack, the fonts of the machine help out; a character that those lack
too is written as its code point, `[U+767D]`, for nothing of a text may vanish.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING

from il2calc.errors import Refused
from il2calc.format.html import PLAIN, Paper, page
from il2calc.picture import svg
from il2calc.plan.schedule import Caution
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.sheet import Part, sheet

if TYPE_CHECKING:
    from typst import TypstError

WIDTH = 720
"""Width of the picture [px]."""

MOST_ROWS = 1_500
"""Rows of a PDF at the most: typst takes some 400 MB for them, and several GB for ten thousand."""


def document(
    plan: Plan,
    cautions: Sequence[Caution],
    preparation: Sequence[Part] = (),
    paper: Paper = PLAIN,
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
        "picture": svg.picture(plan, width=WIDTH, ids="picture") if paper.picture else "",
        "letter": paper.size == "letter",
        "foot": paper.foot,
    }
    return _visible(json.dumps(data, ensure_ascii=False), "sheet.typ")


def page_of(parts: Sequence[Part]) -> bytes:
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
