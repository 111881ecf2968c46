"""What a quantity is: a decimal, a unit of a closed list, a basis."""

import subprocess
import sys
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.errors import NotAQuantity
from il2calc.units import (
    AMOUNT_UNITS,
    EXACT,
    MINUTES,
    UCUM,
    Quantity,
    addable,
    convert,
    quantity,
    same_dimension,
)
from il2calc.units.quantity import COUNTED_UNITS, GUARDED, SCALES, registry


def test_the_units_of_a_drug_are_a_closed_list() -> None:
    """A unit that nobody listed (ng, lb, drops) cannot be prescribed by a file."""
    assert AMOUNT_UNITS == ("IU", "units", "kg", "g", "mg", "mcg", "mL", "cells")


def test_an_amount_is_per_kg_or_per_m2_or_flat() -> None:
    assert [quantity(f"5 mg{tail}").basis for tail in ("", "/kg", "/m2")] == [None, "kg", "m2"]
    with pytest.raises(NotAQuantity, match="has an unknown basis"):
        quantity("5 mg/cm")


def test_international_units_and_units_are_two_things() -> None:
    """A unit of one maker's interleukin is no international unit: 1 Cetus unit is 6 IU."""
    assert Quantity(Decimal(1), "IU") != Quantity(Decimal(1), "units")


def test_only_what_is_counted_comes_in_millions() -> None:
    """`5 million mg` is a slip, not a dose."""
    assert set(COUNTED_UNITS) == {"IU", "units", "cells"}


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("IU", "[iU]"),
        ("units", "{units}"),
        ("cells", "{cells}"),
        ("kg", "kg"),
        ("g", "g"),
        ("mg", "mg"),
        ("mcg", "ug"),
        ("mL", "mL"),
        ("m2", "m2"),
    ],
)
def test_each_unit_has_its_ucum_code(unit: str, code: str) -> None:
    """Machines read UCUM; `IU` and `mcg` are no UCUM codes."""
    assert UCUM[unit] == code


def test_every_unit_of_a_drug_has_a_ucum_code_of_its_own() -> None:
    codes = [UCUM[unit] for unit in AMOUNT_UNITS]
    assert len(set(codes)) == len(AMOUNT_UNITS)


def test_the_arithmetic_of_doses_has_28_digits_and_rounds_halves_up() -> None:
    assert EXACT.prec == 28
    assert EXACT.rounding == ROUND_HALF_UP


def test_a_half_in_the_29th_digit_is_rounded_up_and_not_to_even() -> None:
    """Python's own arithmetic is half-even: the same sum would end in ...0 there."""
    one, half = Decimal(10) ** 27, Decimal("0.5")
    assert EXACT.add(one, half) == Decimal(10) ** 27 + 1
    assert Context(prec=28).add(one, half) == Decimal(10) ** 27


def test_two_numbers_of_28_digits_are_multiplied_without_loss_on_the_way_to_a_dose() -> None:
    """(10^28 - 1)^2 = 10^56 - 2 x 10^28 + 1, which are 56 digits: only a dose is rounded, once."""
    largest = convert((Decimal(10) ** 28 - 1).scaleb(-3), "g", "mg")
    square = 10**56 - 2 * 10**28 + 1
    assert int(GUARDED.multiply(largest, largest)) == square


@pytest.mark.parametrize(
    ("amount", "tail"),
    [
        (Quantity(Decimal(5), "mg"), ""),
        (Quantity(Decimal(5), "mg", "kg"), "/kg"),
        (Quantity(Decimal(5), "mg", "m2", per_day=True), "/m2/day"),
        (Quantity(Decimal(5), "mg", "m2", per_hour=True), "/m2/hour"),
        (Quantity(Decimal(5), "mg", per_hour=True), "/hour"),
    ],
)
def test_what_an_amount_is_per_is_written_behind_its_unit(amount: Quantity, tail: str) -> None:
    """5 mg/m2/hour shown as 5 mg/m2 is a 24th of a day's dose."""
    assert amount.tail() == tail


def test_a_quantity_cannot_be_changed_after_it_was_read() -> None:
    """A dose that one part reads is the dose that every other part reads."""
    amount = Quantity(Decimal(5), "mg")
    with pytest.raises(AttributeError):
        amount.value = Decimal(50)  # type: ignore[misc]


def test_a_quantity_is_flat_and_of_one_administration_unless_it_says_otherwise() -> None:
    amount = Quantity(Decimal(5), "mg")
    assert amount.basis is None
    assert not amount.per_day


@pytest.mark.parametrize(
    "other",
    [
        Quantity(Decimal(5), "mcg", "kg", per_day=True),
        Quantity(Decimal(5), "mg", "m2", per_day=True),
        Quantity(Decimal(5), "mg", "kg"),
        Quantity(Decimal(50), "mg", "kg", per_day=True),
    ],
)
def test_quantities_are_equal_only_if_all_their_parts_are(other: Quantity) -> None:
    amount = Quantity(Decimal(5), "mg", "kg", per_day=True)
    assert amount == Quantity(Decimal("5.0"), "mg", "kg", per_day=True)
    assert amount != other


GRAMS = {
    "kg": Fraction(1000),
    "g": Fraction(1),
    "mg": Fraction(1, 1000),
    "mcg": Fraction(1, 1_000_000),
}


def fresh(code: str) -> str:
    """What a new interpreter prints that has imported nothing yet."""
    warned = "error:::il2calc.units.quantity"  # not what pint itself is warned of
    command = [sys.executable, "-W", warned, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("1", "kg", "g", "1000"),
        ("1", "g", "mg", "1000"),
        ("1", "mg", "mcg", "1000"),
        ("1", "kg", "mcg", "1000000000"),
        ("1", "mcg", "kg", "0.000000001"),
        ("250", "mcg", "mg", "0.25"),
        ("0.1", "mg", "g", "0.0001"),
        ("1.70", "m", "cm", "170"),
        ("1", "lb", "kg", "0.45359237"),
        ("154", "lb", "kg", "69.85322498"),
        ("1", "inch", "cm", "2.54"),
        ("67", "in", "cm", "170.18"),
        ("5", "mg", "mg", "5"),
        ("0", "mg", "g", "0"),
    ],
)
def test_a_conversion_is_exact(value: str, unit: str, to: str, expected: str) -> None:
    """154 x 0.45359237 = 69.85322498 and 67 x 2.54 = 170.18, with no digit of a float."""
    assert convert(Decimal(value), unit, to) == Decimal(expected)


def test_a_weight_is_shown_in_pounds_too() -> None:
    """70 kg / 0.45359237 = 154.3235835294143..., and 154.3235835294143 x 0.45359237 = 70."""
    pounds = convert(Decimal(70), "kg", "lb")
    assert str(pounds).startswith("154.3235835294143")
    assert abs(convert(pounds, "lb", "kg") - 70) < Decimal("1e-24")
    assert same_dimension("kg", "lb")
    assert not same_dimension("kg", "in")


def test_a_target_area_is_like_itself_alone() -> None:
    """AUC is no unit of pint: it is asked about nothing that it does not know."""
    assert same_dimension("AUC", "AUC")
    assert addable("AUC", "AUC")
    assert not addable("AUC", "mg")


def test_three_tenths_of_a_milligram_are_three_tenths() -> None:
    """In binary floats 0.1 x 3 is 0.30000000000000004."""
    assert convert(Decimal("0.1") * 3, "mg", "mcg") == 300
    assert convert(Decimal("0.0001") * 3, "g", "mg") == Decimal("0.3")


def test_what_cannot_be_exact_is_rounded_half_up_at_28_digits() -> None:
    """1 m = 100 / 2.54 inch = 39.370078740157480314960629921..., of which 28 digits are kept."""
    assert convert(Decimal(1), "m", "inch") == Decimal("39.37007874015748031496062992")


@given(
    st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10) ** 9, places=3),
    st.sampled_from(list(GRAMS)),
    st.sampled_from(list(GRAMS)),
)
def test_a_mass_converted_there_and_back_is_the_same(value: Decimal, unit: str, to: str) -> None:
    """The four masses are powers of ten apart, so nothing is ever rounded between them."""
    converted = convert(value, unit, to)
    assert Fraction(converted) == Fraction(value) * GRAMS[unit] / GRAMS[to]
    assert convert(converted, to, unit) == value


@pytest.mark.parametrize("unit", MINUTES)
def test_the_table_of_minutes_is_the_answer_of_pint(unit: str) -> None:
    """Schedules count in minutes without a unit library: the library must agree."""
    assert convert(Decimal(1), unit, "minutes") == MINUTES[unit]


TABLE = list(product(SCALES, repeat=2))


@pytest.mark.parametrize(("unit", "to"), TABLE)
def test_the_table_of_scales_is_the_answer_of_pint(unit: str, to: str) -> None:
    """Whether two units meet, and by how much, the table says as pint does, for every pair.

    pint multiplies by a factor of 28 digits, and a minute is no finite part of a week: the way to
    the larger unit is compared with the way back.
    """
    assert same_dimension(unit, to) is registry().Unit(unit).is_compatible_with(registry().Unit(to))
    if same_dimension(unit, to):
        smaller, larger = sorted((unit, to), key=lambda name: SCALES[name][1])
        count = registry().Quantity(Decimal(1), larger).to(smaller).magnitude
        assert convert(Decimal(1), larger, smaller) == count
        assert convert(count * 7, smaller, larger) == 7


def test_a_third_of_an_hour_is_rounded_once() -> None:
    """7 minutes / 60 = 0.11666..., of which 28 digits are kept, the last one rounded half up."""
    assert convert(Decimal(7), "minutes", "hours") == Decimal("0.1166666666666666666666666667")


def test_a_week_is_7_times_24_times_60_minutes() -> None:
    assert convert(Decimal(1), "weeks", "minutes") == 7 * 24 * 60 == MINUTES["weeks"]


DIMENSION = {"IU": 0, "units": 1, "cells": 2, "kg": 3, "g": 3, "mg": 3, "mcg": 3, "mL": 4}


@pytest.mark.parametrize(("unit", "other"), list(product(AMOUNT_UNITS, repeat=2)))
def test_units_may_be_added_only_within_their_dimension(unit: str, other: str) -> None:
    """IU of activity, units of another activity, cells, mass and volume are five things."""
    assert same_dimension(unit, other) is (DIMENSION[unit] == DIMENSION[other])


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("IU", "units"),
        ("units", "IU"),
        ("IU", "mg"),
        ("mg", "IU"),
        ("mL", "mg"),
        ("cells", "IU"),
        ("lb", "cm"),
        ("in", "kg"),
        ("m2", "cm"),
        ("minutes", "mg"),
    ],
)
def test_one_thing_is_never_converted_into_another(unit: str, to: str) -> None:
    """How many mg an IU is depends on the drug; a unit library that guesses invents a dose."""
    with pytest.raises(NotAQuantity, match="measure different things"):
        convert(Decimal(1), unit, to)


def test_a_refused_conversion_names_both_units() -> None:
    with pytest.raises(NotAQuantity, match="'IU' cannot be converted to 'mg'"):
        convert(Decimal(1), "IU", "mg")


def test_a_unit_converted_to_itself_keeps_its_digits() -> None:
    """Nothing is calculated where nothing is to be calculated, not even a 29th digit lost."""
    value = Decimal("1.00000000000000000000000000005")
    assert convert(value, "mg", "mg") is value


@pytest.mark.parametrize(
    "code",
    [
        "import il2calc.units",
        "import il2calc",
        "from il2calc.units import quantity, span; quantity('12 million IU/m2'); span('5 weeks')",
        "from il2calc.units import *; safe_quantity(quantity('5 mg/kg')); UCUM['IU']",
        "from il2calc.units import *; from decimal import Decimal as D; convert(D(1), 'mg', 'mg')",
        "from il2calc.units import same_dimension; same_dimension('mg', 'mg')",
        "from il2calc.units import same_dimension; same_dimension('mg', 'IU')",
        "from il2calc.units import *; from decimal import Decimal as D; convert(D(1), 'mg', 'g')",
    ],
)
def test_the_unit_library_is_not_loaded_before_two_units_meet(code: str) -> None:
    """It costs ten times what the interpreter costs, and mass, volume and time never need it."""
    assert fresh(f"{code}\nimport sys; print('pint' in sys.modules)") == "False"


def test_the_unit_library_is_loaded_when_two_units_meet() -> None:
    """So the test above would notice if the answer came from somewhere else."""
    code = "from decimal import Decimal as D\nfrom il2calc.units import convert\nimport sys\n"
    assert fresh(f"{code}convert(D(1), 'lb', 'kg'); print('pint' in sys.modules)") == "True"


@pytest.mark.parametrize(
    ("first", "value", "unit", "to", "expected"),
    [
        ("convert", "154", "lb", "kg", "69.85322498"),
        ("convert", "67", "in", "cm", "170.18"),
        ("convert", "123456789.123", "mcg", "kg", "0.123456789123"),
        ("same_dimension", "154", "lb", "kg", "69.85322498"),
    ],
)
def test_a_caller_with_five_digits_gets_the_same_conversion(
    first: str, value: str, unit: str, to: str, expected: str
) -> None:
    """A pound read as 0.45359 kg, and kept so, would make every later weight wrong."""
    begin = f"convert(D(1), '{unit}', '{to}')"
    if first == "same_dimension":
        begin = f"same_dimension('{unit}', '{to}')"
    code = (
        "import decimal\nfrom decimal import Decimal as D\n"
        "from il2calc.units import convert, same_dimension\n"
        "with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):\n"
        f"    {begin}\n"
        f"    print(convert(D('{value}'), '{unit}', '{to}'))\n"
        f"print(convert(D('{value}'), '{unit}', '{to}'))\n"
    )
    assert [Decimal(line) for line in fresh(code).split()] == [Decimal(expected)] * 2
