"""Dotted paths: the one way in which faults, assumptions and `--set` name a value.

`course.cycle.examplumab.amount` walks blocks and doses by their names, then keys; an arm stands
in brackets: `cycle.pulse.amount[level-2]`; an entry of a list by its number: `findings[2]`.

Reading one value of a file otherwise: `--set PATH=VALUE`, applied to its plain data.

Telling a fault: its location in plain data as file, line and path.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from il2calc.errors import Refused, RegimenError, nearest, same_signs
from il2calc.language.regimen_keys import BLOCK, BLOCK_REPEAT, BODY_CAPS, DOSE, DOSE_REPEAT, Keys
from il2calc.model.regimen import Setting
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc
from il2calc.text.values import shown

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\[\]]*)\])?(?:\.(?!\Z)|\Z)")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)")


def dotted(data: Any, loc: Loc) -> str:
    """The dotted path of a location in a file's plain data.

    >>> dotted({"blocks": [{"block": "cycle", "rest": "7 days"}]}, ("blocks", 0, "rest"))
    'cycle.rest'
    """
    parts: list[str] = []
    for index, step in enumerate(loc):
        inside = data[step] if holds(data, step) else None
        after = loc[index - 1] if index else None
        if isinstance(step, int):
            name = _name(inside) if after in ("blocks", "doses") else None
            parts[-1:] = [name or f"{parts[-1] if parts else ''}[{step + 1}]"]
        elif after in ("amount", "over") and step != "source":
            parts[-1] = f"{parts[-1]}[{step}]"
        else:
            parts.append(step)
        data = inside
    return ".".join(parts)


Steps = dict[int, dict[str, Loc]]
"""Of mappings by their identity: the step to each dose or block in them, by its name."""


def find(data: Any, path: str, steps: Steps | None = None) -> Loc | None:
    """The location that a dotted path names in a file's plain data; None where there is none.

    Args:
        steps: of the mappings that were walked; one for all paths of a file is filled once.
    """
    steps = {} if steps is None else steps
    loc: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or not isinstance(data, dict):
            return None
        key, bracket = match.groups()
        step = _step(data, key, steps)
        if step is None:
            return None
        data = value_at(data, step)
        loc.extend(step)
        if bracket is not None:
            if not holds(data, inner := _bracket(data, bracket)):
                return None
            data = data[inner]
            loc.append(inner)
        position = match.end()
    return tuple(loc) or None


def suggestion(data: Any, path: str) -> str:
    """A hint at the path that was meant: the nearest settable one, or all of the first ones.

    An arm in it has the digits, points and signs that were typed: `[125-mg]` is no slip of
    `[1.25-mg]`. Where only the arm is none, those that there are stand in the list.
    """
    known = list(settable(data))
    in_arms = dict.fromkeys(name.partition("[")[0] for name in known if "[" in name)
    fitting = [name for name in known if same_signs(_arms(name), _arms(path))]
    fitting = fitting if "[" in path else [*in_arms, *(name for name in fitting if "[" not in name)]
    ends = [name for name in fitting if name.endswith(f".{path}")]
    if ends[1:]:
        return f"one of these is meant: {', '.join(ends[:12])}"
    guess = ends[0] if ends else nearest(path, fitting)
    if guess in known:
        return f"did you mean {guess!r}?"
    above = guess or path.partition("[")[0]
    listed = [name for name in known if name.startswith(f"{above}[")] or known
    return f"paths here: {', '.join(listed[:12])}{', ...' if len(listed) > 12 else ''}"


def _arms(path: str) -> str:
    """What stands in the brackets of a path."""
    return " ".join(_IN_BRACKETS.findall(path))


def settable(data: Any, above: str = "") -> Iterator[str]:
    """Every path of a file whose value `--set` may read otherwise."""
    if not above and isinstance(data, dict):
        yield from (key for key in BODY_CAPS if key in data)
    for at, dose in _named(data, "doses", above):
        for key, known in DOSE.items():
            inside = dose.get(key)
            if known.settable and isinstance(inside, dict):
                yield from (f"{at}.{key}[{arm}]" for arm in inside if arm != "source")
            elif known.settable and (key in dose or known.addable):
                yield f"{at}.{key}"
        yield from _repeat(dose, at, DOSE_REPEAT)
    for at, block in _named(data, "blocks", above):
        yield from _repeat(block, at, BLOCK_REPEAT)
        yield from (
            f"{at}.{key}" for key, known in BLOCK.items() if known.settable and key in block
        )
        yield from settable(block, f"{at}.")


def facts(data: Any) -> Iterator[tuple[str, Any]]:
    """Every value that `--set` may read otherwise and that the file holds, by its path."""
    steps: Steps = {}
    for path in settable(data):
        if loc := find(data, path, steps):
            yield path, value_at(data, loc)


_PLACE = re.compile(r"\[[0-9]+\]")


def texts(data: Any) -> dict[str, tuple[str, ...]]:
    """Everything that a file says besides its facts, by its path.

    What stands in a list without names stands under one path, but an assumption stands under what
    it is about: another one before it is no change of it. What names a thing stands in its path.
    """
    known = {path for path, _ in facts(data)}
    found: dict[str, tuple[str, ...]] = {}
    for loc in _leaves(data, ()):
        path = dotted(data, loc)
        if path in known or loc[-1] in ("block", "about"):
            continue
        if loc[0] == "assumptions":
            entry = value_at(data, loc[:2])
            about = entry.get("about") if isinstance(entry, dict) else None
            path = f"assumptions.{about}.{loc[-1]}"
        path = _PLACE.sub("", path)
        found[path] = (*found.get(path, ()), shown(value_at(data, loc)))
    return found


def _leaves(data: Any, loc: Loc) -> Iterator[Loc]:
    """Where the values of a file stand; a list of values is one."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        inner = data.items()
    elif isinstance(data, list) and any(isinstance(entry, dict) for entry in data):
        inner = enumerate(data)
    else:
        yield loc
    for step, entry in inner:
        yield from _leaves(entry, (*loc, step))


def _repeat(data: dict[str, Any], at: str, keys: Keys) -> Iterator[str]:
    """The facts of a repeat; a count may be added to one that has none."""
    repeat = data.get("repeat")
    if isinstance(repeat, dict):
        counts = [key for key, known in keys.items() if known.addable]
        given = [key for key, known in keys.items() if known.settable and key in repeat]
        added = [] if set(counts) & repeat.keys() else counts
        yield from (f"{at}.repeat.{key}" for key in (*given, *added))


def entries(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings in the list under a key of a file's plain data, each with its place there."""
    items = data.get(key) if isinstance(data, dict) else None
    listed = enumerate(items if isinstance(items, list) else ())
    return [(index, entry) for index, entry in listed if isinstance(entry, dict)]


def _named(data: Any, key: str, above: str) -> list[tuple[str, dict[str, Any]]]:
    """The doses or blocks that a path can name, each by its path."""
    found = ((_name(entry), entry) for _, entry in entries(data, key))
    return [(f"{above}{name}", entry) for name, entry in found if name]


def value_at(data: Any, loc: Loc) -> Any:
    """What stands at a location in a file's plain data."""
    for step in loc:
        data = data[step]
    return data


def _step(data: dict[str, Any], key: str, steps: Steps) -> Loc | None:
    """The step to a key, else to the first dose or block of that name."""
    if key in data:
        return (key,)
    if id(data) not in steps:
        named = steps.setdefault(id(data), {})
        for kind in ("doses", "blocks"):
            for index, entry in entries(data, kind):
                if (name := _name(entry)) is not None:
                    named.setdefault(name, (kind, index))
    return steps[id(data)].get(key)


def _bracket(data: Any, text: str) -> str | int:
    if isinstance(data, list):
        return int(text) - 1 if text.isdecimal() and len(text) < 6 else -1
    return text


def _name(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    name = entry.get("block") or entry.get("dose") or entry.get("drug")
    return name if isinstance(name, str) else None


def holds(data: Any, step: str | int) -> bool:
    """Whether there is something one step into plain data, or into what was read of it."""
    if isinstance(step, int):
        return isinstance(data, list) and 0 <= step < len(data)
    return isinstance(data, dict) and step in data


def apply(data: Any, wanted: Iterable[tuple[str, str]]) -> dict[Loc, Setting]:
    """Put other values into a file's plain data, in place.

    Args:
        wanted: path and text of each value.

    Returns:
        What was set, by the location where it now stands.

    Raises:
        Refused: a path that names no value that can be set, or a text that is no value.
    """
    done: dict[Loc, Setting] = {}
    for path, text in wanted:
        known = list(settable(data))
        if path not in known:
            raise Refused(f"--set {path}: {_why_not(data, path, known)}")
        try:
            new = yaml.value(text)
        except ValueError as error:
            raise Refused(f"--set {path}={text}: {error}") from None
        above, _, key = path.rpartition(".")
        loc = find(data, path) or (*(find(data, above) or ()), key)
        if loc in done:
            raise Refused(f"--set {path} appears twice; set each value once")
        holder = value_at(data, loc[:-1])
        before = holder.get(loc[-1])
        holder[loc[-1]] = new
        done[loc] = Setting(path, None if before is None else shown(before), shown(new))
    return done


def _why_not(data: Any, path: str, known: list[str]) -> str:
    inner = [name for name in known if name.startswith((f"{path}.", f"{path}["))]
    if inner:
        return f"has several values; name one: {', '.join(inner)}"
    above, _, key = path.rpartition(".")
    beside = [name for name in known if name.partition("[")[0].rpartition(".")[0] == above]
    way_out = suggestion(data, path)
    if above and beside and key in DOSE.keys() | BLOCK.keys():
        way_out = f"of {above} can be set: {', '.join(name[len(above) + 1 :] for name in beside)}"
    if find(data, path):
        return f"is not a value that can be set; {way_out}"
    return f"names no value of this regimen; {way_out}"


def placed(content: bytes, file: str, told: Iterable[tuple[str, str]]) -> tuple[RegimenError, ...]:
    """What is said of values of a file by their paths, at their lines, in the order of the file."""
    by_path = [*told]
    if not by_path:
        return ()  # most files have none of it, and need no second reading
    document = yaml.read(content)
    faults = [(find(document.data, path) or (), text) for path, text in by_path]
    return FaultPlaces(file, document).errors(faults)


class FaultPlaces:
    """Turns locations into file, line and path."""

    def __init__(self, file: str, document: yaml.Document) -> None:
        self.file, self.document = file, document
        self.settings: dict[Loc, Setting] = {}
        self.before: tuple[RegimenError, ...] = ()

    def errors(
        self, faults: Iterable[Fault], textual: Collection[yaml.TextFault] = ()
    ) -> tuple[RegimenError, ...]:
        """The faults as errors in the order of the file, each once; of a place the text's alone."""
        placed = [(fault.line, fault.loc, fault.problem) for fault in textual]
        told = {fault.loc for fault in textual}
        placed += [(self.line(loc), loc, problem) for loc, problem in faults if loc not in told]
        ordered = sorted(dict.fromkeys(placed), key=lambda each: each[0])
        return tuple(self._error(*each) for each in ordered)

    def of_no_mapping(self, begins: str) -> tuple[RegimenError, ...]:
        """What is wrong with a file that holds no mapping.

        Args:
            begins: how such a file begins.
        """
        shapeless: list[Fault] = [((), f"is not a mapping; {begins}")]
        return self.errors([] if self.document.data is None else shapeless, self.document.faults)

    def line(self, loc: Loc) -> int:
        """The line of a key, or of an entry of a list."""
        key = (*loc, yaml.KEY)
        return self.document.lines[key] if key in self.document.lines else self.document.line(loc)

    def _error(self, line: int, loc: Loc, problem: str) -> RegimenError:
        error = RegimenError(self.file, line, dotted(self.document.data, loc), problem)
        if not self.settings or str(error) in map(str, self.before):
            return error
        there = [setting for place, setting in self.settings.items() if loc[: len(place)] == place]
        named = ", ".join(
            f"--set {setting.path}={setting.now}" for setting in there or self.settings.values()
        )
        return RegimenError(named, None, "" if there else error.path, problem)
