"""No dose above the largest that any source gives passes in silence, whatever prints it."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import run, written
from courselogs import course, given, held, key, turn
from filetext import a_file
from il2calc import Patient, language, load_regimen, make_schedule
from il2calc.model.drug import Drug, Fact, Limit, NeverReduced, Per
from il2calc.model.effects import Extra, Parted, Reduced
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review import of_course
from il2calc.review.body import largest_sizes
from il2calc.review.of_schedule import review
from il2calc.units import quantity
from pharmacy import SOURCES
from pharmacy import given as one_dose
from written import open_blocks, regimen

D = Decimal
MEAN = Patient(weight=D(84), height=D(168))
"""The mean of weights and heights of adults in the United States."""


def beyond(schedule: Schedule, limits: tuple[Limit, ...] | None = None) -> list[Caution]:
    """What is above a limit, of the monographs that ship or of an invented drug."""
    names = schedule.regimen.drugs(schedule.arm)
    monographs = language.monographs(names)
    if limits is not None:
        monographs = {name: Drug(name, (), 1, "2026-11-22", {}, limits=limits) for name in names}
    return [caution for caution in review(schedule, monographs) if caution.code == "largest-dose"]


def caution_texts(
    amount: str, route: str = "IV infusion", drug: str = "aldesleukin", more: str = ""
) -> str:
    """What is above a limit of one dose for 70 kg and 1.8 m2; empty where nothing is."""
    cautions = beyond(one_dose(amount, route, drug, more))
    return "; ".join(caution.text for caution in cautions)


def a_limit(amount: str, per: Per = "dose", route: str = "IV infusion") -> Limit:
    return Limit((route,), quantity(amount), Fact("the largest", SOURCES), per)


SUBCUTANEOUS = a_limit("600 mg", route="SC")


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ((("8 mg/kg", "dose"), ("400 mg", "day")), "420 mg in a day is more than 400 mg a day"),
        ((("8 mg/kg", "day"), ("200 mg", "dose")), "210 mg is more than 200 mg"),
    ],
)
def test_a_limit_of_a_dose_is_no_reason_to_leave_out_that_of_a_day(
    limits: tuple[tuple[str, Per], ...], text: str
) -> None:
    """Danger: 3 mg/kg twice a day is 420 mg for 70 kg, and only the limit per kg was asked.

    Of limits of one kind those on the dose's own basis count alone, and of each kind there is one.
    """
    line = "{drug: examplumab, amount: 3 mg/kg, route: IV infusion, day: 1, at: 2 times a day}"
    schedule = make_schedule(regimen(f"doses: [{line}]"), Patient(weight=D(70)))
    (caution,) = beyond(schedule, tuple(a_limit(*limit) for limit in limits))
    assert text in caution.text


@pytest.mark.hazard(1)
@pytest.mark.parametrize("route", ["IV bolus", "IV infusion", "IV"])
def test_a_dose_above_the_largest_sourced_one_is_cautioned(route: str) -> None:
    """Danger: a zero too many. 720,000 units/kg intravenously is sourced, 720,001 is not."""
    assert caution_texts("720_000 IU/kg", route) == ""
    text = caution_texts("720_001 IU/kg", route)
    assert "is more than 720,000 units/kg, the largest sourced single intravenous dose" in text
    assert "yang1994" in text


@pytest.mark.parametrize(
    ("weight", "step", "within", "cautioned"),
    [
        ("71.35", "0.1 MIU", "10%", False),  # 51.372 -> 51.4 million, 720,000 a kg before
        ("70", "18 MIU", "10%", False),  # 50.4 -> 54 million, 7.1 % more
        ("66", "18 MIU", "20%", True),  # 47.52 -> 54 million, 13.6 % more
    ],
)
def test_the_largest_dose_rounded_up_is_not_above_it(
    weight: str, step: str, within: str, cautioned: bool
) -> None:
    """Danger: a caution on every second patient of the dose that a label gives is not read."""
    rounded = ("--round", f"aldesleukin={step}", "--round-within", within)
    arm = ("schedule", "rcc-three-doses", "--arm", "high")
    result = run(*arm, "--weight", weight, *rounded)
    assert ("is more than 720,000 units/kg" in result.err) is cautioned
    more = ("--set", "cycle.aldesleukin.amount[high]=720_100 IU/kg")
    assert result.code == 0
    assert "is more than 720,000" in run(*arm, "--weight", weight, *rounded, *more).err


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1_439_999 IU/kg", "more than"),
        ("1_440_000 IU/kg", "2 times"),
        ("7.2 million IU/kg", "10 times"),
    ],
)
def test_twice_the_largest_dose_and_more_is_cautioned_as_a_factor(
    amount: str, expected: str
) -> None:
    """Danger: "more than" is read as a little more; ten times is not a little."""
    assert f"units is {expected} 720,000 units/kg, " in caution_texts(amount, "IV bolus")


def test_a_flat_dose_is_checked_against_the_largest_limit_of_its_route() -> None:
    """720,000 x 70 is 50.4 million, 36 million x 1.8 is 64.8: the largest of any source counts."""
    assert caution_texts("50.4 million IU") == ""
    assert caution_texts("64.8 million IU") == ""
    assert "36 million units/m2, " in caution_texts("64.9 million IU")
    assert "36 million units/m2, " in caution_texts("72 million IU")


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("amount", "route", "message"),
    [
        ("64.8 million IU", "IM", ""),
        ("64.9 million IU", "IM", "is more than 36 million units/m2 of another route, the largest"),
        ("648 million IU", "not stated", "is 10 times 36 million units/m2 of another route, "),
        ("600 million IU/kg", "IM", "42,000 million units is 648 times 36 million units/m2 of an"),
        ("36.1 million IU", "SC", "is more than 36 million units, the largest"),
    ],
)
def test_a_dose_by_a_route_without_a_limit_is_checked_against_the_largest_of_the_others(
    amount: str, route: str, message: str
) -> None:
    """Danger: a thousandfold slip into a muscle, of which no source says the most.

    36 million/m2 x 1.8 m2 = 64.8 million into a vein are the most by any route; 36 into the skin.
    """
    text = caution_texts(amount, route)
    assert message in text
    assert bool(text) is bool(message)


def test_a_limit_of_one_route_does_not_apply_to_another_that_has_its_own() -> None:
    """500 mg by mouth are sourced, 50 mg into a vein; a limit of a day counts by the day."""
    limits = (a_limit("500 mg", "day", "oral"), a_limit("50 mg", route="IV"))
    assert len(beyond(one_dose("51 mg", "IV", "x"), limits)) == 1
    assert beyond(one_dose("500 mg", "IM", "x"), limits) == []
    assert len(beyond(one_dose("501 mg", "IM", "x"), limits)) == 1
    infused = ", over: 48 hours"
    assert beyond(one_dose("1000 mg", "IV infusion", "x", infused), limits) == []
    assert len(beyond(one_dose("1001 mg", "IV infusion", "x", infused), limits)) == 1


def test_doses_of_a_day_by_a_route_without_a_limit_are_not_added_up() -> None:
    """Two of 60 mg into a muscle: nobody says what a day of them may be."""
    twice = one_dose("60 mg", "IM", "x", ", at: [08:00, 20:00]")
    assert beyond(twice, (a_limit("100 mg", "day", "oral"),)) == []


NOBODY = Patient()
BY_AREA = Patient(surface_area=D("1.63"))
BY_WEIGHT = Patient(weight=D(70))


@pytest.mark.hazard(1)
@pytest.mark.hazard(10)
@pytest.mark.parametrize(
    ("patient", "dose", "message"),
    [
        # 81.88 kg x 60 mg = 4,912.7 mg; 3,012 mg/m2 x 1.63 m2 = 4,909.6, 3,014 are 4,912.8
        (BY_AREA, "cyclophosphamide, amount: 3012 mg/m2, route: IV", ""),
        (BY_AREA, "cyclophosphamide, amount: 3014 mg/m2, route: IV", "60 mg/kg a day at 81.9 kg ("),
        (
            BY_AREA,
            "cyclophosphamide, amount: 4000 mg/m2, route: IV",
            "6,520 mg in a day is more th",
        ),
        # the square root of 150 x 220 / 3,600 is 3.028 m2, which is 108.995 million units
        (NOBODY, "aldesleukin, amount: 108.9 million IU, route: IV", ""),
        (NOBODY, "aldesleukin, amount: 110 million IU, route: IV", "at 3.03 m2 (not given: the la"),
        (NOBODY, "aldesleukin, amount: 500 million IU, route: IV", "is 4.59 times 36 million unit"),
        (
            NOBODY,
            "aldesleukin, amount: 110 million IU, route: IM",
            "3.03 m2 (not given: the largest ",
        ),
        # that of 70 x 220 / 3,600 is 2.068 m2, which is 361.9 mg; 5.17 mg/kg are 361.9 mg
        (BY_WEIGHT, "paclitaxel, amount: 5.17 mg/kg, route: IV", ""),
        (BY_WEIGHT, "paclitaxel, amount: 5.18 mg/kg, route: IV", "175 mg/m2 at 2.07 m2 (not given"),
        (BY_WEIGHT, "paclitaxel, amount: 80 mg/kg, route: IV", "paclitaxel 5,600 mg is 15.5 times"),
        # 8 mg/kg x 150 kg = 1,200 mg
        (NOBODY, "trastuzumab, amount: 1200 mg, route: IV", ""),
        (NOBODY, "trastuzumab, amount: 1201 mg, route: IV", "8 mg/kg at 150 kg (not given: the l"),
        # that of 150 x 160 / 3,600 is 2.58 m2, which is 451.8 mg
        (Patient(height=D(160)), "paclitaxel, amount: 451 mg, route: IV", ""),
        (Patient(height=D(160)), "paclitaxel, amount: 452 mg, route: IV", "at 2.58 m2 (not given"),
    ],
)
def test_a_dose_whose_limits_need_a_missing_measure_is_checked_at_the_largest_body(
    patient: Patient, dose: str, message: str
) -> None:
    """Danger: the cyclophosphamide of four days on each, unsaid where nobody gave a weight.

    An adult of 150 kg and 220 cm needs no second look, nor anybody with a body mass index of 60 or
    less: a surface area A leaves (60 (36 A^2)^2)^(1/3) kg, of 1.63 m2 81.88 kg.
    """
    cautions = beyond(make_schedule(regimen(f"doses: [{{drug: {dose}, day: 1}}]"), patient))
    assert [message in caution.text for caution in cautions] == [True] * bool(message)


def test_a_limit_for_the_known_body_counts_before_one_of_the_largest_body() -> None:
    """Danger: 500 mg of 1.8 m2 silent, for 10 mg/kg at 93.5 kg would be 935 mg."""
    limits = (a_limit("10 mg/kg", route="IV"), a_limit("100 mg/m2", route="IV"))
    schedule = make_schedule(
        regimen("doses: [{drug: x, amount: 500 mg, route: IV, day: 1}]"),
        Patient(surface_area=D("1.8")),
    )
    (caution,) = beyond(schedule, limits)
    assert "is 2.78 times 100 mg/m2, " in caution.text


@pytest.mark.parametrize(
    ("area", "weight"), [("0.25", "3.5"), ("0.5", "10"), ("1", "30"), ("1.8", "75"), ("3", "150")]
)
def test_no_ordinary_body_is_above_the_largest_of_its_surface(area: str, weight: str) -> None:
    """Danger: a limit per kg for less than the child weighs, and a caution of a dose within it."""
    assert largest_sizes(Patient(surface_area=D(area)))["kg"] > D(weight)


def test_a_drug_without_a_monograph_or_a_limit_is_checked_against_nothing() -> None:
    """A limit of another drug, or one of ours, would be invented."""
    assert caution_texts("900 mg", drug="examplumab") == ""
    assert beyond(one_dose("900 mg"), ()) == []


@pytest.mark.parametrize(
    ("limit", "within", "too_much"),
    [("100 mg", "100 mg", "101 mg"), ("100 mg/m2", "180 mg", "181 mg"), ("1 g", "1 g", "1001 mg")],
)
def test_a_limit_may_be_flat_or_by_surface(limit: str, within: str, too_much: str) -> None:
    """100 mg/m2 x 1.8 m2 = 180 mg."""
    assert beyond(one_dose(within, drug="x"), (a_limit(limit),)) == []
    assert len(beyond(one_dose(too_much, drug="x"), (a_limit(limit),))) == 1


def test_a_dose_is_checked_against_the_limits_of_its_own_basis_where_there_are_such() -> None:
    """36 million/m2 x 1.8 is 64.8 million, 720,000/kg x 70 is 50.4: each has its own."""
    for route in ("IV bolus", "IV infusion"):
        assert caution_texts("36 million IU/m2", route) == ""
        assert "720,000" not in caution_texts("37 million IU/m2", route)
        assert "36 million units/m2, " in caution_texts("37 million IU/m2", route)
        assert "36 million" not in caution_texts("66 million IU/kg", route)
    assert caution_texts("36 million IU", "SC") == ""
    assert "36 million units," in caution_texts("37 million IU", "SC")
    assert "15 million units/m2," in caution_texts("16 million IU/m2", "SC")
    assert caution_texts("15 million IU/m2", "SC") == ""


def test_a_dose_by_surface_is_checked_against_a_limit_by_weight_where_there_is_no_other() -> None:
    """10 mg/kg x 70 kg = 700 mg; 389 mg/m2 x 1.8 m2 = 700.2 mg."""
    limits = (a_limit("10 mg/kg"),)
    assert beyond(one_dose("388 mg/m2", drug="x"), limits) == []
    assert len(beyond(one_dose("389 mg/m2", drug="x"), limits)) == 1


@pytest.mark.hazard(10)
@pytest.mark.parametrize(
    ("amount", "over", "too_much"),
    [
        ("18 million IU/m2", "24 hours", False),
        ("18.1 million IU/m2", "24 hours", True),
        ("90 million IU/m2", "5 days", False),
        ("90.1 million IU/m2", "5 days", True),
        ("37.8 million IU/m2", "21 days", False),
        ("18.1 million IU/m2", "23 hours", False),
    ],
)
def test_a_bag_of_days_is_checked_against_the_limit_of_a_day_of_infusion(
    amount: str, over: str, too_much: bool
) -> None:
    """18 million/m2 a day: 90 million in five days, as published."""
    text = caution_texts(amount, more=f", over: {over}")
    assert ("18 million units/m2 a day of infusion" in text) is too_much
    assert bool(text) is too_much


def test_a_bag_of_days_is_cautioned_with_its_amount_a_day() -> None:
    """105 million/m2 x 1.8 m2 = 189 million in five days, 37.8 million a day of at most 32.4."""
    text = caution_texts("105 million IU/m2", more=", over: 5 days")
    assert "aldesleukin 189 million units (37.8 million units a day) is more than 18 mill" in text


def test_a_bag_of_days_without_such_a_limit_is_checked_against_that_of_a_dose() -> None:
    """Paclitaxel over 24 hours: 175 mg/m2 counts all the same."""
    assert "175 mg/m2, " in caution_texts("176 mg/m2", drug="paclitaxel", more=", over: 24 hours")


def test_one_dose_above_the_limit_of_a_day_is_cautioned() -> None:
    """800 mg of imatinib a day; 1,200 mg at once are more."""
    assert caution_texts("800 mg", "oral", "imatinib") == ""
    assert "800 mg a day" in caution_texts("1200 mg", "oral", "imatinib")


@pytest.mark.hazard(10)
def test_the_doses_of_a_day_are_added_up() -> None:
    """Danger: 400 mg twice a day is the most that is sourced; three times is read as 400 mg."""
    assert caution_texts("400 mg", "oral", "imatinib", ", at: 2 times a day") == ""
    (caution,) = beyond(one_dose("400 mg", "oral", "imatinib", ", at: [08:00, 14:00, 20:00]"))
    assert caution.text.startswith("imatinib 1,200 mg in a day is more than 800 mg a day, ")
    assert caution.text.endswith(" (rows 1 to 3)")
    assert caution.administrations == (1, 2, 3)


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("drug", "amount", "more", "message"),
    [
        ("aldesleukin", "7.2 million IU/kg", "", "504 million units as needed is 10 times"),
        ("aldesleukin", "720_000 IU/kg", "", None),
        ("aldesleukin", "720_001 IU/kg", "", "units as needed is more than 720,000 units/kg, "),
        ("aldesleukin", "not stated", "", None),
        ("examplumab", "9 g", "", None),
        ("imatinib", "400 mg", ", at: up to 2 times a day", None),
        ("imatinib", "400 mg", ", at: up to 3 times a day", "1,200 mg as needed in a day is more"),
        ("imatinib", "900 mg", "", "900 mg as needed in a day is more than 800 mg a day"),
        ("cyclophosphamide", "120 mg/kg", ", over: 48 hours", None),
    ],
)
def test_a_dose_as_needed_is_checked_against_the_limits_as_a_planned_one(
    drug: str, amount: str, more: str, message: str | None
) -> None:
    """Danger: a zero too many in what is given as needed, which is in no row.

    720,000 units/kg are sourced, and 800 mg of imatinib and 60 mg/kg of cyclophosphamide a day.
    """
    route = "oral" if drug == "imatinib" else "IV"
    cautions = beyond(one_dose(amount, route, drug, f", as_needed: yes{more}"))
    assert [message in caution.text for caution in cautions if message] == [True] * bool(message)
    assert len(cautions) == bool(message)


def test_a_dose_as_needed_in_two_blocks_is_cautioned_once() -> None:
    """900 mg are above 800 mg a day in each of them; two alike lines hide others."""
    line = "doses: [{drug: imatinib, amount: 900 mg, route: oral, day: 1, as_needed: yes}]"
    blocks = f"""
        blocks:
          - {{block: a, {line}}}
          - {{block: b, {line}}}
    """
    assert len(beyond(make_schedule(regimen(blocks)))) == 1


def test_equal_days_are_cautioned_once() -> None:
    """A caution per day of a year would hide all others."""
    many = one_dose("600 mg", "oral", "imatinib", ", repeat: {times: 6, every: 12 hours}")
    (caution,) = beyond(many)
    assert caution.administrations == (1, 2, 3, 4, 5, 6)


def test_doses_of_another_route_are_not_added_to_a_day() -> None:
    """A limit by mouth says nothing of what is given into a vein."""
    doses = """
        doses:
          - {drug: x, dose: one, amount: 60 mg, route: oral, day: 1}
          - {drug: x, dose: other, amount: 60 mg, route: IV, day: 1}
          - {drug: x, dose: third, amount: 0.07 g, route: oral, day: 2}
          - {drug: x, dose: fourth, amount: 60 mg, route: oral, day: 2}
    """
    (caution,) = beyond(make_schedule(regimen(doses)), (a_limit("100 mg", "day", "oral"),))
    assert caution.administrations == (3, 4)


def test_each_dose_of_a_drug_is_checked_against_the_limit_of_its_own_route() -> None:
    """Danger: 60 mg by mouth checked against the 100 mg of the vein, in silence."""
    doses = """
        doses:
          - {drug: x, dose: one, amount: 60 mg, route: oral, day: 1}
          - {drug: x, dose: other, amount: 60 mg, route: IV, day: 1}
    """
    limits = (a_limit("50 mg", route="oral"), a_limit("100 mg", route="IV"))
    (caution,) = beyond(make_schedule(regimen(doses)), limits)
    assert caution.administrations == (1,)


def test_a_dose_without_a_limit_of_a_day_hides_none_after_it() -> None:
    """Danger: the vein, which has no limit, comes first; 120 mg by mouth follow it."""
    doses = """
        doses:
          - {drug: x, dose: one, amount: 60 mg, route: IV, day: 1}
          - {drug: x, dose: other, amount: 120 mg, route: oral, day: 1}
    """
    (caution,) = beyond(make_schedule(regimen(doses)), (a_limit("100 mg", "day", "oral"),))
    assert caution.administrations == (2,)


def test_a_limit_that_the_body_gives_no_measure_for_hides_none_after_it() -> None:
    """Danger: without a height the limit per m2 says nothing; 140 mg are above the flat one."""
    schedule = make_schedule(
        regimen("doses: [{drug: x, amount: 2 mg/kg, route: IV, day: 1}]"), Patient(weight=D(70))
    )
    limits = (a_limit("50 mg/m2", route="IV"), a_limit("100 mg", route="IV"))
    (caution,) = beyond(schedule, limits)
    assert "100 mg" in caution.text


def test_each_dose_is_checked_against_the_limits_of_its_own_basis_though_its_drug_has_another() -> (
    None
):
    """Danger: 2 mg/kg of 70 kg are above 1 mg/kg, and below the 100 mg/m2 of the dose before."""
    doses = """
        doses:
          - {drug: x, dose: one, amount: 60 mg/m2, route: IV, day: 1}
          - {drug: x, dose: other, amount: 2 mg/kg, route: IV, day: 2}
    """
    limits = (a_limit("100 mg/m2", route="IV"), a_limit("1 mg/kg", route="IV"))
    schedule = make_schedule(regimen(doses), Patient(weight=D(70), surface_area=D("1.8")))
    (caution,) = beyond(schedule, limits)
    assert caution.administrations == (2,)


@pytest.mark.parametrize(
    ("limits", "above"),
    [(("100 mg/m2", "50 mg", "50 mg/kg"), False), (("10 mg/m2", "90 mg", "50 mg/kg"), True)],
)
def test_a_dose_that_no_plan_had_is_checked_against_the_limits_of_its_planned_ones(
    limits: tuple[str, ...], above: bool
) -> None:
    """It was entered as 80 mg. Per m2, as x is planned, 100 mg/m2 are 180 mg, 10 mg/m2 18 mg.

    Danger: a limit per dose for anybody, or of the drug beside it, taken for that of the patient.
    """
    doses = """
        doses:
          - {drug: y, amount: 1 mg/kg, route: IV, day: 1}
          - {drug: x, amount: 5 mg/m2, route: IV, day: 2}
    """
    extra = Extra("x", quantity("80 mg"), datetime.fromisoformat("2025-12-01 12:00"), "IV")
    result = course(regimen(doses), extra, patient=Patient(D(70), surface_area=D("1.8")))
    x = Drug(
        "x", (), 1, "2026-11-22", {}, limits=tuple(a_limit(amount, route="IV") for amount in limits)
    )
    codes = [caution.code for caution in of_course.review(result, {"x": x, "y": None})]
    assert ("largest-dose" in codes) is above


def test_a_unit_without_a_factor_is_not_added_to_a_day() -> None:
    """Milligrams and units of a drug without a factor are no sum."""
    doses = """
        doses:
          - {drug: x, dose: one, amount: 60 mg, route: oral, day: 1}
          - {drug: x, dose: other, amount: 60 IU, route: oral, day: 1}
    """
    assert beyond(make_schedule(regimen(doses)), (a_limit("100 mg", "day", "oral"),)) == []


def test_an_infusion_of_days_counts_by_the_day_against_a_limit_of_a_day() -> None:
    """60 mg/kg a day for two days: 120 mg/kg in one bag of 48 hours is as much, not twice it."""
    bag = ", over: 48 hours"
    assert caution_texts("120 mg/kg", drug="cyclophosphamide", more=bag) == ""
    assert "60 mg/kg a day" in caution_texts("121 mg/kg", drug="cyclophosphamide", more=bag)


def test_a_limit_in_a_unit_without_a_factor_says_nothing() -> None:
    """A limit in units of a drug without a factor cannot be compared with milligrams."""
    assert beyond(one_dose("100 mg", drug="x"), (a_limit("1 IU"),)) == []


def test_a_dose_in_milligrams_is_checked_against_the_limit_in_units() -> None:
    """36 million units/m2 x 1.8 m2 = 64.8 million = 3.96 mg: 40 mg is ten times the limit."""
    assert "is 10.1 times 36 million units/m2" in caution_texts("40 mg")
    assert caution_texts("3.97 mg") != ""
    assert caution_texts("3.96 mg") == ""


@pytest.mark.parametrize("name", language.shelf.regimen_files())
def test_no_shipped_regimen_is_above_a_sourced_dose(name: str) -> None:
    """A caution on what a source itself gives would be noise, and its limit wrong."""
    read = load_regimen(name)
    for arm in read.arms or (None,):
        schedule = make_schedule(read, MEAN, arm=arm, times=open_blocks(read, 1))
        assert beyond(schedule) == [], arm


# Of a file, before anybody is given a dose


def checked(folder: Path, *lines: str, arms: str = "") -> list[str]:
    """What `check` asks about the doses of a file, in its words behind the path."""
    doses = "".join(f"  - {{dose: d{place}, {line}}}\n" for place, line in enumerate(lines))
    path = written(folder, a_file(f"{arms}doses:\n{doses}"))
    result = run("check", path)
    assert result.code == 0
    assert run("check", path, "--strict").code == (3 if result.err else 0)
    return [line.removeprefix(f"caution: {path}:") for line in result.err.splitlines()]


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "drug: aldesleukin, amount: 7.2 million IU/kg, route: IV bolus",
            "d0.amount: aldesleukin 7.2 million units/kg is 10 times 720,000 units/kg, the largest",
        ),
        # 36 million IU/m2 of an infusion of a day, and 18 of each day of it: 3 x 18 = 54
        (
            "drug: aldesleukin, amount: 180 million IU/m2/day, route: IV infusion, over: 3 days",
            "540 million units/m2 (180 million units/m2 a day) is 10 times 18 million units/m2 a",
        ),
        # 720,000 x 150 kg = 108 million, 36 million x 3.03 m2 = 109.08 million
        (
            "drug: aldesleukin, amount: 110 million IU, route: IV bolus",
            "110 million units is more than 36 million units/m2 at 3.03 m2 (not given: ",
        ),
        (
            "drug: paclitaxel, amount: 176 mg/m2, route: IM",
            "176 mg/m2 is more than 175 mg/m2 of an",
        ),
        ("drug: imatinib, amount: 400 mg, route: oral, at: 2 times a day", None),
        (
            "drug: imatinib, amount: 400 mg, route: oral, at: 3 times a day",
            "d0.amount: imatinib 1,200 mg in a day is more than 800 mg a day, ",
        ),
        ("drug: imatinib, amount: 1_200 mg/day, route: oral, at: 3 times a day", "1,200 mg in a "),
        (
            "drug: imatinib, amount: 400 mg, route: oral, repeat: {times: 2, every: 8 hours}",
            None,
        ),
        (
            "drug: imatinib, amount: 400 mg, route: oral, repeat: {times: 3, every: 8 hours}",
            "imatinib 1,200 mg in a day is more than 800 mg a day, ",
        ),
        (
            "drug: imatinib, amount: 500 mg, route: oral, as_needed: yes, at: up to 2 times a day",
            "imatinib 1,000 mg as needed in a day is more than 800 mg a day, ",
        ),
        (
            "drug: aldesleukin, route: SC, amount: {below 50 kg: 9 MIU, 50 kg or more: 180 MIU}",
            "d0.amount[50 kg or more]: aldesleukin 180 million units is 5 times 36 million units, ",
        ),
        # nobody knows which body would have 175 mg/m2 of so much per kg
        ("drug: paclitaxel, amount: 175 mg/kg, route: IV", None),
        ("drug: paclitaxel, amount: not stated, route: IV", None),
        ("drug: paclitaxel, amount: 29 AUC, route: IV", None),
        ("drug: examplumab, amount: 99 g, route: IV", None),
    ],
)
def test_check_asks_about_an_amount_above_the_largest_before_anybody_is_given_it(
    line: str, message: str | None, tmp_path: Path
) -> None:
    """Danger: a zero too many in a file is first cautioned when its first patient is planned.

    By the same limits and in the same words as of a dose; what is below them is not asked about.
    """
    remarks = checked(tmp_path, f"{line}, day: 1")
    assert [message in remark for remark in remarks if message] == [True] * bool(message)
    assert len(remarks) == bool(message)


def test_check_names_the_arm_whose_amount_is_above_the_largest(tmp_path: Path) -> None:
    """600,000 IU/kg are sourced, 6 million are 8.33 times the most: its own line, its own path."""
    arms = "arms: {a: {text: A}, b: {text: B}}\n"
    amounts = "amount: {a: 600_000 IU/kg, b: 6 million IU/kg}"
    line = f"drug: aldesleukin, {amounts}, route: IV bolus, day: 1"
    (remark,) = checked(tmp_path, "drug: x, amount: 1 mg, route: IV, day: 1", line, arms=arms)
    assert " d1.amount[b]: aldesleukin 6 million units/kg is 8.33 times 720,000 " in remark


def test_an_import_asks_about_an_amount_above_the_largest(tmp_path: Path) -> None:
    """Danger: a zero too many in one row of a sheet of hundreds of regimens."""
    head = "regimen,drug,amount,route,days,cycle days,cycles"
    sheet = written(tmp_path, f"{head}\nA,paclitaxel,1750 mg/m2,IV,1,21,4\n", "sheet.csv")
    result = run("import", sheet, "-d", str(tmp_path / "out"))
    assert result.code == 0
    assert "cycle.paclitaxel.amount: paclitaxel 1,750 mg/m2 is 10 times 175 mg/m2, " in result.err


def test_what_is_as_needed_every_few_hours_counts_as_often_in_a_day(tmp_path: Path) -> None:
    """24 / 4 = 6 doses, 6 x 150 mg = 900 mg of the 800 mg that a day may have; 4 x 150 mg = 600."""
    line = "drug: imatinib, amount: 150 mg, route: oral, as_needed: yes, day: 1"
    (remark,) = checked(tmp_path, f"{line}, repeat: {{every: at least 4 hours}}")
    assert "imatinib 900 mg as needed in a day is more than 800 mg a day, " in remark
    assert checked(tmp_path, f"{line}, repeat: {{up_to: 4, every: at least 4 hours}}") == []


NPC = language.load("npc-bolus")
KNOWN = language.monographs(NPC.drugs(None))
CYCLE = "course 1/cycle 1"


def test_a_given_dose_is_checked_against_the_limits_as_a_planned_one() -> None:
    """Danger: units and mg mixed up at the bedside; 504 million for 5.04 is "more than planned"."""
    result = course(NPC, given(CYCLE, "aldesleukin", [1], amount="504 million IU"))
    cautions = {caution.code: caution for caution in of_course.review(result, KNOWN)}
    assert (
        "aldesleukin 504 million units is 10 times 720,000 units/kg"
        in cautions["largest-dose"].text
    )
    assert cautions["largest-dose"].administrations == (1,)
    assert cautions["above-plan"].text == (
        "more than planned was given (row 1: 504 million units, planned 5.04 million units); row 1 "
        "is 100 times the plan"
    )
    little = course(NPC, given(CYCLE, "aldesleukin", [1], amount="504_000 IU"))
    cautions = {caution.code: caution for caution in of_course.review(little, KNOWN)}
    assert (
        "row 1: 504,000 units, planned 5.04 million units); row 1 is 1/10 of the plan"
        in cautions["below-plan"].text
    )


def test_each_dose_beyond_the_plan_is_named_beside_the_limit() -> None:
    """Danger: of three overdoses only the first was cautioned: a caution seen before is no news."""
    at = [datetime.fromisoformat(f"2025-12-01 {clock}") for clock in ("10:00", "11:00")]
    extras = [Extra("aldesleukin", quantity("60 million IU"), when, "IV bolus") for when in at]
    texts = []
    for count in (1, 2):
        result = course(NPC, *extras[:count])
        cautions = [
            caution for caution in of_course.review(result, KNOWN) if caution.code == "largest-dose"
        ]
        texts += [caution.text.partition("; given in this way: ")[2] for caution in cautions]
    assert texts == ["row 2", "rows 2, 3"]


def test_only_what_was_given_beyond_the_plan_is_named_so() -> None:
    """Danger: every dose of a plan above the limit named as if it had been given so.

    900,000 units/kg x 70 kg are 63 million units, above 50.4 million. They were given as planned,
    held or not yet given; 64 million are beyond the plan, and so is any dose that no plan had.
    """
    text = "doses: [{drug: aldesleukin, amount: 900_000 IU/kg, route: IV bolus, day: [1, 2, 3]}]"
    as_planned = given("", "aldesleukin", [1], amount="63 million IU")
    more = given("", "aldesleukin", [2], amount="64 million IU")
    when = datetime.fromisoformat("2025-12-01 12:00")
    extra = Extra("aldesleukin", quantity("63 million IU"), when, "IV bolus")
    by_name = {}
    for name, effects in {"plan": (as_planned,), "log": (as_planned, more, extra)}.items():
        cautions = of_course.review(course(regimen(text), *effects), KNOWN)
        texts = [caution.text for caution in cautions if caution.code == "largest-dose"]
        by_name[name] = [text.partition("; given in this way: ")[1:] for text in texts]
    phrase = "; given in this way: "
    assert by_name == {"plan": [("", "")], "log": [(phrase, "row 2"), (phrase, "row 3")]}


BAGS = """
doses: [{drug: aldesleukin, amount: 18 million IU/m2, route: IV infusion, day: %s, over: %s}]
"""


@pytest.mark.hazard(10)
@pytest.mark.parametrize(
    ("days", "over", "day", "message"),
    [
        # three bags of 32.4 million units beside the planned one: 129.6 million in a day
        ("1 to 3", "24 hours", 3, "aldesleukin 129.6 million units in a day is 4 times 18 million"),
        # 32.4 million units over three days are 10.8 million a day: 108 million of 32.4 million
        ("1", "3 days", 2, "aldesleukin 108 million units in a day is 3.33 times 18 million"),
        ("1 to 3", "24 hours", 5, ""),
        ("1 to 3", "12 hours", 3, ""),
    ],
)
def test_infusions_beside_a_continuous_one_are_added_to_its_day(
    days: str, over: str, day: int, message: str
) -> None:
    """Danger: each bag is within the limit of a day of infusion, and four of them run in a day.

    For 1.8 m2 it is 32.4 million units a day. On a day without a continuous infusion, and beside
    shorter ones, that limit says nothing.
    """
    bag = quantity("32.4 million IU")
    at = [datetime.fromisoformat(f"2025-12-0{day} {hour}:00") for hour in (10, 11, 12)]
    extras = [Extra("aldesleukin", bag, when, "IV infusion") for when in at]
    body = Patient(surface_area=D("1.8"))
    result = course(regimen(BAGS % (days, over)), *extras, patient=body, as_of="2025-12-08")
    texts = [
        caution.text
        for caution in of_course.review(result, KNOWN)
        if caution.code == "largest-dose"
    ]
    assert [text[: len(message)] for text in texts] == ([message] if message else [])


@pytest.mark.hazard(10)
@pytest.mark.parametrize(
    ("amount", "when", "message"),
    [
        ("18 million IU/m2", "over: 12 hours, at: ['08:00', '20:00']", "64.8 million units"),
        ("9 million IU/m2", "over: 12 hours, at: ['08:00', '20:00']", ""),
        ("18 million IU/m2", "over: 8 hours, repeat: {times: 6, every: 8 hours}", "97.2 million"),
        ("18 million IU/m2", "over: 11 hours, at: ['08:00', '20:00']", ""),
    ],
)
def test_syringes_that_run_for_a_day_together_are_a_day_of_infusion(
    amount: str, when: str, message: str
) -> None:
    """Danger: the dose of a day in each of its two syringes of 12 hours, in silence.

    For 1.8 m2 18 million units/m2 are 32.4 million a day; two such syringes are 64.8 million, three
    of 8 hours 97.2 million. Two of 11 hours leave the line empty, so it is no continuous infusion.
    """
    dose = f"{{drug: aldesleukin, amount: {amount}, route: IV infusion, day: 1, {when}}}"
    schedule = make_schedule(regimen(f"doses: [{dose}]"), Patient(surface_area=D("1.8")))
    cautions = beyond(schedule)
    assert [message in caution.text for caution in cautions] == [True] * bool(message)
    assert all("times 18 million units/m2 a day of infusion" in one.text for one in cautions)


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("5 mg/kg, route: IV bolus", "4 mg/kg, route: IV bolus", "630 mg at one time is more"),
        ("5 mg/kg, route: IV bolus", "3 mg/kg, route: IV bolus", ""),
        ("5 mg/kg, route: IV bolus", "4 mg/kg, route: IV bolus, at: +1 hour", ""),
        ("5 mg/kg, route: IV bolus", "4 mg/kg, route: SC", ""),
        ("5 mg/kg, route: IV infusion, over: 1 hour", "4 mg/kg, route: IV infusion", "630 mg"),
        ("5 mg/kg, route: IV bolus", "4 mg/kg, route: IV infusion, over: 24 hours", ""),
        ("9 mg/kg, route: IV bolus", "4 mg/kg, route: SC", "630 mg is more than 8 mg/kg"),
    ],
)
def test_doses_at_one_moment_are_checked_together(first: str, second: str, message: str) -> None:
    """Danger: 5 and 4 mg/kg at 08:00 are 9 mg/kg, above the 8 mg/kg that each of them is below.

    An infusion that waits for the other one begins where that ends, and is of its moment. Other
    routes have other limits, and a bag of a day is checked by the day.
    """
    lines = f"{{drug: a, amount: {first}, day: 1}}, {{drug: a, dose: b, amount: {second}, day: 1}}"
    lines = lines.replace("drug: a, amount", "drug: a, dose: a1, amount")
    routes = ("IV bolus", "IV infusion")
    limits = (Limit(routes, quantity("8 mg/kg"), Fact("the largest", SOURCES)), SUBCUTANEOUS)
    schedule = make_schedule(regimen(f"doses: [{lines}]"), Patient(weight=D(70)))
    cautions = beyond(schedule, limits)
    assert [message in caution.text for caution in cautions] == [True] * bool(message)


def test_a_short_infusion_hides_no_continuous_one_after_it() -> None:
    """Danger: the bag hung at 06:00, two hours before the continuous one, is looked at alone.

    18 million units/m2 x 1.8 m2 are 32.4 million a day; 32.4 + 32.4 million are 2 times that. The
    short bag of day 1 has no limit of a day.
    """
    doses = """
        doses:
          - {drug: aldesleukin, dose: short, amount: 1 million IU, route: IV infusion, day: 1,
             over: 1 hour}
          - {drug: aldesleukin, dose: long, amount: 18 million IU/m2, route: IV infusion, day: 3,
             over: 24 hours}
    """
    when = datetime.fromisoformat("2025-12-03 06:00")
    extra = Extra("aldesleukin", quantity("32.4 million IU"), when, "IV infusion")
    body = Patient(surface_area=D("1.8"))
    result = course(regimen(doses), extra, patient=body, as_of="2025-12-08")
    (caution,) = [one for one in of_course.review(result, KNOWN) if one.code == "largest-dose"]
    assert caution.text.startswith("aldesleukin 64.8 million units in a day is 2 times 18 million")
    assert caution.administrations == (2, 3)


def test_days_of_infusion_cautioned_together_name_their_rows_in_order() -> None:
    """The bag of day 1 was hung on day 5, beside another; so was one on day 2."""
    day = "drug: aldesleukin, amount: 32.4 million IU, route: IV infusion, day: 1 to 2"
    bag = quantity("32.4 million IU")
    late, early = (datetime.fromisoformat(f"2025-12-0{day} 08:00") for day in (5, 2))
    moved = given("", "aldesleukin", [1], at="2025-12-05 08:00")
    extras = [Extra("aldesleukin", bag, when, "IV infusion") for when in (late, early)]
    body = Patient(surface_area=D("1.8"))
    plan = regimen(f"doses: [{{{day}, over: 24 hours}}]")
    result = course(plan, moved, *extras, patient=body, as_of="2025-12-08")
    cautions = [
        caution for caution in of_course.review(result, KNOWN) if caution.code == "largest-dose"
    ]
    assert [caution.administrations for caution in cautions] == [(1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("planned", "beside", "count"), [("16.2", "16.2", 0), ("16.2", "16.3", 1), ("33", None, 1)]
)
def test_infusions_of_a_day_may_reach_the_limit(
    planned: str, beside: str | None, count: int
) -> None:
    """Danger: two bags that reach the limit together called above it, or one that is above twice.

    18 million units/m2 x 1.8 m2 are 32.4 million a day, 16.2 + 16.2.
    """
    dose = f"drug: aldesleukin, amount: {planned} million IU, route: IV infusion, day: 1"
    when = datetime.fromisoformat("2025-12-01 10:00")
    extras = [
        Extra("aldesleukin", quantity(f"{much} million IU"), when, "IV infusion")
        for much in (beside,)
        if much is not None
    ]
    body = Patient(surface_area=D("1.8"))
    plan = regimen(f"doses: [{{{dose}, over: 24 hours}}]")
    cautions = of_course.review(course(plan, *extras, patient=body), KNOWN)
    assert [caution.code for caution in cautions].count("largest-dose") == count


@pytest.mark.parametrize(("amount", "expected"), [("64.8", ()), ("64.9", (1,))])
def test_an_infusion_that_was_broken_off_is_checked_against_the_days_that_it_ran(
    amount: str, expected: tuple[int, ...]
) -> None:
    """32.4 million units a day at 1.8 m2: 64.8 in two days of five, and 162 in all of the next.

    Danger: most of five days' drug within two, checked against the limit of five.
    """
    text = """
        doses:
          - {drug: aldesleukin, amount: 162 million IU, route: IV infusion, day: [1, 8],
             over: 120 hours}
    """
    ended = datetime.fromisoformat("2025-12-03 08:00")
    part = Parted(key("", "aldesleukin", 1), quantity(f"{amount} million IU"), ended)
    result = course(regimen(text), part, patient=Patient(surface_area=D("1.8")), as_of="2025-12-08")
    cautions = (
        caution for caution in of_course.review(result, KNOWN) if caution.code == "largest-dose"
    )
    assert tuple(row for caution in cautions for row in caution.administrations) == expected


def test_without_a_limit_of_a_day_of_infusion_no_infusions_are_added_up() -> None:
    """The limit is of a dose: two bags on one day are each within it."""
    when = datetime.fromisoformat("2025-12-01 10:00")
    extra = Extra("aldesleukin", quantity("32.4 million IU"), when, "IV infusion")
    body = Patient(surface_area=D("1.8"))
    result = course(regimen(BAGS % (1, "24 hours")), extra, patient=body, as_of="2025-12-08")
    one = Drug("aldesleukin", (), 1, "2026-11-22", {}, limits=(a_limit("18 million IU/m2"),))
    codes = {caution.code for caution in of_course.review(result, {"aldesleukin": one})}
    assert "unplanned" in codes
    assert "largest-dose" not in codes


def test_a_dose_that_was_held_is_above_nothing() -> None:
    """What nobody gets hurts nobody; what is still to come is cautioned all the same."""
    text = "doses: [{drug: aldesleukin, amount: 900_000 IU/kg, route: IV bolus, day: [1, 2]}]"
    result = course(regimen(text), held("", "aldesleukin", [1]))
    (caution,) = [one for one in of_course.review(result, KNOWN) if one.code == "largest-dose"]
    assert caution.administrations == (2,)


def test_a_dose_that_was_held_is_added_to_no_day() -> None:
    """900 mg of imatinib are above 800 mg a day; on the day that was held there are none."""
    text = "doses: [{drug: imatinib, amount: 900 mg, route: oral, day: [1, 2]}]"
    result = course(regimen(text), held("", "imatinib", [1]))
    monographs = language.monographs(["imatinib"])
    (caution,) = [one for one in of_course.review(result, monographs) if one.code == "largest-dose"]
    assert caution.administrations == (2,)


def test_doses_given_on_one_day_are_added_up_on_the_day_on_which_they_were_given() -> None:
    """Danger: the dose that was missed, given beside the next one."""
    text = "doses: [{drug: imatinib, amount: 800 mg, route: oral, day: [1, 2]}]"
    read, monographs = regimen(text), language.monographs(["imatinib"])
    as_planned = course(read, given("", "imatinib", [1]), given("", "imatinib", [2]))
    assert "largest-dose" not in {one.code for one in of_course.review(as_planned, monographs)}
    late = given("", "imatinib", [1], at="2025-12-02 07:00")
    doubled = course(read, late, given("", "imatinib", [2]))
    (caution,) = [
        one for one in of_course.review(doubled, monographs) if one.code == "largest-dose"
    ]
    assert "imatinib 1,600 mg in a day is 2 times 800 mg a day" in caution.text


NIGHTLY = "doses: [{drug: imatinib, amount: 300 mg, route: oral, day: 1, at: 3 times a day}]"
"""From 20:00 at 20:00, 02:00 and 08:00: 900 mg, and 800 mg are the most of a day."""


def test_a_day_continues_past_midnight_with_dates_as_without() -> None:
    """Danger: 900 mg were a caution without a start, and 300 and 600 mg of two days with one.

    Three times 266 mg are 798 mg on each of two days: no caution.
    """
    for start in (None, date(2027, 1, 1)):
        (caution,) = beyond(make_schedule(regimen(NIGHTLY), start=start, at=20 * 60))
        assert "imatinib 900 mg in a day is more than 800 mg a day" in caution.text
        assert caution.administrations == (1, 2, 3)
    twice = NIGHTLY.replace("day: 1", "day: [1, 2]").replace("300 mg", "266 mg")
    for start in (None, date(2027, 1, 1)):
        assert beyond(make_schedule(regimen(twice), start=start, at=20 * 60)) == []


@pytest.mark.parametrize("start", [None, date(2027, 1, 1)])
def test_doses_on_one_date_are_added_up_whatever_their_days(start: date | None) -> None:
    """Danger: 1,200 mg in six hours of one morning, of two days of the regimen.

    400 mg at 20:00 and at 08:00 past midnight of day 1, then at 08:00 and 14:00 of day 2.
    """
    two = """
        doses:
          - {dose: a, drug: imatinib, amount: 400 mg, route: oral, day: 1, at: 2 times a day}
          - {dose: b, drug: imatinib, amount: 400 mg, route: oral, day: 2, at: [08:00, 14:00]}
    """
    (caution,) = beyond(make_schedule(regimen(two), start=start, at=20 * 60))
    assert "imatinib 1,200 mg in a day is more than 800 mg a day" in caution.text
    assert caution.administrations == (2, 3, 4)


@pytest.mark.parametrize(
    ("at", "rows"),
    [
        ("2025-12-02 02:10", (1, 2, 3)),
        ("2025-12-01 23:50", (1, 2, 3)),
        ("2025-12-03 02:00", ()),
    ],
)
def test_a_dose_past_midnight_counts_to_its_day_when_it_was_given(
    at: str, rows: tuple[int, ...]
) -> None:
    """Due on Tuesday at 02:00, of the day that began on Monday; a day late it is one of Wednesday.

    Without it the day has 600 mg.
    """
    result = course(
        regimen(NIGHTLY), given("", "imatinib", [1]), given("", "imatinib", [2], at=at), at=20 * 60
    )
    monographs = language.monographs(["imatinib"])
    cautions = [
        caution
        for caution in of_course.review(result, monographs)
        if caution.code == "largest-dose"
    ]
    assert [caution.administrations for caution in cautions] == ([rows] if rows else [])


def test_a_dose_given_and_one_to_come_on_the_same_day_are_added_up() -> None:
    """Danger: 500 mg given a day late beside 500 mg that are still planned, 1,000 mg in a day."""
    text = "doses: [{drug: imatinib, amount: 500 mg, route: oral, day: [1, 2]}]"
    monographs = language.monographs(["imatinib"])
    late = course(regimen(text), given("", "imatinib", [1], at="2025-12-02 07:00"))
    (caution,) = [one for one in of_course.review(late, monographs) if one.code == "largest-dose"]
    assert "imatinib 1,000 mg in a day is more than 800 mg a day" in caution.text
    assert caution.administrations == (1, 2)


@pytest.mark.hazard(1)
@pytest.mark.parametrize("format_", ["table", "csv", "json", "markdown", "html", "ics", "timeline"])
def test_every_format_cautions_of_a_dose_above_the_largest(format_: str, tmp_path: Path) -> None:
    """Danger: 504 million units in a table that looks like any other."""
    wrong = "course.cycle.aldesleukin.amount=7_200_000 IU/kg"
    args = ("schedule", "npc-bolus", "--weight", "70", "--set", wrong, "--start", "2026-12-01")
    more = ("--no-subject",) if format_ == "ics" else ()
    result = run(*args, "--format", format_, *more, "--strict", "-o", str(tmp_path / "out"))
    assert result.code == 3
    assert "caution: aldesleukin 504 million units is 10 times 720,000 units/kg" in result.err
    assert "7.2 million units/kg, 100 times the file's value\n" in result.err


def test_the_preparation_sheet_shows_the_cautions_of_the_plan() -> None:
    """Danger: the pharmacy sees the sheet, and not what `schedule` printed on another screen."""
    wrong = "course.cycle.aldesleukin.amount=7_200_000 IU/kg"
    args = ("prepare", "npc-bolus", "--weight", "70", "--set", wrong)
    result = run(*args)
    assert "\nCautions\n" in result.out
    assert result.out.count("aldesleukin 504 million units is 10 times 720,000 units/kg") == 1
    assert result.err.count("aldesleukin 504 million units is 10 times 720,000 units/kg") == 1
    codes = [
        caution["code"] for caution in json.loads(run(*args, "--format", "json").out)["cautions"]
    ]
    assert codes[:2] == ["set", "largest-dose"]


def test_a_log_cautions_of_a_dose_above_the_largest(tmp_path: Path) -> None:
    """When it is begun, when a dose is entered, and in every later look; never an hour too late."""
    file, wrong = str(tmp_path / "S-07.yaml"), "course.cycle.aldesleukin.amount=7_200_000 IU/kg"
    begin = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-01-06")
    assert "10 times 720,000 units/kg" in run("log", "start", file, *begin, "--set", wrong).err
    file = str(tmp_path / "S-08.yaml")
    run("log", "start", file, *begin)
    amount = ("--amount", "504 million IU", "--as-of", "2025-01-06")
    assert "10 times 720,000 units/kg" in run("log", "given", file, "1", *amount).err
    assert "720,000" not in run("log", "given", file, "2", "--as-of", "2025-01-06").err
    for verb in ("replan", "intensity"):
        assert "10 times 720,000 units/kg" in run(verb, file, "--as-of", "2025-01-07").err


def test_a_monograph_of_the_users_own_has_limits_too(tmp_path: Path) -> None:
    """1.5 mg/kg x 70 kg = 105 mg, less than 140 mg."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(
        """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: label
limits:
  - {route: IV infusion, amount: 1.5 mg/kg, text: the largest sourced dose}
sources:
  label: {cite: An invented label., read: secondary}
""",
        encoding="utf-8",
    )
    dose = "doses: [{drug: examplumab, amount: 2 mg/kg, route: IV infusion, day: 1}]"
    file = written(tmp_path, a_file(dose))
    args = ("schedule", file, "--weight", "70", "--library", str(tmp_path))
    assert "examplumab 140 mg is more than 1.5 mg/kg, the largest sourced dose" in run(*args).err
    assert run(*args[:-2]).err == ""


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("path", "value", "factor"),
    [
        ("amount", "144_000 IU/kg", "2 times"),
        ("amount", "143_999 IU/kg", None),
        ("amount", "36_000 IU/kg", "1/2 of"),
        ("amount", "36_001 IU/kg", None),
        ("amount", "5 million IU", None),
        ("amount", "4_400 mcg/kg", None),
        ("amount", "5 AUC", None),
        ("cap", "5 million IU", None),
        ("route", "SC", None),
    ],
)
def test_an_amount_set_far_from_the_file_is_cautioned_as_a_factor(
    path: str, value: str, factor: str | None
) -> None:
    """Danger: 720,000 for 72,000 is one more zero among many."""
    changes = [(f"course.cycle.aldesleukin.{path}", value)]
    schedule = make_schedule(
        language.load("npc-bolus", settings=changes), Patient(weight=D(70), gfr=D(90))
    )
    (caution,) = [one for one in review(schedule) if one.code == "set"]
    assert caution.text.endswith(f", {factor} the file's value") is (factor is not None)
    assert ("the file's value" in caution.text) is (factor is not None)


def test_a_factor_is_calculated_across_units() -> None:
    """Danger: mg for micrograms, a thousandfold: 80 g/m2 for 80 mg/m2."""
    (path,) = [path for path in load_regimen("imp321").facts if path == "cycle.paclitaxel.amount"]
    read = language.load("imp321", settings=[(path, "80 g/m2")])
    texts = [caution.text for caution in review(make_schedule(read, MEAN, arm="0.25-mg"))]
    assert any(text.endswith(", 1,000 times the file's value") for text in texts)


@pytest.mark.parametrize(("amount", "count"), [("375 mg/m2", 0), ("500 mg", 0), ("500.001 mg", 1)])
def test_a_dose_of_exactly_the_limit_by_surface_is_within_it(amount: str, count: int) -> None:
    """40 kg and 160 cm are 4/3 m2: 375 mg/m2 are 500 mg, however many digits 4/3 has."""
    dose = f"{{drug: x, amount: {amount}, route: IV infusion, day: 1}}"
    patient = Patient(weight=D(40), height=D(160))
    schedule = make_schedule(regimen(f"doses: [{dose}]"), patient)
    assert len(beyond(schedule, (a_limit("375 mg/m2"),))) == count


def shares(amount: str, percent: str, route: str = "IV bolus", **measures: str) -> list[Caution]:
    text = f"doses: [{{drug: aldesleukin, amount: {amount}, route: {route}, day: 1}}]"
    body = {name: D(value) for name, value in (measures or {"weight": "70"}).items()}
    patient = Patient(weight=body.get("weight"), surface_area=body.get("surface_area"))
    schedule = make_schedule(regimen(text), patient, percents={"aldesleukin": D(percent)})
    return [caution for caution in review(schedule, KNOWN) if caution.code == "never-reduced"]


@pytest.mark.hazard(20)
@pytest.mark.parametrize(
    ("amount", "percent", "route", "cautioned"),
    [
        ("600_000 IU/kg", "75", "IV bolus", True),
        ("600_000 IU/kg", "99.9", "IV infusion", True),
        ("600_000 IU/kg", "100", "IV bolus", False),
        ("600_000 IU/kg", "110", "IV bolus", False),
        ("599_999 IU/kg", "75", "IV bolus", False),
        ("72_000 IU/kg", "75", "IV bolus", False),
        ("600_000 IU/kg", "75", "SC", False),
        ("42 million IU", "75", "IV bolus", True),
        ("84 million IU/day", "75", "IV bolus, at: [08:00, 20:00]", True),
        ("83 million IU/day", "75", "IV bolus, at: [08:00, 20:00]", False),
        ("600_000 IU/kg", "75", "IV bolus, at: [08:00, 20:00]", True),
        ("2.57 mg", "50", "IV bolus", True),
        ("800_000 IU/kg/hour", "75", "IV infusion, over: 15 minutes", False),  # 200,000 in all
        ("26_000 IU/kg/hour", "75", "IV infusion, over: 24 hours", True),  # 624,000
        ("18 MIU/day", "75", "IV infusion, over: 5 days", False),
        ("90 MIU", "75", "IV infusion, over: 5 days", False),  # the same, as a whole bag
        ("210 MIU", "75", "IV infusion, over: 5 days", True),  # 600,000 a day
    ],
)
def test_a_share_of_a_high_dose_is_cautioned_with_what_the_label_does_instead(
    amount: str, percent: str, route: str, cautioned: bool
) -> None:
    """Danger: a high dose is withheld, never made smaller. 600,000 x 70 = 42 million = 2.57 mg."""
    cautions = shares(amount, percent, route)
    assert bool(cautions) is cautioned
    for caution in cautions:
        assert (
            f"is given at {percent} %, and doses from 600,000 units/kg on are high: "
            in caution.text
        )
        assert "recommends no reduction. (label-us-copy, " in caution.text


@pytest.mark.parametrize(("amount", "count"), [("10 mg", 1), ("9.99 mg", 0), ("0.01 g", 1)])
def test_a_high_dose_may_be_a_flat_one(amount: str, count: int) -> None:
    """Danger: a monograph that withholds from 10 mg on, whoever the patient is, read by weight."""
    never = NeverReduced(("oral",), quantity("10 mg"), Fact("Withhold it.", SOURCES))
    drug = Drug("x", (), 1, "2026-11-22", {}, never_reduced=(never,))
    schedule = make_schedule(
        regimen(f"doses: [{{drug: x, amount: {amount}, route: oral, day: 1}}]"),
        Patient(weight=D(70)),
        percents={"x": D(50)},
    )
    codes = [caution.code for caution in review(schedule, {"x": drug})]
    assert codes.count("never-reduced") == count


@pytest.mark.parametrize("more", ["", ", bsa_cap: 1.5 m2"])
def test_a_dose_at_the_bound_of_high_ones_is_high_for_any_body(more: str) -> None:
    """Danger: it is judged by another body, or by a surface area that lacks its last digits."""
    never = NeverReduced(("oral",), quantity("50 mg/m2"), Fact("Withhold it.", SOURCES))
    drug = Drug("x", (), 1, "2026-11-22", {}, never_reduced=(never,))
    text = f"doses: [{{drug: x, amount: 50 mg/m2, route: oral, day: 1{more}}}]"
    for weight in range(60, 100):
        body = Patient(weight=D(weight), height=D(160))
        schedule = make_schedule(regimen(text), body, percents={"x": D(50)})
        assert "never-reduced" in {one.code for one in review(schedule, {"x": drug})}, weight


def test_a_share_is_not_cautioned_where_nothing_is_known() -> None:
    """No weight, no factor to the unit, no monograph: nothing is invented."""
    assert shares("99 million IU/m2", "75", surface_area="1.8") == []
    assert shares("99 cells", "75") == []
    schedule = make_schedule(
        regimen("doses: [{drug: y, amount: 9 mg, route: IV, day: 1}]"), percents={"y": D(50)}
    )
    assert "never-reduced" not in {caution.code for caution in review(schedule, KNOWN)}


def test_a_reduction_in_a_course_is_cautioned_too() -> None:
    """On the rows that are still to come, and on none that was held."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 3, every: 7 days}
            doses: [{drug: aldesleukin, amount: 600_000 IU/kg, route: IV bolus, day: 1}]
    """
    cut = Reduced("aldesleukin", D(75), turn("cycle 2"))
    result = course(regimen(text), cut, held("cycle 2", "aldesleukin", [1]))
    (caution,) = [one for one in of_course.review(result, KNOWN) if one.code == "never-reduced"]
    assert caution.administrations == (3,)
