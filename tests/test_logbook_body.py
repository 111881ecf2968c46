"""What a course log says of a patient's body."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from il2calc.errors import ImplausibleInput
from il2calc.logbook import body
from il2calc.patient import FORMULA_NAMES


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (body.weight, "70 kg", Decimal(70)),
        (body.height, "1.70 m", Decimal(170)),
        (body.surface_area, "1.81 m2", Decimal("1.81")),
        (body.surface_cap, "2.0 m2", Decimal(2)),
        (body.gfr, "90 mL/min", Decimal(90)),
    ],
)
def test_measures_are_decimals_in_one_unit(
    read: Callable[[Any], Decimal], text: str, expected: Decimal
) -> None:
    """kg, cm, m2, mL/min."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (body.weight, "700 kg", "a weight of 700 kg"),
        (body.height, "1.7 cm", "a height of 1.7 cm"),
        (body.surface_area, "18 m2", "a body surface area of 18 m2"),
        (body.surface_cap, "20 m2", "a cap on body surface area of 20 m2"),
        (body.gfr, "900 mL/min", "a GFR of 900 mL/min"),
    ],
)
def test_what_no_body_can_have_is_not_plausible(
    read: Callable[[Any], Decimal], text: str, words: str
) -> None:
    """A slip of the decimal point becomes no dose."""
    with pytest.raises(ImplausibleInput, match=f"^{words} is not plausible"):
        read(text)


def test_formula_and_sex_are_words_of_a_few() -> None:
    """Those that the command line takes."""
    assert [body.formula(name) for name in FORMULA_NAMES] == list(FORMULA_NAMES)
    assert [body.sex(word) for word in ("female", "male")] == ["female", "male"]
    with pytest.raises(ValueError, match="write one of: mosteller, du-bois"):
        body.formula("Mosteler")
