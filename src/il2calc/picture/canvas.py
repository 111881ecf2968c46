"""What an SVG picture is drawn with: texts, boxes, lines and columns, in light and dark.

Light colours stand in presentation attributes, which every renderer knows; dark ones in a style
sheet that browsers obey, on screens alone. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Literal, NamedTuple

from rich.cells import cell_len

from il2calc.report.lines import wrapped

Tone = Literal["ink", "quiet", "line", "paper", "bar"]


class Shade(NamedTuple):
    """A colour on light and on dark paper."""

    light: str
    dark: str


TONES: dict[Tone, Shade] = {
    "ink": Shade("#1a2026", "#e5e9ed"),
    "quiet": Shade("#525c66", "#a4aeb8"),
    "line": Shade("#b4bdc6", "#4d5862"),
    "paper": Shade("#ffffff", "#14181c"),
    "bar": Shade("#e6ebf0", "#2b333b"),
}
LANES = (
    Shade("#1f5f9e", "#7db8f0"),
    Shade("#94480a", "#f0a860"),
    Shade("#2b6b34", "#85c985"),
    Shade("#6b3d99", "#c3a0ee"),
)
"""Colours of lanes, again from the first where there are more: rows tell lanes apart, not these."""

TEXT, SMALL = 12, 11
"""Sizes of text [px]."""

_FONT = "Helvetica, Arial, sans-serif"


def length(text: str, size: int) -> int:
    """How long a text is in a common font without serifs, rather more than less [px].

    >>> length("cycle 1", 10)
    37
    """
    return -(-sum(map(_width, text)) * size // 1000)


def _width(character: str) -> int:
    """How wide a character is [per mille of its size]."""
    if cell_len(character) > 1:
        return 1050
    if character in " .,;:'|!()[]/-Iijlfrt":
        return 350
    if character in "mwMW@%&":
        return 980
    return 590 if character.isdecimal() or character.islower() else 760


def broken(lead: str, text: str, size: int, room: int) -> Iterator[str]:
    """A text in lines that fit, its further lines indented; a word longer than a line is broken.

    Args:
        lead: what stands before the text.
        room: how long a line may be [px].
    """
    whole = lead + text
    cells = room * cell_len(whole) // max(1, length(whole, size))
    for line in wrapped(lead, text, cells):
        piece = ""
        for character in line.text:
            if length(piece + character, size) > room:
                yield piece
                piece = ""
            piece += character
        yield piece


class Canvas:
    """A picture in the making.

    Args:
        ids: what every id in it begins with, so that two pictures of a page do not clash.
    """

    def __init__(self, ids: str) -> None:
        self.ids = escape(ids)
        self.lanes = 0
        self._lines: list[str] = []
        self._boxes: dict[bool, list[str]] = {False: [], True: []}
        self._columns: dict[tuple[int, bool], list[str]] = {}
        self._texts: dict[Tone, list[str]] = {"ink": [], "quiet": []}

    def text(self, x: int, y: int, words: str, tone: Tone = "ink", size: int = SMALL) -> None:
        """Write a text from its left end, on its base line."""
        how = "" if size == SMALL else f' font-size="{size}"'
        self._texts[tone].append(f'<text x="{x}" y="{y}"{how}>{escape(words)}</text>')

    def line(self, x: int, y: int, to_x: int, to_y: int) -> None:
        """Draw a thin line."""
        self._lines.append(f'<path d="M{x} {y}L{to_x} {to_y}"/>')

    def box(self, x: int, y: int, width: int, height: int, *, broken: bool = False) -> None:
        """Draw a box behind a text, filled or within a broken line."""
        self._boxes[broken].append(_rect(x, y, width, height, ' rx="2"'))

    def column(
        self, x: int, y: int, width: int, height: int, *, lane: int, hatched: bool = False
    ) -> None:
        """Draw a column in the colour of a lane, solid or hatched."""
        rects = self._columns.setdefault((lane % len(LANES), hatched), [])
        inside = 1 if hatched else 0  # a line lies half on either side of an edge
        rects.append(_rect(x, y, max(1, width - inside), max(1, height - inside)))

    def element(
        self, width: int, height: int, name: str, told: str, *, paper: bool
    ) -> Iterator[str]:
        """The whole picture as one element, line by line.

        Args:
            name: what it is, and `told` what it shows, for those who do not see it.
            paper: whether it brings its own background.
        """
        ids = self.ids
        scheme = ' style="color-scheme: light dark"' if paper else ""
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{ids}-picture" role="img" '
            f'aria-labelledby="{ids}-title {ids}-desc" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{_FONT}" font-size="{SMALL}"{scheme}>'
        )
        yield f'<title id="{ids}-title">{escape(name)}</title>'
        yield f'<desc id="{ids}-desc">{escape(told)}</desc>'
        yield from self._style(paper=paper)
        yield from _group("", self._hatches(), "defs")
        if paper:
            yield from _group(_fill("paper"), [_rect(0, 0, width, height)])
        yield from _group(f'{_stroke("line")} shape-rendering="crispEdges"', self._lines)
        yield from _group(_fill("bar"), self._boxes[False])
        yield from _group(f'{_stroke("quiet")} stroke-dasharray="3 2"', self._boxes[True])
        for (lane, hatched), rects in sorted(self._columns.items()):
            solid = f'class="lane{lane}" fill="{LANES[lane].light}"'
            yield from _group(self._hatched(lane) if hatched else solid, rects)
        for tone, texts in self._texts.items():
            yield from _group(_fill(tone), texts)
        yield "</svg>"

    def _style(self, *, paper: bool) -> Iterator[str]:
        """The dark colours of this picture, and of no other on the page.

        By itself it also shrinks to a narrow screen; within a page that is the page's to say.
        """
        shades = {str(tone): shade.dark for tone, shade in TONES.items()}
        shades |= {f"lane{place}": shade.dark for place, shade in enumerate(LANES)}
        yield "<style>@media screen and (prefers-color-scheme: dark) {"
        for name, dark in shades.items():
            yield f"#{self.ids}-picture .{name} {{ fill: {dark}; }}"
            yield f"#{self.ids}-picture .{name}-line {{ stroke: {dark}; }}"
        fits = f"#{self.ids}-picture {{ max-width: 100%; height: auto; }}"
        yield f"}}\n@media screen {{ {fits} }}</style>" if paper else "}</style>"

    def _hatches(self) -> Iterator[str]:
        for lane in sorted({lane for lane, hatched in self._columns if hatched}):
            yield (
                f'<pattern id="{self.ids}-hatch{lane}" patternUnits="userSpaceOnUse" '
                'width="3" height="3" patternTransform="rotate(45)">'
                f'<path class="lane{lane}-line" stroke="{LANES[lane].light}" d="M0 0L0 3"/>'
                "</pattern>"
            )

    def _hatched(self, lane: int) -> str:
        line = f'class="lane{lane}-line" stroke="{LANES[lane].light}"'
        return f'{line} fill="url(#{self.ids}-hatch{lane})" transform="translate(0.5 0.5)"'


def _fill(tone: Tone) -> str:
    return f'class="{tone}" fill="{TONES[tone].light}"'


def _stroke(tone: Tone) -> str:
    return f'class="{tone}-line" stroke="{TONES[tone].light}" fill="none"'


def _rect(x: int, y: int, width: int, height: int, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{more}/>'


def _group(attributes: str, elements: Iterable[str], tag: str = "g") -> Iterator[str]:
    """Elements that share attributes; nothing where there are none."""
    inside = list(elements)
    if inside:
        yield f"<{tag} {attributes}>".replace(" >", ">")
        yield from inside
        yield f"</{tag}>"
