"""What a picture means, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from il2calc import language
from il2calc.model.patient import Patient
from il2calc.picture import timeline
from il2calc.picture.bands import Band
from il2calc.picture.outline import Column, Mark, Outline, of_regimen, of_schedule
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import make
from written import regimen

D = Decimal
PATIENT = Patient(weight=D(70), surface_area=D("1.8"))
NPC = of_schedule(make(language.load("npc-bolus"), PATIENT))
IMATINIB = language.load("imatinib")


def outlined(text: str, column: Column = "day") -> Outline:
    outline = of_regimen(regimen(text))
    return outline if column == "day" else outline.in_weeks()


def doses(*entries: str) -> str:
    """A regimen of these entries, of a drug that is given by vein."""
    common = "drug: primumab, route: IV"
    return "doses:\n" + "".join(
        f"  - {{{common}, dose: d{k}, {e}}}\n" for k, e in enumerate(entries)
    )


def test_each_size_of_dose_is_exact() -> None:
    """72,000 IU/kg x 70 kg = 5.04 million; x 2 = 10.08; x 3 = 15.12. The count is a maximum."""
    assert timeline.sizes(NPC.lanes[0], "day") == [
        "at most 5.04 million units a day (1 dose)",
        "at most 10.08 million units a day (2 doses)",
        "at most 15.12 million units a day (3 doses)",
    ]


def test_a_prescribed_size_keeps_its_basis() -> None:
    """1 and 12 million units/m2; 4 mg/kg."""
    year = of_regimen(language.load("trastuzumab"))
    assert [timeline.sizes(lane, "day") for lane in year.lanes] == [
        ["4 mg/kg a day (1 dose)"],
        ["1 million units/m2 a day (1 dose)", "12 million units/m2 a day (1 dose)"],
    ]


def test_sizes_of_a_week_are_totals_of_the_week() -> None:
    """Imatinib: seven doses of 400 mg; interleukin-2: five of 6 million units."""
    weeks = of_regimen(IMATINIB, "level-2").in_weeks()
    assert [timeline.sizes(lane, "week") for lane in weeks.lanes] == [
        ["350 mg a week (7 doses)"],
        ["2,800 mg a week (7 doses)"],
        ["30 million units a week (5 doses)"],
    ]


def test_many_sizes_are_ranges() -> None:
    """1, 2, 3, 4 and twice 4 mg: thirds of 8 mg; a size alone in its third is exact."""
    amounts = (1, 2, 3, 4)
    entries = [f"amount: {k} mg, day: {k}" for k in amounts]
    outline = outlined(doses(*entries, "amount: 4 mg, day: 5", "amount: 4 mg, day: 5"))
    assert timeline.sizes(outline.lanes[0], "day") == [
        "1 mg to 2 mg a day (1 dose)",
        "3 mg to 4 mg a day (1 dose)",
        "8 mg a day (2 doses)",
    ]


def test_a_size_of_one_or_more_doses_names_the_fewest_and_the_most() -> None:
    """10 mg at once, or as two doses of 5 mg."""
    outline = outlined(
        doses("amount: 10 mg, day: 1", "amount: 5 mg, day: 2", "amount: 5 mg, day: 2")
    )
    assert timeline.sizes(outline.lanes[0], "day") == ["10 mg a day (1 to 2 doses)"]


def test_sizes_equal_to_four_figures_have_all_their_digits() -> None:
    """1.00001 and 1.00002 g are both 1 g to four figures."""
    outline = outlined(doses("amount: 1.00001 g, day: 1", "amount: 1.00002 g, day: 2"))
    assert timeline.sizes(outline.lanes[0], "day") == [
        "1.00001 g a day (1 dose)",
        "1.00002 g a day (1 dose)",
    ]


def test_a_lane_is_called_by_its_drug_and_by_its_unit_where_the_drug_has_several() -> None:
    """5 mg and 5 mg/m2 of one drug cannot be added up."""
    outline = outlined(
        doses("amount: 5 mg, day: 1", "amount: 5 mg/m2, day: 2", "amount: 5 IU, day: 3")
    )
    assert timeline.lane_names(outline) == ["primumab (mg)", "primumab (mg/m2)", "primumab (units)"]
    assert timeline.lane_names(NPC) == ["aldesleukin"]


def test_conditions_have_the_marks_of_the_table() -> None:
    """C1 is in the picture; the legend says what it means."""
    assert list(timeline.conditions(NPC)) == [("C1", "only if stable disease or response")]


def test_a_condition_of_no_turn_names_its_drugs() -> None:
    """No bar of the picture shows what it belongs to."""
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1, only_if: need}
          - {drug: secumab, amount: 5 mg, route: IV, day: 1, only_if: need}
        blocks:
          - block: cycle
            only_if: response
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    assert list(timeline.conditions(outlined(text))) == [
        ("C1", "only if need (primumab and secumab)"),
        ("C2", "only if response"),
    ]


def test_a_condition_without_a_drawn_dose_is_not_named() -> None:
    """All that depended on it was held; the mark of the other does not move."""
    entries = ("amount: 5 mg, day: 1, only_if: need", "amount: 5 mg, day: 2, only_if: response")
    schedule = make(regimen(doses(*entries)))
    outline = of_schedule(replace(schedule, recorded={1: Recorded("held")}))
    assert list(timeline.conditions(outline)) == [("C2", "only if response (primumab)")]
    none = of_schedule(replace(schedule, recorded={1: Recorded("held"), 2: Recorded("held")}))
    assert list(timeline.conditions(none)) == []
    assert timeline.legend(none) == []


def test_a_fold_says_what_it_hides() -> None:
    """Days 19 to 52 are 34; a single day is one; weeks count their days."""
    assert timeline.folded_text(NPC, Band(18, 51, folded=True)) == (
        "Days 19 to 52: nothing is given (34 days, not drawn)"
    )
    assert timeline.folded_text(NPC, Band(18, 18, folded=True)) == (
        "Day 19: nothing is given (1 day, not drawn)"
    )
    weeks = replace(NPC, column="week")
    assert timeline.folded_text(weeks, Band(-2, -1, folded=True)) == (
        "Days -14 to -1: nothing is given (14 days, not drawn)"
    )


def remarks(outline: Outline) -> str:
    return " ".join(timeline.remarks(outline))


def test_the_legend_says_what_a_column_is() -> None:
    """A day, or a week of the regimen and not of the calendar."""
    assert remarks(NPC).startswith("A column is a day. ")
    weeks = of_regimen(IMATINIB, "level-2").in_weeks()
    assert remarks(weeks).startswith(
        "A column is a week of the regimen (days 1 to 7, 8 to 14, ...), marked with its first day; "
        "an amount is that of the whole week. Drawn as if each day begins at 08:00. "
        "There is no day 0"
    )


def test_the_legend_names_the_assumed_hour() -> None:
    """A regimen alone is laid out from 08:00; a schedule says its own hour in its head."""
    remark = "Drawn as if each day begins at 08:00."
    assert remark in remarks(of_regimen(language.load("npc-bolus")))
    assert remark in remarks(outlined(doses("amount: 5 mg, day: 1, at: +2 hours")))
    assert remark not in remarks(outlined(doses("amount: 5 mg, day: 1, at: '10:00'")))
    assert remark not in remarks(NPC)


def test_the_legend_says_that_a_week_names_the_first_of_several_turns() -> None:
    """Cycles of five days: two of them begin in the first week."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 4, every: 5 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    remark = "Of turns that begin in one week, the first is named."
    assert remark in remarks(outlined(text, "week"))
    assert remark not in remarks(outlined(text))
    assert remark not in remarks(outlined(text.replace("5 days", "7 days"), "week"))


def test_the_legend_says_that_there_is_no_day_0() -> None:
    """If days before day 1 are drawn, since the numbering leaves it out."""
    remark = "There is no day 0: day -1 is the day before day 1."
    outline = of_regimen(IMATINIB, "level-2")
    assert remark in remarks(outline)
    assert remark not in remarks(replace(outline, day_zero=True))
    assert remark not in remarks(NPC)


def test_the_legend_says_what_is_a_maximum() -> None:
    """All doses of one drug, some of another."""
    most = "At most: the source gives a maximum number of doses or turns; all of them are drawn."
    assert f"{most} Where" in remarks(NPC)
    year = remarks(of_regimen(language.load("trastuzumab")))
    assert f"{most} For trastuzumab and aldesleukin this is true of some doses only." in year
    assert "At most" not in remarks(of_regimen(IMATINIB, "level-2"))
    other = "amount: 5 mg, day: 2, only_if: need, repeat: {up_to: 1, every: 8 hours}"
    apart = remarks(outlined(doses("amount: 5 mg, day: 2", other, other.replace("2", "3", 1))))
    assert f"{most} Amounts" in apart


def test_a_conditional_dose_beside_a_firm_one_has_a_row_of_its_own() -> None:
    """5 mg firm and 3 mg if needed on one day: never 8 mg that are due, nor 8 mg that may be."""
    both = outlined(doses("amount: 5 mg, day: 1", "amount: 3 mg, day: 1, only_if: need"))
    assert timeline.lane_names(both) == ["primumab", "primumab, only if"]
    firm, bound = both.lanes
    assert timeline.sizes(firm, "day") == ["5 mg a day (1 dose)"]
    assert timeline.sizes(bound, "day") == ["3 mg a day (1 dose)"]
    assert timeline.legend(both) == [
        (False, False, "due"),
        (False, True, "due only if a condition is met"),
    ]
    assert list(timeline.sentences(both))[:2] == [
        "primumab: day 1.",
        "primumab, only if: day 1 (C1).",
    ]
    assert (
        "A column is a day. Drawn as if each day begins at 08:00. "
        "Doses of primumab that depend on a condition have a row of their own; "
        "in a column marked in both rows, they are in addition to the firm ones. Amounts"
    ) in remarks(both)
    assert "row of their own" not in remarks(NPC)


def test_a_drug_in_two_units_is_named_with_both() -> None:
    """5 mg and 5 mg/m2, of which some only if needed."""
    firm = ("amount: 5 mg, day: 1", "amount: 5 mg/m2, day: 1")
    outline = outlined(doses(*firm, *(f"{entry}, only_if: need" for entry in firm)))
    assert timeline.lane_names(outline) == [
        *("primumab (mg)", "primumab (mg), only if"),
        *("primumab (mg/m2)", "primumab (mg/m2), only if"),
    ]


def test_each_size_is_shown_as_it_is_drawn() -> None:
    """5 mg firm and conditional, 9 mg only conditional: a mark of each kind that is drawn."""
    entries = ("amount: 5 mg, day: 1", "amount: 5 mg, day: 2, only_if: need")
    outline = outlined(doses(*entries, "amount: 9 mg, day: 3, only_if: need"))
    assert list(timeline.lane_rows({None: outline})) == [
        (
            "primumab",
            [
                ([Mark(False, 1, 2), Mark(True, 1, 2)], "5 mg a day (1 dose)"),
                ([None, Mark(True, 2, 2)], "9 mg a day (1 dose)"),
            ],
        )
    ]


def test_sizes_that_differ_by_arm_are_listed_by_arm() -> None:
    """1 mg and 2 mg; a size that is the same in both is written once."""
    arms: dict[str | None, Outline] = {
        "a": outlined(doses("amount: 1 mg, day: 1")),
        "b": outlined(doses("amount: 2 mg, day: 1")),
    }
    ((_, ((_, text),)),) = timeline.lane_rows(arms)
    assert text == "1 mg a day (1 dose) in a; 2 mg a day (1 dose) in b"
    ((_, ((_, text),)),) = timeline.lane_rows({"a": arms["a"], "b": arms["a"]})
    assert text == "1 mg a day (1 dose)"


def test_an_infusion_longer_than_its_day_is_not_an_amount_a_day() -> None:
    """From 08:00 over 120 hours: until 08:00 of day 6; in weeks all of it is in the first."""
    text = doses("amount: 90 million IU/m2, day: 1, over: 120 hours")
    daily, weekly = outlined(text), outlined(text, "week")
    assert timeline.sizes(daily.lanes[0], "day") == [
        "90 million units/m2, begun that day, over 120 hours (1 dose)"
    ]
    assert timeline.sizes(weekly.lanes[0], "week") == ["90 million units/m2 a week (1 dose)"]
    runs_on = (True, False, "an infusion runs on")
    assert [runs_on in timeline.legend(drawn) for drawn in (daily, weekly)] == [True, False]
    assert list(timeline.sentences(daily)) == [
        "primumab: day 1; an infusion still runs on days 2 to 6."
    ]


def test_a_drug_infused_in_several_ways_names_each() -> None:
    """5 mg over 24 or 48 hours and as a bolus; the second depends on a condition."""
    entries = ("amount: 5 mg, day: 1, over: 24 hours", "amount: 5 mg, day: 9")
    other = "amount: 5 mg, day: 5, over: 48 hours, only_if: need"
    outline = outlined(doses(*entries, other))
    assert timeline.sizes(outline.lanes[0], "day") == [
        "5 mg, begun that day, in part over 24 hours or 48 hours (1 dose)"
    ]
    assert next(timeline.sentences(outline)) == (
        "primumab: day 1, day 9; day 5 (C1); an infusion still runs on day 2; "
        "an infusion still runs on days 6 to 7 (C1)."
    )
    assert timeline.legend(outline)[2:] == [
        (True, False, "an infusion runs on"),
        (True, True, "an infusion runs on only if a condition is met"),
    ]


def test_the_legend_says_how_much_later_turns_may_begin() -> None:
    """5 to 6 weeks of rest: a week. With more turns, the first and the last of them."""
    remark = "Where a source gives a range of time, the earliest is drawn."
    assert f"{remark} Course 2 may begin up to 7 days later." in remarks(NPC)
    text = """
        blocks:
          - block: cycle
            repeat: {times: 4, rest: 1 to 2 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    assert (
        f"{remark} Cycle 2 may begin up to 1 day later. Cycle 4 may begin up to 3 days later."
    ) in remarks(outlined(text))
    hours = doses("amount: 5 mg, day: 1, repeat: {times: 3, every: 8 to 12 hours}")
    assert f"{remark} Amounts" in remarks(outlined(hours))


def test_the_legend_says_what_was_left_out_and_what_is_open() -> None:
    """Held doses are not drawn; of an open block two turns are."""
    remark = "Doses that were held or stopped are not drawn."
    held = tuple(dose._replace(held=True) for dose in NPC.doses)
    assert remark in remarks(replace(NPC, doses=held))
    assert remark not in remarks(NPC)
    opened = "Cycle: 2 turns drawn; the file leaves it open."
    assert opened in remarks(of_regimen(IMATINIB, "level-2"))
    assert "leaves it open" not in remarks(of_schedule(make(IMATINIB, times={"cycle": 2})))


def test_the_legend_mentions_figures_only_where_there_are_amounts() -> None:
    """A picture in which nothing was given has no amounts."""
    assert remarks(NPC).endswith(" Amounts are shown to 4 significant figures.")
    assert "Amounts" not in remarks(replace(NPC, lanes=()))


def test_a_given_dose_is_no_longer_called_due() -> None:
    """With a course log, which may not say of a past dose whether it was given."""
    assert timeline.legend(NPC)[0] == (False, False, "due")
    assert timeline.legend(replace(NPC, has_given=True))[0] == (False, False, "given or planned")


@pytest.mark.parametrize(("column", "last"), [("day", 15), ("week", 21)])
def test_the_picture_is_described_for_those_who_do_not_see_it(column: Column, last: int) -> None:
    """Which drug on which days, and what is conditional; runs of days are folded."""
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: [1, 8 to 10, 15]}
          - {drug: secumab, amount: 5 mg, route: IV, day: 1 to 15}
          - {drug: tertumab, amount: 5 mg, route: IV, day: 15, only_if: need}
    """
    one, other, third, condition = timeline.sentences(outlined(text, column))
    if column == "day":
        assert one == "primumab: day 1, days 8 to 10, day 15."
        assert third == "tertumab: day 15 (C1)."
    else:
        assert one == "primumab: days 1 to 21."
        assert third == "tertumab: days 15 to 21 (C1)."
    assert other == f"secumab: days 1 to {last}."
    assert condition == "C1: only if need (tertumab)."


def test_the_description_keeps_firm_and_conditional_days_apart() -> None:
    """The first course on days 1 to 6 and 13 to 18; the second, from day 53, only if."""
    firm, conditional = "days 1 to 6, days 13 to 18", "days 53 to 58, days 65 to 70"
    assert list(timeline.sentences(NPC)) == [
        f"aldesleukin: {firm}; {conditional} (C1).",
        "C1: only if stable disease or response.",
    ]


def test_a_drug_of_which_nothing_was_given_is_described_too() -> None:
    """Its lane is empty."""
    schedule = make(regimen(doses("amount: 5 mg, day: 1")), start=date(2026, 12, 1))
    outline = of_schedule(replace(schedule, recorded={1: Recorded("held")}))
    assert list(timeline.sentences(outline)) == ["primumab: nothing."]
