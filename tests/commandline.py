"""Runs command lines, in this process or in one of their own, and keeps all that they print.

Every run sees a clean environment: no width, no colour switches and no library of the user's own.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

import il2calc
from il2calc.cli.app import build

_SWITCHES = (
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "IL2CALC_LIBRARY",
    "IL2CALC_BY",
    "PYTHONIOENCODING",
    "PAGER",
    "LESS",
)
_SOURCE = str(Path(il2calc.__file__).parents[1])

NPC = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06")
IMATINIB = ("schedule", "imatinib", "--cycles", "3", "--first-dose", "2024-01-01")
TRASTUZUMAB = (
    *("schedule", "trastuzumab", "--weight", "70", "--bsa", "1.81"),
    *("--cycles", "2", "--start", "2025-01-06"),
)
IMP321 = ("schedule", "imp321", "--arm", "1.25-mg", "--bsa", "1.8")
EVERY_REGIMEN = {
    "npc-bolus": NPC,
    "imatinib": IMATINIB,
    "trastuzumab": TRASTUZUMAB,
    "imp321": IMP321,
}
"""A command line for each regimen that ships."""


def needs_posix(what: str) -> pytest.MarkDecorator:
    """Mark a test that asks for what Windows has not, or has otherwise.

    Args:
        what: what that is, as the end of "needs ...".
    """
    return pytest.mark.skipif(os.name == "nt", reason=f"needs {what}")


class Result(NamedTuple):
    """What a command line printed, and its exit code."""

    code: int
    out: str
    err: str
    raw: bytes = b""


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would change how things are shown."""
    clean = {key: value for key, value in os.environ.items() if key not in _SWITCHES}
    path = os.pathsep.join(filter(None, (_SOURCE, os.environ.get("PYTHONPATH"))))
    return {**clean, "PYTHONPATH": path, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **extra}


def run(*args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Result:
    """A command line in this process; a bug's traceback passes through."""
    out, err, code = caught(), StringIO(), None
    with (
        patch.dict(os.environ, environment(**(env or {})), clear=True),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO(stdin))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            build(*args[:2])(args=list(args), prog_name="il2calc")
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int), "every command line ends with an exit code"
    printed = all_of(out)
    return Result(code, printed, err.getvalue())


def caught() -> TextIOWrapper:
    """A standard output that keeps its bytes."""
    return TextIOWrapper(BytesIO(), "utf-8", "backslashreplace", newline="\n", write_through=True)


def all_of(stream: TextIOWrapper) -> str:
    """What was written to such an output."""
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode()


def hashless(result: Result) -> Result:
    """A result without the last hash of a log, which is another one each time."""
    lines = result.err.splitlines(keepends=True)
    return result._replace(err="".join(line for line in lines if ", last hash " not in line))


def separate(*args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Result:
    """A command line in a process of its own, its output in pipes, also as raw bytes."""
    result = subprocess.run(
        [sys.executable, "-m", "il2calc", *args],
        input=stdin,
        env=environment(**(env or {})),
        capture_output=True,
        check=False,
        timeout=60,
    )
    out = result.stdout.decode(errors="replace")
    return Result(result.returncode, out, result.stderr.decode(), result.stdout)


def first_line_only(*args: str) -> Result:
    """A command line whose reader leaves after one line, as `| head -1` does."""
    with subprocess.Popen(
        [sys.executable, "-m", "il2calc", *args],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        return Result(process.wait(60), line.decode(), err.decode())


def terminal(
    *args: str,
    columns: int = 80,
    lines: int = 40,
    env: Mapping[str, str] | None = None,
    errors_too: bool = False,
    typed: bytes = b"",
) -> Result:
    """A command line whose output goes to a terminal of so many columns, its errors to a pipe.

    Args:
        env: more of the environment; no pager unless it names one.
        errors_too: they go to the same terminal, as they mostly do.
        typed: what its user types.
    """
    import struct

    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "il2calc", *args],
        env=environment(**({"PAGER": ""} | dict(env or {}))),
        stdin=theirs,
        stdout=theirs,
        start_new_session=True,
        stderr=theirs if errors_too else subprocess.PIPE,
    ) as process:
        os.close(theirs)
        if typed:
            os.write(ours, typed)
        out = b""
        while chunk := _read(ours):
            out += chunk
        os.close(ours)
        err = process.stderr.read() if process.stderr is not None else b""
        return Result(process.wait(60), out.decode().replace("\r\n", "\n"), err.decode())


def imported(*args: str) -> set[str]:
    """The top-level modules that a process has loaded when a command line is done."""
    return {name.split(".")[0] for name in modules(*args)}


def modules(*args: str, site: Path | None = None) -> set[str]:
    """All modules that a process has loaded when a command line is done.

    Args:
        site: a folder that holds the package; None = what is tested.
    """
    program = (
        "import sys\n"
        "from il2calc.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    sys.stderr.write('\\n' + ' '.join(sys.modules))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *args],
        env=environment() | ({"PYTHONPATH": str(site)} if site is not None else {}),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return set(result.stderr.decode().splitlines()[-1].split())


def rows(*args: str, stdin: bytes = b"") -> list[dict[str, str]]:
    """The rows of a schedule as CSV."""
    result = run(*args, "--format", "csv", stdin=stdin)
    assert result.code == 0, result.err
    return list(csv.DictReader(StringIO(result.out)))


def document(*args: str, stdin: bytes = b"") -> Any:
    """What a verb prints as JSON, its numbers with all their digits."""
    result = run(*args, "--format", "json", stdin=stdin)
    assert result.code in {0, 1}, result.err
    return json.loads(result.out, parse_float=Decimal)


def printed(*args: str, columns: int | None = None) -> str:
    """What a verb prints for people, at a width or as wide as it wants to be."""
    result = run(*args, env={} if columns is None else {"COLUMNS": str(columns)})
    assert result.code == 0, result.err
    return result.out


def written(folder: Path, text: str, name: str = "examplumab.yaml") -> str:
    """The path of a regimen file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def assert_refused(result: Result, code: int, *words: str) -> None:
    """Nothing on standard output, one plain line on standard error, and this exit code."""
    assert (result.code, result.out) == (code, ""), result
    assert result.err.endswith("\n"), result
    line = result.err.removesuffix("\n")
    assert line, "it says why"
    assert is_plain(line), repr(line)
    for word in words:
        assert word in line, line


def is_plain(line: str) -> bool:
    """Whether a line holds no control character and nothing that hides or moves text."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in line)


def _read(handle: int) -> bytes:
    """What a terminal has shown since; nothing once its program has ended."""
    try:
        return os.read(handle, 65536)
    except OSError:
        return b""
