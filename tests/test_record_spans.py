"""How long turns last: by the plan and as they lie, and which have begun."""

from __future__ import annotations

import pytest

from courselogs import CYCLE, course, given, held, turn
from il2calc.course import Decided, Delayed, Effect, chain_text
from il2calc.record import Course
from il2calc.record.spans import begun, moved
from written import regimen as written

NPC = "npc-bolus"


def spans(found: Course) -> dict[str, tuple[int, int, int, int]]:
    """First day and length by the plan, then as it lies now, of every turn that has begun."""
    return {
        chain_text(chain): (
            *(each.planned[0] + 1, each.planned[1] - each.planned[0]),
            *(each.now[0] + 1, each.now[1] - each.now[0]),
        )
        for chain, each in begun(found).items()
    }


def first(name: str, drug: str = "aldesleukin") -> Effect:
    return given(name, drug, [1])


def test_nothing_has_begun_before_a_dose_is_told() -> None:
    assert spans(course(NPC)) == {}


def test_a_turn_lasts_with_the_rest_that_belongs_to_it() -> None:
    """Five days and the seven of rest: 12; the last cycle of a course too."""
    found = course(NPC, first("course 1/cycle 2"))
    assert spans(found) == {CYCLE: (1, 12, 1, 12), "course 1/cycle 2": (13, 12, 13, 12)}


def test_the_delay_of_what_follows_lengthens_a_turn() -> None:
    """Cycle 2 three days late: cycle 1 took 15 days; a course's delay is none of its last cycle."""
    late = (Delayed(turn("course 1/cycle 2"), 3), Delayed(turn("course 2"), 9))
    found = course(NPC, *late, first("course 1/cycle 2"))
    assert spans(found) == {CYCLE: (1, 12, 1, 15), "course 1/cycle 2": (13, 12, 16, 12)}
    assert moved(found) == {
        turn("course 1/cycle 2"): 3,
        turn("course 2"): 12,
        turn("course 2/cycle 1"): 12,
        turn("course 2/cycle 2"): 12,
    }


def test_holding_a_dose_begins_a_turn_too_once_its_time_has_come() -> None:
    """Held ahead, it says nothing of a turn that may never be given."""
    told = held(CYCLE, "aldesleukin", [1])
    assert list(spans(course(NPC, told, as_of="2025-12-01 08:00"))) == [CYCLE]
    assert list(spans(course(NPC, told, as_of="2025-12-01 07:59"))) == []


def test_a_held_dose_of_a_branch_that_is_not_decided_begins_nothing() -> None:
    """Dose 1 of course 2, held ahead: whether the course is given is still open."""
    told = held("course 2/cycle 1", "aldesleukin", [1])
    assert list(spans(course(NPC, told, as_of="2026-02-10"))) == []


def test_what_lies_before_a_begun_turn_has_begun() -> None:
    found = course(NPC, first("course 2/cycle 1"))
    assert list(spans(found)) == [CYCLE, "course 1/cycle 2", "course 2/cycle 1"]


def test_what_was_decided_against_has_not_begun() -> None:
    """The follow-up has begun, the maintenance before it was never given."""
    regimen = written("""
        blocks:
          - block: induction
            rest: 3 days
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 4}]
          - block: maintenance
            only_if: response
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: follow-up
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    no = Decided(turn("maintenance 1"), given=False)
    found = course(regimen, no, first("follow-up 1", "x"))
    assert spans(found) == {"induction 1": (1, 7, 1, 7), "follow-up 1": (9, 1, 9, 1)}


def test_every_is_the_length_of_a_turn() -> None:
    """Cycles of 28 days, the last one too; the lead-in of trastuzumab fills 21, and 24 if late."""
    found = course("imp321", first("cycle 6", "IMP321"), arm="6.25-mg")
    assert spans(found)["cycle 6"] == (141, 28, 141, 28)
    late = course(
        "trastuzumab", Delayed(turn("cycle 1"), 3), first("lead-in 1"), times={"cycle": 1}
    )
    assert spans(late) == {"lead-in 1": (1, 21, 1, 24)}


def test_doses_in_no_block_last_from_their_first_to_their_last_day() -> None:
    """Days -21 to 14 without a day 0 are 35 days, whatever the cycles beside them do."""
    told = given("", "cyclophosphamide", [1])
    found = course("imatinib", told, Delayed(turn("cycle 1"), 5), times={"cycle": 2})
    assert spans(found) == {"": (-20, 35, -20, 35)}


def test_a_dose_past_midnight_lengthens_nothing() -> None:
    """15 doses every 8 hours fill 5 days, though from 08:00 the last one falls on day 6."""
    regimen = written(
        "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 15, every: 8 hours}}]"
    )
    assert spans(course(regimen, first("", "x"))) == {"": (1, 5, 1, 5)}


@pytest.mark.parametrize(("by", "length"), [(0, 20), (4, 24)])
def test_a_turn_with_turns_in_it_grows_with_them(by: int, length: int) -> None:
    """A course of its own doses and two cycles of 10 days: the second one late makes it longer."""
    regimen = written("""
        blocks:
          - block: course
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
            blocks:
              - block: cycle
                repeat: {times: 2, every: 10 days}
                doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """)
    late = [Delayed(turn("course 1/cycle 2"), by)] if by else []
    found = course(regimen, *late, first("course 1", "x"))
    assert spans(found)["course 1"] == (1, 20, 1, length)
