"""The shipped monographs against what was read: every number has its place in a source.

`MONOGRAPH` holds the numbers of the printed monograph, section by section, and no sentence of it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

import il2calc
from il2calc import load_regimen
from il2calc.language import drug, shelf
from il2calc.model.drug import Drug
from il2calc.report.monograph_text import paragraphs
from il2calc.units import Quantity, quantity, span

D = Decimal
ALDESLEUKIN = drug("aldesleukin")
NOT_FACTS = ("Sources", "Standing")
NUMBER = re.compile(r"(?<![A-Za-z0-9.])\d+(?:,\d{3})*(?:\.\d+)?")
MONOGRAPH = {
    "Aldesleukin": "",
    "Aldesleukin, Description": "1 2 125",
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
    found = []
    title, *sections = paragraphs(monograph)
    assert monograph.name in title[0]
    for heading, lines in sections:
        if heading not in NOT_FACTS:
            for line in lines:
                text, bracket, cited = line.rstrip("]").rpartition(" [")
                sources = tuple(cited.split("; ")) if bracket else ()
                found.append((heading, text if bracket else line, sources))
    return found


def numbers(text: str) -> set[str]:
    """The numbers of a line, thousands without commas."""
    for code in CODES:
        text = text.replace(code, "")
    return {each.replace(",", "") for each in NUMBER.findall(text)}


def read(monograph: Drug, source: str) -> str:
    """How a cited source was read."""
    return monograph.sources[source.partition(",")[0]].read


def section(source: str) -> str:
    """The section of the printed monograph that a citation names."""
    return source.partition(", ")[2]


def test_every_citation_of_the_printed_monograph_names_a_section_of_it() -> None:
    cited = {source for _, _, sources in facts(ALDESLEUKIN) for source in sources}
    assert {section(each) for each in cited if each.startswith("monograph")} <= set(MONOGRAPH)


def test_every_printed_fact_names_its_source() -> None:
    """But for the line that says itself that it is an assumption."""
    for name in shelf.drugs():
        bare = [text for _, text, sources in facts(drug(name)) if not sources]
        assert all("assumption" in text for text in bare), name


def test_every_number_stands_in_the_section_that_is_cited_or_was_read_secondarily() -> None:
    """A number on the word of the printed monograph alone must stand in that very section."""
    found = 0
    for heading, text, sources in facts(ALDESLEUKIN):
        printed = numbers(text)
        found += len(printed)
        own = {section(each) for each in sources if read(ALDESLEUKIN, each) == "full text"}
        others = [each for each in sources if read(ALDESLEUKIN, each) != "full text"]
        there = {number for each in own for number in MONOGRAPH[each].split()}
        if not others:
            assert printed <= there, f"{heading}: {text}: {printed - there}"
    assert found > 50


def test_the_advice_of_a_compendium_is_not_put_into_the_labels_mouth() -> None:
    """Albumin in a bag below the window is advice of one compendium and not of the label."""
    advice = [
        sources
        for _, text, sources in facts(ALDESLEUKIN)
        if "where the concentration is below" in text
    ]
    assert [[each.split(",")[0] for each in sources] for sources in advice] == [["compendium"]]


@pytest.mark.parametrize(("heading", "phrase"), PHRASES)
def test_what_the_printed_monograph_says_is_said(heading: str, phrase: str) -> None:
    listed = [text for where, text, _ in facts(ALDESLEUKIN) if where.startswith(heading)]
    assert any(phrase in text for text in listed)


def test_the_only_source_read_in_full_is_the_printed_monograph() -> None:
    kinds = {key: source.read for key, source in ALDESLEUKIN.sources.items()}
    assert [key for key, kind in kinds.items() if kind == "full text"] == ["monograph"]
    for name in ("trastuzumab", "paclitaxel", "imatinib", "cyclophosphamide"):
        assert {source.read for source in drug(name).sources.values()} == {"secondary"}


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
    assert [(each.volume, each.up_to) for each in short.bags] == [
        (D(25), quantity("25.4 million IU")),
        (D(50), quantity("60 million IU")),
        (D(100), None),
    ]
    assert short.window == (Quantity(D(30), "mcg"), Quantity(D(70), "mcg"))
    assert (short.diluent, short.over) == ("glucose 5 %", span("15 minutes"))
    assert short.keeps == span("48 hours")
    assert short.stands_in_for == ("IV bolus",)
    assert [(each.volume, each.up_to) for each in long.bags] == [(D(500), None)]
    assert long.over == span("24 hours")
    assert long.first is not None
    assert "albumin" in long.first.text
    assert long.first.sources == ("monograph, Stability",)
    assert (under_the_skin.routes, under_the_skin.undiluted) == (("SC",), True)


def test_the_largest_sourced_single_dose_is_720_000_units_per_kg() -> None:
    assert {(each.route, each.amount) for each in ALDESLEUKIN.limits} == {
        (route, quantity("720_000 IU/kg")) for route in ("IV bolus", "IV infusion", "IV")
    }


def test_no_diluent_that_a_preparation_uses_is_one_that_must_be_avoided() -> None:
    """A sheet that says glucose and a table that says never glucose would both be believed."""
    for name in shelf.drugs():
        monograph = drug(name)
        bad = {
            each.name for each in monograph.meetings if each.verdict in ("avoid", "incompatible")
        }
        for preparation in monograph.preparations:
            assert not any(each in (preparation.diluent or "") for each in bad), name


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
    held = {each.contains: each.concentration for each in drug(name).products}
    assert held == {
        quantity(amount): quantity(per) if per else None for amount, per in products.items()
    }


def test_the_companions_are_diluted_as_was_read() -> None:
    """Trastuzumab in 250 mL for 24 h; paclitaxel at 0.3 to 1.2 mg/mL over an hour."""
    (infusion,) = drug("trastuzumab").preparations
    assert (infusion.diluent, infusion.keeps) == ("sodium chloride 0.9 %", span("24 hours"))
    assert [each.volume for each in infusion.bags] == [250]
    (infusion,) = drug("paclitaxel").preparations
    assert infusion.window == (Quantity(D("0.3"), "mg"), Quantity(D("1.2"), "mg"))
    assert infusion.over == span("1 hour")
    assert "0.22 micron" in (infusion.filter or "")
    assert infusion.container == "non-PVC"


def test_imp321_has_no_monograph() -> None:
    """Investigational, without product information."""
    assert "IMP321" not in shelf.drugs()
    assert "imp321" not in shelf.drugs()


def test_every_drug_and_regimen_is_data_and_none_is_named_in_the_program() -> None:
    """What is true of one drug must not be built in: a user's own file works the same."""
    names = set(shelf.drugs()) | {
        dose.drug
        for name in shelf.names()
        for block in load_regimen(name).body.walk()
        for dose in block.doses
    }
    named = [
        f"{path.name}:{number}: {name}"
        for path in sorted(Path(il2calc.__file__).parent.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for name in sorted(names)
        if name.casefold() in line.casefold()
    ]
    assert named == []
