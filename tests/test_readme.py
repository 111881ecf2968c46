"""The README, run: every command in it prints what stands under it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)


def _examples() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for block in _CONSOLE.findall(README):
        pieces = _COMMAND.split(block)[1:]
        found.extend(zip(pieces[::2], pieces[1::2], strict=True))
    return [(command, output.lstrip("\n").rstrip()) for command, output in found]


def _marked(name: str) -> str:
    match = re.search(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert match, name
    return match[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's example files and an `il2calc` of this checkout."""
    here = tmp_path_factory.mktemp("readme")
    for name in ("example.yaml", "S-07.yaml"):
        (here / name).write_text(_marked(name), encoding="utf-8")
    command = here / "bin" / "il2calc"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m il2calc "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return here


@pytest.mark.parametrize(("command", "output"), _examples(), ids=lambda text: text[:60])
def test_a_command_prints_what_the_readme_says(folder: Path, command: str, output: str) -> None:
    """What stands under a command in the README is what the command prints."""
    hidden = {"COLUMNS", "NO_COLOR", "FORCE_COLOR", "IL2CALC_LIBRARY"}
    env = {key: value for key, value in os.environ.items() if key not in hidden}
    env |= {
        "PATH": f"{folder / 'bin'}{os.pathsep}{env['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} 2>&1"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.rstrip() == output


def test_the_python_example_runs() -> None:
    """The Python of the README holds what it asserts."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    subprocess.run(
        [sys.executable, "-c", code[1]],
        check=True,
        env={**os.environ, "PYTHONPATH": "src"},
        cwd=ROOT,
    )


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """The checks run the README's own command, taken from the README."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- tests -->" in script
    assert "pytest" in _marked("tests")
    assert "schedule npc-bolus" in _marked("main job")
