"""Read a drug file: from its bytes to a monograph, or to every fault in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

from il2calc.errors import RegimenError, numbered
from il2calc.language.drug_keys import ALWAYS_SHOWN, CODES, DRUG, NONE_FOUND, SECTIONS, STATEMENTS
from il2calc.language.paths import FaultPlaces, entries
from il2calc.language.provenance import citation_faults
from il2calc.language.shelf import Found
from il2calc.model import drug
from il2calc.model.evidence import Source
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read
from il2calc.units import EXACT, alike, convert, safe

_MOST_OFF = 5
"""A stated concentration that is this many times above or below contents / volume added is a slip:
the volume of the powder itself, and overfill, make less difference. Our own assumption."""

_ALMOST_1 = Decimal("0.999999999")
"""A product of factors that is below 1 by more than the rounding of our own arithmetic."""

Draft = dict[str, Any]
_SOURCED = (*(key for key in STATEMENTS if key != "codes"), *SECTIONS)
"""Keys whose entries need a source, of their own or that of the file."""


def examine_drug(file: Found) -> tuple[drug.Drug | None, tuple[RegimenError, ...]]:
    """Read a monograph, or find every fault of its file, in order."""
    document = yaml.read(file.content)
    places = FaultPlaces(file.origin.file, document)
    if not isinstance(document.data, dict):
        return None, places.of_no_mapping("a drug file begins with 'drug: NAME'")
    faults: list[Fault] = []
    draft = read(DRUG, document.data, (), faults)
    faults += citation_faults(document.data)
    checks = (_unsourced, _questions, _products, _plain_units, _bags, _dilutions, _codes, _repeated)
    faults += chain.from_iterable(check(draft) for check in checks)
    faults += _contradictions(draft, places)
    if faults or document.faults:
        return None, places.errors(faults, document.faults)
    return _drug(draft)._replace(origin=file.origin), ()


def _unsourced(draft: Draft) -> Iterator[Fault]:
    """Statements without a source, neither their own nor that of the file or the screen."""
    if draft.get("source"):
        return
    for key in _SOURCED:
        for index, entry in entries(draft, key):
            if not entry.get("source"):
                yield (key, index), "has no source; add 'source: key, locator'"
    screen = draft.get("screen", {})
    for index, rule in entries(screen, "rules"):
        if rule and not (rule.get("source") or screen.get("source")):
            yield ("screen", "rules", index), "has no source; add 'source: key, locator'"


def _questions(draft: Draft) -> Iterator[Fault]:
    """Rules about questions that are not asked, or that have another kind of answer."""
    screen = draft.get("screen", {})
    questions = (question for _, question in entries(screen, "questions") if "name" in question)
    is_number = {question["name"]: "number" in question for question in questions}
    for index, rule in entries(screen, "rules"):
        loc: Loc = ("screen", "rules", index)
        only_if = rule.get("only_if")
        if only_if is not None and is_number.get(only_if, True):
            yield (
                (*loc, "only_if"),
                f"{only_if!r} is not a yes/no question here; add it under 'questions'",
            )
        for key in ("all", "any"):
            for condition in rule.get(key, ()):
                numeric = condition.limit is not None
                if is_number.get(condition.question) is not numeric:
                    kind = "number" if numeric else "yes/no question"
                    problem = f"{condition.question!r} is not a {kind} here; add it under "
                    problem += "'questions'"
                    yield (*loc, key), problem


def _products(draft: Draft) -> Iterator[Fault]:
    """Products that deliver more than they contain, or whose concentration does not fit."""
    for index, product in entries(draft, "products"):
        content, per_ml = product.get("contains"), product.get("concentration")
        if content and per_ml and not _related(content.unit, per_ml.unit, draft):
            problem = f"is in {per_ml.unit}, what it contains in {content.unit}, and no factor of "
            yield ("products", index, "concentration"), f"{problem}this file converts them; use one"
        if content and per_ml and product.get("add") and alike(content.unit, per_ml.unit):
            ratio = EXACT.divide(convert(content.value, content.unit, per_ml.unit), product["add"])
            if not ratio < per_ml.value * _MOST_OFF < ratio * _MOST_OFF**2:
                problem = f"is far from {safe(ratio, per_ml.unit)}/mL, what it contains in all "
                yield (
                    ("products", index, "concentration"),
                    f"{problem}that is added; check all three",
                )
        for key in ("add", "concentration") if product.get("form") == "tablet" else ():
            if key in product:
                yield ("products", index, key), "is for a vial, and this is a tablet; leave it out"
        least, most = product.get("delivers"), product.get("at_most")
        for key, amount in (("delivers", least), ("at_most", most)):
            if content and amount and (amount.unit != content.unit or amount.value > content.value):
                problem = "is not an amount in the unit of, and up to, what the product contains"
                yield ("products", index, key), f"{problem}; lower it"
        if least and most and most.value < least.value:
            problem = "is less than it delivers; raise it or leave it out"
            yield ("products", index, "at_most"), problem


def _related(one: str, other: str, draft: Draft) -> bool:
    """Whether two units measure the same thing, or a factor of the file converts them."""
    pairs = [factor["is"] for _, factor in entries(draft, "factors") if factor.get("is")]
    both_ways = [*pairs, *(pair[::-1] for pair in pairs)]
    by_factor = any(alike(one, left.unit) and alike(other, right.unit) for left, right in both_ways)
    return by_factor or alike(one, other)


def _contradictions(draft: Draft, places: FaultPlaces) -> Iterator[Fault]:
    """Factors that cannot be right beside earlier ones, however all of them were rounded.

    `most` has the most that one of a unit can be in another, and the lines of the factors for it.
    """
    most: dict[tuple[str, str], tuple[Decimal, frozenset[int]]] = {}
    for index, factor in entries(draft, "factors"):
        if "is" not in factor:
            continue
        loc: Loc = ("factors", index, "is")
        steps = _most_by(factor)
        most |= {(unit, unit): (Decimal(1), frozenset()) for unit in steps[0][:2]}
        there_and_back = [(most.get((to, unit)), bound) for unit, to, bound in steps]
        clashes = [
            most_back
            for most_back, bound in there_and_back
            if most_back is not None and most_back[0] * bound < _ALMOST_1
        ]
        if clashes:
            lines = sorted(clashes[0][1])
            problem = f"contradicts {numbered('line', lines) if lines else 'its own units'}"
            yield loc, f"{problem}, however the numbers were rounded; correct or remove one"
            continue
        for unit, to, bound in steps:
            before = [(start, *known) for (start, end), known in most.items() if end == unit]
            after = [(end, *known) for (start, end), known in most.items() if start == to]
            for start, first, some in before:
                for end, last, more in after:
                    value = EXACT.multiply(first * bound, last)
                    if (start, end) not in most or value < most[start, end][0]:
                        most[start, end] = (value, some | more | {places.line(loc)})


def _most_by(factor: Draft) -> list[tuple[str, str, Decimal]]:
    """The most that one of each unit of a factor can be in the other; masses are in mg.

    Either side may have been rounded: by half a step of its last digit, or of the `figures` of the
    factor. A power of ten is exact.
    """
    sides = [
        drug.Measure(convert(side.value, side.unit, "mg"), "mg") if alike(side.unit, "mg") else side
        for side in factor["is"]
    ]
    digits = [int("".join(map(str, side.value.normalize().as_tuple().digits))) for side in sides]
    rounding = max(Decimal(0) if whole == 1 else Decimal("0.5") / whole for whole in digits)
    if "figures" in factor:
        rounding = Decimal(5).scaleb(-factor["figures"])
    return [
        (one.unit, other.unit, EXACT.divide(other.value, one.value * (1 - rounding)))
        for one, other in (sides, sides[::-1])
    ]


def _plain_units(draft: Draft) -> Iterator[Fault]:
    """Plain units in a file that also has IU, where nobody can tell which units they are."""
    amounts = [
        ((key, index, name), entry[name].unit)
        for key in ("products", "limits", "never_reduce")
        for index, entry in entries(draft, key)
        for name in ("contains", "delivers", "at_most", "concentration", "amount")
        if entry.get(name)
    ]
    if "IU" in (unit for _, unit in amounts):
        problem = "mixes plain units with IU; write IU, or name another scale with its factor"
        yield from ((loc, problem) for loc, unit in amounts if unit == "units")


def _bags(draft: Draft) -> Iterator[Fault]:
    """Bags that are not in rising order of dose, and keys of a dilution for an undiluted drug."""
    for index, preparation in entries(draft, "preparations"):
        limits = [bag.get("up_to") if bag else None for bag in preparation.get("bags", ())]
        stated = [limit for limit in limits if limit is not None]
        units = {limit.unit for limit in stated}
        rising = all(one.value < other.value for one, other in pairwise(stated))
        if len(units) > 1 or not rising or (stated and None in limits[:-1]):
            problem = "is not in rising order; list bags by the dose they are for, in one unit, "
            problem += "the open-ended one last"
            yield ("preparations", index, "bags"), problem
        for key in ("diluent", "bags", "window") if "undiluted" in preparation else ():
            if key in preparation:
                problem = (
                    "is for what is diluted, but 'undiluted: true' is here too; keep one of them"
                )
                yield ("preparations", index, key), problem


def _dilutions(draft: Draft) -> Iterator[Fault]:
    """Dilutions that add no volume, that have two reasons, or a unit that does not fit."""
    stated = (product.get("concentration") for _, product in entries(draft, "products"))
    units = [concentration.unit for concentration in stated if concentration]
    for index, preparation in entries(draft, "preparations"):
        dilution, around = preparation.get("dilution") or {}, ("preparations", index)
        loc: Loc = (*around, "dilution")
        take, to = dilution.get("take"), dilution.get("to")
        if take is not None and to is not None and to <= take:
            yield (*loc, "to"), "is not more than the volume taken; write the total after dilution"
        low = next(iter(preparation.get("window") or ()), None)
        for place, amount in (((*loc, "up_to"), dilution.get("up_to")), ((*around, "window"), low)):
            if amount and units and not any(_related(amount.unit, unit, draft) for unit in units):
                problem = f"is in {amount.unit}, the concentration in {units[0]}, and no factor "
                yield place, f"{problem}of this file converts them; write it in {units[0]}"
        if "because" in dilution and "source" in dilution:
            yield (*loc, "because"), "has both 'because' and a source; keep one of them"


def _codes(draft: Draft) -> Iterator[Fault]:
    """Codes that do not look like those of their register, perhaps because they are another's."""
    for index, entry in entries(draft, "codes"):
        system, code = entry.get("system"), entry.get("code")
        if system is None or code in (None, NONE_FOUND) or re.fullmatch(CODES[system], code):
            continue
        problem = f"{code!r} is not a valid {system} code; check it, or write {NONE_FOUND!r}"
        yield ("codes", index, "code"), problem


def _repeated(draft: Draft) -> Iterator[Fault]:
    """Names that appear twice, where things are chosen or answered by them."""
    screen = draft.get("screen", {})
    for loc, key, items in (
        (("products",), "product", entries(draft, "products")),
        (("preparations",), "preparation", entries(draft, "preparations")),
        (("screen", "questions"), "name", entries(screen, "questions")),
    ):
        seen: set[str] = set()
        for index, name in ((index, entry[key]) for index, entry in items if key in entry):
            if name in seen:
                yield (*loc, index, key), f"{name!r} appears twice; choose another name"
            seen.add(name)


def _drug(draft: Draft) -> drug.Drug:
    inherited = draft.get("source", ())
    screen = draft.get("screen", {})
    return drug.Drug(
        name=draft["drug"],
        also=draft.get("also", ()),
        version=draft["version"],
        read_on=draft["read_on"].isoformat(),
        sources={key: Source(key=key, **entry) for key, entry in draft["sources"].items()},
        ambiguous=tuple(
            drug.Ambiguous(entry["names"], _fact(entry, inherited))
            for entry in draft.get("also_with_caution", ())
        ),
        identity=_facts(draft.get("identity", ()), inherited),
        codes=tuple(
            drug.Code(
                code["system"], None if code["code"] == NONE_FOUND else code["code"], code["source"]
            )
            for code in draft.get("codes", ())
        ),
        others=tuple(
            drug.Other(entry["name"], _fact(entry, inherited), entry.get("also", ()))
            for entry in draft.get("never_the_same", ())
        ),
        factors=_factors(draft, inherited, for_doses=False),
        scales=_factors(draft, inherited, for_doses=True),
        products=tuple(_product(entry, inherited) for entry in draft.get("products", ())),
        preparations=tuple(_preparation(item, inherited) for item in draft.get("preparations", ())),
        limits=tuple(
            drug.Limit(
                entry["route"], entry["amount"], _fact(entry, inherited), entry.get("per", "dose")
            )
            for entry in draft.get("limits", ())
        ),
        never_reduced=tuple(
            drug.NeverReduced(entry["route"], entry["from"], _fact(entry, inherited))
            for entry in draft.get("never_reduce", ())
        ),
        meetings=tuple(
            drug.Compatibility(
                name=entry["with"],
                also=entry.get("also", ()),
                verdict=entry["verdict"],
                fact=_fact(entry, inherited),
                where=entry.get("where", ()),
            )
            for entry in draft.get("compatibility", ())
        ),
        sections=tuple(
            (heading, _facts(draft.get(key, ()), inherited))
            for key, heading in SECTIONS.items()
            if key != "identity" and (key in draft or key in ALWAYS_SHOWN)
        ),
        questions=tuple(
            drug.Question(entry["name"], entry["ask"], *entry.get("number", (None, None)))
            for entry in screen.get("questions", ())
        ),
        rules=tuple(
            _rule(entry, screen.get("source") or inherited) for entry in screen.get("rules", ())
        ),
    )


def _sources(entry: Draft, inherited: tuple[str, ...]) -> tuple[str, ...]:
    sources: tuple[str, ...] = entry.get("source") or inherited
    return sources


def _fact(entry: Draft, inherited: tuple[str, ...]) -> drug.Fact:
    return drug.Fact(entry["text"], _sources(entry, inherited))


def _facts(entries: Iterable[Draft], inherited: tuple[str, ...]) -> tuple[drug.Fact, ...]:
    return tuple(_fact(entry, inherited) for entry in entries)


def _fields(entry: Draft, names: Mapping[str, str]) -> Draft:
    """The values of an entry, except its source, by the fields of the model.

    Args:
        names: fields that have another name than their key in the file, by that key.
    """
    return {names.get(key, key): value for key, value in entry.items() if key != "source"}


def _factors(
    draft: Draft, inherited: tuple[str, ...], *, for_doses: bool
) -> tuple[drug.Factor, ...]:
    return tuple(
        drug.Factor(left, right, entry.get("figures"), entry["text"], _sources(entry, inherited))
        for entry in draft.get("factors", ())
        for left, right in [entry["is"]]
        if ("for_doses" in entry) is for_doses
    )


def _product(entry: Draft, inherited: tuple[str, ...]) -> drug.Product:
    fields = _fields(entry, {"product": "name", "add": "added", "with": "solvent"})
    fields |= {"sources": _sources(entry, inherited), "single_dose": "single_dose" in entry}
    return drug.Product(**fields)


def _preparation(entry: Draft, inherited: tuple[str, ...]) -> drug.Preparation:
    sources = _sources(entry, inherited)
    fields = _fields(entry, {"preparation": "name"})
    for key in ("first", "below"):
        if key in entry:
            fields[key] = _fact(entry[key], sources)
    if (additive := entry.get("additive")) is not None:
        name, share, start = (additive[key] for key in ("name", "share", "from"))
        fields["additive"] = drug.Additive(name, share, start, _sources(additive, sources))
    if "dilution" in entry:
        fields["dilution"] = _dilution(entry["dilution"], sources)
    fields["bags"] = tuple(
        drug.Bag(volume, bag.get("up_to"), at_most)
        for bag in entry.get("bags", ())
        for volume, at_most in [bag["volume"]]
    )
    fields |= {"undiluted": "undiluted" in entry, "notes": _facts(entry.get("notes", ()), sources)}
    return drug.Preparation(**{"routes": (), "stands_in_for": (), **fields, "sources": sources})


def _dilution(entry: Draft, inherited: tuple[str, ...]) -> drug.Dilution:
    """A dilution; one that is an assumption has no source."""
    sources = () if "because" in entry else _sources(entry, inherited)
    return drug.Dilution(**_fields(entry, {"with": "diluent"}), sources=sources)


def _rule(entry: Draft, inherited: tuple[str, ...]) -> drug.Rule:
    fields = _fields(entry, {"rule": "name", "all": "conditions", "any": "conditions"})
    return drug.Rule(**fields, every="all" in entry, sources=_sources(entry, inherited))
