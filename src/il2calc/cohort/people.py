"""Who is in a cohort: columns of body measures, and why a patient cannot be scheduled.

A measure is the text of its cell, and the same on whole numbers (in 10^-15), which floating-point
arithmetic may begin from. Who is plainly in order is told by whole columns; everybody else is read
one by one, by the rules of one patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

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
    id_number,
    matching,
    whole,
)
from il2calc.errors import Il2calcError, MissingInput, Refused, UnknownName, nearest_arm, shown
from il2calc.model.measure import Amount, age, needed
from il2calc.model.patient import Patient, Sex
from il2calc.model.regimen import Dose
from il2calc.units import plain_number

BY_FORMULA = "by formula"
"""What a dose by ideal or adjusted weight needs: the height and the sex."""

_LACKING = {
    "weight": "per kg: give WT",
    "surface": "per m2: give HT or BSA",
    "gfr": "by AUC: give GFR",
    "age": "by age: give AGE",
    BY_FORMULA: "by ideal weight; ideal weight is calculated from height, weight and sex: "
    "give HT and SEX",
}
"""How a drug is dosed, and what to give where that is lacking."""

_PLAIN = rf"^(0|[1-9][0-9]{{0,2}})(\.[0-9]{{1,{DIGITS}}})?$"
Doses = tuple[tuple[Dose, Amount], ...]
"""Doses, each with its amount in an arm."""


class Rules(NamedTuple):
    """What a patient must have to be scheduled.

    Args:
        needs: by arm, what its doses are calculated from, and the first drug of each kind.
        arm: of a patient whose row names none; None where the regimen has no arms.
        by_row: the arm of every patient stands in the column ARM.
        banded: by arm, its doses with their amounts, where some go by bands, each of which may be
            calculated from less than all of them together.
        names: of all arms of the regimen, and `drug` the only one that is written.
    """

    regimen: str
    needs: Mapping[str | None, Mapping[str, str]]
    arm: str | None
    by_row: bool
    formula: str
    cap: Decimal | None
    banded: Mapping[str | None, Doses] = {}
    names: tuple[str, ...] = ()
    drug: str | None = None


class People(NamedTuple):
    """Patients that can be scheduled.

    Args:
        ids: of each patient.
        rows: of each, the number of its row in the file.
        arms: of each patient, the place of his or her arm in `names`.
        cells: by column, each patient's cell, as text or as the number that it was.
        scaled: by column, the same in 10^-15; -1 where it is empty or has more decimals.
    """

    rules: Rules
    ids: np.ndarray
    rows: np.ndarray
    arms: np.ndarray
    names: tuple[str | None, ...]
    cells: Mapping[str, pa.Array]
    scaled: Mapping[str, np.ndarray]

    def only(self, wanted: np.ndarray) -> People:
        """Some of them, by their places."""
        return self._replace(
            ids=self.ids[wanted],
            rows=self.rows[wanted],
            arms=self.arms[wanted],
            cells={name: cells.take(pa.array(wanted)) for name, cells in self.cells.items()},
            scaled={name: scaled[wanted] for name, scaled in self.scaled.items()},
        )

    def patient(self, place: int, columns: Iterable[str] = COLUMNS) -> Patient:
        """One of them, with every digit that was given.

        Args:
            columns: what is asked for of the patient; bodies that are alike in it are one.
        """
        known = (name for name in columns if name in self.cells)
        return _patient({name: _text(self.cells[name], place) for name in known}, self.rules)

    def rejected(self, place: int, reason: str) -> Rejected:
        """One of them who cannot be scheduled after all."""
        return Rejected(int(self.rows[place]), _text(self.cells["ID"], place) or "", reason)

    def empty(self, name: str) -> np.ndarray:
        """Whose cell of a column says nothing."""
        return _empty(self.cells[name])


def read(
    batch: pa.RecordBatch, rules: Rules, place: Place = BEGIN
) -> tuple[People, list[Rejected]]:
    """The patients of some rows, and the rows that cannot be scheduled, uneven ones first.

    Args:
        batch: columns named as in `COLUMNS`; others are not checked.
    """
    texts = {name: cells_of(batch, name) for name in COLUMNS if name in batch.schema.names}
    ids, plain_id = whole(texts["ID"])
    rows = place.rows(batch.num_rows)
    again = place.again(ids)
    good = plain_id & ~again
    scaled = {name: _scaled(texts[name]) for name in MEASURES if name in texts}
    for name, values in scaled.items():
        low, high = (int(limit.scaleb(DIGITS)) for limit in MEASURES[name][2])
        fits = (values >= low) & (values <= high)
        if name == "AGE":
            fits &= values % 10**DIGITS == 0  # what is no whole number of years is read as text
        good &= fits | _empty(texts[name])
    if "SEX" in texts:
        good &= flags(pc.is_in(texts["SEX"], pa.array(["female", "male"]))) | _empty(texts["SEX"])
    if "BSA" in texts and "HT" in texts:
        sexed = ~_empty(texts["SEX"]) if "SEX" in texts else np.False_
        good &= _empty(texts["BSA"]) | _empty(texts["HT"]) | sexed
    arms, names = _arms(texts, rules, batch.num_rows)
    good &= arms >= 0
    good &= _supplied(texts, rules, arms, names)
    rejected = list(place.uneven)
    for row in map(int, np.flatnonzero(~good)):
        cells = {name: _text(column, row) for name, column in texts.items()}
        if (reason := _reason(cells, rules, again=again[row])) is None:
            good[row] = True
        else:
            rejected.append(Rejected(int(rows[row]), cells["ID"] or "", reason))
    people = People(rules, ids, rows, np.maximum(arms, 0), names, texts, scaled)
    return people if good.all() else people.only(np.flatnonzero(good)), rejected


def _text(cells: pa.Array, place: int) -> str | None:
    """One cell as text; a number in the shortest way that says it."""
    text: str | None = pc.cast(cells.slice(place, 1), pa.string())[0].as_py()
    return text


def _empty(texts: pa.StringArray) -> np.ndarray:
    return flags(pc.is_null(texts))


def _scaled(cells: pa.Array) -> np.ndarray:
    """Numbers in 10^-15; -1 where a cell is no plain number or has more decimals."""
    if cells.type == pa.float64():
        values = pc.fill_null(cells, -1.0).to_numpy(zero_copy_only=False)
        thousandths = np.rint(np.where((values >= 0) & (values < 1000), values, -1) * 1000)
        # the nearest double of a number of 3 decimals is written with these, and never otherwise
        plain = thousandths / 1000 == values
        if (plain | _empty(cells)).all():
            known = plain & (thousandths >= 0)
            return np.where(known, thousandths.astype(np.int64) * 10**12, -1)
    numbers, fits = matching(cells, _PLAIN, pa.decimal128(DIGITS + 3, DIGITS))
    words = np.frombuffer(numbers.buffers()[1], dtype="<i8")
    low = words[2 * numbers.offset : 2 * (numbers.offset + len(numbers)) : 2]
    return np.where(fits, low, -1)


def _arms(
    texts: Mapping[str, pa.StringArray], rules: Rules, count: int
) -> tuple[np.ndarray, tuple[str | None, ...]]:
    """The place of each patient's arm among the arms; -1 where there is none of that name."""
    names = tuple(rules.needs)
    if not rules.by_row:
        return np.zeros(count, dtype=np.int64), names
    places = pc.index_in(texts["ARM"], value_set=pa.array(names, pa.string()))
    if rules.arm is not None:
        places = pc.if_else(pc.is_null(texts["ARM"]), names.index(rules.arm), places)
    return pc.fill_null(places, -1).to_numpy(zero_copy_only=False).astype(np.int64), names


def _supplied(
    texts: Mapping[str, pa.StringArray], rules: Rules, arms: np.ndarray, names: Sequence[str | None]
) -> np.ndarray:
    """Who has what the doses of the arm are calculated from."""
    count = len(arms)
    none = np.zeros(count, dtype=bool)
    has = {name: ~_empty(texts[name]) if name in texts else none for name in COLUMNS}
    by_formula = has["WT"] & has["HT"] & (has["SEX"] | (rules.formula != "schlich"))
    known = {
        "weight": has["WT"],
        "surface": has["BSA"] | by_formula,
        "gfr": has["GFR"],
        "age": has["AGE"],
        BY_FORMULA: has["HT"] & has["SEX"],
    }
    good = np.ones(count, dtype=bool)
    for place, name in enumerate(names):
        here = arms == place
        for need in rules.needs[name]:
            good &= ~here | known[need]
    # a formula that needs the sex is asked for the column BSA, and for nothing else
    told: np.ndarray = good & (has["BSA"] | ~(has["WT"] & has["HT"]) | by_formula)
    return told


def _reason(cells: Mapping[str, str | None], rules: Rules, *, again: bool) -> str | None:
    """Why a patient cannot be scheduled, every reason at once; None where there is none."""
    found = [*filter(None, (_of_id(cells["ID"], again=again), _of_arm(cells, rules)))]
    for name, (field, _, _) in MEASURES.items():
        if (text := cells.get(name)) is not None:
            try:
                measure: dict[str, Any] = {field: _measured(name, text)}
                Patient(**measure)
            except Il2calcError as error:
                found.append(f"{name}: {error}")
    if not found:
        try:
            _refuse_lacking(_patient(cells, rules), rules, _arm(cells, rules))
        except Il2calcError as error:
            found.append(str(error))
    return shown("; ".join(found)) or None


def _of_id(text: str | None, *, again: bool) -> str | None:
    """What is wrong with an ID; None where nothing is."""
    if text is None:
        return "there is no ID; number the patients"
    if (number := id_number(text)) is None:
        return (
            f"ID {text!r} is not a whole number above 0 of at most 15 digits; number the patients"
        )
    said = "" if text == str(number) else f", the number {number},"
    return f"ID {text}{said} is that of another row; give each patient one row" if again else None


def _arm(cells: Mapping[str, str | None], rules: Rules) -> str | None:
    """The arm of a patient."""
    return (cells.get("ARM") or rules.arm) if rules.by_row else next(iter(rules.needs))


def _of_arm(cells: Mapping[str, str | None], rules: Rules) -> str | None:
    """What is wrong with an arm; None where nothing is."""
    arm, names = _arm(cells, rules), rules.names
    if arm is None and rules.by_row:
        return f"there is no ARM; write one of: {', '.join(names)}"
    if arm in rules.needs:
        return None
    if arm in names:
        return f"{rules.regimen} gives no {rules.drug} in arm {arm}"
    return str(UnknownName(f"arm of {rules.regimen}", str(arm), names, "", nearest_arm))


def needs_of(doses: Doses, patient: Patient | None = None) -> dict[str, str]:
    """What doses are calculated from, and the first drug of each kind.

    Args:
        patient: for whom; of an amount by bands the one that holds then counts alone.

    Raises:
        Refused: no band holds the patient.
    """
    found: dict[str, str] = {}
    for dose, amount in doses:
        for need in sorted(set(needed(amount, patient, dose.path).values())):
            found.setdefault(need, dose.drug)
        if dose.counted.by_formula:
            found.setdefault(BY_FORMULA, dose.drug)
    return found


def _refuse_lacking(patient: Patient, rules: Rules, arm: str | None) -> None:
    """Say what the doses are calculated from and a patient lacks."""
    known = {
        "weight": patient.weight,
        "surface": patient.bsa(),
        "gfr": patient.gfr,
        "age": patient.age,
        BY_FORMULA: patient.height and patient.sex,
    }
    banded = rules.banded.get(arm)
    needs = rules.needs[arm] if banded is None else needs_of(banded, patient)
    for need, drug in needs.items():
        if known[need] is None:
            raise Refused(f"{drug} is dosed {_LACKING[need]}")


def _measured(name: str, text: str) -> Decimal:
    """A measure of a body from its cell; an age in completed years or months, as everywhere.

    Raises:
        Il2calcError: it is none.
    """
    if name != "AGE":
        return plain_number(text)
    try:
        return age(text, bare=True)
    except ValueError as error:
        raise Refused(str(error)) from None


def _patient(cells: Mapping[str, str | None], rules: Rules) -> Patient:
    """A patient from the cells of a row.

    Raises:
        Il2calcError: what cannot be read, or cannot be of a body.
    """
    measures: dict[str, Any] = {
        MEASURES[name][0]: _measured(name, text)
        for name, text in cells.items()
        if name in MEASURES and text is not None
    }
    if "surface_area" in measures and "height" in measures and cells.get("SEX") is None:
        also = "(with a height for an ideal weight, give SEX too)"
        raise Refused(f"BSA and HT are both given; leave one of them empty {also}")
    sex: Sex | None = None
    if (text := cells.get("SEX")) is not None:
        if text not in ("female", "male"):
            raise Refused(f"SEX {text!r} is not known; write female or male")
        sex = "female" if text == "female" else "male"
    found = Patient(**measures, formula=rules.formula, sex=sex, surface_cap=rules.cap)
    try:
        found.bsa()
    except MissingInput:
        raise Refused(f"the formula {rules.formula} differs by sex: give SEX") from None
    return found
