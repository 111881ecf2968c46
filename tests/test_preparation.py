"""What a dose is when it has been made up: whole pieces, a concentration in words, two times."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from il2calc import Patient, load_regimen, make_schedule
from il2calc.errors import Refused, UnknownName
from il2calc.language import monograph
from il2calc.model.drug import Additive, Bag, Drug, Fact, Preparation, Product
from il2calc.pharmacy.preparation import (
    Concentration,
    Prepared,
    additive_texts,
    concentration,
    drawn_volume,
    prepare,
    rates,
    shares,
)
from il2calc.pharmacy.rounding import graduation_of, whole
from il2calc.plan.dosing import Bound
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report.preparation_sheet import document, paragraphs
from il2calc.units import quantity, short, span
from pharmacy import SOURCES, examplumab, given, made_up, sheet
from written import regimen as written

D = Decimal


def test_a_concentration_is_given_with_and_without_the_drugs_own_volume() -> None:
    """42 million units are 2,566.7 mcg: / 50 = 51.3, / (50 + 2.333) = 49.0."""
    mass, volume = D(42) * 1100 / 18, D(42) / 18
    in_bag = Concentration(
        Bag(D(50), None), mass / 50, mass / (50 + volume), "mcg", fits=True, fits_bag_only=True
    )
    assert concentration(in_bag) == "51.3 mcg/mL in 50 mL (49 with the drug's own volume)"


def test_a_concentration_in_a_bag_that_may_be_smaller_is_the_least() -> None:
    """100 mg in at most 50 mL are 2 mg/mL at least; 50 + 10 mL hold 1.67 mg/mL."""
    volume = Bag(D(50), None, at_most=True)
    in_bag = Concentration(volume, D(2), D(100) / 60, "mg", fits=True, fits_bag_only=True)
    assert concentration(in_bag) == (
        "at least 2 mg/mL in up to 50 mL (1.67 with the drug's own volume)"
    )


@pytest.mark.parametrize(
    ("value", "piece", "pieces"),
    [("18", "18", 1), ("18.000001", "18", 2), ("0.1", "18", 1), ("36", "18", 2)],
)
def test_whole_pieces_are_never_too_few(value: str, piece: str, pieces: int) -> None:
    assert whole(D(value), D(piece)) == pieces


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("15 minutes", "15 minutes", True),
        ("15 minutes", "10 to 20 minutes", True),
        ("15 minutes", "15 to 30 minutes", True),
        ("10 to 20 minutes", "20 to 30 minutes", True),
        ("10 to 20 minutes", "21 to 30 minutes", False),
        ("15 minutes", "24 hours", False),
        ("60 minutes", "1 hour", True),
    ],
)
def test_two_lengths_overlap_where_one_is_in_both(one: str, other: str, common: bool) -> None:
    """A time that only touches the other is in both."""
    assert span(one).overlaps(span(other)) is common
    assert span(other).overlaps(span(one)) is common


INFUSION = "doses: [{drug: aldesleukin, amount: 600_000 IU/kg, route: IV infusion, day: 1}]"


def codes(prepared: Prepared) -> list[str]:
    """The codes of the cautions."""
    return [caution.code for caution in prepared.cautions]


def the(code: str, prepared: Prepared) -> Caution:
    """The one caution of a kind."""
    (caution,) = (caution for caution in prepared.cautions if caution.code == code)
    return caution


# The bag and its concentration


def test_a_bolus_below_the_window_in_every_listed_bag_is_cautioned_with_what_to_do() -> None:
    """Never a silent pass; the advice is shown with its source."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (prepared,) = sheet(schedule)
    caution = the("concentration", prepared)
    assert "no listed bag gives 30 to 70 mcg/mL" in caution.text
    assert "albumin 0.1 %" in caution.text
    assert "[compendium, Aldesleukin]" in caution.text
    assert caution.administrations == prepared.administrations


def test_a_dose_that_fits_only_with_its_own_volume_is_cautioned_and_no_bag_offered() -> None:
    """At 100 kg 73.3 in 50 mL alone, 68.8 with the drug's 3.33 mL: 50 mL is not ruled out."""
    schedule = make_schedule(written(INFUSION), Patient(weight=D(100)))
    (prepared,) = sheet(schedule)
    text = the("concentration", prepared).text
    assert "73.3 mcg/mL in 50 mL (68.8 with the drug's own volume) is within" in text
    assert text.endswith("is within 30 to 70 mcg/mL only with the drug's own volume")
    assert "would fit" not in text


def test_a_dose_that_fits_only_without_its_own_volume_is_cautioned_and_no_bag_offered() -> None:
    """12.5 million units = 763.9 mcg: / 25 = 30.6, / 25.694 = 29.7; in 50 mL only 15.3."""
    prepared = made_up("12.5 million IU")
    text = the("concentration", prepared).text
    assert "30.6 mcg/mL in 25 mL (29.7 with the drug's own volume) is within" in text
    assert text.endswith("is within 30 to 70 mcg/mL only without the drug's own volume")
    assert "would fit" not in text


def test_another_bag_is_offered_where_the_chosen_one_does_not_fit_and_never_the_chosen() -> None:
    """100 mg by the table in 50 mL: 2 and 1.67 mg/mL; in 100 mL 1 and 0.909, in 200 mL 0.5."""
    table = (
        Bag(D(50), quantity("100 mg")),
        Bag(D(100), quantity("150 mg")),
        Bag(D(200), None),
    )
    text = the("concentration", examplumab("100 mg", *table, window="0.4 to 1")).text
    assert text.endswith("is outside 0.4 to 1 mg/mL; 100 or 200 mL would fit")
    assert codes(examplumab("150 mg", *table, window="0.4 to 2")) == []


def test_a_bag_that_fits_without_its_own_volume_alone_is_not_offered_as_one_that_would() -> None:
    """100 mg: 2 and 1.67 mg/mL in 50 mL; the window of 1.8 to 2 is left with the drug's 10 mL."""
    table = (Bag(D(50), quantity("100 mg")), Bag(D(60), None))
    text = the("concentration", examplumab("100 mg", *table, window="1.8 to 2")).text
    assert text.endswith("is within 1.8 to 2 mg/mL only without the drug's own volume")


def test_too_strong_for_every_bag_is_cautioned_without_the_advice_for_too_weak() -> None:
    prepared = examplumab("500 mg", Bag(D(50), None), window="0.4 to 1")
    assert the("concentration", prepared).text.endswith("with the drug's own volume)")


@pytest.mark.parametrize(
    ("window", "ending"),
    [
        ("0.85 to 0.95", "is outside 0.85 to 0.95 mg/mL; 100 mL would fit"),
        ("0.95 to 1.05", "is outside 0.95 to 1.05 mg/mL"),
    ],
)
def test_a_bag_that_fits_by_one_way_of_counting_is_not_called_unfit(
    window: str, ending: str
) -> None:
    """100 mg by the table in 50 mL, too strong; in 100 mL 1 mg/mL alone, 0.909 with 10 mL."""
    table = (Bag(D(50), quantity("100 mg")), Bag(D(100), None))
    text = the("concentration", examplumab("100 mg", *table, window=window)).text
    assert text.endswith(ending)
    assert "no listed bag" not in text


def test_what_helps_below_the_window_is_not_advised_above_it() -> None:
    """Albumin saves what is too weak; whoever reads that above the window weakens nothing."""
    below = Fact("Add albumin.", SOURCES)
    for amount, advised in (("500 mg", False), ("10 mg", True)):
        prepared = examplumab(amount, Bag(D(50), None), window="0.4 to 1", below=below)
        assert ("Add albumin. [label]" in the("concentration", prepared).text) is advised


@pytest.mark.parametrize("amount", ["60 mg", "1000 mg"])
def test_paclitaxel_that_no_bag_fits_is_cautioned(amount: str) -> None:
    """60 / 260 = 0.23 is below 0.3 mg/mL; 1000 / 666.7 = 1.5 is above 1.2."""
    assert (
        "no listed bag gives 0.3 to 1.2 mg/mL"
        in the("concentration", made_up(amount, drug="paclitaxel")).text
    )


@pytest.mark.parametrize(("amount", "volume"), [("60 mg", 250), ("1000 mg", 500)])
def test_of_bags_that_do_not_fit_the_one_nearest_to_the_window_is_shown(
    amount: str, volume: int
) -> None:
    """Danger: the smallest of two bags for a dose that is too concentrated in both."""
    bag = made_up(amount, drug="paclitaxel").bag
    assert bag is not None
    assert bag.bag.volume == volume


@pytest.mark.parametrize(("amount", "expected"), [("100 mg", []), ("100.1 mg", ["bag"])])
def test_a_dose_above_every_bag_of_the_table_is_cautioned(amount: str, expected: list[str]) -> None:
    """The limit itself is within the table."""
    table = (Bag(D(10), quantity("10 mg")), Bag(D(100), quantity("100 mg")))
    prepared = examplumab(amount, *table)
    assert codes(prepared) == expected
    assert all(
        "more than any bag is listed for (up to 100 mg)" in caution.text
        for caution in prepared.cautions
    )


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


@pytest.mark.parametrize(
    ("hours", "held", "volume", "last"),
    [
        # 90 million IU / 120 h x 24 h = 18 million IU, 1 mL of 18 million IU/mL
        (120, "18 million units", "1 mL of concentrate (our assumption)", ""),
        # 90 / 100 x 24 = 21.6 million IU, 1.2 mL; 100 h = 4 x 24 h + 4 h
        (
            100,
            "21.6 million units",
            "1.2 mL of concentrate",
            "for the last 4 hours a proportionate share",
        ),
    ],
)
def test_an_infusion_of_days_is_made_up_as_the_continuous_one_day_by_day(
    hours: int, held: str, volume: str, last: str
) -> None:
    """Danger: five days of drug in the 100 mL of a short infusion, a bag that keeps for 48 hours.

    In up to 500 mL each day's bag runs at 500 / 24 = 20.8 mL/h.
    """
    prepared = made_up("90 million IU", more=f", over: {hours} hours")
    text = lines(given("90 million IU", more=f", over: {hours} hours"))
    assert f"In the bag for each 24 hours: {held}, {volume}" in text
    assert last in text
    assert ("last" in text.split("In the bag")[1].split("\n")[0]) is bool(last)
    assert "24-hour infusion: glucose 5 % with human albumin 0.1 %, up to 500 mL" in text
    assert "Rate at 500 mL: 20.8 mL/h over 24 hours" in text
    assert "Described for: 24 hours" in text
    for wrong in ("Short infusion", "Infuse over", "100 mL,", "Window"):
        assert wrong not in text
    assert codes(prepared) == ["infusion-time", "keeps-shorter"]
    assert "a bag for each 24 hours of it (our assumption)" in the("infusion-time", prepared).text


def test_what_is_drawn_is_for_one_bag_of_an_infusion_of_days() -> None:
    """90 million IU over 120 hours are 18 million IU a day: 1 mL, and not the 5 mL of the whole."""
    schedule = given("90 million IU", more=", over: 120 hours")
    (prepared,) = sheet(schedule)
    drawn = drawn_volume(prepared)
    assert drawn is not None
    assert (drawn.volume, drawn.value, prepared.volume) == (D(1), D(18_000_000), D(5))
    assert "draw 1 mL, exactly that of the bag" in lines(schedule)
    (dose,) = document(schedule, (prepared,), (), share=False)["doses"]
    amount = {"value": 18_000_000, "unit": "[iU]"}
    assert dose["each_bag"] == {"minutes": 1440, "amount": amount, "volume_ml": 1}
    assert (dose["volume_ml"], dose["drawn"]["volume_ml"]) == (5, 1)
    drugs = {"aldesleukin": monograph("aldesleukin")}
    (prepared,) = prepare(schedule, drugs, graduated={"aldesleukin": D("0.3")})
    badly = "is 1 mL for each bag: a syringe graduated in 0.3 mL draws 0.9 mL, 10 % less (above"
    assert badly in the("small-volume", prepared).text


@pytest.mark.parametrize(
    ("amount", "hours", "pieces", "at_best", "words"),
    [
        # 144 / 5 = 28.8 a bag: 1.6 vials of 18, so 5 x 2 = 10, and not the 8 of 144 in one;
        # 28.8 / 21.6 = 1.33, so at best 10 too
        (144, 120, 10, None, "2 for each of 5 bags"),
        # 90 / 5 = 18 a bag, exactly one vial each
        (90, 120, 5, None, "1 for each of 5 bags"),
        # 100 / 5 = 20: two by the 18 that each delivers, one by the 21.6 that can be withdrawn
        (100, 120, 10, 5, "2 for each of 5 bags"),
        # 129.6 / 4.5 = 28.8 for each 24 hours: 4 x 2; the last 12 hours hold 14.4: 1
        (129.6, 108, 9, None, "2 for each of 5 bags, but 1 for the last"),
        # 36 hours are 24 and 12: 30 x 24 / 36 = 20 and 10; at best 1 and 1
        (30, 36, 3, 2, "2 for each of 2 bags, but 1 for the last"),
        # 18 x 25 / 24 = 18.75: the bag of 24 hours is exactly 18, that of the last hour 0.75
        (18.75, 25, 2, None, "1 for each of 2 bags"),
    ],
)
def test_vials_of_an_infusion_of_several_bags_are_counted_bag_by_bag(
    amount: float, hours: int, pieces: int, at_best: int | None, words: str
) -> None:
    """Danger: an order that is short, since a vial that keeps for a day serves no later bag."""
    schedule = given(f"{amount} million IU", more=f", over: {hours} hours")
    (prepared,) = sheet(schedule)
    (count,) = prepared.vials
    assert (count.pieces, count.at_best) == (pieces, at_best)
    best = f", {at_best} if all of 21.6 million units can be withdrawn" if at_best else ""
    expected = (
        f"{pieces} x vial of 22 million units ({words}, counted at the 18 million units that "
    )
    assert f"{expected}each delivers){best} [" in lines(schedule)
    assert "counted as for one bag" not in lines(schedule)
    (vials,) = document(schedule, (prepared,), (), share=False)["doses"][0]["vials"]
    assert (vials["count"], vials["at_best"]) == (pieces, at_best)


@pytest.mark.parametrize(
    ("more", "chosen", "cautioned"),
    [
        (", over: 90 to 100 hours", None, True),  # nobody knows how long one of the bags runs
        (", over: 96 hours", "short infusion", True),  # 15 minutes, and it keeps for 48 hours
        (", over: 96 hours", None, False),  # four bags of 24 hours, of 18 million each
        (", over: 25 to 30 hours", None, True),  # no source says how it is made up
        (", over: 6 hours", None, False),  # nor here, and a bag may run for 24 hours
        (", over: 1 hour", None, False),
        (", over: 15 minutes", None, False),
        ("", None, False),
    ],
)
def test_where_bags_are_not_known_a_caution_says_that_vials_are_counted_as_for_one(
    more: str, chosen: str | None, cautioned: bool
) -> None:
    """72 million units are 4 vials of 18 million in one go, and perhaps more in several bags."""
    schedule = given("72 million IU", more=more)
    choice = {"aldesleukin": chosen} if chosen else None
    (prepared,) = prepare(schedule, {"aldesleukin": monograph("aldesleukin")}, choice)
    assert [count.pieces for count in prepared.vials] == [4]
    text = "\n".join(
        line for _, part in paragraphs(schedule, (prepared,), (), share=False) for line in part
    )
    note = "; vials are counted as for one bag, and more bags may take more"
    assert (note in text) is cautioned


@pytest.mark.parametrize(
    ("over", "keeps", "hours", "chosen", "is_noted"),
    [
        (None, None, 72, False, True),  # the file has no infusion time
        (None, None, 24, False, False),  # a day is one bag
        (None, "5 days", 72, False, False),  # what is made up keeps for all of it
        ("1 hour", None, 72, True, True),  # a short infusion that was chosen for three days
        ("1 hour", None, 3, True, False),  # three times as long is one bag
        ("1 hour", "5 days", 72, True, False),
        ("1 hour", None, 4, False, True),  # no bag is known to run for more than an hour
        ("12 hours", None, 3, False, False),  # a bag may run for longer than that
        ("24 hours", None, 72, True, False),  # three bags of 24 hours
        ("24 hours", None, 1, False, False),  # an hour is no more bags than a day
        ("1 hour", None, 12, False, True),  # it may be twelve
        ("24 hours", None, "30 to 40", True, True),  # a bag of a day, chosen for up to two
        ("24 hours", None, "24 to 48", False, True),  # it is for the shortest of these times alone
        ("24 hours", "48 hours", "24 to 48", False, True),  # made up for a day, however it keeps
        ("24 to 48 hours", None, "24 to 48", False, False),
        ("24 hours", None, "12 to 24", False, False),
        ("12 hours", None, "12 to 20", False, False),  # less than a day is one bag
    ],
)
def test_an_infusion_of_days_whose_bags_nobody_knows_is_never_one_bag_in_silence(
    over: str | None, keeps: str | None, hours: int | str, chosen: bool, is_noted: bool
) -> None:
    """Danger: 72 million units are 4 vials of 18 million in one bag; 3 bags of 24 take 2 each."""
    bag = Preparation(
        "bag",
        ("IV infusion", "IV"),
        (),
        ("label",),
        over=span(over) if over else None,
        keeps=span(keeps) if keeps else None,
    )
    drug = monograph("aldesleukin")
    assert drug is not None
    choice = {"aldesleukin": "bag"} if chosen else None
    schedule = given("72 million IU", more=f", over: {hours} hours")
    (prepared,) = prepare(schedule, {"aldesleukin": drug._replace(preparations=(bag,))}, choice)
    cautions = [
        caution.code for caution in prepared.cautions if "counted as for one bag" in caution.text
    ]
    assert cautions == ["infusion-time"] * is_noted


@pytest.mark.parametrize(("hours", "is_noted"), [(24, False), (72, True)])
def test_a_preparation_without_a_time_beside_one_with_a_time_is_for_a_day_at_most(
    hours: int, is_noted: bool
) -> None:
    """Danger: three days counted as one bag in silence, since another preparation has a time."""
    untimed = Preparation("bag", ("IV infusion",), (), ("label",))
    timed = untimed._replace(name="short infusion", routes=("IV bolus",), over=span("15 minutes"))
    drug = monograph("aldesleukin")
    assert drug is not None
    schedule = given("72 million IU", more=f", over: {hours} hours")
    (prepared,) = prepare(schedule, {"aldesleukin": drug._replace(preparations=(untimed, timed))})
    assert codes(prepared) == ["infusion-time"] * is_noted


@pytest.mark.parametrize(("keeps", "is_noted"), [("6 hours", True), ("24 hours", False)])
def test_bags_that_keep_for_less_than_they_last_are_noted(keeps: str, is_noted: bool) -> None:
    """Danger: 2 bags of a day are counted for 48 hours, and what keeps for 6 hours takes 8."""
    bag = Preparation("bag", ("IV infusion",), (), ("label",), over=span("24 hours"))
    drug = monograph("aldesleukin")
    assert drug is not None
    drug = drug._replace(preparations=(bag._replace(keeps=span(keeps)),))
    schedule = given("72 million IU", more=", over: 48 hours")
    (prepared,) = prepare(schedule, {"aldesleukin": drug})
    note = "; vials are counted as for a bag for each 24 hours, and more bags may take more"
    assert the("keeps-shorter", prepared).text.endswith(note) is is_noted
    assert [count.pieces for count in prepared.vials] == [4]


def test_an_infusion_of_days_of_a_drug_without_a_preparation_says_that_it_is_one_bag() -> None:
    """72 million units are 4 vials of 18 million in one bag, and 6 if each day has its own."""
    schedule = given("72 million IU", more=", over: 72 hours")
    drug = monograph("aldesleukin")
    assert drug is not None
    (prepared,) = prepare(schedule, {"aldesleukin": drug._replace(preparations=())})
    (caution,) = prepared.cautions
    assert (prepared.vials[0].pieces, caution.code) == (4, "infusion-time")
    assert caution.text == (
        "aldesleukin 72 million units runs over 72 hours, and no source says how it is made up "
        "for that; vials are counted as for one bag, and more bags may take more"
    )


def test_a_dose_of_several_bags_is_rounded_as_ordered_and_counted_bag_by_bag() -> None:
    """70 million over 3 days, rounded to vials of 18, are 72: 24 a bag, so 2 vials for each."""
    line = "{drug: aldesleukin, amount: 1 MIU/kg, route: IV infusion, day: 1, over: 72 hours}"
    bounds = {"aldesleukin": Bound(quantity("18 million IU"))}
    schedule = make_schedule(written(f"doses: [{line}]"), Patient(weight=D(70)), bounds=bounds)
    (prepared,) = sheet(schedule)
    in_bag = prepared.share_in_bag(prepared.value)
    assert (prepared.value, in_bag) == (D(72_000_000), D(24_000_000))
    assert [count.pieces for count in prepared.vials] == [6]


def test_the_share_of_a_bag_has_no_digit_of_its_own_arithmetic() -> None:
    """20 million a day over 1,441 minutes: one bag of exactly 20 million, one of a minute's.

    20 x 1441 / 1440 = 20.01388... without end; x 1440 / 1441 is 20 again, one vial of 20 million.
    """
    whole_dose = D(20) * 1441 / 1440
    assert shares(whole_dose, (1440, 1))[0] == 20
    assert shares(whole_dose, (1441,)) == (whole_dose,)


@pytest.mark.parametrize("over", ["6 hours", "5 to 6 hours", "90 to 100 hours"])
def test_no_preparation_is_shown_for_a_time_that_none_is_near(over: str) -> None:
    """Danger: the diluent, bag and rate of 15 minutes read as if they were those of 6 hours.

    6 hours are 24 times 15 minutes, and 24 hours are 4 times 6; of 90 to 100 hours nobody can say
    how much one day's bag holds.
    """
    prepared = made_up("18 million IU", more=f", over: {over}")
    text = lines(given("18 million IU", more=f", over: {over}"))
    assert (prepared.preparation, prepared.bag, list(rates(prepared))) == (None, None, [])
    assert "Volume of concentrate: 1 mL" in text
    assert "Not in the same line or bag" in text
    assert f"no source says how it is made up for {over}: no bag or rate is shown" in text
    for wrong in ("Short infusion", "24-hour infusion:", "Infuse over", "Rate", "for this route"):
        assert wrong not in text


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ("5 minutes", "short infusion"),
        ("45 minutes", "short infusion"),
        ("46 minutes", None),
        ("479 minutes", None),
        ("8 hours", "24-hour infusion"),
        ("22 hours", "24-hour infusion"),
    ],
)
def test_the_preparation_for_nearly_the_time_is_shown_with_its_own(
    over: str, name: str | None
) -> None:
    """Up to three times as long or as short, our assumption: 3 x 15 = 45 min, 24 / 3 = 8 h."""
    prepared = made_up("18 million IU", more=f", over: {over}")
    assert (prepared.preparation and prepared.preparation.name) == name
    assert prepared.bag_lasts is None
    text = the("infusion-time", prepared).text
    shown = "preparation shown is for 15 minutes or 24 hours by its sources, here that for "
    nothing = "preparations are for 15 minutes and 24 hours, and no source says how it is made up"
    assert (shown if name else nothing) in text
    assert "Infuse over" not in lines(given("18 million IU", more=f", over: {over}"))


def test_a_preparation_chosen_for_quite_another_time_has_no_rate() -> None:
    """The bag of 15 minutes, chosen for 5 days: it keeps for 48 hours, and no rate fits it."""
    prepared = made_up("18 million IU", more=", over: 5 days", chosen="short infusion")
    assert prepared.bag is not None
    assert list(rates(prepared)) == []
    assert "here that for 15 minutes" in the("infusion-time", prepared).text


def test_a_preparation_without_a_time_is_for_any_time() -> None:
    """Nothing is known of how long trastuzumab should run, so nothing is cautioned."""
    assert codes(made_up("280 mg", drug="trastuzumab", more=", over: 90 minutes")) == []
    assert codes(made_up("144 mg", drug="paclitaxel", more=", over: 1 hour")) == []
    assert codes(made_up("144 mg", drug="paclitaxel", more=", over: 3 hours")) == ["infusion-time"]


@pytest.mark.parametrize(("over", "cautioned"), [("72 hours", True), ("48 hours", False)])
def test_an_infusion_that_outlasts_what_is_made_up_is_cautioned(over: str, cautioned: bool) -> None:
    """Danger: on the third day a bag that keeps for 48 hours still runs, and has lost activity."""
    prepared = made_up("18 million IU", more=f", over: {over}")
    texts = [caution.text for caution in prepared.cautions if caution.code == "keeps-shorter"]
    assert bool(texts) is cautioned
    for text in texts:
        assert "runs over 72 hours, but what is made up keeps for 48 hours" in text


def test_a_chosen_preparation_for_another_route_is_cautioned() -> None:
    """Undiluted from the vial, meant for under the skin, into a vein: chosen, but not unseen."""
    prepared = made_up("600_000 IU/kg", chosen="subcutaneous injection")
    text = the("preparation-assumed", prepared).text
    assert "the subcutaneous injection is not for this route; it was chosen" in text


def test_a_preparation_that_replaces_that_of_a_route_is_shown_as_an_assumption() -> None:
    """How the trial made up its bolus is unknown, chosen or not."""
    for chosen in (None, "short infusion"):
        text = the("preparation-assumed", made_up("72_000 IU/kg", "IV bolus", chosen=chosen)).text
        assert "the short infusion is shown as an assumption" in text
        assert "how it was made up is unknown" in text
    assert "preparation-assumed" not in codes(made_up("600_000 IU/kg"))


# How fast, and what else goes in


@pytest.mark.hazard(9)
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("18 million IU", "24 hours"), "Rate at 500 mL: 20.8 mL/h over 24 hours (20.9 with the"),
        (("18 million IU", "15 minutes"), "Rate of 25 mL: 100 mL/h over 15 minutes (104 with the"),
        (
            ("42 million IU", "10 to 20 minutes"),
            "(314 with the drug's own volume); 150 mL/h over 20 minutes (157 with the drug's own",
        ),
    ],
)
def test_a_bag_runs_at_a_rate_of_its_volume_over_its_time(
    args: tuple[str, str], words: str
) -> None:
    """500 / 24 = 20.83; (500 + 1) / 24 = 20.88; 25 x 4 = 100, 26 x 4 = 104.

    42 / 18 = 2.333 mL: 50 x 6 = 300 and 52.333 x 6 = 314; 50 x 3 = 150 and 52.333 x 3 = 157. A
    rate worked out wrongly by hand has killed (PMC3138377): 28.8 mL for a day, set for an hour.
    """
    amount, over = args
    assert words in lines(given(amount, more=f", over: {over}"))


def test_a_time_that_only_the_product_names_gives_a_rate() -> None:
    """Paclitaxel runs over an hour: 250 mL/h; (250 + 24) mL of 144 mg at 6 mg/mL, 274 mL/h."""
    text = lines(given("144 mg", drug="paclitaxel"))
    assert "Rate of 250 mL: 250 mL/h over 1 hour (274 with the drug's own volume)" in text


@pytest.mark.hazard(9)
def test_where_no_bag_is_the_choice_the_rate_is_shown_for_each() -> None:
    """10 mg in 100 or 200 mL is too weak for 5 to 6 mg/mL: which bag it will be is not known."""
    prepared = examplumab("10 mg", Bag(D(100), None), Bag(D(200), None), window="5 to 6")
    timed = prepared._replace(dose=replace(prepared.dose, over=span("1 hour")))
    assert list(rates(timed)) == [
        "Rate at 100 mL: 100 mL/h over 1 hour (101 with the drug's own volume)",
        "Rate at 200 mL: 200 mL/h over 1 hour (201 with the drug's own volume)",
    ]


@pytest.mark.hazard(9)
@pytest.mark.parametrize(
    "schedule", [given("18 million IU", "SC"), given("5 million IU", "IV bolus")]
)
def test_without_a_bag_or_a_time_there_is_no_rate(schedule: Schedule) -> None:
    """How a trial made up its bolus is unknown; under the skin there is no bag."""
    assert "mL/h" not in lines(schedule)
    assert not list(rates(made_up("400 mg", "oral", "imatinib")))
    assert not list(rates(examplumab("10 mg", Bag(D(100), None))))


@pytest.mark.hazard(9)
def test_a_bag_of_the_table_is_the_choice_though_it_does_not_fit() -> None:
    """100 mg by the table in 50 mL, 2 mg/mL, where 5 to 6 are asked for: the bag is known."""
    table = (Bag(D(50), quantity("100 mg")), Bag(D(100), None))
    prepared = examplumab("100 mg", *table, window="5 to 6")
    timed = prepared._replace(dose=replace(prepared.dose, over=span("1 hour")))
    assert list(rates(timed)) == [
        "Rate of 50 mL: 50 mL/h over 1 hour (60 with the drug's own volume)"
    ]


@pytest.mark.hazard(9)
@pytest.mark.parametrize(
    ("over", "words"),
    [
        # 118 x 60 / 59 = 120 and 128 x 60 / 59 = 130.2
        ("59 minutes", "Rate of 118 mL: 120 mL/h over 59 minutes (130 with the"),
        # 118 / 2 = 59, 128 / 2 = 64
        ("2 hours", "Rate of 118 mL: 59 mL/h over 2 hours (64 with the"),
        # 118 / 72 = 1.639, 128 / 72 = 1.778
        ("72 hours", "Rate of 118 mL: 1.64 mL/h over 72 hours (1.78 with the"),
        # 118 x 60 / 118 = 60, 128 x 60 / 118 = 65.08
        ("118 minutes", "Rate of 118 mL: 60 mL/h over 118 minutes (65.1 with the"),
    ],
)
def test_a_pump_rate_is_given_over_whole_hours_where_they_are_whole(over: str, words: str) -> None:
    """100 mg of 10 mg/mL are 10 mL, in a bag of 118 mL."""
    prepared = examplumab("100 mg", Bag(D(118), None))
    (rate,) = rates(prepared._replace(dose=replace(prepared.dose, over=span(over))))
    assert rate.startswith(words)


@pytest.mark.hazard(9)
def test_what_is_not_in_a_bag_runs_at_no_rate_whatever_its_time() -> None:
    """A volume under the skin over half an hour; a drug by a route without any data."""
    assert not list(rates(made_up("18 million IU", "SC", more=", over: 30 minutes")))
    assert not list(rates(made_up("280 mg", "SC", "trastuzumab")))


@pytest.mark.hazard(11)
def test_an_additive_goes_in_below_the_window_alone() -> None:
    """100 mg = 10 mL: in 90 mL 1 mg/mL with it, the lowest of the window; in 91 mL 0.99.

    0.1 % of 91 mL are 0.091 g, in 0.455 mL of 20 %.
    """
    additive = Additive("albumin", D("0.1"), D(20), SOURCES)

    def additives(volume: int) -> list[str]:
        prepared = examplumab("100 mg", Bag(D(volume), None), window="1 to 2")
        assert prepared.preparation is not None
        return list(
            additive_texts(
                prepared._replace(preparation=prepared.preparation._replace(additive=additive))
            )
        )

    assert additives(90) == []
    strength = "of a solution of 20 %, if that is the strength in stock"
    assert additives(91) == [f"albumin to 0.1 % of 91 mL: 0.455 mL {strength}"]
    prepared = made_up("18 million IU", more=", over: 24 hours")
    assert list(additive_texts(prepared))
    assert not list(additive_texts(prepared._replace(bag=None)))


@pytest.mark.hazard(11)
def test_albumin_is_given_as_a_volume_of_what_is_on_the_shelf() -> None:
    """0.1 % of 500 mL is 0.5 g, in 2.5 mL of 20 %; of 25 mL 0.025 g, in 0.125 mL."""
    strength = "of a solution of 20 %, if that is the strength in stock"
    assert f"Human albumin to 0.1 % of up to 500 mL: 2.5 mL {strength}" in lines(
        given("18 million IU", more=", over: 24 hours")
    )
    weak = lines(given("5.04 million IU", more=", over: 15 minutes"))
    assert f"Human albumin to 0.1 % of 25 mL: 0.125 mL {strength} [compendium" in weak
    assert "Human albumin to" not in lines(given("42 million IU", more=", over: 15 minutes"))


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
def test_how_badly_a_volume_can_be_measured_is_shown(amount: str, words: str) -> None:
    """1.818 / 18 = 0.101 mL, 0.01 mL is 9.9 %; 21.6 / 18 = 1.2 mL, 0.1 mL is 8.3 %."""
    assert words in the("small-volume", made_up(amount, "SC")).text


@pytest.mark.hazard(42)
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1_791_180 IU", "0.01 mL (our assumption): draw 0.10 mL = 1.8 million units, +0.5 %"),
        ("5.04 million IU", "0.01 mL (our assumption): draw 0.28 mL, exactly the dose"),
        ("17.99 million IU", "0.01 mL (our assumption): draw 1 mL = 18 million units, +0.06 %"),
        ("21.72 million IU", "0.1 mL (our assumption): draw 1.2 mL = 21.6 million units, -0.6 %"),
        ("1_890_000 IU", "draw 0.11 mL = 1.98 million units, +4.8 %"),
        ("90_000 IU", "draw 0.01 mL = 180,000 units, +100 %"),
        ("89_999 IU", "0.01 mL (our assumption): less than half a graduation, which cannot be"),
    ],
)
def test_what_a_syringe_measures_is_shown_beside_the_exact_volume(amount: str, words: str) -> None:
    """1,791,180 units are 0.09951 mL of 18 million units/mL, which no syringe shows.

    17.99 / 18 = 0.99944 mL; 21.72 / 18 = 1.20667 mL; 1.89 / 18 = 0.105 mL, half-up 0.11 mL, which
    holds 1.98 million: 4.76 % more; 0.09 / 18 = 0.005 mL is half a graduation, drawn as one.
    """
    assert words in lines(given(amount, "SC"))


def test_what_a_syringe_measures_changes_neither_dose_nor_vials() -> None:
    """0.09951 mL and the 1,791,180 units are unchanged; the drawn ones are shown beside them."""
    schedule = given("1_791_180 IU", "SC")
    prepared = made_up("1_791_180 IU", "SC")
    assert (prepared.value, short(prepared.volume or D(0))) == (D(1_791_180), "0.09951")
    assert counts(prepared) == [("vial of 22 million units", 1, None)]
    (dose,) = document(schedule, (prepared,), (), share=False)["doses"]
    assert dose["amount"] == {"value": 1_791_180, "unit": "[iU]"}
    assert dose["drawn"] == {
        "volume_ml": D("0.1"),
        "amount": {"value": 1_800_000, "unit": "[iU]"},
        "graduation_ml": D("0.01"),
        "assumed": True,
        "set": False,
    }


@pytest.mark.hazard(42)
@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("0.02", "0.02 mL (as set): draw 0.10 mL = 1.8 million units, +0.5 %"),
        ("0.1", "0.1 mL (as set): draw 0.10 mL = 1.8 million units, +0.5 %"),
        ("0.03", "0.03 mL (as set): draw 0.09 mL = 1.62 million units, -9.6 %"),
        ("0.5", "0.5 mL (as set): less than half a graduation, which cannot be drawn"),
    ],
)
def test_a_volume_is_measured_with_the_syringe_at_hand(step: str, words: str) -> None:
    """0.09951 mL: 5 of 0.02 mL, 1 of 0.1, 3 of 0.03 (0.09 mL hold 1.62 million), 0 of 0.5.

    A ward whose syringe shows 0.02 mL cannot draw what a finer one shows.
    """
    schedule = given("1_791_180 IU", "SC")
    drugs = {"aldesleukin": monograph("aldesleukin")}
    prepared = prepare(schedule, drugs, graduated={"aldesleukin": D(step)})
    assert words in str(list(paragraphs(schedule, prepared, (), share=False)))
    share = D(step) / D("0.0995100") * 100
    assert (
        f"one graduation of {step} mL is {short(share, 2)} % of it"
        in the("small-volume", prepared[0]).text
    )
    (dose,) = document(schedule, prepared, (), share=False)["doses"]
    assert dose["drawn"]["graduation_ml"] == D(step)
    assert (dose["drawn"]["assumed"], dose["drawn"]["set"]) == (False, True)


def test_a_graduation_of_what_no_syringe_measures_is_refused_by_its_drug() -> None:
    """Tablets are not drawn, though another drug of the schedule is; nor is a drug not given."""
    schedule = make_schedule(
        written("""
            doses:
              - {drug: aldesleukin, amount: 18 million IU, route: SC, day: 1}
              - {drug: imatinib, amount: 400 mg, route: oral, day: 1}
        """)
    )
    drugs = {name: monograph(name) for name in ("aldesleukin", "imatinib")}
    for name in ("imatinib", "examplumab"):
        with pytest.raises(Refused, match=f"nothing of {name} is drawn as a volume here"):
            prepare(schedule, drugs, graduated={name: D("0.1")})
    assert len(prepare(schedule, drugs, graduated={"aldesleukin": D("0.1")})) == 2


def test_a_volume_is_measured_with_the_syringe_of_the_first_vial_that_names_one() -> None:
    """Both hold 10 mg/mL; the first that names a graduation is the one that the sheet draws by."""
    none, coarse, fine = (
        Product(
            name,
            "vial",
            quantity("100 mg"),
            SOURCES,
            concentration=quantity("10 mg"),
            graduation=step,
        )
        for name, step in (("none", None), ("coarse", D("0.2")), ("fine", D("0.05")))
    )
    drawn = drawn_volume(examplumab("12 mg", products=(none, coarse, fine)))
    assert drawn is not None
    assert (drawn.graduation, drawn.volume) == (D("0.2"), D("1.2"))


def test_what_the_skin_does_not_take_is_to_be_divided() -> None:
    """36.1 / 18 = 2.006 mL; whoever reads that it is much must read what to do."""
    text = the("large-volume", made_up("36.1 million IU", "SC")).text
    assert text.endswith("(above 2 mL, our assumption); divide it over several sites")


def test_the_content_of_a_syringe_has_no_residue_of_a_division() -> None:
    """1 million units/m2 at 1.818 m2 are 0.101 mL; 0.1 mL of 18 million units/mL hold 1.8 million.

    Division by a volume of 28 digits gave 1,799,999.999999999999999999999.
    """
    schedule = make_schedule(
        load_regimen("trastuzumab"), Patient(D(70), D(170)), times={"cycle": 1}
    )
    drugs = {"aldesleukin": monograph("aldesleukin")}
    (drawn,) = {
        drawn_volume(prepared)
        for prepared in prepare(schedule, drugs)
        if prepared.volume and prepared.volume < 1
    }
    assert drawn is not None
    assert (drawn.volume, drawn.value) == (D("0.1"), D(1_800_000))


def test_a_graduation_that_a_monograph_names_is_used_with_its_source() -> None:
    """A pen in steps of 0.05 mL: 3 mg of 10 mg/mL are 0.3 mL, 3.2 mg 0.32 and drawn as 0.3 mL."""
    pen = Product(
        "pen",
        "vial",
        quantity("100 mg"),
        SOURCES,
        concentration=quantity("10 mg"),
        graduation=D("0.05"),
    )
    prepared = examplumab("3.2 mg", Bag(D(100), None), products=(pen,))
    drawn = drawn_volume(prepared)
    assert drawn is not None
    assert (drawn.volume, drawn.value, drawn.graduation) == (D("0.3"), D(3), D("0.05"))
    assert drawn.product == pen
    line = "In a syringe graduated in 0.05 mL [label]: draw 0.30 mL = 3 mg, -6.3 %"
    schedule = given("3.2 mg", drug="examplumab")
    assert line in str(list(paragraphs(schedule, (prepared,), (), share=False)))
    set_ = prepared._replace(graduation=D("0.1"))
    line = "In a syringe graduated in 0.1 mL (as set; it is 0.05 mL [label]): draw 0.30 mL = 3 mg"
    assert line in str(list(paragraphs(schedule, (set_,), (), share=False)))
    assert drawn_volume(made_up("400 mg", "oral", "imatinib")) is None


@pytest.mark.hazard(42)
@pytest.mark.parametrize("route", ["IV bolus", "IV infusion", "IV"])
@pytest.mark.parametrize(
    ("amount", "step", "words"),
    [
        (
            "5.04 million IU",
            "0.5",
            "is 0.28 mL: a syringe graduated in 0.5 mL draws 0.5 mL, 79 % mo",
        ),
        ("5.04 million IU", "2", "graduated in 2 mL draws 0 mL, 100 % less (above 5 %, our assump"),
        ("6.66 million IU", "0.3", "graduated in 0.3 mL draws 0.3 mL, 19 % less (above 5 %"),
        ("300_000 IU", None, "graduated in 0.01 mL draws 0.02 mL, 20 % more (above 5 %, our assu"),
        ("18.9 million IU", "1", ""),
        (
            "19 million IU",
            "1",
            "is 1.06 mL: a syringe graduated in 1 mL draws 1 mL, 5.3 % less (above 5 %",
        ),
        ("1.8 million IU", None, ""),
    ],
)
def test_a_draw_far_off_the_dose_is_cautioned_by_whatever_route(
    route: str, amount: str, step: str | None, words: str
) -> None:
    """Danger: 9 million units drawn for 5.04 million, as the line of the sheet says in passing.

    0.28 mL: 0.5 mL are 78.6 % more; 6.66 / 18 = 0.37 mL, 0.3 are 18.9 % less; 0.3 / 18 = 0.0167.
    1 of 18.9 / 18 = 1.05 mL is 4.8 % less, 1 of 19 / 18 = 1.056 mL is 5.3 % less.
    """
    drugs = {"aldesleukin": monograph("aldesleukin")}
    graduated = {} if step is None else {"aldesleukin": D(step)}
    (prepared,) = prepare(given(amount, route), drugs, graduated=graduated)
    texts = [caution.text for caution in prepared.cautions if caution.code == "small-volume"]
    assert [words in text for text in texts] == [True] * bool(words)


# Tablets


def test_a_dose_that_no_tablet_makes_up_is_cautioned() -> None:
    """Without a word the sheet of 340 mg would simply have no tablets on it."""
    text = the("tablets", made_up("340 mg", "oral", "imatinib")).text
    assert "imatinib 340 mg is not a whole number of any tablet" in text
    assert "(tablet of 100 mg, tablet of 400 mg)" in text


def test_a_dose_that_tablets_make_up_or_that_is_not_swallowed_has_no_caution_about_tablets() -> (
    None
):
    """300 mg are three of 100 mg; what is not swallowed is not counted in tablets."""
    assert codes(made_up("300 mg", "oral", "imatinib")) == []
    by_vein = made_up("600 mg", "IV", "cyclophosphamide")
    assert (codes(by_vein), by_vein.tablets, by_vein.vials) == (["no-preparation"], (), ())


MILLION = D(1_000_000)
PREPARATION_INFUSION = """
doses:
  - drug: aldesleukin
    amount: 600_000 IU/kg
    route: IV infusion
    day: 1
    repeat: {times: 14, every: 8 hours}
"""


def lines(schedule: Schedule) -> str:
    """The sheet in words, without its order."""
    return "\n".join(
        line
        for _, texts in paragraphs(schedule, sheet(schedule), (), share=False)
        for line in texts
    )


def counts(prepared: Prepared) -> list[tuple[str, int, int | None]]:
    """Product, pieces and pieces at best."""
    return [
        (count.product.name, count.pieces, count.at_best)
        for count in (*prepared.vials, *prepared.tablets)
    ]


# The bolus at 70 kg


def test_the_bolus_at_70_kg_is_a_quarter_of_a_millilitre() -> None:
    """72,000 x 70 = 5.04 million units; x 1.1 / 18 = 0.308 mg; / 18 = 0.28 mL; one vial."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (prepared,) = sheet(schedule)
    assert (prepared.value, prepared.unit) == (D(5_040_000), "IU")
    assert (prepared.mass, prepared.volume) == (D("0.308"), D("0.28"))
    assert counts(prepared) == [("vial of 22 million units", 1, None)]
    assert prepared.vials[0].counted_by == "counted at the 18 million units that each delivers"
    assert prepared.administrations == tuple(range(1, 61))


def test_the_bolus_is_below_the_window_in_every_listed_bag() -> None:
    """308 mcg in 25, 50, 100 mL: 12.3, 6.16, 3.08 mcg/mL, far below 30."""
    schedule = make_schedule(load_regimen("npc-bolus"), Patient(weight=D(70)))
    (prepared,) = sheet(schedule)
    assert [short(bag.bag_only, 3) for bag in prepared.bags] == ["12.3", "6.16", "3.08"]
    assert [short(bag.with_drug, 3) for bag in prepared.bags] == ["12.2", "6.13", "3.07"]
    assert not any(bag.fits or bag.fits_bag_only for bag in prepared.bags)


def test_the_bolus_has_no_preparation_of_its_own_and_the_sheet_says_so() -> None:
    """How the trial made up its bolus is unknown."""
    prepared = made_up("72_000 IU/kg", "IV bolus")
    assert prepared.preparation is not None
    assert (prepared.preparation.name, prepared.by_assumption) == ("short infusion", True)
    assert "preparation-assumed" in codes(prepared)
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
def test_the_bag_depends_on_the_dose_and_the_concentration_on_both_volumes(
    kg: int, bag: int, alone: str, together: str, vials: int, at_best: int | None
) -> None:
    """70 kg: 42 million units = 2,566.7 mcg; / 50 = 51.3; / (50 + 2.333) = 49.0.

    42 / 18 = 2.33: three vials; 42 / 21.6 = 1.94: two at best; 43.8 / 21.6 = 2.03: three.
    """
    schedule = make_schedule(written(PREPARATION_INFUSION), Patient(weight=D(kg)))
    (prepared,) = sheet(schedule)
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == bag
    concentrations = [
        f"{value.quantize(D('0.1'))}" for value in (prepared.bag.bag_only, prepared.bag.with_drug)
    ]
    assert concentrations == [alone, together]
    assert prepared.bag.unit == "mcg"
    assert counts(prepared) == [("vial of 22 million units", vials, at_best)]
    assert len(prepared.administrations) == 14
    assert codes(prepared) == (["concentration"] if kg == 100 else [])


@pytest.mark.hazard(13)
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
    prepared = made_up(amount)
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == bag


def test_at_100_kg_the_two_readings_of_the_window_are_distinguished() -> None:
    """73.3 in the bag alone, 68.8 with the drug's 3.33 mL: one outside, one within."""
    schedule = make_schedule(written(PREPARATION_INFUSION), Patient(weight=D(100)))
    (prepared,) = sheet(schedule)
    assert prepared.bag is not None
    assert (prepared.bag.fits_bag_only, prepared.bag.fits) == (False, True)
    assert [short(value, 3) for value in (prepared.bag.bag_only, prepared.bag.with_drug)] == [
        "73.3",
        "68.8",
    ]


# Infusion time and route


def test_a_dose_over_24_hours_is_not_silently_prepared_as_one_over_15_minutes() -> None:
    """The short infusion without albumin is another treatment than the infusion of a day."""
    prepared = made_up("18 million IU/m2", more=", over: 24 hours")
    assert prepared.preparation is not None
    assert prepared.preparation.name == "24-hour infusion"
    assert codes(prepared) == []


@pytest.mark.parametrize("over", ["15 minutes", "10 to 20 minutes", "15 to 30 minutes"])
def test_a_dose_over_about_15_minutes_is_a_short_infusion(over: str) -> None:
    prepared = made_up("600_000 IU/kg", more=f", over: {over}")
    assert prepared.preparation is not None
    assert prepared.preparation.name == "short infusion"
    assert codes(prepared) == []


def test_the_24_hour_infusion_is_chosen_by_its_name_and_needs_albumin_first() -> None:
    """In 500 mL, the albumin before the drug; 32.4 million units = 1.98 mg: 3.96 mcg/mL.

    The unit is that of the drug's one window, so that bags can be compared.
    """
    prepared = made_up("18 million IU/m2", chosen="24-hour infusion")
    assert prepared.preparation is not None
    assert prepared.preparation.first is not None
    assert "albumin" in prepared.preparation.first.text
    assert "before the drug" in prepared.preparation.first.text
    assert prepared.preparation.first.sources == ("monograph, Stability",)
    assert prepared.preparation.over == span("24 hours")
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == 500
    assert (short(prepared.bag.bag_only), prepared.bag.unit) == ("3.96", "mcg")
    assert codes(prepared) == []


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
    prepared = made_up("18 million IU", route, chosen=chosen)
    assert prepared.preparation is not None
    assert (prepared.preparation.name, prepared.by_assumption) == (chosen, assumed)
    assert ("preparation-assumed" in codes(prepared)) is assumed


def test_a_preparation_of_a_drug_without_a_monograph_cannot_be_chosen() -> None:
    with pytest.raises(Refused, match="examplin has no monograph, so no preparation 'infusion'"):
        made_up("6.25 mg", "SC", "examplin", chosen="infusion")


def test_nothing_is_made_up_for_a_dose_whose_amount_is_not_stated() -> None:
    """Nobody knows how much to draw; the dose beside it is made up all the same."""
    schedule = make_schedule(
        written("""
            doses:
              - {dose: unknown, drug: aldesleukin, amount: not stated, route: SC, day: 1}
              - {dose: known, drug: aldesleukin, amount: 18 million IU, route: SC, day: 2}
        """)
    )
    assert [prepared.dose.name for prepared in sheet(schedule)] == ["known"]


def test_a_drug_without_a_monograph_is_prepared_by_no_assumption() -> None:
    """Nothing is assumed about a drug of which nothing is known."""
    assert made_up("6.25 mg", "SC", "examplin").by_assumption is False
    drug = Drug("examplumab", (), 1, "2026-11-22", {})
    (prepared,) = prepare(given("5 mg", "SC", "examplumab"), {"examplumab": drug})
    assert prepared.by_assumption is False


def test_a_drug_without_a_preparation_has_a_volume_and_no_bag() -> None:
    """100 mg of 10 mg/mL are 10 mL; into what they go is not described."""
    vial = Product("vial", "vial", quantity("100 mg"), SOURCES, concentration=quantity("10 mg"))
    drug = Drug("examplumab", (), 1, "2026-11-22", {}, products=(vial,))
    (prepared,) = prepare(given("100 mg", drug="examplumab"), {"examplumab": drug})
    assert (prepared.volume, prepared.preparation, prepared.bags) == (D(10), None, ())


def test_a_concentration_is_in_the_unit_of_its_own_window_or_of_the_first() -> None:
    """5 mcg/mL compared with 5 mg/mL would look right and be a thousandth."""
    vial = Product("vial", "vial", quantity("100 mg"), SOURCES, concentration=quantity("10 mg"))
    ways = tuple(
        Preparation(name, (name,), (), SOURCES, bags=(Bag(D(50), None),), window=window)
        for name, window in (
            ("IV infusion", (quantity("1 mg"), quantity("2 mg"))),
            ("IV bolus", (quantity("1000 mcg"), quantity("2000 mcg"))),
            ("IM", None),
        )
    )
    drug = Drug("examplumab", (), 1, "2026-11-22", {}, products=(vial,), preparations=ways)
    for route, unit in (("IV infusion", "mg"), ("IV bolus", "mcg"), ("IM", "mg")):
        (prepared,) = prepare(given("100 mg", route, "examplumab"), {"examplumab": drug})
        assert [bag.unit for bag in prepared.bags] == [unit]


def test_a_concentration_that_no_factor_reaches_gives_no_volume() -> None:
    """100 mg of a vial of 10 IU/mL: nobody knows the factor between them."""
    vial = Product("vial", "vial", quantity("100 IU"), SOURCES, concentration=quantity("10 IU"))
    assert examplumab("100 mg", products=(vial,)).volume is None


def test_a_product_that_does_not_fit_hides_none_after_it() -> None:
    """60 mg: a tablet of 40 does not make it up, one of 30 does; no vial in IU makes up mg."""
    swallowed, infused = (by_both_routes("60 mg", route) for route in ("oral", "IV infusion"))
    assert counts(swallowed) == [("tablet of 30 mg", 2, None)]
    assert counts(infused) == [("vial of 50 mg", 2, None)]
    assert swallowed.tablets[0].counted_by == "counted at the 30 mg that each holds"


def by_both_routes(amount: str, route: str) -> Prepared:
    """One dose of an invented drug that has tablets and vials."""
    drug = Drug(
        "examplumab",
        (),
        1,
        "2026-11-22",
        {},
        products=(
            Product("tablet of 40 mg", "tablet", quantity("40 mg"), SOURCES),
            Product("vial of 9 IU", "vial", quantity("9 IU"), SOURCES),
            Product("tablet of 30 mg", "tablet", quantity("30 mg"), SOURCES),
            Product(
                "vial of 50 mg", "vial", quantity("50 mg"), SOURCES, concentration=quantity("5 mg")
            ),
        ),
    )
    (prepared,) = prepare(given(amount, route, "examplumab"), {"examplumab": drug})
    return prepared


def test_what_is_swallowed_is_made_up_of_tablets_if_there_are_some_and_what_is_infused_never() -> (
    None
):
    """Twelve mL drawn from a vial, for 60 mg by mouth, would be the infusion in the wrong hands.

    Where there is only one form, as with suppositories, every route takes it.
    """
    swallowed, infused = (by_both_routes("60 mg", route) for route in ("oral", "IV infusion"))
    assert (swallowed.volume, swallowed.vials) == (None, ())
    assert (infused.volume, infused.tablets) == (D(12), ())
    piece = Product("suppository", "tablet", quantity("30 mg"), SOURCES)
    drug = Drug("examplumab", (), 1, "2026-11-22", {}, products=(piece,))
    (rectal,) = prepare(given("60 mg", "rectal", "examplumab"), {"examplumab": drug})
    assert counts(rectal) == [("suppository", 2, None)]
    for route in ("IV infusion", "IV bolus", "IV", "SC", "IM", "intrathecal"):
        (injected,) = prepare(given("60 mg", route, "examplumab"), {"examplumab": drug})
        assert counts(injected) == [], "danger: tablets were ordered for an infusion"
    halves = by_both_routes("75 mg", "oral")
    assert (codes(halves), halves.volume, halves.vials) == (["tablets"], None, ())


def test_without_a_window_every_concentration_fits() -> None:
    """10 mg in 50 mL, 0.2 mg/mL alone and 0.196 with 1 mL: nothing says that this is too weak."""
    (bag,) = examplumab("10 mg", Bag(D(50), None)).bags
    assert (bag.fits, bag.fits_bag_only) == (True, True)


def test_a_route_without_any_preparation_gets_none() -> None:
    """There are no data for trastuzumab under the skin, so nothing is shown of it."""
    prepared = made_up("280 mg", "SC", "trastuzumab")
    assert prepared.preparation is None
    assert (prepared.bag, prepared.bags) == (None, ())
    assert (prepared.volume, prepared.vials) == (None, ())


# Under the skin


def test_low_dose_and_pulse_of_interleukin_2_are_both_hard_to_measure() -> None:
    """1.818 m2: 1.818 / 18 = 0.101 mL, 0.01 mL is 9.9 %; 21.82 / 18 = 1.212 mL, 0.1 is 8.3 %."""
    schedule = make_schedule(
        load_regimen("trastuzumab"),
        Patient(weight=D(70), height=D(170)),
        times={"cycle": 1},
    )
    prepared = {item.dose.path: item for item in sheet(schedule)}
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
        load_regimen("trastuzumab"),
        Patient(weight=D(70), height=D(170)),
        times={"cycle": 1},
    )
    for path in ("lead-in.trastuzumab", "cycle.trastuzumab"):
        (prepared,) = (prepared for prepared in sheet(schedule) if prepared.dose.path == path)
        assert (prepared.value, prepared.mass) == (D(280), D(280))
        assert prepared.volume is not None
        assert short(prepared.volume) == "13.33"
        assert counts(prepared) == [("vial of 150 mg", 2, None), ("vial of 420 mg", 1, None)]
        assert prepared.preparation is not None
        assert prepared.preparation.diluent == "sodium chloride 0.9 %"
        assert prepared.bag is not None
        assert prepared.bag.bag.volume == 250
        assert codes(prepared) == []
    assert "Not to dissolve or dilute with: glucose 5 % (" in lines(schedule)


def test_paclitaxel_fits_250_ml_and_is_too_dilute_in_500() -> None:
    """80 x 1.8181 = 145.4 mg; / 6 = 24.24 mL; / 274.24 = 0.530; / 524.24 = 0.277 mg/mL."""
    schedule = make_schedule(
        load_regimen("imp321"),
        Patient(weight=D(70), height=D(170)),
        arm="6.25-mg",
    )
    paclitaxel, other = sheet(schedule)
    assert short(paclitaxel.value) == "145.4"
    assert paclitaxel.volume is not None
    assert short(paclitaxel.volume) == "24.24"
    assert counts(paclitaxel) == [("concentrate 30 mg/5 mL", 5, None)]
    assert [bag.bag.volume for bag in paclitaxel.bags] == [250, 500]
    assert [short(bag.with_drug, 3) for bag in paclitaxel.bags] == ["0.53", "0.277"]
    assert [bag.fits for bag in paclitaxel.bags] == [True, False]
    assert paclitaxel.bag is paclitaxel.bags[0]
    assert paclitaxel.preparation is not None
    assert paclitaxel.preparation.filter is not None
    assert paclitaxel.preparation.container == "non-PVC"
    assert other.dose.drug == "IMP321"
    assert (other.value, other.unit) == (D("6.25"), "mg")
    assert (other.volume, other.mass, other.preparation) == (None, D("6.25"), None)
    assert (other.vials, other.tablets, other.cautions) == ((), (), ())


def test_paclitaxel_too_strong_for_the_small_bag_goes_into_the_large_one() -> None:
    """500 mg in 250 + 83.3 mL is 1.5 mg/mL, in 500 + 83.3 mL 0.857."""
    prepared = made_up("500 mg", drug="paclitaxel")
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == 500
    assert codes(prepared) == []


def test_a_tablet_dose_is_whole_tablets_of_each_strength_that_makes_it_up() -> None:
    """Imatinib 400 mg: 4 x 100 or 1 x 400; cyclophosphamide 50 mg: one tablet."""
    schedule = make_schedule(load_regimen("imatinib"), times={"cycle": 1})
    tablets = {
        prepared.dose.drug: counts(prepared) for prepared in sheet(schedule) if prepared.tablets
    }
    assert tablets == {
        "cyclophosphamide": [("tablet of 50 mg", 1, None)],
        "imatinib": [("tablet of 100 mg", 4, None), ("tablet of 400 mg", 1, None)],
    }
    assert counts(made_up("300 mg", "oral", "imatinib")) == [("tablet of 100 mg", 3, None)]


def test_a_dose_that_no_tablet_makes_up_is_not_shown_as_a_drug_without_tablets() -> None:
    """340 mg of imatinib: there are tablets of 100 and 400 mg, and none is ever divided."""
    prepared = made_up("340 mg", "oral", "imatinib")
    assert prepared.tablets == ()
    assert "No product of imatinib is described" not in lines(given("340 mg", "oral", "imatinib"))


def test_tablets_are_cautioned_by_mouth_only_and_where_there_are_some() -> None:
    """340 mg of tablets of 100: cautioned by mouth.

    A vial is no tablet, and a vein swallows none.
    """
    tablet = Product("tablet of 100 mg", "tablet", quantity("100 mg"), SOURCES)
    vial = Product("vial of 100 mg", "vial", quantity("100 mg"), SOURCES)

    def tablet_cautions(route: str, *products: Product) -> list[str]:
        drug = Drug("examplumab", (), 1, "2026-11-22", {}, products=products)
        (prepared,) = prepare(given("340 mg", route, "examplumab"), {"examplumab": drug})
        return [caution.text for caution in prepared.cautions if caution.code == "tablets"]

    (text,) = tablet_cautions("oral", tablet, vial)
    assert "is not a whole number of any tablet (tablet of 100 mg); " in text
    assert tablet_cautions("oral", vial) == []
    assert tablet_cautions("IV infusion", tablet) == []


def test_a_dose_in_milligrams_is_prepared_though_the_monograph_counts_in_units() -> None:
    """1.1 mg of aldesleukin is 18 million units: 1 mL of one vial, in the bag for up to 25.4."""
    prepared = made_up("1.1 mg")
    assert (prepared.mass, prepared.volume) == (D("1.1"), D(1))
    assert counts(prepared) == [("vial of 22 million units", 1, None)]
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == 25
    assert prepared.bag.bag_only == D(44)


# An invented drug


def test_without_a_table_or_a_window_the_first_bag_is_taken() -> None:
    """100 mg = 10 mL in 50 mL: 2 mg/mL alone, 1.667 with its own volume."""
    prepared = examplumab("100 mg", Bag(D(50), None), Bag(D(100), None))
    assert prepared.bag is not None
    assert (prepared.bag.bag.volume, prepared.bag.bag_only) == (D(50), D(2))
    assert prepared.bag.unit == "mg"
    assert short(prepared.bag.with_drug) == "1.667"
    assert codes(prepared) == []


def test_without_a_table_the_first_bag_that_fits_is_taken() -> None:
    """100 mg: 1.667 in 50 mL, 0.909 in 100 mL, 0.476 in 200 mL; the window ends at 1."""
    bags = [Bag(D(volume), None) for volume in (50, 100, 200)]
    prepared = examplumab("100 mg", *bags, window="0.4 to 1")
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == 100


def test_without_a_table_the_first_bag_is_taken_where_none_fits() -> None:
    """10 mg: 0.2 mg/mL in 50 mL, 0.1 in 100, 0.05 in 200; for 5 to 6 the smallest is nearest."""
    bags = [Bag(D(volume), None) for volume in (50, 100, 200)]
    prepared = examplumab("10 mg", *bags, window="5 to 6")
    assert prepared.bag is not None
    assert (prepared.bag.bag.volume, prepared.bag.fits) == (D(50), False)


def test_above_the_limits_of_a_table_its_first_bag_without_one_is_taken() -> None:
    """100 mg in 50 mL, more in 200 mL: that is the table's word, though 150 mg in it are too weak.

    150 / 215 = 0.698 mg/mL, below the window of 1 to 3; 500 mL would be weaker still.
    """
    table = (Bag(D(50), quantity("100 mg")), Bag(D(200), None), Bag(D(500), None))
    prepared = examplumab("150 mg", *table, window="1 to 3")
    assert prepared.bag is not None
    assert (prepared.bag.bag.volume, short(prepared.bag.with_drug, 3)) == (D(200), "0.698")
    assert codes(prepared) == ["concentration"]


@pytest.mark.parametrize(
    ("volume", "window", "fits"),
    [
        # 100 mg are 10 mL: in a bag of 90 mL 1.11 mg/mL alone, 1 with the drug's own volume
        (90, "1 to 2", (True, True)),
        (90, "0.5 to 1", (True, False)),
        # in a bag of 100 mL 1 mg/mL alone, 0.909 with it
        (100, "1 to 2", (False, True)),
        (100, "0.5 to 1", (True, True)),
    ],
)
def test_a_concentration_at_the_end_of_the_window_is_within_it(
    volume: int, window: str, fits: tuple[bool, bool]
) -> None:
    """A label's "1 to 2 mg/mL" allows 1: nobody is to be warned of what the label says."""
    (bag,) = examplumab("100 mg", Bag(D(volume), None), window=window).bags
    assert (bag.fits, bag.fits_bag_only) == fits


def test_a_dose_above_the_whole_table_gets_its_largest_bag() -> None:
    """200 mg, where the table ends at 100 mg in 100 mL: 10 mL would be the worst of all."""
    table = (Bag(D(10), quantity("10 mg")), Bag(D(100), quantity("100 mg")))
    prepared = examplumab("200 mg", *table)
    assert prepared.bag is not None
    assert prepared.bag.bag.volume == 100
    assert codes(prepared) == ["bag"]


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
    prepared = examplumab("100 mg", Bag(D(50), None), products=(powder,))
    assert (prepared.volume, prepared.bag) == (None, None)
    assert counts(prepared) == [("powder", 2, None)]


def test_a_drug_without_products_gets_its_amount_and_nothing_invented() -> None:
    prepared = examplumab("100 mg", Bag(D(50), None), products=())
    assert (prepared.value, prepared.volume) == (D(100), None)
    assert (prepared.vials, prepared.tablets) == ((), ())


def test_a_window_in_a_unit_that_no_factor_reaches_gives_no_concentration() -> None:
    """A window in mg and a product in units without a factor: none is better than a wrong one."""
    product = Product("vial", "vial", quantity("100 IU"), SOURCES, concentration=quantity("10 IU"))
    prepared = examplumab("100 IU", Bag(D(50), None), window="0.4 to 1", products=(product,))
    assert (prepared.volume, prepared.mass) == (D(10), None)
    assert (prepared.bags, prepared.bag) == ((), None)


def test_each_distinct_dose_is_listed_once_and_every_row_in_one_of_them() -> None:
    """One dose in two blocks is two doses; thirty times the same is one."""
    schedule = make_schedule(
        load_regimen("trastuzumab"),
        Patient(weight=D(70), height=D(170)),
        times={"cycle": 2},
    )
    prepared = sheet(schedule)
    assert len({item.dose.path for item in prepared}) == len(prepared) == 5
    numbers = [number for item in prepared for number in item.administrations]
    assert sorted(numbers) == [row.number for row in schedule.administrations]


# The user's own monograph


def test_a_users_own_monograph_works_as_a_shipped_one_does(tmp_path: Path) -> None:
    """The program itself holds no drug: 140 mg of examplumab at 20 mg/mL is 7 mL."""
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
sources:
  label: {cite: An invented label., read: secondary}
""",
        encoding="utf-8",
    )
    (prepared,) = sheet(given("2 mg/kg", drug="examplumab"), folder=tmp_path)
    assert (prepared.value, prepared.volume) == (D(140), D(7))
    assert counts(prepared) == [("vial of 50 mg", 3, None)]
    assert prepared.bag is not None
    assert (prepared.bag.bag_only, short(prepared.bag.with_drug)) == (D("1.4"), "1.308")
    assert codes(prepared) == []
    (stranger,) = sheet(given("2 mg/kg", drug="examplumab"))
    assert stranger.drug is None
    assert "No monograph of examplumab is available" in lines(given("2 mg/kg", drug="examplumab"))
