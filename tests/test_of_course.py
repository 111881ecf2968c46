"""Cautions of a log: what a careful pharmacist would point out about what was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from courselogs import CYCLE, course, entry, given, held, key, log, turn
from filetext import a_cycle, a_file, loaded
from il2calc import Patient, load_regimen
from il2calc.course import Course, replay
from il2calc.model.effects import (
    Decided,
    Delayed,
    Effect,
    Parted,
    Reduced,
    Shifted,
    Stopped,
    Weighed,
)
from il2calc.model.log import Entry
from il2calc.model.regimen import Regimen
from il2calc.review.of_course import log_cautions
from il2calc.review.of_record import changed_file_text
from il2calc.units import quantity
from written import regimen as written

D = Decimal
DOSE = (CYCLE, "aldesleukin")
NPC = load_regimen("npc-bolus")


def course_cautions(result: Course) -> dict[str, str]:
    """The cautions of a course: code and text."""
    return {caution.code: caution.text for caution in log_cautions(result)}


def weigh(kg: str, name: str | None = None, on: str = "2025-12-01") -> Weighed:
    return Weighed(D(kg), date.fromisoformat(on), turn(name) if name else None)


def test_a_log_with_nothing_unusual_has_no_caution() -> None:
    assert not log_cautions(course(NPC, given(*DOSE, [1])))
    assert not log_cautions(course(NPC))


@pytest.mark.parametrize(
    ("by", "is_cautioned"), [(20, False), (84, False), (85, True), (200, True)]
)
def test_a_delay_with_a_digit_too_many_is_cautioned(by: int, is_cautioned: bool) -> None:
    """Danger: 200 days for 20, seen only by a date in another season. 12 weeks are 84."""
    text = course_cautions(course(NPC, Delayed(turn("course 1/cycle 2"), by))).get("delay-length")
    assert text == (
        f"course 1, cycle 2 is delayed by {by} days (entry 1), more than 12 weeks (assumed by "
        "il2calc); check it"
        if is_cautioned
        else None
    )


@pytest.mark.hazard(30)
def test_a_file_other_than_the_one_the_log_was_started_with_is_cautioned() -> None:
    """Version and content hash: the caution says which of them differs, or both."""
    old_log = log(NPC)
    assert changed_file_text(NPC, old_log) is None
    edited = replace(old_log, sha256="0" * 64)
    now = NPC.origin.sha256[:16]
    assert changed_file_text(NPC, edited) == (
        "the regimen file of npc-bolus is not the one that the log was started with: version 1 "
        "both "
        f"times; SHA-256 0000000000000000 then, {now} now"
    )
    older = replace(edited, version=3)
    assert "version 3 then, 1 now" in (changed_file_text(NPC, older) or "")
    result = replay(NPC, edited, datetime.fromisoformat("2025-12-01"))
    assert course_cautions(result) == {"regimen-changed": changed_file_text(NPC, edited)}


@pytest.mark.hazard(6)
def test_differences_of_another_file_are_cautioned() -> None:
    """As far as the log holds what the file said then; elsewhere only the hash."""
    facts = {**NPC.facts, "course.cycle.aldesleukin.amount": "60_000 IU/kg"}
    old_log = replace(log(NPC), sha256="0" * 64, facts=facts)
    message = changed_file_text(NPC, old_log) or ""
    assert message.endswith(
        " now; course.cycle.aldesleukin.amount: 60_000 IU/kg then, 72_000 IU/kg now"
    )
    same = changed_file_text(NPC, replace(old_log, facts=NPC.facts)) or ""
    assert same.endswith("; amounts and times are the same")
    capped = replace(old_log, facts={**NPC.facts, "course.cycle.aldesleukin.cap": "5 million IU"})
    assert (changed_file_text(NPC, capped) or "").endswith(
        "; course.cycle.aldesleukin.cap: 5 million IU then, not stated now"
    )
    other = replace(old_log, facts={f"x.{number}": "1 mg" for number in range(3)})
    assert (changed_file_text(NPC, other) or "").endswith("; 7 more"), (
        "3 and 10 facts, 6 of them told"
    )
    six = {**NPC.facts, **{f"x.{number}": "1 mg" for number in range(6)}}
    all_told = changed_file_text(NPC, replace(old_log, facts=six)) or ""
    assert all_told.endswith("; x.5: 1 mg then, not stated now"), "six, and none more"


def test_doses_given_as_planned_by_another_file_are_cautioned() -> None:
    """The file may have said 72,000 units/kg when they were given, and 60,000 now."""
    dose = given(*DOSE, [3], at="2025-12-02 00:05", amount="5 million IU")
    edited = replace(log(NPC, given(*DOSE, [1, 2]), dose), sha256="0" * 64)
    result = replay(NPC, edited, datetime.fromisoformat("2025-12-03"))
    assert course_cautions(result)["restated"] == (
        "rows 1, 2: entered as given as planned, and calculated from the present regimen file; "
        "time and amount may differ from what was given"
    )


@pytest.mark.hazard(36)
def test_a_reduction_without_effect_below_the_cap_is_cautioned() -> None:
    """10 mg/kg x 70 kg = 700 mg, 75 % of it 525 mg: the cap of 500 mg holds before and after."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 10 mg/kg, route: IV, day: 1, cap: 500 mg}]
    """
    share = Reduced("x", D(75), turn("cycle 2"))
    assert course_cautions(course(written(body), entry(share, "2025-12-01"))) == {
        "reduced-capped": "the reduction of x to 75 % leaves the dose at its cap (row 2)"
    }
    almost = Reduced("x", D("99.5"), turn("cycle 2"))
    assert "reduced-capped" in course_cautions(course(written(body), almost))
    full = course(written(body), entry(Reduced("x", D(100), turn("cycle 2")), "2025-12-01"))
    assert course_cautions(full) == {}, "at 100 % nothing was to be reduced"


def test_a_reduction_that_a_later_one_from_an_earlier_turn_replaces_is_named() -> None:
    """Danger: 50 % from cycle 3 entered ahead, then 75 % from cycle 2: cycle 3 is given at 75 %.

    Of 100 mg: 100, 75, 75. A change of mind about the same turn is no caution, nor is a further
    step down: 75 % from cycle 2, then 50 % from cycle 3 gives 100, 75, 50.
    """
    body = """
        blocks:
          - block: cycle
            repeat: {times: 3, every: 7 days}
            doses: [{drug: x, amount: 100 mg, route: IV, day: 1}]
    """
    half, less = Reduced("x", D(50), turn("cycle 3")), Reduced("x", D(75), turn("cycle 2"))
    result = course(written(body), half, less)
    assert [str(row.administration.dosed.value) for row in result.rows] == ["100", "75", "75"]
    assert course_cautions(result)["reduced-unused"] == (
        "the reduction of x to 50 % (entry 1) changes no dose: 75 % from cycle 2 on, entered "
        "later, counts instead (entry 2)"
    )
    for steps in ([less, half], [half, half], [half, less, half]):
        assert "reduced-unused" not in course_cautions(course(written(body), *steps))


def test_doses_that_stay_beside_a_delayed_block_are_cautioned() -> None:
    """The daily dose of days 1 to 9 stays where it was, now past the first day of cycle 1."""
    body = """
        doses: [{drug: w, amount: 1 mg, route: SC, day: [-1, 2, 9]}]
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    result = course(written(body), Delayed(turn("cycle 1"), 7))
    assert course_cautions(result)["left-behind"] == (
        "w runs in parallel with cycle 1 and is not delayed with it (rows 2, 4); "
        "il2calc log shift S-07.yaml 2 --by TIME moves it"
    )


def test_a_dose_that_stays_on_the_first_day_of_a_delayed_block_is_cautioned() -> None:
    """Cycle 2 begins on day 8, and so does the dose that stays there without it."""
    body = """
        doses: [{drug: w, amount: 1 mg, route: SC, day: 8}]
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    result = course(written(body), Delayed(turn("cycle 2"), 7))
    assert (
        "w runs in parallel with cycle 2 and is not delayed"
        in course_cautions(result)["left-behind"]
    )


def test_doses_that_stay_beside_a_delayed_block_are_cautioned_in_each_block_around_it() -> None:
    """Danger: the tablet of the regimen itself forgotten beside the injection of the course."""
    body = """
        doses: [{drug: w, amount: 1 mg, route: oral, day: 9}]
        blocks:
          - block: course
            doses: [{drug: v, amount: 1 mg, route: SC, day: 10}]
            blocks:
              - block: cycle
                day: 1
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    cautions = log_cautions(course(written(body), Delayed(turn("course 1/cycle 2"), 7)))
    left_behind = [
        caution.text.partition(" runs")[0] for caution in cautions if caution.code == "left-behind"
    ]
    assert sorted(left_behind) == ["v", "w"]


@pytest.mark.hazard(6)
@pytest.mark.parametrize(
    "effect",
    [
        given(*DOSE, [3], at="2025-12-02 00:05"),
        given(*DOSE, [3], amount="5 million IU"),
    ],
)
def test_a_dose_recorded_with_only_a_time_or_an_amount_is_cautioned_as_restated(
    effect: Effect,
) -> None:
    """Only what was not entered is read from the file as it is now."""
    edited = replace(log(NPC, given(*DOSE, [1, 2]), effect), sha256="0" * 64)
    cautions = log_cautions(replay(NPC, edited, datetime.fromisoformat("2025-12-03")))
    both, one = (caution.text for caution in cautions if caution.code == "restated")
    assert (both[:11], both.endswith("; time and amount may differ from what was given")) == (
        "rows 1, 2: ",
        True,
    )
    other = "amount" if getattr(effect, "amount", None) is None else "time"
    assert one.startswith("row 3: ")
    assert one.endswith(f"; {other} may differ from what was given")


@pytest.mark.parametrize(
    ("kg", "pointed_out"), [("63", True), ("63.1", False), ("76.9", False), ("77", True)]
)
def test_a_weight_that_differs_by_a_tenth_is_cautioned(kg: str, pointed_out: bool) -> None:
    """A change of 10 % or more that is not taken up: 63 or 77 kg, of 70."""
    assert ("weight-change" in course_cautions(course(NPC, weigh(kg)))) is pointed_out


@pytest.mark.parametrize(
    ("kg", "pointed_out"), [("63", True), ("63.05", False), ("76.95", False), ("77", True)]
)
def test_a_weight_taken_up_that_differs_by_a_tenth_is_cautioned(kg: str, pointed_out: bool) -> None:
    """A change of 10 % or more, which may be a slip of a digit: 63 or 77 kg, of 70."""
    assert ("weight-taken-up" in course_cautions(course(NPC, weigh(kg, "course 2")))) is pointed_out


def test_a_weight_taken_up_is_cautioned_with_only_the_doses_that_it_changes() -> None:
    """Danger: 70 mg for 60 lost among doses that stay what they are."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg/kg, route: IV, day: 1}
              - {drug: y, amount: 5 mg, route: IV, day: 1}
    """
    caution_text = course_cautions(course(written(body), weigh("60", "cycle 2")))["weight-taken-up"]
    assert "(x 60 mg, before 70 mg); check it" in caution_text


def test_the_newest_weight_is_compared_with_the_one_in_use() -> None:
    """66 kg is taken up in cycle 2; 60 kg later is 9.09 % less, 59 kg is 10.6 %."""
    used = weigh("66", "course 1/cycle 2")
    assert not log_cautions(course(NPC, used, weigh("60", on="2025-12-15")))
    result = course(NPC, weigh("59", on="2025-12-15"), used)
    assert course_cautions(result)["weight-change"] == (
        "the weight of 59 kg on 2025-12-15 differs by 10.6 % from the 66 kg that doses are "
        "calculated with, and is not used (il2calc log weigh S-07.yaml '59 kg' "
        "--on 2025-12-15 --use-from BLOCK)"
    )
    assert not log_cautions(course(NPC, weigh("60"), weigh("69", on="2025-12-02")))
    unused_then_used = course(NPC, weigh("60"), weigh("50", "course 2", on="2025-12-02"))
    assert list(course_cautions(unused_then_used)) == ["weight-taken-up"]


def test_of_two_weights_in_use_the_later_weighing_is_in_use() -> None:
    """60 kg on 12-02, 66 kg on 12-01: 66 kg again is 10 % more than the weight of the doses."""
    both = (weigh("60", "course 2", "2025-12-02"), weigh("66", "course 1/cycle 2"))
    for order in (both, both[::-1]):
        cautions = course_cautions(course(NPC, *order, weigh("66", on="2025-12-20")))
        assert "from the 60 kg" in cautions["weight-change"]


def test_without_a_dosing_weight_no_change_is_cautioned() -> None:
    """Doses per m2 of a given surface area are calculated from no weight."""
    patient = Patient(surface_area=D("1.8"))
    assert not log_cautions(course("imp321", weigh("50"), arm="6.25-mg", patient=patient))


def test_a_given_surface_area_does_not_follow_a_weight_and_is_cautioned() -> None:
    """60 kg of 70 is 14.3 % less, and the 1.8 m2 of the start no longer hers."""
    area = Patient(weight=D(70), surface_area=D("1.8"))
    cautions = course_cautions(course("imp321", weigh("60"), arm="6.25-mg", patient=area))
    assert cautions["weight-change"] == (
        "the weight of 60 kg on 2025-12-01 differs by 14.3 % from the 70 kg before it, and "
        "doses per m2 are calculated from the body surface area given, not from a height; "
        "measure that too (il2calc log weigh S-07.yaml --bsa AREA --on DATE --use-from BLOCK)"
    )


def test_a_weight_means_nothing_to_flat_doses() -> None:
    """A tablet of 400 mg is the same at any weight."""
    result = course("imatinib", weigh("50"), times={"cycle": 1}, as_of="2025-11-01")
    assert "weight-change" not in course_cautions(result)


def test_a_weight_that_can_change_no_dose_is_cautioned() -> None:
    """A given surface area stays the same; a flat dose depends on no weight."""
    area = Patient(weight=D(70), surface_area=D("1.8"))
    result = course("imp321", weigh("66", "cycle 2"), arm="6.25-mg", patient=area)
    assert course_cautions(result)["weight-unused"] == (
        "the weight of 66 kg (entry 1) changes no dose: doses per m2 are calculated from the body "
        "surface area given, not from a height"
    )
    height = Patient(weight=D(70), height=D(170))
    assert not log_cautions(course("imp321", weigh("66", "cycle 2"), arm="6.25-mg", patient=height))
    flat = course("imatinib", weigh("66", "cycle 1", on="2025-11-01"), times={"cycle": 1})
    assert course_cautions(flat)["weight-unused"].endswith(
        "changes no dose: none is calculated from the weight"
    )
    bare = course(
        "imatinib",
        weigh("66", "cycle 1", on="2025-11-01"),
        times={"cycle": 1},
        patient=Patient(weight=D(70)),
    )
    assert course_cautions(bare)["weight-unused"].endswith("none is calculated from the weight")


def test_an_override_is_cautioned_from_then_on() -> None:
    first_dose = given(*DOSE, [1])
    weight = entry(weigh("66.5", CYCLE, "2025-12-02"), overridden=True)
    assert course_cautions(course(NPC, first_dose, weight)) == {
        "override": (
            "the weight of 66.5 kg is used inside course 1, cycle 1, which had begun (entry 2)"
        )
    }
    share = entry(Reduced("aldesleukin", D(50), turn(CYCLE)), overridden=True)
    result = course(NPC, first_dose, share)
    assert course_cautions(result) == {
        "override": (
            "aldesleukin is reduced to 50 % (entry 2) inside course 1, cycle 1, which had begun"
        )
    }
    assert log_cautions(result)[0].administrations == tuple(range(2, 61))


def test_a_reduction_against_the_file_is_cautioned_from_then_on() -> None:
    """Rule: `reduce: no`, overridden with a reason, which is printed."""
    never = replace(NPC, never_reduce=True)
    share = Reduced("aldesleukin", D(75), turn("course 1/cycle 2"))
    result = course(never, entry(share, overridden=True, reason="renal"), as_of="2025-12-01")
    assert course_cautions(result) == {
        "reduced": (
            "aldesleukin is reduced to 75 % (entry 1: renal), although npc-bolus says to withhold "
            "doses and never to reduce them"
        )
    }
    assert log_cautions(result)[0].administrations == tuple(range(16, 61))
    back = Reduced("aldesleukin", D(100), turn("course 2"))
    assert [
        caution.code
        for caution in log_cautions(
            course(
                never,
                entry(share, overridden=True, reason="renal"),
                entry(back, "2025-12-01"),
            )
        )
    ] == ["reduced"]
    assert not log_cautions(course(never, entry(back, "2025-12-01")))
    assert not log_cautions(course(NPC, entry(share, "2025-12-01")))


HALF = Reduced("aldesleukin", D(50), turn(CYCLE))
LATER = Reduced("aldesleukin", D(75), turn("course 2"))
NEVER = replace(NPC, never_reduce=True)


@pytest.mark.parametrize(
    ("code", "regimen", "effects"),
    [
        ("weight-change", NPC, [weigh("60")]),
        ("weight-taken-up", NPC, [weigh("60", "course 2")]),
        ("weight-unused", "imatinib", [weigh("66", "cycle 1", on="2025-11-01")]),
        (
            "override",
            NPC,
            [given(*DOSE, [1]), entry(weigh("66.5", CYCLE, "2025-12-02"), overridden=True)],
        ),
        ("override", NPC, [given(*DOSE, [1]), entry(HALF, overridden=True)]),
        ("raised", NPC, [Reduced("aldesleukin", D(150), turn("course 2"))]),
        ("reduced", NEVER, [entry(LATER, overridden=True, reason="renal")]),
    ],
)
def test_cautions_about_the_patient_are_marked(
    code: str, regimen: str | Regimen, effects: list[Effect | Entry]
) -> None:
    """Danger: a calendar that names nobody, shared by a ward, shows a weight or a reduction."""
    times = {"cycle": 1} if regimen == "imatinib" else {}
    cautions = log_cautions(course(regimen, *effects, times=times))
    marked = [caution.of_patient for caution in cautions if caution.code == code]
    assert marked
    assert all(marked)


def test_a_condition_not_decided_in_time_is_cautioned() -> None:
    """Course 2 begins on 2026-01-22: the day after, its condition should have been decided."""
    assert "undecided" not in course_cautions(course(NPC, as_of="2026-01-22"))
    cautions = course_cautions(course(NPC, as_of="2026-01-23"))
    assert cautions["undecided"] == (
        "nothing is decided about course 2, whose day has passed "
        '(il2calc log decide S-07.yaml "course 2" yes, or no)'
    )
    yes = course_cautions(course(NPC, Decided(turn("course 2"), given=True), as_of="2026-01-23"))
    assert "undecided" not in yes


def test_a_turn_with_all_doses_held_needs_no_decision() -> None:
    """The log says already that its doses were left out; nothing is left to decide."""
    body = a_cycle(repeat="{times: 2, every: 21 days, only_if: response}")
    waiting = course(loaded(body), as_of="2026-06-01")
    assert "undecided" in course_cautions(waiting)
    left_out = course(loaded(body), held("cycle 2", "examplumab", [1]), as_of="2026-06-01")
    assert "undecided" not in course_cautions(left_out)


@pytest.mark.parametrize(("cycles", "more"), [(5, ""), (6, ", ..."), (9, ", ...")])
def test_many_undecided_turns_are_named_in_short(cycles: int, more: str) -> None:
    """Danger: a fifth one that is not named, or dots for turns that do not exist."""
    cautions = course_cautions(course("trastuzumab", times={"cycle": cycles}, as_of="2027-01-01"))
    assert cautions["undecided"].startswith(
        f"nothing is decided about cycle 2, cycle 3, cycle 4, cycle 5{more}, whose day has passed"
    )


def test_a_condition_of_a_dose_needs_no_decision() -> None:
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1, only_if: fever}]")
    assert not log_cautions(course(regimen, as_of="2025-12-05"))


def test_doses_without_a_record_are_cautioned() -> None:
    entries: list[Effect | Entry] = [given(*DOSE, [1, 2]), held(*DOSE, [3])]
    assert course_cautions(course(NPC, *entries, as_of="2025-12-02")) == {}
    assert course_cautions(course(NPC, *entries, as_of="2025-12-03")) == {
        "unrecorded": "nothing is recorded for rows 4, 5, whose day has passed"
    }


@pytest.mark.hazard(27)
def test_a_dose_too_near_to_the_last_given_one_is_cautioned() -> None:
    """Rule: a next dose less than its `every` after the last given one, naming both times."""
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    result = course(NPC, late)
    assert course_cautions(result) == {
        "too-near": (
            "row 2 (2025-12-01 16:00) is less than 8 hours after row 1, given 2025-12-01 10:00"
        )
    }
    assert log_cautions(result)[0].administrations == (1, 2)
    again = course(NPC, late, given(*DOSE, [2], at="2025-12-01 17:00"), held(*DOSE, [3]))
    assert [caution.text[:24] for caution in log_cautions(again)] == ["row 2 (2025-12-01 17:00)"]


def test_a_held_dose_is_too_near_to_no_other() -> None:
    """Dose 2 was held, and dose 3 is 14 hours after dose 1, given at 10:00."""
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    assert not log_cautions(course(NPC, late, held(*DOSE, [2])))
    stop = entry(Stopped(), "2025-12-01 12:00")
    assert not log_cautions(course(NPC, late, stop))


def test_a_dose_of_the_next_turn_may_be_too_near_as_well() -> None:
    """Dose 15 of cycle 1 on the morning of 12-13, two hours before cycle 2 begins."""
    late = given(*DOSE, [15], at="2025-12-13 06:00")
    result = course(NPC, given(*DOSE, range(1, 15)), late)
    assert (
        "row 16 (2025-12-13 08:00) is less than 8 hours after row 15"
        in course_cautions(result)["too-near"]
    )


def test_a_dose_before_the_last_given_one_is_cautioned_as_that() -> None:
    """Dose 4 a week late: dose 5 is before it, and not merely near."""
    late = given(*DOSE, [4], at="2025-12-09 09:00")
    result = course(NPC, given(*DOSE, [1, 2, 3]), late)
    assert course_cautions(result)["too-near"] == (
        "row 5 (2025-12-02 16:00) lies before row 4, given 2025-12-09 09:00"
    )


@pytest.mark.hazard(27)
def test_a_dose_far_from_its_time_is_cautioned() -> None:
    """A month mistyped, and a dose eight hours late; seven hours are a late dose."""
    for at, far in (
        ("2025-11-01 09:00", True),
        ("2025-12-01 16:00", True),
        ("2025-12-01 15:00", False),
    ):
        assert ("off-time" in course_cautions(course(NPC, given(*DOSE, [1], at=at)))) is far
    result = course(NPC, given(*DOSE, [1], at="2025-11-01 09:00"))
    assert course_cautions(result)["off-time"] == (
        "row 1 was given 2025-11-01 09:00, far from its planned time (2025-12-01 08:00); check the "
        "date"
    )


@pytest.mark.hazard(9)
@pytest.mark.parametrize(
    ("over", "amount", "ended", "expected"),
    [
        (
            "over: 24 hours",
            "24 mg",
            "09:00",
            "row 1 ran for 1 hour: 24 mg an hour, planned 1 mg an hour; 24 times the planned rate",
        ),
        # 1.2 mg in an hour where 1 mg is planned: more than a tenth above, and no multiple of it
        (
            "over: 24 hours",
            "1.2 mg",
            "09:00",
            "row 1 ran for 1 hour: 1.2 mg an hour, planned 1 mg an hour",
        ),
        ("over: 24 hours", "1.1 mg", "09:00", None),
        (
            "over: 24 hours",
            "1.11 mg",
            "09:00",
            "row 1 ran for 1 hour: 1.11 mg an hour, planned 1 mg an hour",
        ),
        ("over: 24 hours", "1 mg", "09:00", None),
        ("over: 24 hours", "12 mg", "20:00", None),
        # of a range the shortest time is the fastest that the source allows: 2 mg an hour
        ("over: 12 to 24 hours", "2 mg", "09:00", None),
        ("", "24 mg", "09:00", None),
    ],
)
def test_a_bag_that_ran_in_too_fast_is_cautioned(
    over: str, amount: str, ended: str, expected: str | None
) -> None:
    """Four days' fluorouracil run in within four hours killed (Edmonton 2006); it read as given.

    One that was stopped early, with the amount that had run by then, has no caution.
    """
    dose = f"route: IV infusion, day: 1, {over}"
    bag = loaded(a_file(f"doses:\n  - {{drug: x, amount: 24 mg, {dose}}}\n"))
    at = datetime.fromisoformat(f"2025-12-01 {ended}")
    result = course(bag, Parted(key("", "x", 1), quantity(amount), at), as_of="2025-12-02")
    assert course_cautions(result).get("too-fast") == expected


def test_a_bag_that_ran_to_its_end_hides_no_bag_that_was_broken_off() -> None:
    """Danger: the second bag ran in within an hour, and only the first is checked.

    24 mg over 24 hours are 1 mg an hour; 12 mg in an hour are 12 times that.
    """
    body = "doses: [{drug: x, amount: 24 mg, route: IV infusion, day: [1, 3], over: 24 hours}]"
    ended = datetime.fromisoformat("2025-12-03 09:00")
    broken_off = Parted(key("", "x", 2), quantity("12 mg"), ended)
    result = course(written(body), given("", "x", [1]), broken_off, as_of="2025-12-04")
    (fast,) = [caution for caution in log_cautions(result) if caution.code == "too-fast"]
    assert fast.text.startswith("row 2 ran for 1 hour: 12 mg an hour, planned 1 mg an hour; 12 t")
    assert fast.administrations == (2,)


def test_a_daily_dose_is_far_from_its_time_by_a_day() -> None:
    """Fifteen hours late is the same day's dose; a day late is another's."""
    for at, far in (("2025-11-10 23:00", False), ("2025-11-11 08:00", True)):
        late = given("", "cyclophosphamide", [1], at=at)
        result = course("imatinib", late, times={"cycle": 1}, as_of="2025-11-09")
        assert ("off-time" in course_cautions(result)) is far


def test_a_shift_keeps_the_interval() -> None:
    late = given(*DOSE, [1], at="2025-12-01 10:00")
    assert not log_cautions(course(NPC, late, Shifted(key(*DOSE, 2), 120)))


def test_listed_days_have_no_interval_to_keep() -> None:
    late = given("", "cyclophosphamide", [1], at="2025-11-10 23:00")
    codes = course_cautions(
        course("imatinib", late, times={"cycle": 1}, as_of="2025-11-09", arm="level-1")
    )
    assert "too-near" not in codes


TENFOLD = "more than planned was given (row 1: 50.4 million units, planned 5.04 million units)"


@pytest.mark.hazard(1)
@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        ("50.4 million IU", "above-plan", f"{TENFOLD}; row 1 is 10 times the plan"),
        ("5_041_000 IU", "above-plan", "more than planned was given (row 1: 5.041 million units"),
        (
            "0.5 million IU",
            "below-plan",
            "less than 90 % of the plan was given (row 1: 500,000 units, planned 5.04 million",
        ),
        ("4_535_999 IU", "below-plan", "less than 90 % of the plan was given"),
    ],
)
def test_another_amount_than_planned_is_cautioned_with_both_amounts(
    amount: str, code: str, text: str
) -> None:
    """Ten times a dose, or a tenth, is most often a slip: 90 % of 5,040,000 is 4,536,000."""
    cautions = course_cautions(course(NPC, given(*DOSE, [1], amount=amount)))
    assert list(cautions) == [code]
    assert cautions[code].startswith(text)


@pytest.mark.parametrize(
    "amount", ["4_536_000 IU", "5 million IU", "5.04 million IU", "5_040_400 IU"]
)
def test_an_amount_short_by_a_vials_remainder_is_not_cautioned(amount: str) -> None:
    """From 90 % of the plan to all of it, as a sheet shows it: 5.04 million units."""
    assert not log_cautions(course(NPC, given(*DOSE, [1], amount=amount)))


def test_of_many_doses_of_another_amount_the_first_three_are_named() -> None:
    """The caution stays one line; all of its rows are marked."""
    doses = [given(*DOSE, [number], amount="6 million IU") for number in range(1, 5)]
    (caution,) = log_cautions(course(NPC, *doses))
    assert caution.text.endswith("row 3: 6 million units, planned 5.04 million units; ...)")
    assert caution.administrations == (1, 2, 3, 4)


def test_a_time_that_exists_twice_is_cautioned() -> None:
    """01:30 on 2026-10-25 in London was summer time's, and an hour later winter time's."""
    late = given("", "x", [1], at="2026-10-25 01:30")
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "01:00"}]'
    result = course(written(body), late, start=date(2026, 10, 25), zone="Europe/London")
    assert course_cautions(result)["clock-change"] == (
        "row 1: 2026-10-25 01:30 exists twice, as the clocks go back; 01:30 BST is meant"
    )
    early = given("", "x", [1], at="2026-10-25 00:30")
    plain = course(written(body), early, start=date(2026, 10, 25), zone="Europe/London")
    assert "clock-change" not in course_cautions(plain)


def test_a_dose_given_as_planned_has_no_doubtful_time() -> None:
    """Its clock time is the schedule's, which has a caution of its own."""
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "01:30"}]'
    result = course(
        written(body), given("", "x", [1]), start=date(2026, 10, 25), zone="Europe/London"
    )
    assert not log_cautions(result)
