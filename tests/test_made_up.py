"""What a dose is when it has been made up: whole pieces, a concentration in words, two times."""

from __future__ import annotations

from decimal import Decimal

import pytest

from il2calc.drug import Bag
from il2calc.made_up import Concentration, concentration, overlap, whole
from il2calc.units import span

D = Decimal


def test_a_concentration_is_told_with_and_without_the_drugs_own_volume() -> None:
    """42 million units are 2,566.7 mcg: / 50 = 51.3, / (50 + 2.333) = 49.0."""
    mass, volume = D(42) * 1100 / 18, D(42) / 18
    each = Concentration(
        Bag(D(50), None), mass / 50, mass / (50 + volume), "mcg", fits=True, fits_bag_only=True
    )
    assert concentration(each) == "51.3 mcg/mL in 50 mL (49 with the drug's own volume)"


@pytest.mark.parametrize(
    ("value", "each", "pieces"),
    [("18", "18", 1), ("18.000001", "18", 2), ("0.1", "18", 1), ("36", "18", 2)],
)
def test_whole_ones_are_never_too_few(value: str, each: str, pieces: int) -> None:
    assert whole(D(value), D(each)) == pieces


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("15 minutes", "15 minutes", True),
        ("15 minutes", "10 to 20 minutes", True),
        ("15 minutes", "15 to 30 minutes", True),
        ("10 to 20 minutes", "20 to 30 minutes", True),
        ("10 to 20 minutes", "21 to 30 minutes", False),
        ("15 minutes", "24 hours", False),
        ("60 minutes", "1 hour", True),
    ],
)
def test_two_lengths_overlap_where_one_is_in_both(one: str, other: str, common: bool) -> None:
    """A time that only touches the other is in both."""
    assert overlap(span(one), span(other)) is common
    assert overlap(span(other), span(one)) is common
