"""What the text of one key of a drug file means, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from il2calc.language import drug_keys as fields
from il2calc.language import examine_drug
from il2calc.language.drug_keys import DRUG
from il2calc.language.shelf import FileContent, shipped
from il2calc.model.drug import Condition, Figure
from il2calc.model.evidence import Origin
from il2calc.text.shapes import json_schema
from il2calc.units import Quantity

D = Decimal


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (fields.measure, "83.3 Nutley units", Figure(D("83.3"), "Nutley units")),
        (fields.measure, "18 million IU", Figure(D(18_000_000), "IU")),
        (fields.measure, "18 MIU", Figure(D(18_000_000), "IU")),
        (fields.measure, "18_000_000 IU", Figure(D(18_000_000), "IU")),
        (fields.measure, "1.1 mg", Figure(D("1.1"), "mg")),
        (
            fields.equation,
            "18 million IU = 1.1 mg",
            (Figure(D(18_000_000), "IU"), Figure(D("1.1"), "mg")),
        ),
        (fields.concentration, "18 million IU/mL", Quantity(D(18_000_000), "IU")),
        (fields.concentration, "21 mg/mL", Quantity(D(21), "mg")),
        (fields.window, "30 to 70 mcg/mL", (Quantity(D(30), "mcg"), Quantity(D(70), "mcg"))),
        (fields.window, "0.3 to 1.2 mg/mL", (Quantity(D("0.3"), "mg"), Quantity(D("1.2"), "mg"))),
        (fields.volume, "1.2 mL", D("1.2")),
        (fields.volume, "1_000 mL", D(1000)),
        (fields.share, "0.1 %", D("0.1")),
        (fields.bag_volume, "250 mL", (D(250), False)),
        (fields.bag_volume, "up to 500 mL", (D(500), True)),
        (fields.places, "line", ("line",)),
        (fields.places, ["diluent", "patient"], ("diluent", "patient")),
        (fields.number_range, "0 to 4", (D(0), D(4))),
        (fields.number_range, "0.5 to 1_200", (D("0.5"), D(1200))),
        (fields.question, "metastatic_sites", "metastatic_sites"),
        (fields.question, "ki67", "ki67"),
        (fields.texts, "saline", ("saline",)),
        (fields.texts, ["saline", "NS"], ("saline", "NS")),
        (fields.routes, "IV", ("IV",)),
        (fields.routes, ["IV infusion", "SC"], ("IV infusion", "SC")),
    ],
)
def test_a_value_means_what_it_says(
    read: Callable[[Any], object], value: Any, expected: Any
) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("value", "relation", "limit"),
    [
        ("age > 60", ">", "60"),
        ("ecog >= 1", ">=", "1"),
        ("months < 24", "<", "24"),
        ("clearance <= 0.5", "<=", "0.5"),
        ("nephrectomy", "yes", None),
    ],
)
def test_a_condition_is_a_question_and_what_of_its_answer_counts(
    value: str, relation: str, limit: str | None
) -> None:
    """`>` read as `>=` would judge another patient."""
    (condition,) = fields.conditions(value)
    assert condition.relation == relation
    assert condition.limit == (None if limit is None else D(limit))
    assert condition.text == value
    assert condition.question == value.partition(" ")[0]


def test_conditions_are_in_their_order() -> None:
    assert fields.conditions(["b", "a > 1"]) == (
        Condition("b", "yes", None, "b"),
        Condition("a", ">", D(1), "a > 1"),
    )


REFUSED: list[tuple[Callable[[Any], object], Any, str]] = [
    (fields.measure, "some units", "write it like '83.3 Nutley units'"),
    (fields.measure, "1,000 IU", "write it like"),
    (fields.measure, "18million IU", "write it like"),
    (fields.measure, ["1 mg"], "takes one value"),
    (fields.equation, "18 million IU", "is not an equation"),
    (fields.equation, "18 million IU=1.1 mg", "is not an equation"),
    (fields.equation, "18 million IU = much", "is not a number and a unit"),
    (fields.concentration, "21 mg", "is not per mL"),
    # never the number of another vial, as in an example
    *(
        (fields.concentration, f"20 mg{per}", "write '20 mg/mL'")
        for per in ("/ml", " per mL", "/cc")
    ),
    (fields.concentration, "20mg/ml", "write '20 mg/mL'"),
    (fields.window, "30-70mcg/mL", "write '30 to 70 mcg/mL'"),
    (fields.concentration, "20 %", "write it like '21 mg/mL'"),
    (fields.concentration, "21 mg/kg/mL", "amount of a whole dose"),
    (fields.concentration, "0 mg/mL", "is nothing"),
    (fields.concentration, "21 furlongs/mL", "unknown unit"),
    (fields.window, "30 mcg/mL", "is not a range per mL"),
    (fields.window, "30 to 70 mcg", "is not a range per mL"),
    (fields.window, "0,5 \N{EN DASH} 2 mg/ml", "write '0.5 to 2 mg/mL'"),
    (fields.window, "70 to 30 mcg/mL", "is not in rising order"),
    (fields.window, "30 to 30 mcg/mL", "is not in rising order"),
    (fields.window, "0 to 30 mcg/mL", "is nothing"),
    (fields.window, "30 to 70 furlongs/mL", "unknown unit"),
    (fields.volume, "250", "write it like '250 mL'"),
    (fields.volume, "0 mL", "write it like '250 mL'"),
    (fields.volume, "100ml", "write '100 mL'"),
    (fields.volume, "2,5 cc", "write '2.5 mL'"),
    (fields.share, "0.1", "write it like '0.1 %'"),
    (fields.share, "0 %", "write it like '0.1 %'"),
    (fields.share, "100 %", "write it like '0.1 %'"),
    (fields.volume, "0.5 L", "write it like '250 mL'"),
    (fields.volume, "up to 500 mL", "write it like '250 mL'"),
    (fields.bag_volume, "up to 0.5 L", "write it like '250 mL'"),
    (fields.places, "bag", "write line or diluent or patient"),
    (fields.places, ["line", "bag"], "'bag' is not known here"),
    (fields.number_range, "4 to 0", "write it like '0 to 4'"),
    (fields.number_range, "4 to 4", "write it like '0 to 4'"),
    (fields.number_range, "0-4", "write it like '0 to 4'"),
    (fields.question, "Metastatic sites", "write it like metastatic_sites"),
    (fields.question, "2sites", "write it like metastatic_sites"),
    (fields.conditions, "age over 60", "write it like 'nephrectomy' or 'age > 60'"),
    (fields.conditions, "age = 60", "is not a condition"),
    (fields.conditions, "age>60", "is not a condition"),
    (fields.conditions, "not nephrectomy", "is not a condition"),
    (fields.conditions, [], "lists no condition"),
    (fields.texts, "", "has no value"),
    (fields.texts, ["saline", ""], "has no value"),
    (fields.routes, "by mouth", "is not a known route"),
    (fields.routes, ["IV", "intravenous bolus"], "write 'IV bolus'"),
]


@pytest.mark.parametrize(("read", "value", "words"), REFUSED)
def test_what_could_be_read_in_two_ways_is_refused_with_what_would_be_right(
    read: Callable[[Any], object], value: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        read(value)


@pytest.mark.parametrize(
    "value", ["18 million MIU = 1.1 mg", "18 million mg = 1 IU", "18 million MIU = 1 million MIU"]
)
def test_a_million_is_not_written_twice_nor_of_units_that_are_not_counted(value: str) -> None:
    """A factor a million times too small would make a dose a million times too large."""
    with pytest.raises(ValueError, match="million"):
        fields.equation(value)


@pytest.mark.parametrize("value", ["0 IU = 1.1 mg", "18 million IU = 0 mg", "0.0 IU = 1 mg"])
def test_a_factor_of_nothing_is_refused(value: str) -> None:
    """Nothing can be divided by it."""
    with pytest.raises(ValueError, match=r"is zero|more than 0"):
        fields.equation(value)


def test_a_concentration_is_not_per_day() -> None:
    with pytest.raises(ValueError, match="day"):
        fields.concentration("21 mg/day/mL")


SCHEMA_FILE = shipped() / "drug.schema.json"
SHIPPED = sorted((shipped() / "drugs").glob("*.yaml"))
HEAD = "drug: examplumab\nversion: 1\nread_on: 2026-11-22\nsource: label\n"
FOOT = "sources:\n  label: {cite: An invented label., read: secondary}\n"
PRODUCT = "products:\n  - {product: vial, form: vial, contains: 100 mg}\n"

GOOD = {
    "the least": HEAD + FOOT,
    "a product": HEAD + PRODUCT + FOOT,
    "a factor": HEAD + "factors:\n  - {is: 2 million IU = 1 mg, figures: 3, text: So.}\n" + FOOT,
    "what a warning speaks of": HEAD
    + "compatibility:\n  - {with: saline, verdict: avoid, where: [line, diluent], text: So.}\n"
    + FOOT,
    "a limit of a day": HEAD
    + "limits:\n  - {route: [IV, SC], amount: 5 mg, per: day, text: So.}\n"
    + FOOT,
    "a bag up to a volume": HEAD
    + "preparations:\n  - {preparation: p, bags: [{volume: up to 5 mL}]}\n"
    + FOOT,
    "a code": HEAD + "codes:\n  - {system: atc, code: none found, source: label}\n" + FOOT,
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
    "a register that is none": HEAD
    + "codes:\n  - {system: snomed, code: x, source: label}\n"
    + FOOT,
    "a code without a source": HEAD + "codes:\n  - {system: atc, code: L03AC01}\n" + FOOT,
    "an unknown route": HEAD + "preparations:\n  - {preparation: p, routes: by mouth}\n" + FOOT,
    "a bag without a volume": HEAD
    + "preparations:\n  - {preparation: p, bags: [{up_to: 5 mg}]}\n"
    + FOOT,
    "no equation": HEAD + "factors:\n  - {is: 1.1 mg, text: So.}\n" + FOOT,
    "a verdict that is none": HEAD
    + "compatibility:\n  - {with: saline, verdict: fine, text: So.}\n"
    + FOOT,
    "a place that is none": HEAD
    + "compatibility:\n  - {with: saline, verdict: avoid, where: bag, text: So.}\n"
    + FOOT,
    "a limit of a week": HEAD
    + "limits:\n  - {route: IV, amount: 5 mg, per: week, text: So.}\n"
    + FOOT,
    "a limit without a route": HEAD + "limits:\n  - {amount: 5 mg, text: So.}\n" + FOOT,
    "a screen without rules": HEAD
    + "screen:\n  questions:\n    - {name: age, ask: How old?}\n"
    + FOOT,
    "a rule without conditions": HEAD
    + "screen:\n  questions:\n    - {name: age, ask: How old?}\n"
    + "  rules:\n    - {rule: old, verdict: care}\n"
    + FOOT,
    "a rule with two sets of conditions": HEAD
    + "screen:\n  questions:\n    - {name: age, ask: How old?}\n"
    + "  rules:\n    - {rule: old, any: age, all: age, verdict: care}\n"
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
    paths = {key: folder / f"{index}.yaml" for index, key in enumerate(texts)}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
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
    for name, text in GOOD.items():
        monograph, faults = examine_drug(FileContent(text.encode(), Origin(name, "")))
        assert monograph is not None, faults
    result = validated(*written(tmp_path, GOOD).values())
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", BAD)
def test_the_reader_refuses_what_the_schema_refuses(name: str) -> None:
    monograph, faults = examine_drug(FileContent(BAD[name].encode(), Origin(name, "")))
    assert monograph is None
    assert faults


def test_an_independent_validator_refuses_every_bad_file(tmp_path: Path) -> None:
    """Each of them is named among what is wrong."""
    paths = written(tmp_path, BAD)
    result = validated(*paths.values())
    assert result.returncode == 1
    unnamed = [name for name, path in paths.items() if f"{path}::" not in result.stdout]
    assert unnamed == []
