"""From a course log's bytes to the log, or to everything that is wrong with the file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from il2calc.errors import FaultyFile, RegimenError
from il2calc.language import log_keys
from il2calc.language.log_mappings import Fault, Place, errors, line
from il2calc.model.log import Log
from il2calc.text import yaml

_BEGINS = "a course log begins with 'log: LABEL'"


def load(file: str | Path) -> Log:
    """The course log of a path.

    Raises:
        RegimenError: there is no such file, or it cannot be opened.
        FaultyFile: the file has faults; all of them are told.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(yaml.MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(file, error) from None
    return read(content, str(file))


def unreadable(file: str | Path, error: OSError) -> RegimenError:
    """What to say of a log that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        problem = f"there is no such log; to begin one: il2calc log start {file} --regimen ID"
    else:
        problem = f"cannot be opened ({error.strerror}); check the path and its permissions"
    return RegimenError(str(file), None, "", problem)


def read(content: bytes, file: str) -> Log:
    """The course log that a file's bytes hold.

    Raises:
        FaultyFile: with every fault in it, in the order of the file.
    """
    document = yaml.read(content)
    faults: list[Fault] = []
    log = None
    if all(each.startswith(b"#") for each in map(bytes.strip, content.splitlines()) if each):
        document.faults[:] = [yaml.TextFault(1, (), f"is empty; {_BEGINS}")]
    elif isinstance(document.data, dict):
        entered = partial(log_keys.read_entries, line_of=partial(line, document))
        log = log_keys.read(document.data, Place((), faults), file, entered)
    elif document.data is not None:
        faults.append(((), f"is not a mapping; {_BEGINS}"))
    if log is None or document.faults:
        raise FaultyFile(errors(file, document, faults))
    return log
