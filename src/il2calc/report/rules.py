"""Which rules a plan used: of time, of dose and of its log, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from il2calc.model.regimen import day_at
from il2calc.plan.calendar import DAY, Turn, pick_of
from il2calc.plan.schedule import Schedule
from il2calc.report import words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import rounded


def ruled(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """The rules that a plan used, under headings: of a course, those of its plan and its log."""
    if isinstance(plan, Schedule):
        yield "Rules used", list(rules_used(plan))
    else:
        yield "Rules of the plan", list(rules_used(plan.plain, holders="CSV and JSON"))
        yield "Rules of the log", list(plan.notes)


class Rule(NamedTuple):
    """A rule in words, and whether a short table says it: it bears on it, and nothing there does.

    Headings tell when turns begin, a column of its own the latest dates, the mark of a maximum how
    what follows is dated, and a caution what falls past midnight.
    """

    text: str
    bears: bool = True


def bearing(plan: Plan, *, headed: bool) -> list[str]:
    """The rules that a short table says.

    Args:
        headed: every row stands under a heading, which tells the days of its turn.
    """
    schedule = plan if isinstance(plan, Schedule) else plan.plain
    started = () if headed else _block_rules(schedule)
    told = _rules(schedule, "", schedule_of(plan))
    return [*started, *(rule.text for rule in told if rule.bears)]


def rules_used(schedule: Schedule, holders: str = "--explain, CSV and JSON") -> Iterator[str]:
    """The rules of time and dose that a plan used, one line each.

    Args:
        holders: what holds every digit of its amounts.
    """
    yield from _block_rules(schedule)
    yield from (rule.text for rule in _rules(schedule, f"; {holders} hold every digit", schedule))


def _rules(schedule: Schedule, digits: str, shown: Schedule) -> Iterator[Rule]:
    rows = schedule.administrations
    if days := schedule.regimen.starts_on:
        yield Rule(f"Day 1 is a {words.listed(days, 'or')}, by the file.")
    if rows and rows[0].minute < 0 and not schedule.regimen.day_zero:
        yield Rule("There is no day 0: day -1 is the day before day 1.")
    if any(each.latest_day is not None for each in rows):
        text = "Where a source gives a range of time, dates are the earliest."
        yield Rule(text, bears=False)
    if any(each.not_before for each in rows):
        yield Rule(
            "After a rest of at least so long nothing has a latest date: dates are not before."
        )
    for dose in dict.fromkeys(each.dose.as_written for each in rows if each.dose.up_to):
        limit = f"at most {dose.up_to} of its times in a turn"
        yield Rule(f"{dose.path}: {limit}, none before the start time.")
    if any(each.at_most for each in rows):
        text = "What follows a maximum is dated as if every dose or turn of it were given."
        yield Rule(text, bears=False)
    yield from (Rule(f"{text}.") for text in counts(schedule))
    yield from _amount_rules(schedule)
    if schedule.zone is not None:
        yield Rule(
            "Repeats counted in hours, and offsets, run on elapsed time; repeats by whole days, "
            "and what stands on a day or a clock, keep their clock time."
        )
        yield Rule(
            "A clock time that does not exist is read with the offset from before the change; of "
            "one that exists twice the first is meant."
        )
    if any(each.outside for each in rows):
        text = "A dose that falls past midnight of its planned days lengthens nothing."
        yield Rule(text, bears=False)
    shortened = any(rounded(value, 4) != value for value in _amounts(shown))
    yield Rule(f"Amounts are shown to 4 significant figures{digits}.", shortened)


def _amount_rules(schedule: Schedule) -> Iterator[Rule]:
    """Which weight counts, where it is not the actual one; and that nothing caps or rounds."""
    doses = [each.dose for each in schedule.administrations]
    doses += [each.dose for each in schedule.as_needed]
    if any(dose.counted.by_formula for dose in doses):
        yield Rule(
            "Ideal weight is that of Devine (Drug Intell Clin Pharm 1974;8:650-5; reviewed in Ann "
            "Pharmacother 2000;34:1066-9), from a height of 152.4 cm on; an actual weight below "
            "it counts."
        )
    capped = any(dose.cap or dose.round or any(dose.counted[:2]) for dose in doses)
    if not schedule.bounds and not capped:
        text = "No dose is capped or rounded: the file gives no cap and no step."
        yield Rule(text, bears=False)


def _amounts(schedule: Schedule) -> Iterator[Decimal]:
    """Every amount that is shown of a plan, or was given in it, each once."""
    doses = {each.dosed.value: None for each in schedule.administrations}
    doses |= {each.value: None for each in schedule.recorded.values()}
    yield from (value for value in doses if value is not None)
    for total in schedule.totals:
        yield from (total.value, total.conditional)


def counts(schedule: Schedule) -> Iterator[str]:
    """Each number of turns that is not the file's; of two texts in a course the newer one's."""
    blocks = {turn.block.path: turn.block for turn, _ in schedule.turns}
    for path, count in schedule.counts.items():
        block = blocks.get(path)
        stated = block.repeat.count if block is not None and block.repeat is not None else None
        if stated != count:
            said = "leaves it open" if stated is None else f"says {stated}"
            yield f"{path}: {count} as asked for; the file {said}"


def _block_rules(schedule: Schedule) -> Iterator[str]:
    zero = schedule.regimen.day_zero
    told: set[str] = set()
    turns = [turn for turn, _ in schedule.turns]
    endless = {row.turn for row in schedule.administrations if row.not_before}
    late = dict(schedule.turns)
    for block in dict.fromkeys(turn.block for turn in turns):
        if block.window is not None:
            yield f"{block.path}: each dose within {block.window.text} of its day."
    by_outer: dict[tuple[str, Turn | None], list[Turn]] = {}
    for turn in turns:
        by_outer.setdefault((turn.block.path, turn.outer), []).append(turn)
    for (path, _), group in by_outer.items():
        repeat = group[0].block.repeat
        if repeat is None or path in told:
            continue
        told.add(path)
        first, name = group[0], group[0].block.name
        second = group[1] if group[1:] else None
        if repeat.every is not None:
            length = repeat.every.text
            text = f"{path}: each turn lasts {length}, the last one too"
        elif second is not None:
            rest = pick_of(repeat.rest, "earliest") // DAY
            end = first.start + first.length
            planned = words.days(day_at(first.start, zero), day_at(end - 1, zero))
            off = words.days(day_at(end, zero), day_at(end + rest - 1, zero)) if rest else ""
            text = (
                f"{path}: rest {off}, counted from planned {planned}" if off else f"{path}: no rest"
            )
        else:
            continue
        if second is not None:
            text += f"; {name} 2 starts day {day_at(second.start, zero)}"
            if second not in endless and late[second] > late[first]:
                text += f", at the latest day {day_at(second.start + late[second], zero)}"
        yield f"{text}."
