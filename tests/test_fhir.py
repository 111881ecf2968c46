"""FHIR R4: what a Bundle says of a regimen, a plan and a course, and nothing more certain."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import EVERY_REGIMEN, NPC, environment, run, written
from courselogs import CYCLE, course, given, held, key
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import Patient, load_regimen
from il2calc.format import fhir, fhir_definition
from il2calc.language import drug, drug_keys, monographs, shelf
from il2calc.model.effects import Extra, Parted, Stopped
from il2calc.plan.schedule import make
from il2calc.report import plain_data
from il2calc.units import quantity
from written import open_blocks

VALIDATORS = Path(__file__).parent / "fhir_validators"
CUT = "Numbers are given to at most 15 digits, halves rounded up."
ASK = "validators: run npm ci --ignore-scripts in tests/fhir_validators"


def bundled(*args: str) -> Any:
    """The Bundle that a verb prints."""
    result = run(*args, "--format", "fhir")
    assert result.code == 0, result.err
    return json.loads(result.out)


def resources(bundle: Any, kind: str) -> list[Any]:
    """The resources of a kind."""
    return [
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind
    ]


def planned_with(bundle: Any, code: str) -> list[Any]:
    """The planned doses that an instruction with a code makes less than certain."""
    return [
        dosage
        for request in resources(bundle, "MedicationRequest")
        for dosage in request["dosageInstruction"]
        for instruction in dosage.get("additionalInstruction", ())
        if instruction["coding"] == [{"system": fhir_definition.NOTES, "code": code}]
    ]


def references(data: Any) -> Iterator[str]:
    """Every reference within a resource."""
    if isinstance(data, dict):
        if isinstance(data.get("reference"), str):
            yield data["reference"]
        for value in data.values():
            yield from references(value)
    elif isinstance(data, list):
        for value in data:
            yield from references(value)


def test_a_plan_is_a_request_for_each_administration_and_a_plan_for_each_cycle() -> None:
    """60 doses in two courses of two cycles: 60 requests, a CarePlan in all and one per cycle."""
    bundle = bundled(*NPC, "--subject", "S-07")
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    requests = resources(bundle, "MedicationRequest")
    assert len(requests) == 60
    assert {(request["status"], request["intent"]) for request in requests} == {("draft", "plan")}
    overall, *cycles = resources(bundle, "CarePlan")
    assert [cycle["title"] for cycle in cycles] == [
        f"course {course_}, cycle {cycle}" for course_ in (1, 2) for cycle in (1, 2)
    ]
    assert [len(cycle["activity"]) for cycle in cycles] == [15] * 4
    assert all(cycle["partOf"] == [{"reference": f"urn:uuid:{overall['id']}"}] for cycle in cycles)
    assert "activity" not in overall


def test_every_reference_leads_to_a_resource_of_the_bundle() -> None:
    """A reader looks for what is referred to, and fails where it is not there."""
    for line in EVERY_REGIMEN.values():
        bundle = bundled(*line)
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(set(urls)) == len(urls)
        assert set(references(bundle["entry"])) <= set(urls)


def test_ids_are_the_same_from_run_to_run_and_where_a_dose_moves() -> None:
    """What was imported once is found again; another subject's is another's."""
    line = (*NPC, "--subject", "S-07")
    assert bundled(*line) == bundled(*line)
    later = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-02-06", "--subject")
    ids = {
        name: [request["id"] for request in resources(bundle, "MedicationRequest")]
        for name, bundle in {
            "now": bundled(*line),
            "later": bundled(*later, "S-07"),
            "other": bundled(*later, "S-08"),
        }.items()
    }
    assert ids["now"] == ids["later"]
    assert not set(ids["now"]) & set(ids["other"])


def test_an_id_stays_with_its_dose_where_another_start_time_changes_the_order(
    tmp_path: Path,
) -> None:
    """1 mg at 09:00 and 2 mg at the start time, 08:00 or 10:00: a server finds each dose again."""
    doses = [
        "{drug: examplumab, dose: early, amount: 1 mg, route: SC, day: 1, at: 09:00}",
        "{drug: examplumab, dose: late, amount: 2 mg, route: SC, day: 1}",
    ]
    path = written(tmp_path, a_file("\n".join(["doses:", *(f"  - {dose}" for dose in doses)])))
    by_amount = [
        {
            request["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"]: request[
                "id"
            ]
            for request in resources(
                bundled("schedule", path, "--subject", "S-07", "--at", at), "MedicationRequest"
            )
        }
        for at in ("08:00", "10:00")
    ]
    assert by_amount[0] == by_amount[1]
    assert len({*by_amount[0].values()}) == 2


def test_the_subject_is_a_label_and_nothing_else() -> None:
    """A birth date that nobody gave is not made up; without a subject there is none."""
    (patient,) = resources(bundled(*NPC, "--subject", "S-07"), "Patient")
    assert set(patient) == {"resourceType", "id", "name"}
    assert patient["name"] == [{"text": "S-07"}]
    (patient,) = resources(bundled(*NPC), "Patient")
    assert patient["name"] == [{"text": "not named"}]
    other = bundled("schedule", "npc-bolus", "--weight", "71", "--start", "2025-01-06")
    assert resources(other, "Patient")[0]["id"] != patient["id"], "two nobodies are not one"


def test_weight_and_body_surface_area_are_observations() -> None:
    """Who measured them and when is not known: their status says so."""
    line = ("schedule", "imp321", "--arm", "1.25-mg", "--weight", "70", "--height", "170")
    weight, area = resources(bundled(*line), "Observation")
    assert (weight["valueQuantity"]["value"], weight["valueQuantity"]["code"]) == (70, "kg")
    assert (weight["status"], area["status"]) == ("unknown", "unknown")
    assert area["method"] == {"text": "from weight and height by the formula mosteller"}
    (area,) = resources(bundled(*line[:4], "--bsa", "1.8", "--bsa-cap", "2"), "Observation")
    assert area["method"] == {"text": "as given, counted up to 2 m2"}
    schedule = make(loaded(a_dose("amount: 5 AUC")), Patient(gfr=Decimal(90)))
    (rate,) = resources(fhir.bundle(schedule, (), {}), "Observation")
    assert rate["valueQuantity"]["code"] == "mL/min"


def test_the_plan_names_its_regimen_file_and_the_program() -> None:
    """A Bundle that is found years later can be traced to the text and the program it came from."""
    texts = [note["text"] for note in resources(bundled(*NPC), "CarePlan")[0]["note"]]
    (line,) = [text for text in texts if text.startswith("npc-bolus, version 1: npc-bolus.yaml")]
    assert "il2calc 0.1.0" in line
    assert f"SHA-256 {load_regimen('npc-bolus').origin.sha256[:16]}" in line


def test_numbers_have_at_most_15_digits_and_the_bundle_says_so() -> None:
    """80 mg/m2 x sqrt(119) / 6 m2 is 145.449494861809523...: 145.449494861810, half-up."""
    line = ("schedule", "imp321", "--arm", "1.25-mg", "--weight", "70", "--height", "170")
    bundle = json.loads(run(*line, "--format", "fhir").out, parse_float=str)
    doses = {
        request["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"]
        for request in resources(bundle, "MedicationRequest")
    }
    assert doses == {"145.44949486181", "1.25"}
    assert {"text": CUT} in resources(bundle, "CarePlan")[0]["note"]
    assert CUT not in json.dumps(bundled(*NPC))
    assert fhir_definition.number(Decimal("1.0000000000000050")) == Decimal("1.00000000000001")


def test_every_uncertainty_is_in_elements_and_in_texts() -> None:
    """60 doses are at most, 30 of the second course on a condition and with a latest date."""
    bundle = bundled(*NPC)
    for code, word, count in (
        ("at-most", "at most", 60),
        ("only-if", "only if stable disease or response", 30),
        ("latest", "at the latest", 30),
        ("infusion-range", "infusion time", 0),
        ("not-stated", "not stated", 0),
    ):
        instructions = planned_with(bundle, code)
        assert len(instructions) == count, code
        assert all(word in request["text"] for request in instructions)
        texts = [
            request["dosageInstruction"][0]["text"]
            for request in resources(bundle, "MedicationRequest")
        ]
        assert sum(word in text for text in texts) == count
    late = planned_with(bundle, "latest")
    periods = [request["timing"]["repeat"]["boundsPeriod"] for request in late]
    assert all(period["start"] < period["end"] for period in periods)


def test_a_range_of_infusion_time_is_a_duration_with_a_longest_one() -> None:
    """30 to 90 minutes are neither 30 nor 90 minutes."""
    schedule = make(loaded(a_dose("route: IV infusion", "over: 30 to 90 minutes")))
    (instruction,) = planned_with(fhir.bundle(schedule, (), {}), "infusion-range")
    repeat = instruction["timing"]["repeat"]
    assert (repeat["duration"], repeat["durationMax"], repeat["durationUnit"]) == (30, 90, "min")
    schedule = make(loaded(a_dose("route: IV infusion", "over: 30 minutes")))
    (request,) = resources(fhir.bundle(schedule, (), {}), "MedicationRequest")
    assert "durationMax" not in request["dosageInstruction"][0]["timing"]["repeat"]


def test_what_the_source_does_not_state_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dose of unknown size has no dose quantity, and its text says why."""
    schedule = make(loaded(a_dose("day: 1")))
    plain = plain_data.administration(schedule.shown[0])
    bare = {**plain, "amount": None, "route": None, "source": ""}
    monkeypatch.setattr(plain_data, "administration", lambda _: bare)
    first, second = planned_with(fhir.bundle(schedule, (), {}), "not-stated")
    assert first == second
    assert "amount not stated by the source; route not stated by the source" in first["text"]
    assert not {"doseAndRate", "route"} & set(first)


def test_a_time_is_a_moment_in_a_zone_and_a_clock_time_beside_its_date_without() -> None:
    """FHIR has no time without an offset; one made up would move the dose."""
    first = resources(bundled(*NPC, "--tz", "Europe/London"), "MedicationRequest")[0]
    timing = first["dosageInstruction"][0]["timing"]
    assert timing["event"] == ["2025-01-06T08:00:00+00:00"]
    assert "repeat" not in timing
    zoned = planned_with(bundled(*NPC, "--tz", "Europe/London"), "latest")[0]
    assert zoned["timing"]["repeat"]["boundsPeriod"]["end"].endswith("T08:00:00+00:00")
    first = resources(bundled(*NPC), "MedicationRequest")[0]
    timing = first["dosageInstruction"][0]["timing"]
    assert (timing["event"], timing["repeat"]) == (["2025-01-06"], {"timeOfDay": ["08:00:00"]})
    first = resources(bundled("schedule", "npc-bolus", "--weight", "70"), "MedicationRequest")[0]
    timing = first["dosageInstruction"][0]["timing"]
    assert "event" not in timing
    assert timing["code"] == {"text": "day 1, 08:00"}
    assert timing["extension"][0]["extension"] == [{"url": "day", "valueInteger": 1}]


def test_a_course_has_what_was_given_and_what_was_not() -> None:
    """Doses 1 and 2 given, 3 held: two completed, one not done; the rest planned."""
    entries = (
        given(CYCLE, "aldesleukin", [1]),
        given(CYCLE, "aldesleukin", [2], at="2025-12-01 17:30", amount="2.5 million IU"),
        held(CYCLE, "aldesleukin", [3]),
    )
    bundle = fhir.bundle(course("npc-bolus", *entries, as_of="2025-12-02"), (), {})
    one, two, three = resources(bundle, "MedicationAdministration")
    assert [record["status"] for record in (one, two, three)] == [
        "completed",
        "completed",
        "not-done",
    ]
    assert two["dosage"]["dose"]["value"] == 2_500_000
    assert {"text": "given: aldesleukin 2.5 million units, 2025-12-01 17:30"} in two["note"]
    assert three["statusReason"] == [{"text": "no reason recorded"}]
    assert "dosage" not in three
    assert "5.04 million units" in three["note"][0]["text"]
    requests = resources(bundle, "MedicationRequest")
    assert len(requests) == 57
    assert {request["status"] for request in requests} == {"draft"}
    outcomes = [
        activity
        for activity in resources(bundle, "CarePlan")[1]["activity"]
        if "outcomeReference" in activity
    ]
    assert len(outcomes) == 3


def test_the_period_of_a_turn_has_the_days_on_which_its_doses_were_given() -> None:
    """Cycle 1 is planned to 6 December; dose 15 given on the 8th lies within it too."""
    for day, end in (("2025-12-06", "2025-12-06"), ("2025-12-08", "2025-12-08")):
        last = given(CYCLE, "aldesleukin", [15], at=f"{day} 00:00")
        entries = (given(CYCLE, "aldesleukin", [*range(1, 15)]), last)
        bundle = fhir.bundle(course("npc-bolus", *entries, as_of="2025-12-09"), (), {})
        _, cycle, *_ = resources(bundle, "CarePlan")
        assert cycle["period"] == {"start": "2025-12-01", "end": end}


@pytest.mark.parametrize(
    ("zone", "period"),
    [
        (None, ("2025-12-01", "2025-12-01")),
        ("Europe/London", ("2025-12-01T08:00:00+00:00", "2025-12-01T09:30:00+00:00")),
    ],
)
def test_an_infusion_that_was_broken_off_was_given_for_as_long_as_it_ran(
    zone: str | None, period: tuple[str, str]
) -> None:
    """A day's bag broken off after an hour and a half was not given over 24 hours.

    Danger: read as completed, all of it was given.
    """
    timing = "route: IV infusion, day: 1, over: 24 hours"
    bag = a_file(f"doses:\n  - {{drug: x, amount: 18 mg, {timing}}}\n")
    effect = Parted(key("", "x", 1), quantity("2 mg"), datetime.fromisoformat("2025-12-01 09:30"))
    result = course(loaded(bag), effect, zone=zone, as_of="2025-12-02")
    (one,) = resources(fhir.bundle(result, (), {}), "MedicationAdministration")
    assert one["status"] == "stopped"
    assert (one["effectivePeriod"]["start"], one["effectivePeriod"]["end"]) == period
    assert "effectiveDateTime" not in one
    assert one["dosage"]["text"].endswith(", stopped early after 90 minutes")
    assert one["dosage"]["route"] == {"text": "intravenous infusion"}


def test_the_rows_of_some_dates_are_the_only_ones_of_a_course() -> None:
    """Rows 2 and 3 of 60: one was given, one is due, and the first, of 1/3 unit, is not there.

    Danger: a Bundle of one week that has the whole course, or mentions digits it does not have.
    """
    third = given(CYCLE, "aldesleukin", [1], amount="0.3333333333333333333 IU")
    result = course("npc-bolus", third, given(CYCLE, "aldesleukin", [2]), as_of="2025-12-02")
    part = replace(result, schedule=replace(result.schedule, shown=result.schedule.shown[1:3]))
    bundle = fhir.bundle(part, (), {})
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds.count("MedicationAdministration") == 1
    assert kinds.count("MedicationRequest") == 1
    cut = "Numbers are given to at most 15 digits"
    assert cut in json.dumps(fhir.bundle(result, (), {}), default=str)
    assert cut not in json.dumps(bundle, default=str)


def test_a_stopped_course_plans_nothing_more(tmp_path: Path) -> None:
    """What is not given any more is cancelled, with the reason; reasons of doses are kept too."""
    log = str(tmp_path / "S-07.yaml")
    run("log", "start", log, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    for words in (("given", "1", "--reason", "late bag"), ("hold", "2", "--reason", "fever")):
        verb, number, *rest = words
        assert run("log", verb, log, number, *rest, "--as-of", "2025-12-01 18:00").code == 0
    assert run("log", "stop", log, "--reason", "fatigue", "--as-of", "2025-12-02 07:00").code == 0
    bundle = bundled("replan", log, "--as-of", "2025-12-03")
    requests = resources(bundle, "MedicationRequest")
    stopped = [request for request in requests if request["status"] == "cancelled"]
    assert len(stopped) > 50
    assert all(request["statusReason"] == {"text": "fatigue"} for request in stopped)
    one, two = resources(bundle, "MedicationAdministration")
    assert {"text": "reason: late bag"} in one["note"]
    assert two["statusReason"] == [{"text": "fever"}]
    bare = fhir.bundle(course("npc-bolus", Stopped(), as_of="2031-01-01"), (), {})
    assert resources(bare, "CarePlan")


def test_a_given_dose_of_unknown_amount_has_no_quantity(monkeypatch: pytest.MonkeyPatch) -> None:
    """FHIR requires a dose or a rate in a dosage: without either there is no dosage."""
    result = course("npc-bolus", given(CYCLE, "aldesleukin", [1]))
    plain = plain_data.recorded(result.rows[0])
    bare = {**plain, "given": {**plain["given"], "amount": None}}
    monkeypatch.setattr(plain_data, "recorded", lambda _: bare)
    (one,) = resources(fhir.bundle(result, (), {}), "MedicationAdministration")
    assert "dosage" not in one
    assert "aldesleukin (amount not stated)" in one["note"][1]["text"]


def test_a_regimen_is_a_plan_of_actions_and_an_activity_for_each_dose_and_arm() -> None:
    """Drafts, the maximum as countMax, the condition as an applicability."""
    bundle = bundled("show", "npc-bolus")
    (plan,) = resources(bundle, "PlanDefinition")
    assert plan["status"] == "draft"
    (outer,) = plan["action"]
    assert outer["timingTiming"]["repeat"] == {"count": 1, "countMax": 2}
    (condition,) = outer["condition"]
    assert condition["kind"] == "applicability"
    assert condition["extension"][0]["valueString"] == (
        "after the first turn: stable disease or response"
    )
    (activity,) = resources(bundle, "ActivityDefinition")
    (dosage,) = activity["dosage"]
    assert dosage["doseAndRate"][0]["doseQuantity"] == {
        "value": 72000,
        "unit": "[iU]/kg",
        "system": fhir_definition.UCUM,
        "code": "[iU]/kg",
    }
    assert dosage["timing"]["repeat"] == {
        "count": 1,
        "countMax": 15,
        "frequency": 1,
        "period": 8,
        "periodUnit": "h",
    }
    assert "at most 15 times" in dosage["text"]
    arms = resources(bundled("show", "imp321"), "ActivityDefinition")
    assert len({arm["url"] for arm in arms}) == len(arms) > len(load_regimen("imp321").arms)
    canonicals = json.dumps(resources(bundled("show", "imp321"), "PlanDefinition"))
    assert all(arm["url"] in canonicals for arm in arms)


def test_each_way_to_write_a_dose_is_in_its_definition() -> None:
    """Open days, ranges, conditions, arms and target AUCs, each in an element."""
    body = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 to 28 days}
        only_if: no progression
        doses:
          - {drug: examplumab, amount: 5 AUC, route: IV infusion, day: 2 onward,
             over: 30 to 90 minutes, only_if: no fever}
          - {drug: otherumab, amount: 5 mg/m2/day, route: SC, day: 1, at: 2 times a day, arm: high}
          - {drug: thirdumab, amount: 5 mg, route: SC, day: 1, over: 90 minutes,
             repeat: {times: 2, every: 90 minutes}}
      - block: after
        doses: [{drug: examplumab, amount: 5 mg, route: SC, day: 1 to 450}]
    """
    head = ("arms: {high: High, low: Low}",)
    regimen = loaded(a_file(body.replace("21 to 28 days", "21 days"), *head))
    bundle = fhir_definition.bundle(regimen, {})
    cycle, after = resources(bundle, "PlanDefinition")[0]["action"]
    assert cycle["timingTiming"]["repeat"] == {
        "count": 2,
        "frequency": 1,
        "period": 21,
        "periodUnit": "d",
    }
    assert [condition["extension"][0]["valueString"] for condition in cycle["condition"]] == [
        "no progression"
    ]
    assert "description" not in after
    one, two, three, four = resources(bundle, "ActivityDefinition")
    codes = [
        instruction["coding"][0]["code"]
        for instruction in one["dosage"][0]["additionalInstruction"]
    ]
    assert codes == ["at-most", "only-if", "infusion-range"]
    assert one["dosage"][0]["doseAndRate"][0]["doseQuantity"] == {"value": 5, "unit": "AUC"}
    assert one["dosage"][0]["timing"]["repeat"]["durationMax"] == 90
    assert two["dosage"][0]["doseAndRate"][0]["doseQuantity"]["code"] == "mg/m2/d"
    assert cycle["action"][1]["condition"][0]["extension"][0]["valueString"] == "in arm high"
    assert three["dosage"][0]["timing"]["repeat"]["periodUnit"] == "min"
    assert "timing" not in four["dosage"][0], "450 days stand in the sentence"


def test_a_dose_without_a_stated_amount_or_route_has_no_element_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That amount and route are not stated is in the text; they have no element of their own."""
    monkeypatch.setattr(fhir_definition, "sentence", lambda _: "some examplumab")
    regimen = loaded(a_dose("day: 1"))
    (dose,) = regimen.body.doses
    unstated: Any = {None: "not stated"}
    bare = replace(dose, amounts=unstated, route="not stated")
    body = replace(regimen.body, doses=(bare,))
    (definition,) = resources(
        fhir_definition.bundle(replace(regimen, body=body), {}), "ActivityDefinition"
    )
    codes = [
        instruction["text"] for instruction in definition["dosage"][0]["additionalInstruction"]
    ]
    assert codes == ["amount not stated by the source", "route not stated by the source"]
    assert not {"doseAndRate", "route"} & set(definition["dosage"][0])


def test_an_amount_per_hour_is_per_hour() -> None:
    """0.875 mg/m2 in each of 4 hours is 3.5 mg/m2: without its hour it is a quarter of that."""
    drip = ("route: IV infusion", "over: 4 hours")
    for amount, code in (("0.875 mg/m2/hour", "mg/m2/h"), ("2 mg/kg/hour", "mg/kg/h")):
        bundle = fhir_definition.bundle(loaded(a_dose(f"amount: {amount}", *drip)), {})
        (dosage,) = resources(bundle, "ActivityDefinition")[0]["dosage"]
        assert dosage["doseAndRate"][0]["doseQuantity"]["code"] == code
        assert dosage["timing"]["repeat"]["duration"] == 240


def test_an_amount_by_bands_is_stated_and_no_single_quantity() -> None:
    """A source that states three amounts has not left the amount out."""
    bands = "amount: {below 50 kg: 260 mg, 50 to 80 kg: 390 mg, above 80 kg: 590 mg}"
    (definition,) = resources(
        fhir_definition.bundle(loaded(a_dose(bands)), {}), "ActivityDefinition"
    )
    (dosage,) = definition["dosage"]
    (less,) = dosage["additionalInstruction"]
    assert less["coding"][0]["code"] == "by-band"
    assert less["text"] == (
        "amount by the patient's weight: 260 mg (below 50 kg), 390 mg (50 to 80 kg) and 590 mg "
        "(above 80 kg)"
    )
    assert less["text"] in dosage["text"]
    assert "not stated" not in dosage["text"]
    assert "doseAndRate" not in dosage


def coded(dosage: Any) -> list[tuple[str, str]]:
    """The codes of a dosage that make it less than certain, with their texts."""
    less = dosage.get("additionalInstruction", ())
    return [(instruction["coding"][0]["code"], instruction["text"]) for instruction in less]


def test_requests_after_a_minimum_rest_are_not_before_their_date_and_have_no_end() -> None:
    """Day 64 is the earliest that 3 weeks of rest allow: the source gives no latest day."""
    text = """
    blocks:
      - block: course
        repeat: {times: 2, rest: at least 3 weeks}
        blocks:
          - block: cycle
            repeat: {times: 2, every: 21 to 28 days}
            doses: [{drug: x, amount: 5 mg, route: SC, day: 1}]
    """
    schedule = make(
        loaded(a_file(text)), Patient(), start=datetime.fromisoformat("2026-07-06 08:00")
    )
    bundle = fhir.bundle(schedule, (), {})
    dosages = [
        request["dosageInstruction"][0] for request in resources(bundle, "MedicationRequest")
    ]
    assert [[code for code, _ in coded(dosage)] for dosage in dosages] == [
        [],
        ["latest"],
        ["not-before"],
        ["not-before"],
    ]
    note = "not before 2026-09-07: the source gives only a minimum rest before it"
    assert note in dosages[2]["text"]
    assert "boundsPeriod" not in json.dumps(dosages[2:])
    overall, *turns = resources(bundle, "CarePlan")
    assert ["end" in turn["period"] for turn in turns] == [True, True, False, False]
    assert "period" not in overall
    undated = fhir.bundle(make(loaded(a_file(text)), Patient()), (), {})
    request = resources(undated, "MedicationRequest")[2]["dosageInstruction"][0]
    assert "not before day 64" in request["text"]


def test_a_dose_as_needed_has_its_maxima_and_the_conditions_of_its_block() -> None:
    """At most 4 doses in at most 3 cycles, the later ones on a condition: each has its code."""
    text = """
    blocks:
      - block: cycle
        repeat: {up_to: 3, every: 21 days, only_if: no progression}
        doses:
          - {drug: x, amount: 5 mg, route: SC, day: 1}
          - {drug: y, amount: 5 mg, route: SC, day: 1 to 5, as_needed: yes, TURNS
             at: up to 3 times a day, repeat: {up_to: 4, every: at least 4 hours}}
          - {drug: z, amount: 5 mg, route: SC, day: 2 onward, as_needed: yes}
      - block: once
        doses: [{drug: y, dose: other, amount: 5 mg, route: SC, day: 1, as_needed: yes}]
    """
    always = ("only-if", "only if no progression")
    later = ("only-if", "only if no progression (each cycle after the first)")
    for turns, condition in (("", later), ("turn: 2 onward,", always)):
        schedule = make(loaded(a_file(text.replace("TURNS", turns))), Patient())
        requests = resources(fhir.bundle(schedule, (), {}), "MedicationRequest")
        first, second, third = (
            request["dosageInstruction"][0]
            for request in requests
            if request["dosageInstruction"][0].get("asNeededBoolean")
        )
        assert coded(first) == [
            condition,
            ("at-most", "at most 3 times a day"),
            ("at-most", "at most 4 times in all"),
            ("at-most", "at most 3 turns of cycle"),
        ]
        assert first["timing"]["repeat"]["countMax"] == 4
        assert first["timing"]["repeat"]["frequencyMax"] == 3
        assert ("at-most", "at most: to the end of the turn") in coded(second)
        assert coded(third) == []
        conditions = plain_data.as_needed(schedule.as_needed[0])["only_if"]
        assert conditions == [condition[1].removeprefix("only if ")]
    definition = fhir_definition.bundle(loaded(a_file(text.replace("TURNS", ""))), {})
    dosage = resources(definition, "ActivityDefinition")[1]["dosage"][0]
    assert [code for code, _ in coded(dosage)] == ["at-most", "at-most"]
    assert dosage["timing"]["repeat"]["countMax"] == 4


def test_a_definition_has_its_clock_times_its_maximum_and_its_ranges() -> None:
    """14 of 15 clock times, a range of hours, and a range of intervals: none of them is certain."""
    text = """
    doses:
      - {drug: x, amount: 5 mg, route: SC, day: 1 to 5, at: [00:00, 08:00, 16:00], up_to: 14}
      - {drug: y, amount: 5 mg, route: SC, day: 1, at: +3 to +24 hours}
      - {drug: z, amount: 5 mg, route: SC, day: 1, repeat: {times: 3, every: 8 to 12 hours}}
    """
    definitions = resources(fhir_definition.bundle(loaded(a_file(text)), {}), "ActivityDefinition")
    clocks, ranged, every = (definition["dosage"][0] for definition in definitions)
    assert coded(clocks) == [("at-most", "at most 14 of its times in each turn")]
    assert clocks["timing"]["repeat"] == {
        "timeOfDay": ["00:00:00", "08:00:00", "16:00:00"],
        "count": 1,
        "countMax": 14,
    }
    assert [code for code, _ in coded(ranged)] == ["latest"]
    assert "at +3 to +24 hours: at the latest" in ranged["text"]
    assert [code for code, _ in coded(every)] == ["latest"]
    assert every["timing"]["repeat"]["periodMax"] == 12


def test_an_extra_dose_of_the_log_is_not_called_planned() -> None:
    """Nobody planned it: a note that says "planned" would be a false record."""
    added = Extra(
        "aldesleukin", quantity("2 million IU"), datetime.fromisoformat("2025-12-01 12:00"), "SC"
    )
    result = course("npc-bolus", added, as_of="2025-12-02")
    (one,) = resources(fhir.bundle(result, (), {}), "MedicationAdministration")
    assert one["note"][0] == {"text": "not of the plan: a dose that the log adds"}
    assert "planned: " not in json.dumps(one)


def test_a_dose_given_by_a_route_that_is_not_stated_has_none() -> None:
    """A route of our own would be one that nobody gave it by."""
    regimen = loaded(a_dose("amount: 5 mg", "route: not stated"))
    result = course(regimen, given("", "examplumab", [1]), as_of="2025-12-02")
    (one,) = resources(fhir.bundle(result, (), {}), "MedicationAdministration")
    assert one["dosage"]["dose"]["value"] == 5
    assert "route" not in one["dosage"]


def test_a_time_past_midnight_of_its_day_says_so_where_there_is_no_date() -> None:
    """From 20:00 three times a day: 02:00 and 08:00 are on the day after, coded as day 2.

    Danger: at 02:00 of day 1 it would be given 18 hours before the first dose.
    """
    schedule = make(loaded(a_dose("at: 3 times a day")), Patient(), at=20 * 60)
    (first, second, third) = [
        request["dosageInstruction"][0]
        for request in resources(fhir.bundle(schedule, (), {}), "MedicationRequest")
    ]
    assert first["text"].endswith("; day 1, 20:00")
    assert second["text"].endswith("; day 1, 02:00 (the day after day 1)")
    assert third["text"].endswith("; day 1, 08:00 (the day after day 1)")
    days = [json.dumps(dosage["timing"]["extension"]) for dosage in (first, second, third)]
    assert [text.partition('"valueInteger": ')[2][:1] for text in days] == ["1", "2", "2"]


def test_an_amount_per_day_of_a_long_infusion_names_its_days() -> None:
    """36 mg a day for 5 days are the 180 mg of the bag: the text says both."""
    drip = ("amount: 36 mg/day", "route: IV infusion", "over: 120 hours")
    (request,) = resources(
        fhir.bundle(make(loaded(a_dose(*drip)), Patient()), (), {}), "MedicationRequest"
    )
    (dosage,) = request["dosageInstruction"]
    assert "36 mg a day x 5 days = 180 mg" in dosage["text"]
    assert dosage["route"] == {"text": "intravenous infusion"}


def test_codes_of_registers_come_from_the_monographs() -> None:
    """Each with a source of its own; one that was not found is no code."""
    bundle = bundled(*NPC)
    concept = resources(bundle, "MedicationRequest")[0]["medicationCodeableConcept"]
    assert {"system": "http://www.whocc.no/atc", "code": "L03AC01"} in concept["coding"]
    assert concept["text"] == "aldesleukin"
    codings = fhir.codings_of(monographs(["IMP321", "nobodyumab", "paclitaxel"]))
    assert codings["IMP321"] == []
    assert {coding["code"] for coding in codings["paclitaxel"]} == {"L01CD01", "56946"}
    assert "nobodyumab" not in codings
    assert set(fhir.SYSTEMS) == set(drug_keys.CODES)
    assert [code.sources for code in drug("IMP321").codes] == [("mii2026, medication",)]


def test_an_open_number_of_turns_has_no_count() -> None:
    """A count that the source does not give would be more certain than the source."""
    bundle = fhir_definition.bundle(loaded(a_cycle(repeat="{every: 21 days}")), {})
    repeat = resources(bundle, "PlanDefinition")[0]["action"][0]["timingTiming"]["repeat"]
    assert repeat == {"frequency": 1, "period": 21, "periodUnit": "d"}


def test_a_range_of_intervals_has_a_longest_one() -> None:
    """Every 8 to 12 hours is neither 8 nor 12."""
    bundle = fhir_definition.bundle(loaded(a_cycle(repeat="{times: 2, every: 21 to 28 days}")), {})
    repeat = resources(bundle, "PlanDefinition")[0]["action"][0]["timingTiming"]["repeat"]
    assert (repeat["period"], repeat["periodMax"], repeat["periodUnit"]) == (21, 28, "d")


Fault = Callable[[dict[str, Any]], object]
PLANTED: dict[str, Fault] = {
    "status": lambda one: one.update(status="wat"),
    "intent": lambda one: one.update(intent="hope"),
    "unit of a period": lambda one: _repeat(one).update(period=8, periodUnit="hour"),
    "negative period": lambda one: _repeat(one).update(period=-1, periodUnit="h"),
    "no subject": lambda one: one.pop("subject"),
    "an extra key": lambda one: one.update(colour="red"),
    "a dosage without its dose": lambda one: one.update(
        resourceType="MedicationAdministration", dosage={"text": "some"}
    ),
}
"""Faults of a MedicationRequest, each of which one of three validators must find."""


def _repeat(request: dict[str, Any]) -> dict[str, Any]:
    timing: dict[str, Any] = request["dosageInstruction"][0]["timing"]
    repeat: dict[str, Any] = timing.setdefault("repeat", {})
    return repeat


def found_by_validators(folder: Path, bundles: Iterable[Any]) -> list[dict[str, list[str]]]:
    """What the validators of npm find in each Bundle."""
    files = []
    for number, bundle in enumerate(bundles):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(bundle), encoding="utf-8")
        files.append(str(file))
    node = shutil.which("node")
    assert node is not None
    result = subprocess.run(
        [node, str(VALIDATORS / "validate.mjs"), *files],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    problems: list[dict[str, list[str]]] = json.loads(result.stdout)
    return problems


def planned(name: str) -> Iterator[Any]:
    """The Bundle of each arm of a regimen that ships, for an ordinary adult."""
    weight, height, age, gfr = map(Decimal, (84, 168, 60, 90))
    body = Patient(weight=weight, height=height, age=age, gfr=gfr, sex="female")
    parsed = load_regimen(name)
    for arm in parsed.arms or (None,):
        schedule = make(parsed, body, arm=arm, times=open_blocks(parsed, 1))
        yield json.loads("\n".join(fhir.lines(schedule, (), {})))


@pytest.mark.skipif(
    shutil.which("node") is None or not (VALIDATORS / "node_modules").is_dir(), reason=ASK
)
def test_three_validators_find_no_error_of_ours_and_every_planted_one(tmp_path: Path) -> None:
    """@medplum/core, fhir and @asymmetrik/fhir-json-schema-validator, all without network."""
    log = str(tmp_path / "S-07.yaml")
    run("log", "start", log, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    run("log", "given", log, "1-2", "--as-of", "2025-12-02 09:00")
    run("log", "hold", log, "3", "--as-of", "2025-12-02 09:00", "--reason", "fever")
    good = [
        *(bundled(*line) for line in EVERY_REGIMEN.values()),
        *(bundled("show", name) for name in shelf.regimen_files()),
        *(one for name in shelf.regimen_files() for one in planned(name)),
        bundled(*NPC, "--tz", "Europe/London", "--subject", "S-07"),
        bundled("replan", log, "--as-of", "2025-12-02 09:00"),
    ]
    bad = []
    for plant in PLANTED.values():
        bundle = deepcopy(good[0])
        plant(resources(bundle, "MedicationRequest")[0])
        bad.append(bundle)
    problems = found_by_validators(tmp_path, [*good, *bad])
    assert problems[: len(good)] == [{"medplum": [], "fhir": [], "schema": []}] * len(good)
    missed = [
        name
        for name, fault in zip(PLANTED, problems[len(good) :], strict=True)
        if not any(fault.values())
    ]
    assert missed == []
