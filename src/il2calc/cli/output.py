"""Printing and writing: data to standard output or a file, cautions to standard error.

On a terminal, output longer than the screen goes through a pager, `$PAGER` or else `less`. Without
a pager it is printed plainly; quitting the pager is no error. Neither changes the exit code.
Each function that writes raises `Refused` if the file, or standard output, cannot be written.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from errno import EACCES, EBADF, EDQUOT, EFBIG, EINVAL, EMLINK, ENAMETOOLONG, ENOSPC, EPERM, EROFS
from io import StringIO, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar

from il2calc.errors import WINDOWS, Refused, shown
from il2calc.text import safefile

if TYPE_CHECKING:
    from subprocess import Popen

    from il2calc.plan.schedule import Caution
    from il2calc.report.lines import Line
    from il2calc.report.sheet import Part

Item = TypeVar("Item")
_MOST_DIGITS = 5
_MOST_LINES_READ, _MOST_COLUMNS_READ = 1000, 200
_KINDS = {
    "log": "a course log",
    "regimen": "a regimen",
    "drug": "a monograph",
    "reviews": "a file of reviews",
    "low,high": "a table of dose bands",
    "": "a file of a patient's measures",
}
"""Start of the first key of a file that people write -> what the file is."""
_FIRST_KEY = re.compile(
    r"\s*\{?\s*[\"']?(log|regimen|drug|reviews|low,high,give,unit|weight|height|bsa|bsa-formula|"
    r"bsa-cap|sex|gfr|age)(?:[\"']?\s*:|\s*$)"
)
_BEFORE_KEYS = re.compile(r"\s*(?:#|---|%|$)")
_ADVICE = {
    ENOSPC: "on a disk with free space",
    EDQUOT: "on a disk with free space",
    EFBIG: "where files may be this large",
    EMLINK: "of its own",
    ENAMETOOLONG: "with a shorter name",
    **dict.fromkeys((EACCES, EPERM, EROFS), "in a folder that you may write to"),
}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_PAGER = "less"
_LESS = "FRX"
"""Flags for `less` if `$LESS` is unset: quit if one screen, show bold, do not clear the screen."""


def width(output: Path | None = None) -> int | None:
    """Columns that lines must fit: `COLUMNS`, else the terminal's; None = no limit.

    Args:
        output: the file to be written, if any; its lines have no limit.
    """
    if output is not None:
        return None
    if (columns := os.environ.get("COLUMNS", "")).isdecimal():
        return int(columns if len(columns) <= _MOST_DIGITS else "9" * _MOST_DIGITS) or None
    return _columns(sys.stdout)


def _columns(stream: TextIO) -> int | None:
    """Columns of the terminal behind a stream; None if it is no terminal, or does not know."""
    return os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None


def open_streams() -> None:
    """Make the standard streams accept any text: characters are escaped, closed streams replaced.

    A closed standard output is replaced by one that fails on writing, like a full disk, so that
    lost data is reported. Lines end in a line feed on every system, in a pipe as in a file.
    """
    sys.stdin = sys.stdin or _null_device("r")
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    sys.stderr = sys.stderr or _null_device("w")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace", newline="\n")


def _null_device(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")


def write(lines: Iterable[str], output: Path | None = None, *, pager: bool = False) -> None:
    """Print lines, or write them to a file, all or nothing.

    Args:
        lines: without their line ends.
        output: a file; None or `-` = standard output.
        pager: use a pager if they are longer than the terminal.
    """
    if pager and output is None and sys.stdout.isatty():
        lines = paged(lines)
    if output is None or str(output) == "-":
        with stdout_errors():
            for line in lines:
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    else:
        _replace_file((f"{line}\n".encode(errors="backslashreplace") for line in lines), output)


def write_words(lines: Iterable[str]) -> None:
    """Print lines for a person, wrapped to the width of a terminal."""
    write(_wrapped(sys.stdout, lines))


def write_done(lines: Iterable[str], outcome: str = "entered") -> None:
    """Print what was done; if that cannot be shown, tell on standard error that it was done.

    Otherwise an entry that is in its log could be taken for a refused one, and entered again.
    """
    try:
        write_words(lines)
    except Refused:
        tell(f"{outcome}; could not be shown")


def write_data(lines: Iterable[str], output: Path | None = None) -> None:
    """Print or write lines for another program: in UTF-8, whatever the terminal's encoding."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    write(lines, output)


def write_json(data: Any, output: Path | None = None) -> None:
    """Print or write plain data as JSON."""
    from il2calc.format import json

    write_data(json.dumped(data), output)


def write_bytes(data: bytes, output: Path | None = None) -> None:
    """Print bytes as they are, or write them to a file, all or nothing."""
    if output is None or str(output) == "-":
        with stdout_errors():
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
    else:
        _replace_file([data], output)


def existing_content(output: Path | None) -> bytes:
    """The content of an output file before it is written; empty if there is no file.

    Raises:
        Refused: it cannot be read.
    """
    if output is None or not output.is_file():
        return b""
    try:
        return output.read_bytes()
    except OSError as error:
        problem = f"--output {output} exists and cannot be read ({error.strerror})"
        raise Refused(f"{problem}; give another file") from None


def write_styled(lines: Iterable[Line], output: Path | None = None, *, pager: bool = False) -> None:
    """Print lines, with headings in bold on a terminal that shows it.

    Args:
        pager: use a pager if they are longer than the terminal.
    """
    to_terminal = output is None and sys.stdout.isatty()
    bold = to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    texts = (
        f"{_BOLD}{line.text}{_PLAIN}" if bold and line.style and line.text else line.text
        for line in lines
    )
    write(texts, output, pager=pager)


def write_sheet(parts: Iterable[Part], output: Path | None = None, *, pager: bool = False) -> None:
    """Print or write headings with texts under them, wrapped to the width of a terminal."""
    from il2calc.report.lines import parts_lines

    write_styled(parts_lines(parts, width(output)), output, pager=pager)


def tell_cautions(
    cautions: Sequence[Caution], *, printed: bool = False, output: Path | None = None
) -> None:
    """Tell cautions, one line each, unless the same screen shows them already.

    Args:
        printed: the output contains all of them, in words.
        output: the file it was written to; None or `-` = standard output.
    """
    if printed and (output is None or str(output) == "-") and _same_terminal():
        return
    for caution in cautions:
        tell(f"caution: {caution.text}")


def _same_terminal() -> bool:
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return False
    stats = (os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr))
    return os.path.samestat(*stats)


def tell(text: str) -> None:
    """Print a message to standard error, wrapped to the width of a terminal."""
    with suppress(OSError):
        for line in _wrapped(sys.stderr, text.split("\n")):
            sys.stderr.write(f"{line}\n")


_COMMAND = re.compile(r"(?<=[:(] )il2calc [^;)]*|(?<=\()il2calc [^;)]*")
"""A command within a message: it is not wrapped, so that it can be copied."""


def _wrapped(stream: TextIO, lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are; on a terminal, wrapped to its width."""
    columns = _columns(stream)
    for line in lines:
        if columns is None or len(line) <= columns:
            yield line
        else:
            from il2calc.report.lines import wrapped

            unbroken = _COMMAND.sub(lambda match: match[0].replace(" ", "\u00a0"), line)
            yield from (part.text for part in wrapped("", unbroken, columns, hanging=2))


def tell_written(output: Path | str | None, content: str, *, quiet: bool) -> None:
    """Tell which file was written, and what it contains; nothing if quiet, or if it is stdout."""
    if not quiet and output is not None and str(output) != "-":
        tell(f"written: {shown(str(output))} ({content})")


_PROGRESS_INTERVAL = 1.0
"""Interval between two messages about progress [s]."""


def with_progress(items: Sequence[Item], noun: str) -> Iterator[Item]:
    """The items one by one; if standard error is a terminal, it shows the progress."""
    if not sys.stderr.isatty():
        yield from items
        return
    last_shown, width = monotonic(), 0
    for number, item in enumerate(items, 1):
        yield item
        if monotonic() - last_shown >= _PROGRESS_INTERVAL:
            last_shown = monotonic()
            text = f"{number:,} of {len(items):,} {noun}"
            width = max(width, len(text))
            _tell_in_place(text.ljust(width))
    if width:
        _tell_in_place(" " * width)


def _tell_in_place(text: str) -> None:
    """Print a message that the next one overwrites."""
    with suppress(OSError):
        sys.stderr.write(f"\r{text}\r")
        sys.stderr.flush()


@contextmanager
def stdout_errors() -> Iterator[None]:
    """A context that turns an error of standard output into a refusal, unless its reader left."""
    try:
        yield
    except OSError as error:
        write_into_nothing()
        if isinstance(error, BrokenPipeError) or (WINDOWS and error.errno == EINVAL):
            return
        raise Refused(unwritable(error)) from None


def unwritable(error: OSError) -> str:
    """The message about a full or closed standard output, with a way out for every verb."""
    if error.errno == EBADF:
        return "standard output is closed; send it to a file"
    problem = f"standard output cannot be written ({error.strerror})"
    return f"{problem}; send it to a file on another disk"


def refuse_source_file(output: Path, *inputs: Path) -> None:
    """Refuse to overwrite a file that people write, or that this very run reads.

    Raises:
        Refused: names what the file is.
        OSError: it cannot be read.
    """
    if not output.is_file():
        return
    kind = next(("what is read here" for file in inputs if output.samefile(file)), None)
    if kind := kind or _source_kind(output):
        problem = f"--output {output} is {kind}, which no output overwrites"
        raise Refused(f"{problem}; give another file, or remove this one first")


def _replace_file(chunks: Iterable[bytes], output: Path) -> None:
    with file_errors(output):
        refuse_source_file(output)
        safefile.replace(output, chunks)


def refuse_unwritable(output: Path | str | None) -> None:
    """Refuse a file that cannot be written, before the long work whose result it will hold."""
    if output is not None and str(output) != "-":
        with file_errors(output):
            refuse_source_file(Path(output))
            safefile.probe(Path(output))


@contextmanager
def file_errors(output: Path | str) -> Iterator[None]:
    """A context that turns an error in writing a file into a refusal.

    Raises:
        Refused: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        problem = f"--output {output} cannot be written ({error.strerror or error})"
        advice = _ADVICE.get(error.errno or 0, "in a folder that exists")
        raise Refused(f"{problem}; give a file {advice}") from None


def _source_kind(path: Path) -> str | None:
    """Which kind of file written by people this is, by its first key; None if of none."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        for line in islice(stream, _MOST_LINES_READ):
            if (match := _FIRST_KEY.match(line[:_MOST_COLUMNS_READ])) is not None:
                return next(kind for start, kind in _KINDS.items() if match[1].startswith(start))
            if not _BEFORE_KEYS.match(line):
                return None
    return None


def write_into_nothing() -> None:
    """Discard what standard output still buffers, as nobody reads it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def paged(lines: Iterable[str]) -> Iterator[str]:
    """Show lines in a pager if they fill the screen, and give those that are still to be printed.

    Args:
        lines: without their line ends; at most one screen of them is computed in advance.
    """
    height, command = _height(), _pager()
    remaining = iter(lines)
    screen = list(islice(remaining, height)) if command else []
    if len(screen) < (height or 1) or (process := _started_pager(command)) is None:
        yield from chain(screen, remaining)
    else:
        _feed_pager(process, chain(screen, remaining))


@contextmanager
def all_paged() -> Iterator[None]:
    """A context whose output is printed at its end, through a pager if it fills the screen."""
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        write(paged(printed.getvalue().splitlines()))


def _pager() -> list[str]:
    """The words of the pager command; empty for no pager, as with an empty `PAGER`.

    A backslash is part of a path on Windows, and an escape elsewhere.
    """
    if os.environ.get("TERM") == "dumb":
        return []
    pager = os.environ.get("PAGER", _PAGER)
    try:
        return shlex.split(pager.replace("\\", "\\\\") if WINDOWS else pager)
    except ValueError:
        return []


def _height() -> int:
    """Lines of the terminal behind standard output; 0 if it is none, or does not know."""
    return os.get_terminal_size(sys.stdout.fileno()).lines if sys.stdout.isatty() else 0


def _started_pager(command: list[str]) -> Popen[str] | None:
    """The pager's process, on the terminal of standard output; None if it cannot be started."""
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


def _feed_pager(process: Popen[str], lines: Iterable[str]) -> None:
    """Write lines to a pager, and wait until it ends.

    Control-C is left to the pager, which may use it.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with suppress(BrokenPipeError), process:
            for line in lines:
                print(line, file=process.stdin)
    finally:
        signal.signal(signal.SIGINT, handler)
