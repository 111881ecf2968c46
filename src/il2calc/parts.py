"""What a picture knows of one administration: how much of what falls on which day, and runs on."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from il2calc.administration import Administration
from il2calc.daytimes import DAY, a_day
from il2calc.planned import Turn
from il2calc.regimen import Dose, offset_of
from il2calc.schedule import Schedule
from il2calc.timing import Slot
from il2calc.units import EXACT, Quantity


class Part(NamedTuple):
    """One administration: what, when [days from day 1], in which innermost turn.

    Args:
        held: it is not given, but its drug still has a lane.
        later: how many days later its infusion, at its longest, still runs [days].
        over: how long that infusion lasts, as the file has it.
    """

    drug: str
    amount: Quantity
    day: int
    turn: Turn
    at_most: bool
    only_if: tuple[str, ...]
    held: bool = False
    later: int = 0
    over: str = ""

    @property
    def last(self) -> int:
        """The last day on which any of it is given [days from day 1]."""
        return self.day + self.later


def of_administration(each: Administration, schedule: Schedule) -> Part:
    """An administration as it is planned, or as it was given."""
    day = offset_of(each.regimen_day, schedule.regimen.day_zero)
    amount = Quantity(each.dosed.value, each.dosed.unit)
    part = Part(each.dose.drug, amount, day, each.turn, each.at_most, each.only_if)
    became = schedule.recorded.get(each.number)
    if became is None or became.state != "given":
        held = became is not None and became.state in ("held", "stopped")
        return _running(part._replace(held=held), each.dose, each.minute, each.when)
    begun = each.when
    if became.value is not None:
        amount = Quantity(became.value, amount.unit)
    if became.when is not None and schedule.start is not None:
        begun = became.when
        day = (begun.date() - schedule.start.date()).days
    part = part._replace(amount=amount, day=day, at_most=False, only_if=())
    return _running(part, each.dose, each.minute, begun)


def of_slot(slot: Slot, arm: str | None) -> Part:
    """An administration in the amount that the file prescribes, without a patient."""
    amount = slot.dose.amount(arm)
    if amount.per_day:
        share = EXACT.divide(amount.value, Decimal(a_day(slot.dose)))
        amount = amount._replace(value=share, per_day=False)
    part = Part(slot.dose.drug, amount, slot.day, slot.turn, slot.at_most, slot.only_if)
    return _running(part, slot.dose, slot.minute, None)


def _running(part: Part, dose: Dose, minute: int, begun: datetime | None) -> Part:
    """With how long its infusion runs on, counted from its own start."""
    if dose.over is None:
        return part
    length = dose.over.longest
    later = (minute % DAY + length - 1) // DAY if begun is None else _later(begun, length)
    return part._replace(later=later, over=dose.over.text)


def _later(begun: datetime, length: int) -> int:
    """How many days after it began the last minute of an infusion lies, in elapsed time."""
    if begun.tzinfo is not None:
        with suppress(OverflowError):  # beyond the calendar clocks are as good as any
            last = begun.astimezone(UTC) + timedelta(minutes=length - 1)
            return (last.astimezone(begun.tzinfo).date() - begun.date()).days
    return (begun.hour * 60 + begun.minute + length - 1) // DAY
