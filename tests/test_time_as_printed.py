"""What sources print of times, read as printed or answered with the spelling that loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import run, written
from filetext import a_dose, a_file, faults, loaded
from il2calc.plan.schedule import Schedule, make
from il2calc.report.totals import totals


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
    """FOLFOX, mesna, methotrexate: both are on day 1, the second starts after the first."""
    text = cycle(f"dose: one, day: 1, {first}", f"dose: other, day: 1, {second}")
    rows = planned(text).administrations
    assert [row.clock for row in rows[:2]] == ["08:00", clock]


def test_what_is_not_before_its_date_is_marked_and_explained(tmp_path: Path) -> None:
    """In its row and heading, the legend and the rules: at least 7 weeks is 49 days."""
    text = cycle("day: 1", repeat="{times: 2, rest: at least 7 weeks}")
    file = written(tmp_path, a_file(text))
    result = run("schedule", file, "--start", "2026-12-01")
    out = result.out
    assert "Cycle 2, day 51 (not before)" in out
    assert "Wed 2027-01-20" in out
    assert "N   not before: the source gives only a minimum rest before it" in out
    assert "After a rest with only a minimum nothing has a latest date" in out
    assert "caution: row 2 is not before the date shown" in result.err
    shown = run("show", file).out
    assert "2 times, with at least 7 weeks of rest between" in shown
    row = run("schedule", file, "--format", "json")
    assert [row["not_before"] for row in json.loads(row.out)["administrations"]] == [False, True]


RESTS = """
blocks:
  - block: course
    repeat: {times: 2, rest: at least 3 weeks}
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 to 28 days}
        doses: [{drug: x, amount: 5 mg, route: SC, day: 1, at: +3 to +24 hours}]
"""
"""Ranges of time before a rest without an end, within it and behind it."""


def test_what_has_no_latest_date_has_none_by_another_range(tmp_path: Path) -> None:
    """Not before day 64 and at the latest on some day is a contradiction: nobody gave an end."""
    file = written(tmp_path, a_file(RESTS))
    rows = planned(RESTS).administrations
    assert [row.not_before for row in rows] == [False, False, True, True]
    assert [row.latest_day for row in rows] == [2, 30, None, None]
    assert [row.latest_time is None for row in rows] == [False, False, True, True]
    line = ("schedule", file, "--start", "2026-07-06", "--subject", "S-07")
    out = run(*line, "--notes", "full").out
    assert "Course 1, cycle 2, days 22 to 42 (at the latest days 29 to 49)" in out
    assert out.count("(not before)") == 2
    assert "at the latest day 71" not in out
    events = run(*line, "--format", "ics").out
    assert events.count("At the latest on") == 2
    table = run(*line, "--format", "events").err
    assert "rows 1 to 4: after a range of time; TIME is the earliest" in table


def test_a_rest_without_an_end_before_a_range_gives_no_latest_day(tmp_path: Path) -> None:
    """The rule of the cycle says when its second turn starts, and of an open one no latest day."""
    text = """
    blocks:
      - block: part
        rest: 1 to 2 weeks
        doses: [{drug: x, amount: 5 mg, route: SC, day: 1}]
      - block: course
        repeat: {times: 2, rest: at least 3 weeks}
        doses: [{drug: x, amount: 5 mg, route: SC, day: 1}]
    """
    file = written(tmp_path, a_file(text))
    out = run("schedule", file, "--start", "2026-07-06", "--notes", "full").out
    assert "course 2 starts day 31" in " ".join(out.split())
    assert "at the latest day 38" not in out


def test_a_maximum_of_ward_times_is_shown_in_words(tmp_path: Path) -> None:
    """In `show`, among the rules, and by `--set`."""
    dose = "{drug: x, amount: 1 mg, route: IV, day: 1 to 5, at: ['00:00', '08:00'], up_to: 9}"
    file = written(tmp_path, a_file(f"doses: [{dose}]"))
    shown = run("show", file).out
    assert "on days 1 to 5, at 00:00, 08:00, at most 9 of these" in shown
    result = run("schedule", file, "--set", "x.up_to=2").out
    assert "x: at most 2 of its times in a turn, none before the start time." in result
    assert "x: at most 2 mg (2 doses) in all" in result


def test_a_maximum_of_times_before_the_start_of_their_days_does_not_say_that_there_are_none(
    tmp_path: Path,
) -> None:
    """Half an hour before 08:00 of day 1 is before the start time, and given."""
    dose = "{drug: x, amount: 1 mg, route: IV, day: [1, 3], at: -30 minutes, up_to: 1}"
    result = run("schedule", written(tmp_path, a_file(f"doses: [{dose}]"))).out
    assert "x: at most 1 of its times in a turn.\n" in result
    assert "07:30" in result


def a_transplant(tmp_path: Path) -> str:
    """A file whose cells come on day 0, and day 1 on a Monday."""
    body = """
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: -8 to -7}
          - {drug: otherumab, amount: 5 mg, route: IV, day: 0}
    """
    return written(tmp_path, a_file(body, "numbering: with day 0", "starts_on: Monday"))


def test_the_date_of_any_day_may_be_given(tmp_path: Path) -> None:
    """The ward knows the date of the cells, day 0; nobody adds a day in the head."""
    file = a_transplant(tmp_path)
    result = run("schedule", file, "--date-of", "0=2026-12-06", "--tz", "Europe/London")
    assert "day 0: Sun 2026-12-06, as given; day 1 = Mon 2026-12-07" in result.out
    assert "starts-on" not in result.err
    assert "Day 1 is a Monday, by the file." in result.out
    assert "Starts on a Monday." in run("show", file).out
    assert json.loads(run("show", file, "--format", "json").out)["starts_on"] == ["Monday"]


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        (("--date-of", "0=2026-12-09", "--start", "2026-12-09"), 2, "--start: excludes --date-of"),
        (
            ("--date-of", "0=2026-12-09", "--first-dose", "2026-12-09"),
            2,
            "--first-dose: excludes --date-of",
        ),
        (("--date-of", "2026-12-09"), 2, 'is not NAME=VALUE; write it like "0=2026-12-09"'),
        (("--date-of", "zero=2026-12-09"), 2, "'zero' is not a numbered day; write it like"),
        (("--date-of", "0=tomorrow"), 2, "'tomorrow' is not a date"),
    ],
)
def test_a_date_of_a_day_that_cannot_be_read_is_refused(
    tmp_path: Path, options: tuple[str, ...], code: int, problem: str
) -> None:
    """One line, which says what would work."""
    result = run("schedule", a_transplant(tmp_path), *options)
    assert (result.code, problem in result.err) == (code, True), result.err


SURGERY = """
    blocks:
      - block: before surgery
        repeat: {times: 2, every: 14 days}
        rest: open
        doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
      - block: after surgery
        repeat: {times: 2, rest: open}
        doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
"""


def surgery(tmp_path: Path) -> str:
    """A file in which an operation is between two blocks, and nobody knows how long it takes."""
    return written(tmp_path, a_file(SURGERY))


def test_a_rest_that_is_left_open_is_asked_for(tmp_path: Path) -> None:
    """The date after an operation is never made up; `show` and pictures need none."""
    file = surgery(tmp_path)
    result = run("schedule", file)
    assert result.code == 1
    assert result.err == (
        "error: examplumab leaves open how long the rest of before surgery and after surgery is: "
        'give --rest "before surgery=6 weeks" --rest "after surgery=6 weeks"\n'
    )
    shown = run("show", file).out
    assert "Before surgery (2 times, every 14 days; then a rest that the file leaves open)" in shown
    assert "After surgery (2 times, with a rest that the file leaves open between)" in shown
    assert run("show", file, "--format", "timeline").code == 0


def test_a_rest_that_was_asked_for_is_shown_as_such(tmp_path: Path) -> None:
    """2 x 14 + 42 days: day 71; then 3 weeks: day 71 + 21 + 1 = 93. In a plan and in a log."""
    file, log = surgery(tmp_path), str(tmp_path / "log.yaml")
    rests = ("--rest", "before surgery=6 weeks", "--rest", "after surgery=3 weeks")
    result = run("schedule", file, *rests, "--format", "csv", "--columns", "regimen_day")
    assert result.out.split() == ["regimen_day", "1", "15", "71", "93"]
    assert "before surgery.rest is open in the file, and set to 6 weeks as requested" in result.err
    assert (
        "after surgery.repeat.rest is open in the file, and set to 3 weeks as requested"
        in result.err
    )
    assert run("prepare", file, *rests).code == 0
    started = run("log", "start", log, "--regimen", file, "--start", "2026-12-01", *rests)
    assert started.code == 0
    assert "before surgery.rest" in Path(log).read_text(encoding="utf-8")
    replanned = run("replan", log, "--as-of", "2026-12-01", "--format", "csv")
    assert replanned.out.splitlines()[-1].split(",")[:3] == ["4", "93", "2027-03-03"], replanned.err


@pytest.mark.parametrize(
    ("rest", "code", "problem"),
    [
        ("surgery=6 weeks", 1, "no rest that is left open is called 'surgery'"),
        ("before surgery=soon", 2, "error: --rest: before surgery: 'soon' is not a duration"),
        ("before surgery=6w", 2, "error: --rest: before surgery: '6w' is not a duration; write"),
        ("before surgery", 2, "is not NAME=VALUE"),
    ],
)
def test_a_rest_that_cannot_be_read_is_refused(
    tmp_path: Path, rest: str, code: int, problem: str
) -> None:
    """A rest that the file states is none of them."""
    result = run("schedule", surgery(tmp_path), "--rest", rest)
    assert (result.code, problem in result.err) == (code, True), result.err
    closed = run("schedule", "npc-bolus", "--weight", "70", "--rest", "x=6 weeks")
    assert "is called 'x'. npc-bolus leaves no rest open. To change" in closed.err


def test_a_rest_that_the_file_states_is_answered_with_its_own_path(tmp_path: Path) -> None:
    """`--set "course.rest=6 weeks"`, after the answer, was refused: it is between its turns."""
    bolus = ("schedule", "npc-bolus", "--weight", "70")
    refused = run(*bolus, "--rest", "course=6 weeks")
    right = "course.repeat.rest=6 weeks"
    assert refused.err.endswith(f'states, use --set "{right}".\n')
    assert run(*bolus, "--set", right).code == 0
    path = tmp_path / "examplumab.yaml"
    path.write_text(a_dose(), encoding="utf-8")
    assert run("schedule", str(path), "--rest", "x=6 weeks").err.endswith("leaves no rest open.\n")


CYCLES = """
    blocks:
      - block: pair
        repeat: {times: 2, every: 56 days}
        blocks:
          - block: odd
            count_as: cycle
            repeat: {times: 1, every: 24 days}
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 4 to 7}]
            blocks:
              - {block: week, repeat: {times: 2, every: 7 days}, doses: [WEEKLY]}
          - block: even
            count_as: cycle
            repeat: {times: 1, every: 32 days}
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 8 to 11}]
""".replace("WEEKLY", "{drug: otherumab, amount: 1 mg, route: oral, day: 1}")


def cycles(tmp_path: Path) -> str:
    """Cycles of 24 and of 32 days in turn."""
    return written(tmp_path, a_file(CYCLES))


def test_cycles_of_two_lengths_are_numbered_through_for_people(tmp_path: Path) -> None:
    """Cycle 1 to 4 for people and in JSON; the blocks stay in CSV, paths and logs."""
    file = cycles(tmp_path)
    out = run("schedule", file).out
    assert "Cycle 2, days 25 to 56" in out
    assert "Cycle 3, week 2, days 64 to 70" in out
    assert "20 mg (4 doses) per cycle (1 to 4)" in out
    full = run("schedule", file, "--notes", "full").out
    assert "examplumab: 20 mg (4 doses) per cycle (1 to 4)" in full
    assert "pair 2, odd" not in out.casefold()
    assert "numbered with other blocks as cycle" in run("show", file).out
    assert "cycle" in run("show", file, "--format", "timeline").out.casefold()
    data = json.loads(run("schedule", file, "--format", "json").out)["administrations"]
    assert data[-1]["turn"] == "cycle 4"
    assert data[-1]["blocks"] == [{"block": "pair", "turn": 2}, {"block": "even", "turn": 1}]
    csv = run("schedule", file, "--format", "csv", "--columns", "block").out.split("\n")
    assert csv[-2] == "pair 2/even 1"
    assert run("prepare", file).code == 0
    log = str(tmp_path / "log.yaml")
    assert run("log", "start", log, "--regimen", file, "--start", "2026-12-01").code == 0
    assert run("log", "delay", log, "pair 2/odd 1", "--by", "7 days").code == 0
    assert "Cycle 3" in run("replan", log, "--as-of", "2026-12-01").out


def test_a_log_says_which_turn_a_number_of_the_tables_is(tmp_path: Path) -> None:
    """The table's heading is Cycle 2; the log keeps the blocks, and its totals say cycle too."""
    log = str(tmp_path / "log.yaml")
    file = cycles(tmp_path)
    assert run("log", "start", log, "--regimen", file, "--start", "2026-12-01").code == 0
    for typed, turn_name in (
        ("cycle 2", "'pair 1/even 1'"),
        ("Cycle 3", "'pair 2/odd 1'"),
        ("cycle 3, week 2", "'pair 2/odd 1/week 2'"),
    ):
        result = run("log", "delay", log, typed, "--by", "7 days")
        assert result.code == 1
        assert result.err.endswith(f". {typed} is {turn_name}\n")
    result = run("log", "delay", log, "cycle 9", "--by", "7 days")
    assert " is '" not in result.err
    shown = run("replan", log, "--as-of", "2026-12-01").out
    assert "examplumab, each cycle (1 to 4): 0 of 4 given, 4 still to come (20 mg)" in shown


def test_many_turns_that_are_counted_through_are_folded() -> None:
    """Five equal cycles of two blocks: cycle 1 to 5."""
    text = """
        blocks:
          - {block: a, count_as: cycle, repeat: {times: 4, every: 7 days}, doses: [DOSE]}
          - {block: b, count_as: cycle, doses: [DOSE]}
    """.replace("DOSE", "{drug: examplumab, amount: 5 mg, route: IV, day: 1}")
    schedule = planned(text)
    names = [row.turn.name() for row in schedule.administrations]
    assert names == ["cycle 1", "cycle 2", "cycle 3", "cycle 4", "cycle 5"]
    assert any("per cycle (1 to 5)" in line for line in totals(schedule))


def test_a_count_for_what_is_counted_through_is_answered(tmp_path: Path) -> None:
    """`--cycles` has no block to count, and says of which blocks there are turns."""
    result = run("schedule", cycles(tmp_path), "--cycles", "3")
    assert result.code == 1
    assert (
        "cycle numbers the turns of pair.odd and pair.even and is not a block; give those of "
        'each: --times "pair.odd=1"'
    ) in result.err


@pytest.mark.parametrize(
    ("before", "now", "path", "problem"),
    [
        ("count_as: cycle", "count_as: week", "pair.odd.count_as", "is also a block of this file"),
        (
            "- block: pair",
            "- block: pair\n        count_as: cycle",
            "pair.odd.count_as",
            "already counts a block around this one",
        ),
    ],
)
def test_a_name_that_counts_ambiguous_turns_is_refused(
    before: str, now: str, path: str, problem: str
) -> None:
    """Cycle 2 must be one thing."""
    faults_found = faults(a_file(CYCLES.replace(before, now, 1)))
    assert any(fault.path == path and problem in fault.problem for fault in faults_found), (
        faults_found
    )


BAD = """
    blocks:
      - block: cycle
        repeat: {times: 4, every: 21 days}
        doses: [{drug: examplumab, amount: 5 mg, route: oral, day: 1}]
"""
OUTERMOST = "doses: [{drug: examplumab, amount: 5 mg, route: oral, day: 1}]"


@pytest.mark.parametrize(
    ("before", "bad", "answer", "good"),
    [
        ("day: 1", "day: '1, 8, 15'", "write [1, 8, 15]", "day: [1, 8, 15]"),
        ("day: 1", "day: 1;8;15", "write [1, 8, 15]", "day: [1, 8, 15]"),
        ("day: 1", "day: 'D1, D8'", "write [1, 8]", "day: [1, 8]"),
        ("day: 1", "day: 1-5", "write '1 to 5'", "day: 1 to 5"),
        ("day: 1", "day: Mon to Fri", "write '1 to 5', and 'starts_on: Monday'", "day: 1 to 5"),
        (
            "day: 1",
            "day: 'Tuesday, Thursday, Sat'",
            "write [1, 3, 5], and 'starts_on: Tuesday'",
            "day: [1, 3, 5]",
        ),
        ("day: 1", "day: Mon and Thu", "write [1, 4], and 'starts_on: Mon", "day: [1, 4]"),
        ("day: 1", "day: Sunday", "write 1, and 'starts_on: Sunday'", "day: 1"),
        ("day: 1", "day: 1, at: BID", "write '2 times a day'", "day: 1, at: 2 times a day"),
        (
            "day: 1",
            "day: 1, at: 24 hours after methotrexate",
            "write '+24 hours', which counts from the start time of the day",
            "day: 1, at: +24 hours",
        ),
        (
            "day: 1",
            "day: 1, at: 3 times a week",
            "leave it out, and list the days of a block of 7 days, like 'day: [1, 3, 5]'",
            "day: [1, 3, 5]",
        ),
        ("every: 21 days", "every: q3w", "write '3 weeks'", "every: 3 weeks"),
        ("every: 21 days", "every: 3 months", "so '84 days', or '91 days' by", "every: 84 days"),
        ("times: 4, every", "up_to: 24 months, every", "write '28 days'", "up_to: 28 days, every"),
        ("times: 4", "times: 4 to 6", "is a maximum, write 'up_to: 6'", "up_to: 6"),
        ("day: 1", "day: [-5, 0]", "write 'numbering: with day 0' in the head", "day: [-5, -1]"),
    ],
)
def test_another_spelling_of_a_time_is_answered_with_one_that_loads(
    before: str, bad: str, answer: str, good: str
) -> None:
    """What other people's regimens print, and what to write instead."""
    problems = [fault.problem for fault in faults(a_file(BAD.replace(before, bad, 1)))]
    assert any(answer in problem for problem in problems), problems
    assert loaded(a_file(BAD.replace(before, good, 1)))


@pytest.mark.parametrize("end", ["21 days after the last dose", "complete remission"])
def test_an_end_that_nobody_can_date_is_answered_with_an_open_one(end: str) -> None:
    """The dose is then open-ended, and the schedule asks for how long."""
    word = "to" if end[0] == "2" else "until"
    text = BAD.replace("day: 1", f"day: -7 {word} {end}")
    problems = [fault.problem for fault in faults(a_file(text))]
    answer = "if it has no last day, write '-7 onward' on a dose of the outermost"
    assert any(answer in problem for problem in problems), problems
    assert loaded(a_file(OUTERMOST.replace("day: 1", "day: -7 onward")))


@pytest.mark.parametrize(
    "doses",
    [
        ("day: 1, over: {1: 90 minutes, 2 onward: 30 minutes}",),
        (
            "dose: first, day: 1, turn: 1, over: 90 minutes",
            "dose: others, day: 1, turn: 2 onward, over: 30 minutes",
        ),
    ],
    ids=["as printed", "a dose for each"],
)
def test_the_first_infusion_may_take_longer_than_the_others(doses: tuple[str, ...]) -> None:
    """The first infusion over 90 minutes, the others over 30, as labels print it."""
    rows = planned(cycle(*doses)).administrations
    times = [row.dose.over.longest for row in rows if row.dose.over is not None]
    assert times == [90, 30, 30, 30]
