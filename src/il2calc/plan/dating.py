"""On which dates, and at which local times, the slots of a timetable fall."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from il2calc.errors import Refused
from il2calc.plan.timing import Slot, Timetable

if TYPE_CHECKING:
    from il2calc.plan.zones import Clock

_BEYOND = "the dates would leave the years 1 to 9999; give another --start"


def origin(timetable: Timetable, start: date | None, first_dose: date | None) -> datetime | None:
    """Midnight of day 1; None without dates.

    Args:
        start: the date of day 1.
        first_dose: the date of the first slot, instead.

    Raises:
        Refused: beyond the years 1 to 9999.
    """
    if start is None and first_dose is None:
        return None
    days = timetable.slots[0].day if first_dose is not None else 0
    try:
        return datetime.combine(first_dose or start or date.min, time.min) - timedelta(days=days)
    except OverflowError:
        raise Refused(_BEYOND) from None


def in_time(
    timetable: Timetable, midnight: datetime | None, clock: Clock | None
) -> Iterable[tuple[Slot, datetime | None]]:
    """Slots with their local times, in the order in which they come.

    Args:
        midnight: of day 1; None where there are no dates.
        clock: of the time zone; None = local times of no zone.

    Raises:
        Refused: beyond the years 1 to 9999.
    """
    slots = timetable.slots
    if midnight is None:
        return ((slot, None) for slot in slots)
    try:
        for minute in (slots[0].minute, max(slot.latest or slot.minute for slot in slots)):
            midnight + timedelta(minutes=minute)
        if clock is None:
            return [(slot, midnight + timedelta(minutes=slot.minute)) for slot in slots]
        return sorted(
            ((slot, clock.moment(slot)) for slot in slots), key=lambda pair: pair[1].timestamp()
        )
    except OverflowError:
        raise Refused(_BEYOND) from None
