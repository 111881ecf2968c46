"""What the texts of a `log` verb mean; what cannot be read is refused in one line.

Which dose, and which block turn, a user means.
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
from il2calc.course.whereabouts import chain_to
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
from il2calc.model.effects import Chain, DoseKey, Effect, chain_text
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
_IN_SHORT = {"min": "minutes", "h": "hours", "d": "days"}


def rows(text: str) -> list[int]:
    """Row numbers: `7`, `1-6`, `1-3,5`.

    >>> rows("1-3,5")
    [1, 2, 3, 5]
    """
    found: list[int] = []
    for part in text.split(","):
        match = _ROWS.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise ValueError(f"{text!r} is not a list of rows; write 7, 1-6 or 1-3,5")
        if len(found) + last - first >= _MOST_ROWS:
            problem = f"names more than {_MOST_ROWS:,} rows, more than any course has"
            raise ValueError(f"{text!r} {problem}")
        found += range(first, last + 1)
    if twice := next((number for number, count in Counter(found).items() if count > 1), None):
        raise ValueError(f"{text!r} names row {twice} twice; name each row once")
    return found


def row(text: str) -> int:
    """One row number."""
    found = rows(text)
    if len(found) > 1:
        raise ValueError(f"{text!r} is more than one row; name the first one to move")
    return found[0]


def _in_full(reader: Callable[[str], Value], text: str) -> Value:
    """A length of time by its reader, its unit perhaps in short: `4 h` is `4 hours`."""
    number, gap, unit = text.partition(" ")
    return reader(f"{number}{gap}{_IN_SHORT.get(unit, unit)}")


def _of_body(field: str, reader: Callable[[str], Any], text: str) -> Any:
    """A measure by its reader.

    Args:
        field: of a patient, who may have it.

    Raises:
        ImplausibleInput: no body has it.
    """
    return getattr(Patient(**{field: reader(text)}), field)


def gfr(text: str) -> Decimal | str | None:
    """Glomerular filtration rate [mL/min].

    One of a body of 1.73 m2 stays a text, until it is refused with the patient's own surface.
    """
    if values.is_of_surface(text):
        return text
    return Patient(gfr=options.gfr(text)).gfr


def measured(kept: Mapping[str, Any], form: Form, course: Course) -> dict[str, Any]:
    """What a file of measures says, by the fields of an effect.

    Raises:
        OptionError: it says what no entry can change otherwise than the log was begun with.
    """
    fields = {fact.key: fact.field for fact in form.facts if fact.of_body}
    for key, value in kept.items():
        if key not in fields and value != getattr(course.log.patient, log_keys.BODY[key]):
            problem = f"the log keeps the {key.replace('_', '-')} that it was started with"
            raise OptionError("--patient", f"{problem}; leave it out, or start a new log")
    return {fields[key]: value for key, value in kept.items() if key in fields}


def refuse_unmeasured(form: Form, effect: Effect) -> None:
    """Ask for one measure at least where an effect is of measures."""
    if form.measures and not any(fact.of_body for fact in form.said(effect)):
        others = ", ".join(f"--{key}" for key in form.measures[1:])
        raise MissingInput(f"a {form.measures[0]} or one of {others}", "nothing was measured")


def share(text: str) -> Decimal | Quantity:
    """What a dose is changed to: `75 %`, `75%`, or an amount, as `3 million IU`, `0.2 mg/kg`."""
    if any(map(str.isalpha, text)):
        return log_keys.typed_share(text)
    found = values.percentage(text, "'75 %' or '3 million IU'", bare=True)
    if not text.endswith("%"):
        raise ValueError(f"{text!r} may be a percentage or amount; write '{text} %', or its unit")
    return found


def reason(text: str | None) -> str | None:
    """A reason in one line of plain text."""
    if text is None:
        return None
    if not printable(text):
        raise OptionError("--reason", "has a line break or an invisible character; write one line")
    return options.read("--reason", values.text, " ".join(text.split()))


def by(text: str | None, option: str = "--by") -> str | None:
    """Who enters something: a label of the user's own.

    Args:
        option: by which it was typed.

    Raises:
        OptionError: it is no label, or a length of time, which another verb takes.
    """
    if text is not None and _is_length(text):
        there = "give that as --by" if option == "--who" else _MOVED_BY
        raise OptionError(option, f"{text!r} is a length of time, not a person; {there}")
    return options.given(option, values.label, text)


def _is_length(text: str) -> bool:
    """Whether a text is how far something is moved, as `3 days` or `4h`."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        return False
    try:
        _in_full(log_keys.minutes, " ".join(match.groups()))
    except ValueError:
        return False
    return True


def clocked(entry: Entry, by: str | None, zone: str | None) -> Entry:
    """An entry with the time of the clock at which it is written, and who writes it."""
    now = _now(zone)
    as_of = None if entry.entered == now else entry.entered
    return entry._replace(entered=now, as_of=as_of, by=by)


def entered(text: str | None, zone: str | None) -> datetime:
    """When something is entered, by the clock of the course; now where nobody says.

    A date alone is its last minute: what was done on a day is entered at its end.

    Args:
        zone: IANA name of the time zone of the course, where it has one.
    """
    found = options.moment("--as-of", text)
    if text is not None and found is not None:
        return found if " " in text else datetime.combine(found, time(23, 59))
    return _now(zone)


def made_by_now(entered: datetime, zone: str | None) -> datetime:
    """A moment of entry that has come, to the day.

    Raises:
        OptionError: it lies on a later day: what is to come cannot have been noted.
    """
    today = _now(zone).date()
    if entered.date() > today:
        problem = f"{entered.date()} is after today, {today}; enter what has happened"
        raise OptionError("--as-of", problem)
    return entered


def _now(zone: str | None) -> datetime:
    """The present moment by the clock of a zone, or of this machine."""
    now = datetime.now(UTC)
    if zone is None:
        here = now.astimezone()
    else:
        from il2calc.plan import dating

        here = now.astimezone(dating.zone(zone))
    return here.replace(second=0, microsecond=0, tzinfo=None)


_NUMBERED = re.compile(r"(.+) ([0-9]{1,6})")


def find(course: Course, rows: Sequence[int]) -> tuple[DoseKey, ...]:
    """The doses of row numbers, each once, in the order of their rows.

    Raises:
        Refused: a row that there is not.
    """
    known = {row.number: row.key for row in course.rows}
    for row in rows:
        if row not in known:
            there = f"there is no row {row}; the course has rows 1 to {len(known)}"
            replan = f"il2calc replan {as_typed(course.log.file)}"
            raise Refused(f"{there} ({replan}){_more_turns(course)}")
    return tuple(known[row] for row in sorted(set(rows)))


def _more_turns(course: Course) -> str:
    """How a course gets more rows, where its regimen has a block without a stated end."""
    schedule = course.schedule
    if not any(openings(schedule.regimen.body, schedule.arm)):
        return ""
    return "; more turns of an open block are given in its head, as times: {BLOCK: 4}"


def turn(course: Course, text: str) -> Chain:
    """The block turn of a text, such as `course 1/cycle 2` or, where only one fits, `cycle 2`.

    A block that is not repeated needs no number. What stands around a turn may be left out.

    Raises:
        Refused: several turns fit; names them.
        UnknownName: none does; where the tables count it through so, it says which is meant.
    """
    turns = [chain_of(turn) for turn, _ in course.schedule.turns]
    turns = [chain for chain in turns if chain]
    parts = [_part(part) for part in re.split(r"[/,]", text)]
    exact = [chain for chain in turns if len(chain) == len(parts) and _fits(chain, parts)]
    fitting = exact or [chain for chain in turns if _fits(chain, parts)]
    if not fitting:
        known = [chain_text(chain) for chain in turns]
        called = {turn.name().casefold(): chain_of(turn) for turn, _ in course.schedule.turns}
        chain = called.get(text.casefold())
        own = f"{text} is {as_typed(chain_text(chain))}" if chain else ""
        if not turns:
            own = f"{course.schedule.regimen.id} has no blocks: name rows (log shift, log hold, "
            own += "log reduce and log weigh take them)"
        raise UnknownName("block turn", text, known, own, near=nearest_slip)
    if len(fitting) > 1:
        which = " or ".join(f"'{chain_text(chain)}'" for chain in fitting[:4])
        more = " ..." if fitting[4:] else ""
        raise Refused(f"{text!r} may be several block turns; write which one: {which}{more}")
    return fitting[0]


def first_turn(course: Course, text: str, *, anew: bool = True) -> Chain:
    """From where something counts: a block turn of a course.

    Args:
        anew: or one that only another text, or arm, may have from then on; else a dose, by its row,
            `12`, or as a log names it.

    Raises:
        Refused, UnknownName: as of any turn; a row that there is not, or that no plan had.
    """
    try:
        return turn(course, text)
    except UnknownName:
        with suppress(ValueError):
            if (chain := log_keys.chain(text)) and (anew or course.state.where.named(chain)):
                return chain
        match = None if anew else _ROWS.fullmatch(text)
        if match is None or match[2]:
            raise
    (key,) = find(course, [int(text)])
    if key.dose == UNPLANNED:
        raise Refused(f"row {text} is {UNPLANNED}; name a planned one")
    return chain_to(key, course.state.slot(key).dose)


def _part(text: str) -> tuple[str, int | None]:
    """A block's name and the number of its turn, where one is written."""
    bare = " ".join(text.split()).casefold()
    match = _NUMBERED.fullmatch(bare)
    return (match[1], int(match[2])) if match else (bare, None)


def _fits(chain: Chain, parts: Sequence[tuple[str, int | None]]) -> bool:
    """Whether a turn ends in these parts, others perhaps standing between them."""
    if not _same(chain[-1], parts[-1]):
        return False
    around = iter(chain[:-1])
    return all(any(_same(each, part) for each in around) for part in parts[:-1])


def _same(each: tuple[str, int], part: tuple[str, int | None]) -> bool:
    name, number = part
    if number is None:
        return each[0].casefold() == name
    whole = f"{name} {number}"  # a name may itself end in a number
    return (each[0].casefold(), each[1]) == part or each[0].casefold() == whole


class Typed(NamedTuple):
    """How a kind of fact is typed.

    Args:
        name: as an argument.
        help: what it takes, where the fact does not say so itself.
        read: what its text means; a `ValueError` says what is wrong with it.
        find: what that is in a course.
        left_out: what it is where nothing was typed, though the effect needs it.
        written: what stands behind its option, where that is not its name.
    """

    name: str
    help: str
    read: Callable[[str], Any]
    find: Callable[[Course, Any], Any] = lambda _, value: value
    left_out: Callable[[Course], Any] | None = None
    written: str | None = None


def _last_entry(course: Course) -> int:
    counting = [entry for entry in course.log.in_force() if entry.line is not None]
    if not counting:
        raise Refused(f"{course.log.file} has no entry that counts; there is nothing to undo")
    return counting[-1].number


TYPED: Mapping[Kind, Typed] = {
    "age": Typed("age", "'61 years'.", partial(_of_body, "age", options.age), written="YEARS"),
    "amount": Typed("amount", "'5 million IU'.", log_keys.typed_amount),
    "area": Typed(
        "bsa",
        "Body surface area [m2], such as 1.7.",
        partial(_of_body, "surface_area", options.AREA),
        written="AREA",
    ),
    "arm": Typed("arm", "An arm of the regimen.", str),
    "date": Typed("date", "A date, such as 2026-12-01.", values.day, written="DATE"),
    "days": Typed(
        "days", "How much later: '3 days'.", partial(_in_full, log_keys.days), written="LENGTH"
    ),
    "decision": Typed("decision", "yes or no.", values.yes_or_no),
    "dose": Typed(
        *("row", "A row of the replan table, such as 7.", row),
        lambda course, row: find(course, [row])[0],
    ),
    "doses": Typed("rows", "Rows of the replan table: 7, 1-6, 1-3,5.", rows, find),
    "drug": Typed("drug", "A drug of the regimen.", str),
    "entry": Typed(
        "number",
        "Number of the entry. Default: the last that counts.",
        values.whole,
        left_out=_last_entry,
    ),
    "gfr": Typed("gfr", "GFR [mL/min], such as 90.", gfr, written="RATE"),
    "height": Typed(
        "height",
        "172 (cm), '1.72 m', '68 in'.",
        partial(_of_body, "height", options.height),
        written="CM",
    ),
    "minutes": Typed(
        "by",
        "How much later: '4 h'; '-2 h' for earlier.",
        partial(_in_full, log_keys.minutes),
        written="LENGTH",
    ),
    "moment": Typed("at", "'DATE HH:MM'.", values.moment, written="DATE HH:MM"),
    "name": Typed("dose", "One dose of the drug by its name.", str),
    "route": Typed("route", f"{', '.join(ROUTES)}.", route),
    "share": Typed("to", "'75 %'.", share, written="SHARE"),
    "turn": Typed(
        "block", "A block turn, such as 'course 1/cycle 2' or 'cycle 2'.", str, turn, written="TURN"
    ),
    "weight": Typed("weight", "'66.5 kg'.", partial(_of_body, "weight", options.WEIGHT)),
}
"""How each kind of fact of an effect is typed."""


def refusal_of_scale(quantity: Quantity, name: str, drug: Drug | None) -> str | None:
    """What to type in place of an amount of another scale of activity than IU, which no log keeps.

    None of an amount that is in no such scale. Plain units of a drug that is counted in IU may be
    those of any.

    Args:
        name: the drug's, as the course has it.
        drug: its monograph, if it has one.
    """
    scales = drug.scales if drug is not None else ()
    if quantity.unit in ACTIVITY_SCALES:
        for scale in scales:
            if scale.left.unit == quantity.unit:
                each, typed = _by_factor(quantity, scale)
                return f"is in {quantity.unit}, {each} each: a log keeps IU, so type {typed!r}"
        return f"is in {quantity.unit}, and {name} has no factor for doses from them"
    if quantity.unit != "units" or drug is None or not drug.counted_in_iu():
        return None
    in_iu = log_writing.amount(quantity._replace(unit="IU"))
    ways = [f"type {in_iu!r} if international units are meant"]
    for scale in scales:
        each, typed = _by_factor(quantity, scale)
        ways.append(f"{typed!r} if {scale.left.unit} are ({each} each)")
    ways += [] if scales else ["no factor for another scale is known here"]
    return f"is in plain units, but {drug.name} is measured in IU: {'; '.join(ways)}"


def _by_factor(quantity: Quantity, scale: Factor) -> tuple[str, str]:
    """What one unit of a scale is, and a quantity of it as a log writes it."""
    each = EXACT.divide(scale.right.value, scale.left.value)
    value, unit = EXACT.multiply(quantity.value, each), scale.right.unit
    return f"{exact(each)} {unit}", log_writing.amount(quantity._replace(value=value, unit=unit))
