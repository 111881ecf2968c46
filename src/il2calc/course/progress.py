"""How much of each drug was planned, given, held and is still to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from il2calc.model.effects import Chain
from il2calc.plan.administration import AddedIn, State
from il2calc.units import EXACT, convert

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow


@dataclass(slots=True)
class Doses:
    """So many doses, and what they add up to in the unit of their progress.

    Args:
        unstated: how many of them have an amount that is not stated; they add to nothing.
    """

    doses: int = 0
    value: Decimal = Decimal(0)
    unstated: int = 0

    def add(self, value: Decimal | None) -> None:
        """Count one more dose; None = its amount is not stated."""
        self.doses += 1
        if value is None:
            self.unstated += 1
            return
        with localcontext(EXACT):
            self.value += value


@dataclass(slots=True)
class Progress:
    """What became of the doses of one drug.

    Args:
        turns: the innermost block turn and those around it; empty for the whole course.
        unit: of its amounts; empty where none of the drug is stated or was given.
        planned: by the plan before the log; the rest as the doses are reckoned now.
        drawn: doses that no plan had, drawn through a delay; they count in the rest too.
        unplanned: doses that no plan had and that were given; they count in `given` too.
        as_needed: that part of `unplanned` that the regimen gives as needed.
        given: what was really given.
        remaining: due, planned or conditional, and `conditional` that part of it.
    """

    drug: str
    turns: Chain
    unit: str
    planned: Doses = field(default_factory=Doses)
    drawn: Doses = field(default_factory=Doses)
    unplanned: Doses = field(default_factory=Doses)
    as_needed: Doses = field(default_factory=Doses)
    given: Doses = field(default_factory=Doses)
    held: Doses = field(default_factory=Doses)
    unrecorded: Doses = field(default_factory=Doses)
    remaining: Doses = field(default_factory=Doses)
    conditional: Doses = field(default_factory=Doses)
    stopped: Doses = field(default_factory=Doses)


def progress(rows: Iterable[CourseRow]) -> tuple[Progress, ...]:
    """Per drug: one progress per innermost block turn, then one for the whole.

    A dose whose amount is not stated counts with those of its drug whose amount is.
    """
    rows = tuple(rows)
    added_in = AddedIn()
    first = {row.key.drug: row.administration.dosed.unit for row in reversed(rows) if _known(row)}
    found: dict[tuple[str, str, Chain | None], Progress] = {}
    for row in rows:
        drug = row.key.drug
        own = row.administration.dosed.unit if _known(row) else first.get(drug, "")
        unit = added_in.unit(drug, own)
        for turns in {None, row.key.turns or None}:
            key = (drug, unit, turns)
            if key not in found:
                found[key] = Progress(drug, turns or (), unit)
            _add(found[key], row)
    drugs = {drug: place for place, drug in enumerate(dict.fromkeys(key[0] for key in found))}
    return tuple(sorted(found.values(), key=lambda one: (drugs[one.drug], not one.turns)))


def _known(row: CourseRow) -> bool:
    """Whether an amount of a dose is known: the planned one, or the one that was given."""
    return row.administration.dosed.value is not None or row.recorded.value is not None


def _add(progress: Progress, row: CourseRow) -> None:
    now, plain, recorded = row.administration.dosed, row.plain, row.recorded
    if plain is not None:
        progress.planned.add(_converted(plain.dosed.value, plain.dosed.unit, progress.unit))
    value = now.value if recorded.value is None else recorded.value
    amount = _converted(value, now.unit, progress.unit)
    if row.administration.dose.unplanned:
        progress.unplanned.add(amount)
        if row.administration.dose.as_needed:
            progress.as_needed.add(amount)
    elif plain is None:
        progress.drawn.add(amount)
    _doses(progress, recorded.state).add(amount)
    if recorded.state == "conditional":
        progress.conditional.add(amount)


def _converted(value: Decimal | None, unit: str, to: str) -> Decimal | None:
    """An amount in the unit of its progress; None where it is not stated."""
    return None if value is None else convert(value, unit, to)


def _doses(progress: Progress, state: State) -> Doses:
    doses = {
        "given": progress.given,
        "held": progress.held,
        "unrecorded": progress.unrecorded,
        "stopped": progress.stopped,
    }
    return doses.get(state, progress.remaining)
