"""What the arguments of a `log` verb mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from courselogs import course, key, turn
from il2calc.cli import log_options
from il2calc.cli.log_options import FACT_READERS, doses_in_rows, first_turn
from il2calc.cli.log_options import turn as meant
from il2calc.cli.log_verbs import FactParameter
from il2calc.errors import ImplausibleInput, OptionError, Refused, UnknownName
from il2calc.model.effects import Delayed, Extra
from il2calc.model.log import Fact, Kind
from il2calc.units import Quantity
from written import regimen as written

first_dose = partial(first_turn, may_be_new=False)


def refused(read: Callable[[Any], Any], text: str) -> str:
    """The message about a text that cannot be read."""
    with pytest.raises(OptionError) as caught:
        read(text)
    return str(caught.value)


def typed(kind: Kind) -> Callable[[str], Any]:
    """A text read as a fact of an effect: as an option where it has one, else as an argument."""
    options = {"minutes": "by", "days": "by", "amount": "amount", "moment": "at", "date": "on"}
    option = f"--{options[kind]}" if kind in options else ""
    return FactParameter(Fact("x", kind), FACT_READERS[kind], option).read


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", [7]), ("1-6", [1, 2, 3, 4, 5, 6]), ("1-3,5", [1, 2, 3, 5]), ("5, 7", [5, 7])],
)
def test_rows_are_numbers_and_ranges(text: str, expected: list[int]) -> None:
    """`7`, `1-6`, `1-3,5`."""
    assert typed("doses")(text) == expected


@pytest.mark.parametrize(
    ("text", "twice"), [("1,1", "row 1"), ("1-3,2", "row 2"), ("3-5, 1, 4-6", "row 4")]
)
def test_a_row_is_named_once(text: str, twice: str) -> None:
    """Danger: 1,1 for 1,11: one dose is entered, and nobody misses the other."""
    assert (
        refused(typed("doses"), text) == f"ROWS: {text!r} names {twice} twice; name each row once"
    )


@pytest.mark.parametrize(
    "text", ["", "0", "x", "6-1", "1-", "-6", "1..6", "1 to 6", "1,,2", "\u0667"]
)
def test_other_rows_are_refused(text: str) -> None:
    """Nobody guesses which doses were given."""
    assert refused(typed("doses"), text) == (
        f"ROWS: {text!r} is not a list of rows; write 7, 1-6 or 1-3,5"
    )


def test_a_shift_names_one_row() -> None:
    """The rest of its repeat follows by itself."""
    assert typed("dose")("8") == 8
    assert refused(typed("dose"), "8-9").startswith("ROW: '8-9' is more than one row")


def test_lengths_may_be_abbreviated() -> None:
    """4 h = 240 min; a minus sign moves a dose earlier, and never a block."""
    assert typed("minutes")("4 h") == typed("minutes")("4 hours") == 240
    assert typed("minutes")("-30 min") == -30
    assert typed("minutes")("1 d") == 1440
    assert typed("days")("3 d") == typed("days")("3 days") == 3
    assert typed("days")("1 week") == 7
    assert refused(typed("minutes"), "4h").startswith("--by: '4h' is not a length of time")
    assert "is not in whole days" in refused(typed("days"), "4 h")
    assert "is not later" in refused(typed("days"), "-1 d")


def test_a_weight_is_plausible() -> None:
    """154 lb = 69.85322498 kg; 665 kg is a slip."""
    assert typed("weight")("66.5 kg") == typed("weight")("66.5") == Decimal("66.5")
    assert typed("weight")("154 lb") == Decimal("69.85322498")
    assert refused(typed("weight"), "66,5 kg").startswith("WEIGHT: ")
    with pytest.raises(ImplausibleInput):
        typed("weight")("665 kg")


def test_an_amount_is_that_of_a_whole_dose() -> None:
    """With its unit."""
    assert typed("amount")("5 million IU") == Quantity(Decimal(5_000_000), "IU")
    assert "is not the amount of a whole dose" in refused(typed("amount"), "72_000 IU/kg")
    assert refused(typed("amount"), "5").startswith("--amount: ")


def test_a_decision_is_yes_or_no() -> None:
    """No third answer."""
    assert typed("decision")("yes") is True
    assert typed("decision")("no") is False
    assert "is neither yes nor no" in refused(typed("decision"), "maybe")


def test_a_reason_is_one_line() -> None:
    """Which no spreadsheet runs and no terminal obeys."""
    assert log_options.reason(None) is None
    assert log_options.reason(" platelets  62 ") == "platelets 62"
    for text in ("a\nb", "a\x1b[31m", "a\u200bb"):
        assert "write one line" in refused(log_options.reason, text)
    assert "a spreadsheet would run" in refused(log_options.reason, "=1")
    assert "has no value" in refused(log_options.reason, " ")


def test_dates_are_dates() -> None:
    """A dose is given at a minute, a weight is of a day, an entry has a number."""
    assert typed("moment")("2025-12-03 10:10") == at(date(2025, 12, 3), 10, 10)
    assert refused(typed("moment"), "2025-12-03").startswith("--at: ")
    assert typed("date")("2025-12-14") == date(2025, 12, 14)
    assert refused(typed("date"), "14.12.2025").startswith("--on: ")
    assert typed("entry")("4") == 4
    assert refused(typed("entry"), "last").startswith("NUMBER: ")


def test_an_entry_dated_by_day_is_made_at_its_end() -> None:
    """What was given on that day is before it; a clock time is taken as it is."""
    assert log_options.entry_moment("2025-12-03", None) == at(date(2025, 12, 3), 23, 59)
    assert log_options.entry_moment("2025-12-03 09:00", None) == at(date(2025, 12, 3), 9, 0)
    assert refused(lambda text: log_options.entry_moment(text, None), "yesterday").startswith(
        "--as-of: "
    )


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_entry_is_made_now_by_the_clock_of_the_course(zone: str | None) -> None:
    """To the minute: the clocks of Kiritimati and Pago Pago are 25 hours apart."""
    offset = {"Pacific/Kiritimati": 14, "Pacific/Pago_Pago": -11}.get(zone or "")
    now = datetime.now(UTC)
    local_time = now.astimezone() if offset is None else now + timedelta(hours=offset)
    entered = log_options.entry_moment(None, zone)
    assert timedelta(0) <= local_time.replace(tzinfo=None) - entered < timedelta(minutes=2)
    assert (entered.second, entered.microsecond, entered.tzinfo) == (0, 0, None)


def test_a_course_in_no_known_zone_has_no_now() -> None:
    """A log may have been edited by hand."""
    with pytest.raises(Refused, match="did you mean 'Europe/London'"):
        log_options.entry_moment(None, "Europe/Londn")


NPC = course("npc-bolus")
DEEP = course(
    written("""
        blocks:
          - block: year
            repeat: {times: 2, every: 60 days}
            blocks:
              - block: course
                repeat: {times: 2, every: 30 days}
                blocks:
                  - block: cycle
                    repeat: {times: 2, every: 7 days}
                    doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
          - block: arm 2
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """)
)


def test_row_numbers_are_kept_as_doses() -> None:
    """Typed as row numbers, kept as turn, drug, name and number: 16 is the first of cycle 2."""
    assert doses_in_rows(NPC, [16, 1]) == (
        key("course 1/cycle 1", "aldesleukin", 1),
        key("course 1/cycle 2", "aldesleukin", 1),
    )
    assert doses_in_rows(NPC, [7, 7]) == (key("course 1/cycle 1", "aldesleukin", 7),)


def test_a_later_delay_does_not_change_the_dose_typed() -> None:
    """With five doses continued through a delay, row 38 is another dose than it was."""
    plain = course("trastuzumab", times={"cycle": 2})
    late = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    assert doses_in_rows(plain, [37]) == (key("cycle 2", "trastuzumab", 1),)
    assert doses_in_rows(late, [37]) == (key("cycle 1", "aldesleukin", 15, "low-dose"),)
    assert doses_in_rows(late, [42]) == doses_in_rows(plain, [37])


@pytest.mark.parametrize("row", [0, 61, -1])
def test_a_row_that_does_not_exist_is_refused(row: int) -> None:
    with pytest.raises(Refused) as error:
        doses_in_rows(NPC, [1, row])
    assert str(error.value) == (
        f"there is no row {row}; the course has rows 1 to 60 (il2calc replan S-07.yaml)"
    )


def test_more_turns_are_mentioned_only_for_an_open_block() -> None:
    """A block of two turns gets no third one by the head; cycles without a stated end do."""
    with pytest.raises(Refused) as error:
        doses_in_rows(course("imatinib", times={"cycle": 2}), [99])
    assert str(error.value).endswith(
        "(il2calc replan S-07.yaml); "
        "more turns of an open block are given in its head, as times: {BLOCK: 4}"
    )


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("course 1/cycle 2", "course 1/cycle 2"),
        ("course 2", "course 2"),
        ("Course 1, cycle 2", "course 1/cycle 2"),
        ("  course  1 / cycle 2 ", "course 1/cycle 2"),
    ],
)
def test_a_turn_is_named_as_in_the_table_or_the_log(text: str, chain: str) -> None:
    assert meant(NPC, text) == turn(chain)


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("year 1/course 2", "year 1/course 2"),
        ("year 2/cycle 1", None),
        ("year 2/course 1/cycle 1", "year 2/course 1/cycle 1"),
        ("arm 2", "arm 2 1"),
        ("arm 2 1", "arm 2 1"),
    ],
)
def test_the_outer_turns_may_be_left_out_where_only_one_fits(text: str, chain: str | None) -> None:
    if chain is None:
        with pytest.raises(Refused, match="'year 2/course 1/cycle 1' or 'year 2/course 2/cycle 1'"):
            meant(DEEP, text)
    else:
        assert meant(DEEP, text)[-1] == (
            chain.rpartition(" ")[0].rpartition("/")[2],
            int(chain[-1]),
        )


def test_a_block_given_once_needs_no_number() -> None:
    result = course("trastuzumab", times={"cycle": 1})
    assert meant(result, "lead-in") == turn("lead-in 1")
    assert meant(result, "cycle") == turn("cycle 1")


def test_a_name_that_fits_several_turns_is_refused() -> None:
    """The wrong cycle must not be one keystroke away."""
    with pytest.raises(Refused) as error:
        meant(NPC, "cycle 2")
    assert str(error.value) == (
        "'cycle 2' may be several block turns; write which one: 'course 1/cycle 2' or "
        "'course 2/cycle 2'"
    )
    with pytest.raises(Refused, match=r"or 'year 1/course 2/cycle 2' \.\.\."):
        meant(DEEP, "cycle")


@pytest.mark.parametrize("text", ["course 3", "course 1/cycle 9", "cycle 1/course 1", "", "x/"])
def test_a_turn_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="no block turn is called"):
        meant(NPC, text)


def test_a_course_without_blocks_says_how_its_doses_are_changed() -> None:
    """Danger: every block is refused, and a dose that should be reduced is given in full."""
    result = course("rcc-groningen", arm="four-week")
    says = r"rcc-groningen has no blocks: name rows \(log shift, log hold, log reduce and log weigh"
    for read in (meant, first_dose):
        with pytest.raises(UnknownName, match=says):
            read(result, "week 2")


def test_a_dose_may_be_named_in_place_of_a_turn_by_row_or_as_in_a_log() -> None:
    """Row 12 of the four-week course is the 12th dose; row 16 of two cycles of 15 begins cycle 2.

    Blocks are tried first, so that no number that names one is taken for a row.
    """
    result = course("rcc-groningen", arm="four-week")
    assert first_dose(result, "12") == first_dose(result, "aldesleukin dose 12")
    assert first_dose(result, "12") == (("aldesleukin dose", 12),)
    assert first_dose(NPC, "16") == turn("course 1/cycle 2/aldesleukin dose 1")
    assert first_dose(NPC, "course 1/cycle 2") == turn("course 1/cycle 2")
    with pytest.raises(Refused, match="there is no row 99"):
        first_dose(result, "99")
    for text in ("aldesleukin dose 99", "12-14", "012"):
        with pytest.raises(UnknownName, match=f"no block turn is called '{text}'"):
            first_dose(result, text)
    named = written(
        "blocks: [{block: '2', doses: [{drug: a, amount: 1 mg, route: SC, day: 1 to 3}]}]"
    )
    assert first_dose(course(named), "2") == (("2", 1),)


def test_no_entry_may_count_from_an_extra_dose() -> None:
    extra = Extra(
        "aldesleukin", Quantity(Decimal(9_000_000), "IU"), at(date(2025, 12, 3), 9, 0), "SC"
    )
    result = course("rcc-groningen", extra, arm="four-week")
    with pytest.raises(Refused, match="row 4 is not of the plan; name a planned one"):
        first_dose(result, "4")


def test_a_drug_as_printed_is_found_by_the_name_of_its_dose() -> None:
    """`Examplumab (Brand)` is no name that a block turn could have; its dose has one."""
    named = "doses: [{dose: brand, drug: Examplumab (Brand), amount: 1 mg, route: SC, day: [1, 8]}]"
    assert first_dose(course(written(named)), "2") == (("brand dose", 2),)


@pytest.mark.parametrize("text", ["1-999999,1-999999", "1-100001"])
def test_more_rows_than_any_course_has_are_refused_before_they_are_listed(text: str) -> None:
    """Two hundred such ranges took minutes and all the memory."""
    with pytest.raises(OptionError, match="names more than 100,000 rows"):
        typed("doses")(text)
    assert len(typed("doses")("1-100000")) == 100_000
