"""One dose at one moment: a slot and an amount, joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from il2calc.dosing import Dosed
from il2calc.planned import DAY, Turn, clock
from il2calc.regimen import Assumption, Backing, Dose, Regimen, day_at
from il2calc.timing import Timetable
from il2calc.units import EXACT


@dataclass(frozen=True, slots=True)
class Administration:
    """One dose at one moment.

    Args:
        number: from 1, in the order of time.
        regimen_day: number of the regimen's day on which it falls; there may be no day 0.
        block_day: the same, counted in its innermost block turn.
        when: None where the schedule has no start.
        minute: time from midnight of day 1 of the regimen [min].
        latest_day: the latest regimen day, where a range lies before it.
        dose_number: per drug within the innermost block turn, in the order of time.
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
    hours: Decimal
    outside: bool
    at_most: bool
    only_if: tuple[str, ...]
    source: tuple[str, ...]
    assumed: tuple[int, ...]

    @property
    def clock(self) -> str:
        """The local clock time, `HH:MM`."""
        return clock(self.minute)


def join(
    timetable: Timetable,
    regimen: Regimen,
    amounts: Mapping[str, Dosed],
    arm: str | None,
    origin: datetime | None,
    spread: Mapping[str, Assumption],
) -> tuple[Administration, ...]:
    """Every slot with its amount, its dates and what it rests on, in the order of time."""
    backings = {dose.path: _backing(dose, arm) for dose in {slot.dose for slot in timetable.slots}}
    counters: dict[tuple[Turn, str], int] = {}
    first = timetable.slots[0].minute
    rows = []
    for number, slot in enumerate(timetable.slots, 1):
        dose, turn = slot.dose, slot.turn
        key = (turn, dose.drug)
        counters[key] = counters.get(key, 0) + 1
        sources, behind = backings[dose.path]
        extra = (spread[dose.path].number,) if dose.path in spread else ()
        latest = slot.latest // DAY if slot.latest is not None else None
        rows.append(
            Administration(
                number=number,
                regimen_day=day_at(slot.day, regimen.day_zero),
                block_day=day_at(slot.day - turn.start, regimen.day_zero),
                when=origin + timedelta(minutes=slot.minute) if origin else None,
                minute=slot.minute,
                latest_day=None if latest is None else day_at(latest, regimen.day_zero),
                latest_date=(
                    (origin + timedelta(days=latest)).date()
                    if origin is not None and latest is not None
                    else None
                ),
                turn=turn,
                dose=dose,
                dose_number=counters[key],
                dosed=amounts[dose.path],
                hours=EXACT.divide(Decimal(slot.minute - first), Decimal(60)),
                outside=slot.outside,
                at_most=slot.at_most,
                only_if=slot.only_if,
                source=sources,
                assumed=tuple(sorted({*slot.assumed, *behind, *extra})),
            )
        )
    return tuple(rows)


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
