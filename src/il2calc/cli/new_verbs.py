"""The verbs that write regimen files.

`new` writes a first version that already loads; `import` writes the regimens of a spreadsheet.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from errno import EINVAL, ENAMETOOLONG
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from il2calc import language
from il2calc.cli import options, output
from il2calc.cli.options import Text, option
from il2calc.errors import (
    FaultyFile,
    OptionError,
    Refused,
    RegimenError,
    as_typed,
    how_many,
    numbered,
    shown,
)
from il2calc.language import DrugNames, regimen_yaml, shelf, spreadsheet
from il2calc.language.spreadsheet import SheetRegimen
from il2calc.language.spreadsheet_rows import Refusal
from il2calc.model.evidence import Origin
from il2calc.model.regimen import NOT_STATED
from il2calc.text import safefile, values

REFUSALS = "refusals.csv"
_MOST_BYTES = 50_000_000
_COLUMNS = ("row", "text", "class", "what would be right")

_TEMPLATE = """\
# yaml-language-server: $schema=./regimen.schema.json
# The name of the regimen, as the file is called.
regimen: {name}
# One line about it.
title: A regimen still to be completed
# The disease that it is for.
for: not yet said
# A whole number, raised whenever what is given changes.
version: 1
# The day on which it was last checked against its sources.
read_on: {today}

# Named stretches of days, with their doses.
blocks:
  # The name of the block: cycle, course, lead-in.
  - block: cycle
    # How often, and from start to start.
    repeat: {{times: {times}, every: {every}}}
    # What is given in each turn.
    doses:
      # The drug, by the name of its monograph if there is one.
      - {dose}drug: {drug}
        # A number, a space and a unit, then perhaps what it is per: 60 mg/m2, 1 million IU/kg;
        # or not stated.
        amount: {amount}
        # IV bolus, IV infusion, SC, oral and others; or not stated.
        route: {route}
        # The days of the block: 1, [1, 8], 1 to 5.
        day: {day}

# What no source says: the path of the value, what was assumed, and why.
# Replace each with a source once the value has been read.
{assumptions}

# What the source found; none has been read.
findings: []

# Where the values were read: cite, what was read, and doi, pmid, trial or url.
sources:
  # The key by which values name the source, as in: source: paper, Methods
  paper:
    # The citation.
    cite: Not yet named
    # full text, abstract, registry, or secondary for someone else's account.
    read: secondary
"""
_DEFAULTS = {
    "drug": "examplumab", "amount": NOT_STATED, "route": NOT_STATED,
    "day": "1", "every": "21 days", "times": "4",
}  # fmt: skip
"""Values for options not typed: a placeholder only if a file needs a value, else not stated."""

_DESCRIPTIONS = {
    "times": ("cycle.repeat.times", "The number of turns", "was", "is"),
    "every": ("cycle.repeat.every", "The length of a turn", "was", "is"),
    "amount": ("cycle.{drug}.amount", "The amount", "was", "is"),
    "route": ("cycle.{drug}.route", "The route", "was", "is"),
    "day": ("cycle.{drug}.day", "The days", "were", "are"),
}
"""Option -> the path of its value, and the words for it in an assumption."""

_NOT_A_NAME = (ENAMETOOLONG, EINVAL)
_UP_TO = re.compile(r"'up_to: ([0-9]+)'")
_DAY_LIST = re.compile(r"\[[0-9, to-]*\]")


def new(
    file: Annotated[Path, typer.Argument(help="The file to write, such as my-regimen.yaml.")],
    from_: Annotated[Text, option("--from REGIMEN", "Id or path to copy instead.")] = None,
    drug: Annotated[Text, option("--drug", "Its drug; add any others in the file.")] = None,
    amount: Annotated[Text, option("--amount", "Amount: '60 mg/m2'.")] = None,
    route: Annotated[Text, option("--route", "Route: SC.")] = None,
    day: Annotated[Text, option("--day DAYS", "Days: '1 to 5'.")] = None,
    every: Annotated[Text, option("--every LENGTH", "From turn to turn: '21 days'.")] = None,
    times: Annotated[Text, option("--times N", "How many turns.")] = None,
    quiet: options.Quiet = False,
    folder: options.Folder = None,
) -> None:
    """Write the file, or report every fault that it would have and write nothing."""
    from il2calc.review import departures

    if file.suffix not in shelf.SUFFIXES:
        raise Refused(f"{file} would not be found as a regimen; end its name in .yaml")
    texts = {
        "drug": drug, "amount": amount, "route": route, "day": day, "every": every, "times": times
    }  # fmt: skip
    typed = {name: text for name, text in texts.items() if text is not None}
    if from_ is not None and typed:
        raise OptionError(f"--{next(iter(typed))}", "excludes --from; change the copy instead")
    text = _new_text(file.stem, typed) if from_ is None else _copied_text(from_, file.stem, folder)
    content = text.encode()
    draft = shelf.FileContent(content, Origin(str(file), ""))
    names = DrugNames(folder)
    result = language.examine(draft, (), names)
    if result.regimen is None:
        raise FaultyFile(_fault_of_option(fault, typed) for fault in result.faults)
    remarks = departures.file_remarks(content, result.regimen, result.remarks, names.monograph)
    try:
        safefile.create(file, [content])
    except FileExistsError:
        raise Refused(f"{file} already exists; give the new file another name") from None
    except OSError as error:
        raise _unwritable(file, error) from None
    if not quiet:
        output.tell(f"written: {file}; to look at it: il2calc show {as_typed(str(file))}")
    for remark in remarks:
        output.tell(f"caution: {remark}")


def _fault_of_option(fault: RegimenError, typed: Mapping[str, str]) -> RegimenError:
    """A fault in a value that was typed, with its option in place of a file not yet written."""
    key = fault.path.rpartition(".")[2]
    problem = _UP_TO.sub(r"\1, and 'up_to' for 'times' in the new file", fault.problem)
    return RegimenError(f"--{key}", None, "", problem) if key in typed else fault


def _new_text(name: str, typed: dict[str, str]) -> str:
    """The text of a regimen file with one dose, whose values are all assumed or not stated."""
    fields = _DEFAULTS | typed
    dose = fields["drug"]
    if not values.is_name(dose) and (plain := spreadsheet.plain_name(dose)):
        dose = plain
    assumed = [
        _assumption(key, dose, None if key in typed else fields[key])
        for key in _DESCRIPTIONS
        if fields[key] != NOT_STATED
    ]
    assumptions = "\n".join(regimen_yaml.lines({"assumptions": assumed}))
    scalars = {key: _scalar(value) for key, value in fields.items()}
    today = date.today().isoformat()  # noqa: DTZ011 - the local date
    name_line = f"dose: {_scalar(dose)}\n        " if dose != fields["drug"] else ""
    scalars |= {"name": _scalar(name), "dose": name_line}
    return _TEMPLATE.format(today=today, assumptions=assumptions, **scalars)


def _assumption(key: str, dose: str, placeholder: str | None) -> dict[str, Any]:
    """The assumption about a value: typed in the command, or a placeholder.

    Args:
        dose: the name of the dose in paths.
        placeholder: the value, if it is a placeholder; None if it was typed.
    """
    path, noun, past, present = _DESCRIPTIONS[key]
    text = f"{noun} {past} taken from the command that created this file."
    reason = "No source has been read for it yet."
    if placeholder is not None:
        text = f"{noun} ({placeholder}) {present} a placeholder of il2calc's own, to be replaced."
        reason = "The command that created this file did not say, and a file needs a value."
    return regimen_yaml.assumption(path.format(drug=dose), text, reason)


def _scalar(text: str) -> str:
    """A value in YAML; a list of days stays a list."""
    return text if _DAY_LIST.fullmatch(text) else regimen_yaml.scalar(text)


def _copied_text(source: str, name: str, folder: Path | None) -> str:
    """The text of another regimen file, which must have no faults, under a new name."""
    regimen = language.load(source, folder=folder)
    if hidden := regimen.origin.hiding(regimen.id):
        output.tell(f"caution: {hidden}")
    text = shelf.find(source, folder).content.decode()
    name_line = f"regimen: {_scalar(name)}"
    copy, count = re.subn(r"^regimen: .*$", lambda _: name_line, text, count=1, flags=re.MULTILINE)
    if not count:
        raise Refused(f"{source} has no line that begins with 'regimen: '; copy it by hand")
    return copy


def import_(
    sheet: Annotated[Path, typer.Argument(help="CSV of regimens, a row per drug or per day.")],
    into: Annotated[
        Path, option("--folder -d FOLDER", "Where the files go; no file there is overwritten.")
    ],
    mapping: Annotated[
        Path | None, option("--map FILE", "YAML: which column of the sheet is which of ours.")
    ] = None,
    names: Annotated[
        Path | None, option("--names FILE", "CSV with the columns printed,drug: names of drugs.")
    ] = None,
    check: Annotated[
        bool, option("--check", "Compare the days of every file with the sheet's own.")
    ] = False,
    folder: options.Folder = None,
) -> None:
    """Write a file for each regimen that can be read, and every refusal with its row."""
    from il2calc.language import spreadsheet_rows

    content = _read(sheet)
    own_columns = (
        {} if mapping is None else spreadsheet_rows.read_mapping(_read(mapping), str(mapping))
    )
    drugs: dict[str, str] = {}
    if names is not None:
        drugs = spreadsheet_rows.drug_names(
            spreadsheet_rows.table(_read(names), str(names)), str(names)
        )
    table = spreadsheet_rows.table(content, str(sheet))
    rows, unread = spreadsheet_rows.with_known_columns(table, str(sheet), own_columns)
    if not rows:
        raise Refused(f"{sheet} has no rows; give a sheet with a row for each drug or day")
    today = date.today().isoformat()  # noqa: DTZ011 - the local date
    digest = hashlib.sha256(content).hexdigest()[:16]
    cite = f"The spreadsheet {sheet.name} (SHA-256 {digest}), imported on {today}."
    if (refusals_file := into / REFUSALS).exists():
        raise Refused(f"{refusals_file} already exists; move it away, or give another folder")
    _make_folder(into)
    for column in unread:
        output.tell(shown(f"caution: {sheet}:1: the column {column!r} is not read"))
    drafts = list(spreadsheet.drafts(spreadsheet.Sheet(cite, today, rows, drugs, table.between)))
    drug_names = DrugNames(folder)
    refusals: list[Refusal] = []
    lines: list[str] = []
    imported = 0
    scraps = cache(safefile.temporary_files)
    for draft in output.with_progress(drafts, "regimens"):
        line, new_refusals = _import_draft(draft, into, drug_names, scraps, check=check)
        imported += not new_refusals
        refusals += new_refusals
        lines.append(line)
    output.write_done(lines, "read")
    refusals.sort(key=lambda refusal: refusal.row)
    for refusal in refusals:
        output.tell(shown(f"{sheet}:{refusal.row}: {refusal.kind}: {refusal.problem}"))
    where = ""
    if refusals:
        try:
            safefile.create(refusals_file, [_as_csv(refusals)])
        except OSError as error:
            raise _unwritable(refusals_file, error) from None
        where = f"; {how_many(f'{len(refusals):,}', 'refusal')} in {refusals_file}"
    total = how_many(f"{len(drafts):,}", "regimen")
    output.tell(shown(f"{imported} of {total} imported into {into}{where}"))
    if refusals:
        raise typer.Exit(1)


def _import_draft(
    draft: SheetRegimen, into: Path, names: DrugNames, scraps: safefile.Listing, *, check: bool
) -> tuple[str, Sequence[Refusal]]:
    """Write the file of a regimen; give the line about it, and the refusals that prevent it."""
    from il2calc.review import departures

    refusals: Sequence[Refusal] = draft.refusals
    file = into / f"{spreadsheet.plain_name(draft.name)}.yaml"
    line = f"{shown(str(file))}: imported"
    if draft.data is not None:
        content, regimen, refusals, remarks = spreadsheet.render(draft, str(file), names)
        if regimen is not None:
            remarks = departures.file_remarks(content, regimen, remarks, names.monograph)
        for remark in remarks:
            output.tell(f"caution: {remark}")
        if regimen is not None and check:
            count, refusals = spreadsheet.differences_from_sheet(draft, regimen)
            line += f"; {how_many(f'{count:,}', 'administration')} on the days of the sheet"
        if not refusals:
            try:
                safefile.create(file, [content], scraps)
            except OSError as error:
                problem = _problem_of_name(file, error)
                refusals = (Refusal(draft.rows[0], draft.name, "file", problem),)
    if refusals:
        rows = sorted({refusal.row for refusal in refusals})
        line = f"{shown(draft.name) or 'without a name'}: refused, {numbered('row', rows)}"
    return line, refusals


def _problem_of_name(file: Path, error: OSError) -> str:
    """Why the file of one regimen cannot be written; raise `Refused` if no file can."""
    if isinstance(error, FileExistsError):
        return f"{file} already exists; move it away, or give another folder"
    if error.errno in _NOT_A_NAME:
        return f"no file here can have its name ({error.strerror}); write another name"
    raise _unwritable(file, error)


def _unwritable(file: Path, error: OSError) -> Refused:
    named = error.errno in _NOT_A_NAME
    advice = "another name" if named else "a folder that exists, has space and is writable"
    return Refused(f"{file} cannot be written ({error.strerror}); give {advice}")


def _read(file: Path) -> bytes:
    try:
        content = safefile.read(file, _MOST_BYTES)
    except OSError as error:
        problem = f"{file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; check the path and its permissions") from None
    if len(content) > _MOST_BYTES:
        raise Refused(f"{file} is larger than {_MOST_BYTES:,} bytes; split it")
    return content


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} is not a folder ({error.strerror}); give another") from None


def _as_csv(refusals: Sequence[Refusal]) -> bytes:
    """Refusals as CSV; no cell is one that a spreadsheet would run as a formula."""
    stream = StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for refusal in refusals:
        text = values.no_formula(refusal.text)
        writer.writerow((refusal.row, text, refusal.kind, values.no_formula(refusal.right())))
    return stream.getvalue().encode()
