"""What a log says besides doses: delays, weights, reductions, decisions, in words."""

from __future__ import annotations

from collections.abc import Iterator

from il2calc.course import Chain, Given, Held, Log
from il2calc.record import Course
from il2calc.render import words
from il2calc.render.entry import said


def head(course: Course) -> Iterator[tuple[str, str]]:
    """The lines above the rows that tell the log, and the day on which it is looked at."""
    count = len(course.log.in_force())
    entries = "1 entry" if count == 1 else f"{count} entries" if count else "no entries yet"
    yield "log", f"{course.log.file}, {entries}"
    later = sum(each.entered.date() > course.as_of.date() for each in course.log.in_force())
    which = f"{later} {'entry is' if later == 1 else 'entries are'} of a later day"
    yield "as of", f"{words.dated(course.as_of)}{f'; {which}' if later else ''}"


def told(log: Log) -> Iterator[str]:
    """Every entry in force that changes the plan, with its reason."""
    for entry in log.in_force():
        if not isinstance(entry.effect, Given | Held):
            reason = f": {entry.reason}" if entry.reason else ""
            spite = ", in spite of a refusal" if entry.overridden else ""
            yield f"{said(entry.effect, log)}{spite}{reason} (entry {entry.number})"


def name(turns: Chain) -> str:
    """A block turn as tables name it; the regimen itself has no name."""
    return ", ".join(f"{block} {number}" for block, number in turns)
