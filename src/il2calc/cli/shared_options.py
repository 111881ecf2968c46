"""The options that verbs share, each said once, alone and in groups.

A group of options is a tuple whose fields are the options; a verb that takes one is asked for each
of its fields (`asking`).
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

import typer

from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES

Text = str | None
Texts = list[str] | None

RegimenName = Annotated[
    str,
    typer.Argument(help="Id, path, or - for YAML on standard input."),
]
Weight = Annotated[
    Text, typer.Option("--weight", metavar="KG", help="Body weight, as 70; also '154 lb'.")
]
Height = Annotated[
    Text, typer.Option("--height", metavar="CM", help="As 170; also '1.70 m', '67 in'.")
]
Bsa = Annotated[
    Text, typer.Option("--bsa", metavar="AREA", help="Body surface area [m2]; excludes --height.")
]
BsaFormula = Annotated[
    Text,
    typer.Option(
        "--bsa-formula",
        metavar="NAME",
        help=f"{', '.join(FORMULA_NAMES)}. Default: {DEFAULT_FORMULA}.",
    ),
]
SexOption = Annotated[
    Text,
    typer.Option("--sex", metavar="female|male", help="For schlich, and ideal weight."),
]
BsaCap = Annotated[
    Text, typer.Option("--bsa-cap", metavar="AREA", help="Upper limit of the BSA [m2], as 2.0.")
]
Gfr = Annotated[Text, typer.Option("--gfr", metavar="RATE", help="GFR [mL/min], for doses by AUC.")]
Age = Annotated[Text, typer.Option("--age", metavar="YEARS", help="As 7; also '8 months'.")]
ArmName = Annotated[
    Text,
    typer.Option("--arm", "--level", help="Arm or dose level."),
]
Cycles = Annotated[Text, typer.Option("--cycles", metavar="N", help="Turns of the block 'cycle'.")]
Times = Annotated[Texts, typer.Option("--times", metavar="BLOCK=N", help="Turns of a block.")]
Weeks = Annotated[
    Text, typer.Option("--weeks", metavar="N", help="What is open, for so many weeks.")
]
Until = Annotated[
    Text, typer.Option("--until", metavar="DATE", help="Date before which what is open begins.")
]
Rest = Annotated[
    Texts, typer.Option("--rest", metavar="BLOCK=6 weeks", help="How long a rest is that is open.")
]
Percent = Annotated[
    Texts, typer.Option("--percent", metavar="DRUG=75 %", help="A share of the amount.")
]
Settings = Annotated[
    Texts, typer.Option("--set", metavar="PATH=VALUE", help="Read a fact otherwise.")
]
Round = Annotated[
    Texts,
    typer.Option(
        "--round", metavar="DRUG=STEP", help="DRUG=5 mg, =0.01 mL, =vial, =tablet, =bands:FILE.csv."
    ),
]
RoundWithin = Annotated[
    str,
    typer.Option(
        "--round-within", metavar="PERCENT", help="The most that --round may change a dose by."
    ),
]
StartDate = Annotated[
    Text, typer.Option("--start", metavar="DATE", help="Date of day 1, as 2026-12-01.")
]
FirstDose = Annotated[
    Text, typer.Option("--first-dose", metavar="DATE", help="Date of the first dose, instead.")
]
DateOf = Annotated[
    Text, typer.Option("--date-of", metavar="DAY=DATE", help="Date of any numbered day, instead.")
]
At = Annotated[str, typer.Option("--at", metavar="HH:MM", help="Start time of every day.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="FOLDER",
        envvar="IL2CALC_LIBRARY",
        help="Your own folder of regimens.",
    ),
]
From = Annotated[Text, typer.Option("--from", metavar="DATE", help="First date to show.")]
To = Annotated[Text, typer.Option("--to", metavar="DATE", help="Last date to show.")]
Subject = Annotated[Text, typer.Option("--subject", metavar="LABEL", help="A label of your own.")]
Zone = Annotated[Text, typer.Option("--tz", metavar="ZONE", help="Time zone, as Europe/London.")]
RequireReviewed = Annotated[
    bool, typer.Option("--require-reviewed", help="Refuse what nobody signed as it stands.")
]
Brief = Annotated[bool, typer.Option("--brief", help="Fold uniform stretches.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 on any caution.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Leave out notices, never a caution.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all."),
]


PatientFile = Annotated[
    Path | None,
    typer.Option(
        "--patient", metavar="FILE", help="A file of measures, as weight: 70 kg, instead."
    ),
]


class Body(NamedTuple):
    """The texts given about a patient's body; its measures are called as a log calls them."""

    weight: Weight = None
    height: Height = None
    bsa: Bsa = None
    bsa_formula: BsaFormula = None
    sex: SexOption = None
    bsa_cap: BsaCap = None
    gfr: Gfr = None
    age: Age = None
    patient: PatientFile = None


class Begun(NamedTuple):
    """The texts given about when a schedule starts, and for whom."""

    start: StartDate = None
    first_dose: FirstDose = None
    date_of: DateOf = None
    at: At = "08:00"
    subject: Subject = None
    tz: Zone = None


class Choices(NamedTuple):
    """The texts given about what is scheduled of a regimen, and how it is read."""

    arm: ArmName = None
    cycles: Cycles = None
    times: Times = None
    weeks: Weeks = None
    rest: Rest = None
    until: Until = None
    percent: Percent = None
    set: Settings = None


class Rounding(NamedTuple):
    """The texts given about how doses are rounded."""

    round: Round = None
    within: RoundWithin = "10%"


def asking(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb as the command line sees it: for each group of options, the options themselves."""
    hints = get_type_hints(verb, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[Parameter] = []
    for name, parameter in signature(verb).parameters.items():
        if isinstance(kind := hints[name], type) and issubclass(kind, tuple):
            groups[name] = kind
            parameters += _options(kind)
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=kind))

    def run(**typed: Any) -> None:
        gathered = {name: group(*map(typed.pop, group._fields)) for name, group in groups.items()}
        verb(**typed, **gathered)

    vars(run)["__signature__"] = Signature(parameters)  # typer makes the command line of it
    return run


def _options(group: Any) -> list[Parameter]:
    hints, left_out = get_type_hints(group, include_extras=True), group._field_defaults
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=left_out[name], annotation=hints[name])
        for name in group._fields
    ]
