"""Each line of the language in each output: what one leaves out, its reader never learns.

A line is a small regimen of its own, with what must be wherever people read, in CSV, and in the
words of `show`. The numbers are worked out beside each: 70 kg and 175 cm are
sqrt(70 x 175 / 3600) = 1.8447 m2 by Mosteller.
"""

from __future__ import annotations

import csv
import json
import re
from html import unescape
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from commandline import run

HEAD = """\
regimen: example
title: Example
for: an example
version: 1
read_on: 2026-11-22
source: s, Methods
sources:
  s: {cite: "Smith A. 2020.", read: abstract}
"""
CYCLES = "blocks:\n- block: cycle\n  repeat: %s\n  doses:\n  - {drug: aldesleukin, %s}\n"
DOSES = "doses:\n- {drug: aldesleukin, %s}\n"
SOMEBODY = ("--weight", "70", "--height", "175", "--sex", "female", "--age", "50", "--gfr", "80")
START = ("--start", "2026-12-07")
TWO_INFUSIONS = """\
doses:
- {dose: bolus, drug: aldesleukin, amount: 1 MIU, route: IV bolus, day: 1, over: 5 minutes}
- {dose: pump, drug: aldesleukin, amount: 9 MIU, route: IV infusion, day: 1, over: 20 hours%s}
"""


class Line(NamedTuple):
    """A regimen that says one thing, the options to plan it, and what outputs must say.

    Args:
        words: on every sheet and in every calendar.
        cells: some columns of CSV, with what stands in them from row to row.
        shown: in `show`, as words, JSON and FHIR.
    """

    body: str
    words: tuple[str, ...]
    cells: dict[str, list[str]]
    shown: tuple[str, ...] = ()
    options: tuple[str, ...] = START


LINES = {
    "two infusions of one drug on a day": Line(
        TWO_INFUSIONS % "", ("08:05",), {"time": ["08:00", "08:05"]}, ("over 5 minutes",)
    ),
    "with a time of its own": Line(
        TWO_INFUSIONS % ", at: +10 minutes",
        ("08:10",),
        {"time": ["08:00", "08:10"]},
        ("at +10 minutes",),
    ),
    "n times a day": Line(
        DOSES % "amount: 1 MIU, route: IV infusion, day: 1, at: 3 times a day",
        ("every: 8 hours", "14:00"),
        {"time": ["08:00", "14:00", "20:00"]},
        ("3 times a day",),
    ),
    "open dose": Line(
        "numbering: without day 0\n"
        + DOSES % "amount: 1 MIU, route: SC, day: -7, repeat: {every: 7 days}",
        ("1 million units",),
        {"regimen_day": ["-7", "1", "8"]},  # a week after day -7 is day 1, for there is no day 0
        ("an open number of times",),
        (*START, "--weeks", "2"),
    ),
    "amount not stated": Line(
        DOSES % "amount: not stated, route: SC, day: 1",
        ("not stated",),
        {"amount": [""], "unit": [""]},
        ("amount not stated",),
    ),
    "route not stated": Line(
        DOSES % "amount: 1 MIU, route: not stated, day: 1",
        ("route not stated",),
        {"amount": ["1000000"], "route": [""]},
        ("route not stated",),
    ),
    "as needed": Line(
        DOSES
        % "amount: 1 MIU, route: SC, day: 1"
        + "- {drug: domperidone, amount: 0.2 mg/kg, cap: 10 mg, route: oral, day: 1 to 3, "
        "as_needed: yes, at: up to 3 times a day}\n",
        ("domperidone", "10 mg (0.2 mg/kg), capped at 10 mg", "up to 3 times a day"),  # of 14 mg
        {"drug": ["aldesleukin"]},
        ("up to 3 times a day, as needed",),
    ),
    "ideal weight": Line(
        DOSES % "amount: 1 MIU/kg, route: SC, day: 1, weight: ideal",
        ("y ideal or adjusted weight",),
        {"drug": ["aldesleukin"]},
        ("by ideal weight (Devine)",),
    ),
    "caps of a body": Line(
        DOSES % "amount: 1 MIU/kg, route: SC, day: 1, weight_cap: 60 kg",
        ("60 million units",),
        {"amount": ["60000000"]},
        ("for at most 60 kg of body weight",),
    ),
    "whom an arm is for": Line(
        "arms: {heavy: {text: full, for: {weight: 10 kg or more}}, light: "
        "{text: less, for: {weight: below 10 kg}}}\n"
        + DOSES
        % "amount: {heavy: 5 MIU, light: 1 MIU}, route: SC, day: 1",
        ("arm light is for weight below 10 kg",),
        {"arm": ["light"]},
        ("weight below 10 kg", "weight 10 kg or more"),
        (*START, "--arm", "light"),
    ),
    "bands": Line(
        DOSES % "amount: {below 70 kg: 4 MIU, 70 kg or more: 5 MIU}, route: SC, day: 1",
        ("5 million units",),
        {"amount": ["5000000"]},
        ("4 million units (below 70 kg)", "5 million units (70 kg or more)"),
    ),
    "weekdays": Line(
        "starts_on: Tuesday\n" + DOSES % "amount: 1 MIU, route: SC, day: 1",
        ("Tuesday 2026-12-08",),
        {"date": ["2026-12-07"]},
        ("Tuesday",),
    ),
    "the date of a numbered day": Line(
        "numbering: with day 0\n" + DOSES % "amount: 1 MIU, route: SC, day: [0, 3]",
        ("12",),
        {"date": ["2026-12-09", "2026-12-12"]},
        ("on days 0, 3",),
        ("--date-of", "0=2026-12-09"),
    ),
    "per day": Line(
        DOSES % "amount: 18 MIU/day, route: IV infusion, day: 1, over: 72 hours",
        ("18 million units a day x 3 days = 54 million units",),
        {"amount": ["54000000"]},
        ("18 million units/day",),
    ),
    "per hour": Line(
        DOSES % "amount: 25 mg/hour, route: IV infusion, day: 1, over: 4 hours",
        ("25 mg an hour x 4 hours = 100 mg",),
        {"amount": ["100"]},
        ("25 mg/hour",),
    ),
    "a range of time": Line(
        DOSES % "amount: 1 MIU, route: SC, day: 1, at: +3 to +24 hours",
        ("11:00", "2026-12-08"),  # 08:00 + 3 h, and + 24 h
        {"time": ["11:00"], "latest_date": ["2026-12-08"], "latest_time": ["08:00"]},
        ("at +3 to +24 hours",),
    ),
    "a shortest rest": Line(
        CYCLES % ("{times: 2, rest: at least 7 weeks}", "amount: 1 MIU, route: SC, day: 1"),
        ("not before",),
        {"regimen_day": ["1", "51"], "latest_date": ["", ""]},  # day 1 + 49 days of rest + 1
        ("at least 7 weeks of rest",),
    ),
    "infusion time by turn": Line(
        CYCLES
        % (
            "{times: 2, every: 21 days}",
            "amount: 1 MIU, route: IV infusion, day: 1, over: {1: 90 minutes, 2: 30 minutes}",
        ),
        ("over 90 minutes", "over 30 minutes"),
        {"over_minutes": ["90", "30"]},
        ("90 minutes in turn 1", "30 minutes in turn 2"),
    ),
    "a maximum of a list": Line(
        DOSES % "amount: 1 MIU, route: SC, day: 1 to 2, at: [00:00, 08:00], up_to: 2",
        ("at most",),
        {"regimen_day": ["1", "2"], "time": ["08:00", "00:00"], "at_most": ["true", "true"]},
        ("at 00:00, 08:00, at most 2 of these",),
    ),
    "an open rest": Line(
        "blocks:\n"
        "- {block: before, rest: open, doses: [{drug: aldesleukin, amount: 1 MIU, route: SC, "
        "day: 1}]}\n"
        "- {block: after, doses: [{drug: aldesleukin, amount: 1 MIU, route: SC, day: 1}]}\n",
        ("set to 6 weeks as requested",),
        {"regimen_day": ["1", "44"]},  # day 1, 42 days, then day 44
        ("a rest that the file leaves open",),
        (*START, "--rest", "before=6 weeks"),
    ),
    "counted through": Line(
        "".join(
            f"- block: {name}\n  count_as: cycle\n  repeat: {{times: 2, every: {days} days}}\n"
            f"  doses: [{{drug: aldesleukin, amount: {amount} MIU, route: SC, day: 1}}]\n"
            for name, days, amount in (("blocks", 0, 0), ("odd", 24, 1), ("even", 32, 2))
        ).replace(
            "- block: blocks\n  count_as: cycle\n  repeat: {times: 2, every: 0 days}\n"
            "  doses: [{drug: aldesleukin, amount: 0 MIU, route: SC, day: 1}]\n",
            "blocks:\n",
        ),
        ("ycle 4",),
        {"block": ["odd 1", "odd 2", "even 1", "even 2"]},
        ("numbered with other blocks as cycle",),
    ),
    "stop rules": Line(
        "stop_rules: [{after: 2 MIU, text: No more than two million.}]\n"
        + CYCLES % ("{times: 3, every: 21 days}", "amount: 1 MIU, route: SC, day: 1"),
        ("No more than two million",),
        {"amount": ["1000000"] * 3},
        ("No more than two million",),
    ),
    "withheld and never reduced": Line(
        "reduce: no\n" + DOSES % "amount: 1 MIU, route: SC, day: 1",
        ("never to reduce",),
        {"amount": ["500000"]},
        ("reduce",),
        (*START, "--percent", "aldesleukin=50 %"),
    ),
    "a total": Line(
        DOSES % "amount: 1 MIU, route: SC, day: 1"
        + "findings: [{text: One million in all., total: 1 MIU, head: yes}]\n",
        ("1 million units",),
        {"amount": ["1000000"]},
        ("Total as printed: 1 million units",),
    ),
    "a name as printed": Line(
        'doses: [{drug: "Aprepitant (Emend)", dose: aprepitant, amount: 125 mg, route: oral, '
        "day: 1}]\n",
        ("Aprepitant (Emend)",),
        {"drug": ["Aprepitant (Emend)"]},
        ("Aprepitant (Emend)",),
    ),
    "a window": Line(
        CYCLES.replace("  repeat", "  window: 1 day\n  repeat")
        % ("{times: 2, every: 21 days}", "amount: 1 MIU, route: SC, day: 1"),
        ("ithin 1 day of its day",),
        {"regimen_day": ["1", "22"]},
        ("each within 1 day of its day",),
    ),
}
SHEETS = ("table", "markdown", "html", "ics", "json", "timeline", "svg", "fhir", "events")


def words_of(text: str, format_: str) -> str:
    """The words of an output in one line, whatever breaks its lines."""
    if format_ == "ics":
        text = re.sub(r"\r?\n ", "", text).replace("\\n", " ").replace("\\", "")
    elif format_ in ("html", "svg"):
        text = unescape(re.sub("<[^>]*>", " ", text))
    return " ".join(text.split())


@pytest.mark.parametrize("name", LINES)
def test_each_line_of_the_language_is_in_every_output(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = LINES[name]
    Path("x.yaml").write_text(HEAD + line.body)
    plan = ("schedule", "x.yaml", *SOMEBODY, *line.options)
    outputs = {format_: run(*plan, "--format", format_) for format_ in SHEETS if format_ != "ics"}
    outputs["ics"] = run(*plan, "--subject", "S-07", "--with-patient", "--format", "ics")
    outputs["brief"] = run(*plan, "--brief")
    nothing = {"events"} if name == "amount not stated" else set()
    assert {format_ for format_, result in outputs.items() if result.code} == nothing
    for format_ in ("table", "brief", "markdown", "html", "ics"):
        words = words_of(outputs[format_].out, format_)
        assert [text for text in line.words if text not in words] == [], format_
    rows = list(csv.DictReader(StringIO(run(*plan, "--format", "csv").out)))
    assert {column: [row[column] for row in rows] for column in line.cells} == line.cells


@pytest.mark.parametrize("name", LINES)
def test_each_line_of_the_language_is_shown_in_words_and_kept_as_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `show` leaves out nobody reviews; what its file leaves out is another regimen."""
    monkeypatch.chdir(tmp_path)
    line = LINES[name]
    Path("x.yaml").write_text(HEAD + line.body)
    for format_ in ("text", "json", "fhir"):
        result = run("show", "x.yaml", "--format", format_)
        assert result.code == 0
        words = words_of(result.out if format_ == "text" else str(json.loads(result.out)), "")
        assert [text for text in line.shown if text not in words] == [], format_
    assert run("show", "x.yaml", "--format", "timeline").code == 0
    Path("again.yaml").write_text(run("show", "x.yaml", "--format", "yaml").out)
    options = (*SOMEBODY, *line.options, "--format", "csv")
    first, again = (run("schedule", file, *options) for file in ("x.yaml", "again.yaml"))
    assert (again.out, again.err) == (first.out, first.err)
    assert first.out.count("\n") > 1


@pytest.mark.parametrize("verb", ["show", "schedule"])
def test_a_picture_promises_no_latest_day_after_a_minimum_rest(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rest of at least 7 weeks, nobody promises "may begin up to 1 day later".

    The day is that of a dose within the turn, whose time has a range of its own.
    """
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(
        HEAD
        + CYCLES
        % (
            "{times: 2, rest: at least 7 weeks}",
            "amount: 1 MIU, route: SC, day: 1, at: +1 to +30 hours",
        )
    )
    words = words_of(run(verb, "x.yaml", "--format", "timeline").out, "")
    assert "Cycle 2 begins no earlier than the day drawn: the source gives only a minimum" in words
    assert "later" not in words


def test_equal_turns_with_a_caution_in_one_keep_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The legend spoke of a row that no line of the brief table showed."""
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(HEAD + LINES["stop rules"].body)
    output = run("schedule", "x.yaml", *START, "--brief").out
    assert "\nCycle 2, days 22 to 42 [W]: the same from Mon 2026-12-28\n" in output  # 2 MIU reached
    assert "\nCycle 3, days 43 to 63: the same from Mon 2027-01-18\n" in output


def test_totals_of_consecutively_numbered_blocks_name_their_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two amounts "per cycle" contradicted each other: 1 million in two cycles, then 2 million."""
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(HEAD + LINES["counted through"].body)
    output = run("schedule", "x.yaml", *START).out
    assert "1 million units (1 dose) per cycle (cycle 1; cycle 2)" in output
    assert "2 million units (1 dose) per cycle (cycle 3; cycle 4)" in output
