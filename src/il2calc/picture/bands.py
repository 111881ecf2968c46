"""How a picture is laid out, as text and as SVG alike: in bands, one under the other like staves.

A band ends between turns wherever it can, and within one only where the turn is wider than a band.
What depends on another condition begins a band of its own. A long stretch in which nothing lies is
drawn as wide as it is or, where it does not fit, folded into one line that names it. Whoever draws
says how long texts are, in cells or in pixels, and is told what stands in each column of a band.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple

from il2calc.picture.outline import WEEK, Mark, Outline, OutlineIn, Stretch

MOST_BANDS = 4  # of days; where they take more, weeks are drawn
_FOLDED = 14  # empty columns beyond which they are folded where they do not fit
_WEEKS = 4  # every how many weeks the axis of a picture in weeks is marked
ONLY_IF = "only if"  # the name of a row that says which columns depend on a condition
BLOCK_DAY = "block day"  # and of one of days counted in their turns, the longest of an axis


class Band(NamedTuple):
    """Columns that stand side by side; folded ones hold nothing and are only named."""

    first: int
    last: int
    folded: bool = False


class Bar(NamedTuple):
    """A turn, or a condition, over some columns; whether it begins and ends in its band."""

    first: int
    last: int
    text: str
    conditional: bool
    opens: bool = True
    closes: bool = True


class Pen(NamedTuple):
    """What a picture is written with, in cells of text or in pixels."""

    room: int | None  # how long a band may be; None = any length
    widths: Sequence[int]  # of a column, the narrowest first
    tried: Sequence[int]  # those of them that days are tried in
    length: Callable[[str], int]  # of a text
    in_bar: int  # what a text needs besides in a bar
    by_number: int  # and the number of a turn over its columns
    by_mark: int  # and a text under a band


class Layout:
    """A picture laid out; columns of what stands in a band are counted from its left end.

    Days are drawn where they take few bands, else weeks; columns as wide as goes without more
    bands or folds, and wider only where no number could be read else.
    """

    def __init__(self, outline_in: OutlineIn, pen: Pen) -> None:
        self.pen, self.outline = pen, outline_in("day")
        self.rooms = {width: pen.room and max(1, pen.room // width) for width in pen.widths}
        ways = ((width, apart) for apart in (True, False) for width in pen.tried)
        width, apart = next((way for way in ways if self._shows(*way)), (0, True))
        if not width:
            self.outline, width = outline_in("week"), pen.tried[-1]
        found = {size: banded(self.outline, self.rooms[size], apart=apart) for size in pen.widths}
        same = [size for size, bands in found.items() if len(bands) <= len(found[width])]
        self.size = same[0] if pen.room is None else same[-1]
        if not self._readable(self.size):
            most = max(MOST_BANDS, drawn(found[width]))
            wider = (size for size in found if self._readable(size) and drawn(found[size]) <= most)
            self.size = next(wider, self.size)
        self.bands = found[self.size]
        self._bars = [*_conditions(self.outline), *self._turns()]
        self.starts: dict[int, int] = {}  # where turns begin, with the depth of the outermost
        self._inner: dict[int, Stretch] = {}  # the turn in each column in which no other lies
        outer = {turn.path.rpartition(".")[0] for turn in self.outline.stretches}
        for turn in sorted(self.outline.stretches, key=lambda turn: turn.depth):
            first, last = self.outline.span(turn)
            self.starts.setdefault(first, turn.depth)
            if turn.path not in outer:
                self._inner.update(dict.fromkeys(range(first, last + 1), turn))
        inner = set(self._inner.values())
        # else days counted in their turn tell no more than days of the regimen do
        self.counts_blocks = (
            self.outline.column == "day"
            and any(turn.last - turn.first >= WEEK for turn in inner)
            and any(turn.first for turn in inner)
            and not any(map(_overlap, _by_depth(self.outline)))
        )

    def _shows(self, width: int, apart: bool) -> bool:
        """Whether days take few bands and, unless there is no other width to try, break no turn."""
        bands = banded(self.outline, self.rooms[width], apart=apart)
        ends, spans = {band.last for band in bands}, map(self.outline.span, self.outline.stretches)
        broken = any(ends & set(range(first, last)) for first, last in spans)
        few = self.pen.room is None or drawn(bands) <= MOST_BANDS
        return few and (width == self.pen.tried[-1] or not broken)

    def _readable(self, size: int) -> bool:
        """Whether the number of every turn fits over its columns."""
        numbered = [turn for turn in self.outline.stretches if turn.number is not None]
        columns = (last - first + 1 for first, last in map(self.outline.span, numbered))
        needed = (self.pen.length(str(turn.number)) + self.pen.by_number for turn in numbered)
        return all(room <= count * size for room, count in zip(needed, columns, strict=True))

    def fits(self, text: str, columns: int) -> bool:
        """Whether a text fits over so many columns."""
        return self.pen.length(text) + self.pen.in_bar <= columns * self.size

    def _turns(self) -> Iterator[tuple[str, list[Bar]]]:
        """A row for each depth of blocks.

        Where names do not fit over their columns, or blocks lie beside each other, each block has a
        row with its name, and its bars bear numbers alone.
        """
        for turns in _by_depth(self.outline):
            named = _joined(self.outline, ((turn, turn.title) for turn in turns))
            shown = (bar for band in self.bands if not band.folded for bar in _within(band, named))
            alone = len(named) == len(turns) and not _overlap(turns)
            if alone and all(self.fits(bar.text, bar.last - bar.first + 1) for bar in shown):
                yield "", named
                continue
            for path in dict.fromkeys(turn.path for turn in turns):
                own = [turn for turn in turns if turn.path == path]
                numbered = ((turn, str(turn.number or "")) for turn in own)
                yield own[0].name, _joined(self.outline, numbered)

    def bars(self, band: Band) -> Iterator[tuple[str, list[Bar]]]:
        """The rows of bars of a band, which have a name where their bars do not bear their own."""
        for name, bars in self._bars:
            if inside := list(_within(band, bars)):
                yield name, inside

    def marks(self, band: Band) -> Iterator[dict[int, Mark]]:
        """What the columns of a band bear in each lane."""
        for lane in self.outline.lanes:
            marks = {}
            for at in range(band.first, band.last + 1):
                if at in lane.cells:
                    marks[at - band.first] = lane.cells[at].mark
                elif at in lane.running:
                    marks[at - band.first] = Mark(lane.running[at])
            yield marks

    def under(self, band: Band) -> Iterator[tuple[str, dict[int, str]]]:
        """The rows under a band: a name, and a text for each marked column where there is room."""
        marks, left = {at: self.texts(at) for at in self.marked(band)}, band.first
        kept = self._kept(band, {at: max(texts[:2], key=len) for at, texts in marks.items()})
        yield "day", {at - left: marks[at][0] for at in kept}
        if self.counts_blocks:
            yield BLOCK_DAY, {at - left: marks[at][1] for at in kept}
        if self.outline.origin is not None:
            dated = {at for at in kept if at == left or at in self.starts}
            dates = {at: texts[2] for at, texts in marks.items() if at in dated}
            yield "date", {at - left: dates[at] for at in self._kept(band, dates)}

    def marked(self, band: Band) -> list[int]:
        """Columns of a band to mark: its first, the turns, outer ones first, then steps of time."""
        columns, steps, base = range(band.first, band.last + 1), [], band.first
        starts = sorted(filter(self.starts.get, columns), key=self.starts.__getitem__)
        for at in columns:
            base = at if at in self.starts else base
            if (at - base) % (WEEK if self.outline.column == "day" else _WEEKS) == 0:
                steps.append(at)
        return list(dict.fromkeys([band.first, *starts, *steps]))

    def texts(self, column: int) -> tuple[str, str, str]:
        """The number of a column's first day, that in its turn, and its date; empty for none."""
        outline, turn, date = self.outline, self._inner.get(column), ""
        inner = "" if turn is None else str(outline.number(column - turn.first))
        if outline.origin is not None:
            with suppress(OverflowError):
                date = str(outline.origin + timedelta(outline.first_day(column)))
        return str(outline.number(outline.first_day(column))), inner, date

    def _kept(self, band: Band, texts: Mapping[int, str]) -> list[int]:
        """The columns whose texts fit beside each other, the first of them before the others."""
        gap, taken = self.pen.by_mark, list[tuple[int, int, int]]()  # from where to where, and what
        for at, text in texts.items():
            start = (at - band.first) * self.size
            end = start + self.pen.length(text) + gap
            inside = self.pen.room is None or end <= self.pen.room + gap
            place = bisect_left(taken, start, key=itemgetter(0))
            before, after = taken[max(place - 1, 0) : place], taken[place : place + 1]
            free = all(last <= start for _, last, _ in before) and all(
                end <= one[0] for one in after
            )
            if inside and free:
                taken.insert(place, (start, end, at))
        return [at for _, _, at in taken]


def drawn(bands: Iterable[Band]) -> int:
    """How many bands are drawn and not folded."""
    return sum(not band.folded for band in bands)


def banded(outline: Outline, room: int | None, *, apart: bool) -> list[Band]:
    """The bands of an outline in which so many columns fit side by side, None = any number.

    Where it is to be apart, what depends on another condition begins a band of its own.
    """
    start, last = outline.column_of(outline.first), outline.column_of(outline.last)
    firsts = [start, *(_changes(outline, start) if apart else ())]
    lasts = [*(first - 1 for first in firsts[1:]), last]
    fill = _filler(outline, room or last - start + 1)
    return [band for ends in zip(firsts, lasts, strict=True) for band in fill(*ends)]


def _changes(outline: Outline, start: int) -> Iterator[int]:
    """Columns at which something begins that depends on another condition, all else ended."""
    outer = sorted((turn for turn in outline.stretches if turn.depth == 1), key=lambda t: t.first)
    for before, turn in zip([(), *(turn.only_if for turn in outer)], outer, strict=False):
        column, spans = outline.column_of(turn.first), map(outline.span, outline.stretches)
        crossed = (first < column <= last for first, last in spans)
        if before != turn.only_if and column > start and not any(crossed):
            yield column


def _filler(outline: Outline, room: int) -> Callable[[int, int], Iterator[Band]]:
    """How the columns from one to another are filled with bands."""
    spans = [outline.span(turn) for turn in outline.stretches]
    starts = {first for first, _ in spans}
    busy = {at for first, last in spans for at in range(first, last + 1)}
    busy.update(at for lane in outline.lanes for at in (*lane.cells, *lane.running))
    fitting = [(first, last) for first, last in spans if last - first < room]
    breaks = Counter(at for first, last in fitting for at in range(first + 1, last + 1))

    def following(column: int, last: int) -> int:
        """The first column from here on in which something lies; the one after the last if none."""
        return next((at for at in range(column, last + 1) if at in busy), last + 1)

    def fill(start: int, last: int) -> Iterator[Band]:
        while start <= last:
            begin = following(start, last)
            rest, ends = begin - start, range(begin + 1, start + room + 1)
            best = min(ends, key=lambda at: (breaks[at], at not in starts, -at), default=begin)
            end = last + 1 if last - start < room else best  # where the next band would best begin
            if rest and (begin > last or rest > min(_FOLDED, room - 1) or breaks[end]):
                yield Band(start, begin - 1, folded=True)
                start = begin
                continue
            if end <= last and following(end, last) > end:  # this rest goes to the next band
                end = next(at for at in range(end, begin, -1) if at - 1 in busy)
            yield Band(start, end - 1)
            start = end

    return fill


def _within(band: Band, bars: Sequence[Bar]) -> Iterator[Bar]:
    """What of some bars, one after the other, lies in a band."""
    begin = bisect_left(bars, band.first, key=attrgetter("last"))
    end = bisect_right(bars, band.last, key=attrgetter("first"))
    for bar in bars[begin:end]:
        first, last = max(bar.first, band.first), min(bar.last, band.last)
        columns = first - band.first, last - band.first
        yield Bar(*columns, bar.text, bar.conditional, first == bar.first, last == bar.last)


def _conditions(outline: Outline) -> Iterator[tuple[str, list[Bar]]]:
    """A row for each condition that binds turns; those that touch share a bar."""
    for number, condition in enumerate(outline.conditions, 1):
        bars: list[Bar] = []
        bound = (turn for turn in outline.stretches if condition in turn.only_if)
        for first, last in sorted(map(outline.span, bound)):
            if bars and first <= bars[-1].last + 1:
                bars[-1] = bars[-1]._replace(last=max(bars[-1].last, last))
            else:
                bars.append(Bar(first, last, f"C{number}", conditional=True))
        if bars:
            yield ONLY_IF, bars


def _by_depth(outline: Outline) -> Iterator[list[Stretch]]:
    """The turns of each depth in the order of time."""
    turns = sorted(outline.stretches, key=lambda turn: (turn.depth, turn.first))
    for _, group in groupby(turns, lambda turn: turn.depth):
        yield list(group)


def _overlap(turns: list[Stretch]) -> bool:
    """Whether some turns, in the order of time, lie beside each other."""
    return any(one.last >= other.first for one, other in pairwise(turns))


def _joined(outline: Outline, named: Iterable[tuple[Stretch, str]]) -> list[Bar]:
    """The bars of turns; of those that begin in one week, the first is named."""
    bars: list[Bar] = []
    for turn, text in named:
        first, last = outline.span(turn)
        bar = Bar(first, last, text, bool(turn.only_if))
        if bars and bars[-1].first == first:
            before = bars.pop()
            bar = before._replace(last=last, conditional=before.conditional and bar.conditional)
        elif bars and bars[-1].last >= first:
            bars[-1] = bars[-1]._replace(last=first - 1)
        bars.append(bar)
    return bars
