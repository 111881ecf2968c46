"""A course whose regimen changes: what was given, held or begun stays, what follows is new."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from json import loads
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import courselogs
from commandline import run
from courselogs import entry, held, key, log
from il2calc import Patient, language, load_log, load_regimen
from il2calc.course import Course, first_unbegun_turn, replay, state_of
from il2calc.course.admission import admit
from il2calc.course.intensity import intensities
from il2calc.errors import FaultyFile, MissingInput, Refused, UnknownName
from il2calc.format import fhir, json, tabular
from il2calc.language.shelf import FileContent
from il2calc.model.effects import (
    Amended,
    Chain,
    Delayed,
    Effect,
    Extra,
    Given,
    Levelled,
    Portion,
    Reduced,
    Shifted,
    Undone,
    Weighed,
)
from il2calc.model.evidence import Origin
from il2calc.model.log import Entry, Log
from il2calc.model.regimen import Regimen
from il2calc.report.course_text import former_versions
from il2calc.report.notes import counts
from il2calc.review import of_course
from il2calc.units import Quantity

D = Decimal

HEAD = """\
regimen: example
title: An example
for: an example
version: {version}
read_on: 2026-11-22
source: smith2020, Methods
sources:
  smith2020: {{cite: Smith A. An invented trial. 2020., read: full text}}
"""


def text(body: str, version: int = 1) -> Regimen:
    """A regimen of these blocks and doses; each text has a hash of its own."""
    content = (HEAD.format(version=version) + body).encode()
    origin = Origin("example.yaml", hashlib.sha256(content).hexdigest())
    return language.read(FileContent(content, origin))


def cycles(amount: str = "1 mg", every: str = "21 days", times: int = 4, more: str = "") -> str:
    """Cycles with a dose on days 1 and 8, and other doses or blocks in or beside them."""
    return (
        "blocks:\n"
        "  - block: cycle\n"
        f"    repeat: {{times: {times}, every: {every}}}\n"
        f"    doses: [{{drug: examplumab, amount: {amount}, route: SC, day: [1, 8]}}]\n{more}"
    )


def amended(new: Regimen, start: str | None) -> Amended:
    """The amendment that brings a text."""
    chain = None if start is None else courselogs.turn(start)
    return Amended("example", new.version, new.origin.sha256, b"", chain)


def course(
    old: Regimen, new: Regimen, *effects: Effect | Entry, as_of: str = "2026-01-01"
) -> Course:
    """The course of a log that was begun with one text and continues by another."""
    course_log = log(old, *effects, patient=Patient(weight=D(70)))
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    return replay(new, course_log, datetime.fromisoformat(as_of), texts)


def rows(course: Course, drug: str = "examplumab") -> list[tuple[str, str]]:
    """The day of each dose of a drug, and its amount."""
    return [
        (f"{row.administration.when:%m-%d}", str(row.administration.dosed.value))
        for row in course.rows
        if row.key.drug == drug
    ]


OLD = text(cycles())


def test_the_named_turn_keeps_its_day_and_later_turns_follow_the_new_text() -> None:
    """Cycles of 21 days from 1 December 2025: cycle 3 on day 43, 12 January.

    From it on they last 28 days: cycle 4 on 9 February.
    """
    new = text(cycles("2 mg", "28 days"), 2)
    result = course(OLD, new, amended(new, "cycle 3"))
    assert rows(result) == [
        *(("12-01", "1"), ("12-08", "1"), ("12-22", "1"), ("12-29", "1")),
        *(("01-12", "2"), ("01-19", "2"), ("02-09", "2"), ("02-16", "2")),
    ]
    assert [row.number for row in result.rows] == [1, 2, 3, 4, 5, 6, 7, 8]


def text_cautions(*texts: tuple[Regimen, str]) -> list[str]:
    """The cautions about the texts of a course, each amended from a block turn on."""
    effects = [amended(new, start) for new, start in texts]
    course_log = log(OLD, *effects)
    regimens = {regimen.origin.sha256: regimen for regimen in (OLD, *(new for new, _ in texts))}
    course = replay(texts[-1][0], course_log, datetime.fromisoformat("2026-01-01"), regimens)
    recorded = of_course.log_cautions(course)
    cautions = [caution.text for caution in recorded if caution.code == "regimen-changed"]
    return [text.removeprefix("the regimen file ").partition(";")[0] for text in cautions]


def test_a_text_that_no_row_follows_any_more_is_not_cautioned() -> None:
    """Danger: cautions of doses that nobody is to have hide those of doses that are to be given.

    Version 2 from cycle 2 and 3 on, then version 1 again from cycle 2 on, or version 3.
    """
    second, third = text(cycles("2 mg"), 2), text(cycles("3 mg"), 3)
    assert text_cautions((second, "cycle 2"), (third, "cycle 3")) == [
        "is another one from cycle 2 on: version 1 then, 2 now",
        "is another one from cycle 3 on: version 2 then, 3 now",
    ]
    assert text_cautions((second, "cycle 2"), (second, "cycle 3"), (third, "cycle 2")) == [
        "is another one from cycle 2 on: version 1 then, 3 now"
    ]
    assert text_cautions((second, "cycle 2"), (second, "cycle 3"), (OLD, "cycle 2")) == []


def test_a_text_that_was_taken_back_is_not_cautioned() -> None:
    """Version 2 from cycle 2 and from cycle 3 on, each taken back; version 1 again is cautioned."""
    second = text(cycles("2 mg"), 2)
    back = ((second, "cycle 2"), (OLD, "cycle 2"), (second, "cycle 3"), (OLD, "cycle 3"))
    assert text_cautions(*back) == []
    (same,) = text_cautions(*back, (OLD, "cycle 3"))
    assert same.startswith("from cycle 3 on is the same as before it")


def test_the_newest_text_is_cautioned_where_no_row_follows_it() -> None:
    """Danger: what is given as needed is another amount, and nobody is warned.

    The second text has in a block of its own what is given as needed, and no planned dose.
    """
    needed = (
        "  - block: relief\n"
        "    repeat: {times: 1, every: 7 days}\n"
        "    doses: [{drug: otherumab, amount: 3 mg, route: SC, day: 1, as_needed: yes}]\n"
    )
    new = text(cycles(more=needed), 2)
    assert text_cautions((new, "relief 1")) == [
        "is another one from relief 1 on: version 1 then, 2 now"
    ]


def test_fewer_turns_of_a_new_text_are_not_reported_as_asked_for() -> None:
    """Four cycles in the text before and three in the new one: nobody asked for three."""
    result = course(OLD, new := text(cycles(times=3), 2), amended(new, "cycle 2"))
    assert list(counts(result.schedule)) == []
    schedule = replace(result.schedule, counts={"cycle": 5})
    assert list(counts(schedule)) == ["cycle: 5 as requested; the file says 3"]


def test_a_turn_that_only_the_new_text_has_follows_the_last_of_the_old_one() -> None:
    """Four cycles of 21 days end on day 84; the fifth begins on day 85, 23 February."""
    new = text(cycles("2 mg", "28 days", times=5), 2)
    result = course(OLD, new, amended(new, "cycle 5"))
    assert rows(result)[-2:] == [("02-23", "2"), ("03-02", "2")]
    assert len(result.rows) == 10


def in_line(*blocks: tuple[str, int, int], version: int = 1) -> Regimen:
    """Blocks one after another, each with a dose on its first day and so many days of rest."""
    return text(
        "blocks:\n"
        + "".join(
            f"  - block: {name}\n    rest: {rest} days\n"
            f"    doses: [{{drug: examplumab, amount: {mg} mg, route: SC, day: 1}}]\n"
            for name, mg, rest in blocks
        ),
        version,
    )


def test_turns_after_one_that_only_the_new_text_has_follow_the_new_text() -> None:
    """Danger: gamma came before the new beta, by the old text, and beta after all else.

    alpha on 1 December. By the new text 14 days of rest: beta on the 16th, after it gamma.
    """
    old = in_line(("alpha", 1, 7), ("gamma", 1, 0))
    new = in_line(("alpha", 1, 14), ("beta", 2, 0), ("gamma", 3, 0), version=2)
    result = course(old, new, amended(new, "beta 1"))
    assert rows(result) == [("12-01", "1"), ("12-16", "2"), ("12-17", "3")]


def test_blocks_of_the_new_text_before_the_named_turn_are_not_given() -> None:
    """Danger: a block listed before beta was given beside it, on one day with it.

    alpha on 1 December, a day of rest, and beta on the 3rd, the day that the old text gives.
    """
    old = in_line(("alpha", 1, 1), ("beta", 1, 0))
    new = in_line(("alpha", 1, 1), ("more", 2, 14), ("beta", 3, 0), version=2)
    result = course(old, new, amended(new, "beta 1"))
    assert rows(result) == [("12-01", "1"), ("12-03", "3")]


BOOST = (
    "    blocks:\n      - block: boost\n        day: 8\n"
    "        doses: [{drug: boostumab, amount: 5 mg, route: SC, day: 1}]\n"
)
BOOSTED = text(cycles("2 mg", "28 days", 2, BOOST), 2)
"""Two cycles of 28 days, each with a boost on its day 8."""


def test_a_block_that_a_text_puts_into_a_turn_is_on_its_day_of_that_turn() -> None:
    """Danger: a third dose in cycle 2, for its days were counted from where the new text has it.

    Cycle 2 begins on 22 December by the old text, so its day 8 is the 29th.
    """
    result = course(OLD, BOOSTED, amended(BOOSTED, "cycle 2/boost 1"))
    assert rows(result)[2:] == [("12-22", "1"), ("12-29", "2")]
    assert rows(result, "boostumab") == [("12-29", "5")]


def test_the_turn_around_the_named_one_keeps_its_days_under_longer_turns() -> None:
    """Danger: a third dose in cycle 2, though both texts have the boost and two doses a cycle.

    Cycle 2 begins on 22 December in the course, and lasts 28 days by the new text: cycle 3 on
    19 January. In the new text alone cycle 2 begins on the 29th.
    """
    old, new = text(cycles(more=BOOST)), text(cycles("2 mg", "28 days", more=BOOST), 2)
    result = course(old, new, amended(new, "cycle 2/boost 1"))
    assert rows(result)[2:6] == [("12-22", "1"), ("12-29", "2"), ("01-19", "2"), ("01-26", "2")]


def test_a_delay_of_what_follows_moves_nothing_that_was_given() -> None:
    """Danger: the planned time of a dose that was given moved by the day of another's delay.

    Cycle 2 begins on 8 December and has begun; what follows it, delayed by a day, is removed.
    """
    once = "    doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]\n"
    week = "blocks:\n  - block: cycle\n    repeat: {times: 3, every: 7 days}\n" + once
    old = text(week + "  - block: maintenance\n" + once)
    steps = (
        Delayed(courselogs.turn("maintenance 1"), 1),
        courselogs.given("cycle 2", "examplumab", [1]),
    )
    result = course(old, BOOSTED, *steps, amended(BOOSTED, "cycle 2/boost 1"))
    (was,) = (row for row in result.rows if row.recorded.state == "given")
    assert f"{was.administration.when}{was.recorded.when}" == 2 * "2025-12-08 08:00:00"
    assert rows(result) == [("12-01", "1"), ("12-08", "1"), ("12-15", "2")]
    assert rows(result, "boostumab") == [("12-15", "5")]


def test_a_text_of_other_blocks_alone_takes_the_place_of_all_that_was_planned() -> None:
    """Nothing of the old text comes before its first block: it begins where it says itself."""
    new = text(cycles("2 mg", times=2).replace("block: cycle", "block: course"), 2)
    result = course(OLD, new, amended(new, "course 1"))
    assert rows(result) == [("12-01", "2"), ("12-08", "2"), ("12-22", "2"), ("12-29", "2")]


def test_a_dose_that_the_new_text_does_not_have_ends_and_a_new_one_begins() -> None:
    """Nothing of the old text is left after the turn that is named."""
    new = text(cycles().replace("examplumab", "secondumab"), 2)
    result = course(OLD, new, amended(new, "cycle 2"))
    assert rows(result) == [("12-01", "1"), ("12-08", "1")]
    assert [day for day, _ in rows(result, "secondumab")][:2] == ["12-22", "12-29"]


DAILY = "doses: [{{drug: dailumab, amount: {amount}, route: oral, day: 1 to 42}}]\n"


def test_doses_around_the_named_turn_follow_the_text_of_their_day() -> None:
    """Cycle 2 begins on day 22: 21 daily doses by the old text, 21 by the new one, numbered on."""
    old = text(DAILY.format(amount="1 mg") + cycles(times=2))
    new = text(DAILY.format(amount="2 mg") + cycles(times=2), 2)
    result = course(old, new, amended(new, "cycle 2"))
    assert [amount for _, amount in rows(result, "dailumab")] == ["1"] * 21 + ["2"] * 21
    numbers = [row.key.number for row in result.rows if row.key.drug == "dailumab"]
    assert numbers == list(range(1, 43))


def test_a_dose_around_it_that_was_given_stays_though_its_day_is_of_the_new_text() -> None:
    """What was given is never lost, whatever a file no longer says."""
    old = text(DAILY.format(amount="1 mg") + cycles(times=2))
    new = text(cycles(times=2), 2)
    doses = tuple(key("", "dailumab", number) for number in range(1, 24))
    result = course(old, new, Given(doses), amended(new, "cycle 2"))
    assert [amount for _, amount in rows(result, "dailumab")] == ["1"] * 23


BESIDE = (
    "  - block: beside\n"
    "    day: {day}\n"
    "    repeat: {{times: 2, every: 21 days}}\n"
    "    doses: [{{drug: besidumab, amount: {amount}, route: SC, day: 1}}]\n"
)


def test_a_block_beside_follows_the_text_of_its_day_unless_it_has_begun() -> None:
    """From day 22 on the new text counts: of turns on days 8 and 29 the second is new."""
    old = text(cycles(times=2, more=BESIDE.format(day=8, amount="1 mg")))
    new = text(cycles(times=2, more=BESIDE.format(day=8, amount="2 mg")), 2)
    result = course(old, new, amended(new, "cycle 2"))
    assert rows(result, "besidumab") == [("12-08", "1"), ("12-29", "2")]
    given = Given((key("beside 1", "besidumab", 1), key("beside 2", "besidumab", 1)))
    result = course(old, new, given, amended(new, "cycle 2"))
    assert rows(result, "besidumab") == [("12-08", "1"), ("12-29", "1")]


def around(amount: str, doses: str, version: int = 1) -> Regimen:
    """Three cycles of 21 days, two turns beside them on days 8 and 29, and doses in no block."""
    beside = BESIDE.format(day=8, amount=amount).replace("day: 1}]", f"day: [{doses}]}}]")
    own = f"doses: [{{drug: ownumab, amount: {amount}, route: SC, day: [1, 15, 29, 43]}}]\n"
    return text(own + cycles(amount, times=3, more=beside), version)


def test_a_dose_that_is_held_ahead_keeps_nothing_else_by_the_old_text() -> None:
    """Danger: doses are lost, or given by the old text, since a later one was held before.

    Cycle 2 begins on day 22. The doses of days 29 and 43 in no block, and both of the turn of
    day 29 beside the cycles, follow the new text of 2 mg; the last of each is held in it too.
    """
    old, new = around("1 mg", "1, 8"), around("2 mg", "1, 8", 2)
    ahead = held("", "ownumab", [4]), held("beside 2", "besidumab", [2])
    result = course(old, new, *ahead, amended(new, "cycle 2"))
    assert rows(result, "ownumab")[:2] == [("12-01", "1"), ("12-15", "1")]
    assert rows(result, "ownumab")[2:] == [("12-29", "2"), ("01-12", "2")]
    assert rows(result, "besidumab")[2:] == [("12-29", "2"), ("01-05", "2")]
    assert [row.key for row in result.rows if row.recorded.state == "held"] == [
        key("beside 2", "besidumab", 2),
        key("", "ownumab", 4),
    ]


def outside(days: str, amount: str, version: int = 1) -> Regimen:
    """Three cycles of 21 days, and doses in no block on some days."""
    doses = f"doses: [{{drug: ownumab, amount: {amount}, route: SC, day: [{days}]}}]\n"
    return text(doses + cycles(amount, times=3), version)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # Day 22 comes in: the dose of day 29 is given, that of day 43 is held by the new text.
        ("1, 15, 22, 29, 43", ["12-22 2", "12-29 2", "01-12 2 held"]),
        # Day 43 is left out: the dose of day 29 is given, that of day 43 stays held by the old.
        ("1, 15, 29", ["12-29 2", "01-12 1 held"]),
        # Days 30 and 45 replace days 29 and 43: none of them was held.
        ("1, 15, 30, 45", ["12-30 2", "01-12 1 held", "01-14 2"]),
        # A dose before cycle 2 comes in, which is not given any more: day 43 stays dose 4.
        ("1, 8, 15, 29, 43, 57", ["12-29 2", "01-12 2 held", "01-26 2"]),
    ],
)
def test_a_dose_in_no_block_that_is_held_ahead_is_held_on_its_day(
    days: str, expected: list[str]
) -> None:
    """Danger: the held dose is given, another one is left out, or a dose is lost.

    The doses are on days 1, 15, 29 and 43, of which the fourth is held: 12 January. The new text
    begins with cycle 2 on day 22, 22 December.
    """
    new = outside(days, "2 mg", 2)
    steps = held("", "ownumab", [4]), amended(new, "cycle 2")
    result = course(outside("1, 15, 29, 43", "1 mg"), new, *steps, as_of="2025-12-01")
    own = [row for row in result.rows if row.key.drug == "ownumab"]
    found = [f"{day} {amount}" for day, amount in rows(result, "ownumab")]
    states = [" held" if row.recorded.state == "held" else "" for row in own]
    assert [row + state for row, state in zip(found, states, strict=True)][2:] == expected
    assert len({row.key for row in own}) == len(own)


def test_a_dose_beside_that_is_held_ahead_keeps_its_day_and_so_its_turn_the_old_text() -> None:
    """The second dose of the turn beside is on its day 8; the new text has it on its day 4."""
    old, new = around("1 mg", "1, 8"), around("2 mg", "1, 4, 8", 2)
    result = course(old, new, held("beside 2", "besidumab", [2]), amended(new, "cycle 2"))
    assert rows(result, "besidumab")[2:] == [("12-29", "1"), ("01-05", "1")]


def test_a_turn_beside_before_one_that_keeps_the_old_text_keeps_it_too() -> None:
    """Danger: two turns at once. Beside 1 is 8 days late, on day 31, and beside 2 on day 41.

    That is 10 January. They were planned on days 23 and 33, after cycle 2 begins. The second dose
    of beside 2 is held ahead on its day 3; the new text has it on day 2: both keep the old text.
    """
    more = """\
  - block: beside
    day: 23
    repeat: {{times: 2, every: 10 days}}
    doses: [{{drug: besidumab, amount: {amount}, route: SC, day: [{days}]}}]
"""
    old = text(cycles(more=more.format(amount="1 mg", days="1, 3")))
    new = text(cycles("2 mg", more=more.format(amount="2 mg", days="1, 2, 3")), 2)
    late = Delayed(courselogs.turn("beside 1"), 8)
    result = course(old, new, held("beside 2", "besidumab", [2]), late, amended(new, "cycle 2"))
    days = [("12-31", "1"), ("01-02", "1"), ("01-10", "1"), ("01-12", "1")]
    assert rows(result, "besidumab") == days


AHEAD = entry(held("cycle 3", "examplumab", [2]), "2025-12-02 09:00")
"""Dose 2 of cycle 3 is on day 50, 19 January."""


@pytest.mark.parametrize("start", ["cycle 2", "cycle 3", None])
def test_a_dose_that_is_held_ahead_begins_no_turn_of_its_sequence(start: str | None) -> None:
    """The new text may begin before it: it stays held, by the new amount; all else is given."""
    new = text(cycles("2 mg"), 2)
    at_once = entry(amended(new, start), "2025-12-02 10:00")
    result = course(OLD, new, AHEAD, at_once)
    assert rows(result)[4:] == [("01-12", "2"), ("01-19", "2"), ("02-02", "2"), ("02-09", "2")]
    assert [row.key for row in result.rows if row.recorded.state == "held"] == [
        key("cycle 3", "examplumab", 2)
    ]


def test_a_text_that_moves_a_dose_which_is_held_ahead_within_its_turn_is_refused() -> None:
    """Danger: the dose of day 4 is left out, and that of day 8 given, which was held."""
    new = text(cycles("2 mg").replace("[1, 8]", "[1, 4, 8]"), 2)
    texts = {regimen.origin.sha256: regimen for regimen in (OLD, new)}
    messages = {None: "would not have that dose on its day", "cycle 2": "which has recorded doses"}
    for start, message in messages.items():
        change = entry(amended(new, start), "2025-12-02 10:00")
        with pytest.raises(Refused, match=message):
            admit(OLD, log(OLD, AHEAD), change, texts)


def test_a_dose_that_is_held_ahead_stays_if_the_new_text_does_not_have_it() -> None:
    """It is held by the old text, with its turn: no entry of the log is lost."""
    old, new = around("1 mg", "1, 8"), around("2 mg", "1", 2)
    result = course(old, new, held("beside 2", "besidumab", [2]), amended(new, "cycle 2"))
    assert rows(result, "besidumab")[2:] == [("12-29", "1"), ("01-05", "1")]


def test_a_text_counts_from_the_day_on_which_its_delayed_turn_begins() -> None:
    """Cycle 2 is on day 29, a week late: four weeks of daily doses are by the old text.

    A turn beside it on day 29 is by the new text; by the old one where cycle 2 is on day 30.
    """

    def both(amount: str) -> str:
        beside = BESIDE.format(day=8, amount=amount)
        return DAILY.format(amount=amount) + cycles(times=2, more=beside)

    old, new = text(both("1 mg")), text(both("2 mg"), 2)
    for by, amount in ((7, "2"), (8, "1")):
        result = course(old, new, Delayed(courselogs.turn("cycle 2"), by), amended(new, "cycle 2"))
        daily = [value for _, value in rows(result, "dailumab")]
        assert daily == ["1"] * (21 + by) + ["2"] * (21 - by)
        assert rows(result, "besidumab") == [("12-08", "1"), ("12-29", amount)]


def besides(every: str, times: int = 4, version: int = 1, cycle: str = "21 days") -> Regimen:
    """Four cycles, and from day 8 on a block beside them."""
    beside = BESIDE.format(day=8, amount=f"{version} mg")
    beside = beside.replace("times: 2, every: 21 days", f"times: {times}, every: {every}")
    return text(cycles(every=cycle, more=beside), version)


def test_a_block_beside_continues_from_its_last_turn_by_the_old_text() -> None:
    """Cycle 3 begins on day 43, after three turns of every 14 days, on days 8, 22 and 36.

    The fourth is where the old text has it, on day 50, and a fifth 28 days later, on day 78: the
    new text alone has its fourth on day 92, and 56 days would pass without a dose.
    """
    old = besides("14 days")
    for times, more in ((4, []), (5, [("02-16", "2")])):
        new = besides("28 days", times, version=2)
        days = rows(course(old, new, amended(new, "cycle 3")), "besidumab")
        assert days[:3] == [("12-08", "1"), ("12-22", "1"), ("01-05", "1")]
        assert days[3:] == [("01-19", "2"), *more]
    # Three turns by the old text, the last on day 36: a fourth follows 14 days after it.
    new = besides("28 days", version=2)
    days = rows(course(besides("14 days", 3), new, amended(new, "cycle 3")), "besidumab")
    assert days[2:] == [("01-05", "1"), ("01-19", "2")]


def test_a_block_within_a_block_beside_moves_with_it() -> None:
    """Pulses of two days in turns beside the cycles, every 14 days, then every 28.

    The fourth turn is on day 50, as above, and its pulse with it, on 19 and 20 January.
    """

    def pulses(every: str, version: int) -> Regimen:
        dose = f"drug: besidumab, amount: {version} mg, route: SC, day: [1, 2]"
        pulse = f"    blocks: [{{block: pulse, doses: [{{{dose}}}]}}]\n"
        head, _, _ = BESIDE.format(day=8, amount="1 mg").partition("    doses")
        beside = head.replace("times: 2, every: 21 days", f"times: 4, every: {every}")
        return text(cycles(more=beside + pulse), version)

    old, new = pulses("14 days", 1), pulses("28 days", 2)
    days = rows(course(old, new, amended(new, "cycle 3")), "besidumab")
    assert days[4:] == [("01-05", "1"), ("01-06", "1"), ("01-19", "2"), ("01-20", "2")]


def test_a_block_beside_that_has_not_begun_follows_the_new_text() -> None:
    """Put off from days 29 and 50 to days 36 and 57 before cycle 2, on day 22."""
    old = text(cycles(more=BESIDE.format(day=29, amount="1 mg")))
    new = text(cycles(more=BESIDE.format(day=36, amount="2 mg")), 2)
    result = course(old, new, amended(new, "cycle 2"))
    assert rows(result, "besidumab") == [("01-05", "2"), ("01-26", "2")]


def test_blocks_in_sequence_continue_where_a_turn_beside_them_is_named() -> None:
    """From day 29 on cycles come every 28 days: the third on day 43 as before, then one on day 71.

    The new text alone has its third on day 57, five weeks after the second.
    """
    old, new = besides("21 days"), besides("21 days", version=2, cycle="28 days")
    days = rows(course(old, new, amended(new, "beside 2")))
    assert [day for day, _ in days[2:]] == ["12-22", "12-29", "01-12", "01-19", "02-09", "02-16"]


def test_a_block_beside_is_one_sequence_whichever_text_its_turns_follow() -> None:
    """Turns on days 8, 29, 50 and 71, the last two by the new text, each up to 3 days later.

    A delay of the second by a week moves it and both after it; it is 3 days by the range, 4 more.
    """
    old, new = besides("21 to 24 days"), besides("21 to 24 days", version=2)
    for delays, days, latest in (
        ([], ["12-08", "12-29", "01-19", "02-09"], ["", "2026-01-01", "2026-01-25", "2026-02-18"]),
        ([7], ["12-08", "01-05", "01-26", "02-16"], ["", "", "2026-01-29", "2026-02-22"]),
    ):
        effects = [Delayed(courselogs.turn("beside 2"), by) for by in delays]
        result = course(old, new, amended(new, "cycle 3"), *effects)
        assert [day for day, _ in rows(result, "besidumab")] == days
        beside_rows = [row.administration for row in result.rows if row.key.drug == "besidumab"]
        assert [str(row.latest_date or "") for row in beside_rows] == latest


def test_a_turn_within_another_is_named_by_both() -> None:
    """Of the second course of two cycles only the second cycle is by the new text."""
    nested = (
        "blocks:\n"
        "  - block: course\n"
        "    repeat: {times: 2, rest: 14 days}\n"
        "    blocks:\n"
        "      - block: cycle\n"
        "        repeat: {times: 2, rest: 7 days}\n"
        "        doses: [{drug: examplumab, amount: %s, route: SC, day: 1}]\n"
    )
    old, new = text(nested % "1 mg"), text(nested % "2 mg", 2)
    result = course(old, new, amended(new, "course 2/cycle 2"))
    assert [amount for _, amount in rows(result)] == ["1", "1", "1", "2"]
    # days 1, 9 (1 + 7 of rest), then 14 days of rest after day 9: day 24, and day 32
    assert [day for day, _ in rows(result)] == ["12-01", "12-09", "12-24", "01-01"]
    result = course(old, new, Delayed(courselogs.turn("course 2"), 3), amended(new, "course 2"))
    assert rows(result)[2:] == [("12-27", "2"), ("01-04", "2")]


def test_latest_dates_of_the_old_text_hold_up_to_the_turn_that_is_named() -> None:
    """Rests of 1 to 2 weeks: the third cycle may begin two weeks late by the old text.

    By the new one, of 1 week, what follows is not later than that.
    """
    ranged = (
        "blocks:\n"
        "  - block: cycle\n"
        "    repeat: {times: 4, rest: %s}\n"
        "    doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]\n"
    )
    old, new = text(ranged % "1 to 2 weeks"), text(ranged % "1 week", 2)
    result = course(old, new, amended(new, "cycle 3"))
    late = [str(row.administration.latest_date or "") for row in result.rows]
    # days 1, 9, 17, 25 at the earliest; 16 and 31 at the latest, and 8 days after 31
    assert late == ["", "2025-12-16", "2025-12-31", "2026-01-08"]


@pytest.mark.parametrize("start", ["course 1/cycle 2", "course 2", "course 2/cycle 2"])
def test_a_reworded_text_leaves_every_latest_date(start: str) -> None:
    """A rest of 5 to 6 weeks stays one: shown as one date, the next course would look overdue.

    Courses of two cycles, days 1 and 9: the second course begins on day 45 at the earliest, 9 + 35
    days of rest later, and at the latest 7 days after that.
    """
    courses = (
        "blocks:\n"
        "  - block: course\n"
        "    repeat: {times: 2, rest: 5 to 6 weeks}\n"
        "    blocks:\n"
        "      - block: cycle\n"
        "        repeat: {times: 2, rest: 7 days}\n"
        "        doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]\n"
    )
    old, new = text(courses), text(courses, 2)
    one = Given((key("course 1/cycle 1", "examplumab", 1),))
    result = course(old, new, one, amended(new, start), as_of="2025-12-02")
    plan_rows = [row.administration for row in result.rows]
    assert [row.regimen_day for row in plan_rows] == [1, 9, 45, 53]
    assert [row.latest_day for row in plan_rows] == [None, None, 52, 60]


def test_assumptions_of_both_texts_are_numbered_through() -> None:
    """One that both have keeps its number; one of the new text alone is numbered on."""
    about = "assumptions:\n"
    one = "  - {about: cycle.examplumab.day, text: The first day., because: Unsaid.}\n"
    other = "  - {about: cycle.repeat.every, text: Three weeks., because: Unsaid.}\n"
    old = text(cycles(times=2) + about + one)
    new = text(cycles("2 mg", times=2) + about + other + one, 2)
    result = course(old, new, amended(new, "cycle 2"))
    assert [assumption.number for assumption in result.schedule.assumptions] == [1, 2]
    assert [row.administration.assumed for row in result.rows] == [(1,), (1,), (1, 2), (1, 2)]


def test_counts_of_the_log_that_the_new_text_cannot_take_come_from_its_file() -> None:
    """Four cycles were asked for; the new text has three, and a block of that name no more."""
    old = text(cycles(times=4))
    new = text(cycles("2 mg", times=3), 2)
    course_log = log(
        old, amended(new, "cycle 2"), times={"cycle": 4}, patient=Patient(weight=D(70))
    )
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    course = replay(new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [amount for _, amount in rows(course)] == ["1", "1", "2", "2", "2", "2"]


def test_without_a_turn_the_whole_course_is_by_the_new_text() -> None:
    """Nothing of it has begun."""
    new = text(cycles("2 mg"), 2)
    result = course(OLD, new, amended(new, None))
    assert {amount for _, amount in rows(result)} == {"2"}
    assert [version.regimen.version for version in result.state.versions] == [1, 2]
    assert not list(former_versions(result))


def test_data_states_which_version_each_row_follows() -> None:
    """Two cycles of two doses: by version 1, then by version 2, whose doses say the same.

    Danger: a dose under a version that came after it.
    """
    old, new = text(cycles(times=2)), text(cycles(times=2), 2)
    result = course(old, new, amended(new, "cycle 2"))
    versions = [row["version"] for row in csv.DictReader(tabular.csv_lines(result))]
    assert versions == ["1", "1", "2", "2"]
    data = loads("\n".join(json.lines(result, ())))
    assert [row["version"] for row in data["administrations"]] == [1, 1, 2, 2]
    assert [(rows, text.version) for rows, text in former_versions(result)] == [("rows 1, 2", 1)]
    entries = fhir.bundle(result, (), {})["entry"]
    notes = [note["text"] for record in entries for note in record["resource"].get("note", ())]
    assert notes.count("regimen version 1") == 2


def refusal(old: Regimen, new: Regimen, start: str | None, *effects: Effect) -> str:
    """Why an amendment is refused."""
    course_log = log(old, *effects, patient=Patient(weight=D(70)))
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    with pytest.raises((Refused, UnknownName)) as caught:
        admit(old, course_log, entry(amended(new, start)), texts)
    return str(caught.value)


def test_a_text_that_adds_a_dose_beside_a_shifted_one_is_accepted() -> None:
    """Danger: a traceback (KeyError) in place of an amendment, for y is none of the old text."""
    body = (
        "blocks:\n  - block: course\n"
        "    doses: [{drug: x, amount: 1 mg, route: SC, day: [1, 20]}%s]\n"
        "    blocks:\n      - block: cycle\n        repeat: {times: 3, every: 7 days}\n"
        "        doses: [{drug: z, amount: 1 mg, route: SC, day: 1}]\n"
    )
    old = text(body % "")
    new = text(body % ", {drug: y, amount: 1 mg, route: SC, day: 21}", 2)
    moved = Shifted(key("course 1", "x", 2), 60)
    steps = (Given((key("course 1", "x", 1),)), moved, amended(new, "course 1/cycle 2"))
    assert [row.key.drug for row in course(old, new, *steps).rows] == ["x", "z", "z", "z", "x", "y"]


_LISTED = "day: [1, 15, 29, 43]"
_REPEATED = "day: 1, repeat: {times: 4, every: 2 weeks}"


def _beside_cycles(days: str, amount: str = "1 mg", version: int = 1) -> Regimen:
    """A dose outside the blocks, another one in the high arm, and three cycles of 21 days."""
    amounts = f"{{low: {amount}, high: 5 mg}}"
    outside = f"doses: [{{drug: x, amount: {amounts}, route: SC, {days}}}]\n"
    return text(f"arms: {{low: Low, high: High}}\n{outside}{cycles(times=3)}", version)


@pytest.mark.parametrize("days", [_LISTED, _REPEATED])
@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("is_later", [False, True])
def test_a_shifted_dose_in_no_block_stays_shifted_in_another_text_or_arm(
    days: str, *, level: bool, is_later: bool
) -> None:
    """Days 1, 15, 29 and 43; from day 15 on two days later: 17, 31 and 45. Cycle 2 is on day 22.

    Danger: days 29 and 43 again without a word, twelve days after a dose that is to be fourteen.
    """
    old, new = _beside_cycles(days), _beside_cycles(days, amount="2 mg", version=2)
    change = Levelled("high", courselogs.turn("cycle 2")) if level else amended(new, "cycle 2")
    shift = Shifted(key("", "x", 2), 2 * 24 * 60)
    effects = (change, shift) if is_later else (shift, change)
    course_log = replace(log(old, *effects), arm="low")
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    result = replay(old if level else new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [day for day, _ in rows(result, "x")] == ["12-01", "12-17", "12-31", "01-14"]


def test_a_shift_ends_where_another_text_begins_a_repeat_of_its_own() -> None:
    """Every two days from day 15, five times: 15 to 23. By the new text again from day 29 on.

    A shift of day 17 by a day moves what is left of its own repeat, by whichever text: days 18,
    20, 22 and 24. Danger: another repeat moved with it, or the rest of its own left where it was.
    """
    every = "repeat: {times: 5, every: 2 days}"
    old = _beside_cycles(f"day: 15, {every}")
    new = _beside_cycles(f"day: [15, 29], {every}", version=2)
    shift = Shifted(key("", "x", 2), 24 * 60)
    course_log = replace(log(old, shift, amended(new, "cycle 2")), arm="low")
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    result = replay(new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [day for day, _ in rows(result, "x")] == [
        *("12-15", "12-18", "12-20", "12-22", "12-24"),
        *("12-29", "12-31", "01-02", "01-04", "01-06"),
    ]


@pytest.mark.parametrize(
    ("days", "start", "expected"),
    [
        ("[1, 15, 22, 43]", "cycle 2", ["12-01", "12-15", "12-22", "01-14"]),
        ("[1, 8, 15, 29, 43]", None, ["12-01", "12-08", "12-15", "12-31", "01-14"]),
        ("[1, 15]", "cycle 2", ["12-01", "12-15"]),
    ],
)
def test_a_shift_moves_the_doses_that_another_text_has_on_the_same_days(
    days: str, start: str | None, expected: list[str]
) -> None:
    """Dose 3, of day 29, and dose 4, of day 43, by two days: 31 December and 14 January.

    Danger: another dose put off in their place, because it now has the number of the first.
    """
    old, new = _beside_cycles(_LISTED), _beside_cycles(f"day: {days}", version=2)
    shift = Shifted(key("", "x", 3), 2 * 24 * 60)
    course_log = replace(log(old, shift, amended(new, start)), arm="low")
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    result = replay(new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [day for day, _ in rows(result, "x")] == expected
    cautioned = "shift-unused" in [one.code for one in of_course.log_cautions(result)]
    assert cautioned == (days == "[1, 15]"), "nothing is left that it could move"


@pytest.mark.parametrize(
    ("before", "after", "expected", "cautioned"),
    [
        ("day: [1, 15, 35]", "day: [1, 18, 38]", ["12-01", "12-17", "01-09"], False),
        (_LISTED, _REPEATED, ["12-01", "12-17", "12-29", "01-12"], True),
    ],
)
def test_a_shift_that_reaches_no_dose_of_another_text_is_cautioned(
    before: str, after: str, expected: list[str], *, cautioned: bool
) -> None:
    """Day 15 by two days. Day 38, by the new text, is another of its listed days: day 40.

    The same days by a repeat are not the listed days any more, and stay. Danger: in silence.
    """
    old, new = _beside_cycles(before), _beside_cycles(after, version=2)
    shift = Shifted(key("", "x", 2), 2 * 24 * 60)
    course_log = replace(log(old, shift, amended(new, "cycle 2")), arm="low")
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    result = replay(new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [day for day, _ in rows(result, "x")] == expected
    codes = [one.code for one in of_course.log_cautions(result)]
    assert ("shift-unused" in codes) == cautioned


def test_a_shift_of_a_dose_given_on_through_a_delay_stays_in_another_text() -> None:
    """Daily for 21 days, and on for the 5 days of the delay: dose 22, on 22 December, at noon."""
    body = (
        "blocks:\n  - block: cycle\n    repeat: {times: 3, every: 21 days}\n    doses:\n"
        "      - {drug: x, amount: %s, route: SC, day: 1, repeat: {times: 21, every: 1 day},\n"
        "         during_delay: continue}\n"
    )
    old, new = text(body % "1 mg"), text(body % "2 mg", 2)
    delay = Delayed(courselogs.turn("cycle 2"), 5)
    shift = Shifted(key("cycle 1", "x", 22), 240)
    result = course(old, new, delay, shift, amended(new, "cycle 3"))
    times = [f"{row.administration.when:%m-%d %H:%M}" for row in result.rows]
    assert times[20:24] == ["12-21 08:00", "12-22 12:00", "12-23 12:00", "12-24 12:00"]


def test_a_shift_of_a_dose_that_another_text_gives_no_more_is_cautioned() -> None:
    """Day 15 was put off, and days 29 and 43 with it; from day 22 on z is given in place of x.

    Danger: z on days 29 and 43, nearer to what was put off, in silence.
    """
    old = _beside_cycles(_LISTED)
    body = f"doses: [{{drug: z, amount: 1 mg, route: SC, {_LISTED}}}]\n{cycles(times=3)}"
    new = text(f"arms: {{low: Low, high: High}}\n{body}", 2)
    shift = Shifted(key("", "x", 2), 2 * 24 * 60)
    course_log = replace(log(old, shift, amended(new, "cycle 2")), arm="low")
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    result = replay(new, course_log, datetime.fromisoformat("2026-01-01"), texts)
    assert [day for day, _ in rows(result, "x")] == ["12-01", "12-17"]
    (caution,) = (one for one in of_course.log_cautions(result) if one.code == "shift-unused")
    assert caution.text == (
        "the shift of x dose 2 moves no dose of the text or arm that follows; if it should, shift "
        "that dose too"
    )


def test_a_text_of_another_measure_than_an_amount_that_was_set_is_refused() -> None:
    """Danger: `'IU' cannot be converted to 'mg'`, of which nobody knows what to do about it.

    A share is one of any amount, and a dose that is not stated has none to be another than.
    """
    new, unstated = text(cycles("9 IU"), 2), text(cycles("not stated"), 2)
    to = Reduced("examplumab", Quantity(D(1), "mg"), courselogs.turn("cycle 2"))
    assert refusal(OLD, new, "cycle 2", to) == (
        "cycle.examplumab is measured in IU, and entry 1 sets examplumab to 1 mg; undo that entry "
        "first"
    )
    for other, unchanged in ((new, to._replace(to=D(50))), (unstated, to)):
        assert course(OLD, other, unchanged, amended(other, "cycle 2")).rows


@pytest.mark.parametrize(
    ("start", "effects", "message"),
    [
        ("cycle 1", (Given((key("cycle 1", "examplumab", 1),)),), "cycle 1 has begun: row 1"),
        ("cycle 1", (held("cycle 1", "examplumab", [1]),), "is held; name a later block (--from)"),
        (None, (Given((key("cycle 1", "examplumab", 1),)),), "the course has begun: row 1"),
        ("cycle 9", (), "no block turn of the new text is called 'cycle 9'"),
    ],
)
def test_a_turn_that_has_begun_is_not_amended(
    start: str | None, effects: Any, message: str
) -> None:
    """A row that was given keeps the prescription that it was given by."""
    assert message in refusal(OLD, text(cycles("2 mg"), 2), start, *effects)


def test_no_turn_comes_in_before_one_that_has_begun() -> None:
    """A turn that was passed over is recorded no later than the one that follows it."""
    steps = (held("cycle 3", "examplumab", [1]), courselogs.given("cycle 4", "examplumab", [1]))
    assert refusal(OLD, BOOSTED, "cycle 2/boost 1", *steps) == (
        "cycle 2, boost 1 would come before cycle 3, which has recorded doses; name a later block "
        "(--from)"
    )


def test_a_text_that_leaves_no_dose_is_refused_with_what_to_do() -> None:
    """Danger: "give more turns", which no log can, of an entry that was to be refused."""
    old = text("arms: {low: Low, high: High}\n" + cycles(), 1)
    body = "arms: {low: Low, high: High}\n" + cycles().replace("SC,", "SC, arm: high,")
    new, somebody = text(body, 2), Patient(weight=D(70))
    tail = "no dose would be left; name a later block (--from), or end the course: il2calc log stop"
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    for start, place in (("cycle 1", "cycle 1"), (None, "day 1")):
        with pytest.raises(Refused) as caught:
            admit(old, log(old, arm="low", patient=somebody), entry(amended(new, start)), texts)
        assert str(caught.value) == f"the text gives nothing from {place} on, so {tail} S-07.yaml"
    high = log(new, arm="high", patient=somebody)
    with pytest.raises(Refused, match="arm low gives nothing from cycle 1 on, so no dose would"):
        admit(new, high, entry(Levelled("low", courselogs.turn("cycle 1"))))


def test_a_text_that_numbers_its_days_differently_is_refused() -> None:
    """Day 1 would be another day."""
    new = text("numbering: with day 0\n" + cycles(), 2)
    assert "counts days differently" in refusal(OLD, new, "cycle 2")


def test_a_turn_within_a_turn_that_the_old_text_lacks_is_named_by_the_outer_one() -> None:
    """The old text gives it no day to begin on."""
    new = text(
        "blocks:\n"
        "  - block: course\n"
        "    repeat: {times: 2, every: 21 days}\n"
        "    blocks:\n"
        "      - {block: cycle, doses: [{drug: examplumab, amount: 1 mg, route: SC, day: 1}]}\n",
        2,
    )
    assert "the old text has no course 1" in refusal(OLD, new, "course 1/cycle 1")


def test_a_text_that_nobody_read_is_refused() -> None:
    """A log alone does not say what its texts mean."""
    new = text(cycles("2 mg"), 2)
    with pytest.raises(Refused, match="the text of version 2 is not available"):
        admit(OLD, log(OLD), entry(amended(new, "cycle 2")))


# What was recorded


BASE = datetime(2025, 12, 1, 8)  # noqa: DTZ001 - local time


def recorded(numbers: list[int], amounts: list[str]) -> Given:
    """Doses of the first cycles with what was given of each."""
    keys = [key(f"cycle {(n + 1) // 2}", "examplumab", 2 - n % 2) for n in numbers]
    portions = [
        Portion(Quantity(D(amount), "mg"), "SC", BASE.replace(day=1 + n))
        for n, amount in zip(numbers, amounts, strict=True)
    ]
    return Given(tuple(keys), portions=tuple(portions))


@settings(max_examples=30, deadline=None)
@given(
    amounts=st.lists(st.decimals("0.1", "9", places=1), min_size=1, max_size=6),
    new_amount=st.integers(1, 9),
    every=st.sampled_from(["14 days", "21 days", "35 days"]),
    beyond=st.integers(0, 1),
)
def test_no_amendment_changes_what_was_given(
    amounts: list[D], new_amount: int, every: str, beyond: int
) -> None:
    """No given row, no given total and no intensity of begun turns, whatever the new text says."""
    old = text(cycles(times=5))
    effect = recorded(list(range(1, len(amounts) + 1)), [str(amount) for amount in amounts])
    before = course(old, old, effect)
    new = text(cycles(f"{new_amount} mg", every, times=5), 2)
    given_count = (len(amounts) + 1) // 2
    after = course(old, new, effect, amended(new, f"cycle {given_count + 1 + beyond}"))

    def given_part(course: Course) -> Any:
        given_rows = [row.recorded for row in course.rows if row.recorded.state == "given"]
        totals = [tally.given for tally in course.progress]
        return given_rows, totals[-1], [one for one in intensities(course) if one.turns]

    assert given_part(before)[:2] == given_part(after)[:2]
    was, now = given_part(before)[2], given_part(after)[2]
    assert [(one.planned, one.given, one.relative) for one in was] == [
        (one.planned, one.given, one.relative) for one in now
    ]


def test_an_unplanned_dose_stays_when_its_turn_is_removed() -> None:
    """Cycle 4 of 21 days begins on 2 February; of the new text there are three cycles.

    Range and delay are calculated without a turn that is no more.
    """
    added = Extra("examplumab", Quantity(D(1), "mg"), datetime(2026, 2, 5, 12), "SC")  # noqa: DTZ001
    old = text(cycles(every="21 to 24 days"))
    new = text(cycles("2 mg", "21 to 24 days", 3), 2)
    steps = (added, amended(new, "cycle 2"), Delayed(courselogs.turn("cycle 3"), 1))
    result = course(old, new, *steps, as_of="2026-02-10")
    assert [amount for _, amount in rows(result)] == ["1", "1", "2", "2", "2", "2", "1"]


ONE_AND_MORE = text(
    cycles("10 mg/kg", times=1) + "  - block: more\n"
    "    repeat: {times: 2, every: 7 days}\n"
    "    doses: [{drug: examplumab, amount: 5 mg/kg, route: SC, day: 1}]\n",
    4,
)
"""Its cycle 1 lasts 21 days; more 1 begins on day 22, where cycle 2 did."""


def test_entries_for_a_removed_turn_apply_to_the_turn_that_replaces_it() -> None:
    """Danger: reduced for toxicity and put off, and given whole at once, in silence.

    5 mg/kg x 50 kg x 80 % = 200 mg, on 29 December instead of 22, and a week later. Nothing takes
    the place of cycle 4, of 2 February: there more 2 is over.
    """
    lighter = Weighed(D(50), date(2025, 12, 2), courselogs.turn("cycle 2"))
    less = Reduced("examplumab", D(80), courselogs.turn("cycle 2"))
    none = Reduced("examplumab", D(10), courselogs.turn("cycle 4"))
    waits = [Delayed(courselogs.turn(f"cycle {number}"), 7) for number in (2, 4)]
    change = amended(ONE_AND_MORE, "more 1")
    result = course(BY_WEIGHT, ONE_AND_MORE, lighter, less, none, *waits, change)
    texts = {caution.code: caution.text for caution in of_course.log_cautions(result)}
    assert texts["reduced-unused"] == (
        "the reduction of examplumab to 10 % (entry 3) changes no dose: it has no dose from cycle "
        "4 on"
    )
    assert texts["delay-unused"] == (
        "the delay of cycle 4 moves nothing: that turn no longer exists, and none takes its place"
    )
    assert rows(result) == [
        ("12-01", "700"),
        ("12-08", "700"),
        ("12-29", "200"),
        ("01-05", "200"),
    ]


def test_entries_apply_again_where_they_were_entered_when_a_text_returns() -> None:
    """Danger: reduced and put off, and given whole at once, since a text in between had no cycle 2.

    Cycle 2 begins on 22 December, a week later: 10 mg/kg x 50 kg x 80 % = 400 mg from then on.
    """
    entered = (
        Weighed(D(50), date(2025, 12, 2), courselogs.turn("cycle 2")),
        Reduced("examplumab", D(80), courselogs.turn("cycle 2")),
        Delayed(courselogs.turn("cycle 2"), 7),
    )
    away, back = amended(ONE_AND_MORE, "more 1"), amended(BY_WEIGHT, "cycle 2")
    expected = [
        *(("12-01", "700"), ("12-08", "700"), ("12-29", "400"), ("01-05", "400")),
        *(("01-19", "400"), ("01-26", "400"), ("02-09", "400"), ("02-16", "400")),
    ]
    assert rows(course(BY_WEIGHT, ONE_AND_MORE, *entered, away, back)) == expected


def test_entries_for_a_block_beside_apply_to_the_block_that_replaces_it() -> None:
    """Danger: 3 mg on 22 December in place of 1.5 mg on 24 December, in silence."""

    def beside(name: str, amount: str) -> str:
        dose = f"{{drug: otherumab, amount: {amount}, route: SC, day: 1}}"
        return f"  - block: {name}\n    day: 22\n    doses: [{dose}]\n"

    old, new = (
        text(cycles(times=2, more=beside(*side)), version)
        for version, side in enumerate((("side", "1 mg"), ("aside", "3 mg")), 5)
    )
    less = Reduced("otherumab", D(50), courselogs.turn("side 1"))
    waits = Delayed(courselogs.turn("side 1"), 2)
    result = course(old, new, less, waits, amended(new, "cycle 2"))
    assert rows(result, "otherumab") == [("12-24", "1.5")]


def test_a_delay_of_a_removed_block_beside_moves_nothing() -> None:
    """What is placed by day pushes no other block back; a caution says that it has no effect."""
    side = (
        "  - block: side\n    day: 22\n"
        "    doses: [{drug: otherumab, amount: 1 mg, route: SC, day: 1}]\n"
    )
    beside = text(cycles("10 mg/kg", times=2, more=side), 5)
    waits = Delayed(courselogs.turn("side 1"), 7)
    result = course(beside, ONE_AND_MORE, waits, amended(ONE_AND_MORE, "more 1"))
    assert [day for day, _ in rows(result)][2:] == ["12-22", "12-29"]
    assert "delay-unused" in [caution.code for caution in of_course.log_cautions(result)]


def test_doses_given_in_removed_turns_stay_given() -> None:
    """Danger: a dose that was given is reported as not given, and is planned around.

    Cycles 3 and 4 begin on 12 January and 2 February. By the new text cycle 2 is the last, and
    lasts until 1 February: the first dose is in it, beside two of the plan, the other in none.
    """
    new = text(cycles("2 mg", "42 days", 2), 2)
    added = [
        Extra("examplumab", Quantity(D(amount), "mg"), datetime.fromisoformat(f"{day} 10:00"), "SC")
        for amount, day in ((3, "2026-01-20"), (5, "2026-02-10"))
    ]
    result = course(OLD, new, *added, amended(new, "cycle 2"), as_of="2026-03-01")
    given_ones = [row for row in result.rows if row.recorded.state == "given"]
    assert [(row.key.turns, row.key.number, row.recorded.value) for row in given_ones] == [
        (courselogs.turn("cycle 2"), 3, D(3)),
        ((), 1, D(5)),
    ]
    assert [(one.given.doses, one.given.value) for one in result.progress] == [
        *((0, D(0)), (1, D(3)), (2, D(8))),
    ]
    texts = [
        caution.text for caution in of_course.log_cautions(result) if caution.code == "unplanned"
    ]
    assert [text.partition(",")[0] for text in texts] == [
        "row 5: examplumab 3 mg",
        "row 6: examplumab 5 mg",
    ]


DRAWN = """
blocks:
  - block: course
    blocks:
      - block: cycle
        repeat: {{times: {times}, every: 7 days}}
        doses: [{{drug: x, amount: 1 mg, route: SC, day: 1 to 7, during_delay: continue}}]
      - block: beside
        day: 8
        repeat: {{times: 3, every: 7 days}}
        doses: [{{drug: y, amount: 1 mg, route: SC, day: 1}}]
"""


def test_a_dose_given_through_a_delay_needs_the_delayed_turn() -> None:
    """Danger: a dose that was given is lost. Dose 8 of cycle 1 is on day 8 since cycle 2 waits.

    It was to begin on that day, as the first turn of what runs beside the cycles. Of the text that
    comes with that turn there is one cycle; of another one there are three.
    """
    where, beside = "course 1/cycle 1", "course 1/beside 1"
    delay = Delayed(courselogs.turn("course 1/cycle 2"), 3)
    steps = (courselogs.given(where, "x", range(1, 8)), delay, courselogs.given(where, "x", [8]))
    old = text(DRAWN.format(times=4))
    one, three = (text(DRAWN.format(times=times), 2) for times in (1, 3))
    with pytest.raises(FaultyFile, match=r"row 8 .*\(entry 3\), and the plan by the text"):
        course(old, one, *steps, amended(one, beside))
    result = course(old, three, *steps, amended(three, beside))
    assert [row.recorded.state for row in result.rows if row.key.drug == "x"][:8] == ["given"] * 8


def test_the_first_turn_after_all_that_was_recorded_is_where_a_change_begins() -> None:
    """Nothing recorded: the whole course. All begun: nowhere."""
    course_log = log(OLD, held("cycle 2", "examplumab", [1]))
    assert first_unbegun(log(OLD)) is None
    assert first_unbegun(course_log) == (("cycle", 3),)
    last = log(OLD, held("cycle 4", "examplumab", [1]))
    with pytest.raises(Refused, match="every block turn of the course has begun"):
        first_unbegun(last)


def test_a_delayed_turn_may_come_after_all_that_was_recorded() -> None:
    """Daily doses were given until day 24; cycle 2 was planned on day 22 and is on day 29."""
    old = text(DAILY.format(amount="1 mg") + cycles(times=2))
    given = Given(tuple(key("", "dailumab", number) for number in range(1, 25)))
    course_log = log(old, Delayed(courselogs.turn("cycle 2"), 7), given)
    assert first_unbegun(course_log, old) == (("cycle", 2),)


def test_one_dose_in_no_block_may_be_all_that_was_recorded() -> None:
    """It was given on day 1, on which cycle 1 begins too: the change begins with cycle 2."""
    old = text(DAILY.format(amount="1 mg") + cycles(times=2))
    course_log = log(old, Given((key("", "dailumab", 1),)))
    assert first_unbegun(course_log, old) == (("cycle", 2),)


def first_unbegun(log: Log, old: Regimen = OLD) -> Chain | None:
    """The first turn of a log of the old text after everything that it records."""
    state = state_of(old, log)
    return first_unbegun_turn(state.now, (*state.given, *state.held))


# Measures that the log was not begun with

BY_WEIGHT, BY_SURFACE = text(cycles("10 mg/kg")), text(cycles("300 mg/m2"), 2)
TALL = Weighed(D(80), date(2025, 12, 10), courselogs.turn("cycle 3"), height=D(180))
"""80 kg and 180 cm: the square root of 80 x 180 / 3600 is 2 m2 (Mosteller)."""


def lacking(old: Regimen, new: Regimen, *effects: Effect, start: str | None = "cycle 3") -> str:
    """What an amendment is refused with."""
    course_log = log(old, *effects, patient=Patient(weight=D(70)))
    texts = {regimen.origin.sha256: regimen for regimen in (old, new)}
    with pytest.raises((MissingInput, Refused)) as refused:
        admit(old, course_log, entry(amended(new, start)), texts)
    return str(refused.value)


def test_a_later_text_uses_what_was_measured_since() -> None:
    """10 mg/kg x 70 kg = 700 mg; from cycle 3 on 300 mg/m2 x 2 m2 = 600 mg.

    Danger: a course that cannot follow its protocol, for nobody asked for a height at its start.
    """
    result = course(BY_WEIGHT, BY_SURFACE, TALL, amended(BY_SURFACE, "cycle 3"))
    assert [amount for _, amount in rows(result)] == ["700"] * 4 + ["600"] * 4
    (total,) = (tally for tally in result.progress if not tally.turns)
    assert total.planned.value == D(4 * 700 + 4 * 600)


def test_the_intensity_of_a_later_text_is_by_its_own_measure() -> None:
    """All doses of cycles 1 to 3 given as planned: 100 % of 600 mg/m2 in cycle 3."""
    early = [courselogs.given(f"cycle {cycle}", "examplumab", [1, 2]) for cycle in (1, 2)]
    late = [courselogs.given("cycle 3", "examplumab", [1, 2])]
    change = amended(BY_SURFACE, "cycle 3")
    result = course(BY_WEIGHT, BY_SURFACE, *early, TALL, change, *late, as_of="2026-02-01")
    shares = {
        intensity.turns: (intensity.basis, intensity.given, intensity.share)
        for intensity in intensities(result)
    }
    assert shares[courselogs.turn("cycle 3")] == ("m2", D(600), D(100))
    assert shares[courselogs.turn("cycle 1")] == ("kg", D(20), D(100))


def test_a_text_that_needs_a_measure_names_the_verb_that_enters_it() -> None:
    """Danger: `give --height` of a verb that has no such option."""
    hint = "give the measure first, such as il2calc log weigh S-07.yaml"
    assert lacking(BY_WEIGHT, BY_SURFACE) == (
        f"examplumab is dosed per m2: {hint} --height 170 --on DATE --use-from 'cycle 3'"
    )
    assert lacking(BY_WEIGHT, BY_SURFACE, start=None).endswith("--use-from 'cycle 1'")
    noted = TALL._replace(use_from=None)
    assert hint in lacking(BY_WEIGHT, BY_SURFACE, noted), "a note changes no dose"
    assert lacking(BY_WEIGHT, text(cycles("5 AUC"), 3)).endswith(
        "--gfr 90 --on DATE --use-from 'cycle 3'"
    )
    more = "  - {block: extra, doses: [{drug: examplumab, amount: 5 AUC, route: IV, day: 1}]}\n"
    beyond = text(cycles("10 mg/kg") + more, 3)
    assert lacking(BY_WEIGHT, beyond, start="extra 1").endswith("--use-from 'cycle 1'"), (
        "a block that only the new text has takes no weighing yet"
    )


def test_no_entry_brings_a_sex() -> None:
    """An ideal weight is by height and sex; a log keeps the sex that it was started with."""
    ideal = text(cycles("10 mg/kg, weight: ideal"), 2)
    assert lacking(BY_WEIGHT, ideal, TALL) == (
        "examplumab is dosed by ideal weight, and a log keeps the sex that it was started with; "
        "start a new log"
    )


def test_doses_as_needed_are_calculated_with_the_latest_body_too() -> None:
    """300 mg/m2 x 2 m2 = 600 mg, as needed, in a text that has nothing else per m2."""
    needed = (
        "      - {drug: otherumab, amount: 300 mg/m2, route: SC, day: 1 to 3, as_needed: yes, "
        "at: up to 3 times a day}\n"
    )
    plan = cycles("10 mg/kg").replace("doses: [", "doses:\n      - ").replace("]}]\n", "]}\n")
    new = text(plan + needed, 2)
    assert lacking(BY_WEIGHT, new).startswith("otherumab is dosed per m2")
    result = course(BY_WEIGHT, new, TALL, amended(new, "cycle 3"))
    assert [row.dosed.value for row in result.schedule.as_needed] == [D(600)]


def test_a_measure_that_a_later_text_rests_on_is_not_undone() -> None:
    """The amendment that would fall is named."""
    course_log = log(BY_WEIGHT, TALL, amended(BY_SURFACE, "cycle 3"), patient=Patient(weight=D(70)))
    texts = {regimen.origin.sha256: regimen for regimen in (BY_WEIGHT, BY_SURFACE)}
    with pytest.raises(Refused, match="entry 1 cannot be undone while entry 2 depends on it: exam"):
        admit(BY_SURFACE, course_log, entry(Undone(1)), texts)


# On the command line


def test_a_changed_file_is_accepted_once_its_measure_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weighing is entered by the text before, and says so; then the change is accepted.

    Danger: no verb goes on, for the measure needs the new text and the new text the measure.
    """
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "example.yaml"
    path.write_text(HEAD.format(version=1) + cycles("10 mg/kg"), encoding="utf-8")
    begin = ("--regimen", "./example.yaml", "--weight", "70", "--start", "2025-12-01")
    assert run("log", "start", "S.yaml", *begin).code == 0
    path.write_text(HEAD.format(version=2) + cycles("300 mg/m2"), encoding="utf-8")
    accept = ("--as-of", "2025-12-01 20:00", "--accept-regimen")
    refused = run("log", "given", "S.yaml", "1", *accept)
    assert "il2calc log weigh S.yaml --height 170 --on DATE --use-from 'cycle 1'" in refused.err
    assert run("replan", "S.yaml", "--accept-regimen").code == 1
    measured = ("80 kg", "--height", "180", "--on", "2025-12-01", "--use-from", "cycle 1")
    weighed = run("log", "weigh", "S.yaml", *measured, *accept)
    assert weighed.code == 0
    assert "the change of the regimen file is not accepted yet" in weighed.err
    assert [type(entry.effect) for entry in load_log("S.yaml").entries] == [Weighed]
    result = run("log", "given", "S.yaml", "1", *accept)
    assert result.code == 0
    assert "(row 1, 2025-12-01 08:00, 600 mg)" in result.out


@pytest.fixture
def bolus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the bolus regimen and a log of its first cycle, all 15 given."""
    monkeypatch.chdir(tmp_path)
    shipped = Path(load_regimen("npc-bolus").origin.file).read_text(encoding="utf-8")
    (tmp_path / "npc.yaml").write_text(shipped, encoding="utf-8")
    begin = ("--regimen", "./npc.yaml", "--weight", "70", "--start", "2025-12-01")
    assert run("log", "start", "S-07.yaml", *begin).code == 0
    assert run("log", "given", "S-07.yaml", "1-15", "--as-of", "2025-12-08").code == 0
    less = shipped.replace("72_000", "60_000").replace("version: 1", "version: 2")
    (tmp_path / "npc.yaml").write_text(less, encoding="utf-8")
    return tmp_path


def amounts(*more: str) -> list[str]:
    """What was given, or else is planned, row by row."""
    result = run("replan", "S-07.yaml", "--as-of", "2025-12-08", "--format", "csv", *more)
    read = csv.DictReader(result.out.splitlines())
    return [row["given_amount"] or row["amount"] for row in read]


def test_a_file_that_was_signed_is_the_same_file(bolus: Path) -> None:
    """Its bytes are others, its meaning is not: nobody is asked whether to go on.

    What follows is by the text in the log, with the reviews that the file has now.
    """
    texts = load_log("S-07.yaml").texts()
    path = bolus / "npc.yaml"
    path.write_bytes(next(text for _, text in texts.values()))
    assert run("sign", "npc.yaml", "--name", "A Reader", "--role", "pharmacist").code == 0
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"# a remark\r\n")
    result = run("replan", "S-07.yaml", "--as-of", "2025-12-08")
    assert result.code == 0
    assert "regimen file" not in result.err
    assert "review   Reviewed by A Reader (pharmacist)" in result.out
    assert "kept in S-07.yaml, SHA-256" in result.out
    before = len(load_log("S-07.yaml").entries)
    assert run("log", "hold", "S-07.yaml", "16", "--as-of", "2025-12-13").code == 0
    assert len(load_log("S-07.yaml").entries) == before + 1, "the file was not amended with it"
    path.write_bytes(path.read_bytes().replace(b"72_000", b"60_000"))
    assert run("replan", "S-07.yaml", "--as-of", "2025-12-08").code == 1


@pytest.mark.hazard(6)
def test_an_accepted_change_does_not_touch_given_doses(bolus: Path) -> None:
    """15 doses at 72,000 units/kg for 70 kg: 5.04 million units each, 1,080,000 units/kg in all.

    From cycle 2 on 60,000 units/kg are 4.2 million units.
    """
    before = (bolus / "S-07.yaml").read_bytes()
    assert run("replan", "S-07.yaml").code == 1
    assert amounts("--accept-regimen") == ["5040000"] * 15 + ["4200000"] * 45
    result = run("intensity", "S-07.yaml", "--as-of", "2025-12-08", "--accept-regimen")
    assert "15 of 15 doses: 1.08 of 1.08 million units/kg (100 %)" in result.out
    assert (bolus / "S-07.yaml").read_bytes() == before
    output = run("replan", "S-07.yaml", "--as-of", "2025-12-08", "--accept-regimen")
    assert "log      S-07.yaml, 1 entry" in output.out
    assert "before   rows 1 to 15: version 1, ./npc.yaml, kept in S-07.yaml" in output.out
    assert "from course 1, cycle 2 (accepted here, not entered)" in output.out
    assert (
        "the regimen file is another one from course 1, cycle 2 on: version 1 then, 2" in output.err
    )


def test_a_change_accepted_with_an_entry_is_written_to_the_log(bolus: Path) -> None:
    """With the whole new text: from then on only a further change needs to be accepted."""
    result = run(
        *("log", "delay", "S-07.yaml", "course 1/cycle 2", "--by", "2 days"),
        *("--as-of", "2025-12-09", "--accept-regimen"),
    )
    assert result.code == 0
    assert "amend: {regimen: " in (bolus / "S-07.yaml").read_text(encoding="utf-8")
    assert amounts() == ["5040000"] * 15 + ["4200000"] * 45
    output = run("replan", "S-07.yaml", "--as-of", "2025-12-09").out
    assert "from course 1, cycle 2 (entry 2, as of 2025-12-09 23:59, entered " in output
    changed = (bolus / "npc.yaml").read_text(encoding="utf-8").replace("60_000", "50_000")
    (bolus / "npc.yaml").write_text(changed, encoding="utf-8")
    refused = run("replan", "S-07.yaml")
    assert "is not the one that the log follows now: version 2 both times" in refused.err
    assert amounts("--accept-regimen") == ["5040000"] * 15 + ["3500000"] * 45


def test_an_amount_is_recorded_with_route_and_time(bolus: Path) -> None:
    """15 equal doses are one run."""
    assert (
        "    recorded: {amount: 5.04 million IU, route: IV bolus, at: 2025-12-01 08:00, "
        "doses: 15, every: 8 hours}\n"
    ) in (bolus / "S-07.yaml").read_text(encoding="utf-8")


def test_doses_of_an_older_log_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in it says how much was given: the planned amount is used."""
    monkeypatch.chdir(tmp_path)
    npc = load_regimen("npc-bolus")
    (tmp_path / "S-01.yaml").write_text(
        f"log: S-01\nregimen: npc-bolus\nversion: 1\nsha256: {npc.origin.sha256}\n"
        'weight: 70 kg\nstart: 2025-12-01\nat: "08:00"\nentries:\n'
        "  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 1 to 2}\n"
        "    entered: 2025-12-03 09:00\n",
        encoding="utf-8",
    )
    output = run("replan", "S-01.yaml", "--as-of", "2025-12-03").out
    assert "rows 1, 2: amount calculated, not recorded" in " ".join(output.split())
    run("log", "given", "S-01.yaml", "3", "--as-of", "2025-12-03")
    output = run("replan", "S-01.yaml", "--as-of", "2025-12-03").out
    assert "rows 1, 2: amount calculated, not recorded" in " ".join(output.split())


OF_OLD = """\
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 1 to 2}
    entered: 2025-12-03 09:00
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 3, amount: 5 million IU}
    entered: 2025-12-03 09:00
"""


@pytest.fixture
def old_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a log of the older form, S-01: of two doses it does not say how much was given.

    Of the third it does, and the fourth is entered now.
    """
    monkeypatch.chdir(tmp_path)
    run("new", "mine.yaml", "--from", "npc-bolus")
    file = (tmp_path / "mine.yaml").read_bytes()
    (tmp_path / "S-01.yaml").write_text(
        f"log: S-01\nregimen: ./mine.yaml\nversion: 1\nsha256: {hashlib.sha256(file).hexdigest()}\n"
        f'weight: 70 kg\nstart: 2025-12-01\nat: "08:00"\nentries:\n{OF_OLD}',
        encoding="utf-8",
    )
    return tmp_path


@pytest.mark.usefixtures("old_log")
def test_exactly_the_amounts_that_are_calculated_are_marked() -> None:
    """Rows 1 and 2; the entry of row 3 holds its amount, that of row 4 amount and time.

    In data, calendars, event tables and dose intensity too: who reads them has no table beside.
    """
    assert run("log", "given", "S-01.yaml", "4", "--as-of", "2025-12-03").code == 0
    show = ("replan", "S-01.yaml", "--as-of", "2025-12-03", "--format")
    mark = "mount calculated, not recorded"
    assert f"rows 1, 2: a{mark}: the log does not say how much was given" in " ".join(
        run(*show, "table").out.split()
    )
    lines = list(csv.DictReader(run(*show, "csv").out.splitlines()))
    assert [row["reckoned"] for row in lines[:5]] == ["true", "true", "false", "false", "false"]
    listed = loads(run(*show, "json").out)["administrations"]
    assert [row["reckoned"] for row in listed[:5]] == [True, True, False, False, False]
    events = run(*show, "ics").out.replace("\r\n ", "").replace("\\,", ",")
    assert events.count(f"A{mark}") == 2
    assert run(*show, "fhir").out.count(f'"a{mark}"') == 2
    message = f"event table, rows 1, 2: a{mark}; AMT is the planned amount"
    assert message in run(*show, "events").err
    for form in ("table", "json", "csv"):
        result = run("intensity", "S-01.yaml", "--as-of", "2025-12-03", "--format", form)
        assert f"rows 1, 2: a{mark}" in " ".join((result.out + result.err).split()), form


def test_a_dose_entered_with_a_changed_file_is_not_marked_as_calculated(old_log: Path) -> None:
    """Its amount and its time are written with it; rows 1 and 2 have neither, row 3 no time."""
    file = old_log / "mine.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("72_000", "60_000"), encoding="utf-8")
    result = run("log", "given", "S-01.yaml", "4", "--as-of", "2025-12-03", "--accept-regimen")
    assert result.code == 0, result.err
    restated = [
        line
        for line in result.err.splitlines()
        if "calculated from the present regimen file" in line
    ]
    assert [line.partition(": entered")[0] for line in restated] == [
        "caution: rows 1, 2",
        "caution: row 3",
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # The held dose of day 50 begins nothing: cycle 2 is the first that is by the new file.
        ("[1, 8]", ["1", "1", "2", "2", "2", "2", "2", "2"]),
        # The new file has no second dose: cycle 3, with the held one, keeps the old text.
        ("[1]", ["1", "1", "1", "1", "1", "1", "2"]),
    ],
)
def test_a_changed_file_is_accepted_with_a_dose_that_is_held_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: str, expected: list[str]
) -> None:
    """Danger: no plan can be shown any more, since "every block turn of the course has begun"."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "example.yaml"
    file.write_text(HEAD.format(version=1) + cycles(), encoding="utf-8")
    run("log", "start", "S.yaml", "--regimen", "example.yaml", "--start", "2025-12-01")
    run("log", "given", "S.yaml", "1", "--as-of", "2025-12-02 09:00")
    held_row = "6" if days == "[1]" else "8"
    assert run("log", "hold", "S.yaml", held_row, "--as-of", "2025-12-02 09:00").code == 0
    new = cycles("2 mg").replace("[1, 8]", days)
    file.write_text(HEAD.format(version=2) + new, encoding="utf-8")
    accept = ("--as-of", "2025-12-03", "--accept-regimen", "--format", "csv")
    result = run("replan", "S.yaml", *accept)
    assert result.code == 0, result.err
    lines = list(csv.DictReader(result.out.splitlines()))
    assert [line["amount"] for line in lines] == expected
    assert [line["number"] for line in lines if line["state"] == "held"] == [held_row]


def test_an_amendment_is_entered_with_its_text(bolus: Path) -> None:
    """Given rows stay at 5.04 million units, intensity at 100 % of 1,080,000; cycle 2 has 4.2.

    By the text that the log holds, though its own file was changed as well.
    """
    (bolus / "npc-v2.yaml").write_bytes((bolus / "npc.yaml").read_bytes())
    amend = ("log", "amend", "S-07.yaml", "--regimen", "npc-v2.yaml")
    on = ("--reason", "amendment 2", "--as-of", "2025-12-09")
    refused = run(*amend, "--from", "course 1/cycle 1", *on)
    assert "course 1, cycle 1 has begun: row 1 " in refused.err
    refused = run(*amend, "--from", "course 9/cycle 1", *on)
    assert "no block turn of the new text is called 'course 9/cycle 1'" in refused.err
    assert "the course has begun: row 1 " in run(*amend, *on).err
    result = run(*amend, "--from", "course 1/cycle 2", *on)
    assert "from course 1, cycle 2 (from row 16, 2025-12-13 08:00: 4.2 million units)" in result.out
    assert amounts() == ["5040000"] * 15 + ["4200000"] * 45
    output = run("intensity", "S-07.yaml", "--as-of", "2025-12-09").out
    assert "15 of 15 doses: 1.08 of 1.08 million units/kg (100 %)" in output
    assert run("log", "undo", "S-07.yaml", "--accept-regimen").code == 0
    assert run(*amend[:-1], "-").code == 2


def test_an_amendment_that_is_undone_leaves_no_trace_in_a_table(bolus: Path) -> None:
    """But for the entries that are counted: the file was called one that the log keeps."""
    (bolus / "npc.yaml").rename("npc-v2.yaml")
    (bolus / "npc.yaml").write_bytes(Path(load_regimen("npc-bolus").origin.file).read_bytes())

    def shown() -> list[str]:
        lines = run("replan", "S-07.yaml", "--as-of", "2025-12-09").out.splitlines()
        return [line for line in lines if not line.startswith("log ")]

    before = shown()
    assert "file     npc.yaml, SHA-256" in "\n".join(before)
    amend = ("--regimen", "npc-v2.yaml", "--from", "course 1/cycle 2", "--as-of", "2025-12-09")
    assert run("log", "amend", "S-07.yaml", *amend).code == 0
    assert run("log", "undo", "S-07.yaml", "--as-of", "2025-12-09").code == 0
    assert shown() == before


@pytest.mark.parametrize(
    ("line", "given_with_it"),
    [
        ("SC, over: 2 hours", None),  # the amount alone differs: the dose keeps the 2 mg given
        ("IV bolus", "as IV bolus"),
        ("SC, over: 4 hours", "over 4 hours"),
        ("SC", ""),
    ],
)
def test_an_amendment_by_which_a_dose_was_given_is_not_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, given_with_it: str | None
) -> None:
    """Danger: a dose that was given into a vein is subcutaneous in every output from then on.

    Or it ran in 2 hours, in place of 4, and at twice the rate.
    """
    monkeypatch.chdir(tmp_path)
    for name, amount, route in (("old", "1 mg", "SC, over: 2 hours"), ("new", "2 mg", line)):
        content = HEAD.format(version=1) + cycles(amount).replace("SC", route)
        Path(f"{name}.yaml").write_text(content, encoding="utf-8")
    log, on = "S-07.yaml", ("--as-of", "2026-03-01")
    run("log", "start", log, "--regimen", "./old.yaml", "--start", "2025-12-01")
    amend = ("log", "amend", log, "--regimen", "./new.yaml", "--from", "cycle 2", *on)
    assert run(*amend).code == 0
    assert run("log", "given", log, "1-3", *on).code == 0
    columns = ("--columns", "given_amount,route,over_minutes")
    replan = ("replan", log, *on, "--format", "csv", *columns)
    before = run(*replan).out.splitlines()[1:4]
    undone = run("log", "undo", log, "1", *on)
    assert run(*replan).out.splitlines()[1:4] == before
    if given_with_it is None:
        assert undone.code == 0
        return
    assert undone.code == 1
    reason = f"row 3 (examplumab dose 1 of cycle 2) was given with it {given_with_it}".rstrip()
    assert f"{reason} (undo that one first" in undone.err
    assert run("log", "undo", log, "2", *on).code == 0
    assert run("log", "undo", log, "1", *on).code == 0


def test_a_course_of_which_nothing_has_begun_is_amended_as_a_whole(bolus: Path) -> None:
    """Without a block turn."""
    result = run("log", "undo", "S-07.yaml", "--accept-regimen", "--as-of", "2025-12-09")
    assert result.code == 0, result.err
    (bolus / "npc-v3.yaml").write_bytes((bolus / "npc.yaml").read_bytes())
    result = run("log", "amend", "S-07.yaml", "--regimen", "npc-v3.yaml")
    assert "regimen version 2, SHA-256 " in result.out
    assert ", for the whole course" in result.out
    assert set(amounts()) == {"4200000"}


def test_a_share_from_a_dose_on_continues_when_another_text_lacks_that_dose() -> None:
    """The text before gives dose 4 of cycle 2 on day 29; the new one has two, on days 22 and 29.

    Danger: the share would be lost with its dose, and the rest be given whole.
    """
    four = cycles().replace("[1, 8]", "[1, 3, 5, 8]")
    reduced = Reduced("examplumab", D(50), courselogs.turn("cycle 2/examplumab dose 4"))
    result = course(text(four), new := text(cycles(), 2), reduced, amended(new, "cycle 2"))
    amounts = [row.administration.dosed.value for row in result.rows]
    assert amounts[4:8] == [1, D("0.5"), D("0.5"), D("0.5")]  # days 22, 29, 43, 50


DEEP = """\
blocks:
  - block: course
    blocks:
      - block: cycle
        repeat: {times: 2, rest: 4 days}
        doses: [{drug: examplumab, amount: 1 mg, route: SC, day: [1, 8]}]
        blocks:
          - block: boost
            day: 8
            doses: [{drug: boostumab, amount: 1 mg, route: SC, day: DAYS}]
"""


def test_a_turn_around_a_new_one_lasts_until_all_in_it_is_over() -> None:
    """Cycle 1 is days 1 to 8 and, after 4 of rest, cycle 2 days 13 to 20.

    Its boost, of three days by the new text, is days 20 to 22: so long the course lasts too.

    Danger: a dose that no plan had, on day 11 of it, is shown in no course.
    """
    old, new = text(DEEP.replace("DAYS", "1")), text(DEEP.replace("DAYS", "1 to 3"), 2)
    between = Extra(
        "examplumab", Quantity(D(1), "mg"), datetime.fromisoformat("2025-12-11 09:00"), "SC"
    )
    result = course(old, new, amended(new, "course 1/cycle 2/boost 1"), between)
    lengths = [(turn.start, turn.length) for turn, _ in result.schedule.turns]
    assert lengths == [(0, 22), (0, 22), (0, 8), (7, 1), (12, 10), (19, 3)]
    extra = next(row for row in result.rows if row.administration.dose.unplanned)
    assert extra.key.turns == courselogs.turn("course 1")
