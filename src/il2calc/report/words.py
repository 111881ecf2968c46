"""Pieces of sentences that every format for people shares."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple

from il2calc import __version__
from il2calc.errors import as_typed, printable, shown
from il2calc.model.evidence import Origin, Provenance
from il2calc.model.regimen import NOT_STATED, ROUTES, UNPLANNED, Block, Dose, amount_in_words
from il2calc.plan.administration import Administration, AsNeeded, Recorded, as_needed
from il2calc.plan.calendar import clock, lasting
from il2calc.plan.dosing import Reckoned
from il2calc.units import EXACT, Quantity, plain, rounded, safe, safe_quantity

if TYPE_CHECKING:
    from il2calc.plan.schedule import Schedule

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PROGRAM = f"il2calc {__version__}"
DISCLAIMER = "For research and checking: this is not a prescription."
NOT_HERE = "Not a prescription, and without"
"""How a short table says so, and goes on with what is not in it."""

NOT_REVIEWED = "not clinically reviewed"


FORMULAE = {
    "mosteller": "Mosteller",
    "du-bois": "Du Bois",
    "haycock": "Haycock",
    "gehan-george": "Gehan and George",
    "boyd": "Boyd",
    "fujimoto": "Fujimoto",
    "takahira": "Takahira",
    "shuter-aslani": "Shuter and Aslani",
    "schlich": "Schlich",
}
"""Formula by name -> its authors."""


def dated(when: datetime) -> str:
    """A weekday and date, in English whatever the machine's language.

    >>> dated(datetime(2025, 1, 6))
    'Mon 2025-01-06'
    """
    return f"{WEEKDAYS[when.weekday()]} {when.date().isoformat()}"


def midnight(row: Administration) -> str:
    """A time of midnight with the night in which it lies; nothing of any other time on its day.

    It heads the day that it begins, and is given by those who are on duty the evening before. What
    is past midnight of the day on which it stands says so where no date does.
    """
    if after := past_midnight(row):
        return f"{row.clock}{after}"
    if row.clock != "00:00":
        return ""
    if row.when is None:
        return f"{row.clock} (night before day {row.regimen_day})"
    evening, morning = WEEKDAYS[row.when.weekday() - 1], WEEKDAYS[row.when.weekday()]
    return f"{row.clock} (night of {evening} to {morning})"


def hour(row: Administration) -> str:
    """The time of day of a row, of midnight with its night."""
    return midnight(row) or row.clock


def past_midnight(row: Administration) -> str:
    """That a row is past midnight of the day on which it stands, where no date says so."""
    if row.when is not None or not row.carried:
        return ""
    return f" ({'night' if row.clock == '00:00' else 'the day'} after day {row.regimen_day})"


NIGHT, AFTER = "*", "+"
NIGHT_SAID = "00:00 begins this day: it is in the night from the day before"
AFTER_SAID = "past midnight: it is on the day after the one shown"
"""The marks of times where the night has no room, and what they mean."""


def night_mark(row: Administration) -> str:
    """The mark of the night of a row; nothing where no night is told."""
    mark = AFTER if past_midnight(row) else NIGHT
    return mark if midnight(row) else ""


def marks_of_nights(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The marks of times in some texts, each with its meaning."""
    used = set("".join(texts))
    known = {NIGHT: NIGHT_SAID, AFTER: AFTER_SAID}
    return ((mark, said) for mark, said in known.items() if mark in used)


def hour_in_short(row: Administration) -> str:
    """The time of day of a row, with the mark of its night."""
    return f"{row.clock}{night_mark(row)}"


def latest(row: Administration) -> str:
    """The latest date or day of a row, with its clock time where that is another; else nothing."""
    if row.latest_minute is None:
        return ""
    day = f"day {row.latest_day}" if row.latest is None else row.latest.date().isoformat()
    there = clock(row.latest_minute) if row.latest is None else f"{row.latest:%H:%M}"
    return day if there == row.clock else f"{day} {there}"


def route(dose: Dose) -> str:
    """How a dose is given, in words, with its infusion time."""
    words = ROUTES.get(dose.route, f"route {NOT_STATED}")
    return f"{words} over {dose.over.text}" if dose.over else words


def as_it_ran(dose: Dose, minutes: int) -> str:
    """How an infusion was given that was broken off."""
    return f"{route(dose).partition(' over ')[0]}, stopped early after {lasting(minutes)}"


def on_days(dose: Dose) -> str:
    """On which days of its block a dose is given, and in which turns, as its file writes them."""
    listed = dose.days.text.strip("[]")
    text = f"on day{'' if listed.lstrip('-').isdecimal() else 's'} {listed}"
    return text if dose.turns is None else f"{text}, in turn {dose.turns.text}"


def how(dose: Dose, dosed: Reckoned) -> str:
    """How a dose is given, and what it is per day or hour where its file says so.

    Where a cap or rounding makes another amount of it, that is told behind, with what is then given
    per day or hour.
    """
    rate = dosed.rate
    if rate is None or dosed.value is None:
        return route(dose)
    per = "a day" if rate.per == "day" else "an hour"
    text = f"{safe(rate.value, rate.unit)} {per} x {rate.lasting} = {safe(rate.whole, rate.unit)}"
    if dosed.calculated != rate.whole:
        text += f", capped at {safe(dosed.calculated, rate.unit)}"
    if dosed.value != dosed.calculated:
        text += f", rounded to {safe(dosed.value, rate.unit)}"
    if dosed.value != rate.whole:
        given = EXACT.divide(EXACT.multiply(rate.value, dosed.value), rate.whole)
        text += f": {safe(given, rate.unit)} {per}"
    return f"{route(dose)} ({text})"


def amount(value: Decimal | None, unit: str) -> str:
    """An amount, or that the source does not state it."""
    return f"amount {NOT_STATED}" if value is None else safe(value, unit)


def needed(schedule: Schedule) -> Iterator[str]:
    """Each dose that is given when it is needed: how much, how often, on which days."""
    for each in schedule.as_needed:
        dose = each.dose
        name = f"{dose.drug} ({dose.own_name})" if dose.own_name is not None else dose.drug
        said = how(dose, each.dosed)
        parts = [much_needed(each, schedule.arm, said), said, as_needed(dose)]
        parts.append(on_days(dose) + "".join(map(_within, reversed(each.blocks))))
        if conditions := each.conditions():
            parts.append(only_if(conditions))
        rests = [*each.source, *(f"assumption {number}" for number in each.assumed)]
        yield f"{name}: {', '.join(parts)} [{'; '.join(rests)}]"


def _within(block: Block) -> str:
    """In which block a dose is, and on what each turn of it but the first depends."""
    if block.repeat is None:
        return f" of {block.name}"
    later = block.repeat.only_if
    text = f" of each {block.name}"
    return f"{text} (after the first {only_if([later])})" if later else text


def much_needed(each: AsNeeded, arm: str | None, then: str = "") -> str:
    """How much of a dose is given when it is needed, and what that comes of, unless told then."""
    dosed, prescribed = each.dosed, each.dose.amount(arm)
    text = amount(dosed.value, dosed.unit)
    if dosed.basis is not None:
        if dosed.percent != 100:
            whole = prescribed if dosed.band is None else dosed.band.amount
            assert isinstance(whole, Quantity), "what is calculated is one amount"
            value = EXACT.divide(EXACT.multiply(whole.value, dosed.percent), Decimal(100))
            prescribed = whole._replace(value=value, told="")
        text += f" ({amount_in_words(prescribed)})"
    if each.dose.cap is not None and dosed.capped and ", capped at " not in then:
        text += f", capped at {safe_quantity(each.dose.cap)}"
    return text


def title(text: str) -> str:
    """A text with its first letter raised, and no other one touched."""
    return text[:1].upper() + text[1:]


def days(first: int, last: int) -> str:
    """A stretch of days.

    >>> days(13, 17)
    'days 13 to 17'
    """
    return f"day {first}" if first == last else f"days {first} to {last}"


_COUNTED = ("block", "course", "cycle", "day", "dose", "month", "phase", "round", "turn", "week")


def several(name: str) -> str:
    """The name of a block before several numbers, where it is a word that is counted in English.

    >>> several("cycle"), several("AC")
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
    """Conditions that must all hold, each read aloud in the one pattern.

    Joined by a bare `and`, an `or` within one of them would reach into the next.

    >>> only_if(["stable disease or response", "platelets above 75"])
    'only if stable disease or response, and only if platelets above 75'
    """
    return ", and ".join(f"only if {condition}" for condition in conditions)


def part(amount: str, whole: str) -> str:
    """An amount of another one; their unit once where it is the same.

    >>> part("50.4 million units", "75.6 million units")
    '50.4 of 75.6 million units'
    """
    number, _, unit = amount.partition(" ")
    same = unit == whole.partition(" ")[2]
    return f"{number if same else amount} of {whole}"


class Marks(NamedTuple):
    """What each mark means, and which conditions there are."""

    conditions: tuple[str, ...]
    used: frozenset[str]

    def named(self) -> dict[str, str]:
        """Each condition with the mark that stands for it."""
        return {condition: f"C{number}" for number, condition in enumerate(self.conditions, 1)}

    def legend(self, *, short: bool = False) -> Iterator[tuple[str, str]]:
        """Each mark in use, with its meaning.

        Args:
            short: the notes below bear the marks of assumptions, and no rule of what follows a
                maximum.
        """
        yield from self._known(_MARKS_OF_TIME | (_MAXIMUM if short else {}))
        for condition, mark in self.named().items():
            yield mark, only_if([condition])
        if not short and any(mark.startswith("A") for mark in self.used):
            yield "A..", "depends on the assumptions with these numbers, below"
        yield from self._known(_MARKS_OF_AMOUNT)

    def _known(self, meanings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        return ((mark, text) for mark, text in meanings.items() if mark in self.used)


_MARKS_OF_TIME = {
    "M": "at most: the source gives a maximum number of doses or turns",
    "N": "not before: the source gives only a minimum rest before it",
}
_MAXIMUM = {"M": "at most: a maximum; what follows is dated as if all of it were given"}
_MARKS_OF_AMOUNT = {
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


def marks(
    each: Administration, conditions: Sequence[str], touched: Container[int]
) -> Iterator[str]:
    """The marks of a row.

    Args:
        touched: numbers of rows that a caution is about.
    """
    if each.at_most:
        yield "M"
    if each.not_before:
        yield "N"
    yield from (f"C{conditions.index(condition) + 1}" for condition in each.only_if)
    if each.assumed:
        yield f"A{','.join(str(number) for number in each.assumed)}"
    if each.dose.unplanned:
        yield "G" if each.dose.as_needed else "U"
    yield from _marks_of_amount(each)
    if each.number in touched:
        yield "W"


def _marks_of_amount(each: Administration) -> Iterator[str]:
    if each.dosed.percent != 100:
        yield "P"
    if each.dosed.set_to is not None:
        yield "L"
    by_formula = each.dosed.less and each.dose.weight is not None
    if by_formula:
        yield "I"
    most, used = each.dose.weight_cap, each.dosed.reckoned
    body = each.dosed.less and not by_formula
    if each.dosed.capped or body or (by_formula and used is not None and used.value == most):
        yield "K"
    if each.dosed.value != each.dosed.calculated:
        yield "R"


def told_of(each: Administration, recorded: Recorded) -> dict[str, str]:
    """What a log says of a row."""
    return {
        "state": recorded.state,
        "reason": recorded.reason,
        "given-at": "" if recorded.when is None else _clock(recorded.when, each.when),
        "given": _given(each, recorded),
        "remarks": ": ".join(filter(None, (recorded.state, recorded.reason))),
    }


def _clock(when: datetime, other: datetime | None) -> str:
    """A time of day, with its date on another day than that of a moment."""
    same_day = other is not None and when.date() == other.date()
    return f"{when:%H:%M}" if same_day else f"{dated(when)} {when:%H:%M}"


def _given(each: Administration, recorded: Recorded) -> str:
    """How much a log says was given."""
    if recorded.value is not None:
        until = recorded.ended and f", stopped early {_clock(recorded.ended, recorded.when)}"
        return safe(recorded.value, each.dosed.unit) + (until or "")
    return "not given" if recorded.state in ("held", "stopped") else ""


def file_shown(path: str) -> str:
    """A path as a sheet shows it: from where it was typed, without the folders of a machine."""
    return file_name(path) if _is_absolute(path) else shown(path)


def typed(origin: Origin) -> str:
    """A regimen as a command names it, ready for a shell: its name on a shelf, or its path.

    Nothing where no command that a reader pastes would find it, or only one that tells of the
    folders of a machine.
    """
    name = origin.typed
    if name is None or not printable(name) or _is_absolute(name):
        return ""
    return as_typed(name)


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def file_name(path: str) -> str:
    """The last part of a path, in text that can be shown."""
    return shown(path.replace("\\", "/").rsplit("/", 1)[-1])


def difference(value: Decimal, reference: Decimal) -> str:
    """By how much one amount is more or less than another, to a tenth of a per cent at the least.

    >>> difference(Decimal(1_800_000), Decimal(1_791_180))
    '+0.5 %'
    """
    share = EXACT.divide((value - reference) * 100, reference)
    sign, size = "-" if share < 0 else "+", abs(share)
    tenth = rounded(size, max(1, size.adjusted() + 2))
    return f"{sign}{plain(tenth)} %"
