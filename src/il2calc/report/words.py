"""Phrases that every format for people uses."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from il2calc import __version__
from il2calc.errors import as_typed, printable, shown
from il2calc.model.evidence import Origin, Provenance
from il2calc.model.regimen import NOT_STATED, ROUTES, UNPLANNED, WEEKDAYS, Dose
from il2calc.plan.administration import NOT_GIVEN, Administration, Recorded
from il2calc.plan.calendar import clock, lasting
from il2calc.plan.dosing import DoseResult
from il2calc.units import EXACT, safe

PROGRAM = f"il2calc {__version__}"
DISCLAIMER = "For research and checking: this is not a prescription."
NOT_REVIEWED = "not clinically reviewed"


def dated(moment: datetime) -> str:
    """A weekday and date, in English whatever the machine's language.

    >>> dated(datetime(2025, 1, 6))
    'Mon 2025-01-06'
    """
    return f"{WEEKDAYS[moment.weekday()][:3]} {moment.date().isoformat()}"


def midnight(row: Administration) -> str:
    """The time of a row at midnight, with the night that it belongs to; empty for any other time.

    00:00 opens the date that is printed, but the staff on duty the evening before give the dose. A
    time past midnight of the row's regimen day is named as such where no date shows it.
    """
    if after := past_midnight(row):
        return f"{row.clock}{after}"
    if row.clock != "00:00":
        return ""
    if row.when is None:
        return f"{row.clock} (night before day {row.regimen_day})"
    evening, morning = WEEKDAYS[row.when.weekday() - 1], WEEKDAYS[row.when.weekday()]
    return f"{row.clock} (night of {evening[:3]} to {morning[:3]})"


def time_of_day(row: Administration) -> str:
    """The time of day of a row; midnight with its night."""
    return midnight(row) or row.clock


def past_midnight(row: Administration) -> str:
    """A remark that a row comes after midnight of its regimen day; empty where dates show that."""
    if row.when is not None or not row.carried:
        return ""
    return f" ({'night' if row.clock == '00:00' else 'the day'} after day {row.regimen_day})"


NIGHT, AFTER = "*", "+"
NIGHT_MARKS = {
    NIGHT: "00:00 begins this day: it is in the night from the day before",
    AFTER: "past midnight: it is on the day after the one shown",
}
"""Marks of times in columns that have no room for the night, with their meanings."""


def night_mark(row: Administration) -> str:
    """The mark that stands for the night of a row; empty where its time needs none."""
    mark = AFTER if past_midnight(row) else NIGHT
    return mark if midnight(row) else ""


def marks_of_nights(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The marks of times that occur in some texts, each with its meaning."""
    used = set("".join(texts))
    return ((mark, meaning) for mark, meaning in NIGHT_MARKS.items() if mark in used)


def latest(row: Administration) -> str:
    """The latest date or day of a row, with its clock time where that differs; else empty."""
    if row.latest_minute is None:
        return ""
    day = f"day {row.latest_day}" if row.latest is None else row.latest.date().isoformat()
    time = clock(row.latest_minute) if row.latest is None else f"{row.latest:%H:%M}"
    return day if time == row.clock else f"{day} {time}"


def route(dose: Dose) -> str:
    """How a dose is given, in words, with its infusion time."""
    words = ROUTES.get(dose.route, f"route {NOT_STATED}")
    return f"{words} over {dose.over.text}" if dose.over else words


def as_it_ran(dose: Dose, minutes: int) -> str:
    """How an infusion that was stopped early was given."""
    return f"{route(dose).partition(' over ')[0]}, stopped early after {lasting(minutes)}"


def shift(minutes: int) -> str:
    """How far a moment moved, in words."""
    return f"{lasting(abs(minutes))} {'later' if minutes > 0 else 'earlier'}"


def on_days(dose: Dose) -> str:
    """The days of its block on which a dose is given, and the turns, as its file writes them."""
    numbers = dose.days.text.strip("[]")
    text = f"on day{'' if numbers.lstrip('-').isdecimal() else 's'} {numbers}"
    return text if dose.turns is None else f"{text}, in turn {dose.turns.text}"


def route_text(dose: Dose, dosed: DoseResult) -> str:
    """How a dose is given, and its rate per day or hour where the file gives one.

    Where a cap or rounding changes the amount, the text adds that and the rate actually given.
    """
    rate = dosed.rate
    if rate is None or dosed.value is None:
        return route(dose)
    per = "a day" if rate.per == "day" else "an hour"
    text = f"{safe(rate.value, rate.unit)} {per} x {rate.duration} = {safe(rate.total, rate.unit)}"
    if dosed.calculated != rate.total:
        text += f", capped at {safe(dosed.calculated, rate.unit)}"
    if dosed.value != dosed.calculated:
        text += f", rounded to {safe(dosed.value, rate.unit)}"
    if dosed.value != rate.total:
        given = EXACT.divide(EXACT.multiply(rate.value, dosed.value), rate.total)
        text += f": {safe(given, rate.unit)} {per}"
    return f"{route(dose)} ({text})"


def amount(value: Decimal | None, unit: str, *, full: bool = False) -> str:
    """An amount, in all digits if `full`, or that the source does not state it."""
    return f"amount {NOT_STATED}" if value is None else safe(value, unit, full=full)


def capitalized(text: str) -> str:
    """A text with its first letter in upper case, and no other one changed."""
    return text[:1].upper() + text[1:]


def days(first: int, last: int) -> str:
    """A range of days.

    >>> days(13, 17)
    'days 13 to 17'
    """
    return f"day {first}" if first == last else f"days {first} to {last}"


_COUNTED = ("block", "course", "cycle", "day", "dose", "month", "phase", "round", "turn", "week")


def plural(name: str) -> str:
    """The name of a block before several numbers: in the plural where English counts with it.

    >>> plural("cycle"), plural("AC")
    ('cycles', 'AC')
    """
    return f"{name}s" if name in _COUNTED else name


def listed(items: Sequence[str], last: str = "and") -> str:
    """Words in a list, with `and` or another word before the last one.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], "or")
    ('a, b and c', 'a, b or c')
    """
    return f" {last} ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)


def rests_on(provenance: Provenance) -> str:
    """What a value rests on: its sources, assumptions by number, or `--set`."""
    if provenance.was_set:
        return "set"
    if provenance.assumptions:
        return f"assumed ({', '.join(map(str, provenance.assumptions))})"
    return "; ".join(provenance.sources)


def only_if(conditions: Sequence[str]) -> str:
    """Conditions that must all hold.

    `only if` is repeated, because after a bare `and` an `or` in the next one would be ambiguous.

    >>> only_if(["stable disease or response", "platelets above 75"])
    'only if stable disease or response, and only if platelets above 75'
    """
    return ", and ".join(f"only if {condition}" for condition in conditions)


def part_of(amount: str, whole: str) -> str:
    """A part of an amount; their unit is printed once where both have it.

    >>> part_of("50.4 million units", "75.6 million units")
    '50.4 of 75.6 million units'
    """
    number, _, unit = amount.partition(" ")
    same = unit == whole.partition(" ")[2]
    return f"{number if same else amount} of {whole}"


class Marks(NamedTuple):
    """The conditions of a plan's rows, and the marks that the rows use."""

    conditions: tuple[str, ...]
    used: frozenset[str]

    def named(self) -> dict[str, str]:
        """The mark of each condition."""
        return {condition: f"C{number}" for number, condition in enumerate(self.conditions, 1)}

    def legend(self, *, short: bool = False) -> Iterator[tuple[str, str]]:
        """Each mark in use, with its meaning.

        Args:
            short: the notes below repeat the marks of assumptions, but not the rule about maxima.
        """
        yield from self._with_meaning(_TIME_MARKS | (_MAXIMUM_IN_SHORT if short else {}))
        for condition, mark in self.named().items():
            yield mark, only_if([condition])
        if not short and any(mark.startswith("A") for mark in self.used):
            yield "A..", "depends on the assumptions with these numbers, below"
        yield from self._with_meaning(_AMOUNT_MARKS)

    def _with_meaning(self, meanings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        return ((mark, text) for mark, text in meanings.items() if mark in self.used)


_TIME_MARKS = {
    "M": "at most: the source gives a maximum number of doses or turns",
    "N": "not before: the source gives only a minimum rest before it",
}
_MAXIMUM_IN_SHORT = {"M": "at most: a maximum; what follows is dated as if all of it were given"}
_AMOUNT_MARKS = {
    "S": "changed from the file (--set)",
    "U": f"{UNPLANNED}: a dose that the log adds",
    "G": "given as needed: a dose that the log adds",
    "P": "a percentage of the amount in the file",
    "L": "an amount that the log sets, not that of the file",
    "I": "by ideal or adjusted weight; --explain shows the arithmetic",
    "K": "capped; --explain shows the arithmetic",
    "R": "rounded; --explain shows the arithmetic",
    "W": "a caution is about this row",
}


def marks(row: Administration, conditions: Sequence[str], touched: Container[int]) -> Iterator[str]:
    """The marks of a row; `touched` are the numbers of rows that a caution is about."""
    if row.at_most:
        yield "M"
    if row.not_before:
        yield "N"
    yield from (f"C{conditions.index(condition) + 1}" for condition in row.only_if)
    if row.assumed:
        yield f"A{','.join(str(number) for number in row.assumed)}"
    if row.dose.unplanned:
        yield "G" if row.dose.as_needed else "U"
    yield from _amount_marks(row)
    if row.number in touched:
        yield "W"


def _amount_marks(row: Administration) -> Iterator[str]:
    if row.dosed.percent != 100:
        yield "P"
    if row.dosed.set_to is not None:
        yield "L"
    per_kg = row.dosed.basis == "kg"
    by_formula = row.dosed.body_reduced and per_kg and row.dose.dosing_body.by_formula
    if by_formula:
        yield "I"
    measure = row.dosed.body_measure
    at_weight_cap = measure is not None and measure.value == row.dose.weight_cap
    body_capped = row.dosed.body_reduced and (not by_formula or at_weight_cap)
    if row.dosed.capped or body_capped:
        yield "K"
    if row.dosed.value != row.dosed.calculated:
        yield "R"


def recorded_texts(row: Administration, recorded: Recorded) -> dict[str, str]:
    """What a course log says about a row, by the kind of column."""
    given = "not given" if recorded.state in NOT_GIVEN else ""
    if recorded.value is not None:
        given = safe(recorded.value, row.dosed.unit)
    if recorded.value is not None and recorded.ended is not None:
        given += f", stopped early {_given_at(recorded.ended, recorded.when)}"
    return {
        "state": recorded.state,
        "reason": recorded.reason,
        "given-at": "" if recorded.when is None else _given_at(recorded.when, row.when),
        "given": given,
        "remarks": ": ".join(filter(None, (recorded.state, recorded.reason))),
    }


def _given_at(moment: datetime, expected: datetime | None) -> str:
    """The time of day of a moment, with its date unless that is the expected one."""
    same_day = expected is not None and moment.date() == expected.date()
    return f"{moment:%H:%M}" if same_day else f"{dated(moment)} {moment:%H:%M}"


def file_shown(path: str) -> str:
    """A path as a sheet prints it: as it was typed, but without the folders of an absolute path."""
    return file_name(path) if _is_absolute(path) else shown(path)


def name_to_type(origin: Origin) -> str:
    """A regimen as a shell command names it: its name in the library, or its path.

    Empty where no such command could work if pasted elsewhere, or where the path is absolute and
    would reveal the folders of this machine.
    """
    name = origin.typed
    if name is None or not printable(name) or _is_absolute(name):
        return ""
    return as_typed(name)


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def file_name(path: str) -> str:
    """The last part of a path, made safe to print."""
    return shown(path.replace("\\", "/").rsplit("/", 1)[-1])
