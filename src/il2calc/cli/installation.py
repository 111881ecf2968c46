"""Whether the files of this installation are those of the wheel, and what it runs with."""

from __future__ import annotations

import base64
import csv
import hashlib
import marshal
import platform
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import il2calc
from il2calc import __version__

NAME = "il2calc"
_OPTIMIZATIONS = ("", "1", "2")
_HEADER = 16
"""What stands before the code in a file that Python compiled [bytes]."""
_REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile("extra == .(pdf|cohort)")
"""Extras that are run; the others build, test and document."""
_ZONES = re.compile(r"# version (\S+)")


class Files(NamedTuple):
    """What was found of the files that the wheel's record names.

    Args:
        regimens: how many of those that are as recorded are regimens; so `monographs`, `modules`.
        others: all other files that are as recorded.
        extra: files in the package that no record names.
    """

    regimens: int
    monographs: int
    modules: int
    others: int
    differing: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


class NotVerifiableError(Exception):
    """There is no record of what was installed."""


def distribution() -> metadata.Distribution:
    """The installation that this very program runs from.

    Raises:
        NotVerifiableError: it runs from a checkout, or from files that no wheel installed.
    """
    why = "it runs from a checkout or a copy, of which there is no record"
    package = Path(il2calc.__file__)
    for found in metadata.distributions(name=NAME):
        here = Path(str(found.locate_file(f"{NAME}/__init__.py")))
        if f"{NAME}/__init__.py" in _recorded(found) and here.exists() and here.samefile(package):
            return found
    raise NotVerifiableError(f"{why}; install the wheel to verify it")


def files() -> Files:
    """Every file that was installed against the record of the wheel, and what is there besides.

    Raises:
        NotVerifiableError: there is no record.
    """
    found = distribution()
    whole: list[str] = []
    differing: list[str] = []
    missing: list[str] = []
    recorded = _recorded(found)
    for name, said in recorded.items():
        if not said and name.endswith((".pyc", ".dist-info/RECORD")):
            continue  # what Python compiles is held against its source below
        path = Path(str(found.locate_file(name)))
        if not path.is_file():
            missing.append(name)
        elif not said or _hash(path, said.partition("=")[0]) != said:
            differing.append(name)
        else:
            whole.append(name)
    regimens = [name for name in whole if re.fullmatch(rf"{NAME}/regimens/[^/]+\.yaml", name)]
    drugs = [name for name in whole if re.fullmatch(rf"{NAME}/regimens/drugs/[^/]+\.yaml", name)]
    modules = [name for name in whole if re.fullmatch(rf"{NAME}/.+\.py", name)]
    counts = (len(regimens), len(drugs), len(modules))
    compiled = {cache: module for module in modules for cache in _compiled(found, module)}
    there = set(_there(found))
    differing += [name for name in compiled if name in there and not _is_of(found, name, compiled)]
    extra = sorted(there - compiled.keys() - recorded.keys())
    others = len(whole) - sum(counts)
    return Files(*counts, others, tuple(sorted(differing)), tuple(sorted(missing)), tuple(extra))


def _recorded(found: metadata.Distribution) -> dict[str, str]:
    """The hash of each file that the wheel's record names; empty where it gives none.

    `Distribution.files` leaves out what is not there from Python 3.12 on.
    """
    rows = csv.reader((found.read_text("RECORD") or "").splitlines())
    return {row[0]: (*row, "")[1] for row in rows if row}


def _hash(path: Path, mode: str) -> str:
    """The hash of a file as a record writes it; none if file or method cannot be read."""
    try:
        digest = hashlib.new(mode, path.read_bytes()).digest()
    except (OSError, ValueError):
        return ""
    return f"{mode}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _there(found: metadata.Distribution) -> Iterator[str]:
    """What stands in the package; of a link to a folder, the link."""
    root = Path(str(found.locate_file(NAME)))
    for path in root.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(root.parent).as_posix()


def _compiled(found: metadata.Distribution, module: str) -> Iterator[str]:
    """Where Python keeps what it compiles of a module, and runs in its place."""
    root = Path(str(found.locate_file(""))).resolve()
    for optimization in _OPTIMIZATIONS:
        cache = Path(cache_from_source(str(root / module), optimization=optimization))
        with suppress(ValueError):  # it is kept elsewhere (PYTHONPYCACHEPREFIX)
            yield cache.relative_to(root).as_posix()


def _is_of(found: metadata.Distribution, cache: str, compiled: Mapping[str, str]) -> bool:
    """Whether what Python compiled is what it would compile of the module today."""
    source = Path(str(found.locate_file(compiled[cache])))
    level = int(PurePosixPath(cache).stem.partition(".opt-")[2] or 0)
    meant = compile(source.read_bytes(), str(source), "exec", dont_inherit=True, optimize=level)
    try:
        kept = Path(str(found.locate_file(cache))).read_bytes()[_HEADER:]
        return bool(marshal.loads(kept) == meant)  # noqa: S302 - Python runs this very file
    except (EOFError, OSError, TypeError, ValueError):
        return False


def versions() -> dict[str, str]:
    """What it runs with: itself, Python, what it needs, the extras that are there, time zones."""
    found = {NAME: __version__, "Python": platform.python_version()}
    found["system"] = f"{platform.system()} {platform.release()}, {platform.machine()}"
    try:
        required = metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:
        required = []
    for line in required:
        match = _REQUIRED.match(line)
        assert match is not None, "a requirement begins with a name"
        needed = _EXTRA.search(line) or "extra ==" not in line
        if needed and (version := _version(match[0])) is not None:
            found[match[0]] = version
    found["time zone data"] = zones()
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def zones() -> str:
    """Which time zone data is read: that of the system first, else the package's."""
    for place in zoneinfo.TZPATH:
        index = Path(place) / "tzdata.zi"
        if index.is_file():
            match = _ZONES.match(index.read_text("utf-8", "replace"))
            return f"{match[1] if match else 'of no known version'}, of the system"
        if Path(place).is_dir():
            return "of no known version, of the system"
    return f"{_version('tzdata') or 'none'}, of the package tzdata"
