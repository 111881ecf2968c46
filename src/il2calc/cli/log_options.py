"""Readers of the texts of a `log` verb, also of which dose or block turn a user means.

A text that cannot be read is refused in one line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from il2calc.cli import options
from il2calc.course.replay import Course
from il2calc.course.whereabouts import dose_chain
from il2calc.errors import (
    MissingInput,
    OptionError,
    Refused,
    UnknownName,
    as_typed,
    nearest_slip,
    printable,
)
from il2calc.language import log_keys, log_writing
from il2calc.language.fields import route
from il2calc.model.drug import Drug, Factor
from il2calc.model.effects import Chain, DoseKey, Effect, turn_text
from il2calc.model.log import Entry, Form, Kind
from il2calc.model.patient import Patient
from il2calc.model.regimen import ROUTES, UNPLANNED
from il2calc.plan.calendar import chain_of
from il2calc.plan.needs import openings
from il2calc.text import values
from il2calc.units import ACTIVITY_SCALES, EXACT, Quantity, exact

Value = TypeVar("Value")

_ROWS = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")
_MOST_ROWS = 100_000
_LENGTH = re.compile(r"(-?[0-9]+) ?([a-z]+)")
_MOVED_BY = "a dose is moved by 'log shift', a block turn by 'log delay'"
_UNIT_WORDS = {"min": "minutes", "h": "hours", "d": "days"}


def rows(text: str) -> list[int]:
    """Row numbers: `7`, `1-6`, `1-3,5`.

    >>> rows("1-3,5")
    [1, 2, 3, 5]
    """
    numbers: list[int] = []
    for part in text.split(","):
        match = _ROWS.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise ValueError(f"{text!r} is not a list of rows; write 7, 1-6 or 1-3,5")
        if len(numbers) + last - first >= _MOST_ROWS:
            problem = f"names more than {_MOST_ROWS:,} rows, more than any course has"
            raise ValueError(f"{text!r} {problem}")
        numbers += range(first, last + 1)
    if double := next((number for number, count in Counter(numbers).items() if count > 1), None):
        raise ValueError(f"{text!r} names row {double} twice; name each row once")
    return numbers


def row(text: str) -> int:
    """One row number."""
    numbers = rows(text)
    if len(numbers) > 1:
        raise ValueError(f"{text!r} is more than one row; name the first one to move")
    return numbers[0]


def _length_of(reader: Callable[[str], Value], text: str) -> Value:
    """A length of time by its reader, whose unit may be abbreviated: `4 h` is `4 hours`."""
    number, gap, unit = text.partition(" ")
    return reader(f"{number}{gap}{_UNIT_WORDS.get(unit, unit)}")


def _checked(field: str, reader: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader whose value is checked as a field of `Patient`."""
    return lambda text: getattr(Patient(**{field: reader(text)}), field)


def gfr(text: str) -> Decimal | str | None:
    """Glomerular filtration rate [mL/min].

    One per 1.73 m2 stays a text: it is refused later, when the patient's surface is known.
    """
    if values.is_of_surface(text):
        return text
    return Patient(gfr=options.gfr(text)).gfr


def measures_by_field(measures: Mapping[str, Any], form: Form, course: Course) -> dict[str, Any]:
    """The measures of a patient file, by the fields of an effect.

    Raises:
        OptionError: the file differs from the log in a measure that no entry can change.
    """
    fields = {fact.key: fact.field for fact in form.facts if fact.of_body}
    for key, value in measures.items():
        if key not in fields and value != getattr(course.log.patient, log_keys.BODY[key]):
            problem = f"the log keeps the {key.replace('_', '-')} that it was started with"
            raise OptionError("--patient", f"{problem}; leave it out, or start a new log")
    return {fields[key]: value for key, value in measures.items() if key in fields}


def refuse_unmeasured(form: Form, effect: Effect) -> None:
    """Refuse an effect about measures that has none."""
    if form.measures and not any(fact.of_body for fact in form.stated_facts(effect)):
        others = ", ".join(f"--{key}" for key in form.measures[1:])
        raise MissingInput(f"a {form.measures[0]} or one of {others}", "nothing was measured")


def dose_share(text: str) -> Decimal | Quantity:
    """What a dose is changed to: `75 %`, `75%`, or an amount: `3 million IU`, `0.2 mg/kg`."""
    if any(map(str.isalpha, text)):
        return log_keys.typed_share(text)
    percent = values.percentage(text, "'75 %' or '3 million IU'", bare=True)
    if not text.endswith("%"):
        raise ValueError(f"{text!r} may be a percentage or amount; write '{text} %', or its unit")
    return percent


def reason(text: str | None) -> str | None:
    """A reason in one line of plain text."""
    if text is None:
        return None
    if not printable(text):
        raise OptionError("--reason", "has a line break or an invisible character; write one line")
    return options.read("--reason", values.text, " ".join(text.split()))


def author(text: str | None, option: str = "--by") -> str | None:
    """The label of the person who makes an entry, from the option typed.

    Raises:
        OptionError: it is no label, or it is a length of time, as `--by` is in other verbs.
    """
    if text is not None and _is_length(text):
        hint = "give that as --by" if option == "--who" else _MOVED_BY
        raise OptionError(option, f"{text!r} is a length of time, not a person; {hint}")
    return options.read_if_given(option, values.label, text)


def _is_length(text: str) -> bool:
    """Whether a text is a length of time, such as `3 days` or `4h`."""
    match, reader = _LENGTH.fullmatch(text), partial(_length_of, log_keys.minutes)
    return match is not None and values.accepts(reader, " ".join(match.groups()))


def stamped(entry: Entry, by: str | None, zone: str | None) -> Entry:
    """An entry with the present time and its author; a different time of entry becomes `as_of`."""
    now = _now(zone)
    as_of = None if entry.entered == now else entry.entered
    return entry._replace(entered=now, as_of=as_of, by=by)


def entry_moment(text: str | None, zone: str | None) -> datetime:
    """The moment of an entry, by the clock of the course; now without a text.

    A date alone means its last minute: what was done on a day is entered at its end.

    Args:
        zone: IANA name of the time zone of the course, if it has one.
    """
    moment = options.moment("--as-of", text)
    if text is not None and moment is not None:
        return moment if " " in text else datetime.combine(moment, time(23, 59))
    return _now(zone)


def not_in_future(moment: datetime, zone: str | None) -> datetime:
    """A moment of entry that is not after today.

    Raises:
        OptionError: it is on a later day.
    """
    today = _now(zone).date()
    if moment.date() > today:
        problem = f"{moment.date()} is after today, {today}; enter what has happened"
        raise OptionError("--as-of", problem)
    return moment


def _now(zone: str | None) -> datetime:
    """The present minute by the clock of a time zone, or of this machine."""
    now = datetime.now(UTC)
    if zone is None:
        local = now.astimezone()
    else:
        from il2calc.plan import dating

        local = now.astimezone(dating.zone(zone))
    return local.replace(second=0, microsecond=0, tzinfo=None)


_BLOCK_AND_TURN = re.compile(r"(.+) ([0-9]{1,6})")


def doses_in_rows(course: Course, rows: Sequence[int]) -> tuple[DoseKey, ...]:
    """The doses in rows given by number, each once, in the order of the rows.

    Raises:
        Refused: there is no such row.
    """
    keys = {row.number: row.key for row in course.rows}
    for row in rows:
        if row not in keys:
            problem = f"there is no row {row}; the course has rows 1 to {len(keys)}"
            replan = f"il2calc replan {as_typed(course.log.file)}"
            raise Refused(f"{problem} ({replan}){_more_turns(course)}")
    return tuple(keys[row] for row in sorted(set(rows)))


def _more_turns(course: Course) -> str:
    """A hint how a course gets more rows, if its regimen has an open-ended block."""
    schedule = course.schedule
    if not any(openings(schedule.regimen.body, schedule.arm)):
        return ""
    return "; more turns of an open block are given in its head, as times: {BLOCK: 4}"


def turn(course: Course, text: str) -> Chain:
    """The block turn of a text, such as `course 1/cycle 2` or, where only one fits, `cycle 2`.

    A block that is not repeated needs no number. Outer blocks may be left out.

    Raises:
        Refused: several turns fit; names them.
        UnknownName: no turn fits; if the text is a turn's name in tables, it gives the right one.
    """
    turns = [chain_of(turn) for turn, _ in course.schedule.turns]
    turns = [chain for chain in turns if chain]
    parts = [_name_and_turn(part) for part in re.split(r"[/,]", text)]
    same_length = [chain for chain in turns if len(chain) == len(parts) and _ends_in(chain, parts)]
    fitting = same_length or [chain for chain in turns if _ends_in(chain, parts)]
    if not fitting:
        known = [turn_text(chain) for chain in turns]
        named = {turn.name().casefold(): chain_of(turn) for turn, _ in course.schedule.turns}
        chain = named.get(text.casefold())
        hint = f"{text} is {as_typed(turn_text(chain))}" if chain else ""
        if not turns:
            hint = f"{course.schedule.regimen.id} has no blocks: name rows (log shift, log hold, "
            hint += "log reduce and log weigh take them)"
        raise UnknownName("block turn", text, known, hint, near=nearest_slip)
    if len(fitting) > 1:
        which = " or ".join(f"'{turn_text(chain)}'" for chain in fitting[:4])
        rest = " ..." if fitting[4:] else ""
        raise Refused(f"{text!r} may be several block turns; write which one: {which}{rest}")
    return fitting[0]


def first_turn(course: Course, text: str, *, may_be_new: bool = True) -> Chain:
    """The block turn, or dose, from which an entry has effect.

    Args:
        may_be_new: the turn may be one that only a new text or arm will have; if False, the text
            may also be a dose: its row, such as `12`, or its name in a log.

    Raises:
        Refused, UnknownName: as for any turn; there is no such row, or its dose is unplanned.
    """
    try:
        return turn(course, text)
    except UnknownName:
        with suppress(ValueError):
            if (chain := log_keys.chain(text)) and (
                may_be_new or course.state.whereabouts.named(chain)
            ):
                return chain
        match = None if may_be_new else _ROWS.fullmatch(text)
        if match is None or match[2]:
            raise
    (key,) = doses_in_rows(course, [int(text)])
    if key.dose == UNPLANNED:
        raise Refused(f"row {text} is {UNPLANNED}; name a planned one")
    return dose_chain(key, course.state.slot(key).dose)


def _name_and_turn(text: str) -> tuple[str, int | None]:
    """The name of a block and the number of its turn, if there is one."""
    plain = " ".join(text.split()).casefold()
    match = _BLOCK_AND_TURN.fullmatch(plain)
    return (match[1], int(match[2])) if match else (plain, None)


def _ends_in(chain: Chain, parts: Sequence[tuple[str, int | None]]) -> bool:
    """Whether a turn ends in the last part, and its outer turns have the others in order."""
    if not _is_turn(chain[-1], parts[-1]):
        return False
    outer = iter(chain[:-1])
    return all(any(_is_turn(turn, part) for turn in outer) for part in parts[:-1])


def _is_turn(turn: tuple[str, int], part: tuple[str, int | None]) -> bool:
    name, number = part
    if number is None:
        return turn[0].casefold() == name
    name_and_number = f"{name} {number}"  # a name may itself end in a number
    return (turn[0].casefold(), turn[1]) == part or turn[0].casefold() == name_and_number


class FactReader(NamedTuple):
    """How a kind of fact of an effect is typed and read.

    Args:
        name: of its argument.
        help: the help text, if the fact has none of its own.
        read: the value of its text; raises `ValueError` if it cannot be read.
        find: from that value to what it means in a course.
        left_out: the default of a fact that the effect needs, if there is one.
        written: the metavar of its option, if it is not the name.
    """

    name: str
    help: str
    read: Callable[[str], Any]
    find: Callable[[Course, Any], Any] = lambda _, value: value
    left_out: Callable[[Course], Any] | None = None
    written: str | None = None


def _last_entry(course: Course) -> int:
    entries = [entry for entry in course.log.in_force() if entry.line is not None]
    if not entries:
        raise Refused(f"{course.log.file} has no entry that counts; there is nothing to undo")
    return entries[-1].number


FACT_READERS: Mapping[Kind, FactReader] = {
    "age": FactReader("age", "'61 years'.", _checked("age", options.age), written="YEARS"),
    "amount": FactReader("amount", "'5 million IU'.", log_keys.typed_amount),
    "area": FactReader(
        "bsa",
        "Body surface area [m2], such as 1.7.",
        _checked("surface_area", options.AREA),
        written="AREA",
    ),
    "arm": FactReader("arm", "An arm of the regimen.", str),
    "date": FactReader("date", "A date, such as 2026-12-01.", values.day, written="DATE"),
    "days": FactReader(
        "days", "How much later: '3 days'.", partial(_length_of, log_keys.days), written="LENGTH"
    ),
    "decision": FactReader("decision", "yes or no.", values.yes_or_no),
    "dose": FactReader(
        "row",
        "A row of the replan table, such as 7.",
        row,
        lambda course, row: doses_in_rows(course, [row])[0],
    ),
    "doses": FactReader("rows", "Rows of the replan table: 7, 1-6, 1-3,5.", rows, doses_in_rows),
    "drug": FactReader("drug", "A drug of the regimen.", str),
    "entry": FactReader(
        "number",
        "Number of the entry. Default: the last that counts.",
        values.whole,
        left_out=_last_entry,
    ),
    "gfr": FactReader("gfr", "GFR [mL/min], such as 90.", gfr, written="RATE"),
    "height": FactReader(
        "height", "172 (cm), '1.72 m', '68 in'.", _checked("height", options.height), written="CM"
    ),
    "minutes": FactReader(
        "by",
        "How much later: '4 h'; '-2 h' for earlier.",
        partial(_length_of, log_keys.minutes),
        written="LENGTH",
    ),
    "moment": FactReader("at", "'DATE HH:MM'.", values.moment, written="DATE HH:MM"),
    "name": FactReader("dose", "One dose of the drug by its name.", str),
    "route": FactReader("route", f"{', '.join(ROUTES)}.", route),
    "share": FactReader("to", "'75 %'.", dose_share, written="SHARE"),
    "turn": FactReader(
        "block", "A block turn, such as 'course 1/cycle 2' or 'cycle 2'.", str, turn, written="TURN"
    ),
    "weight": FactReader("weight", "'66.5 kg'.", _checked("weight", options.WEIGHT)),
}
"""Kind of fact -> how it is typed and read."""


def refusal_of_scale(quantity: Quantity, name: str, drug: Drug | None) -> str | None:
    """Why a log does not keep an amount in another scale of activity than IU, and what to type.

    None for an amount in no such scale. Plain units of a drug that is counted in IU may be of any.

    Args:
        name: of the drug in the course.
        drug: its monograph, if it has one.
    """
    scales = drug.scales if drug is not None else ()
    if quantity.unit in ACTIVITY_SCALES:
        for scale in scales:
            if scale.left.unit == quantity.unit:
                factor, typed = _converted(quantity, scale)
                return f"is in {quantity.unit}, {factor} each: a log keeps IU, so type {typed!r}"
        return f"is in {quantity.unit}, and {name} has no factor for doses from them"
    if quantity.unit != "units" or drug is None or not drug.counted_in_iu():
        return None
    in_iu = log_writing.amount(quantity._replace(unit="IU"))
    choices = [f"type {in_iu!r} if international units are meant"]
    for scale in scales:
        factor, typed = _converted(quantity, scale)
        choices.append(f"{typed!r} if {scale.left.unit} are ({factor} each)")
    if not scales:
        choices.append("no factor for another scale is known here")
    return f"is in plain units, but {drug.name} is measured in IU: {'; '.join(choices)}"


def _converted(quantity: Quantity, scale: Factor) -> tuple[str, str]:
    """What one unit of a scale is in IU, and a quantity in IU, both as texts."""
    factor = EXACT.divide(scale.right.value, scale.left.value)
    value, unit = EXACT.multiply(quantity.value, factor), scale.right.unit
    amount = log_writing.amount(quantity._replace(value=value, unit=unit))
    return f"{exact(factor)} {unit}", amount
