"""What entries of a log change beyond what the regimen says, and who made them.

Another amount or arm than the file's, an age that does not follow from an earlier one, a delay, and
doses as needed: how often, how far apart, how much, on which days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from math import inf

from il2calc.course.admit_turns import is_lower
from il2calc.course.amendment import Version
from il2calc.course.dosing_basis import DosingBases, by_date, is_reduced_by
from il2calc.course.index import key_of
from il2calc.course.state import Applied, CourseState
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import Delayed, DoseKey, Reduced, turn_name, turn_text
from il2calc.model.log import Entry, Log
from il2calc.model.measure import age_in_words
from il2calc.model.regimen import Dose, day_at, offset_of
from il2calc.plan.administration import Administration, AsNeeded, grouped
from il2calc.plan.calendar import Turn, lasting, minutes_between
from il2calc.plan.schedule import AmountOf, Body, Caution, Schedule, amounts_by
from il2calc.review.body import ADULT_AGE
from il2calc.review.departures import factor_in_words
from il2calc.review.spacing import by_route, moment
from il2calc.units import EXACT, Quantity, convert, safe, safe_quantity, same_dimension, short

LONGEST_DELAY = 12 * 7
"""A delay of more days is cautioned: our own assumption, longer than toxicity or a holiday delays a
turn, and shorter than three weeks with a digit too many."""


def reductions(state: CourseState, schedule: Schedule) -> Iterator[Caution]:
    """Reductions that have no effect, go far down or are forbidden, and every rise."""
    entry_by_key = DosingBases(state).entry_by_key
    amount_of = amounts_by(schedule.arm, schedule.bounds)
    all_rows = schedule.administrations if state.reductions else ()
    by_entry = grouped((entry_by_key.get(key_of(row)), row) for row in all_rows)
    slots = state.now.slots.items() if state.reductions else ()
    last = {key._replace(turns=(), number=0): slot.minute for key, slot in slots}
    reduced = ((key, slot) for key, slot in slots if key in entry_by_key)
    counting = grouped((key[1:3], (slot.minute, entry_by_key[key])) for key, slot in reduced)
    for applied in state.reductions:
        entry, effect, _ = applied
        rows = by_entry.get(entry.number, [])
        numbers = tuple(row.number for row in rows)
        to = _new_amount(effect.to)
        if not rows and (why := _why_unused(state, applied, last, counting)):
            text = f"the reduction of {effect.drug} to {to} (entry {entry.number}) changes no "
            yield Caution("reduced-unused", f"{text}dose: {why}", of_patient=True)
        if capped := [row.number for row in rows if row.dosed.capped and row.dosed.percent < 100]:
            text = f"the reduction of {effect.drug} to {to} leaves the dose at "
            text += f"its cap ({numbered('row', capped)})"
            yield Caution("reduced-capped", text, tuple(capped))
        rises = list(dict.fromkeys(_compared_with_file(row, amount_of) for row in rows))
        if rise := "; ".join(filter(None, rises)):
            text = f"{effect.drug} is raised above the amount in the file from "
            text += f"{turn_name(effect.start)} on (entry {entry.number}): {rise}"
            yield Caution("raised", text, numbers, of_patient=True)
        falls = (_compared_with_file(row, amount_of, falls=True) for row in rows)
        low = "; ".join(filter(None, dict.fromkeys(falls)))
        if isinstance(effect.to, Quantity) and low:
            text = f"{effect.drug} is set far below the amount in the file from "
            text += f"{turn_name(effect.start)} on (entry {entry.number}): {low}"
            yield Caution("set-low", text, numbers, of_patient=True)
        change = f"{effect.drug} is {'raised' if rise else 'reduced'} to {to} (entry {entry.number}"
        lower = any(is_lower(state, effect.to, row.dose, row.patient) for row in rows)
        if state.regimen.never_reduce and lower:
            text = f"{change}: {entry.reason}), although {state.regimen.id} says to withhold "
            text += "doses and never to reduce them"
            yield Caution("reduced", text, numbers, of_patient=True)
        elif entry.overridden and rows:
            text = f"{change}) inside {turn_name(effect.start)}, which had begun"
            yield Caution("override", text, numbers, of_patient=True)
        if not entry.overridden:
            yield from _before_entry(state, entry, {*map(key_of, rows)})


def _why_unused(
    state: CourseState,
    applied: Applied[Reduced],
    last: Mapping[DoseKey, int],
    counting: Mapping[tuple[str, str], Sequence[tuple[int, int]]],
) -> str:
    """Why a reduction changes no dose; empty if its doses were given before it was entered.

    Args:
        last: the last time of each dose [min], by its key without turns and number.
        counting: by drug and dose, when each reduced one is [min], and the entry that counts.
    """
    effect, first = applied.effect, state.whereabouts.first_in(applied.effect.start)
    names = [name for name in last if is_reduced_by(name, effect)]
    if first is None or max((last[name] for name in names), default=-inf) < first.minute:
        return f"it has no dose from {turn_name(effect.start)} on"
    of_names = (counting.get(name[1:3], ()) for name in names)
    next_ones = ((one, bisect_left(one, (first.minute, 0))) for one in of_names)
    _, number = min((one[place] for one, place in next_ones if place < len(one)), default=(0, 0))
    place = bisect_left(state.reductions, number, key=lambda one: one.entry.number)
    instead = state.reductions[place].effect
    if number < applied.entry.number or instead.start == effect.start:
        return ""
    text = f"{_new_amount(instead.to)} from {turn_name(instead.start)} on, entered later, counts "
    return f"{text}instead (entry {number})"


def _new_amount(to: Decimal | Quantity) -> str:
    return safe_quantity(to) if isinstance(to, Quantity) else f"{short(to)} %"


def _compared_with_file(row: Administration, amount_of: AmountOf, *, falls: bool = False) -> str:
    """What a dose is raised to and what the file gives the same body; empty if it is not raised.

    Args:
        falls: instead, what it is lowered to, if that is half of the file's amount or less.
    """
    value, unit = row.dosed.value, row.dosed.unit
    in_file = amount_of(row.dose, Body(row.patient, Decimal(100)))
    if value is None or in_file.value is None:
        return ""
    before = convert(in_file.value, in_file.unit, unit)
    factor = factor_in_words(value, before)
    if (value >= before or factor is None) if falls else value <= before:
        return ""
    factor_text = f", {factor}{' it' if falls else ''}" if factor else ""
    return f"{row.dose.name} {safe(value, unit)}, {safe(before, unit)} in the file{factor_text}"


def beyond_need(schedule: Schedule) -> Iterator[Caution]:
    """Doses as needed given more often, sooner, larger or on other days than the file says.

    Where a drug is given as needed in several ways, a dose is compared with those of its block and
    route: with the sum of their counts, the shortest interval and the largest amount.

    Args:
        schedule: of a course, with what became of each administration.
    """
    for drug in dict.fromkeys(as_needed.dose.drug for as_needed in schedule.as_needed):
        rows = (row for row in schedule.administrations if row.dose.drug == drug)
        given = [(when, row) for row in rows if (when := schedule.recorded[row.number].when)]
        given.sort(key=lambda pair: (pair[0], pair[1].number))
        groups: dict[tuple[str, ...], tuple[list[AsNeeded], list[Administration]]] = {}
        for _, row in given:
            if row.dose.unplanned:
                options = _doses_as_needed(schedule, row)
                paths = tuple(as_needed.dose.path for as_needed in options)
                groups.setdefault(paths, (options, []))[1].append(row)
        for options, group in groups.values():
            excesses = [*_too_often(schedule, options, group), *_too_soon(options, group, given)]
            for row in group:
                excesses += [(text, [row.number]) for text in _unlike_file(schedule, options, row)]
            for text, numbers in excesses:
                yield Caution("beyond-need", text, tuple(numbers), of_patient=True)


def _doses_as_needed(schedule: Schedule, row: Administration) -> list[AsNeeded]:
    """The doses as needed that a given one may be: of its drug and, if any, its block and route."""
    options = [option for option in schedule.as_needed if option.dose.drug == row.dose.drug]
    in_block = [option for option in options if not option.blocks or _enclosing_turn(row, option)]
    options = in_block or options
    return [option for option in options if option.dose.route == row.dose.route] or options


def _enclosing_turn(row: Administration, as_needed: AsNeeded) -> Turn | None:
    """The turn, around a row, of the block that has a dose as needed; None where there is none."""
    path = as_needed.blocks[-1].path if as_needed.blocks else None
    return next((turn for turn in row.turn.chain() if turn.block.path == path), None)


def _turn_of_need(schedule: Schedule, row: Administration, as_needed: AsNeeded) -> Turn | None:
    """The same; of a block of no stated length, the last turn that had begun by then.

    Such a turn lasts to its last planned day, and a need outlasts what is planned.
    """
    block = as_needed.blocks[-1] if as_needed.blocks else None
    if block is None or (block.repeat is not None and block.repeat.every is not None):
        return _enclosing_turn(row, as_needed)
    day = offset_of(row.block_day, schedule.regimen.day_zero) + row.turn.start
    turns = [turn for turn, _ in schedule.turns if turn.block.path == block.path]
    started = [turn for turn in turns if turn.start <= day]
    return max(started, key=lambda turn: turn.start, default=None)


_Texts = Iterator[tuple[str, Sequence[int]]]
"""Texts of cautions, each with the numbers of its rows."""


def _too_often(schedule: Schedule, options: list[AsNeeded], rows: list[Administration]) -> _Texts:
    """More doses on a day or in a turn than all options together allow, if each has a limit."""
    in_turns = ((_turn_of_need(schedule, row, options[-1]), row.number) for row in rows)
    days = grouped((f"on {moment(schedule, row).date()}", row.number) for row in rows)
    turns = grouped((f"in {turn.name()}" if turn else "in all", row) for turn, row in in_turns)
    per_day = [option.dose.at.most for option in options if option.dose.at is not None]
    repeats = [option.dose.repeat for option in options if option.dose.repeat is not None]
    per_turn = [repeat.count for repeat in repeats]
    for groups, stated, period in ((days, per_day, " a day"), (turns, per_turn, "")):
        limits = [count for count in stated if count is not None]
        for place, numbers in groups.items() if len(limits) == len(options) else ():
            most = sum(limits)
            if len(numbers) > most:
                text = f"{rows[0].dose.drug} was given {len(numbers)} times as needed {place}"
                limit = f"at most {most}{period}" if most > 1 else f"at most once{period}"
                yield f"{text} ({numbered('row', numbers)}); the file says {limit}", numbers


def _too_soon(
    options: list[AsNeeded],
    rows: list[Administration],
    given: list[tuple[datetime, Administration]],
) -> _Texts:
    """A dose as needed too soon after any given dose of its drug, or too soon before one."""
    repeats = [option.dose.repeat for option in options if option.dose.repeat is not None]
    intervals = [repeat.every for repeat in repeats if repeat.every is not None]
    if len(intervals) < len(options):
        return
    least = min(intervals, key=lambda span: span.shortest)
    for (before, one), (after, other) in pairwise(given):
        gap = minutes_between(before, after)
        if gap < least.shortest and (one in rows or other in rows):
            text = f"row {other.number}: {other.dose.drug} was given {lasting(gap)} after row "
            text += f"{one.number}; the file says {least.text} apart{by_route([one, other])}"
            yield text, (one.number, other.number)


def _unlike_file(schedule: Schedule, options: list[AsNeeded], row: Administration) -> Iterator[str]:
    """A larger dose than any of the file, or a dose on a day on which the file has none."""
    what = f"row {row.number}: {row.dose.drug}"
    value, unit, day_zero = row.dosed.value, row.dosed.unit, schedule.regimen.day_zero
    assert value is not None, "a dose that a log adds has an amount"
    amounts = [
        convert(option.dosed.value, option.dosed.unit, unit)
        for option in options
        if option.dosed.value is not None and same_dimension(option.dosed.unit, unit)
    ]
    if len(amounts) == len(options) and value > (most := max(amounts)):
        factor = factor_in_words(value, most) or "more than"
        yield f"{what} {safe(value, unit)} is {factor} the {safe(most, unit)} that the file gives"
    days_by_place: dict[str, dict[str, None]] = {}
    for option in options:
        turn, listed = _turn_of_need(schedule, row, option), option.dose.days
        offset = row.turn.start - (turn.start if turn else 0)
        day = day_at(offset_of(row.block_day, day_zero) + offset, day_zero)
        if listed.holds(day):
            return
        place = f"day {day}{f' of {turn.name()}' if turn else ''}"
        days = f"day{'' if listed.text.isdecimal() else 's'} {listed.text.strip('[]')}"
        days_by_place.setdefault(place, {})[days] = None
    for place, texts in days_by_place.items():
        yield f"{what} was given as needed on {place}; the file says {' or '.join(texts)}"


_DAYS_A_YEAR = Decimal("365.25")


def ages(state: CourseState) -> Iterator[Caution]:
    """An age that does not follow from that at the start of the log, or else the first recorded."""
    recorded = [
        (weighing.effect.on, weighing.effect.age, weighing)
        for weighing in sorted(state.weighings, key=by_date)
        if weighing.effect.age is not None
    ]
    first_day, first_age = state.log.start, state.log.patient.age
    if first_age is None and recorded:
        first_day, first_age, _ = recorded[0]
    for day, age, weighing in recorded:
        assert first_age is not None, "the first that is known, if no other"
        years = EXACT.divide(Decimal((day - first_day).days), _DAYS_A_YEAR)  # ages are whole years
        becomes_child = age < ADULT_AGE <= first_age
        if abs(age - first_age - years) <= 1 and not (becomes_child and day >= first_day):
            continue
        text = f"the age of {age_in_words(age)} on {day} (entry {weighing.entry.number}) does not "
        text += f"fit the {age_in_words(first_age)} on {first_day}: check both"
        start = weighing.effect.use_from
        if becomes_child and start is not None:
            text += f"; from {turn_name(start)} on the limits of adults are not checked"
        yield Caution("age-moved", text, of_patient=True)


_Keys = set[DoseKey]


def prescribed(state: CourseState) -> list[tuple[Version, _Keys]]:
    """The doses, if any, that each text and arm of a course prescribes and no later one does."""
    plan, later, result = state.plan, _Keys(), list[tuple[Version, _Keys]]()
    for version in reversed(state.versions):
        start = version.start
        turns = plan.following(plan.turns[start]) if start in plan.turns else ()
        keys = {key for key, slot in plan.slots.items() if slot.turn in turns} - later
        later |= keys
        result.append((version, keys))
    return result[::-1]


def followed_texts(state: CourseState) -> list[Version]:
    """The first text of a course, each later one that a row follows, and the newest.

    Rows of blocks that run in parallel to the amended turn may follow an amendment too, and so may
    rows of a later dose level; what is given as needed follows the newest.
    """
    doses = {id(slot.dose.as_written) for slot in state.plan.slots.values()}
    texts = [version for version in state.versions if version.level is None]
    text, followed = texts[0], texts[:1]
    for version in state.versions:
        text = version if version.level is None else text
        follows = text is texts[-1] or any(id(dose) in doses for dose in version.regimen.doses())
        if follows and text is not followed[-1]:
            followed.append(text)
    return followed


def keeps_arm(state: CourseState) -> bool:
    """Whether any dose is still one of the arm that the log was started with, and of no level."""
    levels = [version for version in state.versions if version.level]
    return any(
        _only_in(state, keys, levels)
        for version, keys in prescribed(state)
        if version.level is None and version.arm == state.arm
    )


def _only_in(state: CourseState, keys: _Keys, others: Iterable[Version]) -> _Keys:
    """Those of some doses that none of the other texts or arms prescribes in the same way."""
    arm, slots = state.arm, state.plan.slots

    def prescription(dose: Dose) -> tuple[object, ...]:
        return dose.path, dose.route, dose.amounts.get(arm, dose.amounts.get(None))

    prescriptions = [prescription(dose) for other in others for dose in other.regimen.doses_in(arm)]
    return {key for key in keys if prescription(slots[key].dose) not in prescriptions}


def levels(state: CourseState) -> Iterator[Caution]:
    """The caution of a new arm, and changes of text or arm that apply to days before them."""
    changes = state.versions[1:]
    for (before, kept_keys), (version, keys) in pairwise(prescribed(state) if changes else ()):
        assert version.entry is not None, "only the text of the start came without one"
        yield from _before_entry(state, version.entry, _only_in(state, keys, [before]))
        arm, known_arms = version.arm, (state.arm, before.arm if kept_keys else None)
        if not keys or arm is None or (version.level is None and arm in known_arms):
            continue
        if caution := version.regimen.arms[arm].caution:
            yield Caution("arm", f"arm {arm} from {turn_name(version.start)} on: {caution}")


def overtaken(state: CourseState) -> Iterator[Caution]:
    """A turn that another text or arm starts before the previous turn, already begun, is over."""
    index, begun_turns = state.now, state.decisions.begun
    for outer in index.turns.values() if state.versions[1:] else ():
        turns = [turn for turn in index.within(outer) if turn.block.day is None]
        turns.sort(key=lambda turn: (turn.start, index.chain(turn) not in begun_turns))
        for one, other in pairwise(turns):
            overlap, chain = one.start + one.length - other.start, index.chain(other)
            if overlap > 0 and index.chain(one) in begun_turns and chain not in begun_turns:
                by = how_many(overlap, "day")
                delay = f"log delay {as_typed(state.log.file)} {as_typed(turn_text(chain))}"
                text = f"{turn_name(chain)} begins before {turn_name(index.chain(one))}, which "
                text += f"has begun, is over; to make it follow, delay it (il2calc {delay} --by "
                text += f"{as_typed(by)})"
                yield Caution("turns-overlap", text, of_patient=True)


def _before_entry(state: CourseState, entry: Entry, keys: _Keys) -> Iterator[Caution]:
    """An entry that applies to doses of days before it that were not held, with their rows."""
    moments, slots, rows = state.moments, state.now.slots, []
    not_held = [key for key in keys if key not in state.held]
    settled = state.decisions.settled(slots[key] for key in not_held)
    for key, slot in zip(not_held, settled, strict=True):
        is_given = key in state.given
        if not is_given and (slot.only_if or slot.not_before):
            continue  # nobody knows yet whether, or when, its day comes
        latest = slot if slot.latest is None else slot._replace(minute=slot.latest)
        time = moments.local(state.when_given(key) if is_given else moments.moment_of(latest))
        if time.date() < entry.moment.date():
            rows.append(state.rows[key])
    if rows:
        text = f"entry {entry.number} of {entry.moment.date()} also applies to "
        text += f"{numbered('row', sorted(rows))}, on days before it: if they are late, enter the "
        text += "delay first; otherwise name a later block, or say when it was decided (--as-of)"
        yield Caution("days-before", text, tuple(sorted(rows)))


def unsigned(log: Log) -> Iterator[Caution]:
    """Some entries say who made them and some do not."""
    entries = [entry for entry in log.entries if not entry.hypothetical]
    unnamed = [entry.number for entry in entries if entry.by is None]
    if unnamed and len(unnamed) < len(entries):
        text = f"{numbered('entry', unnamed)}: no name is given, but others have one (--by)"
        yield Caution("unsigned", text)


def delays(state: CourseState) -> Iterator[Caution]:
    """Doses that a delay leaves where they were, delays that move nothing, and very long ones."""
    yield from _left_behind(state)
    yield from _lost_delays(state)
    yield from _long_delays(state)


def _lost_delays(state: CourseState) -> Iterator[Caution]:
    """Delays of turns that another text or arm no longer has, nor any turn in their place."""
    for chain in dict.fromkeys(chain for chain, _ in state.delays_in(state.plan)):
        if chain not in state.plan.turns:
            text = f"the delay of {turn_name(chain)} moves nothing: that turn no longer exists, "
            text += "and none takes its place"
            yield Caution("delay-unused", text, of_patient=True)


def shifts(state: CourseState) -> Iterator[Caution]:
    """Shifts that move no dose of another text or arm."""
    for key in state.lost_shifts:
        where = f" of {turn_name(key.turns)}" if key.turns else ""
        text = f"the shift of {key.drug} dose {key.number}{where} moves no dose of the text or arm "
        text += "that follows; if it should, shift that dose too"
        yield Caution("shift-unused", text, of_patient=True)


def _left_behind(state: CourseState) -> Iterator[Caution]:
    """Doses of the blocks around a delayed turn, which keep their days."""
    for chain in dict.fromkeys(chain for chain, _ in state.delays):
        turn = state.plan.turns[chain]
        around = [chain[:depth] for depth in reversed(range(len(chain)))]
        by_turn = state.plan.by_turn
        slots_around = [by_turn[outer] for outer in around if outer in by_turn]
        slots = state.plan.slots if slots_around[1:] else (slots_around or [{}])[0]
        rows_by_dose = grouped(
            (slot.dose.name, state.rows[key])
            for key, slot in slots.items()
            if key.turns in around and slot.day >= turn.start
        )
        for name, rows in rows_by_dose.items():
            text = f"{name} runs in parallel with {turn_name(chain)} and is not delayed with it "
            text += f"({numbered('row', sorted(rows))}); "
            text += f"il2calc log shift {as_typed(state.log.file)} {min(rows)} --by TIME moves it"
            yield Caution("left-behind", text, tuple(sorted(rows)))


def _long_delays(state: CourseState) -> Iterator[Caution]:
    """A delay so long that a digit too many may have been typed."""
    for entry in state.log.in_force():
        if isinstance(entry.effect, Delayed) and entry.effect.by > LONGEST_DELAY:
            which, by = turn_name(entry.effect.turns), f"{entry.effect.by} days"
            limit = f"{LONGEST_DELAY // 7} weeks (assumed by il2calc)"
            text = f"{which} is delayed by {by} (entry {entry.number}), more than {limit}; check it"
            yield Caution("delay-length", text, of_patient=True)
