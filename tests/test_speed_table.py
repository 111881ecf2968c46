"""The page of measured starts: its figures are those of what was measured."""

from __future__ import annotations

import json

import speed_table


def test_the_page_has_the_figures_that_were_measured() -> None:
    """A figure that is typed by hand is nobody's measurement: python benchmarks/speed_table.py."""
    measured = json.loads((speed_table.FOLDER / "speed.json").read_text(encoding="utf-8"))
    there = (speed_table.FOLDER / "speed.md").read_text(encoding="utf-8")
    assert speed_table.page(there, speed_table.table(measured)) == there
    assert measured["made"]["rounds"] >= 15
    for name, most in speed_table.TARGETS.items():
        told = f"| {name} | {measured['start'][name]['over_floor']:.2f} | {most} |"
        assert told in there
