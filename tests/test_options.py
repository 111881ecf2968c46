"""The values on a command line: what they mean, and how those that mean nothing are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from il2calc.cli import options
from il2calc.errors import NotAQuantity, OptionError

D = Decimal
WORDS = " |NaN|nan|inf|Infinity|-inf|1e2|1E+2|7_0|70;5|+70|-70|70.|.5|070|0x46|70kg|7 0|  70|70\n"
NO_NUMBERS = (
    *WORDS.split("|"),
    "\N{ARABIC-INDIC DIGIT SEVEN}\N{ARABIC-INDIC DIGIT ZERO}",
    "\N{FULLWIDTH DIGIT SEVEN}0",
    "\N{VULGAR FRACTION ONE HALF}",
)
"""Texts that other programs take for a number, or a person might."""


def test_a_bare_weight_is_in_kg_and_a_bare_height_in_cm() -> None:
    """Digits and one point, exactly."""
    assert options.weight("70") == D(70)
    assert options.weight("70.5") == D("70.5")
    assert options.weight("0.1") == D("0.1")
    assert options.height("170") == D(170)
    assert options.area("--bsa", "1.81") == D("1.81")
    assert options.gfr("90.5") == D("90.5")


def test_units_of_the_body_are_converted() -> None:
    """1 lb = 0.45359237 kg, 1 in = 2.54 cm, both by definition: 154 lb, 67 in, 1.70 m."""
    assert options.weight("70 kg") == D(70)
    assert options.weight("154 lb") == 154 * D("0.45359237")
    assert options.height("67 in") == 67 * D("2.54")
    assert options.height("1.70 m") == D(170)
    assert options.height("170 cm") == D(170)
    assert options.area("--bsa", "1.81 m2") == D("1.81")


def test_a_measure_not_given_is_unknown() -> None:
    """None, never a default body."""
    assert options.weight(None) is None
    assert options.height(None) is None
    assert options.area("--bsa", None) is None
    assert options.gfr(None) is None
    assert options.day("--start", None) is None
    assert options.label(None) is None


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_a_value_that_is_no_plain_number_is_refused(text: str) -> None:
    """Each message ends in a value that would work."""
    for read, like in (
        (options.weight, "154 lb"),
        (options.height, "1.70 m"),
        (lambda text: options.area("--bsa", text), "1.8"),
        (options.gfr, "90"),
    ):
        with pytest.raises(OptionError) as refused:
            read(text)
        assert like in str(refused.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("3500 g", "3.5 kg"), ("11 st", "154 lb"), ("11 st 4 lb", "158 lb"), ("9 stone 7", "133 lb")],
)
def test_a_weight_in_grams_or_stones_is_refused_with_the_same_in_kg_or_lb(
    text: str, meant: str
) -> None:
    """A stone is 14 pounds: 11 x 14 + 4 = 158, 9 x 14 + 7 = 133."""
    with pytest.raises(OptionError, match=f"did you mean '{meant}'[?] write "):
        options.weight(text)


@pytest.mark.parametrize("text", ["70 stone", "70 g", "70 cm", "70 mystery"])
def test_a_weight_in_another_unit_is_refused_with_the_known_ones(text: str) -> None:
    """7 stone is not 7 kg; a gram more or less is not asked for."""
    with pytest.raises(OptionError) as refused:
        options.weight(text)
    assert str(refused.value) == (
        f"--weight: {text!r} is not in kg or lb; write 70, '70 kg' or '154 lb'"
    )


@pytest.mark.parametrize("text", ["5 stone", "170 mm", "170 kg"])
def test_a_height_in_another_unit_is_refused_with_the_known_ones(text: str) -> None:
    """A kg is no height."""
    with pytest.raises(OptionError, match="is not in cm or m or in; write 170"):
        options.height(text)


@pytest.mark.parametrize(
    ("read", "text", "meant"),
    [
        (options.weight, "70 KG", "70 kg"),
        (options.weight, "70kg", "70 kg"),
        (options.weight, "154 lbs", "154 lb"),
        (options.weight, "154.5 pounds", "154.5 lb"),
        (options.height, "1.7 metres", "1.7 m"),
        (options.height, "67 inches", "67 in"),
        (options.height, "5 ft 7 in", "67 in"),
        (options.height, "5'7.5\"", "67.5 in"),
        (options.height, "6 ft", "72 in"),
        (
            options.height,
            "5\N{RIGHT SINGLE QUOTATION MARK}7\N{RIGHT DOUBLE QUOTATION MARK}",
            "67 in",
        ),
        (options.weight, "70,5 kg", "70.5 kg"),
        (options.height, "1,70 m", "1.70 m"),
        (options.height, "5 ft 7,5 in", "67.5 in"),
    ],
)
def test_a_measure_in_other_words_is_refused_with_the_one_meant(
    read: Callable[[str], Decimal | None], text: str, meant: str
) -> None:
    """5 ft 7 in = 5 x 12 + 7 = 67 in. It is not converted: the command shows what is read."""
    with pytest.raises(OptionError) as refused:
        read(text)
    assert f"; did you mean '{meant}'? write " in str(refused.value)
    assert read(meant)


@pytest.mark.parametrize(
    ("read", "text", "written"),
    [
        (options.weight, "70,5", "70.5 kg"),
        (options.height, "170,5", "170.5 cm"),
        (options.height, "1,70", "1.70 m"),
        (options.gfr, "90,5", "90.5 mL/min"),
        (partial(options.area, "--bsa"), "1,9", "1.9 m2"),
        (partial(options.area, "--bsa"), "1.9m2", "1.9 m2"),
        (partial(options.area, "--bsa-cap"), "2,2 m\N{SUPERSCRIPT TWO}", "2.2 m2"),
    ],
)
def test_a_decimal_comma_and_an_area_are_refused_with_the_same_number(
    read: Callable[[str], Decimal | None], text: str, written: str
) -> None:
    """Danger: an example in its place, "write 1.8" of 1.9, is a dose for another body."""
    with pytest.raises(OptionError) as refused:
        read(text)
    assert str(refused.value).endswith(f"; write '{written}'")
    assert read(written)


def test_a_height_of_a_few_centimetres_is_refused_with_metres() -> None:
    """1.70 cm is no height, and '1.70 cm m' none either."""
    with pytest.raises(OptionError, match=r"of 1\.70 cm is not plausible .*mean '1\.70 m'\?$"):
        options.height("1.70 cm")
    assert options.height("0.67 in") == D("0.67") * D("2.54")  # a patient cannot have it


def test_a_number_of_more_digits_than_are_kept_is_refused() -> None:
    """28 digits are kept; a 29th would be dropped unnoticed."""
    with pytest.raises((OptionError, NotAQuantity)):
        options.weight("70." + "1" * 27)


def test_a_date_is_year_month_and_day() -> None:
    """A leap day exists every fourth year."""
    assert options.day("--start", "2026-12-01") == date(2026, 12, 1)
    assert options.day("--start", "2024-02-29") == date(2024, 2, 29)
    assert options.day("--start", "1950-01-01") == date(1950, 1, 1)
    assert options.day("--start", "2049-12-31") == date(2049, 12, 31)


@pytest.mark.parametrize(
    "text", ["0026-12-01", "0206-12-01", "2206-12-01", "2062-12-01", "1949-12-31", "2050-01-01"]
)
def test_a_year_that_cannot_be_meant_is_refused(text: str) -> None:
    """Danger: a slip in the year makes every date of a schedule as wrong, unseen."""
    problem = f"{text!r} is not in the years 1950 to 2049 (assumed by il2calc); check the year"
    with pytest.raises(OptionError) as refused:
        options.day("--start", text)
    assert str(refused.value) == f"--start: {problem}"
    with pytest.raises(OptionError, match="check the year"):
        options.moment("--as-of", f"{text} 08:00")
    with pytest.raises(OptionError, match="check the year"):
        options.date_of(f"0={text}")


@pytest.mark.parametrize(
    "text",
    [
        *("2025-1-6", "06.01.2025", "01/06/2025", "20250106", "2025-W02-1", "2025-01-06 ", "today"),
        *(
            "202\N{FULLWIDTH DIGIT FIVE}-01-06",
            "2025-01-06T08:00",
            "+2025-01-06",
            "2025-006",
            "12025-01-06",
        ),
    ],
)
def test_a_text_that_is_no_date_is_refused(text: str) -> None:
    """06/01 and 01/06 are two days: only one way of writing is read."""
    with pytest.raises(OptionError, match=r"2026-12-01|2025-01-06$") as refused:
        options.day("--first-dose", text)
    assert str(refused.value).startswith("--first-dose: ")


@pytest.mark.parametrize("text", ["2025-02-30", "2025-02-29", "2025-13-01", "2025-00-10"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    """29 February comes every fourth year only."""
    problem = f"--start: {text!r} is not a calendar date; check month and day"
    with pytest.raises(OptionError) as refused:
        options.day("--start", text)
    assert str(refused.value) == problem
    with pytest.raises(OptionError, match="is not a calendar date; check month and day"):
        options.moment("--as-of", f"{text} 08:00")


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("08:05", 485), ("23:59", 1439)])
def test_a_clock_time_is_hours_and_minutes(text: str, minute: int) -> None:
    """In minutes after midnight."""
    assert options.clock("--at", text) == minute


@pytest.mark.parametrize(
    "text",
    [
        "25:00",
        "24:00",
        "8:00",
        "08:60",
        "08",
        "0800",
        "8 am",
        "08:00:00",
        "0\N{ARABIC-INDIC DIGIT EIGHT}:00",
    ],
)
def test_a_text_that_is_no_clock_time_is_refused(text: str) -> None:
    """24:00 is 00:00 of the next day, and must be written so."""
    with pytest.raises(OptionError, match="08:00"):
        options.clock("--at", text)


def test_a_moment_is_a_date_or_a_date_and_a_clock_time() -> None:
    """A date alone is its midnight."""
    midnight = options.moment("--as-of", "2026-12-01")
    later = options.moment("--as-of", "2026-12-01 14:30")
    assert midnight is not None
    assert later is not None
    assert (midnight.isoformat(), later.isoformat()) == (
        "2026-12-01T00:00:00",
        "2026-12-01T14:30:00",
    )
    assert options.moment("--as-of", None) is None


@pytest.mark.parametrize(
    "text",
    ["now", "2026-12-01T14:30", "2026-12-01 ", "2026-12-01 25:00", "14:30", "2026-12-1"],
)
def test_a_text_that_is_no_moment_is_refused(text: str) -> None:
    """A moment that is guessed dates a record wrongly."""
    with pytest.raises(
        OptionError, match=r"is not a date and time; write it like 2026-12-01 or '2026-12-01 08:00'"
    ):
        options.moment("--as-of", text)


def test_a_time_zone_is_an_iana_name() -> None:
    """`BST` means British, Bangladesh and Bougainville time."""
    assert options.zone("Europe/London") == ZoneInfo("Europe/London")
    assert options.zone(None) is None
    with pytest.raises(OptionError, match="--tz: no time zone is called 'BST'"):
        options.zone("BST")


def test_columns_are_taken_in_the_order_in_which_they_are_named() -> None:
    """Spaces after a comma are no part of a name."""
    assert options.columns("b, a", ("a", "b", "c")) == ("b", "a")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a,d", "'d' is not known"),
        ("a,a", "named twice"),
        ("", "an empty name"),
        ("a,,b", "an empty"),
    ],
)
def test_columns_that_cannot_be_shown_are_refused(text: str, word: str) -> None:
    """A column that is left out without a word is missed in a spreadsheet much later."""
    with pytest.raises(OptionError, match=word):
        options.columns(text, ("a", "b", "c"))


def test_turns_are_whole_numbers_from_1() -> None:
    """A count of turns by block, `--cycles` being that of `cycle`."""
    assert options.count("--cycles", "3") == 3
    assert options.times(None, ()) == {}
    assert options.times("3", ()) == {"cycle": 3}
    assert options.times(None, ["course=1", "course.cycle = 2"]) == {"course": 1, "course.cycle": 2}


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "+1", "1.0", "1e2", "two", "01", "1_0", "\N{ARABIC-INDIC DIGIT THREE}"],
)
def test_a_text_that_is_no_number_of_turns_is_refused(text: str) -> None:
    """Zero cycles is no schedule."""
    with pytest.raises(OptionError, match=r"--cycles: .*is not a whole number of at least 1"):
        options.times(text, ())
    with pytest.raises(OptionError):
        options.times(None, [f"cycle={text}"])


def test_more_turns_than_any_count_has_are_refused() -> None:
    """A file may say 100,000."""
    assert options.times("100000", ()) == {"cycle": 100_000}
    with pytest.raises(OptionError, match="'1000000' is more than 100,000; check the number"):
        options.times("1000000", ())


@pytest.mark.parametrize(
    "read",
    [
        options.weight,
        options.height,
        options.gfr,
        options.label,
        lambda text: options.area("--bsa", text),
        lambda text: options.day("--start", text),
        lambda text: options.clock("--at", text),
        lambda text: options.moment("--as-of", text),
        lambda text: options.count("--cycles", text),
        lambda text: options.choice("--format", text, ("table", "csv")),
        lambda text: options.percentage("--round-within", text, "10%"),
    ],
)
def test_an_option_without_a_value_is_refused(read: Callable[[str], object]) -> None:
    """A variable of a shell script that was never set is no value."""
    with pytest.raises(OptionError, match=r"^--[a-z-]+: has no value; write one"):
        read("")


def test_turns_of_one_block_given_twice_are_refused() -> None:
    """`--cycles 2 --times cycle=3`: neither may win unnoticed."""
    with pytest.raises(OptionError, match="twice"):
        options.times("2", ["cycle=3"])
    with pytest.raises(
        OptionError, match="--times: 'course' is given twice; give it once, like cycle=4"
    ):
        options.times(None, ["course=2", "course=2"])


@pytest.mark.parametrize("pair", ["", "cycle", "=3", "cycle=", " =3", "cycle= "])
def test_a_pair_has_a_name_and_a_value(pair: str) -> None:
    """Each of the three options that take one says how it is written."""
    for read in (
        lambda text: options.times(None, [text]),
        lambda text: options.percents([text]),
        lambda text: options.settings([text]),
    ):
        with pytest.raises(OptionError, match="="):
            read(pair)


def test_a_value_may_hold_an_equals_sign() -> None:
    """Only the first one parts name and value."""
    assert options.settings(["a.b=6 days", "c = x=y"]) == [("a.b", "6 days"), ("c", "x=y")]


@pytest.mark.parametrize(
    ("text", "percent"),
    [("75 %", D(75)), ("75%", D(75)), ("75", D(75)), ("33.3 %", D("33.3")), ("200", D(200))],
)
def test_a_percentage_is_a_number_with_or_without_its_sign(text: str, percent: Decimal) -> None:
    """Of the amount in the file."""
    assert options.percents([f"paclitaxel={text}"]) == {"paclitaxel": percent}


@pytest.mark.parametrize(
    "text", ["0", "0 %", "0.0", "200.1", "1000", "-5", "abc", "7.5.1", "75 percent", "1e2", "%"]
)
def test_a_text_that_is_no_percentage_is_refused(text: str) -> None:
    """0 % is a held dose, and more than twice the amount is a slip of the keyboard."""
    with pytest.raises(OptionError, match="paclitaxel=75 %"):
        options.percents([f"paclitaxel={text}"])


def test_a_percentage_given_twice_is_refused() -> None:
    """75 % and 50 % are not 37.5 %."""
    with pytest.raises(OptionError, match="twice"):
        options.percents(["paclitaxel=75", "paclitaxel=50"])


@pytest.mark.parametrize("text", ["S-07", "7", "Ä 12/b", "x" * 60])
def test_a_label_is_plain_text(text: str) -> None:
    """Whatever a ward uses."""
    assert options.label(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x" * 61,
        "+1",
        "-1",
        " x",
        "\x1b[31m",
        "a\nb",
        "a\u202eb",
        "a\x00",
        "\ud800",
    ],
)
def test_a_label_that_could_act_is_refused(text: str) -> None:
    """No formula in a spreadsheet, no escape in a terminal, no second line."""
    with pytest.raises(OptionError, match="S-07"):
        options.label(text)


@pytest.mark.parametrize("text", ["=1+1", "@x"])
def test_a_label_that_a_spreadsheet_would_run_is_refused(text: str) -> None:
    """As every text of a file is."""
    with pytest.raises(OptionError, match=r"--subject: .* a label begins with a letter or digit"):
        options.label(text)


def test_one_of_a_few_words_is_taken_as_it_is() -> None:
    """Exactly."""
    assert options.choice("--format", "csv", ("table", "csv")) == "csv"


def test_an_unknown_word_is_refused_with_the_nearest_and_all() -> None:
    """`cvs` is one slip from `csv`; `x` is near nothing."""
    with pytest.raises(OptionError) as refused:
        options.choice("--format", "cvs", ("table", "csv"))
    assert str(refused.value).startswith("--format: ")
    assert "did you mean 'csv'?" in str(refused.value)
    with pytest.raises(OptionError, match="one of: table, csv") as refused:
        options.choice("--format", "q", ("table", "csv"))
    assert "did you mean" not in str(refused.value)


def test_a_letter_is_near_no_word() -> None:
    """`m` is in `female` too, and a sex is not guessed."""
    with pytest.raises(OptionError) as refused:
        options.sex_of("m")
    assert str(refused.value) == "--sex: 'm' is not known; write one of: female, male"


def test_an_error_names_its_option_and_its_problem() -> None:
    """For programs that read the fields."""
    error = OptionError("--start", "excludes --first-dose")
    assert (error.option, error.problem) == ("--start", "excludes --first-dose")
    assert str(error) == "--start: excludes --first-dose"


@pytest.mark.parametrize(
    ("text", "meant"), [("0.75", "75 %"), ("0.5", "50 %"), ("0.999", "99.9 %")]
)
def test_a_percentage_that_looks_like_a_fraction_is_refused(text: str, meant: str) -> None:
    """A hundredth of the dose is not what 0.75 means."""
    with pytest.raises(OptionError, match=re.escape(f"{meant}? write '{meant}'")):
        options.percents([f"x={text}"])
    assert options.percents([f"x={text} %"]) == {"x": D(text)}
