"""The shape of a regimen as an SVG picture, for a page or by itself.

A row per drug, a column per day or week, turns above them. The height of a column is the size of
the dose; what depends on a condition is hatched. Nothing rests on colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from il2calc.picture import legend
from il2calc.picture.bands import Band, fitted, sized
from il2calc.picture.bars import BLOCK_DAY, Axis, Bars, Row, Ruler, numbers
from il2calc.picture.canvas import SMALL, TEXT, Canvas, Tone, broken, length
from il2calc.picture.lanes import Kind, Lane, height
from il2calc.picture.outline import of_schedule
from il2calc.report import notes, words
from il2calc.report.plain_data import Plan, schedule_of

WIDTH = 720
"""How wide a picture is where nobody says otherwise [px]."""

_NARROW = 480
"""Below this width names stand above what they name [px]."""

_LEAST, _EASY, _MOST = 5, 8, 18
"""How wide a column is: at the least, to be read with ease, at the most [px]."""

_BAR, _LANE, _LINE, _GAP = 16, 20, 15, 6
"""Heights of a bar, of the largest dose, of a line of text, and between them [px]."""

_EDGE, _SWATCH, _THIN = 16, 10, 3


def picture(plan: Plan, *, width: int = WIDTH, ids: str = "il2calc") -> str:
    """A finished schedule as one `<svg>` element, to be put into a page.

    Args:
        width: of the picture [px], 320 or more; a narrow one has more bands.
        ids: what every id in it begins with, so that two pictures of a page do not clash.
    """
    return "\n".join(_Picture(plan, width, ids, edge=1).element())


def lines(plan: Plan) -> Iterator[str]:
    """A finished schedule as an SVG file, line by line, with its head and a disclaimer."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from _Picture(plan, WIDTH, "il2calc", edge=_EDGE).element(alone=True)


class _Place(NamedTuple):
    """Where a column stands, and how wide and high it is [px]."""

    x: int
    bottom: int
    width: int
    high: int


class _Picture:
    """A picture as it is laid out, from top to bottom.

    Args:
        edge: what is left free around it [px].
    """

    def __init__(self, plan: Plan, width: int, ids: str, edge: int) -> None:
        self.plan, self.width, self.edge = plan, width, edge
        schedule = schedule_of(plan)
        self.canvas = Canvas(ids)
        outline_in = partial(of_schedule, schedule)
        by_day = outline_in("day")
        self.names = legend.names(by_day)
        labels = [*self.names, *(each.name for each in by_day.stretches)]
        margin = max(length(label, TEXT) for label in labels)
        least = length(BLOCK_DAY, SMALL)
        self.above = width < _NARROW or margin > width * 2 // 5
        self.margin = least if self.above else max(least, margin)
        self.left = edge + self.margin + _GAP
        self.room = width - edge - self.left
        rooms = {size: max(1, self.room // size) for size in range(_LEAST, _MOST + 1)}
        fit = fitted(outline_in, rooms[_EASY], rooms[_LEAST])
        self.outline = fit.outline
        self.size, self.bands = sized(fit, rooms, self._readable)
        shown = [band for band in self.bands if not band.folded]
        self.bars, self.axis = Bars(self.outline, shown, self._fits), Axis(self.outline)
        self.ruler = Ruler(self.size, lambda text: length(text, SMALL) + _GAP, self.room + _GAP)
        self.y = edge

    def _fits(self, text: str, columns: int) -> bool:
        return length(text, SMALL) + _GAP <= columns * self.size

    def _readable(self, size: int) -> bool:
        told = numbers(self.outline)
        return all(length(number, SMALL) + 2 <= columns * size for number, columns in told)

    def _x(self, band: Band, column: int) -> int:
        return self.left + (column - band.first) * self.size

    def element(self, *, alone: bool = False) -> Iterator[str]:
        """The picture; with its head, its own paper and a disclaimer where it stands alone."""
        if alone:
            for label, text in notes.head(self.plan):
                self._write(f"{label}: ", text)
            self.y += 2 * _GAP
        given = any(lane.cells for lane in self.outline.lanes)
        if not given:
            self._write("", legend.NOTHING)
        for band in self.bands if given else ():
            if band.folded:
                self._write("", legend.folded(self.outline, band), "quiet")
            else:
                self._band(band)
            self.y += 2 * _GAP
        if given:
            self._legend()
        if alone:
            self.y += _GAP
            self._write("", words.DISCLAIMER)
        regimen = schedule_of(self.plan).regimen
        name = f"{regimen.id}, version {regimen.version}: {regimen.title}"
        name += notes.as_of(self.plan)
        told = " ".join([*legend.told(self.outline), *legend.remarks(self.outline)])
        yield from self.canvas.element(self.width, self.y + self.edge, name, told, paper=alone)

    def _write(self, lead: str, text: str, tone: Tone = "ink", left: int | None = None) -> None:
        """A text in as many lines as it takes."""
        left = self.edge if left is None else left
        for line in broken(lead, text, SMALL, self.width - self.edge - left):
            self.y += _LINE
            self.canvas.text(left, self.y - 4, line, tone)

    def _name(self, name: str, height: int, *, above: bool) -> None:
        """A name beside what it names, or on a line above it."""
        if not above:
            self.canvas.text(self.edge, self.y + height - 4, name, size=TEXT)
            return
        for line in broken("", name, TEXT, self.width - 2 * self.edge):
            self.y += _LINE
            self.canvas.text(self.edge, self.y - 4, line, size=TEXT)

    def _band(self, band: Band) -> None:
        for row in self.bars.of(band):
            self._row(row, band)
        for place, (name, lane) in enumerate(zip(self.names, self.outline.lanes, strict=True)):
            self._name(name, _LANE, above=self.above)
            self.y += _LANE
            for column in range(band.first, band.last + 1):
                x = self._x(band, column)
                if column in self.axis.starts:
                    self.canvas.line(x, self.y - _LANE, x, self.y + _GAP)
                self._cell(lane, column, x, place)
            self.canvas.line(self.left, self.y, self._x(band, band.last + 1), self.y)
            self.y += _GAP
        self._axis(band)

    def _row(self, row: Row, band: Band) -> None:
        if row.name:
            self._name(row.name, _BAR, above=length(row.name, TEXT) > self.margin)
        end = 0
        for bar in row.bars:
            x, columns = self._x(band, bar.first), bar.last - bar.first + 1
            self.canvas.box(x, self.y, columns * self.size - 1, _BAR - 1, broken=bar.conditional)
            x += 4 if self._fits(bar.text, columns) else 2
            last = x + length(bar.text, SMALL)
            if bar.text and x >= end and last <= self.width - self.edge:
                self.canvas.text(x, self.y + _BAR - 4, bar.text)
                end = last + 2  # one that is longer than its bar takes the place of the next
        self.y += _BAR + 2

    def _cell(self, lane: Lane, column: int, x: int, place: int) -> None:
        cell, width = lane.cells.get(column), self.size - 1
        if cell is not None:
            high = _LANE * (cell.level + 1) // len(lane.levels)
            firm = 0
            if cell.kind == "mixed":
                share = height(lane.levels, cell.value - cell.conditional)
                firm = int(_LANE * share / len(lane.levels))
            self._column(_Place(x, self.y, width, high), firm, place, cell.kind)
        elif column in lane.running:
            y, hatched = self.y - _LANE // 2, lane.running[column]
            self.canvas.column(x, y, width, _THIN, lane=place, hatched=hatched)

    def _column(self, at: _Place, firm: int, lane: int, kind: Kind) -> None:
        """A column: solid, hatched, or solid up to its firm part and hatched above it."""
        solid = {"firm": at.high, "conditional": 0, "mixed": min(max(firm, 1), at.high - 1)}[kind]
        if solid:
            self.canvas.column(at.x, at.bottom - solid, at.width, solid, lane=lane)
        if rest := at.high - solid:
            self.canvas.column(at.x, at.bottom - at.high, at.width, rest, lane=lane, hatched=True)

    def _axis(self, band: Band) -> None:
        for name, texts in self.axis.rows(band, self.ruler):
            self.canvas.text(self.edge, self.y + _LINE - 4, name, "quiet")
            for at, text in texts.items():
                self.canvas.text(self._x(band, at), self.y + _LINE - 4, text, "quiet")
            self.y += _LINE

    def _legend(self) -> None:
        outline, start = self.outline, self.edge if self.above else self.left
        for place, (name, lane) in enumerate(zip(self.names, outline.lanes, strict=True)):
            if not lane.levels:
                continue
            self._name(name, _LINE, above=self.above)
            for number, told in enumerate(legend.sizes(lane, outline.column), 1):
                top, level = self.y, lane.levels[number - 1]
                used = legend.used([lane])
                x = start + len(used) * (_SWATCH + _GAP)
                self._write("", told, left=x)
                for at, kind in enumerate(used):
                    if kind in level.kinds:
                        high = _SWATCH * number // len(lane.levels)
                        left = start + at * (_SWATCH + _GAP)
                        sample = _Place(left, top + _LINE - 3, _SWATCH, high)
                        self._column(sample, high // 2, place, kind)
            self.y += _GAP
        kinds = legend.kinds(outline)
        if legend.used(outline.lanes) not in ([], ["firm"]):
            told = f"Solid: {kinds['firm']}. Hatched: {kinds['conditional']}."
            self._write("", told, "quiet")
        if legend.runs_on(outline.lanes):
            self._write("", f"Thin bar: {legend.RUNS_ON}.", "quiet")
        for mark, meaning in legend.conditions(outline):
            self._write(f"{mark}: ", meaning)
        for text in legend.remarks(outline):
            self._write("", text, "quiet")
