"""What stands above and below the rows: who and what, rules, totals, what it all rests on."""

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


def head(made: Schedule) -> dict[str, str]:
    """The lines above the rows, by their label."""
    return dict(notes.head(made))


def used(made: Schedule) -> str:
    return "\n".join(rules_used(made))


def totals(made: Schedule) -> list[str]:
    return list(counted.totals(made))


def texts(parts: Iterator[tuple[str, list[str]]]) -> dict[str, list[str]]:
    return dict(parts)


# Above the rows


def test_the_head_names_regimen_version_and_file() -> None:
    """Which file, down to its bytes: the first 16 digits of its SHA-256."""
    told = head(make(NPC, KG70))
    assert told["regimen"] == f"npc-bolus, version 1: {NPC.title}"
    assert told["file"].startswith("npc-bolus.yaml (ships with il2calc), SHA-256 ")
    assert told["file"].endswith(NPC.origin.sha256[:16])


def test_a_file_of_the_users_is_named_by_the_path_that_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files of one name differ by their folder; those of a machine are nobody's matter."""
    mine = tmp_path / "study" / "npc-bolus.yaml"
    mine.parent.mkdir()
    mine.write_bytes(Path(NPC.origin.file).read_bytes())
    monkeypatch.chdir(tmp_path)
    line = notes.origin_line(language.load("study/npc-bolus.yaml").origin)
    assert line.startswith("study/npc-bolus.yaml, SHA-256 ")
    assert notes.origin_line(language.load(str(mine)).origin) == line.removeprefix("study/")


def test_a_shipped_file_is_named_without_this_machines_folders() -> None:
    """Sheets of two machines are to be the same, whichever way their paths lean."""
    for file in ("/opt/il2calc/regimens/x.yaml", r"C:\il2calc\regimens\x.yaml"):
        origin = Origin(file, "ab" * 32, shipped=True)
        assert notes.origin_line(origin).startswith("x.yaml (ships with il2calc), SHA-256 abab")


def test_the_head_leaves_out_what_is_not_known() -> None:
    """A flat dose needs no body; a regimen without arms has none to name."""
    assert list(head(make(loaded(a_dose())))) == ["regimen", "file", "program", "review", "start"]


def test_the_head_says_whether_a_clinician_has_reviewed_the_file() -> None:
    """On the last line of the last page nobody reads it."""
    assert head(make(loaded(a_dose())))["review"] == "Not clinically reviewed."
    made = make(replace(loaded(a_dose()), reviewed_by="A. Pharmacist, 2026-11-01"))
    assert head(made)["review"] == "Reviewed by A. Pharmacist, 2026-11-01."


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
def test_the_body_is_told_with_the_formula_of_its_surface(patient: Patient, text: str) -> None:
    """1.8181, 1.8097 (published for 170 cm, 70 kg) and sqrt(190 x 150 / 3600) = 2.8137 m2."""
    assert head(make(loaded(a_dose()), patient))["patient"].casefold().startswith(text.casefold())


def test_the_head_names_subject_arm_settings_and_percentages() -> None:
    """Whatever makes this sheet differ from another of the same regimen stands at its top."""
    read = language.load("imatinib", settings=[("cycle.imatinib.cap", "300 mg")])
    percents = {"imatinib": D("75.50")}
    told = head(make(read, times={"cycle": 1}, percents=percents, subject="S-07"))
    assert told["subject"] == "S-07"
    assert told["arm"].startswith("level-2 (the file's default): 6 million units")
    assert told["set"] == "cycle.imatinib.cap: not stated -> 300 mg"
    assert told["percent"] == "imatinib: 75.5 % of the amount in the file"


def test_an_arm_that_was_chosen_is_not_called_a_default() -> None:
    """The reader must be able to tell a choice from a silence."""
    told = head(make(IMATINIB, arm="level-2", times={"cycle": 1}))
    assert told["arm"].startswith("level-2: 6 million units")


def test_the_start_is_told_with_its_weekday_and_clock_time() -> None:
    """2025-01-06 was a Monday."""
    told = head(make(NPC, KG70, start=JAN_6, at=9 * 60 + 5))["start"]
    assert told.startswith("day 1 = Mon 2025-01-06")
    assert "09:05" in told
    assert "first dose" not in told


def test_without_a_start_the_head_says_how_to_give_one() -> None:
    """Days and times stand; dates are missing, and why."""
    told = head(make(NPC, KG70))["start"]
    assert "no date" in told
    assert "--start" in told
    assert "08:00" in told


def test_negative_days_put_both_dates_in_the_head() -> None:
    """Day 1 = 2024-01-22, a Monday; day -21 = 2024-01-01, a Monday three weeks before."""
    for dates in ({"start": date(2024, 1, 22)}, {"first_dose": date(2024, 1, 1)}):
        told = head(make(IMATINIB, times={"cycle": 1}, **dates))["start"]  # type: ignore[arg-type]
        assert "day 1 = Mon 2024-01-22" in told
        assert "first dose, day -21 = Mon 2024-01-01" in told


def test_negative_days_without_a_date_need_no_first_date() -> None:
    """There is nothing to give."""
    assert "first dose" not in head(make(IMATINIB, times={"cycle": 1}))["start"]


# A course


def weighed(*weights: Weighed, patient: Patient = KG70) -> str:
    """The line of the patient on a course in which weights were taken up."""
    return head(course("npc-bolus", *weights, patient=patient).schedule)["patient"]


def test_a_weight_taken_up_stands_beside_the_first_with_its_rows() -> None:
    """Cycle 2 begins with row 16; course 2, at 65 kg, with row 31."""
    lighter = Weighed(D("66.5"), date(2025, 12, 12), turn("course 1/cycle 2"))
    assert weighed(lighter) == "weight 70 kg; from row 16 on: weight 66.5 kg"
    again = Weighed(D(65), date(2026, 1, 10), turn("course 2"))
    assert weighed(lighter, again) == (
        "weight 70 kg; rows 16 to 30: weight 66.5 kg; from row 31 on: weight 65 kg"
    )
    assert weighed(Weighed(D("66.5"), date(2025, 12, 12))) == "weight 70 kg"


def test_of_another_body_only_what_differs_is_told() -> None:
    """Square root of 170 x 66.5 / 3600 = 1.7721 m2 beside 1.8181; the height is the same."""
    lighter = Weighed(D("66.5"), date(2025, 12, 12), turn("course 1/cycle 2"))
    assert weighed(lighter, patient=Patient(weight=D(70), height=D(170))) == (
        "weight 70 kg, height 170 cm, body surface area 1.818 m2 (Mosteller); "
        "from row 16 on: weight 66.5 kg, body surface area 1.772 m2 (Mosteller)"
    )


def test_a_weight_of_somebody_unknown_until_then_is_told_with_its_rows() -> None:
    """A flat dose needs no weight; one that is taken up later is told all the same."""
    made = make(loaded(a_cycle(repeat="{times: 2, every: 21 days}")), start=JAN_6)
    first, second = made.administrations
    made = replace(made, administrations=(first, replace(second, patient=KG70)), recorded=GIVEN)
    assert head(made)["patient"] == "row 2: weight 70 kg"


# Rules


# Which rows


def test_which_rows_are_shown_is_told_by_their_numbers() -> None:
    """Rows keep the numbers of the whole schedule."""
    made = make(NPC, KG70)
    object.__setattr__(made, "shown", made.administrations[15:30])
    assert notes.shown(made) == "rows 16-30 of 60"
    object.__setattr__(made, "shown", ())
    assert notes.shown(made) == "no rows of 60 lie between these dates"


# Totals


# What it rests on


def test_assumptions_in_force_are_told_with_reason_and_ready_option() -> None:
    """The other reading is one option away."""
    told = texts(notes.basis(make(NPC, KG70)))["Assumptions"]
    assert told[0].startswith("1. Seven treatment-free days")
    assert "(course.cycle.repeat.rest)" in told[0]
    assert "Because: The abstract says only" in told[0]
    assert told[0].endswith('Otherwise: --set course.cycle.repeat.rest="6 days"')
    assert "Otherwise" not in told[1]


def test_an_assumption_about_a_value_that_was_set_is_no_longer_in_force() -> None:
    """Nobody assumes what the user said."""
    read = language.load("npc-bolus", settings=[("course.cycle.repeat.rest", "6 days")])
    told = texts(notes.basis(make(read, KG70)))["Assumptions"]
    assert [text[:2] for text in told] == ["2.", "3.", "4."]


def test_a_regimen_without_assumptions_has_no_such_heading() -> None:
    """And one without findings has no such heading either."""
    parts = texts(notes.basis(make(loaded(a_dose(head=("findings: []",))))))
    assert list(parts) == ["Alongside", "Sources", "Standing"]


def test_findings_stand_with_their_sources() -> None:
    """Also the sad ones."""
    told = " ".join(texts(notes.facts(NPC))["Findings"])
    assert "No response in 14 patients (34 cycles)" in told
    assert "One patient died of the treatment, of a myocardial infarction." in told
    assert "[chi2001, Abstract, Results]" in told


def test_a_finding_may_stand_in_the_head_as_well() -> None:
    """A death and that the dose had no effect are not left to the last page."""
    head = ("findings:\n  - {text: Nobody died., head: yes}\n  - {text: Some were ill.}",)
    schedule = make(loaded(a_dose(head=head)))
    told = [text for label, text in notes.head(schedule) if label == "finding"]
    assert told == ["Nobody died."]
    findings = texts(notes.facts(schedule.regimen))["Findings"]
    assert findings[0] == "Nobody died. [doe2020, Abstract]"
    ineffective, death = [note.text for note in NPC.findings if note.head]
    assert "clinically ineffective" in ineffective
    assert "One patient died of the treatment" in death


def test_what_the_schedule_leaves_out_is_said() -> None:
    """A table that looks complete is taken for complete."""
    with_some, without = texts(notes.facts(NPC)), texts(notes.facts(IMATINIB))
    assert "Prophylactic antibiotic and antipyretic" in with_some["Alongside"][0]
    for parts in (with_some, without):
        assert parts["Alongside"][-1].startswith("Not in this schedule: premedication")


def test_a_source_is_told_with_what_finds_it_and_how_much_was_read() -> None:
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


def test_the_standing_says_that_nobody_clinical_has_reviewed_the_file() -> None:
    """Or who has; and from what it was read, each kind once."""
    assert notes.standing(NPC) == "Read on 2026-11-28 from: abstract; not clinically reviewed."
    assert "from: abstract and registry;" in notes.standing(IMATINIB)
    reviewed = loaded(a_dose(head=("reviewed_by: A. Pharmacist",)))
    assert notes.standing(reviewed).endswith("reviewed by A. Pharmacist.")


def test_every_sheet_says_that_it_is_no_prescription() -> None:
    """In one line, last."""
    assert texts(notes.facts(NPC))["Standing"][-1] == words.DISCLAIMER
    assert "not a prescription" in words.DISCLAIMER


def test_what_runs_on_elapsed_time_in_a_zone_is_said() -> None:
    """Nobody sees in a table of local times which clock was meant."""
    made = make(NPC, KG70, start=JAN_6, zone=ZoneInfo("Europe/London"))
    told = list(rules_used(made))
    rule = "counted in hours, and offsets, run on elapsed time; repeats by whole days"
    assert any(rule in each for each in told)
    assert any("if it exists twice, the first is meant" in each for each in told)
    assert dict(notes.head(made))["start"].endswith("each day begins at 08:00 in Europe/London")


def test_a_course_tells_its_log_at_the_end_of_the_head_and_its_own_totals_and_rules() -> None:
    """What a plan would give, and its rules alone, are not those of a course."""
    late = Delayed(turn("course 1/cycle 2"), 3)
    found = course("npc-bolus", late, entry(Stopped(), "2025-12-01 12:00"), as_of="2025-12-01")
    assert list(notes.head(found))[-4:] == [
        ("log", "S-07.yaml, 2 entries"),
        ("as of", "Mon 2025-12-01; 1 entry is of a later day"),
        ("change", "course 1, cycle 2 delayed by 3 days (entry 1)"),
        ("change", "course stopped (entry 2)"),
    ]
    heading, told = counted.under_heading(found)
    assert heading == "Given and still to come"
    assert told[-1].startswith("aldesleukin, in all: 0 of 60 given, ")
    (_, of_plan), (_, of_log) = parts = list(rules(found))
    assert [name for name, _ in parts] == ["Rules of the plan", "Rules of the log"]
    assert of_plan[:-1] == list(rules_used(found.plain))[:-1]
    assert of_plan[-1].endswith("; CSV and JSON hold every digit.")
    assert of_log == list(found.notes)
    assert notes.as_of(found) == ", a course as of Mon 2025-12-01"


TRASTUZUMAB = language.load("trastuzumab")


def test_a_plan_tells_its_totals_and_rules_under_their_own_headings() -> None:
    made = make(NPC, KG70, start=JAN_6)
    assert counted.under_heading(made) == ("Totals", totals(made))
    part = replace(made, shown=made.administrations[:3])
    assert counted.under_heading(part) == ("Totals of the whole schedule", totals(made))
    assert list(rules(made)) == [("Rules used", used(made).split("\n"))]
    assert notes.as_of(made) == ""


def test_a_dose_rounded_from_two_weights_is_told_twice() -> None:
    """70 and 65 kg x 5 mg/kg = 350 and 325 mg, to steps of 100 mg half-up: 400 and 300 mg."""
    cycles = a_cycle("amount: 5 mg/kg", "round: 100 mg", repeat="{times: 2, every: 21 days}")
    lighter = Weighed(D(65), date(2025, 12, 20), turn("cycle 2"))
    made = course(loaded(cycles), lighter, patient=KG70).schedule
    assert list(counted.roundings(made)) == [
        "cycle.examplumab: 350 mg calculated, 400 mg given (+14.3 %)",
        "cycle.examplumab: 325 mg calculated, 300 mg given (-7.69 %)",
    ]


def test_a_total_of_a_turn_says_which_part_of_it_is_conditional() -> None:
    """Of 3 x 10 mg the first dose is firm: 20 mg depend, and so do 40 of 60 mg in all.

    Of a turn all of which depends on a condition, nothing is firm.
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
    told = totals(make(NPC, KG70))
    assert len(told) == 3
    assert "at most 75.6 million units (15 doses) per cycle" in told[0]
    assert "course 1, cycle 1; course 1, cycle 2" in told[0]
    assert "75.6 million units (15 doses), only if stable disease or response" in told[1]
    assert "course 2, cycle 1; course 2, cycle 2" in told[1]
    assert "at most 302.4 million units (60 doses) in all" in told[2]
    assert "151.2 million units only if stable disease or response" in told[2]


def test_totals_of_a_regimen_by_body_surface() -> None:
    """At 1.81 m2: 19 x 1.81 = 34.39; 47 x 1.81 = 85.07; 34.39 + 2 x 85.07 = 204.53 -> 204.5."""
    patient = Patient(weight=D(70), surface_area=D("1.81"))
    told = totals(make(TRASTUZUMAB, patient, times={"cycle": 2}))
    assert told[0] == "trastuzumab: 560 mg (2 doses) in lead-in"
    assert "trastuzumab: at most 280 mg (1 dose) per cycle (cycle 1)" in told
    assert any("at most 1,120 mg (4 doses) in all" in line for line in told)
    assert "aldesleukin: 34.39 million units (19 doses) in lead-in" in told
    assert "aldesleukin: at most 85.07 million units (14 doses) per cycle (cycle 1)" in told
    assert any("at most 204.5 million units (47 doses) in all" in line for line in told)


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


def test_more_than_three_like_turns_are_told_by_their_numbers() -> None:
    """Six cycles of 3 x 144 mg = 432 mg and 2 x 1.25 mg = 2.5 mg."""
    patient = Patient(surface_area=D("1.8"))
    told = totals(make(language.load("imp321"), patient, arm="1.25-mg"))
    assert told == [
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
    """Units measure activity, mg measure mass: no sum of them exists."""
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


def test_a_total_that_is_wholly_conditional_says_so_once() -> None:
    """Not `5 mg, of which 5 mg only if ...`."""
    (told,) = totals(make(loaded(a_dose("only_if: fever"))))
    assert told.count("5 mg") == 1
    assert told.count("only if fever") == 1
    assert "of which" not in told


def test_what_others_told_of_a_source_is_called_by_a_whole_name() -> None:
    """Lifileucel was "read from secondary", which names nothing."""
    assert " from: secondary sources; " in notes.standing(language.load("lifileucel"))
