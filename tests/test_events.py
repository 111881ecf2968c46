"""The event table: what simulation engines read of a schedule or a course."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from commandline import EVERY_REGIMEN, NPC, Result, assert_refused, printed, run, written
from courselogs import CYCLE, course, entry, given, held, key
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import Patient, load_regimen, make_schedule
from il2calc.course import Course
from il2calc.errors import Refused, UnknownName
from il2calc.format import events, tabular
from il2calc.format.events import Event, EventOptions
from il2calc.language import shelf
from il2calc.model.effects import Parted
from il2calc.plan.schedule import Schedule, make
from il2calc.units import double, quantity
from written import open_blocks

D = Decimal
MEAN = Patient(weight=D(84), height=D(168), age=D(60), gfr=D(90), sex="female")
EXPECTED = Path(__file__).parent / "expected" / "hd_il2_rxode475_events.csv"
"""Written with mrgsolve 2.0.2's own `ev()` and `realize_addl` for the regimen of RxODE #475."""

ISSUE = """
blocks:
  - block: course
    repeat: {times: 2, every: 14 days}
    doses:
      - drug: aldesleukin
        amount: 600_000 IU/kg
        route: IV infusion
        day: 1
        over: 15 minutes
        repeat: {times: 14, every: 8 hours}
"""
"""RxODE #475: 14 doses every 8 h over 15 minutes; the second block at (5 + 9) x 24 = 336 h."""

TWO = """
doses:
  - {drug: examplumab, amount: 5 mg, route: IV bolus, day: 1}
  - {drug: otherumab, amount: 3 mg, route: SC, day: [1, 8]}
  - {drug: thirdumab, amount: 3 million IU, route: SC, day: 2}
"""


def rows_of(result: Result) -> list[dict[str, str]]:
    """The rows of a table that was written without a refusal."""
    assert result.code == 0, result.err
    return list(csv.DictReader(result.out.splitlines()))


def tabled(*args: str) -> list[dict[str, str]]:
    """The event table of a schedule."""
    return rows_of(run("schedule", *args, "--format", "events"))


def realized(rows: list[dict[str, str]]) -> list[tuple[Any, ...]]:
    """What `realize_addl` of mrgsolve does: every dose that ADDL and II encode, by time."""
    doses = [
        (
            round(float(row["TIME"]) + float(row["II"]) * more, 6),
            *(row[name] for name in ("ID", "EVID", "CMT", "AMT", "RATE")),
        )
        for row in rows
        for more in range(int(row["ADDL"]) + 1)
    ]
    return sorted(doses)


def column(name: str, rows: list[dict[str, str]]) -> list[str]:
    return [row[name] for row in rows]


def codes(table: events.Table) -> dict[str, tuple[int, ...]]:
    return {caution.code: caution.administrations for caution in table.cautions}


def table_of(plan: Schedule | Course, **options: Any) -> events.Table:
    return events.table(plan, EventOptions(**options))


def test_the_columns_are_frozen() -> None:
    """Readers find them by name; WT and BSA come last where they are known, in capitals."""
    header = run(*EVERY_REGIMEN["imp321"], "--drug", "IMP321", "--format", "events").out
    assert header.splitlines()[0] == "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,BSA"
    header = run(*NPC, "--format", "events").out.splitlines()[0]
    assert header == "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,WT"


def test_a_regimen_requested_of_rxode_is_written_as_by_mrgsolve(tmp_path: Path) -> None:
    """RxODE #475 for ten weights: 600,000 x 61.2 = 36,720,000, and x 4 per hour over 15 minutes."""
    expected = list(csv.DictReader(EXPECTED.read_text(encoding="utf-8").splitlines()))
    file = written(tmp_path, a_file(ISSUE))
    for subject in map(str, range(1, 11)):
        rows_of_subject = [row for row in expected if row["ID"] == subject]
        rows = tabled(file, "--weight", rows_of_subject[0]["WT"], "--id", subject)
        assert len(rows) == 28
        names = list(rows_of_subject[0])
        assert [[float(row[name]) for name in names] for row in rows] == [
            [float(row[name]) for name in names] for row in rows_of_subject
        ]
    assert [float(row["TIME"]) for row in rows] == [8.0 * k for k in range(14)] + [
        336 + 8.0 * k for k in range(14)
    ]


def test_an_infusion_has_a_rate_and_never_a_duration(tmp_path: Path) -> None:
    """600,000 x 70 = 42,000,000 over 15 minutes is 168,000,000 an hour; a DUR is ignored."""
    rows = tabled(written(tmp_path, a_file(ISSUE)), "--weight", "70")
    assert {(row["AMT"], row["RATE"], row["EVID"], row["CMT"]) for row in rows} == {
        ("42000000", "168000000", "1", "1")
    }
    assert {(row["ADDL"], row["II"]) for row in rows} == {("0", "0")}


def test_doses_of_every_eight_hours_agree_with_three_other_programs() -> None:
    """mrgsolve, campsis and PKPDsim: 720,000 x 70 at 0, 8, ..., 112 h; here 72,000 x 70."""
    rows = tabled(*NPC[1:])[:15]
    assert column("TIME", rows) == [str(8 * k) for k in range(15)]
    assert set(column("AMT", rows)) == {"5040000"}


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_folded_rows_expand_to_the_unfolded_ones(name: str) -> None:
    """`realize_addl(compact)` equals expanded, for every regimen that ships."""
    line = (*EVERY_REGIMEN[name], "--format", "events")
    lines = printed(*EVERY_REGIMEN[name], "--format", "csv", "--columns", "drug").splitlines()
    drugs = sorted(set(lines[1:]))
    places = [word for place, drug in enumerate(drugs, 1) for word in ("--cmt", f"{drug}={place}")]
    expanded, folded = rows_of(run(*line, *places)), rows_of(run(*line, *places, "--compact"))
    assert realized(folded) == realized(expanded)
    assert len(folded) < len(expanded)
    assert all(float(row["II"]) > 0 for row in folded if row["ADDL"] != "0")
    for rows in (expanded, folded):
        assert column("TIME", rows)[0] == "0"
        assert sorted(column("TIME", rows), key=float) == column("TIME", rows)
        for item in (item for row in rows for item in row.values()):
            assert len(item) <= 24
            assert re.fullmatch(r"[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?", item)


def shipped(name: str) -> Iterator[tuple[events.Table, events.Table]]:
    """The table of each arm of a regimen that ships, expanded and folded."""
    regimen = load_regimen(name)
    for arm in regimen.arms or (None,):
        schedule = make_schedule(regimen, MEAN, arm=arm, times=open_blocks(regimen, 2))
        places = {drug: place for place, drug in enumerate(sorted(regimen.drugs(arm)), 1)}
        yield (
            table_of(schedule, compartments=places),
            table_of(schedule, compartments=places, compact=True),
        )


@pytest.mark.parametrize("name", shelf.regimen_files())
def test_every_arm_that_ships_is_folded_without_a_loss(name: str) -> None:
    """`realize_addl(compact)` equals expanded; no item is longer than NM-TRAN's 24 characters."""
    for tables in shipped(name):
        expanded, folded = (list(csv.DictReader(events.lines(table))) for table in tables)
        assert realized(folded) == realized(expanded)
        assert all(len(item) <= 24 for row in folded for item in row.values())


def test_pharmpy_reads_every_table_as_it_is_written(tmp_path: Path) -> None:
    """Its NM-TRAN reader refuses a dot, a text, and an item of more than 24 characters."""
    reader = pytest.importorskip(
        "pharmpy.model.external.nonmem.dataset", reason="pharmpy is not installed"
    )
    tables = (table for name in shelf.regimen_files() for pair in shipped(name) for table in pair)
    for table in tables:
        header, *rows = events.lines(table)
        file = tmp_path / "events.csv"
        file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        names = header.split(",")
        dataset = reader.read_nonmem_dataset(file, colnames=names, ignore_character="@")
        expected = [[float(item) for item in row.split(",")] for row in rows]
        assert dataset[names].to_numpy(dtype=float).tolist() == expected


@drawn(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), min_size=1, max_size=30),
)
def test_folding_loses_no_dose_and_adds_none(doses: list[tuple[int, str]]) -> None:
    """An interval of nothing is refused by engines, so that two at one moment stay two rows."""
    unfolded = [
        Event(minute, number, 1, D(1) if kind == "a" else D(2), D(0))
        for number, (minute, kind) in enumerate(sorted(doses))
    ]
    folded = events.folded(unfolded)
    assert [event.minute for event in folded] == sorted(event.minute for event in folded)
    assert sorted(
        (event.minute + event.ii * more, event.amount)
        for event in folded
        for more in range(event.addl + 1)
    ) == sorted((event.minute, event.amount) for event in unfolded)
    assert all((event.addl > 0) == (event.ii > 0) for event in folded)


@drawn(st.decimals(min_value=0, max_value=10**24, places=12, allow_nan=False))
def test_no_item_is_longer_than_an_engine_reads(value: Decimal) -> None:
    """NONMEM takes at most 24 characters: digits, E, +, - and a point."""
    text = double(value)
    assert len(text) <= 24
    assert re.fullmatch(r"[0-9.E+-]+", text)
    assert float(text) == float(value)


def test_digits_that_a_double_cannot_hold_are_cautioned() -> None:
    """80 mg/m2 of sqrt(171.5 x 67.3 / 3600) m2 has 28 digits in CSV, which NONMEM refuses."""
    line = ("imp321", "--arm", "6.25-mg", "--height", "171.5", "--drug", "paclitaxel")
    result = run("schedule", *line, "--weight", "67.3", "--format", "events")
    assert "AMT and BSA: the nearest double, in at most 17 digits\n" in result.err
    assert float(rows_of(result)[0]["AMT"]) == pytest.approx(80 * (171.5 * 67.3 / 3600) ** 0.5)
    assert "the nearest double" not in run(*NPC, "--format", "events").err
    result = run(
        "schedule", *line[:3], "--bsa", "1.7905577963925716123", *line[5:], "--format=events"
    )
    assert "BSA: the nearest double, in at most 17 digits\n" in result.err


def test_the_unit_of_an_amount_and_the_first_time_are_named() -> None:
    """The table has numbers only; mg taken for micrograms is a dose a thousand times too large."""
    result = run(*NPC, "--format", "events")
    assert "AMT of aldesleukin is in [iU], RATE the same per hour, in CMT 1\n" in result.err
    assert "TIME is in hours from row 1 (day 1, 2025-01-06 08:00)\n" in result.err
    assert "caution" not in result.out


def test_drugs_are_never_added_up_in_one_compartment(tmp_path: Path) -> None:
    """5 mg of one and 3 million IU of another in one column are no amount of anything."""
    file = written(tmp_path, a_file(TWO))
    line = ("schedule", file, "--format", "events")
    assert_refused(run(*line), 1, "examplumab in mg and otherumab in mg and", "--cmt")
    alone = rows_of(run(*line, "--drug", "OTHERUMAB"))
    assert [(row["TIME"], row["AMT"]) for row in alone] == [("0", "3"), ("168", "3")]
    places = ("--cmt", "examplumab=1", "--cmt", "otherumab=1", "--cmt")
    assert_refused(
        run(*line, *places, "thirdumab=1"), 1, "thirdumab in IU would be added up in compartment 1"
    )
    rows = rows_of(run(*line, *places, "thirdumab=3"))
    assert [(row["CMT"], row["AMT"], row["TIME"]) for row in rows] == [
        ("1", "5", "0"),
        ("1", "3", "0"),
        ("3", "3000000", "24"),
        ("1", "3", "168"),
    ]


def test_a_drug_in_mass_and_units_is_advised_no_option_that_does_not_help(
    tmp_path: Path,
) -> None:
    """1 mg and 5 units of one drug: the table has one drug alone already."""
    body = """
    doses:
      - {dose: first, drug: examplumab, amount: 1 mg, route: SC, day: 1}
      - {dose: second, drug: examplumab, amount: 5 units, route: SC, day: 2}
    """
    result = run("schedule", written(tmp_path, a_file(body)), "--format", "events")
    assert_refused(result, 1, "examplumab is given in mg and in units: no column of amounts can")
    assert "--drug" not in result.err


def test_amounts_of_one_drug_are_in_one_unit() -> None:
    """2 mg and then 500 mcg are 2 and 0.5, not 2 and 500."""
    body = """
    doses:
      - {dose: first, drug: examplumab, amount: 2 mg, route: SC, day: 1}
      - {dose: second, drug: examplumab, amount: 500 mcg, route: SC, day: 2}
    """
    table = table_of(make(loaded(a_file(body))))
    assert [event.amount for event in table.events] == [2, D("0.5")]


def test_a_drug_that_is_not_in_the_plan_is_refused(tmp_path: Path) -> None:
    """A compartment for an unknown drug is a misspelt name."""
    file = written(tmp_path, a_file(TWO))
    line = ("schedule", file, "--format", "events")
    assert_refused(run(*line, "--drug", "exemplumab"), 1, "'exemplumab'", "examplumab")
    assert_refused(run(*line, "--cmt", "fourthumab=1"), 1, "'fourthumab'")
    assert_refused(run(*line, "--cmt", "examplumab=0"), 2, "--cmt", "at least 1")
    assert_refused(run(*line, "--cmt", "examplumab"), 2, "--cmt", "DRUG=1")
    assert_refused(run(*line, "--id", "S-07"), 2, "--id", "whole number")
    with pytest.raises(UnknownName):
        table_of(make(loaded(a_file(TWO))), drug="fourthumab")


def test_options_of_events_are_refused_with_other_formats() -> None:
    """An option that is dropped without a word is believed to have worked."""
    for option in (("--drug", "IL-2"), ("--compact",), ("--id", "2"), ("--cmt", "IL-2=1")):
        result = run(*NPC, *option, "--format", "csv")
        assert_refused(result, 2, f"error: {option[0]}: does not go with --format csv")


def test_a_drug_that_only_the_rows_have_has_a_compartment(tmp_path: Path) -> None:
    """Danger: --cmt "dexamethasone=2", which the refusal itself named, was refused as unknown.

    An unplanned drug is in no regimen, and one that an amendment drops is not in the newest. They
    were given: without a compartment of their own, no drug could be simulated beside them.
    """
    old, new = tmp_path / "two.yaml", tmp_path / "two-2.yaml"
    dose = "  - {drug: otherumab, amount: 3 mg, route: SC, day: 1}\n"
    text = a_cycle(repeat="{times: 2, every: 7 days}")
    old.write_text(text.replace("    doses:\n", f"    doses:\n    {dose}"))
    new.write_text(text.replace("version: 1", "version: 2"))
    log = str(tmp_path / "S-1.yaml")
    for words in (
        ("start", log, "--regimen", str(old), "--start", "2025-12-01"),
        ("given", log, "1-2", "--as-of", "2025-12-01"),
        ("extra", log, "dexamethasone", "8 mg", "--route", "IV", "--at", "2025-12-01 10:00"),
        ("amend", log, "--regimen", str(new), "--from", "cycle 2", "--reason", "x"),
    ):
        assert (result := run("log", *words)).code == 0, result.err
    line = ("replan", log, "--as-of", "2025-12-02", "--format", "events")
    assert_refused(run(*line), 1, '--cmt "dexamethasone=3"')
    compartments = ("examplumab=1", "otherumab=2", "dexamethasone=3")
    result = run(*line, *(word for name in compartments for word in ("--cmt", name)))
    assert sorted(
        zip(*(column(name, rows_of(result)) for name in ("CMT", "AMT")), strict=True)
    ) == [
        ("1", "5"),
        ("2", "3"),
        ("3", "8"),
    ]
    assert column("AMT", rows_of(run(*line, "--drug", "otherumab"))) == ["3"]
    assert_refused(run(*line, "--drug", "x"), 1, "no drug of")


def test_rows_that_are_not_shown_are_no_events() -> None:
    """--from and --to choose rows, and the first that is shown is at hour 0."""
    result = run(*NPC, "--from", "2025-01-18", "--to", "2025-01-19", "--format", "events")
    assert column("TIME", rows_of(result)) == ["0", "8", "16", "24", "32"]
    assert "TIME is in hours from row 16 (day 13, 2025-01-18 08:00)\n" in result.err
    line = (*EVERY_REGIMEN["trastuzumab"], "--from", "2025-01-07", "--to", "2025-01-07")
    result = run(*line, "--format", "events", "--drug", "trastuzumab")
    assert_refused(result, 1, "no dose of this drug is among the rows that are shown")
    result = run(*NPC, "--from", "2035-01-18", "--format", "events")
    assert_refused(result, 1, "error: no rows of 60 lie between these dates: there is nothing to")


def test_elapsed_hours_are_real_ones_where_the_clocks_change(tmp_path: Path) -> None:
    """Europe/London, 2026-03-29: from 08:00 to 08:00 of the next day are 23 hours."""
    file = written(tmp_path, a_dose("day: [1, 2]"))
    rows = tabled(file, "--start", "2026-03-28", "--tz", "Europe/London")
    assert column("TIME", rows) == ["0", "23"]


def test_facts_that_numbers_cannot_show_are_cautioned_with_the_rows(tmp_path: Path) -> None:
    """A simulation takes every row for a dose that was given, at once, at its time."""
    body = """
    blocks:
      - block: cycle
        repeat: {up_to: 2, rest: 1 to 2 weeks, only_if: no progression}
        doses:
          - {drug: examplumab, dose: fast, amount: 5 mg, route: IV infusion, day: 1}
          - {drug: examplumab, dose: slow, amount: 5 mg, route: IV infusion, day: 2,
             over: 30 to 90 minutes}
    """
    table = table_of(make(loaded(a_file(body))))
    assert codes(table) == {
        "events-only-if": (3, 4),
        "events-at-most": (1, 2, 3, 4),
        "events-earliest": (3, 4),
        "events-infusion-time": (1, 3),
        "events-infusion-range": (2, 4),
    }
    assert [event.rate for event in table.events] == [0, 10, 0, 10]
    file = written(tmp_path, a_file(body))
    result = run("schedule", file, "--format", "events", "--strict")
    assert result.code == 3
    assert "rows 1, 3: no infusion time is stated; RATE 0 makes it a bolus" in result.err
    assert not codes(table_of(make(loaded(a_dose("route: SC", "drug: examplumab")))))


def test_a_dose_of_which_no_amount_is_stated_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An empty amount is neither a dose of 0 nor one of any size."""
    schedule = make(loaded(a_cycle("route: SC")))
    cells = list(tabular.records(schedule))
    monkeypatch.setattr(tabular, "records", lambda _: [{**cells[0], "amount": ""}, *cells[1:]])
    table = table_of(schedule)
    assert codes(table) == {"events-not-stated": (1,)}
    assert [(event.number, event.minute) for event in table.events] == [
        (2, 0),
        (3, 21 * 1440),
        (4, 42 * 1440),
    ]
    monkeypatch.setattr(tabular, "records", lambda _: [{**cell, "amount": ""} for cell in cells])
    with pytest.raises(Refused, match="states no amount"):
        table_of(schedule)


def test_a_course_has_what_was_given_when_and_how_much() -> None:
    """Dose 2 was due at 16:00 and given at 17:30, 9.5 h after the first; dose 3 was held."""
    result = course(
        "npc-bolus",
        given(CYCLE, "aldesleukin", [1]),
        entry(given(CYCLE, "aldesleukin", [2], at="2025-12-01 17:30", amount="2.5 million IU")),
        held(CYCLE, "aldesleukin", [3]),
        as_of="2025-12-02 12:00",
    )
    table = table_of(result)
    assert [(event.minute, event.amount) for event in table.events] == [
        (0, D(5_040_000)),
        (570, D(2_500_000)),
    ]
    assert list(events.lines(table))[1:] == [
        "1,0,1,1,5040000,0,0,0,70,1.8",
        "1,9.5,1,1,2500000,0,0,0,70,1.8",
    ]
    assert codes(table) == {"events-reckoned": (1,)}, "nobody entered how much it was"
    assert table.notes[0] == "TIME is in hours from row 1 (day 1, 2025-12-01 08:00)"


@pytest.mark.parametrize(
    ("zone", "ended", "hours"),
    [
        (None, "2025-10-25 09:00", "1"),
        ("Europe/London", "2025-10-26 08:00", "25"),
        (None, "2025-10-26 08:00", "24"),
    ],
)
def test_an_infusion_that_was_broken_off_has_the_rate_at_which_it_ran(
    zone: str | None, ended: str, hours: str
) -> None:
    """By the time for which it was planned, a day's bag that ran in an hour is 24 times too slow.

    Hung at 08:00, 32.4 million units: by 09:00 that is 32.4 million an hour. In London the night to
    26 October 2025 has an hour more.
    """
    dose = "route: IV infusion, day: 1, over: 24 hours"
    bag = a_file(f"doses:\n  - {{drug: x, amount: 32.4 million IU, {dose}}}\n")
    effect = Parted(key("", "x", 1), quantity("32.4 million IU"), datetime.fromisoformat(ended))
    result = course(loaded(bag), effect, start=date(2025, 10, 25), zone=zone, as_of="2025-10-27")
    (event,) = table_of(result).events
    assert event.amount == D(32_400_000)
    assert event.rate == D(32_400_000) / D(hours)
    assert codes(table_of(result)) == {}


def test_doses_to_come_are_included_only_when_asked_for() -> None:
    """A dose without a record is neither given nor to come; the table omits it, and says so."""
    entries = (given(CYCLE, "aldesleukin", [1]), held(CYCLE, "aldesleukin", [2]))
    result = course("npc-bolus", *entries, as_of="2025-12-03")
    assert [event.number for event in table_of(result).events] == [1]
    assert codes(table_of(result)) == {"events-reckoned": (1,), "events-unrecorded": (3, 4, 5)}
    table = table_of(result, to_come=True)
    assert [event.number for event in table.events] == [1, *range(6, 61)]
    assert codes(table)["events-only-if"] == tuple(range(31, 61))
    assert codes(table)["events-at-most"] == tuple(range(6, 61))
    with pytest.raises(Refused, match="add --plan for what is still to come"):
        table_of(course("npc-bolus"))
    with pytest.raises(Refused, match="by then, and none is still to come"):
        table_of(course(loaded(a_file(TWO)), as_of="2027-12-03"), to_come=True)


def test_a_dose_given_early_is_at_its_real_place() -> None:
    """Rows are sorted by the time of what was given: engines refuse a TIME that falls."""
    result = course(
        loaded(a_file(TWO)),
        given("", "examplumab", [1]),
        given("", "otherumab", [1], at="2025-12-01 07:00"),
        as_of="2025-12-01",
    )
    table = table_of(result, compartments={"examplumab": 1, "otherumab": 2})
    assert [(event.number, event.minute) for event in table.events] == [(2, 0), (1, 60)]
    assert table.notes[0] == "TIME is in hours from row 2 (day 1, 2025-12-01 07:00)"


def test_text_columns_come_last_when_they_are_named(tmp_path: Path) -> None:
    """In capitals, since a column `time` beside TIME is two times to some readers."""
    file = written(tmp_path, a_file(TWO))
    places = [f"--cmt={name}={n}" for n, name in enumerate(("examplumab", "otherumab"), 1)]
    result = run(
        "schedule", file, *places, "--cmt", "thirdumab=3", "--columns", "drug,route",
        "--format", "events", "--compact",
    )  # fmt: skip
    assert result.out.splitlines()[:2] == [
        "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,DRUG,ROUTE",
        "1,0,1,1,5,0,0,0,examplumab,IV bolus",
    ]
    result = run("schedule", file, "--columns", "time", "--format", "events")
    assert_refused(result, 2, "--columns", "'time'")


def test_replan_writes_events(tmp_path: Path) -> None:
    """The verb of a course takes the same options, and --plan."""
    log = str(tmp_path / "S-07.yaml")
    run("log", "start", log, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    assert run("log", "given", log, "1-2", "--as-of", "2025-12-02 09:00").code == 0
    line = ("replan", log, "--as-of", "2025-12-02 09:00", "--format", "events")
    assert column("TIME", rows_of(run(*line, "--id", "7"))) == ["0", "8"]
    rows = rows_of(run(*line, "--plan", "--compact", "--cmt", "IL-2=2", "--drug", "proleukin"))
    assert {row["CMT"] for row in rows} == {"2"}
    assert sum(int(row["ADDL"]) + 1 for row in rows) == 60
    result = run("replan", log, "--plan")
    assert_refused(result, 2, "error: --plan: does not go with --format table, only with events")


def test_the_rows_of_some_dates_are_the_only_events_of_a_course(tmp_path: Path) -> None:
    """Rows 4 and 5 of 2025-12-02 at 08:00 and 16:00; row 3, at midnight, is held.

    Danger: "none was given" of a course of which doses were, only not on the days that are shown.
    """
    log = str(tmp_path / "S-07.yaml")
    run("log", "start", log, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    for verb, which in (("given", "1-2"), ("hold", "3"), ("given", "4")):
        assert run("log", verb, log, which, "--as-of", "2025-12-02 09:00").code == 0
    line = ("replan", log, "--as-of", "2025-12-04", "--format", "events")
    day = run(*line, "--from", "2025-12-02", "--to", "2025-12-02")
    assert column("TIME", rows_of(day)) == ["0"]
    assert "TIME is in hours from row 4 (day 2, 2025-12-02 08:00)" in day.err
    assert "caution: event table, row 5: neither given nor held in the log" in day.err
    assert_refused(
        run(*line, "--from", "2025-12-05"),
        1,
        "no dose among the rows that are shown (rows 12-60 of 60) was given by then; add --plan",
    )
    assert_refused(
        run(*line, "--to", "2025-11-30", "--drug", "aldesleukin", "--plan"),
        1,
        "no dose of aldesleukin among the rows that are shown (no rows of 60 lie between these "
        "dates) was given by then, and none is still to come",
    )


def test_the_help_says_that_csv_is_not_an_event_table() -> None:
    """Given to mrgsolve, the CSV runs without an error and every concentration is 0."""
    for verb in ("schedule", "replan"):
        words = " ".join(run(verb, "--help").out.split())
        assert "csv is not an event table" in words


def test_a_body_without_measures_has_no_such_columns() -> None:
    """A covariate that is empty for everybody is an error in mrgsolve where it is a parameter."""
    table = table_of(make(loaded(a_dose("route: SC")), Patient()))
    assert next(events.lines(table)) == "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II"
