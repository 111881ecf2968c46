"""What a careful pharmacist would point out about a finished schedule.

A caution never removes a row: it is stated, and marked on the rows that it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from il2calc.errors import numbered
from il2calc.model.regimen import OPEN, WEEKDAYS, Dose
from il2calc.plan.administration import Administration, grouped
from il2calc.plan.calendar import DAY, anchors, clock, lasting, minutes_between
from il2calc.plan.dating import is_ambiguous
from il2calc.plan.dosing import DoseResult, Unstated
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review import body, departures
from il2calc.review.departures import NO_MONOGRAPHS
from il2calc.review.spacing import by_route, given_together, given_twice, kept_apart, overlaps
from il2calc.units import safe, safe_quantity, short

if TYPE_CHECKING:
    from il2calc.model.drug import DrugName
    from il2calc.pharmacy.answers import Monographs

    _TextOf: TypeAlias = Callable[[Dose, DoseResult], str | None]


def review(schedule: Schedule, monographs: Monographs = NO_MONOGRAPHS) -> tuple[Caution, ...]:
    """Everything that should be pointed out: an arm by default, then the settings, then the plan.

    Args:
        monographs: without them, what only a monograph can say is left out.
    """
    return (
        *_default_arm(schedule),
        *_hides_shipped(schedule, monographs),
        *_doubtful_names(schedule),
        *_settings(schedule, monographs),
        *_percentages(schedule),
        *_dose_cautions(schedule, "true-share", _true_share, of_patient=True),
        *_dose_cautions(schedule, "band-bound", _between_bands, of_patient=True),
        *departures.band_steps(schedule),
        *_arm_caution(schedule),
        *_start_weekday(schedule),
        *body.for_whom(schedule),
        *body.capped_surface(schedule),
        *body.below_ideal(schedule),
        *body.of_schedule(schedule),
        *_limits(schedule, monographs),
        *_outside_planned_days(schedule),
        *given_twice(schedule),
        *given_together(schedule),
        *_not_before(schedule),
        *_as_needed(schedule),
        *_overlaps(schedule),
        *_times_a_day(schedule),
        *_dose_cautions(schedule, "not-rounded", _not_rounded),
        *_dose_cautions(schedule, "rounded-far", _rounded_far),
        *_clock_changes(schedule),
    )


def _limits(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """What exceeds a limit of a source. Few plans have one, so most need not load that module."""
    if any(monographs.values()) or schedule.regimen.stop_rules:
        from il2calc.review import limits

        yield from departures.unit_mismatches(schedule, monographs)
        yield from limits.above(schedule, monographs)
        yield from limits.reduced(schedule, monographs)
        yield from limits.stops_planned(schedule)
        yield from kept_apart(schedule, monographs)


def _hides_shipped(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """A user's regimen or monograph in place of a shipped one: its limits are the user's too."""
    read = [(schedule.regimen.origin, schedule.regimen.id)]
    read += [(drug.origin, drug.name) for drug in monographs.values() if drug is not None]
    texts = (origin.hiding(name) for origin, name in dict.fromkeys(read))
    yield from (Caution("hides-shipped", text) for text in texts if text)


def _doubtful_names(schedule: Schedule) -> Iterator[Caution]:
    """A drug's name that may mean another preparation in a source, or is nearly a known name."""
    written_as_needed = {as_needed.dose.written for as_needed in schedule.as_needed}
    for name in schedule.regimen.names:
        if (question := name.question()) is None:
            continue
        rows = (row for row in schedule.administrations if row.dose.written == name.written)
        if (touched := _numbers(rows)) or name.written in written_as_needed:
            yield Caution("drug-name", question, touched)
    yield from name_questions(schedule, schedule.drug_names)


def name_questions(schedule: Schedule, names: Iterable[DrugName]) -> Iterator[Caution]:
    """What to confirm about the names that options use for drugs of a plan, once for each name."""
    for name in names:
        if (question := name.question()) is not None:
            rows = (row for row in schedule.administrations if row.dose.drug == name.drug)
            yield Caution("drug-name", question, _numbers(rows))


def _settings(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    numbers = tuple(row.number for row in schedule.administrations)
    for setting in schedule.regimen.settings:
        if setting.was == OPEN:
            text = f"{setting.path} is open in the file, and set to {setting.now} as requested"
            yield Caution("rest", text, numbers)
            continue
        text = f"changed from the file: {setting.in_safe_style()}"
        if (factor := departures.setting_factor(setting, schedule, monographs)) is not None:
            text += f", {factor}"
        yield Caution("set", text, numbers)


def _percentages(schedule: Schedule) -> Iterator[Caution]:
    for drug, percent in schedule.percents.items():
        if percent == 100:
            continue
        touched = _numbers(row for row in schedule.administrations if row.dose.drug == drug)
        text = f"{drug} is given at {short(percent)} % of the amount in the file"
        if percent < 100 and schedule.regimen.never_reduce:
            text += ", which says to withhold doses and never to reduce them"
        yield Caution("percent", text, touched)


def _true_share(dose: Dose, dosed: DoseResult) -> str | None:
    """A percentage of a dose that is a larger one of the full dose, because that is capped."""
    if isinstance(dosed, Unstated) or (share := dosed.true_share()) is None:
        return None
    assert dosed.full_dose is not None, "a share is one of it"
    full = safe(dosed.full_dose, dosed.unit)
    text = f"{dose.path}: {short(dosed.percent)} % of the amount is "
    text += f"{safe(dosed.calculated, dosed.unit)}, which is {short(share)} % of the {full} of a "
    return f"{text}full dose, because the cap comes after the percentage"


def _between_bands(dose: Dose, dosed: DoseResult) -> str | None:
    """A patient at the bound of two bands: a person must say which one is meant."""
    if (band := dosed.band) is None or band.shared is None:
        return None
    text = f"{dose.path}: {band.measure_text} is the bound of two bands, {band.shared.within.text} "
    text += f"({safe_quantity(band.shared.amount)}) and {band.band} "
    return f"{text}({safe_quantity(band.amount)}); the upper one is used"


def _default_arm(schedule: Schedule) -> Iterator[Caution]:
    if schedule.arm_by_default:
        arms = ", ".join(schedule.regimen.arms)
        text = f"no --arm was given; {schedule.arm} is the file's default (arms: {arms})"
        yield Caution("default-arm", text)


def _arm_caution(schedule: Schedule) -> Iterator[Caution]:
    if schedule.arm is not None and (text := schedule.regimen.arms[schedule.arm].caution):
        yield Caution("arm", text)


def _start_weekday(schedule: Schedule) -> Iterator[Caution]:
    """Day 1 on another weekday than the file names, which moves every dose to another weekday."""
    weekdays, start = schedule.regimen.starts_on, schedule.start
    if start is None or not weekdays or WEEKDAYS[start.weekday()] in weekdays:
        return
    first = start.date().toordinal()
    nearby = [
        date.fromordinal(day)
        for day in range(max(first - 6, 1), min(first + 6, date.max.toordinal()) + 1)
        if WEEKDAYS[date.fromordinal(day).weekday()] in weekdays
    ]
    before = [day for day in nearby if day < start.date()]
    after = [day for day in nearby if day > start.date()]
    days, fitting = " or ".join(weekdays), map(dated, (*before[-1:], *after[:1]))
    text = f"day 1 is {dated(start.date())}; the file says that it is a {days}: "
    yield Caution("starts-on", text + " or ".join(fitting))


def dated(day: date) -> str:
    """A date with its weekday: `Monday 2026-12-07`."""
    return f"{WEEKDAYS[day.weekday()]} {day.isoformat()}"


def _outside_planned_days(schedule: Schedule) -> Iterator[Caution]:
    rows = [row for row in schedule.administrations if row.outside]
    if rows:
        start = schedule.start_minute
        starts = sorted({anchors(row.dose, start)[0] for row in rows})
        why = f"it begins at {' or '.join(map(clock, starts))}"
        if starts == [start]:
            why = f"each day begins at {clock(start)}"
        single = len(rows) == 1
        which, whose = ("1 dose falls", "its") if single else (f"{len(rows)} doses fall", "their")
        days = numbered("regimen day", [row.regimen_day for row in rows])
        text = f"{which} outside the planned days of {whose} repeat because {why} "
        text += f"({numbered('row', _numbers(rows))}: {days}); no block is lengthened by it"
        yield Caution("outside-planned-days", text, _numbers(rows))


def _times_a_day(schedule: Schedule) -> Iterator[Caution]:
    """An intravenous dose several times a day while awake: it may be meant for the night too."""
    intravenous = (row for row in schedule.administrations if row.dose.route.startswith("IV"))
    for dose, rows in grouped((row.dose.as_written, row) for row in intravenous).items():
        if dose.at is None or dose.at.kind != "times a day" or len(dose.at.minutes) == 1:
            continue
        count = len(dose.at.minutes)
        clocks = ", ".join(clock(schedule.start_minute + minute) for minute in dose.at.minutes)
        text = f"{dose.path}: {dose.at.text}, intravenous, is spread over waking hours ({clocks}); "
        text += f"round the clock it would be 'repeat: {{times: {count}, every: "
        text += f"{lasting(DAY // count)}}}' instead of 'at'"
        yield Caution("times-a-day", text, _numbers(rows))


def _not_before(schedule: Schedule) -> Iterator[Caution]:
    """What follows a rest of which only the minimum is known."""
    touched = _numbers(row for row in schedule.administrations if row.not_before)
    if touched:
        which = numbered("row", touched)
        verb = "is" if len(touched) == 1 else "are"
        text = f"{which} {verb} not before the date shown: the source gives only a minimum rest"
        yield Caution("not-before", text, touched)


def _as_needed(schedule: Schedule) -> Iterator[Caution]:
    """Drugs given as needed, which nobody can count beforehand."""
    for drug in dict.fromkeys(as_needed.dose.drug for as_needed in schedule.as_needed):
        text = f"{drug} is given as needed: in no row and in no total, and not prepared"
        yield Caution("as-needed", text)


def _overlaps(schedule: Schedule) -> Iterator[Caution]:
    """Infusions of one drug of which one begins while another may still run.

    Pairs of which one was given are left to the review of the record, which knows the actual times.
    """
    rows = (row for row in schedule.administrations if row.dose.over is not None)
    infusions = ((row, row.minute, _end(row) - row.minute) for row in rows)
    for pairs in overlaps(schedule, infusions, given=False):
        first, second, overlap = pairs[0]
        touched = tuple(row.number for _, row, _ in pairs)
        which, hint = numbered("row", touched), _later_start_hint(first, second, schedule)
        text = f"{first.dose.drug}: the infusion of {first.dose.path} still runs when "
        text += f"{second.dose.path} begins ({which}), for {lasting(overlap)} after row "
        text += f"{second.number} begins{hint}{by_route([first, second])}"
        yield Caution("overlap", text, touched)


def _end(row: Administration) -> int:
    """When an infusion ends at the latest, from midnight of day 1 of the regimen [min]."""
    return row.minute + (row.dose.over.longest if row.dose.over is not None else 0)


def _later_start_hint(before: Administration, row: Administration, schedule: Schedule) -> str:
    """A setting that starts a dose when no other of its drug runs; empty if that is another day."""
    day, several_times = row.minute // DAY, row.dose.at is not None and len(row.dose.at.minutes) > 1
    free = _end(before)
    for other in schedule.administrations:
        if other.dose.drug == row.dose.drug and other.dose.path != row.dose.path:
            free = max(free, _end(other)) if other.minute <= free else free
    offset = free - day * DAY - schedule.start_minute
    if several_times or row.dose.path == before.dose.path or free // DAY != day or offset <= 0:
        return ""
    return f'; it would begin after it with --set {row.dose.path}.at="+{lasting(offset)}"'


def _not_rounded(dose: Dose, dosed: DoseResult) -> str | None:
    reason = dosed.not_rounded_because
    return reason and f"{dose.path}: not rounded, because {reason}"


def _rounded_far(dose: Dose, dosed: DoseResult) -> str | None:
    """A dose that rounding changes by more than a quarter: its rounding step may be a slip."""
    if not dosed.calculated or abs(dosed.value - dosed.calculated) * 4 <= dosed.calculated:
        return None
    before, after = (safe(amount, dosed.unit) for amount in (dosed.calculated, dosed.value))
    return f"{dose.path}: rounded from {before} to {after}; check the step"


def _dose_cautions(
    schedule: Schedule, code: str, text_of: _TextOf, *, of_patient: bool = False
) -> Iterator[Caution]:
    """One caution for each text about doses, with the rows that it is about, if any."""
    rows = ((row.dose, row.dosed, row.number) for row in schedule.administrations)
    as_needed = ((needed.dose, needed.dosed, None) for needed in schedule.as_needed)
    texts = ((text_of(dose, dosed), number) for dose, dosed, number in (*rows, *as_needed))
    stated = ((text, number) for text, number in texts if text is not None)
    return Caution.one_per_text(code, stated, of_patient=of_patient)


def _numbers(rows: Iterator[Administration] | list[Administration]) -> tuple[int, ...]:
    return tuple(row.number for row in rows)


class Touch(NamedTuple):
    """One administration that a change of the clocks affects.

    Args:
        kind: `moved`: its clock time is not the planned one, because it runs on elapsed time;
            `missing`: its planned clock time does not exist; `twice`: its clock time exists twice;
            `interval`: the time since the dose before is not the planned one.
        minutes: `moved`, `missing`: how far from the planned clock time; `interval`: the time
            since the dose before [min].
        before: number of the dose before, for `interval`.
        still: how long the infusion before still runs then; negative: for how long none runs [min].
    """

    kind: Literal["moved", "missing", "twice", "interval"]
    row: Administration
    minutes: int = 0
    before: int = 0
    still: int = 0


def clock_touches(schedule: Schedule) -> Iterator[Touch]:
    """Every administration that a change of the clocks affects, in the order of time.

    A dose at a clock time is affected where the one before it, of the same drug, was planned at
    most a day earlier, or runs until it; an infusion also where the infusion before it does. An
    unplanned dose was given by the clock, whatever that did.
    """
    assert schedule.start is not None, "a zone goes with a start"
    midnight = schedule.start.replace(tzinfo=None) - timedelta(minutes=schedule.start_minute)
    last: dict[str, Administration] = {}
    bags: dict[str, Administration] = {}
    for row in (row for row in schedule.administrations if not row.dose.unplanned):
        planned = midnight + timedelta(minutes=row.minute)
        if minutes := minutes_between(planned, row.moment.replace(tzinfo=None)):
            missing = not _time_exists(planned.replace(tzinfo=row.moment.tzinfo))
            yield Touch("missing" if missing else "moved", row, minutes)
        if is_ambiguous(row.moment):
            yield Touch("twice", row)
        before, bag = last.get(row.dose.drug), bags.get(row.dose.drug)
        if before is not None and (touch := _interval(before, row)) is not None:
            yield touch
        last[row.dose.drug] = row
        if row.dose.over is None:
            continue
        if bag is not None and bag is not before:
            touch = _interval(bag, row)
            if touch is not None and touch.still:
                yield touch
        if bag is None or _end(row) >= _end(bag):
            bags[row.dose.drug] = row


def _interval(before: Administration, row: Administration) -> Touch | None:
    """A time between two doses of a drug that a change of the clocks makes another than planned."""
    planned = row.minute - before.minute
    actual, span = minutes_between(before.moment, row.moment), before.dose.over
    if actual == planned or planned > (max(DAY, span.longest) if span else DAY):
        return None
    return Touch("interval", row, actual, before.number, _still_runs(before, planned, actual))


def _still_runs(before: Administration, planned: int, actual: int) -> int:
    """How long an infusion planned to have ended still runs when the next one starts [min].

    Negative: for how long the line is empty between two that were planned without a gap.

    Args:
        planned: planned time between their starts [min].
        actual: actual time between them [min].
    """
    span = before.dose.over
    if span is None:
        return 0
    overlap = max(span.longest - actual, 0) if span.longest <= planned else 0
    empty = max(actual - span.shortest, 0) if planned <= span.shortest else 0
    return overlap - empty


def _clock_changes(schedule: Schedule) -> Iterator[Caution]:
    """What a change of the clocks does to a schedule with a zone; equal cases share a caution."""
    all_touches = clock_touches(schedule) if schedule.zone is not None else ()
    groups = grouped(((touch.kind, touch.minutes, touch.still), touch) for touch in all_touches)
    for touches in groups.values():
        numbers = tuple(touch.row.number for touch in touches)
        text = _clock_text(touches[0], numbered("row", numbers))
        yield Caution("clock-change", f"{schedule.zone}: {text}", numbers)


def _clock_text(first: Touch, rows: str) -> str:
    row, planned = first.row, clock(first.row.minute)
    if first.kind == "moved":
        where = "later" if first.minutes > 0 else "earlier"
        shift = f"{_hours(abs(first.minutes))} {where} by the clock than planned"
        return f"{rows}, on elapsed time, {shift} (row {row.number}: {row.time}, not {planned})"
    if first.kind == "missing":
        intended = f"{row.when:%Y-%m-%d} {row.time}"
        text = f"{rows}: {planned} does not exist on that day; {intended} is meant"
        return f"{text}, by the offset from before the clocks go forward"
    if first.kind == "twice":
        text = f"{rows}: {row.clock} exists twice on {row.moment.date()}"
        return f"{text}, as the clocks go back; {row.time} is meant"
    after = f"{_hours(first.minutes)} after row {first.before}"
    text = f"{rows}, by the clock: row {row.number} comes {after}, as the clocks change in between"
    if first.still > 0:
        return f"{text}; row {first.before} still runs then: {_hours(first.still)} of overlap"
    if first.still < 0:
        empty = _hours(-first.still)
        return f"{text}; row {first.before} has ended by then: nothing runs for {empty}"
    return text


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _time_exists(local: datetime) -> bool:
    """Whether a local time exists in its zone: if not, it comes back from UTC as another time."""
    round_trip = local.astimezone(UTC).astimezone(local.tzinfo)
    return round_trip.replace(tzinfo=None) == local.replace(tzinfo=None)
