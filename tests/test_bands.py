"""How a picture is laid out: bands of columns, the turns over them and the days under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc import language
from il2calc.model.patient import Patient
from il2calc.picture.bands import MOST_BANDS, Band, Bar, Layout, Pen, bands_of, drawn_count
from il2calc.picture.outline import Column, Outline, of_regimen, of_schedule
from il2calc.plan.schedule import make
from written import SMALL, Data, bodies, regimen

NPC = of_regimen(language.load("npc-bolus"))
"""Courses on days 1 to 17 and 53 to 69, the second conditional; their last doses a day later."""

IMP321 = of_regimen(language.load("imp321"), "6.25-mg")
"""Six cycles of 28 days."""


def break_points(
    outline: Outline, room: int | None, *, split: bool = True
) -> list[tuple[int, ...]]:
    return [(band.first, band.last) for band in bands_of(outline, room, split=split)]


def laid_out(
    outline: Outline,
    room: int | None,
    *,
    widths: Sequence[int] = (1,),
    day_widths: Sequence[int] = (1,),
    number: int = 0,
) -> Layout:
    """A picture in letters, each of which is as wide as a column at the narrowest."""
    return Layout(outline, Pen(room, widths, day_widths, len, 0, number, 1))


def of_text(text: str) -> Outline:
    return of_regimen(regimen(text))


def test_bands_end_between_turns() -> None:
    """Of cycles of 28 days, two go into 56 to 83 columns, three into 84."""
    two = [(0, 55), (56, 111), (112, 167)]
    assert break_points(IMP321, 56) == two
    assert break_points(IMP321, 83) == two
    assert break_points(IMP321, 84) == [(0, 83), (84, 167)]
    assert break_points(IMP321, 168) == break_points(IMP321, None) == [(0, 167)]


def test_a_turn_wider_than_a_band_is_broken_where_it_must_be() -> None:
    """28 days in 20 columns: eight go on below, and the next cycle does not join them."""
    assert break_points(IMP321, 20)[:4] == [(0, 19), (20, 27), (28, 47), (48, 55)]


def test_a_turn_too_wide_is_broken_between_the_turns_within() -> None:
    """A course of 17 days in 14 columns is broken where its second cycle begins, on day 13."""
    assert break_points(NPC, 14)[:2] == [(0, 11), (12, 17)]


def test_a_block_on_another_condition_begins_a_band() -> None:
    """The second course, though 70 columns would hold both; unless it is asked not to."""
    assert break_points(NPC, 70) == [(0, 51), (52, 69)]
    assert break_points(NPC, 70, split=False) == [(0, 69)]
    assert break_points(NPC, None) == [(0, 51), (52, 69)]


def test_a_firm_block_after_a_conditional_one_begins_a_band_too() -> None:
    """A firm block after a conditional one would seem conditional beside it."""
    text = """
        blocks:
          - {block: one, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]}
          - block: two
            only_if: response
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]
          - {block: three, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]}
    """
    assert break_points(of_text(text), 80) == [(0, 2), (3, 5), (6, 8)]


def test_no_turn_is_broken_for_a_condition() -> None:
    """Where another block runs beside a conditional one, or all is conditional, nothing is."""
    beside = """
        blocks:
          - {block: one, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 9}]}
          - block: two
            day: 5
            only_if: response
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1 to 9}]
    """
    assert break_points(of_text(beside), 80) == [(0, 12)]
    conditional = beside.replace("{block: one, ", "{block: one, only_if: response, ")
    assert break_points(of_text(conditional), 80) == [(0, 12)]


def test_a_long_rest_that_does_not_fit_is_folded() -> None:
    """34 days after the last dose of course 1, on day 18."""
    assert bands_of(NPC, 51, split=True) == [Band(0, 17), Band(18, 51, folded=True), Band(52, 69)]
    assert bands_of(NPC, 51, split=False) == [Band(0, 17), Band(18, 51, folded=True), Band(52, 69)]
    assert drawn_count(bands_of(NPC, 51, split=True)) == 2


TWO = """
    blocks:
      - block: one
        rest: {rest} days
        doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1 to 10}}]
      - block: two
        doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1 to {last}}}]
"""


def test_a_short_rest_that_does_not_fit_leads_the_next_band() -> None:
    """Up to two weeks; from 15 days on it is folded."""
    assert break_points(of_text(TWO.format(rest=5, last=6)), 12) == [(0, 9), (10, 20)]
    assert break_points(of_text(TWO.format(rest=14, last=9)), 23) == [(0, 9), (10, 32)]
    folded = bands_of(of_text(TWO.format(rest=15, last=8)), 23, split=True)
    assert folded == [Band(0, 9), Band(10, 24, folded=True), Band(25, 32)]


def test_a_short_rest_that_would_break_the_turn_after_it_is_folded() -> None:
    """5 days and a turn of 10 in 12 columns: the turn is drawn whole."""
    bands = bands_of(of_text(TWO.format(rest=5, last=10)), 12, split=True)
    assert bands == [Band(0, 9), Band(10, 14, folded=True), Band(15, 24)]


def test_a_short_rest_that_fits_is_drawn() -> None:
    """10 days and 5 of rest in 20 columns."""
    assert break_points(of_text(TWO.format(rest=5, last=10)), 20) == [(0, 14), (15, 24)]


def test_a_rest_as_wide_as_a_band_is_folded() -> None:
    """8 days of rest in 8 columns leave none for what follows."""
    bands = bands_of(of_text(TWO.format(rest=8, last=3)), 8, split=True)
    assert bands == [Band(0, 7), Band(8, 9), Band(10, 17, folded=True), Band(18, 20)]


def test_days_are_drawn_where_they_take_up_to_four_bands_else_weeks() -> None:
    """168 days in 56 columns are three bands of days, in 28 six: then 24 weeks in one."""
    outline = of_regimen(language.load("imp321"), "6.25-mg")
    by_day, by_week = laid_out(outline, 56), laid_out(outline, 28)
    assert (by_day.outline.column, len(by_day.bands)) == ("day", 3)
    assert (by_week.outline.column, by_week.bands) == ("week", [Band(0, 23)])


def test_more_bands_than_four_are_drawn_where_there_is_no_width() -> None:
    """Five blocks of a day, every other one conditional, and as wide as their numbers need."""
    layout = laid_out(of_regimen(regimen(OTHER)), None, widths=(1, 2))
    assert (layout.outline.column, len(layout.bands), layout.size) == ("day", 5, 1)
    text = "  - {{block: b{0}, {1}repeat: {{times: 2, every: 1 day}}, doses: [{{drug: primumab, "
    text += "amount: 5 mg, route: IV, day: 1}}]}}\n"
    blocks = [text.format(k, "" if k % 2 else "only_if: response, ") for k in range(1, 6)]
    outline = of_regimen(regimen("blocks:\n" + "".join(blocks)))
    assert laid_out(outline, None, widths=(1, 2, 3), number=1).size == 2


BLOCK = "  - {{block: b{0}, {1}doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1}}]}}\n"
OTHER = "blocks:\n" + "".join(
    BLOCK.format(k, "" if k % 2 else "only_if: response, ") for k in range(1, 6)
)


def test_conditions_stay_beside_each_other_where_apart_they_would_take_too_many_bands() -> None:
    """Five blocks of a day, every other one conditional: five bands apart, one together."""
    layout = laid_out(of_regimen(regimen(OTHER)), 20)
    assert (layout.outline.column, layout.bands) == ("day", [Band(0, 4)])
    assert len(bands_of(layout.outline, 20, split=True)) == 5


def test_the_first_width_in_which_days_fit_is_taken() -> None:
    """Three wide, 28 of them fit and take six bands; one wide, 84 fit and take two."""
    outline = of_regimen(language.load("imp321"), "6.25-mg")
    layout = laid_out(outline, 84, widths=(1, 3), day_widths=(3, 1))
    assert (layout.outline.column, len(layout.bands), layout.size) == ("day", 2, 1)


def test_no_width_is_taken_in_which_a_turn_is_broken_where_another_is_left() -> None:
    """42 days of turns of 14 and of 21 beside each other: in 30 columns one of them is broken."""
    outline = of_regimen(regimen(BESIDE))
    assert laid_out(outline, 60, widths=(1, 2), day_widths=(2, 1)).bands == [Band(0, 41)]
    assert len(laid_out(outline, 30).bands) == 2
    assert len(laid_out(outline, 20, widths=(1, 2), day_widths=(2, 1)).bands) == 3


BESIDE = """
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


def test_columns_are_as_wide_as_goes_into_the_same_bands() -> None:
    """90 columns hold 84, and 45 of twice the width only 28: three bands would become six."""
    assert laid_out(IMP321, 90, widths=(1, 2)).size == 1
    wide = laid_out(IMP321, 170, widths=(1, 2))
    assert (wide.size, wide.bands) == (1, bands_of(IMP321, 170, split=True))
    wider = laid_out(IMP321, 336, widths=(1, 2))
    assert (wider.size, wider.bands) == (2, bands_of(IMP321, 168, split=True))


def test_columns_are_not_widened_at_the_price_of_a_fold() -> None:
    """A rest drawn as long as it is says more than wider columns do."""
    layout = laid_out(NPC, 60, widths=(1, 2))
    assert (layout.size, layout.bands) == (1, bands_of(NPC, 60, split=True))


def test_columns_are_widened_where_no_number_could_be_read() -> None:
    """More bands then, but no more than four: a number needs 29 columns, a turn has 28."""
    two = bands_of(IMP321, 84, split=True)
    layout = laid_out(IMP321, 168, widths=(1, 2), number=28)
    assert (layout.size, layout.bands) == (2, two)
    assert len(bands_of(IMP321, 28, split=True)) > MOST_BANDS
    assert laid_out(IMP321, 168, widths=(1, 6), number=28).size == 1


@SMALL
@given(bodies(), st.integers(1, 60), st.booleans())
def test_every_column_is_in_one_band_and_no_band_is_too_wide(
    body: Data, room: int, split: bool
) -> None:
    """In the order of time, without a hole; a folded band shows nothing."""
    in_days = of_regimen(regimen(body))
    for outline in (in_days, in_days.in_weeks()):
        bands = bands_of(outline, room, split=split)
        assert bands[0].first == outline.column_of(outline.first)
        assert bands[-1].last == outline.column_of(outline.last)
        assert all(one.last + 1 == other.first for one, other in pairwise(bands))
        assert all(band.last - band.first < room for band in bands if not band.folded)
        filled = {at for lane in outline.lanes for at in (*lane.cells, *lane.running)}
        for stretch in outline.turns:
            filled |= set(
                range(outline.column_of(stretch.first), outline.column_of(stretch.last) + 1)
            )
        for band in bands:
            assert band.first <= band.last
            inside = filled & set(range(band.first, band.last + 1))
            assert bool(inside) is not band.folded


@SMALL
@given(bodies(), st.integers(1, 60))
def test_bars_cover_every_column_of_a_turn_and_no_other(body: Data, room: int) -> None:
    """However many bands there are: each turn in a band has its bar over its columns."""
    layout = laid_out(of_regimen(regimen(body)), room)
    turns = [layout.outline.span(turn) for turn in layout.outline.turns]
    for band in layout.bands:
        inside = range(band.first, band.last + 1)
        expected = {
            column for column in inside if any(first <= column <= last for first, last in turns)
        }
        bars = [bar for _, row in layout.bars(band) for bar in row]
        assert {
            band.first + column for bar in bars for column in range(bar.first, bar.last + 1)
        } == expected


@SMALL
@given(bodies(), st.sampled_from([None, 5, 20, 60]))
def test_a_day_is_marked_where_none_marked_before_it_is_in_its_way(
    body: Data, room: int | None
) -> None:
    """The first column, turns, then weeks: each in turn where its text, and a gap, has room."""
    layout = laid_out(of_regimen(regimen(body)), room)
    for band in (one for one in layout.bands if not one.folded):
        taken: dict[int, int] = {}
        for column in layout.axis_columns(band):
            end = column + len(max(layout.axis_texts(column)[:2], key=len)) + 1
            inside = room is None or end - band.first <= room + 1
            if inside and all(end <= one or column >= last for one, last in taken.items()):
                taken[column] = end
        _, marked = next(iter(layout.axis_rows(band)))
        assert [band.first + at for at in marked] == sorted(taken)


def test_columns_in_which_an_infusion_runs_on_are_not_folded() -> None:
    """Over 240 hours from 08:00 of day 1: until 08:00 of day 11; the rest until day 61 is."""
    text = """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: 1, over: 240 hours}
          - {drug: primumab, dose: b, amount: 5 mg, route: IV, day: 61}
    """
    assert bands_of(of_regimen(regimen(text)), 20, split=True) == [
        Band(0, 10),
        Band(11, 59, folded=True),
        Band(60, 60),
    ]


@SMALL
@given(bodies(), st.integers(20, 60))
def test_no_turn_that_fits_is_broken_where_none_runs_beside_another(body: Data, room: int) -> None:
    """A stretch no wider than a band is in one band."""
    outline = of_regimen(regimen(body))
    flat = sorted((s.depth, s.first, s.last) for s in outline.turns)
    if any(one[0] == other[0] and one[2] >= other[1] for one, other in pairwise(flat)):
        return
    bands = [band for band in bands_of(outline, room, split=True) if not band.folded]
    for stretch in outline.turns:
        if stretch.last - stretch.first < room:
            homes = [b for b in bands if b.first <= stretch.last and b.last >= stretch.first]
            assert len(homes) == 1, (stretch, bands)


@pytest.mark.parametrize("name", ["npc-bolus", "imp321", "trastuzumab", "imatinib"])
@pytest.mark.parametrize("room", [24, 40, 67, 100, 187])
def test_no_turn_of_the_regimens_that_ship_is_broken_where_it_fits(name: str, room: int) -> None:
    """They have no blocks beside each other."""
    read = language.load(name)
    layout = laid_out(of_regimen(read, next(iter(read.arms), None)), room)
    for first, last in map(layout.outline.span, layout.outline.turns):
        if last - first < room:
            assert any(band.first <= first and last <= band.last for band in layout.bands)


WHOLE = Band(0, 69)


def laid(outline: Outline, room: int | None = None) -> Layout:
    """Texts fit where there are as many columns as letters."""
    return laid_out(outline, room)


def rows(outline: Outline, band: Band, room: int | None = None) -> list[tuple[str, list[Bar]]]:
    """The rows of bars of a band."""
    return list(laid(outline, room).bars(band))


def texts(bars: list[Bar]) -> list[str]:
    return [bar.text for bar in bars]


def spans(bars: list[Bar]) -> list[tuple[int, int, str]]:
    return [(bar.first, bar.last, bar.text) for bar in bars]


def outlined(text: str, column: Column = "day") -> Outline:
    outline = of_regimen(regimen(text))
    return outline if column == "day" else outline.in_weeks()


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
    assert courses == ("", [Bar(0, 29, "course 1", False), Bar(30, 59, "course 2", False)])
    assert (cycles[0], texts(cycles[1])) == ("", ["cycle 1", "cycle 2", "cycle 3"] * 2)


def test_turns_bear_their_numbers_where_names_do_not_fit() -> None:
    """Five days are too short for `cycle 1`: the row has the name, the bars have the numbers."""
    _, courses, cycles = rows(NPC, WHOLE)
    assert (courses[0], texts(courses[1])) == ("", ["course 1", "course 2"])
    assert cycles[0] == "cycle"
    assert spans(cycles[1]) == [(0, 4, "1"), (12, 16, "2"), (52, 56, "1"), (64, 68, "2")]


def test_a_turn_that_fits_in_one_band_only_is_named_in_none() -> None:
    """A row that changes its manner from band to band would be two."""
    assert laid(outlined(LONG), 10).bands == [Band(0, 9), Band(10, 11)]
    ((name, bars),) = rows(outlined(LONG), Band(0, 9), 10)
    assert (name, texts(bars)) == ("cycle", ["1"])
    ((name, bars),) = rows(outlined(LONG), Band(0, 11))
    assert (name, texts(bars)) == ("", ["cycle 1"])


LONG = """
    blocks:
      - block: cycle
        repeat: {times: 1, every: 12 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
"""


def test_a_turn_that_continues_in_the_next_band_does_not_close() -> None:
    """It opens in the one and closes in the other, under the same text."""
    layout = laid(outlined(LONG), 6)
    assert layout.bands == [Band(0, 5), Band(6, 11)]
    assert [next(layout.bars(band))[1] for band in layout.bands] == [
        [Bar(0, 5, "1", conditional=False, opens=True, closes=False)],
        [Bar(0, 5, "1", conditional=False, opens=False, closes=True)],
    ]


def test_blocks_that_run_beside_each_other_have_a_row_each() -> None:
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
    assert (short[0], texts(short[1])) == ("short", ["1", "2", "3"])
    assert (long[0], texts(long[1])) == ("long", [""])


def test_a_row_without_bars_in_a_band_is_left_out() -> None:
    """Nor does a condition of the second course cover the first."""
    assert [name for name, _ in rows(NPC, Band(0, 51))] == ["", "cycle"]
    assert [name for name, _ in rows(NPC, Band(52, 69))] == ["only if", "", "cycle"]
    assert rows(NPC, Band(20, 50)) == []


def test_a_condition_covers_all_turns_that_it_binds() -> None:
    """One bar over the second course, its cycles and the rest between them; C1 is its mark."""
    only_if, *turns = rows(NPC, WHOLE)
    assert only_if == ("only if", [Bar(52, 68, "C1", conditional=True)])
    assert [bar.conditional for _, bars in turns for bar in bars] == [
        *(False, True),
        *(False, False, True, True),
    ]


def test_turns_that_follow_each_other_share_the_bar_of_their_condition() -> None:
    """Cycles 2 to 24 of the year depend on the same: days 36 to 357."""
    year = of_regimen(language.load("trastuzumab"))
    (only_if, *_) = rows(year, Band(0, 356))
    assert spans(only_if[1]) == [(35, 356, "C1")]


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
    assert spans(one[1]) == [(0, 3, "C2"), (7, 10, "C2")]
    assert spans(other[1]) == [(11, 11, "C3")]


SHORT = """
    blocks:
      - block: cycle
        repeat: {times: 4, every: 5 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
"""


def test_turns_share_a_week_without_covering_each_other() -> None:
    """Days 1-5 | 6-10 | 11-15 | 16-20 in weeks 1-7, 8-14, 15-21: cycles 1 and 2 begin in one."""
    ((_, bars),) = rows(outlined(SHORT, "week"), Band(0, 2))
    assert spans(bars) == [(0, 0, "1"), (1, 1, "3"), (2, 2, "4")]


def test_turns_that_begin_in_one_week_are_conditional_where_all_of_them_are() -> None:
    """Cycle 2 begins on day 6 and depends on a response; its bar, that of cycle 1, does not."""
    text = SHORT.replace("5 days}", "5 days, only_if: response}")
    _, (_, bars) = rows(outlined(text, "week"), Band(0, 2))
    assert [(bar.text, bar.conditional) for bar in bars] == [
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
    assert (one[0], other[0]) == ("a", "b")
    ((_, both),) = rows(outlined(text), Band(0, 11))
    assert texts(both) == ["a", "b"]


def test_a_turn_is_called_by_its_block_and_its_number() -> None:
    """A block given once has no number; nobody needs room for it."""
    six = of_regimen(language.load("imp321"), "6.25-mg")
    assert [turn.title for turn in six.turns[:2]] == ["cycle 1", "cycle 2"]
    once = outlined(BLOCK.format(1, "").replace("  - ", "blocks:\n  - ", 1))
    assert [turn.title for turn in once.turns] == ["b1"]
    assert laid_out(once, 9, widths=(1, 2, 3), number=99).size == 3


@pytest.mark.parametrize(("column", "columns"), [("day", 28), ("week", 4)])
def test_a_number_needs_the_columns_of_its_turn(column: Column, columns: int) -> None:
    """A turn of 28 days is 28 columns wide, or four; its number takes one."""
    six = of_regimen(language.load("imp321"), "6.25-mg")
    six = six if column == "day" else six.in_weeks()
    sizes = [laid_out(six, None, widths=(1, 2), number=k).size for k in (0, 1)]
    assert sizes == [1, 1]
    assert laid_out(six, None, widths=(1, 2), number=columns - 1).size == 1
    assert laid_out(six, None, widths=(1, 2), number=columns).size == 2


def days(layout: Layout, *columns: int) -> list[str]:
    return [layout.axis_texts(column)[0] for column in columns]


def block_days(layout: Layout, *columns: int) -> list[str]:
    return [layout.axis_texts(column)[1] for column in columns]


def dates(layout: Layout, *columns: int) -> list[str]:
    return [layout.axis_texts(column)[2] for column in columns]


def test_the_axis_marks_the_first_column_then_turns_then_weeks() -> None:
    """Days 1 (and 13, 53, 65) where turns begin, then every seventh day after the last of them."""
    layout = laid(NPC)
    assert layout.axis_columns(Band(0, 51)) == [0, 12, 7, 19, 26, 33, 40, 47]
    assert layout.axis_columns(Band(52, 69)) == [52, 64, 59]
    assert days(layout, 0, 12, 52) == ["1", "13", "53"]


def test_outer_turns_are_marked_before_inner_ones() -> None:
    """Where not all numbers fit, those of the outer turns stay."""
    layout = laid(replace(NPC, first=-3))
    assert layout.axis_columns(Band(-3, 69))[:5] == [-3, 0, 52, 12, 64]


def test_weeks_are_marked_every_fourth_and_with_their_first_day() -> None:
    """Cycles of four weeks: days 1, 29, 57 ...; before day 1 there is no day 0."""
    layout = laid(of_regimen(language.load("imp321"), "6.25-mg").in_weeks())
    assert days(layout, *layout.axis_columns(Band(0, 11))) == ["1", "29", "57"]
    daily = laid(of_regimen(language.load("imatinib"), "level-2").in_weeks())
    assert days(daily, -3, -1, 0) == ["-21", "-7", "1"]


def test_days_are_counted_in_their_innermost_turn_too() -> None:
    """Day 36 of the regimen is day 8 of cycle 2; outside the blocks there is no such day."""
    layout = laid(of_regimen(language.load("imp321"), "6.25-mg"))
    assert block_days(layout, 0, 27, 28, 35) == ["1", "28", "1", "8"]
    assert layout.shows_block_days
    assert block_days(laid(NPC), 4, 8, 12, 17) == ["5", "", "1", ""]
    assert block_days(laid(of_regimen(language.load("imatinib"), "level-2")), -21) == [""]


def test_days_of_turns_are_left_out_where_they_add_nothing() -> None:
    """In weeks, in turns of a week or less, in a single turn, and where turns run side by side."""
    assert not laid(of_regimen(language.load("imp321"), "6.25-mg").in_weeks()).shows_block_days
    assert not laid(NPC).shows_block_days
    assert not laid(outlined(LONG)).shows_block_days
    twice = LONG.replace("times: 1", "times: 2")
    assert laid(outlined(twice)).shows_block_days
    assert laid(outlined(twice.replace("12 days", "8 days"))).shows_block_days
    assert not laid(outlined(twice.replace("12 days", "7 days"))).shows_block_days
    assert not laid(outlined(BESIDE)).shows_block_days


def test_columns_have_the_dates_of_their_days() -> None:
    """Day 1 on Thursday 2026-01-29: day 4 on 1 February, day -21 on the 8th of January."""
    schedule = make(
        language.load("imatinib"), Patient(), times={"cycle": 1}, start=date(2026, 1, 29)
    )
    layout, weeks = laid(of_schedule(schedule)), laid(of_schedule(schedule).in_weeks())
    assert dates(layout, 0, 3, -21) == ["2026-01-29", "2026-02-01", "2026-01-08"]
    assert dates(weeks, 0, -3) == ["2026-01-29", "2026-01-08"]
    assert dates(laid(NPC), 0) == [""]


def test_a_column_beyond_the_calendar_has_no_date() -> None:
    """The last turn may end, and the first week may begin, outside the years 1 to 9999."""
    late, early = (laid(replace(NPC, origin=day)) for day in (date(9999, 12, 31), date(1, 1, 1)))
    assert dates(late, 0, 1) == ["9999-12-31", ""]
    assert dates(early, -1, 0) == ["", "0001-01-01"]
