"""From a file's bytes to a regimen, or to everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import NamedTuple

from il2calc import yamltext
from il2calc.errors import FaultyFile, RegimenError
from il2calc.library import clashes, either_or, references, settings, structure
from il2calc.library.backing import about_faults, citation_faults
from il2calc.library.fields import OTHERWISE_READERS
from il2calc.library.paths import dotted
from il2calc.library.schema import REGIMEN
from il2calc.library.shapes import Fault, Loc, read
from il2calc.library.shelf import Found
from il2calc.library.vocabulary import Built, build
from il2calc.regimen import Regimen, Setting


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


def examine(found: Found, wanted: Iterable[tuple[str, str]] = ()) -> Examination:
    """Read a file and collect every fault in it.

    Args:
        found: the bytes and their origin.
        wanted: path and text of each value to be read otherwise.

    Raises:
        Refused: a value to be read otherwise that this file does not have.
    """
    document = yamltext.read(found.content)
    places = _Places(found.origin.file, document)
    faults: list[Fault] = []
    if not isinstance(document.data, dict):
        if document.data is not None:
            faults.append(((), "is not a mapping; a regimen file begins with 'regimen: NAME'"))
        return Examination(None, places.errors(faults, document.faults), ())
    places.settings = settings.apply(document.data, wanted)
    draft = read(REGIMEN, document.data, (), faults)
    built = build(document.data, draft, tuple(places.settings.values()))
    faults += _cross_faults(document.data, built)
    remarks = places.errors(structure.crossings(built))
    if faults or document.faults:
        return Examination(None, places.errors(faults, document.faults), remarks)
    assert built.regimen is not None
    confirmed = "numbering" in draft
    regimen = replace(built.regimen, origin=found.origin)
    return Examination(regimen, (), () if confirmed else remarks)


def load(found: Found, wanted: Iterable[tuple[str, str]] = ()) -> Regimen:
    """Read a file that must be right.

    Raises:
        FaultyFile: with every fault in it.
        Refused: a value to be read otherwise that this file does not have.
    """
    result = examine(found, wanted)
    if result.regimen is None:
        raise FaultyFile(result.faults)
    return result.regimen


def _cross_faults(data: dict[str, yamltext.Plain], built: Built) -> Iterator[Fault]:
    yield from built.faults
    yield from citation_faults(data)
    yield from about_faults(data)
    yield from _otherwise_faults(data)
    yield from either_or.faults(data)
    yield from references.faults(data, built)
    yield from structure.faults(built)
    yield from clashes.faults(built)


def _otherwise_faults(data: dict[str, yamltext.Plain]) -> Iterator[Fault]:
    """The other reading of an assumption must be one that its key can take."""
    entries = data.get("assumptions")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict) or "otherwise" not in entry:
            continue
        about = entry.get("about")
        key = str(about).rsplit(".", 1)[-1].split("[")[0]
        place = ("assumptions", index, "otherwise")
        if key not in OTHERWISE_READERS:
            yield place, "needs 'about' to name one value, such as cycle.repeat.rest"
            continue
        try:
            OTHERWISE_READERS[key](entry["otherwise"])
        except ValueError as error:
            yield place, f"cannot be what {about} says: {error}"


class _Places:
    """Turns locations into file, line and path."""

    def __init__(self, file: str, document: yamltext.Document) -> None:
        self.file, self.document = file, document
        self.settings: dict[Loc, Setting] = {}

    def errors(
        self, faults: Iterable[Fault], textual: Iterable[yamltext.TextFault] = ()
    ) -> tuple[RegimenError, ...]:
        """The faults as errors, each once, in the order of the file."""
        placed = [(fault.line, fault.loc, fault.problem) for fault in textual]
        placed += [(self._line(loc), loc, problem) for loc, problem in faults]
        ordered = sorted(dict.fromkeys(placed), key=lambda each: each[0])
        return tuple(self._error(*each) for each in ordered)

    def _line(self, loc: Loc) -> int:
        key = (*loc, yamltext.KEY)
        return self.document.lines[key] if key in self.document.lines else self.document.line(loc)

    def _error(self, line: int, loc: Loc, problem: str) -> RegimenError:
        path = dotted(self.document.data, loc)
        for place, setting in self.settings.items():
            if loc[: len(place)] == place:
                return RegimenError(f"--set {setting.path}={setting.now}", None, "", problem)
        return RegimenError(self.file, line, path, problem)


def named_otherwise(regimen: Regimen) -> RegimenError | None:
    """The fault of a regimen on a shelf whose id is not its file's name, by which it is found."""
    stem = PurePath(regimen.origin.file).stem
    if regimen.id == stem:
        return None
    problem = f"is {regimen.id!r}, but the file is named {stem!r}; make them the same"
    return RegimenError(regimen.origin.file, None, "regimen", problem)
