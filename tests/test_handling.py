"""What a careful pharmacist would point out: each caution at its limit and on its other side."""

from __future__ import annotations

import pytest

from il2calc import Patient, load_regimen, make_schedule
from il2calc.drug import Bag, Fact, Limit
from il2calc.handling import graduation_of
from il2calc.made_up import Prepared
from il2calc.schedule import Caution
from il2calc.units import quantity
from pharmacy import SOURCES, D, examplumab, made_up, sheet
from written import regimen as written

INFUSION = "doses: [{drug: aldesleukin, amount: 600_000 IU/kg, route: IV infusion, day: 1}]"


def codes(found: Prepared) -> list[str]:
    """What is cautioned about."""
    return [each.code for each in found.cautions]


def the(code: str, found: Prepared) -> Caution:
    """The one caution of a kind."""
    (caution,) = (each for each in found.cautions if each.code == code)
    return caution


# The bag and its concentration


def test_a_bolus_below_the_window_in_every_listed_bag_is_told_with_what_to_do() -> None:
    """Never a silent pass; the advice stands with its source."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (found,) = sheet(schedule)
    caution = the("concentration", found)
    assert "no listed bag gives 30 to 70 mcg/mL" in caution.text
    assert "albumin 0.1 %" in caution.text
    assert "[compendium, Aldesleukin]" in caution.text
    assert caution.administrations == found.administrations


def test_a_dose_that_fits_only_with_its_own_volume_is_told_and_no_bag_offered() -> None:
    """At 100 kg 73.3 in 50 mL alone, 68.8 with the drug's 3.33 mL: 50 mL is not ruled out."""
    schedule = make_schedule(written(INFUSION), Patient(weight=D(100)))
    (found,) = sheet(schedule)
    text = the("concentration", found).text
    assert "73.3 mcg/mL in 50 mL (68.8 with the drug's own volume) is within" in text
    assert text.endswith("is within 30 to 70 mcg/mL only with the drug's own volume")
    assert "would fit" not in text


def test_a_dose_that_only_fits_without_its_own_volume_is_told_and_no_other_bag_offered() -> None:
    """12.5 million units = 763.9 mcg: / 25 = 30.6, / 25.694 = 29.7; in 50 mL only 15.3."""
    found = made_up("12.5 million IU")
    text = the("concentration", found).text
    assert "30.6 mcg/mL in 25 mL (29.7 with the drug's own volume) is within" in text
    assert text.endswith("is within 30 to 70 mcg/mL only without the drug's own volume")
    assert "would fit" not in text


def test_another_bag_is_offered_where_the_chosen_one_does_not_fit_and_never_the_chosen() -> None:
    """100 mg by the table in 50 mL: 2 and 1.67 mg/mL; in 100 mL 1 and 0.909, in 200 mL 0.5."""
    table = (Bag(D(50), quantity("100 mg")), Bag(D(100), quantity("150 mg")), Bag(D(200), None))
    text = the("concentration", examplumab("100 mg", *table, window="0.4 to 1")).text
    assert text.endswith("is outside 0.4 to 1 mg/mL; 100 or 200 mL would fit")
    assert codes(examplumab("150 mg", *table, window="0.4 to 2")) == []


def test_a_bag_that_fits_without_its_own_volume_alone_is_not_offered_as_one_that_would() -> None:
    """100 mg: 2 and 1.67 mg/mL in 50 mL; the window of 1.8 to 2 is left with the drug's 10 mL."""
    table = (Bag(D(50), quantity("100 mg")), Bag(D(60), None))
    text = the("concentration", examplumab("100 mg", *table, window="1.8 to 2")).text
    assert text.endswith("is within 1.8 to 2 mg/mL only without the drug's own volume")


def test_too_strong_for_every_bag_is_told_without_the_advice_for_too_weak() -> None:
    found = examplumab("500 mg", Bag(D(50), None), window="0.4 to 1")
    assert the("concentration", found).text.endswith("with the drug's own volume)")


@pytest.mark.parametrize("amount", ["60 mg", "1000 mg"])
def test_paclitaxel_that_no_bag_fits_is_cautioned(amount: str) -> None:
    """60 / 260 = 0.23 is below 0.3 mg/mL; 1000 / 666.7 = 1.5 is above 1.2."""
    assert (
        "no listed bag gives 0.3 to 1.2 mg/mL"
        in the("concentration", made_up(amount, drug="paclitaxel")).text
    )


@pytest.mark.parametrize(("amount", "expected"), [("100 mg", []), ("100.1 mg", ["bag"])])
def test_a_dose_above_every_bag_of_the_table_is_cautioned(amount: str, expected: list[str]) -> None:
    """The limit itself is within the table."""
    table = (Bag(D(10), quantity("10 mg")), Bag(D(100), quantity("100 mg")))
    found = examplumab(amount, *table)
    assert codes(found) == expected
    assert all("more than any bag is listed for (up to 100 mg)" in e.text for e in found.cautions)


def test_a_bag_whose_limit_cannot_be_compared_with_the_dose_is_cautioned() -> None:
    """A limit in units and a dose in milligrams, without a factor between them."""
    assert codes(examplumab("100 mg", Bag(D(100), quantity("100 IU")))) == ["bag"]


# Infusion time and route


@pytest.mark.parametrize("over", ["4 hours", "30 minutes", "5 days"])
def test_a_dose_over_a_time_that_no_preparation_is_for_is_cautioned(over: str) -> None:
    """A bag made up for 15 minutes and run over 5 days loses the activity it had."""
    text = the("infusion-time", made_up("600_000 IU/kg", more=f", over: {over}")).text
    assert over in text
    assert "15 minutes" in text


def test_a_preparation_without_a_time_is_for_any_time() -> None:
    """Nothing is known of how long trastuzumab should run, so nothing is cautioned."""
    assert codes(made_up("280 mg", drug="trastuzumab", more=", over: 90 minutes")) == []
    assert codes(made_up("144 mg", drug="paclitaxel", more=", over: 1 hour")) == []
    assert codes(made_up("144 mg", drug="paclitaxel", more=", over: 3 hours")) == ["infusion-time"]


def test_a_chosen_preparation_for_another_route_is_cautioned() -> None:
    """Undiluted from the vial, meant for under the skin, into a vein: chosen, but not unseen."""
    found = made_up("600_000 IU/kg", chosen="subcutaneous injection")
    text = the("preparation-assumed", found).text
    assert "the subcutaneous injection is not for this route; it was chosen" in text


def test_a_preparation_that_stands_in_for_that_of_a_route_is_told_as_an_assumption() -> None:
    """How the trial made up its bolus is unknown, chosen or not."""
    for chosen in (None, "short infusion"):
        text = the("preparation-assumed", made_up("72_000 IU/kg", "IV bolus", chosen=chosen)).text
        assert "the short infusion is shown as an assumption" in text
        assert "how it was made up is unknown" in text
    assert "preparation-assumed" not in codes(made_up("600_000 IU/kg"))


# Under the skin


@pytest.mark.parametrize(
    ("volume", "graduation"), [("0.1", "0.01"), ("1", "0.01"), ("1.001", "0.1"), ("3", "0.1")]
)
def test_a_syringe_is_graduated_finely_up_to_a_millilitre(volume: str, graduation: str) -> None:
    assert graduation_of(D(volume)) == D(graduation)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("3.5 million IU", ["small-volume"]),
        ("3.6 million IU", []),
        ("18 million IU", []),
        ("18.1 million IU", ["small-volume"]),
        ("36 million IU", []),
        ("36.1 million IU", ["large-volume"]),
    ],
)
def test_what_a_syringe_cannot_measure_or_the_skin_not_take_is_cautioned(
    amount: str, expected: list[str]
) -> None:
    """0.01 / 0.2 mL and 0.1 / 2 mL are 5 %, not more; 36.1 / 18 = 2.006 mL is above 2 mL."""
    assert codes(made_up(amount, "SC")) == expected


@pytest.mark.parametrize(
    ("amount", "words"),
    [("1.818 million IU", "9.9 % of it"), ("21.6 million IU", "8.3 % of it")],
)
def test_how_badly_a_volume_can_be_measured_is_told(amount: str, words: str) -> None:
    """1.818 / 18 = 0.101 mL, 0.01 mL is 9.9 %; 21.6 / 18 = 1.2 mL, 0.1 mL is 8.3 %."""
    assert words in the("small-volume", made_up(amount, "SC")).text


def test_a_small_volume_in_a_vein_is_not_a_matter_of_the_skin() -> None:
    assert "small-volume" not in codes(made_up("1 million IU"))


# Tablets


def test_a_dose_that_no_tablet_makes_up_is_cautioned() -> None:
    """Without a word the sheet of 340 mg would simply have no tablets on it."""
    text = the("tablets", made_up("340 mg", "oral", "imatinib")).text
    assert "imatinib 340 mg is no whole number of any tablet" in text
    assert "(tablet of 100 mg, tablet of 400 mg)" in text


def test_a_dose_that_tablets_make_up_or_that_is_not_swallowed_wants_none() -> None:
    """300 mg are three of 100 mg; what is not swallowed is not counted in tablets."""
    assert codes(made_up("300 mg", "oral", "imatinib")) == []
    by_vein = made_up("600 mg", "IV", "cyclophosphamide")
    assert (codes(by_vein), by_vein.tablets, by_vein.vials) == (["no-preparation"], (), ())


# The largest sourced dose


@pytest.mark.parametrize("route", ["IV bolus", "IV infusion", "IV"])
def test_a_dose_above_the_largest_sourced_one_is_cautioned(route: str) -> None:
    """720,000 units/kg intravenously is sourced, 720,001 is not."""
    assert "largest-dose" not in codes(made_up("720_000 IU/kg", route))
    caution = the("largest-dose", made_up("720_001 IU/kg", route))
    assert "720,000 units/kg" in caution.text
    assert "yang1994" in caution.text


def test_a_flat_dose_is_held_against_the_limit_by_weight() -> None:
    """50.4 million units are 720,000 x 70; a factor-of-ten error of 7.2 million is found."""
    assert "largest-dose" not in codes(made_up("50.4 million IU"))
    assert "largest-dose" in codes(made_up("72 million IU"))


def test_a_limit_of_one_route_says_nothing_of_another() -> None:
    assert "largest-dose" not in codes(made_up("90 million IU", "SC"))


def test_a_limit_by_a_basis_that_is_not_known_says_nothing() -> None:
    """A flat dose needs no weight, and a limit per kg is then no limit."""
    schedule = make_schedule(
        written("doses: [{drug: aldesleukin, amount: 90 million IU, route: IV, day: 1}]")
    )
    (found,) = sheet(schedule)
    assert "largest-dose" not in codes(found)


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [("100 mg", "100 mg", "101 mg"), ("100 mg/m2", "180 mg", "181 mg"), ("1 g", "1 g", "1001 mg")],
)
def test_a_limit_may_be_flat_or_by_surface(limit: str, within: str, beyond: str) -> None:
    """100 mg/m2 x 1.8 m2 = 180 mg."""
    sourced = Limit("IV infusion", quantity(limit), Fact("the largest", SOURCES))
    assert "largest-dose" not in codes(examplumab(within, limit=sourced))
    assert "largest-dose" in codes(examplumab(beyond, limit=sourced))


def test_a_limit_that_no_factor_leads_to_says_nothing() -> None:
    """A limit in units of a drug without a factor cannot be held against milligrams."""
    sourced = Limit("IV infusion", quantity("1 IU"), Fact("the largest", SOURCES))
    assert codes(examplumab("100 mg", limit=sourced)) == []


def test_a_dose_in_milligrams_is_held_against_the_limit_in_units() -> None:
    """720,000 units/kg x 70 kg = 50.4 million = 3.08 mg: 30 mg is ten times the limit."""
    assert "largest-dose" in codes(made_up("30 mg"))
    assert "largest-dose" in codes(made_up("3.081 mg"))
    assert "largest-dose" not in codes(made_up("3.08 mg"))
