"""The verbs about a drug: `drug`, `convert`, `compatible`, `screen`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output
from il2calc.cli.options import TEXT_OR_JSON, Folder, Quiet, TextOrJson, Texts
from il2calc.errors import FaultyFile, OptionError, Refused, RegimenError, UnknownName, as_typed
from il2calc.format import json
from il2calc.model.drug import Drug
from il2calc.pharmacy import answers
from il2calc.report import lines, monograph_text

UNSETTLED = 3

Name = Annotated[str, typer.Argument(help="Name or synonym.")]


def drug(
    name: Name,
    format_: TextOrJson = "text",
    no_pager: formats.NoPager = False,
    quiet: Quiet = False,
    folder: Folder = None,
) -> None:
    """Say in words what a monograph holds."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    found = _monograph(name, folder)
    if format_ == "json":
        output.write_data(json.dumped(monograph_text.document(found)))
    else:
        output.write_sheet(monograph_text.paragraphs(found), pager=not no_pager)
    if format_ == "text" and not quiet and name in language.shelf.names(folder):
        output.tell(f"{name} is a regimen too: il2calc show {as_typed(name)}")


def convert(
    measure: Annotated[
        str, typer.Argument(help="'18 million IU', '600000 IU/kg', '154 lb', '5 ft 7 in'.")
    ],
    unit: Annotated[str, typer.Argument(help="mg, 'Nutley units', mg/mL, kg, cm.")],
    name: Annotated[
        str | None,
        typer.Option("--drug", help="Whose factors to use."),
    ] = None,
    format_: TextOrJson = "text",
    folder: Folder = None,
) -> None:
    """Convert a measure, by a drug's own factors where units of activity are concerned."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder) if name is not None else None
    found = answers.exchange(measure, unit, monograph)
    if format_ == "json":
        output.write_data(json.dumped(monograph_text.conversion_document(measure, found)))
    else:
        output.write_styled(lines.folded(monograph_text.converted(measure, found), output.width()))


def compatible(
    name: Name,
    others: Annotated[list[str], typer.Argument(help="What it would meet.")],
    format_: TextOrJson = "text",
    no_pager: formats.NoPager = False,
    folder: Folder = None,
) -> None:
    """Tell what is known of each other."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder)
    found = answers.known(monograph, others)
    if format_ == "json":
        output.write_data(json.dumped(monograph_text.compatibility_document(monograph, found)))
    else:
        told = lines.folded(monograph_text.compatible(monograph, found), output.width())
        output.write_styled(told, pager=not no_pager)
    if not answers.all_compatible(found):
        raise typer.Exit(UNSETTLED)


def screen(
    name: Name,
    answer: Annotated[
        Texts, typer.Option("--answer", metavar="NAME=yes", help="NAME=yes, NAME=no, NAME=2.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE.yaml", help="A file of answers.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print such a file, its questions unanswered.")
    ] = False,
    format_: TextOrJson = "text",
    no_pager: formats.NoPager = False,
    folder: Folder = None,
) -> None:
    """Hold the precautions of a monograph against answers; without answers, print the questions."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder)
    if template:
        output.write(_template(monograph))
        return
    named = options.pairs("--answer", answer or (), "NAME=yes").items()
    given = {asked: answers.answer(monograph, asked, text) for asked, text in named}
    if file is not None:
        read = _answers(monograph, file)
        if twice := next((asked for asked in read if asked in given), None):
            raise OptionError("--answer", f"{twice!r} is answered in {file} too; answer it once")
        given |= read
    if format_ == "json":
        output.write_data(json.dumped(monograph_text.screen_document(monograph, given)))
    else:
        told = lines.folded(monograph_text.screened(monograph, given), output.width())
        output.write_styled(told, pager=not no_pager)
    if not answers.all_clear(monograph, given):
        raise typer.Exit(UNSETTLED)


def _template(monograph: Drug) -> Iterator[str]:
    """A file of answers to fill in, each question behind its name."""
    yield f"# Answers for: il2calc screen {as_typed(monograph.name)} --answers FILE.yaml"
    yield "# Behind each name yes, no or a number; what is left empty is not answered."
    for question in monograph.questions:
        yield f"{question.name}:  # {monograph_text.question(question).partition('  ')[2]}"


def _answers(monograph: Drug, file: Path) -> dict[str, bool | Decimal]:
    """What a file answers; nothing of a question that it leaves empty.

    Raises:
        Refused: it cannot be read.
        FaultyFile: every answer that cannot be one, each at its line.
    """
    try:
        from il2calc.text import yaml

        document = yaml.read(file.read_bytes())
    except OSError as error:
        problem = f"--answers {file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; print one to fill in with --template") from None
    data, name = document.data, str(file)
    faults = [RegimenError(name, fault.line, "", fault.problem) for fault in document.faults]
    if not faults and not isinstance(data, dict):
        faults = [RegimenError(name, 1, "", "holds no answers; write NAME: yes, one a line")]
    found: dict[str, bool | Decimal] = {}
    for asked, text in data.items() if isinstance(data, dict) else ():
        try:
            if text != "":
                found[asked] = answers.answer(monograph, asked, str(text))
        except (Refused, UnknownName) as error:
            faults.append(RegimenError(name, document.line((asked,)), "", str(error)))
    if faults:
        raise FaultyFile(faults)
    return found


def _monograph(name: str, folder: Path | None) -> Drug:
    found = language.drug(name, folder)
    if text := found.origin.hiding(found.name):
        output.tell(f"caution: {text}")
    if (doubt := found.doubt(name)) is not None:
        text = f"{name} is taken for {found.name}. {doubt.text} [{'; '.join(doubt.sources)}]"
        output.tell(f"caution: {text}")
    return found
