"""The date and moment of each slot, by local clock times or in a time zone.

Also the assumptions about times of day that a file leaves open.
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

_OUT_OF_RANGE = "the dates would leave the years 1 to 9999; give another --start"


def midnight_of_day_1(
    timetable: Timetable, start: date | None, first_dose: date | None
) -> datetime | None:
    """Midnight of day 1; None without dates.

    Args:
        start: the date of day 1.
        first_dose: the date of the first slot, instead of `start`.

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
        raise Refused(_OUT_OF_RANGE) from None


def date_of_day_1(regimen: Regimen, date_of: tuple[int, date]) -> date:
    """The date of day 1, given a numbered day of the regimen and its date.

    Raises:
        Refused: there is no such day; beyond the years 1 to 9999.
    """
    day, its_date = date_of
    if day == 0 and not regimen.day_zero:
        hint = "give the date of day 1 or day -1, or read the file with 'numbering: with day 0'"
        raise Refused(f"{regimen.id} has no day 0; {hint}")
    try:
        return its_date - timedelta(days=offset_of(day, regimen.day_zero))
    except OverflowError:
        raise Refused(_OUT_OF_RANGE) from None


class Clock(NamedTuple):
    """Turns relative times into local ones.

    Offsets and repeats that are not by whole days (every 8 hours) count elapsed time. Everything
    set for a day or a clock time, and a repeat by whole days (every 24 hours), keeps its clock
    time. A clock time that a change skips is read with the offset from before the change; of one
    that exists twice, the first is meant (RFC 5545, section 3.3.5).

    Args:
        midnight: of day 1 of the regimen, without a zone.
        zone: None = local clock times without a zone.
    """

    midnight: datetime
    zone: ZoneInfo | None

    def moment(self, slot: Slot) -> datetime:
        """The moment of a slot.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        return self._moment(slot.anchor, slot.minute)

    def latest(self, slot: Slot) -> datetime | None:
        """The latest moment of a slot; None if there is no range before it.

        The whole days of a range keep the clock time; the rest of it is elapsed time.

        Raises:
            OverflowError: beyond the years 1 to 9999.
        """
        if slot.latest is None:
            return None
        days = (slot.latest - slot.minute) // DAY * DAY
        return self._moment(slot.anchor + days, slot.latest)

    def moment_of(self, slot: Slot) -> datetime:
        """The moment of a slot of a course.

        Raises:
            Refused: beyond the years 1 to 9999.
        """
        try:
            return self.moment(slot)
        except OverflowError:
            raise Refused("the dates would leave the years 1 to 9999; move by less") from None

    def typed_moment(self, local: datetime, *, fold: int = 0) -> datetime:
        """The moment that a typed local time means, in the zone if there is one.

        A time that a clock change skips becomes another one. Of a time that exists twice, its own
        fold or `fold` says which is meant, 0 = the first.
        """
        if self.zone is None:
            return local
        moment = local.replace(tzinfo=self.zone, fold=local.fold or fold)
        return moment.astimezone(UTC).astimezone(self.zone)

    def local(self, moment: datetime) -> datetime:
        """A moment as this clock shows it, without a zone."""
        if moment.tzinfo is None:
            return moment
        in_zone = moment if self.zone is None else moment.astimezone(self.zone)
        return in_zone.replace(tzinfo=None)

    def _moment(self, anchor: int, minute: int) -> datetime:
        if self.zone is None:
            return self.midnight + timedelta(minutes=minute)
        by_clock = (self.midnight + timedelta(minutes=anchor)).replace(tzinfo=self.zone)
        elapsed = timedelta(minutes=minute - anchor)
        return (by_clock.astimezone(UTC) + elapsed).astimezone(self.zone)


def clock_of(log: Log) -> Clock:
    """The clock of a course.

    Raises:
        Refused: its log names an unknown time zone.
    """
    midnight = datetime.combine(log.start, time.min)
    return Clock(midnight, None if log.zone is None else zone(log.zone))


def format_moment(moment: datetime) -> str:
    """A moment as messages show it.

    >>> format_moment(datetime(2025, 12, 3, 8, 0))
    '2025-12-03 08:00'
    """
    return f"{moment:%Y-%m-%d %H:%M}"


def dated_slots(
    slots: Sequence[Slot], clock: Clock | None
) -> Iterable[tuple[Slot, datetime | None, datetime | None]]:
    """Slots with their earliest and latest local times, in the order of time.

    Args:
        clock: None without dates.

    Raises:
        Refused: beyond the years 1 to 9999.
    """
    if clock is None:
        return ((slot, None, None) for slot in slots)
    try:
        dated = [(slot, clock.moment(slot), clock.latest(slot)) for slot in slots]
        if clock.zone is not None:  # elapsed time and clock time may change the order
            dated.sort(key=lambda item: item[1].timestamp())
    except OverflowError:
        raise Refused(_OUT_OF_RANGE) from None
    return dated


def is_ambiguous(when: datetime) -> bool:
    """Whether a clock time exists twice on its day, because clocks go back."""
    return when.replace(fold=0).utcoffset() != when.replace(fold=1).utcoffset()


_OF_MACHINE = ("localtime", "Factory", "posixrules")
"""Names that mean another zone on every machine."""


@cache
def _zones() -> frozenset[str]:
    """Every zone name, read from the disk once, because a log needs its zone several times."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


_OFFSET = r"(?i)(?:Etc/)?(?:GMT(?:[+-]?\d+)?|Greenwich)|[EMH]ST"
"""Names of offsets, which are mistaken for zones with clock changes; UTC never is."""

_PLACE_OF = {"EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu"}
_PLACE_OF |= dict.fromkeys(("GMT", "GREENWICH"), "Europe/London")
_PLACES = "America/New_York or Asia/Tokyo"
"""Examples for `GMT+1`, meant an hour east of Greenwich; `Etc/GMT+1` is an hour west of it."""


def zone_names() -> list[str]:
    """Every zone name that may be chosen: those of places, and UTC."""
    return sorted(name for name in _zones() - {*_OF_MACHINE} if not re.fullmatch(_OFFSET, name))


def choose_zone(name: str) -> ZoneInfo:
    """The time zone that a user chooses by its IANA name; an old log may still have an offset.

    Raises:
        Refused: no such zone, or an offset, which has no clock changes.
    """
    if re.fullmatch(_OFFSET, name):
        like = _PLACE_OF.get(name.upper().removeprefix("ETC/").rstrip("+-0"), _PLACES)
        problem = f"{name!r} is an offset, which has no clock changes"
        raise Refused(f"{problem}; write the IANA name of the place, like {like}, or UTC")
    return zone(name)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        Refused: no such zone; suggests a name only if it is surely the one that is meant.
    """
    from zoneinfo import ZoneInfo

    if name in _zones() and name not in _OF_MACHINE:
        return ZoneInfo(name)
    raise Refused(f"no time zone is called {name!r}; {_suggestion(name, frozenset(zone_names()))}")


def _suggestion(name: str, known: frozenset[str]) -> str:
    """What to write instead of an unknown name."""
    if same := sorted(zone for zone in known if zone.casefold() == name.casefold()):
        return f"did you mean {same[0]!r}?"
    if place := _windows_zone(name, known):
        fact = f"that is how Windows names the zone of {place!r} (CLDR)"
        return f"{fact}; write this, or the IANA name of the place"
    if name.casefold().endswith(" time"):
        return "a zone is named by a place; write its IANA name, like Europe/London"
    if any(char.isdigit() for char in name):
        return f"an offset has no clock changes; write an IANA name, like {_PLACES}"
    if guesses := _near_places(name, known):
        return f"did you mean {' or '.join(map(repr, guesses))}?"
    return "write an IANA name, like Europe/London"


def _windows_zone(name: str, known: frozenset[str]) -> str | None:
    """The zone that Windows calls so; None if it is no Windows name.

    The table is that of CLDR (windowsZones, territory 001). A Windows zone covers many places, so
    the place is suggested, never taken. Windows writes `Daylight` in summer.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    by_fold = {windows.casefold(): place for windows, place in WINDOWS_TO_OLSON.items()}
    place = by_fold.get(name.casefold().replace(" daylight time", " standard time"))
    return place if place in known else None


_SIMILARITY = 0.87
"""The least similarity of a slip (difflib's ratio): five letters and one more; not CEST and EST."""


def _near_places(name: str, known: frozenset[str]) -> list[str]:
    """The zones of a place that is spelled almost so; none if another place may be meant.

    Only the place is compared, not its continent: most cities have no zone of their own, and the
    most similar name is then somewhere else in the world (Delhi, Dili).
    """
    from difflib import get_close_matches

    by_place: dict[str, list[str]] = {}
    for zone in sorted(known):
        by_place.setdefault(_place(zone), []).append(zone)
    nearest = get_close_matches(_place(name), by_place, n=1, cutoff=_SIMILARITY)
    return by_place[nearest[0]] if nearest else []


def _place(name: str) -> str:
    return name.rpartition("/")[2].replace(" ", "_").casefold()


def assumed_times(regimen: Regimen, timetable: Timetable, at: int) -> dict[Dose, Assumption]:
    """The schedule's own assumptions about the times of day of a dose."""
    assumptions: dict[Dose, Assumption] = {}
    last = max((assumption.number for assumption in regimen.assumptions), default=0)
    for slot in timetable.slots:
        dose = slot.dose
        same = next((other for other in assumptions if other.as_written is dose.as_written), None)
        if same is not None:
            assumptions[dose] = assumptions[same]
            continue
        if dose.at is not None and dose.at.kind == "times a day":
            listed = ", ".join(clock(at + minute) for minute in dose.at.minutes)
            text = f"{dose.at.text} is spread over 12 waking hours from the start time: {listed}."
            because = "The file says how often in a day but gives no clock times."
            otherwise = f"[{_offsets(dose.at)}]"
        elif slot.after is not None:
            text = (
                f"{dose.path} begins when the infusion of {slot.after.path} has ended, even at "
                f"its longest: {lasting(slot.minute - slot.anchor)} after the start time, "
                f"{clock(slot.minute)}."
            )
            because = f"Both are infusions of {dose.drug} on one day, without times of day."
            otherwise = "+0 hours"
        else:
            continue
        number, about = last + len(set(assumptions.values())) + 1, f"{dose.path}.at"
        setting = option_text(about, otherwise)
        assumptions[dose] = Assumption(number, about, text, because, setting=setting)
    return assumptions


def _offsets(at: At) -> str:
    """Times of a day as offsets from its start time, in the words of a file."""
    unit, size = ("minutes", 1) if any(minute % 60 for minute in at.minutes) else ("hours", 60)
    return ", ".join(f"+{minute // size} {unit}" for minute in at.minutes)
