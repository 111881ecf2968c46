"""A monograph in words: each kind of entry, with and without what may be left out."""

from __future__ import annotations

import re
from decimal import Decimal
from textwrap import dedent

import pytest

from il2calc import library
from il2calc.drug import Drug, Measure, Question
from il2calc.regimen import Origin
from il2calc.render.drug import cited, document, equation, measure, paragraphs, question

D = Decimal
HEAD = """\
drug: examplumab
version: 3
read_on: 2026-11-22
source: doe2020, Table 1
sources:
  doe2020: {cite: Doe J. An invented paper., read: abstract, doi: 10.1/x}
"""


def described(body: str = "") -> Drug:
    """The monograph of an invented drug with these entries."""
    content = (HEAD + dedent(body)).encode()
    drug, faults = library.examine_drug(
        library.shelf.Found(content, Origin("examplumab.yaml", "ab" * 32))
    )
    assert drug is not None, "\n".join(map(str, faults))
    return drug


def under(drug: Drug, heading: str) -> list[str]:
    """The lines under the first heading that begins so."""
    return next(lines for title, lines in paragraphs(drug) if title.startswith(heading))


def test_a_monograph_without_entries_says_what_it_is_and_where_it_stands() -> None:
    """No empty heading is printed."""
    assert [heading for heading, _ in paragraphs(described())] == [
        "examplumab, version 3",
        "Sources",
        "Standing",
    ]
    standing = under(described(), "Standing")
    assert standing[0] == "Read on 2026-11-22; not clinically reviewed."
    assert "not a prescription" in standing[1]
    (source,) = under(described(), "Sources")
    assert source.endswith("read: abstract")
    assert "10.1/x" in source


def test_its_synonyms_and_its_file_stand_first() -> None:
    """The first 16 digits of the SHA-256 tell two editions apart."""
    heading, lines = next(paragraphs(described("also: [exa, EX-1]")))
    assert heading == "examplumab (also: exa, EX-1), version 3"
    assert lines == ["File: examplumab.yaml, SHA-256 abababababababab"]


def test_what_is_not_the_drug_is_named() -> None:
    """With the sentence and its source."""
    drug = described("never_the_same:\n  - {name: samplumab, text: Another one.}")
    assert under(drug, "Not the same drug") == ["samplumab: Another one. [doe2020, Table 1]"]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("18000000", "IU", "18 million units"),
        ("1.1", "mg", "1.1 mg"),
        ("83.30", "Nutley units", "83.3 Nutley units"),
        ("0.5", "mL", "0.5 mL"),
        ("1", "IU", "1 unit"),
    ],
)
def test_a_measure_is_written_in_the_safe_style(value: str, unit: str, shown: str) -> None:
    """The drug's own units keep their names."""
    assert measure(Measure(D(value), unit)) == shown


def test_a_factor_is_an_equation_with_its_sentence_and_source() -> None:
    """Activity on one side, mass on the other."""
    drug = described("factors:\n  - {is: 2 million IU = 0.5 mg, text: Invented., source: doe2020}")
    assert equation(drug.factors[0]) == "2 million units = 0.5 mg"
    assert under(drug, "Units") == ["2 million units = 0.5 mg. Invented. [doe2020]"]


def test_a_product_says_what_it_holds_and_how_it_is_counted() -> None:
    """Everything that the file says, in the order of the work."""
    drug = described(
        """\
        products:
          - product: large vial
            form: vial
            contains: 22 million IU
            add: 1.20 mL
            with: water
            how: Swirl.
            concentration: 18 million IU/mL
            delivers: 18 million IU
            at_most: 21.6 million IU
            keeps: 24 hours
            single_dose: true
          - {product: dry vial, form: vial, contains: 5 mg, add: 2 mL}
          - {product: tablet, form: tablet, contains: 5 mg}
        """
    )
    full, dry, tablet = under(drug, "Products")
    assert full == (
        "large vial: contains 22 million units, add 1.2 mL of water, then 18 million units/mL, "
        "counted as 18 million units, at the very best 21.6 million units, keeps 24 hours once "
        "made up, single dose, without preservative. Swirl. [doe2020, Table 1]"
    )
    assert "add 2 mL of solvent" in dry
    assert tablet == "tablet: contains 5 mg. [doe2020, Table 1]"


def test_a_preparation_says_each_thing_to_mind_on_a_line_with_its_source() -> None:
    """Diluent, bags, window, what goes first, time, filter, container, stability, notes."""
    drug = described(
        """\
        preparations:
          - preparation: short infusion
            routes: [IV infusion, IV]
            stands_in_for: IV bolus
            diluent: glucose 5 %
            bags: [{volume: 25 mL, up_to: 25.4 million IU}, {volume: 50 mL}]
            window: 30 to 70 mcg/mL
            first: {text: Add albumin., source: doe2020}
            below: {text: Beware., source: "doe2020, 2"}
            over: 15 minutes
            filter: 0.22 micron
            container: glass
            keeps: 48 hours
            notes:
              - {text: Keep it cold., source: doe2020}
        """
    )
    lines = under(drug, "Preparation")
    assert lines[0] == (
        "short infusion (intravenous infusion and intravenous): in glucose 5 %, 25 mL up to "
        "25.4 million units; 50 mL; 30 to 70 mcg/mL. [doe2020, Table 1]"
    )
    assert "intravenous bolus" in lines[1]
    assert "assumption" in lines[1]
    assert lines[2:4] == ["  Add albumin. [doe2020]", "  Beware. [doe2020, 2]"]
    assert lines[4] == (
        "  Over 15 minutes; filter: 0.22 micron; container: glass; keeps 48 hours. "
        "[doe2020, Table 1]"
    )
    assert lines[5:] == ["  Keep it cold. [doe2020]"]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            "{preparation: shot, routes: SC, undiluted: true}",
            "shot (subcutaneous): given undiluted.",
        ),
        ("{preparation: tablet}", "tablet."),
    ],
)
def test_a_preparation_may_say_little(entry: str, line: str) -> None:
    """No bag, no window, no time: one line, with its source."""
    drug = described(f"preparations:\n  - {entry}")
    assert under(drug, "Preparation") == [f"{line} [doe2020, Table 1]"]


def test_a_limit_is_told_by_its_route() -> None:
    """In words, with its basis."""
    drug = described(
        "limits:\n  - {route: IV bolus, amount: 720_000 IU/kg, text: The largest., source: doe2020}"
    )
    assert under(drug, "Largest") == ["intravenous bolus: 720,000 units/kg, The largest. [doe2020]"]


def test_what_it_meets_is_told_with_its_verdict() -> None:
    """And the heading says that what is not listed is not known."""
    drug = described("compatibility:\n  - {with: water, verdict: avoid, text: Not in glass.}")
    assert under(drug, "Compatibility (what is not listed is not known)") == [
        "water: avoid. Not in glass. [doe2020, Table 1]"
    ]


def test_a_precaution_is_told_with_its_conditions() -> None:
    """All of, or any of; for whom; what follows."""
    drug = described(
        """\
        screen:
          questions:
            - {name: renal_cell, ask: Is it?}
            - {name: age, ask: Age, number: 0 to 120}
            - {name: many_sites, ask: Many?}
          rules:
            - rule: factors
              only_if: renal_cell
              all: [age >= 60, many_sites]
              verdict: never
              text: So.
            - {rule: sites, any: [many_sites], verdict: with care}
        """
    )
    first, second = under(drug, "Precautions")
    assert first == (
        "Factors (only if renal cell): all of age >= 60, many sites: never. So. [doe2020, Table 1]"
    )
    assert second.startswith("Sites: ")
    assert second.endswith("with care. [doe2020, Table 1]")


def test_a_question_says_what_may_be_answered() -> None:
    """Yes or no, or a number in its range."""
    assert question(Question("fever", "Fever?")) == "fever=yes|no  Fever?"
    asked = question(Question("ecog", "Status", D(0), D("4.0")))
    assert asked == "ecog=NUMBER  Status (0 to 4)"
    half = question(Question("odd", "Odd?", least=D(0)))
    assert half == "odd=yes|no  Odd?"


def test_sources_stand_in_brackets() -> None:
    """Several are apart by a semicolon."""
    assert cited(("a, 1", "b, 2")) == "[a, 1; b, 2]"


def test_the_same_as_plain_data() -> None:
    """Its format, its file and every section."""
    drug = described("also: [exa]\nidentity:\n  - {text: A protein.}")
    read = document(drug)
    assert read["format"] == "il2calc.drug/1"
    assert (read["drug"], read["also"], read["version"]) == ("examplumab", ["exa"], 3)
    assert (read["read_on"], read["file"]) == ("2026-11-22", "examplumab.yaml")
    assert read["sha256"] == "ab" * 32
    headings = [each["heading"] for each in read["sections"]]
    assert headings[1:] == ["Identity", "Sources", "Standing"]
    assert read["sections"][1]["lines"] == ["A protein. [doe2020, Table 1]"]


def test_advice_of_a_compendium_is_not_printed_as_the_labels() -> None:
    """Albumin below the window is advice of one compendium and not of the label, says the file.

    The line that gives the advice cites what stands behind it.
    """
    lines = under(library.drug("aldesleukin"), "Preparation")
    advice = next(line for line in lines if re.search("Put human albumin", line))
    assert "[label-us" not in advice
