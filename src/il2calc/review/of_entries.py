"""What entries of a log change beyond what the regimen says.

Another amount or arm than the file's, an age that does not follow from an earlier one, a delay, and
what is given as needed: how often, how far apart, how much, on which days. And who made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from il2calc.course.admit_turns import is_lower
from il2calc.course.amendment import Version
from il2calc.course.dosing_basis import by_date, dosing_bases, is_of
from il2calc.course.index import key_of
from il2calc.course.state import CourseState
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import Delayed, DoseKey, Reduced, chain_text, turn_name
from il2calc.model.log import Entry, Log
from il2calc.model.measure import age_in_words
from il2calc.model.regimen import Dose, day_at, offset_of
from il2calc.plan.administration import Administration, AsNeeded, gathered
from il2calc.plan.calendar import Turn, lasting, minutes_between
from il2calc.plan.schedule import AmountOf, Body, Caution, Schedule, amounts_by
from il2calc.review.body import ADULT_AGE
from il2calc.review.departures import factor_in_words
from il2calc.review.spacing import by_route, moment
from il2calc.units import EXACT, Quantity, convert, safe, safe_quantity, same_dimension, short

LONGEST_DELAY = 12 * 7
"""A delay is asked about above so many days: our own assumption, longer than toxicity or a holiday
puts a turn off, and short of what a digit too many makes of three weeks."""


def reductions(state: CourseState, now: Schedule) -> Iterator[Caution]:
    """A reduction that the regimen forbids, and any rise, are told for ever after."""
    changed = dosing_bases(state).by
    amount_of = amounts_by(now.arm, now.bounds)
    every = now.administrations if state.reductions else ()
    reached = gathered((changed.get(key_of(row)), row) for row in every)
    slots = state.places.slots.items() if state.reductions else ()
    last = {key._replace(turns=(), number=0): slot.minute for key, slot in slots}
    for entry, effect, _ in state.reductions:
        rows = reached.get(entry.number, [])
        touched = tuple(row.number for row in rows)
        to = _share(effect.to)
        if not (rows or _is_left(state, effect, last)):
            text = f"the reduction of {effect.drug} to {to} (entry {entry.number}) changes no "
            text += f"dose: it has no dose from {turn_name(effect.start)} on"
            yield Caution("reduced-unused", text, of_patient=True)
        if capped := [row.number for row in rows if row.dosed.capped and row.dosed.percent < 100]:
            text = (
                f"the reduction of {effect.drug} to {to} leaves the dose at "
                f"its cap ({numbered('row', capped)})"
            )
            yield Caution("reduced-capped", text, tuple(capped))
        rises = list(dict.fromkeys(_beside(row, amount_of) for row in rows))
        if told := "; ".join(filter(None, rises)):
            text = (
                f"{effect.drug} is raised above the amount in the file from "
                f"{turn_name(effect.start)} on (entry {entry.number}): {told}"
            )
            yield Caution("raised", text, touched, of_patient=True)
        falls = (_beside(row, amount_of, falls=True) for row in rows)
        if isinstance(effect.to, Quantity) and (
            low := "; ".join(filter(None, dict.fromkeys(falls)))
        ):
            text = (
                f"{effect.drug} is set far below the amount in the file from "
                f"{turn_name(effect.start)} on (entry {entry.number}): {low}"
            )
            yield Caution("set-low", text, touched, of_patient=True)
        share = f"{effect.drug} is {'raised' if told else 'reduced'} to {to} (entry {entry.number}"
        lower = any(is_lower(state, effect.to, row.dose, row.patient) for row in rows)
        if state.regimen.never_reduce and lower:
            text = f"{share}: {entry.reason}), although {state.regimen.id} says to withhold "
            text += "doses and never to reduce them"
            yield Caution("reduced", text, touched, of_patient=True)
        elif entry.overridden and rows:
            text = f"{share}) inside {turn_name(effect.start)}, which had begun"
            yield Caution("override", text, touched, of_patient=True)
        if not entry.overridden:
            yield from _of_days_before(state, entry, {*map(key_of, rows)})


def _is_left(state: CourseState, effect: Reduced, last: Mapping[DoseKey, int]) -> bool:
    """Whether a dose that a reduction may change comes in its turn or after it.

    Args:
        last: when each dose comes for the last time, of no turn and number [minutes].
    """
    first = state.where.first_in(effect.start)
    return first is not None and any(
        first.minute <= minute for key, minute in last.items() if is_of(key, effect)
    )


def _share(to: Decimal | Quantity) -> str:
    return safe_quantity(to) if isinstance(to, Quantity) else f"{short(to)} %"


def _beside(row: Administration, amount_of: AmountOf, *, falls: bool = False) -> str:
    """What a dose is raised to, and what the file has for the same body; empty where it is not.

    Args:
        falls: what it is lowered to instead, to half of the file's or less.
    """
    value, unit = row.dosed.value, row.dosed.unit
    file = amount_of(row.dose, Body(row.patient, Decimal(100)))
    if value is None or file.value is None:
        return ""
    was = convert(file.value, file.unit, unit)
    factor = factor_in_words(value, was)
    if (value >= was or factor is None) if falls else value <= was:
        return ""
    how = f", {factor}{' it' if falls else ''}" if factor else ""
    return f"{row.dose.name} {safe(value, unit)}, {safe(was, unit)} in the file{how}"


def beyond_need(now: Schedule) -> Iterator[Caution]:
    """What was given as needed more often, sooner, of more or on other days than the file says.

    Where a drug is given as needed in several ways, a dose is held against those of its block and
    its route: against all their numbers together, the shortest interval, the largest amount.

    Args:
        now: the schedule of a course, with what became of each administration.
    """
    for drug in dict.fromkeys(each.dose.drug for each in now.as_needed):
        rows = (row for row in now.administrations if row.dose.drug == drug)
        given = [(when, row) for row in rows if (when := now.recorded[row.number].when)]
        given.sort(key=lambda one: (one[0], one[1].number))
        groups: dict[tuple[str, ...], tuple[list[AsNeeded], list[Administration]]] = {}
        for _, row in given:
            if row.dose.unplanned:
                those = _of(now, row)
                paths = tuple(each.dose.path for each in those)
                groups.setdefault(paths, (those, []))[1].append(row)
        for those, own in groups.values():
            found = [*_too_often(now, those, own), *_too_soon(those, own, given)]
            for row in own:
                found += [(text, [row.number]) for text in _otherwise(now, those, row)]
            for text, numbers in found:
                yield Caution("beyond-need", text, tuple(numbers), of_patient=True)


def _of(now: Schedule, row: Administration) -> list[AsNeeded]:
    """Which of the doses as needed one is that was given: of its drug, its block, its route."""
    found = [each for each in now.as_needed if each.dose.drug == row.dose.drug]
    within = [each for each in found if not each.blocks or _turn(row, each) is not None] or found
    return [each for each in within if each.dose.route == row.dose.route] or within


def _turn(row: Administration, needed: AsNeeded) -> Turn | None:
    """The turn, around a dose, of the block in which one is given as needed; None for none."""
    path = needed.blocks[-1].path if needed.blocks else None
    return next((turn for turn in row.turn.chain() if turn.block.path == path), None)


def _begun(now: Schedule, row: Administration, needed: AsNeeded) -> Turn | None:
    """The same; of a block of no stated length, the last that had begun when it was given.

    Such a turn lasts to its last planned day, and a need outlasts what is planned.
    """
    block = needed.blocks[-1] if needed.blocks else None
    if block is None or (block.repeat is not None and block.repeat.every is not None):
        return _turn(row, needed)
    day = offset_of(row.block_day, now.regimen.day_zero) + row.turn.start
    of_block = [turn for turn, _ in now.turns if turn.block.path == block.path]
    begun = [turn for turn in of_block if turn.start <= day]
    return max(begun, key=lambda turn: turn.start, default=None)


_Found = Iterator[tuple[str, Sequence[int]]]


def _too_often(now: Schedule, those: list[AsNeeded], rows: list[Administration]) -> _Found:
    """On one day, and in one turn of the innermost block; where one has no limit, none holds."""
    begun = ((_begun(now, row, those[-1]), row.number) for row in rows)
    days = gathered((f"on {moment(now, row).date()}", row.number) for row in rows)
    turns = gathered((f"in {turn.name()}" if turn else "in all", number) for turn, number in begun)
    a_day = [each.dose.at.most for each in those if each.dose.at is not None]
    in_turn = [each.dose.repeat.count for each in those if each.dose.repeat is not None]
    for told, counts, per in ((days, a_day, " a day"), (turns, in_turn, "")):
        known = [count for count in counts if count is not None]
        for where, numbers in told.items() if len(known) == len(those) else ():
            most = sum(known)
            if len(numbers) > most:
                text = f"{rows[0].dose.drug} was given {len(numbers)} times as needed {where}"
                limit = f"at most {most}{per}" if most > 1 else f"at most once{per}"
                yield f"{text} ({numbered('row', numbers)}); the file says {limit}", numbers


def _too_soon(
    those: list[AsNeeded], rows: list[Administration], given: list[tuple[datetime, Administration]]
) -> _Found:
    """A dose as needed too soon after any given dose of the drug, or too soon before one."""
    repeats = [each.dose.repeat for each in those if each.dose.repeat is not None]
    every = [repeat.every for repeat in repeats if repeat.every is not None]
    if len(every) < len(those):
        return
    least = min(every, key=lambda span: span.shortest)
    for (before, one), (after, other) in pairwise(given):
        between = minutes_between(before, after)
        if between < least.shortest and (one in rows or other in rows):
            text = (
                f"row {other.number}: {other.dose.drug} was given {lasting(between)} after row "
                f"{one.number}; the file says {least.text} apart{by_route([one, other])}"
            )
            yield text, (one.number, other.number)


def _otherwise(now: Schedule, those: list[AsNeeded], row: Administration) -> Iterator[str]:
    """More at a time than the largest of them, or on a day that none of them has."""
    what = f"row {row.number}: {row.dose.drug}"
    value, unit, zero = row.dosed.value, row.dosed.unit, now.regimen.day_zero
    assert value is not None, "a dose that a log adds has an amount"
    amounts = [
        convert(each.dosed.value, each.dosed.unit, unit)
        for each in those
        if each.dosed.value is not None and same_dimension(each.dosed.unit, unit)
    ]
    if len(amounts) == len(those) and value > (most := max(amounts)):
        how = factor_in_words(value, most) or "more than"
        yield f"{what} {safe(value, unit)} is {how} the {safe(most, unit)} that the file gives"
    told: dict[str, dict[str, None]] = {}
    for each in those:
        turn, listed = _begun(now, row, each), each.dose.days
        start = row.turn.start - (turn.start if turn else 0)
        day = day_at(offset_of(row.block_day, zero) + start, zero)
        if listed.holds(day):
            return
        on = f"day {day}{f' of {turn.name()}' if turn else ''}"
        days = f"day{'' if listed.text.isdecimal() else 's'} {listed.text.strip('[]')}"
        told.setdefault(on, {})[days] = None
    for on, says in told.items():
        yield f"{what} was given as needed on {on}; the file says {' or '.join(says)}"


_DAYS_A_YEAR = Decimal("365.25")


def ages(state: CourseState) -> Iterator[Caution]:
    """An age that does not follow from the one that the log began with, or was first told.

    Years are counted whole, so that an age may be one year off the time between two days.
    """
    known = [
        (told.effect.on, told.effect.age, told)
        for told in sorted(state.weights, key=by_date)
        if told.effect.age is not None
    ]
    first, old = state.log.start, state.log.patient.age
    if old is None and known:
        first, old, _ = known[0]
    for on, age, told in known:
        assert old is not None, "the first that is known, if no other"
        years = EXACT.divide(Decimal((on - first).days), _DAYS_A_YEAR)
        is_child = age < ADULT_AGE <= old
        if abs(age - old - years) <= 1 and not (is_child and on >= first):
            continue
        text = f"the age of {age_in_words(age)} on {on} (entry {told.entry.number}) does not fit "
        text += f"the {age_in_words(old)} on {first}: check both"
        start = told.effect.use_from
        if is_child and start is not None:
            text += f"; from {turn_name(start)} on the limits of adults are not checked"
        yield Caution("age-moved", text, of_patient=True)


_Keys = set[DoseKey]


def prescribed(state: CourseState) -> list[tuple[Version, _Keys]]:
    """What each text and arm of a course prescribes that no later one does; perhaps nothing."""
    plan, later, found = state.plan, _Keys(), list[tuple[Version, _Keys]]()
    for version in reversed(state.versions):
        start = version.start
        turns = plan.following(plan.turns[start]) if start in plan.turns else ()
        own = {key for key, slot in plan.slots.items() if slot.turn in turns} - later
        later |= own
        found.append((version, own))
    return found[::-1]


def followed_texts(state: CourseState) -> list[Version]:
    """The text that a course was begun with, each later one that a row follows, and the newest.

    Rows of blocks beside the turn that an amendment names may follow it too, and those of a later
    level do; what is given as needed is that of the newest.
    """
    doses = {id(slot.dose.as_written) for slot in state.plan.slots.values()}
    texts = [version for version in state.versions if version.level is None]
    text, found = texts[0], texts[:1]
    for version in state.versions:
        text = version if version.level is None else text
        follows = text is texts[-1] or any(id(dose) in doses for dose in version.own.doses())
        if follows and text is not found[-1]:
            found.append(text)
    return found


def keeps_arm(state: CourseState) -> bool:
    """Whether a dose is still one of the arm that the log was begun with, and of no level."""
    levels = [version for version in state.versions if version.level]
    return any(
        _unlike(state, own, levels)
        for version, own in prescribed(state)
        if version.level is None and version.arm == state.arm
    )


def _unlike(state: CourseState, keys: _Keys, others: Iterable[Version]) -> _Keys:
    """The doses among some that none of some other texts or arms prescribes so."""
    arm, slots = state.arm, state.plan.slots

    def said(dose: Dose) -> tuple[object, ...]:
        return dose.path, dose.route, dose.amounts.get(arm, dose.amounts.get(None))

    known = [said(dose) for each in others for dose in each.own.doses_in(arm)]
    return {key for key in keys if said(slots[key].dose) not in known}


def levels(state: CourseState) -> Iterator[Caution]:
    """Another arm has the caution of its own, and it and another text may reach days before."""
    more = state.versions[1:]
    for (before, kept), (version, own) in pairwise(prescribed(state) if more else ()):
        assert version.entry is not None, "only the text of the start came without one"
        yield from _of_days_before(state, version.entry, _unlike(state, own, [before]))
        arm, told = version.arm, (state.arm, before.arm if kept else None)
        if not own or arm is None or (version.level is None and arm in told):
            continue
        if caution := version.own.arms[arm].caution:
            yield Caution("arm", f"arm {arm} from {turn_name(version.start)} on: {caution}")


def overtaken(state: CourseState) -> Iterator[Caution]:
    """A turn that another text or arm begins while one in line that has begun still lasts."""
    places, begun = state.places, state.decisions.begun
    for outer in places.turns.values() if state.versions[1:] else ():
        line = [turn for turn in places.within(outer) if turn.block.day is None]
        line.sort(key=lambda turn: (turn.start, places.chain(turn) not in begun))
        for one, other in pairwise(line):
            still, chain = one.start + one.length - other.start, places.chain(other)
            if still > 0 and places.chain(one) in begun and chain not in begun:
                by = how_many(still, "day")
                delay = f"log delay {as_typed(state.log.file)} {as_typed(chain_text(chain))}"
                text = f"{turn_name(chain)} begins before {turn_name(places.chain(one))}, which "
                text += f"has begun, is over; to make it follow, delay it (il2calc {delay} --by "
                text += f"{as_typed(by)})"
                yield Caution("turns-overlap", text, of_patient=True)


def _of_days_before(state: CourseState, entry: Entry, keys: _Keys) -> Iterator[Caution]:
    """An entry that holds for doses of days before it, which nobody held: told with their rows."""
    moments, slots, rows = state.moments, state.places.slots, []
    known = [key for key in keys if key not in state.held]
    settled = state.decisions.settled(slots[key] for key in known)
    for key, slot in zip(known, settled, strict=True):
        given = key in state.given
        if not given and (slot.only_if or slot.not_before):
            continue  # nobody knows yet whether, or when, its day comes
        late = slot if slot.latest is None else slot._replace(minute=slot.latest)
        when = moments.local(state.when_given(key) if given else moments.of(late))
        if when.date() < entry.moment.date():
            rows.append(state.rows[key])
    if rows:
        text = f"entry {entry.number} of {entry.moment.date()} also applies to "
        text += f"{numbered('row', sorted(rows))}, on days before it: if they are late, enter the "
        text += "delay first; otherwise name a later block, or say when it was decided (--as-of)"
        yield Caution("days-before", text, tuple(sorted(rows)))


def unsigned(log: Log) -> Iterator[Caution]:
    """Some entries say who made them and some do not."""
    made = [entry for entry in log.entries if not entry.supposed]
    bare = [entry.number for entry in made if entry.by is None]
    if bare and len(bare) < len(made):
        text = f"{numbered('entry', bare)}: no name is given, but others have one (--by)"
        yield Caution("unsigned", text)


def delays(state: CourseState) -> Iterator[Caution]:
    """What a delay leaves where it was, one that moves nothing, and one that is very long."""
    yield from _left_behind(state)
    yield from _lost_delays(state)
    yield from _long_delays(state)


def _lost_delays(state: CourseState) -> Iterator[Caution]:
    """Delays of block turns that another text or arm does not have, nor any in their place."""
    for chain in dict.fromkeys(chain for chain, _ in state.delays_by(state.plan)):
        if chain not in state.plan.turns:
            text = f"the delay of {turn_name(chain)} moves nothing: that turn no longer exists, "
            text += "and none takes its place"
            yield Caution("delay-unused", text, of_patient=True)


def _left_behind(state: CourseState) -> Iterator[Caution]:
    """Doses of what lies around a delayed turn, which keep their days beside it."""
    for chain in dict.fromkeys(chain for chain, _ in state.delays):
        turn = state.plan.turns[chain]
        around = [chain[:depth] for depth in reversed(range(len(chain)))]
        own = [state.plan.by_turn[each] for each in around if each in state.plan.by_turn]
        slots = state.plan.slots if own[1:] else (own or [{}])[0]
        left = gathered(
            (slot.dose.name, state.rows[key])
            for key, slot in slots.items()
            if key.turns in around and slot.day >= turn.start
        )
        for name, rows in left.items():
            text = (
                f"{name} runs in parallel with {turn_name(chain)} and is not delayed with it "
                f"({numbered('row', sorted(rows))}); "
                f"il2calc log shift {as_typed(state.log.file)} {min(rows)} --by TIME moves it"
            )
            yield Caution("left-behind", text, tuple(sorted(rows)))


def _long_delays(state: CourseState) -> Iterator[Caution]:
    """A delay so long that a digit too many may have been typed."""
    for entry in state.log.in_force():
        if isinstance(entry.effect, Delayed) and entry.effect.by > LONGEST_DELAY:
            which, by = turn_name(entry.effect.turns), f"{entry.effect.by} days"
            most = f"{LONGEST_DELAY // 7} weeks (assumed by il2calc)"
            text = f"{which} is delayed by {by} (entry {entry.number}), more than {most}; check it"
            yield Caution("delay-length", text, of_patient=True)
