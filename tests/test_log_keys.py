"""The values of a course log, kind by kind: what is read, and what is refused and how."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from il2calc.errors import ImplausibleInput
from il2calc.language import log_keys
from il2calc.language.shelf import shipped
from il2calc.model.effects import (
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
from il2calc.model.log import Entry, Log
from il2calc.model.patient import FORMULA_NAMES, Patient
from il2calc.text import values
from il2calc.text.shapes import Leaf, json_schema
from il2calc.units import Quantity
from logtext import (
    ENTERED,
    FILE,
    FIRST,
    HASH,
    HEAD,
    SECOND,
    a_key,
    a_log,
    assert_fault,
    fault_lines,
    read,
    started_log,
)


def refused(read: Callable[[Any], Any], value: Any) -> str:
    """The message about a value that cannot be read."""
    with pytest.raises(ValueError, match=r".") as error:
        read(value)
    return str(error.value)


@pytest.mark.parametrize(
    "read",
    [
        values.text,
        values.name,
        values.sha256,
        values.day,
        values.clock,
        log_keys.zone,
        log_keys.chain,
        log_keys.minutes,
        log_keys.days,
    ],
)
def test_one_value_is_neither_a_list_nor_empty(read: Callable[[Any], Any]) -> None:
    """A key without a value means nothing, and the reader never fills it in."""
    for value in (["a"], {"a": "b"}):
        assert refused(read, value) == "takes one value, not a list or a mapping"
    assert refused(read, "") == "has no value; write one, or leave it out"


def test_names_are_those_of_the_regimen_language() -> None:
    """Letters, digits, spaces, hyphens; arms and paths of blocks also dots."""
    assert values.name("IL-2 low dose") == "IL-2 low dose"
    assert values.name("naïve") == "naïve"
    assert log_keys.dotted_name("0.25-mg") == "0.25-mg"
    assert (
        refused(values.name, "a.b") == "'a.b' is not a name; use letters, digits, spaces, hyphens"
    )
    assert refused(log_keys.dotted_name, "a/b").endswith("hyphens and dots")


@pytest.mark.parametrize("word", ["3f" * 31, "3F" * 32, "3f" * 31 + "xx", "3f" * 33])
def test_a_content_hash_is_64_hex_digits(word: str) -> None:
    """With a lost digit the regimen would seem to have changed."""
    assert values.sha256("3f" * 32) == "3f" * 32
    assert "64 hex digits" in refused(values.sha256, word)


def test_a_time_zone_is_an_iana_name() -> None:
    """Whether the zone exists is checked where it is used."""
    for word in ("Europe/London", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+1"):
        assert log_keys.zone(word) == word
    for word in ("../etc/passwd", "Europe/", "/London", "Europe London"):
        assert "is not the name of a time zone" in refused(log_keys.zone, word)


def test_a_block_turn_is_written_with_those_around_it() -> None:
    """Outermost first; a name may end in a digit of its own."""
    assert log_keys.chain("course 1/cycle 2") == (("course", 1), ("cycle", 2))
    assert log_keys.chain("lead-in 1") == (("lead-in", 1),)
    assert log_keys.chain("arm 2 1") == (("arm 2", 1),)
    assert log_keys.chain("course 1 / cycle 2") == (("course", 1), ("cycle", 2))
    for word in ("cycle", "2", "course 1/", "/cycle 1", "course 1/cycle", "cycle 0", "cycle 02"):
        assert "is not a block turn; write it with its number" in refused(log_keys.chain, word)
    assert "is not a name" in refused(log_keys.chain, "cy.cle 2")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3", (3,)),
        (["1", "4"], (1, 4)),
        ("1 to 6", (1, 2, 3, 4, 5, 6)),
        (["1 to 3", "5"], (1, 2, 3, 5)),
    ],
)
def test_dose_numbers_have_the_forms_of_day(value: Any, expected: tuple[int, ...]) -> None:
    """`3`, `[1, 4]`, `1 to 6`, `[1 to 3, 5]`."""
    assert log_keys.numbers(value) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "is not a dose number"),
        ("1-6", "is not a dose number"),
        ("6 onward", "is not a dose number"),
        ([["1"]], "takes one value"),
        ("6 to 1", "is not in rising order"),
        ("6 to 6", "is not in rising order"),
        (["4", "4"], "does not follow the number before it"),
        (["1 to 3", "3"], "does not follow the number before it"),
        ("1 to 100001", "is beyond dose 100,000"),
        ([], "names no dose"),
    ],
)
def test_dose_numbers_that_could_be_read_in_two_ways_are_refused(value: Any, words: str) -> None:
    """A dose is named once, in order."""
    assert words in refused(log_keys.numbers, value)


def test_a_dose_is_moved_by_one_length_later_or_earlier() -> None:
    """4 hours = 240 minutes; a minus sign moves it back."""
    assert log_keys.minutes("4 hours") == 240
    assert log_keys.minutes("-30 minutes") == -30
    assert "is a range" in refused(log_keys.minutes, "4 to 6 hours")
    assert "moves nothing" in refused(log_keys.minutes, "0 hours")
    for word in ("- 4 hours", "4h", "1.5 minutes", "1 month", "soon"):
        assert refused(log_keys.minutes, word) == (
            f"{word!r} is not a length of time in whole minutes, hours, days or weeks; "
            "write it like '4 hours'"
        )


def test_a_block_is_delayed_by_whole_days() -> None:
    """Later only, for an earlier cycle is no delay."""
    assert log_keys.days("3 days") == 3
    assert log_keys.days("1 week") == 7
    assert log_keys.days("48 hours") == 2
    assert "is not in whole days" in refused(log_keys.days, "36 hours")
    assert "is not later" in refused(log_keys.days, "-3 days")
    assert refused(log_keys.days, "3 days late").endswith("write it like '3 days'")


def test_yes_and_no_are_words() -> None:
    """`true`, `on` and `y` are no answers: one way to write it is enough."""
    assert values.yes_or_no("yes") is True
    assert values.yes_or_no("no") is False
    for word in ("true", "Yes", "y", "0"):
        assert "is neither yes nor no" in refused(values.yes_or_no, word)
    assert log_keys.yes("yes") is True
    assert "leave the key out" in refused(log_keys.yes, "no")


def test_a_value_that_was_set_is_a_text_or_a_list_of_texts() -> None:
    """As `--set` takes it: a list in brackets is the text of that list."""
    assert log_keys.setting("6 days") == "6 days"
    assert log_keys.setting(["1", "8 to 9"]) == "[1, 8 to 9]"
    assert refused(log_keys.setting, {"a": "b"}) == "takes one value, not a list or a mapping"


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (log_keys.weight, "70 kg", Decimal(70)),
        (log_keys.height, "1.70 m", Decimal(170)),
        (log_keys.surface_area, "1.81 m2", Decimal("1.81")),
        (log_keys.surface_cap, "2.0 m2", Decimal(2)),
        (log_keys.gfr, "90 mL/min", Decimal(90)),
    ],
)
def test_measures_are_decimals_in_one_unit(
    read: Callable[[Any], Decimal], text: str, expected: Decimal
) -> None:
    """kg, cm, m2, mL/min."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (log_keys.weight, "700 kg", "a weight of 700 kg"),
        (log_keys.height, "1.7 cm", "a height of 1.7 cm"),
        (log_keys.surface_area, "18 m2", "a body surface area of 18 m2"),
        (log_keys.surface_cap, "20 m2", "a cap on body surface area of 20 m2"),
        (log_keys.gfr, "900 mL/min", "a GFR of 900 mL/min"),
    ],
)
def test_a_measure_that_no_body_can_have_is_implausible(
    read: Callable[[Any], Decimal], text: str, words: str
) -> None:
    """A slip of the decimal point becomes no dose."""
    with pytest.raises(ImplausibleInput, match=f"^{words} is not plausible"):
        read(text)


def test_formula_and_sex_are_words_of_a_few() -> None:
    """The same words as on the command line."""
    assert [log_keys.formula(name) for name in FORMULA_NAMES] == list(FORMULA_NAMES)
    sex = log_keys.patient().keys["sex"]
    assert isinstance(sex, Leaf)
    assert [sex.read(word) for word in ("female", "male")] == ["female", "male"]
    with pytest.raises(ValueError, match="write one of: mosteller, du-bois"):
        log_keys.formula("Mosteler")


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
def test_each_effect_is_written_in_a_readable_form(text: str, expected: Effect) -> None:
    """Doses by turn, drug, name and number, never by row or date."""
    assert effect(text) == expected


def test_an_undo_names_an_entry_by_its_number() -> None:
    """Nothing is erased."""
    assert read(a_log("stop: yes", "undo: 1")).entries[1].effect == Undone(1)


def test_doses_of_the_regimen_itself_are_in_no_block() -> None:
    """A regimen without blocks has doses all the same."""
    key = DoseKey((), "examplumab", "examplumab", 1)
    assert effect("given: {drug: examplumab, numbers: 1}") == Given((key,))


@pytest.mark.parametrize(("word", "kind"), [("given", Given), ("hold", Held)])
def test_doses_of_several_drugs_or_turns_are_one_entry(word: str, kind: type[Given | Held]) -> None:
    """What was entered together is undone together: a list of mappings in place of one."""
    other = f"      - {{{DOSES}, numbers: [1, 2]}}\n      - {{drug: otherumab, numbers: 1}}"
    expected = (a_key(1), a_key(2), DoseKey((), "otherumab", "otherumab", 1))
    assert effect(f"{word}:\n{other}") == kind(expected)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("given: {drug: examplumab}", "given", "has no 'numbers'; what was given needs one"),
        ("given: yes", "given", "is not a mapping; write {drug: ..., numbers: ...}"),
        ("given: []", "given", "is an empty list; write an entry"),
        ("hold: []", "hold", "is an empty list; write an entry"),
        ("hold: {numbers: 7}", "hold", "has no 'drug'; what was held needs one"),
        ("hold: {drug: a, numbers: 7, at: 08:00}", "hold.at", "is an unknown key; keys here:"),
        ("given: {drug: a, numbers: 1 to 2, amount: 2 mg}", "given.amount", "for 2 doses"),
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
def test_an_unclear_entry_is_a_fault(text: str, path: str, words: str) -> None:
    """With its line, its path and what would be right."""
    assert_fault(a_log(f"{text}  # here"), f"entries[1].{path}", words)


EVERYTHING = (
    "height: 170 cm",
    "bsa_formula: du-bois",
    "sex: female",
    "bsa_cap: 2.0 m2",
    "gfr: 90 mL/min",
    "arm: 0.25-mg",
    "times: {course.cycle: 2}",
    "percent: {otherumab: 75 %}",
    "set: {course.cycle.repeat.rest: 6 days, cycle.pulse.day: [1, 8]}",
    "tz: Europe/London",
)


def test_a_log_names_subject_regimen_body_and_start() -> None:
    """And asks for no name and no date of birth."""
    assert read(a_log()) == started_log()


def test_every_choice_of_a_schedule_is_kept() -> None:
    """Arm, counts, percentages, values that were set, time zone, and all measures of the body."""
    patient = Patient(
        Decimal(70), Decimal(170), None, "du-bois", "female", Decimal("2.0"), Decimal(90)
    )
    settings = (("course.cycle.repeat.rest", "6 days"), ("cycle.pulse.day", "[1, 8]"))
    assert read(a_log(head=EVERYTHING)) == Log(
        file=FILE,
        subject="S-07",
        regimen="examplumab",
        version=1,
        sha256=HASH,
        patient=patient,
        start=date(2025, 12, 1),
        at=480,
        arm="0.25-mg",
        times={"course.cycle": 2},
        percents={"otherumab": Decimal(75)},
        settings=settings,
        zone="Europe/London",
    )


def test_a_body_surface_area_may_be_given() -> None:
    """Then it excludes what it would be calculated from."""
    log = read(a_log(head=("bsa: 1.81 m2",), without="weight"))
    assert log == replace(started_log(), patient=Patient(surface_area=Decimal("1.81")))


@pytest.mark.parametrize("key", ["log", "regimen", "version", "sha256", "start", "at"])
def test_a_missing_required_key_is_a_fault(key: str) -> None:
    """No start is filled in, and no version guessed."""
    assert fault_lines(a_log(without=key)) == [f"{FILE}:1: has no {key!r}; a course log needs one"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("log: -7", "is not a label"),
        ("version: one", "is not a whole number"),
        ("sha256: 3f3f", "is not 64 hex digits"),
        ("weight: 700 kg", "says that a weight of 700 kg is not plausible; give 2 to 400 kg"),
        ("weight: 70", "is not in kg or lb; write '70 kg'"),
        ("height: 17 cm", "is not plausible"),
        ("bsa_cap: 20 m2", "a cap on body surface area of 20 m2 is not plausible"),
        ("gfr: 9000 mL/min", "is not plausible"),
        ("sex: m", "is not known; write one of: female, male"),
        ("start: 2025-13-01", "is not a calendar date"),
        ("start: 0025-12-01", "is not in the years 1950 to 2049"),
        ("at: 8:00", "is not a clock time"),
        ("arm: a/b", "is not a name"),
        ("tz: Europe London", "is not the name of a time zone"),
        ("times: 2", "is not a mapping; write indented 'name: value' lines"),
        ("set: {}", "is empty; name at least one"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_fault(line: str, words: str) -> None:
    """With its key, and what would be right."""
    key = line.partition(":")[0]
    assert_fault(a_log(head=(f"{line}  # here",)), key, words)


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("times: {course.cycle: two}", "times.course.cycle", "is not a whole number"),
        ("times: {course/cycle: 2}", "times.course/cycle", "is not a name"),
        ("percent: {examplumab: 0.75}", "percent.examplumab", "is not a percentage"),
        ("set: {cycle.rest: {a: b}}", "set.cycle.rest", "takes one value"),
    ],
)
def test_a_faulty_choice_is_a_fault_that_names_it(line: str, path: str, words: str) -> None:
    """As the command line would have refused it."""
    assert_fault(a_log(head=(f"{line}  # here",)), path, words)


@pytest.mark.parametrize("line", ["height: 170 cm", "bsa_formula: du-bois"])
def test_two_ways_to_the_body_surface_area_are_a_fault(line: str) -> None:
    """Which of two was used would not be seen."""
    key = line.partition(":")[0]
    assert_fault(a_log(head=("bsa: 1.81 m2", f"{line}  # here")), key, "excludes 'bsa'")


def test_entries_must_be_at_the_end() -> None:
    """There the verbs add to them."""
    text = a_log("stop: yes").replace("entries:", "entries:  # here") + "tz: Europe/London\n"
    assert_fault(text, "entries", "is where entries are added; move it below 'tz'")


def test_an_unknown_key_is_a_fault_that_names_the_nearest() -> None:
    """A misspelt weight must not be missing unnoticed."""
    assert_fault(a_log(head=("wieght: 80 kg  # here",)), "wieght", "did you mean 'weight'?")
    assert_fault(a_log(head=("born: 1970-01-01  # here",)), "born", "is an unknown key; keys here:")


STOP = "stop: yes"
BARE = "\n".join(HEAD) + "\n"


def test_a_log_may_have_no_entry_yet() -> None:
    """`entries:` alone is where the first one will be, and may be missing too."""
    assert read(a_log()).entries == ()
    assert read(BARE).entries == ()
    assert read(BARE + "entries: []\n").entries == ()


def test_an_entry_says_when_what_and_why() -> None:
    """Numbered from 1 in the order of the file, with the line it stands on."""
    text = a_log(STOP) + "    reason: progression\n    override: yes\n"
    assert read(text).entries == (Entry(1, ENTERED, Stopped(), "progression", True, 9),)
    assert read(a_log(STOP, "undo: 1")).entries[1] == Entry(2, ENTERED, Undone(1), line=11)


def test_dates_of_entry_may_run_backwards() -> None:
    """A late entry has the date that was given for it, and clocks are set back in autumn."""
    text = a_log(STOP) + "  - undo: 1\n    entered: 2025-12-03 08:15\n"
    earlier = datetime.combine(date(2025, 12, 3), time(8, 15))
    assert [entry.entered for entry in read(text).entries] == [ENTERED, earlier]


@pytest.mark.parametrize(
    ("entries", "path", "words"),
    [
        ("entries: none  # here", "entries", "is not a list; begin each entry with '- '"),
        ("entries:  # here\n  stop: yes", "entries", "is not a list"),
        ("entries:\n  - stop  # here", "entries[1]", "is not a mapping; write {entered: ...}"),
        ("entries:\n  - stop: yes  # here", "entries[1]", "has no 'entered'; an entry needs one"),
        (
            "entries:\n  - entered: 2025-12-03 09:00  # here",
            "entries[1]",
            "has none of: given",
        ),
    ],
)
def test_a_text_that_is_no_entry_is_a_fault(entries: str, path: str, words: str) -> None:
    """Every entry is a mapping with its date and what was done."""
    assert_fault(BARE + entries + "\n", path, words)


def test_an_entry_does_one_thing() -> None:
    """Two effects in one could not be undone apart."""
    both = a_log(STOP + "  # here") + "    undo: 1\n"
    assert_fault(both, "entries[1]", "has 'stop' and 'undo' at once; write an entry for each")


def test_an_unknown_key_of_an_entry_is_a_fault_that_names_the_nearest() -> None:
    """An effect that is misspelt, too."""
    text = a_log(STOP) + "    reson: progression  # here\n"
    assert_fault(text, "entries[1].reson", "did you mean 'reason'?")
    text = a_log("hodl: {drug: a, numbers: 1}  # here")
    assert_fault(text, "entries[1].hodl", "did you mean 'hold'?")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([STOP, "undo: 2"], "names entry 2, which is not before it"),
        ([STOP, "undo: 9"], "names entry 9, which is not before it"),
        ([STOP, "undo: 1", "undo: 2"], "names entry 2, an undo; enter again what it had undone"),
        ([STOP, "undo: 1", "undo: 1"], "names entry 1, which entry 2 has undone already"),
    ],
)
def test_an_undo_names_an_earlier_entry_that_still_counts(entries: list[str], words: str) -> None:
    """`undo` must name an earlier entry that is not undone and is not an undo."""
    *before, last = entries
    assert_fault(a_log(*before, f"{last}  # here"), f"entries[{len(entries)}].undo", words)


def test_an_undo_of_a_faulty_entry_is_no_fault_of_its_own() -> None:
    """One slip is one line."""
    assert_fault(a_log("stop: no  # here", "undo: 1"), "entries[1].stop", "takes only yes")
    text = a_log("undo?  # here", "undo: 1").replace("    entered: 2025-12-03 09:00\n", "", 1)
    assert_fault(text, "entries[1]", "is not a mapping")
    text = a_log("stopped  # here", "undo: 1").replace("    entered: 2025-12-03 09:00\n", "", 1)
    assert_fault(text, "entries[1]", "is not a mapping")


SCHEMA_FILE = shipped() / "log.schema.json"
GOOD = {
    "the least": BARE.replace("weight: 70 kg\n", ""),
    "no entry yet": a_log(),
    "a list without an entry": BARE + "entries: []\n",
    "everything that was asked for": a_log(head=EVERYTHING),
    "a body surface area": a_log(head=("bsa: 1.81 m2",), without="weight"),
    "a label of digits": a_log(head=("log: 7",)),
    "one of everything": (Path(__file__).parent / "golden" / "log.yaml").read_text("utf-8"),
    "doses of the regimen itself": a_log("given: {drug: examplumab, numbers: 1}"),
    "doses of two drugs": a_log(
        f"given: [{{{DOSES}, numbers: [1 to 2, 4]}}, {{drug: b, numbers: 1}}]"
    ),
    "earlier": a_log(f"shift: {{{DOSES}, numbers: 8, by: -30 minutes}}"),
    "a decision against": a_log("decide: {block: course 2, given: no}"),
}
BAD = {
    "an unknown key": a_log(head=("colour: red",)),
    "a misspelt key": a_log().replace("version:", "versoin:"),
    "no start": a_log(without="start"),
    "a weight without a unit": a_log(head=("weight: 70",)),
    "a hash that is too short": a_log(head=("sha256: 3f3f",)),
    "a body of another sex": a_log(head=("sex: m",)),
    "a count of none": a_log(head=("times: {}",)),
    "an entry without a moment": BARE + "entries:\n  - stop: yes\n",
    "an entry that does nothing": BARE + "entries:\n  - entered: 2025-12-03 09:00\n",
    "an entry that does two things": a_log("stop: yes") + "    undo: 1\n",
    "doses without numbers": a_log("given: {drug: a}"),
    "doses in words": a_log("given: {drug: a, numbers: all}"),
    "no doses": a_log("hold: []"),
    "an amount per kg": a_log("given: {drug: a, numbers: 1, amount: 2 mg/kg}"),
    "a time in a list": a_log("given: [{drug: a, numbers: 1, at: 2025-12-03 10:10}]"),
    "a turn without its number": a_log("delay: {block: course, by: 3 days}"),
    "a shift by no time": a_log("shift: {drug: a, numbers: 1, by: soon}"),
    "a share without its sign": a_log("reduce: {drug: a, to: 0.75, from: course 1}"),
    "a decision that is none": a_log("decide: {block: course 2, given: maybe}"),
    "no stop": a_log("stop: no"),
    "an undoing of the last": a_log("undo: last"),
}


def validated(folder: Path, texts: dict[str, str]) -> dict[str, bool]:
    """Which of several logs check-jsonschema accepts by the schema that ships."""
    paths = {str(folder / f"{number}.yaml"): what for number, what in enumerate(texts)}
    for path, what in paths.items():
        Path(path).write_text(texts[what], encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--output-format", "json"]
    command += ["--schemafile", str(SCHEMA_FILE), *paths]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    report: dict[str, Any] = json.loads(result.stdout)
    assert not report.get("parse_errors"), report
    refused = {error["filename"] for error in report.get("errors", ())}
    return {what: path not in refused for path, what in paths.items()}


def test_the_shipped_schema_is_that_of_the_code() -> None:
    """An editor must not accept what the reader refuses because its schema is an old one."""
    assert (
        SCHEMA_FILE.read_text("utf-8") == json.dumps(json_schema(log_keys.log()), indent=2) + "\n"
    )


def test_the_schema_is_itself_a_valid_schema() -> None:
    """It keeps to draft 2020-12, so that every editor reads it in the same way."""
    command = [sys.executable, "-m", "check_jsonschema", "--check-metaschema", str(SCHEMA_FILE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout


def test_an_independent_validator_accepts_good_logs_and_refuses_bad_ones(tmp_path: Path) -> None:
    """And the reader agrees with it."""
    assert [what for what, good in validated(tmp_path, GOOD).items() if not good] == []
    assert [what for what, good in validated(tmp_path, BAD).items() if good] == []
    for text in GOOD.values():
        read(text)
    for text in BAD.values():
        assert fault_lines(text)
