"""Days and lengths: at which times of a day a dose is due, and how long the turns of a block last.

Plain arithmetic, in minutes within a day and in days from day 1 of the regimen (offset 0). The
caller picks the shortest or the longest end of all ranges of `rest` and `every`, so that each pick
is one plain calendar.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from il2calc.model.effects import Chain, turn_name
from il2calc.model.regimen import At, Block, Dose, offset_of
from il2calc.units import CENTURY, EXACT, MINUTES, Quantity, Span

Pick = Literal["earliest", "latest", "later"]
"""Which end of each range; `later` is the latest, a minimum (`at least`) taken a century longer."""

DAY = MINUTES["days"]
"""Minutes in a day [min]."""

DEFAULT_START = 8 * 60
"""The start time of every day if none is given, after midnight [min]."""


def clock(minute: int) -> str:
    """A clock time from minutes after a midnight.

    >>> clock(485)
    '08:05'
    """
    return f"{minute % DAY // 60:02d}:{minute % 60:02d}"


def duration(minutes: int) -> str:
    """A length of time (negative: earlier), in hours if it is whole hours, else in minutes.

    >>> duration(240), duration(-30)
    ('4 hours', '-30 minutes')
    """
    return lasting(minutes, ("hours", "minutes"))


def lasting(length: int, units: Iterable[str] = ("days", "hours", "minutes")) -> str:
    """A length of time [min] in the first unit that it is a whole number of.

    >>> lasting(480), lasting(1440)
    ('8 hours', '1 day')
    """
    unit = next(name for name in units if length % MINUTES[name] == 0)
    count = length // MINUTES[unit]
    return f"{count} {unit.removesuffix('s') if abs(count) == 1 else unit}"


def minutes_between(one: datetime, other: datetime) -> int:
    """Elapsed time from one moment to another [min], clock changes of a time zone included."""
    return int((in_real_time(other) - in_real_time(one)).total_seconds()) // 60


def in_real_time(when: datetime) -> datetime:
    """A moment to sort and to count by; those of one zone are compared by the clock alone."""
    return when if when.tzinfo is None else when.astimezone(UTC)


def to_minutes(span: Span | None, pick: Pick) -> int:
    """The picked end of a duration [min]; 0 for None."""
    if span is None:
        return 0
    if pick == "later" and span.at_least:
        return span.longest + CENTURY
    return span.shortest if pick == "earliest" else span.longest


def starts(dose: Dose, pick: Pick = "earliest") -> tuple[int, ...]:
    """When the administrations of one listed day begin, after its first possible moment [min].

    Clock times are counted from the earliest of them, all else from the start time, because block
    lengths must not depend on the hour at which a ward starts its day.
    """
    if dose.repeat is not None:
        first, step = _first_offset(dose, pick), to_minutes(dose.repeat.every, pick)
        return tuple(first + step * index for index in range(dose.repeat.count or 1))
    if dose.at is None:
        return (0,)
    base = min(dose.at.minutes) if dose.at.kind == "clock" else 0
    return tuple(minute - base for minute in _minutes(dose.at, pick))


def moments(dose: Dose, start: int, pick: Pick = "earliest") -> tuple[int, ...]:
    """When the administrations of one listed day begin, after midnight of that day [min].

    Args:
        start: the start time of every day, after midnight [min].
    """
    base = min(dose.at.minutes) if dose.at is not None and dose.at.kind == "clock" else start
    return tuple(base + minute for minute in starts(dose, pick))


def anchors(dose: Dose, start: int) -> tuple[int, ...]:
    """The time that each of `moments`, at its earliest, is counted from, after midnight [min].

    Elapsed hours are counted from it: those of a repeat from its first administration (without its
    offset), an offset from the start time of its day. Times set by a clock or a day are their own.
    """
    minutes = moments(dose, start)
    if dose.repeat is not None and to_minutes(dose.repeat.every, "earliest") % DAY:
        return (minutes[0] - _first_offset(dose, "earliest"),) * len(minutes)
    if dose.at is not None and dose.at.kind == "offset":
        offsets = dose.at.minutes[:1] * len(minutes) if dose.repeat else dose.at.minutes
        return tuple(minute - offset for minute, offset in zip(minutes, offsets, strict=True))
    return minutes


def days_spanned(dose: Dose, pick: Pick = "earliest") -> int:
    """How many planned days the administrations of one listed day take, that day included.

    floor(last start / 24 h) + 1; for an infusion ceil(latest end / 24 h); at least 1.
    """
    if (repeat := dose.repeat) is not None and repeat.count:
        last = _first_offset(dose, pick) + (repeat.count - 1) * to_minutes(repeat.every, pick)
    else:
        last = max(starts(dose, pick))
    if dose.over is not None:
        return max(1, -(-(last + dose.over.longest) // DAY))
    return max(1, last // DAY + 1)


def _first_offset(dose: Dose, pick: Pick) -> int:
    """When the first dose of a repeat begins, after the start time [min]; 0 for a clock time."""
    return _minutes(dose.at, pick)[0] if dose.at and dose.at.kind == "offset" else 0


def _minutes(at: At, pick: Pick) -> tuple[int, ...]:
    """The times of a day at their earliest, or else at their latest [min]."""
    return at.minutes if pick == "earliest" else at.latest_minutes


def equal_runs(minutes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Split moments in the order of time [min] where the interval changes: index, count, interval.

    Two at the same moment never make a run; a moment alone has the interval 0.

    >>> list(equal_runs([0, 480, 960, 2880]))
    [(0, 3, 480), (3, 1, 0)]
    """
    start = 0
    while start < len(minutes):
        end = start + 1
        step = minutes[end] - minutes[start] if end < len(minutes) else 0
        while step and end < len(minutes) and minutes[end] - minutes[end - 1] == step:
            end += 1
        yield start, end - start, step
        start = end


def per_listed_day(dose: Dose) -> int:
    """How many administrations begin on each listed day."""
    if dose.repeat is not None:
        return dose.repeat.count or 1
    return len(dose.at.minutes) if dose.at else 1


def doses_a_day(dose: Dose) -> int:
    """How many administrations share an amount per day."""
    if dose.repeat is not None and dose.repeat.every is not None:
        return DAY // dose.repeat.every.shortest or 1
    return per_listed_day(dose)


def infusion_minutes(dose: Dose, amount: Quantity) -> int | None:
    """How long a rate (per hour, or per day of an infusion of several days) is given [min].

    None if it is no rate: any other amount per day is divided over the day's administrations.
    """
    if dose.over is None:
        return None
    is_rate = amount.per_hour or (amount.per_day and dose.over.longest > DAY)
    return dose.over.shortest if is_rate else None


def single_amount(dose: Dose, amount: Quantity) -> Quantity:
    """The amount of one administration: no longer per day or hour, still per kg or m2."""
    value = amount.value
    if (minutes := infusion_minutes(dose, amount)) is not None:
        product = EXACT.multiply(value, Decimal(minutes))
        value = EXACT.divide(product, Decimal(DAY if amount.per_day else 60))
    elif amount.per_day:
        value = EXACT.divide(value, Decimal(doses_a_day(dose)))
    return amount._replace(value=value, per_day=False, per_hour=False)


MOST_ADMINISTRATIONS = 100_000
"""A regimen that would give more is refused before it is expanded."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One turn of one block in the calendar.

    Args:
        start: days from day 1 of the regimen to day 1 of the turn.
        length: how long the turn lasts [days].
        planned: how many days its doses and inner blocks take [days].
        counted: its number among the turns that share a `count_as`, if it has one.
    """

    block: Block
    number: int
    start: int
    length: int
    planned: int
    outer: Turn | None
    counted: int | None = None

    def chain(self) -> tuple[Turn, ...]:
        """The turns around this one, outermost first, and itself; not the regimen as a whole."""
        above = self.outer.chain() if self.outer else ()
        return (*above, self) if self.block.name else above

    @property
    def named(self) -> tuple[str, int | None]:
        """What people call it: its block and, if that is repeated, its number."""
        if self.block.count_as is not None:
            return self.block.count_as, self.counted
        return self.block.name, self.number if self.block.repeat else None

    def name(self) -> str:
        """The turn and those around it as people read them, as in `course 1, cycle 2`.

        Those around a turn with a `count_as` are left out: its number is already unique.
        """
        chain = self.chain()
        counted = [index for index, turn in enumerate(chain) if turn.block.count_as is not None]
        return turn_name(turn.named for turn in chain[counted[-1] if counted else 0 :])


def chain_of(turn: Turn) -> Chain:
    """The names and numbers of a turn and those around it, outermost first."""
    return tuple((link.block.name, link.number) for link in turn.chain())


def is_open(block: Block, arm: str | None) -> bool:
    """Whether a block, or one within it, is open-ended in an arm."""
    return any(map(uncounted, block.in_arm(arm)))


def uncounted(part: Block | Dose) -> bool:
    """Whether a block or dose is repeated without a count."""
    return part.repeat is not None and part.repeat.count is None


def turns_of(block: Block, counts: Mapping[str, int]) -> int:
    """How many turns of a block are given: the chosen count, else the file's, else one."""
    if block.repeat is None:
        return 1
    return counts.get(block.path) or block.repeat.count or 1


class Calendar:
    """Places the turns of a regimen's blocks on days.

    Args:
        day_zero: whether the numbering has a day 0.
        arm: whose doses and blocks count.
        counts: turns by block path, if they are not the file's.
        pick: which end of each range of `rest` and `every`.
    """

    def __init__(
        self, day_zero: bool, arm: str | None, counts: Mapping[str, int], pick: Pick = "earliest"
    ) -> None:
        self.day_zero, self.arm, self.counts, self.pick = day_zero, arm, counts, pick
        self._occupied: dict[tuple[str, int], int] = {}

    def turns(self, block: Block, start: int = 0, outer: Turn | None = None) -> Iterator[Turn]:
        """Every turn of a block and of the blocks within, outer before inner."""
        for number in range(1, turns_of(block, self.counts) + 1):
            length, planned = self._length(block, number), self.occupied(block, number)
            turn = Turn(block, number, start, length, planned, outer)
            yield turn
            for inner, offset in self.within(block):
                yield from self.turns(inner, start + offset, turn)
            start += self.step(block, number)

    def doses(self, turn: Turn, without: Container[Dose] = ()) -> Iterator[tuple[Dose, int]]:
        """The doses of a turn's own block, each with each of its days (0 = day 1 of the turn)."""
        for dose in turn.block.doses:
            is_given = dose.is_in_turn(turn.number) and dose.exists_in(self.arm)
            if is_given and dose not in without:
                for offset in dose.days.offsets(self.day_zero, turn.length):
                    yield dose, offset

    def extent(self, block: Block) -> int:
        """How long all turns of a block last, with the rests between them [days]."""
        count = turns_of(block, self.counts)
        if block.repeat and block.repeat.every:
            return count * self._days(block.repeat.every)
        rest = self._days(block.repeat.rest) if block.repeat else 0
        lengths = (self.occupied(block, number) for number in range(1, count + 1))
        return sum(lengths) + (count - 1) * rest

    def step(self, block: Block, number: int) -> int:
        """From the start of one turn of a block to that of the next [days]."""
        rest = self._days(block.repeat.rest) if block.repeat else 0
        return self._length(block, number) + rest

    def occupied(self, block: Block, number: int) -> int:
        """How many days the doses and inner blocks of a turn take, from its day 1 [days]."""
        same_in_all = all(dose.turns is None for dose in block.doses)
        key = (block.path, 0 if same_in_all else number)
        if key not in self._occupied:
            inner_ends = (offset + self.extent(inner) for inner, offset in self.within(block))
            self._occupied[key] = max([self.dosed(block, number), *inner_ends])
        return self._occupied[key]

    def dosed(self, block: Block, number: int) -> int:
        """How many days a turn's own doses take, from its day 1, without inner blocks [days]."""
        ends = (
            self._last_day(dose, block) + days_spanned(dose, self.pick)
            for dose in block.doses
            if dose.exists_in(self.arm) and dose.is_in_turn(number)
        )
        return max([0, *ends])

    def _last_day(self, dose: Dose, block: Block) -> int:
        """The last day on which a dose is listed (0 = day 1 of its turn)."""
        if dose.days.onward is not None and block.repeat is not None and block.repeat.every:
            return self._days(block.repeat.every) - 1
        return max((offset_of(end, self.day_zero) for _, end in dose.days.ranges), default=0)

    def _length(self, block: Block, number: int) -> int:
        every = block.repeat.every if block.repeat is not None else None
        return self.occupied(block, number) if every is None else self._days(every)

    def within(self, block: Block) -> Iterator[tuple[Block, int]]:
        """The blocks directly within a block, each with the day on which it begins (0 = day 1)."""
        offset = 0
        for inner in block.blocks:
            if not inner.exists_in(self.arm):
                continue
            if inner.day is not None:
                yield inner, offset_of(inner.day, self.day_zero)
                continue
            yield inner, offset
            offset += self.extent(inner) + self._days(inner.rest)

    def _days(self, span: Span | None) -> int:
        return to_minutes(span, self.pick) // DAY


def expanded_size(
    block: Block, arm: str | None, counts: Mapping[str, int], day_zero: bool
) -> tuple[int, int]:
    """How many administrations and block turns a block expands to, counted without expanding."""
    if not block.exists_in(arm):
        return 0, 0
    turns = turns_of(block, counts)
    doses = [dose for dose in block.doses if dose.exists_in(arm)]
    rows = sum(_turns_with(dose, turns) * planned_doses(dose, block, day_zero) for dose in doses)
    sizes = [expanded_size(inner, arm, counts, day_zero) for inner in block.blocks]
    inner_rows, inner_turns = (sum(size[index] for size in sizes) for index in (0, 1))
    return rows + turns * inner_rows, turns * (1 + inner_turns)


def planned_doses(dose: Dose, block: Block, day_zero: bool) -> int:
    """The most administrations that a dose's days and times plan in a turn of its block."""
    count = _listed_days(dose, block, day_zero) * per_listed_day(dose)
    return count if dose.up_to is None else min(count, dose.up_to)


def too_large(size: tuple[int, int]) -> str | None:
    """Why a regimen of this size (`expanded_size`) is not expanded; None if it is."""
    rows, turns = size
    if rows > MOST_ADMINISTRATIONS:
        return f"would give {rows:,} administrations; at most {MOST_ADMINISTRATIONS:,} fit"
    if turns > MOST_ADMINISTRATIONS:
        return f"would have {turns:,} block turns; at most {MOST_ADMINISTRATIONS:,} fit"
    return None


def _turns_with(dose: Dose, turns: int) -> int:
    if dose.turns is None:
        return turns
    listed = sum(max(0, min(last, turns) - first + 1) for first, last in dose.turns.ranges)
    onward = dose.turns.onward
    return listed + (max(0, turns - onward + 1) if onward is not None else 0)


def _listed_days(dose: Dose, block: Block, day_zero: bool) -> int:
    listed = sum(
        offset_of(last, day_zero) - offset_of(first, day_zero) + 1
        for first, last in dose.days.ranges
    )
    if dose.days.onward is not None and block.repeat and block.repeat.every:
        listed += max(0, block.repeat.every.shortest // DAY - offset_of(dose.days.onward, day_zero))
    return listed
