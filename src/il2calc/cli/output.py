"""Where words go: data to standard output or a file, cautions to standard error.

What is taller than the terminal goes through a pager, `$PAGER` or else `less`; never in a pipe. A
missing pager prints plainly, and one that is left ends quietly; the exit code stays what it is.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from errno import EACCES, EBADF, EDQUOT, EFBIG, EINVAL, EMLINK, ENOSPC, EPERM, EROFS
from io import StringIO, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal, TextIO, TypeVar

from il2calc.errors import WINDOWS, Refused, shown
from il2calc.text import safefile

if TYPE_CHECKING:
    from subprocess import Popen

    from il2calc.plan.schedule import Caution
    from il2calc.report.lines import Line
    from il2calc.report.sheet import Part

Item = TypeVar("Item")
_MOST_DIGITS = 5
_LINES_LOOKED_AT, _MOST_OF_LINE = 1000, 200
_KEPT = {
    "log": "a course log",
    "regimen": "a regimen",
    "drug": "a monograph",
    "reviews": "a file of reviews",
    "low,high": "a table of dose bands",
    "": "a file of a patient's measures",
}
"""How a file begins -> what it is."""
_BEGINNING = re.compile(
    r"\s*\{?\s*[\"']?(log|regimen|drug|reviews|low,high,give,unit|weight|height|bsa|bsa-formula|"
    r"bsa-cap|sex|gfr|age)(?:[\"']?\s*:|\s*$)"
)
_NO_KEY = re.compile(r"\s*(?:#|---|%|$)")
_WANTED = {
    ENOSPC: "on a disk with free space",
    EDQUOT: "on a disk with free space",
    EFBIG: "where files may be this large",
    EMLINK: "of its own",
    **dict.fromkeys((EACCES, EPERM, EROFS), "in a folder that you may write to"),
}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_PAGER = "less"
_LESS = "FRX"
"""What `less` is told where nobody else tells it: end on one screen, show bold, clear nothing."""


def width(output: Path | None = None) -> int | None:
    """Columns to keep within: `COLUMNS`, else the terminal's; None where it is no terminal.

    Args:
        output: what is written to, where that may be a file; a file is as wide as its lines.
    """
    if output is not None:
        return None
    if (said := os.environ.get("COLUMNS", "")).isdecimal():
        return int(said if len(said) <= _MOST_DIGITS else "9" * _MOST_DIGITS) or None
    return _columns(sys.stdout)


def _columns(stream: TextIO) -> int | None:
    """Columns of the terminal that a stream is; None where it is none, or does not know."""
    return os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None


def open_streams() -> None:
    """Make the standard streams take any text: narrow ones escape, closed ones lead nowhere.

    Only that data went nowhere is told: a closed standard output refuses them as a full disk does.
    A line ends alike on every system, so that what is read from a pipe is what is read from a file.
    """
    sys.stdin = sys.stdin or _nothing("r")
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    sys.stderr = sys.stderr or _nothing("w")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace", newline="\n")


def _nothing(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")


def write(lines: Iterable[str], output: Path | None = None, *, pager: bool = False) -> None:
    """Print lines, or write them to a file, whole or not at all.

    Args:
        lines: without their line ends.
        output: a file; None or `-` = standard output.
        pager: on a terminal that they are too tall for, show them through a pager.

    Raises:
        Refused: the file, or standard output, cannot be written.
    """
    if pager and output is None and sys.stdout.isatty():
        lines = paged(lines)
    if output is None or str(output) == "-":
        with leaving():
            for line in lines:
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    else:
        _replace((f"{line}\n".encode(errors="backslashreplace") for line in lines), output)


def write_words(lines: Iterable[str]) -> None:
    """Print lines that a person reads, on a terminal within its width.

    Raises:
        Refused: standard output cannot be written.
    """
    write(_within(sys.stdout, lines))


def write_done(lines: Iterable[str], done: str = "entered") -> None:
    """Print what was done: where it cannot be shown, that it was done is told all the same.

    Nobody should take an entry that stands in its log for one that was refused, and enter it again.
    """
    try:
        write_words(lines)
    except Refused:
        tell(f"{done}; could not be shown")


def write_data(lines: Iterable[str], output: Path | None = None) -> None:
    """Print or write lines that another program reads: UTF-8, whatever the terminal's own is.

    Raises:
        Refused: the file, or standard output, cannot be written.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    write(lines, output)


def write_bytes(data: bytes, output: Path | None = None) -> None:
    """Print bytes as they are, or write them to a file, whole or not at all.

    Raises:
        Refused: the file, or standard output, cannot be written.
    """
    if output is None or str(output) == "-":
        with leaving():
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
    else:
        _replace([data], output)


def there(output: Path | None) -> bytes:
    """What stands in an output file before it is written; nothing where there is none.

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
    """Print lines in bold and plain where there is a terminal that wants it, else as they are.

    Args:
        pager: on a terminal that they are too tall for, show them through a pager.

    Raises:
        Refused: the file, or standard output, cannot be written.
    """
    to_terminal = output is None and sys.stdout.isatty()
    bold = to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    texts = (
        f"{_BOLD}{line.text}{_PLAIN}" if bold and line.style and line.text else line.text
        for line in lines
    )
    write(texts, output, pager=pager)


def write_sheet(parts: Iterable[Part], output: Path | None = None, *, pager: bool = False) -> None:
    """Print or write headings with texts under them, on a terminal within its width."""
    from il2calc.report.lines import sheet

    write_styled(sheet(parts, width(output)), output, pager=pager)


def caution(
    cautions: Sequence[Caution], *, printed: bool = False, output: Path | None = None
) -> None:
    """Tell cautions, one line each, where the same screen does not show them already.

    Args:
        printed: what was written holds all of them, in words.
        output: the file it was written to; None or `-` = standard output.
    """
    if printed and (output is None or str(output) == "-") and _one_terminal():
        return
    for each in cautions:
        tell(f"caution: {each.text}")


def _one_terminal() -> bool:
    """Whether standard output and standard error are the same terminal."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return False
    both = (os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr))
    return os.path.samestat(*both)


def tell(text: str) -> None:
    """Say something that is no data; on a terminal within its width."""
    with suppress(OSError):
        for line in _within(sys.stderr, text.split("\n")):
            sys.stderr.write(f"{line}\n")


_COMMAND = re.compile(r"(?<=[:(] )il2calc [^;)]*|(?<=\()il2calc [^;)]*")
"""A command that is told: broken, it could not be pasted."""


def _within(stream: TextIO, lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are; on a terminal those that are wider than it in several."""
    room = _columns(stream)
    for line in lines:
        if room is None or len(line) <= room:
            yield line
        else:
            from il2calc.report.lines import wrapped

            whole = _COMMAND.sub(lambda found: found[0].replace(" ", "\u00a0"), line)
            yield from (part.text for part in wrapped("", whole, room, hanging=2))


def written(output: Path | str | None, what: str, *, quiet: bool) -> None:
    """Say which file was written, and what it holds; nothing of standard output.

    Args:
        quiet: nobody wants to read that.
    """
    if not quiet and output is not None and str(output) != "-":
        tell(f"written: {shown(str(output))} ({what})")


_PATIENCE = 1.0
"""Work that takes longer than this tells how far it is [s]."""


def counted(items: Sequence[Item], noun: str) -> Iterator[Item]:
    """Things of long work one by one; on a terminal standard error tells how far it is."""
    if not sys.stderr.isatty():
        yield from items
        return
    told, width = monotonic(), 0
    for number, item in enumerate(items, 1):
        yield item
        if monotonic() - told >= _PATIENCE:
            told = monotonic()
            text = f"{number:,} of {len(items):,} {noun}"
            width = max(width, len(text))
            _over(text.ljust(width))
    if width:
        _over(" " * width)


def _over(text: str) -> None:
    """Say something that the next thing said takes the place of."""
    with suppress(OSError):
        sys.stderr.write(f"\r{text}\r")
        sys.stderr.flush()


@contextmanager
def leaving() -> Iterator[None]:
    """Standard output may be closed by its reader, quietly, or have no room."""
    try:
        yield
    except OSError as error:
        write_into_nothing()
        if isinstance(error, BrokenPipeError) or (WINDOWS and error.errno == EINVAL):
            return
        raise Refused(unwritable(error)) from None


def unwritable(error: OSError) -> str:
    """That standard output has no room or is closed, and what would work for every verb."""
    if error.errno == EBADF:
        return "standard output is closed; send it to a file"
    problem = f"standard output cannot be written ({error.strerror})"
    return f"{problem}; send it to a file on another disk"


def refuse_kept(output: Path, *inputs: Path) -> None:
    """Refuse to write over a file that people write, or that this very run reads.

    Raises:
        Refused: says what the file is.
        OSError: it cannot be looked into.
    """
    if not output.is_file():
        return
    kind = next(("what is read here" for file in inputs if output.samefile(file)), None)
    if kind := kind or _kept(output):
        problem = f"--output {output} is {kind}, which no output overwrites"
        raise Refused(f"{problem}; give another file, or remove this one first")


def _replace(chunks: Iterable[bytes], output: Path) -> None:
    with placing(output):
        refuse_kept(output)
        safefile.replace(output, chunks)


@contextmanager
def placing(output: Path | str) -> Iterator[None]:
    """A file is put in its place, and what stops that is told.

    Raises:
        Refused: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        problem = f"--output {output} cannot be written ({error.strerror or error})"
        wanted = _WANTED.get(error.errno or 0, "in a folder that exists")
        raise Refused(f"{problem}; give a file {wanted}") from None


def _kept(path: Path) -> str | None:
    """What a file is that people write and il2calc reads; None where an output may replace it."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        for line in islice(stream, _LINES_LOOKED_AT):
            if (found := _BEGINNING.match(line[:_MOST_OF_LINE])) is not None:
                return next(kind for start, kind in _KEPT.items() if found[1].startswith(start))
            if not _NO_KEY.match(line):
                return None
    return None


def write_into_nothing() -> None:
    """Nobody takes what standard output still holds: it goes nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def paged(lines: Iterable[str]) -> Iterator[str]:
    """Those lines that are still to be printed: all of them, or none that a pager has shown.

    Args:
        lines: without their line ends; no more than a screen of them is made beforehand.
    """
    height, command = _height(), _pager()
    left = iter(lines)
    first = list(islice(left, height)) if command else []
    if len(first) < (height or 1) or (process := _started(command)) is None:
        yield from chain(first, left)
    else:
        _show(process, chain(first, left))


@contextmanager
def all_paged() -> Iterator[None]:
    """Whatever is printed within is shown at its end, through a pager where it is too tall."""
    caught = StringIO()
    try:
        with redirect_stdout(caught):
            yield
    finally:
        write(paged(caught.getvalue().splitlines()))


def _pager() -> list[str]:
    """The words of the pager; none where there is to be none, as where `PAGER` is empty.

    A backslash is part of a path on Windows, and else takes the meaning from what follows.
    """
    if os.environ.get("TERM") == "dumb":
        return []
    said = os.environ.get("PAGER", _PAGER)
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
