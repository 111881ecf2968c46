"""The table: whole rows at any width, streamed, and in the layout of the golden files.

Golden files hold layout; the numbers in them are asserted in the other tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.cells import cell_len

from commandline import EVERY_REGIMEN, NPC, printed, rows, run, written
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import library
from il2calc.cautions import review
from il2calc.patient import Patient
from il2calc.render import table, words
from il2calc.schedule import make

D = Decimal
GOLDEN = Path(__file__).parent / "golden"
REWRITE = "IL2CALC_REWRITE_GOLDEN"
"""Set this to 1 to write the golden files anew; look at what changed before it is kept."""


class Sheet(NamedTuple):
    """A command line whose output a golden file holds."""

    args: tuple[str, ...]
    columns: int | None = None


def sheets() -> Iterator[tuple[str, Sheet]]:
    yield "list", Sheet(("list",))
    for name, args in EVERY_REGIMEN.items():
        yield f"{name}-80", Sheet(args, 80)
        yield f"{name}-wide", Sheet((*args, "--explain"))
        yield f"{name}-brief", Sheet((*args, "--brief"), 80)
        yield f"{name}-markdown", Sheet((*args, "--format", "markdown"))
        yield f"{name}-show", Sheet(("show", name), 80)


SHEETS = dict(sheets())


@pytest.mark.parametrize("name", SHEETS)
def test_the_layout_is_that_of_the_golden_file(name: str) -> None:
    """Nobody changes what people see without seeing it; a file's SHA-256 is left out of it."""
    sheet, file = SHEETS[name], GOLDEN / f"{name}.txt"
    text = printed(*sheet.args, columns=sheet.columns)
    text = re.sub(r"SHA-256(\s+)[0-9a-f]{16}", rf"SHA-256\g<1>{'0' * 16}", text)
    if os.environ.get(REWRITE) == "1":
        file.write_bytes(text.encode())
    columns = "" if sheet.columns is None else f"COLUMNS={sheet.columns} "
    told = (
        f"{file.name} differs from: {columns}il2calc {' '.join(sheet.args)}\n"
        f"If that is meant: {REWRITE}=1 python -m pytest tests/{Path(__file__).name} -k {name}"
    )
    assert text == file.read_bytes().decode(), told


AMOUNTS = {
    ("npc-bolus", "aldesleukin"): {"5.04 million units"},  # 72,000 x 70
    ("imatinib", "cyclophosphamide"): {"50 mg"},
    ("imatinib", "imatinib"): {"400 mg"},
    ("imatinib", "aldesleukin"): {"6 million units"},
    ("trastuzumab", "trastuzumab"): {"280 mg"},  # 4 x 70
    ("trastuzumab", "aldesleukin"): {"1.81 million units", "21.72 million units"},  # 1, 12 x 1.81
    ("imp321", "paclitaxel"): {"144 mg"},  # 80 x 1.8
    ("imp321", "IMP321"): {"1.25 mg"},
}
"""Every amount of the four command lines, as a person should read it."""


MADE = {
    "npc-bolus": make(library.load("npc-bolus"), Patient(weight=D(70)), start=date(2025, 1, 6)),
    "imatinib": make(library.load("imatinib"), times={"cycle": 3}, first_dose=date(2024, 1, 1)),
    "trastuzumab": make(
        library.load("trastuzumab"),
        Patient(weight=D(70), surface_area=D("1.81")),
        times={"cycle": 2},
        start=date(2025, 1, 6),
    ),
    "imp321": make(library.load("imp321"), Patient(surface_area=D("1.8")), arm="1.25-mg"),
}
"""The schedules of the four command lines."""


def shown(name: str, width: int | None, *, folded: bool = False) -> list[str]:
    """The lines of one of them at a width, or folded and with the working."""
    made = MADE[name]
    lines = table.lines(made, review(made), width=width, brief=folded, explain=folded)
    return [line.text for line in lines]


def whole_rows(lines: list[str], name: str) -> list[tuple[str, ...]]:
    """Day, date, time and drug of every row that stands unbroken on its line or two."""
    found: list[tuple[str, ...]] = []
    dated = r"(?:[A-Z][a-z]{2} ([0-9-]{10})  )?"
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        match = re.match(rf" *(-?[0-9]+)  {dated}([0-9:]{{5}})(?:  |$)(.*)", line)
        if match is None:
            continue
        day, on, time, rest = match.groups()
        for drug, amounts in ((d, a) for (n, d), a in AMOUNTS.items() if n == name):
            for amount in amounts:
                one = re.match(rf"{drug} +{re.escape(amount)}(?:  |$)", rest)
                two = re.match(rf"    {drug}, {re.escape(amount)}(?:,|$)", below)
                if one or two:
                    found.append((day, on or "", time, drug))
    return found


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_no_row_is_cut_or_broken_at_any_width(name: str) -> None:
    """A dose cut to `42,00...` is a wrong dose: every row of the CSV stands whole in the table."""
    listed = rows(*EVERY_REGIMEN[name])
    expected = [(row["regimen_day"], row["date"], row["time"], row["drug"]) for row in listed]
    for width in (None, 40, *range(60, 121), 200):
        assert whole_rows(shown(name, width), name) == expected, width


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    """What the terminal itself would break is broken anywhere, within a number too."""
    for width in range(60, 121):
        for folded in (False, True):
            lines = shown(name, width, folded=folded)
            assert [line for line in lines if len(line) > width] == [], width


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_no_number_stands_apart_from_its_unit(name: str) -> None:
    """`5.04` at the end of a line and `million units` on the next are two facts, both wrong."""
    for width in range(60, 121):
        text = "\n".join(shown(name, width, folded=True))
        assert not re.search(r"[0-9]\n +(?:million|units?|mg|mcg|kg|m2|%|doses?)\b", text), width
        assert not re.search(r"million\n", text), width
        assert not re.search(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\n", text), width


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_amounts_are_written_in_the_safe_style(name: str) -> None:
    """Never IU, U or MIU, no trailing zero, no naked decimal point, no micro sign, SC or SQ."""
    for extra in ((), ("--brief", "--explain"), ("--format", "markdown")):
        text = printed(*EVERY_REGIMEN[name], *extra)
        own = re.split(r"\n(?:## )?(?:Assumptions|Findings)\n", text)[0]
        assert not re.search(r"\b(?:IU|MIU|U|SC|SQ|QD)\b|[µμ]", own)
        assert not re.search(r"[0-9]\.[0-9]*0\b|(?<![0-9])\.[0-9]", own)
        assert not re.search(r"[0-9](?:mg|mcg|units|million)", own)
        assert "units" in own or name == "imp321"


def test_what_was_set_is_shown_in_the_safe_style_too() -> None:
    """A line of the head is read by the same eyes as a row: 72,000 units/kg, not 72_000 IU/kg."""
    done = run(*NPC, "--set", "course.cycle.aldesleukin.amount=60_000 IU/kg")
    head = done.out.split("\nday ")[0]
    assert "course.cycle.aldesleukin.amount" in head
    assert not re.search(r"\bIU\b", head + done.err), head + done.err


def test_thousands_have_commas_in_amounts_and_in_counts() -> None:
    """1,120 mg, and 1,000 doses."""
    text = a_cycle("day: 1 to 10", repeat="{times: 100, every: 10 days}")
    told = "\n".join(line.text for line in table.lines(make(loaded(text)), ()))
    assert "5,000 mg (1,000 doses) in all" in told


def test_everything_is_in_its_order() -> None:
    """Head, rows, marks, totals, rules, what it rests on, and last that it is no prescription."""
    text = printed(*NPC, "--explain", columns=80)
    places = [
        text.index(part)
        for part in (
            "regimen  npc-bolus",
            "patient  weight 70 kg",
            "start    day 1",
            "day  date",
            "Course 1, cycle 1",
            "M   at most",
            "\nTotals\n",
            "\nWorking\n",
            "\nRules used\n",
            "\nAssumptions\n",
            "\nFindings\n",
            "\nAlongside\n",
            "\nSources\n",
            "\nStanding\n",
        )
    ]
    assert places == sorted(places)
    assert text.endswith(f"  {words.DISCLAIMER}\n")


def test_the_working_holds_every_digit_with_path_and_source() -> None:
    """72,000 units/kg x 70 kg = 5,040,000 units, and where the 72,000 stands."""
    assert (
        "  72,000 units/kg x 70 kg = 5,040,000 units; no cap; not rounded "
        "(npc-bolus: course.cycle.aldesleukin.amount; chi2001, Abstract, Methods)\n"
    ) in printed(*NPC, "--explain")


def test_an_amount_that_is_assumed_or_set_shows_no_source() -> None:
    """A source beside a number that it does not hold would be a false witness."""
    text = printed(*EVERY_REGIMEN["trastuzumab"], "--explain")
    assert "(trastuzumab: lead-in.trastuzumab.amount; assumed (1))" in text
    wanted = ("--set", "course.cycle.aldesleukin.amount=60_000 IU/kg", "--explain")
    assert "(npc-bolus: course.cycle.aldesleukin.amount; set)" in printed(*NPC, *wanted)


def test_the_working_names_the_amount_of_its_arm() -> None:
    """1.25 mg stands in the file beside 0.25 mg and 6.25 mg."""
    text = printed(*EVERY_REGIMEN["imp321"], "--explain")
    assert "1.25 mg, flat; no cap; not rounded (imp321: cycle.IMP321.amount[1.25-mg]; " in text


def test_each_distinct_dose_has_one_working() -> None:
    """381 rows rest on five lines of arithmetic."""
    lines = printed("schedule", "trastuzumab", "--weight", "70", "--bsa", "1.8", "--explain")
    working = lines.split("\nWorking\n")[1].split("\n\n")[0].splitlines()
    assert len(working) == 5


SAME_DRUG = a_file(
    """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - {drug: aldesleukin, dose: pulse, amount: 5 MIU, route: IV, day: 1, over: 1 hour}
          - {drug: aldesleukin, dose: low-dose, amount: 5 MIU, route: SC, day: [2, 3]}
    """
)


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_rows_of_one_drug_by_two_routes_can_be_told_apart(columns: int, tmp_path: Path) -> None:
    """Subcutaneous doses into a vein: where the drug alone does not say it, each row must."""
    path = written(tmp_path, SAME_DRUG)
    text = printed("schedule", path, "--start", "2025-01-06", columns=columns)
    body = text.split("\nTotals")[0].splitlines()
    for number, line in enumerate(body):
        if re.match(r" +[0-9]+  [A-Z][a-z]{2} 20", line):
            row = f"{line}\n{body[number + 1]}" if "aldesleukin" not in line else line
            by_vein = " Mon 2025-01-06" in row or " Mon 2025-01-27" in row
            words_for_it = ("intravenous", "pulse") if by_vein else ("subcutaneous", "low-dose")
            assert any(word in row for word in words_for_it), row


def test_routes_stand_in_the_row_where_there_is_room_and_above_where_not() -> None:
    """The route is what gives way first: it can be said once for a whole heading."""
    wide, narrow, narrowest = (printed(*NPC, columns=columns) for columns in (120, 80, 45))
    assert "5.04 million units  intravenous bolus\n" in wide
    assert "  aldesleukin: intravenous bolus\n" not in wide
    assert "  aldesleukin: intravenous bolus\n" in narrow
    assert "aldesleukin  5.04 million units\n" in narrow
    assert "  1  Mon 2025-01-06  08:00\n    aldesleukin, 5.04 million units" in narrowest


def test_tracks_side_by_side_show_the_block_of_each_row(tmp_path: Path) -> None:
    """Where no heading names the block, the row does."""
    path = written(tmp_path, TRACKS)
    lines = printed("schedule", path, columns=80).splitlines()
    header = next(line for line in lines if line.startswith("day "))
    assert header.split() == ["day", "time", "block", "drug", "dose", "route"]
    body = [line.split() for line in lines if re.match(r" +[0-9]+  08:00", line)]
    assert [row[:4] for row in body[:4]] == [
        ["1", "08:00", "short", "1"],
        ["1", "08:00", "long", "1"],
        ["3", "08:00", "tertumab", "5"],
        ["8", "08:00", "short", "1"],
    ]


TRACKS = a_file(
    """
    doses: [{drug: tertumab, amount: 5 mg, route: IV, day: 3}]
    blocks:
      - block: short
        day: 1
        repeat: {times: 3, every: 14 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV infusion, day: [1, 8]}]
      - block: long
        day: 1
        repeat: {times: 2, every: 21 days}
        doses: [{drug: secumab, amount: 5 mg, route: IV infusion, day: [1, 8]}]
    """
)
WIDE = a_file(
    """
    blocks:
      - block: 軌道
        day: 1
        repeat: {times: 3, every: 14 days}
        doses: [{drug: 白血病薬剤名, amount: 5 mg, route: IV, day: [1, 8]}]
      - block: track-b
        day: 1
        repeat: {times: 2, every: 21 days}
        doses: [{drug: examplumab, amount: 5 mg, route: IV, day: [1, 8]}]
    """,
    "title: 白血病の治療における静脈内投与の一例 白血病の治療における静脈内投与の一例 二",
)


def test_columns_stand_below_each_other_in_scripts_of_double_width() -> None:
    """A dose that slips to the next column belongs to the wrong heading."""
    lines = [line.text for line in table.lines(make(loaded(WIDE)), (), width=80)]
    dosed = [line for line in lines if re.match(r" +[0-9]+  08:00", line)]
    assert len(dosed) == 10
    ends = {cell_len(line[: line.index("5 mg") + 4]) for line in dosed}
    assert len(ends) == 1, "\n".join(dosed)


def test_text_of_double_width_keeps_within_the_terminal() -> None:
    """A character of two cells takes two."""
    lines = [line.text for line in table.lines(make(loaded(WIDE)), (), width=80)]
    assert [line for line in lines if cell_len(line) > 80] == []


LONG = "examplumab" * 8


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_drug_name_longer_than_the_terminal_stays_whole(columns: int, tmp_path: Path) -> None:
    """A name cut short may be another drug's."""
    path = written(tmp_path, a_dose(f"drug: {LONG}"))
    assert re.search(rf"{LONG}(?:, |  )5 mg", printed("schedule", path, columns=columns))


HOSTILE = "[red]Two[/red] <script>alert(1)</script> | `x` *b* {0} %s :smile: \\[link=x]"


@pytest.mark.parametrize("extra", [(), ("--brief",), ("--explain",)])
def test_titles_and_conditions_from_files_are_text(tmp_path: Path, extra: tuple[str, ...]) -> None:
    """Markup is shown, not obeyed."""
    text = a_dose(f"only_if: '{HOSTILE}'", head=(f"title: '{HOSTILE}'",))
    told = printed("schedule", written(tmp_path, text), *extra)
    assert f"examplumab, version 1: {HOSTILE}\n" in told
    assert f"C1  only if {HOSTILE}\n" in told


@pytest.mark.parametrize("character", ["\x1b[31m", "\x07", "\u202e", "\u200b", "\u2028"])
def test_no_control_character_of_a_file_reaches_the_terminal(
    character: str, tmp_path: Path
) -> None:
    """Colour, bell, reversed and invisible text: such a file does not load at all."""
    path = written(tmp_path, a_dose(head=(f'title: "one{character}two"',)))
    done = run("schedule", path)
    assert (done.code, done.out) == (1, "")
    assert character not in done.err


def test_a_part_of_the_rows_keeps_its_numbers_and_says_whose_totals_these_are() -> None:
    """Fifteen rows under the totals of sixty would be read as theirs."""
    text = printed(*NPC, "--from", "2025-01-18", "--to", "2025-01-23", columns=80)
    assert "\nrows 16-30 of 60\n" in text
    assert "\nTotals of the whole schedule\n" in text
    assert "Course 1, cycle 2, days 13 to 17" in text
    assert "Course 1, cycle 1, days" not in text
    assert "at most 302.4 million units (60 doses) in all" in text


def test_no_rows_between_two_dates_is_said() -> None:
    """An empty table without a word would look like a regimen without doses."""
    text = printed(*NPC, "--from", "2026-01-01", columns=80)
    assert "\nno rows of 60 lie between these dates\n" in text
    assert "day  date" not in text


def test_without_a_start_there_is_no_column_for_dates() -> None:
    """Days and times stand."""
    header = next(
        line for line in printed(*EVERY_REGIMEN["imp321"]).splitlines() if line.startswith("day ")
    )
    assert header.split() == ["day", "time", "drug", "dose", "route", "marks"]


def test_rows_later_by_a_range_carry_their_latest_date() -> None:
    """Row 31 is due on day 53 (2025-02-27) and at the latest on day 60: 2025-03-06."""
    text = printed(*NPC, columns=80)
    assert " 53  Thu 2025-02-27  08:00" in text
    assert "at the latest days 60 to 64" in text
    assert "2025-03-06" in text


def test_every_caution_can_be_read_on_the_sheet_itself(tmp_path: Path) -> None:
    """A sheet that is printed or filed leaves standard error behind: above the tolerated dose."""
    file = tmp_path / "sheet.txt"
    done = run("schedule", "imatinib", "--level", "level-4", "--cycles", "1", "--output", str(file))
    assert "above the maximum tolerated dose" in done.err
    assert "above the maximum tolerated dose" in file.read_text(encoding="utf-8")


def test_a_terminal_of_a_few_columns_gets_forty() -> None:
    """Narrower, no sentence could be read."""
    made = make(library.load("npc-bolus"), Patient(weight=D(70)))
    narrow, forty = (
        [line.text for line in table.lines(made, review(made), width=width)] for width in (5, 40)
    )
    assert narrow == forty
    assert max(map(len, forty)) > 5


def test_ten_thousand_rows_are_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line is out before the last row has been set: memory and waiting stay flat."""
    counted = 0
    route = words.route

    def counting(dose: object) -> str:
        nonlocal counted
        counted += 1
        return route(dose)  # type: ignore[arg-type]

    made = make(loaded(a_cycle("day: 1 to 10", repeat="{times: 1000, every: 10 days}")))
    monkeypatch.setattr(words, "route", counting)
    lines = table.lines(made, ())
    first = list(islice(lines, 20))
    assert any("Cycle 1, days 1 to 10" in line.text for line in first)
    assert counted < 30
    assert sum(1 for line in lines if re.match(r" *[0-9]+  08:00", line.text)) > 9_980
    assert counted >= 10_000
