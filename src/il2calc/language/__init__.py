"""Regimen and drug files: find them and read them strictly, with every fault reported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from il2calc.errors import Refused, UnknownName, as_typed
from il2calc.language import shelf
from il2calc.language.drug_names import DrugNames, monograph
from il2calc.language.shelf import misnamed_fault
from il2calc.model.regimen import Regimen

if TYPE_CHECKING:
    from il2calc.language.drug_file import examine_drug
    from il2calc.language.regimen_file import Examination, examine
    from il2calc.model.drug import Drug

__all__ = [
    "DrugNames",
    "Examination",
    "drug",
    "examine",
    "examine_drug",
    "load",
    "misnamed_fault",
    "monograph",
    "monographs",
    "read",
    "shelf",
]

_LAZY_MODULES = {
    "Examination": "il2calc.language.regimen_file",
    "examine": "il2calc.language.regimen_file",
    "examine_drug": "il2calc.language.drug_file",
}


def __getattr__(name: str) -> Any:
    """Import what reads a file at its first use: shipped files mostly need no reading."""
    if name not in _LAZY_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY_MODULES[name]), name)


def load(
    name: str | Path, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen that an id, a path, or `-` for standard input names.

    Args:
        name: an id, a path, or `-`.
        folder: the user's library folder, searched before the shipped files.
        settings: the path and the new text of each value to change.

    Raises:
        UnknownName: no regimen has that id.
        RegimenError: the file cannot be opened.
        FaultyFile, Refused: as for `read`.
    """
    return read(shelf.find(str(name), folder), folder=folder, settings=settings)


def read(
    file: shelf.FileContent, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen of a file whose bytes are already loaded.

    Raises:
        FaultyFile: with all faults of it, of the settings, of a monograph for its names, or of the
            file of reviews.
        Refused: a drug's name means several drugs.
    """
    settings = tuple(settings)
    regimen = shelf.regimen_of(file, folder) if not settings else None
    if regimen is None:
        from il2calc.language import regimen_file

        regimen = regimen_file.load(file, settings, DrugNames(folder))
    if not regimen.reviews and (folder is None or not file.origin.shipped):
        return regimen
    from il2calc.language import provenance

    return provenance.with_checked_reviews(regimen, file, folder)


def monographs(names: Iterable[str], folder: Path | None = None) -> dict[str, Drug | None]:
    """The monograph of each drug, by the name of its file; None where there is none.

    Raises:
        RegimenError, FaultyFile: a folder or file cannot be opened; a file has faults, all told.
    """
    return {name: monograph(name, folder) for name in names}


def drug(name: str, folder: Path | None = None) -> Drug:
    """The monograph of a drug by its name or a synonym, even an ambiguous one.

    Raises:
        Refused: the name is that of another preparation, often mistaken for the drug, or is a
            synonym of several drugs.
        UnknownName: no monograph has that name.
        FaultyFile: a monograph has faults.
    """
    names = DrugNames(folder)
    if (result := names.monograph(name)) is not None:
        return result
    if (other := names.look_up(name).mistaken_for) is not None:
        raise Refused(f"{other.text} To read about {other.of}: il2calc drug {as_typed(other.of)}")
    nearest = names.nearest(name)
    command = f"il2calc show {as_typed(name)}"
    hint = f"It is a regimen: {command}" if name in shelf.regimen_files(folder) else ""
    raise UnknownName(
        "drug with a monograph", name, names.unambiguous_names(), hint, lambda *_: nearest
    )
