"""The JSON Schema of a drug file: held equal to the code, and read by an independent hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from il2calc.library import examine_drug, json_schema
from il2calc.library.drug_schema import DRUG
from il2calc.library.shelf import Found, shipped
from il2calc.regimen import Origin

SCHEMA_FILE = shipped() / "drug.schema.json"
SHIPPED = sorted((shipped() / "drugs").glob("*.yaml"))
HEAD = "drug: examplumab\nversion: 1\nread_on: 2026-11-22\nsource: label\n"
FOOT = "sources:\n  label: {cite: An invented label., read: secondary}\n"
PRODUCT = "products:\n  - {product: vial, form: vial, contains: 100 mg}\n"

GOOD = {
    "the least": HEAD + FOOT,
    "a product": HEAD + PRODUCT + FOOT,
    "a factor": HEAD + "factors:\n  - {is: 2 million IU = 1 mg, figures: 3, text: So.}\n" + FOOT,
    "a route alone": HEAD + "preparations:\n  - {preparation: p, routes: IV}\n" + FOOT,
    "a rule": HEAD
    + "screen:\n  questions:\n    - {name: age, ask: How old?, number: 0 to 120}\n"
    + "  rules:\n    - {rule: old, any: age > 60, verdict: care}\n"
    + FOOT,
}

BAD = {
    "an unknown key": HEAD + "colour: red\n" + FOOT,
    "no name": HEAD.replace("drug: examplumab\n", "") + FOOT,
    "no sources": HEAD,
    "a form that is none": HEAD + PRODUCT.replace("form: vial", "form: bag") + FOOT,
    "an amount per kg in a vial": HEAD + PRODUCT.replace("100 mg", "100 mg/kg") + FOOT,
    "a glued unit": HEAD + PRODUCT.replace("100 mg", "100mg") + FOOT,
    "an unknown route": HEAD + "preparations:\n  - {preparation: p, routes: by mouth}\n" + FOOT,
    "a bag without a volume": HEAD
    + "preparations:\n  - {preparation: p, bags: [{up_to: 5 mg}]}\n"
    + FOOT,
    "no equation": HEAD + "factors:\n  - {is: 1.1 mg, text: So.}\n" + FOOT,
    "a verdict that is none": HEAD
    + "compatibility:\n  - {with: saline, verdict: fine, text: So.}\n"
    + FOOT,
    "a limit without a route": HEAD + "limits:\n  - {amount: 5 mg, text: So.}\n" + FOOT,
    "a screen without rules": HEAD
    + "screen:\n  questions:\n    - {name: age, ask: How old?}\n"
    + FOOT,
    "a question in capitals": HEAD
    + "screen:\n  questions:\n    - {name: AGE, ask: How old?}\n"
    + "  rules:\n    - {rule: old, any: AGE, verdict: care}\n"
    + FOOT,
    "a source read otherwise": HEAD + FOOT.replace("secondary", "somewhere"),
}


def validated(*paths: Path) -> subprocess.CompletedProcess[str]:
    """What check-jsonschema says of files."""
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA_FILE)]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)


def written(folder: Path, texts: dict[str, str]) -> dict[str, Path]:
    """Each text as a file of its own."""
    paths = {what: folder / f"{index}.yaml" for index, what in enumerate(texts)}
    for what, path in paths.items():
        path.write_text(texts[what], encoding="utf-8")
    return paths


def test_the_schema_file_is_the_one_that_the_code_gives() -> None:
    """An editor and the program must hold a file against the same keys."""
    expected = json.dumps(json_schema(DRUG), indent=2) + "\n"
    assert SCHEMA_FILE.read_text("utf-8") == expected


def test_every_shipped_file_names_its_schema() -> None:
    for path in SHIPPED:
        first = path.read_text("utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../drug.schema.json", path.name


def test_an_independent_validator_accepts_the_shipped_files() -> None:
    result = validated(*SHIPPED)
    assert result.returncode == 0, result.stdout


def test_an_independent_validator_accepts_what_the_reader_accepts(tmp_path: Path) -> None:
    for what, text in GOOD.items():
        found, faults = examine_drug(Found(text.encode(), Origin(what, "")))
        assert found is not None, faults
    result = validated(*written(tmp_path, GOOD).values())
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("what", BAD)
def test_the_reader_refuses_what_the_schema_refuses(what: str) -> None:
    found, faults = examine_drug(Found(BAD[what].encode(), Origin(what, "")))
    assert found is None
    assert faults


def test_an_independent_validator_refuses_every_bad_file(tmp_path: Path) -> None:
    """Each of them is named among what is wrong."""
    paths = written(tmp_path, BAD)
    result = validated(*paths.values())
    assert result.returncode == 1
    unnamed = [what for what, path in paths.items() if f"{path}::" not in result.stdout]
    assert unnamed == []
