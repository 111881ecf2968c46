"""How close doses of one drug are: given twice, at the same moment, or closer than planned.

In a plan, that is what its blocks bring together; in a course also what was given late, early or
outside the plan, and what a shift or a delay moved. Also drugs that a monograph keeps apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING

from il2calc.errors import numbered
from il2calc.plan.administration import NOT_GIVEN, Administration, grouped, record_of
from il2calc.plan.calendar import duration, in_real_time, minutes_between
from il2calc.plan.dating import format_moment
from il2calc.plan.schedule import Caution, Schedule
from il2calc.units import Span

if TYPE_CHECKING:
    from il2calc.course.state import CourseState
    from il2calc.model.regimen import Dose
    from il2calc.pharmacy.answers import Monographs

_HOUR = 60


def given_twice(schedule: Schedule) -> Iterator[Caution]:
    """A dose on a day before its turn, where fewer turns moved it to a day with the same drug."""
    by_day = (((row.dose.drug, row.regimen_day), row) for row in schedule.administrations)
    for (drug, day), rows in grouped(by_day).items():
        turns = {row.turn for row in rows}
        before_turn = [row for row in rows if row.day < row.turn.start]
        if len(turns) > 1 and before_turn:
            text = f"{drug} is given on regimen day {day} by more than one block turn"
            yield _caution(rows, "given-twice", text)


_Moments = Mapping[str, Sequence[Sequence[Administration]]]
"""The planned rows of each drug, those of one moment together, in the order of time."""


def given_together(schedule: Schedule) -> Iterator[Caution]:
    """Doses of one drug at one moment that may not be intended."""
    by_drug, skipped = moments(schedule), _not_given(schedule)
    yield from _together_by_interval(by_drug, skipped)
    yield from _together_by_days(by_drug, skipped)


def _together_by_interval(by_drug: _Moments, skipped: set[int]) -> Iterator[Caution]:
    """Doses of a drug at one moment that an interval, and no listed day, brings together.

    Two that the days of the file bring together are intended, or `_together_by_days` finds them.
    """
    for drug, of_drug in by_drug.items():
        by_interval: dict[tuple[str, str], bool] = {}
        together: list[Administration] = []
        for one, other in (pair for rows in of_drug for pair in combinations(rows, 2)):
            paths = one.dose.path, other.dose.path
            if paths not in by_interval:
                by_interval[paths] = _by_intervals(one, other)
            before_turn = one.day < one.turn.start or other.day < other.turn.start
            both_given = skipped.isdisjoint((one.number, other.number))
            if by_interval[paths] and not before_turn and both_given:
                together += [one, other]
        if together:
            yield _same_moment(together, f"{drug} is given more than once at one time")


def moments(schedule: Schedule) -> dict[str, list[list[Administration]]]:
    """What is planned of each drug at one moment, in the order of time.

    An infusion that waits for another one of its drug belongs to the moment of that one.
    """
    by_drug: dict[str, list[list[Administration]]] = {}
    for row in schedule.administrations:
        if not row.dose.unplanned:
            of_drug = by_drug.setdefault(row.dose.drug, [])
            if of_drug and (row.waits or row.minute == of_drug[-1][0].minute):
                of_drug[-1].append(row)
            else:
                of_drug.append([row])
    return by_drug


def _together_by_days(by_drug: _Moments, skipped: set[int]) -> Iterator[Caution]:
    """Two doses of a drug at one moment, one of which also comes alone, or by another name.

    A slip in days or turns does that, a first dose next to that of every cycle; or a brand beside
    its drug. A dose that always comes with another is intended by another route, or if one takes 12
    hours: our assumption.
    """
    for drug, of_drug in by_drug.items():
        doses: dict[Dose, dict[int, Administration]] = {}
        pairs: set[tuple[int, ...]] = set()  # by their places in `doses`: few of many meet
        places: dict[Dose, int] = {}
        for index, rows in enumerate(of_drug):
            due = (row for row in rows if not row.dose.only_if and row.number not in skipped)
            counted = {row.dose.as_written: row for row in due}
            for dose, row in counted.items():
                doses.setdefault(dose, {})[index] = row
                places.setdefault(dose, len(places))
            pairs.update(combinations(sorted(map(places.__getitem__, counted)), 2))
        met = [*doses.items()]
        for place, later_place in sorted(pairs):
            (one, first), (other, second) = met[place], met[later_place]
            both = [index for index in first if index in second]
            by_days = [index for index in both if not _by_intervals(first[index], second[index])]
            long = any(dose.over and dose.over.longest >= 12 * _HOUR for dose in (one, other))
            always = len(both) >= min(len(first), len(second))
            intended = always and (long or one.route != other.route)
            where = " on some of their days" * (len(both) < max(len(first), len(second)))
            if one.written.casefold() != other.written.casefold():
                where += f", as {one.written} and as {other.written}"
            if by_days and not intended and where:
                text = f"{one.path} and {other.path} give {drug} at the same time{where}"
                together = [row[index] for index in by_days for row in (first, second)]
                yield _same_moment(together, text)


def _not_given(schedule: Schedule) -> set[int]:
    """The rows that were held or stopped: a dose next to one of them is no second dose."""
    rows = schedule.recorded.items()
    return {number for number, recorded in rows if recorded.state in NOT_GIVEN}


def kept_apart(schedule: Schedule, monographs: Monographs) -> Iterator[Caution]:
    """Drugs that a monograph keeps apart: in the same patient, or in one line at one time."""
    from il2calc.pharmacy.answers import entries_about

    skipped = _not_given(schedule)
    active = [row for row in schedule.administrations if row.number not in skipped]
    by_drug = grouped((row.dose.drug, row) for row in active)
    others = dict.fromkeys((*by_drug, *(one.dose.drug for one in schedule.as_needed)))
    known = [(name, drug) for name in by_drug if (drug := monographs.get(name)) is not None]
    for (name, drug), other in product(known, others):
        for entry in entries_about(drug, other):
            rows, where = by_drug.get(other, []), f"{other} is given beside {name}"
            if not entry.warns_of("patient"):
                both = [*by_drug[name], *rows] if entry.warns_of("line") else []
                rows = _in_a_vein_at_once(both)
                where = f"{other} and {name} are given into a vein at one time; in one line"
            if rows or entry.warns_of("patient"):
                text = f"{where}: {entry.verdict}. {entry.fact.text}"
                text += f" ({'; '.join(entry.fact.sources)})"
                yield Caution("kept-apart", text, tuple(row.number for row in rows))


def _in_a_vein_at_once(rows: Iterable[Administration]) -> list[Administration]:
    """The rows of two drugs that begin, or may still run, when one of the other begins."""
    together: dict[int, Administration] = {}
    latest: dict[str, tuple[int, Administration]] = {}
    intravenous = (row for row in rows if row.dose.route.startswith("IV"))
    for row in sorted(intravenous, key=lambda row: row.minute):
        for drug, (end, before) in latest.items():
            if drug != row.dose.drug and (row.minute < end or row.minute == before.minute):
                together |= {before.number: before, row.number: row}
        end = row.minute + (row.dose.over.longest if row.dose.over else 0)
        if row.dose.drug not in latest or end >= latest[row.dose.drug][0]:
            latest[row.dose.drug] = end, row
    return sorted(together.values(), key=lambda row: row.number)


Overlap = tuple[Administration, Administration, int]
"""Two infusions of one drug, and how long [min] the first still runs when the second begins."""


def overlaps(
    schedule: Schedule, infusions: Iterable[tuple[Administration, int, int]], *, given: bool
) -> Iterable[list[Overlap]]:
    """Infusions of one drug that run at once, those of the same two doses together.

    Args:
        infusions: in the order of their starts, with start and length [min].
        given: those of which one was given; otherwise those of which none was.
    """
    latest: dict[str, tuple[Administration, int]] = {}
    groups: dict[tuple[Dose, Dose], list[Overlap]] = {}
    for row, start, length in infusions:
        recorded = record_of(row, schedule.recorded)
        if recorded.state in NOT_GIVEN:
            continue
        before, end = latest.get(row.dose.drug, (row, start))
        is_given = recorded.when or record_of(before, schedule.recorded).when
        if end > start and bool(is_given) is given:
            groups.setdefault((before.dose, row.dose), []).append((before, row, end - start))
        if before is row or end < start + length:
            latest[row.dose.drug] = row, start + length
    return groups.values()


def _by_intervals(one: Administration, other: Administration) -> bool:
    """Whether an interval, of a block or of a dose, brings doses of two turns together."""
    own_turns = {*one.turn.chain()} ^ {*other.turn.chain()}
    with_repeat = (row for row in (one, other) if row.dose.repeat is not None)
    return any(turn.number > 1 for turn in own_turns) or (
        bool(own_turns) and any(not row.dose.days.holds(row.block_day) for row in with_repeat)
    )


def _same_moment(rows: Sequence[Administration], text: str) -> Caution:
    """A caution about doses of a drug at one moment, each row once and in order."""
    by_number = {row.number: row for row in sorted(rows, key=lambda row: row.number)}
    text += f" ({numbered('row', [*by_number])})"
    return _caution([*by_number.values()], "given-twice", text)


def _caution(rows: Sequence[Administration], code: str, text: str) -> Caution:
    """A caution about doses of a drug, with the route of each where their routes differ."""
    return Caution(code, f"{text}{by_route(rows)}", tuple(row.number for row in rows))


def by_route(rows: Sequence[Administration]) -> str:
    """What a text about doses adds where their routes differ: `; IV: row 1; SC: row 2`."""
    groups = grouped((row.dose.route, row.number) for row in rows)
    texts = (f"; {route}: {numbered('row', numbers)}" for route, numbers in groups.items())
    return "".join(texts) if len(groups) > 1 else ""


def too_close(schedule: Schedule) -> Iterator[Caution]:
    """Doses closer to the last given one than their repeat, or the days of their drug, allow."""
    extras = [row for row in schedule.administrations if row.dose.unplanned]
    skipped = _not_given(schedule)
    active = (row for row in schedule.administrations if row.number not in skipped)
    by_dose = grouped((row.dose.as_written, row) for row in active)
    drugs_with_repeat = {rows[0].dose.drug for rows in by_dose.values() if _interval(rows[0])}
    by_drug = grouped((row.dose.drug, row) for rows in by_dose.values() for row in rows)
    for drug in dict.fromkeys(row.dose.drug for row in extras):
        if drug not in drugs_with_repeat:
            yield from _closer_than_planned(schedule, by_drug[drug])
    for planned in by_dose.values():
        if (interval := _interval(planned[0])) is not None:
            extra = [row for row in extras if row.dose.drug == planned[0].dose.drug]
            yield from _closer_than_repeat(schedule, interval, [*planned, *extra])
    for rows in by_drug.values():
        yield from _closer_than_listed(schedule, [row for row in rows if not row.dose.unplanned])


def _interval(row: Administration) -> Span | None:
    return None if row.dose.repeat is None else row.dose.repeat.every


def _closer_than_repeat(
    schedule: Schedule, interval: Span, rows: list[Administration]
) -> Iterator[Caution]:
    """A dose closer to the last given one than the interval of its repeat, in any turn."""
    for one, other in pairwise(sorted(rows, key=lambda row: in_real_time(row.moment))):
        gap = minutes_between(moment(schedule, one), moment(schedule, other))
        if schedule.recorded[one.number].state == "given" and gap < interval.shortest:
            relation = f"is less than {interval.text} after" if gap >= 0 else "lies before"
            yield _too_close(schedule, one, other, relation)


def _closer_than_listed(schedule: Schedule, rows: list[Administration]) -> Iterator[Caution]:
    """A dose much closer to the last given one of its drug than the plan puts them.

    Listed days, and two doses of a drug, have no interval. The limit is a quarter of the planned
    gap, and only a gap shorter by an hour or more counts; both are assumed by il2calc.
    """
    for one, other in pairwise(sorted(rows, key=lambda row: row.minute)):
        planned_gap = other.minute - one.minute
        gap = minutes_between(moment(schedule, one), moment(schedule, other))
        is_close = 4 * gap < planned_gap and planned_gap - gap >= _HOUR
        is_repeat = one.dose.as_written == other.dose.as_written and _interval(one)
        if schedule.recorded[one.number].state == "given" and is_close and not is_repeat:
            note = f"; the plan has them {duration(planned_gap)} apart"
            yield _too_close(schedule, one, other, f"lies {_distance(gap)}", note)


def _too_close(
    schedule: Schedule, one: Administration, other: Administration, relation: str, note: str = ""
) -> Caution:
    first, second = (format_moment(moment(schedule, row)) for row in (one, other))
    text = f"row {other.number} ({second}) {relation} row {one.number}, given {first}{note}"
    return _caution([one, other], "too-near", text)


def _closer_than_planned(schedule: Schedule, rows: list[Administration]) -> Iterator[Caution]:
    """An unplanned dose at the moment of a given one, or closer to it than any two planned ones.

    Doses that are planned for one moment count as one time of the plan.
    """
    planned = sorted({row.minute for row in rows if not row.dose.unplanned})
    shortest = min((second - first for first, second in pairwise(planned)), default=0)
    for one, other in pairwise(sorted(rows, key=lambda row: in_real_time(moment(schedule, row)))):
        gap = minutes_between(moment(schedule, one), moment(schedule, other))
        is_outside_plan = one.dose.unplanned or other.dose.unplanned
        is_close = gap < shortest or gap == 0
        if schedule.recorded[one.number].state == "given" and is_close and is_outside_plan:
            note = f"; planned doses of {one.dose.drug} are at least {duration(shortest)} apart"
            yield _too_close(schedule, one, other, f"is {_distance(gap)}", note if shortest else "")


def _distance(gap: int) -> str:
    """Where a dose lies so many minutes after another: `2 hours after` it, for example."""
    if gap <= 0:
        return "before" if gap else "at the time of"
    return f"{duration(gap)} after"


def moved_too_close(
    state: CourseState, schedule: Schedule, reported: Collection[tuple[int, ...]]
) -> Iterator[Caution]:
    """Doses to come that a shift or a delay leaves closer to another than any two planned ones.

    Doses that are planned for one moment count as one time of the plan.

    Args:
        reported: rows that other cautions already call too close.
    """
    from il2calc.course.index import key_of

    plan, skipped = state.plan.slots, _not_given(schedule)
    moved = " or ".join(["a shift"] * bool(state.shifts) + ["a delay"] * bool(state.delays))
    shifted_keys = [key for key, _ in state.shifts]
    for drug in dict.fromkeys(key.drug for key in (plan if state.delays else shifted_keys)):
        times = sorted({slot.minute for key, slot in plan.items() if key.drug == drug})
        shortest = min((later - earlier for earlier, later in pairwise(times)), default=0)
        rows = [row for row in schedule.administrations if row.dose.drug == drug]
        planned = [row for row in rows if key_of(row) in plan and row.number not in skipped]
        for one, other in pairwise(planned):
            gap = other.minute - one.minute
            planned_gap = abs(plan[key_of(other)].minute - plan[key_of(one)].minute)
            numbers = one.number, other.number
            skip = schedule.recorded[other.number].state == "given" or numbers in reported
            is_closer = gap < min(shortest, planned_gap)
            actual_gap = minutes_between(moment(schedule, one), moment(schedule, other))
            if is_closer and not skip and actual_gap < shortest:
                text = f"row {other.number} is {_distance(gap)} row {one.number} since {moved}; "
                text += f"planned doses of {drug} are at least {duration(shortest)} apart"
                yield _caution([one, other], "too-near", text)


def moment(schedule: Schedule, row: Administration) -> datetime:
    """When a dose was given, else when it is planned."""
    return record_of(row, schedule.recorded).when or row.moment
