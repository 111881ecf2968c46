"""Regimen files: found on the shelf, read strictly, every fault told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from il2calc.library import shelf
from il2calc.library.reading import Examination, examine, named_otherwise
from il2calc.library.reading import load as _load
from il2calc.library.schema import REGIMEN
from il2calc.library.shapes import json_schema
from il2calc.regimen import Regimen

__all__ = ["REGIMEN", "Examination", "examine", "json_schema", "load", "named_otherwise", "shelf"]


def load(
    name: str, *, folder: Path | None = None, settings: Iterable[tuple[str, str]] = ()
) -> Regimen:
    """The regimen of an id, a path, or `-` for standard input.

    Args:
        name: an id such as `npc-bolus`, or a path.
        folder: a folder of the user's own, looked up before what ships.
        settings: path and text of each value to be read otherwise.

    Raises:
        UnknownName: no regimen has that id.
        RegimenError: the file cannot be opened.
        FaultyFile: the file has faults; all of them are told.
        Refused: a setting that the file does not have.
    """
    return _load(shelf.find(name, folder), settings)
