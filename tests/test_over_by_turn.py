"""An infusion time that differs by turn: the first over 90 minutes, the others over 30."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import run, written
from courselogs import course, given, held
from filetext import a_cycle, a_dose, a_file, faults, loaded
from il2calc.format import fhir, fhir_definition
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Schedule, make
from il2calc.report import regimen_text, totals
from il2calc.review.of_course import review

OVER = "over: {1: 90 minutes, 2 onward: 30 minutes}"
CYCLES = a_cycle("route: IV infusion", OVER)


def times(schedule: Schedule) -> list[int | None]:
    """The infusion time of each row [min]."""
    return [row.dose.over.longest if row.dose.over else None for row in schedule.administrations]


def weekly(over: str) -> Regimen:
    """A dose of the outermost list with a repeat of its own, round a ward's clock."""
    return loaded(a_dose("route: IV", "repeat: {times: 4, every: 8 hours}", over))


def test_each_turn_has_its_own_time() -> None:
    """Cycle 1 over 90 minutes, cycles 2 to 4 over 30."""
    assert times(make(loaded(CYCLES))) == [90, 30, 30, 30]


def test_without_turns_the_repeat_of_the_dose_counts() -> None:
    """Four infusions every 8 hours: the first longer, and none of them waits for another."""
    schedule = make(weekly(OVER))
    assert times(schedule) == [90, 30, 30, 30]
    assert [row.clock for row in schedule.administrations] == ["08:00", "16:00", "00:00", "08:00"]
    assert not schedule.assumptions


def test_turns_are_counted_anew_in_each_outer_turn() -> None:
    """Two courses of two cycles: 90 and 30 minutes, and again, as `turn` counts."""
    text = a_file(f"""
        blocks:
          - block: course
            repeat: {{times: 2, every: 56 days}}
            blocks:
              - block: cycle
                repeat: {{times: 2, every: 21 days}}
                doses: [{{drug: x, amount: 5 mg, route: IV, day: [1, 8], {OVER}}}]
    """)
    assert times(make(loaded(text))) == [90, 90, 30, 30, 90, 90, 30, 30]


def test_doses_with_one_infusion_time_or_none_may_be_beside_it() -> None:
    """In each of two turns: a tablet, an infusion of 90 or 30 minutes, and one of an hour."""
    text = a_file(f"""
        blocks:
          - block: cycle
            repeat: {{times: 2, every: 21 days}}
            doses:
              - {{drug: tablet, amount: 5 mg, route: oral, day: 1}}
              - {{drug: x, amount: 5 mg, route: IV, day: 1, {OVER}}}
              - {{drug: y, amount: 5 mg, route: IV, day: 1, over: 1 hour}}
    """)
    schedule = make(loaded(text))
    assert [row.dose.drug for row in schedule.administrations] == ["tablet", "x", "y"] * 2
    assert times(schedule) == [None, 90, 60, None, 30, 60]


def test_turns_are_counted_as_the_block_counts_them() -> None:
    """Given from cycle 2 on: the first of its infusions is that of turn 2, over 30 minutes."""
    assert times(make(loaded(a_cycle("route: IV infusion", "turn: 2 onward", OVER)))) == [30] * 3


def test_the_first_infusion_really_given_takes_the_first_time() -> None:
    """Cycle 1 is held: cycle 2 is the patient's first infusion, over 90 minutes."""
    regimen = loaded(CYCLES)
    result = course(regimen, held("cycle 1", "examplumab", [1]))
    assert times(result.schedule) == [90, 90, 30, 30]
    assert times(result.planned) == [90, 30, 30, 30]
    result = course(
        regimen, given("cycle 1", "examplumab", [1]), held("cycle 2", "examplumab", [1])
    )
    assert times(result.schedule) == [90, 30, 30, 30]
    result = course(weekly(OVER), held("", "examplumab", [1]))
    assert times(result.schedule) == [90, 90, 30, 30]


def test_a_turn_counts_if_any_dose_of_it_was_given() -> None:
    """Day 1 held and day 8 given: that was the patient's first turn."""
    regimen = loaded(a_cycle("route: IV", "day: [1, 8]", OVER))
    result = course(regimen, held("cycle 1", "examplumab", [1]))
    assert times(result.schedule) == [90, 90, 30, 30, 30, 30, 30, 30]


def test_each_time_may_have_its_own_source_or_assumption(tmp_path: Path) -> None:
    """The first from a source, the others assumed: only their rows say so; `--set` names one."""
    assumed = "assumptions: [{about: 'cycle.examplumab.over[2 onward]', text: a, because: b}]"
    text = a_cycle("route: IV", "over: {1: 90 minutes, 2 onward: 30 minutes, source: doe2020}")
    text += assumed
    schedule = make(loaded(text))
    assert [row.assumed for row in schedule.administrations] == [(), (1,), (1,), (1,)]
    dose = dict(regimen_text.paragraphs(loaded(text)))["What is given"][1]
    assert "over 90 minutes in turn 1, 30 minutes in turn 2 onward, on day 1" in dose
    assert "over: assumed (1)" in dose
    setting = ("cycle.examplumab.over[1]", "60 minutes")
    assert times(make(loaded(text, setting))) == [60, 30, 30, 30]
    result = run("schedule", written(tmp_path, text), "--set", "cycle.examplumab.over=1 hour")
    assert "name one: cycle.examplumab.over[1], cycle.examplumab.over[2 onward]" in result.err


@pytest.mark.parametrize(
    ("text", "path", "problem"),
    [
        (a_dose("route: IV", OVER), "over", "nothing here is repeated"),
        (a_cycle("over: {2 onward: 1 hour}"), "over[2 onward]", "must begin with turn 1"),
        (a_cycle("over: {1: 1 hour, 3 onward: 2 hours}"), "over[3 onward]", "begin with turn 2"),
        (a_cycle("over: {1 to 2: 1 hour, 2 onward: 2 hours}"), "over[2 onward]", "comes twice"),
        (a_cycle("over: {1 onward: 1 hour, 2: 2 hours}"), "over[2]", "comes twice"),
        (a_cycle("over: {1 to 3: 1 hour}"), "over", "leaves out turn 4; let the last of them run"),
        (a_cycle("over: {1: 1 hour}", repeat="{every: 21 days}"), "over", "leaves out turn 2"),
        (a_cycle("over: {first: 1 hour}"), "over[first]", "is not a day; write 1"),
        (a_cycle("over: {1: soon, 2 onward: 1 hour}"), "over[1]", "'soon' is not a duration"),
        (a_cycle("amount: 5 mg/hour", OVER), "amount", "differs by turn; write a dose"),
        (a_cycle("turn: 2 onward", "over: {3 onward: 1 hour}"), "over[3 onward]", "with turn 2"),
        (
            a_cycle("turn: 3 onward", "over: {2: 4 hours, 3 onward: 2 hours}"),
            "over[2]",
            "is before turn 3, the first with this dose; list every turn once, from 3",
        ),
        (
            a_cycle("turn: 3 onward", "over: {1 to 2: 4 hours, 1: 4 hours, 2 onward: 2 hours}"),
            "over[1]",
            "comes twice",
        ),
    ],
)
def test_a_turn_without_a_time_is_a_fault(text: str, path: str, problem: str) -> None:
    """Nobody should guess how fast the third infusion runs."""
    (fault,) = faults(text)
    assert fault.path.endswith(f"examplumab.{path}"), fault
    assert problem in fault.problem


@pytest.mark.parametrize("first", ["2", "1 to 2"])
def test_a_dose_of_later_turns_begins_with_the_first_of_them(first: str) -> None:
    """A second dose from cycle 2 on: turn 2 may be the first that is listed, as it is given."""
    over = f"over: {{{first}: 4 hours, 3 onward: 2 hours}}"
    regimen = loaded(a_cycle("route: IV", "turn: 2 onward", over))
    assert times(make(regimen)) == [240, 120, 120]
    result = course(regimen, held("cycle 2", "examplumab", [1]))
    assert times(result.schedule) == [240, 240, 120]


@pytest.mark.parametrize(
    ("lines", "never"),
    [
        (("turn: 2 onward", OVER), "1"),
        (("day: [1, 8, 15]", "over: {1: 7 hours, 2 to 4: 4 hours, 5: 3 hours}"), "5"),
        (("day: [1, 8, 15]", "over: {1: 7 hours, 2 to 4: 4 hours, 5 onward: 3 hours}"), "5 onward"),
        (("turn: [1, 3, 4]", "over: {1: 4 hours, 2: 3 hours, 3 onward: 1 hour}"), "2"),
        (("turn: 1 to 3", "over: {1: 4 hours, 2 to 3: 3 hours, 4 onward: 2 hours}"), "4 onward"),
        (("turn: [1, 4 onward]", "over: {1: 1 hour, 2 to 3: 2 hours, 4 onward: 1 hour}"), "2 to 3"),
    ],
)
def test_a_time_that_no_turn_takes_is_cautioned(
    tmp_path: Path, lines: tuple[str, ...], never: str
) -> None:
    """Its first infusion, or the fifth of weekly ones in cycles, is no turn of the block.

    Nor is the second of a dose that skips a turn, or one after its last turn.
    """
    (line,) = run("check", written(tmp_path, a_cycle("route: IV", *lines))).err.splitlines()
    assert f"cycle.examplumab.over[{never}]: is never used: times are by turn of the block" in line


@pytest.mark.parametrize(
    "lines",
    [
        ("turn: [2, 4]", "over: {1 to 2: 2 hours, 3 onward: 1 hour}"),
        ("turn: [1, 4]", "over: {1: 2 hours, 2 onward: 1 hour}"),
        ("turn: [1, 3 onward]", "over: {1 to 2: 2 hours, 3: 1 hour, 4 onward: 1 hour}"),
        ("turn: 1 to 3", "over: {1: 2 hours, 2 onward: 1 hour}"),
        (OVER,),
    ],
)
def test_a_time_that_some_turn_takes_is_not_cautioned(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """Nor are those of a block without an end."""
    for repeat in ("{times: 4, every: 21 days}", "{every: 21 days}"):
        text = a_cycle("route: IV", *lines, repeat=repeat)
        assert run("check", written(tmp_path, text)).err == ""


def test_times_may_end_with_the_last_turn() -> None:
    """Of four turns, 1 and 2 to 4 are all."""
    assert times(make(loaded(a_cycle("over: {1: 2 hours, 2 to 4: 1 hour}")))) == [120, 60, 60, 60]


def test_working_and_assumption_are_written_once() -> None:
    """One working, one assumption about its hours of the day; two rates under two headings."""
    text = a_cycle("route: IV", "at: 2 times a day", "round: 2 mg", OVER)
    schedule = make(loaded(text))
    assert len(schedule.assumptions) == 1
    assert {row.assumed for row in schedule.administrations} == {(1,)}
    assert len(list(totals.workings(schedule))) == 1
    assert len(list(totals.roundings(schedule))) == 1


def test_engines_cohorts_and_fhir_have_each_time(tmp_path: Path) -> None:
    """5 mg over 90 minutes is 10/3 mg an hour, over 30 minutes 10 mg an hour."""
    file = written(tmp_path, CYCLES)
    rows = run("schedule", file, "--format", "events").out.splitlines()
    assert [row.split(",")[5] for row in rows] == ["RATE", "3.3333333333333335", "10", "10", "10"]
    people, out = tmp_path / "people.csv", tmp_path / "events.csv"
    people.write_text("ID\n1\n", encoding="utf-8")
    result = run("cohort", file, str(people), "--output", str(out))
    assert result.code == 0, result.err
    rates = [row.split(",")[5] for row in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert [float(rate) for rate in rates] == pytest.approx([10 / 3, 10, 10, 10])
    bundle = fhir.bundle(make(loaded(CYCLES)), (), {})
    requests = [
        entry["resource"]["dosageInstruction"][0]["timing"]["repeat"]["duration"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "MedicationRequest"
    ]
    assert requests == [90, 30, 30, 30]
    (dose,) = (
        entry["resource"]["dosage"][0]
        for entry in fhir_definition.bundle(loaded(CYCLES), {})["entry"]
        if entry["resource"]["resourceType"] == "ActivityDefinition"
    )
    assert "infusion time 90 minutes in turn 1, 30 minutes in turn 2 onward" in dose["text"]
    administrations = json.loads(run("schedule", file, "--format", "json").out)["administrations"]
    assert [row["over_minutes"] for row in administrations] == [90, 30, 30, 30]


def test_each_infusion_time_has_its_own_pump_rate(tmp_path: Path) -> None:
    """420 mg of trastuzumab in 250 mL: 250/1.5 = 167 mL/h over 90 minutes, 500 over 30."""
    file = written(tmp_path, CYCLES.replace("examplumab", "trastuzumab").replace("5 mg", "420 mg"))
    out = run("prepare", file).out
    assert "Rate of 250 mL: 167 mL/h over 90 minutes" in out
    assert "Rate of 250 mL: 500 mL/h over 30 minutes" in out
    assert out.count("mL/h") == 2


def test_a_dose_too_near_to_another_of_its_repeat_is_cautioned_across_times() -> None:
    """The second infusion, over 30 minutes, 4 hours after the first: less than 8 hours."""
    first = given("", "examplumab", [1])
    second = given("", "examplumab", [2], at="2025-12-01T12:00")
    cautions = {
        caution.code: caution.text for caution in review(course(weekly(OVER), first, second))
    }
    assert "less than 8 hours after row 1" in cautions["too-near"]


def test_an_unreadable_repeat_is_the_only_fault() -> None:
    """Until it is corrected nobody can say whether there are turns."""
    (fault,) = faults(a_cycle(OVER, repeat="often"))
    assert fault.path == "cycle.repeat"
