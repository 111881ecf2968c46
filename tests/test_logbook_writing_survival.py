"""A course log outlives kills, second writers and full disks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import logwriters
from commandline import environment, needs_posix
from il2calc.language import log_file, log_writing

pytestmark = needs_posix("kills and limits of POSIX")

PROGRAM = str(Path(__file__).parent / "logwriters.py")
KILLS = 400
ENTRIES = 100


def process(mode: str, file: Path, number: int = 0) -> subprocess.Popen[bytes]:
    """A process of its own that changes a log in a given way."""
    return subprocess.Popen(
        [sys.executable, PROGRAM, mode, str(file), str(number)],
        env=environment(),
        stdout=subprocess.PIPE,
    )


def outcome_of(running: subprocess.Popen[bytes]) -> Any:
    """What a process printed at its end."""
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    return json.loads(out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A log in a folder of its own, with some entries."""
    path = tmp_path / "logs" / "S-07.yaml"
    path.parent.mkdir()
    log_writing.start(path, logwriters.a_log(path))
    for count in range(1, 6):
        log_writing.add_entries(path, logwriters.holding("creatinine 3.1 mg/dL", count))
    return path


@pytest.mark.hazard(29)
def test_a_writer_killed_at_random_moments_leaves_the_old_log_or_the_new_one(file: Path) -> None:
    """400 times; both logs occur, since kills that never came in time would prove nothing."""
    outcome = outcome_of(process("random", file, KILLS))
    states = Counter(outcome["left"])
    assert set(states) == {"old", "new"}, states
    assert states["old"] + states["new"] == KILLS
    assert min(states.values()) > KILLS // 20, states
    assert outcome["afterwards"] == [file.name]


def test_a_writer_killed_at_any_line_leaves_the_old_log_or_the_new_one(file: Path) -> None:
    """Before the new log takes its name the old one is found, afterwards the new one."""
    outcome = outcome_of(process("edit", file))
    states = outcome["left"]
    first_new = states.index("new")
    assert states == ["old"] * first_new + ["new"] * (len(states) - first_new)
    assert outcome["scraps"] > 0
    assert outcome["afterwards"] == [file.name]


def test_a_log_whose_start_is_killed_exists_complete_or_not_at_all(tmp_path: Path) -> None:
    """An empty log would be in the way of another start."""
    folder = tmp_path / "logs"
    folder.mkdir()
    states = outcome_of(process("start", folder / "S-07.yaml"))["left"]
    first_new = states.index("new")
    assert states == ["old"] * first_new + ["new"] * (len(states) - first_new)


def test_two_writers_at_once_lose_no_entry(tmp_path: Path) -> None:
    """Two processes add 100 entries each: 200 entries, in the order of each writer."""
    file = tmp_path / "S-07.yaml"
    log_writing.start(file, logwriters.a_log(file))
    writers = [process("append", file, ENTRIES) for _ in range(2)]
    for writer in writers:
        outcome_of(writer)
    entries = log_file.load(file).entries
    assert len(entries) == 2 * ENTRIES
    for writer in writers:
        mark = f"writer {writer.pid} number "
        reasons = [entry.reason for entry in entries if (entry.reason or "").startswith(mark)]
        assert reasons == [f"{mark}{count}" for count in range(1, ENTRIES + 1)]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_of_processes_that_start_one_log_at_once_exactly_one_does(tmp_path: Path) -> None:
    """The others are refused because it exists."""
    for turn in range(3):
        file = tmp_path / f"S-{turn}.yaml"
        messages = sorted(outcome_of(one) for one in [process("begin", file) for _ in range(3)])
        refusal = f"{file} already exists; give the log another name"
        assert messages == sorted([refusal, refusal, "begun"])
        assert log_file.load(file).entries == ()


def test_a_full_disk_leaves_the_old_log(file: Path) -> None:
    """And no remnants, and a line that says what happened."""
    before = file.read_bytes()
    message = outcome_of(process("full", file, len(before) + 10))
    assert message == (
        f"{file} cannot be written (File too large); it is as it was: free some space, or check its"
        " folder, and try again"
    )
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_full_disk_starts_no_log(tmp_path: Path) -> None:
    """Not even half of one."""
    file = tmp_path / "S-07.yaml"
    message = outcome_of(process("full start", file, 10))
    assert message.startswith(f"{file} cannot be written (File too large); no log was started")
    assert list(tmp_path.iterdir()) == []
