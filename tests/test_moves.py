"""Delays and shifts: what moves, by how much, and what becomes of ranges."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import course, entry, given, held, key, log, row, states, times, turn
from il2calc.course import Course, replay
from il2calc.course.index import Index
from il2calc.course.moves import Moves, delayed, moved, repeats_by_hour, rest_of_repeat
from il2calc.course.whereabouts import lay_out
from il2calc.model.effects import Decided, Delayed, Extra, Shifted
from il2calc.plan import timing
from il2calc.plan.calendar import DAY
from il2calc.review.of_course import log_cautions
from il2calc.units import quantity
from test_index import moves
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
    plan = Index(timing.expand(regimen))
    chain = data.draw(st.sampled_from([turn for turn in plan.turns if turn]))
    index = Index(delayed(plan, Moves(delays=((chain, days),))))
    for dose_key, slot in plan.slots.items():
        by = days * DAY if moves(chain, dose_key.turns, regimen.body) else 0
        assert index.slots[dose_key].minute - slot.minute == by
        assert index.slots[dose_key].anchor - slot.anchor == by
        assert (
            index.slots[dose_key].day - index.slots[dose_key].turn.start
            == slot.day - slot.turn.start
        )


@settings(SMALL)
@over(bodies(), st.data())
def test_the_order_of_delays_does_not_matter(body: Data, data: st.DataObject) -> None:
    """Rule: the order of independent entries does not matter."""
    plan = Index(timing.expand(written(body)))
    chains = st.sampled_from([turn for turn in plan.turns if turn])
    delays = data.draw(st.lists(st.tuples(chains, st.integers(1, 9)), min_size=1, max_size=3))
    one, other = (
        Index(delayed(plan, Moves(delays=tuple(order)))) for order in (delays, delays[::-1])
    )
    assert [(dose_key, slot.minute, slot.latest) for dose_key, slot in one.slots.items()] == [
        (dose_key, slot.minute, slot.latest) for dose_key, slot in other.slots.items()
    ]


@settings(SMALL)
@over(bodies(depth=2), st.data())
def test_a_delay_moves_a_latest_time_no_further_than_its_dose(
    body: Data, data: st.DataObject
) -> None:
    """A range takes up a part of a delay or none; what a delay does not move keeps its range."""
    plan = Index(timing.expand(written(body)))
    chains = st.sampled_from([chain for chain in plan.turns if chain])
    delays = data.draw(st.lists(st.tuples(chains, st.integers(1, 9)), min_size=1, max_size=3))
    now = Index(delayed(plan, Moves(delays=tuple(delays))))
    for dose, slot in plan.slots.items():
        moved_slot = now.slots[dose]
        by = moved_slot.minute - slot.minute
        before = slot.minute if slot.latest is None else slot.latest
        after = moved_slot.minute if moved_slot.latest is None else moved_slot.latest
        assert max(before, moved_slot.minute) <= after <= before + by


def latest(*entries: tuple[str, int], begun: int = 0) -> list[str]:
    """The days of a ranged regimen's cycles, with their latest days, after delays of cycles."""
    regimen = written(RANGED)
    delays = tuple((turn(name), days) for name, days in entries)
    plan = Index(timing.expand(regimen))
    started = frozenset(turn(f"cycle {number}") for number in range(1, begun + 1))
    delayed_plan = delayed(plan, Moves(delays=delays, begun=started))
    return [
        f"{slot.day + 1}" + (f" to {slot.latest // DAY + 1}" if slot.latest is not None else "")
        for slot in delayed_plan.slots
    ]


@pytest.mark.hazard(23)
def test_a_delay_uses_up_the_range_before_its_turn() -> None:
    """Rest of 3 to 5 days: a day of delay is within it, so that the latest day stays."""
    assert latest() == ["1", "5 to 7", "9 to 13"]
    assert latest(("cycle 2", 1)) == ["1", "6 to 7", "10 to 13"]
    assert latest(("cycle 2", 2)) == ["1", "7", "11 to 13"]


def test_a_delay_beyond_the_range_moves_the_latest_day_too() -> None:
    """2 of 5 days are within the range; the 3 others move what follows, its latest day too."""
    assert latest(("cycle 2", 5)) == ["1", "10", "14 to 16"]
    assert latest(("cycle 2", 4), ("cycle 2", 1)) == ["1", "10", "14 to 16"]
    assert latest(("cycle 1", 3)) == ["4", "8 to 10", "12 to 16"]


def test_a_turn_that_has_begun_has_no_range_before_it() -> None:
    """What follows it keeps the ranges after it."""
    assert latest(begun=2) == ["1", "5", "9 to 11"]
    assert latest(("cycle 2", 1), begun=2) == ["1", "6", "10 to 12"]


def test_turns_are_the_same_where_nothing_moved() -> None:
    """An empty log gives exactly the plain schedule."""
    plan = Index(timing.expand(written(RANGED)))
    assert delayed(plan, Moves()) is plan.timetable
    assert delayed(plan, Moves(begun=frozenset({turn("cycle 1")}))) is plan.timetable


def test_a_shift_moves_one_dose_and_the_rest_of_its_repeat() -> None:
    """Doses at 08:00, 16:00, ...; from the 14th on 90 minutes later; cycle 2 stays."""
    shift = Shifted(key("course 1/cycle 1", "aldesleukin", 14), 90)
    plain, shifted = times(course("npc-bolus")), times(course("npc-bolus", shift))
    assert plain[12:16] == [
        "2025-12-05 08:00",
        "2025-12-05 16:00",
        "2025-12-06 00:00",
        *plain[15:16],
    ]
    assert shifted[12:16] == [
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
    places = Index(timing.expand(written(LISTED)))
    assert rest_of_repeat(places.slots, key("cycle 1", "x", 2)) == [
        key("cycle 1", "x", 2),
        key("cycle 1", "x", 3),
    ]
    assert rest_of_repeat(places.slots, key("cycle 1", "y", 2)) == [
        key("cycle 1", "y", 2),
        key("cycle 1", "y", 3),
    ]
    assert rest_of_repeat(places.slots, key("cycle 2", "y", 6)) == [key("cycle 2", "y", 6)]


def test_a_dose_shifted_past_another_is_listed_after_it() -> None:
    """Rows are in the order of their time: x on day 8 of the cycle is shifted to day 16."""
    regimen = written(LISTED)
    shift = Shifted(key("cycle 1", "x", 2), 8 * DAY)
    result = course(regimen, shift)
    order = [row.key.number for row in result.rows if row.key[:2] == (turn("cycle 1"), "x")]
    days = [row.administration.regimen_day for row in result.rows if row.key.drug == "x"]
    assert order == [1, 2, 3]
    assert days == [1, 16, 23, 29, 36, 43]


def test_doses_at_one_time_are_in_the_order_of_the_file() -> None:
    """Rule 8: after a shift too."""
    regimen = written(LISTED)
    slots = timing.expand(regimen).slots
    assert timing.in_order(reversed(slots), regimen) == slots


def test_hours_between_doses_stay_elapsed_hours_after_a_shift_by_hours() -> None:
    """London, 2026-03-29 01:00 is 02:00: doses 8 hours apart stay so, shifted by 4 hours too."""
    shift = Shifted(key("course 1/cycle 1", "aldesleukin", 2), 240)
    rows = course("npc-bolus", shift, start=EVE, zone="Europe/London").rows
    times_of_doses = [row.administration.when for row in rows[:5]]
    assert [f"{time:%d %H:%M%z}" for time in times_of_doses] == [
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
    times_of_doses = [row.administration.when for row in rows[:2]]
    assert [f"{time:%d %H:%M%z}" for time in times_of_doses] == ["29 08:00+0100", "29 16:00+0100"]


def test_a_daily_dose_shifted_by_hours_keeps_its_new_clock_time() -> None:
    """A dose by days keeps its clock time across a change of the clocks: 12:00 on every day."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 3}]")
    result = course(regimen, Shifted(key("", "x", 1), 240), start=EVE, zone="Europe/London")
    assert [f"{row.administration.when:%d %H:%M%z}" for row in result.rows] == [
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
    plain, shifted = course(regimen), course(regimen, Shifted(key("", "x", 2), 60))
    assert [str(row.administration.latest_date) for row in plain.rows] == ["None", "2025-12-02"]
    slots = Index(timing.expand(regimen)).slots
    assert slots[key("", "x", 2)].latest == (23 + 12) * 60
    assert str(shifted.rows[1].administration.latest_date) == "2025-12-02"
    assert times(shifted)[1] == "2025-12-02 08:00"


def test_held_doses_are_omitted_and_not_delayed() -> None:
    """Rule: a held dose is left out; every other row keeps its time."""
    result = course("npc-bolus", held("course 1/cycle 1", "aldesleukin", [3, 4]))
    assert times(result) == times(course("npc-bolus"))
    assert states(result)[:5] == ["due", "due", "held", "held", "planned"]


def test_a_dose_given_late_moves_no_other() -> None:
    late = given("course 1/cycle 1", "aldesleukin", [1], at="2025-12-01 15:00")
    result = course("npc-bolus", late)
    assert times(result) == times(course("npc-bolus"))
    recorded_dose = row(result, "course 1/cycle 1", "aldesleukin", 1).recorded
    assert f"{recorded_dose.when:%H:%M}" == "15:00"


def test_a_delay_of_a_nested_turn_and_of_the_one_around_it_add_up() -> None:
    """Course 2 begins on 2026-01-22, 3 + 2 days later on 2026-01-27; 6 weeks end on 2026-01-29."""
    both = (Delayed(turn("course 2"), 3), Delayed(turn("course 2/cycle 1"), 2))
    result = course("npc-bolus", *both)
    first = row(result, "course 2/cycle 1", "aldesleukin", 1).administration
    assert (str(first.when), str(first.latest_date)) == ("2026-01-27 08:00:00", "2026-01-29")
    other = replay(
        result.planned.regimen, log(result.planned.regimen, *map(entry, both[::-1])), result.as_of
    )
    assert times(other) == times(result)


def test_a_block_lasts_until_all_that_was_delayed_in_it_is_over() -> None:
    """Two cycles of a day with a day of rest take 3 days; the second 3 days late, they take 6."""
    plan = Index(
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
    index = Index(delayed(plan, Moves(delays=((turn("course 1/cycle 2"), 3),))))
    extents = {chain: (one.start, one.length) for chain, one in index.turns.items()}
    assert extents[turn("course 1")] == (0, 6)
    assert extents[turn("course 2")] == (13, 3)
    assert extents[turn("course 1/cycle 1")] == (0, 1)


def cycles(doses: str, repeat: str = "{times: 3, every: 14 days}", more: str = "") -> str:
    """Cycles of these doses, all of them assumed to go on during a delay."""
    return f"""
        blocks:
          - block: cycle
            repeat: {repeat}
            doses:
              {doses}
        {more}
        assumptions:
          - about: cycle.x.during_delay
            text: It goes on while a cycle is delayed.
            because: It is taken at home.
    """


DAILY = "- {drug: x, amount: 1 mg, route: oral, day: 4 to 14, during_delay: continue}"


def days(result: Course, drug: str = "x") -> list[int]:
    """The days of a drug."""
    rows = (row.administration for row in result.rows if row.key.drug == drug)
    return [row.regimen_day for row in rows]


def test_a_daily_dose_is_given_on_each_day_of_the_delay() -> None:
    """Cycle 1 ends on day 14; a delay of 3 days is days 15 to 17, and cycle 2 begins on day 18."""
    result = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), 3))
    assert days(result) == [*range(4, 18), *range(21, 32), *range(35, 46)]


def test_doses_of_a_delay_are_numbered_on_in_the_turn_before() -> None:
    """Eleven are planned in cycle 1; the delay's are its 12th to 14th, and no plan has them."""
    result = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), 3))
    added = [row for row in result.rows if row.planned is None]
    assert [row.key for row in added] == [
        row(result, "cycle 1", "x", number).key for number in (12, 13, 14)
    ]
    assert [row.administration.block_day for row in added] == [15, 16, 17]
    assert {row.administration.assumed for row in added} == {(1,)}


def test_delays_of_one_turn_add_up_to_one_gap() -> None:
    """1 + 2 days are 3, whatever the order in which they were entered."""
    regimen = written(cycles(DAILY))
    one = Delayed(turn("cycle 2"), 1)
    two = Delayed(turn("cycle 2"), 2)
    assert days(course(regimen, one, two)) == days(course(regimen, two, one))
    assert days(course(regimen, one, two)) == days(course(regimen, Delayed(turn("cycle 2"), 3)))


def test_each_delayed_turn_has_a_gap_of_its_own() -> None:
    """Cycle 2 is days 16 to 29, its delay day 15; the delay of cycle 3 is days 30 and 31."""
    both = (Delayed(turn("cycle 3"), 2), Delayed(turn("cycle 2"), 1))
    result = course(written(cycles(DAILY)), *both)
    assert days(result) == [*range(4, 16), *range(19, 32), *range(35, 46)]
    assert row(result, "cycle 2", "x", 13).administration.regimen_day == 31


def test_the_first_turn_has_no_gap_before_it() -> None:
    result = course(written(cycles(DAILY)), Delayed(turn("cycle 1"), 3))
    assert days(result)[0] == 7
    assert len(days(result)) == 33


def test_a_dose_goes_on_in_its_own_rhythm() -> None:
    """On days 1, 5, 9 and 13 of 14 the next is day 17: within days 15 to 18 of a 4-day delay."""
    weekly = "- {drug: x, amount: 1 mg, route: SC, day: [1, 5, 9, 13], during_delay: continue}"
    result = course(written(cycles(weekly)), Delayed(turn("cycle 2"), 4))
    assert days(result)[:6] == [1, 5, 9, 13, 17, 19]


def test_a_rhythm_of_hours_goes_on_by_the_hour() -> None:
    """Every 12 hours for 4 days, from 08:00 on day 1: then at 08:00 and 20:00 through day 5."""
    hourly = (
        "- {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 8, every: 12 hours}, "
        "during_delay: continue}"
    )
    result = course(
        written(cycles(hourly, "{times: 2, every: 4 days}")), Delayed(turn("cycle 2"), 1)
    )
    assert [f"{row.administration.when:%d %H:%M}" for row in result.rows[6:11]] == [
        "04 08:00",
        "04 20:00",
        "05 08:00",
        "05 20:00",
        "06 08:00",
    ]
    assert [row.key.number for row in result.rows[7:11]] == [8, 9, 10, 1]


def test_times_of_the_day_are_those_of_the_days_before() -> None:
    twice = (
        "- {drug: x, amount: 1 mg, route: oral, day: 1 to 3, at: ['09:00', '21:00'], "
        "during_delay: continue}"
    )
    result = course(
        written(cycles(twice, "{times: 2, every: 3 days}")), Delayed(turn("cycle 2"), 1)
    )
    assert [f"{row.administration.when:%d %H:%M}" for row in result.rows[5:9]] == [
        "03 21:00",
        "04 09:00",
        "04 21:00",
        "05 09:00",
    ]


@pytest.mark.parametrize("day", ["1 to 7", "1"])
def test_a_dose_that_had_ended_does_not_go_on_and_is_cautioned(day: str) -> None:
    """Given on days 1 to 7 of 14, it rests when the delay begins; one day alone has no rhythm."""
    resting = f"- {{drug: x, amount: 1 mg, route: SC, day: {day}, during_delay: continue}}"
    result = course(written(cycles(resting)), Delayed(turn("cycle 2"), 3))
    assert all(row.planned is not None for row in result.rows)
    assert [caution.code for caution in log_cautions(result)] == ["not-continued"]


def test_only_doses_of_the_turn_before_go_on() -> None:
    """The delay of the second course follows cycle 2 of the first one, whose dose goes on."""
    nested = """
        blocks:
          - block: course
            repeat: {times: 2, every: 8 days}
            blocks:
              - block: cycle
                repeat: {times: 2, every: 4 days}
                doses:
                  - {drug: x, amount: 1 mg, route: SC, day: 1 to 4, during_delay: continue}
                  - {drug: y, amount: 1 mg, route: SC, day: 1 to 4}
        assumptions:
          - about: course.cycle.x.during_delay
            text: It goes on while a cycle is delayed.
            because: It is taken at home.
    """
    regimen = written(nested)
    for delays in (
        [("course 2", 2)],
        [("course 2/cycle 1", 2)],
        [("course 2", 1), ("course 2/cycle 1", 1)],
    ):
        result = course(regimen, *(Delayed(turn(name), by) for name, by in delays))
        added = [row for row in result.rows if row.planned is None]
        assert [row.key.turns for row in added] == [turn("course 1/cycle 2")] * 2
        assert [row.administration.regimen_day for row in added] == [9, 10]
        assert days(result, "y")[8] == 11


def test_nothing_goes_on_through_a_delay_of_a_block_beside() -> None:
    """The course begins on day 5 as planned, with x of its own; only z, placed by day, is late."""
    body = """
        blocks:
          - block: lead-in
            doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 4, during_delay: continue}]
          - block: course
            doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 4}]
            blocks:
              - {block: beside, day: 1, doses: [{drug: z, amount: 1 mg, route: SC, day: 1}]}
        assumptions:
          - about: lead-in.x.during_delay
            text: It goes on while the course is delayed.
            because: It is taken at home.
    """
    regimen = written(body)
    result = course(regimen, Delayed(turn("course 1/beside 1"), 2))
    assert days(result) == [*range(1, 9)]
    assert days(result, "z") == [7]
    assert days(course(regimen, Delayed(turn("course 1"), 2))) == [*range(1, 11)]


def test_doses_of_a_delay_have_a_latest_day_too() -> None:
    """Rest of 1 to 2 days before cycle 2: doses of a delay after it are as uncertain as it is."""
    ranged = "- {drug: x, amount: 1 mg, route: SC, day: 1 to 3, during_delay: continue}"
    body = cycles(ranged, "{times: 2, rest: 1 to 2 days}").replace(
        "        assumptions:",
        """
          - block: after
            doses: [{drug: y, amount: 1 mg, route: SC, day: 1}]
        assumptions:""",
    )
    result = course(written(body), Delayed(turn("after 1"), 1))
    added = next(row.administration for row in result.rows if row.planned is None)
    assert (added.regimen_day, added.latest_day) == (8, 9)
    assert row(result, "after 1", "y", 1).administration.regimen_day == 9


def test_doses_of_a_delay_stop_when_its_turn_is_decided_against() -> None:
    """A delay is for a turn to come; once that is decided against, no dose goes on until it."""
    body = cycles(DAILY, "{times: 3, every: 14 days, only_if: response}")
    delay = entry(Delayed(turn("cycle 2"), 3), "2025-12-14 12:00")
    no = entry(Decided(turn("cycle 2"), given=False), "2025-12-16 12:00")
    result = course(written(body), delay, no, as_of="2025-12-16")
    added = [row.recorded.state for row in result.rows if row.planned is None]
    assert added == ["unrecorded", "due", "stopped"]


@pytest.mark.parametrize(("by", "expected"), [(7, []), (8, ["long-delay"])])
def test_a_delay_of_more_than_seven_days_is_cautioned(by: int, expected: list[str]) -> None:
    """CALGB 9661 let delays last for up to 7 days."""
    result = course(written(cycles(DAILY)), Delayed(turn("cycle 2"), by))
    assert [caution.code for caution in log_cautions(result)] == expected
    assert [caution.administrations for caution in log_cautions(result)] == [
        tuple(range(12, 20)) for _ in expected
    ]


@settings(SMALL)
@over(bodies(), st.data())
def test_rows_are_in_order_of_time_and_keep_their_turns(body: Data, data: st.DataObject) -> None:
    """Rows by date and time; no dose is lost, and none changes its turn."""
    regimen = written(body)
    plan = Index(timing.expand(regimen))
    chains = st.sampled_from([turn for turn in plan.turns if turn])
    delays = data.draw(st.lists(st.tuples(chains, st.integers(1, 9)), max_size=2))
    keys = st.sampled_from(list(plan.slots))
    shifts = data.draw(st.lists(st.tuples(keys, st.integers(1, 3000)), max_size=2))
    layout = lay_out(plan, Moves(tuple(delays), tuple(shifts)), regimen).now
    minutes = [slot.minute for slot in layout.timetable.slots]
    assert minutes == sorted(minutes)
    assert layout.slots.keys() == plan.slots.keys()
    assert all(slot.turn in layout.late for slot in layout.timetable.slots)


def test_a_turn_lasts_as_long_as_what_goes_on_in_it() -> None:
    """Cycle 1 of trastuzumab, days 22 to 35, lasts to day 40 where cycle 2 is 5 days late."""
    result = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    turns = {
        block_turn.number: block_turn
        for block_turn, _ in result.schedule.turns
        if block_turn.block.name == "cycle"
    }
    assert [(turn.start, turn.length) for turn in turns.values()] == [(21, 19), (40, 14)]
    assert all(turn.outer is result.schedule.turns[0][0] for turn in turns.values())


def test_a_shift_may_reach_what_goes_on_through_a_delay() -> None:
    """The 16th dose of cycle 1, on day 37 in the delay, is given at noon, as are the rest."""
    delay = Delayed(turn("cycle 2"), 5)
    shift = Shifted(key("cycle 1", "aldesleukin", 16, "low-dose"), 240)
    result = course("trastuzumab", delay, shift, times={"cycle": 2})
    assert [time[-5:] for time in times(result)[35:42]] == [
        *("08:00", "08:00"),
        *("12:00", "12:00", "12:00", "12:00"),
        "08:00",
    ]


def days_with_latest(body: str, *delays: tuple[str, int], begun: tuple[str, ...] = ()) -> list[str]:
    """The day of every dose with its latest, after delays."""
    plan = Index(timing.expand(written(body)))
    moved_by = tuple((turn(name), days) for name, days in delays)
    delayed_plan = delayed(plan, Moves(delays=moved_by, begun=frozenset(map(turn, begun))))
    return [
        f"{slot.dose.drug} {slot.day + 1}"
        + (f" to {slot.latest // DAY + 1}" if slot.latest is not None else "")
        for slot in delayed_plan.slots
    ]


FOLLOWED = """
    blocks:
      - block: cycle
        repeat: {times: 2, rest: 3 to 5 days}
        rest: 7 days
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: after
        doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
"""
"""Cycles on days 1 and 5 (to 7), and 7 days of rest after the last: day 13 (to 15)."""

THREE = """
    blocks:
      - block: cycle
        repeat: {times: 2, rest: 3 to 5 days}
        rest: 7 days
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: after
        repeat: {times: 2, rest: 2 to 3 days}
        rest: 10 days
        doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
      - block: last
        doses: [{drug: z, amount: 1 mg, route: IV, day: 1}]
"""
"""y on days 13 (to 15) and 16 (to 19), and z after 10 days: on day 27 (to 30)."""

EVERY = """
    blocks:
      - block: cycle
        repeat: {times: 3, every: 7 to 9 days}
        rest: 2 to 3 days
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: after
        doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
"""
"""Cycles on days 1, 8 (to 10) and 15 (to 19); the last ends on day 21 (to 27), and 2 to 3 days."""

PLACED = """
    blocks:
      - block: course
        repeat: {times: 2, rest: 3 to 5 days}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 4}]
        blocks:
          - {block: beside, day: 3, doses: [{drug: y, amount: 1 mg, route: SC, day: 1 to 4}]}
"""
"""y begins on day 3 of each course and ends it, on day 6: course 2 on day 10 (to 12)."""


@pytest.mark.parametrize("body", [RANGED, FOLLOWED, THREE, EVERY, PLACED])
def test_where_nothing_moved_each_turn_may_begin_as_late_as_planned(body: str) -> None:
    """Latest days are calculated again after a delay; before one they are those of the plan."""
    plan = Index(timing.expand(written(body)))
    assert delayed(plan, Moves()) is plan.timetable


def test_the_rest_after_a_block_is_not_that_between_its_turns() -> None:
    """Cycle 1 three days late: cycle 2 on day 8 (to 10), y 7 days after it, on day 16 (to 18)."""
    assert days_with_latest(FOLLOWED) == ["x 1", "x 5 to 7", "y 13 to 15"]
    assert days_with_latest(FOLLOWED, ("cycle 1", 3)) == ["x 4", "x 8 to 10", "y 16 to 18"]
    assert days_with_latest(THREE)[2:] == ["y 13 to 15", "y 16 to 19", "z 27 to 30"]
    assert days_with_latest(THREE, ("cycle 1", 3))[2:] == ["y 16 to 18", "y 19 to 22", "z 30 to 33"]
    assert days_with_latest(FOLLOWED, begun=("cycle 1", "cycle 2")) == ["x 1", "x 5", "y 13"]


def test_a_range_of_every_counts_from_a_turn_that_has_begun() -> None:
    """Begun on day 8, the next is on day 15 (to 17), y on day 15 + 7 + 2 (to 17 + 9 + 3)."""
    assert days_with_latest(EVERY) == ["x 1", "x 8 to 10", "x 15 to 19", "y 24 to 31"]
    assert days_with_latest(EVERY, begun=("cycle 1", "cycle 2")) == [
        "x 1",
        "x 8",
        "x 15 to 17",
        "y 24 to 29",
    ]
    assert days_with_latest(EVERY, ("cycle 2", 1)) == [
        "x 1",
        "x 9 to 10",
        "x 16 to 19",
        "y 25 to 31",
    ]


def test_a_block_placed_by_day_is_as_late_as_the_turn_around_it() -> None:
    """Course 2 two days late is on day 12, which is its latest; y on its day 3."""
    delayed_days = days_with_latest(PLACED, ("course 2", 2))
    assert [day_text for day_text in delayed_days if day_text.startswith("y")] == [
        *(f"y {day}" for day in (3, 4, 5, 6)),
        *(f"y {day}" for day in (14, 15, 16, 17)),
    ]
    before = days_with_latest(PLACED)
    assert [day_text for day_text in before if day_text.startswith("y")][4:] == [
        f"y {day} to {day + 2}" for day in (12, 13, 14, 15)
    ]


AROUND = """
    blocks:
      - block: course
        repeat: {times: 2, rest: 7 to 14 days}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - {block: beside, day: 3, doses: [{drug: y, amount: 1 mg, route: SC, day: 1}]}
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: z, amount: 1 mg, route: IV, day: 1}]
"""
"""Course 1 lasts until day 14, so course 2 begins on day 22 (to 29)."""


@pytest.mark.parametrize(
    ("delays", "begun", "expected"),
    [
        ({}, (), ["x 22 to 29", "z 22 to 29", "y 24 to 31", "z 29 to 36"]),
        # 3 of the 7 days: z has 4 left, what the delay does not move has all of them.
        ({"/cycle 1": 3}, (), ["x 22 to 29", "y 24 to 31", "z 25 to 29", "z 32 to 36"]),
        # 3 days more than the range: z has none left and moves by 3, at the latest too.
        ({"/cycle 1": 10}, (), ["x 22 to 29", "y 24 to 31", "z 32", "z 39"]),
        # 2 days of the whole course, then 3 of its cycles: 5 and 2 of the 7 are left.
        ({"": 2, "/cycle 1": 3}, (), ["x 24 to 29", "y 26 to 31", "z 27 to 29", "z 34 to 36"]),
        # 8 days of the whole course use up the range, so that nothing is left of it.
        ({"": 8, "/cycle 1": 3}, (), ["x 30", "y 32", "z 33", "z 40"]),
        ({"/cycle 1": 3}, ("course 2",), ["x 22", "y 24", "z 25", "z 32"]),
    ],
)
def test_what_a_delay_within_a_turn_does_not_move_keeps_its_latest_day(
    delays: dict[str, int], begun: tuple[str, ...], expected: list[str]
) -> None:
    """A delay of the first turn in another moves no dose of that one, nor a block beside."""
    moves = [(f"course 2{within}", by) for within, by in delays.items()]
    days = days_with_latest(AROUND, *moves, begun=begun)
    assert sorted(day for day in days if int(day.split()[1]) > 20) == sorted(expected)


def test_a_delay_moves_the_time_that_hours_count_from_as_far() -> None:
    """A dose at a clock time keeps it: the time its hours count from is delayed with it."""
    plan = Index(timing.expand(written(RANGED)))
    index = Index(delayed(plan, Moves(delays=((turn("cycle 2"), 4),))))
    for dose_key, slot in plan.slots.items():
        by = 0 if dose_key.turns == turn("cycle 1") else 4 * DAY
        assert index.slots[dose_key].anchor == slot.anchor + by


def test_a_shift_of_a_dose_no_longer_planned_moves_nothing() -> None:
    """An old entry may name a dose that an amended text has left out."""
    regimen = written(LISTED)
    plan = Index(timing.expand(regimen))
    layout = lay_out(plan, Moves(shifts=((key("cycle 9", "x", 1), 60),)), regimen).now
    assert layout.slots == plan.slots


def test_a_shift_ends_with_the_repeat_of_its_listed_day() -> None:
    """Y three times on days 1 and 4: the second of day 1 takes the third along, and no more."""
    regimen = written(LISTED)
    plan = Index(timing.expand(regimen))
    layout = lay_out(plan, Moves(shifts=((key("cycle 1", "y", 2), 60),)), regimen).now
    moved_by = {
        dose_key.number: layout.slots[dose_key].minute - slot.minute
        for dose_key, slot in plan.slots.items()
        if dose_key.drug == "y" and dose_key.turns == turn("cycle 1")
    }
    assert moved_by == {1: 0, 2: 60, 3: 60, 4: 0, 5: 0, 6: 0}


@pytest.mark.parametrize(
    ("repeat", "hourly"),
    [
        ("", False),
        (", repeat: {times: 2, every: 1 day}", False),
        (", repeat: {times: 2, every: 48 hours}", False),
        (", repeat: {times: 2, every: 36 hours}", True),
        (", repeat: {times: 2, every: 8 to 12 hours}", True),
    ],
)
def test_after_a_shift_only_hourly_repeats_count_from_the_old_time(
    repeat: str, hourly: bool
) -> None:
    """Shifted by 4 hours, a daily dose has a new clock time; by a day, every dose keeps its own."""
    body = f"doses: [{{drug: x, amount: 1 mg, route: IV, day: 1{repeat}}}]"
    slot = timing.expand(written(body)).slots[-1]
    assert repeats_by_hour(slot.dose) is hourly
    late = slot._replace(latest=slot.minute + 60)
    for by in (240, DAY, -30):
        moved_slot = moved(late, by)
        assert (moved_slot.minute, moved_slot.latest) == (slot.minute + by, slot.minute + 60 + by)
        assert moved_slot.anchor == slot.anchor + (0 if hourly and by != DAY else by)


def test_a_delay_of_the_first_turn_ends_nothing_of_a_later_one() -> None:
    """Cycle 1 begins 3 days late, on day 4; before cycle 2, 2 days late, x continues for two."""
    both = (Delayed(turn("cycle 1"), 3), Delayed(turn("cycle 2"), 2))
    result = course(written(cycles(DAILY)), *both)
    assert days(result)[:14] == [*range(7, 20), 23]


NESTED = """
    blocks:
      - block: course
        repeat: {times: 2, every: 8 days}
        blocks:
          - block: cycle
            repeat: {times: 2, every: 4 days}
            doses: [{drug: x, amount: 1 mg, route: SC, day: DAYS, during_delay: continue}]
    assumptions:
      - about: course.cycle.x.during_delay
        text: It goes on while a cycle is delayed.
        because: It is taken at home.
"""


def test_delays_that_begin_together_are_one_gap_before_the_outermost_turn() -> None:
    """Course 2 a day late and its first cycle one more: one gap of 2 days before course 2."""
    both = (Delayed(turn("course 2/cycle 1"), 1), Delayed(turn("course 2"), 1))
    (through,) = course(written(NESTED.replace("DAYS", "1 to 4")), *both).layout.continued
    assert (through.delayed, through.days) == (turn("course 2"), 2)
    assert [slot.minute // DAY + 1 for slot in through.slots] == [9, 10]


def test_a_rhythm_is_that_of_the_last_turn_alone() -> None:
    """Once in each cycle of 4 days is no rhythm of every fourth day, with a dose on day 9."""
    result = course(written(NESTED.replace("DAYS", "1")), Delayed(turn("course 2"), 2))
    assert days(result) == [1, 5, 11, 15]


@pytest.mark.parametrize(
    ("dose", "every", "by", "expected"),
    [
        # the gap is days 15 to 17: midnight of day 15 is in it, that of day 18 is not
        ("day: 4 to 14, at: '00:00'", 14, 3, [*range(4, 18), *range(21, 32)]),
        # one dose a turn, 20 hours after 08:00: on day 2 at 04:00, in the gap, without a rhythm
        ("day: 1, at: +20 hours", 1, 1, [2, 4]),
        # on days 1 to 6 at 08:00 and at 04:00 of the next: it had ended when the gap began
        (
            "day: 1 to 6, at: [+0 hours, +20 hours]",
            7,
            2,
            [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16],
        ),
        # a repeat of one has a rhythm: day 1, and day 2, which is the gap
        ("day: 1, repeat: {times: 1, every: 1 day}", 1, 1, [1, 2, 3]),
        # at most three of the listed days, every day
        ("day: 1 to 3, up_to: 3", 3, 1, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_doses_that_go_on_fill_the_gap_and_no_more(
    dose: str, every: int, by: int, expected: list[int]
) -> None:
    """From the first moment of the gap on, until the first moment of the delayed turn."""
    text = f"- {{drug: x, amount: 1 mg, route: SC, {dose}, during_delay: continue}}"
    regimen = written(cycles(text, f"{{times: 2, every: {every} days}}"))
    assert days(course(regimen, Delayed(turn("cycle 2"), by))) == expected


@pytest.mark.parametrize(
    ("dose", "hours"),
    [
        ("day: 1 to 4", [0, 0]),
        ("day: 1, repeat: {times: 4, every: 24 hours}", [0, 0]),
        ("day: 1, repeat: {times: 8, every: 12 hours}", [96, 108, 120, 132]),
    ],
)
def test_hourly_doses_that_go_on_count_from_the_same_time(dose: str, hours: list[int]) -> None:
    """Daily it keeps the clock of each day; every 12 hours it counts from 08:00 of day 1."""
    text = f"- {{drug: x, amount: 1 mg, route: SC, {dose}, during_delay: continue}}"
    regimen = written(cycles(text, "{times: 2, every: 4 days}"))
    (through,) = course(regimen, Delayed(turn("cycle 2"), 2)).layout.continued
    assert [(slot.minute - slot.anchor) // 60 for slot in through.slots] == hours
    assert not any(slot.outside for slot in through.slots)


NOON = datetime.fromisoformat("2025-12-02 12:00")


def test_an_extra_dose_is_in_order_of_time_and_in_its_turn() -> None:
    """Given on day 2 at 12:00, between the planned ones of 08:00 and 16:00."""
    extra = Extra("aldesleukin", quantity("5 million IU"), NOON, "IV bolus")
    result = course("npc-bolus", extra, as_of="2025-12-03")
    place = next(n for n, row in enumerate(result.rows) if row.planned is None)
    assert [time[-5:] for time in times(result)[place - 1 : place + 2]] == [
        "08:00",
        "12:00",
        "16:00",
    ]
    assert result.rows[place].key.turns == turn("course 1/cycle 1")
    plan = Index(timing.expand(written(LISTED)))
    assert lay_out(plan, Moves(), written(LISTED)).now.timetable == plan.timetable
