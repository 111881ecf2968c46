"""The times of one dose within its listed days: plain arithmetic in minutes.

A range of `every` is taken at its shortest or its longest, as the caller picks.
"""

from __future__ import annotations

from typing import Literal

from il2calc.regimen import Dose
from il2calc.units import Span

Pick = Literal["earliest", "latest"]

DAY = 1440
"""Minutes in a day [min]."""


def clock(minute: int) -> str:
    """A clock time from minutes after a midnight.

    >>> clock(485)
    '08:05'
    """
    return f"{minute % DAY // 60:02d}:{minute % 60:02d}"


def pick_of(span: Span | None, pick: Pick) -> int:
    """A duration [min] at its shortest or longest; 0 where there is none."""
    if span is None:
        return 0
    return span.shortest if pick == "earliest" else span.longest


def starts(dose: Dose, pick: Pick = "earliest") -> tuple[int, ...]:
    """When the administrations of one listed day begin, after its first possible moment [min].

    Clock times count from the earliest of them, offsets from the start time, for block lengths
    must not depend on the hour at which a ward begins.
    """
    if dose.repeat is not None:
        first, step = _first_offset(dose), pick_of(dose.repeat.every, pick)
        return tuple(first + step * k for k in range(dose.repeat.count or 1))
    if dose.at is None:
        return (0,)
    base = min(dose.at.minutes) if dose.at.kind == "clock" else 0
    return tuple(minute - base for minute in dose.at.minutes)


def moments(dose: Dose, start: int, pick: Pick = "earliest") -> tuple[int, ...]:
    """When the administrations of one listed day begin, after midnight of that day [min].

    Args:
        start: the start time of every day, after midnight [min].
    """
    base = min(dose.at.minutes) if dose.at is not None and dose.at.kind == "clock" else start
    return tuple(base + minute for minute in starts(dose, pick))


def anchors(dose: Dose, start: int, pick: Pick = "earliest") -> tuple[int, ...]:
    """What the time of each of `moments` is counted from, after midnight of that day [min].

    Hours are counted from something: those of a repeat from its first administration, an offset
    from the start time of its day. What stands on a clock or a day is counted from itself.
    """
    begun = moments(dose, start, pick)
    if dose.repeat is not None and pick_of(dose.repeat.every, pick) % DAY:
        return (begun[0] - _first_offset(dose),) * len(begun)
    if dose.at is not None and dose.at.kind == "offset":
        own = (_first_offset(dose),) * len(begun) if dose.repeat else dose.at.minutes
        return tuple(minute - offset for minute, offset in zip(begun, own, strict=True))
    return begun


def span_of(dose: Dose, pick: Pick = "earliest") -> int:
    """How many days the administrations of one listed day plan for, that day included [days].

    floor(last start / 24 h) + 1, and for an infusion ceil(its latest end / 24 h), at least 1.
    """
    if dose.repeat is not None and dose.repeat.count:
        last = _first_offset(dose) + (dose.repeat.count - 1) * pick_of(dose.repeat.every, pick)
    else:
        last = max(starts(dose, pick))
    if dose.over is not None:
        return max(1, -(-(last + dose.over.longest) // DAY))
    return max(1, last // DAY + 1)


def _first_offset(dose: Dose) -> int:
    """When a repeat begins, after the start time of its day [min]; a clock time counts as 0."""
    return dose.at.minutes[0] if dose.at and dose.at.kind == "offset" else 0


def per_listed_day(dose: Dose) -> int:
    """How many administrations begin on each listed day."""
    if dose.repeat is not None:
        return dose.repeat.count or 1
    return len(dose.at.minutes) if dose.at else 1


def a_day(dose: Dose) -> int:
    """Administrations over which an amount per day is divided."""
    if dose.repeat is not None and dose.repeat.every is not None:
        return DAY // dose.repeat.every.shortest or 1
    return per_listed_day(dose)
