"""Whether days, repeats and lengths fit together: what no single key can tell.

Whether the names in a file fit together: doses, blocks, arms, the default arm.

Whether each repeat says one thing: how often (`times`, `up_to`) and how far apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from il2calc.errors import nearest_arm
from il2calc.language.paths import entries
from il2calc.language.regimen_build import Built
from il2calc.language.whom import BANDS_LIKE
from il2calc.model.measure import MEASURES
from il2calc.model.regimen import Block, Days, Dose, day_at, offset_of
from il2calc.plan.calendar import DAY, Calendar, is_open, planned, refusal, span_of, work
from il2calc.text.shapes import Fault, Loc
from il2calc.text.values import is_name
from il2calc.units import Span

_NO_DAY_ZERO = "names day 0, which there is not; write 1 or -1, or 'numbering: with day 0'"


def calendar_faults(built: Built) -> Iterator[Fault]:
    """Every fault in how the days, repeats and lengths of a file fit together."""
    for block in built.body.walk():
        for dose in block.prescribed():
            place = built.locs[dose]
            yield from _as_needed(dose, place)
            yield from _overs(dose, block, built, place)
            yield from _at_beside_repeat(dose, place)
            yield from _limit(dose, block, built, place)
            yield from _day_numbers(dose, block, built, place)
        for inner in block.blocks:
            yield from _day_of_block(inner, block, built)
    if oversized := tuple(_oversized(built)):
        yield from oversized
        return
    for arm in built.arms or (None,):
        yield from _lengths(built.body, built, arm)
        yield from _follows_open(built.body, built, arm)


def _at_beside_repeat(dose: Dose, loc: Loc) -> Iterator[Fault]:
    at = dose.at
    several = at is not None and (len(at.minutes) > 1 or at.kind == "times a day")
    if dose.repeat is not None and several:
        problem = "stands beside a repeat; keep one time, or list the times and no repeat"
        yield (*loc, "at"), problem


def _as_needed(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """What is given as needed has no set times, and only it may leave its interval open."""
    every = dose.repeat.every if dose.repeat is not None else None
    if not dose.as_needed:
        if every is not None and every.at_least:
            problem = "is only the shortest interval; write one length, or add 'as_needed: yes'"
            yield (*loc, "repeat", "every"), problem
        return
    if dose.at is not None and dose.at.kind != "as needed":
        problem = "is a set time of a dose as needed; write 'up to 3 times a day', or leave it out"
        yield (*loc, "at"), problem
    if dose.repeat is not None and not (dose.repeat.at_most or dose.repeat.count is None):
        problem = "counts the doses of a dose as needed; write 'up_to', or leave it out"
        yield (*loc, "repeat", "times"), problem
    if every is not None and not every.at_least:
        problem = f"sets the times of a dose as needed; write 'every: at least {every.text}'"
        yield (*loc, "repeat", "every"), problem


def _overs(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """Infusion times by turn leave no turn out, and there are turns, or a repeat of the dose."""
    if not dose.overs:
        return
    place = (*loc, "over")
    repeat = block.repeat or dose.repeat
    unread = "repeat" in built.unread[block] | built.unread[dose]
    if repeat is None and not unread:
        yield place, "differs by turn, and nothing here is repeated; write one time"
        return
    following: int | None = 1
    for days, _ in dose.overs:
        first = days.onward or days.ranges[0][0]
        if first != following:
            late = following is not None and first > following
            problem = f"must begin with turn {following}" if late else "comes twice"
            yield (*place, days.text), f"{problem}; list every turn once, from 1, the last 'onward'"
            return
        following = days.ranges[-1][1] + 1 if days.onward is None else None
    count = None if repeat is None else repeat.count
    if following is not None and not unread and (count is None or following <= count):
        yield place, f"leaves out turn {following}; let the last of them run 'onward'"


def _limit(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    """A maximum of a dose is one of the days and times that it lists."""
    if dose.up_to is None:
        return
    place = (*loc, "up_to")
    if dose.repeat is not None:
        yield (
            place,
            f"stands beside a repeat; write it there: 'repeat: {{up_to: {dose.up_to}, ...}}'",
        )
        return
    if dose.days.onward is not None and not block.name:
        return  # open-ended: there are as many as it takes
    listed = planned(replace(dose, up_to=None), block, built.day_zero)
    if dose.up_to > listed and not {"day", "at"} & built.unread[dose] | _uncounted(block, built):
        there = f"{listed} time" if listed == 1 else f"{listed} times"
        hint = "lower it, list more days or times, or write a 'repeat'"
        yield place, f"is {dose.up_to}, but its days and times make {there}; {hint}"


def _uncounted(block: Block, built: Built) -> set[str]:
    """Keys that could not be read and on which the length of a turn of a block hangs."""
    return {"repeat", "repeat.every"} & built.unread[block]


def _day_numbers(dose: Dose, block: Block, built: Built, loc: Loc) -> Iterator[Fault]:
    place = (*loc, "day")
    firsts = [first for first, _ in dose.days.ranges]
    edges = [edge for pair in dose.days.ranges for edge in pair]
    if dose.days.onward is not None:
        firsts.append(dose.days.onward)
    if not built.day_zero and 0 in (*edges, *firsts):
        yield place, _NO_DAY_ZERO
    every = block.repeat.every if block.repeat else None
    before = [first for first in firsts if _before(first, built)]
    if before and not _may_reach_back(block, built):
        yield place, f"names day {before[0]}, {_REACHES_BACK}"
    endless = every is None or every.shortest != every.longest
    if dose.days.onward is not None and endless and block.name and not _unmeasured(block, built):
        yield place, "runs onward without an end; give the block one 'every', or list the days"
    if dose.repeat is not None and dose.repeat.count is None and not dose.as_needed:
        yield from _open_dose(dose, built, loc)
    uncounted = {"repeat", "repeat.times", "repeat.up_to"} & built.unread[block]
    if dose.turns is not None and not uncounted:
        yield from _turn_numbers(dose.turns, block, (*loc, "turn"))
    if dose.repeat is not None and not dose.as_needed:
        yield from _still_running(dose, every, built, place)


def _open_dose(dose: Dose, built: Built, loc: Loc) -> Iterator[Fault]:
    """A dose that is repeated without a stated end begins on one day."""
    several = len(list(dose.days.offsets(built.day_zero, None))) > 1
    if several or dose.days.onward is not None:
        yield (*loc, "day"), "lists several days of a repeat without an end; give the first of them"


def _turn_numbers(turns: Days, block: Block, loc: Loc) -> Iterator[Fault]:
    count = block.repeat.count if block.repeat else 1
    last = max([*(last for _, last in turns.ranges), turns.onward or 1])
    if count is not None and last > count:
        where = f"block {block.name!r} has {count}" if block.name else "the regimen has one turn"
        yield loc, f"names turn {last}, but {where}; lower it"


_REACHES_BACK = "before the block; only the outermost block, or one with 'every', may reach back"


def _before(day: int, built: Built) -> bool:
    return (day != 0 or built.day_zero) and offset_of(day, built.day_zero) < 0


def _unmeasured(block: Block, built: Built) -> bool:
    """Whether the file says how long a turn of a block is, but it could not be read."""
    return bool(_uncounted(block, built))


def _may_reach_back(block: Block, built: Built) -> bool:
    every = block.repeat.every if block.repeat else None
    return not block.name or every is not None or _unmeasured(block, built)


def _day_of_block(block: Block, outer: Block, built: Built) -> Iterator[Fault]:
    if block.day is None:
        return
    place = (*built.locs[block], "day")
    if block.day == 0 and not built.day_zero:
        yield place, _NO_DAY_ZERO
    elif _before(block.day, built) and not _may_reach_back(outer, built):
        yield place, f"names day {block.day}, {_REACHES_BACK}"


def _oversized(built: Built) -> Iterator[Fault]:
    """A file that would give too much is told so before anything of it is laid out."""
    for arm in built.arms or (None,):
        if problem := refusal(work(built.body, arm, {}, built.day_zero)):
            yield (), problem
            return


def _still_running(dose: Dose, every: Span | None, built: Built, loc: Loc) -> Iterator[Fault]:
    length = span_of(dose, "latest")
    turn = every.shortest // DAY if every is not None else None
    listed = list(dose.days.offsets(built.day_zero, turn))
    for first, second in pairwise(listed):
        if first + length > second:
            one, other = day_at(first, built.day_zero), day_at(second, built.day_zero)
            yield (
                loc,
                (
                    f"lists day {other} while the repeat from day {one} still runs (to day "
                    f"{day_at(first + length - 1, built.day_zero)}); list the days it begins on"
                ),
            )
            return


def _lengths(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Nothing in a block of stated length may lie beyond it."""
    if not block.exists_in(arm):
        return
    every = block.repeat.every if block.repeat else None
    if every is not None:
        limit = every.shortest // DAY
        calendar = Calendar(built.day_zero, arm, {}, "latest")
        for dose in block.prescribed():
            if dose.exists_in(arm):
                yield from _beyond(dose, limit, block.name, built)
        for inner, offset in calendar.within(block):
            end = offset + calendar.extent(inner)
            if end > limit or is_open(inner, arm):
                until = "without an end" if is_open(inner, arm) else f"to day {end}"
                yield (
                    built.locs[inner],
                    f"runs {until}, beyond the {limit} days of {block.name}; lengthen 'every'",
                )
    for inner in block.blocks:
        yield from _lengths(inner, built, arm)


def _beyond(dose: Dose, limit: int, name: str, built: Built) -> Iterator[Fault]:
    listed = [offset_of(last, built.day_zero) for _, last in dose.days.ranges]
    onward = dose.days.onward
    if onward is not None:
        listed.append(max(offset_of(onward, built.day_zero), limit - 1))
    last = max(listed)
    end = last + span_of(dose, "latest")
    if last + 1 > limit:
        day = day_at(last, built.day_zero)
        place = (*built.locs[dose], "day")
        yield place, f"names day {day}, outside the {limit} days of {name}; lower it"
    elif end > limit:
        key = "repeat" if dose.repeat is not None else "over" if dose.over is not None else "at"
        place = (*built.locs[dose], key)
        yield place, f"runs to day {end}, beyond the {limit} days of {name}; shorten it"


def _follows_open(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Nothing can follow what has no end: neither a block nor another turn around it."""
    open_one: Block | None = None
    for inner in block.blocks:
        if not inner.exists_in(arm):
            continue
        if open_one is not None and inner.day is None and "day" not in built.unread[inner]:
            problem = f"follows {open_one.name!r}, which has no stated end"
            yield built.locs[inner], f"{problem}; give that a count, or this a 'day'"
        if is_open(inner, arm):
            open_one = inner if inner.day is None else open_one
            if block.repeat is not None and block.repeat.every is None:
                problem = f"has no stated end within {block.name!r}, which is repeated after it"
                yield built.locs[inner], f"{problem}; give it a count"
        yield from _follows_open(inner, built, arm)


def name_faults(data: Any, built: Built) -> Iterator[Fault]:
    """Every fault in how the names of a file refer to each other."""
    yield from _named_apart(data, ())
    yield from _arm_names(built)
    yield from _default_arm(data, built)
    yield from _counted_as(built.body, built, {block.name for block in built.body.walk()}, ())
    yield from _amounts(built.body, built, built.arms)
    if not data.get("doses") and not data.get("blocks"):
        yield (), "has neither 'doses' nor 'blocks'; a regimen gives at least one dose"


def _named_apart(data: dict[str, Any], loc: Loc) -> Iterator[Fault]:
    """Dose, drug and block names of one block are distinct, or a path could mean two things."""
    seen: dict[str, str] = {}
    doses = entries(data, "doses")
    drugs = Counter(dose.get("drug") for _, dose in doses if isinstance(dose.get("drug"), str))
    for index, dose in doses:
        place = (*loc, "doses", index)
        name, drug = dose.get("dose"), dose.get("drug")
        if not name and isinstance(drug, str) and drug and not is_name(drug):
            yield (
                (*place, "drug"),
                f"{drug!r} is a name as printed; add 'dose: NAME', by which paths know this dose",
            )
            continue
        if not name and isinstance(drug, str) and drugs[drug] > 1:
            yield (
                place,
                f"gives {drug!r}, which stands twice in this block; name each: 'dose: NAME'",
            )
            continue
        if isinstance(name, str) and name in drugs:
            yield (*place, "dose"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name or drug, "dose", (*place, "dose" if name else "drug"))
    for index, block in entries(data, "blocks"):
        place = (*loc, "blocks", index)
        if isinstance(name := block.get("block"), str) and name in drugs and name not in seen:
            yield (*place, "block"), f"{name!r} is also a drug of this block; choose another name"
        yield from _twice(seen, name, "block", (*place, "block"))
        yield from _named_apart(block, place)
        if not block.get("doses") and not block.get("blocks"):
            yield place, "has neither 'doses' nor 'blocks'; a block gives at least one dose"


def _twice(seen: dict[str, str], name: Any, kind: str, loc: Loc) -> Iterator[Fault]:
    if not isinstance(name, str) or not name:
        return
    if name in seen:
        yield loc, f"{name!r} already names a {seen[name]} of this block; choose another name"
    seen[name] = kind


def _arm_names(built: Built) -> Iterator[Fault]:
    for block in built.body.walk():
        holders: list[Block | Dose] = [block, *block.prescribed()]
        for holder in holders:
            for arm in holder.arms or ():
                if arm not in built.arms:
                    yield (*built.locs[holder], "arm"), _no_arm(arm, built.arms)


def _no_arm(arm: str, arms: tuple[str, ...]) -> str:
    guess = nearest_arm(arm, arms)
    known = f"known: {', '.join(arms)}" if arms else "the file names no arms: add 'arms:'"
    return f"{arm!r} is not an arm of this file; {f'did you mean {guess!r}?' if guess else known}"


def _or_band(name: str) -> str:
    """How a band of patients is written, where a name may have been meant as one."""
    if any(name.endswith(f" {unit}") for unit in MEASURES):
        return f"; a band is written {BANDS_LIKE}"
    return ""


def _default_arm(data: Any, built: Built) -> Iterator[Fault]:
    default = data.get("default_arm")
    if not isinstance(default, str) or not default:
        return
    if default not in built.arms:
        yield ("default_arm",), _no_arm(default, built.arms)
    if "default_arm" not in (entry.get("about") for _, entry in entries(data, "assumptions")):
        yield ("default_arm",), "gives no reason; add an assumption with 'about: default_arm'"


def _counted_as(
    block: Block, built: Built, names: set[str], around: tuple[str, ...]
) -> Iterator[Fault]:
    """A name under which turns are counted through is no other block's, and counts each once.

    Args:
        names: those of all blocks.
        around: under which the blocks around are counted.
    """
    name = block.count_as
    place = (*built.locs[block], "count_as")
    if name in names:
        yield place, f"{name!r} is also a block of this file; choose another name for one of them"
    if name in around:
        yield place, f"{name!r} already counts a block around this one; count one of them"
    inside = around if name is None else (*around, name)
    for inner in block.blocks:
        yield from _counted_as(inner, built, names, inside)


def _amounts(block: Block, built: Built, arms: tuple[str, ...]) -> Iterator[Fault]:
    """An amount per arm names every arm in which its dose exists, and no other."""
    here = tuple(arm for arm in arms if block.exists_in(arm))
    for dose in block.prescribed():
        if None in dose.amounts or "arm" in built.unread[dose] | built.unread[block]:
            continue
        loc = (*built.locs[dose], "amount")
        wanted = [arm for arm in here if dose.exists_in(arm)]
        for arm in dose.amounts:
            if arm not in built.arms:
                yield (*loc, str(arm)), _no_arm(str(arm), built.arms) + _or_band(str(arm))
            elif arm not in wanted:
                yield (
                    (*loc, str(arm)),
                    f"gives an amount for {arm!r}, where this dose does not exist",
                )
        if missing := [arm for arm in wanted if arm not in dose.amounts]:
            yield loc, f"has no amount for {', '.join(missing)}; give one for every arm"
    for inner in block.blocks:
        yield from _amounts(inner, built, here)


def repeat_faults(data: Any, loc: Loc = ()) -> Iterator[Fault]:
    """Every repeat of a file that says two things, or not enough, in plain data."""
    for key in ("doses", "blocks"):
        for index, entry in entries(data, key):
            place = (*loc, key, index)
            repeat = entry.get("repeat")
            if isinstance(repeat, dict):
                problems = _of_dose(repeat, loc) if key == "doses" else _of_block(repeat)
                yield from (((*place, "repeat"), problem) for problem in problems)
            yield from repeat_faults(entry, place)


def _of_dose(repeat: dict[str, Any], around: Loc) -> Iterator[str]:
    """What is wrong with a repeat of a dose; only one in the outermost block may have no end."""
    yield from _count(repeat)
    if str(repeat.get("every")).startswith("at least "):
        return  # of a dose as needed, which has no count
    if "times" not in repeat and "up_to" not in repeat and (around or "every" not in repeat):
        also = ", or 'day: 1 onward' in place of the repeat" if around else ""
        yield f"has no count; a dose needs 'times' or 'up_to'{also}"
    if "rest" in repeat:
        yield "has 'rest', which only a block has; write 'every: 8 hours'"
    elif "every" not in repeat:
        yield "has no 'every'; write it like 'every: 8 hours'"


def _of_block(repeat: dict[str, Any]) -> Iterator[str]:
    yield from _count(repeat)
    if "every" in repeat and "rest" in repeat:
        yield "has 'every' and 'rest'; keep 'every' (start to start) or 'rest' (end to start)"
    if "every" not in repeat and "rest" not in repeat:
        yield "has neither 'every' (start to start) nor 'rest' (end to start); write one"


def _count(repeat: dict[str, Any]) -> Iterator[str]:
    up_to, every = repeat.get("up_to"), repeat.get("every")
    if "times" in repeat and "up_to" in repeat:
        yield "has 'times' and 'up_to'; keep 'times' (exactly) or 'up_to' (at most)"
    if isinstance(up_to, str) and " " in up_to:
        if every is None and "rest" in repeat:
            yield f"has 'up_to: {up_to}' without 'every'; write a number of turns"
        elif isinstance(every, str) and " to " in every:
            yield f"has 'up_to: {up_to}' with a range in 'every'; write a number of turns"
