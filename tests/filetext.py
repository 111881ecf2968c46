"""Regimen files as text: one minimal good file, and ways to change it line by line.

A comment `# here` marks the line on which a fault is expected.
"""

from __future__ import annotations

from textwrap import dedent, indent

from il2calc.errors import RegimenError
from il2calc.language import Examination, examine
from il2calc.language.shelf import FileContent
from il2calc.model.evidence import Origin
from il2calc.model.regimen import Dose, Regimen

FILE = "examplumab.yaml"
MARK = "# here"

HEAD = (
    "regimen: examplumab",
    "title: Examplumab every three weeks",
    "for: an invented disease",
    "version: 1",
    "read_on: 2026-11-22",
    "source: doe2020, Abstract",
)
FOOT = (
    "findings:\n  - {text: Nothing was found., source: doe2020}",
    "sources:\n  doe2020:\n    cite: Doe J. An invented trial. J Inv 2020;1:1.\n    read: abstract",
)
DOSE = ("drug: examplumab", "amount: 5 mg", "route: IV", "day: 1")


def a_file(body: str, *head: str, without: str = "") -> str:
    """The minimal good file around a body; a head line replaces the one of the same key.

    Args:
        body: the doses and blocks, indented as suits the test.
        head: lines of the file itself, each beginning with its key.
        without: keys of the file to leave out, separated by spaces.
    """
    lines = _merged((*HEAD, *FOOT), head)
    kept = [line for key, line in lines.items() if key not in without.split()]
    return "\n".join(kept) + "\n" + dedent(body).strip("\n") + "\n"


def a_dose(*lines: str, head: tuple[str, ...] = (), without: str = "") -> str:
    """The minimal good file with one dose, some of whose lines are replaced or added."""
    return a_file("doses:\n" + dose_entry(*lines), *head, without=without)


def a_cycle(
    *lines: str,
    repeat: str = "{times: 4, every: 21 days}",
    head: tuple[str, ...] = (),
    without: str = "",
) -> str:
    """The minimal good file with one repeated block of one dose."""
    body = f"blocks:\n  - block: cycle\n    repeat: {repeat}\n    doses:\n"
    return a_file(body + indent(dose_entry(*lines), "    "), *head, without=without)


def dose_entry(*lines: str) -> str:
    """One entry of a list of doses: the good dose with some lines replaced or added."""
    first, *rest = _merged(DOSE, lines).values()
    return f"  - {first}\n" + "".join(f"    {line}\n" for line in rest)


def examined(text: str | bytes, *settings: tuple[str, str]) -> Examination:
    """What a file's text holds, some of its values read otherwise."""
    content = text.encode() if isinstance(text, str) else text
    return examine(FileContent(content, Origin(FILE, "", typed="examplumab")), settings)


def faults(text: str | bytes, *settings: tuple[str, str]) -> tuple[RegimenError, ...]:
    """Every fault of a file's text."""
    return examined(text, *settings).faults


def loaded(text: str, *settings: tuple[str, str]) -> Regimen:
    """The regimen of a text that has no fault."""
    result = examined(text, *settings)
    assert not result.faults, "\n".join(map(str, result.faults))
    assert result.regimen is not None
    return result.regimen


def loaded_dose(text: str, *settings: tuple[str, str]) -> Dose:
    """The first dose of a text that has no fault, in whichever block it is."""
    blocks = loaded(text, *settings).body.walk()
    return next(dose for block in blocks for dose in block.doses)


def line_of(text: str, mark: str = MARK) -> int:
    """The line of a text that holds a mark."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if mark in line)


def assert_fault(text: str, path: str, *words: str) -> None:
    """The file has exactly one fault: on the marked line, at this path, in these words."""
    errors = faults(text)
    shown = "\n".join(map(str, errors))
    assert len(errors) == 1, f"{len(errors)} faults instead of one:\n{shown}"
    assert (errors[0].file, errors[0].line, errors[0].path) == (FILE, line_of(text), path), shown
    for word in words:
        assert word in errors[0].problem, shown


def assert_among(text: str, path: str, *words: str) -> None:
    """Among the file's faults is one on the marked line, at this path, in these words."""
    errors = faults(text)
    line = line_of(text)
    assert any(
        (fault.line, fault.path) == (line, path) and all(word in fault.problem for word in words)
        for fault in errors
    ), f"not told on line {line} at {path}: {words}\n" + "\n".join(map(str, errors))


def _merged(lines: tuple[str, ...], others: tuple[str, ...]) -> dict[str, str]:
    return {line.partition(":")[0]: line for line in (*lines, *others)}
