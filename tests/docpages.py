"""The pages that people read, taken apart and played: files laid out, commands run, Python run.

A page is played from top to bottom in one folder, so that it can build on itself:

- a `console` block holds commands (`$ `, continued after a backslash) and what each prints; a line
  `...` stands for any lines left out;
- a comment `<!-- file: NAME -->` before any other block lays that block out as a file; with
  `<!-- file: NAME, without its head -->` the head of an example regimen is put before it;
- a `python` block is run, all of a page in one namespace.

`python tests/refresh_docs.py` puts what the commands print now under them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from commandline import environment
from il2calc.cli.app import build

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").rglob("*.md")))

LEFT_OUT = "..."
HEAD = """\
regimen: example
title: An example
for: an example
version: 1
read_on: 2026-11-22
source: smith2020, Methods
sources:
  smith2020: {cite: Smith A. An invented trial. 2020., read: full text}
"""
"""What an example file `without its head` begins with."""

_FENCE = re.compile(r"(`{3,}|~{3,})(\S*)")
_FILE = re.compile(r"<!-- file: ([\w.-]+(?:/[\w.-]+)*)(, without its head)? -->")


class Block(NamedTuple):
    """A fenced block of a page.

    Args:
        mark: the line of comment before it, or nothing.
        first: the index of its first line within the page.
    """

    language: str
    mark: str
    first: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text between its fences."""
        return "".join(f"{line}\n" for line in self.lines)


class Example(NamedTuple):
    """A command of a page and what it prints.

    Args:
        first, end: the indices of the lines of its output within the page, `end` not included.
        stated: its output as the page says it.
        printed: its output as it is.
    """

    command: str
    first: int
    end: int
    stated: tuple[str, ...]
    printed: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the page says what the command prints."""
        return _steady(self.stated) == _steady(self.mended())

    def mended(self) -> tuple[str, ...]:
        """What the page should say: as much from either end as it says now."""
        if LEFT_OUT not in self.stated:
            return self.printed
        place = self.stated.index(LEFT_OUT)
        behind = len(self.stated) - place - 1
        if len(self.printed) <= place + behind:
            return self.printed
        return (*self.printed[:place], LEFT_OUT, *self.printed[len(self.printed) - behind :])


_HASH = re.compile(r"(?<=last hash )[0-9a-f]{16}")
"""The last hash of a log: it is over the time of the clock too, and another one each time."""


def _steady(lines: Sequence[str]) -> list[str]:
    """Lines without what is another one each time."""
    return [_HASH.sub("", line) for line in lines]


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block of a page."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        if match := _FENCE.match(lines[index]):
            end = next(k for k in range(index + 1, len(lines)) if lines[k].rstrip() == match[1])
            mark = lines[index - 1] if index and lines[index - 1].startswith("<!--") else ""
            yield Block(match[2], mark, index + 1, tuple(lines[index + 1 : end]))
            index = end
        index += 1


def marked(text: str, mark: str) -> str:
    """The text of the block under a comment.

    Raises:
        LookupError: there is none.
    """
    for block in blocks(text):
        if block.mark == f"<!-- {mark} -->":
            return block.text
    raise LookupError(mark)


def file_name(block: Block) -> str | None:
    """The name under which a block is laid out as a file, if it is."""
    match = _FILE.fullmatch(block.mark)
    return match[1] if match else None


def play(text: str, folder: Path) -> list[Example]:
    """Play a page in a folder: every command with what it prints.

    Raises:
        Exception: whatever the Python of the page raises.
    """
    examples: list[Example] = []
    names: dict[str, Any] = {"__name__": "__main__"}
    with chdir(folder):
        for block in blocks(text):
            if name := file_name(block):
                _lay_out(block, Path(name))
            elif block.language == "python":
                exec(compile(block.text, "python block", "exec"), names)  # noqa: S102 - our own
            elif block.language == "console":
                for command, first, stated in _examples(block):
                    printed = tuple(_printed(command, folder).rstrip().split("\n"))
                    printed = () if printed == ("",) else printed
                    examples.append(Example(command, first, first + len(stated), stated, printed))
    return examples


def mended(text: str, examples: Sequence[Example]) -> str:
    """A page with what its commands print under them."""
    lines = text.split("\n")
    for example in reversed(examples):
        if not example.holds:
            lines[example.first : example.end] = example.mended()
    return "\n".join(lines)


def _lay_out(block: Block, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = HEAD if "without its head" in block.mark else ""
    path.write_text(head + block.text, encoding="utf-8")


def _examples(block: Block) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Each command of a block, the index of the line after it, and its output on the page."""
    place = 0
    while place < len(block.lines):
        command = block.lines[place].removeprefix("$ ")
        assert command != block.lines[place], f"output without a command: {command}"
        place += 1
        while command.endswith("\\"):
            command = command.removesuffix("\\") + block.lines[place].lstrip()
            place += 1
        end = place
        while end < len(block.lines) and not block.lines[end].startswith("$ "):
            end += 1
        stated = list(block.lines[place:end])
        while stated and not stated[-1]:
            stated.pop()
        yield command, block.first + place, tuple(stated)
        place = end


def _printed(command: str, folder: Path) -> str:
    """What a command prints, errors among the rest as in a terminal."""
    first, bar, rest = command.partition(" | ")
    words = _plain_words(first)
    if words is None:
        return _in_shell(command, folder)
    env = dict(word.split("=", 1) for word in words[: words.index("il2calc")])
    args = words[words.index("il2calc") + 1 :]
    quiet = args[-3:] == ["2", ">", "/dev/null"]
    out, err = StringIO(), StringIO()
    _in_process(args[:-3] if quiet else args, env, out, err if quiet or bar else out)
    errors = "" if quiet else err.getvalue()
    return errors + (_in_shell(rest, folder, out.getvalue()) if bar else out.getvalue())


def _plain_words(command: str) -> list[str] | None:
    """The words of a command that needs no shell; None where it does."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    body = words[:-3] if words[-3:] == ["2", ">", "/dev/null"] else words
    if any(sign in command for sign in "$`*~") or any(set(word) <= set("();<>|&") for word in body):
        return None
    before = body[: body.index("il2calc")] if "il2calc" in body else body
    return words if all(re.match(r"[A-Z_0-9]+=", word) for word in before) else None


def _in_process(args: list[str], env: dict[str, str], out: StringIO, err: StringIO) -> None:
    """Run il2calc in this process: a process of its own costs more than the command."""
    with (
        patch.dict(os.environ, environment(**env), clear=True),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO())),
        redirect_stdout(out),
        redirect_stderr(err),
        suppress(SystemExit),
    ):
        build(*args[:2])(args=args, prog_name="il2calc")


def _in_shell(command: str, folder: Path, stdin: str = "") -> str:
    """What a command prints in a shell that finds the il2calc of this checkout."""
    tools = folder.parent / f"{folder.name}-bin"
    if not tools.exists():
        tools.mkdir()
        tool = tools / "il2calc"
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m il2calc "$@"\n', encoding="utf-8")
        tool.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["/bin/sh", "-c", command],
        input=stdin,
        cwd=folder,
        env=environment(PATH=path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return result.stdout
