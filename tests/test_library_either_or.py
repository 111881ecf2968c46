"""Whether each repeat says one thing: how often, and how far apart."""

from __future__ import annotations

import pytest

from filetext import a_cycle, a_dose, a_file, assert_told, faults, loaded, loaded_dose

EVERY = "{every: 21 days}"


@pytest.mark.parametrize(
    ("repeat", "problems"),
    [
        (
            "{times: 3, up_to: 4, every: 8 hours}",
            ["has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"],
        ),
        ("{every: 8 hours}", ["has no count; a dose needs 'times' or 'up_to'"]),
        ("{times: 3}", ["has no 'every'; write it like 'every: 8 hours'"]),
        (
            "{times: 3, rest: 7 days}",
            ["has 'rest', which only a block has; write 'every: 8 hours'"],
        ),
        (
            "{times: 3, every: 8 hours, rest: 7 days}",
            ["has 'rest', which only a block has; write 'every: 8 hours'"],
        ),
        (
            "{only_if: tolerated}",
            [
                "has no count; a dose needs 'times' or 'up_to'",
                "has no 'every'; write it like 'every: 8 hours'",
            ],
        ),
        (
            "{}",
            [
                "has no count; a dose needs 'times' or 'up_to'",
                "has no 'every'; write it like 'every: 8 hours'",
            ],
        ),
        (
            "{up_to: 5 days, every: 8 to 12 hours}",
            ["has 'up_to: 5 days' with a range in 'every'; write a number of turns"],
        ),
    ],
)
def test_the_repeat_of_a_dose_has_one_count_and_one_interval(
    repeat: str, problems: list[str]
) -> None:
    """On a dose: `times` or `up_to`, and `every`; both or neither is a fault."""
    found = faults(a_dose(f"repeat: {repeat}"))
    assert [(fault.path, fault.problem) for fault in found] == [
        ("examplumab.repeat", problem) for problem in problems
    ]


@pytest.mark.parametrize(
    ("repeat", "problems"),
    [
        (
            "{times: 3, up_to: 4, every: 21 days}",
            ["has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"],
        ),
        (
            "{times: 3, every: 21 days, rest: 7 days}",
            ["has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)"],
        ),
        (
            "{times: 3}",
            ["has neither 'every' (start to start) nor 'rest' (end to start); write one"],
        ),
        ("{}", ["has neither 'every' (start to start) nor 'rest' (end to start); write one"]),
        (
            "{up_to: 52 weeks, rest: 7 days}",
            ["has 'up_to: 52 weeks' without 'every'; write a number of turns"],
        ),
        (
            "{up_to: 52 weeks, every: 3 to 4 weeks}",
            ["has 'up_to: 52 weeks' with a range in 'every'; write a number of turns"],
        ),
        (
            "{up_to: 52 weeks}",
            ["has neither 'every' (start to start) nor 'rest' (end to start); write one"],
        ),
        (
            "{times: 3, up_to: 4, every: 21 days, rest: 7 days}",
            [
                "has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)",
                "has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)",
            ],
        ),
    ],
)
def test_the_repeat_of_a_block_has_at_most_one_count_and_one_interval(
    repeat: str, problems: list[str]
) -> None:
    """`times` or `up_to` (neither = open-ended), `every` or `rest`; both is a fault."""
    found = faults(a_cycle(repeat=repeat))
    assert [(fault.path, fault.problem) for fault in found] == [
        ("cycle.repeat", problem) for problem in problems
    ]


def test_a_faulty_repeat_is_told_on_its_line() -> None:
    """The line is that of the repeat, not of the dose."""
    text = a_dose("repeat: {every: 8 hours}  # here")
    assert_told(text, "examplumab.repeat", "has no count")


def test_a_block_without_a_count_is_open_ended() -> None:
    """Neither `times` nor `up_to`: as long as it goes well."""
    for repeat in (EVERY, "{rest: 7 days}"):
        block = loaded(a_cycle(repeat=repeat)).body.blocks[0]
        assert block.repeat is not None
        assert block.repeat.count is None


@pytest.mark.parametrize(
    "repeat",
    [
        "{times: 4, every: 21 days}",
        "{up_to: 4, rest: 5 to 6 weeks}",
        "{up_to: 52 weeks, every: 21 days}",
        "{times: 1, every: 28 days}",
        "{times: 4, rest: 0 days}",
        "{times: 4, every: 21 to 28 days}",
    ],
)
def test_a_right_repeat_of_a_block_loads(repeat: str) -> None:
    """Each way to write a repeat that says one thing."""
    assert loaded(a_cycle(repeat=repeat)).body.blocks[0].repeat is not None


@pytest.mark.parametrize(
    "repeat",
    [
        "{times: 15, every: 8 hours}",
        "{up_to: 15, every: 8 hours}",
        "{up_to: 5 days, every: 8 hours}",
        "{times: 4, every: 21 days, only_if: tolerated}",
        "{times: 4, every: 8 to 12 hours}",
    ],
)
def test_a_right_repeat_of_a_dose_loads(repeat: str) -> None:
    """A dose every 8 hours and a dose every 21 days are written alike."""
    assert loaded_dose(a_dose(f"repeat: {repeat}")).repeat is not None


@pytest.mark.parametrize(
    "text",
    [
        a_dose("repeat: {up_to: 5 to 6 weeks, every: 7 days}"),
        a_cycle(repeat="{up_to: 5 to 6 weeks, every: 7 days}"),
    ],
    ids=["of a dose", "of a block"],
)
def test_a_range_of_times_does_not_bound_a_repeat(text: str) -> None:
    """`up_to: 5 to 6 weeks` has no one count of turns: the longer must not silently be lost."""
    assert faults(text), "a range in 'up_to' was read as its shorter end"


def test_repeats_of_inner_blocks_are_held_to_the_same() -> None:
    """Every depth of a file is checked."""
    text = a_file("""
        blocks:
          - block: course
            repeat: {times: 2, rest: 7 days}
            blocks:
              - block: cycle
                repeat: {times: 2, up_to: 3, rest: 7 days}  # here
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
    """)
    assert_told(text, "course.cycle.repeat", "has 'times' and 'up_to'")


def test_both_counts_are_told_even_where_one_is_broken() -> None:
    """A pair is told though one of its two cannot be read."""
    text = a_dose("repeat: {times: x, up_to: 3, every: 8 hours}")
    paths = [fault.path for fault in faults(text)]
    assert sorted(paths) == ["examplumab.repeat", "examplumab.repeat.times"]
