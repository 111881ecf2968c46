"""The keys of a regimen file, and its JSON Schema, which an independent hand reads too."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from filetext import a_cycle, a_dose, a_file, faults
from il2calc.language import regimen_keys
from il2calc.language.regimen_keys import (
    BLOCK,
    BLOCK_REPEAT,
    BODY_CAPS,
    DOSE,
    DOSE_REPEAT,
    REGIMEN,
    Keys,
    fact_keys,
)
from il2calc.language.shelf import shipped
from il2calc.model.regimen import Block, Dose, Repeat
from il2calc.text.shapes import json_schema

SHIPPED = sorted(shipped().glob("*.yaml"))
SCHEMA_FILE = shipped() / "regimen.schema.json"

GOOD = {
    "one dose": a_dose(),
    "a cycle": a_cycle(),
    "words for numbers": a_cycle("day: [1, 3 to 5, 8 onward]", "turn: 2 onward"),
    "times": a_dose("at: [08:00, 20:00]", "over: 30 to 90 minutes"),
    "offsets": a_dose("at: +36 hours", "over: 1.5 hours"),
    "a range of an offset": a_dose('at: "+3 to +24 hours"'),
    "a shortest rest": a_cycle(repeat="{times: 2, rest: at least 7 weeks}"),
    "a weekday": a_dose(head=("starts_on: Monday",)),
    "weekdays": a_dose(head=("starts_on: [Monday, Thursday]",)),
    "an open rest": a_cycle(repeat="{times: 2, rest: open}"),
    "counted through": a_cycle().replace("block: cycle", "block: odd\n    count_as: cycle"),
    "a maximum": a_dose("day: 1 to 5", "up_to: 3"),
    "times a day": a_dose("amount: 45 mg/m2/day", "at: 2 times a day", "cap: 2 mg/day"),
    "AUC": a_dose("amount: 5 AUC", "cap: 800 mg", "round: 5 mg"),
    "an ideal weight": a_dose("amount: 5 mg/kg", "weight: ideal"),
    "an adjusted weight": a_dose("amount: 5 mg/kg", "weight: adjusted 40 %"),
    "times by turn": a_cycle("over: {1: 90 minutes, 2 onward: 30 minutes}"),
    "as needed": a_dose(
        "as_needed: yes", "at: up to 3 times a day", "repeat: {every: at least 4 hours}"
    ),
    "once a day as needed": a_dose("at: up to once a day"),
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
    referenced = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert referenced == set(schema["$defs"])


def test_the_schema_requires_what_the_reader_requires() -> None:
    """Regimen: regimen, title, for, version, read_on, sources are required; findings are not."""
    required = {"regimen", "title", "for", "version", "read_on", "sources"}
    assert set(json_schema(REGIMEN)["required"]) == required


def test_the_schema_knows_the_keys_of_the_language() -> None:
    """Keys (required in bold), as the language lists them."""
    definitions = json_schema(REGIMEN)["$defs"]
    dose, block = definitions["dose"], definitions["block"]
    assert set(dose["required"]) == {"drug", "amount", "route", "day"}
    keys = "drug amount route day dose turn at over up_to repeat cap round only_if arm "
    keys += "during_delay source"

    keys = (
        "drug amount route day dose turn at over up_to repeat cap round bsa_cap weight_cap weight "
        "only_if arm during_delay as_needed source"
    )
    assert " ".join(sorted(dose["properties"])) == " ".join(sorted(keys.split()))
    assert block["required"] == ["block"]
    keys = "block repeat day rest window only_if arm count_as doses blocks source"
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


@pytest.mark.parametrize("word", ["examplumab", "IL 2", "low-dose", "4", "Ex 4-b", "naïve"])
def test_a_name_is_made_of_letters_digits_spaces_and_hyphens(word: str) -> None:
    """Names are letters, digits, spaces and hyphens."""
    assert regimen_keys.name(word) == word


@pytest.mark.parametrize("word", ["a.b", "a[1]", "a/b", "a_b", "a:b", "a,b", "a+", "a=b", "[b]x"])
def test_a_name_with_any_other_sign_is_refused(word: str) -> None:
    """A dot or bracket in a name would make its dotted path mean something else."""
    with pytest.raises(ValueError, match=r"use letters, digits, spaces, hyphens$"):
        regimen_keys.name(word)


def test_only_an_arm_may_have_dots_in_its_name() -> None:
    """Arms also dots: `0.25-mg`."""
    assert regimen_keys.arm_name("0.25-mg") == "0.25-mg"
    with pytest.raises(ValueError, match="hyphens and dots"):
        regimen_keys.arm_name("0,25-mg")


@pytest.mark.parametrize("word", sorted(regimen_keys.RESERVED_NAMES))
def test_a_key_of_the_language_is_no_name(word: str) -> None:
    """A name is never a key of the language: a path through it would mean two things."""
    problem = "is not a name" if "_" in word else "is a key of the language; choose another name"
    with pytest.raises(ValueError, match=problem):
        regimen_keys.name(word)


def test_arms_are_one_name_or_a_list_of_names() -> None:
    """`arm:` names one arm or several."""
    assert regimen_keys.arm_names("low") == ("low",)
    assert regimen_keys.arm_names(["low", "high"]) == ("low", "high")


@pytest.mark.parametrize("value", [[], ["low", "low"]])
def test_arms_are_named_once_each(value: Any) -> None:
    """A list of arms names at least one, each once."""
    with pytest.raises(ValueError, match="names no arm, or one twice"):
        regimen_keys.arm_names(value)


def settable(keys: Keys) -> tuple[str, ...]:
    """The keys that `--set` may read otherwise."""
    return tuple(name for name, key in keys.items() if key.settable)


def addable(keys: Keys) -> set[str]:
    """The keys that `--set` may add."""
    return {name for name, key in keys.items() if key.addable}


def of_half(keys: Keys, half: str) -> set[str]:
    """The keys that say when, or how much."""
    return {name for name, key in keys.items() if key.half == half}


OF_A_DOSE = (
    *("amount", "route", "day", "turn", "at", "over", "up_to", "cap", "round", *BODY_CAPS),
    "weight",
)
OF_A_REPEAT = ("times", "up_to", "every", "rest")


def test_a_key_of_the_language_is_every_key_that_a_regimen_file_may_hold() -> None:
    """A key missing here could be a block's name, and a path would then mean two things."""
    words = """
        regimen title for version read_on sources source reviewed_by numbering arms default_arm
        reduce doses blocks alongside assumptions findings block repeat day rest only_if arm drug
        starts_on count_as amount route dose turn at over cap round bsa_cap weight_cap
        during_delay as_needed times up_to every about text because otherwise cite read doi pmid
        trial url caution head total weight BSA age GFR sex stop_rules after window
        reviews name role on content_sha256
    """
    assert frozenset(words.split()) == regimen_keys.RESERVED_NAMES | regimen_keys.ALLOWED_AS_NAMES


def test_a_block_may_be_called_after_what_it_follows() -> None:
    """`after` is a key of a stop rule only, which no path of a name leads through."""
    body = "blocks: [{block: after, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}]"
    assert not faults(a_file(body))


def test_a_fact_of_a_dose_may_name_a_source_of_its_own() -> None:
    """All of them may, but for what is about a course only."""
    sources = json_schema(REGIMEN)["$defs"]["the-sources-of-a-dose"]
    assert tuple(sources["properties"]) == OF_A_DOSE
    assert fact_keys(DOSE) == (*OF_A_DOSE, "during_delay", "as_needed")


def test_a_fact_needs_a_source_an_assumption_or_a_setting() -> None:
    """Every number does, and what else changes what is given; a condition is no number."""
    assert fact_keys(BLOCK) == ("day", "rest", "window")
    assert fact_keys(BLOCK_REPEAT) == fact_keys(DOSE_REPEAT) == OF_A_REPEAT
    needed = {*fact_keys(DOSE), *fact_keys(BLOCK), *OF_A_REPEAT}
    assert needed == {*OF_A_DOSE, *OF_A_REPEAT, "during_delay", "as_needed", "window"}


def test_a_fact_and_a_condition_may_be_set() -> None:
    """`--set` reads another value into one fact; names, arms and logs are none."""
    assert settable(DOSE) == (*OF_A_DOSE, "only_if")
    assert settable(BLOCK) == ("day", "rest", "window", "only_if")
    assert settable(BLOCK_REPEAT) == settable(DOSE_REPEAT) == (*OF_A_REPEAT, "only_if")


def test_what_is_given_up_to_a_limit_or_over_a_time_may_be_added() -> None:
    """`cap`, `round`, `over`, `at`; and a count where a repeat has none."""
    assert addable(DOSE) == {"cap", "round", "over", "at", "bsa_cap", "weight_cap", "weight"}
    assert addable(BLOCK) == set()
    assert addable(BLOCK_REPEAT) == addable(DOSE_REPEAT) == {"times", "up_to"}


def test_a_key_says_when_or_how_much() -> None:
    """A row names the assumptions behind its time and behind its amount."""
    assert of_half(DOSE, "when") == {"day", "turn", "at", "over", "up_to", "repeat"}
    assert of_half(DOSE, "how much") == {"amount", "route", "cap", "round", *BODY_CAPS, "weight"}
    assert of_half(BLOCK, "how much") == of_half(BLOCK_REPEAT, "how much") == set()


def test_a_dose_or_block_cannot_be_laid_out_without_the_keys_that_say_when() -> None:
    """What is missing or unreadable among them keeps its dose, or its file, off the calendar."""
    times = {"repeat", "repeat.times", "repeat.up_to", "repeat.every"}
    assert {"turn", "at", "over", "up_to", "day", *times} == regimen_keys.DOSE_TIMING_KEYS
    assert {"day", "rest", "repeat.rest", *times} == regimen_keys.BLOCK_TIMING_KEYS


@pytest.mark.parametrize(
    ("keys", "model"),
    [(DOSE, Dose), (BLOCK, Block), (DOSE_REPEAT, Repeat), (BLOCK_REPEAT, Repeat)],
)
def test_what_a_key_becomes_is_a_field_of_the_model(keys: Keys, model: type[Any]) -> None:
    """A key that is read and then lost would be a fact that changes nothing."""
    assert {key.field for key in keys.values()} <= {"", *(field.name for field in fields(model))}
