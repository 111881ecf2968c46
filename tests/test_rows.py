"""Rows under their block turns, the marks behind them, and which of them are shown as one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from courselogs import course, entry, given, held
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.format import table
from il2calc.model.effects import Extra
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Schedule, make
from il2calc.report.rows import Row, Section, marked_rows, sections
from il2calc.report.words import Marks
from il2calc.review.of_schedule import review
from il2calc.units import quantity

D = Decimal
KG70 = Patient(weight=D(70), surface_area=D("1.81"))


def grouped(schedule: Schedule) -> list[Section]:
    return sections(schedule, marked_rows(schedule, review(schedule))[0])


def headings(schedule: Schedule) -> list[str | None]:
    return [section.heading for section in grouped(schedule)]


def days(section: Section) -> list[int]:
    return [row.administration.regimen_day for row in section.rows]


def marks_of(regimen: Regimen, **percents: int) -> tuple[list[Row], Marks]:
    shares = {drug: D(percent) for drug, percent in percents.items()}
    schedule = make(regimen, KG70, percents=shares)
    return marked_rows(schedule, review(schedule))


def test_rows_are_under_the_turn_they_belong_to() -> None:
    """Two courses of two cycles of days 1 to 5; 7 days' rest, then 35 to 42."""
    schedule = make(language.load("npc-bolus"), KG70)
    assert headings(schedule) == [
        "Course 1, cycle 1, days 1 to 5",
        "Course 1, cycle 2, days 13 to 17",
        "Course 2, cycle 1, days 53 to 57 (at the latest days 60 to 64)",
        "Course 2, cycle 2, days 65 to 69 (at the latest days 72 to 76)",
    ]
    assert [len(section.rows) for section in grouped(schedule)] == [15, 15, 15, 15]


def test_outer_doses_are_among_the_rows_of_the_inner_turn_they_fall_into() -> None:
    """Cyclophosphamide of days 1 to 14 is taken in cycle 1, whatever block it was written in."""
    before, cycle_1, cycle_2 = grouped(make(language.load("imatinib"), times={"cycle": 2}))
    assert before.heading == "In no block, days -21 to -1"
    assert days(before) == list(range(-21, 0))
    assert cycle_1.heading == "Cycle 1, days 1 to 21"
    drugs = [row.administration.dose.drug for row in cycle_1.rows]
    assert drugs.count("cyclophosphamide") == 14
    assert drugs.count("imatinib") == 14
    assert drugs.count("aldesleukin") == 5
    assert cycle_2.heading == "Cycle 2, days 22 to 42"


def test_a_block_given_once_has_its_name_as_heading() -> None:
    """`Lead-in 1` would promise a second lead-in."""
    schedule = make(language.load("trastuzumab"), KG70, times={"cycle": 1})
    assert headings(schedule) == ["Lead-in, days 1 to 21", "Cycle 1, days 22 to 35"]


def test_rows_of_a_regimen_without_blocks_have_no_heading() -> None:
    """There is nothing to name."""
    assert headings(make(loaded(a_dose("day: 1 to 3")))) == [None]


def test_one_day_is_shown_as_one_day() -> None:
    """Its latest day too."""
    text = a_file(
        """
        blocks:
          - block: lead
            rest: 2 to 3 days
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
          - block: tail
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
        """
    )
    assert headings(make(loaded(text))) == ["Lead, day 1", "Tail, day 4 (at the latest day 5)"]


PARALLEL = """
blocks:
  - block: short
    day: 1
    repeat: {times: 3, every: 14 days}
    doses: [{drug: primumab, amount: 5 mg, route: IV, day: [1, 8]}]
  - block: long
    day: 1
    repeat: {times: 2, every: 21 days}
    doses: [{drug: secumab, amount: 5 mg, route: IV, day: [1, 8]}]
"""


def test_tracks_side_by_side_stay_in_the_order_of_time() -> None:
    """Every 14 days beside every 21: headings would only alternate."""
    (section,) = grouped(make(loaded(a_file(PARALLEL))))
    assert section.heading is None
    assert days(section) == [1, 1, 8, 8, 15, 22, 22, 29, 29, 36]


def test_an_outer_dose_is_with_the_outer_block_where_inner_turns_overlap() -> None:
    """Of two turns that run at once neither may claim it."""
    text = a_file(
        PARALLEL.replace(
            "blocks:", "doses:\n  - {drug: tertumab, amount: 5 mg, route: IV, day: 3}\nblocks:"
        )
    )
    (section,) = grouped(make(loaded(text)))
    (row,) = (row for row in section.rows if row.administration.dose.drug == "tertumab")
    assert row.administration.turn.chain() == ()
    assert days(section) == [1, 1, 3, 8, 8, 15, 22, 22, 29, 29, 36]


def test_an_outer_dose_between_two_inner_turns_belongs_to_neither() -> None:
    """Day 4 is in the rest between cycle 1 (day 1) and cycle 2 (day 6)."""
    text = a_file(
        """
        blocks:
          - block: course
            repeat: {times: 1, every: 21 days}
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 4}]
            blocks:
              - block: cycle
                repeat: {times: 2, rest: 4 days}
                doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
        """
    )
    assert headings(make(loaded(text))) == [
        "Course 1, cycle 1, day 1",
        "Course 1, days 1 to 21",
        "Course 1, cycle 2, day 6",
    ]


def test_what_all_rows_share_is_in_the_heading_only() -> None:
    """M fifteen times says no more than once, and takes the room of the dose."""
    schedule = make(language.load("npc-bolus"), KG70)
    first, second, third, _ = grouped(schedule)
    assert first.common == ("M",)
    assert [row.marks for row in first.rows] == [()] * 14 + [("W",)]
    assert second.common == ("M", "A1")
    assert third.common == ("M", "C1", "A1,2")


def test_a_single_row_keeps_its_marks() -> None:
    """Nothing is uniform about one row."""
    schedule = make(loaded(a_cycle(repeat="{up_to: 2, every: 21 days}")))
    assert [section.common for section in grouped(schedule)] == [(), ()]
    assert [section.rows[0].marks for section in grouped(schedule)] == [("M",), ("M",)]


def test_rows_without_a_heading_keep_their_marks() -> None:
    """There is nowhere else to put them."""
    (section,) = grouped(make(loaded(a_dose("repeat: {up_to: 2, every: 8 hours}"))))
    assert section.common == ()
    assert [row.marks for row in section.rows] == [("M",), ("M",)]


def test_every_mark_in_use_is_explained_and_no_other() -> None:
    """A letter without a legend is a riddle; a legend without a letter hides those in use."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: 98 mg, route: IV, day: 1, only_if: fever, cap: 50 mg}
          - {drug: secumab, amount: 98 mg, route: IV, day: 1, round: 10 mg}
          - {drug: tertumab, amount: 98 mg, route: IV, day: 1}
          - {drug: quartumab, amount: 98 mg, route: IV, day: 1, repeat: {up_to: 4, every: 6 hours}}
        assumptions:
          - {about: tertumab.amount, text: It is so., because: Nobody says.}
        """,
    )
    rows, marks = marks_of(loaded(text, ("tertumab.day", "2")), tertumab=50)
    shown = {mark for row in rows for mark in row.marks}
    assert shown == {"M", "C1", "A1", "S", "P", "K", "R", "W"}
    legend = dict(marks.legend())
    assert list(legend) == ["M", "C1", "A..", "S", "P", "K", "R", "W"]
    assert "at most" in legend["M"]
    assert "fever" in legend["C1"]
    assert "assumptions" in legend["A.."]
    assert "--set" in legend["S"]
    assert "percentage" in legend["P"]
    assert "capped" in legend["K"]
    assert "rounded" in legend["R"]
    assert "caution" in legend["W"]


def test_a_plain_schedule_has_no_legend() -> None:
    """Nothing is marked, nothing is explained."""
    rows, marks = marks_of(loaded(a_dose()))
    assert rows[0].marks == ()
    assert list(marks.legend()) == []


def test_conditions_are_numbered_in_the_order_of_their_first_row() -> None:
    """The second of two doses is the first to be conditional here."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 2, only_if: no fever}
          - {drug: secumab, amount: 5 mg, route: IV, day: 1, only_if: response}
        """
    )
    rows, marks = marks_of(loaded(text))
    assert [row.marks for row in rows] == [("C1",), ("C2",)]
    assert list(marks.legend()) == [("C1", "only if response"), ("C2", "only if no fever")]


def test_two_conditions_of_a_row_are_two_marks() -> None:
    """Both must hold; neither may hide the other."""
    text = a_cycle("only_if: no fever", repeat="{times: 2, every: 21 days, only_if: response}")
    rows, _ = marks_of(loaded(text))
    assert [row.marks for row in rows] == [("C1",), ("C2", "C1")]


def test_a_dose_that_a_cap_does_not_reach_is_not_marked_as_capped() -> None:
    """K means that the cap changed the amount."""
    rows, _ = marks_of(loaded(a_dose("amount: 98 mg", "cap: 98 mg", "round: 2 mg")))
    assert rows[0].marks == ()


def test_every_caution_about_rows_is_marked_on_those_rows() -> None:
    """A capped body surface and a rounding left undone matter as much as a late dose."""
    capped = make(
        language.load("trastuzumab"),
        Patient(weight=D(150), height=D(190), surface_cap=D(2)),
        times={"cycle": 1},
    )
    unrounded = make(loaded(a_dose("amount: 98 mg", "cap: 98 mg", "round: 10 mg")))
    for schedule in (capped, unrounded):
        cautions = review(schedule)
        rows, marks = marked_rows(schedule, cautions)
        touched = {number for caution in cautions for number in caution.administrations}
        assert touched
        for row in rows:
            caution_marks = {mark for mark in row.marks if mark[0] in "WSPKR"}
            assert bool(caution_marks) is (row.administration.number in touched), row
        assert dict(marks.legend()).keys() & {"W", "S", "P", "K", "R"}


JAN_6 = date(2025, 1, 6)
"""A Monday."""


def brief(text: str, **options: Any) -> list[str]:
    """The lines of a folded table, from its first heading or row to its marks or totals."""
    schedule = make(loaded(text), **options)
    lines = [line.text for line in table.lines(schedule, review(schedule), brief=True)]
    start = next(number for number, line in enumerate(lines) if line.startswith("start"))
    return [line for line in lines[start + 1 : lines.index("Totals")] if line]


def test_a_stretch_says_the_range_of_its_interval_and_the_latest_moment_of_its_last_dose() -> None:
    """Three doses from 08:00: the last 2 x 8 hours later at 24:00, or 2 x 12 hours at 08:00."""
    found = " ".join(brief(a_dose("repeat: {times: 3, every: 8 to 12 hours}"), start=JAN_6))
    assert "3 doses, one every 8 to 12 hours" in found
    assert "(the last at the latest Tue 2025-01-07 08:00)" in found
    found = " ".join(brief(a_dose("repeat: {times: 2, every: 1 to 2 days}"), start=JAN_6))
    assert "2 doses, one every 1 day to 2 days" in found
    found = " ".join(brief(a_dose("at: +3 to +24 hours", "day: 1 to 3"), start=JAN_6))
    assert "3 doses, daily" in found, "each is late by as much as the one before"
    assert "the last at the latest" not in found


def test_a_few_equal_turns_have_a_line_each_with_their_own_days() -> None:
    """Four turns of 7 days from 2025-01-06: 01-13, 01-20, 01-27."""
    assert brief(a_cycle("day: 1", repeat="{times: 4, every: 7 days}"), start=JAN_6) == [
        "Cycle 1, days 1 to 7",
        "  day 1: Mon 2025-01-06 08:00",
        "    examplumab 5 mg, intravenous",
        "Cycle 2, days 8 to 14: the same from Mon 2025-01-13",
        "Cycle 3, days 15 to 21: the same from Mon 2025-01-20",
        "Cycle 4, days 22 to 28: the same from Mon 2025-01-27",
    ]


def test_many_equal_turns_are_together_and_keep_their_first_dates() -> None:
    """Six turns of 3 days: each begins on another weekday, which is shown for each."""
    lines = brief(a_cycle("day: 1", repeat="{times: 6, every: 3 days}"), start=JAN_6)
    (line,) = lines[3:]
    assert line == (
        "Cycles 2 to 6, days 4 to 18: the same from Thu 2025-01-09, Sun 2025-01-12, "
        "Wed 2025-01-15, Sat 2025-01-18, Tue 2025-01-21"
    )


def test_the_common_weekday_of_all_dates_is_shown_for_all() -> None:
    """Every 7 days from a Monday. Danger: one `Mon`, read as that of the first date alone."""
    lines = brief(a_cycle("day: 1", repeat="{times: 6, every: 7 days}"), start=JAN_6)
    assert lines[3].endswith(
        "the same from Mondays 2025-01-13, 2025-01-20, 2025-01-27, 2025-02-03, 2025-02-10"
    )


def test_dates_of_several_weekdays_have_each_their_own() -> None:
    """Danger: a date without its weekday beside others that have one.

    Courses of four weekly cycles, the second 31 days after the first: from a Monday to a Thursday.
    """
    lines = brief(
        a_file(
            "blocks:\n  - block: course\n    repeat: {times: 2, every: 31 days}\n    blocks:\n"
            "      - block: cycle\n        repeat: {times: 4, every: 7 days}\n        doses:\n"
            "          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}\n"
        ),
        start=JAN_6,
    )
    assert lines[3].endswith(
        "the same from Mon 2025-01-13, Mon 2025-01-20, Mon 2025-01-27, Thu 2025-02-06, "
        "Thu 2025-02-13, Thu 2025-02-20, Thu 2025-02-27"
    )


def test_several_turns_are_named_in_the_plural_where_their_name_has_one() -> None:
    """`Cycle 2 to 6` is no English; `ACs 2 to 6` would be none."""
    text = a_cycle("day: 1", repeat="{times: 6, every: 7 days}")
    assert brief(text)[3].startswith("Cycles 2 to 6, days 8 to 42")
    assert brief(text.replace("block: cycle", "block: AC"))[3].startswith("AC 2 to 6, days 8")


def test_without_dates_turns_keep_the_day_of_their_first_dose() -> None:
    """The first dose of a turn falls on its day 2."""
    lines = brief(a_cycle("day: 2", repeat="{times: 6, every: 7 days}"))
    assert lines[3] == "Cycles 2 to 6, days 8 to 42: the same from day 9, 16, 23, 30, 37"


def test_turns_of_one_dose_that_depend_on_something_say_so() -> None:
    """The first turn is certain; a reader must not take the others for certain too."""
    text = a_cycle("day: 1", repeat="{times: 3, every: 7 days, only_if: response}")
    lines = brief(text, start=JAN_6)
    assert lines[3:5] == [
        "Cycle 2, days 8 to 14 [C1]: the same from Mon 2025-01-13",
        "Cycle 3, days 15 to 21 [C1]: the same from Mon 2025-01-20",
    ]
    assert "C1  only if response" in lines


def test_turns_with_more_rows_show_their_condition_once() -> None:
    """Two rows share the mark of their heading."""
    text = a_cycle("day: [1, 2]", repeat="{times: 2, every: 7 days, only_if: response}")
    lines = brief(text, start=JAN_6)
    assert "Cycle 2, days 8 to 14 [C1]: the same from Mon 2025-01-13" in lines


DIFFERENT = a_file(
    """
    blocks:
      - block: cycle
        repeat: {times: 3, every: 14 days}
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
          - {drug: secumab, amount: 7 mg, route: IV, day: 3, turn: 2}
    """
)


def test_a_turn_that_differs_is_by_itself_and_so_is_what_follows() -> None:
    """Turn 2 has a dose more: turn 3 is the same as turn 1, but not as the one before it."""
    lines = brief(DIFFERENT, start=JAN_6)
    assert [line for line in lines if line.startswith("Cycle")] == [
        "Cycle 1, days 1 to 14",
        "Cycle 2, days 15 to 28",
        "Cycle 3, days 29 to 42",
    ]


def test_turns_that_may_come_later_keep_their_latest_dates() -> None:
    """7 to 9 days of rest: turn 2 begins on day 9 or up to 2 later, turn 3 on 17.

    They may be late by 2 days and by 4: they are not equal.
    """
    lines = brief(a_cycle("day: 1", repeat="{times: 3, rest: 7 to 9 days}"), start=JAN_6)
    assert [line for line in lines if line.startswith("Cycle")] == [
        "Cycle 1, day 1",
        "Cycle 2, day 9 (at the latest day 11)",
        "Cycle 3, day 17 (at the latest day 21)",
    ]


INNER = a_file(
    """
    blocks:
      - block: course
        repeat: {times: 2, rest: 2 to 3 weeks}
        blocks:
          - block: cycle
            repeat: {times: 6, every: 7 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
)


def test_equal_turns_are_folded_across_the_blocks_around_them() -> None:
    """The second course may begin a week later, so its cycles are equal among themselves alone."""
    lines = brief(INNER, start=JAN_6)
    assert [line.split(":")[0] for line in lines if line.startswith("Course")] == [
        "Course 1, cycle 1, days 1 to 7",
        "Course 1, cycles 2 to 6, days 8 to 42",
        "Course 2, cycle 1, days 57 to 63 (at the latest days 64 to 70)",
        "Course 2, cycles 2 to 6, days 64 to 98 (at the latest days 71 to 105)",
    ]
    assert "the same from Mon 2025-03-10 (at the latest Mon 2025-03-17)" in lines[-1]


def test_cycles_of_two_courses_are_named_with_their_courses() -> None:
    """Only the name distinguishes `cycle 1` of the second course from that of the first."""
    text = INNER.replace("rest: 2 to 3 weeks", "every: 42 days").replace("times: 6", "times: 4")
    lines = brief(text.replace("every: 7 days", "every: 10 days"), start=JAN_6)
    (line,) = (line for line in lines if "the same" in line)
    assert line.startswith("Course 1, cycles 2 to 4; course 2, cycles 1 to 4, days 11 to 82: the")


ALIKE = a_file(
    """
    doses:
      - drug: primumab
        amount: 5 mg
        route: IV
        day: [1, 2, 8, 9]
    """
)


def test_equal_stretches_are_one_with_the_first_date_of_each() -> None:
    """Days 1 and 2, and again 8 and 9: Monday 2025-01-06 and Monday 2025-01-13."""
    dates, what = brief(ALIKE, start=JAN_6)
    assert dates == (
        "  days 1 and 2: Mon 2025-01-06 08:00 to Tue 2025-01-07 08:00; days 8 and 9 from "
        "Mon 2025-01-13"
    )
    assert what == "    primumab 5 mg, intravenous, 2 doses, daily"
    assert brief(ALIKE)[0] == "  days 1 and 2: 08:00; days 8 and 9"


def test_a_course_folds_rows_with_the_same_fate_and_no_others() -> None:
    """A held dose within a turn must not hide behind `the same`."""
    doses = a_cycle("day: [1, 2]", repeat="{times: 3, every: 7 days}")
    result = course(
        loaded(doses),
        given("cycle 1", "examplumab", [1]),
        entry(held("cycle 1", "examplumab", [2]), reason="fever"),
        as_of="2025-12-20",
    )
    lines = [line.text for line in table.lines(result, (), brief=True)]
    assert "    examplumab 5 mg, intravenous: held; fever" in lines
    assert not any(line.startswith("Cycle 2") and "the same" in line for line in lines)


@pytest.mark.parametrize(
    ("amounts", "lines"),
    [
        (["5 mg"], ["day 1: Mon 2025-12-01 10:00"]),
        (["5 mg"] * 3, ["day 1: Mon 2025-12-01 10:00 (3 at the same time)"]),
        (["5 IU", "5 units"], ["day 1: Mon 2025-12-01 10:00"] * 2),
    ],
)
def test_equal_doses_at_one_moment_are_counted(amounts: list[str], lines: list[str]) -> None:
    """Danger: three doses entered for one time read as one; units of two kinds as one kind."""
    given_at = datetime.fromisoformat("2025-12-01 10:00")
    extras = [Extra("x", quantity(amount), given_at, "IV") for amount in amounts]
    result = course(loaded(a_cycle("day: 1")), *extras, as_of="2025-12-02")
    texts = [line.text.strip() for line in table.lines(result, (), brief=True)]
    assert [text for text in texts if text.startswith("day 1: Mon 2025-12-01 10:00")] == lines


def test_first_dates_that_go_on_are_indented_and_no_heading() -> None:
    """A line of dates at the margin would read as the next heading."""
    schedule = make(loaded(a_cycle("day: 1", repeat="{times: 12, every: 7 days}")), start=JAN_6)
    lines = list(table.lines(schedule, (), width=60, brief=True))
    first = next(n for n, line in enumerate(lines) if line.text.startswith("Cycles 2 to 12"))
    assert lines[first + 1].text.startswith("  Mondays 2025-01-")
    assert not lines[first].style


def test_the_command_that_shows_the_rest_is_not_broken() -> None:
    """It is there to be copied."""
    schedule = make(loaded(a_cycle("day: 1")), start=JAN_6)
    for width in range(50, 90):
        text = "\n".join(line.text for line in table.lines(schedule, (), width=width, short=True))
        assert "il2calc show examplumab)" in text
