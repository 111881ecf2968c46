"""The report of a plan or of a course as plain data, shared by every format that people read.

It holds every text in the order in which a reader meets it; the formats only lay it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from il2calc.model.effects import Chain, turn_text
from il2calc.model.regimen import Dose
from il2calc.plan.administration import SETTLED, Administration
from il2calc.plan.calendar import DAY, Turn, chain_of, lasting
from il2calc.plan.dosing import Rate
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, totals, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.report.rows import Row, Section, folded, marked_rows, sections
from il2calc.units import plain, safe_quantity

Part = tuple[str, list[str]]
"""A heading with the lines under it."""

_TO_SIGN = ("given-at", "by", "checked", "given", "lot", "remarks")
_TO_WRITE = ("second identifier", "allergies", "date of the weight", "prescriber", "pharmacist")
_TO_TICK = ("hold: from when, why, signed", "stop: from when, why, signed")
BLANKS = (*((text, False) for text in _TO_WRITE), *((text, True) for text in _TO_TICK))
"""Boxes above the rows that two people fill in by hand, and whether each has a box to tick.

The program always leaves them empty: it neither asks for nor keeps more about a patient.
"""
_NAMES = {
    "number": "no.", "day": "day", "date": "date", "time": "time", "block": "block",
    "drug": "drug", "dose": "dose", "route": "route", "latest": "latest", "marks": "marks",
    "own": "marks", "state": "state", "given-at": "given at", "by": "given by",
    "checked": "checked by", "given": "dose given", "lot": "lot, expiry", "remarks": "remarks",
}  # fmt: skip
"""Every kind of column in order, with its heading."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of rows.

    Args:
        to_sign: filled in by hand, where no log has filled it.
        texts: some of its texts, including the widest.
    """

    kind: str
    name: str
    to_sign: bool
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A row of the table: the number, the state by a log, and a text for each kind of column.

    The cell `own` has those marks that the heading does not have. The entry of a `Stretch` has no
    cells but its fields.
    """

    number: int
    state: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under the heading of their block turn; the heading is empty where there is no block.

    Args:
        repeats: in a folded table, the equal turns after this one, with their first dates.
    """

    heading: str
    entries: Iterable[SheetEntry]
    repeats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries made one by one as they are read, because there may be a hundred thousand."""

    rows: tuple[Row, ...]
    make: Callable[[Row], SheetEntry]

    def __iter__(self) -> Iterator[SheetEntry]:
        return map(self.make, self.rows)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a report says.

    Args:
        name: the regimen with its version; it and the `subject` are on every page.
        picture: a description of the picture, for those who cannot see it.
        changed: how the plan differs from the file, or that it does not; on every page.
        head: the lines above the rows, each a label and a text.
        blanks: boxes to fill in by hand, and whether each has a box to tick.
        log_changes: what a log changes, besides single doses.
        shown: which rows are shown, where not all are.
        columns: those in which some row has a text; none where the rows are folded.
        common_texts: texts that are the same in every row, by the kind of column, if several.
        notes: totals and rules; like `preparation` and `rests_on`, texts under headings.
    """

    name: str
    title: str
    subject: str
    changed: str
    disclaimer: str
    picture: str
    head: tuple[tuple[str, str], ...]
    blanks: tuple[tuple[str, bool], ...]
    log_changes: tuple[str, ...]
    shown: str
    cautions: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    common_texts: Mapping[str, str]
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
    """The report of a schedule or of a course.

    Args:
        preparation: how its doses are prepared, under headings; empty where nothing is known.
        brief: fold stretches of rows, equal stretches and equal turns.
        explain: show the arithmetic of each distinct dose, in full digits.
        described: drugs of the schedule that have a monograph to point to.
        short: notes in short, with the command that prints them in full.
        narrow: in short, put the totals of a drug on one line, and folded notes in one paragraph.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    rows, marks = marked_rows(schedule, cautions)
    grouped = sections(schedule, rows)
    delays, logged = _delays_and_changes(plan)
    table = _Table(schedule, rows, grouped)
    columns = tuple(table.columns()) if rows and not brief else ()
    common_texts = {
        column.kind: column.texts[0]
        for column in columns
        if column.kind in ("drug", "route") and len(column.texts) == 1 and rows[1:]
    }
    if brief:
        groups = []
        for section, stretches, repeats in folded(grouped, schedule, delays):
            same = (f"{_heading(other, delays)}: the same from {dates}" for other, dates in repeats)
            entries = [
                SheetEntry(stretch.number, "", stretch._asdict() | {"number": str(stretch.number)})
                for stretch in stretches
            ]
            groups.append(Group(_heading(section, delays), entries, tuple(same)))
    else:
        groups = [
            Group(_heading(section, delays), _Entries(section.rows, table.entry))
            for section in grouped
        ]
    return Sheet(
        name=f"{regimen.id}, version {regimen.version}",
        title=regimen.title,
        subject=schedule.subject or "",
        changed="; ".join(_differences(plan)) or "as in the file",
        disclaimer=words.DISCLAIMER,
        picture=(
            f"{regimen.id} on a timeline{notes.as_of(plan)}; "
            "the table below says the same in words."
        ),
        head=tuple(notes.lines_above_rows(plan, short=short)),
        blanks=BLANKS,
        log_changes=logged,
        shown=notes.rows_shown(schedule) if notes.is_part(schedule) else "",
        cautions=tuple(caution.text for caution in cautions),
        marks=tuple(marks.legend(short=short)),
        columns=columns,
        common_texts=common_texts,
        groups=tuple(groups),
        notes=tuple(
            _notes(plan, explain, described, marks.named() if short else None, narrow=narrow)
        ),
        preparation=tuple(preparation),
        rests_on=tuple(
            notes.in_short(
                plan, headed=all(section.heading for section in grouped), run_on=brief and narrow
            )
            if short
            else notes.basis(regimen, schedule.assumptions)
        ),
    )


def _delays_and_changes(plan: Plan) -> tuple[Mapping[Chain, int], tuple[str, ...]]:
    """The delay of each block turn in days, and what a log changes."""
    if isinstance(plan, Schedule):
        return {}, ()
    from il2calc.course.intensity import days_late
    from il2calc.report import course_text

    return days_late(plan), tuple(course_text.changes(plan))


def _differences(plan: Plan) -> Iterator[str]:
    """How the rows differ from the file because of options or a log, each difference once."""
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
        yield notes.rows_shown(schedule)
    if schedule.patient.surface_cap is not None and schedule.patient.bsa() is not None:
        yield f"body surface area counted up to {plain(schedule.patient.surface_cap)} m2"
    if schedule.recorded:
        day = "" if isinstance(plan, Schedule) else f", as of {words.dated(plan.as_of)}"
        yield f"with what a course log records{day}"


def _amounts(schedule: Schedule) -> Iterator[str]:
    """Each percentage and each amount that is not the one in the file."""
    percents: dict[str, dict[str, None]] = {}
    amounts: dict[str, None] = {}
    for row in schedule.administrations:
        if row.dosed.set_to is not None:
            amounts[f"{row.dose.name}: {safe_quantity(row.dosed.set_to)} (log)"] = None
        else:
            percents.setdefault(row.dose.drug, {})[f"{plain(row.dosed.percent)} %"] = None
    yield from amounts
    for drug, shares in percents.items():
        if list(shares) != ["100 %"]:
            yield f"{drug}: {words.listed(list(shares))} of the amount in the file"


def _heading(section: Section, delays: Mapping[Chain, int]) -> str:
    """The heading of a section, its delay, and its common marks."""
    days = delays.get(section.chain, 0) if section.chain is not None else 0
    delay = f", {lasting(days * DAY)} late" if days else ""
    common = f" [{' '.join(section.common)}]" if section.common else ""
    return f"{section.heading}{delay}{common}" if section.heading is not None else ""


_NO_RECORD = dict.fromkeys(("state", "reason", "given-at", "given", "remarks"), "")


class _Table:
    """The texts of the rows and of their columns; texts that many rows share are made once."""

    def __init__(self, schedule: Schedule, rows: Sequence[Row], grouped: Sequence[Section]) -> None:
        self.marks = {row.administration.number: row.marks for row in rows}
        self.grouped, self.recorded = grouped, schedule.recorded
        self._doses: dict[_DoseKey, dict[str, str]] = {}
        self._blocks: dict[Turn, str] = {}

    def entry(self, row: Row) -> SheetEntry:
        """A row with all of its marks, because it may be on another page than its heading."""
        number = row.administration.number
        texts = self._texts(row.administration)
        texts |= {"marks": " ".join(self.marks[number]), "own": " ".join(row.marks)}
        return SheetEntry(number, texts["state"], texts)

    def _texts(self, row: Administration) -> dict[str, str]:
        """The texts of a row, with what a log says about it."""
        recorded = self.recorded.get(row.number)
        past = recorded is not None and recorded.state in SETTLED
        return {
            "number": str(row.number),
            "day": str(row.regimen_day),
            "date": words.dated(row.when) if row.when is not None else "",
            "time": words.time_of_day(row),
            "clock": row.clock,
            "mark of night": words.night_mark(row),
            "block": self._block(row.turn),
            **self._dose(row),
            "latest": "" if past else words.latest(row),
            **dict.fromkeys(("by", "checked", "lot"), ""),
            **(_NO_RECORD if recorded is None else words.recorded_texts(row, recorded)),
        }

    def _block(self, turn: Turn) -> str:
        """A block turn as it is typed on the command line."""
        if turn not in self._blocks:
            self._blocks[turn] = turn_text(chain_of(turn))
        return self._blocks[turn]

    def _dose(self, row: Administration) -> dict[str, str]:
        """The drug, the amount and the route of a row."""
        key = _dose_key(row)
        if key not in self._doses:
            self._doses[key] = {
                "drug": row.dose.drug,
                "dose": words.amount(row.dosed.value, row.dosed.unit).removeprefix("amount "),
                "route": words.route_text(row.dose, row.dosed),
            }
        return self._doses[key]

    def columns(self) -> Iterator[Column]:
        """The columns of the table, without those that would be empty in every row."""
        texts = self._widest([row for section in self.grouped for row in section.rows])
        if all(section.heading is not None for section in self.grouped):
            del texts["block"]
        for kind, name in _NAMES.items():
            filled = tuple(sorted(filter(None, texts.get(kind, ()))))
            if filled or kind in _TO_SIGN:
                yield Column(kind, name, kind in _TO_SIGN, filled)

    def _widest(self, rows: Sequence[Row]) -> dict[str, set[str]]:
        """Texts by kind of column, the widest among them; none of a column that stays empty."""
        administrations = [row.administration for row in rows]
        distinct = {_dose_key(row): row for row in administrations}
        doses = [self._dose(row) for row in distinct.values()]

        ranged = (row for row in administrations if row.latest_minute is not None)
        recorded = (row for row in administrations if row.number in self.recorded)
        nights = {len(night): night for night in map(words.midnight, administrations) if night}
        first_texts = self._texts(administrations[0])
        return {
            "number": {str(administrations[-1].number)},
            "day": {str(day) for day in {row.regimen_day for row in administrations}},
            "date": {first_texts["date"]},
            "time": {first_texts["time"], *nights.values()},
            "block": {self._block(turn) for turn in {row.turn for row in administrations}},
            **{kind: {texts[kind] for texts in doses} for kind in ("drug", "dose", "route")},
            "latest": {self._texts(row)["latest"] for row in ranged},
            "marks": {" ".join(marks) for marks in set(self.marks.values())},
            "own": {" ".join(marks) for marks in {row.marks for row in rows}},
            "state": {self.recorded[row.number].state for row in recorded},
        }


_DoseKey: TypeAlias = tuple[Dose, Decimal | None, Rate | None]


def _dose_key(row: Administration) -> _DoseKey:
    """What a row gives, with its rate: one capped amount may come from different rates."""
    return row.dose, row.dosed.value, row.dosed.rate


def _notes(
    plan: Plan,
    explain: bool,
    described: Sequence[str],
    marks: Mapping[str, str] | None,
    *,
    narrow: bool,
) -> Iterator[Part]:
    """Totals, workings and rules; only totals in short, where `marks` of conditions are given."""
    schedule = schedule_of(plan)
    if needed := list(totals.as_needed_lines(schedule)):
        yield "As needed, in no row and in no total", needed
    yield totals.under_heading(plan, marks, narrow=narrow)
    if explain:
        yield "Working", list(totals.workings(schedule))
    if rounded := list(totals.roundings(schedule)):
        yield "Rounding", rounded
    if marks is not None:
        return
    yield from notes.rules(plan)
    if described:
        yield "Monographs", [_monograph_pointer(schedule, described)]


def _monograph_pointer(schedule: Schedule, described: Sequence[str]) -> str:
    """The commands that say more about the drugs of a schedule."""
    name = words.name_to_type(schedule.regimen.origin)
    command = f"il2calc prepare {name}, with the options of this schedule,"
    preparation = f"{command} shows how these doses are made up; " if name else ""
    more = f"il2calc drug NAME and il2calc screen NAME say more about {words.listed(described)}."
    return f"{preparation}{more}"
