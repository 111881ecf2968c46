"""What the text of one key of a drug file means, where a regimen file has no such key."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from il2calc.drug import Condition, Measure, Relation
from il2calc.library.fields import amount, route, step
from il2calc.units import AMOUNT_UNITS, COUNTED_UNITS, NUMBER, Quantity, number, quantity
from il2calc.units.quantity import EXACT
from il2calc.values import text

_MEASURE = re.compile(rf"({NUMBER}) (million )?([A-Za-z][A-Za-z ]*)")
_WINDOW = re.compile(rf"({NUMBER}) to ({NUMBER}) ([A-Za-z]+)/mL")
_VOLUME = re.compile(rf"({NUMBER}) mL")
_RANGE = re.compile(rf"({NUMBER}) to ({NUMBER})")
_CONDITION = re.compile(rf"([a-z][a-z0-9_]*)(?: (>=|<=|>|<) ({NUMBER}))?")
_RELATIONS: dict[str, Relation] = {"": "yes", ">=": ">=", "<=": "<=", ">": ">", "<": "<"}
_QUESTION = re.compile(r"[a-z][a-z0-9_]*")


def measure(value: Any) -> Measure:
    """A number of a unit that may be the drug's own: `83.3 Nutley units`."""
    word = text(value)
    match = _MEASURE.fullmatch(word)
    if not match:
        raise ValueError(f"{word!r} is not a number and a unit; write it like '83.3 Nutley units'")
    digits, million, unit = match.groups()
    if number(digits) == 0:
        raise ValueError(f"{word!r} is nothing; a factor is between two amounts above 0")
    if million and unit in (*AMOUNT_UNITS, "MIU") and unit not in COUNTED_UNITS:
        raise ValueError(f"{word!r} says million of what is not counted; write the number")
    factor = Decimal(1_000_000) if million or unit == "MIU" else Decimal(1)
    return Measure(EXACT.multiply(number(digits), factor), "IU" if unit == "MIU" else unit)


def equal(value: Any) -> tuple[Measure, Measure]:
    """Two measures that are the same: `18 million IU = 1.1 mg`."""
    left, sign, right = text(value).partition(" = ")
    if not sign:
        raise ValueError(f"{value!r} is no equation; write it like '18 million IU = 1.1 mg'")
    return measure(left), measure(right)


def concentration(value: Any) -> Quantity:
    """An amount per mL: `18 million IU/mL`."""
    word = text(value)
    if not word.endswith("/mL"):
        raise ValueError(f"{word!r} is not per mL; write it like '21 mg/mL'")
    return step(word.removesuffix("/mL"))


def window(value: Any) -> tuple[Quantity, Quantity]:
    """A range of concentrations: `30 to 70 mcg/mL`."""
    match = _WINDOW.fullmatch(text(value))
    if not match:
        raise ValueError(f"{value!r} is not a range per mL; write it like '30 to 70 mcg/mL'")
    low, high = quantity(f"{match[1]} {match[3]}"), quantity(f"{match[2]} {match[3]}")
    if low.value >= high.value:
        raise ValueError(f"{value!r} does not rise; write the lower concentration first")
    return low, high


def single_dose(value: Any) -> Quantity:
    """The amount of one dose, flat or per kg or m2."""
    result = amount(value)
    if result.per_day or result.unit == "AUC":
        raise ValueError(f"{value!r} is not the amount of one dose; write it like '5 mg/kg'")
    return result


def volume(value: Any) -> Decimal:
    """A volume [mL]: `1.2 mL`."""
    match = _VOLUME.fullmatch(text(value))
    if not match or number(match[1]) == 0:
        raise ValueError(f"{value!r} is not a volume; write it like '250 mL'")
    return number(match[1])


def number_range(value: Any) -> tuple[Decimal, Decimal]:
    """The range of a number that is asked for: `0 to 4`."""
    match = _RANGE.fullmatch(text(value))
    if not match or number(match[1]) >= number(match[2]):
        raise ValueError(f"{value!r} is not a range; write it like '0 to 4'")
    return number(match[1]), number(match[2])


def question(value: Any) -> str:
    """The name of a question: small letters, digits and underscores."""
    word = text(value)
    if not _QUESTION.fullmatch(word):
        raise ValueError(f"{word!r} is no name of a question; write it like metastatic_sites")
    return word


def conditions(value: Any) -> tuple[Condition, ...]:
    """Answers that count: `[cns_metastases, age > 60]`."""
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items:
        match = _CONDITION.fullmatch(text(item))
        if not match:
            raise ValueError(f"{item!r} is no condition; write it like 'nephrectomy' or 'age > 60'")
        limit = number(match[3]) if match[3] else None
        found.append(Condition(match[1], _RELATIONS[match[2] or ""], limit, text(item)))
    if not found:
        raise ValueError("lists no condition; write at least one")
    return tuple(found)


def texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them."""
    items = value if isinstance(value, list) else [value]
    return tuple(text(item) for item in items)


def routes(value: Any) -> tuple[str, ...]:
    """One route or a list of them."""
    items = value if isinstance(value, list) else [value]
    return tuple(route(item) for item in items)
