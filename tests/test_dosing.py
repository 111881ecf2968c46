"""How much: basis -> percentage -> cap -> round, each step visible and exact."""

import decimal
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import floor, isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.model.measure import DosingBody, DosingWeight, measure_of
from il2calc.model.patient import Patient
from il2calc.plan.dosing import CALVERT_OFFSET, Band, Bound, Dosed, dose
from il2calc.units import GUARDED, Quantity, quantity

D = Decimal
NOBODY = Patient()

weights = st.decimals(D(2), D(200), places=2)
numbers = st.decimals(D("0.01"), D(1000), places=2)


def mg(value: Decimal) -> Quantity:
    """A flat amount in mg."""
    return Quantity(value, "mg")


def steps(result: Dosed) -> list[str]:
    """The names of the steps, in the order in which they were taken."""
    return [working.step for working in result.working]


def text_of(result: Dosed, step: str) -> str:
    """What a step of the working says."""
    return next(working.text for working in result.working if working.step == step)


@pytest.mark.parametrize(
    ("amount", "patient", "value", "unit"),
    [
        ("72_000 IU/kg", Patient(weight=D(70)), 72_000 * 70, "IU"),
        ("720_000 IU/kg", Patient(weight=D(70)), 50_400_000, "IU"),
        ("4 mg/kg", Patient(weight=D(70)), 4 * 70, "mg"),
        ("80 mg/m2", Patient(surface_area=D("1.8")), 144, "mg"),
        ("12 million IU/m2", Patient(surface_area=D("1.5")), 18_000_000, "IU"),
        ("6 million IU", NOBODY, 6_000_000, "IU"),
        ("0.25 mg", NOBODY, D("0.25"), "mg"),
        ("250 mcg/m2", Patient(surface_area=D(2)), 500, "mcg"),
        ("5 AUC", Patient(gfr=D(90)), 5 * (90 + 25), "mg"),
        ("6 AUC", Patient(gfr=D("62.5")), 525, "mg"),
    ],
)
def test_a_dose_is_the_amount_times_its_basis(
    amount: str, patient: Patient, value: Decimal, unit: str
) -> None:
    """72,000 units/kg x 70 kg = 5,040,000 units; 80 mg/m2 x 1.8 m2 = 144 mg."""
    result = dose(quantity(amount), patient)
    assert result.value == value
    assert result.unit == unit


def test_a_target_auc_is_dosed_by_calvert() -> None:
    """Dose [mg] = AUC x (GFR + 25): 5 x (90 + 25) = 575 mg."""
    assert CALVERT_OFFSET == 25
    result = dose(quantity("5 AUC"), Patient(gfr=D(90)))
    assert result.value == 575
    assert result.unit == "mg"
    assert text_of(result, "basis") == "AUC 5 x (GFR 90 + 25) = 575 mg"


def test_the_body_surface_is_not_rounded_before_it_is_multiplied() -> None:
    """80 mg/m2 x 1.818118685772619... m2 = 145.4494..., where 1.82 m2 would give 145.6."""
    result = dose(quantity("80 mg/m2"), Patient(weight=D(70), height=D(170)))
    assert result.value == 80 * (D(170) * 70 / 3600).sqrt()
    assert result.value.quantize(D("0.0001")) == D("145.4495")


def test_the_capped_surface_is_the_one_that_counts() -> None:
    """100 mg/m2 at 2.5 m2 with a cap of 2 m2 = 200 mg."""
    patient = Patient(surface_area=D("2.5"), surface_cap=D(2))
    assert dose(quantity("100 mg/m2"), patient).value == 200


@pytest.mark.parametrize(
    ("amount", "need"),
    [
        ("72_000 IU/kg", "weight"),
        ("45 mg/m2/day", "surface"),
        ("5 AUC", "gfr"),
        ("400 mg", None),
        ("100 mg/day", None),
    ],
)
def test_an_amount_needs_only_what_it_is_calculated_from(amount: str, need: str | None) -> None:
    """Weight is asked for only where something is dosed per kg."""
    assert measure_of(quantity(amount)) == need


@pytest.mark.parametrize(
    ("amount", "patient", "missing"),
    [
        ("5 mg/kg", Patient(surface_area=D(2)), "weight"),
        ("5 mg/m2", Patient(weight=D(70)), "body surface area"),
        ("5 mg/m2", Patient(height=D(170)), "body surface area"),
        ("5 AUC", Patient(weight=D(70), height=D(170)), "GFR"),
    ],
)
def test_a_dose_is_not_made_up_where_the_patient_is_not_known(
    amount: str, patient: Patient, missing: str
) -> None:
    """A GFR is never estimated, a weight never assumed."""
    with pytest.raises(ValueError, match=f"the {missing} of this patient is not known"):
        dose(quantity(amount), patient)


@pytest.mark.hazard(19)
def test_the_order_is_basis_then_percentage_then_cap_then_round() -> None:
    """2 mg/kg x 70 kg = 140; 75 % = 105; capped at 102; to the next 5 = 100."""
    result = dose(
        quantity("2 mg/kg"), Patient(weight=D(70)), percent=D(75), cap=mg(D(102)), step=mg(D(5))
    )
    assert steps(result) == ["basis", "percentage", "cap", "round"]
    assert [working.value for working in result.working] == [140, 105, 102, 100]
    assert result.calculated == 102
    assert result.value == 100
    assert result.capped


@pytest.mark.hazard(36)
def test_a_percentage_is_taken_before_the_cap_and_not_of_it() -> None:
    """75 % of 140 mg is 105 mg, above a cap of 100 mg; 75 % of the cap would be 75 mg."""
    result = dose(quantity("140 mg"), NOBODY, percent=D(75), cap=mg(D(100)))
    assert result.value == 100


def test_rounding_comes_last_and_not_before_the_percentage() -> None:
    """75 % of 134 mg = 100.5, to 10: 100; rounded first it would be 75 % of 130 = 97.5."""
    assert dose(quantity("134 mg"), NOBODY, percent=D(75), step=mg(D(10))).value == 100


@pytest.mark.parametrize(
    ("percent", "expected"), [("100", 400), ("75", 300), ("50", 200), ("125", 500), ("0.5", 2)]
)
def test_a_percentage_is_of_the_prescribed_amount(percent: str, expected: int) -> None:
    assert dose(quantity("400 mg"), NOBODY, percent=D(percent)).value == expected


@pytest.mark.hazard(20)
def test_nothing_is_capped_or_rounded_unasked_and_the_working_says_so() -> None:
    """No cap and no rounding by default: trial doses are not rounded by themselves."""
    result = dose(quantity("72_000 IU/kg"), Patient(weight=D(70)))
    assert [working.text for working in result.working] == [
        "72,000 units/kg x 70 kg = 5,040,000 units",
        "no cap",
        "not rounded",
    ]
    assert not result.capped
    assert result.not_rounded_because is None
    assert result.calculated == result.value


def test_the_working_says_each_step_in_the_safe_style() -> None:
    """2 mg/kg x 70 kg = 140 mg; 75 % = 105 mg; above 102 mg; 102 to the next 5 = 100 mg."""
    result = dose(
        quantity("2 mg/kg"), Patient(weight=D(70)), percent=D(75), cap=mg(D(102)), step=mg(D(5))
    )
    assert [working.text for working in result.working] == [
        "2 mg/kg x 70 kg = 140 mg",
        "75 % of 140 mg = 105 mg",
        "capped at 102 mg",
        "102 mg rounded to 5 mg = 100 mg",
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("400 mg", "400 mg, flat"),
        ("6 million IU", "6,000,000 units, flat"),
        ("80 mg/m2", "80 mg/m2 x 1.8 m2 = 144 mg"),
        ("45 mg/m2/day", "45 mg/m2/day x 1.8 m2 = 81 mg"),
    ],
)
def test_the_first_step_says_what_was_multiplied(amount: str, text: str) -> None:
    assert text_of(dose(quantity(amount), Patient(surface_area=D("1.8"))), "basis") == text


@pytest.mark.parametrize(
    ("amount", "cap", "expected", "capped"),
    [
        ("140 mg", "100 mg", 100, True),
        ("100 mg", "100 mg", 100, False),
        ("99 mg", "100 mg", 99, False),
        ("140 mg", "1_000 mcg", 1, True),
        ("2 mg", "2_000 mcg", 2, False),
        ("0.5 mg", "1 g", D("0.5"), False),
    ],
)
def test_a_cap_bites_only_above_it_whatever_unit_it_is_written_in(
    amount: str, cap: str, expected: Decimal, capped: bool
) -> None:
    """A cap of 1,000 mcg is a cap of 1 mg, and not of 1,000 mg."""
    result = dose(quantity(amount), NOBODY, cap=quantity(cap))
    assert result.value == expected
    assert result.unit == "mg"
    assert result.capped is capped


def test_the_working_says_whether_the_cap_bit_as_the_cap_was_written() -> None:
    texts = [
        text_of(dose(quantity(amount), NOBODY, cap=quantity("2_000 mcg")), "cap")
        for amount in ("3 mg", "1 mg")
    ]
    assert texts == ["capped at 2,000 mcg", "not above the cap of 2,000 mcg"]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("688 mg", 690), ("685 mg", 690), ("682 mg", 680), ("684.999 mg", 680), ("680 mg", 680)],
)
def test_a_dose_is_rounded_half_up_to_its_step(amount: str, expected: int) -> None:
    """688 -> 690, 685 -> 690, 682 -> 680 for a step of 10; Python's round(68.5) is 68."""
    result = dose(quantity(amount), NOBODY, step=mg(D(10)))
    assert result.value == expected
    assert result.calculated == quantity(amount).value


def test_a_step_may_be_written_in_another_unit() -> None:
    """1.26 mg to the next 500 mcg is 1.5 mg."""
    result = dose(quantity("1.26 mg"), NOBODY, step=quantity("500 mcg"))
    assert result.value == D("1.5")
    assert result.unit == "mg"
    assert text_of(result, "round") == "1.26 mg rounded to 500 mcg = 1.5 mg"


@pytest.mark.hazard(19)
def test_rounding_never_carries_a_dose_over_its_cap() -> None:
    """98 mg to the next 10 would be 100 mg, over the cap of 99: left undone, and shown so."""
    result = dose(quantity("98 mg"), NOBODY, cap=mg(D(99)), step=mg(D(10)))
    assert result.value == result.calculated == 98
    assert result.not_rounded_because == "rounding to 10 mg would exceed the cap of 99 mg"
    assert text_of(result, "round") == f"not rounded: {result.not_rounded_because}"


def test_a_capped_dose_is_not_rounded_over_its_cap_either() -> None:
    """140 mg capped at 98; 98 to the next 10 is 100, over the cap."""
    result = dose(quantity("140 mg"), NOBODY, cap=mg(D(98)), step=mg(D(10)))
    assert result.value == 98
    assert result.capped
    assert result.not_rounded_because is not None


def test_a_dose_may_be_rounded_onto_its_cap() -> None:
    result = dose(quantity("98 mg"), NOBODY, cap=mg(D(100)), step=mg(D(10)))
    assert result.value == 100
    assert result.not_rounded_because is None


def test_rounding_that_would_leave_nothing_is_left_undone() -> None:
    """4 mg to the next 10 is 0 mg: a dose would silently be left out."""
    result = dose(quantity("4 mg"), NOBODY, step=mg(D(10)))
    assert result.value == 4
    assert result.not_rounded_because == "rounding to 10 mg would give zero"
    assert dose(quantity("5 mg"), NOBODY, step=mg(D(10))).value == 10


@pytest.mark.hazard(10)
@pytest.mark.parametrize(
    ("amount", "a_day", "expected"),
    [("45 mg/m2/day", 2, 45), ("45 mg/m2/day", 3, 30), ("45 mg/m2/day", 1, 90)],
)
def test_an_amount_per_day_is_divided_over_the_day(amount: str, a_day: int, expected: int) -> None:
    """45 mg/m2/day x 2 m2 = 90 mg a day: twice 45 mg, or three times 30 mg."""
    result = dose(quantity(amount), Patient(surface_area=D(2)), a_day=a_day)
    assert result.value == expected
    assert text_of(result, "share") == f"90 mg a day / {a_day} a day = {expected} mg"


def test_an_amount_that_is_not_per_day_is_given_whole_each_time() -> None:
    """45 mg/m2 three times a day is 90 mg three times, not 30."""
    result = dose(quantity("45 mg/m2"), Patient(surface_area=D(2)), a_day=3)
    assert result.value == 90
    assert steps(result) == ["basis", "cap", "round"]


def test_a_cap_per_day_is_applied_before_the_day_is_shared() -> None:
    """200 mg/day capped at 120 mg/day, in three: 40 mg each, and not 66.7."""
    result = dose(quantity("200 mg/day"), NOBODY, a_day=3, cap=quantity("120 mg/day"))
    assert steps(result) == ["basis", "cap", "share", "round"]
    assert result.value == 40
    assert result.capped


def test_a_cap_per_dose_is_applied_after_the_day_is_shared() -> None:
    """180 mg/day in three is 60 mg each, capped at 50 mg; the day is not capped at 50."""
    result = dose(quantity("180 mg/day"), NOBODY, a_day=3, cap=mg(D(50)))
    assert steps(result) == ["basis", "share", "cap", "round"]
    assert result.value == 50
    assert result.capped


def test_a_percentage_is_taken_before_the_day_is_shared() -> None:
    """50 % of 180 mg/day in three: 30 mg each."""
    result = dose(quantity("180 mg/day"), NOBODY, percent=D(50), a_day=3)
    assert steps(result) == ["basis", "percentage", "share", "cap", "round"]
    assert result.value == 30


def test_rounding_the_shares_never_carries_the_day_over_its_cap() -> None:
    """100 mg/day in three is 33.3 mg; 50 mg each would be 150 mg, over the cap of 100 a day."""
    result = dose(
        quantity("200 mg/day"), NOBODY, a_day=3, cap=quantity("100 mg/day"), step=mg(D(50))
    )
    assert result.value * 3 <= 100
    assert result.not_rounded_because is not None


def test_shares_are_rounded_where_the_day_stays_within_its_cap() -> None:
    """100 mg/day in three is 33.3 mg each; 30 mg each are 90 mg a day."""
    result = dose(
        quantity("200 mg/day"), NOBODY, a_day=3, cap=quantity("100 mg/day"), step=mg(D(10))
    )
    assert result.value == 30
    assert result.not_rounded_because is None


def test_a_tenth_of_a_milligram_per_kg_is_exact() -> None:
    """0.1 x 3 = 0.3, and not 0.30000000000000004."""
    assert dose(quantity("0.1 mg/kg"), Patient(weight=D(3))).value == D("0.3")


def test_a_caller_with_five_digits_gets_the_same_dose() -> None:
    """123,456,789 units/kg x 70.125 kg = 8,657,407,328.625 units; 75 % = 6,493,055,496.46875."""
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):
        result = dose(quantity("123_456_789 IU/kg"), Patient(weight=D("70.125")), percent=D(75))
        rounded = dose(quantity("688_888 IU"), NOBODY, step=quantity("10 IU"))
    assert result.value == D("6493055496.46875")
    assert rounded.value == 688_890


@given(numbers, weights)
def test_doubled_weight_doubles_an_amount_per_kg(amount: Decimal, weight: Decimal) -> None:
    """Doubled weight doubles per-kg amounts."""
    per_kg = Quantity(amount, "mg", "kg")
    once = dose(per_kg, Patient(weight=weight)).value
    assert dose(per_kg, Patient(weight=2 * weight)).value == 2 * once


@given(numbers, weights)
def test_weight_changes_no_flat_amount(amount: Decimal, weight: Decimal) -> None:
    """A flat amount is calculated from no patient."""
    assert dose(mg(amount), Patient(weight=weight)).value == amount


@given(numbers, numbers)
def test_rounding_moves_a_dose_by_at_most_half_a_step(amount: Decimal, step: Decimal) -> None:
    """|rounded - calculated| is at most half a step, and rounded is a multiple of it."""
    result = dose(mg(amount), NOBODY, step=mg(step))
    if result.not_rounded_because:
        assert result.value == amount < step / 2
    else:
        assert abs(result.value - result.calculated) <= step / 2
        assert (Fraction(result.value) / Fraction(step)).denominator == 1


@given(numbers, numbers)
def test_a_half_is_rounded_up(turns: Decimal, step: Decimal) -> None:
    """Rounding is half-up: (n + 1/2) steps become n + 1 of them."""
    turn_count = int(turns)
    assert (
        dose(mg((turn_count + D("0.5")) * step), NOBODY, step=mg(step)).value
        == (turn_count + 1) * step
    )


def rational_areas() -> Iterator[tuple[int, int, Fraction]]:
    """Adults of 40 to 120 kg and 145 to 200 cm whose surface by Mosteller is a fraction [m2]."""
    for weight in range(40, 121):
        for height in range(145, 201):
            square = Fraction(weight * height, 3600)
            area = Fraction(isqrt(square.numerator), isqrt(square.denominator))
            if area * area == square:
                yield weight, height, area


@pytest.mark.hazard(19)
def test_every_exact_half_is_rounded_up_whatever_decimals_the_surface_has() -> None:
    """Rule: half-up. Amounts up to 400 mg/m2 by halves, rounded to 1, 10, 50 or 100 mg or 1 g."""
    ties = 0
    for weight, height, area in rational_areas():
        patient = Patient(weight=D(weight), height=D(height))
        for size in (1, 10, 50, 100, 1000):
            for halves in range(1, 801):
                turns = area * halves / 2 / size
                if turns.denominator == 2:
                    ties += 1
                    amount = Quantity(D(halves) / 2, "mg", "m2")
                    dosed = dose(amount, patient, step=mg(D(size)))
                    assert dosed.value == (turns + Fraction(1, 2)) * size
                    assert dosed.calculated == turns * size
    assert ties > 2000


tenths = st.decimals(D(1), D(1000), places=1)
heights = st.decimals(D(145), D(200), places=1)
adults = st.decimals(D(40), D(120), places=1)


@given(tenths, adults, heights, st.integers(1, 200), st.sampled_from([1, 5, 10, 50, 100]))
def test_a_dose_per_m2_is_rounded_as_its_square_says(
    amount: Decimal, weight: Decimal, height: Decimal, percent: int, size: int
) -> None:
    """Rule: half-up. n steps, with (n - 1/2)^2 <= (percent x amount / step)^2 x H W / 3600."""
    of_one = Fraction(amount) * percent / 100 / size
    square = of_one**2 * Fraction(height) * Fraction(weight) / 3600
    turns = floor(float(square) ** 0.5)
    while (Fraction(turns) + Fraction(1, 2)) ** 2 <= square:
        turns += 1
    patient = Patient(weight=weight, height=height)
    dosed = dose(Quantity(amount, "mg", "m2"), patient, percent=D(percent), step=mg(D(size)))
    assert dosed.not_rounded_because or dosed.value == turns * size
    assert bool(dosed.not_rounded_because) == (turns == 0)


def to_28_digits(value: Fraction) -> Fraction:
    """A number above 0 to 28 digits, half-up."""
    places = 27
    while value * 10**places >= 10**28:
        places -= 1
    while value * 10**places < 10**27:
        places += 1
    return Fraction(floor(value * 10**places + Fraction(1, 2)), 1) / Fraction(10) ** places


def printed_numbers(text: str) -> list[Fraction]:
    """The numbers that a step of the working shows."""
    figures = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?(?= (?:mg|m2|%|a day)|/m2)", text)
    return [Fraction(figure.replace(",", "")) for figure in figures]


@pytest.mark.hazard(25)
@given(tenths, adults, heights, st.integers(1, 200), st.integers(1, 7))
def test_the_working_multiplies_out_as_it_is_printed(
    amount: Decimal, weight: Decimal, height: Decimal, percent: int, a_day: int
) -> None:
    """Whoever takes the numbers of a step gets its result, all 28 digits of it."""
    dosed = dose(
        Quantity(amount, "mg", "m2", per_day=True),
        Patient(weight=weight, height=height),
        percent=D(percent),
        a_day=a_day,
    )
    per_m2, area, product = printed_numbers(text_of(dosed, "basis"))
    assert product == to_28_digits(per_m2 * area) == Fraction(dosed.working[0].value)
    if percent != 100:
        share, before, after = printed_numbers(text_of(dosed, "percentage"))
        assert share == percent
        assert to_28_digits(before) == product
        assert after == to_28_digits(before * share / 100)
        product = after
    total, parts, one_part = printed_numbers(text_of(dosed, "share"))
    assert parts == a_day
    assert to_28_digits(total) == product
    assert one_part == to_28_digits(total / a_day) == Fraction(dosed.value)


def test_the_working_shows_more_digits_only_where_they_are_needed() -> None:
    """187.5 x 1.333... (28 digits) would be 249.999...: one more makes it 250."""
    small = Patient(weight=D(40), height=D(160))
    one, other = (text_of(dose(quantity(f"{n} mg/m2"), small), "basis") for n in ("187.5", "1"))
    assert one == f"187.5 mg/m2 x 1.{'3' * 28} m2 = 250 mg"
    assert other == f"1 mg/m2 x 1.{'3' * 27} m2 = 1.{'3' * 27} mg"
    less = dose(quantity("8 mg/m2"), small, percent=D(75))
    assert text_of(less, "basis") == f"8 mg/m2 x 1.{'3' * 28} m2 = 10.{'6' * 25}7 mg"
    assert text_of(less, "percentage") == f"75 % of 10.{'6' * 26}7 mg = 8 mg"


def test_a_rounding_of_exactly_the_most_that_is_allowed_is_done() -> None:
    """80 mg/m2 x 4/3 m2 = 106.666... mg; 96 mg are a tenth less, and 95 mg more than that."""
    small, amount = Patient(weight=D(40), height=D(160)), quantity("80 mg/m2")
    within = dose(amount, small, bound=Bound(step=mg(D(96)), within=D(10)))
    beyond = dose(amount, small, bound=Bound(step=mg(D(95)), within=D(10)))
    assert within.value == 96
    assert within.not_rounded_because is None
    assert beyond.value == beyond.calculated
    assert beyond.not_rounded_because is not None


def test_a_cap_that_is_the_dose_does_not_bite() -> None:
    """75 mg/m2 x 4/3 m2 = 100 mg is not above 100 mg, and 200 mg/m2 x 4/3 / 2 is 133.333... mg."""
    small = Patient(weight=D(40), height=D(160))
    assert not dose(quantity("75 mg/m2"), small, cap=mg(D(100))).capped
    assert not dose(quantity("150 mg/m2/day"), small, a_day=2, cap=mg(D(100))).capped
    dosed = dose(quantity("200 mg/m2/day"), small, a_day=2)
    assert dosed.value == D(f"133.{'3' * 25}")
    assert dosed.calculated == dosed.value


@given(numbers, weights, numbers, st.none() | numbers, st.integers(1, 300))
def test_a_cap_is_never_exceeded(
    amount: Decimal, weight: Decimal, cap: Decimal, step: Decimal | None, percent: int
) -> None:
    """Rounding never carries a dose over its cap, whatever came before."""
    result = dose(
        Quantity(amount, "mg", "kg"),
        Patient(weight=weight),
        percent=D(percent),
        cap=mg(cap),
        step=None if step is None else mg(step),
    )
    assert 0 < result.value <= cap
    assert result.capped == (amount * weight * percent / 100 > cap)


@given(numbers, st.integers(1, 24), numbers, st.none() | numbers)
def test_a_cap_per_day_is_never_exceeded_by_the_day(
    amount: Decimal, a_day: int, cap: Decimal, step: Decimal | None
) -> None:
    """All of a day's shares together stay within the cap of the day."""
    result = dose(
        Quantity(amount, "mg", per_day=True),
        NOBODY,
        a_day=a_day,
        cap=Quantity(cap, "mg", per_day=True),
        step=None if step is None else mg(step),
    )
    rounding_error = D("1e-20")
    assert 0 < result.value * a_day <= cap + rounding_error


@given(weights, st.integers(1, 300), numbers, numbers, st.booleans(), st.integers(1, 4))
def test_the_steps_always_come_in_the_one_order(
    weight: Decimal, percent: int, cap: Decimal, step: Decimal, per_day: bool, a_day: int
) -> None:
    """Basis -> percentage -> cap -> round; each step is visible, the last value is the dose."""
    result = dose(
        Quantity(D(3), "mg", "kg", per_day),
        Patient(weight=weight),
        percent=D(percent),
        a_day=a_day,
        cap=mg(cap),
        step=mg(step),
    )
    order = [
        "basis",
        *(["percentage"] if percent != 100 else []),
        *(["share"] if per_day else []),
        "cap",
        "round",
    ]
    assert steps(result) == order
    assert result.working[0].value == 3 * weight
    assert result.working[-1].value == result.value
    assert result.working[-2].value == result.calculated


# Rounded by whoever gives it: a step or a band, within a bound


@pytest.mark.parametrize(("amount", "expected"), [(688, 690), (685, 690), (682, 680), (680, 680)])
def test_a_dose_is_rounded_half_up_to_the_users_step(amount: int, expected: int) -> None:
    """688 -> 690, 685 -> 690, 682 -> 680 for a step of 10."""
    result = dose(mg(D(amount)), NOBODY, bound=Bound(mg(D(10)), within=D(10)))
    assert (result.value, result.calculated) == (D(expected), D(amount))
    assert result.not_rounded_because is None


def test_the_users_step_replaces_that_of_the_file() -> None:
    """683 mg: to the file's 50 it would be 700, to the user's 5 it is 685."""
    assert dose(mg(D(683)), NOBODY, step=mg(D(50))).value == 700
    assert dose(mg(D(683)), NOBODY, step=mg(D(50)), bound=Bound(mg(D(5)))).value == 685


@pytest.mark.parametrize(
    ("amount", "value", "undone"),
    [
        ("50", "50", "by 100 %, more than 25 %"),
        ("49.9", "49.9", "would give zero"),
        ("90", "100", None),
        ("91", "100", None),
        ("130", "100", None),
        ("140", "140", "by 28.6 %, more than 25 %"),
        ("80", "100", None),
        ("79", "79", "by 26.6 %, more than 25 %"),
    ],
)
def test_rounding_beyond_the_bound_is_left_undone_and_shown(
    amount: str, value: str, undone: str | None
) -> None:
    """140 to 100 is 28.6 % less, beyond 25 %; 80 to 100 is 25 %, just within."""
    result = dose(mg(D(amount)), NOBODY, bound=Bound(mg(D(100)), within=D(25)))
    assert result.value == D(value)
    if undone is None:
        assert result.not_rounded_because is None
    else:
        assert undone in (result.not_rounded_because or "")
        assert text_of(result, "round") == f"not rounded: {result.not_rounded_because}"


def test_a_bound_of_nothing_allows_no_change() -> None:
    """Within 0 %: 690 stays, 688 is not rounded."""
    nothing = Bound(mg(D(10)), within=D(0))
    assert dose(mg(D(690)), NOBODY, bound=nothing).not_rounded_because is None
    assert dose(mg(D(688)), NOBODY, bound=nothing).value == 688


def test_a_users_rounding_never_carries_a_dose_over_its_cap() -> None:
    """98 mg to 100 would exceed the cap of 99 mg, well within 10 %."""
    result = dose(mg(D(98)), NOBODY, cap=mg(D(99)), bound=Bound(mg(D(10)), within=D(10)))
    assert result.value == 98
    assert result.not_rounded_because == "rounding to 10 mg would exceed the cap of 99 mg"


def test_a_users_rounding_never_carries_a_day_over_its_cap() -> None:
    """200 mg a day in two, capped at 195 mg a day: 97.5 each; 100 twice would be 200."""
    result = dose(
        quantity("200 mg/day"),
        NOBODY,
        a_day=2,
        cap=quantity("195 mg/day"),
        bound=Bound(mg(D(10)), within=D(10)),
    )
    assert result.value == D("97.5")
    assert result.not_rounded_because is not None


BANDS = (
    Band(D(80), D(100), D(90), "mg"),
    Band(D(100), D(120), D(110), "mg"),
)


@pytest.mark.parametrize(
    ("amount", "value"), [("80", 90), ("99.999", 90), ("100", 110), ("119.999", 110)]
)
def test_a_band_begins_at_its_lower_bound_and_ends_before_its_upper(
    amount: str, value: int
) -> None:
    """100 mg belongs to the band from 100, not to the one up to 100."""
    result = dose(mg(D(amount)), NOBODY, bound=Bound(bands=BANDS, within=D(20)))
    assert (result.value, result.calculated) == (D(value), D(amount))
    assert "its dose band" in text_of(result, "round")


def test_a_band_may_be_written_in_another_unit() -> None:
    """0.095 g is 95 mg, in the band from 80 to 100 mg."""
    result = dose(quantity("0.095 g"), NOBODY, bound=Bound(bands=BANDS, within=D(10)))
    assert (result.value, result.unit) == (D("0.09"), "g")


def test_a_band_beyond_the_bound_is_left_undone() -> None:
    """80 mg to 90 mg is 12.5 %, more than 10 %."""
    result = dose(mg(D(80)), NOBODY, bound=Bound(bands=BANDS, within=D(10)))
    assert result.value == 80
    assert "12.5 %, more than 10 %" in (result.not_rounded_because or "")


def test_a_band_over_the_cap_is_left_undone() -> None:
    result = dose(mg(D(95)), NOBODY, cap=mg(D(89)), bound=Bound(bands=BANDS, within=D(20)))
    assert result.value == 89
    assert "would exceed the cap of 89 mg" in (result.not_rounded_because or "")


@pytest.mark.parametrize("amount", [79, 120, 5000])
def test_a_dose_in_no_band_is_left_as_it_is_and_that_is_the_reason_shown(amount: int) -> None:
    """5,000 mg is above every band: it is not that rounding would give zero of it."""
    result = dose(mg(D(amount)), NOBODY, bound=Bound(bands=BANDS, within=D(10)))
    assert result.value == amount
    assert "band" in (result.not_rounded_because or "")
    assert "give zero" not in (result.not_rounded_because or "")


@given(numbers, numbers, st.integers(0, 200))
def test_a_rounded_dose_is_within_half_a_step_and_within_the_bound(
    amount: Decimal, step: Decimal, within: int
) -> None:
    """|rounded - calculated| is at most half a step and so many per cent, or it is left undone."""
    result = dose(mg(amount), NOBODY, bound=Bound(mg(step), within=D(within)))
    change = abs(result.value - amount)
    assert result.calculated == amount
    assert change <= step / 2
    assert change * 100 <= within * amount
    if result.not_rounded_because is not None:
        assert change == 0
    else:
        assert (Fraction(result.value) / Fraction(step)).denominator == 1


def test_a_whole_dose_is_kept_only_beside_a_share_where_a_cap_cuts_one_of_them() -> None:
    """200 mg are cut to 150 mg before they are halved; 100 mg are not, and twice that is.

    Without a share, or without a cap that cuts, a share is what it says.
    """
    assert dose(mg(D(100)), NOBODY, percent=D(50), cap=mg(D(150))).full_dose is None
    assert dose(mg(D(100)), NOBODY, percent=D(200), cap=mg(D(150))).full_dose == 100
    assert dose(mg(D(200)), NOBODY, percent=D(50), cap=mg(D(150))).full_dose == 150
    assert dose(mg(D(100)), NOBODY, cap=mg(D(150))).full_dose is None
    assert dose(mg(D(100)), NOBODY, percent=D(50)).full_dose is None


def test_an_amount_per_day_is_one_dose_where_no_number_is_stated() -> None:
    """45 mg a day, given once."""
    assert dose(quantity("45 mg/day"), NOBODY).value == 45


def test_a_body_counts_for_less_only_where_less_of_it_counts() -> None:
    """A man of 90 kg and 177.8 cm has an ideal weight of 50 + 2.3 x 10 = 73 kg.

    At 70 kg the actual weight counts; a flat amount and an AUC are calculated from no such measure.
    """
    ideal = DosingBody(weight=DosingWeight(D(0), "ideal"))
    heavy, light = (Patient(D(weight), D("177.8"), sex="male", gfr=D(90)) for weight in (90, 70))
    assert dose(quantity("5 mg/kg"), heavy, dosing_body=ideal).body_reduced
    assert not dose(quantity("5 mg/kg"), light, dosing_body=ideal).body_reduced
    for amount in ("5 mg/kg", "5 mg/m2", "5 mg", "5 AUC"):
        assert not dose(quantity(amount), heavy).body_reduced, amount


def test_a_body_exactly_at_its_cap_counts_in_full() -> None:
    """2 m2 are not above a cap of 2 m2; 2.1 m2 are."""
    counted = DosingBody(bsa_cap=D(2))
    one, other = (Patient(surface_area=D(area)) for area in ("2", "2.1"))
    dosed = dose(quantity("5 mg/m2"), one, dosing_body=counted)
    assert (dosed.body_reduced, dosed.value) == (False, D(10))
    assert text_of(dosed, "basis").endswith("x 2 m2 (not above the bsa_cap of 2 m2) = 10 mg")
    dosed = dose(quantity("5 mg/m2"), other, dosing_body=counted)
    assert (dosed.body_reduced, dosed.value) == (True, D(10))


def test_a_cap_per_day_holds_once_for_an_amount_that_is_not_per_day() -> None:
    """A course log may set a plain amount where the file has one per day: the cap still counts."""
    dosed = dose(mg(D(100)), NOBODY, cap=quantity("50 mg/day"))
    assert (dosed.value, dosed.capped) == (D(50), True)
    assert steps(dosed) == ["basis", "cap", "round"]


@pytest.mark.parametrize("amount", [5, 22])
def test_an_adjusted_weight_multiplies_out_as_it_is_printed(amount: int) -> None:
    """(170 / 2.54 - 60) x 2.3 + 50 kg has no last digit: as many are shown as the product needs."""
    counted = DosingBody(weight=DosingWeight(D(40), "adjusted 40 %"))
    for kg in range(100, 400, 5):
        patient = Patient(D(kg), D(170), sex="male")
        text = text_of(dose(quantity(f"{amount} mg/kg"), patient, dosing_body=counted), "basis")
        match = re.search(r" mg/kg x ([0-9.]+) kg = ([0-9,.]+) mg$", text)
        assert match is not None, text
        weight, product = (Fraction(figure.replace(",", "")) for figure in match.groups())
        assert to_28_digits(amount * weight) == product


@pytest.mark.parametrize("a_day", [2, 7])
def test_a_share_of_the_day_is_a_part_of_what_is_printed(a_day: int) -> None:
    """A surface has no last digit: of what it gives a day as many are shown as the share needs."""
    for kg in range(40, 140):
        patient = Patient(D(kg), D(171))
        text = text_of(dose(quantity("7 mg/m2/day"), patient, a_day=a_day), "share")
        match = re.match(r"([0-9,.]+) mg a day / [27] a day = ([0-9,.]+) mg$", text)
        assert match is not None, text
        total, share = (Fraction(figure.replace(",", "")) for figure in match.groups())
        assert to_28_digits(total / a_day) == share


@pytest.mark.parametrize(
    ("per", "minutes"), [("day", 46 * 60), ("day", 7 * 1440), ("hour", 50), ("hour", 135)]
)
def test_a_rate_multiplies_out_as_it_is_printed(per: str, minutes: int) -> None:
    """A surface has no last digit: of what it gives a day or hour as many are shown as it takes."""
    a_while = Fraction(minutes, 1440 if per == "day" else 60)
    for kg in range(40, 140):
        patient = Patient(D(kg), D(171))
        text = text_of(dose(quantity(f"7 mg/m2/{per}"), patient, lasting=minutes), "rate")
        match = re.match(r"([0-9,.]+) mg an? [a-z]+ x .* = ([0-9,.]+) mg$", text)
        assert match is not None, text
        rate, total = (Fraction(figure.replace(",", "")) for figure in match.groups())
        assert to_28_digits(rate * a_while) == total


@pytest.mark.parametrize("amount", [79, 120])
def test_a_dose_in_no_band_is_left_as_it_is_where_rounding_has_no_bound_either(amount: int) -> None:
    """No band, no rounding: never one milligram, and never nothing."""
    dosed = dose(mg(D(amount)), NOBODY, bound=Bound(bands=BANDS))
    assert dosed.value == amount
    assert dosed.not_rounded_because == f"no dose band includes {amount} mg"


def test_a_rate_may_be_rounded_where_its_day_stays_within_its_cap() -> None:
    """9 mg a day for 3 days are 27 mg; 25 mg are 8.3 mg a day, within 9 mg a day."""
    dosed = dose(
        quantity("9 mg/day"), NOBODY, lasting=4320, cap=quantity("9 mg/day"), step=mg(D(5))
    )
    assert (dosed.value, dosed.not_rounded_because) == (D(25), None)


def test_a_cap_per_dose_holds_the_rounded_dose_and_not_the_day() -> None:
    """45 mg a day in two are 22.5 mg each, rounded to 25 mg: within 30 mg a dose, 50 mg a day."""
    dosed = dose(quantity("45 mg/day"), NOBODY, a_day=2, cap=mg(D(30)), step=mg(D(5)))
    assert (dosed.value, dosed.not_rounded_because) == (D(25), None)


def test_the_working_shows_all_digits_where_the_last_of_them_counts() -> None:
    """To 28 digits 1.1...14999... is 1.1...1; one digit less of it would be rounded up before."""
    digits = f"1.{'1' * 27}4{'9' * (GUARDED.prec - 29)}"
    dosed = dose(mg(D(digits)), NOBODY, percent=D(50))
    assert text_of(dosed, "percentage").startswith(f"50 % of {digits} mg = ")


def test_an_amount_derived_from_another_says_so_in_the_working() -> None:
    """What is in the source, 2 mg/kg 3 times, is shown before what it comes to: 6 x 70 = 420."""
    amount = Quantity(D(6), "mg", "kg", conversion="2 mg/kg x 3")
    text = text_of(dose(amount, Patient(weight=D(70))), "basis")
    assert text == "2 mg/kg x 3 = 6 mg/kg; 6 mg/kg x 70 kg = 420 mg"
    plain = text_of(dose(quantity("6 mg/kg"), Patient(weight=D(70))), "basis")
    assert plain == "6 mg/kg x 70 kg = 420 mg"
