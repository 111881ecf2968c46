"""What became of each administration, by a log and a day to look at it.

Given and held are what the log says. Of the rest, stopped is what lies after the moment of
stopping or on a branch that was decided against; conditional, what still depends on something,
whatever the day; then by the day on which it falls: unrecorded before the day of `as_of`, due on
it, planned after it. Where a range lies before it, it is due from its earliest day to its latest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from il2calc.administration import Administration, Recorded
from il2calc.course import Chain, Entry, Given
from il2calc.record.laying import Laid
from il2calc.record.places import key_of
from il2calc.record.standing import Standing, Told
from il2calc.units import convert


def states(
    standing: Standing, laid: Laid, administrations: Iterable[Administration], on: date
) -> dict[int, Recorded]:
    """What became of each administration, by its number.

    Args:
        laid: where everything lies.
        on: the day on which it is looked at, by the course's own clock.
    """
    ends = _Ends(standing, laid)
    return {each.number: _state(standing, each, on, ends) for each in administrations}


def _state(standing: Standing, each: Administration, on: date, ends: _Ends) -> Recorded:
    key = key_of(each)
    if (told := standing.given.get(key)) is not None:
        return _given(standing, each, told)
    if (held := standing.held.get(key)) is not None:
        return Recorded("held", reason=held.reason or "")
    assert each.when is not None, "a course has dates"
    local = standing.moments.local(each.when)
    if (end := ends.of(each, key.turns, local)) is not None:
        return Recorded("stopped", reason=end.reason or "")
    if each.only_if:
        return Recorded("conditional")
    if local.date() <= on <= (each.latest_date or local.date()):
        return Recorded("due")
    return Recorded("unrecorded" if local.date() < on else "planned")


def _given(standing: Standing, each: Administration, told: Told[Given]) -> Recorded:
    at, amount = told.effect.at, told.effect.amount
    when = each.when if at is None else standing.moments.meant(at)
    dosed = each.dosed
    value = dosed.value if amount is None else convert(amount.value, amount.unit, dosed.unit)
    return Recorded("given", when, value, told.entry.reason or "")


class _Ends:
    """By which entry a dose is not given any more."""

    def __init__(self, standing: Standing, laid: Laid) -> None:
        decisions, decided = standing.decisions, standing.decided
        ended = {chain: decisions.ended(chain) for chain in standing.places.turns}
        self.turns = {chain: decided[end].entry for chain, end in ended.items() if end is not None}
        self.drawn = [each for each in laid.continued if each.delayed in self.turns]
        self.stopped = standing.stopped

    def of(self, each: Administration, turns: Chain, local: datetime) -> Entry | None:
        """The entry that ended it: its branch, the delay it is drawn through, or the course."""
        if turns in self.turns:
            return self.turns[turns]
        ending = [self.turns[drawn.delayed] for drawn in self.drawn if drawn.holds(each)]
        if self.stopped is not None:
            ending.append(self.stopped)
        return next((entry for entry in ending if local > entry.entered), None)
