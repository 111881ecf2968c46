"""What is released: the same bytes wherever it is built, with a bill of materials in it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BILL = ROOT / "requirements" / "il2calc.cdx.json"
LEFT_OUT = (
    ".git",
    ".*_cache",
    "__pycache__",
    ".venv",
    "build",
    "dist",
    ".hypothesis",
    "*.egg-info",
)
PLACES = {"a": (0o022, "UTC0"), "b/further down": (0o077, "NPT-5:45")}
"""Folder -> umask and time zone of a build in it."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both archives of the same source, built in two places; the folder of each."""
    top = tmp_path_factory.mktemp("places")
    archives = {}
    for number, (place, (mask, zone)) in enumerate(PLACES.items()):
        source = top / place
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for path in (file for file in source.rglob("*") if file.is_file()):
            path.chmod(path.stat().st_mode & 0o777 & ~mask)
            os.utime(path, (10**9 + number, 10**9 + number))
        subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation"],
            cwd=source,
            umask=mask,
            env={**os.environ, "TZ": zone},
            check=True,
            capture_output=True,
        )
        archives[place] = source / "dist"
    return archives


@pytest.mark.parametrize("ending", ["*.whl", "*.tar.gz"])
def test_two_builds_are_the_same_bytes(built: dict[str, Path], ending: str) -> None:
    """Whoever builds a release can compare it with the published one: folder, umask, time zone."""
    files = [next(folder.glob(ending)) for folder in built.values()]
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert len(files) == len(PLACES)
    assert len(digests) == 1


def test_the_bill_of_materials_is_in_wheel_and_source(built: dict[str, Path]) -> None:
    """Where PEP 770 has it, so that a scanner finds it; the bytes of the repository."""
    folder = next(iter(built.values()))
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        (name,) = (name for name in wheel.namelist() if "/sboms/" in name)
        assert re.fullmatch(r"il2calc-[0-9.]+\.dist-info/sboms/il2calc\.cdx\.json", name)
        assert wheel.read(name) == BILL.read_bytes()
    with tarfile.open(next(folder.glob("*.tar.gz"))) as source:
        (name,) = (name for name in source.getnames() if name.endswith(".cdx.json"))
        content = source.extractfile(name)
        assert content is not None
        assert content.read() == BILL.read_bytes()


def needed(extras: tuple[str, ...] = ()) -> set[str]:
    """Every package that il2calc needs here to run, by the data of the installed packages."""
    texts = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        texts += PROJECT["project"]["optional-dependencies"][extra]
    left, names = [Requirement(text) for text in texts], set[str]()
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in names:
            names.add(name)
            left += [Requirement(text) for text in metadata.requires(name) or ()]
    return names


def bill() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(BILL.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize(("scopes", "extras"), [(1, ()), (2, ("pdf", "cohort"))])
def test_the_bill_names_every_package_that_is_run(scopes: int, extras: tuple[str, ...]) -> None:
    """Ours and theirs, down to the last; those of the extras as optional."""
    among = ("required", "optional")[:scopes]
    named = {component["name"] for component in bill()["components"] if component["scope"] in among}
    assert needed(extras) <= named


def test_the_bill_is_of_the_lock_and_of_this_version() -> None:
    """Every release in it is one that the lock installs, and nothing that only builds is in it."""
    lock = (ROOT / "requirements" / "all.txt").read_text(encoding="utf-8")
    document = bill()
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    for component in document["components"]:
        assert f"\n{component['name']}=={component['version']} " in lock, component
        assert (
            component["purl"]
            == component["bom-ref"]
            == f"pkg:pypi/{component['name']}@{component['version']}"
        )
    assert "hatchling" not in {component["name"] for component in document["components"]}
    itself = document["metadata"]["component"]
    assert (itself["name"], itself["version"]) == ("il2calc", PROJECT["project"]["version"])
    (of_it,) = document["dependencies"]
    assert of_it["ref"] == itself["bom-ref"]
    direct = {
        canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"]
    }
    assert {url.removeprefix("pkg:pypi/").partition("@")[0] for url in of_it["dependsOn"]} == direct


def test_the_bill_is_made_from_the_lock_alone(tmp_path: Path) -> None:
    """No clock, no random number: the script that the lock calls, on a lock of two."""
    make = runpy.run_path(str(ROOT / ".ci" / "sbom.py"))["document"]
    project = {"name": "x", "version": "1", "license": "MIT", "dependencies": ["A_b>=1,<2"]}
    run = "# a\na-b==1.5 \\\n    --hash=sha256:00\nc==2 ; python_version < '3.12' \\\n"
    schedule = make(project, run, f"{run}d==3 \\\n    --hash=sha256:22\n")
    assert schedule == make(project, run, f"{run}d==3 \\\n    --hash=sha256:22\n")
    assert [(component["purl"], component["scope"]) for component in schedule["components"]] == [
        ("pkg:pypi/a-b@1.5", "required"),
        ("pkg:pypi/c@2", "required"),
        ("pkg:pypi/d@3", "optional"),
    ]
    assert schedule["components"][1]["properties"] == [
        {"name": "il2calc:marker", "value": "python_version < '3.12'"}
    ]
    assert schedule["dependencies"] == [{"ref": "pkg:pypi/x@1", "dependsOn": ["pkg:pypi/a-b@1.5"]}]
    files = [tmp_path / "run.txt", tmp_path / "extras.txt"]
    for file in files:
        file.write_text(run, encoding="utf-8")
    command = [sys.executable, str(ROOT / ".ci" / "sbom.py"), *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [component["name"] for component in json.loads(done.stdout)["components"]] == [
        "a-b",
        "c",
    ]


def test_the_back_end_is_one_exact_release() -> None:
    """Another one could build other bytes; it is the one that the lock installs."""
    (back_end,) = PROJECT["build-system"]["requires"]
    assert re.fullmatch(r"hatchling==[0-9.]+", back_end)
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert f"\n{back_end} " in lock


def test_a_release_has_no_password_and_is_attested() -> None:
    """Trusted publishing: the right to publish is given to one job, and no secret is named."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "password" not in re.sub(r"#.*", "", text)
    flow = yaml.safe_load(text)
    assert flow["permissions"] == {}
    build, publish = flow["jobs"]["build"], flow["jobs"]["publish"]
    assert build["permissions"] == {"contents": "read"}
    assert publish["permissions"]["id-token"] == publish["permissions"]["attestations"] == "write"
    steps = [step.get("uses", "").partition("@")[0] for step in publish["steps"]]
    assert steps[1:] == ["actions/attest-build-provenance", "pypa/gh-action-pypi-publish"]
    assert any("il2calc verify" in step.get("run", "") for step in build["steps"])


def test_the_supported_versions_name_this_one() -> None:
    """Who reports a weakness knows which releases get a fix."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    series = PROJECT["project"]["version"].rpartition(".")[0]
    assert f"| {series}.x | yes |" in text
