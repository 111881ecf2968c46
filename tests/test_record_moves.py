"""Delays and shifts: what moves, by how much, and what becomes of ranges."""

from __future__ import annotations

from datetime import date

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import course, entry, given, held, key, log, row, states, times, turn
from il2calc import timing
from il2calc.course import Delayed, Shifted
from il2calc.daytimes import DAY
from il2calc.record import replay
from il2calc.record.moves import Moves, delayed, rest_of_repeat
from il2calc.record.places import Places
from test_record_places import moves
from written import SMALL, Data, bodies
from written import regimen as written

EVE = date(2026, 3, 28)
"""The day before clocks go forward in London: on 2026-03-29, 01:00 is 02:00."""

RANGED = """
    blocks:
      - block: cycle
        repeat: {times: 3, rest: 3 to 5 days}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
"""
"""Cycles on days 1, 5 and 9; at the latest on days 1, 7 and 13."""


@settings(SMALL)
@over(bodies(depth=2), st.data(), st.integers(1, 9))
def test_a_delay_of_k_days_shifts_all_later_rows_of_its_sequence_by_k(
    body: Data, data: st.DataObject, days: int
) -> None:
    """Rule: a delay of k days shifts all later rows of that sequence by k and no earlier one."""
    regimen = written(body)
    plan = Places(timing.expand(regimen))
    chain = data.draw(st.sampled_from([each for each in plan.turns if each]))
    found = Places(delayed(plan, Moves(delays=((chain, days),))))
    for each, slot in plan.slots.items():
        by = days * DAY if moves(chain, each.turns, regimen.body) else 0
        assert found.slots[each].minute - slot.minute == by
        assert found.slots[each].anchor - slot.anchor == by
        assert found.slots[each].day - found.slots[each].turn.start == slot.day - slot.turn.start


@settings(SMALL)
@over(bodies(), st.data())
def test_the_order_of_delays_does_not_matter(body: Data, data: st.DataObject) -> None:
    """Rule: the order of independent entries does not matter."""
    plan = Places(timing.expand(written(body)))
    chains = st.sampled_from([each for each in plan.turns if each])
    delays = data.draw(st.lists(st.tuples(chains, st.integers(1, 9)), min_size=1, max_size=3))
    one, other = (
        Places(delayed(plan, Moves(delays=tuple(order)))) for order in (delays, delays[::-1])
    )
    assert [(each, slot.minute, slot.latest) for each, slot in one.slots.items()] == [
        (each, slot.minute, slot.latest) for each, slot in other.slots.items()
    ]


def latest(*entries: tuple[str, int], begun: int = 0) -> list[str]:
    """The days of a ranged regimen's cycles, each with its latest day, after delays of cycles."""
    regimen = written(RANGED)
    delays = tuple((turn(name), days) for name, days in entries)
    plan = Places(timing.expand(regimen))
    started = frozenset(turn(f"cycle {number}") for number in range(1, begun + 1))
    found = delayed(plan, Moves(delays=delays, begun=started))
    return [
        f"{slot.day + 1}" + (f" to {slot.latest // DAY + 1}" if slot.latest is not None else "")
        for slot in found.slots
    ]


def test_a_delay_uses_up_the_range_before_its_turn() -> None:
    """Rest of 3 to 5 days: a day of delay is within it, so that the latest day stays."""
    assert latest() == ["1", "5 to 7", "9 to 13"]
    assert latest(("cycle 2", 1)) == ["1", "6 to 7", "10 to 13"]
    assert latest(("cycle 2", 2)) == ["1", "7", "11 to 13"]


def test_a_delay_beyond_the_range_moves_the_latest_day_too() -> None:
    """2 of 5 days lie within the range; the 3 others move what follows, at the latest too."""
    assert latest(("cycle 2", 5)) == ["1", "10", "14 to 16"]
    assert latest(("cycle 2", 4), ("cycle 2", 1)) == ["1", "10", "14 to 16"]
    assert latest(("cycle 1", 3)) == ["4", "8 to 10", "12 to 16"]


def test_a_turn_that_has_begun_has_no_range_before_it() -> None:
    """What follows it keeps the ranges that lie after it."""
    assert latest(begun=2) == ["1", "5", "9 to 11"]
    assert latest(("cycle 2", 1), begun=2) == ["1", "6", "10 to 12"]


def test_turns_are_the_same_where_nothing_moved() -> None:
    """An empty log gives exactly the plain schedule."""
    plan = Places(timing.expand(written(RANGED)))
    assert delayed(plan, Moves()) is plan.timetable
    assert delayed(plan, Moves(begun=frozenset({turn("cycle 1")}))) is plan.timetable


def test_a_shift_moves_one_dose_and_the_rest_of_its_repeat() -> None:
    """Doses at 08:00, 16:00, ...; from the 14th on 90 minutes later; cycle 2 stays."""
    shift = Shifted(key("course 1/cycle 1", "aldesleukin", 14), 90)
    plain, found = times(course("npc-bolus")), times(course("npc-bolus", shift))
    assert plain[12:16] == [
        "2025-12-05 08:00",
        "2025-12-05 16:00",
        "2025-12-06 00:00",
        *plain[15:16],
    ]
    assert found[12:16] == [
        "2025-12-05 08:00",
        "2025-12-05 17:30",
        "2025-12-06 01:30",
        *plain[15:16],
    ]


def test_shifts_add_up_whatever_their_order() -> None:
    """Rule: the order of independent entries does not matter."""
    first = Shifted(key("course 1/cycle 1", "aldesleukin", 13), 60)
    second = Shifted(key("course 1/cycle 1", "aldesleukin", 15), 30)
    one, other = (course("npc-bolus", *both) for both in ((first, second), (second, first)))
    assert times(one) == times(other)
    assert times(one)[12:15] == ["2025-12-05 09:00", "2025-12-05 17:00", "2025-12-06 01:30"]


LISTED = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 28 days}
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: [1, 8, 15]}
          - {drug: y, amount: 1 mg, route: IV, day: [1, 4], repeat: {times: 3, every: 8 hours}}
          - {drug: z, amount: 1 mg, route: IV, day: 2}
"""


def test_the_rest_of_listed_days_is_that_of_the_dose_in_its_turn() -> None:
    """A dose without a repeat has its listed days for one; a repeat is that of its listed day."""
    places = Places(timing.expand(written(LISTED)))
    assert rest_of_repeat(places, key("cycle 1", "x", 2)) == [
        key("cycle 1", "x", 2),
        key("cycle 1", "x", 3),
    ]
    assert rest_of_repeat(places, key("cycle 1", "y", 2)) == [
        key("cycle 1", "y", 2),
        key("cycle 1", "y", 3),
    ]
    assert rest_of_repeat(places, key("cycle 2", "y", 6)) == [key("cycle 2", "y", 6)]


def test_what_is_shifted_past_another_dose_stands_after_it() -> None:
    """Rows stand in the order of their time: x on day 8 of the cycle is shifted to day 16."""
    regimen = written(LISTED)
    shift = Shifted(key("cycle 1", "x", 2), 8 * DAY)
    found = course(regimen, shift)
    order = [each.key.number for each in found.rows if each.key[:2] == (turn("cycle 1"), "x")]
    days = [each.administration.regimen_day for each in found.rows if each.key.drug == "x"]
    assert order == [1, 2, 3]
    assert days == [1, 16, 23, 29, 36, 43]


def test_doses_of_one_moment_stand_in_the_order_of_the_file() -> None:
    """Rule 8: after a shift too."""
    regimen = written(LISTED)
    slots = timing.expand(regimen).slots
    assert timing.in_order(reversed(slots), regimen) == slots


def test_hours_stay_elapsed_where_a_repeat_is_shifted_by_hours() -> None:
    """London, 2026-03-29 01:00 is 02:00: doses 8 hours apart stay so, shifted by 4 hours too."""
    shift = Shifted(key("course 1/cycle 1", "aldesleukin", 2), 240)
    rows = course("npc-bolus", shift, start=EVE, zone="Europe/London").rows
    found = [each.administration.when for each in rows[:5]]
    assert [f"{each:%d %H:%M%z}" for each in found] == [
        "28 08:00+0000",
        "28 20:00+0000",
        "29 05:00+0100",
        "29 13:00+0100",
        "29 21:00+0100",
    ]


def test_a_shift_by_whole_days_keeps_the_clock_time() -> None:
    """The same repeat a day later, from its first dose: 08:00 is 08:00 after the change too."""
    shift = Shifted(key("course 1/cycle 1", "aldesleukin", 1), DAY)
    rows = course("npc-bolus", shift, start=EVE, zone="Europe/London").rows
    found = [each.administration.when for each in rows[:2]]
    assert [f"{each:%d %H:%M%z}" for each in found] == ["29 08:00+0100", "29 16:00+0100"]


def test_a_daily_dose_shifted_by_hours_keeps_its_new_clock_time() -> None:
    """What stands on a day keeps its clock time across a change: 12:00 on every day."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 3}]")
    found = course(regimen, Shifted(key("", "x", 1), 240), start=EVE, zone="Europe/London")
    assert [f"{each.administration.when:%d %H:%M%z}" for each in found.rows] == [
        "28 12:00+0000",
        "29 12:00+0100",
        "30 12:00+0100",
    ]


def test_a_shift_moves_latest_times_as_far() -> None:
    """A repeat every 8 to 12 hours, its second dose at 16:00, at the latest at 20:00."""
    regimen = written(
        "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, "
        "repeat: {times: 2, every: 8 to 12 hours}, at: '23:00'}]"
    )
    plain, found = course(regimen), course(regimen, Shifted(key("", "x", 2), 60))
    assert [str(each.administration.latest_date) for each in plain.rows] == ["None", "2025-12-02"]
    slots = Places(timing.expand(regimen)).slots
    assert slots[key("", "x", 2)].latest == (23 + 12) * 60
    assert str(found.rows[1].administration.latest_date) == "2025-12-02"
    assert times(found)[1] == "2025-12-02 08:00"


def test_held_doses_are_omitted_and_not_delayed() -> None:
    """Rule: what was left out is left out; every other row stays where it was."""
    found = course("npc-bolus", held("course 1/cycle 1", "aldesleukin", [3, 4]))
    assert times(found) == times(course("npc-bolus"))
    assert states(found)[:5] == ["due", "due", "held", "held", "planned"]


def test_a_dose_given_late_moves_no_other() -> None:
    late = given("course 1/cycle 1", "aldesleukin", [1], at="2025-12-01 15:00")
    found = course("npc-bolus", late)
    assert times(found) == times(course("npc-bolus"))
    told = row(found, "course 1/cycle 1", "aldesleukin", 1).recorded
    assert f"{told.when:%H:%M}" == "15:00"


def test_a_delay_of_a_nested_turn_and_of_the_one_around_it_add_up() -> None:
    """Course 2 begins on 2026-01-22, 3 + 2 days later on 2026-01-27; 6 weeks end on 2026-01-29."""
    both = (Delayed(turn("course 2"), 3), Delayed(turn("course 2/cycle 1"), 2))
    found = course("npc-bolus", *both)
    first = row(found, "course 2/cycle 1", "aldesleukin", 1).administration
    assert (str(first.when), str(first.latest_date)) == ("2026-01-27 08:00:00", "2026-01-29")
    other = replay(
        found.plain.regimen, log(found.plain.regimen, *map(entry, both[::-1])), found.as_of
    )
    assert times(other) == times(found)


def test_a_block_lasts_until_all_that_was_delayed_in_it_is_over() -> None:
    """Two cycles of a day with a day of rest take 3 days; the second 3 days late, they take 6."""
    plan = Places(
        timing.expand(
            written("""
                blocks:
                  - block: course
                    repeat: {times: 2, rest: 7 days}
                    blocks:
                      - block: cycle
                        repeat: {times: 2, rest: 1 days}
                        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
            """)
        )
    )
    found = Places(delayed(plan, Moves(delays=((turn("course 1/cycle 2"), 3),))))
    lies = {chain: (each.start, each.length) for chain, each in found.turns.items()}
    assert lies[turn("course 1")] == (0, 6)
    assert lies[turn("course 2")] == (13, 3)
    assert lies[turn("course 1/cycle 1")] == (0, 1)
