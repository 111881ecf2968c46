"""Conditions: decided for, decided against, or still open."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from courselogs import course, entry, given, row, states, turn
from il2calc.course import Course, index
from il2calc.course.index import Decisions
from il2calc.model.effects import Chain, Decided
from il2calc.plan import timing
from il2calc.plan.calendar import chain_of
from written import SMALL
from written import regimen as written

NPC = "npc-bolus"
IF = ("stable disease or response",)
NESTED = written("""
    blocks:
      - block: induction
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
      - block: maintenance
        only_if: response
        repeat: {times: 3, every: 7 days, only_if: no progression}
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: 1}
          - {drug: y, amount: 1 mg, route: IV, day: 1, only_if: fever}
      - block: follow-up
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
""")
"""Maintenance depends on a response as a whole, its later turns on no progression besides."""


def conditions(course: Course, drug: str = "x") -> list[tuple[str, ...]]:
    """What each maintenance dose of a drug still depends on."""
    rows = [row for row in course.rows if row.key.drug == drug]
    return [row.administration.only_if for row in rows if row.key.turns[0][0] == "maintenance"]


def decided(name: str, yes: bool) -> Decided:
    return Decided(turn(name), given=yes)


def test_an_undecided_condition_stays_marked() -> None:
    """Rule: an undecided "if" stays marked; conditional whatever the day."""
    result = course(NPC, as_of="2027-01-01")
    assert {row.administration.only_if for row in result.rows[30:]} == {IF}
    assert set(states(result)[30:]) == {"conditional"}
    assert set(states(result)[:30]) == {"unrecorded"}


def test_yes_settles_a_repeat_for_its_turn_only() -> None:
    """Each turn is decided by itself; the block's own condition holds for the later ones too."""
    result = course(NESTED, decided("maintenance 1", True), decided("maintenance 2", True))
    assert conditions(result) == [(), (), ("no progression",)]
    assert conditions(course(NESTED)) == [
        ("response",),
        ("response", "no progression"),
        ("response", "no progression"),
    ]


def test_yes_to_a_later_turn_leaves_the_earlier_ones_as_they_are() -> None:
    result = course(NESTED, decided("maintenance 2", True))
    assert conditions(result) == [("response",), (), ("no progression",)]


def test_giving_a_dose_of_a_turn_decides_for_it() -> None:
    """A turn of which a dose was given counts as decided for."""
    result = course(NESTED, given("maintenance 1", "x", [1]))
    assert conditions(result) == [(), ("no progression",), ("no progression",)]


def test_a_condition_of_a_dose_is_settled_dose_by_dose() -> None:
    """Fever is of one dose: deciding for its turn says nothing about it."""
    result = course(NESTED, decided("maintenance 1", True), as_of="2025-12-10")
    assert conditions(result, "y")[0] == ("fever",)
    assert row(result, "maintenance 1", "y", 1).recorded.state == "conditional"
    after = course(NESTED, given("maintenance 1", "y", [1]))
    assert row(after, "maintenance 1", "y", 1).recorded.state == "given"


def test_a_condition_of_a_repeat_is_one_of_its_doses() -> None:
    """Rule 6: it binds every dose after the first; a decision on the cycle leaves it."""
    regimen = written("""
        blocks:
          - block: cycle
            only_if: response
            doses:
              - drug: x
                amount: 1 mg
                route: IV
                day: 1
                repeat: {times: 2, every: 8 hours, only_if: tolerance}
    """)
    result = course(regimen, decided("cycle 1", True))
    assert [row.administration.only_if for row in result.rows] == [(), ("tolerance",)]


def test_no_ends_the_branch_and_what_follows_keeps_its_dates() -> None:
    """Rule: `no` ends the branch: that turn and every later one; the follow-up is planned on."""
    no = entry(decided("maintenance 2", False), reason="progression")
    result = course(NESTED, decided("maintenance 1", True), no)
    stopped = [row for row in result.rows if row.recorded.state == "stopped"]
    assert {row.key.turns for row in stopped} == {turn("maintenance 2"), turn("maintenance 3")}
    assert {row.recorded.reason for row in stopped} == {"progression"}
    follow_up = row(result, "follow-up 1", "x", 1)
    assert follow_up.recorded.state == "planned"
    assert follow_up.planned is not None
    assert follow_up.administration.when == follow_up.planned.when


def test_no_to_the_first_turn_ends_the_whole_block() -> None:
    result = course(NESTED, decided("maintenance 1", False))
    assert states(result) == ["due", *["stopped"] * 6, "planned"]


def test_no_ends_the_blocks_inside_too() -> None:
    """Course 2 is decided against: both of its cycles are stopped."""
    result = course(NPC, decided("course 2", False))
    assert states(result)[29:31] == ["planned", "stopped"]
    assert set(states(result)[30:]) == {"stopped"}


def test_a_turn_that_has_begun_is_no_longer_marked_not_before() -> None:
    """After a rest of at least a week: once the second turn has begun, its days are its days."""
    regimen = written("""
        blocks:
          - block: course
            repeat: {times: 3, rest: at least 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 2}]
    """)
    result = course(regimen, given("course 2", "x", [1]))
    marks = [row.administration.not_before for row in result.rows]
    assert marks == [False, False, False, False, True, True]


def test_a_dose_without_a_latest_date_is_due_until_it_is_recorded() -> None:
    """The rest may be longer than a week: on day 11 nobody can say that the dose is missing."""
    regimen = written("""
        blocks:
          - block: course
            repeat: {times: 2, rest: at least 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    result = course(regimen, given("course 1", "x", [1]), as_of="2025-12-11")
    row = result.rows[1]
    assert row.administration.when is not None
    assert row.administration.when.date().isoformat() == "2025-12-09"
    assert row.recorded.state == "due"
    early = course(regimen, given("course 1", "x", [1]), as_of="2025-12-08")
    assert early.rows[1].recorded.state == "planned"


IN_TURNS = written("""
    blocks:
      - block: a
        repeat: {times: 4, every: 7 days, only_if: no progression}
        blocks:
          - block: b
            only_if: response
            repeat: {times: 3, every: 1 day, only_if: still well}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
""")
"""Three turns in each of four: every later turn is conditional, and the block of the inner ones."""
TURNS = {chain_of(turn): turn for turn, _ in timing.expand(IN_TURNS).turns if turn.block.name}


def same_or_earlier(one: Chain, other: Chain) -> bool:
    """Whether a turn is another one, or an earlier turn of its block."""
    return (*one[:-1], one[-1][0]) == (*other[:-1], other[-1][0]) and one[-1][1] <= other[-1][1]


@SMALL
@over(
    st.lists(
        st.tuples(st.sampled_from(list(TURNS)), st.sampled_from([True, False, None])), max_size=9
    )
)
def test_what_ended_a_branch_and_what_is_open_is_as_each_decision_says(
    decided_turns: list[tuple[Chain, bool | None]],
) -> None:
    """Compared with every decision in turn: the first `no` before a turn, and any `yes` before it.

    None is a dose that is given: it decides for its turn and those around it.
    """
    decisions, given_for, settled = Decisions(), dict[Chain, bool](), set[Chain]()
    for chain, yes in decided_turns:
        if yes is None:
            decisions.begin(chain)
            settled |= {chain, chain[:1]}
        elif chain not in given_for:
            decisions.decide(chain, given=yes)
            given_for[chain] = yes
    settled |= {chain for chain, yes in given_for.items() if yes}
    against = [chain for chain, yes in given_for.items() if not yes]
    for chain, block_turn in TURNS.items():
        around = (chain[:1], chain)
        ended = [one for one in against if any(same_or_earlier(one, two) for two in around)]
        assert decisions.ended(chain) == next(iter(ended), None)
        still = [
            *["no progression"] * (chain[0][1] > 1 and chain[:1] not in settled),
            *["response"]
            * (len(chain) > 1 and not any(same_or_earlier(one, chain) for one in settled)),
            *["still well"] * (len(chain) > 1 and chain[1][1] > 1 and chain not in settled),
        ]
        assert list(decisions.open_conditions(block_turn)) == still
        assert (decisions.undecided(block_turn) is None) == (not still)


def test_a_decision_is_found_by_its_block_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each turn asked every decision of the log, so that a log of them grew with its square.

    A turn in a turn asks two blocks, its own and the one around.
    """
    asked_blocks: list[Chain] = []
    in_block = index._in_block  # noqa: SLF001 - what is counted

    def counted(chain: Chain) -> object:
        asked_blocks.append(chain)
        return in_block(chain)

    decisions = Decisions()
    for number in range(1, 100):
        decisions.decide(turn(f"a {number}/b 2"), given=number % 2 == 0)
    monkeypatch.setattr("il2calc.course.index._in_block", counted)
    assert decisions.ended(turn("a 99/b 3")) == turn("a 99/b 2")
    assert decisions.ended(turn("a 98/b 3")) is None
    assert asked_blocks == [turn("a 99"), turn("a 99/b 3"), turn("a 98"), turn("a 98/b 3")]


def test_of_several_decisions_against_a_turn_the_first_ended_it() -> None:
    """`no` to turn 3, then to 4, which that ended already, then to 2: turn 3 stays ended by 3."""
    decisions = Decisions()
    for number in (3, 4, 2):
        decisions.decide(turn(f"a {number}"), given=False)
    ended = [decisions.ended(turn(f"a {number}")) for number in (1, 2, 3, 4)]
    assert ended == [None, turn("a 2"), turn("a 3"), turn("a 3")]
