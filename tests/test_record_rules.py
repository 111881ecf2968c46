"""The rules that a course used: each is told where it was, and only there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from courselogs import CYCLE, SOMEBODY, course, entry, given, held, key, turn
from il2calc import Patient
from il2calc.course import Decided, Delayed, Effect, Reduced, Shifted, Stopped, Weighed

DOSE = (CYCLE, "aldesleukin")
ALWAYS = "Unrecorded:"
CONDITIONAL = "What depends on something"
NO = Decided(turn("course 2"), given=False)
STOP = entry(Stopped(), "2025-12-01 07:00")


@pytest.mark.parametrize(
    ("effect", "told"),
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
def test_a_rule_is_told_where_it_was_used(effect: Effect, told: str | None) -> None:
    notes = course("npc-bolus", effect).notes
    wanted = [ALWAYS, *([told] if told else []), CONDITIONAL]
    if isinstance(effect, Delayed):
        wanted.insert(2, "A delay uses up the range")
    assert len(notes) == len(wanted)
    assert all(note.startswith(start) for note, start in zip(notes, wanted, strict=True))


def test_the_day_looked_at_is_always_told() -> None:
    assert [note[:11] for note in course("imp321", arm="6.25-mg").notes] == [ALWAYS]


def test_that_held_doses_are_omitted_is_told_as_an_assumption() -> None:
    """Published practice, not the label: it is printed as what it is."""
    (note,) = (each for each in course("npc-bolus", held(*DOSE, [1])).notes if "held dose" in each)
    assert "(assumed from published practice: SpringerPlus 2015" in note
    assert "log shift" in note


def test_a_stop_and_a_decision_tell_their_rules() -> None:
    assert course("npc-bolus", STOP).notes[-1].startswith("Nothing planned after the moment")
    assert any(note.startswith(CONDITIONAL) for note in course("npc-bolus", NO).notes)


def test_a_delay_without_ranges_tells_of_none() -> None:
    notes = course("imp321", Delayed(turn("cycle 2"), 1), arm="6.25-mg").notes
    assert [note[:20] for note in notes[1:]] == ["A delay moves its bl"]


def test_a_dose_that_goes_on_is_named() -> None:
    notes = course("trastuzumab", Delayed(turn("cycle 2"), 1), times={"cycle": 2}).notes
    assert any(note.startswith("low-dose: goes on through a delay") for note in notes)


def test_a_surface_area_reckoned_anew_is_told() -> None:
    """From the same height; a surface area that was given stays."""
    weight = Weighed(Decimal(69), date(2025, 12, 1), turn("cycle 2"))
    tall = Patient(weight=Decimal(70), height=Decimal(170))
    for patient, told in ((tall, True), (SOMEBODY, False)):
        notes = course("imp321", weight, arm="6.25-mg", patient=patient).notes
        assert any("surface area is reckoned anew" in note for note in notes) is told
