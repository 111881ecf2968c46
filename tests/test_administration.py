"""Rows as messages name them, what a row says of itself, and what rows add up to."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from il2calc import Patient, load_regimen, make_schedule
from il2calc.errors import MOST_RUNS, numbered, runs
from il2calc.model.regimen import UNPLANNED, Block, Days, Dose, Repeat
from il2calc.plan.administration import AsNeeded, DosedSlot, Recorded, Total, add_up, join
from il2calc.plan.dosing import Unstated
from il2calc.plan.schedule import Schedule
from il2calc.plan.timing import expand
from il2calc.units import AddedIn, quantity, span
from stated import value_of
from written import SMALL, Data, bodies
from written import regimen as written


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([4], ["4"]),
        ([1, 2], ["1, 2"]),
        ([1, 2, 3], ["1 to 3"]),
        ([1, 2, 3, 7], ["1 to 3", "7"]),
        ([2, 4, 5, 6, 9, 10], ["2", "4 to 6", "9, 10"]),
    ],
)
def test_runs_of_three_numbers_and_more_are_folded(values: list[int], expected: list[str]) -> None:
    """Two neighbours are no run."""
    assert runs(values) == expected


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([3], "row 3"), ([1, 2], "rows 1, 2"), ([1, 2, 3, 5], "rows 1 to 3, 5")],
)
def test_a_noun_agrees_with_its_numbers(numbers: list[int], text: str) -> None:
    """One row, several rows."""
    assert numbered("row", numbers) == text


def test_a_message_names_the_first_runs_and_says_that_there_are_more() -> None:
    """A caution about a hundred scattered rows stays one readable line."""
    every_other = range(1, 2 * MOST_RUNS + 2, 2)
    assert len(every_other) == MOST_RUNS + 1
    assert numbered("row", every_other) == "rows 1, 3, 5, 7, 9, 11, ..."
    assert numbered("row", every_other[:-1]) == "rows 1, 3, 5, 7, 9, 11"


ANYBODY = Patient(weight=Decimal(70), surface_area=Decimal("1.8"))


def totals(body: str | Data) -> dict[tuple[str, str, str], Total]:
    """Totals by drug, block (empty for the whole) and unit."""
    totals = make_schedule(written(body), ANYBODY).totals
    return {(total.drug, _chain(total), total.unit): total for total in totals}


def _chain(total: Total) -> str:
    return "/".join(f"{turn.block.name} {turn.number}" for turn in total.turns)


def test_a_cycle_of_bolus_interleukin_2_is_at_most_75_6_million_units() -> None:
    """15 x 72,000 IU/kg x 70 kg = 75.6 million units; four such cycles are 302.4 million."""
    totals = make_schedule(load_regimen("npc-bolus"), ANYBODY).totals
    assert [(_chain(total), int(total.value), total.administrations) for total in totals] == [
        ("course 1/cycle 1", 75_600_000, 15),
        ("course 1/cycle 2", 75_600_000, 15),
        ("course 2/cycle 1", 75_600_000, 15),
        ("course 2/cycle 2", 75_600_000, 15),
        ("", 302_400_000, 60),
    ]
    assert all(total.at_most for total in totals)


def test_a_total_states_how_much_depends_on_a_condition() -> None:
    """Rule 6: conditional rows are never silently promised: half of the whole depends."""
    totals = make_schedule(load_regimen("npc-bolus"), ANYBODY).totals
    assert [total.conditional for total in totals] == [0, 0, 75_600_000, 75_600_000, 151_200_000]
    assert totals[0].only_if == ()
    assert totals[-1].only_if == ("stable disease or response",)


def test_a_total_names_each_condition_once_in_the_order_of_time() -> None:
    """Totals: conditions that some of it depends on."""
    sums = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1, only_if: fever}
          - {dose: b, drug: x, amount: 2 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 4 mg, route: IV, day: [3, 5], only_if: chills}
          - {dose: d, drug: x, amount: 8 mg, route: IV, day: 4, only_if: fever}
    """)
    total = sums["x", "", "mg"]
    assert total.only_if == ("fever", "chills")
    assert (int(total.conditional), int(total.value)) == (17, 19)


def test_a_total_is_at_most_where_one_of_its_rows_is() -> None:
    """JSON: `at_most` of a total."""
    sums = totals("""
        blocks:
          - block: sure
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: perhaps
            repeat: {up_to: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    assert {block: total.at_most for (_, block, _), total in sums.items()} == {
        "sure 1": False,
        "perhaps 1": True,
        "perhaps 2": True,
        "": True,
    }


def test_a_total_stays_at_most_after_rows_that_are_sure() -> None:
    """A maximum of two in the first block, one dose for sure after it."""
    sums = totals("""
        blocks:
          - block: perhaps
            repeat: {up_to: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: sure
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    assert (sums["x", "", "mg"].at_most, sums["x", "sure 1", "mg"].at_most) == (True, False)


def test_doses_outside_all_blocks_count_in_the_overall_total_only() -> None:
    """JSON: one per innermost turn, one for the whole; the regimen itself is no turn."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 3}]"
    assert len(make_schedule(written(body), ANYBODY).totals) == 1
    sums = totals(body)
    assert {key: total.value for key, total in sums.items()} == {("x", "", "mg"): 3}


def test_totals_list_drugs_in_the_order_in_which_they_are_first_given() -> None:
    """Rule 8; each drug's turns before its whole."""
    sums = totals("""
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 2}
              - {drug: y, amount: 1 mg, route: IV, day: 1}
    """)
    assert list(sums) == [
        ("y", "a 1", "mg"),
        ("y", "a 2", "mg"),
        ("y", "", "mg"),
        ("x", "a 1", "mg"),
        ("x", "a 2", "mg"),
        ("x", "", "mg"),
    ]


def test_amounts_of_one_dimension_are_added_in_the_first_unit() -> None:
    """Conventions: g, mg, mcg measure one thing: 1 g + 400 mg + 500 mcg + 100 mg = 1.5005 g."""
    sums = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 400 mg, route: oral, day: 2}
          - {dose: c, drug: x, amount: 500 mcg, route: oral, day: 3}
          - {dose: d, drug: x, amount: 100 mg, route: oral, day: 4}
    """)
    assert {key: total.value for key, total in sums.items()} == {
        ("x", "", "g"): Decimal("1.5005"),
    }


def test_amounts_of_two_dimensions_have_separate_totals() -> None:
    """A mass and an activity are never converted into one another."""
    sums = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1}
          - {dose: b, drug: x, amount: 18 million IU, route: IV, day: 2}
          - {dose: c, drug: x, amount: 2 g, route: IV, day: 3}
          - {dose: d, drug: y, amount: 1 g, route: IV, day: 4}
    """)
    assert {key: total.value for key, total in sums.items()} == {
        ("x", "", "mg"): 2001,
        ("x", "", "IU"): 18_000_000,
        ("y", "", "g"): 1,
    }


def test_a_unit_that_counts_is_not_an_international_unit() -> None:
    """Rule: units are a dimension of their own, never IU."""
    sums = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 million IU, route: IV, day: 1}
          - {dose: b, drug: x, amount: 1 million units, route: IV, day: 2}
    """)
    assert {unit for _, _, unit in sums} == {"IU", "units"}


def test_without_administrations_there_is_no_total() -> None:
    """No administrations, no totals."""
    assert add_up(()) == ()


@settings(SMALL)
@given(bodies())
def test_the_overall_total_is_the_sum_of_its_rows_and_turns(body: Data) -> None:
    """Totals per drug: innermost turns and outermost doses add up to the whole."""
    schedule = make_schedule(written(body), ANYBODY)
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in schedule.administrations:
        chain = "/".join(f"{turn.block.name} {turn.number}" for turn in row.turn.chain())
        for block in {"", chain}:
            sums[row.dose.drug, block].append(value_of(row))
    by_turn = {(total.drug, _chain(total)): total for total in schedule.totals}
    assert {key: total.value for key, total in by_turn.items()} == {
        key: sum(values) for key, values in sums.items()
    }
    assert {key: total.administrations for key, total in by_turn.items()} == {
        key: len(values) for key, values in sums.items()
    }
    assert all(total.conditional <= total.value for total in schedule.totals)


# What became of a row

BERLIN = ZoneInfo("Europe/Berlin")
"""Its clocks go back from 03:00 to 02:00 on 2026-10-25."""


def ran(start: datetime | None, ended: datetime | None) -> int | None:
    """How long an infusion ran [min]."""
    return Recorded("given", start, None, "", ended).ran


def test_an_infusion_broken_off_ran_from_its_start_to_its_end() -> None:
    """10:00 to 11:30 and 59 seconds are 90 whole minutes; what was not broken off has no such."""
    start, ended = datetime(2026, 12, 1, 10), datetime(2026, 12, 1, 11, 30, 59)  # noqa: DTZ001 - local
    assert ran(start, ended) == 90
    assert ran(start, None) is None
    assert ran(None, ended) is None


def test_an_infusion_broken_off_after_a_clock_change_ran_elapsed_hours() -> None:
    """From 01:30 to 03:30 by the clock, which goes back an hour between them: 180 minutes."""
    start = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    assert ran(start, datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN)) == 180


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is set to Berlin."""
    if sys.platform == "win32":
        pytest.skip("a process has no zone of its own there")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_local_times_without_a_zone_ignore_clock_changes() -> None:
    """01:30 to 03:30 are 120 minutes, and a day is 24 hours, wherever the machine is."""
    assert ran(datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 3, 30)) == 120  # noqa: DTZ001 - local
    rows = schedule_of(DAILY, start=date(2026, 10, 24)).administrations
    assert [row.hours for row in rows] == [0, 24]


# What a row says of itself


def schedule_of(
    body: str,
    patient: Patient = ANYBODY,
    start: date | None = None,
    zone: ZoneInfo | None = None,
    at: int = 8 * 60,
) -> Schedule:
    """The schedule of doses or blocks."""
    return make_schedule(written(body), patient, start=start, zone=zone, at=at)


DAILY = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 2}]"


def test_without_a_start_a_row_has_clock_times_and_no_dates() -> None:
    """Rule 10: days, times and hours are shown; a day is 24 hours after the one before."""
    first, second = schedule_of(DAILY).administrations
    assert (first.clock, first.time, first.when, first.latest_date) == (
        "08:00",
        "08:00",
        None,
        None,
    )
    assert (first.number, second.number) == (1, 2)
    assert (second.day, second.regimen_day, second.hours) == (1, 2, Decimal(24))
    assert (second.latest, second.latest_day, second.latest_time) == (None, None, None)


def test_a_dated_row_has_its_offset_where_there_is_a_zone() -> None:
    """2026-10-24 08:00 is +02:00; a day later the clocks have gone back: 25 hours on, +01:00."""
    rows = schedule_of(DAILY, start=date(2026, 10, 24)).administrations
    assert [(row.clock, row.time, row.hours) for row in rows] == [
        ("08:00", "08:00", Decimal(0)),
        ("08:00", "08:00", Decimal(24)),
    ]
    rows = schedule_of(DAILY, start=date(2026, 10, 24), zone=BERLIN).administrations
    assert [(row.clock, row.time, row.hours) for row in rows] == [
        ("08:00", "08:00+02:00", Decimal(0)),
        ("08:00", "08:00+01:00", Decimal(25)),
    ]


def test_after_a_clock_change_clock_times_move_and_intervals_stay() -> None:
    """From 16:00 on 2026-10-24 every 8 hours: midnight, then 07:00 and no more 08:00.

    A row that the change alone puts on another day is not marked as outside its days for the
    start time: 16 hours after 08:00 it would be 00:00 of day 2, and is 23:00 of day 1.
    """
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 3, every: 8 hours}}]"
    rows = schedule_of(body, start=date(2026, 10, 24), zone=BERLIN, at=16 * 60).administrations
    assert [(row.clock, row.hours) for row in rows] == [
        ("16:00", Decimal(0)),
        ("00:00", Decimal(8)),
        ("07:00", Decimal(16)),
    ]
    rows = schedule_of(body, start=date(2026, 10, 25), zone=BERLIN, at=0).administrations
    assert [(row.clock, row.regimen_day) for row in rows] == [
        ("00:00", 1),
        ("07:00", 1),
        ("15:00", 1),
    ]
    late = body.replace("times: 3", "times: 4")
    rows = schedule_of(late, start=date(2026, 10, 25), zone=BERLIN, at=0).administrations
    assert (rows[3].clock, rows[3].regimen_day, rows[3].outside) == ("23:00", 1, False)
    rows = schedule_of(late, start=date(2026, 10, 26), zone=BERLIN, at=0).administrations
    assert (rows[3].clock, rows[3].regimen_day, rows[3].outside) == ("00:00", 2, False)


def test_a_dose_that_a_clock_change_keeps_on_its_last_day_is_not_outside() -> None:
    """Six doses every 8 hours from 08:00 plan two days; the sixth falls on midnight of day 3.

    Where the clocks go back within them, it is 23:00 of day 2, and nothing is outside.
    """
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 6, every: 8 hours}}]"
    for zone, expected in ((None, ("00:00", 3, True)), (BERLIN, ("23:00", 2, False))):
        last = schedule_of(body, start=date(2026, 10, 24), zone=zone).administrations[-1]
        assert (last.clock, last.regimen_day, last.outside) == expected


def test_a_latest_time_has_the_day_of_its_own_date() -> None:
    """24 hours after midnight of the day on which clocks go back it is 23:00 of the same day."""
    body = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: +20 to +24 hours}]"
    (row,) = schedule_of(body, start=date(2026, 10, 25), at=0).administrations
    assert (row.clock, row.latest_day, row.latest_time) == ("20:00", 2, "00:00")
    (row,) = schedule_of(body, start=date(2026, 10, 25), zone=BERLIN, at=0).administrations
    assert (row.clock, row.latest_day, row.latest_time) == ("19:00", 1, "23:00+01:00")
    assert row.latest_date == date(2026, 10, 25)


SPREAD = "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: 4 times a day}]"


@pytest.mark.parametrize("start", [None, date(2026, 12, 1)])
def test_doses_past_midnight_belong_to_their_planned_day(start: date | None) -> None:
    """From 23:00 four times a day, four hours apart: the last three fall on the next date."""
    rows = schedule_of(SPREAD, at=23 * 60, start=start).administrations
    assert [(row.day, row.regimen_day, row.carried) for row in rows] == [
        (0, 1, 0),
        (0, 1, 1),
        (0, 1, 1),
        (0, 1, 1),
    ]
    if start is not None:
        assert [row.when.day for row in rows if row.when is not None] == [1, 2, 2, 2]


RANGE = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 7 to 9 days}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: 4 times a day}]
"""


@pytest.mark.parametrize("start", [None, date(2026, 12, 1)])
def test_a_latest_day_is_counted_like_its_day(start: date | None) -> None:
    """Cycle 2 on day 8, at the latest on day 10, also of what falls after midnight."""
    rows = schedule_of(RANGE, at=23 * 60, start=start).administrations
    assert [(row.regimen_day, row.block_day, row.latest_day) for row in rows] == [
        *[(1, 1, None)] * 4,
        *[(8, 1, 10)] * 4,
    ]
    assert [row.latest_time for row in rows[4:]] == ["23:00", "03:00", "07:00", "11:00"]
    dates = [row.latest_date for row in rows[4:]]
    late = [date(2026, 12, 10), *[date(2026, 12, 11)] * 3]
    assert dates == ([None] * 4 if start is None else late)


def test_a_row_marked_not_before_has_no_latest_day() -> None:
    """After a rest of at least a week nobody knows the latest day, whatever ranges come before."""
    body = """
        blocks:
          - block: first
            rest: at least 7 days
            repeat: {times: 2, rest: 1 to 2 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - {block: second, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    rows = schedule_of(body, start=date(2026, 12, 1)).administrations
    assert [(row.not_before, row.latest_day, row.latest_minute is None) for row in rows] == [
        (False, None, True),
        (False, 4, False),
        (True, None, True),
    ]
    assert (rows[2].latest, rows[2].latest_time, rows[2].latest_date) == (None, None, None)


def test_a_row_after_a_block_with_a_shortest_rest_beside_it_is_marked_not_before() -> None:
    """Two boosts at least two weeks apart end on day 16, within the 28 days beside them.

    A rest of five weeks would make the second one outlast these, and put off what comes next.
    """
    body = """
        blocks:
          - block: course
            blocks:
              - block: boost
                day: 1
                repeat: {times: 2, rest: at least 2 weeks}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
              - {block: beside, doses: [{drug: y, amount: 1 mg, route: IV, day: 28}]}
          - {block: after, doses: [{drug: z, amount: 1 mg, route: IV, day: 1}]}
    """
    rows = {
        (row.dose.drug, row.regimen_day): row.not_before
        for row in schedule_of(body).administrations
    }
    assert rows == {("x", 1): False, ("x", 16): True, ("y", 28): False, ("z", 29): True}


WAITING = """
    doses:
      - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1, over: 1 hour}
      - {dose: b, drug: x, amount: 1 mg, route: IV, day: 1 to 2, over: 1 hour}
      - {drug: y, amount: 1 mg, route: IV, day: 1, at: 2 times a day}
      - {drug: z, amount: 1 mg, route: IV, day: 1}
"""


def test_an_assumption_about_waiting_is_listed_on_rows_that_wait() -> None:
    """The second waits on day 1, and on day 2 for nobody; the times of y are assumed too."""
    rows = schedule_of(WAITING).administrations
    assert {(row.dose.name, row.regimen_day, row.clock): row.assumed for row in rows} == {
        ("a", 1, "08:00"): (),
        ("b", 1, "09:00"): (2,),
        ("b", 2, "08:00"): (),
        ("y", 1, "08:00"): (1,),
        ("y", 1, "20:00"): (1,),
        ("z", 1, "08:00"): (),
    }


@pytest.mark.parametrize(
    ("lines", "body", "by_sex"),
    [
        ("amount: 5 mg/kg", {"formula": "schlich"}, False),
        ("amount: 5 mg/kg, weight: ideal", {}, True),
        ("amount: 5 mg/kg, weight: adjusted 40 %", {}, True),
        ("amount: 5 mg/m2", {"formula": "schlich"}, True),
        ("amount: 5 mg/m2", {}, False),
        ("amount: 5 mg/m2", {"formula": "schlich", "surface_area": Decimal(2)}, False),
        ("amount: 5 mg", {"formula": "schlich"}, False),
    ],
)
def test_a_dose_depends_on_sex_where_its_formula_does(
    lines: str, body: dict[str, Decimal | str], by_sex: bool
) -> None:
    """By ideal weight, or by a surface of Schlich: there, and only there, the sex changes it."""
    man = Patient(Decimal(90), Decimal("177.8"), sex="male", **body)  # type: ignore[arg-type]
    (row,) = schedule_of(f"doses: [{{drug: x, {lines}, route: IV, day: 1}}]", man).administrations
    assert row.by_sex is by_sex


def test_a_dose_by_actual_weight_does_not_depend_on_sex() -> None:
    """`weight: actual` is the other reading of an ideal one, for `--set`."""
    body = "doses: [{drug: x, amount: 5 mg/kg, weight: ideal, route: IV, day: 1}]"
    regimen = written(body, [("x.weight", "actual")])
    (row,) = make_schedule(regimen, Patient(Decimal(90), Decimal("177.8"))).administrations
    assert (row.by_sex, row.dosed.value) == (False, Decimal(450))


@pytest.mark.parametrize(
    ("lines", "weight", "surface"),
    [
        ("amount: 5 mg/kg", "90", "2"),
        ("amount: 5 mg/kg, weight_cap: 80 kg", "80", "2"),
        ("amount: 5 mg/kg, weight_cap: 95 kg", "90", "2"),
        ("amount: 5 mg/m2, bsa_cap: 1.8 m2", "90", "1.8"),
        ("amount: 5 mg/m2, bsa_cap: 2.2 m2", "90", "2"),
        ("amount: 5 mg", "90", "2"),
    ],
)
def test_a_row_shows_the_measures_that_its_dose_is_calculated_from(
    lines: str, weight: str, surface: str
) -> None:
    """90 kg and 160 cm are sqrt(160 x 90 / 3600) = 2 m2; a cap of the file lets less count."""
    body = f"doses: [{{drug: x, {lines}, route: IV, day: 1}}]"
    (row,) = schedule_of(body, Patient(Decimal(90), Decimal(160))).administrations
    assert row.counted() == {"weight_kg": Decimal(weight), "bsa_m2": Decimal(surface)}


def test_a_dose_of_no_plan_names_no_source_of_the_file() -> None:
    """What a course log adds is of the plan in nothing, though it be the same drug."""
    regimen = written("doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]")
    (slot,) = expand(regimen).slots
    (row,) = make_schedule(regimen).administrations

    def rows(name: str) -> tuple[str, ...]:
        dosed_slot = DosedSlot(
            slot._replace(dose=replace(slot.dose, name=name)), None, None, row.dosed, ANYBODY
        )
        (administration,) = join([dosed_slot], regimen, None, None, {})
        return administration.source

    assert rows("x") == ("here, this test",)
    assert rows(UNPLANNED) == ("not of the plan",)


def test_a_row_lists_the_sources_of_amount_day_and_route() -> None:
    """Each once, in that order; what a dose does in a delay is of neither amount nor time."""
    (row,) = schedule_of("""
        doses:
          - drug: x
            amount: 1 mg
            route: IV
            day: 1
            during_delay: continue
            source: {amount: "here, table 2", day: "here, figure 1", route: "here, table 2"}
        assumptions:
          - {about: x.during_delay, text: It goes on., because: It is so read.}
    """).administrations
    assert row.source == ("here, table 2", "here, figure 1")
    assert row.assumed == ()


BEHIND = """
    arms: {low: the lower dose, high: the higher dose}
    doses:
      - drug: x
        amount: {low: 1 mg, high: 2 mg}
        cap: 9 mg
        route: IV
        day: 1
    assumptions:
      - {about: "x.amount[low]", text: t, because: b}
      - {about: "x.amount[high]", text: t, because: b}
      - {about: x.cap, text: t, because: b}
      - {about: x.day, text: t, because: b}
      - {about: x.route, text: t, because: b}
"""


@pytest.mark.parametrize(("arm", "numbers"), [("low", (1, 3, 4, 5)), ("high", (2, 3, 4, 5))])
def test_a_row_rests_only_on_the_amount_of_its_arm(arm: str, numbers: tuple[int, ...]) -> None:
    """Of the other arm's amount nothing depends; of its cap, route and day it does."""
    (row,) = make_schedule(written(BEHIND), arm=arm).administrations
    assert row.assumed == numbers
    needed = written(BEHIND.replace("day: 1\n", "day: 1\n        as_needed: yes\n", 1))
    (needed_row,) = make_schedule(needed, arm=arm).as_needed
    assert needed_row.assumed == numbers


# What is given as needed


def at_need(*blocks: Block, turns: Days | None = None, only_if: str | None = None) -> AsNeeded:
    """A dose as needed in the last of some blocks."""
    dose = Dose("x", "x", "x", {None: quantity("1 mg")}, "oral", Days(((1, 1),)), turns)
    return AsNeeded(blocks, replace(dose, only_if=only_if), Unstated(), Patient(), (), ())


def if_(condition: str | None) -> Repeat:
    """Two turns, the second on a condition."""
    return Repeat(2, every=span("7 days"), only_if=condition)


def test_a_dose_as_needed_depends_on_conditions_of_its_blocks_and_its_own() -> None:
    """From the outside in; what has no condition says none."""
    blocks = (Block("a", "a", only_if="a response"), Block("b", "a.b"))
    assert at_need(*blocks, only_if="pain").conditions() == ["a response", "pain"]
    assert at_need(*blocks).conditions() == ["a response"]


def test_a_dose_as_needed_in_later_turns_depends_on_their_conditions() -> None:
    """Of every block around it that is repeated on a condition, from the outside in."""
    outer, plain = Block("once", "once"), Block("round", "once.round", repeat=if_(None))
    course = Block("course", "c", repeat=if_("a response"))
    cycle = Block("cycle", "d", repeat=if_("no fever"))
    assert list(at_need(outer, plain, course, cycle).of_later_turns()) == [
        "a response (each course after the first)",
        "no fever (each cycle after the first)",
    ]


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        (Days(((1, 1), (3, 3))), "no fever (each cycle after the first)"),
        (Days((), onward=2), "no fever"),
        (Days(((2, 2),)), "no fever"),
    ],
)
def test_a_dose_as_needed_in_no_first_turn_always_depends_on_a_condition(
    turns: Days, text: str
) -> None:
    """Given from turn 2 on it always depends; its turns are those of the innermost block alone."""
    course = Block("course", "c", repeat=if_("a response"))
    middle = Block("round", "r", repeat=if_("good blood"))
    cycle = Block("cycle", "d", repeat=if_("no fever"))
    assert list(at_need(course, middle, cycle, turns=turns).of_later_turns()) == [
        "a response (each course after the first)",
        "good blood (each round after the first)",
        text,
    ]


# Units of totals


def test_an_amount_not_stated_is_in_no_total_and_keeps_no_other_out() -> None:
    """Of a dose without an amount nothing is added; the next one still is."""
    sums = totals("""
        doses:
          - {dose: a, drug: x, amount: not stated, route: IV, day: 1}
          - {dose: b, drug: x, amount: 2 mg, route: IV, day: 2}
    """)
    assert {key: (total.value, total.administrations) for key, total in sums.items()} == {
        ("x", "", "mg"): (Decimal(2), 1)
    }


def test_amounts_of_a_drug_are_added_in_the_unit_of_the_first_of_their_kind() -> None:
    """No unit at all is of no kind, and another drug has its own."""
    added = AddedIn()
    units = [("x", ""), ("x", "g"), ("x", "mg"), ("x", "IU"), ("y", "mg"), ("y", "g"), ("x", "")]
    assert [added.unit(drug, unit) for drug, unit in units] == ["", "g", "g", "IU", "mg", "mg", ""]
