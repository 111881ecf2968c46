"""Course logs for tests: entries in a few words, and what they come to.

An entry that is not given a moment was entered long after everything, and one that is not given a
number has that of its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from il2calc import Patient, load_regimen
from il2calc.course import Course, replay
from il2calc.course.index import CourseRow
from il2calc.model.effects import Chain, DoseKey, Effect, Given, Held
from il2calc.model.log import Entry, Log
from il2calc.model.regimen import Regimen
from il2calc.units import quantity

D = Decimal
LATE = datetime.fromisoformat("2030-01-01 12:00")
START = date(2025, 12, 1)
"""A Monday."""

SOMEBODY = Patient(weight=D(70), surface_area=D("1.8"))
CYCLE = "course 1/cycle 1"
"""The first cycle of the bolus regimen, 15 doses every 8 hours from 08:00."""


def turn(text: str) -> Chain:
    """A block turn as logs write it: `course 1/cycle 2`."""
    parts = (part.rpartition(" ") for part in text.split("/")) if text else ()
    return tuple((name, int(number)) for name, _, number in parts)


def key(turn_text: str, drug: str, number: int, dose: str | None = None) -> DoseKey:
    """One dose, by its name where that is not its drug's."""
    return DoseKey(turn(turn_text), drug, dose or drug, number)


def given(
    turn_text: str,
    drug: str,
    numbers: Iterable[int],
    *,
    at: str | None = None,
    amount: str | None = None,
    dose: str | None = None,
) -> Given:
    """Doses given, on time and in full where nothing else is stated."""
    return Given(
        tuple(key(turn_text, drug, number, dose) for number in numbers),
        None if at is None else datetime.fromisoformat(at),
        None if amount is None else quantity(amount),
    )


def held(turn_text: str, drug: str, numbers: Iterable[int], dose: str | None = None) -> Held:
    """Doses left out."""
    return Held(tuple(key(turn_text, drug, number, dose) for number in numbers))


def entry(
    effect: Effect,
    entered: str | None = None,
    *,
    reason: str | None = None,
    overridden: bool = False,
) -> Entry:
    """An entry; its number is that of its place in a log."""
    moment = LATE if entered is None else datetime.fromisoformat(entered)
    return Entry(0, moment, effect, reason, overridden)


def log(
    regimen: Regimen, *entries: Effect | Entry, patient: Patient = SOMEBODY, **head: Any
) -> Log:
    """A log of a regimen, from its effects or entries in order."""
    listed = (item if isinstance(item, Entry) else entry(item) for item in entries)
    numbered = tuple(
        entry._replace(number=place, line=10 + place) for place, entry in enumerate(listed, 1)
    )
    fields: Mapping[str, Any] = {"start": START, "at": 8 * 60, **head}
    return Log(
        file="S-07.yaml",
        subject="S-07",
        regimen=regimen.id,
        version=regimen.version,
        sha256=regimen.origin.sha256,
        patient=patient,
        entries=numbered,
        **fields,
    )


def course(
    regimen: Regimen | str, *entries: Effect | Entry, as_of: str = "2025-12-01", **head: Any
) -> Course:
    """What a log of a regimen comes to; a regimen that ships is named."""
    read = load_regimen(regimen) if isinstance(regimen, str) else regimen
    return replay(read, log(read, *entries, **head), datetime.fromisoformat(as_of))


def row(
    course: Course, turn_text: str, drug: str, number: int, dose: str | None = None
) -> CourseRow:
    """The row of a dose."""
    dose_key = key(turn_text, drug, number, dose)
    return next(row for row in course.rows if row.key == dose_key)


def times(course: Course) -> list[str]:
    """The time of every dose of a course, in the order of its rows."""
    return [f"{row.administration.when:%Y-%m-%d %H:%M}" for row in course.rows]


def states(course: Course) -> list[str]:
    """What became of every dose of a course, in the order of its rows."""
    return [row.recorded.state for row in course.rows]
