"""From a file's bytes to a regimen, or to everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import FaultyFile, Refused, RegimenError
from il2calc.language import amount_checks, checks, clashes, paths, remarks
from il2calc.language.fields import shown
from il2calc.language.paths import FaultPlaces, entries, facts, settable
from il2calc.language.provenance import about_faults, citation_faults
from il2calc.language.regimen_build import Built, build
from il2calc.language.regimen_keys import REGIMEN
from il2calc.language.shelf import Found
from il2calc.model.regimen import Regimen
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read, taken_for

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames


class Examination(NamedTuple):
    """What a file holds.

    Args:
        regimen: None where there is any fault.
        faults: all of them, in the order of the file.
        remarks: what a person should confirm, though the file loads.
    """

    regimen: Regimen | None
    faults: tuple[RegimenError, ...]
    remarks: tuple[RegimenError, ...]


def examine(
    found: Found,
    wanted: Iterable[tuple[str, str]] = (),
    names: DrugNames | None = None,
    *,
    thorough: bool = True,
) -> Examination:
    """Read a file and collect every fault in it.

    Args:
        found: the bytes and their origin.
        wanted: path and text of each value to be read otherwise.
        names: of the drugs with a monograph; None = every drug is called as it is written.
        thorough: also hold the other reading of every assumption against the file.

    Raises:
        Refused: a value to be read otherwise that this file does not have; a drug's name that
            means several.
        FaultyFile: a monograph that had to be read for a name has faults.
    """
    document = yaml.read(found.content)
    places = FaultPlaces(found.origin.file, document)
    if not isinstance(document.data, dict):
        problem = "is not a mapping; a regimen file begins with 'regimen: NAME'"
        shapeless: list[Fault] = [] if document.data is None else [((), problem)]
        return Examination(None, places.errors(shapeless, document.faults), ())
    faults = list(about_faults(document.data))
    wanted = tuple(wanted)
    places.settings = paths.apply(document.data, wanted)
    if wanted:
        places.before = examine(found, (), names, thorough=False).faults
    draft = read(REGIMEN, document.data, (), faults)
    built = build(document.data, draft, tuple(places.settings.values()), names)
    faults += _cross_faults(document.data, built)
    if names is not None:
        faults += amount_checks.plain_units(built, names)
    if thorough:
        faults += _otherwise_faults(found, document.data, built)
    confirmed = "numbering" in document.data
    to_confirm = list(remarks.remarks(built, confirmed=confirmed))
    if built.regimen is not None:
        faults += amount_checks.total_faults(document.data, built.regimen)
    if built.regimen is not None and thorough and not faults and not document.faults:
        to_confirm += amount_checks.differences(document.data, built.regimen)
    told = places.errors(to_confirm)
    if faults or document.faults:
        return Examination(None, places.errors(faults, document.faults), told)
    assert built.regimen is not None
    said = {path: shown(value) for path, value in facts(document.data)}
    regimen = replace(
        built.regimen, origin=found.origin, facts=said, texts=paths.texts(document.data)
    )
    return Examination(regimen, (), told)


def load(
    found: Found, wanted: Iterable[tuple[str, str]] = (), names: DrugNames | None = None
) -> Regimen:
    """Read a file that must be right.

    Args:
        names: of the drugs with a monograph.

    Raises:
        FaultyFile: with every fault in it.
        Refused: a value to be read otherwise that this file does not have.
    """
    result = examine(found, wanted, names, thorough=False)
    if result.regimen is None:
        raise FaultyFile(result.faults)
    return result.regimen


def _cross_faults(data: dict[str, yaml.Plain], built: Built) -> Iterator[Fault]:
    yield from built.faults
    if "sources" not in taken_for(REGIMEN, data).values():
        yield from citation_faults(data)
    yield from checks.repeat_faults(data)
    yield from checks.name_faults(data, built)
    yield from amount_checks.faults(data, built)
    found = tuple(checks.calendar_faults(built))
    yield from found
    if not any(loc == () for loc, _ in found):
        yield from clashes.faults(built)


def _otherwise_faults(found: Found, data: dict[str, Any], built: Built) -> Iterator[Fault]:
    """The other reading of an assumption must be one that the file can take."""
    known = set(settable(data))
    for index, entry in entries(data, "assumptions"):
        if "otherwise" not in entry:
            continue
        place: Loc = ("assumptions", index, "otherwise")
        about, other = entry.get("about"), shown(entry["otherwise"])
        if about == "default_arm":
            if other not in built.arms:
                yield place, f"{other!r} is not an arm; known: {', '.join(built.arms)}"
        elif not isinstance(about, str) or about not in known:
            yield place, "needs 'about' to name one value, such as cycle.repeat.rest"
        else:
            yield from ((place, problem) for problem in _caused(found, about, other))


def _caused(found: Found, about: str, other: str) -> Iterator[str]:
    """What would be wrong with a file if one value were read otherwise, and is not wrong now."""
    try:
        result = examine(found, [(about, other)], thorough=False)
    except Refused as error:
        yield f"cannot be set: {error}"
        return
    for fault in result.faults:
        if fault.line is None:
            yield f"cannot be what {about} says: {fault.problem}"
            return
