"""The verb `new`: a regimen file to start from."""

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


def test_a_new_file_loads_unchanged(tmp_path: Path) -> None:
    """A beginner has a valid file to change, and every key of it is explained."""
    file = tmp_path / "mine.yaml"
    result = run("new", str(file))
    assert (result.code, result.out) == (0, "")
    assert f"il2calc show {file}" in result.err
    regimen = load_regimen(str(file))
    assert regimen.id == "mine"
    assert len(make_schedule(regimen, Patient()).administrations) == 4
    lines = file.read_text("utf-8").splitlines()
    keys = [n for n, line in enumerate(lines) if re.match(r" *(- )?[a-z_]+:", line)]
    explained = {line.strip() for line in lines if line.strip().startswith("#")}
    alone = [n for n in keys if not lines[n - 1].strip().startswith("#")]
    assert len(explained) >= 18
    assert {lines[n].split(":")[0].strip() for n in alone} <= {"text", "because", "- about"}


def test_values_of_the_command_are_assumptions_in_the_file(tmp_path: Path) -> None:
    """Danger: a number without a source that looks as if it had one. 1 x 1.8 million, 24 doses."""
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), *(word for pair in ASKED for word in pair)).code == 0
    assert run("check", "--strict", str(file)).code == 0
    schedule = make_schedule(load_regimen(str(file)), Patient(surface_area=Decimal("1.8")))
    assert len(schedule.administrations) == 24
    assert {row.dosed.value for row in schedule.administrations} == {1_800_000}
    assert [row.regimen_day for row in schedule.administrations][:5] == [1, 2, 3, 8, 29]
    abouts = [assumption.about.rsplit(".", 1)[1] for assumption in schedule.regimen.assumptions]
    assert abouts == ["times", "every", "amount", "route", "day"]


@pytest.mark.parametrize(
    ("drug", "amount", "expected"),
    [
        ("aldesleukin", "7.2 million IU/kg", "is 10 times 720,000 units/kg, the largest sourced"),
        ("examplumab", "600.000 IU", "is 600 IU; write '600_000 IU' if thousands are meant"),
        ("aldesleukin", "720_000 IU/kg", None),
    ],
)
def test_a_new_file_has_the_cautions_of_check(
    drug: str, amount: str, expected: str | None, tmp_path: Path
) -> None:
    """Danger: a slip in typing shows only when the first patient is planned."""
    file = str(tmp_path / "mine.yaml")
    result = run("new", file, "--drug", drug, "--amount", amount, "--route", "IV bolus")
    cautions = [line for line in result.err.splitlines() if line.startswith("caution: ")]
    assert cautions == run("check", file).err.splitlines()
    assert [expected in caution for caution in cautions if expected] == [True] * bool(expected)
    assert len(cautions) == bool(expected)


def test_a_value_not_typed_is_not_stated_or_a_named_placeholder(tmp_path: Path) -> None:
    """Danger: a dose, a route or a day that nobody typed, described as taken from the command.

    A chemotherapy without a route was written as subcutaneous. What a file cannot do without is a
    placeholder: the turns, their length and the days.
    """
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), "--drug", "carboplatin", "--amount", "5 AUC").code == 0
    regimen = load_regimen(str(file))
    texts = {assumption.about: assumption.text for assumption in regimen.assumptions}
    as_typed = "The amount was taken from the command that created this file."
    assert texts.pop("cycle.carboplatin.amount") == as_typed
    assert texts == {
        "cycle.repeat.times": "The number of turns (4) is a placeholder of il2calc's own, "
        "to be replaced.",
        "cycle.repeat.every": "The length of a turn (21 days) is a placeholder of il2calc's own, "
        "to be replaced.",
        "cycle.carboplatin.day": "The days (1) are a placeholder of il2calc's own, to be replaced.",
    }
    output = run("schedule", str(file), "--gfr", "90").out
    assert "carboplatin, route not stated" in output
    assert "subcutaneous" not in output
    bare = tmp_path / "bare.yaml"
    assert run("new", str(bare), "--drug", "carboplatin", "--day", "1 to 3").code == 0
    assert run("check", "--strict", str(bare)).code == 0
    (days,) = [
        assumption.text
        for assumption in load_regimen(str(bare)).assumptions
        if "day" in assumption.about
    ]
    assert days == "The days were taken from the command that created this file."
    planned = run("schedule", str(bare)).out
    assert "carboplatin: 12 doses whose amount is not stated, in no total" in planned


def test_a_copy_is_the_same_regimen_under_another_name(tmp_path: Path) -> None:
    """A shipped regimen is copied with its sources."""
    file = tmp_path / "mine.yaml"
    assert run("new", str(file), "--from", "npc-bolus").code == 0
    theirs = yaml.safe_load(Path(language.load("npc-bolus").origin.file).read_text("utf-8"))
    assert yaml.safe_load(file.read_text("utf-8")) == {**theirs, "regimen": "mine"}
    assert load_regimen(str(file)).id == "mine"


def test_a_copy_is_that_of_the_library_as_with_every_other_command(tmp_path: Path) -> None:
    """Danger: with a library that hides npc-bolus, the copy had the shipped amount, in silence."""
    own = tmp_path / "library" / "npc-bolus.yaml"
    own.parent.mkdir()
    shipped = language.shelf.find("npc-bolus").content.decode()
    own.write_text(shipped.replace("72_000 IU/kg", "73_000 IU/kg"), encoding="utf-8")
    caution = f"caution: {own} is used instead of the shipped npc-bolus\n"
    options, library = ("--from", "npc-bolus", "--quiet"), str(own.parent)
    result = run("new", str(tmp_path / "a.yaml"), *options, "--library", library)
    assert (result.code, result.err) == (0, caution)
    result = run("new", str(tmp_path / "b.yaml"), *options, env={"IL2CALC_LIBRARY": library})
    assert (result.code, result.err) == (0, caution)
    assert run("new", str(tmp_path / "c.yaml"), *options).err == ""
    amounts = {name: "73_000" in (tmp_path / f"{name}.yaml").read_text("utf-8") for name in "abc"}
    assert amounts == {"a": True, "b": True, "c": False}
    none = {"IL2CALC_LIBRARY": str(tmp_path / "none")}
    assert_refused(run("new", str(tmp_path / "d.yaml"), "--drug", "x", env=none), 1, "not a folder")


@pytest.mark.parametrize(
    ("name", "dose"),
    [("Aprepitant (Emend)", "Aprepitant Emend"), ("trastuzumab/hyaluronidase", None)],
)
def test_a_drug_may_be_named_as_it_is_printed(name: str, dose: str | None, tmp_path: Path) -> None:
    """Paths need a plain dose name, which no option gives: it is made from the drug's name."""
    file = tmp_path / "mine.yaml"
    result = run("new", str(file), "--drug", name, "--amount", "5 mg")
    assert result.code == 0, result.err
    (only,) = load_regimen(str(file)).doses()
    assert (only.drug, only.name) == (name, dose or "trastuzumab hyaluronidase")
    assert f"cycle.{only.name}.amount" in {
        assumption.about for assumption in load_regimen(str(file)).assumptions
    }


def test_a_fault_of_a_typed_value_names_its_option(tmp_path: Path) -> None:
    """Nobody can find the line of a file that is not written."""
    options = ("--every", "q3w", "--day", "D1,D8", "--times", "0", "--amount", "125mg")
    result = run("new", str(tmp_path / "mine.yaml"), *options)
    assert result.code == 1
    assert result.err.splitlines() == [
        "error: --times: '0' is not a whole number of at least 1; write it like 4",
        "--every: 'q3w' is not a duration; write '3 weeks'",
        "--amount: '125mg' is not an amount; write '125 mg', with a space",
        "--day: 'D1,D8' is not a day; write [1, 8]",
    ]
    most = run("new", str(tmp_path / "mine.yaml"), "--times", "up to 4")
    in_file = "write 4, and 'up_to' for 'times' in the new file"
    assert_refused(most, 1, f"--times: 'up to 4' is a maximum; {in_file}")
    several = run("new", str(tmp_path / "mine.yaml"), "--times", "2 to 4")
    assert_refused(several, 1, f"if the larger number is a maximum, {in_file}")
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


def test_a_file_whose_name_key_differs_is_not_copied(tmp_path: Path) -> None:
    """It would keep its old name."""
    text = a_dose().replace("regimen: examplumab", '"regimen": examplumab')
    source = written(tmp_path, text)
    assert_refused(run("new", str(tmp_path / "m.yaml"), "--from", source), 1, "by hand")


def test_a_full_disk_is_an_error_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, no file."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safefile, "create", full)
    assert_refused(run("new", str(tmp_path / "mine.yaml")), 1, "No space left")


@pytest.mark.hazard(14)
def test_plain_units_of_a_drug_counted_in_iu_create_no_file(tmp_path: Path) -> None:
    """Danger: a file created in units that no other verb loads; or one that loads."""
    file = tmp_path / "mine.yaml"
    refused = run("new", str(file), "--drug", "aldesleukin", "--amount", "5 million units")
    assert_refused(
        refused, 1, "is in plain units, but aldesleukin is measured in IU: write it like"
    )
    assert not file.exists()
    older = run("new", str(file), "--drug", "aldesleukin", "--amount", "5 Cetus units/kg")
    assert (older.code, run("check", str(file)).code) == (0, 0)


def test_a_name_that_no_file_can_have_asks_for_another_name(tmp_path: Path) -> None:
    """A name of 300 letters is longer than Linux, Windows and macOS allow (255)."""
    done = run("new", str(tmp_path / f"{300 * 'a'}.yaml"))
    assert (done.code, done.err.endswith("(File name too long); give another name\n")) == (1, True)
