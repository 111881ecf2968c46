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
    """A process of its own that does what is asked for to a log."""
    return subprocess.Popen(
        [sys.executable, PROGRAM, mode, str(file), str(number)],
        env=environment(),
        stdout=subprocess.PIPE,
    )


def seen(running: subprocess.Popen[bytes]) -> Any:
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
        log_writing.edit(path, logwriters.holding("creatinine 3.1 mg/dL", count))
    return path


@pytest.mark.hazard(29)
def test_a_writer_killed_at_random_moments_leaves_the_old_log_or_the_new_one(file: Path) -> None:
    """400 times; both are found, for a kill that never came in time would prove nothing."""
    found = seen(process("random", file, KILLS))
    left = Counter(found["left"])
    assert set(left) == {"old", "new"}, left
    assert left["old"] + left["new"] == KILLS
    assert min(left.values()) > KILLS // 20, left
    assert found["afterwards"] == [file.name]


def test_a_writer_killed_at_any_line_leaves_the_old_log_or_the_new_one(file: Path) -> None:
    """Before the new log takes its name the old one is found, afterwards the new one."""
    found = seen(process("edit", file))
    left = found["left"]
    done = left.index("new")
    assert left == ["old"] * done + ["new"] * (len(left) - done)
    assert found["scraps"] > 0
    assert found["afterwards"] == [file.name]


def test_a_log_whose_beginning_is_killed_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """An empty log that nobody can begin again would be in the way."""
    folder = tmp_path / "logs"
    folder.mkdir()
    left = seen(process("start", folder / "S-07.yaml"))["left"]
    done = left.index("new")
    assert left == ["old"] * done + ["new"] * (len(left) - done)


def test_two_writers_at_once_lose_no_entry(tmp_path: Path) -> None:
    """Two processes add 100 entries each: 200 entries, in the order of each writer."""
    file = tmp_path / "S-07.yaml"
    log_writing.start(file, logwriters.a_log(file))
    writers = [process("append", file, ENTRIES) for _ in range(2)]
    for each in writers:
        seen(each)
    entries = log_file.load(file).entries
    assert len(entries) == 2 * ENTRIES
    for each in writers:
        mark = f"writer {each.pid} number "
        found = [entry.reason for entry in entries if (entry.reason or "").startswith(mark)]
        assert found == [f"{mark}{count}" for count in range(1, ENTRIES + 1)]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_of_two_who_begin_a_log_at_once_exactly_one_does(tmp_path: Path) -> None:
    """The other is told that it is there."""
    for turn in range(3):
        file = tmp_path / f"S-{turn}.yaml"
        said = sorted(seen(each) for each in [process("begin", file) for _ in range(3)])
        there = f"{file} already exists; give the log another name"
        assert said == sorted([there, there, "begun"])
        assert log_file.load(file).entries == ()


def test_a_full_disk_leaves_the_old_log(file: Path) -> None:
    """And no scraps, and a line that says what happened."""
    before = file.read_bytes()
    said = seen(process("full", file, len(before) + 10))
    assert said == (
        f"{file} cannot be written (File too large); it is as it was: free some space, or check its"
        " folder, and try again"
    )
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_full_disk_begins_no_log(tmp_path: Path) -> None:
    """Nor half of one."""
    file = tmp_path / "S-07.yaml"
    said = seen(process("full start", file, 10))
    assert said.startswith(f"{file} cannot be written (File too large); no log was started")
    assert list(tmp_path.iterdir()) == []
