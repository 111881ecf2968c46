"""When a source says to stop, and the window of a block: cautions, never an action."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

import filetext
from courselogs import course, given, held, key, turn
from filetext import a_dose, faults, loaded
from il2calc import Patient, make_schedule
from il2calc.course import Course
from il2calc.model.effects import Delayed, Effect, Extra, Shifted
from il2calc.plan.calendar import DAY
from il2calc.report.regimen_text import document, paragraphs
from il2calc.report.sheet import sheet
from il2calc.review.of_course import review
from il2calc.review.of_schedule import review as review_plan
from il2calc.units import quantity
from test_amendment import cycles, text

FIRST = key("cycle 1", "examplumab", 1)
BODY = Patient(weight=Decimal(50), surface_area=Decimal(2))


def ruled(*rules: str, amount: str = "100 mg/m2", more: str = "") -> Any:
    """Four cycles of 21 days with doses on days 1 and 8, and stop rules."""
    listed = "".join(f"  - {{{rule}}}\n" for rule in rules)
    return text(cycles(amount, more=more) + "stop_rules:\n" + listed)


def cautions_of(course: Course, *codes: str) -> list[str]:
    """The cautions of these codes."""
    return [
        caution.text
        for caution in review(course)
        if caution.code in (codes or ("stop-rule", "stop-rule-near"))
    ]


def run(regimen: Any, *effects: Effect) -> Course:
    """A course of it."""
    return course(regimen, *effects, patient=BODY, as_of="2026-03-01")


HELD = "after: 3 held doses, text: Discontinue."


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), []),
        ((1,), ["a stop rule of the source, 1 of 3 held (examplumab, row 1): "]),
        ((1, 2), ["a stop rule of the source, 2 of 3 held (examplumab, rows 1, 2): "]),
        ((1, 2, 3), ["a stop rule of the source is met, 3 of 3 held (examplumab, rows 1 to 3): "]),
        (
            (1, 2, 3, 4),
            ["a stop rule of the source is met, 4 of 3 held (examplumab, rows 1 to 4): "],
        ),
    ],
)
def test_held_doses_are_counted_up_to_the_rule(
    numbers: tuple[int, ...], expected: list[str]
) -> None:
    """SpringerPlus 2015, s40064-015-0890-1, table 1: discontinued when held on 3 occasions."""
    effects = [held(f"cycle {(n + 1) // 2}", "examplumab", [2 - n % 2]) for n in numbers]
    end = "Discontinue (after 3 held doses; smith2020, Methods)"
    assert cautions_of(run(ruled(HELD), *effects)) == [
        f"{beginning}{end}" for beginning in expected
    ]


@pytest.mark.parametrize(
    ("as_of", "count"),
    [("2025-12-07", ["1 of 2 held"]), ("2025-12-08", ["2 of 2 held"]), ("2025-11-30", [])],
)
def test_a_dose_held_ahead_meets_no_rule_before_its_day(as_of: str, count: list[str]) -> None:
    """Danger: a patient is taken off a trial by doses that may still be given.

    The doses of cycle 1 are of 2025-12-01 and 2025-12-08.
    """
    ahead = held("cycle 1", "examplumab", [1, 2])
    cautions = cautions_of(
        course(ruled("after: 2 held doses, text: Stop."), ahead, patient=BODY, as_of=as_of)
    )
    assert [caution.partition(" (")[0].rpartition(", ")[2] for caution in cautions] == count


def test_a_rule_of_a_block_is_counted_anew_in_each_of_its_turns() -> None:
    """Two in one cycle, one in the next."""
    effects = [held("cycle 1", "examplumab", [1, 2]), held("cycle 2", "examplumab", [1])]
    cautions = cautions_of(run(ruled("after: 2 held doses, block: cycle, text: Stop."), *effects))
    assert [caution.partition(": ")[0] for caution in cautions] == [
        "a stop rule of the source is met, 2 of 2 held (examplumab in cycle 1, rows 1, 2)",
        "a stop rule of the source, 1 of 2 held (examplumab in cycle 2, row 3)",
    ]


def test_a_delay_is_checked_against_a_rule_of_delays() -> None:
    """Of one block turn, by all entries that delay it."""
    rule = "after: delay of 4 weeks, text: Off study."
    late = Delayed(turn("cycle 2"), 14)
    assert cautions_of(run(ruled(rule), late))[0].startswith(
        "a stop rule of the source, 14 of 28 days of delay (cycle 2): Off study (after delay of 4"
    )
    assert "is met, 28 of 28 days of delay" in cautions_of(run(ruled(rule), late, late))[0]
    beside = (
        "  - {block: follow-up, doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]}\n"
    )
    other = ruled(f"{rule}, block: follow-up", more=beside)
    assert cautions_of(run(other, late)) == []


@pytest.mark.parametrize("weight", range(45, 100))
def test_a_total_is_reached_with_the_dose_that_makes_it_up(weight: int) -> None:
    """Eight doses of 50 mg/m2 are 400 mg/m2, whatever the body.

    Danger: 399.999... mg/m2 by the dust of divisions, and one more dose than the source allows.
    """
    regimen = ruled("after: 400 mg/m2, text: No more.", amount="50 mg/m2")
    body = Patient(weight=Decimal(weight), height=Decimal(165))
    plan = review_plan(make_schedule(regimen, body))
    (caution,) = [caution for caution in plan if caution.code == "stop-rule"]
    assert caution.administrations == (8,)


def test_an_amount_in_all_is_one_of_the_body_that_doses_are_calculated_with() -> None:
    """Danger: one dose beyond the total at which a source stops.

    2 m2 capped at 1.5 get 150 mg, which is 100 mg/m2 of the body that the dose is calculated with:
    300 mg/m2 with the third dose. Of the whole body it would be 75 mg/m2, and the fourth.
    """
    regimen = ruled("after: 300 mg/m2, text: No more.", amount="100 mg/m2, bsa_cap: 1.5 m2")
    (caution,) = [c for c in review_plan(make_schedule(regimen, BODY)) if c.code == "stop-rule"]
    assert caution.administrations == (3,)
    extra = Extra(
        "examplumab", quantity("150 mg"), datetime.fromisoformat("2025-12-02 09:00"), "SC"
    )
    (near,) = cautions_of(run(regimen, extra), "stop-rule-near")
    assert "100 mg/m2 of 300 mg/m2 given" in near, "not planned, and of the same body"


def test_doses_that_a_rule_cannot_count_are_cautioned() -> None:
    """Danger: a limit is passed in silence, or said to be reached by a body of 1 m2.

    Eight flat doses of 100 mg, of a patient of whom nothing is known.
    """
    flat = ruled("after: 300 mg/m2, text: No more.", amount="100 mg")
    (caution,) = [c for c in review_plan(make_schedule(flat, Patient())) if c.code == "stop-rule"]
    assert caution.text == (
        "a stop rule of the source does not count examplumab of a patient whose body surface area "
        "is not known: No more (after 300 mg/m2; smith2020, Methods) (rows 1 to 8)"
    )
    assert caution.administrations == tuple(range(1, 9))
    by_cycle = ruled("after: 300 mg/m2, block: cycle, text: No more.", amount="100 mg")
    (of_all,) = [
        c for c in review_plan(make_schedule(by_cycle, Patient())) if c.code == "stop-rule"
    ]
    assert of_all.administrations == caution.administrations, "once, not once for each cycle"
    first_held = held("cycle 1", "examplumab", [1])
    (text_,) = cautions_of(run(ruled("after: 5 IU, text: No more."), first_held))
    assert text_ == (
        "a stop rule of the source does not count examplumab in mg and not in IU: No more "
        "(after 5 IU; smith2020, Methods) (rows 2 to 8)"
    )


def test_an_amount_in_all_is_cautioned_as_given_and_already_by_the_plan() -> None:
    """100 mg/m2 twice in each of four cycles: 300 mg/m2 with the third dose."""
    regimen = ruled("after: 300 mg/m2, text: No more.")
    plan = review_plan(make_schedule(regimen, BODY))
    (text_,) = [caution.text for caution in plan if caution.code == "stop-rule"]
    assert text_ == (
        "by the plan, 300 mg/m2 of examplumab are reached with row 3: No more (after 300 mg/m2; "
        "smith2020, Methods); doses before this course are not known"
    )
    two = cautions_of(run(regimen, given("cycle 1", "examplumab", [1, 2])), "stop-rule-near")
    assert two[0].startswith("a stop rule of the source, 200 mg/m2 of 300 mg/m2 given (examplumab)")
    effects = [given("cycle 1", "examplumab", [1, 2]), given("cycle 2", "examplumab", [1])]
    assert "is met, 300 mg/m2 of 300 mg/m2" in cautions_of(run(regimen, *effects))[-1]


def test_what_was_held_adds_nothing_to_an_amount() -> None:
    """An amount may be flat or per kg."""
    flat = ruled("after: 1400 mg, text: No more.")
    assert any("with row 7" in caution for caution in cautions_of(run(flat)))
    assert any(
        "with row 8" in caution
        for caution in cautions_of(run(flat, held("cycle 1", "examplumab", [1])))
    )
    assert any(
        "mg/kg" in caution for caution in cautions_of(run(ruled("after: 4 mg/kg, text: No more.")))
    )


def test_a_rule_is_shown_by_show() -> None:
    """As a sentence, with its source."""
    regimen = ruled(HELD, "after: delay of 4 weeks, block: cycle, text: Off study.")
    expected = [
        "After 3 held doses (examplumab): Discontinue. [smith2020, Methods]",
        "After delay of 4 weeks, counted again in each cycle: Off study. [smith2020, Methods]",
    ]
    assert ("Stop rules of the source", expected) in list(paragraphs(regimen))
    assert document(regimen)["stop_rules"] == expected


def rule(text: str) -> str:
    """A file with one dose and a stop rule."""
    return a_dose().replace("findings:", f"stop_rules:\n  - {{{text}}}\nfindings:")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("after: three, text: Stop.", "'three' is not a stop rule; write it like"),
        ("after: 3 doses held, text: Stop.", "is not a stop rule; write it like"),
        ("after: delay of 1 to 2 weeks, text: Stop.", "is not one length; write it like 'delay"),
        ("after: delay of 0 days, text: Stop.", "is not one length; write it like 'delay"),
        ("after: 5 mg/day, text: Stop.", "is not a total amount; write it like '550 mg/m2'"),
        ("after: 5 AUC, text: Stop.", "is not a total amount; write it like '550 mg/m2'"),
        ("after: 3 held doses", "has no 'text'; a stop rule needs one"),
        (
            f"{HELD.rstrip('.')}, drug: other",
            "drug 'other' is not in this file; known: examplumab",
        ),
        (f"{HELD.rstrip('.')}, block: other", "block 'other' is not in this file; known: none"),
    ],
)
def test_a_rule_that_nothing_could_count_is_a_fault(text: str, fault: str) -> None:
    """At its place in the file."""
    assert any(fault in str(item) for item in faults(rule(text)))


def test_a_rule_names_its_drug_where_there_are_several() -> None:
    """And has a source of its own where the file has none for all."""
    two = filetext.a_file(
        "doses:\n"
        "  - {drug: one, amount: 1 mg, route: SC, day: 1}\n"
        "  - {drug: two, amount: 1 mg, route: SC, day: 1}\n"
        f"stop_rules:\n  - {{{HELD}}}\n"
    )
    (fault,) = faults(two)
    assert fault.path == "stop_rules[1].after"
    assert fault.problem == "names no drug, but the file gives one, two; add 'drug: one'"
    named = two.replace(HELD, f"{HELD.rstrip('.')}, drug: TWO")
    assert [stop_rule.drug for stop_rule in loaded(named).stop_rules] == ["two"]
    assert faults(two.replace(HELD, "after: delay of 4 weeks, text: Stop.")) == ()
    bare = rule(HELD).replace("source: doe2020, Abstract\n", "")
    assert any("has no source; add 'source: key, locator'" in str(fault) for fault in faults(bare))
    assert loaded(rule(HELD)).stop_rules[0].drug == "examplumab"


MONDAY = text("starts_on: Monday\n" + cycles("1 mg").replace("day: [1, 8]", "day: 1 to 5"))


@pytest.mark.parametrize(("days", "wrong"), [(2, True), (7, False), (5, True), (14, False)])
def test_a_delay_that_moves_a_cycle_off_its_weekday_is_cautioned(days: int, wrong: bool) -> None:
    """Danger: days 1 to 5 from a Monday fall on a weekend, two days later, in silence.

    The course begins on Monday 2025-12-01; its second cycle, 21 days later, on Monday 2025-12-22.
    """
    cautions = cautions_of(run(MONDAY, Delayed(turn("cycle 2"), days)), "starts-on")
    dates = {2: "Wednesday 2025-12-24", 5: "Saturday 2025-12-27"}
    assert cautions == [
        f"cycle 2 begins on {dates[days]} because of a delay; by the file day 1 is a Monday"
        for _ in range(wrong)
    ]


def test_a_weekday_that_no_delay_left_is_not_cautioned() -> None:
    """What was given is over; a cycle that the file itself puts on a Wednesday stays there."""
    every = "starts_on: Monday\n" + cycles("1 mg", every="16 days")
    assert cautions_of(run(text(every), Delayed(turn("cycle 2"), 1)), "starts-on") == []
    delayed = Delayed(turn("cycle 1"), 2)
    doses = given("cycle 1", "examplumab", [1, 2, 3, 4, 5])
    later = run(MONDAY, delayed, Delayed(turn("cycle 2"), 5), doses)
    assert cautions_of(later, "starts-on") == []


WINDOW = text(cycles("1 mg").replace("    doses", "    window: 1 day\n    doses"))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2025-12-02 20:00", []),
        (
            "2025-12-03 07:00",
            ["row 1 was given 2 days from its planned 2025-12-01, outside its window of 1 day"],
        ),
    ],
)
def test_a_dose_outside_its_window_is_cautioned(at: str, expected: list[str]) -> None:
    """By days of the calendar, either way; what is planned shows the window."""
    result = run(WINDOW, given("cycle 1", "examplumab", [1], at=at))
    assert cautions_of(result, "window") == expected
    page = sheet(result, [])
    within = "Cycle 1, days 1 to 21, each to be within 1 day of its day"
    assert page.groups[0].heading.startswith(within)
    assert any(
        "each within 1 day of its day" in line for _, lines in paragraphs(WINDOW) for line in lines
    )


def test_a_rule_of_a_block_counts_nothing_outside_it() -> None:
    """Held in follow-up, and the rule is of the cycles."""
    beside = (
        "  - {block: follow-up, doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]}\n"
    )
    regimen = ruled("after: 2 held doses, block: cycle, text: Stop.", more=beside)
    assert cautions_of(run(regimen, held("follow-up 1", "examplumab", [1]))) == []


def test_a_rule_of_delays_hides_none_after_it() -> None:
    """Danger: the rule of delays comes first, and three doses are held."""
    regimen = ruled("after: delay of 4 weeks, text: Off study.", HELD)
    effects = [held("cycle 1", "examplumab", [1, 2]), held("cycle 2", "examplumab", [1])]
    (caution,) = cautions_of(run(regimen, *effects), "stop-rule")
    assert "is met, 3 of 3 held" in caution


def test_a_rule_of_delays_of_a_block_is_checked_against_the_delays_of_its_turns() -> None:
    """Danger: a rule that names its block, and is never cautioned for it."""
    regimen = ruled("after: delay of 2 weeks, block: cycle, text: Off study.")
    (caution,) = cautions_of(run(regimen, Delayed(turn("cycle 2"), 14)))
    assert "is met, 14 of 14 days of delay (cycle 2)" in caution


def test_a_turn_is_delayed_by_what_delays_the_turn_that_begins_with_it() -> None:
    """A week of course 2 and one of its first cycle: what begins there begins two weeks late.

    Danger: "7 of 14 days" twice, and the rule is not met. Cycle 2 of course 1 begins by itself.
    """
    dose = "{drug: examplumab, amount: 1 mg, route: SC, day: 1}"
    cycle = f"{{block: cycle, repeat: {{times: 2, rest: 1 week}}, doses: [{dose}]}}"
    course_block = f"{{block: course, repeat: {{times: 2, rest: 2 weeks}}, blocks: [{cycle}]}}"
    rules = "stop_rules: [{after: delay of 2 weeks, block: cycle, text: Off study.}]\n"
    regimen = text(f"blocks: [{course_block}]\n{rules}")
    both = [Delayed(turn(name), 7) for name in ("course 2", "course 2/cycle 1")]
    (caution,) = cautions_of(run(regimen, *both))
    assert "is met, 14 of 14 days of delay (course 2, cycle 1)" in caution
    other = [Delayed(turn(name), 7) for name in ("course 1/cycle 2", "course 2/cycle 1")]
    assert [caution.partition(":")[0] for caution in cautions_of(run(regimen, *other))] == [
        "a stop rule of the source, 7 of 14 days of delay (course 1, cycle 2)",
        "a stop rule of the source, 7 of 14 days of delay (course 2, cycle 1)",
    ]


def test_a_rule_counts_the_doses_of_its_own_drug_wherever_it_is() -> None:
    """Danger: another drug, which comes first, is held; or ends what is counted."""
    beside = (
        "  - {block: follow-up, day: 1, doses: [{drug: other, amount: 1 mg, route: SC, day: 1}]}\n"
    )
    body = cycles("100 mg/m2").removeprefix("blocks:\n")
    rules = "stop_rules:\n  - {after: 2 held doses, drug: examplumab, text: Stop.}\n"
    regimen = text("blocks:\n" + beside + body + rules)
    of_other = held("follow-up 1", "other", [1])
    assert cautions_of(run(regimen, of_other)) == []
    (caution,) = cautions_of(run(regimen, of_other, held("cycle 1", "examplumab", [1, 2])))
    assert "is met, 2 of 2 held (examplumab, rows " in caution


def test_an_amount_of_a_rule_is_shown_as_it_is_written() -> None:
    """200 mg of 1,400 mg, flat; what is measured in another dimension adds nothing to 5 IU."""
    one = given("cycle 1", "examplumab", [1])
    (flat,) = cautions_of(run(ruled("after: 1400 mg, text: No more."), one), "stop-rule-near")
    assert flat.startswith("a stop rule of the source, 200 mg of 1,400 mg given (examplumab): ")
    rule_in_units = run(ruled("after: 5 IU, text: No more."), one)
    (other,) = cautions_of(rule_in_units, "stop-rule-near")
    assert other.startswith("a stop rule of the source, 0 units of 5 units given (examplumab): ")


def test_a_dose_that_was_held_hides_no_other_outside_its_window() -> None:
    """Danger: the first dose of a cycle is held, and the second is given 3 days late."""
    late_one = given("cycle 1", "examplumab", [2], at="2025-12-11 08:00")
    result = run(WINDOW, held("cycle 1", "examplumab", [1]), late_one)
    (late,) = cautions_of(result, "window")
    assert late.startswith("row 2 was given 3 days from its planned 2025-12-08")


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([Shifted(FIRST, DAY)], []),
        ([Shifted(FIRST, 3 * DAY)], ["row 1 is shifted to 3 days from its planned 2025-12-01"]),
        ([Shifted(FIRST, 3 * DAY), held("cycle 1", "examplumab", [1])], []),
        (
            [Shifted(FIRST, DAY), given("cycle 1", "examplumab", [1], at="2025-12-03 08:00")],
            ["row 1 was given 2 days from its planned 2025-12-01"],
        ),
        ([Delayed(turn("cycle 1"), 3)], []),
        (
            [
                Delayed(turn("cycle 1"), 3),
                Shifted(FIRST, -DAY),
                given("cycle 1", "examplumab", [1], at="2025-12-02 08:00"),
            ],
            ["row 1 was given 2 days from its planned 2025-12-04"],
        ),
    ],
)
def test_no_shift_moves_the_window_of_a_dose(effects: list[Effect], expected: list[str]) -> None:
    """Danger: a dose is shifted 3 days, given a day after that, and is called within its window.

    A delay moves the turn, and the days of its doses with it.
    """
    result = course(WINDOW, *effects, patient=BODY, as_of="2025-12-04")
    one = [
        caution
        for caution in review(result)
        if caution.code == "window" and 1 in caution.administrations
    ]
    assert [caution.text.partition(", outside")[0] for caution in one] == expected


def test_the_window_of_the_innermost_block_counts() -> None:
    """Danger: 2 days late, within the 3 days of the course and outside the 1 day of its cycle."""
    inner = cycles("1 mg").replace("    doses", "    window: 1 day\n    doses")
    inner = inner.removeprefix("blocks:\n").replace("\n", "\n    ").rstrip()
    nested = text(f"blocks:\n  - block: course\n    window: 3 days\n    blocks:\n    {inner}\n")
    result = run(nested, given("course 1/cycle 1", "examplumab", [1], at="2025-12-03 07:00"))
    (late,) = [caution for caution in review(result) if caution.code == "window"]
    assert late.text.endswith("outside its window of 1 day")
    assert late.of_patient, "a calendar that names nobody tells nothing of a course"
