"""Drugs by their names as printed: `"Aprepitant (Emend)"`, `5-FU + leucovorin`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import run
from filetext import a_dose, assert_fault, faults, loaded
from il2calc.plan.schedule import make
from il2calc.text import values
from lacks import LACKS, answer

PRINTED = a_dose('drug: "Aprepitant (Emend), 125/80"', "dose: aprepitant")


@pytest.mark.parametrize("lack", ["paren", "plus", "slash"])
def test_a_printed_name_needs_a_dose_name_and_then_loads(lack: str) -> None:
    """A path could not hold its signs; the message says what to add."""
    (problem,) = answer(LACKS[lack])
    assert "is a name as printed; add 'dose: NAME', which paths use for this dose" in problem
    assert answer(LACKS[lack].replace("drug:", "dose: given, drug:")) == []


def test_paths_use_the_name_of_the_dose() -> None:
    """Faults, assumptions and --set say `aprepitant.amount`; people read the printed name."""
    regimen = loaded(PRINTED, ("aprepitant.amount", "80 mg"))
    (row,) = make(regimen).administrations
    assert row.dose.drug == "Aprepitant (Emend), 125/80"
    assert row.dose.path == "aprepitant"
    assert row.dosed.value == 80


@pytest.mark.parametrize("word", ["a=b", "a|b", "a;b", "<b>", "a[1]", "a`b", "a\tb", "(" * 61])
def test_a_name_holds_no_sign_that_ends_it_elsewhere(word: str) -> None:
    """`--percent NAME=75 %`, tables, brackets of paths, and what a terminal obeys."""
    with pytest.raises(
        ValueError, match="is not a name; write at most 60 plain characters, none of"
    ):
        values.printed_name(word)


def test_a_key_of_the_language_is_no_drug() -> None:
    """A path through it would mean two things."""
    assert_fault(a_dose("drug: amount  # here"), "amount.drug", "is a key of the language; choose")


def test_two_doses_of_a_printed_name_are_each_named() -> None:
    """One message for each, and nothing beside it."""
    entry = '  - {drug: "a (b)", amount: 1 mg, route: IV, day: 2}\n'
    problems = [fault.problem for fault in faults(a_dose('drug: "a (b)"') + entry)]
    assert len(problems) == 2
    assert all("is a name as printed" in problem for problem in problems)


def test_every_option_and_log_takes_the_printed_name(tmp_path: Path) -> None:
    """--percent, --round, a log that is started, written to and read again."""
    file, log = tmp_path / "printed.yaml", tmp_path / "log.yaml"
    file.write_text(PRINTED.replace("5 mg", "40 mg"), encoding="utf-8")
    name = "Aprepitant (Emend), 125/80"
    result = run("schedule", str(file), "--percent", f"{name}=50 %", "--format", "json")
    (row,) = json.loads(result.out)["administrations"]
    assert (row["drug"], row["amount"]["value"]) == (name, 20)
    rounded = run("schedule", str(file), "--round", f"{name}=30 mg", "--round-within", "50 %")
    assert "30 mg" in rounded.out
    begin = ("--regimen", str(file), "--start", "2026-11-20", "--percent", f"{name}=50 %")
    assert run("log", "start", str(log), *begin).code == 0
    given = run("log", "given", str(log), "1", "--as-of", "2026-11-20 09:00")
    assert given.code == 0, given.err
    replanned = run("replan", str(log), "--as-of", "2026-11-21", "--format", "json")
    (row,) = json.loads(replanned.out)["administrations"]
    assert (row["state"], row["amount"]["value"]) == ("given", 20)


def test_every_format_sets_the_printed_name(tmp_path: Path) -> None:
    """Its signs are escaped where a format gives them a meaning."""
    file = tmp_path / "printed.yaml"
    file.write_text(a_dose('drug: "A & B (C)"', "dose: both"), encoding="utf-8")
    for name, expected in (
        ("svg", "A &amp; B (C)"),
        ("html", "A &amp; B (C)"),
        ("table", "A & B (C)"),
    ):
        result = run("schedule", str(file), "--format", name)
        assert result.code == 0, result.err
        assert expected in result.out.replace("\N{NO-BREAK SPACE}", " ")


def test_a_printed_name_that_looks_like_another_is_refused() -> None:
    """One foreign letter, and the drug has no monograph and no limit."""
    with pytest.raises(ValueError, match="mixes scripts"):
        values.printed_name("\N{CYRILLIC SMALL LETTER A}ldesleukin (Proleukin)")
