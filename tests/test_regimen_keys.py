"""The JSON Schema of a regimen file: held equal to the code, and read by an independent hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from filetext import a_cycle, a_dose, a_file, faults
from il2calc.language import REGIMEN, json_schema
from il2calc.language.shelf import shipped

SHIPPED = sorted(shipped().glob("*.yaml"))
SCHEMA_FILE = shipped() / "regimen.schema.json"

GOOD = {
    "one dose": a_dose(),
    "a cycle": a_cycle(),
    "words for numbers": a_cycle("day: [1, 3 to 5, 8 onward]", "turn: 2 onward"),
    "times": a_dose("at: [08:00, 20:00]", "over: 30 to 90 minutes"),
    "offsets": a_dose("at: +36 hours", "over: 1.5 hours"),
    "times a day": a_dose("amount: 45 mg/m2/day", "at: 2 times a day", "cap: 2 mg/day"),
    "AUC": a_dose("amount: 5 AUC", "cap: 800 mg", "round: 5 mg"),
    "a count with groups": a_dose("repeat: {up_to: 1_000, every: 8 hours}"),
    "a length": a_cycle(repeat="{up_to: 52 weeks, every: 21 days, only_if: no progression}"),
    "arms": a_dose(
        "amount: {0.25-mg: 0.25 mg, high: 3 million IU, source: doe2020}",
        "arm: [0.25-mg, high]",
        head=("arms: {0.25-mg: the first, high: {text: the second, caution: too much}}",),
    ),
    "sources by key": a_dose('source: {amount: "doe2020, Table 1", day: doe2020}'),
    "what was assumed": a_dose(
        "cap: 20 mg",
        head=(
            (
                "assumptions:\n"
                "  - {about: examplumab.cap, text: a, because: b, otherwise: 10 mg}\n"
                "  - {about: examplumab.day, text: a, because: b, otherwise: [1, 8]}\n"
                "  - {about: examplumab.day, text: a, because: b, otherwise: 8}"
            ),
        ),
    ),
    "for logs": a_dose("during_delay: continue", head=("reduce: no", "reviewed_by: A. Doe")),
    "a side block": a_file("""
        blocks:
          - block: main
            rest: 7 days
            only_if: a response
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 5}
          - block: side
            day: 3
            doses:
              - {drug: otherumab, amount: 5 mg, route: oral, day: 1}
    """),
}

NAMES_OF_DIGITS = {
    "a dose": a_dose("dose: 4"),
    "an arm": a_dose("arm: 1", head=("arms: {1: the first, 2: the second}",)),
    "a title": a_dose(head=("title: 2001",)),
}

BAD = {
    "an unknown key": a_dose("amuont: 5 mg"),
    "an unknown key of the file": a_dose(head=("colour: red",)),
    "no title": a_dose(without="title"),
    "a dose without an amount": a_file("doses:\n  - {drug: examplumab, route: IV, day: 1}"),
    "a glued unit": a_dose("amount: 10mg"),
    "a comma in a number": a_dose("amount: 1,000 mg"),
    "an unknown unit": a_dose("amount: 5 furlongs"),
    "a wrong route": a_dose("route: by mouth"),
    "a month": a_dose("over: 1 month"),
    "a day in words": a_dose("day: first"),
    "an empty list of days": a_dose("day: []"),
    "a cap per kg": a_dose("cap: 5 mg/kg"),
    "an unknown time": a_dose("at: 25:00"),
    "a repeat that is no mapping": a_dose("repeat: 3"),
    "an unknown reading": a_dose(head=("sources: {doe2020: {cite: Doe J., read: skimmed}}",)),
    "no source at all": a_dose(head=("sources: {}",)),
    "a numbering of its own": a_dose(head=("numbering: from zero",)),
    "a count in words": a_cycle(repeat="{times: four, every: 21 days}"),
    "a name with a dot": a_dose("dose: a.b"),
    "no doses in a list of doses": a_file("doses: []"),
}


def validated(folder: Path, files: dict[str, str]) -> dict[str, bool]:
    """Which of several texts check-jsonschema accepts."""
    schema = folder / "regimen.schema.json"
    schema.write_text(json.dumps(json_schema(REGIMEN)), encoding="utf-8")
    paths = {}
    for number, (what, text) in enumerate(files.items()):
        paths[str(folder / f"{number}.yaml")] = what
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--output-format", "json"]
    command += ["--schemafile", str(schema), *paths]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    report: dict[str, Any] = json.loads(result.stdout)
    assert not report.get("parse_errors"), report
    refused = {error["filename"] for error in report.get("errors", ())}
    assert (result.returncode == 0) == (not refused), result.stderr
    return {what: path not in refused for path, what in paths.items()}


def test_the_schema_is_itself_a_valid_schema(tmp_path: Path) -> None:
    """The schema keeps to draft 2020-12, so that every editor reads it alike."""
    schema = json_schema(REGIMEN)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--check-metaschema", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    """A reference into nowhere would let everything pass."""
    schema = json_schema(REGIMEN)
    text = json.dumps(schema)
    wanted = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert wanted == set(schema["$defs"])


def test_the_schema_requires_what_the_reader_requires() -> None:
    """Regimen: regimen, title, for, version, read_on, sources are required; findings are not."""
    required = {"regimen", "title", "for", "version", "read_on", "sources"}
    assert set(json_schema(REGIMEN)["required"]) == required


def test_the_schema_knows_the_keys_of_the_language() -> None:
    """Keys (required in bold), as the language lists them."""
    definitions = json_schema(REGIMEN)["$defs"]
    dose, block = definitions["dose"], definitions["block"]
    assert set(dose["required"]) == {"drug", "amount", "route", "day"}
    keys = (
        "drug amount route day dose turn at over repeat cap round only_if arm during_delay source"
    )
    assert " ".join(sorted(dose["properties"])) == " ".join(sorted(keys.split()))
    assert block["required"] == ["block"]
    keys = "block repeat day rest only_if arm doses blocks source"
    assert " ".join(sorted(block["properties"])) == " ".join(sorted(keys.split()))
    assert set(definitions["assumption"]["required"]) == {"about", "text", "because"}
    assert set(definitions["source"]["required"]) == {"cite", "read"}


def test_the_shipped_schema_is_that_of_the_code() -> None:
    """An editor must not accept what the reader refuses because its schema is an old one."""
    expected = json.dumps(json_schema(REGIMEN), indent=2) + "\n"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_names_the_schema_in_its_first_line(path: Path) -> None:
    """The first line is for editors: a relative path to the schema beside the file."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./regimen.schema.json"


def test_an_independent_validator_accepts_every_shipped_file(tmp_path: Path) -> None:
    """What ships is right by the schema that ships with it."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED}
    assert validated(tmp_path, texts) == dict.fromkeys(texts, True)


def test_an_independent_validator_accepts_what_the_reader_accepts(tmp_path: Path) -> None:
    """An editor that marks a right file as wrong teaches its user to ignore it."""
    assert {what: [str(fault) for fault in faults(text)] for what, text in GOOD.items()} == {
        what: [] for what in GOOD
    }
    assert validated(tmp_path, GOOD) == dict.fromkeys(GOOD, True)


def test_an_independent_validator_accepts_names_of_digits(tmp_path: Path) -> None:
    """The reader takes `4` for a name; YAML elsewhere takes it for a number, and may."""
    assert {what: faults(text) for what, text in NAMES_OF_DIGITS.items()} == dict.fromkeys(
        NAMES_OF_DIGITS, ()
    )
    assert validated(tmp_path, NAMES_OF_DIGITS) == dict.fromkeys(NAMES_OF_DIGITS, True)


def test_an_independent_validator_refuses_bad_files_that_the_reader_refuses(
    tmp_path: Path,
) -> None:
    """An unknown key, a missing title, 10mg, a wrong route: an editor shows them while typing."""
    assert {what: bool(faults(text)) for what, text in BAD.items()} == dict.fromkeys(BAD, True)
    assert validated(tmp_path, BAD) == dict.fromkeys(BAD, False)
