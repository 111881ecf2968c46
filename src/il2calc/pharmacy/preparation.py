"""How a dose is prepared: mass, volume, vials or tablets, diluent and bag, concentration.

Everything comes from the drug's monograph; a drug without one, or without a product, gets its
amount and a line that no volume can be computed. Nothing is invented. Each limit that is pointed
out has its source in the monograph, or is an assumption of ours and said to be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple

from il2calc.errors import Refused, UnknownName, nearest_slip
from il2calc.model.drug import Bag, Dilution, Drug, Preparation
from il2calc.model.regimen import Dose
from il2calc.pharmacy.answers import Monographs, through, volume_of
from il2calc.pharmacy.rounding import Count, Drawn, counts, measured
from il2calc.plan.administration import Administration, gathered
from il2calc.plan.calendar import DAY, duration
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import EXACT, Quantity, Span, plain, safe, safe_quantity, short


class Concentration(NamedTuple):
    """The final concentration in a bag [per mL], without and with the drug's own volume."""

    bag: Bag
    bag_only: Decimal
    with_drug: Decimal
    unit: str
    fits: bool
    fits_bag_only: bool


class Prepared(NamedTuple):
    """One distinct dose, made up.

    Args:
        by_assumption: the preparation stands in for the route's own, which is not described.
        volume: of the concentrate [mL], which `dilution` makes a larger one, `measured`.
        bags: every listed bag with its concentration; `bag` is the one chosen.
        graduation: of the syringe [mL] as the user sets it; None = what a product names, or ours.
    """

    dose: Dose
    value: Decimal
    unit: str
    administrations: tuple[int, ...]
    drug: Drug | None
    mass: Decimal | None
    volume: Decimal | None
    vials: tuple[Count, ...]
    tablets: tuple[Count, ...]
    preparation: Preparation | None
    by_assumption: bool
    bag: Concentration | None
    bags: tuple[Concentration, ...]
    cautions: tuple[Caution, ...]
    graduation: Decimal | None = None
    dilution: Dilution | None = None

    @property
    def measured(self) -> Decimal | None:
        """The volume [mL] that is measured: of the dilution where there is one."""
        if self.volume and self.dilution:
            return self.dilution.given(self.volume)
        return self.volume

    @property
    def taken(self) -> Quantity:
        """What is taken of the concentrate: the dose, or what its dilution is made of."""
        if self.dilution is None or self.drug is None:
            return Quantity(self.value, self.unit)
        per_ml = next(each.concentration for each in self.drug.products if each.concentration)
        return Quantity(EXACT.multiply(self.dilution.take, per_ml.value), per_ml.unit)

    @property
    def bag_lasts(self) -> Span | None:
        """The time of one of several bags, where a dose outlasts the preparation it is made as."""
        way, over = self.preparation and self.preparation.over, self.dose.over
        return way if way and over and _outlasts(way, over) else None

    def in_bag(self, whole: Decimal) -> Decimal:
        """What of the dose, or of its volume, one bag holds: all, or its time's share of it."""
        over, lasts = self.dose.over, self.bag_lasts
        return EXACT.divide(whole * lasts.longest, over.longest) if over and lasts else whole

    def exceeds(self, limit: Quantity) -> bool:
        """Whether what one bag holds is more than a limit, or cannot be held against it."""
        assert self.drug is not None, "a dose is made up by a monograph"
        amount = through(self.in_bag(self.value), self.unit, limit.unit, self.drug)
        return amount is None or amount > limit.value


def concentration(each: Concentration) -> str:
    """A concentration in words, without and with the drug's own volume."""
    least = "at least " if each.bag.at_most else ""
    text = f"{least}{short(each.bag_only, 3)} {each.unit}/mL in {each.bag.told()}"
    return f"{text} ({short(each.with_drug, 3)} with the drug's own volume)"


def rates(made: Prepared) -> Iterator[str]:
    """How fast a bag runs, in words: at both ends of a range of time, and for each bag in question.

    It is a fact where volume and time are; where the volume is the most that is allowed, or no one
    bag is the product's choice, it is told at each. Without a bag or a time there is no rate, nor
    where a bag is for quite another time; the time of a preparation that is an assumption is none.
    """
    way = made.preparation and made.preparation.over
    over = made.bag_lasts or made.dose.over or (None if made.by_assumption else way)
    if over is None or made.bag is None or made.measured is None:
        return
    if way and not way.within(over, times=MOST_APART):
        return
    measured = made.in_bag(made.measured)
    bags = _in_question(made, made.bag)
    for bag in bags:
        told = [
            f"{short(_rate(bag.volume, minutes), 3)} mL/h over {duration(minutes)}"
            f" ({short(_rate(bag.volume + measured, minutes), 3)} with the drug's own volume)"
            for minutes in dict.fromkeys((over.shortest, over.longest))
        ]
        firm = len(bags) == 1 and not bag.at_most
        where = f"Rate of {plain(bag.volume)} mL" if firm else f"Rate at {plain(bag.volume)} mL"
        yield f"{where}: {'; '.join(told)}"


def _in_question(made: Prepared, chosen: Concentration) -> list[Bag]:
    """The one bag that is the product's choice, or fits, or is the only one; else every bag."""
    one = chosen.bag.up_to is not None or chosen.fits
    return [each.bag for each in ((chosen,) if one else made.bags)]


def _rate(volume: Decimal, minutes: int) -> Decimal:
    """How fast a volume [mL] runs in over a time [min], in mL/h."""
    return EXACT.divide(volume * 60, Decimal(minutes))


def added(made: Prepared) -> Iterator[str]:
    """How much of a solution brings a bag to the share of an additive, in words.

    Where the preparation has a window of concentrations, it is only added below it. The drug's own
    volume is not counted.
    """
    if made.bag is None or made.preparation is None or made.preparation.additive is None:
        return
    additive, window = made.preparation.additive, made.preparation.window
    if window is not None and made.bag.with_drug >= window[0].value:
        return
    for bag in _in_question(made, made.bag):
        volume = EXACT.divide(additive.share * bag.volume, additive.stock)
        yield (
            f"{additive.name} to {plain(additive.share)} % of {bag.told()}: {short(volume)} mL of "
            f"a solution of {plain(additive.stock)} %, if that is the strength in stock"
        )


MOST_APART = 3
"""How many times as long a dose, or its preparation, may be for the other: our assumption."""

MOST_SUBCUTANEOUS = Decimal(2)
"""Volume [mL] above which one subcutaneous injection is cautioned: our assumption."""


def _of_bag(made: Prepared) -> Iterator[Caution]:
    """The window is met or not; the two ways of counting the volume are told apart."""
    bag, preparation = made.bag, made.preparation
    if bag is None or preparation is None:
        return
    name = f"{made.dose.drug} {safe(made.value, made.unit)}"
    limit = bag.bag.up_to
    if limit is not None and made.exceeds(limit):
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
    elif not any(bag.fits or bag.fits_bag_only for bag in made.bags):
        every = "; ".join(concentration(bag) for bag in made.bags)
        text = f"{name}: no listed bag gives {window}: {every}"
        if bag.with_drug < low.value and preparation.below is not None:
            said = preparation.below
            text += f". {said.text} [{'; '.join(said.sources)}]"
    others = [plain(concentration.bag.volume) for concentration in made.bags if concentration.fits]
    if others and not bag.fits:
        text += f"; {' or '.join(others)} mL would fit"
    yield Caution("concentration", text, made.administrations)


def _of_tablets(made: Prepared) -> Iterator[Caution]:
    """A dose that whole tablets do not make up is not given quietly as another one."""
    assert made.drug is not None
    tablets = [product.name for product in made.drug.products if product.form == "tablet"]
    if tablets and made.dose.route == "oral" and not made.tablets:
        text = (
            f"{made.dose.drug} {safe(made.value, made.unit)} is not a whole number of any tablet "
        )
        text += f"({', '.join(tablets)}); tablets are not split here"
        yield Caution("tablets", text, made.administrations)


def _of_route(made: Prepared) -> Iterator[Caution]:
    name = f"{made.dose.drug} {safe(made.value, made.unit)}"
    if made.by_assumption and made.preparation is not None:
        text = f"{name}: the monograph describes no preparation for this route; the "
        text += f"{made.preparation.name} is shown as an assumption; how it was made up is unknown"
        if made.dose.route not in made.preparation.stands_in_for:
            text = f"{name}: the {made.preparation.name} is not for this route; it was chosen"
        yield Caution("preparation-assumed", text, made.administrations)
    yield from _of_time(made, name)
    kept = made.preparation.keeps if made.preparation is not None else None
    if kept is not None and made.dose.over is not None and made.dose.over.longest > kept.longest:
        text = f"{name} runs over {made.dose.over.text}, but what is made up keeps for "
        text += f"{kept.text}: it is more than one bag, made up one after another"
        yield Caution("keeps-shorter", text, made.administrations)
    drawn = to_draw(made)
    if drawn is not None and made.measured is not None:
        value, volume = made.in_bag(made.value), made.in_bag(made.measured)
        if badly := drawn.badly(value, volume, into_skin=made.dose.route == "SC"):
            of_bag = " for each bag" if made.bag_lasts else ""
            text = f"{name} is {short(volume, 3)} mL{of_bag}: {badly}"
            yield Caution("small-volume", text, made.administrations)
    if made.dose.route == "SC" and made.measured is not None and made.measured > MOST_SUBCUTANEOUS:
        text = f"{name} is {short(made.measured, 3)} mL in one subcutaneous injection (above "
        text += f"{MOST_SUBCUTANEOUS} mL, our assumption); divide it over several sites"
        yield Caution("large-volume", text, made.administrations)


def _of_time(made: Prepared, name: str) -> Iterator[Caution]:
    """A dose over a time that no preparation of the monograph is for."""
    assert made.drug is not None
    way, over = made.preparation and made.preparation.over, made.dose.over
    times = dict.fromkeys(one.over.text for one in made.drug.preparations if one.over is not None)
    if over is None or not times or (made.preparation and (way is None or way.overlaps(over))):
        return
    if way is None:
        text = f"{name} runs over {over.text}; the monograph's preparations are for "
        text += f"{' and '.join(times)}, and no source says how it is made up for {over.text}: "
        text += "no bag or rate is shown"
    else:
        text = f"{name} runs over {over.text}; the preparation shown is for {' or '.join(times)} "
        text += f"by its sources, here that for {way.text}"
        text += f", a bag for each {way.text} of it (our assumption)" if made.bag_lasts else ""
    yield Caution("infusion-time", text, made.administrations)


def to_draw(made: Prepared) -> Drawn | None:
    """What of a dose a syringe measures; None where it is not drawn as a volume."""
    if made.measured is None:
        return None
    known = made.vials if made.dilution is None else ()  # of the concentrate, not of its dilution
    named = [count.product for count in known if count.product.graduation is not None]
    value, volume = made.in_bag(made.value), made.in_bag(made.measured)
    return measured(value, volume, named[0] if named else None, made.graduation)


def prepare(
    schedule: Schedule,
    drugs: Monographs,
    chosen: Mapping[str, str] | None = None,
    graduated: Mapping[str, Decimal] | None = None,
) -> tuple[Prepared, ...]:
    """Every distinct dose of a schedule, made up; not those whose amount is not stated.

    Args:
        chosen: a preparation by drug, instead of the one that the route chooses.
        graduated: the graduation of the syringe [mL] by drug, instead of what is known of it.

    Raises:
        UnknownName: a chosen preparation that the monograph does not describe.
        Refused: a graduation for a drug of which nothing is drawn as a volume.
    """
    rows_of = (((row.dose, row.dosed.value), row) for row in schedule.administrations)
    ways, syringes, made = chosen or {}, graduated or {}, []
    for (dose, value), rows in gathered(rows_of).items():
        if value is None:
            continue
        drug = dose.drug
        way, syringe = ways.get(drug), syringes.get(drug)
        made.append(_prepared(rows, value, drugs.get(drug), way, syringe))
    for name in syringes:
        if not any(each.dose.drug == name and each.volume is not None for each in made):
            nothing = f"nothing of {name} is drawn as a volume here"
            raise Refused(f"{nothing}; leave --graduation {name}=... out")
    return tuple(made)


def _prepared(
    rows: list[Administration],
    value: Decimal,
    drug: Drug | None,
    chosen: str | None,
    graduation: Decimal | None,
) -> Prepared:
    dose, unit = rows[0].dose, rows[0].dosed.unit
    numbers = tuple(row.number for row in rows)
    bare = Prepared(dose, value, unit, numbers, drug, None, None, (), (), None, False, None, (), ())
    if drug is None:
        if chosen is not None:
            raise Refused(f"{dose.drug} has no monograph, so no preparation {chosen!r} to choose")
        return bare
    ways, assumed = _ways(drug, dose, chosen)
    if not ways and drug.preparations:
        text = f"{dose.drug} {safe(value, unit)}: the monograph describes no preparation for this "
        text += "route; nothing is counted"
        return bare._replace(cautions=(Caution("no-preparation", text, numbers),))
    preparation = _for_time(ways, None if chosen else dose.over)
    with localcontext(EXACT):
        stock = drug.by_route(dose.route)
        volume = volume_of(value, unit, stock)
        dilution = _dilution(value, unit, volume, drug, preparation)
        made = bare._replace(
            mass=through(value, unit, "mg", drug),
            volume=volume,
            dilution=dilution,
            tablets=counts(value, unit, stock, "tablet"),
            preparation=_kept(preparation, dilution),
            by_assumption=assumed and preparation is not None,
            graduation=graduation,
        )
        taken, bags = made.taken, _concentrations(made)
        vials = counts(taken.value, taken.unit, stock, "vial")
        made = made._replace(vials=vials, bags=bags, bag=_choose(made, bags))
        return made._replace(cautions=(*_of_tablets(made), *_of_bag(made), *_of_route(made)))


def _ways(drug: Drug, dose: Dose, chosen: str | None) -> tuple[list[Preparation], bool]:
    """The preparation that was chosen, else those for a route; whether they only stand in."""
    if chosen is not None:
        for way in drug.preparations:
            if way.name == chosen:
                return [way], dose.route not in way.routes
        names = [way.name for way in drug.preparations]
        raise UnknownName(f"preparation of {drug.name}", chosen, names, near=nearest_slip)
    if fitting := [way for way in drug.preparations if dose.route in way.routes]:
        return fitting, False
    return [way for way in drug.preparations if dose.route in way.stands_in_for], True


def _for_time(ways: list[Preparation], over: Span | None) -> Preparation | None:
    """The preparation for the time of a dose: the same, one near it, or one it outlasts."""
    for suits in (Span.overlaps, _is_near, _outlasts):
        for way in ways:
            if over is None or way.over is None or suits(way.over, over):
                return way
    return None


def _is_near(time: Span, over: Span) -> bool:
    """Whether a preparation is for nearly the time of a dose, which one bag can run for."""
    longer = DAY <= time.longest < over.longest
    return not longer and time.within(over, times=MOST_APART)


def _outlasts(time: Span, over: Span) -> bool:
    """Whether a dose of a known length takes several bags of a continuous infusion."""
    return DAY <= time.longest < over.shortest == over.longest


def _dilution(
    value: Decimal, unit: str, volume: Decimal | None, drug: Drug, way: Preparation | None
) -> Dilution | None:
    """The dilution that a dose is measured from: one that is small enough, and fits into it."""
    step = way.dilution if way is not None else None
    if step is None or volume is None or volume > step.take:
        return None
    amount = through(value, unit, step.up_to.unit, drug)
    return step if amount is not None and amount <= step.up_to.value else None


def _kept(way: Preparation | None, step: Dilution | None) -> Preparation | None:
    """A preparation that keeps no longer than what it is measured from."""
    if way is None or way.keeps is None or step is None or step.keeps is None:
        return way
    shorter = step.keeps.longest < way.keeps.longest
    return way._replace(keeps=step.keeps, keeps_from=None) if shorter else way


def _concentrations(made: Prepared) -> tuple[Concentration, ...]:
    if made.preparation is None or made.measured is None or made.preparation.undiluted:
        return ()
    assert made.drug is not None
    windows = [way.window for way in made.drug.preparations if way.window is not None]
    window = made.preparation.window
    unit = (window or windows[0])[0].unit if windows else "mg"
    amount = through(made.in_bag(made.value), made.unit, unit, made.drug)
    if amount is None:
        return ()
    found, measured = [], made.in_bag(made.measured)
    for bag in made.preparation.bags:
        alone, together = amount / bag.volume, amount / (bag.volume + measured)
        low, high = (window[0].value, window[1].value) if window else (Decimal(0), alone)
        fits, alone_fits = low <= together <= high, low <= alone <= high
        found.append(Concentration(bag, alone, together, unit, fits, alone_fits))
    return tuple(found)


def _choose(made: Prepared, bags: tuple[Concentration, ...]) -> Concentration | None:
    """The bag by the product's own table; where there is none, the first that fits the window.

    Where none fits, the last of a table, or of bags that are all too small, and else the first.
    """
    table = any(bag.bag.up_to is not None for bag in bags)
    for bag in bags:
        limit = bag.bag.up_to
        if (table or bag.fits) if limit is None else not made.exceeds(limit):
            return bag
    window = made.preparation.window if made.preparation is not None else None
    small = window is not None and bags[-1:] and bags[-1].with_drug > window[1].value
    return bags[-1 if table or small else 0] if bags else None
