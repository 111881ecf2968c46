"""On which date and at which moment a slot falls, by local clock times or in a time zone.

And what is assumed of a time of day that the file leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from il2calc.errors import Refused
from il2calc.model.evidence import Assumption, option_text
from il2calc.model.regimen import At, Dose, Regimen, offset_of
from il2calc.plan.calendar import DAY, clock, lasting
from il2calc.plan.timing import Slot, Timetable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from il2calc.model.log import Log

_BEYOND = "the dates would leave the years 1 to 9999; give another --start"


def midnight_of_day_1(
    timetable: Timetable, start: date | None, first_dose: date | None
) -> datetime | None:
    """Midnight of day 1; None without dates.

    Args:
        start: the date of day 1.
        first_dose: the date of the first slot, instead.

    Raises:
        Refused: beyond the years 1 to 9999.
    """
    date_given = start if first_dose is None else first_dose
    if date_given is None:
        return None
    if first_dose is not None and not timetable.slots:
        raise Refused("nothing is given on a fixed day: give --start instead of --first-dose")
    days = timetable.slots[0].day if first_dose is not None else 0
    try:
        return datetime.combine(date_given, time.min) - timedelta(days=days)
    except OverflowError:
        raise Refused(_BEYOND) from None


def date_of_day_1(regimen: Regimen, date_of: tuple[int, date]) -> date:
    """The date of day 1, given that of another numbered day of the regimen.

    Raises:
        Refused: there is no such day; beyond the years 1 to 9999.
    """
    day, on = date_of
    if day == 0 and not regimen.day_zero:
        hint = "give the date of day 1 or day -1, or read the file with 'numbering: with day 0'"
        raise Refused(f"{regimen.id} has no day 0; {hint}")
    try:
        return on - timedelta(days=offset_of(day, regimen.day_zero))
    except OverflowError:
        raise Refused(_BEYOND) from None


class Clock(NamedTuple):
    """How relative times become local ones.

    A repeat that is not by whole days (every 8 hours) and an offset run on elapsed time; what
    stands on a day or a clock, and a repeat by whole days (every 24 hours), keeps its clock time.
    A clock time that a change leaves out is read with the offset from before it, one that exists
    twice is the first of the two (RFC 5545, section 3.3.5).

    Args:
        midnight: of day 1 of the regimen, without a zone.
        zone: None = local clock times of no zone.
    """

    midnight: datetime
    zone: ZoneInfo | None

    def moment(self, slot: Slot) -> datetime:
        """When a slot falls.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        return self._moment(slot.anchor, slot.minute)

    def latest(self, slot: Slot) -> datetime | None:
        """When a slot falls at the latest; None where no range lies before it.

        Whole days of a range keep the clock, what is left of it runs on elapsed time.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        if slot.latest is None:
            return None
        days = (slot.latest - slot.minute) // DAY * DAY
        return self._moment(slot.anchor + days, slot.latest)

    def of(self, slot: Slot) -> datetime:
        """When a slot of a course falls.

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
        """A moment as this clock shows it; one without a zone is that already."""
        if moment.tzinfo is None:
            return moment
        here = moment if self.zone is None else moment.astimezone(self.zone)
        return here.replace(tzinfo=None)

    def _moment(self, anchor: int, minute: int) -> datetime:
        if self.zone is None:
            return self.midnight + timedelta(minutes=minute)
        stood = (self.midnight + timedelta(minutes=anchor)).replace(tzinfo=self.zone)
        counted = timedelta(minutes=minute - anchor)
        return (stood.astimezone(UTC) + counted).astimezone(self.zone)


def clock_of(log: Log) -> Clock:
    """The clock of a course.

    Raises:
        Refused: its log names no known time zone.
    """
    midnight = datetime.combine(log.start, time.min)
    return Clock(midnight, None if log.zone is None else zone(log.zone))


def format_moment(moment: datetime) -> str:
    """A moment in a message.

    >>> format_moment(datetime(2025, 12, 3, 8, 0))
    '2025-12-03 08:00'
    """
    return f"{moment:%Y-%m-%d %H:%M}"


def in_time(
    slots: Sequence[Slot], clock: Clock | None
) -> Iterable[tuple[Slot, datetime | None, datetime | None]]:
    """Slots with their local times, earliest and latest, in the order in which they come.

    Args:
        clock: None where there are no dates.

    Raises:
        Refused: beyond the years 1 to 9999.
    """
    if clock is None:
        return ((slot, None, None) for slot in slots)
    try:
        found = [(slot, clock.moment(slot), clock.latest(slot)) for slot in slots]
        if clock.zone is not None:
            found.sort(key=lambda told: told[1].timestamp())
    except OverflowError:
        raise Refused(_BEYOND) from None
    return found


def twice(when: datetime) -> bool:
    """Whether a clock time exists twice on its day, since clocks went back."""
    return when.replace(fold=0).utcoffset() != when.replace(fold=1).utcoffset()


_NO_PLACE = ("localtime", "Factory", "posixrules")
"""Names that mean another zone on every machine."""


@cache
def _known() -> frozenset[str]:
    """Every name of a zone, read from the disk once: a log asks for its zone several times."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


_OFFSET = r"(?i)(?:Etc/)?(?:GMT(?:[+-]?\d+)?|Greenwich)|[EMH]ST"
"""Names of offsets, taken for the zone of places whose clocks change; UTC is taken for none."""

_PLACE_OF = {"EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu"}
_PLACE_OF |= dict.fromkeys(("GMT", "GREENWICH"), "Europe/London")
_PLACES = "America/New_York or Asia/Tokyo"
"""`Etc/GMT+1` is an hour west of Greenwich, and who writes `GMT+1` means an hour east of it."""


def places() -> list[str]:
    """Every name of a zone that may be chosen: of a place, and UTC."""
    return sorted(name for name in _known() - {*_NO_PLACE} if not re.fullmatch(_OFFSET, name))


def chosen(name: str) -> ZoneInfo:
    """The time zone that somebody chooses by its IANA name; a log may have been begun with another.

    Raises:
        Refused: no such zone, or one of an offset, which stays where it is in summer.
    """
    if re.fullmatch(_OFFSET, name):
        like = _PLACE_OF.get(name.upper().removeprefix("ETC/").rstrip("+-0"), _PLACES)
        problem = f"{name!r} is an offset, which has no clock changes"
        raise Refused(f"{problem}; write the IANA name of the place, like {like}, or UTC")
    return zone(name)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        Refused: no such zone; offers what is meant where that is sure enough to be typed blind.
    """
    from zoneinfo import ZoneInfo

    known = _known()
    if name in known and name not in _NO_PLACE:
        return ZoneInfo(name)
    raise Refused(f"no time zone is called {name!r}; {_answer(name, frozenset(places()))}")


def _answer(name: str, known: frozenset[str]) -> str:
    """What to write in place of a name that is none."""
    if same := sorted(zone for zone in known if zone.casefold() == name.casefold()):
        return f"did you mean {same[0]!r}?"
    if place := _of_windows(name, known):
        told = f"that is how Windows names the zone of {place!r} (CLDR)"
        return f"{told}; write this, or the IANA name of the place"
    if name.casefold().endswith(" time"):
        return "a zone is named by a place; write its IANA name, like Europe/London"
    if any(char.isdigit() for char in name):
        return f"an offset has no clock changes; write an IANA name, like {_PLACES}"
    if guesses := _meant(name, known):
        return f"did you mean {' or '.join(map(repr, guesses))}?"
    return "write an IANA name, like Europe/London"


def _of_windows(name: str, known: frozenset[str]) -> str | None:
    """The zone that Windows gives a name; None where it is none of its names.

    The table is that of CLDR (windowsZones, territory 001). A zone of Windows stands for many
    places, so its name is answered and never taken. Windows says `Daylight` in summer.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    by_fold = {windows.casefold(): place for windows, place in WINDOWS_TO_OLSON.items()}
    place = by_fold.get(name.casefold().replace(" daylight time", " standard time"))
    return place if place in known else None


_ALIKE = 0.87
"""So like (difflib's ratio) is a slip: a letter more in a name of five. `CEST` is no `EST`."""


def _meant(name: str, known: frozenset[str]) -> list[str]:
    """The zones that a name may mean; none where it may be the name of another place.

    The place is compared, wherever it lies: most cities have no zone of their own, and what is
    likest to their name lies in another part of the world (Delhi, Dili).
    """
    from difflib import get_close_matches

    by_place: dict[str, list[str]] = {}
    for zone in sorted(known):
        by_place.setdefault(_place(zone), []).append(zone)
    likest = get_close_matches(_place(name), by_place, n=1, cutoff=_ALIKE)
    return by_place[likest[0]] if likest else []


def _place(name: str) -> str:
    return name.rpartition("/")[2].replace(" ", "_").casefold()


def assumed_times(regimen: Regimen, timetable: Timetable, at: int) -> dict[Dose, Assumption]:
    """The schedule's own assumptions about the times of day of a dose."""
    found: dict[Dose, Assumption] = {}
    last = max((each.number for each in regimen.assumptions), default=0)

    def assume(dose: Dose, text: str, because: str, other: str) -> None:
        found[dose] = Assumption(
            number=last + len(set(found.values())) + 1,
            about=f"{dose.path}.at",
            text=text,
            because=because,
            setting=option_text(f"{dose.path}.at", other),
        )

    for slot in timetable.slots:
        dose = slot.dose
        if dose in found:
            continue
        like = next((own for own in found if own.as_written is dose.as_written), None)
        if like is not None:
            found[dose] = found[like]
            continue
        if dose.at is not None and dose.at.kind == "times a day":
            listed = ", ".join(clock(at + minute) for minute in dose.at.minutes)
            text = f"{dose.at.text} is spread over 12 waking hours from the start time: {listed}."
            because = "The file says how often in a day but gives no clock times."
            assume(dose, text, because, f"[{_offsets(dose.at)}]")
        if slot.after is not None:
            text = (
                f"{dose.path} begins when the infusion of {slot.after.path} has ended, even at "
                f"its longest: {lasting(slot.minute - slot.anchor)} after the start time, "
                f"{clock(slot.minute)}."
            )
            because = f"Both are infusions of {dose.drug} on one day, without times of day."
            assume(dose, text, because, "+0 hours")
    return found


def _offsets(at: At) -> str:
    """Times of a day as offsets from its start time, as a file would write them."""
    unit, size = ("minutes", 1) if any(minute % 60 for minute in at.minutes) else ("hours", 60)
    return ", ".join(f"+{minute // size} {unit}" for minute in at.minutes)
