"""The table: whole rows at any width, streamed, and in the layout of the golden files.

Golden files hold layout; the numbers in them are asserted in the other tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.cells import cell_len

from commandline import EVERY_REGIMEN, NPC, assert_refused, printed, rows, run, written
from courselogs import CYCLE, course, entry, given, held, turn
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.course import Course
from il2calc.course.intensity import intensities
from il2calc.format import table
from il2calc.model.effects import Decided, Delayed, Reduced, Weighed
from il2calc.model.patient import Patient
from il2calc.plan.schedule import Schedule, make
from il2calc.report import sheet as sheet_module
from il2calc.report import words
from il2calc.report.sheet import sheet as report
from il2calc.review.of_course import log_cautions
from il2calc.review.of_schedule import review
from written import regimen as course_written

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
        yield f"{name}-120", Sheet(args, 120)
        yield f"{name}-wide", Sheet((*args, "--explain", "--notes", "full"))
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
    message = (
        f"{file.name} differs from: {columns}il2calc {' '.join(sheet.args)}\n"
        f"If that is meant: {REWRITE}=1 python -m pytest tests/{Path(__file__).name} -k {name}"
    )
    assert text == file.read_bytes().decode(), message


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


SCHEDULES = {
    "npc-bolus": make(language.load("npc-bolus"), Patient(weight=D(70)), start=date(2025, 1, 6)),
    "imatinib": make(language.load("imatinib"), times={"cycle": 3}, first_dose=date(2024, 1, 1)),
    "trastuzumab": make(
        language.load("trastuzumab"),
        Patient(weight=D(70), surface_area=D("1.81")),
        times={"cycle": 2},
        start=date(2025, 1, 6),
    ),
    "imp321": make(language.load("imp321"), Patient(surface_area=D("1.8")), arm="1.25-mg"),
}
"""The schedules of the four command lines."""


def shown(name: str, width: int | None, *, folded: bool = False) -> list[str]:
    """The lines of one of them at a width, or folded and with the working."""
    schedule = SCHEDULES[name]
    lines = table.lines(schedule, review(schedule), width=width, brief=folded, explain=folded)
    return [line.text for line in lines]


NIGHT = r" \((?:night of [A-Z][a-z]{2} to [A-Z][a-z]{2}|night before day [0-9]+)\)  "


def whole_rows(lines: list[str], name: str) -> list[tuple[str, ...]]:
    """Day, date, time and drug of every row that is unbroken on its line or two."""
    rows_shown: list[tuple[str, ...]] = []
    dated = r"(?:[A-Z][a-z]{2} ([0-9-]{10})  )?"
    shared_line = next((line for line in lines if line.startswith("all rows ")), "")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        time_pattern = rf" *[0-9]+ +(-?[0-9]+)  {dated}([0-9:]{{5}})"
        match = re.match(rf"{time_pattern}(?:{NIGHT}|\*?  |\*$| ?$|  )(.*)", line)
        if match is None:
            continue
        day, on, time, rest = match.groups()
        for drug, amounts in ((d, a) for (n, d), a in AMOUNTS.items() if n == name):
            named = f"all rows {drug}" not in shared_line or f"all rows {drug}:" in shared_line
            for amount in amounts:
                one = re.match(rf" *{f'{drug} +' * named}{re.escape(amount)}(?:  |$)", rest)
                two = re.match(rf"    {f'{drug}, ' * named}{re.escape(amount)}(?:,|$)", below)
                if one or two:
                    rows_shown.append((day, on or "", time, drug))
    return rows_shown


@pytest.mark.hazard(34)
@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_no_row_is_cut_or_broken_at_any_width(name: str) -> None:
    """A dose cut to `42,00...` is a wrong dose: every row of the CSV is whole in the table."""
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
def test_no_number_is_apart_from_its_unit(name: str) -> None:
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
        program_text = re.split(r"\n(?:## )?(?:Assumptions|Findings)\n", text)[0].replace(
            words.PROGRAM, ""
        )
        assert not re.search(r"\b(?:IU|MIU|U|SC|SQ|QD)\b|[µμ]", program_text)
        assert not re.search(r"[0-9]\.[0-9]*0\b|(?<![0-9])\.[0-9]", program_text)
        assert not re.search(r"[0-9](?:mg|mcg|units|million)", program_text)
        assert "units" in program_text or name == "imp321"


def test_what_was_set_is_shown_in_the_safe_style_too() -> None:
    """A line of the head is read by the same eyes as a row: 72,000 units/kg, not 72_000 IU/kg."""
    result = run(*NPC, "--set", "course.cycle.aldesleukin.amount=60_000 IU/kg")
    head = result.out.split("\nday ")[0]
    assert "course.cycle.aldesleukin.amount" in head
    assert not re.search(r"\bIU\b", head + result.err), head + result.err


def test_thousands_have_commas_in_amounts_and_in_counts() -> None:
    """1,120 mg, and 1,000 doses."""
    text = a_cycle("day: 1 to 10", repeat="{times: 100, every: 10 days}")
    output = "\n".join(line.text for line in table.lines(make(loaded(text)), ()))
    assert "5,000 mg (1,000 doses) in all" in output


def test_everything_is_in_its_order() -> None:
    """Head, rows, marks, totals, rules, what it rests on, and last that it is no prescription."""
    text = printed(*NPC, "--explain", "--notes", "full", columns=80)
    places = [
        text.index(part)
        for part in (
            "regimen  npc-bolus",
            "patient  weight 70 kg",
            "start    day 1",
            "no  day  date",
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
    """72,000 units/kg x 70 kg = 5,040,000 units, and where the 72,000 is."""
    assert (
        "  72,000 units/kg x 70 kg = 5,040,000 units; no cap; not rounded "
        "(npc-bolus: course.cycle.aldesleukin.amount; chi2001, Abstract, Methods)\n"
    ) in printed(*NPC, "--explain")


def test_an_amount_that_is_assumed_or_set_shows_no_source() -> None:
    """A source beside a number that it does not hold would be a false witness."""
    text = printed(*EVERY_REGIMEN["trastuzumab"], "--explain")
    assert "(trastuzumab: lead-in.trastuzumab.amount; assumed (1))" in text
    options = ("--set", "course.cycle.aldesleukin.amount=60_000 IU/kg", "--explain")
    assert "(npc-bolus: course.cycle.aldesleukin.amount; set)" in printed(*NPC, *options)


def test_the_working_names_the_amount_of_its_arm() -> None:
    """1.25 mg is in the file beside 0.25 mg and 6.25 mg."""
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
def test_rows_of_one_drug_by_two_routes_can_be_distinguished(columns: int, tmp_path: Path) -> None:
    """Subcutaneous doses into a vein: where the drug alone does not show it, each row must."""
    path = written(tmp_path, SAME_DRUG)
    text = printed("schedule", path, "--start", "2025-01-06", columns=columns)
    body = text.split("\nTotals")[0].splitlines()
    for number, line in enumerate(body):
        if re.match(r" *[0-9]+ +[0-9]+  [A-Z][a-z]{2} 20", line):
            row = f"{line}\n{body[number + 1]}" if "5 million" not in line else line
            by_vein = " Mon 2025-01-06" in row or " Mon 2025-01-27" in row
            words_of_route = ("intravenous", "pulse") if by_vein else ("subcutaneous", "low-dose")
            assert any(word in row for word in words_of_route), row


def test_routes_are_in_the_row_where_there_is_room_and_above_where_not() -> None:
    """The route is what gives way first: it can be shown once for all rows, or for a heading."""
    imatinib, trastuzumab = EVERY_REGIMEN["imatinib"], EVERY_REGIMEN["trastuzumab"]
    wide, narrow, narrowest = (printed(*imatinib, columns=columns) for columns in (120, 80, 45))
    assert "aldesleukin       6 million units  subcutaneous " in wide
    assert "all rows" not in wide
    assert "aldesleukin       6 million units  A2\n" in narrow
    assert (
        "\nall rows cyclophosphamide: oral; imatinib: oral; aldesleukin: subcutaneous\n" in narrow
    )
    assert "08:00  A3\n    cyclophosphamide, 50 mg, oral\n" in narrowest
    by_heading = printed(*trastuzumab, columns=80)
    assert "  trastuzumab: intravenous infusion over 30 to 90 minutes\n" in by_heading
    assert "  trastuzumab: intravenous infusion over 30 minutes\n" in by_heading


INFUSIONS = a_file(
    """
    doses:
      - {drug: examplumab, amount: 5 mg, route: IV infusion, day: 1, over: 46 to 48 hours}
      - {drug: specimab, amount: 5 mg, route: IV infusion, day: 1, over: 30 to 90 minutes}
    """
)


@pytest.mark.parametrize(("columns", "above"), [(76, True), (120, False), (None, False)])
def test_what_all_rows_of_each_drug_share_has_a_line_per_drug(
    columns: int | None, above: bool, tmp_path: Path
) -> None:
    """One line of 115 letters hid which infusion time is whose; in a pipe it was never folded."""
    expected = (
        "all rows examplumab: intravenous infusion over 46 to 48 hours\n"
        "         specimab: intravenous infusion over 30 to 90 minutes\n"
    )
    wide = {} if columns is None else {"columns": columns}
    text = printed("schedule", written(tmp_path, INFUSIONS), "--start", "2025-01-06", **wide)
    assert (expected in text) is above
    result = course(loaded(INFUSIONS), start=date(2025, 1, 6))
    lines = [line.text for line in table.lines(result, (), width=columns)]
    assert expected in "\n".join(lines)


def test_each_total_and_each_note_has_a_line_where_there_is_room() -> None:
    """Ten sentences in one line, as a pipe had them, are read by nobody.

    At 80 columns, where lines are few, a stroke separates assumptions.
    """
    args = (*EVERY_REGIMEN["trastuzumab"], "--brief")
    for text in (printed(*args), printed(*args, columns=120)):
        assert "\n  A3 The pulse falls on days 1 to 3 of each cycle.\n  A4 The low dose" in text
        assert "\n  mani2009: A phase II trial." in text
        assert "\n  trastuzumab: 560 mg (2 doses) in lead-in\n" in text
        assert " | " not in text
    text = printed(*args, columns=80)
    assert " | A3 The" in " ".join(text.split())
    assert not re.search("^ *[|]", text, re.MULTILINE)


@pytest.mark.parametrize("columns", [45, 80, 120])
def test_what_is_equal_for_every_row_is_shown_once_above_them(columns: int) -> None:
    """Sixty times `aldesleukin, intravenous bolus` says no more than once, and hides the dose."""
    text = printed(*NPC, columns=columns)
    assert "all rows aldesleukin, intravenous bolus\n" in text
    body = text.split("all rows aldesleukin")[1].split("\nTotals\n")[0]
    assert "aldesleukin" not in body
    assert body.count("5.04 million units") == 60


def test_a_row_alone_keeps_its_drug_and_its_route(tmp_path: Path) -> None:
    """There is nothing to say once for all of one."""
    text = printed("schedule", written(tmp_path, a_dose("drug: tertumab")))
    assert "all rows" not in text
    assert re.search(r" 1 +1  08:00  tertumab  5 mg  intravenous", text)


def test_rows_have_their_number() -> None:
    """Cautions, logs and CSV name row 15: the table says which one that is."""
    listed = rows(*NPC)
    for columns in (40, 80, 120):
        lines = printed(*NPC, columns=columns).splitlines()
        numbers = [line.split()[0] for line in lines if re.match(r" *[0-9]+ +[0-9]+  [A-Z]", line)]
        assert numbers == [row["number"] for row in listed]


def test_midnight_is_a_mark_where_the_night_has_no_room() -> None:
    """Dose 3 is due at 00:00 on Tuesday, in the night from Monday: the evening shift gives it."""
    narrow, wide = printed(*NPC, columns=80), printed(*NPC, columns=120)
    assert " 3    2  Tue 2025-01-07  00:00*  5.04 million units\n" in narrow
    assert f"\n*   {words.NIGHT_MARKS[words.NIGHT]}\n" in narrow
    assert " 3    2  Tue 2025-01-07  00:00 (night of Mon to Tue)  5.04 million units\n" in wide
    assert words.NIGHT_MARKS[words.NIGHT] not in wide
    page = printed(*NPC, "--format", "markdown")
    assert "00:00 (night of Mon to Tue)" in page
    assert words.NIGHT_MARKS[words.NIGHT] not in page


def test_past_midnight_is_a_mark_where_there_is_no_room(tmp_path: Path) -> None:
    """Day 1 has 02:00 of the next day; day 3 has the 00:00 that begins it. Each has its mark."""
    body = """
        doses:
          - {drug: examplumab, amount: 5 mg, route: oral, day: 1, at: 3 times a day}
          - {drug: otherumab, amount: 5 mg, route: oral, day: 3, at: "00:00"}
    """
    plan = ("schedule", written(tmp_path, a_file(body)), "--at", "20:00")
    narrow, wide = printed(*plan, columns=50), printed(*plan, columns=120)
    assert " 2    1  02:00+  examplumab" in narrow
    assert " 4    3  00:00*  otherumab" in narrow
    flat = " ".join(narrow.split())
    assert f" * {words.NIGHT_MARKS[words.NIGHT]} + {words.NIGHT_MARKS[words.AFTER]} " in flat
    assert " 2    1  02:00 (the day after day 1)  examplumab" in wide
    assert words.NIGHT_MARKS[words.AFTER] not in wide
    short = a_file(body.replace('"00:00"', '"09:00"'))
    narrow = printed("schedule", written(tmp_path, short), "--at", "20:00", columns=50)
    assert words.NIGHT_MARKS[words.NIGHT] not in " ".join(narrow.split())


def test_a_folded_table_tears_no_date_from_its_time() -> None:
    """Danger: the end of a stretch read without its time, or with that of another line.

    Dose 15 is due at 00:00 on Saturday 2025-01-11; with its night the line takes 81 columns.
    """
    folded = (*NPC, "--brief")
    narrow, wide = printed(*folded, columns=80), printed(*folded, columns=160)
    assert "  days 1 to 6: Mon 2025-01-06 08:00 to Sat 2025-01-11 00:00*\n" in narrow
    assert f"\n*   {words.NIGHT_MARKS[words.NIGHT]}\n" in narrow
    assert "08:00 to Sat 2025-01-11 00:00 (night of Fri to Sat)\n" in wide
    assert words.NIGHT_MARKS[words.NIGHT] not in wide
    assert re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\n +[0-9]{2}:[0-9]{2}", narrow) is None
    for width in range(40, 81):
        text = printed(*folded, columns=width)
        assert text.count("2025-01-11 00:00*") == 1, width


def test_a_folded_table_without_dates_has_its_midnights_too(tmp_path: Path) -> None:
    """The dose of 00:00 on day 2 is in the night before it."""
    file = written(tmp_path, a_dose("day: 2", 'at: "00:00"'))
    assert "day 2: 00:00 (night before day 2)" in printed("schedule", file, "--brief", columns=80)


def test_a_table_without_midnight_does_not_explain_its_mark() -> None:
    """A mark in the legend is looked for in the rows."""
    assert "00:00" not in printed(*EVERY_REGIMEN["imp321"], columns=80)


LINES = {
    NPC: 115,
    EVERY_REGIMEN["imp321"]: 72,
    (*("schedule", "trastuzumab", "--weight", "70", "--bsa", "1.81"), "--brief"): 60,
}


@pytest.mark.parametrize("args", LINES)
def test_a_table_is_no_longer_than_it_has_to_be(args: tuple[str, ...]) -> None:
    """Who has to scroll past notes for the last dose, misses it: lines at 80 columns."""
    dated = ("--start", "2025-01-06") if "trastuzumab" in args else ()
    text = printed(*args, *dated, columns=80)
    assert len(text.splitlines()) <= LINES[args]
    headings = [line for line in text.splitlines() if re.match(r"(?:Course|Cycle) 1", line)]
    assert headings, "where turns begin is still said"


@pytest.mark.parametrize("name", language.shelf.regimen_files(None))
@pytest.mark.parametrize("extra", [(), ("--brief",), ("--notes", "full")])
def test_no_line_of_any_regimen_that_ships_is_wider(name: str, extra: tuple[str, ...]) -> None:
    """What the terminal itself would break is broken anywhere, within a number too."""
    patient = ("--weight", "70", "--height", "175", "--gfr", "90", "--age", "40", "--sex", "female")
    regimen = language.load(name)
    for columns in (80, 120):
        env = {"COLUMNS": str(columns)}
        line = ("schedule", name, *patient, "--start", "2025-01-06", "--weeks", "30", *extra)
        result = run(*line, env=env)
        if result.code:
            arm = ("--arm", next(iter(regimen.arms), ""))
            result = run(*line, *arm, env=env)
        assert result.code == 0, result.err
        assert [line for line in result.out.splitlines() if cell_len(line) > columns] == []


NOTES = (*NPC, "--notes")


def test_short_notes_leave_no_assumption_and_no_finding_out() -> None:
    """`One patient died` is a finding, and so is what is no criterion for holding a dose."""
    regimen = language.load("npc-bolus")
    text = " ".join(printed(*NPC, columns=80).split())
    for assumption in regimen.assumptions:
        assert f"A{assumption.number} {assumption.text}" in text
        assert assumption.because not in text
    for note in (*regimen.findings, *regimen.alongside):
        assert note.text in text
    assert "One patient died of the treatment" in text
    assert "Notes in short (of chi2001; in full: --notes full, or il2calc show npc-bolus)" in text
    assert text.endswith(
        "Not a prescription, and without other premedication, supportive care and monitoring."
    )


@pytest.mark.parametrize("name", EVERY_REGIMEN)
@pytest.mark.parametrize("extra", [(), ("--brief",)])
def test_every_finding_is_shown_with_its_source_as_key(name: str, extra: tuple[str, ...]) -> None:
    """A finding without its source is hearsay; with one source in the file it is named once."""
    regimen = language.load(name)
    text = " ".join(printed(*EVERY_REGIMEN[name], *extra, columns=80).split())
    assert all(assumption.text in text for assumption in regimen.assumptions)
    keys = list(regimen.sources)
    for note in regimen.findings:
        assert note.text in text
    assert all(f"of {key};" in text if len(keys) == 1 else True for key in keys)
    cited = {key for note in regimen.findings for key in keys if f"{key}," in f"{note.source},"}
    assert len(keys) == 1 or all(f"{key}: " in text for key in cited)


def test_full_notes_hold_reasons_places_and_sources() -> None:
    """What the short ones point to."""
    text = " ".join(printed(*NOTES, "full", columns=80).split())
    regimen = language.load("npc-bolus")
    for item in regimen.assumptions:
        assert f"{item.number}. {item.text} ({item.about}) Because: {item.because}" in text
    for note in regimen.findings:
        assert f"{note.text} [{note.source}]" in text
    assert "Oncology 2001;60(2):110-115." in text
    assert text.endswith(words.DISCLAIMER)
    assert printed(*NOTES, "short", columns=80) == printed(*NPC, columns=80)


def test_notes_are_of_a_table_alone_and_short_or_full() -> None:
    """Pages, and what programs read, hold all of it whatever is asked."""
    assert_refused(run(*NOTES, "short", "--format", "markdown"), 2, "--notes", "only with table")
    assert_refused(run(*NOTES, "long"), 2, "--notes", "write one of: short, full")


def test_short_rules_are_those_that_apply_to_the_table() -> None:
    """Asked for 2 cycles of 24; 1.81 x 12 = 21.72, but 34.39 is printed for 34.39 of 19 x 1.81."""
    text = printed(*EVERY_REGIMEN["trastuzumab"], columns=80)
    assert "\n  cycle: 2 as requested; the file says 24.\n" in text
    assert "No dose is capped or rounded" not in text
    assert "significant figures" in text, "204.53 million units are shown as 204.5 million"
    assert "significant figures" not in printed(*NPC), "302.4 million units are not shortened"


def test_tracks_without_headings_have_the_rules_of_their_turns(tmp_path: Path) -> None:
    """Where no heading says when a turn begins, a rule does."""
    text = printed("schedule", written(tmp_path, TRACKS))
    assert "  short: each turn lasts 14 days, the last one too; short 2 starts day 15.\n" in text


def test_totals_in_short_name_the_whole_first_and_a_condition_by_its_mark() -> None:
    """15 x 5.04 = 75.6 per cycle; 60 x 5.04 = 302.4 in all, the second course 151.2 of it."""
    text = " ".join(printed(*NPC, columns=80).split("\nTotals\n")[1].split())
    assert text.startswith(
        "aldesleukin: at most 302.4 million units (60 doses) in all, of which 151.2 million units "
        "only if C1; aldesleukin: at most 75.6 million units (15 doses) per cycle (course 1, "
        "cycle 1; course 1, cycle 2) and (course 2, cycle 1; course 2, cycle 2) only if C1 "
    )


def test_totals_in_short_show_the_conditional_part_of_a_turn_by_its_mark(tmp_path: Path) -> None:
    """10 of 3 x 10 mg are firm in each of two cycles; the list of turns is left out, for all."""
    repeat = "repeat: {times: 3, every: 1 day, only_if: tolerated}"
    text = a_cycle("amount: 10 mg", repeat, repeat="{times: 2, every: 21 days}")
    output = printed("schedule", written(tmp_path, text), columns=120)
    assert "  examplumab: 60 mg (6 doses) in all, of which 40 mg only if C1\n" in output
    assert "  examplumab: 30 mg (3 doses) per cycle, of which 20 mg only if C1\n" in output


def test_totals_of_no_rows_give_conditions_in_words() -> None:
    """No row, no mark: `only if C1` would point to nothing."""
    text = " ".join(printed(*NPC, "--from", "2026-01-01", columns=80).split())
    assert "of which 151.2 million units only if stable disease or response;" in text
    assert "C1" not in text


def test_a_course_in_short_keeps_the_rules_of_its_log() -> None:
    """That a held dose is not made up for is what the log made of it."""
    result = bolus()
    text = " ".join(
        " ".join(line.text for line in table.lines(result, (), width=80, short=True)).split()
    )
    for note in result.notes:
        assert note in text
    assert "10 of 60 given (50.36 of 302.4 million units)" in text
    assert "A1 Seven treatment-free days" in text


def test_tracks_side_by_side_show_the_block_of_each_row(tmp_path: Path) -> None:
    """Where no heading names the block, the row does."""
    path = written(tmp_path, TRACKS)
    lines = printed("schedule", path, columns=80).splitlines()
    header = next(line for line in lines if line.startswith("no "))
    assert header.split() == ["no", "day", "time", "block", "drug", "dose", "route"]
    body = [line.split()[1:] for line in lines if re.match(r" *[0-9]+ +[0-9]+  08:00", line)]
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


def test_columns_are_aligned_in_scripts_of_double_width() -> None:
    """A dose that slips to the next column belongs to the wrong heading."""
    lines = [line.text for line in table.lines(make(loaded(WIDE)), (), width=80)]
    dosed = [line for line in lines if re.match(r" *[0-9]+ +[0-9]+  08:00", line)]
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
    output = printed("schedule", written(tmp_path, text), *extra)
    assert f"examplumab, version 1: {HOSTILE}\n" in output
    assert f"C1  only if {HOSTILE}\n" in output


@pytest.mark.parametrize("character", ["\x1b[31m", "\x07", "\u202e", "\u200b", "\u2028"])
def test_no_control_character_of_a_file_reaches_the_terminal(
    character: str, tmp_path: Path
) -> None:
    """Colour, bell, reversed and invisible text: such a file does not load at all."""
    path = written(tmp_path, a_dose(head=(f'title: "one{character}two"',)))
    result = run("schedule", path)
    assert (result.code, result.out) == (1, "")
    assert character not in result.err


def test_a_part_of_the_rows_keeps_its_numbers_and_says_whose_totals_these_are() -> None:
    """Fifteen rows under the totals of sixty would be read as theirs."""
    text = printed(*NPC, "--from", "2025-01-18", "--to", "2025-01-23", columns=80)
    assert "\nrows 16-30 of 60\n" in text
    assert "\nTotals of the whole schedule\n" in text
    assert "Course 1, cycle 2, days 13 to 17" in text
    assert "Course 1, cycle 1, days" not in text
    assert "at most 302.4 million units (60 doses) in all" in text


def test_no_rows_between_two_dates_is_stated() -> None:
    """An empty table without a word would look like a regimen without doses."""
    text = printed(*NPC, "--from", "2026-01-01", columns=80)
    assert "\nno rows of 60 lie between these dates\n" in text
    assert "day  date" not in text


def test_without_a_start_there_is_no_column_for_dates() -> None:
    """Days and times are shown."""
    header = next(
        line for line in printed(*EVERY_REGIMEN["imp321"]).splitlines() if line.startswith("no ")
    )
    assert header.split() == ["no", "day", "time", "drug", "dose", "route", "marks"]


def test_rows_later_by_a_range_carry_their_latest_date() -> None:
    """Row 31 is due on day 53 (2025-02-27) and at the latest on day 60: 2025-03-06."""
    text = printed(*NPC, columns=80)
    assert " 53  Thu 2025-02-27  08:00" in text
    assert "at the latest days 60 to 64" in text
    assert "2025-03-06" in text


def test_every_caution_can_be_read_on_the_sheet_itself(tmp_path: Path) -> None:
    """A sheet that is printed or filed leaves standard error behind: above the tolerated dose."""
    file = tmp_path / "sheet.txt"
    result = run(
        "schedule", "imatinib", "--level", "level-4", "--cycles", "1", "--output", str(file)
    )
    assert "above the maximum tolerated dose" in result.err
    assert "above the maximum tolerated dose" in file.read_text(encoding="utf-8")


def test_a_terminal_of_a_few_columns_gets_forty() -> None:
    """Narrower, no sentence could be read."""
    schedule = make(language.load("npc-bolus"), Patient(weight=D(70)))
    narrow, forty = (
        [line.text for line in table.lines(schedule, review(schedule), width=width)]
        for width in (5, 40)
    )
    assert narrow == forty
    assert max(map(len, forty)) > 5


def test_ten_thousand_rows_are_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line is out before the last row has been set: memory and waiting stay flat."""
    counted = 0
    entry = sheet_module.SheetEntry

    def counting(number: int, state: str, cells: dict[str, str]) -> sheet_module.SheetEntry:
        nonlocal counted
        counted += 1
        return entry(number, state, cells)

    schedule = make(loaded(a_cycle("day: 1 to 10", repeat="{times: 1000, every: 10 days}")))
    monkeypatch.setattr(sheet_module, "SheetEntry", counting)
    lines = table.lines(schedule, ())
    first = list(islice(lines, 20))
    assert any("Cycle 1, days 1 to 10" in line.text for line in first)
    assert counted < 30
    assert sum(1 for line in lines if re.match(r" *[0-9]+ +[0-9]+  08:00", line.text)) > 9_980
    assert counted >= 10_000


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
        entry(Reduced("aldesleukin", D(75), turn("cycle 2")), "2025-12-18", reason="rash"),
        as_of="2025-12-18",
        times={"cycle": 2},
    )


COURSES: dict[str, Callable[[], Course]] = {"npc-bolus": bolus, "trastuzumab": trastuzumab}


def course_table(course: Course, width: int | None) -> list[str]:
    """The lines of the sheet."""
    cautions = (*review(course.schedule), *log_cautions(course))
    return [line.text for line in table.lines(course, cautions, width=width)]


def intensity_table(course: Course, width: int | None) -> list[str]:
    """The lines of the sheet of dose intensity."""
    cautions = (*review(course.schedule), *log_cautions(course))
    return [
        line.text for line in table.intensity_lines(course, intensities(course), cautions, width)
    ]


COURSE_SHEETS = {
    f"{verb}-{name}-{width or 'wide'}": (show, make, width)
    for name, make in COURSES.items()
    for verb, show in (("replan", course_table), ("intensity", intensity_table))
    for width in ((80, None) if verb == "replan" else (80,))
}


@pytest.mark.parametrize("name", COURSE_SHEETS)
def test_the_layout_is_that_of_the_golden_file_course(name: str) -> None:
    """Nobody changes what people see without seeing it; a file's SHA-256 is left out of it."""
    show, make, width = COURSE_SHEETS[name]
    text = "".join(f"{line}\n" for line in show(make(), width))
    text = re.sub(r"SHA-256(\s+)[0-9a-f]{16}", rf"SHA-256\g<1>{'0' * 16}", text)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get(REWRITE) == "1":
        file.write_bytes(text.encode())
    message = (
        f"{file.name} differs.\n"
        f"If that is meant: {REWRITE}=1 python -m pytest tests/{Path(__file__).name} -k {name}"
    )
    assert text == file.read_bytes().decode(), message


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100, 120, 200])
@pytest.mark.parametrize("name", COURSES)
def test_nothing_is_wider_than_the_terminal(name: str, width: int) -> None:
    """From 48 columns on; below that a row keeps its planned time and its state on one line."""
    result = COURSES[name]()
    for line in (*course_table(result, width), *intensity_table(result, width)):
        assert cell_len(line) <= max(width, 48), line


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, None])
@pytest.mark.parametrize("name", COURSES)
def test_every_row_is_shown_with_its_time_and_state(name: str, width: int | None) -> None:
    """No row is cut at any width: number, day, planned time and what became of it."""
    result = COURSES[name]()
    lines = course_table(result, width)
    for row in result.rows:
        administration = row.administration
        start = f"{row.number:>2}  {administration.regimen_day:>3}  "
        (line,) = (
            one
            for one in lines
            if one.startswith(start) and f"{administration.when:%Y-%m-%d %H:%M}" in one
        )
        assert row.recorded.state in line


@pytest.mark.parametrize("width", [60, 80, 120, None])
@pytest.mark.parametrize("name", COURSES)
def test_reasons_and_changes_are_shown_in_full(name: str, width: int | None) -> None:
    result = COURSES[name]()
    text = " ".join(" ".join(course_table(result, width)).split())
    for log_entry in result.log.in_force():
        assert log_entry.reason is None or log_entry.reason in text
    for caution in log_cautions(result):
        assert caution.text in text
    for note in result.notes:
        assert note in text


def test_planned_and_given_are_side_by_side() -> None:
    """Dose 8: planned for 16:00 with 5.04 million units, given at 17:20 with 5 million."""
    (line,) = (one for one in course_table(bolus(), None) if one.startswith(" 8 "))
    assert re.split(r"\s{2,}", line.strip()) == [
        *("8", "3", "Wed 2025-12-03 16:00", "5.04 million units", "given"),
        "17:20, 5 million units [W]",
    ]
    assert "all rows aldesleukin, intravenous bolus" in course_table(bolus(), None)


def test_a_dose_without_a_column_is_shown_behind_the_state() -> None:
    """At 80 columns two drugs of several doses: what was given, and of what, in one place."""
    lines = course_table(trastuzumab(), 80)
    (line,) = (one for one in lines if one.startswith(" 8 "))
    following = lines[lines.index(line) + 1]
    assert line.split("  ")[-1] == "Tue 2025-12-09 15:30,"
    assert following.strip() == "250 of 280 mg [A1 W]"
    assert "A given dose is shown with its time if that is not the planned one." in lines


def test_what_is_late_says_so_in_its_heading() -> None:
    headings = [line for line in course_table(trastuzumab(), None) if ", 5 days late" in line]
    assert headings == ["Cycle 2, days 41 to 54, 5 days late [M C1]"]


def test_doses_of_parallel_blocks_are_under_one_heading_with_their_block() -> None:
    """Two tracks that alternate: the block has a column of its own, or a place in the row."""
    regimen = course_written("""
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
    result = course(regimen, given("one 1", "x", [1]), as_of="2025-12-02")
    wide = [re.split(r"\s{2,}", line.strip()) for line in course_table(result, None)]
    assert ["1", "1", "Mon 2025-12-01 08:00", "one 1", "x", "1 mg", "given", "08:00, 1 mg"] in wide
    assert ["2", "2", "Tue 2025-12-02 08:00", "other 1", "y", "2 mg", "due"] in wide
    narrow = course_table(result, 60)
    assert " 2    2  Tue 2025-12-02 08:00  due" in narrow
    assert "    other 1, y, 2 mg" in narrow
    assert "all rows intravenous" in narrow
    middle = [re.split(r"\s{2,}", line.strip()) for line in course_table(result, 76)]
    assert ["2", "2", "Tue 2025-12-02 08:00", "other 1", "y", "due", "2 mg"] in middle


def test_equal_doses_of_parallel_blocks_name_their_block_at_any_width() -> None:
    """What is shown once above the rows is the dose, never to which block a row belongs."""
    regimen = course_written("""
        blocks:
          - block: one
            day: 1
            repeat: {times: 2, every: 4 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 3]}]
          - block: other
            day: 2
            repeat: {times: 2, every: 4 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 3]}]
    """)
    result = course(regimen, as_of="2025-12-02")
    for width in (56, 60, 70, 76, 80, None):
        text = "\n".join(course_table(result, width))
        assert all(f"{name} 1" in text.split("Given and still")[0] for name in ("one", "other"))
    assert " 2    2  Tue 2025-12-02 08:00  other 1  due" in course_table(result, 80)


def test_a_drug_of_two_routes_under_one_heading_has_them_in_its_rows() -> None:
    """`x: intravenous` and `x: subcutaneous` above the rows would leave open which is which."""
    regimen = course_written("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 4 days}
            doses:
              - {drug: x, dose: first, amount: 1 mg, route: IV, day: 1}
              - {drug: x, dose: then, amount: 1 mg, route: SC, day: 2}
    """)
    for width in (60, 80, 120, None):
        lines = course_table(course(regimen), width)
        assert "all rows x" in lines
        assert "    1 mg, intravenous" in lines
        assert "    1 mg, subcutaneous" in lines


def test_what_rounding_made_of_a_dose_is_shown_for_a_course_too() -> None:
    """70 kg x 5 mg/kg = 350 mg, to a step of 100 mg = 400 mg."""
    dose = "{drug: x, amount: 5 mg/kg, round: 100 mg, route: IV, day: 1}"
    result = course(course_written(f"doses: [{dose}]"))
    assert "  x: 350 mg calculated, 400 mg given (+14.3 %)" in course_table(result, None)


def test_doses_of_the_regimen_itself_are_shown_without_a_block() -> None:
    """Cyclophosphamide is in no block, also where each row takes two lines."""
    result = course("imatinib", times={"cycle": 1}, as_of="2025-11-01")
    assert "    cyclophosphamide, 50 mg, oral" in course_table(result, 56)


def test_a_stopped_row_is_expected_at_no_date() -> None:
    """For a course that is not given no latest date is shown."""
    result = course("npc-bolus", Decided(turn("course 2"), given=False))
    lines = [line for line in course_table(result, None) if "stopped" in line]
    assert len(lines) == 30 + 2
    assert not any("latest 20" in line for line in lines)


def test_a_reason_from_a_file_is_text_alone() -> None:
    """Markup in a reason stays as it was typed."""
    held_dose = entry(held(*DOSE, [1]), reason="[red]<b>late</b>[/red]")
    assert any(
        "held         [red]<b>late</b>[/red]" in line
        for line in course_table(course("npc-bolus", held_dose), 80)
    )


def test_what_the_sheet_of_a_course_adds_is_in_the_table() -> None:
    """Every line of it, once."""
    result = bolus()
    report_parts, text = report(result, ()), course_table(result, None)
    parts = dict(report_parts.notes)
    assert dict(report_parts.head)["log"] == "S-07.yaml, 7 entries"
    names = ("Given and still to come", "Rules of the plan", "Rules of the log")
    for part in (report_parts.log_changes, *(parts[name] for name in names)):
        assert part
        assert [text.count(f"  {line}") for line in part] == [1] * len(part)


def test_a_log_without_entries_changes_nothing() -> None:
    text = course_table(course("npc-bolus"), 80)
    assert "log      S-07.yaml, no entries yet" in text
    assert "What the log changes" not in text
    assert not any("--explain" in line for line in text[:-60])


JAN_6 = date(2025, 1, 6)


def stretches(schedule: Schedule) -> list[str]:
    """Each stretch on one line, as it is before it is fitted to a width."""
    lines = [line.text for line in table.lines(schedule, review(schedule), brief=True)]
    body = lines[: lines.index("Totals") - 1] if "Totals" in lines else lines
    lines_found: list[str] = []
    for line in body:
        if line.startswith("  day"):
            lines_found.append(line.strip())
        elif line.startswith("    ") and lines_found:
            lines_found[-1] += f" {line.strip()}"
    return lines_found


def folded(text: str, **options: date) -> list[str]:
    return stretches(make(loaded(text), **options))  # type: ignore[arg-type]


def counts(lines: list[str]) -> list[str]:
    """How many doses each line stands for."""
    return [line.partition("doses")[0].split()[-1] if "doses" in line else "1" for line in lines]


def test_a_course_of_fifteen_doses_is_one_line_per_cycle() -> None:
    """From 2025-01-06 08:00 every 8 h: dose 15 is due 112 h later, 2025-01-11 00:00."""
    schedule = make(language.load("npc-bolus"), Patient(weight=D(70)), start=JAN_6)
    lines = stretches(schedule)
    assert len(lines) == 3, "the last is equal to the third, of days 53 to 58"
    assert lines[0].startswith("days 1 to 6: Mon 2025-01-06 08:00 to Sat 2025-01-11 00:00")
    for word in ("aldesleukin 5.04 million units", "intravenous bolus", "15 doses", "8 hours"):
        assert word in lines[0]


def test_headings_marks_totals_and_all_else_stay() -> None:
    """Only rows are folded."""
    long, brief = (printed(*NPC, *extra) for extra in ((), ("--brief",)))
    for part in ("Course 1, cycle 1, days 1 to 5 [M]", "\nTotals\n", "M   at most", "W   "):
        assert part in long
        assert part in brief
    long, brief = (" ".join(text.split("\nTotals\n")[1].split()) for text in (long, brief))
    assert long == brief


def test_a_row_alone_has_no_end() -> None:
    """One dose is no stretch."""
    (line,) = folded(a_dose(), start=JAN_6)
    assert line.startswith("day 1: Mon 2025-01-06 08:00")
    assert " to " not in line
    assert "doses" not in line


def test_without_dates_a_stretch_has_its_days_and_its_time() -> None:
    """Day and clock time are all there is."""
    (line,) = folded(a_dose("day: 1 to 5"))
    assert line.startswith("days 1 to 5: 08:00")
    assert "5 doses" in line


def test_an_uneven_step_begins_a_new_line() -> None:
    """Days 2 to 7 and 9 to 21: the free day 8 must not disappear in `days 2 to 21`."""
    lines = folded(a_dose("day: [2 to 7, 9 to 21]"))
    assert [line.split(":")[0] for line in lines] == ["days 2 to 7", "days 9 to 21"]
    assert counts(lines) == ["6", "13"]


def test_doses_of_two_drugs_are_folded_apart_though_they_alternate() -> None:
    """Each drug has a rhythm of its own."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1 to 4}
          - {drug: secumab, amount: 7 mg, route: oral, day: 1 to 4}
        """
    )
    lines = folded(text)
    assert counts(lines) == ["4", "4"]
    assert "primumab 5 mg" in lines[0]
    assert "secumab 7 mg" in lines[1]


def test_two_doses_of_one_drug_are_folded_apart() -> None:
    """12 million on days 1 to 3 and 1 million on days 4 to 14 are never `14 doses`."""
    patient = Patient(weight=D(70), surface_area=D(1))
    schedule = make(language.load("trastuzumab"), patient, times={"cycle": 1})
    pulse, low = (line for line in stretches(schedule)[-2:])
    assert "12 million units" in pulse
    assert "3 doses" in pulse
    assert "1 million units" in low
    assert "11 doses" in low


def test_rows_with_other_marks_begin_a_new_line() -> None:
    """A conditional dose must not hide among certain ones; the late one only adds its mark."""
    text = a_dose("repeat: {times: 4, every: 6 hours, only_if: fever}")
    lines = folded(text.replace(", only_if: fever", ""))
    assert counts(lines) == ["4"]
    assert lines[0].endswith("[W]")


def test_equal_turns_are_folded_and_keep_their_headings_and_first_dates() -> None:
    """The second turn begins 14 days after 2025-01-06: on 2025-01-20."""
    schedule = make(
        loaded(a_cycle("day: [1, 8]", repeat="{times: 2, every: 14 days}")), start=JAN_6
    )
    assert counts(stretches(schedule)) == ["2"]
    lines = [line.text for line in table.lines(schedule, review(schedule), brief=True)]
    assert "Cycle 1, days 1 to 14" in lines
    assert "Cycle 2, days 15 to 28: the same from Mon 2025-01-20" in lines


PARALLEL = a_file(
    """
    blocks:
      - block: short
        day: 1
        repeat: {times: 3, every: 14 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: [1, 8]}]
      - block: long
        day: 1
        repeat: {times: 2, every: 21 days}
        doses: [{drug: secumab, amount: 5 mg, route: IV, day: [1, 8]}]
    """
)


def test_tracks_side_by_side_keep_their_blocks_in_the_short_form() -> None:
    """The full table has a column for them: that a dose belongs to `long 2` is no repetition."""
    text = " ".join(stretches(make(loaded(PARALLEL))))
    for block in ("short 1", "short 2", "short 3", "long 1", "long 2"):
        assert block in text


def test_without_dates_a_later_stretch_names_its_latest_day() -> None:
    """Seven to nine days of rest: the second turn begins on day 9, at the latest on day 11."""
    text = a_cycle("day: 1", repeat="{times: 2, rest: 7 to 9 days}")
    assert "(the first at the latest day 11)" in folded(text)[1]
