"""The verbs about a drug: `drug`, `convert`, `compatible`, `screen`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from il2calc import compatibility, exchange, library, screening
from il2calc.cli import output
from il2calc.cli.completion import drugs
from il2calc.cli.options import OptionError, choice, pair
from il2calc.cli.request import Folder, Texts
from il2calc.drug import Drug
from il2calc.render import answers, json, lines
from il2calc.render import drug as in_words

FORMATS = ("text", "json")
UNSETTLED = 3

Format = Annotated[str, typer.Option("--format", help="text or json.")]
Name = Annotated[str, typer.Argument(help="Name or synonym.", autocompletion=drugs)]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("drug", help="A drug's monograph in words.")(drug)
    example = 'il2calc convert "18 million IU" mg --drug NAME'
    app.command("convert", help=f"One measure as another, as in: {example}")(convert)
    text = "What is known of a drug with others; exit 3 unless all is compatible."
    app.command("compatible", help=text)(compatible)
    text = "A monograph's precautions over named answers; exit 3 unless all is answered and clear."
    app.command("screen", help=text)(screen)


def drug(name: Name, format_: Format = "text", folder: Folder = None) -> None:
    """Say in words what a monograph holds."""
    shape = choice("--format", format_, FORMATS)
    found = _monograph(name, folder)
    if shape == "json":
        output.write(json.dumped(in_words.document(found)))
    else:
        output.write_styled(lines.sheet(in_words.paragraphs(found), output.width()))


def convert(
    measure: Annotated[str, typer.Argument(help="'18 million IU', '600000 IU/kg'.")],
    unit: Annotated[str, typer.Argument(help="mg, 'Nutley units', mg/mL.")],
    name: Annotated[
        str | None, typer.Option("--drug", help="Whose factors to use.", autocompletion=drugs)
    ] = None,
    format_: Format = "text",
    folder: Folder = None,
) -> None:
    """Convert a measure, by a drug's own factors where units of activity are concerned."""
    shape = choice("--format", format_, FORMATS)
    monograph = _monograph(name, folder) if name is not None else None
    found = exchange.exchange(measure, unit, monograph)
    if shape == "json":
        output.write(json.dumped(answers.conversion_document(measure, found)))
    else:
        output.write_styled(lines.folded(answers.converted(measure, found), output.width()))


def compatible(
    name: Name,
    others: Annotated[list[str], typer.Argument(help="What it would meet.")],
    format_: Format = "text",
    folder: Folder = None,
) -> None:
    """Tell what is known of each other."""
    shape = choice("--format", format_, FORMATS)
    monograph = _monograph(name, folder)
    found = compatibility.known(monograph, others)
    if shape == "json":
        output.write(json.dumped(answers.compatibility_document(monograph, found)))
    else:
        output.write_styled(lines.folded(answers.compatible(monograph, found), output.width()))
    if not compatibility.all_compatible(found):
        raise typer.Exit(UNSETTLED)


def screen(
    name: Name,
    answer: Annotated[Texts, typer.Option("--answer", help="NAME=yes, NAME=no, NAME=2.")] = None,
    format_: Format = "text",
    folder: Folder = None,
) -> None:
    """Hold the precautions of a monograph against answers; without answers, print the questions."""
    shape = choice("--format", format_, FORMATS)
    monograph = _monograph(name, folder)
    given: dict[str, bool | Decimal] = {}
    for each in answer or ():
        asked, text = pair("--answer", each, "NAME=yes")
        if asked in given:
            raise OptionError("--answer", f"{asked!r} is answered twice; answer it once")
        given[asked] = screening.answer(monograph, asked, text)
    if shape == "json":
        output.write(json.dumped(answers.screen_document(monograph, given)))
    else:
        output.write_styled(lines.folded(answers.screened(monograph, given), output.width()))
    if not screening.all_clear(monograph, given):
        raise typer.Exit(UNSETTLED)


def _monograph(name: str, folder: Path | None) -> Drug:
    found = library.drug(name, folder)
    if text := found.origin.hiding(found.name):
        output.tell(f"caution: {text}")
    return found
