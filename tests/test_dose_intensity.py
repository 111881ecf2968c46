"""Dose intensity for people and for programs."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from decimal import Decimal
from io import StringIO
from itertools import islice

import pytest

from courselogs import CYCLE, course, given, held, turn
from il2calc import Patient
from il2calc.course import Course
from il2calc.course.intensity import DEFINITION, Intensity, intensities
from il2calc.format import json as json_format
from il2calc.format import table as table_format
from il2calc.format import tabular
from il2calc.format.table import bar, percent
from il2calc.model.effects import Delayed, Extra
from il2calc.plan.schedule import Caution
from il2calc.report import course_text
from il2calc.units import quantity
from written import regimen as written

D = Decimal
DOSE = (CYCLE, "aldesleukin")
LATE = Delayed(turn("course 1/cycle 2"), 3)
TEN = (given(*DOSE, range(1, 11)), held(*DOSE, range(11, 16)), LATE)


def table(course: Course, width: int | None = None) -> list[str]:
    """The lines of the sheet."""
    lines = table_format.intensity_lines(course, intensities(course), (), width)
    return [line.text for line in lines]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "...................."),
        ("2.4", "...................."),
        ("2.5", "#..................."),
        ("53.33", "###########........."),
        ("97.4", "###################."),
        ("100", "####################"),
        ("102.4", "####################"),
        ("102.5", "###################>"),
        ("250", "###################>"),
    ],
)
def test_a_bar_is_full_at_a_hundred_per_cent(value: str, expected: str) -> None:
    """Twenty columns of 5 % each, halves rounded up; more than all of it ends in an arrow."""
    assert bar(D(value)) == expected
    assert len(bar(D(value))) == 20


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("53.3333", "53.3 %"),
        ("66.6666", "66.7 %"),
        ("100", "100 %"),
        ("0", "0 %"),
        ("0.05", "0.1 %"),
    ],
)
def test_percentages_are_shown_to_a_tenth(value: str, expected: str) -> None:
    assert percent(D(value)) == expected


FIVE = "doses: [{drug: x, amount: 10 mg, route: IV, day: 1 to 5}]"
CYCLES = f"blocks: [{{block: cycle, repeat: {{times: 2, rest: 7 days}}, {FIVE}}}]"


@pytest.mark.parametrize(
    ("body", "where", "named"),
    [
        (CYCLES, "cycle 1", "; row 6 in no block"),
        (f"blocks: [{{block: course, {CYCLES}}}]", "course 1/cycle 1", ""),
        (FIVE, "", ""),
    ],
)
def test_a_dose_in_no_block_is_named_where_it_counts(body: str, where: str, named: str) -> None:
    """Danger: 50 mg in cycle 1 and 57 mg in all, and nobody sees where the 7 mg are.

    In a turn around both cycles it counts in the line of that; without blocks none of it lacks.
    """
    extra = Extra("x", quantity("7 mg"), datetime.fromisoformat("2025-12-08 12:00"), "IV")
    result = course(
        written(body), given(where, "x", range(1, 6)), extra, as_of="2025-12-09", patient=Patient()
    )
    in_all = "    6 of 5 doses (1 of those not of the plan): 57 of 50 mg (114 %)"
    assert f"{in_all}{named}" in table(result)
    (line,) = (line for line in course_text.totals(result) if line.startswith("x, in all: 6 of "))
    assert line.partition(";")[1:] == (named[:1], named[1:])


def test_a_dose_in_no_block_is_named_with_those_of_its_unit() -> None:
    """2 million units in a rest are in no line of mg, and a line of units alone lacks nothing."""
    doses = {"7 mg": "2025-12-08 12:00", "2 million IU": "2025-12-09 12:00"}
    extras = [
        Extra("x", quantity(amount), datetime.fromisoformat(at), "IV")
        for amount, at in doses.items()
    ]
    effect = given("cycle 1", "x", range(1, 6))
    result = course(written(CYCLES), effect, *extras, as_of="2025-12-10", patient=Patient())
    in_all = [line for line in course_text.totals(result) if line.startswith("x, in all: ")]
    assert [line.partition("; ")[2] for line in in_all] == ["row 6 in no block", ""]


def test_the_second_worked_case_in_words() -> None:
    """66.7 % of the dose, 336,000 of 630,000 units/kg a week, RDI 53.3 %."""
    lines = table(course("npc-bolus", *TEN))
    start = lines.index("Aldesleukin")
    assert lines[start + 1 : start + 4] == [
        "  Course 1, cycle 1  ###########.........  RDI 53.3 %",
        "    10 of 15 doses: 720,000 units/kg of 1.08 million units/kg (66.7 %)",
        "    in 15 days (planned 12, 3 of delay): 336,000 of 630,000 units/kg a week",
    ]


def test_doses_still_open_are_shown() -> None:
    lines = table(course("npc-bolus", given(*DOSE, [1, 2, 3])))
    assert any("3 of 15 doses (12 still to come or unrecorded): " in line for line in lines)
    assert any("in 12 days (as planned): " in line for line in lines)


def test_an_undefined_intensity_is_called_undefined() -> None:
    """What is undefined (nothing given yet) is called so, not divided."""
    lines = table(course("npc-bolus"))
    assert table_format.NOTHING in lines
    assert not any("RDI 0" in line for line in lines)


def test_the_definition_and_its_references_are_printed() -> None:
    lines = table(course("npc-bolus", *TEN))
    for text in (*DEFINITION, "A full bar of # is 100 %, a > means more."):
        assert f"  {text}" in lines
    assert any("J Clin Oncol 1984;2(11):1281-1288" in line for line in lines)
    assert any("J Clin Oncol 1986;4(8):1162-1170" in line for line in lines)


def test_a_narrow_terminal_has_no_room_for_the_bar() -> None:
    lines = table(course("npc-bolus", *TEN), 50)
    assert "  Course 1, cycle 1  RDI 53.3 %" in lines
    assert not any("####" in line for line in lines)


def test_cautions_are_on_the_sheet() -> None:
    result = course("npc-bolus", *TEN)
    lines = table_format.intensity_lines(result, intensities(result), [Caution("x", "look here")])
    text = [line.text for line in lines]
    assert text[text.index("Cautions") + 1] == "  look here"


def test_what_was_not_planned_is_shown_and_not_divided() -> None:
    intensity = Intensity("x", (), None, "mg", D(0), D(5), 0, 1, 0, 7, 7, versions=(1,))
    result = course("npc-bolus")
    lines = [line.text for line in table_format.intensity_lines(result, [intensity], ())]
    assert lines[lines.index("X") + 1 : lines.index("X") + 4] == [
        "  In all                        not planned",
        "    1 of 0 doses: 5 of 0 mg",
        "    in 7 days (as planned): 5 of 0 mg a week",
    ]
    assert (
        json_format.intensities(result, [intensity], ())["intensities"][0]["relative_percent"]
        is None
    )
    (row,) = islice(tabular.intensity_lines(result, [intensity]), 1, None)
    assert row == "x,,,mg,0,1,0,0,5,,7,7,0,0,5,,npc-bolus,1,,S-07"


def test_doses_given_through_a_delay_are_shown_separately() -> None:
    """19 of 14 would read as an overdose: five were drawn through the delay of cycle 2."""
    late = Delayed(turn("cycle 2"), 5)
    lead_in = given("lead-in 1", "aldesleukin", range(1, 20))
    pulse = given("cycle 1", "aldesleukin", range(1, 4), dose="pulse")
    low = given("cycle 1", "aldesleukin", range(4, 20), dose="low-dose")
    result = course(
        "trastuzumab", late, lead_in, pulse, low, times={"cycle": 2}, as_of="2026-01-15"
    )
    assert any(
        "19 of 14 doses (5 of those given through a delay):" in text for text in table(result)
    )


def test_the_columns_of_the_csv() -> None:
    """Frozen: 720,000 IU/kg in 15 days, of 1,080,000 in 12; every digit."""
    result = course("npc-bolus", *TEN)
    text = "\n".join(tabular.intensity_lines(result, intensities(result)))
    rows = list(csv.DictReader(StringIO(text)))
    assert ",".join(rows[0]) == (
        "drug,block,basis,unit,planned_doses,given_doses,open_doses,planned,given,share_percent,"
        "planned_days,days,delay_days,planned_a_week,given_a_week,relative_percent,regimen,version,"
        "arm,subject"
    )
    assert rows[0] == {
        "drug": "aldesleukin",
        "block": "course 1/cycle 1",
        "basis": "kg",
        "unit": "[iU]",
        "planned_doses": "15",
        "given_doses": "10",
        "open_doses": "0",
        "planned": "1080000",
        "given": "720000",
        "share_percent": "66.66666666666666666666666667",
        "planned_days": "12",
        "days": "15",
        "delay_days": "3",
        "planned_a_week": "630000",
        "given_a_week": "336000",
        "relative_percent": "53.33333333333333333333333333",
        "regimen": "npc-bolus",
        "version": "1",
        "arm": "",
        "subject": "S-07",
    }
    assert rows[1]["block"] == ""


def test_a_flat_dose_has_no_basis() -> None:
    """Two injections of 6.25 mg are 12.5 mg, whoever gets them."""
    result = course("imp321", given("cycle 1", "IMP321", [1]), arm="6.25-mg")
    (row,) = [
        line
        for line in csv.DictReader(tabular.intensity_lines(result, intensities(result)))
        if line["drug"] == "IMP321" and line["block"]
    ]
    assert [row["basis"], row["planned"], row["arm"]] == ["", "12.5", "6.25-mg"]


def test_the_document() -> None:
    """`il2calc.intensity/1`: the same numbers, the definition, the references and cautions."""
    result = course("npc-bolus", *TEN, as_of="2025-12-16")
    caution = Caution("x", "look here", (1, 2))
    document = json_format.intensities(result, intensities(result), [caution])
    text = "\n".join(json_format.dumped(document))
    data = json.loads(text, parse_float=Decimal)
    assert list(data) == [
        *("format", "program", "regimen", "subject", "arm", "log", "as_of"),
        *("intensities", "definition", "references", "cautions"),
    ]
    assert data["format"] == "il2calc.intensity/1"
    assert (data["log"], data["as_of"]) == ("S-07.yaml", "2025-12-16T00:00")
    assert data["cautions"] == [{"code": "x", "text": "look here", "administrations": [1, 2]}]
    first = data["intensities"][0]
    assert first["blocks"] == [{"block": "course", "turn": 1}, {"block": "cycle", "turn": 1}]
    assert first["relative_percent"] == D("53.33333333333333333333333333")
    assert data["intensities"][1]["blocks"] == []
    assert len(data["references"]) == 2
    assert not any("bar" in text for text in data["definition"])
