"""The verb `prepare`: the preparation sheet of a schedule, for people and for programs."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run, separate, terminal, written
from filetext import a_cycle
from il2calc import language
from il2calc.report import words

D = Decimal
NPC = ("prepare", "npc-bolus", "--weight", "70")
TRASTUZUMAB = ("prepare", "trastuzumab", "--weight", "70", "--height", "170", "--cycles", "1")
IMP321 = ("prepare", "imp321", "--arm", "6.25-mg", "--weight", "70", "--height", "170")
IMATINIB = ("prepare", "imatinib", "--cycles", "1")
EVERY_SHEET = {args[1]: args for args in (NPC, TRASTUZUMAB, IMP321, IMATINIB)}
UNSAFE = re.compile(r"\b(?:IU|MIU|U|SC|SQ|QD|OD)\b|\u00b5|\u03bc|(?<![\d.])\.\d|\d\.0+(?!\d)")
EXAMPLUMAB = """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: doe2020, Table 1
factors:
  - is: 2 mg = 10 million IU
    text: An invented factor.
products:
  - product: vial of 4 mg
    form: vial
    contains: 4 mg
    concentration: 2 mg/mL
preparations:
  - preparation: drip
    routes: IV
    diluent: water
    bags: [{volume: 10 mL}, {volume: 100 mL}]
    window: 0.04 to 0.4 mg/mL
sources:
  doe2020: {cite: Doe J. An invented paper., read: secondary}
"""


def sheet(*args: str) -> str:
    """A preparation sheet, unfolded."""
    result = run(*args)
    assert result.code == 0, result.err
    return result.out


def part(text: str, heading: str) -> list[str]:
    """The lines under the first heading that begins so."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(heading))
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return [line.strip() for line in lines[start + 1 : end]]


def data(*args: str) -> Any:
    """A preparation sheet as JSON, its numbers with all their digits."""
    result = run(*args, "--format", "json")
    assert result.code == 0, result.err
    return json.loads(result.out, parse_float=D)


def dose(args: tuple[str, ...], path: str) -> Any:
    """One dose of a sheet as JSON, by the path of its block and name."""
    return next(item for item in data(*args)["doses"] if item["dose"] == path)


def codes(prepared: Any) -> list[str]:
    """The codes of a dose's cautions."""
    return [caution["code"] for caution in prepared["cautions"]]


def high_dose(folder: Path, *lines: str) -> str:
    """A file of 600,000 IU/kg every 8 hours, 14 times."""
    schedule = ("route: IV infusion", "repeat: {times: 14, every: 8 hours}")
    amount = ("drug: aldesleukin", "amount: 600_000 IU/kg")
    text = a_cycle(*amount, *schedule, *lines, repeat="{times: 1, every: 14 days}")
    return written(folder, text)


def one_dose(folder: Path, drug: str, amount: str, route: str, *lines: str) -> str:
    """A file of a single dose of a drug."""
    text = a_cycle(f"drug: {drug}", f"amount: {amount}", f"route: {route}", *lines)
    return written(folder, text.replace("{times: 4, every", "{times: 1, every"))


# 72,000 units/kg at 70 kg


@pytest.mark.hazard(11)
def test_a_dose_far_below_the_window_is_made_up_and_cautioned() -> None:
    """72,000 x 70 = 5.04 million; x 1.1 / 18 = 0.308 mg; / 18 = 0.28 mL; 12.3 mcg/mL in 25 mL."""
    prepared = dose(NPC, "course.cycle.aldesleukin")
    assert prepared["amount"] == {"value": 5_040_000, "unit": "[iU]"}
    assert prepared["mass"] == {"value": D("0.308"), "unit": "mg"}
    assert prepared["volume_ml"] == D("0.28")
    assert prepared["administrations"] == 60
    assert [vial["count"] for vial in prepared["vials"]] == [1]
    assert "concentration" in codes(prepared)
    text = next(
        caution["text"] for caution in prepared["cautions"] if caution["code"] == "concentration"
    )
    for bag, concentration in (("25 mL", "12.3"), ("50 mL", "6.16"), ("100 mL", "3.08")):
        assert f"{concentration} mcg/mL in {bag}" in text


def test_the_sheet_of_a_bolus_says_that_its_preparation_is_an_assumption() -> None:
    """No preparation of an intravenous bolus is described; how the trial made it is unknown."""
    prepared = dose(NPC, "course.cycle.aldesleukin")
    assert prepared["assumed"] is True
    assert "preparation-assumed" in codes(prepared)
    text = sheet(*NPC)
    assert "Short infusion (an assumption" in text
    assert "unknown" in run(*NPC).err


def test_vials_are_at_most_30_for_each_course_and_listed_by_course() -> None:
    """Two cycles of up to 15 doses, one vial each; course 2 depends on the response."""
    first, second, all_courses = part(sheet(*NPC), "Order")
    assert "course 1: at most 30 x" in first
    assert "only if" not in first
    assert "course 2: at most 30 x" in second
    assert ", only if stable disease or response" in second
    assert "at most 60 x" in all_courses
    assert ", 30 of them only if stable disease or response" in all_courses
    totals = data(*NPC)["totals"]
    assert [(total["block"], total["count"], total["at_most"]) for total in totals] == [
        ("course 1", 30, True),
        ("course 2", 30, True),
        (None, 60, True),
    ]


def test_shared_vials_serve_three_whole_doses_each() -> None:
    """3 x 5.04 = 15.12 of 18 million, at 0, 8 and 16 h: 15 doses in 5 vials, 20 in all."""
    totals = data(*NPC, "--share-vials")["totals"]
    assert [(total["count"], total["per_turn"]) for total in totals] == [
        (10, 5),
        (10, 5),
        (20, None),
    ]
    # 20 x 18 - 60 x 5.04 = 57.6 million units
    assert totals[-1]["waste"] == {"value": 57_600_000, "unit": "[iU]"}
    result = run(*NPC, "--share-vials")
    assert "remainders are not pooled" in result.out
    assert "5 in each" in result.out
    assert "without preservative" in result.err
    assert "beyond-use" in result.err


def test_the_waste_of_separate_vials_is_shown() -> None:
    """60 x 18 - 60 x 5.04 = 777.6 million units."""
    assert data(*NPC)["totals"][-1]["waste"] == {"value": 777_600_000, "unit": "[iU]"}
    assert "wasting 777.6 million units" in sheet(*NPC)


def test_sharing_says_how_long_a_made_up_vial_keeps() -> None:
    """24 hours: the rule rests on it, and whoever shares a vial must read it."""
    text = sheet(*NPC, "--share-vials").partition("Order")
    assert re.search(r"[Vv]ial.*24 hours", text[0] + text[2])


def test_a_product_without_known_stability_is_not_called_shared() -> None:
    """Nothing says how long opened paclitaxel keeps: each dose has its own, and the sheet says it.

    145.45 mg of 5 x 30 mg each, 3 doses a cycle, 6 cycles: 90.
    """
    result = run(*IMP321, "--share-vials")
    assert "90 x concentrate" in result.out
    order = result.out.partition("\nOrder")[2].partition("\n\n")[0]
    assert "concentrate 30 mg/5 mL: not shared, since no stability is given" in order
    assert "shared for" not in order


# 600,000 IU/kg every 8 hours


@pytest.mark.parametrize(
    ("weight", "bag", "bag_only"),
    [
        ("40", 25, "58.7"),  # 24 / 18 x 1100 / 25
        ("50", 50, "36.7"),
        ("70", 50, "51.3"),
        ("80", 50, "58.7"),
        ("100", 50, "73.3"),
        ("120", 100, "44.0"),
    ],
)
def test_the_bag_is_chosen_by_the_products_own_table(
    tmp_path: Path, weight: str, bag: int, bag_only: str
) -> None:
    """Up to 25.4 million IU in 25 mL, to 60 in 50 mL, above in 100 mL; mcg/mL of the bag alone."""
    args = ("prepare", high_dose(tmp_path), "--weight", weight)
    prepared = dose(args, "cycle.aldesleukin")
    assert prepared["bag_ml"] == bag
    assert round(prepared["concentration"]["bag_only"], 1) == D(bag_only)
    assert prepared["concentration"]["unit"] == "ug/mL"
    assert prepared["concentration"]["window"] == [30, 70]
    assert f"{D(bag_only).normalize()} mcg/mL in {bag} mL" in sheet(*args)


def test_outside_by_the_bag_alone_and_within_by_the_drugs_volume_are_distinguished(
    tmp_path: Path,
) -> None:
    """60 million IU = 3,666.7 mcg: 73.3 in 50 mL, 68.8 in 53.33 mL."""
    args = ("prepare", high_dose(tmp_path), "--weight", "100")
    prepared = dose(args, "cycle.aldesleukin")
    assert round(prepared["concentration"]["with_drug"], 1) == D("68.8")
    assert codes(prepared) == ["concentration"]
    assert "68.8 with the drug's own volume" in run(*args).err


@pytest.mark.parametrize(
    ("drug", "amount", "bag"), [("aldesleukin", "60 million IU", 50), ("paclitaxel", "700 mg", 500)]
)
def test_a_bag_that_is_cautioned_is_not_offered_as_the_one_that_fits(
    tmp_path: Path, drug: str, amount: str, bag: int
) -> None:
    """`in 50 mL is outside; 50 mL would fit` says two things of one bag.

    700 mg: 1.4 mg/mL in 500 mL, 1.14 with the drug's 116.7 mL.
    """
    args = ("prepare", one_dose(tmp_path, drug, amount, "IV infusion"))
    (text,) = [caution["text"] for caution in data(*args)["doses"][0]["cautions"]]
    assert f"in {bag} mL" in text
    offered = text.partition("; ")[2].partition(" mL would fit")[0]
    assert str(bag) not in offered.split(" or ")


def test_a_concentration_that_fits_by_one_calculation_only_is_not_called_fitting(
    tmp_path: Path,
) -> None:
    """73.3 mcg/mL by the bag alone is outside 30 to 70: a bare `fits` would pass it silently."""
    text = sheet("prepare", high_dose(tmp_path), "--weight", "100")
    (line,) = [line for line in text.splitlines() if line.strip().startswith("Concentration: 73.3")]
    assert not line.endswith(" fits")


@pytest.mark.parametrize(
    ("weight", "nominal", "at_best"),
    [
        ("70", 3, 2),  # 42 / 18 = 2.33; 42 / 21.6 = 1.94
        ("73", 3, None),  # 43.8 / 18 = 2.43; 43.8 / 21.6 = 2.03
    ],
)
def test_vials_are_counted_by_what_one_delivers_and_the_other_count_is_shown(
    tmp_path: Path, weight: str, nominal: int, at_best: int | None
) -> None:
    """18 million IU nominally, 21.6 if 1.2 mL can be withdrawn, never the 22 it contains."""
    args = ("prepare", high_dose(tmp_path), "--weight", weight)
    (vial,) = dose(args, "cycle.aldesleukin")["vials"]
    assert (vial["count"], vial["at_best"]) == (nominal, at_best)
    assert "18 million" in vial["counted_by"]
    output = sheet(*args)
    assert ("21.6 million units can be withdrawn" in output) is (at_best is not None)


# Trastuzumab, subcutaneous doses


def test_trastuzumab_is_diluted_in_sodium_chloride_only() -> None:
    """4 mg/kg x 70 kg = 280 mg; / 21 mg/mL = 13.33 mL; 2 x 150 mg or 1 x 420 mg."""
    prepared = dose(TRASTUZUMAB, "lead-in.trastuzumab")
    assert prepared["amount"] == {"value": 280, "unit": "mg"}
    assert str(prepared["volume_ml"]).startswith("13.33")
    assert [(vial["product"], vial["count"]) for vial in prepared["vials"]] == [
        ("vial of 150 mg", 2),
        ("vial of 420 mg", 1),
    ]
    assert (prepared["diluent"], prepared["bag_ml"]) == ("sodium chloride 0.9 %", 250)
    lines = part(sheet(*TRASTUZUMAB), "trastuzumab 280 mg")
    assert any(
        line.startswith("2 x vial of 150 mg") and " or 1 x vial of 420" in line for line in lines
    )
    assert any("Never" in line and "glucose" in line for line in lines)


@pytest.mark.parametrize(
    ("path", "volume", "share"),
    [
        ("lead-in.aldesleukin", "0.101", "9.9 %"),  # 1 million/m2 x 1.818; 0.01 of it
        ("cycle.low-dose", "0.101", "9.9 %"),
        ("cycle.pulse", "1.21", "8.3 %"),  # 12 million/m2 x 1.818; 0.1 of 1.212 mL
    ],
)
def test_a_small_subcutaneous_volume_is_cautioned(path: str, volume: str, share: str) -> None:
    """One graduation of the syringe is more than 5 % of it: our assumption, and called one."""
    prepared = dose(TRASTUZUMAB, path)
    assert str(prepared["volume_ml"]).startswith(volume)
    (caution,) = prepared["cautions"]
    assert caution["code"] == "small-volume"
    assert share in caution["text"]
    assert "our assumption" in caution["text"]


def test_the_pulse_takes_two_vials_by_either_count() -> None:
    """21.82 million is more than one of 18 and more than one of 21.6."""
    (vial,) = dose(TRASTUZUMAB, "cycle.pulse")["vials"]
    assert (vial["count"], vial["at_best"]) == (2, None)


def test_more_than_2_ml_in_one_injection_is_cautioned(tmp_path: Path) -> None:
    """45 million / 18 = 2.5 mL."""
    args = ("prepare", one_dose(tmp_path, "aldesleukin", "45 million IU", "SC"))
    document = data(*args)
    (prepared,) = document["doses"]
    assert prepared["volume_ml"] == D("2.5")
    assert codes(prepared) == ["large-volume"]
    assert codes(document) == ["largest-dose", "large-volume"]
    assert "2 mL, our assumption" in run(*args).err


def test_a_dose_above_the_largest_sourced_one_is_cautioned(tmp_path: Path) -> None:
    """720,000 IU/kg x 70 kg = 50.4 million."""
    file = one_dose(tmp_path, "aldesleukin", "800_000 IU/kg", "IV infusion")
    result = run("prepare", file, "--weight", "70")
    assert "caution: aldesleukin 56 million units is more than 720,000 units/kg" in result.err
    assert "yang1994" in result.err
    file = one_dose(tmp_path, "aldesleukin", "720_000 IU/kg", "IV bolus")
    assert "largest sourced" not in run("prepare", file, "--weight", "70").err


@pytest.mark.hazard(22)
def test_what_is_certain_and_what_is_at_most_are_not_one_number() -> None:
    """19 vials for the lead-in are certain, 17 for a cycle at most: 36 in all is neither."""
    lines = part(sheet(*TRASTUZUMAB), "Order")
    (total,) = [line for line in lines if line.startswith("aldesleukin in all")]
    assert "36" in total
    assert "19" in total


# Paclitaxel, IMP321, tablets


def test_paclitaxel_fits_250_ml_and_not_500_ml() -> None:
    """80 mg/m2 x 1.81812 = 145.449 mg / 6 = 24.24 mL; / 524.24 = 0.277 mg/mL, below 0.3."""
    prepared = dose(IMP321, "cycle.paclitaxel")
    assert str(prepared["volume_ml"]).startswith("24.24")
    assert prepared["bag_ml"] == 250
    assert str(prepared["concentration"]["with_drug"]).startswith("0.5303")
    assert prepared["concentration"]["window"] == [D("0.3"), D("1.2")]
    lines = part(sheet(*IMP321), "paclitaxel 145.4 mg")
    assert any("in 250 mL" in line and line.endswith("fits") for line in lines)
    assert any("in 500 mL" in line and "fits" not in line for line in lines)
    for note in ("non-PVC", "0.22 micron", "1 hour"):
        assert any(note in line for line in lines)


def test_paclitaxel_outside_the_window_is_cautioned_with_the_bag_that_would_fit(
    tmp_path: Path,
) -> None:
    """100 mg fits in 250 mL (0.375); 400 mg is 1.26 there with its volume, 0.706 in 500 mL."""
    prepared = data("prepare", one_dose(tmp_path, "paclitaxel", "400 mg", "IV infusion"))["doses"][
        0
    ]
    assert prepared["bag_ml"] == 500
    prepared = data("prepare", one_dose(tmp_path, "paclitaxel", "20 mg", "IV infusion"))["doses"][0]
    assert codes(prepared) == ["concentration"]
    assert "no listed bag" in prepared["cautions"][0]["text"]


def test_a_drug_without_product_data_gets_its_amount_and_no_volume() -> None:
    """IMP321 is investigational; nothing is invented."""
    prepared = dose(IMP321, "cycle.IMP321")
    assert prepared["amount"] == {"value": D("6.25"), "unit": "mg"}
    for key in ("volume_ml", "diluent", "bag_ml", "bag_at_most", "concentration"):
        assert prepared[key] is None
    assert prepared["vials"] == []
    product, preparation = part(sheet(*IMP321), "IMP321 6.25 mg")
    assert "no volume is computed" in product
    assert "describes no preparation for this route" in preparation


def test_the_order_names_the_drugs_it_cannot_count() -> None:
    """An order without a word of IMP321 reads as if none were needed."""
    lines = part(sheet(*IMP321), "Order")
    assert "IMP321: 12 x 6.25 mg, for which the monograph has no product" in lines


def test_tablets_are_counted() -> None:
    """35 x 50 mg; 400 mg as 1 x 400 or 4 x 100, 14 days: 14 or 56."""
    prepared = dose(IMATINIB, "cyclophosphamide")
    assert [(tablet["product"], tablet["count"]) for tablet in prepared["tablets"]] == [
        ("tablet of 50 mg", 1)
    ]
    assert prepared["administrations"] == 35
    counts = {tablet["count"] for tablet in dose(IMATINIB, "cycle.imatinib")["tablets"]}
    assert counts == {1, 4}
    order = part(sheet(*IMATINIB), "Order")
    assert any("35 x tablet of 50 mg" in line for line in order)
    assert any("14 x tablet of 400 mg" in line for line in order)
    assert not any("prepar" in line for line in part(sheet(*IMATINIB), "cyclophosphamide 50 mg"))


@pytest.mark.parametrize(
    ("args", "drug"), [(IMATINIB, "imatinib"), (TRASTUZUMAB, "trastuzumab")], ids=["tablet", "vial"]
)
def test_one_product_or_the_other_is_ordered_and_not_both(args: tuple[str, ...], drug: str) -> None:
    """14 x 400 mg OR 56 x 100 mg: two lines without a word between them order both."""
    lines = [line for line in part(sheet(*args), "Order") if line.startswith(f"{drug} in all")]
    assert any(re.search(r"\bor\b", line) for line in lines)


@pytest.mark.parametrize(
    ("drug", "amount"), [("cyclophosphamide", "75 mg"), ("imatinib", "450 mg")]
)
def test_a_dose_that_is_no_whole_number_of_tablets_says_so(
    tmp_path: Path, drug: str, amount: str
) -> None:
    """There is a product, and the dose cannot be made of it: not `no product is described`."""
    args = ("prepare", one_dose(tmp_path, drug, amount, "oral"))
    text = sheet(*args)
    assert f"No product of {drug} makes up this dose: no volume is computed." in text
    assert f"Caution: {drug} {amount} is not a whole number of any tablet (tablet of " in text
    (prepared,) = data(*args)["doses"]
    assert (codes(prepared), prepared["tablets"]) == (["tablets"], [])
    assert f"{drug}: 1 x {amount}, for which the monograph has no product" in text


# Routes and preparations


@pytest.mark.parametrize("over", ["24 hours", "1 day"])
def test_a_dose_over_24_hours_is_not_made_up_to_run_in_15_minutes(
    tmp_path: Path, over: str
) -> None:
    """Without albumin 75 to 100 % of the activity was lost over 24 hours, says the monograph."""
    file = one_dose(tmp_path, "aldesleukin", "18 million IU", "IV infusion", f"over: {over}")
    (prepared,) = data("prepare", file)["doses"]
    assert prepared["preparation"] == "24-hour infusion" or "infusion-time" in codes(prepared)
    assert "Infuse over: 15 minutes" not in sheet("prepare", file)


def test_the_preparation_can_be_chosen() -> None:
    """In 500 mL with albumin, which goes in first; 0.308 mg / 500 mL = 0.616 mcg/mL."""
    args = (*NPC, "--preparation", "aldesleukin=24-hour infusion")
    (prepared,) = data(*args)["doses"]
    assert (prepared["preparation"], prepared["bag_ml"]) == ("24-hour infusion", 500)
    assert prepared["assumed"] is True
    (text,) = [
        caution["text"]
        for caution in prepared["cautions"]
        if caution["code"] == "preparation-assumed"
    ]
    assert text.endswith("the 24-hour infusion is not for this route; it was chosen")
    lines = part(sheet(*args), "aldesleukin 5.04")
    first = next(number for number, line in enumerate(lines) if line.startswith("First:"))
    assert "albumin" in lines[first]
    assert "75 to 100 %" in " ".join(lines)


def test_a_route_without_a_preparation_says_so(tmp_path: Path) -> None:
    """An oral dose of aldesleukin: nothing is described, nothing is invented."""
    file = one_dose(tmp_path, "aldesleukin", "5 million IU", "oral")
    (prepared,) = data("prepare", file)["doses"]
    assert (prepared["preparation"], prepared["diluent"], prepared["concentration"]) == (
        None,
        None,
        None,
    )
    assert "no preparation for this route" in sheet("prepare", file)


def test_a_dose_of_the_drug_in_milligrams_is_made_up_too(tmp_path: Path) -> None:
    """1.1 mg are 18 million IU: 1 mL, 1 vial; above 720,000 IU/kg it would be 3.08 mg at 70 kg."""
    args = ("prepare", one_dose(tmp_path, "aldesleukin", "1.1 mg", "IV infusion"), "--weight", "70")
    (prepared,) = data(*args)["doses"]
    assert prepared["mass"] == {"value": D("1.1"), "unit": "mg"}
    assert prepared["volume_ml"] == 1
    assert [vial["count"] for vial in prepared["vials"]] == [1]


def test_a_sheet_says_that_a_dose_was_rounded() -> None:
    """280 mg made up as 300 mg (+7.14 %) must not look like what the regimen says."""
    text = sheet(*TRASTUZUMAB, "--round", "trastuzumab=vial")
    (line,) = [line for line in part(text, "Rounding") if line.startswith("lead-in.")]
    assert "280 mg calculated, 300 mg given (+7.14 %)" in line


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("aldesleukin", 2, ("--preparation", "24-hour infusion")),
        ("aldesleukin=24 hour infusion", 1, ("did you mean '24-hour infusion'?",)),
        ("aldesleukin=nonsense", 1, ("'nonsense'", "short infusion")),
        ("paclitaxel=infusion", 1, ("'paclitaxel'", "aldesleukin")),
    ],
)
def test_a_bad_preparation_is_refused(value: str, code: int, words: tuple[str, ...]) -> None:
    """A drug of this schedule, and a preparation of its monograph."""
    assert_refused(run(*NPC, "--preparation", value), code, *words)


def test_a_preparation_is_chosen_once_for_a_drug() -> None:
    """Two would exclude each other."""
    chosen = ("--preparation", "aldesleukin=short infusion")
    assert_refused(run(*NPC, *chosen, *chosen), 2, "--preparation", "twice")


def test_a_preparation_of_a_drug_without_monograph_is_refused(tmp_path: Path) -> None:
    """What was asked for is not silently left out."""
    file = one_dose(tmp_path, "examplumab", "5 mg", "IV")
    result = run("prepare", file, "--preparation", "examplumab=drip")
    assert_refused(result, 1, "examplumab has no monograph", "'drip'")


@pytest.mark.parametrize("name", ["aldesleukin", "Proleukin"])
def test_the_graduation_of_the_syringe_at_hand_can_be_set(name: str) -> None:
    """1 million units/m2 x 1.818 m2 are 0.101 mL, which a syringe of 0.02 mL shows as 0.10."""
    args = (*TRASTUZUMAB, "--graduation", f"{name}=0.02 mL")
    drawn = dose(args, "cycle.low-dose")["drawn"]
    assert (drawn["volume_ml"], drawn["graduation_ml"]) == (D("0.1"), D("0.02"))
    assert (drawn["assumed"], drawn["set"]) == (False, True)
    other = dose(args, "lead-in.trastuzumab")["drawn"]
    assert (other["graduation_ml"], other["assumed"], other["set"]) == (D("0.1"), True, False)
    assert "In a syringe graduated in 0.02 mL (as set): draw 0.10 mL" in sheet(*args)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("aldesleukin", 2, ("--graduation", "DRUG=0.02 mL")),
        ("aldesleukin=0.02", 2, ("--graduation", "'0.02'")),
        ("aldesleukin=20 mcg", 2, ("--graduation", "not a volume", "'aldesleukin=0.02 mL'")),
        ("aldesleukin=0 mL", 2, ("--graduation", "more than 0")),
        ("paclitaxel=0.02 mL", 1, ("nothing of paclitaxel is drawn as a volume here",)),
    ],
)
def test_a_bad_graduation_is_refused(value: str, code: int, words: tuple[str, ...]) -> None:
    """A volume, of a drug that is drawn: what was asked for is not silently left out."""
    assert_refused(run(*NPC, "--graduation", value), code, *words)


def test_a_graduation_of_a_drug_of_tablets_is_refused() -> None:
    """Nothing of it is drawn into a syringe."""
    result = run(*IMATINIB, "--graduation", "imatinib=0.02 mL")
    assert_refused(result, 1, "nothing of imatinib is drawn as a volume here")


# The sheet as a whole


@pytest.mark.parametrize("name", EVERY_SHEET)
def test_every_line_of_a_dose_has_its_source_or_its_assumption(name: str) -> None:
    """A pharmacist checks a line against the paper it names."""
    text = sheet(*EVERY_SHEET[name])
    backed = re.compile(
        r"\[[^\]]+\]|assum|Caution: |Concentration: |no volume is computed|il2calc "
        r"|describes no preparation"
    )
    bare = [
        line
        for block in text.split("\n\n")[1:]
        if not block.startswith(("Cautions", "Order", "Standing", "Monographs and their sources"))
        for line in block.splitlines()[1:]
        if not backed.search(line)
    ]
    assert not bare, "\n".join(bare)


@pytest.mark.parametrize("name", EVERY_SHEET)
def test_the_sources_that_a_sheet_cites_are_listed_on_it(name: str) -> None:
    """`[label, Preparation]` means nothing until the sheet says which label it is."""
    text = sheet(*EVERY_SHEET[name])
    cited = set(re.findall(r"\[([a-z][\w-]*), ", text))
    assert cited
    for key in cited:
        assert re.search(rf"(?m)^\s+(?:\S+ )?{re.escape(key)}: .*read: ", text), key


@pytest.mark.parametrize("name", EVERY_SHEET)
def test_a_sheet_names_the_monographs_it_used(name: str) -> None:
    """File and SHA-256 of each, as of the regimen: another factor is another dose."""
    text = sheet(*EVERY_SHEET[name])
    for drug in {item["drug"] for item in data(*EVERY_SHEET[name])["doses"]}:
        found = language.shelf.find_drug(drug)
        assert found is None or found.origin.sha256[:16] in text, drug


def test_a_users_monograph_in_place_of_the_shipped_one_is_a_caution(tmp_path: Path) -> None:
    """18 million IU = 11 mg in a forgotten folder gives ten times the mass without a word."""
    (tmp_path / "drugs").mkdir()
    text = Path(language.shelf.drug_files()["aldesleukin"].file).read_text(encoding="utf-8")
    changed = text.replace("IU = 1.1 mg", "IU = 11 mg")
    (tmp_path / "drugs" / "aldesleukin.yaml").write_text(changed, encoding="utf-8")
    result = run(*NPC, "--library", str(tmp_path))
    assert "3.08 mg" in result.out
    assert f"{tmp_path}" in result.err


@pytest.mark.parametrize("name", EVERY_SHEET)
def test_a_sheet_is_written_in_the_safe_style(name: str) -> None:
    """Units, never IU; mcg; subcutaneous; no idle zeros."""
    text = re.sub(r"SHA-256 [0-9a-f]+", "", sheet(*EVERY_SHEET[name]))
    text = text.replace("IMP321 6.25 mg", "")
    assert not UNSAFE.search(text.replace(words.PROGRAM, ""))


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("name", EVERY_SHEET)
def test_a_sheet_keeps_within_the_terminal(name: str, columns: int) -> None:
    """No line is wider, and no word is lost."""
    result = run(*EVERY_SHEET[name], env={"COLUMNS": str(columns)})
    assert max(map(len, result.out.splitlines())) <= columns
    assert result.out.split() == sheet(*EVERY_SHEET[name]).split()


def test_a_sheet_is_plain_where_colour_is_not_wanted() -> None:
    """Bold headings in a terminal; none in a pipe or with NO_COLOR."""
    assert "\x1b[1m" in terminal(*IMATINIB).out
    assert "\x1b" not in terminal(*IMATINIB, env={"NO_COLOR": "1"}).out
    assert "\x1b" not in separate(*IMATINIB).out


def test_a_sheet_can_be_written_to_a_file(tmp_path: Path) -> None:
    """The same text; cautions still go to standard error."""
    target = tmp_path / "sheet.txt"
    result = run(*NPC, "--output", str(target))
    assert (result.code, result.out) == (0, "")
    assert "caution: " in result.err
    assert target.read_text(encoding="utf-8") == sheet(*NPC)
    result = run(*NPC, "--format", "json", "-o", str(target))
    assert json.loads(target.read_text(encoding="utf-8"))["format"] == "il2calc.preparation/1"


def test_strict_is_exit_3_where_there_is_a_caution(tmp_path: Path) -> None:
    """A cautioned concentration is one; 50 mg of a tablet is none."""
    assert run(*NPC, "--strict").code == 3
    file = one_dose(tmp_path, "cyclophosphamide", "50 mg", "oral")
    result = run("prepare", file, "--strict")
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("name", EVERY_SHEET)
def test_json_holds_the_keys_that_programs_read(name: str) -> None:
    """il2calc.preparation/1: every key for every dose, null where not applicable."""
    document = data(*EVERY_SHEET[name])
    assert document["format"] == "il2calc.preparation/1"
    for prepared in document["doses"]:
        assert set(prepared) >= {
            *("drug", "amount", "administrations", "mass", "volume_ml", "vials", "tablets"),
            *("diluent", "bag_ml", "concentration", "cautions"),
        }
        assert set(prepared["amount"]) == {"value", "unit"}
        assert isinstance(prepared["amount"]["value"], (int, D))
        assert prepared["amount"]["unit"] in {"[iU]", "mg"}
        for vial in (*prepared["vials"], *prepared["tablets"]):
            assert set(vial) >= {"product", "count", "counted_by"}
        if prepared["concentration"] is not None:
            concentration = prepared["concentration"]
            assert set(concentration) == {"bag_only", "with_drug", "unit", "window"}
            assert concentration["unit"] in {"ug/mL", "mg/mL"}
        for caution in prepared["cautions"]:
            assert set(caution) == {"code", "text"}
    assert document["totals"]


def test_json_names_the_rows_of_every_caution() -> None:
    """Five days of three doses, four times: the last of each is after midnight, rows 15 to 60."""
    rows = {caution["code"]: caution["administrations"] for caution in data(*NPC)["cautions"]}
    assert rows["outside-planned-days"] == [15, 30, 45, 60]
    assert rows["concentration"] == [*range(1, 61)], "every dose is made up in the same way"


def test_json_holds_every_caution_of_the_sheet() -> None:
    """A program that orders shared vials must not miss that they are single-dose."""
    document = data(*NPC, "--share-vials")
    assert "without preservative" in json.dumps(document, default=str)


def test_json_names_the_file_that_it_was_made_from() -> None:
    """The output always says which file it was, with its SHA-256."""
    text = run(*NPC, "--format", "json").out
    found = language.shelf.find("npc-bolus")
    assert found.origin.sha256[:16] in text


def test_json_says_what_was_set() -> None:
    """A sheet of another amount than the file's says so, in the words of the schedule."""
    changed = ("--set", "course.cycle.aldesleukin.amount=60000 IU/kg")
    changes = data(*NPC, *changed)["set"]
    assert "60000 IU/kg" in json.dumps(changes)
    assert changes == data("schedule", *NPC[1:], *changed)["set"]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("prepare", "npc-bolus"), 1, ("--weight 70",)),
        (("prepare", "nope"), 1, ("'nope'",)),
        (("prepare", "imp321", "--bsa", "1.8"), 1, ("--arm",)),
        ((*NPC, "--format", "csv"), 2, ("--format", "text, json")),
        ((*NPC, "--at", "8"), 2, ("--at", "08:00")),
        ((*NPC, "--per", "day"), 2, ("--per", "prepare --help")),
        ((*NPC, "--tz", "Europe/London"), 1, ("--tz", "--start 2026-12-01")),
        ((*NPC, "--tz", "Europe/Londno"), 2, ("--tz", "Europe/London")),
        ((*NPC, "--output", "/nowhere/at/all"), 1, ("--output",)),
    ],
)
def test_what_cannot_be_prepared_is_refused_in_one_line(
    args: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    """With the reason and what would do; never a traceback."""
    assert_refused(run(*args), code, *words)


def test_a_monograph_of_the_users_own_is_used_the_same(tmp_path: Path) -> None:
    """8 mg: 4 mL of 2 mg/mL, 2 vials; 0.8 mg/mL in 10 mL is too strong, 0.08 in 100 mL fits."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(EXAMPLUMAB, encoding="utf-8")
    file = one_dose(tmp_path, "examplumab", "8 mg", "IV")
    (prepared,) = data("prepare", file, "--library", str(tmp_path))["doses"]
    assert (prepared["volume_ml"], prepared["vials"][0]["count"], prepared["bag_ml"]) == (4, 2, 100)
    assert codes(prepared) == []
    result = run("prepare", file)
    assert "No monograph of examplumab is available" in result.out


@pytest.mark.hazard(2)
def test_what_is_not_the_drug_is_never_made_up_as_it(tmp_path: Path) -> None:
    """Celmoleukin gets its amount and nothing of aldesleukin's."""
    file = one_dose(tmp_path, "celmoleukin", "18 million IU", "IV infusion")
    (prepared,) = data("prepare", file)["doses"]
    assert (prepared["volume_ml"], prepared["mass"], prepared["vials"]) == (None, None, [])


# With dates


def test_with_a_start_each_dose_says_for_when_it_is() -> None:
    """Doses every 8 hours from 08:00 of a Tuesday: two on day 1, three on day 2."""
    text = sheet(*NPC, "--start", "2026-12-01")
    lines = part(text, "aldesleukin 5.04 million units")
    assert lines[:2] == [
        "For Tue 2026-12-01: 08:00, 16:00",
        "For Wed 2026-12-02: 00:00 (night of Tue to Wed), 08:00, 16:00",
    ]
    assert "start: day 1 = Tue 2026-12-01" in text
    assert "For Tue" not in sheet(*NPC)
    first_dose = sheet(*IMATINIB, "--first-dose", "2026-12-01")
    assert "For Tue 2026-12-01: 08:00" in first_dose


def test_a_dose_at_midnight_is_made_up_for_the_night_that_it_is_in() -> None:
    """Danger: 00:00 of Wednesday, made up on Wednesday evening, is a night late.

    Every 8 hours from 08:00 on days 1 to 5, the last of five days falls on day 6 at 00:00; the
    table of the same plan says the same about that night.
    """
    text = sheet(*NPC, "--start", "2026-12-01")
    assert "For Sun 2026-12-06: 00:00 (night of Sat to Sun)" in text
    assert "08:00 (night" not in text
    table = run("schedule", *NPC[1:], "--start", "2026-12-01").out
    assert "Sun 2026-12-06  00:00 (night of Sat to Sun)" in table


def test_what_is_made_up_this_week_is_prepared_and_ordered_alone() -> None:
    """Six doses of 2026-12-02 and 03 need six vials, of the sixty of the whole."""
    week = (*NPC, "--start", "2026-12-01", "--from", "2026-12-02", "--to", "2026-12-03")
    text = sheet(*week)
    assert "shown: rows 3-8 of 60; nothing else is made up or ordered here" in text
    assert "at most 6 times" in text
    assert "at most 6 x vial of 22 million units" in text
    prepared = data(*week)["doses"][0]
    assert prepared["administrations"] == 6
    assert (prepared["when"][0], prepared["when"][-1]) == ("2026-12-02T00:00", "2026-12-03T16:00")
    assert data(*NPC)["doses"][0]["when"] == []


def test_dates_without_a_dose_or_without_a_start_are_refused() -> None:
    """An empty sheet could be taken for a week in which nothing is given by mistake."""
    none = run(*NPC, "--start", "2026-12-01", "--from", "2027-12-01")
    assert_refused(none, 1, "nothing is made up")
    assert_refused(run(*NPC, "--from", "2026-12-01"), 1, "give --start 2026-12-01")
    both = run(*NPC, "--start", "2026-12-01", "--first-dose", "2026-12-01")
    assert_refused(both, 2, "--start: excludes --first-dose")


def test_the_week_of_a_pharmacy_has_its_dates_by_the_clock_of_its_zone() -> None:
    """Doses 3 to 11, every 8 hours from 08:00 on 1 December: from 00:00 on the 2nd to the 4th."""
    week = ("--start", "2026-12-01", "--from", "2026-12-02", "--to", "2026-12-04")
    for_whom = ("--subject", "S-07", "--tz", "Europe/London")
    text = run(*NPC, *week, *for_whom).out
    assert "  subject: S-07\n" in text
    assert "08:00 in Europe/London\n" in text
    for before, date in (("Tue", "Wed 2026-12-02"), ("Wed", "Thu 2026-12-03")):
        night = f"night of {before} to {date[:3]}"
        assert f"  For {date}: 00:00 ({night}), 08:00, 16:00\n" in text
    assert "  For Fri 2026-12-04: 00:00 (night of Thu to Fri), 08:00, 16:00\n" in text
    assert "For Tue" not in text
    week_data = data(*NPC, *week, *for_whom)
    assert week_data["subject"] == "S-07"
    assert week_data["doses"][0]["when"][0] == "2026-12-02T00:00+00:00"
    assert len(week_data["doses"][0]["when"]) == 9
    assert data(*NPC)["subject"] is None
