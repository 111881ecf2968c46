"""A schedule or a course as an event table, as simulation engines read it.

Upper-case columns of numbers alone, sorted by time, each dose a row of its own. NONMEM, mrgsolve,
rxode2, nlmixr2, Monolix, PKPDsim and pharmpy read them alike: two of them lose the doses that ADDL
and II stand for, so that rows are folded only where that is asked for, and one takes a DUR for
nothing, so that an infusion has a RATE. NONMEM reads 24 characters of an item; a number here is the
shortest text of its double, at most 23.

A course has what was given, at its real times and in its real amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from il2calc.errors import Refused, UnknownName, nearest_drug, numbered
from il2calc.format import tabular
from il2calc.plan.administration import RECKONED, TO_COME, AddedIn, Administration, gathered
from il2calc.plan.calendar import stretches
from il2calc.plan.schedule import Caution, Schedule
from il2calc.report import notes, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import EXACT, UCUM, convert, double

COLUMNS = ("ID", "TIME", "EVID", "CMT", "AMT", "RATE", "ADDL", "II")
"""Frozen, in this order; `WT` and `BSA` stand behind them where they are known."""

TEXT_COLUMNS = tuple(
    name for name in tabular.COLUMNS if name not in ("time", "amount", "weight_kg")
)
"""Columns of the CSV that may stand behind, in capitals; what a reader could take for ours cannot.
"""

_DRIPS = ("IV infusion", "IV", "")
"""Routes by which a dose without an infusion time may run for some, the unknown one among them."""

_HOUR = Decimal(60)


class Wanted(NamedTuple):
    """What is asked of an event table.

    Args:
        drug: the doses of this drug alone.
        compartments: the compartment of a drug; 1 of a drug that is alone.
        subject: the number under ID.
        compact: fold doses at equal intervals into one row with ADDL and II.
        to_come: of a course, what is still to come as well.
        columns: columns of texts behind the numbers, of `TEXT_COLUMNS`.
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
        minute: elapsed since the first row [min].
        number: of the administration in its plan.
        weight: the actual one, and `bsa` the whole one, whatever of them the dose counts.
        amount: in the unit of its compartment; `rate` the same per hour, 0 = at once.
        addl: how many more doses follow, each `ii` after the one before [min].
        texts: what stands behind the numbers.
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
    """An event table, and what its reader must know of it.

    Args:
        told: what the numbers are in, one sentence each.
    """

    wanted: Wanted
    events: tuple[Event, ...]
    told: tuple[str, ...]
    cautions: tuple[Caution, ...]


class _Dose(NamedTuple):
    """A row of a plan that becomes an event; `given` is False of what is only planned."""

    row: Administration
    cells: Mapping[str, str]
    given: bool


def table(plan: Plan, wanted: Wanted) -> Table:
    """The event table of a schedule, or of a course.

    Raises:
        UnknownName: a drug that the plan does not have.
        Refused: nothing to write; amounts that would be added up and cannot be.
    """
    schedule = schedule_of(plan)
    known = schedule.regimen.drugs(schedule.arm)
    for name in (*filter(None, (wanted.drug,)), *wanted.compartments):
        if name not in known:
            raise UnknownName(f"drug of {schedule.regimen.id}", name, known, near=nearest_drug)
    doses, unstated = _stated(plan, wanted)
    if not doses:
        raise Refused(_nothing(plan, unstated, wanted))
    units = _units(doses, wanted)
    doses.sort(key=lambda dose: (_minute(plan, dose), dose.row.number))
    made = [_event(plan, dose, doses[0], units, wanted) for dose in doses]
    partly = _partly_known(made)
    unknown: dict[str, Any] = dict.fromkeys(partly)
    made = [event._replace(**unknown) for event in made]
    events = tuple(folded(made) if wanted.compact else made)
    cautions = tuple(_cautions(plan, doses, unstated, wanted.drug))
    left_out = [f"{_OF_BODY[name]} is left out: it is not known of every row" for name in partly]
    return Table(wanted, events, (*_told(doses, units, events, wanted), *left_out), cautions)


def _stated(plan: Plan, wanted: Wanted) -> tuple[list[_Dose], list[_Dose]]:
    """The rows that are wanted: those of an amount, and those of none."""
    stated: list[_Dose] = []
    unstated: list[_Dose] = []
    for dose in _doses(plan, wanted):
        (stated if dose.cells["amount"] else unstated).append(dose)
    return stated, unstated


_OF_BODY = {"weight": "WT", "bsa": "BSA"}


def _partly_known(events: Sequence[Event]) -> list[str]:
    """Measures of the body that are known of some rows alone, which a column cannot say."""
    known = {name: {getattr(event, name) is None for event in events} for name in _OF_BODY}
    return [name for name, missing in known.items() if len(missing) > 1]


def lines(made: Table) -> Iterator[str]:
    """The header and one line per event."""
    first = made.events[0]
    names = [shown for name, shown in _OF_BODY.items() if getattr(first, name) is not None]
    yield tabular.line((*COLUMNS, *names, *(name.upper() for name in made.wanted.columns)))
    for event in made.events:
        numbers = [double(value) for value in numbers_of(event)]
        own = (str(made.wanted.subject), numbers[0], "1", str(event.cmt))
        yield tabular.line((*own, *numbers[1:], *event.texts))


def numbers_of(event: Event) -> tuple[Decimal, ...]:
    """TIME, AMT, RATE, ADDL, II, and the body measures that are known."""
    body = (value for value in (event.weight, event.bsa) if value is not None)
    hours, ii = hours_of(event.minute), hours_of(event.ii)
    return hours, event.amount, event.rate, Decimal(event.addl), ii, *body


def hours_of(minute: int) -> Decimal:
    """Minutes as hours [h]."""
    return EXACT.divide(Decimal(minute), _HOUR)


def rate(amount: Decimal, minutes: str | int) -> Decimal:
    """How much runs in an hour.

    Args:
        minutes: the infusion time [min]; empty or 0 = at once, which engines know by a rate of 0.

    >>> rate(Decimal(42_000_000), 15)
    Decimal('168000000')
    """
    long = Decimal(minutes or 0)
    return EXACT.divide(EXACT.multiply(amount, _HOUR), long) if long else Decimal(0)


def folded(events: Iterable[Event]) -> list[Event]:
    """The same doses with one row for each stretch of like ones at equal intervals."""
    alike = gathered((event._replace(minute=0, number=0), event) for event in events)
    found = [
        group[start]._replace(addl=count - 1, ii=step)
        for group in alike.values()
        for start, count, step in stretches([event.minute for event in group])
    ]
    return sorted(found, key=lambda event: (event.minute, event.number))


_LASTING = ("over_minutes", "over_minutes_to")
"""Of an infusion that was stopped early both are the time for which it ran."""


def _doses(plan: Plan, wanted: Wanted) -> Iterator[_Dose]:
    """The rows that are wanted: of a course those that were given, and what is to come if asked."""
    schedule = schedule_of(plan)
    for row, cells in zip(schedule.shown, tabular.records(plan), strict=True):
        state = cells.get("state", "")
        if wanted.drug not in (None, row.dose.drug):
            continue
        if state == "given":
            ran = schedule.recorded[row.number].ran
            long = {} if ran is None else dict.fromkeys(_LASTING, str(ran))
            yield _Dose(row, {**cells, "amount": cells["given_amount"], **long}, True)
        elif not state or (wanted.to_come and state in TO_COME):
            yield _Dose(row, cells, False)


def _nothing(plan: Plan, unstated: Sequence[_Dose], wanted: Wanted) -> str:
    drug = wanted.drug
    planned = {row.dose.drug for row in schedule_of(plan).administrations}
    if drug not in planned and (drug is not None or not planned):
        what = "all of it is" if drug is None else f"{drug} is"
        return f"{what} given as needed: nothing is planned, so there is nothing to simulate"
    if unstated:
        return "the source states no amount of these doses: there is nothing to simulate"
    if isinstance(plan, Schedule):
        return "no dose of this drug is among the rows that are shown; leave out --drug or --from"
    which = "dose" if drug is None else f"dose of {drug}"
    if part := notes.is_part(plan.schedule):
        which += f" among the rows that are shown ({notes.shown(plan.schedule)})"
    given = f"no {which}{'' if part else ' of this course'} was given by then"
    if wanted.to_come:
        return f"{given}, and none is still to come"
    return f"{given}; add --plan for what is still to come"


def _minute(plan: Plan, dose: _Dose) -> int:
    """When a dose falls [min], counted from some moment that all of them share."""
    if isinstance(plan, Schedule):
        return round(Decimal(dose.cells["hours"]) * 60)
    kind = "given_" if dose.given else ""
    day, time = dose.cells[f"{kind}date"], dose.cells[f"{kind}time"]
    when = datetime.fromisoformat(f"{day}T{time}")
    return int((when - plan.rows[0].administration.moment).total_seconds()) // 60


def _units(doses: Sequence[_Dose], wanted: Wanted) -> dict[tuple[str, str], str]:
    """In which unit amounts of a drug in some unit are written.

    Raises:
        Refused: drugs, or units that cannot be converted, that would meet in one compartment.
    """
    added_in = AddedIn()
    units = {
        (row.dose.drug, row.dosed.unit): added_in.unit(row.dose.drug, row.dosed.unit)
        for row, _, _ in doses
    }
    drugs = list(dict.fromkeys(drug for drug, _ in units))
    if drugs[1:] and not set(drugs) <= set(wanted.compartments):
        ways = " ".join(f'--cmt "{drug}={place}"' for place, drug in enumerate(drugs, 1))
        raise Refused(
            f"{words.listed(drugs)} would be added up in one compartment: give each its own "
            f'({ways}), or only one drug (--drug "{drugs[0]}")'
        )
    held: dict[int, dict[str, None]] = {}
    for (drug, _), unit in units.items():
        held.setdefault(wanted.compartments.get(drug, 1), {})[UCUM[unit]] = None
    for place, found in held.items():
        if len(found) > 1 and not drugs[1:]:
            told = words.listed(list(found))
            raise Refused(f"{drugs[0]} is given in {told}, and no column of amounts can hold both")
        if len(found) > 1:
            raise Refused(
                f"amounts in {words.listed(list(found))} would be added up in compartment {place}: "
                "give each drug its own with --cmt DRUG=N, or only one drug with --drug"
            )
    return units


def _event(
    plan: Plan, dose: _Dose, first: _Dose, units: Mapping[tuple[str, str], str], wanted: Wanted
) -> Event:
    cells, drug, unit = dose.cells, dose.row.dose.drug, dose.row.dosed.unit
    amount = convert(Decimal(cells["amount"]), unit, units[drug, unit])
    return Event(
        minute=_minute(plan, dose) - _minute(plan, first),
        number=dose.row.number,
        cmt=wanted.compartments.get(drug, 1),
        amount=amount,
        rate=rate(amount, cells["over_minutes"]),
        weight=dose.row.patient.weight,
        bsa=dose.row.patient.uncapped(),
        texts=tuple(cells[name] for name in wanted.columns),
    )


def _told(
    doses: Sequence[_Dose],
    units: Mapping[tuple[str, str], str],
    events: Sequence[Event],
    wanted: Wanted,
) -> Iterator[str]:
    first = doses[0]
    day = first.row.regimen_day
    when = f"{first.cells['date']} {first.cells['time']}".strip()
    if first.given:
        when = f"{first.cells['given_date']} {first.cells['given_time']}"
    yield f"TIME is in hours from row {first.row.number} (day {day}, {when})"
    for drug, unit in dict.fromkeys((drug, unit) for (drug, _), unit in units.items()):
        place = wanted.compartments.get(drug, 1)
        yield f"AMT of {drug} is in {UCUM[unit]}, RATE the same per hour, in CMT {place}"
    names = ("TIME", "AMT", "RATE", "ADDL", "II", "WT", "BSA")
    cut: dict[str, None] = {}
    for event in events:
        shown = names if event.weight is not None else (*names[:5], "BSA")
        told = zip(shown, numbers_of(event), strict=False)
        cut |= {name: None for name, value in told if Decimal(double(value)) != value}
    if cut:
        yield f"{words.listed(list(cut))}: the nearest double, in at most 17 digits"


_UNSAID = {
    "events-only-if": "conditional, but listed like any dose",
    "events-at-most": "a maximum in the source, but all of it is listed",
    "events-earliest": "after a range of time; TIME is the earliest",
    "events-infusion-time": "no infusion time is stated; RATE 0 makes it a bolus",
    "events-infusion-range": "a range of infusion time; RATE is for the shortest",
    "events-not-stated": "no amount is stated, so the dose is left out",
    "events-reckoned": f"{RECKONED}; AMT is the planned amount",
    "events-unrecorded": "neither given nor held in the log, so the dose is left out",
}
"""What a table of numbers cannot say of its rows, by the code of the caution."""


def cautions(schedule: Schedule, drug: str | None = None) -> tuple[Caution, ...]:
    """What a table of the rows of a schedule cannot say of them.

    Args:
        drug: the only one that is written; None = all.
    """
    return tuple(_cautions(schedule, *_stated(schedule, Wanted(drug=drug)), drug))


def _cautions(
    plan: Plan, doses: Sequence[_Dose], unstated: Sequence[_Dose], drug: str | None
) -> Iterator[Caution]:
    """What a table of numbers cannot say of its rows."""
    planned, recorded = [dose.row for dose in doses if not dose.given], schedule_of(plan).recorded
    given = [dose.row for dose in doses if dose.given]
    times = [(row, cells["over_minutes"], cells["over_minutes_to"]) for row, cells, _ in doses]
    untimed = [
        dose.row
        for dose in doses
        if dose.cells["route"] in _DRIPS and not dose.cells["over_minutes"]
    ]
    shown = () if isinstance(plan, Schedule) else plan.schedule.shown
    wanted = [row for row in shown if drug in {None, row.dose.drug}]
    found = {
        "events-only-if": [row for row in planned if row.only_if],
        "events-at-most": [row for row in planned if row.at_most],
        "events-earliest": [
            row for row in planned if row.latest_minute is not None or row.not_before
        ],
        "events-infusion-time": untimed,
        "events-infusion-range": [row for row, least, most in times if least != most],
        "events-not-stated": [dose.row for dose in unstated],
        "events-reckoned": [row for row in given if recorded[row.number].reckoned],
        "events-unrecorded": [row for row in wanted if recorded[row.number].state == "unrecorded"],
    }
    for code, rows in found.items():
        if numbers := tuple(sorted(row.number for row in rows)):
            text = f"event table, {numbered('row', numbers)}: {_UNSAID[code]}"
            yield Caution(code, text, numbers)
