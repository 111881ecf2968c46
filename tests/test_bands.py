"""How the columns of a picture are broken into bands."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc import language
from il2calc.picture.bands import MOST_BANDS, Band, Bands, banded, drawn, fitted, sized
from il2calc.picture.outline import Outline, of_regimen
from written import SMALL, Data, bodies, regimen

NPC = of_regimen(language.load("npc-bolus"))
"""Courses on days 1 to 17 and 53 to 69, the second conditional; their last doses a day later."""

IMP321 = of_regimen(language.load("imp321"), "6.25-mg")
"""Six cycles of 28 days."""


def laid_out(outline: Outline, room: int | None, *, apart: bool = True) -> list[tuple[int, ...]]:
    return [(band.first, band.last) for band in banded(outline, room, apart=apart)]


def of_text(text: str) -> Outline:
    return of_regimen(regimen(text))


def test_bands_end_between_turns() -> None:
    """Of cycles of 28 days, two go into 56 to 83 columns, three into 84."""
    two = [(0, 55), (56, 111), (112, 167)]
    assert laid_out(IMP321, 56) == two
    assert laid_out(IMP321, 83) == two
    assert laid_out(IMP321, 84) == [(0, 83), (84, 167)]
    assert laid_out(IMP321, 168) == laid_out(IMP321, None) == [(0, 167)]


def test_a_turn_wider_than_a_band_is_broken_where_it_must_be() -> None:
    """28 days in 20 columns: eight go on below, and the next cycle does not join them."""
    assert laid_out(IMP321, 20)[:4] == [(0, 19), (20, 27), (28, 47), (48, 55)]


def test_a_turn_too_wide_is_broken_between_the_turns_within() -> None:
    """A course of 17 days in 14 columns is broken where its second cycle begins, on day 13."""
    assert laid_out(NPC, 14)[:2] == [(0, 11), (12, 17)]


def test_what_depends_on_another_condition_begins_a_band() -> None:
    """The second course, though 70 columns would hold both; unless it is asked not to."""
    assert laid_out(NPC, 70) == [(0, 51), (52, 69)]
    assert laid_out(NPC, 70, apart=False) == [(0, 69)]
    assert laid_out(NPC, None) == [(0, 51), (52, 69)]


def test_what_is_firm_again_begins_a_band_too() -> None:
    """A firm block after a conditional one would seem conditional beside it."""
    text = """
        blocks:
          - {block: one, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]}
          - block: two
            only_if: response
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]
          - {block: three, doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1 to 3}]}
    """
    assert laid_out(of_text(text), 80) == [(0, 2), (3, 5), (6, 8)]


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
    assert laid_out(of_text(beside), 80) == [(0, 12)]
    whole = beside.replace("{block: one, ", "{block: one, only_if: response, ")
    assert laid_out(of_text(whole), 80) == [(0, 12)]


def test_a_long_rest_that_does_not_fit_is_folded() -> None:
    """34 days after the last dose of course 1, on day 18."""
    assert banded(NPC, 51, apart=True) == (Band(0, 17), Band(18, 51, folded=True), Band(52, 69))
    assert banded(NPC, 51, apart=False) == (Band(0, 17), Band(18, 51, folded=True), Band(52, 69))
    assert drawn(banded(NPC, 51, apart=True)) == 2


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
    assert laid_out(of_text(TWO.format(rest=5, last=6)), 12) == [(0, 9), (10, 20)]
    assert laid_out(of_text(TWO.format(rest=14, last=9)), 23) == [(0, 9), (10, 32)]
    folded = banded(of_text(TWO.format(rest=15, last=8)), 23, apart=True)
    assert folded == (Band(0, 9), Band(10, 24, folded=True), Band(25, 32))


def test_a_short_rest_that_would_break_the_turn_after_it_is_folded() -> None:
    """5 days and a turn of 10 in 12 columns: the turn is drawn whole."""
    found = banded(of_text(TWO.format(rest=5, last=10)), 12, apart=True)
    assert found == (Band(0, 9), Band(10, 14, folded=True), Band(15, 24))


def test_a_short_rest_that_fits_is_drawn() -> None:
    """10 days and 5 of rest in 20 columns."""
    assert laid_out(of_text(TWO.format(rest=5, last=10)), 20) == [(0, 14), (15, 24)]


def test_a_rest_as_wide_as_a_band_is_folded() -> None:
    """8 days of rest in 8 columns leave none for what follows."""
    found = banded(of_text(TWO.format(rest=8, last=3)), 8, apart=True)
    assert found == (Band(0, 7), Band(8, 9), Band(10, 17, folded=True), Band(18, 20))


def test_days_are_drawn_where_they_take_up_to_four_bands_else_weeks() -> None:
    """168 days in 56 columns are three bands of days, in 28 six: then 24 weeks in one."""
    outline_in = partial(of_regimen, language.load("imp321"), "6.25-mg", None)
    by_day, by_week = fitted(outline_in, 56), fitted(outline_in, 28)
    assert (by_day.outline.column, len(by_day.bands)) == ("day", 3)
    assert (by_week.outline.column, by_week.bands) == ("week", (Band(0, 23),))


def test_any_number_of_days_is_drawn_where_there_is_no_width() -> None:
    """A file is as wide as it needs to be."""
    found = fitted(partial(of_regimen, language.load("trastuzumab"), None, None), None)
    assert (found.outline.column, found.bands) == ("day", (Band(0, 34), Band(35, 356)))


def test_conditions_stay_beside_each_other_where_apart_they_would_take_too_many_bands() -> None:
    """Five blocks of a day, every other one conditional: five bands apart, one together."""
    block = "  - {{block: b{0}, {1}doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1}}]}}\n"
    every = [block.format(k, "" if k % 2 else "only_if: response, ") for k in range(1, 6)]
    found = fitted(partial(of_regimen, regimen("blocks:\n" + "".join(every)), None, None), 20)
    assert found == Bands(found.outline, (Band(0, 4),), apart=False)
    assert len(banded(found.outline, 20, apart=True)) == 5


def test_the_first_room_in_which_days_fit_is_taken() -> None:
    """28 columns would take six bands; 84 take two."""
    outline_in = partial(of_regimen, language.load("imp321"), "6.25-mg", None)
    found = fitted(outline_in, 28, 84)
    assert (found.outline.column, len(found.bands)) == ("day", 2)


def test_no_room_is_taken_in_which_a_turn_is_broken_where_another_room_is_left() -> None:
    """42 days of turns of 14 and of 21 beside each other: in 30 columns one of them is broken."""
    text = """
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
    outline_in = partial(of_regimen, regimen(text), None, None)
    assert fitted(outline_in, 30, 50).bands == (Band(0, 41),)
    assert len(fitted(outline_in, 30).bands) == 2
    assert len(fitted(outline_in, 10, 20).bands) == 3


def test_columns_are_as_wide_as_goes_into_the_same_bands() -> None:
    """90 columns hold 84, and 45 of twice the width only 28: three bands would become six."""
    fit = Bands(IMP321, banded(IMP321, 90, apart=True), apart=True)
    assert sized(fit, {1: 90, 2: 45}, lambda _: True)[0] == 1
    assert sized(fit, {1: 170, 2: 85}, lambda _: True) == (2, banded(IMP321, 85, apart=True))


def test_columns_are_not_widened_at_the_price_of_a_fold() -> None:
    """A rest drawn as long as it is says more than wider columns do."""
    fit = Bands(NPC, banded(NPC, 60, apart=True), apart=True)
    assert sized(fit, {1: 60, 2: 30}, lambda _: True) == (1, fit.bands)


def test_columns_are_widened_where_no_number_could_be_read() -> None:
    """More bands then, but no more than four."""
    fit = Bands(IMP321, banded(IMP321, 168, apart=True), apart=True)
    two = banded(IMP321, 84, apart=True)
    assert sized(fit, {1: 168, 2: 84}, lambda size: size > 1) == (2, two)
    many = {1: 168, 2: 28}
    assert len(banded(IMP321, 28, apart=True)) > MOST_BANDS
    assert sized(fit, many, lambda size: size > 1) == (1, fit.bands)


@SMALL
@given(bodies(), st.integers(1, 60), st.booleans())
def test_every_column_stands_in_one_band_and_none_is_wider_than_it_may_be(
    body: Data, room: int, apart: bool
) -> None:
    """In the order of time, without a hole; nothing lies in a folded band."""
    for column in ("day", "week"):
        outline = of_regimen(regimen(body), column=column)
        bands = banded(outline, room, apart=apart)
        assert bands[0].first == outline.column_of(outline.first)
        assert bands[-1].last == outline.column_of(outline.last)
        assert all(one.last + 1 == other.first for one, other in pairwise(bands))
        assert all(band.last - band.first < room for band in bands if not band.folded)
        filled = {at for lane in outline.lanes for at in (*lane.cells, *lane.running)}
        for stretch in outline.stretches:
            filled |= set(
                range(outline.column_of(stretch.first), outline.column_of(stretch.last) + 1)
            )
        for band in bands:
            assert band.first <= band.last
            inside = filled & set(range(band.first, band.last + 1))
            assert bool(inside) is not band.folded


def test_columns_in_which_an_infusion_runs_on_are_not_folded() -> None:
    """Over 240 hours from 08:00 of day 1: until 08:00 of day 11; the rest until day 61 is."""
    text = """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: 1, over: 240 hours}
          - {drug: primumab, dose: b, amount: 5 mg, route: IV, day: 61}
    """
    assert banded(of_regimen(regimen(text)), 20, apart=True) == (
        Band(0, 10),
        Band(11, 59, folded=True),
        Band(60, 60),
    )


@SMALL
@given(bodies(), st.integers(20, 60))
def test_no_turn_that_fits_is_broken_where_none_lies_beside_another(body: Data, room: int) -> None:
    """A stretch no wider than a band lies in one band."""
    outline = of_regimen(regimen(body))
    flat = sorted((s.depth, s.first, s.last) for s in outline.stretches)
    if any(one[0] == other[0] and one[2] >= other[1] for one, other in pairwise(flat)):
        return
    bands = [band for band in banded(outline, room, apart=True) if not band.folded]
    for stretch in outline.stretches:
        if stretch.last - stretch.first < room:
            homes = [b for b in bands if b.first <= stretch.last and b.last >= stretch.first]
            assert len(homes) == 1, (stretch, bands)


@pytest.mark.parametrize("name", ["npc-bolus", "imp321", "trastuzumab", "imatinib"])
@pytest.mark.parametrize("room", [24, 40, 67, 100, 187])
def test_no_turn_of_the_regimens_that_ship_is_broken_where_it_fits(name: str, room: int) -> None:
    """They have no blocks beside each other."""
    read = language.load(name)
    outline, bands, _ = fitted(partial(of_regimen, read, next(iter(read.arms), None), None), room)
    for stretch in outline.stretches:
        first, last = outline.column_of(stretch.first), outline.column_of(stretch.last)
        if last - first < room:
            assert any(band.first <= first and last <= band.last for band in bands)
