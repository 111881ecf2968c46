"""Regimens of any size, what a command line takes, and how that grows: for all that measures it.

Work is measured as CPU time within one process, with the collector of cycles switched off, as
`il2calc` itself has it. An exponent of 1 is work that grows as its input does, 2 as its square.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from il2calc.cli.app import build

DRUG = "examplumab"
_HEAD = """\
regimen: {name}
title: Made for measuring
for: measuring
version: 1
read_on: 2026-11-22
source: own
sources: {{own: {{cite: made for measuring, read: full text}}}}
findings: []
blocks:
  - block: cycle
"""


def regimen(body: str, name: str = "long") -> str:
    """The text of a regimen of one block, `cycle`, with this body."""
    return _HEAD.format(name=name) + body


def body(*doses: str, turns: int | None = None, every: int = 7) -> str:
    """The body of a block: its doses, and how many turns it has, each of so many days."""
    repeat = "" if turns is None else f"    repeat: {{times: {turns}, every: {every} days}}\n"
    return f"{repeat}    doses:\n{''.join(doses)}"


def dose(rest: str = "day: 1", drug: str = DRUG, amount: str = "5 mg/kg") -> str:
    """A dose under the skin; the rest of it says when."""
    return f"      - {{drug: {drug}, amount: {amount}, route: SC, {rest}}}\n"


def run(*args: str, code: int = 0) -> None:
    """A command line, its output thrown away.

    Raises:
        RuntimeError: it ended with another code, which is told.
    """
    said = StringIO()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(said):
        try:
            with redirect_stdout(nowhere):
                build(args[0])(args=list(args), prog_name="il2calc")
        except SystemExit as end:
            if end.code not in (None, code):
                raise RuntimeError(said.getvalue()[:300]) from None


def seconds(act: Callable[[], object]) -> float:
    """The CPU time that an act takes [s]."""
    gc.collect()
    gc.disable()
    begun = time.process_time()
    act()
    taken = time.process_time() - begun
    gc.enable()
    return taken


def cpu(command: Sequence[str], env: Mapping[str, str], folder: Path | None = None) -> float:
    """The CPU time of one whole process [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - ours
        command,
        check=True,
        env=env,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def exponent(taken: Mapping[int, float]) -> float | None:
    """That between the two largest sizes; None of one size alone, or where no time was taken."""
    if len(taken) < 2:
        return None
    (small, fast), (large, slow) = sorted(taken.items())[-2:]
    if min(fast, slow) <= 0:
        return None
    return math.log(slow / fast) / math.log(large / small)
