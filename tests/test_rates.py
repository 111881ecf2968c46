"""Amounts per day of an infusion of several days, and per hour: multiplied out, and shown so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calendars import events, exported
from commandline import run
from courselogs import course, given, turn
from filetext import a_cycle, a_dose, assert_fault, loaded
from il2calc.course import Course
from il2calc.errors import NotAQuantity
from il2calc.format import table
from il2calc.model.effects import Weighed
from il2calc.model.patient import Patient
from il2calc.pharmacy import preparation
from il2calc.picture import outline
from il2calc.plan.dosing import Dosed, Rate, dose
from il2calc.plan.schedule import make
from il2calc.report import words
from il2calc.report.preparation_sheet import paragraphs
from il2calc.report.sheet import sheet
from il2calc.review.departures import setting_factor
from il2calc.text import values
from il2calc.units import quantity

D = Decimal
BODY = Patient(weight=D(70), surface_area=D("1.8"))
HYBRID = ("amount: 18 MIU/m2/day", "route: IV infusion", "over: 72 hours")


def dosed(*lines: str) -> Dosed:
    """The dose of the good file for a body of 70 kg and 1.8 m2."""
    schedule = make(loaded(a_dose(*lines)), BODY).administrations[0].dosed
    assert isinstance(schedule, Dosed)
    return schedule


@pytest.mark.parametrize(
    ("lines", "bag", "text"),
    [
        (HYBRID, 97_200_000, "32,400,000 units a day x 3 days = 97,200,000 units"),
        (("amount: 9 mg/day", "over: 36 hours"), D("13.5"), "9 mg a day x 1.5 days = 13.5 mg"),
        (("amount: 24 mg/day", "over: 46 hours"), 46, "24 mg a day x 2760/1440 days = 46 mg"),
        (("amount: 2 mg/hour", "over: 1 hour"), 2, "2 mg an hour x 1 hour = 2 mg"),
        (("amount: 6 mg/hour", "over: 50 minutes"), 5, "6 mg an hour x 50/60 hours = 5 mg"),
        (("amount: 0.1 mg/kg/hour", "over: 2 hours"), 14, "7 mg an hour x 2 hours = 14 mg"),
        (
            ("amount: 1 mg/m2/hour", "over: 2 days"),
            D("86.4"),
            "1.8 mg an hour x 48 hours",
        ),
    ],
)
def test_a_rate_is_multiplied_by_its_time(lines: tuple[str, ...], bag: Decimal, text: str) -> None:
    """18 x 1.8 = 32.4 million a day x 3 days: nobody multiplies it by hand."""
    result = dosed(*lines)
    assert result.value == bag
    assert any(step.text.startswith(text) for step in result.working)
    assert [step.step for step in result.working] == ["basis", "rate", "cap", "round"]


def test_an_amount_per_day_within_a_day_is_that_of_the_day() -> None:
    """With `over` of 24 hours or less nothing is multiplied: 45 mg a day, once."""
    result = dosed("amount: 45 mg/day", "over: 24 hours")
    assert result.value == 45
    assert result.rate is None


def test_a_cap_per_day_comes_before_and_a_cap_per_dose_behind() -> None:
    """Of 9 mg a day 8 count: 8 x 3 = 24 mg; of 27 mg in all 20."""
    assert dosed("amount: 9 mg/day", "over: 3 days", "cap: 8 mg/day").value == 24
    assert dosed("amount: 9 mg/day", "over: 3 days", "cap: 20 mg").value == 20


def test_rounding_may_not_pass_a_cap_per_day() -> None:
    """22 mg rounded to 25 mg would be 8.3 mg a day, above 8 mg; 24 mg is left as it is."""
    result = dosed("amount: 9 mg/day", "over: 3 days", "cap: 8 mg/day", "round: 25 mg")
    assert result.value == 24
    assert result.not_rounded_because == "rounding to 25 mg would exceed the cap of 8 mg/day"


def test_a_share_is_taken_before_it_is_multiplied() -> None:
    """50 % of 9 mg a day = 4.5 mg a day x 3 days = 13.5 mg; of a capped one the true share."""
    result = dose(quantity("9 mg/day"), Patient(), percent=D(50), lasting=4320)
    assert result.value == D("13.5")
    assert result.rate == Rate(D("4.5"), "mg", "day", "3 days", D("13.5"))
    capped = dose(
        quantity("9 mg/day"), Patient(), percent=D(50), lasting=4320, cap=quantity("20 mg")
    )
    assert (capped.value, capped.full_dose) == (D("13.5"), D(20))


def test_every_output_for_people_shows_the_day_the_days_and_the_bag(tmp_path: Path) -> None:
    """32.4 million units a day x 3 days = 97.2 million units: a fivefold error is seen."""
    file = tmp_path / "hybrid.yaml"
    file.write_text(a_dose(*HYBRID), encoding="utf-8")
    expected = "32.4 million units a day x 3 days = 97.2 million units"
    body = ("--bsa", "1.8")
    for options in ((), ("--brief",), ("--format", "markdown"), ("--format", "html")):
        output = run("schedule", str(file), *body, *options).out
        assert expected in output.replace("\N{NO-BREAK SPACE}", " ")
    assert expected in run("prepare", str(file), *body).out
    calendar = tmp_path / "hybrid.ics"
    calendar_options = ("--start", "2026-12-01", "--no-subject", "-o", str(calendar))
    assert run("schedule", str(file), *body, *calendar_options).code == 0
    assert expected in calendar.read_text(encoding="utf-8").replace("\n ", "")
    working = run("schedule", str(file), *body, "--format", "json").out
    assert "32,400,000 units a day x 3 days = 97,200,000 units" in working
    result = run("show", str(file)).out
    assert "18 million units/m2/day, intravenous infusion over 72 hours" in result


def test_an_hour_is_called_an_hour() -> None:
    """1.8 mg an hour x 2 hours = 3.6 mg."""
    (row,) = make(loaded(a_dose("amount: 1 mg/m2/hour", "over: 2 hours")), BODY).administrations
    expected = "intravenous over 2 hours (1.8 mg an hour x 2 hours = 3.6 mg)"
    assert words.route_text(row.dose, row.dosed) == expected


CAPPED = (*HYBRID[:2], "over: 120 hours", "cap: 100 MIU")
TOLD = (
    "(32.4 million units a day x 5 days = 162 million units, capped at 100 million units: "
    "20 million units a day)"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (CAPPED, TOLD),
        (
            (*CAPPED[:3], "round: 50 MIU"),
            (
                "(32.4 million units a day x 5 days = 162 million units, rounded to 150 million "
                "units: 30 million units a day)"
            ),
        ),
        (
            (*CAPPED, "round: 40 MIU"),
            TOLD,
        ),
        (
            (*CAPPED[:3], "cap: 110 MIU", "round: 25 MIU"),
            (
                "(32.4 million units a day x 5 days = 162 million units, capped at 110 million "
                "units, rounded to 100 million units: 20 million units a day)"
            ),
        ),
        (
            ("amount: 1 mg/m2/hour", "over: 5 hours", "cap: 8 mg"),
            "(1.8 mg an hour x 5 hours = 9 mg, capped at 8 mg: 1.6 mg an hour)",
        ),
        (
            ("amount: 9 mg/day", "over: 3 days", "cap: 8 mg/day"),
            "(8 mg a day x 3 days = 24 mg)",
        ),
    ],
)
def test_a_cap_and_rounding_are_shown_behind_what_was_calculated(
    lines: tuple[str, ...], expected: str
) -> None:
    """Of 162 million units 100 are in the bag: 100 / 5 = 20 million a day, and not 32.4.

    To 50 million 162 is 150, which is 30 a day. 100 to 40 would be 120, above the cap: it stays.
    110 is 4.4 times 25, so it becomes 4 times 25 = 100, and 100 / 5 = 20.
    """
    (row,) = make(loaded(a_dose(*lines)), BODY).administrations
    assert words.route_text(row.dose, row.dosed).endswith(f" {expected}")


def test_every_output_for_people_shows_what_is_left_of_a_capped_bag(tmp_path: Path) -> None:
    """A pump set to 32.4 million units a day would empty the bag on the fourth day of five."""
    file = tmp_path / "capped.yaml"
    file.write_text(a_dose(*CAPPED), encoding="utf-8")
    body = ("--bsa", "1.8")
    dated = ("--start", "2026-12-01", "--no-subject")
    people = ((), ("--brief",), ("--format", "markdown"), ("--format", "html"))
    for options in (*people, ("--format", "fhir", *dated)):
        output = run("schedule", str(file), *body, *options).out.replace("\N{NO-BREAK SPACE}", " ")
        assert TOLD in output, options
    assert TOLD in run("prepare", str(file), *body).out
    calendar = run("schedule", str(file), *body, *dated, "--format", "ics").out
    assert TOLD.replace(",", "\\,") in calendar.replace("\r\n ", "")


def test_the_cap_of_an_infusion_as_needed_is_shown_once(tmp_path: Path) -> None:
    """0.1 mg/kg/hour x 70 kg x 4 hours = 28 mg, of which 20 are in the bag: 5 mg an hour."""
    file = tmp_path / "needed.yaml"
    infused = ("amount: 0.1 mg/kg/hour", "over: 4 hours", "cap: 20 mg", "as_needed: yes")
    file.write_text(a_dose(*infused, "route: IV infusion"), encoding="utf-8")
    for options in ((), ("--format", "markdown"), ("--format", "html")):
        output = run("schedule", str(file), "--weight", "70", *options).out
        assert (
            ": 20 mg (0.1 mg/kg/hour), intravenous infusion over 4 hours (7 mg an hour x 4 hours = "
            "28 mg, capped at 20 mg: 5 mg an hour), as needed"
        ) in output.replace("\N{NO-BREAK SPACE}", " "), options
    picture = run("schedule", str(file), "--weight", "70", "--format", "timeline").out
    assert "20 mg (0.1 mg/kg/hour), capped at 20 mg, as needed" in picture


def two_bodies() -> Course:
    """Two bags of 2 days at 1 mg/kg a day and 100 mg at the most, for 70 and then for 80 kg."""
    regimen = loaded(
        a_cycle(
            *("amount: 1 mg/kg/day", "route: IV infusion", "over: 2 days", "cap: 100 mg"),
            repeat="{times: 2, every: 7 days}",
        )
    )
    return course(regimen, Weighed(D(80), date(2025, 12, 8), turn("cycle 2")))


def test_one_capped_amount_is_shown_as_it_was_calculated_for_each_body() -> None:
    """70 x 2 = 140 mg and 80 x 2 = 160 mg, both capped at 100 mg: 50 mg a day."""
    two = two_bodies()
    first, second = (
        f"intravenous infusion over 2 days ({kg} mg a day x 2 days = {total} mg, "
        "capped at 100 mg: 50 mg a day)"
        for kg, total in ((70, 140), (80, 160))
    )
    entries = [entry for group in sheet(two, ()).groups for entry in group.entries]
    assert [entry.cells["route"] for entry in entries] == [first, second]
    output = "\n".join(line.text for line in table.lines(two, (), brief=True))
    assert first in output
    assert second in output
    prepared = preparation.prepare(two.schedule, {})
    ((heading, _),) = [
        lines
        for lines in paragraphs(two.schedule, prepared, (), share=False)
        if lines[0].startswith("examplumab")
    ]
    assert heading == f"examplumab 100 mg, {first} or {second}, 2 times (cycle.examplumab)"


def test_a_dose_given_in_another_amount_is_not_shown_at_the_planned_rate() -> None:
    """Of 140 mg planned at 70 mg a day 100 were given: nobody wrote down how fast."""
    regimen = loaded(a_dose("amount: 1 mg/kg/day", "route: IV infusion", "over: 2 days"))
    result = course(regimen, given("", "examplumab", [1], amount="100 mg"))
    (event,) = events(exported(result.schedule, ()))
    assert event["summary"] == "S-07: examplumab 100 mg, intravenous infusion over 2 days (given)"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("amount: 1 mg/hour  # here",), "is per hour, but the dose has no 'over'; add it"),
        (
            ("amount: 1 mg/hour  # here", "over: 30 to 90 minutes"),
            "is per hour, and 'over: 30 to 90 minutes' is a range; write one time, or the whole",
        ),
        (("amount: 1 mg/kg/h  # here",), "unknown basis; write '1 mg/kg/hour'"),
        (("amount: 1 mcg/kg/min  # here",), "an infusion may have /hour instead of /day"),
        (("amount: 1 mg/week  # here",), "unknown basis; write /kg, /m2, /day, /kg/day or /m2/day"),
    ],
)
def test_a_rate_without_one_time_is_a_fault(lines: tuple[str, ...], problem: str) -> None:
    """What it comes to would be a guess."""
    assert_fault(a_dose(*lines), "examplumab.amount", problem)


def test_a_whole_amount_is_no_rate() -> None:
    """Caps, steps and amounts given are those of a dose."""
    for text in ("5 mg/hour", "5 mg/kg", "5 mg/day"):
        with pytest.raises(ValueError, match="is not the amount of a whole dose"):
            values.whole_amount(text)
    assert values.whole_amount("5 mg/day", daily=True).per_day
    with pytest.raises(NotAQuantity, match="a target AUC, which has no basis"):
        quantity("5 AUC/hour")


def test_another_time_is_no_factor() -> None:
    """From 24 mg a day to 24 mg an hour: not compared where no dose of the plan is known by it."""
    regimen = loaded(
        a_dose("amount: 24 mg/day", "over: 3 days"), ("examplumab.amount", "24 mg/hour")
    )
    other = make(loaded(a_dose("amount: 24 mg/day", "over: 3 days", "dose: other")))
    assert setting_factor(regimen.settings[0], other, {}) is None


def test_a_picture_without_a_patient_has_the_whole_bag() -> None:
    """18 million units/m2 a day x 3 days = 54 million units/m2; 6 mg/m2 an hour x 2 = 12."""
    for lines, bag in ((HYBRID, 54_000_000), (("amount: 6 mg/m2/hour", "over: 2 hours"), 12)):
        (lane,) = outline.of_regimen(loaded(a_dose(*lines))).lanes
        assert lane.cells[0].value == bag
        assert lane.basis == "m2"


@pytest.mark.parametrize("per", ["day", "hour"])
def test_an_infusion_time_by_turn_is_shown_as_one(per: str) -> None:
    """`over` by turn is no range: each turn has one time. A dose for each says the same."""
    over = "over: {1: 72 hours, 2 onward: 48 hours}"
    text = a_cycle(f"amount: 18 MIU/m2/{per} # here", "route: IV infusion", over)
    words = "'over' differs by turn; write a dose for each, with 'turn: 1' and 'turn: 2"
    assert_fault(text, "cycle.examplumab.amount", words)
