"""The built wheel, outside the checkout: it carries the regimens and runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds only what the wheel, built from the source archive, installs."""
    built, unpacked = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked


def _run(site: Path, *command: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(site)}
    result = subprocess.run(
        [sys.executable, *command], cwd=site, env=env, check=True, capture_output=True, text=True
    )
    return result.stdout


def test_the_wheel_is_what_runs(site: Path) -> None:
    """These tests are about the wheel, not the checkout."""
    module_path = _run(site, "-c", "import il2calc; print(il2calc.__file__)")
    assert Path(module_path.strip()).is_relative_to(site)


def test_the_wheel_lists_the_regimens(site: Path) -> None:
    """An installed il2calc finds the regimens that ship with it."""
    lines = _run(site, "-m", "il2calc", "list").splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "regimens").glob("*.yaml"))


def test_the_wheel_makes_a_schedule(site: Path) -> None:
    """An installed il2calc gives 60 administrations of npc-bolus, as the checkout does."""
    command = ("-m", "il2calc", "schedule", "npc-bolus", "--weight", "70", "--format", "csv")
    assert len(_run(site, *command).splitlines()) == 1 + 60


def test_the_wheel_is_typed_and_carries_the_schema(site: Path) -> None:
    """Type checkers and editors find what they need in an installation."""
    assert (site / "il2calc" / "py.typed").is_file()
    for kind in ("regimen", "drug", "log"):
        assert (site / "il2calc" / "regimens" / f"{kind}.schema.json").is_file()


@pytest.mark.parametrize("shape", ["html", "pdf"])
def test_the_wheel_sets_a_sheet(site: Path, shape: str) -> None:
    """The templates of the sheet are installed with it."""
    file = site / f"npc.{shape}"
    _run(site, "-m", "il2calc", "schedule", "npc-bolus", "--weight", "70", "-o", str(file))
    assert file.read_bytes().lower().startswith({"html": b"<!doctype", "pdf": b"%pdf-"}[shape])
