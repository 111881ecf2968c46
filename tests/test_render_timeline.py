"""The timeline: what it shows of the regimens that ship, at several widths, and what it says.

Golden files hold the layout; the days, amounts and dates in them are asserted here and in the
tests of the rooms beneath.
"""

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
from filetext import a_dose, loaded
from il2calc import library
from il2calc.administration import Recorded
from il2calc.course import Decided
from il2calc.patient import Patient
from il2calc.regimen import day_at, offset_of
from il2calc.render import timeline, words
from il2calc.render.course import annex
from il2calc.schedule import Schedule, make
from written import SMALL, Data, bodies, regimen

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
def made(name: str) -> Schedule:
    """A schedule of each regimen that ships: 70 kg, 1.8 m2; the whole year of trastuzumab."""
    return make(
        library.load(name),
        Patient(weight=D(70), surface_area=D("1.8")),
        arm="6.25-mg" if name == "imp321" else None,
        times={"cycle": 4} if name == "imatinib" else None,
        start=STARTS[name],
    )


def lines(name: str, width: int | None, *, unicode: bool = True) -> list[str]:
    return [line.text for line in timeline.lines(made(name), width, unicode=unicode)]


def shape(name: str, arm: str | None, width: int | None, *, unicode: bool = True) -> list[str]:
    read = library.load(name)
    return [line.text for line in timeline.shape(read, arm, width, unicode=unicode)]


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
    told = f"{file.name} differs. If that is meant: {REWRITE}=1 python -m pytest {__file__}"
    assert text == file.read_bytes().decode(), told


class Read(NamedTuple):
    """A picture as a person would read it.

    Args:
        signs: per row of a drug, the sign over each day on which there is one.
        dates: days of the axis that bear a date, and `bars` the days under each text of a bar.
    """

    signs: dict[str, dict[int, str]]
    dates: dict[int, str]
    bars: list[tuple[str, int, int]]


def read(told: list[str]) -> Read:
    """Reads a picture in days, bands one after another, by the numbers of its axis alone."""
    found = Read({}, {}, [])
    for band in "\n".join(told).split("\n\n"):
        rows = band.split("\n")
        axis = next((row for row in rows if re.match(r"day  .*[0-9]", row)), None)
        if axis is not None:
            _read_band(rows, axis, found)
    return found


def _read_band(rows: list[str], axis: str, found: Read) -> None:
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
            found.dates.update({day(m.start()): m[0] for m in re.finditer(r"[0-9-]{10}", text)})
        elif re.search(r"[├┤─]", text):
            for match in re.finditer(r"[├─] ?([^├┤─]*?) ?─*(?:┤|$)", text):
                label = f"{name} {match[1]}".strip()
                found.bars.append((label, day(match.start()), day(match.end() - 1)))
        elif name not in ("day", "block day"):
            lane = found.signs.setdefault(name, {})
            lane |= {
                day(at * size): sign for at, sign in enumerate(text[::size]) if sign not in "· "
            }


A_COURSE = {1: "▒", 2: "█", 3: "█", 4: "█", 5: "█", 6: "░"}
"""From 08:00 every 8 hours: 2, 3, 3, 3, 3 doses and the fifteenth at 00:00 of day 6."""


@pytest.mark.parametrize("width", [40, 80, 200, None])
def test_the_picture_of_npc_bolus_shows_two_courses_of_two_cycles(width: int | None) -> None:
    """Cycles from days 1 and 13, again from 53 and 65; the second course is only conditional."""
    found = read(lines("npc-bolus", width))
    other = dict(zip("░▒█", "◦○◉", strict=True))
    firm = {start + day: sign for start in (0, 12) for day, sign in A_COURSE.items()}
    later = {start + day: other[sign] for start in (52, 64) for day, sign in A_COURSE.items()}
    assert found.signs == {"aldesleukin": {**firm, **later}}
    assert [bar for bar in found.bars if bar[0] != "only if C1"] == [
        ("course 1", 1, 17),
        ("cycle 1", 1, 5),
        ("cycle 2", 13, 17),
        ("course 2", 53, 69),
        ("cycle 1", 53, 57),
        ("cycle 2", 65, 69),
    ]
    assert ("only if C1", 53, 69) in found.bars


def test_the_second_course_of_npc_bolus_is_drawn_apart_and_the_condition_is_told() -> None:
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
    told = lines("imp321", width)
    found = read(told)
    starts = range(0, 168, 28)
    assert found.signs == {
        "paclitaxel": dict.fromkeys((s + day for s in starts for day in (1, 8, 15)), "█"),
        "IMP321": dict.fromkeys((s + day for s in starts for day in (2, 16)), "█"),
    }
    assert found.bars == [(f"cycle {k + 1}", s + 1, s + 28) for k, s in enumerate(starts)]
    counted = [line.split()[2:] for line in told if line.startswith("block day")]
    assert list(chain.from_iterable(counted)) == ["1", "8", "15", "22"] * 6
    days = [line.split()[1:] for line in told if line.startswith("day ")]
    assert list(chain.from_iterable(days)) == [
        str(s + day) for s in starts for day in (1, 8, 15, 22)
    ]
    assert not found.dates


@pytest.mark.parametrize("width", [80, 200])
def test_the_picture_of_imatinib_begins_before_day_1(width: int) -> None:
    """Cyclophosphamide on days -21 to 14; there is no day 0; interleukin-2 on 10 to 14."""
    found = read(lines("imatinib", width))
    starts = range(0, 84, 21)
    assert found.signs == {
        "cyclophosphamide": dict.fromkeys([*range(-21, 0), *range(1, 15)], "█"),
        "imatinib": dict.fromkeys((s + day for s in starts for day in range(1, 15)), "█"),
        "aldesleukin": dict.fromkeys((s + day for s in starts for day in range(10, 15)), "█"),
    }
    assert found.bars == [(f"cycle {k + 1}", s + 1, s + 21) for k, s in enumerate(starts)]
    assert {-21, 1} <= set(found.dates)


def test_the_picture_of_a_year_of_trastuzumab_shows_every_day_where_there_is_room() -> None:
    """A lead-in of 21 days and 24 cycles of 14, conditional from the second on."""
    found = read(lines("trastuzumab", 200))
    starts = range(21, 357, 14)
    drug, il2 = found.signs["trastuzumab"], found.signs["aldesleukin"]
    assert set(drug) == {1, 8, *(s + 1 for s in starts)}
    pulses = {s + day for s in starts for day in (1, 2, 3)}
    assert set(il2) == {*range(2, 8), *range(9, 22), *range(22, 358)}
    for day, sign in il2.items():
        firm = "█" if day in pulses else "▒"
        assert sign == (firm if day <= 35 else {"█": "○", "▒": "◦"}[firm]), day
    assert {sign for day, sign in drug.items() if day <= 35} == {"█"}
    assert {sign for day, sign in drug.items() if day > 35} == {"○"}
    assert found.bars[:2] == [("lead-in", 1, 21), ("cycle 1", 22, 35)]
    cycles = [bar for bar in found.bars if bar[0].startswith("cycle")]
    assert cycles == [(f"cycle {k + 1}", s + 1, s + 14) for k, s in enumerate(starts)]


def test_the_picture_of_a_year_of_trastuzumab_is_one_of_weeks_where_days_do_not_fit() -> None:
    """51 of them: 6, 6 and 7 doses of 1.8 million; 3 x 21.6 + 4 x 1.8 = 72 and 7 x 1.8 = 12.6."""
    told = lines("trastuzumab", 80)
    rows = [line for line in told if line.startswith(("trastuzumab  ", "aldesleukin  "))]
    weeks = ["".join(row[13:] for row in rows[at:6:2]).replace(" ", "") for at in (0, 1)]
    assert weeks == ["██·█·" + "○·" * 23, "░░▒█▒" + "◉○" * 23]
    text = "\n".join(told)
    assert "trastuzumab  █ ○  280 mg a week (1 dose)\n" in text
    assert "aldesleukin  ░    10.8 million units a week (6 doses)\n" in text
    assert "             ▒ ○  12.6 million units a week (7 doses)\n" in text
    assert "             █ ◉  72 million units a week (7 doses)\n" in text
    axis = [int(day) for line in told if line.startswith("day ") for day in line.split()[1:]]
    assert axis == sorted(set(axis))
    assert all(day % 7 == 1 for day in axis)
    dates = [day for line in told if line.startswith("date ") for day in line.split()[1:]]
    assert dates == sorted(dates)
    assert all((date.fromisoformat(day) - date(2025, 1, 6)).days % 7 == 0 for day in dates)


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab", "imatinib"])
@pytest.mark.parametrize("width", [80, 200])
def test_the_dates_are_those_of_the_days_above_them(name: str, width: int) -> None:
    """Day 1 is the start; day -1 the day before it. Weeks are read by their numbers."""
    start = STARTS[name]
    assert start is not None
    told = lines(name, width)
    for days, dates in zip(told, [*told[1:], ""], strict=True):
        if days.startswith("day ") and dates.startswith("date"):
            by_place = {m.start(): int(m[0]) for m in re.finditer(r"-?[0-9]+", days)}
            for match in re.finditer(r"[0-9-]{10}", dates):
                then = start + timedelta(offset_of(by_place[match.start()], False))
                assert match[0] == then.isoformat()
    assert sum(line.startswith("date ") for line in told) >= 1


@pytest.mark.parametrize("name", STARTS)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    """Not the picture, and not what is said above and below it."""
    for width in (40, *range(60, 201, 20)):
        for unicode in (True, False):
            for told in (lines(name, width, unicode=unicode), shape(name, None, width)):
                assert [line for line in told if cell_len(line) > width] == [], width


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


def test_what_it_is_stands_above_and_what_it_means_below() -> None:
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
    named = replace(made("imp321"), subject="S-07")
    text = "\n".join(line.text for line in timeline.lines(named, 80))
    assert "subject  S-07\n" in text
    assert "arm      6.25-mg: IMP321 6.25 mg per injection\n" in text
    read_otherwise = library.load("imp321", settings=[("cycle.repeat.times", "2")])
    told = "\n".join(line.text for line in timeline.shape(read_otherwise, "6.25-mg", 80))
    assert "arm      6.25-mg: IMP321 6.25 mg per injection\n" in told
    assert "set      cycle.repeat.times: 6 -> 2\n" in told


def test_without_a_patient_amounts_are_in_their_own_units() -> None:
    """72,000 units/kg, once to three times a day; no start, no date, no patient."""
    told = shape("npc-bolus", None, 80)
    for line in (
        "aldesleukin  ░ ◦  at most 72,000 units/kg a day (1 dose)",
        "             ▒ ○  at most 144,000 units/kg a day (2 doses)",
        "             █ ◉  at most 216,000 units/kg a day (3 doses)",
    ):
        assert line in told
    assert not any(line.startswith(("start", "patient", "date")) for line in told)
    assert read(told).signs == read(lines("npc-bolus", 80)).signs


def test_arms_that_look_alike_are_drawn_once() -> None:
    """Three amounts of IMP321 make one picture; its legend tells them apart."""
    told = "\n".join(shape("imp321", None, 200))
    assert told.count("├ cycle 1") == 1
    assert "Arms 0.25-mg, 1.25-mg and 6.25-mg\n" in told
    assert "paclitaxel  █  80 mg/m2 a day (1 dose)\n" in told
    assert (
        "IMP321      █  0.25 mg a day (1 dose) in 0.25-mg; 1.25 mg a day (1 dose) in 1.25-mg; "
        "6.25 mg a day (1 dose) in 6.25-mg\n"
    ) in told


def test_a_named_arm_and_a_default_arm_are_drawn_alone() -> None:
    """6.25 mg; level-2 of imatinib's regimen, 6 million units, which its file names."""
    told = "\n".join(shape("imp321", "6.25-mg", 80))
    assert "IMP321      █  6.25 mg a day (1 dose)\n" in told
    assert "Arm" not in told
    default = "\n".join(shape("imatinib", None, 80))
    assert "arm      level-2 (the file's default): 6 million units" in default
    assert "aldesleukin       █  6 million units a day (1 dose)\n" in default
    assert "Cycle: 2 turns drawn; the file leaves it open.\n" in default
    above = "\n".join(shape("imatinib", "level-3", 80))
    assert "aldesleukin       █  9 million units a day (1 dose)\n" in above


ARMS = """
    arms: {a: one, b: other, c: third}
    doses:
      - {drug: primumab, dose: one, amount: {a: 1 mg, b: 2 mg}, route: IV, day: 1, arm: [a, b]}
      - {drug: primumab, dose: more, amount: 2 mg, route: IV, day: 2, arm: b}
"""


def test_arms_that_look_different_are_drawn_one_after_another() -> None:
    """Another count of days is another picture; an arm without doses says so."""
    told = [line.text for line in timeline.shape(regimen(ARMS), None, 80)]
    text = "\n".join(told)
    one, other, third = re.split(r"\nArm [abc]\n", text)[1:]
    assert "\nprimumab   ██\n" in one
    assert "\nprimumab   ██ ██\n" in other
    assert third.startswith("\nNothing is given.\n")


def test_what_was_given_and_held_is_said() -> None:
    """Dose 1 given, dose 2 held: one dose is left on day 1, and the key speaks of both."""
    record = {1: Recorded("given"), 2: Recorded("held")}
    told = [line.text for line in timeline.lines(replace(made("npc-bolus"), recorded=record), 80)]
    assert read(told).signs["aldesleukin"][1] == "░"
    text = "\n".join(told)
    assert "░▒█ = given or planned, " in text
    assert "Doses that were held or stopped are not drawn.\n" in text


def test_a_picture_of_a_course_says_so_above_it() -> None:
    """The log, the day looked at and what the log changes; the condition that ended is no more."""
    found = course(
        "npc-bolus",
        given_doses("course 1/cycle 1", "aldesleukin", range(1, 7)),
        Decided(turn("course 2"), given=False),
        as_of="2025-12-03",
    )
    for schedule in (found.schedule, replace(found.schedule, annex=annex(found))):
        text = "\n".join(line.text for line in timeline.lines(schedule, 80))
        above = text.partition("\n\n")[0]
        assert ("log      S-07.yaml, " in above) is (schedule.annex is not None)
        assert "C1 " not in text
        assert "course 2 " not in text.partition("\n\n")[2]
    assert "\nas of    Wed 2025-12-03" in above
    assert "\nchange   course 2 is not given (entry 2)" in above


def test_a_course_of_which_nothing_was_given_says_so() -> None:
    """There is nothing to draw."""
    once = make(loaded(a_dose("day: 1")))
    held = replace(once, recorded={1: Recorded("held")})
    told = [line.text for line in timeline.lines(held, 80)]
    assert told[-4:] == ["", "Nothing is given.", "", words.DISCLAIMER]


def test_a_drug_of_which_nothing_was_given_has_an_empty_row() -> None:
    """That it was held is seen beside the others; nothing of it needs a size."""
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
          - {drug: secumab, amount: 5 mg, route: IV, day: 2}
    """
    held = replace(make(regimen(text)), recorded={2: Recorded("held")})
    told = [line.text.rstrip() for line in timeline.lines(held, 80)]
    assert "primumab   ██" in told
    assert "secumab    ·" in told
    assert not any(line.startswith("secumab  █") for line in told)


def test_a_size_that_is_only_conditional_has_no_firm_sign() -> None:
    """A sign in the legend that the picture does not have would be looked for in vain."""
    text = """
        doses:
          - {drug: primumab, dose: one, amount: 5 mg, route: IV, day: 1}
          - {drug: primumab, dose: more, amount: 9 mg, route: IV, day: 2, only_if: need}
    """
    told = [line.text for line in timeline.lines(make(regimen(text)), 80)]
    assert "primumab  ▒    5 mg a day (1 dose)" in told
    assert "            ○  9 mg a day (1 dose)" in told


def test_an_infusion_over_days_is_drawn_and_told_as_one() -> None:
    """90 million units/m2 x 1.8 m2 = 162 million, from 08:00 of day 1 to 08:00 of day 6."""
    text = (
        "doses: [{drug: primumab, amount: 90 million IU/m2, route: IV infusion, over: 120 hours, "
        "day: 1}]"
    )
    read_in = regimen(text)
    told = [line.text for line in timeline.lines(make(read_in, Patient(surface_area=D("1.8"))), 80)]
    assert "primumab   ██ ━━ ━━ ━━ ━━ ━━" in told
    assert "█ = due, ━ = an infusion runs on, · = nothing" in told
    assert "primumab  █  162 million units, begun that day, over 120 hours (1 dose)" in told
    plain = [line.text for line in timeline.shape(read_in, None, 80, unicode=False)]
    assert "primumab   ## ~~ ~~ ~~ ~~ ~~" in plain
    assert "# = due, ~ = an infusion runs on, _ = nothing" in plain


def test_a_day_that_is_conditional_in_part_is_told_with_its_part() -> None:
    """5 mg firm, and 4 mg more on day 2 only if needed: 9 mg of which 4."""
    text = """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: [1, 2]}
          - {drug: primumab, dose: b, amount: 4 mg, route: IV, day: 2, only_if: need}
    """
    told = "\n".join(line.text for line in timeline.lines(make(regimen(text)), 80))
    assert "\nprimumab   ▒▒ ◑◑\n" in told
    assert "▒█ = due, ◔◑ = due, a part of it only if a condition is met, · = nothing\n" in told
    assert "primumab  ▒    5 mg a day (1 dose)\n" in told
    assert "            ◑  9 mg a day (2 doses); 4 mg of it only if a condition is met\n" in told


def test_a_shape_says_from_what_hour_it_is_drawn() -> None:
    """The fifteenth dose of npc-bolus lies on day 6 only because the first is at 08:00."""
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
    told = [line.text for line in timeline.shape(regimen(text), None, 80)]
    assert [line for line in told if "━ " in line or line.endswith("━")][::2] == [
        "primumab   ██ ━━",
        "primumab   ██ ━━ ━━",
    ]


LONG = "examplumab-" * 6 + "examplumab"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_drug_name_too_long_stands_above_its_row_and_its_sizes(width: int) -> None:
    """A name cut short may be another drug's."""
    told = [line.text for line in timeline.lines(make(loaded(a_dose(f"drug: {LONG}"))), width)]
    assert told.count(LONG) == 2
    assert told[told.index(LONG) + 1].strip() in ("██", "█")
    assert "5 mg a day (1 dose)" in "\n".join(told)


HOSTILE = "[red]Two[/red] <script>alert(1)</script> {0} %s :smile: \\[link=x]"


def test_titles_and_conditions_from_files_are_text() -> None:
    """Markup is shown, not obeyed."""
    made_of = make(loaded(a_dose(f"only_if: '{HOSTILE}'", head=(f"title: '{HOSTILE}'",))))
    told = "\n".join(line.text for line in timeline.lines(made_of, None))
    assert f"examplumab, version 1: {HOSTILE}\n" in told
    assert f"C1  only if {HOSTILE} (examplumab)\n" in told


def test_headings_are_labels_and_text_is_plain() -> None:
    """Where there is colour, turns and conditions stand out, and nothing rests on it."""
    styles = {line.text[:12].strip(): line.style for line in timeline.lines(made("npc-bolus"), 80)}
    assert (styles["only if"], styles["cycle"], styles["aldesleukin"]) == ("label", "label", "")
    arms = {line.text: line.style for line in timeline.shape(regimen(ARMS), None, 80)}
    assert arms["Arm a"] == "heading"


@SMALL
@given(bodies(), st.sampled_from([40, 80, 200, None]))
def test_any_regimen_has_a_picture(body: Data, width: int | None) -> None:
    """With a patient and without, and every condition that it draws is told."""
    drawn = regimen(body)
    patient = Patient(weight=D(70), surface_area=D("1.8"))
    for each in (
        timeline.lines(make(drawn, patient), width),
        timeline.shape(drawn, None, width, unicode=False),
    ):
        told = [line.text for line in each]
        marks = {mark for line in told for mark in re.findall(r"\bC[0-9]+\b", line)}
        legend = {line[:3].strip() for line in told if re.match(r"C[0-9]+ ", line)}
        assert marks == legend
        assert told[-1] == words.DISCLAIMER or width == 40
