"""Body size: nine formulas against published values, plausible ranges, the BSA cap."""

import csv
import decimal
import math
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.errors import ImplausibleInput, MissingInput, Refused
from il2calc.model.patient import (
    AGE_RANGE,
    BSA_RANGE,
    DEFAULT_FORMULA,
    FORMULA_NAMES,
    FORMULAE,
    GFR_RANGE,
    HEIGHT_RANGE,
    WEIGHT_RANGE,
    Patient,
    boyd,
    mosteller,
    surface,
)

D = Decimal
SAMPLE = Path(__file__).parent / "expected" / "bsa_reference_sample.csv"
COLUMNS = {
    "DuBois": "du-bois",
    "Mosteller": "mosteller",
    "Haycock": "haycock",
    "GehanGeorge": "gehan-george",
    "Boyd": "boyd",
}
heights = st.decimals(D(40), D(260), places=1)
weights = st.decimals(D(2), D(400), places=1)


def sample() -> list[tuple[Decimal, Decimal, str, Decimal]]:
    """Height, weight, formula and body surface area of every cell of the reference grid."""
    with SAMPLE.open(encoding="utf-8") as file:
        return [
            (D(row["height_cm"]), D(row["weight_kg"]), name, D(row[column]))
            for row in csv.DictReader(file)
            for column, name in COLUMNS.items()
        ]


def test_the_reference_grid_has_21_sizes_and_five_formulas() -> None:
    """A grid that was not read proves nothing."""
    assert len(sample()) == 21 * 5


@pytest.mark.parametrize(("height", "weight", "formula", "expected"), sample())
def test_a_formula_agrees_with_the_reference_grid_to_4_decimals(
    height: Decimal, weight: Decimal, formula: str, expected: Decimal
) -> None:
    """From a child of 15 kg to a patient of 150 kg, as other programs compute it."""
    assert surface(formula, height, weight).quantize(D("0.0001")) == expected


@pytest.mark.parametrize(
    ("formula", "published"),
    [
        ("mosteller", "1.818118685772619"),
        ("du-bois", "1.809707801753247"),
        ("haycock", "1.8256771247769754"),
        ("gehan-george", "1.8312893134221293"),
        ("fujimoto", "1.7642934701397994"),
        ("takahira", "1.8240665635433273"),
        ("shuter-aslani", "1.7860700647202692"),
    ],
)
def test_a_formula_agrees_with_its_published_check_value_to_12_digits(
    formula: str, published: str
) -> None:
    """170 cm and 70 kg; the published values were computed in binary floats."""
    assert abs(surface(formula, D(170), D(70)) - D(published)) < D("1e-12")


@pytest.mark.parametrize(
    ("formula", "published"),
    [
        ("mosteller", "2.0380"),
        ("du-bois", "2.0218"),
        ("haycock", "2.0508"),
        ("gehan-george", "2.0509"),
        ("boyd", "2.0544"),
    ],
)
def test_a_formula_agrees_with_its_published_check_value_to_4_decimals(
    formula: str, published: str
) -> None:
    """178 cm and 84 kg."""
    assert surface(formula, D(178), D(84)).quantize(D("0.0001")) == D(published)


def test_mosteller_is_the_square_root_of_height_times_weight_over_3600() -> None:
    """160 x 90 = 14,400 = 4 x 3,600, and the root of 4 is 2, exactly."""
    assert mosteller(D(160), D(90)) == 2


def test_boyd_calculates_in_grams_and_not_in_kilograms() -> None:
    """A public calculator gives 0.0316 m2 at 178 cm and 80 kg: a sixtieth of the dose."""
    assert boyd(D(178), D(80)) > D("1.9")
    # The same formula with the kilograms where its grams belong:
    exponent = D("0.7285") - D("0.0188") * D(80).log10()
    wrong = D("0.0003207") * D(178) ** D("0.3") * D(80) ** exponent
    assert wrong.quantize(D("0.0001")) == D("0.0316")


def test_boyd_is_its_equation_written_out() -> None:
    """0.0003207 H^0.3 Wg^(0.7285 - 0.0188 log10 Wg), Wg in grams."""
    grams = D(80_000)
    exponent = D("0.7285") - D("0.0188") * grams.log10()
    expected = D("0.0003207") * D(178) ** D("0.3") * grams**exponent
    assert abs(boyd(D(178), D(80)) - expected) < D("1e-20")


def test_schlich_has_the_equation_of_men_for_men_and_of_women_for_women() -> None:
    """Known to be swapped in public calculators: at 165 cm and 95 kg men have 1.838 m2."""
    height, weight = D(165), D(95)
    men = D("0.000579479") * height ** D("1.24") * weight ** D("0.38")
    women = D("0.000975482") * height ** D("1.08") * weight ** D("0.46")
    assert men.quantize(D("0.001")) == D("1.838") < women
    assert abs(surface("schlich", height, weight, "male") - men) < D("1e-20")
    assert abs(surface("schlich", height, weight, "female") - women) < D("1e-20")


def test_the_formulas_differ_by_as_much_as_the_table_must_say() -> None:
    """At 165 cm and 95 kg the first five range from 2.016 to 2.147, all from 1.838."""
    names = ("mosteller", "du-bois", "haycock", "gehan-george", "boyd")
    areas = [surface(name, D(165), D(95)).quantize(D("0.001")) for name in names]
    assert (min(areas), max(areas)) == (D("2.016"), D("2.147"))
    everyone = [surface(name, D(165), D(95), "male") for name in FORMULA_NAMES]
    assert min(everyone).quantize(D("0.001")) == D("1.838")


def test_there_are_nine_formulas_and_mosteller_is_the_default() -> None:
    assert len(FORMULA_NAMES) == len(set(FORMULA_NAMES)) == 9
    assert set(FORMULA_NAMES) - set(FORMULAE) == {"schlich"}
    assert DEFAULT_FORMULA == "mosteller"


@pytest.mark.parametrize("formula", FORMULA_NAMES)
def test_every_formula_can_be_chosen_by_its_name(formula: str) -> None:
    """An adult of 170 cm and 70 kg has 1.7 to 1.9 m2 by any of them."""
    patient = Patient(weight=D(70), height=D(170), formula=formula, sex="female")
    area = patient.bsa()
    assert area == surface(formula, D(170), D(70), "female")
    assert area is not None
    assert D("1.7") < area < D("1.9")


@pytest.mark.parametrize("formula", FORMULA_NAMES)
@given(height=heights, weight=weights)
def test_a_heavier_or_taller_patient_has_more_surface(
    formula: str, height: Decimal, weight: Decimal
) -> None:
    """Every formula rises with height and weight over all that is plausible."""
    area = surface(formula, height, weight, "male")
    assert surface(formula, height, weight + 1, "male") > area
    assert surface(formula, height + 1, weight, "male") > area


@pytest.mark.parametrize("formula", FORMULA_NAMES)
def test_a_caller_with_five_digits_gets_the_same_surface(formula: str) -> None:
    """The decimal context of a program that imports this one changes no dose."""
    patient = Patient(weight=D("70.123456"), height=D("170.123456"), formula=formula, sex="male")
    expected, index = patient.bsa(), patient.bmi()
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_DOWN):
        assert patient.bsa() == expected
        assert patient.bmi() == index
    assert len(str(expected)) > 25


@pytest.mark.parametrize("formula", FORMULA_NAMES)
def test_a_surface_has_28_digits_and_is_multiplied_with_more(formula: str) -> None:
    """The last of 28 digits is right, and what is multiplied has at least 20 more of them."""
    patient = Patient(weight=D(70), height=D(170), formula=formula, sex="female")
    full = patient.unrounded_bsa()
    assert full is not None
    assert len(full.as_tuple().digits) > 48
    assert patient.bsa() == patient.uncapped() == round(full, 27)
    capped = Patient(weight=D(70), height=D(170), surface_cap=D("1.5"))
    assert capped.unrounded_bsa() == capped.bsa() == D("1.5")
    with decimal.localcontext(prec=90):
        other = (D(170) * D(70) / 3600).sqrt()
    assert formula != "mosteller" or abs(full - other) < D("1e-54")


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("formula", list(FORMULAE))
def test_only_schlich_asks_for_the_sex(formula: str, sex: Literal["female", "male"]) -> None:
    assert surface(formula, D(170), D(70), sex) == surface(formula, D(170), D(70))


def test_schlich_without_a_sex_says_what_to_give() -> None:
    """A sex that nobody gave is never guessed."""
    with pytest.raises(MissingInput, match="give --sex female or --sex male"):
        surface("schlich", D(165), D(95))
    with pytest.raises(MissingInput, match="--sex"):
        Patient(weight=D(95), height=D(165), formula="schlich").bsa()


def patient_with(what: str, value: Decimal) -> Patient:
    """A patient of whom one thing is known."""
    return Patient(**{what: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "low", "high", "allowed"),
    [
        ("weight", "2", "400", "2 to 400 kg"),
        ("height", "40", "260", "40 to 260 cm"),
        ("surface_area", "0.1", "4", "0.1 to 4 m2"),
        ("surface_cap", "0.1", "4", "0.1 to 4 m2"),
        ("gfr", "1", "300", "1 to 300 mL/min"),
    ],
)
def test_a_body_has_a_plausible_size(what: str, low: str, high: str, allowed: str) -> None:
    """A weight of 7000 (grams?) or a height of 1.70 (metres?) must not become a dose."""
    tiny = D("0.000001")
    for inside in (D(low), D(low) + tiny, D(high) - tiny, D(high)):
        assert getattr(patient_with(what, inside), what) == inside
    outside = [D(low) - tiny, D(high) + tiny, D(0), -D(low), D("1e9"), D("-0")]
    never = [D("NaN"), D("-NaN"), D("sNaN"), D("Infinity"), D("-Infinity")]
    for value in outside + never:
        with pytest.raises(ImplausibleInput, match=f"not plausible; give {allowed}"):
            patient_with(what, value)


def test_an_age_is_one_that_people_reach() -> None:
    """A year of birth, or an age below nothing, is not an age; a newborn has one of 0."""
    for years in (D(0), D("0.000001"), D("129.999999"), D(130)):
        assert Patient(age=years).age == years
    for years in (D("-0.000001"), D("130.000001"), D(1950), D("NaN")):
        with pytest.raises(ImplausibleInput, match="not plausible; give 0 to 130 years"):
            Patient(age=years)


def test_the_published_ranges_are_those_that_are_checked() -> None:
    """Weight 2 to 400 kg, height 40 to 260 cm, BSA 0.1 to 4 m2, GFR 1 to 300, age 0 to 130."""
    assert (D(2), D(400)) == WEIGHT_RANGE
    assert (D(40), D(260)) == HEIGHT_RANGE
    assert (D("0.1"), D(4)) == BSA_RANGE
    assert (D(1), D(300)) == GFR_RANGE
    assert (D(0), D(130)) == AGE_RANGE


@pytest.mark.parametrize(
    ("what", "value", "text"),
    [
        ("weight", "700", "a weight of 700 kg"),
        ("height", "1.70", "a height of 1.70 cm"),
        ("surface_area", "18", "a body surface area of 18 m2"),
        ("surface_cap", "20", "a cap on body surface area of 20 m2"),
        ("gfr", "900", "a GFR of 900 mL/min"),
        ("age", "1950", "an age of 1950 years"),
    ],
)
def test_an_implausible_size_is_named_with_its_unit(what: str, value: str, text: str) -> None:
    """Who typed metres sees that centimetres were read."""
    with pytest.raises(ImplausibleInput, match=text):
        patient_with(what, D(value))


@pytest.mark.parametrize(
    "patient",
    [Patient(), Patient(weight=D(70)), Patient(height=D(170)), Patient(gfr=D(90))],
    ids=["nothing", "weight", "height", "gfr"],
)
def test_what_is_not_known_of_a_body_is_not_made_up(patient: Patient) -> None:
    """No average patient replaces this one."""
    assert patient.bsa() is None
    assert patient.uncapped() is None
    assert patient.bmi() is None


def test_a_surface_that_was_measured_elsewhere_is_taken_as_it_is() -> None:
    """It wins over weight and height, whatever the formula."""
    patient = Patient(weight=D(70), height=D(170), surface_area=D("1.8"), formula="du-bois")
    assert patient.bsa() == patient.uncapped() == D("1.8")


@pytest.mark.parametrize(
    ("cap", "expected"), [(None, "2.5"), ("2.0", "2.0"), ("2.5", "2.5"), ("3", "2.5")]
)
def test_a_cap_on_the_surface_applies_only_above_it(cap: str | None, expected: str) -> None:
    """Off by default; what was cut stays visible in `uncapped`."""
    patient = Patient(surface_area=D("2.5"), surface_cap=None if cap is None else D(cap))
    assert patient.bsa() == D(expected)
    assert patient.uncapped() == D("2.5")


def test_a_cap_applies_to_a_computed_surface_too() -> None:
    """sqrt(180 x 100 / 3600) = sqrt(5) = 2.236... m2."""
    patient = Patient(weight=D(100), height=D(180), surface_cap=D(2))
    assert patient.bsa() == 2
    assert patient.uncapped() == D(5).sqrt()


def test_a_cap_without_a_surface_caps_nothing() -> None:
    assert Patient(weight=D(70), surface_cap=D(2)).bsa() is None


@pytest.mark.parametrize(
    ("weight", "height", "expected"),
    [("80", "200", "20"), ("45", "150", "20"), ("72", "120", "50")],
)
def test_the_body_mass_index_is_weight_over_height_in_metres_squared(
    weight: str, height: str, expected: str
) -> None:
    """80 / 2.00^2 = 20; 45 / 1.50^2 = 20; 72 / 1.20^2 = 50."""
    assert Patient(weight=D(weight), height=D(height)).bmi() == D(expected)


def test_a_whole_number_is_the_same_decimal() -> None:
    """Python's own way to write 70 kg; 72,000 IU/kg x 70 kg = 5,040,000 IU either way."""
    measures: dict[str, Any] = {"weight": 70, "height": 175, "gfr": 90, "age": 61}
    patient = Patient(**measures)
    assert patient == Patient(weight=D(70), height=D(175), gfr=D(90), age=D(61))
    assert [
        type(value) for value in (patient.weight, patient.height, patient.gfr, patient.age)
    ] == [D] * 4


@pytest.mark.parametrize(
    ("value", "kind"), [(70.1, "float"), ("70", "str"), (True, "bool"), (math.nan, "float")]
)
def test_what_is_neither_decimal_nor_whole_is_refused(value: Any, kind: str) -> None:
    """Danger: the float 70.1 is 70.099999999999994315658113919198513031005859375."""
    with pytest.raises(Refused) as refused:
        Patient(weight=value)
    assert str(refused.value) == f"weight={value!r} is a {kind}; give a decimal, as Decimal('70.5')"
    assert D(70.1) != D("70.1")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sex": "M"}, "sex='M' is not known; write one of ('female', 'male', None)"),
        ({"formula": "Mosteller"}, "formula='Mosteller' is not known; write one of ('mosteller', "),
    ],
)
def test_a_sex_or_formula_of_another_name_is_refused(given: dict[str, Any], words: str) -> None:
    """Danger: for `M` Schlich took the equation of women, 1.765 m2 for 1.698."""
    with pytest.raises(Refused) as caught:
        Patient(weight=D(70), height=D(170), **given)
    assert str(caught.value).startswith(words)
