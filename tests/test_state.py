"""What the entries taken so far have come to."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

import pytest

from courselogs import CYCLE, course, entry, given, held, key, log, turn
from il2calc import load_regimen
from il2calc.course import admission, whereabouts
from il2calc.course.dosing_basis import doses_from_turn
from il2calc.course.index import Index
from il2calc.course.state import CourseState
from il2calc.errors import FaultyFile
from il2calc.model.effects import (
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Given,
    Reduced,
    Shifted,
    Stopped,
    Weighed,
)
from il2calc.model.regimen import UNPLANNED, Regimen
from il2calc.plan import timing
from il2calc.units import quantity
from written import regimen as written

NPC = load_regimen("npc-bolus")
DOSE = (CYCLE, "aldesleukin")


def state_after(*effects: Effect, regimen: Regimen = NPC, **head: object) -> CourseState:
    """The state of a course after these entries, whether or not they are admissible."""
    course_log = log(regimen, *effects, **head)  # type: ignore[arg-type] # start and zone only
    state = CourseState(regimen, course_log)
    for log_entry in course_log.entries:
        admission.apply(state, log_entry)
    return state


def test_what_is_not_there_is_left_out() -> None:
    """A faulty entry counts as far as it can, so that others are not reported as faulty for it."""
    state = state_after(
        given(*DOSE, [1, 16]),
        held(*DOSE, [1, 2]),
        Delayed(turn("course 3"), 3),
        Shifted(key(*DOSE, 16), 60),
    )
    assert list(state.given) == [key(*DOSE, 1)]
    assert list(state.held) == [key(*DOSE, 2)]
    assert (state.delays, state.shifts) == ([], [])


def test_the_first_decision_and_the_first_stop_count() -> None:
    yes, no = (Decided(turn("course 2"), given=is_given) for is_given in (True, False))
    state = state_after(yes, no, Stopped(), Stopped())
    assert state.decided[turn("course 2")].effect is yes
    assert state.stopped is not None
    assert state.stopped.number == 3


def test_a_turn_has_started_with_those_around_it() -> None:
    state = state_after(given("course 2/cycle 1", "aldesleukin", [1]), held(*DOSE, [1]))
    assert state.decisions.begun == {turn("course 2"), turn("course 2/cycle 1")}


def test_rows_are_numbered_anew_where_something_moved() -> None:
    """Dose 15 goes from day 6 to day 16 at 00:00, after 14 doses of its own cycle and 8 more."""
    state = state_after()
    assert state.rows[key("course 1/cycle 2", "aldesleukin", 1)] == 16
    admission.apply(state, entry(Shifted(key(*DOSE, 15), 10 * 1440)))
    assert state.rows[key("course 1/cycle 2", "aldesleukin", 1)] == 15
    assert state.rows[key(*DOSE, 15)] == 23
    assert state.drug_doses(key(*DOSE, 1)).keys[-1] == key(*DOSE, 15)


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_rows_are_in_the_order_of_the_tables(zone: str | None) -> None:
    """In a zone rows are in the order of their real moments, as the schedule has them."""
    state = state_after(start=date(2026, 3, 28), zone=zone)
    assert list(state.rows.values()) == list(range(1, 61))
    assert state.name(key(*DOSE, 3)) == "row 3 (aldesleukin dose 3 of course 1, cycle 1)"


def test_a_dose_knows_the_entry_about_it() -> None:
    state = state_after(given(*DOSE, [1]), held(*DOSE, [2]))
    recorded = [state.recorded(key(*DOSE, number)) for number in (1, 2, 3)]
    assert [recorded_ and recorded_.number for recorded_ in recorded] == [1, 2, None]
    assert state.given_text(key(*DOSE, 1)).endswith("was given (entry 1)")


CYCLES = ("cycle 1", "cycle 2")
LONG = """
    blocks:
      - block: cycle
        repeat: {times: %d, every: 7 days}
        doses:
          - {drug: a, amount: 1 mg, route: SC, day: 1 to 3}
"""
GOES_ON = """
    blocks:
      - block: cycle
        repeat: {times: 3, every: 7 days}
        doses:
          - {drug: a, amount: 1 mg, route: SC, day: 1 to 7, during_delay: continue}
"""


def extra(at: str) -> Extra:
    return Extra("a", quantity("1 mg"), datetime.fromisoformat(at), "SC")


MOVED = (
    given("cycle 1", "a", [1, 2]),
    extra("2025-12-02 10:00"),
    Delayed(turn("cycle 2"), 2),
    given("cycle 1", "a", [3]),
    extra("2025-12-10 07:00"),
    extra("2025-12-10 09:00"),
    extra("2025-11-30 09:00"),
    Delayed(turn("cycle 1"), 1),
    Shifted(key("cycle 3", "a", 2), 3000),
    extra("2025-12-19 09:00"),
    Shifted(key("cycle 3", "a", 3), -120),
    Shifted(key("cycle 1", "a", 2), 90),
    Shifted(key("cycle 3", "a", 1), 4000),
    Delayed(turn("cycle 3"), 1),
)
"""Everything that moves a turn, also what a log may not have: what has begun, moved."""


@pytest.mark.parametrize("body", [LONG % 3, GOES_ON])
def test_a_turn_laid_out_alone_is_as_in_the_whole_course(body: str) -> None:
    """An entry is checked against its own turn, which must agree with the whole timetable."""
    regimen = written(body)
    for number in range(len(MOVED) + 1):
        state = state_after(*MOVED[:number], regimen=regimen)
        places, turns = state.now, state.plan.turns
        for chain in turns:
            alone = [
                (key, slot.minute, slot.anchor)
                for key, slot in state.turn_doses(chain).slots.items()
            ]
            in_course = places.by_turn.get(chain, {})
            assert alone == [(key, slot.minute, slot.anchor) for key, slot in in_course.items()]
        given_ones = [places.slots[key].minute for key in state.given]
        assert state.last_given == max(given_ones, default=-1)
        for day in range(1, 31):
            inside = [
                chain
                for chain, turn in places.turns.items()
                if turn.start < day <= turn.start + turn.length
            ]
            admission.apply(state, entry(extra(f"2025-12-{day:02} 12:00")))
            assert state.extras[-1][0].turns == max(inside, key=len, default=())


def test_the_last_given_dose_is_known_as_doses_are_given() -> None:
    """Minute 2 x 1440 + 480 is day 3 at 08:00; a delay of what follows moves nothing given."""
    state = state_after(given("cycle 1", "a", [1]), regimen=written(LONG % 2))
    assert state.last_given == 480
    for effect, last in (
        (given("cycle 1", "a", [3]), 2 * 1440 + 480),
        (given("cycle 1", "a", [2]), 2 * 1440 + 480),
        (Delayed(turn("cycle 2"), 1), 2 * 1440 + 480),
        (Delayed(turn("cycle 1"), 1), 3 * 1440 + 480),
    ):
        admission.apply(state, entry(effect))
        assert state.last_given == last


def test_a_turn_that_was_looked_at_is_laid_out_anew_after_its_delay() -> None:
    """Dose 1 of cycle 2 goes from day 8 to day 10: 9 x 1440 + 480 minutes; cycle 1 stays."""
    state = state_after(regimen=written(LONG % 2))
    first, second = key("cycle 1", "a", 1), key("cycle 2", "a", 1)
    assert [state.slot(dose_key) is not None for dose_key in (first, second)] == [True, True]
    admission.apply(state, entry(Delayed(turn("cycle 2"), 2)))
    assert [
        state.turn_doses(dose_key.turns).slots[dose_key].minute for dose_key in (first, second)
    ] == [
        480,
        9 * 1440 + 480,
    ]


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_doses_of_an_entry_are_checked_against_the_log_in_the_order_of_time(
    zone: str | None,
) -> None:
    """However an entry names them; dose 3 would come before doses 1 and 2 were entered."""
    cycles = written(LONG % 2)
    backwards = [key(CYCLES[0], "a", number) for number in (3, 2, 1)]
    for doses in (backwards, [key(CYCLES[1], "a", 1), *backwards]):
        result = course(cycles, Given(tuple(doses)), zone=zone)
        assert len(result.state.given) == len(doses)


def test_a_course_that_is_amended_keeps_its_delays() -> None:
    """Cycle 3 was delayed before the text changed from cycle 2 on: day 15 + 2, after 16 days."""
    state = state_after(Delayed(turn("cycle 3"), 2), regimen=written(LONG % 3))
    state._follow(state.plan)  # noqa: SLF001 - as an amendment does
    slot = state.slot(key("cycle 3", "a", 1))
    assert slot is not None
    assert slot.minute == 16 * 1440 + 480


def test_a_dose_that_an_amended_text_lacks_is_no_longer_shifted() -> None:
    """Dose 3 was shifted and then left out of the text: doses 1 and 2 are where they were."""
    state = state_after(Shifted(key("cycle 2", "a", 3), 60), regimen=written(LONG % 2))
    shorter = written((LONG % 2).replace("1 to 3", "1 to 2"))
    state._follow(Index(timing.expand(shorter)))  # noqa: SLF001 - as an amendment does
    minutes = [slot.minute for slot in state.now.by_turn[turn("cycle 2")].values()]
    alone = [slot.minute for slot in state.turn_doses(turn("cycle 2")).slots.values()]
    assert alone == minutes == [7 * 1440 + 480, 8 * 1440 + 480]


def test_a_dose_that_no_plan_had_is_not_shifted() -> None:
    """It was given when it was entered; a log that says otherwise is refused, with its line."""
    planless = DoseKey(turn("cycle 1"), "a", UNPLANNED, 4)
    effects = (extra("2025-12-02 10:00"), Shifted(planless, 60))
    with pytest.raises(FaultyFile, match=r"was given \(entry 1\); shift from a dose"):
        course(written(LONG % 2), *effects)
    assert state_after(*effects, regimen=written(LONG % 2)).now.slots[planless].minute == 1440 + 600


def test_where_a_shift_meets_others_is_known_after_each_move() -> None:
    """What is between two moments is looked up by days, which follow shifts and extra doses.

    Dose 1 of cycle 2 is on day 8 at 08:00. Dose 3 of cycle 1 goes from day 3 to day 7, and meets it
    only by one day more; an extra dose on day 9 is in cycle 2.
    """
    regimen = written(LONG % 2)
    third = key("cycle 1", "a", 3)
    to_day_7 = Shifted(third, 4 * 1440)
    assert course(regimen, to_day_7, Shifted(third, 1440 - 1)).state.shifts
    with pytest.raises(FaultyFile, match="would meet or pass row 4 "):
        course(regimen, to_day_7, Shifted(third, 1440))
    later = Shifted(key("cycle 2", "a", 1), 2 * 1440)
    assert course(regimen, to_day_7, later, Shifted(third, 1440)).state.shifts
    added = extra("2025-12-08 07:00")
    with pytest.raises(FaultyFile, match=r"would meet or pass row 4 \(unplanned a dose of cycle 2"):
        course(regimen, to_day_7, added, Shifted(third, 1440 - 1))


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One number for each time that a whole course was laid out."""
    numbers_counted: list[int] = []
    numbers, lay = count(), whereabouts.lay_out

    def counted(*args: Any) -> object:
        numbers_counted.append(next(numbers))
        return lay(*args)

    monkeypatch.setattr("il2calc.course.whereabouts.lay_out", counted)
    return numbers_counted


def test_a_log_is_replayed_in_one_layout_however_long_it_is(layouts: list[int]) -> None:
    """Each entry laid the whole course out: ten times as many took a hundred times as long."""
    counts: list[int] = []
    for turns in (3, 30):
        layouts.clear()
        effects = list[Effect]()
        for place in range(1, turns + 1):
            name, day = f"cycle {place}", 7 * (place - 1) + place
            first = date.fromordinal(date(2025, 12, 1).toordinal() + day)
            effects += [Delayed(turn(name), 1), Weighed(quantity("70 mg").value, first, turn(name))]
            effects += [given(name, "a", [1]), extra(f"{first} 10:00"), given(name, "a", [2])]
            effects += [held(name, "a", [3])]
        assert course(written(LONG % turns), *effects).state.delays
        counts.append(len(layouts))
    assert counts[0] == counts[1] <= 2


def test_the_number_of_layouts_does_not_grow_with_shifts_and_reductions(
    layouts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shift laid the whole course out, and each reduction listed all doses after it.

    A log of ten times as many entries took a hundred times as long to read.
    """
    listed: list[int] = []

    def counted(*args: Any) -> Any:
        listed.append(1)
        return doses_from_turn(*args)

    monkeypatch.setattr("il2calc.course.admit_turns.doses_from_turn", counted)
    counts: list[int] = []
    for turns in (3, 30):
        layouts.clear()
        effects = list[Effect]()
        names = [f"cycle {place}" for place in range(1, turns + 1)]
        effects += (Shifted(key(name, "a", dose), 60) for name in names for dose in (1, 3))
        effects += (Reduced("a", quantity("90 mg").value, turn(name), None) for name in names)
        assert course(written(LONG % turns), *effects).state.shifts
        counts.append(len(layouts))
    assert counts[0] == counts[1] <= 3
    assert not listed
