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
    for file in (*shelf.all_regimens(), *shelf.all_drugs()):
        assert not isinstance(file.content, RegimenError)
        if file.path.parent.name == "drugs":
            drug, _ = examine_drug(file.content)
            assert drug is not None, file.name
            yield drug
        else:
            regimen = examine(file.content, (), names).regimen
            assert regimen is not None, file.name
            yield regimen


def main() -> None:
    """Write the file beside the regimens."""
    place = shelf.shipped() / shelf.READY
    place.write_text("".join(shelf.ready_lines(models())), encoding="utf-8", newline="\n")
    sys.stdout.write(f"written: {place.name}\n")


if __name__ == "__main__":
    main()
