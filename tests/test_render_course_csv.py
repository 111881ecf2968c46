"""A course as CSV: the schedule's columns, then what became of each row."""

from __future__ import annotations

import csv
from datetime import date

from courselogs import CYCLE, course, entry, given, held
from il2calc.record import Course
from il2calc.render import course_csv
from il2calc.render import csv as schedule_csv

DOSE = (CYCLE, "aldesleukin")


def rows(found: Course) -> list[dict[str, str]]:
    """The rows of a course."""
    return list(csv.DictReader(course_csv.lines(found)))


def test_the_columns_are_those_of_the_schedule_and_five_more() -> None:
    """Frozen: csv has the schedule's columns, then state, given date, time and amount, reason."""
    header = next(course_csv.lines(course("npc-bolus")))
    assert header == ",".join(
        [*schedule_csv.COLUMNS, "state", "given_date", "given_time", "given_amount", "reason"]
    )
    assert len(header.split(",")) == 32


def test_the_schedule_s_columns_are_exactly_its_own() -> None:
    found = course("npc-bolus", given(*DOSE, [1]))
    plain = list(schedule_csv.lines(found.schedule))
    both = list(course_csv.lines(found))
    assert all(line.startswith(start) for line, start in zip(both, plain, strict=True))
    assert len(both) == 61


def test_what_was_given_stands_beside_what_was_planned() -> None:
    told = entry(
        given(*DOSE, [2], at="2025-12-02 01:30", amount="5 million IU"), reason="late, small"
    )
    found = rows(
        course("npc-bolus", given(*DOSE, [1]), told, entry(held(*DOSE, [3]), reason="fever"))
    )
    names = ("date", "time", "amount", *course_csv.COLUMNS[-5:])
    assert [[row[name] for name in names] for row in found[:4]] == [
        ["2025-12-01", "08:00", "5040000", "given", "2025-12-01", "08:00", "5040000", ""],
        [
            "2025-12-01",
            "16:00",
            "5040000",
            "given",
            "2025-12-02",
            "01:30",
            "5000000",
            "late, small",
        ],
        ["2025-12-02", "00:00", "5040000", "held", "", "", "", "fever"],
        ["2025-12-02", "08:00", "5040000", "planned", "", "", "", ""],
    ]


def test_times_in_a_zone_carry_their_offset() -> None:
    """As the planned time does: London's clocks go forward on 2026-03-29."""
    told = given(*DOSE, [1, 2, 3])
    found = rows(course("npc-bolus", told, start=date(2026, 3, 28), zone="Europe/London"))
    assert [row["given_time"] for row in found[:3]] == ["08:00+00:00", "16:00+00:00", "00:00+00:00"]
    assert [row["time"] for row in found[2:4]] == ["00:00+00:00", "09:00+01:00"]
