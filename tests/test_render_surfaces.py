"""Body surface areas, one line per formula."""

from __future__ import annotations

from decimal import Decimal

from il2calc.render.surfaces import document, lines

D = Decimal
AREAS = [("mosteller", D("1.8181186857726190")), ("du-bois", D(2))]


def test_a_line_is_name_value_and_unit() -> None:
    """Every digit but trailing zeros; values stand below each other."""
    assert list(lines(AREAS)) == ["mosteller  1.818118685772619 m2", "du-bois    2 m2"]


def test_the_document_says_the_same() -> None:
    """For programs."""
    assert document(AREAS, D(70), D(170)) == {
        "format": "il2calc.bsa/1",
        "weight_kg": 70,
        "height_cm": 170,
        "bsa": [
            {"formula": "mosteller", "value": D("1.8181186857726190"), "unit": "m2"},
            {"formula": "du-bois", "value": 2, "unit": "m2"},
        ],
    }
