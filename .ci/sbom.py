"""The software bill of materials of a lock: CycloneDX 1.6, the same bytes for the same lock.

`python3 .ci/sbom.py RUN.txt EXTRAS.txt`, as `.ci/lock` calls it: what il2calc needs to run, and
what it needs with the extras that are run. It has no time and no serial number, so that whoever
locks the same gets the same. What builds il2calc and is gone afterwards is not in it.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<release>\S+)(?: ; (?P<marker>[^\\]+?))? *\\?$", re.MULTILINE
)
NAME = re.compile(r"[A-Za-z0-9._-]+")


def entries(lock: str) -> dict[str, dict[str, str | None]]:
    """The releases of a lock by their package URL."""
    return {
        f"pkg:pypi/{match['name']}@{match['release']}": match.groupdict()
        for match in ENTRY.finditer(lock)
    }


def document(project: dict[str, Any], run: str, extras: str) -> dict[str, Any]:
    """The bill of materials of a project.

    Args:
        project: the table `project` of its pyproject.toml.
        run: the text of the lock of what it needs.
        extras: the same with the extras that are run.
    """
    needed, known = entries(run), entries(run) | entries(extras)
    itself = f"pkg:pypi/{project['name']}@{project['version']}"
    direct = {_name(text) for text in project["dependencies"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": itself,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": itself,
            },
        },
        "components": [
            {
                "type": "library",
                "bom-ref": url,
                "name": entry["name"],
                "version": entry["release"],
                "scope": "required" if url in needed else "optional",
                "purl": url,
                **_where(entry["marker"]),
            }
            for url, entry in sorted(known.items())
        ],
        "dependencies": [
            {
                "ref": itself,
                "dependsOn": sorted(
                    url for url, entry in needed.items() if entry["name"] in direct
                ),
            }
        ],
    }


def _where(marker: str | None) -> dict[str, Any]:
    """Where a release is installed, if not everywhere."""
    return {"properties": [{"name": "il2calc:marker", "value": marker}]} if marker else {}


def _name(requirement: str) -> str:
    """The name of what a line asks for, as a lock writes it."""
    match = NAME.match(requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def main() -> None:
    """Print the bill of materials of the locks that are named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    run, extras = (Path(name).read_text("utf-8") for name in sys.argv[1:3])
    sys.stdout.write(json.dumps(document(project, run, extras), indent=2) + "\n")


if __name__ == "__main__":
    main()
