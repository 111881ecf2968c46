"""Which turns may be delayed, decided, reduced or calculated again: what is refused, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from courselogs import CYCLE, D, course, entry, given, held, log, turn
from il2calc import Patient, load_regimen
from il2calc.course import admit
from il2calc.course.dosing_basis import doses_from_turn
from il2calc.errors import MissingInput, Refused, UnknownName
from il2calc.model.effects import Decided, Delayed, Effect, Reduced, Stopped, Weighed
from il2calc.model.log import Entry
from il2calc.model.regimen import Regimen
from il2calc.units import Quantity
from written import regimen as written

NPC = load_regimen("npc-bolus")
NEVER = replace(NPC, never_reduce=True)
DOSE = (CYCLE, "aldesleukin")


def refusal(before: list[Effect | Entry], effect: Effect | Entry, regimen: Regimen = NPC) -> str:
    """Why an entry is refused after these; it says so in one line."""
    with pytest.raises((Refused, UnknownName)) as error:
        admitted(before, effect, regimen)
    text = str(error.value)
    assert "\n" not in text
    return text


def admitted(before: list[Effect | Entry], effect: Effect | Entry, regimen: Regimen = NPC) -> None:
    """An entry may be added after these."""
    admit(regimen, log(regimen, *before), effect if isinstance(effect, Entry) else entry(effect))


def delay(name: str, days: int = 3) -> Delayed:
    return Delayed(turn(name), days)


def weigh(name: str | None, on: str = "2025-12-10", kg: str = "66.5") -> Weighed:
    return Weighed(D(kg), date.fromisoformat(on), turn(name) if name else None)


def reduce(
    percent: str = "75", name: str = "course 1/cycle 2", drug: str = "aldesleukin"
) -> Reduced:
    return Reduced(drug, D(percent), turn(name))


def test_an_amount_changes_from_a_dose_that_was_not_given_yet() -> None:
    """A turn that has begun needs no --override for what is left of it, from a later dose on."""
    earlier: list[Effect | Entry] = [given(*DOSE, range(1, 8))]
    admitted(earlier, reduce(name=f"{CYCLE}/aldesleukin dose 8"))
    assert "course 1, cycle 1, aldesleukin dose 7 has begun: row 7" in refusal(
        earlier, reduce(name=f"{CYCLE}/aldesleukin dose 7")
    )
    missing = refusal(earlier, weigh(f"{CYCLE}/aldesleukin dose 16"))
    assert missing.startswith("no block turn is called 'course 1/cycle 1/aldesleukin dose 16'")
    assert "was stopped" in refusal([entry(Stopped())], weigh(f"{CYCLE}/aldesleukin dose 8"))
    refused = refusal(earlier, delay(f"{CYCLE}/aldesleukin dose 8"))
    assert refused.startswith("no block turn is called")


def test_no_amount_changes_from_a_dose_of_a_turn_that_was_decided_against() -> None:
    against = Decided(turn("course 2"), given=False)
    later = reduce(name="course 2/cycle 1/aldesleukin dose 3")
    assert "course 2, cycle 1, aldesleukin dose 3 is not given" in refusal([against], later)


def test_a_missing_measure_is_asked_for_from_the_row_where_there_is_no_block() -> None:
    regimen = written("doses: [{drug: examplumab, amount: 1 mg, route: SC, day: [1, 8]}]")
    dose = (("examplumab dose", 2),)
    entries = log(regimen, patient=Patient())
    reduction = entry(Reduced("examplumab", Quantity(D(1), "mg", "kg"), dose))
    with pytest.raises(MissingInput, match=r"--use-from 'examplumab dose 2'"):
        admit(regimen, entries, reduction)


def test_a_turn_is_delayed_before_it_begins() -> None:
    """Rule: a delay moves everything from the first dose on; what was given has not moved."""
    earlier: list[Effect | Entry] = [given(*DOSE, [1])]
    admitted(earlier, delay("course 1/cycle 2"))
    assert refusal(earlier, delay(CYCLE)) == (
        "course 1, cycle 1 cannot be delayed: row 1 (aldesleukin dose 1 of course 1, cycle 1) "
        "was given (entry 1); delay what is still to come, or shift a dose"
    )
    assert "cannot be delayed" in refusal(
        [given("course 2/cycle 1", "aldesleukin", [1])], delay(CYCLE)
    )


def test_held_doses_move_with_their_turn() -> None:
    """Holding the first dose does not begin a cycle."""
    admitted([held("course 1/cycle 2", "aldesleukin", [1])], delay("course 1/cycle 2"))


def test_a_delay_is_of_days_and_of_a_turn() -> None:
    assert refusal([], delay(CYCLE, 0)) == "a delay is at least 1 day; write it like '3 days'"
    assert refusal([], Delayed((), 3)) == (
        "the regimen itself is not a block turn; name one, such as 'cycle 2'"
    )
    reason = refusal([], delay("course 3"))
    assert reason.startswith("no block turn is called 'course 3'. Known: ")
    assert (
        "did you mean" not in reason
    )  # course 2 is another turn, and not a misspelling of this one


@pytest.mark.parametrize(
    "effect",
    [
        delay("course 2"),
        reduce(),
        weigh("course 2"),
        Decided(turn("course 2"), given=True),
        Stopped(),
    ],
)
def test_nothing_is_planned_on_after_a_stop(effect: Effect) -> None:
    stop = entry(Stopped(), "2025-12-12 09:00")
    assert refusal([stop], effect) == (
        "the course was stopped on 2025-12-12 09:00; if it continues, undo entry 1 first"
    )


def test_a_weight_may_be_noted_after_a_stop() -> None:
    admitted([entry(Stopped(), "2025-12-12 09:00")], weigh(None))


@pytest.mark.parametrize(
    "effect", [delay("course 2/cycle 1"), weigh("course 2"), reduce(name="course 2")]
)
def test_nothing_is_planned_on_a_branch_that_was_decided_against(effect: Effect) -> None:
    reason = refusal([Decided(turn("course 2"), given=False)], effect)
    assert reason.endswith(
        "is not given: course 2 was decided against; if that has changed, undo entry 1 first"
    )


def test_only_what_depends_on_something_is_decided() -> None:
    """The first course depends on nothing, nor do the cycles in it."""
    admitted([], Decided(turn("course 2"), given=True))
    assert refusal([], Decided(turn("course 1"), given=True)) == (
        "course 1 depends on no condition; conditional are: course 2"
    )
    plain = written("blocks: [{block: a, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}]")
    assert refusal([], Decided(turn("a 1"), given=True), plain) == (
        "a 1 depends on no condition; no turn of this regimen does"
    )


def test_a_turn_is_decided_once() -> None:
    yes = Decided(turn("course 2"), given=True)
    no = Decided(turn("course 2"), given=False)
    assert refusal([yes], no) == (
        "course 2 was decided already; if entry 1 is wrong, undo it first"
    )
    assert "was decided against" in refusal([no], yes)


def test_a_turn_that_has_begun_is_not_decided_against() -> None:
    """It is stopped: the doses that were given stay given."""
    earlier: list[Effect | Entry] = [given("course 2/cycle 1", "aldesleukin", [1])]
    assert refusal(earlier, Decided(turn("course 2"), given=False)) == (
        "course 2 has begun: row 31 (aldesleukin dose 1 of course 2, cycle 1) was given (entry "
        "1); to end the course now: il2calc log stop S-07.yaml"
    )
    admitted(earlier, Decided(turn("course 2"), given=True))


def test_a_weight_is_used_from_a_turn_to_come() -> None:
    """Weighed on the day of the first dose is in time; a day later that block has begun."""
    admitted([], weigh("course 1/cycle 2", "2025-12-13"))
    assert refusal([], weigh("course 1/cycle 2", "2025-12-14")) == (
        "course 1, cycle 2 begins on 2025-12-13 08:00 (if it is late, enter the delay first); a "
        "weight is used from the first dose of a block on: name a later one, or use it for the "
        "rest of this one (--override)"
    )
    earlier: list[Effect | Entry] = [given(*DOSE, [1])]
    assert "has begun: row 1 (aldesleukin dose 1 of course 1, cycle 1) was given" in refusal(
        earlier, weigh(CYCLE, "2025-12-01")
    )
    admitted(earlier, entry(weigh(CYCLE, "2025-12-02"), overridden=True))
    admitted(earlier, weigh(None, "2025-12-02"))


def test_a_weight_is_not_dated_in_the_future() -> None:
    assert refusal([], entry(weigh(None, "2025-12-11"), "2025-12-10 23:59")) == (
        "the weight is dated 2025-12-11, after this entry of 2025-12-10 23:59"
    )
    assert "no block turn is called" in refusal([], weigh("cycle 9"))


def test_no_change_counts_from_a_turn_without_doses() -> None:
    """A weight, or a share, counts from the first dose of a block, which must have one."""
    regimen = written("""
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg/kg, route: IV, day: 1, turn: 1}]
    """)
    assert refusal([], weigh("a 2"), regimen) == "no dose is given in a 2; name another block"
    assert doses_from_turn(course(regimen, patient=Patient(weight=D(70))).state, turn("a 2")) == []
    assert refusal([], reduce(name="a 2", drug="x"), regimen) == (
        "no x is given from a 2 on; name an earlier block"
    )


def test_a_drug_is_reduced_from_a_turn_to_come() -> None:
    admitted([], reduce())
    admitted([], reduce("100"))
    earlier: list[Effect | Entry] = [given("course 1/cycle 2", "aldesleukin", [1])]
    assert refusal(earlier, reduce()) == (
        "course 1, cycle 2 has begun: row 16 (aldesleukin dose 1 of course 1, cycle 2) was "
        "given (entry 1); name a later block, or reduce the rest of this one (--override)"
    )
    admitted(earlier, entry(reduce(), overridden=True))


@pytest.mark.parametrize("percent", ["0", "-5"])
def test_a_share_is_more_than_nothing(percent: str) -> None:
    """A dose that is left out is held; more than the file's is admitted, and cautioned."""
    assert refusal([], reduce(percent)).startswith("a percentage is above 0 %")
    admitted([], reduce("101"))


def test_a_drug_of_the_regimen_is_reduced() -> None:
    assert refusal([], reduce(drug="paclitaxel")).startswith(
        "no drug of npc-bolus is called 'paclitaxel'"
    )
    imp321 = load_regimen("imp321")
    course_log = log(imp321, arm="6.25-mg")
    admit(imp321, course_log, entry(reduce(name="cycle 3", drug="paclitaxel")))


def test_a_dose_that_must_never_be_reduced_is_reduced_only_with_a_reason() -> None:
    """Rule: `reduce: no` refuses a reduction unless it is overridden with a reason."""
    reason = refusal([], reduce(), NEVER)
    assert reason == (
        "npc-bolus says: withhold doses, never reduce them (reduce: no); hold doses, or reduce "
        "anyway with --override and a --reason"
    )
    assert refusal([], entry(reduce(), overridden=True), NEVER) == reason
    assert refusal([], entry(reduce(), reason="renal"), NEVER) == reason
    admitted([], entry(reduce(), overridden=True, reason="renal"), NEVER)
    admitted([], reduce("100"), NEVER)


def test_a_drug_is_reduced_in_a_turn_in_which_only_another_was_given() -> None:
    """What was given of drug a keeps no one from reducing drug b, which was not given yet."""
    two = """
        blocks:
          - block: cycle
            doses:
              - {drug: a, amount: 1 mg, route: IV, day: 1}
              - {drug: b, amount: 1 mg, route: IV, day: 2}
    """
    regimen, earlier = written(two), given("cycle 1", "a", [1])
    admitted([earlier], Reduced("b", D(75), turn("cycle 1")), regimen)
    assert "has begun: row 1" in refusal([earlier], Reduced("a", D(75), turn("cycle 1")), regimen)
