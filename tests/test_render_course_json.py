"""A course as JSON: the document of its schedule, and what was recorded."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from courselogs import CYCLE, course, entry, given, held, turn
from il2calc.course import Delayed, Undone, Weighed
from il2calc.record import Course
from il2calc.render import course_json
from il2calc.render import json as schedule_json
from il2calc.schedule import Caution

D = Decimal
DOSE = (CYCLE, "aldesleukin")


def document(found: Course) -> dict[str, Any]:
    """The document of a course, read back."""
    text = "\n".join(course_json.lines(found, [Caution("x", "look here", (1,))]))
    told: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return told


def test_a_course_is_its_schedule_and_more() -> None:
    """`il2calc.course/1`: what a reader of schedules knows stays where it is.

    Totals of a plan beside the tallies of a course would be two answers to one question.
    """
    found = course("npc-bolus", given(*DOSE, [1]))
    told, plain = document(found), schedule_json.document(found.schedule, ())
    assert told["format"] == "il2calc.course/1"
    assert plain.keys() - told.keys() == {"totals"}
    assert set(told) - set(plain) == {"log", "as_of", "tallies", "rules"}
    more = {"weight_kg", "bsa_m2", "before_the_log", "state", "given", "reason"}
    assert set(told["administrations"][0]) == {*plain["administrations"][0], *more}
    assert told["cautions"] == [{"code": "x", "text": "look here", "administrations": [1]}]


def test_a_row_tells_plan_and_record() -> None:
    weight = Weighed(D("66.5"), date(2025, 12, 1), turn("course 1/cycle 2"))
    told = entry(given(*DOSE, [2], at="2025-12-02 01:30", amount="5 million IU"), reason="late")
    found = course(
        "npc-bolus",
        given(*DOSE, [1]),
        told,
        held(*DOSE, [3]),
        weight,
        Delayed(turn("course 1/cycle 2"), 3),
    )
    rows = document(found)["administrations"]
    unit = {"unit": "[iU]"}
    assert rows[1]["given"] == {
        "date": "2025-12-02",
        "time": "01:30",
        "amount": {"value": 5000000, **unit},
    }
    assert [rows[1]["state"], rows[1]["reason"]] == ["given", "late"]
    assert [rows[2]["state"], rows[2]["given"], rows[2]["reason"]] == ["held", None, None]
    assert [rows[15]["date"], rows[15]["amount"]["value"], rows[15]["weight_kg"]] == [
        "2025-12-16",
        4788000,
        D("66.5"),
    ]
    assert rows[15]["before_the_log"] == {
        "date": "2025-12-13",
        "time": "08:00",
        "amount": {"value": 5040000, **unit},
    }
    assert rows[15]["bsa_m2"] == D("1.8")


def test_what_a_delay_added_was_not_there_before() -> None:
    found = course("trastuzumab", Delayed(turn("cycle 2"), 1), times={"cycle": 2})
    assert [
        each["number"]
        for each in document(found)["administrations"]
        if each["before_the_log"] is None
    ] == [37]


def test_tallies_and_the_log_are_told() -> None:
    found = course(
        "npc-bolus", given(*DOSE, [1, 2]), held(*DOSE, [3]), Undone(2), as_of="2025-12-03"
    )
    told = document(found)
    assert told["log"] == {
        "file": "S-07.yaml",
        "regimen": "npc-bolus",
        "version": 1,
        "sha256": found.log.sha256,
        "entries_in_force": [1],
    }
    assert told["as_of"] == "2025-12-03T00:00"
    assert told["rules"] == list(found.notes)
    first, last = told["tallies"][0], told["tallies"][-1]
    assert first["blocks"] == [{"block": "course", "turn": 1}, {"block": "cycle", "turn": 1}]
    assert first["given"] == {"administrations": 2, "amount": 10080000}
    assert (last["blocks"], last["unit"]) == ([], "[iU]")
    counts = {name: last[name]["administrations"] for name in list(last)[3:]}
    assert counts == {
        "planned": 60,
        "drawn": 0,
        "given": 2,
        "held": 0,
        "unrecorded": 3,
        "remaining": 55,
        "conditional": 30,
        "stopped": 0,
    }


def test_times_in_a_zone_carry_their_offset() -> None:
    found = course("npc-bolus", given(*DOSE, [1]), start=date(2026, 7, 1), zone="Europe/London")
    first = document(found)["administrations"][0]
    assert [first["time"], first["given"]["time"], first["before_the_log"]["time"]] == [
        "08:00+01:00"
    ] * 3
