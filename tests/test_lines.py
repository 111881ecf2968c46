"""Lines of a sheet: texts within a width, no word, number or unit broken."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from il2calc.report.lines import (
    Line,
    glued,
    headed_lines,
    indented_lines,
    padded,
    parts_lines,
    width_of,
    wrapped,
)

LONG = "at most 75.6 million units per cycle, from day 13 to day 17, for 7 days and 12 hours"


def test_every_letter_is_as_wide_as_in_rich() -> None:
    """The shortcut for common letters agrees with the library, for all of the first plane."""
    letters = [chr(code) for code in range(32, 0x10000) if not 0xD800 <= code < 0xE000]
    assert [width_of(letter) for letter in letters] == [cell_len(letter) for letter in letters]


def test_without_a_width_a_text_is_one_line() -> None:
    """In a pipe nothing is folded."""
    assert list(wrapped("  ", LONG, None, "heading")) == [Line(f"  {LONG}", "heading")]


@pytest.mark.parametrize("width", range(40, 90, 7))
def test_no_line_is_too_wide_and_no_word_is_lost(width: int) -> None:
    """Folding changes nothing but where the lines end."""
    lines = [line.text for line in wrapped("x ", LONG, width)]
    assert all(cell_len(line) <= width for line in lines)
    assert " ".join(" ".join(lines).split()) == f"x {LONG}"


@pytest.mark.parametrize("width", range(40, 90, 7))
def test_a_number_stays_with_its_unit(width: int) -> None:
    """A line that ends in 75.6 and continues with units reads as another dose."""
    lines = [line.text.strip() for line in wrapped("", LONG, width)]
    text = "\n".join(lines)
    for unbroken in ("75.6 million units", "day 13", "7 days", "12 hours"):
        assert unbroken in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("of which 85 million units only if", ["of", "which", "85~million~units", "only", "if"]),
        ("at most 75.6 MIU (15 doses) per", ["at", "most", "75.6~MIU", "(15~doses)", "per"]),
        ("80 mm Hg in 53 %, above 2 mg%", ["80~mm~Hg", "in", "53~%,", "above", "2~mg%"]),
        ("The 5 to 6 weeks from day 3 on", ["The", "5", "to", "6~weeks", "from", "day~3", "on"]),
        ("rows 15, 30 and 45; (in 4)", ["rows~15,", "30", "and", "45;", "(in", "4)"]),
        ("yaml, SHA-256 8c7aa1b5", ["yaml,", "SHA-256~8c7aa1b5"]),
        ("6 entries, last hash 8c7aa1b5", ["6~entries,", "last", "hash~8c7aa1b5"]),
        ("6 entries, last hash c7aa1b58", ["6~entries,", "last", "hash~c7aa1b58"]),
        ("interleukin-2 goes on", ["interleukin-2", "goes", "on"]),
        ("a  b", ["a", "", "b"]),
        ("", [""]),
    ],
)  # fmt: skip
def test_only_a_number_its_unit_and_its_noun_go_together(text: str, words: list[str]) -> None:
    """If every word beside a number were bound to it, half of the lines would be half filled."""
    assert glued(text).replace("\u00a0", "~").split(" ") == words


def test_further_lines_are_indented_under_the_first() -> None:
    """A label is written once; what belongs to it is indented."""
    lines = [line.text for line in wrapped("patient  ", LONG, 40)]
    assert lines[0].startswith("patient  at most")
    assert all(line.startswith(" " * 9) for line in lines[1:])


def test_a_word_longer_than_the_width_stays_whole() -> None:
    """A drug's name is never broken."""
    name = "examplumab" * 6
    assert name in [line.text.strip() for line in wrapped("  ", f"give {name} slowly", 40)]


def test_wide_characters_take_two_cells() -> None:
    """A name in Chinese characters keeps the columns straight."""
    assert padded("東", 4) == "東  "
    assert all(cell_len(line.text) <= 40 for line in wrapped("", "東京 " * 20, 40))


def test_a_list_begins_with_an_empty_line_and_its_heading() -> None:
    """Headings can be found at a glance."""
    assert [line.text for line in headed_lines("Totals", ["one"], 80)] == ["", "Totals", "  one"]


def test_a_text_keeps_the_indentation_it_comes_with() -> None:
    """The contents of a block are indented further."""
    parts = [("A", ["one", "  two"]), ("B", ["three"])]
    assert [line.text for line in parts_lines(parts, 80)] == [
        "A",
        "  one",
        "    two",
        "",
        "B",
        "  three",
    ]


def test_a_continued_text_cannot_be_taken_for_the_next() -> None:
    """Two precautions, each on two lines from the first column on, read as four."""
    lines = [
        line.text for line in indented_lines(["a seizure disorder of any kind", f"  {LONG}"], 40)
    ]
    assert lines[0] == "a seizure disorder of any kind"
    assert all(line.startswith("    ") for line in lines[2:])
    (first, *further) = [line.text for line in indented_lines([LONG], 40)]
    assert first.startswith("at most")
    assert further
    assert all(line.startswith("  ") and line[2] != " " for line in further)
