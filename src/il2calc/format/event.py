"""What an event of a calendar file says: its title, its text and whether it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from il2calc.errors import numbered, shown
from il2calc.model.regimen import UNPLANNED
from il2calc.plan.administration import RECKONED, Administration
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, words
from il2calc.report.rows import marked
from il2calc.units import plain

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

_SAID_BY_STATE = {
    "held": "Held: not given",
    "stopped": "Stopped: not given",
    "unrecorded": "Not recorded whether it was given",
    "due": "Due; nothing recorded yet",
}
_LEFT_OUT = "one that tells of the patient, left out here; the schedule's own table tells it"


def moment(schedule: Schedule, each: Administration) -> datetime:
    """When an administration was given, where a course log says it; else when it is planned."""
    assert each.when is not None, "a calendar needs dates"
    recorded = schedule.recorded.get(each.number)
    when = recorded.when if recorded is not None and recorded.when is not None else each.when
    return when if when.tzinfo is not None else when.replace(tzinfo=schedule.zone)


def status(schedule: Schedule, rows: Sequence[Administration]) -> Status:
    """Whether an event stands: where its administrations differ, as the firmest of them."""
    found = {_status(schedule, each) for each in rows}
    ranked: tuple[Status, ...] = ("CONFIRMED", "TENTATIVE", "CANCELLED")
    return next(each for each in ranked if each in found)


def _status(schedule: Schedule, each: Administration) -> Status:
    recorded = schedule.recorded.get(each.number)
    state = recorded.state if recorded is not None else "planned"
    if state in {"held", "stopped"}:
        return "CANCELLED"
    uncertain = each.only_if or each.at_most
    return "TENTATIVE" if uncertain and state != "given" else "CONFIRMED"


class Wording:
    """The words for the events of a schedule, and for nothing of the patient unless asked.

    Args:
        cautions: of the schedule.
        with_patient: tell body measures, the working of doses, and reasons out of a course log.
    """

    def __init__(
        self, schedule: Schedule, cautions: Sequence[Caution], *, with_patient: bool
    ) -> None:
        self.schedule, self.with_patient = schedule, with_patient
        rows, marks = marked(schedule, cautions)
        self.marks = {row.administration.number: row.marks for row in rows}
        self.meanings = dict(marks.legend())
        self.cautions = cautions
        self.assumptions = {each.number: each.text for each in schedule.assumptions}
        planned = [each for each in schedule.administrations if not each.dose.unplanned]
        self.doses = Counter((each.turn, each.dose.drug) for each in planned)
        self.regimen = tuple(self._regimen())

    def title(self, each: Administration) -> str:
        """An administration in one line, the subject first."""
        return shown(self._subject() + self._what(each))

    def title_of_day(self, rows: Sequence[Administration]) -> str:
        """The administrations of a day in one line, alike ones together with their times."""
        alike: dict[str, list[str]] = {}
        for each in rows:
            alike.setdefault(self._what(each), []).append(self._clock(each))
        told = [f"{what}, at {words.listed(times)}" for what, times in alike.items()]
        return shown(self._subject() + "; ".join(told))

    def text(self, rows: Sequence[Administration]) -> str:
        """Everything about some administrations: what they are, what marks them, the regimen."""
        noted = [*self._of_the_plan(), *self._noted(rows)]
        told = [*self._given(rows), "", *noted, "", *self.regimen]
        return "\n".join(shown(line) for line in told)

    def _given(self, rows: Sequence[Administration]) -> Iterator[str]:
        for each in rows:
            what, place = f"{self._clock(each)} {self._what(each)}", self._place(each)
            yield from (f"{what}; {place}",) if rows[1:] else (what, words.title(place))
        days = list(dict.fromkeys(each.regimen_day for each in rows))
        yield words.title(numbered("regimen day", days))

    def _noted(self, rows: Sequence[Administration]) -> Iterator[str]:
        """What is to be known of the rows, each note once and with its rows where not all."""
        noted: dict[str, list[int]] = {}
        kinds = (
            self._recorded,
            self._marks,
            self._latest,
            _window,
            self._cautions,
            self._assumptions,
            self._sources,
            self._patient,
        )
        for kind in kinds:
            for each in rows:
                for note in kind(each):
                    noted.setdefault(note, []).append(each.number)
        for note, numbers in noted.items():
            every = len(numbers) == len(rows)
            yield note if every else f"{note} ({numbered('row', numbers)})"

    def _subject(self) -> str:
        return f"{self.schedule.subject}: " if self.schedule.subject is not None else ""

    def _clock(self, each: Administration) -> str:
        """The clock time, with its date where it is not that of the planned day."""
        when = moment(self.schedule, each)
        moved = each.carried or (each.when is not None and each.when.date() != when.date())
        return f"{words.dated(when)} {when:%H:%M}" if moved else f"{when:%H:%M}"

    def _what(self, each: Administration) -> str:
        recorded = self.schedule.recorded.get(each.number)
        value = each.dosed.value
        marks = {"conditional": bool(each.only_if), "at most": each.at_most}
        state = ", ".join(mark for mark, holds in marks.items() if holds)
        if recorded is not None and recorded.state in {"given", "held", "stopped"}:
            state = recorded.state
            value = recorded.value if recorded.value is not None else value
        as_reckoned = value == each.dosed.value
        how = words.how(each.dose, each.dosed) if as_reckoned else words.route(each.dose)
        if recorded is not None and recorded.ran is not None:
            how = words.as_it_ran(each.dose, recorded.ran)
        what = f"{each.dose.drug} {words.amount(value, each.dosed.unit)}, {how}"
        return f"{what} ({state})" if state else what

    def _place(self, each: Administration) -> str:
        """Which dose of its turn it is, and its row in the schedule."""
        dose = each.dose
        text = f"dose {each.dose_number} of {self.doses[each.turn, dose.drug]}"
        if dose.unplanned:
            text = "given as needed" if dose.as_needed else UNPLANNED
        if name := each.turn.name():
            text += f" in {name}"
        if dose.own_name is not None and not dose.unplanned:
            text += f", {dose.own_name}"
        return f"{text} (row {each.number})"

    def _recorded(self, each: Administration) -> Iterator[str]:
        recorded = self.schedule.recorded.get(each.number)
        if recorded is None:
            return
        if recorded.state == "given":
            value = recorded.value if recorded.value is not None else each.dosed.value
            given = _told(moment(self.schedule, each), value, each.dosed.unit)
            assert each.when is not None, "a calendar needs dates"
            planned = _told(each.when, each.dosed.value, each.dosed.unit)
            yield f"Given: {given}" if given == planned else f"Given: {given}; planned: {planned}"
            yield from [words.title(RECKONED)] if recorded.reckoned else []
            if recorded.ended is not None:
                yield f"Broken off: {words.dated(recorded.ended)} at {recorded.ended:%H:%M}"
        elif recorded.state in _SAID_BY_STATE:
            yield _SAID_BY_STATE[recorded.state]
        if recorded.reason and self.with_patient:
            yield f"Reason: {recorded.reason}"

    def _marks(self, each: Administration) -> Iterator[str]:
        """The marks of the table, spelled out: conditions first."""
        for mark in sorted(self.marks[each.number], key=lambda mark: not mark.startswith("C")):
            if mark == "P":
                yield f"{plain(each.dosed.percent)} % of the amount in the file"
            elif mark in {"K", "R"}:
                yield "Capped" if mark == "K" else "Rounded"
            elif mark in self.meanings and mark not in {"S", "W"}:
                yield words.title(self.meanings[mark])

    def _latest(self, each: Administration) -> Iterator[str]:
        recorded = self.schedule.recorded.get(each.number)
        if recorded is not None and recorded.state in {"given", "held", "stopped"}:
            return
        if late := words.latest(each):
            yield f"At the latest on {late}; the source gives a range of time"

    def _of_the_plan(self) -> Iterator[str]:
        """The cautions of no row alone: they come first, as in every other output."""
        yield from (self._caution(each) for each in self.cautions if not each.administrations)

    def _cautions(self, each: Administration) -> Iterator[str]:
        touching = (told for told in self.cautions if each.number in told.administrations)
        yield from map(self._caution, touching)

    def _assumptions(self, each: Administration) -> Iterator[str]:
        yield from (f"Assumption {number}: {self.assumptions[number]}" for number in each.assumed)

    def _sources(self, each: Administration) -> Iterator[str]:
        for text in () if each.dose.unplanned else each.source:
            source = self.schedule.regimen.sources[text.partition(",")[0]]
            marks = (("doi", source.doi), ("PMID", source.pmid), ("trial", source.trial))
            found = [f"{label} {value}" for label, value in marks if value]
            yield f"Source: {text} ({found[0] if found else source.url or source.cite})"

    def _patient(self, each: Administration) -> Iterator[str]:
        if self.with_patient:
            head = dict(notes.head(replace(self.schedule, patient=each.patient, recorded={})))
            yield from (f"Patient: {head[key]}" for key in ("patient",) if key in head)
            yield f"Working: {'; '.join(step.text for step in each.dosed.working)}"

    def _caution(self, caution: Caution) -> str:
        hidden = caution.of_patient and not self.with_patient
        return f"Caution: {_LEFT_OUT if hidden else caution.text}"

    def _regimen(self) -> Iterator[str]:
        """Which regimen it is, read how, and what it is not."""
        schedule = self.schedule
        for label, text in notes.head(schedule):
            if label in {"regimen", "arm", "set"}:
                yield f"{words.title(label)}: {text}"
        yield from (f"In no event: {text}" for text in notes.needed(schedule))
        if schedule.zone is not None:
            yield f"Times are those of {schedule.zone.key}."
        yield "Amounts are shown to 4 significant figures."
        yield notes.standing(schedule.regimen)
        yield words.DISCLAIMER


def _window(each: Administration) -> Iterator[str]:
    """How far from its day it may be given, by its innermost block that says so."""
    windows = [turn.block.window for turn in each.turn.chain() if turn.block.window is not None]
    yield from (f"To be within {window.text} of its day" for window in windows[-1:])


def _told(when: datetime, value: Decimal | None, unit: str) -> str:
    return f"{words.dated(when)} at {when:%H:%M}, {words.amount(value, unit)}"
