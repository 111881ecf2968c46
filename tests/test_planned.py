"""Planned days and lengths: each test states one fact of the arithmetic that calendars rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from il2calc.daytimes import Pick, pick_of
from il2calc.planned import Calendar, Turn, is_open, refusal, turns_of, work
from il2calc.regimen import Block, Repeat
from il2calc.units import span
from written import SMALL, Data, bodies, plan
from written import regimen as written

PICKS: tuple[Pick, ...] = ("earliest", "latest")


def laid_out(
    body: str | Data, counts: Mapping[str, int] | None = None, arm: str | None = None
) -> list[Turn]:
    """The turns of a regimen, without the regimen itself."""
    read = written(body)
    turns = Calendar(read.day_zero, arm, counts or {}).turns(read.body)
    return [turn for turn in turns if turn.outer is not None]


# Blocks


def test_a_block_is_open_where_it_or_one_within_it_has_no_count() -> None:
    """Rule: neither `times` nor `up_to` is open-ended; judged arm by arm."""
    inner = Block("cycle", "a.cycle", repeat=Repeat(count=None, every=span("7 days")))
    assert is_open(inner, None)
    assert is_open(Block("a", "a", blocks=(inner,)), None)
    elsewhere = replace(inner, arms=("long",))
    assert not is_open(Block("a", "a", blocks=(elsewhere,)), "short")
    assert is_open(Block("a", "a", blocks=(elsewhere,)), "long")
    assert not is_open(Block("a", "a"), None)


def test_a_block_has_the_turns_chosen_or_the_turns_of_the_file_or_one() -> None:
    """Rule 7: a count may be chosen by path; an open-ended block is looked at in one turn."""
    repeat = Repeat(count=4, every=span("7 days"))
    assert turns_of(Block("a", "a"), {}) == 1
    assert turns_of(Block("a", "a", repeat=repeat), {}) == 4
    assert turns_of(Block("a", "a", repeat=repeat), {"a": 2}) == 2
    assert turns_of(Block("a", "a", repeat=replace(repeat, count=None)), {}) == 1


def test_a_turn_with_every_is_exactly_that_long_the_last_one_too() -> None:
    """Rule 1: AC every 21 days x 4 ends on day 84 and what follows starts on day 85."""
    turns = laid_out("""
        blocks:
          - block: AC
            repeat: {times: 4, every: 21 days}
            doses: [{drug: doxorubicin, amount: 1 mg, route: IV, day: 1}]
          - block: T
            doses: [{drug: paclitaxel, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [turn.start for turn in turns] == [0, 21, 42, 63, 84]
    assert [turn.length for turn in turns] == [21, 21, 21, 21, 1]
    assert [turn.planned for turn in turns] == [1, 1, 1, 1, 1]


def test_a_turn_without_every_lasts_to_its_last_planned_day_or_the_end_of_its_inner_blocks() -> (
    None
):
    """Rule 1: whichever is later."""
    body = """
        blocks:
          - block: a
            repeat: {{times: 2, rest: 10 days}}
            doses: [{{drug: x, amount: 1 mg, route: IV, day: {day}}}]
            blocks:
              - block: b
                repeat: {{times: 2, rest: 2 days}}
                doses: [{{drug: y, amount: 1 mg, route: IV, day: 1 to 3}}]
    """
    inner_longer = laid_out(body.format(day=5))
    assert [(each.block.name, each.start, each.length) for each in inner_longer] == [
        ("a", 0, 8),
        ("b", 0, 3),
        ("b", 5, 3),
        ("a", 18, 8),
        ("b", 18, 3),
        ("b", 23, 3),
    ]
    doses_longer = laid_out(body.format(day=11))
    assert [each.start for each in doses_longer if each.block.name == "a"] == [0, 21]


def test_what_runs_onward_is_planned_to_the_end_of_its_turn() -> None:
    """`Turn.planned` is how many days a turn has to its last planned dosing day."""
    turns = laid_out("""
        blocks:
          - block: a
            repeat: {times: 1, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 6 onward]}]
    """)
    assert [turn.planned for turn in turns] == [7]


def test_days_before_a_block_lengthen_nothing() -> None:
    """Rule: negative days fall into the turn, or the block, before."""
    turns = laid_out("""
        numbering: without day 0
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: -2 to -1}]
          - block: b
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [(each.start, each.planned) for each in turns] == [(0, 0), (7, 0), (14, 1)]


def test_only_the_blocks_of_the_arm_are_laid_out() -> None:
    """Rule: lengths are judged arm by arm."""
    body = """
        arms: {short: a, long: b}
        blocks:
          - {block: a, arm: long, doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 9}]}
          - block: b
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1}
              - {drug: y, amount: 1 mg, route: IV, day: 9, arm: long}
          - {block: c, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    assert [(each.block.name, each.start) for each in laid_out(body, arm="short")] == [
        ("b", 0),
        ("c", 1),
    ]
    assert [each.start for each in laid_out(body, arm="long")] == [0, 9, 18]


def test_a_turn_names_those_around_it_without_the_regimen_itself() -> None:
    """CSV: `course 1/cycle 2`, an unrepeated block too, empty for the outermost."""
    read = written("""
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - block: a
            blocks: [{block: b, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}]
    """)
    chains = [
        turn.chain() for turn in Calendar(day_zero=False, arm=None, counts={}).turns(read.body)
    ]
    assert [[each.block.name for each in chain] for chain in chains] == [[], ["a"], ["a", "b"]]


def test_the_doses_of_a_turn_are_those_of_its_number_and_arm() -> None:
    """Rule: a dose with `turn` is given only in those turns of the block it stands in."""
    read = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1, 3], turn: 2}
              - {drug: y, amount: 1 mg, route: IV, day: 2, arm: a}
    """)
    calendar = Calendar(day_zero=False, arm="b", counts={})
    turns = [turn for turn in calendar.turns(read.body) if turn.block.name == "c"]
    found = [[(dose.drug, day) for dose, day in calendar.doses(turn)] for turn in turns]
    assert found == [[], [("x", 0), ("x", 2)]]


@settings(SMALL)
@given(bodies(), st.sampled_from(PICKS))
def test_blocks_follow_one_another_without_gap_or_overlap(body: Data, pick: Pick) -> None:
    """Rules 1 and 4: the next turn begins after the length and the rest of the one before it."""
    read = written(body)
    calendar = Calendar(read.day_zero, None, {}, pick)
    turns = list(calendar.turns(read.body))
    for outer in turns:
        within = [turn for turn in turns if turn.outer is outer]
        expected = outer.start
        for block in outer.block.blocks:
            own = [turn for turn in within if turn.block is block]
            if block.day is None:
                assert own[0].start == expected
            else:
                assert own[0].start == outer.start + block.day - 1
            rest = block.repeat.rest if block.repeat else None
            for turn, following in pairwise(own):
                gap = pick_of(rest, pick) // 1440
                assert following.start == turn.start + turn.length + gap
            end = own[-1].start + own[-1].length
            assert end <= outer.start + outer.length
            if block.day is None:
                expected = end + pick_of(block.rest, pick) // 1440


# Work


def test_work_counts_administrations_and_turns_without_laying_them_out() -> None:
    """A regimen that would give more than 100,000 administrations is refused before expansion."""
    read = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {every: 10 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1 to 3], at: 2 times a day}
              - {drug: y, amount: 1 mg, route: IV, day: 9 onward}
              - {drug: z, amount: 1 mg, route: IV, day: 1, turn: [1, 3 onward]}
              - {drug: w, amount: 1 mg, route: IV, day: 1, arm: b}
            blocks:
              - {block: only b, arm: b, doses: [{drug: v, amount: 1 mg, route: IV, day: 1}]}
    """)
    billion = 10**9
    counts = {"c": billion}
    rows_a = billion * (3 * 2 + 2) + (billion - 1)
    turns_a = billion + 1
    assert work(read.body, "a", counts, day_zero=False) == (rows_a, turns_a)
    more_rows, more_turns = billion * (1 + 1), billion
    expected = (rows_a + more_rows, turns_a + more_turns)
    assert work(read.body, "b", counts, day_zero=False) == expected


@settings(SMALL)
@given(bodies())
def test_work_is_rows_and_turns(body: Data) -> None:
    """What is counted without expanding is what expanding gives."""
    read = written(body)
    turns = len(list(Calendar(read.day_zero, None, {}).turns(read.body)))
    assert work(read.body, None, {}, day_zero=False) == (len(plan(body)), turns)


def test_too_many_turns_are_refused_as_too_many_administrations_are() -> None:
    """Turns without a dose take as long to lay out as turns with one."""
    assert refusal((100_000, 100_000)) is None
    assert "100,001 administrations" in str(refusal((100_001, 1)))
    assert "100,001 block turns" in str(refusal((1, 100_001)))
