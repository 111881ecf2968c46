"""What a course log says: the regimen, the patient, and what was done, entry by entry.

Everything here is frozen. `language` reads and writes it; `course` replays it. One table,
`EFFECTS`, defines what an entry can say: reading, writing, the JSON Schema, the words and the
commands come from it. When an entry is accepted is defined in `course.admission`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, get_args

from il2calc.model import effects
from il2calc.model.effects import DoseKey, Effect
from il2calc.model.patient import Patient

FORMAT = 2
"""The format of new logs; logs in format 1 can still be read and continued."""

BodyKind = Literal["age", "area", "gfr", "height", "weight"]
DoseKind = Literal["dose", "doses"]
NameKind = Literal["arm", "drug", "name", "regimen", "route"]
PlainKind = Literal["date", "entry", "sha256", "version"]
OtherKind = Literal["amount", "days", "decision", "minutes", "moment", "share", "text", "turn"]
Kind = Literal[BodyKind, DoseKind, NameKind, PlainKind, OtherKind]
"""The kinds of values of facts; each is read, written, worded and typed alike in every effect."""


class Fact(NamedTuple):
    """One field of an effect.

    Args:
        help: the help text of its option, if it differs from that of its kind.
        named: its key in a log if that is not its field.
        optional: it may be left out; next to doses it is a fact of a single dose.
        argument: it is typed as an argument, as the first fact always is.
        has_option: a command has an argument or option for it; else it follows from what was typed.
        may_be_new: it may name a turn that exists only once the entry is in force.
    """

    field: str
    kind: Kind
    help: str = ""
    named: str | None = None
    optional: bool = False
    argument: bool = False
    has_option: bool = True
    may_be_new: bool = False

    @property
    def key(self) -> str:
        """Its key in a log; empty if it is the value of the effect's own key.

        Doses have four keys of their own: block, drug, dose and numbers.
        """
        return self.field if self.named is None else self.named

    @property
    def of_doses(self) -> bool:
        """Whether it names doses."""
        return self.kind in get_args(DoseKind)

    @property
    def of_start(self) -> bool:
        """Whether it names the block turn, or the dose, from which the effect applies."""
        return self.key in {"from", "use_from"}

    @property
    def of_body(self) -> bool:
        """Whether it is a measure of the body."""
        return self.kind in get_args(BodyKind)


class Form(NamedTuple):
    """How one effect is written and typed; `course` says when it is accepted, and what it changes.

    Args:
        title: its name in messages about faults.
        words: its sentence, with fields in braces, and optional additions. `A|B` is B if a field of
            A is left out; `{measures}` is everything that was measured of a body.
        facts: empty if its key only takes `yes`.
        overridable: it may be entered in spite of a refusal.
        typed: its command has exactly its facts; else it has a command of its own.
    """

    effect: type[Any]
    title: str
    help: str
    words: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    overridable: bool = False
    typed: bool = True

    def stated_facts(self, effect: Effect) -> dict[Fact, Any]:
        """The values of an effect by their facts, without those that were left out."""
        values = {fact: getattr(effect, fact.field) for fact in self.facts}
        return {fact: value for fact, value in values.items() if value is not None}

    @property
    def measures(self) -> tuple[str, ...]:
        """The keys of its measures of a body; an effect has at least one of them."""
        return tuple(fact.key for fact in self.facts if fact.of_body)

    def doses(self, effect: Effect) -> tuple[DoseKey, ...]:
        """The doses that an effect names."""
        for fact in self.facts:
            if fact.of_doses:
                value: DoseKey | tuple[DoseKey, ...] = getattr(effect, fact.field)
                return (value,) if isinstance(value, DoseKey) else value
        return ()


EFFECTS: dict[str, Form] = {
    "given": Form(
        effects.Given,
        "what was given",
        "Doses that were given; as planned unless you say otherwise.",
        ("{doses} given", "{amount}", "on {at}"),
        (
            Fact("doses", "doses", named=""),
            Fact("at", "moment", "When one dose was given: 'DATE HH:MM'.", optional=True),
            Fact(
                "amount", "amount", "How much of one dose was given: '5 million IU'.", optional=True
            ),
        ),
    ),
    "part": Form(
        effects.Parted,
        "what was given in part",
        "An infusion that was stopped early: part of it was given.",
        ("{amount} of {dose} given, stopped early on {ended}", "started on {at}"),
        (
            Fact("dose", "dose", "The row of the dose.", named=""),
            Fact("amount", "amount", "How much was given: '2 million IU'."),
            Fact("ended", "moment", "When it was stopped: 'DATE HH:MM'."),
            Fact("at", "moment", "When it was started: 'DATE HH:MM'.", optional=True),
        ),
    ),
    "extra": Form(
        effects.Extra,
        "an unplanned dose",
        "A dose that was given but not planned.",
        ("{drug} {amount} given on {at}, {route}, {why}", "written {written}"),
        (
            Fact("drug", "drug", "The drug that was given."),
            Fact("amount", "amount", "How much was given, '5 million IU'.", argument=True),
            Fact("at", "moment", "When it was given: 'DATE HH:MM'."),
            Fact("route", "route"),
            Fact("written", "drug", optional=True, has_option=False),
        ),
    ),
    "hold": Form(
        effects.Held,
        "what was held",
        "Doses that were left out.",
        ("{doses} held",),
        (Fact("doses", "doses", named=""),),
    ),
    "shift": Form(
        effects.Shifted,
        "a shift",
        "Move a dose and the rest of its repeat.",
        ("{dose} moved {by}",),
        (Fact("dose", "dose", "The first row to move.", named=""), Fact("by", "minutes")),
    ),
    "delay": Form(
        effects.Delayed,
        "a delay",
        "Move a block turn and everything after it.",
        ("{turns} delayed by {by}",),
        (Fact("turns", "turn", named="block"), Fact("by", "days")),
    ),
    "weigh": Form(
        effects.Weighed,
        "a weighing",
        "A body weight, or other measures; they change doses only with --use-from.",
        ("{measures} on {on}", "used from {use_from}|changes no dose"),
        (
            Fact("weight", "weight", optional=True),
            Fact("surface_area", "area", named="bsa", optional=True),
            Fact("height", "height", optional=True),
            Fact("gfr", "gfr", optional=True),
            Fact("age", "age", optional=True),
            Fact("on", "date", "Date of the weighing."),
            Fact(
                "use_from",
                "turn",
                "Use it for doses from this block turn or row on.",
                optional=True,
            ),
        ),
        overridable=True,
    ),
    "reduce": Form(
        effects.Reduced,
        "a reduction",
        "Give a drug at another amount, lower or higher, from a block turn or a row on.",
        ("{drug} at {to} from {start}", "its dose {dose} alone"),
        (
            Fact("drug", "drug", "The drug, or one of its doses: DRUG:DOSE."),
            Fact("to", "share", "Percentage of the file's amount, '75 %', or '3 million IU'."),
            Fact("start", "turn", "The first block turn, 'cycle 3', or row, '12'.", named="from"),
            Fact("dose", "name", optional=True),
        ),
        overridable=True,
    ),
    "decide": Form(
        effects.Decided,
        "a decision",
        "Whether a conditional block turn is given.",
        ("{turns} is {given}",),
        (Fact("turns", "turn", named="block"), Fact("given", "decision")),
    ),
    "stop": Form(effects.Stopped, "a stop", "The course ends here.", ("course stopped",)),
    "level": Form(
        effects.Levelled,
        "a level",
        "Switch to another arm or dose level, from a block turn on.",
        ("arm {arm} from {start}",),
        (
            Fact("arm", "arm", "An arm of the regimen."),
            Fact(
                "start", "turn", "The first block turn: 'cycle 3'.", named="from", may_be_new=True
            ),
        ),
    ),
    "amend": Form(
        effects.Amended,
        "an amendment",
        "Switch to a new version of the regimen, from a block turn on.",
        ("regimen version {version}, SHA-256 {sha256}", "from {start}|for the whole course"),
        (
            Fact("regimen", "regimen"),
            Fact("version", "version"),
            Fact("sha256", "sha256"),
            Fact("text", "text"),
            Fact("start", "turn", named="from", optional=True),
        ),
        typed=False,
    ),
    "reseal": Form(
        effects.Resealed,
        "a resealing",
        "Accept the log as it is now.",
        ("everything before it accepted as it is",),
        typed=False,
    ),
    "undo": Form(
        effects.Undone,
        "an undoing",
        "Undo an entry: the last one that counts, or NUMBER.",
        ("entry {entry} undone",),
        (Fact("entry", "entry", named=""),),
    ),
}
"""The key of an effect in a log -> its form."""


def form_of(effect: Effect) -> tuple[str, Form]:
    """The key and the form of an effect."""
    return next((key, form) for key, form in EFFECTS.items() if form.effect is type(effect))


def renamed(
    effect: Effect, rename_dose: Callable[[DoseKey], DoseKey], rename_drug: Callable[[str], str]
) -> Effect:
    """An effect with other names for its doses and its drug.

    For an unplanned dose, `written` keeps the drug as it was typed.
    """
    _, form = form_of(effect)
    changed: dict[str, Any] = {}
    for fact in form.facts:
        value = getattr(effect, fact.field)
        if fact.kind == "doses":
            changed[fact.field] = tuple(rename_dose(key) for key in value)
        elif fact.kind == "dose":
            changed[fact.field] = rename_dose(value)
        elif fact.kind == "drug" and fact.has_option and value is not None:
            changed[fact.field] = rename_drug(value)
    other = effect._replace(**changed)
    if isinstance(other, effects.Extra) and isinstance(effect, effects.Extra):
        written = effect.written or effect.drug
        other = other._replace(written=written if written != other.drug else None)
    return other


class Entry(NamedTuple):
    """One line of a log.

    Args:
        number: from 1, in the order of the file.
        entered: when it was written, local time.
        overridden: it was made in spite of a refusal (`--override`).
        line: its line in the file.
        as_of: the moment for which it was entered, if that is not when it was written.
        by: who entered it.
        hash: of its content and the hash before it; None if it has none.
        hypothetical: it is only tried out (`--what-if`, an accepted file) and is in no log.
    """

    number: int
    entered: datetime
    effect: Effect
    reason: str | None = None
    overridden: bool = False
    line: int | None = None
    as_of: datetime | None = None
    by: str | None = None
    hash: str | None = None
    hypothetical: bool = False

    @property
    def moment(self) -> datetime:
        """The moment for which it counts."""
        return self.as_of or self.entered


SHOWN = 16
"""Digits of a hash that are shown, and are enough to compare a log with."""


class Broken(NamedTuple):
    """An entry whose hash is missing or wrong, so that it may not be as it was written.

    Args:
        bare: it has no hash.
        by: the number of the resealing that accepted it.
    """

    number: int
    bare: bool = False
    by: int | None = None


class Seal(NamedTuple):
    """What the hashes of a log show.

    Args:
        last: the hash of its last entry, or of its head if it has no entry.
        counted: the same, counted anew over all entries as they are now.
        broken: the entries whose hash is missing or wrong.
        resealed: those of them that were accepted all the same.
    """

    last: str
    counted: str
    broken: tuple[Broken, ...] = ()
    resealed: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """A course log.

    Args:
        regimen: id, or path, under which the regimen file is found.
        version: of the regimen when the log was started.
        sha256: of the regimen file at that time.
        start: date of day 1.
        at: the start time of every day, after midnight [min].
        times: turns by block path.
        percents: percentage of the prescribed amount by drug, from the start [%].
        settings: values changed from the file, `(path, value)`.
        zone: IANA name of the time zone, if one was given.
        facts: the amounts and times in the regimen file when the log was started, by path; empty if
            the log does not contain them.
        format: the format in which the log is written.
        text: the whole regimen file at that time; None if the log does not contain it.
        seal: what its hashes show; None if it was not read from a file.
    """

    file: str
    subject: str | None
    regimen: str
    version: int
    sha256: str
    patient: Patient
    start: date
    at: int
    arm: str | None = None
    times: Mapping[str, int] = field(default_factory=dict)
    percents: Mapping[str, Decimal] = field(default_factory=dict)
    settings: tuple[tuple[str, str], ...] = ()
    zone: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    format: int = 1
    text: bytes | None = None
    seal: Seal | None = field(default=None, compare=False)

    def texts(self) -> dict[str, tuple[str, bytes]]:
        """The regimen files that it contains, each with its name, by their SHA-256."""
        texts = {} if self.text is None else {self.sha256: (self.regimen, self.text)}
        for entry in self.entries:
            if isinstance(entry.effect, effects.Amended):
                texts[entry.effect.sha256] = (entry.effect.regimen, entry.effect.text)
        return texts

    def amendments(self) -> list[effects.Amended]:
        """The later texts of the regimen that came into force, in order."""
        counting = (entry.effect for entry in self.in_force())
        return [effect for effect in counting if isinstance(effect, effects.Amended)]

    def newest(self) -> tuple[str, str]:
        """The name and the SHA-256 of the regimen file that is in force now."""
        amended = self.amendments()
        return (amended[-1].regimen, amended[-1].sha256) if amended else (self.regimen, self.sha256)

    def without_hash(self) -> list[int]:
        """The numbers of entries in the file without a hash that no resealing has accepted."""
        numbers: list[int] = []
        for entry in self.entries:
            if isinstance(entry.effect, effects.Resealed):
                numbers = []
            elif entry.hash is None and entry.line is not None:
                numbers.append(entry.number)
        return numbers

    def in_force(self) -> tuple[Entry, ...]:
        """The entries that count: neither undone nor an undoing, in the order of the file."""
        undone: set[int] = set()
        for entry in reversed(self.entries):
            if isinstance(entry.effect, effects.Undone) and entry.number not in undone:
                undone.add(entry.effect.entry)
        counting = (entry for entry in self.entries if entry.number not in undone)
        return tuple(entry for entry in counting if not isinstance(entry.effect, effects.Undone))
