"""The entries of a course log, in the order of its file."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from il2calc.course import Entry, Stopped, Undone
from logtext import ENTERED, HEAD, a_log, assert_told, read

STOP = "stop: yes"
BARE = "\n".join(HEAD) + "\n"


def test_a_log_may_have_no_entry_yet() -> None:
    """`entries:` alone is where the first one will stand, and may be missing too."""
    assert read(a_log()).entries == ()
    assert read(BARE).entries == ()
    assert read(BARE + "entries: []\n").entries == ()


def test_an_entry_says_when_what_and_why() -> None:
    """Numbered from 1 in the order of the file, with the line it stands on."""
    text = a_log(STOP) + "    reason: progression\n    override: yes\n"
    assert read(text).entries == (Entry(1, ENTERED, Stopped(), "progression", True, 9),)
    assert read(a_log(STOP, "undo: 1")).entries[1] == Entry(2, ENTERED, Undone(1), line=11)


def test_dates_of_entry_may_run_backwards() -> None:
    """What is noted late bears the date it was given, and clocks are set back in autumn."""
    text = a_log(STOP) + "  - undo: 1\n    entered: 2025-12-03 08:15\n"
    earlier = datetime.combine(date(2025, 12, 3), time(8, 15))
    assert [each.entered for each in read(text).entries] == [ENTERED, earlier]


@pytest.mark.parametrize(
    ("entries", "path", "words"),
    [
        ("entries: none  # here", "entries", "is not a list; begin each entry with '- '"),
        ("entries:  # here\n  stop: yes", "entries", "is not a list"),
        ("entries:\n  - stop  # here", "entries[1]", "is not a mapping; write {entered: ...}"),
        ("entries:\n  - stop: yes  # here", "entries[1]", "has no 'entered'; an entry needs one"),
        ("entries:\n  - entered: 2025-12-03 09:00  # here", "entries[1]", "says nothing that was"),
    ],
)
def test_what_is_no_entry_is_told(entries: str, path: str, words: str) -> None:
    """Every entry is a mapping with its date and what was done."""
    assert_told(BARE + entries + "\n", path, words)


def test_an_entry_does_one_thing() -> None:
    """Two effects in one could not be undone apart."""
    both = a_log(STOP + "  # here") + "    undo: 1\n"
    assert_told(both, "entries[1]", "says stop and undo; make an entry of each")


def test_an_unknown_key_is_told_with_the_nearest() -> None:
    """An effect that is misspelt, too."""
    text = a_log(STOP) + "    reson: progression  # here\n"
    assert_told(text, "entries[1].reson", "did you mean 'reason'?")
    text = a_log("hodl: {drug: a, numbers: 1}  # here")
    assert_told(text, "entries[1].hodl", "did you mean 'hold'?")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([STOP, "undo: 2"], "names entry 2, which does not stand before it"),
        ([STOP, "undo: 9"], "names entry 9, which does not stand before it"),
        ([STOP, "undo: 1", "undo: 2"], "names entry 2, an undo; enter anew what that had undone"),
        ([STOP, "undo: 1", "undo: 1"], "names entry 1, which entry 2 has undone already"),
    ],
)
def test_an_undo_names_an_earlier_entry_that_still_counts(entries: list[str], words: str) -> None:
    """`undo` must name an earlier entry that is not undone and is not an undo."""
    *before, last = entries
    assert_told(a_log(*before, f"{last}  # here"), f"entries[{len(entries)}].undo", words)


def test_an_undo_of_a_faulty_entry_is_no_fault_of_its_own() -> None:
    """One slip, one line."""
    assert_told(a_log("stop: no  # here", "undo: 1"), "entries[1].stop", "takes only yes")
    text = a_log("stopped  # here", "undo: 1").replace("    entered: 2025-12-03 09:00\n", "", 1)
    assert_told(text, "entries[1]", "is not a mapping")
