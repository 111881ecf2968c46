"""Names that calendar programs know an event by: the same dose keeps its name when plans change."""

from __future__ import annotations

import json
from hashlib import sha256

from il2calc.administration import Administration
from il2calc.schedule import Schedule

_DOMAIN = "il2calc"


def of_administration(schedule: Schedule, each: Administration) -> str:
    """Under which UID does an administration stand in every export?

    It rests on subject, regimen id, block turns, drug, name and number of the dose. What may
    change between two exports of one plan has no part in it: dates, amounts, arm and version.
    """
    dose = each.dose
    return _uid("administration", schedule, each, [dose.drug, dose.name, each.dose_number])


def of_day(schedule: Schedule, first: Administration) -> str:
    """Under which UID does a treatment day stand in every export?

    It rests on subject, regimen id, and block turns and block day of the day's first
    administration.
    """
    return _uid("day", schedule, first, [first.block_day])


def _uid(kind: str, schedule: Schedule, each: Administration, own: list[str | int]) -> str:
    """A digest of a list written as JSON: no text in it can pass for two, or for another."""
    turns = [[turn.block.name, turn.number] for turn in each.turn.chain()]
    identity = json.dumps([kind, schedule.subject, schedule.regimen.id, turns, *own])
    return f"{sha256(identity.encode('ascii')).hexdigest()[:40]}@{_DOMAIN}"
