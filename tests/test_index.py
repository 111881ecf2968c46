"""Where doses and turns are found: what follows a turn, and what precedes it."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import settings

from courselogs import turn
from il2calc.course.index import Index, PrefixSums
from il2calc.model.effects import Chain, turn_text
from il2calc.model.regimen import Block
from il2calc.plan import timing
from written import SMALL, Data, bodies
from written import regimen as written

NESTED = """
    blocks:
      - block: lead-in
        doses: [{drug: a, amount: 1 mg, route: IV, day: 1 to 3}]
      - block: course
        repeat: {times: 2, rest: 7 days}
        doses: [{drug: b, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - block: first
            repeat: {times: 2, every: 5 days}
            doses: [{drug: c, amount: 1 mg, route: IV, day: 1}]
          - block: beside
            day: 2
            doses: [{drug: d, amount: 1 mg, route: IV, day: 1}]
          - block: last
            doses: [{drug: e, amount: 1 mg, route: IV, day: 1}]
"""


def index_of(body: str | Data) -> Index:
    """The index of a regimen as it is planned."""
    return Index(timing.expand(written(body)))


def following(index: Index, text: str) -> list[str]:
    """The turns that a delay of one moves, as text."""
    moved = index.following(index.turns[turn(text)])
    return [turn_text(chain) for chain, one in index.turns.items() if one in moved]


@pytest.mark.parametrize(
    ("delayed", "moved"),
    [
        (
            "course 1/first 2",
            (
                "course 1/first 2, course 1/last 1, course 2, course 2/first 1, course 2/first 2, "
                "course 2/beside 1, course 2/last 1"
            ),
        ),
        (
            "course 1/beside 1",
            (
                "course 1/beside 1, course 2, course 2/first 1, course 2/first 2, "
                "course 2/beside 1, course 2/last 1"
            ),
        ),
        ("course 2/first 2", "course 2/first 2, course 2/last 1"),
        ("course 2/last 1", "course 2/last 1"),
    ],
)
def test_a_delay_moves_a_turn_and_what_follows_in_its_sequence(delayed: str, moved: str) -> None:
    """Rule: everything after it in the same sequence; a block placed by day runs beside it."""
    assert ", ".join(following(index_of(NESTED), delayed)) == moved


def test_a_delay_of_the_first_turn_moves_all_of_its_sequence() -> None:
    assert following(index_of(NESTED), "lead-in 1") == [
        turn_text(chain) for chain in index_of(NESTED).turns if chain
    ]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("lead-in 1", ""),
        ("course 1", "lead-in 1"),
        ("course 1/first 1", "lead-in 1"),
        ("course 1/beside 1", ""),
        ("course 1/first 2", "course 1/first 1"),
        ("course 1/last 1", "course 1/first 2"),
        ("course 2/first 1", "course 1"),
    ],
)
def test_the_first_turn_within_a_turn_follows_what_precedes_that_turn(
    text: str, before: str
) -> None:
    index = index_of(NESTED)
    preceding = index.preceding(index.turns[turn(text)])
    assert (turn_text(index.chain(preceding)) if preceding else "") == before


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("lead-in 1", "course 1"),
        ("course 1/first 1", "course 1/first 2"),
        ("course 1/first 2", "course 1/last 1"),
        ("course 1/beside 1", ""),
        ("course 2/last 1", ""),
    ],
)
def test_what_follows_a_turn_is_in_the_same_outer_turn(text: str, after: str) -> None:
    index = index_of(NESTED)
    following_turn = index.next(index.turns[turn(text)])
    assert (turn_text(index.chain(following_turn)) if following_turn else "") == after


def test_doses_are_found_by_turn_drug_and_number() -> None:
    """Rule: doses are stored as block turn, drug, dose name and dose number."""
    index = index_of("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {dose: early, drug: x, amount: 1 mg, route: IV, day: [1, 3]}
              - {dose: late, drug: x, amount: 2 mg, route: IV, day: 2}
    """)
    assert [(turn_text(slot.turns), slot.dose, slot.number) for slot in index.slots] == [
        (f"cycle {number}", *dose)
        for number in (1, 2)
        for dose in (("early", 1), ("late", 2), ("early", 3))
    ]


@settings(SMALL)
@over(bodies(depth=2))
def test_names_and_numbers_alone_decide_what_follows_a_turn(body: Data) -> None:
    """A delay of a block moves it and everything after it in the same sequence."""
    regimen = written(body)
    index = Index(timing.expand(regimen))
    for chain, other_turn in index.turns.items():
        if chain:
            moved = {index.chain(one) for one in index.following(other_turn)}
            assert moved == {other for other in index.turns if moves(chain, other, regimen.body)}


@settings(SMALL)
@over(bodies(depth=2))
def test_what_follows_a_turn_is_in_few_ranges_of_positions(body: Data) -> None:
    """Everything that a delay moves is one range of positions for each turn around."""
    index = Index(timing.expand(written(body)))
    for moved_turn in index.turns.values():
        stretches = list(index.following_positions(moved_turn))
        counted = [place for first, end in stretches for place in range(first, end)]
        assert sorted(counted) == sorted(
            index.positions[one][0] for one in index.following(moved_turn)
        )
        assert len(stretches) == len(index.chain(moved_turn)) + 1


def test_a_prefix_sum_is_of_all_before_a_position() -> None:
    """Of 5, 0, 2, 7 the first none, one, ... add up to 0, 5, 5, 7, 14."""
    sums = PrefixSums(4)
    for place, number in ((0, 5), (3, 4), (2, 2), (3, 3)):
        sums.add(place, number)
    assert [sums.before(place) for place in range(5)] == [0, 5, 5, 7, 14]


def moves(chain: Chain, other: Chain, block: Block) -> bool:
    """Whether a delay of a turn moves another one, worked out from the file's order alone."""
    if not chain or not other:
        return not chain
    (name, number), (other_name, other_number) = chain[0], other[0]
    names = [inner.name for inner in block.blocks]
    child = block.blocks[names.index(name)]
    if (name, number) == (other_name, other_number):
        return moves(chain[1:], other[1:], child)
    if name == other_name:
        return other_number > number
    its = block.blocks[names.index(other_name)]
    in_line = child.day is None and its.day is None
    return in_line and names.index(other_name) > names.index(name)
