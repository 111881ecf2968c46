"""How often everything is given: what a file counts, what was asked for, what begins in time.

A block or a dose of the outermost block may have no stated end. It then needs a count, or a
horizon: every turn and every dose that begins before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from il2calc.errors import MissingInput, Refused, UnknownName, nearest_slip
from il2calc.model.regimen import Block, Dose, Regimen, day_at, offset_of
from il2calc.plan.calendar import DAY, MOST_ADMINISTRATIONS, Calendar, pick_of, starts

Counted = Block | Dose


def openings(body: Block, arm: str | None) -> Iterator[Counted]:
    """The blocks of an arm without a stated end, and such doses of the outermost block.

    Args:
        body: the outermost block.
    """
    for dose in body.doses:
        if dose.exists_in(arm) and _is_open(dose):
            yield dose
    yield from (block for block in body.in_arm(arm) if _is_open(block))


def _is_open(counted: Counted) -> bool:
    if isinstance(counted, Dose) and counted.days.onward is not None:
        return True
    return counted.repeat is not None and counted.repeat.count is None


def _repeated(body: Block, arm: str | None) -> dict[str, Counted]:
    """The blocks of an arm that are repeated, by their paths."""
    return {block.path: block for block in body.in_arm(arm) if block.repeat is not None}


def counts_of(
    regimen: Regimen, arm: str | None, times: Mapping[str, int], horizon: int | None = None
) -> dict[str, int]:
    """How many turns every repeated block is given, and how often every open dose.

    Args:
        times: turns by block name or path; they may lower a count, never raise it.
        horizon: what is open is given as often as it begins before this, from day 1 [days].

    Raises:
        UnknownName: a block that the regimen does not have.
        MissingInput: whatever is open, without a count or a horizon.
        Refused: a count above the file's, a name of several blocks or of another arm.
    """
    opened = {counted.path: counted for counted in openings(regimen.body, arm)}
    known = _repeated(regimen.body, arm) | opened
    chosen: dict[str, int] = {}
    for name, count in times.items():
        path = _path(name, known, regimen, arm)
        if path in chosen:
            raise Refused(f'{path} is given two counts; give one: --times "{path}={count}"')
        if count < 1:
            raise Refused(f"{path} cannot be given {count} times; give at least 1")
        chosen[path] = count
    counts: dict[str, int] = {}
    missing: list[Counted] = []
    for path, counted in known.items():
        most = None if path in opened or counted.repeat is None else counted.repeat.count
        given = chosen.get(path, most)
        if given is not None and most is not None and given > most:
            lower = f"give at most {most}, or read the file otherwise with --set"
            raise Refused(f"{regimen.id} has at most {most} of {path}, not {given}; {lower}")
        if given is not None:
            counts[path] = given
        elif horizon is not None:
            counts[path] = _before(
                counted, regimen, Calendar(regimen.day_zero, arm, chosen), horizon
            )
        else:
            missing.append(counted)
    if missing:
        raise _missing(missing, regimen)
    return counts


def _missing(opened: list[Counted], regimen: Regimen) -> MissingInput:
    """One message that names all that is open."""
    paths = [counted.path for counted in opened]
    named = " and ".join([", ".join(paths[:-1]), paths[-1]] if paths[1:] else paths)
    options = [
        "--cycles 4" if counted.name == "cycle" else f'--times "{counted.path}=4"'
        for counted in opened
    ]
    verb = "are" if paths[1:] else "is"
    what = f"{' '.join(options)}, or --weeks 24"
    return MissingInput(what, f"{regimen.id} does not say how many times {named} {verb} given")


def _before(counted: Counted, regimen: Regimen, calendar: Calendar, horizon: int) -> int:
    """How often something open begins before a horizon."""
    if isinstance(counted, Dose):
        first, found = _doses_before(counted, regimen.day_zero, horizon)
    else:
        turns = calendar.turns(regimen.body)
        first = day = next(turn.start for turn in turns if turn.block is counted)
        found = 0
        while day < horizon and found <= MOST_ADMINISTRATIONS:
            found += 1
            day += calendar.step(counted, found)
    if found < 1:
        begins = day_at(first, regimen.day_zero)
        last = day_at(horizon - 1, regimen.day_zero)
        hint = "give a longer --weeks, or a later --until"
        raise Refused(f"{counted.path} begins on day {begins}, after day {last}; {hint}")
    return found


def _doses_before(dose: Dose, day_zero: bool, horizon: int) -> tuple[int, int]:
    """The day on which an open dose begins, and how often it does before a horizon."""
    if dose.days.onward is not None:
        first = offset_of(dose.days.onward, day_zero)
        return first, horizon - first
    first = offset_of(dose.days.ranges[0][0], day_zero)
    assert dose.repeat is not None, "an open dose runs onward or is repeated"
    left = (horizon - first) * DAY - starts(dose)[0]
    return first, -(-left // pick_of(dose.repeat.every, "earliest"))


def closed(body: Block, counts: Mapping[str, int], day_zero: bool) -> Block:
    """The outermost block with every open dose of it given as often as it is counted."""
    return replace(
        body,
        doses=tuple(
            _closed(dose, counts[dose.path], day_zero) if dose.path in counts else dose
            for dose in body.doses
        ),
    )


def _closed(dose: Dose, count: int, day_zero: bool) -> Dose:
    if dose.days.onward is None:
        assert dose.repeat is not None, "an open dose runs onward or is repeated"
        return replace(dose, repeat=replace(dose.repeat, count=count))
    last = day_at(offset_of(dose.days.onward, day_zero) + count - 1, day_zero)
    ranges = (*dose.days.ranges, (dose.days.onward, last))
    return replace(dose, days=dose.days._replace(ranges=ranges, onward=None))


def _path(name: str, known: Mapping[str, Counted], regimen: Regimen, arm: str | None) -> str:
    if name in known:
        return name
    paths = [path for path, counted in known.items() if counted.name == name]
    if len(paths) > 1:
        which = " or ".join(f'--times "{path}=1"' for path in paths)
        raise Refused(f"{regimen.id} has several blocks called {name!r}; name one: {which}")
    if not paths:
        _refuse_other_arm(name, regimen, arm)
        if counted := [block.path for block in regimen.body.walk() if block.count_as == name]:
            which = " and ".join(counted)
            hint = f'give those of each: --times "{counted[0]}=1"'
            raise Refused(f"{name} counts the turns of {which} through and is no block; {hint}")
        _refuse_dose(name, known, regimen)
        guess = nearest_slip(name, dict.fromkeys((*known, *(each.name for each in known.values()))))
        like = guess or next(iter(known), None)
        hint = f'Try: --times "{like}=1"' if like else "No block here is repeated."
        raise UnknownName("repeated block", name, known, hint, lambda *_: guess)
    return paths[0]


def _refuse_other_arm(name: str, regimen: Regimen, arm: str | None) -> None:
    """Say so where a name is that of a block of other arms alone."""
    others = [
        other
        for other in regimen.arms
        for block in _repeated(regimen.body, other).values()
        if name in (block.path, block.name)
    ]
    if others:
        listed = " and ".join(dict.fromkeys(others))
        hint = f"leave its --times out, or give --arm {others[0]}"
        raise Refused(f"{name} is a block of arm {listed}, and this plan is of arm {arm}; {hint}")


def _refuse_dose(name: str, known: Mapping[str, Counted], regimen: Regimen) -> None:
    """Say so where a name is that of a drug or a dose, which has no turns to count."""
    for dose in regimen.doses():
        if name.casefold() in {one.casefold() for one in (dose.path, dose.name, dose.drug)}:
            turns = "turns of a block"
            if known:
                turns += f': --times "{next(iter(known))}=1"'
            repeat = dose.repeat
            fact = f"day={dose.days.text}"
            if repeat is not None and repeat.count is not None:
                fact = f"repeat.{'up_to' if repeat.at_most else 'times'}={repeat.count}"
            raise Refused(
                f"{name} is given in {regimen.id} and is no block, and --times counts the {turns}; "
                f'what the file says of the dose is read otherwise by: --set "{dose.path}.{fact}"'
            )
