"""Whom an arm is for: cautioned if not the patient, and never used to pick an arm."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from courselogs import course, turn
from filetext import a_dose, assert_fault, loaded
from il2calc.errors import MissingInput
from il2calc.model.effects import Weighed
from il2calc.model.patient import Patient, Sex
from il2calc.plan.schedule import make
from il2calc.report import regimen_text
from il2calc.review import body
from il2calc.review.of_schedule import review
from written import regimen as written

D = Decimal
ARMS = (
    "arms:\n"
    "  light: {text: a, for: {weight: below 10 kg}}\n"
    "  heavy: {text: b, for: {weight: 10 kg or more, age: 1 to 17 years}}\n"
    "  women: {text: c, for: {sex: female, BSA: up to 1.6 m2, GFR: above 60 mL/min}}\n"
    "  anyone: {text: d}"
)


def arm_cautions(arm: str, sex: Sex | None = None, **measures: Decimal) -> list[str]:
    """The cautions about whom an arm is for."""
    patient = Patient(sex=sex, **measures)  # type: ignore[arg-type] # measures, all decimals
    cautions = review(make(loaded(a_dose(head=(ARMS,))), patient, arm=arm))
    return [caution.text for caution in cautions if caution.code == "arm-for-others"]


def test_an_arm_for_others_is_cautioned_with_the_one_that_fits() -> None:
    """12 kg is not below 10 kg; the arm from 10 kg on, for 1 to 17 years, fits at 7 years."""
    assert arm_cautions("light", weight=D(12), age=D(7)) == [
        (
            "arm light is for weight below 10 kg, and this patient has weight 12 kg; for this "
            "patient: heavy"
        )
    ]


def test_an_arm_for_others_is_not_shown_in_a_calendar_that_names_nobody() -> None:
    """The caution shows the weight or the age of the patient."""
    schedule = make(loaded(a_dose(head=(ARMS,))), Patient(weight=D(12)), arm="light")
    (caution,) = [caution for caution in review(schedule) if caution.code == "arm-for-others"]
    assert caution.of_patient
    assert caution.administrations == (), "the body of the start is that of every row"


def test_an_arm_for_others_from_a_new_weight_on_is_cautioned_on_its_rows() -> None:
    """Danger: a child that outgrows its arm: 9 kg at the start, 12 kg from cycle 2 on."""
    cycles = written("""
        arms:
          light: {text: a, for: {weight: below 10 kg}}
          heavy: {text: b, for: {weight: 10 kg or more}}
        blocks:
          - block: cycle
            repeat: {times: 3, every: 7 days}
            doses: [{drug: x, amount: 10 mg/kg, route: IV, day: 1}]
    """)
    new = Weighed(D(12), date(2025, 12, 1), turn("cycle 2"))
    schedule = course(cycles, new, patient=Patient(weight=D(9)), arm="light").schedule
    (caution,) = (caution for caution in review(schedule) if caution.code == "arm-for-others")
    assert caution.text == (
        "arm light is for weight below 10 kg, and this patient has weight 12 kg; for this patient: "
        "heavy"
    )
    assert caution.administrations == (2, 3)


def test_an_arm_that_may_not_fit_is_not_recommended() -> None:
    """Without an age nobody can say that the arm for 1 to 17 years fits."""
    (text,) = arm_cautions("light", weight=D(12))
    assert text.endswith("this patient has weight 12 kg; no arm fits")


def test_every_condition_is_compared_with_the_patient() -> None:
    """Sex, body surface area, GFR and age; each one that does not fit is cautioned."""
    (text,) = arm_cautions("women", "male", surface_area=D("1.7"), gfr=D(60))
    assert "arm women is for female, body surface area up to 1.6 m2, GFR above 60 mL/min" in text
    assert "this patient has sex male, body surface area 1.7 m2, GFR 60 mL/min" in text
    (text,) = arm_cautions("heavy", weight=D(20), age=D(18))
    assert "this patient has age 18 years" in text


@pytest.mark.parametrize("arm", ["heavy", "women", "anyone"])
def test_an_arm_that_fits_or_cannot_be_compared_is_not_cautioned(arm: str) -> None:
    """A caution that always comes is not read."""
    assert arm_cautions(arm) == []
    assert arm_cautions(arm, "female", weight=D(12), age=D("17.9"), surface_area=D("1.6")) == []


def test_il2calc_still_picks_no_arm() -> None:
    """A person does, though only one arm would fit."""
    with pytest.raises(
        MissingInput, match="has the arms light, heavy, women, anyone and no default"
    ):
        make(loaded(a_dose(head=(ARMS,))), Patient(weight=D(5)))


def test_an_arm_for_children_is_not_checked_against_limits_of_adults() -> None:
    """20 kg is no caution where the arm is for 1 to 17 years; below 19 years it is."""
    regimen = loaded(a_dose(head=(ARMS,)))
    assert body.is_for_children(make(regimen, arm="heavy"))
    assert not body.is_for_children(make(regimen, arm="light"))
    older = loaded(a_dose(head=(ARMS.replace("1 to 17 years", "1 to 18 years"),)))
    assert not body.is_for_children(make(older, arm="heavy"))


@pytest.mark.parametrize(
    ("whom", "key", "problem"),
    [
        (
            "weight: 10 kg",
            "weight",
            "'10 kg' is not a range of a measure; write it like",
        ),
        (
            "weight: below 9 years",
            "weight",
            "'below 9 years' has the wrong unit for weight; write it in kg",
        ),
        (
            "age: below 9 kg",
            "age",
            "'below 9 kg' has the wrong unit for age; write it in years or months",
        ),
        ("sex: woman", "sex", "'woman' is not known; "),
        ("bsa: up to 2 m2", "bsa", "is an unknown key; did you mean 'BSA'?"),
    ],
)
def test_whom_an_arm_is_for_is_written_like_a_band(whom: str, key: str, problem: str) -> None:
    """A condition that cannot be compared with a patient is a fault."""
    head = f"arms:\n  low: {{text: a, for: {{{whom}}}}}  # here"
    assert_fault(a_dose(head=(head,)), f"arms.low.for.{key}", problem)


def test_a_condition_written_beside_for_is_a_fault_that_names_its_place() -> None:
    """The message named the four keys of an arm, none of which is an age."""
    head = "arms:\n  low: {text: a, for: {weight: below 9 kg}, sex: male}  # here"
    advice = "belongs in 'for'; write for: {weight: below 9 kg, sex: male}"
    assert_fault(a_dose(head=(head,)), "arms.low.sex", advice)


def test_show_says_whom_an_arm_is_for() -> None:
    """In words and as plain data."""
    regimen = loaded(a_dose(head=(ARMS,)))
    lines = dict(regimen_text.paragraphs(regimen))["Arms (--arm)"]
    assert lines[1] == "heavy: b. For: weight 10 kg or more, age 1 to 17 years."
    assert lines[3] == "anyone: d."
    arms = regimen_text.document(regimen)["arms"]
    assert arms["light"] == {"text": "a", "caution": None, "for": "weight below 10 kg"}
    assert arms["anyone"] == {"text": "d", "caution": None}
