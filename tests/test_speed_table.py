"""The page of what was measured: its figures are those that were, and they keep what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import speed_table

MEASURED: dict[str, Any] = json.loads(
    (speed_table.FOLDER / "speed.json").read_text(encoding="utf-8")
)


def test_the_page_has_the_figures_that_were_measured() -> None:
    """A figure that is typed by hand is nobody's measurement: python benchmarks/speed_table.py."""
    page = (speed_table.FOLDER / "speed.md").read_text(encoding="utf-8")
    assert speed_table.page(page, MEASURED) == page
    for name, most in speed_table.TARGETS.items():
        command = MEASURED["start"]["commands"][name]
        assert f"| {name} | {command['over_floor']:.2f} | {most} |" in page
        assert command["over_floor"] <= most


@pytest.mark.parametrize("part", ["start", "cohort"])
def test_ratios_are_medians_of_fifteen_rounds(part: str) -> None:
    """One round alone measures the machine more than the program."""
    assert MEASURED[part]["made"]["rounds"] >= 15


def test_a_cohort_is_made_nearly_as_fast_as_it_is_written() -> None:
    """And each of its rows is that of a patient's own schedule, in memory that stays flat."""
    for name, least in speed_table.LEAST.items():
        measured = MEASURED["cohort"][name]
        peaks = list(measured["peak_MB"].values())
        assert measured["ratio"] >= least
        assert measured["rows_that_differ"] == 0
        assert max(peaks) <= min(250, 1.2 * min(peaks))


def test_the_work_on_logs_and_folders_grows_with_their_size_and_no_faster() -> None:
    """To the figures that the page shows: an exponent of 1.10 is what was aimed at."""
    kinds = [kind for name, kind in MEASURED["logs"].items() if name != "made"]
    acts = [act for kind in kinds for act in kind.values()]
    verbs = [MEASURED["folders"][verb] for verb in ("list", "check", "import")]
    exponents = [one["exponent"] for one in (*acts, *verbs)]
    assert len(exponents) > 8 * len(kinds)
    assert max(round(exponent, 2) for exponent in exponents) <= speed_table.MOST_EXPONENT
