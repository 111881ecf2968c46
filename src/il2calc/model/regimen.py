"""What a regimen file says, and nothing else.

Everything here is frozen. `language` builds it from text; `plan` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from il2calc.model.evidence import NO_FILE, Assumption, Note, Origin, Provenance, Review, Source
from il2calc.model.measure import IN_WORDS, Amount, Bands, DosingBody, DosingWeight, Within
from il2calc.model.patient import Sex
from il2calc.units import Quantity, Span, safe_quantity, safe_text

if TYPE_CHECKING:
    from il2calc.model.drug import DrugName

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOT_STATED: Final = "not stated"
"""What a file writes for an amount or a route that its source does not state."""


def amount_in_words(amount: Amount) -> str:
    """An amount as people read it, each band with the range that it is for."""
    if isinstance(amount, Bands):
        *texts, last = (f"{_in_words(band.amount)} ({band.within.text})" for band in amount.bands)
        return f"{', '.join(texts)} and {last}" if texts else last
    return f"(amount {NOT_STATED})" if isinstance(amount, str) else _in_words(amount)


def _in_words(amount: Quantity) -> str:
    """An amount, with the one in an older scale that it was converted from, if it was."""
    text = safe_quantity(amount)
    return f"{text} ({amount.conversion})" if amount.conversion else text


UNPLANNED = "not of the plan"
"""The name of a dose that a course log adds; no file has it."""
OPEN = "open"
"""What a file writes for a rest whose length it leaves open."""

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
    """Days, or turns, as a file lists them: ranges, and perhaps an open end (`6 onward`)."""

    ranges: tuple[tuple[int, int], ...]
    onward: int | None = None
    text: str = ""

    def offsets(self, day_zero: bool, length: int | None) -> Iterator[int]:
        """The listed days, as days after day 1 (0 = day 1, -1 = the day before it).

        Args:
            day_zero: whether the regimen's numbering has a day 0.
            length: length of the turn [days]; needed if the days run `onward`.
        """
        for first, last in self.ranges:
            yield from range(offset_of(first, day_zero), offset_of(last, day_zero) + 1)
        if self.onward is not None:
            yield from range(offset_of(self.onward, day_zero), length or 0)

    @property
    def first(self) -> int:
        """The first of the days or turns."""
        return self.ranges[0][0] if self.ranges else self.onward or 0

    def holds(self, number: int) -> bool:
        """Whether a number of a day or turn is listed."""
        if self.onward is not None and number >= self.onward:
            return True
        return any(first <= number <= last for first, last in self.ranges)


def offset_of(day: int, day_zero: bool) -> int:
    """The days from day 1 to a numbered day; without a day 0, day -1 comes right before day 1.

    >>> offset_of(1, False), offset_of(-1, False), offset_of(-1, True)
    (0, -1, -2)
    """
    return day - 1 if day > 0 or day_zero else day


def day_at(offset: int, day_zero: bool) -> int:
    """The number of the day that is `offset` days after day 1.

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
        """The latest `minutes`, which differ from them if an offset is a range."""
        return self.latest or self.minutes


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often something is given, and how far apart.

    Args:
        count: turns in all, the first one included; None = open-ended.
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
        drug: the name of its monograph, else the name in the file.
        up_to: the most of its days and times that are given in each turn; None = all.
        spelled: the drug as the file writes it, if that is another name.
        bsa_cap: the largest body surface area to calculate with, from the dose or its file [m2].
        weight_cap: the largest weight to calculate with, from the dose or its file [kg].
        as_needed: given as needed: it is in no timetable and in no total.
        overs: its infusion times by turn, if they differ; `over` is then the range of all of them.
        whole: the dose as in its file, if this is the dose in some of its turns.
        weight: the weight that an amount per kg is calculated with; None = the actual one.
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
        """The dose as in its file, for all of its turns."""
        return self.whole or self

    @property
    def dosing_body(self) -> DosingBody:
        """The weight that it is calculated with, and the caps on weight and area."""
        path = self.path if self.weight is not None else ""
        return DosingBody(self.bsa_cap, self.weight_cap, self.weight, path)

    @property
    def written(self) -> str:
        """The drug as the file writes it, which is its name in logs, calendars and paths."""
        return self.spelled or self.drug

    @property
    def own_name(self) -> str | None:
        """The name that its file gives it besides its drug's name, if any."""
        return None if self.name in (self.drug, self.written) else self.name

    @property
    def unplanned(self) -> bool:
        """Whether a course log added it, so that no file has it."""
        return self.name == UNPLANNED

    def with_infusion_time(self, turns: Days, over: Span) -> Dose:
        """The dose as in some of its turns, with the infusion time of these."""
        others = {f"over[{other.text}]" for other, _ in self.overs if other != turns}
        kept = {key: value for key, value in self.provenance.items() if key not in others}
        return replace(self, over=over, overs=(), whole=self, provenance=kept)

    def stated(self) -> Iterator[tuple[str | None, Quantity]]:
        """Every stated amount, with the band of patients or the arm that it is for."""
        for arm, amount in self.amounts.items():
            if isinstance(amount, Bands):
                yield from ((band.within.text, band.amount) for band in amount.bands)
            elif not isinstance(amount, str):
                yield arm, amount

    def amount(self, arm: str | None) -> Amount:
        """The amount in an arm; the same in every arm if the file gives one amount."""
        return self.amounts[None] if None in self.amounts else self.amounts[arm]

    def exists_in(self, arm: str | None) -> bool:
        """Whether the dose is given in an arm."""
        return self.arms is None or arm in self.arms

    def is_in_turn(self, number: int) -> bool:
        """Whether the dose is given in a turn of its block."""
        return self.turns is None or self.turns.holds(number)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named stretch of days, with doses on its own days and blocks within it.

    Args:
        as_needed: doses that are given as needed; they are in no timetable.
        count_as: a name that blocks share whose turns are numbered consecutively.
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
        """Its own doses: those on its days, then those that are given as needed."""
        return (*self.doses, *self.as_needed)

    def open_rests(self) -> Iterator[str]:
        """Paths of its rests, after it and between its turns, whose length is left open."""
        if self.rest is not None and self.rest.text == OPEN:
            yield f"{self.path}.rest"
        between = self.repeat.rest if self.repeat is not None else None
        if between is not None and between.text == OPEN:
            yield f"{self.path}.repeat.rest"

    def all_as_needed(
        self, arm: str | None, around: tuple[Block, ...] = ()
    ) -> Iterator[tuple[tuple[Block, ...], Dose]]:
        """What is given as needed in an arm, each with the blocks around it, without this one."""
        if self.exists_in(arm):
            yield from ((around, dose) for dose in self.as_needed if dose.exists_in(arm))
            for inner in self.blocks:
                yield from inner.all_as_needed(arm, (*around, inner))

    def exists_in(self, arm: str | None) -> bool:
        """Whether the block is part of an arm."""
        return self.arms is None or arm in self.arms

    def in_arm(self, arm: str | None) -> Iterator[Block]:
        """This block and all blocks within it that are part of an arm, outer before inner."""
        if self.exists_in(arm):
            yield self
            for inner in self.blocks:
                yield from inner.in_arm(arm)

    def walk(self) -> Iterator[Block]:
        """This block and all blocks within it, outer before inner."""
        yield self
        for inner in self.blocks:
            yield from inner.walk()


class Arm(NamedTuple):
    """A trial arm, cohort or dose level.

    Args:
        whom: the patients it is for: ranges of measures, and the sex, by their keys.
    """

    name: str
    text: str
    caution: str | None = None
    source: str | None = None
    whom: Mapping[str, Within | Sex] = MappingProxyType({})

    def for_whom(self) -> str:
        """The patients it is for, in words; empty if its file does not say."""
        return ", ".join(
            f"{IN_WORDS[value.measure]} {value.text}" if isinstance(value, Within) else value
            for value in self.whom.values()
        )


class StopRule(NamedTuple):
    """When a source says to stop: after held doses, a delay, or a total amount.

    Args:
        after: the text in the file; one of `held`, `delay` and `amount` has its value.
        held: number of held doses.
        delay: of a block turn [days].
        amount: in all, perhaps per kg or m2.
        drug: the drug whose doses count; None = the only drug, or for a delay every block.
        block: counting starts again in each turn of it; None = over the whole course.
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
    """A value that the user changed: its path, the value in the file, and the new one."""

    path: str
    was: str | None
    now: str

    def __str__(self) -> str:
        return f"{self.path}: {self.was or NOT_STATED} -> {self.now}"

    def in_safe_style(self) -> str:
        """The change with amounts as people should read them."""
        was = NOT_STATED if self.was is None else safe_text(self.was)
        return f"{self.path}: {was} -> {safe_text(self.now)}"


@dataclass(frozen=True, slots=True)
class Regimen:
    """A published regimen, every value with its sources and assumptions.

    Args:
        facts: the texts of amounts and times in its file, by path.
        starts_on: the weekdays on which day 1 may be; empty if the file names none.
        texts: everything else in its file, by path.
        names: the drugs' names in the file, and what they mean, if they were looked up.
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

    def is_changed(self) -> bool:
        """Whether a value was changed from the file; giving an open rest does not count."""
        return any(setting.was != OPEN for setting in self.settings)

    def drug_called(self, name: str) -> str:
        """The drug of the regimen with this name, ignoring case; the name itself if none has it."""
        folded = name.casefold()
        for dose in self.doses():
            if folded in (dose.drug.casefold(), dose.written.casefold()):
                return dose.drug
        return name

    def doses(self) -> Iterator[Dose]:
        """Every dose of every arm, block by block; doses as needed come last in a block."""
        for block in self.body.walk():
            yield from block.prescribed()

    def doses_in(self, arm: str | None) -> Iterator[Dose]:
        """Every dose of an arm, in the same order, without those in blocks of other arms."""
        for block in self.body.in_arm(arm):
            yield from (dose for dose in block.prescribed() if dose.exists_in(arm))

    def as_needed(self, arm: str | None) -> Iterator[tuple[tuple[Block, ...], Dose]]:
        """The doses as needed in an arm, each with its blocks but not `body`, outermost first."""
        return self.body.all_as_needed(arm)

    def gives_as_needed(self, drug: str, arm: str | None) -> bool:
        """Whether a drug is given as needed in an arm, perhaps besides planned doses."""
        return any(dose.drug == drug for _, dose in self.as_needed(arm))

    def provenance(self, path: str) -> Provenance:
        """The provenance of the value at a path; an empty one if it has none."""
        owners: tuple[Dose | Block, ...] = (*self.doses(), *self.body.walk())
        matches = (
            owner.provenance.get(path.removeprefix(f"{owner.path}."))
            for owner in owners
            if path.startswith(f"{owner.path}.")
        )
        return next(filter(None, matches), Provenance())

    def drugs(self, arm: str | None) -> tuple[str, ...]:
        """The drugs given in an arm, each once, in the order of the file."""
        return tuple(dict.fromkeys(dose.drug for dose in self.doses_in(arm)))
