"""Text that can be shown: nothing in it steers a terminal or hides what it says."""

from __future__ import annotations

import pytest

from il2calc.plaintext import printable, shown


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
def test_printable_is_what_neither_steers_a_terminal_nor_hides(text: str, good: bool) -> None:
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
def test_what_cannot_be_shown_is_written_out(text: str, written: str) -> None:
    """A file's name must not paint the terminal in which its faults are told."""
    assert shown(text) == written
    assert printable(shown(text))
