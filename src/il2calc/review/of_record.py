"""What should be known of what a log records: the record itself, and the doses that were given.

Of the record: another regimen file, entries changed by hand. Of a dose: another amount or another
time than planned, one that no plan had.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from il2calc.course.index import Index, key_of
from il2calc.course.state import CourseState
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import chain_text, turn_name
from il2calc.model.log import Log
from il2calc.model.measure import quantities
from il2calc.model.regimen import NOT_STATED, Dose, Regimen
from il2calc.plan.administration import Administration, gathered
from il2calc.plan.calendar import DAY, Turn, lasting, minutes_between
from il2calc.plan.dating import format_moment, twice
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review.departures import factor_in_words
from il2calc.review.of_entries import ages, followed_texts, levels, overtaken, unsigned
from il2calc.review.spacing import by_route, moment, too_close
from il2calc.units import EXACT, convert, safe, same_dimension, short

_MOST_TOLD = 6
"""Differences between two regimen files that a message names."""
_MOST_AMOUNTS = 3


def review(state: CourseState) -> Iterator[Caution]:
    """What should be pointed out about the record of a course."""
    if (text := changed(state.regimen, state.log)) is not None:
        yield Caution("regimen-changed", text)
    begun = state.versions[0].own
    if begun.origin.sha256 == state.log.sha256 and (text := misstated(begun, state.log)):
        yield Caution("regimen-changed", text)
    yield from _amendments(state)
    yield from levels(state)
    yield from overtaken(state)
    yield from _seal(state.log)
    yield from unsigned(state.log)
    yield from _restated(state)
    yield from ages(state)


def changed(regimen: Regimen, log: Log) -> str | None:
    """What differs between the regimen file and the one that the log goes by."""
    _, sha256 = log.newest()
    if regimen.origin.sha256 == sha256:
        return None
    begun_with = sha256 == log.sha256
    version = log.version if begun_with else log.amendments()[-1].version
    which = "was started with" if begun_with else "follows now"
    differs = _differences(log.facts if begun_with else {}, regimen.facts)
    return (
        f"the regimen file of {regimen.id} is not the one that the log {which}: "
        f"{_versions((version, sha256), regimen, differs)}"
    )


def misstated(begun: Regimen, log: Log) -> str | None:
    """What a log says of the file that it was started with, and that this one does not say.

    So a head that was made to name another file, with its hash, is not taken. What only the file
    says is no contradiction: a later il2calc may know more facts of it.
    """
    was = {path: _on_one_line(value) for path, value in log.facts.items()}
    now = {path: _on_one_line(value) for path, value in begun.facts.items() if path in was}
    if was == now:
        return None
    return (
        f"the head of {log.file} does not fit the regimen file of {begun.id} that it names: "
        f"{'; '.join(_differences(was, now, ('in the log', 'in the file')))}"
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _versions(was: tuple[int, str], now: Regimen, differs: Iterable[str]) -> str:
    """Two texts of a regimen by version and content, and what they say otherwise."""
    version, sha256 = was
    which = "both times" if now.version == version else f"then, {now.version} now"
    digits = f"SHA-256 {sha256[:16]} then, {now.origin.sha256[:16]} now"
    return "; ".join([f"version {version} {which}", digits, *differs])


def _differences(
    was: Mapping[str, str], now: Mapping[str, str], said: tuple[str, str] = ("then", "now")
) -> Iterator[str]:
    """What a file says otherwise than another; nothing where one of them is not known.

    Args:
        said: what is said of each of them.
    """
    if not was:
        return
    paths = [path for path in {**was, **now} if was.get(path) != now.get(path)]
    for path in paths[:_MOST_TOLD]:
        first, other = was.get(path, NOT_STATED), now.get(path, NOT_STATED)
        yield f"{path}: {first} {said[0]}, {other} {said[1]}"
    if len(paths) > _MOST_TOLD:
        yield f"{len(paths) - _MOST_TOLD} more"
    if not paths:
        yield "amounts and times are the same"


def _seal(log: Log) -> Iterator[Caution]:
    """Entries that are not as they were written, also those that were resealed."""
    if log.seal is None:
        return
    if log.seal.broken:
        which = numbered("entry", [each.number for each in log.seal.broken])
        yield Caution("edited", f"{log.file} was changed by hand: {which}, or what comes before")
    broken = {each.number for each in log.seal.broken}
    if unheld := [number for number in log.unheld() if number not in broken]:
        which = numbered("entry", unheld)
        text = f"{which} without a hash, as in older logs: a change by hand would not show"
        yield Caution("unhashed", text)
    yield from resealed(log)


def resealed(log: Log) -> Iterator[Caution]:
    """Entries that were not as they were written, and that a resealing took as they stood."""
    reasons = {entry.number: entry.reason for entry in log.entries}
    resealed = log.seal.resealed if log.seal is not None else ()
    for number, entries in gathered((each.by, each.number) for each in resealed).items():
        why = f": {reasons[number]}" if number is not None and reasons[number] else ""
        which = numbered("entry", entries)
        text = f"{which}, or what comes before, was changed by hand and resealed"
        yield Caution("resealed", f"{text} (entry {number}{why})")


def _amendments(state: CourseState) -> Iterator[Caution]:
    """Another text that the course follows is told for ever after, with what it says otherwise."""
    texts = [(each.entry, each.own.origin.sha256) for each in state.versions if not each.level]
    again = [entry for (_, was), (entry, now) in pairwise(texts) if was == now]
    for before, after in pairwise(followed_texts(state)):
        assert after.entry is not None, "only the text of the start came without one"
        was, now = before.own, after.own
        differs = _differences(was.facts, now.facts)
        start = getattr(after.entry.effect, "start", None)
        since = f"from {turn_name(start)} on" if start else "for the whole course"
        text = (
            f"the regimen file is another one {since}: "
            f"{_versions((was.version, was.origin.sha256), now, differs)}; what was given before "
            "stays as it was entered"
        )
        if was.origin.sha256 == (same := now.origin.sha256):
            if after.entry not in again:
                continue  # what lay between was taken back
            text = f"the regimen file {since} is the same as before it: SHA-256 {same[:16]}"
        yield Caution("regimen-changed", text)


def _restated(state: CourseState) -> Iterator[Caution]:
    """Doses given as planned, where the plan is not the one that they were given by."""
    if state.regimen.origin.sha256 == state.log.newest()[1]:
        return
    found: dict[str, list[int]] = {}
    for key, given in state.given.items():
        said = (("time", given.effect.at), ("amount", given.effect.amount))
        what = " and ".join(name for name, value in said if value is None)
        if what and key not in state.portions:
            found.setdefault(what, []).append(state.rows[key])
    for what, numbers in found.items():
        text = f"{numbered('row', sorted(numbers))}: entered as given as planned, and calculated "
        text += f"from the present regimen file; {what} may differ from what was given"
        yield Caution("restated", text, tuple(sorted(numbers)))


_FAR = 7 * DAY
"""How far from its course a dose that no plan had is asked about [min], as il2calc assumes: sooner
it may be one of the days of rest."""
_FAR_WEIGHED = timedelta(weeks=4)
"""The same of a weighing, our own assumption too: nearer than the usual screening before day 1."""
LEAST_SHARE = Decimal(90)
"""A dose that was given at less than this share of the planned one is cautioned [%]: our own
assumption, wide enough for what a vial or a syringe leaves."""


def given(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """What should be checked about the doses that were given.

    Args:
        now: the schedule as it lies now, with what became of each administration.
    """
    yield from _unplanned(state, now)
    yield from too_close(now)
    late = [*_begun_late(state, now)]
    yield from (*_off_time(now, {each.administrations[0] for each in late}), *late)
    yield from _outside(state, now)
    yield from _amounts(now)
    yield from _too_fast(now)
    yield from _running(now)
    yield from _twice(state, now)


def _unplanned(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """A dose that no plan had, and what is unusual about it."""
    planned: dict[str, set[tuple[Decimal, str]]] = {}
    reckoned = [(row.dose, row.dosed) for row in now.administrations]
    for planned_dose, much in (*reckoned, *((each.dose, each.dosed) for each in now.as_needed)):
        if not planned_dose.unplanned and much.value is not None:
            planned.setdefault(planned_dose.drug, set()).add((much.value, much.unit))
    for row in now.administrations:
        if not row.dose.unplanned:
            continue
        dose, entry = row.dose, state.given[key_of(row)].entry
        everywhere = [each for each in state.regimen.doses() if each.drug == dose.drug]
        alike = [each for each in state.regimen.doses_in(now.arm) if each.drug == dose.drug]
        routes = dict.fromkeys(each.route for each in alike)
        unusual = []
        if not alike:
            where = "this arm of the regimen" if everywhere else "the regimen"
            unusual.append(f"{where} has no such drug")
        elif dose.route not in routes:
            unusual.append(f"its route in the regimen is {' or '.join(routes)}")
        known = [each.amount(now.arm) for each in alike]
        units = [one.given_in() for amount in known for one in quantities(amount)]
        if alike and not any(same_dimension(row.dosed.unit, unit) for unit in units):
            unusual.append("the regimen measures it in another unit")
        stop, value = state.stopped, row.dosed.value
        assert value is not None, "a dose that a log adds has an amount"
        if departs := _departs(value, row.dosed.unit, planned.get(dose.drug, ())):
            unusual.append(departs)
        if stop is not None and state.moments.local(moment(now, row)) > stop.moment:
            unusual.append(f"the course was stopped before it (entry {stop.number})")
        why = "".join(f"; {each}" for each in unusual)
        how = "as needed" if any(each.as_needed for each in alike) else "and is not of the plan"
        text = (
            f"row {row.number}: {dose.drug} {safe(value, row.dosed.unit)}, {dose.route}, "
            f"was given {how} (entry {entry.number}){why}"
        )
        yield Caution("unplanned", text, (row.number,), of_patient=True)


def _departs(value: Decimal, unit: str, planned: Iterable[tuple[Decimal, str]]) -> str | None:
    """How far an amount lies from all planned doses of its drug; None where it is near one."""
    known = [convert(each, its, unit) for each, its in planned if same_dimension(its, unit)]
    if not known:
        return None
    nearest = min(max(value, min(known)), max(known))
    end = "largest" if value > nearest else "smallest"
    factor = factor_in_words(value, nearest)
    return f"{factor} the {end} planned dose, {safe(nearest, unit)}" if factor else None


def _off_time(now: Schedule, begun_late: Container[int]) -> Iterator[Caution]:
    """A dose given an interval, or a day, away from its time, and no turn told to be begun so."""
    for row in now.administrations:
        recorded, over = now.recorded[row.number], row.dose.over
        when = recorded.when
        if when is None:
            continue
        if over is not None and (recorded.ran or 0) >= over.longest + DAY:
            assert recorded.ended is not None, "it ran until then"
            text = f"row {row.number} was stopped {format_moment(recorded.ended)}, far "
            text += f"from its planned end, {lasting(over.longest)} after it was started; check "
            text += "the date"
            yield Caution("off-time", text, (row.number,))
        repeat = row.dose.repeat
        most = min(repeat.every.shortest, DAY) if repeat and repeat.every else DAY
        if abs(minutes_between(row.moment, when)) >= most and row.number not in begun_late:
            text = (
                f"row {row.number} was given {format_moment(when)}, far from its planned time "
                f"({format_moment(row.moment)}); check the date"
            )
            yield Caution("off-time", text, (row.number,))


def _begun_late(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """A block turn whose first dose was given days late, where no delay moves what follows."""
    firsts: dict[Turn, Administration] = {}
    for row in now.administrations:
        if row.turn.block.name and not row.dose.unplanned:
            firsts.setdefault(row.turn, row)
    plan, places = state.plan, state.places
    for row in firsts.values() if state.stopped is None else ():
        key, when = key_of(row), now.recorded[row.number].when
        turn, lies = plan.turns[key.turns], places.turns[key.turns]
        following = _following(plan, turn)
        if when is None or row.when is None or (following and state.is_given_from(following)):
            continue
        days = minutes_between(row.when, when) // DAY
        begun = f"{turn_name(key.turns)} began {how_many(days, 'day')} late (row {row.number}, "
        begun += f"given {format_moment(when)}; check the date)"
        file = as_typed(state.log.file)
        if following is None:
            late, number = days, state.given[key].entry.number
            text = f"{begun} and no delay is entered: dose intensity counts none of these days; "
            text += f"to enter one, undo that first (il2calc log undo {file} {number})"
        else:
            after = plan.chain(following)
            apart = following.start - turn.start
            late = days - (places.turns[after].start - lies.start - apart)
            text = (
                f"{begun} and {turn_name(after)} is {how_many(late, 'day')} closer to it than "
                "planned; to move that too, and for dose intensity to count the days, delay it "
                f"(il2calc log delay {file} {as_typed(chain_text(after))} "
                f"--by {as_typed(how_many(late, 'day'))})"
            )
        if late > 0:
            yield Caution("late-turn", text, (row.number,))


def _following(plan: Index, turn: Turn | None) -> Turn | None:
    """The turn that follows one, or the one around it of which it is the last."""
    while turn is not None and turn.block.name:
        if (found := plan.next(turn)) is not None:
            return found
        turn = turn.outer
    return None


def _outside(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """A dose that no plan had, or a weighing, far from the course: perhaps the date is wrong.

    The course is from the first planned dose to the last one, or to the end of its last block. A
    dose as needed is held against the days of its own.
    """
    planned = [row.minute for row in now.administrations if not row.dose.unplanned]
    if not planned:
        return
    over = max(turn.start + turn.length for turn, _ in now.turns) * DAY - 1
    first, last = planned[0], max(planned[-1], over)
    midnight = state.moments.midnight
    begins, ends = ((midnight + timedelta(minutes=minute)).date() for minute in (first, last))
    far = f"far from the course ({begins} to {ends}); check the date"
    for row in now.administrations:
        is_extra = row.dose.unplanned and not row.dose.as_needed
        if is_extra and not first - _FAR < row.minute < last + _FAR:
            text = f"row {row.number} was given {format_moment(moment(now, row))}, {far}"
            yield Caution("off-time", text, (row.number,))
    for entry, effect, _ in state.weights:
        if not begins - _FAR_WEIGHED <= effect.on <= ends + _FAR_WEIGHED:
            text = f"the weighing of entry {entry.number} is dated {effect.on}, {far}"
            yield Caution("off-time", text)


def _amounts(now: Schedule) -> Iterator[Caution]:
    above, below = [], []
    for row in now.administrations:
        value, planned = now.recorded[row.number].value, row.dosed.value
        if value is None or planned is None:
            continue
        if value > planned and short(value) != short(planned):  # as planned, where it is read so
            above.append(row)
        if value * 100 < planned * LEAST_SHARE:
            below.append(row)
    if above:
        yield _told("above-plan", "more than planned", now, above)
    if below:
        yield _told("below-plan", f"less than {LEAST_SHARE} % of the plan", now, below)


MOST_RATE = Decimal(110)
"""An infusion that was stopped early is cautioned above this share of its planned rate [%]: our own
assumption, wide enough for an amount that is read off a bag."""


def _too_fast(now: Schedule) -> Iterator[Caution]:
    """An infusion of which more ran in, for the time that it ran, than was planned."""
    for row in now.administrations:
        recorded, planned, over = now.recorded[row.number], row.dosed.value, row.dose.over
        if recorded.ran is None or recorded.value is None or planned is None or over is None:
            continue
        ran, unit = recorded.ran, row.dosed.unit
        rate = EXACT.divide(EXACT.multiply(recorded.value, Decimal(60)), Decimal(ran))
        fastest = EXACT.divide(EXACT.multiply(planned, Decimal(60)), Decimal(over.shortest))
        if rate * 100 > fastest * MOST_RATE:
            how = factor_in_words(rate, fastest)
            text = (
                f"row {row.number} ran for {lasting(ran)}: {safe(rate, unit)} an hour, planned "
                f"{safe(fastest, unit)} an hour{f'; {how} the planned rate' if how else ''}"
            )
            yield Caution("too-fast", text, (row.number,))


def _running(now: Schedule) -> Iterator[Caution]:
    """An infusion that ran, or runs, when another of its drug was begun: two at once.

    Planned ones are told of their schedule. A dose into a vein that no plan had has no length that
    is known, and is told where it came into another.
    """
    moments = {row.number: moment(now, row) for row in now.administrations}
    latest: dict[str, tuple[datetime, int, Administration]] = {}
    found: dict[tuple[Dose, Dose], list[tuple[Administration, Administration, int]]] = {}
    for row in sorted(now.administrations, key=lambda row: moments[row.number]):
        recorded = now.recorded[row.number]
        over = recorded.span(row.dose)
        into_vein = over is not None or (row.dose.unplanned and row.dose.route.startswith("IV"))
        if recorded.state in ("held", "stopped") or not into_vein:
            continue
        begun, before = moments[row.number], latest.get(row.dose.drug)
        if before is not None:
            still = before[1] - minutes_between(before[0], begun)
            if still > 0 and (recorded.when or now.recorded[before[2].number].when):
                found.setdefault((before[2].dose, row.dose), []).append((before[2], row, still))
        length = over.longest if over is not None else 0
        if before is None or length > before[1] - minutes_between(before[0], begun):
            latest[row.dose.drug] = begun, length, row
    for pairs in found.values():
        first, second, still = pairs[0]
        which = ", which is not of the plan," if second.dose.unplanned else ""
        more = sorted({row.number for one, other, _ in pairs[1:] for row in (one, other)})
        also = f"; also {numbered('row', more)}" if more else ""
        text = (
            f"{first.dose.drug}: the infusion of row {first.number} still runs when row "
            f"{second.number}{which} begins, for {lasting(still)}{also}{by_route([first, second])}"
        )
        yield Caution("overlap", text, tuple(sorted({first.number, second.number, *more})))


def _told(code: str, what: str, now: Schedule, rows: Sequence[Administration]) -> Caution:
    """Which rows, with both amounts of the first few."""
    amounts, factors = [], []
    for row in rows[:_MOST_AMOUNTS]:
        value, unit, plan = now.recorded[row.number].value, row.dosed.unit, row.dosed.value
        assert value is not None, "it was given"
        assert plan is not None, "an amount was held against it"
        given, planned = safe(value, unit), safe(plan, unit)
        amounts.append(f"row {row.number}: {given}, planned {planned}")
        if factor := factor_in_words(value, plan):
            factors.append(f"row {row.number} is {factor} the plan")
    more = "; ..." if rows[_MOST_AMOUNTS:] else ""
    text = "; ".join([f"{what} was given ({'; '.join(amounts)}{more})", *factors])
    return Caution(code, text, tuple(row.number for row in rows))


def _twice(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """A time that was typed and that exists twice on its day."""
    for key, given in state.given.items():
        number = state.rows[key]
        recorded = now.recorded[number]
        for when in (given.effect.at and recorded.when, recorded.ended):
            if when is not None and twice(when):
                what = f"row {number}: {format_moment(when)} exists twice, as the clocks go back"
                yield Caution("clock-change", f"{what}; {when:%H:%M %Z} is meant", (number,))
