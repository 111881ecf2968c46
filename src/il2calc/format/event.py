"""What an event of a calendar file says: its title, its text and whether it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from il2calc.errors import numbered, shown
from il2calc.model.regimen import UNPLANNED, Regimen
from il2calc.plan.administration import RECKONED, Administration, became, gathered
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, words
from il2calc.report.rows import marked
from il2calc.units import plain

if TYPE_CHECKING:
    from il2calc.course.index import CourseRow

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

_SAID_BY_STATE = {
    "held": "Held: not given",
    "stopped": "Stopped: not given",
    "unrecorded": "Not recorded whether it was given",
    "due": "Due; nothing recorded yet",
}
_LEFT_OUT = "one about the patient, left out here; see the schedule's own table"


def moment(schedule: Schedule, each: Administration) -> datetime:
    """When an administration was given, where a course log says it; else when it is planned."""
    when = became(each, schedule.recorded).when or each.moment
    return when if when.tzinfo is not None else when.replace(tzinfo=schedule.zone)


def status(schedule: Schedule, rows: Sequence[Administration]) -> Status:
    """Whether an event stands: where its administrations differ, as the firmest of them."""
    found = {_status(schedule, each) for each in rows}
    ranked: tuple[Status, ...] = ("CONFIRMED", "TENTATIVE", "CANCELLED")
    return next(each for each in ranked if each in found)


def _status(schedule: Schedule, each: Administration) -> Status:
    state = became(each, schedule.recorded).state
    if state in {"held", "stopped"}:
        return "CANCELLED"
    uncertain = each.only_if or each.at_most
    return "TENTATIVE" if uncertain and state != "given" else "CONFIRMED"


class Wording:
    """The words for the events of a schedule, and for nothing of the patient unless asked.

    Args:
        cautions: of the schedule.
        with_patient: tell body measures, the working of doses, and reasons out of a course log.
        rows: of a course: each names the text and the arm that it follows, not those of the head.
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
        shown_rows, marks = marked(schedule, cautions)
        self.marks = {row.administration.number: row.marks for row in shown_rows}
        self.meanings = dict(marks.legend())
        self.cautions = cautions
        self.assumptions = {each.number: each.text for each in schedule.assumptions}
        planned = [each for each in schedule.administrations if not each.dose.unplanned]
        self.doses = Counter((each.turn, each.dose.drug) for each in planned)
        self.followed = {row.number: (row.text, row.arm) for row in rows}
        self.heads: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self.in_all = tuple(self._in_all())

    def title(self, each: Administration) -> str:
        """An administration in one line, the subject first."""
        return shown(self._subject() + self._what(each))

    def title_of_day(self, rows: Sequence[Administration]) -> str:
        """The administrations of a day in one line, alike ones together with their times."""
        alike = gathered((self._what(each), self._clock(each)) for each in rows)
        told = [f"{what}, at {words.listed(times)}" for what, times in alike.items()]
        return shown(self._subject() + "; ".join(told))

    def text(self, rows: Sequence[Administration]) -> str:
        """Everything about some administrations: what they are, what marks them, the regimen."""
        # What is of no row alone comes first, as in every other output.
        of_plan = (self._caution(each) for each in self.cautions if not each.administrations)
        of_rows = _noted(
            rows,
            self._recorded,
            self._marks,
            self._latest,
            _window,
            self._cautions,
            self._assumptions,
            self._sources,
            self._patient,
        )
        regimen = [*_noted(rows, self._head), *self.in_all, *_noted(rows, self._standing)]
        told = [*self._given(rows), "", *of_plan, *of_rows, "", *regimen, words.DISCLAIMER]
        return "\n".join(shown(line) for line in told)

    def _given(self, rows: Sequence[Administration]) -> Iterator[str]:
        for each in rows:
            what, place = f"{self._clock(each)} {self._what(each)}", self._place(each)
            yield from (f"{what}; {place}",) if rows[1:] else (what, words.title(place))
        days = list(dict.fromkeys(each.regimen_day for each in rows))
        yield words.title(numbered("regimen day", days))

    def _subject(self) -> str:
        return f"{self.schedule.subject}: " if self.schedule.subject is not None else ""

    def _clock(self, each: Administration) -> str:
        """The clock time, with its date where it is not that of the planned day."""
        when = moment(self.schedule, each)
        moved = each.carried or each.moment.date() != when.date()
        return f"{words.dated(when)} {when:%H:%M}" if moved else f"{when:%H:%M}"

    def _what(self, each: Administration) -> str:
        recorded, value = became(each, self.schedule.recorded), each.dosed.value
        marks = {"conditional": bool(each.only_if), "at most": each.at_most}
        state = ", ".join(mark for mark, holds in marks.items() if holds)
        if recorded.state in {"given", "held", "stopped"}:
            state = recorded.state
            value = recorded.value if recorded.value is not None else value
        as_reckoned = value == each.dosed.value
        how = words.how(each.dose, each.dosed) if as_reckoned else words.route(each.dose)
        if recorded.ran is not None:
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
        recorded = became(each, self.schedule.recorded)
        if recorded.state == "given":
            value = recorded.value if recorded.value is not None else each.dosed.value
            given = _told(moment(self.schedule, each), value, each.dosed.unit)
            planned = _told(each.moment, each.dosed.value, each.dosed.unit)
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
        over = became(each, self.schedule.recorded).state in {"given", "held", "stopped"}
        if not over and (late := words.latest(each)):
            yield f"At the latest on {late}; the source gives a range of time"

    def _cautions(self, each: Administration) -> Iterator[str]:
        touching = (told for told in self.cautions if each.number in told.administrations)
        yield from map(self._caution, touching)

    def _assumptions(self, each: Administration) -> Iterator[str]:
        yield from (f"Assumption {number}: {self.assumptions[number]}" for number in each.assumed)

    def _sources(self, each: Administration) -> Iterator[str]:
        for text in () if each.dose.unplanned else each.source:
            source = self.schedule.regimen.sources[text.partition(",")[0]]
            yield f"Source: {text} ({[*notes.identities(source), source.cite][0]})"

    def _patient(self, each: Administration) -> Iterator[str]:
        if self.with_patient:
            head = dict(notes.head(replace(self.schedule, patient=each.patient, recorded={})))
            yield from (f"Patient: {head[key]}" for key in ("patient",) if key in head)
            yield f"Working: {'; '.join(step.text for step in each.dosed.working)}"

    def _caution(self, caution: Caution) -> str:
        hidden = caution.of_patient and not self.with_patient
        return f"Caution: {_LEFT_OUT if hidden else caution.text}"

    def _follows(self, each: Administration) -> tuple[Regimen, str | None]:
        """The text and the arm that a row follows."""
        return self.followed.get(each.number, (self.schedule.regimen, self.schedule.arm))

    def _head(self, each: Administration) -> tuple[str, ...]:
        """Which regimen a row is of: its version, its arm, and what was set."""
        text, arm = self._follows(each)
        key = text.origin.sha256, arm
        if key not in self.heads:
            by_default = self.schedule.arm_by_default and arm == self.schedule.arm
            own = replace(self.schedule, regimen=text, arm=arm, arm_by_default=by_default)
            told = [each for each in notes.above(own) if each[0] in {"regimen", "arm", "set"}]
            self.heads[key] = tuple(f"{words.title(label)}: {text}" for label, text in told)
        return self.heads[key]

    def _standing(self, each: Administration) -> Iterator[str]:
        """How the text that a row follows was read."""
        text, _ = self._follows(each)
        yield notes.standing(text)

    def _in_all(self) -> Iterator[str]:
        """What holds for every event."""
        schedule = self.schedule
        yield from (f"In no event: {text}" for text in words.needed(schedule))
        if schedule.zone is not None:
            yield f"Times are those of {schedule.zone.key}."
        yield "Amounts are shown to 4 significant figures."


def _noted(
    rows: Sequence[Administration], *kinds: Callable[[Administration], Iterable[str]]
) -> Iterator[str]:
    """Notes of rows, each once and with its rows where not all have it."""
    noted = gathered((note, each.number) for kind in kinds for each in rows for note in kind(each))
    for note, found in noted.items():
        numbers = [*dict.fromkeys(found)]  # two cautions of a row may be left out in the same words
        every = len(numbers) == len(rows)
        yield note if every else f"{note} ({numbered('row', numbers)})"


def _window(each: Administration) -> Iterator[str]:
    """How far from its day it may be given, by its innermost block that says so."""
    windows = [turn.block.window for turn in each.turn.chain() if turn.block.window is not None]
    yield from (f"To be given within {window.text} of its day" for window in windows[-1:])


def _told(when: datetime, value: Decimal | None, unit: str) -> str:
    return f"{words.dated(when)} at {when:%H:%M}, {words.amount(value, unit)}"
