"""The quick way to the amounts of a cohort, alone: what it gives, and for whom it is in doubt.

Doses and bodies are made here, without a file. What is not in doubt is compared with the dose of
one patient as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra cohort is not installed")

import numpy as np
import pyarrow as pa

from cohorts import kept
from il2calc.cohort import amounts as of_amounts
from il2calc.cohort.amounts import Quick, Recipe, amounts, scaled, surface_areas
from il2calc.cohort.patients import DIGITS
from il2calc.cohort.people import People, Rules
from il2calc.errors import Refused
from il2calc.model.measure import Amount, DosingWeight
from il2calc.model.patient import Patient
from il2calc.model.regimen import NOT_STATED, At, Days, Dose
from il2calc.plan import dosing
from il2calc.plan.dosing import Band, Bound
from il2calc.units import plain, quantity, span

D = Decimal
Cells = Sequence[str | None]
IDEAL = DosingWeight(D(0), "ideal")
MEASURES = {"WT": "weight", "HT": "height", "BSA": "surface_area", "GFR": "gfr"}


def recipe_of(
    amount: str, percent: str = "100", bound: Bound | None = None, **options: Any
) -> Recipe:
    """One dose, on one day; a cap and a step as texts, `times` a day."""
    times = options.pop("times", 1)
    fields: dict[str, Any] = {
        name: quantity(value) if isinstance(value, str) else value
        for name, value in options.items()
    }
    if times > 1:
        fields["at"] = At("times a day", tuple(range(times)))
    given: dict[str | None, Amount] = {None: quantity(amount)}
    dose = Dose("dose", "examplumab", "path", given, "oral", Days(((1, 1),)), **fields)
    return Recipe(dose, None, D(percent), bound)


def people(formula: str = "mosteller", cap: str | None = None, **columns: Cells) -> People:
    """Bodies by column; the whole numbers are those of 15 decimals, -1 where there are more."""
    count = len(next(iter(columns.values())))
    rules = Rules("examplumab", {None: {}}, None, False, formula, None if cap is None else D(cap))
    ids = np.arange(1, count + 1)
    cells = {name: pa.array(list(texts), pa.string()) for name, texts in columns.items()}
    whole_numbers = {
        name: np.array([_whole(text) for text in columns[name]], np.int64)
        for name in MEASURES
        if name in columns
    }
    return People(rules, ids, ids - 1, np.zeros(count, np.int64), cells, whole_numbers)


def _whole(text: str | None) -> int:
    sized = D(text or "-1").scaleb(DIGITS)
    return int(sized) if text is not None and sized == int(sized) else -1


def quick_doses(recipe: Recipe, bodies: People) -> list[str]:
    """What the quick way gives for every patient: without doubt it is the dose of one patient."""
    quick = Quick(recipe, bodies)
    doses = []
    for place in range(len(bodies.ids)):
        if quick.doubt[place]:
            doses.append("in doubt")
            continue
        value = D(int(quick.value[place])).scaleb(-6)
        exact = one_dose(recipe, bodies, place)
        assert (value, bool(quick.capped[place])) == (kept(exact.value), exact.capped)
        words = [plain(value)] + ["capped"] * exact.capped
        doses.append(" ".join(words + ["rounded"] * bool(quick.rounded[place])))
    return doses


def one_dose(recipe: Recipe, bodies: People, place: int) -> dosing.Dosed:
    """The dose of one patient, in decimals."""
    texts = {MEASURES[name]: column[place].as_py() for name, column in bodies.cells.items()}
    body: dict[str, Any] = {name: D(text) for name, text in texts.items() if text is not None}
    patient = Patient(**body, formula=bodies.rules.formula, surface_cap=bodies.rules.cap)
    dose = recipe.dose
    times = len(dose.at.minutes) if dose.at else 1
    options: dict[str, Any] = {"percent": recipe.percent, "a_day": times, "bound": recipe.bound}
    prescribed = recipe.prescribed
    assert prescribed is not None
    return dosing.dose(prescribed, patient, cap=dose.cap, step=dose.round, **options)


def weighing(*weights: str) -> People:
    """Bodies of which the weight is known."""
    return people(WT=weights)


@pytest.mark.parametrize(
    ("recipe", "weights", "expected"),
    [
        # 72,000 x 70 and x 80.5
        (recipe_of("72_000 IU/kg"), ["70", "80.5"], ["5040000", "5796000"]),
        # 2/3 of 6 x 70 = 420 are, with 66.7 %, 280.14
        (recipe_of("6 mg/kg", "66.7"), ["70"], ["280.14"]),
        # 0.333 x 70.000002 = 23.310000666: the sixth decimal is rounded up
        (recipe_of("0.333 mg/kg"), ["70.000002", "70.000001"], ["23.310001", "23.31"]),
        # 2 x 74 = 148 of 150, 2 x 75 = 150, 2 x 80 = 160
        (
            recipe_of("2 mg/kg", cap="0.15 g"),
            ["74", "75", "80"],
            ["148", "in doubt", "150 capped"],
        ),
        # a day's 30 x 70 = 2,100, a third of it; 2 x 70 at each of three times
        (recipe_of("30 mg/kg/day", times=3), ["70"], ["700"]),
        (recipe_of("2 mg/kg", times=3), ["70"], ["140"]),
        # a day's 10 x 60 = 600 of 700, 10 x 80 = 800; the half of it
        (
            recipe_of("10 mg/kg/day", cap="700 mg/day", times=2),
            ["60", "80"],
            ["300", "350 capped"],
        ),
        # a day's 10 x 60 / 3 = 200 of 300 a dose; 10 x 100 / 3 = 333.3
        (recipe_of("10 mg/kg/day", cap="300 mg", times=3), ["60", "100"], ["200", "300 capped"]),
        # 6 x 70 = 420 = 8.4 steps; 6 x 75 = 9; 6 x 62.5 = 7.5, a half; 6 x 4 = 24 would be nothing
        (
            recipe_of("6 mg/kg", round="50 mg"),
            ["70", "75", "62.5", "4"],
            ["400 rounded", "450", "in doubt", "24"],
        ),
        # 6 x 66.66666666 = 399.99999996, which is 400 to the sixth decimal, and is rounded to it
        (recipe_of("6 mg/kg", round="50 mg"), ["66.66666666"], ["400 rounded"]),
        # a whole number of the smallest step; 6 x 70 = 420 = 420,000,000 of them
        (recipe_of("6 mg/kg", round="0.000001 mg"), ["70"], ["420"]),
        # 9 x 66 = 594 = 11.88 steps: 600, which is the cap; 9 x 71 = 639: 650 would pass 640
        (recipe_of("9 mg/kg", cap="600 mg", round="50 mg"), ["66"], ["600 rounded"]),
        (recipe_of("9 mg/kg", cap="640 mg", round="50 mg"), ["71"], ["639"]),
        # a day's 10 x 78 / 2 = 390; twice 400 would pass 790, and is 800
        (recipe_of("10 mg/kg/day", cap="790 mg/day", round="50 mg", times=2), ["78"], ["390"]),
        (
            recipe_of("10 mg/kg/day", cap="800 mg/day", round="50 mg", times=2),
            ["78"],
            ["400 rounded"],
        ),
        # a day's 10 x 88 / 3 = 293.3; 300 is the cap of a dose, not of three
        (recipe_of("10 mg/kg/day", cap="300 mg", round="50 mg", times=3), ["88"], ["300 rounded"]),
        # the user's step of 100 mg, in the place of the file's: 6 x 76 = 456 are 4.56 of it
        (
            recipe_of("6 mg/kg", bound=Bound(quantity("0.1 g")), round="50 mg"),
            ["76"],
            ["500 rounded"],
        ),
    ],
)
def test_the_quick_way_gives_what_arithmetic_gives(
    recipe: Recipe, weights: list[str], expected: list[str]
) -> None:
    """If it were in doubt of everybody, a million patients would take the slow way unseen."""
    assert quick_doses(recipe, weighing(*weights)) == expected


@pytest.mark.parametrize(
    ("recipe", "weight"),
    [
        # 2 x 75.000000000000001 = 150.000000000000002, which a cap of 150 mg cuts
        (recipe_of("2 mg/kg", cap="150 mg"), "75.000000000000001"),
        (recipe_of("2 mg/kg", cap="150 mg"), "74.999999999999999"),
        # 6 x 62.500000000000001 = 375.000000000000006 = 7.50000000000000012 steps of 50
        (recipe_of("6 mg/kg", round="50 mg"), "62.500000000000001"),
        (recipe_of("6 mg/kg", round="50 mg"), "62.499999999999999"),
        # 0.333 x 70.000001501501501 = 23.3100004999999998..., a half of 10^-6 but for 2 x 10^-16
        (recipe_of("0.333 mg/kg"), "70.000001501501501"),
        # 0.333 x 70.000001501501502 = 23.310000500000000166, the same from above
        (recipe_of("0.333 mg/kg"), "70.000001501501502"),
        # 0.0000005 x 3 = 0.0000015, a half of the last digit of a small amount
        (recipe_of("0.0000005 mg/kg"), "3"),
        # 70 x 10^12 have more digits than are kept, and so has a step of 10^12 or of 10^15
        (recipe_of("1_000_000_000_000 IU/kg"), "70"),
        (recipe_of("15_000_000_000 IU/kg", round="1_000_000_000_000 IU"), "70"),
        (recipe_of("1_000 IU/kg", round="1_000_000_000_000_000 IU"), "70"),
        # 7 x 10^19 steps are more than a whole number holds
        (recipe_of("1_000_000_000_000_000_000 IU/kg", round="1 IU"), "70"),
        # steps of 3 x 10^-7, a cap and a band of more decimals than are kept
        (recipe_of("4 mg/kg", round="0.0000003 mg"), "70"),
        (recipe_of("4 mg/kg", cap="290.0000005 mg", round="50 mg"), "70"),
        (
            recipe_of("6 mg/kg", bound=Bound(bands=(Band(D(1), D(900), D("3.0000003"), "mg"),))),
            "50",
        ),
        # a cap of 10^12 is one digit too many
        (recipe_of("1_000 IU/kg", cap="1_000_000_000_000 IU", round="9_000 IU"), "70"),
        # a 16th decimal is not among the numbers that it begins from
        (recipe_of("1_000_000 IU/kg"), "70.5000000000000001"),
    ],
)
def test_a_dose_that_a_rounding_error_might_change_is_in_doubt(recipe: Recipe, weight: str) -> None:
    """A dose on the edge of a cap, of a step or of the last digit is calculated in decimals."""
    assert quick_doses(recipe, weighing(weight)) == ["in doubt"]


def test_the_largest_cap_that_is_kept_leaves_no_doubt() -> None:
    """10^12 less 10^-6 has 18 digits; 1,000 x 70 = 70,000 are 7.8 steps of 9,000."""
    recipe = recipe_of("1_000 IU/kg", cap="999_999_999_999.999999 IU", round="9_000 IU")
    assert quick_doses(recipe, weighing("70")) == ["72000 rounded"]


TWO_BANDS = Bound(
    bands=(Band(D(100), D(200), D(150), "mg"), Band(D("0.2"), D("0.4"), D("0.3"), "g")),
    within=D(25),
)


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        ("15", "60"),  # below all bands
        ("25", "in doubt"),  # 100 mg, an edge
        ("25.5", "102"),  # 150 mg would be 47 % more
        ("30", "in doubt"),  # 120 mg, and 150 are 25 % more
        ("31", "150 rounded"),  # 124 mg, and 150 are 21 % more
        ("37.5", "150"),  # as it is
        ("50", "in doubt"),  # 200 mg, an edge of two
        ("70", "300 rounded"),  # 280 mg
        ("100", "in doubt"),  # 400 mg, the last edge
        ("101", "404"),  # above all bands
    ],
)
def test_it_takes_the_band_of_a_dose(weight: str, text: str) -> None:
    """4 mg/kg: from 100 mg up to, not including, 200 mg give 150; then, to 0.4 g, 0.3 g."""
    assert quick_doses(recipe_of("4 mg/kg", bound=TWO_BANDS), weighing(weight)) == [text]


def test_the_smallest_amount_that_is_kept_may_be_what_a_band_gives() -> None:
    """A band that gives 0.000001 mg gives something: 0 alone is no dose."""
    bound = Bound(bands=(Band(D(1), D(900), D("0.000001"), "mg"),))
    assert quick_doses(recipe_of("6 mg/kg", bound=bound), weighing("50")) == ["0.000001 rounded"]


@pytest.mark.parametrize(
    ("within", "weight", "text"),
    [
        # 420 to 400 are 20 / 420 = 4.7619 % less
        ("5", "70", "400 rounded"),
        ("4.8", "70", "400 rounded"),
        ("4.75", "70", "420"),
        # 480 to 500 are 20 / 480 = 4.1667 % more
        ("4.17", "80", "500 rounded"),
        ("4.16", "80", "480"),
        # 375 to 400 are 25 / 375 = 6.666... %: 0.0000000000000033... below the bound
        ("6.66666666666667", "62.5", "in doubt"),
        # 300.003 to 300 are 0.3 / 300.003 = 0.00099999000009999900 %, 10^-15 below the bound
        ("0.000999990000101", "50.0005", "in doubt"),
    ],
)
def test_it_leaves_a_rounding_that_changes_too_much(within: str, weight: str, text: str) -> None:
    """6 mg/kg, to 100 mg; how much the user lets it change is met or not, or is in doubt."""
    recipe = recipe_of("6 mg/kg", bound=Bound(quantity("100 mg"), within=D(within)))
    assert quick_doses(recipe, weighing(weight)) == [text]


def test_it_adds_25_to_a_gfr() -> None:
    """Calvert: 5 x (90 + 25) = 575 mg; 5 x (120 + 25) = 725 of 700; 5 x 140 is the cap."""
    recipe = recipe_of("5 AUC", cap="700 mg")
    assert quick_doses(recipe, people(GFR=["90", "120", "115"])) == [
        "575",
        "700 capped",
        "in doubt",
    ]


@pytest.mark.parametrize(
    ("formula", "cap", "expected"),
    [
        ("mosteller", None, ["200", "100", "150", "50"]),
        ("mosteller", "1.8", ["180", "100", "150", "50"]),
        ("mosteller", "1.2", ["120", "100", "120", "50"]),
        ("du-bois", None, ["in doubt", "in doubt", "150", "50"]),
        ("du-bois", "1.2", ["in doubt", "in doubt", "120", "50"]),
    ],
)
def test_it_knows_mosteller_and_what_was_measured(
    formula: str, cap: str | None, expected: list[str]
) -> None:
    """100 mg/m2, sqrt(80 x 180 / 3600) = 2 m2, sqrt(40 x 90 / 3600) = 1 m2, two measured.

    A cap on the surface comes first, and other formulas go the slow way.
    """
    measured: dict[str, Cells] = {
        "WT": ["80", "40", None, "80"],
        "HT": ["180", "90", None, None],
        "BSA": [None, None, "1.5", "0.5"],
    }
    assert quick_doses(recipe_of("100 mg/m2"), people(formula, cap, **measured)) == expected


def test_a_measure_of_the_surface_with_more_digits_than_are_kept_is_in_doubt() -> None:
    """A 16th decimal of the height, the weight or the surface, where no other column helps."""
    recipe = recipe_of("100 mg/m2")
    weights, heights = ["80", "80.0000000000000001", "80"], ["180", "180", "180.0000000000000001"]
    doses = quick_doses(recipe, people(WT=weights, HT=heights))
    assert doses == ["200", "in doubt", "in doubt"]
    assert quick_doses(recipe, people(BSA=["1.5", "1.7300000000000000001"])) == ["150", "in doubt"]


def test_a_patient_in_doubt_is_calculated_with_a_body_of_some_size() -> None:
    """Nothing is divided by nothing: a warning of the library would end a simulation."""
    bound = Bound(quantity("50 mg"), within=D(5))
    unknown = people("du-bois", WT=["80"], HT=["180"])
    assert quick_doses(recipe_of("100 mg/m2", bound=bound), unknown) == ["in doubt"]
    assert quick_doses(recipe_of("2 mg/kg", bound=bound), weighing("80.0000000000000001")) == [
        "in doubt"
    ]
    area, doubt = surface_areas(unknown)
    assert (area.tolist(), doubt.tolist()) == ([1], [True])


# Both ways together


def test_both_ways_together_leave_nobody_out() -> None:
    """2 x 70 and x 90; 2 x 80.0000000000000001 is in doubt and comes to 160 the slow way."""
    result = amounts(
        recipe_of("2 mg/kg", cap="170 mg"), weighing("70", "80.0000000000000001", "90")
    )
    assert result.value.tolist() == [140_000_000, 160_000_000, 170_000_000]
    assert (result.capped.tolist(), result.refused) == ([False, False, True], {})


CAPPED = recipe_of("2 mg/kg", weight_cap=D(75))
"""An amount for somebody of 75 kg at the most, which only `dosing.dose` knows."""


@pytest.mark.parametrize(
    ("recipe", "weights", "slowly"),
    [
        # the first is calculated both ways; then nobody
        (recipe_of("2 mg/kg"), ["70", "80", "90"], [[0], []]),
        # a 16th decimal is in doubt, and alone
        (recipe_of("2 mg/kg"), ["70.0000000000000001", "80", "90"], [[0], [0]]),
        (recipe_of("2 mg/kg"), ["70", "80.0000000000000001", "90"], [[0], [1]]),
        # a flat dose is one for all
        (recipe_of("2 mg"), ["70", "80", "90"], [[0]]),
        # what it does not know is calculated for each
        (CAPPED, ["70", "80"], [[0, 1]]),
    ],
)
def test_only_patients_in_doubt_are_calculated_the_slow_way(
    monkeypatch: pytest.MonkeyPatch, recipe: Recipe, weights: list[str], slowly: list[list[int]]
) -> None:
    """Ten million patients calculated one by one take hours, and nobody would know why."""
    calculate, slow = of_amounts._calculate, []  # noqa: SLF001 - the way itself is what is asked about

    def noting(recipe: Any, people: Any, places: Any, *options: Any) -> dict[int, str]:
        slow.append([int(place) for place in places])
        return calculate(recipe, people, places, *options)

    monkeypatch.setattr(of_amounts, "_calculate", noting)
    amounts(recipe, weighing(*weights))
    assert slow == slowly


def test_where_the_first_body_differs_everybody_goes_the_slow_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quick way that went wrong is found out by the first dose of the two: 2 x 70 and 2 x 80."""
    monkeypatch.setattr(Quick, "_scaled", lambda _, full: full.astype("int64"))
    result = amounts(recipe_of("2 mg/kg"), weighing("70", "80"))
    assert result.value.tolist() == [140_000_000, 160_000_000]


def test_a_flat_dose_or_the_reason_for_none_is_the_same_for_everybody() -> None:
    """2.5 mg for both; 10^12 cells do not fit into 12 digits before the point."""
    two_bodies = weighing("70", "80")
    result = amounts(recipe_of("2.5 mg"), two_bodies)
    assert (result.value.tolist(), result.refused) == ([2_500_000, 2_500_000], {})
    assert list(amounts(recipe_of("1_000_000_000_000 cells"), two_bodies).refused) == [0, 1]


def test_nobody_has_no_amount() -> None:
    """A batch without patients, of a dose per kg and of a flat one."""
    for recipe in (recipe_of("2 mg/kg"), recipe_of("2 mg")):
        result = amounts(recipe, weighing())
        assert (result.value.tolist(), result.refused) == ([], {})


def test_a_cap_that_the_quick_way_lacks_applies_to_each_body() -> None:
    """2 x 70 = 140; 2 x 75 = 150 where 80 kg count as 75, though the first body is not heavier."""
    assert amounts(CAPPED, weighing("70", "80")).value.tolist() == [140_000_000, 150_000_000]


def test_an_ideal_weight_is_calculated_with_all_of_the_body() -> None:
    """Devine at 177.8 cm, 70 inches: 45.5 + 2.3 x 10 = 68.5 kg and 50 + 23 = 73; twice that."""
    bodies = people(WT=["90", "95"], HT=["177.8", "177.8"], SEX=["female", "male"])
    result = amounts(recipe_of("2 mg/kg", weight=IDEAL), bodies)
    assert (result.value.tolist(), result.refused) == ([137_000_000, 146_000_000], {})


def test_a_refused_patient_hides_nobody_after() -> None:
    """10^10 x 120 are 13 digits before the point; 10^10 x 70 = 7 x 10^11 are 12.

    Both go the slow way, for the cap of a weight that neither reaches.
    """
    recipe = recipe_of("10_000_000_000 cells/kg", weight_cap=D(130))
    result = amounts(recipe, weighing("120", "70"))
    assert (list(result.refused), result.value[1]) == ([0], 7 * 10**17)


def test_the_slow_way_rounds_as_the_user_wants_and_says_so() -> None:
    """6 x 62.5 = 375, 7.5 steps of 50 mg: 400. By the user 6 x 72.5 = 435, 14.5 of 30 mg: 450.

    The file's own step of 100 mg would make 400 of it.
    """
    result = amounts(recipe_of("6 mg/kg", round="50 mg"), weighing("62.5"))
    assert (result.value.tolist(), result.rounded.tolist()) == ([400_000_000], [True])
    recipe = recipe_of("6 mg/kg", bound=Bound(quantity("30 mg")), round="100 mg")
    result = amounts(recipe, weighing("72.5", "70"))
    assert (result.value.tolist(), result.rounded.tolist()) == (
        [450_000_000, 420_000_000],
        [True, False],
    )


# Which recipes it knows


@pytest.mark.parametrize(
    ("recipe", "is_known"),
    [
        (recipe_of("2 mg/kg"), True),
        (recipe_of("30 mg/kg/day", times=3, cap="700 mg/day", round="50 mg"), True),
        (recipe_of("2 mg/kg", over=span("30 minutes")), True),
        (recipe_of("18 MIU/m2/day", over=span("72 hours")), False),
        (recipe_of("0.875 mg/m2/hour", over=span("50 minutes")), False),
        (CAPPED, False),
        (recipe_of("80 mg/m2", bsa_cap=D("1.8")), False),
        (recipe_of("2 mg/kg", weight=IDEAL), False),
    ],
)
def test_the_quick_way_takes_only_the_recipes_that_it_knows(
    recipe: Recipe, *, is_known: bool
) -> None:
    """A dose that it does not know, taken all the same, would leave the cap of a body out."""
    assert recipe.is_simple() is is_known


def test_an_amount_that_differs_between_patients_is_no_recipe() -> None:
    """What is not stated, or depends on bands, has no single amount to begin from."""
    dose = replace(recipe_of("2 mg").dose, amounts={None: NOT_STATED})
    recipe = Recipe(dose, None, D(100), None)
    assert (recipe.prescribed, recipe.is_simple(), recipe.unit) == (None, False, "")
    assert recipe_of("2 mg").prescribed == quantity("2 mg")


def test_the_largest_amount_has_twelve_digits_before_the_point() -> None:
    """10^12 less 10^-6 is kept; half of 10^-6 more would be 10^12."""
    assert scaled(D("999999999999.9999994")) == 10**18 - 1
    for text in ("999999999999.9999995", "1000000000000"):
        with pytest.raises(Refused, match="more than 12 digits"):
            scaled(D(text))
    texts = ("0.0020005", "0.00200049", "2")
    assert [scaled(D(text)) for text in texts] == [2_001, 2_000, 2_000_000]
