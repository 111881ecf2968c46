"""How much of the planned dose was given in how much of the planned time: dose intensity.

`DEFINITION` defines it to the day, and `REFERENCES` names who defined it. What was given is what
the log says. A new GFR or band is no change of dose either. Several turns together last from the
first day of the first to the end of the last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from math import inf
from typing import NamedTuple

from il2calc.course.dosing_basis import DosingBases
from il2calc.course.index import CourseRow, Index, key_of
from il2calc.course.replay import Course, scheduled
from il2calc.errors import Refused, numbered
from il2calc.model.effects import Chain, DoseKey
from il2calc.model.measure import WHOLE_BODY, DosingBody
from il2calc.model.regimen import NOT_STATED
from il2calc.plan import dosing
from il2calc.plan.administration import SETTLED, Administration, grouped
from il2calc.plan.calendar import DAY, Turn, to_minutes
from il2calc.plan.schedule import Body, Revision
from il2calc.plan.timing import Slot
from il2calc.units import EXACT, RELIABLE, AddedIn, Quantity, convert

WEEK = 7
"""Days in a week [days]."""

DEFINITION = (
    (
        "Dose intensity = total dose / time; relative dose intensity (RDI) = dose intensity given "
        "/ dose intensity planned."
    ),
    (
        "Time runs from the first day of the first turn that has begun to the end of the last, "
        "including its 'every' or its rest, and the 'every' of a turn around it once all in that "
        "one has begun; for what was given, days of delay before later turns are added."
    ),
    (
        "Only turns that have begun count (one of their planned doses was given or held), and "
        "those before them; they count in full, so a dose still to come in one counts as not given."
    ),
    (
        "Planned is what the file prescribes at 100 %, by each dose's arm and for the measures it "
        "is calculated with; doses continued through a delay, and those that the log adds, count "
        "as given and not as planned."
    ),
    (
        "Amounts per kg or m2 are each divided by the weight or surface area that the dose was "
        "calculated with, so a new weight is not a change of dose."
    ),
    "Doses of the regimen itself, in no block, count from their first to their last planned day.",
)
"""What the numbers mean, a line each."""

REFERENCES = (
    (
        "Hryniuk W, Bush H. The importance of dose intensity in chemotherapy of metastatic breast "
        "cancer. J Clin Oncol 1984;2(11):1281-1288."
    ),
    (
        "Hryniuk W, Levine MN. Analysis of dose intensity for adjuvant chemotherapy trials in "
        "stage II breast cancer. J Clin Oncol 1986;4(8):1162-1170."
    ),
)
"""Who defined it."""


@dataclass(frozen=True, slots=True)
class Intensity:
    """The dose intensity of one drug in one block turn, or in all.

    Args:
        turns: the block turn and those around it; empty for the whole course.
        basis: `kg` or `m2` if every dose is prescribed so, by the file and the log; else None.
        unit: of `planned` and `given`, which are totals per `basis`.
        planned_doses: in the turns that have begun; `given_doses` in all, and `open_doses` not yet
            given, held or stopped.
        continued_doses: of those given, the ones not in the plan, continued through a delay, and
            `unplanned_doses`, which a log added, `needed_doses` of them as needed.
        planned_days: how long the turns last by the plan, and `days` as they are now [days].
        versions: the versions that the rows follow, and `arms` the arms, each once, in row order.
    """

    drug: str
    turns: Chain
    basis: str | None
    unit: str
    planned: Decimal
    given: Decimal
    planned_doses: int
    given_doses: int
    open_doses: int
    planned_days: int
    days: int
    continued_doses: int = 0
    unplanned_doses: int = 0
    needed_doses: int = 0
    versions: tuple[int, ...] = ()
    arms: tuple[str, ...] = ()

    @property
    def delay(self) -> int:
        """By how much it took longer than planned [days]."""
        return self.days - self.planned_days

    @property
    def share(self) -> Decimal | None:
        """What was given of the planned total [%]; None if nothing was planned."""
        return _percent(self.given, self.planned)

    @property
    def planned_a_week(self) -> Decimal:
        """The planned dose intensity [unit per basis per week]."""
        return EXACT.divide(EXACT.multiply(self.planned, Decimal(WEEK)), Decimal(self.planned_days))

    @property
    def given_a_week(self) -> Decimal:
        """The dose intensity as given [unit per basis per week]."""
        return EXACT.divide(EXACT.multiply(self.given, Decimal(WEEK)), Decimal(self.days))

    @property
    def relative(self) -> Decimal | None:
        """The relative dose intensity [%]; None if nothing was planned."""
        given = EXACT.multiply(self.given, Decimal(self.planned_days))
        return _percent(given, EXACT.multiply(self.planned, Decimal(self.days)))


def intensities(course: Course) -> tuple[Intensity, ...]:
    """The dose intensity of each drug, per block turn and in all.

    Empty before a planned dose was given or held, for there is no time to divide by. A drug with an
    amount that is not stated has none (`unstated`).

    Raises:
        Refused: there is no other drug.
    """
    lacking = {row.key.drug for row in unstated(course)}
    if {row.key.drug for row in course.rows} == lacking != set():
        raise Refused(
            f"dose intensity needs planned amounts: {'; '.join(missing_intensities(course))}"
        )
    spans = begun_spans(course)
    around = _spans_around(course, spans)
    prescribed = _prescribed(course)
    planned = course.planned.regimen.drugs(course.planned.arm)
    return tuple(
        _intensity(drug, turns, rows, spans, around, prescribed)
        for drug in dict.fromkeys((*planned, *(row.key.drug for row in course.rows)))
        if drug not in lacking
        for unit_rows in _by_dimension(row for row in course.rows if row.key.drug == drug)
        for turns, rows in _scopes(unit_rows, spans)
    )


def _prescribed(course: Course) -> dict[DoseKey, Administration]:
    """What the file prescribes, at 100 %, for the body that each dose is calculated with."""
    planned, plan, bases = course.planned, course.state.plan, DosingBases(course.state)
    if planned.percents or bases.bodies:

        def full(slot: Slot, _: Body) -> Body:
            return Body(bases.body(plan.key(slot)), Decimal(100))

        planned = scheduled(course.state, Revision(plan.timetable, full))
    return {key_of(row): row for row in planned.administrations}


def unstated(course: Course) -> tuple[CourseRow, ...]:
    """The rows of which the file states no amount, whatever a log has set: there is no share."""
    return tuple(
        row
        for row in course.rows
        if None in [dose.dosed.value for dose in (row.administration, row.planned) if dose]
    )


def missing_intensities(course: Course) -> Iterator[str]:
    """The drugs that have no dose intensity, each with the reason."""
    rows = grouped((row.key.drug, row.number) for row in unstated(course))
    for drug, numbers in rows.items():
        yield f"the amount of {numbered('row', numbers)} ({drug}) is {NOT_STATED} in the file"


def _by_dimension(rows: Iterable[CourseRow]) -> Iterator[list[CourseRow]]:
    added_in = AddedIn()
    units = ((added_in.unit(row.key.drug, row.administration.dosed.unit), row) for row in rows)
    yield from grouped(units).values()


def _scopes(
    rows: Iterable[CourseRow], begun: Collection[Chain]
) -> Iterator[tuple[Chain, list[CourseRow]]]:
    """Rows of begun turns, by their own block turn, by a turn around several of these, and in all.

    An unplanned dose in a turn that has not begun counts in the turns around it that have.
    """
    around_begun = {chain[:depth] for chain in begun for depth in range(len(chain) + 1)}
    inside: dict[Chain, set[Chain]] = {}
    members: dict[Chain, list[CourseRow]] = {}
    last: dict[Chain, int] = {}
    for place, row in enumerate(rows):
        home = row.key.turns
        if home not in begun and not (begun and row.administration.dose.unplanned):
            continue
        while home not in around_begun:
            home = home[:-1]
        for depth in range(len(home) + 1):
            inside.setdefault(home[:depth], set()).add(home)
            members.setdefault(home[:depth], []).append(row)
            last[home[:depth]] = place
    homes = inside.get((), set())
    for turns in sorted(inside, key=lambda chain: (not chain, last[chain], -len(chain))):
        if not turns or turns in homes or len(inside[turns]) > 1:
            yield turns, members[turns]


def _intensity(
    drug: str,
    turns: Chain,
    rows: Sequence[CourseRow],
    spans: Mapping[Chain, TurnDays],
    around: Mapping[Chain, TurnDays],
    prescribed: Mapping[DoseKey, Administration],
) -> Intensity:
    doses = [row.administration for row in rows if not row.administration.dose.unplanned]
    planned = [prescribed[row.key] for row in rows if row.key in prescribed]
    bases = {row.dosed.basis for row in (*doses, *planned)}
    basis = bases.pop() if len(bases) == 1 else None
    unit = rows[0].administration.dosed.unit
    body = next((row.dose.dosing_body for row in (*doses, *planned)), WHOLE_BODY)
    drug_spans = _spans_of(turns, rows, spans, around, prescribed)
    given = [row for row in rows if row.recorded.state == "given"]
    unplanned = sum(row.administration.dose.unplanned for row in given)
    with localcontext(EXACT):
        return Intensity(
            drug=drug,
            turns=turns,
            basis=basis,
            unit=unit,
            planned=sum((_per(row, row.dosed.value, basis, unit, body) for row in planned), _ZERO),
            given=sum(
                (_per(row.administration, row.recorded.value, basis, unit, body) for row in given),
                _ZERO,
            ),
            planned_doses=len(planned),
            given_doses=len(given),
            open_doses=sum(row.recorded.state not in SETTLED for row in rows),
            planned_days=_extent([span.planned for span in drug_spans]),
            days=_extent([span.now for span in drug_spans]),
            continued_doses=sum(row.planned is None for row in given) - unplanned,
            unplanned_doses=unplanned,
            needed_doses=sum(row.administration.dose.as_needed for row in given),
            versions=tuple(dict.fromkeys(row.regimen.version for row in rows)),
            arms=tuple(dict.fromkeys(row.arm for row in rows if row.arm is not None)),
        )


def _spans_of(
    turns: Chain,
    rows: Sequence[CourseRow],
    spans: Mapping[Chain, TurnDays],
    around: Mapping[Chain, TurnDays],
    prescribed: Mapping[DoseKey, Administration],
) -> list[TurnDays]:
    """The spans of the turns in which a drug is planned; of all turns if it is planned in none.

    Those around them count as well, up to the turn that is asked about.

    An unplanned dose takes no time: one that was given in the rest between two cycles belongs to
    the turn around both, and would make all of it count.
    """
    chains = {row.key.turns for row in rows if row.key in prescribed}
    if not chains:
        within = {key.turns for key in prescribed if key.turns[: len(turns)] == turns}
        chains = within & spans.keys()
    outer = {chain[:depth] for chain in chains for depth in range(len(turns) or 1, len(chain))}
    return [spans[chain] for chain in chains] + [around[chain] for chain in outer & around.keys()]


_ZERO = Decimal(0)


def _per(
    row: Administration, value: Decimal | None, basis: str | None, unit: str, body: DosingBody
) -> Decimal:
    """An amount per kg or m2 of the body that it was calculated with.

    Args:
        body: of the planned doses, by which an unplanned one is counted as well.
    """
    assert value is not None, "it was given"
    amount = convert(value, row.dosed.unit, unit)
    measures = {"kg": row.patient.weight, "m2": row.patient.unrounded_bsa()}
    measure = row.dosed.body_measure
    size = measures.get(basis or "") if measure is None else measure.value
    if row.dose.unplanned:
        size = dosing.for_body(Quantity(Decimal(1), unit, basis), row.patient, body, basis)
    return amount if basis is None or size is None else RELIABLE.divide(amount, size)


def _extent(spans: Sequence[tuple[int, int]]) -> int:
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _percent(value: Decimal, total: Decimal) -> Decimal | None:
    return EXACT.divide(EXACT.multiply(value, Decimal(100)), total) if total else None


class TurnDays(NamedTuple):
    """From when to when a turn lasts, by the plan and as it is now [days from day 1]."""

    planned: tuple[int, int]
    now: tuple[int, int]


def days_late(course: Course) -> dict[Chain, int]:
    """By how many days each turn is later than planned, if it is."""
    plan, now = course.state.plan, course.layout.now
    days = {chain: now.turns[chain].start - turn.start for chain, turn in plan.turns.items()}
    return {chain: by for chain, by in days.items() if by}


def begun_spans(course: Course) -> dict[Chain, TurnDays]:
    """The turns with planned doses of their own that have begun, and how long each lasts."""
    planned = [row for row in course.rows if not row.administration.dose.unplanned]
    by_turn = grouped((row.key.turns, row) for row in planned)
    plan, now = course.state.plan, course.layout.now
    spans = {chain: _span(chain, rows, plan, now) for chain, rows in by_turn.items()}
    last = max(
        (spans[row.key.turns].now[0] for row in planned if _has_happened(row, course.as_of)),
        default=-inf,
    )
    not_stopped = {row.key.turns for row in planned if row.recorded.state != "stopped"}
    return {
        chain: span for chain, span in spans.items() if span.now[0] <= last and chain in not_stopped
    }


def _has_happened(row: CourseRow, as_of: datetime) -> bool:
    """Whether a dose was given, or held and its time has come: one held ahead begins no turn."""
    dose = row.administration
    if row.recorded.state == "given":
        return True
    is_due = dose.moment.replace(tzinfo=None) <= as_of
    return row.recorded.state == "held" and is_due and not dose.only_if


def _span(chain: Chain, rows: Sequence[CourseRow], plan: Index, now: Index) -> TurnDays:
    if not chain:
        days = [row.planned.day for row in rows if row.planned and not row.planned.outside]
        planned = min(days, default=0), max(days, default=0) + 1
        return TurnDays(planned, planned)
    return _turn_days(plan.turns[chain], _planned_length(plan.turns[chain]), plan, now)


def _spans_around(course: Course, begun: Mapping[Chain, TurnDays]) -> dict[Chain, TurnDays]:
    """The turns with an `every` around those that have begun, once all that is planned in one has.

    Four weekly blocks in a cycle of six weeks then take six weeks, as do days 1 to 28 of it.
    """
    plan, now = course.state.plan, course.layout.now
    planned = {row.key.turns for row in course.rows if not row.administration.dose.unplanned}
    unbegun = {chain[:depth] for chain in planned - begun.keys() for depth in range(len(chain))}
    outer = {chain[:depth] for chain in begun for depth in range(1, len(chain))} - unbegun
    turns = [(chain, plan.turns[chain]) for chain in outer]
    return {
        chain: _turn_days(turn, turn.length, plan, now)
        for chain, turn in turns
        if turn.block.repeat is not None and turn.block.repeat.every is not None
    }


def _turn_days(turn: Turn, length: int, plan: Index, now: Index) -> TurnDays:
    """When a turn of a length [days] begins and ends, and a delay of what follows it with it."""
    start = now.turns[plan.chain(turn)].start

    def moved(turn: Turn) -> int:
        return now.turns[plan.chain(turn)].start - turn.start

    after = plan.next(turn)
    later = moved(after) if after else max(moved(inner) for inner in plan.inside(turn))
    extra = later - moved(turn)
    return TurnDays((turn.start, turn.start + length), (start, start + length + max(extra, 0)))


def _planned_length(turn: Turn) -> int:
    """How long a turn lasts by the plan, its `every` or its `rest` included [days]."""
    repeat = turn.block.repeat
    rest = repeat.rest if repeat is not None else turn.block.rest
    return turn.length + to_minutes(rest, "earliest") // DAY
