"""What a shell offers: ids, arms, drugs, values of options, files; in the shells themselves."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
import typer

from commandline import environment, modules, needs_posix, written
from filetext import a_dose
from il2calc.cli import app
from il2calc.cli import help as command_help
from il2calc.cli.app import build
from il2calc.language import shelf

pytestmark = needs_posix("shells that complete")


def context(**params: object) -> typer.Context:
    """A command line as far as it has been typed."""
    typer_context = typer.Context(typer.main.get_command(build("schedule")))
    typer_context.params = dict(params)
    return typer_context


def completion(**env: str) -> list[str]:
    """What a shell gets when it asks."""
    out = StringIO()
    with (
        patch.dict(os.environ, environment(**env), clear=True),
        patch.object(sys, "argv", ["il2calc"]),
        redirect_stdout(out),
        pytest.raises(SystemExit) as end,
    ):
        app.run()
    assert end.value.code == 0
    return [line for line in out.getvalue().splitlines() if line]


def offered_words(*words: str) -> list[str]:
    """What bash gets to offer for the last of its words, taken apart at each `=`."""
    line = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    return completion(_IL2CALC_COMPLETE="complete_bash", **line)


def completed(words: str) -> list[str]:
    """What bash gets to offer for the last word of a line."""
    line = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return completion(_IL2CALC_COMPLETE="complete_bash", **line)


def test_ids_that_begin_with_what_was_typed_are_offered() -> None:
    """All of them where nothing was."""
    assert command_help.completions(command_help.regimens, context(), "np") == ["npc-bolus"]
    assert command_help.completions(command_help.regimens, context(), "im") == [
        "imatinib",
        "imp321",
    ]
    assert command_help.completions(command_help.regimens, context(), "") == sorted(
        shelf.regimen_files()
    )
    assert command_help.completions(command_help.regimens, context(), "x") == []


def test_an_option_that_was_typed_twice_breaks_no_completion() -> None:
    """What is refused in the end is no traceback into the line that is still being typed."""
    line = "il2calc schedule npc-bolus --weight 70 --weight 80 --st"
    assert completed(line) == ["--start", "--strict"]


def test_ids_in_the_users_folder_are_offered(tmp_path: Path) -> None:
    """Among those that ship."""
    written(tmp_path, a_dose())
    assert "examplumab" in command_help.completions(
        command_help.regimens, context(folder=tmp_path), ""
    )


def test_a_folder_that_is_none_offers_nothing(tmp_path: Path) -> None:
    """While somebody types, nothing is an error."""
    assert (
        command_help.completions(command_help.regimens, context(folder=tmp_path / "no"), "") == []
    )


def test_arms_of_the_regimen_that_was_typed_are_offered() -> None:
    """Those that begin as typed."""
    typed = context(regimen="imatinib")
    assert command_help.completions(command_help.arms, typed, "level-1") == ["level-1"]
    assert len(command_help.completions(command_help.arms, typed, "")) == 4
    assert command_help.completions(command_help.arms, context(regimen="npc-bolus"), "") == []


def test_arms_of_a_file_given_by_its_path_are_offered(tmp_path: Path) -> None:
    """It is read as the schedule would read it."""
    path = written(tmp_path, a_dose(head=("arms: {low: Little, high: Much}",)))
    assert command_help.completions(command_help.arms, context(regimen=path), "") == ["low", "high"]


@pytest.mark.parametrize("regimen", ["no-such", "./no-such.yaml", None])
def test_a_regimen_that_cannot_be_read_offers_no_arm(regimen: str | None) -> None:
    """No traceback between two key strokes."""
    assert command_help.completions(command_help.arms, context(regimen=regimen), "") == []


def test_bash_is_offered_ids() -> None:
    """After `schedule` and after `show`."""
    assert completed("il2calc schedule np") == ["npc-bolus"]
    assert completed("il2calc show tr") == ["trastuzumab"]


@pytest.mark.parametrize("option", ["--arm", "--level"])
def test_bash_is_offered_the_arms_of_the_id_before_them(option: str) -> None:
    """The order in which a person types: id, then arm."""
    assert completed(f"il2calc schedule imatinib {option} ") == [
        f"level-{number}" for number in range(1, 5)
    ]
    assert completed(f"il2calc schedule imp321 {option} 0") == ["0.25-mg"]


def test_drugs_with_a_monograph_are_offered(tmp_path: Path) -> None:
    """By the names of their files; a folder with two of one name offers nothing."""
    assert command_help.completions(command_help.drugs, context(folder=None), "al") == [
        "aldesleukin"
    ]
    (tmp_path / "drugs").mkdir()
    for ending in ("yaml", "yml"):
        (tmp_path / "drugs" / f"one.{ending}").write_text("")
    assert command_help.completions(command_help.drugs, context(folder=tmp_path), "al") == []


NPC = ("il2calc", "schedule", "npc-bolus")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ((*NPC, "--format", "m"), ["markdown"]),
        ((*NPC, "--format", "=", "ev"), ["events"]),
        (("il2calc", "show", "npc-bolus", "--format", "t"), ["text", "timeline"]),
        (("il2calc", "cohort", "npc-bolus", "p.csv", "--format", ""), ["parquet", "csv", "arrow"]),
        ((*NPC, "--bsa-formula", "m"), ["mosteller"]),
        (("il2calc", "bsa", "--formula", "a"), ["all"]),
        ((*NPC, "--per", ""), ["dose", "day"]),
        ((*NPC, "--sex", "f"), ["female"]),
        ((*NPC, "--tz", "Europe/Lo"), ["Europe/London"]),
        ((*NPC, "--tz", "ES"), ["EST5EDT"]),
        ((*NPC, "--columns", "date,ti"), ["date,time"]),
        ((*NPC, "--format", "events", "--columns", "tim"), []),
        (("il2calc", "replan", "S-07.yaml", "--columns", "sta"), ["state"]),
        (("il2calc", "cohort", "npc-bolus", "p.csv", "--columns", "D"), ["DRUG", "DAY"]),
        ((*NPC, "--round", "ald"), [f"aldesleukin={way}" for way in ("vial", "tablet", "bands:")]),
        ((*NPC, "--round", "aldesleukin", "="), ["vial", "tablet", "bands:"]),
        ((*NPC, "--round", "aldesleukin", "=", "v"), ["vial"]),
        (("il2calc", "schedule", "nothing", "--cmt", "IMP"), ["IMP321="]),
        ((*NPC, "--percent", ""), ["aldesleukin="]),
        (("il2calc", "convert", "'1 g'", "mg", "--drug", "pac"), ["paclitaxel"]),
        (("il2calc", "new", "a.yaml", "--from", "npc"), ["npc-bolus"]),
        (("il2calc", "log", "start", "S.yaml", "--regimen", "npc"), ["npc-bolus"]),
        (("il2calc", "diff", "npc-bolus", "npc"), ["npc-bolus"]),
        (("il2calc", "check", "npc-bolus", "imp"), ["imp321"]),
        (("il2calc", "help", "sched"), ["schedule"]),
        (("il2calc", "help", "log", "giv"), ["given"]),
        ((*NPC, "--output", "plan"), []),
        (("il2calc", "log", "given", "S-"), []),
        (("il2calc", "schema", "--drug", ""), []),
    ],
    ids=" ".join,
)
def test_values_are_offered_where_they_are_few_and_files_where_files_are_meant(
    words: tuple[str, ...], values: list[str]
) -> None:
    """Where nothing is offered, the shell offers its files."""
    assert offered_words(*words) == values


def test_zsh_is_offered_a_value_with_the_option_before_it() -> None:
    """It takes both for one word, and would throw away what does not begin as the word does."""
    line = "il2calc help schedule npc-bolus --format=mar"
    (offer,) = completion(_IL2CALC_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line)
    assert '"--format=markdown"' in offer


def test_no_verb_loads_what_completes() -> None:
    """Reading what may be offered is a millisecond for each option: only a shell pays it."""
    assert "il2calc.cli.help" not in modules(*NPC[1:], "--weight", "70", "--format", "csv")


# In the shells themselves

LINES = [
    ("schedule npc-bolus --format mar", "--format markdown"),
    ("schedule npc-bolus --format=mar", "--format=markdown"),
    ("schedule npc-bolus --bsa-formula mos", "--bsa-formula mosteller"),
    ("schedule npc-bolus --per do", "--per dose"),
    ("schedule npc-bolus --tz Europe/Lon", "--tz Europe/London"),
    ("schedule npc-bolus --columns date,ti", "--columns date,time"),
    ("schedule npc-bolus --round aldesleukin=v", "--round aldesleukin=vial"),
    ("schedule npc-bo", "schedule npc-bolus"),
    ("log given subject-s", "log given subject-seven.yaml"),
    ("schedule npc-bolus --output subject-s", "--output subject-seven.yaml"),
    ("help sched", "help schedule"),
]
SHELLS = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
}
BEGUN = {  # the prompt is typed in two pieces: only the shell itself shows it whole
    "bash": 'PS1="rea""dy> "; source ./complete\n',
    "zsh": 'PS1="rea""dy> "; autoload -U compinit; compinit -u -D; source ./complete\n',
}


def at_home(name: str, folder: Path) -> dict[str, str]:
    """An environment in which a shell finds il2calc, and beside it the script that completes."""
    tool = folder / "il2calc"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m il2calc "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    (folder / "subject-seven.yaml").touch()
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    env = environment(PATH=path, HOME=str(folder), TERM="dumb", COLUMNS="200")
    script = subprocess.run(
        [str(tool)],
        env={**env, "_IL2CALC_COMPLETE": f"source_{name}"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    (folder / "complete").write_bytes(script.stdout)
    return env


@contextmanager
def shell(name: str, folder: Path) -> Iterator[int]:
    """A shell in a terminal of its own, in which il2calc completes."""
    env = at_home(name, folder)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [name, *SHELLS[name]],
        cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        os.write(ours, BEGUN[name].encode())
        try:
            yield ours
        finally:
            process.kill()
            os.close(ours)


def screen_until(handle: int, expected: str, seconds: float = 30) -> str:
    """What a terminal shows until it shows this, or for so long."""
    text, end = "", time.monotonic() + seconds
    while expected not in text and time.monotonic() < end:
        if select.select([handle], [], [], 0.2)[0]:
            text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07|\r", "", os.read(handle, 65536).decode())
    return text


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_a_line_that_was_begun(name: str, tmp_path: Path) -> None:
    """Typed at its prompt and followed by a tab, each line is made whole."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    with shell(name, tmp_path) as handle:
        screen_until(handle, "ready> ", 10)
        for typed, completed in LINES:
            os.write(handle, f"\x15il2calc {typed}\t".encode())
            assert completed in screen_until(handle, completed), typed


def test_fish_completes_a_line_that_was_begun(tmp_path: Path) -> None:
    """Asked by its own builtin, which says what a tab would put there."""
    if (fish := shutil.which("fish")) is None:
        pytest.skip("fish is not installed")
    env = at_home("fish", tmp_path)
    for typed, completed in LINES:
        script = f"source ./complete; complete -C 'il2calc {typed}'"
        result = subprocess.run(
            [fish, "--no-config", "-c", script],
            cwd=tmp_path, env=env, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        values = [line.split("\t")[0] for line in result.stdout.splitlines()]
        assert completed.split(" ")[-1] in values, typed
