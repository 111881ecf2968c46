"""The table of a course: whole rows at any width, in the layout of the golden files.

Golden files hold layout; the numbers in them are asserted in the other tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len

from courselogs import CYCLE, course, entry, given, held, turn
from il2calc.cautions import review
from il2calc.course import Decided, Delayed, Reduced, Weighed
from il2calc.intensity import intensities
from il2calc.record import Course
from il2calc.render import course as sheet
from il2calc.render import intensity
from written import regimen as written

D = Decimal
GOLDEN = Path(__file__).parent / "golden"
REWRITE = "IL2CALC_REWRITE_GOLDEN"
"""Set this to 1 to write the golden files anew; look at what changed before it is kept."""

DOSE = (CYCLE, "aldesleukin")


def bolus() -> Course:
    """Ten of fifteen doses, the next cycle late and by a new weight, as of 2025-12-16."""
    return course(
        "npc-bolus",
        given(*DOSE, range(1, 7)),
        entry(held(*DOSE, [7]), reason="creatinine 3.1 mg/dL"),
        given(*DOSE, [8], at="2025-12-03 17:20", amount="5 million IU"),
        given(*DOSE, [9, 10, 11]),
        entry(held(*DOSE, range(12, 16)), reason="creatinine 3.4 mg/dL"),
        entry(Delayed(turn("course 1/cycle 2"), 3), reason="platelets 62"),
        Weighed(D("66.5"), date(2025, 12, 14), turn("course 1/cycle 2")),
        as_of="2025-12-16",
    )


def trastuzumab() -> Course:
    """A lead-in given, one dose late and smaller, and a second cycle that is five days late."""
    late = given("lead-in 1", "trastuzumab", [2], at="2025-12-09 15:30", amount="250 mg")
    reason = "half of the bag was lost when the line came loose, and nothing was made up for it"
    return course(
        "trastuzumab",
        given("lead-in 1", "trastuzumab", [1]),
        entry(late, reason=reason),
        given("lead-in 1", "aldesleukin", range(1, 15)),
        entry(held("lead-in 1", "aldesleukin", [15]), reason="fever"),
        entry(Delayed(turn("cycle 2"), 5), reason="platelets 62"),
        entry(Reduced("aldesleukin", D(75), turn("cycle 2")), reason="rash"),
        as_of="2025-12-18",
        times={"cycle": 2},
    )


COURSES: dict[str, Callable[[], Course]] = {"npc-bolus": bolus, "trastuzumab": trastuzumab}


def table(found: Course, width: int | None) -> list[str]:
    """The lines of the sheet."""
    cautions = (*review(found.schedule), *found.cautions)
    return [line.text for line in sheet.lines(found, cautions, width)]


def intensity_table(found: Course, width: int | None) -> list[str]:
    """The lines of the sheet of dose intensity."""
    cautions = (*review(found.schedule), *found.cautions)
    return [line.text for line in intensity.lines(found, intensities(found), cautions, width)]


SHEETS = {
    f"{verb}-{name}-{width or 'wide'}": (show, make, width)
    for name, make in COURSES.items()
    for verb, show in (("replan", table), ("intensity", intensity_table))
    for width in ((80, None) if verb == "replan" else (80,))
}


@pytest.mark.parametrize("name", SHEETS)
def test_the_layout_is_that_of_the_golden_file(name: str) -> None:
    """Nobody changes what people see without seeing it; a file's SHA-256 is left out of it."""
    show, make, width = SHEETS[name]
    text = "".join(f"{line}\n" for line in show(make(), width))
    text = re.sub(r"SHA-256(\s+)[0-9a-f]{16}", rf"SHA-256\g<1>{'0' * 16}", text)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get(REWRITE) == "1":
        file.write_bytes(text.encode())
    told = (
        f"{file.name} differs.\n"
        f"If that is meant: {REWRITE}=1 python -m pytest tests/{Path(__file__).name} -k {name}"
    )
    assert text == file.read_bytes().decode(), told


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100, 120, 200])
@pytest.mark.parametrize("name", COURSES)
def test_nothing_is_wider_than_the_terminal(name: str, width: int) -> None:
    """From 48 columns on; below that a row keeps its planned time and its state on one line."""
    found = COURSES[name]()
    for line in (*table(found, width), *intensity_table(found, width)):
        assert cell_len(line) <= max(width, 48), line


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, None])
@pytest.mark.parametrize("name", COURSES)
def test_every_row_stands_there_with_its_time_and_state(name: str, width: int | None) -> None:
    """No row is cut at any width: number, day, planned time and what became of it."""
    found = COURSES[name]()
    lines = table(found, width)
    for row in found.rows:
        each = row.administration
        start = f"{row.number:>2}  {each.regimen_day:>3}  "
        (line,) = (
            one for one in lines if one.startswith(start) and f"{each.when:%Y-%m-%d %H:%M}" in one
        )
        assert row.recorded.state in line


@pytest.mark.parametrize("width", [60, 80, 120, None])
@pytest.mark.parametrize("name", COURSES)
def test_reasons_and_changes_are_told_whole(name: str, width: int | None) -> None:
    found = COURSES[name]()
    text = " ".join(" ".join(table(found, width)).split())
    for each in found.log.in_force():
        assert each.reason is None or each.reason in text
    for caution in found.cautions:
        assert caution.text in text
    for note in found.notes:
        assert note in text


def test_planned_and_given_stand_side_by_side() -> None:
    """Dose 8: planned for 16:00 with 5.04 million units, given at 17:20 with 5 million."""
    (line,) = (one for one in table(bolus(), None) if one.startswith(" 8 "))
    assert re.split(r"\s{2,}", line.strip()) == [
        *("8", "3", "Wed 2025-12-03 16:00", "aldesleukin", "5.04 million units", "given"),
        "17:20, 5 million units [W]",
    ]


def test_a_dose_without_a_column_is_told_behind_the_state() -> None:
    """At 80 columns two drugs of several doses: what was given, and of what, in one place."""
    lines = table(trastuzumab(), 80)
    (line,) = (one for one in lines if one.startswith(" 8 "))
    following = lines[lines.index(line) + 1]
    assert line.split("  ")[-1] == "Tue 2025-12-09 15:30,"
    assert following.strip() == "250 of 280 mg [A1 W]"
    assert "A given dose is shown with its time where that is not the planned one." in lines


def test_what_is_late_says_so_in_its_heading() -> None:
    headings = [line for line in table(trastuzumab(), None) if ", 5 days late" in line]
    assert headings == ["Cycle 2, days 41 to 54, 5 days late [M C1]"]


def test_doses_of_parallel_blocks_stand_under_one_heading_with_their_block() -> None:
    """Two tracks that alternate: the block has a column of its own, or a place in the row."""
    regimen = written("""
        blocks:
          - block: one
            day: 1
            repeat: {times: 2, every: 4 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 3]}]
          - block: other
            day: 2
            repeat: {times: 2, every: 4 days}
            doses: [{drug: y, amount: 2 mg, route: IV, day: [1, 3]}]
    """)
    found = course(regimen, given("one 1", "x", [1]), as_of="2025-12-02")
    wide = [re.split(r"\s{2,}", line.strip()) for line in table(found, None)]
    assert ["1", "1", "Mon 2025-12-01 08:00", "one 1", "x", "1 mg", "given", "08:00, 1 mg"] in wide
    assert ["2", "2", "Tue 2025-12-02 08:00", "other 1", "y", "2 mg", "due"] in wide
    narrow = table(found, 60)
    assert " 2    2  Tue 2025-12-02 08:00  due" in narrow
    assert "    other 1, y, 2 mg, intravenous" in narrow
    middle = [re.split(r"\s{2,}", line.strip()) for line in table(found, 76)]
    assert ["2", "2", "Tue 2025-12-02 08:00", "other 1", "y", "due", "2 mg"] in middle


def test_doses_of_the_regimen_itself_are_told_without_a_block() -> None:
    """Cyclophosphamide stands in no block, also where each row takes two lines."""
    found = course("imatinib", times={"cycle": 1}, as_of="2025-11-01")
    assert "    cyclophosphamide, 50 mg, oral" in table(found, 56)


def test_a_stopped_row_is_expected_at_no_date() -> None:
    """Of a course that is not given no latest date is told."""
    found = course("npc-bolus", Decided(turn("course 2"), given=False))
    lines = [line for line in table(found, None) if "stopped" in line]
    assert len(lines) == 30 + 2
    assert not any("latest 20" in line for line in lines)


def test_a_reason_from_a_file_is_text_alone() -> None:
    """Markup in a reason stays as it was typed."""
    told = entry(held(*DOSE, [1]), reason="[red]<b>late</b>[/red]")
    assert any(
        "held         [red]<b>late</b>[/red]" in line
        for line in table(course("npc-bolus", told), 80)
    )


def test_the_annex_of_a_sheet_says_what_the_table_says() -> None:
    """Every line of it stands in the table, once."""
    found = bolus()
    told, text = sheet.annex(found), table(found, None)
    assert told.as_of == found.as_of
    assert dict(told.head)["log"] == "S-07.yaml, 7 entries"
    for part in (told.changes, told.totals, told.planned_by, told.rules):
        assert part
        assert [text.count(f"  {each}") for each in part] == [1] * len(part)


def test_a_log_without_entries_changes_nothing() -> None:
    text = table(course("npc-bolus"), 80)
    assert "log      S-07.yaml, no entries yet" in text
    assert "What the log changes" not in text
    assert not any("--explain" in line for line in text[:-60])
