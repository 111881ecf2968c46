"""Another amount, or another arm, from a block turn on: down, back up, and above the file's."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from json import loads
from pathlib import Path
from shlex import split
from typing import Any
from unittest.mock import Mock

import pytest

from calendars import AS_OF, events
from commandline import assert_refused, run
from courselogs import course, entry, given, held, log, turn
from filetext import a_file
from il2calc import Patient, load_regimen
from il2calc.course import Course, admit, replay, state_of
from il2calc.course.intensity import intensities
from il2calc.errors import FaultyFile, MissingInput, Refused, UnknownName
from il2calc.format import fhir, ics, json, table, tabular
from il2calc.model.effects import Amended, Delayed, Extra, Levelled, Reduced, Weighed
from il2calc.plan import timing
from il2calc.plan.needs import openings
from il2calc.report import notes
from il2calc.report.course_text import entry_line, former_versions
from il2calc.report.sheet import sheet
from il2calc.review.of_course import log_cautions, review
from il2calc.units import Quantity, quantity
from test_amendment import amended, cycles, rows, text
from written import regimen as written

HEAVY = Patient(weight=Decimal(70))
WHOLE = Patient(weight=Decimal(70), height=Decimal(170), gfr=Decimal(90), age=Decimal(40))
PULSED = text(
    "blocks:\n"
    "  - block: cycle\n"
    "    repeat: {times: 3, every: 21 days}\n"
    "    doses:\n"
    "      - {drug: examplumab, dose: low, amount: 1 mg, route: SC, day: 1}\n"
    "      - {drug: examplumab, dose: pulse, amount: 9 mg, route: SC, day: 2}\n"
)
CARBO = text(
    "blocks:\n"
    "  - block: cycle\n"
    "    repeat: {times: 2, every: 21 days}\n"
    "    doses: [{drug: carbo, amount: 5 AUC, route: IV infusion, day: 1}]\n"
)
WITHHELD = text("reduce: no\n" + cycles("2 mg"))
OLD = text(cycles("2 mg"))


def to(text: str, start: str = "cycle 2", dose: str | None = None, **more: Any) -> Reduced:
    """A drug at another amount, or at a share where no unit is named."""
    drug = more.get("drug", "examplumab")
    share = quantity(text) if any(map(str.isalpha, text)) else Decimal(text)
    return Reduced(drug, share, turn(start), dose)


def level_cautions(*effects: Reduced, regimen: Any = OLD) -> dict[str, str]:
    """The cautions of a course about its reductions."""
    cautions = review(course(regimen, *effects, patient=HEAVY))
    return {
        caution.code: caution.text
        for caution in cautions
        if caution.code in ("raised", "reduced", "override")
    }


def test_an_amount_goes_down_and_back_up() -> None:
    """To 1 mg from cycle 2 on, and to the file's 2 mg again from cycle 3 on."""
    result = course(OLD, to("1 mg"), to("100", "cycle 3"), patient=HEAVY)
    assert [amount for _, amount in rows(result)] == ["2", "2", "1", "1", "2", "2", "2", "2"]
    assert level_cautions(to("1 mg"), to("100", "cycle 3")) == {}


def test_every_page_says_what_the_log_sets() -> None:
    """Beside what differs from the file otherwise."""
    changed = sheet(course(OLD, to("1 mg"), patient=HEAVY), []).changed
    assert changed.startswith("examplumab: 1 mg (log); ")


def test_shares_are_of_the_amount_in_the_file() -> None:
    """Half, then 75 %: 1 mg, then 1.5 mg, not 75 % of 1 mg."""
    result = course(OLD, to("50"), to("75", "cycle 3"), patient=HEAVY)
    assert [amount for _, amount in rows(result)][2:6] == ["1", "1", "1.5", "1.5"]


def test_an_amount_may_be_per_kg() -> None:
    """0.1 mg/kg for 70 kg is 7 mg."""
    result = course(OLD, to("0.1 mg/kg"), patient=HEAVY)
    assert {amount for _, amount in rows(result)[2:]} == {"7.0"}


def set_low(*effects: Reduced, regimen: Any = OLD) -> list[str]:
    """The cautions about amounts far below those of the file."""
    cautions = review(course(regimen, *effects, patient=HEAVY))
    return [caution.text for caution in cautions if caution.code == "set-low"]


def test_an_amount_of_half_or_less_is_cautioned_as_a_factor() -> None:
    """Danger: a zero too few, 0.2 mg of 2 mg. A share says itself what part it is."""
    (text,) = set_low(to("0.2 mg"))
    assert text == (
        "examplumab is set far below the amount in the file from cycle 2 on (entry 1): "
        "examplumab 0.2 mg, 2 mg in the file, 1/10 of it"
    )
    assert set_low(to("1 mg"))[0].endswith("1 mg, 2 mg in the file, 1/2 of it")
    assert set_low(to("1.1 mg")) == set_low(to("50")) == set_low(to("10")) == []
    assert set_low(to("3 mg")) == set_low(to("6 mg")) == []


def test_an_amount_that_was_set_is_marked_as_about_the_patient() -> None:
    """A calendar that others see hides what is about the patient: a rise, and a fall by half.

    3 mg, and 0.2 mg, where the file has 2 mg.
    """
    for effect, code in ((to("3 mg"), "raised"), (to("0.2 mg"), "set-low")):
        cautions = review(course(OLD, effect, patient=HEAVY))
        assert [caution.of_patient for caution in cautions if caution.code == code] == [True]


def test_a_dose_set_low_is_cautioned_beside_one_that_is_raised() -> None:
    """3 mg for 1 mg is a rise, for 9 mg it is a third: both have a caution."""
    both = (to("3 mg", dose="low"), to("3 mg", dose="pulse"))
    (text,) = set_low(*both, regimen=PULSED)
    assert text.endswith("(entry 2): pulse 3 mg, 9 mg in the file, 1/3 of it")
    assert level_cautions(*both, regimen=PULSED)["raised"].endswith(
        "low 3 mg, 1 mg in the file, 3 times"
    )


def test_more_than_the_files_is_cautioned_as_a_rise_with_both_amounts() -> None:
    """150 % of 2 mg is 3 mg; 6 mg are three times as much."""
    assert level_cautions(to("150")) == {
        "raised": "examplumab is raised above the amount in the file from cycle 2 on (entry 1): "
        "examplumab 3 mg, 2 mg in the file"
    }
    assert level_cautions(to("6 mg"))["raised"].endswith(
        "examplumab 6 mg, 2 mg in the file, 3 times"
    )
    both = level_cautions(to("200"), regimen=PULSED)["raised"]
    assert both.endswith(
        "low 2 mg, 1 mg in the file, 2 times; pulse 18 mg, 9 mg in the file, 2 times"
    )


def test_where_doses_differ_a_new_amount_names_one() -> None:
    """3 mg for both a low dose and a pulse would be neither."""
    with pytest.raises(
        Refused, match=r"differ \(low 1 mg, pulse 9 mg\); name one, such as examplumab:"
    ):
        admit(PULSED, log(PULSED), entry(to("3 mg")))
    with pytest.raises(UnknownName, match="no dose of examplumab from cycle 2 on is called 'high'"):
        admit(PULSED, log(PULSED), entry(to("3 mg", dose="high")))
    levelled = log(
        IMATINIB, Levelled("level-1", turn("cycle 2")), arm="level-2", times={"cycle": 2}
    )
    from_both = Reduced("aldesleukin", quantity("4 million IU"), turn("cycle 1"), None)
    with pytest.raises(
        Refused, match=r"3 million units\); name a later block, or give a percentage"
    ):
        admit(IMATINIB, levelled, entry(from_both))
    result = course(PULSED, to("3 mg", dose="pulse"))
    assert [amount for _, amount in rows(result)] == ["1", "9", "1", "3", "1", "3"]


@pytest.mark.parametrize(
    ("regimen", "effect", "error", "message"),
    [
        (OLD, to("3 IU"), Refused, "examplumab is measured in mg, not IU; give the amount in mg"),
        (OLD, to("3 AUC"), MissingInput, "log weigh S-07.yaml --gfr 90"),
        (OLD, to("3 mg/m2"), MissingInput, "examplumab is dosed per m2"),
        (OLD, to("0"), Refused, "a percentage is above 0 %"),
        (WITHHELD, to("1 mg"), Refused, "withhold doses, never reduce them"),
        (WITHHELD, to("50"), Refused, "withhold doses, never reduce them"),
    ],
)
def test_an_amount_of_another_kind_is_refused(
    regimen: Any, effect: Reduced, error: type[Exception], message: str
) -> None:
    """And the body that it is calculated from is known."""
    with pytest.raises(error, match=message):
        admit(regimen, log(regimen, patient=HEAVY), entry(effect))


def test_a_rise_is_no_reduction() -> None:
    """A regimen that says never to reduce does not forbid it."""
    admit(WITHHELD, log(WITHHELD, patient=HEAVY), entry(to("3 mg")))
    assert "reduced" not in level_cautions(to("3 mg"), regimen=WITHHELD)


def test_a_target_auc_is_lowered_to_another_auc() -> None:
    """4 AUC at a GFR of 75 mL/min: 4 x (75 + 25) = 400 mg."""
    patient = Patient(gfr=Decimal(75))
    result = course(CARBO, to("4 AUC", drug="carbo"), patient=patient)
    assert [amount for _, amount in rows(result, "carbo")] == ["500", "400"]


# Levels

IMATINIB = load_regimen("imatinib")


def test_levels_go_down_and_up_and_each_is_that_of_the_file() -> None:
    """Level 2, 1 and 2 of IMAIL-2: 6, 3 and 6 million units; level 3 to 2: 9 to exactly 6."""
    head: dict[str, Any] = {"arm": "level-2", "times": {"cycle": 3}}
    steps = (Levelled("level-1", turn("cycle 2")), Levelled("level-2", turn("cycle 3")))
    result = course(IMATINIB, *steps, **head)
    amounts = [
        str(row.administration.dosed.value) for row in result.rows if row.key.drug == "aldesleukin"
    ]
    assert amounts == ["6000000"] * 5 + ["3000000"] * 5 + ["6000000"] * 5
    result = course(
        IMATINIB, Levelled("level-2", turn("cycle 2")), arm="level-3", times={"cycle": 2}
    )
    amounts = [
        str(row.administration.dosed.value) for row in result.rows if row.key.drug == "aldesleukin"
    ]
    assert amounts == ["9000000"] * 5 + ["6000000"] * 5


ARMED = """
arms:
  low: A low level.
  high: {text: A high level., caution: Above the maximum tolerated dose., source: smith2020}
blocks:
  - block: cycle
    repeat: {times: 3, every: 21 days}
    doses:
      - {drug: examplumab, amount: {low: 1 mg, high: 2 mg}, route: SC, day: 1}
      - {drug: moreumab, arm: high, amount: 5 mg, route: SC, day: 1}
  - block: later
    arm: high
    doses: [{drug: lastumab, amount: 5 mg, route: SC, day: 1}]
assumptions:
  - {about: 'cycle.examplumab.amount[low]', text: One., because: Unsaid.}
  - {about: 'cycle.examplumab.amount[high]', text: Two., because: Unsaid.}
"""


def armed() -> Any:
    """A regimen whose arms differ in amounts, doses and blocks."""
    return text(ARMED)


def test_a_level_brings_its_doses_and_blocks_and_its_caution() -> None:
    """As if the course had been amended: what the arm does not have ends, what it has begins."""
    result = course(armed(), Levelled("high", turn("cycle 2")), arm="low")
    assert rows(result) == [("12-01", "1"), ("12-22", "2"), ("01-12", "2")]
    assert [day for day, _ in rows(result, "moreumab")] == ["12-22", "01-12"]
    assert [day for day, _ in rows(result, "lastumab")] == ["02-02"]
    assert [row.administration.assumed for row in result.rows if row.key.drug == "examplumab"] == [
        (1,),
        (2,),
        (2,),
    ]
    cautions = [caution.text for caution in review(result)]
    assert "arm high from cycle 2 on: Above the maximum tolerated dose." in cautions
    back = course(armed(), Levelled("low", turn("cycle 2")), arm="high")
    assert rows(back, "moreumab") == [("12-01", "5")]
    assert rows(back, "lastumab") == []


def test_a_text_that_rows_follow_by_a_level_alone_is_cautioned() -> None:
    """Danger: the amounts of a new text are in force, in another arm, and nobody sees it.

    The second text and the arm hold from cycle 2 on: each row of that cycle is of both. From cycle
    3 on a third text holds.
    """
    old, *texts = (text(ARMED.replace("5 mg", f"{n}5 mg"), n) for n in (1, 2, 3))
    second, third = (
        Amended("example", new.version, new.origin.sha256, b"", turn(f"cycle {new.version}"))
        for new in texts
    )
    course_log = log(old, second, Levelled("high", turn("cycle 2")), third, arm="low")
    texts_by_hash = {regimen.origin.sha256: regimen for regimen in (old, *texts)}
    all_cautions = log_cautions(
        replay(texts[-1], course_log, datetime.fromisoformat("2026-01-01"), texts_by_hash)
    )
    cautions = [
        caution.text.partition(";")[0]
        for caution in all_cautions
        if caution.code == "regimen-changed"
    ]
    assert cautions == [
        "the regimen file is another one from cycle 2 on: version 1 then, 2 now",
        "the regimen file is another one from cycle 3 on: version 2 then, 3 now",
    ]


LATE = given("cycle 2", "examplumab", [1], at="2025-12-23 08:00")


@pytest.mark.parametrize(
    ("entries", "rows"),
    [
        ([entry(to("1 mg"), "2025-12-22 23:59")], None),
        ([entry(to("1 mg"), "2025-12-23")], "row 2"),
        ([entry(to("1 mg"), "2026-01-13")], "rows 2, 3"),
        ([entry(to("1 mg"), "2025-12-23"), LATE], None),
        ([entry(to("1 mg"), "2025-12-24"), LATE], "row 2"),
        ([held("cycle 2", "examplumab", [1]), entry(to("1 mg"), "2025-12-24")], None),
        ([entry(to("1 mg"), "2025-12-23", overridden=True)], None),
        ([entry(Levelled("high", turn("cycle 2")), "2025-12-22")], None),
        ([entry(Levelled("high", turn("cycle 2")), "2025-12-23")], "rows 2, 3"),
    ],
)
def test_an_amount_set_for_days_that_had_passed_is_cautioned_with_them(
    entries: list[Any], rows: str | None
) -> None:
    """Danger: the dose of a passed day is entered at an amount that nobody had prescribed then.

    Cycle 2 is of 2025-12-22, and cycle 3 of 2026-01-12.
    """
    cautions = review(course(armed(), *entries, arm="low"))
    texts = [caution.text for caution in cautions if caution.code == "days-before"]
    assert [text.partition(" also applies to ")[2].partition(", on days")[0] for text in texts] == (
        [rows] if rows else []
    )


@pytest.mark.parametrize(
    ("entered", "rows"), [("2025-12-24", None), ("2025-12-25", "row 2"), ("2026-03-01", "row 2")]
)
def test_a_day_has_passed_once_its_latest_date_has_and_nobody_need_decide_it(
    entered: str, rows: str | None
) -> None:
    """Cycle 2 may begin from 2025-12-22 to 24; cycle 3 is given only if somebody says so."""
    regimen = written(
        """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 21 to 23 days}
            doses: [{drug: examplumab, amount: 2 mg, route: SC, day: 1}]
          - block: more
            only_if: stable
            doses: [{drug: examplumab, amount: 2 mg, route: SC, day: 1}]
        """
    )
    cautions = review(course(regimen, entry(to("1 mg"), entered)))
    texts = [caution.text for caution in cautions if caution.code == "days-before"]
    assert [text.partition(" also applies to ")[2].partition(", on days")[0] for text in texts] == (
        [rows] if rows else []
    )


@pytest.mark.parametrize(
    ("arm", "levels", "expected"),
    [
        ("low", [("high", "cycle 2"), ("low", "cycle 2")], []),
        ("low", [("high", "cycle 2"), ("low", "cycle 1")], []),
        ("low", [("high", "cycle 2"), ("low", "cycle 3")], ["arm high from cycle 2 on: "]),
        ("high", [("low", "cycle 1")], []),
        ("high", [("low", "cycle 2")], [""]),
        ("high", [], [""]),
    ],
)
def test_the_caution_of_an_arm_goes_with_its_last_row(
    arm: str, levels: list[tuple[str, str]], expected: list[str]
) -> None:
    """Danger: a caution about a dose that nobody is to get, beside which no other is read."""
    effects = [Levelled(to, turn(start)) for to, start in levels]
    cautions = review(course(armed(), *effects, arm=arm))
    texts = [caution.text for caution in cautions if caution.code == "arm"]
    assert texts == [f"{since}Above the maximum tolerated dose." for since in expected]


def text_after(*before: Any, body: str = ARMED, start: str = "cycle 3") -> Course:
    """What is given by arm low, after these entries, and by another text from a turn on."""
    old, new = text(ARMED), text(body.replace("high: 2 mg", "high: 4 mg"), 2)
    texts_by_hash = {regimen.origin.sha256: regimen for regimen in (old, new)}
    course_log = log(old, *before, amended(new, start), arm="low")
    return replay(new, course_log, datetime.fromisoformat("2025-12-01"), texts_by_hash)


UP = Levelled("high", turn("cycle 2"))


def test_another_text_is_followed_by_the_arm_that_is_in_force() -> None:
    """Arm low gives 1 mg; high 2 mg by the first text, and 4 mg by the one from cycle 3 on.

    Danger: an amendment takes everybody back, in silence, to the arm that the log started with: to
    a dose that was left for its toxicity.
    """
    result = text_after(UP)
    assert [value for _, value in rows(result)] == ["1", "2", "4"]
    assert result.rows[0].arm == "low"
    assert {row.arm for row in result.rows[1:]} == {"high"}
    assert [value for _, value in rows(text_after())] == ["1", "1", "1"]
    at_once = text_after(UP, start="cycle 2")
    assert [value for _, value in rows(at_once)] == ["1", "4", "4"]
    for outcome in (result, at_once):
        cautions = [caution.text for caution in review(outcome) if caution.code == "arm"]
        assert cautions == ["arm high from cycle 2 on: Above the maximum tolerated dose."]


@pytest.mark.parametrize(("start", "amounts"), [("cycle 2", "1155"), (None, "5555")])
def test_a_text_with_arms_after_one_without_is_by_its_default_arm(
    start: str | None, amounts: str
) -> None:
    """1 mg twice in a cycle, then 5 mg by the default arm of the new text; it was a traceback."""
    arms = "arms: {low: a, high: b}\ndefault_arm: low\n"
    why = "assumptions: [{about: default_arm, text: Low., because: Unsaid.}]\n"
    old = text(cycles(times=2))
    new = text(f"{arms}{why}{cycles('{low: 5 mg, high: 9 mg}', times=2)}", 2)
    texts_by_hash = {regimen.origin.sha256: regimen for regimen in (old, new)}
    course_log = log(old, amended(new, start))
    result = replay(new, course_log, datetime.fromisoformat("2025-12-01"), texts_by_hash)
    assert "".join(value for _, value in rows(result)) == amounts
    assert result.rows[-1].arm == "low"


def test_an_arm_that_another_text_lacks_is_asked_for() -> None:
    renamed = ARMED.replace("high", "top").replace("top: 2 mg", "high: 2 mg")
    with pytest.raises(FaultyFile, match="no arm of example is called 'high'"):
        text_after(UP, body=renamed.replace("high: 2 mg", "top: 4 mg"))


def test_a_level_of_a_later_turn_holds_in_another_text_too() -> None:
    """Arm high from cycle 3 on, and another text from cycle 2 on: 1 mg, 1 mg, then its 4 mg.

    Danger: the new text drops the level, or it comes a cycle too soon. One that an earlier arm has
    taken the place of stays so, and one of a turn that the text has no more is of nothing.
    """
    up, back = Levelled("high", turn("cycle 3")), Levelled("low", turn("cycle 2"))
    assert [value for _, value in rows(text_after(up, start="cycle 2"))] == ["1", "1", "4"]
    assert [value for _, value in rows(text_after(up, back, start="cycle 2"))] == ["1", "1", "1"]
    two = ARMED.replace("times: 3", "times: 2")
    assert [value for _, value in rows(text_after(up, body=two, start="cycle 2"))] == ["1", "1"]


def test_a_block_that_only_another_text_has_is_by_the_last_arm() -> None:
    """Examplumab of the extension: 3 mg by arm low, 6 mg by arm high."""
    more = "  - {block: extension, doses: [{drug: examplumab, amount: {low: 3 mg, high: 6 mg}, "
    body = ARMED.replace("assumptions:", f"{more}route: SC, day: 1}}]}}\nassumptions:")
    result = text_after(UP, body=body, start="extension 1")
    assert [value for _, value in rows(result)] == ["1", "2", "2", "6"]


def test_a_dose_that_all_arms_share_has_no_caution_of_an_arm() -> None:
    """Danger: the lead-in that every arm has is shown as of a level at which nobody is treated."""
    lead_in = "doses: [{drug: bothumab, amount: 5 mg, route: SC, day: -1}]\n"
    both = text(ARMED.replace("blocks:\n", lead_in + "blocks:\n"))
    cautions = review(course(both, Levelled("low", turn("cycle 1")), arm="high"))
    assert "arm" not in [caution.code for caution in cautions]


def test_an_override_is_cautioned_while_it_is_in_force() -> None:
    """Danger: two amounts shown for one cycle, of which the first is given to nobody."""
    half, full = (entry(to(share, "cycle 1"), overridden=True) for share in ("50", "100"))
    first_dose = given("cycle 1", "examplumab", [1])
    cautions = review(course(OLD, first_dose, half, full))
    assert [caution.text for caution in cautions if caution.code == "override"] == [
        "examplumab is reduced to 100 % (entry 3) inside cycle 1, which had begun"
    ]


@pytest.mark.parametrize(
    ("regimen", "effect", "message"),
    [
        (armed(), Levelled("middle", turn("cycle 2")), "no arm of example is called 'middle'"),
        (OLD, Levelled("low", turn("cycle 2")), "example has no arms."),
        (armed(), Levelled("high", turn("cycle 9")), "no block turn of the new text"),
    ],
)
def test_a_level_is_an_arm_from_a_turn(regimen: Any, effect: Levelled, message: str) -> None:
    """Of the regimen as it is now."""
    arm = "low" if regimen.arms else None
    with pytest.raises(UnknownName, match=message):
        admit(regimen, log(regimen, arm=arm, patient=HEAVY), entry(effect))


def test_a_log_with_an_unknown_level_is_a_fault() -> None:
    """Without an arm nobody can say what the rest of the course would be."""
    steps = (Levelled("middle", turn("cycle 2")), Levelled("high", turn("cycle 3")))
    with pytest.raises(FaultyFile) as caught:
        course(armed(), *steps, arm="low")
    (fault,) = caught.value.faults
    assert "no arm of example is called 'middle'" in fault.problem


def test_data_says_of_each_row_which_arm_it_follows() -> None:
    """Cycle 2 is by arm high, cycles 1 and 3 by that of the start; an extra dose is by its cycle's.

    Danger: the doses of one arm under the name of another, where a program reads them.
    """
    added = Extra("examplumab", quantity("1 mg"), datetime.fromisoformat("2025-12-23 09:00"), "SC")
    arm_changes = (Levelled("high", turn("cycle 2")), Levelled("low", turn("cycle 3")), added)
    result = course(armed(), *arm_changes, arm="low", as_of="2025-12-24")
    arms = [row["arm"] for row in csv.DictReader(tabular.csv_lines(result))]
    blocks = [row.key.turns[0][1] for row in result.rows]
    assert arms == [{1: "low", 2: "high", 3: "low"}[number] for number in blocks]
    as_json = json.document(result.schedule, ())
    assert as_json["arm"] == "low", "the head says with which one the course was begun"
    data = loads("\n".join(json.lines(result, ())))
    assert [row["arm"] for row in data["administrations"]] == arms
    entries = fhir.bundle(result, (), {})["entry"]
    notes = [[note["text"] for note in entry["resource"].get("note", ())] for entry in entries]
    assert sum("arm high" in texts for texts in notes) == arms.count("high")


def in_turn(*more: Any) -> Course:
    """Cycle 1 by arm low of version 1, cycle 2 by its arm high, cycle 3 by arm low of version 2."""
    old, new = (text(ARMED.partition("assumptions:")[0], number) for number in (1, 2))
    back = Levelled("low", turn("cycle 3"))
    steps = (Levelled("high", turn("cycle 2")), amended(new, "cycle 3"), back, *more)
    texts_by_hash = {regimen.origin.sha256: regimen for regimen in (old, new)}
    return replay(
        new, log(old, *steps, arm="low"), datetime.fromisoformat("2026-01-31"), texts_by_hash
    )


def test_an_event_names_the_arm_and_the_version_of_its_dose() -> None:
    """A dose at 07:00 of the day of cycle 3 is the last of cycle 2: its day is of both.

    Danger: a dose of 2 mg is in the calendar under the arm whose dose is 1 mg.
    """
    early = Extra("examplumab", quantity("1 mg"), datetime.fromisoformat("2026-01-12 07:00"), "SC")
    result = in_turn(early)
    content = ics.document(result.schedule, (), as_of=AS_OF, per_day=True, rows=result.rows)
    named = [
        [line for line in str(event["description"]).split("\n") if line[:4] in ("Regi", "Arm:")]
        for event in events(content)
    ]
    first, second = (f"Regimen: example, version {number}: An example" for number in (1, 2))
    low, high = "Arm: low: A low level.", "Arm: high: A high level."
    assert [[line for line in lines if "day" not in line] for lines in named] == [
        [first, low],
        [first, high],
        [f"{first} (row 4)", f"{high} (row 4)", f"{second} (row 5)", f"{low} (row 5)"],
    ]


def test_an_intensity_names_the_arms_and_the_versions_of_its_doses() -> None:
    """A cycle names those of its own doses, the total names each once.

    Danger: the intensity of one arm under the name of another, in a table of arms.
    """
    result = in_turn(*(given(f"cycle {number}", "examplumab", [1]) for number in (1, 2, 3)))
    table = csv.DictReader(tabular.intensity_lines(result, intensities(result)))
    arms = [(row["block"], row["version"], row["arm"]) for row in table]
    assert arms[:4] == [
        ("cycle 1", "1", "low"),
        ("cycle 2", "1", "high"),
        ("cycle 3", "2", "low"),
        ("", "1; 2", "low; high"),
    ]


def test_a_sheet_of_intensity_names_the_arm_of_its_plan() -> None:
    """Danger: after 2 mg for 1, or 6 million units for 9, an RDI of 100 % under the first arm."""
    result = in_turn(*(given(f"cycle {number}", "examplumab", [1]) for number in (1, 2, 3)))
    lines = [line.text for line in table.intensity_lines(result, intensities(result), ())]
    doses = [line for line in lines if " doses: " in line][:4]
    named = [line.partition("), planned by ")[2] for line in doses]
    assert named == ["", "arm high", "", "arms low and high"]


def test_a_level_is_no_other_text_of_the_regimen() -> None:
    """The head of a sheet says which text a row is of; the arm is shown elsewhere."""
    result = course(armed(), Levelled("high", turn("cycle 2")), arm="low")
    assert len(result.state.versions) == 2
    assert list(former_versions(result)) == []


def test_an_amount_may_be_set_where_the_source_states_none() -> None:
    """It is neither lower nor higher than an unknown amount; the rows before it stay without."""
    regimen = text(cycles("not stated"))
    result = course(regimen, Reduced("examplumab", quantity("5 mg"), turn("cycle 2")))
    amounts = [row.administration.dosed.value for row in result.rows]
    assert amounts == [None] * 2 + [Decimal(5)] * 6
    cautions = [caution.text for caution in review(result)]
    assert not any("is raised" in caution for caution in cautions)


# On the command line


def test_a_dose_is_named_with_its_drug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a table marks what the log sets."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imatinib.yaml").write_bytes(Path(IMATINIB.origin.file).read_bytes())
    start = ("--regimen", "imatinib", "--arm", "level-2", "--cycles", "2", "--start", "2025-01-06")
    assert run("log", "start", "I.yaml", *start).code == 0
    on = ("--from", "cycle 2", "--as-of", "2025-01-07")
    result = run("log", "reduce", "I.yaml", "aldesleukin:aldesleukin", "--to", "3 million IU", *on)
    assert result.code == 0, result.err
    assert "aldesleukin at 3 million units from cycle 2, its dose aldesleukin alone" in result.out
    text = (tmp_path / "I.yaml").read_text(encoding="utf-8")
    assert "reduce: {drug: aldesleukin, to: 3 million IU, from: cycle 2, dose: aldesleukin}" in text
    output = run("replan", "I.yaml", "--as-of", "2025-01-07", "--format", "csv").out
    last = [row for row in csv.DictReader(output.splitlines()) if row["drug"] == "aldesleukin"][-1]
    assert (last["amount"], last["set"]) == (
        "3000000",
        "aldesleukin: 6 million units -> 3 million units",
    )
    table_text = run("replan", "I.yaml", "--as-of", "2025-01-07").out
    assert "L   an amount that the log sets, not that of the file" in table_text
    result = run("log", "level", "I.yaml", "level-1", *on)
    assert "arm level-1 from cycle 2 (from row " in result.out
    assert_refused(run("log", "reduce", "I.yaml", "aldesleukin", "--to", "much", *on), 2, "--to: ")
    assert run("log", "reduce", "I.yaml", "aldesleukin", "--to", "75%", *on).code == 0


def test_a_bare_number_is_no_share_of_a_dose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: 6 typed for 6 million units was entered as 6 %, a sixteenth of what was meant."""
    monkeypatch.chdir(tmp_path)
    options = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    run("log", "start", "N.yaml", *options)
    message = "'6' may be a percentage or amount; write '6 %', or its unit"
    line = ("aldesleukin", "--to", "6", "--from", "course 1, cycle 2")
    assert_refused(run("log", "reduce", "N.yaml", *line, "--as-of", "2025-12-02"), 2, message)
    what_if = "reduce aldesleukin --to 6 --from 'course 1, cycle 2'"
    output = run("replan", "N.yaml", "--what-if", what_if, "--as-of", "2025-12-02")
    assert (output.code, message in output.err) == (2, True)


MILLIONS = text(cycles("9 million IU"))
FIGURES = "Amounts are shown to 4 significant figures."


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([], False),
        ([to("50")], False),
        ([to("66.67")], True),
        ([given("cycle 1", "examplumab", [1], amount="8_999_900 IU")], True),
        ([given("cycle 1", "examplumab", [1], amount="9 million IU")], False),
    ],
)
def test_amounts_of_more_figures_than_are_shown_are_noted(
    effects: list[Any], expected: bool
) -> None:
    """Danger: 6 million units are in a table, and 6,000,300 in the CSV beside it.

    66.67 % of 9,000,000 is 6,000,300; 8,999,900 is shown as 9 million.
    """
    result = course(MILLIONS, *effects)
    assert (FIGURES in notes.rules_in_short(result, headed=True)) is expected


@pytest.mark.parametrize(
    ("share", "note"),
    [("66.67", "6 million units, to 4 significant figures"), ("50", "4.5 million units")],
)
def test_the_line_of_an_entry_says_that_an_amount_has_more_figures(share: str, note: str) -> None:
    """Danger: 6 million units are entered, and the log records 6,000,300."""
    new_entry = entry(to(share))._replace(number=1)
    line = entry_line(new_entry, course(MILLIONS), course(MILLIONS, new_entry))
    assert line.endswith(f": {note})")


def test_an_amount_that_needs_another_measure_names_the_verb_that_brings_it() -> None:
    """Danger: an option is advised that the verb does not have, and a share is guessed instead."""
    message = "per m2: give the measure first, such as il2calc log weigh S-07.yaml --height 170 "
    with pytest.raises(MissingInput, match=f"{message}--on DATE --use-from 'cycle 2'"):
        admit(OLD, log(OLD, patient=HEAVY), entry(to("1 mg/m2")))


def test_a_measure_for_a_begun_block_is_entered_as_advised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: typed as advised, it is refused, for a dose of the block was given.

    50 mg/m2 x sqrt(70 x 170 / 3600) m2 = 90.906 mg.
    """
    monkeypatch.chdir(tmp_path)
    head = "regimen: r\ntitle: T\nfor: tests\nversion: 1\nread_on: 2026-11-22\nsource: own\n"
    sources = "sources: {own: {cite: Made for a test., read: full text}}\n"
    (tmp_path / "r.yaml").write_text(head + sources + cycles("100 mg"), encoding="utf-8")
    begin = ("--regimen", "./r.yaml", "--weight", "70", "--start", "2025-12-01")
    assert run("log", "start", "S.yaml", *begin).code == 0
    assert run("log", "given", "S.yaml", "1", "--as-of", "2025-12-01").code == 0
    less = ("log", "reduce", "S.yaml", "examplumab", "--to", "50 mg/m2", "--from", "cycle 1")
    _, advice = run(*less).err.strip().split("il2calc ")
    assert run(*split(advice.replace("DATE", "2025-12-01"))).code == 0
    result = run(*less, "--override", "--as-of", "2025-12-01")
    assert "from cycle 1 (from row 2, 2025-12-08 08:00: 90.91 mg" in result.out


def test_an_arm_that_needs_another_measure_is_taken_once_it_is_there() -> None:
    """10 mg/kg x 70 kg = 700 mg; from cycle 2 on 5 AUC x (80 + 25) = 525 mg, then 700 mg again."""
    arms = text(
        "arms: {low: By weight., high: By AUC.}\n"
        "blocks:\n"
        "  - block: cycle\n"
        "    repeat: {times: 3, every: 21 days}\n"
        "    doses:\n"
        "      - {drug: examplumab, amount: {low: 10 mg/kg, high: 5 AUC}, route: IV, day: 1}\n"
    )
    high, low = Levelled("high", turn("cycle 2")), Levelled("low", turn("cycle 3"))
    with pytest.raises(MissingInput, match="--gfr 90 --on DATE --use-from 'cycle 2'"):
        admit(arms, log(arms, patient=HEAVY, arm="low"), entry(high))
    filtered = Weighed(None, date(2025, 12, 1), turn("cycle 2"), gfr=Decimal(80))
    result = course(arms, filtered, high, low, patient=HEAVY, arm="low")
    assert [amount for _, amount in rows(result)] == ["700", "525", "700"]


def test_an_extra_dose_does_not_begin_the_turn_from_which_another_level_applies() -> None:
    """Level 1 from cycle 3 on, then from cycle 2 on, in which only an extra dose was given.

    Two doses of 2 mg, one of 1 mg that was added, and six of the file's 2 mg.
    """
    added = Extra("examplumab", Quantity(Decimal(1), "mg"), datetime(2025, 12, 24, 12), "SC")  # noqa: DTZ001
    steps = [Levelled("high", turn(f"cycle {number}")) for number in (3, 2)]
    regimen = text("arms: {low: less, high: more}\n" + cycles("{low: 2 mg, high: 4 mg}"))
    result = course(regimen, added, *steps, arm="low", as_of="2026-01-01")
    assert [amount for _, amount in rows(result)] == ["2", "2", "4", "1", "4", "4", "4", "4", "4"]


def three_turns(name: str, arm: str) -> dict[str, int]:
    """Three turns of each block of which the file does not say how many there are."""
    return {block.path: 3 for block in openings(load_regimen(name).body, arm)}


def pairs_of_arms() -> list[tuple[str, str, str]]:
    """Two arms of every regimen that ships and has some."""
    names = sorted(path.stem for path in (Path(__file__).parents[1] / "regimens").glob("*.yaml"))
    return [(name, *pair) for name in names for pair in permutations(load_regimen(name).arms, 2)]


@pytest.mark.parametrize(("name", "arm", "other"), pairs_of_arms())
def test_every_shipped_arm_takes_another_arm_a_weight_and_an_extra_dose(
    name: str, arm: str, other: str
) -> None:
    """Or says why not: whoever is at the bed gets an answer and no crash."""
    head: dict[str, Any] = {"arm": arm, "patient": WHOLE, "times": three_turns(name, arm)}
    regimen = load_regimen(name)
    plan = course(name, **head)
    added = Quantity(Decimal(1), plan.rows[0].administration.dosed.unit)
    extra = Extra(plan.rows[0].key.drug, added, datetime(2025, 12, 1, 12), "SC")  # noqa: DTZ001
    more = course(name, extra, **head)
    assert len(more.rows) == len(plan.rows) + 1
    assert "unplanned" in [caution.code for caution in review(more)]
    if not (last := plan.rows[-1].key.turns):
        return
    weight, to = Weighed(Decimal(66), date(2025, 12, 1), last), Levelled(other, last)
    assert len(course(name, weight, **head).rows) == len(plan.rows)
    with suppress(Refused, UnknownName, MissingInput):
        admit(regimen, log(regimen, weight, **head), entry(to)._replace(number=2))
        levelled = course(name, weight, to, **head)
        review(levelled)
        assert levelled.state.versions[-1].regimen.body is not regimen.body


def test_an_arm_of_other_blocks_alone_is_another_course() -> None:
    """Six weeks at home are no turn of two cycles on the ward: nothing says when they begin."""
    regimen, to = load_regimen("rcc-three-doses"), entry(Levelled("subcutaneous", turn("cycle 2")))
    with pytest.raises(UnknownName) as refused:
        admit(regimen, log(regimen, arm="low", patient=HEAVY), to)
    message = (
        "Known: six weeks 1. The course has none of these: name the one to continue with, or end"
    )
    assert message in str(refused.value)


def test_an_arm_or_a_text_that_gives_nothing_more_is_cautioned() -> None:
    """Danger: a slip in the name of an arm ended a course without a word."""
    other = ", {drug: otherumab, amount: 1 mg, route: SC, day: 1, turn: 1, arm: high}]"
    body = cycles().replace("SC,", "SC, arm: low,").replace("]}]", "]}" + other)
    parsed = text("arms: {low: Low, high: High}\n" + body)
    before = course(parsed, arm="low")
    after = course(parsed, Levelled("high", turn("cycle 2")), arm="low")
    message = "entry 1: arm high from cycle 2 (no dose follows)"
    assert entry_line(after.log.entries[-1], before, after) == message
    cut = text(cycles().replace("SC,", "SC, turn: 1,"), 2)
    course_log = log(OLD, amended(cut, "cycle 2"))
    after = replay(
        cut, course_log, AS_OF, {regimen.origin.sha256: regimen for regimen in (OLD, cut)}
    )
    assert entry_line(course_log.entries[-1], course(OLD), after).endswith(
        "from cycle 2 (no dose follows)"
    )


def test_a_level_that_a_later_one_from_an_earlier_turn_replaces_is_named() -> None:
    """Danger: a step down from cycle 3 entered ahead, then a level from cycle 2: no step down.

    No caution where the same turn is entered again, nor for a level from a later turn.
    """
    parsed = text("arms: {low: Low, mid: Mid, high: High}\n" + cycles())
    low, mid = Levelled("low", turn("cycle 3")), Levelled("mid", turn("cycle 2"))
    result = course(parsed, low, mid, arm="high")
    assert [row.arm for row in result.rows] == ["high"] * 2 + ["mid"] * (len(result.rows) - 2)
    texts = {caution.code: caution.text for caution in log_cautions(result)}
    assert texts["level-unused"] == (
        "arm low from cycle 3 on (entry 1) is not followed: arm mid from cycle 2 on, entered "
        "later, counts instead (entry 2)"
    )
    for steps in ([mid, low], [low, low], [low, mid, low]):
        after = log_cautions(course(parsed, *steps, arm="high"))
        assert "level-unused" not in {caution.code for caution in after}


def test_the_plan_of_a_level_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a long log of many levels is slow: each is planned to be checked, and again to apply.

    The plan of the start and those of two levels are three.
    """
    monkeypatch.setattr(timing, "expand", expand := Mock(wraps=timing.expand))
    steps = [Levelled(arm, turn(start)) for arm, start in (("high", "cycle 2"), ("low", "cycle 3"))]
    state_of(armed(), log(armed(), *steps, arm="low"))
    assert expand.call_count == 3


LONG_OR_SHORT = """
arms: {slow: less, fast: more}
blocks:
  - block: long
    arm: slow
    repeat: {times: 3, every: 21 days}
    doses: [{drug: examplumab, amount: 5 mg, route: SC, day: 1}]
  - block: short
    arm: fast
    repeat: {times: 3, every: 7 days}
    doses: [{drug: examplumab, amount: 2 mg, route: SC, day: 1}]
"""


def test_an_arm_may_begin_with_a_block_that_the_one_before_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: no name is right: "long 1" is not in the new arm, "short 1" not in the old one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.yaml").write_text(a_file(LONG_OR_SHORT), encoding="utf-8")
    start = ("--regimen", "e.yaml", "--arm", "slow", "--start", "2025-12-01")
    assert run("log", "start", "S.yaml", *start).code == 0
    level = ("log", "level", "S.yaml", "fast", "--as-of", "2025-12-01", "--from")
    assert_refused(run(*level, "sort"), 1, "called 'sort'. Known: long 1, long 2")
    assert_refused(run(*level, "long 1"), 1, "Known: short 1, short 2", "name the one to continue")
    result = run(*level, "short 1")
    assert "arm fast from short 1 (from row 1, 2025-12-01 08:00: 2 mg)" in result.out
    output = run("replan", "S.yaml", "--as-of", "2025-12-01", "--format", "csv").out
    assert [row["block"] for row in csv.DictReader(output.splitlines())] == [
        "short 1",
        "short 2",
        "short 3",
    ]


def test_a_block_that_begins_before_another_has_ended_is_cautioned() -> None:
    """Danger: 2 mg beside the 5 mg of day 1, which a second arm begins on its own day 1 with.

    A long turn has 21 days. After the delay the first short one begins on 22 December.
    """
    regimen, steps = (
        text(LONG_OR_SHORT),
        (given("long 1", "examplumab", [1]), Levelled("fast", turn("short 1"))),
    )
    (text_,) = overlapping(course(regimen, *steps, arm="slow"))
    assert text_ == (
        "short 1 begins before long 1, which has begun, is over; to make it follow, delay it "
        "(il2calc log delay S-07.yaml 'short 1' --by '21 days')"
    )
    late = course(regimen, *steps, Delayed(turn("short 1"), 21), arm="slow")
    assert overlapping(late) == []
    assert [day for day, _ in rows(late)] == ["12-01", "12-22", "12-29", "01-05"]
    assert overlapping(course(regimen, *steps[1:], arm="slow")) == []


def overlapping(result: Course) -> list[str]:
    """The cautions about turns that another arm begins too early."""
    return [caution.text for caution in log_cautions(result) if caution.code == "turns-overlap"]


def test_an_assumption_of_the_arm_that_a_level_brings_is_printed() -> None:
    """Danger: rows refer to A2, which nobody can look up; a calendar ended in a traceback."""
    regimen = text(
        "arms: {low: less, high: more}\n" + cycles("{low: 2 mg, high: 4 mg}") + "assumptions:\n"
        "  - {about: 'cycle.examplumab.amount[low]', text: Two are meant., because: Unsaid.}\n"
        "  - {about: 'cycle.examplumab.amount[high]', text: Four are meant., because: Unsaid.}\n"
    )
    result = course(regimen, Levelled("high", turn("cycle 2")), arm="low")
    assumed = {number for row in result.schedule.administrations for number in row.assumed}
    printed = {assumption.number: assumption.text for assumption in result.schedule.assumptions}
    assert {number: printed[number] for number in assumed} == {
        1: "Two are meant.",
        2: "Four are meant.",
    }
    plain = course(regimen, arm="low").schedule
    assert [assumption.text for assumption in plain.assumptions] == ["Two are meant."]
