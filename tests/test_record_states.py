"""What became of each dose, by the log and the day on which it is looked at."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import CYCLE, course, entry, given, held, row, states, turn
from il2calc.course import Decided, Effect, Entry, Stopped
from il2calc.record import Course
from written import SMALL

DOSE = (CYCLE, "aldesleukin")


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
    found = course("npc-bolus", yes, as_of=as_of)
    assert row(found, "course 2/cycle 1", "aldesleukin", 1).recorded.state == state


def test_what_was_given_as_planned_has_its_time_and_amount() -> None:
    found = course("npc-bolus", entry(given(*DOSE, [1]), reason="no event"))
    told = found.rows[0].recorded
    assert (told.state, f"{told.when:%Y-%m-%d %H:%M}", told.value, told.reason) == (
        "given",
        "2025-12-01 08:00",
        Decimal(5_040_000),
        "no event",
    )


def test_an_amount_given_is_told_in_the_unit_of_the_plan() -> None:
    """5.1 g of a dose in mg are 5,100 mg."""
    found = course(
        "imatinib", given("", "cyclophosphamide", [1], amount="0.051 g"), times={"cycle": 1}
    )
    told = found.rows[0]
    assert told.administration.dosed.unit == "mg"
    assert told.recorded.value == 51


def test_a_held_dose_has_its_reason_alone() -> None:
    found = course("npc-bolus", entry(held(*DOSE, [1]), reason="creatinine"), held(*DOSE, [2]))
    assert found.rows[0].recorded[:3] == ("held", None, None)
    assert [each.recorded.reason for each in found.rows[:2]] == ["creatinine", ""]


def test_after_the_stop_nothing_is_to_come_whatever_it_depends_on() -> None:
    """Stopped on 2025-12-01 at 16:00: the dose of that minute is not after it."""
    stop = entry(Stopped(), "2025-12-01 16:00", reason="progression")
    found = course("npc-bolus", stop, as_of="2025-12-02")
    assert states(found) == ["unrecorded", "unrecorded", *["stopped"] * 58]
    assert {each.recorded.reason for each in found.rows[2:]} == {"progression"}
    silent = course("npc-bolus", entry(Stopped(), "2025-12-01 16:00"))
    assert silent.rows[2].recorded.reason == ""


def test_what_was_given_or_held_before_the_stop_stays_so() -> None:
    found = course(
        "npc-bolus", given(*DOSE, [1]), held(*DOSE, [2, 3]), entry(Stopped(), "2025-12-01 20:00")
    )
    assert states(found)[:4] == ["given", "held", "held", "stopped"]


def test_the_decision_tells_why_rather_than_the_stop() -> None:
    found = course(
        "npc-bolus",
        entry(Decided(turn("course 2"), given=False), reason="no response"),
        entry(Stopped(), "2025-12-01 07:00", reason="refused"),
    )
    assert row(found, CYCLE, "aldesleukin", 1).recorded.reason == "refused"
    assert row(found, "course 2/cycle 1", "aldesleukin", 1).recorded.reason == "no response"


@st.composite
def logs(draw: st.DrawFn) -> list[Effect | Entry]:
    """Doses of the first course told in order, then perhaps a stop or a decision."""
    entries: list[Effect | Entry] = []
    for cycle in (1, 2):
        told = draw(st.lists(st.booleans(), max_size=15))
        for number, was_given in enumerate(told, 1):
            where = (f"course 1/cycle {cycle}", "aldesleukin")
            entries.append(given(*where, [number]) if was_given else held(*where, [number]))
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
    found: Course = course(
        "npc-bolus", *entries, as_of=f"{2025 + month}-{12 - 11 * month:02}-{day:02}"
    )
    whole = found.tallies[-1]
    parts = (whole.given, whole.held, whole.unrecorded, whole.remaining, whole.stopped)
    assert sum(each.doses for each in parts) == whole.planned.doses == 60
    assert sum(each.value for each in parts) == whole.planned.value == 60 * 5_040_000
    counted = Counter(states(found))
    assert counted["given"] == whole.given.doses
    assert counted["held"] == whole.held.doses
    assert counted["conditional"] == whole.conditional.doses
    assert counted["due"] + counted["planned"] == whole.remaining.doses - whole.conditional.doses
