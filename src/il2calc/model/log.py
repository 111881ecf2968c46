"""What a course log says: which regimen, whose body, and what was done, entry by entry.

Everything here is frozen. `language` makes it from text and writes it; `course` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from il2calc.model.patient import Patient
from il2calc.units import Quantity

Chain = tuple[tuple[str, int], ...]
"""A block turn with those around it, outermost first: `(("course", 1), ("cycle", 2))`."""


def chain_text(chain: Chain) -> str:
    """A block turn as logs and tables write it.

    >>> chain_text((("course", 1), ("cycle", 2)))
    'course 1/cycle 2'
    """
    return "/".join(f"{name} {number}" for name, number in chain)


class DoseKey(NamedTuple):
    """One administration by what no delay changes.

    Args:
        turns: its innermost block turn; empty for a dose of the regimen itself.
        dose: the name of the dose, which is that of its drug where the file gives no other.
        number: per drug within that turn, as the regimen plans it, from 1.
    """

    turns: Chain
    drug: str
    dose: str
    number: int


class Given(NamedTuple):
    """Doses that were given: on time and in full where nothing else is said.

    Args:
        at: local time, for a single dose; None = as planned.
        amount: what was really given, for a single dose; None = as planned.
    """

    doses: tuple[DoseKey, ...]
    at: datetime | None = None
    amount: Quantity | None = None


class Held(NamedTuple):
    """Doses that were left out."""

    doses: tuple[DoseKey, ...]


class Shifted(NamedTuple):
    """A dose and the rest of its repeat, moved by so many minutes."""

    dose: DoseKey
    by: int


class Delayed(NamedTuple):
    """A block turn and all that follows it in its sequence, moved by so many days."""

    turns: Chain
    by: int


class Weighed(NamedTuple):
    """A body weight [kg], and the block turn from which doses are reckoned with it, if any."""

    weight: Decimal
    on: date
    use_from: Chain | None = None


class Reduced(NamedTuple):
    """A drug at a share of its amount [%], from the first dose of a block turn on."""

    drug: str
    percent: Decimal
    start: Chain


class Decided(NamedTuple):
    """Whether a conditional block turn is given."""

    turns: Chain
    given: bool


class Stopped(NamedTuple):
    """The course ends here: nothing after the moment of the entry is given."""


class Undone(NamedTuple):
    """An earlier entry that no longer counts, by its number."""

    entry: int


Effect = Given | Held | Shifted | Delayed | Weighed | Reduced | Decided | Stopped | Undone


class Entry(NamedTuple):
    """One line of a log.

    Args:
        number: from 1, in the order of the file.
        entered: when it was written, local time.
        overridden: it was made in spite of a refusal (`--override`).
        line: where it stands in its file.
    """

    number: int
    entered: datetime
    effect: Effect
    reason: str | None = None
    overridden: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """A course log.

    Args:
        regimen: id, or path, under which the regimen file is found.
        version: of the regimen, and `sha256` of its file, when the log was begun.
        start: date of day 1, and `at` the start time of every day after midnight [min].
        times: turns by block path.
        percents: share of the amount by drug from the start [%].
        settings: facts read otherwise than the file, `(path, value)`.
        zone: IANA name of the time zone, where one was given.
        facts: what the regimen file said of amounts and times when the log was begun, by path;
            empty where the log does not hold it.
    """

    file: str
    subject: str | None
    regimen: str
    version: int
    sha256: str
    patient: Patient
    start: date
    at: int
    arm: str | None = None
    times: Mapping[str, int] = field(default_factory=dict)
    percents: Mapping[str, Decimal] = field(default_factory=dict)
    settings: tuple[tuple[str, str], ...] = ()
    zone: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    def in_force(self) -> tuple[Entry, ...]:
        """The entries that count: neither undone nor an undoing, in the order of the file."""
        undone: set[int] = set()
        for entry in reversed(self.entries):
            if isinstance(entry.effect, Undone) and entry.number not in undone:
                undone.add(entry.effect.entry)
        return tuple(
            entry
            for entry in self.entries
            if entry.number not in undone and not isinstance(entry.effect, Undone)
        )
