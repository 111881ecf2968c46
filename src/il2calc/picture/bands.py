"""How the columns of a picture are broken into bands, like staves of music.

A band ends between turns wherever it can, and within one only where the turn is wider than a band.
What depends on another condition begins a band of its own. A long stretch in which nothing lies is
drawn as wide as it is or, where it does not fit, folded into one line that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from il2calc.picture.outline import Column, Outline

MOST_BANDS = 4
"""Bands of days beyond which a picture is drawn in weeks."""

_FOLDED = 14
"""Empty columns beyond which they are folded where they do not fit."""


class Band(NamedTuple):
    """Columns that stand side by side; folded ones hold nothing and are only named."""

    first: int
    last: int
    folded: bool = False


class Bands(NamedTuple):
    """An outline broken into bands.

    Args:
        apart: what depends on another condition begins a band of its own.
    """

    outline: Outline
    bands: tuple[Band, ...]
    apart: bool


def fitted(outline_in: Callable[[Column], Outline], *rooms: int | None) -> Bands:
    """Which columns, in which bands, show a regimen best?

    Days where they take few bands, else weeks.

    Args:
        outline_in: the outline in columns of days or of weeks.
        rooms: how many columns fit side by side, None = any number; a later one is tried where
            days would take many bands, or a turn more than one, in those before it.
    """
    by_day = outline_in("day")
    for apart in (True, False):
        for room in rooms:
            bands = banded(by_day, room, apart=apart)
            few = room is None or drawn(bands) <= MOST_BANDS
            if few and (room == rooms[-1] or _whole(by_day, bands)):
                return Bands(by_day, bands, apart)
    by_week = outline_in("week")
    return Bands(by_week, banded(by_week, rooms[-1], apart=True), apart=True)


def sized(
    fit: Bands, rooms: Mapping[int, int], readable: Callable[[int], bool]
) -> tuple[int, tuple[Band, ...]]:
    """How wide a column is drawn, and the bands that this takes.

    As wide as goes without more bands or folds; wider only where no number could be read else.

    Args:
        rooms: by how wide a column is drawn, how many of them fit; the narrowest first.
        readable: whether the numbers of turns can be read over columns of this width.
    """
    found = {size: banded(fit.outline, room, apart=fit.apart) for size, room in rooms.items()}
    best = max(size for size, bands in found.items() if len(bands) <= len(fit.bands))
    wider = (size for size in found if readable(size) and drawn(found[size]) <= MOST_BANDS)
    size = best if readable(best) else next(wider, best)
    return size, found[size]


def _whole(outline: Outline, bands: Sequence[Band]) -> bool:
    """Whether no turn goes on from one band to the next."""
    ends = {band.last for band in bands}
    turns = ((outline.column_of(s.first), outline.column_of(s.last)) for s in outline.stretches)
    return not any(ends & set(range(first, last)) for first, last in turns)


def drawn(bands: Sequence[Band]) -> int:
    """How many bands are drawn and not folded."""
    return sum(not band.folded for band in bands)


def banded(outline: Outline, room: int | None, *, apart: bool) -> tuple[Band, ...]:
    """The bands of an outline.

    Args:
        room: how many columns fit side by side; None = any number.
        apart: let what depends on another condition begin a band of its own.
    """
    ground = _Ground(outline, room)
    firsts = [ground.first, *(ground.changes() if apart else ())]
    lasts = [*(first - 1 for first in firsts[1:]), ground.last]
    return tuple(band for each in zip(firsts, lasts, strict=True) for band in ground.fill(*each))


class _Ground:
    """Where a picture may be broken."""

    def __init__(self, outline: Outline, room: int | None) -> None:
        self.outline = outline
        self.first, self.last = (outline.column_of(day) for day in (outline.first, outline.last))
        self.room = room or self.last - self.first + 1
        spans = [(outline.column_of(s.first), outline.column_of(s.last)) for s in outline.stretches]
        self.starts = {first for first, _ in spans}
        self.crossed = self._counted((first + 1, last) for first, last in spans)
        self.broken = self._counted(
            (first + 1, last) for first, last in spans if last - first < self.room
        )
        cells = (
            (column, column) for lane in outline.lanes for column in (*lane.cells, *lane.running)
        )
        self.busy = self._counted([*spans, *cells])

    def _counted(self, spans: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> list[int]:
        """How many spans lie over each column."""
        steps = [0] * (self.last - self.first + 2)
        for first, last in spans:
            steps[first - self.first] += 1
            steps[last - self.first + 1] -= 1
        return list(accumulate(steps))

    def changes(self) -> Iterator[int]:
        """Columns at which something begins that depends on another condition, all else ended."""
        conditions: tuple[str, ...] = ()
        for stretch in sorted(self.outline.stretches, key=lambda each: (each.first, each.depth)):
            column = self.outline.column_of(stretch.first)
            if stretch.depth == 1 and stretch.only_if != conditions:
                conditions = stretch.only_if
                if column > self.first and not self.crossed[column - self.first]:
                    yield column

    def fill(self, start: int, last: int) -> Iterator[Band]:
        """Bands for the columns from one to another."""
        while start <= last:
            begin = self._next(start, last)
            end = self._end(start, begin, last)
            rest = begin - start
            most = min(_FOLDED, self.room - 1)
            if rest and (begin > last or rest > most or self._breaks(end)):
                yield Band(start, begin - 1, folded=True)
                start = begin
                continue
            if end <= last and self._next(end, last) > end:  # this rest goes to the next band
                end = next(at for at in range(end, begin, -1) if self._busy(at - 1))
            yield Band(start, end - 1)
            start = end

    def _end(self, start: int, begin: int, last: int) -> int:
        """Where the band after this one would best begin."""
        if last - start < self.room:
            return last + 1
        return min(
            range(begin + 1, start + self.room + 1),
            key=lambda at: (self._breaks(at), at not in self.starts, -at),
            default=begin,
        )

    def _breaks(self, column: int) -> int:
        """How many turns that would fit into a band a break before a column breaks."""
        return self.broken[column - self.first]

    def _next(self, column: int, last: int) -> int:
        """The first column from here on in which something lies; the one after the last if none."""
        return next((at for at in range(column, last + 1) if self._busy(at)), last + 1)

    def _busy(self, column: int) -> bool:
        return self.busy[column - self.first] > 0
