"""Measure how the CPU time of `list`, `check` and `import` grows with the number of files.

Whole processes are measured, each the least of three; what a verb costs with an empty folder is
taken off before the exponent is reckoned.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scales import body, cpu, dose, exponent, regimen

SIZES = (0, 10, 100, 1_250, 5_000)
ROUNDS = 3

SHEET = "regimen,drug,amount,unit,route,days,cycle days,cycles\n"
ROW = "{name},aldesleukin,1,million IU/m2,SC,1 to 5,21,6\n"


def il2calc(*args: str) -> float:
    """The CPU time of one command line, as a whole process [s]."""
    return cpu([sys.executable, "-m", "il2calc", *args], os.environ)


def least(*args: str) -> float:
    """The least of the CPU times of one command line: other work on the machine only adds to it."""
    return min(il2calc(*args) for _ in range(ROUNDS))


def taken(size: int) -> dict[str, float]:
    """What each verb takes for so many regimens."""
    names = [f"r{number:05}" for number in range(size)]
    doses = body(dose("day: 1 to 5", "aldesleukin", "1 million IU/m2"), turns=6, every=21)
    with TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        library.mkdir()
        for name in names:
            (library / f"{name}.yaml").write_text(regimen(doses, name), encoding="utf-8")
        sheet = Path(folder) / "sheet.csv"
        rows = (ROW.format(name=name) for name in names or ["one"])
        sheet.write_text(SHEET + "".join(rows), encoding="utf-8")
        folders = [str(Path(folder) / f"made{number}") for number in range(ROUNDS)]
        return {
            "list": least("list", "--library", str(library)),
            "check": least("check", "--library", str(library)),
            "import": min(il2calc("import", str(sheet), "-d", into, "--check") for into in folders),
        }


def measured(most: int) -> dict[str, Any]:
    """What each verb takes by the number of files, up to so many, and its exponent."""
    by_size = {size: taken(size) for size in SIZES if size <= most}
    growths = {}
    for verb in by_size[0]:
        times = {size: seconds[verb] for size, seconds in by_size.items()}
        alone = {size: time - times[0] for size, time in times.items() if size}
        growths[verb] = {"seconds": times, "exponent": exponent(alone)}
    return growths
