"""When and how much, joined: each test states one fact about dated schedules."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2calc import Patient, load_regimen, make_schedule
from il2calc.errors import Il2calcError, MissingInput, Refused, UnknownName
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DEFAULT_START
from il2calc.plan.dosing import Bound
from il2calc.plan.needs import arm_of
from il2calc.plan.schedule import Body, Caution, Revision, Schedule
from il2calc.plan.timing import Slot, expand
from il2calc.units import quantity
from stated import amount_of, value_of
from written import SMALL, Data, bodies
from written import regimen as written

D = Decimal
ANYBODY = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90))
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))
DAILY = "doses: [{{drug: x, amount: {amount}, route: oral, day: 1, {more}}}]"


def when(schedule: Schedule) -> list[datetime]:
    """The moments of a dated schedule."""
    return [row.when for row in schedule.administrations if row.when is not None]


def amounts(schedule: Schedule) -> list[Decimal]:
    """The amounts, row by row."""
    return [value_of(row) for row in schedule.administrations]


def only(schedule: Schedule) -> Administration:
    """The one row of a schedule."""
    (row,) = schedule.administrations
    return row


# Dates


def test_without_a_start_dates_are_empty_and_days_times_and_hours_are_kept() -> None:
    schedule = make_schedule(load_regimen("npc-bolus"), ANYBODY)
    assert schedule.start is None
    assert {row.when for row in schedule.administrations} == {None}
    assert {row.latest_date for row in schedule.administrations} == {None}
    row = schedule.administrations[30]
    assert (row.regimen_day, row.clock, row.hours, row.latest_day) == (53, "08:00", D(1248), 60)


def test_day_1_is_the_start() -> None:
    """Rule 10: with D1 = 2024-01-22, D-21 is 2024-01-01."""
    regimen = load_regimen("imatinib")
    schedule = make_schedule(regimen, start=date(2024, 1, 22), at=9 * 60, times={"cycle": 1})
    assert schedule.start == datetime(2024, 1, 22, 9)  # noqa: DTZ001 - local clock time
    assert when(schedule)[0] == datetime(2024, 1, 1, 9)  # noqa: DTZ001 - local clock time


def test_the_first_dose_may_be_dated_instead() -> None:
    """Rule 10: with negative days, `--first-dose DATE` counts from the first dose instead."""
    regimen = load_regimen("imatinib")
    by_start = make_schedule(regimen, start=date(2024, 1, 22), times={"cycle": 1})
    by_dose = make_schedule(regimen, first_dose=date(2024, 1, 1), times={"cycle": 1})
    assert when(by_start) == when(by_dose)
    assert by_dose.start == by_start.start


def test_the_first_dose_is_the_one_that_falls_first_however_it_is_written() -> None:
    """Rule 10: a dose half an hour before a start at 00:15 falls on the day before day 1."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: -30 minutes}]")
    schedule = make_schedule(regimen, first_dose=date(2025, 1, 5), at=15)
    assert only(schedule).regimen_day == -1
    assert when(schedule) == [datetime(2025, 1, 5, 23, 45)]  # noqa: DTZ001 - local clock time
    assert schedule.start == datetime(2025, 1, 6, 0, 15)  # noqa: DTZ001 - local clock time


@pytest.mark.parametrize(
    ("start", "at"), [(date(9999, 12, 31), 8 * 60), (date(9999, 12, 30), 23 * 60)]
)
def test_dates_beyond_the_year_9999_are_refused(start: date, at: int) -> None:
    """The last dose is 25 h after the start time of day 1."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: +25 hours}]"
    with pytest.raises(Refused, match="9999"):
        make_schedule(written(body), start=start, at=at)
    assert make_schedule(written(body), start=date(9999, 12, 30)).start is not None


def test_a_first_dose_whose_day_1_would_be_before_the_year_1_is_refused() -> None:
    """The first dose is that of day 2: day 1 would be the day before 0001-01-01."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 2}]"
    with pytest.raises(Refused, match="give another --start"):
        make_schedule(written(body), first_dose=date(1, 1, 1))
    assert make_schedule(written(body), first_dose=date(1, 1, 2)).start is not None


def test_a_latest_date_beyond_the_year_9999_is_refused() -> None:
    """Day 8 of a start on 9999-12-20 is 12-27; its latest day, 15, is no date."""
    body = """
        blocks:
          - block: a
            repeat: {times: 2, every: 1 to 2 weeks}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    with pytest.raises(Refused, match="9999"):
        make_schedule(written(body), start=date(9999, 12, 20))


def test_lengths_that_no_calendar_holds_are_shown_without_dates() -> None:
    """Rule 10: without a start days and hours remain; 3,000 turns of 99 years reach day 1.08e8."""
    body = """
        blocks:
          - block: a
            repeat: {times: 3_000, every: 36_000 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    schedule = make_schedule(written(body))
    assert schedule.administrations[-1].regimen_day == 2999 * 36_000 + 1
    with pytest.raises(Refused, match="9999"):
        make_schedule(written(body), start=date(2025, 1, 1))


@settings(SMALL)
@given(bodies(), DATES, st.integers(-20_000, 20_000))
def test_a_later_start_shifts_every_row_and_changes_no_amount(
    body: Data, start: date, days: int
) -> None:
    """When depends on no patient, how much on no calendar."""
    regimen = written(body)
    one = make_schedule(regimen, ANYBODY, start=start)
    other = make_schedule(regimen, ANYBODY, start=start + timedelta(days=days))
    assert when(other) == [moment + timedelta(days=days) for moment in when(one)]
    assert amounts(one) == amounts(other)
    assert [row.hours for row in one.administrations] == [
        row.hours for row in other.administrations
    ]


@settings(SMALL)
@given(bodies(), st.decimals(2, 200, places=1))
def test_doubled_weight_doubles_amounts_per_kg_and_moves_no_date(
    body: Data, weight: Decimal
) -> None:
    """How much depends on no calendar; per m2 and flat amounts on no weight."""
    regimen = written(body)
    one = make_schedule(regimen, Patient(weight=weight, surface_area=D("1.8")))
    two = make_schedule(regimen, Patient(weight=2 * weight, surface_area=D("1.8")))
    for light, heavy in zip(one.administrations, two.administrations, strict=True):
        factor = 2 if amount_of(light.dose).basis == "kg" else 1
        assert heavy.dosed.value == value_of(light) * factor
        assert heavy.minute == light.minute


@settings(SMALL)
@given(bodies(), DATES, st.integers(0, 1439))
def test_date_day_time_and_hours_always_agree(body: Data, start: date, at: int) -> None:
    """Rule 10: day 1 is the start; hours are elapsed since the first administration."""
    schedule = make_schedule(written(body), ANYBODY, start=start, at=at)
    rows = schedule.administrations
    first = rows[0].when
    assert first is not None
    for number, row in enumerate(rows, 1):
        assert row.number == number
        assert row.when is not None
        assert row.when.date() == start + timedelta(days=row.regimen_day - 1)
        assert row.clock == f"{row.when:%H:%M}"
        assert (row.when - first) == timedelta(minutes=float(row.hours * 60))
        assert row.block_day == row.regimen_day - row.turn.start
        assert (row.latest_day is None) == (row.latest_date is None)
        assert (row.latest_time is None) == (row.latest_day is None)
        if row.latest_day is not None:
            assert row.latest_date == start + timedelta(days=row.latest_day - 1)


@settings(SMALL)
@given(bodies())
def test_doses_are_numbered_per_drug_within_their_turn(body: Data) -> None:
    """CSV: `dose_number` counts per drug within the innermost block turn, in time order."""
    counted: dict[tuple[int, str], int] = {}
    for row in make_schedule(written(body), ANYBODY).administrations:
        key = (id(row.turn), row.dose.drug)
        counted[key] = counted.get(key, 0) + 1
        assert row.dose_number == counted[key]


# What a regimen needs of a patient and a user


def test_only_what_is_given_asks_for_a_measure() -> None:
    """Height is asked for only where something given is dosed per m2: here from turn 2 on."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1}
              - {drug: y, amount: 1 mg/m2, route: IV, day: 1, turn: 2}
    """
    assert amounts(make_schedule(written(body), times={"cycle": 1})) == [1]
    with pytest.raises(MissingInput, match="y is dosed per m2"):
        make_schedule(written(body))


def test_the_default_arm_is_used_and_stated() -> None:
    """Rule: the file may name a `default_arm`; using it is stated in the output."""
    regimen = load_regimen("imatinib")
    by_default = make_schedule(regimen, times={"cycle": 1})
    chosen = make_schedule(regimen, times={"cycle": 1}, arm="level-2")
    assert (by_default.arm, by_default.arm_by_default) == ("level-2", True)
    assert (chosen.arm, chosen.arm_by_default) == ("level-2", False)
    assert amounts(by_default) == amounts(chosen)


def test_without_arms_there_is_none() -> None:
    """A regimen of one group has no arm to name."""
    schedule = make_schedule(load_regimen("npc-bolus"), ANYBODY)
    assert (schedule.arm, schedule.arm_by_default) == (None, False)


def test_a_regimen_that_gives_nothing_in_an_arm_is_refused() -> None:
    """There is no schedule without a dose."""
    body = """
        arms: {given: treated, watched: observed}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1, arm: given}]
    """
    with pytest.raises(Refused, match="gives nothing in arm watched; choose another --arm"):
        make_schedule(written(body), arm="watched")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"start": date(2026, 1, 1), "first_dose": date(2026, 1, 2)}, "exclude each other"),
        ({"start": date(2026, 1, 1), "date_of": (1, date(2026, 1, 2))}, "exclude each other"),
        ({"first_dose": date(2026, 1, 1), "date_of": (1, date(2026, 1, 2))}, "exclude each other"),
        ({"at": -5}, "at=-5 is no time of a day"),
        ({"at": 1440}, "at=1440 is no time of a day; give its minutes after midnight, 0 to 1439"),
    ],
)
def test_a_start_that_says_two_things_or_none_is_refused(
    options: dict[str, Any], problem: str
) -> None:
    """Danger: one of two dates was dropped in silence, and at=2000 put every dose a day later."""
    with pytest.raises(Refused, match=problem):
        make_schedule(load_regimen("npc-bolus"), Patient(weight=Decimal(70)), **options)


def test_a_percentage_of_a_drug_is_refused_kindly_where_an_arm_gives_none() -> None:
    """Every refusal is one that a user can read."""
    body = """
        arms: {given: treated, watched: observed}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1, arm: given}]
    """
    with pytest.raises(Il2calcError):
        make_schedule(written(body), arm="watched", percents={"x": D(75)})


def test_a_refusal_for_want_of_doses_does_not_mention_arms_where_there_are_none() -> None:
    """The one dose is in turn 2, and one turn was asked for."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1, turn: 2}]
    """
    with pytest.raises(Refused) as error:
        make_schedule(written(body), times={"cycle": 1})
    assert "arm" not in str(error.value)


@pytest.mark.parametrize("share", [D(-5), D(0), D("200.1"), 75.0, "75"])
def test_a_percentage_out_of_range_is_refused(share: Any) -> None:
    """Danger: -5 % of 100 mg was -5 mg, and a float is not what it shows; 200 % is the most."""
    body = "doses: [{drug: x, amount: 100 mg, route: IV, day: 1}]"
    with pytest.raises(Refused, match="is not a percentage of x; give one as Decimal"):
        make_schedule(written(body), percents={"x": share})
    assert only(make_schedule(written(body), percents={"x": D(200)})).dosed.value == 200


def test_a_percentage_is_of_one_drug_in_all_its_doses() -> None:
    """`--percent "x=75 %"`."""
    body = """
        doses:
          - {dose: a, drug: x, amount: 100 mg, route: IV, day: 1}
          - {dose: b, drug: x, amount: 200 mg, route: IV, day: 2}
          - {drug: y, amount: 100 mg, route: IV, day: 3}
    """
    schedule = make_schedule(written(body), percents={"x": D(75)})
    assert amounts(schedule) == [75, 150, 100]
    assert schedule.percents == {"x": 75}
    with pytest.raises(UnknownName, match=r"no drug of written is called 'z'\. Known: x, y"):
        make_schedule(written(body), percents={"z": D(75)})


def test_what_was_asked_for_is_in_the_schedule() -> None:
    """The output says for whom, how often and what was set."""
    regimen = load_regimen("npc-bolus", settings=[("course.cycle.repeat.rest", "6 days")])
    schedule = make_schedule(regimen, ANYBODY, times={"course": 1}, subject="S-07", at=9 * 60)
    assert schedule.subject == "S-07"
    assert schedule.start_minute == 9 * 60
    assert schedule.counts == {"course": 1, "course.cycle": 2}
    assert schedule.settings() == ("course.cycle.repeat.rest: 7 days -> 6 days",)
    assert schedule.shown == schedule.administrations


# Amounts over the day


@pytest.mark.parametrize(
    ("more", "amount_each", "rows"),
    [
        ("at: 2 times a day", 12, 2),
        ("at: ['06:00', '14:00', '22:00']", 8, 3),
        ("repeat: {times: 8, every: 6 hours}", 6, 8),
        ("repeat: {times: 3, every: 1 day}", 24, 3),
        ("over: 24 hours", 24, 1),
    ],
)
def test_an_amount_per_day_is_divided_over_the_administrations_of_the_day(
    more: str, amount_each: int, rows: int
) -> None:
    """Rule: `/day` goes with `n times a day`, a list of times or an interval that divides 24 h."""
    schedule = make_schedule(written(DAILY.format(amount="24 mg/day", more=more)))
    assert amounts(schedule) == [amount_each] * rows


def test_an_amount_that_is_not_per_day_is_given_whole_at_any_interval() -> None:
    """Every 36 hours is no part of a day."""
    more = "repeat: {times: 2, every: 36 hours}"
    assert amounts(make_schedule(written(DAILY.format(amount="24 mg", more=more)))) == [24, 24]


# What a row rests on


ASSUMED = """
    arms: {low: the lower dose, high: the higher dose}
    doses:
      - {drug: x, amount: 1 mg, route: oral, day: 1, at: 2 times a day}
      - {drug: y, amount: {low: 1 mg, high: 2 mg}, route: oral, day: 1, at: 4 times a day}
      - {drug: z, amount: 1 mg, route: oral, day: 1, arm: high}
    assumptions:
      - {about: y.cap, text: No dose is capped., because: None is named.}
      - {about: "y.amount[high]", text: Twice as much., because: It is so read.}
      - {about: z.day, text: On day 1., because: No day is named.}
      - {about: x.round, text: Nothing is rounded., because: No step is named.}
"""


def test_times_a_day_are_an_assumption_of_the_schedule() -> None:
    """Rule: an assumption of the schedule, numbered and printed like the file's own."""
    schedule = make_schedule(written(ASSUMED), arm="low")
    numbers = {assumption.number: assumption for assumption in schedule.assumptions}
    assert list(numbers) == [1, 4, 5, 6]
    assert numbers[5].text == (
        "2 times a day is spread over 12 waking hours from the start time: 08:00, 20:00."
    )
    assert (numbers[5].about, numbers[6].about) == ("x.at", "y.at")
    by_drug = {row.dose.drug: row.assumed for row in schedule.administrations}
    assert by_drug == {"x": (4, 5), "y": (1, 6)}


def test_assumptions_of_another_arm_are_not_in_force() -> None:
    """Each row knows the assumptions behind its own amount; an arm's are for that arm."""
    schedule = make_schedule(written(ASSUMED), arm="high")
    assert [assumption.number for assumption in schedule.assumptions] == [1, 2, 3, 4, 5, 6]
    by_drug = {row.dose.drug: row.assumed for row in schedule.administrations}
    assert by_drug == {"x": (4, 5), "y": (1, 2, 6), "z": (3,)}


def test_six_times_a_day_are_144_minutes_apart() -> None:
    """12 h / 5 = 144 minutes, which are no whole hours; 12 h / 4 = 3 hours are."""
    schedules = [
        make_schedule(written(DAILY.format(amount="1 mg", more=f"at: {count} times a day")))
        for count in (6, 5)
    ]
    assert [schedule.assumptions[0].setting for schedule in schedules] == [
        f'--set x.at="[{", ".join(f"+{144 * place} minutes" for place in range(6))}]"',
        '--set x.at="[+0 hours, +3 hours, +6 hours, +9 hours, +12 hours]"',
    ]


@pytest.mark.parametrize("at", [0, 8 * 60, 20 * 60, 23 * 60 + 30])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("name", ["spread", "low dose", "x-1"])
def test_the_ready_set_of_times_a_day_gives_the_same_table(name: str, count: int, at: int) -> None:
    """Rule: `show` prints the ready `--set`; pasted into a shell it gives the same doses."""
    more = f"at: {count} times a day, dose: {name}"
    body = DAILY.format(amount="12 mg/day", more=more)
    spread = make_schedule(written(body), at=at)
    (assumption,) = spread.assumptions
    assert assumption.setting is not None
    option, setting = shlex.split(assumption.setting)
    path, _, text = setting.partition("=")
    assert (option, path) == ("--set", f"{name}.at")
    again = make_schedule(written(body, [(path, text)]), at=at)
    assert [(row.minute, row.dosed.value) for row in again.administrations] == [
        (row.minute, row.dosed.value) for row in spread.administrations
    ]


def test_a_value_that_was_set_shows_neither_source_nor_assumption() -> None:
    """Rule: a value that was `--set` no longer shows its assumption."""
    path = "course.cycle.repeat.rest"
    plain = make_schedule(load_regimen("npc-bolus"), ANYBODY)
    reset = make_schedule(load_regimen("npc-bolus", settings=[(path, "6 days")]), ANYBODY)
    assert 1 in plain.administrations[15].assumed
    assert reset.administrations[15].assumed == ()
    assert [assumption.number for assumption in plain.assumptions] == [1, 2, 3, 4]
    assert [assumption.number for assumption in reset.assumptions] == [2, 3, 4]


def sources(body: str, settings_: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The sources of the one row of a regimen."""
    return only(make_schedule(written(body, (settings_ or {}).items()))).source


def test_a_row_lists_the_sources_of_amount_day_and_route_once() -> None:
    """Rule: a row's `source` lists the sources of amount, day and route, each once."""
    body = """
        doses:
          - drug: x
            amount: 1 mg
            route: IV
            day: 1
            source:
              amount: here, table 2; here, text
              day: here, figure 1
              route: here, text
    """
    assert set(sources(body)) == {"here, table 2", "here, text", "here, figure 1"}
    assert len(sources(body)) == 3


def test_a_row_leaves_out_the_sources_of_what_was_assumed_or_set() -> None:
    """Rule: assumed ones left out; a value that an assumption is about shows no source."""
    body = """
        doses:
          - drug: x
            amount: 1 mg
            route: IV
            day: 1
            source: {amount: "here, table 2", day: "here, figure 1", route: "here, text"}
        assumptions:
          - {about: x.route, text: Into a vein., because: No route is named.}
    """
    assert set(sources(body)) == {"here, table 2", "here, figure 1"}
    assert sources(body, {"x.amount": "2 mg"}) == ("here, figure 1",)


ONCE = "doses: [{{drug: x, amount: {}, route: IV, day: 1}}]"

ARMS = """
    arms: {low: A low dose., high: A high dose.}
    doses:
      - {drug: x, amount: {low: 1 mg/m2, high: 2 mg/m2}, route: IV, day: 1}
"""


def test_everything_that_is_missing_is_asked_for_at_once() -> None:
    """A message is complete: weight, height and GFR are three round trips in one."""
    body = """
        doses:
          - {drug: x, amount: 1 mg/kg, route: IV, day: 1}
          - {drug: y, amount: 1 mg/m2, route: IV, day: 1}
          - {drug: z, amount: 5 AUC, route: IV, day: 1}
          - {drug: w, amount: 5 mg/kg, route: IV, day: 1}
    """
    with pytest.raises(MissingInput) as error:
        make_schedule(written(body))
    assert str(error.value) == (
        "x is dosed per kg and y is dosed per m2 and z is dosed by AUC: "
        "give --weight and --height (or --bsa) and --gfr, "
        "for example --weight 70 --height 170 --gfr 90"
    )


def test_a_formula_that_differs_by_sex_asks_for_it_where_a_surface_is_needed() -> None:
    """Schlich has one equation for men and one for women."""
    patient = Patient(weight=D(70), height=D(170), formula="schlich")
    with pytest.raises(MissingInput, match="--sex"):
        make_schedule(written(ONCE.format("1 mg/m2")), patient)
    schedule = make_schedule(written(ONCE.format("1 mg/kg")), patient)
    assert [row.dosed.value for row in schedule.administrations] == [70]


def test_an_arm_is_asked_for_with_a_command_that_works() -> None:
    """The example has everything that the doses of an arm are calculated from, and picks none."""
    with pytest.raises(MissingInput) as error:
        arm_of(written(ARMS), None)
    assert "has the arms low, high and no default" in str(error.value)
    assert "--arm ARM --bsa 1.8" in str(error.value)


def test_an_unknown_arm_is_refused_with_the_known_ones() -> None:
    """And where there is none, with the advice to leave it out."""
    assert arm_of(written(ARMS), "high") == "high"
    with pytest.raises(UnknownName, match="low, high"):
        arm_of(written(ARMS), "middle")
    with pytest.raises(UnknownName, match="leave --arm out"):
        arm_of(written(ONCE.format("1 mg")), "low")


def test_that_an_infusion_waits_for_another_is_an_assumption_of_the_schedule() -> None:
    """The file gives neither a time of day; the rows that wait say that they rest on it."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: cycle
                repeat: {times: 2, every: 14 days}
                doses:
                  - {dose: bolus, drug: x, amount: 1 g, route: IV, day: 1, turn: 1, over: 5 minutes}
                  - {dose: pump, drug: x, amount: 2 mg, route: IV, day: 1, over: 46 hours}
        """)
    )
    (assumption,) = schedule.assumptions
    assert assumption.about == "cycle.pump.at"
    assert assumption.text == (
        "cycle.pump begins when the infusion of cycle.bolus has ended, even at its longest: "
        "5 minutes after the start time, 08:05."
    )
    assert assumption.setting == '--set cycle.pump.at="+0 hours"'
    assert [(row.clock, row.assumed) for row in schedule.administrations] == [
        ("08:00", ()),
        ("08:05", (1,)),
        ("08:00", ()),
    ]


def test_what_runs_past_midnight_stays_on_its_day_with_its_real_date_and_time() -> None:
    """Twice a day from 20:00 on days 1 and 2: 20:00 and 08:00 of the morning after."""
    body = DAILY.format(amount="1 mg", more="at: 2 times a day").replace("day: 1", "day: 1 to 2")
    schedule = make_schedule(written(body), start=date(2026, 12, 1), at=20 * 60)
    assert [(row.regimen_day, row.block_day, row.day) for row in schedule.administrations] == [
        (1, 1, 0),
        (1, 1, 0),
        (2, 2, 1),
        (2, 2, 1),
    ]
    assert [f"{moment:%d %H}" for moment in when(schedule)] == ["01 20", "02 08", "02 20", "03 08"]


def test_what_waits_past_midnight_stays_on_its_day() -> None:
    """Rule 9: 2 hours from 22:00, then until 22:00 of the next date: two of one regimen day."""
    schedule = make_schedule(
        written("""
            doses:
              - {dose: load, drug: x, amount: 1 mg, route: IV infusion, day: 1, over: 2 hours}
              - {dose: main, drug: x, amount: 1 mg, route: IV infusion, day: 1, over: 22 hours}
        """),
        start=date(2026, 12, 1),
        at=22 * 60,
    )
    assert [(row.regimen_day, f"{row.when:%d %H:%M}") for row in schedule.administrations] == [
        (1, "01 22:00"),
        (1, "02 00:00"),
    ]


def test_a_latest_day_past_midnight_stays_on_its_day_too() -> None:
    """Eight to nine days apart from 20:00: the second evening's dose is due on day 9 or 10."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: cycle
                repeat: {times: 2, every: 8 to 9 days}
                doses: [{drug: x, amount: 1 mg, route: oral, day: 1, at: 2 times a day}]
        """),
        start=date(2026, 12, 1),
        at=20 * 60,
    )
    last = schedule.administrations[-1]
    assert (last.regimen_day, last.latest_day) == (9, 10)
    assert f"{last.latest:%Y-%m-%d %H:%M}" == "2026-12-11 08:00"


# The date of another day, and of none

DAY_8 = "doses: [{drug: x, amount: 1 mg, route: IV, day: 8}]"


@pytest.mark.parametrize(
    ("numbering", "day", "on", "day_1"),
    [
        ("without", 1, date(2026, 12, 1), date(2026, 12, 1)),
        ("without", 8, date(2026, 12, 8), date(2026, 12, 1)),
        ("without", -1, date(2026, 12, 1), date(2026, 12, 2)),
        ("with", 0, date(2026, 12, 1), date(2026, 12, 2)),
        ("with", -1, date(2026, 12, 1), date(2026, 12, 3)),
        ("with", 8, date(2026, 12, 8), date(2026, 12, 1)),
    ],
)
def test_the_date_of_any_numbered_day_gives_that_of_day_1(
    numbering: str, day: int, on: date, day_1: date
) -> None:
    """Day 8 is 7 days after day 1, day -1 one before it, or two where there is a day 0."""
    body = f"numbering: {numbering} day 0\n{DAY_8}"
    schedule = make_schedule(written(body), date_of=(day, on))
    assert schedule.start is not None
    assert schedule.start.date() == day_1
    assert (schedule.date_of, only(schedule).regimen_day) == (day, 8)
    assert when(schedule)[0].date() == day_1 + timedelta(days=7)


def test_a_day_that_does_not_exist_has_no_date() -> None:
    """No day 0 without one in the numbering; and day 8 on 0001-01-03 is no date of a day 1."""
    with pytest.raises(Refused, match="has no day 0; give the date of day 1 or day -1"):
        make_schedule(written(DAY_8), date_of=(0, date(2026, 12, 1)))
    with pytest.raises(Refused, match="give another --start"):
        make_schedule(written(DAY_8), date_of=(8, date(1, 1, 7)))
    assert make_schedule(written(DAY_8), date_of=(8, date(1, 1, 8))).date_of == 8
    assert make_schedule(written(DAY_8), start=date(2026, 12, 1)).date_of is None


NEEDED = "doses: [{drug: x, amount: 1 mg, route: oral, day: 1, as_needed: yes}]"


def test_a_regimen_that_is_as_needed_alone_has_a_start_and_no_first_dose() -> None:
    """Nothing is given on a set day, so that no date is that of the first dose."""
    schedule = make_schedule(written(NEEDED), start=date(2026, 12, 1))
    assert schedule.administrations == ()
    assert schedule.start == datetime(2026, 12, 1, 8)  # noqa: DTZ001 - local clock time
    assert [entry.dose.drug for entry in schedule.as_needed] == ["x"]
    assert make_schedule(written(NEEDED)).start is None
    with pytest.raises(Refused, match="give --start instead of --first-dose"):
        make_schedule(written(NEEDED), first_dose=date(2026, 12, 1))


def test_a_row_that_alone_leaves_the_calendar_is_refused() -> None:
    """Of two doses the first is before 0001-01-01, or the last behind 9999-12-31."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: [-3, 1]}]"
    with pytest.raises(Refused, match="9999"):
        make_schedule(written(f"numbering: without day 0\n{body}"), start=date(1, 1, 2))
    with pytest.raises(Refused, match="9999"):
        make_schedule(written(body.replace("-3, 1", "1, 3")), start=date(9999, 12, 30))


def test_a_day_starts_at_eight_where_nobody_says_when() -> None:
    """The hour that every output names as an assumption of its own."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]"
    assert only(make_schedule(written(body))).clock == "08:00"
    assert only(make_schedule(written(body), at=DEFAULT_START)).clock == "08:00"


# What is not there


def test_a_rest_that_the_file_leaves_open_is_asked_for() -> None:
    """Nobody guesses how long it is."""
    body = """
        blocks:
          - block: a
            rest: open
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - {block: b, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    with pytest.raises(MissingInput, match='give --rest "a=6 weeks"'):
        make_schedule(written(body))


def test_doses_are_rounded_as_asked_for_and_of_known_drugs_alone() -> None:
    """103 mg to a step of 10 mg are 100 mg; of y nothing was asked."""
    body = """
        doses:
          - {drug: x, amount: 103 mg, route: IV, day: 1}
          - {drug: y, amount: 103 mg, route: IV, day: 2}
    """
    schedule = make_schedule(written(body), bounds={"X": Bound(quantity("10 mg"))})
    assert amounts(schedule) == [100, 103]
    assert list(schedule.bounds) == ["x"]
    with pytest.raises(UnknownName, match="no drug of written is called 'z'"):
        make_schedule(written(body), bounds={"z": Bound(quantity("10 mg"))})


def test_an_amount_that_is_not_stated_keeps_its_share() -> None:
    """Half of what nobody knows is shown as half of it."""
    body = "doses: [{drug: x, amount: not stated, route: IV, day: 1}]"
    dosed = only(make_schedule(written(body), percents={"x": D(50)})).dosed
    assert (dosed.value, dosed.percent) == (None, D(50))


def test_only_a_dose_of_bands_names_the_band_of_its_patient() -> None:
    """8 kg are below 9; an amount without bands is for everybody."""
    body = """
        doses:
          - {drug: x, amount: {below 9 kg: 1 mg, 9 kg or more: 2 mg}, route: IV, day: 1}
          - {drug: y, amount: 1 mg, route: IV, day: 2}
    """
    x, y = make_schedule(written(body), Patient(weight=D(8))).administrations
    assert (x.dosed.band is None, x.dosed.value) == (False, D(1))
    assert y.dosed.band is None


# What became of a plan

WEEKLY = """
    blocks:
      - block: cycle
        repeat: {times: 4, every: 7 days}
        doses:
          - {drug: x, amount: 2 mg/kg, route: IV, day: 1, over: {1: 2 hours, 2 onward: 1 hour}}
          - {drug: y, amount: 1 mg/kg, route: oral, day: 1, as_needed: yes}
"""


def test_a_revision_says_when_rows_are_and_whose_body_is_used() -> None:
    """10, 20 and 30 kg in three cycles: 20, 40 and 60 mg; as needed it is the last body's, 30 mg.

    The first is held, so that the second infusion is the patient's first, of two hours.
    """
    regimen = written(WEEKLY)

    def body(slot: Slot, planned: Body) -> Body:
        return planned._replace(patient=Patient(weight=D(10 * slot.turn.number)))

    revision = Revision(
        expand(regimen, times={"cycle": 3}), body, held=lambda slot: slot.turn.number == 1
    )
    schedule = make_schedule(regimen, Patient(weight=D(70)), revision=revision)
    assert amounts(schedule) == [20, 40, 60]
    assert [row.patient.weight for row in schedule.administrations] == [10, 20, 30]
    infusion_times = [row.dose.over for row in schedule.administrations]
    assert [over.longest for over in infusion_times if over is not None] == [120, 120, 60]
    (needed,) = schedule.as_needed
    assert needed.dosed.value == D(30)
    assert schedule.counts == {"cycle": 3}


def test_an_empty_revision_plans_as_before() -> None:
    """Nothing is held, and the body is the one that it was planned with."""
    regimen = written(WEEKLY)
    plain = make_schedule(regimen, Patient(weight=D(70)))
    again = make_schedule(regimen, Patient(weight=D(70)), revision=Revision(expand(regimen)))
    assert amounts(plain) == amounts(again) == [140] * 4
    assert [row.dose.over.longest for row in plain.administrations if row.dose.over] == [
        *(120, 60, 60, 60),
    ]
    assert again.as_needed[0].dosed.value == D(70)


def test_an_amount_that_is_set_replaces_the_prescribed_one() -> None:
    """3 mg/kg for 2 mg/kg: 30 mg for 10 kg; a row that has no such says so."""
    regimen = written(WEEKLY)
    three = quantity("3 mg/kg")
    revision = Revision(
        expand(regimen),
        lambda slot, planned: planned._replace(amount=three if slot.turn.number == 2 else None),
    )
    rows = make_schedule(regimen, Patient(weight=D(10)), revision=revision).administrations
    assert [(row.dosed.value, row.dosed.set_to) for row in rows] == [
        (D(20), None),
        (D(30), three),
        (D(20), None),
        (D(20), None),
    ]


# Assumptions and names


def test_a_dose_of_several_infusion_times_has_one_assumption_about_its_times_of_day() -> None:
    """It is one dose of the file in every turn; what comes after it still has its own."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: cycle
                repeat: {times: 3, every: 21 days}
                doses:
                  - {drug: x, amount: 1 mg, route: IV, day: 1, at: 2 times a day,
                     over: {1: 2 hours, 2 onward: 1 hour}}
                  - {drug: y, amount: 1 mg, route: IV, day: 2, turn: 2, at: 2 times a day}
        """)
    )
    assert [(assumption.number, assumption.about) for assumption in schedule.assumptions] == [
        (1, "cycle.x.at"),
        (2, "cycle.y.at"),
    ]
    assert {(row.dose.drug, row.assumed) for row in schedule.administrations} == {
        ("x", (1,)),
        ("y", (2,)),
    }


@pytest.mark.parametrize("at", ["08:00", "['08:00', '20:00']", "+2 hours", "[+0 hours, +4 hours]"])
def test_a_time_that_the_file_gives_is_no_assumption_of_the_schedule(at: str) -> None:
    """Only `n times a day` is spread by the program itself."""
    schedule = make_schedule(written(DAILY.format(amount="1 mg", more=f"at: {at}")))
    assert schedule.assumptions == ()
    assert {row.assumed for row in schedule.administrations} == {()}


def test_the_times_of_a_spread_are_counted_from_the_start_time() -> None:
    """12 h / 3 = 4 h: from 09:00 at 09:00, 13:00, 17:00 and 21:00."""
    schedule = make_schedule(written(DAILY.format(amount="1 mg", more="at: 4 times a day")), at=540)
    assert schedule.assumptions[0].text.endswith(": 09:00, 13:00, 17:00, 21:00.")


DEFAULT_ARM = """
    arms: {low: the lower dose, high: the higher dose}
    default_arm: low
    doses: [{drug: x, amount: {low: 1 mg, high: 2 mg}, route: IV, day: 1, cap: 9 mg}]
    assumptions:
      - {about: default_arm, text: The lower one., because: It is the safer one.}
      - {about: x.cap, text: Nine., because: It is so read.}
"""


def test_why_an_arm_is_the_default_is_shown_where_nobody_chose_it() -> None:
    """Who names an arm needs no reason for another; what was set is assumed no more."""
    regimen = written(DEFAULT_ARM)
    assumed_by_arm = {
        arm: [assumption.about for assumption in make_schedule(regimen, arm=arm).assumptions]
        for arm in (None, "low", "high")
    }
    assert assumed_by_arm == {None: ["default_arm", "x.cap"], "low": ["x.cap"], "high": ["x.cap"]}
    again = make_schedule(written(DEFAULT_ARM, [("x.cap", "8 mg")]))
    assert [assumption.about for assumption in again.assumptions] == ["default_arm"]


def test_rows_of_one_text_share_one_caution() -> None:
    """In the order in which each was first named."""
    texts_of_rows = [("late", 1), ("early", 2), ("late", 3)]
    assert list(Caution.one_per_text("time", texts_of_rows)) == [
        Caution("time", "late", (1, 3)),
        Caution("time", "early", (2,)),
    ]
    assert [
        caution.of_patient
        for caution in Caution.one_per_text("time", texts_of_rows, of_patient=True)
    ] == [True] * 2
    assert not Caution("time", "late").of_patient


def test_a_schedule_is_named_by_what_it_is_of() -> None:
    """In an interactive session: regimen, arm, subject, rows, days and date, each where it is."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 2 to 4}]"
    assert repr(make_schedule(written(body))) == (
        "<Schedule of written: 3 administrations, days 2 to 4>"
    )
    dated = make_schedule(written(body), start=date(2026, 12, 1), subject="S-07")
    assert repr(dated) == (
        "<Schedule of written for S-07: 3 administrations, days 2 to 4, day 1 on 2026-12-01>"
    )
    assert repr(make_schedule(written(DEFAULT_ARM))).startswith("<Schedule of written, arm low: ")
    assert repr(make_schedule(written(NEEDED))).endswith("0 administrations, all as needed>")
    assert dated._repr_html_().startswith("<")
    columns = dated.to_columns()
    assert (columns["arm"], columns["subject"]) == ([""] * 3, ["S-07"] * 3)
    columns = make_schedule(written(DEFAULT_ARM)).to_columns()
    assert (columns["arm"], columns["subject"]) == (["low"], [""])


def test_a_long_name_of_a_schedule_is_cut_between_words() -> None:
    """`written for ` has 12 letters: a subject of 98 makes 110, which still fit; one more do not.

    Whole words are left out, until there is room for what says so.
    """
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]"
    names = [f"{'s' * (length - 2)} t" for length in (98, 99)]
    fits, cut = (repr(make_schedule(written(body), subject=name)) for name in names)
    assert fits.startswith(f"<Schedule of written for {names[0]}: ")
    assert cut.startswith("<Schedule of written for ...: ")
