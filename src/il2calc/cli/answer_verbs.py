"""The verbs that answer one question at once, and plan nothing.

Of a drug's monograph: `drug`, `convert`, `compatible`, `screen`. Of a body: `bsa`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from il2calc.cli import options, output
from il2calc.cli.options import TEXT_OR_JSON, Folder, NoPager, Quiet, TextOrJson, Texts, option
from il2calc.errors import FaultyFile, OptionError, Refused, RegimenError, UnknownName, as_typed
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, FORMULAE, Patient, Sex, surface
from il2calc.units import plain

if TYPE_CHECKING:
    from il2calc.model.drug import Drug
    from il2calc.plan.schedule import Caution

UNSETTLED = 3

Name = Annotated[str, typer.Argument(help="Name or synonym.")]


def drug(
    name: Name,
    format_: TextOrJson = "text",
    no_pager: NoPager = False,
    quiet: Quiet = False,
    folder: Folder = None,
) -> None:
    """Say in words what a monograph holds."""
    from il2calc import language
    from il2calc.format import json
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    found, regimens = _monograph(name, folder), language.shelf.names(folder)
    if format_ == "json":
        output.write_data(json.dumped(monograph_text.document(found)))
    else:
        output.write_sheet(monograph_text.paragraphs(found), pager=not no_pager)
    if format_ == "text" and not quiet and name in regimens:
        output.tell(f"{name} is a regimen too: il2calc show {as_typed(name)}")


def convert(
    measure: Annotated[
        str, typer.Argument(help="'18 million IU', '600000 IU/kg', '154 lb', '5 ft 7 in'.")
    ],
    unit: Annotated[str, typer.Argument(help="mg, 'Nutley units', mg/mL, kg, cm.")],
    name: Annotated[str | None, option("--drug", "The drug whose factors to use.")] = None,
    format_: TextOrJson = "text",
    folder: Folder = None,
) -> None:
    """Convert a measure, by a drug's own factors where units of activity are concerned."""
    from il2calc.pharmacy import answers
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder) if name is not None else None
    found = answers.exchange(measure, unit, monograph)
    data = monograph_text.conversion_document(measure, found)
    _print(format_, data, monograph_text.converted(measure, found), pager=False)


def compatible(
    name: Name,
    others: Annotated[list[str], typer.Argument(help="Drugs or fluids to check it with.")],
    format_: TextOrJson = "text",
    no_pager: NoPager = False,
    folder: Folder = None,
) -> None:
    """Tell what is known of each other."""
    from il2calc.pharmacy import answers
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder)
    found = answers.known(monograph, others)
    data = monograph_text.compatibility_document(monograph, found)
    _print(format_, data, monograph_text.compatible(monograph, found), pager=not no_pager)
    if not answers.all_compatible(found):
        raise typer.Exit(UNSETTLED)


def screen(
    name: Name,
    answer: Annotated[Texts, option("--answer NAME=yes", "NAME=yes, NAME=no, NAME=2.")] = None,
    file: Annotated[Path | None, option("--answers FILE.yaml", "A file of answers.")] = None,
    template: Annotated[
        bool, option("--template", "Print such a file, with its questions unanswered.")
    ] = False,
    format_: TextOrJson = "text",
    no_pager: NoPager = False,
    folder: Folder = None,
) -> None:
    """Hold the precautions of a monograph against answers; without answers, print the questions."""
    from il2calc.pharmacy import answers
    from il2calc.report import monograph_text

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
            raise OptionError("--answer", f"{twice!r} is also answered in {file}; answer it once")
        given |= read
    data = monograph_text.screen_document(monograph, given)
    _print(format_, data, monograph_text.screened(monograph, given), pager=not no_pager)
    if not answers.all_clear(monograph, given):
        raise typer.Exit(UNSETTLED)


def _print(format_: str, data: dict[str, Any], told: Iterable[str], *, pager: bool) -> None:
    """An answer for a program, or in words."""
    if format_ == "json":
        from il2calc.format import json

        output.write_data(json.dumped(data))
    else:
        from il2calc.report import lines

        output.write_styled(lines.folded(told, output.width()), pager=pager)


def _template(monograph: Drug) -> Iterator[str]:
    """A file of answers to fill in, each question behind its name."""
    from il2calc.report import monograph_text

    yield f"# Answers for: il2calc screen {as_typed(monograph.name)} --answers FILE.yaml"
    yield "# After each name write yes, no or a number; an empty line is not answered."
    for question in monograph.questions:
        yield f"{question.name}:  # {monograph_text.question(question).partition('  ')[2]}"


def _answers(monograph: Drug, file: Path) -> dict[str, bool | Decimal]:
    """What a file answers; nothing of a question that it leaves empty.

    Raises:
        Refused: it cannot be read.
        FaultyFile: every answer that cannot be one, each at its line.
    """
    from il2calc.pharmacy import answers
    from il2calc.text import yaml

    try:
        document = yaml.read(file.read_bytes())
    except OSError as error:
        problem = f"--answers {file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; print one to fill in with --template") from None
    data, name = document.data, str(file)
    faults = [RegimenError(name, fault.line, "", fault.problem) for fault in document.faults]
    if not faults and not isinstance(data, dict):
        faults = [RegimenError(name, 1, "", "has no answers; write NAME: yes, one per line")]
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
    from il2calc import language

    found = language.drug(name, folder)
    if text := found.origin.hiding(found.name):
        output.tell(f"caution: {text}")
    if (doubt := found.doubt(name)) is not None:
        text = f"{name} is read as {found.name}. {doubt.text} [{'; '.join(doubt.sources)}]"
        output.tell(f"caution: {text}")
    return found


Areas = Sequence[tuple[str, Decimal]]
"""Each formula with the area that it gives [m2]."""


def bsa(
    weight_: Annotated[str, option("--weight KG", "Weight: 70, or '154 lb'.")],
    height_: Annotated[str, option("--height CM", "Height: 170, '1.70 m' or '67 in'.")],
    formula: Annotated[
        str, option("--formula NAME", f"{', '.join(FORMULA_NAMES)}, or all.")
    ] = DEFAULT_FORMULA,
    sex: Annotated[str | None, option("--sex female|male", "For schlich.")] = None,
    age: Annotated[str | None, option("--age YEARS", "Age: 7, or '8 months'.")] = None,
    format_: TextOrJson = "text",
    strict: options.Strict = False,
) -> None:
    """Print one line per formula."""
    from il2calc.review import body

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    options.choice("--formula", formula, (*FORMULA_NAMES, "all"))
    named = options.sex_of(sex)
    kilograms, centimetres = options.weight(weight_), options.height(height_)
    assert kilograms is not None
    assert centimetres is not None
    asked = "schlich" if formula == "all" else formula
    years = options.age(age)
    patient = Patient(weight=kilograms, height=centimetres, formula=asked, sex=named, age=years)
    found = tuple(body.of_body(patient))
    areas = _areas(formula, centimetres, kilograms, named)
    data = area_document(areas, kilograms, centimetres, found)
    _print(format_, data, area_lines(areas), pager=False)
    output.caution(found, printed=format_ == "json")
    if strict and found:
        raise typer.Exit(3)


def _areas(
    formula: str, centimetres: Decimal, kilograms: Decimal, sex: Sex | None
) -> list[tuple[str, Decimal]]:
    """Each formula asked for; `all` without a sex gives schlich for both."""
    if formula != "all":
        return [(formula, surface(formula, centimetres, kilograms, sex))]
    areas = [(name, surface(name, centimetres, kilograms)) for name in FORMULAE]
    sexes: tuple[Sex, ...] = (sex,) if sex else ("female", "male")
    return areas + [
        (f"schlich ({named})", surface("schlich", centimetres, kilograms, named)) for named in sexes
    ]


def area_lines(areas: Areas) -> Iterator[str]:
    """Name, value with all its digits, unit."""
    width = max(len(name) for name, _ in areas)
    for name, area in areas:
        yield f"{name:<{width}}  {plain(area)} m2"


def area_document(
    areas: Areas, weight: Decimal, height: Decimal, cautions: Sequence[Caution] = ()
) -> dict[str, Any]:
    """The same as plain data."""
    from il2calc.report.plain_data import headed

    return {
        **headed("il2calc.bsa/1"),
        "weight_kg": weight,
        "height_cm": height,
        "bsa": [{"formula": name, "value": area, "unit": "m2"} for name, area in areas],
        "cautions": [{"code": caution.code, "text": caution.text} for caution in cautions],
    }
