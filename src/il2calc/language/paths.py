"""Dotted paths: how faults, assumptions and `--set` name a value of a file.

`course.cycle.examplumab.amount` follows the names of blocks and doses, then keys; an arm is in
brackets, `cycle.pulse.amount[level-2]`, and so is the number of a list entry, `findings[2]`.

The module also applies `--set PATH=VALUE` to the plain data of a file, and turns the location of a
fault in plain data into file, line and path.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from il2calc.errors import FaultyFile, RegimenError, nearest, same_signs
from il2calc.language.regimen_keys import BLOCK, BLOCK_REPEAT, BODY_CAPS, DOSE, DOSE_REPEAT, Keys
from il2calc.model.regimen import Setting
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc
from il2calc.text.values import as_written

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\[\]]*)\])?(?:\.(?!\Z)|\Z)")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)")


def dotted(data: Any, loc: Loc) -> str:
    """The dotted path of a location in a file's plain data.

    >>> dotted({"blocks": [{"block": "cycle", "rest": "7 days"}]}, ("blocks", 0, "rest"))
    'cycle.rest'
    """
    parts: list[str] = []
    for index, step in enumerate(loc):
        child = data[step] if holds(data, step) else None
        previous = loc[index - 1] if index else None
        if isinstance(step, int):
            name = _entry_name(child) if previous in ("blocks", "doses") else None
            parts[-1:] = [name or f"{parts[-1] if parts else ''}[{step + 1}]"]
        elif previous in ("amount", "over") and step != "source":
            parts[-1] = f"{parts[-1]}[{step}]"
        else:
            parts.append(step)
        data = child
    return ".".join(parts)


def find(data: Any, path: str) -> Loc | None:
    """The location that a dotted path names in a file's plain data; None where there is none."""
    loc: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or not isinstance(data, dict):
            return None
        key, bracket = match.groups()
        if (step := _step(data, key)) is None:
            return None
        data = value_at(data, step)
        loc.extend(step)
        if bracket is not None:
            if not holds(data, inner := _bracket_step(data, bracket)):
                return None
            data = data[inner]
            loc.append(inner)
        position = match.end()
    return tuple(loc) or None


def suggestion(path: str, all_paths: Collection[str]) -> str:
    """A hint at the path that was meant: the most similar settable path, or the first of all.

    An arm is suggested only with the digits, points and signs that were typed: `[125-mg]` is no
    slip of `[1.25-mg]`. If only the arm is wrong, the paths with an arm are listed.
    """
    bases = dict.fromkeys(name.partition("[")[0] for name in all_paths if "[" in name)
    candidates = [name for name in all_paths if same_signs(_bracketed(name), _bracketed(path))]
    if "[" not in path:
        candidates = [*bases, *(name for name in candidates if "[" not in name)]
    endings = [name for name in candidates if name.endswith(f".{path}")]
    if endings[1:]:
        return f"one of these is meant: {', '.join(endings[:12])}"
    guess = endings[0] if endings else nearest(path, candidates)
    if guess in all_paths:
        return f"did you mean {guess!r}?"
    base = guess or path.partition("[")[0]
    listed = [name for name in all_paths if name.startswith(f"{base}[")] or [*all_paths]
    return f"paths here: {', '.join(listed[:12])}{', ...' if len(listed) > 12 else ''}"


def _bracketed(path: str) -> str:
    return " ".join(_IN_BRACKETS.findall(path))


def settable(data: Any) -> dict[str, Loc]:
    """Every path of a file whose value `--set` may change or add, with the place of the value."""
    locs: dict[str, Loc] = {}
    for loc in _settable(data, ()):
        locs.setdefault(dotted(data, loc), loc)
    return locs


def _settable(data: Any, outer: Loc) -> Iterator[Loc]:
    if not outer and isinstance(data, dict):
        yield from ((key,) for key in BODY_CAPS if key in data)
    for loc, dose in _named_entries(data, "doses", outer):
        for key, spec in DOSE.items():
            value = dose.get(key)
            if spec.settable and isinstance(value, dict):
                yield from ((*loc, key, arm) for arm in value if arm != "source")
            elif spec.settable and (key in dose or spec.addable):
                yield (*loc, key)
        yield from _settable_in_repeat(dose, loc, DOSE_REPEAT)
    for loc, block in _named_entries(data, "blocks", outer):
        yield from _settable_in_repeat(block, loc, BLOCK_REPEAT)
        yield from ((*loc, key) for key, spec in BLOCK.items() if spec.settable and key in block)
        yield from _settable(block, loc)


def facts(data: Any) -> dict[str, Any]:
    """Every path of a file whose value `--set` may change, with the value."""
    holders = ((path, value_at(data, above), key) for path, (*above, key) in settable(data).items())
    return {path: holder[key] for path, holder, key in holders if key in holder}


_LIST_INDEX = re.compile(r"\[[0-9]+\]")


def texts(data: Any) -> dict[str, tuple[str, ...]]:
    """Every value of a file that is no fact, by its path, in a form that two versions share.

    Entries of a list without names share one path; an assumption has the path that it is about, so
    that one inserted before it does not change it. `block` and `about` are in the paths already.
    """
    fact_paths = settable(data)
    by_path: dict[str, tuple[str, ...]] = {}
    for loc in leaves(data):
        path = dotted(data, loc)
        if path in fact_paths or loc[-1] in ("block", "about"):
            continue
        if loc[0] == "assumptions":
            entry = value_at(data, loc[:2])
            about = entry.get("about") if isinstance(entry, dict) else None
            path = f"assumptions.{about}.{loc[-1]}"
        path = _LIST_INDEX.sub("", path)
        by_path[path] = (*by_path.get(path, ()), as_written(value_at(data, loc)))
    return by_path


def leaves(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    """The locations of the values of a file; a list of plain values is one value."""
    children: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        children = data.items()
    elif isinstance(data, list) and any(isinstance(entry, dict | list) for entry in data):
        children = enumerate(data)
    else:
        yield loc
    for step, entry in children:
        yield from leaves(entry, (*loc, step))


def _settable_in_repeat(data: dict[str, Any], loc: Loc, keys: Keys) -> Iterator[Loc]:
    """The settable values of a repeat, with those of a count if it has none."""
    repeat = data.get("repeat")
    if isinstance(repeat, dict):
        counts = [key for key, spec in keys.items() if spec.addable]
        given = [key for key, spec in keys.items() if spec.settable and key in repeat]
        added = [] if set(counts) & repeat.keys() else counts
        yield from ((*loc, "repeat", key) for key in (*given, *added))


def entries(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings in the list under a key of a file's plain data, each with its index."""
    items = data.get(key) if isinstance(data, dict) else None
    listed = enumerate(items if isinstance(items, list) else ())
    return [(index, entry) for index, entry in listed if isinstance(entry, dict)]


def _named_entries(data: Any, key: str, outer: Loc) -> Iterator[tuple[Loc, dict[str, Any]]]:
    for index, entry in entries(data, key):
        if _entry_name(entry):
            yield (*outer, key, index), entry


def value_at(data: Any, loc: Iterable[str | int]) -> Any:
    """The value at a location in a file's plain data."""
    for step in loc:
        data = data[step]
    return data


def _step(data: dict[str, Any], key: str) -> Loc | None:
    """The step to a key, or to the first dose or block of that name; None if there is neither."""
    if key in data:
        return (key,)
    for kind in ("doses", "blocks"):
        for index, entry in entries(data, kind):
            if _entry_name(entry) == key:
                return kind, index
    return None


def _bracket_step(data: Any, text: str) -> str | int:
    if isinstance(data, list):
        return int(text) - 1 if text.isdecimal() and len(text) < 6 else -1
    return text


def _entry_name(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    name = entry.get("block") or entry.get("dose") or entry.get("drug")
    return name if isinstance(name, str) else None


def holds(data: Any, step: str | int) -> bool:
    """Whether plain data, or the draft read from it, has anything at a step."""
    if isinstance(step, int):
        return isinstance(data, list) and 0 <= step < len(data)
    return isinstance(data, dict) and step in data


def apply(data: Any, settings: Iterable[tuple[str, str]]) -> dict[Loc, Setting]:
    """Set values in a file's plain data, in place.

    Args:
        settings: the path and the new text of each value.

    Returns:
        What was set, by its location.

    Raises:
        FaultyFile: paths name no value that can be set, or texts are no values; all are told.
    """
    applied: dict[Loc, Setting] = {}
    faults: list[RegimenError] = []
    for path, text in settings:
        all_paths = settable(data)
        if path not in all_paths:
            problem = _why_not(data, path, all_paths)
            faults.append(RegimenError(f"--set {path}", None, "", problem))
            continue
        loc = all_paths[path]
        if loc in applied:
            faults.append(RegimenError(f"--set {path}", None, "", "appears twice; set it once"))
            continue
        try:
            new = yaml.value(text)
        except ValueError as error:
            faults.append(RegimenError(f"--set {path}={text}", None, "", str(error)))
            continue
        *above, key = loc
        holder = value_at(data, above)
        old = holder.get(key)
        holder[key] = new
        applied[loc] = Setting(path, None if old is None else as_written(old), as_written(new))
    if faults:
        raise FaultyFile(faults)
    return applied


def _why_not(data: Any, path: str, all_paths: Collection[str]) -> str:
    below = [name for name in all_paths if name.startswith((f"{path}.", f"{path}["))]
    if below:
        return f"has several values; name one: {', '.join(below)}"
    above, _, key = path.rpartition(".")
    inside = [name[len(above) + 1 :] for name in all_paths if name.startswith(f"{above}.")]
    keys = [name for name in inside if "." not in name.partition("[")[0]]
    last_keys = [name.rpartition(".")[2] for name in inside]
    hint = suggestion(path, all_paths)
    if (keys and key in DOSE.keys() | BLOCK.keys()) or (inside and not nearest(key, last_keys)):
        hint = f"of {above} can be set: {', '.join(keys or inside)}"
    if find(data, path):
        return f"is not a value that can be set; {hint}"
    return f"names no value of this regimen; {hint}"


def errors_at_paths(
    content: bytes, file: str, notes: Iterable[tuple[str, str]]
) -> tuple[RegimenError, ...]:
    """Notes on values of a file, given by path, with their lines, in the order of the file."""
    listed = [*notes]
    if not listed:
        return ()  # as for most files, which then need no second reading
    document = yaml.read(content)
    faults = [(find(document.data, path) or (), text) for path, text in listed]
    return FaultLocator(file, document).errors(faults)


class FaultLocator:
    """Turns the locations of faults into file, line and path, or the `--set` that causes them."""

    def __init__(self, file: str, document: yaml.Document) -> None:
        self.file, self.document = file, document
        self.settings: dict[Loc, Setting] = {}
        self.without_settings: tuple[RegimenError, ...] = ()  # the errors of the file itself

    def errors(
        self, faults: Iterable[Fault], textual: Collection[yaml.TextFault] = ()
    ) -> tuple[RegimenError, ...]:
        """Faults as errors in file order, each once; a textual fault hides others in its place."""
        located = [(fault.line, fault.loc, fault.problem) for fault in textual]
        reported = {fault.loc for fault in textual}
        located += [(self.line(loc), loc, text) for loc, text in faults if loc not in reported]
        ordered = sorted(dict.fromkeys(located), key=lambda entry: entry[0])
        return tuple(self._error(*entry) for entry in ordered)

    def not_a_mapping(self, begins: str) -> tuple[RegimenError, ...]:
        """The errors of a file that is empty or no mapping.

        Args:
            begins: how such a file should begin.
        """
        textual = self.document.faults
        if self.document.data is not None:
            return self.errors([((), f"is not a mapping; {begins}")], textual)
        is_empty = [fault.problem for fault in textual] == [yaml.EMPTY]
        return self.errors([((), f"is empty; {begins}")]) if is_empty else self.errors([], textual)

    def line(self, loc: Loc) -> int:
        """The line of a key, or of an entry of a list."""
        key = (*loc, yaml.KEY)
        return self.document.lines[key] if key in self.document.lines else self.document.line(loc)

    def _error(self, line: int, loc: Loc, problem: str) -> RegimenError:
        error = RegimenError(self.file, line, dotted(self.document.data, loc), problem)
        if not self.settings or str(error) in map(str, self.without_settings):
            return error
        causes = [setting for root, setting in self.settings.items() if loc[: len(root)] == root]
        options = ", ".join(
            f"--set {setting.path}={setting.now}" for setting in causes or self.settings.values()
        )
        return RegimenError(options, None, "" if causes else error.path, problem)
