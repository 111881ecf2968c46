"""The preparation sheet of a schedule: how each dose is prepared, and what is ordered for it.

It comes in words, and as plain data (`il2calc.preparation/1`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from il2calc.model.drug import Drug, Preparation, Where
from il2calc.pharmacy.preparation import (
    Concentration,
    Prepared,
    additive_texts,
    concentration,
    drawn_volume,
    rates,
)
from il2calc.pharmacy.rounding import Count
from il2calc.pharmacy.supply import SHARING_RULE, Order, products
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, totals, words
from il2calc.report.monograph_text import UNNAMED, cited, dilution, fact, keeps, window
from il2calc.report.plain_data import (
    amount,
    diluted,
    document_head,
    monograph,
    number,
    patient,
    settings_of,
)
from il2calc.report.plain_data import cautions as cautions_data
from il2calc.units import EXACT, UCUM, plain, rounded, safe, short

FORMAT = "il2calc.preparation/1"
INCOMPATIBLE: dict[Where, str] = {
    "line": "Not in the same line or bag",
    "diluent": "Not to dissolve or dilute with",
}
_ONLY_MIXING = "this alone is no reason to keep it from the patient; il2calc compatible says more"


def paragraphs(
    schedule: Schedule,
    preparations: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    of_plan: Sequence[Caution] = (),
) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them: each distinct dose, then the order.

    Args:
        of_plan: the cautions of the schedule; those about preparing a dose are under the dose.
    """
    undated = ("start",) if schedule.start is None else ()
    head = [f"{label}: {text}" for label, text in notes.head(schedule) if label not in undated]
    if notes.is_part(schedule):
        head.append(f"shown: {notes.rows_shown(schedule)}; nothing else is made up or ordered here")
    yield "Preparation sheet", head
    texts = [caution.text for caution in (*of_plan, *_product_cautions(preparations, share=share))]
    if texts:
        yield "Cautions", texts
    if rounded := list(totals.roundings(schedule)):
        yield "Rounding", rounded
    yield from preparation_parts(schedule, preparations, orders, share=share, dated=True)
    yield "Standing", [notes.review_status(schedule.regimen), words.DISCLAIMER]


def preparation_parts(
    schedule: Schedule,
    preparations: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    dated: bool = False,
) -> Iterator[tuple[str, list[str]]]:
    """How each distinct dose is prepared, the order and the sources, as parts of another sheet.

    Args:
        dated: add the dates and times of each dose, where no table shows them.
    """
    texts: list[str] = []
    for prep in preparations:
        lines = [*(_date_lines(prep, schedule) if dated else ()), *_dose_lines(prep)]
        yield _heading(prep, schedule), lines
        texts += lines
    if unstated := list(totals.unstated(schedule)):
        yield "Not prepared", unstated
    sharing = f"vials shared: {SHARING_RULE}" if share else "each dose from its own vials"
    yield f"Order ({sharing})", list(totals.ordered(schedule, orders, preparations, share=share))
    if sources := list(_monograph_lines(preparations, "\n".join(texts))):
        yield "Monographs and their sources", sources


def cautions(preparations: Sequence[Prepared], *, share: bool) -> tuple[Caution, ...]:
    """Every caution of the sheet, each once, with all rows that it is about."""
    by_text: dict[str, Caution] = {}
    for caution in (caution for prep in preparations for caution in prep.cautions):
        rows = {*by_text.get(caution.text, caution).administrations, *caution.administrations}
        by_text[caution.text] = caution._replace(administrations=tuple(sorted(rows)))
    return (*by_text.values(), *_product_cautions(preparations, share=share))


def _product_cautions(preparations: Sequence[Prepared], *, share: bool) -> Iterator[Caution]:
    """The cautions that belong to no single dose: about shared vials."""
    for product in products(preparations) if share else ():
        if product.single_dose and product.keeps is not None:
            text = f"{product.name}: single-dose, without preservative; chemically "
            text += f"stable for {product.keeps.text}, which is not a beyond-use date"
            yield Caution("shared-vials", text)


def document(
    schedule: Schedule,
    preparations: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    of_plan: Sequence[Caution] = (),
) -> dict[str, Any]:
    """The sheet as plain data."""
    return {
        **document_head(FORMAT),
        "regimen": schedule.regimen.id,
        "arm": schedule.arm,
        "version": schedule.regimen.version,
        "sha256": schedule.regimen.origin.sha256,
        "patient": patient(schedule),
        "set": settings_of(schedule.regimen),
        "monographs": [monograph(drug) for drug in _drugs(preparations)],
        "shared_vials": share,
        "doses": [_dose_data(prep, schedule) for prep in preparations],
        "not_stated": [row.number for row in schedule.administrations if row.dosed.value is None],
        "totals": [totals.order(order, orders) for order in orders],
        "cautions": cautions_data((*of_plan, *cautions(preparations, share=share))),
    }


def _heading(prep: Prepared, schedule: Schedule) -> str:
    count = len(prep.administrations)
    rows = [schedule.administrations[number - 1] for number in prep.administrations]
    at_most = "at most " if any(row.at_most for row in rows) else ""
    times = "once" if count == 1 else f"{count} times"
    name = f"{prep.dose.drug} {safe(prep.value, prep.unit)}"
    routes = words.listed(
        list(dict.fromkeys(words.route_text(row.dose, row.dosed) for row in rows)), "or"
    )
    return f"{name}, {routes}, {at_most}{times} ({prep.dose.path})"


def _date_lines(prep: Prepared, schedule: Schedule) -> Iterator[str]:
    """The times of a dose, one line for each date; none without dates."""
    rows = (schedule.administrations[number - 1] for number in prep.administrations)
    for date, group in groupby(rows, key=lambda row: row.when and words.dated(row.when)):
        if date is not None:
            yield f"For {date}: {', '.join(map(words.time_of_day, group))}"


def _dose_lines(prep: Prepared) -> Iterator[str]:
    drug = prep.drug
    if drug is None:
        yield f"No monograph of {prep.dose.drug} is available: no volume can be calculated."
        return
    if prep.mass is not None and prep.unit != "mg":
        factors = ((factor, {factor.left.unit, factor.right.unit}) for factor in drug.factors)
        sources = [factor.sources for factor, units in factors if {"mg", prep.unit} <= units]
        source = cited(sources[0]) if sources else ""
        yield f"Mass: {short(prep.mass)} mg {source}".rstrip()
    if prep.volume is not None:
        yield f"Volume of concentrate: {short(prep.volume)} mL {_sources(prep.vials)}"
        yield from _bag_lines(prep)
        yield from _dilution_lines(prep)
        yield from _syringe_lines(prep)
    yield from _reconstitution_lines(prep.vials)
    if counts := prep.vials or prep.tablets:
        yield f"{' or '.join(map(_count_text, counts))} {_sources(counts)}"
    else:
        yield f"No product of {prep.dose.drug} makes up this dose: no volume is computed."
    if prep.vials and prep.volume is None:
        yield "The vials have no concentration, or not the same: no volume is computed."
    yield from _method_lines(prep)
    yield from (f"Caution: {caution.text}" for caution in prep.cautions)


def _reconstitution_lines(vials: Sequence[Count]) -> Iterator[str]:
    """How each product is reconstituted, where that is known."""
    for product in (count.product for count in vials):
        text = f"{product.name}:"
        if product.added is not None:
            volume = f"{plain(product.added)} mL of {product.solvent}"
            text = f"Reconstitute each {product.name} with {volume}."
        if product.added is not None or product.how:
            yield " ".join(filter(None, (text, product.how, cited(product.sources))))


def _dilution_lines(prep: Prepared) -> Iterator[str]:
    """What is diluted to which concentration, and how much of that is the dose."""
    if (step := prep.dilution) is not None and prep.volume and prep.measured:
        taken = prep.value * step.take / prep.volume
        per_ml = prep.value / prep.measured
        amounts = f" ({safe(taken, prep.unit)}, then {safe(per_ml, prep.unit)}/mL)"
        yield words.capitalized(dilution(step, amounts))
        yield f"Volume of the dilution: {short(prep.measured)} mL"


def _bag_lines(prep: Prepared) -> Iterator[str]:
    """What each of several bags contains, and the last one if it runs for less time."""
    if (lasts := prep.bag_lasts) is not None and prep.volume:
        value, volume = prep.share_in_bag(prep.value), prep.share_in_bag(prep.volume)
        text = f"In the bag for each {lasts.text}: {safe(value, prep.unit)}, {short(volume)} mL"
        last = prep.bag_minutes[-1]
        share = f", for the last {short(Decimal(last) / 60)} hours a proportionate share"
        yield f"{text} of concentrate (our assumption){share if last < lasts.longest else ''}"


def _syringe_lines(prep: Prepared) -> Iterator[str]:
    """What is drawn into a syringe for a dose, beside the exact volume."""
    drawn = drawn_volume(prep)
    assert drawn is not None, "it has a volume"
    basis = cited(drawn.product.sources) if drawn.product else "(our assumption)"
    if drawn.was_set:
        stated = drawn.product and drawn.product.graduation
        basis = f"(as set; it is {plain(stated)} mL {basis})" if stated else "(as set)"
    syringe = f"In a syringe graduated in {plain(drawn.graduation)} mL {basis}"
    if not drawn.volume:
        yield f"{syringe}: less than half a graduation, which cannot be drawn"
        return
    # Below 1 mL with both decimals of the graduation (0.10 mL); from there on no trailing zero.
    small = drawn.volume < 1 and drawn.graduation == drawn.graduation.quantize(Decimal("0.01"))
    volume = f"{drawn.volume:.2f}" if small else plain(drawn.volume)
    text = f"{syringe}: draw {volume} mL"
    if drawn.value == drawn.exact_value:
        yield f"{text}, exactly {'that of the bag' if prep.bag_lasts else 'the dose'}"
    else:
        difference = _difference(drawn.value, drawn.exact_value)
        yield f"{text} = {safe(drawn.value, prep.unit)}, {difference}"


def _difference(value: Decimal, reference: Decimal) -> str:
    """How far an amount is above or below another, to a tenth of a per cent or finer.

    >>> _difference(Decimal(1_800_000), Decimal(1_791_180))
    '+0.5 %'
    """
    share = EXACT.divide((value - reference) * 100, reference)
    sign, size = "-" if share < 0 else "+", abs(share)
    tenth = rounded(size, max(1, size.adjusted() + 2))
    return f"{sign}{plain(tenth)} %"


def _sources(counts: Sequence[Count]) -> str:
    """The sources of the products that were counted, each once."""
    return cited(dict.fromkeys(source for count in counts for source in count.product.sources))


def _count_text(count: Count) -> str:
    text = f"{count.pieces} x {count.product.name} ({count.counted_by})"
    if count.at_best is not None:
        best = count.product.at_most
        assert best is not None
        text += f", {count.at_best} if all of {safe(best.value, best.unit)} can be withdrawn"
    return text


def _method_lines(prep: Prepared) -> Iterator[str]:
    method = prep.preparation
    if method is None:
        if any(caution.code == "infusion-time" for caution in prep.cautions):
            yield from _incompatibility_lines(prep)
        elif not prep.tablets:
            yield "The monograph describes no preparation for this route."
        return
    source = cited(method.sources)
    assumed = " (an assumption: not described for this route)" if prep.by_assumption else ""
    if method.undiluted:
        how = "as diluted" if prep.dilution else "undiluted"
        yield f"{words.capitalized(method.name)}{assumed}: {how} {source}"
    elif method.diluent or method.bags:
        bag = f", {prep.bag.bag.in_words()}" if prep.bag else ""
        diluent = f"{method.diluent or UNNAMED}{bag}"
        yield f"{words.capitalized(method.name)}{assumed}: {diluent} {source}"
    if method.first:
        yield f"First: {fact(method.first)}"
    source_of_additive = cited(method.additive.sources) if method.additive else ""
    yield from (f"{words.capitalized(text)} {source_of_additive}" for text in additive_texts(prep))
    yield from _concentration_lines(prep, method)
    yield from (f"{text} {source}" for text in rates(prep))
    of_dilution = prep.dilution and method.keeps is prep.dilution.keeps
    keeping = "" if of_dilution else keeps(method)
    over = prep.dose.over
    fits = over is None or method.over is None or method.over.overlaps(over)
    for label, value in (
        ("Infuse over" if fits else "Described for", method.over.text if method.over else None),
        ("Filter", method.filter),
        ("Container", method.container),
        ("Keeps", keeping),
    ):
        if value:
            yield f"{label}: {value} {source}"
    yield from (fact(note) for note in method.notes)
    yield from _incompatibility_lines(prep)


def _concentration_lines(prep: Prepared, method: Preparation) -> Iterator[str]:
    for bag in prep.bags:
        yield f"Concentration: {concentration(bag)}{_fit_text(bag, method)}"
    if method.window is not None:
        yield f"Window: {window(method.window)} {cited(method.sources)}"


def _fit_text(bag: Concentration, method: Preparation) -> str:
    if method.window is None:
        return ""
    if bag.fits and bag.fits_bag_only:
        return " fits"
    if bag.fits or bag.fits_bag_only:
        return f" fits only {'with' if bag.fits else 'without'} the drug's own volume"
    return " is too dilute" if bag.with_drug < method.window[0].value else " is too concentrated"


def _incompatibility_lines(prep: Prepared) -> Iterator[str]:
    """What a liquid is incompatible with: in the line, in the vial and bag, in the patient."""
    entries = prep.drug.compatibilities if prep.drug and prep.volume is not None else ()
    for where, text in INCOMPATIBLE.items():
        names = [entry.name for entry in entries if entry.warns_of(where)]
        if names and (where != "line" or prep.dose.route.startswith("IV")):
            yield f"{text}: {', '.join(names)} ({_ONLY_MIXING})"
    for entry in entries:
        if entry.warns_of("patient"):
            yield f"Not to be given with {entry.name} without a reason: {fact(entry.fact)}"


def _drugs(preparations: Sequence[Prepared]) -> list[Drug]:
    drugs = (prep.drug for prep in preparations if prep.drug)
    return list({drug.name: drug for drug in drugs}.values())


def _monograph_lines(preparations: Sequence[Prepared], text: str) -> Iterator[str]:
    """Each monograph with those of its sources that a text cites."""
    for drug in _drugs(preparations):
        yield f"{drug.name}, version {drug.version}: {notes.origin_line(drug.origin)}"
        for key, source in drug.sources.items():
            if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text):
                yield f"  {notes.source(source)}"


def _dose_data(prep: Prepared, schedule: Schedule) -> dict[str, Any]:
    bag, method = prep.bag, prep.preparation
    rows = [schedule.administrations[number - 1] for number in prep.administrations]
    return {
        "drug": prep.dose.drug,
        "dose": prep.dose.path,
        "route": prep.dose.route,
        "amount": amount(prep.value, prep.unit),
        "administrations": len(prep.administrations),
        **totals.firmness(prep, schedule)._asdict(),
        "when": [row.when.isoformat(timespec="minutes") for row in rows if row.when is not None],
        "mass": amount(prep.mass, "mg"),
        "volume_ml": None if prep.volume is None else number(prep.volume),
        "drawn": _syringe_data(prep),
        **_bag_data(prep),
        **diluted(prep.dilution, prep.measured),
        "vials": [_count_data(count, prep.vials) for count in prep.vials],
        "tablets": [_count_data(count, prep.tablets) for count in prep.tablets],
        "preparation": method.name if method else None,
        "assumed": prep.by_assumption,
        "diluent": method.diluent if method else None,
        "bag_ml": number(bag.bag.volume) if bag else None,
        "bag_at_most": bag.bag.at_most if bag else None,
        "concentration": None
        if bag is None
        else {
            "bag_only": number(bag.bag_only),
            "with_drug": number(bag.with_drug),
            "unit": f"{UCUM[bag.unit]}/mL",
            "window": [number(limit.value) for limit in method.window or ()] if method else [],
        },
        "cautions": [{"code": caution.code, "text": caution.text} for caution in prep.cautions],
    }


def _bag_data(prep: Prepared) -> dict[str, Any]:
    """What each of several bags contains; empty where one contains the dose."""
    if (lasts := prep.bag_lasts) is None:
        return {}
    value = amount(prep.share_in_bag(prep.value), prep.unit)
    volume = prep.volume and number(prep.share_in_bag(prep.volume))
    return {"each_bag": {"minutes": lasts.longest, "amount": value, "volume_ml": volume}}


def _syringe_data(prep: Prepared) -> dict[str, Any] | None:
    drawn = drawn_volume(prep)
    return drawn and {
        "volume_ml": number(drawn.volume),
        "amount": amount(drawn.value, prep.unit),
        "graduation_ml": number(drawn.graduation),
        "assumed": drawn.assumed,
        "set": drawn.was_set,
    }


def _count_data(count: Count, counts: Sequence[Count]) -> dict[str, Any]:
    return {
        "product": count.product.name,
        "instead_of": [other.product.name for other in counts if other is not count],
        "count": count.pieces,
        "counted_by": count.counted_by,
        "at_best": count.at_best,
    }
