"""Measure start-up, the work inside, and a long table; print figures and ratios, judge nothing.

Start-up is CPU time of whole processes, interleaved in one run, as a ratio to `floor.py` and to
bare Python: ratios travel between machines, times do not. Run it on a quiet machine:

    python benchmarks/run.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

RUNS = 15
HERE = Path(__file__).parent
_SCHEDULE = [sys.executable, "-m", "il2calc", "schedule", "npc-bolus", "--weight", "70"]
_DATED = [*_SCHEDULE, "--start", "2026-12-01", "--format"]
COMMANDS = {
    "bare python": [sys.executable, "-c", "pass"],
    "floor": [sys.executable, str(HERE / "floor.py")],
    "schedule, csv": [*_SCHEDULE, "--format", "csv"],
    "schedule, table": _SCHEDULE,
    **{f"schedule, {name}": [*_DATED, name] for name in ("timeline", "svg", "html", "pdf")},
    "schedule, ics": [*_DATED, "ics", "--no-subject"],
    "the same in a zone": [*_DATED, "ics", "--no-subject", "--tz", "Europe/London"],
}
LONG = """
regimen: long
title: Ten thousand administrations
for: measuring
version: 1
read_on: 2026-11-22
source: own
blocks:
  - block: cycle
    repeat: {times: 1000, every: 14 days}
    doses:
      - {drug: examplumab, amount: 5 mg/kg, route: SC, day: 1 to 10}
findings: []
sources:
  own: {cite: made for measuring, read: full text}
"""


def cpu(command: list[str]) -> float:
    """CPU time of one whole process [s]."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - the commands stand above
        command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_up() -> None:
    """Print the medians of whole commands and their ratios."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS + 1):
        for name, command in COMMANDS.items():
            taken[name].append(cpu(command))
    medians = {name: statistics.median(times[1:]) for name, times in taken.items()}
    for name, median in medians.items():
        floor, bare = median / medians["floor"], median / medians["bare python"]
        sys.stdout.write(
            f"{name:<18} {median * 1000:6.0f} ms CPU  {floor:5.2f} x floor  {bare:5.1f} x bare\n"
        )


def inside() -> None:
    """Print how long loading, expanding and dosing 60 rows takes inside the process."""
    from il2calc import Patient, load_regimen, make_schedule

    def once() -> None:
        make_schedule(load_regimen("npc-bolus"), Patient(weight=Decimal(70)))

    sys.stdout.write(f"60 rows inside the process: {_median(once) * 1000:.2f} ms\n")


def long_table() -> None:
    """Print time and peak memory of laying out a table of 10,000 rows."""
    from il2calc import Patient, load_regimen, make_schedule
    from il2calc.format import table

    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.yaml"
        path.write_text(LONG, encoding="utf-8")
        started = time.perf_counter()
        schedule = make_schedule(load_regimen(str(path)), Patient(weight=Decimal(70)))
    made = time.perf_counter()
    count = sum(1 for _ in table.lines(schedule, (), width=80))
    done = time.perf_counter()
    tracemalloc.start()
    for _ in table.lines(schedule, (), width=80):
        pass
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    sys.stdout.write(
        f"{len(schedule.administrations):,} rows: made in {made - started:.2f} s, "
        f"{count:,} lines of table in {done - made:.2f} s, {peak:.1f} MB at its peak\n"
    )


def _median(work: Callable[[], None]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    start_up()
    inside()
    long_table()
