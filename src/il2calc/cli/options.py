"""What the texts given on a command line mean; what cannot be read is refused in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from il2calc.errors import Il2calcError, Refused
from il2calc.model.patient import HEIGHT_RANGE, Patient, Sex
from il2calc.text import values

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Value = TypeVar("Value")


class OptionError(Il2calcError):
    """An option that cannot be read, is out of its range or excludes another."""

    def __init__(self, option: str, problem: str) -> None:
        self.option, self.problem = option, problem
        super().__init__(option, problem)

    def __str__(self) -> str:
        return f"{self.option}: {self.problem}"


def read(option: str, reader: Callable[[str], Value], text: str) -> Value:
    """What a text means by the reader of its kind of value.

    Raises:
        OptionError: it means nothing; what the reader says of it, at its option.
    """
    try:
        return reader(text)
    except ValueError as error:
        raise OptionError(option, str(error)) from None


def given(option: str, reader: Callable[[str], Value], text: str | None) -> Value | None:
    """The same; None where no text was given."""
    return None if text is None else read(option, reader, text)


_measure = partial(values.measure, bare=True)
WEIGHT = partial(_measure, unit="kg", also=("lb",), like="70, '70 kg' or '154 lb'")
HEIGHT = partial(_measure, unit="cm", also=("m", "in"), like="170, '1.70 m' or '67 in'")
AREA = partial(_measure, unit="m2", like="1.8")


def weight(text: str | None) -> Decimal | None:
    """Body weight [kg]."""
    return given("--weight", WEIGHT, text)


def height(text: str | None) -> Decimal | None:
    """Height [cm].

    Raises:
        OptionError: it cannot be read, or is one in metres without its unit.
    """
    found, (low, high) = given("--height", HEIGHT, text), HEIGHT_RANGE
    if found is not None and low <= found * 100 <= high:
        problem = f"a height of {text} cm is not plausible ({low} to {high} cm)"
        problem += f"; did you mean '{text} m'?"
        raise OptionError("--height", problem)
    return found


def area(option: str, text: str | None) -> Decimal | None:
    """Body surface area [m2]."""
    return given(option, AREA, text)


def gfr(text: str | None, patient: Patient | None = None) -> Decimal | None:
    """Glomerular filtration rate [mL/min].

    Args:
        patient: whose body surface area shows the conversion, where it is known.

    Raises:
        OptionError: it cannot be read, or is of a body of 1.73 m2.
    """
    of_surface = text is not None and values.is_of_surface(text)
    surface = patient.uncapped() if patient is not None and of_surface else None
    return given("--gfr", partial(values.filtration, bare=True, surface=surface), text)


def age(text: str | None) -> Decimal | None:
    """Age [years]."""
    return given("--age", partial(values.age, bare=True), text)


def day(option: str, text: str | None) -> date | None:
    """A calendar date."""
    return given(option, values.day, text)


def date_of(text: str | None) -> tuple[int, date] | None:
    """A numbered day of a regimen and its date, from `DAY=DATE`."""
    if text is None:
        return None
    like = '"0=2026-12-09"'
    number, on = pair("--date-of", text, like)
    if not re.fullmatch(r"-?[0-9]{1,6}", number):
        raise OptionError("--date-of", f"{number!r} is no numbered day; write it like {like}")
    return int(number), read("--date-of", values.day, on)


def clock(option: str, text: str) -> int:
    """A clock time, as minutes after midnight."""
    return read(option, values.clock, text)


def moment(option: str, text: str | None) -> datetime | None:
    """A date, perhaps with a clock time; a date alone is its midnight."""
    return given(option, partial(values.moment, bare=True), text)


def label(text: str | None) -> str | None:
    """A label of the user's own for a subject."""
    return given("--subject", values.label, text)


def choice(option: str, text: str, known: Sequence[str]) -> str:
    """One of a few words."""
    return read(option, partial(values.one_of, known=known), text)


def sex_of(text: str | None) -> Sex | None:
    """The sex that a formula needs; None where none was given."""
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
    from il2calc.plan import zones

    try:
        return zones.chosen(text)
    except Refused as error:
        raise OptionError("--tz", str(error)) from None


def columns(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, from `a,b,c`."""
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise OptionError("--columns", f"{text!r} holds an empty name; write a,b,c")
    for name in names:
        choice("--columns", name, known)
        if names.count(name) > 1:
            raise OptionError("--columns", f"{name!r} is named twice; name it once")
    return names


def pairs(option: str, texts: Iterable[str], like: str) -> dict[str, str]:
    """Names and values, from every `NAME=VALUE`; each name may be given once.

    Args:
        like: an example of what would be right.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, value = pair(option, text, like)
        if name in found:
            raise OptionError(option, f"{name!r} is given twice; give it once, like {like}")
        found[name] = value
    return found


def pair(option: str, text: str, like: str) -> tuple[str, str]:
    """A name and a value, from `NAME=VALUE`."""
    name, found, value = text.partition("=")
    if not found or not name.strip() or not value.strip():
        raise OptionError(option, f"{text!r} is not NAME=VALUE; write it like {like}")
    return name.strip(), value.strip()


def times(cycles: str | None, texts: Iterable[str]) -> dict[str, int]:
    """Turns by block, from `--cycles N` and every `--times BLOCK=N`."""
    named = pairs("--times", texts, "cycle=4")
    if cycles is not None and "cycle" in named:
        raise OptionError("--times", "'cycle' is given twice; give it once, like cycle=4")
    own = {} if cycles is None else {"cycle": count("--cycles", cycles)}
    return own | {name: count("--times", text) for name, text in named.items()}


def percents(texts: Iterable[str]) -> dict[str, Decimal]:
    """Share of the amount by drug [%], from every `--percent DRUG=75 %`."""
    named = pairs("--percent", texts, '--percent "DRUG=75 %"').items()
    return {name: percentage("--percent", text, f"'{name}=75 %'") for name, text in named}


def graduations(texts: Iterable[str]) -> dict[str, Decimal]:
    """Graduation of the syringe by drug [mL], from every `--graduation DRUG=0.02 mL`."""
    found = {}
    for name, text in pairs("--graduation", texts, '"DRUG=0.02 mL"').items():
        like = f"'{name}=0.02 mL'"
        step = read("--graduation", partial(values.whole_amount, like=like), text)
        if step.unit != "mL":
            raise OptionError("--graduation", f"{text!r} is no volume; write it like {like}")
        found[name] = step.value
    return found


def settings(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Path and text, from every `--set PATH=VALUE`."""
    return [pair("--set", text, 'cycle.repeat.rest="6 days"') for text in texts]
