"""Measure everything, or some parts of it; print JSON, judge nothing.

    python benchmarks [PART ...] [--only NAME ...] [--rounds 15] [--most SIZE] [--into FILE]

The parts are start, cohort, growth, logs and folders; all of them take more than an hour. Run them
on a quiet machine. With `--into docs/about/speed.json` the parts that were measured take the place
of theirs in the file, and `python benchmarks/speed_table.py` sets the figures of the docs anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cohort
import folders
import growth
import long_logs
import start

PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "start": lambda asked: start.measured(asked.rounds),
    "cohort": lambda asked: cohort.measured(
        asked.rounds, [size for size in (10_000, 1_000_000, 10_000_000) if size <= asked.most]
    ),
    "growth": lambda asked: growth.measured(asked.only, asked.most),
    "logs": lambda asked: long_logs.measured(asked.only, asked.most),
    "folders": lambda asked: folders.measured(asked.most),
}


def made(rounds: int) -> dict[str, Any]:
    """When and with what a part was measured."""
    return {
        "date": f"{date.today()}",  # noqa: DTZ011 - the day where it is run
        "rounds": rounds,
        "python": platform.python_version(),
        **{name: version(name) for name in ("typer", "numpy", "pyarrow")},
    }


def main() -> None:
    """Print what was measured as JSON, or put it into a file of such."""
    asks = argparse.ArgumentParser(prog="python benchmarks", description=__doc__)
    asks.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    asks.add_argument("--only", nargs="*", default=(), metavar="NAME")
    asks.add_argument("--rounds", type=int, default=15)
    asks.add_argument("--most", type=int, default=10_000_000, metavar="SIZE")
    asks.add_argument("--into", type=Path, metavar="FILE")
    asked = asks.parse_args()
    figures: dict[str, Any] = {}
    if asked.into is not None and asked.into.exists():
        figures = json.loads(asked.into.read_text(encoding="utf-8"))
    for name in asked.parts or PARTS:
        figures[name] = {"made": made(asked.rounds), **PARTS[name](asked)}
        text = f"{json.dumps(figures, indent=2)}\n"
        if asked.into is not None:
            asked.into.write_text(text, encoding="utf-8")
    if asked.into is None:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
