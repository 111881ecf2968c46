"""CSV: the frozen columns and what each of them holds."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import islice, product
from pathlib import Path

import pytest

from commandline import IMATINIB, NPC, assert_refused, printed, rows, run, written
from courselogs import CYCLE, course, entry, given, held
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc.course import Course
from il2calc.format import tabular
from il2calc.plan.schedule import make

D = Decimal
COLUMNS = (
    "number,regimen_day,date,time,latest_date,block,block_day,drug,dose_number,amount,unit,route,"
    "over_minutes,at_most,only_if,source,assumed,set,regimen,version,arm,subject,weight_kg,bsa_m2,"
    "hours,latest_day,over_minutes_to,latest_time"
)


def scheduled(folder: Path, text: str, *args: str) -> list[dict[str, str]]:
    """The rows of a file's text."""
    return rows("schedule", written(folder, text), *args)


def column(name: str, records: list[dict[str, str]]) -> list[str]:
    return [row[name] for row in records]


def test_the_columns_are_frozen() -> None:
    """Programs that read them by name or by place keep working."""
    assert printed(*NPC, "--format", "csv").splitlines()[0] == COLUMNS
    assert ",".join(tabular.COLUMNS) == COLUMNS


def test_sixty_doses_of_the_bolus_regimen() -> None:
    """72,000 x 70 = 5,040,000 units each; row k of a cycle is due 8(k - 1) h after its first."""
    records = rows(*NPC)
    assert len(records) == 60
    assert {(row["amount"], row["unit"]) for row in records} == {("5040000", "[iU]")}
    assert column("number", records) == [str(number) for number in range(1, 61)]
    assert column("hours", records)[:15] == [str(8 * k) for k in range(15)]


def test_the_fifteenth_dose_falls_on_day_6_at_midnight() -> None:
    """112 h after 2025-01-06 08:00."""
    row = rows(*NPC)[14]
    assert (row["regimen_day"], row["date"], row["time"]) == ("6", "2025-01-11", "00:00")
    assert (row["block_day"], row["dose_number"], row["hours"]) == ("6", "15", "112")


def test_the_second_cycle_begins_on_day_13() -> None:
    """Twelve days after day 1: 12 x 24 = 288 h; its doses and days are counted from 1 again."""
    row = rows(*NPC)[15]
    assert (row["regimen_day"], row["date"], row["time"]) == ("13", "2025-01-18", "08:00")
    assert (row["block"], row["block_day"], row["dose_number"]) == ("course 1/cycle 2", "1", "1")
    assert (row["hours"], row["assumed"], row["latest_day"]) == ("288", "1", "")


def test_the_second_course_has_its_condition_and_its_latest_date() -> None:
    """Day 17 + 35 + 1 = 53 (2025-02-27), at the latest 60 (2025-03-06); 52 x 24 = 1,248 h."""
    row = rows(*NPC)[30]
    assert (row["regimen_day"], row["date"], row["hours"]) == ("53", "2025-02-27", "1248")
    assert (row["latest_day"], row["latest_date"]) == ("60", "2025-03-06")
    assert row["latest_time"] == "08:00"
    assert row["only_if"] == "stable disease or response"
    assert row["assumed"] == "1;2"
    assert row["at_most"] == "true"


def test_a_cell_that_does_not_apply_is_empty() -> None:
    """No dash, no null, no 0."""
    row = rows("schedule", "npc-bolus", "--weight", "70")[0]
    empty = (
        "date latest_date over_minutes only_if assumed set arm subject bsa_m2 latest_day "
        "over_minutes_to latest_time"
    )
    assert {name for name, value in row.items() if not value} == set(empty.split())


def test_days_before_day_1_are_negative_and_there_is_no_day_0() -> None:
    """Day -21 = 2024-01-01; day -1 = 2024-01-21; day 1 = 2024-01-22."""
    records = [row for row in rows(*IMATINIB) if row["drug"] == "cyclophosphamide"]
    assert column("regimen_day", records) == [str(day) for day in (*range(-21, 0), *range(1, 15))]
    assert (records[0]["date"], records[20]["date"]) == ("2024-01-01", "2024-01-21")
    assert (records[21]["date"], records[-1]["date"]) == ("2024-01-22", "2024-02-04")
    assert column("block_day", records) == column("regimen_day", records)
    assert {row["block"] for row in records} == {""}


def test_imatinib_levels_are_flat_units_on_days_10_to_14() -> None:
    """6 million units; days 10 to 14 of cycles that begin on days 1, 22 and 43."""
    records = [row for row in rows(*IMATINIB) if row["drug"] == "aldesleukin"]
    days = [*range(10, 15), *range(31, 36), *range(52, 57)]
    assert column("regimen_day", records) == [str(day) for day in days]
    assert {row["amount"] for row in records} == {"6000000"}
    assert column("dose_number", records) == ["1", "2", "3", "4", "5"] * 3
    assert {row["arm"] for row in records} == {"level-2"}


def test_amounts_by_body_surface_keep_every_digit() -> None:
    """80 mg/m2 x 1.818118685772619... m2 (published: 170 cm, 70 kg) = 145.4494948618095... mg."""
    records = rows("schedule", "imp321", "--arm", "6.25-mg", "--weight", "70", "--height", "170")
    by_drug = {
        drug: [record for record in records if record["drug"] == drug]
        for drug in ("paclitaxel", "IMP321")
    }
    paclitaxel, imp321 = by_drug["paclitaxel"], by_drug["IMP321"]
    assert (len(paclitaxel), len(imp321)) == (18, 12)
    assert {row["amount"][:17] for row in paclitaxel} == {"145.4494948618095"}
    assert D(paclitaxel[0]["amount"]) == 80 * D(paclitaxel[0]["bsa_m2"])
    assert paclitaxel[0]["bsa_m2"].startswith("1.818118685772619")
    assert {(row["amount"], row["unit"]) for row in imp321} == {("6.25", "mg")}
    assert (paclitaxel[-1]["regimen_day"], imp321[-1]["regimen_day"]) == ("155", "156")
    assert {row["date"] for row in records} == {""}


def test_the_body_surface_is_the_one_that_was_used() -> None:
    """190 cm, 150 kg: 2.81 m2, counted as 2 where a cap says so: 12 million x 2 = 24 million."""
    body = ("--weight", "150", "--height", "190", "--bsa-cap", "2.0")
    records = rows("schedule", "trastuzumab", *body, "--cycles", "1")
    assert {(row["weight_kg"], row["bsa_m2"]) for row in records} == {("150", "2")}
    assert "24000000" in column("amount", records)


def test_a_year_of_trastuzumab_has_381_rows() -> None:
    """2 + 19 in the lead-in, 24 cycles of 1 + 14; 21 + 24 x 14 = day 357 is the last."""
    records = rows("schedule", "trastuzumab", "--weight", "70", "--height", "170")
    assert len(records) == 2 + 19 + 24 * (1 + 14)
    assert records[-1]["regimen_day"] == "357"
    doses = [row for row in records if row["drug"] == "trastuzumab"]
    assert column("regimen_day", doses)[:4] == ["1", "8", "22", "36"]
    assert {row["amount"] for row in doses} == {"280"}
    assert records[0]["block"] == "lead-in 1"


def test_infusion_times_are_shortest_and_longest_in_minutes() -> None:
    """30 to 90 minutes in the lead-in, 30 in the cycles, none where there is no infusion."""
    body = ("--weight", "70", "--bsa", "1.81", "--cycles", "1")
    records = rows("schedule", "trastuzumab", *body)
    spans = {
        (record["drug"], record["block"], record["over_minutes"], record["over_minutes_to"])
        for record in records
    }
    assert spans == {
        ("trastuzumab", "lead-in 1", "30", "90"),
        ("trastuzumab", "cycle 1", "30", "30"),
        ("aldesleukin", "lead-in 1", "", ""),
        ("aldesleukin", "cycle 1", "", ""),
    }


@pytest.mark.parametrize(
    ("amount", "value", "unit"),
    [
        ("0.5 MIU", "500000", "[iU]"),
        ("12 million IU", "12000000", "[iU]"),
        ("3 million units", "3000000", "{units}"),
        ("200 million cells", "200000000", "{cells}"),
        ("250 mcg", "250", "ug"),
        ("0.25 mg", "0.25", "mg"),
        ("1.50 g", "1.5", "g"),
        ("2 mL", "2", "mL"),
        ("1 kg", "1", "kg"),
    ],
)
def test_units_are_ucum_codes_and_amounts_plain_decimals(
    amount: str, value: str, unit: str, tmp_path: Path
) -> None:
    """Million is multiplied out; activity in IU is [iU], whatever it was written in."""
    (row,) = scheduled(tmp_path, a_dose(f"amount: {amount}"))
    assert (row["amount"], row["unit"]) == (value, unit)


def test_at_most_is_true_or_false(tmp_path: Path) -> None:
    """`up_to` is a maximum, `times` is not."""
    for repeat, expected in (("up_to", "true"), ("times", "false")):
        records = scheduled(tmp_path, a_dose(f"repeat: {{{repeat}: 2, every: 8 hours}}"))
        assert column("at_most", records) == [expected, expected]


def test_several_conditions_are_joined(tmp_path: Path) -> None:
    """A comma may be in a condition; `; ` separates two."""
    text = a_cycle("only_if: no fever", repeat="{times: 2, every: 21 days, only_if: response}")
    records = scheduled(tmp_path, text)
    assert records[0]["only_if"] == "no fever"
    assert sorted(records[1]["only_if"].split("; ")) == ["no fever", "response"]


def test_sources_are_named_once_and_assumed_values_have_none(tmp_path: Path) -> None:
    """Amount by one source, day by another; the route is assumed and shows its number instead."""
    text = a_dose(
        "source: {amount: doe2020, day: 'doe2020, Table 2'}",
        head=("assumptions: [{about: examplumab.route, text: By vein., because: Nobody says.}]",),
    )
    (row,) = scheduled(tmp_path, text)
    assert row["source"] == "doe2020; doe2020, Table 2"
    assert row["assumed"] == "1"


def test_settings_are_on_every_row(tmp_path: Path) -> None:
    """From what to what, several joined; what was set rests on no source any more."""
    options = ("--set", "examplumab.amount=7 mg", "--set", "examplumab.cap=6 mg")
    records = scheduled(tmp_path, a_dose("day: [1, 2]"), *options)
    message = "examplumab.amount: 5 mg -> 7 mg; examplumab.cap: not stated -> 6 mg"
    assert column("set", records) == [message, message]
    assert column("amount", records) == ["6", "6"]


def test_a_percentage_is_multiplied_into_the_amount() -> None:
    """75 % of 5,040,000 = 3,780,000 units."""
    records = rows(*NPC, "--percent", "aldesleukin=75 %")
    assert {row["amount"] for row in records} == {"3780000"}


def test_the_subject_is_on_every_row() -> None:
    """A row must find its patient when it has left its file."""
    records = rows(*NPC, "--subject", "S-07")
    values = {
        (record["subject"], record["regimen"], record["version"], record["weight_kg"])
        for record in records
    }
    assert values == {("S-07", "npc-bolus", "1", "70")}


def test_hours_are_counted_from_the_first_dose_in_exact_fractions(tmp_path: Path) -> None:
    """00:15 after the first is 0.25 h; before day 1 counts too."""
    text = a_dose("day: -1 to 1", "at: [08:00, 08:15]", head=("numbering: without day 0",))
    records = scheduled(tmp_path, text)
    assert column("hours", records) == ["0", "0.25", "24", "24.25"]


def test_a_cell_with_a_comma_or_a_quote_is_quoted(tmp_path: Path) -> None:
    """Other programs read back what the file says."""
    (row,) = scheduled(tmp_path, a_dose("""only_if: 'pain, "strong"; or | fever'"""))
    assert row["only_if"] == 'pain, "strong"; or | fever'


def test_a_part_of_the_rows_keeps_its_numbers() -> None:
    """Rows 16 to 30 of 60; that there are more is on standard error, which holds no data."""
    args = (*NPC, "--from", "2025-01-18", "--to", "2025-01-23", "--format", "csv")
    result = run(*args)
    assert [line.split(",")[0] for line in result.out.splitlines()[1:]] == [
        str(number) for number in range(16, 31)
    ]
    assert "rows 16-30 of 60" in result.err


def test_the_short_form_is_refused_for_csv() -> None:
    """CSV never folds."""
    assert run(*NPC, "--format", "csv", "--brief").code == 2
    assert run(*NPC, "--format", "csv", "--explain").code == 2


def test_rows_are_streamed() -> None:
    """The header is out before the last row is set."""
    text = a_file(
        """
        blocks:
          - block: cycle
            repeat: {times: 1000, every: 10 days}
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1 to 10}]
        """
    )
    lines = tabular.csv_lines(make(loaded(text)))
    assert list(islice(lines, 1)) == [COLUMNS]
    assert sum(1 for _ in lines) == 10_000


def test_columns_are_those_that_are_asked_for_in_their_order() -> None:
    """Row 16 of the bolus regimen begins cycle 2 on day 13, 2025-01-18."""
    result = run(*NPC, "--format", "csv", "--columns", "drug, date,number")
    assert result.out.splitlines()[0] == "drug,date,number"
    assert result.out.splitlines()[16] == "aldesleukin,2025-01-18,16"


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    """A program must not read a table that lacks what it asked for."""
    assert_refused(run(*NPC, "--format", "csv", "--columns", "drgu"), 2, "did you mean 'drug'?")


def test_a_time_in_a_zone_carries_its_offset() -> None:
    """London's clocks went forward on 2026-03-29: 00:00 GMT + 8 h = 09:00 BST."""
    args = (*NPC[:-1], "2026-03-28", "--tz", "Europe/London")
    records = rows(*args)
    assert [row["time"] for row in records[:4]] == [
        *("08:00+00:00", "16:00+00:00", "00:00+00:00", "09:00+01:00"),
    ]
    assert [row["hours"] for row in records[:4]] == ["0", "8", "16", "24"]


DOSE = (CYCLE, "aldesleukin")


NEWEST = ("ended_date", "ended_time", "reckoned", "supposed")
"""Columns of a log that come last."""


def csv_rows(course: Course) -> list[dict[str, str]]:
    """The rows of a course."""
    return list(csv.DictReader(tabular.csv_lines(course)))


def test_the_columns_are_those_of_the_schedule_and_more() -> None:
    """Frozen: csv has the schedule's columns, then state, given date, time and amount, reason.

    The schedule's newest column comes after them here too, or every column of the log would
    move; columns added to a log since come last.
    """
    header = next(tabular.csv_lines(course("npc-bolus")))
    *columns, newest = tabular.COLUMNS
    assert newest == "latest_time"
    of_log = ("state", "given_date", "given_time", "given_amount", "reason", newest)
    assert header == ",".join([*columns, *of_log, *NEWEST])
    assert len(header.split(",")) == 33 + len(NEWEST)


def test_the_schedule_s_columns_are_exactly_its_own() -> None:
    result = course("npc-bolus", given(*DOSE, [1]))
    plain = list(tabular.csv_lines(result.schedule))
    both = list(tabular.csv_lines(result))
    for line, start in zip(both, plain, strict=True):
        columns, newest = start.rsplit(",", 1)
        assert line.startswith(f"{columns},")
        assert line.split(",")[-1 - len(NEWEST)] == newest
    assert len(both) == 61


def test_given_doses_are_shown_beside_planned_ones() -> None:
    late = entry(
        given(*DOSE, [2], at="2025-12-02 01:30", amount="5 million IU"), reason="late, small"
    )
    records = csv_rows(
        course("npc-bolus", given(*DOSE, [1]), late, entry(held(*DOSE, [3]), reason="fever"))
    )
    names = ("date", "time", "amount", *tabular.COURSE_COLUMNS[27:32])
    assert [[row[name] for name in names] for row in records[:4]] == [
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
    effect = given(*DOSE, [1, 2, 3])
    records = csv_rows(course("npc-bolus", effect, start=date(2026, 3, 28), zone="Europe/London"))
    assert [row["given_time"] for row in records[:3]] == [
        "08:00+00:00",
        "16:00+00:00",
        "00:00+00:00",
    ]
    assert [row["time"] for row in records[2:4]] == ["00:00+00:00", "09:00+01:00"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_stays_a_text(sign: str) -> None:
    """`+ve culture` is an honest reason; a number keeps its sign."""
    assert tabular.text(f"{sign}ve culture") == f"'{sign}ve culture"
    assert tabular.text([f"{sign}1", "x"]) == f"'{sign}1; x"
    assert tabular.text(D("-1.5")) == "-1.5"
    assert tabular.text(-1) == "-1"


def test_a_name_that_begins_with_a_hyphen_is_no_formula(tmp_path: Path) -> None:
    """A spreadsheet reads `-a` as one; names may begin so: of regimens, arms, blocks and drugs."""
    text = a_cycle("drug: -d", head=("regimen: -a", "arms: {-x: low, -y: high}"))
    plan = (written(tmp_path, text.replace("block: cycle", "block: -c")), "--arm=-x")
    record = tmp_path / "S-1.yaml"
    run("log", "start", str(record), "--regimen", *plan, "--start", "2025-11-03")
    tables = ("schedule", *plan), ("replan", str(record)), ("intensity", str(record))
    for name, columns in product(("regimen", "arm", "block", "drug"), tables):
        assert {row[name][:2] for row in rows(*columns)} <= {"'-", ""}, (name, *columns)
