"""The verb `new`: a regimen file to begin with."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from commandline import assert_refused, run, written
from filetext import a_dose
from il2calc import Patient, language, load_regimen, make_schedule
from il2calc.text import safefile

ASKED = (
    ("--drug", "aldesleukin"),
    ("--amount", "1 million IU/m2"),
    ("--route", "SC"),
    ("--day", "[1 to 3, 8]"),
    ("--every", "28 days"),
    ("--times", "6"),
)


def test_a_new_file_loads_as_it_stands(tmp_path: Path) -> None:
    """Whoever begins has a right file to change, and every key of it is explained."""
    file = tmp_path / "mine.yaml"
    done = run("new", str(file))
    assert (done.code, done.out) == (0, "")
    assert f"il2calc show {file}" in done.err
    read = load_regimen(str(file))
    assert read.id == "mine"
    assert len(make_schedule(read, Patient()).administrations) == 4
    lines = file.read_text("utf-8").splitlines()
    keys = [n for n, line in enumerate(lines) if re.match(r" *(- )?[a-z_]+:", line)]
    explained = {line.strip() for line in lines if line.strip().startswith("#")}
    alone = [n for n in keys if not lines[n - 1].strip().startswith("#")]
    assert len(explained) >= 18
    assert {lines[n].split(":")[0].strip() for n in alone} <= {"text", "because", "- about"}


def test_what_the_command_says_is_in_the_file_as_an_assumption(tmp_path: Path) -> None:
    """Danger: a number without a source that looks as if it had one. 1 x 1.8 million, 24 doses."""
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), *(word for pair in ASKED for word in pair)).code == 0
    assert run("check", "--strict", str(file)).code == 0
    made = make_schedule(load_regimen(str(file)), Patient(surface_area=Decimal("1.8")))
    assert len(made.administrations) == 24
    assert {row.dosed.value for row in made.administrations} == {1_800_000}
    assert [row.regimen_day for row in made.administrations][:5] == [1, 2, 3, 8, 29]
    abouts = [each.about.rsplit(".", 1)[1] for each in made.regimen.assumptions]
    assert abouts == ["times", "every", "amount", "route", "day"]


@pytest.mark.parametrize(
    ("drug", "amount", "asked"),
    [
        ("aldesleukin", "7.2 million IU/kg", "is 10 times 720,000 units/kg, the largest sourced"),
        ("examplumab", "600.000 IU", "is 600 IU; write '600_000 IU' if thousands are meant"),
        ("aldesleukin", "720_000 IU/kg", None),
    ],
)
def test_a_new_file_is_asked_about_as_check_asks(
    drug: str, amount: str, asked: str | None, tmp_path: Path
) -> None:
    """Danger: a slip of what was typed first shows when its first patient is planned."""
    file = str(tmp_path / "mine.yaml")
    done = run("new", file, "--drug", drug, "--amount", amount, "--route", "IV bolus")
    told = [line for line in done.err.splitlines() if line.startswith("caution: ")]
    assert told == run("check", file).err.splitlines()
    assert [asked in each for each in told if asked] == [True] * bool(asked)
    assert len(told) == bool(asked)


def test_what_was_not_typed_is_not_stated_or_a_placeholder_that_says_so(tmp_path: Path) -> None:
    """Danger: a dose, a route or a day that nobody typed, told as taken from the command.

    A chemotherapy that nobody gave a route was subcutaneous. What a file cannot do without is a
    placeholder: the turns, their length and the days.
    """
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), "--drug", "carboplatin", "--amount", "5 AUC").code == 0
    read = load_regimen(str(file))
    texts = {each.about: each.text for each in read.assumptions}
    typed = "The amount was taken from the command that created this file."
    assert texts.pop("cycle.carboplatin.amount") == typed
    assert texts == {
        "cycle.repeat.times": "The number of turns (4) is a placeholder of il2calc's own, "
        "to be replaced.",
        "cycle.repeat.every": "The length of a turn (21 days) is a placeholder of il2calc's own, "
        "to be replaced.",
        "cycle.carboplatin.day": "The days (1) are a placeholder of il2calc's own, to be replaced.",
    }
    told = run("schedule", str(file), "--gfr", "90").out
    assert "carboplatin, route not stated" in told
    assert "subcutaneous" not in told
    bare = tmp_path / "bare.yaml"
    assert run("new", str(bare), "--drug", "carboplatin", "--day", "1 to 3").code == 0
    assert run("check", "--strict", str(bare)).code == 0
    (days,) = [each.text for each in load_regimen(str(bare)).assumptions if "day" in each.about]
    assert days == "The days were taken from the command that created this file."
    planned = run("schedule", str(bare)).out
    assert "carboplatin: 12 doses whose amount is not stated, in no total" in planned


def test_a_copy_gives_the_same_under_another_name(tmp_path: Path) -> None:
    """A shipped regimen is begun from with its sources."""
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), "--from", "npc-bolus").code == 0
    theirs = yaml.safe_load(Path(language.load("npc-bolus").origin.file).read_text("utf-8"))
    assert yaml.safe_load(file.read_text("utf-8")) == {**theirs, "regimen": "mine"}
    assert load_regimen(str(file)).id == "mine"


@pytest.mark.parametrize(
    ("printed", "dose"),
    [("Aprepitant (Emend)", "Aprepitant Emend"), ("trastuzumab/hyaluronidase", None)],
)
def test_a_drug_may_be_named_as_it_is_printed(
    printed: str, dose: str | None, tmp_path: Path
) -> None:
    """No option gives the dose of such a name its own, which paths need: it is made of the name."""
    file = tmp_path / "mine.yaml"
    done = run("new", str(file), "--drug", printed, "--amount", "5 mg")
    assert done.code == 0, done.err
    (only,) = load_regimen(str(file)).doses()
    assert (only.drug, only.name) == (printed, dose or "trastuzumab hyaluronidase")
    assert f"cycle.{only.name}.amount" in {
        each.about for each in load_regimen(str(file)).assumptions
    }


def test_a_fault_of_what_was_typed_stands_at_its_option(tmp_path: Path) -> None:
    """The line of a file that is not written is nowhere to be found."""
    typed = ("--every", "q3w", "--day", "D1,D8", "--times", "0", "--amount", "125mg")
    done = run("new", str(tmp_path / "mine.yaml"), *typed)
    assert done.code == 1
    assert done.err.splitlines() == [
        "error: --times: '0' is not a whole number of at least 1; write it like 4",
        "--every: 'q3w' is not a duration; write '3 weeks'",
        "--amount: '125mg' is not an amount; write '125 mg', with a space",
        "--day: 'D1,D8' is not a day; write [1, 8]",
    ]
    key = run("new", str(tmp_path / "weight.yaml"))  # the name of the file is no option
    assert key.err.startswith(f"{tmp_path / 'weight.yaml'}:3: regimen: 'weight' is a key")
    unnamed = run("new", str(tmp_path / "mine.yaml"), "--drug", "-- ()")
    assert_refused(unnamed, 1, "--drug: '-- ()' is a name as printed")


def test_nothing_is_written_over_and_nothing_faulty_is_written(tmp_path: Path) -> None:
    """One line that says what would work, and no file."""
    file = tmp_path / "mine.yaml"
    assert_refused(run("new", str(file), "--amount", "10mg"), 1, "10 mg")
    assert_refused(run("new", str(file), "--day", "0"), 1, "names day 0")
    assert_refused(run("new", str(file), "--from", "npc-bolus", "--day", "1"), 2, "--from")
    assert_refused(run("new", str(file), "--from", "npc-bols"), 1, "npc-bolus")
    assert_refused(run("new", str(tmp_path / "mine.txt")), 1, ".yaml")
    assert not file.exists()
    assert run("new", str(file)).code == 0
    before = file.read_bytes()
    assert_refused(run("new", str(file), "--from", "npc-bolus"), 1, "already exists")
    assert file.read_bytes() == before
    assert_refused(run("new", str(tmp_path / "no" / "mine.yaml")), 1, "cannot be written")


def test_a_file_whose_name_stands_otherwise_is_not_copied(tmp_path: Path) -> None:
    """It would keep its old name."""
    text = a_dose().replace("regimen: examplumab", '"regimen": examplumab')
    source = written(tmp_path, text)
    assert_refused(run("new", str(tmp_path / "m.yaml"), "--from", source), 1, "by hand")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, no file."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safefile, "create", full)
    assert_refused(run("new", str(tmp_path / "mine.yaml")), 1, "No space left")


@pytest.mark.hazard(14)
def test_plain_units_of_a_drug_counted_in_iu_begin_no_file(tmp_path: Path) -> None:
    """Danger: a file that was begun in units, and that no other verb loads; or one that does."""
    file = tmp_path / "mine.yaml"
    refused = run("new", str(file), "--drug", "aldesleukin", "--amount", "5 million units")
    assert_refused(
        refused, 1, "is in plain units, but aldesleukin is measured in IU: write it like"
    )
    assert not file.exists()
    older = run("new", str(file), "--drug", "aldesleukin", "--amount", "5 Cetus units/kg")
    assert (older.code, run("check", str(file)).code) == (0, 0)
