"""What `check` asks a person to confirm: rests that end with the last turn, and conditions."""

from __future__ import annotations

import pytest

from filetext import a_dose, a_file, examined, line_of


def remarks(text: str) -> list[str]:
    """What is asked about a file: line, path, problem."""
    return [f"{remark.line}: {remark.path}: {remark.problem}" for remark in examined(text).remarks]


def blocks(first: str, second: str = "") -> str:
    """A regimen of two blocks: continuous infusion for five days in each."""
    dose = "{drug: examplumab, amount: 5 mg, route: IV, day: 1 to 5, over: 24 hours}"
    return a_file(f"""
        arms: {{one: One., two: Two.}}
        blocks:
          - block: first
            {first}
            doses: [{dose}]
          - block: second
            {second or "repeat: {times: 2, every: 28 days}"}
            doses: [{dose}]
    """)


@pytest.mark.hazard(15)
def test_a_rest_that_is_lost_before_the_next_block_is_asked_about() -> None:
    """Twice five days of an infusion, five of rest between: the third five follow at once.

    Ten days of continuous interleukin-2 came of such a file, and `check` found nothing.
    """
    text = blocks("repeat: {times: 2, rest: 5 days}  # here")
    assert remarks(text) == [
        (
            f"{line_of(text)}: first.repeat.rest: is only between turns: 'second' begins the day "
            "after the last one; add 'rest: 5 days' to the block 'first', or confirm it with "
            "'rest: 0 days'"
        )
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("repeat: {times: 2, rest: 5 days}\n            rest: 5 days", ""),
        ("repeat: {times: 2, rest: 5 days}\n            rest: 0 days", ""),
        ("repeat: {times: 2, every: 10 days}", ""),
        ("rest: 3 days", ""),
        ("repeat: {times: 2, rest: 5 days}", "day: 8"),
        ("repeat: {times: 2, rest: 5 days}\n            day: 1", ""),
        ("repeat: {times: 2, rest: 5 days}\n            arm: one", "arm: two"),
    ],
)
def test_a_rest_that_is_stated_or_that_nothing_follows_is_not_asked_about(
    first: str, second: str
) -> None:
    """A question that is always asked is not read."""
    questions = remarks(blocks(first, second))
    running = ("still runs", "while the earlier infusions end")
    assert [text for text in questions if not any(words in text for words in running)] == []


def test_a_rest_within_the_block_before_is_asked_about_once() -> None:
    """The cycles end with their course, which states no rest either; in both arms."""
    inner = """repeat: {times: 1, rest: 5 days}
            blocks:
              - block: cycle
                repeat: {times: 2, rest: 2 days}
                doses: [{drug: otherumab, amount: 5 mg, route: IV, day: 1}]"""
    (outer, cycle) = remarks(blocks(inner))
    assert "first.repeat.rest: " in outer
    assert "first.cycle.repeat.rest: is only between turns: 'second' begins" in cycle
    assert "add 'rest: 2 days' to the block 'cycle'" in cycle
    stated = inner.replace("- block: cycle", "- block: cycle\n                rest: 2 days")
    assert len(remarks(blocks(stated))) == 1


def test_rests_are_looked_for_within_blocks_too() -> None:
    """Of two blocks within a block, and not in an arm that lacks them."""
    dose = "{drug: examplumab, amount: 5 mg, route: IV, day: 1}"
    text = a_file(f"""
        arms: {{one: One., two: Two.}}
        blocks:
          - block: outer
            arm: one
            blocks:
              - block: a
                repeat: {{times: 2, rest: 5 days}}  # here
                doses: [{dose}]
              - block: b
                doses: [{dose}]
          - block: other
            arm: two
            doses: [{dose}]
    """)
    (question,) = remarks(text)
    assert question.startswith(f"{line_of(text)}: outer.a.repeat.rest: ")


@pytest.mark.hazard(7)
@pytest.mark.parametrize(
    "condition",
    [
        "no progression or unacceptable toxicity",
        "No progression or toxicity",
        "alive and not in progression or toxic",
        "well without fever or rash",
    ],
)
def test_a_condition_that_can_be_read_as_its_contrary_is_asked_about(condition: str) -> None:
    """Read word for word, unacceptable toxicity would be a reason to go on."""
    text = a_dose(f"only_if: {condition}  # here")
    assert remarks(text) == [
        (
            f"{line_of(text)}: examplumab.only_if: {condition!r} can be read as continuing even "
            "if what follows 'or' is true; write 'neither ... nor ...'"
        )
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "neither progression nor unacceptable toxicity",
        "stable disease or response",
        "response or no progression",
        "no progression, or response",
        "no progression and no toxicity",
        "notable response or stable disease",
    ],
)
def test_a_plain_condition_is_not_asked_about(condition: str) -> None:
    """A question that is always asked is not read."""
    assert remarks(a_dose(f'only_if: "{condition}"')) == []


@pytest.mark.hazard(7)
@pytest.mark.parametrize("first", ["if", "Only if", "unless", "until", "as long as"])
def test_a_condition_is_read_aloud_after_only_if(first: str) -> None:
    """`only if unless progression` says the contrary of what is meant, or nothing."""
    text = a_dose(f"repeat: {{times: 2, every: 1 day, only_if: {first} well}}  # here")
    assert remarks(text) == [
        (
            f"{line_of(text)}: examplumab.repeat.only_if: is printed as 'only if {first} well'; "
            f"begin with the condition itself, without {first!r}"
        )
    ]
    assert remarks(text.replace(f"{first} well", f"well {first} ill")) == []


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("600.000 IU/kg", "is 600 IU/kg; write '600_000 IU/kg' if thousands are meant"),
        ("1.500 IU", "is 1.5 IU; write '1_500 IU' if thousands are meant"),
        ("{below 50 kg: 1 IU, 50 kg or more: 2.125 IU}", "is 2.125 IU; write '2_125 IU' if"),
    ],
)
def test_a_point_that_may_separate_thousands_is_asked_about(amount: str, problem: str) -> None:
    """Danger: 600.000 IU/kg, as half of Europe writes 600,000: a thousandth is given."""
    (question,) = remarks(a_dose(f"amount: {amount}"))
    assert f"examplumab.amount: {problem}" in question


def test_a_point_before_thousands_is_asked_about_in_its_arm() -> None:
    (question,) = remarks(
        a_dose("amount: {low: 1 IU, high: 600.000 IU}", head=("arms: {low: Low., high: High.}",))
    )
    assert "examplumab.amount[high]: is 600 IU" in question


@pytest.mark.parametrize(
    "amount", ["0.125 IU", "600.00 IU", "2.125 mg", "1.250 million IU", "1000.125 IU", "2.125 MIU"]
)
def test_a_point_that_can_be_nothing_else_is_not_asked_about(amount: str) -> None:
    """Parts of a unit are no thousands, and milligrams have three digits behind their point."""
    assert remarks(a_dose(f"amount: {amount}")) == []
