"""A monograph in words, section by section, every line with its source.

Also its answers to single questions: conversion, compatibility, screening.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from il2calc.model.drug import (
    Bag,
    Code,
    Compatibility,
    Dilution,
    Drug,
    Fact,
    Factor,
    Figure,
    Other,
    Preparation,
    Product,
    Question,
    Rule,
    Where,
)
from il2calc.model.regimen import ROUTES
from il2calc.pharmacy.answers import (
    Answers,
    CompatibilityAnswer,
    Conversion,
    RuleResult,
    screen,
    unanswered,
)
from il2calc.report import notes, words
from il2calc.report.plain_data import document_head
from il2calc.units import (
    AMOUNT_UNITS,
    UCUM,
    Quantity,
    exact,
    plain,
    rounded,
    safe,
    safe_quantity,
    short,
)

FORMAT = "il2calc.drug/1"
NO_DATA = Fact("No data: no source was read for this. It does not mean that there is none.", ())
"""The text of a section of which the monograph says nothing."""

UNNAMED = "a diluent that is not named"
REGISTERS = {"atc": "ATC", "rxnorm": "RxNorm", "unii": "UNII", "cas": "CAS"}
"""Registers of drugs: key in a file -> name."""

PLACES: dict[Where, str] = {
    "line": "in the same line or bag",
    "diluent": "as a solvent or diluent",
    "patient": "in the same patient",
}
"""Where an incompatibility matters, in words."""


def paragraphs(drug: Drug) -> Iterator[tuple[str, list[str]]]:
    """The monograph in words: headings with the lines under them."""
    synonyms = f" (also: {', '.join(drug.also)})" if drug.also else ""
    file = notes.origin_line(drug.origin)
    yield (
        f"{drug.name}{synonyms}, version {drug.version}",
        [f"File: {file}", f"Program: {words.PROGRAM}"],
    )
    ambiguous = (f"{', '.join(entry.names)}: {fact(entry.fact)}" for entry in drug.ambiguous)
    limits = (
        f"{_routes(limit.routes)}: {limit.in_words()}, {fact(limit.fact)}" for limit in drug.limits
    )
    never_reduced = (
        f"{_routes(entry.routes)}, from {safe_quantity(entry.amount)}: {fact(entry.fact)}"
        for entry in drug.never_reduced
    )
    sections = (
        ("Identity", map(fact, drug.identity)),
        ("Codes", map(_code, drug.codes)),
        ("Ambiguous names", ambiguous),
        ("Not the same drug", map(_other, drug.others)),
        ("Units", map(_factor, (*drug.factors, *drug.scales))),
        ("Products", map(_product, drug.products)),
        ("Preparation", chain.from_iterable(map(_preparation, drug.preparations))),
        ("Largest sourced doses", limits),
        ("Never reduced", never_reduced),
        (
            "Compatibility (what is not listed is not known)",
            map(_compatibility, drug.compatibilities),
        ),
        *((heading, map(fact, facts or (NO_DATA,))) for heading, facts in drug.sections),
        ("Precautions", map(_rule, drug.rules)),
        ("Sources", map(notes.source, drug.sources.values())),
    )
    yield from ((heading, texts) for heading, lines in sections if (texts := list(lines)))
    yield "Standing", [f"Read on {drug.read_on}; {words.NOT_REVIEWED}.", words.DISCLAIMER]


def document(drug: Drug) -> dict[str, Any]:
    """The monograph as plain data."""
    return {
        **document_head(FORMAT),
        "drug": drug.name,
        "also": list(drug.also),
        "version": drug.version,
        "read_on": drug.read_on,
        "file": drug.origin.file,
        "sha256": drug.origin.sha256,
        "sections": [{"heading": heading, "lines": lines} for heading, lines in paragraphs(drug)],
    }


def fact(fact: Fact) -> str:
    """A sentence with its source."""
    return f"{fact.text} {cited(fact.sources)}" if fact.sources else fact.text


def _code(code: Code) -> str:
    return f"{REGISTERS[code.system]}: {code.code or 'none found'} {cited(code.sources)}"


def _other(other: Other) -> str:
    synonyms = f" ({', '.join(other.also)})" if other.also else ""
    return f"{other.name}{synonyms}: {fact(other.fact)}"


def _compatibility(entry: Compatibility) -> str:
    where = f" {words.listed([PLACES[place] for place in entry.where])}" if entry.where else ""
    return f"{entry.name}: {entry.verdict}{where}. {fact(entry.fact)}"


def cited(sources: Iterable[str]) -> str:
    """Sources in brackets."""
    return f"[{'; '.join(sources)}]"


def _factor(factor: Factor) -> str:
    return f"{equation(factor)}. {factor.text} {cited(factor.sources)}"


def equation(factor: Factor) -> str:
    """The two measures that a conversion factor equates."""
    return f"{measure(factor.left)} = {measure(factor.right)}"


def measure(measure: Figure, *, full: bool = False) -> str:
    """A measure in safe style; units of the drug's own keep their names. All digits if `full`."""
    if measure.unit not in AMOUNT_UNITS:
        return f"{exact(measure.value)} {measure.unit}"
    if full:
        return safe_quantity(Quantity(measure.value, measure.unit))
    return safe(measure.value, measure.unit)


def _product(product: Product) -> str:
    graduation = product.graduation and f"graduated in {plain(product.graduation)} mL"
    parts = (
        f"{product.name}: contains {safe_quantity(product.contains)}",
        "" if product.added is None else f"add {plain(product.added)} mL of {product.solvent}",
        "" if product.concentration is None else f"then {safe_quantity(product.concentration)}/mL",
        "" if product.delivers is None else f"counted as {safe_quantity(product.delivers)}",
        "" if product.at_most is None else f"at the very best {safe_quantity(product.at_most)}",
        "" if product.keeps is None else f"keeps {product.keeps.text} once made up",
        f"drawn into a syringe {graduation}" if graduation else "",
        "single dose, without preservative" if product.single_dose else "",
    )
    instructions = f" {product.how}" if product.how else ""
    return f"{', '.join(filter(None, parts))}.{instructions} {cited(product.sources)}"


def _preparation(method: Preparation) -> Iterator[str]:
    """A method of preparation: a headline, then a line for each detail."""
    routes = _routes(method.routes)
    head = f"{method.name}{f' ({routes})' if routes else ''}: "
    if method.undiluted:
        head += "given undiluted"
    elif method.diluent or method.bags or method.window:
        head += f"in {method.diluent or UNNAMED}"
    if method.bags:
        head += f", {'; '.join(_bag_text(bag) for bag in method.bags)}"
    if method.window is not None:
        head += f"; {window(method.window)}"
    yield f"{head.removesuffix(': ')}. {cited(method.sources)}"
    if method.stands_in_for:
        routes = _routes(method.stands_in_for)
        yield f"  Shown for {routes} too, as an assumption: no preparation of its own is described."
    if method.dilution is not None:
        yield f"  {words.capitalized(dilution(method.dilution))}"
    yield from (f"  {fact(note)}" for note in (method.first, method.below) if note is not None)
    if (additive := method.additive) is not None:
        yield (
            f"  {words.capitalized(additive.name)} to {plain(additive.share)} %, from a solution "
            f"of {plain(additive.stock)} %. {cited(additive.sources)}"
        )
    details = [
        f"over {method.over.text}" if method.over else "",
        f"filter: {method.filter}" if method.filter else "",
        f"container: {method.container}" if method.container else "",
        f"keeps {keeps(method)}" if method.keeps else "",
    ]
    if any(details):
        yield f"  {words.capitalized('; '.join(filter(None, details)))}. {cited(method.sources)}"
    yield from (f"  {fact(note)}" for note in method.notes)


def dilution(step: Dilution, amounts: str = "") -> str:
    """The dilution before a small dose is measured, and what it rests on.

    Args:
        amounts: an addition: what the volume taken contains, and what a mL then contains.
    """
    basis = cited(step.sources) if step.because is None else f"(an assumption: {step.because})"
    keeping = f", keeps {step.keeps.text}" if step.keeps is not None else ""
    return (
        f"for doses up to {safe_quantity(step.up_to)} dilute first: {plain(step.take)} mL of the "
        f"concentrate, made up to {plain(step.to)} mL with {step.diluent}{amounts}{keeping} {basis}"
    )


def window(limits: tuple[Quantity, Quantity]) -> str:
    """The lowest and the highest concentration that a method allows."""
    low, high = limits
    return f"{short(low.value)} to {short(high.value)} {low.unit}/mL"


def keeps(method: Preparation) -> str:
    """How long a preparation keeps, and from when; empty where that is not known."""
    if method.keeps is None:
        return ""
    start = f" from {method.keeps_from}" if method.keeps_from else ""
    return f"{method.keeps.text}{start}"


def _rule(rule: Rule) -> str:
    quantity = "all of" if rule.every else "any of"
    listed = ", ".join(condition.text.replace("_", " ") for condition in rule.conditions)
    only_if = f" (only if {rule.only_if.replace('_', ' ')})" if rule.only_if else ""
    explanation = f" {rule.text}" if rule.text else ""
    head = f"{words.capitalized(rule.name)}{only_if}: {quantity} {listed}"
    return f"{head}: {rule.verdict}.{explanation} {cited(rule.sources)}"


def question(question: Question) -> str:
    """A question and the answers that it allows."""
    if question.least is None or question.most is None:
        return f"{question.name}=yes|no  {question.ask}"
    low, high = plain(question.least), plain(question.most)
    return f"{question.name}=NUMBER  {question.ask} ({low} to {high})"


def _bag_text(bag: Bag) -> str:
    limit = f" up to {safe_quantity(bag.up_to)}" if bag.up_to is not None else ""
    return f"{bag.in_words()}{limit}"


def _routes(routes: Iterable[str]) -> str:
    return words.listed([ROUTES[route] for route in routes])


CONVERSION = "il2calc.conversion/1"
COMPATIBILITY = "il2calc.compatibility/1"
SCREEN = "il2calc.screen/1"
OUTCOMES = {
    "no data": "no data: do not mix",
    "as stated": "only as stated here",
    "given beside": "given beside, not mixed",
}
"""Outcomes that need more words than their name."""


def conversion_lines(text: str, result: Conversion) -> Iterator[str]:
    """A measure in another unit, with the conversion factors used."""
    value = _rounded(result)
    approximate = value != result.value or any(factor.figures for factor in result.factors)
    about = "about " if approximate else ""
    yield f"{about}{measure(Figure(value, result.unit), full=True)}{result.per}"
    yield from (f"  by {_factor(factor)}" for factor in result.factors)
    if not result.factors:
        yield f"  {text} needs no drug factor"


def conversion_document(text: str, result: Conversion) -> dict[str, Any]:
    """The conversion as plain data; rounded only if a factor has a limited precision."""
    limited = any(factor.figures is not None for factor in result.factors)
    return {
        **document_head(CONVERSION),
        "from": text,
        "value": Decimal(plain(_rounded(result) if limited else result.value)),
        "unit": f"{_ucum(result.unit)}{result.per}",
        "figures": result.figures,
        "factors": [
            {"is": equation(factor), "text": factor.text, "source": "; ".join(factor.sources)}
            for factor in result.factors
        ],
    }


def compatibility_lines(drug: Drug, results: Sequence[CompatibilityAnswer]) -> Iterator[str]:
    """What is known about each combination; where there is no data, it never says compatible."""
    for result in results:
        same = result.name is None or result.name.casefold() == result.asked_name.casefold()
        outcome = OUTCOMES.get(result.outcome, result.outcome)
        yield f"{result.asked_name}: {outcome}{'' if same else f' ({result.name})'}"
        for fact in result.facts:
            read = {_extent_read(drug, source) for source in fact.sources}
            secondary = " (secondary source)" if read == {"secondary"} else ""
            yield f"    {fact.text} {cited(fact.sources)}{secondary}"


def _extent_read(drug: Drug, source: str) -> str:
    return drug.sources[source.split(",", maxsplit=1)[0]].read


def compatibility_document(drug: Drug, results: Sequence[CompatibilityAnswer]) -> dict[str, Any]:
    """The compatibilities as plain data."""
    return {
        **document_head(COMPATIBILITY),
        "drug": drug.name,
        "others": [
            {
                "given": result.asked_name,
                "name": result.name,
                "outcome": result.outcome,
                "facts": [
                    {
                        "text": fact.text,
                        "source": "; ".join(fact.sources),
                        "read": sorted({_extent_read(drug, source) for source in fact.sources}),
                    }
                    for fact in result.facts
                ],
            }
            for result in results
        ],
    }


def screening_lines(drug: Drug, answers: Answers) -> Iterator[str]:
    """The result of each rule and the questions left open; without any answer, all questions."""
    if not drug.questions:
        yield f"The monograph of {drug.name} lists no precautions: nothing can be decided."
        return
    if answers:
        for result in screen(drug, answers):
            yield from _result_lines(result)
    if missing := unanswered(drug, answers):
        label = "Not answered, and never assumed to be fine:"
        yield label if answers else "Questions (--answer NAME=...):"
        yield from (f"  {question(asked)}" for asked in missing)
    for heading, facts in drug.sections:
        if heading.startswith("Contraindications") and facts:
            yield f"Only what is asked here was checked; the monograph has more: {heading}"
        if heading == "Monitoring":
            yield from (f"Monitor: {fact(entry)}" for entry in facts)


def screen_document(drug: Drug, answers: Answers) -> dict[str, Any]:
    """The results as plain data; the answers themselves are not repeated."""
    return {
        **document_head(SCREEN),
        "drug": drug.name,
        "rules": [
            {
                "rule": result.rule.name,
                "state": result.state,
                "verdict": result.rule.verdict,
                "met": [condition.text for condition in result.met],
                "of": len(result.rule.conditions),
                "unanswered": list(result.unanswered),
                "source": "; ".join(result.rule.sources),
            }
            for result in screen(drug, answers)
        ],
        "unanswered": [question.name for question in unanswered(drug, answers)],
    }


def _result_lines(result: RuleResult) -> Iterator[str]:
    rule = result.rule
    count = f" {len(result.met)} of {len(rule.conditions)}" if rule.every else ""
    conditions = ", ".join(_comparison_text(condition.text) for condition in result.met)
    met = f" ({conditions})" if result.met else ""
    outcome = {
        "met": f"met: {rule.verdict}",
        "not met": f"not all met, so not {rule.verdict!r}" if result.met else "not met",
        "does not apply": rule.otherwise or "does not apply",
        "cannot be decided": f"cannot be decided without {', '.join(result.unanswered)}",
    }[result.state]
    yield f"{rule.name}{count}{met}: {outcome} {cited(rule.sources)}"
    if result.met and rule.text:
        yield f"    {rule.text}"


def _comparison_text(text: str) -> str:
    for sign, phrase in ((">=", "at least"), ("<=", "at most"), (">", "above"), ("<", "below")):
        text = text.replace(f" {sign} ", f" {phrase} ")
    return text.replace("_", " ")


def _rounded(result: Conversion) -> Decimal:
    """The value to the significant figures that its factors allow."""
    return result.value if result.figures is None else rounded(result.value, result.figures)


_BODY_UNITS = {"lb": "[lb_av]", "m": "m", "cm": "cm", "in": "[in_i]", "ft": "[ft_i]"}
"""UCUM codes of weights and heights."""


def _ucum(unit: str) -> str:
    """The UCUM code of a unit; a unit of the drug's own becomes an annotation."""
    return UCUM.get(unit) or _BODY_UNITS.get(unit) or f"{{{unit.replace(' ', '_')}}}"
