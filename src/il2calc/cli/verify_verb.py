"""The verb `verify`: is this installation what shipped, and does it compute what it must?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from il2calc.cli import formats, installation, output, shared_options
from il2calc.cli.installation import Files, NotVerifiableError
from il2calc.report.verification import Check, Verification

if TYPE_CHECKING:
    from il2calc.cli.goldens import Golden, Made

FORMATS = ("text", "json", "pdf")
DIFFERS = 1


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("verify")(run)


def run(
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="text|json|pdf", help="Default: by --output, else text."),
    ] = None,
    output_: shared_options.Output = None,
) -> None:
    """Look at every file and every schedule that ships, and print one page; no network."""
    format_ = formats.meant(format_, output_, FORMATS)
    formats.refuse_terminal(format_, output_, "verification")
    found = Verification(datetime.now(UTC), [_files()], list(_operation()), installation.versions())
    _write(found, format_, output_)
    if not found.holds():
        raise typer.Exit(DIFFERS)


def _write(found: Verification, format_: str, target: Any) -> None:
    from il2calc.report import verification

    if format_ == "json":
        from il2calc.format import json

        output.write_data(json.dumped(verification.document(found)), target)
    elif format_ == "pdf":
        from il2calc.format import pdf

        output.write_bytes(pdf.page_of(list(verification.paragraphs(found))), target)
    else:
        from il2calc.report import lines

        width = output.width() if target is None else None
        output.write_styled(lines.sheet(verification.paragraphs(found), width), target)


def _files() -> Check:
    """The files of the installation against the record of its wheel."""
    name = "files"
    try:
        found = installation.files()
    except NotVerifiableError as error:
        return Check(name, "", (f"not verifiable: {error}",), done=False)
    return Check(name, _counted(found), tuple(_wrong(found)))


def _counted(found: Files) -> str:
    return (
        f"By SHA-256 as recorded: {found.regimens} regimens, {found.monographs} monographs, "
        f"{found.modules} modules, {found.others} other files. Not as recorded: "
        f"{len(found.differing)} differing, {len(found.missing)} missing, {len(found.extra)} extra."
    )


def _wrong(found: Files) -> Iterator[str]:
    yield from (f"differs: {name}" for name in found.differing)
    yield from (f"missing: {name}" for name in found.missing)
    yield from (f"extra, in no record: {name}" for name in found.extra)


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
            failed.append(f"{each.name()}: cannot be computed: {_name_of(error)}")
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
        from il2calc.format import pdf
    except ImportError as error:
        return Check("pdf", "", (f"no sheet can be set here: {_name_of(error)}",))
    first = {each.regimen: (each, made) for each, made in reversed(here)}
    wrong: list[str] = []
    for each, made in first.values():
        try:
            data = pdf.document(made.schedule, made.cautions)
        except Exception as error:  # noqa: BLE001 - as above
            wrong.append(f"{each.name()}: cannot be set: {_name_of(error)}")
        else:
            if not (data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")):
                wrong.append(f"{each.name()}: is no whole PDF")
    return Check("pdf", f"{len(first)} sheets set, one for each regimen.", tuple(wrong))


def _name_of(error: Exception) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
