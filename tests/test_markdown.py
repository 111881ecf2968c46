"""Markdown: a table for a protocol annex, in which no text of a file acts."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from commandline import EVERY_REGIMEN, IMATINIB, IMP321, NPC, printed, rows, written
from courselogs import CYCLE, course, entry, given, held
from filetext import a_cycle, a_dose, loaded
from il2calc.course import Course
from il2calc.format import tabular
from il2calc.plan.schedule import make
from il2calc.review.of_course import log_cautions

HEADER = "| no. | day | date | time | block | drug | dose | route | marks |"
D = Decimal


def cells(line: str) -> list[str]:
    """The cells of a row, split at bars that are not escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def table(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == HEADER
    return [cells(line) for line in lines[2:]]


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_every_row_has_the_cells_of_the_header(name: str) -> None:
    """One row per administration, as many as in the CSV."""
    args = EVERY_REGIMEN[name]
    rows_ = table(printed(*args, "--format", "markdown"))
    assert {len(row) for row in rows_} == {9}
    expected = [(r["number"], r["regimen_day"], r["time"], r["drug"]) for r in rows(*args)]
    assert [(row[0], row[1], row[3][:5], row[5]) for row in rows_] == expected
    assert all((row[3][5:] != "") is row[3].startswith("00:00") for row in rows_)


def test_a_row_is_written_as_in_the_table_for_a_terminal() -> None:
    """Row 31 of the bolus regimen: day 53, a Thursday, 72,000 x 70 = 5.04 million units."""
    row = table(printed(*NPC, "--format", "markdown"))[30]
    assert row[:4] == ["31", "53", "Thu 2025-02-27", "08:00"]
    assert row[4:6] == ["course 2/cycle 1", "aldesleukin"]
    assert row[6:8] == ["5.04 million units", "intravenous bolus"]
    assert row[8] == "M C1 A1,2, latest 2025-03-06"


def test_without_dates_their_cells_are_empty() -> None:
    """Days and times are shown."""
    assert {row[2] for row in table(printed(*IMP321, "--format", "markdown"))} == {""}


def test_cautions_are_in_the_document_itself() -> None:
    """A document is passed on without standard error."""
    text = printed(*IMATINIB[:-2], "--arm", "level-4", "--format", "markdown")
    assert "## Cautions\n" in text
    assert "above the maximum tolerated dose" in text.split("## Cautions")[1].split("##")[0]
    assert "## Cautions" not in printed(*IMP321, "--format", "markdown")


def test_headings_are_those_of_the_table() -> None:
    """Marks only where there is one."""
    headings = re.findall(r"^## (.*)$", printed(*NPC, "--format", "markdown"), re.MULTILINE)
    expected = (
        "Marks, Cautions, Totals, Rules used, Assumptions, Findings, Alongside, Sources, Standing"
    )
    assert ", ".join(headings) == expected
    plain = [
        line for line in tabular.markdown_lines(make(loaded(a_dose())), ()) if line.startswith("##")
    ]
    assert plain[0] == "## Totals"


def test_a_selection_of_rows_says_so() -> None:
    """Rows 16 to 30 of 60."""
    text = printed(*NPC, "--from", "2025-01-18", "--to", "2025-01-23", "--format", "markdown")
    assert "rows 16-30 of 60" in text
    assert len(table(text)) == 15


def test_rows_later_by_a_range_carry_their_latest_date_in_markdown_too() -> None:
    """Row 31 is due on 2025-02-27, at the latest on 2025-03-06 (day 60)."""
    assert "2025-03-06" in printed(*NPC, "--format", "markdown")


HOSTILE = r"[x](javascript:alert(1)) <script>alert(1)</script> | `x` *b* _i_ # ~s~ & \ !"


def test_nothing_in_a_file_acts_as_markdown_or_html(tmp_path: Path) -> None:
    """A title is text, in a heading, in a list and in a cell."""
    text = a_dose(f"only_if: '{HOSTILE}'", head=(f"title: '{HOSTILE}'",))
    output = printed("schedule", written(tmp_path, text), "--format", "markdown")
    for line in output.splitlines():
        bare = re.sub(r"\\[\\`*_{}\[\]<>&|#!~]", "", line)
        own_text = re.sub(r"^(?:#+ |- |\| .* \|$)", "", bare)
        assert not re.search(r"[<>`*\[\]~&]|(?<!\w)_", own_text), line
    assert len(table(output)[0]) == 9


@pytest.mark.parametrize("character", "\\`*_{}[]<>&|#!~")
def test_every_active_character_is_escaped(character: str) -> None:
    """By the backslash that Markdown takes away again."""
    assert tabular.escaped(f"a{character}b") == f"a\\{character}b"
    assert tabular.escaped("5.04 million units/kg, 50 %") == "5.04 million units/kg, 50 %"


def test_rows_are_streamed() -> None:
    """The header is written before the last row is read."""
    text = a_cycle("day: 1 to 10", repeat="{times: 1000, every: 10 days}")
    lines = tabular.markdown_lines(make(loaded(text)), ())
    assert HEADER in list(islice(lines, 10))
    assert sum(1 for line in lines if line.startswith("| ")) > 9_990


def test_columns_are_those_asked_for_in_that_order() -> None:
    """Dates as people read them, the rest as in the CSV; an amount beside its unit is a number."""
    text = printed(*NPC, "--format", "markdown", "--columns", "amount,marks,date,unit,block_day")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[:2] == [
        "| dose | marks | date | unit | block\\_day |",
        "| ---: | --- | --- | --- | ---: |",
    ]
    assert cells(lines[17]) == ["5040000", "M A1", "Sat 2025-01-18", r"\[iU\]", "1"]


DOSE = (CYCLE, "aldesleukin")


def under_way() -> Course:
    """Dose 1 given, 2 given late and in part, 3 on another day, 4 held, the rest to come."""
    return course(
        "npc-bolus",
        given(*DOSE, [1]),
        entry(given(*DOSE, [2], at="2025-12-01 17:20", amount="2.5 million IU"), reason="late | *"),
        given(*DOSE, [3], at="2025-12-01 23:50"),
        entry(held(*DOSE, [4]), reason="creatinine 3.1 mg/dL"),
        as_of="2025-12-02",
    )


def document_of(result: Course, *columns: str) -> list[str]:
    return list(tabular.markdown_lines(result, log_cautions(result), columns))


def test_a_row_of_a_course_has_its_record() -> None:
    """State, time and amount given, reason; the time with its date on another day than planned."""
    lines = [line for line in document_of(under_way()) if line.startswith("|")]
    assert lines[0] == f"{HEADER} state | given | reason |"
    assert [cells(line)[9:] for line in lines[2:8]] == [
        ["given", "08:00, 5.04 million units", ""],
        ["given", "17:20, 2.5 million units", r"late \| \*"],
        ["given", "Mon 2025-12-01 23:50, 5.04 million units", ""],
        ["held", "not given", "creatinine 3.1 mg/dL"],
        ["due", "", ""],
        ["planned", "", ""],
    ]


def test_the_columns_of_a_course_can_be_asked_for() -> None:
    """They are empty where no log has a record of the row."""
    lines = document_of(under_way(), "number", "state", "reason")
    assert "| 4 | held | creatinine 3.1 mg/dL |" in lines
    table_lines = tabular.markdown_lines(make(loaded(a_dose())), (), ("number", *tabular.RECORDED))
    assert "| 1 |  |  |  |" in list(table_lines)


def test_a_course_names_its_log_in_place_of_the_plan() -> None:
    """Log and day in the head, tallies for totals, the rules of the log under their own heading."""
    text = "\n".join(document_of(under_way()))
    assert "- log: S-07.yaml, 4 entries\n- as of: Tue 2025-12-02" in text
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[1:5] == [
        "Cautions",
        "Given and still to come",
        "Rules of the plan",
        "Rules of the log",
    ]
    assert "3 of 60 given" in text
    assert "60 doses" not in text


def test_a_recorded_row_has_no_latest_date() -> None:
    """Row 31, held, has no latest date any more; row 32 still has."""
    lines = document_of(course("npc-bolus", held("course 2/cycle 1", "aldesleukin", [1])))
    rows_of = {cells(line)[0]: cells(line)[8] for line in lines if re.match(r"\| [0-9]", line)}
    assert "latest" not in rows_of["31"]
    assert rows_of["32"].endswith("latest 2026-01-29")
