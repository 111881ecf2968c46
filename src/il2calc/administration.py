"""One dose at one moment: a slot and an amount, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from il2calc.daytimes import DAY, clock
from il2calc.dosing import Dosed
from il2calc.patient import Patient
from il2calc.planned import Turn
from il2calc.regimen import Assumption, Backing, Dose, Regimen, day_at
from il2calc.timing import Slot
from il2calc.units import EXACT

MOST_RUNS = 6
"""Runs of numbers that a message tells before it leaves the rest out."""

State = Literal["given", "held", "unrecorded", "due", "planned", "conditional", "stopped"]


class Recorded(NamedTuple):
    """What became of an administration, by a course log.

    Args:
        when: when it was given; None where it was not.
        value: how much was given, in the unit of the administration; None where it was not.
        reason: why it was held, changed or stopped; empty where the log gives none.
    """

    state: State
    when: datetime | None = None
    value: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Administration:
    """One dose at one moment.

    Args:
        number: from 1, in the order of time.
        regimen_day: number of the regimen's day on which it falls; there may be no day 0.
        block_day: the same, counted in its innermost block turn.
        when: local time, with its zone where one was given; None where there is no start.
        minute: planned time from midnight of day 1 of the regimen [min].
        latest_day: the latest regimen day, where a range lies before it.
        dose_number: per drug within the innermost block turn, in the planned order of time.
        patient: whose body the dose was reckoned with.
        outside: the start time, not a change of clocks, puts it outside its planned days.
        hours: elapsed since the first administration [h].
        source: sources of amount, route and day, each once, assumed and set ones left out.
        assumed: numbers of the assumptions behind amount, route and day.
    """

    number: int
    regimen_day: int
    block_day: int
    when: datetime | None
    minute: int
    latest_day: int | None
    latest_date: date | None
    turn: Turn
    dose: Dose
    dose_number: int
    dosed: Dosed
    patient: Patient
    hours: Decimal
    outside: bool
    at_most: bool
    only_if: tuple[str, ...]
    source: tuple[str, ...]
    assumed: tuple[int, ...]

    @property
    def clock(self) -> str:
        """The local clock time, `HH:MM`."""
        return clock(self.minute) if self.when is None else f"{self.when:%H:%M}"

    @property
    def time(self) -> str:
        """The local clock time, with its offset where a zone was given: `08:00+01:00`."""
        if self.when is None or self.when.tzinfo is None:
            return self.clock
        return self.when.isoformat(timespec="minutes")[11:]


def runs(values: Sequence[int]) -> list[str]:
    """Numbers as a list has them, runs of them folded.

    >>> runs([1, 2, 3, 7])
    ['1 to 3', '7']
    """
    found: list[list[int]] = []
    for value in values:
        if found and value == found[-1][-1] + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return [f"{run[0]} to {run[-1]}" if run[2:] else ", ".join(map(str, run)) for run in found]


def numbered(noun: str, numbers: Sequence[int]) -> str:
    """A noun with the first few runs of its numbers, as messages tell them.

    >>> numbered("row", [3]), numbered("row", [1, 2, 3, 5])
    ('row 3', 'rows 1 to 3, 5')
    """
    told = runs(numbers)
    more = ", ..." if told[MOST_RUNS:] else ""
    return f"{noun}{'s' if numbers[1:] else ''} {', '.join(told[:MOST_RUNS])}{more}"


class Placed(NamedTuple):
    """A slot with its local time (None without dates), its amount, and whose body it is for."""

    slot: Slot
    when: datetime | None
    dosed: Dosed
    patient: Patient


def join(
    placed: Sequence[Placed],
    regimen: Regimen,
    arm: str | None,
    midnight: datetime | None,
    spread: Mapping[str, Assumption],
) -> tuple[Administration, ...]:
    """Every slot with its amount, its dates and what it rests on.

    Args:
        placed: in the order of time.
        midnight: of day 1, in no zone.
        spread: the schedule's own assumption about a dose, by its path.
    """
    backings = {dose.path: _backing(dose, arm) for dose in {each.slot.dose for each in placed}}
    first = placed[0]
    rows = []
    for number, each in enumerate(placed, 1):
        slot, when = each.slot, each.when
        dose, turn = slot.dose, slot.turn
        sources, behind = backings[dose.path]
        extra = (spread[dose.path].number,) if dose.path in spread else ()
        latest = slot.latest // DAY if slot.latest is not None else None
        day = slot.day
        if when is not None and midnight is not None:
            day = (when.date() - midnight.date()).days
        rows.append(
            Administration(
                number=number,
                regimen_day=day_at(day, regimen.day_zero),
                block_day=day_at(day - turn.start, regimen.day_zero),
                when=when,
                minute=slot.minute,
                latest_day=None if latest is None else day_at(latest, regimen.day_zero),
                latest_date=(
                    (midnight + timedelta(days=latest)).date()
                    if midnight is not None and latest is not None
                    else None
                ),
                turn=turn,
                dose=dose,
                dose_number=slot.number,
                dosed=each.dosed,
                patient=each.patient,
                hours=EXACT.divide(Decimal(_elapsed(first, each)), Decimal(60)),
                outside=slot.outside and day == slot.day,
                at_most=slot.at_most,
                only_if=slot.only_if,
                source=sources,
                assumed=tuple(sorted({*slot.assumed, *behind, *extra})),
            )
        )
    return tuple(rows)


def _elapsed(first: Placed, each: Placed) -> int:
    """Time from one administration to another [min]: by the zone where there is one."""
    if first.when is None or each.when is None or each.when.tzinfo is None:
        return each.slot.minute - first.slot.minute
    return int((each.when.astimezone(UTC) - first.when.astimezone(UTC)).total_seconds()) // 60


def _backing(dose: Dose, arm: str | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Sources of a dose's amount, route and day, and the assumptions behind amount and route."""
    of_amount = "amount" if "amount" in dose.backing else f"amount[{arm}]"
    empty = Backing()
    sources: dict[str, None] = {}
    for key in (of_amount, "day", "route"):
        sources |= dict.fromkeys(dose.backing.get(key, empty).sources)
    behind = {
        number
        for key in (of_amount, "route", "cap", "round")
        for number in dose.backing.get(key, empty).assumptions
    }
    return tuple(sources), tuple(sorted(behind))
