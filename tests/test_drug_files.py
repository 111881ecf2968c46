"""The shipped monographs against what was read: every number has its place in a source.

`MONOGRAPH` holds the numbers of the printed monograph, section by section, and no sentence of it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

import il2calc
from il2calc import Patient, load_regimen, make_schedule
from il2calc.language import drug, shelf
from il2calc.model.drug import Drug
from il2calc.model.regimen import NOT_STATED
from il2calc.pharmacy.answers import converted
from il2calc.plan.calendar import DAY
from il2calc.report.monograph_text import paragraphs
from il2calc.units import Quantity, quantity, span
from stated import amount_of, value_of
from written import open_blocks

D = Decimal
ALDESLEUKIN = drug("aldesleukin")
NOT_FACTS = ("Sources", "Standing")
NUMBER = re.compile(r"(?<![A-Za-z0-9.])\d+(?:,\d{3})*(?:\.\d+)?")
MONOGRAPH = {
    "Aldesleukin": "",
    "Aldesleukin, Description": "1 2 125",
    "Interleukin-2": "2 8301",
    "Interleukin-2, Description": "133 15000 2",
    "Incompatibility": "33800 5 1995",
    "Stability": "75 100 5 0.9 24 500 0.1 30 70",
    "Units": "100 1987 83.3 16.7 18 1.1",
    "Adverse effects and treatment": "",
    "Bacterial infections": "",
    "Effects on endocrine function": "",
    "Effects on the kidneys": "99 7 62 95 30 60 15",
    "Effects on the skin": "",
    "Precautions": "1 2 24",
}
CODES = ("110942-02-4", "L03AC01")
PHRASES = (
    ("Identity", "110942-02-4"),
    ("Identity", "L03AC01"),
    ("Identity", "not glycosylated"),
    ("Units", "18 million units = 1.1 mg"),
    ("Units", "100 units = 83.3 Nutley units"),
    ("Units", "100 units = 16.7 Cetus units"),
    ("Units", "Reportedly"),
    ("Preparation", "30 to 70 mcg/mL"),
    ("Preparation", "500 mL"),
    ("Preparation", "0.1 %"),
    ("Preparation", "75 to 100 %"),
    ("Compatibility", "33,800 units/mL in glucose 5 %"),
    ("Compatibility", "aggregation"),
    ("Adverse effects", "99 adults"),
    ("Adverse effects", "within 7 days in 62 %"),
    ("Adverse effects", "by 30 days in 95 %"),
    ("Adverse effects", "15 children"),
    ("Adverse effects", "not NSAIDs"),
    ("Adverse effects", "pethidine"),
    ("Adverse effects", "coma"),
    ("Monitoring", "serum electrolytes"),
    ("Precautions", "ecog >= 1"),
    ("Precautions", "metastatic sites >= 2"),
    ("Precautions", "months since diagnosis < 24"),
    ("Precautions", "age > 60"),
)


def facts(monograph: Drug) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every printed line of a monograph's facts: heading, text, sources."""
    statements = []
    title, *sections = paragraphs(monograph)
    assert monograph.name in title[0]
    for heading, lines in sections:
        if heading not in NOT_FACTS:
            for line in lines:
                text, bracket, cited = line.rstrip("]").rpartition(" [")
                sources = tuple(cited.split("; ")) if bracket else ()
                statements.append((heading, text if bracket else line, sources))
    return statements


def numbers(text: str) -> set[str]:
    """The numbers of a line, thousands without commas."""
    for code in CODES:
        text = text.replace(code, "")
    return {figure.replace(",", "") for figure in NUMBER.findall(text)}


def read(monograph: Drug, source: str) -> str:
    """How a cited source was read."""
    return monograph.sources[source.partition(",")[0]].read


def section(source: str) -> str:
    """The section of the printed monograph that a citation names."""
    return source.partition(", ")[2]


def test_every_citation_of_the_printed_monograph_names_a_section_of_it() -> None:
    cited = {source for _, _, sources in facts(ALDESLEUKIN) for source in sources}
    assert {section(source) for source in cited if source.startswith("monograph")} <= set(MONOGRAPH)


def test_every_printed_fact_names_its_source() -> None:
    """But for the line that says itself that it is an assumption."""
    for name in shelf.drug_files():
        bare = [text for _, text, sources in facts(drug(name)) if not sources]
        assert all("assumption" in text or text.startswith("No data") for text in bare), name


def test_every_number_is_in_the_section_that_is_cited_or_was_read_secondarily() -> None:
    """A number on the word of the printed monograph alone must be in that very section."""
    count = 0
    for heading, text, sources in facts(ALDESLEUKIN):
        printed = numbers(text)
        count += len(printed)
        full_text = {
            section(source) for source in sources if read(ALDESLEUKIN, source) == "full text"
        }
        others = [source for source in sources if read(ALDESLEUKIN, source) != "full text"]
        cited_numbers = {number for cited in full_text for number in MONOGRAPH[cited].split()}
        if not others:
            assert printed <= cited_numbers, f"{heading}: {text}: {printed - cited_numbers}"
    assert count > 50


def test_the_advice_of_a_compendium_is_not_put_into_the_labels_mouth() -> None:
    """Albumin in a bag below the window is advice of one compendium and not of the label."""
    advice = [
        sources
        for _, text, sources in facts(ALDESLEUKIN)
        if "where the concentration is below" in text
    ]
    assert [[source.split(",")[0] for source in sources] for sources in advice] == [["compendium"]]


@pytest.mark.parametrize(("heading", "phrase"), PHRASES)
def test_what_the_printed_monograph_says_is_shown(heading: str, phrase: str) -> None:
    texts = [text for where, text, _ in facts(ALDESLEUKIN) if where.startswith(heading)]
    assert any(phrase in text for text in texts)


def test_the_only_source_read_in_full_is_the_printed_monograph() -> None:
    kinds = {key: source.read for key, source in ALDESLEUKIN.sources.items()}
    assert [key for key, kind in kinds.items() if kind == "full text"] == ["monograph"]
    for name in ("trastuzumab", "paclitaxel", "imatinib", "cyclophosphamide"):
        assert "full text" not in {source.read for source in drug(name).sources.values()}
        assert drug(name).sources["label"].read == "secondary"


def test_the_vial_gives_18_million_units_a_millilitre_whatever_it_holds() -> None:
    """1.2 mL x 18 = 21.6 million units at the very best, of 22 in the vial."""
    (vial,) = ALDESLEUKIN.products
    assert vial.contains == quantity("22 million IU")
    assert vial.added == D("1.2")
    assert vial.solvent == "water for injection"
    assert vial.concentration == vial.delivers == quantity("18 million IU")
    assert vial.at_most == quantity("21.6 million IU")
    assert vial.keeps == span("24 hours")
    assert vial.single_dose
    assert "Swirl, do not shake" in (vial.how or "")
    assert "never sodium chloride" in (vial.how or "")


def test_the_bag_table_goes_by_the_dose() -> None:
    """25 mL up to 25.4, 50 mL up to 60, 100 mL above; 30 to 70 micrograms/mL in glucose 5 %."""
    short, long, under_the_skin = ALDESLEUKIN.preparations
    assert [(bag.volume, bag.up_to) for bag in short.bags] == [
        (D(25), quantity("25.4 million IU")),
        (D(50), quantity("60 million IU")),
        (D(100), None),
    ]
    assert short.window == (Quantity(D(30), "mcg"), Quantity(D(70), "mcg"))
    assert (short.diluent, short.over) == ("glucose 5 %", span("15 minutes"))
    assert short.keeps == span("48 hours")
    assert short.stands_in_for == ("IV bolus",)
    assert [(bag.volume, bag.up_to, bag.at_most) for bag in long.bags] == [(D(500), None, True)]
    assert long.over == span("24 hours")
    assert long.first is not None
    assert "albumin" in long.first.text
    assert long.first.sources == ("monograph, Stability",)
    assert (under_the_skin.routes, under_the_skin.undiluted) == (("SC",), True)


LIMITS = """\
aldesleukin | IV bolus | 720_000 IU/kg | dose
aldesleukin | IV infusion, IV | 720_000 IU/kg | dose
aldesleukin | IV bolus | 36 million IU/m2 | dose
aldesleukin | IV infusion, IV | 36 million IU/m2 | dose
aldesleukin | IV infusion, IV | 18 million IU/m2 | day of infusion
aldesleukin | SC | 36 million IU | dose
aldesleukin | SC | 15 million IU/m2 | dose
aldesleukin | SC | 250_000 IU/kg | dose
paclitaxel | IV infusion, IV | 175 mg/m2 | dose
trastuzumab | IV infusion, IV | 8 mg/kg | dose
trastuzumab | SC | 600 mg | dose
imatinib | oral | 800 mg | day
cyclophosphamide | oral | 5 mg/kg | day
cyclophosphamide | IV infusion, IV, IV bolus | 60 mg/kg | day
IMP321 | SC | 30 mg | dose"""


def test_the_largest_sourced_doses_are_those_that_were_read() -> None:
    """By route, basis and what the amount is of; every drug that ships has one."""
    expected = [tuple(line.split(" | ")) for line in LIMITS.splitlines()]
    for name in shelf.drug_files():
        held = [(", ".join(limit.routes), limit.amount, limit.per) for limit in drug(name).limits]
        assert held
        assert held == [
            (routes, quantity(amount), per)
            for drug_name, routes, amount, per in expected
            if drug_name == name
        ]


MEAN = Patient(weight=D(70), height=D(170))
NO_LIMIT_WAS_READ = {("cyclophosphamide", "m2")}
"""Drugs with a monograph whose limits are by another basis than that of some shipped dose."""


@pytest.mark.parametrize("name", shelf.regimen_files())
def test_no_shipped_regimen_is_above_a_limit_in_any_arm(name: str) -> None:
    """For a mean body: a limit that a published regimen passes is not the largest sourced dose."""
    regimen = load_regimen(name)
    drugs = shelf.drug_files()
    for arm in regimen.arms or (None,):
        schedule = make_schedule(regimen, MEAN, arm=arm, times=open_blocks(regimen, 2))
        for row in schedule.administrations:
            basis = amount_of(row.dose, arm).basis
            if row.dose.drug not in drugs or (row.dose.drug, basis) in NO_LIMIT_WAS_READ:
                continue
            if row.dose.route == NOT_STATED:
                continue
            monograph = drug(row.dose.drug)
            over = row.dose.over
            for_days = over is not None and over.longest >= DAY
            limits = [
                limit
                for of_day in (False, True)
                for limit in monograph.limits_for(
                    row.dose.route, basis, for_days=for_days, of_day=of_day
                )
            ]
            assert limits, row.dose.path
            for limit in limits:
                size = {"kg": MEAN.weight, "m2": MEAN.bsa(), None: D(1)}[limit.amount.basis]
                assert size is not None
                days = D(1)
                if limit.per == "day of infusion" and over is not None:
                    days = D(over.longest) / DAY
                largest = converted(
                    limit.amount.value * size * days, limit.amount.unit, row.dosed.unit, monograph
                )
                assert largest is not None
                assert value_of(row) <= largest, row.dose.path


def test_reductions_are_ruled_out_for_high_doses_only() -> None:
    """600,000 units/kg of the US product information; nothing is stated of 72,000."""
    (withheld,) = ALDESLEUKIN.never_reduced
    assert withheld.routes == ("IV bolus", "IV infusion", "IV")
    assert withheld.amount == quantity("600_000 IU/kg")
    assert withheld.fact.sources[0].startswith("label-us")
    assert not any(drug(name).never_reduced for name in shelf.drug_files() if name != "aldesleukin")


def test_saline_and_antiemetics_are_kept_from_the_drug_and_not_from_the_patient() -> None:
    """Saline is the treatment of capillary leak; only what harms the patient is kept from him."""
    by_place = {
        place: {entry.name for entry in ALDESLEUKIN.compatibilities if entry.warns_of(place)}
        for place in ("line", "diluent", "patient")
    }
    assert by_place["line"] == {
        *("lorazepam", "ganciclovir", "pentamidine", "prochlorperazine", "promethazine"),
        *("fluorouracil", "sodium chloride 0.9 %", "other solutions with sodium chloride"),
    }
    saline = {"sodium chloride 0.9 %", "other solutions with sodium chloride"}
    assert by_place["diluent"] == {*saline, "bacteriostatic water"}
    assert by_place["patient"] == {"indometacin", "NSAIDs", "glucocorticoids", "contrast media"}
    for name in shelf.drug_files():
        warned = [
            entry
            for entry in drug(name).compatibilities
            if entry.verdict in ("avoid", "incompatible")
        ]
        assert all(entry.where for entry in warned), name


def test_no_diluent_that_a_preparation_uses_is_one_that_must_be_avoided() -> None:
    """A sheet that says glucose and a table that says never glucose would both be believed."""
    for name in shelf.drug_files():
        monograph = drug(name)
        bad = {
            entry.name
            for entry in monograph.compatibilities
            if entry.verdict in ("avoid", "incompatible")
        }
        for preparation in monograph.preparations:
            assert not any(diluent in (preparation.diluent or "") for diluent in bad), name


@pytest.mark.parametrize(
    ("name", "products"),
    [
        ("trastuzumab", {"150 mg": "21 mg", "420 mg": "21 mg"}),
        ("paclitaxel", {"30 mg": "6 mg"}),
        ("cyclophosphamide", {"50 mg": None}),
        ("imatinib", {"100 mg": None, "400 mg": None}),
    ],
)
def test_the_companions_are_sold_as_was_read(name: str, products: dict[str, str | None]) -> None:
    """21 mg/mL from 150 and 420 mg; 6 mg/mL of 30 mg in 5 mL; tablets of 50, 100, 400 mg."""
    held = {product.contains: product.concentration for product in drug(name).products}
    assert held == {
        quantity(amount): quantity(per) if per else None for amount, per in products.items()
    }


def test_the_companions_are_diluted_as_was_read() -> None:
    """Trastuzumab in 250 mL for 24 h; paclitaxel at 0.3 to 1.2 mg/mL over an hour."""
    (infusion,) = drug("trastuzumab").preparations
    assert (infusion.diluent, infusion.keeps) == ("sodium chloride 0.9 %", span("24 hours"))
    assert [bag.volume for bag in infusion.bags] == [250]
    (infusion,) = drug("paclitaxel").preparations
    assert infusion.window == (Quantity(D("0.3"), "mg"), Quantity(D("1.2"), "mg"))
    assert infusion.over == span("1 hour")
    assert "0.22 micron" in (infusion.filter or "")
    assert infusion.container == "non-PVC"


def test_imp321_has_neither_product_nor_preparation() -> None:
    """Investigational, without product information: no volume and no vial."""
    monograph = drug("eftilagimod")
    assert (monograph.name, monograph.products, monograph.preparations) == ("IMP321", (), ())
    assert monograph.compatibilities == ()


def test_every_drug_and_regimen_is_data_and_none_is_named_in_the_program() -> None:
    """What is true of one drug must not be built in: a user's own file works the same."""
    names = set(shelf.drug_files()) | {
        dose.drug
        for name in shelf.regimen_files()
        for block in load_regimen(name).body.walk()
        for dose in block.doses
    }
    naming = [
        f"{path.name}:{number}: {name}"
        for path in sorted(Path(il2calc.__file__).parent.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for name in sorted(names)
        if name.casefold() in line.casefold()
    ]
    assert naming == []
