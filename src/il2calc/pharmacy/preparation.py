"""How a dose is prepared: mass, volume, vials or tablets, diluent and bag, concentration.

Everything comes from the drug's monograph. Without one, or without a product in it, a dose has its
amount and a line that no volume can be calculated. Each limit that a caution uses has its source in
the monograph, or is an assumption of ours and called one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from il2calc.errors import Refused, UnknownName, nearest_slip
from il2calc.model.drug import Bag, Dilution, Drug, Preparation
from il2calc.model.regimen import Dose
from il2calc.pharmacy.answers import Monographs, converted, volume_of
from il2calc.pharmacy.rounding import Count, DrawnVolume, concentrate, counts, diluted, draw
from il2calc.plan.administration import Administration, grouped
from il2calc.plan.calendar import DAY, duration
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import EXACT, RELIABLE, Quantity, Span, plain, safe, safe_quantity, short


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
        by_assumption: the preparation is for other routes; it stands in, or was chosen.
        volume: of the concentrate [mL]; with a `dilution` more is drawn, `measured`.
        bags: every listed bag with its concentration; `bag` is the chosen one.
        graduation: of the syringe [mL] as the user sets it; None = that of a product, or assumed.
        bag_minutes: how long each bag of the dose runs [min]; one number where one bag holds it.
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
    bag_minutes: tuple[int, ...] = (0,)

    @property
    def measured(self) -> Decimal | None:
        """The volume [mL] that is drawn: of the dilution where there is one."""
        return self.dilution.given(self.volume) if self.volume and self.dilution else self.volume

    @property
    def taken(self) -> tuple[Quantity, ...]:
        """What each bag takes of the concentrate: its share, or what its dilution is made from."""
        parts = shares(self.value, self.bag_minutes)
        if self.dilution is None or self.drug is None:
            return tuple(Quantity(part, self.unit) for part in parts)
        return (concentrate(self.dilution, self.drug),) * len(parts)

    @property
    def bag_lasts(self) -> Span | None:
        """How long one of several bags lasts, where a dose runs longer than its preparation."""
        return self.preparation.over if self.preparation and self.bag_minutes[1:] else None

    def share_in_bag(self, total: Decimal) -> Decimal:
        """How much of the dose, or of its volume, one bag holds: all, or the share for its time."""
        return shares(total, self.bag_minutes)[0]

    def exceeds(self, limit: Quantity) -> bool:
        """Whether one bag holds more than a limit, or cannot be compared with it."""
        assert self.drug is not None, "a dose is made up by a monograph"
        amount = converted(self.share_in_bag(self.value), self.unit, limit.unit, self.drug)
        return amount is None or amount > limit.value


def _bag_minutes(preparation: Preparation | None, span: Span | None) -> tuple[int, ...]:
    """How long each bag of a dose runs [min]: one for the time of the preparation, and the rest."""
    lasts = preparation and preparation.over
    if not lasts or not span or not _outlasts(lasts, span):
        return (span.longest if span else 0,)
    count, rest = divmod(span.longest, lasts.longest)
    return (lasts.longest,) * count + (rest,) * bool(rest)


def bags_of(drug: Drug, dose: Dose) -> tuple[tuple[int, ...], Dilution | None]:
    """How long each bag of a dose runs [min], none where no vials are counted; its dilution."""
    options, _ = _preparations_for(drug, dose, None)
    products = drug.by_route(dose.route).products if options or not drug.preparations else ()
    if all(product.form != "vial" for product in products):
        return (), None
    preparation = _for_time(options, dose.over)
    return _bag_minutes(preparation, dose.over), preparation and preparation.dilution


def shares(total: Decimal, minutes: Sequence[int]) -> tuple[Decimal, ...]:
    """What each bag of a dose holds of it, by how long it runs: all where there is one bag."""
    if len(minutes) == 1:
        return (total,)
    span = Decimal(sum(minutes))
    products = (EXACT.multiply(total, Decimal(part)) for part in minutes)
    return tuple(RELIABLE.plus(EXACT.divide(product, span)) for product in products)


def concentration(bag: Concentration) -> str:
    """A concentration in words, without and with the drug's own volume."""
    least = "at least " if bag.bag.at_most else ""
    text = f"{least}{short(bag.bag_only, 3)} {bag.unit}/mL in {bag.bag.in_words()}"
    return f"{text} ({short(bag.with_drug, 3)} with the drug's own volume)"


def rates(prep: Prepared) -> Iterator[str]:
    """How fast a bag runs, in words: at both ends of a range of time, and for each possible bag.

    It is a firm rate if volume and time are known; if the volume is only a maximum, or no one bag
    is the product's choice, it is given for each bag. There is no rate without a bag or a time, or
    where the preparation is for a very different time. The time of an assumed one does not count.
    """
    usual = prep.preparation and prep.preparation.over
    span = prep.bag_lasts or prep.dose.over or (None if prep.by_assumption else usual)
    is_far = span and usual and not usual.within(span, times=MOST_APART)
    if is_far or span is None or prep.bag is None or prep.measured is None:
        return
    volume = prep.share_in_bag(prep.measured)
    bags = _possible_bags(prep, prep.bag)
    for bag in bags:
        texts = [
            f"{short(_rate(bag.volume, minutes), 3)} mL/h over {duration(minutes)}"
            f" ({short(_rate(bag.volume + volume, minutes), 3)} with the drug's own volume)"
            for minutes in dict.fromkeys((span.shortest, span.longest))
        ]
        of = "of" if len(bags) == 1 and not bag.at_most else "at"
        yield f"Rate {of} {plain(bag.volume)} mL: {'; '.join(texts)}"


def _possible_bags(prep: Prepared, chosen: Concentration) -> list[Bag]:
    """The one bag that the product names, or that fits, or that is the only one; else all bags."""
    is_certain = chosen.bag.up_to is not None or chosen.fits
    return [candidate.bag for candidate in ((chosen,) if is_certain else prep.bags)]


def _rate(volume: Decimal, minutes: int) -> Decimal:
    """How fast a volume [mL] runs over a time [min], in mL/h."""
    return EXACT.divide(volume * 60, Decimal(minutes))


def additive_texts(prep: Prepared) -> Iterator[str]:
    """How much of a solution brings a bag to the share of an additive, in words.

    If the preparation has a window of concentrations, the additive is only for bags below it. The
    drug's own volume is not counted.
    """
    if prep.bag is None or prep.preparation is None or prep.preparation.additive is None:
        return
    additive, window = prep.preparation.additive, prep.preparation.window
    if window is not None and prep.bag.with_drug >= window[0].value:
        return
    for bag in _possible_bags(prep, prep.bag):
        volume = EXACT.divide(additive.share * bag.volume, additive.stock)
        yield (
            f"{additive.name} to {plain(additive.share)} % of {bag.in_words()}: {short(volume)} mL "
            f"of a solution of {plain(additive.stock)} %, if that is the strength in stock"
        )


MOST_APART = 3
"""How many times as long as the other a dose or its preparation may run: our assumption."""

MOST_SUBCUTANEOUS = Decimal(2)
"""Volume [mL] above which one subcutaneous injection is cautioned: our assumption."""


def _bag_cautions(prep: Prepared) -> Iterator[Caution]:
    """A dose above every bag, or outside the window by one or both ways of counting the volume."""
    bag, preparation = prep.bag, prep.preparation
    if bag is None or preparation is None:
        return
    name = f"{prep.dose.drug} {safe(prep.value, prep.unit)}"
    if (limit := bag.bag.up_to) is not None and prep.exceeds(limit):
        text = f"{name} is more than any bag is listed for (up to {safe_quantity(limit)})"
        yield Caution("bag", text, prep.administrations)
    if preparation.window is None or (bag.fits and bag.fits_bag_only):
        return
    low, high = preparation.window
    window = f"{short(low.value)} to {short(high.value)} {low.unit}/mL"
    text = f"{name}: {concentration(bag)} is outside {window}"
    if bag.fits or bag.fits_bag_only:
        condition = "with the drug's own volume" if bag.fits else "without the drug's own volume"
        text = f"{name}: {concentration(bag)} is within {window} only {condition}"
    elif not any(bag.fits or bag.fits_bag_only for bag in prep.bags):
        listed = "; ".join(concentration(bag) for bag in prep.bags)
        text = f"{name}: no listed bag gives {window}: {listed}"
        if bag.with_drug < low.value and (advice := preparation.below) is not None:
            text += f". {advice.text} [{'; '.join(advice.sources)}]"
    fitting = [plain(one.bag.volume) for one in prep.bags if one.fits]
    if fitting and not bag.fits:
        text += f"; {' or '.join(fitting)} mL would fit"
    yield Caution("concentration", text, prep.administrations)


def _tablet_cautions(prep: Prepared) -> Iterator[Caution]:
    """A dose that whole tablets do not add up to: it is not silently replaced."""
    assert prep.drug is not None
    tablets = [product.name for product in prep.drug.products if product.form == "tablet"]
    if tablets and prep.dose.route == "oral" and not prep.tablets:
        text = f"{prep.dose.drug} {safe(prep.value, prep.unit)} is not a whole number of any "
        text += f"tablet ({', '.join(tablets)}); tablets are not split here"
        yield Caution("tablets", text, prep.administrations)


def _route_cautions(prep: Prepared) -> Iterator[Caution]:
    name = f"{prep.dose.drug} {safe(prep.value, prep.unit)}"
    if prep.by_assumption and prep.preparation is not None:
        text = f"{name}: the monograph describes no preparation for this route; the "
        text += f"{prep.preparation.name} is shown as an assumption; how it was made up is unknown"
        if prep.dose.route not in prep.preparation.stands_in_for:
            text = f"{name}: the {prep.preparation.name} is not for this route; it was chosen"
        yield Caution("preparation-assumed", text, prep.administrations)
    keeps, span = prep.preparation and prep.preparation.keeps, prep.dose.over
    yield from _time_cautions(prep, name, span) if span else ()
    if keeps and span and span.longest > keeps.longest:
        text = f"{name} runs over {span.text}, but what is made up keeps for {keeps.text}: it is "
        text += f"more than one bag, made up one after another{_as_one_bag(prep)}"
        yield Caution("keeps-shorter", text, prep.administrations)
    drawn = drawn_volume(prep)
    if drawn is not None and (problem := drawn.reading_problem(into_skin=prep.dose.route == "SC")):
        per_bag = " for each bag" if prep.bag_lasts else ""
        text = f"{name} is {short(drawn.exact_volume, 3)} mL{per_bag}: {problem}"
        yield Caution("small-volume", text, prep.administrations)
    if prep.dose.route == "SC" and prep.measured is not None and prep.measured > MOST_SUBCUTANEOUS:
        text = f"{name} is {short(prep.measured, 3)} mL in one subcutaneous injection (above "
        text += f"{MOST_SUBCUTANEOUS} mL, our assumption); divide it over several sites"
        yield Caution("large-volume", text, prep.administrations)


def _time_cautions(prep: Prepared, name: str, span: Span) -> Iterator[Caution]:
    """A dose over a time for which the monograph has no preparation."""
    assert prep.drug is not None
    usual = prep.preparation and prep.preparation.over
    keeps = prep.preparation and prep.preparation.keeps
    text = f"{name} runs over {span.text}"
    times = dict.fromkeys(one.over.text for one in prep.drug.preparations if one.over is not None)
    outlasts = usual and DAY <= usual.longest < span.longest <= (keeps or span).longest
    fits = usual and usual.overlaps(span) and not outlasts
    if usual is None and (prep.preparation or not times) and not keeps and span.longest > DAY:
        text += f", and no source says how it is made up for that{_as_one_bag(prep)}"
    elif not times or fits or (prep.preparation and usual is None):
        return
    elif usual is None:
        text += f"; the monograph's preparations are for {' and '.join(times)}, and no source says "
        text += f"how it is made up for {span.text}: no bag or rate is shown"
        options, _ = _preparations_for(prep.drug, prep.dose, None)
        if all(one.over is None or one.over.longest < span.longest for one in options):
            text += _as_one_bag(prep)  # else one bag holds it
    else:
        text += f"; the preparation shown is for {' or '.join(times)} by its sources, "
        text += f"here that for {usual.text}"
        if prep.bag_lasts:
            text += f", a bag for each {usual.text} of it (our assumption)"
        elif outlasts or (not keeps and span.shortest > MOST_APART * usual.longest):
            text += _as_one_bag(prep)
    yield Caution("infusion-time", text, prep.administrations)


def _as_one_bag(prep: Prepared) -> str:
    """What a caution adds where vials may be too few, since the bags of a dose are not known."""
    lasts, keeps = prep.bag_lasts, prep.preparation and prep.preparation.keeps
    counted = f"a bag for each {lasts.text}" if lasts else "one bag"
    text = f"; vials are counted as for {counted}, and more bags may take more"
    is_known = lasts and (keeps or lasts).longest >= lasts.longest
    return text if prep.vials and not is_known else ""


def drawn_volume(prep: Prepared) -> DrawnVolume | None:
    """What a syringe measures of a dose; None where it is not drawn as a volume."""
    if prep.measured is None:
        return None
    vials = prep.vials if prep.dilution is None else ()  # of the concentrate, not of its dilution
    graduated = (count.product for count in vials if count.product.graduation is not None)
    value, volume = prep.share_in_bag(prep.value), prep.share_in_bag(prep.measured)
    return draw(value, volume, next(graduated, None), prep.graduation)


def prepare(
    schedule: Schedule,
    drugs: Monographs,
    chosen: Mapping[str, str] | None = None,
    graduated: Mapping[str, Decimal] | None = None,
) -> tuple[Prepared, ...]:
    """Every distinct dose of a schedule, made up, except doses without a stated amount.

    Args:
        chosen: a preparation by drug, instead of the one for the route.
        graduated: the graduation of the syringe [mL] by drug, instead of the known or assumed one.

    Raises:
        UnknownName: a chosen preparation that the monograph does not describe.
        Refused: a graduation for a drug of which nothing is drawn as a volume.
    """
    by_dose = (((row.dose, row.dosed.value), row) for row in schedule.administrations)
    choices, graduations, prepared = chosen or {}, graduated or {}, []
    for (dose, value), rows in grouped(by_dose).items():
        if value is not None:
            choice, graduation = choices.get(dose.drug), graduations.get(dose.drug)
            prepared.append(_prepare_dose(rows, value, drugs.get(dose.drug), choice, graduation))
    for name in graduations:
        if not any(prep.dose.drug == name and prep.volume is not None for prep in prepared):
            nothing = f"nothing of {name} is drawn as a volume here"
            raise Refused(f"{nothing}; leave --graduation {name}=... out")
    return tuple(prepared)


def _prepare_dose(
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
    options, is_assumed = _preparations_for(drug, dose, chosen)
    if not options and drug.preparations:
        text = f"{dose.drug} {safe(value, unit)}: the monograph describes no preparation for this "
        text += "route; nothing is counted"
        return bare._replace(cautions=(Caution("no-preparation", text, numbers),))
    preparation = _for_time(options, None if chosen else dose.over)
    minutes = _bag_minutes(preparation, dose.over)
    with localcontext(EXACT):
        stock = drug.by_route(dose.route)
        volume = volume_of(value, unit, stock)
        dilution = preparation and preparation.dilution
        if dilution and shares(value, minutes)[0] > diluted(dilution, stock, unit)[0]:
            dilution = None
        prep = bare._replace(
            mass=converted(value, unit, "mg", drug),
            volume=volume,
            dilution=dilution,
            bag_minutes=minutes,
            tablets=counts([Quantity(value, unit)], stock, "tablet"),
            preparation=_kept(preparation, dilution),
            by_assumption=is_assumed and preparation is not None,
            graduation=graduation,
        )
        vials, bags = counts(prep.taken, stock, "vial"), _concentrations(prep)
        prep = prep._replace(vials=vials, bags=bags, bag=_chosen_bag(prep, bags))
        cautions = (*_tablet_cautions(prep), *_bag_cautions(prep), *_route_cautions(prep))
        return prep._replace(cautions=cautions)


def _preparations_for(drug: Drug, dose: Dose, chosen: str | None) -> tuple[list[Preparation], bool]:
    """The chosen preparation, else those for the route of a dose; whether they only stand in."""
    if chosen is not None:
        for option in drug.preparations:
            if option.name == chosen:
                return [option], dose.route not in option.routes
        names = [option.name for option in drug.preparations]
        raise UnknownName(f"preparation of {drug.name}", chosen, names, near=nearest_slip)
    if of_route := [option for option in drug.preparations if dose.route in option.routes]:
        return of_route, False
    return [option for option in drug.preparations if dose.route in option.stands_in_for], True


def _for_time(options: list[Preparation], span: Span | None) -> Preparation | None:
    """The preparation for the time of a dose: an equal one, a close one, or one of several bags."""
    for suits in (Span.overlaps, _is_near, _outlasts):
        for option in options:
            if span is None or option.over is None or suits(option.over, span):
                return option
    return None


def _is_near(time: Span, span: Span) -> bool:
    """Whether a preparation is for about the time of a dose, so that one bag can run for it."""
    return not DAY <= time.longest < span.longest and time.within(span, times=MOST_APART)


def _outlasts(time: Span, span: Span) -> bool:
    """Whether a dose of a known length takes several bags of a continuous infusion."""
    return DAY <= time.longest < span.shortest == span.longest


def _kept(option: Preparation | None, dilution: Dilution | None) -> Preparation | None:
    """A preparation, kept no longer than the dilution from which it is drawn."""
    if option is None or option.keeps is None or dilution is None or dilution.keeps is None:
        return option
    is_shorter = dilution.keeps.longest < option.keeps.longest
    return option._replace(keeps=dilution.keeps, keeps_from=None) if is_shorter else option


def _concentrations(prep: Prepared) -> tuple[Concentration, ...]:
    if prep.preparation is None or prep.measured is None or prep.preparation.undiluted:
        return ()
    assert prep.drug is not None
    windows = [one.window for one in prep.drug.preparations if one.window is not None]
    window = prep.preparation.window
    unit = (window or windows[0])[0].unit if windows else "mg"
    amount = converted(prep.share_in_bag(prep.value), prep.unit, unit, prep.drug)
    if amount is None:
        return ()
    concentrations, volume = [], prep.share_in_bag(prep.measured)
    for bag in prep.preparation.bags:
        bag_only, with_drug = amount / bag.volume, amount / (bag.volume + volume)
        low, high = (window[0].value, window[1].value) if window else (Decimal(0), bag_only)
        fits, fits_bag_only = low <= with_drug <= high, low <= bag_only <= high
        concentrations.append(Concentration(bag, bag_only, with_drug, unit, fits, fits_bag_only))
    return tuple(concentrations)


def _chosen_bag(prep: Prepared, bags: tuple[Concentration, ...]) -> Concentration | None:
    """The bag by the product's own table; without a table, the first that fits the window.

    If none fits: the last of a table or of bags that are all too small, otherwise the first.
    """
    has_table = any(bag.bag.up_to is not None for bag in bags)
    for bag in bags:
        limit = bag.bag.up_to
        if (has_table or bag.fits) if limit is None else not prep.exceeds(limit):
            return bag
    window = prep.preparation.window if prep.preparation is not None else None
    too_small = window is not None and bags[-1:] and bags[-1].with_drug > window[1].value
    return bags[-1 if has_table or too_small else 0] if bags else None
