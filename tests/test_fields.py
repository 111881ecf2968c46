"""The values of a regimen file, kind by kind: what is read, and what is refused and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from filetext import a_cycle, a_dose, assert_fault, loaded_dose
from il2calc.language import fields, regimen_keys
from il2calc.language.regimen_keys import CAP, DATE, STEP
from il2calc.model.regimen import ROUTES
from il2calc.text import values
from il2calc.units import Quantity, Span

DAY = 1440


@pytest.mark.parametrize(
    "read", [values.text, regimen_keys.name, regimen_keys.arm_name, fields.route]
)
@pytest.mark.parametrize("value", [[], ["a"], {}, {"a": "b"}])
def test_one_value_is_neither_a_list_nor_a_mapping(read: Callable[[Any], Any], value: Any) -> None:
    """A list where one value belongs is refused in plain words."""
    with pytest.raises(ValueError, match="takes one value, not a list or a mapping"):
        read(value)


@pytest.mark.parametrize(
    "read", [values.text, fields.amount, fields.whole_number, fields.citations]
)
def test_an_empty_value_is_refused(read: Callable[[Any], Any]) -> None:
    """A key without a value means nothing; the reader never fills it in."""
    with pytest.raises(ValueError, match="has no value; write one, or leave it out"):
        read("")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("24", 24), ("1_000", 1000)])
def test_a_whole_number_may_group_its_digits(text: str, number: int) -> None:
    """A count is digits, `_` between groups of three if wanted."""
    assert fields.whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "1.5", "01", "1_00", "1,000", "1e3", "four", "\u0664", "\uff14", "1_000_"],
)
def test_a_count_that_is_no_whole_number_of_at_least_one_is_refused(text: str) -> None:
    """A count that could be read in two ways would give a patient too many turns."""
    with pytest.raises(ValueError, match="is not a whole number of at least 1; write it like 4"):
        fields.whole_number(text)


def test_a_count_beyond_any_regimen_is_refused() -> None:
    """No count is larger than 100,000."""
    assert fields.whole_number("100_000") == 100_000
    with pytest.raises(ValueError, match="more than 100,000; check the number"):
        fields.whole_number("100_001")


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("72_000 IU/kg", Quantity(Decimal(72000), "IU", "kg")),
        ("12 million IU/m2", Quantity(Decimal(12_000_000), "IU", "m2")),
        ("3 MIU", Quantity(Decimal(3_000_000), "IU")),
        ("0.25 mg", Quantity(Decimal("0.25"), "mg")),
        ("45 mg/m2/day", Quantity(Decimal(45), "mg", "m2", per_day=True)),
        ("45 mg/day", Quantity(Decimal(45), "mg", per_day=True)),
        ("5 AUC", Quantity(Decimal(5), "AUC")),
        ("2 million cells/kg", Quantity(Decimal(2_000_000), "cells", "kg")),
        ("3 units", Quantity(Decimal(3), "units")),
    ],
)
def test_an_amount_is_a_number_a_unit_and_perhaps_a_basis(text: str, quantity: Quantity) -> None:
    """Quantities are strings `NUMBER SPACE UNIT[/BASIS]`."""
    assert fields.amount(text) == quantity


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("10mg", "write '10 mg'"),
        ("5mg/kg", "write '5 mg/kg'"),
        # a thousandfold apart: only the author knows
        ("1,000 mg", "write '1000 mg' or '1_000 mg', or '1 mg' if the comma is a decimal sign"),
        ("1,250 mcg/kg", "or '1_250 mcg/kg', or '1.25 mcg/kg' if the comma is a decimal sign"),
        ("1,000,000 mg", "write '1000000 mg' or '1_000_000 mg'"),
        ("1,000 IU", "write '1000 IU' or '1_000 IU'"),
        ("1,250 mg bid", "write '1250 mg' or '1_250 mg'"),
        (
            "100,000 Cetus units/kg",
            "write '100000 Cetus units/kg' or '100_000 Cetus units/kg', or '100 Cetus units/kg'",
        ),
        ("0\N{MIDDLE DOT}33 MIU", "write '0.33 MIU', with a point for a decimal"),
        ("0,33 Mio IE", "write '0.33 million IU', with a point for a decimal"),
        ("7,5 mg per day", "write '7.5 mg/day', with a point for a decimal"),
        ("7,5mg", "write '7.5 mg', with a point for a decimal"),
        ("5\N{MIDDLE DOT}106 IU", "write digits such as 12"),  # 5 x 10^6, its power lost in a copy
        (".5 mg", "write '0.5 mg'"),
        ("5. mg", "write '5 mg'"),
        ("3 unit", "write 'units'"),
        ("5 U", "write 'IU', or 'units' for a drug that is not measured in IU"),
        ("5 iu", "write 'IU'"),
        ("5 ug", "write 'mcg'"),
        ("5 µg", "write '5 mcg'"),
        ("5 mgs", "mg"),
        ("5 furlongs", "known units: IU, units, kg, g, mg, mcg, mL, cells"),
        ("5 million mg", "million for something that is not counted"),
        ("5 mg/lb", "write /kg, /m2"),
        ("5 mg/kg/m2", "write /kg, /m2"),
        ("5 mg/day/kg", "write /kg, /m2"),
        ("5 AUC/kg", "write it like '5 AUC'"),
        ("5 AUC/day", "write it like '5 AUC'"),
        ("0 mg", "more than 0"),
        ("1 000 mg", "write '1_000 mg'"),
        ("1e3 mg", "write '1_000 mg'"),
        ("+5 mg", "write digits such as"),
        ("-5 mg", "write digits such as"),
        ("5 to 6 mg", "write NUMBER UNIT"),
        ("five mg", "write digits such as"),
        ("NaN mg", "write digits such as"),
        ("\uff15 mg", "write digits such as"),
    ],
)
def test_an_amount_written_otherwise_is_refused_with_what_would_be_right(
    text: str, right: str
) -> None:
    """An amount that could be read in two ways is a tenfold overdose waiting to happen."""
    with pytest.raises(ValueError, match=r".") as error:
        fields.amount(text)
    assert right in str(error.value)


def test_million_before_miu_is_refused_since_miu_includes_it() -> None:
    """5 million MIU is not refused as uncounted: IU are counted, and MIU already says million."""
    with pytest.raises(ValueError, match=r".") as error:
        fields.amount("5 million MIU")
    assert "not counted" not in str(error.value)


@pytest.mark.parametrize("text", ["2 mg/kg", "2 mg/m2", "2 AUC", "2 mg/m2/day"])
@pytest.mark.parametrize("read", [CAP.read, STEP.read])
def test_cap_and_round_are_amounts_of_the_whole_dose(
    text: str, read: Callable[[Any], Quantity]
) -> None:
    """A cap per kg would not cap anything."""
    with pytest.raises(
        ValueError, match=r"is not the amount of a whole dose; write it like '2.5 mg'"
    ):
        read(text)


def test_a_cap_may_be_per_day_but_a_step_may_not() -> None:
    """`/day` belongs to amounts that are divided, not to the step they are rounded to."""
    assert CAP.read("2 mg/day").per_day
    assert STEP.read("5 mg") == Quantity(Decimal(5), "mg")
    with pytest.raises(ValueError, match="is not the amount of a whole dose"):
        STEP.read("5 mg/day")


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("30 minutes", 30, 30),
        ("1 minute", 1, 1),
        ("30 to 90 minutes", 30, 90),
        ("8 hours", 480, 480),
        ("1.5 hours", 90, 90),
        ("1 day", DAY, DAY),
        ("5 to 6 weeks", 35 * DAY, 42 * DAY),
    ],
)
def test_a_duration_is_a_length_or_a_range_of_lengths(
    text: str, shortest: int, longest: int
) -> None:
    """A duration is counted in whole minutes."""
    span = fields.duration(text)
    assert (span.shortest, span.longest, span.text) == (shortest, longest, text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1 month", "28 days"),
        ("3 months", "28 days"),
        ("1 year", "52 weeks"),
        ("2 years", "52 weeks"),
        ("0 minutes", "write a longer time or leave the key out"),
        ("0 to 5 minutes", "write a longer time or leave the key out"),
        ("6 to 5 weeks", "write the shorter one first"),
        ("5 to 5 weeks", "write the shorter one first"),
        ("0.5 minutes", "write whole minutes"),
        ("8h", "write '8 hours'"),
        ("8 hrs", "write '8 hours'"),
        ("2 day", "write '2 days'"),
        ("5-6 weeks", "write '5 to 6 weeks'"),
        ("5 weeks to 6 weeks", "write it like"),
        ("6000 weeks", "longer than a century"),
        ("1,5 hours", "write '1.5 hours'"),
    ],
)
def test_a_duration_written_otherwise_is_refused_with_what_would_be_right(
    text: str, right: str
) -> None:
    """Months and years have no fixed length: a patient's cycle must not depend on the month."""
    with pytest.raises(ValueError, match=r".") as error:
        fields.duration(text)
    assert right in str(error.value)


@pytest.mark.parametrize("text", ["0 days", "7 days", "5 to 6 weeks", "1 week", "1.0 weeks"])
def test_a_block_is_measured_in_whole_days(text: str) -> None:
    """`rest` is in days or weeks, and may be none."""
    assert fields.whole_days(text).text == text


@pytest.mark.parametrize("text", ["36 hours", "90 minutes", "1.5 days", "0.5 weeks", "24 hours"])
@pytest.mark.parametrize("read", [fields.whole_days, fields.block_length])
def test_a_block_is_not_measured_in_hours(text: str, read: Callable[[Any], Span]) -> None:
    """Hours below, days above: a block of 36 hours would begin at noon."""
    with pytest.raises(ValueError, match="is not in whole days; a block is measured in days"):
        read(text)


def test_a_block_length_in_hours_is_proposed_as_the_same_length_in_days() -> None:
    """48 hours are 2 days, and the message says so."""
    with pytest.raises(ValueError, match="'2 days'"):
        fields.whole_days("48 hours")


@pytest.mark.parametrize("text", ["36 hours", "90 minutes", "24 to 48 hours", "1.5 days"])
def test_no_other_length_is_proposed_for_a_block(text: str) -> None:
    """A proposed length that is not the one written would be copied into the file unread."""
    with pytest.raises(ValueError, match="is not in whole days") as error:
        fields.whole_days(text)
    assert "'8 days'" not in str(error.value)
    assert "'1 days'" not in str(error.value)


def test_a_turn_of_no_length_is_refused() -> None:
    """Turns that begin on the same day would give every dose at once."""
    with pytest.raises(ValueError, match="is zero"):
        fields.block_length("0 days")


def test_up_to_is_a_count_or_a_time() -> None:
    """`up_to: 15` turns, or `up_to: 52 weeks`."""
    assert fields.count_or_span("15") == 15
    span = fields.count_or_span("52 weeks")
    assert isinstance(span, Span)
    assert (span.shortest, span.longest) == (364 * DAY, 364 * DAY)


@pytest.mark.parametrize("text", ["5 to 6", "0", "1 month", "many", "0 weeks"])
def test_up_to_anything_else_is_refused(text: str) -> None:
    """What bounds a repeat must be a number of turns or a length of time."""
    with pytest.raises(ValueError, match=r"is not|has no unit|is zero"):
        fields.count_or_span(text)


@pytest.mark.parametrize("word", ROUTES)
def test_every_route_of_the_language_is_read(word: str) -> None:
    """The routes of the language, as they are written."""
    assert fields.route(word) == word


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("iv", "write 'IV'"),
        ("sc", "write 'SC'"),
        ("Oral", "write 'oral'"),
        ("IV bolos", "write 'IV bolus'"),
        ("intravenous bolus", "write 'IV bolus'"),
        ("subcutaneous", "write 'SC'"),
        ("intravenous", "write 'IV'"),
        ("subcutaneously", "write 'SC'"),
        ("CIVI", "write 'IV infusion'"),
        ("IV/SC", "write one, 'IV', and assume it with the other"),
        ("inhalation", "write 'inhaled'"),
        ("subcutanous", "write 'SC'"),
        ("xyz", "known: IV bolus, IV infusion"),
        ("intratumoral", "known: IV bolus, IV infusion"),
        ("SL", "known: IV bolus, IV infusion"),
    ],
)
def test_an_unknown_route_is_refused_with_the_nearest(word: str, right: str) -> None:
    """A vincristine given intrathecally kills: no message proposes a wrong route."""
    with pytest.raises(ValueError, match="is not a known route") as error:
        fields.route(word)
    assert right in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("22.11.2026", "is not a date; write it like 2026-12-01"),
        ("2026-11", "is not a date"),
        ("20261122", "is not a date"),
        ("2025-02-30", "is not a calendar date; check month and day"),
        ("2025-13-01", "is not a calendar date"),
        ("0026-11-22", "is not in the years 1950 to 2049"),
    ],
)
def test_a_date_that_is_on_no_calendar_is_refused(text: str, problem: str) -> None:
    """The day when a file was last checked against its sources is a real one."""
    with pytest.raises(ValueError, match=problem):
        DATE.read(text)


def test_a_date_is_year_month_day() -> None:
    """`read_on: 2026-11-22`."""
    assert DATE.read("2026-11-22") == date(2026, 11, 22)


def test_citations_are_separated_by_semicolons() -> None:
    """Source: `key, locator`, several separated by `; `."""
    assert fields.citations("doe2020, Table 1; roe2021, Abstract") == (
        "doe2020, Table 1",
        "roe2021, Abstract",
    )


@pytest.mark.parametrize("text", ["doe2020, A;", "; doe2020, A", "doe2020;; roe2021", ";"])
def test_an_empty_citation_is_refused(text: str) -> None:
    """A citation without a source is a slip."""
    with pytest.raises(ValueError, match="has an empty part; write 'key, locator; key, locator'"):
        fields.citations(text)


@pytest.mark.parametrize(
    ("line", "path", "problem"),
    [
        ("amount: 10mg  # here", "amount", "write '10 mg', with a space"),
        ("amount: 1,000 mg  # here", "amount", "write '1000 mg' or '1_000 mg'"),
        ("repeat: q8h  # here", "repeat", "is not a mapping; write {times: ..., every: 8 hours}"),
        ("repeat: q8h x 14  # here", "repeat", "write {times: 14, every: 8 hours}"),
        ("repeat: every 8 hours up to 14  # here", "repeat", "write {up_to: 14, every: 8 hours}"),
        ("repeat: 4 times every 28 days  # here", "repeat", "write {times: 4, every: 28 days}"),
        ("repeat: every 1 day  # here", "repeat", "write {times: ..., every: 1 day}"),
        (
            "repeat: every 3 doses  # here",
            "repeat",
            "is not a mapping; write {times: ..., every: ...}",
        ),
        ("repeat: weekly  # here", "repeat", "write {times: ..., every: 1 week}"),
        ("repeat: every other day  # here", "repeat", "write {times: ..., every: 2 days}"),
        ("repeat: 3 times  # here", "repeat", "write {times: 3, every: ...}"),
        ("repeat: BID  # here", "repeat", "is not a mapping; write {"),
        ("repeat: [q8h]  # here", "repeat", "is not a mapping; write {"),
        ("route: p.o.  # here", "route", "write 'oral'"),
        ("amount: 5 U  # here", "amount", "write 'IU', or 'units' for a drug"),
        ("amount: [5 mg, 6 mg]  # here", "amount", "takes one value"),
        ("amount:  # here", "amount", "has no value"),
        ("route: by mouth  # here", "route", "is not a known route"),
        ("day: 1-5  # here", "day", "is not a day"),
        ("day: []  # here", "day", "lists no day"),
        ("at: 25:00  # here", "at", "is not a time"),
        ("at: 8:00  # here", "at", "write 08:00"),
        ("over: 1 month  # here", "over", "28 days"),
        ("over: 0 minutes  # here", "over", "is zero"),
        ("cap: 2 mg/kg  # here", "cap", "of a whole dose"),
        ("round: 5  # here", "round", "is not an amount"),
        ("turn: 0  # here", "turn", "counted from 1"),
        ("arm: a/b  # here", "arm", "is not a name"),
        ("dose: amount  # here", "", "is a key of the language"),
        ("during_delay: stop  # here", "during_delay", "write 'continue'"),
        ("only_if: [a, b]  # here", "only_if", "takes one value"),
    ],
)
def test_a_broken_value_is_a_fault_with_its_line_and_path(
    line: str, path: str, problem: str
) -> None:
    """Each fault as `file:line: path: what is wrong; what would be right`, and nothing besides."""
    name = "amount.dose" if line.startswith("dose") else f"examplumab.{path}"
    assert_fault(a_dose(line), name, problem)


@pytest.mark.parametrize(
    ("repeat", "key", "problem"),
    [
        ("{times: 0, every: 21 days}", "times", "at least 1"),
        ("{times: 4, every: 1 month}", "every", "28 days"),
        ("{times: 4, every: 36 hours}", "every", "is not in whole days"),
        ("{times: 4, every: 0 days}", "every", "is zero"),
        ("{times: 4, rest: 8 hours}", "rest", "is not in whole days"),
        ("{up_to: 5 to 6, every: 21 days}", "up_to", "is not a duration"),
        ("{up_to: 1 year, every: 21 days}", "up_to", "52 weeks"),
    ],
)
def test_a_broken_repeat_is_a_fault_with_its_line_and_path(
    repeat: str, key: str, problem: str
) -> None:
    """A count or length that cannot be read is a fault at its line."""
    assert_fault(a_cycle(repeat=f"{repeat}  # here"), f"cycle.repeat.{key}", problem)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "@SUM(1)"])
def test_a_text_that_a_spreadsheet_would_run_is_refused(text: str) -> None:
    """CSV goes into spreadsheets, where such a cell is a formula."""
    with pytest.raises(ValueError, match="a spreadsheet would run"):
        values.text(text)


def test_a_time_of_day_is_text_and_never_a_number() -> None:
    """YAML is read as plain text: 08:00 is not 480, and a dose stays at eight in the morning."""
    dose = loaded_dose(a_dose("at: 08:00", "only_if: no"))
    assert dose.at is not None
    assert (dose.at.kind, dose.at.minutes) == ("clock", (480,))
    assert dose.only_if == "no"


@pytest.mark.parametrize(
    ("value", "ranges", "onward"),
    [
        ("1", ((1, 1),), None),
        (["1", "8", "15"], ((1, 1), (8, 8), (15, 15)), None),
        ("1 to 5", ((1, 5),), None),
        (["2 to 7", "9 to 21"], ((2, 7), (9, 21)), None),
        ("-21 to 14", ((-21, 14),), None),
        ("-3", ((-3, -3),), None),
        ("0", ((0, 0),), None),
        ("6 onward", (), 6),
        (["1", "3 to 4", "6 onward"], ((1, 1), (3, 4)), 6),
    ],
)
def test_days_are_listed_in_the_forms_of_the_language(
    value: Any, ranges: tuple[tuple[int, int], ...], onward: int | None
) -> None:
    """Day: `1`, `[1, 8, 15]`, `1 to 5`, `[2 to 7, 9 to 21]`, `-21 to 14`, `6 onward`."""
    days = fields.days(value)
    assert (days.ranges, days.onward) == (ranges, onward)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("one", "is not a day"),
        ("1-5", "is not a day; write '1 to 5'"),
        ("1 through 5", "is not a day; write '1 to 5'"),
        ("1 and 8", "is not a day; write \\[1, 8\\]"),
        ("day 1", "is not a day; write 1"),
        ("1 to 14 every 2 days", "write 1, and 'repeat: {times: 7, every: 2 days}'"),
        ("1 to 14 every other day", "write 1, and 'repeat: {times: 7, every: 2 days}'"),
        # An interval that holds all of the days is that of a block: with 'repeat' on day 1 alone,
        # four of the five doses of "1 to 5 every 28 days" would be lost.
        ("1 to 5 every 28 days", "write '1 to 5', in a block that repeats every 28 days"),
        ("1-5 q3w", "write '1 to 5', in a block that repeats every 3 weeks"),
        ("1, 8, 15 every 28 days", "write \\[1, 8, 15\\], in a block that repeats every 28 days"),
        ("1 to 7 every 3 days", "write 1, and 'repeat: {times: 3, every: 3 days}'"),
        ("3 every 14 days", "give its first day alone"),
        ("odd every 14 days", "give its first day alone"),
        ("1 to 5 of each week", "write '1 to 5', in a block that repeats every 7 days"),
        ("6 onwards", "write '6 onward'"),
        ("1, 8", "is not a day"),
        ("1.5", "is not a day"),
        ("D1", "is not a day"),
        ("01", "is not a day"),
        ("1 to five", "is not a day"),
        ("1234567", "is not a day"),
        ("5 to 1", "is not in rising order"),
        ("5 to 5", "is not in rising order"),
        ("-1 to -5", "is not in rising order"),
        (["8", "1"], "list days in order, once"),
        (["1", "1"], "list days in order, once"),
        (["1 to 5", "5 to 8"], "list days in order, once"),
        (["1 to 5", "5 onward"], "list days in order, once"),
        (["6 onward", "9"], "put the 'onward' item last"),
        (["6 onward", "9 onward"], "put the 'onward' item last"),
        ([], "lists no days; write at least one"),
        (["1", ["2"]], "takes one value"),
        ({"from": "1"}, "is not a mapping; write a dose, or a block, for each arm, with its 'arm'"),
        ("100001", "a day beyond 100,000"),
        ("-100001 to 5", "a day beyond 100,000"),
        ("200000 onward", "a day beyond 100,000"),
    ],
)
def test_days_written_otherwise_are_refused(value: Any, problem: str) -> None:
    """A day that could be read in two ways moves a dose."""
    with pytest.raises(ValueError, match=problem):
        fields.days(value)


def test_there_is_no_minus_zero_day() -> None:
    """`-0` is not a way to write a day."""
    with pytest.raises(ValueError, match="is not a day"):
        fields.days("-0")


def test_turns_take_the_forms_of_days() -> None:
    """Forms of `turn`: `1`, `[1, 3, 5]`, `2 onward`."""
    assert fields.turns("1").ranges == ((1, 1),)
    assert fields.turns(["1", "3", "5"]).ranges == ((1, 1), (3, 3), (5, 5))
    assert fields.turns("2 onward").onward == 2


@pytest.mark.parametrize("value", ["0", "-1", "-1 to 2", ["0", "1"], "0 onward"])
def test_turns_are_counted_from_one(value: Any) -> None:
    """There is no turn 0."""
    with pytest.raises(ValueError, match="a turn below 1; turns are counted from 1"):
        fields.turns(value)


@pytest.mark.parametrize(("text", "day"), [("1", 1), ("22", 22), ("-3", -3), ("0", 0)])
def test_a_block_starts_on_one_day(text: str, day: int) -> None:
    """A block's `day` is one day of its parent."""
    assert fields.one_day(text) == day


@pytest.mark.parametrize("text", ["1 to 5", "6 onward", "first", "100001", "-0", "01"])
def test_a_block_does_not_start_on_several_days(text: str) -> None:
    """A block placed on a range of days would have no place."""
    with pytest.raises(ValueError, match="is not one day; write it like 22"):
        fields.one_day(text)


@pytest.mark.parametrize(
    ("value", "kind", "minutes"),
    [
        ("08:00", "clock", (480,)),
        (["08:00", "20:00"], "clock", (480, 1200)),
        ("1 times a day", "times a day", (0,)),
        ("2 times a day", "times a day", (0, 720)),
        ("3 times a day", "times a day", (0, 360, 720)),
        ("4 times a day", "times a day", (0, 240, 480, 720)),
        ("6 times a day", "times a day", (0, 144, 288, 432, 576, 720)),
        ("+36 hours", "offset", (2160,)),
        (["+0 hours", "+4 hours"], "offset", (0, 240)),
        ("-30 minutes", "offset", (-30,)),
        ("+1.5 hours", "offset", (90,)),
        (["-30 minutes", "+0 hours"], "offset", (-30, 0)),
    ],
)
def test_at_takes_clock_times_offsets_or_times_a_day(
    value: Any, kind: str, minutes: tuple[int, ...]
) -> None:
    """At: clock time or times, `n times a day`, offsets from the start time of that day."""
    at = fields.at(value)
    assert (at.kind, at.minutes) == (kind, minutes)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (["08:00", "+4 hours"], "mixes clock times and offsets; write one kind"),
        ([], "lists no times; write at least one"),
        (["20:00", "08:00"], "is not in rising order"),
        (["08:00", "08:00"], "is not in rising order"),
        (["+4 hours", "+0 hours"], "is not in rising order"),
        (["2 times a day"], "is not a time"),
        ("7 times a day", "does not fit into waking hours; list the clock times"),
        ("8 times a day", "write 'repeat: {times: 8, every: 3 hours}', or list the clock times"),
        ("9 times a day", "every: 160 minutes}', or list"),
        ("24 times a day", "every: 1 hour}', or list"),
        ("two times", "is not a time; write it like 08:00, '2 times a day'"),
        ("twice a day", "is not a time; write '2 times a day'"),
        ("3x/day", "is not a time; write '3 times a day'"),
        ("max 3 times daily", "is not a time; write 'up to 3 times a day'"),
        ("8-hourly", "leave it out and write 'repeat: {times: ..., every: 8 hours}'"),
        ("0800", "is not a time; write 08:00"),
        ("30 minutes before", "write '-30 minutes', which counts from the start time of the day"),
        ("0 times a day", "is not a time"),
        ("100 times a day", "is not a time"),
        ("36 hours", "write '\\+36 hours', which counts from the start time of the day"),
        ("+1 month", "28 days"),
        ("+1 to 2 hours", "is not a time"),
        ("+0.5 minutes", "write whole minutes"),
        ({"a": "b"}, "is not a mapping; write a dose, or a block, for each arm, with its 'arm'"),
        ([["08:00"]], "takes one value"),
    ],
)
def test_a_time_written_otherwise_is_refused(value: Any, problem: str) -> None:
    """A time that could be read in two ways moves a dose by hours."""
    with pytest.raises(ValueError, match=problem):
        fields.at(value)


@pytest.mark.parametrize("text", ["8:00", "0800", "8 am", "08:00:00", "8.00 Uhr"])
def test_a_time_that_no_clock_shows_is_no_time_of_a_dose(text: str) -> None:
    """8:00 could be morning or evening."""
    with pytest.raises(ValueError, match=r"is not a time; write 08:00$"):
        fields.at(text)


@pytest.mark.parametrize("text", ["24:00", "08:60", "08:00:30", "13 pm", "8", "evening", "1-0-1"])
def test_an_unclear_time_is_refused_with_how_times_are_written(text: str) -> None:
    """24:00 is on no clock, and nobody knows which evening is meant; 08:00 is no answer."""
    with pytest.raises(ValueError, match="is not a time; write it like 08:00, '2 times a day'"):
        fields.at(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1-5", "write '1 to 5'"),
        ("1\N{EN DASH}5", "write '1 to 5'"),
        ("D1-D5", "write '1 to 5'"),
        ("D8", "write 8"),
        ("Monday", "write 1, and 'starts_on: Monday'"),
    ],
)
def test_days_as_papers_spell_them_are_answered_with_what_works(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=re.escape(advice)):
        fields.days(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("BID", "write '2 times a day'"),
        ("t.i.d.", "write '3 times a day'"),
        ("QD", "once a day needs no 'at'"),
        ("q8h", "every: 8 hours"),
        ("noon", "write 12:00"),
        ("8 pm", "write 20:00"),
        ("12.30 a.m.", "write 00:30"),
        ("12pm", "write 12:00"),
        ("8am, 8pm", "write [08:00, 20:00]"),
        ("08:00 and 20:00", "write [08:00, 20:00]"),
    ],
)
def test_times_as_papers_spell_them_are_answered_with_what_works(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=re.escape(advice)):
        fields.at(text)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("+3 to +24 hours", (180,), (1440,)),
        ("-60 to -30 minutes", (-60,), (-30,)),
        ("-1 to +1 hours", (-60,), (60,)),
        (["+0 hours", "+3 to +4 hours"], (0, 180), (0, 240)),
        ("+3 hours", (180,), (180,)),
        ("08:00", (480,), (480,)),
        ("2 times a day", (0, 720), (0, 720)),
    ],
)
def test_an_offset_may_be_a_range(
    text: str | list[str], earliest: tuple[int, ...], latest: tuple[int, ...]
) -> None:
    """From 3 to 24 hours after the cells: the earliest, and the latest beside it."""
    times = fields.at(text)
    assert (times.minutes, times.latest_minutes) == (earliest, latest)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("+24 to +3 hours", "is not in rising order; write the earlier one first"),
        (
            "3 to 24 hours",
            "write '\\+3 to \\+24 hours', which counts from the start time of the day",
        ),
        (["+0 to +8 hours", "+4 hours"], "is not in rising order"),
        ("+1 to +2 fortnights", "no unit of fixed length"),
    ],
)
def test_a_faulty_range_of_an_offset_is_refused(text: str | list[str], problem: str) -> None:
    """Other spellings are answered with the one that loads."""
    with pytest.raises(ValueError, match=problem):
        fields.at(text)


def test_a_rest_may_have_only_a_minimum() -> None:
    """`at least 7 weeks`: 49 days, or an unknown number more."""
    rest = fields.rest("at least 7 weeks")
    assert (rest.shortest, rest.longest, rest.at_least) == (49 * 1440, 49 * 1440, True)
    assert rest.text == "at least 7 weeks"
    assert not fields.rest("7 weeks").at_least
    for text, problem in (
        ("at least 7 to 8 weeks", "is a range too; write 'at least 7 weeks'"),
        ("at least 8 hours", "not in whole days"),
        ("at least", "is not a duration"),
    ):
        with pytest.raises(ValueError, match=problem):
            fields.rest(text)


def test_weekdays_are_written_in_full() -> None:
    """One, or a list of them; `Mon` is answered with Monday."""
    assert fields.weekdays("Monday") == ("Monday",)
    assert fields.weekdays(["Monday", "Thursday"]) == ("Monday", "Thursday")
    for value, problem in (
        ("Mon", "write Monday"),
        ("monday", "write Monday"),
        ("T", "write one of: Monday"),
        ("someday", "write one of: Monday"),
        (["Monday", "Monday"], "one twice"),
        ([], "names no weekday"),
    ):
        with pytest.raises(ValueError, match=problem):
            fields.weekdays(value)


@pytest.mark.parametrize("text", ["as needed", "PRN", "p.r.n.", "if required", "on demand"])
def test_as_needed_in_place_of_a_time_is_answered_with_its_key(text: str) -> None:
    """It is no time of a day: such a dose has a key of its own."""
    with pytest.raises(
        ValueError, match="leave it out with 'as_needed: yes', or write it like 08:00"
    ):
        fields.at(text)


@pytest.mark.parametrize("word", ["0 mg", "0.0 MIU/m2"])
def test_a_dose_of_nothing_is_refused_with_how_to_leave_it_out(word: str) -> None:
    """A placebo arm has no dose of the drug, rather than one of 0 mg."""
    with pytest.raises(ValueError, match="is nothing; leave out a dose that is not given, or use"):
        fields.dose_amount(word)
