"""The keys of a regimen file: how each is read, and the rules for it.

`DOSE`, `BODY_CAPS`, `DOSE_REPEAT`, `BLOCK` and `BLOCK_REPEAT` alone define the keys of a dose, a
block or a repeat: what reads the value, whether it needs a source, whether `--set` may change it.
What a key means is in `plan` and `model`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from il2calc.language import fields, spelling
from il2calc.model.evidence import Half
from il2calc.model.measure import Measure
from il2calc.model.regimen import NOT_STATED, ROUTES, WEEKDAYS
from il2calc.text import shapes, values
from il2calc.text.shapes import Either, Json, Leaf, Named, Record, Recursive, Several, Shape
from il2calc.text.values import text
from il2calc.units import ACTIVITY_SCALES, AMOUNT_UNITS, NUMBER

_UNIT = "|".join((*AMOUNT_UNITS, "MIU"))
_LENGTH = rf"{NUMBER}( to {NUMBER})? (minutes?|hours?|days?|weeks?)"
_FLAT = rf"{NUMBER} (million )?({_UNIT})"
_DAY = r"-?[0-9]+( to -?[0-9]+| onward)?"
_MOMENT = rf"([01][0-9]|2[0-3]):[0-5][0-9]|[+-]{NUMBER}( to [+-]{NUMBER})? [a-z]+"
_NAME = r"[^.:/\[\]{},]+"


class Key(NamedTuple):
    """One key of a dose, a block or a repeat.

    Args:
        shape: how its value is read.
        field: its name in the model; empty if the model does not take over the value unchanged.
        required: whether the key must be present.
        half: whether it says when a dose is given or how much; None if neither.
        fact: whether its value needs a source, an assumption or a `--set`.
        settable: whether `--set` may change it.
        addable: whether `--set` may also add it, and an assumption may be about its absence.
    """

    shape: Shape
    field: str = ""
    required: bool = False
    half: Half | None = None
    fact: bool = False
    settable: bool = False
    addable: bool = False


Keys = Mapping[str, Key]


def name(value: Any, also: str = "") -> str:
    """A name of letters, digits, spaces and hyphens; no key of the language."""
    return _not_reserved(values.name(value, also))


def drug_name(value: Any) -> str:
    """A drug's name as it is printed; no key of the language."""
    return _not_reserved(values.printed_name(value))


def _not_reserved(word: str) -> str:
    if word in RESERVED_NAMES:
        raise ValueError(f"{word!r} is a key of the language; choose another name")
    return word


def arm_name(value: Any) -> str:
    """A name that may also contain dots (`0.25-mg`), but does not look like a band of patients."""
    word = name(value, also=".")
    if fields.is_band(word):
        raise ValueError(f"{word!r} looks like a band of patients; choose another name")
    return word


def arm_or_band(value: Any) -> str:
    """The name of an arm, or a text that looks like a band of patients (`below 50 kg`)."""
    word = text(value)
    return word if spelling.like_band(word) else arm_name(word)


def arm_names(value: Any) -> tuple[str, ...]:
    """One arm name or a list of them."""
    names = values.one_or_more(value, arm_name)
    if not names or len(set(names)) != len(names):
        raise ValueError("names no arm, or one twice; write each arm once")
    return names


def leaf(
    read: Callable[[Any], Any],
    pattern: str,
    description: str,
    *,
    number: bool = False,
    several: bool = False,
) -> Leaf:
    """A leaf of one text; with `number` also of a whole number, with `several` also of a list."""
    schema: Json = {"type": "string", "pattern": f"^({pattern})$"}
    schema = {"anyOf": [{"type": "integer"}, schema]} if number else schema
    return Leaf(read, {**(_or_list(schema) if several else schema), "description": description})


leaves = partial(leaf, several=True)


def _or_list(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "array", "minItems": 1, "items": schema}]}


def choice(*words: str, also: tuple[bool, ...] = ()) -> Leaf:
    """A leaf of one of a few words; `also` are booleans that an editor may take them for."""
    return Leaf(partial(values.one_of, known=words), {"enum": [*words, *also]})


TEXT = Leaf(values.text, {"type": ["string", "number"], "minLength": 1})
NAME = Leaf(name, {"type": ["string", "number"], "pattern": f"^({_NAME})$"})
DRUG = Leaf(drug_name, {"type": ["string", "number"], "pattern": r"^[^=|;<>\[\]`]+$"})
ARM = Leaf(arm_name, {"type": ["string", "number"], "pattern": r"^([^:/\[\]{},]+)$"})
ARM_OR_BAND = Leaf(arm_or_band, {"type": ["string", "number"], "pattern": r"^([^:\[\]{},]+)$"})
ARMS = Leaf(arm_names, _or_list(ARM.json))
WHOLE_NUMBER = leaf(fields.whole_number, r"[0-9_]+", "a whole number of at least 1", number=True)
COUNT = leaf(fields.count, r"[0-9_]+", "a whole number of at least 1", number=True)
DATE = leaf(values.day, values.DATE.pattern, "like 2026-11-22")
CITATIONS = leaf(fields.citations, r".+", "'key, locator', several separated by '; '")
_SCALED = rf"{NUMBER} (million )?({'|'.join(ACTIVITY_SCALES)})"
_AMOUNT = rf"({_FLAT}|{_SCALED})(/(kg|m2))?(/day|/hour)?|{NUMBER} AUC"
_AMOUNT_LIKE = "like '72_000 IU/kg', '12 million IU/m2', '400 mg', '45 mg/m2/day', '5 AUC'"
AMOUNT = leaf(fields.amount, _AMOUNT, _AMOUNT_LIKE)
PRESCRIBED = leaf(fields.dose_amount, f"{_AMOUNT}|{NOT_STATED}", f"{_AMOUNT_LIKE}, '{NOT_STATED}'")
CAP = leaf(
    partial(values.whole_amount, daily=True), rf"{_FLAT}(/day)?", "the largest dose, like '2 mg'"
)
BSA_CAP = leaf(
    fields.surface_cap, rf"{NUMBER} m2", "the largest body surface area that counts, like '2 m2'"
)
WEIGHT_CAP = leaf(
    fields.weight_cap, rf"{NUMBER} kg", "the largest body weight that counts, like '100 kg'"
)
WEIGHT = leaf(
    fields.weight,
    rf"ideal|actual|adjusted {NUMBER} %",
    "the weight used for an amount per kg: 'ideal', 'adjusted 40 %', 'actual'",
)
STEP = leaf(values.whole_amount, _FLAT, "the step to which a dose is rounded, like '5 mg'")
DURATION = leaf(fields.duration, _LENGTH, "like '8 hours' or '5 to 6 weeks'")
OVER = leaf(fields.duration, _LENGTH, "like '30 minutes' or '30 to 90 minutes'")
BY_TURN = leaf(fields.turns, r"[0-9]+( to [0-9]+| onward)?", "a turn, like 1 or '2 onward'")
REST = leaf(
    fields.rest,
    rf"open|(at least )?{_LENGTH}",
    "like '7 days', '5 to 6 weeks', 'at least 7 weeks'; 'open' if not known in advance",
)
WINDOW = leaf(fields.whole_days, _LENGTH, "how far a dose may be from its day, like '1 day'")
DOSE_EVERY = leaf(
    fields.interval,
    rf"(at least )?{_LENGTH}",
    "like '8 hours' or '5 to 6 weeks'; 'at least 4 hours' for a dose as needed",
)
BLOCK_EVERY = leaf(fields.block_length, _LENGTH, "like '21 days', start to start")
UP_TO = leaf(fields.count_or_span, rf"[0-9_]+|{_LENGTH}", "a number, or a time", number=True)
DAYS = leaves(fields.days, _DAY, "1, [1, 8, 15], '1 to 5', '6 onward'", number=True)
TURNS = leaves(fields.turns, _DAY, "turns of the block around it", number=True)
ONE_DAY = leaf(fields.one_day, r"-?[0-9]+", "a day of the block around it", number=True)
AT = leaves(
    fields.at,
    rf"{_MOMENT}|(up to )?[0-9]+ times a day|up to once a day",
    "08:00, '2 times a day', '+36 hours' or '+3 to +24 hours'; 'up to 3 times a day' as needed",
)
_WEEKDAYS = _or_list({"enum": list(WEEKDAYS)})
STARTS_ON = Leaf(
    fields.weekdays, {**_WEEKDAYS, "description": "the weekday of day 1, or a list of them"}
)
ROUTE = Leaf(fields.route, {"enum": list(ROUTES)})
PRESCRIBED_ROUTE = Leaf(fields.dose_route, {"enum": [*ROUTES, NOT_STATED]})
STOP_AFTER = leaf(
    fields.stop_after,
    rf"[1-9][0-9]* held doses?|delay of {_LENGTH}|{_FLAT}(/(kg|m2))?",
    "'3 held doses', 'delay of 4 weeks', '550 mg/m2'",
)
BLOCK_NAMED = leaf(values.text, r".+", "a block by its name or path")
OTHERWISE = Leaf(
    values.as_written, {"anyOf": [{"type": kind} for kind in ("string", "number", "array")]}
)


_IF_NONE = {
    key: f"write '{key}: {NOT_STATED}' if the source does not say it" for key in ("amount", "route")
} | {"doses": "write its free days as the 'rest' of the block before"}


def _record(title: str, keys: Keys) -> Record:
    required = tuple(name for name, key in keys.items() if key.required)
    shape_of = {name: key.shape for name, key in keys.items()}
    return Record(title, shape_of, required, if_none=_IF_NONE, aliases=spelling.KEYS_LIKE)


def fact_keys(keys: Keys) -> tuple[str, ...]:
    """The keys whose values need a source, an assumption or a `--set`."""
    return tuple(name for name, key in keys.items() if key.fact)


def _timing_keys(keys: Keys, repeat: Keys) -> frozenset[str]:
    """The keys needed to lay out a dose or block in time; those of its repeat as `repeat.times`."""
    timing = [name for name, key in keys.items() if key.half == "when"]
    return frozenset([*timing, *(f"repeat.{name}" for name, key in repeat.items() if key.half)])


_when = partial(Key, half="when", fact=True, settable=True)
_how_much = partial(Key, half="how much", fact=True, settable=True)
_SOURCE = Key(CITATIONS)
_ONLY_IF = Key(TEXT, "only_if", settable=True)

BLOCK_REPEAT: Keys = {
    "times": _when(COUNT, addable=True),
    "up_to": _when(UP_TO, addable=True),
    "every": _when(BLOCK_EVERY, "every"),
    "rest": _when(REST, "rest"),
    "only_if": _ONLY_IF,
    "source": _SOURCE,
}
DOSE_REPEAT: Keys = {
    **BLOCK_REPEAT,
    "every": _when(DOSE_EVERY, "every"),
    "rest": BLOCK_REPEAT["rest"]._replace(half=None),  # refused by `checks`: only a block rests
}
REPEAT_RECORDS = {
    "doses": _record("a repeat of a dose", DOSE_REPEAT)._replace(like=spelling.repeat_of_dose),
    "blocks": _record("a repeat of a block", BLOCK_REPEAT)._replace(like=spelling.repeat_of),
}
BODY_CAPS: Keys = {
    "bsa_cap": _how_much(BSA_CAP, "bsa_cap", addable=True),
    "weight_cap": _how_much(WEIGHT_CAP, "weight_cap", addable=True),
}
"""Caps on the weight and body surface area that count; on a dose, or on the file for all doses."""
_DOSE_KEYS: Keys = {
    "dose": Key(NAME),
    "drug": Key(DRUG, required=True),
    "amount": _how_much(
        Either(PRESCRIBED, Named(ARM_OR_BAND, PRESCRIBED, {"source": CITATIONS})), required=True
    ),
    "route": _how_much(PRESCRIBED_ROUTE, "route", required=True),
    "day": _when(DAYS, "days", required=True),
    "turn": _when(TURNS, "turns"),
    "at": _when(AT, "at", addable=True),
    "over": _when(Either(OVER, Named(BY_TURN, OVER, {"source": CITATIONS})), "over", addable=True),
    "up_to": _when(WHOLE_NUMBER, "up_to"),
    "repeat": Key(REPEAT_RECORDS["doses"], half="when"),
    "cap": _how_much(CAP, "cap", addable=True),
    "round": _how_much(STEP, "round", addable=True),
    **BODY_CAPS,
    "weight": _how_much(WEIGHT, "weight", addable=True),
    "only_if": _ONLY_IF,
    "arm": Key(ARMS, "arms"),
    "during_delay": Key(choice("continue"), fact=True),
    "as_needed": Key(choice("yes", also=(True,)), fact=True),
}
_CITED = {name: CITATIONS for name, key in _DOSE_KEYS.items() if key.fact and key.half}
DOSE: Keys = {
    **_DOSE_KEYS,
    "source": Key(Either(CITATIONS, Record("the sources of a dose", _CITED))),
}
DOSE_RECORD = _record("a dose", DOSE)
_DOSES = Several(DOSE_RECORD, 1)
BLOCK: Keys = {
    "block": Key(NAME, required=True),
    "repeat": Key(REPEAT_RECORDS["blocks"], half="when"),
    "day": _when(ONE_DAY, "day"),
    "rest": _when(REST, "rest"),
    "window": Key(WINDOW, "window", fact=True, settable=True),
    "only_if": _ONLY_IF,
    "arm": Key(ARMS, "arms"),
    "count_as": Key(NAME, "count_as"),
    "doses": Key(_DOSES),
    "blocks": Key(Several(Recursive(lambda: BLOCK_RECORD), 1)),
    "source": _SOURCE,
}
BLOCK_RECORD: Record = _record("a block", BLOCK)._replace(any_of=("doses", "blocks"))
DOSE_TIMING_KEYS = _timing_keys(DOSE, DOSE_REPEAT)
BLOCK_TIMING_KEYS = _timing_keys(BLOCK, BLOCK_REPEAT)
TOTAL = leaf(
    fields.total,
    rf"({NUMBER} to )?{_FLAT}(/(kg|m2))?",
    "what a source says is given in all, like '52.5 million IU', '90 MIU/m2', '40 to 60 mg'",
)
_NOTE = Record("a note", {"text": TEXT, "source": CITATIONS}, ("text",))
_FINDING = Record(
    "a finding",
    {
        "text": TEXT,
        "head": choice("yes", also=(True,)),
        "total": TOTAL,
        "drug": DRUG,
        "block": BLOCK_NAMED,
        "arm": ARM,
        "source": CITATIONS,
    },
    ("text",),
)
SOURCES = Named(
    leaf(name, r"[^.:/\[\]{},]+", "the key that a source is cited by"),
    Record(
        "a source",
        {
            "cite": TEXT,
            "doi": TEXT,
            "pmid": Leaf(values.text, {"type": ["string", "integer"]}),
            "trial": TEXT,
            "url": TEXT,
            "read": choice("full text", "abstract", "registry", "secondary"),
        },
        ("cite", "read"),
    ),
)
_PATIENT_MEASURES: Mapping[str, tuple[Measure, str]] = {
    "weight": ("weight", "'10 kg or more'"),
    "BSA": ("surface", "'up to 1.5 m2'"),
    "age": ("age", "'below 18 years'"),
    "GFR": ("gfr", "'60 mL/min or more'"),
}
_RANGES = {
    key: leaf(partial(fields.range_of, measure=measure), r".+", f"like {like}")
    for key, (measure, like) in _PATIENT_MEASURES.items()
}
REVIEW = Record(
    "a review",
    {
        "name": TEXT,
        "role": TEXT,
        "on": DATE,
        "content_sha256": leaf(values.sha256, r"[0-9a-f]{64}", "of what was reviewed, by il2calc"),
    },
    ("name", "role", "on", "content_sha256"),
)
REVIEWS = Several(REVIEW, 1)
PATIENTS = Record("patients an arm is for", {**_RANGES, "sex": choice("female", "male")})
_ARM_RECORD = Record(
    "an arm", {"text": TEXT, "for": PATIENTS, "caution": TEXT, "source": CITATIONS}, ("text",)
)
_ASSUMPTION = Record(
    "an assumption",
    {"about": TEXT, "text": TEXT, "because": TEXT, "otherwise": OTHERWISE, "source": CITATIONS},
    ("about", "text", "because"),
)
_STOP_RULE = Record(
    "a stop rule",
    {"after": STOP_AFTER, "text": TEXT, "drug": NAME, "block": BLOCK_NAMED, "source": CITATIONS},
    ("after", "text"),
)
REGIMEN = Record(
    "a regimen",
    {
        "regimen": NAME,
        "title": TEXT,
        "for": TEXT,
        "version": WHOLE_NUMBER,
        "read_on": DATE,
        "reviewed_by": TEXT,
        "reviews": REVIEWS,
        "source": CITATIONS,
        "starts_on": STARTS_ON,
        "numbering": choice("with day 0", "without day 0"),
        "arms": Named(ARM, Either(TEXT, _ARM_RECORD)),
        "default_arm": ARM,
        "reduce": choice("no", also=(False,)),
        **{name: key.shape for name, key in BODY_CAPS.items()},
        "doses": _DOSES,
        "blocks": Several(BLOCK_RECORD, 1),
        "alongside": Several(_NOTE),
        "assumptions": Several(_ASSUMPTION),
        "findings": Several(_FINDING),
        "stop_rules": Several(_STOP_RULE, 1),
        "sources": SOURCES,
    },
    ("regimen", "title", "for", "version", "read_on", "sources"),
    any_of=("doses", "blocks"),
)


ALLOWED_AS_NAMES = frozenset(["after", *REVIEW.keys])
"""Keys allowed as names: no path leads to them through a name, and files use them for blocks."""

_SCHEMA = shapes.json_schema(REGIMEN)
_ALL_KEYS = [record["properties"] for record in (_SCHEMA, *_SCHEMA["$defs"].values())]
RESERVED_NAMES = frozenset[str]().union(*_ALL_KEYS) - ALLOWED_AS_NAMES
"""Every key that could stand in a path where a name does; none of them can be a name."""
