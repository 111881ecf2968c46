"""Text that can be shown: nothing in it controls a terminal or hides what it says."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from il2calc import errors
from il2calc.errors import (
    FaultyFile,
    Il2calcError,
    ImplausibleInput,
    MissingInput,
    NotAQuantity,
    Refused,
    RegimenError,
    UnknownName,
    as_typed,
    nearest,
    nearest_arm,
    nearest_drug,
    nearest_slip,
    printable,
    shown,
)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("plain, \u00e9, \u6cbb\u7642, 5 \u00b5g", True),
        ("", True),
        ("a\nb", False),
        ("\x1b[31m", False),
        ("\x85", False),
        ("\x9b", False),
        ("\u202e", False),
        ("\u200d", False),
        ("\u2028", False),
        ("\u2029", False),
        ("\ud800", False),
    ],
)
def test_printable_text_neither_controls_a_terminal_nor_hides(text: str, good: bool) -> None:
    assert printable(text) is good


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain text, 5 mg", "plain text, 5 mg"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb", "a\\nb"),
        ("a\u202eb", "a\\u202eb"),
        ("naïve 東", "naïve 東"),
    ],
)
def test_unprintable_characters_are_escaped(text: str, written: str) -> None:
    """A file's name must not control the terminal in which its faults are shown."""
    assert shown(text) == written
    assert printable(shown(text))


FAULT = RegimenError("mine.yaml", 12, "cycle.IL-2.amount", "is 10mg; write '10 mg'")

EVERY_KIND = [
    FAULT,
    FaultyFile([FAULT, FAULT]),
    UnknownName("arm", "lvel-2", ["level-1", "level-2"], "Run il2calc list"),
    MissingInput("--weight", "aldesleukin is dosed per kg"),
    ImplausibleInput("a weight of", "700 kg", "2 to 400 kg"),
    NotAQuantity("10mg", "is not an amount; write '10 mg'"),
    Refused("imatinib has no stated end: give --cycles"),
]


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_every_error_is_caught_by_the_base_class(error: Il2calcError) -> None:
    """Whoever catches `Il2calcError` catches all that a user can cause, and no bug."""
    assert isinstance(error, Il2calcError)
    assert not issubclass(Il2calcError, (ValueError, LookupError, TypeError))


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_every_error_survives_copying_and_pickling(error: Il2calcError) -> None:
    """An error that crosses a process arrives as itself, not as a TypeError."""
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert type(again) is type(error)
        assert str(again) == str(error)


def test_a_fault_of_a_file_says_file_line_path_and_problem() -> None:
    """The order that editors and people can follow."""
    assert str(FAULT) == "mine.yaml:12: cycle.IL-2.amount: is 10mg; write '10 mg'"


@pytest.mark.parametrize(
    ("line", "path", "text"),
    [
        (None, "title", "mine.yaml: title: is empty"),
        (3, "", "mine.yaml:3: is empty"),
        (None, "", "mine.yaml: is empty"),
    ],
)
def test_a_fault_leaves_out_what_it_does_not_know(line: int | None, path: str, text: str) -> None:
    """No `None` and no empty colon reaches a reader."""
    assert str(RegimenError("mine.yaml", line, path, "is empty")) == text


def test_a_fault_keeps_its_parts_for_programs() -> None:
    """A checker that prints JSON need not parse the text."""
    parts = (FAULT.file, FAULT.line, FAULT.path, FAULT.problem)
    assert parts == ("mine.yaml", 12, "cycle.IL-2.amount", "is 10mg; write '10 mg'")


def test_a_faulty_file_lists_every_fault_on_a_line_of_its_own() -> None:
    """All faults at once, in their order: no fault hides another."""
    second = RegimenError("mine.yaml", 30, "sources", "is missing; add it")
    error = FaultyFile(iter([FAULT, second]))
    assert error.faults == (FAULT, second)
    assert str(error).splitlines() == [str(FAULT), str(second)]


def test_an_unknown_name_offers_the_nearest_and_lists_all() -> None:
    """A slip of the finger is corrected without opening the file."""
    text = str(UnknownName("arm", "lvel-2", iter(["level-2", "other"])))
    expected = "no arm is called 'lvel-2'; did you mean 'level-2'? Known: level-2, other"
    assert text == expected


def test_an_unknown_name_that_resembles_nothing_still_reads_as_two_sentences() -> None:
    """Without a guess, the list of known names is separate from the name that was given."""
    text = str(UnknownName("arm", "zzz", ["level-1", "level-2"]))
    assert re.fullmatch(r"no arm is called 'zzz'[.;:] [Kk]nown: level-1, level-2", text)


def test_of_many_known_names_only_their_number_is_shown() -> None:
    """Danger: forty names on one line hide what to do next."""
    text = str(UnknownName("regimen", "zzz", [f"r{n}" for n in range(31)], "Try: il2calc list"))
    assert text == "no regimen is called 'zzz'. 31 are known. Try: il2calc list"
    assert "r29" in str(UnknownName("regimen", "zzz", [f"r{n}" for n in range(30)]))


def test_an_unknown_name_where_nothing_is_known_says_so() -> None:
    text = str(UnknownName("arm", "x", []))
    assert re.fullmatch(r"no arm is called 'x'[.;] [Tt]here is none here\.?", text)


def test_that_nothing_is_known_is_said_once() -> None:
    """Three sentences that say so would hide what works; so only the hint says it."""
    text = str(UnknownName("arm", "x", [], "example has no arms: leave --arm out."))
    assert text == "no arm is called 'x'. example has no arms: leave --arm out."


def test_an_unknown_name_ends_with_its_hint() -> None:
    """The last thing read is the command that would work."""
    text = str(UnknownName("regimen", "npc", ["npc-bolus"], "Run: il2calc list"))
    assert text.endswith("Known: npc-bolus. Run: il2calc list")


def test_an_unknown_name_cannot_control_the_terminal() -> None:
    """What was typed or pasted is shown escaped."""
    assert "\x1b" not in str(UnknownName("arm", "\x1b[31m", ["level-1"]))
    assert "\x1b" not in str(NotAQuantity("\x1b[31m", "is not a number"))


def test_an_unknown_name_keeps_its_parts_for_programs() -> None:
    error = UnknownName("arm", "x", ["a", "b"], "hint")
    assert (error.kind, error.given, error.known, error.hint) == ("arm", "x", ("a", "b"), "hint")


def test_missing_input_names_who_needs_what() -> None:
    """The drug that needs it comes before the option that gives it."""
    error = MissingInput("--height (or --bsa)", "paclitaxel is dosed per m2")
    assert str(error) == "paclitaxel is dosed per m2: give --height (or --bsa)"
    assert (error.what, error.needed_by) == ("--height (or --bsa)", "paclitaxel is dosed per m2")


def test_implausible_input_gives_the_range_that_would_do() -> None:
    error = ImplausibleInput("a weight of", "700 kg", "2 to 400 kg")
    assert str(error) == "a weight of 700 kg is not plausible; give 2 to 400 kg"
    assert (error.what, error.given, error.allowed) == ("a weight of", "700 kg", "2 to 400 kg")


def test_a_text_that_is_no_quantity_is_quoted_before_its_problem() -> None:
    """It is a ValueError too, as any parser's refusal is."""
    error = NotAQuantity("10mg", "is not an amount; write '10 mg'")
    assert str(error) == "'10mg' is not an amount; write '10 mg'"
    assert isinstance(error, ValueError)
    assert (error.text, error.problem) == ("10mg", "is not an amount; write '10 mg'")


def test_a_refusal_is_shown_as_it_was_written() -> None:
    assert str(Refused("give --cycles")) == "give --cycles"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mosteler", "Mosteller"),
        ("MOSTELLER", "Mosteller"),
        ("du bois", "Du-Bois"),
        ("boyd", "Boyd"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found_whatever_its_case(given: str, expected: str | None) -> None:
    """The name is returned as it is known, not as it was typed."""
    assert nearest(given, ["Mosteller", "Du-Bois", "Boyd"]) == expected


def test_no_name_is_near_where_none_is_known() -> None:
    assert nearest("mosteller", []) is None


@pytest.mark.hazard(35)
@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("6.25-mg", ["0.25-mg", "1.25-mg", "6-mg", "30-mg"]),
        ("125-mg", ["1.25-mg"]),
        ("level2", ["level-1", "level-2"]),
        ("level 1", ["level-1"]),
        ("0,25-mg", ["0.25-mg"]),
    ],
)
def test_an_arm_of_other_digits_points_or_signs_is_never_advised(
    given: str, known: list[str]
) -> None:
    """The advice for 6.25-mg was once an arm of a twenty-fifth of the dose."""
    assert nearest_arm(given, known) is None


def test_an_arm_with_another_letter_is_advised() -> None:
    assert nearest_arm("levle-1", ["level1", "level-1", "level-2"]) == "level-1"
    assert nearest_arm("LOW", ["low", "high"]) == "low"


@pytest.mark.hazard(2)
@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("trastuzumab emtansine", "trastuzumab"),
        ("paclitaxel", "nab-paclitaxel"),
        ("albumin paclitaxel", "paclitaxel"),
        ("IL-11", "IL-2"),
    ],
)
def test_a_drug_is_never_advised_for_one_that_holds_its_name(given: str, known: str) -> None:
    """Trial patients got trastuzumab emtansine for trastuzumab: FDA, 6 May 2013."""
    assert nearest_drug(given, [known]) is None


@pytest.mark.hazard(2)
@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("docetaxel", "paclitaxel"),
        ("nilotinib", "imatinib"),
        ("dasatinib", "imatinib"),
        ("pertuzumab", "trastuzumab"),
        ("rituximab", "trastuzumab"),
        ("ifosphamide", "cyclophosphamide"),
    ],
)
def test_a_drug_is_never_advised_for_another_of_its_class(given: str, known: str) -> None:
    """Names of one class end alike: docetaxel was answered "did you mean 'paclitaxel'?"."""
    assert nearest_drug(given, [known]) is None


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("Aldesleukine", "aldesleukin"),
        ("aldesluekin", "aldesleukin"),
        ("cyclofosfamide", "cyclophosphamide"),
        ("imatanib", "imatinib"),
    ],
)
def test_a_slip_in_a_drugs_name_is_advised(given: str, known: str) -> None:
    """A letter more, two exchanged, another language's spelling."""
    assert nearest_drug(given, [known]) == known


def test_a_word_of_excessive_length_is_cut() -> None:
    """Otherwise nobody would read the sentence about it."""
    assert shown(f"'{'7' * 600}' is no number") == f"'{'7' * 59}... (602 characters) is no number"
    assert shown("7" * 499) == "7" * 499


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ("weekly-lwo", ["weekly-low", "daily-high"], "weekly-low"),
        ("WEEKLY-LOW", ["weekly-low"], "weekly-low"),
        ("cycle 3", ["cycle 1", "cycle 2"], None),
        ("weekly-lo", ["weekly-low", "weekly-los"], None),
        ("weekly-low", ["weekly-low-alone"], None),
        ("weekly", ["weekly-low"], None),
        ("monthly", ["weekly-low"], None),
        ("weekly-low", [], None),
        ("cvs", ["ics", "csv"], "csv"),
        ("strat", ["strict", "start"], "start"),
        ("tme", ["times", "tz"], None),
        ("bas", ["bsa"], "bsa"),
        ("prepair", ["prepare", "replan"], "prepare"),
        ("monthyl", ["weekly"], None),
        ("dubios", ["du-bois"], "du-bois"),
        ("", ["csv"], None),
    ],
)
def test_a_name_is_offered_only_where_it_alone_can_be_meant(
    given: str, known: list[str], expected: str | None
) -> None:
    """Typed blind it must be what was meant: never another turn, nor one of two equally near."""
    assert nearest_slip(given, known) == expected


@pytest.mark.parametrize(
    ("word", "posix", "windows"),
    [
        ("S-07.yaml", "S-07.yaml", "S-07.yaml"),
        ("C:\\logs\\S-07.yaml", "'C:\\logs\\S-07.yaml'", "C:\\logs\\S-07.yaml"),
        ("course 1/cycle 2", "'course 1/cycle 2'", '"course 1/cycle 2"'),
        ('so "said"', "'so \"said\"'", '"so \\"said\\""'),
    ],
)
def test_a_word_is_quoted_for_the_shell_of_the_system(
    word: str, posix: str, windows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a message says to type must work: cmd takes no single quotes."""
    monkeypatch.setattr(errors, "WINDOWS", False)
    assert as_typed(word) == posix
    monkeypatch.setattr(errors, "WINDOWS", True)
    assert as_typed(word) == windows
