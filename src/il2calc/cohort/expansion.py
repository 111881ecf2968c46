"""What each virtual patient is given when: the rows of many patients as one Arrow batch.

The slots of an arm are laid out once, as for one patient. `rows` is a pure function of a plan and
a batch of patients, so that any engine may carry it.
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
from il2calc.model.effects import chain_text
from il2calc.model.measure import Bands
from il2calc.model.patient import DEFAULT_FORMULA
from il2calc.model.regimen import NOT_STATED, Regimen, day_at
from il2calc.plan import timing
from il2calc.plan.administration import AddedIn, gathered
from il2calc.plan.calendar import chain_of, stretches
from il2calc.plan.dosing import Bound
from il2calc.plan.needs import arm_of, refuse_open_rests
from il2calc.plan.schedule import DEFAULT_START
from il2calc.plan.timing import Slot

EVENTS: tuple[tuple[str, pa.DataType], ...] = (
    ("ID", pa.int64()),
    ("TIME", pa.float64()),
    ("EVID", pa.int8()),
    ("CMT", pa.int32()),
    ("AMT", pa.decimal64(18, SCALE)),
    ("RATE", pa.float64()),
    ("ADDL", pa.int32()),
    ("II", pa.float64()),
)
"""The columns that are always there, in this order. AMT is a whole number of 10^-6."""

TEXTS: Mapping[str, Callable[[Slot, Regimen], str]] = {
    "DRUG": lambda slot, _: slot.dose.drug,
    "BLOCK": lambda slot, _: slot.turn.block.name,
    "TURN": lambda slot, _: chain_text(chain_of(slot.turn)),
    "DAY": lambda slot, regimen: str(day_at(slot.day, regimen.day_zero)),
    "AT_MOST": lambda slot, _: "true" if slot.at_most else "false",
    "ONLY_IF": lambda slot, _: "; ".join(slot.only_if),
}
"""Columns of text, behind the others where they are asked for."""

Given = Sequence[tuple[np.ndarray, tuple[Amount, ...]]]
"""By arm, the places of its patients and how much each gets of its recipes."""

Made = tuple[int, pa.RecordBatch]
"""How many patients, and their rows."""


class Wanted(NamedTuple):
    """How a regimen is to be laid out for a cohort.

    Args:
        arms: those that occur; None alone where the regimen has none.
        weeks: what is open is given as often as it begins within so many, from day 1.
        drug: the only one that is written; None = all.
        cmts: compartment by drug; 1 where none is named.
        compact: equally spaced doses as one row, with ADDL and II.
        columns: of text.
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


class Layout(NamedTuple):
    """The rows of one arm, the same for all of its patients.

    Args:
        slots: of each row, the first where a row stands for several.
        which: of each row, the place of its recipe in `recipes`.
        minutes: of each recipe, the least length of the infusion; 0 where the file has none.
        doses: of each row, how many doses it stands for.
        at_most: of each row, whether it is a maximum; `conditional`, whether on a condition.
        fixed: of each row, the columns that no body bears on; no rate.
        made: these for the most patients that were asked for at once; nothing before.
    """

    recipes: tuple[Recipe, ...]
    slots: tuple[Slot, ...]
    which: np.ndarray
    minutes: np.ndarray
    doses: np.ndarray
    at_most: np.ndarray
    conditional: np.ndarray
    fixed: Mapping[str, np.ndarray]
    made: list[dict[str, np.ndarray]]

    def tiled(self, count: int) -> dict[str, np.ndarray]:
        """What is the same for every patient, for so many."""
        rows = count * len(self.slots)
        made = next(iter(self.made), None)
        if made is None or len(made["TIME"]) < rows:
            made = {name: np.tile(one, count) for name, one in self.fixed.items()}
            self.made[:] = [made]
        return {name: values[:rows] for name, values in made.items()}


class Plan(NamedTuple):
    """A regimen laid out for all arms that occur, without anybody's body.

    Args:
        layouts: by arm, in the order of `rules.needs`.
        schema: of the rows.
    """

    regimen: Regimen
    wanted: Wanted
    rules: Rules
    layouts: tuple[Layout, ...]
    schema: pa.Schema


def plan(
    regimen: Regimen,
    wanted: Wanted,
    *,
    default: str | None = None,
    by_row: bool = False,
    body: tuple[str, Decimal | None] = (DEFAULT_FORMULA, None),
) -> Plan:
    """When is each dose of a cohort due, and what is it reckoned from?

    Args:
        default: the arm of who names none.
        by_row: the arm of every patient stands in its row.
        body: the formula for the body surface area, and the most that it may count for.

    Raises:
        UnknownName: an arm, a block or a drug that the regimen does not have.
        MissingInput: an open-ended block without a count, a rest that is open.
        Refused: a count above the file's; units that do not go into one column.
    """
    known = {arm: regimen.drugs(arm) for arm in (regimen.arms if by_row else wanted.arms)}
    names = list(dict.fromkeys(name for drugs in known.values() for name in drugs))
    for drug in (*wanted.percents, *wanted.bounds, *wanted.cmts, *filter(None, [wanted.drug])):
        if drug not in names:
            raise UnknownName(f"drug of {regimen.id}", drug, names, near=nearest_drug)
    if by_row and wanted.drug is not None:
        given_in = tuple(arm for arm in wanted.arms if wanted.drug in known[arm])
        wanted = wanted._replace(arms=given_in or wanted.arms)
    layouts = _in_one_unit([_layout(regimen, arm_of(regimen, arm), wanted) for arm in wanted.arms])
    _refuse_units([recipe for layout in layouts for recipe in layout.recipes], wanted)
    doses = {
        arm: tuple((recipe.dose, recipe.dose.amount(recipe.arm)) for recipe in layout.recipes)
        for arm, layout in zip(wanted.arms, layouts, strict=True)
    }
    needs = {arm: needs_of(given) for arm, given in doses.items()}
    banded = {
        arm: given
        for arm, given in doses.items()
        if any(isinstance(amount, Bands) for _, amount in given)
    }
    arms = tuple(regimen.arms)
    rules = Rules(regimen.id, needs, default, by_row, *body, banded, arms, wanted.drug)
    texts = [(name, pa.string()) for name in wanted.columns]
    bodies = [(name, pa.float64()) for name in wanted.covariates]
    return Plan(regimen, wanted, rules, layouts, pa.schema([*EVENTS, *bodies, *texts]))


def rows(plan: Plan, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch of patients, in their order; who cannot be scheduled has none.

    Args:
        batch: with the columns of `patients.COLUMNS` that the regimen needs.
    """
    return next(expanded(plan, *people_of(plan, batch)[:2]))[1]


def people_of(
    plan: Plan, batch: pa.RecordBatch, where: Place = BEGIN
) -> tuple[People, Given, list[Rejected]]:
    """The patients of a batch, how much each gets, and who cannot be scheduled."""
    found, rejected = of_people.read(batch, plan.rules, where)
    while True:
        given = []
        refused: dict[int, str] = {}
        for place, layout in enumerate(plan.layouts):
            here = np.flatnonzero(found.arms == place)
            alone = found if len(here) == len(found.ids) else found.subset(here)
            given.append((here, tuple(amounts(recipe, alone) for recipe in layout.recipes)))
            for amount in given[-1][1]:
                refused |= {int(here[one]): why for one, why in amount.refused.items()}
        if not refused:
            return found, tuple(given), sorted(rejected)
        rejected += [found.rejected(one, why) for one, why in refused.items()]
        kept = np.ones(len(found.ids), dtype=bool)
        kept[list(refused)] = False
        found = found.subset(np.flatnonzero(kept))


def expanded(plan: Plan, people: People, given: Given, most: int | None = None) -> Iterator[Made]:
    """The rows of patients whose amounts are known, laid out piece by piece.

    Args:
        most: rows of a piece, unless one patient has more; None = all in one.
    """
    bodies = {name: _covariate(people, name) for name in plan.wanted.covariates}
    longest = max(len(layout.slots) for layout in plan.layouts)
    count = len(people.ids)
    size = max(1, count if most is None else most // longest)
    for start in range(0, max(1, count), size):
        piece = slice(start, min(start + size, count))
        yield piece.stop - start, _laid_out(plan, people, given, bodies, piece)


def _laid_out(
    plan: Plan, people: People, given: Given, bodies: Mapping[str, np.ndarray], piece: slice
) -> pa.RecordBatch:
    """The rows of some patients who stand one after the other."""
    arms = people.arms[piece]
    sizes = np.array([len(layout.slots) for layout in plan.layouts], dtype=np.int64)
    one = len(plan.layouts) == 1
    counts = int(sizes[0]) if one else sizes[arms]
    columns = {"ID": _each(people.ids[piece], counts)}
    columns |= {name: _each(values[piece], counts) for name, values in bodies.items()}
    ends = np.cumsum(sizes[arms])
    total = int(ends[-1]) if len(ends) else 0
    for layout, (here, reckoned) in zip(plan.layouts, given, strict=True):
        of = slice(*np.searchsorted(here, (piece.start, piece.stop)))
        own = _own(layout, [amount.value[of] for amount in reckoned])
        if one:
            columns |= own
            continue
        starts = ends[here[of] - piece.start] - len(layout.slots)
        at = (starts[:, None] + np.arange(len(layout.slots))).ravel()
        for name, values in own.items():
            if name not in columns:
                columns[name] = _room(total, values.dtype)
            columns[name][at] = values
    gaps = {name for name, values in bodies.items() if np.isnan(values[piece]).any()}
    return pa.RecordBatch.from_arrays(
        [_arrow(columns[field.name], field.type, gaps=field.name in gaps) for field in plan.schema],
        schema=plan.schema,
    )


def _own(layout: Layout, reckoned: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The columns of an arm's patients, one patient after the other."""
    values = np.stack(reckoned, axis=1)
    own = {**layout.tiled(len(values)), "AMT": _spread(values, layout.which)}
    if (runs := layout.minutes > 0).any():
        rates = np.zeros(values.shape)
        # one division of whole numbers, so the nearest double: x 60 / 10^6 = x 3 / 50,000
        rates[:, runs] = values[:, runs] * 3 / (layout.minutes[runs] * (10**SCALE // 20))
        own["RATE"] = _spread(rates, layout.which)
    return own


def _each(values: np.ndarray, counts: int | np.ndarray) -> np.ndarray:
    """A value of each patient in each of his or her rows."""
    if not isinstance(counts, int):
        return np.repeat(values, counts)
    found = _room(len(values) * counts, values.dtype)
    found.reshape(len(values), counts)[:] = values[:, None]
    return found


def _spread(values: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Of each patient, the value of the recipe of each row."""
    found = _room(len(values) * len(which), values.dtype)
    np.take(values, which, axis=1, out=found.reshape(len(values), len(which)), mode="clip")
    return found


def _room(count: int, kind: np.dtype[Any]) -> np.ndarray:
    """A column to be filled, in memory of Arrow's, which keeps the pages that batches have used.

    The system clears the pages of a new array one by one, which takes as long as all the rest.
    """
    if kind.hasobject:
        return np.empty(count, dtype=kind)
    return np.frombuffer(pa.allocate_buffer(count * kind.itemsize), dtype=kind)


def _arrow(values: np.ndarray, kind: pa.DataType, *, gaps: bool) -> pa.Array:
    """A column; with gaps where nothing is known, if it has some."""
    if pa.types.is_decimal(kind):
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
    return pa.array(values, kind, from_pandas=gaps)


def _covariate(people: People, name: str) -> np.ndarray:
    """Actual body weight [kg], or body surface area without any cap [m2]; NaN = not known."""
    if name == "WT":
        weights = pc.cast(people.cells["WT"], pa.float64())
        return np.asarray(weights.to_numpy(zero_copy_only=False))
    return np.asarray(surface_doubles(people))


def _layout(regimen: Regimen, arm: str | None, wanted: Wanted) -> Layout:
    refuse_open_rests(regimen, arm)
    horizon = None if wanted.weeks is None else wanted.weeks * 7
    laid = timing.expand(regimen, arm, wanted.times, wanted.at, horizon)
    due = [
        (number, slot)
        for number, slot in enumerate(timing.timed(laid.slots, lambda _: False), 1)
        if wanted.drug in (None, slot.dose.drug)
    ]
    slots = [slot for _, slot in due if slot.dose.amount(arm) != NOT_STATED]
    unstated = tuple(number for number, slot in due if slot.dose.amount(arm) == NOT_STATED)
    if unstated and not slots:
        told = numbered("row", unstated)
        raise Refused(f"{told}: the source states no amount of these doses: nothing to simulate")
    if not slots and any(wanted.drug in (None, dose.drug) for _, dose in regimen.as_needed(arm)):
        what = wanted.drug or "all of it"
        raise Refused(f"{regimen.id} gives {what} as needed: there are no rows to write")
    if not slots:
        what = f"gives no {wanted.drug}" if wanted.drug else "gives nothing"
        where = f" in arm {arm}" if arm else ""
        raise Refused(f"{regimen.id} {what}{where}; choose another")
    merged = list(_compact(slots)) if wanted.compact else [(slot, 1, 0) for slot in slots]
    recipes = {
        dose: Recipe(
            dose, arm, wanted.percents.get(dose.drug, Decimal(100)), wanted.bounds.get(dose.drug)
        )
        for dose in dict.fromkeys(slot.dose for slot in slots)
    }
    places = {dose: place for place, dose in enumerate(recipes)}
    first = slots[0].minute
    heads = tuple(slot for slot, _, _ in merged)
    doses = np.array([count for _, count, _ in merged])
    fixed = {
        "TIME": np.array([(slot.minute - first) / 60 for slot in heads]),
        "EVID": np.ones(len(heads), dtype=np.int8),
        "CMT": np.array([wanted.cmts.get(slot.dose.drug, 1) for slot in heads], dtype=np.int32),
        "ADDL": (doses - 1).astype(np.int32),
        "II": np.array([gap / 60 for _, _, gap in merged]),
        "RATE": np.zeros(len(heads)),
        **{
            name: np.array([TEXTS[name](slot, regimen) for slot in heads], dtype=object)
            for name in wanted.columns
        },
    }
    return Layout(
        recipes=tuple(recipes.values()),
        slots=heads,
        which=np.array([places[slot.dose] for slot in heads]),
        minutes=np.array([dose.over.shortest if dose.over else 0 for dose in recipes]),
        doses=doses,
        at_most=np.array([slot.at_most for slot in heads]),
        conditional=np.array([bool(slot.only_if) for slot in heads]),
        fixed=fixed,
        made=[],
    )


def _compact(slots: Sequence[Slot]) -> Iterable[tuple[Slot, int, int]]:
    """Equally spaced doses of one block turn as one: the first, how many, and the gap [min]."""
    alike = gathered(((slot.dose, slot.turn, slot.at_most, slot.only_if), slot) for slot in slots)
    found = []
    for group in alike.values():
        times = stretches([slot.minute for slot in group])
        found += [(group[start], count, gap) for start, count, gap in times]
    order = {slot: place for place, slot in enumerate(slots)}
    return sorted(found, key=lambda one: order[one[0]])


def _in_one_unit(layouts: Sequence[Layout]) -> tuple[Layout, ...]:
    """The layouts with all amounts of a drug in the unit of its first: micrograms as milligrams.

    Raises:
        Refused: a drug is measured in two ways.
    """
    added_in, known = AddedIn(), dict[str, dict[str, None]]()
    for recipe in (recipe for layout in layouts for recipe in layout.recipes):
        own = (added_in.unit(recipe.dose.drug, unit) for unit in recipe.units())
        known.setdefault(recipe.dose.drug, {}).update(dict.fromkeys(own))
    for drug, units in known.items():
        if len(units) > 1:
            raise Refused(f"{drug} is given in {' and in '.join(units)}: no column can hold both")

    def of(recipe: Recipe) -> Recipe:
        return recipe._replace(in_unit=next(iter(known[recipe.dose.drug])))

    return tuple(layout._replace(recipes=tuple(map(of, layout.recipes))) for layout in layouts)


def _refuse_units(recipes: Sequence[Recipe], wanted: Wanted) -> None:
    """Two units in one column of amounts are told apart by nobody.

    Raises:
        Refused: names the drugs, and what tells them apart.
    """
    units = {(recipe.dose.drug, recipe.unit): None for recipe in recipes}
    drugs = dict.fromkeys(drug for drug, _ in units)
    if len({unit for _, unit in units}) > 1 and not drugs.keys() <= wanted.cmts.keys():
        told = ", ".join(f"{drug} in {unit}" for drug, unit in units)
        first = f'"{next(iter(drugs))}"'
        ways = f"add --drug {first}, or {_each_its_own(drugs)}"
        raise Refused(f"amounts of two units in one column ({told}): {ways}")


def _each_its_own(drugs: Iterable[str]) -> str:
    """The options that give each drug a compartment."""
    return " ".join(f'--cmt "{drug}={number}"' for number, drug in enumerate(drugs, 1))


def told(plan: Plan) -> Iterator[str]:
    """What its rows do not say: what is in none of them, and in which unit they are."""
    wanted = plan.wanted
    as_needed = (dose.drug for arm in wanted.arms for _, dose in plan.regimen.as_needed(arm))
    for name in dict.fromkeys(as_needed):
        yield f"{name} is given as needed: no patient has a row of it"
    recipes = (recipe for layout in plan.layouts for recipe in layout.recipes)
    written = ((each.dose.drug, each.unit, unit) for each in recipes for unit in each.units())
    for drug, unit, other in dict.fromkeys(written):
        if other != unit:
            yield f"AMT of {drug} is in {unit}: amounts that the file has in {other} are converted"


def cautions(plan: Plan) -> Iterator[str]:
    """That its rows do not say which drug they are of."""
    wanted = plan.wanted
    recipes = (recipe for layout in plan.layouts for recipe in layout.recipes)
    drugs = list(dict.fromkeys(recipe.dose.drug for recipe in recipes))
    places = {wanted.cmts.get(drug, 1) for drug in drugs}
    if len(places) < len(drugs) and "DRUG" not in wanted.columns:
        both = f"{', '.join(drugs)} cannot be told apart"
        yield f"event table: {both}: add {_each_its_own(drugs)}, or --columns DRUG"
