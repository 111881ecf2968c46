"""Where a course lies: turns, headings and rows that agree after everything moved."""

from __future__ import annotations

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import course, key, times, turn
from il2calc import timing
from il2calc.course import Delayed, Shifted
from il2calc.record.laying import lay
from il2calc.record.moves import Moves
from il2calc.record.places import Places
from written import SMALL, Data, bodies
from written import regimen as written


@settings(SMALL)
@over(bodies(), st.data())
def test_rows_stand_in_time_and_in_their_turns(body: Data, data: st.DataObject) -> None:
    """Rows by date and time; no dose is lost, and none changes its turn."""
    regimen = written(body)
    plan = Places(timing.expand(regimen))
    chains = st.sampled_from([each for each in plan.turns if each])
    delays = data.draw(st.lists(st.tuples(chains, st.integers(1, 9)), max_size=2))
    keys = st.sampled_from(list(plan.slots))
    shifts = data.draw(st.lists(st.tuples(keys, st.integers(1, 3000)), max_size=2))
    found = lay(plan, Moves(tuple(delays), tuple(shifts)), regimen).places
    minutes = [slot.minute for slot in found.timetable.slots]
    assert minutes == sorted(minutes)
    assert found.slots.keys() == plan.slots.keys()
    assert all(slot.turn in found.late for slot in found.timetable.slots)


def test_a_turn_lasts_as_long_as_what_goes_on_in_it() -> None:
    """Cycle 1 of trastuzumab, days 22 to 35, lasts to day 40 where cycle 2 is 5 days late."""
    found = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    turns = {each.number: each for each, _ in found.schedule.turns if each.block.name == "cycle"}
    assert [(each.start, each.length) for each in turns.values()] == [(21, 19), (40, 14)]
    assert all(each.outer is found.schedule.turns[0][0] for each in turns.values())


def test_a_shift_may_reach_what_goes_on_through_a_delay() -> None:
    """The 16th dose of cycle 1, drawn on day 37, is given at noon, and the rest of them too."""
    delay = Delayed(turn("cycle 2"), 5)
    shift = Shifted(key("cycle 1", "aldesleukin", 16, "low-dose"), 240)
    found = course("trastuzumab", delay, shift, times={"cycle": 2})
    assert [each[-5:] for each in times(found)[35:42]] == [
        *("08:00", "08:00"),
        *("12:00", "12:00", "12:00", "12:00"),
        "08:00",
    ]
