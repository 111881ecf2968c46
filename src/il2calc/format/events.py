"""A schedule or a course as an event table, as simulation engines read it.

Upper-case columns of numbers, sorted by time, one row per dose. NONMEM, mrgsolve, rxode2, nlmixr2,
Monolix, PKPDsim and pharmpy all read this the same way. Two of them lose the doses that ADDL and II
represent, so rows are folded only on request; one ignores DUR, so infusions have a RATE. NONMEM
reads 24 characters per item; a number is the shortest text of its double, at most 23.

A course lists the doses given, at their real times and in their real amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from il2calc.errors import Refused, UnknownName, nearest_drug, numbered
from il2calc.format import tabular
from il2calc.plan.administration import RECKONED, TO_COME, Administration, grouped, record_of
from il2calc.plan.calendar import equal_runs, minutes_between
from il2calc.plan.needs import units_to_write
from il2calc.plan.schedule import Caution, Schedule, drugs_in
from il2calc.report import notes, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import EXACT, UCUM, convert, double

COLUMNS = ("ID", "TIME", "EVID", "CMT", "AMT", "RATE", "ADDL", "II")
"""Frozen, in this order; `WT` and `BSA` follow if they are known."""

TEXT_COLUMNS = tuple(
    name for name in tabular.COLUMNS if name not in ("time", "amount", "weight_kg")
)
"""Columns of the CSV that may follow, in capitals; not those that could be mistaken for ours."""

_INFUSION_ROUTES = ("IV infusion", "IV", "")
"""Routes of doses that may be infusions although no infusion time is stated; "" = unknown."""

_HOUR = Decimal(60)
_MEASURES = {"weight": "WT", "bsa": "BSA"}


class EventOptions(NamedTuple):
    """The options of an event table.

    Args:
        drug: write the doses of this drug only.
        compartments: compartment by drug; 1 for a drug that is not in it.
        subject: the number in the column ID.
        compact: fold doses at equal intervals into one row with ADDL and II.
        to_come: include the doses of a course that are still to come.
        columns: text columns after the numbers, from `TEXT_COLUMNS`.
    """

    drug: str | None = None
    compartments: Mapping[str, int] = {}
    subject: int = 1
    compact: bool = False
    to_come: bool = False
    columns: tuple[str, ...] = ()


class Event(NamedTuple):
    """One row of an event table.

    Args:
        minute: time since the first row [min].
        number: of the row in its plan.
        weight: actual weight [kg]; `bsa` is uncapped [m2], whatever the dose is calculated from.
        amount: in the unit of its compartment; `rate` is the same per hour, 0 = bolus.
        addl: number of further doses, each `ii` after the one before [min].
        texts: cells of the text columns.
    """

    minute: int
    number: int
    cmt: int
    amount: Decimal
    rate: Decimal
    weight: Decimal | None = None
    bsa: Decimal | None = None
    texts: tuple[str, ...] = ()
    addl: int = 0
    ii: int = 0


class Table(NamedTuple):
    """An event table, and what its reader must know about it.

    Args:
        notes: sentences about units, time zero, and what was left out or rounded.
    """

    options: EventOptions
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    cautions: tuple[Caution, ...]


class _Dose(NamedTuple):
    """A row of a plan that becomes an event; `given` is False if it is only planned."""

    row: Administration
    cells: Mapping[str, str]
    given: bool
    minute: int  # from a moment that is the same for all doses of the plan


def table(plan: Plan, options: EventOptions) -> Table:
    """The event table of a schedule, or of a course.

    Raises:
        UnknownName: a drug that is not in the plan.
        Refused: there is nothing to write; a compartment would add up several drugs or units.
    """
    schedule = schedule_of(plan)
    drugs = tuple(drugs_in(schedule))
    for name in (*filter(None, (options.drug,)), *options.compartments):
        if name not in drugs:
            raise UnknownName(f"drug of {schedule.regimen.id}", name, drugs, near=nearest_drug)
    doses, unstated = _split_doses(plan, options)
    if not doses:
        raise Refused(_why_empty(plan, unstated, options))
    given_in = ((row.dose.drug, row.dosed.unit) for row, *_ in doses)
    units = units_to_write(given_in, options.compartments, may_share=False)
    doses.sort(key=lambda dose: (dose.minute, dose.row.number))
    unfolded = [_event(dose, doses[0].minute, units, options) for dose in doses]
    gaps = _incomplete_measures(unfolded)
    removed: dict[str, Any] = dict.fromkeys(gaps)
    unfolded = [event._replace(**removed) for event in unfolded]
    events = tuple(folded(unfolded) if options.compact else unfolded)
    cautions = tuple(_cautions(plan, doses, unstated, options.drug))
    left_out = [f"{_MEASURES[name]} is left out: it is not known of every row" for name in gaps]
    return Table(options, events, (*_notes(doses, units, events, options), *left_out), cautions)


def _split_doses(plan: Plan, options: EventOptions) -> tuple[list[_Dose], list[_Dose]]:
    """The rows to write, and those left out because no amount is stated."""
    by_amount = grouped((bool(dose.cells["amount"]), dose) for dose in _doses(plan, options))
    return by_amount.get(True, []), by_amount.get(False, [])


def _incomplete_measures(events: Sequence[Event]) -> list[str]:
    """Body measures that are known for some rows only: a column of numbers has no gaps."""
    missing = {name: {getattr(event, name) is None for event in events} for name in _MEASURES}
    return [name for name, flags in missing.items() if len(flags) > 1]


def lines(event_table: Table) -> Iterator[str]:
    """The header and one line per event."""
    options = event_table.options
    names = dict.fromkeys((*COLUMNS, *numbers_in(event_table.events[0])))
    yield tabular.line((*names, *(name.upper() for name in options.columns)))
    for event in event_table.events:
        cells = {name: double(value) for name, value in numbers_in(event).items()}
        cells |= {"ID": str(options.subject), "EVID": "1", "CMT": str(event.cmt)}
        yield tabular.line((*(cells[name] for name in names), *event.texts))


def numbers_in(event: Event) -> dict[str, Decimal]:
    """The numbers of an event that depend on the plan, by column; body measures if known."""
    body = ((column, getattr(event, name)) for name, column in _MEASURES.items())
    numbers = {"TIME": in_hours(event.minute), "AMT": event.amount, "RATE": event.rate}
    numbers |= {"ADDL": Decimal(event.addl), "II": in_hours(event.ii)}
    return numbers | {column: value for column, value in body if value is not None}


def in_hours(minute: int) -> Decimal:
    """Minutes as hours [h]."""
    return EXACT.divide(Decimal(minute), _HOUR)


def rate(amount: Decimal, minutes: str | int) -> Decimal:
    """The infusion rate, as amount per hour.

    Args:
        minutes: the infusion time [min]; empty or 0 = bolus, for which engines expect a rate of 0.

    >>> rate(Decimal(42_000_000), 15)
    Decimal('168000000')
    """
    time = Decimal(minutes or 0)
    return EXACT.divide(EXACT.multiply(amount, _HOUR), time) if time else Decimal(0)


def folded(events: Iterable[Event]) -> list[Event]:
    """Events in which equal doses at equal intervals are one row with ADDL and II."""
    groups = grouped((event._replace(minute=0, number=0), event) for event in events)
    folded_events = [
        group[start]._replace(addl=count - 1, ii=step)
        for group in groups.values()
        for start, count, step in equal_runs([event.minute for event in group])
    ]
    return sorted(folded_events, key=lambda event: (event.minute, event.number))


_INFUSION_TIMES = ("over_minutes", "over_minutes_to")
"""The shortest and longest infusion time; both are set to the real one if it stopped early."""


def _doses(plan: Plan, options: EventOptions) -> Iterator[_Dose]:
    """The rows to write; of a course those given, and those to come if `options` says so."""
    schedule = schedule_of(plan)
    for row, cells in zip(schedule.shown, tabular.records(plan), strict=True):
        state = cells.get("state", "")
        if options.drug not in (None, row.dose.drug):
            continue
        if state == "given":
            ran = schedule.recorded[row.number].ran
            infusion_times = {} if ran is None else dict.fromkeys(_INFUSION_TIMES, str(ran))
            as_given = {**cells, "amount": cells["given_amount"], **infusion_times}
            yield _Dose(row, as_given, True, _minute(plan, row))
        elif not state or (options.to_come and state in TO_COME):
            yield _Dose(row, cells, False, _minute(plan, row))


def _why_empty(plan: Plan, unstated: Sequence[_Dose], options: EventOptions) -> str:
    drug = options.drug
    planned = {row.dose.drug for row in schedule_of(plan).administrations}
    if drug not in planned and (drug is not None or not planned):
        subject = "all of it is" if drug is None else f"{drug} is"
        return f"{subject} given as needed: nothing is planned, so there is nothing to simulate"
    if unstated:
        return "the source states no amount of these doses: there is nothing to simulate"
    if isinstance(plan, Schedule) and drug is None:
        return f"{notes.rows_shown(plan)}: there is nothing to simulate"
    if isinstance(plan, Schedule):
        return "no dose of this drug is among the rows that are shown; leave out --drug or --from"
    noun = "dose" if drug is None else f"dose of {drug}"
    if is_part := notes.is_part(plan.schedule):
        noun += f" among the rows that are shown ({notes.rows_shown(plan.schedule)})"
    text = f"no {noun}{'' if is_part else ' of this course'} was given by then"
    if options.to_come:
        return f"{text}, and none is still to come"
    return f"{text}; add --plan for what is still to come"


def _minute(plan: Plan, row: Administration) -> int:
    if isinstance(plan, Schedule):
        return round(row.hours * 60)
    when = record_of(row, plan.schedule.recorded).when or row.moment
    return minutes_between(plan.rows[0].administration.moment, when)


def _event(dose: _Dose, first: int, units: Mapping[str, str], options: EventOptions) -> Event:
    cells, drug, unit = dose.cells, dose.row.dose.drug, dose.row.dosed.unit
    amount = convert(Decimal(cells["amount"]), unit, units[drug])
    return Event(
        minute=dose.minute - first,
        number=dose.row.number,
        cmt=options.compartments.get(drug, 1),
        amount=amount,
        rate=rate(amount, cells["over_minutes"]),
        weight=dose.row.patient.weight,
        bsa=dose.row.patient.uncapped(),
        texts=tuple(cells[name] for name in options.columns),
    )


def _notes(
    doses: Sequence[_Dose], units: Mapping[str, str], events: Sequence[Event], options: EventOptions
) -> Iterator[str]:
    first = doses[0]
    day = first.row.regimen_day
    moment = f"{first.cells['date']} {first.cells['time']}".strip()
    if first.given:
        moment = f"{first.cells['given_date']} {first.cells['given_time']}"
    yield f"TIME is in hours from row {first.row.number} (day {day}, {moment})"
    for drug, unit in units.items():
        compartment = options.compartments.get(drug, 1)
        yield f"AMT of {drug} is in {UCUM[unit]}, RATE the same per hour, in CMT {compartment}"
    numbers = (pair for event in events for pair in numbers_in(event).items())
    inexact = dict.fromkeys(name for name, value in numbers if Decimal(double(value)) != value)
    if inexact:
        yield f"{words.listed([*inexact])}: the nearest double, in at most 17 digits"


_CAUTION_TEXTS = {
    "events-only-if": "conditional, but listed like any dose",
    "events-at-most": "a maximum in the source, but all of it is listed",
    "events-earliest": "after a range of time; TIME is the earliest",
    "events-infusion-time": "no infusion time is stated; RATE 0 makes it a bolus",
    "events-infusion-range": "a range of infusion time; RATE is for the shortest",
    "events-not-stated": "no amount is stated, so the dose is left out",
    "events-reckoned": f"{RECKONED}; AMT is the planned amount",
    "events-unrecorded": "neither given nor held in the log, so the dose is left out",
}
"""What a table of numbers cannot show about a row, by the code of the caution."""


def cautions(schedule: Schedule, drug: str | None = None) -> tuple[Caution, ...]:
    """What an event table cannot show about a schedule, or about one drug in it (None = all)."""
    return tuple(_cautions(schedule, *_split_doses(schedule, EventOptions(drug=drug)), drug))


def _cautions(
    plan: Plan, doses: Sequence[_Dose], unstated: Sequence[_Dose], drug: str | None
) -> Iterator[Caution]:
    planned, schedule = [dose.row for dose in doses if not dose.given], schedule_of(plan)
    recorded = schedule.recorded
    times = [(row, cells["over_minutes"], cells["over_minutes_to"]) for row, cells, *_ in doses]
    untimed = [
        dose.row
        for dose in doses
        if dose.cells["route"] in _INFUSION_ROUTES and not dose.cells["over_minutes"]
    ]
    of_drug = [row for row in schedule.shown if drug in {None, row.dose.drug}]
    unrecorded = [row for row in of_drug if record_of(row, recorded).state == "unrecorded"]
    rows_by_code = {
        "events-only-if": [row for row in planned if row.only_if],
        "events-at-most": [row for row in planned if row.at_most],
        "events-earliest": [
            row for row in planned if row.latest_minute is not None or row.not_before
        ],
        "events-infusion-time": untimed,
        "events-infusion-range": [row for row, shortest, longest in times if shortest != longest],
        "events-not-stated": [dose.row for dose in unstated],
        "events-reckoned": [row for row, *_ in doses if record_of(row, recorded).amount_assumed],
        "events-unrecorded": unrecorded,
    }
    for code, rows in rows_by_code.items():
        if numbers := tuple(sorted(row.number for row in rows)):
            text = f"event table, {numbered('row', numbers)}: {_CAUTION_TEXTS[code]}"
            yield Caution(code, text, numbers)
