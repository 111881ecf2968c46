"""The verbs of a course log, as they are typed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import Result, assert_refused, environment, hashless, run, written
from filetext import a_cycle, a_dose
from il2calc import language
from il2calc.cli import output
from il2calc.course import Course, replay
from il2calc.errors import Refused
from il2calc.language import log_file, shelf
from il2calc.language.log_writing import packed
from il2calc.model.effects import Extra, Given, Held, Shifted, Stopped, Undone
from il2calc.model.log import Entry
from il2calc.model.regimen import Regimen
from il2calc.plan import timing
from logtext import FIRST
from stated import value_of

START = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
VERBS = ("given", "hold", "shift", "delay", "weigh", "reduce", "decide", "stop", "undo")


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A log of intravenous bolus interleukin-2: 15 doses every 8 hours, 5.04 million units each."""
    path = str(tmp_path / "S-07.yaml")
    assert run("log", "start", path, *START).code == 0
    return path


def log(verb: str, file: str, *args: str, as_of: str | None = "2025-12-03") -> Result:
    """A verb of a log."""
    result = run("log", verb, file, *args, *(() if as_of is None else ("--as-of", as_of)))
    return hashless(result)


def line_of(verb: str, file: str, *args: str, as_of: str | None = "2025-12-03") -> str:
    """The one line that a verb prints, without any caution."""
    result = log(verb, file, *args, as_of=as_of)
    assert (result.code, result.err) == (0, ""), result
    assert result.out.count("\n") == 1
    return result.out.removesuffix("\n")


def entries(file: str) -> tuple[Entry, ...]:
    return log_file.load(file).entries


def course(file: str, on: date) -> Course:
    """The course of a log on a day."""
    course_log = log_file.load(file)
    regimen = language.load(course_log.regimen, settings=course_log.settings)
    return replay(regimen, course_log, datetime.combine(on, datetime.min.time()))


# How often a timetable is laid out


@pytest.fixture
def expansions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The regimens whose timetable was laid out, one entry for each time."""
    expanded: list[str] = []
    expand = timing.expand

    def counted(regimen: Regimen, *args: Any) -> timing.Timetable:
        expanded.append(regimen.id)
        return expand(regimen, *args)

    monkeypatch.setattr(timing, "expand", counted)
    return expanded


def test_an_entry_lays_the_timetable_out_at_most_three_times(
    file: str, expansions: list[str]
) -> None:
    """Before the entry, to check the entry against the log, and after it."""
    line_of("given", file, "1-6")
    assert 1 <= len(expansions) <= 3


def test_a_course_is_planned_again_from_one_timetable(file: str, expansions: list[str]) -> None:
    """The plan and the course as it is now are two readings of one timetable."""
    assert run("replan", file, "--as-of", "2025-12-03").code == 0
    assert len(expansions) == 1


# A course from its beginning


def test_a_course_is_recorded_as_it_happens(file: str) -> None:
    """Ten of fifteen doses, a late cycle, a new weight: 72,000 IU/kg x 66.5 kg = 4,788,000 IU.

    Cycle 2 is planned for day 13 = 2025-12-13; three days later is 2025-12-16. It ends on
    2025-12-20; five weeks of rest are 35 days, so course 2 begins on 2026-01-25, and with six
    weeks on 2026-02-01.
    """
    line_of("given", file, "1-6")
    line_of("hold", file, "7", "--reason", "creatinine 3.1 mg/dL")
    line_of("given", file, "8-11", as_of="2025-12-04")
    line_of("hold", file, "12-15", as_of="2025-12-05")
    line_of("delay", file, "course 1/cycle 2", "--by", "3 days", "--reason", "platelets 62")
    use = ("--on", "2025-12-14", "--use-from", "course 1/cycle 2")
    line_of("weigh", file, "66.5 kg", *use, as_of="2025-12-14")
    result = course(file, date(2025, 12, 14))
    states = [row.recorded.state for row in result.rows if row.key.turns == FIRST]
    assert states.count("given") == 10
    given = [row.recorded.value or 0 for row in result.rows[:15]]
    assert sum(given) == 10 * 5_040_000
    second = result.rows[15].administration
    assert f"{second.when:%Y-%m-%d %H:%M}" == "2025-12-16 08:00"
    assert second.dosed.value == 4_788_000
    third = result.rows[30]
    assert f"{third.administration.when:%Y-%m-%d}" == "2026-01-25"
    assert third.administration.latest_date == date(2026, 2, 1)
    assert third.recorded.state == "conditional"


def test_without_use_from_a_weight_changes_no_dose(file: str) -> None:
    """Weight gained under interleukin-2 is fluid: 72,000 IU/kg x 70 kg = 5,040,000 IU."""
    line = line_of("weigh", file, "66.5 kg", "--on", "2025-12-14", as_of="2025-12-14")
    assert line == "entry 1: weight 66.5 kg on 2025-12-14, changes no dose"
    assert course(file, date(2025, 12, 14)).rows[15].administration.dosed.value == 5_040_000


def test_a_reduction_counts_from_a_block_for_its_drug_alone(tmp_path: Path) -> None:
    """80 mg/m2 x 1.8 m2 x 75 % = 108 mg of paclitaxel from cycle 3; the other drug stays."""
    file = str(tmp_path / "S-08.yaml")
    begin = ("--regimen", "imp321", "--arm", "6.25-mg", "--bsa", "1.8", "--start", "2025-12-01")
    run("log", "start", file, *begin)
    before = course(file, date(2025, 12, 1))
    result = log("reduce", file, "paclitaxel", "--to", "75 %", "--from", "cycle 3")
    assert result.code == 0, result.err
    after = course(file, date(2025, 12, 1))
    for row, old in zip(after.rows, before.rows, strict=True):
        reduced = row.key.drug == "paclitaxel" and row.key.turns >= (("cycle", 3),)
        share = Decimal("0.75") if reduced else Decimal(1)
        assert row.administration.dosed.value == value_of(old.administration) * share
        if reduced:
            assert row.administration.dosed.value == Decimal(108)


def test_a_decision_settles_a_conditional_block(file: str) -> None:
    """`no` ends the branch."""
    assert line_of("decide", file, "course 2", "yes", "--reason", "stable disease") == (
        "entry 1: course 2 is given (from row 31, 2026-01-22 08:00: 5.04 million units); stable"
        " disease"
    )
    line_of("undo", file)
    assert (
        line_of("decide", file, "course 2", "no")
        == "entry 3: course 2 is not given (30 rows no longer given)"
    )


def test_a_shift_moves_the_rest_of_its_repeat(file: str) -> None:
    """`4 h` and the like, as people write on a ward.

    Danger: a line that names only row 8, and rows 9 to 15 are moved with it unseen.
    """
    line_of("given", file, "1-6")
    assert line_of("shift", file, "8", "--by", "4 h", "--reason", "dose 7 given late") == (
        "entry 2: aldesleukin dose 8 of course 1, cycle 1 moved 4 hours later (row 8: 2025-12-03"
        " 20:00 instead of 2025-12-03 16:00, with it rows 9 to 15); dose 7 given late"
    )
    assert isinstance(entries(file)[1].effect, Shifted)


def test_a_stop_ends_a_course_at_a_moment(file: str) -> None:
    """Rows 7 to 60 fall after it."""
    line = line_of("stop", file, "--reason", "progression", as_of="2025-12-03 07:00")
    assert (
        line == "entry 1: course stopped (2025-12-03 07:00, 54 rows no longer given); progression"
    )
    assert entries(file)[0].effect == Stopped()


# Rows, times and amounts


def test_rows_are_kept_as_doses_that_no_delay_renumbers(file: str) -> None:
    """By block turn, drug, dose name and number."""
    line_of("given", file, "1-2,3")
    effect = entries(file)[0].effect
    assert isinstance(effect, Given)
    assert [key.number for key in effect.doses] == [1, 2, 3]
    assert {key.turns for key in effect.doses} == {FIRST}
    assert {(key.drug, key.dose) for key in effect.doses} == {("aldesleukin", "aldesleukin")}


def test_a_dose_may_have_been_given_at_another_time_or_amount(file: str) -> None:
    """Both are kept, and what follows from them is cautioned at once."""
    line_of("given", file, "1-6")
    args = ("7", "--at", "2025-12-03 10:10", "--amount", "5 million IU")
    result = log("given", file, *args)
    assert result.code == 0
    assert result.out == (
        "entry 2: aldesleukin dose 7 of course 1, cycle 1 given, 5 million units on 2025-12-03"
        " 10:10 (row 7)\n"
    )
    assert result.err == (
        "caution: row 8 (2025-12-03 16:00) is less than 8 hours after row 7, given 2025-12-03"
        " 10:10\n"
    )


def test_a_caution_is_not_printed_again_because_its_rows_have_new_numbers(tmp_path: Path) -> None:
    """Danger: with every extra dose all known cautions are printed anew, and nobody reads them.

    The clocks go back on 26 October 2025: dose 7 is 48 hours after 08:00 of the 24th, at 07:00.
    """
    file = str(tmp_path / "S.yaml")
    head = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-10-24")
    start = run("log", "start", file, *head, "--tz", "Europe/London")
    assert "Europe/London: rows 7 to 15, on elapsed time" in start.err
    on = ("--as-of", "2025-10-26 22:00")
    assert run("log", "given", file, "1-7", *on).code == 0
    late = run("log", "given", file, "8", "--at", "2025-10-26 17:10", *on)
    assert "row 9 (2025-10-26 23:00) is less than 8 hours after row 8" in late.err
    dose = ("aldesleukin", "1 million IU", "--at", "2025-10-25 18:00", "--route", "SC")
    message = run("log", "extra", file, *dose, *on).err
    assert "row 6 (2025-10-25 18:00) is less than 8 hours after row 5" in message
    assert "row 10" not in message, "rows 8 and 9 of before are rows 9 and 10 now"
    assert "Europe/London" not in message
    assert "row 10 (2025-10-26 23:00) is less than 8 hours after row 9" in run("replan", file).err


def test_a_caution_is_printed_once(file: str) -> None:
    """With the entry that causes it; `replan` shows it from then on."""
    line_of("given", file, "1-6")
    assert log("given", file, "7", "--at", "2025-12-03 10:10").err
    line_of("hold", file, "8")


@pytest.mark.parametrize(
    ("verb", "args", "code", "words"),
    [
        ("given", ("x",), 2, "ROWS: 'x' is not a list of rows"),
        ("given", ("61",), 1, "there is no row 61; the course has rows 1 to 60"),
        ("given", ("8",), 1, "falls on 2025-12-03 16:00, after this entry of 2025-12-03 09:00"),
        ("given", ("3",), 1, "which are neither given nor held"),
        ("given", ("1-2", "--amount", "5 million IU"), 1, "is for one dose"),
        ("given", ("1", "--amount", "5 mg"), 1, "is measured in IU, not mg"),
        ("given", ("1", "--amount", "5"), 2, "--amount: "),
        ("given", ("1", "--at", "10:10"), 2, "--at: '10:10' is not a date and time"),
        ("hold", ("7-6",), 2, "ROWS: "),
        ("shift", ("3", "--by", "soon"), 2, "--by: 'soon' is not a length of time"),
        (
            "delay",
            ("cycle 2", "--by", "3 days"),
            1,
            "write which one: 'course 1/cycle 2' or 'course 2",
        ),
        ("delay", ("cycle 9", "--by", "3 days"), 1, "no block turn is called 'cycle 9'"),
        ("weigh", ("665 kg", "--on", "2025-12-03"), 2, "is not plausible"),
        ("weigh", ("66.5 kg", "--on", "2025-12-04"), 1, "after this entry of 2025-12-03"),
        ("reduce", ("aldesleukin", "--to", "3/4", "--from", "cycle 1"), 2, "--to: "),
        ("reduce", ("paclitaxel", "--to", "75 %", "--from", "course 1"), 1, "no drug of npc-bolus"),
        ("decide", ("course 2", "maybe"), 2, "DECISION: 'maybe' is neither yes nor no"),
        ("decide", ("course 1", "yes"), 1, "depends on no condition"),
        ("stop", ("--reason", "=1+1"), 2, "--reason: begins with '='"),
        ("undo", (), 1, "has no entry that counts; there is nothing to undo"),
        ("undo", ("last",), 2, "NUMBER: "),
        ("undo", ("4",), 1, "entry 4 cannot be undone"),
        ("shift", ("3",), 2, "--by"),
        ("weigh", ("66.5 kg",), 2, "--on"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(
    verb: str, args: tuple[str, ...], code: int, words: str, file: str
) -> None:
    """In one line, and the log is as it was."""
    before = Path(file).read_bytes()
    assert_refused(log(verb, file, *args, as_of="2025-12-03 09:00"), code, "error: ", words)
    assert Path(file).read_bytes() == before


def test_a_refusal_may_be_overridden_with_a_reason(file: str) -> None:
    """A weight inside a block that has begun: refused, kept as an override, and cautioned."""
    line_of("given", file, "1-6")
    args = ("weigh", file, "66.5 kg", "--on", "2025-12-03", "--use-from", "course 1/cycle 1")
    assert_refused(log(*args), 1, "has begun", "--override")
    result = log(*args, "--override", "--reason", "weighed again")
    assert result.code == 0
    assert result.out == (
        "entry 2: weight 66.5 kg on 2025-12-03, used from course 1, cycle 1 (from row 7, 2025-12-03"
        " 08:00: 4.788 million units), although it was refused; weighed again\n"
    )
    assert result.err == (
        "caution: the weight of 66.5 kg is used inside course 1, cycle 1, which had begun (entry"
        " 2)\n"
    )
    assert entries(file)[1].overridden


def test_an_override_without_a_refusal_is_not_kept(file: str) -> None:
    """`override: yes` is written only where there was a refusal."""
    use = ("--on", "2025-12-03", "--use-from", "course 1/cycle 2", "--override")
    assert "although it was refused" not in line_of("weigh", file, "66.5 kg", *use)
    assert not entries(file)[0].overridden


def test_a_shorter_block_turn_is_enough_where_only_one_fits(tmp_path: Path) -> None:
    """`cycle 2` of a regimen that has cycles and nothing around them."""
    path = str(tmp_path / "S-07.yaml")
    regimen = written(tmp_path, a_cycle())
    run("log", "start", path, "--regimen", regimen, "--start", "2025-12-01")
    assert line_of("delay", path, "cycle 2", "--by", "1 week").startswith(
        "entry 1: cycle 2 delayed"
    )


# Undone


@pytest.mark.hazard(29)
def test_undo_takes_back_the_last_entry_that_counts(file: str) -> None:
    """Nothing is erased: the undoing is an entry of its own."""
    line_of("given", file, "1-3")
    line_of("hold", file, "4")
    assert line_of("undo", file).startswith("entry 3: entry 2 undone: aldesleukin dose 4 of")
    assert line_of("undo", file, "--reason", "wrong file") == (
        "entry 4: entry 1 undone: aldesleukin doses 1 to 3 of course 1, cycle 1 given; wrong file"
    )
    assert [type(entry.effect) for entry in entries(file)] == [Given, Held, Undone, Undone]
    assert log_file.load(file).in_force() == ()


def test_undo_takes_back_an_entry_by_its_number(file: str) -> None:
    """Unless another one depends on it."""
    line_of("given", file, "1-3")
    line_of("given", file, "4")
    assert_refused(log("undo", file, "1"), 1, "error: entry 1 cannot be undone", "entry 2 depends")
    assert line_of("undo", file, "2").startswith("entry 3: entry 2 undone")


def test_an_unplanned_dose_is_undone_before_a_later_one(file: str) -> None:
    """Danger: the later one has another number among its turn's doses then, and is not found."""
    for drug in ("paracetamol", "ondansetron"):
        log("extra", file, drug, "8 mg", "--route", "oral", "--at", "2025-12-01 09:00")
    assert "entry 3: entry 1 undone: paracetamol 8 mg" in log("undo", file, "1").out
    (left,) = log_file.load(file).in_force()
    assert isinstance(left.effect, Extra)
    assert left.effect.drug == "ondansetron"


# When it is entered


def test_an_entry_without_a_time_is_made_now(file: str) -> None:
    """By the clock of the machine, to the minute."""
    line_of("stop", file, as_of=None)
    now = datetime.now(UTC).astimezone().replace(tzinfo=None)
    assert now - timedelta(minutes=2) <= entries(file)[0].moment <= now


def test_a_date_alone_is_the_end_of_its_day(file: str) -> None:
    """Dose 8 of 2025-12-03 16:00 was given by then."""
    line_of("given", file, "1-8", as_of="2025-12-03")
    assert f"{entries(file)[0].moment:%Y-%m-%d %H:%M}" == "2025-12-03 23:59"
    assert_refused(
        log("stop", file, as_of="yesterday"), 2, "--as-of: 'yesterday' is not a date and time"
    )


# Begun


def test_a_log_starts_with_everything_a_schedule_depends_on(tmp_path: Path) -> None:
    """As it was typed; the regimen with its version and content hash."""
    path = str(tmp_path / "own log.yaml")
    args = (
        *("--regimen", "imp321", "--arm", "6.25-mg", "--weight", "154 lb", "--height", "1.70 m"),
        *("--bsa-formula", "du-bois", "--sex", "female", "--bsa-cap", "2", "--gfr", "90"),
        *(
            "--start",
            "2025-12-01",
            "--at",
            "09:30",
            "--cycles",
            "4",
            "--percent",
            "paclitaxel=90 %",
        ),
        *("--set", "cycle.paclitaxel.at=10:00", "--tz", "Europe/London", "--subject", "S-08"),
    )
    result = run("log", "start", path, *args)
    assert result.code == 0, result.err
    assert result.out.startswith(f"{path}: started for S-08 with imp321 version 1, ")
    assert "caution: " in result.err
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    sha256 = language.load("imp321").origin.sha256
    assert lines[2:] == [
        "log: S-08",
        "format: 2",
        "regimen: imp321",
        "version: 1",
        f"sha256: {sha256}",
        "weight: 69.85322498 kg",
        "height: 170 cm",
        "bsa_formula: du-bois",
        "sex: female",
        "bsa_cap: 2 m2",
        "gfr: 90 mL/min",
        "start: 2025-12-01",
        'at: "09:30"',
        "arm: 6.25-mg",
        "times:",
        "  cycle: 4",
        "percent:",
        "  paclitaxel: 90 %",
        "set:",
        '  cycle.paclitaxel.at: "10:00"',
        "tz: Europe/London",
        "facts:",
        "  cycle.repeat.times: 6",
        "  cycle.repeat.every: 28 days",
        "  cycle.paclitaxel.amount: 80 mg/m2",
        "  cycle.paclitaxel.route: IV infusion",
        '  cycle.paclitaxel.day: "[1, 8, 15]"',
        '  cycle.paclitaxel.at: "10:00"',
        '  "cycle.IMP321.amount[0.25-mg]": 0.25 mg',
        '  "cycle.IMP321.amount[1.25-mg]": 1.25 mg',
        '  "cycle.IMP321.amount[6.25-mg]": 6.25 mg',
        "  cycle.IMP321.route: SC",
        '  cycle.IMP321.day: "[2, 16]"',
        f"regimen_text: {packed(shelf.find('imp321').content)}",
        "entries:",
    ]
    planned = run("schedule", *args[1:-2], "--format", "csv").out.splitlines()[1:]
    assert len(course(path, date(2025, 12, 1)).rows) == len(planned) > 0


def test_a_subject_is_the_name_of_the_file_where_none_is_given(file: str) -> None:
    """A label of the user's own; no name and no date of birth is asked for."""
    assert log_file.load(file).subject == "S-07"
    assert Path(file).read_text(encoding="utf-8").splitlines()[2] == "log: S-07"


def test_the_default_arm_is_kept_by_its_name(tmp_path: Path) -> None:
    """The arm in which a course was started must not change with the file."""
    file = str(tmp_path / "S-09.yaml")
    args = ("--regimen", "imatinib", "--cycles", "3", "--start", "2025-12-01")
    result = run("log", "start", file, *args)
    assert result.code == 0, result.err
    assert log_file.load(file).arm == language.load("imatinib").default_arm


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--regimen", "npc-bolus", "--start", "2025-12-01"), 1, "give --weight"),
        (("--regimen", "npc-bolus", "--weight", "70"), 2, "--start"),
        (("--weight", "70", "--start", "2025-12-01"), 2, "--regimen"),
        ((*START[:-1], "1.12.2025"), 2, "--start: '1.12.2025' is not a date"),
        (("--regimen", "npc-bolos", *START[2:]), 1, "did you mean 'npc-bolus'?"),
        (
            ("--regimen", "-", *START[2:]),
            2,
            "--regimen: takes an id or a path, not standard input",
        ),
        ((*START[:2], "--weight", "700", *START[4:]), 2, "is not plausible"),
        ((*START, "--tz", "Europe/Londn"), 2, "--tz: "),
        ((*START, "--subject", "-7"), 2, "--subject: "),
        ((*START, "--arm", "one"), 1, "npc-bolus has no arms"),
        ((*START, "--times", "course.cycle=9"), 1, "9"),
    ],
)
def test_a_choice_that_schedule_refuses_starts_no_log(
    args: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    """The schedule is made once to find out."""
    file = tmp_path / "S-07.yaml"
    assert_refused(run("log", "start", str(file), *args), code, "error: ", words)
    assert not file.exists()


@pytest.mark.parametrize("name", [".", "..", "new/"])
def test_a_folder_is_refused_as_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A --subject that nobody had typed was refused, and new/ became a log called new."""
    monkeypatch.chdir(tmp_path)
    assert_refused(run("log", "start", name, *START), 1, f"{name} is a folder", "S-07.yaml")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_log_is_not_started_again(file: str) -> None:
    """What was given to somebody would be gone."""
    line_of("given", file, "1-6")
    before = Path(file).read_bytes()
    assert_refused(run("log", "start", file, *START), 1, "error: ", "already exists")
    assert Path(file).read_bytes() == before


def test_a_regimen_beside_its_log_moves_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path is written relative to the folder of the log."""
    old_folder, new_folder = tmp_path / "here", tmp_path / "there"
    old_folder.mkdir()
    monkeypatch.chdir(tmp_path)
    written(old_folder, a_cycle())
    run("log", "start", "here/S-07.yaml", "--regimen", "here/examplumab.yaml", *START[4:])
    old_folder.rename(new_folder)
    assert line_of("hold", "there/S-07.yaml", "1").startswith(
        "entry 1: examplumab dose 1 of cycle 1"
    )


def test_a_log_that_was_moved_alone_asks_for_its_regimen_file(tmp_path: Path) -> None:
    """Its own file is not one that ships, so `il2calc list` is no way out."""
    file = str(tmp_path / "S-07.yaml")
    run("log", "start", file, "--regimen", written(tmp_path, a_cycle()), *START[4:])
    (tmp_path / "examplumab.yaml").unlink()
    told = f"there is no such file; {file} follows it: move it with the log\n"
    assert run("replan", file).err == f"{tmp_path / 'examplumab.yaml'}: {told}"


@pytest.mark.hazard(6)
def test_a_regimen_that_was_changed_since_must_be_accepted(tmp_path: Path) -> None:
    """Row 1 may be another dose now; accepted, it is cautioned each time."""
    regimen = written(tmp_path, a_dose())
    file = str(tmp_path / "S-07.yaml")
    run("log", "start", file, "--regimen", regimen, *START[4:])
    written(tmp_path, a_dose("amount: 6 mg"))
    assert_refused(
        log("hold", file, "1"), 1, "not the one that the log was started with", "--accept"
    )
    for verb in (("hold", file, "1"), ("undo", file)):
        result = log(*verb, "--accept-regimen")
        assert result.code == 0
        assert "caution: the regimen file is another one for the whole course" in result.err or (
            verb[0] == "undo" and result.err == ""
        )


def test_a_head_changed_to_name_another_regimen_is_refused(tmp_path: Path) -> None:
    """A log without entries has no hash that could show it; its own facts do, and name it."""
    a_kilogram = written(tmp_path, a_dose("amount: 5 mg/kg"))
    other = written(tmp_path, a_dose("amount: 50 mg/kg"), "other.yaml")
    file = tmp_path / "S-07.yaml"
    run("log", "start", str(file), "--regimen", a_kilogram, *START[2:])
    text = file.read_text().replace("examplumab.yaml", "other.yaml")
    old_hash, new_hash = (language.load(name).origin.sha256 for name in (a_kilogram, other))
    lines = [
        line for line in text.replace(old_hash, new_hash).splitlines() if "regimen_text" not in line
    ]
    file.write_text("\n".join(lines) + "\n")
    differs = "examplumab.amount: 5 mg/kg in the log, 50 mg/kg in the file"
    for verb in (["replan"], ["intensity"], ["log", "hold"]):
        result = run(*verb, str(file), *(["1"] if verb[1:] else []))
        assert_refused(
            result, 1, str(file), "does not fit the regimen file of", differs, "--accept"
        )
    result = run("replan", str(file), "--accept-regimen", "--as-of", "2025-12-03")
    assert result.code == 0
    assert f"caution: the head of {file} does not fit" in result.err
    assert differs in result.err


def test_an_amendment_under_a_contradictory_head_is_refused(file: str) -> None:
    """Its facts were changed and contradict the text that it keeps; no entry has a hash."""
    path = Path(file)
    path.write_text(path.read_text().replace("72_000 IU/kg", "62_000 IU/kg"))
    result = run("log", "amend", file, "--regimen", "npc-bolus", "--from", "course 1/cycle 2")
    assert_refused(result, 1, "does not fit", "62_000 IU/kg in the log, 72_000 IU/kg in the file")


# Entered, and not shown


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "verb",
    [
        ("start", "new.yaml", *START),
        ("given", "S-07.yaml", "1-3"),
        ("delay", "S-07.yaml", "course 1/cycle 2", "--by", "2 days"),
        ("amend", "S-07.yaml", "--regimen", "npc-bolus"),
    ],
)
def test_an_entry_that_was_made_and_cannot_be_shown_is_no_error(
    file: str, verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads of an error enters a delay again, and then it is twice as long."""
    folder = Path(file).parent
    monkeypatch.chdir(folder)
    with FULL.open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "il2calc", "log", *verb],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    message = result.stderr.decode().splitlines()
    assert (result.returncode, message[0]) == (0, "entered; could not be shown")
    assert ", last hash " in message[1]
    assert len(entries(str(folder / verb[1]))) == (verb[0] != "start")


def test_an_entry_made_with_a_closed_standard_output_is_confirmed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `log stop S-07.yaml >&-`: no error, or it would be entered again."""
    monkeypatch.setattr(sys, "stdout", None)
    output.open_streams()
    output.write_done(["entry 1: course stopped"])
    sys.stdout.close()
    assert capsys.readouterr().err == "entered; could not be shown\n"


def test_an_entry_made_while_standard_output_is_full_is_confirmed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under standard output undoes no entry."""

    def full(_: object) -> None:
        raise Refused("standard output cannot be written")

    monkeypatch.setattr(output, "write", full)
    output.write_done(["entry 1: course stopped"])
    assert capsys.readouterr().err == "entered; could not be shown\n"


# The verb `log` itself


def test_without_a_verb_the_verbs_are_listed() -> None:
    """On standard output, as any help."""
    result = run("log")
    assert (result.code, result.err) == (0, "")
    for verb in ("start", *VERBS):
        assert f"\n  {verb} " in result.out


@pytest.mark.parametrize("verb", ["start", *VERBS])
def test_every_verb_says_what_it_takes(verb: str) -> None:
    """With the log first."""
    result = run("log", verb, "--help")
    assert result.code == 0
    assert "The course log, such as subject-07.yaml." in result.out


def test_a_misspelt_verb_is_refused_with_the_nearest() -> None:
    """In one line."""
    assert_refused(run("log", "givn", "S-07.yaml"), 2, "did you mean given")


@pytest.mark.parametrize("verb", VERBS)
def test_a_missing_log_is_refused(verb: str, tmp_path: Path) -> None:
    """With the command that starts one; none is created."""
    args = {
        "given": ("1",),
        "hold": ("1",),
        "shift": ("1", "--by", "4 h"),
        "delay": ("cycle 2", "--by", "3 days"),
        "weigh": ("66 kg", "--on", "2025-12-03"),
        "reduce": ("aldesleukin", "--to", "75 %", "--from", "cycle 2"),
        "decide": ("course 2", "yes"),
    }
    result = run("log", verb, str(tmp_path / "no.yaml"), *args.get(verb, ()))
    assert_refused(result, 1, "there is no such log; to start one: il2calc log start")
    assert list(tmp_path.iterdir()) == []


def test_a_faulty_log_is_refused_with_file_and_line(file: str) -> None:
    """Every fault of it, and nothing is added."""
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write("  - stop: no\n    entered: 2025-12-03\n")
    result = log("hold", file, "1")
    assert (result.code, result.out) == (1, "")
    last = len(Path(file).read_text(encoding="utf-8").splitlines())
    places = [line.split(": ")[0] for line in result.err.splitlines()]
    assert places == [f"{file}:{last - 1}", f"{file}:{last}"]


def test_a_dose_in_the_future_cannot_be_entered(file: str) -> None:
    """A dose of the year 2049 was not given; `replan` may look ahead, a log may not."""
    result = log("given", file, "1", as_of="2049-01-01")
    assert_refused(result, 2, "--as-of: 2049-01-01 is after today", "enter what has happened")


def test_a_missing_word_names_the_help_of_its_own_verb() -> None:
    """`il2calc log --help` says nothing of `--start`."""
    assert_refused(run("log", "given"), 2, "Missing argument FILE", "Try: il2calc log given --help")


# What an extra dose is called, and counted in


EXTRA = ("--at", "2025-12-02 12:00", "--route", "IV bolus")


@pytest.mark.hazard(14)
def test_an_extra_dose_in_plain_units_of_a_drug_counted_in_iu_is_refused(file: str) -> None:
    """Danger: 5 million Cetus units are six times 5 million IU, and both are written "units"."""
    before = Path(file).read_bytes()
    words = (
        "the amount is in plain units, but aldesleukin is measured in IU: type '5 million IU' if "
        "international units are meant; '30 million IU' if Cetus units are (6 IU each); "
        "'6 million IU' if Nutley units are (1.2 IU each)"
    )
    for drug in ("aldesleukin", "IL-2"):
        refused = log("extra", file, drug, "5 million units", *EXTRA)
        assert_refused(refused, 1, words)
        assert "/kg'" not in refused.err, "a log keeps no other scale"
    line = f"extra aldesleukin '5 million units' at {EXTRA[1]} route IV bolus"
    assert_refused(run("replan", file, "--what-if", line), 1, words)
    assert Path(file).read_bytes() == before
    assert log("extra", file, "aldesleukin", "5 million IU", *EXTRA).code == 0
    heparin = extra_cautions(file, "primumab", "5000 units")
    assert "drug-name" not in heparin, "of a drug without a monograph nothing is known"


OTHER_SCALES = [
    (
        "7 million Cetus units",
        "is in Cetus units, 6 IU each: a log keeps IU, so type '42 million IU'",
    ),
    (
        "10 Nutley units",
        "is in Nutley units, 1.2 IU each: a log keeps IU, so type '12 IU'",
    ),
    (
        "7_000 units",
        "is in plain units, but aldesleukin is measured in IU: type '7000 IU' if",
    ),
]


@pytest.mark.hazard(14)
@pytest.mark.parametrize(("amount", "words"), OTHER_SCALES)
@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("given", ("1", "--amount")),
        ("part", ("1", "--ended", "2025-12-01 08:10", "--amount")),
        ("extra", ("--at", "2025-12-02 12:00", "--route", "SC", "Proleukin")),
        ("reduce", ("aldesleukin", "--from", "course 1/cycle 2", "--to")),
    ],
)
def test_every_amount_of_a_log_in_another_scale_is_answered_in_iu(
    file: str, verb: str, args: tuple[str, ...], amount: str, words: str
) -> None:
    """Danger: one verb that takes a Cetus unit for an IU, or that gives no way out.

    1 Cetus unit is 6 IU, 1 Nutley unit 1.2 IU: 7 million are 42 million, 10 are 12.
    """
    before = Path(file).read_bytes()
    assert_refused(log(verb, file, *args, amount), 1, f"the amount {words}")
    assert Path(file).read_bytes() == before


def test_an_amount_per_kg_in_another_scale_keeps_its_basis(file: str) -> None:
    """100,000 Cetus units/kg are 600,000 IU/kg (Abrams 1990)."""
    args = ("aldesleukin", "--from", "course 1/cycle 2", "--to", "100_000 Cetus units/kg")
    assert_refused(
        log("reduce", file, *args), 1, "6 IU each: a log keeps IU, so type '600000 IU/kg'"
    )


def test_another_scale_of_a_drug_without_its_factor_has_no_answer_in_iu(file: str) -> None:
    """Nobody has said what a Cetus unit of another drug is."""
    for drug in ("paclitaxel", "unknownumab"):
        refused = log("extra", file, drug, "5 Cetus units", *EXTRA)
        assert_refused(refused, 1, f"is in Cetus units, and {drug} has no factor for doses from")


def test_plain_units_of_a_drug_without_scales_have_one_answer(tmp_path: Path) -> None:
    """A monograph that counts in IU and knows no other scale."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(
        "drug: examplumab\nversion: 1\nread_on: 2026-11-22\n"
        "products: [{product: vial, form: vial, contains: 5 MIU, source: doe2020}]\n"
        "sources: {doe2020: {cite: Doe J. 2020., read: abstract}}\n"
    )
    file = str(tmp_path / "S-08.yaml")
    assert run("log", "start", file, *START).code == 0
    refused = log("extra", file, "examplumab", "5 units", *EXTRA, "--library", str(tmp_path))
    ways = "type '5 IU' if international units are meant; no factor for another scale is known here"
    assert_refused(refused, 1, ways)


@pytest.mark.hazard(14)
def test_an_entry_by_hand_in_plain_units_is_refused_at_its_line(file: str) -> None:
    """Danger: written by hand, as by no verb: units beside IU, and missing from their total."""
    line = "\n  - extra: {drug: aldesleukin, amount: %s, at: 2025-12-02 12:00, route: SC}"
    log_text = Path(file).read_text()
    text = log_text.rstrip().removesuffix(" []") + line % "5 million units"
    entered = "\n    entered: 2025-12-03 10:00\n"
    Path(file).write_text(text + entered)
    number = len(text.splitlines())
    refused = run("replan", file, "--allow-edited")
    assert_refused(refused, 1, f"S-07.yaml:{number}: entries[1]: the amount is in plain units, but")
    Path(file).write_text(text.replace("million units", "million Cetus units") + entered)
    refused = run("replan", file, "--allow-edited")
    assert_refused(refused, 1, "Cetus units are another scale; write the amount in IU ('il2calc dr")


def extra_cautions(file: str, drug: str, amount: str) -> str:
    """The cautions of an extra dose."""
    result = log("extra", file, drug, amount, *EXTRA)
    assert result.code == 0, result.err
    return result.err


@pytest.mark.hazard(2, 3)
@pytest.mark.parametrize(
    ("drug", "words"),
    [
        ("IL-2", "caution: IL-2 is read as aldesleukin."),
        ("imatinb", "and imatinib is spelled almost the same; write imatinib if it is meant"),
        ("nab-paclitaxel", "is not paclitaxel"),
    ],
)
def test_a_name_in_doubt_is_cautioned_when_it_is_entered(file: str, drug: str, words: str) -> None:
    """Danger: another preparation, or a slip of a letter, is in a record as the drug.

    A name that the regimen itself gives its drug is cautioned with the plan, and not again.
    """
    amount = "1 million IU" if drug == "IL-2" else "400 mg"
    assert words in extra_cautions(file, drug, amount)
    line = f"extra {drug} '{amount}' at {EXTRA[1]} route IV bolus"
    assert words in run("replan", file, "--as-of", "2025-12-03", "--what-if", line).err
    for verb in ("replan", "intensity"):
        result = run(verb, file, "--as-of", "2025-12-03")
        assert (result.out + result.err).count(words) >= 1, f"{verb} forgets what is in doubt"
    assert "read as" not in extra_cautions(file, "aldesleukin", "1 million IU")


@pytest.mark.parametrize(
    ("verb", "by"), [("delay", ("course 1/cycle 2", "3 days")), ("shift", ("1", "4 hours"))]
)
def test_the_person_is_another_option_where_by_is_a_length_of_time(
    file: str, verb: str, by: tuple[str, str]
) -> None:
    """Danger: initials after `--by`, as in every other verb, are refused as no length of time."""
    refused = log(verb, file, by[0], "--by", "AB")
    assert_refused(
        refused, 2, "--by: 'AB' is not a length of time", "; who made the entry is --who"
    )
    twice = log(verb, file, by[0], "--by", by[1], "--by", "AB")
    assert_refused(twice, 2, "--by: is given twice; give it once; who made the entry is --who")
    swapped = log(verb, file, by[0], "--by", by[1], "--who", by[1])
    message = f"--who: '{by[1]}' is a length of time, not a person; give that as --by"
    assert_refused(swapped, 2, message)


@pytest.mark.parametrize("length", ["3 days", "3 d", "4h", "4 h", "-2 hours", "1 week"])
def test_a_length_of_time_in_place_of_a_person_is_refused(file: str, length: str) -> None:
    """Danger: `log hold --by "3 days"` held the dose, left it out for good, and moved nothing."""
    before = Path(file).read_bytes()
    refused = log("hold", file, "1", "--by", length)
    message = f"--by: '{length}' is a length of time, not a person; "
    assert_refused(
        refused, 2, message, "a dose is moved by 'log shift', a block turn by 'log delay'"
    )
    assert Path(file).read_bytes() == before


@pytest.mark.parametrize("label", ["AB", "7b", "4 ward"])
def test_a_label_that_is_no_length_of_time_is_taken(file: str, label: str) -> None:
    """A label of the user's own may begin with a digit."""
    result = log("given", file, "1", "--by", label)
    assert result.code == 0, result.err
    assert result.out.rstrip().split("\n")[0].endswith(f", by {label}")


@pytest.mark.hazard(16)
@pytest.mark.parametrize(
    "start",
    [("--start", "2025-11-21"), ("--date-of", "0=2025-11-20"), ("--first-dose", "2025-11-13")],
)
def test_a_course_may_start_by_the_day_that_a_ward_knows(
    start: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: whoever knows the date of day 0 adds a day mentally, and the course is a day off.

    With a day 0, seven days after day -7: day 0 = 20 November, day 1 = 21, day -7 = 13.
    """
    monkeypatch.chdir(tmp_path)
    text = a_dose("route: IV", "day: [-7, 0]", head=("numbering: with day 0",))
    (tmp_path / "examplumab.yaml").write_text(text, encoding="utf-8")
    result = run("log", "start", "B.yaml", "--regimen", "examplumab.yaml", *start)
    assert (result.code, "2 rows from 2025-11-13, day 1 on 2025-11-21\n" in result.out) == (0, True)
    assert "start: 2025-11-21" in (tmp_path / "B.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("dose", "rows"),
    [
        (("day: 1",), "1 row from 2025-11-21"),
        (("day: 3",), "1 row from 2025-11-23, day 1 on 2025-11-21"),
        (("as_needed: yes", "day: 1"), "0 rows, day 1 on 2025-11-21"),
    ],
)
def test_a_course_may_start_with_the_date_of_its_first_row(
    dose: tuple[str, ...], rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: the first row is looked for on day 1, which has none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examplumab.yaml").write_text(a_dose(*dose), encoding="utf-8")
    start = ("--regimen", "examplumab.yaml", "--start", "2025-11-21")
    assert f"version 1, {rows}\n" in run("log", "start", "B.yaml", *start).out


def test_a_course_needs_a_start_date(tmp_path: Path) -> None:
    """Nothing can be due in a course without dates."""
    result = run("log", "start", str(tmp_path / "B.yaml"), "--regimen", "imp321", "--bsa", "1.8")
    assert_refused(result, 1, "arms")
    result = run(
        "log", "start", str(tmp_path / "B.yaml"), "--regimen", "npc-bolus", "--weight", "70"
    )
    assert_refused(result, 2, "--start: is missing; a course starts on a date")
