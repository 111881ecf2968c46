"""Dose intensity: what was given of what was planned, in how much of the planned time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import CYCLE, course, entry, given, held, turn
from il2calc import Patient
from il2calc.course import Course
from il2calc.course.intensity import Intensity, begun_spans, intensities, lacks, moved, unstated
from il2calc.errors import Refused
from il2calc.model.effects import (
    Chain,
    Decided,
    Delayed,
    Effect,
    Extra,
    Given,
    Reduced,
    Stopped,
    Undone,
    Weighed,
    chain_text,
)
from il2calc.model.log import Entry
from il2calc.units import Quantity, quantity
from stated import value_of
from written import SMALL, Data, bodies
from written import regimen as written

D = Decimal
NPC = "npc-bolus"
DOSE = (CYCLE, "aldesleukin")
ALL = given(*DOSE, range(1, 16))


def of(found: Course, drug: str, where: str = "") -> Intensity:
    """The dose intensity of a drug in a turn, or in all."""
    wanted = turn(where)
    return next(each for each in intensities(found) if (each.drug, each.turns) == (drug, wanted))


def whole(found: Course) -> list[Given]:
    """Entries by which everything of a course was given, on time and in full."""
    return [
        given(chain_text(each.key.turns), each.key.drug, [each.key.number], dose=each.key.dose)
        for each in found.rows
    ]


def test_of_nothing_there_is_no_intensity() -> None:
    """What is undefined (nothing given yet) is said, not divided."""
    assert intensities(course(NPC)) == ()
    assert intensities(course(NPC, Delayed(turn(CYCLE), 3))) == ()


def test_a_held_dose_is_a_dose_not_given() -> None:
    """All of it held so far: 0 % of the dose, in the planned time."""
    found = of(course(NPC, held(*DOSE, range(1, 16)), as_of="2025-12-07"), "aldesleukin", CYCLE)
    assert [found.given, found.share, found.relative, found.given_a_week] == [0, 0, 0, 0]
    assert (found.given_doses, found.open_doses, found.planned_doses) == (0, 0, 15)


def test_the_arithmetic_of_the_second_worked_case() -> None:
    """720,000 of 1,080,000 IU/kg (66.7 %), in 15 days instead of 12: RDI 53.3 %."""
    told: list[Effect] = [given(*DOSE, range(1, 7)), held(*DOSE, [7]), given(*DOSE, range(8, 12))]
    late = Delayed(turn("course 1/cycle 2"), 3)
    found = of(course(NPC, *told, held(*DOSE, range(12, 16)), late), "aldesleukin", CYCLE)
    assert (found.basis, found.unit) == ("kg", "IU")
    assert (found.planned, found.given) == (D(1_080_000), D(720_000))
    assert (found.planned_days, found.days, found.delay) == (12, 15, 3)
    assert (found.planned_a_week, found.given_a_week) == (D(630_000), D(336_000))
    assert found.share == D(200) / 3
    assert found.relative is not None
    assert abs(found.relative - D(160) / 3) < D("1e-20")


@settings(SMALL)
@over(bodies())
def test_all_of_it_on_time_is_a_hundred_per_cent(body: Data) -> None:
    """Rule: relative dose intensity is 100 % when all is given on time."""
    regimen = written(body)
    found = course(regimen, *whole(course(regimen)))
    reckoned = intensities(found)
    assert {each.drug for each in reckoned} == set(regimen.drugs(None))
    for each in reckoned:
        assert [each.share, each.relative, each.delay] == [100, 100, 0]
        assert each.given_doses == each.planned_doses
        assert each.open_doses == 0


@settings(SMALL)
@over(bodies(), st.booleans())
def test_every_dose_halved_is_half_of_it(body: Data, from_the_start: bool) -> None:
    """Rule: 50 % when every dose is halved, by a share from the start or dose by dose."""
    regimen = written(body)
    plain = course(regimen)
    if from_the_start:
        shares = {drug: D(50) for drug in regimen.drugs(None)}
        found = course(regimen, *whole(plain), percents=shares)
    else:
        rows = [each.administration for each in plain.rows]
        halves = [Quantity(value_of(row) / 2, row.dosed.unit) for row in rows]
        told = zip(whole(plain), halves, strict=True)
        found = course(regimen, *(Given(each.doses, amount=half) for each, half in told))
    for reckoned in intensities(found):
        assert abs((reckoned.relative or D(0)) - 50) < D("1e-20")
        assert reckoned.delay == 0


@settings(SMALL)
@over(bodies(), st.data(), st.integers(1, 9))
def test_a_delay_alone_lowers_it(body: Data, data: st.DataObject, days: int) -> None:
    """Rule: it falls with delay alone: all was given, in more time; the share stays 100 %."""
    regimen = written(body)
    plain = course(regimen)
    turns = sorted({each.key.turns for each in plain.rows if each.key.turns})
    late = Delayed(data.draw(st.sampled_from(turns)), days)
    found = course(regimen, late, *whole(plain))
    for each in intensities(found):
        assert each.share == 100
        assert each.relative is not None
        assert each.relative <= 100
        assert (each.relative < 100) == (each.delay > 0)


def test_a_delay_lowers_what_lies_around_it() -> None:
    """Two cycles in 12 + 12 days, the second 3 days late: 24 of 27 days = 88.9 % of intensity."""
    late = Delayed(turn("course 1/cycle 2"), 3)
    second = given("course 1/cycle 2", "aldesleukin", range(1, 16))
    found = course(NPC, late, ALL, second)
    both = of(found, "aldesleukin", "course 1")
    assert [both.planned_days, both.days, both.share] == [24, 27, 100]
    assert both.relative == D(2400) / 27
    assert of(found, "aldesleukin").relative == both.relative
    assert of(found, "aldesleukin", "course 1/cycle 2").relative == 100


def test_a_new_weight_is_no_change_of_dose() -> None:
    """72,000 x 66.5 kg given, by 66.5 kg: the 72,000 per kg that the file prescribes."""
    weight = Weighed(D("66.5"), date(2025, 12, 1), turn("course 1/cycle 2"))
    second = given("course 1/cycle 2", "aldesleukin", range(1, 16))
    found = of(course(NPC, weight, ALL, second), "aldesleukin")
    assert [found.share, found.relative] == [100, 100]


def test_a_reduction_is() -> None:
    """75 % of 240 mg/m2 in cycle 2, all of it in cycle 1: 420 of 480."""
    share = Reduced("paclitaxel", D(75), turn("cycle 2"))
    told = [given(f"cycle {number}", "paclitaxel", [1, 2, 3]) for number in (1, 2)]
    found = course(
        "imp321", share, *told, arm="6.25-mg", patient=Patient(weight=D(70), height=D(170))
    )
    assert abs(of(found, "paclitaxel").given - 420) < D("1e-20")
    assert abs((of(found, "paclitaxel", "cycle 2").relative or D(0)) - 75) < D("1e-20")


def test_what_is_still_to_come_in_a_begun_turn_is_told() -> None:
    """A begun turn counts whole: 3 of 15 so far is 20 %, with 12 doses still open."""
    found = of(course(NPC, given(*DOSE, [1, 2, 3])), "aldesleukin", CYCLE)
    assert [found.share, found.given_doses, found.open_doses] == [20, 3, 12]
    stop = entry(Stopped(), "2025-12-02 06:00")
    ended = of(course(NPC, given(*DOSE, [1, 2, 3]), stop), "aldesleukin", CYCLE)
    assert [ended.share, ended.open_doses] == [20, 0]


def test_doses_drawn_through_a_delay_are_given_and_not_planned() -> None:
    """14 planned and 5 more given in cycle 1, in 14 + 5 days."""
    late = Delayed(turn("cycle 2"), 5)
    plain = course("trastuzumab", late, times={"cycle": 2})
    told = [
        effect
        for each, effect in zip(plain.rows, whole(plain), strict=True)
        if each.key.turns == turn("cycle 1")
    ]
    made = course("trastuzumab", late, *told, times={"cycle": 2})
    found = of(made, "aldesleukin", "cycle 1")
    assert (found.planned_doses, found.given_doses) == (14, 19)
    assert (found.planned_days, found.days) == (14, 19)
    assert found.share is not None
    assert found.share > 100


def test_a_drug_is_told_where_it_is_planned() -> None:
    """Per drug: each innermost turn, turns around several of these, and in all."""
    second = given("course 2/cycle 1", "aldesleukin", [1])
    found = intensities(course(NPC, ALL, second))
    assert [chain_text(each.turns) for each in found] == [
        "course 1/cycle 1",
        "course 1/cycle 2",
        "course 1",
        "course 2/cycle 1",
        "",
    ]
    imatinib = course("imatinib", given("", "cyclophosphamide", [1]), times={"cycle": 1})
    assert [(each.drug, each.turns) for each in intensities(imatinib)] == [("cyclophosphamide", ())]


def test_days_of_several_turns_run_from_the_first_to_the_last() -> None:
    """From day 1 to the end of course 2/cycle 1, days 53 to 64: the rest between them too."""
    second = given("course 2/cycle 1", "aldesleukin", [1])
    found = of(course(NPC, ALL, second), "aldesleukin")
    assert (found.planned_days, found.days, found.planned_doses) == (64, 64, 45)


@pytest.mark.parametrize(
    ("amounts", "basis", "planned"),
    [
        (("2 mg/kg", "3 mg/kg"), "kg", "5"),
        (("10 mg/m2", "20 mg/m2"), "m2", "30"),
        (("2 mg/kg", "10 mg/m2"), None, "158"),
        (("2 mg/kg", "5 mg"), None, "145"),
    ],
)
def test_doses_of_one_basis_are_compared_per_it(
    amounts: tuple[str, str], basis: str | None, planned: str
) -> None:
    """70 kg and 1.8 m2: 2 x 70 + 10 x 1.8 = 158 mg where the bases differ."""
    regimen = written(f"""
        doses:
          - {{dose: a, drug: x, amount: {amounts[0]}, route: IV, day: 1}}
          - {{dose: b, drug: x, amount: {amounts[1]}, route: IV, day: 2}}
    """)
    found = of(course(regimen, given("", "x", [1], dose="a")), "x")
    assert found.basis == basis
    assert found.planned == D(planned)


def test_amounts_that_cannot_be_added_are_told_apart() -> None:
    """Milligrams and units of one drug; 1 g and 500 mg are one."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 500 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 7 units, route: IV, day: 3}
    """)
    found = intensities(course(regimen, given("", "x", [1], dose="a")))
    assert [(each.unit, each.planned, each.given) for each in found] == [
        ("g", D("1.5"), D(1)),
        ("units", D(7), D(0)),
    ]


def test_what_was_not_planned_has_no_relative_intensity() -> None:
    """Only doses of a delay in a turn that plans none of the drug: nothing to divide by."""
    each = Intensity("x", (), None, "mg", D(0), D(5), 0, 1, 0, 7, 7)
    assert (each.share, each.relative) == (None, None)
    assert each.given_a_week == 5


def test_the_plan_is_that_of_the_file_at_a_hundred_per_cent() -> None:
    """75 % from the start is 75 % of the intensity, on time."""
    told = given("cycle 1", "paclitaxel", [1, 2, 3])
    found = of(course("imp321", told, arm="6.25-mg", percents={"paclitaxel": D(75)}), "paclitaxel")
    assert [found.planned, found.given, found.relative] == [240, 180, 75]


def test_a_dose_of_another_turn_counts_in_its_own() -> None:
    """Doses of an outer block count in its turn and in all, not in the cycles beside them."""
    regimen = written("""
        blocks:
          - block: course
            doses: [{drug: x, amount: 4 mg, route: IV, day: 1}]
            blocks:
              - block: cycle
                repeat: {times: 2, every: 10 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 2}]
    """)
    found = course(regimen, given("course 1", "x", [1]), given("course 1/cycle 1", "x", [1]))
    told: list[tuple[Chain, Decimal, Decimal]] = [
        (each.turns, each.planned, each.given) for each in intensities(found)
    ]
    assert told == [
        (turn("course 1/cycle 1"), D(1), D(1)),
        (turn("course 1"), D(5), D(5)),
        ((), D(5), D(5)),
    ]


def test_an_undone_dose_was_not_given() -> None:
    entries: list[Effect | Entry] = [given(*DOSE, [1]), given(*DOSE, [2]), Undone(2)]
    assert of(course(NPC, *entries), "aldesleukin").given == 72_000


def spans(found: Course) -> dict[str, tuple[int, int, int, int]]:
    """First day and length by the plan, then as it lies now, of every turn that has begun."""
    return {
        chain_text(chain): (
            *(each.planned[0] + 1, each.planned[1] - each.planned[0]),
            *(each.now[0] + 1, each.now[1] - each.now[0]),
        )
        for chain, each in begun_spans(found).items()
    }


def first(name: str, drug: str = "aldesleukin") -> Effect:
    return given(name, drug, [1])


def test_nothing_has_begun_before_a_dose_is_told() -> None:
    assert spans(course(NPC)) == {}


def test_a_turn_lasts_with_the_rest_that_belongs_to_it() -> None:
    """Five days and the seven of rest: 12; the last cycle of a course too."""
    found = course(NPC, first("course 1/cycle 2"))
    assert spans(found) == {CYCLE: (1, 12, 1, 12), "course 1/cycle 2": (13, 12, 13, 12)}


def test_the_delay_of_what_follows_lengthens_a_turn() -> None:
    """Cycle 2 three days late: cycle 1 took 15 days; a course's delay is none of its last cycle."""
    late = (Delayed(turn("course 1/cycle 2"), 3), Delayed(turn("course 2"), 9))
    found = course(NPC, *late, first("course 1/cycle 2"))
    assert spans(found) == {CYCLE: (1, 12, 1, 15), "course 1/cycle 2": (13, 12, 16, 12)}
    assert moved(found) == {
        turn("course 1/cycle 2"): 3,
        turn("course 2"): 12,
        turn("course 2/cycle 1"): 12,
        turn("course 2/cycle 2"): 12,
    }


def test_holding_a_dose_begins_a_turn_too_once_its_time_has_come() -> None:
    """Held ahead, it says nothing of a turn that may never be given."""
    told = held(CYCLE, "aldesleukin", [1])
    assert list(spans(course(NPC, told, as_of="2025-12-01 08:00"))) == [CYCLE]
    assert list(spans(course(NPC, told, as_of="2025-12-01 07:59"))) == []


def test_a_held_dose_of_a_branch_that_is_not_decided_begins_nothing() -> None:
    """Dose 1 of course 2, held ahead: whether the course is given is still open."""
    told = held("course 2/cycle 1", "aldesleukin", [1])
    assert list(spans(course(NPC, told, as_of="2026-02-10"))) == []


def test_what_lies_before_a_begun_turn_has_begun() -> None:
    found = course(NPC, first("course 2/cycle 1"))
    assert list(spans(found)) == [CYCLE, "course 1/cycle 2", "course 2/cycle 1"]


def test_what_was_decided_against_has_not_begun() -> None:
    """The follow-up has begun, the maintenance before it was never given."""
    regimen = written("""
        blocks:
          - block: induction
            rest: 3 days
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 4}]
          - block: maintenance
            only_if: response
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: follow-up
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    no = Decided(turn("maintenance 1"), given=False)
    found = course(regimen, no, first("follow-up 1", "x"))
    assert spans(found) == {"induction 1": (1, 7, 1, 7), "follow-up 1": (9, 1, 9, 1)}


def test_every_is_the_length_of_a_turn() -> None:
    """Cycles of 28 days, the last one too; the lead-in of trastuzumab fills 21, and 24 if late."""
    found = course("imp321", first("cycle 6", "IMP321"), arm="6.25-mg")
    assert spans(found)["cycle 6"] == (141, 28, 141, 28)
    late = course(
        "trastuzumab", Delayed(turn("cycle 1"), 3), first("lead-in 1"), times={"cycle": 1}
    )
    assert spans(late) == {"lead-in 1": (1, 21, 1, 24)}


def test_doses_in_no_block_last_from_their_first_to_their_last_day() -> None:
    """Days -21 to 14 without a day 0 are 35 days, whatever the cycles beside them do."""
    told = given("", "cyclophosphamide", [1])
    found = course("imatinib", told, Delayed(turn("cycle 1"), 5), times={"cycle": 2})
    assert spans(found) == {"": (-20, 35, -20, 35)}


def test_a_dose_past_midnight_lengthens_nothing() -> None:
    """15 doses every 8 hours fill 5 days, though from 08:00 the last one falls on day 6."""
    regimen = written(
        "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 15, every: 8 hours}}]"
    )
    assert spans(course(regimen, first("", "x"))) == {"": (1, 5, 1, 5)}


@pytest.mark.parametrize(("by", "length"), [(0, 20), (4, 24)])
def test_a_turn_with_turns_in_it_grows_with_them(by: int, length: int) -> None:
    """A course of its own doses and two cycles of 10 days: the second one late makes it longer."""
    regimen = written("""
        blocks:
          - block: course
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
            blocks:
              - block: cycle
                repeat: {times: 2, every: 10 days}
                doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """)
    late = [Delayed(turn("course 1/cycle 2"), by)] if by else []
    found = course(regimen, *late, first("course 1", "x"))
    assert spans(found)["course 1"] == (1, 20, 1, length)


def test_of_an_amount_that_is_not_stated_there_is_no_intensity() -> None:
    """A share of what nobody knows would be invented; the other drug has its own, 1 of 1 mg."""
    regimen = written("""
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: 1}
          - {drug: y, amount: not stated, route: IV, day: 2}
    """)
    found = course(regimen, given("", "x", [1]))
    assert [(each.drug, each.share) for each in intensities(found)] == [("x", D(100))]
    assert list(lacks(found)) == ["the amount of row 2 (y) is not stated in the file"]
    assert [row.number for row in unstated(found)] == [2]


@pytest.mark.parametrize("to", [[], [Reduced("y", quantity("2 mg"), turn("cycle 1"), None)]])
def test_of_no_other_drug_there_is_none_at_all(to: list[Reduced]) -> None:
    """An amount that a log has set was not planned either: the file says none at 100 %."""
    regimen = written("""
        blocks:
          - block: cycle
            doses: [{drug: y, amount: not stated, route: IV, day: 1 to 2}]
    """)
    with pytest.raises(Refused, match=r"the amount of rows 1, 2 \(y\) is not stated"):
        intensities(course(regimen, *to, first("cycle 1", "y")))


def test_a_dose_set_per_m2_is_held_against_the_planned_amount_per_kg() -> None:
    """2 mg/kg for 70 kg are 140 mg; 40 mg/m2 for 1.75 m2 are 70 mg: half, and not 40 of 2."""
    weekly = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 2 mg/kg, route: IV, day: 1}]
    """
    body = Patient(weight=D(70), surface_area=D("1.75"))
    to = Reduced("x", quantity("40 mg/m2"), turn("cycle 2"), None)
    told = [given(f"cycle {number}", "x", [1]) for number in (1, 2)]
    made = course(written(weekly), to, *told, patient=body, as_of="2025-12-20")
    second = of(made, "x", "cycle 2")
    assert (second.basis, second.planned, second.given) == (None, D(140), D(70))
    assert second.share == 50
    assert of(made, "x", "cycle 1").basis == "kg"
    whole = of(made, "x")
    assert (whole.planned, whole.given, whole.share) == (D(280), D(210), D(75))


CAPPED = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 7 days}
        doses: [{drug: x, amount: 2 mg/kg, cap: 150 mg, route: IV, day: 1}]
"""


def test_a_cap_that_a_new_weight_no_longer_meets_is_no_change_of_dose() -> None:
    """2 x 80 = 160 mg, capped at 150: 1.875 per kg; 2 x 70 = 140 mg, not capped: 2 per kg."""
    weight = Weighed(D(70), date(2025, 12, 1), turn("cycle 2"))
    told = [given(f"cycle {number}", "x", [1]) for number in (1, 2)]
    made = course(written(CAPPED), weight, *told, patient=Patient(weight=D(80)))
    found = of(made, "x")
    assert (found.planned, found.given, found.share) == (D("3.875"), D("3.875"), D(100))


def an_extra(day: str, amount: str) -> Extra:
    return Extra("x", quantity(amount), datetime.fromisoformat(f"{day} 12:00"), "IV")


def test_a_dose_that_no_plan_had_is_given_per_kg_as_the_others_are() -> None:
    """2 + 2 mg/kg planned; 2 and a dose of 35 mg for 70 kg given, 0.5: 2.5 of 4 mg/kg."""
    made = course(written(CAPPED), given("cycle 1", "x", [1]), an_extra("2025-12-02", "35 mg"))
    found = of(made, "x", "cycle 1")
    assert (found.basis, found.planned, found.given) == ("kg", D(2), D("2.5"))
    assert (found.planned_doses, found.given_doses) == (1, 2)
    assert (found.drawn_doses, found.unplanned_doses) == (0, 1)


def test_a_capped_body_is_what_its_dose_is_divided_by() -> None:
    """10 mg/m2 of 1.5 m2, though the patient has 1.8: 15 mg are 10 mg/m2."""
    regimen = written(
        "doses: [{drug: x, amount: 10 mg/m2, bsa_cap: 1.5 m2, route: IV, day: 1 to 2}]"
    )
    found = of(course(regimen, given("", "x", [1])), "x")
    assert (found.planned, found.given) == (D(20), D(10))


def test_a_dose_that_no_plan_had_lengthens_no_turn() -> None:
    """Doses of the regimen itself are planned on days 1 to 3; one on day 9 is none of them."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 3}]")
    made = course(regimen, first("", "x"), an_extra("2025-12-09", "1 mg"), as_of="2025-12-10")
    assert spans(made) == {"": (1, 3, 1, 3)}


def test_a_dose_between_two_blocks_takes_no_time_of_its_own() -> None:
    """The regimen itself plans nothing: what was given in its rest has no days."""
    regimen = written("""
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    made = course(
        regimen, first("cycle 1", "x"), an_extra("2025-12-05", "1 mg"), as_of="2025-12-06"
    )
    assert spans(made) == {"cycle 1": (1, 8, 1, 8)}


NESTED = """
    blocks:
      - block: course
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 7 days}
            doses: [{drug: x, amount: 10 mg, route: IV, day: 1 to 5}]
"""


def test_a_dose_in_the_rest_between_two_cycles_adds_itself_and_no_time() -> None:
    """Five of 10 mg in cycle 1, 12 days with its rest; 1 mg in the rest: 51 of 50 mg, 102 %.

    Its turn is the course around both cycles: were it counted whole, two weeks would be planned
    that nobody has begun.
    """
    told = given("course 1/cycle 1", "x", range(1, 6))
    late = Delayed(turn("course 1/cycle 2"), 12)
    made = course(written(NESTED), told, late, an_extra("2025-12-08", "1 mg"), as_of="2025-12-09")
    whole = of(made, "x", "course 1")
    assert (whole.planned, whole.given) == (D(50), D(51))
    assert (whole.planned_doses, whole.given_doses) == (5, 6)
    assert (whole.planned_days, whole.days) == (12, 24)
    assert (whole.share, whole.relative) == (D(102), D(51))


def test_a_drug_that_no_plan_has_is_given_in_the_time_of_what_is_planned() -> None:
    """3 mg of y in the rest of cycle 1: in its 12 days, and not in the 24 of both cycles."""
    told = given("course 1/cycle 1", "x", [1])
    other = an_extra("2025-12-08", "3 mg")._replace(drug="y")
    found = of(course(written(NESTED), told, other, as_of="2025-12-09"), "y", "course 1")
    assert (found.given, found.days, found.share) == (D(3), 12, None)


def figures(made: Course, where: str = "") -> tuple[Decimal, Decimal, int, int]:
    """Planned and given of x, the doses planned, and in how many days."""
    figure = of(made, "x", where)
    return figure.planned, figure.given, figure.planned_doses, figure.days


def test_a_dose_that_no_plan_had_begins_no_turn() -> None:
    """Five of 10 mg in cycle 1, and 1 mg on the first day of cycle 2, before its own dose.

    51 of 50 mg in the 12 days of cycle 1: no dose of cycle 2 is planned yet, so none is missed.
    """
    regimen = written(NESTED)
    told = given("course 1/cycle 1", "x", range(1, 6))
    made = course(regimen, told, an_extra("2025-12-13", "1 mg"), as_of="2025-12-13 12:00")
    assert figures(made) == (D(50), D(51), 5, 12)
    assert figures(made, "course 1") == (D(50), D(51), 5, 12)
    assert [figure.turns for figure in intensities(made)] == [
        turn("course 1/cycle 1"),
        turn("course 1"),
        (),
    ]
    alone = course(regimen, an_extra("2025-12-01", "1 mg"), as_of="2025-12-02")
    assert intensities(alone) == ()


def test_a_dose_in_a_turn_that_was_decided_against_plans_none_of_it() -> None:
    """4 mg of the induction and 1 of the follow-up are planned; 1 + 1 unplanned mg were given."""
    regimen = written("""
        blocks:
          - block: induction
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 4}]
          - block: maintenance
            only_if: response
            blocks:
              - block: cycle
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: follow-up
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    no = Decided(turn("maintenance 1"), given=False)
    extra = an_extra("2025-12-06", "1 mg")
    made = course(regimen, no, extra, first("follow-up 1", "x"), as_of="2025-12-20")
    assert figures(made) == (D(5), D(2), 5, 19)
