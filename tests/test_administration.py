"""Rows as messages name them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings

from il2calc import Patient, load_regimen, make_schedule
from il2calc.errors import MOST_RUNS, numbered, runs
from il2calc.plan.administration import Total, add_up
from stated import value_of
from written import SMALL, Data, bodies
from written import regimen as written


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], []),
        ([4], ["4"]),
        ([1, 2], ["1, 2"]),
        ([1, 2, 3], ["1 to 3"]),
        ([1, 2, 3, 7], ["1 to 3", "7"]),
        ([2, 4, 5, 6, 9, 10], ["2", "4 to 6", "9, 10"]),
    ],
)
def test_runs_of_three_numbers_and_more_are_folded(values: list[int], told: list[str]) -> None:
    """Two neighbours are no run."""
    assert runs(values) == told


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([3], "row 3"), ([1, 2], "rows 1, 2"), ([1, 2, 3, 5], "rows 1 to 3, 5")],
)
def test_a_noun_agrees_with_its_numbers(numbers: list[int], text: str) -> None:
    """One row, several rows."""
    assert numbered("row", numbers) == text


def test_a_message_tells_the_first_runs_of_many_and_says_that_there_are_more() -> None:
    """A caution about a hundred scattered rows stays one readable line."""
    every_other = range(1, 2 * MOST_RUNS + 2, 2)
    assert len(every_other) == MOST_RUNS + 1
    assert numbered("row", every_other) == "rows 1, 3, 5, 7, 9, 11, ..."
    assert numbered("row", every_other[:-1]) == "rows 1, 3, 5, 7, 9, 11"


ANYBODY = Patient(weight=Decimal(70), surface_area=Decimal("1.8"))


def totals(body: str | Data) -> dict[tuple[str, str, str], Total]:
    """Totals by drug, block (empty for the whole) and unit."""
    found = make_schedule(written(body), ANYBODY).totals
    return {(each.drug, _chain(each), each.unit): each for each in found}


def _chain(total: Total) -> str:
    return "/".join(f"{turn.block.name} {turn.number}" for turn in total.turns)


def test_a_cycle_of_bolus_interleukin_2_is_at_most_75_6_million_units() -> None:
    """15 x 72,000 IU/kg x 70 kg = 75.6 million units; four such cycles are 302.4 million."""
    found = make_schedule(load_regimen("npc-bolus"), ANYBODY).totals
    assert [(_chain(each), int(each.value), each.administrations) for each in found] == [
        ("course 1/cycle 1", 75_600_000, 15),
        ("course 1/cycle 2", 75_600_000, 15),
        ("course 2/cycle 1", 75_600_000, 15),
        ("course 2/cycle 2", 75_600_000, 15),
        ("", 302_400_000, 60),
    ]
    assert all(each.at_most for each in found)


def test_what_depends_on_a_condition_is_told_apart() -> None:
    """Rule 6: conditional rows are never silently promised: half of the whole depends."""
    found = make_schedule(load_regimen("npc-bolus"), ANYBODY).totals
    assert [each.conditional for each in found] == [0, 0, 75_600_000, 75_600_000, 151_200_000]
    assert found[0].only_if == ()
    assert found[-1].only_if == ("stable disease or response",)


def test_every_condition_is_told_once_in_the_order_of_time() -> None:
    """Totals: conditions that some of it depends on."""
    found = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1, only_if: fever}
          - {dose: b, drug: x, amount: 2 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 4 mg, route: IV, day: [3, 5], only_if: chills}
          - {dose: d, drug: x, amount: 8 mg, route: IV, day: 4, only_if: fever}
    """)
    whole = found["x", "", "mg"]
    assert whole.only_if == ("fever", "chills")
    assert (int(whole.conditional), int(whole.value)) == (17, 19)


def test_a_total_is_at_most_where_one_of_its_rows_is() -> None:
    """JSON: `at_most` of a total."""
    found = totals("""
        blocks:
          - block: sure
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: perhaps
            repeat: {up_to: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
    assert {block: each.at_most for (_, block, _), each in found.items()} == {
        "sure 1": False,
        "perhaps 1": True,
        "perhaps 2": True,
        "": True,
    }


def test_doses_of_the_outermost_block_stand_in_the_whole_only() -> None:
    """JSON: one per innermost turn, one for the whole; the regimen itself is no turn."""
    found = totals("doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 3}]")
    assert {key: each.value for key, each in found.items()} == {("x", "", "mg"): 3}


def test_drugs_stand_in_the_order_in_which_they_are_first_given() -> None:
    """Rule 8; each drug's turns before its whole."""
    found = totals("""
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 2}
              - {drug: y, amount: 1 mg, route: IV, day: 1}
    """)
    assert list(found) == [
        ("y", "a 1", "mg"),
        ("y", "a 2", "mg"),
        ("y", "", "mg"),
        ("x", "a 1", "mg"),
        ("x", "a 2", "mg"),
        ("x", "", "mg"),
    ]


def test_amounts_in_units_of_one_dimension_are_added_in_the_first() -> None:
    """Conventions: g, mg and mcg measure one thing: 1 g + 400 mg + 500 mcg = 1.4005 g."""
    found = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 400 mg, route: oral, day: 2}
          - {dose: c, drug: x, amount: 500 mcg, route: oral, day: 3}
          - {dose: d, drug: x, amount: 100 mg, route: oral, day: 4}
    """)
    assert {key: each.value for key, each in found.items()} == {
        ("x", "", "g"): Decimal("1.5005"),
    }


def test_amounts_in_units_of_two_dimensions_are_added_apart() -> None:
    """A mass and an activity are never converted into one another."""
    found = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 mg, route: IV, day: 1}
          - {dose: b, drug: x, amount: 18 million IU, route: IV, day: 2}
          - {dose: c, drug: x, amount: 2 g, route: IV, day: 3}
          - {dose: d, drug: y, amount: 1 g, route: IV, day: 4}
    """)
    assert {key: each.value for key, each in found.items()} == {
        ("x", "", "mg"): 2001,
        ("x", "", "IU"): 18_000_000,
        ("y", "", "g"): 1,
    }


def test_a_unit_that_counts_is_not_an_international_unit() -> None:
    """Rule: units are a dimension of their own, never IU."""
    found = totals("""
        doses:
          - {dose: a, drug: x, amount: 1 million IU, route: IV, day: 1}
          - {dose: b, drug: x, amount: 1 million units, route: IV, day: 2}
    """)
    assert {unit for _, _, unit in found} == {"IU", "units"}


def test_of_nothing_there_is_no_total() -> None:
    """No administrations, no totals."""
    assert add_up(()) == ()


@settings(SMALL)
@given(bodies())
def test_the_whole_is_the_sum_of_its_rows_and_turns(body: Data) -> None:
    """Totals per drug: innermost turns and outermost doses add up to the whole."""
    schedule = make_schedule(written(body), ANYBODY)
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in schedule.administrations:
        chain = "/".join(f"{turn.block.name} {turn.number}" for turn in row.turn.chain())
        for block in {"", chain}:
            sums[row.dose.drug, block].append(value_of(row))
    found = {(each.drug, _chain(each)): each for each in schedule.totals}
    assert {key: each.value for key, each in found.items()} == {
        key: sum(values) for key, values in sums.items()
    }
    assert {key: each.administrations for key, each in found.items()} == {
        key: len(values) for key, values in sums.items()
    }
    assert all(each.conditional <= each.value for each in schedule.totals)
