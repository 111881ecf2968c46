"""A regimen as FHIR R4: a PlanDefinition, and an ActivityDefinition for each dose and arm.

Both are drafts. Blocks are actions within each other, with their sentence; what a Timing cannot
say, as a rest between turns, stands in that sentence alone. A maximum is a `countMax`, a condition
an applicability.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from il2calc.format import fhir
from il2calc.format.fhir import Codings, identity
from il2calc.format.fhir_elements import (
    NOTES,
    Resource,
    at_most,
    concept,
    days_of_cycle,
    most_a_day,
    most_at_need,
    note,
    number,
    quantity,
)
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
from il2calc.report import notes, words
from il2calc.report.regimen_text import arms, bearing, sentence, stop_rules
from il2calc.units import Quantity, Span, safe_quantity, ucum

_MOST_DAYS = 400
"""More days than these are told in the sentence alone."""


def lines(regimen: Regimen, codings: Codings) -> Iterator[str]:
    """The Bundle, line by line."""
    yield from dumped(bundle(regimen, codings))


def bundle(regimen: Regimen, codings: Codings) -> Resource:
    """A regimen as one Bundle.

    Args:
        codings: of each drug that has any.
    """
    return fhir.collection(_Definition(regimen, codings).resources())


class _Definition:
    """The resources of one regimen file."""

    def __init__(self, regimen: Regimen, codings: Codings) -> None:
        self.regimen, self.codings = regimen, codings
        self.own = fhir.plan_identity(regimen)

    def resources(self) -> Iterator[Resource]:
        """The plan, then every dose of every arm."""
        regimen = self.regimen
        told = [
            f"For {regimen.treats}.",
            words.DISCLAIMER,
            notes.standing(regimen),
            *(f"set: {setting}" for setting in regimen.settings),
            *bearing(regimen),
            *(f"Arm {each}" for each in arms(regimen)),
            *(f"Stop rule: {each}" for each in stop_rules(regimen)),
            *(notes.assumption(each) for each in regimen.assumptions if not each.was_set),
            *(f"Alongside: {each.text}" for each in regimen.alongside),
            *(f"Finding: {notes.finding(each)}" for each in regimen.findings),
        ]
        kind = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
        yield {
            "resourceType": "PlanDefinition",
            "id": self.own,
            **self._head(f"urn:uuid:{self.own}", regimen.title),
            "type": concept("regimen", [{"system": kind, "code": "protocol"}]),
            "description": "\n\n".join(told),
            "relatedArtifact": [_citation(each) for each in regimen.sources.values()],
            "action": list(self._inside(regimen.body)),
        }
        for dose in regimen.doses():
            for arm in dose.amounts:
                yield self._activity(dose, arm)

    def _head(self, url: str, title: str) -> Resource:
        return {
            "url": url,
            "version": str(self.regimen.version),
            "title": title,
            "status": "draft",
        }

    def _inside(self, block: Block) -> Iterator[Resource]:
        for dose in block.prescribed():
            yield self._dose(dose)
        for inner in block.blocks:
            found: Resource = {"title": inner.name}
            if said := sentence(inner):
                found["description"] = said
            conditions = list(_conditions(inner))
            if inner.repeat is not None:
                timing = _repeated(inner.repeat)
                found |= {"timingTiming": {"repeat": timing}} if timing else {}
            yield {
                **found,
                **({"condition": conditions} if conditions else {}),
                "action": list(self._inside(inner)),
            }

    def _dose(self, dose: Dose) -> Resource:
        found: Resource = {"title": dose.name, "description": sentence(dose)}
        if conditions := list(_conditions(dose)):
            found["condition"] = conditions
        if None in dose.amounts:
            return {**found, "definitionCanonical": self._canonical(dose, None)}
        arms = [
            {"title": f"arm {arm}", "definitionCanonical": self._canonical(dose, arm)}
            for arm in dose.amounts
        ]
        return {**found, "selectionBehavior": "at-most-one", "action": arms}

    def _canonical(self, dose: Dose, arm: str | None) -> str:
        return f"urn:uuid:{self._id(dose, arm)}"

    def _id(self, dose: Dose, arm: str | None) -> str:
        return identity("ActivityDefinition", [self.own, dose.path, arm])

    def _activity(self, dose: Dose, arm: str | None) -> Resource:
        title = dose.name if arm is None else f"{dose.name}, arm {arm}"
        return {
            "resourceType": "ActivityDefinition",
            "id": self._id(dose, arm),
            **self._head(self._canonical(dose, arm), title),
            "description": sentence(dose),
            "kind": "MedicationRequest",
            "intent": "plan",
            "productCodeableConcept": concept(dose.drug, self.codings.get(dose.drug, ())),
            "dosage": [self._dosage(dose, arm)],
        }

    def _dosage(self, dose: Dose, arm: str | None) -> Resource:
        amount: object = dose.amounts[arm]
        less = list(_about(dose, amount))
        what = f"amount {NOT_STATED}"
        if isinstance(amount, Quantity):
            what = safe_quantity(amount)
        elif isinstance(amount, Bands):
            what = f"by {IN_WORDS[amount.measure]}"
        text = f"{dose.drug} {what}: {sentence(dose)}"
        found: Resource = {"text": "; ".join((text, *(each for each, _ in less)))}
        if less:
            found["additionalInstruction"] = [instruction for _, instruction in less]
        if timing := self._timing(dose):
            found["timing"] = timing
        if dose.as_needed:
            found["asNeededBoolean"] = True
        if dose.route in ROUTES:
            found["route"] = concept(ROUTES[dose.route])
        if isinstance(amount, Quantity):
            found["doseAndRate"] = [{"doseQuantity": prescribed(amount)}]
        return found

    def _timing(self, dose: Dose) -> Resource:
        repeat = {} if dose.repeat is None or dose.as_needed else _repeated(dose.repeat)
        if dose.as_needed:
            repeat |= at_most(None if dose.repeat is None else dose.repeat.count)
            repeat |= most_a_day(None if dose.at is None else dose.at.most)
        elif dose.at is not None and dose.at.kind == "clock":
            repeat["timeOfDay"] = [f"{clock(minute)}:00" for minute in dose.at.minutes]
        repeat |= at_most(dose.up_to)
        if dose.over is not None:
            repeat |= {"duration": dose.over.shortest, "durationUnit": "min"}
            if dose.over.longest > dose.over.shortest:
                repeat["durationMax"] = dose.over.longest
        listed: list[int] = []
        if dose.days.onward is None:
            zero = self.regimen.day_zero
            listed = [day_at(offset, zero) for offset in dose.days.offsets(zero, None)]
        days = days_of_cycle(listed) if 0 < len(listed) <= _MOST_DAYS else {}
        return {**days, **({"repeat": repeat} if repeat else {})}


def _about(dose: Dose, amount: object) -> Iterator[tuple[str, Resource]]:
    """What makes a prescribed dose less than firm."""
    if dose.as_needed:
        yield from (note("at-most", text) for text in most_at_need(dose, ()))
    else:
        yield from (note("at-most", text) for text in _most(dose))
    if dose.only_if:
        yield note("only-if", f"only if {dose.only_if}")
    if dose.at is not None and dose.at.latest_minutes != dose.at.minutes:
        yield note("latest", f"at {dose.at.text}: at the latest the end of each range")
    every = None if dose.repeat is None else dose.repeat.every
    if every is not None and every.longest > every.shortest:
        yield note("latest", f"every {every.text}: at the latest the longest of them")
    if dose.over is not None and dose.over.longest > dose.over.shortest:
        yield note("infusion-range", f"infusion time {dose.over.text}")
    if isinstance(amount, Bands):
        by = f"amount by the patient's {IN_WORDS[amount.measure]}"
        yield note("by-band", f"{by}: {amount_in_words(amount)}")
    elif not isinstance(amount, Quantity):
        yield note("not-stated", "amount not stated by the source")
    if dose.route not in ROUTES:
        yield note("not-stated", "route not stated by the source")


def _most(dose: Dose) -> Iterator[str]:
    """Each maximum of a dose of the timetable."""
    if dose.repeat is not None and dose.repeat.at_most:
        yield f"at most {dose.repeat.count} times"
    if dose.up_to is not None:
        yield f"at most {dose.up_to} of its times in each turn"
    if dose.days.onward is not None:
        yield "at most: to the end of the turn"


def _conditions(part: Dose | Block) -> Iterator[Resource]:
    """What a block or a dose depends on, in words: an Expression is of a computer's language."""
    texts = [part.only_if] if part.only_if else []
    if isinstance(part, Block) and part.repeat is not None and part.repeat.only_if:
        texts.append(f"after the first turn: {part.repeat.only_if}")
    if part.arms is not None:
        texts.append(f"in arm {words.listed(part.arms)}")
    for text in texts:
        said = {"url": f"{NOTES}#only-if", "valueString": text}
        yield {"kind": "applicability", "extension": [said]}


def _repeated(repeat: Repeat) -> dict[str, Any]:
    """How often and at which intervals, as far as a Timing can say it: a rest it cannot."""
    found: dict[str, Any] = {}
    if repeat.count is not None:
        found["count"] = 1 if repeat.at_most else repeat.count
        if repeat.at_most:
            found["countMax"] = repeat.count
    if repeat.every is not None:
        found |= {"frequency": 1, **_period(repeat.every)}
    return found


def _period(every: Span) -> dict[str, Any]:
    sizes = (("d", 1440), ("h", 60), ("min", 1))
    unit, size = next(
        (unit, size)
        for unit, size in sizes
        if every.shortest % size == 0 and every.longest % size == 0
    )
    found: dict[str, Any] = {"period": every.shortest // size, "periodUnit": unit}
    if every.longest > every.shortest:
        found["periodMax"] = every.longest // size
    return found


def prescribed(amount: Quantity) -> Resource:
    """An amount as a source gives it; a target area under the curve has no unit of UCUM."""
    if amount.unit == "AUC":
        return {"value": number(amount.value), "unit": "AUC"}
    per = f"/{amount.basis}" if amount.basis else ""
    time = "/d" if amount.per_day else "/h" if amount.per_hour else ""
    return quantity(amount.value, f"{ucum(amount.unit)}{per}{time}")


def _citation(source: Source) -> Resource:
    found = {"type": "citation", "label": source.key, "citation": source.cite}
    url = source.url or (f"https://doi.org/{source.doi}" if source.doi else None)
    return {**found, **({"url": url} if url else {}), "display": f"read: {source.read}"}
