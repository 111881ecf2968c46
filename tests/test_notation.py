"""Text to number, amount or duration: what is read, and what is refused with a way out."""

import decimal
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from il2calc.errors import NotAQuantity
from il2calc.units import (
    AMOUNT_UNITS,
    NUMBER,
    Quantity,
    Span,
    exact,
    number,
    plain,
    plain_number,
    quantity,
    safe,
    safe_quantity,
    safe_text,
    short,
    span,
)

FULL_WIDTH_70 = "\uff17\uff10"
ARABIC_70 = "\u0667\u0660"
MICRO, GREEK_MU = "\u00b5", "\u03bc"
NO_BREAK_SPACE = "\u00a0"

NEVER_NUMBERS = [
    "",
    " ",
    "nan",
    "NaN",
    "inf",
    "Infinity",
    "-5",
    "+70",
    "1e3",
    "1E3",
    "7_0",
    "70_00",
    "1__000",
    "_1",
    "1_",
    "1,000",
    "70,5",
    "1.000.000",
    ".5",
    "5.",
    ".",
    "007",
    "00",
    "00.5",
    "0x10",
    "1 000",
    " 70",
    "70 ",
    "70\n",
    "\u00bd",
    FULL_WIDTH_70,
    ARABIC_70,
    "\u0967",
    "70\u200b",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("7", 7),
        ("70", 70),
        ("72000", 72000),
        ("72_000", 72000),
        ("1_234_567", 1234567),
        ("0.25", Decimal("0.25")),
        ("1_000.5", Decimal("1000.5")),
        ("12.50", Decimal("12.5")),
    ],
)
def test_a_file_writes_digits_groups_of_three_and_a_point(text: str, expected: Decimal) -> None:
    assert number(text) == expected


@pytest.mark.parametrize("text", NEVER_NUMBERS)
def test_an_ambiguous_number_of_a_file_is_refused(text: str) -> None:
    """A comma is a thousand in London and a decimal in Paris: tenfold or thousandfold."""
    with pytest.raises(NotAQuantity):
        number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("70", 70), ("70.5", Decimal("70.5")), ("0.5", Decimal("0.5")), ("0", 0), ("1000", 1000)],
)
def test_a_command_line_writes_plain_numbers(text: str, expected: Decimal) -> None:
    assert plain_number(text) == expected


@pytest.mark.parametrize("text", [*NEVER_NUMBERS, "72_000", "1_000.5"])
def test_a_command_line_takes_nothing_but_plain_numbers(text: str) -> None:
    """A weight of `7_0` may be 7 or 70 kg."""
    with pytest.raises(NotAQuantity, match=r"write (it like 70 or )?70\.5"):
        plain_number(text)


@pytest.mark.parametrize("read", [number, plain_number])
def test_a_number_keeps_28_digits_and_refuses_the_29th(read: Callable[[str], Decimal]) -> None:
    """Nothing is cut off silently."""
    assert read("1" * 28) == Decimal("1" * 28)
    assert read("0." + "1" * 28) == Decimal("0." + "1" * 28)
    with pytest.raises(NotAQuantity, match="28 digits"):
        read("1" * 29)
    with pytest.raises(NotAQuantity, match="28 digits"):
        read("1." + "0" * 28)


@given(st.text(alphabet="0123456789_.,+-eE ", max_size=12))
def test_whatever_is_read_as_a_number_is_the_number_its_digits_say(text: str) -> None:
    """Strict: `_` may be dropped, and what is left is digits and at most one point."""
    try:
        value = number(text)
    except NotAQuantity:
        return
    digits = text.replace("_", "")
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", digits)
    assert value == Decimal(digits)


def test_the_grammar_of_numbers_can_be_embedded_in_others() -> None:
    """The published pattern names no group and matches as one piece."""
    assert re.fullmatch(f"x{NUMBER}y", "x72_000.5y")
    assert re.compile(NUMBER).groups == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("72_000 IU/kg", Quantity(Decimal(72000), "IU", "kg")),
        ("12 million IU/m2", Quantity(Decimal(12_000_000), "IU", "m2")),
        ("12 MIU/m2", Quantity(Decimal(12_000_000), "IU", "m2")),
        ("1.5 MIU", Quantity(Decimal(1_500_000), "IU")),
        ("6 million units", Quantity(Decimal(6_000_000), "units")),
        ("2 million cells/kg", Quantity(Decimal(2_000_000), "cells", "kg")),
        ("400 mg", Quantity(Decimal(400), "mg")),
        ("0.25 mg", Quantity(Decimal("0.25"), "mg")),
        ("250 mcg/m2", Quantity(Decimal(250), "mcg", "m2")),
        ("1 g/m2", Quantity(Decimal(1), "g", "m2")),
        ("1 kg", Quantity(Decimal(1), "kg")),
        ("5 mL", Quantity(Decimal(5), "mL")),
        ("45 mg/m2/day", Quantity(Decimal(45), "mg", "m2", per_day=True)),
        ("5 mg/kg/day", Quantity(Decimal(5), "mg", "kg", per_day=True)),
        ("100 mg/day", Quantity(Decimal(100), "mg", None, per_day=True)),
        ("5 AUC", Quantity(Decimal(5), "AUC")),
        ("1 units", Quantity(Decimal(1), "units")),
    ],
)
def test_an_amount_is_a_number_a_space_a_unit_and_a_basis(text: str, expected: Quantity) -> None:
    assert quantity(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(f"{digits} mg" for digits in NEVER_NUMBERS),
        "5",
        "mg",
        "5 6 mg",
        "1 000 mg",
        "5 mg ",
        " 5 mg",
        "5  mg",
        "5\tmg",
        f"5{NO_BREAK_SPACE}mg",
        "5 mg\n",
        "5 m g",
        "5 mg /kg",
        "5 mg/ kg",
        "5 mg/",
        "5 mg//kg",
        "5 mg/m\u00b2",
        "5 mg per kg",
        "5 to 6 mg",
        "~5 mg",
        "<5 mg",
        "5 mg or so",
        "5 thousand IU",
        "5 billion IU",
        "5 Million IU",
        "5 million",
        "5 millionIU",
        "5*6 mg",
        "2**9 mg",
        "__import__('os') mg",
    ],
)
def test_a_text_that_is_no_plain_amount_is_refused(text: str) -> None:
    """Nothing is guessed, joined, trimmed or evaluated on its way to a dose."""
    with pytest.raises(NotAQuantity):
        quantity(text)


@pytest.mark.parametrize(
    "unit",
    [
        "iu",
        "Iu",
        "U",
        "u",
        "unit",
        "Units",
        "UNITS",
        "IE",
        "MU",
        "mU",
        "mIU",
        "kIU",
        "Mg",
        "MG",
        "mgs",
        "gm",
        "ug",
        f"{MICRO}g",
        f"{GREEK_MU}g",
        "ng",
        "L",
        "ml",
        "cc",
        "lb",
        "cell",
        "m2",
        "minutes",
        "hours",
        "percent",
        "auc",
    ],
)
def test_a_unit_outside_the_closed_list_is_refused(unit: str) -> None:
    """`U` is read as 0, `Mg` as mg, `ug` as mg: none of them is guessed."""
    with pytest.raises(NotAQuantity):
        quantity(f"5 {unit}")


@pytest.mark.parametrize(
    ("text", "unit"), [("5 IU", "IU"), ("5 units", "units"), ("5 mg", "mg"), ("5 mcg", "mcg")]
)
def test_units_that_look_similar_are_kept_apart(text: str, unit: str) -> None:
    """Reading mg for mcg is a thousandfold overdose; IU for units is another drug's measure."""
    assert quantity(text).unit == unit


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("10mg", "'10 mg'"),
        ("72_000IU/kg", "'72_000 IU/kg'"),
        ("1,000 mg", "'1000 mg'"),
        ("1,000 mg", "'1_000 mg', or '1 mg' if the comma is a decimal sign"),
        ("12,500 mg/m2", "'12_500 mg/m2', or '12.5 mg/m2' if the comma is a decimal sign"),
        ("1,250,000 IU", "write '1250000 IU' or '1_250_000 IU'"),
        ("1,234,567 IU", "'1_234_567 IU'"),
        (".5 mg", "'0.5"),
        ("5. mg", "'5"),
        ("3 unit", "'units'"),
        ("5 U", "write 'IU', or 'units' for a drug that is not measured in IU"),
        ("5 u", "write 'IU', or 'units' for a drug that is not measured in IU"),
        ("5 iu", "'IU'"),
        ("5 IE", "'IU'"),
        ("5 miu", "'MIU'"),
        ("5 ug", "'mcg'"),
        (f"5 {MICRO}g", "'5 mcg'"),
        (f"5 {GREEK_MU}g", "'5 mcg'"),
        ("5 ml", "'mL'"),
        ("5 cell", "'cells'"),
        ("5 unitss", "'units'"),
        ("5 furlongs", "known units: IU, units, kg, g, mg, mcg, mL, cells, MIU, AUC"),
        ("5 mg per kg", "write '5 mg/kg'"),
        ("5 6 mg", "like '5 mg' or '72_000 IU/kg'"),
        ("7_0 mg", "digits such as 12, 72_000 or 0.25"),
        ("+70 mg", "digits such as 12, 72_000 or 0.25"),
        ("5 million MIU", "write '5 MIU'"),
        ("5 million MIU/m2/day", "write '5 MIU/m2/day'"),
        ("5 MBq", "radiation is not supported: write 'amount: not stated'"),
        ("5 GBq/kg", "radiation is not supported: write 'amount: not stated'"),
        ("5 unist", "'units'"),
        ("5 CELLS", "'cells'"),
        (f"250 {MICRO}g/m2", "write '250 mcg/m2'"),
        ("250 micrograms", "write 'mcg'"),
        ("5 grams", "write 'g'"),
        ("5 cc", "write 'mL'"),
        ("600 kIU/kg", "write 'IU', and the number times 1_000"),
        ("100_000 U/kg", "the 1980s may mean 'Cetus units'"),
        ("18 Million IU", "write '18 million IU'"),
        ("0.5 mg/kg/min", "may have /hour instead of /day (60 times what is per minute)"),
        ("mg", "write NUMBER UNIT"),
        ("5mg//kg", "write NUMBER UNIT"),
        ("10 to 20 mg/m2", "{low: 10 mg/m2, high: 20 mg/m2}"),
        ("1_000-2_000 IU", "{low: 1_000 IU, high: 2_000 IU}"),
        ("50 % of the first dose", "write the resulting amount, like '600 mg/m2'"),
        ("same as in cycle 1", "write the resulting amount, like '600 mg/m2'"),
    ],
)
def test_a_refused_amount_says_what_would_be_right(text: str, proposal: str) -> None:
    """The message ends in something that can be typed."""
    with pytest.raises(NotAQuantity, match=re.escape(proposal)):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        (".5", "'0.5'"),
        ("5.", "'5'"),
        ("125.", "'125'"),
        ("1,000", "'1_000'"),
        ("7_0", "72_000"),
        ("", "digits"),
    ],
)
def test_a_refused_number_says_what_would_be_right(text: str, proposal: str) -> None:
    with pytest.raises(NotAQuantity, match=re.escape(proposal)):
        number(text)


def proposals(problem: str) -> list[str]:
    """The quoted texts, beginning like a number, that a message says to write."""
    return re.findall(r"'([0-9.][^']*)'", problem)


@pytest.mark.parametrize(
    "text",
    [
        "10mg",
        ".5mg",
        "5.mg",
        "1,000 mg",
        "1,000mg",
        "1,5 mg",
        "70,5 mg",
        "12,34 mg",
        "1.000,5 mg",
        "1_00 mg",
        "55",
        "1000",
    ],
)
def test_what_a_refused_amount_says_to_write_is_itself_readable(text: str) -> None:
    """A proposal that is refused in its turn sends the writer in a circle."""
    with pytest.raises(NotAQuantity) as refusal:
        quantity(text)
    for proposal in proposals(refusal.value.problem):
        quantity(proposal if " " in proposal else f"{proposal} mg")


@pytest.mark.parametrize("text", ["1,5", "70,5", "12,34", "1,", "1,000", ".5", "5.", "7_0"])
def test_what_a_refused_number_says_to_write_is_itself_readable(text: str) -> None:
    """A decimal comma is never turned into a group of thousands: 1,5 is not 15."""
    with pytest.raises(NotAQuantity) as refusal:
        number(text)
    for proposal in proposals(refusal.value.problem):
        number(proposal)


@pytest.mark.parametrize(
    ("unit", "wrong"),
    [
        ("ng", "g"),
        ("pg", "g"),
        ("L", "mL"),
        ("L", "cells"),
        ("nit", "units"),
        ("mU", "MIU"),
        ("mmol", "mL"),
    ],
)
def test_a_unit_of_another_size_is_never_proposed(unit: str, wrong: str) -> None:
    """Following the advice must not multiply a dose by a thousand or a thousand million."""
    with pytest.raises(NotAQuantity) as refusal:
        quantity(f"5 {unit}")
    assert f"write '{wrong}'" not in refusal.value.problem


@pytest.mark.parametrize("text", ["5 million mg", "5 million mL", "5 million kg", "5 million MIU"])
def test_only_what_is_counted_comes_in_millions(text: str) -> None:
    """`million mg` is a slip; `million MIU` would be a million too much."""
    with pytest.raises(NotAQuantity, match="million"):
        quantity(text)


@pytest.mark.parametrize("text", ["0 mg", "0.0 mg", "0 million IU", "0 AUC", "0 mg/kg"])
def test_an_amount_of_nothing_is_refused(text: str) -> None:
    """A dose of 0 is a dose that was left out by mistake."""
    with pytest.raises(NotAQuantity, match="more than 0"):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1.8 million IU/m2/24 hours", "1.8 million IU/m2/day"),
        ("1.8 million IU/m2/24h", "1.8 million IU/m2/day"),
        ("1.8 million IU/m2 per 24 hours", "1.8 million IU/m2/day"),
        ("18 MIU/m2/d", "18 MIU/m2/day"),
        ("18 MIU/m\u00b2/d", "18 MIU/m2/day"),
        ("18 MIU/sqm/24 hr", "18 MIU/m2/day"),
        ("18 units/kg/h", "18 units/kg/hour"),
        ("0.5 mg/kg/hrs", "0.5 mg/kg/hour"),
    ],
)
def test_a_time_spelled_otherwise_is_refused_with_what_loads(text: str, right: str) -> None:
    """`/24 hours` was answered "write 'IU'", and m\u00b2/d "write m2/d", which does not load."""
    with pytest.raises(NotAQuantity, match=f"write '{right}'$"):
        quantity(text)
    assert quantity(right).tail().endswith(("/day", "/hour"))


@pytest.mark.parametrize("text", ["21d", "24h", "3x/day", "6x", "3rd", "4 times per day"])
def test_a_text_that_is_no_amount_is_not_advised_a_space(text: str) -> None:
    """`24h` in place of an amount was answered "write '24 h'", which does not load."""
    with pytest.raises(NotAQuantity, match="write NUMBER UNIT or NUMBER UNIT/BASIS"):
        quantity(text)


@pytest.mark.parametrize(
    "tail", ["/lb", "/m2/kg", "/kg/m2", "/day/kg", "/day/day", "/dose", "/week", "/m"]
)
def test_a_basis_is_per_kg_or_per_m2_then_per_day(tail: str) -> None:
    with pytest.raises(NotAQuantity, match="write /kg, /m2, /day, /kg/day or /m2/day"):
        quantity(f"5 mg{tail}")


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ("600,000 IU/Kg", "600_000 IU/kg"),
        ("600000 IU/Kg", "600000 IU/kg"),
        ("72000 IU /kg", "72000 IU/kg"),
        ("720,000 iu/kg", "720_000 IU/kg"),
        ("1,250 ug", "1_250 mcg"),
        ("1,250 MG/m2", "1_250 mg/m2"),
        ("7,5 MUI", "7.5 MIU"),
        ("18MUI/m2", "18 MIU/m2"),
        ("5mg /kg", "5 mg/kg"),
        ("2,5 auc", "2.5 AUC"),
        ("5 mg/m2/Day", "5 mg/m2/day"),
    ],
)
def test_an_amount_whose_unit_can_mean_only_one_is_refused_with_what_loads(
    text: str, loads: str
) -> None:
    """Danger: the advice "write '1250 ug'" was itself refused, with "write 'mcg'"."""
    with pytest.raises(NotAQuantity, match=re.escape(f"'{loads}'")):
        quantity(text)
    assert quantity(loads)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("600,000 U/kg", "write the number as '600000' or '600_000', or '600' if the comma is"),
        ("600,000 U/kg", "; for 'U' write 'IU', or 'units' for a drug that is not measured in IU"),
        (
            "18,5 mIU",
            "write the number as '18.5', with a point for a decimal; for 'mIU' known units: IU",
        ),
        ("18U/kg", "write 'IU', or 'units' for a drug that is not measured in IU"),
    ],
)
def test_a_faulty_number_is_refused_without_a_unit_that_is_in_doubt(text: str, right: str) -> None:
    """Only the author knows which unit U is: no complete amount is offered."""
    with pytest.raises(NotAQuantity, match=re.escape(right)):
        quantity(text)


def test_a_target_auc_above_every_one_in_use_is_refused() -> None:
    """Danger: 400 mg/m2 as 400 AUC is 46 g at a GFR of 90, and 60 for 6.0 is 6.9 g, unseen."""
    for text in ("30.1 AUC", "60 AUC", "400 AUC"):
        with pytest.raises(NotAQuantity, match="is above 30 AUC"):
            quantity(text)
    assert quantity("30 AUC").value == 30


@pytest.mark.parametrize("text", ["5 AUC/kg", "5 AUC/m2", "5 AUC/day"])
def test_a_target_auc_has_no_basis(text: str) -> None:
    """Calvert's formula already knows the patient; per kg would count the body twice."""
    with pytest.raises(NotAQuantity, match="5 AUC"):
        quantity(text)


def test_a_million_and_mega_units_are_the_same_number_of_units() -> None:
    assert quantity("18 million IU") == quantity("18 MIU") == quantity("18_000_000 IU")


@given(
    st.integers(1, 10**12),
    st.sampled_from(["IU", "units", "kg", "g", "mg", "mcg", "mL", "cells"]),
    st.sampled_from(["", "/kg", "/m2"]),
    st.sampled_from(["", "/day"]),
)
def test_every_amount_of_the_language_is_read_as_it_is_written(
    value: int, unit: str, basis: str, day: str
) -> None:
    """`NUMBER SPACE UNIT[/BASIS]`, `_` between groups of three if wanted."""
    expected = Quantity(Decimal(value), unit, basis[1:] or None, bool(day))
    assert quantity(f"{value} {unit}{basis}{day}") == expected
    assert quantity(f"{value:_} {unit}{basis}{day}") == expected


@given(st.text(max_size=30))
@example("5 mg\x00")
@example("9" * 100_000 + " mg")
@example("1_" * 50_000 + " mg")
def test_no_text_is_read_but_by_the_grammar_and_none_breaks_the_reader(text: str) -> None:
    """Whatever is typed, the answer is a quantity or a refusal, never another exception."""
    for read in (number, plain_number, quantity, span):
        try:
            read(text)
        except NotAQuantity:
            continue
        assert text.isascii()


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("30 minutes", 30, 30),
        ("1 minute", 1, 1),
        ("8 hours", 8 * 60, 8 * 60),
        ("1 hour", 60, 60),
        ("1.5 hours", 90, 90),
        ("1 day", 24 * 60, 24 * 60),
        ("7 days", 7 * 24 * 60, 7 * 24 * 60),
        ("1 week", 7 * 24 * 60, 7 * 24 * 60),
        ("52 weeks", 52 * 7 * 24 * 60, 52 * 7 * 24 * 60),
        ("5 to 6 weeks", 5 * 7 * 24 * 60, 6 * 7 * 24 * 60),
        ("30 to 90 minutes", 30, 90),
        ("0 days", 0, 0),
        ("1_440 minutes", 24 * 60, 24 * 60),
    ],
)
def test_a_duration_is_counted_in_whole_minutes(text: str, shortest: int, longest: int) -> None:
    assert span(text) == Span(shortest, longest, text)


@pytest.mark.parametrize("text", ["336 hours", "14 days", "2 weeks", "20_160 minutes"])
def test_two_spellings_of_a_duration_are_one_length_each_in_its_own_words(text: str) -> None:
    """14 x 24 h = 336 h: the length is calculated with, the words are shown."""
    assert span(text) == Span(14 * 24 * 60, 14 * 24 * 60, text)
    assert span(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "hours",
        "8h",
        "8 h",
        "8 hrs",
        "8hours",
        "8  hours",
        " 8 hours",
        "8 hours ",
        "8 hours\n",
        "-8 hours",
        "+8 hours",
        "1e1 hours",
        "8,5 hours",
        "7_0 days",
        f"{FULL_WIDTH_70} days",
        "nan days",
        "5-6 weeks",
        "5 to 6",
        "5 weeks to 6 weeks",
        "2 day",
        "1 to 2 day",
        "5 Days",
        "3 fortnights",
        "5 to 6 to 7 weeks",
    ],
)
def test_a_text_that_is_no_plain_duration_is_refused(text: str) -> None:
    with pytest.raises(NotAQuantity):
        span(text)


@pytest.mark.parametrize("text", ["1 month", "2 months", "1 to 2 months"])
def test_a_month_is_refused_and_28_days_proposed(text: str) -> None:
    """A month is 28 to 31 days; three months read as weeks or as months differ by a week."""
    with pytest.raises(NotAQuantity, match="'28 days'"):
        span(text)


@pytest.mark.parametrize("text", ["1 year", "2 years"])
def test_a_year_is_refused_and_52_weeks_proposed(text: str) -> None:
    with pytest.raises(NotAQuantity, match="'52 weeks'"):
        span(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1 month", "write '28 days' (or"),
        ("3 months", "write '28 days' for each, so '84 days', or '91 days' by the calendar (or"),
        ("1.5 months", "so '42 days', or '46 days' by the calendar (or"),
        ("2 to 3 months", "so '56 to 84 days', or '61 to 91 days' by the calendar (or"),
        ("24 months", "so '672 days', or '730 days' by the calendar (or"),
        ("1 year", "write '52 weeks' and assume it"),
        ("2 years", "write '52 weeks' for each, so '104 weeks' and assume it"),
    ],
)
def test_several_months_are_refused_with_their_length_in_days_and_weeks(
    text: str, advice: str
) -> None:
    """3 x 28 = 84 days, 2 x 52 = 104 weeks: '28 days' copied for 3 months treat for one.

    By the calendar, a month is 365.25 / 12 = 30.4375 days: 3 of them 91.3, and 24 of them 730.5.
    """
    with pytest.raises(NotAQuantity, match=re.escape(advice)):
        span(text)


def test_an_abbreviated_unit_of_time_is_refused_with_the_full_one() -> None:
    """Only one of the four units can be meant."""
    with pytest.raises(
        NotAQuantity, match=re.escape("'8 h' has no unit of fixed length; write '8 hours'")
    ):
        span("8 h")


@pytest.mark.parametrize("text", ["3 fortnights", "8 seconds"])
def test_another_unit_of_time_is_refused_with_the_four_that_exist(text: str) -> None:
    with pytest.raises(NotAQuantity, match="minutes, hours, days or weeks"):
        span(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("30 mins", "30 minutes"),
        ("1,5 hours", "1.5 hours"),
        ("0,5h", "0.5 hours"),
        ("1 to 2 hrs", "1 to 2 hours"),
        ("2 hour", "2 hours"),
        ("3 Weeks", "3 weeks"),
        ("every 3 weeks", "3 weeks"),
        ("q21d", "21 days"),
    ],
)
def test_a_length_in_another_spelling_is_refused_with_the_right_one(text: str, right: str) -> None:
    """Advice that is itself refused helps nobody."""
    with pytest.raises(NotAQuantity, match=f"write '{right}'"):
        span(text)
    assert span(right).text == right


@pytest.mark.parametrize("text", ["0.5 minutes", "0.01 hours", "1.00001 days"])
def test_a_part_of_a_minute_is_refused(text: str) -> None:
    """Nothing is rounded on the way into a schedule."""
    with pytest.raises(NotAQuantity, match="whole number of minutes"):
        span(text)


@pytest.mark.parametrize("text", ["6 to 5 weeks", "5 to 5 weeks", "1.5 to 1.50 hours"])
def test_a_range_of_durations_rises(text: str) -> None:
    with pytest.raises(NotAQuantity, match="is not in rising order"):
        span(text)


def test_a_duration_of_more_than_a_century_is_refused() -> None:
    """100 years of 365.25 days are 36,525 days; 5,217 weeks are 36,519, 5,218 are 36,526."""
    assert span("36525 days").longest == 36_525 * 1440
    assert span("5217 weeks").longest == 36_519 * 1440
    for text in ("36526 days", "5218 weeks", "1 to 5218 weeks", "9" * 28 + " weeks"):
        with pytest.raises(NotAQuantity, match="century"):
            span(text)


def test_a_caller_with_five_digits_reads_the_same_numbers() -> None:
    """The decimal context of a program that imports this one changes no dose."""
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):
        assert number("123456789.123456789") == Decimal("123456789.123456789")
        assert quantity("1.23456789 million IU").value == Decimal("1234567.89")
        assert span("5217 weeks").longest == 52_587_360


amounts = st.decimals(
    min_value=Decimal("0.000001"), max_value=Decimal(10) ** 15, places=6, allow_nan=False
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("0.250", "0.25"),
        ("2.50E+1", "25"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("100", "100"),
        ("5040000", "5040000"),
        ("0", "0"),
        ("0.00", "0"),
        ("1234567890123456789012345678", "1234567890123456789012345678"),
    ],
)
def test_a_plain_number_has_every_digit_and_no_exponent(value: str, text: str) -> None:
    """A spreadsheet reads it; a zero before the point is never taken away."""
    assert plain(Decimal(value)) == text


@given(amounts)
def test_a_plain_number_reads_back_as_the_same_number(value: Decimal) -> None:
    """Decimals from the command line to the file, without loss."""
    assert Decimal(plain(value)) == value
    assert re.fullmatch(r"[0-9]+(\.[0-9]*[1-9])?", plain(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5040000", "5,040,000"),
        ("999", "999"),
        ("1000", "1,000"),
        ("1E+6", "1,000,000"),
        ("1234.5678", "1,234.5678"),
        ("0.1010", "0.101"),
        ("145.4494948618095254866953932", "145.4494948618095254866953932"),
    ],
)
def test_an_exact_number_has_every_digit_and_commas_in_thousands(value: str, text: str) -> None:
    assert exact(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("145.4494", "145.4"),
        ("145.45", "145.5"),
        ("145.5", "145.5"),
        ("0.1010", "0.101"),
        ("0.10095", "0.101"),
        ("0.10094", "0.1009"),
        ("0.00012345", "0.0001235"),
        ("5", "5"),
        ("5.000", "5"),
        ("12344.5", "12,340"),
        ("12345", "12,350"),
        ("9999.4", "9,999"),
        ("9999.5", "10,000"),
        ("999.95", "1,000"),
        ("99.995", "100"),
        ("1000", "1,000"),
        ("5E+3", "5,000"),
        ("0", "0"),
        ("0.000", "0"),
    ],
)
def test_a_short_number_has_four_significant_figures_with_halves_rounded_up(
    value: str, text: str
) -> None:
    """A number for a syringe, not for an accountant; 145.45 is never rounded down to even."""
    assert short(Decimal(value)) == text


@pytest.mark.parametrize(
    ("figures", "text"), [(1, "100"), (2, "150"), (3, "145"), (5, "145.45"), (6, "145.449")]
)
def test_a_short_number_may_have_other_numbers_of_figures(figures: int, text: str) -> None:
    assert short(Decimal("145.4494"), figures) == text


@given(amounts)
def test_a_short_number_is_within_half_of_its_fourth_figure(value: Decimal) -> None:
    """Four significant figures, half-up: never off by more than 5 of the fifth."""
    rounded = Decimal(short(value).replace(",", ""))
    assert abs(rounded - value) <= Decimal(5).scaleb(value.adjusted() - 4)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("5040000", "IU", "5.04 million units"),
        ("1000000", "IU", "1 million units"),
        ("999900", "IU", "999,900 units"),
        ("72000", "IU", "72,000 units"),
        ("1", "IU", "1 unit"),
        ("1", "units", "1 unit"),
        ("2", "units", "2 units"),
        ("12000000", "units", "12 million units"),
        ("75600000", "IU", "75.6 million units"),
        ("1000000000", "IU", "1,000 million units"),
        ("2000000", "cells", "2 million cells"),
        ("1", "cells", "1 cell"),
        ("145.4494", "mg", "145.4 mg"),
        ("1", "mg", "1 mg"),
        ("1000000", "mg", "1,000,000 mg"),
        ("0.1010", "mL", "0.101 mL"),
        ("250.0", "mcg", "250 mcg"),
        (".5", "g", "0.5 g"),
        ("5.0", "mg", "5 mg"),
        ("0.0001234", "IU", "0.0001234 units"),
        ("0", "IU", "0 units"),
    ],
)
def test_a_person_reads_an_amount_in_the_safe_style(value: str, unit: str, text: str) -> None:
    """`.5` is read as 5, `5.0` as 50, `IU` as IV or 10: each is a tenfold overdose."""
    assert safe(Decimal(value), unit) == text


@pytest.mark.parametrize("value", ["999950", "999999", "999999.5", "999999.999"])
def test_an_amount_shown_in_millions_says_million(value: str) -> None:
    """The word comes with the number shown: seven digits in a row are miscounted."""
    assert safe(Decimal(value), "IU") == "1 million units"


@given(st.integers(1, 10**9), st.sampled_from(["kg", "g", "mg", "mcg", "mL"]))
def test_only_what_is_counted_is_shown_in_millions(value: int, unit: str) -> None:
    """Nobody says a million mg: 2,000,000 mg stay so, with all their digits."""
    amount = Quantity(Decimal(value), unit)
    for text in (
        safe(Decimal(value), unit),
        safe(Decimal(value), unit, full=True),
        safe_quantity(amount),
        safe_quantity(amount, full=False),
    ):
        assert "million" not in text
        assert text.endswith(f" {unit}")
    assert safe_quantity(amount) == f"{value:,} {unit}"


@pytest.mark.parametrize("unit", ["IU", "units", "cells"])
def test_only_counted_amounts_are_two_million(unit: str) -> None:
    """5.04 million units are; 5,040,000 mg are not 5.04 million mg."""
    word = "cells" if unit == "cells" else "units"
    assert safe(Decimal(2_000_000), unit) == f"2 million {word}"
    assert safe(Decimal(2_000_000), "mg") == "2,000,000 mg"
    assert safe_quantity(quantity(f"2_000_000 {unit}/kg")) == f"2 million {word}/kg"
    assert safe_text("2_000_000 mg/kg") == "2,000,000 mg/kg"
    assert safe_text("2_500_000 mcg") == "2,500,000 mcg"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("5040000", "IU", "5,040,000 units"),
        ("145.4494948618095254866953932", "mg", "145.4494948618095254866953932 mg"),
        ("999999.5", "IU", "999,999.5 units"),
        ("1", "IU", "1 unit"),
    ],
)
def test_a_working_shows_every_digit(value: str, unit: str, text: str) -> None:
    """Whoever checks the arithmetic sees the numbers it was done with."""
    assert safe(Decimal(value), unit, full=True) == text


def test_the_largest_amount_that_can_be_read_is_still_written() -> None:
    """28 digits per kg times 400 kg is absurd, and is shown rather than an error."""
    value = quantity("9999999999999999999999999999 mg/kg").value * 400
    assert safe(value, "mg") == f"{4 * 10**30:,} mg"


@given(amounts, st.sampled_from(AMOUNT_UNITS), st.booleans())
def test_the_safe_style_holds_for_every_amount(value: Decimal, unit: str, full: bool) -> None:
    """Leading zero, no trailing zero, commas, a space before the unit; never IU, U, MIU or ug."""
    number, _, word = safe(value, unit, full=full).partition(" ")
    assert re.fullmatch(r"(0|[1-9][0-9]{0,2}(,[0-9]{3})*)(\.[0-9]*[1-9])?", number)
    units = r"(million )?(units?|cells?)"
    assert re.fullmatch(units if unit in ("IU", "units", "cells") else unit, word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("72_000 IU/kg", "72,000 units/kg"),
        ("12 million IU/m2", "12 million units/m2"),
        ("18 MIU", "18 million units"),
        ("1 million IU/m2", "1 million units/m2"),
        ("1 IU/kg", "1 unit/kg"),
        ("80 mg/m2", "80 mg/m2"),
        ("45 mg/m2/day", "45 mg/m2/day"),
        ("100 mg/day", "100 mg/day"),
        ("0.25 mg", "0.25 mg"),
        ("250 mcg", "250 mcg"),
        ("2 million cells/kg", "2 million cells/kg"),
        ("1_234_567 IU", "1.234567 million units"),
        ("5 AUC", "5 AUC"),
        ("1_000 mg", "1,000 mg"),
    ],
)
def test_a_prescribed_amount_is_written_in_the_safe_style(text: str, expected: str) -> None:
    """As the source gives it, with all its digits, but in words that are not misread."""
    assert safe_quantity(quantity(text)) == expected


@pytest.mark.parametrize("text", ["7 days", "not stated", "5 Mg"])
def test_a_text_that_is_no_amount_is_shown_unchanged(text: str) -> None:
    """A text of a file is shown even if it is no amount."""
    assert safe_text(text) == text


def test_a_prescribed_amount_may_be_shortened() -> None:
    assert safe_quantity(quantity("1_234_567 IU/kg"), full=False) == "1.235 million units/kg"
    assert safe_quantity(quantity("145.4494 mg"), full=False) == "145.4 mg"


def test_a_caller_with_five_digits_writes_the_same_text() -> None:
    """The decimal context of a program that imports this one changes no dose."""
    value = Decimal("123456789.123456789")
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):
        assert plain(value) == "123456789.123456789"
        assert exact(value) == "123,456,789.123456789"
        assert short(Decimal("145.4594")) == "145.5"
        assert safe(value, "IU") == "123.5 million units"
        assert safe_quantity(quantity("1_234_567 IU")) == "1.234567 million units"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("18 MU", "write 'MIU' or 'million IU'"),
        # Mega-Einheiten in German, international units in Russian: a millionfold
        ("18 ME", "write 'IU', or 'million IU' if the source means mega-units"),
        ("18 UI", "write 'IU'"),
        ("18 MIE", "write 'MIU' or 'million IU'"),
        ("18 MUI", "write 'MIU' or 'million IU'"),
        ("18 M IU", "write '18 million IU'"),
        ("5 x 10^6 IU/m2", "write '5 million IU/m2'"),
        ("5x10\N{SUPERSCRIPT SIX} IU", "write '5 million IU'"),
        ("5e6 IU/m2", "write '5 million IU/m2'"),
        ("6e5 IU/m2", "write '600_000 IU/m2'"),
        ("2 x 10^5 IU/m2/day", "write '200_000 IU/m2/day'"),
        ("7.2e4 IU/kg", "write '72_000 IU/kg'"),
        ("1e11 cells", "write '100000 million cells'"),
        ("18 x 106 IU/m2", "write '18 million IU/m2'"),  # as it is copied from a PDF
        ("5e6 mg", "write digits"),
        # as Excel writes numbers of many digits, with the comma of half of Europe
        ("1.8E+07 IU/m2", "write '18 million IU/m2'"),
        ("1,25E+03 mg", "write '1_250 mg'"),
        ("1,250E+03 mg", "write digits"),  # 1250, or a thousand times that
        ("5 million international units/m2", "write '5 million IU/m2'"),
        ("1 International Unit", "write '1 IU'"),
        ("5 Units", "write 'units', or 'IU' for a drug that is measured in IU"),
        ("5 million U/m2", "write 'IU', or 'units' for a drug that is not measured in IU"),
        (
            "5 million CU/m2",
            "write 'Cetus units' in the amount of a dose, otherwise the amount in IU",
        ),
        ("5 million C.U./m2", "write 'Cetus units' in the amount of a dose"),
        ("250 \N{MICRO SIGN}g", "write '250 mcg'"),
        ("AUC 5", "write '5 AUC'"),
        ("auc=5", "write '5 AUC'"),
        ("75 mg/m\N{SUPERSCRIPT TWO}", "write '75 mg/m2'"),
        ("75 mg/m^2", "write '75 mg/m2'"),
        ("x mg/m\N{SUPERSCRIPT TWO}", "write digits"),
    ],
)
def test_an_amount_as_papers_spell_it_is_refused_with_what_loads(text: str, advice: str) -> None:
    """Half of the European papers on interleukin-2 write MU."""
    with pytest.raises(NotAQuantity, match=re.escape(advice)):
        quantity(text)


@pytest.mark.parametrize("text", ["2 x 100 mg", "2 x 1000 mg", "3 x 105 mg", "2 x 100 IU"])
def test_a_number_of_doses_is_not_read_as_a_power_of_ten(text: str) -> None:
    """Danger: two tablets of 100 mg were answered with '2 mg', and 3 x 105 mg with '300_000 mg'."""
    with pytest.raises(NotAQuantity, match="write NUMBER UNIT"):
        quantity(text)


@pytest.mark.parametrize("text", ["18 mU", "18 mIU", "18 Mu"])
def test_a_thousandth_is_never_advised_as_a_million(text: str) -> None:
    """A million IU and a thousandth of one differ by a thousand million."""
    with pytest.raises(NotAQuantity) as error:
        quantity(text)
    assert "write" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("21d", "write '21 days'"),
        ("q3w", "write '3 weeks'"),
        ("Q8H", "write '8 hours'"),
        ("5-6 weeks", "write '5 to 6 weeks'"),
        ("30min", "write '30 minutes'"),
        ("1 h", "write '1 hour'"),
        ("1 to 2 h", "write '1 to 2 hours'"),
        ("3x", "write it like"),
        ("often", "write it like"),
    ],
)
def test_a_length_as_papers_spell_it_is_refused_with_what_loads(text: str, advice: str) -> None:
    with pytest.raises(NotAQuantity, match=re.escape(advice)):
        span(text)


@pytest.mark.hazard(14)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 cetus units/kg", "write '5 Cetus units/kg'"),
        ("7 million NUTLEY units", "write '7 million Nutley units'"),
        ("5 Cetus units", "Cetus units are another scale; write the amount in IU ('il2calc drug "),
        ("5 Roche units", "Roche units are a separate scale without a factor here"),
        ("5 million C.U. units", "C.U. units are a separate scale"),
        ("5 Million units", "write '5 million units'"),
        ("18 Mio IU", "write '18 million IU'"),
        ("18 mio. IE/m2", "write '18 million IU/m2'"),
        ("1 000 000 IU", "write '1_000_000 IU'"),
        ("5 million I.U.", "write '5 million IU'"),
        ("10 mg per kg", "write '10 mg/kg'"),
        ("10 mg / kg", "write '10 mg/kg'"),
        ("18 Mio Roche units", "write NUMBER UNIT"),
        ("5 megaunits", "known units: IU"),
        ("5 untis", "write 'units'"),
        ("5 million iu", "has an unknown unit 'iu'; write 'IU'"),
        ("5 million mg", "says million for something that is not counted; write the number"),
    ],
)
def test_an_amount_in_another_scale_is_refused_with_what_loads(text: str, expected: str) -> None:
    """Danger: a Roche unit, or `million iu`, answered by advice that leads to another number."""
    with pytest.raises(NotAQuantity) as refused:
        quantity(text)
    assert expected in str(refused.value)
