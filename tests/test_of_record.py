"""Cautions of a record, limit by limit: the file that it follows, and each dose given."""

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
from il2calc.review.of_course import log_cautions
from il2calc.review.of_record import changed_file_text, wrong_head_text
from il2calc.units import quantity
from test_levels import armed
from written import regimen as written

D = Decimal
DOSE = (CYCLE, "aldesleukin")
NPC = load_regimen("npc-bolus")
FACT = "course.cycle.aldesleukin.amount"
NOW = NPC.origin.sha256[:16]


def cautions_of(result: Course, code: str) -> list[str]:
    """The cautions of one code."""
    return [caution.text for caution in log_cautions(result) if caution.code == code]


def extra(at: str, amount: str = "5 million IU", drug: str = "aldesleukin") -> Extra:
    """An extra dose, which is in no plan."""
    return Extra(drug, quantity(amount), datetime.fromisoformat(at), "IV bolus")


# The file that a log goes by


def test_a_head_that_contradicts_the_file_it_names_is_cautioned() -> None:
    """Danger: a log made to name another file, with its hash, continues with the wrong amounts.

    Where the hash differs too, the only caution is that the file is another one.
    """
    facts = {**NPC.facts, FACT: "62_000 IU/kg"}
    assert cautions_of(course(NPC, facts=facts), "regimen-changed") == [
        (
            "the head of S-07.yaml does not fit the regimen file of npc-bolus that it names: "
            f"{FACT}: 62_000 IU/kg in the log, 72_000 IU/kg in the file"
        )
    ]
    edited = replace(log(NPC, facts=facts), sha256="0" * 64)
    result = replay(NPC, edited, datetime.fromisoformat("2025-12-01"))
    assert cautions_of(result, "regimen-changed") == [changed_file_text(NPC, edited)]


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
def test_a_fact_that_only_the_file_has_is_no_contradiction(
    facts: dict[str, str], differs: bool
) -> None:
    """Danger: a log of an older il2calc with fewer facts is called forged, or a forged one not."""
    assert (wrong_head_text(NPC, log(NPC, facts=facts)) is not None) is differs


def amended(version: int, digit: str, start: str = "") -> Amended:
    """Another text, by its version and hash, for the whole course if no turn is named."""
    return Amended("npc-bolus", version, digit * 64, b"", turn(start) or None)


def test_after_an_amendment_the_file_is_compared_with_the_newest_text() -> None:
    """Danger: the caution names the version of the start, or its facts, which no longer hold."""
    old_log = log(NPC, *(amended(number, str(number)) for number in (2, 3, 4)), facts=NPC.facts)
    assert changed_file_text(NPC, old_log) == (
        "the regimen file of npc-bolus is not the one that the log follows now: version 4 then, "
        f"1 now; SHA-256 {'4' * 16} then, {NOW} now"
    )


@pytest.mark.parametrize(
    ("start", "since"),
    [("", "for the whole course"), ("course 1/cycle 2", "from course 1, cycle 2 on")],
)
def test_an_amendment_is_cautioned_with_what_it_changes(start: str, since: str) -> None:
    """Danger: a text that the sponsor sent is in force, and nobody sees it.

    That the head does not fit the text of the start is a caution beside it.
    """
    other = replace(
        NPC,
        version=2,
        facts={**NPC.facts, FACT: "60_000 IU/kg"},
        origin=NPC.origin._replace(sha256="2" * 64),
    )
    course_log = log(NPC, amended(2, "2", start), facts={FACT: "62_000 IU/kg"})
    texts = {NPC.origin.sha256: NPC}
    result = replay(other, course_log, datetime.fromisoformat("2025-12-01"), texts)
    forged, brought = cautions_of(result, "regimen-changed")
    assert forged == wrong_head_text(NPC, course_log)
    assert brought == (
        f"the regimen file is another one {since}: version 1 then, 2 now; SHA-256 {NOW} then, "
        f"{'2' * 16} now; {FACT}: 72_000 IU/kg then, 60_000 IU/kg now; what was given before "
        "stays as it was entered"
    )


def test_a_text_that_is_entered_again_is_no_change() -> None:
    """Danger: somebody looks for changes in a text that is the same, as its hash says."""
    again = amended(1, "0", "course 1/cycle 2")._replace(sha256=NPC.origin.sha256)
    assert cautions_of(course(NPC, again), "regimen-changed") == [
        f"the regimen file from course 1, cycle 2 on is the same as before it: SHA-256 {NOW}"
    ]


def test_an_arm_changed_to_is_cautioned_where_it_has_a_caution() -> None:
    """Danger: the highest level is entered later, and only the arm of the start has its caution."""
    up = course(armed(), Levelled("high", turn("cycle 2")), arm="low")
    assert cautions_of(up, "arm") == ["arm high from cycle 2 on: Above the maximum tolerated dose."]
    assert cautions_of(up, "regimen-changed") == [], "an arm is no other text"
    down = course(armed(), Levelled("low", turn("cycle 2")), arm="high")
    assert cautions_of(down, "arm") == []


def test_doses_recorded_with_their_amount_are_not_calculated_again() -> None:
    """Danger: a warning over every dose of a log that keeps what was given hides the true one."""
    portion = Portion(
        quantity("5.04 million IU"), "IV bolus", datetime.fromisoformat("2025-12-01 08:00")
    )
    dose = Given((key(*DOSE, 1),), portions=(portion,))
    for effect, restated in ((dose, False), (given(*DOSE, [1]), True)):
        edited = replace(log(NPC, effect), sha256="0" * 64)
        result = replay(NPC, edited, datetime.fromisoformat("2025-12-01 12:00"))
        assert bool(cautions_of(result, "restated")) is restated


# Who wrote it, and when


def test_each_resealing_is_cautioned_with_its_own_entries_and_reason() -> None:
    """Danger: one resealing has the reason of another, or an edit is not shown."""
    doses, reason = given(*DOSE, [1, 2]), entry(held(*DOSE, [3]), reason="late")
    accepted = (Broken(1, by=2), Broken(2, by=3), Broken(3, by=3))
    seal = Seal("0" * 64, "0" * 64, (Broken(1), Broken(2)), accepted)
    result = course(NPC, doses, Shifted(key(*DOSE, 9), 60), reason, seal=seal)
    assert cautions_of(result, "edited") == [
        "S-07.yaml was changed by hand: entries 1, 2, or what comes before"
    ]
    after = "or what comes before, was changed by hand and resealed"
    assert cautions_of(result, "resealed") == [
        f"entry 1, {after} (entry 2)",
        f"entries 2, 3, {after} (entry 3: late)",
    ]
    resealed = course(NPC, doses, Shifted(key(*DOSE, 9), 60), reason, seal=seal._replace(broken=()))
    assert cautions_of(resealed, "edited") == []


def test_entries_without_a_name_are_cautioned_among_those_with_one() -> None:
    """Danger: one entry without a name, among ten that are signed."""
    signed, bare = entry(given(*DOSE, [1]))._replace(by="AB"), entry(given(*DOSE, [2]))
    assert cautions_of(course(NPC, signed, bare), "unsigned") == [
        "entry 2: no name is given, but others have one (--by)"
    ]
    assert cautions_of(course(NPC, signed), "unsigned") == []
    assert cautions_of(course(NPC, signed._replace(by=None), bare), "unsigned") == []
    assert cautions_of(course(NPC, signed, bare._replace(hypothetical=True)), "unsigned") == []


# Extra doses


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
    """Danger: a caution about the second of two routes, or one worded differently each time."""
    effect = Extra("x", quantity("1 mg"), datetime.fromisoformat("2025-12-01 12:00"), route)
    (text,) = cautions_of(course(written(TWO_ROUTES), effect), "unplanned")
    assert text == f"row 3: x 1 mg, {route}, was given and is not of the plan (entry 1){unusual}"


def test_a_dose_of_a_drug_given_as_needed_is_cautioned_as_that() -> None:
    """Danger: a dose that the file has as needed, called one that it does not have."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV bolus, day: 1 to 5, as_needed: yes}]"
    result = course(written(body), extra("2025-12-02 09:00", "1 mg", "x"))
    (text,) = cautions_of(result, "unplanned")
    assert text == "row 1: x 1 mg, IV bolus, was given as needed (entry 1)"


def test_a_unit_is_compared_with_the_doses_of_the_arm_alone() -> None:
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
        result = course(written(body), extra("2025-12-02 09:00", amount, "x"), arm=arm)
        (text,) = cautions_of(result, "unplanned")
        assert ("measures it in another unit" not in text) is usual


@pytest.mark.parametrize(("at", "after"), [("2025-12-02 02:10", False), ("2025-12-02 02:11", True)])
def test_a_dose_at_the_moment_of_a_stop_is_not_after_it(at: str, after: bool) -> None:
    """Danger: the last dose, entered with the stop, is called given after it."""
    stop = entry(Stopped(), "2025-12-02 02:10")
    (text,) = cautions_of(course(NPC, stop, extra(at)), "unplanned")
    assert ("was stopped before it" in text) is after


def test_a_caution_about_an_unplanned_dose_is_about_the_patient() -> None:
    """Danger: a calendar that names nobody shows what somebody was given besides."""
    (caution,) = (
        caution
        for caution in log_cautions(course(NPC, extra("2025-12-01 09:00")))
        if caution.of_patient
    )
    assert caution.code == "unplanned"


# Doses too near to each other, or far from their time


ONCE_AND_AGAIN = """
    doses:
      - {drug: y, amount: 1 mg, route: IV, day: 1, at: "07:00"}
      - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 3, every: 8 hours}}
"""


def test_a_dose_without_a_repeat_hides_none_that_is_too_near() -> None:
    """Danger: the second drug of a file is never checked."""
    late = given("", "x", [1], at="2025-12-01 10:00")
    assert cautions_of(course(written(ONCE_AND_AGAIN), given("", "y", [1]), late), "too-near") == [
        "row 3 (2025-12-01 16:00) is less than 8 hours after row 2, given 2025-12-01 10:00"
    ]


@pytest.mark.hazard(28)
def test_an_unplanned_dose_entered_twice_at_one_moment_is_cautioned() -> None:
    """Danger: 5 mg at 09:00 twice, of a drug that the regimen lacks and has no distance for."""
    entries = [extra("2025-12-01 09:00", "5 mg", "examplumab") for _ in range(2)]
    assert cautions_of(course(NPC, *entries), "too-near") == [
        "row 3 (2025-12-01 09:00) is at the time of row 2, given 2025-12-01 09:00"
    ]
    later = extra("2025-12-01 09:01", "5 mg", "examplumab")
    assert cautions_of(course(NPC, entries[0], later), "too-near") == []


def test_a_dose_is_too_near_only_to_doses_of_its_own_drug() -> None:
    """Danger: each tablet given as needed is compared with the interval of an infusion."""
    other = extra("2025-12-01 09:00", "5 mg", "examplumab")
    assert cautions_of(course(NPC, given(*DOSE, [1]), other), "too-near") == []
    same = extra("2025-12-01 09:00")
    assert len(cautions_of(course(NPC, given(*DOSE, [1]), same), "too-near")) == 2
    assert cautions_of(course(NPC, same), "too-near") == [
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
def test_an_unplanned_dose_may_be_too_near_without_an_hourly_repeat(at: str, words: str) -> None:
    """Danger: a daily tablet, and more of it into a vein two hours later; the total is shown.

    One a day at 08:00: planned doses are 24 hours apart. From 10:00 to the next one are 22 hours.
    """
    more = f"row 3 (2025-12-02 08:00) is 22 hours after row 2, given 2025-12-01 {at}"
    apart = "; planned doses of x are at least 24 hours apart; oral: row 1; IV bolus: row 2"
    again = extra(f"2025-12-01 {at}", "1 mg", "x")
    cautions = cautions_of(course(written(DAILY), given("", "x", [1]), again), "too-near")
    late = "; planned doses of x are at least 24 hours apart; IV bolus: row 2; oral: row 3"
    assert cautions == [f"{words}{apart}"] + ([f"{more}{late}"] if at == "10:00" else [])


TWO_LINES = (
    "doses: [{drug: x, dose: one, amount: 1 mg, route: SC, day: [1, 8]}, "
    "{drug: x, dose: other, amount: 2 mg, route: SC, day: [2, 9]}]"
)
"""Doses of x on days 1, 2, 8 and 9, at the least a day apart; other is of days 2 and 9."""


@pytest.mark.parametrize(
    ("by", "where"),
    [(-24 * 60, ["is at the time of"] * 2), (-60, ["is 23 hours after"] * 2), (60, [])],
)
def test_doses_that_a_shift_brings_together_are_cautioned(by: int, where: list[str]) -> None:
    """Danger: two doses of a drug fall due at once, unseen. Moved by a day, both pairs do.

    Once the first of them is given the other is cautioned all the same; held, or both given, it
    is not.
    """
    shift = Shifted(key("", "x", 2, "other"), by)
    rest = "; planned doses of x are at least 24 hours apart"
    rows = [f"row {{}} {words} row {{}} since a shift{rest}" for words in where]
    both = [text.format(2 + 2 * at, 1 + 2 * at) for at, text in enumerate(rows)]
    line = written(TWO_LINES)
    first = key("", "x", 1, "one")
    assert cautions_of(course(line, shift), "too-near") == both
    assert cautions_of(course(line, shift, Given((first,))), "too-near") == both
    assert cautions_of(course(line, shift, Held((first,))), "too-near") == both[1:]
    assert cautions_of(course(line, shift, Given((first, shift.dose))), "too-near") == both[1:]


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
def test_doses_of_blocks_side_by_side_that_a_delay_brings_together_are_cautioned(
    by: int, where: list[str]
) -> None:
    """Danger: two doses of a drug a day apart, unseen. Planned they are 3 or 4 days apart.

    Days 8 and 15 of `one` are delayed, beside days 4, 11 and 18 of `other`: by 2 they are 10 and
    17, by 3 11 and 18, by 7 15 and 22, by 9 17 and 24.
    """
    cautions = cautions_of(course(written(BESIDE), Delayed(turn("one 2"), by)), "too-near")
    rest = "since a delay; planned doses of x are at least 72 hours apart"
    assert cautions == [f"{text} {rest}" for text in where]


def test_a_shift_and_a_delay_together_may_bring_doses_together() -> None:
    """Day 10 at 08:00, and that of day 11 an hour later: 25 hours."""
    steps = Delayed(turn("one 2"), 2), Shifted(key("other 2", "x", 1), 60)
    text, _ = cautions_of(course(written(BESIDE), *steps), "too-near")
    assert text.startswith("row 4 is 25 hours after row 3 since a shift or a delay; ")


def test_a_shift_within_a_repeat_is_cautioned_once() -> None:
    """Dose 2, two hours early, is 6 hours after dose 1; once given, its interval is cautioned."""
    early = Shifted(key(*DOSE, 2), -120)
    (text,) = cautions_of(course(NPC, early), "too-near")
    assert text.startswith("row 2 is 6 hours after row 1 since a shift")
    near = "row 2 (2025-12-01 14:00) is less than 8 hours after row 1, given 2025-12-01 08:00"
    for numbers in ([1], [1, 2]):
        assert cautions_of(course(NPC, early, given(*DOSE, numbers)), "too-near") == [near]


def test_without_an_unplanned_dose_or_an_interval_nothing_is_too_near() -> None:
    """Nothing unplanned, or one planned dose, which has no interval: no caution."""
    late = given("", "x", [1], at="2025-12-01 12:00")
    assert cautions_of(course(written(DAILY), late), "too-near") == [], (
        "20 hours before the next: planned"
    )
    once = written("doses: [{drug: x, amount: 1 mg, route: oral, day: 1}]")
    again = extra("2025-12-01 10:00", "1 mg", "x")
    assert cautions_of(course(once, given("", "x", [1]), again), "too-near") == []
    other = extra("2025-12-01 10:00", "1 mg", "examplumab")
    assert cautions_of(course(written(DAILY), given("", "x", [1]), other), "too-near") == []


@pytest.mark.parametrize(
    ("at", "where"),
    [
        ("15:59", "is less than 8 hours after"),
        ("16:00", "is less than 8 hours after"),
        ("16:01", "lies before"),
    ],
)
def test_a_dose_a_minute_earlier_is_before_the_other(at: str, where: str) -> None:
    """Danger: two doses at one time, which is one too many, are called in order."""
    late = given(*DOSE, [1], at=f"2025-12-01 {at}")
    (text,) = cautions_of(course(NPC, late), "too-near")
    assert text == f"row 2 (2025-12-01 16:00) {where} row 1, given 2025-12-01 {at}"


def test_a_held_dose_hides_no_dose_after_it() -> None:
    """Danger: time and amount of what was given after a held dose are never checked.

    Dose 2 is planned for 16:00 and 5.04 million units.
    """
    result = course(
        NPC, held(*DOSE, [1]), given(*DOSE, [2], at="2025-12-02 16:00", amount="9 million IU")
    )
    assert len(cautions_of(result, "off-time")) == 1
    assert len(cautions_of(result, "above-plan")) == 1


@pytest.mark.parametrize(("at", "far"), [("2025-12-02 08:00", True), ("2025-12-02 07:59", False)])
def test_a_dose_of_every_other_day_is_far_from_its_time_by_a_day(at: str, far: bool) -> None:
    """Danger: a date that is wrong by a day passes where doses are further apart."""
    repeat = "repeat: {times: 2, every: 2 days}"
    body = f"doses: [{{drug: x, amount: 1 mg, route: IV, day: 1, {repeat}}}]"
    result = course(written(body), given("", "x", [1], at=at))
    assert bool(cautions_of(result, "off-time")) is far


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
def test_a_weighing_of_another_year_is_cautioned(on: str, far: bool) -> None:
    """Danger: a slip of the year makes an older weight count in place of a newer one.

    The course lasts from 2025-12-01 to 2026-01-11, day 42. More than four weeks away is far.
    """
    repeat = "repeat: {times: 2, every: 21 days}"
    doses = "[{drug: x, amount: 1 mg, route: SC, day: 1}]"
    regimen = written(f"blocks: [{{block: cycle, {repeat}, doses: {doses}}}]")
    result = course(regimen, Weighed(D(69), date.fromisoformat(on)), as_of="2026-03-01")
    dates = (
        f"the weighing of entry 1 is dated {on}, far from the course (2025-12-01 to 2026-01-11); "
        "check the date"
    )
    assert cautions_of(result, "off-time") == ([dates] if far else [])


def cycles(times: int) -> Regimen:
    """A dose every three weeks."""
    dose = "{drug: x, amount: 1 mg, route: IV bolus, day: 1}"
    repeat = f"repeat: {{times: {times}, every: 21 days}}"
    return written(f"blocks: [{{block: cycle, {repeat}, doses: [{dose}]}}]")


def begun_at(number: int, at: str) -> Given:
    """The dose of a cycle, given at a time of its own."""
    return given(f"cycle {number}", "x", [1], at=at)


def test_a_cycle_that_was_begun_late_names_the_delay_of_the_next() -> None:
    """Danger: cycle 3 after 14 days of 21, and a dose intensity of 100 %, without a caution.

    Cycle 2 is planned for 2025-12-22, 21 days after the first; seven days later is 2025-12-29.
    """
    late = (begun_at(1, "2025-12-01 08:00"), begun_at(2, "2025-12-29 09:00"))
    result = course(cycles(3), *late, as_of="2025-12-30")
    assert cautions_of(result, "late-turn") == [
        (
            "cycle 2 began 7 days late (row 2, given 2025-12-29 09:00; check the date) and "
            "cycle 3 is 7 days closer to it than planned; to move that too, and for dose "
            "intensity to count the days, delay it "
            "(il2calc log delay S-07.yaml 'cycle 3' --by '7 days')"
        )
    ]
    for days, rest in ((7, 0), (5, 1), (8, 0)):
        delay = Delayed(turn("cycle 3"), days)
        put_off = course(cycles(3), *late, delay, as_of="2025-12-30")
        assert len(cautions_of(put_off, "late-turn")) == rest, days
        assert len(cautions_of(put_off, "off-time")) == 1 - rest, "one of the two is enough"


def test_a_last_cycle_that_was_begun_late_names_the_entry_to_undo() -> None:
    """No later turn could be delayed, and dose intensity would count no day of it."""
    late = (begun_at(1, "2025-12-01 08:00"), begun_at(2, "2025-12-24 08:00"))
    assert cautions_of(course(cycles(2), *late, as_of="2025-12-30"), "late-turn") == [
        (
            "cycle 2 began 2 days late (row 2, given 2025-12-24 08:00; check the date) and no "
            "delay is entered: dose intensity counts none of these days; to enter one, undo that "
            "first (il2calc log undo S-07.yaml 2)"
        )
    ]


def test_a_cycle_that_was_begun_late_is_cautioned_while_the_next_can_be_delayed() -> None:
    """Not for hours, a later dose of it, or once the next has begun or the course has ended."""
    early = begun_at(1, "2025-12-01 08:00")
    hours, late = begun_at(2, "2025-12-23 07:00"), begun_at(2, "2025-12-29 08:00")
    following = begun_at(3, "2026-01-12 08:00")
    stopped = Stopped()
    for entries in ((early, hours), (early, late, following), (early, late, stopped)):
        result = course(cycles(3), *entries, as_of="2026-01-12")
        assert cautions_of(result, "late-turn") == []
    midst = given(*DOSE, [15], at="2025-12-08 00:00")
    assert cautions_of(course(NPC, given(*DOSE, range(1, 15)), midst), "late-turn") == []


def test_a_late_last_turn_of_a_block_names_the_block_that_follows_it() -> None:
    """Course 1 of the regimen has two cycles: the second is late, and what follows is course 2."""
    late = given("course 1/cycle 2", "aldesleukin", [1], at="2025-12-15 08:00")
    (caution,) = cautions_of(course(NPC, late, as_of="2025-12-15"), "late-turn")
    assert "check the date) and course 2 is 2 days closer" in caution
    assert "il2calc log delay S-07.yaml 'course 2' --by '2 days'" in caution


def test_a_factor_is_named_only_where_there_is_one() -> None:
    """Danger: `None the plan` in a warning that somebody has to act on."""
    result = course(NPC, given(*DOSE, [1], amount="6 million IU"))
    assert cautions_of(result, "above-plan") == [
        "more than planned was given (row 1: 6 million units, planned 5.04 million units)"
    ]


def test_a_dose_as_planned_hides_no_time_that_exists_twice() -> None:
    """Danger: 01:30 entered in the night of the change, an hour off and without a caution."""
    body = 'doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 2, at: "01:00"}]'
    late = given("", "x", [2], at="2026-10-25 01:30")
    zoned: dict[str, Any] = {"start": date(2026, 10, 24), "zone": "Europe/London"}
    result = course(written(body), given("", "x", [1]), late, **zoned)
    assert cautions_of(result, "clock-change") == [
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
def test_a_late_dose_of_listed_days_is_compared_with_the_next(at: str, words: str | None) -> None:
    """Danger: a daily dose taken a day late, and the next one with it, without a caution.

    One a day at 08:00: a quarter of 24 hours are 6, which a dose at 02:00 leaves to the next.
    """
    cautions = cautions_of(course(written(DAILY), given("", "x", [1], at=at)), "too-near")
    text = f"row 2 (2025-12-02 08:00) {words} row 1, given {at}; the plan has them 24 hours apart"
    assert cautions == ([] if words is None else [text])


TWO_DOSES = """doses:
  - {drug: x, dose: high, amount: 18 mg, route: SC, day: 1, at: 08:00}
  - {drug: x, dose: low, amount: 9 mg, route: SC, day: 2, at: 08:00}
  - {drug: y, dose: first, amount: 1 mg, route: IV, day: 1, at: 08:00}
  - {drug: y, dose: second, amount: 1 mg, route: IV, day: 1, at: 09:00}
"""


@pytest.mark.hazard(27)
def test_two_doses_of_a_drug_are_compared_with_each_other() -> None:
    """Danger: 18 mg a day late, with the 9 mg of that day, without a caution: they are two doses.

    For doses an hour apart no delay of less than an hour is cautioned.
    """
    high = given("", "x", [1], dose="high", at="2025-12-02 07:30")
    first = given("", "y", [1], dose="first", at="2025-12-01 08:50")
    (text,) = cautions_of(course(written(TWO_DOSES), high, first), "too-near")
    where = "row 4 (2025-12-02 08:00) lies 30 minutes after row 1, given 2025-12-02 07:30"
    assert text == f"{where}; the plan has them 24 hours apart"


def test_a_late_dose_before_a_shifted_one_is_cautioned_once() -> None:
    """Dose 2 is moved to 20:00 of day 1, and dose 1 given at 19:00: one caution, and not two."""
    late = given("", "x", [1], at="2025-12-01 19:00")
    (text,) = cautions_of(course(written(DAILY), Shifted(key("", "x", 2), -720), late), "too-near")
    where = "row 2 (2025-12-01 20:00) lies 1 hour after row 1, given 2025-12-01 19:00"
    assert text == f"{where}; the plan has them 12 hours apart"


def test_an_unplanned_dose_after_a_late_one_is_cautioned_once() -> None:
    """One at 19:00 in place of 08:00, and one more at 20:00: the plan has no interval for these."""
    into_vein = DAILY.replace("oral", "IV bolus")
    late, again = given("", "x", [1], at="2025-12-01 19:00"), extra("2025-12-01 20:00", "1 mg", "x")
    cautions = cautions_of(course(written(into_vein), late, again), "too-near")
    apart = "; planned doses of x are at least 24 hours apart"
    assert cautions == [
        f"row 2 (2025-12-01 20:00) is 1 hour after row 1, given 2025-12-01 19:00{apart}",
        f"row 3 (2025-12-02 08:00) is 12 hours after row 2, given 2025-12-01 20:00{apart}",
    ]


def test_a_shift_is_compared_with_the_planned_doses_of_its_drug_alone() -> None:
    """Neither y, nor two doses of x that are planned for one time, nor an extra one."""
    more = "{drug: y, amount: 1 mg, route: oral, day: 1 to 9, at: 09:00}"
    twin = "{drug: x, dose: twin, amount: 3 mg, route: SC, day: 1}"
    line = TWO_LINES.replace("doses: [", f"doses: [{more}, ").replace("]}]", f"]}}, {twin}]")
    shift = Shifted(key("", "x", 3, "other"), -60)
    cautions = cautions_of(
        course(written(line), shift, extra("2025-12-05 08:00", "1 mg", "x")), "too-near"
    )
    rest = "since a shift; planned doses of x are at least 24 hours apart"
    rows = ((4, 2), (14, 12))
    assert cautions == [f"row {one} is 23 hours after row {other} {rest}" for one, other in rows]


def test_a_shift_after_a_dose_that_was_early_brings_nothing_together() -> None:
    """Dose 1 at 06:00 in place of 08:00, and dose 2 at 14:00 in place of 16:00: 8 hours."""
    early = given(*DOSE, [1], at="2025-12-01 06:00")
    assert cautions_of(course(NPC, Shifted(key(*DOSE, 2), -120), early), "too-near") == []
