"""The verb `verify`: is this installation what shipped, and does it compute what it must?

The files are held against the record of the wheel, the schedules that ship are computed anew, and
both are told on one page with room for two signatures. The page needs no module that computes: of
an installation that lacks one it tells that.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import marshal
import platform
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import cache_from_source, find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

import il2calc
from il2calc import __version__
from il2calc.cli import formats, options, output
from il2calc.cli.options import Text, option
from il2calc.errors import how_many

if TYPE_CHECKING:
    from il2calc.cli.goldens import Golden, Made
    from il2calc.report.sheet import Part

FORMATS = ("text", "json", "pdf")
FORMAT = "il2calc.verification/1"
DIFFERS = 1
NAME = "il2calc"
TITLE = "Verification of an il2calc installation"
SIGNED_BY = ("Carried out by", "Checked by")
_MOST_TOLD = 5
_BLANK = "_" * 14
_OPTIMIZATIONS = ("", "1", "2")
_HEADER = 16
"""What stands before the code in a file that Python compiled [bytes]."""
_REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile("extra == .(pdf|cohort)")
"""Extras that are run; the others build, test and document."""
_ZONES = re.compile(r"# version (\S+)")


class Check(NamedTuple):
    """One thing that was looked at.

    Args:
        told: what was looked at and how much of it.
        differences: what is not as it should be; empty = all is.
        done: it could be looked at; otherwise `told` says why not, and whether that is a fault.
    """

    name: str
    told: str
    differences: tuple[str, ...] = ()
    done: bool = True

    def verdict(self) -> str:
        """In one word or two."""
        if self.differences:
            return "DIFFERS" if self.done else "NOT VERIFIABLE"
        return "as it should be" if self.done else "not checked"


class Verification(NamedTuple):
    """All that was looked at, with what, and when."""

    when: datetime
    installation: Sequence[Check]
    operation: Sequence[Check]
    versions: Mapping[str, str]

    def checks(self) -> list[Check]:
        """Both parts."""
        return [*self.installation, *self.operation]

    def holds(self) -> bool:
        """Whether nothing differs."""
        return not any(check.differences for check in self.checks())


def verify(
    format_: Annotated[
        Text, option("--format text|json|pdf", "Default: by --output, else text.")
    ] = None,
    output_: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Look at every file and every schedule that ships, and print one page; no network."""
    format_ = formats.meant(format_, output_, FORMATS)
    formats.refuse_terminal(format_, output_, "verification")
    found = Verification(datetime.now(UTC), [_installation()], list(_operation()), versions())
    _write(found, format_, output_)
    output.written(output_, format_, quiet=quiet)
    if not found.holds():
        raise typer.Exit(DIFFERS)


def _write(found: Verification, format_: str, target: Any) -> None:
    if format_ == "json":
        from il2calc.format import json

        output.write_data(json.dumped(document(found)), target)
    elif format_ == "pdf":
        from il2calc.format import printed

        output.write_bytes(printed.pdf_of(list(paragraphs(found))), target)
    else:
        output.write_sheet(paragraphs(found), target)


def _installation() -> Check:
    """The files of the installation against the record of its wheel."""
    try:
        found = files()
    except NotVerifiableError as error:
        return Check("files", "", (f"not verifiable: {error}",), done=False)
    told = (
        f"By SHA-256 as recorded: {found.regimens} regimens, {found.monographs} monographs, "
        f"{found.modules} modules, {found.others} other files. Not as recorded: "
        f"{len(found.differing)} differing, {len(found.missing)} missing, {len(found.extra)} extra."
    )
    wrong = [f"differs: {name}" for name in found.differing]
    wrong += [f"missing: {name}" for name in found.missing]
    wrong += [f"extra, in no record: {name}" for name in found.extra]
    return Check("files", told, tuple(wrong))


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
    why = "it runs from a checkout or a copy, for which there is no record"
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


def _operation() -> Iterator[Check]:
    """The schedules that ship, computed here and written in every format.

    Whatever is wrong with an installation is told on the page, a module that cannot be loaded too.
    """
    try:
        from il2calc.cli import goldens

        kept = goldens.read()
    except Exception as error:  # noqa: BLE001 - it may be any part of the program that is damaged
        yield Check("schedules", "", (f"they cannot be read here: {_name_of(error)}",))
        return
    formulas = {each.given["bsa_formula"] for each in kept if "bsa_formula" in each.given}
    here: list[tuple[Golden, Made]] = []
    failed: list[str] = []
    for each in output.counted(kept, "schedules computed"):
        try:
            here.append((each, goldens.made(each.regimen, each.given)))
        except Exception as error:  # noqa: BLE001 - the same
            failed.append(f"{each.name()}: cannot be calculated: {_name_of(error)}")
    rows = sum(each.rows for each in kept)
    regimens = len({each.regimen for each in kept})
    told = f"{len(kept)} schedules of {regimens} regimens, by {len(formulas)} formulas of the body "
    yield Check("schedules", f"{told}surface area: {rows:,} rows.", tuple(failed))
    for names, how in (
        (goldens.BY_VALUE, "Every value of every row, to the last digit."),
        (goldens.BY_ROW, "Date, time, drug and amount of every row, read back."),
        (goldens.DRAWN, "Drawn; a picture has no rows."),
    ):
        for name in names:
            yield Check(name, how, tuple(_differing(here, name, goldens.differences)))
    yield _pdf(here)


def _differing(
    here: list[tuple[Golden, Made]],
    format_: str,
    differences: Callable[[Golden, Made, str], Iterator[str]],
) -> Iterator[str]:
    for each, made in output.counted(here, f"schedules written as {format_}"):
        try:
            yield from (f"{each.name()}: {text}" for text in differences(each, made, format_))
        except Exception as error:  # noqa: BLE001 - as above
            yield f"{each.name()}: cannot be written: {_name_of(error)}"


def _pdf(here: list[tuple[Golden, Made]]) -> Check:
    """A PDF of one schedule of each regimen, where the extra is there."""
    if find_spec("typst") is None:
        return Check("pdf", "The extra is not installed: pip install 'il2calc[pdf]'", done=False)
    try:
        from il2calc.format import printed
    except ImportError as error:
        return Check("pdf", "", (f"no sheet can be produced here: {_name_of(error)}",))
    first = {each.regimen: (each, made) for each, made in reversed(here)}
    wrong: list[str] = []
    for each, made in first.values():
        try:
            data = printed.pdf(made.schedule, made.cautions)
        except Exception as error:  # noqa: BLE001 - as above
            wrong.append(f"{each.name()}: cannot be produced: {_name_of(error)}")
        else:
            if not (data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")):
                wrong.append(f"{each.name()}: is not a complete PDF")
    return Check("pdf", f"{len(first)} sheets produced, one for each regimen.", tuple(wrong))


def _name_of(error: Exception) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


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


def paragraphs(found: Verification) -> Iterator[Part]:
    """The page under its headings."""
    yield TITLE, [f"il2calc {__version__}", f"checked on {found.when:%Y-%m-%d %H:%M} UTC"]
    for heading, checks in (
        ("Installation: the files", found.installation),
        ("Operation: the shipped schedules, calculated here", found.operation),
    ):
        yield heading, [line for check in checks for line in _lines(check)]
    yield "Versions", ["; ".join(f"{name} {version}" for name, version in found.versions.items())]
    yield "Result", [_result(found)]
    blank = f"name {_BLANK} date {_BLANK[:10]} signature {_BLANK}"
    yield "Signatures", [f"{who}: {blank}" for who in SIGNED_BY]


def _lines(check: Check) -> Iterator[str]:
    yield f"{check.name}: {check.verdict()}. {check.told}".rstrip()
    yield from (f"  {text}" for text in check.differences[:_MOST_TOLD])
    if (more := len(check.differences) - _MOST_TOLD) > 0:
        yield f"  and {more:,} more; all of them: --format json"


def _result(found: Verification) -> str:
    """In one sentence, and what it does not say."""
    count = sum(len(check.differences) for check in found.checks())
    if not count:
        told = "Nothing differs."
    else:
        told = f"Not as it should be: {how_many(f'{count:,}', 'finding')} above."
    return f"{told} This does not say that a regimen is right for a patient."


def document(found: Verification) -> dict[str, Any]:
    """The same for programs."""
    from il2calc.report.plain_data import headed

    return {
        **headed(FORMAT),
        "when": f"{found.when:%Y-%m-%dT%H:%M}Z",
        "holds": found.holds(),
        "installation": [_told(check) for check in found.installation],
        "operation": [_told(check) for check in found.operation],
        "versions": dict(found.versions),
    }


def _told(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "done": check.done,
        "told": check.told,
        "differences": list(check.differences),
    }
