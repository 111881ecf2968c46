"""What stands in a course log before its entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from il2calc.course import Log
from il2calc.patient import Patient
from logtext import FILE, HASH, a_log, assert_told, begun, read, told

EVERYTHING = (
    "height: 170 cm",
    "bsa_formula: du-bois",
    "sex: female",
    "bsa_cap: 2.0 m2",
    "gfr: 90 mL/min",
    "arm: 0.25-mg",
    "times: {course.cycle: 2}",
    "percent: {otherumab: 75 %}",
    "set: {course.cycle.repeat.rest: 6 days, cycle.pulse.day: [1, 8]}",
    "tz: Europe/London",
)


def test_a_log_names_subject_regimen_body_and_start() -> None:
    """And asks for no name and no date of birth."""
    assert read(a_log()) == begun()


def test_everything_that_a_schedule_was_asked_for_is_kept() -> None:
    """Arm, counts, percentages, facts read otherwise, time zone, and the whole body."""
    patient = Patient(
        Decimal(70), Decimal(170), None, "du-bois", "female", Decimal("2.0"), Decimal(90)
    )
    settings = (("course.cycle.repeat.rest", "6 days"), ("cycle.pulse.day", "[1, 8]"))
    assert read(a_log(head=EVERYTHING)) == Log(
        file=FILE,
        subject="S-07",
        regimen="examplumab",
        version=1,
        sha256=HASH,
        patient=patient,
        start=date(2025, 12, 1),
        at=480,
        arm="0.25-mg",
        times={"course.cycle": 2},
        percents={"otherumab": Decimal(75)},
        settings=settings,
        zone="Europe/London",
    )


def test_a_body_surface_area_may_be_measured_elsewhere() -> None:
    """Then it excludes what it would be reckoned from."""
    log = read(a_log(head=("bsa: 1.81 m2",), without="weight"))
    assert log == replace(begun(), patient=Patient(surface_area=Decimal("1.81")))


@pytest.mark.parametrize("key", ["log", "regimen", "version", "sha256", "start", "at"])
def test_what_a_log_cannot_do_without_is_told(key: str) -> None:
    """No start is filled in, and no version guessed."""
    assert told(a_log(without=key)) == [f"{FILE}:1: has no {key!r}; a course log needs one"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("log: -7", "is not a label"),
        ("version: one", "is not a whole number"),
        ("sha256: 3f3f", "is not 64 hex digits"),
        ("weight: 700 kg", "says that a weight of 700 kg is not plausible; give 2 to 400 kg"),
        ("weight: 70", "is not in kg or lb; write it like '70 kg'"),
        ("height: 17 cm", "is not plausible"),
        ("bsa_cap: 20 m2", "a cap on body surface area of 20 m2 is not plausible"),
        ("gfr: 9000 mL/min", "is not plausible"),
        ("sex: m", "is not known; write one of: female, male"),
        ("start: 2025-13-01", "is not a day of the calendar"),
        ("at: 8:00", "is not a clock time"),
        ("arm: a/b", "is not a name"),
        ("tz: Europe London", "is not the name of a time zone"),
        ("times: 2", "names nothing; write indented 'name: value' lines"),
        ("set: {}", "names nothing"),
    ],
)
def test_a_value_that_cannot_be_read_is_told(line: str, words: str) -> None:
    """With its key, and what would be right."""
    key = line.partition(":")[0]
    assert_told(a_log(head=(f"{line}  # here",)), key, words)


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("times: {course.cycle: two}", "times.course.cycle", "is not a whole number"),
        ("times: {course/cycle: 2}", "times.course/cycle", "is not a name"),
        ("percent: {examplumab: 0.75}", "percent.examplumab", "is not a percentage"),
        ("set: {cycle.rest: {a: b}}", "set.cycle.rest", "takes one value"),
    ],
)
def test_a_faulty_choice_is_told_by_its_name(line: str, path: str, words: str) -> None:
    """As the command line would have refused it."""
    assert_told(a_log(head=(f"{line}  # here",)), path, words)


@pytest.mark.parametrize("line", ["height: 170 cm", "bsa_formula: du-bois"])
def test_there_is_one_way_to_the_body_surface_area(line: str) -> None:
    """Which of two was used would not be seen."""
    key = line.partition(":")[0]
    assert_told(a_log(head=("bsa: 1.81 m2", f"{line}  # here")), key, "excludes 'bsa'")


def test_entries_stand_at_the_end() -> None:
    """Where the verbs add to them."""
    text = a_log("stop: yes").replace("entries:", "entries:  # here") + "tz: Europe/London\n"
    assert_told(text, "entries", "is added to at its end; move it below 'tz'")


def test_an_unknown_key_is_told_with_the_nearest() -> None:
    """A weight that is misspelt must not be missing in silence."""
    assert_told(a_log(head=("wieght: 80 kg  # here",)), "wieght", "did you mean 'weight'?")
    assert_told(a_log(head=("born: 1970-01-01  # here",)), "born", "is an unknown key; keys here:")
