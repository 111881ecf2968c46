"""The rows of many virtual patients as Arrow batches.

The slots of an arm are laid out once, as for one patient. `rows` is a pure function of a plan and a
batch of patients, so that any parallel engine can run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from il2calc.cohort import people as of_people
from il2calc.cohort.amounts import SCALE, Amount, Recipe, amounts, surface_doubles
from il2calc.cohort.patients import BEGIN, Place, Rejected
from il2calc.cohort.people import People, Rules, needs_of
from il2calc.errors import Refused, UnknownName, nearest_drug, numbered
from il2calc.model.effects import turn_text
from il2calc.model.patient import DEFAULT_FORMULA
from il2calc.model.regimen import NOT_STATED, Regimen, day_at
from il2calc.plan import timing
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import DEFAULT_START, chain_of, equal_runs
from il2calc.plan.dosing import Bound
from il2calc.plan.needs import arm_of, compartment_options, refuse_open_rests, units_to_write
from il2calc.plan.timing import Slot

EVENTS: tuple[tuple[str, pa.DataType], ...] = (
    ("ID", pa.int64()), ("TIME", pa.float64()), ("EVID", pa.int8()), ("CMT", pa.int32()),
    ("AMT", pa.decimal64(18, SCALE)), ("RATE", pa.float64()),
    ("ADDL", pa.int32()), ("II", pa.float64()),
)  # fmt: skip
"""The columns of every table, in this order. AMT is a whole number of 10^-6."""

TEXTS: Mapping[str, Callable[[Slot, Regimen], str]] = {
    "DRUG": lambda slot, _: slot.dose.drug,
    "BLOCK": lambda slot, _: slot.turn.block.name,
    "TURN": lambda slot, _: turn_text(chain_of(slot.turn)),
    "DAY": lambda slot, regimen: str(day_at(slot.day, regimen.day_zero)),
    "AT_MOST": lambda slot, _: "true" if slot.at_most else "false",
    "ONLY_IF": lambda slot, _: "; ".join(slot.only_if),
}
"""Optional text columns; they follow the others."""

ByArm = Sequence[tuple[np.ndarray, tuple[Amount, ...]]]
"""By arm, the indices of its patients, and their amounts by recipe."""

Rows = tuple[int, pa.RecordBatch]
"""A number of patients, and their rows."""


class CohortOptions(NamedTuple):
    """The options of a cohort.

    Args:
        arms: the arms that occur; (None,) if the regimen has none.
        weeks: open-ended blocks and doses are given if they begin within so many weeks from day 1.
        drug: the only drug that is written; None = all.
        cmts: compartment by drug; 1 for a drug that is not in it.
        compact: write equally spaced doses as one row, with ADDL and II.
        columns: text columns, from `TEXTS`.
        covariates: which of WT and BSA are written.
    """

    arms: tuple[str | None, ...] = (None,)
    times: Mapping[str, int] = {}
    weeks: int | None = None
    percents: Mapping[str, Decimal] = {}
    bounds: Mapping[str, Bound] = {}
    at: int = DEFAULT_START
    drug: str | None = None
    cmts: Mapping[str, int] = {}
    compact: bool = False
    columns: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()


class ArmRows(NamedTuple):
    """The rows of one arm, the same for all of its patients; arrays have one item per row.

    Args:
        slots: by row, the slot; of folded doses the first.
        recipe_index: index of the recipe in `recipes`.
        minutes: by recipe, the shortest infusion time [min]; 0 if the file has none.
        doses: number of doses that are folded into the row.
        at_most: whether the row is a maximum; `conditional`, whether it has a condition.
        constant: the columns that are the same for every patient; RATE is 0 in them.
        tile_cache: at most one item, `constant` repeated for the largest batch so far.
    """

    recipes: tuple[Recipe, ...]
    slots: tuple[Slot, ...]
    recipe_index: np.ndarray
    minutes: np.ndarray
    doses: np.ndarray
    at_most: np.ndarray
    conditional: np.ndarray
    constant: Mapping[str, np.ndarray]
    tile_cache: list[dict[str, np.ndarray]]

    def tiled(self, count: int) -> dict[str, np.ndarray]:
        """The columns of `constant`, repeated for this many patients."""
        rows = count * len(self.slots)
        columns = next(iter(self.tile_cache), None)
        if columns is None or len(columns["TIME"]) < rows:
            columns = {name: np.tile(values, count) for name, values in self.constant.items()}
            self.tile_cache[:] = [columns]  # at once, for threads that share a plan
        return {name: values[:rows] for name, values in columns.items()}


class Plan(NamedTuple):
    """A regimen laid out for all arms that occur, independent of the patients.

    Args:
        arms: the rows of each, in the order of `rules.needs`.
        schema: of the rows.
    """

    regimen: Regimen
    options: CohortOptions
    rules: Rules
    arms: tuple[ArmRows, ...]
    schema: pa.Schema

    def recipes(self) -> list[Recipe]:
        """The recipes of all arms."""
        return [recipe for arm_rows in self.arms for recipe in arm_rows.recipes]


def plan(
    regimen: Regimen,
    options: CohortOptions,
    *,
    default: str | None = None,
    by_row: bool = False,
    body: tuple[str, Decimal | None] = (DEFAULT_FORMULA, None),
) -> Plan:
    """Lay a regimen out for a cohort.

    Args:
        default: the arm of patients whose row names none.
        by_row: each row of the file names the arm of its patient.
        body: the formula for the body surface area, and its cap [m2].

    Raises:
        UnknownName: an arm, a block or a drug that the regimen does not have.
        MissingInput: an open-ended block without a count, or a rest of unstated length.
        Refused: a count above that of the file; nothing to write; units that cannot share a column.
    """
    drugs = {arm: regimen.drugs(arm) for arm in (regimen.arms if by_row else options.arms)}
    known = list(dict.fromkeys(name for in_arm in drugs.values() for name in in_arm))
    for drug in (*options.percents, *options.bounds, *options.cmts, *filter(None, [options.drug])):
        if drug not in known:
            raise UnknownName(f"drug of {regimen.id}", drug, known, near=nearest_drug)
    if by_row and options.drug is not None:
        arms_with_drug = tuple(arm for arm in options.arms if options.drug in drugs[arm])
        options = options._replace(arms=arms_with_drug or options.arms)
    unconverted = [_arm_rows(regimen, arm_of(regimen, arm), options) for arm in options.arms]
    arms = _in_one_unit(unconverted, options.cmts)
    doses = {
        arm: tuple((recipe.dose, recipe.dose.amount(recipe.arm)) for recipe in arm_rows.recipes)
        for arm, arm_rows in zip(options.arms, arms, strict=True)
    }
    needs = {arm: needs_of(arm_doses) for arm, arm_doses in doses.items()}
    all_arms = tuple(regimen.arms)
    rules = Rules(regimen.id, needs, default, by_row, *body, doses, all_arms, options.drug)
    text_fields = [(name, pa.string()) for name in options.columns]
    covariates = [(name, pa.float64()) for name in options.covariates]
    return Plan(regimen, options, rules, arms, pa.schema([*EVENTS, *covariates, *text_fields]))


def rows(plan: Plan, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch of patients, in their order; patients who are rejected have none.

    Args:
        batch: with the columns of `patients.COLUMNS` that the regimen needs.
    """
    return next(expanded(plan, *people_of(plan, batch)[:2]))[1]


def people_of(
    plan: Plan, batch: pa.RecordBatch, place: Place = BEGIN
) -> tuple[People, ByArm, list[Rejected]]:
    """The patients of a batch, their amounts, and the rejected rows."""
    people, rejected = of_people.read(batch, plan.rules, place)
    while True:
        by_arm = []
        refused: dict[int, str] = {}
        for arm_index, arm_rows in enumerate(plan.arms):
            indices = np.flatnonzero(people.arms == arm_index)
            in_arm = people if len(indices) == len(people.ids) else people.subset(indices)
            by_arm.append((indices, tuple(amounts(recipe, in_arm) for recipe in arm_rows.recipes)))
            for amount in by_arm[-1][1]:
                refused |= {int(indices[index]): why for index, why in amount.refused.items()}
        if not refused:
            return people, tuple(by_arm), sorted(rejected)
        rejected += [people.rejected(index, why) for index, why in refused.items()]
        keep = np.ones(len(people.ids), dtype=bool)
        keep[list(refused)] = False
        people = people.subset(np.flatnonzero(keep))


def expanded(plan: Plan, people: People, by_arm: ByArm, most: int | None = None) -> Iterator[Rows]:
    """The rows of patients whose amounts are known, in pieces.

    Args:
        most: most rows of a piece, unless one patient has more; None = one piece.
    """
    covariates = {name: _covariate(people, name) for name in plan.options.covariates}
    most_rows = max(len(arm_rows.slots) for arm_rows in plan.arms)
    count = len(people.ids)
    size = max(1, count if most is None else most // most_rows)
    for start in range(0, max(1, count), size):
        piece = slice(start, min(start + size, count))
        yield piece.stop - start, _piece(plan, people, by_arm, covariates, piece)


def _piece(
    plan: Plan, people: People, by_arm: ByArm, covariates: Mapping[str, np.ndarray], piece: slice
) -> pa.RecordBatch:
    """The rows of a slice of the patients."""
    arms = people.arms[piece]
    sizes = np.array([len(arm_rows.slots) for arm_rows in plan.arms], dtype=np.int64)
    single_arm = len(plan.arms) == 1
    counts = int(sizes[0]) if single_arm else sizes[arms]
    columns = {"ID": _repeated(people.ids[piece], counts)}
    columns |= {name: _repeated(values[piece], counts) for name, values in covariates.items()}
    ends = np.cumsum(sizes[arms])
    total = int(ends[-1]) if len(ends) else 0
    for arm_rows, (indices, recipe_amounts) in zip(plan.arms, by_arm, strict=True):
        selected = slice(*np.searchsorted(indices, (piece.start, piece.stop)))
        arm_columns = _arm_columns(arm_rows, [amount.value[selected] for amount in recipe_amounts])
        if single_arm:
            columns |= arm_columns
            continue
        starts = ends[indices[selected] - piece.start] - len(arm_rows.slots)
        row_indices = (starts[:, None] + np.arange(len(arm_rows.slots))).ravel()
        for name, values in arm_columns.items():
            if name not in columns:
                columns[name] = _allocated(total, values.dtype)
            columns[name][row_indices] = values
    gaps = {name for name, values in covariates.items() if np.isnan(values[piece]).any()}
    return pa.RecordBatch.from_arrays(
        [_arrow(columns[field.name], field.type, gaps=field.name in gaps) for field in plan.schema],
        schema=plan.schema,
    )


def _arm_columns(arm_rows: ArmRows, by_recipe: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The columns that depend on the arm, for all of its patients in order."""
    values = np.stack(by_recipe, axis=1)
    columns = {**arm_rows.tiled(len(values)), "AMT": _by_row(values, arm_rows.recipe_index)}
    if (infused := arm_rows.minutes > 0).any():
        rates = np.zeros(values.shape)
        # one division of whole numbers, so the nearest double: x 60 / 10^6 = x 3 / 50,000
        rates[:, infused] = values[:, infused] * 3 / (arm_rows.minutes[infused] * (10**SCALE // 20))
        columns["RATE"] = _by_row(rates, arm_rows.recipe_index)
    return columns


def _repeated(values: np.ndarray, counts: int | np.ndarray) -> np.ndarray:
    """The value of each patient, repeated for all of his or her rows."""
    if not isinstance(counts, int):
        return np.repeat(values, counts)
    column = _allocated(len(values) * counts, values.dtype)
    column.reshape(len(values), counts)[:] = values[:, None]
    return column


def _by_row(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The value of each row, from one value per patient and recipe."""
    column = _allocated(len(values) * len(index), values.dtype)
    np.take(values, index, axis=1, out=column.reshape(len(values), len(index)), mode="clip")
    return column


def _allocated(count: int, dtype: np.dtype[Any]) -> np.ndarray:
    """An uninitialised column in memory from Arrow, which reuses the pages of earlier batches.

    With new memory the system clears every page first, which takes as long as everything else.
    """
    if dtype.hasobject:
        return np.empty(count, dtype=dtype)
    return np.frombuffer(pa.allocate_buffer(count * dtype.itemsize), dtype=dtype)


def _arrow(values: np.ndarray, kind: pa.DataType, *, gaps: bool) -> pa.Array:
    """A column as Arrow has it; with `gaps`, NaN becomes null."""
    if pa.types.is_decimal(kind):
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
    return pa.array(values, kind, from_pandas=gaps)


def _covariate(people: People, name: str) -> np.ndarray:
    """Actual body weight [kg] or uncapped body surface area [m2]; NaN = unknown."""
    if name == "WT":
        weights = pc.cast(people.cells["WT"], pa.float64())
        return np.asarray(weights.to_numpy(zero_copy_only=False))
    return np.asarray(surface_doubles(people))


def _arm_rows(regimen: Regimen, arm: str | None, options: CohortOptions) -> ArmRows:
    refuse_open_rests(regimen, arm)
    horizon = None if options.weeks is None else options.weeks * 7
    timetable = timing.expand(regimen, arm, options.times, options.at, horizon)
    due = [
        (number, slot)
        for number, slot in enumerate(timing.timed(timetable.slots, lambda _: False), 1)
        if options.drug in (None, slot.dose.drug)
    ]
    slots = [slot for _, slot in due if slot.dose.amount(arm) != NOT_STATED]
    unstated = tuple(number for number, slot in due if slot.dose.amount(arm) == NOT_STATED)
    if unstated and not slots:
        listed = numbered("row", unstated)
        raise Refused(f"{listed}: the source states no amount of these doses: nothing to simulate")
    if not slots and any(options.drug in (None, dose.drug) for _, dose in regimen.as_needed(arm)):
        subject = options.drug or "all of it"
        raise Refused(f"{regimen.id} gives {subject} as needed: there are no rows to write")
    if not slots:
        subject = f"gives no {options.drug}" if options.drug else "gives nothing"
        in_arm_text = f" in arm {arm}" if arm else ""
        raise Refused(f"{regimen.id} {subject}{in_arm_text}; choose another")
    merged = list(_compacted(slots)) if options.compact else [(slot, 1, 0) for slot in slots]
    doses = dict.fromkeys(slot.dose for slot in slots)
    indices = {dose: index for index, dose in enumerate(doses)}
    percents = options.percents
    first = slots[0].minute
    heads = tuple(slot for slot, _, _ in merged)
    counts = np.array([count for _, count, _ in merged])
    constant = {
        "TIME": np.array([(slot.minute - first) / 60 for slot in heads]),
        "EVID": np.ones(len(heads), dtype=np.int8),
        "CMT": np.array([options.cmts.get(slot.dose.drug, 1) for slot in heads], dtype=np.int32),
        "ADDL": (counts - 1).astype(np.int32),
        "II": np.array([gap / 60 for _, _, gap in merged]),
        "RATE": np.zeros(len(heads)),
    }
    for name in options.columns:
        constant[name] = np.array([TEXTS[name](slot, regimen) for slot in heads], dtype=object)
    return ArmRows(
        recipes=tuple(
            Recipe(dose, arm, percents.get(dose.drug, Decimal(100)), options.bounds.get(dose.drug))
            for dose in indices
        ),
        slots=heads,
        recipe_index=np.array([indices[slot.dose] for slot in heads]),
        minutes=np.array([dose.over.shortest if dose.over else 0 for dose in indices]),
        doses=counts,
        at_most=np.array([slot.at_most for slot in heads]),
        conditional=np.array([bool(slot.only_if) for slot in heads]),
        constant=constant,
        tile_cache=[],
    )


def _compacted(slots: Sequence[Slot]) -> Iterable[tuple[Slot, int, int]]:
    """Equally spaced doses of one block turn as one: the first, their number and interval [min]."""
    groups = grouped(((slot.dose, slot.turn, slot.at_most, slot.only_if), slot) for slot in slots)
    compacted = []
    for group in groups.values():
        times = equal_runs([slot.minute for slot in group])
        compacted += [(group[start], count, gap) for start, count, gap in times]
    order = {slot: index for index, slot in enumerate(slots)}
    return sorted(compacted, key=lambda item: order[item[0]])


def _in_one_unit(arms: Sequence[ArmRows], cmts: Mapping[str, int]) -> tuple[ArmRows, ...]:
    """The rows with all amounts of a drug in the unit of its first, such as micrograms as mg."""
    recipes = (recipe for arm_rows in arms for recipe in arm_rows.recipes)
    given_in = ((recipe.dose.drug, unit) for recipe in recipes for unit in recipe.units())
    units = units_to_write(given_in, cmts, may_share=True)

    def in_unit(recipe: Recipe) -> Recipe:
        return recipe._replace(in_unit=units[recipe.dose.drug])

    return tuple(rows._replace(recipes=tuple(map(in_unit, rows.recipes))) for rows in arms)


def notes(plan: Plan) -> Iterator[str]:
    """What the rows do not show: drugs given as needed, and amounts in converted units."""
    options = plan.options
    as_needed = (dose.drug for arm in options.arms for _, dose in plan.regimen.as_needed(arm))
    for name in dict.fromkeys(as_needed):
        yield f"{name} is given as needed: no patient has a row of it"
    recipes = plan.recipes()
    units = ((recipe.dose.drug, recipe.unit, unit) for recipe in recipes for unit in recipe.units())
    for drug, unit, other in dict.fromkeys(units):
        if other != unit:
            yield f"AMT of {drug} is in {unit}: amounts that the file has in {other} are converted"


def cautions(plan: Plan) -> Iterator[str]:
    """A caution if the rows do not show which drug they are about."""
    options = plan.options
    drugs = list(dict.fromkeys(recipe.dose.drug for recipe in plan.recipes()))
    numbers = [options.cmts.get(drug, 1) for drug in drugs]
    shared = [drug for drug, one in zip(drugs, numbers, strict=True) if numbers.count(one) > 1]
    if shared and "DRUG" not in options.columns:
        problem = f"{', '.join(shared)} cannot be told apart"
        yield f"event table: {problem}: give {compartment_options(drugs)}, or --columns DRUG"
