"""A log taken back into its schedule: what must hold whatever it says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import (
    CYCLE,
    SOMEBODY,
    START,
    course,
    entry,
    given,
    held,
    key,
    log,
    row,
    states,
    turn,
)
from il2calc import Patient, load_regimen, make_schedule
from il2calc.course import Course, replay, with_portions
from il2calc.course.replay import Progress
from il2calc.errors import FaultyFile, MissingInput, Refused
from il2calc.model.effects import (
    Chain,
    Decided,
    Delayed,
    Effect,
    Given,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.log import Entry
from il2calc.plan.administration import Administration
from il2calc.plan.dating import zone
from written import SMALL, Data, bodies
from written import regimen as written

NPC = "npc-bolus"
DOSE = (CYCLE, "aldesleukin")


def facts(row: Administration) -> tuple[object, ...]:
    """All of a row but the turn itself, which is made anew for each schedule."""
    turns = tuple((one.block.name, one.number, one.start, one.length) for one in row.turn.chain())
    facts_of_row = (
        row.number,
        row.regimen_day,
        row.block_day,
        row.when,
        row.minute,
        row.latest_day,
    )
    more = (row.latest_date, row.dose.path, row.dose_number, row.dosed, row.patient)
    last = (row.hours, row.outside, row.at_most, row.only_if, row.source, row.assumed)
    return (*facts_of_row, *more, *last, turns)


def whole(course: Course) -> list[tuple[object, ...]]:
    """Every row of a course, and what became of it."""
    return [(*facts(row.administration), row.key, row.recorded) for row in course.rows]


@settings(SMALL)
@over(bodies(), st.sampled_from([None, "Europe/London"]))
def test_an_empty_log_gives_exactly_the_plain_schedule(body: Data, name: str | None) -> None:
    """Rule: an empty log gives exactly the plain schedule: the same rows, the same numbers."""
    regimen = written(body)
    start = date(2026, 3, 27)
    plain = make_schedule(
        regimen, SOMEBODY, start=start, subject="S-07", zone=zone(name) if name else None
    )
    result = course(regimen, start=start, zone=name)
    for schedule in (result.schedule, result.planned):
        assert list(map(facts, schedule.administrations)) == list(map(facts, plain.administrations))
        assert (schedule.start, schedule.counts, schedule.zone) == (
            plain.start,
            plain.counts,
            plain.zone,
        )
        assert [(total.drug, total.value) for total in schedule.totals] == [
            (total.drug, total.value) for total in plain.totals
        ]
    assert result.schedule.recorded.keys() == {row.number for row in plain.administrations}
    assert all(row.planned is not None for row in result.rows)


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab"])
def test_an_empty_log_of_a_regimen_that_ships_is_its_schedule(name: str) -> None:
    regimen = load_regimen(name)
    plain = make_schedule(regimen, SOMEBODY, start=START, subject="S-07")
    result = course(name)
    assert list(map(facts, result.schedule.administrations)) == list(
        map(facts, plain.administrations)
    )


INDEPENDENT: tuple[Effect | Entry, ...] = (
    Delayed(turn("course 1/cycle 2"), 3),
    Delayed(turn("course 2"), 9),
    held(*DOSE, [3, 4]),
    held("course 1/cycle 2", "aldesleukin", [1]),
    Weighed(Decimal(66), date(2025, 12, 1), turn("course 1/cycle 2")),
    Weighed(Decimal(60), date(2025, 12, 2), turn("course 2/cycle 2")),
    Reduced("aldesleukin", Decimal(75), turn("course 2")),
    Decided(turn("course 2"), given=True),
    Shifted(key("course 2/cycle 1", "aldesleukin", 5), 90),
    given(*DOSE, [1, 2]),
)
"""Entries none of which speaks of what another one changes."""


@settings(SMALL)
@over(st.permutations(INDEPENDENT))
def test_the_order_of_independent_entries_does_not_matter(entries: list[Effect | Entry]) -> None:
    """Rule: order of independent entries does not matter."""
    assert whole(course(NPC, *entries)) == whole(course(NPC, *INDEPENDENT))


@settings(SMALL)
@over(
    st.lists(st.sampled_from(INDEPENDENT), unique_by=id, max_size=5),
    st.sampled_from([*INDEPENDENT, entry(Stopped(), "2025-12-20 12:00")]),
)
def test_undo_restores_the_schedule_before(before: list[Effect | Entry], more: Effect) -> None:
    """Rule: `undo` restores the schedule before."""
    if any(item is more for item in before):
        before = [item for item in before if item is not more]
    undone = course(NPC, *before, more, Undone(len(before) + 1))
    plain = course(NPC, *before)
    assert whole(undone) == whole(plain)
    assert undone.progress == plain.progress
    assert undone.notes == plain.notes


def test_a_course_is_shown_beside_its_plan() -> None:
    """The plan stays as it was: 70 kg on 2025-12-13; the row says 66 kg on 2025-12-16."""
    result = course(NPC, *INDEPENDENT)
    course_row = row(result, "course 1/cycle 2", "aldesleukin", 2)
    assert course_row.number == 17
    assert course_row.planned is not None
    assert (f"{course_row.planned.when:%d}", f"{course_row.administration.when:%d}") == ("13", "16")
    assert (course_row.planned.dosed.value, course_row.administration.dosed.value) == (
        Decimal(5_040_000),
        Decimal(4_752_000),
    )


def test_headings_and_block_days_move_with_their_turns() -> None:
    """Day 16 of the regimen is day 1 of a cycle that was planned for day 13."""
    result = course(NPC, Delayed(turn("course 1/cycle 2"), 3))
    administration = row(result, "course 1/cycle 2", "aldesleukin", 1).administration
    assert (administration.regimen_day, administration.block_day, administration.turn.start) == (
        16,
        1,
        15,
    )
    assert (
        administration.turn.outer is row(result, CYCLE, "aldesleukin", 1).administration.turn.outer
    )


def test_a_log_in_a_zone_is_looked_at_by_its_clock() -> None:
    """As of 23:30 UTC on 2026-06-01 it is 2026-06-02 in London, and its doses of that day due."""
    regimen = load_regimen(NPC)
    course_log = log(regimen, start=date(2026, 6, 2), zone="Europe/London")
    result = replay(regimen, course_log, datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{result.as_of:%Y-%m-%d %H:%M}" == "2026-06-02 00:30"
    assert result.rows[0].recorded.state == "due"
    assert f"{result.rows[0].administration.when:%z}" == "+0100"


def test_everything_in_the_head_of_a_log_is_used() -> None:
    """Turns, shares, arm, start time and label are those that the log was started with."""
    head: dict[str, Any] = {
        "arm": "1.25-mg",
        "at": 9 * 60 + 30,
        "times": {"cycle": 2},
        "percents": {"paclitaxel": Decimal(50)},
    }
    result = course("imp321", as_of="2025-12-01", **head)
    assert len(result.rows) == 10
    assert {f"{row.administration.when:%H:%M}" for row in result.rows} == {"09:30"}
    assert {row.administration.dosed.value for row in result.rows} == {72, Decimal("1.25")}
    assert (result.schedule.subject, result.schedule.arm) == ("S-07", "1.25-mg")


def test_a_patient_without_what_doses_need_is_asked_for_it() -> None:
    with pytest.raises(MissingInput, match="--weight"):
        course(NPC, patient=Patient())


def test_dates_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(Refused, match="years 1 to 9999"):
        course(NPC, Delayed(turn("course 1"), 3_000_000))


def test_states_are_recorded_by_row_number() -> None:
    """Every renderer finds what became of a row under its number."""
    result = course(NPC, held(*DOSE, [2]))
    assert result.schedule.recorded[2].state == "held"
    assert [row.recorded for row in result.rows] == list(result.schedule.recorded.values())


def test_entries_are_taken_in_the_order_of_the_file() -> None:
    """Doses rest on those before them: entered backwards they are refused."""
    entries = [given(*DOSE, [number]) for number in (1, 2, 3)]
    for order in permutations(entries):
        if list(order) == entries:
            course(NPC, *order)
        else:
            with pytest.raises(FaultyFile):
                course(NPC, *order)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2025-11-30 23:59", ["planned", "planned", "planned"]),
        ("2025-12-01 00:00", ["due", "due", "planned"]),
        ("2025-12-01 23:59", ["due", "due", "planned"]),
        ("2025-12-02 00:00", ["unrecorded", "unrecorded", "due"]),
    ],
)
def test_the_day_decides_and_not_the_hour(as_of: str, expected: list[str]) -> None:
    """Unrecorded before the day that is looked at, due on it, planned after it."""
    assert states(course("npc-bolus", as_of=as_of))[:3] == expected


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-01-21", "planned"),
        ("2026-01-22", "due"),
        ("2026-01-29", "due"),
        ("2026-01-30", "unrecorded"),
    ],
)
def test_a_dose_with_a_range_before_it_is_due_until_its_latest_day(as_of: str, state: str) -> None:
    """Course 2 begins on 2026-01-22, or after six weeks of rest on 2026-01-29."""
    yes = Decided(turn("course 2"), given=True)
    result = course("npc-bolus", yes, as_of=as_of)
    assert row(result, "course 2/cycle 1", "aldesleukin", 1).recorded.state == state


def test_the_printed_rule_of_states_is_what_is_done() -> None:
    """Each state of each row, worked out from the rule that is printed under the table."""
    yes = Decided(turn("course 2"), given=True)
    for day in (date(2025, 11, 30) + timedelta(days=days) for days in range(0, 90, 3)):
        result = course("npc-bolus", yes, as_of=str(day))
        assert result.notes[0] == (
            "Unrecorded: planned before the day shown, with its latest date past too, and nothing "
            "entered; due: planned on that day, or earlier with its latest date not yet past; "
            "planned: for a later day."
        )
        for course_row in result.rows:
            planned_at, latest = (
                course_row.administration.when,
                course_row.administration.latest_date,
            )
            assert planned_at is not None, "a course has dates"
            planned, before = planned_at.date(), planned_at.date() < day
            open_ = latest is not None and day <= latest
            due = planned == day or (before and open_)
            expected = "due" if due else "unrecorded" if before else "planned"
            assert course_row.recorded.state == expected


def test_what_was_given_as_planned_has_its_time_and_amount() -> None:
    result = course("npc-bolus", entry(given(*DOSE, [1]), reason="no event"))
    recorded = result.rows[0].recorded
    assert (recorded.state, f"{recorded.when:%Y-%m-%d %H:%M}", recorded.value, recorded.reason) == (
        "given",
        "2025-12-01 08:00",
        Decimal(5_040_000),
        "no event",
    )


def test_an_amount_given_is_shown_in_the_unit_of_the_plan() -> None:
    """5.1 g of a dose in mg are 5,100 mg."""
    result = course(
        "imatinib", given("", "cyclophosphamide", [1], amount="0.051 g"), times={"cycle": 1}
    )
    course_row = result.rows[0]
    assert course_row.administration.dosed.unit == "mg"
    assert course_row.recorded.value == 51


def test_a_held_dose_has_only_its_reason() -> None:
    result = course("npc-bolus", entry(held(*DOSE, [1]), reason="creatinine"), held(*DOSE, [2]))
    assert result.rows[0].recorded[:3] == ("held", None, None)
    assert [row.recorded.reason for row in result.rows[:2]] == ["creatinine", ""]


def test_after_the_stop_nothing_is_to_come_whatever_it_depends_on() -> None:
    """Stopped on 2025-12-01 at 16:00: the dose of that minute is not after it."""
    stop = entry(Stopped(), "2025-12-01 16:00", reason="progression")
    result = course("npc-bolus", stop, as_of="2025-12-02")
    assert states(result) == ["unrecorded", "unrecorded", *["stopped"] * 58]
    assert {row.recorded.reason for row in result.rows[2:]} == {"progression"}
    silent = course("npc-bolus", entry(Stopped(), "2025-12-01 16:00"))
    assert silent.rows[2].recorded.reason == ""


def test_what_was_given_or_held_before_the_stop_stays_so() -> None:
    result = course(
        "npc-bolus", given(*DOSE, [1]), held(*DOSE, [2, 3]), entry(Stopped(), "2025-12-01 20:00")
    )
    assert states(result)[:4] == ["given", "held", "held", "stopped"]


def test_the_decision_and_not_the_stop_gives_the_reason() -> None:
    result = course(
        "npc-bolus",
        entry(Decided(turn("course 2"), given=False), reason="no response"),
        entry(Stopped(), "2025-12-01 07:00", reason="refused"),
    )
    assert row(result, CYCLE, "aldesleukin", 1).recorded.reason == "refused"
    assert row(result, "course 2/cycle 1", "aldesleukin", 1).recorded.reason == "no response"


@st.composite
def logs(draw: st.DrawFn) -> list[Effect | Entry]:
    """Doses of the first course entered in order, then perhaps a stop or a decision."""
    entries: list[Effect | Entry] = []
    for cycle in (1, 2):
        all_given = draw(st.lists(st.booleans(), max_size=15))
        for number, was_given in enumerate(all_given, 1):
            dose_of_cycle = (f"course 1/cycle {cycle}", "aldesleukin")
            entries.append(
                given(*dose_of_cycle, [number]) if was_given else held(*dose_of_cycle, [number])
            )
    if draw(st.booleans()):
        entries.append(Decided(turn("course 2"), given=draw(st.booleans())))
    if draw(st.booleans()):
        entries.append(entry(Stopped(), "2025-12-19 00:00"))
    return entries


@settings(SMALL)
@over(logs(), st.integers(1, 28), st.integers(0, 1))
def test_every_planned_dose_has_one_state(
    entries: list[Effect | Entry], day: int, month: int
) -> None:
    """Rule: given + held + unrecorded + remaining + stopped = planned, in doses and in amount."""
    result: Course = course(
        "npc-bolus", *entries, as_of=f"{2025 + month}-{12 - 11 * month:02}-{day:02}"
    )
    total = result.progress[-1]
    parts = (total.given, total.held, total.unrecorded, total.remaining, total.stopped)
    assert sum(amount.doses for amount in parts) == total.planned.doses == 60
    assert sum(part.value for part in parts) == total.planned.value == 60 * 5_040_000
    counted = Counter(states(result))
    assert counted["given"] == total.given.doses
    assert counted["held"] == total.held.doses
    assert counted["conditional"] == total.conditional.doses
    assert counted["due"] + counted["planned"] == total.remaining.doses - total.conditional.doses


ALWAYS = "Unrecorded:"
CONDITIONAL = "A conditional turn"
NO = Decided(turn("course 2"), given=False)
STOP = entry(Stopped(), "2025-12-01 07:00")


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        (held(*DOSE, [1]), "A held dose is omitted"),
        (given(*DOSE, [1], at="2025-12-01 08:10"), "A dose given at another time"),
        (given(*DOSE, [1]), None),
        (Shifted(key(*DOSE, 1), 60), "A shift moves one dose"),
        (Delayed(turn(CYCLE), 1), "A delay moves its block turn"),
        (Weighed(Decimal(69), date(2025, 12, 1), None), "A new weight changes no dose"),
        (Reduced("aldesleukin", Decimal(75), turn(CYCLE)), "A percentage is of the amount"),
    ],
)
def test_a_rule_is_shown_where_it_was_used(effect: Effect, rule: str | None) -> None:
    notes = course("npc-bolus", effect).notes
    calculated = ["row 1: amount calculated, not recorded"] if isinstance(effect, Given) else []
    expected = [ALWAYS, *([rule] if rule else []), CONDITIONAL]
    if isinstance(effect, Delayed):
        expected.insert(2, "A delay uses up only the range")
    expected[1:1] = calculated
    assert len(notes) == len(expected)
    assert all(note.startswith(start) for note, start in zip(notes, expected, strict=True))


def test_the_day_looked_at_is_always_shown() -> None:
    assert [note[:11] for note in course("imp321", arm="6.25-mg").notes] == [ALWAYS]


def test_that_held_doses_are_omitted_is_shown_as_an_assumption() -> None:
    """Published practice, not the label: it is printed as what it is."""
    (note,) = (note for note in course("npc-bolus", held(*DOSE, [1])).notes if "held dose" in note)
    assert "(assumed from published practice: SpringerPlus 2015" in note
    assert "log shift" in note


def test_a_stop_and_a_decision_show_their_rules() -> None:
    assert course("npc-bolus", STOP).notes[-1].startswith("Nothing planned after the course")
    assert any(note.startswith(CONDITIONAL) for note in course("npc-bolus", NO).notes)


def test_a_delay_without_ranges_mentions_none() -> None:
    notes = course("imp321", Delayed(turn("cycle 2"), 1), arm="6.25-mg").notes
    assert [note[:20] for note in notes[1:]] == ["A delay moves its bl"]


def test_a_dose_that_goes_on_is_named() -> None:
    notes = course("trastuzumab", Delayed(turn("cycle 2"), 1), times={"cycle": 2}).notes
    assert any(note.startswith("low-dose: continues through a delay") for note in notes)


def test_a_surface_area_calculated_anew_is_shown() -> None:
    """From the same height; a surface area that was given stays."""
    weight = Weighed(Decimal(69), date(2025, 12, 1), turn("cycle 2"))
    tall = Patient(weight=Decimal(70), height=Decimal(170))
    for patient, is_shown in ((tall, True), (SOMEBODY, False)):
        notes = course("imp321", weight, arm="6.25-mg", patient=patient).notes
        assert any("surface area is calculated again" in note for note in notes) is is_shown


def test_recording_a_dose_gives_another_course() -> None:
    """72,000 units/kg x 70 kg = 5.04 million IU; the first course is unchanged."""
    result = course(NPC, given(*DOSE, [1]))
    before, after = with_portions(result, given(*DOSE, [1]))
    (portion,) = before.portions
    assert portion.amount.value == Decimal(5_040_000)
    assert after.state.portions == {key(*DOSE, 1): portion}
    assert not result.state.portions


def tally(course: Course, drug: str, turns: Chain, unit: str | None = None) -> Progress:
    """The tally of a drug in a turn."""
    tallies = [
        counted for counted in course.progress if (counted.drug, counted.turns) == (drug, turns)
    ]
    return next(counted for counted in tallies if unit in {None, counted.unit})


def test_there_is_a_tally_per_drug_and_turn_then_one_for_the_drug() -> None:
    result = course("imp321", arm="6.25-mg")
    cycles = [(("cycle", number),) for number in range(1, 7)]
    assert [(counted.drug, counted.turns) for counted in result.progress] == [
        *(("paclitaxel", turns) for turns in (*cycles, ())),
        *(("IMP321", turns) for turns in (*cycles, ())),
    ]


def test_what_a_delay_added_was_not_planned() -> None:
    """Five doses of 1.8 million units more are to come in cycle 1 than the 14 of its plan."""
    result = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    counted = tally(result, "aldesleukin", turn("cycle 1"))
    assert (counted.planned.doses, counted.remaining.doses) == (14, 19)
    assert counted.remaining.value - counted.planned.value == 5 * 1_800_000


def test_what_was_given_is_counted_as_it_was_given() -> None:
    """300 of 400 mg given, one of 400 mg held, twelve to come: 4,800 mg."""
    dose_given = given("cycle 1", "imatinib", [1], amount="300 mg")
    result = course("imatinib", dose_given, held("cycle 1", "imatinib", [2]), times={"cycle": 1})
    counted = tally(result, "imatinib", turn("cycle 1"))
    assert [counted.given.value, counted.held.value, counted.remaining.value] == [300, 400, 4_800]
    assert counted.planned.value == 14 * 400


def test_units_of_one_dimension_are_added_and_others_are_not() -> None:
    """1 g and 500 mg are 1.5 g; units are no mass."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 500 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 7 units, route: IV, day: 3}
          - {dose: d, drug: x, amount: 250 mg, route: IV, day: 4}
    """)
    result = course(
        regimen,
        given(
            "",
            "x",
            [
                1,
            ],
            dose="a",
        ),
    )
    assert [(progress.unit, float(progress.planned.value)) for progress in result.progress] == [
        ("g", 1.75),
        ("units", 7),
    ]
    assert tally(result, "x", (), "g").given.value == 1
