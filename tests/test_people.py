"""Who is in a cohort: body measures from columns, and why a patient cannot be scheduled."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

pytest.importorskip("pyarrow", reason="the extra cohort is not installed")

import numpy as np
import pyarrow as pa
from pyarrow.csv import InvalidRow

from cohorts import batch, planned
from il2calc import load_regimen
from il2calc.cohort import people as of_people
from il2calc.cohort.patients import BEGIN, Rejected, put_aside, refuse_columns, renamed
from il2calc.cohort.people import BY_FORMULA, Rules
from il2calc.errors import Refused
from il2calc.model.patient import Patient

D = Decimal
PER_KG = Rules("examplumab", {None: {"weight": "examplumab"}}, None, False, "mosteller", None)
PER_M2 = PER_KG._replace(needs={None: {"surface": "examplumab"}})
BY_AUC = PER_KG._replace(needs={None: {"gfr": "examplumab"}})
BY_AGE = PER_KG._replace(needs={None: {"age": "examplumab"}})
BY_IDEAL = PER_KG._replace(needs={None: {"weight": "examplumab", BY_FORMULA: "examplumab"}})
ARMS = PER_KG._replace(
    needs={"low": {"weight": "examplumab"}, "high": {}}, by_row=True, all_arms=("low", "high")
)

WRONG: list[tuple[Rules, dict[str, str | None], str]] = [
    (PER_KG, {"ID": None, "WT": "70"}, "there is no ID"),
    (PER_KG, {"ID": "S-07", "WT": "70"}, "ID 'S-07' is not a whole number above 0"),
    (PER_KG, {"ID": "0", "WT": "70"}, "ID '0' is not a whole number above 0"),
    (PER_KG, {"WT": None}, "examplumab is dosed per kg: give WT"),
    (PER_KG, {"WT": "7O"}, "WT: '7O' is not a plain number"),
    (PER_KG, {"WT": "70 kg"}, "WT: '70 kg' is not a plain number"),
    (PER_KG, {"WT": "-70"}, "WT: '-70' is not a plain number"),
    (PER_KG, {"WT": "7e1"}, "WT: '7e1' is not a plain number"),
    (PER_KG, {"WT": "nan"}, "examplumab is dosed per kg: give WT"),
    (PER_KG, {"WT": "700"}, "WT: a weight of 700 kg is not plausible; give 2 to 400 kg"),
    (PER_KG, {"WT": "70", "AGE": "131"}, "AGE: an age of 131 years is not plausible"),
    (PER_M2, {"WT": "70", "HT": "1.70"}, "HT: a height of 1.70 cm is not plausible"),
    (PER_M2, {"WT": "70"}, "examplumab is dosed per m2: give HT or BSA"),
    (PER_M2, {"WT": "70", "HT": "170", "BSA": "1.8"}, "BSA and HT are both given"),
    (PER_M2, {"WT": "70", "HT": "170", "SEX": "f"}, "SEX 'f' is not known; write female or male"),
    (BY_AUC, {"WT": "70"}, "examplumab is dosed by AUC: give GFR"),
    (BY_AUC, {"GFR": "0"}, "GFR: a GFR of 0 mL/min is not plausible"),
    (BY_AGE, {"WT": "70", "AGE": None}, "examplumab is dosed by age: give AGE"),
    (BY_AGE, {"AGE": "0.5"}, "AGE: '0.5' is not an age; write it like '7 years' or '8 months'"),
    (BY_AGE, {"AGE": "17.9"}, "AGE: '17.9' is not an age"),
    (BY_AGE, {"AGE": "40.5"}, "in completed ones (here '40 years')"),
    (BY_IDEAL, {"WT": "70", "HT": "170"}, "from height, weight and sex: give HT and SEX"),
    (BY_IDEAL, {"WT": "70", "SEX": "male"}, "from height, weight and sex: give HT and SEX"),
    (ARMS, {"WT": "70", "ARM": None}, "there is no ARM; write one of: low, high"),
    (ARMS, {"WT": "70", "ARM": "hihg"}, "no arm of examplumab is called 'hihg'; did you mean"),
    (ARMS, {"ARM": "low"}, "examplumab is dosed per kg: give WT"),
]


@pytest.mark.parametrize(("rules", "person", "reason"), WRONG, ids=lambda given: str(given)[:40])
def test_a_patient_who_cannot_be_scheduled_is_rejected_with_the_reason(
    rules: Rules, person: dict[str, str | None], reason: str
) -> None:
    """A row that is skipped in silence is a patient that a simulation lacks."""
    good: dict[str, str | None] = {"WT": "70", "GFR": "90", "ARM": "low" if rules.by_row else None}
    body = {"BSA": "1.8"} if rules is PER_M2 else {}
    body |= {"AGE": "40"} if rules is BY_AGE else {}
    body |= {"HT": "170", "SEX": "female"} if rules is BY_IDEAL else {}
    accepted, rejected = of_people.read(batch([{**good, **body}, person, {**good, **body}]), rules)
    assert accepted.ids.tolist() == [1, 3]
    (one,) = rejected
    assert one.row == 2
    assert reason in one.reason


def test_every_reason_is_given_at_once() -> None:
    """Who mends one cell does not find the next fault in the next run."""
    _, (one,) = of_people.read(batch([{"ID": "x", "WT": "700", "GFR": "?"}]), PER_KG)
    assert [part.split()[0] for part in one.reason.split("; ")] == [
        "ID", "number", "WT:", "give", "GFR:", "write",
    ]  # fmt: skip


def test_an_id_that_is_that_of_another_row_is_rejected() -> None:
    """Two patients of one ID become one in most engines; also from one batch to a later one.

    Only that of the row before was rejected: with visits in turn, 1, 2, 3, 1, 2, 3, each patient
    got the regimen twice, which rxode2 and a data frame add up.
    """
    people = batch([{"ID": number, "WT": "70"} for number in ("4", "4", "5", "4", "9")])
    accepted, rejected = of_people.read(people, PER_KG)
    assert accepted.ids.tolist() == [4, 5, 9]
    reason = "ID 4 is that of another row; give each patient one row"
    assert rejected == [Rejected(2, "4", reason), Rejected(4, "4", reason)]
    later = BEGIN.next_place(people).next_place(batch([{"ID": "2", "WT": "70"}]))
    assert later.first == 7
    more = batch([{"ID": number, "WT": "70"} for number in ("5", "6", "2", "10")])
    accepted, rejected = of_people.read(more, PER_KG, later)
    assert accepted.ids.tolist() == [6, 10]
    assert [one.row for one in rejected] == [7, 9]


def test_an_id_of_any_row_before_is_known_in_whatever_order_they_come() -> None:
    """IDs are kept as runs, as ten million in order are one; compared with a set of them all."""
    numbers = random.Random(1)  # noqa: S311 - the same IDs every time
    place, ids_before = BEGIN, set[int]()
    for count in [50, 50, 1, 200, 5, 5, 5, 400, 3] * 20:
        first = numbers.randrange(1, 2000)
        ids = numbers.sample(range(first, first + 2 * count), count)
        assert place.duplicates(np.array(ids)).tolist() == [id_ in ids_before for id_ in ids]
        place = place.next_place(batch([{"ID": str(id_)} for id_ in ids]))
        ids_before |= {*ids}
    ahead = batch([{"ID": str(number)} for number in range(1, 5001)])
    (runs,) = BEGIN.next_place(ahead).next_place(ahead).runs
    assert runs.tolist() == [[1], [5000]]


def test_ids_are_compared_as_numbers_however_they_are_written() -> None:
    """007 is the whole number 7 and not 0: zeros made one patient of all, and hid duplicates.

    7.0 is how pandas writes a column of whole numbers in which one was missing.
    """
    written = ("007", "08", " 8 ", "0" * 20 + "9", "7.0", "12.0", "13.00")
    people = batch([{"ID": number, "WT": "70"} for number in written])
    accepted, rejected = of_people.read(people, PER_KG)
    assert accepted.ids.tolist() == [7, 8, 9, 12]
    assert [one.reason.partition(";")[0] for one in rejected] == [
        "ID 8 is that of another row",
        "ID 7 is that of another row",
        "ID '13.00' is not a whole number above 0 of at most 15 digits",
    ]
    _, (one,) = of_people.read(people.slice(0, 1), PER_KG, BEGIN.next_place(people.slice(0, 1)))
    assert one.reason.startswith("ID 007, the number 7, is that of another row")


def test_a_cell_that_says_of_itself_that_it_is_empty_is_empty() -> None:
    """R writes NA where nothing is known, pandas may write NaN, and NONMEM has a point there."""
    columns = {"ID": "1", "WT": "70"}
    people = batch([columns | {"HT": cell} for cell in ("NA", "NaN", "nan", ".", "", "N/A")])
    people = people.set_column(0, "ID", pa.array([str(row) for row in range(1, 7)]))
    accepted, (one,) = of_people.read(people, PER_KG)
    assert accepted.empty("HT").tolist() == [True] * 5
    assert (one.row, one.reason) == (
        6,
        "HT: 'N/A' is not a plain number; write it like 70 or 70.5",
    )
    _, (one,) = of_people.read(batch([{"ID": "1", "WT": "NA"}]), PER_KG)
    assert "is dosed per kg: give WT" in one.reason
    numbers = {"ID": pa.array([1, 2, 3]), "WT": pa.array([70.5, None, float("nan")])}
    accepted, rejected = of_people.read(pa.RecordBatch.from_pydict(numbers), PER_KG)
    assert (accepted.ids.tolist(), [rejection.reason[-7:] for rejection in rejected]) == (
        [1],
        ["give WT"] * 2,
    )


def test_ids_as_doubles_are_the_whole_numbers_that_they_are() -> None:
    """1e+14 is how a double of 15 digits is written: a whole number all the same; 1.5 is none."""
    numbers = [1.0, 1e14, 1.5, float("nan"), 1e16, None, -1.0]
    for kind in (pa.float64(), pa.float32()):
        columns = {"ID": pa.array(numbers, kind), "WT": pa.array([70] * 7)}
        people = pa.RecordBatch.from_pydict(columns)
        accepted, rejected = of_people.read(people.slice(0, 2), PER_KG)
        assert (accepted.ids[0], accepted.ids[1] // 10**7, rejected) == (1, 10**7, [])
        assert [one.row for one in of_people.read(people, PER_KG)[1]] == [3, 4, 5, 6, 7]
        assert [runs.tolist() for runs in BEGIN.next_place(people.slice(0, 1)).runs] == [[[1], [1]]]


def test_an_id_without_end_is_shortened() -> None:
    """5,000 digits were a traceback."""
    _, (one,) = of_people.read(batch([{"ID": "9" * 5_000, "WT": "70"}]), PER_KG)
    assert one.reason.startswith("ID '999")
    assert one.reason.endswith(
        "... (5,002 characters) is not a whole number above 0 of at most 15 digits; number the "
        "patients"
    )


def test_a_patient_has_every_digit_that_was_given() -> None:
    """28 digits and more of a weight are those that the exact way calculates with."""
    text = "70.12345678901234567890123456"
    accepted, _ = of_people.read(batch([{"WT": text}, {"WT": "70.5"}]), PER_KG)
    assert accepted.patient(0) == Patient(weight=D(text))
    assert accepted.scaled["WT"].tolist() == [-1, 70_500_000_000_000_000]


def test_numbers_of_every_kind_of_column_are_read() -> None:
    """Whole numbers, doubles, decimals and codes of a Parquet file mean what they show."""
    columns = {
        "ID": pa.array([1, 2]),
        "WT": pa.array([70.1, None]),
        "HT": pa.array([D("170.50"), D("160.00")], pa.decimal128(10, 2)),
        "BSA": pa.array([None, 2], pa.int32()),
        "SEX": pa.array(["female", None]).dictionary_encode(),
    }
    columns["HT"] = pa.array([D("170.50"), None], pa.decimal128(10, 2))
    accepted, rejected = of_people.read(pa.RecordBatch.from_pydict(columns), PER_M2)
    assert rejected == []
    assert accepted.patient(0) == Patient(weight=D("70.1"), height=D("170.5"), sex="female")
    assert accepted.patient(1) == Patient(surface_area=D(2))


def test_a_formula_that_differs_by_sex_asks_for_it() -> None:
    """As for one patient, also where no dose is per m2."""
    rules = PER_KG._replace(formula="schlich")
    people: list[dict[str, str | None]] = [
        {"WT": "70", "HT": "170", "SEX": "male"},
        {"WT": "70", "HT": "170", "SEX": None},
    ]
    accepted, (one,) = of_people.read(batch(people), rules)
    assert accepted.ids.tolist() == [1]
    assert one.reason == "the formula schlich differs by sex: give SEX"


def test_an_arm_that_no_row_names_is_the_default() -> None:
    """A regimen that names a default arm takes it for whoever has none."""
    people: list[dict[str, str | None]] = [{"ARM": None}, {"WT": "70", "ARM": "low"}]
    accepted, rejected = of_people.read(batch(people), ARMS._replace(arm="high"))
    assert rejected == []
    assert [accepted.arm_names[place] for place in accepted.arms] == ["high", "low"]


def test_a_patient_who_is_read_one_by_one_without_fault_is_kept() -> None:
    """A weight with more digits than the quick way keeps is no fault."""
    accepted, rejected = of_people.read(batch([{"WT": "70.00000000000000001"}]), PER_KG)
    assert (accepted.ids.tolist(), rejected) == ([1], [])
    assert isinstance(accepted.arms, np.ndarray)


def test_columns_are_named_by_the_user() -> None:
    """A file from elsewhere need not be rewritten for its head."""
    batch_read = pa.RecordBatch.from_pydict({"pid": pa.array(["1"]), "weight_kg": pa.array(["70"])})
    names = {"ID": "pid", "WT": "weight_kg", "HT": "HT"}
    refuse_columns(batch_read.schema.names, names, ["WT"])
    assert renamed(batch_read, names).schema.names == ["ID", "WT"]
    with pytest.raises(Refused, match=r"no column HT \(its columns: pid, weight_kg\); --map HT="):
        refuse_columns(batch_read.schema.names, names, ["HT"])
    with pytest.raises(Refused, match="no column ID"):
        refuse_columns([], {"ID": "ID"}, [])


@pytest.mark.parametrize(
    ("columns", "column", "name"),
    [
        (["id", "weight"], "ID", "--map ID=id"),
        (["subject_id", "wt"], "ID", "--map ID=subject_id"),
        (["ID", "Body Surface Area"], "BSA", "--map 'BSA=Body Surface Area'"),
        (["ID", "weight", "wt"], "WT", "--map WT=COLUMN"),
        (["who", "weight"], "ID", "--map ID=COLUMN"),
    ],
)
def test_the_column_that_is_meant_is_named(columns: list[str], column: str, name: str) -> None:
    """Where it can be only one, ready to type; where two are possible, both are named."""
    names = {"ID": "ID", "WT": "WT", "BSA": "BSA"}
    with pytest.raises(Refused) as error:
        refuse_columns(columns, names, [column])
    assert str(error.value).endswith(f"(its columns: {', '.join(columns)}); {name}")


def test_a_column_that_was_asked_for_by_name_is_no_other_measure() -> None:
    """`--map WT=kg` where there is `KG` is a slip of case; `weight` may be another weighing."""
    with pytest.raises(Refused, match=r"--map WT=KG$"):
        refuse_columns(["ID", "KG"], {"ID": "ID", "WT": "kg"}, ["WT"])
    with pytest.raises(Refused, match=r"--map WT=COLUMN$"):
        refuse_columns(["ID", "weight"], {"ID": "ID", "WT": "kg"}, ["WT"])


def test_what_the_doses_of_a_regimen_need_is_what_one_patient_needs() -> None:
    """imp321 is paclitaxel per m2 and a flat injection."""
    plan = planned(load_regimen("imp321"), ["6.25-mg"], cmts={"paclitaxel": 1, "IMP321": 2})
    assert plan.rules.needs == {"6.25-mg": {"surface": "paclitaxel"}}


def test_a_double_of_more_than_three_decimals_is_read_as_it_is_written() -> None:
    """70.10009 kg and not 70.1."""
    columns = {"ID": pa.array([1, 2]), "WT": pa.array([70.10009, 80.5])}
    accepted, rejected = of_people.read(pa.RecordBatch.from_pydict(columns), PER_KG)
    assert rejected == []
    assert [accepted.patient(place).weight for place in (0, 1)] == [D("70.10009"), D("80.5")]


def test_an_age_is_in_completed_years_or_months_as_for_one_patient() -> None:
    """`schedule --age 0.5` is no age, and a cohort dosed it; 8 months are 8 / 12 of a year."""
    texts = batch([{"AGE": "40"}, {"AGE": "40.0"}, {"AGE": "8 months"}, {"AGE": "17 years"}])
    accepted, rejected = of_people.read(texts, BY_AGE)
    assert rejected == []
    assert [accepted.patient(place).age for place in range(4)] == [40, 40, D(8) / 12, 17]
    columns = {"ID": pa.array([1, 2, 3]), "AGE": pa.array([40.0, 0.5, None])}
    accepted, rejected = of_people.read(
        pa.RecordBatch.from_pydict(columns), PER_KG._replace(needs={None: {}})
    )
    assert [accepted.patient(place).age for place in (0, 1)] == [40, None]
    assert [one.row for one in rejected] == [2]


def test_a_surface_area_beside_a_height_needs_the_sex() -> None:
    """As `schedule --bsa 1.8 --height 170 --sex male`: a surface area, and an ideal weight."""
    person: dict[str, str | None] = {"WT": "70", "HT": "170", "BSA": "1.8", "SEX": "male"}
    accepted, (one,) = of_people.read(batch([person, {**person, "SEX": None}]), PER_M2)
    assert accepted.patient(0) == Patient(
        weight=D(70), height=D(170), surface_area=D("1.8"), sex="male"
    )
    assert one.row == 2
    assert one.reason.endswith(
        "leave one of them empty (with a height for an ideal weight, give SEX too)"
    )


@pytest.mark.parametrize(
    ("text", "place", "rejected_text"),
    [
        ("2,70,5", 0, "2"),
        ("70,5, 2 ,x", 2, "2"),
        ('"70,5",2,x', 1, "2"),
        ("70", 1, ""),
        ('2,"70\n3",80', 0, None),
        ('2,"70\r3",80', 0, None),
        (f"2,70,{'0' * 200_000}", 0, None),
    ],
)
def test_a_row_that_may_be_several_is_not_put_aside(
    text: str, place: int, rejected_text: str | None
) -> None:
    """Danger: an open quote swallows patients who are then reported nowhere.

    The head is row 1 there.
    """
    row = InvalidRow(expected_columns=2, actual_columns=3, number=3, text=text)
    rejected: list[Rejected] = []
    result = put_aside(row, place, rejected.append)
    reason = "cells: 3, columns: 2; write one for each (70.5, not 70,5)"
    assert rejected == ([] if rejected_text is None else [Rejected(2, rejected_text, reason)])
    assert result == ("error" if rejected_text is None else "skip")
