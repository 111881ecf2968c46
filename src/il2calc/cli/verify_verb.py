"""The verb `verify`: is this installation what shipped, and does it compute correctly?

The files are compared with the record of the wheel, the reference schedules are computed again, and
the results are printed on one page with room for two signatures. The page needs no module that
computes, so it can also report that one is missing or damaged.
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
from il2calc.cli import options, output
from il2calc.cli.options import Text, option
from il2calc.errors import how_many

if TYPE_CHECKING:
    from il2calc.cli.goldens import Computed, Golden
    from il2calc.report.sheet import Part

NAME = "il2calc"
_MOST_LISTED = 5
_BLANK = "_" * 14
_OPTIMIZATIONS = ("", "1", "2")
_HEADER_BYTES = 16
"""Length of the header before the code in a `.pyc` file [bytes]."""
_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile("extra == .(pdf|cohort)")
"""Extras needed at run time; the others are for building, tests and documentation."""
_ZONES = re.compile(r"# version (\S+)")


class Check(NamedTuple):
    """The result of one check.

    Args:
        text: what was checked, and how much of it; why not, if it was not checked.
        differences: what is not as it should be; empty = nothing.
        done: the check was possible; if not, `differences` says why, if that is a fault.
    """

    name: str
    text: str
    differences: tuple[str, ...] = ()
    done: bool = True

    def verdict(self) -> str:
        """The verdict in one to four words."""
        if self.differences:
            return "DIFFERS" if self.done else "NOT VERIFIABLE"
        return "as it should be" if self.done else "not checked"


class Verification(NamedTuple):
    """All checks, with the versions in use and the time."""

    moment: datetime
    installation: Sequence[Check]
    operation: Sequence[Check]
    versions: Mapping[str, str]

    def checks(self) -> list[Check]:
        """The checks of both parts."""
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
    """Check every file and every schedule that ships, and print one page; no network."""
    format_ = options.chosen_format(format_, output_, ("text", "json", "pdf"))
    options.refuse_terminal(format_, output_, "verification")
    output.refuse_unwritable(output_)
    result = Verification(datetime.now(UTC), [_installation()], list(_operation()), versions())
    _write(result, format_, output_)
    output.tell_written(output_, format_, quiet=quiet)
    if not result.holds():
        raise typer.Exit(1)


def _write(result: Verification, format_: str, target: Any) -> None:
    if format_ == "json":
        output.write_json(document(result), target)
    elif format_ == "pdf":
        from il2calc.format import printed

        output.write_bytes(printed.pdf_of(list(paragraphs(result))), target)
    else:
        output.write_sheet(paragraphs(result), target)


def _installation() -> Check:
    """The check of the installed files against the record of the wheel."""
    try:
        state = files()
    except NotVerifiableError as error:
        return Check("files", "", (f"not verifiable: {error}",), done=False)
    text = (
        f"By SHA-256 as recorded: {state.regimens} regimens, {state.monographs} monographs, "
        f"{state.modules} modules, {state.others} other files. Not as recorded: "
        f"{len(state.differing)} differing, {len(state.missing)} missing, {len(state.extra)} extra."
    )
    faults = [f"differs: {name}" for name in state.differing]
    faults += [f"missing: {name}" for name in state.missing]
    faults += [f"extra, in no record: {name}" for name in state.extra]
    return Check("files", text, tuple(faults))


class Files(NamedTuple):
    """The installed files, compared with the record of the wheel.

    Args:
        regimens: number of regimens that are as recorded; likewise `monographs` and `modules`.
        others: number of all other files that are as recorded.
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
    """The installation that this program runs from.

    Raises:
        NotVerifiableError: it runs from a checkout, or from files that no wheel installed.
    """
    problem = "it runs from a checkout or a copy, for which there is no record"
    package = Path(il2calc.__file__)
    for dist in metadata.distributions(name=NAME):
        init = Path(str(dist.locate_file(f"{NAME}/__init__.py")))
        if f"{NAME}/__init__.py" in _recorded(dist) and init.exists() and init.samefile(package):
            return dist
    raise NotVerifiableError(f"{problem}; install the wheel to verify it")


def files() -> Files:
    """Every file of the installation, compared with the record of the wheel.

    Raises:
        NotVerifiableError: there is no record.
    """
    dist = distribution()
    intact: list[str] = []
    differing: list[str] = []
    missing: list[str] = []
    recorded = _recorded(dist)
    for name, hash_ in recorded.items():
        if not hash_ and name.endswith((".pyc", ".dist-info/RECORD")):
            continue  # compiled files are compared with their source below
        path = Path(str(dist.locate_file(name)))
        if not path.is_file():
            missing.append(name)
        elif not hash_ or _hash_of(path, hash_.partition("=")[0]) != hash_:
            differing.append(name)
        else:
            intact.append(name)
    regimens = [name for name in intact if re.fullmatch(rf"{NAME}/regimens/[^/]+\.yaml", name)]
    drugs = [name for name in intact if re.fullmatch(rf"{NAME}/regimens/drugs/[^/]+\.yaml", name)]
    modules = [name for name in intact if re.fullmatch(rf"{NAME}/.+\.py", name)]
    counts = (len(regimens), len(drugs), len(modules))
    compiled = {cache: module for module in modules for cache in _compiled(dist, module)}
    present = set(_present(dist))
    caches = (name for name in compiled if name in present)
    differing += [name for name in caches if not _is_current(dist, name, compiled)]
    extra = sorted(present - compiled.keys() - recorded.keys())
    others = len(intact) - sum(counts)
    return Files(*counts, others, tuple(sorted(differing)), tuple(sorted(missing)), tuple(extra))


def _recorded(dist: metadata.Distribution) -> dict[str, str]:
    """File -> its hash in the record of the wheel; empty if the record gives none.

    `Distribution.files` is not used: from Python 3.12 on it leaves out missing files.
    """
    rows = csv.reader((dist.read_text("RECORD") or "").splitlines())
    return {row[0]: (*row, "")[1] for row in rows if row}


def _hash_of(path: Path, mode: str) -> str:
    """The hash of a file as in a record; empty if the file or the hash method is not available."""
    try:
        digest = hashlib.new(mode, path.read_bytes()).digest()
    except (OSError, ValueError):
        return ""
    return f"{mode}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _present(dist: metadata.Distribution) -> Iterator[str]:
    """The files in the package; a link to a folder counts as a file."""
    root = Path(str(dist.locate_file(NAME)))
    for path in root.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(root.parent).as_posix()


def _compiled(dist: metadata.Distribution, module: str) -> Iterator[str]:
    """The `.pyc` files that Python would run in place of a module."""
    root = Path(str(dist.locate_file(""))).resolve()
    for optimization in _OPTIMIZATIONS:
        cache = Path(cache_from_source(str(root / module), optimization=optimization))
        with suppress(ValueError):  # the cache is elsewhere (PYTHONPYCACHEPREFIX)
            yield cache.relative_to(root).as_posix()


def _is_current(dist: metadata.Distribution, cache: str, compiled: Mapping[str, str]) -> bool:
    """Whether a `.pyc` file has the code that Python would compile from its module now."""
    source = Path(str(dist.locate_file(compiled[cache])))
    level = int(PurePosixPath(cache).stem.partition(".opt-")[2] or 0)
    expected = compile(source.read_bytes(), str(source), "exec", dont_inherit=True, optimize=level)
    try:
        actual = Path(str(dist.locate_file(cache))).read_bytes()[_HEADER_BYTES:]
        return bool(marshal.loads(actual) == expected)  # noqa: S302 - Python runs this very file
    except (EOFError, OSError, TypeError, ValueError):
        return False


def _operation() -> Iterator[Check]:
    """The checks of the reference schedules, computed here and written in every format.

    Whatever is wrong with an installation is reported, including a module that cannot be loaded.
    """
    try:
        from il2calc.cli import goldens

        shipped = goldens.read()
    except Exception as error:  # noqa: BLE001 - any part of the program may be damaged
        yield Check("schedules", "", (f"they cannot be read here: {_error_text(error)}",))
        return
    formulas = {golden.given.get("bsa_formula") for golden in shipped} - {None}
    cases: list[tuple[Golden, Computed]] = []
    failed: list[str] = []
    for golden in output.with_progress(shipped, "schedules computed"):
        try:
            cases.append((golden, goldens.compute(golden.regimen, golden.given)))
        except Exception as error:  # noqa: BLE001 - the same
            failed.append(f"{golden.name()}: cannot be calculated: {_error_text(error)}")
    rows = sum(golden.rows for golden in shipped)
    regimens = len({golden.regimen for golden in shipped})
    text = f"{len(shipped)} schedules of {regimens} regimens, by {len(formulas)} formulas of the "
    text += f"body surface area: {rows:,} rows."
    yield Check("schedules", text, tuple(failed))
    for names, scope in (
        (goldens.BY_VALUE, "Every value of every row, to the last digit."),
        (goldens.BY_ROW, "Date, time, drug and amount of every row, read back."),
        (goldens.PICTURES, "Drawn; a picture has no rows."),
    ):
        for name in names:
            yield Check(name, scope, tuple(_differing(cases, name, goldens.differences)))
    yield _pdf_check(cases)


def _differing(
    cases: list[tuple[Golden, Computed]],
    format_: str,
    differences: Callable[[Golden, Computed, str], Iterator[str]],
) -> Iterator[str]:
    for golden, actual in output.with_progress(cases, f"schedules written as {format_}"):
        try:
            yield from (f"{golden.name()}: {text}" for text in differences(golden, actual, format_))
        except Exception as error:  # noqa: BLE001 - as above
            yield f"{golden.name()}: cannot be written: {_error_text(error)}"


def _pdf_check(cases: list[tuple[Golden, Computed]]) -> Check:
    """The check of a PDF of one schedule of each regimen, if the extra is installed."""
    if find_spec("typst") is None:
        return Check("pdf", "The extra is not installed: pip install 'il2calc[pdf]'", done=False)
    try:
        from il2calc.format import printed
    except ImportError as error:
        return Check("pdf", "", (f"no sheet can be produced here: {_error_text(error)}",))
    by_regimen = {golden.regimen: (golden, actual) for golden, actual in reversed(cases)}
    faults: list[str] = []
    for golden, actual in by_regimen.values():
        try:
            data = printed.pdf(actual.schedule, actual.cautions)
        except Exception as error:  # noqa: BLE001 - as above
            faults.append(f"{golden.name()}: cannot be produced: {_error_text(error)}")
        else:
            if not (data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")):
                faults.append(f"{golden.name()}: is not a complete PDF")
    return Check("pdf", f"{len(by_regimen)} sheets produced, one for each regimen.", tuple(faults))


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def versions() -> dict[str, str]:
    """The versions in use: il2calc, Python, system, requirements, installed extras, time zones."""
    by_name = {NAME: __version__, "Python": platform.python_version()}
    by_name["system"] = f"{platform.system()} {platform.release()}, {platform.machine()}"
    try:
        required = metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:
        required = []
    for line in required:
        match = _REQUIREMENT_NAME.match(line)
        assert match is not None, "a requirement begins with a name"
        needed = _EXTRA.search(line) or "extra ==" not in line
        if needed and (version := _version(match[0])) is not None:
            by_name[match[0]] = version
    by_name["time zone data"] = zones()
    return by_name


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def zones() -> str:
    """The time zone data in use: that of the system first, else that of the package tzdata."""
    for folder in zoneinfo.TZPATH:
        index = Path(folder) / "tzdata.zi"
        if index.is_file():
            match = _ZONES.match(index.read_text("utf-8", "replace"))
            return f"{match[1] if match else 'of no known version'}, of the system"
        if Path(folder).is_dir():
            return "of no known version, of the system"
    return f"{_version('tzdata') or 'none'}, of the package tzdata"


def paragraphs(result: Verification) -> Iterator[Part]:
    """The page, by heading."""
    checked = f"checked on {result.moment:%Y-%m-%d %H:%M} UTC"
    yield "Verification of an il2calc installation", [f"il2calc {__version__}", checked]
    for heading, checks in (
        ("Installation: the files", result.installation),
        ("Operation: the shipped schedules, calculated here", result.operation),
    ):
        yield heading, [line for check in checks for line in _check_lines(check)]
    yield "Versions", ["; ".join(f"{name} {version}" for name, version in result.versions.items())]
    yield "Result", [_result_sentence(result)]
    blank = f"name {_BLANK} date {_BLANK[:10]} signature {_BLANK}"
    yield "Signatures", [f"{who}: {blank}" for who in ("Carried out by", "Checked by")]


def _check_lines(check: Check) -> Iterator[str]:
    yield f"{check.name}: {check.verdict()}. {check.text}".rstrip()
    yield from (f"  {text}" for text in check.differences[:_MOST_LISTED])
    if (left_out := len(check.differences) - _MOST_LISTED) > 0:
        yield f"  and {left_out:,} more; all of them: --format json"


def _result_sentence(result: Verification) -> str:
    """The result in one sentence, and what it does not mean."""
    count = sum(len(check.differences) for check in result.checks())
    if not count:
        text = "Nothing differs."
    else:
        text = f"Not as it should be: {how_many(f'{count:,}', 'finding')} above."
    return f"{text} This does not say that a regimen is right for a patient."


def document(result: Verification) -> dict[str, Any]:
    """The page as plain data, for programs."""
    from il2calc.report.plain_data import document_head

    return {
        **document_head("il2calc.verification/1"),
        "when": f"{result.moment:%Y-%m-%dT%H:%M}Z",
        "holds": result.holds(),
        "installation": [_check_data(check) for check in result.installation],
        "operation": [_check_data(check) for check in result.operation],
        "versions": dict(result.versions),
    }


def _check_data(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "done": check.done,
        "told": check.text,
        "differences": list(check.differences),
    }
