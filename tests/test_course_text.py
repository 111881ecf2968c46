"""An entry of a course log in words, and what it did to the course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

import pytest

import written
from courselogs import CYCLE, LATE, entry, given, held, log, turn
from courselogs import course as changes_course
from courselogs import course as tallies_course
from courselogs import key as dose_key
from filetext import a_file, loaded
from il2calc import course, load_regimen
from il2calc.course import Course, replay
from il2calc.model.effects import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.model.log import Entry, Log
from il2calc.model.patient import Patient
from il2calc.plan.calendar import chain_of
from il2calc.report import course_text
from il2calc.report.course_text import totals
from il2calc.report.words import part_of
from il2calc.units import Quantity

REGIMEN = written.regimen("""
    doses:
      - {drug: thirdumab, amount: 1 mg, route: oral, day: 1}
    blocks:
      - block: cycle
        repeat: {times: 2, every: 7 days}
        doses:
          - drug: examplumab
            amount: 2 mg/kg
            route: IV
            day: 1
            repeat: {times: 3, every: 8 hours}
          - {drug: otherumab, dose: pulse, amount: 10 mg, route: IV, day: 2}
      - block: more
        only_if: response
        repeat: {times: 2, every: 7 days}
        doses:
          - {drug: otherumab, amount: 10 mg, route: IV, day: 1, turn: 1}
    """)
"""From 2025-12-01 08:00 at 70 kg: examplumab 2 x 70 = 140 mg every 8 hours three times, otherumab
10 mg the next day; again on 2025-12-08; then, if there is a response, once more on 2025-12-15."""

FIRST: Chain = (("cycle", 1),)
SECOND: Chain = (("cycle", 2),)
MORE: Chain = (("more", 1),)


def at(day: int, hour: int = 23, minute: int = 59) -> datetime:
    return datetime.combine(date(2025, 12, day), time(hour, minute))


def key(number: int, turns: Chain = FIRST) -> DoseKey:
    """A dose of examplumab."""
    return DoseKey(turns, "examplumab", "examplumab", number)


OTHER = DoseKey(FIRST, "otherumab", "pulse", 1)


def courses(effect: Effect, *earlier: Effect) -> tuple[Entry, Course, Course]:
    """An entry of 2025-12-03, and the course before it and after it."""
    patient = Patient(weight=Decimal(70))
    log = Log("S-07.yaml", "S-07", "written", 1, "", patient, date(2025, 12, 1), 480)
    entries = [
        Entry(number, at(3), one, overridden=True)
        for number, one in enumerate((*earlier, effect), 1)
    ]
    before = course.replay(REGIMEN, replace(log, entries=tuple(entries[:-1])), at(3))
    after = course.replay(REGIMEN, replace(log, entries=tuple(entries)), at(3))
    return entries[-1]._replace(overridden=False), before, after


def sentence(effect: Effect, *earlier: Effect) -> str:
    """The line about an entry."""
    return course_text.entry_line(*courses(effect, *earlier))


GIVEN = Given((key(1), key(2)))


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            GIVEN,
            (
                "examplumab doses 1, 2 of cycle 1 given (rows 2, 3, 2025-12-01 08:00 to"
                " 2025-12-01 16:00, 140 mg each)"
            ),
        ),
        (
            Given((DoseKey((), "thirdumab", "thirdumab", 1),)),
            "thirdumab dose 1 given (row 1, 2025-12-01 08:00, 1 mg)",
        ),
        (
            Given((key(1),), at(1, 9, 30), Quantity(Decimal(100), "mg")),
            "examplumab dose 1 of cycle 1 given, 100 mg on 2025-12-01 09:30 (row 2)",
        ),
        (
            Given((key(1),), amount=Quantity(Decimal(100), "mg")),
            "examplumab dose 1 of cycle 1 given, 100 mg (row 2, 2025-12-01 08:00)",
        ),
        (
            Given((key(1),), at(1, 9, 30)),
            "examplumab dose 1 of cycle 1 given, on 2025-12-01 09:30 (row 2, 140 mg)",
        ),
        (
            Given((key(1), key(2), key(3), OTHER)),
            (
                "examplumab doses 1 to 3 of cycle 1; otherumab (pulse) dose 1 of cycle 1 given"
                " (rows 2 to 5, 2025-12-01 08:00 to 2025-12-02 08:00)"
            ),
        ),
        (
            Held((key(1), OTHER)),
            (
                "examplumab dose 1 of cycle 1; otherumab (pulse) dose 1 of cycle 1 held (rows 2, 5,"
                " 2025-12-01 08:00 to 2025-12-02 08:00)"
            ),
        ),
        (
            Shifted(key(2), 240),
            (
                "examplumab dose 2 of cycle 1 moved 4 hours later (row 3: 2025-12-01 20:00 instead"
                " of 2025-12-01 16:00, with it row 4)"
            ),
        ),
        (
            Shifted(key(3), -30),
            (
                "examplumab dose 3 of cycle 1 moved 30 minutes earlier (row 4: 2025-12-01 23:30"
                " instead of 2025-12-02 00:00)"
            ),
        ),
        (
            Delayed(SECOND, 3),
            "cycle 2 delayed by 3 days (from 2025-12-11 08:00 instead of 2025-12-08 08:00)",
        ),
        (Delayed((("more", 2),), 1), "more 2 delayed by 1 day"),
        (
            Weighed(Decimal("66.50"), date(2025, 12, 3)),
            "weight 66.5 kg on 2025-12-03, changes no dose",
        ),
        (
            Weighed(Decimal("66.5"), date(2025, 12, 3), SECOND),
            (
                "weight 66.5 kg on 2025-12-03, used from cycle 2 (from row 6, 2025-12-08 08:00:"
                " examplumab 133 mg)"
            ),
        ),
        (
            Reduced("otherumab", Decimal(75), SECOND),
            "otherumab at 75 % from cycle 2 (from row 9, 2025-12-09 08:00: 7.5 mg)",
        ),
        (Decided(MORE, given=True), "more 1 is given (from row 10, 2025-12-15 08:00: 10 mg)"),
        (Decided(MORE, given=False), "more 1 is not given (1 row no longer given)"),
        (Stopped(), "course stopped (2025-12-03 23:59, 5 rows no longer given)"),
    ],
)
def test_an_entry_names_what_it_touched(effect: Effect, expected: str) -> None:
    """So that a slip in a row number is seen at once: drug, turn, dates and amounts."""
    assert sentence(effect) == f"entry 1: {expected}"


def test_an_undoing_says_what_no_longer_counts() -> None:
    """By number alone nobody knows."""
    assert (
        sentence(Undone(1), GIVEN)
        == "entry 2: entry 1 undone: examplumab doses 1, 2 of cycle 1 given"
    )


def test_amounts_change_from_the_first_row_that_was_not_given_yet() -> None:
    """Inside a block that has begun the doses before keep theirs."""
    entered, before, after = courses(Reduced("examplumab", Decimal(75), FIRST), Given((key(1),)))
    line = course_text.entry_line(
        entered._replace(overridden=True, reason="our ward"), before, after
    )
    assert line == (
        "entry 2: examplumab at 75 % from cycle 1 (from row 3, 2025-12-01 16:00: 105 mg), although "
        "it was refused; our ward"
    )


def test_a_new_weight_names_the_first_amount_that_it_changes() -> None:
    """Danger: the flat dose of another drug read as what becomes of the one that changes.

    A flat drug is first; 2 mg/kg at 66.5 kg are 133 mg. The dose that was given keeps 140 mg.
    """
    read = loaded(
        a_file(
            "blocks:\n"
            "  - block: cycle\n"
            "    repeat: {times: 1, every: 7 days}\n"
            "    doses:\n"
            "      - {drug: aflat, amount: 400 mg, route: oral, day: [1, 2, 3]}\n"
            "      - {drug: perkg, amount: 2 mg/kg, route: IV, day: [1, 2, 3]}\n"
        )
    )
    weighed = Weighed(Decimal("66.5"), date(2025, 12, 1), (("cycle", 1),))
    taken_up, first = entry(weighed, overridden=True), Given((dose_key("cycle 1", "perkg", 1),))
    body = Patient(weight=Decimal(70))
    before = changes_course(read, first, patient=body)
    after = changes_course(read, first, taken_up, patient=body)
    line = course_text.entry_line(after.log.entries[-1], before, after)
    assert "(from row 4, 2025-12-02 08:00: perkg 133 mg)" in line
    unchanged = course_text.entry_line(after.log.entries[-1], after, after)
    assert "(from row 1, 2025-12-01 08:00: 400 mg)" in unchanged


def test_a_turn_without_rows_touches_none() -> None:
    """There is nothing to name."""
    assert sentence(Decided((("more", 2),), given=True)) == "entry 1: more 2 is given"


def test_rows_that_were_stopped_before_are_not_counted_again() -> None:
    """After a decision against `more 1` a stop ends the four rows of cycle 2."""
    assert "4 rows no longer given" in sentence(Stopped(), Decided(MORE, given=False))


DOSE = (CYCLE, "aldesleukin")


def test_only_changes_of_the_plan_are_listed_with_reason_and_number() -> None:
    """Doses are in the rows; what was undone is not listed."""
    regimen = load_regimen("npc-bolus")
    course_log = log(
        regimen,
        given(*DOSE, [1]),
        entry(held(*DOSE, [2]), reason="fever"),
        entry(Delayed(turn("course 1/cycle 2"), 3), reason="platelets 62"),
        Delayed(turn("course 2"), 1),
        Undone(4),
        entry(Reduced("aldesleukin", Decimal(75), turn("course 2")), overridden=True),
        Weighed(Decimal("66.5"), date(2025, 12, 1)),
        Decided(turn("course 2"), given=False),
        Stopped(),
    )
    assert list(course_text.changes(replay(regimen, course_log, LATE))) == [
        "course 1, cycle 2 delayed by 3 days: platelets 62 (entry 3)",
        "aldesleukin at 75 % from course 2, although it was refused (entry 6)",
        "weight 66.5 kg on 2025-12-01, changes no dose (entry 7)",
        "course 2 is not given (entry 8)",
        "course stopped (entry 9)",
    ]


def test_the_head_names_the_log_and_the_day() -> None:
    effects = (given(*DOSE, [1]), given(*DOSE, [2]))
    assert list(course_text.head(changes_course("npc-bolus", *effects))) == [
        ("log", "S-07.yaml, 2 entries"),
        ("as of", "Mon 2025-12-01; 2 entries are of a later day"),
    ]
    on_the_day = entry(effects[0], "2025-12-01 09:00")
    assert (
        dict(course_text.head(changes_course("npc-bolus", on_the_day)))["as of"] == "Mon 2025-12-01"
    )
    one = course_text.head(changes_course("npc-bolus", effects[0]))
    assert dict(one)["as of"] == "Mon 2025-12-01; 1 entry is of a later day"
    assert (
        dict(course_text.head(changes_course("npc-bolus", effects[0])))["log"]
        == "S-07.yaml, 1 entry"
    )
    assert dict(course_text.head(changes_course("npc-bolus")))["log"] == "S-07.yaml, no entries yet"


def test_the_head_counts_the_entries_of_the_file_and_those_in_force() -> None:
    """Danger: a log of ten entries of which all are undone, shown as one without any.

    Two doses and one undo of the second: three entries, of which the first alone is in force.
    """
    effects = (given(*DOSE, [1]), given(*DOSE, [2]))
    some = changes_course("npc-bolus", *effects, Undone(2))
    assert dict(course_text.head(some))["log"] == "S-07.yaml, 3 entries, 1 in force"
    none = changes_course("npc-bolus", effects[0], Undone(1))
    assert dict(course_text.head(none))["log"] == "S-07.yaml, 2 entries, none in force"
    supposed = replace(
        none.log, entries=(*none.log.entries[:1], none.log.entries[1]._replace(hypothetical=True))
    )
    assert course_text.entry_count(supposed) == "1 entry, none in force", (
        "a look adds none to the file"
    )


def test_a_turn_is_named_as_in_the_tables() -> None:
    """A block that is given once has no number: `more 1` would promise a second."""
    turns = changes_course("npc-bolus").schedule.turns
    names = {chain_of(turn): turn.name() for turn, _ in turns}
    assert names[turn("course 1/cycle 2")] == "course 1, cycle 2"
    assert names[()] == ""
    once = written.regimen(
        """
        blocks:
          - block: lead-in
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        """
    )
    assert list(totals(changes_course(once))) == [
        "x, lead-in: 0 of 1 given, 1 still to come (1 mg)",
        "x, each cycle (1, 2): 0 of 1 given, 1 still to come (1 mg)",
        "x, in all: 0 of 3 given, 3 still to come (3 mg)",
    ]


def test_the_first_worked_case_in_words() -> None:
    """10 of 15 given in cycle 1: 50.4 of 75.6 million units."""
    effects = (given(*DOSE, range(1, 11)), held(*DOSE, range(11, 16)))
    assert list(totals(tallies_course("npc-bolus", *effects))) == [
        (
            "aldesleukin, course 1, cycle 1: 10 of 15 given (50.4 of 75.6 million units), 5 held "
            "(25.2 million units)"
        ),
        "aldesleukin, course 1, cycle 2: 0 of 15 given, 15 still to come (75.6 million units)",
        (
            "aldesleukin, course 2, cycle 1; course 2, cycle 2: 0 of 15 given, 15 still to come "
            "(75.6 million units, all conditional)"
        ),
        (
            "aldesleukin, in all: 10 of 60 given (50.4 of 302.4 million units), 5 held "
            "(25.2 million units), 45 still to come (226.8 million units, 30 conditional)"
        ),
    ]


def test_equal_turns_of_one_block_are_shown_together() -> None:
    effect = given("cycle 1", "IMP321", [1, 2])
    lines = list(totals(tallies_course("imp321", effect, arm="6.25-mg")))
    assert lines[-3:] == [
        "IMP321, cycle 1: 2 of 2 given (12.5 of 12.5 mg)",
        "IMP321, each cycle (2 to 6): 0 of 2 given, 2 still to come (12.5 mg)",
        "IMP321, in all: 2 of 12 given (12.5 of 75 mg), 10 still to come (62.5 mg)",
    ]


def test_past_and_stopped_doses_are_shown_separately() -> None:
    stop = entry(Stopped(), "2025-12-01 12:00")
    lines = list(totals(tallies_course("npc-bolus", stop, as_of="2025-12-05")))
    assert lines[-1] == (
        "aldesleukin, in all: 0 of 60 given, 1 unrecorded (5.04 million units), 59 stopped "
        "(297.4 million units)"
    )


def test_doses_drawn_through_a_delay_are_shown_separately() -> None:
    """14 planned in cycle 1 and 5 through the delay: 19 of 19 at 1.8 million units, not of 14."""
    late = Delayed(turn("cycle 2"), 5)
    lines = list(totals(tallies_course("trastuzumab", late, times={"cycle": 2})))
    (line,) = [text for text in lines if text.startswith("aldesleukin, cycle 1:")]
    assert line.startswith("aldesleukin, cycle 1: 0 of 19 given (5 of them through a delay), 19")


@pytest.mark.parametrize(
    ("amount", "total", "expected"),
    [
        ("50.4 million units", "75.6 million units", "50.4 of 75.6 million units"),
        ("720,000 units", "1.08 million units", "720,000 units of 1.08 million units"),
        ("1 unit", "2 units", "1 unit of 2 units"),
        ("5 mg", "10 mg", "5 of 10 mg"),
    ],
)
def test_a_unit_is_shown_once_where_it_is_the_same(amount: str, total: str, expected: str) -> None:
    assert part_of(amount, total) == expected
