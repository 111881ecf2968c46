"""What a quantity is: a decimal, a unit of a closed list, a basis."""

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest

from il2calc.units import AMOUNT_UNITS, EXACT, UCUM, Quantity
from il2calc.units.quantity import BASES, COUNTED_UNITS


def test_the_units_of_a_drug_are_a_closed_list() -> None:
    """A unit that nobody listed (ng, lb, drops) cannot be prescribed by a file."""
    assert AMOUNT_UNITS == ("IU", "units", "kg", "g", "mg", "mcg", "mL", "cells")


def test_an_amount_is_per_kg_or_per_m2_or_flat() -> None:
    assert BASES == ("kg", "m2")


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
