"""The patients of a cohort as columns of body measures, and why some cannot be scheduled.

A measure is kept as the text of its cell and as a whole number of 10^-15, from which floating-point
arithmetic can start. Most rows are checked column by column; only those that look faulty are read
one by one, by the rules for a single patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from il2calc.cohort.patients import (
    BEGIN,
    COLUMNS,
    DIGITS,
    MEASURES,
    Place,
    Rejected,
    cells_of,
    flags,
    parsed,
    whole_numbers,
)
from il2calc.errors import Il2calcError, MissingInput, Refused, UnknownName, nearest_arm, shown
from il2calc.model.measure import Amount, age, measures_needed
from il2calc.model.patient import FORMULAE, Patient, Sex
from il2calc.model.regimen import Dose
from il2calc.units import plain_number

BY_FORMULA = "by formula"
"""The need of a dose by ideal or adjusted weight: height and sex."""

_WHAT_TO_GIVE = {
    "weight": "per kg: give WT",
    "surface": "per m2: give HT or BSA",
    "gfr": "by AUC: give GFR",
    "age": "by age: give AGE",
    BY_FORMULA: "by ideal weight; ideal weight is calculated from height, weight and sex: "
    "give HT and SEX",
}
"""For each need, how the drug is dosed and which columns to give."""

_PLAIN_NUMBER = rf"^(0|[1-9][0-9]{{0,2}})(\.[0-9]{{1,{DIGITS}}})?$"
Doses = tuple[tuple[Dose, Amount], ...]
"""The doses of an arm with their amounts."""


class Rules(NamedTuple):
    """The data that a patient must have to be scheduled.

    Args:
        needs: by arm, each measure that its doses are calculated from, with the first drug.
        arm: the arm of a patient whose row names none; None if the regimen has no arms.
        by_row: the column ARM names the arm of each patient.
        doses: by arm, its doses, because the band of one patient may need less than all bands.
        all_arms: all arms of the regimen.
        drug: the only drug that is written; None = all.
    """

    regimen: str
    needs: Mapping[str | None, Mapping[str, str]]
    arm: str | None
    by_row: bool
    formula: str
    cap: Decimal | None
    doses: Mapping[str | None, Doses] = {}
    all_arms: tuple[str, ...] = ()
    drug: str | None = None


class People(NamedTuple):
    """Patients that can be scheduled; arrays have one item per patient.

    Args:
        rows: row numbers in the file.
        arms: index of the patient's arm in `arm_names`.
        cells: by column, the cells as texts or numbers.
        scaled: by column, the cells in 10^-15; -1 if empty or with more decimals.
    """

    rules: Rules
    ids: np.ndarray
    rows: np.ndarray
    arms: np.ndarray
    cells: Mapping[str, pa.Array]
    scaled: Mapping[str, np.ndarray]

    @property
    def arm_names(self) -> tuple[str | None, ...]:
        """The arms that occur."""
        return tuple(self.rules.needs)

    def subset(self, indices: np.ndarray) -> People:
        """The patients at these indices."""
        return self._replace(
            ids=self.ids[indices],
            rows=self.rows[indices],
            arms=self.arms[indices],
            cells={name: cells.take(pa.array(indices)) for name, cells in self.cells.items()},
            scaled={name: scaled[indices] for name, scaled in self.scaled.items()},
        )

    def patient(self, index: int, columns: Iterable[str] = COLUMNS) -> Patient:
        """One patient, with all digits of these columns; patients equal in them are one patient."""
        names = (name for name in columns if name in self.cells)
        return _patient({name: _text(self.cells[name], index) for name in names}, self.rules)

    def rejected(self, index: int, reason: str) -> Rejected:
        """The rejection of one patient."""
        return Rejected(int(self.rows[index]), _text(self.cells["ID"], index) or "", reason)

    def empty(self, name: str) -> np.ndarray:
        """Whose cell in a column is empty."""
        return _empty(self.cells[name])


def read(
    batch: pa.RecordBatch, rules: Rules, place: Place = BEGIN
) -> tuple[People, list[Rejected]]:
    """The patients of some rows, and the rows that cannot be scheduled, ragged ones first.

    Args:
        batch: with columns from `COLUMNS`; others are ignored.
    """
    cells = {name: cells_of(batch, name) for name in COLUMNS if name in batch.schema.names}
    ids, is_id = whole_numbers(cells["ID"])
    rows = place.rows(batch.num_rows)
    duplicate = place.duplicates(ids)
    good = is_id & ~duplicate
    scaled = {name: _scaled(cells[name]) for name in MEASURES if name in cells}
    for name, values in scaled.items():
        low, high = (int(limit.scaleb(DIGITS)) for limit in MEASURES[name][2])
        fits = (values >= low) & (values <= high)
        if name == "AGE":
            fits &= values % 10**DIGITS == 0  # an age that is not in whole years is read as text
        good &= fits | _empty(cells[name])
    if "SEX" in cells:
        good &= flags(pc.is_in(cells["SEX"], pa.array(get_args(Sex)))) | _empty(cells["SEX"])
    if "BSA" in cells and "HT" in cells:
        has_sex = ~_empty(cells["SEX"]) if "SEX" in cells else np.False_
        good &= _empty(cells["BSA"]) | _empty(cells["HT"]) | has_sex
    arms = _arms(cells, rules, batch.num_rows)
    good &= arms >= 0
    good &= _supplied(cells, rules, arms)
    rejected = list(place.ragged)
    for index in map(int, np.flatnonzero(~good)):
        row_cells = {name: _text(column, index) for name, column in cells.items()}
        number = int(ids[index]) if is_id[index] else None
        if (reason := _reason(row_cells, rules, number, duplicate=duplicate[index])) is None:
            good[index] = True
        else:
            rejected.append(Rejected(int(rows[index]), row_cells["ID"] or "", reason))
    people = People(rules, ids, rows, np.maximum(arms, 0), cells, scaled)
    return people if good.all() else people.subset(np.flatnonzero(good)), rejected


def _text(cells: pa.Array, index: int) -> str | None:
    """One cell as text; a number as its shortest text."""
    text: str | None = pc.cast(cells.slice(index, 1), pa.string())[0].as_py()
    return text


def _empty(cells: pa.Array) -> np.ndarray:
    return flags(pc.is_null(cells))


def _scaled(cells: pa.Array) -> np.ndarray:
    """Numbers in 10^-15; -1 for cells that are not plain numbers or have more decimals."""
    if cells.type == pa.float64():
        values = pc.fill_null(cells, -1.0).to_numpy(zero_copy_only=False)
        thousandths = np.rint(np.where((values >= 0) & (values < 1000), values, -1) * 1000)
        # a double nearest to a number of 3 decimals has these as its shortest text
        exact = thousandths / 1000 == values
        if (exact | _empty(cells)).all():
            stated = exact & (thousandths >= 0)
            return np.where(stated, thousandths.astype(np.int64) * 10**12, -1)
    numbers, fits = parsed(cells, _PLAIN_NUMBER, pa.decimal128(DIGITS + 3, DIGITS))
    words = np.frombuffer(numbers.buffers()[1], dtype="<i8")
    low_words = words[2 * numbers.offset : 2 * (numbers.offset + len(numbers)) : 2]
    return np.where(fits, low_words, -1)


def _arms(cells: Mapping[str, pa.StringArray], rules: Rules, count: int) -> np.ndarray:
    """The index of each patient's arm among those of `rules.needs`; -1 = it is none of them."""
    if not rules.by_row:
        return np.zeros(count, dtype=np.int64)
    names = tuple(rules.needs)
    indices = pc.index_in(cells["ARM"], value_set=pa.array(names, pa.string()))
    if rules.arm is not None:
        indices = pc.if_else(pc.is_null(cells["ARM"]), names.index(rules.arm), indices)
    numbers: np.ndarray = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64)


def _supplied(cells: Mapping[str, pa.StringArray], rules: Rules, arms: np.ndarray) -> np.ndarray:
    """Who has all measures that the doses of his or her arm are calculated from."""
    nobody = np.zeros(len(arms), dtype=bool)
    has = {name: ~_empty(cells[name]) if name in cells else nobody for name in COLUMNS}
    available = _available(has, rules)
    # height and weight without sex are a fault if the formula needs it, whatever the doses need
    complete: np.ndarray = ~(has["WT"] & has["HT"]) | available["surface"]
    for index, needs in enumerate(rules.needs.values()):
        for need in needs:
            complete &= (arms != index) | available[need]
    return complete


def _available(has: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Whether the filled columns of one patient, or of many as arrays, supply each need."""
    by_formula = has["WT"] & has["HT"] & (has["SEX"] | (rules.formula in FORMULAE))
    return {
        "weight": has["WT"],
        "surface": has["BSA"] | by_formula,
        "gfr": has["GFR"],
        "age": has["AGE"],
        BY_FORMULA: has["HT"] & has["SEX"],
    }


def _reason(
    cells: Mapping[str, str | None], rules: Rules, number: int | None, *, duplicate: bool
) -> str | None:
    """All reasons why a patient cannot be scheduled; None if there are none."""
    id_problem = _id_problem(cells["ID"], number, duplicate=duplicate)
    problems = [*filter(None, (id_problem, _arm_problem(cells, rules)))]
    for name, (field, _, _) in MEASURES.items():
        if (text := cells.get(name)) is not None:
            try:
                measure: dict[str, Any] = {field: _measure(name, text)}
                Patient(**measure)
            except (Il2calcError, ValueError) as error:
                problems.append(f"{name}: {error}")
    if not problems:
        try:
            _refuse_missing(cells, rules, _patient(cells, rules))
        except Il2calcError as error:
            problems.append(str(error))
    return shown("; ".join(problems)) or None


def _id_problem(text: str | None, number: int | None, *, duplicate: bool) -> str | None:
    """What is wrong with an ID; None = nothing."""
    if text is None:
        return "there is no ID; number the patients"
    if number is None:
        rule = "is not a whole number above 0 of at most 15 digits"
        return f"ID {text!r} {rule}; number the patients"
    if not duplicate:
        return None
    also = "" if text == str(number) else f", the number {number},"
    return f"ID {text}{also} is that of another row; give each patient one row"


def _arm(cells: Mapping[str, str | None], rules: Rules) -> str | None:
    """The arm of a patient."""
    return (cells.get("ARM") or rules.arm) if rules.by_row else next(iter(rules.needs))


def _arm_problem(cells: Mapping[str, str | None], rules: Rules) -> str | None:
    """What is wrong with an arm; None = nothing."""
    arm, names = _arm(cells, rules), rules.all_arms
    if arm is None and rules.by_row:
        return f"there is no ARM; write one of: {', '.join(names)}"
    if arm in rules.needs:
        return None
    if arm in names:
        return f"{rules.regimen} gives no {rules.drug} in arm {arm}"
    return str(UnknownName(f"arm of {rules.regimen}", str(arm), names, "", nearest_arm))


def needs_of(doses: Doses, patient: Patient | None = None) -> dict[str, str]:
    """The measures that doses are calculated from, each with the first drug.

    Args:
        patient: if given, of an amount by bands only the patient's own band counts.

    Raises:
        Refused: the patient is in no band.
    """
    needs: dict[str, str] = {}
    for dose, amount in doses:
        by_use = measures_needed(amount, patient, dose.path)
        for need in sorted(set(by_use.values())):
            needs.setdefault(need, dose.drug)
        if "per kg" in by_use and dose.dosing_body.by_formula:
            needs.setdefault(BY_FORMULA, dose.drug)
    return needs


def _refuse_missing(cells: Mapping[str, str | None], rules: Rules, patient: Patient) -> None:
    """Refuse a patient who lacks a measure that the doses are calculated from."""
    available = _available({name: cells.get(name) is not None for name in COLUMNS}, rules)
    arm = _arm(cells, rules)
    doses = rules.doses.get(arm)
    needs = rules.needs[arm] if doses is None else needs_of(doses, patient)
    for need, drug in needs.items():
        if not available[need]:
            raise Refused(f"{drug} is dosed {_WHAT_TO_GIVE[need]}")


def _measure(name: str, text: str) -> Decimal:
    """A body measure from its cell; an age is in completed years or months, as everywhere."""
    return age(text, bare=True) if name == "AGE" else plain_number(text)


def _patient(cells: Mapping[str, str | None], rules: Rules) -> Patient:
    """A patient from the cells of a row."""
    measures: dict[str, Any] = {
        MEASURES[name][0]: _measure(name, text)
        for name, text in cells.items()
        if name in MEASURES and text is not None
    }
    if "surface_area" in measures and "height" in measures and cells.get("SEX") is None:
        hint = "(with a height for an ideal weight, give SEX too)"
        raise Refused(f"BSA and HT are both given; leave one of them empty {hint}")
    if (sex := cells.get("SEX")) not in (*get_args(Sex), None):
        raise Refused(f"SEX {sex!r} is not known; write female or male")
    measures |= {"formula": rules.formula, "sex": sex, "surface_cap": rules.cap}
    patient = Patient(**measures)
    try:
        patient.bsa()
    except MissingInput:
        raise Refused(f"the formula {rules.formula} differs by sex: give SEX") from None
    return patient
