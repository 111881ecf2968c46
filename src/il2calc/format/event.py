"""The texts and the status of the events of a calendar file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from il2calc.errors import numbered, shown
from il2calc.model.regimen import UNPLANNED, Regimen
from il2calc.plan.administration import RECKONED, SETTLED, Administration, grouped, record_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, totals, words
from il2calc.report.rows import marked_rows
from il2calc.units import plain

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

_TEXT_OF_STATE = {
    "held": "Held: not given",
    "stopped": "Stopped: not given",
    "unrecorded": "Not recorded whether it was given",
    "due": "Due; nothing recorded yet",
}
_HIDDEN_CAUTION = "one about the patient, left out here; see the schedule's own table"


def moment(schedule: Schedule, row: Administration) -> datetime:
    """When a row was given, if a course log says so; otherwise when it is planned."""
    when = record_of(row, schedule.recorded).when or row.moment
    return when if when.tzinfo is not None else when.replace(tzinfo=schedule.zone)


def status(schedule: Schedule, rows: Sequence[Administration]) -> Status:
    """The status of an event: the firmest status of any of its rows."""
    firmest_first = ("CONFIRMED", "TENTATIVE", "CANCELLED")
    return min((_status(schedule, row) for row in rows), key=firmest_first.index)


def _status(schedule: Schedule, row: Administration) -> Status:
    state = record_of(row, schedule.recorded).state
    if state in {"held", "stopped"}:
        return "CANCELLED"
    uncertain = row.only_if or row.at_most
    return "TENTATIVE" if uncertain and state != "given" else "CONFIRMED"


class Wording:
    """The titles and texts of the events of a schedule.

    Args:
        with_patient: show body measures, the working of doses, and reasons in a course log.
        rows: of a course, each with its regimen and arm, which may differ from the schedule's.
    """

    def __init__(
        self,
        schedule: Schedule,
        cautions: Sequence[Caution],
        *,
        with_patient: bool,
        rows: Iterable[CourseRow] = (),
    ) -> None:
        self.schedule, self.with_patient = schedule, with_patient
        all_rows, marks = marked_rows(schedule, cautions)
        self.marks = {row.administration.number: row.marks for row in all_rows}
        self.meanings = dict(marks.legend())
        self.cautions = cautions
        self.assumptions = {note.number: note.text for note in schedule.assumptions}
        planned = [row for row in schedule.administrations if not row.dose.unplanned]
        self.dose_counts = Counter((row.turn, row.dose.drug) for row in planned)
        self.planned_by = {row.number: (row.regimen, row.arm) for row in rows}
        self.heads: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self.general_notes = tuple(self._general_notes())

    def title(self, row: Administration) -> str:
        """A row in one line, the subject first."""
        return shown(self._subject() + self._dose_text(row))

    def title_of_day(self, rows: Sequence[Administration]) -> str:
        """The rows of a day in one line; equal doses are named once, with all their times."""
        times_by_dose = grouped((self._dose_text(row), self._clock_time(row)) for row in rows)
        texts = [f"{dose}, at {words.listed(times)}" for dose, times in times_by_dose.items()]
        return shown(self._subject() + "; ".join(texts))

    def text(self, rows: Sequence[Administration]) -> str:
        """The description of an event: its doses, cautions, notes, and the regimen."""
        # Cautions about no row in particular come first, as in every other output.
        of_plan = [caution for caution in self.cautions if not caution.administrations]
        row_notes = _merged_notes(
            rows,
            self._log_notes,
            self._mark_notes,
            self._latest_note,
            _window_note,
            self._caution_notes,
            self._assumption_notes,
            self._source_notes,
            self._patient_notes,
        )
        heads = _merged_notes(rows, self._regimen_head)
        reviews = _merged_notes(rows, self._review_note)
        regimen = [*heads, *self.general_notes, *reviews, words.DISCLAIMER]
        cautions = map(self._caution_text, of_plan)
        lines = [*self._doses_and_days(rows), "", *cautions, *row_notes, "", *regimen]
        return "\n".join(shown(line) for line in lines)

    def _doses_and_days(self, rows: Sequence[Administration]) -> Iterator[str]:
        for row in rows:
            dose, position = f"{self._clock_time(row)} {self._dose_text(row)}", self._position(row)
            if len(rows) > 1:
                yield f"{dose}; {position}"
            else:
                yield from (dose, words.capitalized(position))
        days = list(dict.fromkeys(row.regimen_day for row in rows))
        yield words.capitalized(numbered("regimen day", days))

    def _subject(self) -> str:
        return f"{self.schedule.subject}: " if self.schedule.subject is not None else ""

    def _clock_time(self, row: Administration) -> str:
        """The clock time, with its date if that is not the planned day."""
        when = moment(self.schedule, row)
        on_other_day = row.carried or row.moment.date() != when.date()
        return f"{words.dated(when)} {when:%H:%M}" if on_other_day else f"{when:%H:%M}"

    def _dose_text(self, row: Administration) -> str:
        """The drug, amount and route of a row, with its state or its marks in brackets."""
        recorded, value = record_of(row, self.schedule.recorded), row.dosed.value
        marks = {"conditional": bool(row.only_if), "at most": row.at_most}
        state = ", ".join(mark for mark, holds in marks.items() if holds)
        if recorded.state in SETTLED:
            state = recorded.state
            value = recorded.value if recorded.value is not None else value
        as_planned = value == row.dosed.value
        route = words.route_text(row.dose, row.dosed) if as_planned else words.route(row.dose)
        if recorded.ran is not None:
            route = words.as_it_ran(row.dose, recorded.ran)
        text = f"{row.dose.drug} {words.amount(value, row.dosed.unit)}, {route}"
        return f"{text} ({state})" if state else text

    def _position(self, row: Administration) -> str:
        """Which dose of its turn a row is, and its number in the schedule."""
        dose = row.dose
        text = f"dose {row.dose_number} of {self.dose_counts[row.turn, dose.drug]}"
        if dose.unplanned:
            text = "given as needed" if dose.as_needed else UNPLANNED
        if name := row.turn.name():
            text += f" in {name}"
        if dose.own_name is not None and not dose.unplanned:
            text += f", {dose.own_name}"
        return f"{text} (row {row.number})"

    def _log_notes(self, row: Administration) -> Iterator[str]:
        recorded = record_of(row, self.schedule.recorded)
        if recorded.state == "given":
            value = recorded.value if recorded.value is not None else row.dosed.value
            given = _time_and_amount(moment(self.schedule, row), value, row.dosed.unit)
            planned = _time_and_amount(row.moment, row.dosed.value, row.dosed.unit)
            yield f"Given: {given}" if given == planned else f"Given: {given}; planned: {planned}"
            if recorded.amount_assumed:
                yield words.capitalized(RECKONED)
            if recorded.ended is not None:
                yield f"Broken off: {words.dated(recorded.ended)} at {recorded.ended:%H:%M}"
        elif recorded.state in _TEXT_OF_STATE:
            yield _TEXT_OF_STATE[recorded.state]
        if recorded.reason and self.with_patient:
            yield f"Reason: {recorded.reason}"

    def _mark_notes(self, row: Administration) -> Iterator[str]:
        """The marks of the table, spelled out: conditions first."""
        for mark in sorted(self.marks[row.number], key=lambda mark: not mark.startswith("C")):
            if mark == "P":
                yield f"{plain(row.dosed.percent)} % of the amount in the file"
            elif mark in {"K", "R"}:
                yield "Capped" if mark == "K" else "Rounded"
            elif mark in self.meanings and mark not in {"S", "W"}:
                yield words.capitalized(self.meanings[mark])

    def _latest_note(self, row: Administration) -> Iterator[str]:
        settled = record_of(row, self.schedule.recorded).state in SETTLED
        if not settled and (latest := words.latest(row)):
            yield f"At the latest on {latest}; the source gives a range of time"

    def _caution_notes(self, row: Administration) -> Iterator[str]:
        for caution in self.cautions:
            if row.number in caution.administrations:
                yield self._caution_text(caution)

    def _assumption_notes(self, row: Administration) -> Iterator[str]:
        yield from (f"Assumption {number}: {self.assumptions[number]}" for number in row.assumed)

    def _source_notes(self, row: Administration) -> Iterator[str]:
        for text in () if row.dose.unplanned else row.source:
            source = self.schedule.regimen.sources[text.partition(",")[0]]
            identity = (notes.identities(source) or [source.cite])[0]
            yield f"Source: {text} ({identity})"

    def _patient_notes(self, row: Administration) -> Iterator[str]:
        if not self.with_patient:
            return
        head = dict(notes.head(replace(self.schedule, patient=row.patient, recorded={})))
        if "patient" in head:
            yield f"Patient: {head['patient']}"
        yield f"Working: {'; '.join(step.text for step in row.dosed.working)}"

    def _caution_text(self, caution: Caution) -> str:
        hidden = caution.of_patient and not self.with_patient
        return f"Caution: {_HIDDEN_CAUTION if hidden else caution.text}"

    def _regimen_and_arm(self, row: Administration) -> tuple[Regimen, str | None]:
        return self.planned_by.get(row.number, (self.schedule.regimen, self.schedule.arm))

    def _regimen_head(self, row: Administration) -> tuple[str, ...]:
        """The regimen of a row with its version, its arm, and what was set."""
        regimen, arm = self._regimen_and_arm(row)
        key = regimen.origin.sha256, arm
        if key not in self.heads:
            by_default = self.schedule.arm_by_default and arm == self.schedule.arm
            schedule = replace(self.schedule, regimen=regimen, arm=arm, arm_by_default=by_default)
            self.heads[key] = tuple(
                f"{words.capitalized(label)}: {text}"
                for label, text in notes.lines_above_rows(schedule)
                if label in {"regimen", "arm", "set"}
            )
        return self.heads[key]

    def _review_note(self, row: Administration) -> Iterator[str]:
        """Whether the regimen of a row is reviewed, and how its sources were read."""
        regimen, _ = self._regimen_and_arm(row)
        yield notes.review_status(regimen)

    def _general_notes(self) -> Iterator[str]:
        """The notes that are the same in every event."""
        schedule = self.schedule
        yield from (f"In no event: {text}" for text in totals.as_needed_lines(schedule))
        if schedule.zone is not None:
            yield f"Times are those of {schedule.zone.key}."
        yield "Amounts are shown to 4 significant figures."


def _merged_notes(
    rows: Sequence[Administration], *kinds: Callable[[Administration], Iterable[str]]
) -> Iterator[str]:
    """The notes of some rows, each once, with its row numbers unless all the rows have it."""
    noted = grouped((note, row.number) for kind in kinds for row in rows for note in kind(row))
    for note, numbers in noted.items():
        distinct = [*dict.fromkeys(numbers)]  # two hidden cautions of a row have the same text
        yield note if len(distinct) == len(rows) else f"{note} ({numbered('row', distinct)})"


def _window_note(row: Administration) -> Iterator[str]:
    """How far from its day a row may be given, by the innermost block that says so."""
    windows = [turn.block.window for turn in row.turn.chain() if turn.block.window is not None]
    if windows:
        yield f"To be given within {windows[-1].text} of its day"


def _time_and_amount(when: datetime, value: Decimal | None, unit: str) -> str:
    return f"{words.dated(when)} at {when:%H:%M}, {words.amount(value, unit)}"
