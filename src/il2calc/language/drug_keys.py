"""The keys of a drug file, the meaning of each leaf, and which keys are required.

Leaves that a regimen file has too are read by `fields` and `regimen_keys`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, cast, get_args

from il2calc.language.fields import amount, route
from il2calc.language.regimen_keys import (
    AMOUNT,
    CITATIONS,
    DATE,
    DURATION,
    ROUTE,
    SOURCES,
    STEP,
    TEXT,
    WHOLE_NUMBER,
    choice,
    leaf,
    leaves,
    name,
)
from il2calc.model.drug import Condition, Figure, Per, Relation, Verdict, Where
from il2calc.text.shapes import Leaf, Record, Several, Shape
from il2calc.text.values import accepts, matched, one_or_more, text, whole_amount
from il2calc.units import AMOUNT_UNITS, COUNTED_UNITS, NUMBER, Quantity, number, pointed, quantity
from il2calc.units.quantity import EXACT

_MEASURE = re.compile(rf"({NUMBER}) (million )?([A-Za-z][A-Za-z ]*)")
_WINDOW = re.compile(rf"({NUMBER}) to ({NUMBER}) ([A-Za-z]+)/mL")
_VOLUME_TEXT = re.compile(rf"({NUMBER}) mL")
_SHARE = re.compile(rf"({NUMBER}) %")
_RANGE = re.compile(rf"({NUMBER}) to ({NUMBER})")
_CONDITION = re.compile(rf"([a-z][a-z0-9_]*)(?: (>=|<=|>|<) ({NUMBER}))?")
_QUESTION = re.compile(r"[a-z][a-z0-9_]*")


def measure(value: Any) -> Figure:
    """A number and a unit, perhaps one used for this drug alone: `83.3 Nutley units`."""
    problem = "is not a number and a unit; write it like '83.3 Nutley units'"
    match = matched(value, _MEASURE, problem)
    word = match[0]
    digits, million, unit = match.groups()
    if number(digits) == 0:
        raise ValueError(f"{word!r} is zero; a factor is between two amounts above 0")
    if million and unit in (*AMOUNT_UNITS, "MIU") and unit not in COUNTED_UNITS:
        raise ValueError(f"{word!r} says million for a unit that is not counted; write the number")
    factor = Decimal(1_000_000) if million or unit == "MIU" else Decimal(1)
    return Figure(EXACT.multiply(number(digits), factor), "IU" if unit == "MIU" else unit)


def equation(value: Any) -> tuple[Figure, Figure]:
    """Two equal measures: `18 million IU = 1.1 mg`."""
    left, sign, right = text(value).partition(" = ")
    if not sign:
        raise ValueError(f"{value!r} is not an equation; write it like '18 million IU = 1.1 mg'")
    return measure(left), measure(right)


def concentration(value: Any) -> Quantity:
    """An amount per mL: `18 million IU/mL`."""
    word = text(value)
    if not word.endswith("/mL"):
        suggestion = _suggestion(concentration, word, "21 mg/mL")
        raise ValueError(f"{word!r} is not per mL; write {suggestion}")
    return whole_amount(word.removesuffix("/mL"))


def window(value: Any) -> tuple[Quantity, Quantity]:
    """A range of concentrations: `30 to 70 mcg/mL`."""
    match = _WINDOW.fullmatch(text(value))
    if not match:
        suggestion = _suggestion(window, value, "30 to 70 mcg/mL")
        raise ValueError(f"{value!r} is not a range per mL; write {suggestion}")
    low, high = quantity(f"{match[1]} {match[3]}"), quantity(f"{match[2]} {match[3]}")
    if low.value >= high.value:
        raise ValueError(f"{value!r} is not in rising order; write the lower concentration first")
    return low, high


def _suggestion(read: Callable[[Any], object], word: str, like: str) -> str:
    """The right spelling of a misspelt volume or amount per mL, if `read` takes it; else `like`.

    >>> _suggestion(window, "0,5-2 mg/ml", "30 to 70 mcg/mL")
    "'0.5 to 2 mg/mL'"
    """
    respelled = re.sub(r"(?i) ?(?:/| per ) ?(?:ml|cc)$", "/mL", pointed(word))
    respelled = re.sub(r"(?i)(?<=[0-9]) ?(?:ml|cc)$", " mL", respelled)
    respelled = re.sub(r"(?<=[0-9])(?=[a-z])", " ", respelled)
    respelled = re.sub(r"(?<=[0-9]) ?[-\u2013] ?(?=[0-9])", " to ", respelled)
    return (
        f"'{respelled}'" if respelled != word and accepts(read, respelled) else f"it like '{like}'"
    )


def single_dose(value: Any) -> Quantity:
    """The amount of one dose, flat or per kg or m2."""
    result = amount(value)
    if result.per_day or result.per_hour or result.unit == "AUC":
        raise ValueError(f"{value!r} is not the amount of one dose; write it like '5 mg/kg'")
    return result


def volume(value: Any) -> Decimal:
    """A volume above 0 [mL]: `1.2 mL`."""
    match = _VOLUME_TEXT.fullmatch(text(value))
    if not match or number(match[1]) == 0:
        raise ValueError(f"{value!r} is not a volume; write {_suggestion(volume, value, '250 mL')}")
    return number(match[1])


def share(value: Any) -> Decimal:
    """A share of a solution [%]: `0.1 %`."""
    match = _SHARE.fullmatch(text(value))
    if not match or not 0 < number(match[1]) < 100:
        raise ValueError(f"{value!r} is not a percentage of a solution; write it like '0.1 %'")
    return number(match[1])


def bag_volume(value: Any) -> tuple[Decimal, bool]:
    """The volume of a bag [mL], and whether it is the most that is allowed: `up to 500 mL`."""
    word = text(value)
    return volume(word.removeprefix("up to ")), word.startswith("up to ")


def number_range(value: Any) -> tuple[Decimal, Decimal]:
    """The range of the number that a question asks for: `0 to 4`."""
    match = _RANGE.fullmatch(text(value))
    if not match or number(match[1]) >= number(match[2]):
        raise ValueError(f"{value!r} is not a range; write it like '0 to 4'")
    return number(match[1]), number(match[2])


def question(value: Any) -> str:
    """The name of a question: small letters, digits and underscores."""
    problem = "is not the name of a question; write it like metastatic_sites"
    return matched(value, _QUESTION, problem)[0]


def conditions(value: Any) -> tuple[Condition, ...]:
    """Conditions on answers: `[cns_metastases, age > 60]`."""
    if not (listed := one_or_more(value, _condition)):
        raise ValueError("lists no conditions; write at least one")
    return listed


def _condition(value: Any) -> Condition:
    problem = "is not a condition; write it like 'nephrectomy' or 'age > 60'"
    match = matched(value, _CONDITION, problem)
    limit = number(match[3]) if match[3] else None
    relation = cast("Relation", match[2] or "yes")
    return Condition(match[1], relation, limit, match[0])


texts = partial(one_or_more, read=text)
routes = partial(one_or_more, read=route)


def places(value: Any) -> tuple[str, ...]:
    """Where a warning applies: `line`, `diluent`, `patient`, or several of them."""
    listed = texts(value)
    for place in listed:
        if place not in PLACES:
            raise ValueError(f"{place!r} is not known here; write {' or '.join(PLACES)}")
    return listed


PLACES = get_args(Where)
VERDICTS = get_args(Verdict)
CODES = {
    "atc": r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}",
    "rxnorm": r"[0-9]{1,8}",
    "unii": r"[A-Z0-9]{10}",
    "cas": r"[0-9]{2,7}-[0-9]{2}-[0-9]",
}
"""Register of drug codes -> the pattern of its codes."""

NONE_FOUND = "none found"
_SINGLE_DOSE = Leaf(single_dose, AMOUNT.json)
_VOLUME = leaf(volume, rf"{NUMBER} mL", "like '250 mL'")
_PERCENT = leaf(share, rf"{NUMBER} %", "like '0.1 %'")
_BAG = leaf(bag_volume, rf"(up to )?{NUMBER} mL", "like '250 mL' or 'up to 500 mL'")
_CONCENTRATION = leaf(concentration, r".+/mL", "like '21 mg/mL'")
_TEXTS = leaves(texts, r".+", "one, or a list")
_PLACES = leaves(places, "|".join(PLACES), "line, diluent or patient, or a list")
_ROUTES = Leaf(routes, {"anyOf": [ROUTE.json, {"type": "array", "items": ROUTE.json}]})
_YES = choice("true", also=(True,))
_FACT = Record("a fact", {"text": TEXT, "source": CITATIONS}, ("text",))
_FACTS = Several(_FACT, 1)
_NAME = leaf(name, r"[^.:/\[\]{},]+", "letters, digits, spaces and hyphens")

SECTIONS = {
    "identity": "Identity",
    "contraindications": "Contraindications and boxed warning",
    "mixing": "Mixing: known tests",
    "interactions": "Interactions",
    "adverse_effects": "Adverse effects, and what is given for them",
    "hold_criteria": "Criteria for holding a dose (cited, for bolus regimens)",
    "handling_toxicity": "Handling toxicity",
    "monitoring": "Monitoring",
}
"""Chapters of plain sentences, in the order in which they are shown: key -> heading."""

ALWAYS_SHOWN = ("contraindications", "interactions", "hold_criteria")
"""Chapters that are shown even if empty: a monograph without them says that there are no data."""


def _statements(title: str, keys: Mapping[str, Shape], required: tuple[str, ...]) -> Several:
    """A list of statements of a monograph, each of which may have a source of its own."""
    return Several(Record(title, {**keys, "source": CITATIONS}, required))


_DILUTION = Record(
    "a dilution",
    {
        "up_to": STEP,
        "take": _VOLUME,
        "to": _VOLUME,
        "with": TEXT,
        "keeps": DURATION,
        "because": TEXT,
        "source": CITATIONS,
    },
    ("up_to", "take", "to", "with"),
)
_ADDITIVE = Record(
    "an additive",
    {"name": TEXT, "share": _PERCENT, "from": _PERCENT, "source": CITATIONS},
    ("name", "share", "from"),
)
_QUESTIONS = Record(
    "a question",
    {
        "name": leaf(question, r"[a-z][a-z0-9_]*", "like ecog"),
        "ask": TEXT,
        "number": leaf(number_range, r".+ to .+", "like '0 to 4'"),
    },
    ("name", "ask"),
)
_RULE = Record(
    "a rule",
    {
        "rule": TEXT,
        "only_if": leaf(question, r"[a-z][a-z0-9_]*", "a question"),
        "all": leaves(conditions, r".+", "conditions"),
        "any": leaves(conditions, r".+", "conditions"),
        "verdict": TEXT,
        "otherwise": TEXT,
        "text": TEXT,
        "source": CITATIONS,
    },
    ("rule", "verdict"),
    one_of=("all", "any"),
)
_SCREEN = Record(
    "a screen",
    {"source": CITATIONS, "questions": Several(_QUESTIONS, 1), "rules": Several(_RULE, 1)},
    ("questions", "rules"),
)

STATEMENTS: Mapping[str, Several] = {
    "codes": _statements(
        "a code of a register",
        {"system": choice(*CODES), "code": TEXT},
        ("system", "code", "source"),
    ),
    "also_with_caution": _statements(
        "ambiguous names", {"names": _TEXTS, "text": TEXT}, ("names", "text")
    ),
    "never_the_same": _statements(
        "another drug", {"name": TEXT, "also": _TEXTS, "text": TEXT}, ("name", "text")
    ),
    "factors": _statements(
        "a factor",
        {
            "is": leaf(equation, r".+ = .+", "like '18 million IU = 1.1 mg'"),
            "figures": WHOLE_NUMBER,
            "for_doses": _YES,
            "text": TEXT,
        },
        ("is", "text"),
    ),
    "products": _statements(
        "a product",
        {
            "product": TEXT,
            "form": choice("vial", "tablet"),
            "contains": STEP,
            "add": _VOLUME,
            "with": TEXT,
            "how": TEXT,
            "concentration": _CONCENTRATION,
            "delivers": STEP,
            "at_most": STEP,
            "keeps": DURATION,
            "single_dose": _YES,
            "graduation": _VOLUME,
        },
        ("product", "form", "contains"),
    ),
    "preparations": _statements(
        "a preparation",
        {
            "preparation": TEXT,
            "routes": _ROUTES,
            "stands_in_for": _ROUTES,
            "undiluted": _YES,
            "diluent": TEXT,
            "dilution": _DILUTION,
            "bags": Several(Record("a bag", {"volume": _BAG, "up_to": STEP}, ("volume",)), 1),
            "window": leaf(window, r".+ to .+/mL", "like '30 to 70 mcg/mL'"),
            "first": _FACT,
            "below": _FACT,
            "additive": _ADDITIVE,
            "over": DURATION,
            "filter": TEXT,
            "container": TEXT,
            "keeps": DURATION,
            "keeps_from": TEXT,
            "notes": _FACTS,
        },
        ("preparation",),
    ),
    "limits": _statements(
        "a limit",
        {"route": _ROUTES, "amount": _SINGLE_DOSE, "per": choice(*get_args(Per)), "text": TEXT},
        ("route", "amount", "text"),
    ),
    "never_reduce": _statements(
        "a dose that is never reduced",
        {"route": _ROUTES, "from": _SINGLE_DOSE, "text": TEXT},
        ("route", "from", "text"),
    ),
    "compatibility": _statements(
        "a meeting",
        {
            "with": TEXT,
            "also": _TEXTS,
            "verdict": choice(*VERDICTS),
            "where": _PLACES,
            "text": TEXT,
        },
        ("with", "verdict", "text"),
    ),
}
"""The lists of statements about a drug; only a code must have a source of its own."""

DRUG = Record(
    "a drug",
    {
        "drug": _NAME,
        "also": _TEXTS,
        "version": WHOLE_NUMBER,
        "read_on": DATE,
        "source": CITATIONS,
        **dict.fromkeys(SECTIONS, _FACTS),
        **STATEMENTS,
        "screen": _SCREEN,
        "sources": SOURCES,
    },
    ("drug", "version", "read_on", "sources"),
)
