"""The keys of a drug file, the meaning of each leaf, and which keys are required."""

from __future__ import annotations

from il2calc.library import drug_fields as of_drug
from il2calc.library import fields
from il2calc.library.schema import (
    AMOUNT,
    CITATIONS,
    DATE,
    DURATION,
    ROUTE,
    SOURCES,
    STEP,
    TEXT,
    WHOLE,
    leaf,
    leaves,
    word,
)
from il2calc.library.shapes import Leaf, Record, Several
from il2calc.units import NUMBER

VERDICTS = ("compatible", "as stated", "incompatible", "avoid", "given beside")
_SINGLE = Leaf(of_drug.single_dose, AMOUNT.json)
_VOLUME = leaf(of_drug.volume, rf"{NUMBER} mL", "like '250 mL'")
_CONCENTRATION = leaf(of_drug.concentration, r".+/mL", "like '21 mg/mL'")
_TEXTS = leaves(of_drug.texts, r".+", "one, or a list")
_ROUTES = Leaf(
    of_drug.routes,
    {"anyOf": [ROUTE.json, {"type": "array", "items": ROUTE.json}]},
)
_YES = word("true", also=(True,))
_FACT = Record("a fact", {"text": TEXT, "source": CITATIONS}, ("text",))
_FACTS = Several(_FACT, 1)
_NAME = leaf(fields.name, r"[^.:/\[\]{},]+", "letters, digits, spaces and hyphens")

SECTIONS = {
    "identity": "Identity",
    "adverse_effects": "Adverse effects, and what is given for them",
    "monitoring": "Monitoring",
    "handling_toxicity": "Handling toxicity",
}
"""Sections of plain sentences: key -> heading."""

DRUG = Record(
    "a drug",
    {
        "drug": _NAME,
        "also": _TEXTS,
        "version": WHOLE,
        "read_on": DATE,
        "source": CITATIONS,
        **dict.fromkeys(SECTIONS, _FACTS),
        "never_the_same": Several(
            Record(
                "another drug", {"name": TEXT, "text": TEXT, "source": CITATIONS}, ("name", "text")
            )
        ),
        "factors": Several(
            Record(
                "a factor",
                {
                    "is": leaf(of_drug.equal, r".+ = .+", "like '18 million IU = 1.1 mg'"),
                    "figures": WHOLE,
                    "text": TEXT,
                    "source": CITATIONS,
                },
                ("is", "text"),
            )
        ),
        "products": Several(
            Record(
                "a product",
                {
                    "product": TEXT,
                    "form": word("vial", "tablet"),
                    "contains": STEP,
                    "add": _VOLUME,
                    "with": TEXT,
                    "how": TEXT,
                    "concentration": _CONCENTRATION,
                    "delivers": STEP,
                    "at_most": STEP,
                    "keeps": DURATION,
                    "single_dose": _YES,
                    "source": CITATIONS,
                },
                ("product", "form", "contains"),
            )
        ),
        "preparations": Several(
            Record(
                "a preparation",
                {
                    "preparation": TEXT,
                    "routes": _ROUTES,
                    "stands_in_for": _ROUTES,
                    "undiluted": _YES,
                    "diluent": TEXT,
                    "bags": Several(
                        Record("a bag", {"volume": _VOLUME, "up_to": STEP}, ("volume",)), 1
                    ),
                    "window": leaf(of_drug.window, r".+ to .+/mL", "like '30 to 70 mcg/mL'"),
                    "first": _FACT,
                    "below": _FACT,
                    "over": DURATION,
                    "filter": TEXT,
                    "container": TEXT,
                    "keeps": DURATION,
                    "notes": _FACTS,
                    "source": CITATIONS,
                },
                ("preparation",),
            )
        ),
        "limits": Several(
            Record(
                "a limit",
                {"route": ROUTE, "amount": _SINGLE, "text": TEXT, "source": CITATIONS},
                ("route", "amount", "text"),
            )
        ),
        "compatibility": Several(
            Record(
                "a meeting",
                {
                    "with": TEXT,
                    "also": _TEXTS,
                    "verdict": word(*VERDICTS),
                    "text": TEXT,
                    "source": CITATIONS,
                },
                ("with", "verdict", "text"),
            )
        ),
        "screen": Record(
            "a screen",
            {
                "source": CITATIONS,
                "questions": Several(
                    Record(
                        "a question",
                        {
                            "name": leaf(of_drug.question, r"[a-z][a-z0-9_]*", "like ecog"),
                            "ask": TEXT,
                            "number": leaf(of_drug.number_range, r".+ to .+", "like '0 to 4'"),
                        },
                        ("name", "ask"),
                    ),
                    1,
                ),
                "rules": Several(
                    Record(
                        "a rule",
                        {
                            "rule": TEXT,
                            "only_if": leaf(of_drug.question, r"[a-z][a-z0-9_]*", "a question"),
                            "all": leaves(of_drug.conditions, r".+", "conditions"),
                            "any": leaves(of_drug.conditions, r".+", "conditions"),
                            "verdict": TEXT,
                            "otherwise": TEXT,
                            "text": TEXT,
                            "source": CITATIONS,
                        },
                        ("rule", "verdict"),
                    ),
                    1,
                ),
            },
            ("questions", "rules"),
        ),
        "sources": SOURCES,
    },
    ("drug", "version", "read_on", "sources"),
)
