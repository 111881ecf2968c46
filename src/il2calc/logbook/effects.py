"""What one entry of a course log did, from the plain data under its key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from il2calc import values
from il2calc.course import (
    Decided,
    Delayed,
    DoseKey,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.logbook import fields
from il2calc.logbook.body import weight
from il2calc.logbook.mappings import Place, Reader, one

_WHICH: Mapping[str, Reader] = {
    "block": one(fields.chain),
    "drug": one(values.name),
    "dose": one(values.name),
    "numbers": one(fields.numbers),
}
_GIVEN = {**_WHICH, "at": one(fields.moment), "amount": one(fields.amount)}
_SHIFT = {**_WHICH, "by": one(fields.minutes)}
_DELAY = {"block": one(fields.chain), "by": one(fields.days)}
_WEIGH = {"weight": one(weight), "on": one(values.day), "use_from": one(fields.chain)}
_REDUCE = {"drug": one(values.name), "to": one(fields.percent), "from": one(fields.chain)}
_DECIDE = {"block": one(fields.chain), "given": one(fields.yes_or_no)}
_NEEDED = ("drug", "numbers")


def _given(data: Any, place: Place) -> Given | None:
    if isinstance(data, list):
        listed = _listed(data, place)
        return Given(listed) if listed else None
    found = place.mapping(data, "what was given", _GIVEN, _NEEDED)
    if found is None:
        return None
    doses = _doses(found)
    for key in ("at", "amount"):
        if key in found and len(doses) > 1:
            place.at(key).fault(f"is that of {len(doses)} doses; give each an entry of its own")
    return Given(doses, found.get("at"), found.get("amount"))


def _held(data: Any, place: Place) -> Held | None:
    if isinstance(data, list):
        listed = _listed(data, place)
        return Held(listed) if listed else None
    found = place.mapping(data, "what was held", _WHICH, _NEEDED)
    return None if found is None else Held(_doses(found))


def _listed(data: list[Any], place: Place) -> tuple[DoseKey, ...]:
    """The doses of a list of mappings; none where any of them is faulty."""
    if not data:
        place.fault("lists no dose; write {block: ..., drug: ..., numbers: ...}")
    found: dict[DoseKey, None] = {}
    whole = True
    for index, each in enumerate(data):
        here = place.at(index)
        which = here.mapping(each, "a choice of doses", _WHICH, _NEEDED)
        doses = () if which is None else _doses(which)
        if twice := [key.number for key in doses if key in found]:
            here.at("numbers").fault(f"names dose {twice[0]} again; name each dose once")
        whole = whole and bool(doses) and not twice
        found |= dict.fromkeys(doses)
    return tuple(found) if whole else ()


def _doses(found: Mapping[str, Any]) -> tuple[DoseKey, ...]:
    drug = found["drug"]
    of_one = partial(DoseKey, found.get("block", ()), drug, found.get("dose", drug))
    return tuple(of_one(number) for number in found["numbers"])


def _shifted(data: Any, place: Place) -> Shifted | None:
    found = place.mapping(data, "a shift", _SHIFT, (*_NEEDED, "by"))
    if found is None:
        return None
    doses = _doses(found)
    if len(doses) > 1:
        place.at("numbers").fault("names several doses; name the first one that is moved")
    return Shifted(doses[0], found["by"])


def _delayed(data: Any, place: Place) -> Delayed | None:
    found = place.mapping(data, "a delay", _DELAY, tuple(_DELAY))
    return None if found is None else Delayed(found["block"], found["by"])


def _weighed(data: Any, place: Place) -> Weighed | None:
    found = place.mapping(data, "a weighing", _WEIGH, ("weight", "on"))
    return None if found is None else Weighed(**found)


def _reduced(data: Any, place: Place) -> Reduced | None:
    found = place.mapping(data, "a reduction", _REDUCE, tuple(_REDUCE))
    return None if found is None else Reduced(found["drug"], found["to"], found["from"])


def _decided(data: Any, place: Place) -> Decided | None:
    found = place.mapping(data, "a decision", _DECIDE, tuple(_DECIDE))
    return None if found is None else Decided(found["block"], found["given"])


def _stopped(data: Any, place: Place) -> Stopped | None:
    return Stopped() if one(fields.yes)(data, place) else None


def _undone(data: Any, place: Place) -> Undone | None:
    number = one(fields.whole)(data, place)
    return None if number is None else Undone(number)


EFFECTS: Mapping[str, Reader] = {
    "given": _given,
    "hold": _held,
    "shift": _shifted,
    "delay": _delayed,
    "weigh": _weighed,
    "reduce": _reduced,
    "decide": _decided,
    "stop": _stopped,
    "undo": _undone,
}
"""The key of an entry -> how the effect under it is read."""
