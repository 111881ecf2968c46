"""What to know about what a log records: the record itself, and the doses that were given.

About the record: another regimen file, entries changed by hand. About a dose: another amount or
another time than planned, a dose outside the plan.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from il2calc.course.index import Index, key_of
from il2calc.course.state import CourseState
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import turn_name, turn_text
from il2calc.model.log import Log
from il2calc.model.measure import quantities
from il2calc.model.regimen import NOT_STATED, Regimen
from il2calc.plan.administration import Administration, AsNeeded, grouped
from il2calc.plan.calendar import DAY, Turn, in_real_time, lasting, minutes_between
from il2calc.plan.dating import format_moment, is_ambiguous
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.departures import factor_in_words
from il2calc.review.of_entries import ages, followed_texts, levels, overtaken, unsigned
from il2calc.review.spacing import by_route, moment, overlaps, too_close
from il2calc.units import EXACT, convert, safe, same_dimension, short

_MOST_DIFFERENCES = 6
"""Differences between two regimen files that a message names."""
_MOST_AMOUNTS = 3


def review(state: CourseState) -> Iterator[Caution]:
    """What should be pointed out about the record of a course."""
    if (text := changed_file_text(state.regimen, state.log)) is not None:
        yield Caution("regimen-changed", text)
    first = state.versions[0].regimen
    if first.origin.sha256 == state.log.sha256 and (text := wrong_head_text(first, state.log)):
        yield Caution("regimen-changed", text)
    yield from _amendments(state)
    yield from levels(state)
    yield from _lost_levels(state)
    yield from overtaken(state)
    yield from _broken_seal(state.log)
    yield from unsigned(state.log)
    yield from _recalculated(state)
    yield from ages(state)


def _lost_levels(state: CourseState) -> Iterator[Caution]:
    """Levels in place of which one counts that was entered later, from an earlier turn on."""
    for lost, instead in state.lost_levels:
        assert lost.entry is not None, "a level came with an entry"
        assert instead.entry is not None, "and so did the other"
        text = f"arm {lost.arm} from {turn_name(lost.start)} on (entry {lost.entry.number}) is not "
        text += f"followed: arm {instead.arm} from {turn_name(instead.start)} on, entered later, "
        text += f"counts instead (entry {instead.entry.number})"
        yield Caution("level-unused", text, of_patient=True)


def changed_file_text(regimen: Regimen, log: Log) -> str | None:
    """How the regimen file differs from the one that the log follows; None where it does not."""
    _, sha256 = log.newest()
    if regimen.origin.sha256 == sha256:
        return None
    is_first = sha256 == log.sha256
    version = log.version if is_first else log.amendments()[-1].version
    which = "was started with" if is_first else "follows now"
    differences = _differences(log.facts if is_first else {}, regimen.facts)
    text = f"the regimen file of {regimen.id} is not the one that the log {which}: "
    return text + _versions((version, sha256), regimen, differences)


def wrong_head_text(regimen: Regimen, log: Log) -> str | None:
    """What a log says about the file it was started with that this file does not say.

    This detects a head that was changed to name another file, with its hash. What only the file
    says is no contradiction: a later il2calc may know more facts about it.
    """
    logged = {path: _on_one_line(value) for path, value in log.facts.items()}
    in_file = {path: _on_one_line(value) for path, value in regimen.facts.items() if path in logged}
    if logged == in_file:
        return None
    text = f"the head of {log.file} does not fit the regimen file of {regimen.id} that it names: "
    return text + "; ".join(_differences(logged, in_file, ("in the log", "in the file")))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _versions(was: tuple[int, str], now: Regimen, differences: Iterable[str]) -> str:
    """Two texts of a regimen by version and content, and how they differ."""
    version, sha256 = was
    versions = "both times" if now.version == version else f"then, {now.version} now"
    hashes = f"SHA-256 {sha256[:16]} then, {now.origin.sha256[:16]} now"
    return "; ".join([f"version {version} {versions}", hashes, *differences])


def _differences(
    was: Mapping[str, str], now: Mapping[str, str], labels: tuple[str, str] = ("then", "now")
) -> Iterator[str]:
    """How one file differs from another; empty where the facts of the first are not known.

    Args:
        labels: the words for the first and the other file.
    """
    if not was:
        return
    paths = [path for path in {**was, **now} if was.get(path) != now.get(path)]
    for path in paths[:_MOST_DIFFERENCES]:
        first, second = was.get(path, NOT_STATED), now.get(path, NOT_STATED)
        yield f"{path}: {first} {labels[0]}, {second} {labels[1]}"
    if len(paths) > _MOST_DIFFERENCES:
        yield f"{len(paths) - _MOST_DIFFERENCES} more"
    if not paths:
        yield "amounts and times are the same"


def _broken_seal(log: Log) -> Iterator[Caution]:
    """Entries that are not as they were written, including those that were resealed."""
    if log.seal is None:
        return
    if log.seal.broken:
        which = numbered("entry", [entry.number for entry in log.seal.broken])
        yield Caution("edited", f"{log.file} was changed by hand: {which}, or what comes before")
    broken = {entry.number for entry in log.seal.broken}
    if unhashed := [number for number in log.without_hash() if number not in broken]:
        which = numbered("entry", unhashed)
        text = f"{which} without a hash, as in older logs: a change by hand would not show"
        yield Caution("unhashed", text)
    yield from resealed(log)


def resealed(log: Log) -> Iterator[Caution]:
    """Entries that were changed by hand, and that a resealing accepted as they were."""
    reasons = {entry.number: entry.reason for entry in log.entries}
    resealed = log.seal.resealed if log.seal is not None else ()
    for number, entries in grouped((entry.by, entry.number) for entry in resealed).items():
        reason = f": {reasons[number]}" if number is not None and reasons[number] else ""
        which = numbered("entry", entries)
        text = f"{which}, or what comes before, was changed by hand and resealed"
        yield Caution("resealed", f"{text} (entry {number}{reason})")


def _amendments(state: CourseState) -> Iterator[Caution]:
    """Each other text that the course follows, with its differences from the one before."""
    texts = [(one.entry, one.regimen.origin.sha256) for one in state.versions if not one.level]
    repeated = [entry for (_, was), (entry, now) in pairwise(texts) if was == now]
    for before, after in pairwise(followed_texts(state)):
        was, now = before.regimen, after.regimen
        changes = _differences(was.facts, now.facts)
        since = f"from {turn_name(after.start)} on" if after.start else "for the whole course"
        text = f"the regimen file is another one {since}: "
        text += f"{_versions((was.version, was.origin.sha256), now, changes)}; what was given "
        text += "before stays as it was entered"
        if was.origin.sha256 == (sha256 := now.origin.sha256):
            if after.entry not in repeated:
                continue  # an amendment in between was undone
            text = f"the regimen file {since} is the same as before it: SHA-256 {sha256[:16]}"
        yield Caution("regimen-changed", text)


def _recalculated(state: CourseState) -> Iterator[Caution]:
    """Doses recorded as given as planned, where the plan is no longer the one of that time."""
    if state.regimen.origin.sha256 == state.log.newest()[1]:
        return
    numbers_by_part: dict[str, list[int]] = {}
    for key, given in state.given.items():
        parts = (("time", given.effect.at), ("amount", given.effect.amount))
        missing = " and ".join(name for name, value in parts if value is None)
        if missing and key not in state.portions:
            numbers_by_part.setdefault(missing, []).append(state.rows[key])
    for missing, numbers in numbers_by_part.items():
        text = f"{numbered('row', sorted(numbers))}: entered as given as planned, and calculated "
        text += f"from the present regimen file; {missing} may differ from what was given"
        yield Caution("restated", text, tuple(sorted(numbers)))


_FAR_DOSE = 7 * DAY
"""An unplanned dose this far from the course is cautioned [min], as il2calc assumes: nearer, it may
be on a day of rest."""
_FAR_WEIGHED = timedelta(weeks=4)
"""The same for a weighing, also our assumption: a usual screening before day 1 is within it."""
LEAST_SHARE = Decimal(90)
"""A dose of less than this share of the planned one is cautioned [%]: our own assumption, wide
enough for what a vial or a syringe leaves."""


def given(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """What should be checked about the doses that were given.

    Args:
        schedule: as it is now, with what became of each administration.
    """
    yield from _unplanned(state, schedule)
    yield from too_close(schedule)
    late = [*_late_turns(state, schedule)]
    yield from (*_far_from_time(schedule, {caution.administrations[0] for caution in late}), *late)
    yield from _far_from_course(state, schedule)
    yield from _amounts(schedule)
    yield from _too_fast(schedule)
    yield from _overlaps(schedule)
    yield from _ambiguous_times(state, schedule)


def _unplanned(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    planned: dict[str, set[tuple[Decimal, str]]] = {}
    every: Iterable[Administration | AsNeeded] = (*schedule.administrations, *schedule.as_needed)
    for item in every:
        if not item.dose.unplanned and item.dosed.value is not None:
            planned.setdefault(item.dose.drug, set()).add((item.dosed.value, item.dosed.unit))
    for row in schedule.administrations:
        if not row.dose.unplanned:
            continue
        dose, entry = row.dose, state.given[key_of(row)].entry
        everywhere = [one for one in state.regimen.doses() if one.drug == dose.drug]
        in_arm = [one for one in state.regimen.doses_in(schedule.arm) if one.drug == dose.drug]
        routes = dict.fromkeys(other.route for other in in_arm)
        unusual = []
        if not in_arm:
            where = "this arm of the regimen" if everywhere else "the regimen"
            unusual.append(f"{where} has no such drug")
        elif dose.route not in routes:
            unusual.append(f"its route in the regimen is {' or '.join(routes)}")
        amounts = [other.amount(schedule.arm) for other in in_arm]
        units = [quantity.given_in() for amount in amounts for quantity in quantities(amount)]
        if in_arm and not any(same_dimension(row.dosed.unit, unit) for unit in units):
            unusual.append("the regimen measures it in another unit")
        stop, value = state.stopped, row.dosed.value
        assert value is not None, "a dose that a log adds has an amount"
        if departs := _departure(value, row.dosed.unit, planned.get(dose.drug, ())):
            unusual.append(departs)
        if stop is not None and state.moments.local(moment(schedule, row)) > stop.moment:
            unusual.append(f"the course was stopped before it (entry {stop.number})")
        remarks = "".join(f"; {text}" for text in unusual)
        kind = "as needed" if any(other.as_needed for other in in_arm) else "and is not of the plan"
        text = f"row {row.number}: {dose.drug} {safe(value, row.dosed.unit)}, {dose.route}, was "
        text += f"given {kind} (entry {entry.number}){remarks}"
        yield Caution("unplanned", text, (row.number,), of_patient=True)


def _departure(value: Decimal, unit: str, planned: Iterable[tuple[Decimal, str]]) -> str | None:
    """How far an amount is from all planned doses of its drug; None if it is close to one."""
    amounts = [convert(amount, its, unit) for amount, its in planned if same_dimension(its, unit)]
    if not amounts:
        return None
    nearest = min(max(value, min(amounts)), max(amounts))
    end = "largest" if value > nearest else "smallest"
    factor = factor_in_words(value, nearest)
    return f"{factor} the {end} planned dose, {safe(nearest, unit)}" if factor else None


def _far_from_time(schedule: Schedule, late_turns: Container[int]) -> Iterator[Caution]:
    """Doses given an interval or a day off, with no late turn, or stopped a day after their end."""
    for row in schedule.administrations:
        recorded, span = schedule.recorded[row.number], row.dose.over
        when = recorded.when
        if when is None:
            continue
        if span is not None and (recorded.ran or 0) >= span.longest + DAY:
            assert recorded.ended is not None, "it ran until then"
            text = f"row {row.number} was stopped {format_moment(recorded.ended)}, far "
            text += f"from its planned end, {lasting(span.longest)} after it was started; check "
            text += "the date"
            yield Caution("off-time", text, (row.number,))
        repeat = row.dose.repeat
        allowed = min(repeat.every.shortest, DAY) if repeat and repeat.every else DAY
        if abs(minutes_between(row.moment, when)) >= allowed and row.number not in late_turns:
            text = f"row {row.number} was given {format_moment(when)}, far from its planned time "
            text += f"({format_moment(row.moment)}); check the date"
            yield Caution("off-time", text, (row.number,))


def _late_turns(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """A block turn whose first dose was given days late, where no delay moves what follows."""
    first_rows: dict[Turn, Administration] = {}
    for row in schedule.administrations:
        if row.turn.block.name and not row.dose.unplanned:
            first_rows.setdefault(row.turn, row)
    plan, index = state.plan, state.now
    for row in first_rows.values() if state.stopped is None else ():
        key, when = key_of(row), schedule.recorded[row.number].when
        turn, turn_now = plan.turns[key.turns], index.turns[key.turns]
        following = _next_turn(plan, turn)
        if when is None or row.when is None or (following and state.is_given_from(following)):
            continue
        days = minutes_between(row.when, when) // DAY
        began = f"{turn_name(key.turns)} began {how_many(days, 'day')} late (row {row.number}, "
        began += f"given {format_moment(when)}; check the date)"
        log = as_typed(state.log.file)
        if following is None:
            late, number = days, state.given[key].entry.number
            text = f"{began} and no delay is entered: dose intensity counts none of these days; "
            text += f"to enter one, undo that first (il2calc log undo {log} {number})"
        else:
            after = plan.chain(following)
            planned_days = following.start - turn.start
            late = days - (index.turns[after].start - turn_now.start - planned_days)
            text = f"{began} and {turn_name(after)} is {how_many(late, 'day')} closer to it than "
            text += "planned; to move that too, and for dose intensity to count the days, delay it "
            text += f"(il2calc log delay {log} {as_typed(turn_text(after))} "
            text += f"--by {as_typed(how_many(late, 'day'))})"
        if late > 0:
            yield Caution("late-turn", text, (row.number,))


def _next_turn(plan: Index, turn: Turn | None) -> Turn | None:
    """The turn that follows a turn; after the last one, the turn that follows the one around it."""
    while turn is not None and turn.block.name:
        if (following := plan.next(turn)) is not None:
            return following
        turn = turn.outer
    return None


def _far_from_course(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """An unplanned dose, or a weighing, far from the course: perhaps the date is wrong.

    The course lasts from its first planned dose to the last one, or to the end of its last block.
    A dose as needed is compared with its own days in the file instead, by `beyond_need`.
    """
    planned = [row.minute for row in schedule.administrations if not row.dose.unplanned]
    if not planned:
        return
    end = max(turn.start + turn.length for turn, _ in schedule.turns) * DAY - 1
    first, last = planned[0], max(planned[-1], end)
    midnight = state.moments.midnight
    first_day, last_day = ((midnight + timedelta(minutes=m)).date() for m in (first, last))
    far = f"far from the course ({first_day} to {last_day}); check the date"
    for row in schedule.administrations:
        is_extra = row.dose.unplanned and not row.dose.as_needed
        if is_extra and not first - _FAR_DOSE < row.minute < last + _FAR_DOSE:
            text = f"row {row.number} was given {format_moment(moment(schedule, row))}, {far}"
            yield Caution("off-time", text, (row.number,))
    for entry, effect, _ in state.weighings:
        if not first_day - _FAR_WEIGHED <= effect.on <= last_day + _FAR_WEIGHED:
            text = f"the weighing of entry {entry.number} is dated {effect.on}, {far}"
            yield Caution("off-time", text)


def _amounts(schedule: Schedule) -> Iterator[Caution]:
    above, below = [], []
    for row in schedule.administrations:
        value, planned = schedule.recorded[row.number].value, row.dosed.value
        if value is None or planned is None:
            continue
        if value > planned and short(value) != short(planned):  # both read the same: as planned
            above.append((row, value, planned))
        if value * 100 < planned * LEAST_SHARE:
            below.append((row, value, planned))
    if above:
        yield _listed("above-plan", "more than planned", above)
    if below:
        yield _listed("below-plan", f"less than {LEAST_SHARE} % of the plan", below)


MOST_RATE = Decimal(110)
"""An infusion stopped early is cautioned above this share of its planned rate [%]: our own
assumption, wide enough for an amount that is read off a bag."""


def _too_fast(schedule: Schedule) -> Iterator[Caution]:
    """An infusion stopped early that ran faster than planned."""
    for row in schedule.administrations:
        recorded, planned, span = schedule.recorded[row.number], row.dosed.value, row.dose.over
        if recorded.ran is None or recorded.value is None or planned is None or span is None:
            continue
        ran, unit = recorded.ran, row.dosed.unit
        rate = EXACT.divide(EXACT.multiply(recorded.value, Decimal(60)), Decimal(ran))
        fastest = EXACT.divide(EXACT.multiply(planned, Decimal(60)), Decimal(span.shortest))
        if rate * 100 > fastest * MOST_RATE:
            factor = factor_in_words(rate, fastest)
            text = f"row {row.number} ran for {lasting(ran)}: {safe(rate, unit)} an hour, planned "
            text += f"{safe(fastest, unit)} an hour"
            text += f"; {factor} the planned rate" if factor else ""
            yield Caution("too-fast", text, (row.number,))


def _overlaps(schedule: Schedule) -> Iterator[Caution]:
    """An infusion that still ran, or runs, when another of its drug was started: two at once.

    Where both are only planned, the review of the schedule says so. An unplanned intravenous dose
    has no known length; it is reported where it falls into another.
    """
    for pairs in overlaps(schedule, _infusions(schedule), given=True):
        first, second, overlap = pairs[0]
        which = ", which is not of the plan," if second.dose.unplanned else ""
        others = sorted({row.number for one, other, _ in pairs[1:] for row in (one, other)})
        also = f"; also {numbered('row', others)}" if others else ""
        text = f"{first.dose.drug}: the infusion of row {first.number} still runs when row "
        text += f"{second.number}{which} begins, for {lasting(overlap)}{also}"
        text += by_route([first, second])
        yield Caution("overlap", text, tuple(sorted({first.number, second.number, *others})))


def _infusions(schedule: Schedule) -> Iterator[tuple[Administration, int, int]]:
    """Infusions, with start and length [min], by start; unplanned IV doses have a length of 0."""
    rows = sorted(schedule.administrations, key=lambda row: in_real_time(moment(schedule, row)))
    for row in rows:
        span = schedule.recorded[row.number].span(row.dose)
        if span is not None or (row.dose.unplanned and row.dose.route.startswith("IV")):
            start = minutes_between(moment(schedule, rows[0]), moment(schedule, row))
            yield row, start, span.longest if span is not None else 0


def _listed(
    code: str, what: str, rows: Sequence[tuple[Administration, Decimal, Decimal]]
) -> Caution:
    """The rows that differ from the plan in amount, with both amounts of the first few."""
    amounts, factors = [], []
    for row, value, planned in rows[:_MOST_AMOUNTS]:
        unit = row.dosed.unit
        amounts.append(f"row {row.number}: {safe(value, unit)}, planned {safe(planned, unit)}")
        if factor := factor_in_words(value, planned):
            factors.append(f"row {row.number} is {factor} the plan")
    more = "; ..." if rows[_MOST_AMOUNTS:] else ""
    text = "; ".join([f"{what} was given ({'; '.join(amounts)}{more})", *factors])
    return Caution(code, text, tuple(row.number for row, _, _ in rows))


def _ambiguous_times(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """A time that was entered and that exists twice on its day."""
    for key, given in state.given.items():
        number = state.rows[key]
        recorded = schedule.recorded[number]
        for time in (given.effect.at and recorded.when, recorded.ended):
            if time is not None and is_ambiguous(time):
                text = f"row {number}: {format_moment(time)} exists twice, as the clocks go back"
                yield Caution("clock-change", f"{text}; {time:%H:%M %Z} is meant", (number,))
