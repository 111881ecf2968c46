"""How often everything is given: counts of a file, what was asked for, what begins in time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from commandline import run
from filetext import a_file
from il2calc.errors import MissingInput, Refused
from il2calc.plan.schedule import Schedule, make
from written import regimen

FOLIC = """
    numbering: without day 0
    doses:
      - {drug: folic acid, amount: 400 mcg, route: oral, day: -7, repeat: {every: 1 day}}
    blocks:
      - block: cycle
        repeat: {every: 21 days}
        doses: [{drug: pemetrexed, amount: 500 mg, route: IV, day: 1}]
"""
ONWARD = FOLIC.replace("day: -7, repeat: {every: 1 day}", "day: -7 onward")


def counted(schedule: Schedule) -> dict[str, int]:
    """How many rows there are of each drug."""
    return dict(Counter(row.dose.drug for row in schedule.administrations))


@pytest.mark.parametrize("text", [FOLIC, ONWARD], ids=["a repeat", "onward"])
def test_a_horizon_gives_everything_open_that_begins_before_it(text: str) -> None:
    """28 days: days -7 to 28 are 7 + 28 = 35 doses; cycles begin on days 1 and 22."""
    schedule = make(regimen(text), weeks=4)
    assert counted(schedule) == {"folic acid": 35, "pemetrexed": 2}
    assert schedule.counts == {"cycle": 2, "folic acid": 35}
    assert not any(row.at_most for row in schedule.administrations)
    assert [row.regimen_day for row in schedule.administrations][-1] == 28


def test_two_spellings_of_an_open_dose_are_one_table() -> None:
    """`day: -7 onward` is day -7 and every day after it."""
    one, other = (make(regimen(text), weeks=3).administrations for text in (FOLIC, ONWARD))
    assert [(row.minute, row.dose.drug) for row in one] == [
        (row.minute, row.dose.drug) for row in other
    ]


def test_a_horizon_may_be_a_date_before_which_all_begins() -> None:
    """From 1 to 22 December are 21 days: the cycle that would begin on the 22nd does not."""
    for until, cycles in ((date(2026, 12, 22), 1), (date(2026, 12, 23), 2)):
        schedule = make(regimen(FOLIC), start=date(2026, 12, 1), until=until)
        assert schedule.counts["cycle"] == cycles
        assert schedule.administrations[-1].when is not None
        assert schedule.administrations[-1].when.date() < until


def test_a_stated_count_comes_before_the_horizon() -> None:
    """`--times` says one of them, the horizon the others."""
    assert make(regimen(FOLIC), weeks=2, times={"cycle": 3}).counts == {
        "cycle": 3,
        "folic acid": 21,
    }
    schedule = make(regimen(ONWARD), times={"cycle": 1, "folic acid": 8})
    assert [row.regimen_day for row in schedule.administrations] == [*range(-7, 0), 1, 1]


def test_one_message_names_all_that_is_open() -> None:
    """Nobody is asked twice."""
    problem = (
        "written does not say how many times cycle and folic acid are given: give "
        '--cycles 4 --times "folic acid=4" (how many), or --weeks 24 (for how long)'
    )
    with pytest.raises(MissingInput, match=re.escape(problem.removeprefix("written"))):
        make(regimen(FOLIC))


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ("day: 1, repeat: {every: 12 hours}", 14),
        ("day: 1, at: +6 hours, repeat: {every: 12 hours}", 14),
        ("day: 1, at: +13 hours, repeat: {every: 12 hours}", 13),
        ("day: 3, repeat: {every: 2 days}", 3),
        ("day: [1, 3 onward], at: 2 times a day", 12),
    ],
)
def test_a_dose_is_counted_that_begins_before_the_end_of_a_week(more: str, rows: int) -> None:
    """168 hours hold 14 intervals of 12; days 3, 5, 7; days 1 and 3 to 7 twice a day."""
    schedule = make(regimen(f"doses: [{{drug: x, amount: 1 mg, route: oral, {more}}}]"), weeks=1)
    assert len(schedule.administrations) == rows


REST = """
    blocks:
      - block: lead-in
        doses: [{drug: x, amount: 1 mg, route: oral, day: 1 to 5}]
      - block: week
        repeat: {rest: 2 days}
        doses:
          - {drug: y, amount: 1 mg, route: oral, day: 1}
          - {dose: once, drug: z, amount: 1 mg, route: oral, day: 1 to 3, turn: 1}
"""


def test_turns_that_differ_are_laid_out_to_the_horizon() -> None:
    """The first turn takes days 6 to 8 and rests to day 10; then days 11, 14, 17, 20: 15 < 21."""
    assert make(regimen(REST), weeks=2).counts == {"week": 3}
    assert make(regimen(REST), weeks=3).counts == {"week": 5}


def test_a_dose_that_begins_after_the_horizon_is_refused() -> None:
    """Nothing is left out in silence."""
    for text, path, day in (
        (REST.replace("1 to 5", "1 to 8"), "week", 9),
        (FOLIC.replace("day: -7", "day: 8"), "folic acid", 8),
        (ONWARD.replace("day: -7", "day: 8"), "folic acid", 8),
    ):
        problem = f"{path} begins on day {day}, after day 7; give a longer --weeks, or a later"
        with pytest.raises(Refused, match=problem):
            make(regimen(text), weeks=1)


def test_a_horizon_that_holds_too_much_is_refused() -> None:
    """A block whose turns take no day would never reach it."""
    text = REST.replace("rest: 2 days", "rest: 0 days").replace(
        "{drug: y, amount: 1 mg, route: oral, day: 1}",
        "{drug: y, amount: 1 mg, route: oral, day: 1, turn: 1}",
    )
    with pytest.raises(Refused, match="at most 100,000 fit"):
        make(regimen(text), weeks=3)


def test_a_date_that_is_no_horizon_is_refused() -> None:
    """It needs the date of day 1, and comes after it."""
    with pytest.raises(MissingInput, match="--until counts from the date of day 1"):
        make(regimen(FOLIC), until=date(2027, 1, 1))
    with pytest.raises(Refused, match="is not after day 1"):
        make(regimen(FOLIC), start=date(2027, 1, 1), until=date(2027, 1, 1))


ARMS = """
    arms: {low: the lower dose, high: the higher dose, none: nothing more}
    blocks:
      - block: induction
        repeat: {times: 2, every: 7 days}
        doses: [{drug: x, amount: 1 mg, route: oral, day: 1}]
      - block: more
        arm: [high]
        repeat: {every: 7 days}
        doses: [{drug: x, amount: 1 mg, route: oral, day: 1}]
"""


def test_turns_of_a_block_of_another_arm_are_refused_as_such() -> None:
    """It is no unknown name: the block is there, and the plan is of another arm."""
    problem = "more is a block of arm high, and this plan is of arm low; leave its --times out"
    with pytest.raises(Refused, match=problem):
        make(regimen(ARMS), arm="low", times={"more": 2})
    assert make(regimen(ARMS), arm="high", times={"more": 2}).counts == {"induction": 2, "more": 2}


def file(tmp_path: Path, text: str = FOLIC) -> str:
    """The text as a file."""
    head, _, body = text.partition("doses:")
    path = tmp_path / "open.yaml"
    path.write_text(a_file(f"    doses:{body}", head.strip() or "version: 1"), encoding="utf-8")
    return str(path)


def test_every_verb_that_makes_a_plan_takes_a_horizon(tmp_path: Path) -> None:
    """`schedule`, `prepare`, `log start`; the log keeps the counts that it made."""
    path, log = file(tmp_path), str(tmp_path / "course.yaml")
    result = run("schedule", path, "--start", "2026-12-01", "--until", "2026-12-29", "--brief")
    assert "folic acid 400 mcg, oral, 7 doses, daily" in result.out
    assert "folic acid: 35 as requested; the file leaves it open." in result.out
    assert "cycle: 2 as requested; the file leaves it open." in result.out
    assert run("prepare", path, "--weeks", "4").code == 0
    started = run("log", "start", log, "--regimen", path, "--start", "2026-12-01", "--weeks", "4")
    assert "37 rows from 2026-11-24, day 1 on 2026-12-01" in started.out
    log_text = Path(log).read_text(encoding="utf-8")
    assert "folic acid: 35" in log_text
    assert "cycle: 2" in log_text
    assert "open" in run("list", "--library", str(tmp_path)).out
    again = run("log", "start", f"{log}2.yaml", "--regimen", path, "--start", "2026-12-01")
    assert again.code == 1
    options = ("--cycles", "2", "--weeks", "4")
    log3 = f"{log}3.yaml"
    assert run("log", "start", log3, "--regimen", path, "--start", "2026-12-01", *options).code == 0
    assert run("replan", log3, "--as-of", "2026-12-01").code == 0


@pytest.mark.parametrize("horizon", [("--weeks", "4"), ("--until", "2026-12-29")])
def test_four_weeks_of_what_is_counted_are_answered_with_that_there_is_more(
    tmp_path: Path, horizon: tuple[str, ...]
) -> None:
    """Ten weeks of npc-bolus were shown for --weeks 4 without a word; what is open follows it."""
    command = ("schedule", "npc-bolus", "--weight", "70", "--start", "2026-12-01", *horizon)
    message = "npc-bolus says how often everything is given, and all of it is planned"
    assert f'{horizon[0]}: {message}; fewer turns: --times "course=1"\n' in run(*command).err
    once = tmp_path / "once.yaml"
    dose = "{drug: examplumab, amount: 1 mg, route: SC, day: 1}"
    block = f"  - {{block: a, repeat: {{times: 1, every: 7 days}}, doses: [{dose}]}}"
    for body in (f"doses:\n  - {dose}", f"blocks:\n{block}"):
        once.write_text(a_file(body), encoding="utf-8")
        assert run("schedule", str(once), *command[4:]).err.endswith("all of it is planned\n")
    path = file(tmp_path)
    assert "how often" not in run("schedule", path, "--start", "2026-12-01", *horizon).err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--weeks", "4", "--until", "2026-12-29"), "--weeks: excludes --until"),
        (
            ("--first-dose", "2026-12-01", "--until", "2026-12-29"),
            "--until: excludes --first-dose; give --start, or --weeks 24",
        ),
        (("--weeks", "four"), "--weeks: 'four' is not a whole number"),
        (("--until", "soon"), "--until: 'soon' is not a date"),
    ],
)
def test_a_horizon_that_cannot_be_read_is_refused(
    tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    """In one line, with exit code 2."""
    result = run("schedule", file(tmp_path), *options)
    assert (result.code, problem in result.err) == (2, True), result.err


def test_a_maximum_of_an_open_dose_is_reached_within_the_horizon() -> None:
    """Daily from day 3 on, at most ten of them: days 3 to 12 of four weeks."""
    text = "doses: [{drug: x, amount: 1 mg, route: oral, day: 3 onward, up_to: 10}]"
    schedule = make(regimen(text), weeks=4)
    assert [row.regimen_day for row in schedule.administrations] == list(range(3, 13))
    assert all(row.at_most for row in schedule.administrations)


DOSES = """
    doses:
      - {drug: examplumab, amount: 5 mg, route: oral, day: 1 to 5}
      - dose: rescue
        drug: otherumab
        amount: 5 mg
        route: oral
        day: 1
        repeat: {times: 4, every: 6 hours}
      - dose: most
        drug: thirdumab
        amount: 5 mg
        route: oral
        day: 1
        repeat: {up_to: 3, every: 6 hours}
"""
CYCLE = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses: [{drug: fourthumab, amount: 5 mg, route: IV, day: 1}]
"""


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("examplumab", "examplumab.day=1 to 5"),
        ("Otherumab", "rescue.repeat.times=4"),
        ("most", "most.repeat.up_to=3"),
        ("cycle.fourthumab", "cycle.fourthumab.day=1"),
    ],
)
def test_a_drug_or_a_dose_has_no_turns_to_count(name: str, hint: str) -> None:
    """`--times DRUG=4` was answered that no such block is there, with the next best block."""
    protocol = regimen(DOSES + CYCLE)
    with pytest.raises(Refused) as refused:
        make(protocol, times={name: 1})
    assert '--times counts the turns of a block: --times "cycle=1"' in str(refused.value)
    assert f'to change what the file says of the dose: --set "{hint}"' in str(refused.value)


def test_where_nothing_is_repeated_no_block_is_offered() -> None:
    """There is none."""
    with pytest.raises(
        Refused, match="--times counts the turns of a block; to change what the file says"
    ):
        make(regimen(DOSES), times={"examplumab": 1})
