"""A pager for what is taller than the terminal: `$PAGER`, else `less`; never in a pipe.

A missing pager prints plainly, and one that is left ends quietly; the exit code stays what it is.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from itertools import chain, islice
from typing import TYPE_CHECKING

from il2calc.errors import WINDOWS

if TYPE_CHECKING:
    from subprocess import Popen

_DEFAULT = "less"
_LESS = "FRX"
"""What `less` is told where nobody else tells it: end on one screen, show bold, clear nothing."""


def paged(lines: Iterable[str]) -> Iterator[str]:
    """Those lines that are still to be printed: all of them, or none that a pager has shown.

    Args:
        lines: without their line ends; no more than a screen of them is made beforehand.
    """
    height, command = _height(), _command()
    left = iter(lines)
    first = list(islice(left, height)) if command else []
    if len(first) < (height or 1) or (process := _started(command)) is None:
        yield from chain(first, left)
    else:
        _show(process, chain(first, left))


@contextmanager
def whole(write: Callable[[Iterable[str]], None]) -> Iterator[None]:
    """Whatever is printed within is shown at its end, through a pager where it is too tall.

    Args:
        write: prints lines.
    """
    caught = StringIO()
    try:
        with redirect_stdout(caught):
            yield
    finally:
        write(paged(caught.getvalue().splitlines()))


def _command() -> list[str]:
    """The words of the pager; none where there is to be none, as where `PAGER` is empty.

    A backslash is part of a path on Windows, and else takes the meaning from what follows.
    """
    if os.environ.get("TERM") == "dumb":
        return []
    said = os.environ.get("PAGER", _DEFAULT)
    try:
        return shlex.split(said.replace("\\", "\\\\") if WINDOWS else said)
    except ValueError:
        return []


def _height() -> int:
    """Lines of the terminal that standard output is; 0 where it is none, or does not know."""
    return os.get_terminal_size(sys.stdout.fileno()).lines if sys.stdout.isatty() else 0


def _started(command: list[str]) -> Popen[str] | None:
    """The pager, on the terminal of standard output; None where it cannot be started."""
    from subprocess import PIPE, Popen

    sys.stdout.flush()
    with suppress(OSError):
        return Popen(  # noqa: S603 - the user's own pager, without a shell
            command,
            stdin=PIPE,
            env={"LESS": _LESS, **os.environ},
            encoding="utf-8",
            errors="backslashreplace",
        )
    return None


def _show(process: Popen[str], lines: Iterable[str]) -> None:
    """Give a pager all lines that it takes, and wait until it is left.

    What interrupts it is its own to heed.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with suppress(BrokenPipeError), process:
            for line in lines:
                print(line, file=process.stdin)
    finally:
        signal.signal(signal.SIGINT, before)
