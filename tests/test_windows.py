"""What works where Windows lacks what POSIX systems have: a process from which that is taken.

It is no Windows: docs/about/limits.md says so. What cannot be forced here is run there by the
public checks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import windows
from commandline import environment, hashless, run, separate
from il2calc.language import log_file

PROGRAM = str(Path(__file__).with_name("windows.py"))
START = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="looks into Linux's /proc"
)


def started_without(folder: Path, *args: str) -> subprocess.Popen[bytes]:
    """A command line of il2calc in a process without what Windows lacks."""
    return subprocess.Popen(
        [sys.executable, PROGRAM, *args],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def there(folder: Path, *args: str) -> bytes:
    """What such a command line prints, when it is done well."""
    with started_without(folder, *args) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    return out


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


def test_a_course_is_kept_on_a_system_without_the_calls_of_posix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started, entered and planned again, in the same words, and nothing is left behind.

    No fcntl, fchmod, chown, getxattr, resource, SIGPIPE; no file that is open is replaced.
    """
    there(tmp_path, "log", "start", "S-07.yaml", *START)
    entered = there(tmp_path, "log", "given", "S-07.yaml", "1-6", "--as-of", "2025-12-03").decode()
    assert "aldesleukin doses 1 to 6 of course 1, cycle 1 given" in entered
    replanned = there(tmp_path, "replan", "S-07.yaml", "--as-of", "2025-12-03", "--format", "csv")
    monkeypatch.chdir(tmp_path)
    expected = hashless(run("replan", "S-07.yaml", "--as-of", "2025-12-03", "--format", "csv"))
    assert replanned.decode() == expected.out
    assert b"\r" not in (tmp_path / "S-07.yaml").read_bytes()
    assert names(tmp_path) == ["S-07.yaml"]


@pytest.mark.parametrize("format_", ["csv", "json", "table"])
def test_a_pipe_gets_the_bytes_of_a_file(format_: str, tmp_path: Path) -> None:
    """Danger: a CSV with other line ends is another file by its hash, and JSON no UTF-8."""
    line = ("schedule", "npc-bolus", *START[2:], "--format", format_)
    there(tmp_path, *line, "--output", "sheet")
    written = (tmp_path / "sheet").read_bytes()
    assert b"\r" not in written
    assert there(tmp_path, *line).count(b"\n") == written.count(b"\n")
    if format_ != "table":  # which a terminal gets as wide as it is
        assert there(tmp_path, *line) == written == separate(*line).raw


def test_writers_at_once_lose_no_entry_where_open_files_are_not_replaced(tmp_path: Path) -> None:
    """Danger: a lock on the log itself would stop its own writer there."""
    there(tmp_path, "log", "start", "S-07.yaml", *START)
    line = ("log", "hold", "S-07.yaml", "--as-of", "2025-12-03")
    writers = [started_without(tmp_path, *line, row) for row in ("1", "2", "3")]
    for writer in writers:
        with writer:
            _, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err.decode()
    assert len(log_file.load(tmp_path / "S-07.yaml").entries) == len(writers)
    assert names(tmp_path) == ["S-07.yaml"]


def test_what_windows_forbids_is_forbidden_here(tmp_path: Path) -> None:
    """A process that only looked like Windows would prove nothing."""
    program = (
        "import os, sys, windows; windows.become()\n"
        "for name in ('fcntl', 'resource', 'pwd'):\n"
        "    try:\n        __import__(name)\n    except ImportError:\n        continue\n"
        "    sys.exit(name)\n"
        "for act in (os.unlink, lambda path: os.replace('other', path)):\n"
        "    with open('log', 'w') as stream:\n"
        "        try:\n            act('log')\n"
        "        except PermissionError:\n            continue\n"
        "    sys.exit('an open file')\n"
        "os.replace('other', 'log')\n"
        "open('text', 'w').write('a line\\n')\n"
        "assert not any(hasattr(os, name) for name in windows.CALLS)\n"
    )
    (tmp_path / "other").write_bytes(b"")
    env = environment(PYTHONPATH=os.pathsep.join([str(Path(PROGRAM).parent), *sys.path]))
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "text").read_bytes() == b"a line\r\n"
    assert "fork" in windows.CALLS
