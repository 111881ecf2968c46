"""The printable sheet as plain data: every row, every column to sign, and what differs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from courselogs import course, given, turn
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.model.effects import Decided
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen
from il2calc.plan.administration import Recorded
from il2calc.plan.dosing import Bound
from il2calc.plan.schedule import Schedule, make
from il2calc.report import words
from il2calc.report.notes import rules_used
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.sheet import Sheet, SheetEntry
from il2calc.review.of_schedule import review
from il2calc.units import quantity
from pages import REASON, REGIMENS, START, on_page, preparation, row_texts, schedule, spaced

D = Decimal


def of(plan: Plan) -> Sheet:
    """The report as a page has it."""
    return on_page(plan, review(schedule_of(plan)))


def kinds(schedule: Schedule) -> list[str]:
    return [column.kind for column in of(schedule).columns]


def cells(schedule: Schedule, kind: str) -> list[str]:
    """The texts of one column, from the first row to the last."""
    sheet = of(schedule)
    assert kind in kinds(schedule)
    return [entry.cells[kind] for group in sheet.groups for entry in group.entries]


def row(entry: SheetEntry) -> tuple[str, ...]:
    """The texts of a row of `npc-bolus`, column by column."""
    return tuple(entry.cells[kind] for kind in kinds(schedule("npc-bolus")))


TO_SIGN = ["given-at", "by", "checked", "given", "lot", "remarks"]


@pytest.mark.parametrize("name", REGIMENS)
def test_every_administration_is_there_once_and_in_order(name: str) -> None:
    """A row that is missing from the chart is a dose that nobody gives."""
    plan = schedule(name)
    entries = [entry for group in of(plan).groups for entry in group.entries]
    assert [entry.number for entry in entries] == [row.number for row in plan.administrations]
    columns = kinds(plan)
    texts = [" ".join(entry.cells[kind] for kind in columns) for entry in entries]
    assert all(map(str.startswith, texts, row_texts(plan)))


def test_a_row_says_when_what_how_much_and_how() -> None:
    """72,000 units/kg x 70 kg = 5.04 million units; dose 15 falls on day 6 at midnight."""
    (group, *_) = of(schedule("npc-bolus")).groups
    assert group.heading.replace("\u00a0", " ") == "Course 1, cycle 1, days 1 to 5 [M]"
    first = ("1", "1", "Tue 2026-12-01", "08:00", "aldesleukin", "5.04 million units")
    entries = list(group.entries)
    assert row(entries[0]) == (*first, "intravenous bolus", "", "M", *[""] * 6)
    midnight = "00:00 (night of Sat to Sun)"
    last = ("15", "6", "Sun 2026-12-06", midnight, "aldesleukin", "5.04 million units")
    assert row(entries[14]) == (*last, "intravenous bolus", "", "M W", *[""] * 6)


@pytest.mark.hazard(7)
def test_every_row_shows_its_condition() -> None:
    """A page that holds the end of course 2 must say that it is given only if ..."""
    marks = cells(schedule("npc-bolus"), "marks")
    assert ["C1" in mark for mark in marks] == [False] * 30 + [True] * 30


@pytest.mark.hazard(25)
def test_the_columns_to_sign_come_last_and_empty() -> None:
    """They are for the pens of two people: one who gives, and one who checks."""
    plan = schedule("imp321")
    assert [column.name for column in of(plan).columns if column.to_sign] == [
        "given at",
        "given by",
        "checked by",
        "dose given",
        "lot, expiry",
        "remarks",
    ]
    assert kinds(plan)[-6:] == TO_SIGN
    for kind in TO_SIGN:
        assert set(cells(plan, kind)) == {""}


def test_the_boxes_to_fill_in_hold_nothing() -> None:
    """Nothing more about a patient is asked for or kept: a box has a label and maybe a square."""
    sheet = of(schedule("imp321"))
    assert [label.partition(":")[0] for label, _ in sheet.blanks] == [
        *("second identifier", "allergies", "date of the weight", "prescriber", "pharmacist"),
        *("hold", "stop"),
    ]
    assert [ticked for _, ticked in sheet.blanks] == [False] * 5 + [True] * 2


def test_a_column_that_every_row_would_leave_empty_is_left_out() -> None:
    """No date without a start, no latest date without a range, no marks where there are none."""
    plain = ["number", "day", "time", "drug", "dose", "route", *TO_SIGN]
    assert kinds(make(loaded(a_dose()))) == plain
    ranged = a_cycle(repeat="{times: 2, rest: 5 to 6 weeks}")
    dated = ["number", "day", "date", "time", "drug", "dose", "route"]
    assert kinds(make(loaded(ranged), start=START)) == [*dated, "latest", *TO_SIGN]
    marked = a_dose("only_if: it helps")
    assert kinds(make(loaded(marked), start=START)) == [*dated, "marks", *TO_SIGN]


def test_rows_of_parallel_blocks_name_their_block() -> None:
    """Where no heading says it, the row does."""
    tracks = a_file(
        """
        blocks:
          - block: short
            day: 1
            repeat: {times: 3, every: 14 days}
            doses: [{drug: primumab, amount: 5 mg, route: IV infusion, day: [1, 8]}]
          - block: long
            day: 1
            repeat: {times: 2, every: 21 days}
            doses: [{drug: secumab, amount: 5 mg, route: IV infusion, day: [1, 8]}]
        """
    )
    schedule = make(loaded(tracks))
    assert cells(schedule, "block")[:3] == ["short 1", "long 1", "short 1"]
    assert [group.heading for group in of(schedule).groups] == [""]


def test_a_part_of_the_rows_says_that_it_is_one() -> None:
    """Whoever reads 3 rows must know that there are 60."""
    plan = schedule("npc-bolus")
    part = replace(plan, shown=plan.administrations[3:6])
    sheet = of(part)
    assert sheet.head[-1] == ("shown", "rows\u00a04-6 of 60")
    assert [entry.number for group in sheet.groups for entry in group.entries] == [4, 5, 6]
    assert sheet.notes[0][0] == "Totals of the whole schedule"
    assert "shown" not in dict(of(plan).head)


def test_no_rows_make_a_sheet_without_a_table() -> None:
    """Dates between which nothing is due."""
    plan = replace(schedule("npc-bolus"), shown=())
    assert of(plan).groups == ()
    assert of(plan).head[-1][1].startswith("no rows of")


def percent(regimen: Regimen) -> Schedule:
    return make(regimen, percents={"examplumab": D(75)})


def halved(regimen: Regimen) -> Schedule:
    """Only the second dose halved, as a course log can say it."""
    schedule = make(regimen)
    first, second = schedule.administrations
    dosed = second.dosed._replace(percent=D(50))
    return replace(schedule, administrations=(first, replace(second, dosed=dosed)))


def rounded(regimen: Regimen) -> Schedule:
    return make(regimen, bounds={"examplumab": Bound(quantity("10 mg"), within=D(100))})


def capped(regimen: Regimen) -> Schedule:
    return make(regimen, Patient(surface_area=D("2.3"), surface_cap=D(2)))


def logged(regimen: Regimen) -> Schedule:
    return replace(make(regimen), recorded={1: Recorded("given", None, D(5))})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (make, "as in the file"),
        (percent, "examplumab: 75 % of the amount in the file"),
        (halved, "examplumab: 100 % and 50 % of the amount in the file"),
        (rounded, "examplumab: rounded (--round)"),
        (capped, "body surface area counted up to 2 m2"),
        (logged, "with what a course log records"),
    ],
)
def test_what_differs_from_the_file_is_shown_on_every_page(change: object, words: str) -> None:
    """`As published` above a reduced dose would be a lie on each page of the chart."""
    regimen = loaded(a_cycle(repeat="{times: 2, every: 21 days}"))
    assert callable(change)
    assert spaced(of(change(regimen)).changed) == words


def test_every_value_that_was_set_is_shown_on_every_page() -> None:
    """From what to what, in the safe style."""
    changes = (("cycle.examplumab.amount", "6 MIU"), ("cycle.repeat.every", "22 days"))
    schedule = make(loaded(a_cycle("amount: 5 MIU"), *changes))
    assert spaced(of(schedule).changed) == (
        "set: cycle.examplumab.amount: 5 million units -> 6 million units; "
        "set: cycle.repeat.every: 21 days -> 22 days"
    )


def test_arm_turns_and_a_part_of_the_rows_are_shown_on_every_page() -> None:
    """A sheet of another arm, of one course or of some rows is not that of the file."""
    arm = make(language.load("imp321"), Patient(surface_area=D("1.8")), arm="6.25-mg")
    assert of(arm).changed.replace("\u00a0", " ") == "arm 6.25-mg"
    fewer = make(language.load("npc-bolus"), Patient(weight=D(70)), times={"course": 1})
    assert of(fewer).changed.replace("\u00a0", " ") == "course: 1 as requested; the file says 2"
    part = replace(fewer, shown=fewer.administrations[:5])
    assert of(part).changed.replace("\u00a0", " ").endswith("; rows 1-5 of 30")


def test_a_cap_on_body_surface_is_shown_only_where_there_is_a_surface() -> None:
    """A cap of nothing changes nothing."""
    regimen = loaded(a_dose())
    assert of(make(regimen, Patient(surface_cap=D(2)))).changed == "as in the file"


def test_what_a_log_says_fills_the_columns_to_sign() -> None:
    """Time and amount given, state and reason; another day than the planned one is named."""
    plan = schedule("under way")
    assert cells(plan, "given-at")[:9] == [
        *("08:00", "16:00", "00:00", "08:00", "16:00", "00:00"),
        "",
        "Fri 2026-12-04 01:10",
        "",
    ]
    assert cells(plan, "given")[:9] == [
        *["5.04 million units"] * 6,
        "not given",
        "5 million units",
        "",
    ]
    remarks = [spaced(text) for text in cells(plan, "remarks")]
    assert remarks[:10] == [
        *["given"] * 6,
        f"held: {REASON}",
        "given: late",
        "unrecorded",
        "planned",
    ]
    assert remarks[-1] == "stopped: progression"
    assert cells(plan, "given")[-1] == "not given"
    assert set(cells(plan, "by")) == {""}
    entries = [entry for group in of(plan).groups for entry in group.entries]
    assert [entry.state for entry in entries[6:9]] == ["held", "given", "unrecorded"]


def test_a_time_given_is_in_full_beside_a_row_without_a_date() -> None:
    """Nothing says on which day `10:10` was."""
    given_at = datetime(2026, 12, 3, 10, 10)  # noqa: DTZ001 - a clock time of no zone
    plan = replace(make(loaded(a_dose())), recorded={1: Recorded("given", given_at, D(5))})
    assert cells(plan, "given-at") == ["Thu 2026-12-03 10:10"]


def test_the_sheet_of_a_course_shows_its_log_and_its_day() -> None:
    """On every page the day, in the head the log, below it what was given, and both rules."""
    result = course("npc-bolus", given("course 1/cycle 1", "aldesleukin", [1]), as_of="2025-12-02")
    sheet = of(result)
    assert spaced(sheet.changed) == "with what a course log records, as of Tue 2025-12-02"
    assert sheet.picture.startswith("npc-bolus on a timeline, a course as of Tue 2025-12-02;")
    assert [label for label, _ in sheet.head] == [
        *("file", "program", "review", "finding", "finding", "patient", "start", "log", "as of")
    ]
    assert [heading for heading, _ in sheet.notes] == [
        *("Given and still to come", "Rules of the plan", "Rules of the log")
    ]
    assert "1 of 60 given" in spaced(sheet.notes[0][1][-1])


def test_what_is_settled_is_expected_at_no_later_date() -> None:
    """Course 2 is not given: none of its rows shows a latest date."""
    ended = Decided(turn("course 2"), given=False)
    assert "latest" in kinds(course("npc-bolus").schedule)
    assert "latest" not in kinds(course("npc-bolus", ended).schedule)


def test_rows_without_an_entry_in_the_log_stay_empty() -> None:
    """What nobody recorded is not made up."""
    plan = make(loaded(a_cycle(repeat="{times: 2, every: 21 days}")), start=START)
    plan = replace(plan, recorded={1: Recorded("held", reason="fever")})
    assert cells(plan, "remarks") == ["held: fever", ""]
    assert cells(plan, "given") == ["not given", ""]


def test_the_zone_is_in_the_head() -> None:
    """08:00 where?"""
    schedule = make(loaded(a_dose()), start=START, zone=ZoneInfo("Europe/London"))
    assert "Europe/London" in dict(of(schedule).head)["start"]


def test_the_head_says_what_the_title_does_not() -> None:
    """File and SHA-256, patient, arm, start; regimen and subject are above, once."""
    sheet = of(schedule("trastuzumab"))
    assert (sheet.name, sheet.subject) == ("trastuzumab, version 1", "S-07")
    assert sheet.title == "Trastuzumab with daily low-dose and pulsed interleukin-2"
    assert [label for label, _ in sheet.head] == ["file", "program", "review", "patient", "start"]
    assert "SHA-256" in spaced(dict(sheet.head)["file"])
    assert of(schedule("imp321")).subject == ""
    assert [label for label, _ in of(schedule("imatinib")).head] == [
        *("file", "program", "review", "arm", "start")
    ]


def test_the_disclaimer_is_there_once() -> None:
    """Printed once and visible; the standing keeps what is its own."""
    sheet = on_page(schedule("npc-bolus"), (), preparation("npc-bolus"))
    parts = (*sheet.notes, *sheet.preparation, *sheet.rests_on)
    assert words.DISCLAIMER not in [text for _, texts in parts for text in texts]
    assert sheet.disclaimer == words.DISCLAIMER
    assert dict(sheet.rests_on)["Standing"][0].startswith("Read on")


def test_all_that_the_table_of_a_terminal_says_below_its_rows_is_there() -> None:
    """Totals, rules, what it rests on; preparation where there is any."""
    plan = schedule("npc-bolus")
    sheet = on_page(plan, review(plan), preparation("npc-bolus"))
    assert [heading for heading, _ in sheet.notes] == ["Totals", "Rules used"]
    assert [heading for heading, _ in sheet.rests_on] == [
        *("Assumptions", "Findings", "Alongside", "Sources", "Standing")
    ]
    dose = "aldesleukin 5.04 million units, intravenous bolus"
    assert [spaced(heading) for heading, _ in sheet.preparation] == [
        f"{dose}, at most 60 times (course.cycle.aldesleukin)",
        "Order (each dose from its own vials)",
        "Monographs and their sources",
    ]
    assert [mark for mark, _ in sheet.marks] == ["M", "C1", "A..", "W"]
    caution_mark = dict(sheet.marks)["W"]
    assert "below" not in caution_mark, "who looks below signs without them"
    assert len(sheet.cautions) == 1
    assert of(plan).preparation == ()


def test_rounded_doses_are_listed_with_what_was_calculated() -> None:
    """70 kg x 5 mg/kg = 350 mg, to a step of 100 mg = 400 mg (half-up), +14.3 %."""
    regimen = loaded(a_dose("amount: 5 mg/kg", "round: 100 mg"))
    sheet = of(make(regimen, Patient(weight=D(70))))
    (rounding,) = dict(sheet.notes)["Rounding"]
    assert "350 mg calculated, 400 mg given" in spaced(rounding)
    assert sheet.changed == "as in the file"


@pytest.mark.parametrize("name", REGIMENS)
def test_no_number_can_be_apart_from_its_unit(name: str) -> None:
    """`5.04` at the end of a line and `million units` on the next are two facts, both wrong."""
    plan = schedule(name)
    sheet = on_page(plan, review(plan), preparation(name))
    parts = (*sheet.notes, *sheet.preparation, *sheet.rests_on)
    texts = [text for heading, lines in parts for text in (heading, *lines)]
    texts += [*sheet.cautions, sheet.changed, *(text for _, text in sheet.head)]
    apart = re.compile(r"[0-9] (?:million|units?|mg|mcg|mL|kg|m2|%|doses?)\b|million units?$")
    assert [text for text in texts if apart.search(text)] == []


def test_a_dose_given_across_midnight_names_its_day() -> None:
    """Planned for 00:00, given at 23:50 of the day before: without its date, 24 hours off."""
    plan = schedule("npc-bolus")
    planned = plan.administrations[2]
    assert planned.when is not None
    early = Recorded("given", planned.when - timedelta(minutes=10), planned.dosed.value)
    plan = replace(plan, recorded={3: early})
    assert cells(plan, "given-at")[2] == "Tue 2026-12-01 23:50"


def test_the_regimen_is_the_one_that_was_loaded() -> None:
    """The sheet's file is the file's own."""
    regimen = language.load("npc-bolus")
    assert regimen.origin.sha256[:16] in dict(of(schedule("npc-bolus")).head)["file"]


NPC = language.load("npc-bolus")
IMATINIB = language.load("imatinib")
TRASTUZUMAB = language.load("trastuzumab")
KG70 = Patient(weight=D(70))
JAN_6 = date(2025, 1, 6)


def used(schedule: Schedule) -> str:
    """The rules that a schedule used, a line each."""
    return "\n".join(rules_used(schedule))


def test_rest_days_are_named_with_the_days_they_are_counted_from() -> None:
    """Days 1 to 5, rest 6 to 12, cycle 2 on day 13; course 2 on day 17 + 35 + 1 = 53, or 60."""
    rules = used(make(NPC, KG70))
    assert "course.cycle: rest days 6 to 12, counted from planned days 1 to 5;" in rules
    assert "cycle 2 starts day 13." in rules
    assert "course: rest days 18 to 52, counted from planned days 1 to 17;" in rules
    assert "course 2 starts day 53, at the latest day 60." in rules
    assert "dates are the earliest" in rules
    assert "as if every dose or turn of it were given" in rules


def test_a_turn_of_stated_length_says_that_the_last_one_has_it_too() -> None:
    """Six turns of 28 days end on day 168, though the last dose falls on day 156."""
    patient = Patient(surface_area=D("1.8"))
    rules = used(make(language.load("imp321"), patient, arm="0.25-mg"))
    assert "cycle: each turn lasts 28 days, the last one too; cycle 2 starts day 29." in rules
    assert "earliest" not in rules
    assert "maximum" not in rules
    assert "day 0" not in rules


def test_turns_that_follow_at_once_have_no_rest() -> None:
    """A repeat without `every` and with `rest: 0 days` starts its next turn the next day."""
    rules = used(make(loaded(a_cycle(repeat="{times: 2, rest: 0 days}"))))
    assert "cycle: no rest; cycle 2 starts day 2." in rules


def test_a_block_given_once_has_no_rule_about_its_next_turn() -> None:
    """There is no next turn."""
    assert "cycle:" not in used(make(loaded(a_cycle(repeat="{times: 1, rest: 7 days}"))))
    single = a_cycle().replace("    repeat: {times: 4, every: 21 days}\n", "")
    assert "cycle:" not in used(make(loaded(single)))
    once = used(make(loaded(a_cycle(repeat="{times: 1, every: 21 days}"))))
    assert "cycle: each turn lasts 21 days, the last one too." in once


def test_a_range_of_turn_lengths_gives_the_latest_day_of_the_second() -> None:
    """Every 21 to 28 days: day 22, at the latest day 29."""
    rules = used(make(loaded(a_cycle(repeat="{times: 2, every: 21 to 28 days}"))))
    assert "each turn lasts 21 to 28 days" in rules
    assert "cycle 2 starts day 22, at the latest day 29." in rules


def test_the_missing_day_0_is_shown_where_days_are_negative() -> None:
    """Day -1 is the day before day 1: who counts 21 days back by subtraction is one day off."""
    assert "no day 0" in used(make(IMATINIB, times={"cycle": 1}))
    zero = a_dose("day: -7 to 0", head=("numbering: with day 0",))
    assert "day 0" not in used(make(loaded(zero)))


def test_fewer_turns_than_the_file_gives_are_shown() -> None:
    """What was asked for, and what the file says."""
    rules = used(make(TRASTUZUMAB, Patient(weight=D(70), height=D(170)), times={"cycle": 2}))
    assert "cycle: 2 as requested; the file says 24." in rules
    rules = used(make(IMATINIB, times={"cycle": 3}))
    assert "cycle: 3 as requested; the file leaves it open." in rules
    assert "as requested" not in used(make(NPC, KG70, times={"course": 2}))


def test_capping_and_rounding_are_denied_only_where_neither_occurs() -> None:
    """Silence would leave the reader to guess."""
    denial = "No dose is capped or rounded"
    assert denial in used(make(loaded(a_dose())))
    assert denial not in used(make(loaded(a_dose("cap: 4 mg"))))
    assert denial not in used(make(loaded(a_dose("round: 5 mg"))))


def test_the_sheet_says_how_many_figures_it_shows() -> None:
    """5.04 million is exact, 145.4 is not: the sheet says where all digits are."""
    assert "4 significant figures" in used(make(loaded(a_dose())))


def test_without_a_zone_no_clock_is_mentioned() -> None:
    """Local times of no zone know no change."""
    assert not any("elapsed" in rule for rule in rules_used(make(NPC, KG70, start=JAN_6)))
