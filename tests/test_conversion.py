"""One measure as another: activity and mass meet only by a factor of the drug's own monograph."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.errors import NotAQuantity, Refused
from il2calc.language import drug
from il2calc.model.drug import Drug, Factor, Measure
from il2calc.pharmacy.conversion import exchange, through
from il2calc.units import exact, short

D = Decimal
ALDESLEUKIN = drug("aldesleukin")


def an_equation(left: str, right: str, figures: int | None = None) -> Factor:
    """A factor from two texts such as `2 old units` and `1 mg`."""
    first, second = (
        Measure(D(number), unit)
        for number, _, unit in (side.partition(" ") for side in (left, right))
    )
    return Factor(first, second, figures, "Invented.", ("label",))


def examplumab(*factors: Factor) -> Drug:
    """An invented drug that is known by some factors alone."""
    return Drug("examplumab", (), 1, "2026-11-22", {}, factors=factors)


@pytest.mark.parametrize(
    ("text", "to", "shown"),
    [
        ("18 million IU", "mg", "1.1 mg"),
        ("18000000 IU", "mg", "1.1 mg"),
        ("18 MIU", "mg", "1.1 mg"),
        ("18 million IU", "mcg", "1,100 mcg"),
        ("42 million IU", "mg", "2.567 mg"),
        ("5.04 million IU", "mg", "0.308 mg"),
        ("1.1 mg", "IU", "18,000,000 IU"),
        ("1100 mcg", "IU", "18,000,000 IU"),
        ("18 million IU/mL", "mg/mL", "1.1 mg/mL"),
        ("600000 IU/kg", "mg/kg", "0.03667 mg/kg"),
        ("18 million IU/m2", "mg/m2", "1.1 mg/m2"),
        ("100 IU", "Nutley units", "83.3 Nutley units"),
        ("83.3 Nutley units", "IU", "100 IU"),
        ("100 IU", "Cetus units", "16.7 Cetus units"),
        ("16.7 Cetus units", "IU", "100 IU"),
        ("83.3 Nutley units", "Cetus units", "16.7 Cetus units"),
        ("600000 IU/kg", "Cetus units/kg", "100,000 Cetus units/kg"),
        ("18 million IU", "IU", "18,000,000 IU"),
    ],
)
def test_a_measure_of_aldesleukin_in_another_unit(text: str, to: str, shown: str) -> None:
    """18 million IU = 1.1 mg: 42 x 1.1 / 18 = 2.567; 600,000 x 16.7 / 100 = 100,200."""
    found = exchange(text, to, ALDESLEUKIN)
    figures = found.figures
    value = exact(found.value) if figures is None else short(found.value, figures)
    assert f"{value} {found.unit}{found.per}" == shown


@pytest.mark.parametrize(
    ("to", "figures", "factors"),
    [("mg", 4, 1), ("Nutley units", 3, 1), ("Cetus units", 3, 1), ("IU", None, 0)],
)
def test_a_factor_known_to_three_figures_gives_three_figures(
    to: str, figures: int | None, factors: int
) -> None:
    """About 83.3 and about 16.7: a fourth figure would be invented; no factor costs none."""
    found = exchange("18 million IU", to, ALDESLEUKIN)
    assert (found.figures, len(found.by)) == (figures, factors)


def test_the_coarsest_factor_on_the_way_decides_the_figures() -> None:
    """Milligrams to Cetus units go by 1.1 mg, exact, and by 16.7, known to three figures."""
    found = exchange("1.1 mg", "Cetus units", ALDESLEUKIN)
    assert found.value == 18_000_000 * D("16.7") / 100
    assert found.figures == 3
    assert [factor.right.unit for factor in found.by] == ["mg", "Cetus units"]


def test_the_one_factor_between_activity_and_mass_is_used_and_no_other() -> None:
    """22 million units in a vial of 1.3 mg would give another factor."""
    assert exchange("22 million IU", "mg", ALDESLEUKIN).value.quantize(D("0.0001")) == D("1.3444")


@pytest.mark.parametrize(
    ("text", "to", "value"),
    [
        ("1 g", "mg", D(1000)),
        ("2 kg", "mg", D(2_000_000)),
        ("30 mcg/mL", "mg/mL", D("0.03")),
        ("5 mL/kg", "mL/kg", D(5)),
    ],
)
def test_a_mass_in_another_unit_of_mass_needs_no_drug(text: str, to: str, value: Decimal) -> None:
    found = exchange(text, to, None)
    assert (found.value, found.by, found.figures) == (value, (), None)


@pytest.mark.hazard(14)
@pytest.mark.parametrize(("text", "to"), [("18 million IU", "mg"), ("1.1 mg", "IU")])
def test_activity_and_mass_do_not_meet_without_a_drug(text: str, to: str) -> None:
    """IU are activities of one drug: the mass of another drug's IU is another."""
    with pytest.raises(Refused, match="needs to know the drug: add --drug NAME"):
        exchange(text, to, None)


def test_a_drug_without_a_factor_is_refused_by_its_name() -> None:
    with pytest.raises(Refused, match="monograph of trastuzumab has no factor between IU and mg"):
        exchange("18 million IU", "mg", drug("trastuzumab"))


def test_a_drug_with_factors_that_do_not_connect_is_refused() -> None:
    """IU to mL: there are factors of aldesleukin, but none leads to a volume."""
    with pytest.raises(Refused, match="has no factor between IU and mL"):
        exchange("18 million IU", "mL", ALDESLEUKIN)


def test_where_no_factor_was_used_every_digit_is_kept() -> None:
    """Rounding to four figures would make 1,234,567 mcg a dose of 1.235 g."""
    found = exchange("1234567 mcg", "g", None)
    assert (exact(found.value), found.figures) == ("1.234567", None)


@pytest.mark.hazard(14)
@pytest.mark.parametrize(
    ("text", "to", "ways"),
    [
        ("18 million units", "mg", ("18 million IU", "18 million Cetus units")),
        ("18000000 units/mL", "mg/mL", ("18000000 IU/mL", "18000000 Cetus units/mL")),
        ("1.1 mg", "units", ("IU", "Cetus units")),
        ("18 million IU/mL", "units/mL", ("IU/mL", "Cetus units/mL")),
        ("100 units", "IU", ("100 IU", "100 Cetus units")),
        ("5 million U/m2", "mg/m2", ("5 million IU/m2", "5 million Cetus units/m2")),
        ("5 Units", "mg", ("5 IU", "5 Cetus units")),
    ],
)
def test_plain_units_of_a_drug_counted_in_international_units_are_refused(
    text: str, to: str, ways: tuple[str, str]
) -> None:
    """Danger: 100,000 units of a paper of the 1980s taken for IU: a sixth of what it gave.

    Where the units are those of a sheet of il2calc, IU are meant.
    """
    with pytest.raises(NotAQuantity, match="plain units, and aldesleukin is counted in") as told:
        exchange(text, to, ALDESLEUKIN)
    plain, older = ways
    assert f"write {plain!r} where international units are meant; {older!r} where" in str(
        told.value
    )


def test_plain_units_may_be_those_of_an_older_scale_and_never_milligrams() -> None:
    """18 million IU are 1.1 mg, and mg is no scale that "units" may be of: nobody means 22 mg."""
    with pytest.raises(NotAQuantity) as told:
        exchange("22 units", "mg", ALDESLEUKIN)
    assert "'22 Cetus units' where" in str(told.value)
    assert re.findall("mg|mcg", str(told.value)) == []


def test_what_a_drug_weighs_is_told_in_kilograms_too() -> None:
    """What is asked for in kg is no body for that: 5,000,000 mg are 5 kg."""
    assert exchange("5000000 mg", "kg", None).value == 5


def test_units_that_are_not_international_are_not_taken_for_it() -> None:
    """`units` of a drug that is not counted in IU are a dimension of their own."""
    with pytest.raises(Refused, match="no factor between units and mg"):
        exchange("100 units", "mg", drug("trastuzumab"))
    with pytest.raises(Refused, match="units to IU needs to know the drug"):
        exchange("100 units", "IU", None)


@pytest.mark.parametrize(
    ("text", "to", "words"),
    [
        ("100 Cetsu units", "IU", "did you mean 'Cetus units'"),
        ("100 IU", "Nutly units", "did you mean 'Nutley units'"),
        ("100 xyzzy", "IU", "known: IU, units"),
    ],
)
def test_the_nearest_unit_is_offered_for_one_that_is_not_known(
    text: str, to: str, words: str
) -> None:
    with pytest.raises(NotAQuantity, match=words):
        exchange(text, to, ALDESLEUKIN)


def test_a_unit_of_one_drug_is_not_known_without_the_drug() -> None:
    with pytest.raises(NotAQuantity, match="units of one drug need --drug NAME"):
        exchange("100 Cetus units", "IU", None)


def test_a_unit_that_a_drug_does_not_know_is_not_said_to_need_a_drug() -> None:
    """It was named: whoever names it again is sent in a circle."""
    with pytest.raises(NotAQuantity) as error:
        exchange("100 Cetus units", "IU", drug("trastuzumab"))
    assert "--drug" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "to"),
    [("18 million IU/mL", "mg"), ("18 million IU", "mg/mL"), ("600000 IU/kg", "mg/m2")],
)
def test_a_concentration_is_no_amount(text: str, to: str) -> None:
    """1.1 mg/mL told as 1.1 mg would be a dose."""
    with pytest.raises(Refused, match="is per"):
        exchange(text, to, ALDESLEUKIN)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("18 million IU/L", "mg/L"),
        ("eighteen", "mg"),
        ("18million IU", "mg"),
        ("1,000 IU", "mg"),
        ("-5 IU", "mg"),
        ("1e6 IU", "mg"),
        ("NaN IU", "mg"),
        ("18 million IU", "mg mL"),
        ("18 million IU", "7"),
        ("18 million IU", ""),
    ],
)
def test_what_could_be_read_in_two_ways_is_not_read(text: str, to: str) -> None:
    with pytest.raises(NotAQuantity):
        exchange(text, to, ALDESLEUKIN)


def test_millions_of_an_older_scale_are_read() -> None:
    """1 million Cetus units are a million times 100 / 16.7 IU: units are counted, whosever."""
    found = exchange("16.7 million Cetus units", "IU", ALDESLEUKIN)
    assert found.value == 100_000_000


@pytest.mark.parametrize("text", ["18 million MIU", "18 million mg", "18 million mcg/mL"])
def test_a_million_is_not_said_twice_nor_of_what_is_not_counted(text: str) -> None:
    """18 million MIU is a million times 18 million IU, and must not become 1.1 mg."""
    with pytest.raises(NotAQuantity, match="says million of what is not counted"):
        exchange(text, "mg", ALDESLEUKIN)


def test_a_way_that_leads_nowhere_does_not_hide_one_that_leads_there() -> None:
    """1 a = 5 d leads nowhere; 1 a = 2 b and 1 b = 3 c give 1 a = 6 c."""
    made = examplumab(
        an_equation("1 a", "5 d"), an_equation("1 a", "2 b", 2), an_equation("1 b", "3 c", 3)
    )
    found = exchange("1 a", "c", made)
    assert (found.value, found.figures) == (D(6), 2)
    assert [factor.left.unit for factor in found.by] == ["a", "b"]
    assert exchange("6 c", "a", made).value == 1


@given(st.decimals(D("0.001"), D(100_000_000), places=3))
def test_there_and_back_again_gives_the_same_activity(value: Decimal) -> None:
    """IU to mg to IU."""
    mass = through(value, "IU", "mg", ALDESLEUKIN)
    assert mass is not None
    back = through(mass, "mg", "IU", ALDESLEUKIN)
    assert back is not None
    assert abs(back - value) <= value * D("1e-25")


def test_what_no_factor_connects_gives_no_number() -> None:
    """No volume, mass or activity is invented."""
    assert through(D(5_040_000), "IU", "mg", ALDESLEUKIN) == D("0.308")
    assert through(D(5), "IU", "mg", drug("trastuzumab")) is None
    assert through(D(5), "mg", "mcg", drug("trastuzumab")) == 5000


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("250 \N{MICRO SIGN}g", "write 'mcg'"),
        ("250 ug", "write 'mcg'"),
        ("18 MU", "write 'MIU' or 'million IU'"),
        ("250 \N{SNOWMAN}", "write '18 million IU' or '5 mcg'"),
    ],
)
def test_a_unit_as_it_is_spelled_elsewhere_is_answered_with_what_works(
    text: str, advice: str
) -> None:
    with pytest.raises(NotAQuantity, match=re.escape(advice)):
        exchange(text, "IU", ALDESLEUKIN)


@pytest.mark.hazard(14)
@pytest.mark.parametrize("unit", ["Roche units", "Lotus units", "Cellcor units"])
def test_no_scale_of_activity_is_advised_for_another(unit: str) -> None:
    """A Roche unit is about half a Cetus unit: the guess would be a twofold error."""
    with pytest.raises(NotAQuantity, match="known: IU") as error:
        exchange(f"100 {unit}", "IU", ALDESLEUKIN)
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "to", "value"),
    [
        ("154 lb", "kg", "69.85322498"),  # x 0.45359237, the pound of 1959
        ("5 ft 7 in", "cm", "170.18"),  # 67 x 2.54
        ("5 ft 7.5 in", "cm", "171.45"),  # 67.5 x 2.54
        ("67 in", "m", "1.7018"),
        ("6 ft", "cm", "182.88"),  # 72 x 2.54
        ("182.88 cm", "ft", "6"),
        ("1.70 m", "cm", "170"),
        ("5 ft 7 in", "in", "67"),
    ],
)
def test_a_weight_or_a_height_needs_no_drug(text: str, to: str, value: str) -> None:
    """US charts tell pounds, feet and inches; both are exact."""
    found = exchange(text, to, None)
    assert (found.value, found.unit, found.by) == (D(value), to, ())


@pytest.mark.parametrize("text", ["5 ft 12 in", "5 ft 70 cm", "5 ft 7 kg"])
def test_feet_go_with_inches_below_a_foot_alone(text: str) -> None:
    """5 ft 12 in is 6 ft, or a slip of the pen."""
    with pytest.raises(NotAQuantity, match="write it like '5 ft 7 in'"):
        exchange(text, "cm", None)


def test_a_weight_is_no_height() -> None:
    with pytest.raises(NotAQuantity, match="different things"):
        exchange("154 lb", "cm", None)


@pytest.mark.parametrize("text", ["154 lb", "5 ft 7 in", "170 cm"])
def test_a_measure_of_a_body_in_a_unit_of_doses_names_those_of_a_body(text: str) -> None:
    """`lb` is known, to kg: that it is no unit would be wrong."""
    with pytest.raises(NotAQuantity) as error:
        exchange(text, "g", None)
    assert str(error.value) == f"'g' is no unit for {text}; known: kg, lb, m, cm, in, ft"
