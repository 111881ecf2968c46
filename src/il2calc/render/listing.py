"""The regimens at hand, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from il2calc.plaintext import shown
from il2calc.regimen import Regimen

FORMAT = "il2calc.list/1"


class Entry(NamedTuple):
    """A regimen at hand, or a file that holds none because of its faults."""

    id: str
    file: str
    regimen: Regimen | None
    faults: int = 0


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """One line per regimen: id, title, arms, which counts are open."""
    width = max((len(each.id) for each in entries), default=0)
    for each in entries:
        yield f"{shown(each.id):<{width}}  {_told(each)}"


def document(entries: Sequence[Entry]) -> dict[str, Any]:
    """The same as plain data."""
    return {"format": FORMAT, "regimens": [_plain(each) for each in entries]}


def open_counts(regimen: Regimen) -> list[str]:
    """Paths of the blocks whose number of turns the file leaves open."""
    blocks = regimen.body.walk()
    return [block.path for block in blocks if block.repeat and block.repeat.count is None]


def _told(each: Entry) -> str:
    if each.regimen is None:
        count = "1 fault" if each.faults == 1 else f"{each.faults} faults"
        return f"cannot be used: {count}; see: il2calc check {shown(each.file)}"
    parts = [each.regimen.title]
    if each.regimen.arms:
        parts.append(f"arms {', '.join(each.regimen.arms)}")
    parts.extend(f"{path}: count open" for path in open_counts(each.regimen))
    return "; ".join(parts)


def _plain(each: Entry) -> dict[str, Any]:
    regimen = each.regimen
    return {
        "id": each.id,
        "file": each.file,
        "title": regimen.title if regimen else None,
        "arms": list(regimen.arms) if regimen else [],
        "default_arm": regimen.default_arm if regimen else None,
        "open": open_counts(regimen) if regimen else [],
        "faults": each.faults,
    }
