"""What the text of one key of a course log means.

Every function reads one kind of value or raises `ValueError` with a text that ends in what would
be right.

What a course log says of a patient's body: measures that a human body can have.

What one entry of a course log did, from the plain data under its key.

What stands in a course log before its entries: whose course it is, by which regimen.

The entries of a course log, in the order of its file.

Dates of entry may run backwards: what is noted late bears the date that was given for it, and in
autumn a ward's clock is set back. The order of the file is the order in which entries count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

from il2calc.errors import NotAQuantity
from il2calc.language.log_mappings import Place, Reader, one
from il2calc.model.log import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Entry,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.patient import FORMULA_NAMES, Patient
from il2calc.plan.calendar import DAY
from il2calc.text import values
from il2calc.text.values import day, name, text
from il2calc.text.yaml import Loc
from il2calc.units import Quantity, convert, number, quantity, span

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


_WHICH: Mapping[str, Reader] = {
    "block": one(chain),
    "drug": one(values.name),
    "dose": one(values.name),
    "numbers": one(numbers),
}
_GIVEN = {**_WHICH, "at": one(moment), "amount": one(amount)}
_SHIFT = {**_WHICH, "by": one(minutes)}
_DELAY = {"block": one(chain), "by": one(days)}
_WEIGH = {"weight": one(weight), "on": one(values.day), "use_from": one(chain)}
_REDUCE = {"drug": one(values.name), "to": one(percent), "from": one(chain)}
_DECIDE = {"block": one(chain), "given": one(yes_or_no)}
_NEEDED = ("drug", "numbers")


def _given(data: Any, place: Place) -> Given | None:
    if isinstance(data, list):
        listed = _listed(data, place)
        return Given(listed) if listed else None
    found = place.mapping(data, "what was given", _GIVEN, _NEEDED)
    if found is None:
        return None
    doses = _doses(found)
    for key in ("at", "amount"):
        if key in found and len(doses) > 1:
            place.at(key).fault(f"is that of {len(doses)} doses; give each an entry of its own")
    return Given(doses, found.get("at"), found.get("amount"))


def _held(data: Any, place: Place) -> Held | None:
    if isinstance(data, list):
        listed = _listed(data, place)
        return Held(listed) if listed else None
    found = place.mapping(data, "what was held", _WHICH, _NEEDED)
    return None if found is None else Held(_doses(found))


def _listed(data: list[Any], place: Place) -> tuple[DoseKey, ...]:
    """The doses of a list of mappings; none where any of them is faulty."""
    if not data:
        place.fault("lists no dose; write {block: ..., drug: ..., numbers: ...}")
    found: dict[DoseKey, None] = {}
    whole = True
    for index, each in enumerate(data):
        here = place.at(index)
        which = here.mapping(each, "a choice of doses", _WHICH, _NEEDED)
        doses = () if which is None else _doses(which)
        if twice := [key.number for key in doses if key in found]:
            here.at("numbers").fault(f"names dose {twice[0]} again; name each dose once")
        whole = whole and bool(doses) and not twice
        found |= dict.fromkeys(doses)
    return tuple(found) if whole else ()


def _doses(found: Mapping[str, Any]) -> tuple[DoseKey, ...]:
    drug = found["drug"]
    of_one = partial(DoseKey, found.get("block", ()), drug, found.get("dose", drug))
    return tuple(of_one(number) for number in found["numbers"])


def _shifted(data: Any, place: Place) -> Shifted | None:
    found = place.mapping(data, "a shift", _SHIFT, (*_NEEDED, "by"))
    if found is None:
        return None
    doses = _doses(found)
    if len(doses) > 1:
        place.at("numbers").fault("names several doses; name the first one that is moved")
    return Shifted(doses[0], found["by"])


def _delayed(data: Any, place: Place) -> Delayed | None:
    found = place.mapping(data, "a delay", _DELAY, tuple(_DELAY))
    return None if found is None else Delayed(found["block"], found["by"])


def _weighed(data: Any, place: Place) -> Weighed | None:
    found = place.mapping(data, "a weighing", _WEIGH, ("weight", "on"))
    return None if found is None else Weighed(**found)


def _reduced(data: Any, place: Place) -> Reduced | None:
    found = place.mapping(data, "a reduction", _REDUCE, tuple(_REDUCE))
    return None if found is None else Reduced(found["drug"], found["to"], found["from"])


def _decided(data: Any, place: Place) -> Decided | None:
    found = place.mapping(data, "a decision", _DECIDE, tuple(_DECIDE))
    return None if found is None else Decided(found["block"], found["given"])


def _stopped(data: Any, place: Place) -> Stopped | None:
    return Stopped() if one(yes)(data, place) else None


def _undone(data: Any, place: Place) -> Undone | None:
    number = one(whole)(data, place)
    return None if number is None else Undone(number)


EFFECTS: Mapping[str, Reader] = {
    "given": _given,
    "hold": _held,
    "shift": _shifted,
    "delay": _delayed,
    "weigh": _weighed,
    "reduce": _reduced,
    "decide": _decided,
    "stop": _stopped,
    "undo": _undone,
}
"""The key of an entry -> how the effect under it is read."""


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

_REQUIRED = ("log", "regimen", "version", "sha256", "start", "at")


def read(data: dict[str, Any], place: Place, file: str, entries: Reader) -> Log | None:
    """The course log that a file's plain data hold; None, and faults, where they hold none.

    Args:
        file: its name, as it is shown.
        entries: how the entries are read.
    """
    before = len(place.faults)
    found = place.mapping(data, "a course log", {**_HEAD, "entries": entries}, _REQUIRED)
    if "entries" in data and (last := next(reversed(data))) != "entries":
        problem = f"is added to at its end; move it below {last!r}, to the end of the file"
        place.at("entries").fault(problem)
    for key in ("height", "bsa_formula"):
        if "bsa" in data and key in data:
            place.at(key).fault("excludes 'bsa'; keep one way to the body surface area")
    if found is None or len(place.faults) > before:
        return None
    entered: tuple[Entry, ...] = found.get("entries", ())
    return Log(
        file=file,
        subject=found["log"],
        regimen=found["regimen"],
        version=found["version"],
        sha256=found["sha256"],
        patient=Patient(**{name: found[key] for key, name in BODY.items() if key in found}),
        start=found["start"],
        at=found["at"],
        arm=found.get("arm"),
        times=found.get("times", {}),
        percents=found.get("percent", {}),
        settings=tuple(found.get("set", {}).items()),
        zone=found.get("tz"),
        facts=found.get("facts", {}),
        entries=entered,
    )


def _named(name: Callable[[Any], Any], field: Callable[[Any], Any]) -> Reader:
    """A reader of a mapping from names of the user's own."""

    def read(data: Any, place: Place) -> dict[str, Any] | None:
        if not isinstance(data, dict) or not data:
            place.fault("names nothing; write indented 'name: value' lines")
            return None
        for each in data:
            one(name)(each, place.at(each))
        return place.mapping(data, "this", dict.fromkeys(data, one(field)))

    return read


_HEAD: Mapping[str, Reader] = {
    "log": one(label),
    "regimen": one(values.text),
    "version": one(whole),
    "sha256": one(sha256),
    "weight": one(weight),
    "height": one(height),
    "bsa": one(surface_area),
    "bsa_formula": one(formula),
    "sex": one(sex),
    "bsa_cap": one(surface_cap),
    "gfr": one(gfr),
    "start": one(values.day),
    "at": one(values.clock),
    "arm": one(dotted_name),
    "times": _named(dotted_name, whole),
    "percent": _named(values.name, percent),
    "set": _named(values.text, setting),
    "tz": one(zone),
    "facts": _named(values.text, setting),
}


_KEYS: Mapping[str, Reader] = {
    **EFFECTS,
    "entered": one(moment),
    "reason": one(values.text),
    "override": one(yes),
}


def read_entries(data: Any, place: Place, line_of: Callable[[Loc], int]) -> tuple[Entry, ...]:
    """The entries that can be read; a fault for each that cannot.

    Args:
        line_of: the line of a location in the file.
    """
    if data == "":  # a log without entries ends in `entries:`
        return ()
    if not isinstance(data, list):
        place.fault("is not a list; begin each entry with '- '")
        return ()
    found: list[Entry] = []
    for index, each in enumerate(data):
        here = place.at(index)
        entry = _entry(each, here, index + 1, line_of(here.loc))
        if entry is not None:
            found.append(entry)
    _refuse_idle_undoing(found, data, place)
    return tuple(found)


def _entry(data: Any, place: Place, number: int, line: int) -> Entry | None:
    found = place.mapping(data, "an entry", _KEYS, ("entered",))
    if not isinstance(data, dict):
        return None
    said = [key for key in data if key in EFFECTS]
    if not said and data.keys() <= _KEYS.keys():
        place.fault(f"says nothing that was done; write one of: {', '.join(EFFECTS)}")
    elif len(said) > 1:
        place.fault(f"says {' and '.join(said)}; make an entry of each")
    elif found is not None:
        return Entry(
            number,
            found["entered"],
            found[said[0]],
            found.get("reason"),
            found.get("override", False),
            line,
        )
    return None


def _refuse_idle_undoing(entries: list[Entry], data: list[Any], place: Place) -> None:
    """An undo names an earlier entry that still counts and is no undo itself."""
    undone: dict[int, int] = {}
    for entry in entries:
        if not isinstance(entry.effect, Undone):
            continue
        here = place.at(entry.number - 1).at("undo")
        target = entry.effect.entry
        if target >= entry.number:
            here.fault(f"names entry {target}, which does not stand before it; name an earlier one")
        elif isinstance(data[target - 1], dict) and "undo" in data[target - 1]:
            here.fault(f"names entry {target}, an undo; enter anew what that had undone")
        elif target in undone:
            here.fault(f"names entry {target}, which entry {undone[target]} has undone already")
        else:
            undone[target] = entry.number
