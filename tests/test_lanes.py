"""What a picture knows of one administration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.model.regimen import Block
from il2calc.picture.lanes import Lane, Part, height, lanes, of_administration, of_slot
from il2calc.plan import timing
from il2calc.plan.administration import Recorded, State
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Schedule, make
from il2calc.units import EXACT, quantity
from written import regimen

D = Decimal
BERLIN = ZoneInfo("Europe/Berlin")
TEXT = "doses: [{{drug: primumab, amount: 12 mg{day}, route: IV, day: 1, {rest}}}]"


def scheduled(rest: str, start: date | None = None, zone: ZoneInfo | None = None) -> Schedule:
    return make(regimen(TEXT.format(day="", rest=rest)), start=start, zone=zone)


def first(schedule: Schedule) -> Part:
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
    """With a date, without one, and without a patient; its length is told as the file has it."""
    read = regimen(TEXT.format(day="", rest=rest))
    (slot,) = timing.expand(read).slots
    for each in (
        first(scheduled(rest)),
        first(scheduled(rest, date(2026, 12, 1))),
        first(scheduled(rest, date(2026, 12, 1), BERLIN)),
        of_slot(slot, None),
    ):
        assert (each.day, each.later, each.last) == (0, later, later)
        told = rest.partition(",")[0]
        assert each.over == (told.removeprefix("over: ") if "over" in told else "")


def test_an_infusion_lasts_elapsed_time_also_where_clocks_change() -> None:
    """24 h from 00:30 of 2026-10-25, a day of 25 h: until 23:30 of it; 00:30 without a zone."""
    rest = "over: 24 hours, at: '00:30'"
    assert first(scheduled(rest, date(2026, 10, 25), BERLIN)).later == 0
    assert first(scheduled(rest, date(2026, 10, 25))).later == 1


def test_an_infusion_beyond_the_calendar_is_counted_by_the_clock() -> None:
    """48 h from 08:00 of the last day of year 9999 reach into the second day after it."""
    made = scheduled("over: 48 hours", date(2026, 12, 1), BERLIN)
    (row,) = made.administrations
    late = replace(row, when=datetime(9999, 12, 31, 8, tzinfo=UTC))
    assert of_administration(late, made).later == 2


def test_an_infusion_that_was_given_runs_from_when_it_was() -> None:
    """24 h, planned for 08:00 of day 1 and begun at 00:00 of day 2: until the end of day 2."""
    made = scheduled("over: 24 hours", date(2026, 12, 1))
    begun = datetime.fromisoformat("2026-12-02T00:00")
    given = replace(made, recorded={1: Recorded("given", begun)})
    assert (first(given).day, first(given).last) == (1, 1)
    at_once = replace(made, recorded={1: Recorded("given", None, D(9))})
    assert (first(at_once).day, first(at_once).last) == (0, 1)
    assert first(at_once).amount.value == 9


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - {"given"}))
def test_what_was_held_or_stopped_is_not_given(state: State) -> None:
    """What is only planned is drawn as before."""
    made = scheduled("only_if: need")
    became = first(replace(made, recorded={1: Recorded(state)}))
    assert became == first(made)._replace(held=state in ("held", "stopped"))
    assert became.only_if == ("need",)


def test_a_share_of_a_days_amount_has_that_amount() -> None:
    """12 mg a day in three parts are 4 mg each."""
    read = regimen(TEXT.format(day="/day", rest="at: 3 times a day"))
    amounts = [of_slot(slot, None).amount for slot in timing.expand(read).slots]
    assert [(each.value, each.per_day) for each in amounts] == [(D(4), False)] * 3


TURN = Turn(Block("cycle", "cycle"), 1, 0, 21, 21, None)


def part(drug: str, amount: str, day: int, *only_if: str, most: bool = False) -> Part:
    return Part(drug, quantity(amount), day, TURN, most, only_if)


def by_day(*parts: Part) -> list[Lane]:
    return lanes(parts, lambda day: day)


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


def test_columns_are_what_the_caller_says() -> None:
    """Days 1, 7 and 8 in weeks: two doses in the first, one in the second."""
    found = lanes([part("primumab", "5 mg", day) for day in (0, 6, 7)], lambda day: day // 7)
    assert {at: cell.value for at, cell in found[0].cells.items()} == {0: D(10), 1: D(5)}


def test_amounts_in_two_units_of_one_kind_are_added_in_the_first() -> None:
    """0.5 g + 250 mg = 0.75 g."""
    (lane,) = by_day(part("primumab", "0.5 g", 0), part("primumab", "250 mg", 0))
    assert (lane.unit, lane.cells[0].value) == ("g", D("0.75"))


def test_amounts_that_cannot_be_added_have_lanes_of_their_own() -> None:
    """5 mg, 5 mg/m2, 5 mg/kg, 5 IU and a target AUC are five things."""
    amounts = ("5 mg", "5 mg/m2", "5 mg/kg", "5 IU", "5 AUC")
    found = by_day(*(part("primumab", amount, 0) for amount in amounts))
    kinds = [("mg", None), ("mg", "m2"), ("mg", "kg"), ("IU", None), ("AUC", None)]
    assert [(lane.unit, lane.basis) for lane in found] == kinds
    assert {lane.cells[0].value for lane in found} == {D(5)}


def test_up_to_four_sizes_of_dose_are_told_apart_exactly() -> None:
    """1, 2, 3 and 8 mg are four levels, each with its amount."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", day) for day, k in enumerate((8, 1, 3, 2, 1))))
    assert [(level.low, level.high) for level in lane.levels] == [
        (None, D(1)),
        (None, D(2)),
        (None, D(3)),
        (None, D(8)),
    ]
    assert [cell.level for cell in lane.cells.values()] == [3, 0, 2, 1, 0]


def test_more_sizes_are_told_apart_in_quarters_of_the_largest() -> None:
    """Of 12 mg: up to 3, up to 6, up to 9, up to 12; 1, 2, 3 | 4, 5 | 7, 8 | 11, 12."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", k) for k in (1, 2, 3, 4, 5, 7, 8, 11, 12)))
    assert [(level.low, level.high) for level in lane.levels] == [
        (D(0), D(3)),
        (D(3), D(6)),
        (D(6), D(9)),
        (D(9), D(12)),
    ]
    assert [cell.level for cell in lane.cells.values()] == [0, 0, 0, 1, 1, 2, 2, 3, 3]


def test_a_quarter_that_holds_one_size_is_told_as_that_size() -> None:
    """Quarters of 22 mg end at 5.5, 11, 16.5 and 22; 2, 4 | 7, 7 | 12, 15 | 22."""
    amounts = (2, 4, 7, 7, 12, 15, 22)
    (lane,) = by_day(*(part("primumab", f"{k} mg", day) for day, k in enumerate(amounts)))
    assert [(level.low, level.high) for level in lane.levels] == [
        (D(0), D("5.5")),
        (None, D(7)),
        (D(11), D("16.5")),
        (None, D(22)),
    ]
    assert [cell.level for cell in lane.cells.values()] == [0, 0, 1, 1, 2, 2, 3]


def test_a_quarter_in_which_no_dose_lies_is_no_level() -> None:
    """1, 2, 3, 4 and 16 mg: quarters of 16 mg end at 4, 8, 12 and 16, and two of them are empty."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", k) for k in (1, 2, 3, 4, 16)))
    assert [(level.low, level.high) for level in lane.levels] == [(D(0), D(4)), (None, D(16))]
    assert [cell.level for cell in lane.cells.values()] == [0, 0, 0, 0, 1]


def test_a_level_tells_how_many_administrations_make_it_up() -> None:
    """10 mg are two doses of 5 mg on one day and one of 10 mg on another."""
    parts = [part("primumab", "5 mg", 0), part("primumab", "5 mg", 0), part("primumab", "10 mg", 1)]
    ((level,),) = (lane.levels for lane in by_day(*parts))
    assert (level.fewest, level.most) == (1, 2)


def test_what_depends_on_a_condition_is_counted_apart() -> None:
    """On day 2, 5 of 10 mg are given only if the first was tolerated."""
    (lane,) = by_day(
        part("primumab", "10 mg", 0),
        part("primumab", "5 mg", 1),
        part("primumab", "5 mg", 1, "tolerated"),
        part("primumab", "2 mg", 2, "tolerated", "response"),
    )
    assert [cell.conditional for cell in lane.cells.values()] == [D(0), D(5), D(2)]
    assert [cell.kind for cell in lane.cells.values()] == ["firm", "mixed", "conditional"]
    assert [({*level.kinds}, level.share) for level in lane.levels] == [
        ({"conditional"}, None),
        ({"firm", "mixed"}, (D(5), D(5))),
    ]
    assert lane.only_if == ("tolerated", "response")


def test_a_firm_dose_of_a_week_is_not_made_conditional_by_another() -> None:
    """10 mg firm on day 1, 4 mg on day 5 if tolerated; the week after only what is conditional."""
    parts = [part("primumab", "10 mg", 0), part("primumab", "4 mg", 4, "tolerated")]
    (lane,) = lanes([*parts, part("primumab", "14 mg", 8, "tolerated")], lambda day: day // 7)
    assert [cell.kind for cell in lane.cells.values()] == ["mixed", "conditional"]
    (level,) = lane.levels
    assert ({*level.kinds}, level.share) == ({"mixed", "conditional"}, (D(4), D(4)))


def infusion(day: int, later: int, over: str, *only_if: str) -> Part:
    return part("primumab", "5 mg", day, *only_if)._replace(later=later, over=over)


def test_an_infusion_runs_on_in_the_columns_after_its_own() -> None:
    """Begun on day 1 and on until day 6; in weeks it ends in the one in which it began."""
    parts = [infusion(0, 5, "120 hours"), infusion(10, 5, "120 hours", "response")]
    (daily,) = by_day(*parts)
    assert list(daily.cells) == [0, 10]
    firm, conditional = dict.fromkeys(range(1, 6), False), dict.fromkeys(range(11, 16), True)
    assert daily.running == {**firm, **conditional}
    assert daily.levels[0].over == ("120 hours",)
    (weekly,) = lanes(parts, lambda day: day // 7)
    assert list(weekly.cells) == [0, 1]
    assert weekly.running == {2: True}
    assert [cell.over for cell in weekly.cells.values()] == [("",), ("120 hours",)]


def test_what_runs_on_is_firm_where_any_of_it_is() -> None:
    """Two infusions over days 2 and 3, one of them conditional; on day 3 that one alone."""
    (lane,) = by_day(infusion(0, 1, "24 hours"), infusion(0, 2, "48 hours", "response"))
    assert lane.running == {1: False, 2: True}
    assert lane.levels[0].over == ("24 hours", "48 hours")


def test_an_infusion_that_was_held_runs_on_nowhere() -> None:
    """Nothing of it was begun."""
    (lane,) = by_day(infusion(0, 5, "120 hours")._replace(held=True))
    assert (lane.cells, lane.running) == ({}, {})


def test_an_amount_between_two_sizes_stands_between_their_heights() -> None:
    """Sizes of 2, 6 and 16 mg are 1, 2 and 3 levels; 4 lies halfway from 2 to 6, 1 from 0 to 2."""
    (lane,) = by_day(*(part("primumab", f"{k} mg", k) for k in (2, 6, 16)))
    told = {k: height(lane.levels, D(k)) for k in (1, 2, 4, 6, 11, 16)}
    assert told == {1: D("0.5"), 2: D(1), 4: D("1.5"), 6: D(2), 11: D("2.5"), 16: D(3)}


def test_a_lane_says_which_of_its_doses_are_a_maximum() -> None:
    """All, some or none of them."""
    firm, most = part("primumab", "5 mg", 0), part("primumab", "5 mg", 1, most=True)
    assert [by_day(*each)[0].at_most for each in ([most], [firm, most], [firm])] == [
        "all",
        "some",
        "none",
    ]


def test_a_drug_that_was_held_throughout_keeps_an_empty_lane() -> None:
    """That nothing of it was given is to be seen."""
    (lane,) = by_day(part("primumab", "5 mg", 0, "response", most=True)._replace(held=True))
    assert (lane.drug, lane.cells, lane.levels) == ("primumab", {}, ())
    assert (lane.at_most, lane.only_if) == ("none", ())


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
def test_nothing_is_lost_and_every_column_lies_within_its_level(parts: list[Part]) -> None:
    """Columns add up to the doses; a level holds exactly the columns between its limits."""
    (lane,) = by_day(*parts)
    cells = lane.cells.values()
    assert sum(cell.value for cell in cells) == sum(each.amount.value for each in parts)
    assert sum(cell.administrations for cell in cells) == len(parts)
    assert list(lane.cells) == sorted({each.day for each in parts})
    assert {cell.level for cell in cells} == set(range(len(lane.levels)))
    sizes = {cell.value for cell in cells}
    for cell in cells:
        level = lane.levels[cell.level]
        assert cell.value <= level.high
        alone = len({each.value for each in cells if each.level == cell.level}) == 1
        assert alone is (level.low is None)
        assert not alone or cell.value == level.high
        assert level.low is None or cell.value > level.low
        assert len(sizes) > 4 or cell.value == level.high
    if len(sizes) > 4:
        quarter = EXACT.divide(max(sizes), D(4))
        ends = {quarter * k for k in (1, 2, 3, 4)}
        assert all(level.high in ends for level in lane.levels if level.low is not None)
