"""Calendar files in the tests: made from schedules, and read back as programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from icalendar import Calendar, Event

from il2calc import language
from il2calc.format import ics
from il2calc.model.patient import Patient
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.review.of_schedule import review

D = Decimal
AS_OF = datetime(2026, 11, 22, 10, 30, 59, tzinfo=UTC)

NPC = make(
    language.load("npc-bolus"), Patient(weight=D(70)), start=date(2025, 1, 6), subject="S-07"
)
IMATINIB = make(
    language.load("imatinib"), times={"cycle": 2}, start=date(2024, 1, 22), subject="S-07"
)


def exported(
    schedule: Schedule,
    cautions: Sequence[Caution] | None = None,
    *,
    as_of: datetime = AS_OF,
    per_day: bool = False,
    with_patient: bool = False,
) -> bytes:
    """A calendar file of a schedule, with the cautions that belong to it."""
    reviewed = review(schedule) if cautions is None else cautions
    return ics.document(schedule, reviewed, as_of=as_of, per_day=per_day, with_patient=with_patient)


def calendar(content: bytes) -> Calendar:
    """The calendar of a file."""
    read = Calendar.from_ical(content)
    assert isinstance(read, Calendar)
    return read


def events(content: bytes) -> list[Event]:
    """The events of a file, in its order."""
    return calendar(content).events


def day(event: Event) -> date:
    """When an event begins, on a day or at a moment."""
    begins = event.decoded("dtstart")
    assert isinstance(begins, date)
    return begins


def moment(event: Event) -> datetime:
    """When an event begins, at a moment."""
    begins = day(event)
    assert isinstance(begins, datetime)
    return begins


def unfolded(content: bytes) -> list[str]:
    """The lines of a file as they were before they were folded."""
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
