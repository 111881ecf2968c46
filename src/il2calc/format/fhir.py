"""A schedule or a course as FHIR R4: one collection Bundle, nothing in it firmer than the source.

A CarePlan for the regimen and one for each of its turns, one MedicationRequest (status draft,
intent plan) for each administration that is planned, one MedicationAdministration (completed or
not-done) for each that a log has. What makes a dose less than firm is an `additionalInstruction`
with a code of `fhir_definition.NOTES`, and stands in the dose's text too. The subject is a label
and nothing else.

Decimals have at most 15 digits, half-up, for that is what FHIR lets a reader keep; where one was
cut, the CarePlan says so. Ids stay the same from run to run, and when a dose moves.

References: FHIR R4 (4.0.1), hl7.org/fhir/R4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from il2calc.format.fhir_definition import (
    DIGITS,
    Codings,
    Resource,
    at_most,
    collection,
    concept,
    days_of_cycle,
    dosage,
    identity,
    kept,
    lasting,
    most_a_day,
    most_at_need,
    note,
    plan_identity,
    quantity,
)
from il2calc.format.json import dumped
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, day_at, offset_of
from il2calc.plan.administration import RECKONED, Administration, gathered
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, plain_data, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import safe

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow
    from il2calc.pharmacy.answers import Monographs

LOINC = "http://loinc.org"
_NOT_NAMED = "not named"
_CUT = "Numbers are given to at most 15 digits, halves rounded up."

SYSTEMS = {
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "unii": "http://fdasis.nlm.nih.gov",
    "cas": "urn:oid:2.16.840.1.113883.6.61",
}
"""Register of a drug file -> its system in FHIR (R4, 4.3.0 Code Systems)."""


def codings_of(monographs: Monographs) -> Codings:
    """What registers call each drug, as far as its monograph says it."""
    return {
        name: [
            {"system": SYSTEMS[code.system], "code": code.code}
            for code in drug.codes
            if code.code is not None
        ]
        for name, drug in monographs.items()
        if drug is not None
    }


def lines(plan: Plan, cautions: Sequence[Caution], codings: Codings) -> Iterator[str]:
    """The Bundle, line by line."""
    yield from dumped(bundle(plan, cautions, codings))


def bundle(plan: Plan, cautions: Sequence[Caution], codings: Codings) -> Resource:
    """A schedule or a course as one Bundle."""
    return collection(_Writer(plan, cautions, codings).resources())


def reference(resource: Resource) -> Resource:
    """What points to a resource of the same Bundle."""
    return {"reference": f"urn:uuid:{resource['id']}"}


class _Writer:
    """The resources of one plan, which refer to each other."""

    def __init__(self, plan: Plan, cautions: Sequence[Caution], codings: Codings) -> None:
        self.plan, self.cautions, self.codings = plan, cautions, codings
        self.schedule = schedule_of(plan)
        self.whose = self._whose()
        self.subject = self._subject()
        self.bodies = {
            patient: list(self._measures(patient))
            for patient in dict.fromkeys(row.patient for row in self.schedule.shown)
        }

    def _whose(self) -> list[str]:
        """What tells this plan from that of others: the label, else what else there is."""
        made = self.schedule
        if made.subject is not None:
            return [made.regimen.id, made.subject]
        start = made.start.isoformat() if made.start else ""
        return [made.regimen.id, "", start, repr(made.patient), str(made.arm)]

    def _subject(self) -> Resource:
        name = self.schedule.subject or _NOT_NAMED
        own = identity("Patient", self.schedule.subject or self.whose)
        return {"resourceType": "Patient", "id": own, "name": [{"text": name}]}

    def _of(self, kind: str, what: Any) -> Resource:
        """How a resource begins."""
        return {"resourceType": kind, "id": identity(kind, [*self.whose, what])}

    def _ours(self) -> Resource:
        return {**reference(self.subject), "display": self.subject["name"][0]["text"]}

    def resources(self) -> Iterator[Resource]:
        """The subject, its measures, the plans, and what each of them holds."""
        yield self.subject
        measures = (measure for measures in self.bodies.values() for measure in measures)
        yield from {measure["id"]: measure for measure in measures}.values()
        rows = gathered((row.turn, (row, resource)) for row, resource in self._rows())
        whole = self._care_plan(
            (), [pair for turn in rows if not turn.outer for pair in rows[turn]]
        )
        needed = list(self._needed())
        if needed:
            whole["activity"] = [*whole.get("activity", ()), *map(_activity, needed)]
        whole |= self._description()
        yield whole
        for turn, held in rows.items():
            if turn.outer is not None:
                part = self._care_plan(chain_of(turn), held)
                yield {**part, "title": turn.name(), "partOf": [reference(whole)]}
        for held in rows.values():
            yield from (resource for _, resource in held)
        yield from needed

    def _measures(self, patient: Patient) -> Iterator[Resource]:
        """The measures of a body that doses are calculated with; who took them is not known."""
        if patient.weight is not None:
            code = {"system": LOINC, "code": "29463-7", "display": "Body weight"}
            yield self._measure("Body weight", [code], patient.weight, "kg")
        if (area := patient.bsa()) is not None:
            given = patient.surface_area is not None
            how = (
                "as given" if given else f"from weight and height by the formula {patient.formula}"
            )
            if patient.surface_cap is not None:
                how += f", counted up to {patient.surface_cap} m2"
            code = {"system": LOINC, "code": "8277-6", "display": "Body surface area"}
            found = self._measure("Body surface area", [code], area, "m2")
            yield {**found, "method": {"text": how}}
        if patient.gfr is not None:
            yield self._measure("Glomerular filtration rate", (), patient.gfr, "mL/min")

    def _measure(
        self, name: str, codings: Sequence[Mapping[str, str]], value: Decimal, unit: str
    ) -> Resource:
        return {
            **self._of("Observation", [name, str(value)]),
            "status": "unknown",
            "code": concept(name, codings),
            "subject": self._ours(),
            "valueQuantity": quantity(value, unit),
        }

    def _care_plan(self, chain: Any, held: Sequence[tuple[Administration, Resource]]) -> Resource:
        found: Resource = {
            **self._of("CarePlan", chain),
            "status": "draft",
            "intent": "plan",
            "subject": self._ours(),
        }
        days = [row.when.date().isoformat() for row, _ in held if row.when is not None]
        late = [row.latest_date.isoformat() for row, _ in held if row.latest_date is not None]
        if days:
            endless = any(row.not_before for row, _ in held)
            end = {} if endless else {"end": max((*days, *late))}
            found["period"] = {"start": min(days), **end}
        return found | kept({"activity": [_activity(resource) for _, resource in held]})

    def _description(self) -> Resource:
        """What the whole rests on."""
        regimen = self.schedule.regimen
        told = [
            words.DISCLAIMER,
            notes.standing(regimen),
            *(f"set: {setting}" for setting in self.schedule.settings()),
            *map(notes.assumption, self.schedule.assumptions),
            *(f"Caution: {caution.text}" for caution in self.cautions),
        ]
        if self._is_cut():
            told.append(_CUT)
        arm = f", arm {self.schedule.arm}" if self.schedule.arm is not None else ""
        return {
            "title": f"{regimen.title}{arm}",
            "instantiatesUri": [f"urn:uuid:{plan_identity(regimen)}"],
            "note": [{"text": text} for text in told],
        }

    def _is_cut(self) -> bool:
        """Whether any number has more digits than are written."""
        made = self.schedule
        values = [row.dosed.value for row in made.shown]
        values += [area for body in self.bodies if (area := body.bsa()) is not None]
        values += [made.recorded[row.number].value for row in made.shown if made.recorded]
        return any(value is not None and DIGITS.plus(value) != value for value in values)

    def _rows(self) -> Iterator[tuple[Administration, Resource]]:
        """Each administration as what it is: planned, given, held, or planned no more."""
        if isinstance(self.plan, Schedule):
            for row in self.schedule.shown:
                yield row, self._request(row)
            return
        rows = {found.number: found for found in self.plan.rows}
        for found in (rows[row.number] for row in self.schedule.shown):
            state = found.recorded.state
            if state in ("given", "held"):
                resource = self._administered(found)
            else:
                resource = self._request(found.administration)
                resource["note"].append({"text": f"{state}, as of {words.dated(self.plan.as_of)}"})
            if state == "stopped":
                because = found.recorded.reason or "course stopped"
                resource |= {"status": "cancelled", "statusReason": concept(because)}
            if found.arm != self.schedule.arm:
                resource["note"].append({"text": f"arm {found.arm}"})
            if found.text.origin.sha256 != self.schedule.regimen.origin.sha256:
                resource["note"].append({"text": f"regimen version {found.text.version}"})
            yield found.administration, resource

    def _needed(self) -> Iterator[Resource]:
        """What is given as needed: each a request of its own, without a time."""
        lines = words.needed(self.schedule)
        for each, text in zip(self.schedule.as_needed, lines, strict=True):
            most = {"most": list(most_at_need(each.dose, each.blocks))}
            told = plain_data.as_needed(each) | most
            drug, how = each.dose.drug, words.route(each.dose)
            repeat = at_most(told["times_at_most"]) | most_a_day(told["times_a_day_at_most"])
            when = {"repeat": repeat} if repeat else {}
            yield {
                **self._of("MedicationRequest", ["as needed", each.dose.path]),
                "medicationCodeableConcept": concept(drug, self.codings.get(drug, ())),
                "subject": self._ours(),
                "status": "draft",
                "intent": "plan",
                "note": [{"text": text}],
                "dosageInstruction": [_dosage(told, [text], how, when, at_need=True)],
            }

    def _own(self, kind: str, row: Administration) -> Resource:
        """An administration by what no delay changes, and what is given to whom."""
        key = [chain_of(row.turn), row.dose.written, row.dose.name, row.dose_number]
        drug = row.dose.drug
        measures = [reference(measure) for measure in self.bodies[row.patient]]
        return {
            **self._of(kind, key),
            "medicationCodeableConcept": concept(drug, self.codings.get(drug, ())),
            "subject": self._ours(),
            **kept({"supportingInformation": measures}),
        }

    def _request(self, row: Administration) -> Resource:
        told = plain_data.administration(row)
        if row.when is None:  # what is past midnight of its day falls on the next one
            zero = self.schedule.regimen.day_zero
            told["block_day"] = day_at(offset_of(row.block_day, zero) + row.carried, zero)
        at = f"day {row.regimen_day}, {row.time}{words.past_midnight(row)}"
        how = words.how(row.dose, row.dosed)
        said, when = (f"{_what(row, told['amount'])}, {how}", at), _timing(told, at, row.when)
        rests = [f"Source: {told['source']}"] if told["source"] else []
        rests += [f"Assumption {number_}" for number_ in told["assumed"]]
        if row.by_sex:
            rests += [f"Calculated for the sex {row.patient.sex}: {row.dosed.working[0].text}"]
        return {
            **self._own("MedicationRequest", row),
            "status": "draft",
            "intent": "plan",
            "note": [{"text": f"Row {row.number}"}, *({"text": text} for text in rests)],
            "dosageInstruction": [_dosage(told, said, how, when, at_need=False)],
        }

    def _administered(self, found: CourseRow) -> Resource:
        row, recorded = found.administration, found.recorded
        told = plain_data.administration(row)
        planned = f"planned: {_what(row, told['amount'])}, day {row.regimen_day}, {row.time}"
        if row.dose.unplanned:
            why = "given as needed" if row.dose.as_needed else UNPLANNED
            planned = f"{why}: a dose that the log adds"
        resource = self._own("MedicationAdministration", row)
        given = recorded.state == "given"
        when = recorded.when if given else row.when
        assert when is not None, "a course has dates"
        done = "completed" if recorded.ended is None else "stopped"
        resource["status"] = done if given else "not-done"
        remarks, how = [planned], words.route(row.dose)
        if recorded.ran is None or recorded.ended is None:
            resource["effectiveDateTime"] = _moment(when)
        else:
            resource["effectivePeriod"] = {"start": _moment(when), "end": _moment(recorded.ended)}
            how = words.as_it_ran(row.dose, recorded.ran)
        if given:
            amount = plain_data.recorded(found)["given"]["amount"]
            what = _what(row, amount)
            remarks.append(f"given: {what}, {when.isoformat(' ', 'minutes')}")
            remarks += [RECKONED] if recorded.reckoned else []
            if amount is not None:
                by = concept(words.route(row.dose).partition(" over ")[0]) if told["route"] else {}
                dose = {"dose": quantity(amount["value"], amount["unit"])}
                resource["dosage"] = {"text": f"{what}, {how}", **kept({"route": by}), **dose}
            remarks += [f"reason: {recorded.reason}"] if recorded.reason else []
        else:
            resource["statusReason"] = [concept(recorded.reason or "no reason recorded")]
        return {**resource, "note": [{"text": text} for text in remarks]}


def _about(told: Mapping[str, Any]) -> Iterator[tuple[str, Resource]]:
    """What makes a row less than firm.

    Args:
        told: an administration, or a dose as needed with its maxima (`most`), as plain data.
    """
    if told.get("at_most"):
        yield note("at-most", "at most: the source gives this dose as a maximum")
    for condition in told["only_if"]:
        yield note("only-if", f"only if {condition}")
    for text in told.get("most", ()):
        yield note("at-most", text)
    if told.get("not_before"):
        day = told["date"] or f"day {told['regimen_day']}"
        why = "the source gives only a minimum rest before it"
        yield note("not-before", f"not before {day}: {why}")
    if told.get("latest_day") is not None:
        day = told["latest_date"] or f"day {told['latest_day']}"
        yield note("latest", f"at the latest {day} {told['latest_time']}")
    if told["over_minutes"] != told["over_minutes_to"]:
        span = f"{told['over_minutes']} to {told['over_minutes_to']} minutes"
        yield note("infusion-range", f"infusion time {span}")
    for name in ("amount", "route"):
        if told[name] is None:
            yield note("not-stated", f"{name} not stated by the source")


def _dosage(
    told: Mapping[str, Any], said: Sequence[str], how: str, timing: Resource, *, at_need: bool
) -> Resource:
    """How a dose is given.

    Args:
        told: an administration, or a dose as needed, as plain data.
        said: what it is and when, in words.
        how: its route, in words.
    """
    route = None if told["route"] is None else how.partition(" over ")[0]
    amount = told["amount"]
    dose = None if amount is None else quantity(amount["value"], amount["unit"])
    return dosage(said, list(_about(told)), timing, route, dose, at_need=at_need)


def _timing(told: Mapping[str, Any], at: str, when: datetime | None) -> Resource:
    """When a planned dose is due; a time of no zone is a clock time beside its date."""
    repeat: Resource = {}
    if when is not None and told["latest_date"] is not None:
        latest = f"{told['latest_date']}T{told['latest_time'][:5]}:00{told['latest_time'][5:]}"
        end = latest if when.tzinfo is not None else told["latest_date"]
        repeat["boundsPeriod"] = {"start": _moment(when), "end": end}
    if told["over_minutes"] is not None:
        repeat |= lasting(told["over_minutes"], told["over_minutes_to"])
    if when is None or when.tzinfo is None:
        repeat["timeOfDay"] = [f"{told['time']}:00"]
    event = when and [_moment(when)]
    own = kept({"event": event, "repeat": repeat, "code": {"text": at}})
    return days_of_cycle([told["block_day"]]) | own


def _moment(when: datetime) -> str:
    """A moment of a zone, else its date: FHIR has no time without a zone."""
    return when.isoformat() if when.tzinfo is not None else when.date().isoformat()


def _activity(resource: Resource) -> Resource:
    """What a plan says of a row: that it is to be done, or what came of it."""
    if resource["resourceType"] == "MedicationRequest":
        return {"reference": reference(resource)}
    return {"outcomeReference": [reference(resource)]}


def _what(row: Administration, amount: Mapping[str, Any] | None) -> str:
    """The drug and so much of it, in words."""
    if amount is None:
        return f"{row.dose.drug} (amount not stated)"
    return f"{row.dose.drug} {safe(Decimal(amount['value']), row.dosed.unit)}"
