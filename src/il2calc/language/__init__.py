"""Regimen files: found on the shelf, read strictly, every fault told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from il2calc.errors import FaultyFile, Refused, RegimenError, UnknownName
from il2calc.language import shelf
from il2calc.language.regimen_file import Examination, examine, named_otherwise
from il2calc.language.regimen_file import load as _load
from il2calc.language.regimen_keys import REGIMEN
from il2calc.model.regimen import Regimen
from il2calc.text.shapes import json_schema

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

__all__ = [
    "REGIMEN",
    "Examination",
    "drug",
    "examine",
    "examine_drug",
    "json_schema",
    "load",
    "monograph",
    "named_otherwise",
    "shelf",
]


def load(
    name: str, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen of an id, a path, or `-` for standard input.

    Args:
        name: an id, a path, or `-`.
        folder: a folder of the user's own, looked up before what ships.
        settings: path and text of each value to be read otherwise.

    Raises:
        UnknownName: no regimen has that id.
        RegimenError: the file cannot be opened.
        FaultyFile: the file has faults; all of them are told.
        Refused: a setting that the file does not have.
    """
    return _load(shelf.find(name, folder), settings)


def examine_drug(found: shelf.Found) -> tuple[Drug | None, tuple[RegimenError, ...]]:
    """A monograph, or every fault of its file; its reader is loaded only where drugs are read."""
    from il2calc.language.drug_file import examine as examine_file

    return examine_file(found)


def monograph(name: str, folder: Path | None = None) -> Drug | None:
    """The monograph of a drug by the name of its file; None where there is none.

    Raises:
        FaultyFile: the file has faults; all of them are told.
    """
    found = shelf.find_drug(name, folder)
    if found is None:
        return None
    result, faults = examine_drug(found)
    if result is None:
        raise FaultyFile(faults)
    if (misnamed := named_otherwise(result)) is not None:
        raise FaultyFile((misnamed,))
    return result


def drug(name: str, folder: Path | None = None) -> Drug:
    """The monograph of a drug by its name or a synonym, also one that is open to doubt.

    Raises:
        Refused: a preparation that is often taken for the drug and is another one, or a synonym
            of several drugs.
        UnknownName: no monograph has that name.
        FaultyFile: a monograph has faults.
    """
    if (exact := monograph(name, folder)) is not None:
        return exact
    wanted = name.casefold()
    known: list[str] = []
    meant: list[Drug] = []
    for at_hand in shelf.drugs(folder):
        candidate = monograph(at_hand, folder)
        assert candidate is not None
        if wanted in (one.casefold() for one in candidate.names()) or candidate.doubt(name):
            meant.append(candidate)
        for other in candidate.others:
            if other.is_called(name):
                text = f"{other.name} is not {candidate.name}: {other.fact.text}"
                raise Refused(f"{text} To read of {candidate.name}: il2calc drug {candidate.name}")
        known += candidate.names()
    if len(meant) > 1:
        names = " or ".join(drug.name for drug in meant)
        raise Refused(f"{name!r} is a name of several drugs; write which: {names}")
    if meant:
        return meant[0]
    raise UnknownName("drug with a monograph", name, known)
