"""The entries of a course log, in the order of its file.

Dates of entry may run backwards: what is noted late bears the date that was given for it, and in
autumn a ward's clock is set back. The order of the file is the order in which entries count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from il2calc import values
from il2calc.course import Entry, Undone
from il2calc.logbook import fields
from il2calc.logbook.effects import EFFECTS
from il2calc.logbook.mappings import Place, Reader, one
from il2calc.yamltext import Loc

_KEYS: Mapping[str, Reader] = {
    **EFFECTS,
    "entered": one(fields.moment),
    "reason": one(values.text),
    "override": one(fields.yes),
}


def read(data: Any, place: Place, line_of: Callable[[Loc], int]) -> tuple[Entry, ...]:
    """The entries that can be read; a fault for each that cannot.

    Args:
        line_of: the line of a location in the file.
    """
    if data == "":  # a log without entries ends in `entries:`
        return ()
    if not isinstance(data, list):
        place.fault("is not a list; begin each entry with '- '")
        return ()
    found: list[Entry] = []
    for index, each in enumerate(data):
        here = place.at(index)
        entry = _entry(each, here, index + 1, line_of(here.loc))
        if entry is not None:
            found.append(entry)
    _refuse_idle_undoing(found, data, place)
    return tuple(found)


def _entry(data: Any, place: Place, number: int, line: int) -> Entry | None:
    found = place.mapping(data, "an entry", _KEYS, ("entered",))
    if not isinstance(data, dict):
        return None
    said = [key for key in data if key in EFFECTS]
    if not said and data.keys() <= _KEYS.keys():
        place.fault(f"says nothing that was done; write one of: {', '.join(EFFECTS)}")
    elif len(said) > 1:
        place.fault(f"says {' and '.join(said)}; make an entry of each")
    elif found is not None:
        return Entry(
            number,
            found["entered"],
            found[said[0]],
            found.get("reason"),
            found.get("override", False),
            line,
        )
    return None


def _refuse_idle_undoing(entries: list[Entry], data: list[Any], place: Place) -> None:
    """An undo names an earlier entry that still counts and is no undo itself."""
    undone: dict[int, int] = {}
    for entry in entries:
        if not isinstance(entry.effect, Undone):
            continue
        here = place.at(entry.number - 1).at("undo")
        target = entry.effect.entry
        if target >= entry.number:
            here.fault(f"names entry {target}, which does not stand before it; name an earlier one")
        elif isinstance(data[target - 1], dict) and "undo" in data[target - 1]:
            here.fault(f"names entry {target}, an undo; enter anew what that had undone")
        elif target in undone:
            here.fault(f"names entry {target}, which entry {undone[target]} has undone already")
        else:
            undone[target] = entry.number
