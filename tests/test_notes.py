"""What is above and below the rows: who and what, rules, totals, assumptions and sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from courselogs import course, entry, turn
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.model.effects import Delayed, Stopped, Weighed
from il2calc.model.evidence import Origin, Source
from il2calc.model.patient import Patient
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Schedule, make
from il2calc.report import notes, words
from il2calc.report import totals as counted
from il2calc.report.notes import rules, rules_used

D = Decimal
NPC = language.load("npc-bolus")
IMATINIB = language.load("imatinib")
KG70 = Patient(weight=D(70))
JAN_6 = date(2025, 1, 6)
GIVEN = {1: Recorded("given")}


def head(schedule: Schedule) -> dict[str, str]:
    """The lines above the rows, by their label."""
    return dict(notes.head(schedule))


def used(schedule: Schedule) -> str:
    return "\n".join(rules_used(schedule))


def totals(schedule: Schedule) -> list[str]:
    return list(counted.totals(schedule))


def basis(schedule: Schedule) -> Iterator[tuple[str, list[str]]]:
    """What a schedule rests on."""
    return notes.basis(schedule.regimen, schedule.assumptions)


def texts(parts: Iterator[tuple[str, list[str]]]) -> dict[str, list[str]]:
    return dict(parts)


# Above the rows


def test_the_head_names_regimen_version_and_file() -> None:
    """Which file, down to its bytes: the first 16 digits of its SHA-256."""
    lines = head(make(NPC, KG70))
    assert lines["regimen"] == f"npc-bolus, version 1: {NPC.title}"
    assert lines["file"].startswith("npc-bolus.yaml (ships with il2calc), SHA-256 ")
    assert lines["file"].endswith(NPC.origin.sha256[:16])


def test_a_file_of_the_users_is_named_by_the_path_that_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files of one name differ by their folder; the folders of a machine matter to nobody."""
    own_file = tmp_path / "study" / "npc-bolus.yaml"
    own_file.parent.mkdir()
    own_file.write_bytes(Path(NPC.origin.file).read_bytes())
    monkeypatch.chdir(tmp_path)
    line = notes.origin_line(language.load("study/npc-bolus.yaml").origin)
    assert line.startswith("study/npc-bolus.yaml, SHA-256 ")
    assert notes.origin_line(language.load(str(own_file)).origin) == line.removeprefix("study/")


def test_a_shipped_file_is_named_without_this_machines_folders() -> None:
    """Sheets of two machines are to be the same, whichever way the slashes of their paths lean."""
    for file in ("/opt/il2calc/regimens/x.yaml", r"C:\il2calc\regimens\x.yaml"):
        origin = Origin(file, "ab" * 32, shipped=True)
        assert notes.origin_line(origin).startswith("x.yaml (ships with il2calc), SHA-256 abab")


def test_the_head_leaves_out_what_is_not_known() -> None:
    """A flat dose needs no body; a regimen without arms has none to name."""
    assert list(head(make(loaded(a_dose())))) == ["regimen", "file", "program", "review", "start"]


def test_the_head_says_whether_a_clinician_has_reviewed_the_file() -> None:
    """On the last line of the last page nobody would read it."""
    assert head(make(loaded(a_dose())))["review"] == "Not clinically reviewed."
    schedule = make(replace(loaded(a_dose()), reviewed_by="A. Pharmacist, 2026-11-01"))
    assert head(schedule)["review"] == "Reviewed by A. Pharmacist, 2026-11-01."


@pytest.mark.parametrize(
    ("patient", "text"),
    [
        (Patient(weight=D("70.50")), "weight 70.5 kg"),
        (Patient(height=D(170)), "height 170 cm"),
        (Patient(surface_area=D("1.80")), "body surface area 1.8 m2 (given)"),
        (
            Patient(weight=D(70), height=D(170)),
            "weight 70 kg, height 170 cm, body surface area 1.818 m2 (mosteller)",
        ),
        (
            Patient(weight=D(70), height=D(170), formula="du-bois"),
            "weight 70 kg, height 170 cm, body surface area 1.81 m2 (Du Bois)",
        ),
        (
            Patient(weight=D(150), height=D(190), surface_cap=D("2.0")),
            "weight 150 kg, height 190 cm, body surface area 2.814 m2 (mosteller), counted as 2 m2",
        ),
        (
            Patient(surface_area=D("1.8"), surface_cap=D("2.0"), gfr=D(90)),
            "body surface area 1.8 m2 (given), GFR 90 mL/min",
        ),
    ],
)
def test_the_body_is_shown_with_the_formula_of_its_surface(patient: Patient, text: str) -> None:
    """1.8181, 1.8097 (published for 170 cm, 70 kg) and sqrt(190 x 150 / 3600) = 2.8137 m2."""
    assert head(make(loaded(a_dose()), patient))["patient"].casefold().startswith(text.casefold())


def test_the_head_names_subject_arm_settings_and_percentages() -> None:
    """Whatever makes this sheet differ from another of the same regimen is at its top."""
    parsed = language.load("imatinib", settings=[("cycle.imatinib.cap", "300 mg")])
    percents = {"imatinib": D("75.50")}
    lines = head(make(parsed, times={"cycle": 1}, percents=percents, subject="S-07"))
    assert lines["subject"] == "S-07"
    assert lines["arm"].startswith("level-2 (the file's default): 6 million units")
    assert lines["set"] == "cycle.imatinib.cap: not stated -> 300 mg"
    assert lines["percent"] == "imatinib: 75.5 % of the amount in the file"


def test_an_arm_that_was_chosen_is_not_called_a_default() -> None:
    """The reader must be able to distinguish a choice from a default."""
    lines = head(make(IMATINIB, arm="level-2", times={"cycle": 1}))
    assert lines["arm"].startswith("level-2: 6 million units")


def test_the_start_has_its_weekday_and_clock_time() -> None:
    """2025-01-06 was a Monday."""
    line = head(make(NPC, KG70, start=JAN_6, at=9 * 60 + 5))["start"]
    assert line.startswith("day 1 = Mon 2025-01-06")
    assert "09:05" in line
    assert "first dose" not in line


def test_without_a_start_the_head_says_how_to_give_one() -> None:
    """Days and times are there; dates are missing, and the head says why."""
    line = head(make(NPC, KG70))["start"]
    assert "no date" in line
    assert "--start" in line
    assert "08:00" in line


def test_negative_days_put_both_dates_in_the_head() -> None:
    """Day 1 = 2024-01-22, a Monday; day -21 = 2024-01-01, a Monday three weeks before."""
    for dates in ({"start": date(2024, 1, 22)}, {"first_dose": date(2024, 1, 1)}):
        line = head(make(IMATINIB, times={"cycle": 1}, **dates))["start"]  # type: ignore[arg-type]
        assert "day 1 = Mon 2024-01-22" in line
        assert "first dose, day -21 = Mon 2024-01-01" in line


def test_negative_days_without_a_date_need_no_first_date() -> None:
    """There is no date to give."""
    assert "first dose" not in head(make(IMATINIB, times={"cycle": 1}))["start"]


# A course


def weighed(*weights: Weighed, patient: Patient = KG70) -> str:
    """The line about the patient of a course in which weights were taken up."""
    return head(course("npc-bolus", *weights, patient=patient).schedule)["patient"]


def test_a_weight_taken_up_is_shown_beside_the_first_with_its_rows() -> None:
    """Cycle 2 begins with row 16; course 2, at 65 kg, with row 31."""
    lighter = Weighed(D("66.5"), date(2025, 12, 12), turn("course 1/cycle 2"))
    assert weighed(lighter) == "weight 70 kg; from row 16 on: weight 66.5 kg"
    again = Weighed(D(65), date(2026, 1, 10), turn("course 2"))
    assert weighed(lighter, again) == (
        "weight 70 kg; rows 16 to 30: weight 66.5 kg; from row 31 on: weight 65 kg"
    )
    assert weighed(Weighed(D("66.5"), date(2025, 12, 12))) == "weight 70 kg"


def test_of_a_new_weight_only_what_differs_is_shown() -> None:
    """Square root of 170 x 66.5 / 3600 = 1.7721 m2 beside 1.8181; the height is the same."""
    lighter = Weighed(D("66.5"), date(2025, 12, 12), turn("course 1/cycle 2"))
    assert weighed(lighter, patient=Patient(weight=D(70), height=D(170))) == (
        "weight 70 kg, height 170 cm, body surface area 1.818 m2 (Mosteller); "
        "from row 16 on: weight 66.5 kg, body surface area 1.772 m2 (Mosteller)"
    )


def test_a_first_weight_taken_up_later_is_shown_with_its_rows() -> None:
    """A flat dose needs no weight; one that is taken up later is shown all the same."""
    schedule = make(loaded(a_cycle(repeat="{times: 2, every: 21 days}")), start=JAN_6)
    first, second = schedule.administrations
    schedule = replace(
        schedule, administrations=(first, replace(second, patient=KG70)), recorded=GIVEN
    )
    assert head(schedule)["patient"] == "row 2: weight 70 kg"


# Rules


# Which rows


def test_the_rows_shown_are_named_by_their_numbers() -> None:
    """Rows keep the numbers of the whole schedule."""
    schedule = make(NPC, KG70)
    object.__setattr__(schedule, "shown", schedule.administrations[15:30])
    assert notes.rows_shown(schedule) == "rows 16-30 of 60"
    object.__setattr__(schedule, "shown", ())
    assert notes.rows_shown(schedule) == "no rows of 60 lie between these dates"


# Totals


# Assumptions and sources


def test_assumptions_in_force_have_a_reason_and_a_ready_option() -> None:
    """The other reading is one option away."""
    assumptions = texts(basis(make(NPC, KG70)))["Assumptions"]
    assert assumptions[0].startswith("1. Seven treatment-free days")
    assert "(course.cycle.repeat.rest)" in assumptions[0]
    assert "Because: The abstract says only" in assumptions[0]
    assert assumptions[0].endswith('Otherwise: --set course.cycle.repeat.rest="6 days"')
    assert "Otherwise" not in assumptions[1]


def test_an_assumption_about_a_value_that_was_set_is_no_longer_in_force() -> None:
    """A value that the user set is not assumed."""
    parsed = language.load("npc-bolus", settings=[("course.cycle.repeat.rest", "6 days")])
    assumptions = texts(basis(make(parsed, KG70)))["Assumptions"]
    assert [text[:2] for text in assumptions] == ["2.", "3.", "4."]


def test_a_regimen_without_assumptions_has_no_such_heading() -> None:
    """And one without findings has no such heading either."""
    parts = texts(basis(make(loaded(a_dose(head=("findings: []",))))))
    assert list(parts) == ["Alongside", "Sources", "Standing"]


def test_findings_are_shown_with_their_sources() -> None:
    """Deaths too."""
    findings = " ".join(texts(notes.basis(NPC, ()))["Findings"])
    assert "No response in 14 patients (34 cycles)" in findings
    assert "One patient died of the treatment, of a myocardial infarction." in findings
    assert "[chi2001, Abstract, Results]" in findings


def test_a_finding_may_be_in_the_head_as_well() -> None:
    """A death and that the dose had no effect are not left to the last page."""
    head = ("findings:\n  - {text: Nobody died., head: yes}\n  - {text: Some were ill.}",)
    schedule = make(loaded(a_dose(head=head)))
    findings_in_head = [text for label, text in notes.head(schedule) if label == "finding"]
    assert findings_in_head == ["Nobody died."]
    findings = texts(notes.basis(schedule.regimen, ()))["Findings"]
    assert findings[0] == "Nobody died. [doe2020, Abstract]"
    ineffective, death = [note.text for note in NPC.findings if note.head]
    assert "clinically ineffective" in ineffective
    assert "One patient died of the treatment" in death


def test_doses_left_out_of_the_schedule_are_named() -> None:
    """A table that looks complete is believed to be complete."""
    with_some, without = texts(notes.basis(NPC, ())), texts(notes.basis(IMATINIB, ()))
    assert "Prophylactic antibiotic and antipyretic" in with_some["Alongside"][0]
    for parts in (with_some, without):
        assert parts["Alongside"][-1].startswith("Not in this schedule: premedication")


def test_a_source_is_shown_with_its_identifiers_and_how_much_was_read() -> None:
    """doi, PMID, trial and address, each only where it is known."""
    full = Source(
        key="doe2020",
        cite="Doe J. An invented trial.",
        read="abstract",
        doi="10.1/x",
        pmid="12",
        trial="NCT1",
        url="https://example.org/x",
    )
    assert notes.source(full) == (
        "doe2020: Doe J. An invented trial. "
        "doi 10.1/x; PMID 12; trial NCT1; https://example.org/x; read: abstract"
    )
    assert notes.source(Source("doe2020", "Doe J.", "registry")) == "doe2020: Doe J. read: registry"


def test_the_standing_says_whether_a_clinician_has_reviewed_the_file() -> None:
    """Or who has; and from what it was read, each kind once."""
    assert notes.review_status(NPC) == "Read on 2026-11-28 from: abstract; not clinically reviewed."
    assert "from: abstract and registry;" in notes.review_status(IMATINIB)
    reviewed = loaded(a_dose(head=("reviewed_by: A. Pharmacist",)))
    assert notes.review_status(reviewed).endswith("reviewed by A. Pharmacist.")


def test_every_sheet_says_that_it_is_no_prescription() -> None:
    """In one line, last."""
    assert texts(notes.basis(NPC, ()))["Standing"][-1] == words.DISCLAIMER
    assert "not a prescription" in words.DISCLAIMER


def test_that_hours_are_elapsed_time_in_a_zone_is_a_rule() -> None:
    """Nobody sees in a table of local times which clock was meant."""
    schedule = make(NPC, KG70, start=JAN_6, zone=ZoneInfo("Europe/London"))
    rules = list(rules_used(schedule))
    rule = "counted in hours, and offsets, run on elapsed time; repeats by whole days"
    assert any(rule in text for text in rules)
    assert any("if it exists twice, the first is meant" in text for text in rules)
    assert dict(notes.head(schedule))["start"].endswith("each day begins at 08:00 in Europe/London")


def test_a_course_names_its_log_in_the_head_and_has_its_own_totals_and_rules() -> None:
    """The totals and the rules of a plan are not those of a course."""
    late = Delayed(turn("course 1/cycle 2"), 3)
    result = course("npc-bolus", late, entry(Stopped(), "2025-12-01 12:00"), as_of="2025-12-01")
    assert list(notes.head(result))[-4:] == [
        ("log", "S-07.yaml, 2 entries"),
        ("as of", "Mon 2025-12-01; 1 entry is of a later day"),
        ("change", "course 1, cycle 2 delayed by 3 days (entry 1)"),
        ("change", "course stopped (entry 2)"),
    ]
    heading, tallies = counted.under_heading(result)
    assert heading == "Given and still to come"
    assert tallies[-1].startswith("aldesleukin, in all: 0 of 60 given, ")
    (_, of_plan), (_, of_log) = parts = list(rules(result))
    assert [name for name, _ in parts] == ["Rules of the plan", "Rules of the log"]
    assert of_plan[:-1] == list(rules_used(result.planned))[:-1]
    assert of_plan[-1].endswith("; CSV and JSON hold every digit.")
    assert of_log == list(result.notes)
    assert notes.as_of(result) == ", a course as of Mon 2025-12-01"


TRASTUZUMAB = language.load("trastuzumab")


def test_a_plan_has_its_totals_and_rules_under_their_own_headings() -> None:
    schedule = make(NPC, KG70, start=JAN_6)
    assert counted.under_heading(schedule) == ("Totals", totals(schedule))
    part = replace(schedule, shown=schedule.administrations[:3])
    assert counted.under_heading(part) == ("Totals of the whole schedule", totals(schedule))
    assert list(rules(schedule)) == [("Rules used", used(schedule).split("\n"))]
    assert notes.as_of(schedule) == ""


def test_a_dose_rounded_from_two_weights_is_shown_twice() -> None:
    """70 and 65 kg x 5 mg/kg = 350 and 325 mg, to steps of 100 mg half-up: 400 and 300 mg."""
    cycles = a_cycle("amount: 5 mg/kg", "round: 100 mg", repeat="{times: 2, every: 21 days}")
    lighter = Weighed(D(65), date(2025, 12, 20), turn("cycle 2"))
    schedule = course(loaded(cycles), lighter, patient=KG70).schedule
    assert list(counted.roundings(schedule)) == [
        "cycle.examplumab: 350 mg calculated, 400 mg given (+14.3 %)",
        "cycle.examplumab: 325 mg calculated, 300 mg given (-7.69 %)",
    ]


def test_a_total_of_a_turn_says_which_part_of_it_is_conditional() -> None:
    """Of 3 x 10 mg the first dose is firm: 20 mg depend, and so do 40 of 60 mg in all.

    Of a turn that depends on a condition as a whole, nothing is firm.
    """
    repeat = "repeat: {times: 3, every: 1 day, only_if: tolerated}"
    text = a_cycle("amount: 10 mg", repeat, repeat="{times: 2, every: 21 days}")
    part = "of which 20 mg only if tolerated"
    assert totals(make(loaded(text), KG70)) == [
        f"examplumab: 30 mg (3 doses) per cycle (cycle 1; cycle 2), {part}",
        "examplumab: 60 mg (6 doses) in all, of which 40 mg only if tolerated",
    ]
    text = a_cycle("amount: 10 mg", repeat, repeat="{times: 2, every: 21 days, only_if: fit}")
    first, second, _ = totals(make(loaded(text), KG70))
    assert first == f"examplumab: 30 mg (3 doses) per cycle (cycle 1), {part}"
    assert second.startswith("examplumab: 30 mg (3 doses), only if fit, and only if tolerated,")


@pytest.mark.hazard(10)
def test_totals_of_the_bolus_regimen() -> None:
    """15 x 5.04 = 75.6 million units a cycle; 60 x 5.04 = 302.4, half of it conditional."""
    lines = totals(make(NPC, KG70))
    assert len(lines) == 3
    assert "at most 75.6 million units (15 doses) per cycle" in lines[0]
    assert "course 1, cycle 1; course 1, cycle 2" in lines[0]
    assert "75.6 million units (15 doses), only if stable disease or response" in lines[1]
    assert "course 2, cycle 1; course 2, cycle 2" in lines[1]
    assert "at most 302.4 million units (60 doses) in all" in lines[2]
    assert "151.2 million units only if stable disease or response" in lines[2]


def test_totals_of_a_regimen_by_body_surface() -> None:
    """At 1.81 m2: 19 x 1.81 = 34.39; 47 x 1.81 = 85.07; 34.39 + 2 x 85.07 = 204.53 -> 204.5."""
    patient = Patient(weight=D(70), surface_area=D("1.81"))
    lines = totals(make(TRASTUZUMAB, patient, times={"cycle": 2}))
    assert lines[0] == "trastuzumab: 560 mg (2 doses) in lead-in"
    assert "trastuzumab: at most 280 mg (1 dose) per cycle (cycle 1)" in lines
    assert any("at most 1,120 mg (4 doses) in all" in line for line in lines)
    assert "aldesleukin: 34.39 million units (19 doses) in lead-in" in lines
    assert "aldesleukin: at most 85.07 million units (14 doses) per cycle (cycle 1)" in lines
    assert any("at most 204.5 million units (47 doses) in all" in line for line in lines)


def test_totals_of_the_flat_regimen() -> None:
    """35 x 50 mg; 14 x 400 mg and 5 x 6 million units in each of three cycles.

    The second and the third cycle are conditional: 2 x 5,600 mg and 2 x 30 million units.
    """
    condition = "only if neither intolerance nor progression"
    later = f"{condition}, per cycle (cycle 2; cycle 3)"
    assert totals(make(IMATINIB, times={"cycle": 3})) == [
        "cyclophosphamide: 1,750 mg (35 doses) in all",
        "imatinib: 5,600 mg (14 doses) per cycle (cycle 1)",
        f"imatinib: 5,600 mg (14 doses), {later}",
        f"imatinib: 16,800 mg (42 doses) in all, of which 11,200 mg {condition}",
        "aldesleukin: 30 million units (5 doses) per cycle (cycle 1)",
        f"aldesleukin: 30 million units (5 doses), {later}",
        f"aldesleukin: 90 million units (15 doses) in all, of which 60 million units {condition}",
    ]


def test_more_than_three_equal_turns_are_named_by_their_numbers() -> None:
    """Six cycles of 3 x 144 mg = 432 mg and 2 x 1.25 mg = 2.5 mg."""
    patient = Patient(surface_area=D("1.8"))
    lines = totals(make(language.load("imp321"), patient, arm="1.25-mg"))
    assert lines == [
        "paclitaxel: 432 mg (3 doses) per cycle (1 to 6)",
        "paclitaxel: 2,592 mg (18 doses) in all",
        "IMP321: 2.5 mg (2 doses) per cycle (1 to 6)",
        "IMP321: 15 mg (12 doses) in all",
    ]


def test_amounts_of_one_drug_in_two_units_of_one_kind_add_up_in_the_first() -> None:
    """500 mg + 1 g + 250,000 mcg = 1,750 mg."""
    text = a_file(
        """
        doses:
          - {drug: primumab, dose: a, amount: 500 mg, route: IV, day: 1}
          - {drug: primumab, dose: b, amount: 1 g, route: IV, day: 2}
          - {drug: primumab, dose: c, amount: 250_000 mcg, route: IV, day: [3]}
        """
    )
    assert totals(make(loaded(text))) == ["primumab: 1,750 mg (3 doses) in all"]


def test_amounts_of_one_drug_in_units_of_two_kinds_stay_apart() -> None:
    """Units measure activity, mg measure mass: they have no sum."""
    text = a_file(
        """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: [1, 3]}
          - {drug: primumab, dose: b, amount: 7 IU, route: IV, day: 2}
        """
    )
    assert totals(make(loaded(text))) == [
        "primumab: 10 mg (2 doses) in all",
        "primumab: 7 units (1 dose) in all",
    ]


def test_a_total_that_is_all_conditional_says_so_once() -> None:
    """Not `5 mg, of which 5 mg only if ...`."""
    (total,) = totals(make(loaded(a_dose("only_if: fever"))))
    assert total.count("5 mg") == 1
    assert total.count("only if fever") == 1
    assert "of which" not in total


def test_a_secondary_source_is_called_by_its_full_name() -> None:
    """Lifileucel was "read from secondary", which is no name of a source."""
    assert " from: secondary sources; " in notes.review_status(language.load("lifileucel"))
