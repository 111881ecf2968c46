"""A course log and its regimen, as the verbs about courses need them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from courselogs import LATE
from filetext import a_cycle
from il2calc import language
from il2calc.cli import courses
from il2calc.errors import Refused, UnknownName
from il2calc.language import shelf
from logtext import started_log


def test_a_shipped_regimen_is_stored_by_its_id() -> None:
    """It is found wherever il2calc is installed."""
    assert courses.name_in_log("npc-bolus", "logs/S-07.yaml") == "npc-bolus"


@pytest.mark.parametrize(
    ("name", "file", "stored"),
    [
        ("examplumab.yaml", "S-07.yaml", "./examplumab.yaml"),
        ("./own/examplumab.yaml", "S-07.yaml", "own/examplumab.yaml"),
        ("examplumab.yml", "logs/S-07.yaml", "../examplumab.yml"),
        ("logs/examplumab.yaml", "logs/S-07.yaml", "./examplumab.yaml"),
    ],
)
def test_a_path_is_stored_relative_to_the_folder_of_the_log(
    name: str, file: str, stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a folder with both may be moved, and a command be run from anywhere."""
    monkeypatch.chdir(tmp_path)
    assert courses.name_in_log(name, file) == stored
    assert shelf.is_path(stored)


def test_a_regimen_beside_its_log_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read with the settings of the log."""
    (tmp_path / "own").mkdir()
    path = tmp_path / "own" / "examplumab.yaml"
    path.write_text(a_cycle(), encoding="utf-8")
    sha256 = language.load(str(path)).origin.sha256
    log = replace(
        started_log(str(tmp_path / "S-07.yaml")),
        regimen="own/examplumab.yaml",
        sha256=sha256,
        settings=(("cycle.examplumab.amount", "6 mg"),),
    )
    monkeypatch.chdir("/")
    regimen = courses.prescription_of(log, None, LATE, accept=False).regimen
    assert [setting.now for setting in regimen.settings] == ["6 mg"]


def test_a_regimen_of_the_users_own_library_is_found_by_its_id(tmp_path: Path) -> None:
    """As everywhere."""
    (tmp_path / "examplumab.yaml").write_text(a_cycle(), encoding="utf-8")
    log = started_log()
    assert courses.prescription_of(log, tmp_path, LATE, accept=True).regimen.id == "examplumab"
    with pytest.raises(UnknownName):
        courses.prescription_of(log, None, LATE, accept=True)


def test_a_regimen_that_was_changed_since_is_accepted_outright_or_not_at_all() -> None:
    """The log was started with other bytes: what a row number means may be another dose."""
    log = replace(started_log(), regimen="npc-bolus")
    with pytest.raises(Refused, match=r"not the one that the log was started with.*; check"):
        courses.prescription_of(log, None, LATE, accept=False)
    assert courses.prescription_of(log, None, LATE, accept=True).regimen.id == "npc-bolus"


def test_a_regimen_on_another_drive_is_stored_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows no way leads there from the log's folder."""

    def no_way(*_: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", no_way)
    path = tmp_path / "own.yaml"
    assert courses.name_in_log(str(path), "logs/S-07.yaml") == path.as_posix()
