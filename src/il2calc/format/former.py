"""What did an earlier calendar file of the same plan say?

A plan that is written again with fewer doses says nothing of those that it lost, and a calendar
that is given the newer file alone goes on showing them. So the file that is written over is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import NamedTuple

from icalendar import Calendar

from il2calc.errors import Refused
from il2calc.plan.schedule import Schedule

PLAN = "X-IL2CALC-PLAN"
"""The property of a calendar file that says whose plan by which regimen it is, as a digest."""


class Former(NamedTuple):
    """An event as an earlier file had it; moments of a zone in UTC."""

    uid: str
    title: str
    start: date
    end: date | None
    sequence: int
    cancelled: bool


def mark(schedule: Schedule) -> str:
    """Whose plan by which regimen: alike for every calendar file of one subject and regimen."""
    identity = json.dumps(["plan", schedule.subject, schedule.regimen.id])
    return sha256(identity.encode("ascii")).hexdigest()[:40]


def events(earlier: bytes, schedule: Schedule) -> tuple[Former, ...]:
    """The events of an earlier file of the same subject and regimen.

    Args:
        earlier: the content of a file; one that is of no such plan has none.

    Raises:
        Refused: it says that it is of this plan and cannot be read.
    """
    if f"{PLAN}:{mark(schedule)}".encode() not in earlier:
        return ()
    try:
        return tuple(_events(earlier))
    except (ValueError, KeyError, AttributeError):
        raise Refused(
            "the file that is there holds this plan and cannot be read: what the plan no longer "
            "has could not be cancelled; move it away, or give another --output"
        ) from None


def _events(earlier: bytes) -> Iterator[Former]:
    for event in Calendar.from_ical(earlier).events:
        yield Former(
            uid=str(event["uid"]),
            title=str(event["summary"]),
            start=_in_utc(event.decoded("dtstart")),
            end=_in_utc(event.decoded("dtend")) if "dtend" in event else None,
            sequence=int(event.decoded("sequence")),
            cancelled=event["status"] == "CANCELLED",
        )


def _in_utc(when: date) -> date:
    """A moment of a zone in UTC, for the zone may not stand in the new file; else as it is."""
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(UTC)
    return when
