"""What is given as needed: in a section of its own, in no row, in no total, and not prepared."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run, written
from courselogs import course, entry, given, log, turn
from filetext import a_cycle, a_dose, a_file, assert_fault, examined, faults, loaded
from il2calc.course.admission import admit
from il2calc.course.intensity import intensities
from il2calc.errors import Refused
from il2calc.format import fhir, fhir_definition
from il2calc.format import json as json_format
from il2calc.format.table import intensity_lines
from il2calc.model.effects import Effect, Extra, Levelled
from il2calc.model.patient import Patient
from il2calc.picture import outline
from il2calc.plan.schedule import make
from il2calc.report import course_text, regimen_text, totals
from il2calc.review import of_course, of_schedule
from il2calc.units import quantity
from lacks import LACKS

BODY = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days, only_if: no progression}
        only_if: a response
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - drug: otherumab
            amount: 0.2 mg/kg
            cap: 10 mg
            route: oral
            day: 1 to 5
            turn: 2 onward
            as_needed: yes
            at: up to 3 times a day
            repeat: {up_to: 9, every: at least 4 hours}
            only_if: nausea
            over: 5 to 10 minutes
      - block: after
        doses:
          - dose: sip
            drug: thirdumab
            amount: not stated
            route: not stated
            day: 1
            as_needed: yes
          - {drug: fourthumab, amount: 1 mg, route: SC, day: 1}
    assumptions:
      - {about: after.sip.day, text: On its first day., because: It is not said.}
"""
FILE = a_file(BODY)
ARMED = loaded(
    a_file(
        """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 21 days}
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
              - drug: otherumab
                amount: {low: 1 mg, high: 2 mg}
                route: oral
                day: 1
                as_needed: yes
        """,
        "arms: {low: a low level, high: a high level}",
    )
)
BARE = a_dose("at: up to 3 times a day", "day: 1 to 21", "route: oral")
WEIGHED = ("--weight", "70")
"""0.2 mg/kg x 70 kg = 14 mg, capped at 10 mg."""
OF_CYCLE = (
    "otherumab: 10 mg (0.2 mg/kg), capped at 10 mg, oral over 5 to 10 minutes, "
    "up to 3 times a day, up to 9 times, "
    "at least 4 hours apart, as needed, on days 1 to 5, in turn 2 onward of each cycle (after the "
    "first only if no progression), only if a response, and only if nausea [doe2020, Abstract]"
)
AFTER = "thirdumab (sip): amount not stated, route not stated, as needed, on day 1 of after"
TOLD = [OF_CYCLE, f"{AFTER} [assumption 1]"]
CAUTION = "is given as needed: in no row and in no total, and not prepared"


def section(text: str) -> list[str]:
    """The lines under the heading of a table."""
    _, _, rest = text.partition("As needed, in no row and in no total\n")
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()]


def of_file(tmp_path: Path, *args: str, text: str = FILE) -> Any:
    """What a schedule of the file is."""
    body = WEIGHED if text == FILE else ()
    return run("schedule", written(tmp_path, text), *body, *args)


def test_doses_as_needed_have_a_section_of_their_own(tmp_path: Path) -> None:
    """Rows would say that it is given; totals would order it."""
    result = of_file(tmp_path)
    assert section(result.out) == TOLD
    schedule = make(loaded(FILE), Patient(weight=Decimal(70)))
    assert {row.dose.drug for row in schedule.administrations} == {"examplumab", "fourthumab"}
    assert {total.drug for total in schedule.totals} == {"examplumab", "fourthumab"}
    assert f"caution: otherumab {CAUTION}" in result.err
    assert f"caution: thirdumab {CAUTION}" in result.err


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_every_sheet_has_the_section_of_doses_as_needed(tmp_path: Path, format_: str) -> None:
    """Markdown and HTML set the same report as the table."""
    out = str(tmp_path / f"out.{format_}")
    assert of_file(tmp_path, "--format", format_, "--output", out).code == 0
    text = Path(out).read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert "As needed, in no row and in no total" in text
    assert "up to 3 times a day, up to 9 times, at least 4 hours apart, as needed" in text


def test_a_csv_has_no_row_of_doses_as_needed_and_says_so(tmp_path: Path) -> None:
    """A program that adds up the rows must not count it; a person reads that on stderr."""
    result = of_file(tmp_path, "--format", "csv", "--columns", "drug")
    assert result.out.split() == ["drug", "examplumab", "examplumab", "fourthumab"]
    assert f"otherumab {CAUTION}" in result.err


def test_json_holds_doses_as_needed_as_plain_data(tmp_path: Path) -> None:
    """So often at the most and so far apart: numbers that a program can hold a dose against."""
    first, second = json.loads(of_file(tmp_path, "--format", "json").out)["as_needed"]
    assert (first["drug"], first["blocks"]) == ("otherumab", ["cycle"])
    assert first["amount"] == {"value": 10, "unit": "mg"}
    assert (first["times_a_day_at_most"], first["times_at_most"]) == (3, 9)
    assert (first["minutes_apart_at_least"], first["days"]) == (240, "1 to 5")
    assert first["only_if"] == ["a response", "nausea", "no progression"]
    assert (first["over_minutes"], first["over_minutes_to"]) == (5, 10)
    assert (second["amount"], second["route"], second["assumed"]) == (None, None, [1])
    assert second["times_a_day_at_most"] is second["minutes_apart_at_least"] is None


def test_the_working_has_a_step_of_a_dose_as_needed(tmp_path: Path) -> None:
    """0.2 mg/kg x 70 kg = 14 mg; capped at 10 mg; and it is shown that a cap counts."""
    out = of_file(tmp_path, "--explain").out
    assert "0.2 mg/kg x 70 kg = 14 mg; capped at 10 mg; not rounded" in out
    assert "No dose is capped or rounded" not in out


def test_what_a_dose_as_needed_is_calculated_from_is_asked_for(tmp_path: Path) -> None:
    """A dose by weight needs the weight, in a row or not."""
    result = run("schedule", written(tmp_path, FILE))
    assert (result.code, "otherumab is dosed per kg: give --weight" in result.err) == (1, True)


def test_show_states_how_often_a_dose_as_needed_may_be_given(tmp_path: Path) -> None:
    """In one sentence, with how far apart at the least."""
    out = run("show", written(tmp_path, FILE)).out
    assert (
        "otherumab 0.2 mg/kg, oral over 5 to 10 minutes, on days 1 to 5, in turn 2 onward, up to "
        "3 times a day, up to 9 times, at least 4 hours apart, as needed, capped at 10 mg, only if"
    ) in out
    once = loaded(a_dose("as_needed: yes", "repeat: {up_to: 1, every: at least 1 day}"))
    assert ", up to once, at least 1 day apart, as needed [" in "\n".join(
        dict(regimen_text.paragraphs(once))["What is given"]
    )


def test_at_most_so_often_a_day_is_as_needed_and_a_person_confirms_it() -> None:
    """'Up to 3 times a day' has no times; whether it is as needed a source seldom says."""
    regimen = loaded(BARE)
    assert [dose.as_needed for dose in regimen.doses()] == [True]
    assert not regimen.body.doses
    (question,) = examine_remarks(BARE)
    assert "as given when needed; confirm it with 'as_needed: yes', or write '3" in question
    assert examine_remarks(BARE.replace("route: oral", "route: oral\n    as_needed: yes")) == []
    assert loaded(a_dose("at: up to once a day")).body.as_needed[0].at.most == 1  # type: ignore[union-attr]


def examine_remarks(text: str) -> list[str]:
    """What `check` asks a person to confirm."""
    return [remark.problem for remark in examined(text).remarks]


@pytest.mark.parametrize(
    ("lines", "path", "problem"),
    [
        (("at: 08:00",), "at", "sets a time for a dose as needed; write 'up to 3 times a day'"),
        (
            ("repeat: {times: 3, every: at least 4 hours}",),
            "repeat.times",
            "sets a number for a dose",
        ),
        (
            ("repeat: {up_to: 3, every: 4 hours}",),
            "repeat.every",
            "write 'every: at least 4 hours'",
        ),
        (("amount: 30 mg/day",), "amount", "nobody knows how often it is needed"),
        (("up_to: 3",), "up_to", "its days and times make 1 time"),
    ],
)
def test_a_key_that_contradicts_as_needed_is_a_fault(
    lines: tuple[str, ...], path: str, problem: str
) -> None:
    """A set time, a count and a share of the day belong to what is planned."""
    (fault,) = faults(a_dose("as_needed: yes", *lines))
    assert (fault.path, problem in fault.problem) == (f"examplumab.{path}", True), fault


def test_only_a_dose_as_needed_leaves_its_interval_open() -> None:
    """`at least 4 hours` gives no times; a range is one already."""
    text = a_dose("repeat: {up_to: 3, every: at least 4 hours} # here")
    assert_fault(text, "examplumab.repeat.every", "write one length, or add 'as_needed: yes'")
    text = a_dose("as_needed: yes", "repeat: {every: at least 4 to 6 hours} # here")
    assert_fault(text, "examplumab.repeat.every", "is a range too; write 'at least 4 hours'")


def test_days_of_a_dose_as_needed_are_within_its_turn() -> None:
    """Day 22 of a cycle of 21 days is a slip, given as needed or not."""
    assert_fault(a_cycle("as_needed: yes", "day: 22 # here"), "cycle.examplumab.day", "outside")


def test_a_dose_as_needed_lengthens_no_turn() -> None:
    """Nobody knows whether it is given: cycle 2 begins after day 1 + 6 days of rest, on day 8."""
    body = FILE.replace("every: 21 days, only", "rest: 6 days, only")
    schedule = make(loaded(body), Patient(weight=Decimal(70)))
    assert [row.regimen_day for row in schedule.administrations] == [1, 8, 9]


def test_a_regimen_may_have_doses_as_needed_only(tmp_path: Path) -> None:
    """Nothing has a day: the sheet has the section, a calendar and a preparation have nothing."""
    file = written(tmp_path, BARE)
    result = run("schedule", file, "--start", "2026-12-01")
    (line,) = section(result.out)
    assert line.startswith(
        "examplumab: 5 mg, oral, up to 3 times a day, as needed, on days 1 to 21"
    )
    assert result.code == 0
    assert run("schedule", file, "--format", "html", "--output", str(tmp_path / "o.html")).code == 0
    picture = run("schedule", file, "--format", "timeline").out
    assert "Nothing is given on a fixed day: all of it is given as needed." in picture
    assert "all as needed>" in repr(make(loaded(BARE)))
    dated = ("--start", "2026-12-01", "--format", "ics", "--no-subject")
    for args, problem in (
        (("prepare", file), "all of it is given as needed: nothing is made up"),
        (("schedule", file, "--format", "events"), "there is nothing to simulate"),
        (("schedule", file, *dated), "all of it is given as needed, and a calendar file needs"),
        (("schedule", file, "--first-dose", "2026-12-01"), "give --start instead of --first-dose"),
    ):
        assert_refused(run(*args), 1, problem)


def test_an_event_table_has_no_dose_as_needed(tmp_path: Path) -> None:
    """Nobody can simulate what nobody knows to be given; the other drug keeps its events."""
    result = of_file(tmp_path, "--format", "events", "--drug", "examplumab")
    assert len(result.out.splitlines()) == 3
    assert f"otherumab {CAUTION}" in result.err
    result = of_file(tmp_path, "--format", "events", "--drug", "otherumab")
    assert_refused(result, 1, "otherumab is given as needed: nothing is planned")


def test_fhir_states_as_needed_as_an_element_and_in_the_text() -> None:
    """asNeededBoolean, and a frequency that is a maximum; nothing firmer than the source."""
    schedule = make(loaded(FILE), Patient(weight=Decimal(70)))
    resources = [entry["resource"] for entry in fhir.bundle(schedule, (), {})["entry"]]
    requests = [
        resource for resource in resources if resource["resourceType"] == "MedicationRequest"
    ]
    needed = [request["dosageInstruction"][0] for request in requests[-2:]]
    assert [dosage["asNeededBoolean"] for dosage in needed] == [True, True]
    assert all("as needed" in dosage["text"] for dosage in needed)
    assert needed[0]["timing"]["repeat"] == {
        "count": 1, "countMax": 9,
        "frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d",
    }  # fmt: skip
    codes = [one["coding"][0]["code"] for one in needed[0]["additionalInstruction"]]
    assert codes == ["only-if", "only-if", "only-if", "at-most", "at-most", "infusion-range"]
    assert needed[0]["doseAndRate"][0]["doseQuantity"]["value"] == 10
    assert "timing" not in needed[1]
    assert "route" not in needed[1]
    assert not any(
        "asNeededBoolean" in request["dosageInstruction"][0] for request in requests[:-2]
    )
    (definition,) = (
        resource
        for resource in resources
        if resource.get("title") == "Examplumab every three weeks"
    )
    assert len(definition["activity"]) == 2
    ids = [resource["id"] for resource in resources]
    assert len(set(ids)) == len(ids)


def test_a_definition_in_fhir_states_as_needed_too() -> None:
    """The file itself, without a patient."""
    entries = fhir_definition.bundle(loaded(FILE), {})["entry"]
    resources = [entry["resource"] for entry in entries]
    doses = {
        resource["title"]: resource["dosage"][0]
        for resource in resources
        if resource["resourceType"] == "ActivityDefinition"
    }
    assert {name for name, dose in doses.items() if dose.get("asNeededBoolean")} == {
        "otherumab", "sip",
    }  # fmt: skip
    assert doses["otherumab"]["timing"]["repeat"]["frequencyMax"] == 3
    assert "as needed" in doses["otherumab"]["text"]


def test_a_cohort_says_that_doses_as_needed_have_no_rows(tmp_path: Path) -> None:
    """And writes the rows of what is planned."""
    file, people = written(tmp_path, FILE), tmp_path / "people.csv"
    people.write_text("ID,WT\n1,70\n", encoding="utf-8")
    out = str(tmp_path / "events.csv")
    result = run("cohort", file, str(people), "--output", out, "--cmt", "fourthumab=2")
    assert result.code == 0, result.err
    assert "otherumab is given as needed: no patient has a row of it" in result.err
    assert len(Path(out).read_text(encoding="utf-8").splitlines()) == 4
    result = run("cohort", file, str(people), "--output", out, "--drug", "otherumab")
    assert_refused(result, 1, "gives otherumab as needed: there are no rows to write")
    alone = tmp_path / "alone.yaml"
    alone.write_text(BARE, encoding="utf-8")
    result = run("cohort", str(alone), str(people), "--output", out)
    assert_refused(result, 1, "gives all of it as needed: there are no rows to write")


def test_a_dose_as_needed_is_entered_as_an_unplanned_dose(tmp_path: Path) -> None:
    """It is checked against the file like any dose, and shown as given as needed."""
    file, log = written(tmp_path, FILE), str(tmp_path / "log.yaml")
    started = run("log", "start", log, "--regimen", file, "--start", "2026-11-01", *WEIGHED)
    assert started.code == 0, started.err
    at = ("--at", "2026-11-02 12:00", "--as-of", "2026-11-03 08:00")
    outcome = run("log", "extra", log, "otherumab", "10 mg", "--route", "oral", *at)
    assert "otherumab 10 mg, oral, was given as needed (entry 1)" in outcome.err
    output = run("replan", log, "--as-of", "2026-11-03").out
    assert section(output) == TOLD
    result = run("intensity", log, "--as-of", "2026-11-03")
    assert f"otherumab {CAUTION}" in result.out + result.err


def test_a_log_cannot_give_a_planned_dose_of_a_drug_as_needed() -> None:
    """There is none; the refusal says how to enter what was given."""
    regimen, patient = loaded(FILE), Patient(weight=Decimal(70))
    with pytest.raises(Refused, match="given as needed and has no planned dose here; enter what"):
        admit(regimen, log(regimen, patient=patient), entry(given("cycle 1", "otherumab", [1])))


def test_another_text_of_the_regimen_brings_its_own_doses_as_needed(tmp_path: Path) -> None:
    """After an amendment what is given as needed is that of the later text, once."""
    file, path = written(tmp_path, FILE), str(tmp_path / "log.yaml")
    assert run("log", "start", path, "--regimen", file, "--start", "2026-11-01", *WEIGHED).code == 0
    later = FILE.replace("up to 3 times", "up to 4 times").replace("version: 1", "version: 2")
    written(tmp_path, later)
    result = run(
        "log", "amend", path, "--regimen", file, "--from", "cycle 2", "--as-of", "2026-11-03 08:00"
    )
    assert result.code == 0, result.err
    lines = section(run("replan", path, "--as-of", "2026-11-03").out)
    assert lines == [TOLD[0].replace("up to 3 times", "up to 4 times"), TOLD[1]]


def test_a_dose_level_brings_its_own_doses_as_needed() -> None:
    """Of each arm what is given as needed in it."""
    result = course(ARMED, Levelled("high", turn("cycle 2")), arm="low")
    assert [needed.dose.amount("high") for needed in result.schedule.as_needed] == [
        quantity("2 mg")
    ]


def test_the_probe_of_another_collection_means_what_it_says(tmp_path: Path) -> None:
    """Domperidone 10 mg up to 3 times a day on days 1 to 21: no row is made up for it."""
    result = run("schedule", written(tmp_path, LACKS["prn"]))
    assert section(result.out) == [
        "domperidone: 10 mg, oral, up to 3 times a day, as needed, on days 1 to 21 [s, x]"
    ]


def test_a_picture_of_the_file_leaves_doses_as_needed_out() -> None:
    """Bars are days on which something is given."""
    picture = outline.of_regimen(loaded(FILE))
    assert [lane.drug for lane in picture.lanes] == ["examplumab", "fourthumab"]


LIMITED = a_file(
    """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {dose: regular, drug: otherumab, amount: 10 mg, route: oral, day: 1}
          - dose: rescue
            drug: otherumab
            amount: 10 mg
            route: oral
            day: 1 to 5
            as_needed: yes
            at: up to 2 times a day
            repeat: {up_to: 3, every: at least 4 hours}
    doses:
      - dose: sip
        drug: thirdumab
        amount: 2 mg
        route: oral
        day: 2
        as_needed: yes
        at: up to once a day
      - {dose: rectal, drug: thirdumab, amount: 4 mg, route: rectal, day: 1 to 30, as_needed: yes}
    assumptions:
      - {about: sip.day, text: On day 2., because: It is not said.}
    """
)
"""Day 1 is 2025-12-01; a planned dose of otherumab is due on it at 08:00."""
SAYS = "the file says at most"


def extra(drug: str, amount: str, at: str, route: str = "oral") -> Extra:
    """A dose that was given in December 2025, `DD HH:MM`."""
    return Extra(drug, quantity(amount), datetime.fromisoformat(f"2025-12-{at}"), route)


def beyond(*effects: Effect, text: str = LIMITED) -> list[str]:
    """The cautions of a course by its file's limits of doses as needed."""
    result = course(loaded(text), *effects, as_of="2026-01-20 08:00")
    cautions = [
        caution for caution in of_course.log_cautions(result) if caution.code == "beyond-need"
    ]
    assert all(caution.administrations and caution.of_patient for caution in cautions)
    return [caution.text for caution in cautions]


def test_doses_given_within_the_limits_are_not_cautioned() -> None:
    """Twice a day, 4 hours apart, on days 1 to 5, three times in a cycle: 12:00 after 08:00."""
    planned = given("cycle 1", "otherumab", [1], dose="regular")
    first = (extra("otherumab", "10 mg", "01 12:00"), extra("otherumab", "10 mg", "01 16:00"))
    assert beyond(planned, *first, extra("otherumab", "10 mg", "05 23:00")) == []
    assert (
        beyond(
            extra("thirdumab", "2 mg", "02 08:00"), extra("thirdumab", "4 mg", "30 09:00", "rectal")
        )
        == []
    )


def test_more_on_a_day_than_the_file_allows_is_cautioned() -> None:
    """Four doses on one day, where the file says two, are an overdose that nobody planned."""
    hours = ("00:10", "05:00", "10:00", "15:00")
    texts = beyond(*(extra("otherumab", "10 mg", f"02 {hour}") for hour in hours))
    assert texts == [
        f"otherumab was given 4 times as needed on 2025-12-02 (rows 3 to 6); {SAYS} 2 a day",
        "otherumab was given 4 times as needed in cycle 1 (rows 3 to 6); the file says at most 3",
    ]
    two = (extra("thirdumab", "2 mg", "02 08:00"), extra("thirdumab", "2 mg", "02 09:00"))
    assert beyond(*two) == [
        f"thirdumab was given 2 times as needed on 2025-12-02 (rows 3, 4); {SAYS} once a day"
    ]


def test_more_in_a_turn_than_the_file_allows_is_cautioned() -> None:
    """Two on day 1 and two on day 2 are 4 of at most 3 a cycle; cycle 2 is counted by itself."""
    days = ("01 12:00", "01 17:00", "02 08:00", "02 13:00", "22 12:00")
    texts = beyond(*(extra("otherumab", "10 mg", day) for day in days))
    assert texts == [
        "otherumab was given 4 times as needed in cycle 1 (rows 3 to 6); the file says at most 3"
    ]
    text = LIMITED.replace("at: up to once a day", "repeat: {up_to: 1, every: at least 1 hour}")
    two = (extra("thirdumab", "2 mg", "02 08:00"), extra("thirdumab", "2 mg", "02 09:00"))
    assert beyond(*two, text=text) == [
        "thirdumab was given 2 times as needed in all (rows 3, 4); the file says at most once"
    ]


def test_doses_nearer_together_than_the_file_allows_are_cautioned() -> None:
    """3 hours after a planned dose, and a planned one 30 minutes after one that was needed."""
    planned = given("cycle 1", "otherumab", [1], dose="regular")
    assert beyond(planned, extra("otherumab", "10 mg", "01 11:00")) == [
        "row 3: otherumab was given 3 hours after row 2; the file says at least 4 hours apart"
    ]
    assert beyond(extra("otherumab", "10 mg", "01 07:30"), planned) == [
        "row 3: otherumab was given 30 minutes after row 1; the file says at least 4 hours apart"
    ]


def test_a_planned_dose_that_was_not_given_counts_for_nothing() -> None:
    """Only what was given is near to anything."""
    assert beyond(extra("otherumab", "10 mg", "01 09:00")) == []


def test_more_at_a_time_than_the_file_allows_is_cautioned() -> None:
    """20 mg of 10 mg is 2 times; 12 mg of 10 mg is more than it. An amount not stated is none."""
    assert beyond(
        extra("otherumab", "20 mg", "02 08:00"), extra("otherumab", "12 mg", "03 08:00")
    ) == [
        "row 3: otherumab 20 mg is 2 times the 10 mg that the file gives",
        "row 4: otherumab 12 mg is more than the 10 mg that the file gives",
    ]
    bare = LIMITED.replace("amount: 2 mg", "amount: not stated")
    assert beyond(extra("thirdumab", "9 mg", "02 08:00"), text=bare) == []
    assert beyond(extra("otherumab", "20 mL", "02 08:00")) == []


def test_a_day_that_the_file_does_not_allow_is_cautioned() -> None:
    """Day 8 of cycle 2 is day 29; the file says days 1 to 5 of each cycle, and day 2 in all."""
    assert beyond(
        extra("otherumab", "10 mg", "29 08:00"), extra("thirdumab", "2 mg", "23 09:00")
    ) == [
        "row 5: thirdumab was given as needed on day 23; the file says day 2",
        "row 6: otherumab was given as needed on day 8 of cycle 2; the file says days 1 to 5",
    ]


def test_a_route_that_the_file_does_not_give_is_checked_against_all_its_routes() -> None:
    """No way of giving it has 5 mg: the largest is 4 mg. The days of one of them hold day 9."""
    assert beyond(extra("thirdumab", "5 mg", "09 08:00", "IV")) == [
        "row 3: thirdumab 5 mg is more than the 4 mg that the file gives"
    ]


def test_a_dose_outside_the_block_is_checked_against_it_all_the_same() -> None:
    """Day 43 is after the last cycle: the drug is given as needed in a cycle alone."""
    last = Extra("otherumab", quantity("10 mg"), datetime.fromisoformat("2026-01-12 09:00"), "oral")
    assert beyond(last) == [
        "row 5: otherumab was given as needed on day 43; the file says days 1 to 5"
    ]


SEVERAL = a_file(
    """
    doses:
      - {dose: any, drug: x, amount: 15 mg, route: IV, day: 1 to 60, as_needed: yes,
         repeat: {up_to: 1, every: at least 1 hour}}
    blocks:
      - block: course
        repeat: {times: 2, every: 30 days}
        blocks:
          - block: cycle
            repeat: {times: 2, every: 10 days}
            doses:
              - {drug: y, amount: 1 mg, route: IV, day: 1}
              - {dose: tablet, drug: x, amount: 10 mg, route: oral, day: 1 to 5, as_needed: yes,
                 repeat: {up_to: 2, every: at least 4 hours}}
              - {dose: vein, drug: x, amount: 10 mg, route: IV, day: 1 to 5, as_needed: yes,
                 repeat: {up_to: 1, every: at least 1 hour}}
          - block: after
            doses:
              - {drug: z, amount: 1 mg, route: IV, day: [1, 9]}
              - {dose: drops, drug: x, amount: 20 mg, route: oral, day: 2, as_needed: yes}
              - {dose: syrup, drug: x, amount: 20 mg, route: oral, day: [4, 6], as_needed: yes}
              - {dose: bottle, drug: x, amount: 20 mg, route: oral, day: 2, as_needed: yes}
    """
)
"""Day 1 is 2025-12-01: cycle 1 of course 1 begins on it, cycle 2 on day 11, `after` on day 21."""


def test_a_dose_is_checked_against_what_its_own_block_gives_as_needed() -> None:
    """Danger: 15 mg pass in a cycle of 10 mg, for the block after it has 20 mg; or the reverse."""
    assert beyond(extra("x", "15 mg", "02 08:00"), text=SEVERAL) == [
        "row 2: x 15 mg is more than the 10 mg that the file gives"
    ]
    assert beyond(extra("x", "15 mg", "22 08:00"), text=SEVERAL) == []
    assert beyond(extra("x", "25 mg", "22 08:00"), text=SEVERAL) == [
        "row 4: x 25 mg is more than the 20 mg that the file gives"
    ]


def test_doses_as_needed_outside_all_blocks_are_allowed_in_each() -> None:
    """Danger: 15 mg by vein, given on any day by the file, checked against the 10 mg of a cycle."""
    assert beyond(extra("x", "15 mg", "02 08:00", "IV"), text=SEVERAL) == []


def test_doses_are_counted_in_the_innermost_of_their_blocks() -> None:
    """Danger: 2 tablets in each of 2 cycles called 4 of at most 2; by vein 1 + 1 in each called 4.

    Three tablets in a cycle are one too many.
    """
    days = ("02 08:00", "03 08:00", "12 08:00", "13 08:00")
    assert beyond(*(extra("x", "10 mg", day) for day in days), text=SEVERAL) == []
    assert beyond(*(extra("x", "10 mg", day, "IV") for day in days), text=SEVERAL) == []
    assert beyond(*(extra("x", "10 mg", day) for day in (*days, "14 08:00")), text=SEVERAL) == [
        "x was given 3 times as needed in course 1, cycle 2 (rows 5 to 7); the file says at most 2"
    ]


def test_a_caution_names_all_days_that_the_file_allows() -> None:
    """Danger: day 2 alone named, to somebody who may give it on days 4 and 6 too."""
    (text,) = beyond(extra("x", "20 mg", "23 08:00"), text=SEVERAL)
    assert text.endswith(" on day 3 of course 1, after; the file says day 2 or days 4, 6")
    outside = SEVERAL.replace("day: 1 to 60", "day: 40 to 60").replace("amount: 15", "amount: 10")
    assert beyond(extra("x", "10 mg", "06 08:00", "IV"), text=outside) == [
        "row 2: x was given as needed on day 6; the file says days 40 to 60",
        "row 2: x was given as needed on day 6 of course 1, cycle 1; the file says days 1 to 5",
    ]


def test_no_largest_amount_applies_where_one_way_of_giving_states_none() -> None:
    """Danger: 40 mg of drops, without an amount in the file, checked against those of a syrup."""
    bare = SEVERAL.replace("drops, drug: x, amount: 20 mg", "drops, drug: x, amount: not stated")
    assert beyond(extra("x", "40 mg", "22 08:00"), text=bare) == []


def test_without_a_largest_number_no_number_is_cautioned() -> None:
    """An interval alone says how far apart: 3 doses, 4 hours apart and more, are no fault."""
    bare = LIMITED.replace("up_to: 3, ", "")
    hours = ("01 12:00", "02 12:00", "03 12:00", "04 12:00")
    assert beyond(*(extra("otherumab", "10 mg", hour) for hour in hours), text=bare) == []


def test_intervals_are_measured_between_the_times_at_which_doses_were_given() -> None:
    """08:00 planned, given at 20:00: the one as needed at 12:00 is 8 hours before it."""
    late = given("cycle 1", "otherumab", [1], dose="regular", at="2025-12-01 20:00")
    assert beyond(extra("otherumab", "10 mg", "01 12:00"), late) == []
    near = given("cycle 1", "otherumab", [1], dose="regular", at="2025-12-01 13:00")
    assert beyond(extra("otherumab", "10 mg", "01 12:00"), near) == [
        "row 2: otherumab was given 1 hour after row 3; the file says at least 4 hours apart"
    ]


def test_two_planned_doses_are_not_checked_against_the_interval_of_doses_as_needed() -> None:
    """Danger: what is planned 2 hours apart called given as needed, beside one dose of that."""
    twice = LIMITED.replace(
        "route: oral, day: 1}", 'route: oral, day: 1, at: ["08:00", "10:00"]}', 1
    )
    planned = given("cycle 1", "otherumab", [1, 2], dose="regular")
    assert beyond(planned, extra("otherumab", "10 mg", "02 12:00"), text=twice) == []


def test_a_dose_given_as_needed_is_shown_as_needed_and_not_as_unplanned() -> None:
    """The file has it so: the row, its source, the change, totals, tallies, intensity and FHIR."""
    result = course(
        loaded(LIMITED), extra("thirdumab", "2 mg", "02 08:00"), as_of="2025-12-03 08:00"
    )
    row = next(
        administration
        for administration in result.schedule.administrations
        if administration.dose.unplanned
    )
    assert (row.dose.as_needed, row.source) == (True, ("given as needed",))
    assert list(course_text.changes(result)) == [
        "thirdumab 2 mg given on 2025-12-02 08:00, oral, as needed (entry 1)"
    ]
    assert "thirdumab, in all: 1 given as needed (2 mg)" in list(course_text.totals(result))
    result = course(
        loaded(LIMITED),
        given("cycle 1", "otherumab", [1], dose="regular"),
        extra("otherumab", "10 mg", "01 12:00"),
        as_of="2025-12-03 08:00",
    )
    assert "otherumab, cycle 1: 2 of 1 given (20 of 10 mg) (1 of them as needed)" in list(
        course_text.totals(result)
    )
    lines = [line.text.strip() for line in intensity_lines(result, intensities(result), ())]
    assert any(line.startswith("2 of 1 doses (1 of those as needed):") for line in lines)
    tallies = json.loads("".join(json_format.lines(result, ())))["tallies"]
    tally = next(one for one in tallies if one["drug"] == "otherumab")
    assert tally["as_needed"] == tally["unplanned"] == {"administrations": 1, "amount": 10}


def test_a_notebook_names_doses_as_needed_under_the_rows() -> None:
    """`_repr_html_` showed the rows alone, as if nothing else were given."""
    html = make(loaded(FILE), Patient(weight=Decimal(70)))._repr_html_()
    assert (
        "<p>In no row: otherumab 10 mg, oral, up to 3 times a day, up to 9 times, at least " in html
    )
    assert "<p>In no row: thirdumab amount not stated, route not stated, as needed</p>" in html


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.5 mg/kg", "17.5 mg (0.25 mg/kg)"),
        ("0.25 million IU/kg", "8.75 million units (125,000 units/kg)"),
        ("{below 60 kg: 1 mg/kg, 60 kg or more: 0.6 mg/kg}", "21 mg (0.3 mg/kg)"),
        ("8 mg", "4 mg"),
    ],
)
def test_a_percentage_changes_the_basis_shown_behind_the_amount(amount: str, expected: str) -> None:
    """Half of 0.5 mg/kg x 70 kg = 17.5 mg, which is 0.25 mg/kg; the line showed 0.5 mg/kg.

    Half of 250,000 units/kg are 125,000, x 70 = 8.75 million; of bands that of the patient.
    """
    text = a_file(f"""
        doses:
          - {{drug: otherumab, amount: 1 mg, route: oral, day: 1}}
          - {{drug: examplumab, amount: {amount}, route: IV, day: 1, as_needed: yes}}
    """)
    schedule = make(loaded(text), Patient(weight=Decimal(70)), percents={"examplumab": Decimal(50)})
    (line,) = totals.as_needed_lines(schedule)
    assert line.startswith(f"examplumab: {expected}, intravenous, as needed")
    assert outline.of_schedule(schedule).as_needed == (f"examplumab {expected}, as needed",)


def test_a_rounding_that_is_not_done_is_a_caution() -> None:
    """0.2 mg/kg x 70 kg = 14 mg, capped at 10 mg; to a step of 4 mg that is 12, above the cap."""
    text = FILE.replace("cap: 10 mg", "cap: 10 mg\n        round: 4 mg")
    schedule = make(loaded(text), Patient(weight=Decimal(70)))
    (caution,) = (one for one in of_schedule.review(schedule) if one.code == "not-rounded")
    assert caution.text == (
        "cycle.otherumab: not rounded, because rounding to 4 mg would exceed the cap of 10 mg"
    )
    assert caution.administrations == ()


def test_an_event_of_a_calendar_names_doses_as_needed(tmp_path: Path) -> None:
    """Whoever sees the event alone would not know of it."""
    out = str(tmp_path / "out.ics")
    args = ("--start", "2026-12-01", "--no-subject", "--format", "ics", "--output", out)
    assert of_file(tmp_path, *args).code == 0
    text = Path(out).read_text(encoding="utf-8").replace("\n ", "")
    much = "10 mg (0.2 mg/kg)\\, capped at 10 mg\\, oral over 5 to 10 minutes"
    assert text.count(f"In no event: otherumab: {much}") == 3


def test_a_picture_says_what_it_does_not_draw(tmp_path: Path) -> None:
    """No day is set for it, and no bar can stand for it.

    For a patient it says what the section of the sheet says, else what the file says.
    """
    message = "Not drawn, because it has no fixed day: otherumab"
    often = "up to 3 times a day, up to 9 times"
    much = "10 mg (0.2 mg/kg), capped at 10 mg"
    output = " ".join(of_file(tmp_path, "--format", "timeline").out.split())
    assert f"{message} {much}, {often}" in output
    output = " ".join(run("show", written(tmp_path, FILE), "--format", "timeline").out.split())
    assert f"{message} 0.2 mg/kg, {often}" in output
    out = tmp_path / "out.svg"
    assert of_file(tmp_path, "--format", "svg", "--output", str(out)).code == 0
    assert "Not drawn, because it has no fixed day: otherumab" in out.read_text(encoding="utf-8")


ONCE = a_file(
    """
    blocks:
      - block: first
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 9}
      - block: second
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {dose: rescue, drug: otherumab, amount: 10 mg, route: oral, day: 1 to 5,
             as_needed: yes, at: up to 2 times a day}
    """
)
"""Block `second` begins on day 10, 2025-12-10; what is planned in it ends on that day."""


def test_doses_as_needed_are_allowed_after_the_planned_days_of_their_block() -> None:
    """Danger: a caution that is wrong is a caution that nobody reads.

    A block given once lasts to its last planned day. 12 December is its day 3, of the 5 on which
    the file has the dose; it was called day 12 of a file that says days 1 to 5. 17 December is its
    day 8; on the 7th it had not begun, and days are those of the regimen.
    """
    assert beyond(extra("otherumab", "10 mg", "12 10:00"), text=ONCE) == []
    assert beyond(extra("otherumab", "10 mg", "17 10:00"), text=ONCE) == [
        "row 11: otherumab was given as needed on day 8 of second; the file says days 1 to 5"
    ]
    assert beyond(extra("otherumab", "10 mg", "07 10:00"), text=ONCE) == [
        "row 8: otherumab was given as needed on day 7; the file says days 1 to 5"
    ]


THEN = (
    ONCE.rstrip()
    + """
  - block: third
    doses:
      - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 5}
"""
)
"""Block `third` begins on day 11, while doses as needed in `second` are still allowed."""


def test_a_dose_as_needed_is_checked_against_its_own_block_while_another_runs() -> None:
    """12 December is day 2 of `third` and day 3 of `second`, of whose days 1 to 5 the file speaks.

    On the 10th `second` begins; 15 December is its day 6.
    """
    assert beyond(extra("otherumab", "10 mg", "12 10:00"), text=THEN) == []
    assert beyond(extra("otherumab", "10 mg", "10 10:00"), text=THEN) == []
    assert beyond(extra("otherumab", "10 mg", "15 10:00"), text=THEN) == [
        "row 16: otherumab was given as needed on day 6 of second; the file says days 1 to 5"
    ]


def test_a_dose_as_needed_of_nested_blocks_is_checked_against_the_inner_one() -> None:
    """12 December is day 12 of `course`, and day 3 of `second` in it."""
    inside = ONCE.replace("blocks:", "blocks:\n  - block: course\n    blocks:", 1)
    head, _, blocks = inside.partition("    blocks:\n")
    nested = f"{head}    blocks:\n" + "".join(f"    {line}\n" for line in blocks.splitlines())
    assert beyond(extra("otherumab", "10 mg", "12 10:00"), text=nested) == []


def test_doses_as_needed_are_allowed_in_the_rest_of_their_block() -> None:
    """A day of doses and 6 of rest: 12 December is day 5 of cycle 2, which began on the 8th."""
    cycles = a_file(
        """
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 6 days}
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
              - {dose: rescue, drug: otherumab, amount: 10 mg, route: oral, day: 1 to 5,
                 as_needed: yes, at: up to 2 times a day}
        """
    )
    assert beyond(extra("otherumab", "10 mg", "12 10:00"), text=cycles) == []
    assert beyond(extra("otherumab", "10 mg", "07 10:00"), text=cycles) == [
        "row 2: otherumab was given as needed on day 7 of cycle 1; the file says days 1 to 5"
    ]
