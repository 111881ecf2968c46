"""What the entries taken so far have come to."""

from __future__ import annotations

from datetime import date

import pytest

from courselogs import CYCLE, entry, given, held, key, log, turn
from il2calc import load_regimen
from il2calc.course import admission
from il2calc.course.state import CourseState
from il2calc.model.effects import Decided, Delayed, Effect, Shifted, Stopped

NPC = load_regimen("npc-bolus")
DOSE = (CYCLE, "aldesleukin")


def taken(*effects: Effect, **head: object) -> CourseState:
    """A course after these entries, whether or not they may stand."""
    made = log(NPC, *effects, **head)  # type: ignore[arg-type] # start and zone only
    found = CourseState(NPC, made)
    for each in made.entries:
        admission.take(found, each)
    return found


def test_what_there_is_not_is_left_out() -> None:
    """A faulty entry counts as far as it can, so that others are not told as faulty for it."""
    found = taken(
        given(*DOSE, [1, 16]),
        held(*DOSE, [1, 2]),
        Delayed(turn("course 3"), 3),
        Shifted(key(*DOSE, 16), 60),
    )
    assert list(found.given) == [key(*DOSE, 1)]
    assert list(found.held) == [key(*DOSE, 2)]
    assert (found.delays, found.shifts) == ([], [])


def test_the_first_decision_and_the_first_stop_count() -> None:
    yes, no = (Decided(turn("course 2"), given=each) for each in (True, False))
    found = taken(yes, no, Stopped(), Stopped())
    assert found.decided[turn("course 2")].effect is yes
    assert found.stopped is not None
    assert found.stopped.number == 3


def test_a_turn_has_begun_with_those_around_it() -> None:
    found = taken(given("course 2/cycle 1", "aldesleukin", [1]), held(*DOSE, [1]))
    assert found.begun == {turn("course 2"), turn("course 2/cycle 1")}


def test_rows_are_numbered_anew_where_something_moved() -> None:
    """Dose 15 goes from day 6 to day 16 at 00:00, after 14 doses of its own cycle and 8 more."""
    found = taken()
    assert found.rows[key("course 1/cycle 2", "aldesleukin", 1)] == 16
    admission.take(found, entry(Shifted(key(*DOSE, 15), 10 * 1440)))
    assert found.rows[key("course 1/cycle 2", "aldesleukin", 1)] == 15
    assert found.rows[key(*DOSE, 15)] == 23
    assert found.lines[turn(CYCLE), "aldesleukin"][-1] == key(*DOSE, 15)


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_rows_stand_in_the_order_of_the_tables(zone: str | None) -> None:
    """In a zone rows stand by their real moments, as the schedule has them."""
    found = taken(start=date(2026, 3, 28), zone=zone)
    assert list(found.rows.values()) == list(range(1, 61))
    assert found.name(key(*DOSE, 3)) == "row 3 (aldesleukin dose 3 of course 1/cycle 1)"


def test_a_dose_knows_the_entry_that_tells_of_it() -> None:
    found = taken(given(*DOSE, [1]), held(*DOSE, [2]))
    told = [found.recorded(key(*DOSE, number)) for number in (1, 2, 3)]
    assert [each and each.number for each in told] == [1, 2, None]
    assert found.was_given(key(*DOSE, 1)).endswith("was given (entry 1)")
