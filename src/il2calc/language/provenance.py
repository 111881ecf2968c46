"""What each value of a file rests on: its nearest source, the assumptions about it, a `--set`.

What a file assumes, in which arms, and the option that gives each other reading.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple

from il2calc.errors import nearest
from il2calc.language.paths import dotted, entries, find, holds, settable, suggestion
from il2calc.model.evidence import Assumption, Half, Provenance, option_text
from il2calc.model.regimen import Setting
from il2calc.text.shapes import Fault, Loc


class Fact(NamedTuple):
    """A value of a file that must rest on something: its key, its half, what it inherits."""

    key: str
    half: Half | None
    sources: tuple[str, ...]


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

    def of(self, path: str, fact: Fact) -> Provenance:
        """What a fact rests on, within the mapping at a dotted path."""
        path = f"{path}.{fact.key}" if path else fact.key
        if path in self.settings:
            return Provenance(was_set=True, half=fact.half)
        numbers = tuple(number for number, about in self.abouts if _covers(about, path))
        return Provenance(() if numbers else fact.sources, numbers, half=fact.half)

    def of_facts(self, path: str, facts: Iterable[Fact], loc: Loc) -> dict[str, Provenance]:
        """The provenance of several facts of one mapping, by their keys."""
        provenance = {fact.key: self.of(path, fact) for fact in facts}
        bare = [
            key
            for key, behind in provenance.items()
            if not (behind.sources or behind.assumptions or behind.was_set)
        ]
        if bare:
            listed = f"{', '.join(bare[:-1])} and {bare[-1]}" if bare[1:] else bare[0]
            have = "have" if bare[1:] else "has"
            problem = f"{listed} {have} neither source nor assumption; add 'source: key, locator'"
            self.faults.append((loc, problem))
        return provenance


def _covers(about: str, path: str) -> bool:
    return path == about or path.startswith((f"{about}.", f"{about}["))


def citation_faults(data: Any) -> Iterator[Fault]:
    """A fault for every citation whose key is not among the file's `sources`."""
    sources = data.get("sources")
    keys = list(sources) if isinstance(sources, dict) else []
    for loc, text in _citations(data, ()):
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
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
    for index, entry in entries(data, "assumptions"):
        about = entry.get("about")
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


def assumptions(
    data: Any, draft: dict[str, Any], arms: tuple[str, ...], was_set: Container[str]
) -> Iterator[Assumption]:
    """The assumptions of a file, numbered in its order.

    Args:
        data: the plain data of the whole file.
        draft: what could be read of it.
        arms: the arms that the file names.
        was_set: paths of the values that were read otherwise.
    """
    for number, entry in enumerate(draft.get("assumptions", ()), 1):
        each = {"about": "", "text": "", "because": "", **(entry or {})}
        about, otherwise = each["about"], each.get("otherwise")
        each["source"] = "; ".join(each.get("source", ())) or None
        yield Assumption(
            number=number,
            **each,
            arms=_arms_of(about, data, draft, arms),
            was_set=about in was_set,
            setting=option_text(about, otherwise) if otherwise else None,
        )


def _arms_of(about: str, data: Any, draft: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The arms in which what an assumption is about exists; None = all."""
    holder = about
    while holder and find(data, holder) is None:
        holder = holder.rpartition(".")[0]
    arms: tuple[str, ...] | None = None
    for step in find(data, holder) or ():
        draft = draft[step] if holds(draft, step) else {}
        if isinstance(draft, dict) and isinstance(draft.get("arm"), tuple):
            inside = draft["arm"]
            arms = inside if arms is None else tuple(arm for arm in arms if arm in inside)
        if isinstance(step, str) and step in names:
            arms = (step,)
    return arms
