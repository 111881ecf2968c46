"""What the texts given on a command line mean; what cannot be read is refused in one line.

What a shell may complete: ids of regimens and the arms of the one that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from il2calc.errors import Il2calcError, NotAQuantity, Refused, nearest, printable
from il2calc.model.patient import Sex
from il2calc.units import convert, plain_number

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MEASURE = re.compile(r"(\S+) ([A-Za-z0-9]+)")
_PERCENT = re.compile(r"([0-9.]+) ?%?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_TURNS = re.compile(r"[1-9][0-9]{0,5}")
MOST_PERCENT = 200
LONGEST_LABEL = 60


class OptionError(Il2calcError):
    """An option that cannot be read, is out of its range or excludes another."""

    def __init__(self, option: str, problem: str) -> None:
        self.option, self.problem = option, problem
        super().__init__(option, problem)

    def __str__(self) -> str:
        return f"{self.option}: {self.problem}"


def measure(
    option: str, text: str | None, unit: str, also: Sequence[str], like: str
) -> Decimal | None:
    """A bare number in `unit`, or one with a unit that can be converted to it."""
    if text is None:
        return None
    match = _MEASURE.fullmatch(text)
    digits, given = match.groups() if match else (text, unit)
    units = {**{each: each for each in also}, unit: unit, "in": "inch"}
    if given not in (unit, *also):
        known = ", ".join((unit, *also))
        raise OptionError(option, f"{text!r} has an unknown unit; known: {known}; write {like}")
    try:
        return convert(plain_number(digits), units[given], unit)
    except NotAQuantity:
        raise OptionError(option, f"{text!r} is not a plain number; write {like}") from None


def weight(text: str | None) -> Decimal | None:
    """Body weight [kg]."""
    return measure("--weight", text, "kg", ("lb",), "70, '70 kg' or '154 lb'")


def height(text: str | None) -> Decimal | None:
    """Height [cm]."""
    return measure("--height", text, "cm", ("m", "in"), "170, '1.70 m' or '67 in'")


def area(option: str, text: str | None) -> Decimal | None:
    """Body surface area [m2]."""
    return measure(option, text, "m2", (), "1.8")


def gfr(text: str | None) -> Decimal | None:
    """Glomerular filtration rate [mL/min]."""
    return None if text is None else _number("--gfr", text, "90")


def day(option: str, text: str | None) -> date | None:
    """A calendar date."""
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        raise OptionError(option, f"{text!r} is not a date; write it like 2026-12-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = f"{text!r} is not a day of the calendar; write one like 2026-12-01"
        raise OptionError(option, problem) from None


def clock(option: str, text: str) -> int:
    """A clock time, as minutes after midnight."""
    match = _CLOCK.fullmatch(text)
    if not match:
        problem = f"{text!r} is not a clock time; write it like 08:00 (00:00 to 23:59)"
        raise OptionError(option, problem)
    return int(match[1]) * 60 + int(match[2])


def moment(option: str, text: str | None) -> datetime | None:
    """A date, perhaps with a clock time; a date alone is its midnight."""
    if text is None:
        return None
    written, gap, at = text.partition(" ")
    try:
        on = day(option, written)
        minute = clock(option, at) if gap else 0
    except OptionError:
        on = None
    if on is None:
        problem = f"{text!r} is no moment; write it like 2026-12-01 or '2026-12-01 08:00'"
        raise OptionError(option, problem)
    return datetime.combine(on, time(minute // 60, minute % 60))


def zone(text: str | None) -> ZoneInfo | None:
    """A time zone by its IANA name."""
    if text is None:
        return None
    from il2calc.plan import zones

    try:
        return zones.zone(text)
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


def count(option: str, text: str) -> int:
    """A number of turns."""
    if not _TURNS.fullmatch(text):
        raise OptionError(option, f"{text!r} is not a number of turns; write 1, 2, 3 ...")
    return int(text)


def times(cycles: str | None, pairs: Iterable[str]) -> dict[str, int]:
    """Turns by block, from `--cycles N` and every `--times BLOCK=N`."""
    found: dict[str, int] = {}
    if cycles is not None:
        found["cycle"] = count("--cycles", cycles)
    for each in pairs:
        name, text = pair("--times", each, "cycle=4")
        if name in found:
            raise OptionError("--times", f"{name!r} is given twice; give it once: {name}=4")
        found[name] = count("--times", text)
    return found


def percents(pairs: Iterable[str]) -> dict[str, Decimal]:
    """Share of the amount by drug [%], from every `--percent DRUG=75 %`."""
    found: dict[str, Decimal] = {}
    for each in pairs:
        name, text = pair("--percent", each, "DRUG=75 %")
        if name in found:
            raise OptionError("--percent", f"{name!r} is given twice; give it once: '{name}=75 %'")
        found[name] = percentage("--percent", text, f"'{name}=75 %'")
    return found


def settings(pairs: Iterable[str]) -> list[tuple[str, str]]:
    """Path and text, from every `--set PATH=VALUE`."""
    return [pair("--set", each, 'cycle.repeat.rest="6 days"') for each in pairs]


def label(text: str | None) -> str | None:
    """A label of the user's own for a subject."""
    if text is None:
        return None
    if not text or len(text) > LONGEST_LABEL or not printable(text) or not text[0].isalnum():
        problem = f"begins with a letter or digit and has at most {LONGEST_LABEL} plain characters"
        raise OptionError("--subject", f"a label {problem}, like S-07")
    return text


def sex_of(text: str | None) -> Sex | None:
    """The sex that a formula needs; None where none was given."""
    if text is None:
        return None
    return "female" if choice("--sex", text, ("female", "male")) == "female" else "male"


def choice(option: str, text: str, known: Sequence[str]) -> str:
    """One of a few words."""
    if text not in known:
        guess = nearest(text, known)
        hint = f"did you mean {guess!r}? " if guess else ""
        raise OptionError(option, f"{text!r} is not known; {hint}write one of: {', '.join(known)}")
    return text


def _number(option: str, text: str, like: str) -> Decimal:
    try:
        return plain_number(text)
    except NotAQuantity:
        raise OptionError(option, f"{text!r} is not a plain number; write {like}") from None


def percentage(option: str, text: str, like: str) -> Decimal:
    """A percentage above 0: `75 %`, `75%` or `75`."""
    match = _PERCENT.fullmatch(text)
    if not match:
        raise OptionError(option, f"{text!r} is not a percentage; write {like}")
    value = _number(option, match[1], like)
    if not 0 < value <= MOST_PERCENT:
        raise OptionError(option, f"{text} is not above 0 and up to {MOST_PERCENT} %; write {like}")
    return value


def pair(option: str, text: str, like: str) -> tuple[str, str]:
    """A name and a value, from `NAME=VALUE`."""
    name, found, value = text.partition("=")
    if not found or not name.strip() or not value.strip():
        raise OptionError(option, f"{text!r} is not NAME=VALUE; write it like {like}")
    return name.strip(), value.strip()


def regimens(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids that begin with what was typed."""
    from il2calc import language

    try:
        return [name for name in language.shelf.names(_folder(ctx)) if name.startswith(incomplete)]
    except Il2calcError:
        return []


def arms(ctx: typer.Context, incomplete: str) -> list[str]:
    """Arms of the regimen that was typed; none where it cannot be read."""
    from il2calc import language

    try:
        typed = ctx.params.get("regimen") or next(iter(ctx.args), "")
        regimen = language.load(str(typed), folder=_folder(ctx))
    except Il2calcError:
        return []
    return [name for name in regimen.arms if name.startswith(incomplete)]


def drugs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Drugs with a monograph that begin with what was typed."""
    from il2calc import language

    try:
        return [name for name in language.shelf.drugs(_folder(ctx)) if name.startswith(incomplete)]
    except Il2calcError:
        return []


def _folder(ctx: typer.Context) -> Path | None:
    folder: Path | None = ctx.params.get("folder")
    return folder
