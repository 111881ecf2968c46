"""Regimen files: found on the shelf, read strictly, every fault told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from il2calc.errors import Refused, RegimenError, UnknownName, as_typed
from il2calc.language import shelf
from il2calc.language.drug_names import DrugNames, drug_of, monograph
from il2calc.language.shelf import named_otherwise
from il2calc.model.regimen import Regimen

if TYPE_CHECKING:
    from il2calc.language.drug_file import examine_drug
    from il2calc.language.regimen_file import Examination, examine
    from il2calc.model.drug import Drug

__all__ = [
    "DrugNames",
    "Examination",
    "drug",
    "drug_of",
    "examine",
    "examine_drug",
    "examine_reviews",
    "load",
    "monograph",
    "monographs",
    "named_otherwise",
    "read",
    "shelf",
]

_ROOMS = {
    "Examination": "il2calc.language.regimen_file",
    "examine": "il2calc.language.regimen_file",
    "examine_drug": "il2calc.language.drug_file",
}


def __getattr__(name: str) -> Any:
    """Load what reads a file where it is first asked for: what ships is mostly read already."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)


def load(
    name: str | Path, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen of an id, a path, or `-` for standard input.

    Args:
        name: an id, a path, or `-`.
        folder: a folder of the user's own, searched before the shipped files.
        settings: path and new text of each value to change.

    Raises:
        UnknownName: no regimen has that id.
        RegimenError: the file cannot be opened.
        FaultyFile: the file has faults; all of them are reported.
        Refused: a setting that the file does not have.
    """
    return read(shelf.find(str(name), folder), folder=folder, settings=settings)


def read(
    found: shelf.Found, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen of a file that is at hand, as `load` reads it.

    Raises:
        FaultyFile: it has faults, or the file of reviews in the folder has; all are told.
    """
    settings = tuple(settings)
    made = shelf.regimen_of(found, folder) if not settings else None
    if made is None:
        from il2calc.language import regimen_file

        made = regimen_file.load(found, settings, DrugNames(folder))
    if not made.reviews and (folder is None or not found.origin.shipped):
        return made
    from il2calc.language import provenance

    return provenance.judged(made, found, folder)


def examine_reviews(found: shelf.Found) -> tuple[RegimenError, ...]:
    """Every fault of a file of reviews."""
    from il2calc.language import provenance

    _, faulty = provenance.examine(found)
    return () if faulty is None else faulty.faults


def monographs(names: Iterable[str], folder: Path | None = None) -> dict[str, Drug | None]:
    """The monograph of each drug that is named; None where there is none.

    Raises:
        FaultyFile: a file has faults; all of them are reported.
    """
    return {name: monograph(name, folder) for name in names}


def drug(name: str, folder: Path | None = None) -> Drug:
    """The monograph of a drug by its name or a synonym, also one that is open to doubt.

    Raises:
        Refused: a preparation that is often taken for the drug and is another one, or a synonym
            of several drugs.
        UnknownName: no monograph has that name.
        FaultyFile: a monograph has faults.
    """
    names = DrugNames(folder)
    if (found := names.monograph(name)) is not None:
        return found
    if (other := names.of(name).other) is not None:
        raise Refused(f"{other.text} To read about {other.of}: il2calc drug {as_typed(other.of)}")
    near = names.near(name)
    show = f"il2calc show {as_typed(name)}"
    hint = f"It is a regimen: {show}" if name in shelf.names(folder) else ""
    raise UnknownName("drug with a monograph", name, names.known(), hint, lambda *_: near)
