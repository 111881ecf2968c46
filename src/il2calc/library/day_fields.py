"""When something is due: days, turns and times of day, as the text of a key gives them.

Like `fields`, every function raises `ValueError` with a text that ends in what would be right.
"""

from __future__ import annotations

import re
from typing import Any

from il2calc.daytimes import DAY
from il2calc.library.fields import MOST, shown
from il2calc.regimen import At, Days
from il2calc.units import NUMBER, span
from il2calc.values import CLOCK, clock, text

_NUMBER = r"(0|-?[1-9][0-9]{0,5})"
_DAY = re.compile(rf"{_NUMBER}(?: to {_NUMBER})?")
_ONWARD = re.compile(rf"{_NUMBER} onward")
_TIMES_A_DAY = re.compile(r"([1-9][0-9]?) times a day")
_OFFSET = re.compile(rf"([+-])({NUMBER} [a-z]+)")


def days(value: Any) -> Days:
    """Days or turns: `1`, `[1, 8]`, `1 to 5`, `[2 to 7, 9 to 21]`, `-21 to 14`, `6 onward`."""
    items = value if isinstance(value, list) else [value]
    ranges: list[tuple[int, int]] = []
    onward: int | None = None
    for item in items:
        word = text(item)
        if onward is not None:
            raise ValueError(f"{word!r} follows 'onward'; put what runs onward last")
        if match := _ONWARD.fullmatch(word):
            first, onward = int(match[1]), int(match[1])
        elif match := _DAY.fullmatch(word):
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first or (match[2] and last == first):
                raise ValueError(f"{word!r} does not rise; write it like '1 to 5'")
            ranges.append((first, last))
        else:
            raise ValueError(f"{word!r} is not a day; write 1, [1, 8], '1 to 5' or '6 onward'")
        previous = ranges[-2:-1] if onward is None else ranges[-1:]
        if previous and first <= previous[0][1]:
            raise ValueError(
                f"{word!r} does not follow the day before it; list days in order, once"
            )
    if not items:
        raise ValueError("lists no day; write at least one")
    if any(abs(edge) > MOST for pair in ranges for edge in pair) or abs(onward or 0) > MOST:
        raise ValueError(f"holds a day beyond {MOST:,}; check the number")
    return Days(tuple(ranges), onward, shown(value))


def turns(value: Any) -> Days:
    """Turns of a block, in the forms of `day`, counted from 1."""
    result = days(value)
    edges = [first for first, _ in result.ranges]
    if min([*edges, *([] if result.onward is None else [result.onward])]) < 1:
        raise ValueError("holds a turn below 1; turns are counted from 1")
    return result


def one_day(value: Any) -> int:
    """One day number."""
    word = text(value)
    if not re.fullmatch(_NUMBER, word) or abs(int(word)) > MOST:
        raise ValueError(f"{word!r} is not one day; write it like 22")
    return int(word)


def at(value: Any) -> At:
    """When in its day: `08:00`, `[08:00, 20:00]`, `2 times a day`, `+36 hours`, `-30 minutes`."""
    if isinstance(value, list):
        moments = [_moment(item) for item in value]
        kinds = {kind for kind, _ in moments}
        if not moments:
            raise ValueError("lists no time; write at least one")
        if len(kinds) > 1:
            raise ValueError("mixes clock times and offsets; write one kind")
        minutes = [minute for _, minute in moments]
        if minutes != sorted(set(minutes)):
            raise ValueError("does not rise; list each time once, the earlier first")
        return At("clock" if kinds == {"clock"} else "offset", tuple(minutes), shown(value))
    word = text(value)
    if match := _TIMES_A_DAY.fullmatch(word):
        count = int(match[1])
        if DAY % count:
            raise ValueError(
                f"{word!r} gives no whole minutes; write the clock times: [08:00, ...]"
            )
        return At("times a day", tuple(DAY // count * k for k in range(count)), word)
    kind, minute = _moment(word)
    return At("clock" if kind == "clock" else "offset", (minute,), word)


def _moment(value: Any) -> tuple[str, int]:
    word = text(value)
    if match := _OFFSET.fullmatch(word):
        length = span(match[2])
        return "offset", length.shortest if match[1] == "+" else -length.shortest
    if not CLOCK.fullmatch(word):
        problem = "is not a time; write 08:00, '2 times a day', '+36 hours' or '-30 minutes'"
        raise ValueError(f"{word!r} {problem}")
    return "clock", clock(word)
