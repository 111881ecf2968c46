"""When doses are due: each test states a rule of `il2calc.plan.timing` or what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from il2calc import load_regimen
from il2calc.errors import FaultyFile, MissingInput, Refused, UnknownName
from il2calc.model.regimen import Days, Dose, Regimen
from il2calc.plan.timing import Slot, Timetable, Wait, expand, waits
from il2calc.units import quantity, span
from written import SMALL, Data, bodies, plan
from written import regimen as written

WEEKLY = """
    blocks:
      - block: {name}
        repeat: {{{repeat}}}
        doses: [{{drug: x, amount: 1 mg, route: IV, day: 1}}]
"""


def slots_of(
    body: str | Data,
    *,
    arm: str | None = None,
    times: Mapping[str, int] | None = None,
    start: int = 8 * 60,
) -> tuple[Slot, ...]:
    """The slots of a regimen written down here."""
    return expand(written(body), arm, times, start).slots


def listed(slots: tuple[Slot, ...]) -> list[tuple[str, int]]:
    """Drug and regimen day, the first day being 1."""
    return [(slot.dose.drug, slot.day + 1) for slot in slots]


def facts(slot: Slot) -> tuple[str, int, int | None, bool, tuple[str, ...]]:
    """The data of a slot, without the objects it belongs to."""
    return slot.dose.path, slot.minute, slot.latest, slot.at_most, slot.only_if


def starts_of(timetable: Timetable) -> list[tuple[str, int, int]]:
    """The start of every block turn, and how much later it may be at the latest."""
    return [(turn.block.path, turn.start, shift) for turn, shift in timetable.turns]


# Rule 1


@pytest.mark.hazard(15)
def test_what_follows_ac_four_times_every_21_days_starts_on_day_85() -> None:
    """Rule 1: a turn with `every` is exactly that long, the last one too."""
    slots = slots_of("""
        blocks:
          - block: AC
            repeat: {times: 4, every: 21 days}
            doses: [{drug: AC, amount: 1 mg, route: IV, day: 1}]
          - block: T
            doses: [{drug: T, amount: 1 mg, route: IV, day: 1}]
    """)
    assert listed(slots) == [("AC", 1), ("AC", 22), ("AC", 43), ("AC", 64), ("T", 85)]


@pytest.mark.hazard(15)
def test_fourteen_doses_every_eight_hours_and_nine_days_of_rest_give_336_hours() -> None:
    """Rule 1: rest days are whole days: fourteen doses fill days 1-5, rest D6-14, next on D15."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 9 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 14, every: 8 hours}}
    """)
    assert slots[14].minute - slots[0].minute == 336 * 60


# Rule 2


def test_a_dose_past_midnight_of_its_planned_days_is_shown_where_it_falls() -> None:
    """Rule 2: from 08:00 the 15th dose falls on day 6 at 00:00, and lengthens nothing."""
    regimen = load_regimen("npc-bolus")
    at_eight, at_seven = expand(regimen), expand(regimen, start=7 * 60)
    assert [number for number, slot in enumerate(at_eight.slots, 1) if slot.outside] == [
        15,
        30,
        45,
        60,
    ]
    assert at_eight.slots[14].minute == 5 * 1440
    assert not any(slot.outside for slot in at_seven.slots)
    assert starts_of(at_eight) == starts_of(at_seven)


def test_what_is_spread_over_the_day_is_never_outside_it() -> None:
    """Rule: those of `n times a day` past midnight still belong to their day and are no caution.

    23:00, then 4 hours apart: 1380, 1620, 1860 and 2100 minutes after the midnight of day 1.
    """
    slots = slots_of(
        "doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: 4 times a day}]", start=23 * 60
    )
    assert [slot.minute for slot in slots] == [1380, 1620, 1860, 2100]
    assert not any(slot.outside for slot in slots)
    assert [slot.day for slot in slots] == [0, 0, 0, 0]


def test_what_is_spread_over_a_later_day_stays_on_it() -> None:
    """Twice on day 2 from 20:00: the second falls on day 3 at 08:00, and belongs to day 2."""
    slots = slots_of(
        "doses: [{drug: x, amount: 1 mg, route: IV, day: 2, at: 2 times a day}]", start=20 * 60
    )
    assert [(slot.minute, slot.carried, slot.day) for slot in slots] == [
        (1440 + 1200, 0, 1),
        (2880 + 480, 1, 1),
    ]


def test_hours_of_a_later_day_are_counted_from_the_first_of_that_day() -> None:
    """Day 2 at 08:00 is 1,920 minutes after midnight of day 1; both doses are counted from it."""
    slots = slots_of("""
        doses: [{drug: x, amount: 1 mg, route: IV, day: 2, repeat: {times: 2, every: 8 hours}}]
    """)
    assert [(slot.minute, slot.anchor) for slot in slots] == [(1920, 1920), (2400, 1920)]


# Rule 3


def test_a_repeat_starts_anew_from_each_listed_day() -> None:
    """Rule 3."""
    slots = slots_of("""
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: [1, 4], repeat: {times: 2, every: 36 hours}}
    """)
    assert [slot.minute - 480 for slot in slots] == [0, 36 * 60, 3 * 1440, 3 * 1440 + 36 * 60]


# Rule 4


def test_a_block_placed_by_its_day_moves_no_sibling() -> None:
    """Rule 4: blocks follow one another unless placed by `day`."""
    slots = slots_of("""
        blocks:
          - {block: a, doses: [{drug: a, amount: 1 mg, route: IV, day: 1 to 2}]}
          - {block: b, day: 2, doses: [{drug: b, amount: 1 mg, route: IV, day: 1}]}
          - {block: c, doses: [{drug: c, amount: 1 mg, route: IV, day: 1}]}
    """)
    assert listed(slots) == [("a", 1), ("a", 2), ("b", 2), ("c", 3)]


# Rule 5


@pytest.mark.hazard(23)
def test_every_row_after_a_range_has_a_latest_time() -> None:
    """Rule 5: dates are the earliest; every later row also carries its latest date."""
    slots = slots_of(WEEKLY.format(name="cycle", repeat="times: 3, every: 7 to 9 days"))
    assert [(slot.day, slot.latest and slot.latest // 1440) for slot in slots] == [
        (0, None),
        (7, 9),
        (14, 18),
    ]


def test_a_turn_has_how_much_later_it_may_begin() -> None:
    """Turn 2 on day 8 or 10, turn 3 on day 15 or 19; what has no range before it is never later."""
    timetable = expand(written(WEEKLY.format(name="cycle", repeat="times: 3, every: 7 to 9 days")))
    assert starts_of(timetable) == [("", 0, 0), ("cycle", 0, 0), ("cycle", 7, 2), ("cycle", 14, 4)]
    timetable = expand(written(WEEKLY.format(name="cycle", repeat="times: 2, every: 7 days")))
    assert starts_of(timetable) == [("", 0, 0), ("cycle", 0, 0), ("cycle", 7, 0)]


def test_the_range_of_a_stated_length_goes_no_further_than_that_length() -> None:
    """Rules 1 and 5: a range inside a turn with `every` does not move the next turn."""
    slots = slots_of("""
        blocks:
          - block: outer
            repeat: {times: 2, every: 21 days}
            blocks:
              - block: inner
                repeat: {times: 2, rest: 3 to 5 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [(slot.day, slot.latest and slot.latest // 1440) for slot in slots] == [
        (0, None),
        (4, 6),
        (21, None),
        (25, 27),
    ]


def test_what_follows_a_rest_of_at_least_so_long_is_not_before_its_time() -> None:
    """Rule 5: there is no latest, in a repeat and after a block; what it does not move has one."""
    slots = slots_of("""
        blocks:
          - block: a
            repeat: {times: 2, rest: at least 7 days}
            doses: [{drug: a, amount: 1 mg, route: IV, day: 1}]
          - {block: beside, day: 1, doses: [{drug: x, amount: 1 mg, route: IV, day: 20}]}
    """)
    assert [(slot.dose.drug, slot.not_before) for slot in slots] == [
        ("a", False),
        ("a", True),
        ("x", False),
    ]
    slots = slots_of("""
        blocks:
          - block: a
            rest: at least 7 days
            doses: [{drug: a, amount: 1 mg, route: IV, day: 1}]
          - block: b
            repeat: {times: 2, rest: 7 to 9 days}
            doses: [{drug: b, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [(slot.dose.drug, slot.not_before) for slot in slots] == [
        ("a", False),
        ("b", True),
        ("b", True),
    ]


# Rule 6


def test_a_condition_on_a_repeat_spares_the_first_turn() -> None:
    """Rule 6: `only_if` in a `repeat` binds every turn after the first."""
    slots = slots_of(
        WEEKLY.format(name="cycle", repeat="times: 3, every: 7 days, only_if: response")
    )
    assert [slot.only_if for slot in slots] == [(), ("response",), ("response",)]


def test_a_condition_on_the_repeat_of_a_dose_spares_its_first_administration() -> None:
    """Rule 6: the same at every level of a repeat."""
    slots = slots_of("""
        doses:
          - drug: x
            amount: 1 mg
            route: IV
            day: 1
            repeat: {times: 3, every: 8 hours, only_if: pulse below 100}
    """)
    assert [slot.only_if for slot in slots] == [(), ("pulse below 100",), ("pulse below 100",)]


@pytest.mark.hazard(39)
def test_a_condition_on_a_block_or_dose_binds_the_first_too_and_is_shown_once() -> None:
    """Rule 6: on a block or dose, the first too."""
    slots = slots_of("""
        blocks:
          - block: a
            only_if: response
            repeat: {times: 2, every: 7 days, only_if: response}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1}
              - {drug: y, amount: 1 mg, route: IV, day: 2, only_if: fever}
    """)
    assert [slot.only_if for slot in slots] == [("response",), ("response", "fever")] * 2


def test_at_most_holds_for_a_block_a_dose_and_all_within() -> None:
    """Rule 6: "at most" where the dose or any block around it is `up_to`, its first turn too."""
    slots = slots_of("""
        blocks:
          - block: a
            repeat: {up_to: 2, every: 7 days}
            blocks: [{block: b, doses: [{drug: b, amount: 1 mg, route: IV, day: 1}]}]
          - block: c
            doses:
              - {drug: c, amount: 1 mg, route: IV, day: 1}
              - {drug: d, amount: 1 mg, route: IV, day: 2, repeat: {up_to: 2, every: 8 hours}}
    """)
    assert [(slot.dose.drug, slot.at_most) for slot in slots] == [
        ("b", True),
        ("b", True),
        ("c", False),
        ("d", True),
        ("d", True),
    ]


def test_a_number_of_times_is_no_maximum() -> None:
    """Rule 6: `times` says how often, on a dose and on a block; only `up_to` is a maximum."""
    slots = slots_of("""
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 2, every: 8 hours}}
    """)
    assert [(slot.at_most, slot.only_if) for slot in slots] == [(False, ())] * 4


def test_at_most_stays_when_fewer_turns_are_chosen() -> None:
    """Rule 6: whatever `--cycles` says."""
    body = WEEKLY.format(name="cycle", repeat="up_to: 6, every: 7 days")
    assert [slot.at_most for slot in slots_of(body, times={"cycle": 1})] == [True]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("[1, 3 onward]", {0: False, 2: True, 3: True}),
        ("[-4, -3 onward]", {-4: False, -3: True, -2: True, -1: True, 0: True, 3: True}),
    ],
)
def test_days_onward_are_at_most_and_those_before_them_are_not(
    days: str, expected: dict[int, bool]
) -> None:
    """Rule 6: "at most" where a day is `onward`."""
    slots = slots_of(f"""
        numbering: without day 0
        blocks:
          - block: a
            repeat: {{times: 1, every: 4 days}}
            doses: [{{drug: x, amount: 1 mg, route: IV, day: {days}}}]
    """)
    by_day = {slot.day: slot.at_most for slot in slots}
    assert {day: by_day[day] for day in expected} == expected


# Rule 7


def test_an_open_ended_block_asks_for_its_count() -> None:
    """Rule 7: the schedule refuses until `--cycles N` (= `--times cycle=N`) is given."""
    with pytest.raises(MissingInput, match="how many times cycle is given: give --cycles 4"):
        slots_of(WEEKLY.format(name="cycle", repeat="every: 7 days"))
    with pytest.raises(MissingInput, match='give --times "week=4"'):
        slots_of(WEEKLY.format(name="week", repeat="every: 7 days"))
    assert len(slots_of(WEEKLY.format(name="week", repeat="every: 7 days"), times={"week": 5})) == 5


def test_an_open_ended_block_of_another_arm_asks_for_nothing() -> None:
    """Rule: judged arm by arm."""
    body = """
        arms: {a: one, b: other}
        blocks:
          - block: outer
            arm: a
            blocks:
              - block: cycle
                repeat: {every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - {block: once, arm: b, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    assert len(slots_of(body, arm="b")) == 1


def test_a_count_may_be_lowered_and_never_raised() -> None:
    """Rule 7."""
    body = WEEKLY.format(name="week", repeat="times: 4, every: 7 days")
    assert len(slots_of(body, times={"week": 4})) == 4
    assert len(slots_of(body, times={"week": 1})) == 1
    with pytest.raises(Refused, match="written has at most 4 of week, not 5; give at most 4"):
        slots_of(body, times={"week": 5})


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_one_is_refused(count: int) -> None:
    """Zero and negative turns are refused, never read as the count of the file."""
    body = WEEKLY.format(name="week", repeat="times: 4, every: 7 days")
    with pytest.raises(Refused):
        slots_of(body, times={"week": count})


def test_a_block_may_be_named_by_its_name_or_by_its_path() -> None:
    """Rule 7: `--times BLOCK=N`; a block name met twice needs its path."""
    regimen = load_regimen("npc-bolus")
    by_name = expand(regimen, times={"cycle": 1})
    assert by_name.counts == {"course": 2, "course.cycle": 1}
    assert expand(regimen, times={"course.cycle": 1}).counts == by_name.counts


def test_one_block_has_one_count() -> None:
    """Rule 7: `--cycles N` is `--times cycle=N`; two counts of one block cannot both be meant."""
    with pytest.raises(Refused):
        expand(load_regimen("npc-bolus"), times={"cycle": 1, "course.cycle": 2})


def test_a_block_name_met_twice_needs_its_path() -> None:
    """Rule 7."""
    body = """
        blocks:
          - block: first
            blocks:
              - block: cycle
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: second
            blocks:
              - block: cycle
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    with pytest.raises(Refused, match="several blocks called 'cycle'"):
        slots_of(body, times={"cycle": 1})
    assert [day for _, day in listed(slots_of(body, times={"first.cycle": 1}))] == [1, 8, 15]


def test_a_block_that_is_not_repeated_has_no_count_to_choose() -> None:
    """Rule 7: the known ones are offered."""
    with pytest.raises(Refused, match=r'is not a block.*--times "course=1"'):
        expand(load_regimen("npc-bolus"), times={"aldesleukin": 1})
    with pytest.raises(UnknownName, match="No block here is repeated"):
        slots_of("doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]", times={"cycle": 1})


def test_more_than_100_000_administrations_are_refused_before_they_are_laid_out() -> None:
    """A regimen that would expand to more than 100,000 administrations is refused."""
    body = WEEKLY.format(name="week", repeat="every: 7 days")
    with pytest.raises(Refused, match="at most 100,000 fit"):
        slots_of(body, times={"week": 10**12})


def test_a_refusal_says_how_many_administrations_there_would_be() -> None:
    """10,001 turns of 10 days are 100,010 administrations."""
    body = """
        blocks:
          - block: week
            repeat: {every: 20 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 10}]
    """
    with pytest.raises(Refused, match="would give 100,010 administrations"):
        slots_of(body, times={"week": 10_001})


# Rule 8


def test_at_the_same_moment_an_outer_block_comes_before_those_inside() -> None:
    """Rule 8: doses of an outer block before those inside."""
    slots = slots_of("""
        doses: [{drug: outermost, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - block: a
            doses: [{drug: outer, amount: 1 mg, route: IV, day: 1}]
            blocks: [{block: b, doses: [{drug: inner, amount: 1 mg, route: IV, day: 1}]}]
    """)
    assert [slot.dose.drug for slot in slots] == ["outermost", "outer", "inner"]


def test_at_the_same_moment_the_order_of_the_file_is_kept() -> None:
    """Rule 8: trastuzumab before aldesleukin because it comes first."""
    slots = [slot for slot in expand(load_regimen("trastuzumab")).slots if slot.day == 21]
    assert [slot.dose.drug for slot in slots] == ["trastuzumab", "aldesleukin"]


def test_of_two_tracks_the_first_in_the_file_comes_first_however_deep_it_is() -> None:
    """Rule 8: then the order of the file; neither of two tracks is inside the other."""
    slots = slots_of("""
        blocks:
          - block: deep
            day: 1
            blocks: [{block: within, doses: [{drug: first, amount: 1 mg, route: IV, day: 1}]}]
          - block: flat
            day: 1
            doses: [{drug: second, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [slot.dose.drug for slot in slots] == ["first", "second"]


def test_a_day_that_reaches_back_takes_its_place_in_the_order_of_the_file() -> None:
    """Rule 8: at the same moment the order of the file, whichever turn a dose belongs to."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: first, amount: 1 mg, route: IV, day: -1}
              - {drug: second, amount: 1 mg, route: IV, day: 7}
    """)
    assert [slot.dose.drug for slot in slots if slot.day == 6] == ["first", "second"]


def test_a_later_moment_comes_later_whatever_the_file_says() -> None:
    """Rule 8: rows by date and time."""
    slots = slots_of("""
        doses:
          - {drug: evening, amount: 1 mg, route: IV, day: 1, at: "20:00"}
          - {drug: morning, amount: 1 mg, route: IV, day: 1, at: "06:00"}
    """)
    assert [slot.dose.drug for slot in slots] == ["morning", "evening"]


@pytest.mark.parametrize("start", [0, 8 * 60, 23 * 60])
def test_an_infusion_hung_by_the_clock_lengthens_a_block_by_its_own_length_alone(
    start: int,
) -> None:
    """Rule 2: 22 hours from 20:00 are one planned day, at whatever hour the ward begins.

    Were they two, the next block, and every date after it, would come a day late.
    """
    slots = slots_of(
        """
        blocks:
          - block: first
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: "20:00", over: 22 hours}]
          - block: second
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
        """,
        start=start,
    )
    assert [slot.day for slot in slots] == [0, 1]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("1 to 3", (0, 8)),  # midnight of day 1 is before the start, at 08:00
        ("2 to 3", (1, 0)),  # that of day 2 does not
        ("-2 to 3", (-2, 8)),  # nor may a maximum be used up before the first day that is listed
    ],
)
def test_a_maximum_counts_from_the_start_of_the_turn_or_of_an_earlier_day(
    day: str, first: tuple[int, int]
) -> None:
    """Rule 6: what is due before the start uses up none of the doses that may be given."""
    slots = slots_of(f"""
        doses:
          - {{drug: x, amount: 1 mg, route: IV, day: {day}, at: ["00:00", "08:00"], up_to: 3}}
    """)
    assert (slots[0].day, slots[0].minute % 1440 // 60) == first
    assert len(slots) == 3


@pytest.mark.parametrize(("at", "hours"), [("-30 minutes", -0.5), ("-9 hours", -9)])
def test_a_maximum_does_not_drop_what_is_given_before_the_start_of_its_day(
    at: str, hours: float
) -> None:
    """Rule 6: what precedes the dose of day 1, by however much, is the first; then that of day 3.

    Day 1 and day 3 begin at 08:00, 0 and 48 hours after the start.
    """
    slots = slots_of(f"""
        doses: [{{drug: x, amount: 1 mg, route: oral, day: [1, 3, 5], at: {at}, up_to: 2}}]
    """)
    assert [slot.minute / 60 - 8 for slot in slots] == [hours, 48 + hours]


def test_a_maximum_counts_by_time_and_not_in_the_order_of_its_days() -> None:
    """Rule 6: of day 1 and 2 at the start and 30 hours on, the first two are those of 08:00.

    30 hours after the start of day 1 it is 14:00 on day 2, which comes third.
    """
    slots = slots_of("""
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: 1 to 2, at: [+0 hours, +30 hours], up_to: 2}
    """)
    assert [(slot.day + 1, slot.minute % 1440) for slot in slots] == [(1, 480), (2, 480)]
    assert all(slot.at_most for slot in slots)


def test_a_maximum_begins_with_the_first_of_several_days_before_day_1() -> None:
    """Rule 6: days -2, -1 and 1; the one of day -2 is the first that may be given."""
    slots = slots_of("""
        numbering: without day 0
        doses: [{drug: x, amount: 1 mg, route: IV, day: -2 to 3, at: "08:00", up_to: 3}]
    """)
    assert [slot.day for slot in slots] == [-2, -1, 0]


def test_a_maximum_in_a_later_turn_counts_from_the_start_of_that_turn() -> None:
    """Rule 6: in cycle 2, from day 8 on, midnight of its day 1 is before the start too."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1 to 3, at: ["00:00", "08:00"], up_to: 3}
    """)
    hours = [0 + 8, 24, 24 + 8]
    assert [slot.minute // 60 for slot in slots] == [*hours, *(7 * 24 + hour for hour in hours)]


def test_a_dose_at_midnight_is_on_its_day_and_not_outside_it() -> None:
    """Rule 2: a day begins at 00:00."""
    (slot,) = slots_of('doses: [{drug: x, amount: 1 mg, route: IV, day: 2, at: "00:00"}]')
    assert (slot.day, slot.minute, slot.outside) == (1, 1440, False)


def test_a_range_of_an_offset_moves_the_latest_time_of_what_follows() -> None:
    """Rule 5: after 22 hours the block ends on day 1, after 26 on day 2: y on day 2 or 3."""
    slots = slots_of("""
        blocks:
          - block: first
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: +22 to +26 hours}]
          - {block: second, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}
    """)
    assert [(slot.minute // 60, slot.latest and slot.latest // 60) for slot in slots] == [
        (8 + 22, 8 + 26),
        (24 + 8, 48 + 8),
    ]


def test_an_offset_past_midnight_is_outside_its_day() -> None:
    """Rule 2: 20 hours from 08:00 are planned for day 1 and fall on day 2, at 04:00."""
    (slot,) = slots_of("doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: +20 hours}]")
    assert (slot.day, slot.carried, slot.outside) == (1, 0, True)
    (slot,) = slots_of("doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: +15 hours}]")
    assert (slot.day, slot.carried, slot.outside) == (0, 0, False)


def test_the_latest_time_of_a_later_day_is_counted_from_its_turn() -> None:
    """Rule 5: day 3 of a cycle that begins on day 8 to 10 is day 10, at the latest day 12."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 to 9 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 3}]
    """)
    assert [(slot.day + 1, slot.latest and slot.latest // 1440 + 1) for slot in slots] == [
        (3, None),
        (10, 12),
    ]


def test_a_slot_is_numbered_per_drug_within_its_turn() -> None:
    """Two doses of one drug count on; what a later change moves keeps its number."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {dose: pulse, drug: x, amount: 2 mg, route: IV, day: 2}
              - {dose: daily, drug: x, amount: 1 mg, route: SC, day: [1, 3]}
              - {drug: y, amount: 1 mg, route: SC, day: 1}
    """)
    assert [(slot.dose.name, slot.number) for slot in slots[:4]] == [
        *(("daily", 1), ("y", 1), ("pulse", 2), ("daily", 3)),
    ]
    assert [slot.number for slot in slots[4:]] == [slot.number for slot in slots[:4]]


# What a time rests on


def assumed(body: str, **options: Mapping[str, int]) -> list[tuple[str, tuple[int, ...]]]:
    """Drug and the numbers of the assumptions behind its time."""
    return [(slot.dose.drug, slot.assumed) for slot in slots_of(body, times=options.get("times"))]


def test_a_row_knows_the_assumptions_behind_its_own_days() -> None:
    """Rule: its own day, turn, at, repeat."""
    body = """
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1, turn: 1, at: "08:00"}
              - {drug: y, amount: 1 mg, route: IV, day: 2, repeat: {times: 1, every: 8 hours}}
              - {drug: z, amount: 1 mg, route: IV, day: 3, turn: 1}
        assumptions:
          - {about: a.x.day, text: t, because: b}
          - {about: a.x.turn, text: t, because: b}
          - {about: a.x.at, text: t, because: b}
          - {about: a.y.repeat, text: t, because: b}
          - {about: a.z.amount, text: t, because: b}
    """
    assert assumed(body) == [("x", (1, 2, 3)), ("y", (4,)), ("z", ()), ("y", (4,))]


SERIES = """
    blocks:
      - block: lead-in
        rest: 3 days
        blocks:
          - block: inner
            day: 1
            rest: 1 day
            repeat: {times: 2, rest: 2 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: placed
        day: 5
        doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
      - block: cycle
        repeat: {times: 2, every: 7 days}
        doses: [{drug: z, amount: 1 mg, route: IV, day: 1}]
    assumptions:
      - {about: lead-in.rest, text: t, because: b}
      - {about: lead-in.inner.repeat.rest, text: t, because: b}
      - {about: lead-in.inner.day, text: t, because: b}
      - {about: placed.day, text: t, because: b}
      - {about: cycle.repeat.every, text: t, because: b}
"""


def test_a_row_knows_the_assumptions_behind_what_moved_its_block() -> None:
    """Rule: `every`, `rest`, `day` of the blocks that moved it."""
    assert assumed(SERIES) == [
        ("x", (3,)),
        ("x", (2, 3)),
        ("y", (4,)),
        ("z", (1, 2, 3)),
        ("z", (1, 2, 3, 5)),
    ]


def test_a_row_rests_on_no_rest_that_did_not_move_it() -> None:
    """Rule: `rest` in a repeat comes only between turns; one turn has none between."""
    assumptions = assumed(SERIES, times={"lead-in.inner": 1})
    assert assumptions == [("x", (3,)), ("y", (4,)), ("z", (1, 3)), ("z", (1, 3, 5))]


def test_the_rest_after_the_last_inner_block_moves_nothing() -> None:
    """Rule: `rest` of a block comes before the next one within its parent."""
    assumptions = assumed("""
        blocks:
          - block: outer
            repeat: {times: 2, rest: 1 day}
            blocks:
              - block: inner
                rest: 9 days
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        assumptions:
          - {about: outer.inner.rest, text: t, because: b}
          - {about: outer.repeat.rest, text: t, because: b}
    """)
    assert assumptions == [("x", ()), ("x", (2,))]


TWO_ARMS = """
    arms: {low: the lower dose, high: the higher dose, both: both of them}
    blocks:
      - block: induction
        arm: [low, both]
        repeat: {times: 2, every: 7 days}
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: course
        arm: [high, both]
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
"""


@pytest.mark.parametrize(
    ("arm", "name", "words"),
    [
        (
            "high",
            "induction",
            "is a block of arm low and both, and this plan is of arm high",
        ),
        ("low", "cycle", "is a block of arm high and both, and this plan is of arm low"),
        (
            "low",
            "course.cycle",
            "is a block of arm high and both, and this plan is of arm low",
        ),
    ],
)
def test_a_count_of_a_block_of_another_arm_is_refused_as_that(
    arm: str, name: str, words: str
) -> None:
    """The block is there, but not in the arm that is scheduled: the message names its arms."""
    with pytest.raises(Refused) as refused:
        slots_of(TWO_ARMS, arm=arm, times={name: 1})
    assert str(refused.value).startswith(f"{name} {words};")
    assert len(slots_of(TWO_ARMS, arm="both", times={name: 1})) == 3


def test_a_count_of_a_block_of_no_arm_is_an_unknown_name() -> None:
    """`course` is in no arm repeated, so that there is no count of it to give."""
    with pytest.raises(UnknownName, match="no repeated block is called 'course'"):
        slots_of(TWO_ARMS, arm="high", times={"course": 1})


def test_a_refusal_names_a_single_arm_in_the_singular() -> None:
    body = TWO_ARMS.replace("arm: [low, both]", "arm: low")
    with pytest.raises(
        Refused, match="is a block of arm low, and this plan is of arm both; leave its --times out"
    ):
        slots_of(body, arm="both", times={"induction": 1})


BESIDE = """
    blocks:
      - block: course
        repeat: {{times: 2, rest: 2 days}}
        blocks:
          - {{block: main, doses: [{{drug: x, amount: 1 mg, route: IV, day: 1 to 9}}]}}
          - block: side
            day: {day}
            repeat: {{times: 2, rest: 1 day}}
            doses: [{{drug: y, amount: 1 mg, route: IV, day: 1}}]
    assumptions:
      - {{about: course.side.day, text: t, because: b{otherwise}}}
      - {{about: course.side.repeat.rest, text: t, because: b}}
"""
"""A course of 9 days, with two days of y that end on the second day after the one given."""


@pytest.mark.parametrize(
    ("day", "otherwise", "later"),
    [
        (3, "", ()),
        (6, "", ()),
        (7, "", (1, 2)),
        (8, "", (1, 2)),
        (3, ", otherwise: 7", ()),
        (3, ", otherwise: 8", (1,)),
        (8, ", otherwise: 7", (1, 2)),
        (8, ", otherwise: 1 to 3", (1, 2)),
        (7, ", otherwise: 5", (2,)),
    ],
)
def test_a_row_rests_on_no_day_that_did_not_move_it(
    day: int, otherwise: str, later: tuple[int, ...]
) -> None:
    """A block beside others moves what follows them only where it ends last."""
    assumptions = dict.fromkeys(assumed(BESIDE.format(day=day, otherwise=otherwise)))
    assert {row for drug, row in assumptions if drug == "x"} == {(), later}
    first = [row for drug, row in assumptions if drug == "y"][:2]
    assert first == [(1,), (1, 2)]


@pytest.mark.parametrize(
    ("rest", "beside"),
    [
        ("1 day", "{block: wide, day: 1, repeat: {times: 2, rest: 0 to 20 days}, doses: [DOSE]}"),
        ("0 to 1 days", "{block: wide, day: 1, doses: [DOSE]}"),
    ],
    ids=["the earliest alone", "the latest alone"],
)
def test_another_value_is_a_day_more_at_the_earliest_and_at_the_latest(
    rest: str, beside: str
) -> None:
    """Side ends on day 8 + 1 = 9 with the main block: a day more moves course 2, a day less none.

    At the latest wide ends on day 22, so that only the earliest moves. With 0 to 1 days side ends
    on day 8 or 9: only the latest moves.
    """
    dose = "{drug: z, amount: 1 mg, route: IV, day: 1}"
    assumptions = assumed(f"""
        blocks:
          - block: course
            repeat: {{times: 2, rest: 2 days}}
            blocks:
              - {{block: main, doses: [{{drug: x, amount: 1 mg, route: IV, day: [1, 9]}}]}}
              - block: side
                day: 7
                repeat: {{times: 2, rest: {rest}}}
                doses: [{{drug: y, amount: 1 mg, route: IV, day: 1}}]
              - {beside.replace("DOSE", dose)}
        assumptions:
          - {{about: course.side.repeat.rest, text: t, because: b}}
    """)
    assert [numbers for drug, numbers in assumptions if drug == "x"] == [(), (), (1,), (1,)]


def test_the_other_value_of_a_whole_repeat_is_not_that_of_its_length() -> None:
    """An assumption about the repeat as a whole is about all of it, though it names 7 days too."""
    body = WEEKLY.format(name="cycle", repeat="times: 2, every: 7 days")
    of_all = """
    assumptions:
      - {about: cycle.repeat, text: t, because: b, otherwise: 7 days}
"""
    assert assumed(body + of_all) == [("x", ()), ("x", (1,))]
    assert assumed(body + of_all.replace("repeat", "repeat.every")) == [("x", ()), ("x", ())]


def test_another_value_may_move_the_latest_time_alone() -> None:
    """7 days are the shortest of 7 to 9: the row is planned for the same day, and later too."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        assumptions:
          - {about: cycle.repeat.rest, text: t, because: b, otherwise: 7 to 9 days}
    """
    assert assumed(body) == [("x", ()), ("x", (1,))]


@pytest.mark.hazard(16)
def test_a_day_before_day_1_is_followed_by_day_1() -> None:
    """Without a day 0: another value of day -1 is day 1."""
    body = """
        numbering: without day 0
        blocks:
          - {block: early, day: -1, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
          - {block: main, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}
        assumptions:
          - {about: early.day, text: t, because: b}
    """
    assert assumed(body) == [("x", (1,)), ("y", ())]


def lengths(body: Data, path: str = "") -> Iterator[tuple[str, str]]:
    """Every length and day of the blocks of plain data, by its path."""
    for block in body.get("blocks", ()):
        inner = f"{path}{block['block']}"
        repeat = block.get("repeat", {})
        yield from ((f"{inner}.repeat.{key}", key) for key in ("every", "rest") if key in repeat)
        yield from ((f"{inner}.{key}", key) for key in ("rest", "day") if key in block)
        yield from lengths(block, f"{inner}.")


def times_of(regimen: Regimen) -> dict[object, tuple[Slot, tuple[int, int | None]]]:
    """The time and the latest time of every slot, by its turn, drug and number."""
    return {
        (
            tuple((turn.block.name, turn.number) for turn in slot.turn.chain()),
            slot.dose.drug,
            slot.number,
        ): (slot, (slot.minute, slot.latest))
        for slot in expand(regimen).slots
    }


@SMALL
@given(bodies(depth=2), st.data())
def test_an_assumption_is_listed_where_another_value_would_move_the_row(
    body: Data, data: st.DataObject
) -> None:
    """Rule: an assumption is listed on a row only if another value would move that row."""
    values = list(lengths(body))
    assume(values)
    about, key = data.draw(st.sampled_from(values))
    number = data.draw(st.integers(1, 40))
    text = str(number) if key == "day" else f"{number} to {number + 2} days"
    assumption = {"about": about, "text": "t", "because": "b", "otherwise": text}
    try:
        other = times_of(written(body, [(about, text)]))
    except FaultyFile:
        assume(False)
    times = times_of(written({**body, "assumptions": [assumption]}))
    assert {name for name, (slot, _) in times.items() if slot.assumed} == {
        name for name, (_, assumed) in times.items() if assumed != other[name][1]
    }


def test_only_siblings_of_the_same_arm_move_a_block() -> None:
    """Rule: lengths are judged arm by arm."""
    body = """
        arms: {a: one, b: other}
        blocks:
          - block: first
            blocks:
              - block: only b
                arm: b
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
              - {block: both, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}
          - {block: second, doses: [{drug: z, amount: 1 mg, route: IV, day: 1}]}
        assumptions:
          - {about: first.only b.repeat.every, text: t, because: b}
    """
    by_drug = {slot.dose.drug: slot for slot in slots_of(body, arm="a")}
    assert {drug: (slot.day, slot.assumed) for drug, slot in by_drug.items()} == {
        "y": (0, ()),
        "z": (1, ()),
    }
    other = {slot.dose.drug: slot for slot in slots_of(body, arm="b")}
    assert (other["z"].day, other["z"].assumed) == (15, (1,))


# Properties


@settings(SMALL)
@given(bodies(), st.integers(0, 1439))
def test_expansion_agrees_with_the_same_rules_followed_step_by_step(body: Data, start: int) -> None:
    """Rules 1 to 5, worked out a second time from the plain data."""
    early, late = plan(body, start=start), plan(body, longest=True, start=start)
    expected = Counter(
        (one.drug, one.turn, one.minute, other.minute if other.minute != one.minute else None)
        for one, other in zip(early, late, strict=True)
    )
    slots = slots_of(body, start=start)
    assert Counter((s.dose.drug, s.turn.number, s.minute, s.latest) for s in slots) == expected


@settings(SMALL)
@given(bodies())
def test_rows_are_in_the_order_of_their_time(body: Data) -> None:
    """Rule 8: rows by date and time; none is latest before it is earliest."""
    slots = slots_of(body)
    assert [slot.minute for slot in slots] == sorted(slot.minute for slot in slots)
    assert all(slot.latest is None or slot.latest > slot.minute for slot in slots)


@settings(SMALL)
@given(bodies())
def test_times_strictly_increase_within_one_dose_and_turn(body: Data) -> None:
    """Rule 3: a repeat starts anew from each listed day, once the one before has ended."""
    last: dict[tuple[int, str], int] = {}
    for slot in slots_of(body):
        key = (id(slot.turn), slot.dose.path)
        assert key not in last or last[key] < slot.minute
        last[key] = slot.minute


@pytest.mark.hazard(33)
@settings(SMALL)
@given(bodies())
def test_rows_are_days_by_repeats_by_enclosing_turns(body: Data) -> None:
    """Rows = the sum over doses of days x repeats x enclosing turns."""

    def rows(block: Data, around: int) -> int:
        repeat = block.get("repeat", {})
        repeats = repeat.get("times", repeat.get("up_to", 1))
        total = 0
        for dose in block.get("doses", ()):
            again = dose.get("repeat", {})
            each_day = again.get("times", again.get("up_to", 1))
            total += len(dose["day"]) * each_day * len(dose.get("turn", range(repeats))) * around
        return total + sum(rows(inner, around * repeats) for inner in block.get("blocks", ()))

    assert len(slots_of(body)) == rows(body, 1)


@settings(SMALL)
@given(bodies(), st.integers(0, 1439), st.integers(0, 1439))
def test_the_start_time_moves_no_block_and_every_row_by_the_same(
    body: Data, one: int, two: int
) -> None:
    """Rule 2: a dose that the start time pushes past midnight lengthens nothing."""
    regimen = written(body)
    first, second = expand(regimen, start=one), expand(regimen, start=two)
    assert starts_of(first) == starts_of(second)
    moved = [slot.minute + two - one for slot in first.slots]
    assert moved == [slot.minute for slot in second.slots]


@settings(SMALL)
@given(bodies(), st.data())
def test_fewer_turns_of_the_last_outermost_block_remove_rows_and_move_none(
    body: Data, data: st.DataObject
) -> None:
    """Rule 7: a count may be lowered; nothing follows the last outermost block."""
    regimen = written(body)
    last = regimen.body.blocks[-1]
    assume(last.repeat is not None and last.repeat.count != 1)
    assert last.repeat is not None
    assert last.repeat.count is not None
    fewer = data.draw(st.integers(1, last.repeat.count - 1))
    all_slots, fewer_slots = expand(regimen).slots, expand(regimen, times={last.path: fewer}).slots
    gone = [slot for slot in all_slots if _turn_of(slot, last.path) > fewer]
    kept = [slot for slot in all_slots if _turn_of(slot, last.path) <= fewer]
    assert [facts(slot) for slot in fewer_slots] == [facts(slot) for slot in kept]
    assert len(gone) + len(kept) == len(all_slots)


def _turn_of(slot: Slot, path: str) -> int:
    return next((turn.number for turn in slot.turn.chain() if turn.block.path == path), 0)


@settings(SMALL)
@given(bodies())
def test_a_plain_block_around_a_regimen_changes_no_time(body: Data) -> None:
    """Two spellings of one regimen give one table: an unrepeated block adds nothing."""
    plain = [(slot.dose.drug, slot.minute, slot.latest) for slot in slots_of(body)]
    around = slots_of({"blocks": [{"block": "around", **deepcopy(body)}]})
    assert [(slot.dose.drug, slot.minute, slot.latest) for slot in around] == plain


@settings(SMALL)
@given(
    turns=st.integers(1, 4),
    count=st.integers(1, 4),
    gap=st.integers(0, 5),
    step=st.integers(1, 3),
)
def test_spellings_of_one_regimen_give_one_table(
    turns: int, count: int, gap: int, step: int
) -> None:
    """mrgsolve: the compact regimen and its expansion are two acts; two spellings, one table."""
    used = step * (count - 1) + 1
    days = list(range(1, used + 1, step))
    length = used + gap
    dose: Data = {"drug": "x", "amount": "1 mg", "route": "IV"}
    every = {"times": turns, "every": f"{length} days"}
    by_day = {"block": "a", "repeat": every, "doses": [{**dose, "day": days}]}
    repeat = {"times": count, "every": f"{step * 24} hours"}
    by_repeat = {"block": "a", "repeat": every, "doses": [{**dose, "day": 1, "repeat": repeat}]}
    by_rest = {**by_day, "repeat": {"times": turns, "rest": f"{gap} days"}}
    within = {"times": count, "every": f"{step} days"}
    inner = {"block": "b", "repeat": within, "doses": [{**dose, "day": 1}]}
    if step * count <= length:
        by_block: Data = {"block": "a", "repeat": every, "blocks": [inner]}
    else:
        within = {"times": count, "rest": f"{step - 1} days"}
        by_block = {"block": "a", "repeat": every, "blocks": [{**inner, "repeat": within}]}
    all_days = [turn * length + day for turn in range(turns) for day in days]
    spelled_out = {"block": "a", "doses": [{**dose, "day": all_days}]}
    tables = [
        [(slot.dose.drug, slot.minute) for slot in slots_of({"blocks": [block]})]
        for block in (by_day, by_repeat, by_rest, by_block, spelled_out)
    ]
    assert all(table == tables[0] for table in tables)
    assert [minute // 1440 + 1 for _, minute in tables[0]] == all_days


# Rule 9


def together(*doses: str) -> list[tuple[str, int]]:
    """Dose and minute after midnight of day 1, of doses of one drug."""
    listed = "".join(f"\n  - {{drug: x, amount: 1 mg, route: IV, {dose}}}" for dose in doses)
    return [(slot.dose.name, slot.minute) for slot in slots_of(f"doses:{listed}")]


def test_infusions_of_one_drug_run_one_after_the_other_each_from_the_longest_end() -> None:
    """Rule 9: 08:00, at the longest until 08:30, then an hour, then whatever comes."""
    minutes = together(
        "dose: a, day: 1, over: 10 to 30 minutes",
        "dose: b, day: 1, over: 1 hour",
        "dose: c, day: 1, over: 1 hour",
    )
    assert minutes == [("a", 480), ("b", 510), ("c", 570)]


@pytest.mark.parametrize(
    "second",
    ["day: 1", "day: 1, at: +0 hours, over: 1 hour", "day: 1, at: 08:00, over: 1 hour"],
)
def test_what_has_no_length_or_a_time_of_day_does_not_wait(second: str) -> None:
    """Rule 9: a time that the file gives is kept, and what takes no time is in nobody's way."""
    assert together("dose: a, day: 1, over: 1 hour", f"dose: b, {second}")[1] == ("b", 480)


def test_infusions_of_two_drugs_or_two_days_do_not_wait() -> None:
    """Rule 9 is of one drug at one moment."""
    slots = slots_of("""
        doses:
          - {dose: first, drug: x, amount: 1 mg, route: IV, day: 1, over: 1 hour}
          - {drug: y, amount: 1 mg, route: IV, day: 1, over: 1 hour}
          - {dose: later, drug: x, amount: 1 mg, route: IV, day: 2, over: 1 hour}
    """)
    assert [slot.minute for slot in slots] == [480, 480, 1920]


@pytest.mark.parametrize(
    ("over", "second"), [("17 hours", 1500), ("23 hours", 1860), ("24 hours", 480)]
)
def test_an_infusion_does_not_wait_into_another_day(over: str, second: int) -> None:
    """Rule 9: a day lasts 24 hours from 08:00, minute 480. 17 hours later it is 01:00, minute 1500.

    After 24 hours the next day has started: b stays at 08:00, and what can wait still does.
    """
    minutes = together(
        f"dose: a, day: 1, over: {over}",
        "dose: b, day: 1, over: 1 hour",
        "dose: c, day: 2, over: 1 hour",
        "dose: d, day: 2, over: 1 hour",
    )
    assert dict(minutes) == {"a": 480, "b": second, "c": 1920, "d": 1980}


def test_a_repeat_by_hours_waits_as_a_whole_and_one_by_days_day_by_day() -> None:
    """Rule 9: hours are counted from the first dose; two spellings of five days are one table."""
    hourly = together("dose: a, day: 1, over: 30 minutes", "dose: b, day: 1, " + "over: 15 minutes")
    assert hourly == [("a", 480), ("b", 510)]
    rescue = "dose: b, day: 1, over: 15 minutes, repeat: {times: 3, every: 6 hours}"
    assert together("dose: a, day: 1, over: 30 minutes", rescue) == [
        ("a", 480),
        ("b", 510),
        ("b", 870),
        ("b", 1230),
    ]
    daily = "dose: b, day: 1, over: 15 minutes, repeat: {times: 2, every: 24 hours}"
    listed = "dose: b, day: 1 to 2, over: 15 minutes"
    first = "dose: a, day: 1, over: 30 minutes"
    assert together(first, daily) == together(first, listed)
    assert together(first, daily) == [("a", 480), ("b", 510), ("b", 1920)]


def test_what_waits_is_late_by_as_much_where_a_range_comes_before_it() -> None:
    """Rule 9 with rule 5: the latest time waits too."""
    slots = slots_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 to 8 days}
            doses:
              - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1, over: 5 minutes}
              - {dose: b, drug: x, amount: 1 mg, route: IV, day: 1, over: 1 hour}
    """)
    assert [(slot.minute, slot.latest) for slot in slots] == [
        (480, None),
        (485, None),
        (7 * 1440 + 480, 8 * 1440 + 480),
        (7 * 1440 + 485, 8 * 1440 + 485),
    ]


def infusion(name: str, over: str | None, drug: str = "x") -> Dose:
    """An infusion of a drug on day 1, without a time of day."""
    days, lasts = Days(((1, 1),)), None if over is None else span(over)
    return Dose(name, drug, name, {None: quantity("1 mg")}, "IV", days, over=lasts)


def test_only_what_waits_is_shown_to_wait_and_for_which() -> None:
    """Rule 9: the first waits for nobody, the third for the second; 30 minutes, then 90.

    So do two that are due 30 minutes after their anchor, and no other drug and no other day.
    """
    a, b, c = infusion("a", "10 to 30 minutes"), infusion("b", "1 hour"), infusion("c", "1 hour")
    other = infusion("other", "1 hour", "y")
    starts = [(a, 480, 480), (b, 480, 480), (c, 480, 480), (other, 480, 480), (c, 1920, 1920)]
    expected = {(b, 480): Wait(30, a), (c, 480): Wait(90, b)}
    assert waits(starts) == expected
    assert waits([(infusion("bolus", None), 480, 480), *starts]) == expected
    assert waits([(a, 480, 510), (b, 480, 510)]) == {(b, 480): Wait(30, a)}


def test_what_cannot_wait_within_its_day_keeps_no_other_from_waiting() -> None:
    """Rule 9: after 12 hours c begins at 20:00; b, which comes at 20:00 too, would be at 08:00.

    That is the next day. It is not put back by twelve hours either, to 20:00 of the day before.
    """
    a, b, c = infusion("a", "12 hours"), infusion("b", "1 hour"), infusion("c", "1 hour")
    starts = [(a, 480, 480), *((b, 480, hour * 60) for hour in (8, 14, 20)), (c, 480, 480)]
    assert waits(starts) == {(b, 480): Wait(720, a, beyond=True), (c, 480): Wait(720, a)}


def test_only_turns_that_are_counted_through_have_such_a_number() -> None:
    """Two of a, then one of b, are 1 to 3; what comes between them is counted in none."""
    timetable = expand(
        written("""
            blocks:
              - block: a
                count_as: cycle
                repeat: {times: 2, every: 7 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
              - {block: between, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
              - {block: b, count_as: cycle, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
        """)
    )
    numbers = [(turn.block.name, turn.counted) for turn, _ in timetable.turns]
    assert numbers == [("", None), ("a", 1), ("a", 2), ("between", None), ("b", 3)]
