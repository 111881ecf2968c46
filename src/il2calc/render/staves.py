"""The bands of a picture as lines of text, one under the other like staves of music.

Nothing rests on colour. What depends on a condition is drawn in signs of its own, under a bar that
bears the mark of the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from rich.cells import cell_len

from il2calc.lanes import Kind, Lane
from il2calc.outline import Column, Outline
from il2calc.render import legend
from il2calc.render.bands import Band, Bands, fitted, sized
from il2calc.render.bars import BLOCK_DAY, Axis, Bar, Bars, Row, Ruler, numbers
from il2calc.render.lines import Line, Style, padded, wrapped

NARROWEST = 40
"""Columns of text that a picture takes at the least."""

_WIDEST_COLUMN = 3


class Signs(NamedTuple):
    """What a picture is drawn with; the signs of sizes of dose by how many sizes there are."""

    firm: tuple[str, ...]
    conditional: tuple[str, ...]
    mixed: tuple[str, ...]
    runs_on: str
    nothing: str
    opens: str
    line: str
    closes: str

    def of(self, kind: Kind) -> tuple[str, ...]:
        """The signs of a kind of column."""
        return {"firm": self.firm, "conditional": self.conditional, "mixed": self.mixed}[kind]


UNICODE = Signs(
    firm=("", "█", "▒█", "░▒█", "░▒▓█"),
    conditional=("", "○", "◦○", "◦○◉", "◦○◎◉"),
    mixed=("", "◑", "◔◑", "◔◑◕", "◔◑◕●"),
    runs_on="━",
    nothing="·",
    opens="├",
    line="─",
    closes="┤",
)
ASCII = Signs(
    firm=("", "#", "+#", ":+#", ".:+#"),
    conditional=("", "O", "oO", "oO@", ",oO@"),
    mixed=("", "X", "xX", "xX%", "xX%&"),
    runs_on="~",
    nothing="_",
    opens="|",
    line="-",
    closes="|",
)


def margin(names: list[str], width: int | None) -> int:
    """How much room names need before what they name; longer ones stand above it."""
    needed = [cell_len(name) + 2 for name in names]
    most = max(needed) if width is None else max(width, NARROWEST) * 2 // 5
    return max(filter(lambda each: each <= most, needed), default=2)


class Staves:
    """The bands of an outline as lines of text.

    Args:
        outline_in: the outline in columns of days or of weeks.
        width: columns of text to keep within; None = as wide as it wants to be.
    """

    def __init__(
        self, outline_in: Callable[[Column], Outline], width: int | None, signs: Signs
    ) -> None:
        self.signs, self.width = signs, width
        by_day = outline_in("day")
        self.names = legend.names(by_day)
        labels = [*self.names, *(each.name for each in by_day.stretches), BLOCK_DAY]
        self.margin = margin(labels, width)
        self.room = None if width is None else max(width, NARROWEST) - self.margin
        fit = fitted(outline_in, self.room)
        self.outline = fit.outline
        self.size, self.bands = self._sized(fit)
        shown = [band for band in self.bands if not band.folded]
        self.bars = Bars(self.outline, shown, self._fits)
        self.axis = Axis(self.outline)
        room = None if self.room is None else self.room + 1
        self.ruler = Ruler(self.size, lambda text: len(text) + 1, room)

    def _fits(self, text: str, columns: int) -> bool:
        return cell_len(text) + 2 <= columns * self.size

    def _sized(self, fit: Bands) -> tuple[int, tuple[Band, ...]]:
        sizes = range(1, _WIDEST_COLUMN + 1)
        if self.room is None:
            return next(filter(self._readable, sizes), 1), fit.bands
        return sized(fit, {size: self.room // size for size in sizes}, self._readable)

    def _readable(self, size: int) -> bool:
        """Whether the number of every turn fits over its columns, with a gap before the next."""
        return all(cell_len(number) < columns * size for number, columns in numbers(self.outline))

    def lines(self) -> Iterator[Line]:
        """Every band, with an empty line before it."""
        for band in self.bands:
            yield Line("")
            if band.folded:
                yield from wrapped("", legend.folded(self.outline, band), self.width)
                continue
            for row in self.bars.of(band):
                yield from self._line(row.name, self._bars(row, band), "label")
            for name, lane in zip(self.names, self.outline.lanes, strict=True):
                cells = (self._cell(lane, at) for at in range(band.first, band.last + 1))
                yield from self._line(name, "".join(cells))
            for name, texts in self.axis.rows(band, self.ruler):
                yield from self._line(name, self._marked(band, texts))

    def _line(self, name: str, text: str, style: Style = "") -> Iterator[Line]:
        if cell_len(name) + 2 > self.margin:
            yield from wrapped("", name, self.width, style)
            name = ""
        yield Line((padded(name, self.margin) + text).rstrip(), style)

    def _cell(self, lane: Lane, column: int) -> str:
        cell = lane.cells.get(column)
        if cell is not None:
            sign = self.signs.of(cell.kind)[len(lane.levels)][cell.level]
        elif column in lane.running:
            sign = self.signs.runs_on
        else:
            return self.signs.nothing.ljust(self.size)
        return (sign * max(1, self.size - 1)).ljust(self.size)  # a gap, so that days can be counted

    def _bars(self, row: Row, band: Band) -> str:
        line = ""
        for bar in row.bars:
            line = padded(line, (bar.first - band.first) * self.size)
            line += self._bar(bar, after_number=line[-1:].isalnum())
        return line

    def _bar(self, bar: Bar, *, after_number: bool) -> str:
        """A bar with its text in it, or without it where it is too narrow."""
        signs, width = self.signs, (bar.last - bar.first + 1) * self.size
        opens = signs.opens if bar.opens else signs.line
        closes = signs.closes if bar.closes else signs.line
        text = f" {bar.text} " if bar.text and cell_len(bar.text) + 4 <= width else bar.text
        if cell_len(text) + 2 <= width:
            return opens + text + signs.line * (width - cell_len(text) - 2) + closes
        if cell_len(text) < width:
            return opens + padded(text, width - 1)
        if cell_len(text) == width and not after_number:
            return text
        return (opens + signs.line * (width - 1))[:width]

    def _marked(self, band: Band, texts: Mapping[int, str]) -> str:
        """Texts, each from its column on."""
        line = ""
        for at, text in texts.items():
            line = padded(line, (at - band.first) * self.size) + text
        return line
