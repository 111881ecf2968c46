"""The shape of a regimen as an SVG picture, for a page or by itself.

A row per drug, a column per day or week, turns above them. The height of a column is the size of
the dose; conditional doses are hatched. Light colours are in attributes, which all renderers know,
dark ones in a style sheet that browsers follow on screens. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from html import escape

from il2calc.picture import timeline
from il2calc.picture.bands import BLOCK_DAY, Band, Bar, Layout, Pen
from il2calc.picture.outline import Mark, of_schedule
from il2calc.plan.schedule import Caution
from il2calc.report import notes, words
from il2calc.report.lines import text_lines, text_width
from il2calc.report.plain_data import Plan, schedule_of

WIDTH = 720  # of a picture by default; this and all that follows in pixels
_NARROW = 480  # below this width names are above their rows
_WIDTHS, _EASY, _LEAST = range(5, 19), 8, 5  # of a column; easily readable; the smallest
_BAR, _LANE, _LINE, _GAP = 16, 20, 15, 6  # heights: bar, largest dose, line of text; between them
_EDGE, _SWATCH, _THIN = 16, 10, 3
TEXT, SMALL = 12, 11  # sizes of text

TONES = {  # on light and on dark paper
    "ink": ("#1a2026", "#e5e9ed"),
    "quiet": ("#525c66", "#a4aeb8"),
    "line": ("#b4bdc6", "#4d5862"),
    "paper": ("#ffffff", "#14181c"),
    "bar": ("#e6ebf0", "#2b333b"),
}
LANES = {  # more lanes begin again with the first: rows tell lanes apart, not colours
    "lane0": ("#1f5f9e", "#7db8f0"),
    "lane1": ("#94480a", "#f0a860"),
    "lane2": ("#2b6b34", "#85c985"),
    "lane3": ("#6b3d99", "#c3a0ee"),
}


def picture(plan: Plan, *, width: int = WIDTH, ids: str = "il2calc") -> str:
    """A finished schedule as one `<svg>` element, to be put into a page.

    Every id in it begins with `ids`. The `width` is 320 or more [px]; a narrow one has more bands.
    """
    return "\n".join(_Picture(plan, width, ids, edge=1).element())


def lines(plan: Plan, cautions: Sequence[Caution] = ()) -> Iterator[str]:
    """A finished schedule as an SVG file, line by line, with its head and a disclaimer."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from _Picture(plan, WIDTH, "il2calc", edge=_EDGE).element(cautions, alone=True)


def _fill_style(name: str) -> str:
    return f'class="{name}" fill="{(TONES | LANES)[name][0]}"'


def _stroke_style(name: str, fill: str = "none") -> str:
    return f'class="{name}-line" stroke="{(TONES | LANES)[name][0]}" fill="{fill}"'


class Canvas:
    """A picture in the making: elements in groups that share attributes, the lowest first."""

    def __init__(self, ids: str) -> None:
        self.ids = ids = escape(ids)
        self.styles = {
            "line": f'{_stroke_style("line")} shape-rendering="crispEdges"',
            "bar": _fill_style("bar"),
            "broken": f'{_stroke_style("quiet")} stroke-dasharray="3 2"',
        }
        for index, lane in enumerate(LANES):
            hatch = _stroke_style(lane, f"url(#{ids}-hatch{index})")
            self.styles[lane] = _fill_style(lane)
            self.styles[f"hatch{index}"] = f'{hatch} transform="translate(0.5 0.5)"'
        self.styles |= {"ink": _fill_style("ink"), "quiet": _fill_style("quiet")}
        self.groups: dict[str, list[str]] = {group: [] for group in self.styles}

    def text(self, x: int, y: int, words: str, tone: str = "ink", size: int = SMALL) -> None:
        """Write a text, given its left end and base line."""
        font_size = "" if size == SMALL else f' font-size="{size}"'
        self.groups[tone].append(f'<text x="{x}" y="{y}"{font_size}>{escape(words)}</text>')

    def line(self, x: int, y: int, to_x: int, to_y: int) -> None:
        """Draw a thin line."""
        self.groups["line"].append(f'<path d="M{x} {y}L{to_x} {to_y}"/>')

    def box(self, x: int, y: int, width: int, height: int, group: str, extra: str = "") -> None:
        """Draw a box in the style of a group."""
        rect = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{extra}/>'
        self.groups[group].append(rect)

    def column(self, x: int, y: int, width: int, height: int, lane: int, hatched: bool) -> None:
        """Draw a column in the colour of a lane, solid or hatched."""
        if hatched:  # its outline adds half its width on each side
            width, height = max(1, width - 1), max(1, height - 1)
        self.box(x, y, width, height, f"{'hatch' if hatched else 'lane'}{lane % len(LANES)}")

    def element(self, width: int, height: int, title: str, desc: str, paper: bool) -> Iterator[str]:
        """The picture as one element, with a description in words and perhaps its own paper."""
        ids, scheme = self.ids, ' style="color-scheme: light dark"' if paper else ""
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{ids}-picture" role="img" '
            f'aria-labelledby="{ids}-title {ids}-desc" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
            f'font-size="{SMALL}"{scheme}>'
        )
        yield f'<title id="{ids}-title">{escape(title)}</title>'
        yield f'<desc id="{ids}-desc">{escape(desc)}</desc>'
        yield "<style>@media screen and (prefers-color-scheme: dark) {"
        for name, (_, dark) in (TONES | LANES).items():  # of this picture, and no other on the page
            yield f"#{ids}-picture .{name} {{ fill: {dark}; }}"
            yield f"#{ids}-picture .{name}-line {{ stroke: {dark}; }}"
        rule = f"#{ids}-picture {{ max-width: 100%; height: auto; }}"  # a page says that itself
        yield f"}}\n@media screen {{ {rule} }}</style>" if paper else "}</style>"
        if hatches := [
            f'<pattern id="{ids}-hatch{index}" patternUnits="userSpaceOnUse" width="3" height="3" '
            f'patternTransform="rotate(45)"><path class="{lane}-line" '
            f'stroke="{LANES[lane][0]}" d="M0 0L0 3"/></pattern>'
            for index, lane in enumerate(LANES)
            if self.groups[f"hatch{index}"]
        ]:
            yield from ("<defs>", *hatches, "</defs>")
        if paper:
            sheet = f'<rect x="0" y="0" width="{width}" height="{height}"/>'
            yield from (f"<g {_fill_style('paper')}>", sheet, "</g>")
        for group, elements in self.groups.items():
            if elements:
                yield from (f"<g {self.styles[group]}>", *elements, "</g>")
        yield "</svg>"


class _Picture:
    """A picture in layout, from top to bottom, with a free edge around it."""

    def __init__(self, plan: Plan, width: int, ids: str, edge: int) -> None:
        self.plan, self.width, self.edge, self.y = plan, width, edge, edge
        self.canvas = Canvas(ids)
        outline = of_schedule(schedule_of(plan))
        labels = timeline.row_labels(outline)
        margin = max((text_width(label, TEXT) for label in labels), default=0)
        self.names_above = width < _NARROW or margin > width * 2 // 5
        self.margin = max(text_width(BLOCK_DAY, SMALL), 0 if self.names_above else margin)
        self.left = edge + self.margin + _GAP
        room = width - edge - self.left
        length = partial(text_width, size=SMALL)
        pen = Pen(room, _WIDTHS, [_EASY, _LEAST], length, bar_gap=_GAP, number_gap=2, text_gap=_GAP)
        self.layout = Layout(outline, pen)
        self.outline, self.size = self.layout.outline, self.layout.size

    def element(self, cautions: Sequence[Caution] = (), *, alone: bool = False) -> Iterator[str]:
        """The picture; standing alone, with head, cautions, its own paper and a disclaimer."""
        if alone:
            caution_lines = (("caution", caution.text) for caution in cautions)
            for label, text in [*notes.head(self.plan), *caution_lines]:
                self._write(f"{label}: ", text)
            self.y += 2 * _GAP
        if self.outline.empty():
            self._write("", timeline.empty_text(self.outline))
        else:
            for band in self.layout.bands:
                self._band(band)
                self.y += 2 * _GAP
            self._legend()
        if alone:
            self.y += _GAP
            self._write("", words.DISCLAIMER)
        regimen, as_of = schedule_of(self.plan).regimen, notes.as_of(self.plan)
        name = f"{regimen.id}, version {regimen.version}: {regimen.title}{as_of}"
        desc = " ".join([*timeline.sentences(self.outline), *timeline.remarks(self.outline)])
        yield from self.canvas.element(self.width, self.y + self.edge, name, desc, alone)

    def _write(
        self, lead: str, text: str, tone: str = "ink", size: int = SMALL, indent: int = 0
    ) -> None:
        left = self.edge + indent
        for line in text_lines(lead, text, size, self.width - self.edge - left):
            self.y += _LINE
            visible = line.lstrip(" ")  # a picture shows no space before a text
            indentation = text_width(line[: -len(visible)], size)
            self.canvas.text(left + indentation, self.y - 4, visible, tone, size)

    def _name(self, name: str, height: int, *, above: bool) -> None:
        """Write a name beside its row, or on a line above if `above` is set or it does not fit."""
        if above or text_width(name, TEXT) > self.margin:
            self._write("", name, size=TEXT)
        else:
            self.canvas.text(self.edge, self.y + height - 4, name, size=TEXT)

    def _band(self, band: Band) -> None:
        if band.folded:
            self._write("", timeline.folded_text(self.outline, band), "quiet")
            return
        for name, bars in self.layout.bars(band):
            if name:
                self._name(name, _BAR, above=False)
            self._bars(bars)
        left, columns = self.left, range(band.last - band.first + 1)
        rows = zip(timeline.lane_names(self.outline), self.layout.marks(band), strict=True)
        for lane, (name, marks) in enumerate(rows):
            self._name(name, _LANE, above=self.names_above)
            self.y += _LANE
            for column in columns:
                x = left + column * self.size
                if column + band.first in self.layout.starts:
                    self.canvas.line(x, self.y - _LANE, x, self.y + _GAP)
                if column in marks:
                    self._mark(marks[column], x, lane)
            self.canvas.line(left, self.y, left + len(columns) * self.size, self.y)
            self.y += _GAP
        for name, texts in self.layout.axis_rows(band):
            self.y += _LINE
            self.canvas.text(self.edge, self.y - 4, name, "quiet")
            for column, text in texts.items():
                self.canvas.text(left + column * self.size, self.y - 4, text, "quiet")

    def _bars(self, bars: Iterable[Bar]) -> None:
        free_from = 0
        for bar in bars:
            x, columns = self.left + bar.first * self.size, bar.last - bar.first + 1
            group = "broken" if bar.conditional else "bar"
            self.canvas.box(x, self.y, columns * self.size - 1, _BAR - 1, group, ' rx="2"')
            x += 4 if self.layout.fits(bar.text, columns) else 2
            end = x + text_width(bar.text, SMALL)
            if bar.text and x >= free_from and end <= self.width - self.edge:
                self.canvas.text(x, self.y + _BAR - 4, bar.text)
                free_from = end + 2  # a text longer than its bar displaces the next one
        self.y += _BAR + 2

    def _mark(self, mark: Mark, x: int, lane: int) -> None:
        """Draw a column as high as its size; a thin bar at half height if an infusion runs on."""
        height, low = _THIN, _LANE // 2 - _THIN
        if mark.size:
            height, low = _LANE * mark.size // mark.sizes, 0
        self.canvas.column(x, self.y - low - height, self.size - 1, height, lane, mark.conditional)

    def _legend(self) -> None:
        indent, step = 0 if self.names_above else self.left - self.edge, _SWATCH + _GAP
        for lane, (name, sizes) in enumerate(timeline.lane_rows({None: self.outline})):
            if sizes:
                self._name(name, _LINE, above=self.names_above)
            for marks, text in sizes:
                x, bottom = self.edge + indent, self.y + _LINE - 3
                self._write("", text, indent=indent + len(marks) * step)
                for index, mark in enumerate(marks):
                    if mark:
                        height, hatched = _SWATCH * mark.size // mark.sizes, mark.conditional
                        corner = x + index * step, bottom - height
                        self.canvas.column(*corner, _SWATCH, height, lane, hatched)
            self.y += _GAP if sizes else 0
        signs = timeline.legend(self.outline)
        if any(runs or conditional for runs, conditional, _ in signs):
            names = ("Solid", "Hatched"), ("Thin bar", "Thin hatched bar")
            key = " ".join(f"{names[runs][hatched]}: {text}." for runs, hatched, text in signs)
            self._write("", key, "quiet")
        for label, meaning in timeline.conditions(self.outline):
            self._write(f"{label}: ", meaning)
        for text in timeline.remarks(self.outline):
            self._write("", text, "quiet")
