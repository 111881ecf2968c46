"""Totals and roundings in words: per turn, in all, and what of it is conditional."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from courselogs import course, turn
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import library
from il2calc.course import Weighed
from il2calc.patient import Patient
from il2calc.render import amounts, notes, rules
from il2calc.schedule import Schedule, make

D = Decimal
NPC = library.load("npc-bolus")
IMATINIB = library.load("imatinib")
TRASTUZUMAB = library.load("trastuzumab")
KG70 = Patient(weight=D(70))
JAN_6 = date(2025, 1, 6)


def head(made: Schedule) -> dict[str, str]:
    """The lines above the rows, by their label."""
    return dict(notes.head(made))


def used(made: Schedule) -> str:
    return "\n".join(rules.used(made))


def totals(made: Schedule) -> list[str]:
    return list(amounts.totals(made))


def test_a_plan_tells_its_totals_and_rules_under_their_own_headings() -> None:
    made = make(NPC, KG70, start=JAN_6)
    assert amounts.counted(made) == ("Totals", totals(made))
    part = replace(made, shown=made.administrations[:3])
    assert amounts.counted(part) == ("Totals of the whole schedule", totals(made))
    assert list(rules.ruled(made)) == [("Rules used", used(made).split("\n"))]
    assert notes.as_of(made) == ""


def test_a_dose_rounded_from_two_weights_is_told_twice() -> None:
    """70 and 65 kg x 5 mg/kg = 350 and 325 mg, to steps of 100 mg half-up: 400 and 300 mg."""
    cycles = a_cycle("amount: 5 mg/kg", "round: 100 mg", repeat="{times: 2, every: 21 days}")
    lighter = Weighed(D(65), date(2025, 12, 20), turn("cycle 2"))
    made = course(loaded(cycles), lighter, patient=KG70).schedule
    assert list(amounts.roundings(made)) == [
        "cycle.examplumab: 350 mg calculated, 400 mg given (+14.3 %)",
        "cycle.examplumab: 325 mg calculated, 300 mg given (-7.69 %)",
    ]


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
    """35 x 50 mg; 14 x 400 mg and 5 x 6 million units in each of three cycles."""
    assert totals(make(IMATINIB, times={"cycle": 3})) == [
        "cyclophosphamide: 1,750 mg (35 doses) in all",
        "imatinib: 5,600 mg (14 doses) per cycle (cycle 1; cycle 2; cycle 3)",
        "imatinib: 16,800 mg (42 doses) in all",
        "aldesleukin: 30 million units (5 doses) per cycle (cycle 1; cycle 2; cycle 3)",
        "aldesleukin: 90 million units (15 doses) in all",
    ]


def test_more_than_three_like_turns_are_told_by_their_numbers() -> None:
    """Six cycles of 3 x 144 mg = 432 mg and 2 x 1.25 mg = 2.5 mg."""
    patient = Patient(surface_area=D("1.8"))
    told = totals(make(library.load("imp321"), patient, arm="1.25-mg"))
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
