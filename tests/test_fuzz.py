"""Whatever is wrong with a file, a command line or a system call: a plain answer, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import needs_posix
from fuzz import faults
from fuzz.run import cases, wrong

pytestmark = needs_posix("calls of POSIX")
LEFT = (".part", ".lock")
"""The endings of the temporary files that a writer removes."""


def test_no_generated_case_ends_in_a_traceback() -> None:
    """A fault of a file names its line; a traceback says nothing to a pharmacist."""
    all_cases = list(cases(seed=1, count=40))
    assert {case.kind for case in all_cases} == {"regimen", "drug", "log", "command"}
    assert [(case.wrong, case.text) for case in all_cases if case.wrong] == []


def test_a_wrong_answer_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that accepts everything finds nothing."""

    def bug(*_: str) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("fuzz.run.run", bug)
    assert "KeyError 'a bug'" in wrong(["check", "changed.yaml"])


@pytest.mark.parametrize("act", faults.ACTS)
@pytest.mark.parametrize("call", faults.CALLS)
def test_a_file_call_that_fails_leaves_the_old_file_or_the_new_one(
    call: str, act: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can restore a half written log, or one lost under a new one."""
    monkeypatch.chdir(tmp_path)
    all_failures = list(faults.failures(tmp_path, call, act))
    assert all_failures or call not in ("os.fsync", "os.fchmod"), "no call was made that could fail"
    for failed in all_failures:
        process, old = failed.done, failed.before
        new = {name for name, text in failed.after.items() if old.get(name) != text}
        assert old.keys() <= failed.after.keys(), failed
        if call != "os.unlink":
            remnants = [name for name in new if name.endswith(LEFT)]
            assert not remnants or (call == faults.LOCK and remnants == [".S-07.yaml.lock"]), failed
        assert process.code in (0, 1), failed
        written = {name for name in new if not name.endswith(LEFT)}
        if process.code == 1:
            assert not written, failed
            assert process.err.count("\n") == 1, failed
            assert "Input/output error" in process.err, failed
        else:
            (name,) = written
            log_text = failed.after[name]
            assert log_text.endswith(b"\n"), failed
            assert len(log_text) > len(old.get(name, b"")), failed
