"""The program and a second implementation of the language reference agree on random regimens."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from oracle.compare import cases, difference
from oracle.meaning import Row

ORACLE = Path(__file__).parent / "oracle"


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_program_agrees_with_a_second_implementation(seed: int) -> None:
    """Danger: a dose at a wrong time or of a wrong amount, which one implementation alone hides.

    What the program refuses is left out, for the oracle judges no fault.
    """
    results = list(cases(seed, count=500))
    compared = [result for result in results if not result.refused]
    assert len(compared) > 200
    assert [(result.body, result.difference) for result in compared if result.difference] == []


def test_a_difference_of_one_minute_or_one_part_of_a_million_is_seen() -> None:
    """An oracle that compares nothing would agree with everything."""
    row = Row("drug", 480, None, 1, at_most=False, only_if=(), amount=Fraction(1))
    assert not difference([row], [row])
    assert "481" in difference([row], [row._replace(minute=481)])
    assert difference([row], [row._replace(amount=row.amount * 1_000_001 / 1_000_000)])
    assert difference([row], []) == "1 rows, the oracle has 0"
    late = row._replace(minute=500)
    assert "order" in difference([late, row], [row, late])


def test_the_oracle_imports_nothing_of_the_program() -> None:
    """A second implementation that calls the first one agrees with its faults."""
    for name in ("meaning.py", "drawing.py"):
        assert "il2calc" not in (ORACLE / name).read_text().partition('"""\n\n')[2]
