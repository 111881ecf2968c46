"""What a log calls for: cautions about what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from il2calc.administration import numbered
from il2calc.course import Log, Weighed, chain_text
from il2calc.dosing import needs
from il2calc.planned import Turn
from il2calc.record import given
from il2calc.record.continuing import LONGEST_CONTINUED
from il2calc.record.laying import Laid
from il2calc.record.places import chain_of
from il2calc.record.standing import Standing, Told
from il2calc.regimen import NOT_STATED, Regimen
from il2calc.schedule import Caution, Schedule
from il2calc.units import exact, short

WEIGHT_CHANGE = Decimal(10)
"""A change of weight that is not taken up is cautioned from this share of the dosing weight on [%]:
the least that is usually held to call for new doses."""


_MOST_TOLD = 6
"""Differences between two regimen files that a message names."""

_FLAT = "none is reckoned from the weight"


def cautions(standing: Standing, laid: Laid, now: Schedule, on: date) -> Iterator[Caution]:
    """What a careful pharmacist would point out about what was recorded.

    Args:
        laid: where everything lies.
        now: the schedule as it lies now, with what became of each administration.
        on: the day on which it is looked at.
    """
    if (text := changed(standing.regimen, standing.log)) is not None:
        yield Caution("regimen-changed", text)
    yield from _reductions(standing, now)
    yield from _weights(standing, now)
    yield from given.cautions(standing, now)
    yield from _left_behind(standing)
    yield from _long_delays(laid, now)
    yield from _undecided(standing, now, on)
    yield from _unrecorded(now)


def changed(regimen: Regimen, log: Log) -> str | None:
    """What differs between the regimen file and the one that the log was begun with."""
    if regimen.origin.sha256 == log.sha256:
        return None
    versions = f"version {log.version}"
    if regimen.version != log.version:
        versions = f"version {log.version} then, {regimen.version} now"
    else:
        versions += " both times"
    differs = "".join(f"; {each}" for each in _differences(regimen, log))
    return (
        f"the regimen file of {regimen.id} is not the one that the log was begun with: {versions}; "
        f"SHA-256 {log.sha256[:16]} then, {regimen.origin.sha256[:16]} now{differs}"
    )


def _differences(regimen: Regimen, log: Log) -> Iterator[str]:
    """What the file says otherwise than when the log was begun, as far as the log holds it."""
    if not log.facts:
        return
    was, now = log.facts, regimen.facts
    paths = [path for path in {**was, **now} if was.get(path) != now.get(path)]
    for path in paths[:_MOST_TOLD]:
        yield f"{path}: {was.get(path, NOT_STATED)} then, {now.get(path, NOT_STATED)} now"
    if len(paths) > _MOST_TOLD:
        yield f"{len(paths) - _MOST_TOLD} more"
    if not paths:
        yield "amounts and times are the same"


def _reductions(standing: Standing, now: Schedule) -> Iterator[Caution]:
    """A reduction that the regimen forbids is told for ever after."""
    for entry, effect, _ in standing.reductions:
        reduced = [
            each
            for each in now.administrations
            if each.dose.drug == effect.drug and each.dosed.percent == effect.percent
        ]
        touched = tuple(each.number for each in reduced)
        if capped := [each.number for each in reduced if each.dosed.capped]:
            text = (
                f"the reduction of {effect.drug} to {short(effect.percent)} % leaves the dose at "
                f"its cap ({numbered('row', capped)})"
            )
            yield Caution("reduced-capped", text, tuple(capped))
        share = f"{effect.drug} is reduced to {short(effect.percent)} % (entry {entry.number}"
        if standing.regimen.never_reduce and effect.percent != 100:
            text = (
                f"{share}: {entry.reason}), though {standing.regimen.id} says to withhold doses "
                "and never to reduce them"
            )
            yield Caution("reduced", text, touched, of_patient=True)
        elif entry.overridden:
            text = f"{share}) inside {chain_text(effect.start)}, which had begun"
            yield Caution("override", text, touched, of_patient=True)


def _weights(standing: Standing, now: Schedule) -> Iterator[Caution]:
    for entry, effect, _ in standing.weights:
        if effect.use_from is not None and entry.overridden:
            text = (
                f"the weight of {exact(effect.weight)} kg is used inside "
                f"{chain_text(effect.use_from)}, which had begun (entry {entry.number})"
            )
            yield Caution("override", text, of_patient=True)
        if effect.use_from is not None and (why := _idle(now)):
            text = f"the weight of {exact(effect.weight)} kg changes no dose: {why}"
            yield Caution("weight-unused", text, of_patient=True)
    yield from _not_taken_up(standing, now)


def _idle(now: Schedule) -> str | None:
    """Why a weight changes no dose of a schedule; None where it changes some."""
    used = {needs(each.dose.amount(now.arm)) for each in now.administrations}
    if "weight" in used or ("surface" in used and now.patient.surface_area is None):
        return None
    if "surface" in used:
        return "doses per m2 are reckoned from the body surface area that was given, not a height"
    return _FLAT


def _not_taken_up(standing: Standing, now: Schedule) -> Iterator[Caution]:
    """The newest weight differs much from the one that doses are reckoned with."""
    newest = max(standing.weights, key=_weighed, default=None)
    if newest is None or newest.effect.use_from is not None:
        return
    taken_up = [each for each in standing.weights if each.effect.use_from is not None]
    latest = max(taken_up, key=_weighed, default=None)
    dosing = latest.effect.weight if latest is not None else standing.log.patient.weight
    if dosing is None or (idle := _idle(now)) == _FLAT:
        return
    weight, change = newest.effect.weight, (newest.effect.weight - dosing) / dosing * 100
    if abs(change) >= WEIGHT_CHANGE:
        text = (
            f"the weight of {exact(weight)} kg on {newest.effect.on} differs by "
            f"{short(abs(change), 3)} % from the {exact(dosing)} kg "
        )
        if idle:
            text += f"of the start, and {idle}; a new surface area needs a new log"
        else:
            text += "that doses are reckoned with, and is not taken up (log weigh --use-from BLOCK)"
        yield Caution("weight-change", text, of_patient=True)


def _weighed(told: Told[Weighed]) -> tuple[date, int]:
    """Of two weights that reach a dose the later weighing counts, then the later entry."""
    return told.effect.on, told.entry.number


def _left_behind(standing: Standing) -> Iterator[Caution]:
    """Doses of what lies around a delayed turn, which keep their days beside it."""
    for chain in dict.fromkeys(chain for chain, _ in standing.delays):
        turn = standing.plan.turns[chain]
        around = set(_around(turn))
        left: dict[str, list[int]] = {}
        for key, slot in standing.plan.slots.items():
            if slot.turn in around and slot.day >= turn.start:
                left.setdefault(slot.dose.name, []).append(standing.rows[key])
        for name, rows in left.items():
            text = (
                f"{name} stands beside {chain_text(chain)} and is not delayed with it "
                f"({numbered('row', sorted(rows))}); log shift moves it"
            )
            yield Caution("left-behind", text, tuple(sorted(rows)))


def _around(turn: Turn) -> Iterator[Turn]:
    """The turns around one, that of the regimen too."""
    while turn.outer is not None:
        turn = turn.outer
        yield turn


def _long_delays(laid: Laid, now: Schedule) -> Iterator[Caution]:
    for each in laid.continued:
        name, dose = chain_text(each.delayed), each.dose
        if not each.slots:
            text = (
                f"{dose.name} is not drawn through the delay of {name}: it had ended before it, or "
                "has no rhythm to go on in; what is given in it is not in this schedule"
            )
            yield Caution("not-continued", text)
        elif each.days > LONGEST_CONTINUED:
            touched = tuple(row.number for row in now.administrations if each.holds(row))
            text = (
                f"{dose.name} goes on through the delay of {name} by {each.days} days; a source "
                f"lets it go on for up to {LONGEST_CONTINUED}"
            )
            yield Caution("long-delay", text, touched)


def _undecided(standing: Standing, now: Schedule, on: date) -> Iterator[Caution]:
    """A conditional turn whose day has come without a decision."""
    found: dict[str, None] = {}
    for each in now.administrations:
        if now.recorded[each.number].state == "conditional" and each.when is not None:
            turn = standing.decisions.undecided(each.turn)
            if turn is not None and standing.moments.local(each.when).date() < on:
                found[chain_text(chain_of(turn))] = None
    if found:
        names = list(found)
        more = ", ..." if names[4:] else ""
        which = ", ".join(names[:4])
        text = (
            f"nothing is decided of {which}{more}, whose day has passed "
            f'(log decide "{names[0]}" yes, or no)'
        )
        yield Caution("undecided", text)


def _unrecorded(now: Schedule) -> Iterator[Caution]:
    rows = [number for number, each in now.recorded.items() if each.state == "unrecorded"]
    if rows:
        text = f"nothing is recorded of {numbered('row', rows)}, whose day has passed"
        yield Caution("unrecorded", text)
