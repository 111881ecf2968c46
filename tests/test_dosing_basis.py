"""Whose body a dose is calculated with: weights taken up, drugs reduced, and from when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import CYCLE, course, entry, given, row, turn
from il2calc import Patient
from il2calc.course import Course, dosing_basis
from il2calc.course.state import Applied
from il2calc.errors import Refused
from il2calc.model.effects import Delayed, DoseKey, Effect, Reduced, Shifted, Weighed
from il2calc.model.log import Entry
from il2calc.units import Quantity
from written import SMALL
from written import regimen as written

D = Decimal
ANN = Patient(weight=D(70), height=D(170))
CYCLES = written("""
    blocks:
      - block: cycle
        repeat: {times: 4, every: 7 days}
        doses:
          - {drug: x, amount: 10 mg/kg, route: IV, day: [1, 3], cap: 690 mg, round: 5 mg}
          - {drug: y, amount: 10 mg/m2, route: IV, day: 1}
          - {drug: z, amount: 10 mg, route: IV, day: 1}
""")
"""70 kg and 170 cm: 700 mg capped at 690 mg, 18.18... mg and 10 mg; cycles on days 1, 8, 15, 22."""


def weigh(kg: str, name: str | None = None, on: str = "2025-12-01") -> Weighed:
    return Weighed(D(kg), date.fromisoformat(on), turn(name) if name else None)


def amounts(course: Course, drug: str) -> list[str]:
    """What every dose of a drug amounts to, to a tenth."""
    rows = [row.administration for row in course.rows if row.key.drug == drug]
    return [f"{row.dosed.value:.1f}" for row in rows]


@pytest.mark.hazard(37)
def test_a_weight_changes_no_dose_by_itself() -> None:
    """Rule: weight gained under treatment may be fluid."""
    result, plain = course(CYCLES, weigh("66"), patient=ANN), course(CYCLES, patient=ANN)
    for drug in "xyz":
        assert amounts(result, drug) == amounts(plain, drug)


def test_a_weight_taken_up_counts_from_the_first_dose_of_its_block() -> None:
    """10 x 66 = 660 mg; sqrt(66 x 170 / 3600) = 1.7654 m2, 17.7 mg; 10 mg whatever the weight."""
    result = course(CYCLES, weigh("66", "cycle 3"), patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 4 + ["660.0"] * 4
    assert amounts(result, "y") == ["18.2", "18.2", "17.7", "17.7"]
    assert amounts(result, "z") == ["10.0"] * 4
    weights = [row.administration.patient.weight for row in result.rows if row.key.drug == "z"]
    assert weights == [70, 70, 66, 66]


def test_a_given_surface_area_is_not_calculated_again() -> None:
    """Where only a body surface area was given, a weight cannot change it."""
    result = course(CYCLES, weigh("66", "cycle 3"))
    assert amounts(result, "y") == ["18.0"] * 4
    assert amounts(result, "x") == ["690.0"] * 4 + ["660.0"] * 4


def test_of_two_weights_the_later_weighing_counts() -> None:
    """Whatever the order in which they were entered: 66 kg on 12-01, 64 kg on 12-02."""
    both = (weigh("66", "cycle 2"), weigh("64", "cycle 4", "2025-12-02"))
    for order in permutations(both):
        result = course(CYCLES, *order, patient=ANN)
        assert amounts(result, "x") == ["690.0"] * 2 + ["660.0"] * 4 + ["640.0"] * 2


def test_an_older_weight_for_a_later_block_does_not_come_back() -> None:
    """64 kg on 12-02 from cycle 2 on: the 66 kg of 12-01 from cycle 4 would raise the dose."""
    both = (weigh("66", "cycle 4"), weigh("64", "cycle 2", "2025-12-02"))
    for order in permutations(both):
        result = course(CYCLES, *order, patient=ANN)
        assert amounts(result, "x") == ["690.0"] * 2 + ["640.0"] * 6


def test_of_two_weights_of_one_day_the_later_entry_counts() -> None:
    result = course(CYCLES, weigh("66", "cycle 2"), weigh("64", "cycle 2"), patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 2 + ["640.0"] * 6


def test_a_weight_used_inside_a_block_counts_from_its_day_on() -> None:
    """Weighed on day 2 of cycle 2 = 2025-12-09: its dose of day 1 stays, that of day 3 changes."""
    inside = entry(weigh("66", "cycle 2", "2025-12-09"), overridden=True)
    result = course(CYCLES, inside, patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 3 + ["660.0"] * 5


def test_what_was_given_before_an_entry_stays_as_it_was_given() -> None:
    """Dose 1 of cycle 2 was given as planned on that very day, before the weight was entered."""
    effect = given("cycle 2", "x", [1])
    inside = entry(weigh("66", "cycle 2", "2025-12-08"), overridden=True)
    result = course(CYCLES, effect, inside, patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 3 + ["660.0"] * 5
    assert row(result, "cycle 2", "x", 1).recorded.value == 690


def test_a_percentage_applies_before_cap_and_rounding() -> None:
    """Rule: 90 % of 700 mg = 630 mg, below the cap; 97 % = 679 mg, rounded to 680 mg."""
    result = course(CYCLES, Reduced("x", D(90), turn("cycle 2")), patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 2 + ["630.0"] * 6
    result = course(CYCLES, Reduced("x", D(97), turn("cycle 2")), patient=ANN)
    assert amounts(result, "x")[2:] == ["680.0"] * 6


def test_a_percentage_is_only_that_of_the_named_drug() -> None:
    result = course(CYCLES, Reduced("y", D(50), turn("cycle 4")), patient=ANN)
    assert amounts(result, "y") == ["18.2", "18.2", "18.2", "9.1"]
    assert amounts(result, "x") == ["690.0"] * 8
    assert [row.administration.dosed.percent for row in result.rows if row.key.drug == "y"] == [
        *(100, 100, 100),
        50,
    ]


def test_percentages_are_of_the_amount_in_the_file() -> None:
    """80 % from the start, then 50 %, then all of it again: none is a share of another."""
    back = (Reduced("z", D(50), turn("cycle 2")), Reduced("z", D(100), turn("cycle 4")))
    result = course(CYCLES, *back, patient=ANN, percents={"z": D(80)})
    assert amounts(result, "z") == ["8.0", "5.0", "5.0", "10.0"]


def test_a_later_reduction_is_not_undone_by_an_earlier_one() -> None:
    """75 % from cycle 3, then 50 % from cycle 2: cycle 3 must not rise to 75 % again."""
    cuts = (Reduced("z", D(75), turn("cycle 3")), Reduced("z", D(50), turn("cycle 2")))
    assert amounts(course(CYCLES, *cuts, patient=ANN), "z") == ["10.0", "5.0", "5.0", "5.0"]


def test_a_reduction_inside_a_block_reaches_what_is_left_of_it() -> None:
    effect = given("cycle 2", "x", [1])
    reduction = entry(Reduced("x", D(50), turn("cycle 2")), overridden=True)
    assert (
        amounts(course(CYCLES, effect, reduction, patient=ANN), "x")
        == ["690.0"] * 3 + ["350.0"] * 5
    )


def test_a_share_and_a_weight_count_from_a_dose_where_there_is_no_block() -> None:
    """Groningen, row 12 on at 75 %: 9 x 0.75 = 6.75, 18 x 0.75 = 13.5 million units."""
    reduced = Reduced("aldesleukin", D(75), (("aldesleukin dose", 12),))
    result = course("rcc-groningen", reduced, arm="four-week")
    million = [D(amount) / 1_000_000 for amount in amounts(result, "aldesleukin")]
    assert million[9:14] == [18, 9, D("6.75"), D("13.5"), D("13.5")]
    weekly = written("doses: [{drug: examplumab, amount: 1 mg/kg, route: SC, day: [1, 8, 15]}]")
    weighed = Weighed(D(60), date(2025, 12, 8), (("examplumab dose", 2),))
    assert amounts(course(weekly, weighed), "examplumab") == ["70.0", "60.0", "60.0"]


def test_a_share_from_a_dose_on_moves_with_that_dose() -> None:
    """Moved two hours earlier, dose 2 of the cycle is still the first that is reduced."""
    cycle = turn(CYCLE)
    first = Reduced("aldesleukin", D(50), (*cycle, ("aldesleukin dose", 2)))
    moved = Shifted(DoseKey(cycle, "aldesleukin", "aldesleukin", 2), -120)
    doses = amounts(course("npc-bolus", first, moved), "aldesleukin")
    assert doses[:3] == ["5040000.0", "2520000.0", "2520000.0"]  # 72,000 x 70, and half of it


def test_a_change_counts_for_all_later_doses_in_time() -> None:
    """A dose beside the cycles is calculated again from the day of the first dose of cycle 2 on."""
    body = """
        doses: [{drug: w, amount: 1 mg/kg, route: SC, day: [7, 8, 9]}]
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg/kg, route: IV, day: 1}]
    """
    result = course(written(body), weigh("66", "cycle 2"), patient=ANN)
    assert amounts(result, "w") == ["70.0", "66.0", "66.0"]


@settings(SMALL)
@over(st.permutations([weigh("66", "cycle 2"), Reduced("x", D(50), turn("cycle 3")), weigh("50")]))
def test_the_order_of_weights_and_reductions_does_not_matter(effects: list[Effect]) -> None:
    """Rule: the order of independent entries does not matter."""
    result = course(CYCLES, *effects, patient=ANN)
    assert amounts(result, "x") == ["690.0"] * 2 + ["660.0"] * 2 + ["330.0"] * 4


@pytest.mark.parametrize("effect", [weigh("70", "cycle 2"), Reduced("x", D(100), turn("cycle 2"))])
def test_the_same_weight_or_a_share_of_all_changes_nothing(effect: Effect | Entry) -> None:
    plain, result = course(CYCLES, patient=ANN), course(CYCLES, effect, patient=ANN)
    assert [(row.administration.dosed, row.administration.patient) for row in result.rows] == [
        (row.administration.dosed, row.administration.patient) for row in plain.rows
    ]


def test_the_arithmetic_of_the_first_worked_case() -> None:
    """72,000 x 66.5 = 4,788,000 units from course 1/cycle 2 on; 72,000 x 70 before it."""
    result = course("npc-bolus", weigh("66.5", "course 1/cycle 2"))
    assert {row.administration.dosed.value for row in result.rows[:15]} == {5_040_000}
    assert {row.administration.dosed.value for row in result.rows[15:]} == {4_788_000}
    assert row(result, CYCLE, "aldesleukin", 15).administration.patient.weight == 70


def test_a_given_dose_keeps_the_body_of_the_weighing_before_it() -> None:
    """One entered after it, from the same block on, reaches only what was still to be given.

    From 66 kg, 660 mg was given; 60 kg, entered then, makes 600 mg of the next dose of the cycle.
    """
    result = course(
        CYCLES,
        weigh("66", "cycle 2", "2025-12-01"),
        given("cycle 2", "x", [1]),
        entry(weigh("60", "cycle 2", "2025-12-08"), overridden=True),
        patient=ANN,
    )
    assert amounts(result, "x") == ["690.0"] * 2 + ["660.0"] + ["600.0"] * 5


def test_weighings_for_what_is_left_of_turns_are_each_taken_up_as_often_however_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each dose that was given before one of them went through all that had counted until then."""
    applied: list[Applied[Weighed]] = []
    anew = dosing_basis._weighed_body  # noqa: SLF001 - what is counted

    def counted(weighing: Applied[Weighed], before: Any) -> Any:
        applied.append(weighing)
        return anew(weighing, before)

    monkeypatch.setattr("il2calc.course.dosing_basis._weighed_body", counted)
    each_turn: list[float] = []
    for turns in (4, 40):
        applied.clear()
        regimen = written(f"""
            blocks:
              - block: cycle
                repeat: {{times: {turns}, every: 1 day}}
                doses: [{{drug: x, amount: 1 mg/kg, route: IV, day: 1}}]
        """)
        entries = list[Entry]()
        for number in range(1, turns + 1):
            weighing = weigh(str(60 + number), f"cycle {number}", "2025-12-01")
            entries += [entry(given(f"cycle {number}", "x", [1])), entry(weighing, overridden=True)]
        result = course(regimen, *entries, patient=ANN)
        assert amounts(result, "x")[:3] == ["70.0", "61.0", "62.0"]
        each_turn.append(len(applied) / turns)
    assert each_turn[1] <= each_turn[0]


def test_a_dose_that_is_named_goes_by_the_last_of_its_own_entries_and_those_of_its_drug() -> None:
    """10 mg: all at 80 %, `late` at 50 %, all at 90 %, `late` at 60 %, from cycle 1, 2, 3, 4 on."""
    regimen = written("""
        blocks:
          - block: cycle
            repeat: {times: 4, every: 7 days}
            doses:
              - {drug: x, dose: early, amount: 10 mg, route: IV, day: 1}
              - {drug: x, dose: late, amount: 10 mg, route: IV, day: 2}
    """)
    changes = [
        Reduced("x", D(80), turn("cycle 1"), None),
        Reduced("x", D(50), turn("cycle 2"), "late"),
        Reduced("x", D(90), turn("cycle 3"), None),
        Reduced("x", D(60), turn("cycle 4"), "late"),
    ]
    result = course(regimen, *changes, patient=ANN)
    each_cycle = [["8.0", "8.0"], ["8.0", "5.0"], ["9.0", "9.0"], ["9.0", "6.0"]]
    assert amounts(result, "x") == [amount for cycle in each_cycle for amount in cycle]


def test_doses_that_are_not_named_ask_no_entries_of_those_that_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each dose of another name went through all entries of a log that named none of it."""
    asked_numbers: list[int] = []

    def counted(places: list[int]) -> Iterator[int]:
        for place in reversed(places):
            asked_numbers.append(place)
            yield place

    monkeypatch.setattr(dosing_basis, "reversed", counted, raising=False)
    regimen = written("""
        blocks:
          - block: cycle
            repeat: {times: 40, every: 7 days}
            doses:
              - {drug: x, dose: early, amount: 10 mg, route: IV, day: 1}
              - {drug: x, dose: late, amount: 10 mg, route: IV, day: 2}
    """)
    names = [turn(f"cycle {number}") for number in range(1, 41)]
    result = course(regimen, *(Reduced("x", D(80), name, "late") for name in names))
    assert amounts(result, "x") == ["10.0", "8.0"] * 40
    assert asked_numbers == list(range(40)), "each `late` asks the last entry before it"


def test_an_amount_that_was_set_reaches_no_dose_of_another_measure() -> None:
    """Danger: a course that nobody can read, with "'IU' cannot be converted to 'mg'" as the reason.

    b is on day 12; the second a, on day 6, is on day 20 when it is delayed by 14 days.
    """
    regimen = written("""
        blocks:
          - block: a
            day: 1
            repeat: {times: 2, every: 5 days}
            doses: [{drug: x, amount: 3 IU, route: SC, day: 1}]
          - block: b
            day: 12
            doses: [{drug: x, amount: 4 mg, route: SC, day: 1}]
    """)
    to, later = Reduced("x", Quantity(D(2), "mg"), turn("b 1")), Delayed(turn("a 2"), 14)
    with pytest.raises(Refused) as caught:
        course(regimen, to, later, patient=ANN)
    assert str(caught.value) == (
        "row 3 (x dose 1 of a 2) is measured in IU, and entry 1 sets x to 2 mg; undo that entry "
        "first"
    )
