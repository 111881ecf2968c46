"""What an entry of a course log can do: one frozen class for each effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from il2calc.model.patient import Patient
from il2calc.units import Quantity

Chain = tuple[tuple[str, int], ...]
"""A block turn and those around it, outermost first: `(("course", 1), ("cycle", 2))`."""


def turn_text(chain: Chain) -> str:
    """A block turn as it is typed on the command line, and written in logs and CSV.

    >>> turn_text((("course", 1), ("cycle", 2)))
    'course 1/cycle 2'
    """
    return "/".join(f"{name} {number}" for name, number in chain)


def turn_name(named: Iterable[tuple[str, int | None]]) -> str:
    """A block turn as people read it; a block that is not repeated has no number.

    >>> turn_name([("course", 1), ("cycle", 2)]), turn_name([("lead-in", None)])
    ('course 1, cycle 2', 'lead-in')
    """
    return ", ".join(name if number is None else f"{name} {number}" for name, number in named)


class DoseKey(NamedTuple):
    """Identifies one administration by what no delay changes.

    Args:
        turns: its innermost block turn; empty for a dose in no block.
        dose: the name of the dose, or of its drug if the file gives it no name.
        number: per drug within that turn, in the order of the regimen's plan, from 1.
    """

    turns: Chain
    drug: str
    dose: str
    number: int


def in_order(doses: Iterable[DoseKey]) -> tuple[DoseKey, ...]:
    """Doses in the order in which a log writes them: grouped by name, each group by number."""
    groups: dict[object, list[DoseKey]] = {}
    for dose in doses:
        groups.setdefault(dose[:3], []).append(dose)
    return tuple(dose for group in groups.values() for dose in sorted(set(group)))


class Portion(NamedTuple):
    """What was given of one dose, as calculated at entry; later files do not change it.

    Args:
        at: local time; `fold` is 1 for the second of a time that exists twice.
    """

    amount: Quantity
    route: str
    at: datetime


class Given(NamedTuple):
    """Doses that were given, on time and in full unless the entry says otherwise.

    Args:
        at: local time of a single dose; None = as planned.
        amount: what was really given of a single dose; None = as planned.
        portions: one for each dose, in their order; empty if the log does not record them.
    """

    doses: tuple[DoseKey, ...]
    at: datetime | None = None
    amount: Quantity | None = None
    portions: tuple[Portion, ...] = ()


class Parted(NamedTuple):
    """A dose of which only a part was given: an infusion that was stopped early.

    Args:
        amount: what was given of it.
        ended: when it was stopped, local time.
        at: when it was started; None = as planned.
        portions: that of the dose; empty if the log does not record it.
    """

    dose: DoseKey
    amount: Quantity
    ended: datetime
    at: datetime | None = None
    portions: tuple[Portion, ...] = ()


class Extra(NamedTuple):
    """A dose that was given but not planned.

    Args:
        at: local time.
        written: the drug as it was typed, if that is another name.
    """

    drug: str
    amount: Quantity
    at: datetime
    route: str
    written: str | None = None


class Held(NamedTuple):
    """Doses that were not given."""

    doses: tuple[DoseKey, ...]


class Shifted(NamedTuple):
    """A dose and the rest of its repeat, moved [min]."""

    dose: DoseKey
    by: int


class Delayed(NamedTuple):
    """A block turn and all that follows it in its sequence, moved [days]."""

    turns: Chain
    by: int


class Weighed(NamedTuple):
    """Measures of a body, at least one, and the block turn from which they are used for doses.

    Args:
        weight: [kg], and height [cm], surface_area [m2], gfr [mL/min], age [years]; None = not
            measured.
        use_from: None = it changes no dose.
    """

    weight: Decimal | None
    on: date
    use_from: Chain | None = None
    height: Decimal | None = None
    surface_area: Decimal | None = None
    gfr: Decimal | None = None
    age: Decimal | None = None

    def measures(self) -> dict[str, Decimal]:
        """The values that were measured, by the names of a `Patient`'s fields."""
        values = self._asdict().items()
        return {name: value for name, value in values if isinstance(value, Decimal)}

    def applied_to(self, patient: Patient) -> Patient:
        """The patient with these measures.

        A given body surface area stays until another one is given, or until a height is measured
        without one; it is then calculated from height and weight.
        """
        measures: dict[str, Any] = self.measures()
        after = replace(patient, **measures)
        if self.height is None or self.surface_area is not None or after.weight is None:
            return after
        return replace(after, surface_area=None)


class Reduced(NamedTuple):
    """A drug at another amount, lower or higher, from a block turn or a single dose on.

    Args:
        to: a percentage of the amount in the file [%], or an amount.
        dose: the name of the one dose of the drug that changes; None = all of them.
    """

    drug: str
    to: Decimal | Quantity
    start: Chain
    dose: str | None = None


class Levelled(NamedTuple):
    """A switch to another arm of the regimen, such as a dose level, from a block turn on."""

    arm: str
    start: Chain


class Decided(NamedTuple):
    """Whether a conditional block turn is given."""

    turns: Chain
    given: bool


class Stopped(NamedTuple):
    """The end of the course: nothing after the moment of the entry is given."""


class Amended(NamedTuple):
    """A switch to another text of the regimen, from a block turn on.

    Args:
        regimen: id, or path, under which its file is found.
        sha256: of the file.
        text: the whole file.
        start: the first turn by it; None = the whole course, before anything has begun.
    """

    regimen: str
    version: int
    sha256: str
    text: bytes
    start: Chain | None = None


class Resealed(NamedTuple):
    """All entries before it are accepted as they are now, although some were changed by hand."""


class Undone(NamedTuple):
    """The number of an earlier entry that no longer counts."""

    entry: int


Effect = (
    Given
    | Parted
    | Extra
    | Held
    | Shifted
    | Delayed
    | Weighed
    | Reduced
    | Decided
    | Stopped
    | Amended
    | Levelled
    | Resealed
    | Undone
)
