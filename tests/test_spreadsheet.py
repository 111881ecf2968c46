"""Spreadsheets of regimens: what their rows say, what is assumed of them, what is refused."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandline import Result, assert_refused, run
from il2calc import language, load_regimen
from il2calc.cli import output
from il2calc.errors import FaultyFile, Refused, RegimenError
from il2calc.language import shelf, spreadsheet
from il2calc.model.regimen import Regimen
from il2calc.plan.timing import expand
from il2calc.text import safefile

HEAD = "regimen,drug,amount,unit,route,days,cycle days,cycles,times a day,over,cap,turns"


def imported(folder: Path, *rows: str, head: str = HEAD, args: Iterable[str] = ()) -> Result:
    """A sheet of these rows, imported into a folder of its own."""
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return run("import", str(sheet), "-d", str(folder / "out"), *args)


def imported_regimen(
    folder: Path, *rows: str, head: str = HEAD, args: Iterable[str] = ()
) -> Regimen:
    """The one regimen of such a sheet, whose file has no fault and is as the sheet has it."""
    result = imported(folder, *rows, head=head, args=("--check", *args))
    assert result.code == 0, result.err
    (file,) = (folder / "out").glob("*.yaml")
    checked = run("check", "--strict", str(file))
    assert (checked.code, checked.err) == (0, "")
    return load_regimen(str(file))


def refusals(folder: Path) -> list[dict[str, str]]:
    """The refusals of a sheet as they are written beside the files."""
    return list(csv.DictReader(StringIO((folder / "out" / "refusals.csv").read_text("utf-8"))))


def days(regimen: Regimen, **times: int) -> list[tuple[str, int]]:
    """Each administration by its drug and the day of the regimen."""
    return [(slot.dose.drug, slot.day + 1) for slot in expand(regimen, times=times).slots]


# what rows say


def test_a_row_per_drug_is_a_dose_with_its_row_as_source(tmp_path: Path) -> None:
    """Two cycles of 21 days: the second begins on day 22."""
    regimen = imported_regimen(
        tmp_path,
        "AC,doxorubicin,60,mg/m2,IV bolus,1,21,2,,,120 mg,1",
        "AC,capecitabine,1250 mg/m2,,oral,1-2,21,2,2,,,",
    )
    assert days(regimen) == [
        ("doxorubicin", 1), *[("capecitabine", day) for day in (1, 1, 2, 2, 22, 22, 23, 23)]
    ]  # fmt: skip
    first, second = regimen.doses()
    assert first.provenance["amount"].sources == ("sheet, row 2",)
    assert second.provenance["day"].sources == ("sheet, row 3",)
    assert (regimen.title, regimen.treats, regimen.version) == (
        "AC",
        "a disease that the sheet does not name",
        1,
    )
    assert "sheet.csv" in regimen.sources["sheet"].cite
    assert regimen.sources["sheet"].read == "secondary"
    assert first.cap is not None


def test_what_no_row_says_is_an_assumption(tmp_path: Path) -> None:
    """Danger: a number of times, or an infusion without time, that looks as if it had been read."""
    regimen = imported_regimen(tmp_path, "AC,doxorubicin,60,mg/m2,IV bolus,1,21,,,,,")
    assert [assumption.about for assumption in regimen.assumptions] == [
        "for", "cycle.repeat.times", "cycle.doxorubicin.at", "cycle.doxorubicin.over",
    ]  # fmt: skip
    assert days(regimen, cycle=3) == [("doxorubicin", day) for day in (1, 22, 43)]
    assert language.load(regimen.origin.file).body.blocks[0].repeat is not None


def test_amount_and_route_that_no_row_says_are_not_stated(tmp_path: Path) -> None:
    """Nothing is made up; without a cycle the doses are in no block."""
    regimen = imported_regimen(tmp_path, 'A,x,,,,"1, 8",,,,,,')
    (dose,) = regimen.doses()
    assert (dose.amounts[None], dose.route, dose.path) == ("not stated", "not stated", "x")
    assert days(regimen) == [("x", 1), ("x", 8)]


def test_rows_of_single_days_are_one_dose(tmp_path: Path) -> None:
    """One row per day: days 1 to 3 and 8, 9 in the morning and evening, 5 mg and on day 8 10 mg."""
    head = "regimen,day,drug,amount,unit,route,morning,noon,evening,night,for"
    regimen = imported_regimen(
        tmp_path,
        *(f"A,{day},x,5,mg,oral,x,,1,0,a disease" for day in (1, 2, 3, 9)),
        "A,8,x,10,mg,oral,x,-,,,",
        head=head,
    )
    first, second = regimen.doses()
    assert (first.name, first.days.text) == ("x 1", "[1 to 3, 9]")
    assert (second.name, second.days.text) == ("x 2", "8")
    assert first.at is not None
    assert first.at.text == "[08:00, 18:00]"
    assert regimen.treats == "a disease"
    assert regimen.assumptions[0].text == "Given at 08:00, 18:00."
    assert regimen.assumptions[0].because.endswith("morning and evening without clock times.")
    assert first.provenance["amount"].sources == ("sheet, rows 2 to 5",)
    assert len(days(regimen)) == 9


def test_an_amount_may_be_under_each_time_of_day(tmp_path: Path) -> None:
    """40 mg in the morning, 20 mg at noon and in the evening: two doses of one row."""
    head = "regimen,day,drug,unit,route,morning,noon,evening"
    regimen = imported_regimen(tmp_path, "A,1,x,mg,oral,40,20,20", head=head)
    assert [(dose.name, dose.at.text if dose.at else "") for dose in regimen.doses()] == [
        ("x 1", "08:00"), ("x 2", "[12:00, 18:00]")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("D1, D8, every 21 days x 2", [1, 8, 22, 29]),
        ("1 to 3 every 28 days \u00d7 2", [1, 2, 3, 29, 30, 31]),
        ("D1-D2; 5, every 14 days x up to 2", [1, 2, 5, 15, 16, 19]),
        ("day 1, every 3 weeks", [1, 22]),
        ("D1-2 and D8, every 28 days x 2", [1, 2, 8, 29, 30, 36]),
        ("D1, every 28 days, up to 2", [1, 29]),
        ("D1, every 28 days for 2", [1, 29]),
        ("1, 15", [1, 15]),
    ],
)
def test_a_schedule_in_one_column(schedule: str, expected: list[int], tmp_path: Path) -> None:
    """Days, length of a cycle, number of cycles: day d of cycle 2 is d and a cycle's length."""
    head = "regimen\tdrug\tamount\troute\tschedule"
    regimen = imported_regimen(tmp_path, f"A\tx\t5 mg\tSC\t{schedule}", head=head)
    times = {"cycle": 2} if schedule.endswith("weeks") else {}
    assert [day for _, day in days(regimen, **times)] == expected


def test_blocks_follow_one_another(tmp_path: Path) -> None:
    """Two cycles of 21 days, then what is weekly begins on day 43; a dose in no block is beside."""
    regimen = imported_regimen(
        tmp_path,
        "A,x,5 mg,SC,2 onward,3,1,beside",
        "A,x,5 mg,SC,1,21,2,first",
        "A,y,5 mg,SC,1,7,2,then",
        "A,z,5 mg,SC,-1,,,",
        head="regimen,drug,amount,route,days,cycle days,cycles,block",
    )
    assert days(regimen) == [
        ("z", 0), ("x", 2), ("x", 3), ("x", 4), ("x", 25), ("y", 46), ("y", 53)
    ]  # fmt: skip


def test_a_block_without_cycles_lasts_to_its_last_day(tmp_path: Path) -> None:
    """An infusion of 48 hours on day 2 runs on day 3: what follows begins on day 4."""
    regimen = imported_regimen(
        tmp_path,
        "A,x,5 mg,IV infusion,1 to 2,,1,24 hours,first",
        "A,y,5 mg,IV infusion,2,,1,48 hours,first",
        "A,y,5 mg,SC,1,7,2,,then",
        head="regimen,drug,amount,route,days,cycle days,cycles,over,block",
    )
    assert days(regimen)[-2:] == [("y", 4), ("y", 11)]


def test_what_runs_on_without_end_is_open_in_its_file(tmp_path: Path) -> None:
    """From day 8 on in no cycle: its file is open, as the sheet is."""
    regimen = imported_regimen(tmp_path, "A,x,5 mg,,SC,8 onward,,,,,,")
    assert days(regimen, x=3) == [("x", 8), ("x", 9), ("x", 10)]


def test_days_on_both_sides_of_zero_have_no_day_zero(tmp_path: Path) -> None:
    """As in a regimen file: two days before day 1 and two from it on."""
    result = imported(tmp_path, 'A,x,5 mg,,SC,"-2, -1, 1, 2",,,,,,', args=["--check"])
    assert result.code == 0, result.err
    regimen = load_regimen(str(tmp_path / "out" / "A.yaml"))
    assert [day for _, day in days(regimen)] == [-1, 0, 1, 2]


def test_a_range_that_crosses_zero_is_refused_with_both_readings(tmp_path: Path) -> None:
    """Danger: -2 to 2 of a source with a day 0 is five doses, and four were written in silence."""
    result = imported(tmp_path, "A,x,5 mg,,SC,-2 to 2,,,,,,")
    assert "names day 0, or runs across it: a sheet has none; write -1 for the day" in result.err


def test_a_row_that_says_no_cycle_has_that_of_its_block(tmp_path: Path) -> None:
    """It is an assumption, and is shown as one."""
    rows = ("A,x,5 mg,,SC,1,21,2,,,,2 onward", "A,y,5 mg,,SC,1,,,,,,1")
    regimen = imported_regimen(tmp_path, *rows)
    assert days(regimen) == [("y", 1), ("x", 22)]
    assert regimen.assumptions[1].because == "Not every row says it (row 3)."
    (tmp_path / "b").mkdir()
    regimen = imported_regimen(tmp_path / "b", "B,x,5,mg,SC,1,,1,,,,", "B,y,5,mg,SC,2,,,,,,")
    assert days(regimen) == [("x", 1), ("y", 2)]
    assert not regimen.body.blocks


def test_what_a_message_says_to_write_can_be_written(tmp_path: Path) -> None:
    """The way out is that of a regimen file: a list in brackets, a maximum by its key."""
    regimen = imported_regimen(tmp_path, 'A,x,5,mg,SC,"[1, 8]",21,up_to: 6,"[08:00, 20:00]",,,')
    assert days(regimen, cycle=1) == [("x", 1), ("x", 1), ("x", 8), ("x", 8)]
    assert regimen.body.blocks[0].repeat is not None
    assert regimen.body.blocks[0].repeat.at_most


# names


def test_a_drug_keeps_the_name_that_is_printed(tmp_path: Path) -> None:
    """In quotes, with a plain name for paths; a list says which drug it is."""
    regimen = imported_regimen(tmp_path, "A (2019),Aprepitant (Emend),125,mg,oral,1,,,,,,")
    (dose,) = regimen.doses()
    assert (regimen.id, regimen.title) == ("A 2019", "A (2019)")
    assert (dose.drug, dose.path) == ("Aprepitant (Emend)", "Aprepitant Emend")
    names = tmp_path / "names.csv"
    names.write_text("printed,drug\nProleukin,aldesleukin\n", encoding="utf-8")
    (tmp_path / "b").mkdir()
    row = "B,PROLEUKIN,1,million IU,SC,1,,,,,,"
    regimen = imported_regimen(tmp_path / "b", row, args=["--names", str(names)])
    (dose,) = regimen.doses()
    assert (dose.drug, dose.path) == ("aldesleukin", "PROLEUKIN")
    assert regimen.assumptions[1].about == "PROLEUKIN.drug"


def test_what_a_person_should_confirm_is_cautioned(tmp_path: Path) -> None:
    """Danger: a name that is nearly that of a drug, imported without a word."""
    result = imported(tmp_path, "A,aldesleukine,1,million IU,SC,1,,,,,,")
    assert result.code == 0
    caution, _ = result.err.splitlines()
    assert caution.startswith(f"caution: {tmp_path / 'out' / 'A.yaml'}:")
    assert "aldesleukin" in caution


WAYS_OUT = [
    ("route", "p.o.", "oral"),
    ("route", "per os", "oral"),
    ("route", "PO", "oral"),
    ("route", "i.v.", "IV"),
    ("route", "s.c.", "SC"),
    ("route", "I.M.", "IM"),
    ("route", "IVI", "IV infusion"),
    ("times a day", "q8h", "+0 hours, +8 hours, +16 hours"),
    ("times a day", "every 12 hours", "+0 hours, +12 hours"),
    ("times a day", "6-hourly", "+0 hours, +6 hours, +12 hours, +18 hours"),
    ("times a day", "tds", "3 times a day"),
    ("times a day", "b.d.", "2 times a day"),
    ("cycle days", "q3w", "3 weeks"),
    ("over", "30 min", "30 minutes"),
    ("over", "1 to 2 h", "1 to 2 hours"),
]


def of_cell(folder: Path, column: str, text: str) -> Result:
    """A sheet of one row, one of its cells another."""
    usual = ("A", "x", "5", "mg", "IV", "1", "21", "4", "", "", "", "")
    cells = dict(zip(HEAD.split(","), usual, strict=True))
    row = ",".join(f'"{cell}"' for cell in (cells | {column: text}).values())
    return imported(folder, row, args=["--check"])


@pytest.mark.parametrize(("column", "text", "suggestion"), WAYS_OUT)
def test_what_a_refusal_suggests_loads_in_its_column(
    column: str, text: str, suggestion: str, tmp_path: Path
) -> None:
    """A sheet has no key `repeat` and no path: what is suggested must fit the cell."""
    assert of_cell(tmp_path, column, text).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["class"], refusal["text"]) == (column, text)
    assert f"write '{suggestion}'" in refusal["what would be right"]
    (tmp_path / "again").mkdir()
    result = of_cell(tmp_path / "again", column, suggestion)
    assert result.code == 0, result.err


def test_what_is_given_before_the_start_of_its_day_stays_on_it(tmp_path: Path) -> None:
    """An hour before the start time is on that day, in the file as in the sheet."""
    result = of_cell(tmp_path, "times a day", "-1 hour, +8 hours")
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("q24h", "once a day is the default: leave it out"),
        ("q36h", "put 'repeat: {times: ..., every: 36 hours}' into the file by hand"),
        ("0 hours", "put 'repeat: {times: ..., every: 0 hours}' into the file by hand"),
    ],
)
def test_an_interval_that_no_column_can_hold_is_refused(
    text: str, suggestion: str, tmp_path: Path
) -> None:
    """36 hours fall on no same times of every day."""
    assert of_cell(tmp_path, "times a day", text).code == 1
    (refusal,) = refusals(tmp_path)
    assert suggestion in refusal["what would be right"]


@pytest.mark.parametrize("text", ["0", "0 to 5", "0, 7", "0 onward"])
def test_day_zero_is_refused_in_words_of_a_sheet(text: str, tmp_path: Path) -> None:
    """A sheet has no line `numbering`; whether 0 is the day before day 1, or day 1, it must say."""
    assert of_cell(tmp_path, "days", text).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["text"], refusal["class"]) == (text, "days")
    write = "write -1 for the day before day 1, as -1, 1, 2, or count from 1 (0 is then 1)"
    assert refusal["what would be right"] == write


@pytest.mark.parametrize(
    ("column", "text", "on"),
    [
        ("days", "D1 to D3", [1, 2, 3]),
        ("days", "day 1 to day 3", [1, 2, 3]),
        ("days", "D1, D8", [1, 8]),
        ("cycle days", "every 3 weeks", [1]),
    ],
)
def test_spellings_that_mean_nothing_else_are_taken(
    column: str, text: str, on: list[int], tmp_path: Path
) -> None:
    """A letter before a day, and `every` in the column of how long a cycle is."""
    result = of_cell(tmp_path, column, text)
    assert result.code == 0, result.err
    (file,) = (tmp_path / "out").glob("*.yaml")
    assert days(load_regimen(str(file)), cycle=1) == [("x", day) for day in on]


def test_a_schedule_that_cannot_be_read_is_answered_with_an_example(tmp_path: Path) -> None:
    """As well as what is wrong with it.

    Danger: `D1-5 q28d` was answered with day 1 alone and a repeat, `every 28 days` was called no
    day.
    """
    head = "regimen;drug;amount;route;schedule"
    assert imported(tmp_path, "A;x;5 mg;SC;D1, D8 q21d x 6 cycles", head=head).code == 1
    length, count = refusals(tmp_path)
    assert length["class"] == "schedule"
    like = "a schedule is like 'D1, D8, every 21 days x 6'"
    assert length["what would be right"] == f"write '21 days'; {like}"
    assert count["what would be right"] == "write 6"


@pytest.mark.parametrize("marked", ["yes", "x", "1", "YES"])
def test_what_is_given_as_needed_is_on_no_day_of_its_sheet(marked: str, tmp_path: Path) -> None:
    """The days of the sheet were compared with it, and the refusal asked to report a fault."""
    head = "regimen,drug,amount,route,days,times a day,as needed"
    regimen = imported_regimen(
        tmp_path,
        f"A,domperidone,10 mg,oral,1-21,up to 3 times a day,{marked}",
        "A,x,5 mg,oral,1-2,1,no",
        f"A,y,5 mg,oral,1-2,,{marked}",
        head=head,
    )
    assert days(regimen) == [("x", 1), ("x", 2)]
    assert {dose.drug: dose.as_needed for dose in regimen.doses()} == {
        "domperidone": True,
        "x": False,
        "y": True,
    }
    assert [assumption.about for assumption in regimen.assumptions] == [
        "for"
    ]  # how often is not assumed


def test_an_as_needed_dose_without_its_column_is_asked_about_and_taken(tmp_path: Path) -> None:
    """Up to 3 times a day is read so, and a person is asked to confirm it."""
    result = of_cell(tmp_path, "times a day", "up to 3 times a day")
    assert result.code == 0, result.err
    assert "confirm it with 'as_needed: yes'" in result.err


@pytest.mark.parametrize(
    ("daily", "marked", "kind", "suggestion"),
    [
        ("3", "yes", "times a day", "write 'up to 3 times a day'"),
        ("1", "yes", "times a day", "write 'up to once a day'"),
        ("", "perhaps", "as needed", "write yes or no"),
        ("prn", "", "times a day", "write yes in a column 'as needed', and here 'up to 3 times a"),
        ("P.R.N.", "", "times a day", "write yes in a column 'as needed'"),
        ("if required", "", "times a day", "write yes in a column 'as needed'"),
    ],
)
def test_what_contradicts_as_needed_is_answered_with_what_would_be_right(
    daily: str, marked: str, kind: str, suggestion: str, tmp_path: Path
) -> None:
    """Three times a day, and as needed: one of them is not meant."""
    head = "regimen,drug,amount,route,days,times a day,as needed"
    row = f"A,domperidone,10 mg,oral,1-21,{daily},{marked}"
    assert imported(tmp_path, row, head=head).code == 1
    (refusal,) = refusals(tmp_path)
    assert refusal["class"] == kind
    assert refusal["what would be right"].startswith(suggestion)


@pytest.mark.parametrize(
    ("amount", "suggestion"),
    [
        ("75,5", "75.5 mg/m2"),
        ("1,5", "1.5 mg/m2"),
        ("0,25", "0.25 mg/m2"),
        ("18.000.000", "18_000_000 mg/m2"),
    ],
)
def test_numbers_of_another_country_are_answered_with_their_own(
    amount: str, suggestion: str, tmp_path: Path
) -> None:
    """Excel writes 75,5 in half of Europe; 18.000.000 has no other meaning than 18 million."""
    head = "regimen;drug;amount;unit;route;days"
    assert imported(tmp_path, f"A;x;{amount};mg/m2;SC;1", head=head).code == 1
    (refusal,) = refusals(tmp_path)
    point = "" if amount.count(".") else ", with a point for a decimal"
    assert refusal["what would be right"] == f"write '{suggestion}'{point}"


@pytest.mark.parametrize(
    "text",
    [
        *("2024-05-01", "01.05.2024", "01. Mai", "5-Jan", "Jan-05", "05-Jan-2024"),
        *("1/5/2026", "01/05/26", "2026-01-05 00:00:00"),
    ],
)
def test_a_date_in_place_of_days_is_refused_as_one(text: str, tmp_path: Path) -> None:
    """A spreadsheet makes a date of 1-5; no such row may pass as another day.

    1/5/2026 was answered with [1, 5, 2026], which loads: three days for one range.
    """
    assert of_cell(tmp_path, "days", text).code == 1
    (refusal,) = refusals(tmp_path)
    assert refusal["class"] == "days"
    assert refusal["what would be right"] == (
        "it is a date, as some spreadsheets make of 1-5; write 1, [1, 8], '1 to 5' or '6 onward'"
    )


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("06.00", "write 06:00"),
        ("6.00", "write 6, or 06:00 if it is a clock time"),
        ("6.0", "write 6"),
    ],
)
def test_a_time_of_the_clock_with_a_point_is_not_answered_as_a_count(
    text: str, suggestion: str, tmp_path: Path
) -> None:
    """06.00 was answered "write 06", and six doses a day are none at six o'clock."""
    assert of_cell(tmp_path, "times a day", text).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["class"], refusal["what would be right"]) == ("times a day", suggestion)


def test_a_cell_under_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    """Danger: a head "days" merged over three columns; days 8 and 15 were lost in silence.

    The first column may have no name, as that of a data frame's row numbers.
    """
    head = ",regimen,drug,amount,route,days,,,"
    rows = ("0,A,x,5 mg,SC,1,8,15,", "1,B,x,5 mg,SC,1,,,")
    assert imported(tmp_path, *rows, head=head).code == 1
    (refusal,) = refusals(tmp_path)
    assert tuple(refusal.values())[:3] == ("2", "8 15", "columns")
    assert "name each column" in refusal["what would be right"]
    assert [file.stem for file in (tmp_path / "out").glob("*.yaml")] == ["B"]


def test_a_row_that_is_given_at_no_time_of_day_is_refused(tmp_path: Path) -> None:
    """Danger: 0, 0 under morning and evening, on a day without it, was one dose of that day.

    Cells that are empty, or hold a dash, say nothing; as needed, none is at a set time.
    """
    head = "regimen,drug,amount,route,days,morning,evening,as needed,times a day"
    rows = [
        "A,x,5 mg,SC,1,x,0,,",
        "A,x,5 mg,SC,2,0,0,,",
        "B,x,5 mg,SC,1,-,,,",
        "C,x,5 mg,SC,1,0,0,yes,",
    ]
    rows += ["D,x,5 mg,SC,1,,no,,", "E,x,5 mg,SC,1,0,,,2"]
    assert imported(tmp_path, *rows, head=head).code == 1
    suggestion = "leave out the row, or these cells empty"
    assert [tuple(refusal.values()) for refusal in refusals(tmp_path)] == [
        ("3", "", "morning", suggestion),
        ("6", "", "evening", suggestion),
    ]
    assert sorted(file.stem for file in (tmp_path / "out").glob("*.yaml")) == ["B", "C", "E"]


def test_a_name_in_other_letters_stops_the_regimen_that_it_is_of(tmp_path: Path) -> None:
    """Danger: of AC and ac, a drug in each, the first was written as if it were all of it."""
    head = "regimen,drug,amount,route,days"
    result = imported(tmp_path, "AC,x,5 mg,SC,1", "ac,y,5 mg,SC,1", "B,y,5 mg,SC,1", head=head)
    assert "1 of 2 regimens imported" in result.err
    assert [file.name for file in (tmp_path / "out").glob("*.yaml")] == ["B.yaml"]
    assert "sheet.csv:3: regimen: 'ac' is 'AC' in row 2; write one, or a name" in result.err


@pytest.mark.parametrize(
    "schedule",
    ["D1, D8, Every 21 Days X 6", "D1; D8; every 21 days; x 6", "d1, d8, EVERY 21 days \u00d7 6"],
)
def test_a_schedule_may_be_in_any_case(schedule: str, tmp_path: Path) -> None:
    """Day 1 and 8 of six cycles of 21 days: the last is day 5 x 21 + 8 = 113."""
    head = "regimen|drug|amount|route|schedule".replace("|", "\t")
    regimen = imported_regimen(tmp_path, f"A\tx\t5 mg\tSC\t{schedule}", head=head)
    assert [day for _, day in days(regimen)][-2:] == [106, 113]


def test_rows_without_the_name_of_their_regimen_stop_the_one_above(tmp_path: Path) -> None:
    """Merged cells keep a name in their first row: a regimen of one drug of three was written."""
    head = "regimen,drug,amount,route,days"
    rows = ("A,x,5 mg,oral,1", ",y,5 mg,oral,2", ",z,5 mg,oral,3", "B,x,5 mg,oral,1")
    result = imported(tmp_path, *rows, head=head)
    assert result.code == 1
    assert [file.name for file in (tmp_path / "out").glob("*.yaml")] == ["B.yaml"]
    refused_rows = refusals(tmp_path)
    assert [(refusal["row"], refusal["class"]) for refusal in refused_rows] == [
        ("3", "regimen"),
        ("4", "regimen"),
    ]
    assert refused_rows[0]["what would be right"] == "write its regimen's name in each row"
    assert "has no name, below a row of 'A'" in result.err
    (tmp_path / "first").mkdir()
    result = imported(tmp_path / "first", ",y,5 mg,oral,2", "A,x,5 mg,oral,1", head=head)
    (first_refusal,) = refusals(tmp_path / "first")
    assert (first_refusal["row"], first_refusal["class"]) == ("2", "regimen")
    assert first_refusal["what would be right"] == "write its regimen's name in each row"
    assert "1 of 2 regimens imported" in result.err


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("45292", "write the day's number"), ("1.0", "write 1")],  # 45292 is 1 January 2024
)
def test_days_as_a_spreadsheet_keeps_them_are_refused(
    text: str, suggestion: str, tmp_path: Path
) -> None:
    """A date counted from 1900 was day 45,292 of a regimen without cycles, in silence."""
    head = "regimen,drug,amount,route,days"
    assert imported(tmp_path, f"A,x,5 mg,oral,{text}", head=head).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["class"], refusal["what would be right"]) == ("days", suggestion)


@pytest.mark.parametrize("first_line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_a_spreadsheet_keeps_for_itself_is_no_head(
    first_line: str, tmp_path: Path
) -> None:
    """Excel says in a first line which sign separates cells, and does not show it as a row."""
    head = f"{first_line}\nregimen;drug;amount;route;days"
    assert days(imported_regimen(tmp_path, "A;x;5 mg;oral;2", head=head)) == [("x", 2)]


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0", "regimen,drug,days".encode("utf-16-le")])
def test_a_workbook_is_refused_as_one(content: bytes, tmp_path: Path) -> None:
    """Its first bytes were reported as the names of columns."""
    (sheet := tmp_path / "sheet.xlsx").write_bytes(content)
    result = run("import", str(sheet), "-d", str(tmp_path / "out"))
    assert_refused(result, 1, "is a workbook or not UTF-8 text; save the sheet as CSV in UTF-8")


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_point_that_may_separate_thousands_is_asked_about(between: str, tmp_path: Path) -> None:
    """Danger: 1250 mg/m2 of a German sheet, shown as 1.250, was 1.25 mg/m2 in silence.

    Spreadsheets of both kinds of countries put tabs between cells that are copied.

    0.125 and 1.25 can be nothing else; where cells are between commas, 1.250 is 1.25.
    """
    head = "regimen,drug,amount,route,days,cap,night"
    rows = ["A,x,1.250 mg,SC,1,,", "B,x,1 mg,SC,1,12.500 mg,", "C,x,,SC,1,,1.125 mg"]
    rows += ["D,x,0.125 mg,SC,1,,", "E,x,1.25 mg,SC,1,,", "F,x,1.2500 mg,SC,1,,"]
    assert imported(tmp_path, *rows, head=head).code == 0
    rows = [row.replace(",", between) for row in rows]
    (other := tmp_path / "other").mkdir()
    assert imported(other, *rows, head=head.replace(",", between)).code == 1
    refused_rows = [
        (refusal["row"], refusal["text"], refusal["what would be right"])
        for refusal in refusals(other)
    ]
    assert refused_rows == [
        ("2", "1.250 mg", "write 1250 or 1.2500"),
        ("3", "12.500 mg", "write 12500 or 12.5000"),
        ("4", "1.125 mg", "write 1125 or 1.1250"),
    ]
    assert sorted(path.stem for path in (other / "out").glob("*.yaml")) == ["D", "E", "F"]


def test_a_name_that_no_file_can_have_refuses_its_own_regimen_alone(tmp_path: Path) -> None:
    """A name of 300 letters is longer than Linux, Windows and macOS allow (255)."""
    head = "regimen,drug,amount,route,days"
    done = imported(tmp_path, f"{300 * 'A'},x,5 mg,SC,1", "B,x,5 mg,SC,1", head=head)
    assert done.code == 1
    assert "sheet.csv:2: file: no file here can have its name (File name too long)" in done.err
    assert [path.name for path in (tmp_path / "out").glob("*.yaml")] == ["B.yaml"]
    (refusal,) = refusals(tmp_path)
    assert (refusal["row"], refusal["what would be right"]) == ("2", "write another name")


def test_a_name_of_a_device_on_windows_refuses_its_own_regimen_alone(tmp_path: Path) -> None:
    """Danger: a file that nobody can open, copy or delete there, whatever its ending."""
    head = "regimen,drug,amount,route,days"
    done = imported(tmp_path, "CON,x,5 mg,SC,1", "com1,x,5 mg,SC,1", "CONE,x,5 mg,SC,1", head=head)
    assert done.code == 1
    for line in (2, 3):
        problem = "no file here can have its name (its name is that of a device on Windows)"
        assert f"sheet.csv:{line}: file: {problem}; write another name" in done.err
    assert [path.name for path in (tmp_path / "out").glob("*.yaml")] == ["CONE.yaml"]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_comma_that_may_separate_thousands_is_answered_with_both_readings(
    between: str, tmp_path: Path
) -> None:
    """Danger: 1.25 mg of a German sheet, shown as 1,250, was answered with 1250 alone."""
    head = "regimen,drug,amount,route,days".replace(",", between)
    assert imported(tmp_path, between.join(("A", "x", '"1,250 mg"', "SC", "1")), head=head).code
    (refusal,) = refusals(tmp_path)
    suggestion = "write '1250 mg' or '1_250 mg', or '1.25 mg' if the comma is a decimal sign"
    assert refusal["what would be right"] == suggestion


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    """Our name of a column, and the sheet's; a column that nobody reads is reported."""
    columns = tmp_path / "columns.yaml"
    columns.write_text("drug: Arznei\nregimen: Protokoll\nnote: Text\n", encoding="utf-8")
    result = imported(
        tmp_path,
        "A;x;5 mg;SC;1;with food;a;",
        "A;y;5 mg;SC;1;with water;;",
        "A;y;5 mg;SC;2;with food;;",
        head="Protokoll;Arznei;AMOUNT;Route;Day;Text;drug;",
        args=["--map", str(columns)],
    )
    assert result.code == 0
    assert result.err.splitlines()[0].endswith("csv:1: the column 'drug' is not read")
    regimen = load_regimen(str(tmp_path / "out" / "A.yaml"))
    assert [(note.text, note.source) for note in regimen.alongside] == [
        ("with food", "sheet, rows 2, 4"), ("with water", "sheet, row 3")
    ]  # fmt: skip


@pytest.mark.parametrize("second", ["Drug", "DAY", "days", "times_a_day"])
def test_a_column_that_appears_twice_in_other_letters_is_refused(
    second: str, tmp_path: Path
) -> None:
    """Danger: the last of them was used in silence, another drug on another day."""
    head = f"regimen,drug,amount,route,Day,times a day,{second}"
    result = imported(tmp_path, "A,x,5 mg,SC,1,2,8", head=head)
    assert_refused(result, 1, f"{second!r} is a second column")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drog: A\n", "did you mean 'drug'?"),
        ("zzzzzz: A\n", "known: regimen, drug"),
        ("drug: [A]\n", "names no column"),
        ("drug\n", "is not a mapping; write lines such as 'drug: Arzneimittel'"),
        ("", "is empty; write lines such as 'drug: Arzneimittel'"),
        ("drug: &a A\n", "anchor"),
        ("drug: Nirgends\n", "has no column 'Nirgends'"),
        ("amount: dose\ncap: dose\n", "--map reads 'dose' as amount and as cap"),
    ],
)
def test_a_list_of_columns_that_cannot_be_read_is_refused(
    text: str, words: str, tmp_path: Path
) -> None:
    """With what would be right; nothing is written."""
    columns = tmp_path / "columns.yaml"
    columns.write_text(text, encoding="utf-8")
    result = imported(tmp_path, "A,x,5 mg,,SC,1,,,,,,", args=["--map", str(columns)])
    assert_refused(result, 1, words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,drug\n", "printed,drug"),
        ("printed,drug\nA,\n", "has no value"),
        ("printed,drug\nA, oral,b\n", "quote a text that contains a comma"),
        ("printed,drug\nA,b\na,c\n", "'a' is listed as two drugs"),
        ("printed,drug\n=A,b\n", "spreadsheet"),
    ],
)
def test_a_list_of_names_that_cannot_be_read_is_refused(
    text: str, words: str, tmp_path: Path
) -> None:
    """With its row."""
    names = tmp_path / "names.csv"
    names.write_text(text, encoding="utf-8")
    result = imported(tmp_path, "A,x,5 mg,,SC,1,,,,,,", args=["--names", str(names)])
    assert_refused(result, 1, words)


# refusals


@pytest.mark.parametrize(
    ("row", "kind", "suggestion"),
    [
        ("day,x,5,mg,SC,1,,,,,,", "regimen", "choose another name"),
        ("A,,5,mg,SC,1,,,,,,", "drug", "write that of the drug"),
        ("A,=x,5,mg,SC,1,,,,,,", "drug", "begin differently"),
        ("A,x,5mg,,SC,1,,,,,,", "amount", "write '5 mg', with a space"),
        ('A,x,"1,000",mg,SC,1,,,,,,', "amount", "write '1000 mg' or '1_000 mg'"),
        ("A,x,,mg,SC,1,,,,,,", "amount", "write one"),
        ("A,x,5,ug,SC,1,,,,,,", "unit", "write 'mcg'"),
        ("A,x,5,mg/m\u00b2,SC,1,,,,,,", "unit", "write '5 mg/m2'"),
        ("A,x,5,mg,subcut,1,,,,,,", "route", "write 'SC'"),
        ("A,x,5,mg,SC,,21,4,,,,", "days", "write the days of a cycle, like 1, 8, 15"),
        ("A,x,5,mg,SC,Mon to Fri,21,4,,,,", "days", "write '1 to 5'"),
        ('A,x,5,mg,SC,"8, 1",21,4,,,,', "days", "list days in order, once"),
        ("A,x,5,mg,SC,0,21,4,,,,", "days", ""),
        ("A,x,5,mg,SC,22,21,4,,,,", "days", ""),
        ("A,x,5,mg,SC,1,1 month,4,,,,", "cycle days", "a month has 28 to 31 days"),
        ("A,x,5,mg,SC,1,,4,,,,", "cycle days", "write the days of a cycle"),
        ("A,x,5,mg,SC,1,21,4 to 6,,,,", "cycles", "write 'up_to: 6'"),
        ("A,x,5,mg,SC,1,21,4,BID,,,", "times a day", "write '2 times a day'"),
        ('A,x,5,mg,SC,1,21,4,"20:00, 08:00",,,', "times a day", "the earlier first"),
        ("A,x,5,mg,SC,1,21,4,7,,,", "times a day", ""),
        ("A,x,5,mg,IV,1,21,4,,30,,", "over", "write it like '8 hours'"),
        ("A,x,5,mg/kg,IV,1,21,4,,,5 mg/kg,", "cap", "write it like '2.5 mg'"),
        ("A,x,5,mg,IV,1,21,4,,,5 IU,", "cap", "use mg"),
        ("A,x,5,mg,IV,1,21,4,,,,0", "turns", ""),
        ("A,x,5,mg,IV,1,21,4,,,,5", "turns", ""),
        ("A,x,5,mg,SC,1,21,4,,,,,more", "columns", "quote a text that contains a comma"),
        # days 1,8 without quotes: 21 cycles of 8 days, 4 times a day
        ("A,x,5,mg,SC,1,8,21,4,,,,", "columns", "quote a text that contains a comma"),
        # a stray cell elsewhere in the sheet, as a spreadsheet writes it
        ("A,x,5,mg,SC,1,21,4,,,,,", "columns", "delete empty cells without a column heading"),
        ("A,x,5,mg,IV,1,21,100000,5,,,", "file", "at most 100,000 fit"),
        ("A,drug,5,mg,SC,1,21,4,,,,", "drug", "choose another name"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(
    row: str, kind: str, suggestion: str, tmp_path: Path
) -> None:
    """In the words of the language, by row and class; nothing is written for its regimen."""
    result = imported(tmp_path, "Good,x,5,mg,SC,1,,,,,,", row, args=["--check"])
    assert result.code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["row"], refusal["class"]) == ("3", kind), refusal
    assert suggestion in refusal["what would be right"]
    assert [file.name for file in (tmp_path / "out").glob("*.yaml")] == ["Good.yaml"]
    assert "sheet.csv:3: " in result.err
    assert "1 of 2 regimens imported" in result.err
    assert "refused, row 3" in result.out


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ("A,x,5,mg,SC,1,21,4,,,,", "A,y,5,mg,SC,1,28,4,,,,"),
            [("3", "28 days", "cycle days", "or name the blocks in a column 'block'")],
        ),
        (
            ("A,x,5,mg,SC,1,21,4,,,,", "A,y,5,mg,SC,1,21,up to 6,,,,"),
            [("3", "up to 6", "cycles", "write one")],
        ),
        (
            ("A,x,5,mg,SC,1 to 3,,,,,,", "A,x,5,mg,SC,3,,,,,,"),
            [("3", "x", "days", "keep one")],
        ),
        (  # a row that was typed twice, once with a capital, was two doses of the day
            ("A,x,5,mg,SC,1,,,,,,", "A,X,5,mg,SC,1,,,,,,"),
            [("3", "X", "days", "keep one")],
        ),
        (
            ("A,x,5,mg,SC,1 onward,21,2,,,,", "A,x,5,mg,SC,3,21,2,,,,"),
            [("3", "x", "days", "keep one")],
        ),
        (("A,x,5,mg,SC,1,,,,,,", "a,x,5,mg,SC,3,,,,,,"), [("3", "a", "regimen", "write one")]),
        (("A,x,5,mg,SC,1,21.0,4,,,,",), [("2", "21.0", "cycle days", "write 21")]),
        (("A,x,5,mg,SC,1,21,4.0,,,,",), [("2", "4.0", "cycles", "write 4")]),
        (("A,x,5,mg,SC,1,21,4,2.0,,,",), [("2", "2.0", "times a day", "write 2")]),
        (
            (",x,5,mg,SC,1,,,,,,", ",x,5,mg,SC,3,,,,,,"),
            [("2", "", "regimen", "write"), ("3", "", "regimen", "write")],
        ),
        (
            ("A,x,5mg,,SC,1,,,BID,,,", "A,y,5,mg,sq,1,,,,,,"),
            [("2", "BID", "times a day", ""), ("2", "5mg", "amount", ""), ("3", "sq", "route", "")],
        ),
    ],
)
def test_rows_that_do_not_go_together_are_refused(
    rows: tuple[str, ...], expected: list[tuple[str, ...]], tmp_path: Path
) -> None:
    """All of them at once, each at its row."""
    assert imported(tmp_path, *rows).code == 1
    refused = [tuple(refusal.values()) for refusal in refusals(tmp_path)]
    assert sorted(row[:3] for row in refused) == sorted(row[:3] for row in expected)
    for (*_, suggestion), (*_, words) in zip(sorted(refused), sorted(expected), strict=True):
        assert words in suggestion


def test_two_titles_two_diseases_or_two_spellings_of_a_block_are_refused(tmp_path: Path) -> None:
    """One of each would be dropped, and two blocks would follow each other, without a word."""
    head = "regimen,drug,amount,route,days,cycle days,cycles,block,title,for"
    result = imported(
        tmp_path,
        "A,x,5 mg,SC,1,21,4,one,T one,flu",
        "A,y,5 mg,SC,1,21,4,One,T two,cold",
        head=head,
    )
    assert result.code == 1
    assert [tuple(refusal.values())[:4] for refusal in refusals(tmp_path)] == [
        ("3", "T two", "title", "write one"),
        ("3", "cold", "for", "write one"),
        ("3", "One", "block", "write one"),
    ]


def test_what_follows_cycles_without_number_is_refused(tmp_path: Path) -> None:
    """Nobody can say when they end; the row of what follows is named."""
    rows = ("A,x,5 mg,SC,1,21,,first", "A,y,5 mg,SC,1,7,2,then")
    head = "regimen,drug,amount,route,days,cycle days,cycles,block"
    assert imported(tmp_path, *rows, head=head).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["row"], refusal["text"], refusal["class"]) == ("3", "then", "cycles")


def test_one_thing_that_is_stated_twice_is_refused(tmp_path: Path) -> None:
    """A schedule beside days, a mark beside a number of times, an amount beside an amount."""
    result = imported(
        tmp_path,
        'A,x,5,mg,SC,1,"1, every 21 days x 4",,',
        "B,x,5,mg,SC,1,,2,x",
        "C,x,5,mg,SC,1,,,7",
        "D,x,,mg,SC,1,,,much",
        head="regimen,drug,amount,unit,route,days,schedule,times a day,morning",
    )
    assert result.code == 1
    kinds = [refusal["class"] for refusal in refusals(tmp_path)]
    assert kinds == ["schedule", "times a day", "morning", "morning"]


def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    """Danger: the list of refusals is opened in the program that the sheet came from."""
    assert imported(tmp_path, "A,=cmd(),5,mg,SC,1,,,,,,").code == 1
    assert refusals(tmp_path)[0]["text"] == "'=cmd()"


def test_a_drug_in_units_of_another_scale_is_refused(tmp_path: Path) -> None:
    """What only the drug's monograph can say: aldesleukin is counted in IU."""
    assert imported(tmp_path, "A,aldesleukin,5,million units,SC,1,,,,,,").code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["class"], refusal["row"]) == ("amount", "2")
    assert refusal["what would be right"].startswith("write it like '5.04 million IU' if")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FaultyFile([RegimenError("x.yaml", 3, "drug", "is wrong; write it right")]), "drug"),
        (RegimenError("x.yaml", None, "", "is wrong; write it right"), "file"),
    ],
)
def test_a_monograph_that_cannot_be_read_stops_its_regimen(
    error: Exception, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are imported; no traceback."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(spreadsheet, "examine", broken)
    assert imported(tmp_path, "A,x,5,mg,SC,1,,,,,,").code == 1
    (refusal,) = refusals(tmp_path)
    assert refusal["class"] == "file"
    assert refusal["what would be right"] == "write it right"
    assert kind in ("drug", "file")


def test_a_file_that_is_not_as_its_sheet_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: a file that gives other days than the sheet. Two ways of counting must agree."""
    days_of_sheet = spreadsheet.days_of_sheet

    def wrong(*args: object) -> object:
        regimen = days_of_sheet(*args)  # type: ignore[arg-type]
        regimen["cycle.x", 21] += 1
        return regimen

    monkeypatch.setattr(spreadsheet, "days_of_sheet", wrong)
    rows = ("A,x,5,mg,SC,1,21,4,,,,", "A,y,5,mg,SC,1,21,4,,,,")
    assert imported(tmp_path, *rows, args=["--check"]).code == 1
    (refusal,) = refusals(tmp_path)
    assert (refusal["class"], refusal["text"]) == ("check", "x")
    assert not list((tmp_path / "out").glob("*.yaml"))


CELLS = {
    "drug": st.sampled_from(["x", "y", "Aprepitant (Emend)"]),
    "amount": st.sampled_from(["5 mg", "", "60 mg/m2"]),
    "route": st.sampled_from(["SC", "IV infusion", ""]),
    "days": st.sampled_from(["1", "D1, D8", "2-5", "6 onward", "1, 15 to 20", "-2 to -1"]),
    "cycle days": st.sampled_from(["21", "28", "3 weeks", ""]),
    "cycles": st.sampled_from(["", "1", "4", "up to 3"]),
    "times a day": st.sampled_from(["", "1", "3", "08:00, 22:00"]),
    "over": st.sampled_from(["", "30 minutes", "30 hours"]),
    "turns": st.sampled_from(["", "1", "2 onward", "1, 3"]),
    "block": st.sampled_from(["", "", "first", "then"]),
}


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=4))
def test_whatever_is_imported_is_on_the_days_of_its_sheet(rows: list[dict[str, str]]) -> None:
    """Day d of turn t of a cycle of n days is day (t - 1) x n + d after what comes before it."""
    numbered = [(number, {**cells, "regimen": "A"}) for number, cells in enumerate(rows, 2)]
    sheet = spreadsheet.Sheet("A sheet.", "2026-11-28", numbered, {})
    (draft,) = spreadsheet.drafts(sheet)
    imported_file = None
    if draft.data is not None:
        imported_file = spreadsheet.render(draft, "A.yaml", language.DrugNames())
        assert (imported_file.regimen is None) == bool(imported_file.refusals)
    if imported_file is not None and imported_file.regimen is not None:
        count, wrong = spreadsheet.differences_from_sheet(draft, imported_file.regimen)
        assert (count > 0, wrong) == (True, ())


# files


def test_nothing_is_replaced(tmp_path: Path) -> None:
    """A regimen whose file is there is refused; a list of refusals that is there stops all."""
    row = "A,x,5,mg,SC,1,,,,,,"
    assert imported(tmp_path, row).code == 0
    before = (tmp_path / "out" / "A.yaml").read_bytes()
    result = imported(tmp_path, row.replace("5", "6"), row.replace("A", "B"))
    assert result.code == 1
    assert refusals(tmp_path)[0]["class"] == "file"
    assert (tmp_path / "out" / "A.yaml").read_bytes() == before
    assert (tmp_path / "out" / "B.yaml").exists()
    assert_refused(imported(tmp_path, row), 1, "refusals.csv already exists")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no column 'regimen', 'drug', 'days'; it has: none"),
        (b"regimen,drug,days\n,,\n", "has no rows"),
        (b"regimen,drug\nA,x\n", "has no column 'days'"),
        (b"regimen,drug,drug\n", "names the column 'drug' twice"),
        (b"regimen,drug,days\nA,\xe4,1\n", "UTF-8"),
        (b'regimen,drug,days\n"A"b,x,1\n', "is not CSV"),
    ],
)
def test_a_sheet_that_is_none_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    """One line, and no folder."""
    sheet = tmp_path / "s.csv"
    sheet.write_bytes(content)
    assert_refused(run("import", str(sheet), "-d", str(tmp_path / "out")), 1, words)
    assert not (tmp_path / "out").exists()


def test_what_the_disk_refuses_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sheet, a sheet without end, a file in place of a folder, a full disk."""
    assert_refused(run("import", str(tmp_path / "no.csv"), "-d", "out"), 1, "cannot be read")
    row = "A,x,5,mg,SC,1,,,,,,"
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    assert_refused(imported(tmp_path, row), 1, "is not a folder")
    (tmp_path / "out").unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(safefile, "create", full)
        assert_refused(imported(tmp_path, row), 1, "No space left")
        result = imported(tmp_path, row.replace("5", "5mg"))
        assert result.code == 1
        assert "refusals.csv cannot be written" in result.err
    monkeypatch.setattr("il2calc.cli.new_verbs._MOST_BYTES", 10)
    assert_refused(imported(tmp_path, row), 1, "larger than 10 bytes")


class Terminal(StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_progress_of_long_work_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never in a pipe; the last of it is wiped away."""
    monkeypatch.setattr("sys.stderr", pipe := StringIO())
    assert list(output.with_progress("abc", "files")) == ["a", "b", "c"]
    monkeypatch.setattr("sys.stderr", soon := Terminal())
    assert list(output.with_progress("abc", "files")) == ["a", "b", "c"]
    assert pipe.getvalue() == soon.getvalue() == ""
    monkeypatch.setattr(output, "_PROGRESS_INTERVAL", 0)
    assert list(output.with_progress("abc", "files")) == ["a", "b", "c"]
    assert soon.getvalue().split("\r")[1::2] == [
        "1 of 3 files", "2 of 3 files", "3 of 3 files", " " * 12
    ]  # fmt: skip


# a sheet of the regimens that ship

HOME = "rcc-home-therapy"
ESPRIT = "hiv-esprit"
ALOPECIA = "alopecia"
SHIPPED = (HOME, ESPRIT, ALOPECIA)
INTERFERON_5 = (1, 8, 10, 12, 15, 17, 19, 22)
INTERFERON_10 = (29, 31, 33, 36, 38, 40, 43, 45, 47, 50, 52, 54)
"""Days of the abstract of home therapy (Atzpodien): week 1, then three times a week."""

ROWS = (
    *(f"{HOME},interferon alfa-2a,5,million IU/m2,SC,{day},56,1,,,," for day in INTERFERON_5),
    *(f"{HOME},interferon alfa-2a,10,million IU/m2,SC,{day},56,1,,,," for day in INTERFERON_10),
    *(f"{HOME},aldesleukin,10,million IU/m2,SC,{day},56,1,2,,," for day in (3, 4, 5, 24, 25, 26)),
    *(f"{HOME},aldesleukin,5,million IU/m2,SC,{day},56,1,,,," for day in (8, 10, 12, 15, 17, 19)),
    *(f"{HOME},fluorouracil,1000,mg/m2,IV,{day},56,1,,,," for day in (29, 36, 43, 50)),
    *(f"{ESPRIT},aldesleukin,7.5,million IU,SC,{day},56,3,2,,," for day in ("1 to 2", 3, 4, 5)),
    *(f"{ALOPECIA},aldesleukin,1.5,million IU,SC,{day},,,,,," for day in range(1, 6)),
    *(
        f"{ALOPECIA},aldesleukin,3,million IU,SC,{first + day},,,,,,"
        for first in (22, 43, 64)
        for day in range(5)
    ),
)
FAULTY = {
    "regimen": "every,x,5,mg,SC,1,21,4,,,,",
    "drug": "F2,,5,mg,SC,1,21,4,,,,",
    "amount": "F3,x,.5,mg,SC,1,21,4,,,,",
    "unit": "F4,x,5,MU,SC,1,21,4,,,,",
    "route": "F5,x,5,mg,SC or IV,1,21,4,,,,",
    "days": "F6,x,5,mg,SC,1 until remission,21,4,,,,",
    "cycle days": "F7,x,5,mg,SC,1,1 month,4,,,,",
    "cycles": "F8,x,5,mg,SC,1,21,4-6,,,,",
    "times a day": "F9,x,5,mg,SC,1,21,4,TID,,,",
    "over": "F10,x,5,mg,IV,1,21,4,,q3w,,",
}


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a schedule of one patient, as far as a sheet can say them."""
    result = run("schedule", name, "--weight", "70", "--height", "170", "--format", "csv")
    assert result.code == 0, result.err
    keys = ("number", "regimen_day", "time", "drug", "amount", "unit", "route", "over_minutes")
    return [{key: row[key] for key in keys} for row in csv.DictReader(StringIO(result.out))]


def test_a_folder_is_looked_through_once_for_all_regimens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the work would grow with the square of their number; what killed writers left goes."""
    (tmp_path / "out").mkdir()
    for name in "BC":
        scrap = tmp_path / "out" / f".{name}.yaml.a1b2c3d4.part"
        scrap.write_bytes(b"half")
        os.utime(scrap, (0, 0))
    listed_folders: list[Path] = []
    temporary_files = safefile.temporary_files

    def seen(folder: Path) -> list[str]:
        listed_folders.append(folder)
        return temporary_files(folder)

    monkeypatch.setattr(safefile, "temporary_files", seen)
    assert imported(tmp_path, *(f"{name},x,5,mg,SC,1,,,,,," for name in "ABC")).code == 0
    assert listed_folders == [(tmp_path / "out").resolve()]
    files_left = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert files_left == ["A.yaml", "B.yaml", "C.yaml"]


def test_a_sheet_of_sixty_rows_gives_what_ships_and_ten_refusals(tmp_path: Path) -> None:
    """Three regimens that ship, a row per day, and a faulty row of each of ten classes."""
    assert len(ROWS) == 60
    mixed = list(ROWS)
    for place, row in enumerate(FAULTY.values()):
        mixed.insert(6 * place, row)
    result = imported(tmp_path, *mixed, args=["--check"])
    assert result.code == 1
    assert [refusal["class"] for refusal in refusals(tmp_path)] == list(FAULTY)
    ids = sorted(file.stem for file in (tmp_path / "out").glob("*.yaml"))
    assert ids == sorted(SHIPPED)
    for name, count in zip(SHIPPED, (42, 30, 20), strict=True):
        file = str(tmp_path / "out" / f"{name}.yaml")
        assert f"{file}: imported; {count} administrations on the days of the sheet" in result.out
        assert rows_of(file) == rows_of(name)
        assert run("check", "--strict", file).code == 0
    listed = run("list", "--library", str(tmp_path / "out"))
    assert "faults" not in listed.out
    assert set(SHIPPED) <= set(shelf.regimen_files(tmp_path / "out"))


def test_what_was_imported_and_cannot_be_shown_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger (`import sheet.csv -d out >&-`): an error, and files that nobody looks for.

    The refusals were not written either.
    """

    def closed(_: object) -> None:
        raise Refused("standard output is closed")

    monkeypatch.setattr(output, "write", closed)
    result = imported(tmp_path, "one,examplumab,1,mg,SC,1,,,,,,", "two,examplumab,much,,SC,1,,,,,,")
    assert "read; could not be shown\n" in result.err
    assert "1 of 2 regimens imported into" in result.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"one.yaml", "refusals.csv"}
