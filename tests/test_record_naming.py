"""Which dose and which turn is meant, by what people type."""

from __future__ import annotations

import pytest

from courselogs import course, key, turn
from il2calc.course import Delayed
from il2calc.errors import Refused, UnknownName
from il2calc.record import find
from il2calc.record import turn as meant
from written import regimen as written

NPC = course("npc-bolus")
DEEP = course(
    written("""
        blocks:
          - block: year
            repeat: {times: 2, every: 60 days}
            blocks:
              - block: course
                repeat: {times: 2, every: 30 days}
                blocks:
                  - block: cycle
                    repeat: {times: 2, every: 7 days}
                    doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: arm 2
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
)


def test_row_numbers_are_doses() -> None:
    """Typed as row numbers, kept as turn, drug, name and number: 16 is the first of cycle 2."""
    assert find(NPC, [16, 1]) == (
        key("course 1/cycle 1", "aldesleukin", 1),
        key("course 1/cycle 2", "aldesleukin", 1),
    )
    assert find(NPC, [7, 7]) == (key("course 1/cycle 1", "aldesleukin", 7),)


def test_a_later_delay_does_not_change_what_was_typed() -> None:
    """With five doses drawn through a delay, row 38 is another dose than it was."""
    plain = course("trastuzumab", times={"cycle": 2})
    late = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    assert find(plain, [37]) == (key("cycle 2", "trastuzumab", 1),)
    assert find(late, [37]) == (key("cycle 1", "aldesleukin", 15, "low-dose"),)
    assert find(late, [42]) == find(plain, [37])


@pytest.mark.parametrize("row", [0, 61, -1])
def test_a_row_that_there_is_not_is_refused(row: int) -> None:
    with pytest.raises(Refused) as error:
        find(NPC, [1, row])
    assert str(error.value) == (
        f"there is no row {row}; the course has rows 1 to 60 (il2calc replan S-07.yaml); more "
        "turns of an open block are given in its head, as times: {BLOCK: 4}"
    )


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("course 1/cycle 2", "course 1/cycle 2"),
        ("course 2", "course 2"),
        ("Course 1, cycle 2", "course 1/cycle 2"),
        ("  course  1 / cycle 2 ", "course 1/cycle 2"),
    ],
)
def test_a_turn_is_named_as_in_the_table_or_the_log(text: str, chain: str) -> None:
    assert meant(NPC, text) == turn(chain)


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("year 1/course 2", "year 1/course 2"),
        ("year 2/cycle 1", None),
        ("year 2/course 1/cycle 1", "year 2/course 1/cycle 1"),
        ("arm 2", "arm 2 1"),
        ("arm 2 1", "arm 2 1"),
    ],
)
def test_what_stands_around_a_turn_may_be_left_out_where_one_fits(
    text: str, chain: str | None
) -> None:
    if chain is None:
        with pytest.raises(Refused, match="'year 2/course 1/cycle 1' or 'year 2/course 2/cycle 1'"):
            meant(DEEP, text)
    else:
        assert meant(DEEP, text)[-1] == (
            chain.rpartition(" ")[0].rpartition("/")[2],
            int(chain[-1]),
        )


def test_a_block_given_once_needs_no_number() -> None:
    found = course("trastuzumab", times={"cycle": 1})
    assert meant(found, "lead-in") == turn("lead-in 1")
    assert meant(found, "cycle") == turn("cycle 1")


def test_a_name_that_fits_several_turns_is_refused() -> None:
    """Giving the wrong cycle must not be one keystroke away."""
    with pytest.raises(Refused) as error:
        meant(NPC, "cycle 2")
    assert str(error.value) == (
        "'cycle 2' may be several block turns; write which: 'course 1/cycle 2' or "
        "'course 2/cycle 2'"
    )
    with pytest.raises(Refused, match=r"or 'year 1/course 2/cycle 2' \.\.\."):
        meant(DEEP, "cycle")


@pytest.mark.parametrize("text", ["course 3", "course 1/cycle 9", "cycle 1/course 1", "", "x/"])
def test_a_turn_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="no block turn is called"):
        meant(NPC, text)
