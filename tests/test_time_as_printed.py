"""What sources print of times, read as it stands or answered with the spelling that loads."""

from __future__ import annotations

import pytest

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
