"""Answers of a monograph in words and as data: conversion, compatibility, screening."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest

from il2calc import library
from il2calc.compatibility import known
from il2calc.drug import Drug
from il2calc.exchange import exchange
from il2calc.regimen import Origin
from il2calc.render import answers
from il2calc.screening import Answers

D = Decimal
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


def described(text: str = TEXT) -> Drug:
    """The monograph of an invented drug."""
    found = library.shelf.Found(dedent(text).encode(), Origin("examplumab.yaml", ""))
    drug, faults = library.examine_drug(found)
    assert drug is not None, "\n".join(map(str, faults))
    return drug


def screened(given: Answers) -> list[str]:
    """The lines of a screen."""
    return list(answers.screened(described(), given))


def converted(text: str, to: str) -> list[str]:
    """The lines of a conversion."""
    return list(answers.converted(text, exchange(text, to, described())))


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


def test_what_needs_no_factor_says_so() -> None:
    """1 g = 1,000 mg whatever the drug."""
    first, second = converted("1 g", "mg")
    assert first == "1,000 mg"
    assert "1 g needs no factor" in second


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
    found = exchange(text, to, described())
    read = answers.conversion_document(text, found)
    assert read["format"] == "il2calc.conversion/1"
    assert (read["from"], read["unit"], read["value"]) == (text, unit, found.value)
    assert isinstance(read["value"], Decimal)
    assert all(set(each) == {"is", "text", "source"} for each in read["factors"])


def test_each_other_stands_with_its_verdict_and_facts() -> None:
    """The monograph's name only where another was typed; a source that is secondary says so."""
    drug = described()
    lines = list(answers.compatible(drug, known(drug, ["water", "aqua", "salt", "gold"])))
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
def test_what_may_not_simply_be_mixed_says_so_in_words(other: str, outcome: str, why: str) -> None:
    """An outcome whose name alone could be read as compatible."""
    drug = described()
    head, told = answers.compatible(drug, known(drug, [other]))
    assert head == f"{other}: {outcome}"
    assert told == f"    {why} [doe2020, Table 1]"


def test_compatibility_as_data() -> None:
    """Null for a name that is not listed."""
    drug = described()
    read = answers.compatibility_document(drug, known(drug, ["AQUA", "gold"]))
    assert read["format"] == "il2calc.compatibility/1"
    aqua, gold = read["others"]
    assert (aqua["given"], aqua["name"], aqua["outcome"]) == ("AQUA", "Water", "compatible")
    fact = {"text": "It dissolves.", "source": "roe2021, 2", "read": ["secondary"]}
    assert aqua["facts"] == [fact]
    assert (gold["name"], gold["outcome"], gold["facts"]) == (None, "no data", [])


def test_without_answers_only_the_questions_and_the_monitoring_are_told() -> None:
    """No rule is judged on nothing."""
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


def test_one_that_is_refuted_is_not_met() -> None:
    """2 sites are not more than 2; the one that is met is still counted."""
    lines = screened({"kidney": True, "age": D(60), "sites": D(2)})
    assert lines[:2] == [
        "factors 1 of 2 (age at least 60): not all met, so not 'not to be used' [doe2020, Table 1]",
        "    In kidneys only.",
    ]


def test_one_of_which_nothing_is_met_is_not_met_and_no_more_is_said() -> None:
    """Its text is for those whom it concerns."""
    lines = screened({"kidney": True, "age": D(59), "sites": D(2), "fever": False})
    assert lines[:2] == [
        "factors 0 of 2: not met [doe2020, Table 1]",
        "plain: not met [doe2020, Table 1]",
    ]


def test_every_condition_is_told_in_words() -> None:
    """Signs of comparison are for files."""
    text = "\n".join(screened({"age": D(0), "sites": D(0)}))
    assert "heat (age below 1, sites at most 0): met: cool" in text
    assert not set("<>") & set(text)


def test_where_a_rule_does_not_apply_its_own_words_are_used() -> None:
    """And plain ones where it has none."""
    lines = screened({"kidney": False, "age": D(60), "sites": D(3), "fever": True})
    assert "the rule is for kidneys" in lines[0]
    assert lines[1] == "    In kidneys only."
    assert "plain (fever): does not apply" in lines[2]
    assert "heat (fever): met: cool" in lines[3]
    assert not any("Not answered" in line for line in lines)


def test_what_lacks_an_answer_cannot_be_decided() -> None:
    """It names the answers that would decide, and the list below asks for them."""
    lines = screened({"age": D(60)})
    assert "cannot be decided without kidney, sites" in lines[0]
    assert lines[1] == "    In kidneys only."
    assert "cannot be decided without kidney, fever" in lines[2]
    assert "cannot be decided without fever, sites" in lines[3]
    start = lines.index("Not answered, and never taken for fine:")
    asked = [line.strip().partition("=")[0] for line in lines[start + 1 : start + 4]]
    assert asked == ["kidney", "sites", "fever"]


def test_a_monograph_without_questions_says_that_it_lists_none() -> None:
    """One line, whatever else the monograph says."""
    drug = described(TEXT.partition("screen:")[0] + "sources:" + TEXT.partition("sources:")[2])
    (line,) = answers.screened(drug, {})
    assert line == "The monograph of examplumab lists no precautions: nothing can be decided."


def test_a_screen_as_data_holds_states_and_no_answers() -> None:
    """Every rule with its state; the number that was given is not in it."""
    read = answers.screen_document(described(), {"kidney": True, "age": D(77), "sites": D(3)})
    assert read["format"] == "il2calc.screen/1"
    states = {each["rule"]: each["state"] for each in read["rules"]}
    assert states == {
        "factors": "met",
        "plain": "cannot be decided",
        "heat": "cannot be decided",
    }
    factors = read["rules"][0]
    assert (factors["met"], factors["of"]) == (["age >= 60", "sites > 2"], 2)
    assert factors["source"] == "doe2020, Table 1"
    assert read["rules"][1]["unanswered"] == ["fever"]
    assert read["unanswered"] == ["fever"]
    assert "77" not in str(read)
