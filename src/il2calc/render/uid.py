"""Names that calendar programs know an event by: the same dose keeps its name when plans change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from il2calc.administration import Administration
from il2calc.planned import Turn
from il2calc.schedule import Schedule

_DOMAIN = "il2calc"


def numbers(schedule: Schedule) -> dict[int, int]:
    """The number of each administration among those of its dose in its turn, by its row.

    Doses of other names are left out of the count: another start time may put them before or
    after it.
    """
    counted: Counter[tuple[Turn, str]] = Counter()
    found: dict[int, int] = {}
    for each in sorted(schedule.administrations, key=lambda each: each.dose_number):
        counted[each.turn, each.dose.path] += 1
        found[each.number] = counted[each.turn, each.dose.path]
    return found


def of_administration(schedule: Schedule, each: Administration, number: int) -> str:
    """Under which UID does an administration stand in every export?

    It rests on subject, regimen id, block turns, drug, and name and number of the dose. What may
    change between two exports of one plan has no part in it: dates, times, amounts, arm, version.

    Args:
        number: its number among those of its dose in its turn; see `numbers`.
    """
    dose = each.dose
    return _uid("administration", schedule, each, [dose.drug, dose.name, number])


def of_day(schedule: Schedule, rows: Sequence[Administration]) -> str:
    """Under which UID does a treatment day stand in every export?

    It rests on subject, regimen id, and on block turns and block day of one of its
    administrations: the outermost, by name and number of the turns, whatever their times.
    """
    first = min(rows, key=lambda each: (len(_turns(each)), _turns(each), each.block_day))
    return _uid("day", schedule, first, [first.block_day])


def _uid(kind: str, schedule: Schedule, each: Administration, own: list[str | int]) -> str:
    """A digest of a list written as JSON: no text in it can pass for two, or for another."""
    identity = json.dumps([kind, schedule.subject, schedule.regimen.id, _turns(each), *own])
    return f"{sha256(identity.encode('ascii')).hexdigest()[:40]}@{_DOMAIN}"


def _turns(each: Administration) -> list[tuple[str, int]]:
    return [(turn.block.name, turn.number) for turn in each.turn.chain()]
