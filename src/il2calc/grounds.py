"""Which assumptions put a block turn where it lies."""

from __future__ import annotations

from il2calc.planned import Calendar, Turn, turns_of
from il2calc.regimen import Backing, Block


def moved_by(turn: Turn, calendar: Calendar) -> set[int]:
    """Assumptions behind the `every`, `rest` and `day` that put a turn where it lies."""
    found: set[int] = set()
    for each in turn.chain():
        if each.number > 1:
            found |= _step(each.block, calendar)
        if each.block.day is not None:
            found |= _numbers(each.block, "day")
        else:
            assert each.outer is not None, "only the regimen itself lies in nothing"
            siblings = [inner for inner, _ in calendar.within(each.outer.block)]
            for sibling in siblings[: siblings.index(each.block)]:
                if sibling.day is None:
                    found |= _extent(sibling, calendar) | _numbers(sibling, "rest")
    return found


def _step(block: Block, calendar: Calendar) -> set[int]:
    """Assumptions behind the way from one turn of a block to the next."""
    every, rest = _numbers(block, "repeat.every"), _numbers(block, "repeat.rest")
    return every | rest | _length(block, calendar)


def _extent(block: Block, calendar: Calendar) -> set[int]:
    """Assumptions behind the length of a block with all its turns."""
    several = turns_of(block, calendar.counts) > 1
    again = _numbers(block, "repeat.rest") if several else set()
    return _numbers(block, "repeat.every") | again | _length(block, calendar)


def _length(block: Block, calendar: Calendar) -> set[int]:
    if block.repeat is not None and block.repeat.every is not None:
        return set()
    found: set[int] = set()
    within = [inner for inner, _ in calendar.within(block)]
    in_line = [inner for inner in within if inner.day is None]
    for inner in within:
        found |= _extent(inner, calendar) | _numbers(inner, "day")
        if inner in in_line[:-1]:
            found |= _numbers(inner, "rest")
    return found


def _numbers(block: Block, key: str) -> set[int]:
    return set(block.backing.get(key, Backing()).assumptions)
