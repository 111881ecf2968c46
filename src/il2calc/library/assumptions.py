"""What a file assumes, in which arms, and the option that gives each other reading."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Iterator
from typing import Any

from il2calc.library.paths import find
from il2calc.regimen import Assumption


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
        yield Assumption(
            number=number,
            about=about,
            text=each["text"],
            because=each["because"],
            otherwise=otherwise,
            source="; ".join(each.get("source", ())) or None,
            arms=_arms_of(about, data, draft, arms),
            was_set=about in was_set,
            setting=option_text(about, otherwise) if otherwise else None,
        )


def option_text(path: str, text: str) -> str:
    """The option that reads a value otherwise, ready for a shell and safe to paste into one."""
    if path == "default_arm":
        return f"--arm {shlex.quote(text)}"
    if re.fullmatch(r"[A-Za-z0-9_.-]+", path) and re.fullmatch(r"[A-Za-z0-9 .,:/%+_-]+", text):
        return f'--set {path}="{text}"'
    return f"--set {shlex.quote(f'{path}={text}')}"


def _arms_of(about: str, data: Any, draft: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The arms in which what an assumption is about exists; None = all."""
    holder = about
    while holder and find(data, holder) is None:
        holder = holder.rpartition(".")[0]
    arms: tuple[str, ...] | None = None
    for step in find(data, holder) or ():
        draft = draft[step] if _has(draft, step) else {}
        if isinstance(draft, dict) and isinstance(draft.get("arm"), tuple):
            inside = draft["arm"]
            arms = inside if arms is None else tuple(arm for arm in arms if arm in inside)
        if isinstance(step, str) and step in names:
            arms = (step,)
    return arms


def _has(draft: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(draft, list) and step < len(draft)
    return isinstance(draft, dict) and step in draft
