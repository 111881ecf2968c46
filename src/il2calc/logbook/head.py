"""What stands in a course log before its entries: whose course it is, by which regimen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from il2calc import values
from il2calc.course import Entry, Log
from il2calc.logbook import body, fields
from il2calc.logbook.mappings import Place, Reader, one
from il2calc.patient import Patient

BODY: Mapping[str, str] = {
    "weight": "weight",
    "height": "height",
    "bsa": "surface_area",
    "bsa_formula": "formula",
    "sex": "sex",
    "bsa_cap": "surface_cap",
    "gfr": "gfr",
}
"""Key of a log -> what it is of a patient."""

_REQUIRED = ("log", "regimen", "version", "sha256", "start", "at")


def read(data: dict[str, Any], place: Place, file: str, entries: Reader) -> Log | None:
    """The course log that a file's plain data hold; None, and faults, where they hold none.

    Args:
        file: its name, as it is shown.
        entries: how the entries are read.
    """
    before = len(place.faults)
    found = place.mapping(data, "a course log", {**_HEAD, "entries": entries}, _REQUIRED)
    if "entries" in data and (last := next(reversed(data))) != "entries":
        problem = f"is added to at its end; move it below {last!r}, to the end of the file"
        place.at("entries").fault(problem)
    for key in ("height", "bsa_formula"):
        if "bsa" in data and key in data:
            place.at(key).fault("excludes 'bsa'; keep one way to the body surface area")
    if found is None or len(place.faults) > before:
        return None
    entered: tuple[Entry, ...] = found.get("entries", ())
    return Log(
        file=file,
        subject=found["log"],
        regimen=found["regimen"],
        version=found["version"],
        sha256=found["sha256"],
        patient=Patient(**{name: found[key] for key, name in BODY.items() if key in found}),
        start=found["start"],
        at=found["at"],
        arm=found.get("arm"),
        times=found.get("times", {}),
        percents=found.get("percent", {}),
        settings=tuple(found.get("set", {}).items()),
        zone=found.get("tz"),
        facts=found.get("facts", {}),
        entries=entered,
    )


def _named(name: Callable[[Any], Any], field: Callable[[Any], Any]) -> Reader:
    """A reader of a mapping from names of the user's own."""

    def read(data: Any, place: Place) -> dict[str, Any] | None:
        if not isinstance(data, dict) or not data:
            place.fault("names nothing; write indented 'name: value' lines")
            return None
        for each in data:
            one(name)(each, place.at(each))
        return place.mapping(data, "this", dict.fromkeys(data, one(field)))

    return read


_HEAD: Mapping[str, Reader] = {
    "log": one(fields.label),
    "regimen": one(values.text),
    "version": one(fields.whole),
    "sha256": one(fields.sha256),
    "weight": one(body.weight),
    "height": one(body.height),
    "bsa": one(body.surface_area),
    "bsa_formula": one(body.formula),
    "sex": one(body.sex),
    "bsa_cap": one(body.surface_cap),
    "gfr": one(body.gfr),
    "start": one(values.day),
    "at": one(values.clock),
    "arm": one(fields.dotted_name),
    "times": _named(fields.dotted_name, fields.whole),
    "percent": _named(values.name, fields.percent),
    "set": _named(values.text, fields.setting),
    "tz": one(fields.zone),
    "facts": _named(values.text, fields.setting),
}
