"""The shape of a regimen in time: which drug on which day, how much, and in which block turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from il2calc import language
from il2calc.errors import Refused, UnknownName
from il2calc.model.patient import Patient
from il2calc.picture.lanes import Lane
from il2calc.picture.outline import Outline, Stretch, of_regimen, of_schedule
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Schedule, make
from written import SMALL, Data, bodies, plan, regimen

D = Decimal
PATIENT = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90))
START = date(2026, 12, 1)
NPC = make(language.load("npc-bolus"), PATIENT, start=START)
ONE = D(5_040_000)
"""72,000 IU/kg x 70 kg [IU]."""

A_COURSE = [2, 3, 3, 3, 3, 1]
"""Doses per day, from 08:00: two on day 1, the fifteenth at 00:00 of day 6 (14 x 8 h = 112 h)."""


def days(lane: Lane) -> list[int]:
    return list(lane.cells)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def turns(outline: Outline) -> list[tuple[str, int | None, int, int, int]]:
    return [(s.name, s.number, s.depth, s.first, s.last) for s in outline.stretches]


def recorded(schedule: Schedule, **became: Recorded) -> Outline:
    """The outline of a schedule in which administrations `n1`, `n2`, ... became something."""
    record = {int(name[1:]): each for name, each in became.items()}
    return of_schedule(replace(schedule, recorded=record))


def test_every_day_holds_the_sum_of_its_doses() -> None:
    """Cycles from days 1, 13, 53 and 65 (7 days and 5 weeks of rest), each on six days."""
    outline = of_schedule(NPC)
    (lane,) = outline.lanes
    assert (lane.drug, lane.unit, lane.basis) == ("aldesleukin", "IU", None)
    wanted = {
        start + day: (count, count * ONE)
        for start in (0, 12, 52, 64)
        for day, count in enumerate(A_COURSE)
    }
    assert {at: (cell.administrations, cell.value) for at, cell in lane.cells.items()} == wanted
    assert [level.high for level in lane.levels] == [ONE, 2 * ONE, 3 * ONE]
    assert lane.at_most == "all"
    assert (outline.first, outline.last, outline.origin) == (0, 69, START)


def test_every_turn_is_a_stretch_from_its_first_to_its_last_day() -> None:
    """Course 1 on days 1 to 17, its cycles on days 1 to 5 and 13 to 17; course 2 from day 53."""
    assert turns(of_schedule(NPC)) == [
        ("course", 1, 1, 0, 16),
        ("cycle", 1, 2, 0, 4),
        ("cycle", 2, 2, 12, 16),
        ("course", 2, 1, 52, 68),
        ("cycle", 1, 2, 52, 56),
        ("cycle", 2, 2, 64, 68),
    ]


def test_what_is_conditional_is_so_in_turns_and_in_columns() -> None:
    """The second course is given after stable disease or response only, up to a week later."""
    outline = of_schedule(NPC)
    condition = ("stable disease or response",)
    assert [(s.only_if, s.late) for s in outline.stretches] == [((), 0)] * 3 + [(condition, 7)] * 3
    cells = outline.lanes[0].cells
    assert {at for at, cell in cells.items() if cell.conditional} == {at for at in cells if at > 50}
    assert all(cell.conditional in (0, cell.value) for cell in cells.values())
    assert (outline.conditions, outline.ranged) == (condition, True)


def test_weeks_are_those_of_the_regimen_also_before_day_1() -> None:
    """Cyclophosphamide on days -21 to 14, 50 mg a day: five weeks of 350 mg, from week -3."""
    made = make(language.load("imatinib"), times={"cycle": 2})
    outline = of_schedule(made, "week")
    daily, imatinib, pulse = outline.lanes
    assert {at: cell.value for at, cell in daily.cells.items()} == dict.fromkeys(range(-3, 2), 350)
    assert {at: cell.value for at, cell in imatinib.cells.items()} == dict.fromkeys(
        (0, 1, 3, 4), 2800
    )
    assert {at: cell.administrations for at, cell in pulse.cells.items()} == {1: 5, 4: 5}
    assert [outline.column_of(day) for day in (-21, -15, -14, -1, 0, 6, 7)] == [
        *(-3, -3, -2, -1, 0, 0, 1)
    ]
    assert [outline.first_day(column) for column in (-3, 0, 1)] == [-21, 0, 7]


def test_days_bear_the_numbers_that_the_regimen_gives_them() -> None:
    """Imatinib's regimen has no day 0: the day before day 1 is day -1."""
    outline = of_schedule(make(language.load("imatinib"), times={"cycle": 1}))
    assert (outline.first, outline.last) == (-21, 20)
    assert [outline.number(day) for day in (-21, -1, 0, 20)] == [-21, -1, 1, 21]
    assert replace(outline, day_zero=True).number(-1) == 0


def test_lanes_stand_in_the_order_of_the_file() -> None:
    """Not in that in which drugs are first given."""
    text = """
        doses:
          - {drug: later, amount: 5 mg, route: IV, day: 3}
          - {drug: sooner, amount: 5 mg, route: IV, day: 1}
    """
    assert [lane.drug for lane in of_schedule(make(regimen(text))).lanes] == ["later", "sooner"]


def test_a_block_given_once_has_no_number_and_one_that_gives_nothing_is_no_stretch() -> None:
    """`lead-in 1` would promise a second one."""
    text = """
        arms: {a: one, b: other}
        blocks:
          - block: lead-in
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: [1, 3]}]
          - block: other
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1, arm: b}]
    """
    assert turns(of_schedule(make(regimen(text), arm="a"))) == [("lead-in", None, 1, 0, 2)]


BOTH = """
    doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    blocks:
      - block: course
        repeat: {times: 2, every: 10 days, only_if: response}
        blocks:
          - block: cycle
            repeat: {times: 2, every: 5 days, only_if: no fever}
            doses:
              - {drug: primumab, amount: 5 mg, route: IV, day: 2}
              - {drug: secumab, amount: 5 mg, route: IV, day: 2, only_if: need}
"""


def test_a_stretch_has_the_conditions_on_which_all_in_it_depends() -> None:
    """What only one of its doses, or one of its inner turns, depends on does not bind it."""
    outline = of_schedule(make(regimen(BOTH)))
    assert [(s.name, s.number, s.only_if) for s in outline.stretches] == [
        ("course", 1, ()),
        ("cycle", 1, ()),
        ("cycle", 2, ("no fever",)),
        ("course", 2, ("response",)),
        ("cycle", 1, ("response",)),
        ("cycle", 2, ("response", "no fever")),
    ]
    assert outline.lanes[1].only_if == ("need", "no fever", "response")


def test_conditions_are_numbered_as_the_rows_shown_number_them() -> None:
    """A table from the second course on calls `response` C1; so does the picture beside it."""
    made = make(regimen(BOTH))
    later = tuple(each for each in made.administrations if each.regimen_day > 10)
    assert of_schedule(made).conditions == ("need", "no fever", "response")
    shown = of_schedule(replace(made, shown=later))
    assert shown.conditions == ("response", "need", "no fever")


def test_without_a_patient_amounts_are_as_prescribed() -> None:
    """72,000 IU/kg: 216,000 IU/kg on a day of three doses; no dates."""
    outline = of_regimen(language.load("npc-bolus"))
    (lane,) = outline.lanes
    assert (lane.unit, lane.basis) == ("IU", "kg")
    assert [level.high for level in lane.levels] == [72_000, 144_000, 216_000]
    assert outline.origin is None
    assert outline.stretches == of_schedule(NPC).stretches
    assert (outline.ranged, outline.conditions) == (True, ("stable disease or response",))
    assert of_regimen(language.load("npc-bolus"), column="week").last == outline.last


def test_an_open_block_has_two_turns_where_nobody_says_how_many() -> None:
    """Imatinib's cycles are open: two of 21 days, or as many as were asked for."""
    imatinib = language.load("imatinib")
    opened = of_regimen(imatinib, "level-2")
    assert (opened.opened, opened.last) == (("cycle",), 41)
    asked = of_regimen(imatinib, "level-2", {"cycle": 4})
    assert (asked.opened, asked.last) == ((), 83)


def test_an_arm_has_its_own_shape() -> None:
    """An open block of another arm is neither drawn nor asked about."""
    text = """
        arms: {a: one, b: other}
        doses: [{drug: primumab, amount: {a: 1 mg, b: 2 mg}, route: IV, day: 1}]
        blocks:
          - block: cycle
            arm: b
            repeat: {every: 7 days}
            blocks:
              - block: week
                repeat: {every: 7 days, times: 1}
                doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1}]
    """
    read = regimen(text)
    one, other = of_regimen(read, "a"), of_regimen(read, "b")
    assert ([lane.drug for lane in one.lanes], one.opened) == (["primumab"], ())
    assert ([lane.drug for lane in other.lanes], other.opened) == (
        ["primumab", "secumab"],
        ("cycle",),
    )
    assert [outline.lanes[0].cells[0].value for outline in (one, other)] == [1, 2]


@pytest.mark.parametrize(
    ("dose", "each", "count"),
    [
        ("amount: 45 mg/m2/day, at: 3 times a day", D(15), 3),
        ("amount: 45 mg/m2/day, at: ['08:00', '20:00']", D("22.5"), 2),
        ("amount: 45 mg/m2/day, repeat: {times: 3, every: 8 hours}", D(15), 3),
        ("amount: 45 mg/m2/day", D(45), 1),
    ],
)
def test_an_amount_per_day_is_divided_over_the_day(dose: str, each: Decimal, count: int) -> None:
    """45 mg/m2 a day, three times a day: 15 mg/m2 each, as in the schedule (27 mg at 1.8 m2)."""
    text = f"doses: [{{drug: primumab, route: oral, day: 1, {dose}}}]"
    (lane,) = of_regimen(regimen(text)).lanes
    total = sum(cell.value for cell in lane.cells.values())
    assert (total, sum(cell.administrations for cell in lane.cells.values())) == (45, count)
    made = make(regimen(text), PATIENT)
    assert {row.dosed.value for row in made.administrations} == {each * D("1.8")}


def test_a_regimen_of_which_nothing_is_given_has_an_empty_shape() -> None:
    """An arm may have no doses at all."""
    text = """
        arms: {a: one, b: other}
        doses: [{drug: primumab, amount: 1 mg, route: IV, day: 1, arm: a}]
    """
    outline = of_regimen(regimen(text), "b")
    assert (outline.lanes, outline.stretches, outline.first, outline.last) == ((), (), 0, 0)


def test_counts_are_held_against_the_file() -> None:
    """A count may be lowered, not raised, and only of a block that there is."""
    with pytest.raises(Refused):
        of_regimen(language.load("npc-bolus"), None, {"course": 3})
    with pytest.raises(UnknownName):
        of_regimen(language.load("npc-bolus"), None, {"week": 3})


def test_what_was_given_stands_as_it_was_given() -> None:
    """Dose 1 at 4 million units, dose 2 (of day 1) a day late; what was given is no maximum."""
    outline = recorded(
        NPC,
        n1=Recorded("given", local("2026-12-01T08:30"), D(4_000_000)),
        n2=Recorded("given", local("2026-12-02T07:00")),
    )
    (lane,) = outline.lanes
    assert (lane.cells[0].value, lane.cells[0].administrations) == (D(4_000_000), 1)
    assert (lane.cells[1].value, lane.cells[1].administrations) == (4 * ONE, 4)
    assert lane.at_most == "some"
    assert (outline.given, outline.left_out) == (True, False)


def test_a_conditional_dose_that_was_given_is_conditional_no_more() -> None:
    """What has happened depends on nothing; what has not still does."""
    given_rows = {f"n{number}": Recorded("given") for number in range(31, 46)}
    outline = recorded(NPC, **given_rows)
    cells = outline.lanes[0].cells
    assert {at for at, cell in cells.items() if cell.conditional} == {64 + day for day in range(6)}
    bound = {(s.name, s.first) for s in outline.stretches if s.only_if}
    assert bound == {("cycle", 64)}


def test_what_was_held_or_stopped_is_left_out() -> None:
    """Doses 3, 4 and 5 are day 2: nothing lies there. The turn itself is still drawn."""
    outline = recorded(
        NPC, n3=Recorded("held"), n4=Recorded("stopped"), n5=Recorded("held"), n6=Recorded("due")
    )
    assert days(outline.lanes[0])[:5] == [0, 2, 3, 4, 5]
    assert turns(outline) == turns(of_schedule(NPC))
    assert (outline.given, outline.left_out) == (False, True)


def test_a_turn_that_was_stopped_before_it_began_is_not_drawn() -> None:
    """After the first course nothing comes: the picture ends on day 18."""
    ended = {f"n{number}": Recorded("stopped") for number in range(31, 61)}
    outline = recorded(NPC, **ended)
    assert [s.first for s in outline.stretches] == [0, 0, 12]
    assert (outline.first, outline.last) == (0, 17)


def test_a_record_without_dates_keeps_the_planned_days() -> None:
    """There is nothing to count from."""
    undated = replace(NPC, start=None)
    outline = recorded(undated, n1=Recorded("given", local("2030-01-01T08:00")))
    assert (outline.first, outline.last, outline.origin) == (0, 69, None)


def test_a_picture_reaches_to_the_last_day_on_which_an_infusion_runs() -> None:
    """Over 120 hours from 08:00 of day 1: until 08:00 of day 6."""
    read = regimen("doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1, over: 120 hours}]")
    for outline in (of_schedule(make(read)), of_regimen(read)):
        assert (outline.first, outline.last) == (0, 5)
        assert dict(outline.lanes[0].running) == dict.fromkeys(range(1, 6), False)


def test_a_shape_says_at_what_hour_its_days_begin_where_nobody_did() -> None:
    """08:00 [min], where a dose has no clock time of its own; a schedule says its own hour."""
    text = "doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1{}}}]"
    assert of_regimen(regimen(text.format(""))).begins == 8 * 60
    assert of_regimen(regimen(text.format(", at: 3 times a day"))).begins == 8 * 60
    assert of_regimen(regimen(text.format(", at: '10:00'"))).begins is None
    assert of_schedule(make(regimen(text.format("")))).begins is None


@SMALL
@given(bodies())
def test_every_administration_lies_in_its_column(body: Data) -> None:
    """Worked out a second time from the plain data: as many of each drug on each day and week."""
    rows = plan(body)
    for outline in (of_schedule(make(regimen(body), PATIENT)), of_regimen(regimen(body))):
        found = Counter[tuple[str, int]]()
        for lane in outline.lanes:
            for at, cell in lane.cells.items():
                found[lane.drug, at] += cell.administrations
        assert found == Counter((row.drug, row.minute // 1440) for row in rows)
        assert outline.first == min([s.first for s in outline.stretches] + [at for _, at in found])
        running = [at for lane in outline.lanes for at in lane.running]
        ends = [s.last for s in outline.stretches] + [at for _, at in found] + running
        assert outline.last == max(ends)
    by_week = of_schedule(make(regimen(body), PATIENT), "week")
    weeks = Counter((row.drug, row.minute // (7 * 1440)) for row in rows)
    for lane in by_week.lanes:
        for at, cell in lane.cells.items():
            weeks[lane.drug, at] -= cell.administrations
    assert not +weeks
    assert not -weeks


@SMALL
@given(bodies())
def test_a_turn_is_bound_by_what_binds_every_dose_in_it(body: Data) -> None:
    """A condition of a stretch is one of every administration within its turn."""
    made = make(regimen(body), PATIENT)
    by_place: dict[tuple[str, int], Stretch] = {
        (s.path, s.first): s for s in of_schedule(made).stretches
    }
    for row in made.administrations:
        for turn in row.turn.chain():
            stretch = by_place[turn.block.path, turn.start]
            assert set(stretch.only_if) <= set(row.only_if)
            assert stretch.last - stretch.first + 1 == turn.length
