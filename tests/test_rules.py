"""The rules that a schedule used, a line each, and only those that it did."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from filetext import a_cycle, a_dose, loaded
from il2calc import language
from il2calc.model.patient import Patient
from il2calc.plan.schedule import Schedule, make
from il2calc.report import notes, rules

D = Decimal
NPC = language.load("npc-bolus")
IMATINIB = language.load("imatinib")
TRASTUZUMAB = language.load("trastuzumab")
KG70 = Patient(weight=D(70))
JAN_6 = date(2025, 1, 6)


def head(made: Schedule) -> dict[str, str]:
    """The lines above the rows, by their label."""
    return dict(notes.head(made))


def used(made: Schedule) -> str:
    return "\n".join(rules.used(made))


def totals(made: Schedule) -> list[str]:
    return list(notes.totals(made))


def test_rest_days_are_named_with_the_days_they_are_counted_from() -> None:
    """Days 1 to 5, rest 6 to 12, cycle 2 on day 13; course 2 on day 17 + 35 + 1 = 53, or 60."""
    told = used(make(NPC, KG70))
    assert "course.cycle: rest days 6 to 12, counted from planned days 1 to 5;" in told
    assert "cycle 2 starts day 13." in told
    assert "course: rest days 18 to 52, counted from planned days 1 to 17;" in told
    assert "course 2 starts day 53, at the latest day 60." in told
    assert "dates are the earliest" in told
    assert "as if every dose or turn of it were given" in told


def test_a_turn_of_stated_length_says_that_the_last_one_has_it_too() -> None:
    """Six turns of 28 days end on day 168, though the last dose falls on day 156."""
    patient = Patient(surface_area=D("1.8"))
    told = used(make(language.load("imp321"), patient, arm="0.25-mg"))
    assert "cycle: each turn lasts 28 days, the last one too; cycle 2 starts day 29." in told
    assert "earliest" not in told
    assert "maximum" not in told
    assert "day 0" not in told


def test_turns_that_follow_at_once_have_no_rest() -> None:
    """A repeat without `every` and with `rest: 0 days` starts its next turn the next day."""
    told = used(make(loaded(a_cycle(repeat="{times: 2, rest: 0 days}"))))
    assert "cycle: no rest; cycle 2 starts day 2." in told


def test_a_block_given_once_has_no_rule_about_its_next_turn() -> None:
    """There is no next turn."""
    assert "cycle:" not in used(make(loaded(a_cycle(repeat="{times: 1, rest: 7 days}"))))
    single = a_cycle().replace("    repeat: {times: 4, every: 21 days}\n", "")
    assert "cycle:" not in used(make(loaded(single)))
    once = used(make(loaded(a_cycle(repeat="{times: 1, every: 21 days}"))))
    assert "cycle: each turn lasts 21 days, the last one too." in once


def test_a_range_of_turn_lengths_gives_the_latest_day_of_the_second() -> None:
    """Every 21 to 28 days: day 22, at the latest day 29."""
    told = used(make(loaded(a_cycle(repeat="{times: 2, every: 21 to 28 days}"))))
    assert "each turn lasts 21 to 28 days" in told
    assert "cycle 2 starts day 22, at the latest day 29." in told


def test_the_missing_day_0_is_told_where_days_are_negative() -> None:
    """Day -1 is the day before day 1: who counts 21 days back by subtraction is one day off."""
    assert "no day 0" in used(make(IMATINIB, times={"cycle": 1}))
    zero = a_dose("day: -7 to 0", head=("numbering: with day 0",))
    assert "day 0" not in used(make(loaded(zero)))


def test_fewer_turns_than_the_file_gives_are_told() -> None:
    """What was asked for, and what the file says."""
    told = used(make(TRASTUZUMAB, Patient(weight=D(70), height=D(170)), times={"cycle": 2}))
    assert "cycle: 2 as asked for; the file says 24." in told
    told = used(make(IMATINIB, times={"cycle": 3}))
    assert "cycle: 3 as asked for; the file leaves it open." in told
    assert "as asked for" not in used(make(NPC, KG70, times={"course": 2}))


def test_capping_and_rounding_are_denied_only_where_neither_occurs() -> None:
    """Silence would leave the reader to guess."""
    denial = "No dose is capped or rounded"
    assert denial in used(make(loaded(a_dose())))
    assert denial not in used(make(loaded(a_dose("cap: 4 mg"))))
    assert denial not in used(make(loaded(a_dose("round: 5 mg"))))


def test_the_sheet_says_how_many_figures_it_shows() -> None:
    """5.04 million is exact, 145.4 is not: the reader is told where all digits are."""
    assert "4 significant figures" in used(make(loaded(a_dose())))


def test_without_a_zone_no_clock_is_spoken_of() -> None:
    """Local times of no zone know no change."""
    assert not any("elapsed" in each for each in rules.used(make(NPC, KG70, start=JAN_6)))
