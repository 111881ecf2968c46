"""What stands above and below the rows: who and what, rules, totals, what it all rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from courselogs import course, turn
from filetext import a_cycle, a_dose, loaded
from il2calc import library
from il2calc.administration import Recorded
from il2calc.course import Weighed
from il2calc.patient import Patient
from il2calc.regimen import Origin, Source
from il2calc.render import amounts, notes, rules, words
from il2calc.schedule import Annex, Schedule, make
from il2calc.zones import Timekeeping

D = Decimal
NPC = library.load("npc-bolus")
IMATINIB = library.load("imatinib")
KG70 = Patient(weight=D(70))
JAN_6 = date(2025, 1, 6)
GIVEN = {1: Recorded("given")}
ANNEX = Annex(
    as_of=datetime.fromisoformat("2025-01-06"),
    head=(("log", "S-07.yaml, 2 entries"),),
    changes=("cycle 2 delayed", "stopped"),
    totals=("1 of 60 given",),
    planned_by=("a rest of 7 days",),
    rules=("held is omitted",),
)


def head(made: Schedule) -> dict[str, str]:
    """The lines above the rows, by their label."""
    return dict(notes.head(made))


def used(made: Schedule) -> str:
    return "\n".join(rules.used(made))


def totals(made: Schedule) -> list[str]:
    return list(amounts.totals(made))


def texts(parts: Iterator[tuple[str, list[str]]]) -> dict[str, list[str]]:
    return dict(parts)


# Above the rows


def test_the_head_names_regimen_version_and_file() -> None:
    """Which file, down to its bytes: the first 16 digits of its SHA-256."""
    told = head(make(NPC, KG70))
    assert told["regimen"] == f"npc-bolus, version 1: {NPC.title}"
    assert told["file"].startswith("npc-bolus.yaml (ships with il2calc), SHA-256 ")
    assert told["file"].endswith(NPC.origin.sha256[:16])


def test_a_file_of_the_users_is_named_by_its_path(tmp_path: Path) -> None:
    """Two files of one name differ by their folder."""
    mine = tmp_path / "npc-bolus.yaml"
    mine.write_bytes(Path(NPC.origin.file).read_bytes())
    line = notes.file_line(library.load(str(mine)))
    assert line.startswith(f"{mine}, SHA-256 ")
    assert "ships" not in line


def test_a_shipped_file_is_named_without_this_machines_folders() -> None:
    """Sheets of two machines are to be the same, whichever way their paths lean."""
    regimen = loaded(a_dose())
    for file in ("/opt/il2calc/regimens/x.yaml", r"C:\il2calc\regimens\x.yaml"):
        origin = Origin(file, "ab" * 32, shipped=True)
        object.__setattr__(regimen, "origin", origin)
        assert notes.file_line(regimen).startswith("x.yaml (ships with il2calc), SHA-256 abab")


def test_the_head_leaves_out_what_is_not_known() -> None:
    """A flat dose needs no body; a regimen without arms has none to name."""
    assert list(head(make(loaded(a_dose())))) == ["regimen", "file", "start"]


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
    read = library.load("imatinib", settings=[("cycle.imatinib.cap", "300 mg")])
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
    told = texts(notes.resting_on(make(NPC, KG70)))["Assumptions"]
    assert told[0].startswith("1. Seven treatment-free days")
    assert "(course.cycle.repeat.rest)" in told[0]
    assert "Because: The abstract says only" in told[0]
    assert told[0].endswith('Otherwise: --set course.cycle.repeat.rest="6 days"')
    assert "Otherwise" not in told[1]


def test_an_assumption_about_a_value_that_was_set_is_no_longer_in_force() -> None:
    """Nobody assumes what the user said."""
    read = library.load("npc-bolus", settings=[("course.cycle.repeat.rest", "6 days")])
    told = texts(notes.resting_on(make(read, KG70)))["Assumptions"]
    assert [text[:2] for text in told] == ["2.", "3.", "4."]


def test_a_regimen_without_assumptions_has_no_such_heading() -> None:
    """And one without findings has no such heading either."""
    parts = texts(notes.resting_on(make(loaded(a_dose(head=("findings: []",))))))
    assert list(parts) == ["Alongside", "Sources", "Standing"]


def test_findings_stand_with_their_sources() -> None:
    """Also the sad ones."""
    told = " ".join(texts(notes.facts(NPC))["Findings"])
    assert "No response in 14 patients (34 cycles)" in told
    assert "One patient died of the treatment, of a myocardial infarction." in told
    assert "[chi2001, Abstract, Results]" in told


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
    assert notes.standing(NPC) == "Read on 2026-11-22 from: abstract; not clinically reviewed."
    assert "from: abstract and registry;" in notes.standing(IMATINIB)
    reviewed = loaded(a_dose(head=("reviewed_by: A. Pharmacist",)))
    assert notes.standing(reviewed).endswith("reviewed by A. Pharmacist.")


def test_every_sheet_says_that_it_is_no_prescription() -> None:
    """In one line, last."""
    assert texts(notes.facts(NPC))["Standing"][-1] == words.DISCLAIMER
    assert "not a prescription" in words.DISCLAIMER


@pytest.mark.parametrize(
    ("timekeeping", "rule"),
    [
        ("stated", "counted in hours, and offsets, run on elapsed time; repeats by whole days"),
        ("wall", "Every dose keeps its clock time"),
        ("elapsed", "at its elapsed time from the start of day 1"),
    ],
)
def test_what_runs_on_elapsed_time_in_a_zone_is_said(timekeeping: Timekeeping, rule: str) -> None:
    """Nobody sees in a table of local times which clock was meant."""
    made = make(NPC, KG70, start=JAN_6, zone=ZoneInfo("Europe/London"), timekeeping=timekeeping)
    told = list(rules.used(made))
    assert any(rule in each for each in told)
    assert any("of one that exists twice the first is meant" in each for each in told)
    assert dict(notes.head(made))["start"].endswith("each day begins at 08:00 in Europe/London")


def test_a_course_tells_its_log_at_the_end_of_the_head_and_its_own_totals_and_rules() -> None:
    """What a plan would give, and its rules alone, are not those of a course."""
    told = ANNEX
    made = replace(make(NPC, KG70, start=JAN_6), recorded=GIVEN, annex=told)
    assert list(notes.head(made))[-3:] == [
        ("log", "S-07.yaml, 2 entries"),
        ("change", "cycle 2 delayed"),
        ("change", "stopped"),
    ]
    assert amounts.counted(made) == ("Given and still to come", ["1 of 60 given"])
    assert list(rules.ruled(made)) == [
        ("Rules of the plan", ["a rest of 7 days"]),
        ("Rules of the log", ["held is omitted"]),
    ]
    assert notes.as_of(made) == ", a course as of Mon 2025-01-06"
