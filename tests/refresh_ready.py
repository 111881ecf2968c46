"""Write the models of what ships beside their files again: `python tests/refresh_ready.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from il2calc.errors import RegimenError
from il2calc.language import DrugNames, examine, examine_drug, shelf
from il2calc.model.drug import Drug
from il2calc.model.regimen import Regimen


def models() -> Iterator[Regimen | Drug]:
    """Every regimen and monograph that ships, read from its file."""
    names = DrugNames()
    for name, file in shelf.opened(shelf.regimen_files()):
        assert not isinstance(file, RegimenError)
        regimen = examine(file, (), names).regimen
        assert regimen is not None, name
        yield regimen
    for name, file in shelf.opened(shelf.drug_files()):
        assert not isinstance(file, RegimenError)
        drug, _ = examine_drug(file)
        assert drug is not None, name
        yield drug


def main() -> None:
    """Write the file beside the regimens."""
    place = shelf.shipped() / shelf.READY
    place.write_text("".join(shelf.ready_lines(models())), encoding="utf-8", newline="\n")
    sys.stdout.write(f"written: {place.name}\n")


if __name__ == "__main__":
    main()
