"""Where doses and turns are found: what follows a turn, what stands before it."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import settings

from courselogs import turn
from il2calc.course.index import Index, PrefixSums
from il2calc.model.effects import Chain, chain_text
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


def places(body: str | Data) -> Index:
    """The places of a regimen as it is planned."""
    return Index(timing.expand(written(body)))


def following(found: Index, text: str) -> list[str]:
    """The turns that a delay of one moves, as text."""
    moved = found.following(found.turns[turn(text)])
    return [chain_text(chain) for chain, each in found.turns.items() if each in moved]


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
    assert ", ".join(following(places(NESTED), delayed)) == moved


def test_a_delay_of_the_first_turn_moves_all_that_is_in_line() -> None:
    assert following(places(NESTED), "lead-in 1") == [
        chain_text(chain) for chain in places(NESTED).turns if chain
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
def test_what_stands_first_in_a_turn_follows_what_stands_before_that_turn(
    text: str, before: str
) -> None:
    found = places(NESTED)
    each = found.preceding(found.turns[turn(text)])
    assert (chain_text(found.chain(each)) if each else "") == before


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
def test_what_follows_a_turn_lies_in_the_same_turn_as_it(text: str, after: str) -> None:
    found = places(NESTED)
    each = found.next(found.turns[turn(text)])
    assert (chain_text(found.chain(each)) if each else "") == after


def test_doses_are_found_by_turn_drug_and_number() -> None:
    """Rule: doses are stored as block turn, drug, dose name and dose number."""
    found = places("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {dose: early, drug: x, amount: 1 mg, route: IV, day: [1, 3]}
              - {dose: late, drug: x, amount: 2 mg, route: IV, day: 2}
    """)
    assert [(chain_text(each.turns), each.dose, each.number) for each in found.slots] == [
        (f"cycle {number}", *told)
        for number in (1, 2)
        for told in (("early", 1), ("late", 2), ("early", 3))
    ]


@settings(SMALL)
@over(bodies(depth=2))
def test_following_is_told_by_the_names_and_numbers_alone(body: Data) -> None:
    """A delay of a block moves it and everything after it in the same sequence."""
    regimen = written(body)
    found = Index(timing.expand(regimen))
    for chain, each in found.turns.items():
        if chain:
            moved = {found.chain(one) for one in found.following(each)}
            assert moved == {other for other in found.turns if moves(chain, other, regimen.body)}


@settings(SMALL)
@over(bodies(depth=2))
def test_what_follows_a_turn_lies_at_few_places_side_by_side(body: Data) -> None:
    """Counted line by line, everything that a delay moves is one stretch for each turn around."""
    found = Index(timing.expand(written(body)))
    for each in found.turns.values():
        stretches = list(found.following_positions(each))
        counted = [place for first, end in stretches for place in range(first, end)]
        assert sorted(counted) == sorted(found.positions[one][0] for one in found.following(each))
        assert len(stretches) == len(found.chain(each)) + 1


def test_sums_are_those_before_a_place() -> None:
    """Of 5, 0, 2, 7 the first none, one, ... add up to 0, 5, 5, 7, 14."""
    found = PrefixSums(4)
    for place, number in ((0, 5), (3, 4), (2, 2), (3, 3)):
        found.add(place, number)
    assert [found.before(place) for place in range(5)] == [0, 5, 5, 7, 14]


def moves(chain: Chain, other: Chain, block: Block) -> bool:
    """Whether a delay of a turn moves another one, worked out from the file's order alone."""
    if not chain or not other:
        return not chain
    (name, number), (other_name, other_number) = chain[0], other[0]
    names = [inner.name for inner in block.blocks]
    own = block.blocks[names.index(name)]
    if (name, number) == (other_name, other_number):
        return moves(chain[1:], other[1:], own)
    if name == other_name:
        return other_number > number
    its = block.blocks[names.index(other_name)]
    in_line = own.day is None and its.day is None
    return in_line and names.index(other_name) > names.index(name)
