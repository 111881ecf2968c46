"""What is known of a drug together with others: what is not known is never called safe."""

from __future__ import annotations

import pytest

from il2calc.compatibility import all_compatible, known
from il2calc.drug import Drug, Fact, Meeting, Verdict
from il2calc.library import drug

ALDESLEUKIN = drug("aldesleukin")


def outcomes(monograph: Drug, *others: str) -> list[str]:
    """The outcome of each other."""
    return [each.outcome for each in known(monograph, others)]


def examplumab(*meetings: tuple[str, tuple[str, ...], Verdict]) -> Drug:
    """An invented drug that is known by its meetings alone."""
    listed = tuple(
        Meeting(name, also, verdict, Fact(f"{verdict} with {name}.", ("label",)))
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
