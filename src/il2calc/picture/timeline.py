"""The bands of a picture as lines of text, one under the other like staves of music.

Nothing rests on colour. What depends on a condition is drawn in signs of its own, under a bar that
bears the mark of the condition.

The shape of a regimen as text: a row per drug, a column per day or week, turns above them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from rich.cells import cell_len

from il2calc.model.regimen import Regimen
from il2calc.picture import legend
from il2calc.picture.bands import Band, Bands, fitted, sized
from il2calc.picture.bars import BLOCK_DAY, Axis, Bar, Bars, Row, Ruler, numbers
from il2calc.picture.lanes import Kind, Lane
from il2calc.picture.outline import Column, Outline, of_regimen, of_schedule
from il2calc.report import notes, words
from il2calc.report.lines import Line, Style, padded, wrapped
from il2calc.report.plain_data import Plan, schedule_of

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


_ROOM_FOR_SIZES = 45
"""Columns of text that a size of dose needs, with its signs, so as not to be broken too often."""

OutlineIn = Callable[[Column], Outline]


def lines(plan: Plan, width: int | None, *, unicode: bool = True) -> Iterator[Line]:
    """A finished schedule as a picture: what it is above it, what it means below.

    Args:
        width: columns to keep within; None = as wide as it wants to be.
        unicode: whether more than ASCII may be drawn.
    """
    for label, text in notes.head(plan):
        yield from wrapped(f"{label:<8} ", text, width)
    signs = UNICODE if unicode else ASCII
    yield from _drawn({None: partial(of_schedule, schedule_of(plan))}, width, signs)
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


def shape(
    regimen: Regimen, arm: str | None, width: int | None, *, unicode: bool = True
) -> Iterator[Line]:
    """A regimen without a patient as a picture, in the amounts that it prescribes.

    Args:
        arm: one of its arms. None = its default arm or, where it has none, every arm, those
            that look alike together.
        width: columns to keep within; None = as wide as it wants to be.
        unicode: whether more than ASCII may be drawn.
    """
    for label, text in _head(regimen, arm):
        yield from wrapped(f"{label:<8} ", text, width)
    one = arm or regimen.default_arm
    arms: list[str | None] = [one] if one or not regimen.arms else [*regimen.arms]
    alike: dict[object, dict[str | None, OutlineIn]] = {}
    for each in arms:
        by_day = of_regimen(regimen, each)
        outline_in = partial(_outline_in, regimen, each)
        alike.setdefault(_drawing(by_day), {})[each] = outline_in
    for group in alike.values():
        if len(arms) > 1:
            yield Line("")
            listed = words.listed([str(each) for each in group])
            yield from wrapped("", f"Arm{'s' if len(group) > 1 else ''} {listed}", width, "heading")
        yield from _drawn(group, width, UNICODE if unicode else ASCII)
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


def _head(regimen: Regimen, arm: str | None) -> Iterator[tuple[str, str]]:
    yield "regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}"
    yield "file", notes.file_line(regimen)
    yield "program", words.PROGRAM
    if used := arm or regimen.default_arm:
        default = "" if arm else " (the file's default)"
        yield "arm", f"{used}{default}: {regimen.arms[used].text}"
    for setting in regimen.settings:
        yield "set", setting.in_safe_style()


def _outline_in(regimen: Regimen, arm: str | None, column: Column) -> Outline:
    return of_regimen(regimen, arm, column=column)


def _drawing(outline: Outline) -> object:
    """All that is seen of an outline in its picture, the amounts in its legend aside."""
    lanes = zip(legend.names(outline), outline.lanes, strict=True)
    return (
        outline.first,
        outline.last,
        outline.stretches,
        outline.begins,
        tuple(
            (name, lane.at_most, lane.only_if, _cells(lane), tuple(lane.running))
            for name, lane in lanes
        ),
    )


def _cells(lane: Lane) -> tuple[tuple[int, int, Kind], ...]:
    return tuple((at, cell.level, cell.kind) for at, cell in lane.cells.items())


def _drawn(
    outlines_in: Mapping[str | None, OutlineIn], width: int | None, signs: Signs
) -> Iterator[Line]:
    """The picture that some arms share, and what it means in each of them."""
    first, *others = outlines_in.values()
    if not any(lane.cells for lane in first("day").lanes):
        yield Line("")
        yield Line(legend.NOTHING)
        return
    staves = Staves(first, width, signs)
    yield from staves.lines()
    outlines = [staves.outline, *(other(staves.outline.column) for other in others)]
    yield Line("")
    yield from _legend(dict(zip(outlines_in, outlines, strict=True)), signs, width)


def _legend(
    outlines: Mapping[str | None, Outline], signs: Signs, width: int | None
) -> Iterator[Line]:
    outline = next(iter(outlines.values()))
    most = max(len(lane.levels) for lane in outline.lanes)
    meanings = legend.kinds(outline)
    key = [f"{signs.of(kind)[most]} = {meanings[kind]}" for kind in legend.used(outline.lanes)]
    if legend.runs_on(outline.lanes):
        key.append(f"{signs.runs_on} = {legend.RUNS_ON}")
    yield from wrapped("", ", ".join([*key, f"{signs.nothing} = nothing"]), width)
    names = legend.names(outline)
    room = margin(names, width)
    room = room if width is None or width - room >= _ROOM_FOR_SIZES else 2
    for place, name in enumerate(names):
        if not outline.lanes[place].levels:
            continue
        lead = padded(name, room)
        if cell_len(lead) > room:
            yield from wrapped("", name, width)
            lead = " " * room
        lanes = {arm: each.lanes[place] for arm, each in outlines.items()}
        for sign, told in _sizes(lanes, outline.column, signs):
            yield from wrapped(lead + sign, told, width)
            lead = " " * room
    yield Line("")
    for mark, meaning in legend.conditions(outline):
        yield from wrapped(f"{mark:<3} ", meaning, width)
    for text in legend.remarks(outline):
        yield from wrapped("", text, width)


def _sizes(
    lanes: Mapping[str | None, Lane], column: Column, signs: Signs
) -> Iterator[tuple[str, str]]:
    """Each size of dose of a lane: its signs, and what it is, by arm where the arms differ."""
    lane = next(iter(lanes.values()))
    texts = {arm: legend.sizes(each, column) for arm, each in lanes.items()}
    for place, level in enumerate(lane.levels):
        sign = "".join(
            f"{signs.of(kind)[len(lane.levels)][place] if kind in level.kinds else ' '} "
            for kind in legend.used([lane])
        )
        here = {arm: each[place] for arm, each in texts.items()}
        told = next(iter(here.values()))
        if len(set(here.values())) > 1:
            told = "; ".join(f"{text} in {arm}" for arm, text in here.items())
        yield f"{sign} ", told
