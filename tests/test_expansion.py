"""The rows of a cohort: in which order, in which columns, for which arm."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra cohort is not installed")

import pyarrow as pa

from cohorts import alone, amounts_of, batch, kept, planned, regimen
from il2calc import load_regimen
from il2calc.cohort import expansion
from il2calc.cohort.expansion import EVENTS
from il2calc.cohort.patients import Place
from il2calc.errors import MissingInput, Refused, UnknownName
from il2calc.model.patient import mosteller

D = Decimal
FIRST = ["ID", "TIME", "EVID", "CMT", "AMT", "RATE", "ADDL", "II"]
BOTH = {"paclitaxel": 1, "IMP321": 2}
PEOPLE: list[dict[str, str | None]] = [
    {"WT": "70", "HT": "170"},
    {"WT": "64.5", "HT": "161"},
    {"WT": "93.2", "HT": "188"},
]


def test_the_rows_are_those_of_each_patients_schedule() -> None:
    """60 rows each of npc-bolus: hours, amounts and order are those of one patient."""
    cohort_regimen = load_regimen("npc-bolus")
    rows = expansion.rows(planned(cohort_regimen), batch(PEOPLE))
    schedules = [alone(cohort_regimen, person).administrations for person in PEOPLE]
    assert rows.num_rows == 180
    assert amounts_of(rows) == [kept(row.dosed.value) for rows_ in schedules for row in rows_]
    times = [float(row.hours) for rows_ in schedules for row in rows_]
    assert rows.column("TIME").to_pylist() == times
    assert rows.column("ID").to_pylist() == [1] * 60 + [2] * 60 + [3] * 60


def test_the_columns_are_those_of_the_event_table() -> None:
    """In this order, numbers only; then the body, then what is asked for as text."""
    plan = planned(load_regimen("npc-bolus"), covariates=("WT", "BSA"), columns=("DRUG", "AT_MOST"))
    rows = expansion.rows(plan, batch(PEOPLE[:1]))
    assert [name for name, _ in EVENTS] == FIRST
    assert rows.schema.names == [*FIRST, "WT", "BSA", "DRUG", "AT_MOST"]
    assert not any(pa.types.is_string(kind) for _, kind in EVENTS)
    first = rows.slice(0, 1).to_pylist()[0]
    assert {name: first[name] for name in ("EVID", "CMT", "RATE", "ADDL", "II")} == {
        "EVID": 1, "CMT": 1, "RATE": 0.0, "ADDL": 0, "II": 0.0,
    }  # fmt: skip
    assert (first["WT"], first["DRUG"], first["AT_MOST"]) == (70.0, "aldesleukin", "true")
    assert first["BSA"] == pytest.approx(1.8181, abs=0.0001)


def test_texts_of_each_row_are_those_of_its_schedule() -> None:
    """Block, turn, day and condition are those of the file."""
    cohort_regimen = load_regimen("npc-bolus")
    plan = planned(cohort_regimen, columns=("BLOCK", "TURN", "DAY", "ONLY_IF"))
    rows = expansion.rows(plan, batch(PEOPLE[:1])).to_pylist()
    expected = alone(cohort_regimen, PEOPLE[0]).administrations
    assert [row["DAY"] for row in rows] == [str(row.regimen_day) for row in expected]
    assert [row["ONLY_IF"] for row in rows] == ["; ".join(row.only_if) for row in expected]
    assert (rows[0]["BLOCK"], rows[-1]["TURN"]) == ("cycle", "course 2/cycle 2")


def test_an_infusion_has_its_rate_per_hour(tmp_path: Path) -> None:
    """RxODE 475: 600,000 IU/kg over 15 minutes; 70 kg: 42 million IU, 168 million IU an hour."""
    every = "over: 15 minutes, repeat: {times: 14, every: 8 hours}"
    cohort_regimen = regimen(tmp_path, f"amount: 600_000 IU/kg, day: 1, {every}")
    rows = expansion.rows(planned(cohort_regimen), batch(PEOPLE[:1]))
    assert set(amounts_of(rows)) == {D(42_000_000)}
    assert set(rows.column("RATE").to_pylist()) == {168_000_000.0}


def test_a_rate_is_the_nearest_double_of_amount_by_time(tmp_path: Path) -> None:
    """Over 7 minutes, no finite number of hours: one in seven rates was off by one double."""
    cohort_regimen = regimen(tmp_path, "amount: 2.2 mg/kg, day: 1, over: 7 minutes")
    people: list[dict[str, str | None]] = [{"WT": f"{40 + at / 10:.1f}"} for at in range(200)]
    rows = expansion.rows(planned(cohort_regimen), batch(people)).to_pylist()
    assert [row["RATE"] for row in rows] == [float(Fraction(row["AMT"]) * 60 / 7) for row in rows]


def test_equally_spaced_doses_are_one_row_if_asked_for() -> None:
    """Fifteen doses every 8 hours are the first, ADDL 14 and II 8; expanded again they are all."""
    cohort_regimen = load_regimen("npc-bolus")
    full = expansion.rows(planned(cohort_regimen), batch(PEOPLE)).to_pylist()
    compact = expansion.rows(planned(cohort_regimen, compact=True), batch(PEOPLE)).to_pylist()
    assert len(compact) == 4 * len(PEOPLE)
    assert {(row["ADDL"], row["II"]) for row in compact} == {(14, 8.0)}
    again = [
        (row["ID"], row["TIME"] + number * row["II"], row["AMT"])
        for row in compact
        for number in range(row["ADDL"] + 1)
    ]
    assert again == [(row["ID"], row["TIME"], row["AMT"]) for row in full]


def test_doses_at_odd_distances_are_apart(tmp_path: Path) -> None:
    """Days 1, 8, 15 and 17: three a week apart, and one alone; a dose given once has no II."""
    cohort_regimen = regimen(tmp_path, "amount: 5 mg, day: [1, 8, 15, 17]")
    rows = expansion.rows(planned(cohort_regimen, compact=True), batch([{}])).to_pylist()
    doses = [(row["TIME"], row["ADDL"], row["II"]) for row in rows]
    assert doses[:2] == [(0.0, 2, 168.0), (384.0, 0, 0.0)]
    assert doses[2:] == [(504.0, 2, 168.0), (888.0, 0, 0.0)]  # 21 days = 504 hours later


def test_every_patient_has_the_rows_of_the_arm() -> None:
    """Arms that alternate from row to row: each has its own amounts, in the order of the file."""
    cohort_regimen = load_regimen("imp321")
    arms = ["6.25-mg", "0.25-mg", "6.25-mg"]
    people: list[dict[str, str | None]] = [
        {**one, "ARM": arm} for one, arm in zip(PEOPLE, arms, strict=True)
    ]
    plan = planned(
        cohort_regimen, tuple(cohort_regimen.arms), by_row=True, cmts=BOTH, columns=("DRUG",)
    )
    rows = expansion.rows(plan, batch(people))
    schedules = [
        alone(cohort_regimen, person, str(person["ARM"])).administrations for person in people
    ]
    assert amounts_of(rows) == [kept(row.dosed.value) for rows_ in schedules for row in rows_]
    assert rows.column("DRUG").to_pylist() == [
        row.dose.drug for rows_ in schedules for row in rows_
    ]
    assert {(row["DRUG"], row["CMT"]) for row in rows.to_pylist()} == {
        ("paclitaxel", 1), ("IMP321", 2),
    }  # fmt: skip


@pytest.mark.parametrize("arms", [("6.25-mg",), ("6.25-mg", "0.25-mg")])
@pytest.mark.parametrize("most", [1, 60, 95, 10_000])
def test_pieces_have_the_rows_of_the_whole_cohort(arms: tuple[str, ...], most: int) -> None:
    """Each piece has so many rows, no patient is in two: a dose in a wrong row is another's."""
    people: list[dict[str, str | None]] = [
        {
            "WT": str(40 + number),
            "HT": None if number % 4 == 1 else "170",
            "ARM": arms[number % len(arms)],
        }
        for number in range(11)
    ]
    people[4] |= {"HT": None, "BSA": "1.8"}
    options: dict[str, Any] = {"by_row": True, "covariates": ("WT", "BSA"), "columns": ("DRUG",)}
    plan = planned(load_regimen("imp321"), arms, cmts=BOTH, **options)
    complete = expansion.rows(plan, batch(people))
    given = expansion.people_of(plan, batch(people))[:2]
    pieces = list(expansion.expanded(plan, *given, most))
    assert sum(count for count, _ in pieces) == len(set(complete.column("ID").to_pylist())) == 8
    assert pa.Table.from_batches([rows for _, rows in pieces]).equals(
        pa.Table.from_batches([complete])
    )
    assert all(rows.num_rows <= max(most, 30 * count) for count, rows in pieces)
    assert [len(set(rows.column("ID").to_pylist())) for _, rows in pieces] == [
        count for count, _ in pieces
    ]


def test_one_drug_alone_is_its_own_rows() -> None:
    """Hours are counted from the first row that is written, as engines want them."""
    plan = planned(load_regimen("imp321"), ["6.25-mg"], drug="IMP321")
    rows = expansion.rows(plan, batch(PEOPLE[:1])).to_pylist()
    assert [(row["TIME"], row["AMT"]) for row in rows[:2]] == [(0.0, D("6.25")), (336.0, D("6.25"))]


@pytest.mark.parametrize(
    ("weight", "height"), [("95.08", "145.1"), ("93.89", "164.7"), ("53.81", "159.7")]
)
def test_a_surface_area_is_the_nearest_double_of_the_exact_one(weight: str, height: str) -> None:
    """Found half way between two doubles, where long doubles end in the wrong one."""
    plan = planned(load_regimen("npc-bolus"), covariates=("BSA",))
    rows = expansion.rows(plan, batch([{"WT": weight, "HT": height}]))
    assert set(rows.column("BSA").to_pylist()) == {float(mosteller(D(height), D(weight)))}
    rows = expansion.rows(plan, batch([{"WT": weight, "BSA": "1.964041509019956"}]))
    assert set(rows.column("BSA").to_pylist()) == {1.964041509019956}


def test_a_body_that_is_not_known_is_no_number(tmp_path: Path) -> None:
    """An empty cell, never 0 and never NaN."""
    plan = planned(regimen(tmp_path, "amount: 5 mg, day: 1"), covariates=("WT", "BSA"))
    rows = expansion.rows(plan, batch([{"WT": "70", "BSA": None}, {"WT": None, "BSA": "1.8"}]))
    assert rows.column("WT").to_pylist() == [70.0, 70.0, None, None]
    assert rows.column("BSA").to_pylist() == [None, None, 1.8, 1.8]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, Refused, "would be added up in compartment 1: give each drug its own"),
        ({"cmts": {"paclitaxel": 1}}, Refused, '--cmt "IMP321=2"'),
        ({"drug": "examplumab"}, UnknownName, "examplumab"),
        ({"cmts": {"examplumab": 2}}, UnknownName, "examplumab"),
        ({"percents": {"examplumab": D(50)}}, UnknownName, "examplumab"),
        ({"times": {"course": 2}}, UnknownName, "course"),
    ],
)
def test_options_that_a_regimen_cannot_follow_are_refused(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """Before any row is made: also a drug in IU and a drug in mg in one column."""
    doses = ("drug: paclitaxel, amount: 80 mg/m2, day: 1", "drug: IMP321, amount: 5 IU, day: 2")
    cohort_regimen = regimen(tmp_path, *doses)
    with pytest.raises(error, match=words):
        planned(cohort_regimen, **options)


def test_a_regimen_with_arms_needs_an_arm_to_be_named() -> None:
    """The program picks no arm."""
    with pytest.raises(MissingInput, match="has the arms"):
        planned(load_regimen("imp321"))


def test_an_arm_without_a_dose_is_refused(tmp_path: Path) -> None:
    """A drug that only one arm has, asked for of both."""
    doses = ("amount: 5 mg, day: 1", "drug: IMP321, amount: 5 mg, day: 2, arm: high")
    cohort_regimen = regimen(tmp_path, *doses, head="arms: {low: less, high: more}")
    assert planned(cohort_regimen, ["high"], drug="IMP321").rules.needs == {"high": {}}
    with pytest.raises(Refused, match="gives no IMP321 in arm low"):
        planned(cohort_regimen, ["low", "high"], drug="IMP321")


def test_a_plan_can_be_sent_to_another_process() -> None:
    """An engine with many workers sends it to each of them."""
    plan = planned(load_regimen("npc-bolus"))
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301 - our own bytes
    assert expansion.rows(again, batch(PEOPLE)).equals(expansion.rows(plan, batch(PEOPLE)))


def test_a_patient_needs_only_the_measures_of_the_own_band(tmp_path: Path) -> None:
    """Below 50 kg by weight, from 50 kg on by surface: 40 kg x 8 mg/kg = 320 mg, without a height.

    `schedule` refuses the second alone; a cohort that refuses both lacks a patient.
    """
    cohort_regimen = regimen(
        tmp_path, "amount: {below 50 kg: 8 mg/kg, 50 kg or more: 300 mg/m2}, day: 1"
    )
    people: list[dict[str, str | None]] = [{"WT": "40"}, {"WT": "70"}, {"WT": None, "HT": "170"}]
    _, _, rejected = expansion.people_of(planned(cohort_regimen), batch(people))
    assert amounts_of(expansion.rows(planned(cohort_regimen), batch(people))) == [D(320)] * 2
    assert [kept(row.dosed.value) for row in alone(cohort_regimen, people[0]).administrations] == [
        D(320)
    ] * 2
    with pytest.raises(MissingInput, match="per m2"):
        alone(cohort_regimen, people[1])
    assert [(patient.id, patient.reason) for patient in rejected] == [
        ("2", "examplumab is dosed per m2: give HT or BSA"),
        ("3", "examplumab is dosed per m2: give HT or BSA"),
    ]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["001", "2", "03", "4"], ["001", "03"]),
        ([" 1 ", "2", " 3", "4"], ["1", "3"]),
        ([1.0, 2.0, 3.0, 4.0], ["1", "3"]),
    ],
)
def test_a_patient_without_an_amount_is_named_by_row_however_the_id_is_written(
    tmp_path: Path, ids: list[str] | list[float], expected: list[str]
) -> None:
    """Devine begins at 152.4 cm: 150 cm in rows 11 and 13, and a weight of 700 kg in row 12.

    Looked up by the text of their ID, patients were left out without a reason, with exit code 0.
    """
    plan = planned(regimen(tmp_path, "amount: 5 mg/kg, day: 1, weight: ideal"))
    columns = {
        "ID": pa.array(ids),
        "WT": pa.array(["60", "700", "60", "60"]),
        "HT": pa.array(["150", "170", "150", "170"]),
        "SEX": pa.array(["male"] * 4),
    }
    people = pa.RecordBatch.from_pydict(columns)
    accepted, _, rejected = expansion.people_of(plan, people, Place(11))
    assert [one.row for one in rejected] == [11, 12, 13]
    assert [one.id for one in rejected if "152.4 cm" in one.reason] == expected
    assert accepted.ids.tolist() == [int(float(ids[3]))]


def test_a_surface_area_that_is_given_counts_beside_weight_and_height(tmp_path: Path) -> None:
    """177.8 cm and 90 kg are 2.108 m2; 2 m2 that was given is 200 mg of 100 mg/m2.

    Ideal weight: 50 + 2.3 x (177.8 / 2.54 - 60) = 73 kg, 73 mg of 1 mg/kg. A surface area of 20
    decimals is calculated with all of them.
    """
    doses = (
        "dose: a, amount: 100 mg/m2, day: 1",
        "dose: b, amount: 1 mg/kg, day: 2, weight: ideal",
    )
    body = {"WT": "90", "HT": "177.8", "SEX": "male"}
    areas = ("2", "2.00000000000000000001")
    cohort_regimen = regimen(tmp_path, *doses)
    for cap in (None, D("1.9")):
        rows = expansion.rows(
            planned(cohort_regimen, covariates=("BSA",), body=("mosteller", cap)),
            batch([{**body, "BSA": area} for area in areas]),
        )
        assert amounts_of(rows) == [D(200) if cap is None else D(190), D(73)] * 4
        assert set(rows.column("BSA").to_pylist()) == {2.0}
