"""The bands of a picture as lines of text."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from filetext import a_file, loaded
from il2calc import library
from il2calc.outline import of_regimen, of_schedule
from il2calc.regimen import Regimen
from il2calc.render.staves import ASCII, UNICODE, Signs, Staves, margin
from il2calc.schedule import make
from written import SMALL, Data, bodies, regimen


def staves(read: Regimen, width: int | None, signs: Signs = UNICODE) -> Staves:
    return Staves(partial(of_regimen, read, next(iter(read.arms), None), None), width, signs)


def drawn(text: str, width: int | None, signs: Signs = UNICODE) -> list[str]:
    return [line.text for line in staves(regimen(text), width, signs).lines()]


CYCLES = """
    blocks:
      - block: cycle
        repeat: {{times: {times}, every: {every}}}
        doses: [{{drug: primumab, amount: 5 mg, route: IV, day: [1, 3]}}]
"""


def test_a_row_per_drug_under_its_turns_over_its_axis() -> None:
    """Two cycles of five days; a day is three signs wide, its sign twice and a gap."""
    assert drawn(CYCLES.format(times=2, every="5 days"), 80) == [
        "",
        "           ├ cycle 1 ────┤├ cycle 2 ────┤",
        "primumab   ██ ·  ██ ·  ·  ██ ·  ██ ·  ·",
        "day        1              6",
    ]


def test_the_same_in_ascii() -> None:
    """A bar is between two strokes, nothing is a low line."""
    assert drawn(CYCLES.format(times=2, every="5 days"), 80, ASCII)[1:3] == [
        "           | cycle 1 ----|| cycle 2 ----|",
        "primumab   ## _  ## _  _  ## _  ## _  _",
    ]


def test_where_days_fit_only_narrowly_each_is_one_sign() -> None:
    """60 days in 69 columns; names do not fit over five days, so the row bears the name."""
    lines = drawn(CYCLES.format(times=12, every="5 days"), 80)
    assert lines[1] == "cycle      " + "".join(f"├ {k} ┤" for k in range(1, 10)) + "├10─┤├11─┤├12─┤"
    assert lines[2] == "primumab   " + "█·█··" * 12


def test_numbers_are_left_out_where_they_would_run_together() -> None:
    """`910` would be a number that there is not; what stands alone is set without a stroke."""
    lines = [line.text for line in staves(library.load("trastuzumab"), 40, ASCII).lines()]
    assert [line.removeprefix("cycle").lstrip() for line in lines if line.startswith("cycle")] == [
        "|1",
        "|2|3|4|5|6|7|8|9|-11|-13|-",
        "15|-17|-19|-21|-23|-",
    ]


def test_a_bar_that_goes_on_has_no_end() -> None:
    """A cycle of 100 days in 29 columns: a course of four bands, open at both ends."""
    lines = drawn(CYCLES.format(times=1, every="100 days"), 40)
    bars = [line for line in lines if "cycle 1" in line]
    assert bars == [
        "           ├ cycle 1 ───────────────────",
        "           ─ cycle 1 ───────────────────",
        "           ─ cycle 1 ───────────────────",
        "           ─ cycle 1 ──┤",
    ]


def test_what_is_conditional_is_drawn_in_other_signs_and_under_its_mark() -> None:
    """The second cycle depends on a response; it begins a band of its own."""
    text = CYCLES.format(times=2, every="5 days, only_if: response")
    assert drawn(text, 80) == [
        "",
        "           ├ cycle 1 ────┤",
        "primumab   ██ ·  ██ ·  ·",
        "day        1",
        "",
        "only if    ├ C1 ─────────┤",
        "           ├ cycle 2 ────┤",
        "primumab   ○○ ·  ○○ ·  ·",
        "day        6",
    ]
    assert drawn(text, 80, ASCII)[7] == "primumab   OO _  OO _  _"


def test_sizes_of_dose_are_levels_of_shading() -> None:
    """One to four of them; the largest is the darkest."""
    dose = (
        "  - {{drug: primumab, dose: d{0}, amount: {0} mg, route: IV, day: {0}, only_if: '{1}'}}\n"
    )
    for most, firm, conditional in (
        (1, "█", "○"),
        (2, "▒█", "◦○"),
        (3, "░▒█", "◦○◉"),
        (4, "░▒▓█", "◦○◎◉"),
    ):
        entries = "".join(dose.format(k, "need") for k in range(1, most + 1))
        conditionals = drawn("doses:\n" + entries, 80)[1]
        firms = drawn("doses:\n" + entries.replace(", only_if: 'need'", ""), 80)[1]
        assert firms == "primumab   " + " ".join(sign * 2 for sign in firm)
        assert conditionals == "primumab   " + " ".join(sign * 2 for sign in conditional)


@pytest.mark.parametrize(
    ("signs", "row"), [(UNICODE, "██ ━━ ━━ ━━ ━━ ━━"), (ASCII, "## ~~ ~~ ~~ ~~ ~~")]
)
def test_the_days_on_which_an_infusion_runs_on_are_not_nothing(signs: Signs, row: str) -> None:
    """Over 120 hours from 08:00 of day 1: until 08:00 of day 6."""
    text = "doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1, over: 120 hours}]"
    assert drawn(text, 80, signs)[1] == f"primumab   {row}"


def test_a_week_in_which_an_infusion_only_runs_on_is_not_nothing() -> None:
    """Begun on day 5 of each cycle of 21 days, until day 10: in week 2 it only runs on."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 30, every: 21 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 5, over: 120 hours}]
    """
    rows = [line for line in drawn(text, 80) if line.startswith("primumab")]
    assert "".join(row[11:] for row in rows) == "█━·" * 30


def test_what_is_conditional_in_part_has_signs_of_its_own() -> None:
    """Day 1: 5 mg firm and 5 mg if needed; day 2 firm, day 3 conditional, day 4 twice as much."""
    dose = "  - {{drug: primumab, dose: d{}, amount: {} mg, route: IV, day: {}{}}}\n"
    told = [(5, 1, ""), (5, 1, ", only_if: need"), (10, 2, ""), (10, 3, ", only_if: need")]
    text = "doses:\n" + "".join(dose.format(at, *each) for at, each in enumerate(told))
    assert drawn(text, 80)[1] == "primumab   ◑◑ ██ ○○"
    assert drawn(text, 80, ASCII)[1] == "primumab   XX ## OO"
    larger = text + dose.format(9, 20, 4, "")
    assert drawn(larger, 80)[1] == "primumab   ◔◔ ▒▒ ◦◦ ██"


def test_no_firm_dose_of_a_week_is_drawn_as_conditional() -> None:
    """Cycles of four days, from the second only if: week 1 is the first, firm, and the second."""
    text = CYCLES.format(times=90, every="4 days, only_if: response")
    row = next(line for line in drawn(text, 40) if line.startswith("primumab"))
    assert row[11] == "◕"
    assert not set(row[12:]) & {*"░▒▓█◔◑◕●"}


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_no_sign_means_two_things(signs: Signs) -> None:
    """Firm, conditional and nothing can be told apart, and so can any two sizes."""
    every = [*signs.firm[-1], *signs.conditional[-1], *signs.mixed[-1], signs.nothing]
    every.append(signs.runs_on)
    assert len(set(every)) == len(every)
    for most in range(5):
        for kind in (signs.firm, signs.conditional, signs.mixed):
            assert len(set(kind[most])) == most
            assert set(kind[most]) <= set(kind[-1])
            assert sorted(kind[most], key=kind[-1].index) == list(kind[most])
    assert all(cell_len(sign) == 1 for sign in [*every, signs.opens, signs.line, signs.closes])


def test_ascii_is_ascii() -> None:
    """What a terminal without Unicode shows."""
    assert all(field.isascii() for each in ASCII for field in each)


def test_dates_stand_under_bands_and_turns_where_they_fit() -> None:
    """From 27 February 2026 on; cycle 2, five days later, lies 15 signs to the right."""
    made = make(regimen(CYCLES.format(times=9, every="5 days")), start=date(2026, 2, 27))
    *_, wide = Staves(partial(of_schedule, made), 200, UNICODE).lines()
    assert wide.text[:52] == "date       2026-02-27     2026-03-04     2026-03-09 "
    *_, close = Staves(partial(of_schedule, made), 60, UNICODE).lines()
    assert close.text == "date       2026-02-27     2026-03-14     2026-03-29"


def test_a_folded_rest_is_named() -> None:
    """20 weeks between two blocks do not fit; nothing of them is drawn, and that is said."""
    text = """
        blocks:
          - block: one
            rest: 20 weeks
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
          - block: two
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    assert drawn(text, 80) == [
        "",
        "one        ├─┤",
        "primumab   ██",
        "day        1",
        "",
        "Days 2 to 141: nothing is given (140 days, not drawn)",
        "",
        "two        ├─┤",
        "primumab   ██",
        "day        142",
    ]


def test_without_a_width_nothing_is_broken_but_by_conditions() -> None:
    """As wide as it wants to be: the year's 24 cycles in two bands, a sign a day."""
    picture = staves(library.load("trastuzumab"), None)
    assert picture.outline.column == "day"
    assert [(band.first, band.last) for band in picture.bands] == [(0, 34), (35, 356)]
    assert picture.size == 1


def test_without_a_width_columns_are_as_wide_as_their_numbers_need() -> None:
    """Cycles of one day with two digits take three signs each; of two days, two."""
    cycles = CYCLES.format(times=12, every="1 day").replace(", 3]", "]")
    assert staves(regimen(cycles), None).size == 3
    assert staves(regimen(cycles.replace("1 day", "2 days")), None).size == 2
    more = cycles.replace("12", "101")
    assert staves(regimen(more), None).size == 1


def test_names_take_up_to_two_fifths_of_the_width() -> None:
    """Longer ones stand on a line above; without a width there is always room."""
    assert margin(["day", "aldesleukin"], 80) == 13
    assert margin(["day", "a" * 30], 80) == 32
    assert margin(["day", "a" * 31], 80) == 5
    assert margin(["day", "a" * 31], None) == 33
    assert margin(["day", "a" * 14], 10) == 16
    assert margin(["a" * 40], 40) == 2


LONG = """
    blocks:
      - block: an-exceedingly-long-name-of-a-block-indeed
        repeat: {times: 2, every: 5 days}
        doses: [{drug: primumab-of-forty-letters-or-more, amount: 5 mg, route: IV, day: 1}]
"""


def test_a_name_too_long_stands_above_what_it_names() -> None:
    """Whole, however narrow the terminal is."""
    assert drawn(LONG, 60) == [
        "",
        "an-exceedingly-long-name-of-a-block-indeed",
        "           ├ 1 ──────────┤├ 2 ──────────┤",
        "primumab-of-forty-letters-or-more",
        "           ██ ·  ·  ·  ·  ██ ·  ·  ·  ·",
        "day        1              6",
    ]


WIDE = a_file(
    """
    blocks:
      - block: 軌道
        repeat: {times: 3, every: 4 days}
        doses: [{drug: 白血病薬剤名, amount: 5 mg, route: IV, day: [1, 4]}]
    """
)


def test_scripts_of_double_width_keep_their_columns() -> None:
    """A character of two cells takes two: every row begins in the same cell."""
    lines = [line.text for line in staves(loaded(WIDE), 80).lines()]
    starts = {
        cell_len(line[: line.index(sign)]) for line, sign in zip(lines[1:], "├█1", strict=True)
    }
    assert starts == {14}
    assert lines[1].endswith("├ 軌道 1 ──┤├ 軌道 2 ──┤├ 軌道 3 ──┤")


@SMALL
@given(bodies(depth=2), st.integers(40, 120))
def test_no_line_is_wider_than_the_terminal(body: Data, width: int) -> None:
    """What the terminal itself would break is no picture any more."""
    for signs in (UNICODE, ASCII):
        picture = staves(regimen(body), width, signs)
        lines = [line.text for line in picture.lines()]
        assert [line for line in lines if cell_len(line) > width] == []
        columns = [band.last - band.first + 1 for band in picture.bands if not band.folded]
        assert max(columns) * picture.size <= width - picture.margin


@SMALL
@given(bodies(), st.integers(40, 120))
def test_every_administration_has_a_sign(body: Data, width: int) -> None:
    """As many cells are drawn, of each kind, as the outline has."""
    picture = staves(regimen(body), width)
    lanes = [
        line.text[picture.margin :: picture.size]
        for line in picture.lines()
        if line.text.startswith("d") and not line.text.startswith("day")
    ]
    cells = [cell for lane in picture.outline.lanes for cell in lane.cells.values()]
    firm = sum(text.count(sign) for text in lanes for sign in UNICODE.firm[-1])
    conditional = sum(text.count(sign) for text in lanes for sign in UNICODE.conditional[-1])
    mixed = sum(text.count(sign) for text in lanes for sign in UNICODE.mixed[-1])
    runs_on = sum(text.count(UNICODE.runs_on) for text in lanes)
    assert firm == sum(not cell.conditional for cell in cells)
    assert conditional == sum(cell.conditional == cell.value for cell in cells)
    assert mixed == sum(0 < cell.conditional < cell.value for cell in cells)
    assert runs_on == sum(len({*lane.running} - {*lane.cells}) for lane in picture.outline.lanes)
