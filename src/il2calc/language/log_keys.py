"""The keys of a course log, the meaning of each leaf, and which keys are required.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right. The keys of an effect follow from the table of effects in `model.log`.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from il2calc.errors import NotAQuantity
from il2calc.language.fields import amount, route
from il2calc.language.regimen_keys import ARM, DRUG, NAME, TEXT, choice, leaf, leaves
from il2calc.model import measure
from il2calc.model.effects import Chain
from il2calc.model.log import EFFECTS, FORMAT, SHOWN, Form, Kind
from il2calc.model.patient import FORMULA_NAMES, Patient
from il2calc.model.regimen import ROUTES
from il2calc.plan.calendar import DAY
from il2calc.text import values
from il2calc.text.safefile import MOST_BYTES
from il2calc.text.shapes import Either, Leaf, Named, Record, Several, Shape
from il2calc.text.values import LONGEST_LABEL, MOST, label, matched, moment, name, percentage, text
from il2calc.units import ACTIVITY_SCALES, AMOUNT_UNITS, NUMBER, Quantity, quantity, span

_RANGE = re.compile(r"([1-9][0-9]{0,5})(?: to ([1-9][0-9]{0,5}))?")
_TURN = re.compile(r"(.+) ([1-9][0-9]{0,5})")
_DIGITS = re.compile(rf"[0-9a-f]{{{SHOWN},64}}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


dotted_name = partial(name, also=".")
"""A name that may also contain dots: an arm (`0.25-mg`), the path of a block (`course.cycle`)."""


def digits(value: Any) -> str:
    """The first digits of a hash that the user noted."""
    problem = f"is not {SHOWN} to 64 hex digits; give those that were printed"
    return matched(value, _DIGITS, problem)[0]


def zone(value: Any) -> str:
    """The IANA name of a time zone."""
    problem = "is not the name of a time zone; write it like Europe/London"
    return matched(value, _ZONE, problem)[0]


def chain(value: Any) -> Chain:
    """A block turn with the turns around it: `course 1/cycle 2`."""
    word = text(value)
    matches = [_TURN.fullmatch(part.strip()) for part in word.split("/")]
    turns = tuple((match[1], int(match[2])) for match in matches if match)
    if len(turns) < len(matches):
        problem = "is not a block turn; write it with its number, like 'course 1/cycle 2'"
        raise ValueError(f"{word!r} {problem}")
    for block, _ in turns:
        name(block)
    return turns


def numbers(value: Any) -> tuple[int, ...]:
    """Dose numbers: `3`, `[1, 4]`, `1 to 6`, `[1 to 3, 5]`."""
    dose_numbers: list[int] = []
    for item in value if isinstance(value, list) else [value]:
        match = matched(item, _RANGE, "is not a dose number; write 7, [7, 9] or '1 to 6'")
        word = match[0]
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (match[2] and last == first):
            raise ValueError(f"{word!r} is not in rising order; write it like '1 to 6'")
        if dose_numbers and first <= dose_numbers[-1]:
            problem = "does not follow the number before it; list numbers in order, once"
            raise ValueError(f"{word!r} {problem}")
        if last > MOST:
            raise ValueError(f"{word!r} is beyond dose {MOST:,}; check the number")
        dose_numbers += range(first, last + 1)
    if not dose_numbers:
        raise ValueError("names no dose; write 7, [7, 9] or '1 to 6'")
    return tuple(dose_numbers)


def minutes(value: Any, like: str = "4 hours") -> int:
    """How far a dose is moved, earlier with a minus sign: `4 hours`, `-30 minutes` [min]."""
    word = text(value)
    try:
        length = span(word.removeprefix("-"))
    except NotAQuantity:
        problem = "is not a length of time in whole minutes, hours, days or weeks"
        raise ValueError(f"{word!r} {problem}; write it like '{like}'") from None
    if length.shortest != length.longest:
        raise ValueError(f"{word!r} is a range; write one length, like '{like}'")
    if length.shortest == 0:
        raise ValueError(f"{word!r} moves nothing; write it like '{like}'")
    return -length.shortest if word.startswith("-") else length.shortest


def days(value: Any) -> int:
    """How far a block is moved, in whole days: `3 days`, `1 week` [days]."""
    delay = minutes(value, "3 days")
    if delay < 0:
        raise ValueError(f"{value!r} is not later; only a delay is possible, like '3 days'")
    if delay % DAY:
        raise ValueError(f"{value!r} is not in whole days; a block is delayed by days: '3 days'")
    return delay // DAY


def share(value: Any) -> Decimal | Quantity:
    """What a dose is changed to: a percentage of the amount in the file, or an amount."""
    word = text(value)
    if word.endswith("%") or not any(map(str.isalpha, word)):
        return percentage(word)
    return quantity(word)


def typed_share(value: Any) -> Decimal | Quantity:
    """A share as typed in a command, perhaps in an older scale of activity, which a log refuses."""
    return amount(value) if _is_in_older_scale(value) else share(value)


def typed_amount(value: Any) -> Quantity:
    """The amount of a whole dose as typed in a command; it may be in an older scale of activity."""
    return amount(value) if _is_in_older_scale(value) else values.whole_amount(value)


def _is_in_older_scale(value: str) -> bool:
    return any(f" {scale}" in value for scale in ACTIVITY_SCALES)


def yes(value: Any) -> bool:
    """The value of a key that takes only `yes`, and is otherwise left out."""
    if not values.yes_or_no(value):
        raise ValueError("takes only yes; leave the key out instead of writing no")
    return True


def format_number(value: Any) -> int:
    """The `format` of a log; a newer one than the newest known is refused."""
    number = values.whole(value)
    if number > FORMAT:
        raise ValueError(f"{number} is newer than this il2calc can read ({FORMAT}); update il2calc")
    return number


def regimen_text(value: Any) -> bytes:
    """The bytes of a regimen file that a log contains, compressed, in base64."""
    word = text(value)
    problem = "is not the text of a regimen file as il2calc log wrote it"
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(base64.b64decode(word, validate=True), MOST_BYTES)
    except (zlib.error, ValueError):
        raise ValueError(f"{problem}; leave it as it was written") from None
    if not decompressor.eof:
        raise ValueError(f"{problem}; leave it as it was written")
    return content


def setting(value: Any) -> str:
    """Another value for a fact of the regimen, as `--set` takes it: `6 days`, `[1, 8]`."""
    if isinstance(value, list):
        return values.as_written([setting(item) for item in value])
    return text(value)


def _body_measure(value: Any, field: str, read: Callable[[Any], Decimal]) -> Decimal:
    """A measure of a body, in its unit, for a field of a patient.

    Raises:
        ValueError: it is no such measure.
        ImplausibleInput: no body can have it.
    """
    number = read(value)
    body: dict[str, Any] = {field: number}
    Patient(**body)
    return number


_KG = partial(values.measure, unit="kg", also=("lb",), like="it like '70 kg'")
_CM = partial(values.measure, unit="cm", also=("m", "in"), like="it like '170 cm'")
_M2 = partial(values.measure, unit="m2", like="it like '1.8 m2'")
weight = partial(_body_measure, field="weight", read=_KG)
height = partial(_body_measure, field="height", read=_CM)
surface_area = partial(_body_measure, field="surface_area", read=_M2)
surface_cap = partial(_body_measure, field="surface_cap", read=_M2)
gfr = partial(_body_measure, field="gfr", read=values.filtration)
age = partial(_body_measure, field="age", read=measure.age)
formula = partial(values.one_of, known=FORMULA_NAMES)

_LENGTH = rf"{NUMBER} (minutes?|hours?|days?|weeks?)"
_COUNT = leaf(values.whole, r"[1-9][0-9]*", "a whole number of at least 1", number=True)
_DAY = leaf(values.day, values.DATE.pattern, "like 2025-12-01")
_PERCENT = leaf(percentage, rf"{NUMBER} %", "like '75 %'")
_NAME = Leaf(values.name, NAME.json)
_DRUG = Leaf(values.printed_name, DRUG.json)
_DOTTED = Leaf(dotted_name, ARM.json)
_YES = Leaf(yes, {"enum": ["yes", True]})
_PATH = leaf(text, r".+", "the path of a fact, like course.cycle.repeat.rest")
_SETTING = Leaf(setting, {"type": ["string", "number", "boolean", "array"]})

LEAVES: Mapping[Kind, Leaf] = {
    "age": leaf(age, r"[0-9]+ (years?|months?)", "like '7 years'"),
    "amount": leaf(
        values.whole_amount,
        rf"{NUMBER} (million )?({'|'.join((*AMOUNT_UNITS, 'MIU'))})",
        "of the whole dose, like '5 million IU'",
    ),
    "area": leaf(surface_area, rf"{NUMBER} m2", "like '1.8 m2'"),
    "arm": _DOTTED,
    "date": _DAY,
    "days": leaf(days, _LENGTH, "like '3 days'"),
    "decision": Leaf(values.yes_or_no, {"enum": ["yes", "no", True, False]}),
    "drug": _DRUG,
    "entry": _COUNT,
    "gfr": leaf(gfr, rf"{NUMBER} mL/min", "like '90 mL/min'"),
    "height": leaf(height, rf"{NUMBER} (cm|m|in)", "like '170 cm'"),
    "minutes": leaf(minutes, rf"-?{_LENGTH}", "like '4 hours', or '-30 minutes' for earlier"),
    "moment": leaf(
        moment, f"{values.DATE.pattern} {values.CLOCK.pattern}", "like 2025-12-03 10:10"
    ),
    "name": _NAME,
    "regimen": TEXT,
    "route": Leaf(route, {"enum": list(ROUTES)}),
    "sha256": Leaf(values.sha256, {"type": ["string", "number"], "pattern": "^[0-9a-f]{64}$"}),
    "share": leaf(
        share,
        rf"{NUMBER} (%|(million )?({'|'.join((*AMOUNT_UNITS, 'MIU', 'AUC'))})(/kg|/m2)?(/day)?)",
        "like '75 %', or '3 million IU'",
    ),
    "text": Leaf(regimen_text, {"type": "string"}),
    "turn": leaf(chain, r".+ [1-9][0-9]*", "a block turn, like 'course 1/cycle 2'"),
    "version": _COUNT,
    "weight": leaf(weight, rf"{NUMBER} (kg|lb)", "like '70 kg'"),
}
"""How each kind of fact of an effect is read, except the doses that it names."""

_CHOICE: Mapping[str, Leaf] = {
    "block": LEAVES["turn"],
    "drug": _DRUG,
    "dose": _NAME,
    "numbers": leaves(
        numbers, r"[1-9][0-9]*( to [1-9][0-9]*)?", "7, [7, 9], '1 to 6'", number=True
    ),
}
_CHOICE_REQUIRED = ("drug", "numbers")


def effect_shape(form: Form) -> Shape:
    """The shape of what is under the key of an effect.

    For doses of several drugs or turns it may also be a list of mappings.
    """
    if not form.facts:
        return _YES
    keys: dict[str, Shape] = {}
    required: list[str] = []
    for fact in form.facts:
        if fact.of_doses:
            keys |= _CHOICE
            required += _CHOICE_REQUIRED
        elif not fact.key:
            return LEAVES[fact.kind]
        else:
            keys[fact.key] = LEAVES[fact.kind]
            required += [] if fact.optional else [fact.key]
    mapping = Record(form.title, keys, tuple(required), any_of=form.measures)
    if any(fact.kind == "doses" for fact in form.facts):
        return Either(mapping, Several(Record("a choice of doses", _CHOICE, _CHOICE_REQUIRED), 1))
    return mapping


_RECORD_KEYS: Mapping[str, Shape] = {
    "amount": LEAVES["amount"],
    "route": TEXT,
    "at": LEAVES["moment"],
    "again": _YES,
    "doses": _COUNT,
    "every": LEAVES["minutes"],
}
"""What a log records of a run of doses that were given; the first three keys are required."""

_RECORDED = Record("what was recorded", _RECORD_KEYS, ("amount", "route", "at"))

BODY: Mapping[str, str] = {
    "weight": "weight",
    "height": "height",
    "bsa": "surface_area",
    "bsa_formula": "formula",
    "sex": "sex",
    "bsa_cap": "surface_cap",
    "gfr": "gfr",
    "age": "age",
}
"""Key of a log -> field of a patient."""

_LABEL = Leaf(label, {"type": ["string", "number"], "minLength": 1, "maxLength": LONGEST_LABEL})

_HEAD: Mapping[str, Shape] = {
    "log": _LABEL,
    "format": leaf(format_number, r"[12]", "the number of its form", number=True),
    "regimen": TEXT,
    "version": _COUNT,
    "sha256": LEAVES["sha256"],
    "weight": LEAVES["weight"],
    "height": LEAVES["height"],
    "bsa": LEAVES["area"],
    "bsa_formula": Leaf(formula, {"enum": list(FORMULA_NAMES)}),
    "sex": choice("female", "male"),
    "bsa_cap": leaf(surface_cap, rf"{NUMBER} m2", "like '2 m2'"),
    "gfr": LEAVES["gfr"],
    "age": LEAVES["age"],
    "start": _DAY,
    "at": leaf(values.clock, values.CLOCK.pattern, "the start time of every day, like 08:00"),
    "arm": _DOTTED,
    "times": Named(_DOTTED, _COUNT),
    "percent": Named(_DRUG, _PERCENT),
    "set": Named(_PATH, _SETTING),
    "tz": leaf(zone, _ZONE.pattern, "like Europe/London"),
    "facts": Named(_PATH, _SETTING),
    "regimen_text": LEAVES["text"],
}


def patient() -> Record:
    """The shape of a file of a patient's measures: its keys have the names of the options."""
    keys = {key.replace("_", "-"): _HEAD[key] for key in BODY}
    return Record("a file of measures", keys, any_of=tuple(keys))


def log() -> Record:
    """The shape of a whole log: its head, then the entries, each with one effect."""
    entry: dict[str, Shape] = {key: effect_shape(form) for key, form in EFFECTS.items()}
    entry["recorded"] = Either(_RECORDED, Several(_RECORDED, 1))
    entry |= {"entered": LEAVES["moment"], "as_of": LEAVES["moment"], "by": _LABEL}
    entry |= {"reason": TEXT, "override": _YES, "hash": LEAVES["sha256"]}
    entries = Several(Record("an entry", entry, ("entered",), tuple(EFFECTS)), blank=True)
    required = ("log", "regimen", "version", "sha256", "start", "at")
    return Record("a course log", {**_HEAD, "entries": entries}, required)
