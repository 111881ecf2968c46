"""A monograph in words: each kind of entry, with and without what may be left out."""

from __future__ import annotations

import re
from decimal import Decimal
from textwrap import dedent

import pytest

from il2calc import language
from il2calc.language.drug_keys import SECTIONS
from il2calc.model.drug import Drug, Figure, Question
from il2calc.model.evidence import Origin
from il2calc.pharmacy.answers import Answers, compatibility_answers, convert_measure
from il2calc.report import monograph_text, words
from il2calc.report.monograph_text import cited, document, equation, measure, paragraphs, question

D = Decimal
HEAD = """\
drug: examplumab
version: 3
read_on: 2026-11-22
source: doe2020, Table 1
sources:
  doe2020: {cite: Doe J. An invented paper., read: abstract, doi: 10.1/x}
"""


NO_DATA = (
    "Contraindications and boxed warning",
    "Interactions",
    "Criteria for holding a dose (cited, for bolus regimens)",
)


def described(body: str = "") -> Drug:
    """The monograph of an invented drug with these entries."""
    content = (HEAD + dedent(body)).encode()
    drug, faults = language.examine_drug(
        language.shelf.FileContent(content, Origin("examplumab.yaml", "ab" * 32))
    )
    assert drug is not None, "\n".join(map(str, faults))
    return drug


def under(drug: Drug, heading: str) -> list[str]:
    """The lines under the first heading that begins so."""
    return next(lines for title, lines in paragraphs(drug) if title.startswith(heading))


def test_a_monograph_without_entries_has_its_title_and_standing() -> None:
    """No empty heading is printed; of three chapters it says that there are no data."""
    assert [heading for heading, _ in paragraphs(described())] == [
        "examplumab, version 3",
        *NO_DATA,
        "Sources",
        "Standing",
    ]
    for heading in NO_DATA:
        (line,) = under(described(), heading)
        assert line.startswith("No data: ")
        assert "does not mean that there is none" in line
    standing = under(described(), "Standing")
    assert standing[0] == "Read on 2026-11-22; not clinically reviewed."
    assert "not a prescription" in standing[1]
    (source,) = under(described(), "Sources")
    assert source.endswith("read: abstract")
    assert "10.1/x" in source


def test_synonyms_and_file_come_first() -> None:
    """The first 16 digits of the SHA-256 distinguish two editions."""
    heading, lines = next(paragraphs(described("also: [exa, EX-1]")))
    assert heading == "examplumab (also: exa, EX-1), version 3"
    assert lines == [
        "File: examplumab.yaml, SHA-256 abababababababab",
        f"Program: {words.PROGRAM}",
    ]


def test_a_drug_that_is_another_one_is_named() -> None:
    """With the sentence and its source."""
    drug = described("never_the_same:\n  - {name: samplumab, text: Another one.}")
    assert under(drug, "Not the same drug") == ["samplumab: Another one. [doe2020, Table 1]"]
    drug = described("never_the_same:\n  - {name: samplumab, also: [SA-1, sam], text: Another.}")
    assert under(drug, "Not the same drug") == [
        "samplumab (SA-1, sam): Another. [doe2020, Table 1]"
    ]


def test_doubtful_names_are_shown_with_the_doubt() -> None:
    """They are kept apart from the synonyms, which are certain."""
    drug = described("also_with_caution:\n  - {names: [X-7, EX], text: Of several antibodies.}")
    assert under(drug, "Ambiguous names") == ["X-7, EX: Of several antibodies. [doe2020, Table 1]"]
    assert "X-7" not in next(paragraphs(drug))[0]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("18000000", "IU", "18 million units"),
        ("1.1", "mg", "1.1 mg"),
        ("83.30", "Nutley units", "83.3 Nutley units"),
        ("0.5", "mL", "0.5 mL"),
        ("1", "IU", "1 unit"),
    ],
)
def test_a_measure_is_written_in_the_safe_style(value: str, unit: str, expected: str) -> None:
    """The drug's own units keep their names."""
    assert measure(Figure(D(value), unit)) == expected


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
          - {product: pen, form: vial, contains: 5 mg, graduation: 0.05 mL}
        """
    )
    full, dry, tablet, pen = under(drug, "Products")
    assert "contains 5 mg, drawn into a syringe graduated in 0.05 mL." in pen
    assert full == (
        "large vial: contains 22 million units, add 1.2 mL of water, then 18 million units/mL, "
        "counted as 18 million units, at the very best 21.6 million units, keeps 24 hours once "
        "made up, single dose, without preservative. Swirl. [doe2020, Table 1]"
    )
    assert "add 2 mL of solvent" in dry
    assert tablet == "tablet: contains 5 mg. [doe2020, Table 1]"


@pytest.mark.hazard(12)
def test_a_preparation_says_each_thing_to_mind_on_a_line_with_its_source() -> None:
    """Diluent, bags, window, what goes first, time, filter, container, stability, notes."""
    drug = described(
        """\
        preparations:
          - preparation: short infusion
            routes: [IV infusion, IV]
            stands_in_for: IV bolus
            diluent: glucose 5 %
            bags: [{volume: 25 mL, up_to: 25.4 million IU}, {volume: up to 50 mL}]
            window: 30 to 70 mcg/mL
            first: {text: Add albumin., source: doe2020}
            below: {text: Beware., source: "doe2020, 2"}
            additive: {name: albumin, share: 0.1 %, from: 20 %, source: doe2020}
            over: 15 minutes
            filter: 0.22 micron
            container: glass
            keeps: 48 hours
            keeps_from: mixing, the infusion included
            notes:
              - {text: Keep it cold., source: doe2020}
        """
    )
    lines = under(drug, "Preparation")
    assert lines[0] == (
        "short infusion (intravenous infusion and intravenous): in glucose 5 %, 25 mL up to "
        "25.4 million units; up to 50 mL; 30 to 70 mcg/mL. [doe2020, Table 1]"
    )
    assert "intravenous bolus" in lines[1]
    assert "assumption" in lines[1]
    assert lines[2:4] == ["  Add albumin. [doe2020]", "  Beware. [doe2020, 2]"]
    assert lines[4] == "  Albumin to 0.1 %, from a solution of 20 %. [doe2020]"
    assert lines[5] == (
        "  Over 15 minutes; filter: 0.22 micron; container: glass; "
        "keeps 48 hours from mixing, the infusion included. [doe2020, Table 1]"
    )
    assert lines[6:] == ["  Keep it cold. [doe2020]"]


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


def test_a_limit_is_shown_by_its_route() -> None:
    """In words, with its basis."""
    drug = described(
        "limits:\n  - {route: IV bolus, amount: 720_000 IU/kg, text: The largest., source: doe2020}"
    )
    assert under(drug, "Largest") == ["intravenous bolus: 720,000 units/kg, The largest. [doe2020]"]


def test_a_limit_of_more_than_one_dose_says_so() -> None:
    """All doses of a day, or each day of one infusion; by several routes on one line."""
    drug = described(
        """\
        limits:
          - {route: oral, amount: 800 mg, per: day, text: so.}
          - {route: [IV infusion, IV], amount: 5 mg/m2, per: day of infusion, text: so.}
        """
    )
    assert under(drug, "Largest") == [
        "oral: 800 mg a day, so. [doe2020, Table 1]",
        "intravenous infusion and intravenous: 5 mg/m2 a day of infusion, so. [doe2020, Table 1]",
    ]


def test_a_dose_never_reduced_is_shown_with_its_threshold() -> None:
    """By its routes, and in words."""
    drug = described(
        "never_reduce:\n  - {route: [IV bolus, IV], from: 5 mg/kg, text: Withhold it.}"
    )
    assert under(drug, "Never reduced") == [
        "intravenous bolus and intravenous, from 5 mg/kg: Withhold it. [doe2020, Table 1]"
    ]


def test_chapters_are_in_the_order_of_the_table() -> None:
    """Whatever order a file has them in."""
    drug = described("".join(f"{key}:\n  - {{text: {key}.}}\n" for key in reversed(SECTIONS)))
    headings = [heading for heading, _ in paragraphs(drug)]
    assert [heading for heading in headings if heading in SECTIONS.values()] == list(
        SECTIONS.values()
    )


def test_an_incompatibility_is_shown_with_its_verdict() -> None:
    """And the heading says that a drug not listed is unknown, not compatible."""
    drug = described("compatibility:\n  - {with: water, verdict: avoid, text: Not in glass.}")
    assert under(drug, "Compatibility (what is not listed is not known)") == [
        "water: avoid. Not in glass. [doe2020, Table 1]"
    ]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("line", "in the same line or bag"),
        ("diluent", "as a solvent or diluent"),
        ("[line, patient]", "in the same line or bag and in the same patient"),
    ],
)
def test_a_warning_says_what_it_is_about(where: str, words: str) -> None:
    """Drugs that may not run in one line may still be given to one patient."""
    drug = described(
        f"compatibility:\n  - {{with: water, verdict: avoid, where: {where}, text: No.}}"
    )
    (line,) = under(drug, "Compatibility")
    assert line == f"water: avoid {words}. No. [doe2020, Table 1]"


def test_a_precaution_is_shown_with_its_conditions() -> None:
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
    lines = question(Question("ecog", "Status", D(0), D("4.0")))
    assert lines == "ecog=NUMBER  Status (0 to 4)"
    half = question(Question("odd", "Odd?", least=D(0)))
    assert half == "odd=yes|no  Odd?"


def test_sources_are_in_brackets() -> None:
    """Several are apart by a semicolon."""
    assert cited(("a, 1", "b, 2")) == "[a, 1; b, 2]"


def test_the_same_as_plain_data() -> None:
    """Its format, its file and every section."""
    drug = described("also: [exa]\nidentity:\n  - {text: A protein.}")
    data = document(drug)
    assert data["format"] == "il2calc.drug/1"
    assert (data["drug"], data["also"], data["version"]) == ("examplumab", ["exa"], 3)
    assert (data["read_on"], data["file"]) == ("2026-11-22", "examplumab.yaml")
    assert data["sha256"] == "ab" * 32
    headings = [section["heading"] for section in data["sections"]]
    assert headings[1:] == ["Identity", *NO_DATA, "Sources", "Standing"]
    assert data["sections"][1]["lines"] == ["A protein. [doe2020, Table 1]"]


def test_advice_of_a_compendium_is_not_printed_as_the_labels() -> None:
    """Albumin below the window is advice of one compendium and not of the label, says the file.

    The line that gives the advice cites its source.
    """
    lines = under(language.drug("aldesleukin"), "Preparation")
    advice = next(line for line in lines if re.search("Put human albumin", line))
    assert "[label-us" not in advice


TEXT = """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: doe2020, Table 1
factors:
  - {is: 18 million IU = 1.1 mg, text: Exact.}
  - {is: 100 IU = 83.3 Old units, figures: 3, text: Reportedly., source: doe2020}
compatibility:
  - {with: Water, also: [aqua], verdict: compatible, text: It dissolves., source: "roe2021, 2"}
  - {with: salt, verdict: incompatible, text: It clots., source: "doe2020; roe2021, 3"}
  - {with: glucose, verdict: as stated, text: With albumin.}
  - {with: acid, verdict: given beside, text: At another site.}
monitoring:
  - {text: Look at the blood.}
adverse_effects:
  - {text: It hurts.}
screen:
  questions:
    - {name: kidney, ask: A kidney tumour?}
    - {name: age, ask: Age, number: 0 to 120}
    - {name: sites, ask: Sites, number: 0 to 9}
    - {name: fever, ask: "Fever?"}
  rules:
    - rule: factors
      only_if: kidney
      all: [age >= 60, sites > 2]
      verdict: not to be used
      text: In kidneys only.
      otherwise: the rule is for kidneys
    - {rule: plain, only_if: kidney, any: [fever], verdict: wait}
    - {rule: heat, any: [fever, age < 1, sites <= 0], verdict: cool}
sources:
  doe2020: {cite: Doe J. A paper., read: abstract}
  roe2021: {cite: Roe R. A compendium., read: secondary}
"""


def answers_described(text: str = TEXT) -> Drug:
    """The monograph of an invented drug."""
    file = language.shelf.FileContent(dedent(text).encode(), Origin("examplumab.yaml", ""))
    drug, faults = language.examine_drug(file)
    assert drug is not None, "\n".join(map(str, faults))
    return drug


def screened(given: Answers) -> list[str]:
    """The lines of a screen."""
    return list(monograph_text.screening_lines(answers_described(), given))


def converted(text: str, to: str) -> list[str]:
    """The lines of a conversion."""
    return list(
        monograph_text.conversion_lines(text, convert_measure(text, to, answers_described()))
    )


def test_an_exact_factor_gives_no_about() -> None:
    """18 million IU = 1.1 mg, with the factor's sentence and source."""
    first, second = converted("18 million IU", "mg")
    assert first == "1.1 mg"
    assert second.strip().startswith("by 18 million units = 1.1 mg. Exact.")
    assert "[doe2020, Table 1]" in second


def test_a_rounded_factor_gives_about_and_its_figures() -> None:
    """600,000 x 0.833 = 499,800, to three figures 500,000, per kg."""
    assert converted("600000 IU/kg", "Old units/kg")[0] == "about 500,000 Old units/kg"


def test_units_are_never_written_iu() -> None:
    """What people read says units."""
    lines = converted("83.3 Old units/m2", "IU/m2")
    assert lines[0] == "about 100 units/m2"
    assert "IU" not in " ".join(lines)


def test_a_conversion_without_a_factor_says_so() -> None:
    """1 g = 1,000 mg whatever the drug."""
    first, second = converted("1 g", "mg")
    assert first == "1,000 mg"
    assert "1 g needs no drug factor" in second


@pytest.mark.parametrize(
    ("text", "to", "unit"),
    [
        ("1.1 mg/mL", "IU/mL", "[iU]/mL"),
        ("1 mg", "mcg", "ug"),
        ("1 g/m2", "mg/m2", "mg/m2"),
    ],
)
def test_a_conversion_as_data_has_ucum_units_and_factors(text: str, to: str, unit: str) -> None:
    """A number, a code, the factors with their sources."""
    conversion = convert_measure(text, to, answers_described())
    data = monograph_text.conversion_document(text, conversion)
    assert data["format"] == "il2calc.conversion/1"
    assert (data["from"], data["unit"], data["value"]) == (text, unit, conversion.value)
    assert isinstance(data["value"], Decimal)
    assert all(set(factor) == {"is", "text", "source"} for factor in data["factors"])


def test_each_other_drug_is_shown_with_its_verdict_and_facts() -> None:
    """The monograph's name only where another was typed; a source that is secondary says so."""
    drug = answers_described()
    lines = list(
        monograph_text.compatibility_lines(
            drug, compatibility_answers(drug, ["water", "aqua", "salt", "gold"])
        )
    )
    text = "\n".join(lines)
    assert lines[0] == "water: compatible"
    assert "[roe2021, 2] (secondary source)" in text
    assert "aqua: compatible (Water)" in lines
    assert "salt: incompatible" in lines
    salt = next(line for line in lines if "It clots." in line)
    assert "[doe2020; roe2021, 3]" in salt
    assert "secondary" not in salt
    (gold,) = [line for line in lines if line.startswith("gold")]
    assert gold == "gold: no data: do not mix"


@pytest.mark.parametrize(
    ("other", "outcome", "why"),
    [
        ("glucose", "only as stated here", "With albumin."),
        ("acid", "given beside, not mixed", "At another site."),
    ],
)
def test_a_restricted_mixture_says_so_in_words(other: str, outcome: str, why: str) -> None:
    """The name of the outcome alone could be read as compatible."""
    drug = answers_described()
    head, lines = monograph_text.compatibility_lines(drug, compatibility_answers(drug, [other]))
    assert head == f"{other}: {outcome}"
    assert lines == f"    {why} [doe2020, Table 1]"


def test_compatibility_as_data() -> None:
    """Null for a name that is not listed."""
    drug = answers_described()
    data = monograph_text.compatibility_document(
        drug, compatibility_answers(drug, ["AQUA", "gold"])
    )
    assert data["format"] == "il2calc.compatibility/1"
    aqua, gold = data["others"]
    assert (aqua["given"], aqua["name"], aqua["outcome"]) == ("AQUA", "Water", "compatible")
    fact = {"text": "It dissolves.", "source": "roe2021, 2", "read": ["secondary"]}
    assert aqua["facts"] == [fact]
    assert (gold["name"], gold["outcome"], gold["facts"]) == (None, "no data", [])


def test_without_answers_only_the_questions_and_the_monitoring_are_shown() -> None:
    """Without answers no rule is judged."""
    lines = screened({})
    text = "\n".join(lines)
    assert "factors" not in text
    assert "kidney=yes|no" in text
    assert "age=NUMBER" in text
    assert lines[-1] == "Monitor: Look at the blood. [doe2020, Table 1]"
    assert "It hurts." not in text


def test_a_rule_that_counts_says_how_many_are_met() -> None:
    """2 of 2 in a kidney: not to be used."""
    lines = screened({"kidney": True, "age": D(60), "sites": D(3), "fever": False})
    assert lines[0] == (
        "factors 2 of 2 (age at least 60, sites above 2): met: not to be used [doe2020, Table 1]"
    )
    assert lines[1] == "    In kidneys only."


def test_a_condition_that_is_refuted_is_not_met() -> None:
    """2 sites are not more than 2; the one that is met is still counted."""
    lines = screened({"kidney": True, "age": D(60), "sites": D(2)})
    assert lines[:2] == [
        "factors 1 of 2 (age at least 60): not all met, so not 'not to be used' [doe2020, Table 1]",
        "    In kidneys only.",
    ]


def test_a_rule_without_a_met_condition_is_not_met_and_has_no_text() -> None:
    """Its text is only for patients who meet a condition of it."""
    lines = screened({"kidney": True, "age": D(59), "sites": D(2), "fever": False})
    assert lines[:2] == [
        "factors 0 of 2: not met [doe2020, Table 1]",
        "plain: not met [doe2020, Table 1]",
    ]


def test_every_condition_is_shown_in_words() -> None:
    """Signs of comparison are only for files."""
    text = "\n".join(screened({"age": D(0), "sites": D(0)}))
    assert "heat (age below 1, sites at most 0): met: cool" in text
    assert not set("<>") & set(text)


def test_where_a_rule_does_not_apply_its_own_words_are_used() -> None:
    """And plain ones if it has none."""
    lines = screened({"kidney": False, "age": D(60), "sites": D(3), "fever": True})
    assert "the rule is for kidneys" in lines[0]
    assert lines[1] == "    In kidneys only."
    assert "plain (fever): does not apply" in lines[2]
    assert "heat (fever): met: cool" in lines[3]
    assert not any("Not answered" in line for line in lines)


def test_a_rule_that_lacks_an_answer_cannot_be_decided() -> None:
    """It names the answers that would decide it, and the list below asks for them."""
    lines = screened({"age": D(60)})
    assert "cannot be decided without kidney, sites" in lines[0]
    assert lines[1] == "    In kidneys only."
    assert "cannot be decided without kidney, fever" in lines[2]
    assert "cannot be decided without fever, sites" in lines[3]
    start = lines.index("Not answered, and never assumed to be fine:")
    questions = [line.strip().partition("=")[0] for line in lines[start + 1 : start + 4]]
    assert questions == ["kidney", "sites", "fever"]


def test_a_monograph_without_questions_says_that_it_lists_none() -> None:
    """One line, whatever else the monograph says."""
    drug = answers_described(
        TEXT.partition("screen:")[0] + "sources:" + TEXT.partition("sources:")[2]
    )
    (line,) = monograph_text.screening_lines(drug, {})
    assert line == "The monograph of examplumab lists no precautions: nothing can be decided."


def test_a_screen_as_data_holds_states_and_no_answers() -> None:
    """Every rule with its state; the number that was given is not in it."""
    data = monograph_text.screen_document(
        answers_described(), {"kidney": True, "age": D(77), "sites": D(3)}
    )
    assert data["format"] == "il2calc.screen/1"
    states = {rule["rule"]: rule["state"] for rule in data["rules"]}
    assert states == {
        "factors": "met",
        "plain": "cannot be decided",
        "heat": "cannot be decided",
    }
    factors = data["rules"][0]
    assert (factors["met"], factors["of"]) == (["age >= 60", "sites > 2"], 2)
    assert factors["source"] == "doe2020, Table 1"
    assert data["rules"][1]["unanswered"] == ["fever"]
    assert data["unanswered"] == ["fever"]
    assert "77" not in str(data)
