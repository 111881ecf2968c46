"""The verb `import`: a spreadsheet of regimens as a folder of regimen files."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import options, output
from il2calc.errors import Refused, numbered, shown
from il2calc.language import spreadsheet, spreadsheet_rows
from il2calc.language.spreadsheet import Draft
from il2calc.language.spreadsheet_rows import Refusal
from il2calc.text import safefile, values

REFUSALS = "refusals.csv"
_MOST_BYTES = 50_000_000
_COLUMNS = ("row", "text", "class", "what would be right")


def import_(
    sheet: Annotated[Path, typer.Argument(help="CSV of regimens, a row per drug or per day.")],
    into: Annotated[
        Path,
        typer.Option(
            "--folder",
            "-d",
            metavar="FOLDER",
            help="Where the files go; nothing in it is replaced.",
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE", help="YAML: our columns by the sheet's names of them."
        ),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option("--names", metavar="FILE", help="CSV: printed,drug for the names of drugs."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Hold the days of every file against the sheet's own.")
    ] = False,
    folder: options.Folder = None,
) -> None:
    """Write a file for each regimen that can be read, and every refusal with its row."""
    content = _read(sheet)
    ours = {} if mapping is None else spreadsheet_rows.mapped(_read(mapping), str(mapping))
    drugs: dict[str, str] = {}
    if names is not None:
        drugs = spreadsheet_rows.drug_names(
            spreadsheet_rows.table(_read(names), str(names)), str(names)
        )
    found = spreadsheet_rows.table(content, str(sheet))
    rows, unread = spreadsheet_rows.under_our_names(found, str(sheet), ours)
    if not rows:
        raise Refused(f"{sheet} holds no row; give a sheet with a row for each drug or day")
    today = date.today().isoformat()  # noqa: DTZ011 - the day of whoever imports the sheet
    digest = hashlib.sha256(content).hexdigest()[:16]
    cite = f"The spreadsheet {sheet.name} (SHA-256 {digest}), imported on {today}."
    if (told := into / REFUSALS).exists():
        raise Refused(f"{told} is there already; move it away, or give another folder")
    _make(into)
    for column in unread:
        output.tell(shown(f"caution: {sheet}:1: the column {column!r} is not read"))
    read = list(spreadsheet.drafts(spreadsheet.Sheet(cite, today, rows, drugs)))
    known = language.DrugNames(folder)
    refusals: list[Refusal] = []
    said: list[str] = []
    imported = 0
    scraps = cache(safefile.scraps_in)
    for draft in output.counted(read, "regimens"):
        line, refused = _imported(draft, into, known, scraps, check=check)
        imported += not refused
        refusals += refused
        said.append(line)
    output.write(said)
    refusals.sort(key=lambda refusal: refusal.row)
    for refusal in refusals:
        output.tell(shown(f"{sheet}:{refusal.row}: {refusal.kind}: {refusal.problem}"))
    told_in = ""
    if refusals:
        _create(told, _as_csv(refusals))
        told_in = f"; {_count(len(refusals), 'refusal')} in {told}"
    total = _count(len(read), "regimen")
    output.tell(shown(f"{imported} of {total} imported into {into}{told_in}"))
    if refusals:
        raise typer.Exit(1)


def _imported(
    draft: Draft,
    into: Path,
    names: language.DrugNames,
    scraps: safefile.Scraps,
    *,
    check: bool,
) -> tuple[str, Sequence[Refusal]]:
    """Write the file of a regimen; what is said of it, and what stopped it."""
    refusals: Sequence[Refusal] = draft.refusals
    file = into / f"{spreadsheet.plain_name(draft.name)}.yaml"
    said = f"{shown(str(file))}: imported"
    if draft.data is not None:
        content, regimen, refusals, remarks = spreadsheet.written(draft, str(file), names)
        for remark in remarks:
            output.tell(f"caution: {remark}")
        if regimen is not None and check:
            count, refusals = spreadsheet.held(draft, regimen)
            said += f"; {_count(count, 'administration')} on the days of the sheet"
        if not refusals:
            try:
                safefile.create(file, [content], scraps)
            except FileExistsError:
                problem = f"{file} is there already; move it away, or give another folder"
                refusals = (Refusal(draft.rows[0], draft.name, "file", problem),)
            except OSError as error:
                problem = f"{file} cannot be written ({error.strerror})"
                raise Refused(f"{problem}; give a folder that has room") from None
    if refusals:
        rows = sorted({refusal.row for refusal in refusals})
        return (
            f"{shown(draft.name) or 'without a name'}: refused, {numbered('row', rows)}",
            refusals,
        )
    return said, ()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        problem = f"{file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; check the path and its permissions") from None
    if len(content) > _MOST_BYTES:
        raise Refused(f"{file} is larger than {_MOST_BYTES:,} bytes; give it in parts")
    return content


def _make(into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{into} is no folder ({error.strerror}); give another") from None


def _create(file: Path, content: bytes) -> None:
    try:
        safefile.create(file, [content])
    except OSError as error:
        raise Refused(f"{file} cannot be written ({error.strerror}); make room") from None


def _as_csv(refusals: Sequence[Refusal]) -> bytes:
    """Row, text, class and what would be right; no cell that a spreadsheet would run."""
    stream = StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for refusal in refusals:
        text = values.no_formula(refusal.text)
        writer.writerow((refusal.row, text, refusal.kind, values.no_formula(refusal.right())))
    return stream.getvalue().encode()
