"""Measures that are hardly of one body are pointed out wherever they are used; ordinary ones never.

Dangers: pounds typed as kilograms (a dose 2.2 times too high), height and weight in each other's
box, a digit too few in a weight that is taken up, a GFR that belongs to a body of 1.73 m2.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import assert_refused, run
from courselogs import course, turn
from filetext import a_dose, loaded
from il2calc import Patient, load_regimen
from il2calc.cli import options
from il2calc.errors import OptionError
from il2calc.language import log_keys
from il2calc.model import measure
from il2calc.model.effects import Weighed
from il2calc.plan.schedule import Caution, make
from il2calc.review import of_course, of_schedule
from il2calc.review.body import body_cautions
from written import regimen

D = Decimal


def person(**measures: str) -> Patient:
    known = {name: D(value) for name, value in measures.items()}
    return Patient(
        weight=known.get("weight"),
        height=known.get("height"),
        surface_area=known.get("surface_area"),
        gfr=known.get("gfr"),
        age=known.get("age"),
    )


def cautions_of(patient: Patient, *, says_child: bool = False) -> list[str]:
    return [caution.text for caution in body_cautions(patient, says_child=says_child)]


@pytest.mark.hazard(4)
@pytest.mark.parametrize(
    ("weight", "addition"),
    [("39.9", "; it is 88 pounds"), ("150.1", "; in pounds it would be 68.1 kg")],
)
def test_a_weight_outside_that_of_adults_is_cautioned_with_the_other_reading(
    weight: str, addition: str
) -> None:
    """Danger: 154 pounds typed as kilograms where no height is asked for."""
    (text,) = cautions_of(person(weight=weight))
    assert text.startswith(f"a weight of {weight} kg is outside 40 to 150 kg{addition}")
    assert "(limits of adults assumed by il2calc)" in text


@pytest.mark.parametrize("weight", ["40", "150"])
def test_a_weight_on_the_limits_is_plausible(weight: str) -> None:
    assert cautions_of(person(weight=weight)) == []


@pytest.mark.parametrize("weight", ["43.35", "144.5"])
def test_a_body_mass_index_on_its_limits_is_plausible(weight: str) -> None:
    """170 cm: 43.35 / 2.89 = 15, 144.5 / 2.89 = 50; the limits themselves are inside."""
    assert cautions_of(person(weight=weight, height="170")) == []


@pytest.mark.parametrize(
    ("weight", "height", "index"),
    [
        ("150", "173.2", "50.003"),  # 150 / 1.732^2 = 150 / 2.999824 = 50.00293
        ("43.34999", "170", "14.999997"),  # 43.34999 / 2.89 = 14.9999965
        ("160", "170", "55.36"),  # 160 / 2.89 = 55.3633: four, as all that is shown
        ("59.99999999999999999999999996", "200", "14.99999999999999999999999999"),  # 60 / 4 = 15
    ],
)
def test_a_body_mass_index_just_beyond_its_limit_is_cautioned_with_enough_digits(
    weight: str, height: str, index: str
) -> None:
    """Danger: "50 kg/m2, outside 15 to 50" reads as a fault of the program, and is passed over."""
    (text,) = cautions_of(person(weight=weight, height=height))
    assert f"a body mass index of {index} kg/m2, outside 15 to 50" in text


@pytest.mark.parametrize(("weight", "index"), [("43.3", "14.98"), ("144.6", "50.03")])
def test_a_body_mass_index_beyond_its_limits_is_cautioned(weight: str, index: str) -> None:
    """Danger: 144.6 typed from a scale in pounds; height and weight of two bodies."""
    (text,) = cautions_of(person(weight=weight, height="170"))
    assert f"a body mass index of {index} kg/m2, outside 15 to 50" in text
    assert "assumed by il2calc" in text


@pytest.mark.parametrize(
    ("formula", "age", "says_child", "cautioned"),
    [
        ("schlich", "6", False, True),
        ("schlich", "17", False, True),
        ("schlich", "18", True, False),
        ("schlich", None, True, True),
        ("schlich", None, False, False),
        ("mosteller", "6", False, False),
    ],
)
def test_a_formula_for_adults_is_cautioned_for_a_child(
    formula: str, age: str | None, says_child: bool, cautioned: bool
) -> None:
    """Danger: of 20 kg and 115 cm Schlich makes 0.65 m2 of a boy, Mosteller and Haycock 0.80."""
    weight, height = (D(20), D(115)) if age == "6" else (D(45), D(150))
    years = D(age) if age else None
    child = Patient(weight=weight, height=height, formula=formula, sex="male", age=years)
    message = "the formula schlich is for adults, and this is a child; choose another"
    assert cautions_of(child, says_child=says_child) == ([message] if cautioned else [])
    area = replace(child, height=None, surface_area=child.bsa())
    assert cautions_of(area, says_child=says_child) == []
    assert cautions_of(replace(child, height=None), says_child=says_child) == []


@pytest.mark.hazard(4, 5)
def test_pounds_and_swapped_boxes_are_named_where_they_explain_it() -> None:
    """The sentences are wording; where they explain nothing they are left out."""
    (pounds,) = cautions_of(person(weight="154", height="170"))
    assert "(with 154 as pounds it would be 24.2)" in pounds
    assert "swapped" not in pounds
    (swapped,) = cautions_of(person(weight="170", height="70"))
    assert "outside 15 to 50, and may be swapped" in swapped
    for weight, height in (("200", "60"), ("100", "50")):  # 60 kg at 2 m: 15; 50 kg at 1 m: 50
        assert "may be swapped" in cautions_of(person(weight=weight, height=height))[0]
    (inches,) = cautions_of(person(weight="70", height="67"))  # 67 in = 170.18 cm
    assert "(with 67 as inches it would be 24.2)" in inches
    (neither,) = cautions_of(person(weight="40", height="175"))
    assert "swapped" not in neither
    assert "as pounds" not in neither


@pytest.mark.parametrize(
    ("weight", "area", "plausible"),
    [("43.2", "1.2", True), ("43.3", "1.2", False), ("47.2", "1.7", False), ("47.3", "1.7", True)],
)
def test_a_surface_area_that_fits_the_weight_at_no_height_is_cautioned(
    weight: str, area: str, plausible: bool
) -> None:
    """Danger: one drug by weight and one by surface, for two bodies.

    1.2^2 x 3600 / 43.2 = 120 cm; 1.7^2 x 3600 / 47.3 = 219.96 cm, / 47.2 = 220.4 cm.
    """
    assert (cautions_of(person(weight=weight, surface_area=area)) == []) is plausible


def test_a_surface_area_that_contradicts_the_weight_is_cautioned_with_its_height() -> None:
    """1.8^2 x 3600 / 20 = 583 cm."""
    small, area = cautions_of(person(weight="20", surface_area="1.8"))
    assert "20 kg is outside" in small
    assert "1.8 m2 and a weight of 20 kg fit no height from 120 to 220 cm" in area
    assert "(Mosteller: 583 cm;" in area
    assert cautions_of(person(surface_area="1.8")) == []


@pytest.mark.hazard(4)
@pytest.mark.parametrize(
    ("area", "plausible"),
    [("0.18", False), ("1.14", False), ("1.15", True), ("3.03", True), ("3.1", False)],
)
def test_a_surface_area_alone_is_checked_against_that_of_adults(area: str, plausible: bool) -> None:
    """Danger: 0.18 typed for 1.8, a tenth of every dose, where no weight shows it.

    40 kg x 120 cm / 3600 = 1.333, whose root is 1.15; 150 x 220 / 3600 = 9.17, 3.03.
    """
    texts = cautions_of(person(surface_area=area))
    text = f"a body surface area of {area} m2 is outside 1.15 to 3.03 m2 (limits of adults"
    assert texts == [] if plausible else texts[0].startswith(text)
    assert cautions_of(person(surface_area=area), says_child=True) == []


@pytest.mark.hazard(4)
@pytest.mark.parametrize(
    ("area", "plausible"),
    [("0.15", False), ("0.44", False), ("0.45", True), ("1.15", True), ("1.8", False)],
)
def test_a_surface_area_of_a_child_is_checked_against_that_of_its_age(
    area: str, plausible: bool
) -> None:
    """Danger: the 1.8 m2 of an adult, or 0.15 for 0.75, of a child of four, in silence.

    9.5 to 33.25 kg (half and 1.75 times 19), at 16 kg/m2 of 77.06 and 144.16 cm:
    sqrt(77.06 x 9.5 / 3600) = 0.451, sqrt(144.16 x 33.25 / 3600) = 1.154.
    """
    texts = cautions_of(person(surface_area=area, age="4"))
    text = f"a body surface area of {area} m2 is outside 0.45 to 1.15 m2 (limits of a child of that"
    assert texts == [] if plausible else texts[0].startswith(text)


def test_a_surface_area_of_a_youth_is_checked_against_nothing() -> None:
    """From 14 years on no mean of weights is known here."""
    assert cautions_of(person(surface_area="0.3", age="14")) == []


@pytest.mark.hazard(4)
@pytest.mark.parametrize(
    ("weight", "plausible"), [("3.9", False), ("4", True), ("14", True), ("16", False)]
)
def test_an_infant_is_checked_against_what_one_of_its_months_weighs(
    weight: str, plausible: bool
) -> None:
    """Danger: 16 kg of a child of 8 years, or of 16 pounds, with `8 months`, in silence.

    8 / 2 + 4 = 8 kg (Advanced Paediatric Life Support, 2011), of which half and 1.75 times.
    """
    eight = str(measure.age("8 months"))
    texts = cautions_of(person(weight=weight, age=eight))
    assert (
        texts == []
        if plausible
        else texts[0].startswith(f"a weight of {weight} kg is outside 4 to")
    )
    assert cautions_of(person(weight="2.5", age="0")) == []


@pytest.mark.parametrize(("weight", "plausible"), [("2", True), ("16.6", True), ("16.7", False)])
def test_an_infant_of_0_completed_years_may_be_of_any_month(weight: str, plausible: bool) -> None:
    """`--age 0`, and AGE 0 of a cohort, are of 8.5 kg and eight months as well as of a newborn.

    Half of 0 / 2 + 4 = 4 kg is 2 kg; 1.75 times 11 / 2 + 4 = 9.5 kg is 16.625 kg.
    """
    texts = cautions_of(person(weight=weight, age="0"))
    assert (
        texts == []
        if plausible
        else texts[0].startswith(f"a weight of {weight} kg is outside 2 to")
    )


@pytest.mark.parametrize(("weight", "area"), [("79.2", "2.2"), ("120", "2")])
def test_a_surface_area_of_the_tallest_or_the_smallest_is_plausible(weight: str, area: str) -> None:
    """2.2^2 x 3600 / 79.2 = 220 cm and 2^2 x 3600 / 120 = 120 cm, both still within."""
    assert cautions_of(person(weight=weight, surface_area=area)) == []


def test_a_child_is_checked_against_no_limit_of_adults() -> None:
    """20 kg at 110 cm and 0.78 m2 is an ordinary child of five; an age counts before the file."""
    child = person(weight="20", height="110")
    assert cautions_of(child) != []
    assert cautions_of(child, says_child=True) == []
    assert cautions_of(person(weight="20", surface_area="0.78"), says_child=True) == []
    assert cautions_of(person(weight="20", height="110", age="5")) == []
    assert cautions_of(person(weight="20", height="110", age="17.9")) == []
    assert cautions_of(person(weight="20", height="110", age="18"), says_child=True) != []
    assert cautions_of(person(weight="60", height="100"), says_child=True) == []
    assert cautions_of(person(weight="8", height="100"), says_child=True) == []


def test_a_child_is_checked_against_what_no_child_can_be() -> None:
    """Danger: swapped boxes, for a child as for an adult. 100 cm are 1 m2 of the index."""
    (text,) = cautions_of(person(weight="110", height="45"), says_child=True)
    assert "outside 8 to 60, and may be swapped (limits of a child assumed by il2calc)" in text
    assert len(cautions_of(person(weight="60.1", height="100"), says_child=True)) == 1
    assert len(cautions_of(person(weight="7.9", height="100"), says_child=True)) == 1
    assert len(cautions_of(person(weight="2", height="60", age="0.5"))) == 1  # 2 / 0.36 = 5.6
    (area,) = cautions_of(person(weight="5", surface_area="1.8"), says_child=True)
    assert "no height from 40 to 260 cm" in area


@pytest.mark.hazard(4)
def test_pounds_of_a_child_are_cautioned_by_its_age() -> None:
    """Danger: 35 pounds typed as kilograms, 2.2 times every dose of a child of four, in silence.

    35 / 1.02^2 = 33.64; 35 x 0.45359 = 15.9, 15.9 / 1.0404 = 15.3; 3 x 4 + 7 = 19 kg, half and 1.75
    times which are 9.5 and 33.25; 4 + 24 = 28.
    """
    (text,) = cautions_of(person(weight="35", height="102", age="4"))
    assert text == (
        "weight and height give a body mass index of 33.64 kg/m2, outside 8 to 28 (with 35 as "
        "pounds it would be 15.3); a weight of 35 kg is outside 9.5 to 33.25 kg; in pounds it "
        "would be 15.9 kg (limits of a child of that age assumed by il2calc); check the units and "
        "the age"
    )


@pytest.mark.parametrize("age", range(1, 14))
def test_the_mean_weight_of_an_age_passes_and_no_slip_of_its_unit(age: int) -> None:
    """3 x age + 7 kg: the mean of 93,827 children of 1 to 13 years (Emerg Med J 2011;28:590-3)."""
    mean = D(3 * age + 7)
    assert cautions_of(person(weight=str(mean), age=str(age))) == []
    for slip in (mean * D("2.2"), mean / D("2.2")):
        assert len(cautions_of(person(weight=str(slip), age=str(age)))) == 1, slip


@pytest.mark.parametrize(
    ("age", "weight", "height"),
    [("10", "55", "140"), ("17", "110", "180"), ("14", "95", "165"), ("0.5", "7.5", "67")],
)
def test_a_heavy_child_passes(age: str, weight: str, height: str) -> None:
    """28.1 of 34, 34 of 41 and 34.9 of 38; from 14 on no weight by age; 7.5 kg of 3.5 to 12.25."""
    assert cautions_of(person(weight=weight, height=height, age=age)) == []


@pytest.mark.parametrize(("weight", "count"), [("64.75", 0), ("64.76", 1)])
def test_a_weight_on_the_limit_of_an_age_is_plausible(weight: str, count: int) -> None:
    """10 years: (3 x 10 + 7) x 1.75 = 64.75, also in the last month of that year."""
    for age in ("10", "10.9"):
        assert len(cautions_of(person(weight=weight, age=age))) == count


@pytest.mark.parametrize(
    ("treats", "child"),
    [
        ("acute lymphoblastic leukaemia in children", True),
        ("Paediatric Hodgkin lymphoma", True),
        ("high-risk neuroblastoma", False),
        ("children and adults with osteosarcoma", False),
    ],
)
def test_a_file_may_say_that_it_is_for_children(treats: str, child: bool) -> None:
    """Adults beside them keep the limits of adults."""
    text = a_dose().replace("for: ", f"for: {treats} # ")
    cautions = of_schedule.review(make(loaded(text), person(weight="20", height="110")))
    assert (cautions == ()) is child


@pytest.mark.parametrize(
    "arms", ["small: children below 12 years, large: everybody", "children: 1 mg, adults: 1 mg"]
)
def test_an_arm_may_say_that_it_is_for_children(arms: str) -> None:
    """`below-12: children below 12 years`, or an arm of that name."""
    text = f"""
        arms: {{{arms}}}
        doses: [{{drug: x, amount: 1 mg, route: IV, day: 1}}]
    """
    for arm, quiet in zip(regimen(text).arms, (True, False), strict=True):
        schedule = make(regimen(text), person(weight="20", height="110"), arm=arm)
        assert (of_schedule.review(schedule) == ()) is quiet


@pytest.mark.parametrize(
    ("gfr", "words"),
    [
        ("14.9", "is below 15, kidney failure (KDIGO 2012)"),
        ("15", ""),
        ("125", ""),
        ("125.1", "is above 125, the largest estimated GFR to use"),
    ],
)
def test_an_unusual_gfr_is_cautioned_and_not_capped(gfr: str, words: str) -> None:
    """Danger: 1,350 mg of carboplatin from an estimate of 200 mL/min. FDA 2010: at most 125."""
    assert words in "".join(cautions_of(person(gfr=gfr)))
    assert bool(cautions_of(person(gfr=gfr))) is bool(words)


@pytest.mark.parametrize(("amount", "count"), [("5 AUC", 1), ("1 mg", 0)])
def test_a_gfr_from_which_no_dose_is_calculated_is_not_cautioned(amount: str, count: int) -> None:
    """The Calvert formula is of doses by AUC alone."""
    weekly = regimen(f"doses: [{{drug: x, amount: {amount}, route: IV, day: 1}}]")
    cautions = of_schedule.review(make(weekly, person(gfr="130")))
    assert [caution.code for caution in cautions].count("gfr") == count


@pytest.mark.parametrize(
    "text",
    [
        *("90 mL/min/1,73m2", "90,0 ml/min/1,73 qm"),  # as laboratories on the continent print it
        *("90 mL/min (1.73 m2)", "90/1.73", "1.5 mL/s/1.73 m2", "5.4 L/h per 1.73 m^2"),
        *(
            "90 mL/min (1.73 m2)",
            "90/1.73",
            "1.5 mL/s/1.73 m2",
            "5.4 L/h/1.73 m\N{SUPERSCRIPT TWO}",
        ),
    ],
)
def test_a_gfr_of_a_standard_body_is_asked_for_as_it_is(text: str) -> None:
    """Danger: "write 90" was the very error. 90 x 1.8 / 1.73 = 93.64."""
    with pytest.raises(OptionError, match="give the absolute rate") as refused:
        options.gfr(text, person(surface_area="1.8"))
    assert "with this patient's 1.8 m2 it is 93.64 mL/min" in str(refused.value)
    with pytest.raises(OptionError, match=r"for example 1\.9 m2 it is 98\.84 mL/min"):
        options.gfr(text, Patient())
    with pytest.raises(OptionError, match=r"for example 1\.9 m2"):
        options.gfr(text)


@pytest.mark.parametrize("text", ["90 mL/min/m2", "90 mL/min per m2", "1.5 mL/sec/m2"])
def test_a_gfr_per_m2_is_refused_with_both_of_its_meanings(text: str) -> None:
    """90 x 1.8 / 1.73 = 93.64, if a body of 1.73 m2 is meant; else 90 x 1.8 = 162."""
    with pytest.raises(OptionError, match="is per m2; give the absolute rate") as refused:
        options.gfr(text, person(surface_area="1.8"))
    message = "with this patient's 1.8 m2 it is 93.64 mL/min, and 162 mL/min if each m2 is meant"
    assert str(refused.value).endswith(message)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # 2 mL in a second are 120 in a minute; 5.4 L = 5,400 mL in 60 minutes
        ("2 mL/s", "write 120"),
        ("1.5 mL/sec", "write 90"),
        ("5.4 L/h", "write 90"),
        ("0.12 L/min", "write 120"),
        ("75ml/min", "write 75"),
        ("75 mg/dL", "write the number of mL/min, such as 90"),
        ("seventy", "write the number of mL/min, such as 90"),
    ],
)
def test_a_gfr_is_answered_with_its_own_number_or_none(text: str, words: str) -> None:
    """Danger: "write 90" for 2 mL/s, a number that nobody typed."""
    with pytest.raises(OptionError, match=f"{words}$"):
        options.gfr(text, Patient())
    with pytest.raises(ValueError, match=words.replace("write ", "write '?")):
        log_keys.gfr(text)


def test_a_gfr_in_its_unit_is_read() -> None:
    """With the unit everywhere, as a number alone only where it is typed."""
    assert options.gfr("90 mL/min") == options.gfr("90") == log_keys.gfr("90 mL/min") == D(90)
    assert options.gfr(None) is None
    with pytest.raises(ValueError, match="write '90 mL/min'"):
        log_keys.gfr("90")


def test_a_height_in_metres_without_a_unit_is_asked_for() -> None:
    """1.70 can be nothing else."""
    result = run("bsa", "--weight", "70", "--height", "1.70")
    assert_refused(result, 2, "40 to 260 cm", "did you mean '1.70 m'?")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("7", "7"),
        ("7.0", "7"),
        ("7 years", "7"),
        ("1 year", "1"),
        ("6 months", "0.5"),
        ("1 month", None),
    ],
)
def test_an_age_is_in_years_or_months(text: str, years: str | None) -> None:
    """And is written as it was read."""
    read = options.age(text)
    assert read is not None
    assert read == (D(1) / 12 if years is None else D(years))
    assert measure.age(measure.age_in_words(read)) == read


@pytest.mark.parametrize("text", ["seven", "7 weeks", "7.5 years", "-1", "7years", "7 "])
def test_a_text_that_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is not an age; write it like '7 years'"):
        options.age(text)
    assert options.age(None) is None


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("40.5", "40 years"),
        ("40.5 years", "40 years"),
        ("7.0 years", "7 years"),
        ("0.5", "6 months"),  # 0.5 x 12
        ("1.99", "23 months"),  # 1.99 x 12 = 23.88, and 23 are completed
        ("8.5 months", "8 months"),
    ],
)
def test_an_age_with_a_decimal_is_answered_with_the_completed_one(text: str, write: str) -> None:
    """Data sets have 40.5. Taken silently it would be another age; refused, it has a way out."""
    with pytest.raises(ValueError, match=f"in completed ones \\(here '{write}'\\)$"):
        measure.age(text, bare=True)
    with pytest.raises(ValueError, match=f"in completed ones \\(here '{write}'\\)$"):
        measure.age(text)


def test_a_log_keeps_the_age(tmp_path: Path) -> None:
    """Otherwise every look at a child's course would caution."""
    file = str(tmp_path / "S-07.yaml")
    begin = ("--regimen", "npc-bolus", "--weight", "20", "--start", "2025-01-06", "--at", "07:00")
    assert "caution" not in run("log", "start", file, *begin, "--age", "7").err
    assert "\nage: 7 years\n" in Path(file).read_text(encoding="utf-8")
    result = run("replan", file, "--as-of", "2025-01-01")
    assert result.err == ""
    assert "weight 20 kg, age 7 years" in result.out


def test_the_calculator_cautions_as_the_schedule_does() -> None:
    """Danger: 170 kg at 70 cm give a right-looking 1.818 m2."""
    args = ("bsa", "--weight", "170", "--height", "70")
    result = run(*args)
    assert result.code == 0
    assert "; a weight of 170 kg is outside 40 to 150 kg" in result.err
    assert run(*args, "--strict").code == 3
    (caution,) = json.loads(run(*args, "--format", "json").out)["cautions"]
    assert caution["code"] == "body-size"
    child = run("bsa", "--weight", "20", "--height", "110", "--age", "5", "--strict")
    assert (child.code, child.err) == (0, "")


NPC = load_regimen("npc-bolus")


def changes(kg: str, *more: Weighed) -> list[Caution]:
    weighing = Weighed(D(kg), date(2025, 12, 11), turn("course 1/cycle 2"))
    cautions = of_course.review(course(NPC, *more, weighing))
    return [caution for caution in cautions if caution.code in ("weight-taken-up", "body-size")]


@pytest.mark.hazard(37)
@pytest.mark.parametrize(
    ("kg", "quiet"), [("63.1", True), ("63", False), ("76.9", True), ("77", False)]
)
def test_a_weight_that_is_taken_up_is_cautioned_with_its_effect(kg: str, quiet: bool) -> None:
    """Danger: the weight that changes doses passed, the one that changes none was cautioned."""
    assert (changes(kg) == []) is quiet


@pytest.mark.hazard(4)
def test_a_slip_in_a_weight_that_is_taken_up_is_cautioned_with_both_doses() -> None:
    """7.2 for 72 kg: 518,400 units for 5.04 million; the body is looked at as any other."""
    body, area, change = changes("7.2")
    assert "1.8 m2 and a weight of 7.2 kg fit no height" in area.text
    assert "a weight of 7.2 kg is outside 40 to 150 kg" in body.text
    assert change.text == (
        "the weight of 7.2 kg on 2025-12-11 differs by 89.7 % from the 70 kg before it, and doses "
        "use it from course 1, cycle 2 on (aldesleukin 518,400 units, before 5.04 "
        "million units); check it"
    )
    assert change.administrations == tuple(range(16, 61))
    assert change.of_patient


def test_a_weight_is_checked_against_the_one_that_was_taken_up_before() -> None:
    """70 to 66 and 66 to 60 kg are 5.7 and 9.1 %, together 14.3 % but never at once."""
    first = Weighed(D(66), date(2025, 12, 8), turn("course 1/cycle 2"))
    unused = Weighed(D(72), date(2025, 12, 9), None)
    assert changes("60", first, unused) == []
    (caution,) = changes("59", first, unused)
    assert "differs by 10.6 % from the 66 kg before it" in caution.text


def test_a_weight_that_changes_no_dose_is_not_cautioned_as_a_change() -> None:
    """A flat dose stays what it is; the caution of an unused weight says so."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 5 mg, route: IV, day: 1}]
    """
    cautions = of_course.review(
        course(regimen(text), Weighed(D(60), date(2025, 12, 2), turn("cycle 2")))
    )
    assert "weight-taken-up" not in {caution.code for caution in cautions}


def test_fewer_than_three_in_a_hundred_ordinary_adults_get_a_caution() -> None:
    """A caution that always comes is not read.

    10,000 adults of the United States, half of them women: mean weight 90.6 and 77.5 kg, spread 20
    kg, log-normal; mean height 175.3 and 161.3 cm, spread 7 cm, correlation of height and the
    logarithm of weight 0.4; by turns with a height, and with the surface area by Du Bois instead.
    """
    draw = random.Random(10)  # noqa: S311 - a sample, no secret
    cautioned = {"height": 0, "surface": 0}
    for number in range(10_000):
        mean, tall = ((90.6, 175.3), (77.5, 161.3))[number % 2]
        sigma = math.sqrt(math.log(1 + (20 / mean) ** 2))
        one, other = draw.gauss(0, 1), draw.gauss(0, 1)
        height = D(f"{tall + 7 * one:.1f}")
        kg = math.exp(math.log(mean) - sigma**2 / 2 + sigma * (0.4 * one + math.sqrt(0.84) * other))
        weight = D(f"{kg:.1f}")
        area = D(f"{0.007184 * float(height) ** 0.725 * kg**0.425:.2f}")
        cautioned["height"] += bool(cautions_of(Patient(weight=weight, height=height)))
        cautioned["surface"] += bool(cautions_of(Patient(weight=weight, surface_area=area)))
    assert 0 < cautioned["height"] < 300, cautioned
    assert 0 < cautioned["surface"] < 300, cautioned


def test_cautions_about_a_body_are_marked_as_about_the_patient() -> None:
    """A calendar that others see leaves such words out, and says that it does."""
    bodies = (
        person(weight="20", surface_area="1.8"),
        person(weight="170", height="70"),
        person(gfr="200"),
    )
    cautions = [caution for patient in bodies for caution in body_cautions(patient)]
    assert len(cautions) == 4
    assert all(caution.of_patient for caution in cautions)


def test_a_weight_that_is_taken_up_names_only_the_doses_that_it_changes() -> None:
    """72 mg/kg follow the weight, 5 mg do not: what stays is no news."""
    body = (
        "blocks: [{block: cycle, repeat: {times: 2, every: 7 days}, doses: ["
        "{drug: primumab, amount: 72 mg/kg, route: SC, day: 1},"
        "{drug: secumab, amount: 5 mg, route: SC, day: 1}]}]"
    )
    weighing = Weighed(D(50), date(2025, 12, 7), turn("cycle 2"))
    (caution,) = (
        one for one in of_course.review(course(regimen(body), weighing)) if "taken" in one.code
    )
    assert "(primumab 3,600 mg, before 5,040 mg)" in caution.text
