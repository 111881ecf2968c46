"""The verbs `replan` and `intensity` on the command line."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from commandline import assert_refused, imported, printed, run, separate, terminal
from il2calc import load_regimen
from il2calc.cli.formats import FORMATS
from il2calc.cli.options import PAGES

NPC = load_regimen("npc-bolus")
PICTURED = ("timeline", "svg", "html", "pdf")
ENTRIES = """\
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 1 to 6}
    entered: 2025-12-03 09:00
  - hold: {block: course 1/cycle 1, drug: aldesleukin, numbers: 7}
    entered: 2025-12-03 09:00
    reason: creatinine 3.1 mg/dL
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 8 to 11}
    entered: 2025-12-04 18:00
  - hold: {block: course 1/cycle 1, drug: aldesleukin, numbers: 12 to 15}
    entered: 2025-12-04 18:00
  - delay: {block: course 1/cycle 2, by: 3 days}
    entered: 2025-12-12 10:00
  - weigh: {weight: 66.5 kg, on: 2025-12-14, use_from: course 1/cycle 2}
    entered: 2025-12-14 08:00
"""


def a_log(folder: Path, entries: str = ENTRIES, **head: str) -> str:
    """The path of a log of the bolus regimen, started on 2025-12-01 at 70 kg.

    Args:
        head: lines of its head by their key, instead of or beside those.
    """
    head_lines = {
        "log": "S-07",
        "regimen": "npc-bolus",
        "version": "1",
        "sha256": NPC.origin.sha256,
        "weight": "70 kg",
        "start": "2025-12-01",
        "at": '"08:00"',
    }
    head_lines |= head
    lines = "".join(f"{key}: {value}\n" for key, value in head_lines.items())
    path = folder / "S-07.yaml"
    path.write_text(f"{lines}entries:\n{entries}", encoding="utf-8")
    return str(path)


def rows(*args: str) -> list[dict[str, str]]:
    """The rows that a verb prints as CSV."""
    result = run(*args, "--format", "csv")
    assert result.code == 0, result.err
    return list(csv.DictReader(StringIO(result.out)))


def test_a_sheet_of_a_course_is_printed_now_whatever_moment_it_shows(tmp_path: Path) -> None:
    """Danger: a sheet printed today, with the date of last week below every page."""
    page = printed("replan", a_log(tmp_path), "--as-of", "2025-12-15", "--format", "html")
    foot = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), page)
    (moment,) = re.findall(r"printed ([0-9-]{10} [0-9:]{5})", foot)
    age = datetime.now(UTC) - datetime.fromisoformat(moment).astimezone()
    assert age < timedelta(hours=1)


def test_the_first_worked_case(tmp_path: Path) -> None:
    """10 of 15 given; cycle 2 from 2025-12-16, 4,788,000 units; course 2 on 2026-01-25."""
    file = a_log(tmp_path)
    csv_rows = rows("replan", file, "--as-of", "2025-12-14")
    assert [row["state"] for row in csv_rows[:15]].count("given") == 10
    second, third = csv_rows[15], csv_rows[30]
    assert [second[name] for name in ("block", "date", "time", "amount", "state")] == [
        *("course 1/cycle 2", "2025-12-16", "08:00", "4788000", "planned"),
    ]
    assert [third[name] for name in ("block", "date", "latest_date", "state")] == [
        *("course 2/cycle 1", "2026-01-25", "2026-02-01", "conditional"),
    ]
    assert "10 of 15 given (50.4 of 75.6 million units)" in printed("replan", file)
    without = a_log(tmp_path, ENTRIES.replace(", use_from: course 1/cycle 2", ""))
    assert {row["amount"] for row in rows("replan", without)} == {"5040000"}


def test_the_second_worked_case(tmp_path: Path) -> None:
    """66.7 % of the dose; 720,000 in 15 days against 1,080,000 in 12; RDI 53.3 %."""
    file = a_log(tmp_path)
    first = rows("intensity", file)[0]
    assert [first[name] for name in ("block", "given", "days", "planned", "planned_days")] == [
        *("course 1/cycle 1", "720000", "15", "1080000", "12"),
    ]
    assert first["share_percent"].startswith("66.66")
    assert first["relative_percent"].startswith("53.33")
    assert "RDI 53.3 %" in printed("intensity", file, columns=80)


def test_the_day_that_is_looked_at_decides_the_states(tmp_path: Path) -> None:
    """A date is a whole day; without one it is now, long after that course."""
    file = a_log(tmp_path, "")
    for as_of in (("--as-of", "2025-12-02"), ("--as-of", "2025-12-02 00:01")):
        states = [row["state"] for row in rows("replan", file, *as_of)]
        assert states[:6] == ["unrecorded", "unrecorded", "due", "due", "due", "planned"]
    assert rows("replan", file)[0]["state"] == "unrecorded"
    soon = (datetime.now().astimezone() + timedelta(days=400)).date()
    assert rows("replan", a_log(tmp_path, "", start=str(soon)))[0]["state"] == "planned"


@pytest.mark.parametrize("verb", ["replan", "intensity"])
def test_a_moment_that_cannot_be_read_is_refused(tmp_path: Path, verb: str) -> None:
    assert_refused(run(verb, a_log(tmp_path), "--as-of", "tomorrow"), 2, "--as-of", "'tomorrow'")


@pytest.mark.parametrize("verb", ["replan", "intensity"])
def test_a_changed_regimen_file_is_accepted_outright_or_refused(tmp_path: Path, verb: str) -> None:
    """If the regimen file has changed since, the difference is shown, and it asks for an option."""
    file = a_log(tmp_path, sha256="0" * 64)
    assert_refused(
        run(verb, file),
        1,
        "npc-bolus is not the one that the log was started with",
        "version 1 both times",
        "--accept-regimen",
    )
    result = run(verb, file, "--accept-regimen")
    assert result.code == 0
    assert "caution: the regimen file of npc-bolus is not the one" in result.err


@pytest.mark.parametrize("verb", ["replan", "intensity"])
def test_every_fault_of_a_log_is_reported_with_its_line(tmp_path: Path, verb: str) -> None:
    """A hand-edited log with five faults: five lines with file:line, nothing on standard output."""
    faulty = ENTRIES.replace("numbers: 7}", "numbers: 6}").replace("8 to 11", "14 to 17")
    faulty = faulty.replace("12 to 15", "99").replace("cycle 2, by", "cycle 5, by")
    faulty = faulty.replace("use_from: course 1/cycle 2", "use_from: course 3/cycle 2")
    file = a_log(tmp_path, faulty)
    result = run(verb, file)
    assert (result.code, result.out) == (1, "")
    lines = result.err.splitlines()
    text = Path(file).read_text("utf-8").splitlines()
    for line, key in zip(lines, ("hold", "given", "hold", "delay", "weigh"), strict=True):
        assert line.startswith(f"{file}:")
        number = int(line.removeprefix(f"{file}:").partition(":")[0])
        assert text[number - 1].strip().startswith(f"- {key}:")


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert_refused(run("replan", str(tmp_path / "none.yaml")), 1, "there is no such log")


@pytest.mark.parametrize("verb", ["replan", "intensity"])
def test_strict_exits_3_on_any_caution(tmp_path: Path, verb: str) -> None:
    """Doses past midnight of their planned days are one, whatever the log says."""
    result = run(verb, a_log(tmp_path), "--as-of", "2025-12-14", "--strict")
    assert result.code == 3
    assert result.out
    midnight = a_log(tmp_path, "", at='"00:00"')
    assert run(verb, midnight, "--as-of", "2025-11-30", "--strict").code == 0


@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_of_a_schedule_is_one_of_a_course(tmp_path: Path, shape: str) -> None:
    """All formats of the schedule work on it, also by the ending of the output."""
    file = a_log(tmp_path)
    target = tmp_path / f"out.{shape}"
    result = separate("replan", file, "--as-of", "2025-12-14", "--format", shape, "-o", str(target))
    assert (result.code, result.out) == (0, ""), result.err
    assert target.read_bytes()


def test_other_formats_are_those_of_the_schedule_as_it_is_now(tmp_path: Path) -> None:
    result = run("replan", a_log(tmp_path), "--as-of", "2025-12-14", "--format", "markdown")
    assert result.code == 0
    assert "| 16 | 16 | Tue 2025-12-16 | 08:00 |" in result.out
    assert "4.788 million units" in result.out


def a_course(folder: Path) -> str:
    """A log of doses given, held, given late and in part, a new weight, and an end."""
    return a_log(
        folder,
        """\
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 1 to 6}
    entered: 2025-12-03 09:00
  - hold: {block: course 1/cycle 1, drug: aldesleukin, numbers: 7}
    entered: 2025-12-03 10:00
    reason: creatinine 3.1 mg/dL
  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 8, at: 2025-12-04 01:30, \
amount: 2.5 million IU}
    entered: 2025-12-04 02:00
  - weigh: {weight: 66.5 kg, on: 2025-12-12, use_from: course 1/cycle 2}
    entered: 2025-12-12 10:00
  - decide: {block: course 2, given: no}
    entered: 2025-12-12 10:00
    reason: new lesion
  - stop: yes
    entered: 2025-12-14 09:00
    reason: fatigue
""",
    )


IN_ALL = (
    "aldesleukin, in all: 7 of 60 given (32.74 of 302.4 million units), 1 held "
    "(5.04 million units), 11 unrecorded (54.43 million units), 41 stopped (196.3 million units)"
)
"""6 x 5.04 + 2.5 = 32.74; 7 x 5.04 + 4 x 4.788 = 54.432; 41 x 4.788 = 196.308 million units."""

CHANGED = (
    "weight 66.5 kg on 2025-12-12, used from course 1, cycle 2",
    "course 2 is not given: new lesion",
    "course stopped: fatigue",
)


def looked_at(folder: Path, shape: str) -> str:
    """That course, as of 2025-12-15, in one of the formats; of a PDF its text."""
    target = folder / "out"
    args = ("replan", a_course(folder), "--as-of", "2025-12-15", "--format", shape)
    assert run(*args, "-o", str(target)).code == 0
    if shape == "pdf":
        text = " ".join(page.extract_text() for page in PdfReader(target).pages)
    else:
        text = target.read_text("utf-8")
    if shape == "html":
        text = unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL))
    if shape == "ics":
        text = text.replace("\n ", "")  # long lines are folded
    return " ".join(text.replace("\u200b", "").split())


SIGNED = (
    (
        r"7 3 Wed 2025-12-03 08:00 aldesleukin 5.04 million units intravenous bolus M not given "
        r"held: creatinine 3.1 mg/ ?dL"  # a narrow column may break behind the stroke
    ),
    r"8 3 Wed 2025-12-03 16:00 .*? Thu 2025-12-04 01:30 2.5 million units given",
    (
        r"20 14 Sun 2025-12-14 16:00 aldesleukin 4.788 million units intravenous bolus M A1 "
        r"not given "
        r"stopped: fatigue"
    ),
)
IN_FORMAT = {
    "table": (
        r"Wed 2025-12-03 08:00 5.04 million units held creatinine 3.1 mg/dL",
        r"16:00 5.04 million units given Thu 2025-12-04 01:30, 2.5 million units",
        r"Sun 2025-12-14 16:00 4.788 million units stopped fatigue",
    ),
    "csv": (
        r" 7,3,2025-12-03,08:00,\S* 1/cycle 1,\S* .*?,held,,,,creatinine 3.1 mg/dL,\S* 8,",
        r",given,2025-12-04,01:30,2500000,,\S* 9,",
        r" 20,14,2025-12-14,16:00,[^\n]*?,stopped,,,,fatigue,\S* 21,",
    ),
    "json": (
        r'"state": "held", "given": null, "reason": "creatinine 3.1 mg/dL"',
        r'"given": \{ "date": "2025-12-04", "time": "01:30", "amount": \{ "value": 2500000, ',
        r'"state": "stopped", "given": null, "reason": "fatigue"',
    ),
    "markdown": (
        r"\| 7 \| 3 \| [^|]* \| 08:00 \|[^7]*? \| held \| not given \| creatinine 3.1 mg/dL \|",
        r"\| given \| Thu 2025-12-04 01:30, 2.5 million units \|  ?\| \| 9 ",
        r"\| 20 \| 14 \| Sun 2025-12-14 \| 16:00 .*? \| stopped \| not given \| fatigue \|",
    ),
    "timeline": (
        r"cycle\s+├ 1 ┤ +├ 2 ┤",
        r"Doses that were held or stopped are not drawn\.",
    ),
    "ics": (
        (
            r"SUMMARY:S-07: aldesleukin 5.04 million units\\, intravenous bolus \(held\) .*?"
            r"DTSTART:20251203T080000 .*?STATUS:CANCELLED"
        ),
        (
            r"bolus \(given\) DTSTART:20251204T013000 .*?Given: Thu 2025-12-04 at 01:30\\, "
            r"2.5 million units\\; planned: Wed 2025-12-03 at 16:00\\, 5.04 million units"
            r".*?STATUS:CONFIRMED"
        ),
        r"bolus \(stopped\) DTSTART:20251214T160000 .*?STATUS:CANCELLED",
    ),
    "html": SIGNED,
    "pdf": SIGNED,
    "svg": (
        r"aldesleukin: days 1 to 6, days 13 to 14\. A column",
        r"Doses that were held or stopped are not drawn\.",
    ),
    "fhir": (
        r'"status": "not-done", "effectiveDateTime": "2025-12-03", .*?"creatinine 3.1 mg/dL"',
        r'"dose": \{ "value": 2500000, "unit": "\[iU\]"',
        r'"status": "cancelled", .*?"statusReason": \{ "text": "fatigue" \}',
    ),
    "events": (r"1,40,1,1,5040000,0,0,0,70\s1,65\.5,1,1,2500000,0,0,0,70",),
}
"""How the three rows look in each format; a picture or event table has only what is given."""


@pytest.mark.parametrize("shape", FORMATS)
def test_what_became_of_a_dose_is_recognisable_in_every_format(tmp_path: Path, shape: str) -> None:
    """A held or stopped dose that reads as an ordinary one is given, or counted, by somebody."""
    text = looked_at(tmp_path, shape)
    for sign in IN_FORMAT[shape]:
        assert re.search(sign, text), sign


PEOPLE = ("table", "markdown", "html", "pdf")
"""Formats with rows and notes for people."""


@pytest.mark.parametrize("shape", PEOPLE)
def test_totals_are_those_of_the_course_in_every_format(tmp_path: Path, shape: str) -> None:
    """And not those of the plan; each line once."""
    text = looked_at(tmp_path, shape)
    assert text.count(IN_ALL) == 1
    assert "60 doses" not in text
    assert "60 x" not in text
    assert "still to come (rows" not in text
    assert text.count("Nothing planned after the course was stopped is given.") == 1


@pytest.mark.parametrize("shape", [*PEOPLE, "timeline", "svg"])
def test_log_day_and_changes_are_above_every_sheet_and_picture(tmp_path: Path, shape: str) -> None:
    """Which log, looked at when, with whose weight: each once."""
    text = re.sub(r"</?text[^>]*>|\s+", " ", looked_at(tmp_path, shape))
    text = " ".join(text.split())
    assert text.replace(" ", "").count("S-07.yaml,6entries") == 1  # a path may break in a PDF
    assert "Mon 2025-12-15" in text
    assert text.count("weight 70 kg; from row 16 on: weight 66.5 kg") == 1
    for change in CHANGED:
        assert text.count(change) == 1


def test_the_tallies_of_the_json_are_its_only_totals(tmp_path: Path) -> None:
    data = json.loads(looked_at(tmp_path, "json"))
    assert "totals" not in data
    total = data["tallies"][-1]
    counts = {name: total[name]["administrations"] for name in list(total)[3:]}
    states = [administration["state"] for administration in data["administrations"]]
    for state in ("given", "held", "unrecorded", "stopped"):
        assert counts[state] == states.count(state)
    assert [counts[state] for state in ("given", "held", "unrecorded", "stopped")] == [7, 1, 11, 41]
    assert total["given"]["amount"] == 6 * 5040000 + 2500000


def test_the_ending_of_the_output_says_the_format(tmp_path: Path) -> None:
    file = a_log(tmp_path)
    target = tmp_path / "S-07.json"
    assert run("replan", file, "--as-of", "2025-12-14", "-o", str(target)).code == 0
    data = json.loads(target.read_text("utf-8"), parse_float=Decimal)
    assert data["format"] == "il2calc.course/1"
    assert run("intensity", file, "-o", str(target)).code == 0
    assert json.loads(target.read_text("utf-8"))["format"] == "il2calc.intensity/1"
    table = tmp_path / "S-07.txt"
    assert run("intensity", file, "-o", str(table)).code == 0
    assert "RDI 53.3 %" in table.read_text("utf-8")


def test_a_calendar_file_is_dated_with_the_day_looked_at(tmp_path: Path) -> None:
    """Written twice it is the same to the byte: SEQUENCE and DTSTAMP rest on --as-of."""
    args = ("replan", a_log(tmp_path), "--as-of", "2025-12-14", "--format", "ics")
    one, other = separate(*args), separate(*args)
    assert one.out == other.out
    assert "DTSTAMP:20251214T000000Z" in one.out
    assert "BEGIN:VCALENDAR" in separate("replan", a_log(tmp_path), "--format", "ics").out


@pytest.mark.parametrize("shape", PAGES)
def test_a_page_is_no_text_for_a_terminal(tmp_path: Path, shape: str) -> None:
    result = terminal("replan", a_log(tmp_path), "--format", shape)
    assert result.code == 1
    assert f"add --output S-07.{shape}" in result.err


def test_a_terminal_gets_its_own_width(tmp_path: Path) -> None:
    for verb in ("replan", "intensity"):
        result = terminal(verb, a_log(tmp_path), "--as-of", "2025-12-14", columns=80)
        assert result.code == 0
        plain = result.out.replace("\x1b[1m", "").replace("\x1b[0m", "")
        lines = [line for line in plain.splitlines() if not line.startswith("log ")]
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("shape", ["markdown", "html", "x"])
def test_dose_intensity_has_formats_of_its_own(tmp_path: Path, shape: str) -> None:
    result = run("intensity", a_log(tmp_path), "--format", shape)
    assert_refused(result, 2, "--format", "table, csv, json")


def test_a_regimen_of_the_user_s_own_is_found_in_the_library(tmp_path: Path) -> None:
    """The log names an id; the folder that holds it is given as for every verb."""
    folder = tmp_path / "own"
    folder.mkdir()
    shipped = Path(NPC.origin.file).read_text("utf-8")
    (folder / "mine.yaml").write_text(shipped.replace("npc-bolus", "mine"), "utf-8")
    mine = load_regimen("mine", folder=folder)
    file = a_log(tmp_path, regimen="mine", sha256=mine.origin.sha256)
    assert run("replan", file).code == 1
    assert "regimen  mine, version 1" in printed("replan", file, "--library", str(folder))
    assert "RDI 53.3 %" in printed("intensity", file, "--library", str(folder))


def test_facts_that_were_read_otherwise_stay_so(tmp_path: Path) -> None:
    """`set` of the log: six days of rest, so that cycle 2 begins on day 12, 3 days late on 15."""
    file = a_log(tmp_path, set="{course.cycle.repeat.rest: 6 days}")
    csv_rows = rows("replan", file, "--as-of", "2025-12-14")
    assert [csv_rows[15]["date"], csv_rows[15]["set"]] == [
        "2025-12-15",
        "course.cycle.repeat.rest: 7 days -> 6 days",
    ]


def test_a_course_is_replanned_without_what_it_does_not_need(tmp_path: Path) -> None:
    """Start-up is the cost of a command: no page, calendar or typesetting library is loaded."""
    heavy = {"icalendar", "jinja2", "typst", "pint"}
    for verb in ("replan", "intensity"):
        assert not imported(verb, a_log(tmp_path), "--as-of", "2025-12-14") & heavy


# Only some rows, folded, chosen columns, a time zone


def test_the_rows_of_some_dates_are_shown_in_every_format(tmp_path: Path) -> None:
    """Doses of 2025-12-03 are rows 6 to 8; totals stay those of the whole course."""
    file = a_log(tmp_path)
    options = ("--from", "2025-12-03", "--to", "2025-12-03")
    assert [row["number"] for row in rows("replan", file, *options)] == ["6", "7", "8"]
    data = json.loads(printed("replan", file, *options, "--format", "json"))
    assert [row["number"] for row in data["administrations"]] == [6, 7, 8]
    assert data["administrations"][1]["state"] == "held"
    text = printed("replan", file, *options)
    assert "rows 6-8 of 60" in text
    assert "Given and still to come in the whole course" in text
    result = run("replan", file, *options, "--format", "csv")
    assert "rows 6-8 of 60\n" in result.err
    assert_refused(run("replan", file, "--from", "2025-12-03", "--format", "svg"), 2, "--from")


def test_folded_rows_of_a_course_had_the_same_fate(tmp_path: Path) -> None:
    """Doses 1 to 6 went as planned, 7 was held, 8 given late, 9 in part: each is shown."""
    entries = ENTRIES.partition(
        "  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 8"
    )[0]
    entries += (
        "  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 8, "
        "at: 2025-12-03 17:00}\n    entered: 2025-12-04 18:00\n"
        "  - given: {block: course 1/cycle 1, drug: aldesleukin, numbers: 9, "
        "amount: 2 million IU}\n    entered: 2025-12-04 18:00\n"
    )
    text = printed("replan", a_log(tmp_path, entries), "--brief", "--as-of", "2025-12-04")
    dose = "    aldesleukin 5.04 million units, intravenous bolus"
    assert f"{dose}, 6 doses, one every 8 hours: given\n" in text
    assert f"{dose}: held; creatinine 3.1 mg/dL\n" in text
    assert ": given; 5.04 million units at 17:00\n" in text
    assert ": given; 2 million units at 00:00\n" in text


def test_columns_of_a_course_may_be_those_of_its_log(tmp_path: Path) -> None:
    file = a_log(tmp_path)
    csv_rows = rows("replan", file, "--columns", "number,state,reason")
    assert csv_rows[6] == {"number": "7", "state": "held", "reason": "creatinine 3.1 mg/dL"}
    text = printed("replan", file, "--format", "markdown", "--columns", "number,state,given")
    assert "| 7 | held |" in text
    assert_refused(run("replan", file, "--format", "csv", "--columns", "marks"), 2, "--columns")


def test_a_dose_in_the_hour_that_comes_again_was_given_in_its_second_one(tmp_path: Path) -> None:
    """Every 8 hours from 18:00 summer time: 17:00, 01:00 and 09:00 UTC of the night of the change.

    London puts its clocks back at 01:00 UTC, so the second dose is at 01:00 winter time. Danger:
    what was given as planned is recorded an hour early, and cautioned as too soon.
    """
    log, zone = str(tmp_path / "S-07.yaml"), ("--tz", "Europe/London", "--at", "18:00")
    begin = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-10-25", *zone)
    run("log", "start", log, *begin)
    entered = run("log", "given", log, "1-3", "--as-of", "2025-10-26 12:00")
    assert "less than 8 hours" not in entered.err
    line = ("replan", log, "--as-of", "2025-10-26 12:00", "--format")
    columns = ("--columns", "time,given_time,state")
    assert run(*line, "csv", *columns).out.splitlines()[1:4] == [
        "18:00+01:00,18:00+01:00,given",
        "01:00+00:00,01:00+00:00,given",
        "09:00+00:00,09:00+00:00,given",
    ]
    times = [row.split(",")[1] for row in run(*line, "events").out.splitlines()[1:]]
    assert times == ["0", "8", "16"]


def test_a_course_may_be_looked_at_in_a_time_zone(tmp_path: Path) -> None:
    """The times of a log are of no zone; one that names its zone is not read in another."""
    file = a_log(tmp_path)
    assert rows("replan", file, "--tz", "Europe/London")[0]["time"] == "08:00+00:00"
    zoned = a_log(tmp_path, tz="Europe/Paris")
    assert rows("replan", zoned, "--tz", "Europe/Paris")[0]["time"] == "08:00+01:00"
    assert_refused(run("replan", zoned, "--tz", "Europe/London"), 2, "--tz", "Europe/Paris")
    assert_refused(run("replan", file, "--tz", "Nowhere"), 2, "--tz")


def test_an_event_may_be_a_day_of_a_course(tmp_path: Path) -> None:
    """The doses of a day are one event of a calendar file."""
    file = a_log(tmp_path)
    target = tmp_path / "S-07.ics"
    counts = []
    for per in ("dose", "day"):
        target.unlink(missing_ok=True)
        assert run("replan", file, "--per", per, "-o", str(target)).code == 0
        counts.append(target.read_text("utf-8").count("BEGIN:VEVENT"))
    assert counts[1] < counts[0] / 2


@pytest.mark.parametrize("shape", PICTURED)
def test_every_shape_draws_a_drug_that_the_regimen_lacks(tmp_path: Path, shape: str) -> None:
    """Danger: one dose of another drug, once noted, and no sheet of the course can be printed."""
    extra = (
        '  - extra: {drug: secumab, amount: 1 g, at: "2025-12-02 12:00", route: oral}\n'
        "    entered: 2025-12-14 09:00\n"
    )
    target = tmp_path / f"S-07.{shape}"
    file = a_log(tmp_path, ENTRIES + extra)
    options = ("--allow-edited", "--format", shape, "-o", str(target))  # an extra dose by hand
    result = run("replan", file, "--as-of", "2025-12-14", *options)
    assert result.code == 0, result.err
    if shape == "pdf":
        output = "\n".join(page.extract_text() for page in PdfReader(target).pages)
    else:
        output = target.read_text(encoding="utf-8")
    assert "secumab" in output
    if shape == "timeline":
        lanes = [line.split()[0] for line in output.splitlines() if set("░▒█") & set(line)]
        assert lanes.index("secumab") > lanes.index("aldesleukin"), "behind those of the plan"


# What if


def test_what_if_shows_the_course_with_an_entry_and_writes_nothing(tmp_path: Path) -> None:
    """Cycle 2 from 2025-12-16, delayed by 3 days, would begin a week later, on 2025-12-23."""
    file = a_log(tmp_path)
    before = Path(file).read_bytes()
    args = ("--as-of", "2025-12-14", "--what-if", "delay course 1/cycle 2 by 1 week")
    assert rows("replan", file, *args)[15]["date"] == "2025-12-23"
    result = run("replan", file, *args)
    assert result.err.splitlines()[0] == (
        "caution: what if, as entry 7: course 1, cycle 2 delayed by 7 days (from 2025-12-23 08:00 "
        "instead of 2025-12-16 08:00); hypothetical, not in the log"
    )
    assert "what if, as entry 7" in result.out, "who reads the sheet alone sees it too"
    assert run("replan", file, *args, "--strict").code == 3
    assert Path(file).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["S-07.yaml"]


def test_what_ifs_come_one_after_another(tmp_path: Path) -> None:
    """Delayed by 3 days, no second course: each is shown; options may have their dashes."""
    file = a_log(tmp_path)
    lines = ("delay 'course 1/cycle 2' --by='3 days'", "decide course 2 no")
    options = [word for line in lines for word in ("--what-if", line)]
    csv_rows = rows("replan", file, "--as-of", "2025-12-14", *options)
    assert csv_rows[15]["date"] == "2025-12-19"
    assert {row["state"] for row in csv_rows[30:]} == {"stopped"}
    again = rows("replan", file, "--as-of", "2025-12-14", "--what-if", "undo")
    assert again[15]["amount"] == "5040000", "72,000 x 70 kg, without the weight of the log"
    assert rows("replan", file, "--as-of", "2025-12-14", "--what-if", "stop")[15]["state"] == (
        "stopped"
    )


def test_a_dose_that_is_supposed_to_be_given_is_as_it_would_be_recorded(tmp_path: Path) -> None:
    """Danger: shown as one of an older log, whose amount nobody knows. 72,000 x 66.5 kg."""
    args = ("--as-of", "2025-12-16 20:00", "--what-if", "given 16")
    csv_row = rows("replan", a_log(tmp_path), *args)[15]
    cells = [csv_row[name] for name in ("state", "given_amount", "reckoned", "supposed")]
    assert cells == ["given", "4788000", "false", "true"]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("frob 7", 2, "does not begin with a log command (given, part,"),
        ("", 2, "does not begin with a log command"),
        ("delay 'cycle", 2, "does not begin with a log command"),
        (
            "reseal",
            2,
            "shift, delay, weigh, reduce, decide, stop, level, undo); write",
        ),
        ("amend npc-bolus", 2, "needs a file, not a line; amend a copy of the log"),
        ("amend --regimen npc-bolus --from 'cycle 2'", 2, "needs a file"),
        ("delay course 1/cycle 2", 2, "write 'delay BLOCK by BY'"),
        ("decide no", 2, "write 'decide BLOCK DECISION'"),
        ("stop now", 2, "write 'stop'"),
        ("hold 11 --reason rash", 2, "--reason is given twice, or cannot be used in a hold"),
        ("delay cycle 2 --by 3 days --by 4 days", 2, "--by is given twice, or cannot"),
        ("given", 2, "says too little or too much"),
        ("delay course 1/cycle 2 by soon", 2, "--by"),
        ("delay cycle 2 by 3 days", 1, "may be several block turns"),
        ("given 1", 1, "given"),
    ],
)
def test_a_what_if_that_cannot_be_is_refused(
    tmp_path: Path, line: str, code: int, words: str
) -> None:
    """One that is no line of the verbs, or that the verb itself would refuse."""
    assert_refused(run("replan", a_log(tmp_path), "--what-if", line), code, words)


def test_a_supposed_stop_ends_what_the_real_one_would(tmp_path: Path) -> None:
    """Entered today for a day of last year, it stops on that day: 54 of 60 rows after six given.

    Danger: a course that looks as if it went on, when one asks what is left of it.
    """
    file, on = str(tmp_path / "S-09.yaml"), ("--as-of", "2025-12-03 01:00")
    run("log", "start", file, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    assert run("log", "given", file, "1-6", *on).code == 0
    assert "54 rows no longer given" in run("replan", file, *on, "--what-if", "stop").out
    shown = rows("replan", file, *on, "--what-if", "stop")
    assert [row["state"] for row in shown] == ["given"] * 6 + ["stopped"] * 54
    assert "54 rows no longer given" in run("log", "stop", file, *on, "--reason", "fever").out


@pytest.mark.parametrize("shape", ["ics", "events", "fhir"])
def test_what_is_taken_for_real_takes_no_what_if(tmp_path: Path, shape: str) -> None:
    """Its events would be in a real calendar, a dose that nobody gave in a record or a model."""
    result = run("replan", a_log(tmp_path), "--what-if", "stop", "--format", shape)
    assert_refused(result, 2, f"--what-if: does not go with --format {shape}, only with table, csv")


def test_data_says_what_is_only_supposed(tmp_path: Path) -> None:
    """Row 16 is supposed to be given, and cycle 2 of course 2 to be two days later: rows 46 to 60.

    Danger: a dose that nobody gave, or a date that nobody set, that reads as one of the log.
    """
    file = a_log(tmp_path)
    lines = ("given 16", "delay course 2/cycle 2 by 2 days")
    options = ("--as-of", "2025-12-16", *(word for line in lines for word in ("--what-if", line)))
    csv_rows = rows("replan", file, *options)
    changed = [int(row["number"]) for row in csv_rows if row["supposed"] == "true"]
    assert changed == [16, *range(46, 61)]
    assert (csv_rows[15]["state"], csv_rows[0]["supposed"]) == ("given", "false")
    data = json.loads(printed("replan", file, *options, "--format", "json"))["administrations"]
    assert [row["number"] for row in data if row["supposed"]] == [16, *range(46, 61)]
    real = rows("replan", file, "--as-of", "2025-12-16")
    assert {row["supposed"] for row in real} == {"false"}


def test_a_course_is_drawn_in_ascii_where_a_plan_is(tmp_path: Path) -> None:
    """Its signs reached a terminal without them unless the locale was another one."""
    text = printed("replan", a_log(tmp_path), "--as-of", "2025-12-15", "--format", "timeline")
    assert not text.isascii()
    options = ("--as-of", "2025-12-15", "--format", "timeline", "--ascii")
    assert printed("replan", a_log(tmp_path), *options).isascii()
