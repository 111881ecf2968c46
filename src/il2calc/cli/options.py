"""The options that several verbs share, and the readers of their texts.

A text that cannot be read is refused in one line. A group of options is a tuple whose fields are
the options; the command line of a verb that takes a group has each of them (`expand_groups`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, get_type_hints

import typer

from il2calc.errors import OptionError, Refused
from il2calc.model import measure
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, HEIGHT_RANGE, Patient, Sex
from il2calc.text import values

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Value = TypeVar("Value")
Text = str | None
Texts = list[str] | None


def option(usage: str, text: str, **settings: Any) -> Any:
    """An option of a verb.

    Args:
        usage: as help shows it, all names first: `--output -o FILE`.
        text: its explanation in help.
    """
    words = usage.split(" ")
    names = [word for word in words if word.startswith("-")]
    value = " ".join(words[len(names) :])
    return typer.Option(*names, metavar=value or None, help=text, **settings)


TEXT_OR_JSON = ("text", "json")
"""Formats of verbs that print no schedule."""

ENDINGS = {
    ".csv": "csv", ".json": "json", ".md": "markdown", ".markdown": "markdown", ".ics": "ics",
    ".html": "html", ".htm": "html", ".pdf": "pdf", ".svg": "svg", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
"""Ending of an output file -> its format."""

TEXT_ENDINGS = ("", ".txt", ".text")
"""Endings of a file in the first of the formats, a table."""

PAGES = ("html", "pdf", "svg")
"""Formats that a terminal cannot show."""

TextOrJson = Annotated[str, option("--format text|json", "Text, or JSON for a program.")]
ByOutput = Annotated[Text, option("--format text|json", "Default: by --output.")]
LogFile = Annotated[str, typer.Argument(help="The course log, such as subject-07.yaml.")]
AcceptRegimen = Annotated[
    bool, option("--accept-regimen", "Accept a regimen file that has changed since.")
]
AllowEdited = Annotated[
    bool, option("--allow-edited", "Continue with a log that was changed by hand.")
]
RegimenName = Annotated[str, typer.Argument(help="Id, path, or - for YAML on standard input.")]
BsaFormula = Annotated[
    Text, option("--bsa-formula NAME", f"{', '.join(FORMULA_NAMES)}. Default: {DEFAULT_FORMULA}.")
]
BsaCap = Annotated[Text, option("--bsa-cap AREA", "Upper limit of the BSA [m2], such as 2.0.")]
Settings = Annotated[Texts, option("--set PATH=VALUE", "Change a value of the file.")]
At = Annotated[str, option("--at HH:MM", "Start time of every day.")]
Folder = Annotated[
    Path | None,
    option("--library FOLDER", "Your own folder of regimens.", envvar="IL2CALC_LIBRARY"),
]
From = Annotated[Text, option("--from DATE", "First date to show.")]
To = Annotated[Text, option("--to DATE", "Last date to show.")]
Zone = Annotated[Text, option("--tz ZONE", "Time zone, such as Europe/London.")]
Ascii = Annotated[bool, option("--ascii", "Draw the timeline in ASCII.")]
RequireReviewed = Annotated[
    bool, option("--require-reviewed", "Refuse a regimen that nobody signed in its present form.")
]
Strict = Annotated[bool, option("--strict", "Exit 3 on any caution.")]
NoPager = Annotated[bool, option("--no-pager", "Print long output without a pager.")]
Quiet = Annotated[bool, option("--quiet -q", "Leave out notices, but never a caution.")]
Output = Annotated[Path | None, option("--output -o FILE", "Write to a file, all or nothing.")]
PatientFile = Annotated[
    Path | None, option("--patient FILE", "A file of measures, such as weight: 70 kg.")
]


class Body(NamedTuple):
    """The texts given about a patient's body; measures have the names that a log uses."""

    weight: Annotated[Text, option("--weight KG", "Weight: 70, or '154 lb'.")] = None
    height: Annotated[Text, option("--height CM", "Height: 170, '1.70 m' or '67 in'.")] = None
    bsa: Annotated[Text, option("--bsa AREA", "Body surface area [m2]; excludes --height.")] = None
    bsa_formula: BsaFormula = None
    sex: Annotated[Text, option("--sex female|male", "For schlich and ideal weight.")] = None
    bsa_cap: BsaCap = None
    gfr: Annotated[Text, option("--gfr RATE", "GFR [mL/min], for doses by AUC.")] = None
    age: Annotated[Text, option("--age YEARS", "Age: 7, or '8 months'.")] = None
    patient: PatientFile = None


class Dating(NamedTuple):
    """The texts given about when a schedule starts, and for whom."""

    start: Annotated[Text, option("--start DATE", "Date of day 1, such as 2026-12-01.")] = None
    first_dose: Annotated[Text, option("--first-dose DATE", "Or that of the first dose.")] = None
    date_of: Annotated[Text, option("--date-of DAY=DATE", "Or that of any numbered day.")] = None
    at: At = "08:00"
    subject: Annotated[Text, option("--subject LABEL", "Your own label for the patient.")] = None
    tz: Zone = None


class Choices(NamedTuple):
    """The texts given about which part of a regimen is scheduled, and values that are changed."""

    arm: Annotated[Text, option("--arm --level", "Arm or dose level.")] = None
    cycles: Annotated[Text, option("--cycles N", "Turns of the block 'cycle'.")] = None
    times: Annotated[Texts, option("--times BLOCK=N", "Turns of a block.")] = None
    weeks: Annotated[Text, option("--weeks N", "How many weeks open-ended blocks last.")] = None
    rest: Annotated[
        Texts, option("--rest BLOCK=6 weeks", "Length of a rest that the file leaves open.")
    ] = None
    until: Annotated[Text, option("--until DATE", "Until when open-ended blocks last.")] = None
    percent: Annotated[Texts, option("--percent DRUG=75 %", "A percentage of the amount.")] = None
    set: Settings = None


class Rounding(NamedTuple):
    """The texts given about how doses are rounded."""

    round: Annotated[
        Texts, option("--round DRUG=STEP", "DRUG=5 mg, =0.01 mL, =vial, =tablet, =bands:FILE.csv.")
    ] = None
    within: Annotated[
        str, option("--round-within PERCENT", "Limit on how much --round may change a dose.")
    ] = "10%"


def expand_groups(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb as the command line needs it: each group of options replaced by its options."""
    hints = get_type_hints(verb, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[Parameter] = []
    for name, parameter in signature(verb).parameters.items():
        if isinstance(annotation := hints[name], type) and issubclass(annotation, tuple):
            groups[name] = annotation
            parameters += group_parameters(annotation)
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=annotation))

    def run(**typed: Any) -> None:
        tuples = {name: group(*map(typed.pop, group._fields)) for name, group in groups.items()}
        verb(**typed, **tuples)

    vars(run)["__signature__"] = Signature(parameters)  # typer derives the command line from it
    return run


def group_parameters(group: Any) -> list[Parameter]:
    """The parameters of a command for a group of options."""
    hints, defaults = get_type_hints(group, include_extras=True), group._field_defaults
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=hints[name])
        for name in group._fields
    ]


def read(option: str, reader: Callable[[str], Value], text: str) -> Value:
    """The value of a text, by the reader for its kind of value.

    Raises:
        OptionError: the reader refuses it; its message, with the name of the option.
    """
    try:
        return reader(text)
    except ValueError as error:
        raise OptionError(option, str(error)) from None


def read_if_given(option: str, reader: Callable[[str], Value], text: str | None) -> Value | None:
    """The value of a text; None if no text was given."""
    return None if text is None else read(option, reader, text)


_measure = partial(values.measure, bare=True)
WEIGHT = partial(_measure, unit="kg", also=("lb",), like="70, '70 kg' or '154 lb'")
HEIGHT = partial(_measure, unit="cm", also=("m", "in"), like="170, '1.70 m' or '67 in'")
AREA = partial(_measure, unit="m2", like="1.8")


def weight(text: str | None) -> Decimal | None:
    """Body weight [kg]."""
    return read_if_given("--weight", WEIGHT, text)


def height(text: str | None) -> Decimal | None:
    """Height [cm].

    Raises:
        OptionError: it cannot be read, or is plausible only in metres.
    """
    centimetres, (low, high) = read_if_given("--height", HEIGHT, text), HEIGHT_RANGE
    digits, _, unit = (text or "").partition(" ")
    if centimetres is not None and low <= centimetres * 100 <= high and unit in ("", "cm"):
        problem = f"a height of {digits} cm is not plausible ({low} to {high} cm)"
        problem += f"; did you mean '{digits} m'?"
        raise OptionError("--height", problem)
    return centimetres


def area(option: str, text: str | None) -> Decimal | None:
    """Body surface area [m2]."""
    return read_if_given(option, AREA, text)


def gfr(text: str | None, patient: Patient | None = None) -> Decimal | None:
    """Glomerular filtration rate [mL/min].

    Args:
        patient: the message shows the conversion by their body surface area, if it is known.

    Raises:
        OptionError: it cannot be read, or is per 1.73 m2.
    """
    of_surface = text is not None and values.is_of_surface(text)
    surface = patient.uncapped() if patient is not None and of_surface else None
    return read_if_given("--gfr", partial(values.filtration, bare=True, surface=surface), text)


def age(text: str | None) -> Decimal | None:
    """Age [years]."""
    return read_if_given("--age", partial(measure.age, bare=True), text)


def day(option: str, text: str | None) -> date | None:
    """A calendar date."""
    return read_if_given(option, values.day, text)


def date_of(text: str | None) -> tuple[int, date] | None:
    """A numbered day of a regimen and its date, from `DAY=DATE`."""
    if text is None:
        return None
    like = '"0=2026-12-09"'
    day_text, date_text = pair("--date-of", text, like)
    if not re.fullmatch(r"-?[0-9]{1,6}", day_text):
        raise OptionError("--date-of", f"{day_text!r} is not a numbered day; write it like {like}")
    return int(day_text), read("--date-of", values.day, date_text)


def clock(option: str, text: str) -> int:
    """A clock time, as minutes after midnight."""
    return read(option, values.clock, text)


def moment(option: str, text: str | None) -> datetime | None:
    """A date, perhaps with a clock time; a date alone means its midnight."""
    return read_if_given(option, partial(values.moment, bare=True), text)


def label(text: str | None) -> str | None:
    """A label of the user's own for a subject."""
    return read_if_given("--subject", values.label, text)


def choice(option: str, text: str, words: Sequence[str]) -> str:
    """One of a few words."""
    return read(option, partial(values.one_of, known=words), text)


def sex_of(text: str | None) -> Sex | None:
    """The sex that a formula needs; None if none was given."""
    if text is None:
        return None
    return "female" if choice("--sex", text, ("female", "male")) == "female" else "male"


def percentage(option: str, text: str, like: str) -> Decimal:
    """A percentage above 0: `75 %`, `75%` or `75`."""
    return read(option, partial(values.percentage, like=like, bare=True), text)


def count(option: str, text: str) -> int:
    """A number of turns."""
    return read(option, values.whole, text)


def zone(text: str | None) -> ZoneInfo | None:
    """A time zone by its IANA name."""
    if text is None:
        return None
    from il2calc.plan import dating

    try:
        return dating.choose_zone(text)
    except Refused as error:
        raise OptionError("--tz", str(error)) from None


def columns(text: str, available: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, from `a,b,c`."""
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise OptionError("--columns", f"{text!r} contains an empty name; write a,b,c")
    for name in names:
        choice("--columns", name, available)
        if names.count(name) > 1:
            raise OptionError("--columns", f"{name!r} is named twice; name it once")
    return names


def pairs(option: str, texts: Iterable[str], like: str) -> dict[str, str]:
    """Names and values, from every `NAME=VALUE`; each name may be given once.

    Args:
        like: an example for the message.
    """
    by_name: dict[str, str] = {}
    for text in texts:
        name, value = pair(option, text, like)
        if name in by_name:
            raise OptionError(option, f"{name!r} is given twice; give it once, like {like}")
        by_name[name] = value
    return by_name


def pair(option: str, text: str, like: str) -> tuple[str, str]:
    """A name and a value, from `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise OptionError(option, f"{text!r} is not NAME=VALUE; write it like {like}")
    return name.strip(), value.strip()


def times(cycles: str | None, texts: Iterable[str]) -> dict[str, int]:
    """Turns by block, from `--cycles N` and every `--times BLOCK=N`."""
    named = pairs("--times", texts, "cycle=4")
    if cycles is not None and "cycle" in named:
        raise OptionError("--times", "'cycle' is given twice; give it once, like cycle=4")
    from_cycles = {} if cycles is None else {"cycle": count("--cycles", cycles)}
    return from_cycles | {name: count("--times", text) for name, text in named.items()}


def compartments(texts: Iterable[str], like: str) -> dict[str, int]:
    """Compartment by drug, from every `--cmt DRUG=N`."""
    return {name: count("--cmt", text) for name, text in pairs("--cmt", texts, like).items()}


def percents(texts: Iterable[str]) -> dict[str, Decimal]:
    """Share of the amount by drug [%], from every `--percent DRUG=75 %`."""
    named = pairs("--percent", texts, '--percent "DRUG=75 %"').items()
    return {name: percentage("--percent", text, f"'{name}=75 %'") for name, text in named}


def graduations(texts: Iterable[str]) -> dict[str, Decimal]:
    """Graduation of the syringe by drug [mL], from every `--graduation DRUG=0.02 mL`."""
    by_drug = {}
    for name, text in pairs("--graduation", texts, '"DRUG=0.02 mL"').items():
        like = f"'{name}=0.02 mL'"
        step = read("--graduation", partial(values.whole_amount, like=like), text)
        if step.unit != "mL":
            raise OptionError("--graduation", f"{text!r} is not a volume; write it like {like}")
        by_drug[name] = step.value
    return by_drug


def settings(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Path and text, from every `--set PATH=VALUE`."""
    return [pair("--set", text, 'cycle.repeat.rest="6 days"') for text in texts]


def chosen_format(format_: str | None, target: Path | None, supported: Sequence[str]) -> str:
    """The format named, else the one of the output file's ending, else the first.

    Raises:
        OptionError: there is no such format, or none with that ending.
    """
    if format_ is not None:
        return choice("--format", format_, supported)
    ending = target.suffix.lower() if target else ""
    if (by_ending := ENDINGS.get(ending)) in supported:
        return str(by_ending)
    if ending not in TEXT_ENDINGS:
        endings = ", ".join(ending_ for ending_, name in ENDINGS.items() if name in supported)
        problem = f"no format ends in {ending} here; name one, such as --format {supported[0]}"
        raise OptionError("--output", f"{problem}, or end in one of: .txt, {endings}")
    return supported[0]


def refuse_unsupported(format_: str, typed: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    """Refuse an option that the format does not support.

    Args:
        typed: option -> its value (None or False = not typed), and the formats that support it.

    Raises:
        OptionError: names the option and the formats that support it.
    """
    for name, (value, supported) in typed.items():
        if value and format_ not in supported:
            supporting = ", ".join(supported)
            problem = f"does not go with --format {format_}, only with {supporting}; leave it out"
            raise OptionError(name, problem)


def refuse_terminal(format_: str, target: Path | None, name: str) -> None:
    """Refuse to print a page or picture to a terminal.

    Raises:
        Refused: names the option that writes it to a file.
    """
    to_screen = target is None or str(target) == "-"
    if format_ in PAGES and to_screen and sys.stdout.isatty():
        file = f"{Path(name).stem or name}.{format_}"
        raise Refused(f"--format {format_} is not text for a terminal: add --output {file}")


def draws_unicode(target: Path | None = None) -> bool:
    """Whether more than ASCII may be written: to a file always, to a terminal by its locale."""
    if target is not None and str(target) != "-":
        return True
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = sys.stdout.encoding or "utf-8"
    return locale not in ("C", "POSIX") and "utf" in encoding.lower()
