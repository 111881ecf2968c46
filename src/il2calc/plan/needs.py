"""What a plan needs and its file leaves open: how often, which arm, which rest, which measures.

What is missing is asked for all at once, with an example that works. A block or a dose of the
outermost block may have no stated end. It then needs a count, or a horizon: every turn and every
dose that begins before it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from il2calc.errors import MissingInput, Refused, UnknownName, Unmeasured, nearest_arm, nearest_slip
from il2calc.model.measure import measured, measures, needed
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Dose, Regimen, day_at, offset_of
from il2calc.plan.calendar import DAY, MOST_ADMINISTRATIONS, Calendar, pick_of, starts
from il2calc.units import Quantity

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
            lower = f"give at most {most}, or change the file's count with --set"
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
            raise Refused(f"{name} numbers the turns of {which} and is not a block; {hint}")
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
                f"{name} is given in {regimen.id} and is not a block, and --times counts the "
                f'{turns}; to change what the file says of the dose: --set "{dose.path}.{fact}"'
            )


def refuse_open_rests(regimen: Regimen, arm: str | None) -> None:
    """Ask for every rest of an arm that the file leaves open.

    Raises:
        MissingInput: how long a rest is.
    """
    blocks = [block for block in regimen.body.in_arm(arm) if any(block.open_rests())]
    if blocks:
        paths = " and ".join(block.path for block in blocks)
        options = " ".join(f'--rest "{block.path}=6 weeks"' for block in blocks)
        raise MissingInput(options, f"{regimen.id} leaves open how long the rest of {paths} is")


def arm_of(regimen: Regimen, arm: str | None) -> str | None:
    """The arm that is scheduled: the one named, else the regimen's default; None without arms.

    Raises:
        UnknownName: an arm that the regimen does not have.
        MissingInput: the regimen has arms and no default, and none was named.
    """
    if arm is not None and arm not in regimen.arms:
        kind, hint = f"arm of {regimen.id}", ""
        if not regimen.arms:
            kind, hint = "arm", f"{regimen.id} has no arms: leave --arm out."
        raise UnknownName(kind, arm, regimen.arms, hint, nearest_arm)
    if arm is None and regimen.arms and regimen.default_arm is None:
        known = ", ".join(regimen.arms)
        options = _example(regimen)
        what = f"one, such as {' '.join(word for option in options for word in option)}"
        raise MissingInput(what, f"{regimen.id} has the arms {known} and no default", options)
    return arm or regimen.default_arm


def _example(regimen: Regimen) -> list[tuple[str, str]]:
    """What any arm is calculated from, as options; which arm, nobody but the user can say."""
    doses = [dose for block in regimen.body.walk() for dose in block.prescribed()]
    amounts = [amount for dose in doses for amount in dose.amounts.values()]
    needed = {need for amount in amounts for need in measures(amount)}
    given = {"weight": "70", "surface": "1.8", "gfr": "90", "age": "40"}
    named = {"surface": "--bsa"}
    options = [(named.get(need, f"--{need}"), given[need]) for need in given if need in needed]
    if any(dose.counted.by_formula for dose in doses):
        options += [("--height", "170"), ("--sex", "female")]
    opened = [[each.path for each in openings(regimen.body, arm)] for arm in regimen.arms]
    in_each = [path for path in opened[0] if all(path in paths for paths in opened)]
    return [("--arm", "ARM"), *options, *(("--times", f"{path}=4") for path in in_each)]


def refuse_missing(
    whose: Iterable[tuple[Dose, Patient]], arm: str | None, instead: Quantity | None = None
) -> None:
    """Say at once everything that the doses of a schedule need and the patient lacks.

    Args:
        whose: the doses, each with a body that it is calculated with.
        instead: an amount in the place of those of the file.

    Raises:
        Unmeasured: weight, body surface area, GFR or age that an amount is calculated from.
        Refused: no band of an amount holds the patient.
    """
    lacking: dict[str, str] = {}
    missing: dict[str, Patient] = {}
    for dose, patient in whose:
        needs = needed(instead or dose.amount(arm), patient, dose.path)
        known: list[tuple[str, str, object]]
        known = [(how, need, measured(patient, need)) for how, need in needs.items()]
        if instead is None and dose.counted.by_formula:
            known.append(("by ideal weight", "height", patient.height))
            known.append(("by ideal weight", "sex", patient.sex))
        for how, what, value in known:
            if value is None:
                lacking.setdefault(how, dose.drug)
                missing.setdefault(what, patient)
    if lacking:
        reasons = [f"{drug} is dosed {how}" for how, drug in lacking.items()]
        options, example = _wanted(missing, next(iter(missing.values())))
        raise Unmeasured(options, " and ".join(reasons), example)


def lacks(whose: Iterable[tuple[Dose, Patient]], arm: str | None) -> bool:
    """Whether some dose cannot be calculated with the body that goes with it."""
    try:
        refuse_missing(whose, arm)
    except (Unmeasured, Refused):
        return True
    return False


def _wanted(lacking: Container[str], patient: Patient) -> tuple[str, str]:
    """The options that would supply what is lacking, and an example of them."""
    options: list[str] = []
    examples: list[str] = []
    weightless = patient.weight is None
    if "weight" in lacking:
        options.append("--weight")
        examples.append("--weight 70")
    if "surface" in lacking and (patient.height is None or "weight" not in lacking):
        first = weightless and "weight" not in lacking
        both = first and patient.height is None
        options.append("--weight and --height" if both else "--weight" if first else "--height")
        options[-1] += " (or --bsa)"
        examples += ["--weight 70"] if first else []
        examples += ["--height 170"] if patient.height is None else []
    if "height" in lacking and not any("--height" in option for option in options):
        options.append("--height")
        examples.append("--height 170")
    for need, example in (("sex", "female"), ("gfr", "90"), ("age", "'7 years'")):
        if need in lacking:
            options.append(f"--{need}")
            examples.append(f"--{need} {example}")
    return " and ".join(options), " ".join(examples)
