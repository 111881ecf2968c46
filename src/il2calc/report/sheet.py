"""The report of a plan or of a course as plain data, shared by every format that people read.

It holds every text in the order in which a reader meets it; the formats only set it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from il2calc.model.effects import Chain, chain_text
from il2calc.model.regimen import Dose
from il2calc.plan.administration import Administration
from il2calc.plan.calendar import DAY, Turn, chain_of, lasting
from il2calc.plan.dosing import Rate
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, totals, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.rows import Row, Section, Stretch, folded, marked, sections
from il2calc.units import plain, safe_quantity

Part = tuple[str, list[str]]
"""A heading with the lines under it."""

_TO_SIGN = ("given-at", "by", "checked", "given", "lot", "remarks")
BLANKS = (
    ("second identifier", False),
    ("allergies", False),
    ("date of the weight", False),
    ("prescriber", False),
    ("pharmacist", False),
    ("hold: from when, why, signed", True),
    ("stop: from when, why, signed", True),
)
"""Boxes above the rows that two people fill in by hand, and whether one is ticked.

They are always empty: nothing more about a patient is asked for or kept.
"""
_NAMES = {
    "number": "no.",
    "day": "day",
    "date": "date",
    "time": "time",
    "block": "block",
    "drug": "drug",
    "dose": "dose",
    "route": "route",
    "latest": "latest",
    "marks": "marks",
    "own": "marks",
    "state": "state",
    "reason": "reason",
    "given-at": "given at",
    "by": "given by",
    "checked": "checked by",
    "given": "dose given",
    "lot": "lot, expiry",
    "remarks": "remarks",
}
"""Every kind of column in their order, with what stands above it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the rows.

    Args:
        to_sign: filled in by hand, where no log has filled it.
        texts: some of its texts, the widest of them among these.
    """

    kind: str
    name: str
    to_sign: bool
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: an administration, its state by a log, and a text for each kind of column.

    Of its marks `own` are those that its heading does not bear. A stretch of rows that are folded
    into one has those of a `Stretch` alone.
    """

    number: int
    state: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under the heading of their block turn; no heading where they stand under no block.

    Args:
        again: where rows are folded, the turns that are equal to this one, with their first dates.
    """

    heading: str
    entries: Iterable[Entry]
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entries:
    """Rows that are each made when they are asked for: there may be a hundred thousand."""

    rows: tuple[Row, ...]
    made: Callable[[Row], Entry]

    def __iter__(self) -> Iterator[Entry]:
        return map(self.made, self.rows)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a report says.

    Args:
        name: the regimen with its version, and `subject` whose sheet it is; on every page.
        picture: what the picture shows, for who cannot see it.
        changed: what differs from the file, or that nothing does; on every page.
        head: the lines above the rows, a label and what it says.
        blanks: boxes to fill in by hand, and whether one is ticked.
        logged: what a log changes, besides single doses.
        shown: which rows there are, where they are not all.
        columns: those in which some row says something; none where the rows are folded.
        equal: what is the same in every row, by the kind of its column; only of several rows.
        notes: totals and rules, `preparation`, and what the plan `rests_on`, under headings.
    """

    name: str
    title: str
    subject: str
    changed: str
    disclaimer: str
    picture: str
    head: tuple[tuple[str, str], ...]
    blanks: tuple[tuple[str, bool], ...]
    logged: tuple[str, ...]
    shown: str
    cautions: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    equal: Mapping[str, str]
    groups: tuple[Group, ...]
    notes: tuple[Part, ...]
    preparation: tuple[Part, ...]
    rests_on: tuple[Part, ...]


def sheet(
    plan: Plan,
    cautions: Sequence[Caution],
    preparation: Sequence[Part] = (),
    *,
    brief: bool = False,
    explain: bool = False,
    described: Sequence[str] = (),
    short: bool = False,
    narrow: bool = True,
) -> Sheet:
    """What does the report of a schedule or of a course say?

    Args:
        preparation: how its doses are made up, under headings; empty where nothing is known.
        brief: fold uniform stretches of rows, and equal ones and equal turns into one.
        explain: give each distinct dose its working, in full digits.
        described: drugs of the schedule that have a monograph to point to.
        short: what the plan rests on in short, and where the rest stands.
        narrow: totals in short of one drug stand on one line, and so do folded notes.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    rows, marks = marked(schedule, cautions)
    grouped = sections(schedule, rows)
    late, logged = _of_log(plan)
    table = _Table(schedule, rows, grouped)
    columns = tuple(table.columns()) if rows and not brief else ()
    equal = {
        each.kind: each.texts[0]
        for each in columns
        if each.kind in ("drug", "route") and len(each.texts) == 1 and rows[1:]
    }
    if brief:
        groups = [
            Group(
                _heading(section, late),
                tuple(map(_stretch, stretches)),
                tuple(f"{_heading(each, late)}: the same from {on}" for each, on in again),
            )
            for section, stretches, again in folded(grouped, schedule, late)
        ]
    else:
        groups = [
            Group(_heading(section, late), _Entries(section.rows, table.entry))
            for section in grouped
        ]
    return Sheet(
        name=f"{regimen.id}, version {regimen.version}",
        title=regimen.title,
        subject=schedule.subject or "",
        changed="; ".join(_changes(plan)) or "as in the file",
        disclaimer=words.DISCLAIMER,
        picture=(
            f"{regimen.id} on a timeline{notes.as_of(plan)}; "
            "the table below says the same in words."
        ),
        head=tuple(notes.above(plan, short=short)),
        blanks=BLANKS,
        logged=logged,
        shown=notes.shown(schedule) if notes.is_part(schedule) else "",
        cautions=tuple(caution.text for caution in cautions),
        marks=tuple(marks.legend(short=short)),
        columns=columns,
        equal=equal,
        groups=tuple(groups),
        notes=tuple(
            _notes(plan, explain, described, marks.named() if short else None, narrow=narrow)
        ),
        preparation=tuple(preparation),
        rests_on=tuple(
            notes.in_short(
                plan, headed=all(each.heading for each in grouped), run_on=brief and narrow
            )
            if short
            else notes.resting_on(schedule)
        ),
    )


def _of_log(plan: Plan) -> tuple[Mapping[Chain, int], tuple[str, ...]]:
    """By how many days each block turn lies later than planned, and what a log changes."""
    if isinstance(plan, Schedule):
        return {}, ()
    from il2calc.course.intensity import moved
    from il2calc.report import course_text

    return moved(plan), tuple(course_text.told(plan))


def _changes(plan: Plan) -> Iterator[str]:
    """What was chosen or changed, and stands between the file and the rows, each once."""
    schedule = schedule_of(plan)
    if schedule.arm is not None:
        yield f"arm {schedule.arm}"
    for setting in schedule.regimen.settings:
        yield f"set: {setting.in_safe_style()}"
    yield from _amounts(schedule)
    for drug in schedule.bounds:
        yield f"{drug}: rounded (--round)"
    yield from notes.counts(schedule)
    if notes.is_part(schedule):
        yield notes.shown(schedule)
    if schedule.patient.surface_cap is not None and schedule.patient.bsa() is not None:
        yield f"body surface area counted up to {plain(schedule.patient.surface_cap)} m2"
    if schedule.recorded:
        day = "" if isinstance(plan, Schedule) else f", as of {words.dated(plan.as_of)}"
        yield f"with what a course log records{day}"


def _amounts(schedule: Schedule) -> Iterator[str]:
    """Each share and each amount that is not the one in the file."""
    shares: dict[str, dict[str, None]] = {}
    amounts: dict[str, None] = {}
    for row in schedule.administrations:
        if row.dosed.set_to is not None:
            amounts[f"{row.dose.name}: {safe_quantity(row.dosed.set_to)} (log)"] = None
        else:
            shares.setdefault(row.dose.drug, {})[f"{plain(row.dosed.percent)} %"] = None
    yield from amounts
    for drug, percents in shares.items():
        if list(percents) != ["100 %"]:
            yield f"{drug}: {words.listed(list(percents))} of the amount in the file"


def _heading(section: Section, late: Mapping[Chain, int]) -> str:
    """The heading of a section, how much later it lies than planned, and its common marks."""
    days = late.get(section.chain, 0) if section.chain is not None else 0
    later = f", {lasting(days * DAY)} late" if days else ""
    common = f" [{' '.join(section.common)}]" if section.common else ""
    return f"{section.heading}{later}{common}" if section.heading is not None else ""


_SETTLED = ("given", "held", "stopped")
_UNRECORDED = dict.fromkeys(("state", "reason", "given-at", "given", "remarks"), "")


class _Table:
    """The rows of a schedule as they are set, and their columns; what many share is made once."""

    def __init__(self, schedule: Schedule, rows: Sequence[Row], grouped: Sequence[Section]) -> None:
        self.whole = {row.administration.number: row.marks for row in rows}
        self.grouped, self.recorded = grouped, schedule.recorded
        self._doses: dict[_What, dict[str, str]] = {}
        self._blocks: dict[Turn, str] = {}

    def entry(self, row: Row) -> Entry:
        """A row; a page may hold it without its heading: it has all its marks."""
        number = row.administration.number
        texts = self._texts(row.administration)
        texts |= {"marks": " ".join(self.whole[number]), "own": " ".join(row.marks)}
        return Entry(number, texts["state"], texts)

    def _texts(self, each: Administration) -> dict[str, str]:
        """The texts of a row, and what a log says of it."""
        recorded = self.recorded.get(each.number)
        settled = recorded is not None and recorded.state in _SETTLED
        return {
            "number": str(each.number),
            "day": str(each.regimen_day),
            "date": words.dated(each.when) if each.when is not None else "",
            "time": each.clock,
            "night": words.midnight(each),
            "mark of night": words.night_mark(each),
            "block": self._block(each.turn),
            **self._dose(each),
            "latest": "" if settled else words.latest(each),
            **dict.fromkeys(("by", "checked", "lot"), ""),
            **(_UNRECORDED if recorded is None else words.told_of(each, recorded)),
        }

    def _block(self, turn: Turn) -> str:
        """A block turn as it is typed."""
        if turn not in self._blocks:
            self._blocks[turn] = chain_text(chain_of(turn))
        return self._blocks[turn]

    def _dose(self, each: Administration) -> dict[str, str]:
        """What is given, how much of it, and how."""
        key = _what(each)
        if key not in self._doses:
            self._doses[key] = {
                "drug": each.dose.drug,
                "dose": words.amount(each.dosed.value, each.dosed.unit).removeprefix("amount "),
                "route": words.how(each.dose, each.dosed),
            }
        return self._doses[key]

    def columns(self) -> Iterator[Column]:
        """Which columns there are: one that every row would leave empty is left out."""
        texts = self._widest([row for section in self.grouped for row in section.rows])
        if all(section.heading is not None for section in self.grouped):
            del texts["block"]
        texts["reason"] = texts["state"]
        for kind, name in _NAMES.items():
            filled = tuple(sorted(filter(None, texts.get(kind, ()))))
            if filled or kind in _TO_SIGN:
                yield Column(kind, name, kind in _TO_SIGN, filled)

    def _widest(self, rows: Sequence[Row]) -> dict[str, set[str]]:
        """Texts by kind of column, the widest of each among them; none of one that stays empty."""
        given = [row.administration for row in rows]
        doses = [self._dose(each) for each in {_what(each): each for each in given}.values()]
        states = [self.recorded.get(each.number) for each in given] if self.recorded else []
        late = (each for each in given if each.latest_minute is not None)
        nights = {len(night): night for night in map(words.midnight, given) if night}
        first = self._texts(given[0])
        return {
            "number": {str(given[-1].number)},
            "day": {str(day) for day in {each.regimen_day for each in given}},
            "date": {first["date"]},
            "time": {first["time"], *nights.values()},
            "block": {self._block(turn) for turn in {each.turn for each in given}},
            **{kind: {told[kind] for told in doses} for kind in ("drug", "dose", "route")},
            "latest": {self._texts(each)["latest"] for each in late},
            "marks": {" ".join(marks) for marks in set(self.whole.values())},
            "own": {" ".join(marks) for marks in {row.marks for row in rows}},
            "state": {recorded.state for recorded in states if recorded is not None},
        }


_What: TypeAlias = tuple[Dose, Decimal | None, Rate | None]


def _what(each: Administration) -> _What:
    """What is given: one amount, where it is capped, may be calculated otherwise for each body."""
    return each.dose, each.dosed.value, each.dosed.rate


def _stretch(told: Stretch) -> Entry:
    return Entry(told.number, "", told._asdict() | {"number": str(told.number)})


def _notes(
    plan: Plan,
    explain: bool,
    described: Sequence[str],
    marks: Mapping[str, str] | None,
    *,
    narrow: bool,
) -> Iterator[Part]:
    """Totals and what is told of doses and rules; in short where conditions have `marks`."""
    schedule = schedule_of(plan)
    if needed := list(words.needed(schedule)):
        yield "As needed, in no row and in no total", needed
    yield totals.counted(plan, marks, narrow=narrow)
    if explain:
        yield "Working", list(totals.workings(schedule))
    if rounded := list(totals.roundings(schedule)):
        yield "Rounding", rounded
    if marks is not None:
        return
    yield from notes.ruled(plan)
    if described:
        yield "Monographs", [_pointer(schedule, described)]


def _pointer(schedule: Schedule, described: Sequence[str]) -> str:
    """What more can be asked about the drugs of a schedule."""
    name = words.typed(schedule.regimen.origin)
    prepare = f"il2calc prepare {name}, with the options of this schedule,"
    made_up = f"{prepare} shows how these doses are made up; " if name else ""
    more = f"il2calc drug NAME and il2calc screen NAME say more about {words.listed(described)}."
    return f"{made_up}{more}"
