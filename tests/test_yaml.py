"""YAML text to plain data: nothing resolved, nothing expanded, every place known."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from il2calc.errors import printable
from il2calc.text.safefile import MOST_BYTES
from il2calc.text.shapes import Loc
from il2calc.text.yaml import (
    KEY,
    MOST_DEPTH,
    MOST_FAULTS,
    Document,
    Plain,
    TextFault,
    read,
    value,
)

SHIPPED = sorted((Path(__file__).parents[1] / "regimens").rglob("*.yaml"))


def only_fault(content: bytes | str) -> TextFault:
    """The one fault of a text."""
    document = read(content if isinstance(content, bytes) else content.encode())
    assert len(document.faults) == 1
    return document.faults[0]


def texts(data: "Plain | None") -> Iterator[str]:
    """Every key and value of plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from texts(item)
    elif isinstance(data, dict):
        yield from data
        for item in data.values():
            yield from texts(item)


@pytest.mark.parametrize(
    "text",
    [
        "8:00",
        "08:00",
        "no",
        "yes",
        "on",
        "Off",
        "true",
        "null",
        "~",
        "010",
        "0x10",
        "0o10",
        "1e6",
        "1_000",
        "1.50",
        ".5",
        ".inf",
        ".nan",
        "12:30:45",
        "2026-11-22",
        "+36 hours",
        "-21 to 14",
        "72_000 IU/kg",
        "=",
    ],
)
def test_every_scalar_stays_the_text_it_was_written_as(text: str) -> None:
    """Usual loaders read 8:00 as 480, no as False and 010 as 8."""
    assert read(f"key: {text}".encode()).data == {"key": text}
    assert read(f'"{text}": [{text}]'.encode()).data == {text: [text]}


def test_lists_and_mappings_are_read_in_either_style() -> None:
    """Two spellings of one file are one file."""
    block = b"day:\n  - 1\n  - 8\nrepeat:\n  times: 2\n  rest: 7 days\n"
    flow = b"day: [1, 8]\nrepeat: {times: 2, rest: 7 days}\n"
    expected = {"day": ["1", "8"], "repeat": {"times": "2", "rest": "7 days"}}
    assert read(block).data == read(flow).data == expected


@pytest.mark.parametrize(
    "text",
    [
        "first second",
        "first\n  second",
        "|\n  first\n  second\n",
        ">\n  first\n  second\n",
        '"first second"',
        "'first second'",
        '"first\\nsecond"',
        '"first\\tsecond"',
        "first  second",
        '"  first second "',
    ],
)
def test_a_text_over_several_lines_is_one_line(text: str) -> None:
    """Messages and tables are written in lines; a text brings none of its own."""
    assert read(f"key: {text}".encode()).data == {"key": "first second"}


@pytest.mark.parametrize("text", ["key:", "key: ''", 'key: ""'])
def test_a_value_that_is_missing_is_an_empty_text(text: str) -> None:
    assert read(text.encode()).data == {"key": ""}


PLACES = """\
regimen: invented
blocks:
  - block: cycle
    doses:
      - drug: examplumab
        day:
          - 1
          - 8
findings: [one,
  two]
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        ((), 1),
        (("regimen", KEY), 1),
        (("regimen",), 1),
        (("blocks", KEY), 2),
        (("blocks",), 3),
        (("blocks", 0), 3),
        (("blocks", 0, "doses", KEY), 4),
        (("blocks", 0, "doses", 0, "drug"), 5),
        (("blocks", 0, "doses", 0, "day", KEY), 6),
        (("blocks", 0, "doses", 0, "day"), 7),
        (("blocks", 0, "doses", 0, "day", 1), 8),
        (("findings", 0), 9),
        (("findings", 1), 10),
    ],
)
def test_the_line_of_every_key_and_value_is_known(loc: Loc, line: int) -> None:
    """A fault is reported where it is, with lines counted from 1."""
    document = read(PLACES.encode())
    assert document.lines[loc] == document.line(loc) == line


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("blocks", 0, "doses", 0, "route"), 5),
        (("blocks", 0, "doses", 0, "route", KEY), 5),
        (("blocks", 7, "doses"), 3),
        (("nowhere",), 1),
    ],
)
def test_what_is_missing_is_placed_at_the_nearest_thing_around_it(loc: Loc, line: int) -> None:
    assert read(PLACES.encode()).line(loc) == line


def test_a_document_without_a_place_begins_on_line_1() -> None:
    assert Document().line(("anything",)) == 1


def test_windows_line_ends_are_counted_as_lines() -> None:
    document = read(b"a: 1\r\nb: 2\r\n")
    assert document.data == {"a": "1", "b": "2"}
    assert document.line(("b",)) == 2


def test_a_byte_order_mark_is_accepted() -> None:
    """Some editors write one before the first letter."""
    assert read(b"\xef\xbb\xbfregimen: invented").data == {"regimen": "invented"}


def test_letters_of_any_script_are_text() -> None:
    text = "Gehan\u2013George, \u00e9tude, \u6cbb\u7642, 5 \u00b5g, \U0001f489"
    assert read(f"key: {text}".encode()).data == {"key": text}


def test_a_doubled_key_is_refused_with_both_its_lines() -> None:
    """Usual loaders let the last one win silently: the dose read is not the dose reviewed."""
    document = read(b"amount: 5 mg\nroute: IV\namount: 50 mg\n")
    assert document.faults == [
        TextFault(3, ("amount",), "appears twice (first on line 1); keep one")
    ]
    assert document.data == {"amount": "5 mg", "route": "IV"}


def test_a_key_that_appears_three_times_is_refused_twice() -> None:
    faults = read(b"a: 1\na: 2\na: 3\n").faults
    assert [(fault.line, "line 1" in fault.problem) for fault in faults] == [(2, True), (3, True)]


@pytest.mark.parametrize("second", ["'a'", '"a"', '"\\x61"', "? a\n"])
def test_a_doubled_key_is_found_however_it_is_quoted(second: str) -> None:
    assert [fault.line for fault in read(f"a: 1\n{second}: 2\n".encode()).faults] == [2]


def test_a_doubled_key_hides_no_fault_in_its_value() -> None:
    """No fault in a file hides another."""
    problems = [fault.problem for fault in read(b"a: 1\na: {b: *x}\n").faults]
    assert len(problems) == 2
    assert "appears twice" in problems[0]
    assert "alias" in problems[1]


@pytest.mark.parametrize("inner", ["doses: [{drug: a, drug: b}]", "cycle: {at: 1, at: 2}"])
def test_a_doubled_key_is_found_at_any_depth(inner: str) -> None:
    assert "appears twice" in only_fault(f"regimen: x\n{inner}\n").problem


@pytest.mark.parametrize(
    ("content", "line", "loc", "words"),
    [
        ("a: 1\nb: *x\n", 2, ("b",), "is an alias of 'x'"),
        ("a: 1\nb: &x 2\n", 2, ("b",), "anchor 'x'"),
        ("a: 1\nb: &x [1]\n", 2, ("b",), "anchor 'x'"),
        ("a: 1\nb: !!str 2\n", 2, ("b",), "tag 'tag:yaml.org,2002:str'"),
        ("a: 1\nb: !mine {c: 2}\n", 2, ("b",), "tag '!mine'"),
        ("a: 1\nb: ! 2\n", 2, ("b",), "tag '!'"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, ("a",), "tag"),
        ("a: 1\n<<: 2\n", 2, ("<<",), "merge key"),
        ("a: 1\n&x b: 2\n", 2, ("b",), "anchor or tag on its key"),
        ("a: 1\n!!str b: 2\n", 2, ("b",), "anchor or tag on its key"),
        ("a: 1\n? [b]\n: 2\n", 2, ("?",), "key that is not text"),
        ("a: 1\n? {b: c}\n: 2\n", 2, ("?",), "key that is not text"),
    ],
)
def test_what_is_not_plain_is_refused_where_it_is(
    content: str, line: int, loc: Loc, words: str
) -> None:
    """A file says what it says in the place where it is read; nothing is copied or built."""
    fault = only_fault(content)
    assert (fault.line, fault.loc) == (line, loc)
    assert words in fault.problem


def test_an_alias_as_a_key_is_refused() -> None:
    assert any("alias" in fault.problem for fault in read(b"a: 1\n*x : 2\n").faults)


def test_a_merge_key_is_refused_along_with_what_it_merges() -> None:
    """`<<: *usual` would bring in an amount that is not written where it is given."""
    content = b"usual: &usual {amount: 5 mg}\ndose:\n  <<: *usual\n"
    faults = read(content).faults
    assert [fault.line for fault in faults] == [1, 3, 3]
    for word, fault in zip(("anchor", "merge key", "alias"), faults, strict=True):
        assert word in fault.problem


def test_a_quoted_key_of_two_angle_brackets_is_only_a_key() -> None:
    assert read(b'"<<": 1').faults == []


@pytest.mark.parametrize(
    ("content", "line"),
    [("a: 1\n---\nb: 2\n", 2), ("---\na: 1\n---\nb: 2\n", 3), ("a: 1\n...\n---\nb: 2\n", 3)],
)
def test_a_second_document_is_refused_and_not_dropped(content: str, line: int) -> None:
    """The part that is not read might hold the dose."""
    fault = only_fault(content)
    assert fault.line == line
    assert "second document" in fault.problem


@pytest.mark.parametrize("content", ["---\na: 1\n", "a: 1\n...\n", "%YAML 1.1\n---\na: 1\n"])
def test_the_marks_of_one_document_are_accepted(content: str) -> None:
    document = read(content.encode())
    assert (document.data, document.faults) == ({"a": "1"}, [])


def test_every_fault_is_reported_at_once_in_the_order_of_the_file() -> None:
    """One run, one list."""
    content = b'a: &x 1\nb: *x\na: 2\nc: !t 3\nd: "\\e"\n'
    assert [fault.line for fault in read(content).faults] == [1, 2, 3, 4, 5]


CONTROLS = [
    "\x00",
    "\x07",
    "\x08",
    "\x0b",
    "\x0c",
    "\x1b",
    "\x1b[31m",
    "\x7f",
    "\x80",
    "\x85",
    "\x9b31m",
    "\u00ad",
    "\u200b",
    "\u200e",
    "\u202e",
    "\u2028",
    "\u2029",
    "\u2066",
    "\ufeff",
    "\ufffe",
]
names = [f"U+{ord(text[0]):04X}" for text in CONTROLS]


@pytest.mark.parametrize("control", CONTROLS, ids=names)
def test_a_raw_control_or_invisible_character_is_refused_on_its_line(control: str) -> None:
    """It could colour, move or hide what a reviewer sees, or start a line nobody sees."""
    document = read(f"title: a\ntext: b{control}c\n".encode())
    assert [fault.line for fault in document.faults] == [2]
    assert not any(control in text for text in texts(document.data))


ESCAPED = [
    r"\e[31m",
    r"\0",
    r"\a",
    r"\b",
    r"\x1b[31m",
    r"\x9b31m",
    r"\x7f",
    r"\u200b",
    r"\u202e",
    r"\u2066",
    r"\uFEFF",
    r"\U0000001b",
]


@pytest.mark.parametrize("escape", ESCAPED)
def test_an_escaped_control_or_invisible_character_is_refused(escape: str) -> None:
    r"""YAML writes ESC as `\e`: pure ASCII that would turn a table red."""
    fault = only_fault(f'title: a\ntext: "b{escape}c"\n')
    assert (fault.line, fault.loc) == (2, ("text",))
    assert "control or invisible character" in fault.problem


@pytest.mark.parametrize("escape", ESCAPED)
def test_a_control_character_in_a_key_is_refused(escape: str) -> None:
    """Keys are shown in messages too."""
    document = read(f'title: a\n"b{escape}c": d\n'.encode())
    assert [fault.line for fault in document.faults] == [2]
    assert all(printable(text) for text in texts(document.data))


@pytest.mark.parametrize(
    "content", ["a: !x%1b%5b31m b", "%TAG ! x%1b\n---\na: !b 1", "a: !<tag:%1b> b", "!%1b k: 1"]
)
def test_a_message_about_a_tag_repeats_no_control_character(content: str) -> None:
    """A tag may hold ESC as %1b, and the message quotes the tag."""
    fault = only_fault(content)
    assert "tag" in fault.problem
    assert printable(fault.problem)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xff", 1),
        (b"a: 1\nb: \xe9\nc: 3\n", 2),
        (b"a: 1\r\nb: 2\r\nc: \xff\r\n", 3),
        (b"a: \xed\xa0\x80", 1),
        (b"a: 1\nb: \xc3", 2),
        ("a: 1\n".encode("utf-16"), 1),
        (b"\xef\xbb\xbfa: b\n\xff", 2),
    ],
)
def test_what_is_no_utf8_is_refused_on_its_line(content: bytes, line: int) -> None:
    """A letter read in another encoding may be another digit or unit."""
    fault = only_fault(content)
    assert fault.line == line
    assert "save the file as UTF-8" in fault.problem


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"   \n", b"# only\n# comments\n", b"\xef\xbb\xbf", b"%YAML 1.1\n"]
)
def test_a_file_without_content_is_refused(content: bytes) -> None:
    document = read(content)
    assert document.data is None
    assert len(document.faults) == 1


@pytest.mark.parametrize("content", [b"", b" \n", b"# only a comment\n"])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    """How such a file begins is known only to its reader."""
    assert only_fault(content).problem == "is empty"


@pytest.mark.parametrize(
    ("content", "line", "advice"),
    [
        ("a: 1\nb: c: d\n", 2, "quote a text that contains ': '"),
        ("a: 1\nb: [1, 2}\nc: 3\n", 2, "close the bracket"),
        ("a: 1\nb: {c: 1, d: 2]\ne: 3\n", 2, "close the bracket"),
        ("a:\n\tb: 1\n", 2, "indent with spaces"),
        ("a: 1\nb: @c\n", 2, "quote a text that begins with a sign"),
        ("a: 1\nb: `c`\n", 2, "quote a text that begins with a sign"),
        ("a: 1\nb: [1\nc: 2\n", 3, "close the bracket of line 2,"),
        ("a:\n  -{b: 1, c: 2}\n", 2, "the space after '-'"),
        ("- a: 1\n    b: 2\n", 2, "check the indentation"),
        ("a: 1\nb\nc: 2\n", 2, "write 'key: value'"),
        ("a: 1\nb:2\nc: 2\n", 2, "write 'key: value'"),
        ("a: 1\n  b: 2\n", 2, "quote a text that contains ': '"),
        ("a:\n  b: 1\n c: 2\n", 3, "check the indentation"),
        ('a: "\\q"\n', 1, "the quotes of this line"),
        ('a: "\\ud800"\n', 1, "the quotes of this line"),
        ('a: "\\U00110000"\n', 1, "the quotes of this line"),
    ],
)
def test_what_is_no_yaml_is_refused_on_its_line_with_advice(
    content: str, line: int, advice: str
) -> None:
    """The reader's own words, then what would be right."""
    document = read(content.encode())
    assert document.data is None
    fault = document.faults[-1]
    assert fault.problem.startswith("is not YAML here: ")
    assert advice in fault.problem
    assert fault.line == line


@pytest.mark.parametrize("entry", ["\u00a0\u00a0- b", " \u00a0b: 1"])
def test_no_break_spaces_before_an_entry_are_named(entry: str) -> None:
    """A web page or a word processor gives them; they look like spaces, and YAML takes no other."""
    fault = only_fault(f"a:\n{entry}\n")
    assert fault == (2, (), "is indented with no-break spaces; indent with plain spaces")
    assert read("a: b\n  \u00a0c\n".encode()).faults == [], "of a text they are only spaces"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quote_that_is_never_closed_is_reported_on_the_line_that_opens_it(quote: str) -> None:
    """The end of a long file is no place to look for it."""
    fault = only_fault(f"a: 1\nb: {quote}c\nd: 2\ne: 3\n")
    assert fault.line == 2
    assert "quotes of this line" in fault.problem


def test_what_was_refused_before_the_yaml_broke_is_still_reported() -> None:
    """No fault in a file hides another."""
    assert [fault.line for fault in read(b"a: &x 1\nb: c: d\n").faults] == [1, 2]


@pytest.mark.parametrize("nest", [lambda n: "[" * n + "]" * n, lambda n: "- " * n + "x"])
def test_nesting_is_refused_beyond_a_depth(nest: Callable[[int], str]) -> None:
    """A regimen needs ten levels at most."""
    scalar = 1 if nest(1).startswith("-") else 0
    assert read(nest(MOST_DEPTH - scalar).encode()).faults == []
    document = read(nest(MOST_DEPTH + 1 - scalar).encode())
    assert document.data is None
    assert "more than 20 levels deep" in document.faults[0].problem


DEEP = "is more than 20 levels deep; nest less"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"[" * 21, 1),
        (b"a:\n  - " + b"[" * 2_000 + b"\n", 2),
        (b"[\n" * 2_000, 21),
        (b"a:\n" + b"".join(b" " * n + b"- \n" for n in range(1_200)), 21),
        (b"- " * 100_000, 1),
    ],
    ids=["21", "flow", "flow over lines", "block over lines", "block"],
)
def test_too_deep_is_reported_in_the_same_words_whoever_finds_it(content: bytes, line: int) -> None:
    """Within one line, some releases of libyaml stop at a depth of their own before we do."""
    fault = only_fault(content)
    assert (fault.line, fault.problem) == (line, DEEP)


def test_the_depth_at_which_libyaml_stops_is_no_question_of_indentation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From 0.2.6 on libyaml refuses about a thousand levels; here its error is the only one."""

    def stopped(*_: object, **__: object) -> NoReturn:
        mark = yaml.Mark("<byte string>", 0, 2, 0, None, 0)
        problem = "exceeded maximum nesting depth"
        raise yaml.scanner.ScannerError("while increasing flow level", mark, problem, mark)

    monkeypatch.setattr(yaml, "parse", stopped)
    assert only_fault("a: 1") == TextFault(3, (), DEEP)


def alias_bomb() -> bytes:
    """Nine levels of nine: 387 million texts if it were expanded."""
    lines = ["a0: &a0 [x]"]
    for level in range(1, 10):
        aliases = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * 50_000_000, "larger than 1,000,000 bytes"),
        (b"\xff" * 50_000_000, "larger than 1,000,000 bytes"),
        (b"[" * 100_000, "levels deep"),
        (b"{" * 100_000, "levels deep"),
        (b"- " * 100_000, "levels deep"),
        (b"? " * 100_000, "levels deep"),
        (b"a: " + b"[" * 100_000 + b"]" * 100_000, "levels deep"),
        (alias_bomb(), "alias"),
        (b"a: &a [*a, *a]", "alias"),
    ],
    ids=["50 MB", "50 MB of no text", "[", "{", "-", "?", "[]", "bomb", "loop"],
)
def test_a_hostile_file_is_refused_in_well_under_a_second(content: bytes, words: str) -> None:
    """Size, depth and aliases cost nothing before they are refused."""
    start = time.process_time()
    document = read(content)
    assert time.process_time() - start < 0.5
    assert any(words in fault.problem for fault in document.faults)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert MOST_BYTES == 1_000_000
    assert read(b"a: " + b"b" * (MOST_BYTES - 3)).faults == []
    assert "larger than" in only_fault(b"a: " + b"b" * (MOST_BYTES - 2)).problem


@given(st.text(alphabet="ab:- []{}#&*!|>'\"%@`?,\n\t\\x0e1b", max_size=40).map(str.encode))
@example(b"a: !x%1b b")
@example(b'"\\x0b": "\\x1f"')
def test_whatever_is_read_can_be_shown_as_it_is(content: bytes) -> None:
    """Titles and names from files are text: no control character gets through."""
    document = read(content)
    shown = [*texts(document.data), *(fault.problem for fault in document.faults)]
    shown += [str(part) for fault in document.faults for part in fault.loc]
    assert all(printable(text) for text in shown)
    assert all(fault.line >= 1 for fault in document.faults)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8")))
def test_no_content_breaks_the_reader(content: bytes) -> None:
    """Data or faults, never an exception; and never neither."""
    document = read(content)
    assert document.faults or document.data is not None


@pytest.mark.parametrize(
    "content",
    [
        PLACES.encode(),
        b"a: 8:00\nb: no\n",
        b"a: 1\na: 2\n",
        b"a: 1\n<<: 2\n",
        b"a: &x 1\nb: *x\n",
        b'a: "\\e[31m"\n',
        b"a: [1, 2\n",
        b"a:\n\tb: 1\n",
        b"[" * 1000,
        b'a: "\\ud800"\n',
        b'a: "\\U00110000"\n',
    ],
)
def test_without_libyaml_the_same_is_read_and_the_same_refused(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where libyaml is missing, PyYAML reads by itself, more slowly and not otherwise."""
    fast = read(content)
    monkeypatch.setattr("il2calc.text.yaml._LOADER", yaml.SafeLoader)
    slow = read(content)
    assert bool(slow.faults) is bool(fast.faults)
    if not fast.faults:
        assert slow == fast


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_file_that_ships_is_read_without_libyaml(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question mark before a brace is a fault there alone: no monograph of aldesleukin."""
    fast = read(file.read_bytes())
    monkeypatch.setattr("il2calc.text.yaml._LOADER", yaml.SafeLoader)
    assert read(file.read_bytes()) == fast


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6 days", "6 days"),
        ("72_000 IU/kg", "72_000 IU/kg"),
        ("08:00", "08:00"),
        ("[1, 8]", ["1", "8"]),
        ("[08:00, 20:00]", ["08:00", "20:00"]),
        ("{times: 2, rest: 6 days}", {"times": "2", "rest": "6 days"}),
        ("'quoted: text'", "quoted: text"),
    ],
)
def test_a_value_of_the_command_line_is_read_as_a_file_would_read_it(
    text: str, expected: Plain
) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("# nothing", "empty"),
        ("*x", "alias"),
        ("!t 5 mg", "tag"),
        ("[1, 8", "close the bracket"),
        ("a: b: c", "quote a text"),
        ("\x1b[31m", "control character"),
        ("5 mg\u202e", "control or invisible character"),
        ("\ud800", "surrogate|character|UTF-8"),
    ],
)
def test_a_value_of_the_command_line_that_is_not_plain_is_refused(text: str, problem: str) -> None:
    """With what is wrong with it, as a ValueError."""
    with pytest.raises(ValueError, match=problem):
        value(text)


def test_a_file_of_nothing_but_faults_is_left_after_a_hundred() -> None:
    """A megabyte of aliases must not print a hundred thousand lines."""
    content = b"a: [" + b"*x, " * 5000 + b"]"
    assert len(read(content).faults) == MOST_FAULTS
