"""Rows under their block turns, and the marks behind them."""

from __future__ import annotations

from decimal import Decimal

from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Schedule, make
from il2calc.report.rows import Row, Section, marked, sections
from il2calc.report.words import Marks
from il2calc.review.of_schedule import review

D = Decimal
KG70 = Patient(weight=D(70), surface_area=D("1.81"))


def grouped(made: Schedule) -> list[Section]:
    return sections(made, marked(made, review(made))[0])


def headings(made: Schedule) -> list[str | None]:
    return [each.heading for each in grouped(made)]


def days(section: Section) -> list[int]:
    return [row.administration.regimen_day for row in section.rows]


def marks_of(regimen: Regimen, **percents: int) -> tuple[list[Row], Marks]:
    shares = {drug: D(percent) for drug, percent in percents.items()}
    made = make(regimen, KG70, percents=shares)
    return marked(made, review(made))


def test_rows_stand_under_the_turn_they_belong_to() -> None:
    """Two courses of two cycles of days 1 to 5; 7 days' rest, then 35 to 42."""
    made = make(language.load("npc-bolus"), KG70)
    assert headings(made) == [
        "Course 1, cycle 1, days 1 to 5",
        "Course 1, cycle 2, days 13 to 17",
        "Course 2, cycle 1, days 53 to 57 (at the latest days 60 to 64)",
        "Course 2, cycle 2, days 65 to 69 (at the latest days 72 to 76)",
    ]
    assert [len(each.rows) for each in grouped(made)] == [15, 15, 15, 15]


def test_outer_doses_stand_among_the_rows_of_the_inner_turn_they_fall_into() -> None:
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


def test_a_block_given_once_stands_under_its_name_alone() -> None:
    """`Lead-in 1` would promise a second lead-in."""
    made = make(language.load("trastuzumab"), KG70, times={"cycle": 1})
    assert headings(made) == ["Lead-in, days 1 to 21", "Cycle 1, days 22 to 35"]


def test_rows_of_a_regimen_without_blocks_stand_under_no_heading() -> None:
    """There is nothing to name."""
    assert headings(make(loaded(a_dose("day: 1 to 3")))) == [None]


def test_one_day_is_told_as_one_day() -> None:
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
    (only,) = grouped(make(loaded(a_file(PARALLEL))))
    assert only.heading is None
    assert days(only) == [1, 1, 8, 8, 15, 22, 22, 29, 29, 36]


def test_an_outer_dose_stands_with_the_outer_block_where_inner_turns_overlap() -> None:
    """Of two turns that run at once neither may claim it."""
    text = a_file(
        PARALLEL.replace(
            "blocks:", "doses:\n  - {drug: tertumab, amount: 5 mg, route: IV, day: 3}\nblocks:"
        )
    )
    (only,) = grouped(make(loaded(text)))
    (row,) = (row for row in only.rows if row.administration.dose.drug == "tertumab")
    assert row.administration.turn.chain() == ()
    assert days(only) == [1, 1, 3, 8, 8, 15, 22, 22, 29, 29, 36]


def test_an_outer_dose_between_two_inner_turns_belongs_to_neither() -> None:
    """Day 4 lies in the rest between cycle 1 (day 1) and cycle 2 (day 6)."""
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


def test_what_all_rows_share_stands_in_the_heading_only() -> None:
    """Fifteen times M says no more than once, and takes the room of the dose."""
    made = make(language.load("npc-bolus"), KG70)
    first, second, third, _ = grouped(made)
    assert first.common == ("M",)
    assert [row.marks for row in first.rows] == [()] * 14 + [("W",)]
    assert second.common == ("M", "A1")
    assert third.common == ("M", "C1", "A1,2")


def test_a_single_row_keeps_its_marks() -> None:
    """Nothing is uniform about one row."""
    made = make(loaded(a_cycle(repeat="{up_to: 2, every: 21 days}")))
    assert [each.common for each in grouped(made)] == [(), ()]
    assert [each.rows[0].marks for each in grouped(made)] == [("M",), ("M",)]


def test_rows_without_a_heading_keep_their_marks() -> None:
    """There is nowhere else to put them."""
    (only,) = grouped(make(loaded(a_dose("repeat: {up_to: 2, every: 8 hours}"))))
    assert only.common == ()
    assert [row.marks for row in only.rows] == [("M",), ("M",)]


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
    for made in (capped, unrounded):
        found = review(made)
        rows, marks = marked(made, found)
        touched = {number for caution in found for number in caution.administrations}
        assert touched
        for row in rows:
            told = {mark for mark in row.marks if mark[0] in "WSPKR"}
            assert bool(told) is (row.administration.number in touched), row
        assert dict(marks.legend()).keys() & {"W", "S", "P", "K", "R"}
