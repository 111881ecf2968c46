"""What an entry of a course log can say: one frozen class for each effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from il2calc.model.patient import Patient
from il2calc.units import Quantity

Chain = tuple[tuple[str, int], ...]
"""A block turn with those around it, outermost first: `(("course", 1), ("cycle", 2))`."""


def chain_text(chain: Chain) -> str:
    """A block turn as it is typed: in logs, in CSV and on the command line.

    >>> chain_text((("course", 1), ("cycle", 2)))
    'course 1/cycle 2'
    """
    return "/".join(f"{name} {number}" for name, number in chain)


def turn_name(named: Iterable[tuple[str, int | None]]) -> str:
    """A block turn as people read it, a block that is given once without a number.

    >>> turn_name([("course", 1), ("cycle", 2)]), turn_name([("lead-in", None)])
    ('course 1, cycle 2', 'lead-in')
    """
    return ", ".join(name if number is None else f"{name} {number}" for name, number in named)


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


def in_order(doses: Iterable[DoseKey]) -> tuple[DoseKey, ...]:
    """Doses as a log writes them: those of one name together, by their numbers."""
    groups: dict[object, list[DoseKey]] = {}
    for dose in doses:
        groups.setdefault(dose[:3], []).append(dose)
    return tuple(dose for group in groups.values() for dose in sorted(set(group)))


class Portion(NamedTuple):
    """What was given of one dose, as it was calculated when it was entered; no file changes it.

    Args:
        at: local time; of one that exists twice the second where its `fold` is 1.
    """

    amount: Quantity
    route: str
    at: datetime


class Given(NamedTuple):
    """Doses that were given: on time and in full where nothing else is said.

    Args:
        at: local time, for a single dose; None = as planned.
        amount: what was really given, for a single dose; None = as planned.
        portions: of each of the doses, in their order; none where the log does not record them.
    """

    doses: tuple[DoseKey, ...]
    at: datetime | None = None
    amount: Quantity | None = None
    portions: tuple[Portion, ...] = ()


class Parted(NamedTuple):
    """A dose of which only a part was given: an infusion that was broken off.

    Args:
        amount: what was given of it, and `ended` when it was broken off, local time.
        at: when it was begun; None = as planned.
        portions: the one of that dose; none where the log does not record it.
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
        written: the drug as it was typed, where that is another name.
    """

    drug: str
    amount: Quantity
    at: datetime
    route: str
    written: str | None = None


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
    """What was measured of a body, and the block turn from which doses are calculated with it.

    Args:
        weight: [kg], the height [cm], the body surface area [m2], the GFR [mL/min] and the age
            [years]: one of them at least; None = not measured.
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
        """What was measured, by what it is of a patient."""
        names = ("weight", "height", "surface_area", "gfr", "age")
        found = {name: getattr(self, name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def anew(self, patient: Patient) -> Patient:
        """A body after it was measured.

        A body surface area that was given stays until another is, or until a height is measured
        without one: it is then calculated from height and weight.
        """
        found: dict[str, Any] = self.measures()
        after = replace(patient, **found)
        if self.height is None or self.surface_area is not None or after.weight is None:
            return after
        return replace(after, surface_area=None)


class Reduced(NamedTuple):
    """A drug at another amount, lower or higher, from a dose on: the first of a block turn, or one.

    Args:
        to: a share of the amount in the file [%], or an amount.
        dose: the one dose of the drug that is meant; None = all of them.
    """

    drug: str
    to: Decimal | Quantity
    start: Chain
    dose: str | None = None


class Levelled(NamedTuple):
    """Another arm of the regimen, such as a dose level, from a block turn on."""

    arm: str
    start: Chain


class Decided(NamedTuple):
    """Whether a conditional block turn is given."""

    turns: Chain
    given: bool


class Stopped(NamedTuple):
    """The course ends here: nothing after the moment of the entry is given."""


class Amended(NamedTuple):
    """Another text of the regimen, from a block turn on.

    Args:
        regimen: id, or path, under which its file is found.
        sha256: of the file, and `text` the whole of it.
        start: the first turn by it; None = the whole course, of which nothing has begun.
    """

    regimen: str
    version: int
    sha256: str
    text: bytes
    start: Chain | None = None


class Resealed(NamedTuple):
    """Everything before it is taken as it stands, though some of it was changed by hand."""


class Undone(NamedTuple):
    """An earlier entry that no longer counts, by its number."""

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
