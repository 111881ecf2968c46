"""Whether each repeat says one thing: how often (`times`, `up_to`) and how far apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from il2calc.library.shapes import Fault, Loc


def faults(data: Any, loc: Loc = ()) -> Iterator[Fault]:
    """Every repeat of a file that says two things, or not enough, in plain data."""
    for key in ("doses", "blocks"):
        items = data.get(key)
        for index, entry in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(entry, dict):
                continue
            place = (*loc, key, index)
            repeat = entry.get("repeat")
            if isinstance(repeat, dict):
                check = _of_dose if key == "doses" else _of_block
                yield from (((*place, "repeat"), problem) for problem in check(repeat))
            yield from faults(entry, place)


def _of_dose(repeat: dict[str, Any]) -> Iterator[str]:
    yield from _count(repeat)
    if "times" not in repeat and "up_to" not in repeat:
        yield "has no count; a dose needs 'times' or 'up_to'"
    if "rest" in repeat:
        yield "has 'rest', which only a block has; write 'every: 8 hours'"
    elif "every" not in repeat:
        yield "has no 'every'; write it like 'every: 8 hours'"


def _of_block(repeat: dict[str, Any]) -> Iterator[str]:
    yield from _count(repeat)
    if "every" in repeat and "rest" in repeat:
        yield "has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)"
    if "every" not in repeat and "rest" not in repeat:
        yield "has neither 'every' (start to start) nor 'rest' (end to start); write one"


def _count(repeat: dict[str, Any]) -> Iterator[str]:
    up_to, every = repeat.get("up_to"), repeat.get("every")
    if "times" in repeat and "up_to" in repeat:
        yield "has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"
    if isinstance(up_to, str) and " " in up_to:
        if every is None and "rest" in repeat:
            yield f"has 'up_to: {up_to}' without 'every'; write a number of turns"
        elif isinstance(every, str) and " to " in every:
            yield f"has 'up_to: {up_to}' with a range in 'every'; write a number of turns"
