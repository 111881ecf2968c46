"""Write the models of what ships beside their files again: `python tests/refresh_ready.py`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from inspect import signature
from typing import Any

from il2calc.errors import RegimenError
from il2calc.language import DrugNames, examine, examine_drug, shelf
from il2calc.model.drug import Drug
from il2calc.model.evidence import NO_FILE
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


def ready_lines(models: Iterable[Regimen | Drug]) -> Iterator[str]:
    """The lines of the file of models: the hash of all drug files, then each model by its file."""
    yield shelf.hash_of_drugs(shelf.shipped()) + "\n"
    for model in models:
        data = as_json(shelf.with_origin(model, NO_FILE))
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        yield f"{model.origin.sha256} {text}\n"


def as_json(value: Any) -> Any:
    """A model as JSON: a record or number under the name of its class, without default values."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    if isinstance(value, Mapping):
        return {shelf.MAPPING: [[as_json(key), as_json(item)] for key, item in value.items()]}
    if type(value) is tuple:
        return [as_json(item) for item in value]
    stated: dict[str, Any] = {}
    for name, parameter in signature(type(value)).parameters.items():
        item, default = getattr(value, name), parameter.default
        if type(item) is not type(default) or item != default:
            stated[name] = as_json(item)
    return {type(value).__name__: stated}


def main() -> None:
    """Write the file beside the regimens."""
    place = shelf.shipped() / shelf.READY
    place.write_text("".join(ready_lines(models())), encoding="utf-8", newline="\n")
    sys.stdout.write(f"written: {place.name}\n")


if __name__ == "__main__":
    main()
