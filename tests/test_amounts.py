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
from il2calc.cohort.amounts import scaled
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
    made: Regimen, people: list[dict[str, str | None]], body: Mapping[str, Any], **how: Any
) -> None:
    """Row by row the amounts are those of one patient's schedule."""
    rules = (body.get("formula", "mosteller"), body.get("surface_cap"))
    found = amounts_of(expansion.rows(planned(made, body=rules, **how), batch(people)))
    expected = [
        kept(row.dosed.value)
        for person in people
        for row in alone(made, person, **how, **body).administrations
    ]
    assert found == expected


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
    made = regimen(tmp_path, dose)
    assert_equal(made, [a_person(draw) for _ in range(80)], {}, percents={"examplumab": percent})


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("dose", ["amount: 4 mg/kg, cap: 400 mg, day: 1", DOSES["per m2"]])
def test_rounding_by_the_user_is_that_of_one_patient(
    tmp_path: Path, dose: str, bound: Bound | None
) -> None:
    """Steps, bands and their bound: what may not stand is left undone for the same bodies."""
    draw = random.Random(f"{dose} {bound}")  # noqa: S311 - the same bodies every time
    people = [a_person(draw) for _ in range(80)]
    bounds = {} if bound is None else {"examplumab": bound}
    assert_equal(regimen(tmp_path, dose), people, {}, bounds=bounds)


@pytest.mark.parametrize("formula", ["mosteller", "du-bois", "boyd", "schlich"])
@pytest.mark.parametrize("cap", [None, D("1.8")])
def test_every_formula_of_surface_and_its_cap_are_those_of_one_patient(
    tmp_path: Path, formula: str, cap: D | None
) -> None:
    """Mosteller goes the quick way, the others are reckoned body by body: both are exact."""
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
    made = regimen(tmp_path_factory.mktemp("any"), text)
    assert_equal(made, people, {})
    assert_equal(regimen(tmp_path_factory.mktemp("any"), text.replace("/kg", "/m2")), people, {})


def test_four_thirds_of_a_square_metre_is_exact(tmp_path: Path) -> None:
    """40 kg and 160 cm: sqrt(6400 / 3600) = 4/3 m2, and 187.5 x 4/3 = 250 mg."""
    made = regimen(tmp_path, DOSES["per m2"])
    rows = expansion.rows(planned(made), batch([{"WT": "40", "HT": "160"}]))
    assert amounts_of(rows) == [D(250)] * 4


def test_a_surface_that_was_measured_is_taken(tmp_path: Path) -> None:
    """187.5 mg/m2 x 1.73 m2 = 324.375 mg."""
    made = regimen(tmp_path, DOSES["per m2"])
    rows = expansion.rows(planned(made), batch([{"BSA": "1.73"}, {"BSA": "1.7300000000000000001"}]))
    assert amounts_of(rows) == [D("324.375")] * 8


def test_half_of_the_last_digit_is_rounded_up() -> None:
    """0.0000005 is a half of 10^-6, 0.00000049 is less."""
    assert [scaled(D(text)) for text in ("0.0000005", "0.00000049", "2")] == [1, 0, 2_000_000]


def test_an_amount_with_too_many_digits_is_a_reason(tmp_path: Path) -> None:
    """10^12 cells/kg x 70 kg have no place in 18 digits of which 6 are decimals."""
    made = regimen(tmp_path, "amount: 1_000_000_000_000 cells/kg, day: 1")
    people, given, rejected = expansion.people_of(planned(made), batch([{"WT": "70"}]))
    assert (len(people.ids), len(given[0][1][0].value)) == (0, 0)
    assert [one.reason for one in rejected] == [
        "an amount of 70000000000000 has more than 12 digits before the point"
    ]
    made = regimen(tmp_path, "amount: 10_000_000_000 cells/kg, day: 1")
    people, _, rejected = expansion.people_of(planned(made), batch([{"WT": "70"}, {"WT": "120"}]))
    assert (people.ids.tolist(), [one.row for one in rejected]) == ([1], [2])
    flat = regimen(tmp_path, "amount: 9_000_000_000_000 cells, day: 1")
    _, _, rejected = expansion.people_of(planned(flat), batch([{"WT": "70"}, {"WT": "80"}]))
    assert [(one.row, one.id) for one in rejected] == [(1, "1"), (2, "2")]
    with pytest.raises(Refused, match="12 digits"):
        scaled(D(10) ** 13)


def test_what_the_quick_way_does_not_know_goes_the_slow_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dose that says something new, or a result that differs, is reckoned in decimals alone."""
    made = regimen(tmp_path, DOSES["per m2"])
    people: list[dict[str, str | None]] = [{"WT": "70", "HT": "170"}, {"WT": "80", "HT": "180"}]
    known = of_amounts.REPRESENTED - {"amounts"}
    monkeypatch.setattr(of_amounts, "REPRESENTED", known)
    assert_equal(made, people, {})
    monkeypatch.undo()
    monkeypatch.setattr(of_amounts.Quick, "_kept", lambda _, full: full.astype("int64"))
    assert_equal(made, people, {})


def test_nobody_is_nothing(tmp_path: Path) -> None:
    """A batch without patients has no rows, and no error."""
    made = regimen(tmp_path, DOSES["per kg"])
    empty = pa.RecordBatch.from_pydict({"ID": pa.array([], pa.string())})
    assert expansion.rows(planned(made), empty).num_rows == 0


def test_a_dose_whose_amount_is_not_stated_has_no_rows(tmp_path: Path) -> None:
    """An engine would take nothing for 0, and 0 for a dose."""
    made = regimen(tmp_path, "amount: not stated, day: 1")
    with pytest.raises(Refused, match="states no amount of these doses: nothing to simulate"):
        planned(made)
