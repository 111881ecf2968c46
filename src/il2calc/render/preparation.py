"""The preparation sheet of a schedule: in words, and as plain data (`il2calc.preparation/1`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from il2calc.drug import Drug, Preparation
from il2calc.made_up import Concentration, Count, Prepared, concentration
from il2calc.ordering import SHARING_RULE, Order
from il2calc.render import amounts, notes, words
from il2calc.render.drug import cited, fact
from il2calc.render.json import number, patient, settings_of, sources_of
from il2calc.render.ordering import in_words, products, total
from il2calc.schedule import Caution, Schedule
from il2calc.units import plain, safe, short, ucum

FORMAT = "il2calc.preparation/1"


def paragraphs(
    schedule: Schedule, prepared: Sequence[Prepared], orders: Sequence[Order], *, share: bool
) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them: each distinct dose, then the order."""
    heads = [f"{label}: {text}" for label, text in notes.head(schedule) if label != "start"]
    yield "Preparation sheet", heads
    if rounded := list(amounts.roundings(schedule)):
        yield "Rounding", rounded
    yield from made_up(schedule, prepared, orders, share=share)
    yield "Standing", [notes.standing(schedule.regimen), words.DISCLAIMER]


def made_up(
    schedule: Schedule, prepared: Sequence[Prepared], orders: Sequence[Order], *, share: bool
) -> Iterator[tuple[str, list[str]]]:
    """How each distinct dose is made up, the order and the sources, as parts of another sheet."""
    for each in prepared:
        yield _heading(each, schedule), list(_lines(each))
    how = f"vials shared: {SHARING_RULE}" if share else "each dose from its own vials"
    yield f"Order ({how})", list(in_words(orders, prepared, share=share))
    if sources := list(_sources(prepared)):
        yield "Monographs and their sources", sources


def cautions(prepared: Sequence[Prepared], *, share: bool) -> tuple[Caution, ...]:
    """Every caution of the sheet, each once."""
    found = {each.text: each for made in prepared for each in made.cautions}
    for drug in _drugs(prepared):
        if text := drug.origin.hiding(drug.name):
            found[text] = Caution("hides-shipped", text)
    if share:
        for product in products(prepared):
            if product.single_dose and product.keeps is not None:
                text = f"{product.name}: single-dose, without preservative; that it keeps "
                text += f"{product.keeps.text} chemically is no beyond-use date"
                found[text] = Caution("shared-vials", text)
    return tuple(found.values())


def document(
    schedule: Schedule, prepared: Sequence[Prepared], orders: Sequence[Order], *, share: bool
) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "format": FORMAT,
        "regimen": schedule.regimen.id,
        "arm": schedule.arm,
        "version": schedule.regimen.version,
        "sha256": schedule.regimen.origin.sha256,
        "patient": patient(schedule),
        "set": settings_of(schedule.regimen),
        "monographs": [_monograph(drug) for drug in _drugs(prepared)],
        "shared_vials": share,
        "doses": [_dose(each) for each in prepared],
        "totals": [total(each, orders) for each in orders],
        "cautions": [
            {"code": caution.code, "text": caution.text}
            for caution in cautions(prepared, share=share)
        ],
    }


def _heading(each: Prepared, schedule: Schedule) -> str:
    count = len(each.administrations)
    rows = (schedule.administrations[number - 1] for number in each.administrations)
    most = "at most " if any(row.at_most for row in rows) else ""
    times = "once" if count == 1 else f"{count} times"
    name = f"{each.dose.drug} {safe(each.value, each.unit)}"
    return f"{name}, {words.route(each.dose)}, {most}{times} ({each.dose.path})"


def _lines(each: Prepared) -> Iterator[str]:
    if each.drug is None:
        yield f"No monograph of {each.dose.drug} is at hand: no volume can be computed."
        return
    if each.mass is not None and each.unit != "mg":
        sides = ((factor, {factor.left.unit, factor.right.unit}) for factor in each.drug.factors)
        behind = [factor.sources for factor, units in sides if {"mg", each.unit} <= units]
        sources = cited(behind[0]) if behind else ""
        yield f"Mass: {short(each.mass)} mg {sources}".rstrip()
    if each.volume is not None:
        yield f"Volume of concentrate: {short(each.volume)} mL {_behind(each.vials)}"
    for count in each.vials:
        product = count.product
        if product.added is not None:
            yield (
                f"Reconstitute each {product.name} with {plain(product.added)} mL of "
                f"{product.solvent}. {product.how or ''} {cited(product.sources)}"
            )
        elif product.how:
            yield f"{product.name}: {product.how} {cited(product.sources)}"
    for alternative in (each.vials, each.tablets):
        if alternative:
            yield f"{' or '.join(_count(count) for count in alternative)} {_behind(alternative)}"
    if not each.vials and not each.tablets:
        yield f"No product of {each.dose.drug} makes up this dose: no volume is computed."
    yield from _making_up(each)
    yield from (f"Caution: {caution.text}" for caution in each.cautions)


def _behind(counts: Sequence[Count]) -> str:
    """The sources of what was counted, each once."""
    return cited(dict.fromkeys(source for each in counts for source in each.product.sources))


def _count(count: Count) -> str:
    text = f"{count.pieces} x {count.product.name} ({count.counted_by})"
    if count.at_best is not None:
        best = count.product.at_most
        assert best is not None
        text += f", {count.at_best} if all of {safe(best.value, best.unit)} can be withdrawn"
    return text


def _making_up(each: Prepared) -> Iterator[str]:
    made = each.preparation
    if made is None:
        if not each.tablets:
            yield "The monograph describes no preparation for this route."
        return
    source = cited(made.sources)
    assumed = " (an assumption: not described for this route)" if each.by_assumption else ""
    if made.undiluted:
        yield f"{words.title(made.name)}{assumed}: undiluted {source}"
    elif made.diluent is not None:
        bag = f", {plain(each.bag.bag.volume)} mL" if each.bag else ""
        yield f"{words.title(made.name)}{assumed}: {made.diluent}{bag} {source}"
    if made.first:
        yield f"First: {fact(made.first)}"
    yield from _concentrations(each, made)
    for label, value in (
        ("Infuse over", made.over.text if made.over else None),
        ("Filter", made.filter),
        ("Container", made.container),
        ("Keeps", made.keeps.text if made.keeps else None),
    ):
        if value:
            yield f"{label}: {value} {source}"
    yield from (fact(note) for note in made.notes)
    yield from _never(each)


def _concentrations(each: Prepared, made: Preparation) -> Iterator[str]:
    for bag in each.bags:
        yield f"Concentration: {concentration(bag)}{_fit(bag, made)}"
    if made.window is not None:
        low, high = made.window
        window = f"{short(low.value)} to {short(high.value)} {low.unit}/mL"
        yield f"Window: {window} {cited(made.sources)}"


def _fit(bag: Concentration, made: Preparation) -> str:
    if made.window is None:
        return ""
    if bag.fits and bag.fits_bag_only:
        return " fits"
    if bag.fits or bag.fits_bag_only:
        return f" fits only {'with' if bag.fits else 'without'} the drug's own volume"
    return " is too dilute" if bag.with_drug < made.window[0].value else " is too concentrated"


def _never(each: Prepared) -> Iterator[str]:
    """What a liquid must not meet."""
    meetings = each.drug.meetings if each.drug and each.volume is not None else ()
    never = [meeting.name for meeting in meetings if meeting.verdict in ("avoid", "incompatible")]
    if never:
        yield f"Never together with: {', '.join(never)} (il2calc compatible says more)"


def _drugs(prepared: Sequence[Prepared]) -> list[Drug]:
    return list({each.drug.name: each.drug for each in prepared if each.drug}.values())


def _sources(prepared: Sequence[Prepared]) -> Iterator[str]:
    for drug in _drugs(prepared):
        yield f"{drug.name}, version {drug.version}: {notes.origin_line(drug.origin)}"
        yield from (f"  {notes.source(each)}" for each in drug.sources.values())


def _monograph(drug: Drug) -> dict[str, Any]:
    return {
        "drug": drug.name,
        "version": drug.version,
        "file": drug.origin.file,
        "sha256": drug.origin.sha256,
        "sources": sources_of(drug.sources),
    }


def _dose(each: Prepared) -> dict[str, Any]:
    bag, made = each.bag, each.preparation
    return {
        "drug": each.dose.drug,
        "dose": each.dose.path,
        "route": each.dose.route,
        "amount": {"value": number(each.value), "unit": ucum(each.unit)},
        "administrations": len(each.administrations),
        "mass": None if each.mass is None else {"value": number(each.mass), "unit": "mg"},
        "volume_ml": None if each.volume is None else number(each.volume),
        "vials": [_counted(count, each.vials) for count in each.vials],
        "tablets": [_counted(count, each.tablets) for count in each.tablets],
        "preparation": made.name if made else None,
        "assumed": each.by_assumption,
        "diluent": made.diluent if made else None,
        "bag_ml": number(bag.bag.volume) if bag else None,
        "concentration": None
        if bag is None
        else {
            "bag_only": number(bag.bag_only),
            "with_drug": number(bag.with_drug),
            "unit": f"{ucum(bag.unit)}/mL",
            "window": [number(limit.value) for limit in made.window or ()] if made else [],
        },
        "cautions": [{"code": caution.code, "text": caution.text} for caution in each.cautions],
    }


def _counted(count: Count, among: Sequence[Count]) -> dict[str, Any]:
    return {
        "product": count.product.name,
        "instead_of": [each.product.name for each in among if each is not count],
        "count": count.pieces,
        "counted_by": count.counted_by,
        "at_best": count.at_best,
    }
