"""Dose intensity: what was given of what was planned, in how much of the planned time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import CYCLE, course, entry, given, held, turn
from il2calc import Patient
from il2calc.course import Course
from il2calc.course import intensity as intensity_module
from il2calc.course.intensity import (
    Intensity,
    begun_spans,
    days_late,
    intensities,
    missing_intensities,
    unstated,
)
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
    turn_text,
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


def intensity_of(result: Course, drug: str, where: str = "") -> Intensity:
    """The dose intensity of a drug in a turn, or in all."""
    turns = turn(where)
    return next(
        intensity
        for intensity in intensities(result)
        if (intensity.drug, intensity.turns) == (drug, turns)
    )


def given_in_full(result: Course) -> list[Given]:
    """Entries by which everything of a course was given, on time and in full."""
    return [
        given(turn_text(row.key.turns), row.key.drug, [row.key.number], dose=row.key.dose)
        for row in result.rows
    ]


def test_nothing_given_has_no_intensity() -> None:
    """Nothing given yet: the intensity is undefined, and nothing is divided."""
    assert intensities(course(NPC)) == ()
    assert intensities(course(NPC, Delayed(turn(CYCLE), 3))) == ()


def test_a_held_dose_is_a_dose_not_given() -> None:
    """All of it held so far: 0 % of the dose, in the planned time."""
    intensity = intensity_of(
        course(NPC, held(*DOSE, range(1, 16)), as_of="2025-12-07"), "aldesleukin", CYCLE
    )
    assert [intensity.given, intensity.share, intensity.relative, intensity.given_a_week] == [
        0,
        0,
        0,
        0,
    ]
    assert (intensity.given_doses, intensity.open_doses, intensity.planned_doses) == (0, 0, 15)


def test_the_arithmetic_of_the_second_worked_case() -> None:
    """720,000 of 1,080,000 IU/kg (66.7 %), in 15 days instead of 12: RDI 53.3 %."""
    entries: list[Effect] = [
        given(*DOSE, range(1, 7)),
        held(*DOSE, [7]),
        given(*DOSE, range(8, 12)),
    ]
    late = Delayed(turn("course 1/cycle 2"), 3)
    intensity = intensity_of(
        course(NPC, *entries, held(*DOSE, range(12, 16)), late), "aldesleukin", CYCLE
    )
    assert (intensity.basis, intensity.unit) == ("kg", "IU")
    assert (intensity.planned, intensity.given) == (D(1_080_000), D(720_000))
    assert (intensity.planned_days, intensity.days, intensity.delay) == (12, 15, 3)
    assert (intensity.planned_a_week, intensity.given_a_week) == (D(630_000), D(336_000))
    assert intensity.share == D(200) / 3
    assert intensity.relative is not None
    assert abs(intensity.relative - D(160) / 3) < D("1e-20")


class Counted(dict[Any, Any]):
    """A mapping that counts how often it is gone through."""

    passes = 0

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        return super().__iter__()


def test_what_the_file_prescribes_is_looked_up_however_many_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looked for in all doses for each turn, 10,000 entries took three times as long."""
    result = course(NPC, *given_in_full(course(NPC)), as_of="2026-06-01")
    prescribed = Counted(vars(intensity_module)["_prescribed"](result))
    monkeypatch.setattr(intensity_module, "_prescribed", lambda _: prescribed)
    assert len(intensities(result)) > 4
    assert prescribed.passes == 0


@settings(SMALL)
@over(bodies())
def test_all_given_on_time_is_a_hundred_per_cent(body: Data) -> None:
    """Rule: relative dose intensity is 100 % when all is given on time."""
    regimen = written(body)
    result = course(regimen, *given_in_full(course(regimen)))
    all_intensities = intensities(result)
    assert {intensity.drug for intensity in all_intensities} == set(regimen.drugs(None))
    for intensity in all_intensities:
        assert [intensity.share, intensity.relative, intensity.delay] == [100, 100, 0]
        assert intensity.given_doses == intensity.planned_doses
        assert intensity.open_doses == 0


@settings(SMALL)
@over(bodies(), st.booleans())
def test_every_dose_halved_is_50_per_cent(body: Data, from_the_start: bool) -> None:
    """Rule: 50 % when every dose is halved, by a share from the start or dose by dose."""
    regimen = written(body)
    plain = course(regimen)
    if from_the_start:
        shares = {drug: D(50) for drug in regimen.drugs(None)}
        result = course(regimen, *given_in_full(plain), percents=shares)
    else:
        rows = [row.administration for row in plain.rows]
        halves = [Quantity(value_of(row) / 2, row.dosed.unit) for row in rows]
        halved = zip(given_in_full(plain), halves, strict=True)
        result = course(regimen, *(Given(entry.doses, amount=half) for entry, half in halved))
    for intensity in intensities(result):
        assert abs((intensity.relative or D(0)) - 50) < D("1e-20")
        assert intensity.delay == 0


@settings(SMALL)
@over(bodies(), st.data(), st.integers(1, 9))
def test_a_delay_alone_lowers_the_relative_intensity(
    body: Data, data: st.DataObject, days: int
) -> None:
    """Rule: delay alone lowers it: all was given, in more time; the share stays 100 %."""
    regimen = written(body)
    plain = course(regimen)
    turns = sorted({row.key.turns for row in plain.rows if row.key.turns})
    late = Delayed(data.draw(st.sampled_from(turns)), days)
    result = course(regimen, late, *given_in_full(plain))
    for intensity in intensities(result):
        assert intensity.share == 100
        assert intensity.relative is not None
        assert intensity.relative <= 100
        assert (intensity.relative < 100) == (intensity.delay > 0)


def test_a_delay_lowers_the_intensity_of_the_turns_around_it() -> None:
    """Two cycles in 12 + 12 days, the second 3 days late: 24 of 27 days = 88.9 % of intensity."""
    late = Delayed(turn("course 1/cycle 2"), 3)
    second = given("course 1/cycle 2", "aldesleukin", range(1, 16))
    result = course(NPC, late, ALL, second)
    both = intensity_of(result, "aldesleukin", "course 1")
    assert [both.planned_days, both.days, both.share] == [24, 27, 100]
    assert both.relative == D(2400) / 27
    assert intensity_of(result, "aldesleukin").relative == both.relative
    assert intensity_of(result, "aldesleukin", "course 1/cycle 2").relative == 100


def test_a_new_weight_is_no_change_of_dose() -> None:
    """72,000 x 66.5 kg given, by 66.5 kg: the 72,000 per kg that the file prescribes."""
    weight = Weighed(D("66.5"), date(2025, 12, 1), turn("course 1/cycle 2"))
    second = given("course 1/cycle 2", "aldesleukin", range(1, 16))
    intensity = intensity_of(course(NPC, weight, ALL, second), "aldesleukin")
    assert [intensity.share, intensity.relative] == [100, 100]


def test_a_reduction_is_a_change_of_dose() -> None:
    """75 % of 240 mg/m2 in cycle 2, all of it in cycle 1: 420 of 480."""
    share = Reduced("paclitaxel", D(75), turn("cycle 2"))
    doses = [given(f"cycle {number}", "paclitaxel", [1, 2, 3]) for number in (1, 2)]
    result = course(
        "imp321", share, *doses, arm="6.25-mg", patient=Patient(weight=D(70), height=D(170))
    )
    assert abs(intensity_of(result, "paclitaxel").given - 420) < D("1e-20")
    assert abs((intensity_of(result, "paclitaxel", "cycle 2").relative or D(0)) - 75) < D("1e-20")


def test_the_doses_still_to_come_in_a_begun_turn_are_counted() -> None:
    """All of a begun turn counts: 3 of 15 so far is 20 %, with 12 doses still open."""
    intensity = intensity_of(course(NPC, given(*DOSE, [1, 2, 3])), "aldesleukin", CYCLE)
    assert [intensity.share, intensity.given_doses, intensity.open_doses] == [20, 3, 12]
    stop = entry(Stopped(), "2025-12-02 06:00")
    ended = intensity_of(course(NPC, given(*DOSE, [1, 2, 3]), stop), "aldesleukin", CYCLE)
    assert [ended.share, ended.open_doses] == [20, 0]


def test_doses_continued_through_a_delay_are_given_and_not_planned() -> None:
    """14 planned and 5 more given in cycle 1, in 14 + 5 days."""
    late = Delayed(turn("cycle 2"), 5)
    plain = course("trastuzumab", late, times={"cycle": 2})
    doses = [
        effect
        for row, effect in zip(plain.rows, given_in_full(plain), strict=True)
        if row.key.turns == turn("cycle 1")
    ]
    result = course("trastuzumab", late, *doses, times={"cycle": 2})
    intensity = intensity_of(result, "aldesleukin", "cycle 1")
    assert (intensity.planned_doses, intensity.given_doses) == (14, 19)
    assert (intensity.planned_days, intensity.days) == (14, 19)
    assert intensity.share is not None
    assert intensity.share > 100


def test_a_drug_has_an_intensity_in_each_turn_that_plans_it() -> None:
    """Per drug: each innermost turn, turns around several of these, and in all."""
    second = given("course 2/cycle 1", "aldesleukin", [1])
    all_intensities = intensities(course(NPC, ALL, second))
    assert [turn_text(intensity.turns) for intensity in all_intensities] == [
        "course 1/cycle 1",
        "course 1/cycle 2",
        "course 1",
        "course 2/cycle 1",
        "",
    ]
    imatinib = course("imatinib", given("", "cyclophosphamide", [1]), times={"cycle": 1})
    assert [(intensity.drug, intensity.turns) for intensity in intensities(imatinib)] == [
        ("cyclophosphamide", ())
    ]


def test_days_of_several_turns_run_from_the_first_to_the_last() -> None:
    """From day 1 to the end of course 2/cycle 1, days 53 to 64: the rest between them too."""
    second = given("course 2/cycle 1", "aldesleukin", [1])
    intensity = intensity_of(course(NPC, ALL, second), "aldesleukin")
    assert (intensity.planned_days, intensity.days, intensity.planned_doses) == (64, 64, 45)


@pytest.mark.parametrize(
    ("amounts", "basis", "planned"),
    [
        (("2 mg/kg", "3 mg/kg"), "kg", "5"),
        (("10 mg/m2", "20 mg/m2"), "m2", "30"),
        (("2 mg/kg", "10 mg/m2"), None, "158"),
        (("2 mg/kg", "5 mg"), None, "145"),
    ],
)
def test_doses_of_one_basis_are_compared_on_that_basis(
    amounts: tuple[str, str], basis: str | None, planned: str
) -> None:
    """70 kg and 1.8 m2: 2 x 70 + 10 x 1.8 = 158 mg where the bases differ."""
    regimen = written(f"""
        doses:
          - {{dose: a, drug: x, amount: {amounts[0]}, route: IV, day: 1}}
          - {{dose: b, drug: x, amount: {amounts[1]}, route: IV, day: 2}}
    """)
    intensity = intensity_of(course(regimen, given("", "x", [1], dose="a")), "x")
    assert intensity.basis == basis
    assert intensity.planned == D(planned)


def test_amounts_that_cannot_be_added_are_kept_apart() -> None:
    """Milligrams and units of one drug; 1 g and 500 mg are one."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 500 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 7 units, route: IV, day: 3}
    """)
    all_intensities = intensities(course(regimen, given("", "x", [1], dose="a")))
    assert [
        (intensity.unit, intensity.planned, intensity.given) for intensity in all_intensities
    ] == [
        ("g", D("1.5"), D(1)),
        ("units", D(7), D(0)),
    ]


def test_a_drug_that_was_not_planned_has_no_relative_intensity() -> None:
    """Only doses of a delay in a turn that plans none of the drug: nothing to divide by."""
    intensity = Intensity("x", (), None, "mg", D(0), D(5), 0, 1, 0, 7, 7)
    assert (intensity.share, intensity.relative) == (None, None)
    assert intensity.given_a_week == 5


def test_the_plan_is_that_of_the_file_at_a_hundred_per_cent() -> None:
    """75 % from the start is 75 % of the intensity, on time."""
    doses = given("cycle 1", "paclitaxel", [1, 2, 3])
    intensity = intensity_of(
        course("imp321", doses, arm="6.25-mg", percents={"paclitaxel": D(75)}), "paclitaxel"
    )
    assert [intensity.planned, intensity.given, intensity.relative] == [240, 180, 75]


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
    result = course(regimen, given("course 1", "x", [1]), given("course 1/cycle 1", "x", [1]))
    amounts: list[tuple[Chain, Decimal, Decimal]] = [
        (intensity.turns, intensity.planned, intensity.given) for intensity in intensities(result)
    ]
    assert amounts == [
        (turn("course 1/cycle 1"), D(1), D(1)),
        (turn("course 1"), D(5), D(5)),
        ((), D(5), D(5)),
    ]


def test_an_undone_dose_was_not_given() -> None:
    entries: list[Effect | Entry] = [given(*DOSE, [1]), given(*DOSE, [2]), Undone(2)]
    assert intensity_of(course(NPC, *entries), "aldesleukin").given == 72_000


def spans(result: Course) -> dict[str, tuple[int, int, int, int]]:
    """First day and length, by the plan and now, of every turn that has begun."""
    return {
        turn_text(chain): (
            *(span.planned[0] + 1, span.planned[1] - span.planned[0]),
            *(span.now[0] + 1, span.now[1] - span.now[0]),
        )
        for chain, span in begun_spans(result).items()
    }


def first(name: str, drug: str = "aldesleukin") -> Effect:
    return given(name, drug, [1])


def test_nothing_has_begun_before_a_dose_is_recorded() -> None:
    assert spans(course(NPC)) == {}


def test_the_rest_of_a_turn_belongs_to_its_length() -> None:
    """Five days and the seven of rest: 12; the last cycle of a course too."""
    result = course(NPC, first("course 1/cycle 2"))
    assert spans(result) == {CYCLE: (1, 12, 1, 12), "course 1/cycle 2": (13, 12, 13, 12)}


def test_the_delay_of_what_follows_lengthens_a_turn() -> None:
    """Cycle 2 three days late: cycle 1 took 15 days; a delayed course lengthens no cycle."""
    late = (Delayed(turn("course 1/cycle 2"), 3), Delayed(turn("course 2"), 9))
    result = course(NPC, *late, first("course 1/cycle 2"))
    assert spans(result) == {CYCLE: (1, 12, 1, 15), "course 1/cycle 2": (13, 12, 16, 12)}
    assert days_late(result) == {
        turn("course 1/cycle 2"): 3,
        turn("course 2"): 12,
        turn("course 2/cycle 1"): 12,
        turn("course 2/cycle 2"): 12,
    }


def test_holding_a_dose_begins_a_turn_too_once_its_time_has_come() -> None:
    """A hold entered ahead of time begins no turn, which may never be given."""
    hold = held(CYCLE, "aldesleukin", [1])
    assert list(spans(course(NPC, hold, as_of="2025-12-01 08:00"))) == [CYCLE]
    assert list(spans(course(NPC, hold, as_of="2025-12-01 07:59"))) == []


def test_a_held_dose_of_a_branch_that_is_not_decided_begins_nothing() -> None:
    """Dose 1 of course 2, held ahead of time: whether the course is given is still open."""
    hold = held("course 2/cycle 1", "aldesleukin", [1])
    assert list(spans(course(NPC, hold, as_of="2026-02-10"))) == []


def test_the_turns_before_a_begun_turn_have_begun() -> None:
    result = course(NPC, first("course 2/cycle 1"))
    assert list(spans(result)) == [CYCLE, "course 1/cycle 2", "course 2/cycle 1"]


def test_a_turn_decided_against_has_not_begun() -> None:
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
    result = course(regimen, no, first("follow-up 1", "x"))
    assert spans(result) == {"induction 1": (1, 7, 1, 7), "follow-up 1": (9, 1, 9, 1)}


def test_the_interval_every_is_the_length_of_a_turn() -> None:
    """Cycles of 28 days, the last one too; the lead-in of trastuzumab fills 21, and 24 if late."""
    result = course("imp321", first("cycle 6", "IMP321"), arm="6.25-mg")
    assert spans(result)["cycle 6"] == (141, 28, 141, 28)
    late = course(
        "trastuzumab", Delayed(turn("cycle 1"), 3), first("lead-in 1"), times={"cycle": 1}
    )
    assert spans(late) == {"lead-in 1": (1, 21, 1, 24)}


def test_doses_in_no_block_last_from_their_first_to_their_last_day() -> None:
    """Days -21 to 14 without a day 0 are 35 days, whatever the cycles beside them do."""
    dose = given("", "cyclophosphamide", [1])
    result = course("imatinib", dose, Delayed(turn("cycle 1"), 5), times={"cycle": 2})
    assert spans(result) == {"": (-20, 35, -20, 35)}


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
    result = course(regimen, *late, first("course 1", "x"))
    assert spans(result)["course 1"] == (1, 20, 1, length)


def test_an_amount_that_is_not_stated_has_no_intensity() -> None:
    """A share of an unknown amount would be invented; the other drug has its own, 1 of 1 mg."""
    regimen = written("""
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: 1}
          - {drug: y, amount: not stated, route: IV, day: 2}
    """)
    result = course(regimen, given("", "x", [1]))
    assert [(intensity.drug, intensity.share) for intensity in intensities(result)] == [
        ("x", D(100))
    ]
    assert list(missing_intensities(result)) == [
        "the amount of row 2 (y) is not stated in the file"
    ]
    assert [row.number for row in unstated(result)] == [2]


@pytest.mark.parametrize("to", [[], [Reduced("y", quantity("2 mg"), turn("cycle 1"), None)]])
def test_amounts_not_stated_of_all_drugs_are_refused(to: list[Reduced]) -> None:
    """An amount that a log has set was not planned either: the file says none at 100 %."""
    regimen = written("""
        blocks:
          - block: cycle
            doses: [{drug: y, amount: not stated, route: IV, day: 1 to 2}]
    """)
    with pytest.raises(Refused, match=r"the amount of rows 1, 2 \(y\) is not stated"):
        intensities(course(regimen, *to, first("cycle 1", "y")))


def test_a_dose_set_per_m2_is_compared_with_the_planned_amount_per_kg() -> None:
    """2 mg/kg for 70 kg are 140 mg; 40 mg/m2 for 1.75 m2 are 70 mg: half, and not 40 of 2."""
    weekly = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 2 mg/kg, route: IV, day: 1}]
    """
    body = Patient(weight=D(70), surface_area=D("1.75"))
    to = Reduced("x", quantity("40 mg/m2"), turn("cycle 2"), None)
    doses = [given(f"cycle {number}", "x", [1]) for number in (1, 2)]
    result = course(written(weekly), to, *doses, patient=body, as_of="2025-12-20")
    second = intensity_of(result, "x", "cycle 2")
    assert (second.basis, second.planned, second.given) == (None, D(140), D(70))
    assert second.share == 50
    assert intensity_of(result, "x", "cycle 1").basis == "kg"
    intensity = intensity_of(result, "x")
    assert (intensity.planned, intensity.given, intensity.share) == (D(280), D(210), D(75))


def test_blocks_in_a_cycle_take_as_long_as_the_cycle() -> None:
    """Four weekly doses of 1 mg in a cycle of six weeks; cycle 2 is a week late.

    Cycle 1: 4 of 4 mg in 49 days for 42, 42/49 = 85.7 %. Both: 8 of 8 mg in 91 for 84, 92.3 %.
    Danger: weekly blocks counted 28 days of 42 and lost the week of delay: 100 % for cycle 1, and
    not the same as the days 1, 8, 15 and 22 of one block.
    """
    days = "doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 8, 15, 22]}]"
    week = "repeat: {times: 4, every: 7 days}, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]"
    late = Delayed(turn("cycle 2"), 7)
    for inside in (days, f"blocks: [{{block: week, {week}}}]"):
        regimen = written(
            f"blocks: [{{block: cycle, repeat: {{times: 2, every: 42 days}}, {inside}}}]"
        )
        doses = given_in_full(course(regimen))
        first = intensity_of(course(regimen, *doses[:4], late), "x", "cycle 1")
        assert (first.given, first.planned, first.days, first.planned_days) == (D(4), D(4), 49, 42)
        both = intensity_of(course(regimen, *doses[:4], late, *doses[4:]), "x")
        assert (both.given, both.planned, both.days, both.planned_days) == (D(8), D(8), 91, 84)
    begun = intensity_of(course(regimen, *doses[:3]), "x", "cycle 1")
    assert (begun.planned, begun.planned_days) == (D(3), 21), "week 4 has not begun"


CAPPED = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 7 days}
        doses: [{drug: x, amount: 2 mg/kg, cap: 150 mg, route: IV, day: 1}]
"""


def test_a_cap_that_no_longer_applies_at_a_new_weight_is_no_change_of_dose() -> None:
    """2 x 80 = 160 mg, capped at 150: 1.875 per kg; 2 x 70 = 140 mg, not capped: 2 per kg."""
    weight = Weighed(D(70), date(2025, 12, 1), turn("cycle 2"))
    doses = [given(f"cycle {number}", "x", [1]) for number in (1, 2)]
    result = course(written(CAPPED), weight, *doses, patient=Patient(weight=D(80)))
    intensity = intensity_of(result, "x")
    assert (intensity.planned, intensity.given, intensity.share) == (D("3.875"), D("3.875"), D(100))


def an_extra(day: str, amount: str) -> Extra:
    return Extra("x", quantity(amount), datetime.fromisoformat(f"{day} 12:00"), "IV")


def test_an_extra_dose_is_divided_by_weight_as_the_others_are() -> None:
    """2 + 2 mg/kg planned; 2 and a dose of 35 mg for 70 kg given, 0.5: 2.5 of 4 mg/kg."""
    result = course(written(CAPPED), given("cycle 1", "x", [1]), an_extra("2025-12-02", "35 mg"))
    intensity = intensity_of(result, "x", "cycle 1")
    assert (intensity.basis, intensity.planned, intensity.given) == ("kg", D(2), D("2.5"))
    assert (intensity.planned_doses, intensity.given_doses) == (1, 2)
    assert (intensity.continued_doses, intensity.unplanned_doses) == (0, 1)


@pytest.mark.parametrize(
    ("amount", "limit", "mass"),
    [("10 mg/m2", "bsa_cap: 1.5 m2", "15 mg"), ("1 mg/kg", "weight_cap: 50 kg", "50 mg")],
)
def test_an_extra_dose_is_divided_by_the_body_of_the_planned_ones(
    amount: str, limit: str, mass: str
) -> None:
    """One planned and one more of the same amount, for 1.8 m2 and 70 kg capped: twice the plan.

    Danger: three equal doses for two planned ones are 141.7 % and not 150 %.
    """
    dose = f"{{drug: x, amount: {amount}, {limit}, route: IV, day: 1}}"
    regimen = written(
        f"blocks: [{{block: cycle, repeat: {{times: 2, every: 7 days}}, doses: [{dose}]}}]"
    )
    result = course(regimen, given("cycle 1", "x", [1]), an_extra("2025-12-02", mass))
    intensity = intensity_of(result, "x", "cycle 1")
    assert (intensity.given, intensity.share) == (2 * intensity.planned, D(200))


def test_a_dose_is_divided_by_the_capped_body_surface() -> None:
    """10 mg/m2 of 1.5 m2, though the patient has 1.8: 15 mg are 10 mg/m2."""
    regimen = written(
        "doses: [{drug: x, amount: 10 mg/m2, bsa_cap: 1.5 m2, route: IV, day: 1 to 2}]"
    )
    intensity = intensity_of(course(regimen, given("", "x", [1])), "x")
    assert (intensity.planned, intensity.given) == (D(20), D(10))


def test_an_extra_dose_lengthens_no_turn() -> None:
    """Doses of the regimen itself are planned on days 1 to 3; one on day 9 is not planned."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 3}]")
    result = course(regimen, first("", "x"), an_extra("2025-12-09", "1 mg"), as_of="2025-12-10")
    assert spans(result) == {"": (1, 3, 1, 3)}


def test_an_extra_dose_between_two_blocks_takes_no_time() -> None:
    """The regimen itself plans nothing: what was given in its rest has no days."""
    regimen = written("""
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    result = course(
        regimen, first("cycle 1", "x"), an_extra("2025-12-05", "1 mg"), as_of="2025-12-06"
    )
    assert spans(result) == {"cycle 1": (1, 8, 1, 8)}


NESTED = """
    blocks:
      - block: course
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 7 days}
            doses: [{drug: x, amount: 10 mg, route: IV, day: 1 to 5}]
"""


def test_an_extra_dose_in_the_rest_between_two_cycles_adds_no_time() -> None:
    """Five of 10 mg in cycle 1, 12 days with its rest; 1 mg in the rest: 51 of 50 mg, 102 %.

    Its turn is the course around both cycles: if all of that counted, two weeks would be planned
    that nobody has begun.
    """
    doses = given("course 1/cycle 1", "x", range(1, 6))
    late = Delayed(turn("course 1/cycle 2"), 12)
    result = course(
        written(NESTED), doses, late, an_extra("2025-12-08", "1 mg"), as_of="2025-12-09"
    )
    intensity = intensity_of(result, "x", "course 1")
    assert (intensity.planned, intensity.given) == (D(50), D(51))
    assert (intensity.planned_doses, intensity.given_doses) == (5, 6)
    assert (intensity.planned_days, intensity.days) == (12, 24)
    assert (intensity.share, intensity.relative) == (D(102), D(51))


def test_an_extra_drug_is_counted_over_the_time_of_the_planned_ones() -> None:
    """3 mg of y in the rest of cycle 1: in its 12 days, and not in the 24 of both cycles."""
    dose = given("course 1/cycle 1", "x", [1])
    other = an_extra("2025-12-08", "3 mg")._replace(drug="y")
    intensity = intensity_of(
        course(written(NESTED), dose, other, as_of="2025-12-09"), "y", "course 1"
    )
    assert (intensity.given, intensity.days, intensity.share) == (D(3), 12, None)


def figures(result: Course, where: str = "") -> tuple[Decimal, Decimal, int, int]:
    """Planned and given of x, the doses planned, and in how many days."""
    intensity = intensity_of(result, "x", where)
    return intensity.planned, intensity.given, intensity.planned_doses, intensity.days


def test_an_extra_dose_begins_no_turn() -> None:
    """Five of 10 mg in cycle 1, and 1 mg on the first day of cycle 2, before its own dose.

    51 of 50 mg in the 12 days of cycle 1: no dose of cycle 2 is planned yet, so none is missed.
    """
    regimen = written(NESTED)
    doses = given("course 1/cycle 1", "x", range(1, 6))
    result = course(regimen, doses, an_extra("2025-12-13", "1 mg"), as_of="2025-12-13 12:00")
    assert figures(result) == (D(50), D(51), 5, 12)
    assert figures(result, "course 1") == (D(50), D(51), 5, 12)
    assert [intensity.turns for intensity in intensities(result)] == [
        turn("course 1/cycle 1"),
        turn("course 1"),
        (),
    ]
    alone = course(regimen, an_extra("2025-12-01", "1 mg"), as_of="2025-12-02")
    assert intensities(alone) == ()


def test_an_extra_dose_in_a_turn_decided_against_plans_none_of_it() -> None:
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
    result = course(regimen, no, extra, first("follow-up 1", "x"), as_of="2025-12-20")
    assert figures(result) == (D(5), D(2), 5, 19)
