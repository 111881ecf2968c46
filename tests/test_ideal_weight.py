"""Doses by ideal or adjusted weight: Devine, Drug Intell Clin Pharm 1974;8:650-5.

50 kg (men) or 45.5 kg (women) + 2.3 kg for each inch above 60; an inch is 2.54 cm. 177.8 cm are 70
inches: 50 + 2.3 x 10 = 73 kg for a man, 68.5 kg for a woman.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run, written
from filetext import a_cycle, a_dose, assert_fault, loaded
from il2calc.errors import MissingInput
from il2calc.format import fhir
from il2calc.model.measure import DosingWeight
from il2calc.model.patient import Patient, devine
from il2calc.plan.schedule import Schedule, make
from il2calc.report import notes, regimen_text
from il2calc.report.rows import marked_rows
from il2calc.review.of_schedule import review

D = Decimal
BODY = ("--weight", "90", "--height", "177.8", "--sex", "male")
DOSE = ("amount: 5 mg/kg", "route: IV infusion")


def schedule_of(*lines: str, weight: str = "90", height: str = "177.8") -> Schedule:
    """A dose of 5 mg/kg for a man."""
    patient = Patient(weight=D(weight), height=D(height), sex="male")
    return make(loaded(a_dose(*DOSE, *lines)), patient)


def amount(schedule: Schedule) -> Decimal | None:
    """How much its first row gives."""
    return schedule.administrations[0].dosed.value


@pytest.mark.parametrize(
    ("height", "sex", "kg"),
    [("152.4", "male", "50"), ("152.4", "female", "45.5"), ("177.8", "female", "68.5")],
)
def test_the_ideal_weight_is_that_of_devine(height: str, sex: str, kg: str) -> None:
    """60 inches, where it begins, and 70 inches."""
    assert devine(D(height), sex)[0] == D(kg)  # type: ignore[arg-type]


def test_a_dose_by_ideal_weight() -> None:
    """5 mg/kg x 73 kg = 365 mg, of a man of 90 kg."""
    schedule = schedule_of("weight: ideal")
    row = schedule.administrations[0]
    assert row.dosed.value == 365
    assert row.dosed.working[0].text == (
        "ideal weight 73 kg (Devine) = 50 + 2.3 x (177.8 / 2.54 - 60); 5 mg/kg x 73 kg = 365 mg"
    )
    assert row.counted()["weight_kg"] == 73
    assert not [caution for caution in review(schedule) if caution.code == "below-ideal-weight"]


def test_a_dose_by_adjusted_weight() -> None:
    """73 + 0.4 x (90 - 73) = 79.8 kg; x 5 mg/kg = 399 mg."""
    schedule = schedule_of("weight: adjusted 40 %")
    assert amount(schedule) == 399
    text = schedule.administrations[0].dosed.working[0].text
    assert "; adjusted weight 79.8 kg = ideal + 40 % of (actual - ideal); 5 mg/kg x 79.8 kg" in text


def test_no_digit_is_lost_on_the_way() -> None:
    """170 cm: 391/2.54 - 88 = 8374/127 kg, which has no end; x 127 mg/kg = 8374 mg, exactly."""
    assert amount(schedule_of("amount: 127 mg/kg", "weight: ideal", height="170")) == 8374


@pytest.mark.parametrize("weight", ["60", "73"])
def test_an_actual_weight_below_the_ideal_is_used_and_cautioned(weight: str) -> None:
    """60 kg x 5 mg/kg = 300 mg: nobody gets a dose for weight that they do not have."""
    schedule = schedule_of("weight: adjusted 40 %", weight=weight)
    assert amount(schedule) == 5 * D(weight)
    (caution,) = (caution for caution in review(schedule) if caution.code == "below-ideal-weight")
    assert caution.text == ("examplumab: the actual weight is not above the ideal one, and is used")
    assert (caution.administrations, caution.of_patient) == ((1,), True)
    assert "the actual weight is not above it, and is used; 5 mg/kg" in (
        schedule.administrations[0].dosed.working[0].text
    )


def test_a_cap_on_the_weight_is_applied_to_the_ideal_weight() -> None:
    """73 kg are capped at 60: 300 mg; a cap of 80 kg changes nothing."""
    capped = schedule_of("weight: ideal", "weight_cap: 60 kg")
    assert amount(capped) == 300
    assert "x 60 kg (of 73 kg, for the weight_cap of 60 kg)" in (
        capped.administrations[0].dosed.working[0].text
    )
    assert amount(schedule_of("weight: ideal", "weight_cap: 80 kg")) == 365
    assert marked_rows(capped, ())[0][0].marks == ("I", "K")
    assert marked_rows(schedule_of("weight: ideal", "weight_cap: 80 kg"), ())[0][0].marks == ("I",)


def test_a_missing_height_or_sex_is_asked_for(tmp_path: Path) -> None:
    """All at once, with an example; a dose by actual weight needs neither height nor sex."""
    file = written(tmp_path, a_dose(*DOSE, "weight: ideal"))
    assert_refused(
        run("schedule", file, "--weight", "90"),
        1,
        "examplumab is dosed by ideal weight: give --height and --sex, for example --height 170 "
        "--sex female",
    )
    assert_refused(
        run("schedule", file, "--height", "170", "--sex", "male"),
        1,
        "examplumab is dosed per kg: give --weight",
    )
    assert run("schedule", file, "--weight", "90", "--set", "examplumab.weight=actual").code == 0
    with pytest.raises(MissingInput, match="calculated from height, weight and sex"):
        DosingWeight(D(0), "ideal").of(Patient(weight=D(90)))


ARMS = ("arms: {weighed: per kg, flat: flat, wide: per m2}",)
BY_ARM = "amount: {weighed: 600_000 IU/kg, flat: 36 MIU, wide: 18 MIU/m2}"
BY_BAND = "amount: {below 50 kg: 600_000 IU/kg, 50 kg or more: 36 MIU}"


@pytest.mark.parametrize(
    ("amounts", "head", "options"),
    [(BY_ARM, ARMS, ("--arm", "flat")), (BY_BAND, (), ())],
)
def test_a_flat_amount_beside_one_per_kg_is_by_no_ideal_weight(
    tmp_path: Path, amounts: str, head: tuple[str, ...], options: tuple[str, ...]
) -> None:
    """Danger: a flat dose was refused without a height, or at one that no formula is for.

    Its largest dose is that of the actual weight: 720,000 IU/kg x 48 kg are 34.56 million IU.
    """
    lines = ("drug: aldesleukin", amounts, "route: IV bolus", "weight: ideal")
    file = written(tmp_path, a_dose(*lines, head=head))
    for body in ((), ("--height", "150", "--sex", "female"), BODY[2:]):
        result = run("schedule", file, *options, "--weight", "90", *body, "--format", "csv")
        assert (result.code, "36000000" in result.out, result.err) == (0, True, "")
    sheet = run("schedule", file, *options, "--weight", "90").out
    assert "Devine" not in sheet, "nothing here is by its formula"
    people, events = tmp_path / "people.csv", str(tmp_path / "events.csv")
    people.write_text("ID,WT\n1,90\n", encoding="utf-8")
    assert run("cohort", file, str(people), *options, "--output", events).code == 0
    if options:
        above = run("schedule", file, *options, "--weight", "48").err
        assert "36 million units is more than 720,000 units/kg" in above
        assert "given" not in above


def test_a_dose_per_m2_or_by_actual_weight_is_not_marked_as_by_ideal_weight() -> None:
    """A cap on the body reduces it, and the mark is K; the working names the cap alone."""
    line = ("weight: ideal", "bsa_cap: 1.5 m2")
    man = Patient(weight=D(90), height=D("177.8"), sex="male")
    schedule = make(loaded(a_dose(BY_ARM, *line, head=ARMS)), man, arm="wide")
    assert amount(schedule) == 27_000_000
    assert marked_rows(schedule, ())[0][0].marks == ("K",)
    actual = schedule_of("weight: actual", "weight_cap: 60 kg")
    assert amount(actual) == 300
    assert marked_rows(actual, ())[0][0].marks == ("K",)


def test_a_setting_without_a_height_has_no_factor_and_is_not_refused(tmp_path: Path) -> None:
    """What the file's dose comes to is not known; the one that was set is flat."""
    text = a_dose(BY_ARM.replace("36 MIU", "500_000 IU/kg"), "weight: ideal", head=ARMS)
    options = ("--arm", "flat", "--weight", "90", "--set", "examplumab.amount[flat]=36 MIU")
    result = run("schedule", written(tmp_path, text), *options)
    assert result.code == 0
    assert "changed from the file: examplumab.amount[flat]: 500,000 units/kg -> 36 million" in (
        result.err
    )
    assert "times" not in result.err


def test_the_example_of_an_arm_has_what_it_needs(tmp_path: Path) -> None:
    """A command that works once its arm is named, which only the user can do."""
    text = a_dose(*DOSE, "weight: ideal", head=("arms: {low: a, high: b}",))
    message = run("schedule", written(tmp_path, text)).err
    assert "--arm ARM --weight 70 --height 170 --sex female" in message


def test_a_height_asked_for_twice_is_asked_for_once() -> None:
    """A drug per m2 wants it too, where there is a weight."""
    body = a_dose(*DOSE, "weight: ideal", "dose: one") + ""
    regimen = loaded(
        body.replace("doses:\n", "doses:\n  - {drug: b, amount: 1 mg/m2, route: IV, day: 1}\n")
    )
    with pytest.raises(MissingInput) as caught:
        make(regimen, Patient(weight=D(70)))
    assert str(caught.value).count("--height") == 2


def test_a_height_that_the_formula_is_not_meant_for_is_refused(tmp_path: Path) -> None:
    """Below 60 inches it would keep falling; the refusal says what would work."""
    file = written(tmp_path, a_dose(*DOSE, "weight: ideal"))
    result = run("schedule", file, "--weight", "60", "--height", "152.3", "--sex", "female")
    assert_refused(
        result,
        1,
        "examplumab.weight: Devine's ideal weight is only for heights from 152.4 cm (60 "
        "inches), and this one is 152.3 cm; --set examplumab.weight=actual uses the actual",
    )


@pytest.mark.parametrize(
    "word", ["lean", "adjusted", "adjusted 0 %", "adjusted 0.4 %", "adjusted 100 %"]
)
def test_another_kind_of_weight_is_a_fault(word: str) -> None:
    """Lean weights have other formulas, and 0.4 is the fraction of 40 %."""
    text = a_dose("amount: 5 mg/kg", f"weight: {word} # here")
    assert_fault(text, "examplumab.weight", "write 'ideal', 'adjusted 40 %' or 'actual'")


def test_a_weight_for_a_flat_amount_is_a_fault() -> None:
    """A flat dose would look as if it were calculated from it."""
    assert_fault(a_dose("weight: ideal # here"), "examplumab.weight", "the amount is not per kg")


def test_every_output_names_the_ideal_weight(tmp_path: Path) -> None:
    """Show, the rules with their source, JSON, preparation, a log, and FHIR by its amount."""
    text = a_cycle(*DOSE, "weight: adjusted 40 %")
    dose = dict(regimen_text.paragraphs(loaded(text)))["What is given"][1]
    assert "by adjusted weight (ideal by Devine, and 40 % of what is above)" in dose
    file, log = written(tmp_path, text), str(tmp_path / "log.yaml")
    out = run("schedule", file, *BODY).out
    assert "Ideal weight is that of Devine (Drug Intell Clin Pharm 1974;8:650-5" in out
    assert "I   by ideal or adjusted weight; --explain shows the arithmetic" in out
    row = json.loads(run("schedule", file, *BODY, "--format", "json").out)["administrations"][0]
    assert row["amount"] == {"value": 399, "unit": "mg"}
    assert row["working"][0]["text"].startswith("ideal weight 73 kg (Devine)")
    assert run("prepare", file, *BODY).out.count("examplumab 399 mg") == 1
    start = run("log", "start", log, "--regimen", file, "--start", "2026-12-01", *BODY)
    assert start.code == 0, start.err
    table = run("replan", log, "--as-of", "2026-12-01", "--format", "csv").out
    assert ",399,mg," in table


def test_a_cohort_is_calculated_patient_by_patient(tmp_path: Path) -> None:
    """365 mg and 300 mg; who is too short, or has no height, is rejected with the reason."""
    file = written(tmp_path, a_dose(*DOSE, "weight: ideal"))
    people, out = tmp_path / "people.csv", tmp_path / "events.csv"
    rows = ("1,90,177.8,male", "2,60,177.8,male", "3,60,150,female", "4,60,,female")
    people.write_text("\n".join(("ID,WT,HT,SEX", *rows, "")), encoding="utf-8")
    result = run("cohort", file, str(people), "--output", str(out))
    assert result.code == 1
    amounts = [row.split(",")[4] for row in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert [float(value) for value in amounts] == [365, 300]
    rejected = (tmp_path / "events.rejected.csv").read_text(encoding="utf-8")
    assert "is only for heights from 152.4 cm" in rejected
    assert "ideal weight is calculated from height, weight and sex" in rejected


@pytest.mark.parametrize(
    ("line", "body", "is_from_it"),
    [
        ("weight: ideal", {"weight": D(90), "height": D("177.8")}, True),
        ("weight: actual", {"weight": D(90)}, False),
        ("amount: 5 mg", {"weight": D(90)}, False),
        ("amount: 5 mg/m2", {"surface_area": D(2)}, False),
        ("amount: 5 mg/m2", {"weight": D(90), "height": D(180), "formula": "schlich"}, True),
        ("amount: 5 mg/m2", {"weight": D(90), "height": D(180)}, False),
    ],
)
def test_a_sex_that_a_dose_depends_on_is_shown(
    line: str, body: dict[str, Any], is_from_it: bool
) -> None:
    """4.5 kg of ideal weight between the sexes: a wrong one must be seen on the sheet."""
    lines = (line, DOSE[1]) if line.startswith("amount") else (*DOSE, line)
    schedule = make(loaded(a_dose(*lines)), Patient(sex="male", **body))
    row = schedule.administrations[0]
    assert row.by_sex is is_from_it
    head = dict(notes.lines_above_rows(schedule))["patient"]
    assert ("sex male" in head) is is_from_it
    bundle = json.dumps(fhir.bundle(schedule, (), {}), default=str)
    assert ("Calculated for the sex male: " in bundle) is is_from_it


def test_json_has_sex_and_age(tmp_path: Path) -> None:
    """A reader can calculate the dose again from the document."""
    file = written(tmp_path, a_dose(*DOSE, "weight: ideal"))
    data = json.loads(run("schedule", file, *BODY, "--age", "40 years", "--format", "json").out)
    assert (data["patient"]["sex"], data["patient"]["age_years"]) == ("male", 40)
    assert "sex male" in run("prepare", file, *BODY).out


BOTH = (
    "doses: [{drug: examplumab, amount: 5 mg/kg, route: IV, day: 1, weight: ideal}, "
    "{drug: otherumab, amount: 80 mg/m2, route: IV, day: 1}]\n"
)
GIVEN = ("--weight", "90", "--height", "177.8", "--bsa", "1.9")


def both(tmp_path: Path) -> str:
    """A file of a dose by ideal weight and one by surface area."""
    head = "regimen: both\ntitle: a\nfor: b\nversion: 1\nread_on: 2026-11-28\nsource: s, x\n"
    return written(tmp_path, f"{head}{BOTH}sources: {{s: {{cite: c, read: abstract}}}}\n")


def test_a_given_area_may_go_with_a_height_for_an_ideal_weight(tmp_path: Path) -> None:
    """5 mg/kg x 73 kg = 365 mg; 80 mg/m2 x 1.9 m2 = 152 mg, whatever height and weight come to."""
    out = run("schedule", both(tmp_path), *GIVEN, "--sex", "male", "--explain").out
    assert "5 mg/kg x 73 kg = 365 mg" in out
    assert "80 mg/m2 x 1.9 m2 as given = 152 mg" in out
    assert "body surface area 1.9 m2 (given, not calculated from the height)" in " ".join(
        out.split()
    )


def test_without_a_sex_a_given_area_excludes_a_height(tmp_path: Path) -> None:
    """There would be two surface areas, and nobody would see which of them was used."""
    assert_refused(run("schedule", both(tmp_path), *GIVEN), 2, "--bsa: excludes --height", "--sex")


def test_a_log_and_a_file_of_measures_hold_both(tmp_path: Path) -> None:
    """What the log writes it reads again; no formula was used, so none is written."""
    file, path = both(tmp_path), tmp_path / "log.yaml"
    start = run(
        *("log", "start", str(path), "--regimen", file, "--start", "2026-11-01", *GIVEN),
        *("--sex", "male"),
    )
    assert start.code == 0, start.err
    assert "bsa_formula" not in path.read_text(encoding="utf-8")
    out = run("replan", str(path), "--as-of", "2026-11-01").out
    assert "365 mg" in out
    assert "152 mg" in out
    measures = written(tmp_path, "height: 177.8 cm\nsex: male\nbsa: 1.9 m2\n", "ann.yaml")
    out = run("schedule", file, "--patient", measures, "--weight", "90").out
    assert "152 mg" in out


def test_only_a_dose_by_ideal_weight_is_cautioned_about_it() -> None:
    """Danger: a caution about a weight that no dose uses: by actual weight, or a flat dose.

    60 kg are below the ideal 73 kg of a man of 177.8 cm.
    """
    flat = "amount: {below 50 kg: 5 mg/kg, 50 kg or more: 260 mg}"
    for lines in (("weight: actual",), ("weight: ideal", flat)):
        codes = {caution.code for caution in review(schedule_of(*lines, weight="60"))}
        assert "below-ideal-weight" not in codes, lines
