"""Build a regimen from what could be read of its file; only broken parts are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from il2calc.language.fields import CAPS, band, is_band, turns
from il2calc.language.paths import dotted, value_at
from il2calc.language.provenance import NO_SOURCE, Evidence, Fact, assumptions
from il2calc.language.regimen_keys import (
    BLOCK,
    BLOCK_RECORD,
    BLOCK_REPEAT,
    BLOCK_TIMING_KEYS,
    BODY_CAPS,
    DOSE,
    DOSE_RECORD,
    DOSE_REPEAT,
    REGIMEN,
    REPEAT_RECORDS,
    REVIEW,
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
from il2calc.text.shapes import Fault, Loc, Record, with_nearest_keys
from il2calc.units import ACTIVITY_SCALES, EXACT, Quantity, Span, exact

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames
    from il2calc.model.drug import DrugName

Draft = dict[str, Any]
Sources = tuple[str, ...]
UNREAD_AMOUNT = Quantity(Decimal(1), "mg")
UNREAD_DAYS = Days(((1, 1),))
"""This and `UNREAD_AMOUNT` replace what could not be read while the rest of a dose is checked."""


@dataclass(slots=True)
class Built:
    """A regimen as far as it could be built.

    Args:
        regimen: None if the head of the file is broken.
        body: the outermost block, without the doses that are broken.
        unread: keys of each block or dose that are missing or could not be read; those of its
            repeat are written like `repeat.times`.
        locs: the location of each dose and block in the plain data.
        names: each drug by its name in the file; empty if names are not looked up.
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
        """Every dose that could be built, block by block."""
        return (dose for block in self.body.walk() for dose in block.prescribed())

    def unplaced(self) -> bool:
        """Whether the position of some block is unread; then days of blocks cannot be compared."""
        return any(self.unread[block] & BLOCK_TIMING_KEYS for block in self.body.walk())


def build(
    data: Any, draft: Draft, settings: tuple[Setting, ...], names: DrugNames | None = None
) -> Built:
    """Build the model of a regimen file.

    Args:
        data: the plain data of the whole file, `settings` included.
        draft: what `shapes.read` could read of it.
        names: of the drugs with a monograph; None = keep each drug's name as it is written.
    """
    return _Builder(data, draft, settings, names).build()


class _Builder:
    def __init__(
        self, data: Any, draft: Draft, settings: tuple[Setting, ...], names: DrugNames | None
    ) -> None:
        self.data, self.draft, self.settings, self.names = data, draft, settings, names
        self.evidence = Evidence(draft.get("assumptions", ()), settings)
        halves = {**{key: cap.half for key, cap in BODY_CAPS.items()}, "reduce": None}
        for key, half in halves.items():
            if key in draft:
                self.evidence.of_facts("", [Fact(key, half, draft.get("source", ()))], (key,))
        arms = data.get("arms")
        listed = arms if isinstance(arms, dict | list) else ()  # a list is a fault, but names arms
        groups = ([arm] if isinstance(arm, str) else arm for arm in listed)
        arm_names = tuple(map(str, chain.from_iterable(groups)))
        day_zero = draft.get("numbering") == "with day 0"
        self.built = Built(None, Block("", ""), day_zero, arm_names, faults=self.evidence.faults)

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
            alongside=tuple(self._notes("alongside")),
            assumptions=tuple(
                assumptions(self.data, draft, self.built.arms, self.evidence.settings)
            ),
            findings=tuple(self._notes("findings")),
            settings=self.settings,
            names=tuple(self.built.names.values()),
            starts_on=draft.get("starts_on", ()),
            stop_rules=tuple(self._stop_rules()),
            reviews=tuple(
                Review(**review)
                for review in draft.get("reviews", ())
                if len(review or ()) == len(REVIEW.keys)
            ),
        )

    def _block(self, draft: Draft, loc: Loc, sources: Sources) -> Block:
        path = dotted(self.data, loc)
        sources = self._sources_of(draft, loc) or sources
        facts = [Fact(key, BLOCK[key].half, sources) for key in fact_keys(BLOCK) if key in draft]
        facts += self._repeat_facts(draft, BLOCK_REPEAT, sources)
        doses = [
            self._dose(dose, (*loc, "doses", index), sources)
            for index, dose in enumerate(draft.get("doses", ()))
            if dose is not None
        ]
        block = Block(
            name=draft.get("block", path.rsplit(".", 1)[-1]) if loc else "",
            path=path,
            doses=tuple(dose for dose in doses if not dose.as_needed),
            as_needed=tuple(dose for dose in doses if dose.as_needed),
            blocks=tuple(
                self._block(inner, (*loc, "blocks", index), sources)
                for index, inner in enumerate(draft.get("blocks", ()))
                if inner is not None
            ),
            repeat=self._repeat(draft, loc),
            provenance=self.evidence.of_facts(path, facts, loc),
            **_model_fields(draft, BLOCK),
        )
        self.built.locs[block] = loc
        self.built.unread[block] = self._unread_keys(draft, loc, BLOCK_RECORD if loc else REGIMEN)
        return block

    def _dose(self, draft: Draft, loc: Loc, inherited: Sources) -> Dose:
        path = dotted(self.data, loc)
        overs = _infusion_times(draft.get("over"))
        if isinstance(draft.get("over"), dict) and not overs:
            del draft["over"]
        facts = [*self._dose_facts(draft, loc, inherited)]
        stated = [fact for fact in facts if _draft_value(draft, fact.key) != NOT_STATED]
        provenance = self.evidence.of_facts(path, stated, loc)
        silent = [fact._replace(sources=()) for fact in facts if fact not in stated]
        absent = {key: spec for key, spec in DOSE.items() if spec.addable and key not in draft}
        silent += [Fact(key, spec.half, ()) for key, spec in absent.items() if spec.half != "when"]
        provenance |= {fact.key: self.evidence.of(path, fact) for fact in silent}
        written, at = draft.get("drug", path), draft.get("at")
        amounts = self._amounts(draft.get("amount", UNREAD_AMOUNT), (*loc, "amount"))
        with_caps = {**self._inherited_caps(amounts.values(), draft, provenance), **draft}
        if overs:
            with_caps["over"] = _combined(overs)
        dose = Dose(
            name=draft.get("dose") or written,
            drug=self._drug_name(written) if "drug" in draft else written,
            path=path,
            amounts={
                arm: self._in_monograph_units(amount, written, (*loc, "amount"))
                for arm, amount in amounts.items()
            },
            repeat=self._repeat(draft, loc),
            during_delay="during_delay" in draft,
            as_needed="as_needed" in draft or (at is not None and at.most is not None),
            provenance=provenance,
            spelled=written,
            overs=overs,
            **{"route": "", "days": UNREAD_DAYS, **_model_fields(with_caps, DOSE)},
        )
        self.built.locs[dose] = loc
        self.built.unread[dose] = self._unread_keys(draft, loc, DOSE_RECORD)
        return dose

    def _amounts(self, value: Any, loc: Loc) -> dict[str | None, Amount]:
        """The amounts of a dose by arm; bands of patients are one amount for every arm (None)."""
        if not isinstance(value, dict):
            return {None: value}
        amounts = {name: amount or UNREAD_AMOUNT for name, amount in value.items()}
        band_names = [name for name in amounts if is_band(name)]
        if not band_names or any(map(like_band, {*amounts} - {*band_names, *self.built.arms})):
            return amounts
        if len(band_names) < len(amounts):
            self.built.faults.append((loc, ARMS_AND_BANDS))
            return {None: UNREAD_AMOUNT}
        for name, amount in amounts.items():
            if isinstance(amount, str):
                problem = f"is {NOT_STATED}; leave the band out, and patients in it are refused"
                self.built.faults.append(((*loc, name), problem))
                return {None: UNREAD_AMOUNT}
        in_bands = (AmountFor(band(name), amount) for name, amount in amounts.items())
        return {None: Bands(tuple(sorted(in_bands, key=lambda entry: entry.within.begins())))}

    def _inherited_caps(
        self, amounts: Iterable[Amount], draft: Draft, provenance: dict[str, Provenance]
    ) -> Draft:
        """The caps on weight and body surface area that a dose takes from the head of the file.

        It takes those for the bases of its amounts, unless it has its own; what each cap rests on
        is added to `provenance`.
        """
        bases = {quantity.basis for amount in amounts for quantity in quantities(amount)}
        caps = {
            key: self.draft[key]
            for key, (basis, _) in CAPS.items()
            if key in self.draft and key not in draft and basis in bases
        }
        for key in caps:
            fact = Fact(key, BODY_CAPS[key].half, self.draft.get("source", ()))
            provenance[key] = self.evidence.of("", fact)
        return caps

    def _in_monograph_units(self, amount: Amount, written: str, loc: Loc) -> Amount:
        """An amount, or that of each of its bands, in a unit of the drug's monograph."""
        if isinstance(amount, Bands):
            bands = (
                band._replace(amount=self._converted(band.amount, written, loc))
                for band in amount.bands
            )
            return Bands(tuple(bands))
        return amount if isinstance(amount, str) else self._converted(amount, written, loc)

    def _converted(self, amount: Quantity, written: str, loc: Loc) -> Quantity:
        """An amount in an older scale of activity, converted by the factor of the monograph.

        Without monographs only its unit becomes right, not its value; no more is needed then.
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
            return UNREAD_AMOUNT
        per_unit = EXACT.divide(factor.right.value, factor.left.value)
        working = f"{exact(amount.value)} {amount.unit}{amount.tail()} x {exact(per_unit)}"
        value = EXACT.multiply(amount.value, per_unit)
        return amount._replace(value=value, unit=factor.right.unit, conversion=working)

    def _drug_name(self, written: str) -> str:
        """The name of a drug's monograph; as written if it has none."""
        if self.names is None:
            return written
        if written not in self.built.names:
            self.built.names[written] = self.names.look_up_in_file(written, self.built.names)
        return self.built.names[written].drug

    def _dose_facts(self, draft: Draft, loc: Loc, inherited: Sources) -> Iterable[Fact]:
        sources = self._sources_of(draft, loc) or inherited
        sources_by_key = sources if isinstance(sources, dict) else dict.fromkeys(DOSE, sources)
        for key in fact_keys(DOSE):
            half, cited = DOSE[key].half, sources_by_key.get(key) or inherited
            if isinstance(draft.get(key), dict):
                citation = self._plain_mapping((*loc, key)).get("source")
                cited = (citation,) if isinstance(citation, str) and citation else cited
                yield from (Fact(f"{key}[{arm}]", half, cited) for arm in draft[key])
            elif key in draft:
                yield Fact(key, half, cited)
        yield from self._repeat_facts(draft, DOSE_REPEAT, sources_by_key.get("day") or inherited)

    def _repeat_facts(self, draft: Draft, keys: Keys, inherited: Sources) -> Iterable[Fact]:
        repeat = draft.get("repeat", {})
        cited = repeat.get("source") or inherited
        for key in fact_keys(keys):
            if key in repeat:
                yield Fact(f"repeat.{key}", keys[key].half, cited)

    def _sources_of(self, draft: Draft, loc: Loc) -> Any:
        """A mapping's own sources; a citation that could not be read counts as a source, `?`."""
        unread = ("?",) if "source" in self._plain_mapping(loc) else ()
        return draft.get("source") or unread

    def _repeat(self, draft: Draft, loc: Loc) -> Repeat | None:
        repeat = draft.get("repeat")
        if repeat is None:
            return None
        up_to, every = repeat.get("up_to"), repeat.get("every")
        count = repeat.get("times", up_to)
        if count is None and {"times", "up_to"} & self._plain_repeat(loc).keys():
            count = 1
        if isinstance(up_to, Span):
            count = -(-up_to.shortest // every.shortest) if every else 1
        return Repeat(count=count, at_most="up_to" in repeat, **_model_fields(repeat, BLOCK_REPEAT))

    def _plain_mapping(self, loc: Loc) -> dict[str, Any]:
        data = value_at(self.data, loc)
        return data if isinstance(data, dict) else {}

    def _plain_repeat(self, loc: Loc) -> dict[str, Any]:
        return with_nearest_keys(REPEAT_RECORDS["blocks"], self._plain_mapping((*loc, "repeat")))

    def _unread_keys(self, draft: Draft, loc: Loc, record: Record) -> frozenset[str]:
        data, repeat = with_nearest_keys(record, self._plain_mapping(loc)), draft.get("repeat", {})
        repeat_data = self._plain_repeat(loc) if data.get("repeat") else {}
        return frozenset(
            [key for key in record.keys if key in {*data, *record.required} and key not in draft]
            + [f"repeat.{key}" for key in BLOCK_REPEAT if key in repeat_data and key not in repeat]
        )

    def _citation(self, entry: Draft, loc: Loc) -> str:
        """The sources of a note or a stop rule, or else those of the file."""
        sources = entry.get("source") or self._sources_of(self.draft, ())
        if not sources:
            self.built.faults.append((loc, NO_SOURCE))
        return "; ".join(sources)

    def _notes(self, key: str) -> Iterator[Note]:
        for index, entry in enumerate(self.draft.get(key, ())):
            source = "" if entry is None else self._citation(entry, (key, index))
            if entry and "text" in entry:
                scope = (entry.get(scope_key) for scope_key in ("drug", "block", "arm"))
                total = PublishedTotal(*entry["total"], *scope) if "total" in entry else None
                yield Note(entry["text"], source, "head" in entry, total)

    def _stop_rules(self) -> Iterator[StopRule]:
        drugs = {
            name.casefold(): dose.drug
            for dose in self.built.doses()
            for name in (dose.written, dose.drug)
        }
        for index, entry in enumerate(self.draft.get("stop_rules", ())):
            if entry is None or not {"after", "text"} <= entry.keys():
                continue
            drug = entry.get("drug") or next(iter(drugs), "")
            yield StopRule(
                text=entry["text"],
                source=self._citation(entry, ("stop_rules", index)),
                drug=None if "delay" in entry["after"] else drugs.get(drug.casefold()),
                block=entry.get("block"),
                **entry["after"],
            )

    def _arm(self, name: str, entry: Any) -> Arm:
        fields = entry if isinstance(entry, dict) else {"text": entry}
        source = "; ".join(fields.get("source") or self.draft.get("source", ())) or None
        text, caution = fields.get("text") or "", fields.get("caution")
        return Arm(name, text, caution, source, fields.get("for", {}))


def _infusion_times(value: Any) -> tuple[tuple[Days, Span], ...]:
    """The infusion times of a dose by turn; none if it has only one, or some could not be read."""
    if isinstance(value, dict) and None not in value.values():
        with suppress(ValueError):
            return tuple((turns(key), over) for key, over in value.items())
    return ()


def _combined(overs: tuple[tuple[Days, Span], ...]) -> Span:
    """The infusion times of all turns as one range, whose text lists them."""
    text = ", ".join(f"{over.text} in turn {days.text}" for days, over in overs)
    times = [over for _, over in overs]
    return Span(min(time.shortest for time in times), max(time.longest for time in times), text)


def _draft_value(draft: Draft, fact: str) -> Any:
    """The value read for a fact, which may be one entry of a mapping: `amount[low]`."""
    key, _, name = fact.removesuffix("]").partition("[")
    return draft[key][name] if name else draft.get(key)


def _model_fields(draft: Draft, keys: Keys) -> dict[str, Any]:
    """The values that the model takes over unchanged, by their names in the model."""
    return {spec.field: draft[key] for key, spec in keys.items() if spec.field and key in draft}
