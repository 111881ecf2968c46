"""The preparation sheet of a schedule: how each dose is made up, and what a pharmacy orders for it.

In words, and as plain data (`il2calc.preparation/1`).
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
    added,
    concentration,
    rates,
    to_draw,
)
from il2calc.pharmacy.rounding import Count
from il2calc.pharmacy.supply import SHARING_RULE, Order, products
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, totals, words
from il2calc.report.monograph_text import UNNAMED, cited, dilution, fact, keeps
from il2calc.report.plain_data import (
    amount,
    diluted,
    headed,
    monograph,
    number,
    patient,
    settings_of,
)
from il2calc.units import UCUM, plain, safe, short

FORMAT = "il2calc.preparation/1"
APART: dict[Where, str] = {
    "line": "Not in the same line or bag",
    "diluent": "Not to dissolve or dilute with",
}
_ONLY_MIXING = "this alone is no reason to keep it from the patient; il2calc compatible says more"


def paragraphs(
    schedule: Schedule,
    prepared: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    of_plan: Sequence[Caution] = (),
) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them: each distinct dose, then the order.

    Args:
        of_plan: the cautions of the schedule; those of making a dose up stand under the dose.
    """
    undated = ("start",) if schedule.start is None else ()
    heads = [f"{label}: {text}" for label, text in notes.head(schedule) if label not in undated]
    if notes.is_part(schedule):
        heads.append(f"shown: {notes.shown(schedule)}; nothing else is made up or ordered here")
    yield "Preparation sheet", heads
    told = [caution.text for caution in (*of_plan, *_of_products(prepared, share=share))]
    if told:
        yield "Cautions", told
    if rounded := list(totals.roundings(schedule)):
        yield "Rounding", rounded
    yield from made_up(schedule, prepared, orders, share=share, dated=True)
    yield "Standing", [notes.standing(schedule.regimen), words.DISCLAIMER]


def made_up(
    schedule: Schedule,
    prepared: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    dated: bool = False,
) -> Iterator[tuple[str, list[str]]]:
    """How each distinct dose is made up, the order and the sources, as parts of another sheet.

    Args:
        dated: say for when each is, where no table says it.
    """
    doses = [
        (_heading(each, schedule), [*(_when(each, schedule) if dated else ()), *_lines(each)])
        for each in prepared
    ]
    yield from doses
    if unstated := list(totals.unstated(schedule)):
        yield "Not prepared", unstated
    how = f"vials shared: {SHARING_RULE}" if share else "each dose from its own vials"
    yield f"Order ({how})", list(totals.ordered(schedule, orders, prepared, share=share))
    if sources := list(_sources(prepared, "\n".join(line for _, lines in doses for line in lines))):
        yield "Monographs and their sources", sources


def cautions(prepared: Sequence[Prepared], *, share: bool) -> tuple[Caution, ...]:
    """Every caution of the sheet, each once."""
    found = {each.text: each for made in prepared for each in made.cautions}
    return (*found.values(), *_of_products(prepared, share=share))


def _of_products(prepared: Sequence[Prepared], *, share: bool) -> tuple[Caution, ...]:
    """What is pointed out of no dose alone: of monographs, and of vials that are shared."""
    found: dict[str, Caution] = {}
    for drug in _drugs(prepared):
        if text := drug.origin.hiding(drug.name):
            found[text] = Caution("hides-shipped", text)
    if share:
        for product in products(prepared):
            if product.single_dose and product.keeps is not None:
                text = f"{product.name}: single-dose, without preservative; chemically "
                text += f"stable for {product.keeps.text}, which is not a beyond-use date"
                found[text] = Caution("shared-vials", text)
    return tuple(found.values())


def document(
    schedule: Schedule,
    prepared: Sequence[Prepared],
    orders: Sequence[Order],
    *,
    share: bool,
    of_plan: Sequence[Caution] = (),
) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **headed(FORMAT),
        "regimen": schedule.regimen.id,
        "arm": schedule.arm,
        "version": schedule.regimen.version,
        "sha256": schedule.regimen.origin.sha256,
        "patient": patient(schedule),
        "set": settings_of(schedule.regimen),
        "monographs": [monograph(drug) for drug in _drugs(prepared)],
        "shared_vials": share,
        "doses": [_dose(each, schedule) for each in prepared],
        "not_stated": [row.number for row in schedule.administrations if row.dosed.value is None],
        "totals": [totals.order(each, orders) for each in orders],
        "cautions": [
            {"code": caution.code, "text": caution.text}
            for caution in (*of_plan, *cautions(prepared, share=share))
        ],
    }


def _heading(each: Prepared, schedule: Schedule) -> str:
    count = len(each.administrations)
    rows = [schedule.administrations[number - 1] for number in each.administrations]
    most = "at most " if any(row.at_most for row in rows) else ""
    times = "once" if count == 1 else f"{count} times"
    name = f"{each.dose.drug} {safe(each.value, each.unit)}"
    how = words.listed(list(dict.fromkeys(words.how(row.dose, row.dosed) for row in rows)), "or")
    return f"{name}, {how}, {most}{times} ({each.dose.path})"


def _when(each: Prepared, schedule: Schedule) -> Iterator[str]:
    """For when a dose is made up, day by day; nothing without dates."""
    rows = (schedule.administrations[number - 1] for number in each.administrations)
    for date, group in groupby(rows, key=lambda row: row.when and words.dated(row.when)):
        if date is not None:
            yield f"For {date}: {', '.join(map(words.hour, group))}"


def _lines(each: Prepared) -> Iterator[str]:
    if each.drug is None:
        yield f"No monograph of {each.dose.drug} is available: no volume can be calculated."
        return
    if each.mass is not None and each.unit != "mg":
        sides = ((factor, {factor.left.unit, factor.right.unit}) for factor in each.drug.factors)
        behind = [factor.sources for factor, units in sides if {"mg", each.unit} <= units]
        sources = cited(behind[0]) if behind else ""
        yield f"Mass: {short(each.mass)} mg {sources}".rstrip()
    if each.volume is not None:
        yield f"Volume of concentrate: {short(each.volume)} mL {_behind(each.vials)}"
        yield from _by_bag(each)
        yield from _diluted(each)
        yield from _drawn(each)
    yield from _opened(each.vials)
    if counted := each.vials or each.tablets:
        yield f"{' or '.join(map(_count, counted))} {_behind(counted)}"
    else:
        yield f"No product of {each.dose.drug} makes up this dose: no volume is computed."
    if each.vials and each.volume is None:
        yield "The vials have no concentration, or not the same: no volume is computed."
    yield from _making_up(each)
    yield from (f"Caution: {caution.text}" for caution in each.cautions)


def _opened(vials: Sequence[Count]) -> Iterator[str]:
    """How each product is made ready, where that is known."""
    for each in (count.product for count in vials):
        ready = f"{each.name}:"
        if each.added is not None:
            ready = f"Reconstitute each {each.name} with {plain(each.added)} mL of {each.solvent}."
        if each.added is not None or each.how:
            yield " ".join(filter(None, (ready, each.how, cited(each.sources))))


def _diluted(each: Prepared) -> Iterator[str]:
    """What is diluted, to which concentration, and how much of that is the dose."""
    if (step := each.dilution) is not None and each.volume and each.measured:
        taken, per = each.value * step.take / each.volume, each.value / each.measured
        what = f" ({safe(taken, each.unit)}, then {safe(per, each.unit)}/mL)"
        yield words.title(dilution(step, what))
        yield f"Volume of the dilution: {short(each.measured)} mL"


def _by_bag(each: Prepared) -> Iterator[str]:
    """What each of several bags holds, and the last one, where the time is no whole number."""
    if (lasts := each.bag_lasts) is not None and each.volume and each.dose.over:
        value, volume = each.in_bag(each.value), each.in_bag(each.volume)
        told = f"In the bag for each {lasts.text}: {safe(value, each.unit)}, {short(volume)} mL"
        rest = Decimal(each.dose.over.longest % lasts.longest)
        last = f", for the last {short(rest / 60)} hours a proportionate share" if rest else ""
        yield f"{told} of concentrate (our assumption){last}"
        yield "Vials are counted for the whole dose: bags made up on separate days take more"


def _drawn(each: Prepared) -> Iterator[str]:
    """What a syringe measures of a dose, beside the exact volume."""
    drawn = to_draw(each)
    assert drawn is not None, "it has a volume"
    behind = cited(drawn.product.sources) if drawn.product else "(our assumption)"
    if drawn.was_set:
        stated = drawn.product and drawn.product.graduation
        behind = f"(as set; it is {plain(stated)} mL {behind})" if stated else "(as set)"
    where = f"In a syringe graduated in {plain(drawn.graduation)} mL {behind}"
    if not drawn.volume:
        yield f"{where}: less than half a graduation, which cannot be drawn"
        return
    # Below 1 mL with the digits of the graduation: 0.10 mL; above it never a zero that ends it.
    small = drawn.volume < 1 and drawn.graduation == drawn.graduation.quantize(Decimal("0.01"))
    volume = f"{drawn.volume:.2f}" if small else plain(drawn.volume)
    told = f"{where}: draw {volume} mL"
    if drawn.value == (held := each.in_bag(each.value)):
        yield f"{told}, exactly {'that of the bag' if each.bag_lasts else 'the dose'}"
    else:
        apart = words.difference(drawn.value, held)
        yield f"{told} = {safe(drawn.value, each.unit)}, {apart}"


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
        if any(caution.code == "infusion-time" for caution in each.cautions):
            yield from _apart(each)
        elif not each.tablets:
            yield "The monograph describes no preparation for this route."
        return
    source = cited(made.sources)
    assumed = " (an assumption: not described for this route)" if each.by_assumption else ""
    if made.undiluted:
        how = "as diluted" if each.dilution else "undiluted"
        yield f"{words.title(made.name)}{assumed}: {how} {source}"
    elif made.diluent or made.bags:
        bag = f", {each.bag.bag.told()}" if each.bag else ""
        yield f"{words.title(made.name)}{assumed}: {made.diluent or UNNAMED}{bag} {source}"
    if made.first:
        yield f"First: {fact(made.first)}"
    behind = cited(made.additive.sources) if made.additive else ""
    yield from (f"{words.title(told)} {behind}" for told in added(each))
    yield from _concentrations(each, made)
    yield from (f"{told} {source}" for told in rates(each))
    over = each.dose.over
    fits = over is None or made.over is None or made.over.overlaps(over)
    for label, value in (
        ("Infuse over" if fits else "Described for", made.over.text if made.over else None),
        ("Filter", made.filter),
        ("Container", made.container),
        ("Keeps", "" if each.dilution and made.keeps is each.dilution.keeps else keeps(made)),
    ):
        if value:
            yield f"{label}: {value} {source}"
    yield from (fact(note) for note in made.notes)
    yield from _apart(each)


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


def _apart(each: Prepared) -> Iterator[str]:
    """What a liquid is kept apart from: in the line, in the vial and bag, in the patient."""
    meetings = each.drug.meetings if each.drug and each.volume is not None else ()
    for where, text in APART.items():
        names = [meeting.name for meeting in meetings if meeting.warns_of(where)]
        if names and (where != "line" or each.dose.route.startswith("IV")):
            yield f"{text}: {', '.join(names)} ({_ONLY_MIXING})"
    for meeting in meetings:
        if meeting.warns_of("patient"):
            yield f"Not to be given with {meeting.name} without a reason: {fact(meeting.fact)}"


def _drugs(prepared: Sequence[Prepared]) -> list[Drug]:
    return list({each.drug.name: each.drug for each in prepared if each.drug}.values())


def _sources(prepared: Sequence[Prepared], said: str) -> Iterator[str]:
    """Each monograph with those of its sources that are cited in what was said."""
    for drug in _drugs(prepared):
        yield f"{drug.name}, version {drug.version}: {notes.origin_line(drug.origin)}"
        for key, each in drug.sources.items():
            if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", said):
                yield f"  {notes.source(each)}"


def _dose(each: Prepared, schedule: Schedule) -> dict[str, Any]:
    bag, made = each.bag, each.preparation
    firm = totals.firmness(each, schedule)
    rows = [schedule.administrations[number - 1] for number in each.administrations]
    return {
        "drug": each.dose.drug,
        "dose": each.dose.path,
        "route": each.dose.route,
        "amount": amount(each.value, each.unit),
        "administrations": len(each.administrations),
        "at_most": firm.at_most,
        "only_if": list(firm.only_if),
        "certain": firm.certain,
        "conditional": firm.conditional,
        "when": [row.when.isoformat(timespec="minutes") for row in rows if row.when is not None],
        "mass": amount(each.mass, "mg"),
        "volume_ml": None if each.volume is None else number(each.volume),
        "drawn": _plain_drawn(each),
        **_plain_bag(each),
        **diluted(each.dilution, each.measured),
        "vials": [_counted(count, each.vials) for count in each.vials],
        "tablets": [_counted(count, each.tablets) for count in each.tablets],
        "preparation": made.name if made else None,
        "assumed": each.by_assumption,
        "diluent": made.diluent if made else None,
        "bag_ml": number(bag.bag.volume) if bag else None,
        "bag_at_most": bag.bag.at_most if bag else None,
        "concentration": None
        if bag is None
        else {
            "bag_only": number(bag.bag_only),
            "with_drug": number(bag.with_drug),
            "unit": f"{UCUM[bag.unit]}/mL",
            "window": [number(limit.value) for limit in made.window or ()] if made else [],
        },
        "cautions": [{"code": caution.code, "text": caution.text} for caution in each.cautions],
    }


def _plain_bag(each: Prepared) -> dict[str, Any]:
    """What each of several bags holds; nothing where one holds the dose."""
    if (lasts := each.bag_lasts) is None:
        return {}
    value = amount(each.in_bag(each.value), each.unit)
    volume = each.volume and number(each.in_bag(each.volume))
    return {"each_bag": {"minutes": lasts.longest, "amount": value, "volume_ml": volume}}


def _plain_drawn(each: Prepared) -> dict[str, Any] | None:
    drawn = to_draw(each)
    return drawn and {
        "volume_ml": number(drawn.volume),
        "amount": amount(drawn.value, each.unit),
        "graduation_ml": number(drawn.graduation),
        "assumed": drawn.assumed,
        "set": drawn.was_set,
    }


def _counted(count: Count, among: Sequence[Count]) -> dict[str, Any]:
    return {
        "product": count.product.name,
        "instead_of": [each.product.name for each in among if each is not count],
        "count": count.pieces,
        "counted_by": count.counted_by,
        "at_best": count.at_best,
    }
