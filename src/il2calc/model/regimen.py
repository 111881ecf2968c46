"""The vocabulary of a published regimen: what a regimen file says, and nothing else.

Everything here is frozen. `language` makes it from text; `plan` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from il2calc.model.evidence import NO_FILE, Assumption, Note, Origin, Provenance, Review, Source
from il2calc.model.measure import IN_WORDS, Amount, Bands, Counted, DosingWeight, Within
from il2calc.model.patient import Sex
from il2calc.units import Quantity, Span, safe_quantity, safe_text

if TYPE_CHECKING:
    from il2calc.model.drug import DrugName

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOT_STATED: Final = "not stated"
"""What a file writes for an amount or a route that its source does not say."""


def amount_in_words(amount: Amount) -> str:
    """An amount as people read it, each band with whom it is for."""
    if isinstance(amount, Bands):
        *told, last = (f"{_in_words(band.amount)} ({band.within.text})" for band in amount.bands)
        return f"{', '.join(told)} and {last}" if told else last
    return f"(amount {NOT_STATED})" if isinstance(amount, str) else _in_words(amount)


def _in_words(amount: Quantity) -> str:
    """An amount, with that in another scale of which it came."""
    text = safe_quantity(amount)
    return f"{text} ({amount.told})" if amount.told else text


UNPLANNED = "not of the plan"
"""The name of a dose that a course log adds, and that no file has."""
OPEN = "open"
"""How a file writes a rest of which it does not say how long it is."""

ROUTES = {
    "IV bolus": "intravenous bolus",
    "IV infusion": "intravenous infusion",
    "IV": "intravenous",
    "SC": "subcutaneous",
    "IM": "intramuscular",
    "oral": "oral",
    "intrathecal": "intrathecal",
    "intravesical": "intravesical",
    "intraperitoneal": "intraperitoneal",
    "intrapleural": "intrapleural",
    "intra-arterial": "intra-arterial",
    "intralesional": "intralesional",
    "intradermal": "intradermal",
    "topical": "topical",
    "transdermal": "transdermal",
    "inhaled": "inhaled",
    "nasal": "nasal",
    "rectal": "rectal",
}
"""Route as a file writes it -> in words for people."""


class Days(NamedTuple):
    """Days as a file lists them: ranges of day numbers, the last perhaps open (`6 onward`)."""

    ranges: tuple[tuple[int, int], ...]
    onward: int | None = None
    text: str = ""

    def offsets(self, day_zero: bool, length: int | None) -> Iterator[int]:
        """Days from day 1 (0 = day 1, -1 = the day before it) on which something is due.

        Args:
            day_zero: whether the regimen's numbering has a day 0.
            length: length of the turn [days]; needed where the days run `onward`.
        """
        for first, last in self.ranges:
            yield from range(offset_of(first, day_zero), offset_of(last, day_zero) + 1)
        if self.onward is not None:
            yield from range(offset_of(self.onward, day_zero), length or 0)

    def holds(self, number: int) -> bool:
        """Whether a number (of a turn) is among those listed."""
        if self.onward is not None and number >= self.onward:
            return True
        return any(first <= number <= last for first, last in self.ranges)


def offset_of(day: int, day_zero: bool) -> int:
    """How many days a numbered day lies after day 1; without a day 0, day -1 precedes day 1.

    >>> offset_of(1, False), offset_of(-1, False), offset_of(-1, True)
    (0, -1, -2)
    """
    return day - 1 if day > 0 or day_zero else day


def day_at(offset: int, day_zero: bool) -> int:
    """The number of the day that lies so many days after day 1.

    >>> day_at(0, False), day_at(-1, False), day_at(-1, True)
    (1, -1, 0)
    """
    return offset + 1 if offset >= 0 or day_zero else offset


class At(NamedTuple):
    """When in its day a dose is due.

    `clock`: minutes after midnight. `offset`: minutes after the day's start time.
    `times a day`: offsets from the start time, spread evenly over waking hours. `as needed`: at
    most `most` times a day, at no stated times.
    """

    kind: Literal["clock", "offset", "times a day", "as needed"]
    minutes: tuple[int, ...]
    text: str = ""
    latest: tuple[int, ...] = ()
    most: int | None = None

    @property
    def latest_minutes(self) -> tuple[int, ...]:
        """The same at their latest: other ones where an offset is a range."""
        return self.latest or self.minutes


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often something comes again.

    Args:
        count: turns in all, never "additional" ones; None = open-ended.
        at_most: the count is a maximum (`up_to`).
        every: start to start; exactly one of `every` and `rest` is given.
        rest: end to start.
        only_if: the condition of every turn after the first.
    """

    count: int | None
    at_most: bool = False
    every: Span | None = None
    rest: Span | None = None
    only_if: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Dose:
    """A prescribed dose: what is given, how much, how, and on which days of its block.

    Args:
        drug: by the name of its monograph, else as the file writes it.
        up_to: how many of its days and times are given at the most, in each turn; None = all.
        spelled: the drug as the file writes it, where that is another name.
        bsa_cap: the most that the body surface area counts for, by the dose or its file [m2].
        weight_cap: the most that the weight counts for, by the dose or its file [kg].
        as_needed: given when it is needed: it is in no timetable and in no total.
        overs: its infusion times by turn, where they differ; `over` then is all of them as a range.
        whole: the dose as its file has it, where this is that in one of its turns.
        weight: which weight an amount per kg is calculated with; None = the actual one.
    """

    name: str
    drug: str
    path: str
    amounts: Mapping[str | None, Amount]
    route: str
    days: Days
    turns: Days | None = None
    at: At | None = None
    over: Span | None = None
    repeat: Repeat | None = None
    cap: Quantity | None = None
    round: Quantity | None = None
    only_if: str | None = None
    arms: tuple[str, ...] | None = None
    during_delay: bool = False
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)
    spelled: str | None = None
    up_to: int | None = None
    bsa_cap: Decimal | None = None
    weight_cap: Decimal | None = None
    as_needed: bool = False
    overs: tuple[tuple[Days, Span], ...] = ()
    whole: Dose | None = None
    weight: DosingWeight | None = None

    @property
    def as_written(self) -> Dose:
        """The dose as its file has it, in all of its turns."""
        return self.whole or self

    @property
    def counted(self) -> Counted:
        """How much of a body counts for this dose."""
        path = self.path if self.weight is not None else ""
        return Counted(self.bsa_cap, self.weight_cap, self.weight, path)

    @property
    def written(self) -> str:
        """The drug as the file writes it; logs, calendars and paths know it by this name."""
        return self.spelled or self.drug

    @property
    def own_name(self) -> str | None:
        """The name that its file gives it beside its drug's; None where there is none."""
        return None if self.name in (self.drug, self.written) else self.name

    @property
    def unplanned(self) -> bool:
        """Whether no file has it: a course log added it."""
        return self.name == UNPLANNED

    def lasting(self, turns: Days, over: Span) -> Dose:
        """The dose with one of its infusion times, which is that of some turns."""
        own = {f"over[{other.text}]" for other, _ in self.overs if other != turns}
        behind = {key: each for key, each in self.provenance.items() if key not in own}
        return replace(self, over=over, overs=(), whole=self, provenance=behind)

    def stated(self) -> Iterator[tuple[str | None, Quantity]]:
        """Every amount of its file, with the band of patients or the arm that it is for."""
        for arm, amount in self.amounts.items():
            if isinstance(amount, Bands):
                yield from ((each.within.text, each.amount) for each in amount.bands)
            elif not isinstance(amount, str):
                yield arm, amount

    def amount(self, arm: str | None) -> Amount:
        """The amount in an arm; the same in every arm where the file gives one amount."""
        return self.amounts[None] if None in self.amounts else self.amounts[arm]

    def exists_in(self, arm: str | None) -> bool:
        """Whether the dose is given in an arm."""
        return self.arms is None or arm in self.arms

    def is_in_turn(self, number: int) -> bool:
        """Whether the dose is given in a turn of its block."""
        return self.turns is None or self.turns.holds(number)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named stretch of days: doses on its own days and blocks within it.

    Args:
        as_needed: doses that are given when they are needed; no timetable has them.
        count_as: the name under which its turns are numbered through with those of others.
    """

    name: str
    path: str
    doses: tuple[Dose, ...] = ()
    blocks: tuple[Block, ...] = ()
    repeat: Repeat | None = None
    day: int | None = None
    rest: Span | None = None
    only_if: str | None = None
    arms: tuple[str, ...] | None = None
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)
    count_as: str | None = None
    window: Span | None = None
    as_needed: tuple[Dose, ...] = ()

    def prescribed(self) -> tuple[Dose, ...]:
        """All of its own doses: those on its days, and those that are given as needed."""
        return (*self.doses, *self.as_needed)

    def open_rests(self) -> Iterator[str]:
        """Paths of its rests, after it and between its turns, that the file leaves open."""
        if self.rest is not None and self.rest.text == OPEN:
            yield f"{self.path}.rest"
        between = self.repeat.rest if self.repeat is not None else None
        if between is not None and between.text == OPEN:
            yield f"{self.path}.repeat.rest"

    def exists_in(self, arm: str | None) -> bool:
        """Whether the block is part of an arm."""
        return self.arms is None or arm in self.arms

    def in_arm(self, arm: str | None) -> Iterator[Block]:
        """This block and every block within it that are part of an arm, outer before inner."""
        if self.exists_in(arm):
            yield self
            for inner in self.blocks:
                yield from inner.in_arm(arm)

    def walk(self) -> Iterator[Block]:
        """This block and every block within it, outer before inner."""
        yield self
        for inner in self.blocks:
            yield from inner.walk()


class Arm(NamedTuple):
    """A trial arm, cohort or dose level, and what a careful reader should know of it.

    Args:
        whom: the ranges of measures, and the sex, of those it is for; by their keys.
    """

    name: str
    text: str
    caution: str | None = None
    source: str | None = None
    whom: Mapping[str, Within | Sex] = MappingProxyType({})

    def for_whom(self) -> str:
        """Whom it is for, in words; empty where its file does not say."""
        return ", ".join(
            f"{IN_WORDS[each.measure]} {each.text}" if isinstance(each, Within) else each
            for each in self.whom.values()
        )


class StopRule(NamedTuple):
    """When a source says to stop: after so many held doses, so long a delay, or an amount.

    Args:
        after: as the file has it. One of the next three says what it is.
        held: doses.
        delay: of a block turn [days].
        amount: in all, perhaps per kg or m2.
        drug: whose doses count; None = the only drug, or for a delay every block.
        block: counted anew in each turn of this block; None = over the whole course.
    """

    after: str
    text: str
    source: str
    held: int | None = None
    delay: int | None = None
    amount: Quantity | None = None
    drug: str | None = None
    block: str | None = None


class Setting(NamedTuple):
    """A value read otherwise by the user: the path, what stood there, what stands there now."""

    path: str
    was: str | None
    now: str

    def __str__(self) -> str:
        return f"{self.path}: {self.was or NOT_STATED} -> {self.now}"

    def in_safe_style(self) -> str:
        """The same for people: amounts as they should be read."""
        was = NOT_STATED if self.was is None else safe_text(self.was)
        return f"{self.path}: {was} -> {safe_text(self.now)}"


@dataclass(frozen=True, slots=True)
class Regimen:
    """A published regimen, every value with what it rests on.

    Args:
        facts: what its file says of amounts and times, by path, as it was read.
        starts_on: the weekdays on which day 1 may be; empty where the file names none.
        texts: everything else that its file says, by path.
        names: every drug's name as the file writes it, where names were looked up.
    """

    id: str
    title: str
    treats: str
    version: int
    read_on: date
    body: Block
    sources: Mapping[str, Source]
    reviewed_by: str | None = None
    day_zero: bool = False
    arms: Mapping[str, Arm] = field(default_factory=dict)
    default_arm: str | None = None
    never_reduce: bool = False
    alongside: tuple[Note, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    findings: tuple[Note, ...] = ()
    settings: tuple[Setting, ...] = ()
    origin: Origin = NO_FILE
    facts: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[DrugName, ...] = ()
    starts_on: tuple[str, ...] = ()
    stop_rules: tuple[StopRule, ...] = ()
    reviews: tuple[Review, ...] = ()

    def read_otherwise(self) -> bool:
        """Whether anything is changed from the file; giving an open rest is not that."""
        return any(setting.was != OPEN for setting in self.settings)

    def drug_called(self, name: str) -> str:
        """The drug of the regimen that is written so, in any case; the name itself if none is."""
        wanted = name.casefold()
        for dose in self.doses():
            if wanted in (dose.drug.casefold(), dose.written.casefold()):
                return dose.drug
        return name

    def doses(self) -> Iterator[Dose]:
        """Every dose of every arm, block by block, in each what is given as needed last."""
        for block in self.body.walk():
            yield from block.prescribed()

    def doses_in(self, arm: str | None) -> Iterator[Dose]:
        """Every dose of an arm, in the same order: what stands in a block of other arms is none."""
        for block in self.body.in_arm(arm):
            yield from (dose for dose in block.prescribed() if dose.exists_in(arm))

    def as_needed(self, arm: str | None) -> Iterator[tuple[tuple[Block, ...], Dose]]:
        """What is given as needed in an arm, each with the blocks around it, the outermost first.

        The regimen itself is none of them.
        """
        yield from _as_needed((self.body,), arm)

    def gives_as_needed(self, drug: str, arm: str | None) -> bool:
        """Whether a drug is given as needed in an arm, besides what is planned of it."""
        return any(dose.drug == drug for _, dose in self.as_needed(arm))

    def provenance(self, path: str) -> Provenance:
        """What the fact of a path rests on; nothing where it has neither source nor assumption."""
        holders: tuple[Dose | Block, ...] = (*self.doses(), *self.body.walk())
        known = (
            holder.provenance.get(path.removeprefix(f"{holder.path}."))
            for holder in holders
            if path.startswith(f"{holder.path}.")
        )
        return next(filter(None, known), Provenance())

    def drugs(self, arm: str | None) -> tuple[str, ...]:
        """The drugs given in an arm, each once, in the order of the file."""
        return tuple(dict.fromkeys(dose.drug for dose in self.doses_in(arm)))


def _as_needed(
    chain: tuple[Block, ...], arm: str | None
) -> Iterator[tuple[tuple[Block, ...], Dose]]:
    if chain[-1].exists_in(arm):
        yield from ((chain[1:], dose) for dose in chain[-1].as_needed if dose.exists_in(arm))
        for inner in chain[-1].blocks:
            yield from _as_needed((*chain, inner), arm)
