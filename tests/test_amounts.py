"""How much a dose is for many bodies at once: equal to `dosing.dose` on every row."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra cohort is not installed")

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts import alone, amounts_of, batch, kept, planned, regimen
from il2calc.cohort import amounts as of_amounts
from il2calc.cohort import expansion
from il2calc.cohort import people as of_people
from il2calc.cohort.amounts import Quick, scaled
from il2calc.errors import Refused
from il2calc.model.regimen import Regimen
from il2calc.plan.dosing import Band, Bound
from il2calc.units import quantity

D = Decimal

DOSES = {
    "per kg": "amount: 72_000 IU/kg, day: 1 to 5",
    "per kg, with digits": "amount: 0.333 mg/kg, day: 1",
    "per m2": "amount: 187.5 mg/m2, day: [1, 8]",
    "millions per m2": "amount: 18 million IU/m2, day: 1 to 5",
    "capped": "amount: 1.4 mg/m2, cap: 2 mg, day: 1",
    "capped where a dose is the cap": "amount: 2 mg/kg, cap: 150 mg, day: 1",
    "to a step": "amount: 6 mg/kg, round: 50 mg, day: 1",
    "to a step in another unit": "amount: 75 mg/m2, round: 100 mcg, cap: 0.15 g, day: 1",
    "to a step that is not kept": "amount: 75 mg/m2, round: 0.0000003 mg, day: 1",
    "cap and step": "amount: 9 mg/kg, cap: 625 mg, round: 50 mg, day: 1",
    "a day's amount": "amount: 45 mg/m2/day, at: 3 times a day, day: 1 to 2",
    "a day's amount, capped a day": (
        "amount: 10 mg/kg/day, cap: 700 mg/day, round: 50 mg, at: 2 times a day, day: 1"
    ),
    "a day's amount, capped a dose": "amount: 10 mg/kg/day, cap: 300 mg, at: 3 times a day, day: 1",
    "flat": "amount: 0.25 mg, day: 1",
    "flat, capped": "amount: 100.0000005 mg, cap: 100.00000049 mg, day: 1",
    "for a capped body": "amount: 80 mg/m2, bsa_cap: 1.8 m2, day: 1",
    "for a capped weight": "amount: 6 mg/kg, weight_cap: 70 kg, round: 50 mg, day: 1",
    "by bands": "amount: {below 60 kg: 260 mg, 60 to 80 kg: 390 mg, above 80 kg: 590 mg}, day: 1",
    "by bands of surface": (
        "amount: {below 1.6 m2: 2 mg/kg, 1.6 to 2 m2: 150 mg, above 2 m2: 90 mg/m2}, "
        "cap: 190 mg, day: 1"
    ),
    "by bands of GFR": (
        "amount: {below 60 mL/min: 4 AUC, 60 mL/min or more: 5 AUC}, round: 25 mg, day: 1"
    ),
    "a day, over days": "amount: 18 MIU/m2/day, over: 72 hours, day: 1",
    "an hour": "amount: 0.875 mg/m2/hour, over: 50 minutes, day: 1",
    "by AUC": "amount: 5 AUC, cap: 700 mg, round: 25 mg, day: 1",
}


def a_person(draw: random.Random) -> dict[str, str | None]:
    """A body, its measures with 0 to 16 decimals as people write them."""
    digits = draw.choice([0, 1, 1, 1, 2, 3, 6, 13, 16])
    return {
        "WT": f"{draw.uniform(40, 120):.{digits}f}",
        "HT": f"{draw.uniform(140, 200):.{digits}f}",
        "GFR": f"{draw.uniform(20, 140):.{digits}f}",
    }


def assert_equal(
    regimen: Regimen, people: list[dict[str, str | None]], body: Mapping[str, Any], **options: Any
) -> None:
    """Row by row the amounts are those of one patient's schedule."""
    rules = (body.get("formula", "mosteller"), body.get("surface_cap"))
    amounts = amounts_of(expansion.rows(planned(regimen, body=rules, **options), batch(people)))
    expected = [
        kept(row.dosed.value)
        for person in people
        for row in alone(regimen, person, **options, **body).administrations
    ]
    assert amounts == expected


BOUNDS = {
    "as it is": None,
    "a step within 10 %": Bound(quantity("50 mg"), within=D(10)),
    "a large step within 2 %": Bound(quantity("200 mg"), within=D(2)),
    "bands": Bound(
        bands=(Band(D(1), D(200), D(150), "mg"), Band(D(200), D(400), D("0.3"), "mg")), within=D(25)
    ),
}


@pytest.mark.parametrize("dose", DOSES.values(), ids=DOSES)
@pytest.mark.parametrize("percent", [D(100), D("66.7")])
def test_every_row_is_the_dose_of_one_patient(tmp_path: Path, dose: str, percent: D) -> None:
    """Another amount in a simulation than in a clinic would be found by nobody."""
    draw = random.Random(f"{dose} {percent}")  # noqa: S311 - the same bodies every time
    protocol = regimen(tmp_path, dose)
    assert_equal(
        protocol, [a_person(draw) for _ in range(80)], {}, percents={"examplumab": percent}
    )


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("dose", ["amount: 4 mg/kg, cap: 400 mg, day: 1", DOSES["per m2"]])
def test_rounding_by_the_user_is_that_of_one_patient(
    tmp_path: Path, dose: str, bound: Bound | None
) -> None:
    """Steps, bands and their bound: what is not allowed is left undone for the same bodies."""
    draw = random.Random(f"{dose} {bound}")  # noqa: S311 - the same bodies every time
    people = [a_person(draw) for _ in range(80)]
    bounds = {} if bound is None else {"examplumab": bound}
    assert_equal(regimen(tmp_path, dose), people, {}, bounds=bounds)


@pytest.mark.parametrize("formula", ["mosteller", "du-bois", "boyd", "schlich"])
@pytest.mark.parametrize("cap", [None, D("1.8")])
def test_every_formula_of_surface_and_its_cap_are_those_of_one_patient(
    tmp_path: Path, formula: str, cap: D | None
) -> None:
    """Mosteller goes the quick way, the others are calculated body by body: both are exact."""
    draw = random.Random(f"{formula} {cap}")  # noqa: S311 - the same bodies every time
    people = [{**a_person(draw), "SEX": draw.choice(["female", "male"])} for _ in range(40)]
    body = {"formula": formula, "surface_cap": cap}
    assert_equal(regimen(tmp_path, DOSES["per m2"]), people, body)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals("40", "150", places=1),
            st.decimals("140", "210", places=1),
        ),
        min_size=1,
        max_size=20,
    ),
    st.decimals("0.001", "500", places=3),
    st.integers(1, 40),
)
def test_any_body_any_amount_any_step(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[tuple[D, D]], amount: D, step: int
) -> None:
    """Halves of a step are where a quick way goes wrong: there it must have gone the slow one."""
    text = f"amount: {amount} mg/kg, round: {step} mg, day: 1"
    people: list[dict[str, str | None]] = [{"WT": str(w), "HT": str(h)} for w, h in bodies]
    protocol = regimen(tmp_path_factory.mktemp("any"), text)
    assert_equal(protocol, people, {})
    assert_equal(regimen(tmp_path_factory.mktemp("any"), text.replace("/kg", "/m2")), people, {})


def test_four_thirds_of_a_square_metre_is_exact(tmp_path: Path) -> None:
    """40 kg and 160 cm: sqrt(6400 / 3600) = 4/3 m2, and 187.5 x 4/3 = 250 mg."""
    protocol = regimen(tmp_path, DOSES["per m2"])
    rows = expansion.rows(planned(protocol), batch([{"WT": "40", "HT": "160"}]))
    assert amounts_of(rows) == [D(250)] * 4


def test_a_surface_that_was_measured_is_taken(tmp_path: Path) -> None:
    """187.5 mg/m2 x 1.73 m2 = 324.375 mg."""
    protocol = regimen(tmp_path, DOSES["per m2"])
    rows = expansion.rows(
        planned(protocol), batch([{"BSA": "1.73"}, {"BSA": "1.7300000000000000001"}])
    )
    assert amounts_of(rows) == [D("324.375")] * 8


def test_half_of_the_last_digit_is_rounded_up() -> None:
    """0.0020005 ends in a half of 10^-6, 0.00200049 in less."""
    texts = ("0.0020005", "0.00200049", "2")
    assert [scaled(D(text)) for text in texts] == [2_001, 2_000, 2_000_000]


def test_an_amount_of_which_six_decimals_keep_too_little_is_a_reason(tmp_path: Path) -> None:
    """Danger: a simulation with AMT 0 of 0.0000004 mg, and with 0.000001 of 0.0000014 mg.

    0.0005 mg is kept whole. Both ways say so: 0.00001 mg/kg x 70 kg = 0.0007 mg, and x 70.04 kg =
    0.0007004 mg, of which 0.0007 is 0.06 % off; of 0.0010004 mg 0.001 is 0.04 % off.
    """
    assert [scaled(D(text)) for text in ("0.0005", "0.000001")] == [500, 1]
    for text in ("0.0000004", "0.0000014", "0.0007004"):
        with pytest.raises(Refused, match="loses figures at 6 decimals; write the regimen in a sm"):
            scaled(D(text))
    protocol = regimen(tmp_path, "amount: 0.00001 mg/kg, day: 1")
    patients = batch(weighing("70", "70.04", "80", "70.04", "100.04", "100"))
    _, given, rejected = expansion.people_of(planned(protocol), patients)
    assert [one.row for one in rejected] == [2, 4]
    assert given[0][1][0].value.tolist() == [700, 800, 1_000, 1_000]


def test_an_amount_with_too_many_digits_is_a_reason(tmp_path: Path) -> None:
    """10^12 cells/kg x 70 kg have no place in 18 digits of which 6 are decimals."""
    protocol = regimen(tmp_path, "amount: 1_000_000_000_000 cells/kg, day: 1")
    people, given, rejected = expansion.people_of(planned(protocol), batch([{"WT": "70"}]))
    assert (len(people.ids), len(given[0][1][0].value)) == (0, 0)
    assert [one.reason for one in rejected] == [
        "an amount of 70000000000000 has more than 12 digits before the point"
    ]
    protocol = regimen(tmp_path, "amount: 10_000_000_000 cells/kg, day: 1")
    people, _, rejected = expansion.people_of(
        planned(protocol), batch([{"WT": "70"}, {"WT": "120"}])
    )
    assert (people.ids.tolist(), [one.row for one in rejected]) == ([1], [2])
    flat = regimen(tmp_path, "amount: 9_000_000_000_000 cells, day: 1")
    _, _, rejected = expansion.people_of(planned(flat), batch([{"WT": "70"}, {"WT": "80"}]))
    assert [(one.row, one.id) for one in rejected] == [(1, "1"), (2, "2")]
    with pytest.raises(Refused, match="12 digits"):
        scaled(D(10) ** 13)


def test_what_the_quick_way_does_not_know_goes_the_slow_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dose that says something new, or a result that differs, is calculated in decimals alone."""
    protocol = regimen(tmp_path, DOSES["per m2"])
    people: list[dict[str, str | None]] = [{"WT": "70", "HT": "170"}, {"WT": "80", "HT": "180"}]
    handled = of_amounts.HANDLED - {"amounts"}
    monkeypatch.setattr(of_amounts, "HANDLED", handled)
    assert_equal(protocol, people, {})
    monkeypatch.undo()
    monkeypatch.setattr(of_amounts.Quick, "_scaled", lambda _, full: full.astype("int64"))
    assert_equal(protocol, people, {})


def test_a_batch_without_patients_has_no_rows(tmp_path: Path) -> None:
    """A batch without patients has no rows, and no error."""
    protocol = regimen(tmp_path, DOSES["per kg"])
    empty = pa.RecordBatch.from_pydict({"ID": pa.array([], pa.string())})
    assert expansion.rows(planned(protocol), empty).num_rows == 0


def test_a_dose_whose_amount_is_not_stated_has_no_rows(tmp_path: Path) -> None:
    """An engine would take nothing for 0, and 0 for a dose."""
    protocol = regimen(tmp_path, "amount: not stated, day: 1")
    with pytest.raises(Refused, match="states no amount of these doses: nothing to simulate"):
        planned(protocol)


def quick(folder: Path, dose: str, *people: dict[str, str | None], **options: Any) -> list[str]:
    """What the quick way says of each: its amount, `capped`, `rounded`, or that it is in doubt."""
    plan = planned(regimen(folder, dose), **options)
    bodies, _ = of_people.read(batch(people), plan.rules)
    assert len(bodies.ids) == len(people), "each of them can be scheduled"
    way = Quick(plan.arms[0].recipes[0], bodies)
    outcomes = []
    for place in range(len(people)):
        words = [str(D(int(way.value[place])).scaleb(-6).normalize().__format__("f"))]
        words += ["capped"] * bool(way.capped[place]) + ["rounded"] * bool(way.rounded[place])
        outcomes.append("in doubt" if way.doubt[place] else " ".join(words))
    return outcomes


def weighing(*weights: str) -> list[dict[str, str | None]]:
    return [{"WT": weight} for weight in weights]


@pytest.mark.parametrize(
    ("dose", "weights", "expected"),
    [
        # 72,000 x 70 and x 80.5
        ("amount: 72_000 IU/kg, day: 1", ["70", "80.5"], ["5040000", "5796000"]),
        # 2 x 74 = 148; 2 x 75 is the cap; 2 x 80 = 160
        (
            DOSES["capped where a dose is the cap"],
            ["74", "75", "80"],
            ["148", "in doubt", "150 capped"],
        ),
        # 4 x 70 = 280 of a cap of 0.3 g; 4 x 80 = 320
        ("amount: 4 mg/kg, cap: 0.3 g, day: 1", ["70", "80"], ["280", "300 capped"]),
        # 30 x 70 = 2,100 a day, a third of it
        ("amount: 30 mg/kg/day, at: 3 times a day, day: 1", ["70"], ["700"]),
        # 2 x 70 = 140 at each of three times
        ("amount: 2 mg/kg, at: 3 times a day, day: 1", ["70"], ["140"]),
        # a day's 10 x 60 = 600 of 700, 10 x 80 = 800; half of it, and to a multiple of 50:
        # 66 kg have 660 / 2 = 330, and twice 350 are the cap; 69.5 kg have 347.5
        (
            DOSES["a day's amount, capped a day"],
            ["60", "80", "66", "69.5"],
            ["300", "350 capped", "350 rounded", "350 rounded"],
        ),
        # a day's 10 x 78 = 780 / 2 = 390 of 395 (half of 790); 400 would pass it
        (
            "amount: 10 mg/kg/day, cap: 790 mg/day, round: 50 mg, at: 2 times a day, day: 1",
            ["78"],
            ["390"],
        ),
        # a day's 10 x 60 = 600 / 3 = 200; 10 x 100 / 3 = 333.3 of 300
        (DOSES["a day's amount, capped a dose"], ["60", "100"], ["200", "300 capped"]),
        # a day's 10 x 88 = 880 / 3 = 293.33, and 300 are the cap of a dose, not of three
        (
            "amount: 10 mg/kg/day, cap: 300 mg, round: 50 mg, at: 3 times a day, day: 1",
            ["88"],
            ["300 rounded"],
        ),
        # 6 x 70 = 420 = 8.4 steps; 6 x 75 = 450 = 9; 6 x 62.5 = 375 = 7.5, a half; 6 x 4 = 24
        # would be nothing; 6 x 78 = 468 = 9.36
        (
            DOSES["to a step"],
            ["70", "75", "62.5", "4", "78"],
            ["400 rounded", "450", "in doubt", "24", "450 rounded"],
        ),
        # 9 x 66 = 594 = 11.88 steps: 600, which is the cap; 9 x 70 = 630 is capped at 600
        (
            "amount: 9 mg/kg, cap: 600 mg, round: 50 mg, day: 1",
            ["66", "70"],
            ["600 rounded", "600 capped"],
        ),
        # 9 x 71 = 639 = 12.78 steps: 650 would exceed the cap of 640
        ("amount: 9 mg/kg, cap: 640 mg, round: 50 mg, day: 1", ["71"], ["639"]),
        # 4 x 70 = 280 mg, to 0.1 g, whatever unit the step has
        ("amount: 4 mg/kg, round: 0.1 g, day: 1", ["70"], ["300 rounded"]),
        # a step of 3 x 10^-7 mg has more decimals than are kept
        ("amount: 4 mg/kg, round: 0.0000003 mg, day: 1", ["70"], ["in doubt"]),
        # and so has a cap of 280.0000005 mg
        ("amount: 4 mg/kg, cap: 290.0000005 mg, round: 50 mg, day: 1", ["70"], ["in doubt"]),
    ],
)
def test_the_quick_way_alone_gives_what_arithmetic_gives(
    tmp_path: Path, dose: str, weights: list[str], expected: list[str]
) -> None:
    """Where it was in doubt of everybody, a million patients would take the slow way unseen."""
    assert quick(tmp_path, dose, *weighing(*weights)) == expected


@pytest.mark.parametrize(
    ("dose", "weight"),
    [
        # 2 x 75.000000000000001 = 150.000000000000002, which a cap of 150 mg cuts
        (DOSES["capped where a dose is the cap"], "75.000000000000001"),
        (DOSES["capped where a dose is the cap"], "74.999999999999999"),
        # 6 x 62.500000000000001 = 375.000000000000006 = 7.50000000000000012 steps of 50
        (DOSES["to a step"], "62.500000000000001"),
        (DOSES["to a step"], "62.499999999999999"),
        # 0.333 x 70.000001501501501 = 23.3100004999999998..., a half of 10^-6 but for 2 x 10^-16
        ("amount: 0.333 mg/kg, day: 1", "70.000001501501501"),
        # 0.333 x 70.000001501501502 = 23.310000500000000166, the same from above
        ("amount: 0.333 mg/kg, day: 1", "70.000001501501502"),
        # 1 MIU x 10^6 / kg x 70 = 7 x 10^13 in 10^-6: more digits than are kept
        ("amount: 1_000_000_000_000 IU/kg, day: 1", "70"),
        # 70 x 1.5 x 10^10 are 1.05 steps of 10^12, which are more than are kept, too
        ("amount: 15_000_000_000 IU/kg, round: 1_000_000_000_000 IU, day: 1", "70"),
    ],
)
def test_what_an_error_of_floating_point_numbers_might_turn_is_in_doubt(
    tmp_path: Path, dose: str, weight: str
) -> None:
    """A dose on the edge of a cap, of a step or of the last digit is calculated in decimals."""
    assert quick(tmp_path, dose, {"WT": weight}) == ["in doubt"]


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        (
            "amount: 1_000 IU/kg, cap: 999_999_999_999.999999 IU, round: 9_000 IU, day: 1",
            "72000 rounded",
        ),
        ("amount: 1_000 IU/kg, cap: 1_000_000_000_000 IU, round: 9_000 IU, day: 1", "in doubt"),
        ("amount: 1_000 IU/kg, round: 1_000_000_000_000 IU, day: 1", "in doubt"),
    ],
)
def test_a_cap_or_a_step_with_more_digits_than_are_kept_refuses_nobody(
    tmp_path: Path, dose: str, expected: str
) -> None:
    """What bounds a dose may be 10^12, as long as the dose is not; 70,000 are 7.8 x 9,000."""
    assert quick(tmp_path, dose, {"WT": "70"}) == [expected]
    assert_equal(regimen(tmp_path, dose), weighing("70", "80"), {})


def test_the_quick_way_takes_the_share_of_the_cohort(tmp_path: Path) -> None:
    """2/3 of 6 x 70 = 420 mg with 66.7 % are 280.14; to a step of 50 mg they are 300."""
    share = {"percents": {"examplumab": D("66.7")}}
    assert quick(tmp_path, "amount: 6 mg/kg, day: 1", *weighing("70"), **share) == ["280.14"]
    assert quick(tmp_path, DOSES["to a step"], *weighing("70"), **share) == ["300 rounded"]


def test_the_quick_way_adds_25_to_a_gfr(tmp_path: Path) -> None:
    """Calvert: 5 x (90 + 25) = 575 mg; 5 x (120 + 25) = 725 of 700; 5 x 140 is the cap."""
    people: list[dict[str, str | None]] = [{"GFR": gfr} for gfr in ("90", "120", "115")]
    dose = "amount: 5 AUC, cap: 700 mg, day: 1"
    assert quick(tmp_path, dose, *people) == ["575", "700 capped", "in doubt"]


def test_the_quick_way_takes_measures_of_up_to_fifteen_decimals(
    tmp_path: Path,
) -> None:
    """70.5 kg; a weight with a 16th decimal is not among the numbers that it begins from."""
    people = weighing("70.5", "70.5000000000000001", "70.000000000000001")
    outcomes = quick(tmp_path, "amount: 1_000_000 IU/kg, day: 1", *people)
    assert outcomes == ["70500000", "in doubt", "70000000"]


MEASURED: list[dict[str, str | None]] = [
    {"WT": "80", "HT": "180", "BSA": None},
    {"WT": "40", "HT": "90", "BSA": None},
    {"WT": None, "HT": None, "BSA": "1.5"},
    {"WT": "80", "HT": None, "BSA": "0.5"},
]
"""sqrt(80 x 180 / 3600) = 2 m2, sqrt(40 x 90 / 3600) = 1 m2, and two that were measured."""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (("mosteller", None), ["200", "100", "150", "50"]),
        (("mosteller", D("1.8")), ["180", "100", "150", "50"]),
        (("mosteller", D("1.2")), ["120", "100", "120", "50"]),
        (("du-bois", None), ["in doubt", "in doubt", "150", "50"]),
        (("du-bois", D("1.2")), ["in doubt", "in doubt", "120", "50"]),
    ],
)
def test_the_quick_way_knows_mosteller_and_what_was_measured(
    tmp_path: Path, body: tuple[str, D | None], expected: list[str]
) -> None:
    """100 mg/m2; a cap on the surface comes first, and other formulas go the slow way."""
    assert quick(tmp_path, "amount: 100 mg/m2, day: 1", *MEASURED, body=body) == expected


BANDS = Bound(
    bands=(Band(D(100), D(200), D(150), "mg"), Band(D("0.2"), D("0.4"), D("0.3"), "g")),
    within=D(25),
)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("15", "60"),  # below all bands
        ("25", "in doubt"),  # 100 mg, an edge
        ("25.5", "102"),  # 150 mg would be 47 % more
        ("30", "in doubt"),  # 120 mg, and 150 are 25 % more
        ("31", "150 rounded"),  # 124 mg, and 150 are 21 % more
        ("37.5", "150"),  # as it is
        ("49", "150 rounded"),  # 196 mg, and 150 are 23 % less
        ("50", "in doubt"),  # 200 mg, an edge of two
        ("59", "236"),  # 300 mg would be 27 % more
        ("70", "300 rounded"),  # 280 mg
        ("99", "300 rounded"),  # 396 mg, and 300 are 24.2 % less
        ("100", "in doubt"),  # 400 mg, the last edge
        ("101", "404"),  # above all bands
    ],
)
def test_the_quick_way_takes_the_band_of_a_dose(tmp_path: Path, weight: str, expected: str) -> None:
    """4 mg/kg: from 100 mg up to, not including, 200 mg give 150; then, to 0.4 g, 0.3 g."""
    outcomes = quick(
        tmp_path,
        "amount: 4 mg/kg, day: 1",
        {"WT": weight},
        bounds={"examplumab": BANDS},
    )
    assert outcomes == [expected]


@pytest.mark.parametrize(
    ("bound", "weight", "expected"),
    [
        # 420 to 400 mg are 4.76 % less
        (Bound(quantity("100 mg"), within=D(5)), "70", "400 rounded"),
        (Bound(quantity("100 mg"), within=D("4.76")), "70", "420"),
        # 400 to 400; 480 to 500 are 4.17 % more
        (Bound(quantity("100 mg"), within=D("4.17")), "80", "500 rounded"),
        (Bound(quantity("100 mg"), within=D("4.16")), "80", "480"),
        # 375 to 400 are 25 / 375 = 6.666... %; to 28 digits that is no such bound
        (Bound(quantity("100 mg"), within=D("6.66666666666666666")), "62.5", "in doubt"),
        # 300 is a whole step
        (Bound(quantity("100 mg"), within=D(1)), "50", "300"),
    ],
)
def test_the_quick_way_leaves_a_rounding_that_changes_too_much(
    tmp_path: Path, bound: Bound, weight: str, expected: str
) -> None:
    """6 mg/kg, to 100 mg; the bound on the change is that of the user."""
    dose = "amount: 6 mg/kg, day: 1"
    assert quick(tmp_path, dose, {"WT": weight}, bounds={"examplumab": bound}) == [expected]


def test_a_band_that_gives_more_decimals_than_are_kept_is_in_doubt(tmp_path: Path) -> None:
    """0.0000003 mg is no whole number of 10^-6 mg."""
    bound = Bound(bands=(Band(D(1), D(900), D("300.0000003"), "mg"),))
    dose = "amount: 6 mg/kg, day: 1"
    assert quick(tmp_path, dose, {"WT": "50"}, bounds={"examplumab": bound}) == ["in doubt"]


def test_the_largest_amount_has_twelve_digits_before_the_point() -> None:
    """10^12 less 10^-6 is kept; half of 10^-6 more would be 10^12."""
    assert scaled(D("999999999999.9999994")) == 10**18 - 1
    with pytest.raises(Refused, match="more than 12 digits"):
        scaled(D("999999999999.9999995"))


SLOW = {
    "for a capped body", "for a capped weight", "by bands", "by bands of surface",
    "by bands of GFR", "a day, over days", "an hour",
}  # fmt: skip
"""What only `dosing.dose` knows of a dose."""


@pytest.mark.parametrize("name", DOSES)
def test_the_quick_way_is_for_every_recipe_that_it_knows(tmp_path: Path, name: str) -> None:
    """A dose that it does not know, taken all the same, would leave the cap of a body out."""
    recipe = planned(regimen(tmp_path, DOSES[name])).arms[0].recipes[0]
    assert recipe.is_simple() is (name not in SLOW)


@pytest.mark.parametrize(
    ("dose", "weights", "slowly"),
    [
        # the first is calculated both ways; then nobody
        ("amount: 2 mg/kg, day: 1", ["70", "80", "90"], [[0], []]),
        # a 16th decimal is in doubt, and alone
        ("amount: 2 mg/kg, day: 1", ["70.0000000000000001", "80", "90"], [[0], [0]]),
        ("amount: 2 mg/kg, day: 1", ["70", "80.0000000000000001", "90"], [[0], [1]]),
        # a flat dose is one for all
        ("amount: 2 mg, day: 1", ["70", "80", "90"], [[0]]),
        # what it does not know is calculated for each
        ("amount: 2 mg/kg, weight_cap: 75 kg, day: 1", ["70", "80"], [[0, 1]]),
        # who stands at a bound; then of each band, flat for all or per kg of the first
        (
            "amount: {below 60 kg: 260 mg, 60 to 80 kg: 5 mg/kg, above 80 kg: 590 mg}, day: 1",
            ["40", "50", "60", "70", "75", "80"],
            [[2, 5], [0], [0], [], []],
        ),
    ],
)
def test_only_patients_in_doubt_go_the_slow_way_of_a_recipe(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dose: str,
    weights: list[str],
    slowly: list[list[int]],
) -> None:
    """Ten million patients calculated one by one take hours, and nobody would know why."""
    plan = planned(regimen(tmp_path, dose))
    patients, _ = of_people.read(batch(weighing(*weights)), plan.rules)
    calculate, asked_of = of_amounts._calculate, []  # noqa: SLF001 - the way itself is what is asked about

    def noting(recipe: Any, people: Any, places: Any, *rest: Any) -> dict[int, str]:
        asked_of.append([int(place) for place in places])
        return calculate(recipe, people, places, *rest)

    monkeypatch.setattr(of_amounts, "_calculate", noting)
    of_amounts.amounts(plan.arms[0].recipes[0], patients)
    assert asked_of == slowly


def test_a_patient_refused_on_the_slow_way_hides_no_other(tmp_path: Path) -> None:
    """No band holds 40 kg; 6 x 70 = 420 mg are 400 to a step of 50 mg, and 6 x 75 = 450 stay."""
    dose = "amount: {50 to 60 kg: 300 mg, 60 to 80 kg: 6 mg/kg}, round: 50 mg, day: 1"
    plan = planned(regimen(tmp_path, dose))
    patients, _ = of_people.read(batch(weighing("40", "70", "75")), plan.rules)
    amount = of_amounts.amounts(plan.arms[0].recipes[0], patients)
    assert list(amount.refused) == [0]
    assert amount.value.tolist()[1:] == [400_000_000, 450_000_000]
    assert amount.rounded.tolist()[1:] == [True, False]


def test_a_patient_refused_in_a_band_is_named_by_place(tmp_path: Path) -> None:
    """Danger: another patient of the file would be rejected. 10^12 has no place in 12 digits."""
    bands = "{below 60 kg: 1_000_000_000_000 cells, 60 kg or more: 5 cells}"
    plan = planned(regimen(tmp_path, f"amount: {bands}, day: 1"))
    patients, _ = of_people.read(batch(weighing("70", "50", "60", "80", "40")), plan.rules)
    amount = of_amounts.amounts(plan.arms[0].recipes[0], patients)
    assert list(amount.refused) == [1, 4]
    assert amount.value[[0, 2, 3]].tolist() == [5_000_000] * 3


def test_an_ideal_weight_is_calculated_the_slow_way_from_height_and_sex(tmp_path: Path) -> None:
    """It depends on the height and the sex, though the amount is per kg."""
    people: list[dict[str, str | None]] = [
        {"WT": "90", "HT": "170", "SEX": "female"},
        {"WT": "95", "HT": "180", "SEX": "male"},
    ]
    assert_equal(regimen(tmp_path, "amount: 6 mg/kg, weight: ideal, day: 1"), people, {})


@pytest.mark.parametrize(
    "dose",
    [
        "amount: 18 MIU/m2/day, over: 72 hours, cap: 40 MIU, day: 1",
        "amount: 18 MIU/m2/hour, over: 3 hours, cap: 40 MIU, day: 1",
    ],
)
def test_a_capped_first_body_hides_no_amount_that_is_multiplied_out(
    tmp_path: Path, dose: str
) -> None:
    """18 x 2.5 = 45 MIU a day and 135 in three are both capped at 40; 18 x 1.5 x 3 = 81, not 27.

    Shown as 27 million units where one patient's schedule says 40, nobody would have looked again.
    """
    people: list[dict[str, str | None]] = [{"BSA": "2.5"}, {"BSA": "1.5"}]
    protocol = regimen(tmp_path, dose)
    rows = expansion.rows(planned(protocol), batch(people))
    assert amounts_of(rows) == [D(40_000_000)] * 4
    assert_equal(protocol, people, {})
