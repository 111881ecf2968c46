"""Where words go: data to standard output or a file, cautions to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from il2calc.errors import Refused

if TYPE_CHECKING:
    from il2calc.render.table import Line
    from il2calc.schedule import Caution

_STYLES = {"": "", "heading": "bold", "label": "bold", "faint": "dim"}


def width() -> int | None:
    """Columns to keep within: `COLUMNS`, else the terminal's; None where it is no terminal."""
    if os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"]) or None
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None


def write(lines: Iterable[str], output: Path | None = None) -> None:
    """Print lines, or write them to a file, whole or not at all.

    Raises:
        Refused: the file cannot be written.
    """
    if output is None:
        try:
            for line in lines:
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _write_into_nothing()
        return
    try:
        _replace(lines, output)
    except OSError as error:
        problem = f"--output {output} cannot be written ({error.strerror})"
        raise Refused(f"{problem}; give a file in a folder that exists") from None


def write_styled(lines: Iterable[Line]) -> None:
    """Print lines in bold and plain where there is a terminal that wants it."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if not wanted or os.environ.get("TERM") == "dumb":
        write(line.text for line in lines)
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line.text, style=_STYLES[line.style] or None)


def caution(cautions: Sequence[Caution]) -> None:
    """Tell cautions, one line each."""
    for each in cautions:
        tell(f"caution: {each.text}")


def tell(text: str) -> None:
    """Say something that is no data."""
    sys.stderr.write(f"{text}\n")


def _write_into_nothing() -> None:
    """Whoever read our output has left: what is still buffered goes nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace(lines: Iterable[str], output: Path) -> None:
    if output.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    import tempfile

    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.writelines(f"{line}\n" for line in lines)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(_mode(output))
        Path(name).replace(output)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _mode(output: Path) -> int:
    """The permissions of the file that is replaced, else those a new file would have."""
    with suppress(OSError):
        return output.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
