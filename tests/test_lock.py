"""The lock names every package that is installed, and the checks install those."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from commandline import needs_posix

pytestmark = needs_posix("the shell of the checks")

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
BACK_END: list[str] = PROJECT["build-system"]["requires"]
RUN, ALL = "requirements/run.txt", "requirements/all.txt"
LINUX = {"sys_platform": "linux", "os_name": "posix", "platform_python_implementation": "CPython"}
_ENTRY = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<release>[a-z0-9.]+)(?: ; (?P<marker>[a-z0-9_.'=<>!* ()]+))?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n",
    re.IGNORECASE,
)


def locked(file: str) -> list[re.Match[str]]:
    """The entries of a lock; a text that is more than entries with hashes fails."""
    text = re.sub(r"^#.*\n", "", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = list(_ENTRY.finditer(text))
    assert "".join(entry[0] for entry in entries) == text
    return entries


def asked_for(file: str) -> list[Requirement]:
    """What pyproject.toml requires of the packages in a lock, without our own extras."""
    extras = EXTRAS if file == ALL else {"build": EXTRAS["build"]}
    texts = [*PROJECT["project"]["dependencies"], *BACK_END, *chain(*extras.values())]
    requirements = [Requirement(text) for text in texts]
    return [
        requirement
        for requirement in requirements
        if requirement.name != PROJECT["project"]["name"]
    ]


def readme(name: str) -> str:
    """A command of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    match = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", text, re.DOTALL)
    assert match
    return match[1]


@pytest.mark.parametrize("file", [RUN, ALL])
def test_a_lock_is_releases_with_hashes_and_nothing_else(file: str) -> None:
    """No address, no file, no option: where packages come from is the user's choice."""
    entries = locked(file)
    assert len(entries) > len(asked_for(file))
    assert "://" not in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", [RUN, ALL])
def test_a_lock_covers_what_the_project_asks_for(file: str) -> None:
    """A dependency that is added, or whose bounds move, is locked anew (`.ci/lock`)."""
    for requirement in asked_for(file):
        name = canonicalize_name(requirement.name)
        releases = [entry["release"] for entry in locked(file) if entry["name"] == name]
        assert releases, requirement
        assert all(release in requirement.specifier for release in releases), requirement


@pytest.mark.parametrize("python", ["3.11.0", "3.12.1", "3.13.0", "3.14.0"])
@pytest.mark.parametrize("file", [RUN, ALL])
def test_a_lock_names_one_release_for_each_python(file: str, python: str) -> None:
    """If a release needs a newer Python, an older one is beside it for the others."""
    environment = {
        **LINUX,
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
    }
    names = [
        entry["name"]
        for entry in locked(file)
        if entry["marker"] is None or Marker(entry["marker"]).evaluate(environment)
    ]
    assert len(set(names)) == len(names)
    assert {canonicalize_name(requirement.name) for requirement in asked_for(file)} <= set(names)


def test_the_releases_installed_are_those_tested() -> None:
    """Every release that the first command installs is one that the tests are run with."""
    run, everything = (
        {(entry["name"], entry["release"]) for entry in locked(file)} for file in (RUN, ALL)
    )
    assert run < everything


def test_the_back_end_is_among_the_extras() -> None:
    """Without build isolation pip installs no back end, so the lock has to."""
    assert set(BACK_END) <= set(EXTRAS["build"])


@pytest.mark.parametrize(("name", "file"), [("main job", RUN), ("tests", ALL)])
def test_the_commands_of_the_readme_install_the_lock(name: str, file: str) -> None:
    """First what is locked, by its hashes; then il2calc, which asks no index for anything."""
    _, first, second, *_ = readme(name).split(" && ")
    assert first == f".venv/bin/pip install --quiet --require-hashes -r {file}"
    assert second.startswith(".venv/bin/pip install --quiet --no-deps --no-build-isolation ")


TOOL = """\
#!/bin/sh
case "$*" in
"-c "*) exec "$REAL_PYTHON" "$@" ;;
"-m venv "*)
    mkdir -p "$3/bin"
    for name in python pip ruff mypy lint-imports typos check-jsonschema; do
        cp "$0" "$3/bin/$name"
    done ;;
"-m pytest "*)
    case "$*" in *--cov*) run=locked ;; *) run=newest ;; esac
    echo "=== 7 passed of the $run in 1.00s ==="
    case "$FAILING" in *$run*) exit 1 ;; esac ;;
esac
"""


def checks(folder: Path, failing: str) -> subprocess.CompletedProcess[str]:
    """The script of the checks, run with tools that only say whether the tests fail."""
    for name in (".ci/run", "README.md", "pyproject.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    tools = folder / "tools"
    tools.mkdir()
    for name in ("python3", "chromium"):
        (tools / name).write_text(TOOL, encoding="utf-8")
        (tools / name).chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "REAL_PYTHON": sys.executable,
        "FAILING": failing,
    }
    return subprocess.run(
        ["/usr/bin/env", "bash", ".ci/run"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("failing", "names", "closing"),
    [
        ("", [], "locked"),
        ("locked", ["tests_with_the_locked_releases"], "locked"),
        ("newest", ["tests_with_the_newest_releases"], "newest"),
        (
            "locked newest",
            ["tests_with_the_locked_releases", "tests_with_the_newest_releases"],
            "locked",
        ),
    ],
)
def test_the_checks_run_the_tests_twice_and_name_what_failed(
    tmp_path: Path, failing: str, names: list[str], closing: str
) -> None:
    """The README's own command, then the newest releases; the closing line of pytest is last."""
    result = checks(tmp_path, failing)
    lines = result.stdout.splitlines()
    assert f"+ {readme('tests')}" in lines
    assert [line.split(": ")[1] for line in lines if line.startswith("FAILED")] == names
    assert lines[-1] == f"=== 7 passed of the {closing} in 1.00s ==="
    assert result.returncode == bool(names)
