"""Pieces of sentences: dates, lengths of time, routes, names of turns, lists."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from filetext import a_cycle, a_dose, loaded, loaded_dose
from il2calc.model.patient import Patient
from il2calc.plan.calendar import Turn, lasting
from il2calc.plan.schedule import make
from il2calc.report import rows, totals, words


def first_turn(text: str) -> Turn:
    return make(loaded(text), Patient()).administrations[0].turn


def test_every_weekday_is_named_in_english() -> None:
    """2024-01-01 was a Monday; a machine's language must not change what a sheet says."""
    monday = datetime(2024, 1, 1)  # noqa: DTZ001 - local clock times have no zone
    dates = [words.dated(monday + timedelta(days=days)) for days in range(7)]
    assert dates == [
        "Mon 2024-01-01",
        "Tue 2024-01-02",
        "Wed 2024-01-03",
        "Thu 2024-01-04",
        "Fri 2024-01-05",
        "Sat 2024-01-06",
        "Sun 2024-01-07",
    ]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (1, "1 minute"),
        (90, "90 minutes"),
        (60, "1 hour"),
        (480, "8 hours"),
        (1440, "1 day"),
        (10080, "7 days"),
        (30240, "21 days"),
    ],
)
def test_a_length_of_time_is_given_in_its_largest_whole_unit(length: int, text: str) -> None:
    """A day is the largest: cycles are counted in days, never in weeks."""
    assert lasting(length) == text


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("IV bolus", "intravenous bolus"),
        ("IV infusion", "intravenous infusion"),
        ("SC", "subcutaneous"),
        ("IM", "intramuscular"),
        ("intra-arterial", "intra-arterial"),
    ],
)
def test_a_route_is_written_out(route: str, text: str) -> None:
    """SC and IM are read as other things: people see words."""
    assert words.route(loaded_dose(a_dose(f"route: {route}"))) == text


def test_an_infusion_says_how_long_it_runs() -> None:
    """A range stays a range."""
    dose = loaded_dose(a_dose("route: IV infusion", "over: 30 to 90 minutes"))
    assert words.route(dose) == "intravenous infusion over 30 to 90 minutes"


def test_a_repeated_block_is_named_with_its_turn_and_another_without() -> None:
    """There is only one lead-in: `lead-in 1` would promise a second."""
    assert first_turn(a_cycle()).name() == "cycle 1"
    single = a_cycle().replace("    repeat: {times: 4, every: 21 days}\n", "")
    assert first_turn(single).name() == "cycle"
    assert first_turn(a_dose()).name() == ""


@pytest.mark.parametrize(
    ("text", "raised"), [("course 1, cycle 2", "Course 1, cycle 2"), ("iMP3", "IMP3"), ("", "")]
)
def test_a_title_changes_its_first_letter_only(text: str, raised: str) -> None:
    """Names keep their spelling."""
    assert words.capitalized(text) == raised


def test_a_stretch_of_one_day_is_a_day() -> None:
    """Days -21 to -1 stay in the order in which they pass."""
    assert words.days(5, 5) == "day 5"
    assert words.days(13, 17) == "days 13 to 17"
    assert words.days(-21, -1) == "days -21 to -1"


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_of_words_ends_in_and(items: list[str], text: str) -> None:
    """As a sentence would say it."""
    assert words.listed(items) == text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("study/own.yaml", "study/own.yaml"),
        ("/home/nurse/own.yaml", "own.yaml"),
        ("C:\\study\\own.yaml", "own.yaml"),
        ("a\nReviewed by X.yaml", r"a\nReviewed by X.yaml"),
        ("a\x1b[31m.yaml", r"a\x1b[31m.yaml"),
    ],
)
def test_a_path_is_shown_without_the_folders_of_a_machine(path: str, expected: str) -> None:
    """Nor does it steer a terminal, or forge a line of a sheet."""
    assert words.file_shown(path) == expected


@pytest.mark.hazard(17)
def test_midnight_is_named_with_the_night_that_it_is_in() -> None:
    """A dose at 00:00 heads the new day, and is given by those who come on duty the evening before.

    2025-01-06 is a Monday: three doses at 08:00, 16:00 and, in the night that follows, 00:00.
    """
    body = a_dose("route: IV bolus", "repeat: {times: 3, every: 8 hours}")
    dated = make(loaded(body), Patient(), start=date(2025, 1, 6)).administrations
    assert [words.midnight(row) for row in dated] == ["", "", "00:00 (night of Mon to Tue)"]
    undated = make(loaded(body), Patient()).administrations
    assert words.midnight(undated[2]) == "00:00 (night before day 2)"


@pytest.mark.hazard(17)
def test_what_is_past_midnight_of_its_day_says_so_where_no_date_does() -> None:
    """Danger: 20:00, 02:00 and 08:00, all of day 1, read with the 08:00 of that day first.

    Three times a day from 20:00 over 12 hours: every 6. From 12:00 the last falls at 00:00, which
    is not the night before day 1.
    """
    body = loaded(a_dose("route: oral", "at: 3 times a day"))
    undated = make(body, Patient(), at=20 * 60).administrations
    assert [(row.regimen_day, words.time_of_day(row)) for row in undated] == [
        (1, "20:00"),
        (1, "02:00 (the day after day 1)"),
        (1, "08:00 (the day after day 1)"),
    ]
    assert [rows.short_time_of_day(row) for row in undated] == ["20:00", "02:00+", "08:00+"]
    noon = make(body, Patient(), at=12 * 60).administrations
    assert words.time_of_day(noon[2]) == "00:00 (night after day 1)"
    dated = make(body, Patient(), at=20 * 60, start=date(2025, 1, 6)).administrations
    assert [words.time_of_day(row) for row in dated] == ["20:00", "02:00", "08:00"]


@pytest.mark.hazard(7)
def test_several_conditions_are_read_aloud_one_by_one() -> None:
    """`only if stable disease or response and platelets above 75` would let a response alone do.

    A response with platelets of 20 meets `response`, and not `platelets above 75`.
    """
    text = words.only_if(["stable disease or response", "platelets above 75"])
    assert text == "only if stable disease or response, and only if platelets above 75"
    assert words.only_if(["neither progression nor toxicity"]) == (
        "only if neither progression nor toxicity"
    )


def test_totals_read_several_conditions_aloud_one_by_one() -> None:
    """The total of what depends on both names both, each in the one pattern."""
    repeat = "repeat: {times: 2, every: 1 day, only_if: platelets above 75}"
    body = a_dose("only_if: stable disease or response", repeat)
    texts = list(totals.totals(make(loaded(body), Patient())))
    assert any(
        "only if stable disease or response, and only if platelets above 75" in text
        for text in texts
    ), texts
