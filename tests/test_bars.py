"""Turns and conditions over the columns of a band, and where its axis is marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from il2calc import language
from il2calc.model.patient import Patient
from il2calc.picture.bands import Band
from il2calc.picture.bars import Axis, Bar, Bars, Row, numbers, turn_name
from il2calc.picture.outline import Column, Outline, of_regimen, of_schedule
from il2calc.plan.schedule import make
from written import regimen

NPC = of_regimen(language.load("npc-bolus"))
WHOLE = Band(0, 69)


def wide(text: str, columns: int) -> bool:
    """Texts fit where there are as many columns as letters."""
    return len(text) <= columns


def rows(outline: Outline, *bands: Band) -> list[Row]:
    """The rows of the first of some bands."""
    return list(Bars(outline, bands, wide).of(bands[0]))


def texts(row: Row) -> list[str]:
    return [bar.text for bar in row.bars]


def outlined(text: str, column: Column = "day") -> Outline:
    return of_regimen(regimen(text), column=column)


def test_turns_bear_their_names_where_these_fit() -> None:
    """`cycle 1` takes seven columns, and a cycle here is ten days long."""
    text = """
        blocks:
          - block: course
            repeat: {times: 2, every: 30 days}
            blocks:
              - block: cycle
                repeat: {times: 3, every: 10 days}
                doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    courses, cycles = rows(outlined(text), Band(0, 59))
    assert (courses.name, cycles.name) == ("", "")
    assert courses.bars == (
        Bar(0, 29, "course 1", True, True, False),
        Bar(30, 59, "course 2", True, True, False),
    )
    assert texts(cycles) == ["cycle 1", "cycle 2", "cycle 3"] * 2


def test_turns_bear_their_numbers_where_names_do_not_fit() -> None:
    """Five days are too short for `cycle 1`: the row has the name, the bars have the numbers."""
    _, courses, cycles = rows(NPC, WHOLE)
    assert (courses.name, texts(courses)) == ("", ["course 1", "course 2"])
    assert (cycles.name, texts(cycles)) == ("cycle", ["1", "2", "1", "2"])
    assert [(bar.first, bar.last) for bar in cycles.bars] == [(0, 4), (12, 16), (52, 56), (64, 68)]


def test_a_turn_that_fits_in_one_band_only_is_named_in_none() -> None:
    """A row that changes its manner from band to band would be two."""
    (row,) = rows(outlined(LONG), Band(0, 9), Band(10, 11))
    assert (row.name, texts(row)) == ("cycle", ["1"])
    (named,) = rows(outlined(LONG), Band(0, 11))
    assert (named.name, texts(named)) == ("", ["cycle 1"])


LONG = """
    blocks:
      - block: cycle
        repeat: {times: 1, every: 12 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
"""


def test_a_turn_that_goes_on_in_the_next_band_does_not_close() -> None:
    """It opens in the one and closes in the other, under the same text."""
    bars = Bars(outlined(LONG), [Band(0, 5), Band(6, 11)], wide)
    assert [next(bars.of(band)).bars for band in (Band(0, 5), Band(6, 11))] == [
        (Bar(0, 5, "1", True, False, False),),
        (Bar(6, 11, "1", False, True, False),),
    ]


def test_blocks_that_lie_beside_each_other_have_a_row_each() -> None:
    """In one row the second would cover the first."""
    text = """
        blocks:
          - block: short
            day: 1
            repeat: {times: 3, every: 14 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
          - block: long
            day: 1
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: [1, 30]}]
    """
    short, long = rows(outlined(text), Band(0, 41))
    assert (short.name, texts(short)) == ("short", ["1", "2", "3"])
    assert (long.name, texts(long)) == ("long", [""])


def test_a_row_without_bars_in_a_band_is_left_out() -> None:
    """Nor does a condition of the second course stand over the first."""
    bars = Bars(NPC, [WHOLE], wide)
    assert [row.name for row in bars.of(Band(0, 51))] == ["", "cycle"]
    assert [row.name for row in bars.of(Band(52, 69))] == ["only if", "", "cycle"]
    assert [row.name for row in bars.of(Band(20, 50))] == []


def test_a_condition_lies_over_all_turns_that_it_binds() -> None:
    """One bar over the second course, its cycles and the rest between them; C1 is its mark."""
    (only_if, *_) = rows(NPC, WHOLE)
    assert only_if == Row("only if", (Bar(52, 68, "C1", True, True, True),))
    _, *turns = rows(NPC, WHOLE)
    assert [bar.conditional for row in turns for bar in row.bars] == [
        *(False, True),
        *(False, False, True, True),
    ]


def test_turns_that_follow_each_other_share_the_bar_of_their_condition() -> None:
    """Cycles 2 to 24 of the year depend on the same: days 36 to 357."""
    year = of_regimen(language.load("trastuzumab"))
    (only_if, *_) = rows(year, Band(0, 356))
    assert [(bar.first, bar.last, bar.text) for bar in only_if.bars] == [(35, 356, "C1")]


def test_each_condition_has_its_row_and_its_number() -> None:
    """C1 binds a dose and no turn, so it has no row; C2 and C3 have one each, apart by the rest."""
    text = """
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1, only_if: need}]
        blocks:
          - block: one
            only_if: response
            repeat: {times: 2, rest: 3 days}
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1 to 4}]
          - block: two
            only_if: progress
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1}]
    """
    outline = outlined(text)
    assert outline.conditions == ("need", "response", "progress")
    one, other, *_ = rows(outline, Band(0, 11))
    assert [(bar.first, bar.last, bar.text) for bar in one.bars] == [(0, 3, "C2"), (7, 10, "C2")]
    assert [(bar.first, bar.last, bar.text) for bar in other.bars] == [(11, 11, "C3")]


SHORT = """
    blocks:
      - block: cycle
        repeat: {times: 4, every: 5 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
"""


def test_turns_share_a_week_without_covering_each_other() -> None:
    """Days 1-5 | 6-10 | 11-15 | 16-20 in weeks 1-7, 8-14, 15-21: cycles 1 and 2 begin in one."""
    (row,) = rows(outlined(SHORT, "week"), Band(0, 2))
    assert [(bar.first, bar.last, bar.text) for bar in row.bars] == [
        (0, 0, "1"),
        (1, 1, "3"),
        (2, 2, "4"),
    ]


def test_turns_that_begin_in_one_week_are_conditional_where_all_of_them_are() -> None:
    """Cycle 2 begins on day 6 and depends on a response; its bar, that of cycle 1, does not."""
    text = SHORT.replace("5 days}", "5 days, only_if: response}")
    _, row = rows(outlined(text, "week"), Band(0, 2))
    assert [(bar.text, bar.conditional) for bar in row.bars] == [
        ("1", False),
        ("3", True),
        ("4", True),
    ]


def test_blocks_that_begin_in_one_week_have_a_row_each() -> None:
    """One name would cover the other."""
    text = """
        blocks:
          - {block: a, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]}
          - {block: b, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 9}]}
    """
    one, other = rows(outlined(text, "week"), Band(0, 1))
    assert (one.name, other.name) == ("a", "b")
    (both,) = rows(outlined(text), Band(0, 11))
    assert texts(both) == ["a", "b"]


def test_the_columns_of_numbers_are_counted() -> None:
    """A turn of 28 days is 28 columns wide, or four; a block given once has no number."""
    six = of_regimen(language.load("imp321"), "6.25-mg")
    assert list(numbers(six)) == [(str(k), 28) for k in range(1, 7)]
    weeks = of_regimen(language.load("imp321"), "6.25-mg", column="week")
    assert list(numbers(weeks)) == [(str(k), 4) for k in range(1, 7)]
    assert [turn_name(s) for s in six.stretches[:2]] == ["cycle 1", "cycle 2"]
    once = of_regimen(language.load("trastuzumab"), None, {"cycle": 1})
    assert [turn_name(s) for s in once.stretches] == ["lead-in", "cycle 1"]
    assert list(numbers(once)) == [("1", 14)]


def test_the_axis_marks_the_first_column_then_turns_then_weeks() -> None:
    """Days 1 (and 13, 53, 65) where turns begin, then every seventh day after the last of them."""
    axis = Axis(NPC)
    assert axis.marks(Band(0, 51)) == [0, 12, 7, 19, 26, 33, 40, 47]
    assert axis.marks(Band(52, 69)) == [52, 64, 59]
    assert [axis.day(at) for at in (0, 12, 52)] == ["1", "13", "53"]


def test_outer_turns_are_marked_before_inner_ones() -> None:
    """Where not all numbers fit, those of the outer turns stay."""
    axis = Axis(replace(NPC, first=-3))
    assert axis.marks(Band(-3, 69))[:5] == [-3, 0, 52, 12, 64]


def test_weeks_are_marked_every_fourth_and_with_their_first_day() -> None:
    """Cycles of four weeks: days 1, 29, 57 ...; before day 1 there is no day 0."""
    axis = Axis(of_regimen(language.load("imp321"), "6.25-mg", column="week"))
    assert [axis.day(at) for at in axis.marks(Band(0, 11))] == ["1", "29", "57"]
    daily = Axis(of_regimen(language.load("imatinib"), "level-2", column="week"))
    assert [daily.day(at) for at in (-3, -1, 0)] == ["-21", "-7", "1"]


def test_days_are_counted_in_their_innermost_turn_too() -> None:
    """Day 36 of the regimen is day 8 of cycle 2; outside the blocks there is no such day."""
    axis = Axis(of_regimen(language.load("imp321"), "6.25-mg"))
    assert [axis.block_day(at) for at in (0, 27, 28, 35)] == ["1", "28", "1", "8"]
    assert axis.counts_blocks()
    assert Axis(NPC).block_day(17) == ""
    assert [Axis(NPC).block_day(at) for at in (4, 8, 12)] == ["5", "", "1"]
    assert Axis(of_regimen(language.load("imatinib"), "level-2")).block_day(-21) == ""


def test_days_of_turns_are_left_out_where_they_tell_nothing_more() -> None:
    """In weeks, in turns of a week or less, in a single turn, and where turns lie side by side."""
    assert not Axis(of_regimen(language.load("imp321"), "6.25-mg", column="week")).counts_blocks()
    assert not Axis(NPC).counts_blocks()
    assert not Axis(outlined(LONG)).counts_blocks()
    assert Axis(outlined(LONG.replace("times: 1", "times: 2"))).counts_blocks()
    beside = """
        blocks:
          - block: short
            day: 1
            repeat: {times: 3, every: 14 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
          - block: long
            day: 1
            repeat: {times: 2, every: 21 days}
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1}]
    """
    assert not Axis(outlined(beside)).counts_blocks()


def test_columns_have_the_dates_of_their_days() -> None:
    """Day 1 on Thursday 2026-01-29: day 4 on 1 February, day -21 on the 8th of January."""
    made = make(language.load("imatinib"), Patient(), times={"cycle": 1}, start=date(2026, 1, 29))
    axis, weeks = Axis(of_schedule(made)), Axis(of_schedule(made, "week"))
    assert [axis.date(at) for at in (0, 3, -21)] == ["2026-01-29", "2026-02-01", "2026-01-08"]
    assert [weeks.date(at) for at in (0, -3)] == ["2026-01-29", "2026-01-08"]
    assert Axis(NPC).date(0) == ""


def test_a_column_beyond_the_calendar_has_no_date() -> None:
    """The last turn may end, and the first week may begin, outside the years 1 to 9999."""
    axis = Axis(replace(NPC, origin=date(9999, 12, 31)))
    assert [axis.date(at) for at in (0, 1)] == ["9999-12-31", ""]
    early = Axis(replace(NPC, origin=date(1, 1, 1)))
    assert [early.date(at) for at in (-1, 0)] == ["", "0001-01-01"]
