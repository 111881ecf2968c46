"""What one entry of a course log did."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from il2calc.course import (
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
)
from il2calc.units import Quantity
from logtext import FIRST, SECOND, a_key, a_log, assert_told, read

DOSES = "block: course 1/cycle 1, drug: examplumab"
AT = datetime.combine(date(2025, 12, 3), time(10, 10))


def effect(text: str) -> Effect:
    """What the only entry of a log did."""
    return read(a_log(text)).entries[0].effect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"given: {{{DOSES}, numbers: 1 to 3}}", Given((a_key(1), a_key(2), a_key(3)))),
        (
            f"given: {{{DOSES}, numbers: 7, at: 2025-12-03 10:10, amount: 5 million IU}}",
            Given((a_key(7),), AT, Quantity(Decimal(5_000_000), "IU")),
        ),
        (f"hold: {{{DOSES}, dose: pulse, numbers: [7]}}", Held((a_key(7, "pulse"),))),
        (f"shift: {{{DOSES}, numbers: 8, by: 4 hours}}", Shifted(a_key(8), 240)),
        ("delay: {block: course 1/cycle 2, by: 3 days}", Delayed(SECOND, 3)),
        (
            "weigh: {weight: 66.5 kg, on: 2025-12-14, use_from: course 1/cycle 2}",
            Weighed(Decimal("66.5"), date(2025, 12, 14), SECOND),
        ),
        (
            "weigh: {weight: 66.5 kg, on: 2025-12-14}",
            Weighed(Decimal("66.5"), date(2025, 12, 14), None),
        ),
        (
            "reduce: {drug: examplumab, to: 75 %, from: course 1}",
            Reduced("examplumab", Decimal(75), FIRST[:1]),
        ),
        ("decide: {block: course 2, given: no}", Decided((("course", 2),), given=False)),
        ("stop: yes", Stopped()),
    ],
)
def test_each_effect_has_a_form_that_reads_aloud(text: str, expected: Effect) -> None:
    """Doses by turn, drug, name and number, never by row or date."""
    assert effect(text) == expected


def test_an_undo_names_an_entry_by_its_number() -> None:
    """Nothing is erased."""
    assert read(a_log("stop: yes", "undo: 1")).entries[1].effect == Undone(1)


def test_doses_of_the_regimen_itself_stand_in_no_block() -> None:
    """A regimen without blocks has doses all the same."""
    key = DoseKey((), "examplumab", "examplumab", 1)
    assert effect("given: {drug: examplumab, numbers: 1}") == Given((key,))


@pytest.mark.parametrize(("word", "kind"), [("given", Given), ("hold", Held)])
def test_doses_of_several_drugs_or_turns_are_one_entry(word: str, kind: type[Given | Held]) -> None:
    """What was entered at once is undone at once: a list of mappings in the place of one."""
    other = f"      - {{{DOSES}, numbers: [1, 2]}}\n      - {{drug: otherumab, numbers: 1}}"
    expected = (a_key(1), a_key(2), DoseKey((), "otherumab", "otherumab", 1))
    assert effect(f"{word}:\n{other}") == kind(expected)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("given: {drug: examplumab}", "given", "has no 'numbers'; what was given needs one"),
        ("given: yes", "given", "is not a mapping; write {drug: ..., numbers: ...}"),
        ("given: []", "given", "lists no dose"),
        ("hold: []", "hold", "lists no dose"),
        ("hold: {numbers: 7}", "hold", "has no 'drug'; what was held needs one"),
        ("hold: {drug: a, numbers: 7, at: 08:00}", "hold.at", "is an unknown key; keys here:"),
        ("given: {drug: a, numbers: 1 to 2, amount: 2 mg}", "given.amount", "that of 2 doses"),
        ("given: {drug: a, numbers: 1, amount: 2 mg/kg}", "given.amount", "of a whole dose"),
        ("given: [{drug: a, numbers: 1, at: x}]", "given[1].at", "is an unknown key"),
        ("hold: [{drug: a, numbers: 1}, {drug: a, numbers: 1}]", "hold[2].numbers", "dose 1 again"),
        ("hold: [{drug: a, numbers: 1}, 7]", "hold[2]", "is not a mapping"),
        ("shift: {drug: a, numbers: 1 to 2, by: 4 hours}", "shift.numbers", "name the first one"),
        ("shift: {drug: a, numbers: 1}", "shift", "has no 'by'; a shift needs one"),
        ("delay: {block: course 1, by: 36 hours}", "delay.by", "whole days"),
        ("delay: {block: course, by: 3 days}", "delay.block", "is not a block turn"),
        ("weigh: {weight: 665 kg, on: 2025-12-14}", "weigh.weight", "is not plausible; give 2 to"),
        ("weigh: {weight: 66.5 kg}", "weigh", "has no 'on'; a weighing needs one"),
        ("weigh: {weight: 66 kg, on: 2025-12-14, form: x}", "weigh.form", "unknown key"),
        ("reduce: {drug: a, to: 75 %}", "reduce", "has no 'from'; a reduction needs one"),
        ("reduce: {drug: a, to: 0.75, from: course 1}", "reduce.to", "is not a percentage"),
        ("decide: {block: course 2, given: maybe}", "decide.given", "neither yes nor no"),
        ("decide: {given: yes}", "decide", "has no 'block'; a decision needs one"),
        ("stop: no", "stop", "takes only yes"),
        ("stop: {}", "stop", "takes one value"),
        ("undo: last", "undo", "is not a whole number"),
    ],
)
def test_what_does_not_say_what_was_done_is_told(text: str, path: str, words: str) -> None:
    """With its line, its path and what would be right."""
    assert_told(a_log(f"{text}  # here"), f"entries[1].{path}", words)
