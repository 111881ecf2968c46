"""Reading one value of a file otherwise: `--set PATH=VALUE`, applied to its plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from il2calc.errors import Refused
from il2calc.library.fields import shown
from il2calc.library.paths import find, settable, suggestion
from il2calc.library.shapes import Loc
from il2calc.regimen import Setting
from il2calc.yamltext import value


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
            new = value(text)
        except ValueError as error:
            raise Refused(f"--set {path}={text}: {error}") from None
        loc = find(data, path) or _place(data, path)
        if loc in done:
            raise Refused(f"--set {path} stands twice; set each value once")
        holder = _holder(data, loc)
        before = holder.get(loc[-1])
        holder[loc[-1]] = new
        done[loc] = Setting(path, None if before is None else shown(before), shown(new))
    return done


def _why_not(data: Any, path: str, known: list[str]) -> str:
    inner = [each for each in known if each.startswith((f"{path}.", f"{path}["))]
    if inner:
        return f"holds several values; name one: {', '.join(inner)}"
    if find(data, path):
        return f"is not a value that can be set; {suggestion(data, path)}"
    return f"names no value of this regimen; {suggestion(data, path)}"


def _place(data: Any, path: str) -> Loc:
    above, _, key = path.rpartition(".")
    return (*(find(data, above) or ()), key)


def _holder(data: Any, loc: Loc) -> Any:
    for step in loc[:-1]:
        data = data[step]
    return data
