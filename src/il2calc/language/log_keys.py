"""The keys of a course log, the meaning of each leaf, and which keys are required.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right. What stands under the key of an effect follows from the table of effects in `model.log`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from il2calc.errors import NotAQuantity
from il2calc.language.regimen_keys import ARM, NAME, TEXT, leaf, leaves
from il2calc.model.log import EFFECTS, Chain, Form, Kind
from il2calc.model.patient import FORMULA_NAMES, Patient
from il2calc.plan.calendar import DAY
from il2calc.text import values
from il2calc.text.shapes import Either, Leaf, Named, Record, Several, Shape
from il2calc.text.values import day, name, text
from il2calc.units import AMOUNT_UNITS, NUMBER, Quantity, convert, number, quantity, span

MOST = 100_000
"""No dose number, count or version of a log is larger, and no entry names more doses."""

MOST_PERCENT = 200
LONGEST_LABEL = 60

_WHOLE = re.compile(r"[1-9][0-9]*")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([01][0-9]|2[0-3]):([0-5][0-9])")
_RANGE = re.compile(r"([1-9][0-9]{0,5})(?: to ([1-9][0-9]{0,5}))?")
_TURN = re.compile(r"(.+) ([1-9][0-9]{0,5})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def dotted_name(value: Any) -> str:
    """A name that may also hold dots: an arm (`0.25-mg`), the path of a block (`course.cycle`)."""
    return name(value, also=".")


def label(value: Any) -> str:
    """A label of the user's own for a subject."""
    word = text(value)
    if len(word) > LONGEST_LABEL or not word[0].isalnum():
        problem = f"begins with a letter or digit and has at most {LONGEST_LABEL} characters"
        raise ValueError(f"{word!r} is not a label, which {problem}; write it like S-07")
    return word


def sha256(value: Any) -> str:
    """The content hash of a regimen file."""
    word = text(value)
    if not _SHA256.fullmatch(word):
        raise ValueError("is not 64 hex digits; leave it as il2calc log start wrote it")
    return word


def whole(value: Any) -> int:
    """A whole number of at least 1."""
    word = text(value)
    if not _WHOLE.fullmatch(word) or len(word) > len(str(MOST)) or int(word) > MOST:
        raise ValueError(f"{word!r} is not a whole number from 1 to {MOST:,}; write it like 4")
    return int(word)


def moment(value: Any) -> datetime:
    """A date and local clock time `YYYY-MM-DD HH:MM`."""
    word = text(value)
    match = _MOMENT.fullmatch(word)
    if not match:
        raise ValueError(f"{word!r} is not a date and time; write it like 2025-12-03 10:10")
    try:
        on = day(match[1])
    except ValueError as error:
        raise ValueError(str(error).replace(repr(match[1]), repr(word))) from None
    return datetime.combine(on, time(int(match[2]), int(match[3])))


def zone(value: Any) -> str:
    """The IANA name of a time zone."""
    word = text(value)
    if not _ZONE.fullmatch(word):
        raise ValueError(f"{word!r} is not the name of a time zone; write it like Europe/London")
    return word


def percent(value: Any) -> Decimal:
    """A percentage above 0: `75 %`."""
    word = text(value)
    digits, _, sign = word.partition(" ")
    if sign != "%":
        raise ValueError(f"{word!r} is not a percentage; write it like '75 %'")
    found = number(digits)
    if not 0 < found <= MOST_PERCENT:
        raise ValueError(f"{word!r} is not above 0 and up to {MOST_PERCENT} %; write it like 75 %")
    return found


def chain(value: Any) -> Chain:
    """A block turn with those around it: `course 1/cycle 2`."""
    word = text(value)
    matches = [_TURN.fullmatch(part.strip()) for part in word.split("/")]
    found = tuple((match[1], int(match[2])) for match in matches if match)
    if len(found) < len(matches):
        problem = "is not a block turn; write it with its number, like 'course 1/cycle 2'"
        raise ValueError(f"{word!r} {problem}")
    for block, _ in found:
        name(block)
    return found


def numbers(value: Any) -> tuple[int, ...]:
    """Dose numbers: `3`, `[1, 4]`, `1 to 6`, `[1 to 3, 5]`."""
    found: list[int] = []
    for item in value if isinstance(value, list) else [value]:
        word = text(item)
        match = _RANGE.fullmatch(word)
        if not match:
            raise ValueError(f"{word!r} is not a dose number; write 7, [7, 9] or '1 to 6'")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (match[2] and last == first):
            raise ValueError(f"{word!r} does not rise; write it like '1 to 6'")
        if found and first <= found[-1]:
            problem = "does not follow the number before it; list numbers in order, once"
            raise ValueError(f"{word!r} {problem}")
        if last > MOST:
            raise ValueError(f"{word!r} is beyond dose {MOST:,}; check the number")
        found += range(first, last + 1)
    if not found:
        raise ValueError("names no dose; write 7, [7, 9] or '1 to 6'")
    return tuple(found)


def amount(value: Any) -> Quantity:
    """The amount of a whole dose: `5 million IU`, `2.5 mg`."""
    result = quantity(text(value))
    if result.basis is not None or result.per_day or result.unit == "AUC":
        raise ValueError(f"{value!r} is not the amount of a whole dose; write it like '2.5 mg'")
    return result


def minutes(value: Any, like: str = "4 hours") -> int:
    """How far a dose is moved, earlier with a minus sign: `4 hours`, `-30 minutes` [min].

    Args:
        like: an example of what would be right.
    """
    word = text(value)
    try:
        length = span(word.removeprefix("-"))
    except NotAQuantity:
        problem = "is no length of time in whole minutes, hours, days or weeks"
        raise ValueError(f"{word!r} {problem}; write it like '{like}'") from None
    if length.shortest != length.longest:
        raise ValueError(f"{word!r} is a range; write one length, like '{like}'")
    if length.shortest == 0:
        raise ValueError(f"{word!r} moves nothing; write it like '{like}'")
    return -length.shortest if word.startswith("-") else length.shortest


def days(value: Any) -> int:
    """How far a block is moved, in whole days: `3 days`, `1 week` [days]."""
    found = minutes(value, "3 days")
    if found < 0:
        raise ValueError(f"{value!r} is not later; only a delay is known, like '3 days'")
    if found % DAY:
        raise ValueError(f"{value!r} is not in whole days; a block is delayed by days: '3 days'")
    return found // DAY


def yes_or_no(value: Any) -> bool:
    """A decision."""
    word = text(value)
    if word not in {"yes", "no"}:
        raise ValueError(f"{word!r} is neither yes nor no; write one of them")
    return word == "yes"


def yes(value: Any) -> bool:
    """What is said by `yes` and otherwise left out."""
    if not yes_or_no(value):
        raise ValueError("takes only yes; leave the key out instead of writing no")
    return True


def measure(value: Any, unit: str, *also: str) -> Decimal:
    """A measure of a body in a unit, or in another that is converted to it."""
    word = text(value)
    digits, _, given = word.partition(" ")
    like = f"70 {unit}" if unit in {"kg", "mL/min"} else f"170 {unit}" if also else f"1.8 {unit}"
    if given not in (unit, *also):
        raise ValueError(f"{word!r} is not in {' or '.join((unit, *also))}; write it like '{like}'")
    return convert(number(digits), "inch" if given == "in" else given, unit)


def setting(value: Any) -> str:
    """Another reading of a fact of the regimen, as `--set` takes it: `6 days`, `[1, 8]`."""
    if isinstance(value, list):
        return f"[{', '.join(setting(item) for item in value)}]"
    return text(value)


def one_of(value: Any, known: Sequence[str]) -> str:
    """One of a few words."""
    word = text(value)
    if word not in known:
        raise ValueError(f"{word!r} is not known; write one of: {', '.join(known)}")
    return word


def weight(value: Any) -> Decimal:
    """Body weight [kg].

    Raises:
        ValueError: it is no weight; so for every function here.
        ImplausibleInput: no body weighs that.
    """
    found = measure(value, "kg", "lb")
    Patient(weight=found)
    return found


def height(value: Any) -> Decimal:
    """Height [cm]."""
    found = measure(value, "cm", "m", "in")
    Patient(height=found)
    return found


def surface_area(value: Any) -> Decimal:
    """Body surface area [m2] as it was measured."""
    found = measure(value, "m2")
    Patient(surface_area=found)
    return found


def surface_cap(value: Any) -> Decimal:
    """The most that the body surface area counts for [m2]."""
    found = measure(value, "m2")
    Patient(surface_cap=found)
    return found


def gfr(value: Any) -> Decimal:
    """Glomerular filtration rate [mL/min]."""
    found = measure(value, "mL/min")
    Patient(gfr=found)
    return found


def formula(value: Any) -> str:
    """Name of the formula for the body surface area."""
    return one_of(value, FORMULA_NAMES)


def sex(value: Any) -> str:
    """The sex that a formula needs."""
    return one_of(value, ("female", "male"))


_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_LENGTH = rf"{NUMBER} (minutes?|hours?|days?|weeks?)"
_COUNT = leaf(whole, r"[1-9][0-9]*", "a whole number of at least 1", number=True)
_DAY = leaf(values.day, _DATE, "like 2025-12-01")
_PERCENT = leaf(percent, rf"{NUMBER} %", "like '75 %'")
_WEIGHT = leaf(weight, rf"{NUMBER} (kg|lb)", "like '70 kg'")
_NAME = Leaf(values.name, NAME.json)
_DOTTED = Leaf(dotted_name, ARM.json)
_YES = Leaf(yes, {"enum": ["yes", True]})
_PATH = leaf(text, r".+", "the path of a fact, like course.cycle.repeat.rest")
_SETTING = Leaf(setting, {"type": ["string", "number", "boolean", "array"]})

LEAVES: Mapping[Kind, Leaf] = {
    "amount": leaf(
        amount,
        rf"{NUMBER} (million )?({'|'.join((*AMOUNT_UNITS, 'MIU'))})",
        "of the whole dose, like '5 million IU'",
    ),
    "date": _DAY,
    "days": leaf(days, _LENGTH, "like '3 days'"),
    "decision": Leaf(yes_or_no, {"enum": ["yes", "no", True, False]}),
    "drug": _NAME,
    "entry": _COUNT,
    "minutes": leaf(minutes, rf"-?{_LENGTH}", "like '4 hours', or '-30 minutes' for earlier"),
    "moment": leaf(moment, f"{_DATE} {_CLOCK}", "like 2025-12-03 10:10"),
    "percent": _PERCENT,
    "turn": leaf(chain, r".+ [1-9][0-9]*", "a block turn, like 'course 1/cycle 2'"),
    "weight": _WEIGHT,
}
"""How each kind of fact of an effect is read, but for the doses that it names."""

_WHICH: Mapping[str, Leaf] = {
    "block": LEAVES["turn"],
    "drug": _NAME,
    "dose": _NAME,
    "numbers": leaves(
        numbers, r"[1-9][0-9]*( to [1-9][0-9]*)?", "7, [7, 9], '1 to 6'", number=True
    ),
}
_NEEDED = ("drug", "numbers")


def effect_shape(form: Form) -> Shape:
    """What stands under the key of an effect.

    Doses of several drugs or turns are a list of mappings in the place of one.
    """
    if not form.facts:
        return _YES
    keys: dict[str, Shape] = {}
    required: list[str] = []
    for fact in form.facts:
        if fact.of_doses:
            keys |= _WHICH
            required += _NEEDED
        elif not fact.key:
            return LEAVES[fact.kind]
        else:
            keys[fact.key] = LEAVES[fact.kind]
            required += [] if fact.optional else [fact.key]
    one = Record(form.title, keys, tuple(required))
    if any(fact.kind == "doses" for fact in form.facts):
        return Either(one, Several(Record("a choice of doses", _WHICH, _NEEDED), 1))
    return one


BODY: Mapping[str, str] = {
    "weight": "weight",
    "height": "height",
    "bsa": "surface_area",
    "bsa_formula": "formula",
    "sex": "sex",
    "bsa_cap": "surface_cap",
    "gfr": "gfr",
}
"""Key of a log -> what it is of a patient."""

_HEAD: Mapping[str, Shape] = {
    "log": Leaf(label, {"type": ["string", "number"], "minLength": 1, "maxLength": LONGEST_LABEL}),
    "regimen": TEXT,
    "version": _COUNT,
    "sha256": Leaf(sha256, {"type": ["string", "number"], "pattern": "^[0-9a-f]{64}$"}),
    "weight": _WEIGHT,
    "height": leaf(height, rf"{NUMBER} (cm|m|in)", "like '170 cm'"),
    "bsa": leaf(surface_area, rf"{NUMBER} m2", "like '1.8 m2'"),
    "bsa_formula": Leaf(formula, {"enum": list(FORMULA_NAMES)}),
    "sex": Leaf(sex, {"enum": ["female", "male"]}),
    "bsa_cap": leaf(surface_cap, rf"{NUMBER} m2", "like '2 m2'"),
    "gfr": leaf(gfr, rf"{NUMBER} mL/min", "like '90 mL/min'"),
    "start": _DAY,
    "at": leaf(values.clock, _CLOCK, "the start time of every day, like 08:00"),
    "arm": _DOTTED,
    "times": Named(_DOTTED, _COUNT),
    "percent": Named(_NAME, _PERCENT),
    "set": Named(_PATH, _SETTING),
    "tz": leaf(zone, _ZONE.pattern, "like Europe/London"),
    "facts": Named(_PATH, _SETTING),
}


def log() -> Record:
    """The shape of a whole log: its head, then the entries, each with one effect."""
    entry: dict[str, Shape] = {key: effect_shape(form) for key, form in EFFECTS.items()}
    entry |= {"entered": LEAVES["moment"], "reason": TEXT, "override": _YES}
    entries = Several(Record("an entry", entry, ("entered",), tuple(EFFECTS)), blank=True)
    required = ("log", "regimen", "version", "sha256", "start", "at")
    return Record("a course log", {**_HEAD, "entries": entries}, required)
