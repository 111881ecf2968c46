"""The verbs that answer one question, without a schedule.

About a drug: `drug`, `convert`, `compatible`, `screen`. About a body: `bsa`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Print a monograph in words."""
    from il2calc import language
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph, regimens = _monograph(name, folder), language.shelf.regimen_files(folder)
    if format_ == "json":
        output.write_json(monograph_text.document(monograph))
    else:
        output.write_sheet(monograph_text.paragraphs(monograph), pager=not no_pager)
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
    conversion = answers.convert_measure(measure, unit, monograph)
    data = monograph_text.conversion_document(measure, conversion)
    _print(format_, data, monograph_text.conversion_lines(measure, conversion), pager=False)


def compatible(
    name: Name,
    others: Annotated[list[str], typer.Argument(help="Drugs or fluids to check it with.")],
    format_: TextOrJson = "text",
    no_pager: NoPager = False,
    folder: Folder = None,
) -> None:
    """Print what is known about giving a drug with others."""
    from il2calc.pharmacy import answers
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder)
    findings = answers.compatibility_answers(monograph, others)
    data = monograph_text.compatibility_document(monograph, findings)
    words = monograph_text.compatibility_lines(monograph, findings)
    _print(format_, data, words, pager=not no_pager)
    if not answers.all_compatible(findings):
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
    """Check the precautions of a monograph against answers; without any, print the questions."""
    from il2calc.pharmacy import answers
    from il2calc.report import monograph_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    monograph = _monograph(name, folder)
    if template:
        output.write(_template(monograph))
        return
    typed = options.pairs("--answer", answer or (), "NAME=yes")
    given = _parsed(monograph, {name: (text, "--answer", None) for name, text in typed.items()})
    if file is not None:
        from_file = _answers(monograph, file)
        if twice := next((question for question in from_file if question in given), None):
            raise OptionError("--answer", f"{twice!r} is also answered in {file}; answer it once")
        given |= from_file
    data = monograph_text.screen_document(monograph, given)
    _print(format_, data, monograph_text.screening_lines(monograph, given), pager=not no_pager)
    if not answers.all_clear(monograph, given):
        raise typer.Exit(UNSETTLED)


def _print(format_: str, data: dict[str, Any], texts: Iterable[str], *, pager: bool) -> None:
    """Print an answer as data for a program, or in words."""
    if format_ == "json":
        output.write_json(data)
    else:
        from il2calc.report.lines import indented_lines

        output.write_styled(indented_lines(texts, output.width()), pager=pager)


def _template(monograph: Drug) -> Iterator[str]:
    """The lines of a file of answers to fill in: each name, with its question in a comment."""
    from il2calc.report import monograph_text

    yield f"# Answers for: il2calc screen {as_typed(monograph.name)} --answers FILE.yaml"
    yield "# After each name write yes, no or a number; an empty line is not answered."
    for question in monograph.questions:
        yield f"{question.name}:  # {monograph_text.question(question).partition('  ')[2]}"


def _answers(monograph: Drug, file: Path) -> dict[str, bool | Decimal]:
    """The answers in a file, by question; without those that it leaves empty."""
    from il2calc.language.paths import FaultLocator
    from il2calc.text import yaml

    try:
        document = yaml.read(file.read_bytes())
    except OSError as error:
        problem = f"--answers {file} cannot be read ({error.strerror})"
        raise Refused(f"{problem}; print one to fill in with --template") from None
    data, name = document.data, str(file)
    if not isinstance(data, dict):
        raise FaultyFile(
            FaultLocator(name, document).not_a_mapping("write NAME: yes, one per line")
        )
    faults = [RegimenError(name, fault.line, "", fault.problem) for fault in document.faults]
    filled = {question: text for question, text in data.items() if text != ""}
    texts = {key: (str(text), name, document.line((key,))) for key, text in filled.items()}
    return _parsed(monograph, texts, faults)


def _parsed(
    monograph: Drug,
    texts: Mapping[str, tuple[str, str, int | None]],
    faults: Iterable[RegimenError] = (),
) -> dict[str, bool | Decimal]:
    """The answers by question, each from its text, the file or option it is in, and its line.

    Args:
        faults: what is wrong with the file otherwise.

    Raises:
        FaultyFile: with these faults, and all texts that are no answers.
    """
    from il2calc.pharmacy import answers

    given: dict[str, bool | Decimal] = {}
    all_faults = [*faults]
    for question, (text, place, line) in texts.items():
        try:
            given[question] = answers.parse_answer(monograph, question, text)
        except (Refused, UnknownName) as error:
            all_faults.append(RegimenError(place, line, "", str(error)))
    if all_faults:
        raise FaultyFile(all_faults)
    return given


def _monograph(name: str, folder: Path | None) -> Drug:
    from il2calc import language

    monograph = language.drug(name, folder)
    if text := monograph.origin.hiding(monograph.name):
        output.tell(f"caution: {text}")
    if (doubt := monograph.doubt(name)) is not None:
        text = f"{name} is read as {monograph.name}. {doubt.text} [{'; '.join(doubt.sources)}]"
        output.tell(f"caution: {text}")
    return monograph


Areas = Sequence[tuple[str, Decimal]]
"""Formulas, each with the body surface area that it gives [m2]."""


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
    sex_ = options.sex_of(sex)
    kilograms, centimetres = options.weight(weight_), options.height(height_)
    assert kilograms is not None
    assert centimetres is not None
    formula_ = "schlich" if formula == "all" else formula
    years = options.age(age)
    patient = Patient(weight=kilograms, height=centimetres, formula=formula_, sex=sex_, age=years)
    cautions = tuple(body.body_cautions(patient))
    areas = _areas(formula, centimetres, kilograms, sex_)
    data = area_document(areas, kilograms, centimetres, cautions)
    _print(format_, data, area_lines(areas), pager=False)
    output.tell_cautions(cautions, printed=format_ == "json")
    if strict and cautions:
        raise typer.Exit(3)


def _areas(formula: str, centimetres: Decimal, kilograms: Decimal, sex: Sex | None) -> Areas:
    """The areas by the formula named, or by all; `all` without a sex gives schlich for both."""
    if formula != "all":
        return [(formula, surface(formula, centimetres, kilograms, sex))]
    areas = [(name, surface(name, centimetres, kilograms)) for name in FORMULAE]
    sexes: tuple[Sex, ...] = (sex,) if sex else ("female", "male")
    return areas + [
        (f"schlich ({sex_})", surface("schlich", centimetres, kilograms, sex_)) for sex_ in sexes
    ]


def area_lines(areas: Areas) -> Iterator[str]:
    """One line per formula: name, value with all digits, unit."""
    width = max(len(name) for name, _ in areas)
    for name, area in areas:
        yield f"{name:<{width}}  {plain(area)} m2"


def area_document(
    areas: Areas, weight: Decimal, height: Decimal, cautions: Sequence[Caution] = ()
) -> dict[str, Any]:
    """The areas as plain data."""
    from il2calc.report.plain_data import document_head

    return {
        **document_head("il2calc.bsa/1"),
        "weight_kg": weight,
        "height_cm": height,
        "bsa": [{"formula": name, "value": area, "unit": "m2"} for name, area in areas],
        "cautions": [{"code": caution.code, "text": caution.text} for caution in cautions],
    }
