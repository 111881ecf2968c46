"""Answers of a monograph to single questions: conversion, compatibility, screening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from il2calc.compatibility import Known
from il2calc.drug import Drug, Measure
from il2calc.exchange import Exchanged
from il2calc.render.drug import cited, equation, measure, question
from il2calc.screening import Answers, Screened, screen, unanswered
from il2calc.units import UCUM, plain, rounded

CONVERSION = "il2calc.conversion/1"
COMPATIBILITY = "il2calc.compatibility/1"
SCREEN = "il2calc.screen/1"
OUTCOMES = {
    "no data": "no data: do not mix",
    "as stated": "only as stated here",
    "given beside": "given beside, not mixed",
}
"""Outcomes that need more words than their name."""


def converted(text: str, found: Exchanged) -> Iterator[str]:
    """A measure in another unit, with the factors that were used."""
    about = "about " if any(factor.figures for factor in found.by) else ""
    yield f"{about}{_amount(found)}{found.per}"
    for factor in found.by:
        yield f"  by {equation(factor)}. {factor.text} {cited(factor.sources)}"
    if not found.by:
        yield f"  {text} needs no factor of a drug"


def conversion_document(text: str, found: Exchanged) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "format": CONVERSION,
        "from": text,
        "value": Decimal(plain(_known(found))),
        "unit": f"{_ucum(found.unit)}{found.per}",
        "figures": found.figures,
        "factors": [
            {
                "is": equation(factor),
                "text": factor.text,
                "source": "; ".join(factor.sources),
            }
            for factor in found.by
        ],
    }


def compatible(drug: Drug, found: Sequence[Known]) -> Iterator[str]:
    """What is known of each other; no data is never told as compatible."""
    for each in found:
        same = each.name is None or each.name.casefold() == each.given.casefold()
        outcome = OUTCOMES.get(each.outcome, each.outcome)
        yield f"{each.given}: {outcome}{'' if same else f' ({each.name})'}"
        for fact in each.facts:
            read = {_read(drug, source) for source in fact.sources}
            secondary = " (secondary source)" if read == {"secondary"} else ""
            yield f"    {fact.text} {cited(fact.sources)}{secondary}"


def _read(drug: Drug, source: str) -> str:
    """How much of a cited source was read."""
    return drug.sources[source.split(",", maxsplit=1)[0]].read


def compatibility_document(drug: Drug, found: Sequence[Known]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "format": COMPATIBILITY,
        "drug": drug.name,
        "others": [
            {
                "given": each.given,
                "name": each.name,
                "outcome": each.outcome,
                "facts": [
                    {
                        "text": fact.text,
                        "source": "; ".join(fact.sources),
                        "read": sorted({_read(drug, source) for source in fact.sources}),
                    }
                    for fact in each.facts
                ],
            }
            for each in found
        ],
    }


def screened(drug: Drug, answers: Answers) -> Iterator[str]:
    """Each rule over the answers, then what was not asked for; or the questions alone."""
    if not drug.questions:
        yield f"The monograph of {drug.name} lists no precautions: nothing can be decided."
        return
    if answers:
        for each in screen(drug, answers):
            yield from _verdict(each)
    missing = unanswered(drug, answers)
    if missing:
        asked = "Not answered, and never taken for fine:"
        yield asked if answers else "Questions (--answer NAME=...):"
        yield from (f"  {question(each)}" for each in missing)
    for heading, facts in drug.sections:
        if heading == "Monitoring":
            yield from (f"Monitor: {fact.text} {cited(fact.sources)}" for fact in facts)


def screen_document(drug: Drug, answers: Answers) -> dict[str, Any]:
    """The same as plain data; the answers themselves are not repeated."""
    return {
        "format": SCREEN,
        "drug": drug.name,
        "rules": [
            {
                "rule": each.rule.name,
                "state": each.state,
                "verdict": each.rule.verdict,
                "met": [condition.text for condition in each.met],
                "of": len(each.rule.conditions),
                "unanswered": list(each.lacking),
                "source": "; ".join(each.rule.sources),
            }
            for each in screen(drug, answers)
        ],
        "unanswered": [each.name for each in unanswered(drug, answers)],
    }


def _verdict(each: Screened) -> Iterator[str]:
    rule = each.rule
    counted = f" {len(each.met)} of {len(rule.conditions)}" if rule.every else ""
    met = f" ({', '.join(_in_words(condition.text) for condition in each.met)})" if each.met else ""
    said = {
        "met": f"met: {rule.verdict}",
        "not met": f"not all met, so not {rule.verdict!r}" if each.met else "not met",
        "does not apply": rule.otherwise or "does not apply",
        "cannot be decided": f"cannot be decided without {', '.join(each.lacking)}",
    }[each.state]
    yield f"{rule.name}{counted}{met}: {said} {cited(rule.sources)}"
    if each.met and rule.text:
        yield f"    {rule.text}"


def _in_words(text: str) -> str:
    for sign, words in ((">=", "at least"), ("<=", "at most"), (">", "above"), ("<", "below")):
        text = text.replace(f" {sign} ", f" {words} ")
    return text.replace("_", " ")


def _amount(found: Exchanged) -> str:
    return measure(Measure(_rounded(found), found.unit), full=True)


def _known(found: Exchanged) -> Decimal:
    """The value, every digit of it unless a factor is known to fewer."""
    limited = any(factor.figures is not None for factor in found.by)
    return _rounded(found) if limited else found.value


def _rounded(found: Exchanged) -> Decimal:
    """The value to the figures that its factors allow."""
    return found.value if found.figures is None else rounded(found.value, found.figures)


def _ucum(unit: str) -> str:
    """A UCUM code; units of a drug's own are annotations."""
    return UCUM.get(unit) or f"{{{unit.replace(' ', '_')}}}"
