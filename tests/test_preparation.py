"""How a dose is made up: every number worked out by hand, every doubt told."""

from __future__ import annotations

from pathlib import Path

import pytest

from il2calc import Patient, load_regimen, make_schedule
from il2calc.drug import Bag, Product
from il2calc.errors import Refused, UnknownName
from il2calc.made_up import Prepared
from il2calc.render.preparation import paragraphs
from il2calc.schedule import Schedule
from il2calc.units import quantity, short, span
from pharmacy import SOURCES, D, examplumab, given, made_up, sheet
from written import regimen as written

MILLION = D(1_000_000)
INFUSION = """
doses:
  - drug: aldesleukin
    amount: 600_000 IU/kg
    route: IV infusion
    day: 1
    repeat: {times: 14, every: 8 hours}
"""


def codes(found: Prepared) -> list[str]:
    """What is cautioned about."""
    return [each.code for each in found.cautions]


def lines(schedule: Schedule) -> str:
    """The sheet in words, without its order."""
    return "\n".join(
        line
        for _, listed in paragraphs(schedule, sheet(schedule), (), share=False)
        for line in listed
    )


def counts(found: Prepared) -> list[tuple[str, int, int | None]]:
    """Product, pieces and pieces at best."""
    return [
        (each.product.name, each.pieces, each.at_best) for each in (*found.vials, *found.tablets)
    ]


# The bolus at 70 kg


def test_the_bolus_at_70_kg_is_a_quarter_of_a_millilitre() -> None:
    """72,000 x 70 = 5.04 million units; x 1.1 / 18 = 0.308 mg; / 18 = 0.28 mL; one vial."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (found,) = sheet(schedule)
    assert (found.value, found.unit) == (D(5_040_000), "IU")
    assert (found.mass, found.volume) == (D("0.308"), D("0.28"))
    assert counts(found) == [("vial of 22 million units", 1, None)]
    assert found.vials[0].counted_by == "counted at the 18 million units that each delivers"
    assert found.administrations == tuple(range(1, 61))


def test_the_bolus_is_below_the_window_in_every_listed_bag() -> None:
    """308 mcg in 25, 50, 100 mL: 12.3, 6.16, 3.08 mcg/mL, far below 30."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (found,) = sheet(schedule)
    assert [short(each.bag_only, 3) for each in found.bags] == ["12.3", "6.16", "3.08"]
    assert [short(each.with_drug, 3) for each in found.bags] == ["12.2", "6.13", "3.07"]
    assert not any(each.fits or each.fits_bag_only for each in found.bags)


def test_the_bolus_has_no_preparation_of_its_own_and_the_sheet_says_so() -> None:
    """How the trial made up its bolus is unknown."""
    found = made_up("72_000 IU/kg", "IV bolus")
    assert found.preparation is not None
    assert (found.preparation.name, found.by_assumption) == ("short infusion", True)
    assert "preparation-assumed" in codes(found)
    assert made_up("600_000 IU/kg").by_assumption is False


# The short infusion at six weights


@pytest.mark.parametrize(
    ("kg", "bag", "alone", "together", "vials", "at_best"),
    [
        (40, 25, "58.7", "55.7", 2, None),
        (50, 50, "36.7", "35.5", 2, None),
        (70, 50, "51.3", "49.0", 3, 2),
        (73, 50, "53.5", "51.0", 3, None),
        (80, 50, "58.7", "55.7", 3, None),
        (100, 50, "73.3", "68.8", 4, 3),
        (120, 100, "44.0", "42.3", 4, None),
    ],
)
def test_the_bag_goes_by_the_dose_and_the_concentration_by_both_volumes(
    kg: int, bag: int, alone: str, together: str, vials: int, at_best: int | None
) -> None:
    """70 kg: 42 million units = 2,566.7 mcg; / 50 = 51.3; / (50 + 2.333) = 49.0.

    42 / 18 = 2.33: three vials; 42 / 21.6 = 1.94: two at best; 43.8 / 21.6 = 2.03: three.
    """
    schedule = make_schedule(written(INFUSION), Patient(weight=D(kg)))
    (found,) = sheet(schedule)
    assert found.bag is not None
    assert found.bag.bag.volume == bag
    shown = [f"{each.quantize(D('0.1'))}" for each in (found.bag.bag_only, found.bag.with_drug)]
    assert shown == [alone, together]
    assert found.bag.unit == "mcg"
    assert counts(found) == [("vial of 22 million units", vials, at_best)]
    assert len(found.administrations) == 14
    assert codes(found) == (["concentration"] if kg == 100 else [])


def test_vials_are_never_counted_by_what_they_contain() -> None:
    """22 million units are in the vial; 18 million can be counted on, so 20 million take two."""
    assert counts(made_up("20 million IU")) == [("vial of 22 million units", 2, 1)]
    assert counts(made_up("21.7 million IU")) == [("vial of 22 million units", 2, None)]
    assert counts(made_up("18 million IU")) == [("vial of 22 million units", 1, None)]


@pytest.mark.parametrize(
    ("amount", "bag"),
    [
        ("25.4 million IU", 25),
        ("25.400001 million IU", 50),
        ("60 million IU", 50),
        ("60.000001 million IU", 100),
    ],
)
def test_a_limit_of_the_bag_table_belongs_to_the_smaller_bag(amount: str, bag: int) -> None:
    """Up to 25.4 million units in 25 mL, above it to 60 in 50 mL, above 60 in 100 mL."""
    found = made_up(amount)
    assert found.bag is not None
    assert found.bag.bag.volume == bag


def test_at_100_kg_the_two_readings_of_the_window_are_told_apart() -> None:
    """73.3 in the bag alone, 68.8 with the drug's 3.33 mL: one outside, one within."""
    schedule = make_schedule(written(INFUSION), Patient(weight=D(100)))
    (found,) = sheet(schedule)
    assert found.bag is not None
    assert (found.bag.fits_bag_only, found.bag.fits) == (False, True)
    assert [short(each, 3) for each in (found.bag.bag_only, found.bag.with_drug)] == [
        "73.3",
        "68.8",
    ]


# Infusion time and route


def test_a_dose_over_24_hours_is_not_silently_prepared_as_one_over_15_minutes() -> None:
    """The short infusion without albumin is another treatment than the infusion of a day."""
    found = made_up("18 million IU/m2", more=", over: 24 hours")
    assert found.preparation is not None
    assert found.preparation.name == "24-hour infusion"
    assert codes(found) == []


@pytest.mark.parametrize("over", ["15 minutes", "10 to 20 minutes", "15 to 30 minutes"])
def test_a_dose_over_about_15_minutes_is_a_short_infusion(over: str) -> None:
    found = made_up("600_000 IU/kg", more=f", over: {over}")
    assert found.preparation is not None
    assert found.preparation.name == "short infusion"
    assert codes(found) == []


def test_the_24_hour_infusion_is_chosen_by_its_name_and_wants_albumin_first() -> None:
    """In 500 mL, the albumin before the drug; 32.4 million units = 1.98 mg: 3.96 mcg/mL.

    The unit is that of the drug's one window, so that bags can be compared.
    """
    found = made_up("18 million IU/m2", chosen="24-hour infusion")
    assert found.preparation is not None
    assert found.preparation.first is not None
    assert "albumin" in found.preparation.first.text
    assert "before the drug" in found.preparation.first.text
    assert found.preparation.first.sources == ("monograph, Stability",)
    assert found.preparation.over == span("24 hours")
    assert found.bag is not None
    assert found.bag.bag.volume == 500
    assert (short(found.bag.bag_only), found.bag.unit) == ("3.96", "mcg")
    assert codes(found) == []


def test_a_preparation_that_is_not_described_is_refused_with_the_ones_that_are() -> None:
    with pytest.raises(UnknownName, match="did you mean '24-hour infusion'"):
        made_up("18 million IU", chosen="24 hour infusion")


@pytest.mark.parametrize(
    ("route", "chosen", "assumed"),
    [
        ("IV infusion", "24-hour infusion", False),
        ("IV infusion", "subcutaneous injection", True),
        ("IV bolus", "short infusion", True),
        ("SC", "subcutaneous injection", False),
    ],
)
def test_a_chosen_preparation_is_an_assumption_where_it_is_not_for_the_route(
    route: str, chosen: str, assumed: bool
) -> None:
    """Choosing the short infusion for a bolus does not make known how the bolus was made up."""
    found = made_up("18 million IU", route, chosen=chosen)
    assert found.preparation is not None
    assert (found.preparation.name, found.by_assumption) == (chosen, assumed)
    assert ("preparation-assumed" in codes(found)) is assumed


def test_a_preparation_of_a_drug_without_a_monograph_cannot_be_chosen() -> None:
    with pytest.raises(Refused, match="IMP321 has no monograph, so no preparation 'infusion'"):
        made_up("6.25 mg", "SC", "IMP321", chosen="infusion")


def test_a_route_without_any_preparation_gets_none() -> None:
    """Nothing is said of trastuzumab under the skin, so nothing is shown of it."""
    found = made_up("280 mg", "SC", "trastuzumab")
    assert found.preparation is None
    assert (found.bag, found.bags) == (None, ())
    assert (found.volume, found.vials) == (None, ())


# Under the skin


def test_low_dose_and_pulse_of_interleukin_2_are_both_hard_to_measure() -> None:
    """1.818 m2: 1.818 / 18 = 0.101 mL, 0.01 mL is 9.9 %; 21.82 / 18 = 1.212 mL, 0.1 is 8.3 %."""
    schedule = make_schedule(
        load_regimen("trastuzumab"), Patient(weight=D(70), height=D(170)), times={"cycle": 1}
    )
    prepared = {each.dose.path: each for each in sheet(schedule)}
    low, pulse = prepared["cycle.low-dose"], prepared["cycle.pulse"]
    assert low.volume is not None
    assert pulse.volume is not None
    assert (short(low.volume, 3), short(pulse.volume, 4)) == ("0.101", "1.212")
    assert codes(low) == codes(pulse) == ["small-volume"]
    assert counts(low) == [("vial of 22 million units", 1, None)]
    assert counts(pulse) == [("vial of 22 million units", 2, None)]
    assert low.preparation is not None
    assert low.preparation.undiluted
    assert low.bags == ()


# The companions


def test_trastuzumab_for_70_kg_goes_into_sodium_chloride_alone() -> None:
    """4 x 70 = 280 mg; / 21 = 13.33 mL; 2 x 150 mg or 1 x 420 mg; 250 mL."""
    schedule = make_schedule(
        load_regimen("trastuzumab"), Patient(weight=D(70), height=D(170)), times={"cycle": 1}
    )
    for path in ("lead-in.trastuzumab", "cycle.trastuzumab"):
        (found,) = (each for each in sheet(schedule) if each.dose.path == path)
        assert (found.value, found.mass) == (D(280), D(280))
        assert found.volume is not None
        assert short(found.volume) == "13.33"
        assert counts(found) == [("vial of 150 mg", 2, None), ("vial of 420 mg", 1, None)]
        assert found.preparation is not None
        assert found.preparation.diluent == "sodium chloride 0.9 %"
        assert found.bag is not None
        assert found.bag.bag.volume == 250
        assert codes(found) == []
    assert "Never together with: glucose 5 %" in lines(schedule)


def test_paclitaxel_fits_250_ml_and_is_too_dilute_in_500() -> None:
    """80 x 1.8181 = 145.4 mg; / 6 = 24.24 mL; / 274.24 = 0.530; / 524.24 = 0.277 mg/mL."""
    schedule = make_schedule(
        load_regimen("imp321"), Patient(weight=D(70), height=D(170)), arm="6.25-mg"
    )
    found, other = sheet(schedule)
    assert short(found.value) == "145.4"
    assert found.volume is not None
    assert short(found.volume) == "24.24"
    assert counts(found) == [("concentrate 30 mg/5 mL", 5, None)]
    assert [each.bag.volume for each in found.bags] == [250, 500]
    assert [short(each.with_drug, 3) for each in found.bags] == ["0.53", "0.277"]
    assert [each.fits for each in found.bags] == [True, False]
    assert found.bag is found.bags[0]
    assert found.preparation is not None
    assert found.preparation.filter is not None
    assert found.preparation.container == "non-PVC"
    assert other.dose.drug == "IMP321"
    assert (other.value, other.unit) == (D("6.25"), "mg")
    assert (other.drug, other.volume, other.mass, other.preparation) == (None, None, None, None)
    assert (other.vials, other.tablets, other.cautions) == ((), (), ())


def test_paclitaxel_too_strong_for_the_small_bag_goes_into_the_large_one() -> None:
    """500 mg in 250 + 83.3 mL is 1.5 mg/mL, in 500 + 83.3 mL 0.857."""
    found = made_up("500 mg", drug="paclitaxel")
    assert found.bag is not None
    assert found.bag.bag.volume == 500
    assert codes(found) == []


def test_a_tablet_dose_is_whole_tablets_of_each_strength_that_makes_it_up() -> None:
    """Imatinib 400 mg: 4 x 100 or 1 x 400; cyclophosphamide 50 mg: one tablet."""
    schedule = make_schedule(load_regimen("imatinib"), times={"cycle": 1})
    tablets = {each.dose.drug: counts(each) for each in sheet(schedule) if each.tablets}
    assert tablets == {
        "cyclophosphamide": [("tablet of 50 mg", 1, None)],
        "imatinib": [("tablet of 100 mg", 4, None), ("tablet of 400 mg", 1, None)],
    }
    assert counts(made_up("300 mg", "oral", "imatinib")) == [("tablet of 100 mg", 3, None)]


def test_a_dose_that_no_tablet_makes_up_is_not_told_as_a_drug_without_tablets() -> None:
    """340 mg of imatinib: there are tablets of 100 and 400 mg, and none is ever divided."""
    found = made_up("340 mg", "oral", "imatinib")
    assert found.tablets == ()
    assert "No product of imatinib is described" not in lines(given("340 mg", "oral", "imatinib"))


def test_a_dose_in_milligrams_is_prepared_though_the_monograph_counts_in_units() -> None:
    """1.1 mg of aldesleukin is 18 million units: 1 mL of one vial, in the bag for up to 25.4."""
    found = made_up("1.1 mg")
    assert (found.mass, found.volume) == (D("1.1"), D(1))
    assert counts(found) == [("vial of 22 million units", 1, None)]
    assert found.bag is not None
    assert found.bag.bag.volume == 25
    assert found.bag.bag_only == D(44)


# An invented drug


def test_without_a_table_or_a_window_the_first_bag_is_taken() -> None:
    """100 mg = 10 mL in 50 mL: 2 mg/mL alone, 1.667 with its own volume."""
    found = examplumab("100 mg", Bag(D(50), None), Bag(D(100), None))
    assert found.bag is not None
    assert (found.bag.bag.volume, found.bag.bag_only) == (D(50), D(2))
    assert found.bag.unit == "mg"
    assert short(found.bag.with_drug) == "1.667"
    assert codes(found) == []


def test_without_a_table_the_first_bag_that_fits_is_taken() -> None:
    """100 mg: 1.667 in 50 mL, 0.909 in 100 mL, 0.476 in 200 mL; the window ends at 1."""
    bags = [Bag(D(volume), None) for volume in (50, 100, 200)]
    found = examplumab("100 mg", *bags, window="0.4 to 1")
    assert found.bag is not None
    assert found.bag.bag.volume == 100


def test_a_dose_above_the_whole_table_gets_its_largest_bag() -> None:
    """200 mg, where the table ends at 100 mg in 100 mL: 10 mL would be the worst of all."""
    table = (Bag(D(10), quantity("10 mg")), Bag(D(100), quantity("100 mg")))
    found = examplumab("200 mg", *table)
    assert found.bag is not None
    assert found.bag.bag.volume == 100
    assert codes(found) == ["bag"]


def test_the_volumes_of_products_that_differ_are_not_guessed() -> None:
    """A vial of 10 mg/mL and one of 20: what volume it is depends on the vial."""
    weak, strong = (
        Product(name, "vial", quantity("100 mg"), SOURCES, concentration=quantity(f"{name} mg"))
        for name in ("10", "20")
    )
    assert examplumab("100 mg", products=(weak, strong)).volume is None
    assert examplumab("100 mg", products=(weak,)).volume == 10
    assert examplumab("100 mg", products=(strong, strong)).volume == 5


def test_a_product_without_a_concentration_gives_no_volume_and_no_bag() -> None:
    powder = Product("powder", "vial", quantity("60 mg"), SOURCES)
    found = examplumab("100 mg", Bag(D(50), None), products=(powder,))
    assert (found.volume, found.bag) == (None, None)
    assert counts(found) == [("powder", 2, None)]


def test_a_drug_without_products_gets_its_amount_and_nothing_invented() -> None:
    found = examplumab("100 mg", Bag(D(50), None), products=())
    assert (found.value, found.volume) == (D(100), None)
    assert (found.vials, found.tablets) == ((), ())


def test_a_window_in_a_unit_that_no_factor_reaches_gives_no_concentration() -> None:
    """A window in mg and a product in units without a factor: no number is better than a wrong."""
    product = Product("vial", "vial", quantity("100 IU"), SOURCES, concentration=quantity("10 IU"))
    found = examplumab("100 IU", Bag(D(50), None), window="0.4 to 1", products=(product,))
    assert (found.volume, found.mass) == (D(10), None)
    assert (found.bags, found.bag) == ((), None)


def test_each_distinct_dose_stands_once_and_every_row_in_one_of_them() -> None:
    """One dose in two blocks is two doses; thirty times the same is one."""
    schedule = make_schedule(
        load_regimen("trastuzumab"), Patient(weight=D(70), height=D(170)), times={"cycle": 2}
    )
    prepared = sheet(schedule)
    assert len({each.dose.path for each in prepared}) == len(prepared) == 5
    numbers = [number for each in prepared for number in each.administrations]
    assert sorted(numbers) == [row.number for row in schedule.administrations]


# The user's own monograph


def test_a_users_own_monograph_works_as_a_shipped_one_does(tmp_path: Path) -> None:
    """Nothing of any drug stands in the program: 140 mg of examplumab at 20 mg/mL is 7 mL."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(
        """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: label, Preparation
products:
  - product: vial of 50 mg
    form: vial
    contains: 50 mg
    concentration: 20 mg/mL
    delivers: 50 mg
    at_most: 50 mg
preparations:
  - preparation: infusion
    routes: IV infusion
    diluent: glucose 5 %
    bags:
      - {volume: 100 mL}
    window: 1 to 2 mg/mL
limits:
  - {route: IV infusion, amount: 1.5 mg/kg, text: the largest sourced dose}
sources:
  label: {cite: An invented label., read: secondary}
""",
        encoding="utf-8",
    )
    (found,) = sheet(given("2 mg/kg", drug="examplumab"), folder=tmp_path)
    assert (found.value, found.volume) == (D(140), D(7))
    assert counts(found) == [("vial of 50 mg", 3, None)]
    assert found.bag is not None
    assert (found.bag.bag_only, short(found.bag.with_drug)) == (D("1.4"), "1.308")
    assert codes(found) == ["largest-dose"]
    (stranger,) = sheet(given("2 mg/kg", drug="examplumab"))
    assert stranger.drug is None
    assert "No monograph of examplumab is at hand" in lines(given("2 mg/kg", drug="examplumab"))
