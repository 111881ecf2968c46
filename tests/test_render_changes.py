"""What a log says besides doses, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from courselogs import CYCLE, course, entry, given, held, log, turn
from il2calc import load_regimen
from il2calc.course import Decided, Delayed, Reduced, Stopped, Undone, Weighed
from il2calc.render import changes

DOSE = (CYCLE, "aldesleukin")


def test_only_what_changes_the_plan_is_told_with_its_reason_and_number() -> None:
    """Doses stand in the rows; what was undone is not told."""
    regimen = load_regimen("npc-bolus")
    found = log(
        regimen,
        given(*DOSE, [1]),
        entry(held(*DOSE, [2]), reason="fever"),
        entry(Delayed(turn("course 1/cycle 2"), 3), reason="platelets 62"),
        Delayed(turn("course 2"), 1),
        Undone(4),
        entry(Reduced("aldesleukin", Decimal(75), turn("course 2")), overridden=True),
        Weighed(Decimal("66.5"), date(2025, 12, 1)),
        Decided(turn("course 2"), given=False),
        Stopped(),
    )
    assert list(changes.told(found)) == [
        "course 1/cycle 2 delayed by 3 days: platelets 62 (entry 3)",
        "aldesleukin at 75 % from course 2, in spite of a refusal (entry 6)",
        "weight 66.5 kg on 2025-12-01, changes no dose (entry 7)",
        "course 2 is not given (entry 8)",
        "course stopped (entry 9)",
    ]


def test_the_head_tells_the_log_and_the_day() -> None:
    told = (given(*DOSE, [1]), given(*DOSE, [2]))
    assert list(changes.head(course("npc-bolus", *told))) == [
        ("log", "S-07.yaml, 2 entries"),
        ("as of", "Mon 2025-12-01; 2 entries are of a later day"),
    ]
    on_the_day = entry(told[0], "2025-12-01 09:00")
    assert dict(changes.head(course("npc-bolus", on_the_day)))["as of"] == "Mon 2025-12-01"
    one = changes.head(course("npc-bolus", told[0]))
    assert dict(one)["as of"] == "Mon 2025-12-01; 1 entry is of a later day"
    assert dict(changes.head(course("npc-bolus", told[0])))["log"] == "S-07.yaml, 1 entry"
    assert dict(changes.head(course("npc-bolus")))["log"] == "S-07.yaml, no entries yet"


def test_a_turn_is_named_as_in_the_tables() -> None:
    assert changes.name(turn("course 1/cycle 2")) == "course 1, cycle 2"
    assert changes.name(()) == ""
