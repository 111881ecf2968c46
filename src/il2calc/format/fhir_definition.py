"""A regimen as FHIR R4: a PlanDefinition, and an ActivityDefinition for each dose and arm.

The functions for numbers, codes, ids and dosages are shared with `fhir`.

Both resources are drafts. Blocks are nested actions, each described in a sentence; what a Timing
cannot express, such as a rest between turns, is in that sentence only. A maximum is a `countMax`, a
condition an applicability.

References: FHIR R4 (4.0.1), hl7.org/fhir/R4.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from uuid import UUID, uuid5

from il2calc.format.json import dumped
from il2calc.model.evidence import Source
from il2calc.model.measure import IN_WORDS, Bands
from il2calc.model.regimen import (
    NOT_STATED,
    ROUTES,
    Block,
    Dose,
    Regimen,
    Repeat,
    amount_in_words,
    day_at,
)
from il2calc.plan.calendar import clock
from il2calc.report import notes, plain_data, words
from il2calc.report.regimen_text import arms, general_rules, sentence, stop_rules
from il2calc.units import UCUM as CODES
from il2calc.units import Quantity, Span, safe_quantity

Resource = dict[str, Any]

Codings = Mapping[str, Sequence[Mapping[str, str]]]
"""The codings of each drug that has any, by its name."""

_NAMESPACE = UUID("5f0c3f0e-3c43-5d5e-9f7c-2b1f6d4f8a10")
"""The namespace of our ids; it must never change."""

DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
UCUM = "http://unitsofmeasure.org"
NOTES = "https://github.com/il2calc/il2calc/dose-note"
"""System of the codes that docs/reference/outputs.md lists."""

DAYS_OF_CYCLE = "http://hl7.org/fhir/StructureDefinition/timing-daysOfCycle"
_MAX_LISTED_DAYS = 400
"""If there are more days than this, they are in the sentence only."""


def number(value: Decimal | int) -> Decimal | int:
    """A number with at most 15 digits, halves rounded up."""
    return plain_data.number(DIGITS.plus(Decimal(value)))


def quantity(value: Decimal | int, unit: str) -> Resource:
    """A number with its UCUM unit."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def concept(text: str, codings: Sequence[Mapping[str, str]] = ()) -> Resource:
    """A text, with its codes if there are any."""
    coding = {"coding": [dict(code) for code in codings]} if codings else {}
    return {**coding, "text": text}


def nonempty(resource: Resource) -> Resource:
    """A resource without its empty elements, which FHIR does not allow."""
    return {name: value for name, value in resource.items() if value}


def days_of_cycle(days: Iterable[int]) -> Resource:
    """The days of a block turn on which something is due."""
    listed = [{"url": "day", "valueInteger": day} for day in days]
    return {"extension": [{"url": DAYS_OF_CYCLE, "extension": listed}]}


def dosage(
    texts: Sequence[str],
    qualifiers: Iterable[tuple[str, str]],
    timing: Resource,
    route: str | None,
    dose: Resource | None,
    *,
    at_need: bool,
) -> Resource:
    """A dosage, in words and as far as FHIR has elements for it.

    Args:
        texts: what it is and when, in words.
        qualifiers: its maxima, conditions, ranges and unstated values, each a code and a text.
        route: in words; None if it is not stated.
        dose: its amount, if there is exactly one.
    """
    coded = [concept(text, [{"system": NOTES, "code": code}]) for code, text in qualifiers]
    elements = {
        "text": "; ".join((*texts, *(instruction["text"] for instruction in coded))),
        "additionalInstruction": coded,
        "timing": timing,
        "asNeededBoolean": at_need,
        "route": route and concept(route),
        "doseAndRate": dose and [{"doseQuantity": dose}],
    }
    return nonempty(elements)


def lasting(shortest: int, longest: int) -> Resource:
    """The duration of an infusion [min]."""
    maximum = {"durationMax": longest} if longest > shortest else {}
    return {"duration": shortest, "durationUnit": "min", **maximum}


def at_most(times: int | None) -> Resource:
    """A maximum number of times in all; empty if there is none."""
    return {"count": 1, "countMax": times} if times else {}


def most_a_day(times: int | None) -> Resource:
    """A maximum number of times a day; empty if there is none."""
    return {"frequency": 1, "frequencyMax": times, "period": 1, "periodUnit": "d"} if times else {}


def maxima_as_needed(dose: Dose, blocks: Iterable[Block]) -> Iterator[str]:
    """The maxima of a dose as needed: of its times, its days, and the turns around it."""
    if dose.at is not None and dose.at.most is not None:
        yield f"at most {dose.at.most} times a day"
    if dose.repeat is not None and dose.repeat.count is not None:
        yield f"at most {dose.repeat.count} times in all"
    if dose.days.onward is not None:
        yield "at most: to the end of the turn"
    for block in blocks:
        if block.repeat is not None and block.repeat.at_most:
            yield f"at most {block.repeat.count} turns of {block.name}"


def collection(resources: Iterable[Resource]) -> Resource:
    """Resources as a Bundle of the type collection."""
    entries = [{"fullUrl": f"urn:uuid:{item['id']}", "resource": item} for item in resources]
    bundle_id = identity("Bundle", [entry["fullUrl"] for entry in entries])
    return {"resourceType": "Bundle", "id": bundle_id, "type": "collection", "entry": entries}


def identity(kind: str, key: Any) -> str:
    """The id of a resource: the same key always gives the same id."""
    return str(uuid5(_NAMESPACE, json.dumps([kind, key])))


def plan_identity(regimen: Regimen) -> str:
    """The id of the PlanDefinition of a regimen file with its settings."""
    settings = [str(setting) for setting in regimen.settings]
    key = [regimen.id, regimen.version, regimen.origin.sha256, settings]
    return identity("PlanDefinition", key)


def lines(regimen: Regimen, codings: Codings) -> Iterator[str]:
    """The Bundle, line by line."""
    return dumped(bundle(regimen, codings))


def bundle(regimen: Regimen, codings: Codings) -> Resource:
    """A regimen as one Bundle."""
    return collection(_Definition(regimen, codings).resources())


class _Definition:
    """The resources of one regimen file."""

    def __init__(self, regimen: Regimen, codings: Codings) -> None:
        self.regimen, self.codings = regimen, codings
        self.plan_id = plan_identity(regimen)

    def resources(self) -> Iterator[Resource]:
        """The plan, then every dose of every arm."""
        regimen = self.regimen
        texts = [
            f"For {regimen.treats}.",
            words.DISCLAIMER,
            notes.review_status(regimen),
            *(f"set: {setting}" for setting in regimen.settings),
            *general_rules(regimen),
            *(f"Arm {arm}" for arm in arms(regimen)),
            *(f"Stop rule: {rule}" for rule in stop_rules(regimen)),
            *(notes.assumption(item) for item in regimen.assumptions if not item.was_set),
            *(f"Alongside: {item.text}" for item in regimen.alongside),
            *(f"Finding: {notes.finding(item)}" for item in regimen.findings),
        ]
        plan_types = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
        yield {
            "resourceType": "PlanDefinition",
            **self._head(self.plan_id, regimen.title),
            "type": concept("regimen", [{"system": plan_types, "code": "protocol"}]),
            "description": "\n\n".join(texts),
            "relatedArtifact": [_citation(source) for source in regimen.sources.values()],
            "action": list(self._actions(regimen.body)),
        }
        for dose in regimen.doses():
            for arm in dose.amounts:
                yield self._activity(dose, arm)

    def _head(self, plan_id: str, title: str) -> Resource:
        return {
            "id": plan_id,
            "url": f"urn:uuid:{plan_id}",
            "version": str(self.regimen.version),
            "title": title,
            "status": "draft",
        }

    def _actions(self, block: Block) -> Iterator[Resource]:
        for dose in block.prescribed():
            yield self._dose(dose)
        for inner in block.blocks:
            timing = {} if inner.repeat is None else _repetition(inner.repeat)
            action = {
                "title": inner.name,
                "description": sentence(inner),
                "timingTiming": timing and {"repeat": timing},
                "condition": list(_applicability(inner)),
            }
            yield {**nonempty(action), "action": list(self._actions(inner))}

    def _dose(self, dose: Dose) -> Resource:
        title_and_text = {"title": dose.name, "description": sentence(dose)}
        action = nonempty({**title_and_text, "condition": list(_applicability(dose))})
        if None in dose.amounts:
            return {**action, "definitionCanonical": self._canonical(dose, None)}
        choices = [
            {"title": f"arm {arm}", "definitionCanonical": self._canonical(dose, arm)}
            for arm in dose.amounts
        ]
        return {**action, "selectionBehavior": "at-most-one", "action": choices}

    def _canonical(self, dose: Dose, arm: str | None) -> str:
        return f"urn:uuid:{self._activity_id(dose, arm)}"

    def _activity_id(self, dose: Dose, arm: str | None) -> str:
        return identity("ActivityDefinition", [self.plan_id, dose.path, arm])

    def _activity(self, dose: Dose, arm: str | None) -> Resource:
        title = dose.name if arm is None else f"{dose.name}, arm {arm}"
        return {
            "resourceType": "ActivityDefinition",
            **self._head(self._activity_id(dose, arm), title),
            "description": sentence(dose),
            "kind": "MedicationRequest",
            "intent": "plan",
            "productCodeableConcept": concept(dose.drug, self.codings.get(dose.drug, ())),
            "dosage": [self._dosage(dose, arm)],
        }

    def _dosage(self, dose: Dose, arm: str | None) -> Resource:
        amount: object = dose.amounts[arm]
        amount_text = f"amount {NOT_STATED}"
        if isinstance(amount, Quantity):
            amount_text = safe_quantity(amount)
        elif isinstance(amount, Bands):
            amount_text = f"by {IN_WORDS[amount.measure]}"
        return dosage(
            [f"{dose.drug} {amount_text}: {sentence(dose)}"],
            _qualifiers(dose, amount),
            self._timing(dose),
            ROUTES.get(dose.route),
            _prescribed_quantity(amount) if isinstance(amount, Quantity) else None,
            at_need=dose.as_needed,
        )

    def _timing(self, dose: Dose) -> Resource:
        repeat = {} if dose.repeat is None or dose.as_needed else _repetition(dose.repeat)
        if dose.as_needed:
            repeat |= at_most(None if dose.repeat is None else dose.repeat.count)
            repeat |= most_a_day(None if dose.at is None else dose.at.most)
        elif dose.at is not None and dose.at.kind == "clock":
            repeat["timeOfDay"] = [f"{clock(minute)}:00" for minute in dose.at.minutes]
        repeat |= at_most(dose.up_to)
        if dose.over is not None:
            repeat |= lasting(dose.over.shortest, dose.over.longest)
        days: list[int] = []
        if dose.days.onward is None:
            day_zero = self.regimen.day_zero
            days = [day_at(offset, day_zero) for offset in dose.days.offsets(day_zero, None)]
        extension = days_of_cycle(days) if 0 < len(days) <= _MAX_LISTED_DAYS else {}
        return extension | nonempty({"repeat": repeat})


def _qualifiers(dose: Dose, amount: object) -> Iterator[tuple[str, str]]:
    """The maxima, conditions, ranges and unstated values of a prescribed dose, as FHIR notes."""
    maxima = maxima_as_needed(dose, ()) if dose.as_needed else _maxima(dose)
    yield from (("at-most", text) for text in maxima)
    if dose.only_if:
        yield "only-if", f"only if {dose.only_if}"
    if dose.at is not None and dose.at.latest_minutes != dose.at.minutes:
        yield "latest", f"at {dose.at.text}: at the latest the end of each range"
    every = None if dose.repeat is None else dose.repeat.every
    if every is not None and every.longest > every.shortest:
        yield "latest", f"every {every.text}: at the latest the longest of them"
    if dose.over is not None and dose.over.longest > dose.over.shortest:
        yield "infusion-range", f"infusion time {dose.over.text}"
    if isinstance(amount, Bands):
        by = f"amount by the patient's {IN_WORDS[amount.measure]}"
        yield "by-band", f"{by}: {amount_in_words(amount)}"
    elif not isinstance(amount, Quantity):
        yield "not-stated", "amount not stated by the source"
    if dose.route not in ROUTES:
        yield "not-stated", "route not stated by the source"


def _maxima(dose: Dose) -> Iterator[str]:
    """The maxima of a dose that is not given as needed."""
    if dose.repeat is not None and dose.repeat.at_most:
        yield f"at most {dose.repeat.count} times"
    if dose.up_to is not None:
        yield f"at most {dose.up_to} of its times in each turn"
    if dose.days.onward is not None:
        yield "at most: to the end of the turn"


def _applicability(part: Dose | Block) -> Iterator[Resource]:
    """The conditions of a block or dose, in words: an Expression would need a formal language."""
    texts = [part.only_if] if part.only_if else []
    if isinstance(part, Block) and part.repeat is not None and part.repeat.only_if:
        texts.append(f"after the first turn: {part.repeat.only_if}")
    if part.arms is not None:
        texts.append(f"in arm {words.listed(part.arms)}")
    for text in texts:
        condition = {"url": f"{NOTES}#only-if", "valueString": text}
        yield {"kind": "applicability", "extension": [condition]}


def _repetition(repeat: Repeat) -> dict[str, Any]:
    """The count and interval of a repeat; a Timing cannot express a rest."""
    repetition = at_most(repeat.count) if repeat.at_most else {}
    if repeat.count is not None and not repeat.at_most:
        repetition["count"] = repeat.count
    if repeat.every is not None:
        repetition |= {"frequency": 1, **_period(repeat.every)}
    return repetition


def _period(every: Span) -> dict[str, Any]:
    sizes = (("d", 1440), ("h", 60), ("min", 1))
    unit, size = next(
        (unit, size)
        for unit, size in sizes
        if every.shortest % size == 0 and every.longest % size == 0
    )
    period: dict[str, Any] = {"period": every.shortest // size, "periodUnit": unit}
    if every.longest > every.shortest:
        period["periodMax"] = every.longest // size
    return period


def _prescribed_quantity(amount: Quantity) -> Resource:
    """An amount as the source gives it; a target AUC has no UCUM unit."""
    if amount.unit == "AUC":
        return {"value": number(amount.value), "unit": "AUC"}
    per = f"/{amount.basis}" if amount.basis else ""
    per_time = "/d" if amount.per_day else "/h" if amount.per_hour else ""
    return quantity(amount.value, f"{CODES[amount.unit]}{per}{per_time}")


def _citation(source: Source) -> Resource:
    url = source.url or (f"https://doi.org/{source.doi}" if source.doi else None)
    citation = {"type": "citation", "label": source.key, "citation": source.cite, "url": url}
    return nonempty({**citation, "display": f"read: {source.read}"})
