"""A course log taken back into its schedule: what was recorded, and the rest planned again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from il2calc import schedule
from il2calc.administration import Administration, Recorded
from il2calc.course import DoseKey, Log
from il2calc.record import admission, remarks, rules
from il2calc.record.bodies import bodies
from il2calc.record.places import key_of
from il2calc.record.states import states
from il2calc.record.tally import Tally, tallies
from il2calc.regimen import Regimen
from il2calc.schedule import Body, Caution, Revision, Schedule
from il2calc.timing import Slot, Timetable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Row(NamedTuple):
    """One administration: as it lies now, as the plan had it, and what became of it.

    Args:
        plain: as the plan had it before the log; None where a delay added it.
    """

    administration: Administration
    key: DoseKey
    plain: Administration | None
    recorded: Recorded

    @property
    def number(self) -> int:
        """Its row number, as people type it."""
        return self.administration.number


@dataclass(frozen=True, slots=True)
class Course:
    """A schedule as it lies now, beside the plan and what was recorded.

    Args:
        as_of: when it is looked at, by its own clock.
        plain: the plan without the log.
        schedule: the administrations as they lie now, with what became of each.
        tallies: per drug and innermost block turn, then per drug in all.
        cautions: what the log itself calls for; those of the schedule are `cautions.review`.
        notes: the rules that the log used, one line each.
    """

    log: Log
    as_of: datetime
    plain: Schedule
    schedule: Schedule
    rows: tuple[Row, ...]
    tallies: tuple[Tally, ...]
    cautions: tuple[Caution, ...]
    notes: tuple[str, ...]


def replay(regimen: Regimen, log: Log, as_of: datetime) -> Course:
    """The schedule of a course as its log leaves it.

    Args:
        regimen: read with the settings of the log.
        as_of: the moment at which it is looked at; a time without a zone is by the course's clock.

    Raises:
        FaultyFile: entries that may not stand; all of them are told.
        Il2calcError: whatever the regimen refuses of the log's patient, arm, turns and zone.
    """
    standing = admission.standing(regimen, log)
    laid = standing.lay(standing.begun)
    reckoned = bodies(standing)
    settled = tuple(standing.decisions.settled(laid.places.timetable.slots))

    def move(_: Timetable) -> Timetable:
        return laid.places.timetable._replace(slots=settled)

    def body(slot: Slot, planned: Body) -> Body:
        return reckoned.of(laid.places.key(slot), planned)

    plain = _made(regimen, log, standing.moments.zone, None)
    now = _made(regimen, log, standing.moments.zone, Revision(move, body))
    as_of = standing.moments.local(as_of)
    recorded = states(standing, laid, now.administrations, as_of.date())
    now = replace(now, recorded=recorded)
    planned = {key_of(each): each for each in plain.administrations}
    rows = tuple(
        Row(each, key, planned.get(key), recorded[each.number])
        for each in now.administrations
        for key in [key_of(each)]
    )
    return Course(
        log=log,
        as_of=as_of,
        plain=plain,
        schedule=now,
        rows=rows,
        tallies=tallies(rows),
        cautions=tuple(remarks.cautions(standing, laid, now, as_of.date())),
        notes=tuple(rules.used(standing, laid, now)),
    )


def _made(regimen: Regimen, log: Log, zone: ZoneInfo | None, revision: Revision | None) -> Schedule:
    return schedule.make(
        regimen,
        log.patient,
        arm=log.arm,
        start=log.start,
        at=log.at,
        times=log.times,
        percents=log.percents,
        subject=log.subject,
        zone=zone,
        revision=revision,
    )


def changed(regimen: Regimen, log: Log) -> str | None:
    """What differs between the regimen file and the one that the log was begun with.

    None where it is the same file to the byte.
    """
    return remarks.changed(regimen, log)
