"""The verbs about regimen files: `list`, `show`, `check`, `schema`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from il2calc import library
from il2calc.cli import output
from il2calc.cli.completion import regimens
from il2calc.cli.options import choice, settings
from il2calc.errors import RegimenError
from il2calc.library import Examination, shelf
from il2calc.render import json

FORMATS = ("text", "json")
CHECK_FORMAT = "il2calc.check/1"

Format = Annotated[str, typer.Option("--format", help="text or json.")]
Folder = Annotated[
    Path | None,
    typer.Option("--library", envvar="IL2CALC_LIBRARY", help="Your own folder of regimens."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("list", help="The regimens at hand, one line each.")(list_)
    app.command("show", help="A regimen in words. For example: il2calc show npc-bolus")(show)
    app.command("check", help="Every fault of every regimen file. Exit 1 if there is any.")(check)
    app.command("schema", help="The JSON Schema of a regimen file.")(schema)


def list_(format_: Format = "text", folder: Folder = None) -> None:
    """List what is on the shelf."""
    from il2calc.render import listing

    shape = choice("--format", format_, FORMATS)
    entries = []
    for name, path in shelf.names(folder).items():
        result = _examined(name, folder, on_shelf=True)
        entries.append(listing.Entry(name, str(path), result.regimen, len(result.faults)))
    if shape == "json":
        output.write(json.dumped(listing.document(entries)))
    else:
        output.write(listing.lines(entries))


def show(
    regimen: Annotated[str, typer.Argument(help="Id, path or -.", autocompletion=regimens)],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE: read a fact otherwise.")
    ] = None,
    format_: Format = "text",
    folder: Folder = None,
) -> None:
    """Say in words what a regimen file holds."""
    from il2calc.render import regimen as in_words
    from il2calc.render import table

    shape = choice("--format", format_, FORMATS)
    read = library.load(regimen, folder=folder, settings=settings(set_ or ()))
    if shape == "json":
        output.write(json.dumped(in_words.document(read)))
    else:
        output.write_styled(table.sheet(in_words.paragraphs(read), output.width()))
    if read.origin.hides:
        output.tell(f"caution: {read.origin.file} is used in place of the {read.id} that ships")


def check(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files or ids; none: all at hand.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 where there is something to confirm.")
    ] = False,
    format_: Format = "text",
    folder: Folder = None,
) -> None:
    """Tell every fault of every file."""
    shape = choice("--format", format_, FORMATS)
    wanted = [(name, False) for name in files or ()]
    wanted = wanted or [(name, True) for name in shelf.names(folder)]
    results = [(name, _examined(name, folder, on_shelf=mine)) for name, mine in wanted]
    faults = [fault for _, result in results for fault in result.faults]
    remarks = [remark for _, result in results for remark in result.remarks]
    if shape == "json":
        document = {
            "format": CHECK_FORMAT,
            "files": [{"file": name, **_told(result)} for name, result in results],
        }
        output.write(json.dumped(document))
    else:
        output.write(_verdicts(results))
        for fault in faults:
            output.tell(str(fault))
        for remark in remarks:
            output.tell(f"caution: {remark}")
    if faults:
        raise typer.Exit(1)
    if strict and remarks:
        raise typer.Exit(3)


def schema() -> None:
    """Print the JSON Schema for editors."""
    output.write(json.dumped(library.json_schema(library.REGIMEN)))


def _examined(name: str, folder: Path | None, *, on_shelf: bool) -> Examination:
    try:
        found = shelf.find(name, folder)
    except RegimenError as error:
        return Examination(None, (error,), ())
    result = library.examine(found)
    if on_shelf and result.regimen and (misnamed := library.named_otherwise(result.regimen)):
        return Examination(None, (misnamed,), result.remarks)
    return result


def _verdicts(results: list[tuple[str, Examination]]) -> Iterator[str]:
    for name, result in results:
        count = len(result.faults)
        verdict = "no fault" if not count else "1 fault" if count == 1 else f"{count} faults"
        yield f"{name}: {verdict}"


def _told(result: Examination) -> dict[str, object]:
    return {
        "faults": [_plain(fault) for fault in result.faults],
        "cautions": [_plain(remark) for remark in result.remarks],
    }


def _plain(fault: RegimenError) -> dict[str, object]:
    return {
        "file": fault.file,
        "line": fault.line,
        "path": fault.path,
        "problem": fault.problem,
    }
