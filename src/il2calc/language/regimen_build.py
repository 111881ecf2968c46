"""From what could be read of a file to the vocabulary, leaving out only what is broken itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from il2calc.language.fields import band, is_band, turns
from il2calc.language.paths import dotted, value_at
from il2calc.language.provenance import Evidence, Fact, assumptions
from il2calc.language.regimen_keys import (
    A_BLOCK,
    A_DOSE,
    BLOCK,
    BLOCK_REPEAT,
    BODY,
    DOSE,
    DOSE_REPEAT,
    REGIMEN,
    REPEATS,
    REVIEW,
    WHEN_OF_BLOCK,
    Keys,
    fact_keys,
)
from il2calc.language.spelling import ARMS_AND_BANDS, like_band
from il2calc.model.evidence import Note, Provenance, PublishedTotal, Review, Source
from il2calc.model.measure import Amount, AmountFor, Bands, quantities
from il2calc.model.regimen import (
    NOT_STATED,
    Arm,
    Block,
    Days,
    Dose,
    Regimen,
    Repeat,
    Setting,
    StopRule,
)
from il2calc.text.shapes import Fault, Loc, Record, as_taken
from il2calc.units import ACTIVITY_SCALES, EXACT, Quantity, Span, exact

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames
    from il2calc.model.drug import DrugName

Draft = dict[str, Any]
Sources = tuple[str, ...]
UNREAD = Quantity(Decimal(1), "mg")
CAPPED = {"bsa_cap": "m2", "weight_cap": "kg"}
"""Each key that caps a measure of the body, and the basis of the amounts that it bears on."""
UNREAD_DAYS = Days(((1, 1),))
"""Stand in for what could not be read, while the rest of a dose is checked."""


@dataclass(slots=True)
class Built:
    """A regimen as far as it could be built.

    Args:
        regimen: None where the head of the file is broken.
        body: the outermost block, without the doses that are broken.
        unread: keys of a block or dose that could not be read or are missing; those of its
            repeat as `repeat.times`.
        locs: where each dose and block stands.
        names: the drugs by the name that the file writes, where names are looked up.
    """

    regimen: Regimen | None
    body: Block
    day_zero: bool
    arms: tuple[str, ...]
    unread: dict[Block | Dose, frozenset[str]] = field(default_factory=dict)
    locs: dict[Block | Dose, Loc] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    names: dict[str, DrugName] = field(default_factory=dict)

    def doses(self) -> Iterator[Dose]:
        """Every dose that could be read, block by block."""
        return (dose for block in self.body.walk() for dose in block.prescribed())

    def misplaced(self) -> bool:
        """Whether any block could not be placed, so that days cannot be compared across blocks."""
        return any(self.unread[block] & WHEN_OF_BLOCK for block in self.body.walk())


def build(
    data: Any, draft: Draft, settings: tuple[Setting, ...], names: DrugNames | None = None
) -> Built:
    """What a file says, in the vocabulary.

    Args:
        data: the plain data of the whole file; `draft`: what `shapes.read` could read of it.
        settings: the values that were read otherwise, already in `data`.
        names: of the drugs with a monograph.
    """
    return _Builder(data, draft, settings, names).build()


class _Builder:
    def __init__(
        self, data: Any, draft: Draft, settings: tuple[Setting, ...], names: DrugNames | None
    ) -> None:
        self.data, self.draft, self.settings, self.names = data, draft, settings, names
        entries = enumerate(draft.get("assumptions", ()), 1)
        abouts = [
            (number, entry["about"]) for number, entry in entries if entry and "about" in entry
        ]
        self.evidence = Evidence(abouts, settings)
        source = draft.get("source", ())
        whole = [(key, known.half) for key, known in BODY.items()] + [("reduce", None)]
        for key, half in whole:
            if key in draft:
                self.evidence.of_facts("", [Fact(key, half, source)], (key,))
        arms = data.get("arms")
        listed = arms if isinstance(arms, dict | list) else ()  # a list is a fault of its own
        held = ([each] if isinstance(each, str) else each for each in listed)
        arm_names = tuple(map(str, chain.from_iterable(held)))
        empty = Block("", "")
        day_zero = draft.get("numbering") == "with day 0"
        self.built = Built(None, empty, day_zero, arm_names, faults=self.evidence.faults)

    def build(self) -> Built:
        self.built.body = self._block(self.draft, (), self.draft.get("source", ()))
        if not {"regimen", "title", "for", "version", "read_on"} - self.draft.keys():
            self.built.regimen = self._regimen()
        return self.built

    def _regimen(self) -> Regimen:
        draft = self.draft
        return Regimen(
            id=draft["regimen"],
            title=draft["title"],
            treats=draft["for"],
            version=draft["version"],
            read_on=draft["read_on"],
            body=self.built.body,
            sources={
                key: Source(key=key, **{"cite": "", "read": "", **(entry or {})})
                for key, entry in draft.get("sources", {}).items()
            },
            reviewed_by=draft.get("reviewed_by"),
            day_zero=self.built.day_zero,
            arms={name: self._arm(name, entry) for name, entry in draft.get("arms", {}).items()},
            default_arm=draft.get("default_arm"),
            never_reduce=draft.get("reduce") == "no",
            alongside=self._notes("alongside"),
            assumptions=tuple(
                assumptions(self.data, draft, self.built.arms, self.evidence.settings)
            ),
            findings=self._notes("findings"),
            settings=self.settings,
            names=tuple(self.built.names.values()),
            starts_on=draft.get("starts_on", ()),
            stop_rules=tuple(self._stop_rules()),
            reviews=tuple(
                Review(**each)
                for each in draft.get("reviews", ())
                if len(each or ()) == len(REVIEW.keys)
            ),
        )

    def _block(self, draft: Draft, loc: Loc, source: Sources) -> Block:
        path = dotted(self.data, loc)
        source = self._sources_of(draft, loc) or source
        facts = [Fact(key, BLOCK[key].half, source) for key in fact_keys(BLOCK) if key in draft]
        facts += self._repeat_facts(draft, BLOCK_REPEAT, source)
        doses = [
            self._dose(dose, (*loc, "doses", index), source)
            for index, dose in enumerate(draft.get("doses", ()))
            if dose is not None
        ]
        block = Block(
            name=draft.get("block", path.rsplit(".", 1)[-1]) if loc else "",
            path=path,
            doses=tuple(dose for dose in doses if not dose.as_needed),
            as_needed=tuple(dose for dose in doses if dose.as_needed),
            blocks=tuple(
                self._block(inner, (*loc, "blocks", index), source)
                for index, inner in enumerate(draft.get("blocks", ()))
                if inner is not None
            ),
            repeat=self._repeat(draft, loc),
            provenance=self.evidence.of_facts(path, facts, loc),
            **_fields(draft, BLOCK),
        )
        self.built.locs[block] = loc
        self.built.unread[block] = self._unread(draft, loc, A_BLOCK if loc else REGIMEN)
        return block

    def _dose(self, draft: Draft, loc: Loc, source: Sources) -> Dose:
        path = dotted(self.data, loc)
        overs = _overs(draft.get("over"))
        if isinstance(draft.get("over"), dict) and not overs:
            del draft["over"]
        facts = [*self._facts(draft, loc, source)]
        stated = [fact for fact in facts if _value(draft, fact.key) != NOT_STATED]
        provenance = self.evidence.of_facts(path, stated, loc)
        for fact in facts:
            if fact not in stated:
                provenance[fact.key] = self.evidence.of(path, fact._replace(sources=()))
        for key, known in DOSE.items():
            if known.addable and known.half == "how much" and key not in draft:
                provenance[key] = self.evidence.of(path, Fact(key, known.half, ()))
        amount = draft.get("amount", UNREAD)
        amounts = self._amounts(amount, (*loc, "amount"))
        own = {**self._of_body(amounts.values(), draft, provenance), **draft}
        if overs:
            own["over"] = _all_of(overs)
        written = draft.get("drug", path)
        dose = Dose(
            name=draft.get("dose") or written,
            drug=self._drug(written) if "drug" in draft else written,
            path=path,
            amounts={
                arm: self._in_iu(amount, written, (*loc, "amount"))
                for arm, amount in amounts.items()
            },
            repeat=self._repeat(draft, loc),
            during_delay="during_delay" in draft,
            as_needed="as_needed" in draft or getattr(draft.get("at"), "most", None) is not None,
            provenance=provenance,
            spelled=written,
            overs=overs,
            **{"route": "", "days": UNREAD_DAYS, **_fields(own, DOSE)},
        )
        self.built.locs[dose] = loc
        self.built.unread[dose] = self._unread(draft, loc, A_DOSE)
        return dose

    def _amounts(self, read: Any, loc: Loc) -> dict[str | None, Amount]:
        """The amounts of a dose by arm; those by bands of patients are one for every arm."""
        if not isinstance(read, dict):
            return {None: read}
        named = {name: amount or UNREAD for name, amount in read.items()}
        bands = [name for name in named if is_band(name)]
        if not bands or any(map(like_band, {*named} - {*bands, *self.built.arms})):
            return named
        if len(bands) < len(named):
            self.built.faults.append((loc, ARMS_AND_BANDS))
            return {None: UNREAD}
        for name, amount in named.items():
            if isinstance(amount, str):
                problem = f"is {NOT_STATED}; leave the band out, and patients in it are refused"
                self.built.faults.append(((*loc, name), problem))
                return {None: UNREAD}
        found = (AmountFor(band(name), amount) for name, amount in named.items())
        return {None: Bands(tuple(sorted(found, key=lambda each: each.within.begins())))}

    def _of_body(
        self, amounts: Iterable[Amount], draft: Draft, provenance: dict[str, Provenance]
    ) -> Draft:
        """What the file says, for every dose, of how much of a body counts; with what it rests on.

        A dose that is calculated from neither weight nor body surface area has none of it, nor has
        one that says it for itself.
        """
        bases = {quantity.basis for amount in amounts for quantity in quantities(amount)}
        found = {
            key: self.draft[key]
            for key, basis in CAPPED.items()
            if key in self.draft and key not in draft and basis in bases
        }
        for key in found:
            fact = Fact(key, BODY[key].half, self.draft.get("source", ()))
            provenance[key] = self.evidence.of("", fact)
        return found

    def _in_iu(self, amount: Amount, written: str, loc: Loc) -> Amount:
        """An amount, or each of its bands, in units that the drug's monograph counts in."""
        if isinstance(amount, Bands):
            bands = (
                band._replace(amount=self._counted(band.amount, written, loc))
                for band in amount.bands
            )
            return Bands(tuple(bands))
        return amount if isinstance(amount, str) else self._counted(amount, written, loc)

    def _counted(self, amount: Quantity, written: str, loc: Loc) -> Quantity:
        """An amount in an older scale of activity as the one that the drug's monograph makes of it.

        Without monographs at hand its unit alone is right, which is all that is asked for then.
        """
        if amount.unit not in ACTIVITY_SCALES:
            return amount
        if self.names is None:
            return amount._replace(unit="IU")
        drug = self.names.monograph(written)
        factor = drug.scale(amount.unit) if drug is not None else None
        if factor is None:
            problem = f"is in {amount.unit}, and {written} has no factor for doses from them"
            self.built.faults.append((loc, f"{problem}; write it in a unit of its monograph"))
            return UNREAD
        each = EXACT.divide(factor.right.value, factor.left.value)
        told = f"{exact(amount.value)} {amount.unit}{amount.tail()} x {exact(each)}"
        value = EXACT.multiply(amount.value, each)
        return amount._replace(value=value, unit=factor.right.unit, told=told)

    def _drug(self, written: str) -> str:
        """The name by which a drug's monograph is found; as written where there is none."""
        if self.names is None:
            return written
        if written not in self.built.names:
            self.built.names[written] = self.names.beside(written, self.built.names)
        return self.built.names[written].drug

    def _facts(self, draft: Draft, loc: Loc, source: Sources) -> Iterable[Fact]:
        own = self._sources_of(draft, loc) or source
        by_key = own if isinstance(own, dict) else dict.fromkeys(DOSE, own)
        for key in fact_keys(DOSE):
            half, behind = DOSE[key].half, by_key.get(key) or source
            if isinstance(draft.get(key), dict):
                mapping = self._plain((*loc, key)).get("source")
                behind = (mapping,) if isinstance(mapping, str) and mapping else behind
                yield from (Fact(f"{key}[{arm}]", half, behind) for arm in draft[key])
            elif key in draft:
                yield Fact(key, half, behind)
        yield from self._repeat_facts(draft, DOSE_REPEAT, by_key.get("day") or source)

    def _repeat_facts(self, draft: Draft, keys: Keys, source: Sources) -> Iterable[Fact]:
        repeat = draft.get("repeat", {})
        behind = repeat.get("source") or source
        for key in fact_keys(keys):
            if key in repeat:
                yield Fact(f"repeat.{key}", keys[key].half, behind)

    def _sources_of(self, draft: Draft, loc: Loc) -> Any:
        """A mapping's own sources; a citation that could not be read still stands for one."""
        unread = ("?",) if "source" in self._plain(loc) else ()
        return draft.get("source") or unread

    def _repeat(self, draft: Draft, loc: Loc) -> Repeat | None:
        repeat = draft.get("repeat")
        if repeat is None:
            return None
        up_to, every = repeat.get("up_to"), repeat.get("every")
        count = repeat.get("times", up_to)
        if count is None and {"times", "up_to"} & self._of_repeat(loc).keys():
            count = 1
        if isinstance(up_to, Span):
            count = -(-up_to.shortest // every.shortest) if every else 1
        return Repeat(count=count, at_most="up_to" in repeat, **_fields(repeat, BLOCK_REPEAT))

    def _plain(self, loc: Loc) -> dict[str, Any]:
        data = value_at(self.data, loc)
        return data if isinstance(data, dict) else {}

    def _of_repeat(self, loc: Loc) -> dict[str, Any]:
        return as_taken(REPEATS["blocks"], self._plain((*loc, "repeat")))

    def _unread(self, draft: Draft, loc: Loc, record: Record) -> frozenset[str]:
        plain, repeat = as_taken(record, self._plain(loc)), draft.get("repeat", {})
        inside = self._of_repeat(loc) if plain.get("repeat") else {}
        return frozenset(
            [key for key in record.keys if key in {*plain, *record.required} and key not in draft]
            + [f"repeat.{key}" for key in BLOCK_REPEAT if key in inside and key not in repeat]
        )

    def _notes(self, key: str) -> tuple[Note, ...]:
        inherited = self._sources_of(self.draft, ())
        notes = []
        for index, entry in enumerate(self.draft.get(key, ())):
            sources = (entry or {}).get("source") or inherited
            if entry is not None and not sources:
                problem = "has no source; add 'source: key, locator'"
                self.built.faults.append(((key, index), problem))
            if entry and "text" in entry:
                whose = (entry.get(each) for each in ("drug", "block", "arm"))
                total = PublishedTotal(*entry["total"], *whose) if "total" in entry else None
                notes.append(Note(entry["text"], "; ".join(sources), "head" in entry, total))
        return tuple(notes)

    def _stop_rules(self) -> Iterable[StopRule]:
        """When the source says to stop, each with the drug and the block that it speaks of."""
        inherited = self._sources_of(self.draft, ())
        doses = list(self.built.doses())
        drugs = list(dict.fromkeys(dose.drug for dose in doses))
        called = {name: dose.drug for dose in doses for name in (dose.drug, dose.written)}
        blocks = [block for block in self.built.body.walk() if block.name]
        for index, entry in enumerate(self.draft.get("stop_rules", ())):
            if entry is None or not {"after", "text"} <= entry.keys():
                continue
            loc: Loc = ("stop_rules", index)
            sources, drug = entry.get("source") or inherited, entry.get("drug")
            if not sources:
                self.built.faults.append((loc, "has no source; add 'source: key, locator'"))
            if drug is None and drugs[1:] and "delay" not in entry["after"]:
                problem = f"does not name the drug; add 'drug: {drugs[0]}'"
                self.built.faults.append((loc, problem))
            if drug is not None and drug not in called:
                problem = f"drug {drug!r} is not in this file; known: {', '.join(drugs)}"
                self.built.faults.append(((*loc, "drug"), problem))
            block = entry.get("block")
            if block is not None and all(block not in (each.name, each.path) for each in blocks):
                known = ", ".join(each.path for each in blocks) or "none"
                problem = f"block {block!r} is not in this file; known: {known}"
                self.built.faults.append(((*loc, "block"), problem))
            whose = called.get(drug or "", drugs[0] if drugs else None)
            yield StopRule(
                text=entry["text"],
                source="; ".join(sources),
                drug=None if "delay" in entry["after"] else whose,
                block=block,
                **entry["after"],
            )

    def _arm(self, name: str, entry: Any) -> Arm:
        each = entry if isinstance(entry, dict) else {"text": entry}
        source = "; ".join(each.get("source") or self.draft.get("source", ())) or None
        text, caution = each.get("text") or "", each.get("caution")
        return Arm(name, text, caution, source, each.get("for", {}))


def _overs(read: Any) -> tuple[tuple[Days, Span], ...]:
    """The infusion times of a dose by turn; none where it has one, or not all could be read."""
    if isinstance(read, dict) and None not in read.values():
        with suppress(ValueError):
            return tuple((turns(key), over) for key, over in read.items())
    return ()


def _all_of(overs: tuple[tuple[Days, Span], ...]) -> Span:
    """The infusion times of all turns as one range, told one by one."""
    told = ", ".join(f"{over.text} in turn {days.text}" for days, over in overs)
    return Span(min(o.shortest for _, o in overs), max(o.longest for _, o in overs), told)


def _value(draft: Draft, fact: str) -> Any:
    """What was read of a fact, which may be one of a mapping: `amount[low]`."""
    key, _, inner = fact.removesuffix("]").partition("[")
    return draft[key][inner] if inner else draft.get(key)


def _fields(draft: Draft, keys: Keys) -> dict[str, Any]:
    """What stands in the model as it was read, by its name there."""
    return {known.field: draft[key] for key, known in keys.items() if known.field and key in draft}
