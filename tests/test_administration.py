"""Rows as messages name them."""

from __future__ import annotations

import pytest

from il2calc.administration import MOST_RUNS, numbered, runs


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], []),
        ([4], ["4"]),
        ([1, 2], ["1, 2"]),
        ([1, 2, 3], ["1 to 3"]),
        ([1, 2, 3, 7], ["1 to 3", "7"]),
        ([2, 4, 5, 6, 9, 10], ["2", "4 to 6", "9, 10"]),
    ],
)
def test_runs_of_three_numbers_and_more_are_folded(values: list[int], told: list[str]) -> None:
    """Two neighbours are no run."""
    assert runs(values) == told


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([3], "row 3"), ([1, 2], "rows 1, 2"), ([1, 2, 3, 5], "rows 1 to 3, 5")],
)
def test_a_noun_agrees_with_its_numbers(numbers: list[int], text: str) -> None:
    """One row, several rows."""
    assert numbered("row", numbers) == text


def test_a_message_tells_the_first_runs_of_many_and_says_that_there_are_more() -> None:
    """A caution about a hundred scattered rows stays one readable line."""
    every_other = range(1, 2 * MOST_RUNS + 2, 2)
    assert len(every_other) == MOST_RUNS + 1
    assert numbered("row", every_other) == "rows 1, 3, 5, 7, 9, 11, ..."
    assert numbered("row", every_other[:-1]) == "rows 1, 3, 5, 7, 9, 11"
