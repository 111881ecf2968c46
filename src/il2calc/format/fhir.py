"""A schedule or a course as FHIR R4: one collection Bundle, nothing in it firmer than the source.

It has a CarePlan for the regimen and one for each turn, a MedicationRequest (status draft, intent
plan) for each planned row, and a MedicationAdministration (completed, stopped or not-done) for each
row given or held. A condition, a maximum or a range of a dose is an `additionalInstruction` with a
code of `fhir_definition.NOTES`, and is in the dose's text too. The subject is only a label.

Decimals have at most 15 digits, half-up, because FHIR readers need not keep more; the CarePlan says
so if one was rounded. Ids are the same in every run, and do not change when a dose moves.

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
    lasting,
    maxima_as_needed,
    most_a_day,
    nonempty,
    plan_identity,
    quantity,
)
from il2calc.format.json import dumped
from il2calc.model.patient import Patient
from il2calc.model.regimen import UNPLANNED, day_at, offset_of
from il2calc.plan.administration import RECKONED, Administration, dose_numbers, grouped, record_of
from il2calc.plan.calendar import chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, plain_data, totals, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import safe

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow
    from il2calc.pharmacy.answers import Monographs

LOINC = "http://loinc.org"
_NOT_NAMED = "not named"
_ROUNDED = "Numbers are given to at most 15 digits, halves rounded up."

SYSTEMS = {
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "unii": "http://fdasis.nlm.nih.gov",
    "cas": "urn:oid:2.16.840.1.113883.6.61",
}
"""Register of a drug file -> its system in FHIR (R4, 4.3.0 Code Systems)."""


def codings_of(monographs: Monographs) -> Codings:
    """The register codes of each drug, from its monograph."""
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
    return dumped(bundle(plan, cautions, codings))


def bundle(plan: Plan, cautions: Sequence[Caution], codings: Codings) -> Resource:
    """A schedule or a course as one Bundle."""
    return collection(_Writer(plan, cautions, codings).resources())


def reference(resource: Resource) -> Resource:
    """A reference to a resource of the same Bundle."""
    return {"reference": f"urn:uuid:{resource['id']}"}


class _Writer:
    """The resources of one plan, which refer to each other."""

    def __init__(self, plan: Plan, cautions: Sequence[Caution], codings: Codings) -> None:
        self.plan, self.cautions, self.codings = plan, cautions, codings
        self.schedule = schedule_of(plan)
        self.plan_key = self._plan_key()
        self.dose_numbers = dose_numbers(self.schedule.administrations)
        self.subject = self._subject()
        self.measures = {
            patient: list(self._measures(patient))
            for patient in dict.fromkeys(row.patient for row in self.schedule.shown)
        }

    def _plan_key(self) -> list[str]:
        """What tells this plan from others: the subject, else start, patient and arm."""
        schedule = self.schedule
        if schedule.subject is not None:
            return [schedule.regimen.id, schedule.subject]
        start = schedule.start.isoformat() if schedule.start else ""
        return [schedule.regimen.id, "", start, repr(schedule.patient), str(schedule.arm)]

    def _subject(self) -> Resource:
        name = self.schedule.subject or _NOT_NAMED
        identifier = identity("Patient", self.schedule.subject or self.plan_key)
        return {"resourceType": "Patient", "id": identifier, "name": [{"text": name}]}

    def _identified(self, kind: str, key: Any) -> Resource:
        """The type and id that a resource begins with."""
        return {"resourceType": kind, "id": identity(kind, [*self.plan_key, key])}

    def _subject_reference(self) -> Resource:
        return {**reference(self.subject), "display": self.subject["name"][0]["text"]}

    def resources(self) -> Iterator[Resource]:
        """The subject, its measures, the plans, and the requests and administrations in them."""
        yield self.subject
        by_id = {item["id"]: item for measures in self.measures.values() for item in measures}
        yield from by_id.values()
        turns = grouped((row.turn, (row, resource)) for row, resource in self._row_resources())
        outermost = [pair for turn in turns if not turn.outer for pair in turns[turn]]
        main = self._care_plan((), outermost)
        requests = list(self._as_needed())
        if requests:
            main["activity"] = [*main.get("activity", ()), *map(_activity, requests)]
        main |= self._description()
        yield main
        for turn, pairs in turns.items():
            if turn.outer is not None:
                turn_plan = self._care_plan(chain_of(turn), pairs)
                yield {**turn_plan, "title": turn.name(), "partOf": [reference(main)]}
        for pairs in turns.values():
            yield from (resource for _, resource in pairs)
        yield from requests

    def _measures(self, patient: Patient) -> Iterator[Resource]:
        """The body measures that doses are calculated from; who took them is not known."""
        if patient.weight is not None:
            yield self._measure("Body weight", "29463-7", patient.weight, "kg")
        if (area := patient.bsa()) is not None:
            method = "as given"
            if patient.surface_area is None:
                method = f"from weight and height by the formula {patient.formula}"
            if patient.surface_cap is not None:
                method += f", counted up to {patient.surface_cap} m2"
            observation = self._measure("Body surface area", "8277-6", area, "m2")
            yield {**observation, "method": {"text": method}}
        if patient.gfr is not None:
            yield self._measure("Glomerular filtration rate", None, patient.gfr, "mL/min")

    def _measure(self, name: str, code: str | None, value: Decimal, unit: str) -> Resource:
        codings = [{"system": LOINC, "code": code, "display": name}] if code else []
        return {
            **self._identified("Observation", [name, str(value)]),
            "status": "unknown",
            "code": concept(name, codings),
            "subject": self._subject_reference(),
            "valueQuantity": quantity(value, unit),
        }

    def _care_plan(self, chain: Any, pairs: Sequence[tuple[Administration, Resource]]) -> Resource:
        care_plan: Resource = {
            **self._identified("CarePlan", chain),
            "status": "draft",
            "intent": "plan",
            "subject": self._subject_reference(),
        }
        moments = [record_of(row, self.schedule.recorded).when or row.when for row, _ in pairs]
        dates = [when.date().isoformat() for when in moments if when is not None]
        latest = [row.latest_date.isoformat() for row, _ in pairs if row.latest_date is not None]
        if dates:
            open_ended = any(row.not_before for row, _ in pairs)
            end = {} if open_ended else {"end": max((*dates, *latest))}
            care_plan["period"] = {"start": min(dates), **end}
        return care_plan | nonempty({"activity": [_activity(resource) for _, resource in pairs]})

    def _description(self) -> Resource:
        """The title and notes of the main plan, and the regimen it follows."""
        regimen = self.schedule.regimen
        file = notes.origin_line(regimen.origin, words.PROGRAM)
        texts = [
            words.DISCLAIMER,
            f"{regimen.id}, version {regimen.version}: {file}",
            notes.review_status(regimen),
            *(f"set: {setting}" for setting in self.schedule.settings()),
            *map(notes.assumption, self.schedule.assumptions),
            *(f"Caution: {caution.text}" for caution in self.cautions),
            *([_ROUNDED] if self._is_rounded() else ()),
        ]
        arm = f", arm {self.schedule.arm}" if self.schedule.arm is not None else ""
        return {
            "title": f"{regimen.title}{arm}",
            "instantiatesUri": [f"urn:uuid:{plan_identity(regimen)}"],
            "note": [{"text": text} for text in texts],
        }

    def _is_rounded(self) -> bool:
        """Whether any number has more than 15 digits."""
        schedule = self.schedule
        values = [row.dosed.value for row in schedule.shown]
        values += [area for patient in self.measures if (area := patient.bsa()) is not None]
        values += [record_of(row, schedule.recorded).value for row in schedule.shown]
        return any(value is not None and DIGITS.plus(value) != value for value in values)

    def _row_resources(self) -> Iterator[tuple[Administration, Resource]]:
        """Each row with its resource, by its state: planned, given, held or stopped."""
        if isinstance(self.plan, Schedule):
            for row in self.schedule.shown:
                yield row, self._request(row)
            return
        rows = {course_row.number: course_row for course_row in self.plan.rows}
        for course_row in (rows[row.number] for row in self.schedule.shown):
            state = course_row.recorded.state
            if state in ("given", "held"):
                resource = self._administration(course_row)
            else:
                resource = self._request(course_row.administration)
                resource["note"].append({"text": f"{state}, as of {words.dated(self.plan.as_of)}"})
            if state == "stopped":
                because = course_row.recorded.reason or "course stopped"
                resource |= {"status": "cancelled", "statusReason": concept(because)}
            if course_row.arm != self.schedule.arm:
                resource["note"].append({"text": f"arm {course_row.arm}"})
            if course_row.regimen.origin.sha256 != self.schedule.regimen.origin.sha256:
                resource["note"].append({"text": f"regimen version {course_row.regimen.version}"})
            yield course_row.administration, resource

    def _as_needed(self) -> Iterator[Resource]:
        """A request without a time for each dose that is given as needed."""
        texts = totals.as_needed_lines(self.schedule)
        for item, text in zip(self.schedule.as_needed, texts, strict=True):
            maxima = list(maxima_as_needed(item.dose, item.blocks))
            data = plain_data.as_needed(item) | {"most": maxima}
            drug, route = item.dose.drug, words.route(item.dose)
            repeat = at_most(data["times_at_most"]) | most_a_day(data["times_a_day_at_most"])
            timing = {"repeat": repeat} if repeat else {}
            yield {
                **self._identified("MedicationRequest", ["as needed", item.dose.path]),
                "medicationCodeableConcept": concept(drug, self.codings.get(drug, ())),
                "subject": self._subject_reference(),
                "status": "draft",
                "intent": "plan",
                "note": [{"text": text}],
                "dosageInstruction": [_dosage(data, [text], route, timing, at_need=True)],
            }

    def _medication(self, kind: str, row: Administration) -> Resource:
        """A resource that says what is given to whom; its id does not change when a dose moves."""
        key = [chain_of(row.turn), row.dose.written, row.dose.name, self.dose_numbers[row.number]]
        drug = row.dose.drug
        measures = [reference(measure) for measure in self.measures[row.patient]]
        return {
            **self._identified(kind, key),
            "medicationCodeableConcept": concept(drug, self.codings.get(drug, ())),
            "subject": self._subject_reference(),
            **nonempty({"supportingInformation": measures}),
        }

    def _request(self, row: Administration) -> Resource:
        data = plain_data.administration(row)
        if row.when is None:  # without dates, a dose past midnight is on the next block day
            day_zero = self.schedule.regimen.day_zero
            data["block_day"] = day_at(offset_of(row.block_day, day_zero) + row.carried, day_zero)
        due = f"day {row.regimen_day}, {row.time}{words.past_midnight(row)}"
        route = words.route_text(row.dose, row.dosed)
        texts = (f"{_amount_text(row, data['amount'])}, {route}", due)
        timing = _timing(data, due, row.when)
        basis = [f"Source: {data['source']}"] if data["source"] else []
        basis += [f"Assumption {number}" for number in data["assumed"]]
        if row.by_sex:
            basis += [f"Calculated for the sex {row.patient.sex}: {row.dosed.working[0].text}"]
        return {
            **self._medication("MedicationRequest", row),
            "status": "draft",
            "intent": "plan",
            "note": [{"text": f"Row {row.number}"}, *({"text": text} for text in basis)],
            "dosageInstruction": [_dosage(data, texts, route, timing, at_need=False)],
        }

    def _administration(self, course_row: CourseRow) -> Resource:
        row, recorded = course_row.administration, course_row.recorded
        data = plain_data.administration(row)
        planned = f"planned: {_amount_text(row, data['amount'])}, day {row.regimen_day}, {row.time}"
        if row.dose.unplanned:
            reason = "given as needed" if row.dose.as_needed else UNPLANNED
            planned = f"{reason}: a dose that the log adds"
        resource = self._medication("MedicationAdministration", row)
        is_given = recorded.state == "given"
        when = recorded.when if is_given else row.when
        assert when is not None, "a course has dates"
        status = "completed" if recorded.ended is None else "stopped"
        resource["status"] = status if is_given else "not-done"
        remarks, route = [planned], words.route(row.dose)
        if recorded.ran is None or recorded.ended is None:
            resource["effectiveDateTime"] = _moment(when)
        else:
            resource["effectivePeriod"] = {"start": _moment(when), "end": _moment(recorded.ended)}
            route = words.as_it_ran(row.dose, recorded.ran)
        if is_given:
            amount = plain_data.recorded(course_row)["given"]["amount"]
            given = _amount_text(row, amount)
            remarks.append(f"given: {given}, {when.isoformat(' ', 'minutes')}")
            if recorded.amount_assumed:
                remarks.append(RECKONED)
            if amount is not None:
                dosage_text: Resource = {"text": f"{given}, {route}"}
                if data["route"]:
                    dosage_text["route"] = concept(words.route(row.dose).partition(" over ")[0])
                dose = quantity(amount["value"], amount["unit"])
                resource["dosage"] = {**dosage_text, "dose": dose}
            if recorded.reason:
                remarks.append(f"reason: {recorded.reason}")
        else:
            resource["statusReason"] = [concept(recorded.reason or "no reason recorded")]
        return {**resource, "note": [{"text": text} for text in remarks]}


def _qualifiers(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The maxima, conditions, ranges and unstated values of a dose, as FHIR notes.

    Args:
        data: a row, or a dose as needed with its maxima (`most`), as plain data.
    """
    if data.get("at_most"):
        yield "at-most", "at most: the source gives this dose as a maximum"
    for condition in data["only_if"]:
        yield "only-if", f"only if {condition}"
    for text in data.get("most", ()):
        yield "at-most", text
    if data.get("not_before"):
        day = data["date"] or f"day {data['regimen_day']}"
        why = "the source gives only a minimum rest before it"
        yield "not-before", f"not before {day}: {why}"
    if data.get("latest_day") is not None:
        day = data["latest_date"] or f"day {data['latest_day']}"
        yield "latest", f"at the latest {day} {data['latest_time']}"
    if data["over_minutes"] != data["over_minutes_to"]:
        span = f"{data['over_minutes']} to {data['over_minutes_to']} minutes"
        yield "infusion-range", f"infusion time {span}"
    for name in ("amount", "route"):
        if data[name] is None:
            yield "not-stated", f"{name} not stated by the source"


def _dosage(
    data: Mapping[str, Any], texts: Sequence[str], route: str, timing: Resource, *, at_need: bool
) -> Resource:
    """The dosage of a dose.

    Args:
        data: a row, or a dose as needed, as plain data.
        texts: what it is and when, in words.
        route: in words, with its infusion time.
    """
    route_text = None if data["route"] is None else route.partition(" over ")[0]
    amount = data["amount"]
    dose = None if amount is None else quantity(amount["value"], amount["unit"])
    return dosage(texts, _qualifiers(data), timing, route_text, dose, at_need=at_need)


def _timing(data: Mapping[str, Any], due: str, when: datetime | None) -> Resource:
    """When a planned dose is due (`due` in words); without a zone, its date and clock time."""
    repeat: Resource = {}
    if when is not None and data["latest_date"] is not None:
        latest = f"{data['latest_date']}T{data['latest_time'][:5]}:00{data['latest_time'][5:]}"
        end = latest if when.tzinfo is not None else data["latest_date"]
        repeat["boundsPeriod"] = {"start": _moment(when), "end": end}
    if data["over_minutes"] is not None:
        repeat |= lasting(data["over_minutes"], data["over_minutes_to"])
    if when is None or when.tzinfo is None:
        repeat["timeOfDay"] = [f"{data['time']}:00"]
    event = when and [_moment(when)]
    timing = nonempty({"event": event, "repeat": repeat, "code": {"text": due}})
    return days_of_cycle([data["block_day"]]) | timing


def _moment(when: datetime) -> str:
    """A moment, or its date only if it has no time zone: FHIR has no time without one."""
    return when.isoformat() if when.tzinfo is not None else when.date().isoformat()


def _activity(resource: Resource) -> Resource:
    """The activity of a plan for a resource: planned, or the outcome."""
    if resource["resourceType"] == "MedicationRequest":
        return {"reference": reference(resource)}
    return {"outcomeReference": [reference(resource)]}


def _amount_text(row: Administration, amount: Mapping[str, Any] | None) -> str:
    """A drug and its amount, in words."""
    if amount is None:
        return f"{row.dose.drug} (amount not stated)"
    return f"{row.dose.drug} {safe(Decimal(amount['value']), row.dosed.unit)}"
