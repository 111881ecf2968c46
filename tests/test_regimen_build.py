"""From what a file says to the vocabulary: every word of it, and no more."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from decimal import Decimal

import pytest

from filetext import a_cycle, a_dose, a_file, examined, faults, loaded, loaded_dose
from il2calc.model.evidence import Note, Source
from il2calc.model.regimen import Arm
from il2calc.units import Quantity

DAY = 1440


def test_the_head_of_a_file_is_its_identity() -> None:
    """Id, title, disease, version, the day it was read, and by whom it was reviewed."""
    regimen = loaded(a_dose(head=("reviewed_by: A. Doe, pharmacist",)))
    assert (regimen.id, regimen.title) == ("examplumab", "Examplumab every three weeks")
    assert (regimen.treats, regimen.version) == ("an invented disease", 1)
    assert regimen.read_on == date(2026, 11, 22)
    assert regimen.reviewed_by == "A. Doe, pharmacist"


def test_what_a_file_does_not_say_is_not_made_up() -> None:
    """Without the optional keys: no reviewer, no arms, no day 0, doses may be reduced."""
    regimen = loaded(a_dose())
    assert regimen.reviewed_by is None
    assert (dict(regimen.arms), regimen.default_arm) == ({}, None)
    assert (regimen.day_zero, regimen.never_reduce) == (False, False)
    assert (regimen.alongside, regimen.assumptions, regimen.settings) == ((), (), ())


def test_findings_may_be_left_out() -> None:
    """`findings` is no required key: a source may report none."""
    assert loaded(a_dose(without="findings")).findings == ()


@pytest.mark.parametrize("key", ["regimen", "title", "for", "version", "read_on", "sources"])
def test_a_file_without_its_identity_does_not_load(key: str) -> None:
    """regimen, title, for, version, read_on and sources are required."""
    problems = [fault.problem for fault in faults(a_dose(without=key))]
    assert f"has no {key!r}; a regimen needs one" in problems


@pytest.mark.parametrize(
    ("line", "day_zero"),
    [("numbering: with day 0", True), ("numbering: without day 0", False)],
)
def test_the_numbering_of_days_is_what_the_file_says(line: str, day_zero: bool) -> None:
    """There is no day 0 unless the file says so."""
    assert loaded(a_dose(head=(line,))).day_zero is day_zero


def test_a_file_may_forbid_to_reduce() -> None:
    """`reduce: no` is read as text, not as a YAML boolean."""
    assert loaded(a_dose(head=("reduce: no",))).never_reduce


def test_a_dose_says_what_how_much_how_and_when() -> None:
    """Every key of a dose reaches the vocabulary."""
    text = a_dose(
        "dose: pulse",
        "amount: 45 mg/m2/day",
        "day: [1, 8]",
        "turn: 1",
        "at: 2 times a day",
        "over: 30 to 90 minutes",
        "cap: 90 mg",
        "round: 5 mg",
        "only_if: a response",
        "arm: [low, high]",
        "during_delay: continue",
        head=("arms: {low: a, high: b, other: c}",),
    )
    dose = loaded_dose(text)
    assert (dose.name, dose.drug, dose.path, dose.route) == ("pulse", "examplumab", "pulse", "IV")
    assert dose.amounts == {None: Quantity(Decimal(45), "mg", "m2", per_day=True)}
    assert dose.days.ranges == ((1, 1), (8, 8))
    assert dose.turns is not None
    assert dose.turns.ranges == ((1, 1),)
    assert dose.at is not None
    assert dose.at.minutes == (0, 720)
    assert dose.over is not None
    assert (dose.over.shortest, dose.over.longest) == (30, 90)
    assert dose.cap == Quantity(Decimal(90), "mg")
    assert dose.round == Quantity(Decimal(5), "mg")
    assert dose.only_if == "a response"
    assert dose.arms == ("low", "high")
    assert dose.during_delay


def test_a_dose_without_a_name_is_called_by_its_drug() -> None:
    """Errors and `--set` use the drug where no name is given."""
    dose = loaded_dose(a_cycle())
    assert (dose.name, dose.drug, dose.path) == ("examplumab", "examplumab", "cycle.examplumab")
    assert not dose.during_delay


def test_the_amounts_of_the_arms_are_kept_apart() -> None:
    """Each arm has its own amount: the dose level is never mixed up."""
    text = a_dose(
        "amount: {0.25-mg: 0.25 mg, 6.25-mg: 6.25 mg}", head=("arms: {0.25-mg: a, 6.25-mg: b}",)
    )
    dose = loaded_dose(text)
    assert dose.amount("0.25-mg") == Quantity(Decimal("0.25"), "mg")
    assert dose.amount("6.25-mg") == Quantity(Decimal("6.25"), "mg")


@pytest.mark.parametrize(
    ("repeat", "count", "at_most"),
    [
        ("{times: 4, every: 21 days}", 4, False),
        ("{up_to: 4, every: 21 days}", 4, True),
        ("{every: 21 days}", None, False),
        ("{up_to: 52 weeks, every: 3 weeks}", 18, True),
        ("{up_to: 52 weeks, every: 1 week}", 52, True),
        ("{up_to: 52 weeks, every: 14 days}", 26, True),
        ("{up_to: 21 days, every: 21 days}", 1, True),
        ("{up_to: 22 days, every: 21 days}", 2, True),
        ("{up_to: 1 day, every: 21 days}", 1, True),
    ],
)
def test_a_repeat_counts_turns_in_all(repeat: str, count: int | None, at_most: bool) -> None:
    """`up_to: 52 weeks` = every turn that starts within that time: ceil(52 weeks / every)."""
    block = loaded(a_cycle(repeat=repeat)).body.blocks[0]
    assert block.repeat is not None
    assert (block.repeat.count, block.repeat.at_most) == (count, at_most)


def test_a_dose_may_be_given_up_to_a_time() -> None:
    """`up_to: 5 days` every 8 hours is fifteen doses at most."""
    dose = loaded_dose(a_dose("repeat: {up_to: 5 days, every: 8 hours, only_if: tolerated}"))
    assert dose.repeat is not None
    assert (dose.repeat.count, dose.repeat.at_most) == (15, True)
    assert dose.repeat.only_if == "tolerated"


def test_a_block_says_where_it_is() -> None:
    """Every key of a block reaches the vocabulary."""
    text = a_file(
        """
        blocks:
          - block: main
            repeat: {times: 2, rest: 5 to 6 weeks, only_if: a response}
            rest: 7 days
            only_if: no progression
            arm: low
            blocks:
              - block: side
                day: 3
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
        """,
        "arms: {low: a, high: b}",
    )
    main = loaded(text).body.blocks[0]
    assert main.repeat is not None
    assert main.repeat.rest is not None
    assert (main.repeat.rest.shortest, main.repeat.rest.longest) == (35 * DAY, 42 * DAY)
    assert main.repeat.only_if == "a response"
    assert main.rest is not None
    assert (main.rest.shortest, main.only_if, main.arms) == (7 * DAY, "no progression", ("low",))
    assert (main.blocks[0].day, main.blocks[0].path) == (3, "main.side")
    assert [block.name for block in loaded(text).body.walk()] == ["", "main", "side"]


def test_an_arm_is_a_meaning_or_a_meaning_with_a_caution() -> None:
    """Arms: name to one-line meaning, or to `{text, caution, source}`."""
    head = (
        (
            "arms:\n  low: the lower dose\n"
            "  high: {text: the higher dose, caution: too much, source: doe2020}"
        ),
        "findings: []",
    )
    arms = loaded(a_dose(head=head)).arms
    assert arms["low"] == Arm("low", "the lower dose", None, "doe2020, Abstract")
    assert arms["high"] == Arm("high", "the higher dose", "too much", "doe2020")


def test_a_source_keeps_everything_by_which_it_is_found() -> None:
    """cite, read, doi, pmid, trial, url."""
    entry = "{cite: Doe J., read: registry, doi: 10.1/x, pmid: 123, trial: NCT1, url: 'http://a.b'}"
    regimen = loaded(a_dose(head=(f"sources: {{doe2020: {entry}}}",)))
    assert regimen.sources["doe2020"] == Source(
        "doe2020", "Doe J.", "registry", "10.1/x", "123", "NCT1", "http://a.b"
    )


def test_notes_have_the_source_they_are_in() -> None:
    """Findings and what is given alongside inherit the source of the file."""
    head = ("alongside:\n  - {text: Water.}", "findings:\n  - {text: None., source: doe2020}")
    regimen = loaded(a_dose(head=head))
    assert regimen.alongside == (Note("Water.", "doe2020, Abstract"),)
    assert regimen.findings == (Note("None.", "doe2020"),)
    (finding,) = loaded(a_dose(head=("findings:\n  - {text: None., head: yes}",))).findings
    assert finding == Note("None.", "doe2020, Abstract", head=True)


@pytest.mark.parametrize("key", ["alongside", "findings"])
def test_a_note_without_any_source_is_a_fault(key: str) -> None:
    """A finding that nobody published is no finding."""
    text = a_dose("source: doe2020", head=(f"{key}:\n  - {{text: a}}",), without="source")
    assert [(fault.path, fault.problem) for fault in faults(text)] == [
        (f"{key}[1]", "has no source; add 'source: key, locator'")
    ]


@pytest.mark.parametrize("entry", ["text", "{}", "{text: }", "[a]"])
def test_a_broken_note_is_a_fault(entry: str) -> None:
    """A note that is no mapping, or says nothing, is a fault, and nothing crashes."""
    faults_found = faults(a_dose(head=(f"findings:\n  - {entry}",)))
    assert len(faults_found) == 1
    assert faults_found[0].path.startswith("findings[1]")


def assumption_of(about: str, otherwise: str, text: str) -> str:
    """A file with an assumption about one of its values, and its other reading."""
    quoted = otherwise if otherwise.startswith("[") else json.dumps(otherwise)
    entry = f'about: "{about}", text: a, because: b, otherwise: {quoted}'
    return text + f"assumptions:\n  - {{{entry}}}\n"


def in_a_shell(options: str) -> list[str]:
    """The words that a shell makes of options pasted into it."""
    command = ["/bin/sh", "-c", f"printf '%s\\n' {options}"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return result.stdout.splitlines()


def test_an_assumption_keeps_its_number_words_and_source() -> None:
    """about, text, because, otherwise and source."""
    text = a_dose() + (
        "assumptions:\n"
        "  - {about: examplumab.over, text: a, because: b}\n"
        "  - {about: examplumab.day, text: c, because: d, otherwise: [1, 8], source: doe2020}\n"
    )
    first, second = loaded(text).assumptions
    assert (first.number, first.about, first.text, first.because) == (
        1,
        "examplumab.over",
        "a",
        "b",
    )
    assert (first.otherwise, first.setting, first.source) == (None, None, None)
    assert (second.number, second.otherwise, second.source) == (2, "[1, 8]", "doe2020")


@pytest.mark.parametrize(
    ("about", "otherwise", "text"),
    [
        ("examplumab.amount", "6 mg", a_dose()),
        ("examplumab.cap", "20 mg", a_dose()),
        ("examplumab.day", "[1, 8]", a_dose()),
        ("examplumab.at", '[08:00, "20:00"]', a_dose()),
        ("examplumab.amount[low]", "6 mg", a_dose("amount: {low: 5 mg}", head=("arms: {low: a}",))),
        ("low dose.amount", "6 mg", a_dose("dose: low dose")),
        ("cycle.repeat.every", "28 days", a_cycle()),
        ("cycle.repeat.up_to", "52 weeks", a_cycle(repeat="{up_to: 4, every: 21 days}")),
        ("examplumab.only_if", "the patient's wish", a_dose("only_if: a response")),
        ("examplumab.only_if", "costs below $9 `date`", a_dose("only_if: a response")),
        ("examplumab.only_if", 'a "good" response', a_dose("only_if: a response")),
    ],
)
def test_the_other_reading_is_a_set_that_can_be_pasted(
    about: str, otherwise: str, text: str
) -> None:
    """`show` prints the ready `--set`: a shell reads it as one option and one value."""
    value = otherwise.replace('"', "") if otherwise.startswith("[") else otherwise
    setting = loaded(assumption_of(about, otherwise, text)).assumptions[0].setting
    assert setting is not None
    assert in_a_shell(setting) == ["--set", f"{about}={value}"]
    assert not examined(text, (about, value)).faults


@pytest.mark.parametrize("arm", ["high", "dose level 2"])
def test_the_other_reading_of_the_default_arm_is_the_option_arm(arm: str) -> None:
    """The arm is chosen by `--arm`, not by `--set`, whatever its name."""
    head = (f"arms: {{low: a, {arm}: b}}", "default_arm: low")
    regimen = loaded(assumption_of("default_arm", arm, a_dose(head=head)))
    setting = regimen.assumptions[0].setting
    assert setting is not None
    assert in_a_shell(setting) == ["--arm", arm]


@pytest.mark.parametrize(
    ("about", "arms"),
    [
        ("main.repeat.every", None),
        ("side.examplumab.day", ("low", "high")),
        ("side.high-only.day", ("high",)),
        ("side.examplumab.cap", ("low", "high")),
        ("side.examplumab.amount[low]", ("low",)),
        ("side.repeat.rest", ("low", "high")),
        ("default_arm", None),
    ],
)
def test_an_assumption_is_in_force_where_its_value_exists(
    about: str, arms: tuple[str, ...] | None
) -> None:
    """An assumption about another arm's dose is not shown with this arm's schedule."""
    text = a_file(
        f"""
        blocks:
          - block: main
            repeat: {{times: 2, every: 21 days}}
            doses:
              - {{drug: otherumab, amount: 5 mg, route: IV, day: 1}}
          - block: side
            arm: [low, high]
            repeat: {{times: 2, rest: 7 days}}
            doses:
              - {{drug: examplumab, amount: {{low: 1 mg, high: 2 mg}}, route: IV, day: 1}}
              - {{drug: high-only, amount: 5 mg, route: IV, day: 1, arm: [high, none]}}
        assumptions:
          - {{about: "{about}", text: a, because: b}}
          - {{about: default_arm, text: a, because: b}}
        """,
        "arms: {low: a, high: b, none: c}",
        "default_arm: low",
    )
    assert loaded(text).assumptions[0].arms == arms


def test_an_assumption_about_a_value_that_was_set_is_no_longer_in_force() -> None:
    """A value that was `--set` no longer shows its assumption."""
    text = assumption_of("examplumab.amount", "6 mg", a_dose())
    assert not loaded(text).assumptions[0].was_set
    assert loaded(text, ("examplumab.amount", "6 mg")).assumptions[0].was_set
    assert not loaded(text, ("examplumab.route", "SC")).assumptions[0].was_set


def test_a_file_broken_almost_everywhere_gives_faults_and_no_crash() -> None:
    """Whatever a key holds, reading ends in faults."""
    for key in ("doses", "blocks", "arms", "assumptions", "findings", "alongside", "sources"):
        for value in ("x", "[]", "{}", "[x]", "[[x]]", "[{}]", "{a: b}", "{a: {}}", "{a: [x]}", ""):
            text = a_dose(head=() if key == "doses" else (f"{key}: {value}",))
            if key == "doses":
                text = a_file(f"doses: {value}")
            result = examined(text)
            assert result.faults or result.regimen is not None


@pytest.mark.parametrize("key", ["repeat", "doses", "blocks", "source", "amount", "arm", "at"])
@pytest.mark.parametrize(
    "value", ["x", "[]", "{}", "[x]", "[{}]", "{a: b}", "{a: {}}", "", "[[x]]"]
)
def test_a_dose_or_block_broken_anywhere_gives_faults_and_no_crash(key: str, value: str) -> None:
    """A key of a dose or block that holds the wrong kind of thing is a fault."""
    for text in (
        a_dose(f"{key}: {value}"),
        a_file(f"""
            blocks:
              - block: cycle
                {key}: {value}
                doses:
                  - {{drug: examplumab, amount: 5 mg, route: IV, day: 1}}
        """),
    ):
        assert examined(text).faults or key == "source"
