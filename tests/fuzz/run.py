"""Draw files and command lines, and print what went wrong: `python -m fuzz.run --seed 1 --count 9`.

Nothing may end in a traceback or another exit code than 0 to 3; a refusal is in lines of
plain text, and what is printed as JSON is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from commandline import run
from fuzz import drawing

KINDS = ("regimen", "drug", "log", "command")
FILE = "changed.yaml"
BODY = ("--weight", "70", "--height", "170", "--gfr", "90", "--start", "2025-12-01")
VERBS = {
    "regimen": (["check", FILE], ["schedule", FILE, *BODY, "--cycles", "2", "--format", "json"]),
    "drug": (["check", FILE], ["drug", FILE]),
    "log": (["log", "check", FILE], ["replan", FILE, "--format", "json"], ["log", "undo", FILE]),
}
_MOST_LINES = 400


class Drawn(NamedTuple):
    """One case, and what went wrong with it; nothing where all is well."""

    kind: str
    text: str
    wrong: str


def cases(seed: int, count: int) -> Iterator[Drawn]:
    """So many cases of a seed, the kinds in turn."""
    with TemporaryDirectory() as folder, chdir(folder):
        for verb in (
            ["log", "start", "S-07.yaml", "--regimen", "npc-bolus", *BODY[:2], *BODY[-2:]],
            ["log", "given", "S-07.yaml", "1-3", "--as-of", "2025-12-03"],
            ["log", "delay", "S-07.yaml", "course 1/cycle 2", "--by", "3 days"],
        ):
            assert run(*verb).code == 0, verb
        log = Path("S-07.yaml").read_text(encoding="utf-8")
        for number in range(count):
            random = Random(f"{seed} {number}")  # noqa: S311 - a seed that can be told again
            kind = KINDS[number % len(KINDS)]
            if kind == "command":
                words = drawing.command_line(random)
                yield Drawn(kind, " ".join(words), wrong(words))
                Path("S-07.yaml").write_text(log, encoding="utf-8")
                continue
            seeds = drawing.seeds(kind)
            text = log if kind == "log" else random.choice(seeds).read_text(encoding="utf-8")
            changed = drawing.file(kind, text, random)
            Path(FILE).write_bytes(changed.encode("utf-8", "surrogatepass"))
            yield Drawn(kind, changed, "; ".join(filter(None, map(wrong, VERBS[kind]))))


def wrong(words: list[str]) -> str:
    """What is wrong with how a command line ends."""
    try:
        result = run(*words)
    except BaseException as error:  # noqa: BLE001 - whatever gets out is what is looked for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{words[:2]}: {type(error).__name__} {error} at {frame.filename}:{frame.lineno}"
    lines = result.err.splitlines()
    if result.code not in (0, 1, 2, 3):
        return f"{words[:2]}: exit code {result.code}"
    if result.code in (1, 2) and not lines:
        return f"{words[:2]}: refused in silence"
    if len(lines) > _MOST_LINES or any(not line.isprintable() for line in lines):
        return f"{words[:2]}: lines that nobody can read"
    if result.code == 0 and words[-2:] == ["--format", "json"]:
        json.loads(result.out)
    return ""


def main() -> None:
    """Print what went wrong, each with its input, then the counts; exit 1 with any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    options = parser.parse_args()
    counts: dict[str, int] = dict.fromkeys(KINDS, 0)
    faulty = 0
    for case in cases(options.seed, options.count):
        counts[case.kind] += 1
        if case.wrong:
            faulty += 1
            sys.stdout.write(f"{case.wrong}{os.linesep}{case.text}{os.linesep}")
    sys.stdout.write(f"seed {options.seed}: {counts}, {faulty} went wrong\n")
    sys.exit(1 if faulty else 0)


if __name__ == "__main__":
    main()
