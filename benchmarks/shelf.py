"""Measure `list` and `check` of folders that grow, and print how their CPU time grows with them.

The exponent is the slope of log time over log number of files: 1 is linear, 2 quadratic. What a
verb costs with an empty folder is taken off first. Run it on a quiet machine:

    python benchmarks/shelf.py
"""

from __future__ import annotations

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


def cpu(verb: str, folder: Path) -> float:
    """CPU time of one verb over a folder, as a whole process [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "il2calc", verb, "--library", str(folder)]
    subprocess.run(  # noqa: S603 - the command stands above
        command, check=True, env=os.environ, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def exponent(times: dict[int, float]) -> float:
    """The slope between the smallest and the largest folder that holds files."""
    sizes = sorted(size for size in times if size)
    least, most = (times[size] - times[0] for size in (sizes[0], sizes[-1]))
    return math.log(most / least) / math.log(sizes[-1] / sizes[0])


def main() -> None:
    """Print the times of both verbs, and their exponents."""
    for verb in ("list", "check"):
        times = {}
        for size in SIZES:
            with TemporaryDirectory() as folder:
                for number in range(size):
                    name = f"r{number:05}"
                    path = Path(folder) / f"{name}.yaml"
                    path.write_text(FILE.format(name=name), encoding="utf-8")
                times[size] = cpu(verb, Path(folder))
        told = ", ".join(f"{size} files {time:.2f} s" for size, time in times.items())
        sys.stdout.write(f"{verb}: {told}; exponent {exponent(times):.2f}\n")


if __name__ == "__main__":
    main()
