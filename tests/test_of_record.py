"""What a record calls for, border by border: the file it goes by, and each dose that was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from courselogs import CYCLE, course, entry, given, held, key, log, turn
from il2calc import load_regimen
from il2calc.course import Course, replay
from il2calc.model.effects import (
    Amended,
    Delayed,
    Extra,
    Given,
    Held,
    Levelled,
    Portion,
    Shifted,
    Stopped,
    Weighed,
)
from il2calc.model.log import Broken, Seal
from il2calc.model.regimen import Regimen
from il2calc.review.of_course import recorded
from il2calc.review.of_record import changed, misstated
from il2calc.units import quantity
from test_levels import armed
from written import regimen as written

D = Decimal
DOSE = (CYCLE, "aldesleukin")
NPC = load_regimen("npc-bolus")
FACT = "course.cycle.aldesleukin.amount"
NOW = NPC.origin.sha256[:16]


def told(found: Course, code: str) -> list[str]:
    """The cautions of one code."""
    return [each.text for each in recorded(found) if each.code == code]


def extra(at: str, amount: str = "5 million IU", drug: str = "aldesleukin") -> Extra:
    """A dose that no plan had."""
    return Extra(drug, quantity(amount), datetime.fromisoformat(at), "IV bolus")


# The file that a log goes by


def test_a_head_that_names_a_file_it_does_not_fit_is_told() -> None:
    """Danger: a log made to name another file, with its hash, goes on by the wrong amounts.

    Where the hash is another one too, the file is told to be another one, and that alone.
    """
    facts = {**NPC.facts, FACT: "62_000 IU/kg"}
    assert told(course(NPC, facts=facts), "regimen-changed") == [
        (
            "the head of S-07.yaml does not fit the regimen file of npc-bolus that it names: "
            f"{FACT}: 62_000 IU/kg in the log, 72_000 IU/kg in the file"
        )
    ]
    edited = replace(log(NPC, facts=facts), sha256="0" * 64)
    found = replay(NPC, edited, datetime.fromisoformat("2025-12-01"))
    assert told(found, "regimen-changed") == [changed(NPC, edited)]


@pytest.mark.parametrize(
    ("facts", "differs"),
    [
        (dict(NPC.facts), False),
        ({FACT: "72_000   IU/kg"}, False),
        ({}, False),
        ({FACT: "72_001 IU/kg"}, True),
        ({**NPC.facts, "course.cycle.aldesleukin.cap": "5 million IU"}, True),
    ],
)
def test_what_only_the_file_says_is_no_contradiction(facts: dict[str, str], differs: bool) -> None:
    """Danger: a log of an older il2calc, which knew fewer facts, called forged; or one that is."""
    assert (misstated(NPC, log(NPC, facts=facts)) is not None) is differs


def amended(version: int, digit: str, start: str = "") -> Amended:
    """Another text, by its version and hash, for the whole course where no turn is named."""
    return Amended("npc-bolus", version, digit * 64, b"", turn(start) or None)


def test_after_an_amendment_the_file_is_held_against_the_newest_text() -> None:
    """Danger: the version of the start named, or its facts, which no longer hold."""
    was = log(NPC, *(amended(number, str(number)) for number in (2, 3, 4)), facts=NPC.facts)
    assert changed(NPC, was) == (
        "the regimen file of npc-bolus is not the one that the log follows now: version 4 then, "
        f"1 now; SHA-256 {'4' * 16} then, {NOW} now"
    )


@pytest.mark.parametrize(
    ("start", "since"),
    [("", "for the whole course"), ("course 1/cycle 2", "from course 1, cycle 2 on")],
)
def test_an_amendment_is_told_with_what_it_changes(start: str, since: str) -> None:
    """Danger: a text that the sponsor sent, in force and seen by nobody.

    That the head does not fit the text of the start is told beside it.
    """
    other = replace(
        NPC,
        version=2,
        facts={**NPC.facts, FACT: "60_000 IU/kg"},
        origin=NPC.origin._replace(sha256="2" * 64),
    )
    made = log(NPC, amended(2, "2", start), facts={FACT: "62_000 IU/kg"})
    texts = {NPC.origin.sha256: NPC}
    found = replay(other, made, datetime.fromisoformat("2025-12-01"), texts)
    forged, brought = told(found, "regimen-changed")
    assert forged == misstated(NPC, made)
    assert brought == (
        f"the regimen file is another one {since}: version 1 then, 2 now; SHA-256 {NOW} then, "
        f"{'2' * 16} now; {FACT}: 72_000 IU/kg then, 60_000 IU/kg now; what was given before "
        "stays as it was entered"
    )


def test_a_text_that_is_entered_again_is_not_told_as_another() -> None:
    """Danger: somebody looks for what a text changes that is the same, as its hash says."""
    again = amended(1, "0", "course 1/cycle 2")._replace(sha256=NPC.origin.sha256)
    assert told(course(NPC, again), "regimen-changed") == [
        f"the regimen file from course 1, cycle 2 on is the same as before it: SHA-256 {NOW}"
    ]


def test_an_arm_gone_over_to_is_cautioned_where_it_has_a_caution() -> None:
    """Danger: the highest level entered on the way, and its caution told of the start alone."""
    up = course(armed(), Levelled("high", turn("cycle 2")), arm="low")
    assert told(up, "arm") == ["arm high from cycle 2 on: Above the maximum tolerated dose."]
    assert told(up, "regimen-changed") == [], "an arm is no other text"
    down = course(armed(), Levelled("low", turn("cycle 2")), arm="high")
    assert told(down, "arm") == []


def test_doses_recorded_with_their_amount_are_not_reckoned_again() -> None:
    """Danger: a warning over every dose of a log that keeps what was given hides the true one."""
    portion = Portion(
        quantity("5.04 million IU"), "IV bolus", datetime.fromisoformat("2025-12-01 08:00")
    )
    whole = Given((key(*DOSE, 1),), portions=(portion,))
    for effect, restated in ((whole, False), (given(*DOSE, [1]), True)):
        edited = replace(log(NPC, effect), sha256="0" * 64)
        found = replay(NPC, edited, datetime.fromisoformat("2025-12-01 12:00"))
        assert bool(told(found, "restated")) is restated


# Who wrote it, and when


def test_each_resealing_is_told_with_its_own_entries_and_reason() -> None:
    """Danger: the reason of one resealing told for what another took, or an edit not told."""
    begun, reason = given(*DOSE, [1, 2]), entry(held(*DOSE, [3]), reason="late")
    seal = Seal(
        "0" * 64, (Broken(1), Broken(2)), (Broken(1, by=2), Broken(2, by=3), Broken(3, by=3))
    )
    found = course(NPC, begun, Shifted(key(*DOSE, 9), 60), reason, seal=seal)
    assert told(found, "edited") == [
        "S-07.yaml was changed by hand: entries 1, 2, or what comes before"
    ]
    after = "or what comes before, was changed by hand and resealed"
    assert told(found, "resealed") == [
        f"entry 1, {after} (entry 2)",
        f"entries 2, 3, {after} (entry 3: late)",
    ]
    resealed = course(NPC, begun, Shifted(key(*DOSE, 9), 60), reason, seal=seal._replace(broken=()))
    assert told(resealed, "edited") == []


def test_entries_without_a_name_are_told_among_those_with_one() -> None:
    """Danger: one entry nobody stands for, among ten that are signed."""
    signed, bare = entry(given(*DOSE, [1]))._replace(by="AB"), entry(given(*DOSE, [2]))
    assert told(course(NPC, signed, bare), "unsigned") == [
        "entry 2: no name is given, but others have one (--by)"
    ]
    assert told(course(NPC, signed), "unsigned") == []
    assert told(course(NPC, signed._replace(by=None), bare), "unsigned") == []
    assert told(course(NPC, signed, bare._replace(supposed=True)), "unsigned") == []


# Doses that no plan had


TWO_ROUTES = """
    doses:
      - {drug: x, dose: vein, amount: 1 mg, route: IV, day: 1}
      - {drug: x, dose: skin, amount: 1 mg, route: SC, day: 1}
"""


@pytest.mark.parametrize(
    ("route", "unusual"),
    [("IV", ""), ("SC", ""), ("oral", "; its route in the regimen is IV or SC")],
)
def test_a_route_is_unusual_where_no_dose_of_the_drug_has_it(route: str, unusual: str) -> None:
    """Danger: a warning over the second of two routes, or one that reads otherwise each time."""
    effect = Extra("x", quantity("1 mg"), datetime.fromisoformat("2025-12-01 12:00"), route)
    (text,) = told(course(written(TWO_ROUTES), effect), "unplanned")
    assert text == f"row 3: x 1 mg, {route}, was given and is not of the plan (entry 1){unusual}"


def test_a_dose_of_a_drug_that_is_given_as_needed_is_told_so() -> None:
    """Danger: a dose that the file foresees, told as one that it does not."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV bolus, day: 1 to 5, as_needed: yes}]"
    found = course(written(body), extra("2025-12-02 09:00", "1 mg", "x"))
    (text,) = told(found, "unplanned")
    assert text == "row 1: x 1 mg, IV bolus, was given as needed (entry 1)"


def test_a_unit_is_held_against_the_doses_of_the_arm_alone() -> None:
    """Danger: IU taken for usual where only the other arm measures in IU."""
    body = """
        arms:
          low: A low level.
          high: A high level.
        doses:
          - {drug: x, dose: weighed, arm: low, amount: 1 mg, route: IV bolus, day: 1}
          - {drug: x, dose: counted, arm: high, amount: 1 MIU, route: IV bolus, day: 1}
    """
    for arm, amount, usual in (("low", "1 mg", True), ("low", "1 MIU", False)):
        found = course(written(body), extra("2025-12-02 09:00", amount, "x"), arm=arm)
        (text,) = told(found, "unplanned")
        assert ("measures it in another unit" not in text) is usual


@pytest.mark.parametrize(("at", "after"), [("2025-12-02 02:10", False), ("2025-12-02 02:11", True)])
def test_a_dose_at_the_moment_of_a_stop_is_not_after_it(at: str, after: bool) -> None:
    """Danger: the last dose, entered with the stop, told as given against it."""
    stop = entry(Stopped(), "2025-12-02 02:10")
    (text,) = told(course(NPC, stop, extra(at)), "unplanned")
    assert ("was stopped before it" in text) is after


def test_an_unplanned_dose_is_a_fact_of_the_patient() -> None:
    """Danger: a calendar that names nobody tells what somebody was given besides."""
    (found,) = (
        each for each in recorded(course(NPC, extra("2025-12-01 09:00"))) if each.of_patient
    )
    assert found.code == "unplanned"


# Doses too near to each other, or far from their time


ONCE_AND_AGAIN = """
    doses:
      - {drug: y, amount: 1 mg, route: IV, day: 1, at: "07:00"}
      - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 3, every: 8 hours}}
"""


def test_a_dose_without_a_repeat_hides_none_that_is_too_near() -> None:
    """Danger: the second drug of a file never looked at."""
    late = given("", "x", [1], at="2025-12-01 10:00")
    assert told(course(written(ONCE_AND_AGAIN), given("", "y", [1]), late), "too-near") == [
        "row 3 (2025-12-01 16:00) is less than 8 hours after row 2, given 2025-12-01 10:00"
    ]


def test_a_dose_is_near_to_doses_of_its_own_drug_alone() -> None:
    """Danger: each tablet given at need told against the interval of an infusion."""
    other = extra("2025-12-01 09:00", "5 mg", "examplumab")
    assert told(course(NPC, given(*DOSE, [1]), other), "too-near") == []
    same = extra("2025-12-01 09:00")
    assert len(told(course(NPC, given(*DOSE, [1]), same), "too-near")) == 2
    assert told(course(NPC, same), "too-near") == [
        "row 3 (2025-12-01 16:00) is less than 8 hours after row 2, given 2025-12-01 09:00"
    ], "row 1 was not given"


DAILY = "doses: [{drug: x, amount: 1 mg, route: oral, day: 1 to 3}]"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("10:00", "row 2 (2025-12-01 10:00) is 2 hours after row 1, given 2025-12-01 08:00"),
        ("08:00", "row 2 (2025-12-01 08:00) is at the time of row 1, given 2025-12-01 08:00"),
    ],
)
def test_an_unplanned_dose_is_near_where_no_repeat_is_by_the_hour(at: str, words: str) -> None:
    """Danger: a daily tablet, of which more goes into a vein two hours later; the total is told.

    One a day at 08:00: planned doses lie 24 hours apart. From 10:00 to the next one are 22 hours.
    """
    more = f"row 3 (2025-12-02 08:00) is 22 hours after row 2, given 2025-12-01 {at}"
    apart = "; planned doses of x are at least 24 hours apart; oral: row 1; IV bolus: row 2"
    again = extra(f"2025-12-01 {at}", "1 mg", "x")
    found = told(course(written(DAILY), given("", "x", [1]), again), "too-near")
    late = "; planned doses of x are at least 24 hours apart; IV bolus: row 2; oral: row 3"
    assert found == [f"{words}{apart}"] + ([f"{more}{late}"] if at == "10:00" else [])


TWO_LINES = (
    "doses: [{drug: x, dose: one, amount: 1 mg, route: SC, day: [1, 8]}, "
    "{drug: x, dose: other, amount: 2 mg, route: SC, day: [2, 9]}]"
)
"""Doses of x on days 1, 2, 8 and 9, at the least a day apart; other is of days 2 and 9."""


@pytest.mark.parametrize(
    ("by", "where"),
    [(-24 * 60, ["is at the time of"] * 2), (-60, ["is 23 hours after"] * 2), (60, [])],
)
def test_doses_that_a_shift_brings_together_are_told(by: int, where: list[str]) -> None:
    """Danger: two doses of a drug fall due at once, in silence. Moved by a day, both pairs do.

    Once the first of them is given the other is told all the same; held, or both given, it is
    not.
    """
    moved = Shifted(key("", "x", 2, "other"), by)
    rest = "; planned doses of x are at least 24 hours apart"
    rows = [f"row {{}} {words} row {{}} since a shift{rest}" for words in where]
    both = [text.format(2 + 2 * at, 1 + 2 * at) for at, text in enumerate(rows)]
    line = written(TWO_LINES)
    first = key("", "x", 1, "one")
    assert told(course(line, moved), "too-near") == both
    assert told(course(line, moved, Given((first,))), "too-near") == both
    assert told(course(line, moved, Held((first,))), "too-near") == both[1:]
    assert told(course(line, moved, Given((first, moved.dose))), "too-near") == both[1:]


BESIDE = """blocks:
  - block: one
    repeat: {times: 3, every: 7 days}
    doses: [{drug: x, amount: 1 mg, route: SC, day: 1}]
  - block: other
    day: 4
    repeat: {times: 3, every: 7 days}
    doses: [{drug: x, amount: 1 mg, route: SC, day: 1}]
"""


@pytest.mark.parametrize(
    ("by", "where"),
    [
        (2, ["row 4 is 24 hours after row 3", "row 6 is 24 hours after row 5"]),
        (3, ["row 4 is at the time of row 3", "row 6 is at the time of row 5"]),
        (7, []),
        (9, ["row 5 is 24 hours after row 4"]),
    ],
)
def test_doses_of_blocks_side_by_side_that_a_delay_brings_together_are_told(
    by: int, where: list[str]
) -> None:
    """Danger: two doses of a drug a day apart, in silence. Planned they lie 3 or 4 days apart.

    Days 8 and 15 of `one` are delayed, beside days 4, 11 and 18 of `other`: by 2 they are 10 and
    17, by 3 11 and 18, by 7 15 and 22, by 9 17 and 24.
    """
    found = told(course(written(BESIDE), Delayed(turn("one 2"), by)), "too-near")
    rest = "since a delay; planned doses of x are at least 72 hours apart"
    assert found == [f"{text} {rest}" for text in where]


def test_what_brings_doses_together_may_be_a_shift_and_a_delay() -> None:
    """Day 10 at 08:00, and that of day 11 an hour later: 25 hours."""
    steps = Delayed(turn("one 2"), 2), Shifted(key("other 2", "x", 1), 60)
    text, _ = told(course(written(BESIDE), *steps), "too-near")
    assert text.startswith("row 4 is 25 hours after row 3 since a shift or a delay; ")


def test_a_shift_within_a_repeat_is_told_once() -> None:
    """Dose 2, two hours early, is 6 hours after dose 1; of what was given its interval is told."""
    early = Shifted(key(*DOSE, 2), -120)
    (text,) = told(course(NPC, early), "too-near")
    assert text.startswith("row 2 is 6 hours after row 1 since a shift")
    near = "row 2 (2025-12-01 14:00) is less than 8 hours after row 1, given 2025-12-01 08:00"
    for numbers in ([1], [1, 2]):
        assert told(course(NPC, early, given(*DOSE, numbers)), "too-near") == [near]


def test_no_unplanned_dose_is_near_to_none() -> None:
    """Nothing unplanned, or one dose planned, which has no interval: silent."""
    late = given("", "x", [1], at="2025-12-01 12:00")
    assert told(course(written(DAILY), late), "too-near") == [], "20 hours before the next: planned"
    once = written("doses: [{drug: x, amount: 1 mg, route: oral, day: 1}]")
    again = extra("2025-12-01 10:00", "1 mg", "x")
    assert told(course(once, given("", "x", [1]), again), "too-near") == []
    other = extra("2025-12-01 10:00", "1 mg", "examplumab")
    assert told(course(written(DAILY), given("", "x", [1]), other), "too-near") == []


@pytest.mark.parametrize(
    ("at", "where"),
    [
        ("15:59", "is less than 8 hours after"),
        ("16:00", "is less than 8 hours after"),
        ("16:01", "lies before"),
    ],
)
def test_a_dose_lies_before_another_from_the_first_minute_on(at: str, where: str) -> None:
    """Danger: two doses of one moment, which are one too many, told as in their order."""
    late = given(*DOSE, [1], at=f"2025-12-01 {at}")
    (text,) = told(course(NPC, late), "too-near")
    assert text == f"row 2 (2025-12-01 16:00) {where} row 1, given 2025-12-01 {at}"


def test_what_was_held_hides_no_dose_after_it() -> None:
    """Danger: time and amount of what was given after a held dose never looked at.

    Dose 2 is planned for 16:00 and 5.04 million units.
    """
    found = course(
        NPC, held(*DOSE, [1]), given(*DOSE, [2], at="2025-12-02 16:00", amount="9 million IU")
    )
    assert len(told(found, "off-time")) == 1
    assert len(told(found, "above-plan")) == 1


@pytest.mark.parametrize(("at", "far"), [("2025-12-02 08:00", True), ("2025-12-02 07:59", False)])
def test_a_dose_of_every_other_day_is_far_from_its_time_by_a_day(at: str, far: bool) -> None:
    """Danger: a date that is wrong by a day passes where doses lie further apart."""
    repeat = "repeat: {times: 2, every: 2 days}"
    body = f"doses: [{{drug: x, amount: 1 mg, route: IV, day: 1, {repeat}}}]"
    found = course(written(body), given("", "x", [1], at=at))
    assert bool(told(found, "off-time")) is far


@pytest.mark.parametrize(
    ("on", "far"),
    [
        ("2024-12-03", True),
        ("2025-11-02", True),
        ("2025-11-03", False),
        ("2025-12-02", False),
        ("2026-02-08", False),
        ("2026-02-09", True),
    ],
)
def test_a_weighing_of_another_year_is_asked_about(on: str, far: bool) -> None:
    """Danger: a slip of the year, by which an older weight counts in place of a newer one.

    The course lasts from 2025-12-01 to 2026-01-11, day 42. More than four weeks away is far.
    """
    repeat = "repeat: {times: 2, every: 21 days}"
    doses = "[{drug: x, amount: 1 mg, route: SC, day: 1}]"
    regimen = written(f"blocks: [{{block: cycle, {repeat}, doses: {doses}}}]")
    found = course(regimen, Weighed(D(69), date.fromisoformat(on)), as_of="2026-03-01")
    asked = (
        f"the weighing of entry 1 is dated {on}, far from the course (2025-12-01 to 2026-01-11); "
        "check the date"
    )
    assert told(found, "off-time") == ([asked] if far else [])


def cycles(times: int) -> Regimen:
    """A dose every three weeks."""
    dose = "{drug: x, amount: 1 mg, route: IV bolus, day: 1}"
    repeat = f"repeat: {{times: {times}, every: 21 days}}"
    return written(f"blocks: [{{block: cycle, {repeat}, doses: [{dose}]}}]")


def began(number: int, at: str) -> Given:
    """The dose of a cycle, given at a time of its own."""
    return given(f"cycle {number}", "x", [1], at=at)


def test_a_cycle_that_was_begun_late_names_the_delay_of_the_next() -> None:
    """Danger: cycle 3 after 14 days of 21, and a dose intensity of 100 %, in silence.

    Cycle 2 is planned for 2025-12-22, 21 days after the first; seven days later is 2025-12-29.
    """
    late = (began(1, "2025-12-01 08:00"), began(2, "2025-12-29 09:00"))
    found = course(cycles(3), *late, as_of="2025-12-30")
    assert told(found, "late-turn") == [
        (
            "cycle 2 began 7 days late (row 2, given 2025-12-29 09:00; check the date) and "
            "cycle 3 is 7 days closer to it than planned; to move that too, and for dose "
            "intensity to count the days, delay it "
            "(il2calc log delay S-07.yaml 'cycle 3' --by '7 days')"
        )
    ]
    for days, left in ((7, 0), (5, 1), (8, 0)):
        delay = Delayed(turn("cycle 3"), days)
        put_off = course(cycles(3), *late, delay, as_of="2025-12-30")
        assert len(told(put_off, "late-turn")) == left, days
        assert len(told(put_off, "off-time")) == 1 - left, "one of the two is enough"


def test_a_last_cycle_that_was_begun_late_names_the_entry_to_undo() -> None:
    """No later turn could be delayed, and dose intensity would count no day of it."""
    late = (began(1, "2025-12-01 08:00"), began(2, "2025-12-24 08:00"))
    assert told(course(cycles(2), *late, as_of="2025-12-30"), "late-turn") == [
        (
            "cycle 2 began 2 days late (row 2, given 2025-12-24 08:00; check the date) and no "
            "delay is entered: dose intensity counts none of these days; to enter one, undo that "
            "first (il2calc log undo S-07.yaml 2)"
        )
    ]


def test_a_cycle_that_was_begun_late_is_told_while_something_can_come_of_it() -> None:
    """Not of hours, of a dose in its midst, once the next has begun, or once the course ended."""
    early = began(1, "2025-12-01 08:00")
    hours, late = began(2, "2025-12-23 07:00"), began(2, "2025-12-29 08:00")
    following = began(3, "2026-01-12 08:00")
    stopped = Stopped()
    for entries in ((early, hours), (early, late, following), (early, late, stopped)):
        found = course(cycles(3), *entries, as_of="2026-01-12")
        assert told(found, "late-turn") == []
    midst = given(*DOSE, [15], at="2025-12-08 00:00")
    assert told(course(NPC, given(*DOSE, range(1, 15)), midst), "late-turn") == []


def test_a_late_last_turn_of_a_block_names_the_block_that_follows_it() -> None:
    """Course 1 of the regimen has two cycles: the second is late, and what follows is course 2."""
    late = given("course 1/cycle 2", "aldesleukin", [1], at="2025-12-15 08:00")
    (found,) = told(course(NPC, late, as_of="2025-12-15"), "late-turn")
    assert "check the date) and course 2 is 2 days closer" in found
    assert "il2calc log delay S-07.yaml 'course 2' --by '2 days'" in found


def test_a_factor_is_told_where_it_is_one() -> None:
    """Danger: `None the plan` in a warning that somebody has to act on."""
    found = course(NPC, given(*DOSE, [1], amount="6 million IU"))
    assert told(found, "above-plan") == [
        "more than planned was given (row 1: 6 million units, planned 5.04 million units)"
    ]


def test_a_dose_as_planned_hides_no_time_that_exists_twice() -> None:
    """Danger: 01:30 entered in the night of the change, an hour off and not asked about."""
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 2, at: "01:00"}]'
    late = given("", "x", [2], at="2026-10-25 01:30")
    zoned: dict[str, Any] = {"start": date(2026, 10, 24), "zone": "Europe/London"}
    found = course(written(body), given("", "x", [1]), late, **zoned)
    assert told(found, "clock-change") == [
        "row 2: 2026-10-25 01:30 exists twice, as the clocks go back; 01:30 BST is meant"
    ]


@pytest.mark.hazard(27)
@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2025-12-02 02:00", None),
        ("2025-12-02 03:00", "lies 5 hours after"),
        ("2025-12-02 07:59", "lies 1 minute after"),
        ("2025-12-02 08:00", "lies at the time of"),
        ("2025-12-02 09:00", "lies before"),
    ],
)
def test_a_dose_of_listed_days_that_is_late_is_held_against_the_next(
    at: str, words: str | None
) -> None:
    """Danger: a daily dose taken a day late, and the next one with it, of which nothing is told.

    One a day at 08:00: a quarter of 24 hours are 6, which a dose at 02:00 leaves to the next.
    """
    found = told(course(written(DAILY), given("", "x", [1], at=at)), "too-near")
    text = f"row 2 (2025-12-02 08:00) {words} row 1, given {at}; the plan has them 24 hours apart"
    assert found == ([] if words is None else [text])


TWO_DOSES = """doses:
  - {drug: x, dose: high, amount: 18 mg, route: SC, day: 1, at: 08:00}
  - {drug: x, dose: low, amount: 9 mg, route: SC, day: 2, at: 08:00}
  - {drug: y, dose: first, amount: 1 mg, route: IV, day: 1, at: 08:00}
  - {drug: y, dose: second, amount: 1 mg, route: IV, day: 1, at: 09:00}
"""


@pytest.mark.hazard(27)
def test_two_doses_of_a_drug_are_held_against_each_other() -> None:
    """Danger: 18 mg a day late, with the 9 mg of that day, in silence since they are two doses.

    Of those an hour apart no lateness of less than an hour is told.
    """
    high = given("", "x", [1], dose="high", at="2025-12-02 07:30")
    first = given("", "y", [1], dose="first", at="2025-12-01 08:50")
    (text,) = told(course(written(TWO_DOSES), high, first), "too-near")
    where = "row 4 (2025-12-02 08:00) lies 30 minutes after row 1, given 2025-12-02 07:30"
    assert text == f"{where}; the plan has them 24 hours apart"


def test_a_late_dose_before_a_shifted_one_is_told_once() -> None:
    """Dose 2 is moved to 20:00 of day 1, and dose 1 given at 19:00: one caution, and not two."""
    late = given("", "x", [1], at="2025-12-01 19:00")
    (text,) = told(course(written(DAILY), Shifted(key("", "x", 2), -720), late), "too-near")
    where = "row 2 (2025-12-01 20:00) lies 1 hour after row 1, given 2025-12-01 19:00"
    assert text == f"{where}; the plan has them 12 hours apart"


def test_an_unplanned_dose_after_a_late_one_is_told_once() -> None:
    """One at 19:00 in place of 08:00, and one more at 20:00: the plan has no distance of these."""
    into_vein = DAILY.replace("oral", "IV bolus")
    late, again = given("", "x", [1], at="2025-12-01 19:00"), extra("2025-12-01 20:00", "1 mg", "x")
    found = told(course(written(into_vein), late, again), "too-near")
    apart = "; planned doses of x are at least 24 hours apart"
    assert found == [
        f"row 2 (2025-12-01 20:00) is 1 hour after row 1, given 2025-12-01 19:00{apart}",
        f"row 3 (2025-12-02 08:00) is 12 hours after row 2, given 2025-12-01 20:00{apart}",
    ]


def test_a_shift_is_held_against_the_planned_doses_of_its_drug_alone() -> None:
    """Neither y, nor two doses of x that are planned for one moment, nor one that no plan had."""
    more = "{drug: y, amount: 1 mg, route: oral, day: 1 to 9, at: 09:00}"
    twin = "{drug: x, dose: twin, amount: 3 mg, route: SC, day: 1}"
    line = TWO_LINES.replace("doses: [", f"doses: [{more}, ").replace("]}]", f"]}}, {twin}]")
    moved = Shifted(key("", "x", 3, "other"), -60)
    found = told(course(written(line), moved, extra("2025-12-05 08:00", "1 mg", "x")), "too-near")
    rest = "since a shift; planned doses of x are at least 24 hours apart"
    rows = ((4, 2), (14, 12))
    assert found == [f"row {one} is 23 hours after row {other} {rest}" for one, other in rows]


def test_a_shift_after_a_dose_that_was_early_brings_nothing_together() -> None:
    """Dose 1 at 06:00 in place of 08:00, and dose 2 at 14:00 in place of 16:00: 8 hours."""
    early = given(*DOSE, [1], at="2025-12-01 06:00")
    assert told(course(NPC, Shifted(key(*DOSE, 2), -120), early), "too-near") == []
