"""What stands above the lanes of a band, and where its axis is marked: turns, conditions, days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby, pairwise
from typing import NamedTuple

from il2calc.model import log
from il2calc.picture.bands import Band
from il2calc.picture.outline import WEEK, Outline, Stretch

ONLY_IF = "only if"
"""The name of a row that says which columns depend on a condition."""

BLOCK_DAY = "block day"
"""The name of a row of days counted in their turns, the longest name of a row of an axis."""

_WEEKS = 4
"""Every how many weeks the axis of a picture in weeks is marked."""


class Bar(NamedTuple):
    """A turn, or a condition, over the columns of a band.

    Args:
        opens: it begins in this band, and `closes` where it ends in it.
    """

    first: int
    last: int
    text: str
    opens: bool
    closes: bool
    conditional: bool


class Row(NamedTuple):
    """Bars side by side; its name is empty where each bar bears its own."""

    name: str
    bars: tuple[Bar, ...]


class _Span(NamedTuple):
    first: int
    last: int
    text: str
    conditional: bool


class Bars:
    """The rows of bars of a picture: one per condition, then one per depth of blocks.

    Where the names of the blocks of a depth do not fit over their columns, or where blocks lie
    beside each other, each block has a row with its name, and its bars bear numbers alone.

    Args:
        fits: whether a text fits over so many columns.
    """

    def __init__(
        self, outline: Outline, bands: Iterable[Band], fits: Callable[[str, int], bool]
    ) -> None:
        self.outline = outline
        self.rows = [*self._conditions()]
        for depth in sorted({each.depth for each in outline.stretches}):
            stretches = [each for each in outline.stretches if each.depth == depth]
            stretches.sort(key=lambda each: each.first)
            named = self._spans((each, turn_name(each)) for each in stretches)
            shown = [bar for band in bands for bar in _within(band, named)]
            apart = len(named) == len(stretches) and not _overlap(stretches)
            if apart and all(fits(bar.text, bar.last - bar.first + 1) for bar in shown):
                self.rows.append(("", named))
                continue
            for path in dict.fromkeys(each.path for each in stretches):
                own = [each for each in stretches if each.path == path]
                numbered = ((each, str(each.number or "")) for each in own)
                self.rows.append((own[0].name, self._spans(numbered)))

    def of(self, band: Band) -> Iterator[Row]:
        """The rows of a band, without those that have nothing in it."""
        for name, spans in self.rows:
            if bars := tuple(_within(band, spans)):
                yield Row(name, bars)

    def _spans(self, stretches: Iterable[tuple[Stretch, str]]) -> list[_Span]:
        column_of = self.outline.column_of
        spans: list[_Span] = []
        for each, text in stretches:
            first, last = column_of(each.first), column_of(each.last)
            if spans and spans[-1].first == first:  # of turns that begin in one week, the first
                conditional = spans[-1].conditional and bool(each.only_if)
                spans[-1] = spans[-1]._replace(last=last, conditional=conditional)
                continue
            if spans and spans[-1].last >= first:
                spans[-1] = spans[-1]._replace(last=first - 1)
            spans.append(_Span(first, last, text, bool(each.only_if)))
        return spans

    def _conditions(self) -> Iterator[tuple[str, list[_Span]]]:
        for number, condition in enumerate(self.outline.conditions, 1):
            bound = (each for each in self.outline.stretches if condition in each.only_if)
            spans: list[_Span] = []
            for first, last in sorted((each.first, each.last) for each in bound):
                columns = self.outline.column_of(first), self.outline.column_of(last)
                if spans and columns[0] <= spans[-1].last + 1:
                    spans[-1] = spans[-1]._replace(last=max(spans[-1].last, columns[1]))
                else:
                    spans.append(_Span(*columns, f"C{number}", True))
            if spans:
                yield ONLY_IF, spans


def _within(band: Band, spans: Iterable[_Span]) -> Iterator[Bar]:
    """What of some spans lies in a band."""
    for first, last, text, conditional in spans:
        if first <= band.last and last >= band.first:
            low, high = max(first, band.first), min(last, band.last)
            yield Bar(low, high, text, low == first, high == last, conditional)


def _overlap(stretches: list[Stretch]) -> bool:
    """Whether some turns, in the order of time, lie beside each other."""
    return any(one.last >= other.first for one, other in pairwise(stretches))


def turn_name(stretch: Stretch) -> str:
    """A turn by its name and, where its block is repeated, its number."""
    return log.turn_name([(stretch.name, stretch.number)])


def numbers(outline: Outline) -> Iterator[tuple[str, int]]:
    """The number of every turn that has one, and over how many columns it lies."""
    for each in outline.stretches:
        if each.number is not None:
            columns = outline.column_of(each.last) - outline.column_of(each.first) + 1
            yield str(each.number), columns


class Ruler(NamedTuple):
    """Where texts stand under a band, in columns of text or in pixels.

    Args:
        size: how wide a column is.
        length: how long a text is, with the gap behind it.
        room: how long all texts may be, the last with its gap; None = any length.
    """

    size: int
    length: Callable[[str], int]
    room: int | None

    def kept(self, band: Band, texts: Mapping[int, str]) -> list[int]:
        """The columns whose texts fit beside each other, the first of them before the others."""
        taken: list[tuple[int, int]] = []
        kept = []
        for at, text in texts.items():
            start = (at - band.first) * self.size
            end = start + self.length(text)
            inside = self.room is None or end <= self.room
            if inside and all(end <= first or start >= last for first, last in taken):
                taken.append((start, end))
                kept.append(at)
        return sorted(kept)


class Axis:
    """Which columns of a picture bear the number of their day, the most telling first."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.starts: dict[int, int] = {}
        self.turns: dict[int, Stretch] = {}
        outer = {each.path.rpartition(".")[0] for each in outline.stretches}
        for each in sorted(outline.stretches, key=lambda each: each.depth):
            first, last = outline.column_of(each.first), outline.column_of(each.last)
            self.starts.setdefault(first, each.depth)
            if each.path not in outer:
                self.turns.update(dict.fromkeys(range(first, last + 1), each))

    def rows(self, band: Band, ruler: Ruler) -> Iterator[tuple[str, dict[int, str]]]:
        """The rows under a band: a name, and a text for each marked column where there is room."""
        marks = self.marks(band)
        days = {at: (self.day(at), self.block_day(at)) for at in marks}
        kept = ruler.kept(band, {at: max(texts, key=len) for at, texts in days.items()})
        yield "day", {at: days[at][0] for at in kept}
        if self.counts_blocks():
            yield BLOCK_DAY, {at: days[at][1] for at in kept}
        if self.outline.origin is not None:
            wanted = [at for at in marks if at in kept and at in (band.first, *self.starts)]
            dates = {at: self.date(at) for at in wanted}
            yield "date", {at: dates[at] for at in ruler.kept(band, dates)}

    def marks(self, band: Band) -> list[int]:
        """Columns of a band to mark: its first, the turns, outer ones first, then steps of time."""
        columns = range(band.first, band.last + 1)
        starts = [column for column in columns if column in self.starts]
        starts.sort(key=lambda column: self.starts[column])
        step = WEEK if self.outline.column == "day" else _WEEKS
        base, steps = band.first, []
        for column in columns:
            base = column if column in self.starts else base
            if (column - base) % step == 0:
                steps.append(column)
        return list(dict.fromkeys([band.first, *starts, *steps]))

    def day(self, column: int) -> str:
        """The number of the first day of a column."""
        return str(self.outline.number(self.outline.first_day(column)))

    def block_day(self, column: int) -> str:
        """The same, counted in a turn in which no other lies; empty outside of such turns."""
        turn = self.turns.get(column)
        return "" if turn is None else str(self.outline.number(column - turn.first))

    def counts_blocks(self) -> bool:
        """Whether days counted in their turn tell more than days of the regimen do.

        They do where several turns follow one another, some of them longer than a week.
        """
        turns = sorted(self.outline.stretches, key=lambda each: (each.depth, each.first))
        groups = (list(group) for _, group in groupby(turns, key=lambda each: each.depth))
        inner = {(each.first, each.last) for each in self.turns.values()}
        long = any(last - first >= WEEK for first, last in inner)
        moved = any(first for first, _ in inner)
        return self.outline.column == "day" and long and moved and not any(map(_overlap, groups))

    def date(self, column: int) -> str:
        """The date of the first day of a column; empty without dates, or outside the calendar."""
        origin = self.outline.origin
        if origin is None:
            return ""
        place = origin.toordinal() + self.outline.first_day(column)
        inside = date.min.toordinal() <= place <= date.max.toordinal()
        return date.fromordinal(place).isoformat() if inside else ""
