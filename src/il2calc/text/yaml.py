"""YAML text to plain data: text, lists and mappings, with the line of every key and value.

Every scalar stays the text that was written (`8:00` is no number, `no` is not False). Everything
else is refused: aliases, anchors, tags, merge keys, several documents, duplicate keys, control
characters, too much depth or size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml

from il2calc.errors import printable
from il2calc.text.safefile import MOST_BYTES, MOST_OF_A_LOG
from il2calc.text.shapes import Loc

MOST_DEPTH = 20
MOST_FAULTS = 100
_ADVICE = {
    MOST_BYTES: "one written by hand is a few thousand",
    MOST_OF_A_LOG: "that is the limit: keep this log, and start one for what is still to come",
}
EMPTY = "is empty"
_TOO_DEEP = f"is more than {MOST_DEPTH} levels deep; nest less"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NO_BREAK = re.compile(r"^ *\u00a0[ \u00a0]*(?:- |\w+: )", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"


class TextFault(NamedTuple):
    """A fault of the text, with its place."""

    line: int
    loc: Loc
    problem: str


@dataclass(slots=True)
class Document:
    """Plain data with its lines and faults.

    Args:
        data: text, lists and mappings; None if the text could not be read at all.
        lines: location -> line, of every value and, as `(*loc, KEY)`, of every key.
        faults: everything that was refused, in order.
    """

    data: Plain | None = None
    lines: dict[Loc, int] = field(default_factory=dict)
    faults: list[TextFault] = field(default_factory=list)

    def line(self, loc: Loc) -> int:
        """The line of a value, or of the innermost value around it that has a line."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)


def read(content: bytes, most: int = MOST_BYTES) -> Document:
    """Read the plain data in a file's bytes, and collect every fault.

    Args:
        most: the most bytes that a file of its kind may have.

    >>> read(b"day: 08:00").data
    {'day': '08:00'}
    """
    text = _decoded(content, most)
    if isinstance(text, TextFault):
        return Document(faults=[text])
    document = Document()
    try:
        _Reader(document).read(yaml.parse(text, Loader=_LOADER))
    except _Stop:
        document.data = None
    except yaml.MarkedYAMLError as error:
        # A quote that is never closed, and a line that is no 'key: value', are noticed only later.
        late = re.search("end of stream|find expected ':'", str(error.problem))
        mark = (error.context_mark if late else None) or error.problem_mark
        line = mark.line + 1 if mark else 1
        opened = error.context_mark.line + 1 if error.context_mark else line
        problem = _yaml_problem(str(error.problem), f" of line {opened}" if opened < line else "")
        document.faults.append(TextFault(line, (), problem))
        document.data = None
    except ValueError as error:
        problem = f"contains something that is not a character ({error})"
        document.faults.append(TextFault(1, (), problem))
        document.data = None
    return document


def value(text: str) -> Plain:
    """Read one value of a command line as plain data (`6 days`, `[1, 8]`).

    Raises:
        ValueError: with its first fault.
    """
    if not text.split("#", maxsplit=1)[0].strip():
        raise ValueError("is empty; write a value")
    document = read(text.encode("utf-8", "surrogatepass"))
    if document.faults:
        raise ValueError(document.faults[0].problem)
    assert document.data is not None
    return document.data


def _decoded(content: bytes, most: int) -> str | TextFault:
    if len(content) > most:
        problem = f"is larger than {most:,} bytes; {_ADVICE.get(most, _ADVICE[MOST_BYTES])}"
        return TextFault(1, (), problem)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        skipped = len(content) - len(error.object)  # the byte order mark
        line = content.count(b"\n", 0, error.start + skipped) + 1
        return TextFault(line, (), "is not UTF-8 text; save the file as UTF-8")
    if match := _FORBIDDEN.search(text):
        line = text.count("\n", 0, match.start()) + 1
        return TextFault(
            line, (), f"contains the control character U+{ord(match[0]):04X}; remove it"
        )
    if match := _NO_BREAK.search(text):
        line = text.count("\n", 0, match.start()) + 1
        return TextFault(line, (), "is indented with no-break spaces; indent with plain spaces")
    return text if text.strip() else TextFault(1, (), EMPTY)


class _Reader:
    """Builds plain data from YAML events, so that nothing is expanded or resolved."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.events: Iterator[Any] = iter(())

    def read(self, events: Iterator[Any]) -> None:
        self.events = events
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(event, (), "starts a second document; one file is one document")
                    return
                self.document.data = self._node(next(events), ())
        if documents == 0:
            self.document.faults.append(TextFault(1, (), EMPTY))

    def _fault(self, event: Any, loc: Loc, problem: str) -> None:
        fault = TextFault(event.start_mark.line + 1, loc, problem)
        self.document.faults.append(fault)
        if len(self.document.faults) >= MOST_FAULTS:
            raise _Stop

    def _node(self, event: Any, loc: Loc) -> Plain:
        self.document.lines[loc] = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self._fault(event, loc, f"is an alias of {event.anchor!r}; write the value out")
            return ""
        if event.anchor is not None:
            self._fault(event, loc, f"has an anchor {event.anchor!r}; write each value out")
        if event.tag is not None:
            self._fault(event, loc, f"has a tag {event.tag!r}; write the plain value")
        if len(loc) >= MOST_DEPTH:
            self._fault(event, loc, _TOO_DEEP)
            raise _Stop
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, loc)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(loc)
        return self._mapping(loc)

    def _scalar(self, event: Any, loc: Loc) -> str:
        text = " ".join(event.value.split())
        if not printable(event.value.replace("\n", " ").replace("\t", " ")):
            self._fault(event, loc, "contains a control or invisible character; remove it")
            return "?"
        return text

    def _sequence(self, loc: Loc) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*loc, len(items))))
        return items

    def _mapping(self, loc: Loc) -> dict[str, Plain]:
        items: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, loc)
            key_loc = (*loc, key)
            line = event.start_mark.line + 1
            if key in items:
                first = self.document.lines[(*key_loc, KEY)]
                problem = f"appears twice (first on line {first}); keep one"
                self._fault(event, key_loc, problem)
                self._node(next(self.events), (*loc, f"{key} (again)"))
                continue
            self.document.lines[(*key_loc, KEY)] = line
            items[key] = self._node(next(self.events), key_loc)
        return items

    def _key(self, event: Any, loc: Loc) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(event, (*loc, "?"), "has a key that is not text; write a plain word")
            self._node(event, (*loc, "?"))
            return "?"
        key = self._scalar(event, loc)
        if event.anchor is not None or event.tag is not None:
            self._fault(event, (*loc, key), "has an anchor or tag on its key; write the plain word")
        if key == "<<" and not event.style:
            self._fault(event, (*loc, key), "is a merge key; write the values out")
        return key


KEY = "\0key"
"""The last element of the location of a key, in `Document.lines`."""


class _Stop(Exception):
    """Ends reading after too many faults, or too deep in the data."""


def _yaml_problem(problem: str, place: str) -> str:
    if "maximum nesting depth" in problem:  # libyaml 0.2.6 scans ahead and has its own limit
        return _TOO_DEEP
    return f"is not YAML here: {problem}; {_yaml_help(problem, place)}"


def _yaml_help(problem: str, place: str) -> str:
    if "mapping values are not allowed" in problem:
        return "quote a text that contains ': '; check the indentation and the space after '-'"
    if "',' or ']'" in problem or "',' or '}'" in problem or "flow" in problem:
        return f"close the bracket{place}, and quote a text that contains a comma"
    if "tab" in problem or "cannot start any token" in problem:
        return "indent with spaces, and quote a text that begins with a sign"
    if "could not find expected ':'" in problem:
        return "write 'key: value', and quote a text that contains a colon"
    return "check the indentation and the quotes of this line"
