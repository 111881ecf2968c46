"""The shape of a regimen in time: which drug on which day, how much, and in which block turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc import language
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block
from il2calc.picture.outline import (
    Lane,
    LaneDose,
    Outline,
    TurnSpan,
    lanes,
    of_administration,
    of_regimen,
    of_schedule,
    of_slot,
)
from il2calc.plan import timing
from il2calc.plan.administration import Recorded, State
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Schedule, make
from il2calc.units import quantity
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


def conditional(lane: Lane) -> set[int]:
    """The columns of a lane that depend on a condition."""
    return {at for at, cell in lane.cells.items() if cell.mark.conditional}


def values(lane: Lane) -> list[list[Decimal]]:
    """The amounts of each size of dose of a lane, each once."""
    return [sorted({cell.value for cell in size}) for size in lane.sizes()]


def marks(lane: Lane) -> list[int]:
    """The size of each cell, in the order of time."""
    return [cell.mark.size for cell in lane.cells.values()]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def turns(outline: Outline) -> list[tuple[str, int | None, int, int, int]]:
    return [(s.name, s.number, s.depth, s.first, s.last) for s in outline.turns]


def recorded(schedule: Schedule, **became: Recorded) -> Outline:
    """The outline of a schedule in which administrations `n1`, `n2`, ... have a state."""
    record = {int(name[1:]): state for name, state in became.items()}
    return of_schedule(replace(schedule, recorded=record))


def test_every_day_holds_the_sum_of_its_doses() -> None:
    """Cycles from days 1, 13, 53 and 65 (7 days and 5 weeks of rest), each on six days."""
    outline = of_schedule(NPC)
    (lane,) = outline.lanes
    assert (lane.drug, lane.unit, lane.basis) == ("aldesleukin", "IU", None)
    expected = {
        start + day: (count, count * ONE)
        for start in (0, 12, 52, 64)
        for day, count in enumerate(A_COURSE)
    }
    assert {at: (cell.administrations, cell.value) for at, cell in lane.cells.items()} == expected
    assert values(lane) == [[ONE], [2 * ONE], [3 * ONE]]
    assert lane.at_most == {True}
    assert (outline.first, outline.last, outline.origin) == (0, 69, START)


def test_every_turn_reaches_from_its_first_to_its_last_day() -> None:
    """Course 1 on days 1 to 17, its cycles on days 1 to 5 and 13 to 17; course 2 from day 53."""
    assert turns(of_schedule(NPC)) == [
        ("course", 1, 1, 0, 16),
        ("cycle", 1, 2, 0, 4),
        ("cycle", 2, 2, 12, 16),
        ("course", 2, 1, 52, 68),
        ("cycle", 1, 2, 52, 56),
        ("cycle", 2, 2, 64, 68),
    ]


def test_conditional_turns_and_columns_are_marked() -> None:
    """The second course is given after stable disease or response only, up to a week later."""
    outline = of_schedule(NPC)
    condition = ("stable disease or response",)
    assert [(s.only_if, s.slack) for s in outline.turns] == [((), 0)] * 3 + [(condition, 7)] * 3
    cells = outline.lanes[0].cells
    assert conditional(outline.lanes[0]) == {at for at in cells if at > 50}
    assert not any(lane.split for lane in outline.lanes)
    assert (outline.conditions, outline.has_ranges) == (condition, True)


def test_weeks_are_counted_from_day_1_also_before_it() -> None:
    """Cyclophosphamide on days -21 to 14, 50 mg a day: five weeks of 350 mg, from week -3."""
    schedule = make(language.load("imatinib"), times={"cycle": 2})
    outline = of_schedule(schedule).in_weeks()
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


def test_lanes_are_in_the_order_of_the_file() -> None:
    """Not in that in which drugs are first given."""
    text = """
        doses:
          - {drug: later, amount: 5 mg, route: IV, day: 3}
          - {drug: sooner, amount: 5 mg, route: IV, day: 1}
    """
    assert [lane.drug for lane in of_schedule(make(regimen(text))).lanes] == ["later", "sooner"]


def test_a_block_given_once_has_no_number_and_one_without_doses_is_not_drawn() -> None:
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


def test_a_turn_has_the_conditions_on_which_all_of_it_depends() -> None:
    """A condition of only one of its doses, or one of its inner turns, does not bind it."""
    outline = of_schedule(make(regimen(BOTH)))
    assert [(s.name, s.number, s.only_if) for s in outline.turns] == [
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
    schedule = make(regimen(BOTH))
    later = tuple(row for row in schedule.administrations if row.regimen_day > 10)
    assert of_schedule(schedule).conditions == ("need", "no fever", "response")
    narrowed = of_schedule(replace(schedule, shown=later))
    assert narrowed.conditions == ("response", "need", "no fever")


def test_without_a_patient_amounts_are_as_prescribed() -> None:
    """72,000 IU/kg: 216,000 IU/kg on a day of three doses; no dates."""
    outline = of_regimen(language.load("npc-bolus"))
    (lane,) = outline.lanes
    assert (lane.unit, lane.basis) == ("IU", "kg")
    assert values(lane) == [[72_000], [144_000], [216_000]]
    assert outline.origin is None
    assert outline.turns == of_schedule(NPC).turns
    assert (outline.has_ranges, outline.conditions) == (True, ("stable disease or response",))
    assert of_regimen(language.load("npc-bolus")).in_weeks().last == outline.last


def test_an_open_block_has_two_turns_where_nobody_says_how_many() -> None:
    """Imatinib's cycles are open: two of 21 days, or as many as a schedule was asked for."""
    imatinib = language.load("imatinib")
    opened = of_regimen(imatinib, "level-2")
    assert (opened.open_paths, opened.last) == (("cycle",), 41)
    chosen = of_schedule(make(imatinib, times={"cycle": 4}))
    assert (chosen.open_paths, chosen.last) == ((), 83)


def test_an_arm_has_its_own_shape() -> None:
    """An open block of another arm is neither drawn nor mentioned."""
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
    parsed = regimen(text)
    one, other = of_regimen(parsed, "a"), of_regimen(parsed, "b")
    assert ([lane.drug for lane in one.lanes], one.open_paths) == (["primumab"], ())
    assert ([lane.drug for lane in other.lanes], other.open_paths) == (
        ["primumab", "secumab"],
        ("cycle",),
    )
    assert [outline.lanes[0].cells[0].value for outline in (one, other)] == [1, 2]


@pytest.mark.parametrize(
    ("dose", "amount", "count"),
    [
        ("amount: 45 mg/m2/day, at: 3 times a day", D(15), 3),
        ("amount: 45 mg/m2/day, at: ['08:00', '20:00']", D("22.5"), 2),
        ("amount: 45 mg/m2/day, repeat: {times: 3, every: 8 hours}", D(15), 3),
        ("amount: 45 mg/m2/day", D(45), 1),
    ],
)
def test_an_amount_per_day_is_divided_over_the_day(dose: str, amount: Decimal, count: int) -> None:
    """45 mg/m2 a day, three times a day: 15 mg/m2 each, as in the schedule (27 mg at 1.8 m2)."""
    text = f"doses: [{{drug: primumab, route: oral, day: 1, {dose}}}]"
    (lane,) = of_regimen(regimen(text)).lanes
    total = sum(cell.value for cell in lane.cells.values())
    assert (total, sum(cell.administrations for cell in lane.cells.values())) == (45, count)
    schedule = make(regimen(text), PATIENT)
    assert {row.dosed.value for row in schedule.administrations} == {amount * D("1.8")}


def test_a_regimen_of_which_nothing_is_given_has_an_empty_shape() -> None:
    """An arm may have no doses at all."""
    text = """
        arms: {a: one, b: other}
        doses: [{drug: primumab, amount: 1 mg, route: IV, day: 1, arm: a}]
    """
    outline = of_regimen(regimen(text), "b")
    assert (outline.lanes, outline.turns, outline.first, outline.last) == ((), (), 0, 0)


def test_a_given_dose_is_shown_as_it_was_given() -> None:
    """Dose 1 at 4 million units, dose 2 (of day 1) a day late; what was given is no maximum."""
    outline = recorded(
        NPC,
        n1=Recorded("given", local("2026-12-01T08:30"), D(4_000_000)),
        n2=Recorded("given", local("2026-12-02T07:00")),
    )
    (lane,) = outline.lanes
    assert (lane.cells[0].value, lane.cells[0].administrations) == (D(4_000_000), 1)
    assert (lane.cells[1].value, lane.cells[1].administrations) == (4 * ONE, 4)
    assert lane.at_most == {False, True}
    assert (outline.has_given, any(dose.held for dose in outline.doses)) == (True, False)


def test_a_conditional_dose_that_was_given_is_no_longer_conditional() -> None:
    """A dose that was given depends on nothing; one that was not still does."""
    given_rows = {f"n{number}": Recorded("given") for number in range(31, 46)}
    outline = recorded(NPC, **given_rows)
    assert conditional(outline.lanes[0]) == {64 + day for day in range(6)}
    bound = {(s.name, s.first) for s in outline.turns if s.only_if}
    assert bound == {("cycle", 64)}


def test_a_held_or_stopped_dose_is_left_out() -> None:
    """Doses 3, 4 and 5 are day 2, which is empty. The turn itself is still drawn."""
    outline = recorded(
        NPC, n3=Recorded("held"), n4=Recorded("stopped"), n5=Recorded("held"), n6=Recorded("due")
    )
    assert days(outline.lanes[0])[:5] == [0, 2, 3, 4, 5]
    assert turns(outline) == turns(of_schedule(NPC))
    assert (outline.has_given, any(dose.held for dose in outline.doses)) == (False, True)


def test_a_turn_that_was_stopped_before_it_began_is_not_drawn() -> None:
    """After the first course nothing comes: the picture ends on day 18."""
    ended = {f"n{number}": Recorded("stopped") for number in range(31, 61)}
    outline = recorded(NPC, **ended)
    assert [s.first for s in outline.turns] == [0, 0, 12]
    assert (outline.first, outline.last) == (0, 17)


def test_a_record_without_dates_keeps_the_planned_days() -> None:
    """There is nothing to count from."""
    undated = replace(NPC, start=None)
    outline = recorded(undated, n1=Recorded("given", local("2030-01-01T08:00")))
    assert (outline.first, outline.last, outline.origin) == (0, 69, None)


def test_a_picture_reaches_to_the_last_day_on_which_an_infusion_runs() -> None:
    """Over 120 hours from 08:00 of day 1: until 08:00 of day 6."""
    parsed = regimen("doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1, over: 120 hours}]")
    for outline in (of_schedule(make(parsed)), of_regimen(parsed)):
        assert (outline.first, outline.last) == (0, 5)
        assert dict(outline.lanes[0].running) == dict.fromkeys(range(1, 6), False)


def test_an_outline_names_the_assumed_hour_at_which_days_begin() -> None:
    """08:00 [min], where a dose has no clock time of its own; a schedule says its own hour."""
    text = "doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1{}}}]"
    assert of_regimen(regimen(text.format(""))).day_start == 8 * 60
    assert of_regimen(regimen(text.format(", at: 3 times a day"))).day_start == 8 * 60
    assert of_regimen(regimen(text.format(", at: '10:00'"))).day_start is None
    assert of_schedule(make(regimen(text.format("")))).day_start is None


@SMALL
@given(bodies())
def test_every_administration_is_in_its_column(body: Data) -> None:
    """Worked out a second time from the plain data: as many of each drug on each day and week."""
    rows = plan(body)
    for outline in (of_schedule(make(regimen(body), PATIENT)), of_regimen(regimen(body))):
        counted = Counter[tuple[str, int]]()
        for lane in outline.lanes:
            for at, cell in lane.cells.items():
                counted[lane.drug, at] += cell.administrations
        assert counted == Counter((row.drug, row.minute // 1440) for row in rows)
        assert outline.first == min([s.first for s in outline.turns] + [at for _, at in counted])
        running = [at for lane in outline.lanes for at in lane.running]
        ends = [s.last for s in outline.turns] + [at for _, at in counted] + running
        assert outline.last == max(ends)
    by_week = of_schedule(make(regimen(body), PATIENT)).in_weeks()
    weeks = Counter((row.drug, row.minute // (7 * 1440)) for row in rows)
    for lane in by_week.lanes:
        for at, cell in lane.cells.items():
            weeks[lane.drug, at] -= cell.administrations
    assert not +weeks
    assert not -weeks


@SMALL
@given(bodies())
def test_a_turn_is_bound_by_what_binds_every_dose_in_it(body: Data) -> None:
    """A condition of a turn is one of every administration within it."""
    schedule = make(regimen(body), PATIENT)
    by_place: dict[tuple[str, int], TurnSpan] = {
        (s.path, s.first): s for s in of_schedule(schedule).turns
    }
    for row in schedule.administrations:
        for turn in row.turn.chain():
            stretch = by_place[turn.block.path, turn.start]
            assert set(stretch.only_if) <= set(row.only_if)
            assert stretch.last - stretch.first + 1 == turn.length


BERLIN = ZoneInfo("Europe/Berlin")
TEXT = "doses: [{{drug: primumab, amount: 12 mg{day}, route: IV, day: 1, {rest}}}]"


def scheduled(rest: str, start: date | None = None, zone: ZoneInfo | None = None) -> Schedule:
    return make(regimen(TEXT.format(day="", rest=rest)), start=start, zone=zone)


def first(schedule: Schedule) -> LaneDose:
    return of_administration(schedule.administrations[0], schedule)


@pytest.mark.parametrize(
    ("rest", "later"),
    [
        ("over: 120 hours", 5),  # 08:00 + 5 x 24 h = 08:00 of day 6
        ("over: 96 to 120 hours", 5),  # the longest
        ("over: 24 hours", 1),
        ("over: 16 hours", 0),  # until 24:00: nothing is left for the next day
        ("over: 961 minutes", 1),  # until 00:01
        ("over: 30 minutes, at: '23:30'", 0),
        ("over: 31 minutes, at: '23:30'", 1),
        ("at: '23:30'", 0),
    ],
)
def test_an_infusion_runs_until_its_last_minute_from_its_own_start(rest: str, later: int) -> None:
    """With a date, without one, and without a patient; its length is written as in the file."""
    parsed = regimen(TEXT.format(day="", rest=rest))
    (slot,) = timing.expand(parsed).slots
    for drawn in (
        first(scheduled(rest)),
        first(scheduled(rest, date(2026, 12, 1))),
        first(scheduled(rest, date(2026, 12, 1), BERLIN)),
        of_slot(slot, None),
    ):
        assert (drawn.day, drawn.more_days, drawn.columns(1)[-1]) == (0, later, later)
        length = rest.partition(",")[0]
        assert drawn.over == (length.removeprefix("over: ") if "over" in length else "")


def test_an_infusion_lasts_elapsed_time_also_where_clocks_change() -> None:
    """24 h from 00:30 of 2026-10-25, a day of 25 h: until 23:30 of it; 00:30 without a zone."""
    rest = "over: 24 hours, at: '00:30'"
    assert first(scheduled(rest, date(2026, 10, 25), BERLIN)).more_days == 0
    assert first(scheduled(rest, date(2026, 10, 25))).more_days == 1


def test_an_infusion_beyond_the_calendar_is_counted_by_the_clock() -> None:
    """48 h from 08:00 of the last day of year 9999 reach into the second day after it."""
    schedule = scheduled("over: 48 hours", date(2026, 12, 1), BERLIN)
    (row,) = schedule.administrations
    late = replace(row, when=datetime(9999, 12, 31, 8, tzinfo=UTC))
    assert of_administration(late, schedule).more_days == 2


def test_an_infusion_that_was_given_runs_from_when_it_was() -> None:
    """24 h, planned for 08:00 of day 1 and begun at 00:00 of day 2: until the end of day 2."""
    schedule = scheduled("over: 24 hours", date(2026, 12, 1))
    start = datetime.fromisoformat("2026-12-02T00:00")
    given = replace(schedule, recorded={1: Recorded("given", start)})
    assert (first(given).day, first(given).columns(1)) == (1, range(1, 2))
    at_once = replace(schedule, recorded={1: Recorded("given", None, D(9))})
    assert (first(at_once).day, first(at_once).columns(1)) == (0, range(2))
    assert first(at_once).amount.value == 9


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - {"given"}))
def test_a_held_or_stopped_dose_is_not_given(state: State) -> None:
    """What is only planned is drawn as before."""
    schedule = scheduled("only_if: need")
    became = first(replace(schedule, recorded={1: Recorded(state)}))
    assert became == first(schedule)._replace(held=state in ("held", "stopped"))
    assert became.only_if == ("need",)


def test_a_share_of_a_days_amount_has_that_amount() -> None:
    """12 mg a day in three parts are 4 mg each."""
    parsed = regimen(TEXT.format(day="/day", rest="at: 3 times a day"))
    amounts = [of_slot(slot, None).amount for slot in timing.expand(parsed).slots]
    assert [(amount.value, amount.per_day) for amount in amounts] == [(D(4), False)] * 3


TURN = Turn(Block("cycle", "cycle"), 1, 0, 21, 21, None)


def part(drug: str, amount: str, day: int, *only_if: str, most: bool = False) -> LaneDose:
    return LaneDose(drug, quantity(amount), day, TURN, most, only_if)


def by_day(*parts: LaneDose) -> list[Lane]:
    return list(lanes(parts, 1))


def test_the_doses_of_a_column_add_up() -> None:
    """5 mg + 7 mg on one day are 12 mg in two administrations; another drug has its own lane."""
    one, other = by_day(
        part("primumab", "5 mg", 0), part("secumab", "1 mg", 0), part("primumab", "7 mg", 0)
    )
    assert (one.drug, one.unit, one.basis) == ("primumab", "mg", None)
    assert [(at, cell.value, cell.administrations) for at, cell in one.cells.items()] == [
        (0, D(12), 2)
    ]
    assert (other.drug, other.cells[0].value) == ("secumab", D(1))


def test_columns_are_as_wide_as_the_caller_says() -> None:
    """Days 1, 7 and 8 in weeks: two doses in the first, one in the second."""
    days_lanes = list(lanes([part("primumab", "5 mg", day) for day in (0, 6, 7)], 7))
    assert {at: cell.value for at, cell in days_lanes[0].cells.items()} == {0: D(10), 1: D(5)}


def test_amounts_in_two_units_of_one_kind_are_added_in_the_first() -> None:
    """0.5 g + 250 mg = 0.75 g."""
    (lane,) = by_day(part("primumab", "0.5 g", 0), part("primumab", "250 mg", 0))
    assert (lane.unit, lane.cells[0].value) == ("g", D("0.75"))


def test_amounts_that_cannot_be_added_have_lanes_of_their_own() -> None:
    """5 mg, 5 mg/m2, 5 mg/kg, 5 IU and a target AUC are five things."""
    amounts = ("5 mg", "5 mg/m2", "5 mg/kg", "5 IU", "5 AUC")
    all_lanes = by_day(*(part("primumab", amount, 0) for amount in amounts))
    kinds = [("mg", None), ("mg", "m2"), ("mg", "kg"), ("IU", None), ("AUC", None)]
    assert [(lane.unit, lane.basis) for lane in all_lanes] == kinds
    assert {lane.cells[0].value for lane in all_lanes} == {D(5)}


def test_up_to_three_sizes_of_dose_are_kept_exactly() -> None:
    """1, 3 and 8 mg are three sizes, each with its amount."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", day) for day, k in enumerate((8, 1, 3, 1))))
    assert values(lane) == [[1], [3], [8]]
    assert marks(lane) == [3, 1, 2, 1]
    assert {cell.mark.sizes for cell in lane.cells.values()} == {3}


def test_more_sizes_are_grouped_in_thirds_of_the_largest() -> None:
    """Of 12 mg: up to 4, up to 8, up to 12; 1, 2, 3, 4 | 5, 7, 8 | 11, 12."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", k) for k in (1, 2, 3, 4, 5, 7, 8, 11, 12)))
    assert values(lane) == [[1, 2, 3, 4], [5, 7, 8], [11, 12]]
    assert marks(lane) == [1, 1, 1, 1, 2, 2, 2, 3, 3]


def test_thirds_without_a_finite_decimal_are_kept_apart_exactly() -> None:
    """A third of 10 mg is between 3.333 and 3.334; its double between 6.666 and 6.667."""
    amounts = ("3.333", "3.334", "6.666", "6.667", "10")
    (lane,) = by_day(*(part("primumab", f"{k} mg", day) for day, k in enumerate(amounts)))
    assert marks(lane) == [1, 2, 2, 3, 3]


def test_a_third_without_a_dose_is_no_size() -> None:
    """1, 2, 3, 4 and 16 mg: thirds of 16 mg end at 5.33, 10.67 and 16; that between is empty."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", k) for k in (1, 2, 3, 4, 16)))
    assert values(lane) == [[1, 2, 3, 4], [16]]
    assert marks(lane) == [1, 1, 1, 1, 2]
    assert {cell.mark.sizes for cell in lane.cells.values()} == {2}


def test_a_cell_says_how_many_administrations_make_it_up() -> None:
    """10 mg are two doses of 5 mg on one day and one of 10 mg on another."""
    parts = [part("primumab", "5 mg", 0), part("primumab", "5 mg", 0), part("primumab", "10 mg", 1)]
    ((size,),) = (lane.sizes() for lane in by_day(*parts))
    assert [cell.administrations for cell in size] == [2, 1]


def test_a_conditional_dose_in_the_column_of_a_firm_one_has_its_own_lane() -> None:
    """On day 2, 5 of 10 mg are given only if the first was tolerated."""
    firm, bound = by_day(
        part("primumab", "10 mg", 0),
        part("primumab", "5 mg", 1),
        part("primumab", "5 mg", 1, "tolerated"),
        part("primumab", "2 mg", 2, "tolerated", "response"),
    )
    assert {at: cell.value for at, cell in firm.cells.items()} == {0: 10, 1: 5}
    assert {at: cell.value for at, cell in bound.cells.items()} == {1: 5, 2: 2}
    assert (conditional(firm), conditional(bound)) == (set(), {1, 2})
    assert (firm.split, bound.split) == (False, True)
    assert (firm.only_if, bound.only_if) == ((), ("tolerated", "response"))
    assert (marks(firm), marks(bound)) == ([3, 2], [2, 1])  # one scale for both


def test_doses_that_share_no_column_share_a_lane() -> None:
    """A firm dose on day 1 and a conditional one on day 2 are seen beside each other."""
    (lane,) = by_day(part("primumab", "5 mg", 0), part("primumab", "5 mg", 1, "tolerated"))
    assert (conditional(lane), lane.split) == ({1}, False)
    held_part = part("primumab", "5 mg", 0, "tolerated")._replace(held=True)
    assert len(by_day(part("primumab", "5 mg", 0), held_part)) == 1


def test_a_firm_dose_of_a_week_is_not_made_conditional_by_another() -> None:
    """10 mg firm on day 1, 4 mg on day 5 if tolerated; the week after only what is conditional."""
    parts = [part("primumab", "10 mg", 0), part("primumab", "4 mg", 4, "tolerated")]
    firm, bound = lanes([*parts, part("primumab", "14 mg", 8, "tolerated")], 7)
    assert {at: cell.value for at, cell in firm.cells.items()} == {0: 10}
    assert {at: cell.value for at, cell in bound.cells.items()} == {0: 4, 1: 14}
    assert (conditional(firm), conditional(bound)) == (set(), {0, 1})


def infusion(day: int, later: int, over: str, *only_if: str) -> LaneDose:
    return part("primumab", "5 mg", day, *only_if)._replace(more_days=later, over=over)


def test_an_infusion_runs_on_in_the_columns_after_its_own() -> None:
    """Begun on day 1 and on until day 6; in weeks it ends in the one in which it began."""
    parts = [infusion(0, 5, "120 hours"), infusion(10, 5, "120 hours", "response")]
    (daily,) = by_day(*parts)
    assert list(daily.cells) == [0, 10]
    firm, conditional = dict.fromkeys(range(1, 6), False), dict.fromkeys(range(11, 16), True)
    assert daily.running == {**firm, **conditional}
    assert {cell.over for cell in daily.cells.values()} == {("120 hours",)}
    (weekly,) = lanes(parts, 7)
    assert list(weekly.cells) == [0, 1]
    assert weekly.running == {2: True}
    assert [cell.over for cell in weekly.cells.values()] == [("",), ("120 hours",)]


def test_a_conditional_infusion_is_kept_apart_from_a_firm_one() -> None:
    """Two infusions over days 1 and 2, one of them conditional; on day 3 that one alone."""
    firm, bound = by_day(infusion(0, 1, "24 hours"), infusion(0, 2, "48 hours", "response"))
    assert (firm.running, bound.running) == ({1: False}, {1: True, 2: True})
    overs = [cell.over for lane in (firm, bound) for cell in lane.cells.values()]
    assert overs == [("24 hours",), ("48 hours",)]
    firm, bound = by_day(infusion(0, 1, "24 hours"), part("primumab", "5 mg", 1, "response"))
    assert (firm.running, list(bound.cells)) == ({1: False}, [1])


def test_the_lengths_of_all_infusions_of_a_column_are_kept() -> None:
    """One over 24 hours and one over 48."""
    (lane,) = by_day(infusion(0, 1, "24 hours"), infusion(0, 2, "48 hours"))
    assert lane.cells[0].over == ("24 hours", "48 hours")
    assert lane.running == {1: False, 2: False}


def test_a_held_infusion_is_drawn_nowhere() -> None:
    """None of it was given."""
    (lane,) = by_day(infusion(0, 5, "120 hours")._replace(held=True))
    assert (lane.cells, lane.running) == ({}, {})


def test_a_lane_says_which_of_its_doses_are_a_maximum() -> None:
    """All, some or none of them."""
    firm, most = part("primumab", "5 mg", 0), part("primumab", "5 mg", 1, most=True)
    assert [by_day(*parts)[0].at_most for parts in ([most], [firm, most], [firm])] == [
        {True},
        {False, True},
        {False},
    ]


def test_a_drug_that_was_held_throughout_keeps_an_empty_lane() -> None:
    """The picture shows that nothing of it was given."""
    (lane,) = by_day(part("primumab", "5 mg", 0, "response", most=True)._replace(held=True))
    assert (lane.drug, lane.cells, lane.sizes()) == ("primumab", {}, [])
    assert (lane.at_most, lane.only_if) == (frozenset(), ())


PARTS = st.lists(
    st.builds(
        lambda amount, day, only_if: part("primumab", f"{amount} mg", day, *only_if),
        st.integers(1, 30),
        st.integers(-20, 20),
        st.sampled_from([(), ("response",)]),
    ),
    min_size=1,
)


@given(PARTS)
def test_nothing_is_lost_and_every_column_is_within_its_size(parts: list[LaneDose]) -> None:
    """Columns add up to the doses, firm and conditional ones apart; sizes keep their order."""
    all_lanes = by_day(*parts)
    cells = [cell for lane in all_lanes for cell in lane.cells.values()]
    assert sum(cell.value for cell in cells) == sum(part.amount.value for part in parts)
    assert sum(cell.administrations for cell in cells) == len(parts)
    for kind in (False, True):
        days = {part.day for part in parts if bool(part.only_if) is kind}
        columns = [
            at for lane in all_lanes for at in lane.cells if (at in conditional(lane)) is kind
        ]
        assert sorted(columns) == sorted(days)
    assert all(list(lane.cells) == sorted(lane.cells) for lane in all_lanes)
    assert len(all_lanes) == 1 or all_lanes[0].cells.keys() & all_lanes[1].cells.keys()
    by_size = {
        size: {cell.value for cell in cells if cell.mark.size == size}
        for size in {cell.mark.size for cell in cells}
    }
    assert sorted(by_size) == list(range(1, len(by_size) + 1))
    assert {cell.mark.sizes for cell in cells} == {len(by_size)}
    assert all(max(by_size[k]) < min(by_size[k + 1]) for k in range(1, len(by_size)))
    largest, sizes = max(cell.value for cell in cells), {cell.value for cell in cells}
    if len(sizes) <= 3:
        assert all(len(amounts) == 1 for amounts in by_size.values())
    else:
        thirds = [
            {-(-int(value) * 3 // int(largest)) for value in amounts}
            for amounts in by_size.values()
        ]
        assert all(len(third) == 1 for third in thirds)
