"""The verb `bsa`: body surface area by one formula or all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from il2calc.cli import options, output
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient, Sex, surface
from il2calc.review import body
from il2calc.units import plain

if TYPE_CHECKING:
    from il2calc.plan.schedule import Caution

Areas = Sequence[tuple[str, Decimal]]
"""Each formula with the area that it gives [m2]."""


def bsa(
    weight_: Annotated[str, typer.Option("--weight", metavar="KG", help="As 70; also '154 lb'.")],
    height_: Annotated[
        str, typer.Option("--height", metavar="CM", help="As 170; also '1.70 m', '67 in'.")
    ],
    formula: Annotated[
        str, typer.Option(metavar="NAME", help=f"{', '.join(FORMULA_NAMES)}, or all.")
    ] = DEFAULT_FORMULA,
    sex: Annotated[str | None, typer.Option(metavar="female|male", help="For schlich.")] = None,
    age: Annotated[str | None, typer.Option(metavar="YEARS", help="As 7; also '8 months'.")] = None,
    format_: options.TextOrJson = "text",
    strict: options.Strict = False,
) -> None:
    """Print one line per formula."""
    format_ = options.choice("--format", format_, options.TEXT_OR_JSON)
    options.choice("--formula", formula, (*FORMULA_NAMES, "all"))
    named = options.sex_of(sex)
    kilograms, centimetres = options.weight(weight_), options.height(height_)
    assert kilograms is not None
    assert centimetres is not None
    patient = Patient(weight=kilograms, height=centimetres, age=options.age(age))
    found = tuple(body.of_body(patient))
    areas = _areas(formula, centimetres, kilograms, named)
    if format_ == "json":
        from il2calc.format import json

        output.write_data(json.dumped(document(areas, kilograms, centimetres, found)))
    else:
        output.write(lines(areas))
    output.caution(found, printed=format_ == "json")
    if strict and found:
        raise typer.Exit(3)


def _areas(
    formula: str, centimetres: Decimal, kilograms: Decimal, sex: Sex | None
) -> list[tuple[str, Decimal]]:
    """Each formula asked for; `all` without a sex gives schlich for both."""
    if formula != "all":
        return [(formula, surface(formula, centimetres, kilograms, sex))]
    others = [name for name in FORMULA_NAMES if name != "schlich"]
    areas = [(name, surface(name, centimetres, kilograms)) for name in others]
    both: tuple[Sex, ...] = ("female", "male")
    sexes = (sex,) if sex else both
    return areas + [
        (f"schlich ({named})", surface("schlich", centimetres, kilograms, named)) for named in sexes
    ]


def lines(areas: Areas) -> Iterator[str]:
    """Name, value with all its digits, unit."""
    width = max(len(name) for name, _ in areas)
    for name, area in areas:
        yield f"{name:<{width}}  {plain(area)} m2"


def document(
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
