"""What was planned, given and is to come, in words."""

from __future__ import annotations

import pytest

from courselogs import CYCLE, course, entry, given, held, turn
from il2calc.course import Delayed, Stopped
from il2calc.render.tallies import lines, part

DOSE = (CYCLE, "aldesleukin")


def test_the_first_worked_case_in_words() -> None:
    """10 of 15 given in cycle 1: 50.4 of 75.6 million units."""
    told = (given(*DOSE, range(1, 11)), held(*DOSE, range(11, 16)))
    assert list(lines(course("npc-bolus", *told).tallies)) == [
        (
            "aldesleukin, course 1, cycle 1: 10 of 15 given (50.4 of 75.6 million units), 5 held "
            "(25.2 million units)"
        ),
        "aldesleukin, course 1, cycle 2: 0 of 15 given, 15 still to come (75.6 million units)",
        (
            "aldesleukin, course 2, cycle 1; course 2, cycle 2: 0 of 15 given, 15 still to come "
            "(75.6 million units, all conditional)"
        ),
        (
            "aldesleukin, in all: 10 of 60 given (50.4 of 302.4 million units), 5 held "
            "(25.2 million units), 45 still to come (226.8 million units, 30 conditional)"
        ),
    ]


def test_like_turns_of_one_block_are_told_together() -> None:
    told = given("cycle 1", "IMP321", [1, 2])
    found = list(lines(course("imp321", told, arm="6.25-mg").tallies))
    assert found[-3:] == [
        "IMP321, cycle 1: 2 of 2 given (12.5 of 12.5 mg)",
        "IMP321, each cycle (2 to 6): 0 of 2 given, 2 still to come (12.5 mg)",
        "IMP321, in all: 2 of 12 given (12.5 of 75 mg), 10 still to come (62.5 mg)",
    ]


def test_what_is_past_or_stopped_is_told_apart() -> None:
    stop = entry(Stopped(), "2025-12-01 12:00")
    found = list(lines(course("npc-bolus", stop, as_of="2025-12-05").tallies))
    assert found[-1] == (
        "aldesleukin, in all: 0 of 60 given, 1 unrecorded (5.04 million units), 59 stopped "
        "(297.4 million units)"
    )


def test_doses_drawn_through_a_delay_are_told_apart() -> None:
    """14 planned in cycle 1 and 5 through the delay: 19 of 19 at 1.8 million units, not of 14."""
    late = Delayed(turn("cycle 2"), 5)
    found = list(lines(course("trastuzumab", late, times={"cycle": 2}).tallies))
    (told,) = [text for text in found if text.startswith("aldesleukin, cycle 1:")]
    assert told.startswith("aldesleukin, cycle 1: 0 of 19 given (5 of them through a delay), 19")


@pytest.mark.parametrize(
    ("amount", "whole", "told"),
    [
        ("50.4 million units", "75.6 million units", "50.4 of 75.6 million units"),
        ("720,000 units", "1.08 million units", "720,000 units of 1.08 million units"),
        ("1 unit", "2 units", "1 unit of 2 units"),
        ("5 mg", "10 mg", "5 of 10 mg"),
    ],
)
def test_a_unit_is_told_once_where_it_is_the_same(amount: str, whole: str, told: str) -> None:
    assert part(amount, whole) == told
