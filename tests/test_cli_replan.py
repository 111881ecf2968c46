"""The verbs `replan` and `intensity` on the command line."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from commandline import assert_refused, imported, printed, run, separate, terminal
from il2calc import load_regimen
from il2calc.cli.formats import FORMATS, PAGES

NPC = load_regimen("npc-bolus")
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
    """The path of a log of the bolus regimen, begun on 2025-12-01 at 70 kg.

    Args:
        head: lines of its head by their key, instead of or beside those.
    """
    told = {
        "log": "S-07",
        "regimen": "npc-bolus",
        "version": "1",
        "sha256": NPC.origin.sha256,
        "weight": "70 kg",
        "start": "2025-12-01",
        "at": '"08:00"',
    }
    told |= head
    lines = "".join(f"{key}: {value}\n" for key, value in told.items())
    path = folder / "S-07.yaml"
    path.write_text(f"{lines}entries:\n{entries}", encoding="utf-8")
    return str(path)


def rows(*args: str) -> list[dict[str, str]]:
    """The rows that a verb prints as CSV."""
    done = run(*args, "--format", "csv")
    assert done.code == 0, done.err
    return list(csv.DictReader(StringIO(done.out)))


def test_the_first_worked_case(tmp_path: Path) -> None:
    """10 of 15 given; cycle 2 from 2025-12-16, 4,788,000 units; course 2 on 2026-01-25."""
    file = a_log(tmp_path)
    found = rows("replan", file, "--as-of", "2025-12-14")
    assert [row["state"] for row in found[:15]].count("given") == 10
    second, third = found[15], found[30]
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
    """If the regimen file has changed since, what differs is said, and it asks for an option."""
    file = a_log(tmp_path, sha256="0" * 64)
    assert_refused(
        run(verb, file),
        1,
        "npc-bolus is not the one that the log was begun with",
        "version 1 both times",
        "--accept-regimen",
    )
    done = run(verb, file, "--accept-regimen")
    assert done.code == 0
    assert "caution: the regimen file of npc-bolus is not the one" in done.err


@pytest.mark.parametrize("verb", ["replan", "intensity"])
def test_every_fault_of_a_log_is_told_with_its_line(tmp_path: Path, verb: str) -> None:
    """A hand-edited log with five faults: five lines with file:line, nothing on standard output."""
    faulty = ENTRIES.replace("numbers: 7}", "numbers: 6}").replace("8 to 11", "14 to 17")
    faulty = faulty.replace("12 to 15", "99").replace("cycle 2, by", "cycle 5, by")
    faulty = faulty.replace("use_from: course 1/cycle 2", "use_from: course 3/cycle 2")
    file = a_log(tmp_path, faulty)
    done = run(verb, file)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
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
    done = run(verb, a_log(tmp_path), "--as-of", "2025-12-14", "--strict")
    assert done.code == 3
    assert done.out
    midnight = a_log(tmp_path, "", at='"00:00"')
    assert run(verb, midnight, "--as-of", "2025-11-30", "--strict").code == 0


@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_of_a_schedule_is_one_of_a_course(tmp_path: Path, shape: str) -> None:
    """All formats of the schedule work on it, also by the ending of the output."""
    file = a_log(tmp_path)
    target = tmp_path / f"out.{shape}"
    done = separate("replan", file, "--as-of", "2025-12-14", "--format", shape, "-o", str(target))
    assert (done.code, done.out) == (0, ""), done.err
    assert target.read_bytes()


def test_other_formats_are_those_of_the_schedule_as_it_lies(tmp_path: Path) -> None:
    done = run("replan", a_log(tmp_path), "--as-of", "2025-12-14", "--format", "markdown")
    assert done.code == 0
    assert "| 16 | 16 | Tue 2025-12-16 | 08:00 |" in done.out
    assert "4.788 million units" in done.out


def test_the_ending_of_the_output_says_the_format(tmp_path: Path) -> None:
    file = a_log(tmp_path)
    target = tmp_path / "S-07.json"
    assert run("replan", file, "--as-of", "2025-12-14", "-o", str(target)).code == 0
    told = json.loads(target.read_text("utf-8"), parse_float=Decimal)
    assert told["format"] == "il2calc.course/1"
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
    done = terminal("replan", a_log(tmp_path), "--format", shape)
    assert done.code == 1
    assert f"add --output S-07.{shape}" in done.err


def test_a_terminal_gets_its_own_width(tmp_path: Path) -> None:
    for verb in ("replan", "intensity"):
        done = terminal(verb, a_log(tmp_path), "--as-of", "2025-12-14", columns=80)
        assert done.code == 0
        plain = done.out.replace("\x1b[1m", "").replace("\x1b[0m", "")
        lines = [line for line in plain.splitlines() if not line.startswith("log ")]
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("shape", ["markdown", "html", "x"])
def test_dose_intensity_has_formats_of_its_own(tmp_path: Path, shape: str) -> None:
    done = run("intensity", a_log(tmp_path), "--format", shape)
    assert_refused(done, 2, "--format", "table, csv, json")


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
    found = rows("replan", file, "--as-of", "2025-12-14")
    assert [found[15]["date"], found[15]["set"]] == [
        "2025-12-15",
        "course.cycle.repeat.rest: 7 days -> 6 days",
    ]


def test_a_course_is_replanned_without_what_it_does_not_need(tmp_path: Path) -> None:
    """Start-up is the cost of a command: no page, calendar or typesetting library is loaded."""
    heavy = {"icalendar", "jinja2", "typst", "pint"}
    for verb in ("replan", "intensity"):
        assert not imported(verb, a_log(tmp_path), "--as-of", "2025-12-14") & heavy
