"""File calls that fail: each in turn, at each place where a file is written.

A call that fails ends in the old file or the new one, and in one line; nothing else is left.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from commandline import Result, run

LOCK = "filelock.lock_descriptor"
CALLS = (LOCK, "os.fsync", "os.replace", "os.link", "os.fchmod", "os.chown", "os.unlink")
BODY = ("--weight", "70", "--start", "2025-12-01")
START = ("log", "start", "S-07.yaml", "--regimen", "npc-bolus", *BODY)
ACTS = {
    "start": START,
    "entry": ("log", "hold", "S-07.yaml", "1", "--as-of", "2025-12-03"),
    "output": ("schedule", "npc-bolus", *BODY, "--format", "csv", "--output", "S-07.csv"),
    "overwrite": ("schedule", "npc-bolus", *BODY, "--format", "csv", "--output", "old.csv"),
    "calendar": ("schedule", "npc-bolus", *BODY, "--no-subject", "--output", "S-07.ics"),
}
"""Every way in which a file is written."""
_MOST = 20


class Failed(NamedTuple):
    """What a failing call left: files before and after, and what was printed."""

    call: str
    act: str
    number: int
    before: dict[str, bytes]
    after: dict[str, bytes]
    done: Result


class Failing:
    """A call that fails the given time, and was made so often."""

    def __init__(self, call: Callable[..., Any], number: int) -> None:
        self.call, self.number, self.count = call, number, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The call, or its failure."""
        self.count += 1
        if self.count == self.number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self.call(*args, **kwargs)


def failures(folder: Path, call: str, act: str) -> Iterator[Failed]:
    """An act with the first of its calls failing, then with the second, and so on to the last."""
    module, name = call.split(".")
    for number in range(1, _MOST):
        for path in folder.iterdir():
            path.unlink()
        (folder / "old.csv").write_bytes(b"old\n")
        if act == "entry":
            run(*START)
        before = there(folder)
        failing = Failing(getattr(__import__(module), name), number)
        with ExitStack() as stack:
            stack.enter_context(patch(call, failing))
            result = run(*ACTS[act])
        if failing.count < number:
            return
        yield Failed(call, act, number, before, there(folder), result)


def there(folder: Path) -> dict[str, bytes]:
    """The files of a folder with their contents."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
