"""Measure start-up, the work inside, and a long table.

Start-up is CPU time of whole processes, interleaved in one run: the medians of the ratios of each
to the `floor.py` and the bare Python of its round. Ratios travel between machines, times do not.
What is run is the package with its regimens inside, as it is installed. Where valgrind is there,
user-mode instructions are counted too.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scales import body, cpu, dose, regimen

HERE = Path(__file__).parent
_SCHEDULE = [sys.executable, "-m", "il2calc", "schedule", "npc-bolus", "--weight", "70"]
_IL2CALC = [sys.executable, "-m", "il2calc"]
_DATED = [*_SCHEDULE, "--start", "2026-12-01", "--format"]
_LOG = ["S-07.yaml", "--regimen", "npc-bolus", "--start", "2025-12-01", "--weight", "70"]
_GIVEN = ["log", "given", "S-07.yaml", "1", "--at", "2025-12-01 08:00"]
COMMANDS = {
    "bare python": [sys.executable, "-I", "-c", "pass"],
    "floor": [sys.executable, str(HERE / "floor.py")],
    "no argument": _IL2CALC,
    "--version": [*_IL2CALC, "--version"],
    "list": [*_IL2CALC, "list"],
    "log given": [*_IL2CALC, *_GIVEN],
    "convert": [*_IL2CALC, "convert", "18 million IU", "mg", "--drug", "aldesleukin"],
    "prepare": [*_IL2CALC, "prepare", "npc-bolus", "--weight", "70"],
    "schedule, csv": [*_SCHEDULE, "--format", "csv"],
    "schedule, table": _SCHEDULE,
    **{f"schedule, {name}": [*_DATED, name] for name in ("timeline", "svg", "html", "pdf")},
    "schedule, ics": [*_DATED, "ics", "--no-subject"],
    "the same in a zone": [*_DATED, "ics", "--no-subject", "--tz", "Europe/London"],
}
COUNTED = ("bare python", "floor", "schedule, csv", "schedule, table", "list")


def installed(folder: Path) -> dict[str, str]:
    """The environment of commands that run the package as it is installed; a log is begun there."""
    root = HERE.parent
    shutil.copytree(root / "src" / "il2calc", folder / "il2calc")
    shutil.copytree(root / "regimens", folder / "il2calc" / "regimens")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
    start = [*_IL2CALC, "log", "start", *_LOG]
    subprocess.run(start, check=True, env=env, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    return env


def cpu_of(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """The CPU time of a command [s]; a log is as before when it is done."""
    log = (folder / "S-07.yaml").read_bytes()
    taken = cpu(command, env, folder)
    (folder / "S-07.yaml").write_bytes(log)
    return taken


def start_up(rounds: int) -> dict[str, Any]:
    """Medians of whole commands, and of their ratios within a round."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as name_of:
        folder = Path(name_of)
        env = installed(folder)
        for _ in range(rounds + 1):
            for name, command in COMMANDS.items():
                taken[name].append(cpu_of(command, folder, env))
        counted = {name: instructions(COMMANDS[name], folder, env) for name in COUNTED}
    warm = {name: times[1:] for name, times in taken.items()}
    return {
        name: {
            "million_instructions": counted.get(name),
            "cpu_ms": statistics.median(times) * 1000,
            "over_floor": _ratio(times, warm["floor"]),
            "over_bare": _ratio(times, warm["bare python"]),
        }
        for name, times in warm.items()
    }


def instructions(command: list[str], folder: Path, env: dict[str, str]) -> float | None:
    """User-mode instructions of a command [millions]; None without valgrind."""
    if (valgrind := shutil.which("valgrind")) is None:
        return None
    counting = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run(  # noqa: S603 - the commands stand above
        [*counting, *command], check=True, env=env, cwd=folder, capture_output=True
    )
    count = re.search(rb"I +refs: +([0-9,]+)", done.stderr)
    assert count is not None, "valgrind says how many"
    return int(count[1].replace(b",", b"")) / 1e6


def _ratio(times: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(times, others, strict=True))


def inside(rounds: int) -> dict[str, float]:
    """How long loading, expanding and dosing 60 rows takes inside the process."""
    from il2calc import Patient, load_regimen, make_schedule

    def once() -> None:
        make_schedule(load_regimen("npc-bolus"), Patient(weight=Decimal(70)))

    return {"ms": _median(once, rounds) * 1000}


def long_table() -> dict[str, float]:
    """Time and peak memory of laying out a table of 10,000 rows."""
    from il2calc import Patient, load_regimen, make_schedule
    from il2calc.format import table

    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.yaml"
        path.write_text(regimen(body(dose("day: 1 to 10"), turns=1000, every=14)), encoding="utf-8")
        started = time.perf_counter()
        schedule = make_schedule(load_regimen(str(path)), Patient(weight=Decimal(70)))
    scheduled = time.perf_counter()
    count = sum(1 for _ in table.lines(schedule, (), width=80))
    done = time.perf_counter()
    tracemalloc.start()
    for _ in table.lines(schedule, (), width=80):
        pass
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()  # what is measured afterwards would be slowed by it
    return {
        "rows": len(schedule.administrations),
        "made_s": scheduled - started,
        "lines": count,
        "table_s": done - scheduled,
        "peak_MB": peak,
    }


def _median(work: Callable[[], None], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def measured(rounds: int) -> dict[str, Any]:
    """Commands by their name, what 60 rows take inside, and a long table."""
    return {
        "commands": start_up(rounds),
        "60 rows inside": inside(rounds),
        "long table": long_table(),
    }
