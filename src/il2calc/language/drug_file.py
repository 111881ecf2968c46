"""Read a drug file: from its bytes to a monograph, or to every fault in it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

from il2calc.errors import RegimenError, numbered
from il2calc.language.drug_keys import ALWAYS_SHOWN, CODES, DRUG, NONE_FOUND, SECTIONS, STATEMENTS
from il2calc.language.paths import FaultLocator, entries
from il2calc.language.provenance import NO_SOURCE, citation_faults
from il2calc.language.shelf import FileContent
from il2calc.model import drug
from il2calc.model.evidence import Source
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read
from il2calc.units import EXACT, addable, convert, safe

_MOST_OFF = 5
"""A stated concentration that is this many times above or below contents / volume added is a slip:
the volume of the powder itself, and overfill, make less difference. Our own assumption."""

_ALMOST_1 = Decimal("0.999999999")
"""A product of factors that is below 1 by more than the rounding of our own arithmetic."""

Draft = dict[str, Any]
_SOURCED = (*(key for key in STATEMENTS if key != "codes"), *SECTIONS)
"""Keys whose entries need a source, of their own or that of the file."""


def examine_drug(file: FileContent) -> tuple[drug.Drug | None, tuple[RegimenError, ...]]:
    """Read a monograph, or find every fault of its file, in order."""
    document = yaml.read(file.content)
    locator = FaultLocator(file.origin.file, document)
    if not isinstance(document.data, dict):
        return None, locator.not_a_mapping("a drug file begins with 'drug: NAME'")
    faults: list[Fault] = []
    draft = read(DRUG, document.data, (), faults)
    faults += citation_faults(document.data)
    checks = (_unsourced, _questions, _products, _plain_units, _limits, _bags, _dilutions, _codes)
    faults += chain.from_iterable(check(draft) for check in (*checks, _repeated))
    faults += _contradictions(draft, locator)
    if faults or document.faults:
        return None, locator.errors(faults, document.faults)
    return _drug(draft)._replace(origin=file.origin), ()


def _unsourced(draft: Draft) -> Iterator[Fault]:
    """Statements without a source, neither their own nor that of the file or the screen."""
    if draft.get("source"):
        return
    for key in _SOURCED:
        for index, entry in entries(draft, key):
            if not entry.get("source"):
                yield (key, index), NO_SOURCE
    screen = draft.get("screen", {})
    for index, rule in entries(screen, "rules"):
        if rule and not (rule.get("source") or screen.get("source")):
            yield ("screen", "rules", index), NO_SOURCE


def _questions(draft: Draft) -> Iterator[Fault]:
    """Rules about questions that are not asked, or that have another kind of answer."""
    screen = draft.get("screen", {})
    questions = (question for _, question in entries(screen, "questions") if "name" in question)
    is_number = {question["name"]: "number" in question for question in questions}
    for index, rule in entries(screen, "rules"):
        loc: Loc = ("screen", "rules", index)
        only_if = rule.get("only_if")
        if only_if is not None and is_number.get(only_if, True):
            problem = f"{only_if!r} is not a yes/no question here; add it under 'questions'"
            yield (*loc, "only_if"), problem
        for key in ("all", "any"):
            for condition in rule.get(key, ()):
                numeric = condition.limit is not None
                if is_number.get(condition.question) is not numeric:
                    kind = "number" if numeric else "yes/no question"
                    problem = f"{condition.question!r} is not a {kind} here"
                    yield (*loc, key), f"{problem}; add it under 'questions'"


def _products(draft: Draft) -> Iterator[Fault]:
    """Products that deliver more than they contain, or whose concentration does not fit."""
    for index, product in entries(draft, "products"):
        content, per_ml = product.get("contains"), product.get("concentration")
        if content and per_ml and not _related(content.unit, per_ml.unit, draft):
            problem = f"is in {per_ml.unit}, what it contains in {content.unit}, and no factor of "
            yield ("products", index, "concentration"), f"{problem}this file converts them; use one"
        if content and per_ml and product.get("add") and addable(content.unit, per_ml.unit):
            ratio = EXACT.divide(convert(content.value, content.unit, per_ml.unit), product["add"])
            if not ratio < per_ml.value * _MOST_OFF < ratio * _MOST_OFF**2:
                problem = f"is far from {safe(ratio, per_ml.unit)}/mL, what it contains in all that"
                yield ("products", index, "concentration"), f"{problem} is added; check all three"
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
    by_factor = any(
        addable(one, left.unit) and addable(other, right.unit) for left, right in both_ways
    )
    return by_factor or addable(one, other)


def _contradictions(draft: Draft, locator: FaultLocator) -> Iterator[Fault]:
    """Factors that differ from what earlier ones give by more than rounding explains.

    `most` has the most that one of a unit can be in another, and the lines of the factors for it.
    """
    most: dict[tuple[str, str], tuple[Decimal, frozenset[int]]] = {}
    unknown = (Decimal("Infinity"), frozenset[int]())
    for index, factor in entries(draft, "factors"):
        if "is" not in factor:
            continue
        loc: Loc = ("factors", index, "is")
        steps = _most_by(factor)
        most |= {(unit, unit): (Decimal(1), frozenset()) for unit in steps[0][:2]}
        clashes = [
            lines
            for unit, to, bound in steps
            for back, lines in [most.get((to, unit), unknown)]
            if back * bound < _ALMOST_1
        ]
        if clashes:
            by = numbered("line", sorted(clashes[0])) if clashes[0] else "its own units"
            problem = f"contradicts {by} by more than the rounding of its numbers explains"
            yield loc, f"{problem}; correct or remove one"
            continue
        for unit, to, bound in steps:
            before = [(start, *known) for (start, end), known in most.items() if end == unit]
            after = [(end, *known) for (start, end), known in most.items() if start == to]
            for (start, first, some), (end, last, more) in itertools.product(before, after):
                value = EXACT.multiply(first * bound, last)
                if value < most.get((start, end), unknown)[0]:
                    most[start, end] = (value, some | more | {locator.line(loc)})


def _most_by(factor: Draft) -> list[tuple[str, str, Decimal]]:
    """The most that one of each unit of a factor can be in the other; masses are in mg.

    Both sides may have been rounded, by half a step of their last digits, which add up like
    independent errors; or by half a step of the last of `figures`. A power of ten is exact.
    """
    sides = [
        drug.Figure(convert(side.value, side.unit, "mg"), "mg")
        if addable(side.unit, "mg")
        else side
        for side in factor["is"]
    ]
    digits = [int("".join(map(str, side.value.normalize().as_tuple().digits))) for side in sides]
    rounding = EXACT.sqrt(sum((Decimal("0.5") / number) ** 2 for number in digits if number > 1))
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
        for name in ("contains", "delivers", "at_most", "concentration", "amount", "from")
        if entry.get(name)
    ]
    if "IU" in (unit for _, unit in amounts):
        problem = "mixes plain units with IU; write IU, or name another scale with its factor"
        yield from ((loc, problem) for loc, unit in amounts if unit == "units")


def _limits(draft: Draft) -> Iterator[Fault]:
    """Amounts that doses are checked against, in a unit that no factor joins with any product's."""
    held = (product.get("contains") for _, product in entries(draft, "products"))
    units = [content.unit for content in held if content]
    for key, name in (("limits", "amount"), ("never_reduce", "from")):
        for index, amount in ((index, entry.get(name)) for index, entry in entries(draft, key)):
            is_plain = "IU" in units and amount is not None and amount.unit == "units"
            if not amount or not units or is_plain:
                continue
            if not any(_related(amount.unit, unit, draft) for unit in units):
                problem = f"is in {amount.unit}, the products in {units[0]}, and no factor of this "
                yield (key, index, name), f"{problem}file converts them; write it in {units[0]}"


def _bags(draft: Draft) -> Iterator[Fault]:
    """Bags that are not in rising order of dose, and keys of a dilution for an undiluted drug."""
    for index, preparation in entries(draft, "preparations"):
        limits = [bag.get("up_to") if bag else None for bag in preparation.get("bags", ())]
        stated = [limit for limit in limits if limit is not None]
        units = {limit.unit for limit in stated}
        rising = all(one.value < other.value for one, other in pairwise(stated))
        if len(units) > 1 or not rising or (stated and None in limits[:-1]):
            problem = "is not in rising order; list bags by the dose they are for, in one unit"
            yield ("preparations", index, "bags"), f"{problem}, the open-ended one last"
        for key in ("diluent", "bags", "window") if "undiluted" in preparation else ():
            if key in preparation:
                problem = "is for what is diluted, but 'undiluted: true' is here too"
                yield ("preparations", index, key), f"{problem}; keep one of them"


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
    own = set(map(drug.one_spelling, (draft.get("drug", ""), *draft.get("also", ()))))
    for index, entry in entries(draft, "never_the_same"):
        for key, names in (("name", (entry.get("name", ""),)), ("also", entry.get("also", ()))):
            if both := next((name for name in names if drug.one_spelling(name) in own), None):
                problem = f"{both!r} is a name of the drug itself above; keep it in one place"
                yield ("never_the_same", index, key), problem


def _drug(draft: Draft) -> drug.Drug:
    source, screen = draft.get("source", ()), draft.get("screen", {})
    listed = {key: _sourced(draft.get(key, ()), source) for key in (*STATEMENTS, *SECTIONS)}
    return drug.Drug(
        name=draft["drug"],
        also=draft.get("also", ()),
        version=draft["version"],
        read_on=draft["read_on"].isoformat(),
        sources={key: Source(key=key, **entry) for key, entry in draft["sources"].items()},
        ambiguous=tuple(
            drug.Ambiguous(entry["names"], _fact(entry)) for entry in listed["also_with_caution"]
        ),
        identity=_facts(listed["identity"]),
        codes=tuple(
            drug.Code(entry["system"], None if code == NONE_FOUND else code, entry["source"])
            for entry in listed["codes"]
            for code in [entry["code"]]
        ),
        others=tuple(
            drug.Other(entry["name"], _fact(entry), entry.get("also", ()))
            for entry in listed["never_the_same"]
        ),
        factors=tuple(_factor(entry) for entry in listed["factors"] if "for_doses" not in entry),
        scales=tuple(_factor(entry) for entry in listed["factors"] if "for_doses" in entry),
        products=tuple(map(_product, listed["products"])),
        preparations=tuple(map(_preparation, listed["preparations"])),
        limits=tuple(
            drug.Limit(entry["route"], entry["amount"], _fact(entry), entry.get("per", "dose"))
            for entry in listed["limits"]
        ),
        never_reduced=tuple(
            drug.NeverReduced(entry["route"], entry["from"], _fact(entry))
            for entry in listed["never_reduce"]
        ),
        compatibilities=tuple(
            drug.Compatibility(
                entry["with"],
                entry.get("also", ()),
                entry["verdict"],
                _fact(entry),
                entry.get("where", ()),
            )
            for entry in listed["compatibility"]
        ),
        sections=tuple(
            (heading, _facts(listed[key]))
            for key, heading in SECTIONS.items()
            if key != "identity" and (key in draft or key in ALWAYS_SHOWN)
        ),
        questions=tuple(
            drug.Question(entry["name"], entry["ask"], *entry.get("number", (None, None)))
            for entry in screen.get("questions", ())
        ),
        rules=tuple(map(_rule, _sourced(screen.get("rules", ()), screen.get("source") or source))),
    )


def _sourced(entries: Iterable[Draft], inherited: tuple[str, ...]) -> list[Draft]:
    """Entries with the inherited source where they have none of their own."""
    return [{"source": inherited, **entry} for entry in entries]


def _fact(entry: Draft) -> drug.Fact:
    return drug.Fact(entry["text"], entry["source"])


def _facts(entries: Iterable[Draft]) -> tuple[drug.Fact, ...]:
    return tuple(map(_fact, entries))


def _factor(entry: Draft) -> drug.Factor:
    left, right = entry["is"]
    return drug.Factor(left, right, entry.get("figures"), entry["text"], entry["source"])


def _fields(entry: Draft, names: Mapping[str, str]) -> Draft:
    """The values of an entry by the fields of the model.

    Args:
        names: fields that have another name than their key in the file, by that key.
    """
    names = {"source": "sources", **names}
    return {names.get(key, key): value for key, value in entry.items()}


def _product(entry: Draft) -> drug.Product:
    fields = _fields(entry, {"product": "name", "add": "added", "with": "solvent"})
    return drug.Product(**{**fields, "single_dose": "single_dose" in entry})


def _preparation(entry: Draft) -> drug.Preparation:
    within = {
        key: {"source": () if "because" in entry[key] else entry["source"], **entry[key]}
        for key in ("first", "below", "additive", "dilution")
        if key in entry
    }  # a dilution that is an assumption has no source
    fields = _fields(entry, {"preparation": "name"})
    fields |= {key: _fact(within[key]) for key in ("first", "below") if key in within}
    if "additive" in within:
        fields["additive"] = drug.Additive(**_fields(within["additive"], {"from": "stock"}))
    if "dilution" in within:
        fields["dilution"] = drug.Dilution(**_fields(within["dilution"], {"with": "diluent"}))
    fields["bags"] = tuple(
        drug.Bag(volume, bag.get("up_to"), at_most)
        for bag in entry.get("bags", ())
        for volume, at_most in [bag["volume"]]
    )
    notes = _facts(_sourced(entry.get("notes", ()), entry["source"]))
    fields |= {"undiluted": "undiluted" in entry, "notes": notes}
    return drug.Preparation(**{"routes": (), "stands_in_for": (), **fields})


def _rule(entry: Draft) -> drug.Rule:
    fields = _fields(entry, {"rule": "name", "all": "conditions", "any": "conditions"})
    return drug.Rule(**fields, every="all" in entry)
