"""Whether the names in a file fit together: doses, blocks, arms, the default arm."""

from __future__ import annotations

import pytest

from filetext import a_cycle, a_dose, a_file, assert_among, assert_told, faults, line_of, loaded

ARMS = "arms: {low: the lower dose, high: the higher dose}"
REASON = "assumptions:\n  - {about: default_arm, text: a, because: it was tolerated}"


def test_two_doses_of_one_drug_need_names() -> None:
    """A dose name is required when one drug stands twice in a block, or a path means two."""
    text = a_file("""
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {drug: examplumab, amount: 9 mg, route: IV, day: 8}
    """)
    problem = "gives 'examplumab', which stands twice in this block; name each: 'dose: NAME'"
    assert [fault.problem for fault in faults(text)] == [problem, problem]
    assert len({fault.line for fault in faults(text)}) == 2


def test_one_nameless_dose_beside_a_named_one_of_the_same_drug_is_told() -> None:
    """The nameless dose is the one to name."""
    text = a_file("""
        doses:
          - {dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {drug: examplumab, amount: 9 mg, route: IV, day: 8}  # here
    """)
    assert_told(text, "examplumab", "stands twice in this block; name each: 'dose: NAME'")


def test_named_doses_of_one_drug_stand_side_by_side() -> None:
    """A pulse and a low dose of the same drug are two doses."""
    text = a_file("""
        doses:
          - {dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {dose: low-dose, drug: examplumab, amount: 9 mg, route: IV, day: 8}
    """)
    assert [dose.path for dose in loaded(text).body.doses] == ["pulse", "low-dose"]


def test_the_same_drug_may_stand_in_several_blocks() -> None:
    """Names are distinct within one block; in another block they may return."""
    text = a_file("""
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
        blocks:
          - block: lead-in
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
            blocks:
              - block: lead-in
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
    """)
    paths = [dose.path for block in loaded(text).body.walk() for dose in block.doses]
    assert paths == ["examplumab", "lead-in.examplumab", "lead-in.lead-in.examplumab"]


@pytest.mark.parametrize(
    ("second", "path", "problem"),
    [
        (
            "- {dose: pulse, drug: otherumab, amount: 5 mg, route: IV, day: 1}",
            "pulse.dose",
            "'pulse' already names a dose of this block; choose another name",
        ),
        (
            "- {dose: examplumab, drug: otherumab, amount: 5 mg, route: IV, day: 1}",
            "examplumab.dose",
            "'examplumab' is also a drug of this block; choose another name",
        ),
    ],
)
def test_dose_and_drug_names_of_one_block_are_distinct(
    second: str, path: str, problem: str
) -> None:
    """Dose, drug and block names within one block are distinct."""
    text = a_file(f"""
        doses:
          - {{dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}}
          {second}  # here
    """)
    assert_told(text, path, problem)


@pytest.mark.parametrize("name", ["pulse", "examplumab", "otherumab"])
def test_a_block_is_not_called_like_a_dose_or_drug_beside_it(name: str) -> None:
    """A path through a name that a block and a drug share would be read as either."""
    text = a_file(f"""
        doses:
          - {{dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}}
          - {{drug: otherumab, amount: 5 mg, route: IV, day: 1}}
        blocks:
          - block: {name}  # here
            doses:
              - {{drug: thirdumab, amount: 5 mg, route: IV, day: 1}}
    """)
    found = faults(text)
    assert [(fault.line, repr(name) in fault.problem) for fault in found] == [(line_of(text), True)]


def test_two_blocks_of_one_name_are_told() -> None:
    """Two cycles side by side need two names."""
    text = a_file("""
        blocks:
          - block: cycle
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
          - block: cycle  # here
            doses: [{drug: otherumab, amount: 5 mg, route: IV, day: 1}]
    """)
    assert_told(text, "cycle.block", "'cycle' already names a block of this block")


@pytest.mark.parametrize("text", ["doses: [x]", "blocks: [x]"])
def test_an_entry_that_is_no_mapping_is_told(text: str) -> None:
    """A word where a dose or block belongs is one fault."""
    assert [fault.problem for fault in faults(a_file(text))] == [
        "is not a mapping; write indented 'key: value' lines"
    ]


def test_a_regimen_gives_at_least_one_dose() -> None:
    """doses, blocks: one of the two at least."""
    (fault,) = faults(a_file(""))
    assert fault.problem == "has neither 'doses' nor 'blocks'; a regimen gives at least one dose"


def test_a_block_gives_at_least_one_dose() -> None:
    """An empty block would only move what follows it."""
    text = a_file("blocks:\n  - block: pause  # here\n    repeat: {times: 2, rest: 7 days}")
    assert_told(text, "pause", "has neither 'doses' nor 'blocks'; a block gives at least one dose")


@pytest.mark.parametrize(
    ("arm", "hint"),
    [("hihg", "did you mean 'high'?"), ("zzz", "known: low, high")],
)
def test_an_unknown_arm_of_a_dose_is_told_the_nearest(arm: str, hint: str) -> None:
    """A misspelt arm would take the dose from everybody."""
    text = a_dose(f"arm: [low, {arm}]  # here", head=(ARMS,))
    assert_told(text, "examplumab.arm", f"{arm!r} is not an arm of this file; {hint}")


def test_an_unknown_arm_of_a_block_is_told_the_nearest() -> None:
    """A misspelt arm would take the block from everybody."""
    text = a_file(
        """
        blocks:
          - block: cycle
            arm: hihg  # here
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
        """,
        ARMS,
    )
    assert_told(text, "cycle.arm", "'hihg' is not an arm of this file; did you mean 'high'?")


def test_an_arm_in_a_file_without_arms_is_told() -> None:
    """`arm:` needs the file to name its arms."""
    problem = "'low' is not an arm of this file; the file names no arms: add 'arms:'"
    assert_told(a_dose("arm: low  # here"), "examplumab.arm", problem)


def test_an_unknown_arm_is_told_even_where_the_day_is_broken() -> None:
    """One fault of a dose does not hide another."""
    text = a_dose("day: first", "arm: nobody  # here", head=(ARMS,))
    assert_among(text, "examplumab.arm", "is not an arm of this file")


def test_a_missing_amount_is_told_even_where_the_day_is_missing() -> None:
    """A dose without a day is still held to the arms of the file."""
    text = a_file(
        "doses:\n  - drug: examplumab\n    amount: {low: 5 mg}  # here\n    route: IV", ARMS
    )
    assert_among(text, "examplumab.amount", "has no amount for high")


def test_a_default_arm_is_one_of_the_arms() -> None:
    """A default that names no arm would pick nothing."""
    text = a_dose(head=(ARMS, "default_arm: hihg  # here", REASON))
    assert_told(text, "default_arm", "'hihg' is not an arm of this file; did you mean 'high'?")


def test_a_default_arm_comes_with_its_reason() -> None:
    """The reason is an assumption about `default_arm`: nobody's level is picked silently."""
    text = a_dose(head=(ARMS, "default_arm: low  # here"))
    problem = "gives no reason; add an assumption with 'about: default_arm'"
    assert_told(text, "default_arm", problem)


def test_a_default_arm_with_a_reason_loads() -> None:
    """The file may name a `default_arm` with its reason."""
    assert loaded(a_dose(head=(ARMS, "default_arm: low", REASON))).default_arm == "low"


@pytest.mark.parametrize("value", ["", "[low]", "{low: a}"])
def test_a_default_arm_that_is_no_name_is_told_once(value: str) -> None:
    """One broken value is one fault."""
    text = a_dose(head=(ARMS, f"default_arm: {value}  # here", REASON))
    assert_told(text, "default_arm")


def test_an_amount_is_given_for_every_arm() -> None:
    """A mapping from arm to amount names every arm in which the dose exists."""
    text = a_dose("amount: {low: 5 mg}  # here", head=("arms: {low: a, mid: b, high: c}",))
    problem = "has no amount for mid, high; give one for every arm"
    assert_told(text, "examplumab.amount", problem)


def test_an_amount_is_not_needed_where_the_dose_does_not_exist() -> None:
    """Every arm in which the dose exists, by its own `arm` and those of its blocks."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: {low: 5 mg}, arm: low, route: IV, day: 1}
        blocks:
          - block: cycle
            arm: [low, high]
            doses:
              - {drug: examplumab, amount: {high: 5 mg}, arm: [mid, high], route: IV, day: 1}
              - {drug: otherumab, amount: {low: 5 mg, high: 9 mg}, route: IV, day: 1}
        """,
        "arms: {low: a, mid: b, high: c}",
    )
    assert loaded(text).drugs("low") == ("primumab", "otherumab")
    assert loaded(text).drugs("high") == ("examplumab", "otherumab")
    assert loaded(text).drugs("mid") == ()


def test_an_amount_for_an_arm_that_the_file_does_not_have_is_told() -> None:
    """A misspelt arm is told with the nearest, and what it leaves without amount."""
    text = a_dose(
        "amount:\n      low: 5 mg\n      hihg: 9 mg  # here",
        head=(ARMS,),
    )
    assert_among(
        text, "examplumab.amount[hihg]", "is not an arm of this file; did you mean 'high'?"
    )
    assert {fault.path for fault in faults(text)} == {
        "examplumab.amount",
        "examplumab.amount[hihg]",
    }


def test_an_amount_for_an_arm_without_the_dose_is_told() -> None:
    """An amount for an arm in which the dose does not exist is a slip in one of the two."""
    text = a_dose(
        "arm: low",
        "amount:\n      low: 5 mg\n      high: 9 mg  # here",
        head=(ARMS,),
    )
    problem = "gives an amount for 'high', where this dose does not exist"
    assert_told(text, "examplumab.amount[high]", problem)


def test_amounts_by_arm_in_a_file_without_arms_are_told() -> None:
    """Amounts by arm need arms."""
    text = a_dose("amount: {low: 5 mg}  # here")
    assert_told(text, "examplumab.amount[low]", "the file names no arms: add 'arms:'")


def test_a_broken_arm_of_a_dose_asks_for_no_amounts() -> None:
    """What exists in an arm that could not be read is not guessed at: one fault, not two."""
    text = a_dose("arm: a/b  # here", "amount: {low: 5 mg}", head=(ARMS,))
    assert_told(text, "examplumab.arm", "is not a name")


def test_faults_of_doses_of_one_name_stand_on_their_own_lines() -> None:
    """Two doses that share a name still have their own lines, and both their own faults."""
    text = a_file("""
        doses:
          - drug: examplumab
            amount: 5 mg
            route: IV
            day: 0  # first
          - drug: examplumab
            amount: 5 mg
            route: IV
            day: 0  # second
    """)
    lines = [fault.line for fault in faults(text) if "day 0" in fault.problem]
    assert lines == [line_of(text, "# first"), line_of(text, "# second")]


def test_a_name_that_returns_in_an_inner_block_is_told_there() -> None:
    """Names are held apart at every depth."""
    text = a_cycle("dose: pulse") + (
        "      - {dose: pulse, drug: otherumab, amount: 5 mg, route: IV, day: 2}  # here\n"
    )
    assert_told(text, "cycle.pulse.dose", "'pulse' already names a dose of this block")
