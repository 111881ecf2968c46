"""A folder as somebody works in it, and the commands that il2calc suggests there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import chdir
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import typer

from commandline import run
from docpages import ROOT
from il2calc.cli.app import VERBS, build

_WORD = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'();,`]+)+"
_NAMES = "|".join((*VERBS, "--help"))
_HINT = re.compile(rf"il2calc (?:help )?(?:{_NAMES})\b(?![-.])(?: +(?!il2calc ){_WORD})*")
_PROSE = re.compile(r" (?:says?|and|or|moves|begins|to|wrote|reckons)\b.*")
_TO_FILL = re.compile(r"[A-Z]{2,}[.A-Za-z]*|[A-Z]+=[A-Z]+|\.\.\.")
"""A word that the reader puts something in the place of."""


def fill(folder: Path) -> Path:
    """Put there what examples and hints name: logs, patients, a sheet, a second version.

    S-06 was written by hand, S-07 has got its first six doses, S-08 is infused for days, S-09 is on
    the lowest of its arms.
    """
    (folder / "patients.csv").write_text("ID,WT,HT\n1,70,170\n2,62.5,165\n", encoding="utf-8")
    (folder / "sheet.csv").write_text(
        "regimen,drug,amount,unit,route,days,cycle days,cycles\n"
        "AC,doxorubicin,60,mg/m2,IV bolus,1,21,4\n",
        encoding="utf-8",
    )
    (folder / "names.csv").write_text("printed,drug\nAdria,doxorubicin\n", encoding="utf-8")
    npc = (ROOT / "regimens" / "npc-bolus.yaml").read_text(encoding="utf-8")
    second = npc.replace("regimen: npc-bolus\n", "regimen: npc-v2\n")
    second = second.replace("\nversion: 1\n", "\nversion: 2\n")
    (folder / "npc-v2.yaml").write_text(second, encoding="utf-8")
    (folder / "S-06.yaml").write_text(
        f"log: S-06\nregimen: npc-bolus\nversion: 1\nsha256: {sha256(npc.encode()).hexdigest()}\n"
        "weight: 70 kg\nstart: 2025-12-01\nat: '08:00'\nentries:\n"
        "  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 1}\n"
        "    entered: 2025-12-01 09:00\n",
        encoding="utf-8",
    )
    options = ("--start", "2025-12-01", "--regimen")
    with chdir(folder):
        for line in (
            ("start", "S-07.yaml", *options, "npc-bolus", "--weight", "70"),
            ("given", "S-07.yaml", "1-6"),
            ("start", "S-08.yaml", *options, "rcc-infusion", "--weight", "70", "--height", "170"),
            ("start", "S-09.yaml", *options, "imatinib", "--arm", "level-1", "--cycles", "3"),
        ):
            assert run("log", *line).code == 0, line
    return folder


def hints(text: str) -> Iterator[str]:
    """Every command within a text; lines that a terminal folded are put together again."""
    unfolded = re.sub(r"\n +(?![\s-])", " ", text).replace(
        ", with the options of this schedule,", " OPTIONS"
    )
    for match in _HINT.finditer(unfolded):
        yield _PROSE.sub("", match[0]).rstrip(".:?")


def assert_works(hint: str, env: Mapping[str, str] | None = None) -> None:
    """Pasted it does what it says: no verb and no option is unknown, and nothing is refused."""
    words = [word for word in shlex.split(hint)[1:] if word != "help"]
    command: Any = typer.main.get_command(build(words[0]))  # of all of them, for an option
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    known_options = {"--help", *chain.from_iterable(param.opts for param in command.params)}
    options = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert options <= known_options, hint
    named_alone = not rest and any(param.required for param in command.params)
    if not named_alone and not any(map(_TO_FILL.fullmatch, rest)):
        result = run(*words, env=env)
        assert result.code in CODES.get(words[0], (0,)), (hint, result)


CODES = {"check": (0, 1), "compatible": (0, 3), "screen": (0, 3), "verify": (0, 1)}
"""What a command ends with that says all it is asked for: faults, what is unsettled."""
