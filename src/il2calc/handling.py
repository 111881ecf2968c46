"""What a careful pharmacist would point out about a dose that was made up.

Each limit has its source in the monograph, or is an assumption of ours and said to be one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from il2calc.exchange import through
from il2calc.made_up import Prepared, concentration, overlap
from il2calc.schedule import Caution, Schedule
from il2calc.units import plain, safe, safe_quantity, short

FINE_SYRINGE = Decimal(1)
"""Up to this volume [mL] a syringe is graduated in 0.01 mL, above it in 0.1 mL: our assumption."""

MOST_READING_ERROR = Decimal(5)
"""Graduation [% of the volume] above which a subcutaneous volume is cautioned: our assumption."""

MOST_SUBCUTANEOUS = Decimal(2)
"""Volume [mL] above which one subcutaneous injection is cautioned: our assumption."""


def review(schedule: Schedule, made: Prepared) -> tuple[Caution, ...]:
    """Everything that should be pointed out about one dose of a drug with a monograph."""
    return (
        *_of_tablets(made),
        *_of_bag(made),
        *_of_route(made),
        *_of_limit(schedule, made),
    )


def undescribed(made: Prepared) -> tuple[Caution, ...]:
    """A drug by a route that its monograph says nothing of: nothing is counted for it."""
    name = f"{made.dose.drug} {safe(made.value, made.unit)}"
    text = f"{name}: the monograph describes no preparation for this route; nothing is counted"
    return (Caution("no-preparation", text, made.administrations),)


def _of_bag(made: Prepared) -> Iterator[Caution]:
    """The window is met or not; the two ways of counting the volume are told apart."""
    bag, preparation = made.bag, made.preparation
    if bag is None or preparation is None:
        return
    name = f"{made.dose.drug} {safe(made.value, made.unit)}"
    limit = bag.bag.up_to
    if limit is not None and made.drug is not None:
        amount = through(made.value, made.unit, limit.unit, made.drug)
        if amount is None or amount > limit.value:
            text = f"{name} is more than any bag is listed for (up to {safe_quantity(limit)})"
            yield Caution("bag", text, made.administrations)
    if preparation.window is None:
        return
    low, high = preparation.window
    window = f"{short(low.value)} to {short(high.value)} {low.unit}/mL"
    if bag.fits and bag.fits_bag_only:
        return
    text = f"{name}: {concentration(bag)} is outside {window}"
    if bag.fits or bag.fits_bag_only:
        counted = "with the drug's own volume" if bag.fits else "without the drug's own volume"
        text = f"{name}: {concentration(bag)} is within {window} only {counted}"
    elif not any(each.fits or each.fits_bag_only for each in made.bags):
        every = "; ".join(concentration(each) for each in made.bags)
        text = f"{name}: no listed bag gives {window}: {every}"
        if bag.with_drug < low.value and preparation.below is not None:
            said = preparation.below
            text += f". {said.text} [{'; '.join(said.sources)}]"
    others = [plain(each.bag.volume) for each in made.bags if each.fits and each is not bag]
    if others and not bag.fits:
        text += f"; {' or '.join(others)} mL would fit"
    yield Caution("concentration", text, made.administrations)


def _of_tablets(made: Prepared) -> Iterator[Caution]:
    """A dose that whole tablets do not make up is not given quietly as another one."""
    assert made.drug is not None
    tablets = [each.name for each in made.drug.products if each.form == "tablet"]
    if tablets and made.dose.route == "oral" and not made.tablets:
        text = f"{made.dose.drug} {safe(made.value, made.unit)} is no whole number of any tablet "
        text += f"({', '.join(tablets)}); tablets are not split here"
        yield Caution("tablets", text, made.administrations)


def _of_route(made: Prepared) -> list[Caution]:
    found = []
    name = f"{made.dose.drug} {safe(made.value, made.unit)}"
    if made.by_assumption and made.preparation is not None:
        text = f"{name}: the monograph describes no preparation for this route; the "
        text += f"{made.preparation.name} is shown as an assumption, how it was made up is unknown"
        if made.dose.route not in made.preparation.stands_in_for:
            text = f"{name}: the {made.preparation.name} is not for this route; it was chosen"
        found.append(Caution("preparation-assumed", text, made.administrations))
    over = made.preparation.over if made.preparation is not None else None
    if over is not None and made.dose.over is not None and not overlap(over, made.dose.over):
        text = f"{name} runs over {made.dose.over.text}; the preparation shown is for {over.text}"
        found.append(Caution("infusion-time", text, made.administrations))
    if made.dose.route == "SC" and made.volume is not None:
        volume, graduation = made.volume, graduation_of(made.volume)
        share = graduation / volume * 100
        if share > MOST_READING_ERROR:
            text = f"{name} is {short(volume, 3)} mL: one graduation of {plain(graduation)} mL is "
            text += f"{short(share, 2)} % of it (above {MOST_READING_ERROR} %, our assumption)"
            found.append(Caution("small-volume", text, made.administrations))
        if volume > MOST_SUBCUTANEOUS:
            text = f"{name} is {short(volume, 3)} mL in one subcutaneous injection (above "
            text += f"{MOST_SUBCUTANEOUS} mL, our assumption); divide it over several sites"
            found.append(Caution("large-volume", text, made.administrations))
    return found


def graduation_of(volume: Decimal) -> Decimal:
    """The graduation [mL] of the syringe that a volume [mL] is drawn into: our assumption."""
    return Decimal("0.01") if volume <= FINE_SYRINGE else Decimal("0.1")


def _of_limit(schedule: Schedule, made: Prepared) -> list[Caution]:
    """A dose above the largest sourced single dose of its route and basis."""
    assert made.drug is not None
    first = made.administrations[0]
    patient = next(row.patient for row in schedule.administrations if row.number == first)
    measures = {"kg": patient.weight, "m2": patient.bsa(), None: Decimal(1)}
    found = []
    for limit in made.drug.limits:
        size, amount = measures[limit.amount.basis], limit.amount
        if limit.route != made.dose.route or size is None:
            continue
        most = through(amount.value * size, amount.unit, made.unit, made.drug)
        if most is not None and made.value > most:
            text = f"{made.dose.drug} {safe(made.value, made.unit)} is more than "
            text += f"{safe_quantity(amount)}, {limit.fact.text} ({'; '.join(limit.fact.sources)})"
            found.append(Caution("largest-dose", text, made.administrations))
    return found
