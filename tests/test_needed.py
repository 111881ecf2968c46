"""What a schedule needs and nobody gave is asked for, all of it at once and with an example."""

from __future__ import annotations

from decimal import Decimal

import pytest

from il2calc.errors import MissingInput, UnknownName
from il2calc.needed import arm_of
from il2calc.patient import Patient
from il2calc.schedule import make as make_schedule
from written import regimen as written

D = Decimal

ONCE = "doses: [{{drug: x, amount: {}, route: IV, day: 1}}]"

ARMS = """
    arms: {low: A low dose., high: A high dose.}
    doses:
      - {drug: x, amount: {low: 1 mg/m2, high: 2 mg/m2}, route: IV, day: 1}
"""


def test_everything_that_is_missing_is_asked_for_at_once() -> None:
    """A message is complete: weight, height and GFR are three round trips in one."""
    body = """
        doses:
          - {drug: x, amount: 1 mg/kg, route: IV, day: 1}
          - {drug: y, amount: 1 mg/m2, route: IV, day: 1}
          - {drug: z, amount: 5 AUC, route: IV, day: 1}
          - {drug: w, amount: 5 mg/kg, route: IV, day: 1}
    """
    with pytest.raises(MissingInput) as error:
        make_schedule(written(body))
    assert str(error.value) == (
        "x is dosed per kg and y is dosed per m2 and z is dosed by AUC: "
        "give --weight and --height (or --bsa) and --gfr, "
        "for example --weight 70 --height 170 --gfr 90"
    )


def test_a_formula_that_differs_by_sex_asks_for_it_where_a_surface_is_needed() -> None:
    """Schlich has one equation for men and one for women."""
    patient = Patient(weight=D(70), height=D(170), formula="schlich")
    with pytest.raises(MissingInput, match="--sex"):
        make_schedule(written(ONCE.format("1 mg/m2")), patient)
    made = make_schedule(written(ONCE.format("1 mg/kg")), patient)
    assert [each.dosed.value for each in made.administrations] == [70]


def test_an_arm_is_asked_for_with_a_command_that_works() -> None:
    """The example has everything that the doses of the arm are reckoned from."""
    with pytest.raises(MissingInput) as error:
        arm_of(written(ARMS), None)
    assert "has the arms low, high and no default" in str(error.value)
    assert "--arm low --bsa 1.8" in str(error.value)


def test_an_unknown_arm_is_refused_with_the_known_ones() -> None:
    """And where there is none, with the advice to leave it out."""
    assert arm_of(written(ARMS), "high") == "high"
    with pytest.raises(UnknownName, match="low, high"):
        arm_of(written(ARMS), "middle")
    with pytest.raises(UnknownName, match="leave --arm out"):
        arm_of(written(ONCE.format("1 mg")), "low")
