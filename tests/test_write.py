"""Numbers and amounts as text: safe for people, UCUM and plain digits for machines."""

import decimal
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.units import AMOUNT_UNITS, exact, plain, quantity, safe, safe_quantity, short, ucum

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
    shown = Decimal(short(value).replace(",", ""))
    assert abs(shown - value) <= Decimal(5).scaleb(value.adjusted() - 4)


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
    ],
)
def test_a_person_reads_an_amount_in_the_safe_style(value: str, unit: str, text: str) -> None:
    """`.5` is read as 5, `5.0` as 50, `IU` as IV or 10: each is a tenfold overdose."""
    assert safe(Decimal(value), unit) == text


@pytest.mark.parametrize("value", ["999950", "999999", "999999.5", "999999.999"])
def test_what_is_shown_as_a_million_is_said_as_a_million(value: str) -> None:
    """The word comes with the number shown: seven digits in a row are miscounted."""
    assert safe(Decimal(value), "IU") == "1 million units"


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
    """28 digits per kg times 400 kg is absurd, and is shown rather than broken on."""
    value = quantity("9999999999999999999999999999 mg/kg").value * 400
    assert safe(value, "mg") == f"{4 * 10**30:,} mg"


@given(amounts, st.sampled_from(AMOUNT_UNITS), st.booleans())
def test_the_safe_style_holds_for_every_amount(value: Decimal, unit: str, full: bool) -> None:
    """Leading zero, no trailing zero, commas, a space before the unit; never IU, U, MIU or ug."""
    number, _, word = safe(value, unit, full=full).partition(" ")
    assert re.fullmatch(r"(0|[1-9][0-9]{0,2}(,[0-9]{3})*)(\.[0-9]*[1-9])?", number)
    counted = r"(million )?(units?|cells?)"
    assert re.fullmatch(counted if unit in ("IU", "units", "cells") else unit, word)


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


def test_a_prescribed_amount_may_be_shortened() -> None:
    assert safe_quantity(quantity("1_234_567 IU/kg"), full=False) == "1.235 million units/kg"
    assert safe_quantity(quantity("145.4494 mg"), full=False) == "145.4 mg"


@pytest.mark.parametrize(
    ("unit", "code"), [("IU", "[iU]"), ("units", "{units}"), ("mcg", "ug"), ("mL", "mL")]
)
def test_a_machine_reads_ucum(unit: str, code: str) -> None:
    assert ucum(unit) == code


def test_a_caller_with_five_digits_writes_the_same_text() -> None:
    """The decimal context of a program that imports this one changes no dose."""
    value = Decimal("123456789.123456789")
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):
        assert plain(value) == "123456789.123456789"
        assert exact(value) == "123,456,789.123456789"
        assert short(Decimal("145.4594")) == "145.5"
        assert safe(value, "IU") == "123.5 million units"
        assert safe_quantity(quantity("1_234_567 IU")) == "1.234567 million units"
