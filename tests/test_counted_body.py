"""How much of a body counts: caps on body surface area and weight, of a dose or a whole file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from filetext import a_dose, a_file, assert_fault, loaded
from il2calc.format import json, tabular
from il2calc.model.measure import DosingBody
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen
from il2calc.plan.dosing import Dosed, dose
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.report import regimen_text
from il2calc.report.notes import rules_used
from il2calc.report.rows import marked_rows
from il2calc.review.of_schedule import review
from il2calc.units import quantity

D = Decimal
LARGE = Patient(surface_area=D("2.2"))
HEAVY = Patient(weight=D(120))
PER_M2 = "amount: 80 mg/m2"


def planned(
    *lines: str, patient: Patient = LARGE, percent: str = "100", head: tuple[str, ...] = ()
) -> Schedule:
    """The schedule of the good file with one dose, at a share of its amount."""
    return make(loaded(a_dose(*lines, head=head)), patient, percents={"examplumab": D(percent)})


def dosed(*lines: str, patient: Patient = LARGE, head: tuple[str, ...] = ()) -> Dosed:
    """The dose of the good file for a patient."""
    dosed = planned(*lines, patient=patient, head=head).administrations[0].dosed
    assert isinstance(dosed, Dosed)
    return dosed


def true_shares(schedule: Schedule) -> list[Caution]:
    """Cautions about true shares."""
    return [caution for caution in review(schedule) if caution.code == "true-share"]


def words(regimen: Regimen) -> str:
    """What `show` says."""
    return "\n".join(line for _, lines in regimen_text.paragraphs(regimen) for line in lines)


@pytest.mark.parametrize(
    ("lines", "head", "age", "low"),
    [
        (("amount: 6 mg/kg", "weight_cap: 10 kg"), (), None, "weight_cap of 10 kg is below the 40"),
        (("amount: 6 mg/kg",), ("weight_cap: 10 kg",), "52", "weight_cap of 10 kg is below the 40"),
        ((PER_M2, "bsa_cap: 0.2 m2"), (), None, "bsa_cap of 0.2 m2 is below the 1.15 m2 of any"),
        (("amount: 6 mg/kg", "weight_cap: 40 kg"), (), None, None),
        (("amount: 6 mg/kg", "weight_cap: 10 kg"), (), "3", None),
        (("amount: 6 mg/kg", "weight_cap: 10 kg"), ("for: children with fever",), None, None),
        ((PER_M2, "bsa_cap: 2 m2"), (), None, None),
        (("amount: 6 mg",), (), None, None),
    ],
)
def test_a_cap_that_no_adult_stays_below_is_cautioned(
    lines: tuple[str, ...], head: tuple[str, ...], age: str | None, low: str | None
) -> None:
    """Danger: 10 kg for 100 is a seventh of the dose of 70 kg, marked as any capped dose is."""
    patient = Patient(weight=D(70), height=D(170), age=D(age) if age else None)
    codes = {
        caution.code: caution for caution in review(planned(*lines, patient=patient, head=head))
    }
    assert ("body-cap" in codes) is (low is not None)
    assert low is None or f"examplumab: a {low}" in codes["body-cap"].text


def test_the_body_is_capped_before_everything_else() -> None:
    """80 mg/m2 x 2 m2 = 160 mg, and the working says that 2.2 m2 count for 2 m2."""
    capped = dosed(PER_M2, "bsa_cap: 2 m2")
    assert capped.value == 160
    assert capped.working[0].text == (
        "80 mg/m2 x 2 m2 (of 2.2 m2, for the bsa_cap of 2 m2) = 160 mg"
    )
    heavy = dosed("amount: 4 mg/kg", "weight_cap: 100 kg", patient=HEAVY)
    assert heavy.working[0].text == (
        "4 mg/kg x 100 kg (of 120 kg, for the weight_cap of 100 kg) = 400 mg"
    )


def test_a_body_below_its_cap_counts_in_full_and_that_is_shown() -> None:
    """80 x 1.8 = 144 mg: a reader sees that there is a cap and that it does not bite."""
    whole_dose = dosed(PER_M2, "bsa_cap: 2 m2", patient=Patient(surface_area=D("1.8")))
    assert whole_dose.working[0].text == (
        "80 mg/m2 x 1.8 m2 (not above the bsa_cap of 2 m2) = 144 mg"
    )
    assert not whole_dose.body_reduced


def test_the_lower_of_two_caps_counts() -> None:
    """A user's own --bsa-cap of 1.8 m2 below the file's 2 m2: 80 x 1.8 = 144 mg."""
    patient = Patient(surface_area=D("2.2"), surface_cap=D("1.8"))
    assert dosed(PER_M2, "bsa_cap: 2 m2", patient=patient).value == 144


def test_a_file_may_say_it_for_every_dose() -> None:
    """`bsa_cap` on the file: every dose per m2 rests on it, and no other one does."""
    regimen = loaded(
        a_file(
            """
            doses:
              - {drug: examplumab, amount: 80 mg/m2, route: IV, day: 1}
              - {drug: otherumab, amount: 5 mg, route: IV, day: 1}
            """,
            "bsa_cap: 2 m2",
            "assumptions:\n  - {about: bsa_cap, text: For all., because: Unsaid.}",
        )
    )
    first, second = make(regimen, LARGE).administrations
    assert first.dosed.value == 160
    assert first.assumed == (1,)
    assert second.dosed.value == 5
    assert second.assumed == ()
    assert second.dose.dosing_body == DosingBody()


def test_a_cap_of_the_file_may_be_set() -> None:
    """--set bsa_cap: 80 x 2.1 = 168 mg."""
    text = a_dose(PER_M2, head=("bsa_cap: 2 m2",))
    regimen = loaded(text, ("bsa_cap", "2.1 m2"))
    assert make(regimen, LARGE).administrations[0].dosed.value == 168
    assert str(regimen.settings[0]) == "bsa_cap: 2 m2 -> 2.1 m2"
    assert regimen.facts["bsa_cap"] == "2.1 m2"


def test_a_cap_of_the_body_may_be_added_to_a_dose() -> None:
    """--set examplumab.bsa_cap: 80 x 2 = 160 mg."""
    regimen = loaded(a_dose(PER_M2), ("examplumab.bsa_cap", "2 m2"))
    assert make(regimen, LARGE).administrations[0].dosed.value == 160


def test_a_cap_of_the_file_needs_a_source() -> None:
    """A number with neither source nor assumption does not load."""
    text = a_dose(PER_M2, "source: doe2020", head=("bsa_cap: 2 m2  # here",), without="source")
    problem = "bsa_cap has neither source nor assumption; add 'source: key, locator'"
    assert_fault(text, "bsa_cap", problem)


@pytest.mark.parametrize(
    ("line", "path", "problem"),
    [
        ("bsa_cap: 2", "examplumab.bsa_cap", "'2' is not in m2; write '2 m2'"),
        (
            "bsa_cap: 20 m2",
            "examplumab.bsa_cap",
            "says that a cap on body surface area of 20 m2 is not plausible; give 0.1 to 4 m2",
        ),
        ("weight_cap: 220 lb", "examplumab.weight_cap", "write '99.7903214 kg'"),
        (
            "weight_cap: 1000 kg",
            "examplumab.weight_cap",
            "a cap on body weight of 1000 kg is not plausible; give 2 to 400 kg",
        ),
        (
            "weight_cap: 100 kg",
            "examplumab.weight_cap",
            "has no effect, because the amount is not per kg (body weight); leave it out, or write",
        ),
    ],
)
def test_a_cap_of_the_body_that_cannot_be_is_a_fault(line: str, path: str, problem: str) -> None:
    """A cap in pounds, of no body, or of a measure that the dose does not go by."""
    assert_fault(a_dose(PER_M2, f"{line}  # here"), path, problem)


def test_a_cap_of_the_body_beside_one_milligram_is_a_fault() -> None:
    """1 mg is an amount like any other, and not one that could not be read."""
    text = a_dose("amount: 1 mg", "bsa_cap: 2 m2  # here")
    assert_fault(text, "examplumab.bsa_cap", "has no effect, because the amount is not per m2")


def test_a_cap_of_the_file_that_bears_on_no_dose_is_a_fault() -> None:
    """A weight_cap where every dose goes by body surface area would be dropped in silence."""
    text = a_dose(PER_M2, head=("weight_cap: 100 kg  # here",))
    assert_fault(text, "weight_cap", "has no effect, because no amount is per kg (body weight)")


def test_an_amount_that_cannot_be_read_hides_whether_a_cap_bears_on_it() -> None:
    """It is one fault, not two of which one is a guess."""
    problem = "'80mg/m2' is not an amount; write '80 mg/m2', with a space"
    text = a_dose("amount: 80mg/m2  # here", "bsa_cap: 2 m2", head=("weight_cap: 99 kg",))
    assert_fault(text, "examplumab.amount", problem)


def test_show_states_what_of_a_body_counts() -> None:
    """`show` in words."""
    lines = words(loaded(a_dose("amount: 4 mg/kg", "weight_cap: 100 kg")))
    assert "examplumab 4 mg/kg, intravenous, on day 1, for at most 100 kg of body weight" in lines
    lines = words(loaded(a_dose(PER_M2, head=("bsa_cap: 2 m2",))))
    assert "on day 1, for at most 2 m2 of body surface area" in lines


def test_a_row_of_a_body_that_counts_for_less_is_marked() -> None:
    """The mark K leads to the arithmetic; and no line says that nothing is capped."""
    schedule = planned(PER_M2, "bsa_cap: 2 m2")
    rows, _ = marked_rows(schedule, ())
    assert rows[0].marks == ("K",)
    assert not any("No dose is capped" in line for line in rules_used(schedule))


def test_outputs_for_programs_give_the_measure_that_was_used() -> None:
    """CSV: `weight_kg`, `bsa_m2` that the row was calculated with; the head keeps the patient's."""
    large, heavy = (
        planned(PER_M2, "bsa_cap: 2 m2"),
        planned("amount: 4 mg/kg", "weight_cap: 100 kg", patient=HEAVY),
    )
    assert next(iter(tabular.records(large)))["bsa_m2"] == "2"
    assert next(iter(tabular.records(heavy)))["weight_kg"] == "100"
    assert json.document(large, ())["patient"]["bsa_m2"] == D("2.2")


def test_a_share_of_a_dose_that_its_cap_would_cut_is_cautioned_as_its_true_share() -> None:
    """2.8 m2 x 100 mg/m2 = 280 mg, capped at 200 mg; 50 % = 140 mg = 70 % of the 200 mg before."""
    patient = Patient(surface_area=D("2.8"))
    lines = ("amount: 100 mg/m2", "cap: 200 mg")
    (caution,) = true_shares(planned(*lines, patient=patient, percent="50"))
    assert caution.text == (
        "examplumab: 50 % of the amount is 140 mg, which is 70 % of the 200 mg of a full dose, "
        "because the cap comes after the percentage"
    )
    assert caution.administrations == (1,)
    (caution,) = true_shares(planned(*lines, patient=patient, percent="75"))
    assert "75 % of the amount is 200 mg, which is 100 % of the 200 mg" in caution.text


def test_a_share_of_a_dose_below_its_cap_is_that_share() -> None:
    """1.8 m2 x 100 mg/m2 = 180 mg: a third of it is a third, though it has no last digit."""
    lines, patient = ("amount: 100 mg/m2", "cap: 200 mg"), Patient(surface_area=D("1.8"))
    assert not true_shares(planned(*lines, patient=patient, percent="33"))
    assert not true_shares(planned(*lines, patient=patient))
    assert not true_shares(planned("amount: 100 mg/m2", patient=patient, percent="50"))


def test_a_share_of_an_infusion_below_its_cap_is_that_share() -> None:
    """Danger: a cap of 160 is cited for 18 x 5 x 1.683 = 151.5 million units, and cuts none of it.

    60 kg and 170 cm are 1.683 m2 (Mosteller), a root without a last digit: half of the rounded
    whole is not the rounded half.
    """
    amount, cap = quantity("18 MIU/m2/day"), quantity("160 MIU")
    for percent in (D(10), D(33), D(50), D("66.7"), D(75)):
        for weight in range(40, 65):
            patient = Patient(weight=D(weight), height=D(170))
            dosed_amount = dose(amount, patient, percent=percent, cap=cap, lasting=5 * 24 * 60)
            assert dosed_amount.true_share() is None, (percent, weight)


def test_a_raise_that_a_cap_cuts_is_cautioned_as_its_true_share() -> None:
    """1.8 m2 x 100 mg/m2 = 180 mg, which no cap cuts; 150 % = 270 mg, cut to 225 mg = 125 %."""
    lines, patient = ("amount: 100 mg/m2", "cap: 225 mg"), Patient(surface_area=D("1.8"))
    (caution,) = true_shares(planned(*lines, patient=patient, percent="150"))
    assert "150 % of the amount is 225 mg, which is 125 % of the 180 mg" in caution.text


def test_a_share_of_a_body_that_counts_for_less_is_that_share() -> None:
    """75 % of 80 mg/m2 at 2 of 2.2 m2 is 120 of 160 mg: no caution."""
    schedule = planned(PER_M2, "bsa_cap: 2 m2", percent="75")
    assert schedule.administrations[0].dosed.value == 120
    assert not true_shares(schedule)


def test_a_dose_with_no_share_has_no_true_one() -> None:
    """At 100 % there is nothing to compare."""
    assert dose(quantity("5 mg"), Patient()).true_share() is None


def test_a_true_share_is_cautioned_after_doses_that_have_none() -> None:
    """Danger: one drug without a cap, or with a cap that cuts nothing, hides the next one's share.

    At 50 %: 100 mg have no cap; 300 mg of 700 are cut by none; 280 mg are cut to 200 mg, and half
    of 280 mg, 140 mg, is 70 % of that.
    """
    doses = "".join(
        f"  - {{drug: {name}, amount: {amount}, {cap}route: IV, day: 1}}\n"
        for name, amount, cap in (
            ("primumab", "200 mg", ""),
            ("secundumab", "600 mg", "cap: 700 mg, "),
            ("tertiumab", "280 mg", "cap: 200 mg, "),
        )
    )
    shares = dict.fromkeys(("primumab", "secundumab", "tertiumab"), D(50))
    (caution,) = true_shares(make(loaded(a_file(f"doses:\n{doses}")), percents=shares))
    assert caution.text == (
        "tertiumab: 50 % of the amount is 140 mg, which is 70 % of the 200 mg of a full dose, "
        "because the cap comes after the percentage"
    )
    assert (caution.administrations, caution.of_patient) == ((3,), True)
