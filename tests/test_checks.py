"""Whether days, repeats and lengths fit together: what no single key can show."""

from __future__ import annotations

import pytest

from filetext import (
    a_cycle,
    a_dose,
    a_file,
    assert_among,
    assert_fault,
    examined,
    faults,
    line_of,
    loaded,
    loaded_dose,
)
from stated import amount_of

ARMS = "arms: {low: the lower dose, high: the higher dose}"
WITH_ZERO = "numbering: with day 0"
WITHOUT_ZERO = "numbering: without day 0"


def remarks(text: str) -> list[str]:
    """What a person should confirm of a text, as `line: path: words`."""
    return [f"{fault.line}: {fault.path}: {fault.problem}" for fault in examined(text).remarks]


# Day 0, numbering, and ranges that cross zero


@pytest.mark.parametrize("day", ["0", "[0, 7]", "[-7, 0]", "-3 to 0", "0 to 3"])
def test_there_is_no_day_0(day: str) -> None:
    """A dose on a day 0 that the source does not count would fall a day off."""
    problem = "names day 0; write 'numbering: with day 0' in the head, or count all days from 1"
    assert_fault(a_dose(f"day: {day}  # here"), "examplumab.day", problem)


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
    assert_fault(text, "side.day", "day 0")


def test_days_onward_do_not_start_on_a_day_0() -> None:
    """`0 onward` names a day that there is not."""
    assert_fault(a_cycle("day: 0 onward  # here"), "cycle.examplumab.day", "names day 0")


def test_a_range_that_crosses_zero_must_be_confirmed() -> None:
    """Right for sources without a day 0, or a slip: a person must say which."""
    text = a_dose("day: -21 to 14  # here")
    assert loaded(text).day_zero is False
    assert remarks(text) == [
        (
            f"{line_of(text)}: examplumab.day: crosses from day -1 to day 1 without a day 0; if "
            "the source counts this way, confirm it with 'numbering: without day 0'"
        )
    ]


def test_days_onward_that_cross_zero_must_be_confirmed() -> None:
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
def test_negative_days_are_allowed_in_the_outermost_block(day: str) -> None:
    """What is given before day 1 of the regimen."""
    assert loaded_dose(a_dose(f"day: {day}")).days.ranges[0][0] < 0


@pytest.mark.parametrize("repeat", ["{times: 4, every: 21 days}", "{every: 14 to 21 days}"])
def test_negative_days_are_allowed_in_a_block_with_every(repeat: str) -> None:
    """They fall into the turn, or the block, before."""
    assert loaded_dose(a_cycle("day: -1", repeat=repeat)).days.ranges == ((-1, -1),)


@pytest.mark.parametrize("repeat", ["repeat: {times: 4, rest: 7 days}", "rest: 0 days"])
def test_negative_days_are_refused_in_another_block(repeat: str) -> None:
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
    assert_fault(text, "cycle.examplumab.day", problem)


def test_day_0_of_a_block_is_before_it_as_well() -> None:
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
    assert_fault(text, "lead-in.examplumab.day", "names day 0, before the block")


def test_a_block_placed_before_a_plain_block_is_a_fault() -> None:
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
    assert_fault(text, "main.side.day", "names day -5, before the block")


# Days onward


def test_days_run_onward_in_a_block_with_every() -> None:
    """`6 onward`: to the end of the turn, only in a block with `every`."""
    assert loaded_dose(a_cycle("day: [1, 6 onward]")).days.onward == 6


@pytest.mark.parametrize(
    "text",
    [
        a_cycle("day: 6 onward  # here", repeat="{times: 4, rest: 7 days}"),
        a_cycle("day: 6 onward  # here", repeat="{times: 4, every: 21 to 28 days}"),
    ],
    ids=["rest", "a range of every"],
)
def test_days_do_not_run_onward_without_an_end(text: str) -> None:
    """Without a stated length nobody knows how many doses that is."""
    problem = "give the block an 'every' of one length, or list the days"
    assert_fault(text, "cycle.examplumab.day", problem)


@pytest.mark.parametrize("open_end", ["day: 6 onward", "repeat: {every: 1 day}"])
def test_a_dose_of_the_outermost_block_may_be_open_ended(open_end: str) -> None:
    """Folic acid is taken daily for as long as the cycles last, and no file says how long."""
    assert loaded(a_dose(open_end))


@pytest.mark.parametrize(
    ("day", "every", "cure"),
    [
        ("[1, 8]", "1 day", ", with 'times: 8' if it ends on the last"),
        ("1 to 5", "1 day", ", with 'times: 5' if it ends on the last"),
        ("1 to 14", "2 days", ", with 'times: 7' if it ends on the last"),  # 1, 3, ... 13
        ("12 to 16", "8 hours", ", or write 'times: 3', if it begins that often on each"),
        ("12 to 16", "10 hours", ", or write 'times: 3', if it begins that often on each"),
        ("1 to 2", "4 days", ""),
        ("1 to 2", "other day", ""),
        ("6 onward", "1 day", ""),
    ],
)
def test_a_repeat_without_an_end_begins_on_one_day(day: str, every: str, cure: str) -> None:
    """From the second of them it would run twice. With the first alone it would have no end."""
    text = a_dose(f"day: {day}  # here", f"repeat: {{every: {every}}}")
    problem = "lists several days for a repeat without an end; give only the first"
    assert_among(text, "examplumab.day", problem + cure)


def test_a_range_of_days_that_a_repeat_fills_is_answered_with_its_first_day() -> None:
    """Every 8 hours on days 1 to 5, at most 14: fourteen doses from day 1, as papers write it."""
    text = a_dose("day: 1 to 5  # here", "repeat: {up_to: 14, every: 8 hours}")
    problem = "lists day 2 while the repeat from day 1 still runs (to day 5)"
    assert_fault(text, "examplumab.day", f"{problem}; list the days it begins on, here 'day: 1'")
    assert loaded(text.replace("1 to 5  # here", "1"))


@pytest.mark.parametrize(
    ("day", "begins"),
    [("[1 to 5, 15 to 19]", "[1, 15]"), ("[1, 8, 10]", "[1, 8]"), ("[1, 4, 6]", "[1, 6]")],
)
def test_no_day_of_those_that_are_listed_is_left_out_of_the_answer(day: str, begins: str) -> None:
    """Danger: of days 1 to 5 and 15 to 19, five doses a day apart, `day: 1` is half of them."""
    text = a_dose(f"day: {day}  # here", "repeat: {times: 5, every: 1 day}")
    assert f"here 'day: {begins}'" in str(faults(text)[0])
    assert loaded(text.replace(f"{day}  # here", begins))


def test_a_repeat_without_an_end_inside_a_block_is_answered_with_the_way_out() -> None:
    """Within a turn, the end is that of the turn: `6 onward`."""
    text = a_cycle("repeat: {every: 1 day}  # here")
    problem = (
        "has no count; a dose needs 'times' or 'up_to', or 'day: 1 onward' instead of the repeat"
    )
    assert_fault(text, "cycle.examplumab.repeat", problem)


@pytest.mark.parametrize("every", ["2 days", "3 weeks", "8 hours"])
def test_a_repeat_of_other_days_is_not_answered_with_daily_doses(every: str) -> None:
    """Every second day was answered with `day: 1 onward`, which is every day: twice the dose."""
    (fault,) = faults(a_cycle(f"repeat: {{every: {every}}}"))
    assert fault.problem == "has no count; a dose needs 'times' or 'up_to'"


# Turns


@pytest.mark.parametrize("turn", ["1", "4", "[1, 3, 4]", "2 onward", "2 to 4"])
def test_a_dose_may_be_given_in_some_turns(turn: str) -> None:
    """`turn`: given only in those turns of the block it is in."""
    assert loaded_dose(a_cycle(f"turn: {turn}")).turns is not None


@pytest.mark.parametrize("repeat", ["{times: 4, every: 21 days}", "{up_to: 4, rest: 7 days}"])
@pytest.mark.parametrize("turn", ["5", "[1, 5]", "2 to 5", "5 onward"])
def test_a_turn_that_the_block_does_not_have_is_a_fault(repeat: str, turn: str) -> None:
    """A dose in cycle 5 of 4 would never be given, and nobody would see it missing."""
    text = a_cycle(f"turn: {turn}  # here", repeat=repeat)
    problem = "names turn 5, but block 'cycle' has 4; lower it"
    assert_fault(text, "cycle.examplumab.turn", problem)


def test_an_open_ended_block_has_every_turn() -> None:
    """The file does not say how many there will be."""
    assert loaded_dose(a_cycle("turn: 9", repeat="{every: 21 days}")).turns is not None


def test_the_regimen_itself_has_one_turn() -> None:
    """A dose beside the blocks is given in turn 1, the only one."""
    assert loaded_dose(a_dose("turn: 1")).turns is not None
    problem = "names turn 2, but the regimen has one turn"
    assert_fault(a_dose("turn: 2  # here"), "examplumab.turn", problem)


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
    assert_fault(text, "lead-in.examplumab.turn", "names turn 2, but block 'lead-in' has 1")


# At beside a repeat


@pytest.mark.parametrize("at", ["08:00", "+2 hours", "-30 minutes", "[08:00]", "[+2 hours]"])
def test_one_time_beside_a_repeat_is_its_first_dose(at: str) -> None:
    """One `at` with an hourly repeat is its first dose."""
    assert loaded_dose(a_dose(f"at: {at}", "repeat: {times: 3, every: 8 hours}")).at is not None


@pytest.mark.parametrize("at", ["[08:00, 20:00]", "[+0 hours, +4 hours]", "2 times a day"])
def test_several_times_beside_a_repeat_are_refused(at: str) -> None:
    """A list, or n times a day, with a repeat would give each dose of the repeat again."""
    text = a_dose(f"at: {at}  # here", "repeat: {times: 3, every: 8 hours}")
    problem = "cannot go with a repeat; keep one time, or list the times and no repeat"
    assert_fault(text, "examplumab.at", problem)


def test_even_once_a_day_is_refused_beside_a_repeat() -> None:
    """`1 times a day` is no first dose."""
    text = a_dose("at: 1 times a day  # here", "repeat: {times: 3, every: 8 hours}")
    assert_fault(text, "examplumab.at", "cannot go with a repeat")


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
    assert amount_of(loaded_dose(a_dose("amount: 45 mg/m2/day", *lines))).per_day


@pytest.mark.parametrize("every", ["7 hours", "48 hours", "36 hours", "8 to 12 hours"])
def test_an_interval_that_does_not_divide_the_day_is_refused(every: str) -> None:
    """Nobody could say how much one dose is, or what the patient gets in a day."""
    text = a_dose("amount: 45 mg/day  # here", f"repeat: {{times: 3, every: {every}}}")
    problem = "is per day, but its interval does not divide 24 hours; write the single amount"
    assert_fault(text, "examplumab.amount", problem)


@pytest.mark.parametrize("over", ["12 to 48 hours", "4 to 5 days"])
def test_a_bag_of_several_days_is_not_per_day_over_a_range(over: str) -> None:
    """With a range of `over` beyond 24 hours `/day` is refused: the whole bag would be a guess."""
    text = a_dose("amount: 45 mg/m2/day  # here", f"over: {over}")
    problem = (
        f"is per day, and 'over: {over}' is a range; write one time, or the whole amount without "
        "/day"
    )
    assert_fault(text, "examplumab.amount", problem)


@pytest.mark.parametrize(
    "times",
    ["at: 2 times a day", "at: [08:00, 20:00]", "repeat: {times: 2, every: 12 hours}"],
)
def test_a_bag_of_several_days_is_given_once_a_day(times: str) -> None:
    """5 mg a day for 36 hours is 7.5 mg; twice a day it would be 15 mg, or is it 7.5 mg in two?"""
    text = a_dose("amount: 5 mg/m2/day  # here", "over: 36 hours", times)
    problem = (
        "is per day, and 'over: 36 hours' is over a day, with 2 infusions a day; give it once "
        "a day (leave out 'at' or 'repeat'), or write the amount of each infusion without /day"
    )
    assert_fault(text, "examplumab.amount", problem)
    bag = a_dose("amount: 7.5 mg/m2", "over: 36 hours", times)
    assert not amount_of(loaded_dose(bag)).per_day
    once = a_dose("amount: 5 mg/m2/day", "over: 36 hours")
    assert amount_of(loaded_dose(once)).per_day


def test_an_amount_per_day_is_judged_in_its_arm() -> None:
    """Each arm's amount is judged by itself."""
    text = a_dose(
        "amount:\n      low: 5 mg\n      high: 45 mg/day  # here",
        "over: 4 to 5 days",
        head=(ARMS,),
    )
    assert_fault(text, "examplumab.amount[high]", "and 'over: 4 to 5 days' is a range; write one")


def test_times_on_several_days_do_not_divide_an_amount_per_day() -> None:
    """+36 hours is tomorrow: half of a day's amount on each of two days would be underdosed."""
    text = a_dose("amount: 45 mg/day  # here", "at: [+0 hours, +36 hours]")
    assert_fault(text, "examplumab.amount", "per day")


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
    assert_fault(text, f"examplumab.{key}", right)


@pytest.mark.parametrize(
    ("amount", "cap"), [("5 mg/kg", "1 g"), ("5 AUC", "800 mg"), ("5 mg", "500 mcg")]
)
def test_cap_and_round_may_be_in_another_unit_of_the_same_kind(amount: str, cap: str) -> None:
    """Grams cap milligrams."""
    assert loaded_dose(a_dose(f"amount: {amount}", f"cap: {cap}", f"round: {cap}")).cap is not None


def test_a_cap_is_one_fault_though_it_fails_every_arm() -> None:
    """Two arms with amounts in mg and a cap in IU are one fault of the cap."""
    text = a_dose("amount: {low: 5 mg, high: 9 mg}", "cap: 5 IU  # here", head=(ARMS,))
    assert_fault(text, "examplumab.cap", "is in IU, the amount in mg; use mg")


def test_a_cap_per_day_needs_an_amount_per_day() -> None:
    """A cap per day on an amount per dose would cap something else."""
    text = a_dose("amount: 5 mg/kg", "cap: 20 mg/day  # here")
    problem = "is per day, the amount (5 mg/kg) is not; write it without /day"
    assert_fault(text, "examplumab.cap", problem)
    assert not faults(a_dose("amount: 5 mg/kg/day", "cap: 20 mg/day"))


@pytest.mark.parametrize(
    ("amount", "cap"),
    [("10IU", "20 IU"), ("10mg/day", "20 mg/day"), ("10 MlU", "20 IU")],
)
def test_a_cap_is_not_checked_against_an_amount_that_could_not_be_read(
    amount: str, cap: str
) -> None:
    """A cap that is right must not be refused for a unit nobody wrote."""
    text = a_dose(f"amount: {amount}  # here", f"cap: {cap}", f"round: {cap.removesuffix('/day')}")
    assert_fault(text, "examplumab.amount")


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
    """A repeat starts again from each listed day: overlapping ones would double the dose."""
    text = a_dose(f"day: {day}  # here", *lines)
    errors = [fault for fault in faults(text) if "still runs (" in fault.problem]
    assert [(fault.line, fault.path) for fault in errors] == [(line_of(text), "examplumab.day")]
    assert errors[0].problem.startswith(f"{problem}; list ")


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
def test_a_repeat_that_has_ended_may_start_again(day: str, lines: tuple[str, ...]) -> None:
    """A repeat that ends within its days is free on the next; the hour of the clock is no day."""
    assert loaded_dose(a_dose(f"day: {day}", *lines)).repeat is not None


@pytest.mark.parametrize("day", ["6 onward", "[5, 6 onward]", "[1, 6 onward]"])
def test_a_repeat_still_running_on_days_onward_is_a_fault(day: str) -> None:
    """`6 onward` lists day 7 while the repeat from day 6 still runs."""
    text = a_cycle(f"day: {day}  # here", "repeat: {times: 6, every: 8 hours}")
    problems = [fault.problem for fault in faults(text)]
    assert any("still runs (to day " in problem for problem in problems), problems


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
def test_days_outside_a_block_of_stated_length_are_a_fault(
    lines: tuple[str, ...], key: str, problem: str
) -> None:
    """Occupied days beyond `every` would run into the next turn and double its doses."""
    assert_fault(a_cycle(*lines), f"cycle.examplumab.{key}", problem)


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
def test_the_last_day_of_a_block_is_within_it(lines: tuple[str, ...]) -> None:
    """Day 21 of 21, and what fills it from its start time, is within the block."""
    assert loaded_dose(a_cycle(*lines)).drug == "examplumab"


def test_a_range_of_every_has_the_days_of_its_shortest_length() -> None:
    """In `21 to 28 days` the next turn may begin on day 22."""
    text = a_cycle("day: 25  # here", repeat="{times: 4, every: 21 to 28 days}")
    assert_fault(text, "cycle.examplumab.day", "names day 25, outside the 21 days of cycle")


def test_a_length_is_stated_by_one_turn() -> None:
    """`{times: 1, every: 28 days}` states a length, and holds its days to it."""
    assert loaded(a_cycle("day: 28", repeat="{times: 1, every: 28 days}"))
    text = a_cycle("day: 29  # here", repeat="{times: 1, every: 28 days}")
    assert_fault(text, "cycle.examplumab.day", "outside the 28 days")


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
def test_an_inner_block_beyond_its_parent_is_a_fault(inner: str, problem: str) -> None:
    """Its days count into the parent's length. No length holds what has no end."""
    cure = "give it 'times' or 'up_to'" if "without" in problem else "lengthen 'every'"
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
    assert_fault(text, "course.cycle", f"{problem}; {cure}")


def test_inner_blocks_follow_each_other_with_their_rests() -> None:
    """Blocks in a block follow one another; a rest between them counts, one after them does not."""
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
    assert_fault(text, "course.second", "runs to day 22, beyond the 21 days of course")


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


def test_a_fault_of_several_arms_is_reported_once() -> None:
    """A day outside the block in each of two arms is one fault."""
    text = a_cycle("day: 22  # here", head=(ARMS,))
    assert_fault(text, "cycle.examplumab.day", "outside the 21 days")


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
    assert_fault(text, "course.cycle", "runs to day 22, beyond the 21 days of course")


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
    assert_fault(text, "maintenance", problem)


def test_a_block_may_run_beside_an_open_ended_one() -> None:
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
    assert_fault(text, "maintenance", "follows 'cycle', which has no stated end")


@pytest.mark.parametrize("day", ["", "day: 3"])
def test_a_block_with_an_open_end_within_is_open_ended(day: str) -> None:
    """A course of endless cycles has no end, wherever within it they are."""
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
    assert_fault(text, "after", "follows 'course', which has no stated end")


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
    assert_fault(text, "course.cycle", problem)


def test_every_block_that_follows_an_open_end_is_a_fault() -> None:
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
    problems = [fault.problem for fault in faults(text)]
    assert any("which has no stated end" in problem for problem in problems), problems


@pytest.mark.parametrize(
    "text",
    [
        OPEN.format(open="repeat: {times: x, every: 21 days}", after=""),
        OPEN.format(open="repeat: {every: 21 days}", after="day: x"),
    ],
)
def test_a_value_that_could_not_be_read_is_not_judged(text: str) -> None:
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
def test_what_depends_on_a_broken_value_is_not_judged_by_a_guess(text: str) -> None:
    """One broken value is one fault; nothing is reported that mending it could make wrong."""
    assert len(faults(text)) == 1


REASON = "assumptions:\n  - {about: default_arm, text: a, because: it was tolerated}"


def test_two_doses_of_one_drug_need_names() -> None:
    """A dose name is required when one drug is twice in a block, or a path means two."""
    text = a_file("""
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {drug: examplumab, amount: 9 mg, route: IV, day: 8}
    """)
    problem = "gives 'examplumab', which appears twice in this block; name each: 'dose: NAME'"
    assert [fault.problem for fault in faults(text)] == [problem, problem]
    assert len({fault.line for fault in faults(text)}) == 2


def test_one_nameless_dose_beside_a_named_one_of_the_same_drug_is_a_fault() -> None:
    """The nameless dose is the one to name."""
    text = a_file("""
        doses:
          - {dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {drug: examplumab, amount: 9 mg, route: IV, day: 8}  # here
    """)
    assert_fault(text, "examplumab", "appears twice in this block; name each: 'dose: NAME'")


def test_named_doses_of_one_drug_are_allowed_in_one_block() -> None:
    """A pulse and a low dose of the same drug are two doses."""
    text = a_file("""
        doses:
          - {dose: pulse, drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {dose: low-dose, drug: examplumab, amount: 9 mg, route: IV, day: 8}
    """)
    assert [dose.path for dose in loaded(text).body.doses] == ["pulse", "low-dose"]


def test_the_same_drug_may_be_in_several_blocks() -> None:
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
    assert_fault(text, path, problem)


@pytest.mark.parametrize("name", ["pulse", "examplumab", "otherumab"])
def test_a_block_does_not_share_its_name_with_a_dose_or_drug_beside_it(name: str) -> None:
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
    errors = faults(text)
    assert [(fault.line, repr(name) in fault.problem) for fault in errors] == [
        (line_of(text), True)
    ]


def test_two_blocks_of_one_name_are_a_fault() -> None:
    """Two cycles side by side need two names."""
    text = a_file("""
        blocks:
          - block: cycle
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
          - block: cycle  # here
            doses: [{drug: otherumab, amount: 5 mg, route: IV, day: 1}]
    """)
    assert_fault(text, "cycle.block", "'cycle' already names a block of this block")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("doses: [x]", "drug: ..., amount: ..., route: ..., day: ..."),
        ("blocks: [x]", "block: ..."),
    ],
)
def test_an_entry_that_is_no_mapping_is_a_fault(text: str, keys: str) -> None:
    """A word where a dose or block belongs is one fault."""
    assert [fault.problem for fault in faults(a_file(text))] == [
        f"is not a mapping; write {{{keys}}}"
    ]


@pytest.mark.parametrize(
    ("of_block", "of_dose", "write"),
    [
        ("times: 4", "", "{times: 4, every: ...}"),
        ("every: 21 days", "", "{every: 21 days}"),
        ("", "times: 3", "{times: 3, every: ...}"),
        ("", "every: 8 hours", "{times: ..., every: 8 hours}"),
        ("", "rest: 7 days", "{times: ..., every: ...}"),  # only a block rests
        ("cycles: 4", "", "{times: 4, every: ...}"),
        ("interval: 21 days", "", "{every: 21 days}"),
        ("interval: 21 days, cycles: 4", "", "{times: 4, every: 21 days}"),
        ("", "interval: 8 hours", "{times: ..., every: 8 hours}"),
    ],
)
def test_a_key_of_a_repeat_beside_it_is_answered_with_its_place(
    of_block: str, of_dose: str, write: str
) -> None:
    """The answer was the twenty keys that a dose has, and no more."""
    dose = ", ".join(filter(None, ("drug: examplumab, amount: 5 mg, route: IV, day: 1", of_dose)))
    block = ", ".join(filter(None, ("block: cycle", of_block, f"doses: [{{{dose}}}]")))
    problems = {fault.problem for fault in faults(a_file(f"blocks: [{{{block}}}]"))}
    assert problems == {f"belongs in 'repeat'; write repeat: {write}"}


def test_a_key_by_another_name_is_not_answered_with_one_of_another_meaning() -> None:
    """`dosage` is an amount and not the name of a dose, `turns` on a dose are its turns."""
    for line, key in (("dosage: 5 mg", "amount"), ("turns: 1", "turn")):
        problems = [fault.problem for fault in faults(a_dose(line))]
        assert f"is an unknown key; did you mean {key!r}?" in problems


def test_the_keys_of_a_repeat_beside_it_are_answered_with_a_repeat_that_loads() -> None:
    """Four times every 21 days; what is in the repeat already stays in it."""
    one = "{times: 4, every: 21 days}"
    text = """
        blocks:
          - block: cycle
            BESIDE
            doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
    """
    for beside in ("{times: 4, every: 21 days}", "{every: 21 days, times: 4}"):
        times, every = beside.strip("{}").split(", ")
        apart = text.replace("BESIDE", f"{times}\n            {every}")
        problems = {fault.problem for fault in faults(a_file(apart))}
        assert problems == {f"belongs in 'repeat'; write repeat: {one}"}
    half = text.replace("BESIDE", "repeat: {every: 21 days}\n            times: 4")
    (fault,) = faults(a_file(half))
    assert fault.problem.endswith("write repeat: {every: 21 days, times: 4}")
    assert faults(a_file(text.replace("BESIDE", f"repeat: {one}"))) == ()


def test_a_value_that_no_key_of_a_repeat_takes_is_not_moved_into_it() -> None:
    """'3 times a day' is no count of turns, and would be refused there."""
    (fault,) = faults(a_dose("times: 3 times a day"))
    assert fault.problem.startswith("is an unknown key; keys here: dose, ")


def test_a_regimen_gives_at_least_one_dose() -> None:
    """doses, blocks: one of the two at least."""
    (fault,) = faults(a_file(""))
    assert fault.problem == "has none of: doses, blocks; a regimen needs one"


def test_a_block_gives_at_least_one_dose() -> None:
    """An empty block would only move what follows it: a rest of the one before says that."""
    text = a_file("blocks:\n  - block: pause  # here\n    repeat: {times: 2, rest: 7 days}")
    rest = "or write its free days as the 'rest' of the block before"
    assert_fault(text, "pause", f"has none of: doses, blocks; a block needs one, {rest}")


@pytest.mark.parametrize("arms", ["[low, high]", "[{low: a}, {high: b}]"])
def test_arms_in_a_list_are_one_fault(arms: str) -> None:
    """Each dose of an arm was a fault: the file names no arms; a misspelt one still is a fault."""
    dose = "{drug: x, amount: {low: 1 mg, high: 2 mg}, route: SC, day: 1}"
    other = "{drug: y, amount: 1 mg, route: SC, day: 1, arm: hihg}"
    errors = faults(a_file(f"arms: {arms}\ndoses:\n  - {dose}\n  - {other}"))
    assert [(fault.path, fault.problem) for fault in errors] == [
        ("arms", "is not a mapping; write indented 'name: value' lines"),
        ("y.arm", "'hihg' is not an arm of this file; did you mean 'high'?"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dosis: [{drug: x, amount: 1 mg, route: SC, day: 1}]", "did you mean 'doses'?"),
        ("blocks: cycle", "is not a list"),
        ("blocks: []", "is an empty list"),
    ],
)
def test_doses_that_cannot_be_read_are_one_fault(text: str, expected: str) -> None:
    """That there are none, and that an assumption is about none, were faults, too."""
    about = "\nassumptions: [{about: x.day, text: a, because: b}]"
    (fault,) = faults(a_file(text + about))
    assert expected in fault.problem


@pytest.mark.parametrize("key", ["1", "2 onward", "1 to 5", "cycle 1", "days 1-5"])
def test_amounts_by_turn_or_day_are_answered_with_doses_of_their_own(key: str) -> None:
    """Danger: the answer was to add `arms`, by which nobody would get the second amount."""
    text = a_cycle(f"amount: {{{key}: 1 mg}}")
    message = "for each turn or day write a dose, with a name and 'turn' or 'day'"
    assert any(fault.problem.endswith(message) for fault in faults(text))


@pytest.mark.parametrize(
    ("arm", "hint"),
    [("hihg", "did you mean 'high'?"), ("zzz", "known: low, high")],
)
def test_an_unknown_arm_of_a_dose_is_answered_with_the_nearest(arm: str, hint: str) -> None:
    """A misspelt arm would take the dose from everybody."""
    text = a_dose(f"arm: [low, {arm}]  # here", head=(ARMS,))
    assert_fault(text, "examplumab.arm", f"{arm!r} is not an arm of this file; {hint}")


def test_an_unknown_arm_of_a_block_is_answered_with_the_nearest() -> None:
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
    assert_fault(text, "cycle.arm", "'hihg' is not an arm of this file; did you mean 'high'?")


def test_an_arm_in_a_file_without_arms_is_a_fault() -> None:
    """`arm:` needs the file to name its arms."""
    problem = "'low' is not an arm of this file; the file names no arms: add 'arms:'"
    assert_fault(a_dose("arm: low  # here"), "examplumab.arm", problem)


def test_an_unknown_arm_is_a_fault_even_where_the_day_is_broken() -> None:
    """One fault of a dose does not hide another."""
    text = a_dose("day: first", "arm: nobody  # here", head=(ARMS,))
    assert_among(text, "examplumab.arm", "is not an arm of this file")


def test_a_missing_amount_is_a_fault_even_where_the_day_is_missing() -> None:
    """A dose without a day is still held to the arms of the file."""
    text = a_file(
        "doses:\n  - drug: examplumab\n    amount: {low: 5 mg}  # here\n    route: IV", ARMS
    )
    assert_among(text, "examplumab.amount", "has no amount for high")


def test_a_default_arm_is_one_of_the_arms() -> None:
    """A default that names no arm would pick nothing."""
    text = a_dose(head=(ARMS, "default_arm: hihg  # here", REASON))
    assert_fault(text, "default_arm", "'hihg' is not an arm of this file; did you mean 'high'?")


def test_a_default_arm_comes_with_its_reason() -> None:
    """The reason is an assumption about `default_arm`: nobody's level is picked silently."""
    text = a_dose(head=(ARMS, "default_arm: low  # here"))
    problem = "gives no reason; add an assumption with 'about: default_arm'"
    assert_fault(text, "default_arm", problem)


def test_a_default_arm_with_a_reason_loads() -> None:
    """The file may name a `default_arm` with its reason."""
    assert loaded(a_dose(head=(ARMS, "default_arm: low", REASON))).default_arm == "low"


@pytest.mark.parametrize("value", ["", "[low]", "{low: a}"])
def test_a_default_arm_that_is_no_name_is_one_fault(value: str) -> None:
    """One broken value is one fault."""
    text = a_dose(head=(ARMS, f"default_arm: {value}  # here", REASON))
    assert_fault(text, "default_arm")


def test_an_amount_is_given_for_every_arm() -> None:
    """A mapping from arm to amount names every arm in which the dose exists."""
    text = a_dose("amount: {low: 5 mg}  # here", head=("arms: {low: a, mid: b, high: c}",))
    problem = "has no amount for mid, high; give one for every arm"
    assert_fault(text, "examplumab.amount", problem)


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


def test_an_amount_for_an_arm_that_the_file_does_not_have_is_a_fault() -> None:
    """A misspelt arm is answered with the nearest, and with the arm that is left without amount."""
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


def test_an_amount_for_an_arm_without_the_dose_is_a_fault() -> None:
    """An amount for an arm in which the dose does not exist is a slip in one of the two."""
    text = a_dose(
        "arm: low",
        "amount:\n      low: 5 mg\n      high: 9 mg  # here",
        head=(ARMS,),
    )
    problem = "gives an amount for 'high', in which this dose does not exist"
    assert_fault(text, "examplumab.amount[high]", problem)


def test_amounts_by_arm_in_a_file_without_arms_are_a_fault() -> None:
    """Amounts by arm need arms."""
    text = a_dose("amount: {low: 5 mg}  # here")
    assert_fault(text, "examplumab.amount[low]", "the file names no arms: add 'arms:'")


def test_a_broken_arm_of_a_dose_asks_for_no_amounts() -> None:
    """What exists in an arm that could not be read is not guessed at: one fault, not two."""
    text = a_dose("arm: a/b  # here", "amount: {low: 5 mg}", head=(ARMS,))
    assert_fault(text, "examplumab.arm", "is not a name")


def test_faults_of_doses_of_one_name_are_reported_on_their_own_lines() -> None:
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


def test_a_name_used_twice_in_an_inner_block_is_a_fault_there() -> None:
    """Names are held apart at every depth."""
    text = a_cycle("dose: pulse") + (
        "      - {dose: pulse, drug: otherumab, amount: 5 mg, route: IV, day: 2}  # here\n"
    )
    assert_fault(text, "cycle.pulse.dose", "'pulse' already names a dose of this block")


EVERY = "{every: 21 days}"


@pytest.mark.parametrize(
    ("repeat", "problems"),
    [
        (
            "{times: 3, up_to: 4, every: 8 hours}",
            ["has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"],
        ),
        ("{every: 8 hours}", []),
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
    errors = faults(a_dose(f"repeat: {repeat}"))
    assert [(fault.path, fault.problem) for fault in errors] == [
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
    errors = faults(a_cycle(repeat=repeat))
    assert [(fault.path, fault.problem) for fault in errors] == [
        ("cycle.repeat", problem) for problem in problems
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (a_cycle(repeat="{number: 4, interval: 21 days}"), ["number", "interval"]),
        (a_dose("repeat: {times: 3, evry: 8 hours}"), ["evry"]),
    ],
)
def test_a_misspelt_key_of_a_repeat_is_one_fault(text: str, keys: list[str]) -> None:
    """It was a fault that the repeat lacks it, too."""
    assert [fault.path.rpartition(".")[2] for fault in faults(text)] == keys


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (
            a_file(
                "blocks:\n"
                "  - {block: a, repeat: {tims: 4, every: 21 days}, doses: [DOSE]}\n"
                "  - {block: b, doses: [DOSE]}"
            ).replace("DOSE", "{drug: x, amount: 1 mg, route: SC, day: 1}"),
            "a.repeat.tims",
        ),
        (a_dose("amount: 2 mg/hour", "ovre: 1 hour"), "examplumab.ovre"),
        (a_dose("amount: 2 mg/hour", "over: slowly"), "examplumab.over"),
    ],
)
def test_what_a_misspelt_key_was_meant_to_say_is_not_missed(text: str, path: str) -> None:
    """That nothing may follow, or that a rate needs a time, was a fault as well."""
    (fault,) = faults(text)
    assert fault.path == path


def test_a_faulty_repeat_is_reported_on_its_line() -> None:
    """The line is that of the repeat, not of the dose."""
    text = a_cycle("repeat: {every: 8 hours}  # here")
    assert_fault(text, "cycle.examplumab.repeat", "has no count")


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


def test_repeats_of_inner_blocks_follow_the_same_rules() -> None:
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
    assert_fault(text, "course.cycle.repeat", "has 'times' and 'up_to'")


def test_both_counts_are_a_fault_even_where_one_is_broken() -> None:
    """A pair is a fault though one of its two cannot be read."""
    text = a_dose("repeat: {times: x, up_to: 3, every: 8 hours}")
    paths = [fault.path for fault in faults(text)]
    assert sorted(paths) == ["examplumab.repeat", "examplumab.repeat.times"]


# A maximum of a dose


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ("day: 1", "up_to: 14  # here", "repeat: {times: 3, every: 8 hours}"),
            "belongs in the repeat; write it there: 'repeat: {up_to: 14, ...}'",
        ),
        (
            ("day: 1", "up_to: 14  # here"),
            "and times make 1 time; lower it, list more days or times, or write a 'repeat'",
        ),
        (("day: 1 to 5", "at: ['00:00', '08:00']", "up_to: 11  # here"), "make 10 times"),
    ],
)
def test_a_maximum_that_limits_nothing_is_a_slip(lines: tuple[str, ...], problem: str) -> None:
    """`up_to: 14` on day 1 alone gives one dose, where fourteen were meant."""
    assert_fault(a_dose(*lines), "examplumab.up_to", problem)


@pytest.mark.parametrize("limit", ["1", "10"])
def test_a_maximum_may_be_all_of_its_times(limit: str) -> None:
    """Up to ten of ten says that they are a maximum."""
    assert loaded(a_dose("day: 1 to 5", "at: ['00:00', '08:00']", f"up_to: {limit}"))


def test_a_maximum_is_not_checked_against_days_that_could_not_be_read() -> None:
    """A slip in the days is one fault and not two."""
    assert_fault(a_dose("day: first  # here", "up_to: 14"), "examplumab.day", "is not a day")


def test_a_maximum_keeps_a_long_list_within_bounds() -> None:
    """What is not given is not counted against what fits."""
    assert loaded(a_dose("day: 1 to 60000", "at: ['00:00', '08:00']", "up_to: 14"))


TWICE = (
    "  - {{dose: one, drug: examplumab, amount: 9 mg/day, route: SC, day: 1 to 5, at: 08:00}}\n"
    "  - {{dose: two, drug: {drug}, amount: {amount}, route: SC, day: {day}, at: 20:00{over}}}\n"
)


def twice(
    drug: str = "examplumab", amount: str = "9 mg/day", day: str = "1 to 5", over: str = ""
) -> str:
    """A file of a dose in the morning and one in the evening."""
    return a_file("doses:\n" + TWICE.format(drug=drug, amount=amount, day=day, over=over))


def test_an_amount_of_a_day_in_two_doses_of_that_day_is_asked_about() -> None:
    """Danger: 9 mg a day, written in the morning and in the evening, gave 18 mg in silence."""
    (remark,) = examined(twice()).remarks
    assert remark.path == "two.amount"
    assert remark.problem == (
        "is per day, and one also gives one per day on the same days; write single amounts, or "
        "one dose with both times in its 'at'"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"drug": "otherumab"},
        {"amount": "4 mg/day"},
        {"amount": "9 mg"},
        {"amount": "not stated"},
        {"day": "6 to 10"},
        {"over": ", over: 24 hours"},
    ],
)
def test_amounts_not_of_the_same_day_or_drug_are_not_asked_about(other: dict[str, str]) -> None:
    """Other drugs, days and amounts are clear; a bag of 24 hours may run beside an injection."""
    assert not examined(twice(**other)).remarks
