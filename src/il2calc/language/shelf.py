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
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from il2calc.errors import RegimenError, UnknownName, as_typed, nearest_slip
from il2calc.model import drug, evidence, measure, regimen
from il2calc.model.drug import Drug
from il2calc.model.evidence import Origin
from il2calc.model.regimen import Regimen
from il2calc.text import safefile
from il2calc.text.safefile import MOST_BYTES, MOST_OF_A_LOG
from il2calc.units import Quantity, Span

SUFFIXES = (".yaml", ".yml")
LIBRARY_REVIEWS = "reviews.yaml"
"""The file in a user's folder with reviews of shipped regimens; it is no regimen."""
READY = "ready.jsonl"
"""The file with the models of the shipped files, beside them."""

MAPPING = "mapping"
"""The name of a mapping in the file of models, where records have that of their class."""
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
    MAPPING: dict,
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


def regimen_files(folder: Path | None = None) -> dict[str, Origin]:
    """Every available regimen, by id; a user's file replaces a shipped one of the same id."""
    return _files(shipped(), folder)


def drug_files(folder: Path | None = None) -> dict[str, Origin]:
    """Every available drug file, by name; a user's file replaces a shipped one."""
    if folder is None or not folder.is_dir():
        return _files(shipped() / "drugs", folder)
    own = folder / "drugs"
    return _files(shipped() / "drugs", own if own.is_dir() else None)


def find_drug(name: str, folder: Path | None = None) -> FileContent | None:
    """The file of a drug's monograph; None where there is none.

    Raises:
        RegimenError: there is a file, but it cannot be read.
    """
    origin = drug_files(folder).get(name)
    return None if origin is None else _opened(origin)


def is_path(name: str) -> bool:
    """Whether a regimen is named by a path and not by its id."""
    return "/" in name or "\\" in name or name.endswith(SUFFIXES)


def find(name: str, folder: Path | None = None) -> FileContent:
    """The file that an id, a path or `-` (standard input) names.

    Raises:
        UnknownName: no regimen has that id, and it is no path.
        RegimenError: the file at that path cannot be read.
    """
    if name == "-":
        return _hashed(sys.stdin.buffer.read(MOST_BYTES + 1), Origin("<stdin>", ""))
    if is_path(name):
        return open_file(name)
    files = regimen_files(folder)
    if name not in files:
        hint = "Try: il2calc list; or give a path such as ./my-regimen.yaml"
        if name in drug_files(folder):
            hint = f"It is a drug: il2calc drug {as_typed(name)}"
        elif Path(name).is_file():
            hint = f"A file here has that name; to use it: {as_typed(f'./{name}')}"
        raise UnknownName("regimen", name, files, hint, nearest_slip)
    return _opened(files[name])


def opened(files: Mapping[str, Origin]) -> Iterator[tuple[str, FileContent | RegimenError]]:
    """The bytes of each file by its name, or why they cannot be read."""
    for name, origin in files.items():
        try:
            yield name, _opened(origin)
        except RegimenError as error:
            yield name, error


def _files(ship: Path, own: Path | None) -> dict[str, Origin]:
    """The files of two folders in order of their names; the same folder hides no file of its own.

    Their hashes are not known yet.
    """
    shipped_files = _by_name(ship)
    files = {name: Origin(str(path), "", True, None, name) for name, path in shipped_files.items()}
    if own is not None:
        own_files, same = _by_name(own), own.resolve() == ship.resolve()
        for name, path in own_files.items():
            hides = str(shipped_files[name]) if name in files and not same else None
            files[name] = Origin(str(path), "", same, hides, name)
    return dict(sorted(files.items()))


def _by_name(folder: Path) -> dict[str, Path]:
    """The regimen or drug files of a folder by their names, which must differ."""
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
    return _opened(Origin(path, "", typed=path))


def _opened(origin: Origin) -> FileContent:
    path = Path(origin.file)
    try:
        if path.is_dir():
            raise RegimenError(origin.file, None, "", "is a folder; give a regimen file in it")
        if origin.typed != origin.file and path.is_fifo():
            problem = "is a pipe, which would be waited for; keep it out of the folder"
            raise RegimenError(origin.file, None, "", problem)
        return _hashed(safefile.read(path, MOST_OF_A_LOG), origin)
    except FileNotFoundError:
        meant = with_its_ending(origin.file)
        way = f"did you mean {meant}?" if meant else "to list what ships: il2calc list"
        problem = f"there is no such file; {way}"
        raise RegimenError(origin.file, None, "", problem) from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); check the path and its permissions"
        raise RegimenError(origin.file, None, "", problem) from None


def with_its_ending(path: str) -> str | None:
    """The file that a path names but for its ending, `.yaml`; None if it is not there."""
    file = Path(path).with_suffix(".yaml")
    return as_typed(str(file)) if file.is_file() else None


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
    if folder is not None and (folder / "drugs").is_dir():
        return None
    model = _ready_model(file)
    return model if isinstance(model, Regimen) else None


def monograph_of(file: FileContent) -> Drug | None:
    """The monograph of a file that ships; None where it has to be read."""
    model = _ready_model(file)
    return model if isinstance(model, Drug) else None


def _ready_model(file: FileContent) -> Regimen | Drug | None:
    if not file.origin.shipped:
        return None
    content, key = ready(), f"\n{file.origin.sha256} ".encode()
    if (start := content.find(key)) < 0:
        return None
    model = model_of(json.loads(content[start + len(key) : content.index(b"\n", start + 1)]))
    return with_origin(model, file.origin)


def with_origin(model: Regimen | Drug, origin: Origin) -> Regimen | Drug:
    """The model of a file, as one of the file that `origin` names."""
    if isinstance(model, Regimen):
        return replace(model, origin=origin)
    return model._replace(origin=origin)


@cache
def ready() -> bytes:
    """All lines of the file of models; empty in a checkout, or if a drug file was changed."""
    folder = shipped()
    if not is_installed(folder) or not (folder / READY).is_file():
        return b""
    content = (folder / READY).read_bytes()
    return content if content.startswith(hash_of_drugs(folder).encode()) else b""


def hash_of_drugs(folder: Path) -> str:
    """The SHA-256 of all drug files together, which decide what drug names in regimens mean."""
    together = hashlib.sha256()
    for path in sorted((folder / "drugs").iterdir()):
        together.update(hashlib.sha256(path.read_bytes()).digest())
    return together.hexdigest()


def model_of(data: Any) -> Any:
    """The model of a line: each record or number is under the name of its class."""
    if isinstance(data, list):
        return tuple([model_of(item) for item in data])
    if not isinstance(data, dict):
        return data
    ((name, inside),) = data.items()
    kind = _MODELS[name]
    if isinstance(inside, dict):
        return kind(**{key: model_of(item) for key, item in inside.items()})
    return kind(model_of(inside))
