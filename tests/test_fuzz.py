"""Whatever is wrong with a file, a command line or a file call: a plain answer, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import needs_posix
from fuzz import faults
from fuzz.run import cases, wrong

pytestmark = needs_posix("calls of POSIX")
LEFT = (".part", ".lock")
"""How the names of what a writer clears end."""


def test_nothing_that_is_drawn_ends_in_a_traceback() -> None:
    """A misspelt file is told by its line; a traceback tells a pharmacist nothing."""
    drawn = list(cases(seed=1, count=40))
    assert {each.kind for each in drawn} == {"regimen", "drug", "log", "command"}
    assert [(each.wrong, each.text) for each in drawn if each.wrong] == []


def test_what_goes_wrong_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that takes everything for well finds nothing."""

    def bug(*_: str) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("fuzz.run.run", bug)
    assert "KeyError 'a bug'" in wrong(["check", "changed.yaml"])


@pytest.mark.parametrize("act", faults.ACTS)
@pytest.mark.parametrize("call", faults.CALLS)
def test_a_file_call_that_fails_leaves_the_old_file_or_the_new_one(
    call: str, act: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half written log, or one lost under a new one, is what nobody can reckon again."""
    monkeypatch.chdir(tmp_path)
    found = list(faults.failures(tmp_path, call, act))
    assert found or call not in ("os.fsync", "os.fchmod"), "no call was made that could fail"
    for failed in found:
        done, old = failed.done, failed.before
        new = {name for name, text in failed.after.items() if old.get(name) != text}
        assert old.keys() <= failed.after.keys(), failed
        if call != "os.unlink":
            left = [name for name in new if name.endswith(LEFT)]
            assert not left or (call == faults.LOCK and left == [".S-07.yaml.lock"]), failed
        assert done.code in (0, 1), failed
        written = {name for name in new if not name.endswith(LEFT)}
        if done.code == 1:
            assert not written, failed
            assert done.err.count("\n") == 1, failed
            assert "Input/output error" in done.err, failed
        else:
            (name,) = written
            whole = failed.after[name]
            assert whole.endswith(b"\n"), failed
            assert len(whole) > len(old.get(name, b"")), failed
