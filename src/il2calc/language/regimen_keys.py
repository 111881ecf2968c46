"""The keys of a regimen file, the meaning of each leaf, and which keys are required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from il2calc.language import fields
from il2calc.model.regimen import ROUTES
from il2calc.text import values
from il2calc.text.shapes import Again, Either, Leaf, Named, Record, Several
from il2calc.units import AMOUNT_UNITS, NUMBER

_UNIT = "|".join((*AMOUNT_UNITS, "MIU"))
_LENGTH = rf"{NUMBER}( to {NUMBER})? (minutes?|hours?|days?|weeks?)"
_FLAT = rf"{NUMBER} (million )?({_UNIT})"
_DAY = r"-?[0-9]+( to -?[0-9]+| onward)?"
_MOMENT = rf"([01][0-9]|2[0-3]):[0-5][0-9]|[+-]{NUMBER} [a-z]+"
_NAME = r"[^.:/\[\]{},]+"


def leaf(read: Callable[[Any], Any], pattern: str, help_: str, *, number: bool = False) -> Leaf:
    """A leaf of one text, or of a whole number where `number`."""
    text = {"type": "string", "pattern": f"^({pattern})$"}
    return Leaf(read, {**_either(text, number), "description": help_})


def leaves(read: Callable[[Any], Any], pattern: str, help_: str, *, number: bool = False) -> Leaf:
    """A leaf of one text or a list of them, or of whole numbers where `number`."""
    one = _either({"type": "string", "pattern": f"^({pattern})$"}, number)
    several = {"type": "array", "minItems": 1, "items": one}
    return Leaf(read, {"anyOf": [one, several], "description": help_})


def _either(text: dict[str, Any], number: bool) -> dict[str, Any]:
    return {"anyOf": [{"type": "integer"}, text]} if number else text


def word(*words: str, also: tuple[bool, ...] = ()) -> Leaf:
    """A leaf of one of a few words; an editor may also see them as the booleans of YAML."""

    def read(value: Any) -> str:
        given = values.text(value)
        if given not in words:
            wanted = " or ".join(repr(each) for each in words)
            raise ValueError(f"{given!r} is not known here; write {wanted}")
        return given

    return Leaf(read, {"enum": [*words, *also]})


TEXT = Leaf(values.text, {"type": ["string", "number"], "minLength": 1})
NAME = Leaf(fields.name, {"type": ["string", "number"], "pattern": f"^({_NAME})$"})
ARM = Leaf(fields.arm_name, {"type": ["string", "number"], "pattern": r"^([^:/\[\]{},]+)$"})
_SEVERAL_ARMS = {"type": "array", "minItems": 1, "items": ARM.json}
ARMS = Leaf(fields.names, {"anyOf": [ARM.json, _SEVERAL_ARMS]})
WHOLE = leaf(fields.whole, r"[0-9_]+", "a whole number of at least 1", number=True)
DATE = leaf(fields.day_of_year, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "like 2026-11-22")
CITATIONS = leaf(fields.citations, r".+", "'key, locator', several separated by '; '")
AMOUNT = leaf(
    fields.amount,
    rf"{_FLAT}(/(kg|m2))?(/day)?|{NUMBER} AUC",
    "like '72_000 IU/kg', '12 million IU/m2', '400 mg', '45 mg/m2/day', '5 AUC'",
)
CAP = leaf(fields.flat_amount, rf"{_FLAT}(/day)?", "the most a dose may be, like '2 mg'")
STEP = leaf(fields.step, _FLAT, "the step to which a dose is rounded, like '5 mg'")
DURATION = leaf(fields.duration, _LENGTH, "like '8 hours' or '5 to 6 weeks'")
WHOLE_DAYS = leaf(fields.whole_days, _LENGTH, "like '7 days' or '5 to 6 weeks'")
BLOCK_EVERY = leaf(fields.block_length, _LENGTH, "like '21 days', start to start")
UP_TO = leaf(fields.count_or_span, rf"[0-9_]+|{_LENGTH}", "a number, or a time", number=True)
DAYS = leaves(fields.days, _DAY, "1, [1, 8, 15], '1 to 5', '6 onward'", number=True)
TURNS = leaves(fields.turns, _DAY, "turns of the block around it", number=True)
ONE_DAY = leaf(fields.one_day, r"-?[0-9]+", "a day of the block around it", number=True)
AT = leaves(fields.at, rf"{_MOMENT}|[0-9]+ times a day", "08:00, '2 times a day' or '+36 hours'")
ROUTE = Leaf(fields.route, {"enum": list(ROUTES)})
OTHERWISE = Leaf(
    fields.shown, {"anyOf": [{"type": kind} for kind in ("string", "number", "array")]}
)
DOSE_FACTS = ("amount", "route", "day", "turn", "at", "over", "cap", "round")
"""The facts of a dose that may each name a source of their own."""


def _repeat(title: str, every: Leaf) -> Record:
    keys = {"times": WHOLE, "up_to": UP_TO, "every": every, "rest": WHOLE_DAYS, "only_if": TEXT}
    return Record(title, {**keys, "source": CITATIONS})


_DOSE = Record(
    "a dose",
    {
        "dose": NAME,
        "drug": NAME,
        "amount": Either(AMOUNT, Named(ARM, AMOUNT, {"source": CITATIONS})),
        "route": ROUTE,
        "day": DAYS,
        "turn": TURNS,
        "at": AT,
        "over": DURATION,
        "repeat": _repeat("a repeat of a dose", DURATION),
        "cap": CAP,
        "round": STEP,
        "only_if": TEXT,
        "arm": ARMS,
        "during_delay": word("continue"),
        "source": Either(
            CITATIONS, Record("the sources of a dose", dict.fromkeys(DOSE_FACTS, CITATIONS))
        ),
    },
    ("drug", "amount", "route", "day"),
)
_BLOCK: Record = Record(
    "a block",
    {
        "block": NAME,
        "repeat": _repeat("a repeat of a block", BLOCK_EVERY),
        "day": ONE_DAY,
        "rest": WHOLE_DAYS,
        "only_if": TEXT,
        "arm": ARMS,
        "doses": Several(_DOSE, 1),
        "blocks": Several(Again(lambda: _BLOCK), 1),
        "source": CITATIONS,
    },
    ("block",),
)
_NOTE = Record("a note", {"text": TEXT, "source": CITATIONS}, ("text",))
SOURCES = Named(
    leaf(fields.name, r"[^.:/\[\]{},]+", "the key that a source is cited by"),
    Record(
        "a source",
        {
            "cite": TEXT,
            "doi": TEXT,
            "pmid": Leaf(values.text, {"type": ["string", "integer"]}),
            "trial": TEXT,
            "url": TEXT,
            "read": word("full text", "abstract", "registry", "secondary"),
        },
        ("cite", "read"),
    ),
)
REGIMEN = Record(
    "a regimen",
    {
        "regimen": NAME,
        "title": TEXT,
        "for": TEXT,
        "version": WHOLE,
        "read_on": DATE,
        "reviewed_by": TEXT,
        "source": CITATIONS,
        "numbering": word("with day 0", "without day 0"),
        "arms": Named(
            ARM,
            Either(
                TEXT,
                Record("an arm", {"text": TEXT, "caution": TEXT, "source": CITATIONS}, ("text",)),
            ),
        ),
        "default_arm": ARM,
        "reduce": word("no", also=(False,)),
        "doses": Several(_DOSE, 1),
        "blocks": Several(_BLOCK, 1),
        "alongside": Several(_NOTE),
        "assumptions": Several(
            Record(
                "an assumption",
                {
                    "about": TEXT,
                    "text": TEXT,
                    "because": TEXT,
                    "otherwise": OTHERWISE,
                    "source": CITATIONS,
                },
                ("about", "text", "because"),
            )
        ),
        "findings": Several(_NOTE),
        "sources": SOURCES,
    },
    ("regimen", "title", "for", "version", "read_on", "sources"),
)
