"""The verb `cohort`: many virtual patients from a file to a file."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

pytest.importorskip("pyarrow", reason="the extra cohort is not installed")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cohorts import alone, batch, kept, planned, regimen
from commandline import (
    Result,
    assert_refused,
    environment,
    first_line_only,
    imported,
    needs_posix,
    run,
    separate,
    terminal,
    written,
)
from filetext import a_cycle, a_dose, a_file
from il2calc import load_regimen
from il2calc.cli.app import build
from il2calc.cohort import expansion, files
from il2calc.cohort.patients import Patients, Rejected
from il2calc.cohort.tally import QUANTILES

NPC = ("cohort", "npc-bolus")
TWO = ("--cmt", "paclitaxel=1", "--cmt", "IMP321=2")


def people(folder: Path, *rows: str, head: str = "ID,WT,HT") -> str:
    """A CSV file of patients."""
    path = folder / "patients.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


def many(folder: Path, count: int) -> str:
    """So many patients, all in order."""
    rows = (
        f"{number},{50 + number % 500 / 10},{150 + number % 400 / 10}"
        for number in range(1, count + 1)
    )
    return people(folder, *rows)


def table(path: Path) -> pa.Table:
    """A Parquet file, read whole."""
    with pq.ParquetFile(path) as file:
        return file.read()


def reasons(path: Path) -> list[dict[str, str]]:
    """The rows that were rejected."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


OF_ROWS = """\
caution: event table, rows 31 to 60: conditional, but listed like any dose
caution: event table, rows 1 to 60: a maximum in the source, but all of it is listed
caution: event table, rows 31 to 60: after a range of time; TIME is the earliest
"""
"""What no row of the bolus regimen says: course 2 is given on a condition, 5 to 6 weeks later."""


def test_every_patient_of_a_file_has_the_rows_of_a_schedule(tmp_path: Path) -> None:
    """More than one chunk of 2,048 patients: each has 60 rows, with the amounts of one patient."""
    target = tmp_path / "events.parquet"
    result = run(*NPC, many(tmp_path, 2_100), "-o", str(target))
    message = f"caution outside-planned-days: 2,100 patients\n{OF_ROWS}"
    assert result == Result(0, "", f"written: {target} (parquet)\n{message}")
    rows = table(target)
    assert rows.num_rows == 2_100 * 60
    for number in (1, 2_048, 2_049, 2_100):
        patient_rows = rows.slice((number - 1) * 60, 60)
        assert set(patient_rows.column("ID").to_pylist()) == {number}
        person = {"WT": str(50 + number % 500 / 10)}
        planned_rows = alone(load_regimen("npc-bolus"), person).administrations
        assert patient_rows.column("AMT").to_pylist() == [
            kept(row.dosed.value) for row in planned_rows
        ]
    assert not (tmp_path / "events.rejected.csv").exists()


def test_a_row_with_more_or_fewer_cells_than_columns_is_rejected_by_itself(tmp_path: Path) -> None:
    """Danger: one decimal comma among thousands, and nobody is written; or others are misnumbered.

    An empty line is no row. The ID of such a row is one that the next is compared with.
    """
    rows = ("1,70,170", "2,70,5,170", "", "3,7O,170", ' "4" ,70', "4,70,170", "5,70,170", "6", "")
    target = tmp_path / "events.csv"
    file = people(tmp_path, *rows, '"7","7,5","170",', "7,70,170")
    assert run(*NPC, file, "-o", str(target)).code == 1
    of_cells = "write one for each (70.5, not 70,5)"
    expected = [
        ("2", "2", f"cells: 4, columns: 3; {of_cells}"),
        ("3", "3", "WT: '7O' is not a plain number; write it like 70 or 70.5"),
        ("4", '"4"', f"cells: 2, columns: 3; {of_cells}"),
        ("7", "6", f"cells: 1, columns: 3; {of_cells}"),
        ("8", "7", f"cells: 4, columns: 3; {of_cells}"),
        ("9", "7", "ID 7 is that of another row; give each patient one row"),
    ]
    assert [
        tuple(reason.values()) for reason in reasons(tmp_path / "events.rejected.csv")
    ] == expected
    with target.open(encoding="utf-8", newline="") as stream:
        assert list(dict.fromkeys(row["ID"] for row in csv.DictReader(stream))) == ["1", "4", "5"]
    lines = run(*NPC, file, "-o", str(target), "--strict").err.splitlines()
    assert lines[:6] == [f"{file}: row {row}, ID {id_}: {reason}" for row, id_, reason in expected]


_LAST = 100_000


@pytest.mark.parametrize("uneven", [(0, 0), (1, 10), (_LAST - 9, _LAST + 1), (1, _LAST + 1)])
def test_every_row_keeps_its_number_beside_uneven_ones(
    tmp_path: Path, uneven: tuple[int, int]
) -> None:
    """In pieces of a file that is read by 1 MB; every thousandth row is uneven. IDs are numbers.

    Pieces are whole: one that ended at each uneven row took 42 s for 50,000 of them.
    """
    odd = {*range(*uneven), *range(1_000, _LAST + 1, 1_000)}
    rows = (f"{number},70,170{',9' * (number in odd)}" for number in range(1, _LAST + 1))
    source = Patients(Path(people(tmp_path, *rows)), {"ID": "ID", "WT": "WT"}, ())
    numbers: list[Any] = []
    pieces = 0
    for place, chunk in source.chunks(numbers.append, 3_000):
        ids = chunk.column("ID").to_pylist()
        even = zip(place.rows(len(ids)).tolist(), ids, strict=True)
        numbers += sorted([*(one[:2] for one in place.ragged), *even])
        pieces += 1
    assert [row[:2] for row in numbers] == [(number, str(number)) for number in range(1, _LAST + 1)]
    assert pieces <= 50


def test_fifty_wrong_patients_of_ten_thousand_are_fifty_reasons(tmp_path: Path) -> None:
    """Ten faults, five times each; 9,950 patients have their rows."""
    wrong = [
        "{0},,170", "{0},7O,170", "{0},700,170", "{0},70 kg,170", "{0},70,1.70", "{0},70,0",
        "{1},70,170", "x{0},70,170", ",70,170", "{0},N/A,170",
    ]  # fmt: skip
    faulty = {100 * (place + 1): text for place, text in enumerate(wrong * 5)}
    rows = [
        faulty.get(number, "{0},70,170").format(number, number - 1) for number in range(1, 10_001)
    ]
    target = tmp_path / "events.parquet"
    result = run(*NPC, people(tmp_path, *rows), "-o", str(target), "--drug", "aldesleukin")
    assert result.code == 1
    assert "50 patients are rejected; the others were written" in result.err
    assert table(target).num_rows == 9_950 * 60
    rejected = reasons(tmp_path / "events.rejected.csv")
    assert [int(row["ROW"]) for row in rejected] == sorted(faulty)
    assert len({row["REASON"].replace(row["ID"], "") for row in rejected}) >= 10


def test_strict_writes_nothing_where_one_is_rejected(tmp_path: Path) -> None:
    """Every reason is printed, and there is no file."""
    target = tmp_path / "events.parquet"
    file = people(tmp_path, "1,70,170", *[f"{number},0,170" for number in range(2, 15)])
    result = run(*NPC, file, "-o", str(target), "--strict")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[0].startswith(f"{file}: row 2, ID 2: WT: a weight of 0 kg")
    assert result.err.splitlines()[10:] == [
        f"{file}: and 3 more; without --strict all are listed",
        f"error: {file}: 13 patients are rejected, and nothing was written",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["patients.csv"]
    # 60 doses on days of which nothing is cautioned
    calm = written(
        tmp_path, a_cycle("amount: 5 mg", "route: SC", repeat="{times: 60, every: 1 day}")
    )
    good = run("cohort", calm, people(tmp_path, "1,70,170"), "-o", str(target), "--strict")
    assert (good.code, table(target).num_rows) == (0, 60)


def test_a_child_of_a_cohort_is_checked_against_the_limits_of_its_age(tmp_path: Path) -> None:
    """Danger: 70 kg at an age of 4, or of 48 months, which are ordinary of an adult.

    3 x 4 + 7 = 19 kg; 70 is more than 1.75 times that, 16 is not.
    """
    file = people(tmp_path, "1,70,4", "2,16,4", "3,70,40", "4,70,48 months", head="ID,WT,AGE")
    result = run(*NPC, file, "-o", str(tmp_path / "events.csv"))
    assert "caution body-size: 2 patients" in result.err.splitlines()


@pytest.mark.parametrize("arms", ["{children: Below 18 years., adults: Others.}",
                                  "{adults: Others., children: Below 18 years.}"])  # fmt: skip
def test_a_patient_without_an_age_is_checked_against_the_arm_of_the_row(
    tmp_path: Path, arms: str
) -> None:
    """Danger: an adult of 12 kg, for 72, in silence, because the last arm is one of children.

    Nobody but a child weighs 12 kg; an adult weighs 40 to 150 kg.
    """
    text = a_cycle("amount: 5 mg", repeat="{times: 1, every: 1 day}", head=(f"arms: {arms}",))
    file = people(tmp_path, "1,12,children", "2,12,adults", "3,70,adults", head="ID,WT,ARM")
    result = run("cohort", written(tmp_path, text), file, "-o", str(tmp_path / "events.csv"))
    assert "caution body-size: 1 patient" in result.err.splitlines()


def test_cautions_are_counted_without_a_summary_too(tmp_path: Path) -> None:
    """Danger: a body of 170 kg and 70 cm (exchanged) among thousands, and nobody is warned.

    Of 70 kg and 170 cm there is no caution of the body; the fault of 700 kg is named with its file.
    """
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70,170", "2,170,70", "3,700,170")
    result = run(*NPC, file, "-o", str(target))
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        f"written: {target} (csv)",
        "caution body-size: 1 patient",
        "caution outside-planned-days: 2 patients",
        *OF_ROWS.splitlines(),
        f"{file}: row 3, ID 3: WT: a weight of 700 kg is not plausible; give 2 to 400 kg",
        f"{tmp_path / 'events.rejected.csv'}: the reason for each rejected row",
        f"{file}: 1 patient is rejected; the others were written",
    ]
    assert not (tmp_path / "events.summary.json").exists()


def test_strict_stops_at_a_caution_before_anything_is_written(tmp_path: Path) -> None:
    """Danger: 7.2 million IU/kg, ten times the largest sourced dose, in every row of a trial."""
    target = tmp_path / "events.csv"
    much = ("--set", "course.cycle.aldesleukin.amount=7.2 million IU/kg")
    file = people(tmp_path, "1,70,170", "2,64,161")
    result = run(*NPC, file, "-o", str(target), *much, "--strict")
    assert (result.code, result.out, target.exists()) == (1, "", False)
    assert "caution largest-dose: 2 patients" in result.err.splitlines()
    assert result.err.splitlines()[-1] == (
        f"error: {file}: there are cautions, and nothing was written (--strict)"
    )
    assert "caution largest-dose: 2 patients" in run(*NPC, file, "-o", str(target), *much).err


def test_csv_has_the_text_of_the_event_table(tmp_path: Path) -> None:
    """Amounts as the shortest text of their double; 72,000 x 70 = 5,040,000."""
    target = tmp_path / "events.csv"
    assert run(*NPC, people(tmp_path, "7,70,170", "8,70.1,170"), "-o", str(target)).code == 0
    lines = target.read_text("utf-8").splitlines()
    assert lines[0] == "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,WT,BSA"
    assert lines[2].startswith("7,8,1,1,5040000,0,0,0,70,1.8")
    assert lines[61].startswith("8,0,1,1,5047200,0,0,0,70.1,1.8")
    result = run(*NPC, people(tmp_path, "7,70,170"), "-o", str(target), "--columns", "DRUG,ONLY_IF")
    assert result.code == 0
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["DRUG"] for row in rows} == {"aldesleukin"}
    assert {row["ONLY_IF"] for row in rows} == {"", "stable disease or response"}


def test_an_amount_in_csv_is_the_nearest_double(tmp_path: Path) -> None:
    """2 mg/kg of 56.655 kg are 113.31 mg: 113.30999999999999 is the double beside it."""
    path = written(tmp_path, a_cycle("amount: 2 mg/kg", repeat="{times: 1, every: 21 days}"))
    target = tmp_path / "events.csv"
    weights = ["56.655", "120.67", "103.62", "116.028", "22.35", "400"]
    rows = [f"{number},{weight}" for number, weight in enumerate(weights, 1)]
    assert run("cohort", path, people(tmp_path, *rows, head="ID,WT"), "-o", str(target)).code == 0
    with target.open(encoding="utf-8", newline="") as stream:
        amounts = [row["AMT"] for row in csv.DictReader(stream)]
    assert amounts == ["113.31", "241.34", "207.24", "232.056", "44.7", "800"]


def test_arrow_goes_to_standard_output(tmp_path: Path) -> None:
    """A stream for the next program; who is rejected is printed beside it."""
    file = people(tmp_path, "1,70,170", "2,0,170")
    result = separate(*NPC, file)
    assert result.code == 1
    with pa.ipc.open_stream(result.raw) as stream:
        rows = stream.read_all()
        metadata = json.loads(stream.schema.metadata[b"il2calc"])
    assert rows.num_rows == 60
    assert metadata["note"] == "virtual patients, not a prescription"
    assert "rejected: row 2, ID 2: WT: a weight of 0 kg" in result.err
    assert_refused(terminal(*NPC, file), 1, "--output events.parquet")


def test_on_a_terminal_the_first_rejected_are_shown_and_where_the_rest_is() -> None:
    """Danger: the one line that matters, gone up the screen above thousands that are alike.

    In a file or a pipe each of them is printed, as a program may read them there.
    """
    for limit, lines in ((10, 11), (1_012, 1_012), (None, 1_012)):
        printed: list[str] = []
        with files.Rejects(None, printed.append, limit) as rejects:
            for row in range(1, 1_013):
                rejects.add(Rejected(row, f"{row}", "a weight of 0 kg"))
        assert (rejects.count, len(printed)) == (1_012, lines)
        assert printed[9] == "rejected: row 10, ID 10: a weight of 0 kg"
        if limit == 10:
            last_line = "rejected: and 1,002 more; '2> rejected.txt' keeps all of them"
            assert printed[10] == f"{last_line}, and --output a file of them"


class Standard(TextIOWrapper):
    """A standard output of this process that keeps its bytes, and may say that it is a terminal."""

    terminal = False

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self.terminal


def printed(*args: str, terminal: bool = False) -> tuple[object, bytes]:
    """The exit code and the bytes of a command line in this process."""
    raw = BytesIO()
    stream = Standard(raw)
    stream.terminal = terminal
    with patch.object(sys, "stdout", stream), pytest.raises(SystemExit) as end:
        build(args[0])(args=list(args), prog_name="il2calc")
    return end.value.code, raw.getvalue()


def test_rows_and_summary_of_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows go to standard output, all words beside it; a terminal gets no bytes."""
    file = people(tmp_path, "1,70,1.8", "2,0,1.8", head="ID,WT,BSA")
    code, raw = printed(*NPC, file, "--summary")
    with pa.ipc.open_stream(raw) as stream:
        assert (code, stream.read_all().num_rows) == (1, 60)
    errors = capsys.readouterr().err
    assert "rejected: row 2, ID 2" in errors
    assert "in all at most 302,400,000 IU, of which 151,200,000 IU on a condition" in errors
    assert printed(*NPC, file, terminal=True) == (1, b"")
    assert "--output events.parquet" in capsys.readouterr().err


def test_vials_of_another_unit_are_counted_by_the_factors_of_the_monograph(tmp_path: Path) -> None:
    """1 mg/kg; each vial delivers 18 million IU, which is 1.1 mg by its label.

    70 / 1.1 = 63.6 and 80 / 1.1 = 72.7, in two turns: 2 x (64 + 73) vials, as `prepare` orders.
    Danger: a trial without an order for a drug that its protocol gives in mg.
    """
    protocol = regimen(tmp_path, "drug: aldesleukin, amount: 1 mg/kg, day: 1")
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70", "2,80", head="ID,WT")
    assert run("cohort", protocol.origin.file, file, "-o", str(target), "--summary").code == 0
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    assert (drug["total"], drug["vials"]["total"]) == (300, 274)  # 2 turns x (70 + 80) mg


def test_vials_of_a_unit_without_a_factor_are_not_counted(tmp_path: Path) -> None:
    """Nothing says how many IU a vial of 150 mg holds: no number is better than a wrong one."""
    protocol = regimen(tmp_path, "drug: trastuzumab, amount: 1 IU/kg, day: 1")
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70", head="ID,WT")
    assert run("cohort", protocol.origin.file, file, "-o", str(target), "--summary").code == 0
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    assert "vials" not in drug


@pytest.mark.parametrize(
    ("amount", "hours", "vials"),
    [
        # by hand, vials of 18 million: 80 kg 144 / 5 = 28.8: 5 x 2; 50 kg 90 / 5 = 18: 5 x 1
        ("1.8 million IU/kg", 120, 10 + 5),
        # 108 hours: 80 kg 144 / 4.5 = 32: 4 x 2 + 1 of 16; 50 kg 90 / 4.5 = 20: 4 x 2 + 1 of 10
        ("1.8 million IU/kg", 108, 9 + 9),
        # one bag: 144 / 18 = 8 and 90 / 18 = 5
        ("1.8 million IU/kg", 24, 8 + 5),
    ],
)
def test_vials_of_several_bags_are_counted_as_prepare_counts_them(
    tmp_path: Path, amount: str, hours: int, vials: int
) -> None:
    dose = f"drug: aldesleukin, amount: {amount}, route: IV infusion, over: {hours} hours, day: 1"
    plan = regimen(tmp_path, dose)
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,80", "2,50", head="ID,WT")
    assert run("cohort", plan.origin.file, file, "-o", str(target), "--summary").code == 0
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    prepared = [
        json.loads(run("prepare", plan.origin.file, "--weight", kg, "--format", "json").out)
        for kg in ("80", "50")
    ]
    in_all = [total["count"] for one in prepared for total in one["totals"] if not total["block"]]
    assert (drug["vials"]["total"], sum(in_all)) == (2 * vials, 2 * vials)  # 2 turns


TABLETS_AND_VIALS = """drug: examplumab
version: 1
read_on: 2026-11-22
source: label, Preparation
products:
  - {product: tablet of 40 mg, form: tablet, contains: 40 mg}
  - {product: vial of 40 mg, form: vial, contains: 40 mg}
preparations:
  - {preparation: daily bag, routes: [IV infusion], over: 24 hours}
sources:
  label: {cite: Product information., read: full text}
"""


@pytest.mark.parametrize(
    ("dose", "vials"),
    [
        ("amount: 123 mg, route: IV infusion, over: 72 hours", 6),  # 3 bags of 41 mg: 2 each
        ("amount: 41_000 mcg, route: IV infusion", 2),  # one bag of 41 mg
        ("amount: 80 mg, route: oral", None),  # tablets
        ("amount: 80 mg, route: SC", None),  # nobody knows how it is made up
    ],
)
def test_a_summary_counts_the_vials_that_prepare_orders(
    tmp_path: Path, dose: str, vials: int | None
) -> None:
    """Tablets take no vials, and for a route that the monograph leaves out nothing is counted.

    The vial is called by its own name, and not by that of a tablet that holds as much.
    """
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(TABLETS_AND_VIALS, "utf-8")
    text = f"doses: [{{drug: examplumab, {dose}, day: 1}}]"
    file, library = written(tmp_path, a_file(text)), ("--library", str(tmp_path))
    target = str(tmp_path / "events.csv")
    line = ("cohort", file, people(tmp_path, "1", head="ID"), "-o", target, "--summary")
    assert run(*line, *library).code == 0
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    totals = json.loads(run("prepare", file, "--format", "json", *library).out)["totals"]
    ordered = [total["count"] for total in totals if total["product"] == "vial of 40 mg"]
    assert ordered == ([] if vials is None else [vials])
    counted = drug.get("vials", {"product": "vial of 40 mg", "total": None})
    assert (counted["product"], counted["total"]) == ("vial of 40 mg", vials)


DILUTED = """drug: examplumab
version: 1
read_on: 2026-11-22
source: label, Preparation
products:
  - {product: vial, form: vial, contains: 4 mg, concentration: 4 mg/mL, delivers: 4 mg}
preparations:
  - preparation: injection
    routes: [SC]
    dilution: {up_to: 2 mg, take: 2 mL, to: 10 mL, with: glucose 5 %}
  - preparation: daily bag
    routes: [IV infusion]
    over: 24 hours
    dilution: {up_to: 2 mg, take: 2 mL, to: 10 mL, with: glucose 5 %}
sources:
  label: {cite: Product information., read: full text}
"""


@pytest.mark.parametrize(
    ("dose", "vials"),
    [
        # by hand: 1.4 mg takes the 2 vials of its dilution; 3 mg is drawn from one vial
        ("route: SC", [2, 1]),
        # 2 bags of 0.7 mg: 2 vials each; 2 bags of 1.5 mg, each less than 2 mg: 2 vials each
        ("route: IV infusion, over: 48 hours", [4, 4]),
    ],
)
def test_a_summary_counts_the_vials_that_dilutions_take(
    tmp_path: Path, dose: str, vials: list[int]
) -> None:
    """A dilution takes more than the dose: prepare ordered 2 vials where a cohort counted 1."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(DILUTED, "utf-8")
    text = f"doses: [{{drug: examplumab, amount: 20 mcg/kg, {dose}, day: 1}}]"
    file, library = written(tmp_path, a_file(text)), ("--library", str(tmp_path))
    patients = people(tmp_path, "1,70", "2,150", head="ID,WT")
    line = ("cohort", file, patients, "-o", str(tmp_path / "events.csv"), "--summary")
    assert run(*line, *library).code == 0
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    ordered = []
    for weight in ("70", "150"):
        result = run("prepare", file, "--weight", weight, "--format", "json", *library)
        ordered += [total["count"] for total in json.loads(result.out)["totals"]]
    assert (ordered, drug["vials"]["total"]) == (vials, sum(vials))


def test_strict_shows_a_few_reasons_in_full(tmp_path: Path) -> None:
    """Two wrong rows are two lines and the verdict."""
    file = people(tmp_path, "1,0,170", "2,0,170")
    result = run(*NPC, file, "-o", str(tmp_path / "x.csv"), "--strict")
    assert len(result.err.splitlines()) == 3


def test_a_file_says_where_it_comes_from(tmp_path: Path) -> None:
    """Program, regimen and its digest, arm, settings, assumptions: all that a reader must know."""
    target = tmp_path / "events.parquet"
    options = ("--arm", "6.25-mg", "--percent", "paclitaxel=75 %", "--set", "cycle.repeat.times=2")
    result = run("cohort", "imp321", people(tmp_path, "1,70,170"), "-o", str(target), *options)
    assert result.code == 0
    metadata = json.loads(table(target).schema.metadata[b"il2calc"])
    digest = load_regimen("imp321").origin.sha256
    assert metadata["regimen"] == {"id": "imp321", "version": 1, "sha256": digest}
    assert metadata["arms"] == ["6.25-mg"]
    assert metadata["set"] == ["cycle.repeat.times: 6 -> 2"]
    assert metadata["settings"]["percent"] == ["paclitaxel=75 %"]
    assert metadata["amounts"] == {
        "decimals": 6, "rounding": "half up", "units": {"paclitaxel": "mg", "IMP321": "mg"},
    }  # fmt: skip
    assert [one["number"] for one in metadata["assumptions"]] == [1, 2]


def test_the_file_states_the_arm_of_each_patient(tmp_path: Path) -> None:
    """Each patient's own; a default arm where the regimen names one, else it is asked for."""
    target = tmp_path / "events.csv"
    file = people(
        tmp_path, "1,70,170,0.25-mg", "2,70,170,6.25-mg", "3,70,170,", head="ID,WT,HT,ARM"
    )
    result = run("cohort", "imp321", file, "-o", str(target), "--drug", "IMP321")
    assert result.code == 1
    amounts = {(line.split(",")[0], line.split(",")[4]) for line in target.read_text().splitlines()}
    assert amounts == {("ID", "AMT"), ("1", "0.25"), ("2", "6.25")}
    assert reasons(tmp_path / "events.rejected.csv")[0]["REASON"].startswith("there is no ARM")
    assert_refused(run("cohort", "imp321", file, "--arm", "6.25-mg", "-o", "x.csv"), 2, "--arm")
    assert_refused(run(*NPC, file, "-o", "x.csv"), 1, "has no arms")


TWO_DRUGS = """{drug: examplumab, amount: 5 mg, route: SC, day: 1}
  - {drug: otherumab, amount: 5 mg, route: SC, day: 2}"""


@pytest.mark.parametrize(
    ("head", "doses", "expected"),
    [
        ("ID,weight", "{drug: examplumab, amount: 5 mg, route: SC, day: 1}", "weight is not read"),
        ("ID,note", TWO_DRUGS, "examplumab, otherumab cannot be told apart"),
    ],
)
def test_strict_stops_at_a_caution_before_any_patient_is_read(
    tmp_path: Path, head: str, doses: str, expected: str
) -> None:
    """Danger: a caution was printed, the rows were written, and the exit code was 0."""
    file, target = written(tmp_path, a_file(f"doses:\n  - {doses}")), tmp_path / "events.csv"
    command = ("cohort", file, people(tmp_path, "1,70", head=head), "-o", str(target))
    result = run(*command, "--strict")
    assert (result.code, target.exists()) == (1, False)
    assert expected in result.err
    assert "there are cautions, and nothing was written" in result.err
    assert run(*command).code == 0


BY_RATE = "doses: [{drug: x, amount: 5 AUC, route: IV, day: 1}]"


@pytest.mark.parametrize(
    ("name", "column", "unit"),
    [
        ("WT", "Weight (lb)", "weight in kg"),
        ("WT", "WTLBS", "weight in kg"),
        ("WT", "birthweight g", "weight in kg"),
        *(("WT", plain, None) for plain in ("weight_in_kg", "WTBL", "Gewicht", "wt_lb_in_kg")),
        ("HT", "HTIN", "height in cm"),
        ("HT", "Height (m)", "height in cm"),
        *(("HT", plain, None) for plain in ("height_in_cm", "HTCM", "Hoehe")),
        ("GFR", "eGFR", "the rate of the whole body, in mL/min"),
        ("GFR", "GFR (mL/min/1.73m2)", "the rate of the whole body, in mL/min"),
        *(("GFR", plain, None) for plain in ("eGFR_absolute", "CRCL")),
        ("AGE", "AGE_MONTHS", "age in completed years"),
        *(("AGE", plain, None) for plain in ("AGEYR", "Alter")),
    ],
)
def test_a_column_of_another_unit_is_cautioned_where_map_reads_it(
    tmp_path: Path, name: str, column: str, unit: str | None
) -> None:
    """Danger: 120 lb as 120 kg, 54 kg in truth; a rate of 1.73 m2 as that of a body of 2 m2."""
    file = written(tmp_path, a_file(BY_RATE))
    patients = people(tmp_path, "1,50", head=f"ID,{column}")
    result = run("cohort", file, patients, "--format", "csv", "--map", f"{name}={column}")
    message = (
        f"the column {column} is read as {name}, {unit}; its name may say another unit: check it"
    )
    assert (message in result.err) is (unit is not None)
    assert ("its name" in result.err) is (unit is not None)


def test_no_cell_of_text_is_a_formula(tmp_path: Path) -> None:
    """As in an event table, and in the CSV of a schedule: an apostrophe makes it a text."""
    dose = '{drug: "+xx", dose: a, amount: 5 mg, route: SC, day: 1, only_if: "-ve culture"}'
    file, patients = written(tmp_path, a_file(f"doses: [{dose}]")), people(tmp_path, "1,70,170")
    result = run("cohort", file, patients, "--format", "csv", "--columns", "DRUG,ONLY_IF")
    (row,) = result.out.splitlines()[1:]
    assert row.endswith(""","'+xx","'-ve culture\"""")


def test_a_column_of_arms_is_not_reported_where_there_are_none(tmp_path: Path) -> None:
    """The line that reads it would be refused, for no arm can be named."""
    result = run(*NPC, people(tmp_path, "1,70,x", head="ID,WT,arm"), "--format", "csv")
    assert "not read" not in result.err


def test_a_column_that_is_almost_one_of_ours_is_read_or_reported(tmp_path: Path) -> None:
    """Danger: `arm` in small letters, and everybody is in the default arm, in silence.

    A space around a name is no part of it, and two columns without a name are of no measure.
    """
    file = written(tmp_path, a_file(TWO_ARMS))
    patients = people(tmp_path, "1, 70,both,,", head="ID, WT,arm,,")
    result = run("cohort", file, patients, "--format", "csv", "--arm", "mono")
    assert result.out.splitlines()[1:] == ["1,0,1,1,70,0,0,0,70"]
    assert (
        f"caution: {patients}: the column arm is not read; --map ARM=arm reads it\n" in result.err
    )
    result = run(
        "cohort", file, patients, "--format", "csv", "--map", "ARM=arm", "--drug", "otherumab"
    )
    assert result.out.splitlines()[1:] == ["1,0,1,1,10000000,0,0,0,70"]
    assert "not read" not in result.err
    for head, expected in [
        ("ID,WT ,WT", "has the column WT twice"),
        (
            "ID;WT",
            "its columns cannot be told apart (ID;WT); put commas between them, and",
        ),
        ("ID\tWT", "put commas between them"),
    ]:
        patients = people(tmp_path, "1,70,71", head=head)
        assert_refused(
            run("cohort", file, patients, "--format", "csv", "--arm", "mono"), 1, expected
        )


TWO_ARMS = """
    arms: {mono: examplumab alone, both: with otherumab, open: for as long as it helps}
    doses:
      - {drug: examplumab, amount: 1 mg/kg, route: SC, day: 1, arm: [mono, both]}
      - {dose: a, drug: otherumab, amount: 10 MIU, route: IV infusion, day: 2, arm: both}
      - {dose: b, drug: otherumab, amount: 1 MIU, route: IV infusion, day: 6 onward, arm: open}
"""


def test_an_arm_without_patients_causes_no_caution(tmp_path: Path) -> None:
    """Danger: the rows of an arm without a patient were cautioned, or stopped everybody's.

    1 mg/kg of 70 kg are 70 mg. Rows of `open` would need a count, and those of `both` have a
    second unit. A name that is no arm is answered with all arms, whoever is in them.
    """
    file = written(tmp_path, a_file(TWO_ARMS))
    patients = people(tmp_path, "1,70,mono", "2,60,bth", head="ID,WT,ARM")
    result = run("cohort", file, patients, "-o", str(tmp_path / "events.csv"))
    assert (tmp_path / "events.csv").read_text("utf-8").splitlines()[1:] == ["1,0,1,1,70,0,0,0,70"]
    assert "caution" not in result.err
    (rejected,) = reasons(tmp_path / "events.rejected.csv")
    assert rejected["REASON"].endswith("did you mean 'both'? Known: mono, both, open")


def test_only_patients_in_an_arm_without_the_drug_are_rejected(tmp_path: Path) -> None:
    """As `schedule` would refuse him or her; the others have their rows."""
    file = written(tmp_path, a_file(TWO_ARMS))
    patients = people(tmp_path, "1,70,mono", "2,60,both", head="ID,WT,ARM")
    result = run("cohort", file, patients, "--drug", "otherumab", "--format", "csv")
    assert result.code == 1
    assert result.out.splitlines()[1:] == ["2,0,1,1,10000000,0,0,0,60"]
    assert "rejected: row 1, ID 1: examplumab gives no otherumab in arm mono" in result.err
    nobody = people(tmp_path, "1,70,mono", head="ID,WT,ARM")
    result = run("cohort", file, nobody, "--drug", "otherumab", "--format", "csv")
    assert_refused(result, 1, "examplumab gives no otherumab in arm mono; choose another")


def test_where_every_patient_is_rejected_none_is_reported_as_written(tmp_path: Path) -> None:
    """That the others were written was printed beside a table without a row."""
    result = run(*NPC, people(tmp_path, "1,700"), "-o", str(tmp_path / "events.csv"))
    assert result.err.endswith("1 patient is rejected; there are no others\n")


def test_a_horizon_that_closes_nothing_is_reported(tmp_path: Path) -> None:
    """Two weeks of npc-bolus were ten, of every patient."""
    target = tmp_path / "events.csv"
    result = run(*NPC, people(tmp_path, "1,70"), "-o", str(target), "--weeks", "2")
    assert result.err.startswith("--weeks: npc-bolus says how often everything is given")


def test_columns_by_other_names(tmp_path: Path) -> None:
    """`--map WT=weight_kg`; a column that is not there is answered with those that are."""
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70", head="pid,weight_kg")
    mapped = ("--map", "ID=pid", "--map", "WT=weight_kg")
    assert run(*NPC, file, "-o", str(target), *mapped).code == 0
    assert target.read_text("utf-8").splitlines()[1].startswith("1,0,1,1,5040000")
    assert_refused(
        run(*NPC, file, "-o", str(target)), 1, "no column ID", "pid, weight_kg", "--map ID="
    )
    assert_refused(run(*NPC, file, "-o", str(target), "--map", "KG=x"), 2, "--map", "WT")


def test_no_column_is_two_measures(tmp_path: Path) -> None:
    """Danger: of `--map WT=HT` alone a patient of 170 cm would weigh 170 kg."""
    file = people(tmp_path, "1,70,170", head="ID,w,HT")
    for mapped in (("--map", "WT=HT"), ("--map", "WT=w", "--map", "HT=w")):
        assert_refused(run(*NPC, file, *mapped), 2, "--map", "cannot be both WT and HT")


@pytest.mark.parametrize("ending", ["", "-o=x.parquet"])
def test_what_is_read_from_parquet_is_what_is_read_from_csv(tmp_path: Path, ending: str) -> None:
    """Numbers as doubles and as texts: the same rows."""
    del ending
    numbers = {"ID": pa.array([1, 2]), "WT": pa.array([70.1, 64.25]), "HT": pa.array([170, 161])}
    pq.write_table(pa.table(numbers), tmp_path / "patients.parquet")
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    run(*NPC, str(tmp_path / "patients.parquet"), "-o", str(one))
    run(*NPC, people(tmp_path, "1,70.1,170", "2,64.25,161"), "-o", str(other))
    assert one.read_bytes() == other.read_bytes()


def test_a_folder_holds_whole_parts_and_a_manifest(tmp_path: Path) -> None:
    """No part splits a patient; together they are the one file; the manifest is written last.

    Of 60 rows each, 1,666 patients have 99,960.
    """
    single_file, folder = tmp_path / "events.parquet", tmp_path / "events"
    file = many(tmp_path, 5_000)
    assert run(*NPC, file, "-o", str(single_file)).code == 0
    result = run(*NPC, file, "-o", f"{folder}/", "--part-rows", "100_000", "--summary")
    assert result.code == 0
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [part["patients"] for part in manifest["parts"]] == [1_666, 1_666, 1_666, 2]
    parts = [table(folder / part["file"]) for part in manifest["parts"]]
    assert pa.concat_tables(parts).equals(table(single_file))
    assert json.loads((folder / "summary.json").read_text("utf-8"))["patients"] == 5_000
    again = run(*NPC, file, "-o", f"{folder}/")
    rights = stat.S_IMODE(folder.stat().st_mode)
    assert os.name == "nt" or not rights & 0o007, "a folder has no rights for others, as its files"
    assert_refused(again, 1, f"--output {folder}/ already exists")
    assert_refused(run(*NPC, file, "-o", str(single_file), "--part-rows", "9"), 2, "-o events/")
    assert_refused(run(*NPC, file, "-o", "x/", "--part-rows", "0"), 2, "5_000_000")


@pytest.mark.parametrize("name", ["events.csv", "events/"])
def test_a_folder_that_is_missing_is_told_before_the_work(tmp_path: Path, name: str) -> None:
    """A large cohort takes minutes, whose result would be lost."""
    target = f"{tmp_path}/no/such/{name}"
    with patch.object(files, "batches", side_effect=AssertionError("the work has begun")):
        result = run(*NPC, people(tmp_path, "1,70,170"), "-o", target)
    assert_refused(result, 1, f"--output {target} cannot be written", "in a folder that exists")
    assert [path.name for path in tmp_path.iterdir()] == ["patients.csv"]


def test_the_summary_is_what_a_pharmacy_asks(tmp_path: Path) -> None:
    """Totals by hand: 60 x 72,000 x (70 + 80) = 648 million IU; vials of 18 million, one a dose."""
    target = tmp_path / "events.parquet"
    file = people(tmp_path, "1,70,170", "2,80,180")
    result = run(*NPC, file, "-o", str(target), "--summary")
    assert result.code == 0
    assert "2 virtual patients, not a prescription" in result.out
    assert "in all at most 648,000,000 IU, of which 324,000,000 IU on a condition\n" in result.out
    summary: dict[str, Any] = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))
    (drug,) = summary["drugs"]
    assert (drug["patients"], drug["rows"], drug["total"]) == (2, 120, 648_000_000)
    assert (drug["at_most"], drug["conditional"]) == (120, 324_000_000)
    assert drug["dose"] == {
        "p5": 5_040_000, "p25": 5_040_000, "p50": 5_040_000, "p75": 5_760_000, "p95": 5_760_000,
    }  # fmt: skip
    assert drug["vials"]["total"] == 120
    assert set(drug["vials"]["per_patient"].values()) == {60}
    assert summary["cautions"] == {"outside-planned-days": 2}
    assert summary["format"] == "il2calc.cohort-summary/1"
    flat = written(tmp_path, a_cycle("amount: 5 mg", repeat="{times: 1, every: 21 days}"))
    single = run("cohort", flat, people(tmp_path, "1,70,170"), "-o", str(target), "--summary")
    assert "1 virtual patient, not" in single.out
    assert "examplumab: 1 patient, 1 dose\n" in single.out
    piped = separate(*NPC, people(tmp_path, "1,70,170", "2,80,180"), "--summary")
    assert "in all at most 648,000,000 IU" in piped.err


def test_a_summary_without_a_patient_counts_none(tmp_path: Path) -> None:
    """Everybody is rejected: no quantile is known, and a drug with vials was a traceback."""
    target = tmp_path / "events.parquet"
    result = run(*NPC, people(tmp_path, "1,700,170"), "-o", str(target), "--summary")
    assert result.code == 1
    assert result.out.splitlines() == [
        "0 virtual patients, not a prescription",
        "aldesleukin: 0 patients, 0 doses",
    ]
    (drug,) = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))["drugs"]
    assert (drug["total"], drug["dose"], drug["vials"]["per_patient"]) == (0, {}, {})


def figures(value: Decimal) -> Decimal:
    """An amount to 4 significant figures, halves up."""
    return value.quantize(Decimal(1).scaleb(value.adjusted() - 3), ROUND_HALF_UP)


def test_quantiles_are_those_of_all_values_in_order(tmp_path: Path) -> None:
    """The least value that 5 % (25 %, ...) do not pass, of 301 x 18 doses and of 301 sums."""
    target = tmp_path / "events.parquet"
    options = ("--arm", "6.25-mg", "--drug", "paclitaxel", "--summary")
    assert run("cohort", "imp321", many(tmp_path, 301), "-o", str(target), *options).code == 0
    text = (tmp_path / "events.summary.json").read_text("utf-8")
    (totals,) = json.loads(text, parse_float=Decimal)["drugs"]
    amounts: list[Decimal] = table(target).column("AMT").to_pylist()
    every = 18
    assert len(amounts) == 301 * every
    sums = [
        sum(amounts[index : index + every], Decimal(0)) for index in range(0, len(amounts), every)
    ]
    for key, values in (("dose", amounts), ("total_per_patient", sums)):
        order = sorted(figures(value) for value in values)
        expected = {f"p{per}": order[-(-per * len(order) // 100) - 1] for per in QUANTILES}
        assert {name: Decimal(value) for name, value in totals[key].items()} == expected


def test_patients_of_few_rows_are_laid_out_more_at_once(tmp_path: Path) -> None:
    """30 rows each: 160,000 / 30 = 5,333 patients, whose rows are those of any other cut."""
    path = many(tmp_path, 6_000)
    source = Patients(Path(path), {"ID": "ID", "WT": "WT", "HT": "HT"}, ())
    two = {"cmts": {"paclitaxel": 1, "IMP321": 2}, "covariates": ("WT", "BSA")}
    plan = planned(load_regimen("imp321"), ["6.25-mg"], **two)

    def nobody(one: Rejected) -> None:
        pytest.fail(one.reason)

    batches = list(files.batches(plan, source, nobody))
    assert [count for count, _ in batches] == [5_333, 667]
    single = [expansion.rows(plan, chunk) for _, chunk in source.chunks(nobody, 1_000)]
    assert len(single) == 6
    one_table = pa.Table.from_batches([rows for _, rows in batches])
    assert one_table.combine_chunks().equals(pa.Table.from_batches(single).combine_chunks())


def test_a_long_run_holds_no_more_than_a_short_one(tmp_path: Path) -> None:
    """10^7 patients took 287 MB and 10^4 126: what was read, and what Parquet says of its groups.

    Of 400,000 patients in 8 groups (8 MB of weights and heights that no coding shortens) less
    than a quarter is held at once; 48 batches of 60 rows are 24 groups of 120, and a half one.
    """
    numbers = np.random.default_rng(1).random((2, 400_000))
    columns = {"ID": range(400_000), "WT": 40 + numbers[0], "HT": 150 + numbers[1]}
    path = tmp_path / "patients.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=50_000, use_dictionary=False)
    before, highest = pa.total_allocated_bytes(), 0
    source = Patients(path, {name: name for name in columns}, ())
    for _, chunk in source.chunks(lambda one: pytest.fail(one.reason)):
        assert chunk.num_rows > 0
        highest = max(highest, pa.total_allocated_bytes() - before)
    assert highest < path.stat().st_size / 4
    plan = planned(load_regimen("npc-bolus"))
    rows = expansion.rows(plan, batch([{"WT": "70"}]))
    with patch.object(files, "GROUP_ROWS", 100), BytesIO() as stream:
        assert files.write([(1, rows)] * 49, plan.schema, {}, stream, "parquet") == (49, 2940)
        with pq.ParquetFile(stream) as file:
            groups = [
                file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)
            ]
            assert file.read().equals(pa.Table.from_batches([rows] * 49))
        complete = BytesIO()
        assert files.write([(1, rows)] * 2, plan.schema, {}, complete, "parquet") == (2, 120)
        assert pq.ParquetFile(complete).num_row_groups == 1
    assert groups == [120] * 24 + [60]


def test_the_summary_counts_caps_rounding_and_cautions_of_bodies(tmp_path: Path) -> None:
    """1,250 mg: 80 kg x 6 mg/kg capped; a weight that few adults have is counted."""
    target = tmp_path / "events.parquet"
    file = people(tmp_path, "1,30,160", "2,70,170", head="ID,WT,HT")
    options = ("--round", "paclitaxel=5 mg", "--arm", "6.25-mg")
    assert run("cohort", "imp321", file, "-o", str(target), "--summary", *options).code == 0
    summary = json.loads((tmp_path / "events.summary.json").read_text("utf-8"))
    paclitaxel = summary["drugs"][0]
    assert (paclitaxel["drug"], paclitaxel["capped"], paclitaxel["rounded"]) == (
        "paclitaxel",
        0,
        36,
    )
    assert summary["cautions"]["body-size"] == 1
    assert "vials" in paclitaxel


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("-o", "x.txt"), ("--output", ".parquet")),
        (("-o", "no/such/folder/x.csv"), ("--output", "folder that exists")),
        (("-o", "x.csv", "--format", "excel"), ("--format", "parquet")),
        (("-o", "x.csv", "--columns", "NAME"), ("--columns", "DRUG")),
        (("-o", "x.csv", "--cmt", "aldesleukin"), ("--cmt", "DRUG=2")),
        (("-o", "x.csv", "--drug", "imatinib"), ("imatinib", "aldesleukin")),
        (("-o", "x.csv", "--until", "2026-12-01"), ("--until", "--weeks 24")),
    ],
)
def test_an_option_that_cannot_be_honoured_is_one_line(
    tmp_path: Path, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """As everywhere."""
    result = run(*NPC, people(tmp_path, "1,70,170"), *args)
    assert result.code in {1, 2}
    assert_refused(result, result.code, *words)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, ("none.csv", "cannot be read")),
        ("empty.csv", b"", ("empty.csv", "no column ID", "its first line names them, like ID,WT")),
        ("twice.csv", b"ID,WT,WT\n1,70,80\n", ("twice.csv:1", "WT twice")),
        ("quote.csv", b'ID,WT\n1,70\n2,"70\n3,70",80\n', ("quote.csv", "cannot be read")),
        ("long.csv", b"ID,WT\n1,70\n2,70," + b"0" * 200_000, ("long.csv", "cannot be read")),
        ("latin.csv", "ID,WT\n1,70\n2,\xe9\n".encode("latin-1"), ("latin.csv", "save it as CSV")),
        ("both.csv", b"ID,WT\n1,70\n2,70,\xe9\n", ("both.csv", "save it as CSV in UTF-8")),
        ("not.parquet", b"ID,WT\n1,70\n", ("not.parquet", "cannot be read")),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes | None, words: tuple[str, ...]
) -> None:
    """And nothing is written. No --map can mend what is cut by semicolons, or has no column."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert_refused(run(*NPC, str(path), "-o", str(tmp_path / "x.csv")), 1, *words)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (pa.array([[70], [80]]), "list<"),
        (pa.array([{"kg": 70}, {"kg": 80}]), "struct<"),
        (pa.array([b"70", b"\xff"]), "binary"),
        (pa.array([True, False]), "bool"),
    ],
    ids=["list", "struct", "binary", "bool"],
)
def test_a_column_that_holds_no_numbers_or_text_is_refused_by_name(
    tmp_path: Path, cells: pa.Array, kind: str
) -> None:
    """Lists, structs and bytes as weights were a traceback."""
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"ID": [1, 2], "kg": cells, "other": [[1], [2]]}), path)
    result = run(*NPC, str(path), "--map", "WT=kg", "-o", str(tmp_path / "x.csv"))
    assert_refused(result, 1, "people.parquet: the column kg is of type", kind, "give numbers or")
    assert "other" not in result.err
    assert not (tmp_path / "x.csv").exists()


def test_a_folder_without_a_part_does_not_stay(tmp_path: Path) -> None:
    """What stopped the first part leaves no folder that is there already for the repeat."""
    file, folder = people(tmp_path, "1,70,170"), tmp_path / "events"
    with patch("il2calc.cohort.files.write", side_effect=OSError(28, "No space left on device")):
        assert_refused(run(*NPC, file, "-o", f"{folder}/"), 1, "No space left on device")
    assert not folder.exists()


@needs_posix("pipes with a name")
def test_a_pipe_is_no_file_of_patients(tmp_path: Path) -> None:
    """A process substitution is one: its end was reported as a seek that failed."""
    os.mkfifo(tmp_path / "p.csv")
    result = run(*NPC, str(tmp_path / "p.csv"), "-o", str(tmp_path / "x.csv"))
    assert_refused(result, 1, "p.csv: is a pipe or a device", "write the patients to a file first")
    assert_refused(run(*NPC, "-", "-o", str(tmp_path / "e.csv")), 1, "-: is a pipe or a device")
    assert_refused(run(*NPC, str(tmp_path), "-o", "x.csv"), 1, "cannot be read (Is a directory)")


def test_a_summary_keeps_within_a_terminal(tmp_path: Path) -> None:
    """Five quantiles of a dose ran past the right edge and broke within a number."""
    file, target = people(tmp_path, "1,70,170"), str(tmp_path / "events.csv")
    output = terminal(*NPC, file, "-o", target, "--summary", columns=60)
    assert max(map(len, output.out.splitlines())) <= 60
    wide = run(*NPC, file, "-o", target, "--summary").out
    assert " ".join(output.out.split()) == " ".join(wide.split())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_without_a_patient_is_reported(kind: str, tmp_path: Path) -> None:
    """Danger: a filter that let nobody through, and an empty table that looks like an answer."""
    file = people(tmp_path, "")
    if kind == "parquet":
        file = str(tmp_path / "patients.parquet")
        pq.write_table(pa.table({"ID": pa.array([], pa.int64())}), file)
    result = run(*NPC, file, "-o", str(tmp_path / "events.csv"))
    assert result.code == 0
    assert result.err.startswith(f"caution: {file}: contains nobody, so there are no rows\n")
    assert run(*NPC, file, "-o", str(tmp_path / "events.csv"), "--strict").code == 1


@needs_posix("control characters in a file's name")
@pytest.mark.parametrize("option", [("-o", "x.csv"), ("--strict", "-o", "x.csv"), ("-o", "-")])
def test_a_files_name_cannot_write_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
) -> None:
    """Escape, a line break and a change of direction are written out, in an ID of the file too."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a\x1b[31m\n\u202e.csv"
    path.write_text("ID,WT\n1\x1b[31m,70\n", encoding="utf-8")
    result = run(*NPC, path.name, *option, "--format", "csv")
    assert result.code == 1
    assert not set("\x1b\u202e") & set(result.err)
    assert "a\\x1b[31m\\n\\u202e.csv: 1 patient is rejected" in result.err


def test_a_missing_file_of_patients_is_what_is_reported(tmp_path: Path) -> None:
    """And not the file beside it that a run before has written."""
    (tmp_path / "x.csv").touch()
    result = run(*NPC, str(tmp_path / "none.csv"), "-o", str(tmp_path / "x.csv"))
    assert_refused(result, 1, "none.csv: cannot be read (No such file or directory)")


def test_codes_of_numbers_are_numbers(tmp_path: Path) -> None:
    """A data frame keeps few distinct weights as codes: 70 kg x 72,000 IU = 5.04 million IU."""
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"ID": [1], "WT": pa.array(["70"]).dictionary_encode()}), path)
    assert run(*NPC, str(path), "-o", str(tmp_path / "x.parquet")).code == 0
    assert table(tmp_path / "x.parquet").column("AMT")[0].as_py() == 5_040_000


def test_an_earlier_file_of_rejected_rows_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    """A run without a rejected row leaves none beside it."""
    target = tmp_path / "events.csv"
    assert run(*NPC, people(tmp_path, "1,0,170"), "-o", str(target)).code == 1
    assert len(reasons(tmp_path / "events.rejected.csv")) == 1
    assert run(*NPC, people(tmp_path, "1,70,170"), "-o", str(target)).code == 0
    assert not (tmp_path / "events.rejected.csv").exists()


@needs_posix("kills")
def test_a_killed_run_leaves_no_file(tmp_path: Path) -> None:
    """Kill -9 in the middle: the old file stays, whole."""
    target = tmp_path / "events.parquet"
    target.write_bytes(b"old")
    file = many(tmp_path, 40_000)
    command = [sys.executable, "-m", "il2calc", *NPC, file, "-o", str(target)]
    with subprocess.Popen(command, env=environment()) as process:
        for _ in range(600):
            scraps = list(tmp_path.glob(".events.parquet.*.part"))
            if scraps and scraps[0].stat().st_size > 4:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"


@needs_posix("limits of a process")
@pytest.mark.parametrize("name", ["events.parquet", "events/"])
def test_a_full_disk_is_one_line(tmp_path: Path, name: str) -> None:
    """A limit on the size of files replaces the full disk; nothing is left behind.

    An empty folder would be one that is there already, and the repeat would be refused.
    """
    target = f"{tmp_path}/{name}"
    command = [sys.executable, "-m", "il2calc", *NPC, many(tmp_path, 5_000), "-o", target]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    result = subprocess.run(
        command, env=environment(), preexec_fn=limit, capture_output=True, check=False, timeout=120
    )  # fmt: skip
    assert result.returncode == 1, result.stderr.decode()
    assert result.stderr.decode().startswith(
        f"error: --output {target} cannot be written (File too large); "
        "give a file where files may be this large"
    )
    assert len(result.stderr.decode().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["patients.csv"]


def test_large_and_small_numbers_of_csv_are_spelled_as_in_the_event_table(tmp_path: Path) -> None:
    """Danger: one dose in two spellings (`2e+10`), of which a script that compares finds two.

    0.002 mg over 46 hours are 0.00004347826086956522 mg an hour: the double 4.347826086956522E-05.
    """
    for unit, route, over, expected in [
        ("20_000_000_000.5 cells", "IV bolus", "", "20000000000.5,0"),
        ("0.002 mg", "IV infusion", "46 hours", "0.002,4.347826086956522E-05"),
    ]:
        lines = [f"amount: {unit}", f"route: {route}", *([f"over: {over}"] if over else [])]
        file = written(tmp_path, a_cycle(*lines, repeat="{times: 1, every: 21 days}"))
        result = run("cohort", file, people(tmp_path, "1,70,170"), "--format", "csv")
        single = run("schedule", file, "--weight", "70", "--height", "170", "--format", "events")
        assert result.out == single.out
        assert f",{expected},0,0,70," in result.out


def test_a_reader_who_leaves_gets_no_counts(tmp_path: Path) -> None:
    """Danger: `| head -1` counted the patients read so far as though their rows were written."""
    file = many(tmp_path, 20_000)
    result = first_line_only(*NPC, file, "--format", "csv", "--summary")
    assert result == Result(0, "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,WT,BSA\n", "")
    with (
        patch("il2calc.cohort.files.write", side_effect=BrokenPipeError()),
        patch("il2calc.cli.output.write_into_nothing"),
    ):
        assert run(*NPC, people(tmp_path, "1,70,170"), "--format", "csv") == Result(0, "", "")


def test_a_bar_is_drawn_on_a_terminal_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe nothing moves."""
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70,170")
    calm = ("cohort", written(tmp_path, a_cycle("amount: 5 mg", "route: SC")))
    assert run(*calm, file, "-o", str(target)).err == f"written: {target} (csv)\n"
    assert run(*calm, file, "-o", str(target), "--quiet").err == ""
    message = f"caution outside-planned-days: 1 patient\n{OF_ROWS}"
    assert run(*NPC, file, "-o", str(target), "--quiet").err == message, (
        "quiet leaves no caution out"
    )
    from il2calc.cli import cohort_verb

    with cohort_verb.progress_of(10) as plain:
        plain(5)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with cohort_verb.progress_of(10) as bar:
        bar(5)
    assert bar is not plain


def test_a_compartment_is_any_that_an_event_table_has(tmp_path: Path) -> None:
    """40,000 was a traceback: 16 bits hold 32,767 at the most. A schedule takes 100,000."""
    target, options = tmp_path / "events.parquet", ("--cmt", "aldesleukin=100000")
    assert run(*NPC, people(tmp_path, "1,70,170"), "-o", str(target), *options).code == 0
    assert set(table(target)["CMT"].to_pylist()) == {100_000}
    one = run("schedule", "npc-bolus", "--weight", "70", "--format", "events", *options)
    assert one.out.splitlines()[1].startswith("1,0,1,100000,5040000,")


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other verb needs it."""
    for name in [name for name in sys.modules if name.startswith("il2calc.cohort")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(*NPC, people(tmp_path, "1,70,170"), "-o", str(tmp_path / "x.csv"))
    assert_refused(result, 1, "pip install 'il2calc[cohort]'")


def test_no_other_verb_imports_the_columns() -> None:
    """They take longer to import than any other verb to run."""
    assert not imported("schedule", "npc-bolus", "--weight", "70") & {"numpy", "pyarrow"}
    assert not imported("cohort", "--help") & {"numpy", "pyarrow"}


def test_duckdb_and_polars_read_what_was_written(tmp_path: Path) -> None:
    """Sums per drug in two engines of others are those of the summary."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    polars = pytest.importorskip("polars", reason="polars is not installed")
    target = tmp_path / "events.parquet"
    options = ("--arm", "6.25-mg", "--columns", "DRUG", "--summary")
    assert run("cohort", "imp321", many(tmp_path, 300), "-o", str(target), *options).code == 0
    summary = json.loads((tmp_path / "events.summary.json").read_text("utf-8"), parse_float=Decimal)
    expected = {drug["drug"]: Decimal(drug["total"]) for drug in summary["drugs"]}
    query = f"select DRUG, sum(AMT) from '{target}' group by DRUG"  # noqa: S608 - our own path
    assert dict(duckdb.sql(query).fetchall()) == expected
    sums = polars.read_parquet(target).group_by("DRUG").agg(polars.col("AMT").sum())
    assert dict(sums.iter_rows()) == expected


def test_dask_carries_the_same_rows(tmp_path: Path) -> None:
    """The example of the page, on two local workers, gives the rows of the single run."""
    pytest.importorskip("distributed", reason="dask is not installed")
    page = Path(__file__).parents[1] / "docs" / "how-to" / "cohort.md"
    text = page.read_text("utf-8").split("<!-- file: on_dask.py -->\n```text\n")[1].split("```")[0]
    (tmp_path / "on_dask.py").write_text(text, "utf-8")
    numbers = {"ID": range(1, 5_001), "WT": [40 + number / 100 for number in range(5_000)]}
    file = tmp_path / "patients.parquet"
    pq.write_table(pa.table({**numbers, "HT": [170.5] * 5_000}), file)
    command = [sys.executable, "on_dask.py"]
    subprocess.run(command, cwd=tmp_path, env=environment(), check=True, timeout=300)
    assert run(*NPC, str(file), "-o", str(tmp_path / "single.parquet")).code == 0
    single = table(tmp_path / "single.parquet")
    assert table(tmp_path / "events.parquet").equals(single)


@pytest.mark.parametrize(
    ("patients", "into"),
    [
        ("p.csv", "p.csv"),
        ("events.rejected.csv", "events.csv"),
        ("link.csv", "p.csv"),
    ],
)
@needs_posix("links that anybody may make")
def test_the_patients_of_a_cohort_are_written_over_by_no_file(
    patients: str, into: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: rejected patients, mended and given to the next run, were deleted by it."""
    monkeypatch.chdir(tmp_path)
    for name in ("p.csv", "events.rejected.csv"):
        Path(name).write_text("ID,WT\n1,70\n", encoding="utf-8")
    Path("link.csv").symlink_to("p.csv")
    result = run("cohort", "npc-bolus", patients, "-o", into)
    assert_refused(result, 1, "is what is read here, which no output overwrites")
    assert Path(patients).read_text(encoding="utf-8") == "ID,WT\n1,70\n"


def test_a_cohort_replaces_no_regimen(tmp_path: Path) -> None:
    """As no other output does."""
    (tmp_path / "p.csv").write_text("ID,WT\n1,70\n", encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text("regimen: own\n", encoding="utf-8")
    args = ("--format", "csv", "-o", str(path))
    result = run("cohort", "npc-bolus", str(tmp_path / "p.csv"), *args)
    assert_refused(result, 1, "is a regimen, which no output overwrites")
    assert path.read_text(encoding="utf-8") == "regimen: own\n"


def test_texts_of_a_patient_file_run_in_no_spreadsheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of rejected rows is opened by the one who mends them."""
    monkeypatch.chdir(tmp_path)
    Path("p.csv").write_text("ID,WT\n=1+1,70\n2,70\n", encoding="utf-8")
    assert run("cohort", "npc-bolus", "p.csv", "-o", "events.csv").code == 1
    assert ",'=1+1," in Path("events.rejected.csv").read_text(encoding="utf-8")


def test_open_counts_and_rests_are_set_by_options_as_in_a_schedule(tmp_path: Path) -> None:
    """Cycles of 21 days within 6 weeks: 2, of 5 doses each. A rest of 2 days: day 4, 72 hours."""
    target, patients = tmp_path / "events.csv", people(tmp_path, "1", head="ID")
    options = ("--drug", "aldesleukin", "--weeks", "6", "--summary", "-o", str(target))
    assert run("cohort", "imatinib", patients, *options).code == 0
    assert len(target.read_text().splitlines()) == 1 + 2 * 5
    path = written(tmp_path, a_cycle("amount: 5 mg", repeat="{times: 2, rest: open}"))
    assert_refused(run("cohort", path, patients, "-o", str(target)), 1, '--rest "cycle=6 weeks"')
    assert run("cohort", path, patients, "-o", str(target), "--rest", "cycle=2 days").code == 0
    assert [row["TIME"] for row in reasons(target)] == ["0", "72"]


def test_amounts_by_bands_of_age_go_by_the_column_age(tmp_path: Path) -> None:
    """5 completed years: 5 mg; 30: 10 mg. Without an age the dose would be a guess."""
    target = tmp_path / "events.csv"
    path = written(tmp_path, a_cycle("amount: {below 6 years: 5 mg, 6 years or more: 10 mg}"))
    patients = people(tmp_path, "1,5", "2,30", head="ID,AGE")
    assert run("cohort", path, patients, "-o", str(target)).code == 0
    given = {(row["ID"], row["AMT"]) for row in reasons(target)}
    assert given == {("1", "5"), ("2", "10")}
    months = people(tmp_path, "1,71 months", "2,72 months", "3,6", head="ID,AGE")
    assert run("cohort", path, months, "-o", str(target)).code == 0
    assert [row["AMT"] for row in reasons(target)] == ["5"] * 4 + ["10"] * 8
    patients = people(tmp_path, "1,70", head="ID,WT")
    assert run("cohort", path, patients, "-o", str(target)).code == 1
    (wrong,) = reasons(tmp_path / "events.rejected.csv")
    assert wrong["REASON"] == "examplumab is dosed by age: give AGE"


@pytest.mark.parametrize(
    ("line", "head", "column", "dose"),
    [
        ("amount: 4 mg/kg; weight: ideal", "ID,WT,HT,SEX", "1,100,177.8,male", "292"),
        ("amount: {below 2 years: 5 mg, 2 to 11 years: 8 mg}", "ID,AGE", "1,7", "8"),
        ("amount: {below 10 kg: 5 mg, 10 to 30 kg: 8 mg}", "ID,WT", "1,20", "8"),
        ("amount: {80 to 90 kg: 5 mg, above 90 kg: 8 mg}", "ID,WT", "1,95", "8"),
    ],
)
def test_a_summary_needs_no_body_but_those_of_the_file(
    tmp_path: Path, line: str, head: str, column: str, dose: str
) -> None:
    """Who is in the file can be dosed: 4 x (50 + 2.3 x (70 - 60)) = 292 mg; bands of children.

    The cautions of the plan itself are looked for with a body that the plan has a dose for.
    """
    target = tmp_path / "events.csv"
    path = written(tmp_path, a_cycle(*line.split("; ")))
    file = people(tmp_path, column, head=head)
    result = run("cohort", path, file, "-o", str(target), "--summary")
    assert result.code == 0, result.err
    assert {row["AMT"] for row in reasons(target)} == {dose}


def test_the_body_of_an_event_is_the_actual_one_whatever_a_dose_is_calculated_from(
    tmp_path: Path,
) -> None:
    """A covariate is of the patient: 90 kg and sqrt(177.8 x 90 / 3600) = 2.1083 m2 in every row.

    A column that changes with the dose would have a model see a patient who loses 17 kg overnight.
    The events of one patient and of a cohort are the same.
    """
    doses = "".join(
        f"  - {{drug: examplumab, dose: {name}, route: oral, day: {day}, {amount}}}\n"
        for day, (name, amount) in enumerate(
            {
                "ideal": "amount: 1 mg/kg, weight: ideal",
                "adjusted": "amount: 1 mg/kg, weight: adjusted 40 %",
                "heavy": "amount: 1 mg/kg, weight_cap: 80 kg",
                "large": "amount: 1 mg/m2, bsa_cap: 1.5 m2",
            }.items(),
            1,
        )
    )
    path = written(tmp_path, a_file(f"doses:\n{doses}"))
    body = ("--weight", "90", "--height", "177.8", "--sex", "male", "--bsa-cap", "1.9")
    one = run("schedule", path, *body, "--format", "events").out
    target = tmp_path / "events.csv"
    patients = people(tmp_path, "1,90,177.8,male", head="ID,WT,HT,SEX")
    assert run("cohort", path, patients, "-o", str(target), "--bsa-cap", "1.9").code == 0
    for rows in (list(csv.DictReader(one.splitlines())), reasons(target)):
        assert [round(float(row["AMT"]), 6) for row in rows] == [73, 79.8, 80, 1.5]
        assert {(row["WT"], row["BSA"][:6]) for row in rows} == {("90", "2.1083")}


@pytest.mark.parametrize(
    ("more", "listed"),
    [
        ((), True),
        (("--cmt", "IMP321=2"), False),
        (("--columns", "DRUG"), False),
        (("--drug", "paclitaxel"), False),
    ],
)
def test_drugs_that_nothing_tells_apart_are_named(
    more: tuple[str, ...], tmp_path: Path, *, listed: bool
) -> None:
    """Milligrams of two drugs in one compartment are added up by whatever reads them."""
    command = ("cohort", "imp321", people(tmp_path, "1,70,170"), "--arm", "6.25-mg", *more)
    result = run(*command, "-o", str(tmp_path / "events.csv"))
    line = (
        "caution: event table: paclitaxel, IMP321 cannot be told apart: "
        'give --cmt "paclitaxel=1" --cmt "IMP321=2", or --columns DRUG\n'
    )
    assert (line in result.err) is listed
    assert result.code == 0


def test_doses_of_which_the_amount_is_not_stated_are_left_out_and_named(tmp_path: Path) -> None:
    """As the event table of one patient says it: row 2 of arm b has no amount, and no dose.

    No amount of nothing is in another unit than IU.
    """
    doses = (
        "  - {drug: aldesleukin, amount: 5 million IU, route: SC, day: 1}\n"
        "  - {drug: examplumab, amount: AMOUNT, route: oral, day: 2}\n"
    )
    head, target = "arms: {a: One., b: Other.}", tmp_path / "events.csv"
    cmts = ("--cmt", "aldesleukin=1", "--cmt", "examplumab=2")
    file = a_file("doses:\n" + doses.replace("AMOUNT", "not stated"))
    patients = people(tmp_path, "1", head="ID")
    path = written(tmp_path, file)
    result = run("cohort", path, patients, "-o", str(target))
    text = "row 2: no amount is stated, so the dose is left out"
    assert f"caution: event table, {text}" in result.err
    assert [row["AMT"] for row in reasons(target)] == ["5000000"]
    assert f"event table, {text}" in run("schedule", path, "--format", "events").err
    alone = run("cohort", path, patients, "-o", str(target), "--drug", "examplumab")
    assert_refused(alone, 1, "row 2: the source states no amount")
    file = a_file("doses:\n" + doses.replace("AMOUNT", "{a: 2 million IU, b: not stated}"), head)
    patients = people(tmp_path, "1,a", "2,b", head="ID,ARM")
    result = run("cohort", written(tmp_path, file), patients, "-o", str(target), *cmts)
    assert "event table, arm b, row 2: no amount is stated" in result.err
    assert [row["ID"] for row in reasons(target)] == ["1", "1", "2"]


FLAT = ("drug: aldesleukin", "amount: 66 million IU", "route: IV bolus")
"""More than 720,000 IU/kg for whoever is lighter than 91.67 kg (66 / 0.72), and more than 36
million IU/m2 for whoever is smaller than 1.833 m2 (66 / 36)."""


def plan_cautions(folder: Path, lines: tuple[str, ...], *patients: str) -> list[str]:
    """The cautions of a cohort that are not about a body."""
    path = written(folder, a_dose(*lines))
    result = run(
        "cohort", path, people(folder, *patients), "-o", str(folder / "events.csv"), "--quiet"
    )
    assert result.code == 0, result.err
    return [line for line in result.err.splitlines() if "body-size" not in line]


def test_a_limit_that_only_some_bodies_pass_is_counted_by_them(tmp_path: Path) -> None:
    """Danger: 66 million IU is above the limits for 60 kg and 160 cm (43.2; 36 x 1.633 = 58.8).

    It is not for 95 kg (68.4). By 70 kg and 1.8 m2 (50.4; 64.8) it would be everybody's.
    """
    assert plan_cautions(tmp_path, FLAT, "1,60,160", "2,95,180", "3,60,160", "4,96,181") == [
        "caution largest-dose: 2 patients"
    ]
    assert plan_cautions(tmp_path, FLAT, "1,95,180", "2,96,181") == []
    assert plan_cautions(tmp_path, FLAT, "1,60,160", "2,61,161") == [
        "caution largest-dose: 2 patients"
    ]


def test_a_limit_that_only_some_of_many_bodies_pass_is_reported_as_not_counted(
    tmp_path: Path,
) -> None:
    """1,001 bodies are too many to be looked at one by one: which of them it is for stays open."""
    many = (f"{number},{60 + number / 100:.2f},170" for number in range(1, 1002))
    bodies = (*many, "2000,95,180")
    message = "caution largest-dose: some patients; it depends on the body and is not counted"
    assert plan_cautions(tmp_path, FLAT, *bodies) == [message]
    target = tmp_path / "more.csv"
    file = people(tmp_path, *bodies)
    run("cohort", str(tmp_path / "examplumab.yaml"), file, "-o", str(target), "--summary")
    summary = json.loads((tmp_path / "more.summary.json").read_text("utf-8"))
    assert (summary["cautions"], summary["cautions_not_counted"]) == ({}, ["largest-dose"])


def test_bodies_that_no_band_is_for_have_no_caution_of_the_plan(tmp_path: Path) -> None:
    """Who is outside the bands is refused; the plan is looked at with who is inside them."""
    bands = "amount: {60 to 90 kg: 66 million IU, above 90 kg: 60 million IU}"
    path = written(tmp_path, a_dose("drug: aldesleukin", bands, "route: IV bolus"))
    file = people(tmp_path, "1,50,160", "2,60,160", "3,95,180")
    result = run("cohort", path, file, "-o", str(tmp_path / "events.csv"))
    assert result.code == 1
    assert "caution largest-dose: 1 patient" in result.err.splitlines()


def test_a_body_that_an_arm_cannot_dose_says_nothing_of_its_cautions(tmp_path: Path) -> None:
    """Patient 1 has no height, which arm large needs; 900,000 IU/kg of arm light are above 720,000.

    In arm large 20 million IU/m2 are below 36 million.
    """
    doses = (
        "arms: {light: per kg, large: per m2}\ndoses:\n"
        "  - {drug: aldesleukin, route: IV bolus, day: 1,"
        " amount: {light: 900_000 IU/kg, large: 20 million IU/m2}}\n"
    )
    path = written(tmp_path, a_file(doses))
    file = people(tmp_path, "1,70,,light", "2,80,180,large", head="ID,WT,HT,ARM")
    result = run("cohort", path, file, "-o", str(tmp_path / "events.csv"), "--quiet")
    assert (result.code, result.err) == (0, "caution largest-dose: 1 patient\n")


def test_micrograms_and_milligrams_of_a_drug_are_of_one_unit(tmp_path: Path) -> None:
    """Danger: 500 mcg and 1 mg as AMT 500 and 1, a dose 500 times another that is half of it."""
    amount = "amount: {below 50 kg: 500 mcg, 50 kg or more: 1 mg}"
    file = people(tmp_path, "1,40", "2,70", head="ID,WT")
    target = tmp_path / "events.csv"
    path = written(tmp_path, a_cycle(amount, "route: SC", repeat="{times: 1, every: 7 days}"))
    result = run("cohort", path, file, "-o", str(target), "--summary")
    assert (result.code, "in all 1,500 mcg" in result.out) == (0, True)
    assert (
        "AMT of examplumab is in mcg: amounts that the file has in mg are converted\n" in result.err
    )
    rows = [line.split(",") for line in target.read_text("utf-8").splitlines()[1:]]
    assert [row[4] for row in rows] == ["500", "1000"]


def test_a_drug_that_is_measured_in_two_ways_has_no_column(tmp_path: Path) -> None:
    """Nobody adds milligrams to units; a compartment of its own would hold both all the same."""
    two = regimen(
        tmp_path,
        "dose: a, drug: x, amount: 1 mg, day: 1",
        "dose: b, drug: x, amount: 5 units, day: 2",
    )
    file = people(tmp_path, "1,40", head="ID,WT")
    result = run("cohort", two.origin.file, file, "-o", str(tmp_path / "x.csv"), "--cmt", "x=1")
    assert_refused(result, 1, "x is given in mg and in units: no column of amounts can hold both")


THREE_DRUGS = """doses:
  - {drug: examplumab, amount: 5 mg, route: SC, day: 1}
  - {drug: otherumab, amount: 3 mg, route: SC, day: 1}
  - {drug: thirdumab, amount: 3 million IU, route: SC, day: 2}
"""


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ((1, 2, 3), ""),
        ((1, 1, 2), ""),
        ((2, 2, None), ""),
        ((1, 2, 1), "examplumab in mg and thirdumab in IU would be added up in compartment 1"),
        ((1, 2, None), "examplumab in mg and thirdumab in IU would be added up in compartment 1"),
    ],
)
def test_milligrams_and_units_are_never_in_one_compartment(
    tmp_path: Path, numbers: tuple[int | None, ...], problem: str
) -> None:
    """Danger: 5 mg and 3,000,000 IU in CMT 1 are 3,000,005 of nothing to a simulation.

    Whether the number was typed or is the default 1, for one patient and for many alike; drugs in
    one unit may share a compartment by choice.
    """
    file, target = written(tmp_path, a_file(THREE_DRUGS)), str(tmp_path / "events.csv")
    drugs = ("examplumab", "otherumab", "thirdumab")
    typed = [f"{drug}={n}" for drug, n in zip(drugs, numbers, strict=True) if n is not None]
    cmts = [word for text in typed for word in ("--cmt", text)]
    many = run("cohort", file, people(tmp_path, "1", head="ID"), "-o", target, *cmts)
    one = run("schedule", file, "--format", "events", "-o", target, *cmts)
    assert (many.code, one.code) == ((1, 1) if problem else (0, 0))
    assert problem in many.err
    assert problem in one.err


def test_a_middle_body_is_looked_at_where_amounts_go_by_bands(tmp_path: Path) -> None:
    """Danger: 180 for 18 million IU in the middle band of three, five times the largest dose.

    The lightest and the heaviest are given 9 and 18 million IU.
    """
    amount = "{below 50 kg: 9 MIU, 50 to 80 kg: 180 MIU, above 80 kg: 18 MIU}"
    protocol = regimen(tmp_path, f"drug: aldesleukin, amount: {amount}, route: SC, day: 1")
    file = people(tmp_path, "1,40", "2,70", "3,90", head="ID,WT")
    target = tmp_path / "events.csv"
    command = ("cohort", protocol.origin.file, file, "-o", str(target))
    assert "caution largest-dose: 1 patient\n" in run(*command).err
    target.unlink()
    stopped = run(*command, "--strict")
    assert (stopped.code, target.exists()) == (1, False)
    many = people(
        tmp_path, *(f"{number},{40 + number / 100}" for number in range(1, 5_000)), head="ID,WT"
    )
    message = "caution largest-dose: some patients; it depends on the body and is not counted\n"
    assert message in run("cohort", protocol.origin.file, many, "-o", str(target)).err


def test_a_rounding_that_a_middle_body_does_not_get_is_counted(tmp_path: Path) -> None:
    """72,000 IU/kg to a step of 3 MIU: 42 kg are 3.024, 60 kg 4.32 (30.6 % off), 92 kg 6.624."""
    file = people(tmp_path, "1,42", "2,60", "3,92", head="ID,WT")
    options = ("--round", "aldesleukin=3 MIU", "--round-within", "20 %")
    result = run(*NPC, file, "-o", str(tmp_path / "x.csv"), *options)
    assert "caution not-rounded: 1 patient\n" in result.err


def test_a_fact_that_no_column_shows_stops_a_strict_run(tmp_path: Path) -> None:
    """A condition and a maximum are columns; a range of time before a row is none."""
    target = tmp_path / "events.csv"
    file = people(tmp_path, "1,70,170")
    body = """
        - block: first
          doses: [{drug: examplumab, amount: 5 mg, route: SC, day: 1, only_if: fit}]
    """
    path = written(tmp_path, a_file(f"blocks:{body}"))
    command = ("cohort", path, file, "-o", str(target), "--strict")
    result = run(*command)
    assert (result.code, target.exists()) == (1, False)
    assert "caution: event table, row 1: conditional, but listed like any dose" in result.err
    assert run(*command, "--columns", "ONLY_IF").code == 0
