"""When slots fall by a course's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

from il2calc.errors import Refused
from il2calc.model.log import Log
from il2calc.plan.dating import Clock
from il2calc.plan.timing import Slot


class Moments(Clock):
    """How the relative times of a course become local ones."""

    def of(self, slot: Slot) -> datetime:
        """The local time of a slot, in its zone where there is one.

        Raises:
            Refused: beyond the years 1 to 9999.
        """
        try:
            return self.moment(slot)
        except OverflowError:
            raise Refused("the dates would leave the years 1 to 9999; move by less") from None

    def meant(self, local: datetime, *, fold: int = 0) -> datetime:
        """A local time as it was typed, in the zone where there is one.

        One that the clocks leave out comes back as another; of one that exists twice `fold` says
        which, 0 = the first.
        """
        if self.zone is None:
            return local
        there = local.replace(tzinfo=self.zone, fold=fold)
        return there.astimezone(UTC).astimezone(self.zone)

    def local(self, moment: datetime) -> datetime:
        """A moment as the course's clock shows it; one without a zone is that already."""
        if moment.tzinfo is None:
            return moment
        here = moment if self.zone is None else moment.astimezone(self.zone)
        return here.replace(tzinfo=None)


def moments(log: Log) -> Moments:
    """The clock of a course.

    Raises:
        Refused: its log names no known time zone.
    """
    midnight = datetime.combine(log.start, time.min)
    if log.zone is None:
        return Moments(midnight, None)
    from il2calc.plan import dating

    return Moments(midnight, dating.zone(log.zone))


def format_moment(moment: datetime) -> str:
    """A moment in a message.

    >>> format_moment(datetime(2025, 12, 3, 8, 0))
    '2025-12-03 08:00'
    """
    return f"{moment:%Y-%m-%d %H:%M}"
