"""Where data files are found: in the user's folder first, then among those that ship."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from il2calc.errors import RegimenError, UnknownName, as_typed, nearest_slip
from il2calc.model.evidence import Origin
from il2calc.model.regimen import Regimen
from il2calc.text.safefile import MOST_BYTES, MOST_OF_A_LOG

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

SUFFIXES = (".yaml", ".yml")
LIBRARY_REVIEWS = "reviews.yaml"
"""What holds, in a user's folder, the reviews of regimens that ship; it is no regimen."""


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
        if place is not None and (place / "drugs").is_dir():
            found |= _by_name(place / "drugs")
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
            problem = "is not a folder; give one that holds regimens"
            raise RegimenError(str(folder), None, "", problem)
        paths = [path for path in sorted(folder.iterdir()) if _names_one(path)]
    except OSError as error:
        problem = f"is no folder that can be read ({error.strerror}); give another"
        raise RegimenError(str(folder), None, "", problem) from None
    found: dict[str, Path] = {}
    for path in paths:
        if path.stem in found:
            problem = f"holds {found[path.stem].name} and {path.name}; keep one of them"
            raise RegimenError(str(folder), None, "", problem)
        found[path.stem] = path
    return found


def _names_one(path: Path) -> bool:
    return path.suffix in SUFFIXES and path.name != LIBRARY_REVIEWS


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
