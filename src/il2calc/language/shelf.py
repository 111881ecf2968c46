"""Where data files are found, in the user's folder first, then among those that ship.

Beside the shipped files an installation has their models as JSON, a line each, by the SHA-256 of
the file: reading YAML, checking its keys and building a model takes a third of start-up time.
A line is used only for the very bytes that it was made from, and only with the very drug files that
were beside them; anything else is read. A test checks that the lines equal what reading the files
gives. A checkout reads its files, because they change.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from il2calc.errors import RegimenError, UnknownName, as_typed, nearest_slip
from il2calc.model import drug, evidence, measure, regimen
from il2calc.model.drug import Drug
from il2calc.model.evidence import NO_FILE, Origin
from il2calc.model.regimen import Regimen
from il2calc.text.safefile import MOST_BYTES, MOST_OF_A_LOG
from il2calc.units import Quantity, Span

SUFFIXES = (".yaml", ".yml")
LIBRARY_REVIEWS = "reviews.yaml"
"""The file in a user's folder with reviews of shipped regimens; it is no regimen."""
READY = "ready.jsonl"
"""The file with the models of the shipped files, beside them."""

_MAPPING = "mapping"
_MODELS: dict[str, Any] = {
    **{
        name: kind
        for module in (drug, evidence, measure, regimen)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    },
    "Quantity": Quantity,
    "Span": Span,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    _MAPPING: dict,
}


class FileContent(NamedTuple):
    """A file's bytes and where they come from."""

    content: bytes
    origin: Origin


def shipped() -> Path:
    """The folder of the regimens that ship: inside the package, or beside it in a checkout.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    inside = Path(__file__).parent.parent / "regimens"
    if inside.is_dir():
        return inside
    beside = Path(__file__).parents[3] / "regimens"
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"no regimens in {inside}; install il2calc again")


def is_installed(folder: Path) -> bool:
    """Whether a folder of shipped regimens is in the package, not beside it as in a checkout."""
    return folder.parent == Path(__file__).parent.parent


def regimen_files(folder: Path | None = None) -> dict[str, Path]:
    """Every available regimen: id -> file; a user's file replaces a shipped one of the same id."""
    files: dict[str, Path] = {}
    for root in (shipped(), folder):
        files |= _by_name(root)
    return dict(sorted(files.items()))


def drug_files(folder: Path | None = None) -> dict[str, Path]:
    """Every available drug file: name -> file; a user's file replaces a shipped one."""
    files: dict[str, Path] = {}
    for root in (shipped(), folder):
        inside = root and (root / "drugs" if root.is_dir() else root)
        if inside == root or (inside and inside.is_dir()):
            files |= _by_name(inside)
    return dict(sorted(files.items()))


def find_drug(name: str, folder: Path | None = None) -> FileContent | None:
    """The file of a drug's monograph; None where there is none.

    Raises:
        RegimenError: there is a file, but it cannot be read.
    """
    path = drug_files(folder).get(name)
    if path is None:
        return None
    return _named_file(name, path, _by_name(shipped() / "drugs"))


def find(name: str, folder: Path | None = None) -> FileContent:
    """The file that an id, a path or `-` (standard input) names.

    Raises:
        UnknownName: no regimen has that id, and it is no path.
        RegimenError: the file at that path cannot be read.
    """
    if name == "-":
        return _hashed(sys.stdin.buffer.read(MOST_BYTES + 1), Origin("<stdin>", ""))
    if "/" in name or "\\" in name or name.endswith(SUFFIXES):
        return open_file(name)
    files = regimen_files(folder)
    if name not in files:
        hint = "Try: il2calc list; or give a path such as ./my-regimen.yaml"
        if name in drug_files(folder):
            hint = f"It is a drug: il2calc drug {as_typed(name)}"
        elif Path(name).is_file():
            hint = f"A file here has that name; to use it: {as_typed(f'./{name}')}"
        raise UnknownName("regimen", name, files, hint, nearest_slip)
    return _named_file(name, files[name], _by_name(shipped()))


class FolderFile(NamedTuple):
    """A file of a folder: its bytes, or why they cannot be read."""

    name: str
    path: Path
    content: FileContent | RegimenError


def all_regimens(folder: Path | None = None) -> Iterator[FolderFile]:
    """Every available regimen with its file; each folder is listed once."""
    return _each_file(regimen_files(folder), _by_name(shipped()))


def all_drugs(folder: Path | None = None) -> Iterator[FolderFile]:
    """Every available drug file; each folder is listed once."""
    return _each_file(drug_files(folder), _by_name(shipped() / "drugs"))


def _each_file(
    files: Mapping[str, Path], shipped_files: Mapping[str, Path]
) -> Iterator[FolderFile]:
    for name, path in files.items():
        try:
            yield FolderFile(name, path, _named_file(name, path, shipped_files))
        except RegimenError as error:
            yield FolderFile(name, path, error)


def _named_file(name: str, path: Path, shipped_files: Mapping[str, Path]) -> FileContent:
    """The file that has a name; it may be one of the `shipped_files`, or hide one."""
    shipped_file = shipped_files.get(name)
    is_shipped = shipped_file is not None and path.parent.resolve() == shipped_file.parent.resolve()
    hides = None if is_shipped or shipped_file is None else str(shipped_file)
    origin = Origin(str(path), "", is_shipped, hides, name)
    return _hashed(_bytes_of(path, str(path)), origin)


def _by_name(folder: Path | None) -> dict[str, Path]:
    """The regimen or drug files of a folder by their names, which must differ."""
    if folder is None:
        return {}
    try:
        if not folder.is_dir():
            problem = "is not a folder; let --library or IL2CALC_LIBRARY name one of regimens"
            raise RegimenError(str(folder), None, "", problem)
        files = (path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES)
        paths = [path for path in files if path.name != LIBRARY_REVIEWS]
    except OSError as error:
        problem = f"is not a folder that can be read ({error.strerror}); give another"
        raise RegimenError(str(folder), None, "", problem) from None
    by_name: dict[str, Path] = {}
    for path in paths:
        if path.stem in by_name:
            problem = f"holds {by_name[path.stem].name} and {path.name}; keep one of them"
            raise RegimenError(str(folder), None, "", problem)
        by_name[path.stem] = path
    return by_name


def open_file(path: str) -> FileContent:
    """The file at a path.

    Raises:
        RegimenError: it cannot be read.
    """
    return _hashed(_bytes_of(Path(path), path), Origin(path, "", typed=path))


def _bytes_of(path: Path, shown: str) -> bytes:
    try:
        if path.is_dir():
            raise RegimenError(shown, None, "", "is a folder; give a regimen file in it")
        with path.open("rb") as stream:
            return stream.read(MOST_OF_A_LOG + 1)
    except FileNotFoundError:
        problem = "there is no such file; to list what ships: il2calc list"
        raise RegimenError(shown, None, "", problem) from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); check the path and its permissions"
        raise RegimenError(shown, None, "", problem) from None


def _hashed(content: bytes, origin: Origin) -> FileContent:
    return FileContent(content, origin._replace(sha256=hashlib.sha256(content).hexdigest()))


def misnamed_fault(model: Regimen | Drug) -> RegimenError | None:
    """The fault of a file in a folder whose id is not its file's name, by which it is found."""
    key, name = ("regimen", model.id) if isinstance(model, Regimen) else ("drug", model.name)
    stem = PurePath(model.origin.file).stem
    if name == stem:
        return None
    problem = f"is {name!r}, but the file is named {stem!r}; make them the same"
    return RegimenError(model.origin.file, None, key, problem)


def regimen_of(file: FileContent, folder: Path | None) -> Regimen | None:
    """The regimen of a file that ships; None where it has to be read.

    Args:
        folder: the user's own; its drug files may change which drugs the regimen's names mean.
    """
    if not file.origin.shipped or (folder is not None and (folder / "drugs").is_dir()):
        return None
    model = _ready_model(file)
    return replace(model, origin=file.origin) if isinstance(model, Regimen) else None


def monograph_of(file: FileContent) -> Drug | None:
    """The monograph of a file that ships; None where it has to be read."""
    model = _ready_model(file) if file.origin.shipped else None
    return model._replace(origin=file.origin) if isinstance(model, Drug) else None


def ready_lines(models: Iterable[Regimen | Drug]) -> Iterator[str]:
    """The lines of the file of models: the hash of all drug files, then each model by its file."""
    yield _hash_of_drugs(shipped()) + "\n"
    for model in models:
        without_file = (
            replace(model, origin=NO_FILE)
            if isinstance(model, Regimen)
            else model._replace(origin=NO_FILE)
        )
        text = json.dumps(_as_json(without_file), ensure_ascii=False, separators=(",", ":"))
        yield f"{model.origin.sha256} {text}\n"


def _ready_model(file: FileContent) -> Any:
    content, key = ready(), f"\n{file.origin.sha256} ".encode()
    if (start := content.find(key)) < 0:
        return None
    return model_of(json.loads(content[start + len(key) : content.index(b"\n", start + 1)]))


@cache
def ready() -> bytes:
    """All lines of the file of models; empty in a checkout, or if a drug file was changed."""
    folder = shipped()
    if not is_installed(folder) or not (folder / READY).is_file():
        return b""
    content = (folder / READY).read_bytes()
    return content if content.startswith(_hash_of_drugs(folder).encode()) else b""


def _hash_of_drugs(folder: Path) -> str:
    """The SHA-256 of all drug files together, which decide what drug names in regimens mean."""
    together = hashlib.sha256()
    for path in sorted((folder / "drugs").iterdir()):
        together.update(hashlib.sha256(path.read_bytes()).digest())
    return together.hexdigest()


def _as_json(value: Any) -> Any:
    """A model as JSON: a record or number under the name of its class, without default values."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    if isinstance(value, Mapping):
        return {_MAPPING: [[_as_json(key), _as_json(item)] for key, item in value.items()]}
    if type(value) is tuple:
        return [_as_json(item) for item in value]
    stated = {
        name: _as_json(item)
        for name, item, default in _fields(value)
        if type(item) is not type(default) or item != default
    }
    return {type(value).__name__: stated}


def _fields(record: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each field of a record with its value and its default."""
    if is_dataclass(record):
        for field in fields(record):
            yield field.name, getattr(record, field.name), field.default
    else:
        for name in record._fields:
            yield name, getattr(record, name), record._field_defaults.get(name, ...)


def model_of(data: Any) -> Any:
    """The model that `_as_json` wrote as JSON."""
    if isinstance(data, list):
        return tuple([model_of(item) for item in data])
    if not isinstance(data, dict):
        return data
    ((name, inside),) = data.items()
    kind = _MODELS[name]
    if isinstance(inside, dict):
        return kind(**{key: model_of(item) for key, item in inside.items()})
    return kind(model_of(inside))
