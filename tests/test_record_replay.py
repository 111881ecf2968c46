"""A log taken back into its schedule: what must hold whatever it says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import CYCLE, SOMEBODY, START, course, entry, given, held, key, log, row, turn
from il2calc import Patient, load_regimen, make_schedule
from il2calc.administration import Administration
from il2calc.course import (
    Decided,
    Delayed,
    Effect,
    Entry,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.errors import FaultyFile, MissingInput, Refused
from il2calc.record import Course, replay
from il2calc.zones import zone
from written import SMALL, Data, bodies
from written import regimen as written

NPC = "npc-bolus"
DOSE = (CYCLE, "aldesleukin")


def facts(each: Administration) -> tuple[object, ...]:
    """All of a row but the turn itself, which is made anew for each schedule."""
    turns = tuple((one.block.name, one.number, one.start, one.length) for one in each.turn.chain())
    told = (each.number, each.regimen_day, each.block_day, each.when, each.minute, each.latest_day)
    more = (each.latest_date, each.dose.path, each.dose_number, each.dosed, each.patient)
    last = (each.hours, each.outside, each.at_most, each.only_if, each.source, each.assumed)
    return (*told, *more, *last, turns)


def whole(found: Course) -> list[tuple[object, ...]]:
    """Every row of a course, and what became of it."""
    return [(*facts(each.administration), each.key, each.recorded) for each in found.rows]


@settings(SMALL)
@over(bodies(), st.sampled_from([None, "Europe/London"]))
def test_an_empty_log_gives_exactly_the_plain_schedule(body: Data, name: str | None) -> None:
    """Rule: an empty log gives exactly the plain schedule: the same rows, the same numbers."""
    regimen = written(body)
    start = date(2026, 3, 27)
    plain = make_schedule(
        regimen, SOMEBODY, start=start, subject="S-07", zone=zone(name) if name else None
    )
    found = course(regimen, start=start, zone=name)
    for made in (found.schedule, found.plain):
        assert list(map(facts, made.administrations)) == list(map(facts, plain.administrations))
        assert (made.start, made.counts, made.zone) == (plain.start, plain.counts, plain.zone)
        assert [(each.drug, each.value) for each in made.totals] == [
            (each.drug, each.value) for each in plain.totals
        ]
    assert found.schedule.recorded.keys() == {each.number for each in plain.administrations}
    assert all(each.plain is not None for each in found.rows)


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab"])
def test_an_empty_log_of_a_regimen_that_ships_is_its_schedule(name: str) -> None:
    regimen = load_regimen(name)
    plain = make_schedule(regimen, SOMEBODY, start=START, subject="S-07")
    found = course(name)
    assert list(map(facts, found.schedule.administrations)) == list(
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
    if any(each is more for each in before):
        before = [each for each in before if each is not more]
    undone = course(NPC, *before, more, Undone(len(before) + 1))
    plain = course(NPC, *before)
    assert whole(undone) == whole(plain)
    assert undone.tallies == plain.tallies
    assert undone.notes == plain.notes


def test_a_course_is_told_beside_its_plan() -> None:
    """The plan stays as it was: 70 kg on 2025-12-13; the row says 66 kg on 2025-12-16."""
    found = course(NPC, *INDEPENDENT)
    each = row(found, "course 1/cycle 2", "aldesleukin", 2)
    assert each.number == 17
    assert each.plain is not None
    assert (f"{each.plain.when:%d}", f"{each.administration.when:%d}") == ("13", "16")
    assert (each.plain.dosed.value, each.administration.dosed.value) == (
        Decimal(5_040_000),
        Decimal(4_752_000),
    )


def test_headings_and_block_days_move_with_their_turns() -> None:
    """Day 16 of the regimen is day 1 of a cycle that was planned for day 13."""
    found = course(NPC, Delayed(turn("course 1/cycle 2"), 3))
    each = row(found, "course 1/cycle 2", "aldesleukin", 1).administration
    assert (each.regimen_day, each.block_day, each.turn.start) == (16, 1, 15)
    assert each.turn.outer is row(found, CYCLE, "aldesleukin", 1).administration.turn.outer


def test_a_log_in_a_zone_is_looked_at_by_its_clock() -> None:
    """As of 23:30 UTC on 2026-06-01 it is 2026-06-02 in London, and its doses of that day due."""
    regimen = load_regimen(NPC)
    told = log(regimen, start=date(2026, 6, 2), zone="Europe/London")
    found = replay(regimen, told, datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{found.as_of:%Y-%m-%d %H:%M}" == "2026-06-02 00:30"
    assert found.rows[0].recorded.state == "due"
    assert f"{found.rows[0].administration.when:%z}" == "+0100"


def test_everything_of_the_log_s_head_counts() -> None:
    """Turns, shares, arm, start time and label are those that the log was begun with."""
    head: dict[str, Any] = {
        "arm": "1.25-mg",
        "at": 9 * 60 + 30,
        "times": {"cycle": 2},
        "percents": {"paclitaxel": Decimal(50)},
    }
    found = course("imp321", as_of="2025-12-01", **head)
    assert len(found.rows) == 10
    assert {f"{each.administration.when:%H:%M}" for each in found.rows} == {"09:30"}
    assert {each.administration.dosed.value for each in found.rows} == {72, Decimal("1.25")}
    assert (found.schedule.subject, found.schedule.arm) == ("S-07", "1.25-mg")


def test_a_patient_without_what_doses_need_is_asked_for_it() -> None:
    with pytest.raises(MissingInput, match="--weight"):
        course(NPC, patient=Patient())


def test_dates_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(Refused, match="years 1 to 9999"):
        course(NPC, Delayed(turn("course 1"), 3_000_000))


def test_states_are_recorded_by_row_number() -> None:
    """Every renderer finds what became of a row under its number."""
    found = course(NPC, held(*DOSE, [2]))
    assert found.schedule.recorded[2].state == "held"
    assert [each.recorded for each in found.rows] == list(found.schedule.recorded.values())


def test_entries_are_taken_in_the_order_of_the_file() -> None:
    """Doses rest on those before them: told backwards they are refused."""
    told = [given(*DOSE, [number]) for number in (1, 2, 3)]
    for order in permutations(told):
        if list(order) == told:
            course(NPC, *order)
        else:
            with pytest.raises(FaultyFile):
                course(NPC, *order)
