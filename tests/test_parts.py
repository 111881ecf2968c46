"""What a picture knows of one administration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from il2calc import timing
from il2calc.administration import Recorded, State
from il2calc.parts import Part, of_administration, of_slot
from il2calc.schedule import Schedule, make
from written import regimen

D = Decimal
BERLIN = ZoneInfo("Europe/Berlin")
TEXT = "doses: [{{drug: primumab, amount: 12 mg{day}, route: IV, day: 1, {rest}}}]"


def scheduled(rest: str, start: date | None = None, zone: ZoneInfo | None = None) -> Schedule:
    return make(regimen(TEXT.format(day="", rest=rest)), start=start, zone=zone)


def first(schedule: Schedule) -> Part:
    return of_administration(schedule.administrations[0], schedule)


@pytest.mark.parametrize(
    ("rest", "later"),
    [
        ("over: 120 hours", 5),  # 08:00 + 5 x 24 h = 08:00 of day 6
        ("over: 96 to 120 hours", 5),  # the longest
        ("over: 24 hours", 1),
        ("over: 16 hours", 0),  # until 24:00: nothing is left for the next day
        ("over: 961 minutes", 1),  # until 00:01
        ("over: 30 minutes, at: '23:30'", 0),
        ("over: 31 minutes, at: '23:30'", 1),
        ("at: '23:30'", 0),
    ],
)
def test_an_infusion_runs_until_its_last_minute_from_its_own_start(rest: str, later: int) -> None:
    """With a date, without one, and without a patient; its length is told as the file has it."""
    read = regimen(TEXT.format(day="", rest=rest))
    (slot,) = timing.expand(read).slots
    for each in (
        first(scheduled(rest)),
        first(scheduled(rest, date(2026, 12, 1))),
        first(scheduled(rest, date(2026, 12, 1), BERLIN)),
        of_slot(slot, None),
    ):
        assert (each.day, each.later, each.last) == (0, later, later)
        told = rest.partition(",")[0]
        assert each.over == (told.removeprefix("over: ") if "over" in told else "")


def test_an_infusion_lasts_elapsed_time_also_where_clocks_change() -> None:
    """24 h from 00:30 of 2026-10-25, a day of 25 h: until 23:30 of it; 00:30 without a zone."""
    rest = "over: 24 hours, at: '00:30'"
    assert first(scheduled(rest, date(2026, 10, 25), BERLIN)).later == 0
    assert first(scheduled(rest, date(2026, 10, 25))).later == 1


def test_an_infusion_beyond_the_calendar_is_counted_by_the_clock() -> None:
    """48 h from 08:00 of the last day of year 9999 reach into the second day after it."""
    made = scheduled("over: 48 hours", date(2026, 12, 1), BERLIN)
    (row,) = made.administrations
    late = replace(row, when=datetime(9999, 12, 31, 8, tzinfo=UTC))
    assert of_administration(late, made).later == 2


def test_an_infusion_that_was_given_runs_from_when_it_was() -> None:
    """24 h, planned for 08:00 of day 1 and begun at 00:00 of day 2: until the end of day 2."""
    made = scheduled("over: 24 hours", date(2026, 12, 1))
    begun = datetime.fromisoformat("2026-12-02T00:00")
    given = replace(made, recorded={1: Recorded("given", begun)})
    assert (first(given).day, first(given).last) == (1, 1)
    at_once = replace(made, recorded={1: Recorded("given", None, D(9))})
    assert (first(at_once).day, first(at_once).last) == (0, 1)
    assert first(at_once).amount.value == 9


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - {"given"}))
def test_what_was_held_or_stopped_is_not_given(state: State) -> None:
    """What is only planned is drawn as before."""
    made = scheduled("only_if: need")
    became = first(replace(made, recorded={1: Recorded(state)}))
    assert became == first(made)._replace(held=state in ("held", "stopped"))
    assert became.only_if == ("need",)


def test_a_share_of_a_days_amount_has_that_amount() -> None:
    """12 mg a day in three parts are 4 mg each."""
    read = regimen(TEXT.format(day="/day", rest="at: 3 times a day"))
    amounts = [of_slot(slot, None).amount for slot in timing.expand(read).slots]
    assert [(each.value, each.per_day) for each in amounts] == [(D(4), False)] * 3
