"""What sources print of times, read as it stands or answered with the spelling that loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import run
from filetext import a_file, loaded
from il2calc.plan.schedule import Schedule, make


def planned(body: str, *head: str) -> Schedule:
    """The schedule of a file's doses and blocks."""
    return make(loaded(a_file(body, *head)))


def cycle(*doses: str, repeat: str = "{times: 4, every: 21 days}") -> str:
    """A cycle of doses of one drug."""
    listed = "".join(
        f"\n      - {{drug: examplumab, amount: 5 mg, route: IV, {dose}}}" for dose in doses
    )
    return f"blocks:\n  - block: cycle\n    repeat: {repeat}\n    doses:{listed}\n"


@pytest.mark.parametrize(
    ("first", "second", "clock"),
    [
        ("over: 5 minutes", "over: 46 hours", "08:05"),
        ("over: 15 minutes", "over: 24 hours", "08:15"),
        ("over: 2 hours", "over: 22 hours", "10:00"),
    ],
    ids=["a bolus and a pump", "mesna", "a load and the rest of a dose"],
)
def test_two_infusions_of_a_drug_on_a_day_load_as_printed(
    first: str, second: str, clock: str
) -> None:
    """FOLFOX, mesna, methotrexate: both stand on day 1, the second hangs behind the first."""
    text = cycle(f"dose: one, day: 1, {first}", f"dose: other, day: 1, {second}")
    rows = planned(text).administrations
    assert [row.clock for row in rows[:2]] == ["08:00", clock]


def test_what_is_not_before_its_date_is_marked_and_explained(tmp_path: Path) -> None:
    """In its row and heading, the legend and the rules: at least 7 weeks is 49 days."""
    file = tmp_path / "rest.yaml"
    text = cycle("day: 1", repeat="{times: 2, rest: at least 7 weeks}")
    file.write_text(a_file(text), encoding="utf-8")
    result = run("schedule", str(file), "--start", "2026-12-01")
    out = result.out
    assert "Cycle 2, day 51 (not before)" in out
    assert "Wed 2027-01-20" in out
    assert "N   not before: the source gives only the shortest rest before it" in out
    assert "After a rest of at least so long nothing has a latest date" in out
    assert "caution: row 2 is not before the date shown" in result.err
    shown = run("show", str(file)).out
    assert "2 times, with at least 7 weeks of rest between" in shown
    row = run("schedule", str(file), "--format", "json")
    assert [each["not_before"] for each in json.loads(row.out)["administrations"]] == [False, True]


def test_a_maximum_of_ward_times_is_told_in_words(tmp_path: Path) -> None:
    """In `show`, among the rules, and by `--set`."""
    file = tmp_path / "ward.yaml"
    dose = "{drug: x, amount: 1 mg, route: IV, day: 1 to 5, at: ['00:00', '08:00'], up_to: 9}"
    file.write_text(a_file(f"doses: [{dose}]"), encoding="utf-8")
    shown = run("show", str(file)).out
    assert "on days 1 to 5, at [00:00, 08:00], at most 9 of these" in shown
    told = run("schedule", str(file), "--set", "x.up_to=2").out
    assert "x: at most 2 of its times in a turn, none before the start time." in told
    assert "x: at most 2 mg (2 doses) in all" in told
