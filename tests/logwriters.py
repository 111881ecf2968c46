"""Writers of a course log in processes of their own, to be killed, doubled or starved of space.

As a program: `logwriters.py MODE FILE [NUMBER]`; it prints what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from il2calc.errors import Refused
from il2calc.language import log_writing
from il2calc.model.effects import DoseKey, Held
from il2calc.model.log import Entry, Log
from il2calc.model.patient import Patient
from il2calc.text import safefile

_WATCHED = {safefile.__file__, log_writing.__file__}
_ENTERED = datetime.combine(date(2025, 12, 3), datetime.min.time())


def a_log(file: Path) -> Log:
    """A log without entries."""
    patient = Patient(weight=Decimal(70))
    start = date(2025, 12, 1)
    return Log(str(file), "S-07", "examplumab", 1, "3f" * 32, patient, start, 480)


def holding(reason: str, number: int = 1) -> Callable[[Log], list[Entry]]:
    """The decision to hold one dose."""
    key = DoseKey((("cycle", 1),), "examplumab", "examplumab", number)
    return lambda _: [Entry(0, _ENTERED, Held((key,)), reason)]


def _edit(file: Path) -> None:
    log_writing.add_entries(file, holding("sepsis"))


def _start(file: Path) -> None:
    log_writing.start(file, a_log(file))


class _Trial:
    """The same act again and again, each time killed, and what was found afterwards."""

    def __init__(self, file: Path, act: Callable[[Path], None]) -> None:
        self.file, self.act = file, act
        self.old = file.read_bytes() if file.exists() else None
        act(file)
        self.new = file.read_bytes()
        self.left: list[str] = []
        self.scraps = 0
        self.in_time = True

    def killed(self, kill: Callable[[int], None], child: Callable[[], None]) -> str:
        """What is left of a child that was killed: `old`, `new` or what it tore."""
        for scrap in self.file.parent.glob(".*.part"):
            scrap.unlink()
        if self.old is None:
            self.file.unlink(missing_ok=True)
        else:
            safefile.replace(self.file, [self.old])
        ready, begin = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.write(begin, b".")
                child()
            finally:
                os._exit(0)
        os.read(ready, 1)
        kill(process)
        _, status = os.waitpid(process, 0)
        self.in_time = os.WIFSIGNALED(status)
        os.close(ready)
        os.close(begin)
        content = self.file.read_bytes() if self.file.exists() else None
        self.scraps += len(list(self.file.parent.glob(".*.part"))) > 0
        outcome = "old" if content == self.old else "new" if content == self.new else repr(content)
        self.left.append(outcome)
        return outcome

    def saw(self) -> dict[str, Any]:
        """Everything that was left, and whether the next writer finds its way."""
        if self.old is not None:
            self.act(self.file)
        return {
            "left": self.left,
            "scraps": self.scraps,
            "afterwards": sorted(path.name for path in self.file.parent.iterdir()),
        }


def at_random(file: Path, number: int) -> dict[str, Any]:
    """Kill a writer so often at random moments, about half of them before it is done.

    The time until it is done differs between machines and moments: it is found on the way.
    """
    trial = _Trial(file, _edit)
    chance = random.Random(7)  # noqa: S311 - no secret hangs on it
    until_done = 0.005
    for _ in range(number):
        delay = chance.uniform(0, 2 * until_done)

        def after_a_while(process: int, delay: float = delay) -> None:
            time.sleep(delay)
            os.kill(process, signal.SIGKILL)

        outcome = trial.killed(after_a_while, lambda: _edit(file))
        until_done *= 1.1 if outcome == "old" else 1 / 1.1
    return trial.saw()


def at_every_line(file: Path, act: Callable[[Path], None]) -> dict[str, Any]:
    """Kill a writer at the first line of its work, then at the second, and so on to the last."""
    trial = _Trial(file, act)
    for lines in count(1):

        def to_the_end(lines: int = lines) -> None:
            sys.settrace(_killer(lines))
            act(file)
            sys.settrace(None)

        trial.killed(lambda _: None, to_the_end)
        if not trial.in_time:
            trial.left.pop()
            break
    return trial.saw()


def _killer(lines: int) -> Callable[[FrameType, str, object], Any]:
    remaining = lines

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal remaining
        if frame.f_code.co_filename not in _WATCHED:
            return None
        remaining -= event == "line"
        if remaining == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def append(file: Path, number: int) -> None:
    """Add so many entries, one after another."""
    for entry_number in range(1, number + 1):
        log_writing.add_entries(
            file, holding(f"writer {os.getpid()} number {entry_number}", entry_number)
        )


def on_a_full_disk(file: Path, act: Callable[[Path], None], room: int) -> str:
    """What is printed where a file can hold so many bytes and no more."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        act(file)
    except Refused as error:
        return str(error)
    return "it was written"


def begin(file: Path) -> str:
    """Begin a log as soon as the clock strikes a quarter of a second, as others do too."""
    time.sleep(0.25 - time.time() % 0.25)
    try:
        _start(file)
    except Refused as error:
        return str(error)
    return "begun"


MODES: dict[str, Callable[[Path, int], object]] = {
    "random": at_random,
    "edit": lambda file, _: at_every_line(file, _edit),
    "start": lambda file, _: at_every_line(file, _start),
    "append": append,
    "full": lambda file, room: on_a_full_disk(file, _edit, room),
    "full start": lambda file, room: on_a_full_disk(file, _start, room),
    "begin": lambda file, _: begin(file),
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(MODES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
