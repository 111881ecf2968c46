"""The bands of a picture as lines of text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from courselogs import course, turn
from courselogs import given as given_doses
from filetext import a_dose, a_file, loaded
from il2calc import language
from il2calc.model.effects import Decided
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen, day_at, offset_of
from il2calc.picture import timeline
from il2calc.picture.outline import MOST_SIZES, of_regimen, of_schedule
from il2calc.picture.timeline import ASCII, UNICODE, Picture, Signs, margin
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Schedule, make
from il2calc.report import words
from written import SMALL, Data, bodies, regimen


def staves(read: Regimen, width: int | None, signs: Signs = UNICODE) -> Picture:
    return Picture(of_regimen(read, next(iter(read.arms), None)), width, signs)


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
    """60 days in 69 columns; names do not fit over five days, so the row has the name."""
    lines = drawn(CYCLES.format(times=12, every="5 days"), 80)
    assert lines[1] == "cycle      " + "".join(f"├ {k} ┤" for k in range(1, 10)) + "├10─┤├11─┤├12─┤"
    assert lines[2] == "primumab   " + "█·█··" * 12


def test_numbers_are_left_out_where_they_would_run_together() -> None:
    """`910` would be a number that there is not; what is alone is set without a stroke."""
    lines = [line.text for line in staves(language.load("trastuzumab"), 40, ASCII).lines()]
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
        "primumab   ◉◉ ·  ◉◉ ·  ·",
        "day        6",
    ]
    assert drawn(text, 80, ASCII)[7] == "primumab   @@ _  @@ _  _"


def test_sizes_of_dose_are_levels_of_shading() -> None:
    """One to three of them; the largest is the darkest, firm or conditional."""
    dose = (
        "  - {{drug: primumab, dose: d{0}, amount: {0} mg, route: IV, day: {0}, only_if: '{1}'}}\n"
    )
    for most, firm, conditional in (
        (1, "█", "◉"),
        (2, "▒█", "○◉"),
        (3, "░▒█", "◦○◉"),
    ):
        entries = "".join(dose.format(k, "need") for k in range(1, most + 1))
        conditionals = drawn("doses:\n" + entries, 80)[1]
        firms = drawn("doses:\n" + entries.replace(", only_if: 'need'", ""), 80)[1]
        assert firms == "primumab   " + " ".join(sign * 2 for sign in firm)
        assert conditionals == "primumab   " + " ".join(sign * 2 for sign in conditional)


@pytest.mark.parametrize(
    ("signs", "firm", "bound"),
    [
        (UNICODE, "██ ━━ ━━ ━━ ━━ ━━", "◉◉ ╍╍ ╍╍ ╍╍ ╍╍ ╍╍"),
        (ASCII, "## ~~ ~~ ~~ ~~ ~~", "@@ ?? ?? ?? ?? ??"),
    ],
)
def test_the_days_on_which_an_infusion_runs_on_are_not_nothing(
    signs: Signs, firm: str, bound: str
) -> None:
    """Over 120 hours from 08:00 of day 1: until 08:00 of day 6, firm or only if."""
    text = "doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1, over: 120 hours{}}}]"
    assert drawn(text.format(""), 80, signs)[1] == f"primumab   {firm}"
    assert drawn(text.format(", only_if: need"), 80, signs)[1] == f"primumab   {bound}"


def test_a_week_in_which_an_infusion_only_runs_on_is_not_nothing() -> None:
    """Started on day 5 of each cycle of 21 days, until day 10: in week 2 it only runs on."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 30, every: 21 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 5, over: 120 hours}]
    """
    rows = [line for line in drawn(text, 80) if line.startswith("primumab")]
    assert "".join(row[11:] for row in rows) == "█━·" * 30


def test_what_is_conditional_beside_what_is_firm_has_a_row_of_its_own() -> None:
    """Day 1: 5 mg firm and 5 mg if needed; day 2 firm, day 3 conditional, of twice as much."""
    dose = "  - {{drug: primumab, dose: d{}, amount: {} mg, route: IV, day: {}{}}}\n"
    doses = [(5, 1, ""), (5, 1, ", only_if: need"), (10, 2, ""), (10, 3, ", only_if: need")]
    text = "doses:\n" + "".join(
        dose.format(at, *dose_fields) for at, dose_fields in enumerate(doses)
    )
    firm, bound = "primumab           ▒▒ ██ ·", "primumab, only if  ○○ ·  ◉◉"
    assert drawn(text, 80)[1:3] == [firm, bound]
    assert drawn(text, 80, ASCII)[1:3] == [
        "primumab           ++ ## _",
        "primumab, only if  OO _  @@",
    ]
    larger = text + dose.format(9, 20, 4, "")
    assert drawn(larger, 80)[1:3] == [
        "primumab           ░░ ▒▒ ·  ██",
        "primumab, only if  ◦◦ ·  ○○ ·",
    ]


def test_no_firm_dose_of_a_week_is_drawn_as_conditional() -> None:
    """Cycles of four days, from the second only if: week 1 is the first, firm, and the second."""
    text = CYCLES.format(times=90, every="4 days, only_if: response")
    lines = drawn(text, 40)
    place = lines.index("primumab, only if")  # too long a name for the side of its row
    firm, bound = lines[place - 1], lines[place + 1]
    assert (firm[11], set(firm[12:])) == ("▒", {"·"})
    assert bound[11] == "○"
    assert not set(bound[11:]) & {*"░▒█"}


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_no_sign_means_two_things(signs: Signs) -> None:
    """Firm, conditional and nothing can be distinguished, and so can any two sizes."""
    every = [*"".join(signs.sizes), *signs.runs_on, signs.nothing]
    assert len(set(every)) == len(every)
    assert {len(sizes) for sizes in signs.sizes} == {MOST_SIZES}
    assert all(cell_len(sign) == 1 for sign in [*every, signs.opens, signs.line, signs.closes])


def test_ascii_is_ascii() -> None:
    """What a terminal without Unicode shows."""
    assert all(sign.isascii() for field in ASCII for sign in field)


def test_dates_are_under_bands_and_turns_where_they_fit() -> None:
    """From 27 February 2026 on; cycle 2, five days later, is 15 signs to the right."""
    schedule = make(regimen(CYCLES.format(times=9, every="5 days")), start=date(2026, 2, 27))
    *_, wide = Picture(of_schedule(schedule), 200, UNICODE).lines()
    assert wide.text[:52] == "date       2026-02-27     2026-03-04     2026-03-09 "
    *_, close = Picture(of_schedule(schedule), 60, UNICODE).lines()
    assert close.text == "date       2026-02-27     2026-03-14     2026-03-29"


def test_a_folded_rest_is_named() -> None:
    """20 weeks between two blocks do not fit; nothing of them is drawn, and the picture says so."""
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
    picture = staves(language.load("trastuzumab"), None)
    assert picture.outline.column == "day"
    assert [(band.first, band.last) for band in picture.layout.bands] == [(0, 34), (35, 356)]
    assert picture.size == 1


def test_without_a_width_columns_are_as_wide_as_their_numbers_need() -> None:
    """Cycles of one day with two digits take three signs each; of two days, two."""
    cycles = CYCLES.format(times=12, every="1 day").replace(", 3]", "]")
    assert staves(regimen(cycles), None).size == 3
    assert staves(regimen(cycles.replace("1 day", "2 days")), None).size == 2
    more = cycles.replace("12", "101")
    assert staves(regimen(more), None).size == 1


def test_names_take_up_to_two_fifths_of_the_width() -> None:
    """Longer ones are on a line above; without a width there is always room."""
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


def test_a_name_too_long_is_above_what_it_names() -> None:
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
        columns = [band.last - band.first + 1 for band in picture.layout.bands if not band.folded]
        assert max(columns) * picture.size <= width - picture.margin


@SMALL
@given(bodies(), st.integers(40, 120))
def test_every_administration_has_a_sign(body: Data, width: int) -> None:
    """As many cells are drawn, of each kind, as the outline has."""
    picture = staves(regimen(body), width)
    lanes = [
        line.text[picture.margin :: picture.size]
        for line in picture.lines()
        if re.match(r"d(?!ay)|  ", line.text)
    ]
    cells = [cell for lane in picture.outline.lanes for cell in lane.cells.values()]
    running = [
        kind
        for lane in picture.outline.lanes
        for at, kind in lane.running.items()
        if at not in lane.cells
    ]
    for kind in (False, True):
        starts = sum(text.count(sign) for text in lanes for sign in UNICODE.sizes[kind])
        assert starts == sum(cell.mark.conditional is kind for cell in cells)
        assert sum(text.count(UNICODE.runs_on[kind]) for text in lanes) == running.count(kind)


D = Decimal
GOLDEN = Path(__file__).parent / "golden" / "timeline"
REWRITE = "IL2CALC_REWRITE_GOLDEN"
"""Set this to 1 to write the golden files anew; look at what changed before it is kept."""

STARTS = {
    "npc-bolus": date(2026, 12, 1),
    "imp321": None,
    "trastuzumab": date(2025, 1, 6),
    "imatinib": date(2024, 1, 22),
}


@cache
def schedule_of(name: str) -> Schedule:
    """A schedule of each regimen that ships: 70 kg, 1.8 m2; the whole year of trastuzumab."""
    return make(
        language.load(name),
        Patient(weight=D(70), surface_area=D("1.8")),
        arm="6.25-mg" if name == "imp321" else None,
        times={"cycle": 4} if name == "imatinib" else None,
        start=STARTS[name],
    )


def lines(name: str, width: int | None, *, unicode: bool = True) -> list[str]:
    return [line.text for line in timeline.lines(schedule_of(name), width, unicode=unicode)]


def shape(name: str, arm: str | None, width: int | None, *, unicode: bool = True) -> list[str]:
    read = language.load(name)
    return [line.text for line in timeline.regimen_lines(read, arm, width, unicode=unicode)]


def sheets() -> Iterator[tuple[str, list[str]]]:
    for name in STARTS:
        yield f"{name}-80", lines(name, 80)
        yield f"{name}-200", lines(name, 200)
        yield f"{name}-ascii-80", lines(name, 80, unicode=False)
        yield f"{name}-show-80", shape(name, None, 80)
    yield "npc-bolus-40", lines("npc-bolus", 40)
    yield "npc-bolus-wide", lines("npc-bolus", None)


SHEETS = dict(sheets())


@pytest.mark.parametrize("name", SHEETS)
def test_the_layout_is_that_of_the_golden_file(name: str) -> None:
    """Nobody changes what people see without seeing it; a file's SHA-256 is left out of it."""
    file = GOLDEN / f"{name}.txt"
    text = "".join(f"{line}\n" for line in SHEETS[name])
    text = re.sub(r"SHA-256(\s+)[0-9a-f]{16}", rf"SHA-256\g<1>{'0' * 16}", text)
    if os.environ.get(REWRITE) == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    message = f"{file.name} differs. If that is meant: {REWRITE}=1 python -m pytest {__file__}"
    assert text == file.read_bytes().decode(), message


class Read(NamedTuple):
    """A picture as a person would read it.

    Args:
        signs: per row of a drug, the sign over each day on which there is one.
        dates: days of the axis that have a date, and `bars` the days under each text of a bar.
    """

    signs: dict[str, dict[int, str]]
    dates: dict[int, str]
    bars: list[tuple[str, int, int]]


def read(texts: list[str]) -> Read:
    """Reads a picture in days, bands one after another, by the numbers of its axis alone."""
    drawing = Read({}, {}, [])
    for band in "\n".join(texts).split("\n\n"):
        rows = band.split("\n")
        axis = next((row for row in rows if re.match(r"day  .*[0-9]", row)), None)
        if axis is not None:
            _read_band(rows, axis, drawing)
    return drawing


def _read_band(rows: list[str], axis: str, drawing: Read) -> None:
    marks = [(m.start(), offset_of(int(m[0]), False)) for m in re.finditer(r"-?[0-9]+", axis)]
    left, first = marks[0]
    steps = {(at - left) / (day - first) for at, day in marks[1:]} or {1.0}
    assert len(steps) == 1, f"the numbers of one axis are evenly spaced: {axis}"
    size = int(steps.pop())

    def day(place: int) -> int:
        return day_at(first + place // size, False)

    for row in rows:
        name, text = row[:left].strip(), row[left:]
        if name == "date":
            drawing.dates.update({day(m.start()): m[0] for m in re.finditer(r"[0-9-]{10}", text)})
        elif re.search(r"[├┤─]", text):
            for match in re.finditer(r"[├─] ?([^├┤─]*?) ?─*(?:┤|$)", text):
                label = f"{name} {match[1]}".strip()
                drawing.bars.append((label, day(match.start()), day(match.end() - 1)))
        elif name not in ("day", "block day"):
            lane = drawing.signs.setdefault(name, {})
            lane |= {
                day(at * size): sign for at, sign in enumerate(text[::size]) if sign not in "· "
            }


A_COURSE = {1: "▒", 2: "█", 3: "█", 4: "█", 5: "█", 6: "░"}
"""From 08:00 every 8 hours: 2, 3, 3, 3, 3 doses and the fifteenth at 00:00 of day 6."""


@pytest.mark.parametrize("width", [40, 80, 200, None])
def test_the_picture_of_npc_bolus_shows_two_courses_of_two_cycles(width: int | None) -> None:
    """Cycles from days 1 and 13, again from 53 and 65; the second course is only conditional."""
    drawing = read(lines("npc-bolus", width))
    other = dict(zip("░▒█", "◦○◉", strict=True))
    firm = {start + day: sign for start in (0, 12) for day, sign in A_COURSE.items()}
    later = {start + day: other[sign] for start in (52, 64) for day, sign in A_COURSE.items()}
    assert drawing.signs == {"aldesleukin": {**firm, **later}}
    assert [bar for bar in drawing.bars if bar[0] != "only if C1"] == [
        ("course 1", 1, 17),
        ("cycle 1", 1, 5),
        ("cycle 2", 13, 17),
        ("course 2", 53, 69),
        ("cycle 1", 53, 57),
        ("cycle 2", 65, 69),
    ]
    assert ("only if C1", 53, 69) in drawing.bars


def test_the_second_course_of_npc_bolus_is_drawn_apart_with_its_condition() -> None:
    """Below the first, under its mark; its signs are nowhere in the first."""
    text = "\n".join(lines("npc-bolus", 80))
    first, second = text.split("only if    ")
    assert "course 1" in first
    assert "course 2" in second
    assert not re.search("[◦○◉]", first)
    assert "C1  only if stable disease or response\n" in text
    assert "░▒█ = due, ◦○◉ = due only if a condition is met, · = nothing\n" in text
    for sign, amount in zip(("░ ◦", "▒ ○", "█ ◉"), ("5.04", "10.08", "15.12"), strict=True):
        assert f"{sign}  at most {amount} million units a day" in text


@pytest.mark.parametrize("width", [80, 200])
def test_the_picture_of_imp321_shows_its_days_in_each_cycle(width: int) -> None:
    """Paclitaxel on days 1, 8 and 15 and IMP321 on days 2 and 16 of six cycles of 28 days."""
    text = lines("imp321", width)
    drawing = read(text)
    starts = range(0, 168, 28)
    assert drawing.signs == {
        "paclitaxel": dict.fromkeys((s + day for s in starts for day in (1, 8, 15)), "█"),
        "IMP321": dict.fromkeys((s + day for s in starts for day in (2, 16)), "█"),
    }
    assert drawing.bars == [(f"cycle {k + 1}", s + 1, s + 28) for k, s in enumerate(starts)]
    counted = [line.split()[2:] for line in text if line.startswith("block day")]
    assert list(chain.from_iterable(counted)) == ["1", "8", "15", "22"] * 6
    days = [line.split()[1:] for line in text if line.startswith("day ")]
    assert list(chain.from_iterable(days)) == [
        str(s + day) for s in starts for day in (1, 8, 15, 22)
    ]
    assert not drawing.dates


@pytest.mark.parametrize("width", [80, 200])
def test_the_picture_of_imatinib_begins_before_day_1(width: int) -> None:
    """Cyclophosphamide on days -21 to 14; there is no day 0; interleukin-2 on 10 to 14.

    Every cycle but the first is conditional.
    """
    drawing = read(lines("imatinib", width))
    starts = range(0, 84, 21)
    assert drawing.signs == {
        "cyclophosphamide": dict.fromkeys([*range(-21, 0), *range(1, 15)], "█"),
        "imatinib": {s + day: "◉" if s else "█" for s in starts for day in range(1, 15)},
        "aldesleukin": {s + day: "◉" if s else "█" for s in starts for day in range(10, 15)},
    }
    cycles = [(f"cycle {k + 1}", s + 1, s + 21) for k, s in enumerate(starts)]
    assert [bar for bar in drawing.bars if bar[0] != "only if C1"] == cycles
    assert {-21, 1} <= set(drawing.dates)


def test_the_picture_of_a_year_of_trastuzumab_shows_every_day_where_there_is_room() -> None:
    """A lead-in of 21 days and 24 cycles of 14, conditional from the second on."""
    drawing = read(lines("trastuzumab", 200))
    starts = range(21, 357, 14)
    drug, il2 = drawing.signs["trastuzumab"], drawing.signs["aldesleukin"]
    assert set(drug) == {1, 8, *(s + 1 for s in starts)}
    pulses = {s + day for s in starts for day in (1, 2, 3)}
    assert set(il2) == {*range(2, 8), *range(9, 22), *range(22, 358)}
    for day, sign in il2.items():
        firm = "█" if day in pulses else "▒"
        assert sign == (firm if day <= 35 else {"█": "◉", "▒": "○"}[firm]), day
    assert {sign for day, sign in drug.items() if day <= 35} == {"█"}
    assert {sign for day, sign in drug.items() if day > 35} == {"◉"}
    assert drawing.bars[:2] == [("lead-in", 1, 21), ("cycle 1", 22, 35)]
    cycles = [bar for bar in drawing.bars if bar[0].startswith("cycle")]
    assert cycles == [(f"cycle {k + 1}", s + 1, s + 14) for k, s in enumerate(starts)]


def test_the_picture_of_a_year_of_trastuzumab_is_one_of_weeks_where_days_do_not_fit() -> None:
    """51 of them: 6, 6 and 7 doses of 1.8 million; 3 x 21.6 + 4 x 1.8 = 72 and 7 x 1.8 = 12.6."""
    picture = lines("trastuzumab", 80)
    rows = [line for line in picture if line.startswith(("trastuzumab  ", "aldesleukin  "))]
    weeks = ["".join(row[13:] for row in rows[at:6:2]).replace(" ", "") for at in (0, 1)]
    assert weeks == ["██·█·" + "◉·" * 23, "░░▒█▒" + "◉○" * 23]
    text = "\n".join(picture)
    assert "trastuzumab  █ ◉  280 mg a week (1 dose)\n" in text
    assert "aldesleukin  ░    10.8 million units a week (6 doses)\n" in text
    assert "             ▒ ○  12.6 million units a week (7 doses)\n" in text
    assert "             █ ◉  72 million units a week (7 doses)\n" in text
    axis = [int(day) for line in picture if line.startswith("day ") for day in line.split()[1:]]
    assert axis == sorted(set(axis))
    assert all(day % 7 == 1 for day in axis)
    dates = [day for line in picture if line.startswith("date ") for day in line.split()[1:]]
    assert dates == sorted(dates)
    assert all((date.fromisoformat(day) - date(2025, 1, 6)).days % 7 == 0 for day in dates)


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab", "imatinib"])
@pytest.mark.parametrize("width", [80, 200])
def test_the_dates_are_those_of_the_days_above_them(name: str, width: int) -> None:
    """Day 1 is the start; day -1 the day before it. Weeks are read by their numbers."""
    start = STARTS[name]
    assert start is not None
    text = lines(name, width)
    for days, dates in zip(text, [*text[1:], ""], strict=True):
        if days.startswith("day ") and dates.startswith("date"):
            by_place = {m.start(): int(m[0]) for m in re.finditer(r"-?[0-9]+", days)}
            for match in re.finditer(r"[0-9-]{10}", dates):
                then = start + timedelta(offset_of(by_place[match.start()], False))
                assert match[0] == then.isoformat()
    assert sum(line.startswith("date ") for line in text) >= 1


@pytest.mark.parametrize("name", STARTS)
def test_no_line_is_wider_than_the_terminal_timeline(name: str) -> None:
    """Not the picture, and not what is above and below it."""
    for width in (40, *range(60, 201, 20)):
        for unicode in (True, False):
            for picture in (lines(name, width, unicode=unicode), shape(name, None, width)):
                assert [line for line in picture if cell_len(line) > width] == [], width


@pytest.mark.parametrize("name", STARTS)
def test_a_picture_in_ascii_is_the_same_picture(name: str) -> None:
    """Sign for sign."""
    plain = lines(name, 80, unicode=False)
    assert all(line.isascii() for line in plain)
    assert len(plain) == len(lines(name, 80))
    signs = str.maketrans("·├─┤", "_|-|")
    for one, other in zip(lines(name, 80), plain, strict=True):
        if re.search(r"[├─┤]", one):
            assert one.translate(signs) == other


def test_what_it_is_is_above_and_what_it_means_below() -> None:
    """Head, picture, sizes of dose, condition, remarks, and last that it is no prescription."""
    text = "\n".join(lines("npc-bolus", 80))
    places = [
        text.index(part)
        for part in (
            "regimen  npc-bolus, version 1: Intravenous bolus",
            "patient  weight 70 kg, body surface area 1.8 m2 (given)\n",
            "start    day 1 = Tue 2026-12-01; each day begins at 08:00\n",
            "├ course 1",
            "├ course 2",
            "= due",
            "aldesleukin  ░ ◦",
            "C1  only if",
            "A column is a day.",
            "At most: the source gives a maximum number of doses or turns",
            "Course 2 may begin\nup to 7 days later.",
        )
    ]
    assert places == sorted(places)
    assert text.endswith(f"\n\n{words.DISCLAIMER}")


def test_subject_arm_and_settings_are_named() -> None:
    """Whose picture it is, and of what."""
    named = replace(schedule_of("imp321"), subject="S-07")
    text = "\n".join(line.text for line in timeline.lines(named, 80))
    assert "subject  S-07\n" in text
    assert "arm      6.25-mg: IMP321 6.25 mg per injection\n" in text
    read_otherwise = language.load("imp321", settings=[("cycle.repeat.times", "2")])
    picture = "\n".join(line.text for line in timeline.regimen_lines(read_otherwise, "6.25-mg", 80))
    assert "arm      6.25-mg: IMP321 6.25 mg per injection\n" in picture
    assert "set      cycle.repeat.times: 6 -> 2\n" in picture


def test_without_a_patient_amounts_are_in_their_own_units() -> None:
    """72,000 units/kg, once to three times a day; no start, no date, no patient."""
    picture = shape("npc-bolus", None, 80)
    for line in (
        "aldesleukin  ░ ◦  at most 72,000 units/kg a day (1 dose)",
        "             ▒ ○  at most 144,000 units/kg a day (2 doses)",
        "             █ ◉  at most 216,000 units/kg a day (3 doses)",
    ):
        assert line in picture
    assert not any(line.startswith(("start", "patient", "date")) for line in picture)
    assert read(picture).signs == read(lines("npc-bolus", 80)).signs


def test_arms_that_look_the_same_are_drawn_once() -> None:
    """Three amounts of IMP321 make one picture; its legend distinguishes them."""
    picture = "\n".join(shape("imp321", None, 200))
    assert picture.count("├ cycle 1") == 1
    assert "Arms 0.25-mg, 1.25-mg and 6.25-mg\n" in picture
    assert "paclitaxel  █  80 mg/m2 a day (1 dose)\n" in picture
    assert (
        "IMP321      █  0.25 mg a day (1 dose) in 0.25-mg; 1.25 mg a day (1 dose) in 1.25-mg; "
        "6.25 mg a day (1 dose) in 6.25-mg\n"
    ) in picture


def test_a_named_arm_and_a_default_arm_are_drawn_alone() -> None:
    """6.25 mg; level-2 of imatinib's regimen, 6 million units, which its file names."""
    picture = "\n".join(shape("imp321", "6.25-mg", 80))
    assert "IMP321      █  6.25 mg a day (1 dose)\n" in picture
    assert "Arm" not in picture
    default = "\n".join(shape("imatinib", None, 80))
    assert "arm      level-2 (the file's default): 6 million units" in default
    assert "aldesleukin       █ ◉  6 million units a day (1 dose)\n" in default
    assert "Cycle: 2 turns drawn; the file leaves it open.\n" in default
    above = "\n".join(shape("imatinib", "level-3", 80))
    assert "aldesleukin       █ ◉  9 million units a day (1 dose)\n" in above


ARMS = """
    arms: {a: one, b: other, c: third}
    doses:
      - {drug: primumab, dose: one, amount: {a: 1 mg, b: 2 mg}, route: IV, day: 1, arm: [a, b]}
      - {drug: primumab, dose: more, amount: 2 mg, route: IV, day: 2, arm: b}
"""


def test_arms_that_look_different_are_drawn_one_after_another() -> None:
    """Another count of days is another picture; an arm without doses says so."""
    picture = [line.text for line in timeline.regimen_lines(regimen(ARMS), None, 80)]
    text = "\n".join(picture)
    one, other, third = re.split(r"\nArm [abc]\n", text)[1:]
    assert "\nprimumab   ██\n" in one
    assert "\nprimumab   ██ ██\n" in other
    assert third.startswith("\nNothing is given.\n")


def test_what_was_given_and_held_is_stated() -> None:
    """Dose 1 given, dose 2 held: one dose is left on day 1, and the key names both."""
    record = {1: Recorded("given"), 2: Recorded("held")}
    picture = [
        line.text for line in timeline.lines(replace(schedule_of("npc-bolus"), recorded=record), 80)
    ]
    assert read(picture).signs["aldesleukin"][1] == "░"
    text = "\n".join(picture)
    assert "░▒█ = given or planned, " in text
    assert "Doses that were held or stopped are not drawn.\n" in text


def test_a_picture_of_a_course_says_so_above_it() -> None:
    """The log, the day looked at and what the log changes; the condition that ended is no more."""
    result = course(
        "npc-bolus",
        given_doses("course 1/cycle 1", "aldesleukin", range(1, 7)),
        Decided(turn("course 2"), given=False),
        as_of="2025-12-03",
    )
    for plan in (result.schedule, result):
        text = "\n".join(line.text for line in timeline.lines(plan, 80))
        above = text.partition("\n\n")[0]
        assert ("log      S-07.yaml, " in above) is (plan is result)
        assert "C1 " not in text
        assert "course 2 " not in text.partition("\n\n")[2]
    assert "\nas of    Wed 2025-12-03" in above
    assert "\nchange   course 2 is not given (entry 2)" in above


def test_a_course_of_which_nothing_was_given_says_so() -> None:
    """There is nothing to draw."""
    once = make(loaded(a_dose("day: 1")))
    held = replace(once, recorded={1: Recorded("held")})
    picture = [line.text for line in timeline.lines(held, 80)]
    assert picture[-4:] == ["", "Nothing is given.", "", words.DISCLAIMER]


def test_a_drug_of_which_nothing_was_given_has_an_empty_row() -> None:
    """That it was held is seen beside the others; nothing of it needs a size."""
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
          - {drug: secumab, amount: 5 mg, route: IV, day: 2}
    """
    held = replace(make(regimen(text)), recorded={2: Recorded("held")})
    picture = [line.text.rstrip() for line in timeline.lines(held, 80)]
    assert "primumab   ██" in picture
    assert "secumab    ·" in picture
    assert not any(line.startswith("secumab  █") for line in picture)


def test_a_size_that_is_only_conditional_has_no_firm_sign() -> None:
    """A sign in the legend that the picture does not have would be looked for in vain."""
    text = """
        doses:
          - {drug: primumab, dose: one, amount: 5 mg, route: IV, day: 1}
          - {drug: primumab, dose: more, amount: 9 mg, route: IV, day: 2, only_if: need}
    """
    picture = [line.text for line in timeline.lines(make(regimen(text)), 80)]
    assert "primumab  ▒    5 mg a day (1 dose)" in picture
    assert "            ◉  9 mg a day (1 dose)" in picture


def test_an_infusion_over_days_is_drawn_and_listed_as_one() -> None:
    """90 million units/m2 x 1.8 m2 = 162 million, from 08:00 of day 1 to 08:00 of day 6."""
    text = (
        "doses: [{drug: primumab, amount: 90 million IU/m2, route: IV infusion, over: 120 hours, "
        "day: 1}]"
    )
    regimen_read = regimen(text)
    picture = [
        line.text for line in timeline.lines(make(regimen_read, Patient(surface_area=D("1.8"))), 80)
    ]
    assert "primumab   ██ ━━ ━━ ━━ ━━ ━━" in picture
    assert "█ = due, ━ = an infusion runs on, · = nothing" in picture
    assert "primumab  █  162 million units, begun that day, over 120 hours (1 dose)" in picture
    plain = [line.text for line in timeline.regimen_lines(regimen_read, None, 80, unicode=False)]
    assert "primumab   ## ~~ ~~ ~~ ~~ ~~" in plain
    assert "# = due, ~ = an infusion runs on, _ = nothing" in plain


def test_what_may_be_given_besides_a_firm_dose_is_shown_as_such() -> None:
    """5 mg firm on two days, and 4 mg more on day 2 only if needed: sizes of 4 and 5 mg."""
    text = """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: [1, 2]}
          - {drug: primumab, dose: b, amount: 4 mg, route: IV, day: 2, only_if: need}
    """
    picture = "\n".join(line.text for line in timeline.lines(make(regimen(text)), 80))
    assert "\nprimumab           ██ ██\nprimumab, only if  ·  ○○\n" in picture
    assert "▒█ = due, ○◉ = due only if a condition is met, · = nothing\n" in picture
    assert "primumab           █  5 mg a day (1 dose)\n" in picture
    assert "primumab, only if  ○  4 mg a day (1 dose)\n" in picture
    assert "have a row of their own; in a column marked in both rows" in picture.replace("\n", " ")


def test_a_shape_says_from_what_hour_it_is_drawn() -> None:
    """The fifteenth dose of npc-bolus is on day 6 only because the first is at 08:00."""
    assert "Drawn as if each day begins at 08:00." in shape("npc-bolus", None, 80)
    assert "Drawn as if each day begins at 08:00." not in lines("npc-bolus", 80)


def test_arms_that_differ_in_how_long_they_infuse_are_drawn_apart() -> None:
    """Over 24 hours it runs until day 2, over 48 until day 3."""
    text = """
        arms: {a: one, b: other}
        doses:
          - {drug: primumab, dose: x, amount: 5 mg, route: IV, day: 1, over: 24 hours, arm: a}
          - {drug: primumab, dose: y, amount: 5 mg, route: IV, day: 1, over: 48 hours, arm: b}
    """
    picture = [line.text for line in timeline.regimen_lines(regimen(text), None, 80)]
    assert [line for line in picture if "━ " in line or line.endswith("━")][::2] == [
        "primumab   ██ ━━",
        "primumab   ██ ━━ ━━",
    ]


TIMELINE_LONG = "examplumab-" * 6 + "examplumab"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_drug_name_too_long_is_above_its_row_and_its_sizes(width: int) -> None:
    """A name cut short may be another drug's."""
    picture = [
        line.text for line in timeline.lines(make(loaded(a_dose(f"drug: {TIMELINE_LONG}"))), width)
    ]
    assert picture.count(TIMELINE_LONG) == 2
    assert picture[picture.index(TIMELINE_LONG) + 1].strip() in ("██", "█")
    assert "5 mg a day (1 dose)" in "\n".join(picture)


HOSTILE = "[red]Two[/red] <script>alert(1)</script> {0} %s :smile: \\[link=x]"


def test_titles_and_conditions_from_files_are_text() -> None:
    """Markup is shown, not obeyed."""
    schedule = make(loaded(a_dose(f"only_if: '{HOSTILE}'", head=(f"title: '{HOSTILE}'",))))
    picture = "\n".join(line.text for line in timeline.lines(schedule, None))
    assert f"examplumab, version 1: {HOSTILE}\n" in picture
    assert f"C1  only if {HOSTILE} (examplumab)\n" in picture


def test_headings_are_labels_and_text_is_plain() -> None:
    """Where there is colour, turns and conditions stand out, and nothing rests on it."""
    styles = {
        line.text[:12].strip(): line.style for line in timeline.lines(schedule_of("npc-bolus"), 80)
    }
    assert (styles["only if"], styles["cycle"], styles["aldesleukin"]) == ("label", "label", "")
    arms = {line.text: line.style for line in timeline.regimen_lines(regimen(ARMS), None, 80)}
    assert arms["Arm a"] == "heading"


@SMALL
@given(bodies(), st.sampled_from([40, 80, 200, None]))
def test_any_regimen_has_a_picture(body: Data, width: int | None) -> None:
    """With a patient and without, and every condition that it draws is named."""
    drawn_regimen = regimen(body)
    patient = Patient(weight=D(70), surface_area=D("1.8"))
    for picture in (
        timeline.lines(make(drawn_regimen, patient), width),
        timeline.regimen_lines(drawn_regimen, None, width, unicode=False),
    ):
        texts = [line.text for line in picture]
        marks = {mark for line in texts for mark in re.findall(r"\bC[0-9]+\b", line)}
        legend = {line[:3].strip() for line in texts if re.match(r"C[0-9]+ ", line)}
        assert marks == legend
        assert texts[-1] == words.DISCLAIMER or width == 40
