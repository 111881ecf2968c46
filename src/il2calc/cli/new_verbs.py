"""The verbs that write regimen files.

`new` writes one to begin with, which loads as it stands, and `import` those of a spreadsheet.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
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
from il2calc.language import regimen_yaml, shelf, spreadsheet
from il2calc.language.spreadsheet import Draft
from il2calc.language.spreadsheet_rows import Refusal
from il2calc.model.evidence import Origin
from il2calc.model.regimen import NOT_STATED
from il2calc.text import safefile, values

REFUSALS = "refusals.csv"
_MOST_BYTES = 50_000_000
_COLUMNS = ("row", "text", "class", "what would be right")

_BEGUN = """\
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
_BEGUN_WITH = {
    "drug": "examplumab",
    "amount": NOT_STATED,
    "route": NOT_STATED,
    "day": "1",
    "every": "21 days",
    "times": "4",
}
"""What a file says where nothing was typed: a placeholder only where a file needs a value."""

_ABOUT = {
    "times": ("cycle.repeat.times", "The number of turns", "was", "is"),
    "every": ("cycle.repeat.every", "The length of a turn", "was", "is"),
    "amount": ("cycle.{drug}.amount", "The amount", "was", "is"),
    "route": ("cycle.{drug}.route", "The route", "was", "is"),
    "day": ("cycle.{drug}.day", "The days", "were", "are"),
}
"""Of each value its path, what it is called, and its verbs."""

_LISTED = re.compile(r"\[[0-9, to-]*\]")


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
) -> None:
    """Write the file, or tell every fault that it would have and write nothing."""
    from il2calc.review import departures

    if file.suffix not in shelf.SUFFIXES:
        raise Refused(f"{file} would not be found as a regimen; end its name in .yaml")
    texts = {
        "drug": drug, "amount": amount, "route": route, "day": day, "every": every, "times": times
    }  # fmt: skip
    given = {name: text for name, text in texts.items() if text is not None}
    if from_ is not None and given:
        raise OptionError(f"--{next(iter(given))}", "excludes --from; change the copy instead")
    text = _begun(file.stem, given) if from_ is None else _copied(from_, file.stem)
    content = text.encode()
    found = shelf.Found(content, Origin(str(file), ""))
    names = language.DrugNames()
    result = language.examine(found, (), names)
    if result.regimen is None:
        raise FaultyFile(_at_its_option(each, given) for each in result.faults)
    remarks = departures.of_file(content, result.regimen, result.remarks, names.monograph)
    try:
        safefile.create(file, [content])
    except FileExistsError:
        raise Refused(f"{file} already exists; give the new file another name") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror})"
        raise Refused(f"{problem}; give a folder that exists, has space and is writable") from None
    if not quiet:
        output.tell(f"written: {file}; to look at it: il2calc show {as_typed(str(file))}")
    for remark in remarks:
        output.tell(f"caution: {remark}")


def _at_its_option(fault: RegimenError, given: Mapping[str, str]) -> RegimenError:
    """A fault of a value that was typed, at its option: the file that it names is not written."""
    key = fault.path.rpartition(".")[2]
    return RegimenError(f"--{key}", None, "", fault.problem) if key in given else fault


def _begun(name: str, typed: dict[str, str]) -> str:
    """The text of a file with one dose, every value of it an assumption, or not stated."""
    said = _BEGUN_WITH | typed
    dose = said["drug"]
    if not values.is_name(dose) and (plain := spreadsheet.plain_name(dose)):
        dose = plain
    assumed = [
        _assumption(key, dose, None if key in typed else said[key])
        for key in _ABOUT
        if said[key] != NOT_STATED
    ]
    assumptions = "\n".join(regimen_yaml.lines({"assumptions": assumed}))
    told = {key: _scalar(value) for key, value in said.items()}
    today = date.today().isoformat()  # noqa: DTZ011 - the day of whoever begins the file
    known = f"dose: {_scalar(dose)}\n        " if dose != said["drug"] else ""
    told |= {"name": _scalar(name), "dose": known}
    return _BEGUN.format(today=today, assumptions=assumptions, **told)


def _assumption(key: str, dose: str, placeholder: str | None) -> dict[str, Any]:
    """Where a value is from.

    Args:
        dose: its name in paths.
        placeholder: the value, where nobody typed it; None of one that was typed.
    """
    about, what, was, is_ = _ABOUT[key]
    text = f"{what} {was} taken from the command that created this file."
    because = "No source has been read for it yet."
    if placeholder is not None:
        text = f"{what} ({placeholder}) {is_} a placeholder of il2calc's own, to be replaced."
        because = "The command that created this file did not say, and a file needs a value."
    return regimen_yaml.assumption(about.format(drug=dose), text, because)


def _scalar(text: str) -> str:
    """A value as YAML writes it; days may be given as a list of them."""
    return text if _LISTED.fullmatch(text) else regimen_yaml.scalar(text)


def _copied(source: str, name: str) -> str:
    """The text of another regimen file, which must be right, under a new name."""
    language.load(source)
    text = shelf.find(source).content.decode()
    named = f"regimen: {_scalar(name)}"
    copy, found = re.subn(r"^regimen: .*$", lambda _: named, text, count=1, flags=re.MULTILINE)
    if not found:
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
    ours = {} if mapping is None else spreadsheet_rows.mapped(_read(mapping), str(mapping))
    drugs: dict[str, str] = {}
    if names is not None:
        drugs = spreadsheet_rows.drug_names(
            spreadsheet_rows.table(_read(names), str(names)), str(names)
        )
    found = spreadsheet_rows.table(content, str(sheet))
    rows, unread = spreadsheet_rows.under_our_names(found, str(sheet), ours)
    if not rows:
        raise Refused(f"{sheet} has no rows; give a sheet with a row for each drug or day")
    today = date.today().isoformat()  # noqa: DTZ011 - the day of whoever imports the sheet
    digest = hashlib.sha256(content).hexdigest()[:16]
    cite = f"The spreadsheet {sheet.name} (SHA-256 {digest}), imported on {today}."
    if (told := into / REFUSALS).exists():
        raise Refused(f"{told} already exists; move it away, or give another folder")
    _make(into)
    for column in unread:
        output.tell(shown(f"caution: {sheet}:1: the column {column!r} is not read"))
    read = list(spreadsheet.drafts(spreadsheet.Sheet(cite, today, rows, drugs, found.between)))
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
    output.write_done(said, "read")
    refusals.sort(key=lambda refusal: refusal.row)
    for refusal in refusals:
        output.tell(shown(f"{sheet}:{refusal.row}: {refusal.kind}: {refusal.problem}"))
    told_in = ""
    if refusals:
        _create(told, _as_csv(refusals))
        told_in = f"; {how_many(f'{len(refusals):,}', 'refusal')} in {told}"
    total = how_many(f"{len(read):,}", "regimen")
    output.tell(shown(f"{imported} of {total} imported into {into}{told_in}"))
    if refusals:
        raise typer.Exit(1)


def _imported(
    draft: Draft, into: Path, names: language.DrugNames, scraps: safefile.Scraps, *, check: bool
) -> tuple[str, Sequence[Refusal]]:
    """Write the file of a regimen; what is said of it, and what stopped it."""
    from il2calc.review import departures

    refusals: Sequence[Refusal] = draft.refusals
    file = into / f"{spreadsheet.plain_name(draft.name)}.yaml"
    said = f"{shown(str(file))}: imported"
    if draft.data is not None:
        content, regimen, refusals, remarks = spreadsheet.written(draft, str(file), names)
        if regimen is not None:
            remarks = departures.of_file(content, regimen, remarks, names.monograph)
        for remark in remarks:
            output.tell(f"caution: {remark}")
        if regimen is not None and check:
            count, refusals = spreadsheet.held(draft, regimen)
            said += f"; {how_many(f'{count:,}', 'administration')} on the days of the sheet"
        if not refusals:
            try:
                safefile.create(file, [content], scraps)
            except FileExistsError:
                problem = f"{file} already exists; move it away, or give another folder"
                refusals = (Refusal(draft.rows[0], draft.name, "file", problem),)
            except OSError as error:
                problem = f"{file} cannot be written ({error.strerror})"
                raise Refused(f"{problem}; give a folder that has space and is writable") from None
    if refusals:
        rows = sorted({refusal.row for refusal in refusals})
        return (
            f"{shown(draft.name) or 'without a name'}: refused, {numbered('row', rows)}",
            refusals,
        )
    return said, ()


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        problem = f"{file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; check the path and its permissions") from None
    if len(content) > _MOST_BYTES:
        raise Refused(f"{file} is larger than {_MOST_BYTES:,} bytes; split it")
    return content


def _make(into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{into} is not a folder ({error.strerror}); give another") from None


def _create(file: Path, content: bytes) -> None:
    try:
        safefile.create(file, [content])
    except OSError as error:
        raise Refused(f"{file} cannot be written ({error.strerror}); free some space") from None


def _as_csv(refusals: Sequence[Refusal]) -> bytes:
    """Row, text, class and what would be right; no cell that a spreadsheet would run."""
    stream = StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for refusal in refusals:
        text = values.no_formula(refusal.text)
        writer.writerow((refusal.row, text, refusal.kind, values.no_formula(refusal.right())))
    return stream.getvalue().encode()
