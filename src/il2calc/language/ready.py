"""What ships, read already: regimens and monographs as JSON, by the SHA-256 of their files.

To read YAML, hold it against the keys and build a model of it is a third of a start. So an
installation has the models of its own files beside them, a line each, which a test holds equal to
what reading the files gives. A line stands for the very bytes that it was made of, with the very
drug files beside them; whatever else is read. A checkout reads its files, which change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from il2calc.language.shelf import Found, is_installed, shipped
from il2calc.model import drug, evidence, measure, regimen
from il2calc.model.drug import Drug
from il2calc.model.evidence import NO_FILE
from il2calc.model.regimen import Regimen
from il2calc.units import Quantity, Span

FILE = "ready.jsonl"
MAPPING = "mapping"
_MODELS: dict[str, Any] = {
    **{
        name: kind
        for room in (drug, evidence, measure, regimen)
        for name, kind in vars(room).items()
        if isinstance(kind, type) and kind.__module__ == room.__name__
    },
    "Quantity": Quantity,
    "Span": Span,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    MAPPING: dict,
}


def regimen_of(found: Found, folder: Path | None) -> Regimen | None:
    """The regimen of a file that ships; None where it has to be read.

    Args:
        folder: the user's own; one with drug files may give its drugs other names.
    """
    if not found.origin.shipped or (folder is not None and (folder / "drugs").is_dir()):
        return None
    made = _made(found)
    return replace(made, origin=found.origin) if isinstance(made, Regimen) else None


def monograph_of(found: Found) -> Drug | None:
    """The monograph of a file that ships; None where it has to be read."""
    made = _made(found) if found.origin.shipped else None
    return made._replace(origin=found.origin) if isinstance(made, Drug) else None


def lines(models: Iterable[Regimen | Drug]) -> Iterator[str]:
    """The lines of the file: first what the drug files are, then each model by its file."""
    yield _drugs(shipped()) + "\n"
    for model in models:
        said = plain(
            replace(model, origin=NO_FILE)
            if isinstance(model, Regimen)
            else model._replace(origin=NO_FILE)
        )
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        yield f"{model.origin.sha256} {text}\n"


def _made(found: Found) -> Any:
    content, key = known(), f"\n{found.origin.sha256} ".encode()
    if (start := content.find(key)) < 0:
        return None
    return model(json.loads(content[start + len(key) : content.index(b"\n", start + 1)]))


@cache
def known() -> bytes:
    """All lines; none in a checkout, or where a drug file is another one."""
    place = shipped()
    if not is_installed(place) or not (place / FILE).is_file():
        return b""
    content = (place / FILE).read_bytes()
    return content if content.startswith(_drugs(place).encode()) else b""


def _drugs(place: Path) -> str:
    """The SHA-256 of all drug files together, on which the drugs' names in regimens rest."""
    found = hashlib.sha256()
    for path in sorted((place / "drugs").iterdir()):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def plain(value: Any) -> Any:
    """A model as JSON has it: a record or number by its kind, what is left out in it as usual."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    if isinstance(value, Mapping):
        return {MAPPING: [[plain(key), plain(each)] for key, each in value.items()]}
    if type(value) is tuple:
        return [plain(each) for each in value]
    said = {
        name: plain(each)
        for name, each, usual in _fields(value)
        if type(each) is not type(usual) or each != usual
    }
    return {type(value).__name__: said}


def _fields(record: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each field of a record with its value, and what it is where nothing is said."""
    if is_dataclass(record):
        for field in fields(record):
            yield field.name, getattr(record, field.name), field.default
    else:
        for name in record._fields:
            yield name, getattr(record, name), record._field_defaults.get(name, ...)


def model(said: Any) -> Any:
    """What JSON says as `plain` wrote it."""
    if isinstance(said, list):
        return tuple([model(each) for each in said])
    if not isinstance(said, dict):
        return said
    ((name, inside),) = said.items()
    kind = _MODELS[name]
    if isinstance(inside, dict):
        return kind(**{key: model(each) for key, each in inside.items()})
    return kind(model(inside))
