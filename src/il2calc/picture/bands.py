"""The layout of a picture, for text and SVG: in bands, one below the other like staves.

A band ends between turns wherever it can, and within a turn only if that is wider than a band. A
turn with another condition begins a new band. Many empty columns are drawn in full if they fit, and
otherwise folded into one line that names them. The caller says how long texts are, in cells or in
pixels, and is told what is in each column of a band.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from math import inf
from operator import attrgetter, itemgetter
from typing import NamedTuple

from il2calc.picture.outline import WEEK, Mark, Outline, TurnSpan
from il2calc.plan.administration import grouped

MOST_BANDS = 4  # if days need more, weeks are drawn
_MOST_EMPTY = 14  # more empty columns than this are folded where they do not fit
_MARKED_WEEKS = 4  # every how many weeks the axis of a picture in weeks is marked
ONLY_IF = "only if"  # name of a row of the turns that depend on a condition
BLOCK_DAY = "block day"  # name of the row of days counted in their turns, the longest below a band


class Band(NamedTuple):
    """Columns side by side; folded ones are empty and only named."""

    first: int
    last: int
    folded: bool = False


class Bar(NamedTuple):
    """A turn, or a condition, over some columns, and whether it begins and ends in its band."""

    first: int
    last: int
    text: str
    conditional: bool
    opens: bool = True
    closes: bool = True


class Pen(NamedTuple):
    """The measures of a medium, in cells of text or in pixels."""

    room: int | None  # how long a band may be; None = any length
    widths: Sequence[int]  # of a column, the narrowest first
    day_widths: Sequence[int]  # those of them that days are tried in
    length: Callable[[str], int]  # of a text
    bar_gap: int  # room around a text in a bar
    number_gap: int  # and around the number of a turn over its columns
    text_gap: int  # and after a text under a band


class Layout:
    """The layout of a picture; the columns in a band are counted from its left end.

    Days are drawn if they take few bands, otherwise weeks. Columns are as wide as possible without
    more bands or folds; they are wider only if some number of a turn could not be read otherwise.
    """

    def __init__(self, outline: Outline, pen: Pen) -> None:
        self.pen, self.outline = pen, outline
        self.rooms = {width: pen.room and max(1, pen.room // width) for width in pen.widths}
        choices = ((width, split) for split in (True, False) for width in pen.day_widths)
        suitable = (choice for choice in choices if self._suits_days(*choice))
        width, split = next(suitable, (0, True))
        if not width:
            self.outline, width = outline.in_weeks(), pen.day_widths[-1]
        bands = {size: bands_of(self.outline, self.rooms[size], split=split) for size in pen.widths}
        sizes = [size for size in bands if len(bands[size]) <= len(bands[width])]
        self.size = sizes[0] if pen.room is None else sizes[-1]
        if not self._shows_numbers(self.size):
            most = max(MOST_BANDS, drawn_count(bands[width]))
            few = (size for size in bands if drawn_count(bands[size]) <= most)
            self.size = next(filter(self._shows_numbers, few), self.size)
        self.bands = bands[self.size]
        self._bars = [*_condition_rows(self.outline), *self._turn_rows()]
        self._marks = [lane.marks() for lane in self.outline.lanes]
        self.starts: dict[int, int] = {}  # columns in which turns begin -> depth of the outermost
        self._inner: dict[int, TurnSpan] = {}  # by column; only of blocks without inner blocks
        outer = {turn.path.rpartition(".")[0] for turn in self.outline.turns}
        for turn in sorted(self.outline.turns, key=lambda turn: turn.depth):
            first, last = self.outline.span(turn)
            self.starts.setdefault(first, turn.depth)
            if turn.path not in outer:
                self._inner.update(dict.fromkeys(range(first, last + 1), turn))
        inner = set(self._inner.values())
        # otherwise block days say no more than days of the regimen
        self.shows_block_days = (
            self.outline.column == "day"
            and any(turn.last - turn.first >= WEEK for turn in inner)
            and any(turn.first for turn in inner)
            and not any(map(_overlap, _by_depth(self.outline)))
        )

    def _suits_days(self, width: int, split: bool) -> bool:
        """Whether days take few bands and break no turn; the narrowest width may break one."""
        bands = bands_of(self.outline, self.rooms[width], split=split)
        ends, spans = {band.last for band in bands}, map(self.outline.span, self.outline.turns)
        breaks_turn = any(ends & set(range(first, last)) for first, last in spans)
        few = self.pen.room is None or drawn_count(bands) <= MOST_BANDS
        return few and (width == self.pen.day_widths[-1] or not breaks_turn)

    def _shows_numbers(self, size: int) -> bool:
        numbered = [turn for turn in self.outline.turns if turn.number is not None]
        columns = (last - first + 1 for first, last in map(self.outline.span, numbered))
        lengths = (self.pen.length(str(turn.number)) + self.pen.number_gap for turn in numbered)
        return all(needed <= count * size for needed, count in zip(lengths, columns, strict=True))

    def fits(self, text: str, columns: int) -> bool:
        """Whether a text fits over a number of columns."""
        return self.pen.length(text) + self.pen.bar_gap <= columns * self.size

    def _turn_rows(self) -> Iterator[tuple[str, list[Bar]]]:
        """A row for each depth of blocks.

        Where names do not fit over their columns, or blocks overlap, each block has a row with its
        name, and its bars show only numbers.
        """
        drawn = [band for band in self.bands if not band.folded]
        for turns in _by_depth(self.outline):
            named = _turn_bars(self.outline, ((turn, turn.title) for turn in turns))
            shown = (bar for band in drawn for bar in _bars_within(band, named))
            one_row = len(named) == len(turns) and not _overlap(turns)
            if one_row and all(self.fits(bar.text, bar.last - bar.first + 1) for bar in shown):
                yield "", named
                continue
            for of_block in grouped((turn.path, turn) for turn in turns).values():
                numbered = ((turn, str(turn.number or "")) for turn in of_block)
                yield of_block[0].name, _turn_bars(self.outline, numbered)

    def bars(self, band: Band) -> Iterator[tuple[str, list[Bar]]]:
        """The rows of bars in a band; a row has a name where its bars do not show theirs."""
        for name, bars in self._bars:
            if in_band := list(_bars_within(band, bars)):
                yield name, in_band

    def marks(self, band: Band) -> Iterator[dict[int, Mark]]:
        """The marks of each lane in a band, by column."""
        columns = range(band.first, band.last + 1)
        for marks in self._marks:
            yield {column - band.first: marks[column] for column in columns if column in marks}

    def axis_rows(self, band: Band) -> Iterator[tuple[str, dict[int, str]]]:
        """The rows below a band: a name, and a text for each marked column where there is room."""
        texts = {column: self.axis_texts(column) for column in self.axis_columns(band)}
        longest = {column: max(texts[column][:2], key=len) for column in texts}
        left, fitting = band.first, self._fitting(band, longest)
        yield "day", {column - left: texts[column][0] for column in fitting}
        if self.shows_block_days:
            yield BLOCK_DAY, {column - left: texts[column][1] for column in fitting}
        if self.outline.origin is not None:
            dated = {column for column in fitting if column == left or column in self.starts}
            dates = {column: texts[column][2] for column in texts if column in dated}
            yield "date", {column - left: dates[column] for column in self._fitting(band, dates)}

    def axis_columns(self, band: Band) -> list[int]:
        """The columns of a band to mark: the first, starts of turns (outer first), then steps."""
        starts = [column for column in range(band.first, band.last + 1) if column in self.starts]
        outer_first = sorted(starts, key=self.starts.__getitem__)
        step = WEEK if self.outline.column == "day" else _MARKED_WEEKS
        parts = pairwise([band.first, *starts, band.last + 1])
        steps = (column for part in parts for column in range(*part, step))
        return list(dict.fromkeys([band.first, *outer_first, *steps]))

    def axis_texts(self, column: int) -> tuple[str, str, str]:
        """The number of a column's first day, its number in its turn, and its date; "" for none."""
        outline, turn, date = self.outline, self._inner.get(column), ""
        inner = "" if turn is None else str(outline.number(column - turn.first))
        if outline.origin is not None:
            with suppress(OverflowError):
                date = str(outline.origin + timedelta(outline.first_day(column)))
        return str(outline.number(outline.first_day(column))), inner, date

    def _fitting(self, band: Band, texts: Mapping[int, str]) -> list[int]:
        """The columns whose texts fit beside each other; the first ones have precedence."""
        gap = self.pen.text_gap
        edge = inf if self.pen.room is None else self.pen.room + gap
        taken = [(-inf, 0.0, band.first), (edge, inf, band.last)]  # starts, ends and columns
        for column, text in texts.items():
            start = (column - band.first) * self.size
            end = start + self.pen.length(text) + gap
            index = bisect_left(taken, start, key=itemgetter(0))
            if taken[index - 1][1] <= start and end <= taken[index][0]:
                taken.insert(index, (start, end, column))
        return [column for _, _, column in taken[1:-1]]


def drawn_count(bands: Iterable[Band]) -> int:
    """How many bands are drawn, not folded."""
    return sum(not band.folded for band in bands)


def bands_of(outline: Outline, room: int | None, *, split: bool) -> list[Band]:
    """The bands of an outline, with at most this many columns each; None = any number.

    With `split`, a turn with another condition begins a new band.
    """
    start, end = outline.column_of(outline.first), outline.column_of(outline.last) + 1
    cuts = [start, *(_condition_changes(outline, start) if split else ()), end]
    return list(_filled(outline, room or end - start, pairwise(cuts)))


def _condition_changes(outline: Outline, start: int) -> Iterator[int]:
    """Columns at which a turn with another condition begins and no other turn continues."""
    outer = sorted((turn for turn in outline.turns if turn.depth == 1), key=lambda t: t.first)
    for previous, turn in zip([(), *(turn.only_if for turn in outer)], outer, strict=False):
        column, spans = outline.column_of(turn.first), map(outline.span, outline.turns)
        continues = (first < column <= last for first, last in spans)
        if previous != turn.only_if and column > start and not any(continues):
            yield column


def _filled(outline: Outline, room: int, parts: Iterable[tuple[int, int]]) -> Iterator[Band]:
    """The bands of some parts, each from a column up to and without another."""
    spans = [outline.span(turn) for turn in outline.turns]
    starts = {first for first, _ in spans}
    busy = {column for first, last in spans for column in range(first, last + 1)}
    busy.update(column for lane in outline.lanes for column in (*lane.cells, *lane.running))
    fitting = [(first, last) for first, last in spans if last - first < room]
    breaks = Counter(column for first, last in fitting for column in range(first + 1, last + 1))
    for first, end in parts:
        start = first
        while start < end:
            begin = next(filter(busy.__contains__, range(start, end)), end)
            empty, cuts = begin - start, range(begin + 1, start + room + 1)
            best = min(cuts, key=lambda cut: (breaks[cut], cut not in starts, -cut), default=begin)
            cut = end if end - start <= room else best  # where the next band would best begin
            if empty and (begin == end or empty > min(_MOST_EMPTY, room - 1) or breaks[cut]):
                yield Band(start, begin - 1, folded=True)
                start = begin
                continue
            if cut < end and cut not in busy:  # this rest goes to the next band
                cut = next(column for column in range(cut, begin, -1) if column - 1 in busy)
            yield Band(start, cut - 1)
            start = cut


def _bars_within(band: Band, bars: Sequence[Bar]) -> Iterator[Bar]:
    """The parts of some bars, in order of time, that are in a band."""
    begin = bisect_left(bars, band.first, key=attrgetter("last"))
    end = bisect_right(bars, band.last, key=attrgetter("first"))
    for bar in bars[begin:end]:
        first, last = max(bar.first, band.first), min(bar.last, band.last)
        columns = first - band.first, last - band.first
        yield Bar(*columns, bar.text, bar.conditional, first == bar.first, last == bar.last)


def _condition_rows(outline: Outline) -> Iterator[tuple[str, list[Bar]]]:
    """A row for each condition of turns; adjacent turns share a bar."""
    for number, condition in enumerate(outline.conditions, 1):
        bars: list[Bar] = []
        turns = (turn for turn in outline.turns if condition in turn.only_if)
        for first, last in sorted(map(outline.span, turns)):
            if bars and first <= bars[-1].last + 1:
                bars[-1] = bars[-1]._replace(last=max(bars[-1].last, last))
            else:
                bars.append(Bar(first, last, f"C{number}", conditional=True))
        if bars:
            yield ONLY_IF, bars


def _by_depth(outline: Outline) -> Iterable[list[TurnSpan]]:
    """The turns of each depth, in order of time."""
    turns = sorted(outline.turns, key=lambda turn: (turn.depth, turn.first))
    return grouped((turn.depth, turn) for turn in turns).values()


def _overlap(turns: list[TurnSpan]) -> bool:
    """Whether any of some turns, in order of time, overlap."""
    return any(one.last >= other.first for one, other in pairwise(turns))


def _turn_bars(outline: Outline, named: Iterable[tuple[TurnSpan, str]]) -> list[Bar]:
    """The bars of turns; of turns that begin in the same column, the first is named."""
    bars: list[Bar] = []
    for turn, text in named:
        first, last = outline.span(turn)
        bar = Bar(first, last, text, bool(turn.only_if))
        if bars and bars[-1].first == first:
            previous = bars.pop()
            bar = previous._replace(last=last, conditional=previous.conditional and bar.conditional)
        elif bars and bars[-1].last >= first:
            bars[-1] = bars[-1]._replace(last=first - 1)
        bars.append(bar)
    return bars
