"""From a course log's bytes to the log, or to everything that is wrong with the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from il2calc.errors import FaultyFile, RegimenError
from il2calc.language import log_file, shelf
from logtext import FILE, HASH, a_log, fault_lines, read, started_log

FAULTY = f"""\
log: S-07
regimen: npc-bolus
version: 1
sha256: {HASH}
weight: 70
start: 2025-12-01
at: "08:00"
entries:
  - given: {{block: course 1/cycle 1, drug: aldesleukin, numbers: 1-6}}
    entered: 2025-12-03 09:00
  - hold: {{block: course 1/cycle 1, drug: aldesleukin, number: 7}}
    entered: 2025-12-03 09:00
    reason: creatinine 3.1 mg/dL
    reason: creatinine 3.2 mg/dL
  - delay: {{block: course 1/cycle 2, by: 3 days}}
    entered: 2025-12-32 09:00
"""


def test_a_hand_edited_log_with_five_faults_gives_five_lines() -> None:
    """Each with its file, line and path, and what would be right; none hides another."""
    number = "entries[1].given.numbers: '1-6' is not a dose number; write 7, [7, 9] or '1 to 6'"
    date = "entries[3].entered: '2025-12-32 09:00' is not a calendar date"
    assert fault_lines(FAULTY) == [
        f"{FILE}:5: weight: '70' is not in kg or lb; write '70 kg'",
        f"{FILE}:9: {number}",
        f"{FILE}:11: entries[2].hold.number: is an unknown key; did you mean 'numbers'?",
        f"{FILE}:14: entries[2].reason: appears twice (first on line 13); keep one",
        f"{FILE}:16: {date}; check month and day",
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("text", ["", "\n \n", "# begun on Monday\n\n  # and left\n"])
def test_an_empty_file_is_no_log(text: str, mark: str) -> None:
    """Nor is a file of comments alone, with the byte order mark of some editors or without."""
    text = mark + text
    assert fault_lines(text) == [f"{FILE}:1: is empty; a course log begins with 'log: LABEL'"]


@pytest.mark.parametrize("text", ["- stop: yes\n", "S-07\n"])
def test_a_file_that_is_no_mapping_is_no_log(text: str) -> None:
    """It has no head."""
    assert fault_lines(text) == [
        f"{FILE}:1: is not a mapping; a course log begins with 'log: LABEL'"
    ]


def test_a_file_that_is_no_yaml_is_a_fault_with_its_line() -> None:
    """Nothing of it is read."""
    (only,) = fault_lines(a_log("given: {drug: examplumab, numbers: [1, 2}"))
    assert only.startswith(f"{FILE}:9: is not YAML here")
    assert fault_lines(b"log: S-07\nregimen: \xff\n") == [
        f"{FILE}:2: is not UTF-8 text; save the file as UTF-8"
    ]


def test_a_byte_order_mark_and_other_line_ends_are_read() -> None:
    """As editors on other systems write them."""
    text = a_log("stop: yes").replace("\n", "\r\n")
    log = read(b"\xef\xbb\xbf" + text.encode())
    assert log.entries[0].line == 9


def test_a_log_is_read_from_its_file(tmp_path: Path) -> None:
    """Under the name by which it was asked for."""
    file = tmp_path / FILE
    file.write_text(a_log(), encoding="utf-8")
    assert log_file.load(file) == log_file.load(str(file)) == started_log(str(file))


def test_a_missing_log_is_refused_with_the_command_that_starts_one(tmp_path: Path) -> None:
    """In one line."""
    file = tmp_path / FILE
    with pytest.raises(RegimenError) as caught:
        log_file.load(file)
    assert str(caught.value) == (
        f"{file}: there is no such log; to start one: il2calc log start {file} --regimen ID "
        "--start DATE"
    )


@pytest.mark.parametrize("typed", ["S-07", "S-07.yml"])
def test_a_log_typed_without_its_ending_is_named(typed: str, tmp_path: Path) -> None:
    """The command that starts one would begin a second log of the same patient."""
    (tmp_path / "S-07.yaml").write_text(a_log(), encoding="utf-8")
    with pytest.raises(RegimenError) as caught:
        log_file.load(tmp_path / typed)
    meant = tmp_path / "S-07.yaml"
    assert str(caught.value) == f"{tmp_path / typed}: there is no such log; did you mean {meant}?"
    with pytest.raises(RegimenError, match=r"there is no such file; did you mean .*S-07\.yaml\?$"):
        shelf.open_file(str(tmp_path / typed))


def test_a_regimen_in_place_of_a_log_is_refused_with_the_command_that_starts_its_log() -> None:
    """`replan npc-bolus` proposed a log of that name, of a regimen that it left open."""
    with pytest.raises(RegimenError) as caught:
        log_file.load("npc-bolus")
    assert str(caught.value) == (
        "npc-bolus: a regimen; to start its log: il2calc log start S-01.yaml --regimen npc-bolus "
        "--start DATE"
    )


def test_a_regimen_file_in_place_of_a_log_is_called_a_regimen_file(tmp_path: Path) -> None:
    """Four keys of a log were called missing; with them the file would have been neither."""
    file = tmp_path / "mine.yaml"
    file.write_text("regimen: mine\ndoses: []\n", encoding="utf-8")
    with pytest.raises(FaultyFile) as caught:
        log_file.load(file)
    assert str(caught.value) == (
        f"{file}:1: is a regimen; to start its log: il2calc log start S-01.yaml --regimen {file} "
        "--start DATE"
    )


def test_a_log_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A folder is no log."""
    with pytest.raises(RegimenError) as caught:
        log_file.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: cannot be opened (Is a directory); ")


def test_a_log_has_a_limit_of_its_own() -> None:
    """Ten thousand entries fit; eight million bytes are refused as too many for a log."""
    assert read(a_log().encode() + b"#" * 2_000_000).subject == "S-07"
    (message,) = fault_lines(b"log: S-07\n" + b"#" * 8_000_000)
    assert "is larger than 8,000,000 bytes; that is the limit: keep this log" in message
