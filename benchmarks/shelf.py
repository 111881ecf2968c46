"""Measure how the CPU time of `list`, `check` and `import` grows with the number of files; JSON.

The exponent is the slope of log time over log number of files: 1 is linear, 2 quadratic. What a
verb costs with an empty folder is taken off first. Run it on a quiet machine:

    python benchmarks/shelf.py
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SIZES = (0, 625, 1250, 2500)
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


def exponent(times: dict[int, float]) -> float:
    """The slope between the smallest and the largest folder that holds files."""
    sizes = sorted(size for size in times if size)
    least, most = (times[size] - times[0] for size in (sizes[0], sizes[-1]))
    return math.log(most / least) / math.log(sizes[-1] / sizes[0])


def measured(size: int) -> dict[str, float]:
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


def main() -> None:
    """Print the times of every verb by the number of files, and their exponents, as JSON."""
    by_size = {size: measured(size) for size in SIZES}
    told = {}
    for verb in by_size[0]:
        times = {size: found[verb] for size, found in by_size.items()}
        told[verb] = {"seconds": times, "exponent": exponent(times)}
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")


if __name__ == "__main__":
    main()
