"""How much of the planned dose was given in how much of the planned time: dose intensity.

What is meant is said to the day in `DEFINITION`, and by whom it was defined in `REFERENCES`. Given
is what the log says was given; a new GFR or band is no change of dose either. Several turns
together last from the first day of the first to the end of the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple

from il2calc.course.dosing_basis import dosing_bases
from il2calc.course.index import CourseRow, Index, key_of
from il2calc.course.replay import Course
from il2calc.errors import Refused, numbered
from il2calc.model.effects import Chain, DoseKey
from il2calc.model.regimen import NOT_STATED
from il2calc.plan import schedule
from il2calc.plan.administration import AddedIn, Administration, gathered
from il2calc.plan.calendar import DAY, Turn, pick_of
from il2calc.plan.schedule import Body
from il2calc.plan.timing import Slot
from il2calc.units import EXACT, convert

WEEK = 7
"""Days in a week [days]."""

DEFINITION = (
    (
        "Dose intensity = total dose / time; relative dose intensity (RDI) = dose intensity given "
        "/ dose intensity planned."
    ),
    (
        "Time runs from the first day of the first turn that has begun to the end of the last, "
        "including its 'every' or its rest; for what was given, days of delay before later turns "
        "are added."
    ),
    (
        "Only turns that have begun count (one of their doses was given or held), and those "
        "before them; they count in full, so a dose still to come in one counts as not given."
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
        basis: `kg` or `m2` where every dose of it is prescribed so, by the file and the log; else
            None.
        unit: of `planned` and `given`, which are totals per `basis`.
        planned_doses: in the turns that have begun, and `given_doses` of them, `open_doses` not
            yet given, held or stopped.
        drawn_doses: of those given, the ones that no plan had, drawn through a delay, and
            `unplanned_doses`, which a log added, `needed_doses` of them as needed.
        planned_days: how long the turns last by the plan, and `days` as they lie now [days].
        versions: that the rows follow, and `arms` theirs, each once in the order of the rows.
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
    drawn_doses: int = 0
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
        """What was given of the planned total [%]; None where nothing was planned."""
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
        """The relative dose intensity [%]; None where nothing was planned."""
        of = EXACT.multiply(self.given, Decimal(self.planned_days))
        return _percent(of, EXACT.multiply(self.planned, Decimal(self.days)))


def intensities(course: Course) -> tuple[Intensity, ...]:
    """What is the dose intensity of each drug, per block turn and in all?

    Nothing where no dose was given or held yet: there is no time to divide by. A drug of which an
    amount is not stated has none (`unstated`).

    Raises:
        Refused: there is no other drug.
    """
    lacking = {row.key.drug for row in unstated(course)}
    if {row.key.drug for row in course.rows} == lacking != set():
        raise Refused(f"dose intensity needs planned amounts: {'; '.join(lacks(course))}")
    spans = begun(course)
    prescribed = _prescribed(course)
    return tuple(
        _intensity(drug, turns, rows, spans, prescribed)
        for drug in dict.fromkeys(
            (*course.plain.regimen.drugs(course.plain.arm), *(row.key.drug for row in course.rows))
        )
        if drug not in lacking
        for unit_rows in _by_dimension(row for row in course.rows if row.key.drug == drug)
        for turns, rows in _scopes([row for row in unit_rows if row.key.turns in spans])
    )


def _prescribed(course: Course) -> dict[DoseKey, Administration]:
    """What the file prescribes, at 100 %, for the body that each dose is calculated with."""
    log, made, plan = course.log, course.plain, course.state.plan
    bases = dosing_bases(course.state)
    if made.percents or bases.bodies:

        def whole(slot: Slot, _: Body) -> Body:
            return Body(bases.body(plan.key(slot)), Decimal(100))

        made = schedule.make(
            made.regimen,
            made.patient,
            arm=log.arm,
            start=log.start,
            at=log.at,
            revision=schedule.Revision(plan.timetable, whole),
        )
    return {key_of(row): row for row in made.administrations}


def unstated(course: Course) -> tuple[CourseRow, ...]:
    """The rows of which the file states no amount, whatever a log has set: there is no share."""
    return tuple(
        row
        for row in course.rows
        for each in (row.administration, row.plain)
        if each is not None and each.dosed.value is None
    )


def lacks(course: Course) -> Iterator[str]:
    """Of which drugs there is no dose intensity, and why."""
    found = dict.fromkeys((row.key.drug, row.number) for row in unstated(course))
    for drug, numbers in gathered(found).items():
        yield f"the amount of {numbered('row', numbers)} ({drug}) is {NOT_STATED} in the file"


def _by_dimension(rows: Iterable[CourseRow]) -> Iterator[list[CourseRow]]:
    """Rows of one drug, apart where their amounts cannot be added."""
    added_in = AddedIn()
    units = ((added_in.unit(row.key.drug, row.administration.dosed.unit), row) for row in rows)
    yield from gathered(units).values()


def _scopes(rows: Sequence[CourseRow]) -> Iterator[tuple[Chain, list[CourseRow]]]:
    """Rows by the block turn they stand in, by a turn around several of these, and in all."""
    inside: dict[Chain, set[Chain]] = {}
    members: dict[Chain, list[CourseRow]] = {}
    last: dict[Chain, int] = {}
    for place, row in enumerate(rows):
        home = row.key.turns
        for depth in range(len(home) + 1):
            inside.setdefault(home[:depth], set()).add(home)
            members.setdefault(home[:depth], []).append(row)
            last[home[:depth]] = place
    homes = inside.get((), set())
    for turns in sorted(inside, key=lambda each: (not each, last[each], -len(each))):
        if not turns or turns in homes or len(inside[turns]) > 1:
            yield turns, members[turns]


def _intensity(
    drug: str,
    turns: Chain,
    rows: Sequence[CourseRow],
    spans: Mapping[Chain, Span],
    prescribed: Mapping[DoseKey, Administration],
) -> Intensity:
    doses = [row.administration for row in rows if not row.administration.dose.unplanned]
    planned = [prescribed[row.key] for row in rows if row.key in prescribed]
    bases = {row.dosed.basis for row in (*doses, *planned)}
    basis = bases.pop() if len(bases) == 1 else None
    unit = rows[0].administration.dosed.unit
    own = _timed(turns, rows, spans, prescribed)
    given = [row for row in rows if row.recorded.state == "given"]
    unplanned = sum(row.administration.dose.unplanned for row in given)
    with localcontext(EXACT):
        return Intensity(
            drug=drug,
            turns=turns,
            basis=basis,
            unit=unit,
            planned=sum((_per(row, row.dosed.value, basis, unit) for row in planned), _NONE),
            given=sum(
                (_per(row.administration, row.recorded.value, basis, unit) for row in given), _NONE
            ),
            planned_doses=len(planned),
            given_doses=len(given),
            open_doses=sum(row.recorded.state not in _OVER for row in rows),
            planned_days=_length([span.planned for span in own]),
            days=_length([span.now for span in own]),
            drawn_doses=sum(row.plain is None for row in given) - unplanned,
            unplanned_doses=unplanned,
            needed_doses=sum(row.administration.dose.as_needed for row in given),
            versions=tuple(dict.fromkeys(row.text.version for row in rows)),
            arms=tuple(dict.fromkeys(row.arm for row in rows if row.arm is not None)),
        )


def _timed(
    turns: Chain,
    rows: Sequence[CourseRow],
    spans: Mapping[Chain, Span],
    prescribed: Mapping[DoseKey, Administration],
) -> list[Span]:
    """How long the turns last in which a drug is planned, or anything where it is planned in none.

    A dose that no plan had takes no time: given in the rest between two cycles it lies in the turn
    around both, which would count whole for its sake.
    """
    planned = {row.key.turns for row in rows if row.key in prescribed}
    if not planned:
        around = {key.turns for key in prescribed if key.turns[: len(turns)] == turns}
        planned = around & spans.keys() or {row.key.turns for row in rows}
    return [spans[chain] for chain in planned]


_NONE = Decimal(0)
_PER = Context(prec=26, rounding=ROUND_HALF_UP)
"""The last of an amount's 28 digits was rounded: 106.666... mg in 4/3 m2 are 80 mg/m2."""
_OVER = ("given", "held", "stopped")


def _per(row: Administration, value: Decimal | None, basis: str | None, unit: str) -> Decimal:
    """An amount per kg or m2 of the body that it was calculated with."""
    assert value is not None, "it was given"
    amount = convert(value, row.dosed.unit, unit)
    measures = {"kg": row.patient.weight, "m2": row.patient.full_bsa()}
    counted = row.dosed.reckoned
    size = measures.get(basis or "") if counted is None else counted.value
    return amount if basis is None or size is None else _PER.divide(amount, size)


def _length(spans: Sequence[tuple[int, int]]) -> int:
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _percent(value: Decimal, whole: Decimal) -> Decimal | None:
    return EXACT.divide(EXACT.multiply(value, Decimal(100)), whole) if whole else None


class Span(NamedTuple):
    """From when to when a turn lasts, by the plan and as it lies now [days from day 1]."""

    planned: tuple[int, int]
    now: tuple[int, int]


def moved(course: Course) -> dict[Chain, int]:
    """By how many days each turn lies later than the plan had it; only those that do."""
    plain, now = course.state.plan, course.laid.places
    days = {chain: now.turns[chain].start - turn.start for chain, turn in plain.turns.items()}
    return {chain: by for chain, by in days.items() if by}


def begun(course: Course) -> dict[Chain, Span]:
    """The turns with doses of their own that have begun, and how long each lasts."""
    rows = gathered((row.key.turns, row) for row in course.rows)
    plain, now = course.state.plan, course.laid.places
    spans = {chain: _span(chain, own, plain, now) for chain, own in rows.items()}
    recorded = [
        spans[chain].now[0]
        for chain, own in rows.items()
        if any(_over(row, course.as_of) for row in own)
    ]
    last = max(recorded, default=None)
    return {
        chain: spans[chain]
        for chain, own in rows.items()
        if last is not None
        and spans[chain].now[0] <= last
        and any(row.recorded.state != "stopped" for row in own)
    }


def _over(row: CourseRow, as_of: datetime) -> bool:
    """Whether a dose was given, or held and its time has come: one held ahead begins nothing."""
    each = row.administration
    if row.recorded.state == "given":
        return True
    come = each.moment.replace(tzinfo=None) <= as_of
    return row.recorded.state == "held" and come and not each.only_if


def _span(chain: Chain, own: Sequence[CourseRow], plain: Index, now: Index) -> Span:
    if not chain:
        days = [row.plain.day for row in own if row.plain and not row.plain.outside]
        planned = min(days, default=0), max(days, default=0) + 1
        return Span(planned, planned)
    turn, lies = plain.turns[chain], now.turns[chain]
    length = _lasts(turn)

    def moved(turn: Turn) -> int:
        return now.turns[plain.chain(turn)].start - turn.start

    after = plain.next(turn)
    later = moved(after) if after else max(moved(inner) for inner in plain.inside(turn))
    more = later - moved(turn)
    return Span((turn.start, turn.start + length), (lies.start, lies.start + length + max(more, 0)))


def _lasts(turn: Turn) -> int:
    """How long a turn lasts by the plan, its `every` or its `rest` included [days]."""
    repeat = turn.block.repeat
    rest = repeat.rest if repeat is not None else turn.block.rest
    return turn.length + pick_of(rest, "earliest") // DAY
