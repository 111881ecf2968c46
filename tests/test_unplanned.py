"""Doses that no plan had, and infusions that were broken off."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandline import run
from courselogs import CYCLE, course, entry, held, key, log, row, turn
from courselogs import given as was_given
from filetext import a_dose, a_file, loaded
from il2calc import Patient, load_regimen
from il2calc.course import Course, admit
from il2calc.course.intensity import intensities
from il2calc.errors import Refused, UnknownName
from il2calc.format import table
from il2calc.language import monographs
from il2calc.model.effects import (
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Given,
    Held,
    Parted,
    Reduced,
    Stopped,
    Weighed,
)
from il2calc.model.log import Entry
from il2calc.model.regimen import UNPLANNED
from il2calc.report.course_text import entry_line as line_of
from il2calc.report.course_text import totals
from il2calc.review.of_course import review
from il2calc.units import Quantity, quantity
from logtext import a_log, assert_fault, read
from written import regimen as written

NPC = load_regimen("npc-bolus")
SOME = Patient(weight=Decimal(70))
FIRST = was_given(CYCLE, "aldesleukin", [1, 2, 3])


def extra(
    at: str = "2025-12-02 02:10",
    amount: str = "5 million IU",
    drug: str = "aldesleukin",
    route: str = "IV bolus",
) -> Extra:
    """A dose that no plan had."""
    return Extra(drug, quantity(amount), datetime.fromisoformat(at), route)


def bolus(*effects: Effect | Entry, **head: Any) -> Course:
    """A course of the bolus regimen: doses every 8 hours from 2025-12-01 08:00."""
    return course("npc-bolus", *effects, patient=SOME, as_of="2025-12-03", **head)


def cautions_by_code(course: Course) -> dict[str, list[str]]:
    """The cautions of a course, by their codes."""
    cautions: dict[str, list[str]] = {}
    for caution in review(course, monographs(NPC.drugs(None))):
        cautions.setdefault(caution.code, []).append(caution.text)
    return cautions


@pytest.mark.hazard(28)
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(0, 14))
def test_an_unplanned_dose_changes_totals_by_exactly_itself(tenths: int, hours: int) -> None:
    """Of its cycle and of the whole course; nothing else moves."""
    before = bolus(FIRST)
    amount = Quantity(Decimal(tenths * 70_000), "IU")
    at = datetime.fromisoformat("2025-12-02 00:10").replace(hour=hours)
    after = bolus(FIRST, Extra("aldesleukin", amount, at, "IV bolus"))
    for old, new in zip(before.progress, after.progress, strict=True):
        has_the_dose = old.turns in ((), FIRST.doses[0].turns)
        assert new.given.value - old.given.value == (amount.value if has_the_dose else 0)
        assert (
            new.given.doses - old.given.doses == (1 if has_the_dose else 0) == new.unplanned.doses
        )
        assert (old.planned, old.remaining, old.unrecorded) == (
            new.planned,
            new.remaining,
            new.unrecorded,
        )
    planned_keys = [row.key for row in after.rows if not row.administration.dose.unplanned]
    assert planned_keys == [row.key for row in before.rows]
    one, other = (intensities(intensity)[-1] for intensity in (before, after))
    assert other.given - one.given == tenths * 1_000, "per kg, of 70 kg"
    assert (one.planned, one.basis) == (other.planned, other.basis)


def test_three_doses_too_many_of_one_day_are_cautioned() -> None:
    """Interval, largest dose of a day where there is one, and totals: 3 + 3 of 15 doses."""
    times = ("2025-12-02 02:00", "2025-12-02 04:00", "2025-12-02 06:00")
    result = bolus(FIRST, *(extra(at, "60 million IU") for at in times))
    cautions = cautions_by_code(result)
    assert len(cautions["unplanned"]) == 3
    assert cautions["unplanned"][0] == (
        "row 4: aldesleukin 60 million units, IV bolus, was given and is not of the plan (entry "
        "2); 11.9 times the largest planned dose, 5.04 million units"
    )
    near = [text for text in cautions["too-near"] if "is less than 8 hours after" in text]
    assert len(near) == 4, "each after the one before, and the next planned one after the last"
    assert any(
        text.startswith("aldesleukin 60 million units is ") for text in cautions["largest-dose"]
    )
    assert "6 of 15 given" in next(totals(result))
    assert "(3 of them not of the plan)" in next(totals(result))
    shown = [line.text for line in table.intensity_lines(result, intensities(result), ())]
    assert any("(3 of those not of the plan)" in line for line in shown)


@pytest.mark.parametrize(
    "change",
    [
        Reduced("x", Decimal(50), turn("course 1/boost 1")),
        Weighed(Decimal(35), date(2025, 12, 14), turn("course 1/boost 1")),
    ],
)
def test_an_unplanned_dose_changes_the_amount_of_no_other(change: Effect) -> None:
    """Danger: another amount from the boost on counted from a dose that no plan had in it.

    Days 1 to 21 with a dose a week, the boost on days 15 and 16 with its own on day 16: from that
    on half of it, or that for 35 kg of 70. The dose of day 15 at 10:00 keeps its 70 mg.
    """
    regimen = written("""
        blocks:
          - block: course
            doses: [{drug: x, amount: 1 mg/kg, route: SC, day: [1, 8, 15], at: "10:00"}]
            blocks:
              - block: boost
                day: 15
                doses: [{drug: x, amount: 1 mg/kg, route: SC, day: 2}]
    """)
    more = extra("2025-12-15 09:00", "1 mg", "x", "SC")
    result = course(regimen, change, more, patient=SOME)
    amounts = [str(row.administration.dosed.value) for row in result.rows]
    assert amounts == ["70", "70", "1", "70", "35"]
    after = course(regimen, more, change, patient=SOME)
    line = line_of(after.log.entries[-1], course(regimen, more, patient=SOME), after)
    assert "(from row 5, 2025-12-16 08:00: 35 mg)" in line


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (extra(drug="examplumab", amount="5 mg"), "the regimen has no such drug"),
        (extra(route="SC"), "its route in the regimen is IV bolus"),
        (extra(amount="1 mg"), "the regimen measures it in another unit"),
    ],
)
def test_what_is_unusual_is_cautioned_and_not_refused(effect: Extra, words: str) -> None:
    """It was given: a log that cannot hold it is no record."""
    admit(NPC, log(NPC, patient=SOME), entry(effect))
    (text,) = cautions_by_code(bolus(effect))["unplanned"]
    assert text.endswith(f"not of the plan (entry 1); {words}")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("2 g", "10 times the largest planned dose, 0.2 g"),
        ("5 mg", "1/20 of the smallest planned dose, 100 mg"),
        ("100 mcg", "1/1,000 of the smallest planned dose, 100,000 mcg"),
        ("51 mg", ""),
        ("399 mg", ""),
        ("5 mL", "the regimen measures it in another unit"),
    ],
)
def test_an_amount_far_from_all_planned_ones_is_cautioned_as_a_factor(
    amount: str, words: str
) -> None:
    """Danger: a slip of a digit or a unit, for a drug of which no largest dose is known."""
    regimen = written("""
        doses:
          - {drug: x, dose: one, amount: 100 mg, route: oral, day: 1}
          - {drug: x, dose: two, amount: 200 mg, route: oral, day: 2}
          - {drug: y, amount: 5 g, route: oral, day: 2}
          - {drug: z, amount: not stated, route: oral, day: 2}
    """)
    result = course(regimen, extra("2025-12-01 12:00", amount, "x", "oral"), as_of="2025-12-03")
    (text,) = cautions_by_code(result)["unplanned"]
    assert text.endswith(f"not of the plan (entry 1){'; ' if words else ''}{words}")


def test_a_dose_after_the_course_was_stopped_is_cautioned() -> None:
    """By the moment of the stop."""
    result = bolus(entry(Stopped(), "2025-12-01 10:00"), extra())
    (text,) = cautions_by_code(result)["unplanned"]
    assert text.endswith("; the course was stopped before it (entry 1)")


def test_a_dose_in_the_future_is_refused() -> None:
    """Nor one at a time that the clocks left out."""
    with pytest.raises(Refused, match="is after this entry of 2025-12-01 09:00"):
        admit(NPC, log(NPC, patient=SOME), entry(extra(), "2025-12-01 09:00"))
    london = log(NPC, patient=SOME, zone="Europe/London")
    with pytest.raises(Refused, match="2025-03-30 01:30 does not exist in Europe/London"):
        admit(NPC, london, entry(extra("2025-03-30 01:30")))


TWO_CYCLES = """
blocks:
  - block: cycle
    repeat: {times: 2, every: 21 days}
    doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 2}]
"""


@pytest.mark.hazard(28)
@pytest.mark.parametrize(
    ("at", "far"),
    [
        ("2024-12-03 08:00", True),
        ("2025-11-24 08:00", True),
        ("2025-11-24 08:01", False),
        ("2026-01-18 23:58", False),
        ("2026-01-18 23:59", True),
    ],
)
def test_an_unplanned_dose_of_another_year_is_asked_about(at: str, far: bool) -> None:
    """Danger: a slip of the year, which counts in totals and intensity of this course.

    It begins on 2025-12-01 at 08:00; cycle 2 ends with 2026-01-11, day 42. A week away is far.
    """
    effect = extra(at, drug="x", amount="1 mg", route="SC")
    result = course(written(TWO_CYCLES), effect, as_of="2026-02-01")
    (row,) = (row for row in result.schedule.administrations if row.dose.unplanned)
    question = (
        f"row {row.number} was given {at}, far from the course (2025-12-01 to 2026-01-11); check "
        "the date"
    )
    assert cautions_by_code(result).get("off-time", []) == ([question] if far else [])


@pytest.mark.parametrize("planned", ["", "- {drug: y, amount: 1 mg, route: SC, day: 1}"])
def test_a_dose_as_needed_is_compared_with_its_own_days_only(planned: str) -> None:
    """Danger: each dose for a need that outlasts the plan is asked about, and none is read."""
    needed = "- {drug: x, amount: 1 mg, route: SC, day: 1 to 5, as_needed: yes}"
    body = f"doses:\n  {needed}\n  {planned}\n"
    result = course(written(body), extra("2025-12-08 08:00", "1 mg", "x", "SC"), as_of="2025-12-09")
    assert {"beyond-need"} == {"beyond-need", "off-time"} & cautions_by_code(result).keys()


def test_it_is_compared_in_real_time_after_the_clocks_have_changed() -> None:
    """Every 8 hours from 2025-03-29 08:00 in London: after the change at 01:00, 09:00 and 17:00.

    A dose on 2025-04-01 at 08:30 is 7:30 hours after one and half an hour before the next; no
    clock changed in between. Danger: by the hours of the plan it is after that of 09:00, which is
    not given, and nobody is told that two come within half an hour.
    """
    nine = was_given(CYCLE, "aldesleukin", range(1, 10))
    head = {"start": date(2025, 3, 29), "zone": "Europe/London"}
    cautions = cautions_by_code(bolus(nine, extra("2025-04-01 08:30"), **head))
    assert cautions["too-near"] == [
        "row 10 (2025-04-01 08:30) is less than 8 hours after row 9, given 2025-04-01 01:00",
        "row 11 (2025-04-01 09:00) is less than 8 hours after row 10, given 2025-04-01 08:30",
    ]
    (change,) = cautions["clock-change"]
    assert change.startswith("Europe/London: rows 4 to 9, 11 to 16, on elapsed time, 1:00 h later")
    (without,) = cautions_by_code(bolus(nine, **head))["clock-change"]
    assert without.startswith("Europe/London: rows 4 to 15, on elapsed time, 1:00 h later")


def test_it_is_compared_in_real_time_within_the_hour_that_comes_twice() -> None:
    """Every 8 hours from 2025-10-25 18:10 in London: next at the second 01:10, after 8 hours.

    A dose at the first 01:30 is 40 minutes before it. Danger: by the clock it is after it, and
    nobody is told that it is too close to both.
    """
    head = {"start": date(2025, 10, 25), "zone": "Europe/London", "at": 18 * 60 + 10}
    first = was_given(CYCLE, "aldesleukin", [1])
    assert cautions_by_code(bolus(first, extra("2025-10-26 01:30"), **head))["too-near"] == [
        "row 2 (2025-10-26 01:30) is less than 8 hours after row 1, given 2025-10-25 18:10",
        "row 3 (2025-10-26 01:10) is less than 8 hours after row 2, given 2025-10-26 01:30",
    ]


def test_it_is_in_the_innermost_turn_of_its_day() -> None:
    """Before the course begins, in no block; between two cycles, in their course."""
    result = bolus(extra("2025-11-30 08:00"), extra("2025-12-10 08:00"))
    turns = [row.key.turns for row in result.rows if row.administration.dose.unplanned]
    assert turns == [(), (("course", 1),)]
    names = [result.state.name(row.key) for row in result.rows if row.administration.dose.unplanned]
    unplanned = "unplanned aldesleukin dose"
    assert names == [f"row 1 ({unplanned})", f"row 17 ({unplanned} of course 1)"]


@pytest.mark.parametrize(
    "effect",
    [
        Delayed(turn("course 2"), 3),
        Decided(turn("course 2"), given=False),
        Reduced("aldesleukin", Decimal(75), turn("course 2")),
        Weighed(Decimal(66), date(2026, 1, 21), turn("course 2")),
    ],
)
def test_it_does_not_begin_the_turn_of_its_day(effect: Effect) -> None:
    """Paracetamol on the first day of course 2, which may still be put off or be none at all.

    Course 2 begins on day 53, 35 days after the end of day 17, on 2026-01-22 and at the latest a
    week later. Once a dose of it is given it has started, and the first of these is named.
    """
    tablet = extra("2026-01-22 09:00", "500 mg", "paracetamol", "oral")
    result = bolus(tablet)
    first = row(result, "course 2/cycle 1", "aldesleukin", 1)
    assert first.administration.only_if == ("stable disease or response",)
    assert str(first.administration.latest_date) == "2026-01-29"
    admit(NPC, log(NPC, tablet, patient=SOME), entry(effect, "2026-01-22 10:00"))
    dose = was_given("course 2/cycle 1", "aldesleukin", [1])
    early = extra("2026-01-22 07:00", "500 mg", "paracetamol", "oral")
    with pytest.raises(Refused, match=r"aldesleukin dose 1 of course 2, cycle 1\) was given"):
        admit(NPC, log(NPC, early, dose, patient=SOME), entry(effect, "2026-01-22 10:00"))


def test_a_given_dose_still_needs_the_earlier_ones_entered() -> None:
    """An unplanned one replaces none of them."""
    dose = was_given(CYCLE, "aldesleukin", [2])
    with pytest.raises(Refused, match="comes after row 1, which is neither given nor held"):
        admit(NPC, log(NPC, extra("2025-12-01 09:00"), patient=SOME), entry(dose))
    admit(
        NPC,
        log(NPC, held(CYCLE, "aldesleukin", [1]), extra(), patient=SOME),
        entry(FIRST._replace(doses=FIRST.doses[1:])),
    )


# Infusions that were broken off

IMP = load_regimen("imp321")
DOSE = key("cycle 1", "paclitaxel", 1)
BODY = Patient(surface_area=Decimal("1.8"))


def part(ended: str = "2025-12-01 10:20", at: str | None = None, amount: str = "50 mg") -> Parted:
    """Some of the first infusion."""
    started = None if at is None else datetime.fromisoformat(at)
    return Parted(DOSE, quantity(amount), datetime.fromisoformat(ended), started)


def test_a_part_counts_as_given_and_the_dose_as_over() -> None:
    """With when it was broken off."""
    result = course("imp321", part(), arm="6.25-mg", patient=BODY, as_of="2025-12-02")
    recorded = result.rows[0].recorded
    assert (recorded.state, recorded.value, recorded.ended) == (
        "given",
        Decimal(50),
        datetime.fromisoformat("2025-12-01 10:20"),
    )
    assert "below-plan" in cautions_by_code(result)


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        (
            part("2025-12-01 07:00"),
            "can only have been stopped between its start, 2025-12-01 08:00, and",
        ),
        (
            part("2025-12-01 10:20", at="2025-12-01 10:30"),
            "between its start, 2025-12-01 10:30",
        ),
        (part("2026-12-01 10:20"), "and this entry of 2025-12-03 09:00, not on 2026-12-01 10:20"),
        (part(amount="50 IU"), "is measured in mg"),
    ],
)
def test_an_infusion_is_broken_off_while_it_runs(effect: Parted, text: str) -> None:
    """After it was started, and before that was entered."""
    course_log = log(IMP, arm="6.25-mg", patient=BODY)
    with pytest.raises(Refused, match=text):
        admit(IMP, course_log, entry(effect, "2025-12-03 09:00"))


@pytest.mark.parametrize(
    ("ended", "far"),
    [("2025-12-02 08:59", False), ("2025-12-02 09:00", True), ("2026-12-01 08:30", True)],
)
def test_an_infusion_broken_off_in_another_year_is_asked_about(ended: str, far: bool) -> None:
    """Danger: a slip of the date, by which a bag of an hour ran for a year.

    It was started on 2025-12-01 at 08:00; a day after its planned end is far.
    """
    body = "doses: [{drug: x, amount: 9 mg, route: IV infusion, day: 1, over: 1 hour}]"
    broken_off = Parted(key("", "x", 1), quantity("5 mg"), datetime.fromisoformat(ended))
    result = course(written(body), broken_off, as_of="2026-12-02")
    question = (
        f"row 1 was stopped {ended}, far from its planned end, 1 hour after it was started; "
        "check "
        "the date"
    )
    assert cautions_by_code(result).get("off-time", []) == ([question] if far else [])


def test_what_is_no_infusion_is_given_in_full_or_with_its_amount() -> None:
    """A bolus ends when it begins."""
    effect = Parted(
        FIRST.doses[0], quantity("1 million IU"), datetime.fromisoformat("2025-12-01 09:00")
    )
    with pytest.raises(Refused, match="is not an infusion in the file; enter what was given"):
        admit(NPC, log(NPC, patient=SOME), entry(effect))


FIVE_DAYS = """
doses:
  - {drug: aldesleukin, amount: 36 MIU, route: IV infusion, day: 1, over: 120 hours}
"""
"""Five days, started on 2025-10-24 at 08:00; London's clocks go back on 2025-10-26."""


@pytest.fixture
def bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What `replan` prints of a bag of five days that was stopped at 01:30 of the third day."""
    monkeypatch.chdir(tmp_path)
    Path("bag.yaml").write_text(a_file(FIVE_DAYS), encoding="utf-8")
    zone, on = ("--tz", "Europe/London"), ("--as-of", "2025-10-27 10:30")
    start = run("log", "start", "P.yaml", "--regimen", "bag.yaml", "--start", "2025-10-24", *zone)
    assert start.code == 0, start.err
    ended = ("--amount", "10 MIU", "--ended", "2025-10-26 01:30")
    assert run("log", "part", "P.yaml", "1", *ended, *on).code == 0
    return lambda *args: run("replan", "P.yaml", *on, *args).out


def test_a_calendar_ends_an_infusion_where_it_was_broken_off(bag: Callable[..., str]) -> None:
    """From 08:00 on the 24th to 01:30 on the 26th, both in summer time: 41.5 h, 2,490 minutes.

    Danger: five days of an infusion in a calendar, of which two were given.
    """
    text = bag("--format", "ics").replace("\r\n ", "")
    assert "DTEND;TZID=Europe/London:20251026T013000" in text
    assert (
        "10 million units\\, intravenous infusion\\, stopped early after 2490 minutes (given)"
        in text
    )
    assert "Broken off: Sun 2025-10-26 at 01:30" in text


def test_a_picture_draws_an_infusion_for_as_long_as_it_ran(bag: Callable[..., str]) -> None:
    """On the days after that of its beginning it ran on the 25th and the 26th, not to the 29th."""
    (line,) = re.findall("^aldesleukin .*\u2501.*$", bag("--format", "timeline"), re.MULTILINE)
    assert line.count("\u2501") == 2, line
    assert "over 2490 minutes (stopped early)" in bag("--format", "svg")


def test_the_end_of_an_infusion_has_its_date_on_another_day(bag: Callable[..., str]) -> None:
    """01:30 behind 08:00 would read as 17.5 hours; in few columns and folded rows too."""
    until = "10 million units, stopped early Sun 2025-10-26 01:30"
    assert f"08:00, {until}" in bag()
    assert f"08:00, {until}" in bag("--format", "markdown")
    assert f"given; 08:00, {until}" in bag("--brief")


def test_few_columns_distinguish_the_part_and_the_end() -> None:
    """10 of 36 million units were given; they were not broken off of 36."""
    ended = datetime.fromisoformat("2025-12-03 01:30")
    broken = Parted(key("", "aldesleukin", 1), quantity("10 MIU"), ended)
    result = course(loaded(a_file(FIVE_DAYS)), broken, as_of="2025-12-04")
    text = " ".join(
        word for line in table.lines(result, (), width=63) for word in line.text.split()
    )
    assert "given 10 of 36 million units, stopped early Wed 2025-12-03 01:30" in text


def test_data_has_the_end_of_an_infusion_with_its_offset(bag: Callable[..., str]) -> None:
    """01:30 of that night is there twice; `over_minutes` stays what is planned, 120 x 60."""
    (row,) = csv.DictReader(bag("--format", "csv").splitlines())
    assert row["over_minutes"] == "7200"
    assert (row["ended_date"], row["ended_time"]) == ("2025-10-26", "01:30+01:00")
    (administration,) = json.loads(bag("--format", "json"))["administrations"]
    assert administration["given"]["ended"] == "2025-10-26T01:30+01:00"


def test_an_end_that_exists_twice_is_given_as_other_times_are(bag: Callable[..., str]) -> None:
    assert (
        "row 1: 2025-10-26 01:30 exists twice, as the clocks go back; 01:30 BST is meant" in bag()
    )


# On the command line


def test_both_are_in_every_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Table, CSV, JSON, page, calendar and pictures."""
    monkeypatch.chdir(tmp_path)
    start = ("--regimen", "imp321", "--arm", "6.25-mg", "--bsa", "1.8", "--start", "2025-12-01")
    assert run("log", "start", "S.yaml", *start).code == 0
    on = ("--as-of", "2025-12-03")
    ended = ("--ended", "2025-12-01 08:20", "--reason", "hypotension")
    result = run("log", "part", "S.yaml", "1", "--amount", "50 mg", *ended, *on)
    assert result.out == (
        "entry 1: 50 mg of paclitaxel dose 1 of cycle 1 given, stopped early on 2025-12-01 08:20 "
        "(row 1, 2025-12-01 08:00); hypotension\n"
    )
    for clock in ("09:00", "10:00"):
        result = run(
            *("log", "extra", "S.yaml", "paclitaxel", "94 mg"),
            *("--at", f"2025-12-03 {clock}", "--route", "IV infusion", *on),
        )
        assert result.code == 0, result.err
    assert (
        "paclitaxel 94 mg given on 2025-12-03 10:00, IV infusion, not of the plan (row 4)"
        in result.out
    )
    show = ("replan", "S.yaml", *on, "--format")
    rows = list(csv.DictReader(run(*show, "csv").out.splitlines()))
    assert [row["source"] for row in rows[2:4]] == ["not of the plan"] * 2
    assert [row["given_amount"] for row in rows[:4]] == ["50", "", "94", "94"]
    data = json.loads(run(*show, "json").out)
    assert data["administrations"][0]["given"]["ended"] == "2025-12-01T08:20"
    assert data["administrations"][2]["before_the_log"] is None
    assert data["tallies"][-2]["unplanned"]["administrations"] in (0, 2)
    table = run(*show, "table").out
    assert "08:00, 50 mg, stopped early 08:20; hypotension" in table
    assert "U   not of the plan: a dose that the log adds" in table
    for kind in ("html", "ics", "svg", "timeline", "markdown"):
        assert run(*show, kind, "-o", f"S.{kind}").code == 0, kind
    assert (tmp_path / "S.ics").read_text(encoding="utf-8").count("Not of the plan") == 2
    text = (tmp_path / "S.yaml").read_text(encoding="utf-8")
    assert (
        "- part: {block: cycle 1, drug: paclitaxel, numbers: 1, amount: 50 mg, ended: 2025" in text
    )
    assert "- extra: {drug: paclitaxel, amount: 94 mg, at: 2025-12-03 09:00, route: IV inf" in text
    assert run("log", "undo", "S.yaml", "2", *on).code == 0
    refused = run(
        "log", "extra", "S.yaml", "paclitaxel", "1 mg", "--at", "2025-12-03 09:00", "--route", "x"
    )
    assert (refused.code, "--route: 'x' is not a known route" in refused.err) == (2, True)


def test_a_part_is_of_one_dose() -> None:
    """As a person may write it, without what il2calc records."""
    line = "part: {drug: a, numbers: 1, amount: 5 mg, ended: 2025-12-01 09:00}"
    assert isinstance(read(a_log(line)).entries[0].effect, Parted)
    two = a_log(f"{line.replace('numbers: 1', 'numbers: 1 to 2')}  # here")
    assert_fault(two, "entries[1].part.numbers", "names several doses; name the first one")


# Two infusions of one drug at once


BAGS = written("""
    blocks:
      - block: cycle
        doses:
          - {drug: x, amount: 10 mg, route: IV infusion, over: 24 hours, day: [1, 3, 5]}
""")
"""Bags of 24 hours from 08:00 on 2025-12-01, 03 and 05."""

BAG = tuple(DoseKey((("cycle", 1),), "x", "x", number) for number in (1, 2, 3))


def overlaps(*effects: Effect | Entry) -> list[tuple[str, tuple[int, ...]]]:
    """The cautions about infusions that run at once."""
    cautions = review(course(BAGS, *effects, as_of="2025-12-20"))
    return [
        (caution.text, caution.administrations) for caution in cautions if caution.code == "overlap"
    ]


def when(text: str) -> datetime:
    """A moment of December 2025."""
    return datetime.fromisoformat(f"2025-12-{text}")


@pytest.mark.hazard(28)
@pytest.mark.parametrize("route", ["IV infusion", "IV", "IV bolus"])
def test_a_dose_into_a_vein_while_an_infusion_of_its_drug_runs_is_cautioned_with_both(
    route: str,
) -> None:
    """Danger: two lines of one drug, noticed only by the sum of the day.

    From 08:00 for 24 hours, and at 20:00: 12 hours are left. It is cautioned whether or not the
    first was entered.
    """
    text = (
        "x: the infusion of row 1 still runs when row 2, which is not of the plan, begins, for 12 "
        "hours"
    )
    text += "" if route == "IV infusion" else f"; IV infusion: row 1; {route}: row 2"
    added = Extra("x", quantity("5 mg"), when("01 20:00"), route)
    assert overlaps(added) == [(text, (1, 2))]
    assert overlaps(Given(BAG[:1]), added) == [(text, (1, 2))]


@pytest.mark.parametrize(
    ("drug", "at", "route"),
    [("x", "02 08:00", "IV"), ("x", "01 20:00", "SC"), ("y", "01 20:00", "IV")],
)
def test_what_overlaps_no_infusion_of_its_drug_is_not_cautioned(
    drug: str, at: str, route: str
) -> None:
    """As the bag ends, beside it under the skin, and another drug."""
    assert overlaps(Extra(drug, quantity("5 mg"), when(at), route)) == []


def test_a_bag_that_is_held_overlaps_nothing() -> None:
    """What was not hung does not run."""
    assert overlaps(Held(BAG[:1]), Extra("x", quantity("5 mg"), when("01 20:00"), "IV")) == []
    late = Given(BAG[1:2], at=when("04 09:00"))
    assert [rows for _, rows in overlaps(Held(BAG[:1]), late)] == [(2, 3)], "later ones are seen"


def test_the_last_minute_of_an_infusion_is_one_of_it() -> None:
    """At 07:59 of the next day a minute is left."""
    ((text, _),) = overlaps(Extra("x", quantity("5 mg"), when("02 07:59"), "IV infusion"))
    assert text.endswith("begins, for 1 minute")


def test_an_infusion_that_was_broken_off_late_overlaps_the_next() -> None:
    """Danger: a bag that was let run on for 49 hours, and the next hung beside it for one."""
    slow = Parted(BAG[0], quantity("9 mg"), when("03 09:00"))
    assert overlaps(slow) == [
        ("x: the infusion of row 1 still runs when row 2 begins, for 1 hour", (1, 2))
    ]
    assert overlaps(Parted(BAG[0], quantity("5 mg"), when("01 18:00"))) == []


def test_what_was_given_counts_at_the_time_at_which_it_was() -> None:
    """The second bag hung 25 hours late ends at 09:00 of day 5: an hour beside the third.

    By the plan neither overlaps another. A dose that came when the first had been broken off
    overlaps nothing.
    """
    late = Given(BAG[:1]), Given(BAG[1:2], at=when("04 09:00"))
    assert overlaps(*late) == [
        ("x: the infusion of row 2 still runs when row 3 begins, for 1 hour", (2, 3))
    ]
    after = Extra("x", quantity("5 mg"), when("01 20:00"), "IV")
    assert overlaps(Parted(BAG[0], quantity("5 mg"), when("01 18:00")), after) == []


def test_a_dose_that_ends_within_an_infusion_does_not_end_it() -> None:
    """Two doses during one bag: each is cautioned with the bag, and not with the other."""
    two = [Extra("x", quantity("5 mg"), when(at), "IV") for at in ("01 18:00", "01 20:00")]
    assert [rows for _, rows in overlaps(*two)] == [(1, 2), (1, 3)]


def test_a_dose_without_a_known_length_overlaps_nothing() -> None:
    """Two doses at one moment without a bag; and a planned bolus beside its infusion is meant so.

    Fluorouracil is given so: 400 mg/m2 as a bolus, then the pump, in which the bolus may fall.
    """
    two = [Extra("x", quantity("5 mg"), when("07 18:00"), "IV")] * 2
    assert overlaps(*two) == []
    pump = written("""
        blocks:
          - block: cycle
            doses:
              - {dose: pump, drug: x, amount: 10 mg, route: IV, over: 2 hours, day: 1, at: +0 hours}
              - {dose: push, drug: x, amount: 9 mg, route: IV bolus, day: 1, at: +1 hours}
    """)
    both = [DoseKey((("cycle", 1),), "x", name, at) for name, at in (("pump", 1), ("push", 2))]
    cautions = review(course(pump, Given(tuple(both)), as_of="2025-12-20"))
    assert "overlap" not in {caution.code for caution in cautions}


def test_equal_overlaps_are_cautioned_together() -> None:
    """Bags of a day, each hung an hour early: the first pair with its time, the others by rows."""
    daily = written("""
        blocks:
          - block: cycle
            doses:
              - {drug: x, amount: 10 mg, route: IV infusion, over: 24 hours, day: 1 to 3}
    """)
    early = [Given(BAG[number - 1 : number], at=when(f"0{number} 07:00")) for number in (2, 3)]
    early[1] = Given(BAG[2:], at=when("03 06:00"))
    cautions = review(course(daily, Given(BAG[:1]), *early, as_of="2025-12-20"))
    assert [
        (caution.text, caution.administrations) for caution in cautions if caution.code == "overlap"
    ] == [
        (
            "x: the infusion of row 1 still runs when row 2 begins, for 1 hour; also rows 2, 3",
            (1, 2, 3),
        )
    ]


def test_a_planned_overlap_is_cautioned_once_where_a_dose_of_it_was_given() -> None:
    """At one moment the schedule and the record would both caution about it."""
    double = written("""
        blocks:
          - block: cycle
            doses:
              - {dose: x1, drug: x, amount: 10 mg, route: IV, over: 2 hours, day: 1, at: +0 hours}
              - {dose: x2, drug: x, amount: 9 mg, route: IV, over: 2 hours, day: 1, at: +1 hours}
    """)
    first = DoseKey((("cycle", 1),), "x", "x1", 1)
    for effects in ([], [Given((first,))]):
        cautions = review(course(double, *effects, as_of="2025-12-20"))
        assert len([caution for caution in cautions if caution.code == "overlap"]) == 1


def test_it_is_compared_with_the_doses_of_its_own_arm() -> None:
    """An arm whose doses are in a block of other arms has none of them to be compared with."""
    low = course("rcc-three-doses", extra(), arm="low", patient=SOME, as_of="2025-12-03")
    (caution,) = cautions_by_code(low)["unplanned"]
    assert caution.endswith("was given and is not of the plan (entry 1)")
    other = written("""
        arms: {a: one drug, b: another one}
        blocks:
          - {block: one, arm: a, doses: [{drug: x, amount: {a: 1 mg}, route: IV, day: 1}]}
          - {block: two, arm: b, doses: [{drug: y, amount: {b: 1 mg}, route: IV, day: 1}]}
    """)
    added = extra("2025-12-01 12:00", "1 mg", "y", "IV")
    (caution,) = cautions_by_code(course(other, added, arm="a", as_of="2025-12-03"))["unplanned"]
    assert caution.endswith(
        "is not of the plan (entry 1); this arm of the regimen has no such drug"
    )


def test_it_is_no_planned_dose_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`aldesleukin:pulse` is a dose of the plan, which `log given` enters."""
    monkeypatch.chdir(tmp_path)
    head = ("--regimen", "imatinib", "--arm", "level-2", "--weight", "70", "--cycles", "2")
    assert run("log", "start", "M.yaml", *head, "--start", "2025-12-01").code == 0
    more = ("5 MIU", "--at", "2025-12-02 10:00", "--route", "SC")
    result = run("log", "extra", "M.yaml", "aldesleukin:pulse", *more)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: DRUG: 'aldesleukin:pulse' names a planned dose, but this entry is unplanned; "
        "write aldesleukin\n"
    )


@pytest.mark.parametrize("to", [Decimal(50), quantity("0.5 mg")])
def test_no_share_and_no_amount_of_a_log_reaches_it(to: Any) -> None:
    """Danger: 12 mg were given, and the row says that 6 mg were: an extra dose is what it was.

    Cycle 2 is reduced to half of 1 mg; the 12 mg are entered after that, and before it too.
    """
    half = Reduced("x", to, (("cycle", 2),))
    late = extra("2025-12-23 12:00", "12 mg", "x", "SC")
    for effects in ((half, late), (late, half)):
        result = course(written(TWO_CYCLES), *effects, as_of="2026-01-01")
        amounts = [row.dosed.value or 0 for row in result.schedule.administrations]
        assert sorted(amounts) == [Decimal("0.5")] * 2 + [1, 1, 12]
        cautions = cautions_by_code(result)
        assert "12 mg, SC, was given" in cautions["unplanned"][0]
        assert not {"above-plan", "raised"} & cautions.keys()
        assert "12 mg" not in "".join(cautions.get("set-low", []))


def test_it_is_none_of_the_doses_that_a_reduction_is_about() -> None:
    """It differs from the planned ones, and makes none of them another: no name is asked for.

    And it begins no turn: cycle 2 is reduced without an override after it.
    """
    late = extra("2025-12-23 12:00", "8 mg", "x", "SC")
    regimen = written(TWO_CYCLES)
    half = Reduced("x", quantity("0.5 mg"), (("cycle", 2),))
    admit(regimen, log(regimen, late), entry(half, "2025-12-21")._replace(number=2))
    with pytest.raises(UnknownName):
        admit(regimen, log(regimen, late), entry(half._replace(dose=UNPLANNED)))


def test_an_unplanned_drug_that_is_not_in_the_regimen_is_held_against_its_monograph(
    tmp_path: Path,
) -> None:
    """Danger: 5,000 million units of aldesleukin beside a course of another drug had no caution.

    The largest sourced subcutaneous dose is 36 million units: 5,000 / 36 = 139 times that.
    """
    (regimen := tmp_path / "r.yaml").write_text(a_dose())
    log = str(tmp_path / "S-1.yaml")
    start = run("log", "start", log, "--regimen", str(regimen), "--start", "2025-12-01")
    assert start.code == 0, start.err
    added = ("aldesleukin", "5000 million IU", "--route", "SC", "--at", "2025-12-01 10:00")
    caution = "caution: aldesleukin 5,000 million units is 139 times 36 million units, the largest"
    assert caution in run("log", "extra", log, *added, "--as-of", "2025-12-01 11:00").err
    for format_ in ("csv", "ics", "html"):
        result = run("replan", log, "--as-of", "2025-12-02", "--format", format_)
        assert (result.code, result.err.count(caution)) == (0, 1)
        assert "preparation" not in result.out, "nothing that is to come has a monograph"
    bundle = run("replan", log, "--as-of", "2025-12-02", "--format", "fhir").out
    assert '"code": "L03AC01"' in bundle, "the ATC code of aldesleukin, as of a planned drug"
