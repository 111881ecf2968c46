"""What a monograph answers: what is not known is never called safe, and no factor is invented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.errors import NotAQuantity, Refused, UnknownName
from il2calc.language import drug
from il2calc.model.drug import (
    Compatibility,
    Condition,
    Drug,
    Fact,
    Factor,
    Figure,
    Question,
    Relation,
    Rule,
    Verdict,
)
from il2calc.pharmacy.answers import (
    Answers,
    RuleResult,
    all_clear,
    all_compatible,
    compatibility_answers,
    convert_measure,
    converted,
    parse_answer,
    screen,
    unanswered,
)
from il2calc.report.monograph_text import screening_lines
from il2calc.units import exact, short

ALDESLEUKIN = drug("aldesleukin")


def outcomes(monograph: Drug, *others: str) -> list[str]:
    """The outcome of each other."""
    return [answer.outcome for answer in compatibility_answers(monograph, others)]


def examplumab(*meetings: tuple[str, tuple[str, ...], Verdict]) -> Drug:
    """An invented drug that is known by its meetings alone."""
    entries = tuple(
        Compatibility(name, also, verdict, Fact(f"{verdict} with {name}.", ("label",)))
        for name, also, verdict in meetings
    )
    return Drug("examplumab", (), 1, "2026-11-22", {}, compatibilities=entries)


def test_each_other_drug_has_the_outcome_that_is_known_of_it() -> None:
    """The seven of the monograph: only lorazepam and promethazine are shown to be incompatible."""
    others = ["lorazepam", "promethazine", "morphine", "indomethacin", "saline", "amoxicillin"]
    answers = compatibility_answers(ALDESLEUKIN, others)
    assert [(answer.asked_name, answer.outcome) for answer in answers] == [
        ("lorazepam", "incompatible"),
        ("promethazine", "incompatible"),
        ("morphine", "compatible"),
        ("indomethacin", "avoid"),
        ("saline", "avoid"),
        ("amoxicillin", "no data"),
    ]
    assert not all_compatible(answers)


@pytest.mark.parametrize(
    ("other", "name", "outcome"),
    [
        ("ganciclovir sodium", "ganciclovir", "incompatible"),
        ("pentamidine isetionate", "pentamidine", "incompatible"),
        ("prochlorperazine edisilate", "prochlorperazine", "incompatible"),
        ("promethazine hydrochloride", "promethazine", "incompatible"),
        ("fluorouracil", "fluorouracil", "incompatible"),
        ("5-FU", "fluorouracil", "incompatible"),
        ("5 FU", "fluorouracil", "incompatible"),
        ("normal-saline", "sodium chloride 0.9 %", "avoid"),
        ("indometacin", "indometacin", "avoid"),
        ("indomethacin", "indometacin", "avoid"),
        ("indomethacin sodium", "indometacin", "avoid"),
        ("NS", "sodium chloride 0.9 %", "avoid"),
        ("normal saline", "sodium chloride 0.9 %", "avoid"),
        ("0.9% NaCl", "sodium chloride 0.9 %", "avoid"),
        ("isotonic saline", "sodium chloride 0.9 %", "avoid"),
        ("0.45% saline", "other solutions with sodium chloride", "avoid"),
        ("Ringer's lactate", "other solutions with sodium chloride", "avoid"),
        ("D5 1/2NS", "other solutions with sodium chloride", "avoid"),
        ("sterile water", "water for injection", "as stated"),
        ("sodium chloride 0.9 %", "sodium chloride 0.9 %", "avoid"),
        ("ibuprofen", "NSAIDs", "avoid"),
        ("diclofenac", "NSAIDs", "avoid"),
        ("ketorolac", "NSAIDs", "avoid"),
        ("naproxen", "NSAIDs", "avoid"),
        ("aspirin", "NSAIDs", "avoid"),
        ("D5W", "glucose 5 %", "as stated"),
        ("dextrose", "glucose 5 %", "as stated"),
        ("water for injection", "water for injection", "as stated"),
        ("Albumin", "human albumin", "as stated"),
        ("paracetamol", "paracetamol", "given beside"),
        ("  LORAZEPAM ", "lorazepam", "incompatible"),
        ("Promethazine  Hydrochloride", "promethazine", "incompatible"),
    ],
)
def test_a_name_matches_by_its_synonyms_salts_and_class(
    other: str, name: str, outcome: str
) -> None:
    """A synonym that is not known would hide an incompatibility."""
    (answer,) = compatibility_answers(ALDESLEUKIN, [other])
    assert (answer.asked_name, answer.name, answer.outcome) == (other, name, outcome)
    assert answer.facts


@pytest.mark.parametrize(
    ("monograph", "other", "outcome"),
    [
        ("aldesleukin", "sodium chloride 0.9%", "avoid"),
        ("aldesleukin", "NaCl 0.9%", "avoid"),
        ("aldesleukin", "0.9% Saline", "avoid"),
        ("aldesleukin", "glucose 5%", "as stated"),
        ("trastuzumab", "glucose 5%", "avoid"),
        ("trastuzumab", "dextrose 5%", "avoid"),
    ],
)
def test_a_space_before_the_per_cent_sign_makes_no_other_diluent(
    monograph: str, other: str, outcome: str
) -> None:
    """Printed monographs write `glucose 5%`: what must be avoided must not read as not known."""
    assert outcomes(drug(monograph), other) == [outcome]


@pytest.mark.hazard(32)
@pytest.mark.parametrize(
    "other",
    ["", "amoxicillin", "morphine and lorazepam", "glucose 50 %", "morph", "wat", "aldesleukin"],
)
def test_no_data_is_never_compatible(other: str) -> None:
    """Half a name, two names or another strength is no documented compatibility."""
    answers = compatibility_answers(ALDESLEUKIN, [other])
    assert (answers[0].name, answers[0].outcome, answers[0].facts) == (None, "no data", ())
    assert not all_compatible(answers)


@pytest.mark.parametrize(
    "other",
    [
        *("lorazepam", "saline", "amoxicillin", "paracetamol"),
        *("glucose 5 %", "water for injection", "human albumin"),
    ],
)
def test_one_drug_that_is_not_compatible_is_enough(other: str) -> None:
    """Given beside is not mixed with, and what holds as stated holds only as stated."""
    assert all_compatible(compatibility_answers(ALDESLEUKIN, ["morphine", "morphine sulfate"]))
    assert not all_compatible(
        compatibility_answers(ALDESLEUKIN, ["morphine", other, "morphine sulfate"])
    )


@pytest.mark.hazard(11)
def test_the_circumstances_of_the_loss_of_activity_are_shown() -> None:
    """33,800 units/mL in glucose 5 %: activity was lost, and only lorazepam showed it."""
    (lorazepam, ganciclovir) = compatibility_answers(ALDESLEUKIN, ["lorazepam", "ganciclovir"])
    for entry in (lorazepam, ganciclovir):
        (fact,) = entry.facts
        assert "33,800 units/mL in glucose 5 %" in fact.text
        assert "activity was lost" in fact.text
        assert fact.sources == ("monograph, Incompatibility",)
    assert "visibly incompatible" in lorazepam.facts[0].text
    assert "neither seen" in ganciclovir.facts[0].text


def test_morphine_rests_only_on_a_secondary_source() -> None:
    """A hospital manual's Y-site table is no label."""
    (answer,) = compatibility_answers(ALDESLEUKIN, ["morphine"])
    keys = {source.split(",")[0] for fact in answer.facts for source in fact.sources}
    assert {ALDESLEUKIN.sources[key].read for key in keys} == {"secondary"}
    assert "Y-site" in answer.facts[0].text


def test_where_sources_differ_over_indometacin_both_are_shown() -> None:
    """The monograph warns of the kidneys; some published practice gives it."""
    (answer,) = compatibility_answers(ALDESLEUKIN, ["indometacin"])
    text = " ".join(fact.text for fact in answer.facts)
    sources = {source.split(",")[0] for fact in answer.facts for source in fact.sources}
    assert "renal" in text
    assert "does give it" in text
    assert sources == {"monograph", "practice2024"}


@pytest.mark.hazard(32)
def test_the_diluents_of_two_drugs_are_each_others_poison() -> None:
    """Glucose and never sodium chloride for aldesleukin; the reverse for trastuzumab."""
    assert outcomes(ALDESLEUKIN, "D5W", "NS") == ["as stated", "avoid"]
    assert outcomes(drug("trastuzumab"), "D5W", "NS") == ["avoid", "compatible"]
    assert outcomes(drug("paclitaxel"), "D5W", "NS") == ["compatible", "compatible"]


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        (("compatible", "incompatible"), "incompatible"),
        (("compatible", "avoid"), "avoid"),
        (("avoid", "incompatible"), "incompatible"),
        (("compatible", "given beside"), "given beside"),
        (("compatible", "as stated"), "as stated"),
        (("as stated", "given beside"), "given beside"),
        (("as stated", "avoid"), "avoid"),
        (("given beside", "avoid", "compatible"), "avoid"),
    ],
)
def test_of_several_entries_the_most_cautious_is_first_and_all_are_shown(
    verdicts: tuple[Verdict, ...], outcome: str
) -> None:
    """A drug named alone and in a class: the class must not hide behind the drug."""
    meetings = [(f"class {index}", ("both",), verdict) for index, verdict in enumerate(verdicts)]
    for order in (meetings, meetings[::-1]):
        (answer,) = compatibility_answers(examplumab(*order), ["both"])
        assert answer.outcome == outcome
        assert answer.facts[0].text.startswith(f"{outcome} with")
        assert len(answer.facts) == len(verdicts)


def test_nothing_is_known_of_a_drug_without_meetings() -> None:
    assert outcomes(examplumab(), "saline", "water") == ["no data", "no data"]


D = Decimal
RISK = "risk factors"
NUMBERS = {"ecog": D(0), "metastatic_sites": D(1), "months_since_diagnosis": D(36), "age": D(50)}
FINE: Mapping[str, bool | Decimal] = {
    question.name: NUMBERS.get(question.name, False) for question in ALDESLEUKIN.questions
}
"""A patient without any risk."""

THREE = {"ecog": D(1), "metastatic_sites": D(2), "months_since_diagnosis": D(12)}
"""All three risk factors, each at or within its limit."""


def judged(answers: Answers, name: str, monograph: Drug = ALDESLEUKIN) -> RuleResult:
    """What becomes of one rule."""
    (verdict,) = (one for one in screen(monograph, answers) if one.rule.name == name)
    return verdict


def screening_examplumab(
    *conditions: tuple[str, Relation, Decimal | None], every: bool, only_if: str | None = None
) -> Drug:
    """An invented drug of one rule."""
    rule_conditions = tuple(
        Condition(name, relation, limit, name) for name, relation, limit in conditions
    )
    rule = Rule("rule", rule_conditions, every, "avoid", ("label",), only_if)
    return Drug("examplumab", (), 1, "2026-11-22", {}, rules=(rule,))


@pytest.mark.hazard(31)
def test_only_a_patient_who_answered_all_and_meets_no_rule_is_clear() -> None:
    assert all_clear(ALDESLEUKIN, FINE)
    assert {verdict.state for verdict in screen(ALDESLEUKIN, FINE)} == {"not met", "does not apply"}
    assert unanswered(ALDESLEUKIN, FINE) == ()


def test_without_answers_nothing_is_decided_and_every_question_is_open() -> None:
    assert {verdict.state for verdict in screen(ALDESLEUKIN, {})} == {"cannot be decided"}
    assert unanswered(ALDESLEUKIN, {}) == ALDESLEUKIN.questions
    assert not all_clear(ALDESLEUKIN, {})


@pytest.mark.hazard(31)
@given(st.sets(st.sampled_from(sorted(FINE)), min_size=1))
def test_one_question_left_open_is_never_clear(left_out: set[str]) -> None:
    """Unanswered never counts as fine."""
    answers = {name: value for name, value in FINE.items() if name not in left_out}
    assert not all_clear(ALDESLEUKIN, answers)
    assert {question.name for question in unanswered(ALDESLEUKIN, answers)} == left_out


@given(st.sets(st.sampled_from(sorted(FINE))))
def test_a_rule_is_not_met_only_where_every_answer_it_needs_was_given(given_: set[str]) -> None:
    """`any of` is refuted by all of its answers; `all of` by one."""
    answers = {name: FINE[name] for name in given_}
    for verdict in screen(ALDESLEUKIN, answers):
        questions = {condition.question for condition in verdict.rule.conditions}
        if verdict.state == "not met":
            assert questions & given_ if verdict.rule.every else questions <= given_
        if verdict.state == "cannot be decided":
            assert verdict.unanswered
            assert not set(verdict.unanswered) & given_


@pytest.mark.parametrize(
    ("question", "value", "rule", "verdict"),
    [
        ("cardiac_disease", True, "cardiac or pulmonary disease", "great care"),
        ("pulmonary_disease", True, "cardiac or pulmonary disease", "great care"),
        ("severe_renal_impairment", True, "severe renal or hepatic impairment", "great care"),
        ("severe_hepatic_impairment", True, "severe renal or hepatic impairment", "great care"),
        ("cns_metastases", True, "metastases in the central nervous system", "avoid"),
        ("seizure_disorder", True, "seizure disorder", "avoid"),
        ("adrenal_metastases", True, "adrenal metastases", "haemorrhage"),
        ("raised_creatinine", True, "kidney at risk", "renal function"),
        ("age", D(61), "kidney at risk", "renal function"),
        ("nephrectomy", True, "kidney at risk", "renal function"),
        ("autoimmune_disease", True, "auto-immune disease", "worsen"),
        ("bacterial_infection", True, "bacterial infection", "treat"),
        ("effusion", True, "effusion", "treat"),
        ("central_line", True, "central venous catheter", "sepsis"),
        ("aids", True, "AIDS", "infection"),
    ],
)
def test_each_precaution_of_the_monograph_is_met_by_its_own_answer(
    question: str, value: bool | Decimal, rule: str, verdict: str
) -> None:
    """One answer makes its rule met and no other, whatever else was answered or not."""
    answers = {**FINE, question: value}
    screened_rule = judged(answers, rule)
    assert screened_rule.state == "met"
    assert [condition.question for condition in screened_rule.met] == [question]
    assert verdict in screened_rule.rule.verdict
    assert screened_rule.rule.sources
    assert not all_clear(ALDESLEUKIN, answers)
    met_rules = [
        screened.rule.name for screened in screen(ALDESLEUKIN, answers) if screened.state == "met"
    ]
    assert met_rules == [rule]
    assert judged({question: value}, rule).state == "met"


def test_the_three_risk_factors_forbid_it_in_renal_cell_carcinoma() -> None:
    """UK product information: not to be used in patients with all three."""
    verdict = judged({"renal_cell": True, **THREE}, RISK)
    assert (verdict.state, len(verdict.met)) == ("met", 3)
    assert verdict.rule.verdict == "not to be used (UK product information)"
    assert verdict.rule.only_if == "renal_cell"
    assert verdict.rule.sources == ("monograph, Precautions", "label-uk, Indications")


@pytest.mark.parametrize(
    ("fewer", "value"),
    [("ecog", D(0)), ("metastatic_sites", D(1)), ("months_since_diagnosis", D(24))],
)
def test_two_of_the_three_are_counted_and_do_not_meet_the_uk_rule(
    fewer: str, value: Decimal
) -> None:
    """1 or greater, 2 or more, less than 24 months: each limit from its other side."""
    verdict = judged({"renal_cell": True, **THREE, fewer: value}, RISK)
    assert (verdict.state, len(verdict.met)) == ("not met", 2)


@pytest.mark.parametrize("open_", sorted(THREE))
def test_the_uk_rule_is_not_decided_while_one_factor_is_open(open_: str) -> None:
    answers: dict[str, bool | Decimal] = {"renal_cell": True, **THREE}
    del answers[open_]
    verdict = judged(answers, RISK)
    assert (verdict.state, verdict.unanswered, len(verdict.met)) == (
        "cannot be decided",
        (open_,),
        2,
    )
    assert not all_clear(ALDESLEUKIN, answers)


def test_the_uk_rule_is_not_decided_while_the_disease_is_open() -> None:
    verdict = judged(THREE, RISK)
    assert (verdict.state, verdict.unanswered) == ("cannot be decided", ("renal_cell",))


def test_one_refuted_factor_decides_the_uk_rule_whatever_is_open() -> None:
    assert judged({"ecog": D(0)}, RISK).state == "not met"


def test_outside_renal_cell_carcinoma_the_factors_are_counted_and_the_rule_does_not_apply() -> None:
    """Risk factors 3 of 3; the UK rule does not apply."""
    verdict = judged({"renal_cell": False, **THREE}, RISK)
    assert (verdict.state, len(verdict.met)) == ("does not apply", 3)
    assert verdict.rule.otherwise == "the UK rule does not apply"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            {"renal_cell": True, **THREE},
            (
                "3 of 3 (ecog at least 1, metastatic sites at least 2, months since diagnosis "
                "below 24): met: not to be used (UK product information)"
            ),
        ),
        (
            {"renal_cell": True, **THREE, "ecog": D(0)},
            (
                "2 of 3 (metastatic sites at least 2, months since diagnosis below 24): "
                "not all met, so not 'not to be used (UK product information)'"
            ),
        ),
        ({"renal_cell": False, **THREE}, "the UK rule does not apply"),
        (
            {"renal_cell": True, "ecog": D(1)},
            (
                "1 of 3 (ecog at least 1): cannot be decided without "
                "metastatic_sites, months_since_diagnosis"
            ),
        ),
        ({"renal_cell": True, "ecog": D(0)}, "0 of 3: not met"),
    ],
)
def test_the_answer_in_words_counts_the_factors(
    answers: dict[str, bool | Decimal], words: str
) -> None:
    """`risk factors 2 of 3`, and what would decide."""
    (line,) = (text for text in screening_lines(ALDESLEUKIN, answers) if text.startswith(RISK))
    assert words in line
    assert "monograph, Precautions" in line
    assert ("met: not to be used" in line) == (answers == {"renal_cell": True, **THREE})


@pytest.mark.parametrize(
    "answers",
    [
        {"renal_cell": True, "ecog": D(4), "metastatic_sites": D(9)},
        {"renal_cell": False, **THREE},
        {"renal_cell": False, "ecog": D(1)},
    ],
)
def test_a_patient_with_risk_factors_is_not_clear_though_the_uk_rule_is_silent(
    answers: dict[str, bool | Decimal],
) -> None:
    """Each is a risk factor for toxicity in any disease: ECOG 4 must not read as nothing met."""
    assert not all_clear(ALDESLEUKIN, {**FINE, **answers})


@pytest.mark.parametrize(
    ("relation", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
    ],
)
def test_a_comparison_holds_on_its_own_side_of_the_limit(
    relation: Relation, below: bool, at: bool, above: bool
) -> None:
    monograph = screening_examplumab(("x", relation, D(2)), every=False)
    states = [judged({"x": D(value)}, "rule", monograph).state for value in ("1.9", "2", "2.1")]
    assert [state == "met" for state in states] == [below, at, above]


def test_over_sixty_is_not_sixty() -> None:
    """Patients aged over 60 years."""
    assert judged({**FINE, "age": D(60)}, "kidney at risk").state == "not met"
    assert judged({**FINE, "age": D("60.5")}, "kidney at risk").state == "met"


@pytest.mark.parametrize(
    ("answers", "state", "lacking"),
    [
        ({"x": True, "male": True}, "met", ()),
        ({"x": True}, "cannot be decided", ("male",)),
        ({"x": True, "male": False}, "does not apply", ("y",)),
        ({"x": False, "male": True}, "cannot be decided", ("y",)),
        ({"x": False, "y": False, "male": True}, "not met", ()),
        ({}, "cannot be decided", ("male", "x", "y")),
    ],
)
def test_a_rule_for_some_patients_waits_until_it_is_known_whether_this_is_one(
    answers: dict[str, bool], state: str, lacking: tuple[str, ...]
) -> None:
    monograph = screening_examplumab(
        ("x", "yes", None), ("y", "yes", None), every=False, only_if="male"
    )
    verdict = judged(answers, "rule", monograph)
    assert verdict.state == state
    assert set(lacking) <= set(verdict.unanswered)


def test_an_answer_is_read_as_its_question_asks() -> None:
    assert parse_answer(ALDESLEUKIN, "nephrectomy", "yes") is True
    assert parse_answer(ALDESLEUKIN, "nephrectomy", "no") is False
    assert parse_answer(ALDESLEUKIN, "ecog", "2") == 2
    assert parse_answer(ALDESLEUKIN, "ecog", "0") == 0
    assert parse_answer(ALDESLEUKIN, "ecog", "4") == 4


@pytest.mark.parametrize("text", ["", "Yes", "y", "true", "1", "unknown"])
def test_a_yes_or_no_that_is_neither_is_refused(text: str) -> None:
    """What is not a clear yes must not become a no."""
    with pytest.raises(Refused, match="write nephrectomy=yes or nephrectomy=no"):
        parse_answer(ALDESLEUKIN, "nephrectomy", text)


@pytest.mark.parametrize("text", ["5", "-1", "yes", "", "1e0", "1,5", "NaN"])
def test_a_number_outside_its_range_is_refused(text: str) -> None:
    """There is no ECOG performance status of 5 among patients."""
    with pytest.raises(Refused, match="ecog is a number from 0 to 4"):
        parse_answer(ALDESLEUKIN, "ecog", text)


def test_a_question_that_is_not_asked_is_refused_with_the_nearest() -> None:
    """A misspelt answer that went nowhere would leave its rule unmet."""
    with pytest.raises(UnknownName, match="did you mean 'nephrectomy'"):
        parse_answer(ALDESLEUKIN, "nefrectomy", "yes")


def test_a_monograph_without_questions_clears_nobody() -> None:
    """Nothing was asked, so nothing was answered."""
    monograph = screening_examplumab(("x", "yes", None), every=False)
    assert not all_clear(monograph, {"x": False})
    assert not all_clear(monograph._replace(rules=()), {})


def test_a_condition_that_is_met_is_never_clear_though_its_rule_is_not() -> None:
    """One of two: the rule is not met, and yet something was found."""
    both = screening_examplumab(("x", "yes", None), ("y", "yes", None), every=True)._replace(
        questions=(Question("x", "X?"), Question("y", "Y?"))
    )
    assert judged({"x": True, "y": False}, "rule", both).state == "not met"
    assert not all_clear(both, {"x": True, "y": False})
    assert all_clear(both, {"x": False, "y": False})


def test_a_question_may_be_asked_that_no_rule_needs() -> None:
    monograph = screening_examplumab(("x", "yes", None), every=False)._replace(
        questions=(Question("x", "X?"), Question("y", "Y?"))
    )
    assert not all_clear(monograph, {"x": False})
    assert all_clear(monograph, {"x": False, "y": True})


# One measure as another: activity and mass convert only by a factor of the drug's own monograph


def an_equation(left: str, right: str, figures: int | None = None) -> Factor:
    """A factor from two texts such as `2 old units` and `1 mg`."""
    first, second = (
        Figure(D(number), unit)
        for number, _, unit in (side.partition(" ") for side in (left, right))
    )
    return Factor(first, second, figures, "Invented.", ("label",))


def known_by(*factors: Factor) -> Drug:
    """An invented drug that is known by some factors alone."""
    return Drug("examplumab", (), 1, "2026-11-22", {}, factors=factors)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
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
def test_a_measure_of_aldesleukin_in_another_unit(text: str, unit: str, expected: str) -> None:
    """18 million IU = 1.1 mg: 42 x 1.1 / 18 = 2.567; 600,000 x 16.7 / 100 = 100,200."""
    conversion = convert_measure(text, unit, ALDESLEUKIN)
    figures = conversion.figures
    value = exact(conversion.value) if figures is None else short(conversion.value, figures)
    assert f"{value} {conversion.unit}{conversion.per}" == expected


@pytest.mark.parametrize(
    ("unit", "figures", "factors"),
    [("mg", 4, 1), ("Nutley units", 3, 1), ("Cetus units", 3, 1), ("IU", None, 0)],
)
def test_a_factor_known_to_three_figures_gives_three_figures(
    unit: str, figures: int | None, factors: int
) -> None:
    """About 83.3 and about 16.7: a fourth figure would be invented; no factor costs none."""
    conversion = convert_measure("18 million IU", unit, ALDESLEUKIN)
    assert (conversion.figures, len(conversion.factors)) == (figures, factors)


def test_the_coarsest_factor_on_the_way_decides_the_figures() -> None:
    """Milligrams to Cetus units go by 1.1 mg, exact, and by 16.7, known to three figures."""
    conversion = convert_measure("1.1 mg", "Cetus units", ALDESLEUKIN)
    assert conversion.value == 18_000_000 * D("16.7") / 100
    assert conversion.figures == 3
    assert [factor.right.unit for factor in conversion.factors] == ["mg", "Cetus units"]


def test_the_one_factor_between_activity_and_mass_is_used_and_no_other() -> None:
    """22 million units in a vial of 1.3 mg would give another factor."""
    assert convert_measure("22 million IU", "mg", ALDESLEUKIN).value.quantize(D("0.0001")) == D(
        "1.3444"
    )


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1 g", "mg", D(1000)),
        ("2 kg", "mg", D(2_000_000)),
        ("30 mcg/mL", "mg/mL", D("0.03")),
        ("5 mL/kg", "mL/kg", D(5)),
    ],
)
def test_a_mass_in_another_unit_of_mass_needs_no_drug(text: str, unit: str, value: Decimal) -> None:
    conversion = convert_measure(text, unit, None)
    assert (conversion.value, conversion.factors, conversion.figures) == (value, (), None)


@pytest.mark.hazard(14)
@pytest.mark.parametrize(("text", "unit"), [("18 million IU", "mg"), ("1.1 mg", "IU")])
def test_activity_and_mass_are_not_converted_without_a_drug(text: str, unit: str) -> None:
    """IU are activities of one drug: the mass of another drug's IU is another."""
    with pytest.raises(Refused, match="needs to know the drug: add --drug NAME"):
        convert_measure(text, unit, None)


def test_a_drug_without_a_factor_is_refused_by_its_name() -> None:
    with pytest.raises(Refused, match="monograph of trastuzumab has no factor between IU and mg"):
        convert_measure("18 million IU", "mg", drug("trastuzumab"))


def test_a_drug_with_factors_that_do_not_connect_is_refused() -> None:
    """IU to mL: there are factors of aldesleukin, but none leads to a volume."""
    with pytest.raises(Refused, match="has no factor between IU and mL"):
        convert_measure("18 million IU", "mL", ALDESLEUKIN)


def test_where_no_factor_was_used_every_digit_is_kept() -> None:
    """Rounding to four figures would make 1,234,567 mcg a dose of 1.235 g."""
    conversion = convert_measure("1234567 mcg", "g", None)
    assert (exact(conversion.value), conversion.figures) == ("1.234567", None)


@pytest.mark.hazard(14)
@pytest.mark.parametrize(
    ("text", "unit", "ways"),
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
    text: str, unit: str, ways: tuple[str, str]
) -> None:
    """Danger: 100,000 units of a paper of the 1980s taken for IU: a sixth of what it gave.

    Where the units are those of a sheet of il2calc, IU are meant.
    """
    with pytest.raises(NotAQuantity, match="plain units, but aldesleukin is measured in") as caught:
        convert_measure(text, unit, ALDESLEUKIN)
    plain, older = ways
    assert f"write {plain!r} if international units are meant; {older!r} if" in str(caught.value)


def test_plain_units_may_be_those_of_an_older_scale_and_never_milligrams() -> None:
    """18 million IU are 1.1 mg, and mg is no scale that "units" may be of: nobody means 22 mg."""
    with pytest.raises(NotAQuantity) as caught:
        convert_measure("22 units", "mg", ALDESLEUKIN)
    assert "'22 Cetus units' if" in str(caught.value)
    assert re.findall("mg|mcg", str(caught.value)) == []


def test_the_mass_of_a_drug_is_shown_in_kilograms_too() -> None:
    """What is asked for in kg is no body for that: 5,000,000 mg are 5 kg."""
    assert convert_measure("5000000 mg", "kg", None).value == 5


def test_units_that_are_not_international_are_not_taken_for_iu() -> None:
    """`units` of a drug that is not counted in IU are a dimension of their own."""
    with pytest.raises(Refused, match="no factor between units and mg"):
        convert_measure("100 units", "mg", drug("trastuzumab"))
    with pytest.raises(Refused, match="units to IU needs to know the drug"):
        convert_measure("100 units", "IU", None)


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("100 Cetsu units", "IU", "did you mean 'Cetus units'"),
        ("100 IU", "Nutly units", "did you mean 'Nutley units'"),
        ("100 xyzzy", "IU", "known: IU, units"),
    ],
)
def test_the_nearest_unit_is_offered_for_one_that_is_not_known(
    text: str, unit: str, words: str
) -> None:
    with pytest.raises(NotAQuantity, match=words):
        convert_measure(text, unit, ALDESLEUKIN)


def test_a_unit_of_one_drug_is_not_known_without_the_drug() -> None:
    with pytest.raises(NotAQuantity, match="units of a drug need --drug NAME"):
        convert_measure("100 Cetus units", "IU", None)


def test_a_unit_that_a_drug_does_not_know_is_not_answered_by_asking_for_a_drug() -> None:
    """It was named: whoever names it again is sent in a circle."""
    with pytest.raises(NotAQuantity) as error:
        convert_measure("100 Cetus units", "IU", drug("trastuzumab"))
    assert "--drug" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("18 million IU/mL", "mg"), ("18 million IU", "mg/mL"), ("600000 IU/kg", "mg/m2")],
)
def test_a_concentration_is_no_amount(text: str, unit: str) -> None:
    """1.1 mg/mL shown as 1.1 mg would be a dose."""
    with pytest.raises(Refused, match="is per"):
        convert_measure(text, unit, ALDESLEUKIN)


@pytest.mark.parametrize(
    ("text", "unit"),
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
def test_what_could_be_read_in_two_ways_is_not_read(text: str, unit: str) -> None:
    with pytest.raises(NotAQuantity):
        convert_measure(text, unit, ALDESLEUKIN)


def test_millions_of_an_older_scale_are_read() -> None:
    """1 million Cetus units are a million times 100 / 16.7 IU: units are counted, whosever."""
    conversion = convert_measure("16.7 million Cetus units", "IU", ALDESLEUKIN)
    assert conversion.value == 100_000_000


@pytest.mark.parametrize("text", ["18 million MIU", "18 million mg", "18 million mcg/mL"])
def test_a_million_is_not_written_twice_nor_of_units_that_are_not_counted(text: str) -> None:
    """18 million MIU is a million times 18 million IU, and must not become 1.1 mg."""
    with pytest.raises(NotAQuantity, match="says million of what is not counted"):
        convert_measure(text, "mg", ALDESLEUKIN)


def test_a_way_that_leads_nowhere_does_not_hide_one_that_leads_there() -> None:
    """1 a = 5 d leads nowhere; 1 a = 2 b and 1 b = 3 c give 1 a = 6 c."""
    monograph = known_by(
        an_equation("1 a", "5 d"), an_equation("1 a", "2 b", 2), an_equation("1 b", "3 c", 3)
    )
    conversion = convert_measure("1 a", "c", monograph)
    assert (conversion.value, conversion.figures) == (D(6), 2)
    assert [factor.left.unit for factor in conversion.factors] == ["a", "b"]
    assert convert_measure("6 c", "a", monograph).value == 1


@given(st.decimals(D("0.001"), D(100_000_000), places=3))
def test_there_and_back_again_gives_the_same_activity(value: Decimal) -> None:
    """IU to mg to IU."""
    mass = converted(value, "IU", "mg", ALDESLEUKIN)
    assert mass is not None
    back = converted(mass, "mg", "IU", ALDESLEUKIN)
    assert back is not None
    assert abs(back - value) <= value * D("1e-25")


def test_what_no_factor_connects_gives_no_number() -> None:
    """No volume, mass or activity is invented."""
    assert converted(D(5_040_000), "IU", "mg", ALDESLEUKIN) == D("0.308")
    assert converted(D(5), "IU", "mg", drug("trastuzumab")) is None
    assert converted(D(5), "mg", "mcg", drug("trastuzumab")) == 5000


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("250 \N{MICRO SIGN}g", "write 'mcg'"),
        ("250 ug", "write 'mcg'"),
        ("18 MU", "write 'MIU' or 'million IU'"),
        ("250 \N{SNOWMAN}", "write '18 million IU', '5 mcg' or '5 ft 7 in'"),
    ],
)
def test_a_unit_as_it_is_spelled_elsewhere_is_answered_with_what_works(
    text: str, advice: str
) -> None:
    with pytest.raises(NotAQuantity, match=re.escape(advice)):
        convert_measure(text, "IU", ALDESLEUKIN)


@pytest.mark.hazard(14)
@pytest.mark.parametrize("unit", ["Roche units", "Lotus units", "Cellcor units"])
def test_no_scale_of_activity_is_advised_for_another(unit: str) -> None:
    """A Roche unit is about half a Cetus unit: the guess would be a twofold error."""
    with pytest.raises(NotAQuantity, match="known: IU") as error:
        convert_measure(f"100 {unit}", "IU", ALDESLEUKIN)
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
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
def test_a_weight_or_a_height_needs_no_drug(text: str, unit: str, value: str) -> None:
    """US charts write pounds, feet and inches; both are exact."""
    conversion = convert_measure(text, unit, None)
    assert (conversion.value, conversion.unit, conversion.factors) == (D(value), unit, ())


@pytest.mark.parametrize("text", ["154 lbs", "154 pounds", "11 stone"])
def test_a_weight_in_a_unit_that_is_misspelt_names_those_of_a_body(text: str) -> None:
    """Who typed lbs read that IU, mg and cells are known, and not that lb is."""
    with pytest.raises(NotAQuantity, match=r"known: IU, .*, kg, .*, lb, m, cm, in, ft"):
        convert_measure(text, "kg", None)


@pytest.mark.parametrize("text", ["5 ft 12 in", "5 ft 70 cm", "5 ft 7 kg"])
def test_feet_go_only_with_inches_below_a_foot(text: str) -> None:
    """5 ft 12 in is 6 ft, or a slip of the pen."""
    with pytest.raises(NotAQuantity, match="write it like '5 ft 7 in'"):
        convert_measure(text, "cm", None)


def test_a_weight_is_no_height() -> None:
    with pytest.raises(NotAQuantity, match="different things"):
        convert_measure("154 lb", "cm", None)


@pytest.mark.parametrize("text", ["154 lb", "5 ft 7 in", "170 cm"])
def test_a_measure_of_a_body_in_a_unit_of_doses_names_those_of_a_body(text: str) -> None:
    """`lb` is known, to kg: that it is no unit would be wrong."""
    with pytest.raises(NotAQuantity) as error:
        convert_measure(text, "g", None)
    assert str(error.value) == f"'g' is not a unit for {text}; known: kg, lb, m, cm, in, ft"
