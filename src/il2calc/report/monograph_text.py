"""A monograph in words, section by section, every line with its source.

Answers of a monograph to single questions: conversion, compatibility, screening.
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
    Measure,
    Other,
    Preparation,
    Product,
    Question,
    Rule,
    Where,
)
from il2calc.model.regimen import ROUTES
from il2calc.pharmacy.answers import Answers, Exchanged, Known, Screened, screen, unanswered
from il2calc.report import notes, words
from il2calc.report.plain_data import headed
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
"""What a chapter says of which a monograph says nothing."""

UNNAMED = "a diluent that is not named"
REGISTERS = {"atc": "ATC", "rxnorm": "RxNorm", "unii": "UNII", "cas": "CAS"}
"""Registers of drugs as people write them."""

PLACES: dict[Where, str] = {
    "line": "in the same line or bag",
    "diluent": "as a solvent or diluent",
    "patient": "in the same patient",
}
"""What a warning speaks of, in words."""


def paragraphs(drug: Drug) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them."""
    also = f" (also: {', '.join(drug.also)})" if drug.also else ""
    file = notes.origin_line(drug.origin)
    yield (
        f"{drug.name}{also}, version {drug.version}",
        [f"File: {file}", f"Program: {words.PROGRAM}"],
    )
    sections = (
        ("Identity", map(fact, drug.identity)),
        ("Codes", map(code, drug.codes)),
        (
            "Ambiguous names",
            (f"{', '.join(each.names)}: {fact(each.fact)}" for each in drug.ambiguous),
        ),
        ("Not the same drug", map(other, drug.others)),
        ("Units", map(factor, (*drug.factors, *drug.scales))),
        ("Products", map(product, drug.products)),
        ("Preparation", chain.from_iterable(map(preparation, drug.preparations))),
        (
            "Largest sourced doses",
            (
                f"{_routes(each.routes)}: {each.in_words()}, {fact(each.fact)}"
                for each in drug.limits
            ),
        ),
        (
            "Never reduced",
            (
                f"{_routes(each.routes)}, from {safe_quantity(each.amount)}: {fact(each.fact)}"
                for each in drug.never_reduced
            ),
        ),
        ("Compatibility (what is not listed is not known)", map(compatibility, drug.meetings)),
        *((heading, map(fact, facts or (NO_DATA,))) for heading, facts in drug.sections),
        ("Precautions", map(rule, drug.rules)),
        ("Sources", map(notes.source, drug.sources.values())),
        ("Standing", iter([f"Read on {drug.read_on}; {words.NOT_REVIEWED}.", words.DISCLAIMER])),
    )
    for heading, lines in sections:
        if listed := list(lines):
            yield heading, listed


def document(drug: Drug) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **headed(FORMAT),
        "drug": drug.name,
        "also": list(drug.also),
        "version": drug.version,
        "read_on": drug.read_on,
        "file": drug.origin.file,
        "sha256": drug.origin.sha256,
        "sections": [{"heading": heading, "lines": lines} for heading, lines in paragraphs(drug)],
    }


def fact(each: Fact) -> str:
    """A sentence with its source."""
    return f"{each.text} {cited(each.sources)}" if each.sources else each.text


def code(each: Code) -> str:
    """What a register calls the drug."""
    return f"{REGISTERS[each.system]}: {each.code or 'none found'} {cited(each.sources)}"


def other(each: Other) -> str:
    """Another preparation that is taken for the drug."""
    also = f" ({', '.join(each.also)})" if each.also else ""
    return f"{each.name}{also}: {fact(each.fact)}"


def compatibility(each: Compatibility) -> str:
    """What is known of the drug with something else."""
    where = f" {words.listed([PLACES[place] for place in each.where])}" if each.where else ""
    return f"{each.name}: {each.verdict}{where}. {fact(each.fact)}"


def cited(sources: Iterable[str]) -> str:
    """Sources in brackets."""
    return f"[{'; '.join(sources)}]"


def factor(each: Factor) -> str:
    """A factor with what is said of it."""
    return f"{equation(each)}. {each.text} {cited(each.sources)}"


def equation(each: Factor) -> str:
    """Two measures that are the same."""
    return f"{measure(each.left)} = {measure(each.right)}"


def measure(each: Measure, *, full: bool = False) -> str:
    """A measure in the safe style, units of the drug's own by their names; all digits if `full`."""
    if each.unit not in AMOUNT_UNITS:
        return f"{exact(each.value)} {each.unit}"
    if full:
        return safe_quantity(Quantity(each.value, each.unit))
    return safe(each.value, each.unit)


def product(each: Product) -> str:
    """A product: what it holds, how it is made up, what it gives."""
    lines = each.graduation and f"graduated in {plain(each.graduation)} mL"
    parts = (
        f"{each.name}: contains {safe_quantity(each.contains)}",
        "" if each.added is None else f"add {plain(each.added)} mL of {each.solvent}",
        "" if each.concentration is None else f"then {safe_quantity(each.concentration)}/mL",
        "" if each.delivers is None else f"counted as {safe_quantity(each.delivers)}",
        "" if each.at_most is None else f"at the very best {safe_quantity(each.at_most)}",
        "" if each.keeps is None else f"keeps {each.keeps.text} once made up",
        f"drawn into a syringe {lines}" if lines else "",
        "single dose, without preservative" if each.single_dose else "",
    )
    how = f" {each.how}" if each.how else ""
    return f"{', '.join(filter(None, parts))}.{how} {cited(each.sources)}"


def preparation(each: Preparation) -> Iterator[str]:
    """A way of making a dose up, a line per thing to mind."""
    routes = _routes(each.routes)
    head = f"{each.name}{f' ({routes})' if routes else ''}: "
    if each.undiluted:
        head += "given undiluted"
    elif each.diluent or each.bags or each.window:
        head += f"in {each.diluent or UNNAMED}"
    if each.bags:
        head += f", {'; '.join(_bag(bag) for bag in each.bags)}"
    if each.window is not None:
        low, high = each.window
        head += f"; {short(low.value)} to {short(high.value)} {low.unit}/mL"
    yield f"{head.removesuffix(': ')}. {cited(each.sources)}"
    if each.stands_in_for:
        routes = _routes(each.stands_in_for)
        yield f"  Shown for {routes} too, as an assumption: no preparation of its own is described."
    if each.dilution is not None:
        yield f"  {words.title(dilution(each.dilution))}"
    yield from (f"  {fact(said)}" for said in (each.first, each.below) if said is not None)
    if (additive := each.additive) is not None:
        yield (
            f"  {words.title(additive.name)} to {plain(additive.share)} %, from a solution of "
            f"{plain(additive.stock)} %. {cited(additive.sources)}"
        )
    details = [
        f"over {each.over.text}" if each.over else "",
        f"filter: {each.filter}" if each.filter else "",
        f"container: {each.container}" if each.container else "",
        f"keeps {keeps(each)}" if each.keeps else "",
    ]
    if any(details):
        yield f"  {words.title('; '.join(filter(None, details)))}. {cited(each.sources)}"
    yield from (f"  {fact(note)}" for note in each.notes)


def dilution(each: Dilution, unit: str = "") -> str:
    """The step before a small dose is measured, and what it rests on.

    Args:
        unit: what the taken volume holds, and what is then in a mL, as an addition.
    """
    behind = cited(each.sources) if each.because is None else f"(an assumption: {each.because})"
    kept = f", keeps {each.keeps.text}" if each.keeps is not None else ""
    return (
        f"for doses up to {safe_quantity(each.up_to)} dilute first: {plain(each.take)} mL of the "
        f"concentrate, made up to {plain(each.to)} mL with {each.diluent}{unit}{kept} {behind}"
    )


def keeps(each: Preparation) -> str:
    """How long a preparation keeps, and from when on; nothing where that is not known."""
    if each.keeps is None:
        return ""
    return f"{each.keeps.text} from {each.keeps_from}" if each.keeps_from else each.keeps.text


def rule(each: Rule) -> str:
    """A precaution: conditions, verdict, source."""
    how = "all of" if each.every else "any of"
    listed = ", ".join(condition.text.replace("_", " ") for condition in each.conditions)
    when = f" (only if {each.only_if.replace('_', ' ')})" if each.only_if else ""
    more = f" {each.text}" if each.text else ""
    head = f"{words.title(each.name)}{when}: {how} {listed}"
    return f"{head}: {each.verdict}.{more} {cited(each.sources)}"


def question(each: Question) -> str:
    """A question, and what may be answered."""
    if each.least is None or each.most is None:
        return f"{each.name}=yes|no  {each.ask}"
    return f"{each.name}=NUMBER  {each.ask} ({plain(each.least)} to {plain(each.most)})"


def _bag(each: Bag) -> str:
    limit = f" up to {safe_quantity(each.up_to)}" if each.up_to is not None else ""
    return f"{each.told()}{limit}"


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


def converted(text: str, found: Exchanged) -> Iterator[str]:
    """A measure in another unit, with the factors that were used."""
    loose = found.figures if not found.by else any(factor.figures for factor in found.by)
    about = "about " if loose else ""
    yield f"{about}{measure(Measure(_rounded(found), found.unit), full=True)}{found.per}"
    for factor in found.by:
        yield f"  by {equation(factor)}. {factor.text} {cited(factor.sources)}"
    if not found.by:
        yield f"  {text} needs no drug factor"


def conversion_document(text: str, found: Exchanged) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **headed(CONVERSION),
        "from": text,
        "value": Decimal(plain(_known(found))),
        "unit": f"{_ucum(found.unit)}{found.per}",
        "figures": found.figures,
        "factors": [
            {"is": equation(factor), "text": factor.text, "source": "; ".join(factor.sources)}
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
        **headed(COMPATIBILITY),
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
        asked = "Not answered, and never assumed to be fine:"
        yield asked if answers else "Questions (--answer NAME=...):"
        yield from (f"  {question(each)}" for each in missing)
    for heading, facts in drug.sections:
        if heading == "Monitoring":
            yield from (f"Monitor: {fact.text} {cited(fact.sources)}" for fact in facts)


def screen_document(drug: Drug, answers: Answers) -> dict[str, Any]:
    """The same as plain data; the answers themselves are not repeated."""
    return {
        **headed(SCREEN),
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
    for sign, said in ((">=", "at least"), ("<=", "at most"), (">", "above"), ("<", "below")):
        text = text.replace(f" {sign} ", f" {said} ")
    return text.replace("_", " ")


def _known(found: Exchanged) -> Decimal:
    """The value, every digit of it unless a factor is known to fewer."""
    limited = any(factor.figures is not None for factor in found.by)
    return _rounded(found) if limited else found.value


def _rounded(found: Exchanged) -> Decimal:
    """The value to the figures that its factors allow."""
    return found.value if found.figures is None else rounded(found.value, found.figures)


_OF_A_BODY = {"lb": "[lb_av]", "m": "m", "cm": "cm", "in": "[in_i]", "ft": "[ft_i]"}
"""UCUM codes of weights and heights."""


def _ucum(unit: str) -> str:
    """A UCUM code; units of a drug's own are annotations."""
    return UCUM.get(unit) or _OF_A_BODY.get(unit) or f"{{{unit.replace(' ', '_')}}}"
