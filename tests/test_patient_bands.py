"""Amounts by bands of patients: weight, body surface area, age, GFR."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandline import run
from courselogs import course
from filetext import a_dose, a_file, assert_fault, faults, loaded
from il2calc.errors import FaultyFile, MissingInput, Refused
from il2calc.language.fields import band, is_band
from il2calc.language.regimen_keys import arm_name
from il2calc.language.spelling import BANDS_LIKE
from il2calc.model.effects import DoseKey, Given
from il2calc.model.measure import (
    Bands,
    chosen,
    measure_in_words,
    measured,
    measures,
    measures_needed,
)
from il2calc.model.patient import Patient
from il2calc.picture import outline
from il2calc.plan.schedule import Schedule, make
from il2calc.report import regimen_text, totals
from il2calc.review.of_schedule import review
from il2calc.units import quantity
from stated import value_of

D = Decimal
LOAD = "amount: {below 50 kg: 260 mg, 50 to 80 kg: 390 mg, above 80 kg: 590 mg}"
SYRUP = "amount: {up to 10 kg: 2.5 mL, 10 to 15 kg: 3.75 mL, 15 to 20 kg: 5 mL}"


def planned(line: str, *settings: tuple[str, str], **body: Decimal) -> Schedule:
    """The schedule of the good file with such amounts, for a body."""
    return make(loaded(a_dose(line), *settings), Patient(**body))  # type: ignore[arg-type] # measures


def amount(line: str, **body: Decimal) -> Decimal:
    """How much the dose is."""
    return value_of(planned(line, **body).administrations[0])


@pytest.mark.parametrize(
    ("weight", "dose"), [("49.9", 260), ("50", 390), ("70", 390), ("80", 390), ("80.1", 590)]
)
def test_the_band_of_the_weight_gives_the_amount(weight: str, dose: int) -> None:
    """A label's loading dose: 260 mg below 50 kg, 390 mg from 50 to 80 kg, 590 mg above."""
    assert amount(LOAD, weight=D(weight)) == dose


@pytest.mark.parametrize(
    ("line", "body", "dose"),
    [
        ("amount: {up to 1.5 m2: 1 mg, above 1.5 m2: 2 mg}", {"surface_area": D("1.5")}, 1),
        ("amount: {up to 1.5 m2: 1 mg, above 1.5 m2: 2 mg}", {"surface_area": D("1.51")}, 2),
        ("amount: {below 60 mL/min: 1 mg, 60 mL/min or more: 2 mg}", {"gfr": D(60)}, 2),
        ("amount: {below 60 mL/min: 1 mg, 60 mL/min or more: 2 mg}", {"gfr": D("59.9")}, 1),
        ("amount: {2 to 5 years: 1 mg, 6 to 11 years: 2 mg}", {"age": D("5.99")}, 1),
        ("amount: {2 to 5 years: 1 mg, 6 to 11 years: 2 mg}", {"age": D(6)}, 2),
        ("amount: {up to 5 years: 1 mg, above 5 years: 2 mg}", {"age": D("5.5")}, 1),
        ("amount: {3 to 23 months: 1 mg, 2 to 5 years: 2 mg}", {"age": D(23) / 12}, 1),
        ("amount: {3 to 23 months: 1 mg, 2 to 5 years: 2 mg}", {"age": D(2)}, 2),
        ("amount: {up to 8 months: 1 mg, above 8 months: 2 mg}", {"age": D(8) / 12}, 1),
        ("amount: {up to 8 months: 1 mg, above 8 months: 2 mg}", {"age": D(9) / 12}, 2),
        ("amount: {above 5 to 12 years: 1 mg, above 12 years: 2 mg}", {"age": D("12.9")}, 1),
        ("amount: {10 to below 15 kg: 1 mg, 15 to below 20 kg: 2 mg}", {"weight": D(15)}, 2),
    ],
)
def test_any_measure_may_give_the_band(line: str, body: dict[str, Decimal], dose: int) -> None:
    """Ages count in completed years, or months: five years and eleven months are 5 years."""
    assert amount(line, **body) == dose


USTEKINUMAB = "amount: {up to 55 kg: 260 mg, above 55 to 85 kg: 390 mg, above 85 kg: 520 mg}"


@pytest.mark.parametrize(("weight", "dose"), [("55", 260), ("55.1", 390), ("85", 390), ("86", 520)])
def test_a_band_may_leave_out_its_lower_bound(weight: str, dose: int) -> None:
    """A label says 260 mg to 55 kg and 390 mg for more than 55 to 85 kg: 55 kg in no second one."""
    schedule = planned(USTEKINUMAB, weight=D(weight))
    assert value_of(schedule.administrations[0]) == dose
    assert "band-bound" not in {caution.code for caution in review(schedule)}


def test_a_band_in_pounds_is_answered_with_the_units_there_are() -> None:
    """110 lb are no 110 kg, and are not converted in silence."""
    text = a_dose("amount: {below 110 lb: 1 mg, 110 lb or more: 2 mg}")
    assert [str(fault).partition("; ")[2] for fault in faults(text)] == [
        f"write it like {BANDS_LIKE}"
    ] * 2


def test_a_band_may_hold_an_amount_per_kg() -> None:
    """5 mg/kg x 8 kg = 40 mg; from 10 kg on 50 mg flat."""
    line = "amount: {below 10 kg: 5 mg/kg, 10 kg or more: 50 mg}"
    assert amount(line, weight=D(8)) == 40
    assert amount(line, weight=D(30)) == 50


def test_a_bound_that_both_bands_hold_belongs_to_the_upper_and_is_cautioned() -> None:
    """10 kg is in 'up to 10 kg' and in '10 to 15 kg': 3.75 mL, and a person must look."""
    schedule = planned(SYRUP, weight=D(10))
    assert value_of(schedule.administrations[0]) == D("3.75")
    (caution,) = (item for item in review(schedule) if item.code == "band-bound")
    assert caution.text == (
        "examplumab: 10 kg is the bound of two bands, up to 10 kg (2.5 mL) and 10 to 15 kg "
        "(3.75 mL); the upper one is used"
    )
    assert caution.administrations == (1,)
    assert caution.of_patient, "it tells of the body"
    (dose,) = {row.dosed.working[0].text for row in schedule.administrations}
    assert dose == "3.75 mL, flat (10 to 15 kg, at 10 kg, the bound it shares with up to 10 kg)"
    assert "band-bound" not in {caution.code for caution in review(planned(SYRUP, weight=D(12)))}


@pytest.mark.parametrize(
    ("line", "weight", "cautioned"),
    [
        (SYRUP, "12", False),
        ("amount: {below 6 years: 5 mg, 6 to 17 years: 10 mg}", "20", False),
        ("amount: {below 20 kg: 5 mg, 20 to 40 kg: 10 mg}", "39", False),
        ("amount: {below 20 kg: 5 mg, 20 to 41 kg: 10 mg}", "39", True),
        ("amount: {below 0.5 m2: 5 mg, 0.5 to 1 m2: 10 mg}", "39", True),
        (LOAD, "39", True),
    ],
)
def test_a_dose_for_children_alone_makes_no_body_of_a_child_unusual(
    line: str, weight: str, cautioned: bool
) -> None:
    """Danger: 12 kg called 26.5 pounds for every patient whom a syrup is for, and never read."""
    age = D(7) if "years" in line else None
    area = D("0.9") if "m2" in line else None
    schedule = make(loaded(a_dose(line)), Patient(weight=D(weight), surface_area=area, age=age))
    assert ("body-size" in {caution.code for caution in review(schedule)}) is cautioned


def steps(line: str, **body: Decimal) -> list[str]:
    """The cautions about neighbouring bands."""
    return [
        caution.text for caution in review(planned(line, **body)) if caution.code == "band-step"
    ]


@pytest.mark.parametrize(
    ("replaced", "slip", "weight", "words"),
    [
        ("590 mg", "5900 mg", "81", ["5,900 mg for above 80 kg is 15.1 times the 390 mg for 50"]),
        ("590 mg", "5900 mg", "70", ["5,900 mg for above 80 kg is 15.1 times the 390 mg for 50"]),
        ("590 mg", "5900 mg", "49", []),
        (
            "390 mg",
            "39 mg",
            "60",
            [
                "39 mg for 50 to 80 kg is 1/6.67 of the 260 mg for below 50 kg, the next band",
                "590 mg for above 80 kg is 15.1 times the 39 mg for 50 to 80 kg, the next band",
            ],
        ),
        ("590 mg", "590 g", "81", ["590 g for above 80 kg is 1,510 times the 390 mg for 50 to"]),
        ("590 mg", "1.95 g", "81", ["1.95 g for above 80 kg is 5 times the 390 mg for 50 to 80"]),
        ("590 mg", "1949 mg", "81", []),
        ("590 mg", "8 mg/kg", "81", []),
        ("590 mg", "590 mg", "81", []),
    ],
)
def test_bands_many_times_apart_are_cautioned(
    replaced: str, slip: str, weight: str, words: list[str]
) -> None:
    """Danger: a zero too many, or too few, in one line of a table: 5 x 390 = 1,950 mg."""
    cautions = steps(LOAD.replace(replaced, slip), weight=D(weight))
    for text, word in zip(sorted(cautions), sorted(words), strict=True):
        assert text.startswith(f"examplumab: {word}")


def test_an_age_that_both_bands_hold_belongs_to_the_upper_for_its_whole_year() -> None:
    """5 completed years last until the sixth birthday."""
    line = "amount: {1 to 5 years: 1 mg, 5 to 10 years: 2 mg}"
    assert amount(line, age=D("4.9")) == 1
    schedule = planned(line, age=D("5.9"))
    assert value_of(schedule.administrations[0]) == 2
    assert "5 years is the bound of two bands" in " ".join(
        caution.text for caution in review(schedule)
    )


def test_the_working_names_the_band() -> None:
    """Who checks a dose sees which line of the label it came from."""
    schedule = planned(LOAD, weight=D(70))
    assert next(totals.workings(schedule)) == (
        "390 mg, flat (50 to 80 kg, at 70 kg); no cap; not rounded "
        "(examplumab: examplumab.amount[50 to 80 kg]; doe2020, Abstract)"
    )


def test_a_patient_in_no_band_is_refused() -> None:
    """The source gives no dose for 25 kg: none is made up."""
    with pytest.raises(Refused) as error:
        planned(SYRUP, weight=D(25))
    assert str(error.value) == (
        "examplumab.amount: weight 25 kg is in no band of the source (up to 10 kg, 10 to 15 kg, "
        "15 to 20 kg), which gives no dose for it"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LOAD, "examplumab is dosed by weight: give --weight, for example --weight 70"),
        (
            "amount: {up to 5 years: 1 mg, above 5 years: 2 mg}",
            "examplumab is dosed by age: give --age, for example --age '7 years'",
        ),
        (
            "amount: {up to 60 mL/min: 1 mg, above 60 mL/min: 2 mg/kg}",
            (
                "examplumab is dosed by GFR and examplumab is dosed per kg: give --weight and "
                "--gfr, for example --weight 70 --gfr 90"
            ),
        ),
    ],
)
def test_a_measure_that_is_not_known_is_asked_for(line: str, message: str) -> None:
    """With all that any band needs, because which band applies is unknown."""
    with pytest.raises(MissingInput) as error:
        planned(line)
    assert str(error.value) == message


def test_only_what_the_band_of_the_patient_needs_is_asked_for() -> None:
    """At 30 kg the dose is flat: no body surface area is needed."""
    line = "amount: {up to 40 kg: 5 mg, above 40 kg: 5 mg/m2}"
    regimen = loaded(a_dose(line))
    (dose,) = regimen.doses()
    assert measures_needed(dose.amount(None), Patient(weight=D(30))) == {"by weight": "weight"}
    assert measures(dose.amount(None)) == {"weight", "surface"}
    assert amount(line, weight=D(30)) == 5


def test_a_band_of_arms_is_asked_for_with_its_measure() -> None:
    """In the example that a message gives only the arm is missing."""
    head = ("arms: {low: a, high: b}",)
    regimen = loaded(a_dose("amount: {up to 5 years: 1 mg, above 5 years: 2 mg}", head=head))
    with pytest.raises(MissingInput, match=r"--arm ARM --age 40$"):
        make(regimen)


@pytest.mark.parametrize(
    ("amounts", "place", "problem"),
    [
        ("{below 50 kg: 1 mg, 60 kg or more: 2 mg}", "60 kg or more", "leaves a gap after 'below"),
        ("{below 50 kg: 1 mg, above 50 kg: 2 mg}", "above 50 kg", "leaves a gap after 'below 50"),
        ("{up to 50 kg: 1 mg, 40 to 80 kg: 2 mg}", "40 to 80 kg", "overlaps 'up to 50 kg'; let it"),
        ("{below 50 kg: 1 mg, up to 50 kg: 2 mg}", "up to 50 kg", "overlaps 'below 50 kg'"),
        ("{up to 5 years: 1 mg, 7 to 9 years: 2 mg}", "7 to 9 years", "leaves a gap after 'up to"),
        ("{up to 5 years: 1 mg, above 50 kg: 2 mg}", "above 50 kg", "uses another measure than"),
        ("{80 to 50 kg: 1 mg}", "80 to 50 kg", "includes nobody; write the lower bound first"),
        ("{below 9 kg: 1 mg, 9 kg or more: 2 mL}", "9 kg or more", "is in mL, another band in mg"),
        (
            "{below 9 kg: 1 mg, 9 kg or more: not stated}",
            "9 kg or more",
            "is not stated; leave the",
        ),
    ],
)
def test_bands_that_do_not_fit_together_are_a_fault(amounts: str, place: str, problem: str) -> None:
    """A patient in a gap has no dose, one in an overlap has two."""
    text = a_dose(f"amount: {amounts}  # here")
    assert_fault(text, f"examplumab.amount[{place}]", problem)


def test_arms_and_bands_are_not_mixed() -> None:
    """Whether the arm or the weight comes first would be a guess."""
    text = a_dose("amount: {below 50 kg: 1 mg, high: 2 mg}  # here", head=("arms: {high: a}",))
    problem = (
        "mixes arms and bands of patients; write a dose for each arm, with 'dose: NAME' and 'arm: "
    )
    assert_fault(text, "examplumab.amount", problem)
    within = a_dose(
        "amount: {low: {below 50 kg: 1 mg, 50 kg or more: 2 mg}, high: 2 mg}  # here",
        head=("arms: {low: a, high: b}",),
    )
    assert_fault(within, "examplumab.amount[low]", problem)
    head = ("arms: {low: a, high: b}", "default_arm: low")
    bands = "{dose: x-low, drug: x, amount: {below 50 kg: 1 mg, 50 kg or more: 2 mg}, arm: low"
    text = f"""
        assumptions: [{{about: default_arm, text: a, because: b}}]
        doses:
          - {bands}, route: IV, day: 1}}
          - {{dose: x-high, drug: x, amount: 2 mg, arm: high, route: IV, day: 1}}
    """
    assert faults(a_file(text, *head)) == ()


@pytest.mark.parametrize("word", ["below 50", "50 kg", "below 5 to 8 kg", "above 5 kg or more"])
def test_half_a_band_is_no_band(word: str) -> None:
    """A bound without its unit or its side says nothing."""
    assert not is_band(word)
    with pytest.raises(
        ValueError, match="is not a range of a measure; write it like 'below 50 kg'"
    ):
        band(word)


def test_no_arm_is_named_like_a_band() -> None:
    """`amount: {above 80 kg: ...}` would mean two things."""
    with pytest.raises(ValueError, match="looks like a band of patients; choose another name"):
        arm_name("above 80 kg")
    assert arm_name("0.25-mg") == "0.25-mg"


def test_an_amount_in_a_band_that_cannot_be_read_is_one_fault() -> None:
    """What is wrong with it hides nothing else and adds nothing."""
    text = a_dose("amount: {below 9 kg: 1mg, 9 kg or more: 2 mg, source: doe2020}", "cap: 3 mg")
    assert [fault.problem for fault in faults(text)] == [
        "'1mg' is not an amount; write '1 mg', with a space"
    ]


def test_an_amount_of_one_band_may_be_set() -> None:
    """--set names the band in brackets, and an assumption may be about it."""
    path = "examplumab.amount[50 to 80 kg]"
    schedule = planned(LOAD, (path, "400 mg"), weight=D(70))
    assert value_of(schedule.administrations[0]) == 400
    assumed = f"assumptions:\n  - {{about: '{path}', text: As printed., because: A misprint.}}"
    regimen = loaded(a_dose(LOAD, head=(assumed,)))
    for weight, behind in ((70, (1,)), (90, ())):
        (row,) = make(regimen, Patient(weight=D(weight))).administrations
        assert row.assumed == behind


def test_caps_and_units_are_checked_against_every_band() -> None:
    """A cap in mg over a band in mL would be compared with nothing."""
    text = a_dose(SYRUP, "cap: 3 mg  # here")
    assert "is in mg, the amount in mL; use mL" in {fault.problem for fault in faults(text)}
    line = "amount: {below 10 kg: 5 mg/kg, 10 kg or more: 50 mg}"
    assert not faults(a_dose(line, "weight_cap: 9 kg"))


def test_show_lists_the_bands() -> None:
    """`show` in words, from the lowest band to the highest."""
    line = "amount: {above 80 kg: 590 mg, below 50 kg: 260 mg, 50 to 80 kg: 390 mg}"
    lines = dict(regimen_text.paragraphs(loaded(a_dose(line))))["What is given"]
    assert lines[0].startswith(
        "examplumab 260 mg (below 50 kg), 390 mg (50 to 80 kg) and 590 mg (above 80 kg), "
    )


def test_a_picture_without_a_patient_says_what_the_amount_depends_on() -> None:
    """Nobody is drawn, so no band is."""
    (lane,) = outline.of_regimen(loaded(a_dose(LOAD))).lanes
    assert lane.unit == "by weight"
    result = run("show", "-", "--format", "timeline", stdin=a_dose(LOAD).encode())
    assert "amount by weight a day (1 dose)" in result.out


def test_a_course_knows_the_unit_of_its_bands() -> None:
    """`log given --amount` is checked against the unit of the bands."""
    key = DoseKey((), "examplumab", "examplumab", 1)
    body = Patient(weight=D(70))
    regimen = loaded(a_dose(LOAD))
    result = course(regimen, Given((key,), amount=quantity("300 mg")), patient=body)
    assert result.rows[0].recorded.value == 300
    with pytest.raises(FaultyFile, match="is measured in mg, not mL"):
        course(regimen, Given((key,), amount=quantity("3 mL")), patient=body)


def test_a_measure_is_given_in_the_unit_that_was_asked_for() -> None:
    """90 completed months are 7 years."""
    assert measure_in_words(D(90), "years") == "7 years"
    assert measure_in_words(D(90), "months") == "90 months"
    assert measured(Patient(age=D(8) / 12), "age") == 8
    assert measured(Patient(), "age") is None


@given(st.integers(1, 200), st.integers(1, 60))
def test_every_value_is_in_exactly_one_of_two_bands_that_meet(value: int, bound: int) -> None:
    """Rule: gaps and overlaps are faults, so that what loads gives one dose to everybody."""
    for lower, upper in (("below", "or more"), ("up to", "above")):
        second = f"{upper} {bound} kg" if upper == "above" else f"{bound} kg {upper}"
        line = f"amount: {{{lower} {bound} kg: 1 mg, {second}: 2 mg}}"
        if value >= 2:
            expected = 1 if value < bound or (value == bound and lower == "up to") else 2
            assert amount(line, weight=D(value)) == expected


def test_a_band_is_not_chosen_without_its_measure() -> None:
    """The lowest band would be a guess; a schedule asks first."""
    (dose,) = loaded(a_dose(LOAD)).doses()
    bands = dose.amount(None)
    assert isinstance(bands, Bands)
    with pytest.raises(ValueError, match="the weight of this patient is not known"):
        chosen(bands, Patient())
