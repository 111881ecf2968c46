"""What differs between two regimens: facts, rows and totals, in words and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import Patient, make_schedule
from il2calc.plan.schedule import Caution
from il2calc.report.comparison import Comparison, Side, compare, document, paragraphs
from il2calc.units import safe_text

SOMEBODY = Patient(weight=Decimal(70))


def side(
    text: str, *settings: tuple[str, str], cautions: Sequence[Caution] = (), **options: Any
) -> Side:
    """A regimen with its schedule for somebody of 70 kg."""
    regimen = loaded(text, *settings)
    return Side(regimen, make_schedule(regimen, SOMEBODY, **options), cautions)


def section(comparison: Comparison, heading: str) -> list[str]:
    """The lines under the heading that begins so; none where there is none."""
    parts = dict(paragraphs(comparison))
    return next((lines for name, lines in parts.items() if name.startswith(heading)), [])


def test_a_changed_amount_is_one_fact_and_all_its_rows_together() -> None:
    """5 mg/kg x 70 kg = 350 mg, 6 mg/kg = 420 mg; four cycles of one dose, 1,400 and 1,680 mg."""
    comparison = compare(side(a_cycle("amount: 5 mg/kg")), side(a_cycle("amount: 6 mg/kg")))
    assert section(comparison, "Facts that differ (1)") == [
        "cycle.examplumab.amount: 5 mg/kg -> 6 mg/kg [doe2020, Abstract]"
    ]
    assert section(comparison, "Rows that differ (4; A has 4 rows, B 4)") == [
        "rows 1 to 4: dose 350 mg -> 420 mg"
    ]
    assert section(comparison, "Totals") == [
        "examplumab, cycle 1; cycle 2; cycle 3; cycle 4: 350 mg (1 dose) -> 420 mg (1 dose)",
        "examplumab, in all: 1,400 mg (4 doses) -> 1,680 mg (4 doses)",
    ]


def test_an_amount_in_another_unit_is_no_other_row_or_total() -> None:
    """0.5 mg is 500 mcg, and four of them are 2 mg; 600 mcg are 0.6 mg, and four 2.4 mg."""
    a = side(a_cycle("amount: 0.5 mg", "only_if: fever"))
    same = compare(a, side(a_cycle("amount: 500 mcg", "only_if: fever")))
    assert (len(same.facts), same.pairs, same.totals) == (1, (), {})
    other = compare(a, side(a_cycle("amount: 600 mcg", "only_if: fever")))
    assert section(other, "Rows that differ") == ["rows 1 to 4: dose 0.5 mg -> 0.6 mg"]
    for amount, text in (("5 mL", "5 mL"), ("not stated", "amount not stated")):
        unlike = compare(a, side(a_cycle(f"amount: {amount}", "only_if: fever")))
        assert section(unlike, "Rows that differ") == [f"rows 1 to 4: dose 0.5 mg -> {text}"]
    assert (
        "in all: 2 mg (4 doses), only if fever -> 2.4 mg (4 doses)" in section(other, "Totals")[1]
    )


def test_a_dose_more_in_a_turn_does_not_make_later_rows_look_changed() -> None:
    """Three doses a cycle against two: row 3 of B is alone, rows 3 and 4 of A are its 4 and 5."""
    a = a_cycle("repeat: {times: 2, every: 1 days}", repeat="{times: 2, every: 21 days}")
    b = a.replace("times: 2, every: 1 days", "times: 3, every: 1 days")
    comparison = compare(side(a), side(b))
    assert not comparison.pairs
    assert section(comparison, "Rows of B only (2)") == [
        "rows 3, 6: examplumab, 5 mg, intravenous, day 3 08:00 to day 24 08:00"
    ]
    assert section(compare(side(b), side(a)), "Rows of A only (2)") == section(
        comparison, "Rows of B only (2)"
    )
    longer = b.replace("every: 21 days", "every: 22 days")
    moved = compare(side(a), side(longer))
    assert section(moved, "Rows that differ") == [
        "rows 3, 4 (B: rows 4, 5): 1 day later (the first: day 22 08:00 -> day 23 08:00)"
    ]


def test_a_moved_row_is_shown_with_how_far_and_its_first_date() -> None:
    """Cycle 2 on day 15 instead of 22: Mon 2025-01-27 becomes Mon 2025-01-20."""
    text = a_cycle(repeat="{times: 2, every: 21 days}")
    comparison = compare(
        side(text, start=date(2025, 1, 6)),
        side(text.replace("21 days", "14 days"), start=date(2025, 1, 6)),
    )
    assert section(comparison, "Rows that differ (1;") == [
        "row 2: 7 days earlier (the first: Mon 2025-01-27 08:00 -> Mon 2025-01-20 08:00)"
    ]
    assert "start: day 1 = Mon 2025-01-06; each day begins at 08:00" in section(
        comparison, "Compared"
    )


def test_a_row_that_moves_past_midnight_of_its_day_says_so() -> None:
    """Twice a day from 20:00 ends at 08:00, 12 hours later; 22:00 is 10 hours earlier than that."""
    spread, at_clock_times = (a_dose(f"at: {at}") for at in ("2 times a day", '["20:00", "22:00"]'))
    moved = compare(side(spread, at=20 * 60), side(at_clock_times, at=20 * 60))
    assert section(moved, "Rows that differ") == [
        "row 2: 10 hours earlier (the first: day 1 08:00 (the day after day 1) -> day 1 22:00)"
    ]


def test_a_moved_latest_date_is_shown_with_how_far_or_that_there_is_none() -> None:
    """7 to 9 days' rest: cycle 2 at the latest 2 days after day 9; 7 to 10: 3; 7 days: no range."""
    two = a_cycle(repeat="{times: 2, rest: 7 to 9 days}")
    three, none = two.replace("to 9 days", "to 10 days"), two.replace("7 to 9 days", "7 days")
    assert section(compare(side(two), side(three)), "Rows that differ") == [
        "row 2: latest 1 day later"
    ]
    assert section(compare(side(two), side(none)), "Rows that differ") == [
        "row 2: latest day 11 -> none"
    ]


def test_amounts_that_differ_beyond_the_figures_shown_are_shown_in_full() -> None:
    """100.001 mg and 100.002 mg are both shown as 100 mg; the rows differ all the same."""
    comparison = compare(side(a_dose("amount: 100.001 mg")), side(a_dose("amount: 100.002 mg")))
    assert section(comparison, "Rows that differ") == ["row 1: dose 100.001 mg -> 100.002 mg"]


def test_a_value_only_written_differently_is_shown_as_the_same() -> None:
    """Danger: who holds two versions against each other looks for a change that there is not."""
    dose = "drug: examplumab, amount: 9 MIU, route: IV infusion, day: 1 to 3, over: 1 hour"
    a = a_file(f"doses: [{{{dose}}}]")
    b = a.replace("9 MIU", "9000000 IU").replace("1 hour", "60 minutes")
    b = b.replace("1 to 3", "[1, 2, 3]")
    comparison, same = (
        compare(side(a), side(b)),
        "(the same, written differently) [doe2020, Abstract]",
    )
    assert section(comparison, "Facts") == [
        f"examplumab.amount: 9 million units -> 9 million units {same}",
        f"examplumab.day: 1 to 3 -> [1, 2, 3] {same}",
        f"examplumab.over: 1 hour -> 60 minutes {same}",
    ]
    assert section(comparison, "Rows that differ (0") == []
    longer = compare(side(a), side(a.replace("1 hour", "61 minutes")))
    assert section(longer, "Facts") == ["examplumab.over: 1 hour -> 61 minutes [doe2020, Abstract]"]
    infusion = "intravenous infusion"
    assert section(longer, "Rows that differ (3") == [
        f"rows 1 to 3: route {infusion} over 1 hour -> {infusion} over 61 minutes"
    ]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("2.5 mg", " (10 times as much)"),
        ("0.125 mg", " (1/2 as much)"),
        ("250 mcg", " (the same, written differently)"),
        ("250 mg", " (1,000 times as much)"),
        ("0.3 mg", ""),
        ("0.25 mg/kg", ""),
        ("250 IU", ""),
        ("not stated", ""),
    ],
)
def test_an_amount_that_differs_is_shown_as_a_factor(amount: str, expected: str) -> None:
    """Danger: a zero, or a unit, of a new version is overlooked among its other changes."""
    one, other = (side(a_dose(f"amount: {text}")) for text in ("0.25 mg", amount))
    (line,) = section(compare(one, other), "Facts")
    assert line.split(" -> ")[1].startswith(f"{safe_text(amount)}{expected} [")


def test_each_kind_of_change_of_a_row_is_shown() -> None:
    """Route, condition, maximum, drug and number of the day."""
    one = a_dose("dose: shot", "repeat: {times: 1, every: 1 days}")
    for was, now, text in (
        ("route: IV", "route: SC", "route intravenous -> subcutaneous"),
        ("day: 1", "day: 1\n    only_if: fever", "only if always -> fever"),
        ("times: 1", "up_to: 1", "at most no -> yes"),
        ("drug: examplumab", "drug: otherumab", "drug examplumab -> otherumab"),
    ):
        assert was in one
        comparison = compare(side(one), side(one.replace(was, now)))
        assert section(comparison, "Rows that differ")[0] == f"row 1: {text}"
    with_zero = a_dose("day: -1", head=("numbering: with day 0",))
    without = a_dose("day: -2", head=("numbering: without day 0",))
    comparison = compare(side(with_zero), side(without))
    assert section(comparison, "Rows that differ")[0] == "row 1: day -1 -> -2"


def test_a_fact_says_what_it_rests_on_in_each_file() -> None:
    """A source that becomes an assumption, a value that was set, one that only one file has."""
    a = a_dose("amount: 5 mg", "cap: 9 mg")
    b = a_file(
        """
        doses:
          - {drug: examplumab, amount: 6 mg, route: IV, day: 1}
        assumptions:
          - {about: examplumab.amount, text: It is six., because: Nobody says.}
        """
    )
    facts = section(compare(side(a), side(b, ("examplumab.day", "2"))), "Facts")
    assert facts == [
        "examplumab.amount: 5 mg -> 6 mg [doe2020, Abstract -> assumed (1)]",
        "examplumab.day: 1 -> 2 [doe2020, Abstract -> set]",
        "examplumab.cap: 9 mg -> (nothing) [doe2020, Abstract]",
    ]
    assert section(compare(side(b), side(a)), "Facts")[-1] == (
        "examplumab.cap: (nothing) -> 9 mg [doe2020, Abstract]"
    )


def test_a_condition_has_no_source_of_its_own() -> None:
    """It is shown without an empty bracket."""
    a = a_cycle(repeat="{times: 2, every: 21 days, only_if: response}")
    comparison = compare(side(a), side(a.replace("response", "benefit")))
    assert section(comparison, "Facts") == ["cycle.repeat.only_if: response -> benefit"]


def test_all_other_texts_of_the_files_are_compared_too() -> None:
    """A finding more, an assumption put before another one, a title."""
    a = a_dose()
    b = a.replace("title: Examplumab", "title: More examplumab").replace(
        "findings:\n", "findings:\n  - {text: Something was found., source: doe2020}\n"
    )
    assert section(compare(side(a), side(b)), "Other texts") == [
        "title: Examplumab every three weeks -> More examplumab every three weeks",
        "findings.text: (nothing) -> Something was found.",
    ]
    first = "  - {about: examplumab.route, text: By vein., because: Nobody says.}\n"
    second = "  - {about: examplumab.day, text: At once., because: Nobody says.}\n"
    one, both = f"{a}assumptions:\n{second}", f"{a}assumptions:\n{first}{second}"
    assert section(compare(side(one), side(both)), "Other texts") == [
        "assumptions.examplumab.route.text: (nothing) -> By vein.",
        "assumptions.examplumab.route.because: (nothing) -> Nobody says.",
    ]


def test_cautions_of_only_one_side_are_shown() -> None:
    """What both have is no difference."""
    both, of_one = Caution("x", "of both"), Caution("y", "of one")
    comparison = compare(side(a_dose(), cautions=(both,)), side(a_dose(), cautions=(both, of_one)))
    assert section(comparison, "Cautions") == ["B: of one"]
    assert comparison.differs


def test_where_nothing_differs_it_says_so() -> None:
    """With schedules, and where none could be made."""
    assert section(compare(side(a_cycle()), side(a_cycle())), "Nothing differs") == [
        "The files say the same, and all 4 rows are the same."
    ]
    bare = Side(loaded(a_cycle()))
    assert section(compare(bare, bare, "not compared."), "Nothing differs") == [
        "The files say the same. Rows and totals: not compared."
    ]
    other = Side(loaded(a_cycle("amount: 6 mg")))
    assert section(compare(bare, other, "not compared."), "Rows and totals") == ["not compared."]


def test_a_drug_of_only_one_side_has_a_total_on_that_side_only() -> None:
    comparison = compare(side(a_dose()), side(a_dose("drug: otherumab")))
    assert section(comparison, "Totals") == [
        "examplumab, in all: 5 mg (1 dose) -> nothing",
        "otherumab, in all: nothing -> 5 mg (1 dose)",
    ]


def test_as_plain_data_a_row_has_only_what_differs() -> None:
    """Both rows with their numbers; a row of one alone has all its keys."""
    comparison = compare(side(a_dose("amount: 5 mg/kg")), side(a_dose("amount: 6 mg/kg")))
    data = document(comparison)
    assert data["differs"] is True
    assert data["rows"] == [
        {
            "from": {"number": 1, "amount": {"value": 350, "unit": "mg"}},
            "to": {"number": 1, "amount": {"value": 420, "unit": "mg"}},
        }
    ]
    assert data["facts"][0] == {
        "path": "examplumab.amount",
        "from": "5 mg/kg",
        "to": "6 mg/kg",
        "source_from": "doe2020, Abstract",
        "source_to": "doe2020, Abstract",
    }
    assert data["totals"] == [
        {"drug": "examplumab", "block": None, "from": "350 mg (1 dose)", "to": "420 mg (1 dose)"}
    ]
    two = a_dose("repeat: {times: 2, every: 1 days}")
    more = document(compare(side(a_dose()), side(two)))["rows"]
    fewer = document(compare(side(two), side(a_dose())))["rows"]
    assert (more[0]["from"], more[0]["to"]["regimen_day"]) == (None, 2)
    assert (fewer[0]["to"], fewer[0]["from"]["regimen_day"]) == (None, 2)
