"""Measure cohorts: rows per CPU second over writing the same columns pre-made.

Two regimens that ship, one decimal of weight and height, zstd Parquet, one thread. In each round
the same batches are written twice: as they lie in memory, and as they are made. Then the peak of
memory of whole runs, and rows held one by one against the schedules of single patients.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from il2calc import Patient, load_regimen, make_schedule
from il2calc.cohort import expansion, files
from il2calc.cohort.expansion import CohortOptions, Plan
from il2calc.cohort.patients import Patients

CASES: dict[str, tuple[str, str | None]] = {
    "npc-bolus": ("npc-bolus", None),
    "imp321": ("imp321", "6.25-mg"),
}

PAIRED = 65_536
"""Patients whose rows are held in memory, to be written alone."""


def patients(folder: Path, count: int) -> Path:
    """A Parquet file of so many bodies."""
    numbers = np.random.default_rng(1)
    columns = {
        "ID": pa.array(np.arange(1, count + 1)),
        "WT": pa.array(numbers.integers(400, 1200, count) / 10),
        "HT": pa.array(numbers.integers(1400, 2000, count) / 10),
    }
    path = folder / f"patients-{count}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def plan_of(name: str) -> Plan:
    """The plan of a case, its body measures written too."""
    regimen, arm = CASES[name]
    loaded = load_regimen(regimen)
    wanted = CohortOptions((arm,), covariates=("WT", "BSA"))
    return expansion.plan(loaded, wanted, default=arm)


def found(plan: Plan, path: Path) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Rows as the verb makes them."""
    names = {name: name for name in ("ID", "WT", "HT")}
    yield from files.batches(plan, Patients(path, names, ()), lambda _: None)


def written(batches: Iterable[tuple[int, pa.RecordBatch]], plan: Plan, target: Path) -> float:
    """Million rows per CPU second of writing these batches."""
    begun = time.process_time()
    with target.open("wb") as stream:
        _, rows = files.write(batches, plan.schema, {}, stream, "parquet")
    return rows / (time.process_time() - begun) / 1e6


def speed(name: str, path: Path, folder: Path, rounds: int) -> dict[str, float]:
    """How fast a case is made and written, beside writing alone: medians of paired rounds."""
    plan = plan_of(name)
    ready = list(found(plan, path))
    alone, made = [], []
    for _ in range(rounds + 1):
        alone.append(written(ready, plan, folder / "alone.parquet"))
        made.append(written(found(plan, path), plan, folder / f"{name}.parquet"))
    ratios = [one / other for one, other in zip(made[1:], alone[1:], strict=True)]
    return {
        "write_only": statistics.median(alone[1:]),
        "made_and_written": statistics.median(made[1:]),
        "ratio": statistics.median(ratios),
    }


def peak(name: str, path: Path, folder: Path) -> float:
    """The most memory that a whole run takes [MB]."""
    regimen, arm = CASES[name]
    command = [sys.executable, "-m", "il2calc", "cohort", regimen, str(path), "--quiet"]
    command += ["-o", str(folder / "peak.parquet"), *(["--arm", arm] if arm else [])]
    # a process begins with the peak of that which starts it, so a small one stands between
    done = subprocess.run(  # noqa: S603 - the command stands in this file
        [sys.executable, "-I", "-c", _PEAK, *command], check=True, capture_output=True
    )
    return int(done.stdout) / 1024


_PEAK = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def differing(name: str, count: int) -> int:
    """Rows of random bodies that are not those of one patient's schedule."""
    draw = random.Random(1)  # noqa: S311 - the same bodies every time
    regimen, arm = CASES[name]
    loaded, plan, wrong = load_regimen(regimen), plan_of(name), 0
    bodies = [
        (f"{draw.uniform(40, 120):.3f}", f"{draw.uniform(140, 200):.2f}") for _ in range(count)
    ]
    columns = {
        "ID": [str(number) for number in range(1, count + 1)],
        "WT": [weight for weight, _ in bodies],
        "HT": [height for _, height in bodies],
    }
    amounts = iter(expansion.rows(plan, pa.RecordBatch.from_pydict(columns)).column("AMT"))
    for weight, height in bodies:
        patient = Patient(weight=Decimal(weight), height=Decimal(height))
        for row in make_schedule(loaded, patient, arm=arm).administrations:
            assert row.dosed.value is not None, "it is stated"
            kept = row.dosed.value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
            wrong += next(amounts).as_py() != kept
    return wrong


def measured(rounds: int, sizes: Sequence[int]) -> dict[str, Any]:
    """Each case by its name.

    Args:
        sizes: numbers of patients whose peak of memory is measured.
    """
    pa.set_cpu_count(1)
    told: dict[str, Any] = {}
    with TemporaryDirectory() as kept:
        folder = Path(kept)
        some = patients(folder, PAIRED)
        for name in CASES:
            told[name] = speed(name, some, folder, rounds)
            told[name]["rows_that_differ"] = differing(name, 2_000)
            told[name]["peak_MB"] = {
                size: peak(name, patients(folder, size), folder) for size in sizes
            }
    return told
