"""Dose intensity as other programs read it: CSV and `il2calc.intensity/1`."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO

from courselogs import CYCLE, course, given, held, turn
from il2calc.course.intensity import intensities
from il2calc.format import intensity_data
from il2calc.model.log import Delayed
from il2calc.plan.schedule import Caution

D = Decimal
DOSE = (CYCLE, "aldesleukin")
LATE = Delayed(turn("course 1/cycle 2"), 3)
TEN = (given(*DOSE, range(1, 11)), held(*DOSE, range(11, 16)), LATE)


def test_the_columns_of_the_csv() -> None:
    """Frozen: 720,000 IU/kg in 15 days, of 1,080,000 in 12; every digit."""
    found = course("npc-bolus", *TEN)
    text = "\n".join(intensity_data.csv_lines(found, intensities(found)))
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
    found = course("imp321", given("cycle 1", "IMP321", [1]), arm="6.25-mg")
    (row,) = [
        each
        for each in csv.DictReader(intensity_data.csv_lines(found, intensities(found)))
        if each["drug"] == "IMP321" and each["block"]
    ]
    assert [row["basis"], row["planned"], row["arm"]] == ["", "12.5", "6.25-mg"]


def test_the_document() -> None:
    """`il2calc.intensity/1`: the same numbers, the definition, the references and cautions."""
    found = course("npc-bolus", *TEN, as_of="2025-12-16")
    caution = Caution("x", "look here", (1, 2))
    text = "\n".join(intensity_data.json_lines(found, intensities(found), [caution]))
    told = json.loads(text, parse_float=Decimal)
    assert list(told) == [
        *("format", "program", "regimen", "subject", "arm", "log", "as_of"),
        *("intensities", "definition", "references", "cautions"),
    ]
    assert told["format"] == "il2calc.intensity/1"
    assert (told["log"], told["as_of"]) == ("S-07.yaml", "2025-12-16T00:00")
    assert told["cautions"] == [{"code": "x", "text": "look here", "administrations": [1, 2]}]
    first = told["intensities"][0]
    assert first["blocks"] == [{"block": "course", "turn": 1}, {"block": "cycle", "turn": 1}]
    assert first["relative_percent"] == D("53.33333333333333333333333333")
    assert told["intensities"][1]["blocks"] == []
    assert len(told["references"]) == 2
    assert not any("bar" in text for text in told["definition"])
