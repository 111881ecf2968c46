"""Where the doses of each turn are as turns are moved, each turn laid out alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from courselogs import SOMEBODY, START, course, entry, given, key, log, turn
from il2calc.course import admission, dosing_basis, moves, whereabouts
from il2calc.course.dosing_basis import bodies_of
from il2calc.course.index import EMPTY_SPAN, Index, SpanTree
from il2calc.course.state import CourseState
from il2calc.course.whereabouts import DrugDoses
from il2calc.errors import FaultyFile, Il2calcError
from il2calc.model.effects import (
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Held,
    Parted,
    Reduced,
    Shifted,
    Weighed,
)
from il2calc.model.log import Entry
from il2calc.model.regimen import Regimen
from il2calc.plan import timing
from il2calc.plan.calendar import Turn
from il2calc.units import quantity
from written import SMALL
from written import regimen as written

GOES_ON = """
blocks:
  - block: course
    repeat: {times: 3, rest: 2 weeks}
    doses: [{drug: c, amount: 1 mg, route: IV, day: [1, 30]}]
    blocks:
      - block: week
        repeat: {times: 2, every: 7 days}
        doses:
          - drug: a
            dose: daily
            amount: 1 mg/kg
            route: IV
            day: 1
            repeat: {times: 7, every: 1 day}
            during_delay: continue
          - {drug: a, dose: pulse, amount: 2 mg, route: IV, day: 3}
          - {drug: b, amount: 1 mg, route: IV, day: [1, 4], turn: 1}
      - block: tail
        doses:
          - drug: a
            dose: on
            amount: 1 mg
            route: IV
            day: 1
            repeat: {times: 6, every: 12 hours}
            during_delay: continue
      - block: beside
        day: 4
        doses: [{drug: b, amount: 1 mg, route: IV, day: 1 to 2}]
"""
"""Doses that go on through delays, of weeks in courses; beside them a block placed by day."""

PLAIN = GOES_ON.replace("            during_delay: continue\n", "")

LONG = """
blocks:
  - block: cycle
    repeat: {times: %d, every: 7 days}
    doses:
      - {drug: a, amount: 1 mg/kg, route: IV, day: 1 to 3}
      - {drug: b, amount: 1 mg, route: IV, day: 7, repeat: {times: 1, every: 1 day}%s}
"""


NESTED = """
blocks:
  - block: cycle
    repeat: {times: %d, every: 7 days}
    blocks:
      - block: visit
        repeat: {times: 3, every: 2 days}
        doses: [{drug: a, amount: 1 mg/kg, route: IV, over: 1 hour, day: 1%s}]
      - block: last
        only_if: response
        doses: [{drug: a, amount: 1 mg, route: IV, day: 1}]
"""


def state_after(regimen: Regimen, *effects: Effect, **head: Any) -> CourseState:
    """The state of a course after these entries, whether or not they are admissible."""
    course_log = log(regimen, *effects, **head)
    state = CourseState(regimen, course_log)
    for log_entry in course_log.entries:
        admission.apply(state, log_entry)
    return state


def extra(day: int) -> Extra:
    """A dose that no plan had, on a day of December."""
    return Extra("a", quantity("1 mg"), datetime(2025, 12, day, 10), "SC")  # noqa: DTZ001 - local


@SMALL
@over(st.data())
def test_minutes_are_known_after_any_moves(data: st.DataObject) -> None:
    """Compared with what is added up turn by turn: which reach into a stretch, and the last."""
    spans = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda two: (min(two), max(two)))
    spans_by_turn = data.draw(st.dictionaries(st.integers(0, 20), spans, min_size=1))
    tree = SpanTree(spans_by_turn)
    for _ in range(data.draw(st.integers(0, 8))):
        place, end, minutes_later = (
            data.draw(st.integers(*ends)) for ends in ((0, 21), (0, 21), (-50, 50))
        )
        if data.draw(st.booleans()):
            tree.move(place, end, minutes_later)
            moved = {
                turn_number: (one + minutes_later, two + minutes_later)
                for turn_number, (one, two) in spans_by_turn.items()
            }
            spans_by_turn |= {
                turn_number: moved[turn_number]
                for turn_number in spans_by_turn
                if place <= turn_number < end
            }
        else:
            span = data.draw(spans)
            tree.put(place, span)
            spans_by_turn |= {place: span} if place in spans_by_turn else {}
        assert tree.last == max(last for _, last in spans_by_turn.values())
        first, end = data.draw(spans)
        expected_turns = {
            turn_number
            for turn_number, (one, two) in spans_by_turn.items()
            if one < end and two >= first
        }
        assert set(tree.overlapping(first, end)) == expected_turns
        one, other = sorted(data.draw(st.tuples(*[st.integers(0, 20)] * 2)))
        over_by = {
            turn_number: span[1]
            for turn_number, span in spans_by_turn.items()
            if one <= turn_number < other
        }
        assert tree.last_in(one, other) == max(over_by.values(), default=EMPTY_SPAN[1])
        expected_spans = {
            turn_number: span[0]
            for turn_number, span in spans_by_turn.items()
            if one <= turn_number < other
        }
        begins = tree.earliest_in(one, other)
        assert (begins is None) == (not expected_spans)
        assert begins is None or expected_spans[begins] == min(expected_spans.values())


def test_an_empty_turn_is_never_the_first_with_a_dose() -> None:
    """A course whose turns hold no dose any more has no first one, however it is delayed."""
    empty = (10**12, -(10**12))
    tree = SpanTree({0: empty, 1: (50, 60), 2: empty})
    tree.move(0, 3, 14_400)
    assert tree.earliest_in(0, 3) == 1
    assert tree.earliest_in(0, 1) is None
    assert tree.earliest_in(2, 3) is None
    assert tree.earliest_in(3, 9) is None


@pytest.mark.parametrize("minutes_later", [100, -100])
@pytest.mark.parametrize("turns", [1, 2, 3, 4, 5])
def test_every_stretch_of_turns_is_found_where_it_was_moved_to(
    turns: int, minutes_later: int
) -> None:
    """Danger: a dose that is near is not seen. One turn is at 0, one at 10, one at 20, ..."""
    for first, end in ((one, two) for two in range(turns + 1) for one in range(two)):
        tree = SpanTree({place: (10 * place, 10 * place) for place in range(turns)})
        tree.move(first, end, minutes_later)
        minutes = [
            10 * place + (minutes_later if first <= place < end else 0) for place in range(turns)
        ]
        assert tree.last == max(minutes)
        for place, minute in enumerate(minutes):
            assert list(tree.overlapping(minute, minute + 1)) == [place]


def test_doses_before_one_without_an_entry_are_each_found_and_asked_for_once() -> None:
    """Danger: a dose that is missed in silence. The second of four is not entered.

    The first is asked about once, however many doses follow it: a log may have thousands.
    """
    doses = [key("cycle 1", "a", number) for number in (1, 2, 3, 4)]
    entered, asked_keys = {doses[0], doses[2]}, list[DoseKey]()

    def is_entered(one: DoseKey) -> bool:
        asked_keys.append(one)
        return one in entered

    line = DrugDoses(doses)
    assert line.earlier(doses[2]) == doses[:2]
    assert line.unrecorded(doses[0], is_entered) == []
    assert line.unrecorded(doses[2], is_entered) == [doses[1]]
    assert line.unrecorded(doses[3], is_entered) == [doses[1]]
    assert asked_keys.count(doses[0]) == 1
    entered.add(doses[1])
    assert line.unrecorded(doses[3], is_entered) == []
    asked_keys.clear()
    assert line.unrecorded(doses[3], is_entered) == []
    assert asked_keys == []


def test_the_latest_dose_given_is_the_latest_by_time_and_not_by_entry() -> None:
    """A dose of 8 December that is entered after one of 9 December is not the latest."""
    line = DrugDoses([])
    for day, latest in ((2, 2), (9, 9), (8, 9)):
        line.give(datetime(2025, 12, day, 8))  # noqa: DTZ001 - local
        assert line.latest == datetime(2025, 12, latest, 8)  # noqa: DTZ001 - local


REGIMENS = {text: written(text) for text in (GOES_ON, PLAIN)}
TURNS = [turn(f"course {one}") for one in (1, 2, 3)]
TURNS += [turn(f"course {one}/week {two}") for one in (1, 2, 3) for two in (1, 2)]
TURNS += [turn(f"course {one}/{name} 1") for one in (1, 2, 3) for name in ("tail", "beside")]
EFFECTS = st.one_of(
    st.builds(Delayed, st.sampled_from(TURNS), st.integers(1, 9)),
    st.builds(
        lambda turn_name, drug, number, by: Shifted(key(turn_name, drug[0], number, drug[1]), by),
        st.sampled_from(
            ["course 1/week 1", "course 1/week 2", "course 2/week 2", "course 2/tail 1"]
        ),
        st.sampled_from([("a", "daily"), ("a", "pulse"), ("a", "on"), ("b", "b")]),
        st.integers(1, 9),
        st.sampled_from([60, -60, 1440, 20_000]),
    ),
    st.tuples(
        st.sampled_from([quantity("60 kg").value, quantity("80 kg").value]),
        st.dates(START, START.replace(day=28)),
        st.sampled_from(TURNS),
    ).map(lambda fields: Weighed(*fields)),
    st.builds(extra, st.integers(1, 28)),
)


def innermost(course: CourseState, day: int) -> Turn:
    """Looked up among all turns as they are in the whole course."""
    lie = course.now.turns if course.delays else course.plan.turns
    inside = [
        chain for chain, placed in lie.items() if placed.start <= day < placed.start + placed.length
    ]
    return course.plan.turns[max(inside, key=len, default=())]


@SMALL
@over(st.sampled_from([GOES_ON, PLAIN]), st.lists(EFFECTS, max_size=6), st.booleans(), st.data())
def test_turns_laid_out_alone_are_as_in_the_whole_course(
    text: str, effects: list[Effect], zoned: bool, data: st.DataObject
) -> None:
    """Whatever moved, and whenever it was looked at: which doses, when, and with which body."""
    regimen = REGIMENS[text]
    course_log = log(regimen, *effects, zone="Europe/London" if zoned else None)
    state = CourseState(regimen, course_log)
    for log_entry in course_log.entries:
        admission.apply(state, log_entry)
        day = data.draw(st.integers(-2, 90))
        assert state.whereabouts.innermost(day) == innermost(state, day)
        first, end = sorted(data.draw(st.tuples(*[st.integers(0, 90_000)] * 2)))
        slots = state.now.slots
        inside = {one for one, slot in slots.items() if first <= slot.minute < end}
        of_drug = {one for one in inside if one.drug == "a"}
        assert set(state.whereabouts.between("a", first, end)) == of_drug
        planned_later = {slot.dose for slot in slots.values() if slot.minute >= first}
        planned = {dose for dose in planned_later if dose.drug == "a" and not dose.unplanned}
        assert set(state.whereabouts.doses_from("a", first)) == planned
        assert state.whereabouts.doses_from("no drug", first) == []
        slot = state.whereabouts.first_in(data.draw(st.sampled_from(TURNS)))
        body = (
            state.body_from(slot) if slot is not None and slot.minute > state.last_given else None
        )
        if slot is not None and body is not None:
            reached = [one for one, other in slots.items() if other.minute >= slot.minute]
            assert set(bodies_of(state, reached).values()) == {body}
        for chain in TURNS:
            of_plan = {one for one, slot in slots.items() if not slot.dose.unplanned}
            inside = {one for one in of_plan if one.turns[: len(chain)] == chain}
            whole_slot = next((slot for one, slot in slots.items() if one in inside), None)
            alone_slot = state.whereabouts.first_in(chain)
            assert (whole_slot and whole_slot.minute) == (alone_slot and alone_slot.minute)
    for chain in state.plan.turns:
        slots_of_turn = state.now.by_turn.get(chain, {})
        alone = state.turn_doses(chain).slots
        assert {one: slot.minute for one, slot in alone.items()} == {
            one: slot.minute for one, slot in slots_of_turn.items()
        }
        assert list(alone) == list(slots_of_turn)


def test_a_body_is_known_where_every_weighing_is_used() -> None:
    """One of the first day of a cycle is used in it, unless the clocks go back to the day before.

    As in Newfoundland, from 00:01 on 7 November 2010 to 23:01: day 8 of a course of 31 October.

    One of a later cycle, of a later day, or older than the one before it is looked up dose by dose.
    """
    regimen = written(LONG % (3, ""))

    def known(*effects: Effect, turn_name: str = "cycle 2", **head: Any) -> bool:
        state = state_after(regimen, *effects, **head)
        slot = state.whereabouts.first_in(turn(turn_name))
        assert slot is not None
        return state.body_from(slot) is not None

    def weighed(day: int, turn_name: str) -> Weighed:
        return Weighed(quantity("60 kg").value, START.replace(day=day), turn(turn_name))

    assert known()
    assert known(weighed(8, "cycle 2"))
    assert known(weighed(8, "cycle 2"), zone="Europe/London")
    back = weighed(8, "cycle 2")._replace(on=date(2010, 11, 7))
    head: dict[str, Any] = {"start": date(2010, 10, 31), "zone": "America/St_Johns"}
    assert not known(back, **head)
    assert known(back._replace(on=date(2010, 11, 6)), **head)
    assert known(weighed(7, "cycle 2"), zone="Europe/London")
    assert not known(weighed(9, "cycle 2"))
    assert not known(weighed(8, "cycle 3"))
    assert known(weighed(1, "cycle 1"), weighed(8, "cycle 2"))
    assert not known(weighed(8, "cycle 2"), weighed(1, "cycle 1"))
    assert not known(weighed(8, "cycle 4"), weighed(8, "cycle 2"))


def test_a_body_taken_up_from_a_turn_with_others_in_it_is_looked_up() -> None:
    """Which dose of the course is its first, only the whole course says."""
    state = state_after(REGIMENS[PLAIN], Weighed(quantity("60 kg").value, START, turn("course 1")))
    slot = state.whereabouts.first_in(turn("course 2"))
    assert slot is not None
    assert state.body_from(slot) is None


def numbers(course: CourseState, first: int, end: int) -> list[int]:
    """The numbers of the doses of drug a from one minute to before another."""
    return sorted(one.number for one in course.whereabouts.between("a", first, end))


def test_what_is_between_two_moments_is_found_however_far_they_are_apart() -> None:
    """Drug a is on days 1 to 3 at 08:00 (480, 1920 and 3360 minutes); the end is not between.

    Then dose 2 is moved to minute 9000, by 7,080 minutes, and dose 3 back to where it was.
    """
    state = state_after(written(LONG % (1, "")))
    for first, end, expected in (
        (480, 3360, [1, 2]),
        (481, 3361, [2, 3]),
        (-(10**9), 10**9, [1, 2, 3]),
    ):
        assert numbers(state, first, end) == expected
    assert list(state.whereabouts.between("z", 0, 10**9)) == []
    second, third = (key("cycle 1", "a", number) for number in (2, 3))
    for shift in (Shifted(second, 7080), Shifted(third, -7080)):
        admission.apply(state, entry(shift))
    assert numbers(state, 0, 4000) == [1, 3]
    assert list(state.whereabouts.between("a", 9000, 9001)) == [second]


def test_a_dose_that_was_moved_is_found_once_and_on_the_minute_at_which_a_day_begins() -> None:
    """Danger: one dose reported twice, or missed. Day 6 begins after 5 x 1,440 = 7,200 minutes."""
    second, third = (key("cycle 1", "a", number) for number in (2, 3))
    state = state_after(written(LONG % (1, "")), Shifted(second, 5280), Shifted(third, -5280))
    assert numbers(state, 0, 10_000) == [1, 2, 3]
    assert list(state.whereabouts.between("a", 7200, 7201)) == [second]
    assert list(state.whereabouts.between("a", 4000, 7200)) == []


def test_a_dose_whose_turn_an_amended_text_lacks_is_in_the_turn_of_its_day() -> None:
    """A dose that no plan had was in cycle 3 of a text that now ends with cycle 2.

    It stays, and what is between is found with it, also after another one and a shift.
    """
    weighed = Weighed(quantity("60 kg").value, START, turn("cycle 3"))
    state = state_after(written(LONG % (3, "")), extra(16), weighed)
    state._follow(Index(timing.expand(written(LONG % (2, "")))))  # noqa: SLF001 - as an amendment does

    def inside() -> set[DoseKey]:
        return {one for one in state.now.slots if one.drug == "a"}

    assert set(state.whereabouts.between("a", 0, 90_000)) == inside()
    assert len(inside()) == 7
    first = state.whereabouts.first_in(turn("cycle 2"))
    assert first is not None
    assert first.minute == (7 * 24 + 8) * 60, "day 8, at 08:00"
    admission.apply(state, entry(extra(17))._replace(number=3))
    assert set(state.whereabouts.between("a", 0, 90_000)) == inside()
    assert len(inside()) == 8
    assert all(
        one in state.turn_doses(one.turns).slots
        for one in inside()
        if one.turns in state.plan.turns
    )
    admission.apply(state, entry(Shifted(key("cycle 2", "a", 3), 60))._replace(number=4))
    slot = state.slot(key("cycle 2", "a", 3))
    assert slot is not None
    assert slot.minute == 9 * 1440 + 480 + 60
    assert state.whereabouts.doses_from("a", slot.minute) == [slot.dose]
    assert state.body_from(slot) is None
    held_doses = Held((key("cycle 2", "b", 1), key("cycle 1", "b", 1)))
    admission.RULES[Held].admit(state, entry(held_doses), held_doses)


def test_a_weighing_for_a_turn_that_there_is_not_is_refused_as_such() -> None:
    """And not as a failure of the reduction that follows it."""
    weighed = Weighed(quantity("60 kg").value, START, turn("cycle 9"))
    reduced = Reduced("b", quantity("0.5 mg"), turn("cycle 2"), None)
    with pytest.raises(FaultyFile, match="no block turn is called 'cycle 9'") as error:
        course(written(LONG % (3, "")), weighed, reduced, reduced)
    assert "reduce" not in str(error.value)


def test_a_dose_that_no_plan_had_stays_where_it_was_given_though_its_turn_is_delayed() -> None:
    """Later entries of the log must not rest on a dose that moved.

    It was given on day 2 at 10:00, and looked for there before cycle 1 went on by 9 days.
    """
    state = state_after(written(LONG % (2, "")), extra(2))
    ten = 1440 + 600
    (dose,) = state.whereabouts.between("a", ten, ten + 1)
    admission.apply(state, entry(Delayed(turn("cycle 1"), 9)))
    assert list(state.whereabouts.between("a", ten, ten + 1)) == [dose]
    assert list(state.whereabouts.between("a", ten + 9 * 1440, ten + 9 * 1440 + 1)) == []


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One number for each time that a whole course was laid out, or all its bodies were found."""
    numbers_counted: list[int] = []
    numbers = count()

    def counting(name: str, act: Any) -> None:
        def once(*args: Any) -> object:
            numbers_counted.append(next(numbers))
            return act(*args)

        monkeypatch.setattr(name, once)

    counting("il2calc.course.whereabouts.lay_out", whereabouts.lay_out)
    counting("il2calc.course.whereabouts.turn_ends", moves.turn_ends)
    counting("il2calc.course.admit_turns.bodies_of", dosing_basis.bodies_of)
    counting("il2calc.course.admit_turns.doses_from_turn", dosing_basis.doses_from_turn)
    return numbers_counted


@pytest.mark.parametrize("continues", ["", ", during_delay: continue"])
def test_the_number_of_layouts_does_not_grow_with_entries_of_all_kinds(
    layouts: list[int], continues: str
) -> None:
    """Delays between reductions, shifts and doses given laid the whole course out each time.

    So did doses that go on through them, and a reduction after a weighing found every body anew.
    """
    counts: list[int] = []
    for turns in (3, 30):
        layouts.clear()
        effects = list[Effect]()
        for place in range(1, turns + 1):
            name = f"cycle {place}"
            effects += [Delayed(turn(name), 1), Weighed(SOMEBODY.weight, START, turn(name))]
            effects += [Reduced("a", quantity("1 mg"), turn(name), None)]
            effects += [Shifted(key(name, "a", 3), 60), given(name, "a", [1, 2, 3])]
        assert course(written(LONG % (turns, continues)), *effects).state.delays
        counts.append(len(layouts))
    assert counts[0] == counts[1] <= 3


@pytest.mark.parametrize("zone", [None, "Europe/London"])
@pytest.mark.parametrize("continues", ["", ", during_delay: continue"])
def test_the_number_of_layouts_does_not_grow_with_decisions_parts_and_unplanned_doses(
    layouts: list[int], continues: str, zone: str | None
) -> None:
    """After each delay it was asked of all turns how long they last, and of all doses their rows.

    The first, to find the turn of a dose that no plan had; the second, to name one that was broken
    off, which no message does here, and to put in order the doses of an entry. A decision against a
    block looked for all its doses, of which none was given. Cycle 1 begins on day 2, each later one
    8 days after the last.
    """
    counts: list[int] = []
    for turns in (3, 30):
        layouts.clear()
        effects = list[Effect]()
        for place in range(turns):
            begin = datetime.combine(START + timedelta(days=8 * place + 1), time(8))
            name, late = f"cycle {place + 1}", begin + timedelta(minutes=30)
            first = key(f"{name}/visit 1", "a", 1)
            effects += [Delayed(turn(name), 1), Extra("a", quantity("1 mg"), late, "SC")]
            effects += [Parted(first, quantity("1 mg"), late)]
            effects += [Decided(turn(f"{name}/last 1"), given=False)]
            effects += [Held(tuple(key(f"{name}/visit {visit}", "a", 1) for visit in (3, 2)))]
        state = course(written(NESTED % (turns, continues)), *effects, zone=zone).state
        assert [one.turns for one, _ in state.extras] == [one.turns for one in state.ended_early]
        counts.append(len(layouts))
    assert counts[0] == counts[1] <= 3


@pytest.mark.parametrize("zone", [None, "Europe/London"])
@pytest.mark.parametrize("overridden", [True, False])
def test_a_started_turn_finds_no_body_anew_for_a_share_of_what_is_left_of_it(
    layouts: list[int], overridden: bool, zone: str | None
) -> None:
    """The body of every dose was found for each share, which is one of any body's amount.

    It was so for a turn that had started, where the weighing was of its first day in a zone, or was
    older than another one; and every later dose was looked for, to say that a turn had started.
    """
    counts: list[int] = []
    for turns in (3, 30):
        layouts.clear()
        entries = list[Entry]()
        for place in range(turns):
            name, on = f"cycle {place + 1}", START + timedelta(days=7 * place)
            weighed = Weighed(SOMEBODY.weight, on, turn(name))
            reduced = Reduced("a", quantity("90 mg").value, turn(name), None)
            first = entry(given(name, "a", [1]))
            changed = [entry(effect, overridden=overridden) for effect in (weighed, reduced)]
            entries += [first, *changed] if overridden else [*changed, first]
        assert course(written(LONG % (turns, "")), *entries, zone=zone).state.reductions
        counts.append(len(layouts))
    assert counts[0] == counts[1] <= 3


def test_a_reduction_that_is_refused_names_the_doses_in_the_order_of_time() -> None:
    """`on` of the second course is later than its `pulse`, which is later than `daily`."""
    regimen = REGIMENS[PLAIN]
    to = Reduced("a", quantity("1 mg"), turn("course 2"), None)
    course_log = log(regimen, Delayed(turn("course 2"), 1))
    with pytest.raises(Il2calcError, match=r"differ \(daily 1 mg/kg, pulse 2 mg, on 1 mg\)"):
        admission.admit(regimen, course_log, entry(to)._replace(number=2))
