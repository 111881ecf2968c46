"""What the text of one key of a drug file means, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from il2calc.drug import Condition, Measure
from il2calc.library import drug_fields as fields
from il2calc.units import Quantity

D = Decimal


@pytest.mark.parametrize(
    ("read", "value", "meant"),
    [
        (fields.measure, "83.3 Nutley units", Measure(D("83.3"), "Nutley units")),
        (fields.measure, "18 million IU", Measure(D(18_000_000), "IU")),
        (fields.measure, "18 MIU", Measure(D(18_000_000), "IU")),
        (fields.measure, "18_000_000 IU", Measure(D(18_000_000), "IU")),
        (fields.measure, "1.1 mg", Measure(D("1.1"), "mg")),
        (
            fields.equal,
            "18 million IU = 1.1 mg",
            (Measure(D(18_000_000), "IU"), Measure(D("1.1"), "mg")),
        ),
        (fields.concentration, "18 million IU/mL", Quantity(D(18_000_000), "IU")),
        (fields.concentration, "21 mg/mL", Quantity(D(21), "mg")),
        (fields.window, "30 to 70 mcg/mL", (Quantity(D(30), "mcg"), Quantity(D(70), "mcg"))),
        (fields.window, "0.3 to 1.2 mg/mL", (Quantity(D("0.3"), "mg"), Quantity(D("1.2"), "mg"))),
        (fields.volume, "1.2 mL", D("1.2")),
        (fields.volume, "1_000 mL", D(1000)),
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
def test_a_value_means_what_it_says(read: Callable[[Any], object], value: Any, meant: Any) -> None:
    assert read(value) == meant


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
    (found,) = fields.conditions(value)
    assert found.relation == relation
    assert found.limit == (None if limit is None else D(limit))
    assert found.text == value
    assert found.question == value.partition(" ")[0]


def test_conditions_stand_in_their_order() -> None:
    assert fields.conditions(["b", "a > 1"]) == (
        Condition("b", "yes", None, "b"),
        Condition("a", ">", D(1), "a > 1"),
    )


REFUSED: list[tuple[Callable[[Any], object], Any, str]] = [
    (fields.measure, "some units", "write it like '83.3 Nutley units'"),
    (fields.measure, "1,000 IU", "write it like"),
    (fields.measure, "18million IU", "write it like"),
    (fields.measure, ["1 mg"], "takes one value"),
    (fields.equal, "18 million IU", "is no equation"),
    (fields.equal, "18 million IU=1.1 mg", "is no equation"),
    (fields.equal, "18 million IU = much", "is not a number and a unit"),
    (fields.concentration, "21 mg", "is not per mL"),
    (fields.concentration, "21 mg/kg/mL", "amount of the whole dose"),
    (fields.concentration, "0 mg/mL", "is nothing"),
    (fields.concentration, "21 furlongs/mL", "unknown unit"),
    (fields.window, "30 mcg/mL", "is not a range per mL"),
    (fields.window, "30 to 70 mcg", "is not a range per mL"),
    (fields.window, "70 to 30 mcg/mL", "does not rise"),
    (fields.window, "30 to 30 mcg/mL", "does not rise"),
    (fields.window, "0 to 30 mcg/mL", "is nothing"),
    (fields.window, "30 to 70 furlongs/mL", "unknown unit"),
    (fields.volume, "250", "write it like '250 mL'"),
    (fields.volume, "0 mL", "write it like '250 mL'"),
    (fields.volume, "0.5 L", "write it like '250 mL'"),
    (fields.volume, "up to 500 mL", "write it like '250 mL'"),
    (fields.number_range, "4 to 0", "write it like '0 to 4'"),
    (fields.number_range, "4 to 4", "write it like '0 to 4'"),
    (fields.number_range, "0-4", "write it like '0 to 4'"),
    (fields.question, "Metastatic sites", "write it like metastatic_sites"),
    (fields.question, "2sites", "write it like metastatic_sites"),
    (fields.conditions, "age over 60", "write it like 'nephrectomy' or 'age > 60'"),
    (fields.conditions, "age = 60", "is no condition"),
    (fields.conditions, "age>60", "is no condition"),
    (fields.conditions, "not nephrectomy", "is no condition"),
    (fields.conditions, [], "lists no condition"),
    (fields.texts, "", "has no value"),
    (fields.texts, ["saline", ""], "has no value"),
    (fields.routes, "by mouth", "is not a known route"),
    (fields.routes, ["IV", "intravenous bolus"], "write 'IV bolus'"),
]


@pytest.mark.parametrize(("read", "value", "words"), REFUSED)
def test_what_could_be_read_otherwise_is_refused_with_what_would_be_right(
    read: Callable[[Any], object], value: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        read(value)


@pytest.mark.parametrize(
    "value", ["18 million MIU = 1.1 mg", "18 million mg = 1 IU", "18 million MIU = 1 million MIU"]
)
def test_a_million_is_not_said_twice_nor_of_what_is_not_counted(value: str) -> None:
    """A factor a million times too small would make a dose a million times too large."""
    with pytest.raises(ValueError, match="million"):
        fields.equal(value)


@pytest.mark.parametrize("value", ["0 IU = 1.1 mg", "18 million IU = 0 mg", "0.0 IU = 1 mg"])
def test_a_factor_of_nothing_is_refused(value: str) -> None:
    """Nothing can be divided by it."""
    with pytest.raises(ValueError, match=r"nothing|more than 0"):
        fields.equal(value)


def test_a_concentration_is_not_per_day() -> None:
    with pytest.raises(ValueError, match="day"):
        fields.concentration("21 mg/day/mL")
