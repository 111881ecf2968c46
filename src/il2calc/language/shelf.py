"""Where data files are found, in the user's folder first, then among those that ship.

What ships is read already: beside its files an installation has their models as JSON, a line each,
by the SHA-256 of the file, for to read YAML, hold it against the keys and build a model of it is a
third of a start. A test holds the lines equal to what reading the files gives. A line stands for
the very bytes that it was made of, with the very drug files beside them; whatever else is read. A
checkout reads its files, which change.
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
"""What holds, in a user's folder, the reviews of regimens that ship; it is no regimen."""
READY = "ready.jsonl"
"""What holds the models of what ships, beside its files."""

_MAPPING = "mapping"
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
    _MAPPING: dict,
}


class Found(NamedTuple):
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


def is_installed(place: Path) -> bool:
    """Whether the regimens that ship lie in the package, and not beside it as in a checkout."""
    return place.parent == Path(__file__).parent.parent


def names(folder: Path | None = None) -> dict[str, Path]:
    """Every regimen at hand: id -> file, a user's file before a shipped one of the same id."""
    found: dict[str, Path] = {}
    for place in (shipped(), folder):
        found |= _by_name(place)
    return dict(sorted(found.items()))


def drugs(folder: Path | None = None) -> dict[str, Path]:
    """Every drug file at hand: name -> file, a user's file before a shipped one."""
    found: dict[str, Path] = {}
    for place in (shipped(), folder):
        here = place and (place / "drugs" if place.is_dir() else place)
        if here == place or (here and here.is_dir()):
            found |= _by_name(here)
    return dict(sorted(found.items()))


def find_drug(name: str, folder: Path | None = None) -> Found | None:
    """The file of a drug's monograph; None where there is none.

    Raises:
        RegimenError: there is a file, but it cannot be read.
    """
    path = drugs(folder).get(name)
    if path is None:
        return None
    return _taken(name, path, _by_name(shipped() / "drugs"))


def find(name: str, folder: Path | None = None) -> Found:
    """The file that an id, a path or `-` (standard input) names.

    Raises:
        UnknownName: no regimen has that id, and it is no path.
        RegimenError: there is something at that path, but it cannot be read.
    """
    if name == "-":
        return _found(sys.stdin.buffer.read(MOST_BYTES + 1), Origin("<stdin>", ""))
    if "/" in name or "\\" in name or name.endswith(SUFFIXES):
        return open_file(name)
    known = names(folder)
    if name not in known:
        hint = "Try: il2calc list; or give a path such as ./my-regimen.yaml"
        if name in drugs(folder):
            hint = f"It is a drug: il2calc drug {as_typed(name)}"
        elif Path(name).is_file():
            hint = f"A file here has that name; to use it: {as_typed(f'./{name}')}"
        raise UnknownName("regimen", name, known, hint, nearest_slip)
    return _taken(name, known[name], _by_name(shipped()))


class OnShelf(NamedTuple):
    """A file that a folder holds: its bytes, or why they cannot be read."""

    name: str
    path: Path
    found: Found | RegimenError


def everything(folder: Path | None = None) -> Iterator[OnShelf]:
    """Every regimen at hand with its file; each folder is looked through once."""
    return _opened(names(folder), _by_name(shipped()))


def every_drug(folder: Path | None = None) -> Iterator[OnShelf]:
    """Every drug file at hand; each folder is looked through once."""
    return _opened(drugs(folder), _by_name(shipped() / "drugs"))


def _opened(known: Mapping[str, Path], ships: Mapping[str, Path]) -> Iterator[OnShelf]:
    for name, path in known.items():
        try:
            yield OnShelf(name, path, _taken(name, path, ships))
        except RegimenError as error:
            yield OnShelf(name, path, error)


def _taken(name: str, path: Path, ships: Mapping[str, Path]) -> Found:
    """The file of a name; `ships` are the shipped ones, one of which it may be or hide."""
    ships_too = ships.get(name)
    is_shipped = ships_too is not None and path.parent.resolve() == ships_too.parent.resolve()
    hides = None if is_shipped or ships_too is None else str(ships_too)
    origin = Origin(str(path), "", is_shipped, hides, name)
    return _found(_content(path, str(path)), origin)


def _by_name(folder: Path | None) -> dict[str, Path]:
    """The regimen files of a folder by their names, which must be apart."""
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
    found: dict[str, Path] = {}
    for path in paths:
        if path.stem in found:
            problem = f"holds {found[path.stem].name} and {path.name}; keep one of them"
            raise RegimenError(str(folder), None, "", problem)
        found[path.stem] = path
    return found


def open_file(path: str) -> Found:
    """The file at a path, as it is named.

    Raises:
        RegimenError: it cannot be read.
    """
    return _found(_content(Path(path), path), Origin(path, "", typed=path))


def _content(path: Path, shown: str) -> bytes:
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


def _found(content: bytes, origin: Origin) -> Found:
    return Found(content, origin._replace(sha256=hashlib.sha256(content).hexdigest()))


def named_otherwise(read: Regimen | Drug) -> RegimenError | None:
    """The fault of a file on a shelf whose id is not its file's name, by which it is found."""
    key, name = ("regimen", read.id) if isinstance(read, Regimen) else ("drug", read.name)
    stem = PurePath(read.origin.file).stem
    if name == stem:
        return None
    problem = f"is {name!r}, but the file is named {stem!r}; make them the same"
    return RegimenError(read.origin.file, None, key, problem)


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


def ready_lines(models: Iterable[Regimen | Drug]) -> Iterator[str]:
    """The lines of the file: first what the drug files are, then each model by its file."""
    yield _drugs(shipped()) + "\n"
    for model in models:
        said = _plain(
            replace(model, origin=NO_FILE)
            if isinstance(model, Regimen)
            else model._replace(origin=NO_FILE)
        )
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        yield f"{model.origin.sha256} {text}\n"


def _made(found: Found) -> Any:
    content, key = ready(), f"\n{found.origin.sha256} ".encode()
    if (start := content.find(key)) < 0:
        return None
    return model_of(json.loads(content[start + len(key) : content.index(b"\n", start + 1)]))


@cache
def ready() -> bytes:
    """All lines; none in a checkout, or where a drug file is another one."""
    place = shipped()
    if not is_installed(place) or not (place / READY).is_file():
        return b""
    content = (place / READY).read_bytes()
    return content if content.startswith(_drugs(place).encode()) else b""


def _drugs(place: Path) -> str:
    """The SHA-256 of all drug files together, on which the drugs' names in regimens rest."""
    found = hashlib.sha256()
    for path in sorted((place / "drugs").iterdir()):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _plain(value: Any) -> Any:
    """A model as JSON has it: a record or number by its kind, what is left out in it as usual."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    if isinstance(value, Mapping):
        return {_MAPPING: [[_plain(key), _plain(each)] for key, each in value.items()]}
    if type(value) is tuple:
        return [_plain(each) for each in value]
    said = {
        name: _plain(each)
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


def model_of(said: Any) -> Any:
    """What JSON says as `_plain` wrote it."""
    if isinstance(said, list):
        return tuple([model_of(each) for each in said])
    if not isinstance(said, dict):
        return said
    ((name, inside),) = said.items()
    kind = _MODELS[name]
    if isinstance(inside, dict):
        return kind(**{key: model_of(each) for key, each in inside.items()})
    return kind(model_of(inside))
