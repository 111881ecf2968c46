"""From a file's bytes to a regimen, or to everything that is wrong with the file."""

from __future__ import annotations

import re
import time
from itertools import combinations
from textwrap import dedent
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filetext import (
    FILE,
    a_cycle,
    a_dose,
    a_file,
    assert_among,
    assert_fault,
    examined,
    faults,
    line_of,
    loaded,
)
from il2calc.errors import FaultyFile, RegimenError
from il2calc.language.regimen_file import load
from il2calc.language.shelf import FileContent
from il2calc.model.evidence import Origin

# Ten faults in one file

TEN_FAULTS = dedent("""
    regimen: examplumab
    title: Examplumab every three weeks
    for: an invented disease
    version: 1
    read_on: 2026-11-22

    doses:
      - drug: primumab
        amount: 10mg  # glued
        route: IV
        day: 0  # day 0
        source: doe2020
      - drug: secundumab
        amount: 1,000 mg  # comma
        route: IV
        day: 1
        colour: red  # unknown key
        source: doe2020
      - drug: tertiumab
        amount: 5 mg
        route: IV
        route: SC  # twice
        day: 1
        repeat: {times: 3, up_to: 5, every: 8 hours}  # pair
        source: doe2020
      - drug: quartumab  # no source
        amount: 5 mg
        route: IV
        day: 1
      - drug: quintumab
        amount: 5 furlongs  # unit
        route: IV
        day: 1
        over: 1 month  # month
        source: doe2020

    assumptions:
      - about: primumab.amuont  # dead about
        text: The amount is 10 mg.
        because: It is not said.
    findings:
      - {text: Nothing was found., source: doe2020}
    sources:
      doe2020: {cite: Doe J. 2020., read: abstract}
""").lstrip("\n")


def test_ten_faults_of_one_file_are_reported_in_one_run() -> None:
    """Each with its line, its path, and what would be right; nothing besides."""
    expected = [
        ("# glued", "primumab.amount", "'10mg' is not an amount; write '10 mg', with a space"),
        (
            "# day 0",
            "primumab.day",
            "names day 0; write 'numbering: with day 0' in the head, or count all days from 1",
        ),
        (
            "# comma",
            "secundumab.amount",
            "'1,000 mg' is not an amount; write '1000 mg' or '1_000 mg'",
        ),
        ("# unknown key", "secundumab.colour", "is an unknown key; keys here: dose, drug, amount"),
        ("# twice", "tertiumab.route", "appears twice (first on line 21); keep one"),
        (
            "# pair",
            "tertiumab.repeat",
            "has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)",
        ),
        (
            "# no source",
            "quartumab",
            "amount, route and day have neither source nor assumption; add 'source: key, locator'",
        ),
        ("# unit", "quintumab.amount", "has an unknown unit 'furlongs'; known units: IU, units"),
        (
            "# month",
            "quintumab.over",
            "'1 month' has no unit of fixed length; a month has 28",
        ),
        (
            "# dead about",
            "assumptions[1].about",
            "'primumab.amuont' is not a path in this file; did you mean 'primumab.amount'?",
        ),
    ]
    faults_found = faults(TEN_FAULTS)
    assert [(fault.line, fault.path) for fault in faults_found] == [
        (line_of(TEN_FAULTS, mark), path) for mark, path, _ in expected
    ]
    for fault, (_, _, problem) in zip(faults_found, expected, strict=True):
        assert problem in fault.problem


def test_a_fault_is_written_as_file_line_path_and_problem() -> None:
    """`file:line: path: what is wrong; what would be right`."""
    text = a_dose("amount: 10mg  # here")
    assert [str(fault) for fault in faults(text)] == [
        (
            f"{FILE}:{line_of(text)}: examplumab.amount: "
            "'10mg' is not an amount; write '10 mg', with a space"
        )
    ]


def test_faults_are_in_the_order_of_the_file() -> None:
    """A person mends a file from its top to its end."""
    text = a_dose("amount: 10mg", "day: 0", "only_if: []", "colour: red", head=("version: one",))
    lines = [fault.line or 0 for fault in faults(text)]
    assert len(lines) == 5
    assert lines == sorted(lines)


def test_a_faulty_file_gives_no_regimen() -> None:
    """Nothing is planned from a file with any fault."""
    assert examined(a_dose("colour: red")).regimen is None
    with pytest.raises(FaultyFile) as error:
        load(FileContent(a_dose("colour: red").encode(), Origin(FILE, "")))
    assert [type(fault) for fault in error.value.faults] == [RegimenError]


def test_a_right_file_gives_its_regimen() -> None:
    """And knows from which file it is."""
    origin = Origin(FILE, "1234")
    assert load(FileContent(a_dose().encode(), origin)).origin == origin


# No fault in a file hides another

GOOD = dedent("""
    regimen: examplumab
    title: Examplumab every three weeks
    for: an invented disease
    version: 1
    read_on: 2026-11-22
    arms: {low: the lower dose, high: the higher dose}
    default_arm: low

    doses:
      - drug: primumab
        amount: 5 mg/kg
        route: IV
        day: 1 to 5
        only_if: a response
        source: doe2020, Methods
      - drug: secundumab
        amount: 45 mg/day
        route: SC
        day: [1, 8]
        at: 2 times a day
        source: doe2020, Methods
      - dose: early
        drug: tertiumab
        amount: 5 mg
        route: IV infusion
        day: 1
        over: 2 hours
        source: doe2020, Methods
      - dose: late
        drug: tertiumab
        amount: 5 mg
        route: IV infusion
        day: 2
        over: 2 hours
        source: doe2020, Methods

    blocks:
      - block: lead-in
        rest: 7 days
        source: doe2020, Methods
        doses:
          - drug: quartumab
            amount: 5 mg
            route: IV
            day: 1
            turn: 1
      - block: cycle
        repeat: {times: 4, every: 21 days}
        source: doe2020, Methods
        doses:
          - drug: quintumab
            amount: {low: 5 mg, high: 9 mg}
            route: IV
            day: 1
            arm: [low, high]
          - dose: pulse
            drug: sextumab
            amount: 3 million IU/m2
            route: SC
            day: 8
            turn: 2
            repeat: {times: 5, every: 8 hours}
          - drug: septumab
            amount: 5 mg
            route: SC
            day: 8
          - drug: octumab
            amount: 5 mg
            route: oral
            day: 2
      - block: maintenance
        repeat: {every: 14 days}
        source: doe2020, Methods
        doses:
          - drug: nonumab
            amount: 5 mg
            route: IM
            day: 1

    assumptions:
      - about: default_arm
        text: The lower dose is planned.
        because: It was tolerated.
      - about: cycle.septumab.route
        text: The injection is subcutaneous.
        because: It is not said.
        otherwise: IM
    findings:
      - text: Nothing was found.
        source: doe2020, Results
    sources:
      doe2020:
        cite: Doe J. 2020.
        read: abstract
""").lstrip("\n")


class Slip(NamedTuple):
    """One fault that can be put into the good file: what becomes what, and how it is reported."""

    what: str
    was: str
    now: str
    path: str
    problem: str


SLIPS = (
    Slip("no title", "title: Examplumab every three weeks\n", "", "", "has no 'title'"),
    Slip("a word for a version", "version: 1", "version: one  # {}", "version", "at least 1"),
    Slip("an impossible date", "2026-11-22", "2026-02-30  # {}", "read_on", "a calendar date"),
    Slip("an unknown key", "\ndoses:", "\ncolour: red  # {}\ndoses:", "colour", "unknown key"),
    Slip(
        "an unknown default arm",
        "default_arm: low",
        "default_arm: lowest  # {}",
        "default_arm",
        "did you mean 'low'",
    ),
    Slip("a glued unit", "amount: 5 mg/kg", "amount: 5mg/kg  # {}", "primumab.amount", "a space"),
    Slip("a day 0", "day: 1 to 5", "day: 0 to 5  # {}", "primumab.day", "names day 0"),
    Slip(
        "an unknown route",
        "route: IV\n    day: 1 to 5",
        "route: vein  # {}\n    day: 1 to 5",
        "primumab.route",
        "is not a known route",
    ),
    Slip(
        "a key twice",
        "    only_if: a response\n",
        "    only_if: a response\n    only_if: again  # {}\n",
        "primumab.only_if",
        "appears twice",
    ),
    Slip(
        "an unread day",
        "day: [1, 8]",
        "day: 1 and 8  # {}",
        "secundumab.day",
        "is not a day",
    ),
    Slip(
        "a bag of days per day",
        "at: 2 times a day",
        "over: 30 to 36 hours",
        "secundumab.amount",
        "is a range; write one time, or the whole",
    ),
    Slip("a rest in months", "rest: 7 days", "rest: 1 month  # {}", "lead-in.rest", "28 days"),
    Slip(
        "a day before a plain block",
        "day: 1\n        turn: 1",
        "day: -1  # {}\n        turn: 1",
        "lead-in.quartumab.day",
        "before the block",
    ),
    Slip(
        "a turn of a plain block",
        "turn: 1\n",
        "turn: 2  # {}\n",
        "lead-in.quartumab.turn",
        "names turn 2",
    ),
    Slip(
        "an arm without amount",
        "amount: {low: 5 mg, high: 9 mg}",
        "amount: {low: 5 mg}  # {}",
        "cycle.quintumab.amount",
        "has no amount for high",
    ),
    Slip(
        "an unknown source",
        "arm: [low, high]\n",
        "arm: [low, high]\n        source: dohe2020  # {}\n",
        "cycle.quintumab.source",
        "did you mean 'doe2020'",
    ),
    Slip(
        "a cap in another unit",
        "turn: 2\n",
        "turn: 2\n        cap: 5 mg  # {}\n",
        "cycle.pulse.cap",
        "is in mg, the amount in IU",
    ),
    Slip(
        "a turn too many",
        "turn: 2\n",
        "turn: 9  # {}\n",
        "cycle.pulse.turn",
        "names turn 9",
    ),
    Slip(
        "times and up_to",
        "repeat: {times: 5, every: 8 hours}",
        "repeat: {times: 5, up_to: 5, every: 8 hours}  # {}",
        "cycle.pulse.repeat",
        "has 'times' and 'up_to'",
    ),
    Slip(
        "a repeat still running",
        "day: 8\n        turn",
        "day: [8, 9]  # {}\n        turn",
        "cycle.pulse.day",
        "still runs",
    ),
    Slip(
        "times beside a repeat",
        "repeat: {times: 5, every: 8 hours}",
        "repeat: {times: 5, every: 8 hours}\n        at: [08:00, 20:00]  # {}",
        "cycle.pulse.at",
        "cannot go with a repeat",
    ),
    Slip(
        "a day outside its block",
        "route: SC\n        day: 8\n      - drug: octumab",
        "route: SC\n        day: 30  # {}\n      - drug: octumab",
        "cycle.septumab.day",
        "outside the 21 days",
    ),
    Slip(
        "an unknown arm",
        "      - drug: octumab\n",
        "      - drug: octumab\n        arm: nobody  # {}\n",
        "cycle.octumab.arm",
        "is not an arm",
    ),
    Slip(
        "an unread day in a cycle",
        "route: oral\n        day: 2",
        "route: oral\n        day: second  # {}",
        "cycle.octumab.day",
        "is not a day",
    ),
    Slip(
        "a drug twice",
        "  - block: maintenance",
        "      - drug: octumab  # {}\n        amount: 5 mg\n        route: SC\n        day: 9\n"
        "  - block: maintenance",
        "cycle.octumab",
        "name each",
    ),
    Slip(
        "an unknown unit",
        "route: oral",
        "round: 5 furlongs  # {}\n        route: oral",
        "cycle.octumab.round",
        "known units: ",
    ),
    Slip(
        "an every in months",
        "repeat: {every: 14 days}",
        "repeat: {every: 1 month}  # {}",
        "maintenance.repeat.every",
        "28 days",
    ),
    Slip(
        "no source",
        "day: [1, 8]\n    at: 2 times a day\n    source: doe2020, Methods\n",
        "day: [1, 8]\n    at: 2 times a day\n",
        "secundumab",
        "neither source nor assumption",
    ),
    Slip(
        "a block after an open end",
        "\nassumptions:",
        "  - block: after  # {}\n    source: doe2020\n    doses:\n"
        "      - {drug: decumab, amount: 5 mg, route: IV, day: 1}\n\nassumptions:",
        "after",
        "has no stated end",
    ),
    Slip(
        "a dead about",
        "findings:",
        "  - {about: cycle.nobody, text: a, because: b}  # {}\nfindings:",
        "assumptions[3].about",
        "is not a path in this file",
    ),
    Slip(
        "an other reading that is none",
        "otherwise: IM",
        "otherwise: by mouth  # {}",
        "assumptions[2].otherwise",
        "cannot be what",
    ),
    Slip("an unknown reading", "read: abstract", "read: skimmed  # {}", "sources.doe2020.read", ""),
)

EXCLUDED = (
    {"a turn too many", "a cap in another unit"},
    {"times and up_to", "times beside a repeat"},
)
"""Pairs that replace the same words."""


def with_slips(slips: tuple[Slip, ...]) -> str | None:
    """The good file with several faults; None where they exclude each other."""
    names = {slip.what for slip in slips}
    if any(pair <= names for pair in EXCLUDED):
        return None
    text = GOOD
    for slip in slips:
        if text.count(slip.was) != 1:
            return None
        text = text.replace(slip.was, slip.now.replace("{}", f"<{slip.what}>"))
    return text


def is_reported(slip: Slip, text: str, faults_found: tuple[RegimenError, ...]) -> bool:
    """Whether a fault is reported: its path, its words, and its line where it has one."""
    mark = f"<{slip.what}>"
    line = line_of(text, mark) if mark in text else None
    return any(
        fault.path == slip.path
        and slip.problem in fault.problem
        and (line is None or fault.line == line)
        for fault in faults_found
    )


def test_the_file_without_any_slip_is_right() -> None:
    """What the slips are put into has no fault of its own."""
    assert loaded(GOOD).id == "examplumab"


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.what)
def test_each_slip_alone_is_reported_and_nothing_else(slip: Slip) -> None:
    """One fault is one message, on its line: not a shower of what it might have caused."""
    text = with_slips((slip,))
    assert text is not None
    faults_found = faults(text)
    assert is_reported(slip, text, faults_found), "\n".join(map(str, faults_found))
    expected = 2 if slip.what == "a drug twice" else 1
    assert len(faults_found) == expected, "\n".join(map(str, faults_found))


PAIRS = [
    (one, other) for one, other in combinations(SLIPS, 2) if with_slips((one, other)) is not None
]


def test_nearly_every_pair_of_slips_can_be_in_one_file() -> None:
    """The pairs that cannot are few, so that little is left untried."""
    assert len(PAIRS) > 0.95 * len(SLIPS) * (len(SLIPS) - 1) / 2


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " and ".join(slip.what for slip in pair))
def test_no_fault_in_a_file_hides_another(pair: tuple[Slip, Slip]) -> None:
    """All faults of a file at once: a mended file must not turn out to be faulty still."""
    text = with_slips(pair)
    assert text is not None
    faults_found = faults(text)
    for slip in pair:
        assert is_reported(slip, text, faults_found), f"hidden: {slip.what}\n" + "\n".join(
            map(str, faults_found)
        )


@settings(deadline=None)
@given(st.permutations(SLIPS), st.integers(3, len(SLIPS)))
def test_however_many_faults_a_file_has_all_are_reported(order: list[Slip], count: int) -> None:
    """No fault in a file hides another, however many there are."""
    chosen: tuple[Slip, ...] = ()
    for slip in order:
        if len(chosen) < count and with_slips((*chosen, slip)) is not None:
            chosen = (*chosen, slip)
    text = with_slips(chosen)
    assert text is not None
    faults_found = faults(text)
    hidden = [slip.what for slip in chosen if not is_reported(slip, text, faults_found)]
    assert hidden == []


# Texts that are no plain YAML


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (b"", 1, "is empty; a regimen file begins with 'regimen: NAME'"),
        (b" \n\n", 1, "is empty; a regimen file begins with 'regimen: NAME'"),
        (b"# nothing\n", 1, "is empty; a regimen file begins with 'regimen: NAME'"),
        (b"just words", 1, "is not a mapping; a regimen file begins with 'regimen: NAME'"),
        (b"- a\n- b", 1, "is not a mapping; a regimen file begins with 'regimen: NAME'"),
        (b"log: S-07\nregimen: npc-bolus\n", 1, f"to see its course: il2calc replan {FILE}"),
        (b"drug: examplumab\n", 1, f"to look for its faults: il2calc check {FILE}"),
        (b"regimen: [a", 1, "is not YAML here: did not find expected ',' or ']'"),
        (b"a: b\n\ta: b", 2, "indent with spaces"),
        (b"a: b: c", 1, "quote a text that contains ': '"),
        (b"a: %b", 1, "quote a text that begins with a sign"),
        (b'a: "b', 1, "is not YAML here"),
        (b"a: 1\nb\nc: 2", 2, "write 'key: value'"),
        (b"\xff\xfe", 1, "is not UTF-8 text; save the file as UTF-8"),
        (b"a: b\nc: \xe9", 2, "is not UTF-8 text; save the file as UTF-8"),
        (b"a: b\nc: \x00", 2, "contains the control character U+0000; remove it"),
        (b"a: b\nc: \x1b[31m", 2, "contains the control character U+001B; remove it"),
        (b"a: b\n\n\x7f", 3, "contains the control character U+007F; remove it"),
        (b"x" * 1_000_001, 1, "is larger than 1,000,000 bytes"),
    ],
)
def test_a_text_that_is_no_plain_yaml_is_refused_with_its_line(
    text: bytes, line: int, problem: str
) -> None:
    """Where a file cannot be read at all, or is none of a regimen, that is its one fault."""
    faults_found = faults(text)
    assert faults_found[0].line in (line, line + 1)
    assert problem in faults_found[0].problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- *a\n", "is an alias"),
        ("- &a b\n", "has an anchor"),
        ("- !t b\n", "has a tag"),
        ("- a: 1\n  a: 2\n", "appears twice"),
        ("- " * 30 + "a", "levels deep"),
        ('- "\\e"', "control or invisible character"),
    ],
)
def test_a_list_with_what_is_refused_in_it_is_a_fault(text: str, problem: str) -> None:
    """A list in place of a file, with any other fault in it, ends in faults and not in a crash."""
    assert any(problem in fault.problem for fault in faults(text))


@pytest.mark.parametrize(
    ("line", "path", "problem"),
    [
        ("amount: &dose 5 mg  # here", "amount", "has an anchor"),
        ("amount: !!str 5 mg  # here", "amount", "has a tag"),
        ('only_if: "a\\u202eb"  # here', "only_if", "contains a control or invisible character"),
        ("only_if: a\u200bb  # here", "only_if", "contains a control or invisible character"),
    ],
)
def test_what_is_not_plain_is_refused(line: str, path: str, problem: str) -> None:
    """Aliases, tags and merge keys are refused; nothing steers a terminal or hides what it says."""
    assert_fault(a_dose(line), f"examplumab.{path}", problem)


def test_an_alias_is_refused() -> None:
    """A value is written out where it is used."""
    assert_among(a_dose("amount: *dose  # here"), "examplumab.amount", "is an alias")


def test_a_merge_key_is_refused_as_one() -> None:
    """`<<` is answered with writing it out, not as an unknown key."""
    text = a_dose("<<: {only_if: a response}  # here")
    assert_among(text, "examplumab.<<", "is a merge key; write the values out")


def test_a_key_that_is_no_word_is_refused() -> None:
    """A list as key is a fault; the rest of the file is still checked."""
    text = a_dose("? [a, b]\n    : c", "amount: 10mg")
    problems = [fault.problem for fault in faults(text)]
    assert any("has a key that is not text" in problem for problem in problems)
    assert any("write '10 mg'" in problem for problem in problems)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_file_of_another_system_is_read_the_same(end: str) -> None:
    """The ends of lines and a byte order mark change neither values nor line numbers."""
    text = a_dose("amount: 10mg  # here")
    (fault,) = faults("\ufeff" + text.replace("\n", end))
    assert (fault.line, fault.path) == (line_of(text), "examplumab.amount")


def test_a_second_document_is_refused() -> None:
    """One file is one document; what is in the first is still checked."""
    text = a_dose("amount: 10mg") + "---\nregimen: other\n"
    problems = [fault.problem for fault in faults(text)]
    assert problems[0].startswith("'10mg' is not an amount")
    assert problems[1] == "starts a second document; one file is one document"


def test_a_key_that_appears_twice_is_refused_with_both_lines() -> None:
    """Duplicate keys: which of two doses was meant is nobody's to guess."""
    text = a_dose("amount: 5 mg  # first", "route: IV\n    amount: 50 mg  # here")
    problem = f"appears twice (first on line {line_of(text, '# first')}); keep one"
    assert_fault(text, "examplumab.amount", problem)


@pytest.mark.parametrize(
    "text",
    [
        b"regimen: " + b"[" * 100_000,
        b"{a: " * 100_000,
        b"- " * 100_000,
        b"a: &a [x]\n" + b"".join(b"b%d: [*a, *a, *a]\n" % index for index in range(9)),
        b"".join(b" " * index + b"a:\n" for index in range(500)),
        b'"' * 100_001,
        b"? " * 100_000,
    ],
    ids=["brackets", "braces", "dashes", "alias bomb", "stairs", "quotes", "questions"],
)
def test_a_hostile_text_is_refused_quickly(text: bytes) -> None:
    """An alias bomb, 100,000 brackets: a clear error in well under a second."""
    began = time.perf_counter()
    assert faults(text)
    assert time.perf_counter() - began < 1


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_faults(content: bytes) -> None:
    """Whatever a file holds, reading it ends in words and never in a crash."""
    result = examined(content)
    assert result.faults
    assert result.regimen is None


@settings(deadline=None)
@given(st.data())
def test_a_good_file_with_any_characters_changed_ends_in_words(data: st.DataObject) -> None:
    """A slip of the hand anywhere ends in a regimen or in faults, never in a crash."""
    begin = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(begin, min(len(GOOD), begin + 12)))
    new = data.draw(st.text("abc019 -:,[]{}#*&!|>'\"%@`?\n\t/.", max_size=6))
    result = examined(GOOD[:begin] + new + GOOD[end:])
    assert (result.regimen is None) == bool(result.faults)


# The other reading of an assumption


def assumed(about: str, otherwise: str, text: str) -> str:
    """A file with an assumption and its other reading, on the marked line."""
    entry = f"about: {about}, text: a, because: b, otherwise: {otherwise}"
    return text + f"assumptions:\n  - {{{entry}}}  # here\n"


@pytest.mark.parametrize(
    ("about", "otherwise"),
    [
        ("cycle.examplumab.amount", "10mg"),
        ("cycle.examplumab.route", "by mouth"),
        ("cycle.examplumab.day", "first"),
        ("cycle.examplumab.at", "25:00"),
        ("cycle.examplumab.over", "1 month"),
        ("cycle.examplumab.cap", "5 mg/kg"),
        ("cycle.examplumab.round", "5 mg/day"),
        ("cycle.repeat.times", "0"),
        ("cycle.repeat.every", "1 month"),
        ("cycle.repeat.every", "0 days"),
    ],
)
def test_another_reading_is_a_value_that_its_key_can_take(about: str, otherwise: str) -> None:
    """A reading that cannot be read is no reading."""
    text = assumed(about, otherwise, a_cycle())
    assert_fault(text, "assumptions[1].otherwise", f"cannot be what {about} says")


@pytest.mark.parametrize(
    ("about", "otherwise", "text"),
    [
        ("cycle.repeat.every", "36 hours", a_cycle()),
        ("cycle.repeat.every", "7 days", a_cycle("day: 15")),
        ("cycle.examplumab.day", "22", a_cycle()),
        ("cycle.examplumab.amount", "5 IU", a_cycle("cap: 5 mg")),
        ("cycle.examplumab.cap", "5 IU", a_cycle()),
        ("cycle.examplumab.day", "0", a_cycle()),
        (
            "side.day",
            "1 to 5",
            a_file("""
            doses:
              - {drug: otherumab, amount: 5 mg, route: IV, day: 1}
            blocks:
              - block: side
                day: 3
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
        """),
        ),
        ("examplumab.amount", "6 mg", a_dose("amount: {low: 5 mg}", head=("arms: {low: a}",))),
        ("default_arm", "nobody", a_dose(head=("arms: {low: a, high: b}", "default_arm: low"))),
    ],
)
def test_another_reading_is_one_that_can_be_set(about: str, otherwise: str, text: str) -> None:
    """`show` prints the ready `--set`: one that is refused when pasted is a fault of the file."""
    faults_found = faults(assumed(about, otherwise, text))
    assert [fault.path for fault in faults_found] == ["assumptions[1].otherwise"]


@pytest.mark.parametrize("about", ["cycle", "cycle.repeat", "title", "cycle.examplumab"])
def test_another_reading_is_that_of_one_value(about: str) -> None:
    """An assumption about many values has no one other value."""
    problem = "needs 'about' to name one value, such as cycle.repeat.rest"
    assert_fault(assumed(about, "7 days", a_cycle()), "assumptions[1].otherwise", problem)


@pytest.mark.parametrize(
    ("about", "otherwise"),
    [
        ("cycle.examplumab.amount", "6 mg"),
        ("cycle.examplumab.route", "SC"),
        ("cycle.examplumab.day", "[1, 8]"),
        ("cycle.examplumab.turn", "2 onward"),
        ("cycle.examplumab.at", '"09:00"'),
        ("cycle.examplumab.over", "30 to 90 minutes"),
        ("cycle.examplumab.cap", "20 mg"),
        ("cycle.examplumab.round", "5 mg"),
        ("cycle.examplumab.only_if", "a better response"),
        ("cycle.repeat.up_to", "52 weeks"),
        ("cycle.repeat.every", "28 days"),
        ("cycle.repeat.only_if", "no progression"),
        ("cycle.rest", "0 days"),
    ],
)
def test_another_reading_may_be_given_for_every_fact(about: str, otherwise: str) -> None:
    """`otherwise`: the other reading's value where there is one."""
    text = a_cycle(
        "turn: 1",
        "only_if: a response",
        repeat="{up_to: 4, every: 21 days, only_if: a response}\n    rest: 7 days",
    )
    assert loaded(assumed(about, otherwise, text)).assumptions[0].setting is not None


@pytest.mark.parametrize("entry", ["{otherwise: 6 days}", "{about: , otherwise: 6 days}", "[]"])
def test_another_reading_of_nothing_is_a_fault(entry: str) -> None:
    """An entry that is broken is a fault, and nothing crashes."""
    assert faults(a_dose(head=(f"assumptions:\n  - {entry}",)))


def test_another_reading_that_is_no_value_is_a_fault() -> None:
    """A text that cannot be in a file cannot be set either."""
    assumed = "assumptions: [{about: examplumab.day, text: a, because: b, otherwise: '[1, 8'}]"
    text = a_dose(head=(assumed,))
    assert any("cannot be set" in fault.problem for fault in faults(text))


def test_an_assumption_about_a_list_of_paths_is_a_fault() -> None:
    """With another reading of it too, and no traceback."""
    entry = "{about: [examplumab.route], text: A., because: B., otherwise: SC}"
    text = a_dose(head=(f"assumptions: [{entry}]",))
    problems = [(fault.path, fault.problem) for fault in faults(text)]
    assert ("assumptions[1].about", "takes one value, not a list or a mapping") in problems
    assert any(path == "assumptions[1].otherwise" for path, _ in problems)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("title: *a", "title: is an alias of 'a'; write the value out"),
        ("title: T\n<<: {a: b}", "<<: is a merge key; write the values out"),
        ("title: T\n? [a, b]\n: c", "?: has a key that is not text; write a plain word"),
        ("title:", "title: has no value; a regimen needs one"),
    ],
)
def test_what_yaml_has_and_a_regimen_has_not_is_one_fault(line: str, words: str) -> None:
    """An alias was also reported to have no value, and a merge key to be unknown.

    A key that a regimen needs was to be left out where it has no value, and was then needed.
    """
    text = a_file("doses: [{drug: x, amount: 1 mg, route: SC, day: 1}]")
    (fault,) = faults(re.sub("(?m)^title: .*", line.replace("\\", ""), text))
    assert f"{fault.path}: {fault.problem}" == words
