"""Course logs as text: one minimal good log, and ways to change it line by line.

A comment `# here` marks the line on which a fault is expected.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from il2calc.errors import FaultyFile, RegimenError
from il2calc.language import log_file
from il2calc.model.effects import DoseKey
from il2calc.model.log import Entry, Log
from il2calc.model.patient import Patient

FILE = "S-07.yaml"
MARK = "# here"
HASH = "3f" * 32
HEAD = (
    "log: S-07",
    "regimen: examplumab",
    "version: 1",
    f"sha256: {HASH}",
    "weight: 70 kg",
    "start: 2025-12-01",
    'at: "08:00"',
)
ENTERED = datetime.combine(date(2025, 12, 3), time(9))
FIRST = (("course", 1), ("cycle", 1))
SECOND = (("course", 1), ("cycle", 2))


def a_log(*entries: str, head: tuple[str, ...] = (), without: str = "") -> str:
    """The minimal good log with entries; a head line replaces the one of the same key.

    Args:
        entries: what each entry did, one line each; its date of entry is added.
        head: lines before the entries, each beginning with its key.
        without: keys of the log to leave out, separated by spaces.
    """
    lines = {line.partition(":")[0]: line for line in (*HEAD, *head)}
    kept = [line for key, line in lines.items() if key not in without.split()]
    listed = [f"  - {entry_line}\n    entered: 2025-12-03 09:00" for entry_line in entries]
    return "\n".join([*kept, "entries:", *listed]) + "\n"


def read(text: str | bytes) -> Log:
    """The log of a text that has no fault."""
    return log_file.read(text.encode() if isinstance(text, str) else text, FILE)


def faults(text: str | bytes) -> tuple[RegimenError, ...]:
    """Every fault of a log's text; there is at least one."""
    with pytest.raises(FaultyFile) as caught:
        read(text)
    return caught.value.faults


def fault_lines(text: str | bytes) -> list[str]:
    """Every fault of a log's text, as a person reads it."""
    return [str(fault) for fault in faults(text)]


def assert_fault(text: str, path: str, *words: str) -> None:
    """The log has exactly one fault: on the marked line, at this path, in these words."""
    errors = faults(text)
    shown = "\n".join(map(str, errors))
    assert len(errors) == 1, f"{len(errors)} faults instead of one:\n{shown}"
    line = next(number for number, row in enumerate(text.splitlines(), 1) if MARK in row)
    assert (errors[0].file, errors[0].line, errors[0].path) == (FILE, line, path), shown
    for word in words:
        assert word in errors[0].problem, shown


def a_key(number: int, dose: str = "examplumab", drug: str = "examplumab") -> DoseKey:
    """A dose of the first cycle."""
    return DoseKey(FIRST, drug, dose, number)


def started_log(file: str = FILE) -> Log:
    """The minimal good log without entries, as it is in memory."""
    return Log(
        file, "S-07", "examplumab", 1, HASH, Patient(weight=Decimal(70)), date(2025, 12, 1), 480
    )


def unplaced(log: Log) -> tuple[Entry, ...]:
    """The entries of a log without their line numbers and without their hashes."""
    return tuple(entry._replace(line=None, hash=None) for entry in log.entries)
