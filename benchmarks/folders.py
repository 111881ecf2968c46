"""Measure how the CPU time of `list`, `check` and `import` grows with the number of files.

Whole processes are measured; what a verb costs with an empty folder is taken off before the
exponent is reckoned.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scales import exponent

SIZES = (0, 10, 100, 1_250, 5_000)
FILE = """\
regimen: {name}
title: Generated file {name}
for: measuring
version: 1
read_on: 2026-11-22
source: own
blocks:
  - block: cycle
    repeat: {{times: 6, every: 21 days}}
    doses:
      - {{drug: aldesleukin, amount: 1 million IU/m2, route: SC, day: 1 to 5}}
findings: []
sources:
  own: {{cite: made for measuring, read: full text}}
"""


SHEET = "regimen,drug,amount,unit,route,days,cycle days,cycles\n"
ROW = "{name},aldesleukin,1,million IU/m2,SC,1 to 5,21,6\n"


def cpu(*args: str) -> float:
    """CPU time of one command line, as a whole process [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - the command stands in this file
        [sys.executable, "-m", "il2calc", *args],
        check=True,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def taken(size: int) -> dict[str, float]:
    """What each verb takes for so many regimens."""
    names = [f"r{number:05}" for number in range(size)]
    with TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        library.mkdir()
        for name in names:
            (library / f"{name}.yaml").write_text(FILE.format(name=name), encoding="utf-8")
        sheet = Path(folder) / "sheet.csv"
        rows = (ROW.format(name=name) for name in names or ["one"])
        sheet.write_text(SHEET + "".join(rows), encoding="utf-8")
        made = str(Path(folder) / "made")
        return {
            "list": cpu("list", "--library", str(library)),
            "check": cpu("check", "--library", str(library)),
            "import": cpu("import", str(sheet), "-d", made, "--check"),
        }


def measured(most: int) -> dict[str, Any]:
    """What each verb takes by the number of files, up to so many, and its exponent."""
    by_size = {size: taken(size) for size in SIZES if size <= most}
    told = {}
    for verb in by_size[0]:
        times = {size: found[verb] for size, found in by_size.items()}
        alone = {size: time - times[0] for size, time in times.items() if size}
        told[verb] = {"seconds": times, "exponent": exponent(alone)}
    return told
