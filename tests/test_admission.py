"""Which entries may stand: in a log that is typed, in one that was edited, and after an undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from courselogs import CYCLE, D, course, entry, given, held, log, turn
from il2calc import load_regimen
from il2calc.course import admit
from il2calc.course.admission import RULES
from il2calc.errors import FaultyFile, MissingInput, Refused, RegimenError
from il2calc.model.effects import (
    Decided,
    Delayed,
    Effect,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.log import EFFECTS
from il2calc.units import quantity

NPC = load_regimen("npc-bolus")
DOSE = (CYCLE, "aldesleukin")


def faults(*entries: Effect) -> tuple[RegimenError, ...]:
    """Every fault of a log with these entries, on lines 11, 12, ..."""
    with pytest.raises(FaultyFile) as error:
        course(NPC, *entries)
    return error.value.faults


def test_every_fault_of_a_log_is_told_with_its_line() -> None:
    """A hand-edited log with five faults: five lines with file:line, and no more than these."""
    found = faults(
        given(*DOSE, [1, 2, 3]),
        given(*DOSE, [3]),
        held(*DOSE, [16]),
        Delayed(turn("course 1/cycle 3"), 3),
        given(*DOSE, [6]),
        Decided(turn("course 1"), given=True),
        held(*DOSE, [7]),
    )
    assert [str(fault).partition(": ")[0] for fault in found] == [
        f"S-07.yaml:{line}" for line in (12, 13, 14, 15, 16)
    ]
    assert [fault.path for fault in found] == [
        "entries[2].given",
        "entries[3].hold",
        "entries[4].delay",
        "entries[5].given",
        "entries[6].decide",
    ]
    assert all(fault.problem for fault in found)


def test_what_rests_on_a_faulty_entry_is_not_told_too() -> None:
    """Dose 1 is told twice, wrongly once: the doses after it are none the worse for that."""
    found = faults(
        held(*DOSE, [1]),
        given(*DOSE, [1]),
        given(*DOSE, [2]),
        Shifted(given(*DOSE, [99]).doses[0], 60),
        Decided(turn("course 2"), given=False),
        Decided(turn("course 2"), given=True),
        given(*DOSE, [3]),
        Stopped(),
        Stopped(),
    )
    assert [fault.path for fault in found] == [
        "entries[2].given",
        "entries[4].shift",
        "entries[6].decide",
        "entries[9].stop",
    ]


def test_every_effect_has_its_key_and_its_rule() -> None:
    """An undoing has none: it does not count itself, nor does what it undoes."""
    effects = set(get_args(Effect))
    assert {form.effect for form in EFFECTS.values()} == effects
    assert set(RULES) == effects - {Undone}


def test_an_entry_is_held_against_the_log_it_is_added_to() -> None:
    """A log that has faults already takes none: they are told instead."""
    faulty = log(NPC, given(*DOSE, [2]))
    with pytest.raises(FaultyFile):
        admit(NPC, faulty, entry(held(*DOSE, [1])))
    with pytest.raises(FaultyFile):
        admit(
            NPC,
            replace(faulty, entries=(*faulty.entries, *log(NPC, held(*DOSE, [9])).entries)),
            entry(Undone(1)),
        )


def test_what_the_regimen_needs_is_asked_of_a_log_too() -> None:
    with pytest.raises(MissingInput, match="imp321 has the arms"):
        course("imp321")


def test_a_course_is_stopped_after_what_was_given() -> None:
    before = log(NPC, given(*DOSE, [1, 2]), given(*DOSE, [3], at="2025-12-02 02:00"))
    admit(NPC, before, entry(Stopped(), "2025-12-02 02:00"))
    with pytest.raises(Refused) as error:
        admit(NPC, before, entry(Stopped(), "2025-12-02 01:59"))
    assert str(error.value) == (
        "row 3 (aldesleukin dose 3 of course 1, cycle 1) was given (entry 2) on 2025-12-02 02:00, "
        "after this stop of 2025-12-02 01:59; stop after it (--as-of)"
    )


def test_what_others_rest_on_is_not_undone() -> None:
    """Dose 2 was given after dose 1: without dose 1 nobody knows what became of it."""
    before = log(NPC, given(*DOSE, [1]), given(*DOSE, [2]))
    admit(NPC, before, entry(Undone(2)))
    with pytest.raises(Refused) as error:
        admit(NPC, before, entry(Undone(1))._replace(number=3))
    assert str(error.value) == (
        "entry 1 cannot be undone while entry 2 rests on it: row 2 (aldesleukin dose 2 of "
        "course 1, cycle 1) comes after row 1, which is neither given nor held; say first what "
        "became of the earlier ones (log given, log hold) (undo that one first, or mend entry 1 in "
        "the file itself)"
    )


def test_a_delay_is_not_undone_under_the_doses_that_it_brought() -> None:
    """Doses drawn through a delay exist by it; given, they keep it."""
    regimen = load_regimen("trastuzumab")
    delay = Delayed(turn("cycle 2"), 2)
    told = held("cycle 1", "aldesleukin", [15], "low-dose")
    before = log(regimen, delay, told, times={"cycle": 2})
    with pytest.raises(Refused, match="entry 1 cannot be undone while entry 2 rests on it"):
        admit(regimen, before, entry(Undone(1))._replace(number=3))


def test_only_an_entry_in_force_is_undone() -> None:
    before = log(NPC, given(*DOSE, [1]), Undone(1), held(*DOSE, [1]))
    for number in (1, 2, 7):
        with pytest.raises(Refused) as error:
            admit(NPC, before, entry(Undone(number))._replace(number=4))
        told = f"entry {number} is not there to be undone; entries in force: 3"
        assert str(error.value) == told
    with pytest.raises(Refused, match="there is none"):
        admit(NPC, log(NPC), entry(Undone(1)))


def test_a_reversed_entry_may_be_entered_anew() -> None:
    """`undo` adds a reversal, nothing is erased: dose 1 was held, and given after all."""
    found = course(NPC, held(*DOSE, [1]), Undone(1), given(*DOSE, [1]))
    assert found.rows[0].recorded.state == "given"


def test_a_problem_of_the_regimen_is_a_fault_of_its_line() -> None:
    """An amount that cannot be compared, a drug that there is not: whatever it is, it is told."""
    amount = given(*DOSE, [1])._replace(amount=quantity("5 mg"))
    (one, two) = faults(amount, Reduced("paclitaxel", quantity("75 mg").value, turn("course 2")))
    assert "measured in IU" in one.problem
    assert "no drug of npc-bolus" in two.problem


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Delayed(turn("course 1/cycle 2"), 3), "was given as planned on 2025-12-16 08:00"),
        (
            Shifted(given("course 1/cycle 2", "aldesleukin", [1]).doses[0], 60),
            "was given as planned on 2025-12-13 09:00",
        ),
        (Reduced("aldesleukin", D(50), turn("course 1/cycle 2")), "was given as planned with it"),
        (
            Weighed(D(66), date(2025, 12, 1), turn("course 1/cycle 2")),
            "was given as planned with it",
        ),
    ],
)
def test_what_was_given_as_planned_keeps_its_time_and_amount(change: Effect, told: str) -> None:
    """Given without a time or an amount means as planned then, and must not change by an undo."""
    dose = ("course 1/cycle 2", "aldesleukin", [1])
    with pytest.raises(Refused) as error:
        admit(NPC, log(NPC, change, given(*dose)), entry(Undone(1))._replace(number=3))
    assert str(error.value) == (
        "entry 1 cannot be undone while entry 2 rests on it: row 16 (aldesleukin dose 1 of "
        f"course 1, cycle 2) {told} (undo that one first, or mend entry 1 in the file itself)"
    )
    whole = given(*dose, at="2025-12-16 08:10", amount="5 million IU")
    admit(NPC, log(NPC, change, whole), entry(Undone(1))._replace(number=3))
