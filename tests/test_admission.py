"""Which entries are accepted: in a log that is typed, in one that was edited, and after an undo.

Which doses may be given, held or shifted: what is refused, and what to write instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import get_args

import pytest

from courselogs import CYCLE, D, course, entry, given, held, key, log, turn
from il2calc import load_regimen
from il2calc.course import admit
from il2calc.course.admission import RULES
from il2calc.errors import FaultyFile, MissingInput, Refused, RegimenError, UnknownName
from il2calc.model.effects import (
    Decided,
    Delayed,
    Effect,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.log import EFFECTS, Entry
from il2calc.units import quantity
from written import regimen as written

NPC = load_regimen("npc-bolus")
DRUG = "aldesleukin"
DOSE = (CYCLE, DRUG)


def faults(*entries: Effect) -> tuple[RegimenError, ...]:
    """Every fault of a log with these entries, on lines 11, 12, ..."""
    with pytest.raises(FaultyFile) as error:
        course(NPC, *entries)
    return error.value.faults


def test_every_fault_of_a_log_is_reported_with_its_line() -> None:
    """A hand-edited log with five faults: five lines with file:line, and no more than these."""
    errors = faults(
        given(*DOSE, [1, 2, 3]),
        given(*DOSE, [3]),
        held(*DOSE, [16]),
        Delayed(turn("course 1/cycle 3"), 3),
        given(*DOSE, [6]),
        Decided(turn("course 1"), given=True),
        held(*DOSE, [7]),
    )
    assert [str(fault).partition(": ")[0] for fault in errors] == [
        f"S-07.yaml:{line}" for line in (12, 13, 14, 15, 16)
    ]
    assert [fault.path for fault in errors] == [
        "entries[2].given",
        "entries[3].hold",
        "entries[4].delay",
        "entries[5].given",
        "entries[6].decide",
    ]
    assert all(fault.problem for fault in errors)


def test_an_entry_that_rests_on_a_faulty_one_is_not_reported_too() -> None:
    """Dose 1 is entered twice, wrongly once: the doses after it are none the worse for that."""
    errors = faults(
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
    assert [fault.path for fault in errors] == [
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


def test_an_entry_is_checked_against_the_log_it_is_added_to() -> None:
    """A log that has faults already takes no entry: the faults are reported instead."""
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


def test_an_entry_that_others_rest_on_is_not_undone() -> None:
    """Dose 2 was given after dose 1: without dose 1 nobody knows what became of it."""
    before = log(NPC, given(*DOSE, [1]), given(*DOSE, [2]))
    admit(NPC, before, entry(Undone(2)))
    with pytest.raises(Refused) as error:
        admit(NPC, before, entry(Undone(1))._replace(number=3))
    assert str(error.value) == (
        "entry 1 cannot be undone while entry 2 depends on it: row 2 (aldesleukin dose 2 of "
        "course 1, cycle 1) comes after row 1, which is neither given nor held; first enter the "
        "earlier ones (log given, log hold) (undo that one first, or correct entry 1 in "
        "the file itself)"
    )


def test_a_delay_is_not_undone_once_doses_drawn_through_it_were_given() -> None:
    """Doses drawn through a delay exist by it; given, they keep it."""
    regimen = load_regimen("trastuzumab")
    delay = Delayed(turn("cycle 2"), 2)
    effect = held("cycle 1", "aldesleukin", [15], "low-dose")
    before = log(regimen, delay, effect, times={"cycle": 2})
    with pytest.raises(Refused, match="entry 1 cannot be undone while entry 2 depends on it"):
        admit(regimen, before, entry(Undone(1))._replace(number=3))


def test_only_an_entry_in_force_is_undone() -> None:
    before = log(NPC, given(*DOSE, [1]), Undone(1), held(*DOSE, [1]))
    for number in (1, 2, 7):
        with pytest.raises(Refused) as error:
            admit(NPC, before, entry(Undone(number))._replace(number=4))
        message = f"entry {number} cannot be undone; entries in force: 3"
        assert str(error.value) == message
    with pytest.raises(Refused, match="cannot be undone; none is in force"):
        admit(NPC, log(NPC), entry(Undone(1)))


def test_a_reversed_entry_may_be_entered_again() -> None:
    """`undo` adds a reversal, nothing is erased: dose 1 was held, and given after all."""
    result = course(NPC, held(*DOSE, [1]), Undone(1), given(*DOSE, [1]))
    assert result.rows[0].recorded.state == "given"


def test_a_problem_of_the_regimen_is_a_fault_of_its_line() -> None:
    """An amount that cannot be compared, a drug that there is not: whatever it is, is a fault."""
    amount = given(*DOSE, [1])._replace(amount=quantity("5 mg"))
    (one, two) = faults(amount, Reduced("paclitaxel", quantity("75 mg").value, turn("course 2")))
    assert "measured in IU" in one.problem
    assert "no drug of npc-bolus" in two.problem


@pytest.mark.parametrize(
    ("change", "message"),
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
def test_a_dose_given_as_planned_keeps_its_time_and_amount(change: Effect, message: str) -> None:
    """Given without a time or an amount means as planned then, and must not change by an undo."""
    dose = ("course 1/cycle 2", "aldesleukin", [1])
    with pytest.raises(Refused) as error:
        admit(NPC, log(NPC, change, given(*dose)), entry(Undone(1))._replace(number=3))
    assert str(error.value) == (
        "entry 1 cannot be undone while entry 2 depends on it: row 16 (aldesleukin dose 1 of "
        f"course 1, cycle 2) {message} (undo that one first, or correct entry 1 in the file itself)"
    )
    complete = given(*dose, at="2025-12-16 08:10", amount="5 million IU")
    admit(NPC, log(NPC, change, complete), entry(Undone(1))._replace(number=3))


def refusal(before: list[Effect | Entry], effect: Effect, entered: str | None = None) -> str:
    """Why an entry is refused after these; it says so in one line."""
    with pytest.raises((Refused, UnknownName)) as error:
        admit(NPC, log(NPC, *before), entry(effect, entered))
    text = str(error.value)
    assert "\n" not in text
    return text


def admitted(before: list[Effect | Entry], effect: Effect, entered: str | None = None) -> None:
    """An entry may be added after these."""
    admit(NPC, log(NPC, *before), entry(effect, entered))


def test_doses_are_given_in_order() -> None:
    admitted([], given(*DOSE, [1, 2, 3]))
    admitted([given(*DOSE, [1]), held(*DOSE, [2])], given(*DOSE, [3]))
    admitted([], given(*DOSE, [2, 1]))
    assert refusal([given(*DOSE, [1])], given(*DOSE, [5])) == (
        "row 5 (aldesleukin dose 5 of course 1, cycle 1) comes after rows 2 to 4, which are "
        "neither given nor held; first enter the earlier ones (log given, log hold)"
    )
    assert "comes after row 1, which is neither" in refusal([], given(*DOSE, [2]))


def test_order_holds_within_a_drug_and_a_turn() -> None:
    """Nothing is asked of other turns or drugs: cycle 2 may begin before cycle 1 is complete."""
    admitted([given(*DOSE, [1])], given("course 1/cycle 2", DRUG, [1]))
    imp321 = load_regimen("imp321")
    course_log = log(imp321, arm="6.25-mg")
    admit(imp321, course_log, entry(given("cycle 1", "IMP321", [1])))


def test_a_conditional_dose_need_not_be_recorded() -> None:
    """A dose only if there is fever: it was not given where nobody says so."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1, only_if: fever}
          - {dose: b, drug: x, amount: 1 mg, route: IV, day: 2}
    """)
    admit(regimen, log(regimen), entry(given("", "x", [2], dose="b")))


@pytest.mark.hazard(27)
def test_a_dose_is_given_once() -> None:
    assert refusal([given(*DOSE, [1, 2])], given(*DOSE, [2])) == (
        "row 2 (aldesleukin dose 2 of course 1, cycle 1) was given already; if entry 1 is wrong, "
        "undo it first"
    )
    assert "was given already" in refusal([given(*DOSE, [1])], held(*DOSE, [1]))
    assert "is named twice" in refusal([], given(*DOSE, [1, 1]))
    assert "is named twice" in refusal([], held(*DOSE, [1, 1]))


def test_a_dose_that_was_held_was_not_given() -> None:
    hold = entry(held(*DOSE, [1]), reason="creatinine 3.1 mg/dL")
    assert refusal([hold], given(*DOSE, [1])) == (
        "row 1 (aldesleukin dose 1 of course 1, cycle 1) was held (creatinine 3.1 mg/dL); if it "
        "was given after all, undo entry 1 first"
    )
    assert "was held; if it was given" in refusal([held(*DOSE, [1])], given(*DOSE, [1]))
    assert "was held; if it was given" in refusal([held(*DOSE, [1])], held(*DOSE, [1]))


@pytest.mark.hazard(28)
def test_there_is_no_dose_beyond_the_maximum() -> None:
    """15 doses at most; one more is a deviation that another reading of the file can say."""
    everything = given(*DOSE, range(1, 16))
    assert refusal([everything], given(*DOSE, [16])) == (
        "course 1, cycle 1 has at most 15 doses of aldesleukin, no dose 16; if more was actually "
        "given, start a log with the file changed (il2calc log start FILE --regimen "
        "ID --start DATE --set PATH=VALUE)"
    )
    assert "no dose 16" in refusal([], held(*DOSE, [16]))


def test_a_dose_that_the_regimen_does_not_have_cannot_be_given() -> None:
    reason = refusal([], given("course 3/cycle 1", DRUG, [1]))
    assert reason.startswith("no block turn is called 'course 3/cycle 1'")
    assert "did you mean" not in reason, "another number is another turn, and no slip"
    assert refusal([], given(CYCLE, "aldeslukin", [1])).startswith(
        "no drug of course 1, cycle 1 is called 'aldeslukin'; did you mean 'aldesleukin'?"
    )
    assert refusal([], Given(())) == "no dose is named; give a row number, such as 7"
    assert "aldesleukin dose 1 of course 1, cycle 1 is the dose 'aldesleukin', not 'pulse'" in (
        refusal([], given(*DOSE, [1], dose="pulse"))
    )
    assert refusal([], given("", DRUG, [1])).startswith("no drug of npc-bolus is called")


def test_one_dose_is_one_dose() -> None:
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]")
    with pytest.raises(Refused, match=r"written has 1 dose of x, no dose 2"):
        admit(regimen, log(regimen), entry(given("", "x", [2])))


def test_a_time_and_an_amount_are_those_of_one_dose() -> None:
    moment = datetime.fromisoformat("2025-12-01 09:00")
    both = given(*DOSE, [1, 2])
    for effect in (both._replace(at=moment), both._replace(amount=quantity("5 million IU"))):
        assert refusal([], effect) == (
            "a time or an amount is for one dose; give each dose an entry of its own"
        )


def test_nothing_is_given_after_it_was_entered() -> None:
    """Dose 2 falls on 16:00; at 15:59 it has not been given, unless it was earlier."""
    admitted([], given(*DOSE, [1, 2]), "2025-12-01 16:00")
    assert refusal([], given(*DOSE, [1, 2]), "2025-12-01 15:59") == (
        "row 2 (aldesleukin dose 2 of course 1, cycle 1) falls on 2025-12-01 16:00, after this "
        "entry of 2025-12-01 15:59; enter it when it has been given, or say when it was (--at)"
    )
    first = given(*DOSE, [1])
    admitted([first], given(*DOSE, [2], at="2025-12-01 15:30"), "2025-12-01 15:59")
    assert "after this entry" in refusal(
        [first], given(*DOSE, [2], at="2025-12-01 17:00"), "2025-12-01 16:30"
    )


def test_a_dose_comes_after_the_one_before_it() -> None:
    late = given(*DOSE, [1], at="2025-12-01 12:00")
    assert refusal([late], given(*DOSE, [2], at="2025-12-01 11:00")) == (
        "row 2 (aldesleukin dose 2 of course 1, cycle 1) on 2025-12-01 11:00 would come before "
        "row 1 (aldesleukin dose 1 of course 1, cycle 1), given on 2025-12-01 12:00; check the time"
    )
    admitted([late], given(*DOSE, [2], at="2025-12-01 12:00"))
    admitted([given(*DOSE, [1]), held(*DOSE, [2])], given(*DOSE, [3]))


@pytest.mark.parametrize("amount", ["5 million IU", "5.5 MIU", "5_000_000 IU"])
def test_an_amount_is_of_the_dimension_that_was_planned(amount: str) -> None:
    admitted([], given(*DOSE, [1], amount=amount))


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("300 mg", "is measured in IU, not mg; give the amount in IU"),
        ("72_000 IU/kg", "an amount given is for the whole dose, such as '5 IU'"),
        ("5 IU/m2/day", "an amount given is for the whole dose"),
    ],
)
def test_an_amount_of_another_kind_is_refused(amount: str, message: str) -> None:
    assert message in refusal([], given(*DOSE, [1], amount=amount))


def test_an_amount_of_zero_is_refused() -> None:
    """A dose that was left out is held: it is no dose of nothing."""
    nothing = given(*DOSE, [1])._replace(
        amount=quantity("5 IU")._replace(value=quantity("5 IU").value * 0)
    )
    assert refusal([], nothing).endswith("a dose that was left out is held")


def test_an_amount_by_area_under_the_curve_is_given_in_milligrams() -> None:
    """Calvert gives mg; so is what was given."""
    regimen = written("doses: [{drug: x, amount: 5 AUC, route: IV, day: 1}]")
    course_log = log(regimen)
    admit(regimen, course_log, entry(given("", "x", [1], amount="500 mg")))
    with pytest.raises(Refused, match="measured in mg, not IU"):
        admit(regimen, course_log, entry(given("", "x", [1], amount="500 IU")))


def test_a_stopped_dose_is_neither_given_nor_held() -> None:
    stop = entry(Stopped(), "2025-12-02 12:00")
    assert refusal([given(*DOSE, [1, 2, 3, 4]), stop], given(*DOSE, [5])) == (
        "row 5 (aldesleukin dose 5 of course 1, cycle 1) falls on 2025-12-02 16:00, after the "
        "course was stopped on 2025-12-02 12:00; if it was given, undo entry 2 first"
    )
    admitted([given(*DOSE, [1, 2, 3]), stop], given(*DOSE, [4]))
    admitted([given(*DOSE, [1, 2, 3]), stop], held(*DOSE, [4]))
    assert refusal([stop], held(*DOSE, [5])) == (
        "row 5 (aldesleukin dose 5 of course 1, cycle 1) is not given anyway: the course was "
        "stopped on 2025-12-02 12:00 (entry 1)"
    )


def test_nothing_is_given_on_a_branch_that_was_decided_against() -> None:
    no = Decided(turn("course 2"), given=False)
    for effect in (
        given("course 2/cycle 1", DRUG, [1]),
        held("course 2/cycle 1", DRUG, [1]),
        Shifted(key("course 2/cycle 1", DRUG, 1), 60),
    ):
        assert refusal([no], effect) == (
            "course 2, cycle 1 is not given: course 2 was decided against; if that has changed, "
            "undo entry 1 first"
        )


def test_a_hold_may_be_entered_before_its_time() -> None:
    """The rest of a cycle is held as soon as that is known."""
    admitted([given(*DOSE, [1])], held(*DOSE, range(8, 16)), "2025-12-01 09:00")
    assert refusal([], Held(())) == "no dose is named; give a row number, such as 7"


def test_a_shift_begins_with_a_dose_to_come() -> None:
    before: list[Effect | Entry] = [given(*DOSE, [1, 2]), held(*DOSE, [3])]
    admitted(before, Shifted(key(*DOSE, 4), 240))
    assert refusal(before, Shifted(key(*DOSE, 2), 240)) == (
        "row 2 (aldesleukin dose 2 of course 1, cycle 1) was given (entry 1); shift from a dose "
        "that is still to come"
    )
    assert "was held; shift the first dose that is still" in refusal(
        before, Shifted(key(*DOSE, 3), 240)
    )
    assert "moves nothing" in refusal([], Shifted(key(*DOSE, 1), 0))
    assert "no dose 16" in refusal([], Shifted(key(*DOSE, 16), 240))


def test_a_shift_earlier_stops_short_of_the_dose_before() -> None:
    admitted([], Shifted(key(*DOSE, 2), -479))
    assert refusal([], Shifted(key(*DOSE, 2), -480)) == (
        "row 2 (aldesleukin dose 2 of course 1, cycle 1) would fall at or before row 1 "
        "(aldesleukin dose 1 of course 1, cycle 1); shift it by less"
    )
    admitted([], Shifted(key(*DOSE, 1), -480))


def test_doses_outside_all_blocks_have_no_turn() -> None:
    imatinib = load_regimen("imatinib")
    course_log = log(imatinib, given("", "cyclophosphamide", [1]), times={"cycle": 1})
    with pytest.raises(Refused, match=r"row 1 \(cyclophosphamide dose 1\) was given already"):
        admit(imatinib, course_log, entry(given("", "cyclophosphamide", [1])))


def test_shifted_rows_are_recorded_in_the_order_of_their_new_times() -> None:
    """The second dose was shifted behind the third one, of the same drug: it is not missing."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: [1, 3]}
          - {dose: b, drug: x, amount: 1 mg, route: IV, day: 2}
    """)
    shift = Shifted(key("", "x", 2, "b"), 3 * 1440)
    result = course(regimen, shift)
    assert [row.key.number for row in result.rows] == [1, 3, 2]
    admit(
        regimen,
        log(regimen, shift, given("", "x", [1], dose="a")),
        entry(given("", "x", [3], dose="a")),
    )


def test_a_shift_leaves_doses_in_their_turns() -> None:
    """Ten days later dose 8 would fall among those of cycle 2, which begins on 2025-12-13."""
    assert refusal([given(*DOSE, range(1, 8))], Shifted(key(*DOSE, 8), 10 * 1440)) == (
        "row 8 (aldesleukin dose 8 of course 1, cycle 1) would meet or pass row 16 (aldesleukin "
        "dose 1 of course 1, cycle 2); shift it by less, or delay a whole block"
    )
    back = Shifted(key("course 1/cycle 2", DRUG, 1), -12 * 1440)
    assert "row 16 (aldesleukin dose 1 of course 1, cycle 2) would meet or pass" in refusal(
        [], back
    )
    admitted([given(*DOSE, range(1, 8))], Shifted(key(*DOSE, 8), 6 * 1440))


def test_a_held_dose_leaves_its_time_free() -> None:
    """With dose 15 of cycle 1 held, cycle 2 may begin where it would have been."""
    back = Shifted(key("course 1/cycle 2", DRUG, 1), -7 * 1440 - 480)
    assert "would meet or pass row 15" in refusal([], back)
    admitted([held(*DOSE, [15])], back)


def test_a_time_that_no_clock_showed_is_refused() -> None:
    """In London the clocks go forward at 01:00 on 2026-03-29: there was no 01:30."""
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "00:30"}]'
    spring = log(written(body), start=date(2026, 3, 29), zone="Europe/London")
    late = entry(given("", "x", [1], at="2026-03-29 01:30"))
    with pytest.raises(Refused, match="2026-03-29 01:30 does not exist in Europe/London"):
        admit(written(body), spring, late)
    admit(written(body), spring, entry(given("", "x", [1], at="2026-03-29 02:30")))


def test_doses_of_two_turns_at_one_moment_are_named_in_the_order_of_their_rows() -> None:
    """Both are given twice; the message names row 1, however the entry names them."""
    regimen = written("""
        blocks:
          - block: later
            day: 1
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
          - block: also
            day: 1
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    both = Given((key("also 1", "x", 1), key("later 1", "y", 1)))
    with pytest.raises(FaultyFile, match=r"row 1 \(y dose 1 of later 1\) was given already"):
        course(regimen, both, both)
