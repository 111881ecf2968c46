"""What is known of a drug together with others: what is not known is never called safe."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.errors import Refused, UnknownName
from il2calc.language import drug
from il2calc.model.drug import (
    Compatibility,
    Condition,
    Drug,
    Fact,
    Question,
    Relation,
    Rule,
    Verdict,
)
from il2calc.pharmacy.answers import (
    Answers,
    Screened,
    all_clear,
    all_compatible,
    answer,
    known,
    screen,
    unanswered,
)
from il2calc.report.monograph_text import screened

ALDESLEUKIN = drug("aldesleukin")


def outcomes(monograph: Drug, *others: str) -> list[str]:
    """The outcome of each other."""
    return [each.outcome for each in known(monograph, others)]


def examplumab(*meetings: tuple[str, tuple[str, ...], Verdict]) -> Drug:
    """An invented drug that is known by its meetings alone."""
    listed = tuple(
        Compatibility(name, also, verdict, Fact(f"{verdict} with {name}.", ("label",)))
        for name, also, verdict in meetings
    )
    return Drug("examplumab", (), 1, "2026-11-22", {}, meetings=listed)


def test_each_other_is_told_by_what_is_known_of_it() -> None:
    """The seven of the monograph: only lorazepam and promethazine are shown to be incompatible."""
    others = ["lorazepam", "promethazine", "morphine", "indomethacin", "saline", "amoxicillin"]
    found = known(ALDESLEUKIN, others)
    assert [(each.given, each.outcome) for each in found] == [
        ("lorazepam", "incompatible"),
        ("promethazine", "incompatible"),
        ("morphine", "compatible"),
        ("indomethacin", "avoid"),
        ("saline", "avoid"),
        ("amoxicillin", "no data"),
    ]
    assert not all_compatible(found)


@pytest.mark.parametrize(
    ("other", "name", "outcome"),
    [
        ("ganciclovir sodium", "ganciclovir", "incompatible"),
        ("pentamidine isetionate", "pentamidine", "incompatible"),
        ("prochlorperazine edisilate", "prochlorperazine", "incompatible"),
        ("promethazine hydrochloride", "promethazine", "incompatible"),
        ("fluorouracil", "fluorouracil", "incompatible"),
        ("5-FU", "fluorouracil", "incompatible"),
        ("indometacin", "indometacin", "avoid"),
        ("indomethacin", "indometacin", "avoid"),
        ("indomethacin sodium", "indometacin", "avoid"),
        ("NS", "sodium chloride 0.9 %", "avoid"),
        ("normal saline", "sodium chloride 0.9 %", "avoid"),
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
    (found,) = known(ALDESLEUKIN, [other])
    assert (found.given, found.name, found.outcome) == (other, name, outcome)
    assert found.facts


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
    found = known(ALDESLEUKIN, [other])
    assert (found[0].name, found[0].outcome, found[0].facts) == (None, "no data", ())
    assert not all_compatible(found)


@pytest.mark.parametrize(
    "other",
    [
        *("lorazepam", "saline", "amoxicillin", "paracetamol"),
        *("glucose 5 %", "water for injection", "human albumin"),
    ],
)
def test_one_that_is_not_compatible_is_enough(other: str) -> None:
    """Given beside is not mixed with, and what holds as stated holds only as stated."""
    assert all_compatible(known(ALDESLEUKIN, ["morphine", "morphine sulfate"]))
    assert not all_compatible(known(ALDESLEUKIN, ["morphine", other, "morphine sulfate"]))


@pytest.mark.hazard(11)
def test_the_circumstances_of_the_loss_of_activity_are_told() -> None:
    """33,800 units/mL in glucose 5 %: activity was lost, and only lorazepam showed it."""
    (lorazepam, ganciclovir) = known(ALDESLEUKIN, ["lorazepam", "ganciclovir"])
    for found in (lorazepam, ganciclovir):
        (fact,) = found.facts
        assert "33,800 units/mL in glucose 5 %" in fact.text
        assert "activity was lost" in fact.text
        assert fact.sources == ("monograph, Incompatibility",)
    assert "visibly incompatible" in lorazepam.facts[0].text
    assert "neither seen" in ganciclovir.facts[0].text


def test_morphine_rests_on_a_secondary_source_alone() -> None:
    """A hospital manual's Y-site table is no label."""
    (found,) = known(ALDESLEUKIN, ["morphine"])
    keys = {source.split(",")[0] for fact in found.facts for source in fact.sources}
    assert {ALDESLEUKIN.sources[key].read for key in keys} == {"secondary"}
    assert "Y-site" in found.facts[0].text


def test_where_sources_differ_over_indometacin_both_are_told() -> None:
    """The monograph warns of the kidneys; some published practice gives it."""
    (found,) = known(ALDESLEUKIN, ["indometacin"])
    told = " ".join(fact.text for fact in found.facts)
    sources = {source.split(",")[0] for fact in found.facts for source in fact.sources}
    assert "renal" in told
    assert "does give it" in told
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
def test_of_several_entries_the_most_cautious_stands_first_and_all_are_told(
    verdicts: tuple[Verdict, ...], outcome: str
) -> None:
    """A drug named alone and in a class: the class must not hide behind the drug."""
    meetings = [(f"class {index}", ("both",), each) for index, each in enumerate(verdicts)]
    for listed in (meetings, meetings[::-1]):
        (found,) = known(examplumab(*listed), ["both"])
        assert found.outcome == outcome
        assert found.facts[0].text.startswith(f"{outcome} with")
        assert len(found.facts) == len(verdicts)


def test_nothing_is_known_of_a_drug_without_meetings() -> None:
    assert outcomes(examplumab(), "saline", "water") == ["no data", "no data"]


D = Decimal
RISK = "risk factors"
NUMBERS = {"ecog": D(0), "metastatic_sites": D(1), "months_since_diagnosis": D(36), "age": D(50)}
FINE: Mapping[str, bool | Decimal] = {
    each.name: NUMBERS.get(each.name, False) for each in ALDESLEUKIN.questions
}
"""A patient of whom nothing is to be feared."""

THREE = {"ecog": D(1), "metastatic_sites": D(2), "months_since_diagnosis": D(12)}
"""All three risk factors, each at or within its limit."""


def judged(answers: Answers, name: str, monograph: Drug = ALDESLEUKIN) -> Screened:
    """What becomes of one rule."""
    (found,) = (each for each in screen(monograph, answers) if each.rule.name == name)
    return found


def screening_examplumab(
    *conditions: tuple[str, Relation, Decimal | None], every: bool, only_if: str | None = None
) -> Drug:
    """An invented drug of one rule."""
    listed = tuple(Condition(name, how, limit, name) for name, how, limit in conditions)
    rule = Rule("rule", listed, every, "avoid", ("label",), only_if)
    return Drug("examplumab", (), 1, "2026-11-22", {}, rules=(rule,))


@pytest.mark.hazard(31)
def test_only_who_answered_all_and_meets_nothing_is_clear() -> None:
    assert all_clear(ALDESLEUKIN, FINE)
    assert {each.state for each in screen(ALDESLEUKIN, FINE)} == {"not met", "does not apply"}
    assert unanswered(ALDESLEUKIN, FINE) == ()


def test_without_answers_nothing_is_decided_and_every_question_is_open() -> None:
    assert {each.state for each in screen(ALDESLEUKIN, {})} == {"cannot be decided"}
    assert unanswered(ALDESLEUKIN, {}) == ALDESLEUKIN.questions
    assert not all_clear(ALDESLEUKIN, {})


@pytest.mark.hazard(31)
@given(st.sets(st.sampled_from(sorted(FINE)), min_size=1))
def test_one_question_left_open_is_never_clear(left_out: set[str]) -> None:
    """Unanswered never counts as fine."""
    given_ = {name: value for name, value in FINE.items() if name not in left_out}
    assert not all_clear(ALDESLEUKIN, given_)
    assert {each.name for each in unanswered(ALDESLEUKIN, given_)} == left_out


@given(st.sets(st.sampled_from(sorted(FINE))))
def test_a_rule_is_not_met_only_where_every_answer_it_needs_was_given(given_: set[str]) -> None:
    """`any of` is refuted by all of its answers; `all of` by one."""
    answers = {name: FINE[name] for name in given_}
    for each in screen(ALDESLEUKIN, answers):
        asked = {condition.question for condition in each.rule.conditions}
        if each.state == "not met":
            assert asked & given_ if each.rule.every else asked <= given_
        if each.state == "cannot be decided":
            assert each.lacking
            assert not set(each.lacking) & given_


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
    """One answer meets its rule and no other, whatever else was answered or not."""
    answers = {**FINE, question: value}
    found = judged(answers, rule)
    assert found.state == "met"
    assert [each.question for each in found.met] == [question]
    assert verdict in found.rule.verdict
    assert found.rule.sources
    assert not all_clear(ALDESLEUKIN, answers)
    met = [each.rule.name for each in screen(ALDESLEUKIN, answers) if each.state == "met"]
    assert met == [rule]
    assert judged({question: value}, rule).state == "met"


def test_the_three_risk_factors_forbid_it_in_renal_cell_carcinoma() -> None:
    """UK product information: not to be used in patients with all three."""
    found = judged({"renal_cell": True, **THREE}, RISK)
    assert (found.state, len(found.met)) == ("met", 3)
    assert found.rule.verdict == "not to be used (UK product information)"
    assert found.rule.only_if == "renal_cell"
    assert found.rule.sources == ("monograph, Precautions", "label-uk, Indications")


@pytest.mark.parametrize(
    ("fewer", "value"),
    [("ecog", D(0)), ("metastatic_sites", D(1)), ("months_since_diagnosis", D(24))],
)
def test_two_of_the_three_are_counted_and_do_not_meet_the_uk_rule(
    fewer: str, value: Decimal
) -> None:
    """1 or greater, 2 or more, less than 24 months: each limit from its other side."""
    found = judged({"renal_cell": True, **THREE, fewer: value}, RISK)
    assert (found.state, len(found.met)) == ("not met", 2)


@pytest.mark.parametrize("open_", sorted(THREE))
def test_the_uk_rule_is_not_decided_while_one_factor_is_open(open_: str) -> None:
    answers: dict[str, bool | Decimal] = {"renal_cell": True, **THREE}
    del answers[open_]
    found = judged(answers, RISK)
    assert (found.state, found.lacking, len(found.met)) == ("cannot be decided", (open_,), 2)
    assert not all_clear(ALDESLEUKIN, answers)


def test_the_uk_rule_is_not_decided_while_the_disease_is_open() -> None:
    found = judged(THREE, RISK)
    assert (found.state, found.lacking) == ("cannot be decided", ("renal_cell",))


def test_one_refuted_factor_decides_the_uk_rule_whatever_is_open() -> None:
    assert judged({"ecog": D(0)}, RISK).state == "not met"


def test_outside_renal_cell_carcinoma_the_factors_are_counted_and_the_rule_does_not_apply() -> None:
    """Risk factors 3 of 3; the UK rule does not apply."""
    found = judged({"renal_cell": False, **THREE}, RISK)
    assert (found.state, len(found.met)) == ("does not apply", 3)
    assert found.rule.otherwise == "the UK rule does not apply"


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
    (line,) = (each for each in screened(ALDESLEUKIN, answers) if each.startswith(RISK))
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
    found = judged(answers, "rule", monograph)
    assert found.state == state
    assert set(lacking) <= set(found.lacking)


def test_an_answer_is_read_as_its_question_asks() -> None:
    assert answer(ALDESLEUKIN, "nephrectomy", "yes") is True
    assert answer(ALDESLEUKIN, "nephrectomy", "no") is False
    assert answer(ALDESLEUKIN, "ecog", "2") == 2
    assert answer(ALDESLEUKIN, "ecog", "0") == 0
    assert answer(ALDESLEUKIN, "ecog", "4") == 4


@pytest.mark.parametrize("text", ["", "Yes", "y", "true", "1", "unknown"])
def test_a_yes_or_no_that_is_neither_is_refused(text: str) -> None:
    """What is not a clear yes must not become a no."""
    with pytest.raises(Refused, match="write nephrectomy=yes or nephrectomy=no"):
        answer(ALDESLEUKIN, "nephrectomy", text)


@pytest.mark.parametrize("text", ["5", "-1", "yes", "", "1e0", "1,5", "NaN"])
def test_a_number_outside_its_range_is_refused(text: str) -> None:
    """There is no ECOG performance status of 5 among patients."""
    with pytest.raises(Refused, match="ecog is a number from 0 to 4"):
        answer(ALDESLEUKIN, "ecog", text)


def test_a_question_that_is_not_asked_is_refused_with_the_nearest() -> None:
    """A misspelt answer that went nowhere would leave its rule unmet."""
    with pytest.raises(UnknownName, match="did you mean 'nephrectomy'"):
        answer(ALDESLEUKIN, "nefrectomy", "yes")


def test_a_monograph_without_questions_clears_nobody() -> None:
    """Nothing was asked, so nothing was answered."""
    asked = screening_examplumab(("x", "yes", None), every=False)
    assert not all_clear(asked, {"x": False})
    assert not all_clear(asked._replace(rules=()), {})


def test_a_condition_that_is_met_is_never_clear_though_its_rule_is_not() -> None:
    """One of two: the rule is not met, and yet something was found."""
    both = screening_examplumab(("x", "yes", None), ("y", "yes", None), every=True)._replace(
        questions=(Question("x", "X?"), Question("y", "Y?"))
    )
    assert judged({"x": True, "y": False}, "rule", both).state == "not met"
    assert not all_clear(both, {"x": True, "y": False})
    assert all_clear(both, {"x": False, "y": False})


def test_a_question_may_be_asked_that_no_rule_needs() -> None:
    asked = screening_examplumab(("x", "yes", None), every=False)._replace(
        questions=(Question("x", "X?"), Question("y", "Y?"))
    )
    assert not all_clear(asked, {"x": False})
    assert all_clear(asked, {"x": False, "y": True})
