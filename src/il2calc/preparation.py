"""How a dose is made up: mass, volume, vials or tablets, diluent and bag, concentration.

Everything comes from the drug's monograph; a drug without one, or without a product, gets its
amount and a line that no volume can be computed. Nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

from il2calc import handling
from il2calc.administration import Administration
from il2calc.drug import Drug, Preparation
from il2calc.errors import Refused, UnknownName
from il2calc.exchange import through
from il2calc.made_up import Concentration, Count, Prepared, overlap, whole
from il2calc.regimen import Dose
from il2calc.schedule import Schedule
from il2calc.units import EXACT, safe_quantity


def prepare(
    schedule: Schedule, drugs: Mapping[str, Drug | None], chosen: Mapping[str, str] | None = None
) -> tuple[Prepared, ...]:
    """Every distinct dose of a schedule, made up.

    Args:
        schedule: any finished schedule.
        drugs: the monograph of each drug by its name; None where there is none.
        chosen: a preparation by drug, instead of the one that the route chooses.

    Raises:
        UnknownName: a chosen preparation that the monograph does not describe.
    """
    groups: dict[tuple[Dose, Decimal], list[Administration]] = {}
    for each in schedule.administrations:
        groups.setdefault((each.dose, each.dosed.value), []).append(each)
    return tuple(
        _prepared(schedule, rows, drugs.get(dose.drug), (chosen or {}).get(dose.drug))
        for (dose, _), rows in groups.items()
    )


def _prepared(
    schedule: Schedule, rows: list[Administration], drug: Drug | None, chosen: str | None
) -> Prepared:
    dose, dosed = rows[0].dose, rows[0].dosed
    numbers = tuple(row.number for row in rows)
    bare = Prepared(
        dose, dosed.value, dosed.unit, numbers, drug, None, None, (), (), None, False, None, (), ()
    )
    if drug is None:
        if chosen is not None:
            raise Refused(f"{dose.drug} has no monograph, so no preparation {chosen!r} to choose")
        return bare
    preparation, assumed = _preparation(drug, dose, chosen)
    if preparation is None and drug.preparations:
        return bare._replace(cautions=handling.undescribed(bare))
    with localcontext(EXACT):
        made = bare._replace(
            mass=_mass(dosed.value, dosed.unit, drug),
            volume=_volume(dosed.value, dosed.unit, drug),
            vials=_counts(dosed.value, dosed.unit, drug, "vial"),
            tablets=_counts(dosed.value, dosed.unit, drug, "tablet"),
            preparation=preparation,
            by_assumption=assumed,
        )
        bags = _concentrations(made)
        made = made._replace(bags=bags, bag=_choose(made, bags))
        return made._replace(cautions=handling.review(schedule, made))


def _preparation(drug: Drug, dose: Dose, chosen: str | None) -> tuple[Preparation | None, bool]:
    if chosen is not None:
        for each in drug.preparations:
            if each.name == chosen:
                return each, dose.route not in each.routes
        names = [each.name for each in drug.preparations]
        raise UnknownName(f"preparation of {drug.name}", chosen, names)
    fitting = [each for each in drug.preparations if dose.route in each.routes]
    for each in fitting:
        if dose.over is None or each.over is None or overlap(each.over, dose.over):
            return each, False
    if fitting:
        return fitting[0], False
    for each in drug.preparations:
        if dose.route in each.stands_in_for:
            return each, True
    return None, False


def _mass(value: Decimal, unit: str, drug: Drug) -> Decimal | None:
    """The mass [mg], where a factor of the monograph, or the unit itself, gives it."""
    return through(value, unit, "mg", drug)


def _volume(value: Decimal, unit: str, drug: Drug) -> Decimal | None:
    """The volume of concentrate [mL]; every product of a drug must agree on it."""
    volumes = set()
    for each in drug.products:
        if each.concentration is not None:
            amount = through(value, unit, each.concentration.unit, drug)
            volumes.add(None if amount is None else amount / each.concentration.value)
    return volumes.pop() if len(volumes) == 1 else None


def _counts(value: Decimal, unit: str, drug: Drug, form: str) -> tuple[Count, ...]:
    found = []
    for each in drug.products:
        gives = each.delivers or each.contains
        amount = through(value, unit, gives.unit, drug)
        if each.form != form or amount is None:
            continue
        pieces = whole(amount, gives.value)
        if form == "tablet" and amount % gives.value:
            continue
        best = None if each.at_most is None else whole(amount, each.at_most.value)
        at_best = best if best != pieces else None
        how = "delivers" if form == "vial" else "holds"
        counted_by = f"counted at the {safe_quantity(gives)} that each {how}"
        found.append(Count(each, pieces, counted_by, at_best))
    return tuple(found)


def _concentrations(made: Prepared) -> tuple[Concentration, ...]:
    if made.preparation is None or made.volume is None or made.preparation.undiluted:
        return ()
    assert made.drug is not None
    windows = [each.window for each in made.drug.preparations if each.window is not None]
    window = made.preparation.window
    unit = (window or windows[0])[0].unit if windows else "mg"
    amount = through(made.value, made.unit, unit, made.drug)
    if amount is None:
        return ()
    found = []
    for bag in made.preparation.bags:
        alone, together = amount / bag.volume, amount / (bag.volume + made.volume)
        low, high = (window[0].value, window[1].value) if window else (Decimal(0), alone)
        fits, alone_fits = low <= together <= high, low <= alone <= high
        found.append(Concentration(bag, alone, together, unit, fits, alone_fits))
    return tuple(found)


def _choose(made: Prepared, bags: tuple[Concentration, ...]) -> Concentration | None:
    """The bag by the product's own table; where there is none, the first that fits the window."""
    assert made.drug is not None
    table = any(each.bag.up_to is not None for each in bags)
    for each in bags:
        limit = each.bag.up_to
        if limit is None:
            if table or each.fits:
                return each
            continue
        amount = through(made.value, made.unit, limit.unit, made.drug)
        if amount is not None and amount <= limit.value:
            return each
    return bags[-1 if table else 0] if bags else None
