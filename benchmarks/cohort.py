"""Measure cohorts: rows per CPU second over writing the same columns pre-made; JSON, no verdict.

    python benchmarks/cohort.py [PATIENTS]

Two regimens that ship, so many patients each (default 1,000,000) with one decimal of weight and
height, zstd Parquet, one thread. Then the peak of memory of whole runs of 10^4 patients and of so
many, and rows held one by one against the schedules of single patients.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from il2calc import Patient, load_regimen, make_schedule
from il2calc.cohort import expansion, files
from il2calc.cohort.expansion import Plan, Wanted

CASES: dict[str, tuple[str, str | None]] = {
    "npc-bolus": ("npc-bolus", None),
    "imp321": ("imp321", "6.25-mg"),
}


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
    wanted = Wanted((arm,), covariates=("WT", "BSA"))
    return expansion.plan(loaded, wanted, default=arm)


def found(plan: Plan, path: Path) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Rows as the verb makes them."""
    names = {name: name for name in ("ID", "WT", "HT")}
    yield from files.batches(plan, files.Patients(path, names, ()), lambda _: None)


def written(batches: Iterator[tuple[int, pa.RecordBatch]], plan: Plan, target: Path) -> float:
    """Million rows per CPU second of writing these batches."""
    begun = time.process_time()
    with target.open("wb") as stream:
        _, rows = files.write(batches, plan.schema, {}, stream, "parquet")
    return rows / (time.process_time() - begun) / 1e6


def speed(name: str, path: Path, folder: Path, count: int) -> dict[str, float]:
    """How fast a case is, beside a batch that is made once and written as often."""
    plan = plan_of(name)
    (first, batch) = next(found(plan, path))
    again = ((first, batch) for _ in range(-(-count // first)))
    alone = written(again, plan, folder / "alone.parquet")
    made = written(found(plan, path), plan, folder / f"{name}.parquet")
    return {"write_only": alone, "made_and_written": made, "ratio": made / alone}


def peak(path: Path, folder: Path) -> float:
    """The most memory that a whole run takes [MB]."""
    command = [sys.executable, "-m", "il2calc", "cohort", "npc-bolus", str(path)]
    process = subprocess.Popen([*command, "-o", str(folder / "peak.parquet")])  # noqa: S603 - ours
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_maxrss / 1024


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


def main() -> None:
    """Print everything as JSON."""
    count = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    pa.set_cpu_count(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = patients(folder, count)
        told: dict[str, Any] = {"patients": count}
        for case in CASES:
            told[case] = speed(case, path, folder, count)
            told[case]["rows_that_differ"] = differing(case, 2_000)
        told["peak_MB"] = {
            number: peak(patients(folder, number), folder) for number in (10_000, count)
        }
    told["own_peak_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")


if __name__ == "__main__":
    main()
