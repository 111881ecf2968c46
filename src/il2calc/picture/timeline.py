"""The shape of a regimen as text: a row per drug, a column per day or week, turns above them.

Nothing rests on colour. What is conditional has signs of its own, under the mark of its condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from il2calc.model.regimen import Regimen
from il2calc.picture import legend
from il2calc.picture.bands import BLOCK_DAY, Band, Bar, Layout, Pen
from il2calc.picture.outline import MOST_SIZES, Mark, Outline, OutlineIn, of_regimen, of_schedule
from il2calc.plan.schedule import Caution
from il2calc.report import notes, words
from il2calc.report.lines import Line, Style, padded, width_of, wrapped
from il2calc.report.plain_data import Plan, schedule_of

NARROWEST = 40  # columns of text that a picture takes at the least
_ROOM_FOR_SIZES = 45  # and that a size of dose needs, so as not to be broken too often


class Signs(NamedTuple):
    """What a picture is drawn with: of each pair the first is firm, the other conditional."""

    sizes: tuple[str, str]  # of dose, from the smallest; where a drug has fewer, the last of them
    runs_on: tuple[str, str]
    nothing: str
    opens: str
    line: str
    closes: str

    def of(self, mark: Mark) -> str:
        """The sign of a mark."""
        if mark.size == 0:
            return self.runs_on[mark.conditional]
        return self.sizes[mark.conditional][MOST_SIZES - 1 + mark.size - mark.sizes]


UNICODE = Signs(("░▒█", "◦○◉"), ("━", "╍"), nothing="·", opens="├", line="─", closes="┤")
ASCII = Signs((":+#", "oO@"), ("~", "?"), nothing="_", opens="|", line="-", closes="|")


def margin(names: list[str], width: int | None) -> int:
    """How much room names need before what they name; longer ones stand above it."""
    needed = [width_of(name) + 2 for name in names]
    most = max(needed) if width is None else max(width, NARROWEST) * 2 // 5
    return max(filter(lambda room: room <= most, needed), default=2)


def lines(
    plan: Plan, width: int | None, cautions: Sequence[Caution] = (), *, unicode: bool = True
) -> Iterator[Line]:
    """A finished schedule as a picture: what it is above it, what it means below."""
    picture = Picture(partial(of_schedule, schedule_of(plan)), width, UNICODE if unicode else ASCII)
    told = (("caution", caution.text) for caution in cautions)
    yield from _sheet([*notes.head(plan), *told], [{None: picture}], width)


def shape(
    regimen: Regimen, arm: str | None, width: int | None, *, unicode: bool = True
) -> Iterator[Line]:
    """A regimen without a patient as a picture, in the amounts that it prescribes.

    Without an arm, in its default arm or in every arm, those that look alike together.
    """
    one = arm or regimen.default_arm
    head = [("regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}")]
    head.append(("file", notes.origin_line(regimen.origin)))
    head.append(("program", words.PROGRAM))
    if one:
        default = "" if arm else " (the file's default)"
        head.append(("arm", f"{one}{default}: {regimen.arms[one].text}"))
    head += [("set", setting.in_safe_style()) for setting in regimen.settings]
    alike: dict[object, dict[str | None, Picture]] = {}
    for name in [one] if one or not regimen.arms else regimen.arms:
        picture = Picture(partial(of_regimen, regimen, name), width, UNICODE if unicode else ASCII)
        alike.setdefault((*picture.lines(), *picture.notes()), {})[name] = picture
    yield from _sheet(head, [*alike.values()], width)


def _sheet(
    head: Iterable[tuple[str, str]], groups: list[dict[str | None, Picture]], width: int | None
) -> Iterator[Line]:
    """A head, each picture with what it means in each of the arms that share it, a disclaimer."""
    for label, text in head:
        yield from wrapped(f"{label:<8} ", text, width)
    for group in groups:
        if sum(map(len, groups)) > 1:
            listed = words.listed([str(name) for name in group])
            yield Line("")
            yield from wrapped("", f"Arm{'s' if len(group) > 1 else ''} {listed}", width, "heading")
        picture = next(iter(group.values()))
        yield from picture.lines()
        if not picture.outline.empty():
            yield from picture.sizes({arm: other.outline for arm, other in group.items()})
            yield Line("")
            yield from picture.notes()
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


class Picture:
    """An outline as lines of text."""

    def __init__(self, outline_in: OutlineIn, width: int | None, signs: Signs) -> None:
        self.signs, self.width = signs, width
        self.margin = margin([*legend.labels(outline_in("day")), BLOCK_DAY], width)
        room = None if width is None else max(width, NARROWEST) - self.margin
        pen = Pen(room, range(1, 4), [1], width_of, in_bar=2, by_number=1, by_mark=1)
        self.layout = Layout(outline_in, pen)
        self.outline, self.size = self.layout.outline, self.layout.size
        self.names = legend.names(self.outline)

    def lines(self) -> Iterator[Line]:
        """Every band, with an empty line before it."""
        if self.outline.empty():
            yield from (Line(""), Line(legend.nothing(self.outline)))
            return
        for band in self.layout.bands:
            yield from (Line(""), *self._band(band))

    def _band(self, band: Band) -> Iterator[Line]:
        if band.folded:
            yield from wrapped("", legend.folded(self.outline, band), self.width)
            return
        nothing = self.signs.nothing
        for name, bars in self.layout.bars(band):
            yield from self._line(name, _in_columns(self._bars(bars)), "label")
        for name, marks in zip(self.names, self.layout.marks(band), strict=True):
            signs = (
                self.signs.of(marks[at]) * max(1, self.size - 1) if at in marks else nothing
                for at in range(band.last - band.first + 1)
            )  # with a gap, so that days can be counted
            yield from self._line(name, "".join(sign.ljust(self.size) for sign in signs))
        for name, texts in self.layout.under(band):
            columns = ((at * self.size, text) for at, text in texts.items())
            yield from self._line(name, _in_columns(columns))

    def _line(self, name: str, text: str, style: Style = "") -> Iterator[Line]:
        if width_of(name) + 2 > self.margin:
            yield from wrapped("", name, self.width, style)
            name = ""
        yield Line((padded(name, self.margin) + text).rstrip(), style)

    def _bars(self, bars: Iterable[Bar]) -> Iterator[tuple[int, str]]:
        """Bars, each with the column of text in which it begins."""
        end, text = 0, ""
        for bar in bars:
            begin = bar.first * self.size
            text = self._bar(bar, after_number=begin == end and text[-1:].isalnum())
            yield begin, text
            end = begin + width_of(text)

    def _bar(self, bar: Bar, *, after_number: bool) -> str:
        """A bar with its text in it, or without it where it is too narrow."""
        signs, width = self.signs, (bar.last - bar.first + 1) * self.size
        opens = signs.opens if bar.opens else signs.line
        closes = signs.closes if bar.closes else signs.line
        text = f" {bar.text} " if bar.text and width_of(bar.text) + 4 <= width else bar.text
        if width_of(text) + 2 <= width:
            return opens + text + signs.line * (width - width_of(text) - 2) + closes
        if width_of(text) < width:
            return opens + padded(text, width - 1)
        if width_of(text) == width and not after_number:
            return text
        return (opens + signs.line * (width - 1))[:width]

    def sizes(self, outlines: Mapping[str | None, Outline]) -> Iterator[Line]:
        """What its signs say, in each of some arms."""
        signs, lanes = self.signs, self.outline.lanes
        most = max(cell.mark.sizes for lane in lanes for cell in lane.cells.values())
        key = [
            f"{signs.runs_on[kind] if runs else signs.sizes[kind][-most:]} = {text}"
            for runs, kind, text in legend.key(self.outline)
        ]
        yield Line("")
        yield from wrapped("", ", ".join([*key, f"{signs.nothing} = nothing"]), self.width)
        room = margin(self.names, self.width)
        room = room if self.width is None or self.width - room >= _ROOM_FOR_SIZES else 2
        for name, sizes in legend.rows(outlines):
            lead = padded(name, room)
            if sizes and width_of(lead) > room:
                yield from wrapped("", name, self.width)
                lead = " " * room
            for marks, text in sizes:
                lead += "".join(f"{signs.of(mark) if mark else ' '} " for mark in marks)
                yield from wrapped(f"{lead} ", text, self.width)
                lead = " " * room

    def notes(self) -> Iterator[Line]:
        """What else its reader must know."""
        for mark, meaning in legend.conditions(self.outline):
            yield from wrapped(f"{mark:<3} ", meaning, self.width)
        for text in legend.remarks(self.outline):
            yield from wrapped("", text, self.width)


def _in_columns(texts: Iterable[tuple[int, str]]) -> str:
    """A line with each text in its column, or right after that before, if there is no room."""
    end, line = 0, list[str]()
    for column, text in texts:
        line += " " * (column - end), text
        end = max(end, column) + width_of(text)
    return "".join(line)
