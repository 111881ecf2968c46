"""Whether days, repeats and lengths fit together: what no single key can tell."""

from __future__ import annotations

import pytest

from filetext import (
    a_cycle,
    a_dose,
    a_file,
    assert_told,
    examined,
    faults,
    line_of,
    loaded,
    loaded_dose,
)

ARMS = "arms: {low: the lower dose, high: the higher dose}"
WITH_ZERO = "numbering: with day 0"
WITHOUT_ZERO = "numbering: without day 0"


def remarks(text: str) -> list[str]:
    """What a person should confirm of a text, as `line: path: words`."""
    return [f"{each.line}: {each.path}: {each.problem}" for each in examined(text).remarks]


# Day 0, numbering, and ranges that cross zero


@pytest.mark.parametrize("day", ["0", "[0, 7]", "[-7, 0]", "-3 to 0", "0 to 3"])
def test_there_is_no_day_0(day: str) -> None:
    """A dose on a day 0 that the source does not count would fall a day off."""
    problem = "names day 0, which there is not; write 1 or -1, or 'numbering: with day 0'"
    assert_told(a_dose(f"day: {day}  # here"), "examplumab.day", problem)


@pytest.mark.parametrize("day", ["0", "[0, 7]", "-3 to 0", "0 to 3", "-3 to 3"])
def test_there_is_a_day_0_where_the_file_says_so(day: str) -> None:
    """There is no day 0 unless the file says `numbering: with day 0`."""
    assert loaded(a_dose(f"day: {day}", head=(WITH_ZERO,))).day_zero


def test_a_block_does_not_start_on_a_day_0() -> None:
    """A block placed on day 0 is as wrong as a dose there."""
    text = a_file("""
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
        blocks:
          - block: side
            day: 0  # here
            doses:
              - {drug: otherumab, amount: 5 mg, route: IV, day: 1}
    """)
    assert_told(text, "side.day", "day 0")


def test_days_onward_do_not_start_on_a_day_0() -> None:
    """`0 onward` names a day that there is not."""
    assert_told(a_cycle("day: 0 onward  # here"), "cycle.examplumab.day", "names day 0")


def test_a_range_that_crosses_zero_wants_to_be_confirmed() -> None:
    """Right for sources without a day 0, or a slip: a person must say which."""
    text = a_dose("day: -21 to 14  # here")
    assert loaded(text).day_zero is False
    assert remarks(text) == [
        (
            f"{line_of(text)}: examplumab.day: crosses from day -1 to day 1 without a day 0; "
            "if the source counts so, confirm it with 'numbering: without day 0'"
        )
    ]


def test_days_onward_that_cross_zero_want_to_be_confirmed() -> None:
    """`-3 onward` runs over zero as `-3 to 28` does."""
    text = a_cycle("day: -3 onward", repeat="{times: 1, every: 28 days}")
    assert len(remarks(text)) == 1


@pytest.mark.parametrize("numbering", [WITH_ZERO, WITHOUT_ZERO])
def test_a_stated_numbering_confirms_a_range_that_crosses_zero(numbering: str) -> None:
    """A caution in `check` until then."""
    assert remarks(a_dose("day: -21 to 14", head=(numbering,))) == []


@pytest.mark.parametrize("numbering", [WITH_ZERO, WITHOUT_ZERO])
def test_a_confirmed_range_is_not_asked_about_in_a_faulty_file(numbering: str) -> None:
    """Another fault of the file does not undo what the file says of its numbering."""
    assert remarks(a_dose("day: -21 to 14", "amount: 10mg", head=(numbering,))) == []


def test_an_unconfirmed_range_is_asked_about_in_a_faulty_file() -> None:
    """Another fault of the file does not hide the question."""
    assert len(remarks(a_dose("day: -21 to 14", "amount: 10mg"))) == 1


@pytest.mark.parametrize("day", ["[-3, 3]", "-3 to -1", "1 to 5", "[-3 to -1, 1 to 3]"])
def test_days_that_cross_no_zero_are_not_asked_about(day: str) -> None:
    """Only a range that runs over zero can be read in two ways."""
    assert remarks(a_dose(f"day: {day}")) == []


# Days before a block


@pytest.mark.parametrize("day", ["-1", "-3 to -1", "[-7, 1]"])
def test_negative_days_stand_in_the_outermost_block(day: str) -> None:
    """What is given before day 1 of the regimen."""
    assert loaded_dose(a_dose(f"day: {day}")).days.ranges[0][0] < 0


@pytest.mark.parametrize("repeat", ["{times: 4, every: 21 days}", "{every: 14 to 21 days}"])
def test_negative_days_stand_in_a_block_with_every(repeat: str) -> None:
    """They fall into the turn, or the block, before."""
    assert loaded_dose(a_cycle("day: -1", repeat=repeat)).days.ranges == ((-1, -1),)


@pytest.mark.parametrize("repeat", ["repeat: {times: 4, rest: 7 days}", "rest: 0 days"])
def test_negative_days_do_not_stand_in_another_block(repeat: str) -> None:
    """The turn before has no stated length: nobody could say where the day falls."""
    text = a_file(f"""
        blocks:
          - block: cycle
            {repeat}
            doses:
              - drug: examplumab
                amount: 5 mg
                route: IV
                day: [-2, 1]  # here
    """)
    problem = "names day -2, before the block; only the outermost block, or one with 'every', may"
    assert_told(text, "cycle.examplumab.day", problem)


def test_day_0_of_a_block_lies_before_it_as_well() -> None:
    """With a day 0, day 0 is the day before day 1, and needs a block with `every` like day -1."""
    text = a_file(
        """
        blocks:
          - block: lead-in
            doses:
              - drug: examplumab
                amount: 5 mg
                route: IV
                day: 0  # here
        """,
        WITH_ZERO,
    )
    assert_told(text, "lead-in.examplumab.day", "names day 0, before the block")


def test_a_block_placed_before_a_plain_block_is_told() -> None:
    """A block's `day` reaches back no further than a dose's may."""
    text = a_file("""
        blocks:
          - block: main
            blocks:
              - block: side
                day: -5  # here
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
    """)
    assert_told(text, "main.side.day", "names day -5, before the block")


# Days onward


def test_days_run_onward_in_a_block_with_every() -> None:
    """`6 onward`: to the end of the turn, only in a block with `every`."""
    assert loaded_dose(a_cycle("day: [1, 6 onward]")).days.onward == 6


@pytest.mark.parametrize(
    "text",
    [
        a_dose("day: 6 onward  # here"),
        a_cycle("day: 6 onward  # here", repeat="{times: 4, rest: 7 days}"),
        a_cycle("day: 6 onward  # here", repeat="{times: 4, every: 21 to 28 days}"),
    ],
    ids=["outermost", "rest", "a range of every"],
)
def test_days_do_not_run_onward_without_an_end(text: str) -> None:
    """Without a stated length nobody knows how many doses that is."""
    path = "examplumab.day" if text.count("block") == 0 else "cycle.examplumab.day"
    problem = "runs onward without an end; give the block one 'every', or list the days"
    assert_told(text, path, problem)


# Turns


@pytest.mark.parametrize("turn", ["1", "4", "[1, 3, 4]", "2 onward", "2 to 4"])
def test_a_dose_may_be_given_in_some_turns(turn: str) -> None:
    """`turn`: given only in those turns of the block it stands in."""
    assert loaded_dose(a_cycle(f"turn: {turn}")).turns is not None


@pytest.mark.parametrize("repeat", ["{times: 4, every: 21 days}", "{up_to: 4, rest: 7 days}"])
@pytest.mark.parametrize("turn", ["5", "[1, 5]", "2 to 5", "5 onward"])
def test_a_turn_that_the_block_does_not_have_is_told(repeat: str, turn: str) -> None:
    """A dose in cycle 5 of 4 would never be given, and nobody would see it missing."""
    text = a_cycle(f"turn: {turn}  # here", repeat=repeat)
    problem = "names turn 5, but block 'cycle' has 4; lower it"
    assert_told(text, "cycle.examplumab.turn", problem)


def test_an_open_ended_block_has_every_turn() -> None:
    """Nobody has said how many there will be."""
    assert loaded_dose(a_cycle("turn: 9", repeat="{every: 21 days}")).turns is not None


def test_the_regimen_itself_has_one_turn() -> None:
    """A dose beside the blocks is given in turn 1, the only one."""
    assert loaded_dose(a_dose("turn: 1")).turns is not None
    problem = "names turn 2, but the regimen has one turn"
    assert_told(a_dose("turn: 2  # here"), "examplumab.turn", problem)


def test_a_block_without_a_repeat_has_one_turn() -> None:
    """A lead-in has no second turn."""
    text = a_file("""
        blocks:
          - block: lead-in
            doses:
              - drug: examplumab
                amount: 5 mg
                route: IV
                day: 1
                turn: 2  # here
    """)
    assert_told(text, "lead-in.examplumab.turn", "names turn 2, but block 'lead-in' has 1")


# At beside a repeat


@pytest.mark.parametrize("at", ["08:00", "+2 hours", "-30 minutes", "[08:00]", "[+2 hours]"])
def test_one_time_beside_a_repeat_is_its_first_dose(at: str) -> None:
    """One `at` with an hourly repeat is its first dose."""
    assert loaded_dose(a_dose(f"at: {at}", "repeat: {times: 3, every: 8 hours}")).at is not None


@pytest.mark.parametrize("at", ["[08:00, 20:00]", "[+0 hours, +4 hours]", "2 times a day"])
def test_several_times_beside_a_repeat_are_refused(at: str) -> None:
    """A list, or n times a day, with a repeat would give each dose of the repeat again."""
    text = a_dose(f"at: {at}  # here", "repeat: {times: 3, every: 8 hours}")
    problem = "stands beside a repeat; keep one time, or list the times and no repeat"
    assert_told(text, "examplumab.at", problem)


def test_even_once_a_day_is_refused_beside_a_repeat() -> None:
    """`1 times a day` is no first dose."""
    text = a_dose("at: 1 times a day  # here", "repeat: {times: 3, every: 8 hours}")
    assert_told(text, "examplumab.at", "stands beside a repeat")


# Amounts per day


@pytest.mark.parametrize(
    "lines",
    [
        ("at: 2 times a day",),
        ("at: [08:00, 14:00, 20:00]",),
        ("repeat: {times: 6, every: 8 hours}",),
        ("repeat: {times: 2, every: 24 hours}",),
        ("over: 24 hours",),
        (),
    ],
)
def test_an_amount_per_day_is_divided_over_the_day(lines: tuple[str, ...]) -> None:
    """`/day` goes with n times a day, a list of times or an interval that divides 24 h."""
    assert loaded_dose(a_dose("amount: 45 mg/m2/day", *lines)).amount(None).per_day


@pytest.mark.parametrize("every", ["7 hours", "48 hours", "36 hours", "8 to 12 hours"])
def test_an_interval_that_does_not_divide_the_day_is_refused(every: str) -> None:
    """Nobody could say how much one dose is, or what the patient gets in a day."""
    text = a_dose("amount: 45 mg/day  # here", f"repeat: {{times: 3, every: {every}}}")
    problem = "is per day, but its interval does not divide 24 hours; write the single amount"
    assert_told(text, "examplumab.amount", problem)


@pytest.mark.parametrize("over", ["25 hours", "5 days", "12 to 48 hours"])
def test_a_bag_of_several_days_is_not_per_day(over: str) -> None:
    """With `over` beyond 24 hours `/day` is refused: a fivefold error hides there."""
    text = a_dose("amount: 45 mg/m2/day  # here", f"over: {over}")
    problem = "is per day, but runs over more than 24 hours; write the whole amount without /day"
    assert_told(text, "examplumab.amount", problem)


def test_an_amount_per_day_is_told_in_its_arm() -> None:
    """Each arm's amount is judged by itself."""
    text = a_dose(
        "amount:\n      low: 5 mg\n      high: 45 mg/day  # here",
        "over: 5 days",
        head=(ARMS,),
    )
    assert_told(text, "examplumab.amount[high]", "runs over more than 24 hours")


def test_times_on_several_days_do_not_divide_an_amount_per_day() -> None:
    """+36 hours is tomorrow: half of a day's amount on each of two days would be underdosed."""
    text = a_dose("amount: 45 mg/day  # here", "at: [+0 hours, +36 hours]")
    assert_told(text, "examplumab.amount", "per day")


# Cap and round


@pytest.mark.parametrize("key", ["cap", "round"])
@pytest.mark.parametrize(
    ("amount", "other", "right"),
    [
        ("5 mg/kg", "20 IU", "is in IU, the amount in mg; use mg"),
        ("3 million IU/m2", "20 mg", "is in mg, the amount in IU; use IU"),
        ("3 units", "20 IU", "is in IU, the amount in units; use units"),
        ("5 AUC", "20 mL", "is in mL, the amount in mg; use mg"),
        ("5 mL", "20 mg", "is in mg, the amount in mL; use mL"),
        ("2 million cells/kg", "3 MIU", "is in IU, the amount in cells; use cells"),
    ],
)
def test_cap_and_round_are_in_the_units_of_the_amount(
    key: str, amount: str, other: str, right: str
) -> None:
    """A cap in another dimension can be compared with nothing, and would never bite."""
    text = a_dose(f"amount: {amount}", f"{key}: {other}  # here")
    assert_told(text, f"examplumab.{key}", right)


@pytest.mark.parametrize(
    ("amount", "cap"), [("5 mg/kg", "1 g"), ("5 AUC", "800 mg"), ("5 mg", "500 mcg")]
)
def test_cap_and_round_may_be_in_another_unit_of_the_same_kind(amount: str, cap: str) -> None:
    """Grams cap milligrams."""
    assert loaded_dose(a_dose(f"amount: {amount}", f"cap: {cap}", f"round: {cap}")).cap is not None


def test_a_cap_is_told_once_though_it_fails_every_arm() -> None:
    """Two arms with amounts in mg and a cap in IU are one fault of the cap."""
    text = a_dose("amount: {low: 5 mg, high: 9 mg}", "cap: 5 IU  # here", head=(ARMS,))
    assert_told(text, "examplumab.cap", "is in IU, the amount in mg; use mg")


def test_a_cap_per_day_needs_an_amount_per_day() -> None:
    """A cap per day on an amount per dose would cap something else."""
    text = a_dose("amount: 5 mg/kg", "cap: 20 mg/day  # here")
    problem = "is per day, the amount (5 mg/kg) is not; write it without /day"
    assert_told(text, "examplumab.cap", problem)
    assert not faults(a_dose("amount: 5 mg/kg/day", "cap: 20 mg/day"))


@pytest.mark.parametrize(
    ("amount", "cap"),
    [("10IU", "20 IU"), ("10mg/day", "20 mg/day"), ("10 MlU", "20 IU")],
)
def test_a_cap_is_not_held_against_an_amount_that_could_not_be_read(amount: str, cap: str) -> None:
    """A cap that is right must not be told to change its unit to one nobody wrote."""
    text = a_dose(f"amount: {amount}  # here", f"cap: {cap}", f"round: {cap.removesuffix('/day')}")
    assert_told(text, "examplumab.amount")


# A repeat that still runs on its next listed day


@pytest.mark.parametrize(
    ("day", "lines", "problem"),
    [
        (
            "[1, 2]",
            ("repeat: {times: 6, every: 8 hours}",),
            "lists day 2 while the repeat from day 1 still runs (to day 2)",
        ),
        (
            "1 to 5",
            ("repeat: {up_to: 15, every: 8 hours}",),
            "lists day 2 while the repeat from day 1 still runs (to day 5)",
        ),
        (
            "[1, 8, 10]",
            ("repeat: {times: 3, every: 24 hours}",),
            "lists day 10 while the repeat from day 8 still runs (to day 10)",
        ),
        (
            "[-1, 1]",
            ("repeat: {times: 6, every: 8 hours}",),
            "lists day 1 while the repeat from day -1 still runs (to day 1)",
        ),
        (
            "[1, 2]",
            ("repeat: {times: 3, every: 8 to 12 hours}",),
            "lists day 2 while the repeat from day 1 still runs (to day 2)",
        ),
        (
            "[1, 2]",
            ("repeat: {times: 2, every: 8 hours}", "at: +20 hours"),
            "lists day 2 while the repeat from day 1 still runs (to day 2)",
        ),
        (
            "[1, 2]",
            ("repeat: {times: 3, every: 8 hours}", "over: 9 hours"),
            "lists day 2 while the repeat from day 1 still runs (to day 2)",
        ),
        (
            "[1, 8]",
            ("repeat: {times: 4, every: 7 days}",),
            "lists day 8 while the repeat from day 1 still runs (to day 22)",
        ),
    ],
)
def test_a_repeat_still_running_when_its_next_listed_day_begins_is_a_fault(
    day: str, lines: tuple[str, ...], problem: str
) -> None:
    """A repeat starts anew from each listed day: overlapping ones would double the dose."""
    text = a_dose(f"day: {day}  # here", *lines)
    found = [fault for fault in faults(text) if "still runs (" in fault.problem]
    assert [(fault.line, fault.path) for fault in found] == [(line_of(text), "examplumab.day")]
    assert found[0].problem.startswith(f"{problem}; list ")


@pytest.mark.parametrize(
    ("day", "lines"),
    [
        ("1 to 5", ("repeat: {times: 3, every: 8 hours}",)),
        ("[1, 6]", ("repeat: {times: 15, every: 8 hours}",)),
        ("[1, 2]", ("repeat: {times: 3, every: 8 hours}", "at: 23:00")),
        ("[1, 2]", ("repeat: {times: 3, every: 8 hours}", "over: 8 hours")),
        ("[-1, 1]", ("repeat: {times: 3, every: 8 hours}",)),
    ],
)
def test_a_repeat_that_has_ended_may_start_anew(day: str, lines: tuple[str, ...]) -> None:
    """A repeat that ends within its days is free on the next; the hour of the clock is no day."""
    assert loaded_dose(a_dose(f"day: {day}", *lines)).repeat is not None


@pytest.mark.parametrize("day", ["6 onward", "[5, 6 onward]", "[1, 6 onward]"])
def test_a_repeat_still_running_on_days_onward_is_a_fault(day: str) -> None:
    """`6 onward` lists day 7 while the repeat from day 6 still runs."""
    text = a_cycle(f"day: {day}  # here", "repeat: {times: 6, every: 8 hours}")
    found = [fault.problem for fault in faults(text)]
    assert any("still runs (to day " in problem for problem in found), found


# Days and lengths in a block of stated length


@pytest.mark.parametrize(
    ("lines", "key", "problem"),
    [
        (("day: 22  # here",), "day", "names day 22, outside the 21 days of cycle; lower it"),
        (("day: [1, 15 to 25]  # here",), "day", "names day 25, outside the 21 days of cycle"),
        (("day: 22 onward  # here",), "day", "outside the 21 days of cycle"),
        (
            ("day: 21", "repeat: {times: 4, every: 8 hours}  # here"),
            "repeat",
            "runs to day 22, beyond the 21 days of cycle; shorten it",
        ),
        (
            ("day: 1", "repeat: {times: 4, every: 7 days}  # here"),
            "repeat",
            "runs to day 22, beyond the 21 days of cycle; shorten it",
        ),
        (
            ("day: 21", "over: 25 hours  # here"),
            "over",
            "runs to day 22, beyond the 21 days of cycle; shorten it",
        ),
        (
            ("day: 21", "over: 12 to 48 hours  # here"),
            "over",
            "runs to day 22, beyond the 21 days of cycle; shorten it",
        ),
        (
            ("day: 21", "at: +36 hours  # here"),
            "at",
            "runs to day 22, beyond the 21 days of cycle; shorten it",
        ),
    ],
)
def test_days_outside_a_block_of_stated_length_are_told(
    lines: tuple[str, ...], key: str, problem: str
) -> None:
    """Occupied days beyond `every` would run into the next turn and double its doses."""
    assert_told(a_cycle(*lines), f"cycle.examplumab.{key}", problem)


@pytest.mark.parametrize(
    "lines",
    [
        ("day: 21",),
        ("day: 21 onward",),
        ("day: 21", "repeat: {times: 3, every: 8 hours}"),
        ("day: 21", "over: 24 hours"),
        ("day: 21", "at: [08:00, 20:00]"),
        ("day: 21", "at: 4 times a day"),
        ("day: 21", "at: 23:30", "repeat: {times: 3, every: 8 hours}"),
        ("day: 1", "repeat: {times: 3, every: 7 days}"),
    ],
)
def test_the_last_day_of_a_block_lies_in_it(lines: tuple[str, ...]) -> None:
    """Day 21 of 21, and what fills it from its start time, is within the block."""
    assert loaded_dose(a_cycle(*lines)).drug == "examplumab"


def test_a_range_of_every_holds_what_the_shortest_holds() -> None:
    """In `21 to 28 days` the next turn may begin on day 22."""
    text = a_cycle("day: 25  # here", repeat="{times: 4, every: 21 to 28 days}")
    assert_told(text, "cycle.examplumab.day", "names day 25, outside the 21 days of cycle")


def test_a_length_is_stated_by_one_turn() -> None:
    """`{times: 1, every: 28 days}` states a length, and holds its days to it."""
    assert loaded(a_cycle("day: 28", repeat="{times: 1, every: 28 days}"))
    text = a_cycle("day: 29  # here", repeat="{times: 1, every: 28 days}")
    assert_told(text, "cycle.examplumab.day", "outside the 28 days")


def test_a_block_without_every_lasts_as_long_as_its_days() -> None:
    """A turn without `every` has no length to leave."""
    assert loaded(a_cycle("day: 400", repeat="{times: 2, rest: 7 days}"))


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("repeat: {times: 4, every: 7 days}", "runs to day 28, beyond the 21 days of course"),
        ("repeat: {times: 3, rest: 10 days}", "runs to day 23, beyond the 21 days of course"),
        ("repeat: {times: 3, rest: 9 to 10 days}", "runs to day 23, beyond the 21 days of course"),
        ("day: 22", "runs to day 22, beyond the 21 days of course"),
        ("repeat: {every: 7 days}", "runs without an end, beyond the 21 days of course"),
    ],
)
def test_an_inner_block_beyond_its_parent_is_told(inner: str, problem: str) -> None:
    """Its days count into the parent's length."""
    text = a_file(f"""
        blocks:
          - block: course
            repeat: {{times: 2, every: 21 days}}
            blocks:
              - block: cycle  # here
                {inner}
                doses:
                  - {{drug: examplumab, amount: 5 mg, route: IV, day: 1}}
    """)
    assert_told(text, "course.cycle", f"{problem}; lengthen 'every'")


def test_inner_blocks_follow_each_other_with_their_rests() -> None:
    """Blocks within a block follow one another; what lies between counts, what follows does not."""
    body = """
        blocks:
          - block: course
            repeat: {{times: 2, every: 21 days}}
            blocks:
              - block: first
                rest: {rest}
                doses:
                  - {{drug: examplumab, amount: 5 mg, route: IV, day: 1 to 7}}
              - block: second  # here
                rest: 30 days
                doses:
                  - {{drug: examplumab, amount: 5 mg, route: IV, day: 1 to 7}}
    """
    assert loaded(a_file(body.format(rest="7 days")))
    text = a_file(body.format(rest="8 days"))
    assert_told(text, "course.second", "runs to day 22, beyond the 21 days of course")


def test_lengths_are_judged_arm_by_arm() -> None:
    """Blocks of two arms never follow each other in one patient."""
    body = """
        blocks:
          - block: course
            repeat: {times: 2, every: 21 days}
            blocks:
              - block: first
                arm: low
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 14}
              - block: second
                arm: high
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 14}
    """
    assert loaded(a_file(body, ARMS))
    both = body.replace("arm: low", "arm: [low, high]")
    assert [fault.path for fault in faults(a_file(both, ARMS))] == ["course.second"]


def test_a_fault_of_several_arms_is_told_once() -> None:
    """A day outside the block in each of two arms is one fault."""
    text = a_cycle("day: 22  # here", head=(ARMS,))
    assert_told(text, "cycle.examplumab.day", "outside the 21 days")


def test_a_dose_is_judged_in_the_turns_in_which_it_is_given() -> None:
    """A block that only its first turn fills is longest there."""
    text = a_file("""
        blocks:
          - block: course
            repeat: {times: 1, every: 21 days}
            blocks:
              - block: cycle  # here
                repeat: {times: 2, rest: 7 days}
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1, turn: 2}
                  - {drug: otherumab, amount: 5 mg, route: IV, day: 14, turn: 1}
    """)
    assert_told(text, "course.cycle", "runs to day 22, beyond the 21 days of course")


# What follows an open-ended block

OPEN = """
    blocks:
      - block: cycle
        {open}
        doses:
          - {{drug: examplumab, amount: 5 mg, route: IV, day: 1}}
      - block: maintenance  # here
        {after}
        doses:
          - {{drug: otherumab, amount: 5 mg, route: IV, day: 1}}
"""


@pytest.mark.parametrize("after", ["", "repeat: {times: 4, every: 21 days}", "only_if: a response"])
@pytest.mark.parametrize("open_", ["repeat: {every: 21 days}", "repeat: {rest: 7 days}"])
def test_a_block_cannot_follow_an_open_ended_one(open_: str, after: str) -> None:
    """Nobody could say when it begins."""
    text = a_file(OPEN.format(open=open_, after=after))
    problem = "follows 'cycle', which has no stated end; give that a count, or this a 'day'"
    assert_told(text, "maintenance", problem)


def test_a_block_may_lie_beside_an_open_ended_one() -> None:
    """Placed by `day` it follows nothing."""
    assert loaded(a_file(OPEN.format(open="repeat: {every: 21 days}", after="day: 8")))
    assert loaded(a_file(OPEN.format(open="repeat: {every: 21 days}\n        day: 1", after="")))


def test_an_open_ended_block_may_come_last() -> None:
    """Maintenance until progression."""
    text = OPEN.format(open="repeat: {times: 4, every: 21 days}", after="repeat: {every: 7 days}")
    assert loaded(a_file(text))


def test_following_an_open_ended_block_is_judged_arm_by_arm() -> None:
    """What is open-ended in one arm may be followed in another."""
    open_ = "repeat: {every: 21 days}\n        arm: low"
    assert loaded(a_file(OPEN.format(open=open_, after="arm: high"), ARMS))
    text = a_file(OPEN.format(open=open_, after="arm: [low, high]"), ARMS)
    assert_told(text, "maintenance", "follows 'cycle', which has no stated end")


@pytest.mark.parametrize("day", ["", "day: 3"])
def test_a_block_with_an_open_end_within_is_open_ended(day: str) -> None:
    """A course of endless cycles has no end, wherever within it they lie."""
    text = a_file(f"""
        blocks:
          - block: course
            blocks:
              - block: cycle
                {day}
                repeat: {{every: 21 days}}
                doses:
                  - {{drug: examplumab, amount: 5 mg, route: IV, day: 1}}
          - block: after  # here
            doses:
              - {{drug: otherumab, amount: 5 mg, route: IV, day: 1}}
    """)
    assert_told(text, "after", "follows 'course', which has no stated end")


def test_an_open_ended_block_is_not_repeated() -> None:
    """Another turn of the course could never begin."""
    text = a_file("""
        blocks:
          - block: course
            repeat: {times: 2, rest: 7 days}
            blocks:
              - block: cycle  # here
                repeat: {every: 21 days}
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
    """)
    problem = "has no stated end within 'course', which is repeated after it; give it a count"
    assert_told(text, "course.cycle", problem)


def test_every_block_that_follows_an_open_end_is_told() -> None:
    """Two blocks after an endless one are two faults."""
    text = a_file(
        OPEN.format(open="repeat: {every: 21 days}", after="")
        + """
      - block: last
        doses:
          - {drug: otherumab, amount: 5 mg, route: IV, day: 1}
"""
    )
    assert [fault.path for fault in faults(text)] == ["maintenance", "last"]


@pytest.mark.parametrize(
    ("open_", "after"),
    [
        ("repeat: {every: 1 month}", ""),
        ("repeat: {every: 21 days}", "repeat: {times: 0, every: 7 days}"),
        ("repeat: {every: 21 days}", "rest: 1 month"),
        ("repeat: {every: 21 days}\n        rest: 1 month", ""),
    ],
)
def test_a_broken_length_does_not_hide_that_nothing_can_follow(open_: str, after: str) -> None:
    """What is open-ended is so whatever its length is."""
    text = a_file(OPEN.format(open=open_, after=after))
    found = [fault.problem for fault in faults(text)]
    assert any("which has no stated end" in problem for problem in found), found


@pytest.mark.parametrize(
    "text",
    [
        OPEN.format(open="repeat: {times: x, every: 21 days}", after=""),
        OPEN.format(open="repeat: {every: 21 days}", after="day: x"),
    ],
)
def test_what_could_not_be_read_is_not_judged(text: str) -> None:
    """A count or day that is there but broken is one fault, not also an open end."""
    assert len(faults(a_file(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        a_cycle("day: 22", repeat="{times: 4, every: x}"),
        a_cycle("day: [-1, 1]", repeat="{times: 4, every: x}"),
        a_cycle("day: 6 onward", repeat="{times: 4, every: x}"),
        a_cycle("turn: 5", repeat="{times: x, every: 21 days}"),
        a_cycle("day: [1, 2]", "repeat: {times: 6, every: x}"),
        a_cycle("day: 21", "over: x"),
        a_cycle("at: x", "repeat: {times: 3, every: 8 hours}"),
        a_cycle("day: 22", repeat="x"),
    ],
)
def test_what_hangs_on_a_broken_value_is_not_judged_by_a_guess(text: str) -> None:
    """One broken value is one fault; nothing is told that mending it could make wrong."""
    assert len(faults(text)) == 1
