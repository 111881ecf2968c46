"""Which drug the entries of a log are about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import run
from filetext import a_file

BODY = """
doses:
  - {drug: Proleukin, amount: 18 MIU, route: SC, day: 1 to 3}
  - {dose: late, drug: IL-2, amount: 9 MIU, route: SC, day: 4, repeat: {times: 2, every: 8 hours}}
"""


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A log of a regimen that calls a drug by two names, neither that of its monograph."""
    regimen, log = tmp_path / "examplumab.yaml", tmp_path / "S-07.yaml"
    regimen.write_text(a_file(BODY), encoding="utf-8")
    options = ("--start", "2025-12-01", "--percent", "aldesleukin=50 %")
    assert run("log", "start", str(log), "--regimen", str(regimen), *options).code == 0
    return log


def test_a_log_keeps_the_name_that_the_regimen_writes(begun: Path) -> None:
    """A monograph that is added or removed must not take a record away."""
    entered = ("--as-of", "2025-12-04 09:00")
    assert run("log", "given", str(begun), "1-4", *entered).code == 0
    assert run("log", "shift", str(begun), "5", "--by", "1 h", *entered).code == 0
    text = begun.read_text(encoding="utf-8")
    assert "Proleukin: 50 %" in text
    assert "{drug: Proleukin, numbers: 1 to 3}" in text
    assert "{drug: IL-2, dose: late, numbers: 4}" in text
    assert "{drug: IL-2, dose: late, numbers: 5, by: 1 hour}" in text
    out = run("replan", str(begun), "--as-of", "2025-12-04").out
    assert "Proleukin" not in out.split("Totals")[0].split("row")[1]
    assert "aldesleukin: " in out


@pytest.mark.parametrize("name", ["aldesleukin", "PROLEUKIN", "Proleukin"])
def test_a_log_written_by_hand_may_use_another_name_of_the_drug(begun: Path, name: str) -> None:
    entry = f"  - given: {{drug: {name}, numbers: 1}}\n    entered: 2025-12-01 09:00\n"
    begun.write_text(begun.read_text(encoding="utf-8") + entry, encoding="utf-8")
    output = run("replan", str(begun), "--as-of", "2025-12-02", "--allow-edited")
    assert (output.code, "given" in output.out) == (0, True)


@pytest.mark.parametrize(
    ("name", "code"), [("aldesleukin", 0), ("IL-2", 0), ("recombinant interleukin-2", 0), ("x", 1)]
)
def test_a_reduction_names_the_drug_by_any_of_its_names(
    tmp_path: Path, name: str, code: int
) -> None:
    """Every option that names a drug finds the same one."""
    regimen, log = tmp_path / "examplumab.yaml", tmp_path / "S-08.yaml"
    body = BODY.replace("doses:", "blocks:\n  - block: cycle\n    doses:").replace(
        "\n  - {", "\n      - {"
    )
    regimen.write_text(a_file(body), encoding="utf-8")
    assert (
        run("log", "start", str(log), "--regimen", str(regimen), "--start", "2025-12-01").code == 0
    )
    options = ("--to", "75 %", "--from", "cycle", "--as-of", "2025-12-01 07:00")
    result = run("log", "reduce", str(log), name, *options)
    assert result.code == code, result.err
    assert ("drug: Proleukin" in log.read_text(encoding="utf-8")) == (code == 0)


EXTRA = ("18 MIU", "--at", "2025-12-02 12:00", "--route", "SC", "--as-of", "2025-12-04 09:00")


@pytest.mark.parametrize(
    ("regimen", "name", "entry"),
    [
        ("aldesleukin", "aldesleukin", "drug: aldesleukin, amount: 18 million IU, at: 2025-12-02"),
        ("aldesleukin", "proleukin", "route: SC, written: proleukin}"),
        ("Proleukin", "Proleukin", "drug: Proleukin, amount: 18 million IU, at: 2025-12-02"),
        ("Proleukin", "IL-2", "route: SC, written: IL-2}"),
    ],
)
def test_an_extra_dose_keeps_the_name_that_was_typed(
    tmp_path: Path, regimen: str, name: str, entry: str
) -> None:
    """The monograph's name is printed; the name that the person wrote stays in the record."""
    file, log = tmp_path / "examplumab.yaml", tmp_path / "S-09.yaml"
    file.write_text(a_file(BODY.replace("Proleukin", regimen)), encoding="utf-8")
    start = ("--regimen", str(file), "--start", "2025-12-01")
    assert run("log", "start", str(log), *start).code == 0
    output = run("log", "extra", str(log), name, *EXTRA)
    assert output.out.startswith("entry 1: aldesleukin 18 million units given on 2025-12-02 12:00")
    assert (", written " in output.out) == (name != "aldesleukin")
    text = log.read_text(encoding="utf-8").rpartition("- extra:")[2].splitlines()[0]
    assert (entry in text, "written" in text) == (True, name not in ("aldesleukin", "Proleukin"))
    rows = json.loads(run("replan", str(log), "--format", "json").out)["administrations"]
    assert [(row["drug"], row["written"]) for row in rows if row["dose"] == "not of the plan"] == [
        ("aldesleukin", name)
    ]
    assert run("log", "check", str(log)).code == 0


def test_a_what_if_dose_needs_no_written_name() -> None:
    """The what-if line is what was typed; no other option is needed."""
    assert "--written" not in run("log", "extra", "--help").out
