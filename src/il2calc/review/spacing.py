"""How near doses of one drug lie to each other: given twice, at once, or nearer than is planned.

Of a plan that is what its blocks bring together; of a course also what was given late, early or
beside the plan, and what a shift or a delay moved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from il2calc.errors import numbered
from il2calc.plan.administration import Administration, gathered
from il2calc.plan.calendar import duration, minutes_between
from il2calc.plan.dating import format_moment
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import Span

if TYPE_CHECKING:
    from il2calc.course.state import CourseState
    from il2calc.model.regimen import Dose

_HOUR = 60


def given_twice(schedule: Schedule) -> Iterator[Caution]:
    """A day before its turn may meet the same drug where fewer turns moved the turn closer."""
    rows_of = (((row.dose.drug, row.regimen_day), row) for row in schedule.administrations)
    for (drug, day), rows in gathered(rows_of).items():
        turns = {row.turn for row in rows}
        reaching = [row for row in rows if row.day < row.turn.start]
        if len(turns) > 1 and reaching:
            text = f"{drug} is given on regimen day {day} by more than one block turn"
            yield _of(rows, "given-twice", text)


_Moments = Mapping[str, Sequence[Sequence[Administration]]]


def given_together(schedule: Schedule) -> Iterator[Caution]:
    """Doses of one drug at one moment that nobody may have meant."""
    moments, over = _moments(schedule), _over(schedule)
    yield from _met_by_interval(moments, over)
    yield from _beside(moments, over)


def _met_by_interval(by_drug: _Moments, over: set[int]) -> Iterator[Caution]:
    """Doses of a drug, of blocks or beside them, at one moment: intervals say it, no day does.

    Two that come together by the days of the file are told by `_beside`, or are meant.
    """
    for drug, found in by_drug.items():
        asked: dict[tuple[str, str], bool] = {}
        met: list[Administration] = []
        for one, other in (pair for rows in found for pair in combinations(rows, 2)):
            paths = one.dose.path, other.dose.path
            if paths not in asked:
                asked[paths] = _by_intervals(one, other)
            reaching = one.day < one.turn.start or other.day < other.turn.start
            if asked[paths] and not reaching and over.isdisjoint((one.number, other.number)):
                met += [one, other]
        if met:
            yield _at_once(met, f"{drug} is given more than once at one time")


def _moments(schedule: Schedule) -> dict[str, list[list[Administration]]]:
    """What is planned of each drug at one moment, in the order of time.

    An infusion that waits for another one of its drug belongs to the moment of that one.
    """
    moments: dict[str, list[list[Administration]]] = {}
    for row in schedule.administrations:
        if not row.dose.unplanned:
            of_drug = moments.setdefault(row.dose.drug, [])
            if of_drug and (row.waits or row.minute == of_drug[-1][0].minute):
                of_drug[-1].append(row)
            else:
                of_drug.append([row])
    return moments


def _beside(by_drug: _Moments, over: set[int]) -> Iterator[Caution]:
    """Two doses that give a drug at one moment, of which one also comes without the other.

    A slip in days or turns does so: a first dose beside that of every cycle. A dose that always
    comes with another is meant by another route, or with a bag of half a day: our assumption.
    """
    for drug, moments in by_drug.items():
        doses: dict[Dose, dict[int, Administration]] = {}
        for moment, row in ((at, row) for at, rows in enumerate(moments) for row in rows):
            if not row.dose.only_if and row.number not in over:
                doses.setdefault(row.dose.as_written, {})[moment] = row
        for (one, first), (other, second) in combinations(doses.items(), 2):
            both = [at for at in first if at in second]
            met = [at for at in both if not _by_intervals(first[at], second[at])]
            bag = any(each.over and each.over.longest >= 12 * _HOUR for each in (one, other))
            meant = len(both) >= min(len(first), len(second)) and (bag or one.route != other.route)
            if met and not meant and len(both) < max(len(first), len(second)):
                text = f"{one.path} and {other.path} give {drug} at the same time"
                rows = [row[at] for at in met for row in (first, second)]
                yield _at_once(rows, f"{text} on some of their days")


def _over(schedule: Schedule) -> set[int]:
    """The rows that are given no more: one of them beside another dose is no second one."""
    recorded = schedule.recorded.items()
    return {number for number, told in recorded if told.state in ("held", "stopped")}


def _by_intervals(one: Administration, other: Administration) -> bool:
    """Whether an interval, of a block or of a dose, has brought doses of two turns together."""
    apart = {*one.turn.chain()} ^ {*other.turn.chain()}
    repeated = (row for row in (one, other) if row.dose.repeat is not None)
    return any(turn.number > 1 for turn in apart) or (
        bool(apart) and any(not row.dose.days.holds(row.block_day) for row in repeated)
    )


def _at_once(rows: Sequence[Administration], text: str) -> Caution:
    """A caution on doses of a drug at one moment, each of them named once and in order."""
    found = {row.number: row for row in sorted(rows, key=lambda row: row.number)}
    return _of([*found.values()], "given-twice", f"{text} ({numbered('row', [*found])})")


def _of(rows: Sequence[Administration], code: str, text: str) -> Caution:
    """A caution on doses of a drug, with the route of each where these differ."""
    return Caution(code, f"{text}{by_route(rows)}", tuple(row.number for row in rows))


def by_route(rows: Sequence[Administration]) -> str:
    """What a text on some doses adds where their routes differ: `; IV: row 1; SC: row 2`."""
    found = gathered((row.dose.route, row.number) for row in rows)
    told = (f"; {route}: {numbered('row', numbers)}" for route, numbers in found.items())
    return "".join(told) if len(found) > 1 else ""


def too_near(now: Schedule) -> Iterator[Caution]:
    """A dose nearer to the last given one than its repeat, or the days of a drug, let them lie."""
    extras = [row for row in now.administrations if row.dose.unplanned]
    over = ("held", "stopped")
    left = (row for row in now.administrations if now.recorded[row.number].state not in over)
    lines = gathered((row.dose.as_written, row) for row in left)
    by_repeat = {rows[0].dose.drug for rows in lines.values() if _every(rows[0])}
    by_drug = gathered((row.dose.drug, row) for rows in lines.values() for row in rows)
    for drug in dict.fromkeys(row.dose.drug for row in extras):
        if drug not in by_repeat:
            yield from _nearer_than_planned(now, by_drug[drug])
    for planned in lines.values():
        if (every := _every(planned[0])) is not None:
            more = [row for row in extras if row.dose.drug == planned[0].dose.drug]
            yield from _nearer_than_repeat(now, every, [*planned, *more])
    for rows in by_drug.values():
        yield from _nearer_than_listed(now, [row for row in rows if not row.dose.unplanned])


def _every(row: Administration) -> Span | None:
    """The interval of a dose's repeat."""
    return None if row.dose.repeat is None else row.dose.repeat.every


def _nearer_than_repeat(
    now: Schedule, every: Span, rows: list[Administration]
) -> Iterator[Caution]:
    """A dose nearer to the last given one than the interval of its repeat, in any turn."""
    for one, other in pairwise(sorted(rows, key=lambda row: row.minute)):
        between = minutes_between(moment(now, one), moment(now, other))
        if now.recorded[one.number].state == "given" and between < every.shortest:
            how = f"is less than {every.text} after" if between >= 0 else "lies before"
            yield _near(now, one, other, how)


def _nearer_than_listed(now: Schedule, rows: list[Administration]) -> Iterator[Caution]:
    """A dose much nearer to the last given one of its drug than the plan has them.

    Listed days, and two doses of a drug, have no interval: a quarter of what the plan has between
    them takes its place, and they are nearer by an hour or more; both assumed by il2calc.
    """
    for one, other in pairwise(sorted(rows, key=lambda row: row.minute)):
        apart = other.minute - one.minute
        between = minutes_between(moment(now, one), moment(now, other))
        is_near = 4 * between < apart and apart - between >= _HOUR
        is_repeat = one.dose.as_written == other.dose.as_written and _every(one)
        if now.recorded[one.number].state == "given" and is_near and not is_repeat:
            planned = f"; the plan has them {duration(apart)} apart"
            yield _near(now, one, other, f"lies {_how_far(between)}", planned)


def _near(
    now: Schedule, one: Administration, other: Administration, how: str, planned: str = ""
) -> Caution:
    text = (
        f"row {other.number} ({format_moment(moment(now, other))}) {how} row {one.number}, given "
        f"{format_moment(moment(now, one))}{planned}"
    )
    return _of([one, other], "too-near", text)


def _nearer_than_planned(now: Schedule, rows: list[Administration]) -> Iterator[Caution]:
    """An unplanned dose nearer to a given one of its drug than any two planned ones lie.

    Doses that are planned for one moment are one time of the plan.
    """
    planned = sorted({row.minute for row in rows if not row.dose.unplanned})
    least = min((after - before for before, after in pairwise(planned)), default=0)
    for one, other in pairwise(sorted(rows, key=lambda row: moment(now, row))):
        before, after = moment(now, one), moment(now, other)
        between = minutes_between(before, after)
        is_of_plan = not (one.dose.unplanned or other.dose.unplanned)
        if is_of_plan or between >= least or now.recorded[one.number].state != "given":
            continue
        text = (
            f"row {other.number} ({format_moment(after)}) is {_how_far(between)} row "
            f"{one.number}, given {format_moment(before)}; planned doses of {one.dose.drug} are "
            f"at least {duration(least)} apart"
        )
        yield _of([one, other], "too-near", text)


def _how_far(between: int) -> str:
    """Where a dose lies so many minutes after another: `2 hours after` it, say."""
    if between <= 0:
        return "before" if between else "at the time of"
    return f"{duration(between)} after"


def moved_near(
    state: CourseState, now: Schedule, told: Collection[tuple[int, ...]]
) -> Iterator[Caution]:
    """A dose still to come that a shift or a delay leaves nearer to another than any two lie.

    Doses that are planned for one moment are one time of the plan.

    Args:
        told: rows of which is told already how near they are.
    """
    from il2calc.course.index import key_of

    plan, over = state.plan.slots, ("held", "stopped")
    moved = " or ".join(["a shift"] * bool(state.shifts) + ["a delay"] * bool(state.delays))
    shifted = [key for key, _ in state.shifts]
    for drug in dict.fromkeys(key.drug for key in (plan if state.delays else shifted)):
        times = sorted({slot.minute for key, slot in plan.items() if key.drug == drug})
        least = min((second - first for first, second in pairwise(times)), default=0)
        own = [row for row in now.administrations if row.dose.drug == drug and key_of(row) in plan]
        left = [row for row in own if now.recorded[row.number].state not in over]
        for one, other in pairwise(left):
            between = other.minute - one.minute
            planned = abs(plan[key_of(other)].minute - plan[key_of(one)].minute)
            pair = one.number, other.number
            is_over = now.recorded[other.number].state == "given" or pair in told
            if between < min(least, planned) and not is_over and _since(now, one, other) < least:
                text = (
                    f"row {other.number} is {_how_far(between)} row {one.number} since {moved}; "
                    f"planned doses of {drug} are at least {duration(least)} apart"
                )
                yield _of([one, other], "too-near", text)


def _since(now: Schedule, one: Administration, other: Administration) -> int:
    """From when a dose was given, or is planned, to when another is planned [min]."""
    begun = now.recorded[one.number].when
    return minutes_between(begun, other.moment) if begun else other.minute - one.minute


def moment(now: Schedule, row: Administration) -> datetime:
    """When a dose was given, else when it is planned."""
    return now.recorded[row.number].when or row.moment
