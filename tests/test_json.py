"""JSON: the frozen shape, and numbers with all their digits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import IMATINIB, NPC, document, printed, rows, run, written
from courselogs import CYCLE, course, entry, given, held, turn
from filetext import a_cycle, a_dose
from il2calc.course import Course
from il2calc.format import json as json_format
from il2calc.format.json import dumped
from il2calc.model.effects import Delayed, Undone, Weighed
from il2calc.plan.schedule import Caution

D = Decimal
TOP = (
    "format program regimen subject patient start arm times set administrations totals alongside "
    "assumptions findings cautions"
)
ADMINISTRATION = (
    "number regimen_day date time latest_date latest_day latest_time hours blocks block_day drug "
    "written dose dose_number amount working route over_minutes over_minutes_to at_most only_if "
    "source assumed not_before turn"
)


def keys(mapping: dict[str, Any]) -> str:
    """The keys of a mapping, in their order."""
    return " ".join(mapping)


def scheduled(folder: Path, text: str, *args: str) -> Any:
    return document("schedule", written(folder, text), *args)


def test_the_keys_are_frozen() -> None:
    """Programs that read them keep working; a change is a new format number."""
    data = document(*NPC)
    assert data["format"] == "il2calc.schedule/1"
    assert keys(data) == TOP
    head = "id title version read_on reviewed_by file sha256 sources reviews"
    assert keys(data["regimen"]) == head
    assert (
        keys(data["patient"]) == "weight_kg height_cm bsa_m2 bsa_formula gfr_ml_min sex age_years"
    )
    for row in data["administrations"]:
        assert keys(row) == ADMINISTRATION
        assert keys(row["amount"]) == "value unit"
        assert [keys(step) for step in row["working"]] == ["step text value unit"] * 3
    for row in data["totals"]:
        assert keys(row) == "drug blocks amount administrations at_most only_if"
    for row in data["assumptions"]:
        assert keys(row) == "number about text because otherwise"
    for row in data["findings"]:
        assert keys(row) == "text source head"
    for row in data["alongside"]:
        assert keys(row) == "text source"
    for row in data["cautions"]:
        assert keys(row) == "code text administrations"


def test_the_regimen_has_its_file_and_sources() -> None:
    """Down to the bytes that were read."""
    head = document(*NPC)["regimen"]
    assert (head["id"], head["version"], head["read_on"]) == ("npc-bolus", 1, "2026-11-28")
    assert head["reviewed_by"] is None
    assert head["file"].endswith("npc-bolus.yaml")
    assert len(head["sha256"]) == 64
    assert head["sources"]["chi2001"]["doi"] == "10.1159/000055306"
    assert head["sources"]["chi2001"]["read"] == "abstract"


def test_values_that_are_not_known_are_null() -> None:
    """Never left out, never 0, never text."""
    data = document("schedule", "npc-bolus", "--weight", "70")
    assert data["patient"] == {
        "weight_kg": 70,
        "height_cm": None,
        "bsa_m2": None,
        "bsa_formula": None,
        "gfr_ml_min": None,
        "sex": None,
        "age_years": None,
    }
    for key in ("subject", "start", "arm"):
        assert data[key] is None
    first = data["administrations"][0]
    absent = "date latest_date latest_day latest_time over_minutes over_minutes_to"
    for key in absent.split():
        assert first[key] is None
    assert data["set"] == {}


def test_an_administration_of_the_bolus_regimen() -> None:
    """The first: 72,000 units/kg x 70 kg = 5,040,000 units at 2025-01-06 08:00."""
    first = document(*NPC)["administrations"][0]
    assert first["amount"] == {"value": 5_040_000, "unit": "[iU]"}
    assert first["working"][0] == {
        "step": "basis",
        "text": "72,000 units/kg x 70 kg = 5,040,000 units",
        "value": 5_040_000,
        "unit": "[iU]",
    }
    assert first["blocks"] == [{"block": "course", "turn": 1}, {"block": "cycle", "turn": 1}]
    assert (first["date"], first["time"], first["hours"]) == ("2025-01-06", "08:00", 0)
    assert (first["drug"], first["dose"]) == ("aldesleukin", "aldesleukin")
    assert first["route"] == "IV bolus"
    assert first["source"] == "chi2001, Abstract, Methods"
    assert (first["at_most"], first["only_if"], first["assumed"]) == (True, [], [])


def test_a_row_of_the_second_course_says_when_it_is_due_at_the_latest() -> None:
    """Day 53, at the latest day 60, only where the disease is stable or responds."""
    row = document(*NPC)["administrations"][30]
    assert (row["regimen_day"], row["latest_day"], row["latest_date"]) == (53, 60, "2025-03-06")
    assert row["latest_time"] == "08:00"
    assert row["only_if"] == ["stable disease or response"]
    assert row["assumed"] == [1, 2]


def test_start_arm_and_turns_are_named() -> None:
    """Day 1 = 2024-01-22 where the first dose, on day -21, is given on 2024-01-01."""
    data = document(*IMATINIB)
    assert (data["start"], data["arm"]) == ("2024-01-22T08:00", "level-2")
    assert data["times"] == {"cycle": 3}
    assert document(*NPC, "--subject", "S-07")["subject"] == "S-07"


def test_numbers_keep_every_digit() -> None:
    """A float would end 145.44949486180952 at its sixteenth digit; 80 x BSA is exact to 28."""
    args = ("schedule", "imp321", "--arm", "6.25-mg", "--weight", "70", "--height", "170")
    data = document(*args)
    area = data["patient"]["bsa_m2"]
    assert str(area).startswith("1.818118685772619")
    assert len(area.as_tuple().digits) == 28
    assert data["patient"]["bsa_formula"] == "mosteller"
    paclitaxel = data["administrations"][0]["amount"]["value"]
    assert str(paclitaxel).startswith("145.449494861809")
    assert abs(paclitaxel - 80 * area) < D("1e-24")
    assert len(paclitaxel.as_tuple().digits) > 25


def test_a_body_surface_that_was_given_has_no_formula() -> None:
    """Nobody knows how it was calculated."""
    patient = document("schedule", "imp321", "--arm", "6.25-mg", "--bsa", "1.80")["patient"]
    assert (patient["bsa_m2"], patient["bsa_formula"]) == (D("1.80"), None)


def test_numbers_are_never_written_with_an_exponent(tmp_path: Path) -> None:
    """12 million is 12000000, and 1,000 mg are 1000, not 1E+3."""
    text = a_dose("amount: 12 million IU", "day: 1 to 10")
    raw = "\n".join(printed("schedule", written(tmp_path, text), "--format", "json").splitlines())
    assert '"value": 12000000,' in raw
    assert '"value": 120000000,' in raw
    grams = a_dose("amount: 0.50 g", "day: 1 to 20")
    raw = printed("schedule", written(tmp_path, grams), "--format", "json")
    assert '"value": 0.5,' in raw
    assert '"value": 10,' in raw


def test_totals_are_per_turn_and_overall() -> None:
    """15 x 5.04 million per cycle, 60 x 5.04 = 302.4 million in all, half of it conditional."""
    totals = document(*NPC)["totals"]
    assert [(t["amount"]["value"], t["administrations"]) for t in totals] == [
        *[(75_600_000, 15)] * 4,
        (302_400_000, 60),
    ]
    assert totals[3]["blocks"] == [{"block": "course", "turn": 2}, {"block": "cycle", "turn": 2}]
    assert totals[4]["blocks"] == []
    assert [bool(total["only_if"]) for total in totals] == [False, False, True, True, True]
    assert totals[-1]["only_if"] == ["stable disease or response"]
    assert all(total["at_most"] for total in totals)


def test_a_value_that_was_set_has_the_old_and_the_new_one() -> None:
    """And its assumption is no longer in force."""
    args = (
        *NPC,
        "--set",
        "course.cycle.repeat.rest=6 days",
        "--set",
        "course.cycle.aldesleukin.over=1 hour",
    )
    data = document(*args)
    assert data["set"] == {
        "course.cycle.repeat.rest": {"from": "7 days", "to": "6 days"},
        "course.cycle.aldesleukin.over": {"from": None, "to": "1 hour"},
    }
    assert [assumption["number"] for assumption in data["assumptions"]] == [2, 3]
    assert data["administrations"][15]["regimen_day"] == 12
    assert data["administrations"][15]["assumed"] == []
    assert [caution["code"] for caution in data["cautions"]][:2] == ["set", "set"]


def test_the_working_shows_each_step(tmp_path: Path) -> None:
    """120 mg; 75 % = 90 mg; capped at 88 mg; to 10 mg it would be 90, above the cap: left."""
    text = a_dose("amount: 120 mg", "cap: 88 mg", "round: 10 mg")
    data = scheduled(tmp_path, text, "--percent", "examplumab=75 %")
    working = data["administrations"][0]["working"]
    assert [(step["step"], step["value"]) for step in working] == [
        ("basis", 120),
        ("percentage", 90),
        ("cap", 88),
        ("round", 88),
    ]


def test_cautions_name_the_rows_they_touch() -> None:
    """The fifteenth dose of each cycle, and a default arm that touches no row in particular."""
    (late,) = document(*NPC)["cautions"]
    assert late["code"] == "outside-planned-days"
    assert late["administrations"] == [15, 30, 45, 60]
    (default,) = document(*IMATINIB)["cautions"]
    assert default["code"] == "default-arm"


def test_json_and_csv_have_the_same_rows() -> None:
    """Two formats of one schedule."""
    for args in (NPC, IMATINIB):
        table = rows(*args)
        administrations = document(*args)["administrations"]
        assert len(table) == len(administrations)
        for row, administration in zip(table, administrations, strict=True):
            for key in ("number", "regimen_day", "date", "time", "drug", "hours", "block_day"):
                assert row[key] == str(administration[key])
            assert row["amount"] == str(administration["amount"]["value"])


def test_some_of_the_rows_keep_the_totals_of_all() -> None:
    """Rows 16 to 30, totals of 60."""
    data = document(*NPC, "--from", "2025-01-18", "--to", "2025-01-23")
    assert [row["number"] for row in data["administrations"]] == list(range(16, 31))
    assert data["totals"][-1]["administrations"] == 60


def test_text_of_any_script_stays_as_it_is(tmp_path: Path) -> None:
    """Not as escapes that a person would have to decode."""
    path = written(tmp_path, a_cycle(head=("title: 白血病 [red] <b>",)))
    assert '"title": "白血病 [red] <b>"' in printed("schedule", path, "--format", "json")


def test_any_plain_data_becomes_json_line_by_line() -> None:
    """Decimals at full precision."""
    lines = list(dumped({"a": D("0.1000000000000000000000000001"), "b": [None, True, "x"]}))
    assert lines[1] == '  "a": 0.1000000000000000000000000001,'
    assert json.loads("\n".join(lines)) == {"a": 0.1, "b": [None, True, "x"]}


@pytest.mark.parametrize("extra", ["--brief", "--explain"])
def test_the_short_form_and_the_working_are_the_tables_alone(extra: str) -> None:
    """JSON never folds and always explains."""
    assert run(*NPC, "--format", "json", extra).code == 2


DOSE = (CYCLE, "aldesleukin")


def json_document(result: Course) -> dict[str, Any]:
    """The document of a course, read back."""
    text = "\n".join(json_format.lines(result, [Caution("x", "look here", (1,))]))
    data: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return data


def test_a_course_is_its_schedule_and_more() -> None:
    """`il2calc.course/1`: what a reader of schedules knows stays where it is.

    Totals of a plan beside the tallies of a course would be two answers to one question.
    """
    result = course("npc-bolus", given(*DOSE, [1]))
    data, plan = json_document(result), json_format.document(result.schedule, ())
    assert data["format"] == "il2calc.course/1"
    assert plan.keys() - data.keys() == {"totals"}
    assert set(data) - set(plan) == {"log", "as_of", "tallies", "rules"}
    more = {"weight_kg", "bsa_m2", "before_the_log", "state", "given", "reason"}
    more |= {"height_cm", "gfr_ml_min", "age_years", "version", "arm", "reckoned", "supposed"}
    assert set(data["administrations"][0]) == {*next(plan["administrations"]), *more}
    assert data["cautions"] == [{"code": "x", "text": "look here", "administrations": [1]}]


def test_a_row_has_plan_and_record() -> None:
    weight = Weighed(D("66.5"), date(2025, 12, 1), turn("course 1/cycle 2"))
    dose = entry(given(*DOSE, [2], at="2025-12-02 01:30", amount="5 million IU"), reason="late")
    result = course(
        "npc-bolus",
        given(*DOSE, [1]),
        dose,
        held(*DOSE, [3]),
        weight,
        Delayed(turn("course 1/cycle 2"), 3),
    )
    rows = json_document(result)["administrations"]
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


def test_a_row_added_by_a_delay_has_no_plan() -> None:
    result = course("trastuzumab", Delayed(turn("cycle 2"), 1), times={"cycle": 2})
    assert [
        row["number"]
        for row in json_document(result)["administrations"]
        if row["before_the_log"] is None
    ] == [37]


def test_tallies_and_the_log_are_included() -> None:
    result = course(
        "npc-bolus", given(*DOSE, [1, 2]), held(*DOSE, [3]), Undone(2), as_of="2025-12-03"
    )
    data = json_document(result)
    assert data["log"] == {
        "file": "S-07.yaml",
        "regimen": "npc-bolus",
        "version": 1,
        "sha256": result.log.sha256,
        "entries_in_force": [1],
        "last_hash": None,
    }
    assert data["as_of"] == "2025-12-03T00:00"
    assert data["rules"] == list(result.notes)
    first, last = data["tallies"][0], data["tallies"][-1]
    assert first["blocks"] == [{"block": "course", "turn": 1}, {"block": "cycle", "turn": 1}]
    assert first["given"] == {"administrations": 2, "amount": 10080000}
    assert (last["blocks"], last["unit"]) == ([], "[iU]")
    counts = {name: last[name]["administrations"] for name in list(last)[3:]}
    assert counts == {
        "planned": 60,
        "drawn": 0,
        "unplanned": 0,
        "as_needed": 0,
        "given": 2,
        "held": 0,
        "unrecorded": 3,
        "remaining": 55,
        "conditional": 30,
        "stopped": 0,
    }


def test_times_in_a_zone_carry_their_offset() -> None:
    result = course("npc-bolus", given(*DOSE, [1]), start=date(2026, 7, 1), zone="Europe/London")
    first = json_document(result)["administrations"][0]
    assert [first["time"], first["given"]["time"], first["before_the_log"]["time"]] == [
        "08:00+01:00"
    ] * 3


def test_a_long_list_is_written_item_by_item() -> None:
    """The text is that of the complete list, and only one item at a time is taken and written."""
    taken: list[int] = []

    def items() -> Iterator[dict[str, object]]:
        for number in range(3):
            taken.append(number)
            yield {"number": number, "of": [D("0.10"), []], "text": "a\nb, [c]"}

    data: dict[str, object] = {"head": {"a": 1}, "rows": items(), "none": iter(()), "end": []}
    lines = dumped(data)
    produced = []
    for line in lines:
        produced.append(line)
        if '"number": 0' in line:
            assert taken == [0]
    complete = {**data, "rows": list(items()), "none": []}
    assert produced == list(dumped(complete))
    assert produced[-1] == "}"
