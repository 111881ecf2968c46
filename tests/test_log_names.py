"""Which drug the entries of a log speak of."""

from __future__ import annotations

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
    """A monograph that comes or goes must not take a record away."""
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
def test_a_log_written_by_hand_may_call_the_drug_otherwise(begun: Path, name: str) -> None:
    entry = f"  - given: {{drug: {name}, numbers: 1}}\n    entered: 2025-12-01 09:00\n"
    begun.write_text(begun.read_text(encoding="utf-8") + entry, encoding="utf-8")
    told = run("replan", str(begun), "--as-of", "2025-12-02", "--allow-edited")
    assert (told.code, "given" in told.out) == (0, True)


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
