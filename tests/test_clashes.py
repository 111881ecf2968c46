"""Whether a drug would be given on top of itself, and whether a regimen is too large to lay out."""

from __future__ import annotations

import time

import pytest

from filetext import a_cycle, a_dose, a_file, assert_fault, examined, faults, line_of, loaded
from il2calc.errors import RegimenError

ARMS = "arms: {low: the lower dose, high: the higher dose}"
A_MOMENT = 2.0
"""Far more than a refusal takes, far less than laying out takes [s]."""


def two_doses(first: str, second: str, *, repeat: str = "{times: 4, every: 21 days}") -> str:
    """A file with two doses of one drug in a cycle; the second is on the marked line."""
    entry = "{{dose: {}, drug: examplumab, amount: 5 mg, route: IV, {}}}"
    return a_file(f"""
        blocks:
          - block: cycle
            repeat: {repeat}
            doses:
              - {entry.format("first", first)}
              - {entry.format("second", second)}  # here
    """)


def overlaps(text: str) -> list[RegimenError]:
    """What a person is asked about infusions that overlap."""
    return [fault for fault in examined(text).remarks if "still runs when" in fault.problem]


# Infusions on top of each other


def test_two_infusions_of_one_drug_that_overlap_are_asked_about() -> None:
    """One drug's infusions may overlap where it is meant, but a person must say so."""
    text = two_doses("day: 1, over: 3 hours", "day: 1, at: +2 hours, over: 3 hours")
    problem = (
        "the infusion of cycle.first still runs when this one begins on regimen day 1; "
        "shorten 'over' or let this one begin when that one has ended, with 'at: +3 hours', "
        "unless they are meant to run together"
    )
    assert loaded(text)
    (remark,) = overlaps(text)
    assert (remark.path, remark.line) == ("cycle.second.over", line_of(text))
    assert remark.problem == problem


@pytest.mark.parametrize(
    ("first", "second", "cure"),
    [
        ("day: 1, over: 46 hours", "day: 2, over: 2 hours", "+22 hours"),  # to 06:00 of day 3
        ("day: 1, over: 46 hours", "day: 2, at: +12 hours, over: 2 hours", "+22 hours"),
        ("day: 1, over: 24 hours", "day: 2, at: 07:00, over: 2 hours", "+0 hours"),
        ("day: 1, at: 08:00, over: 22 hours", "day: 2, at: 05:30, over: 2 hours", "-2 hours"),
        ("day: 1, over: 1471 minutes", "day: 2, over: 30 minutes", "+31 minutes"),  # 24 h 31 min
        ("day: 1, over: 72 hours", "day: 2, over: 2 hours", "+48 hours"),
        ("day: 1, over: 25 hours", "day: 2, over: 2 hours", "+1 hour"),
    ],
)
def test_the_suggested_cure_of_an_overlap_loads_and_removes_it(
    first: str, second: str, cure: str
) -> None:
    """Five minutes later is no cure of an infusion that runs into the next day.

    The second begins when the first has ended, counted from 08:00 of its own day.
    """
    (remark,) = overlaps(two_doses(first, second))
    assert f"with 'at: {cure}'" in remark.problem
    untimed = ", ".join(part for part in second.split(", ") if not part.startswith("at:"))
    mended = two_doses(first, f"{untimed}, at: {cure}")
    assert loaded(mended)
    assert overlaps(mended) == []


@pytest.mark.parametrize(
    ("doses", "cure"),
    [
        (("day: 1 to 2, over: 30 hours", "day: 9"), "shorten 'over' or give it less often"),
        (
            ("day: 1, over: 30 hours", "day: 2, at: [08:00, 20:00], over: 2 hours"),
            "move one of them with an 'at' of its own",
        ),
        (
            ("day: 1, over: 30 hours", "day: 2, over: 2 hours, repeat: {times: 2, every: 8 hours}"),
            "move one of them with an 'at' of its own",
        ),
    ],
)
def test_an_overlap_that_no_single_time_removes_gets_no_suggestion(
    doses: tuple[str, str], cure: str
) -> None:
    """A time for one dose would move several, or the infusion before as well."""
    assert all(cure in remark.problem for remark in overlaps(two_doses(*doses)))
    assert overlaps(two_doses(*doses))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("day: 1, over: 3 hours", "day: 1, at: +3 hours, over: 3 hours"),
        ("day: 1, over: 24 hours", "day: 2, over: 24 hours"),
        ("day: 1, over: 3 hours", "day: 1, at: +2 hours"),
        ("day: 1, turn: 1, over: 3 hours", "day: 1, turn: 2, over: 3 hours"),
        ("day: 1, at: 08:00, over: 2 hours", "day: 1, at: 10:00, over: 2 hours"),
    ],
)
def test_infusions_that_follow_each_other_do_not_overlap(first: str, second: str) -> None:
    """One may begin when the other ends; what has no duration overlaps nothing."""
    assert loaded(two_doses(first, second))
    assert not overlaps(two_doses(first, second))


def test_infusions_of_two_drugs_may_run_together() -> None:
    """Only one drug's infusions are held apart."""
    text = two_doses("day: 1, over: 3 hours", "day: 1, over: 3 hours").replace(
        "second, drug: examplumab", "second, drug: otherumab"
    )
    assert loaded(text)
    assert not overlaps(text)


@pytest.mark.parametrize(
    "lines",
    [
        ("day: [1, 2]", "over: 25 hours"),
        ("day: 1 to 5", "over: 20 to 30 hours"),
        ("at: 2 times a day", "over: 13 hours"),
        ("at: [08:00, 14:00]", "over: 7 hours"),
        ("at: [+0 hours, +4 hours]", "over: 5 hours"),
        ("repeat: {times: 3, every: 8 hours}", "over: 9 hours"),
    ],
)
def test_an_infusion_that_overlaps_itself_is_asked_about(lines: tuple[str, ...]) -> None:
    """A dose that comes again before its infusion has ended would run twice."""
    faults = overlaps(a_dose(*lines))
    assert [fault.path for fault in faults] == ["examplumab.over"]
    assert "the infusion of examplumab still runs when this one begins" in faults[0].problem


@pytest.mark.parametrize(
    "lines",
    [
        ("day: [1, 2]", "over: 24 hours"),
        ("at: 2 times a day", "over: 12 hours"),
        ("repeat: {times: 3, every: 8 hours}", "over: 8 hours"),
        ("repeat: {times: 3, every: 8 to 12 hours}", "over: 8 hours"),
    ],
)
def test_infusions_may_follow_each_other_without_a_gap(lines: tuple[str, ...]) -> None:
    """A continuous infusion of five bags is five bags."""
    assert loaded(a_dose(*lines))
    assert not overlaps(a_dose(*lines))


def test_the_longest_infusion_time_is_the_one_that_counts() -> None:
    """Over `30 to 90 minutes` may take 90."""
    text = two_doses("day: 1, over: 30 to 90 minutes", "day: 1, at: +60 minutes, over: 30 minutes")
    (remark,) = overlaps(text)
    assert remark.path == "cycle.second.over"
    assert "still runs when this one begins on regimen day 1" in remark.problem


def test_infusions_of_different_blocks_may_overlap_too() -> None:
    """A dose beside the blocks and a dose within them reach the same patient."""
    text = a_file("""
        doses:
          - {drug: examplumab, amount: 5 mg, route: IV, day: 8, over: 2 hours}
        blocks:
          - block: cycle
            repeat: {times: 4, every: 7 days}
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1, at: +1 hours, over: 2 hours}
    """)
    faults = overlaps(text)
    assert len(faults) == 1
    assert "on regimen day 8" in faults[0].problem


def test_a_long_infusion_is_remembered_past_a_short_one() -> None:
    """A five-day infusion still runs when the third one begins, whatever the second did."""
    text = a_file("""
        doses:
          - {dose: long, drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 5 days}
          - {dose: short, drug: examplumab, amount: 5 mg, route: IV, day: 2, over: 1 hour}
          - {dose: third, drug: examplumab, amount: 5 mg, route: IV, day: 3, over: 1 hour}
    """)
    assert [remark.path for remark in overlaps(text)] == ["short.over", "third.over"]


def test_infusions_are_judged_arm_by_arm() -> None:
    """Two arms' infusions never reach one patient; the arms they share do."""
    body = """
        doses:
          - {dose: a, drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 2 hours, arm: low}
          - {dose: b, drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 3 days, arm: high}
          - {dose: c, drug: examplumab, amount: 5 mg, route: IV, day: 2, over: 2 hours, arm: low}
    """
    assert not overlaps(a_file(body, ARMS))
    both = body.replace("arm: low", "arm: [low, high]")
    assert [remark.path for remark in overlaps(a_file(both, ARMS))] == ["c.over"]


def test_an_overlap_is_reported_once_for_all_turns_and_arms() -> None:
    """Four cycles in two arms with one overlap are one question."""
    text = two_doses("day: 1, over: 3 hours", "day: 1, at: +1 hours, over: 3 hours")
    assert len(overlaps(text.replace("source: doe2020, Abstract", f"source: doe2020\n{ARMS}"))) == 1


def test_an_overlap_in_an_open_ended_block_is_asked_about() -> None:
    """Every cycle to come would have it."""
    text = two_doses(
        "day: 1, over: 3 hours", "day: 1, at: +1 hours, over: 3 hours", repeat="{every: 21 days}"
    )
    assert [remark.path for remark in overlaps(text)] == ["cycle.second.over"]


@pytest.mark.parametrize("turn", ["3", "3 onward", "[5, 7]"])
def test_an_overlap_in_a_late_turn_of_an_open_ended_block_is_asked_about(turn: str) -> None:
    """What happens only from the third cycle on happens to the patient all the same."""
    text = two_doses(
        f"day: 1, turn: {turn}, over: 3 hours",
        f"day: 1, turn: {turn}, at: +1 hours, over: 3 hours",
        repeat="{every: 21 days}",
    )
    assert [remark.path for remark in overlaps(text)] == ["cycle.second.over"]


def test_an_overlap_is_asked_about_though_another_dose_is_broken() -> None:
    """A broken time of one drug does not hide that another runs on top of itself."""
    text = a_file("""
        doses:
          - {dose: first, drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 3 hours}
          - {dose: two, drug: examplumab, amount: 5 mg, route: IV, day: 2, at: 09:00, over: 1 hour}
          - {dose: six, drug: examplumab, amount: 5 mg, route: IV, day: 2, at: 09:30, over: 1 hour}
          - {drug: otherumab, amount: 5 mg, route: IV, day: 1, at: 25:00}
    """)
    assert [fault.path for fault in faults(text)] == ["otherumab.at"]
    assert [remark.path for remark in overlaps(text)] == ["six.over"]


def test_a_long_list_of_long_infusions_is_asked_about_quickly() -> None:
    """A file of a few lines must not keep a ward waiting."""
    start = time.perf_counter()
    assert overlaps(a_dose("day: 1 to 400", "over: 5000 weeks"))
    assert time.perf_counter() - start < A_MOMENT


def test_infusions_that_begin_together_without_a_time_run_one_after_the_other() -> None:
    """A bolus over 5 minutes and a pump over 46 hours, as printed: nothing overlaps."""
    text = two_doses("day: 1, over: 5 minutes", "day: 1, over: 46 hours")
    assert loaded(text)
    assert not overlaps(text)


def test_a_bag_behind_a_short_infusion_reaches_into_the_next_one_and_is_asked_about() -> None:
    """15 minutes and then 24 hours end at 08:15 of the next day, where the next one begins."""
    text = two_doses("day: 1 to 2, over: 15 minutes", "day: 1 to 2, over: 24 hours")
    (remark,) = overlaps(text)
    assert remark.path == "cycle.first.over"
    assert "the infusion of cycle.second still runs when this one begins" in remark.problem


def infusions(*doses: str) -> str:
    """A file of doses of one drug into a vein, in the order of the file."""
    entries = "\n".join(
        f"  - {{drug: examplumab, amount: 5 mg, route: IV, {dose}}}" for dose in doses
    )
    return a_file("doses:\n" + entries)


DECRESCENDO = (
    "dose: six, day: 3, over: 6 hours",
    "dose: twelve, day: 3, over: 12 hours",
    "dose: day and night, day: 3, over: 24 hours",
    "dose: three days, day: 3, over: 72 hours",
)


def test_infusions_that_would_wait_into_another_day_are_asked_about_once() -> None:
    """6 hours, 12, 24 and then three days: the fourth would begin 6 + 12 + 24 = 42 hours later.

    Danger: the hour named was after 6 hours, and for the two bags before it after 72.
    """
    (remark,) = examined(infusions(*DECRESCENDO)).remarks
    assert remark.path == "three days.over"
    assert remark.problem == (
        "begins on its own day, while the earlier infusions end on another; let it begin "
        "then, with 'at: +42 hours', unless they are meant to run together"
    )
    mended = infusions(*DECRESCENDO[:3], f"{DECRESCENDO[3]}, at: +42 hours")
    assert loaded(mended)
    assert not examined(mended).remarks


def test_each_of_several_that_would_wait_into_another_day_gets_its_own_hour() -> None:
    """12, 24, 24 and 72 hours: the third would begin at 36 hours, the fourth at 60."""
    text = infusions(
        "dose: a, day: [1, 15], over: 12 hours",
        "dose: b, day: [1, 15], over: 24 hours",
        "dose: c, day: [1, 15], over: 24 hours",
        "dose: d, day: [1, 15], over: 72 hours",
    )
    suggestions = [
        remark.problem.partition("with 'at: ")[2][:9] for remark in examined(text).remarks
    ]
    assert suggestions == ["+36 hours", "+60 hours"]


def test_a_longer_infusion_keeps_its_place_before_the_one_that_cannot_wait() -> None:
    """30 hours and then 6, as written: the answer was that the first begins after the second."""
    (remark,) = examined(
        infusions("dose: a, day: 1, over: 30 hours", "dose: b, day: 1, over: 6 hours")
    ).remarks
    assert remark.path == "b.over"
    assert "with 'at: +30 hours'" in remark.problem


def test_an_infusion_that_cannot_wait_is_still_asked_about_on_the_next_day() -> None:
    """The bag of 72 hours reaches into a bag of day 2, which is not in the sequence of day 1."""
    text = infusions(*DECRESCENDO, "dose: later, day: 5, over: 1 hour")
    assert [remark.path for remark in examined(text).remarks] == ["three days.over", "later.over"]


def test_bags_after_a_load_on_the_first_day_alone_get_one_hour_for_all() -> None:
    """A load over 15 minutes, then 24 hours on days 1 to 5: day 1's bag ends 15 minutes late."""
    load, bags = "dose: load, day: 1, over: 15 minutes", "dose: bags, day: 1 to 5, over: 24 hours"
    (remark,) = overlaps(infusions(load, bags))
    assert remark.path == "bags.over"
    assert "with 'at: +15 minutes'" in remark.problem
    assert not overlaps(infusions(load, f"{bags}, at: +15 minutes"))


def test_bags_that_overlap_by_more_than_they_wait_get_no_hour() -> None:
    """25 hours a day overlap by themselves, behind a load or not."""
    text = infusions("dose: load, day: 1, over: 15 minutes", "dose: b, day: 1 to 5, over: 25 hours")
    (remark,) = overlaps(text)
    assert "shorten 'over' or give it less often" in remark.problem


def test_an_overlap_in_a_block_beside_a_broken_one_is_asked_about() -> None:
    """Where a block cannot be placed each turn is looked at alone, and what waits has waited."""
    text = two_doses("day: 1, over: 3 hours", "day: 1, at: +1 hours, over: 3 hours")
    broken = text.replace("every: 21 days", "every: 21 dais")
    assert [remark.path for remark in overlaps(broken)] == ["cycle.second.over"]


def test_a_file_that_is_too_large_is_not_laid_out_for_its_infusions() -> None:
    """The fault says why; who waits for the rest would wait long."""
    start = time.perf_counter()
    assert not overlaps(
        a_dose("over: 1 hour", "repeat: {times: 100_000, every: 8 hours}", "day: 1 to 9")
    )
    assert time.perf_counter() - start < A_MOMENT


# Days that reach back


def test_a_day_before_its_turn_must_be_free_of_the_same_drug() -> None:
    """They fall into the turn before, which must leave them free of the same drug."""
    text = a_file("""
        blocks:
          - block: cycle
            repeat: {times: 4, every: 21 days}
            doses:
              - dose: before
                drug: examplumab
                amount: 5 mg
                route: IV
                day: -2  # here
              - {dose: after, drug: examplumab, amount: 5 mg, route: IV, day: 20}
    """)
    problem = (
        "reaches back from day -2 to regimen day 20, where cycle.after already gives examplumab; "
        "free that day or move this dose"
    )
    assert_fault(text, "cycle.before.day", problem)


@pytest.mark.parametrize(
    "after",
    [
        "{dose: after, drug: examplumab, amount: 5 mg, route: IV, day: 19}",
        "{dose: after, drug: otherumab, amount: 5 mg, route: IV, day: 20}",
        "{dose: after, drug: examplumab, amount: 5 mg, route: IV, day: 20, turn: 4}",
    ],
)
def test_a_day_before_its_turn_may_be_free(after: str) -> None:
    """Another day, another drug, or a turn that nothing follows."""
    text = a_file(f"""
        blocks:
          - block: cycle
            repeat: {{times: 4, every: 21 days}}
            doses:
              - {{dose: before, drug: examplumab, amount: 5 mg, route: IV, day: -2}}
              - {after}
    """)
    assert loaded(text)


def test_a_day_before_a_block_must_be_free_in_the_block_before_it() -> None:
    """Or the block before: the lead-in must leave those days free."""
    text = a_file("""
        blocks:
          - block: lead-in
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 1 to 7}
          - block: cycle
            repeat: {times: 4, every: 21 days}
            doses:
              - drug: examplumab
                amount: 5 mg
                route: IV
                day: -1  # here
    """)
    problem = "reaches back from day -1 to regimen day 7, where lead-in.examplumab already gives"
    assert_fault(text, "cycle.examplumab.day", problem)


@pytest.mark.parametrize(
    "late",
    [
        "day: 16, repeat: {times: 5, every: 24 hours}",
        "day: 17, over: 4 days",
        "day: 19 onward",
        "day: 18 to 21",
    ],
)
def test_a_day_is_taken_by_all_that_runs_on_it(late: str) -> None:
    """A repeat or an infusion that began earlier still takes the day."""
    text = a_file(f"""
        blocks:
          - block: cycle
            repeat: {{times: 4, every: 21 days}}
            doses:
              - {{dose: before, drug: examplumab, amount: 5 mg, route: IV, day: -2}}
              - {{dose: after, drug: examplumab, amount: 5 mg, route: IV, {late}}}
    """)
    assert [fault.path for fault in faults(text)] == ["cycle.before.day"]


@pytest.mark.parametrize("runs", ["repeat: {times: 3, every: 24 hours}", "over: 72 hours"])
def test_every_day_that_reaches_back_must_be_free(runs: str) -> None:
    """A repeat that begins on day -3 also takes days -2 and -1 of the turn before."""
    text = a_file(f"""
        blocks:
          - block: cycle
            repeat: {{times: 4, every: 21 days}}
            doses:
              - {{dose: before, drug: examplumab, amount: 5 mg, route: IV, day: -3, {runs}}}
              - {{dose: after, drug: examplumab, amount: 5 mg, route: IV, day: 20}}
    """)
    assert [fault.path for fault in faults(text)] == ["cycle.before.day"]


def test_a_block_placed_before_its_turn_must_be_free_of_the_same_drug() -> None:
    """A block whose `day` reaches back falls into the turn before as a dose does."""
    text = a_file("""
        blocks:
          - block: cycle
            repeat: {times: 4, every: 21 days}
            doses:
              - {drug: examplumab, amount: 5 mg, route: IV, day: 17}
            blocks:
              - block: side
                day: -5
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
    """)
    assert faults(text)


def test_days_onward_that_reach_back_overlap_themselves() -> None:
    """`-2 onward` fills every turn and reaches into the one before."""
    text = a_cycle("day: -2 onward  # here")
    assert_fault(text, "cycle.examplumab.day", "reaches back from day -2 to regimen day 20")


def test_reaching_back_is_reported_once_per_dose() -> None:
    """Three days of four cycles that reach back are one fault."""
    text = a_cycle("day: [-3 to -1, 1 to 21]  # here")
    assert_fault(text, "cycle.examplumab.day", "reaches back from day -3 to regimen day 19")


def test_the_outermost_days_before_day_1_overlap_nothing() -> None:
    """Before day 1 of the regimen there is no turn before."""
    assert loaded(a_dose("day: [-21 to -1, 1 to 14]"))


AROUND = """
    blocks:
      - block: course
        repeat: {{times: 2, every: 28 days}}
        doses: [{{drug: examplumab, amount: 5 mg, route: IV, day: {outer}}}]
        blocks:
          - block: cycle
            repeat: {{times: 2, every: 7 days}}
            doses: [{{drug: examplumab, amount: 5 mg, route: IV, day: {inner}{more}}}]
"""
WITHOUT = "numbering: without day 0"


@pytest.mark.parametrize(
    ("outer", "inner", "more"),
    [
        ("-1 to 1", "[-1, 3]", ""),
        ("-1 to 1", "[-2, 3]", ", over: 48 hours"),
        ("-2", "[-2, 3]", ", turn: 1"),
        ("7", "[-1, 3]", ", turn: 2"),
        ("6", "-2", ", repeat: {times: 2, every: 24 hours}"),
    ],
)
def test_a_reached_back_day_is_given_by_one_block_only(outer: str, inner: str, more: str) -> None:
    """A drug may not fall twice on a reached-back day, whichever block gives it; reported once."""
    text = a_file(AROUND.format(outer=outer, inner=inner, more=more), WITHOUT)
    (fault,) = faults(text)
    assert "already gives examplumab" in fault.problem


@pytest.mark.parametrize(
    ("outer", "inner", "more"),
    [
        ("-1 to 1", "[-2, 3]", ""),
        ("-1 to 1", "[-1, 3]", ", turn: 2"),
        ("5", "[-1, 3]", ""),
        ("7", "-2", ", repeat: {times: 2, every: 12 hours}"),
        ("3", "[-1, 3]", ""),
    ],
)
def test_an_outer_dose_is_allowed_on_days_that_no_inner_one_reaches_back_to(
    outer: str, inner: str, more: str
) -> None:
    """Another day, or one that nothing reaches back to: a drug may be given twice on such a day."""
    assert loaded(a_file(AROUND.format(outer=outer, inner=inner, more=more), WITHOUT))


def test_one_block_may_give_a_drug_twice_on_a_day_that_reaches_back() -> None:
    """As on any other day: in the morning and in the evening, or two doses of it."""
    text = a_file("""
        blocks:
          - block: cycle
            repeat: {times: 4, every: 21 days}
            doses:
              - {dose: one, drug: examplumab, amount: 5 mg, route: IV, day: -1, at: 2 times a day}
              - {dose: other, drug: examplumab, amount: 5 mg, route: IV, day: -1, at: 12:00}
    """)
    assert loaded(text)


@pytest.mark.hazard(16)
def test_reaching_back_counts_a_day_0_where_there_is_one() -> None:
    """With a day 0 the day before day 1 is day 0."""
    text = a_file(
        """
        blocks:
          - block: cycle
            repeat: {times: 4, every: 21 days}
            doses:
              - {dose: before, drug: examplumab, amount: 5 mg, route: IV, day: 0}
              - {dose: after, drug: examplumab, amount: 5 mg, route: IV, day: 21}
        """,
        "numbering: with day 0",
    )
    (fault,) = faults(text)
    assert fault.path == "cycle.before.day"
    assert "reaches back from day 0 to regimen day 21" in fault.problem


# Too many administrations


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (a_dose("day: 1 to 100", "repeat: {times: 1001, every: 1 minute}"), "100,100"),
        (a_dose("day: 1 to 50001", "at: 2 times a day"), "100,002"),
        (a_cycle("day: 1 to 21", repeat="{times: 5000, every: 21 days}"), "105,000"),
        (a_cycle("day: 1 onward", repeat="{times: 5000, every: 21 days}"), "105,000"),
        (a_dose("repeat: {up_to: 5000 weeks, every: 1 minute}"), "50,400,000"),
    ],
)
def test_a_regimen_of_more_than_a_hundred_thousand_administrations_is_refused(
    text: str, size: str
) -> None:
    """Refused before it is expanded, quickly, with the number of administrations."""
    start = time.perf_counter()
    errors = [fault for fault in faults(text) if "administrations" in fault.problem]
    assert time.perf_counter() - start < A_MOMENT
    assert [fault.problem for fault in errors] == [
        f"would give {size} administrations; at most 100,000 fit"
    ]


def test_a_hundred_thousand_administrations_fit() -> None:
    """Only what would expand to more than 100,000 administrations is refused."""
    assert loaded(a_dose("day: 1 to 100000"))


def test_nested_turns_are_counted_without_being_laid_out() -> None:
    """A hundred thousand turns within a hundred thousand are refused at once."""
    text = a_file("""
        blocks:
          - block: outer
            repeat: {times: 100_000, rest: 1 day}
            blocks:
              - block: inner
                repeat: {times: 100_000, rest: 1 day}
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 1 hour}
    """)
    start = time.perf_counter()
    assert any("administrations" in fault.problem for fault in faults(text))
    assert time.perf_counter() - start < A_MOMENT


def test_nested_turns_in_a_block_of_stated_length_are_refused_quickly() -> None:
    """Measuring a block must not take longer than refusing it."""
    text = a_file("""
        blocks:
          - block: course
            repeat: {times: 1, every: 7 days}
            blocks:
              - block: outer
                repeat: {times: 2500, rest: 0 days}
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1, turn: 1}
                blocks:
                  - block: inner
                    repeat: {times: 2500, rest: 0 days}
                    doses:
                      - {drug: otherumab, amount: 5 mg, route: IV, day: 1}
    """)
    start = time.perf_counter()
    assert any("administrations" in fault.problem for fault in faults(text))
    assert time.perf_counter() - start < A_MOMENT


def test_size_is_counted_arm_by_arm() -> None:
    """An arm without the dose is not too large; the arm with it is, and is reported once."""
    text = a_dose("day: 1 to 50001", "at: 2 times a day", "arm: high", head=(ARMS,))
    assert [fault.problem for fault in faults(text)] == [
        "would give 100,002 administrations; at most 100,000 fit"
    ]


def test_a_file_that_is_too_large_is_reported_on_its_first_line() -> None:
    """The fault is of the whole file."""
    (fault,) = faults(a_dose("day: 1 to 50001", "at: 2 times a day"))
    assert (fault.line, fault.path) == (line_of(a_dose(), "regimen:"), "")
