"""Whether the names in a file fit together: doses, blocks, arms, the default arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from il2calc.errors import nearest
from il2calc.library.shapes import Fault, Loc
from il2calc.library.vocabulary import Built
from il2calc.regimen import Block, Dose


def faults(data: Any, built: Built) -> Iterator[Fault]:
    """Every fault in how the names of a file refer to each other."""
    yield from _named_apart(data, ())
    yield from _arm_names(built)
    yield from _default_arm(data, built)
    yield from _amounts(built.body, built, built.arms)
    if not data.get("doses") and not data.get("blocks"):
        yield (), "has neither 'doses' nor 'blocks'; a regimen gives at least one dose"


def _named_apart(data: dict[str, Any], loc: Loc) -> Iterator[Fault]:
    """Dose, drug and block names of one block are distinct, or a path could mean two things."""
    seen: dict[str, str] = {}
    doses = _entries(data, "doses")
    drugs = Counter(dose.get("drug") for _, dose in doses if isinstance(dose.get("drug"), str))
    for index, dose in doses:
        place = (*loc, "doses", index)
        name, drug = dose.get("dose"), dose.get("drug")
        if not name and isinstance(drug, str) and drugs[drug] > 1:
            yield (
                place,
                f"gives {drug!r}, which stands twice in this block; name each: 'dose: NAME'",
            )
            continue
        if isinstance(name, str) and name in drugs:
            yield (*place, "dose"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name or drug, "dose", (*place, "dose" if name else "drug"))
    for index, block in _entries(data, "blocks"):
        place = (*loc, "blocks", index)
        if isinstance(name := block.get("block"), str) and name in drugs and name not in seen:
            yield (*place, "block"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name, "block", (*place, "block"))
        yield from _named_apart(block, place)
        if not block.get("doses") and not block.get("blocks"):
            yield place, "has neither 'doses' nor 'blocks'; a block gives at least one dose"


def _twice(seen: dict[str, str], name: Any, kind: str, loc: Loc) -> Iterator[Fault]:
    if not isinstance(name, str) or not name:
        return
    if name in seen:
        yield loc, f"{name!r} already names a {seen[name]} of this block; choose another name"
    seen[name] = kind


def _entries(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    items = data.get(key)
    return [
        (index, item)
        for index, item in enumerate(items if isinstance(items, list) else ())
        if isinstance(item, dict)
    ]


def _arm_names(built: Built) -> Iterator[Fault]:
    for block in built.body.walk():
        holders: list[Block | Dose] = [block, *block.doses]
        for holder in holders:
            for arm in holder.arms or ():
                if arm not in built.arms:
                    yield (*built.locs[holder], "arm"), _no_arm(arm, built.arms)


def _no_arm(arm: str, arms: tuple[str, ...]) -> str:
    guess = nearest(arm, arms)
    known = f"known: {', '.join(arms)}" if arms else "the file names no arms: add 'arms:'"
    return f"{arm!r} is not an arm of this file; {f'did you mean {guess!r}?' if guess else known}"


def _default_arm(data: Any, built: Built) -> Iterator[Fault]:
    default = data.get("default_arm")
    if not isinstance(default, str) or not default:
        return
    if default not in built.arms:
        yield ("default_arm",), _no_arm(default, built.arms)
    entries = data.get("assumptions")
    abouts = [
        entry.get("about")
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    ]
    if "default_arm" not in abouts:
        yield ("default_arm",), "gives no reason; add an assumption with 'about: default_arm'"


def _amounts(block: Block, built: Built, arms: tuple[str, ...]) -> Iterator[Fault]:
    """An amount per arm names every arm in which its dose exists, and no other."""
    here = tuple(arm for arm in arms if block.exists_in(arm))
    for dose in block.doses:
        if None in dose.amounts or "arm" in built.unread[dose] | built.unread[block]:
            continue
        loc = (*built.locs[dose], "amount")
        wanted = [arm for arm in here if dose.exists_in(arm)]
        for arm in dose.amounts:
            if arm not in built.arms:
                yield (*loc, str(arm)), _no_arm(str(arm), built.arms)
            elif arm not in wanted:
                yield (
                    (*loc, str(arm)),
                    f"gives an amount for {arm!r}, where this dose does not exist",
                )
        if missing := [arm for arm in wanted if arm not in dose.amounts]:
            yield loc, f"has no amount for {', '.join(missing)}; give one for every arm"
    for inner in block.blocks:
        yield from _amounts(inner, built, here)
