"""What each value of a file rests on: its nearest source, the assumptions about it, a `--set`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from il2calc.errors import nearest
from il2calc.library.paths import dotted, find, settable, suggestion
from il2calc.library.shapes import Fault, Loc
from il2calc.regimen import Backing, Setting

NEEDS_BACKING = frozenset(
    [
        "amount",
        "route",
        "day",
        "turn",
        "at",
        "over",
        "cap",
        "round",
        "times",
        "up_to",
        "every",
        "rest",
        "during_delay",
        "reduce",
    ]
)
"""Keys whose value is a fact, and must have a source, an assumption or a `--set` behind it."""


class Evidence:
    """Answers what a value rests on, and collects the values that rest on nothing.

    Args:
        abouts: number and path of each assumption.
        settings: what the user read otherwise; such a value has neither source nor assumption.
    """

    def __init__(self, abouts: Iterable[tuple[int, str]], settings: Iterable[Setting]) -> None:
        self.abouts = tuple(abouts)
        self.settings = {setting.path for setting in settings}
        self.faults: list[Fault] = []

    def of(self, path: str, sources: tuple[str, ...]) -> Backing:
        """What the value at a dotted path rests on, given the source it inherits."""
        if path in self.settings:
            return Backing(was_set=True)
        numbers = tuple(number for number, about in self.abouts if _covers(about, path))
        return Backing(() if numbers else sources, numbers)

    def of_keys(
        self, found: Mapping[str, tuple[str, tuple[str, ...]]], loc: Loc
    ) -> dict[str, Backing]:
        """The backing of several keys of one mapping (key -> path, inherited sources)."""
        backing = {key: self.of(path, sources) for key, (path, sources) in found.items()}
        bare = [
            key
            for key, each in backing.items()
            if not (each.sources or each.assumptions or each.was_set)
            and key.rsplit(".", 1)[-1].split("[")[0] in NEEDS_BACKING
        ]
        if bare:
            listed = f"{', '.join(bare[:-1])} and {bare[-1]}" if bare[1:] else bare[0]
            have = "have" if bare[1:] else "has"
            problem = f"{listed} {have} neither source nor assumption; add 'source: key, locator'"
            self.faults.append((loc, problem))
        return backing


def _covers(about: str, path: str) -> bool:
    return path == about or path.startswith((f"{about}.", f"{about}["))


def citation_faults(data: Any) -> Iterator[Fault]:
    """A fault for every citation whose key is not among the file's `sources`."""
    sources = data.get("sources")
    keys = list(sources) if isinstance(sources, dict) else []
    for loc, text in _citations(data, ()):
        for part in filter(None, (each.strip() for each in text.split(";"))):
            key = part.split(",")[0].strip()
            if key not in keys:
                guess = nearest(key, keys)
                known = f"known: {', '.join(keys)}" if keys else "the file lists none"
                known = f"did you mean {guess!r}?" if guess else known
                yield loc, f"cites {key!r}, which is not among the sources; {known}"


def _citations(data: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for key, value in items:
        if key == "source" and isinstance(value, str):
            yield (*loc, key), value
        elif key == "source" and isinstance(value, dict):
            yield from (((*loc, key, k), v) for k, v in value.items() if isinstance(v, str))
        else:
            yield from _citations(value, (*loc, key))


def about_faults(data: Any) -> Iterator[Fault]:
    """A fault for every assumption about a path that neither exists nor could stand there."""
    known: set[str] | None = None
    for index, entry in enumerate(data.get("assumptions") or ()):
        about = entry.get("about") if isinstance(entry, dict) else None
        if not isinstance(about, str) or not about:
            continue
        loc = find(data, about)
        if loc is not None and dotted(data, loc) == about and not _within_a_value(loc):
            continue
        known = set(settable(data)) if known is None else known
        if about not in known:
            problem = f"{about!r} is no path of this file; {suggestion(data, about)}"
            yield ("assumptions", index, "about"), problem


def _within_a_value(loc: Loc) -> bool:
    """Whether a location is one entry of a list of days, times or the like."""
    return isinstance(loc[-1], int) and loc[-2] not in ("blocks", "doses")
