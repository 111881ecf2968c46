"""From a drug file's bytes to a monograph, or to everything that is wrong with the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Any

from il2calc.errors import RegimenError
from il2calc.language.drug_keys import ALWAYS_TOLD, CODES, DRUG, NONE_FOUND, SECTIONS, STATED
from il2calc.language.paths import FaultPlaces, entries
from il2calc.language.provenance import citation_faults
from il2calc.language.shelf import Found
from il2calc.model import drug
from il2calc.model.evidence import Source
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, read
from il2calc.units import EXACT, alike, convert, safe

_APART = 5
"""A concentration so many times what a product holds in what is added, or less than that part of
it, is a slip: an own volume, or more than is stated, come to less. Our own assumption."""

Draft = dict[str, Any]
_BACKED = (*(key for key in STATED if key != "codes"), *SECTIONS)
"""Keys whose entries have a source, or inherit that of the file."""


def examine_drug(found: Found) -> tuple[drug.Drug | None, tuple[RegimenError, ...]]:
    """A monograph, or every fault of its file in order."""
    document = yaml.read(found.content)
    places = FaultPlaces(found.origin.file, document)
    if not isinstance(document.data, dict):
        return None, places.of_no_mapping("a drug file begins with 'drug: NAME'")
    faults: list[Fault] = []
    draft = read(DRUG, document.data, (), faults)
    faults += citation_faults(document.data)
    checks = (_unbacked, _questions, _products, _plain_units, _bags, _dilutions, _codes, _twice)
    faults += chain.from_iterable(check(draft) for check in checks)
    if faults or document.faults:
        return None, places.errors(faults, document.faults)
    return _drug(draft)._replace(origin=found.origin), ()


def _unbacked(draft: Draft) -> Iterator[Fault]:
    """A statement of a monograph has a source, its own or that of the file."""
    if draft.get("source"):
        return
    for key in _BACKED:
        for index, entry in entries(draft, key):
            if not entry.get("source"):
                yield (key, index), "has no source; add 'source: key, locator'"
    screen = draft.get("screen", {})
    for index, rule in entries(screen, "rules"):
        if rule and not (rule.get("source") or screen.get("source")):
            yield ("screen", "rules", index), "has no source; add 'source: key, locator'"


def _questions(draft: Draft) -> Iterator[Fault]:
    """A rule asks only what the monograph asks, and compares only numbers."""
    screen = draft.get("screen", {})
    questions = (each for _, each in entries(screen, "questions") if "name" in each)
    asked = {each["name"]: "number" in each for each in questions}
    for index, rule in entries(screen, "rules"):
        loc: Loc = ("screen", "rules", index)
        only_if = rule.get("only_if")
        if only_if is not None and asked.get(only_if, True):
            yield (
                (*loc, "only_if"),
                f"{only_if!r} is not a yes/no question here; add it under 'questions'",
            )
        for key in ("all", "any"):
            for condition in rule.get(key, ()):
                numeric = condition.limit is not None
                if asked.get(condition.question) is not numeric:
                    kind = "number" if numeric else "yes/no question"
                    problem = f"{condition.question!r} is not a {kind} here; add it under "
                    problem += "'questions'"
                    yield (*loc, key), problem


def _products(draft: Draft) -> Iterator[Fault]:
    """What a vial gives cannot be more than it holds, and can be measured by its concentration."""
    for index, each in entries(draft, "products"):
        held, per_ml = each.get("contains"), each.get("concentration")
        if held and per_ml and not _joined(held.unit, per_ml.unit, draft):
            problem = f"is in {per_ml.unit}, what it contains in {held.unit}, and no factor of "
            yield ("products", index, "concentration"), f"{problem}this file converts them; use one"
        if held and per_ml and each.get("add") and alike(held.unit, per_ml.unit):
            made = EXACT.divide(convert(held.value, held.unit, per_ml.unit), each["add"])
            if not made < per_ml.value * _APART < made * _APART**2:
                problem = f"is far from {safe(made, per_ml.unit)}/mL, what it contains in all "
                yield (
                    ("products", index, "concentration"),
                    f"{problem}that is added; check all three",
                )
        for key in ("add", "concentration") if each.get("form") == "tablet" else ():
            if key in each:
                yield ("products", index, key), "is for a vial, and this is a tablet; leave it out"
        held, least, most = (each.get(key) for key in ("contains", "delivers", "at_most"))
        for key, gives in (("delivers", least), ("at_most", most)):
            if held and gives and (gives.unit != held.unit or gives.value > held.value):
                problem = "is not an amount in the unit of, and up to, what the product contains"
                yield ("products", index, key), f"{problem}; lower it"
        if least and most and most.value < least.value:
            problem = "is less than it delivers; raise it or leave it out"
            yield ("products", index, "at_most"), problem


def _joined(one: str, other: str, draft: Draft) -> bool:
    """Whether two units measure the same thing, or a factor leads from one to the other."""
    factors = [each["is"] for _, each in entries(draft, "factors") if each.get("is")]
    ways = [*factors, *(pair[::-1] for pair in factors)]
    joined = any(alike(one, left.unit) and alike(other, right.unit) for left, right in ways)
    return joined or alike(one, other)


def _plain_units(draft: Draft) -> Iterator[Fault]:
    """A drug that is counted in IU has no plain units beside them: which are they?"""
    found = [
        ((key, index, name), entry[name].unit)
        for key in ("products", "limits", "never_reduce")
        for index, entry in entries(draft, key)
        for name in ("contains", "delivers", "at_most", "concentration", "amount")
        if entry.get(name)
    ]
    if "IU" in (unit for _, unit in found):
        problem = "mixes plain units with IU; write IU, or name another scale with its factor"
        yield from ((place, problem) for place, unit in found if unit == "units")


def _bags(draft: Draft) -> Iterator[Fault]:
    """Bags by dose rise, the one without a limit last; what is given undiluted has none."""
    for index, each in entries(draft, "preparations"):
        limits = [bag.get("up_to") if bag else None for bag in each.get("bags", ())]
        given = [limit for limit in limits if limit is not None]
        units = {limit.unit for limit in given}
        rising = all(one.value < other.value for one, other in pairwise(given))
        if len(units) > 1 or not rising or (given and None in limits[:-1]):
            problem = "is not in rising order; list bags by the dose they are for, in one unit, "
            problem += "the open-ended one last"
            yield ("preparations", index, "bags"), problem
        for key in ("diluent", "bags", "window") if "undiluted" in each else ():
            if key in each:
                problem = (
                    "is for what is diluted, but 'undiluted: true' is here too; keep one of them"
                )
                yield ("preparations", index, key), problem


def _dilutions(draft: Draft) -> Iterator[Fault]:
    """What is diluted becomes more, is a source's or an assumption, and can be measured so."""
    found = (each.get("concentration") for _, each in entries(draft, "products"))
    gives = [concentration for concentration in found if concentration]
    for index, each in entries(draft, "preparations"):
        step, here = each.get("dilution") or {}, ("preparations", index)
        loc: Loc = (*here, "dilution")
        take, to = step.get("take"), step.get("to")
        if take is not None and to is not None and to <= take:
            yield (*loc, "to"), "is not more than the volume taken; write the total after dilution"
        low = next(iter(each.get("window") or ()), None)
        for place, held in (((*loc, "up_to"), step.get("up_to")), ((*here, "window"), low)):
            if held and gives and not any(_joined(held.unit, each.unit, draft) for each in gives):
                problem = f"is in {held.unit}, the concentration in {gives[0].unit}, and no factor "
                yield place, f"{problem}of this file converts them; write it in {gives[0].unit}"
        if "because" in step and "source" in step:
            yield (*loc, "because"), "has both 'because' and a source; keep one of them"


def _codes(draft: Draft) -> Iterator[Fault]:
    """A code looks like one of its register, so that none stands under another's name."""
    for index, entry in entries(draft, "codes"):
        system, code = entry.get("system"), entry.get("code")
        if system is None or code in (None, NONE_FOUND) or re.fullmatch(CODES[system], code):
            continue
        problem = f"{code!r} is not a valid {system} code; check it, or write {NONE_FOUND!r}"
        yield ("codes", index, "code"), problem


def _twice(draft: Draft) -> Iterator[Fault]:
    """Names by which things are chosen or answered are apart."""
    screen = draft.get("screen", {})
    for loc, key, listed in (
        (("products",), "product", entries(draft, "products")),
        (("preparations",), "preparation", entries(draft, "preparations")),
        (("screen", "questions"), "name", entries(screen, "questions")),
    ):
        seen: set[str] = set()
        for index, name in ((index, entry[key]) for index, entry in listed if key in entry):
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
        sources={key: Source(key=key, **each) for key, each in draft["sources"].items()},
        ambiguous=tuple(
            drug.Ambiguous(each["names"], _fact(each, inherited))
            for each in draft.get("also_with_caution", ())
        ),
        identity=_facts(draft.get("identity", ()), inherited),
        codes=tuple(
            drug.Code(
                each["system"], None if each["code"] == NONE_FOUND else each["code"], each["source"]
            )
            for each in draft.get("codes", ())
        ),
        others=tuple(
            drug.Other(each["name"], _fact(each, inherited), each.get("also", ()))
            for each in draft.get("never_the_same", ())
        ),
        factors=_factors(draft, inherited, for_doses=False),
        scales=_factors(draft, inherited, for_doses=True),
        products=tuple(_product(each, inherited) for each in draft.get("products", ())),
        preparations=tuple(_preparation(each, inherited) for each in draft.get("preparations", ())),
        limits=tuple(
            drug.Limit(
                each["route"], each["amount"], _fact(each, inherited), each.get("per", "dose")
            )
            for each in draft.get("limits", ())
        ),
        never_reduced=tuple(
            drug.NeverReduced(each["route"], each["from"], _fact(each, inherited))
            for each in draft.get("never_reduce", ())
        ),
        meetings=tuple(
            drug.Compatibility(
                name=each["with"],
                also=each.get("also", ()),
                verdict=each["verdict"],
                fact=_fact(each, inherited),
                where=each.get("where", ()),
            )
            for each in draft.get("compatibility", ())
        ),
        sections=tuple(
            (heading, _facts(draft.get(key, ()), inherited))
            for key, heading in SECTIONS.items()
            if key != "identity" and (key in draft or key in ALWAYS_TOLD)
        ),
        questions=tuple(
            drug.Question(each["name"], each["ask"], *each.get("number", (None, None)))
            for each in screen.get("questions", ())
        ),
        rules=tuple(
            _rule(each, screen.get("source") or inherited) for each in screen.get("rules", ())
        ),
    )


def _behind(entry: Draft, inherited: tuple[str, ...]) -> tuple[str, ...]:
    found: tuple[str, ...] = entry.get("source") or inherited
    return found


def _fact(entry: Draft, inherited: tuple[str, ...]) -> drug.Fact:
    return drug.Fact(entry["text"], _behind(entry, inherited))


def _facts(entries: Iterable[Draft], inherited: tuple[str, ...]) -> tuple[drug.Fact, ...]:
    return tuple(_fact(entry, inherited) for entry in entries)


def _named(entry: Draft, fields: Mapping[str, str]) -> Draft:
    """What an entry says, by the fields of the model; its source is put in by whoever asks.

    Args:
        fields: of the keys that are called otherwise there.
    """
    return {fields.get(key, key): value for key, value in entry.items() if key != "source"}


def _factors(
    draft: Draft, inherited: tuple[str, ...], *, for_doses: bool
) -> tuple[drug.Factor, ...]:
    return tuple(
        drug.Factor(left, right, each.get("figures"), each["text"], _behind(each, inherited))
        for each in draft.get("factors", ())
        for left, right in [each["is"]]
        if ("for_doses" in each) is for_doses
    )


def _product(entry: Draft, inherited: tuple[str, ...]) -> drug.Product:
    said = _named(entry, {"product": "name", "add": "added", "with": "solvent"})
    said |= {"sources": _behind(entry, inherited), "single_dose": "single_dose" in entry}
    return drug.Product(**said)


def _preparation(entry: Draft, inherited: tuple[str, ...]) -> drug.Preparation:
    sources = _behind(entry, inherited)
    said = _named(entry, {"preparation": "name"})
    for key in ("first", "below"):
        if key in entry:
            said[key] = _fact(entry[key], sources)
    if (added := entry.get("additive")) is not None:
        behind = _behind(added, sources)
        said["additive"] = drug.Additive(added["name"], added["share"], added["from"], behind)
    if "dilution" in entry:
        said["dilution"] = _dilution(entry["dilution"], sources)
    said["bags"] = tuple(
        drug.Bag(volume, each.get("up_to"), at_most)
        for each in entry.get("bags", ())
        for volume, at_most in [each["volume"]]
    )
    said |= {"undiluted": "undiluted" in entry, "notes": _facts(entry.get("notes", ()), sources)}
    return drug.Preparation(**{"routes": (), "stands_in_for": (), **said, "sources": sources})


def _dilution(entry: Draft, inherited: tuple[str, ...]) -> drug.Dilution:
    """A dilution; one that is assumed has no source."""
    sources = () if "because" in entry else _behind(entry, inherited)
    return drug.Dilution(**_named(entry, {"with": "diluent"}), sources=sources)


def _rule(entry: Draft, inherited: tuple[str, ...]) -> drug.Rule:
    said = _named(entry, {"rule": "name", "all": "conditions", "any": "conditions"})
    return drug.Rule(**said, every="all" in entry, sources=_behind(entry, inherited))
