"""Which moment of a time zone is meant: clock times across a daylight-saving change.

A repeat that is not by whole days (every 8 hours) and an offset run on elapsed time; what stands on
a day or a clock, and a repeat by whole days (every 24 hours), keeps its clock time. A clock time
that a change leaves out is read with the offset from before it, one that exists twice is the first
of the two (RFC 5545, section 3.3.5).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from il2calc.errors import Refused, nearest
from il2calc.plan.calendar import DAY
from il2calc.plan.timing import Slot


class Clock(NamedTuple):
    """How relative times become moments of a zone.

    Args:
        midnight: of day 1 of the regimen, without a zone.
    """

    zone: ZoneInfo
    midnight: datetime

    def moment(self, slot: Slot) -> datetime:
        """When a slot falls, in the zone.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        return self._moment(slot.anchor, slot.minute)

    def latest(self, slot: Slot) -> datetime | None:
        """When a slot falls at the latest, in the zone; None where no range lies before it.

        Whole days of a range keep the clock, what is left of it runs on elapsed time.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        if slot.latest is None:
            return None
        days = (slot.latest - slot.minute) // DAY * DAY
        return self._moment(slot.anchor + days, slot.latest)

    def _moment(self, anchor: int, minute: int) -> datetime:
        stood = (self.midnight + timedelta(minutes=anchor)).replace(tzinfo=self.zone)
        counted = timedelta(minutes=minute - anchor)
        return (stood.astimezone(UTC) + counted).astimezone(self.zone)


_NO_PLACE = ("localtime", "Factory", "posixrules")
"""Names that mean another zone on every machine."""


@cache
def _known() -> frozenset[str]:
    """Every name of a zone, read from the disk once: a log asks for its zone several times."""
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        Refused: no such zone; offers the nearest, but never for a name that Windows gives, which
            is likest to one of another part of the world.
    """
    known = _known()
    if name in known and name not in _NO_PLACE:
        return ZoneInfo(name)
    if name.casefold().endswith(" time"):
        hint = "that is how Windows names one; write the IANA name of the place, like Europe/London"
        raise Refused(f"no time zone is called {name!r}; {hint}")
    guess = nearest(name, sorted(known.difference(_NO_PLACE)))
    hint = f"did you mean {guess!r}?" if guess else "write an IANA name, like Europe/London"
    raise Refused(f"no time zone is called {name!r}; {hint}")


def twice(when: datetime) -> bool:
    """Whether a clock time exists twice on its day, since clocks went back."""
    return when.replace(fold=0).utcoffset() != when.replace(fold=1).utcoffset()
