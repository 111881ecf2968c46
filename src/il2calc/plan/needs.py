"""What a plan needs and its file leaves open: counts, the arm, rests, measures, compartments.

Everything missing is asked for at once, with an example that works. Blocks, and doses of the
outermost block, may be open-ended. They then need a count, or a horizon: they get every turn, or
every dose, that begins before it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from il2calc.errors import MissingInput, Refused, UnknownName, Unmeasured, nearest_arm, nearest_slip
from il2calc.model.measure import measured, measures, measures_needed
from il2calc.model.patient import Patient
from il2calc.model.regimen import Block, Dose, Regimen, day_at, offset_of
from il2calc.plan.calendar import DAY, MOST_ADMINISTRATIONS, Calendar, starts, to_minutes, uncounted
from il2calc.units import AddedIn, Quantity

Repeatable = Block | Dose


def openings(body: Block, arm: str | None) -> Iterator[Repeatable]:
    """The open-ended doses of the outermost block in an arm, then the open-ended blocks."""
    for dose in body.doses:
        if dose.exists_in(arm) and (dose.days.onward is not None or uncounted(dose)):
            yield dose
    yield from filter(uncounted, body.in_arm(arm))


def _repeated(body: Block, arm: str | None) -> dict[str, Repeatable]:
    """The repeated blocks of an arm, by their paths."""
    return {block.path: block for block in body.in_arm(arm) if block.repeat is not None}


def counts_of(
    regimen: Regimen, arm: str | None, times: Mapping[str, int], horizon: int | None = None
) -> dict[str, int]:
    """How often every repeated block and every open-ended dose is given, by path.

    Args:
        times: turns by block name or path; they may lower a count, never raise it.
        horizon: days from day 1; open-ended blocks and doses get every turn that begins before.

    Raises:
        UnknownName: a block that the regimen does not have.
        MissingInput: something open-ended without a count or a horizon.
        Refused: a count above the file's, a name of several blocks or of another arm.
    """
    opened = {item.path: item for item in openings(regimen.body, arm)}
    items = _repeated(regimen.body, arm) | opened
    chosen: dict[str, int] = {}
    for name, count in times.items():
        path = _path(name, items, regimen, arm)
        if path in chosen:
            raise Refused(f'{path} is given two counts; give one: --times "{path}={count}"')
        if count < 1:
            raise Refused(f"{path} cannot be given {count} times; give at least 1")
        chosen[path] = count
    counts: dict[str, int] = {}
    missing: list[Repeatable] = []
    for path, item in items.items():
        most = None if path in opened or item.repeat is None else item.repeat.count
        given = chosen.get(path, most)
        if given is not None and most is not None and given > most:
            lower = f"give at most {most}, or change the file's count with --set"
            raise Refused(f"{regimen.id} has at most {most} of {path}, not {given}; {lower}")
        if given is not None:
            counts[path] = given
        elif horizon is not None:
            calendar = Calendar(regimen.day_zero, arm, chosen)
            counts[path] = _count_before(item, regimen, calendar, horizon)
        else:
            missing.append(item)
    if missing:
        raise _missing_counts(missing, regimen)
    return counts


def _missing_counts(items: list[Repeatable], regimen: Regimen) -> MissingInput:
    """One message that names everything open-ended."""
    paths = [item.path for item in items]
    names = " and ".join([", ".join(paths[:-1]), paths[-1]] if paths[1:] else paths)
    options = [
        "--cycles 4" if item.name == "cycle" else f'--times "{item.path}=4"' for item in items
    ]
    verb = "are" if paths[1:] else "is"
    what = f"{' '.join(options)} (how many), or --weeks 24 (for how long)"
    return MissingInput(what, f"{regimen.id} does not say how many times {names} {verb} given")


def _count_before(item: Repeatable, regimen: Regimen, calendar: Calendar, horizon: int) -> int:
    """How often something open-ended begins before a horizon."""
    if isinstance(item, Dose):
        first, count = _doses_before(item, regimen.day_zero, horizon)
    else:
        turns = calendar.turns(regimen.body)
        first = day = next(turn.start for turn in turns if turn.block is item)
        count = 0
        while day < horizon and count <= MOST_ADMINISTRATIONS:
            count += 1
            day += calendar.step(item, count)
    if count < 1:
        begins = day_at(first, regimen.day_zero)
        last = day_at(horizon - 1, regimen.day_zero)
        hint = "give a longer --weeks, or a later --until"
        raise Refused(f"{item.path} begins on day {begins}, after day {last}; {hint}")
    return count


def _doses_before(dose: Dose, day_zero: bool, horizon: int) -> tuple[int, int]:
    """The first day of an open-ended dose (0 = day 1), and how often it begins before a horizon."""
    if dose.days.onward is not None:
        first = offset_of(dose.days.onward, day_zero)
        return first, horizon - first
    first = offset_of(dose.days.first, day_zero)
    assert dose.repeat is not None, "an open dose runs onward or is repeated"
    minutes = (horizon - first) * DAY - starts(dose)[0]
    return first, -(-minutes // to_minutes(dose.repeat.every, "earliest"))


def with_counts(body: Block, counts: Mapping[str, int], day_zero: bool) -> Block:
    """The outermost block, each of its open-ended doses given as often as counted."""
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


def _path(name: str, items: Mapping[str, Repeatable], regimen: Regimen, arm: str | None) -> str:
    """The path of the block, or dose, that a user's name means; a refusal says what would work."""
    if name in items:
        return name
    paths = [path for path, item in items.items() if item.name == name]
    if len(paths) > 1:
        which = " or ".join(f'--times "{path}=1"' for path in paths)
        raise Refused(f"{regimen.id} has several blocks called {name!r}; name one: {which}")
    if not paths:
        _refuse_other_arm(name, regimen, arm)
        if numbered := [block.path for block in regimen.body.walk() if block.count_as == name]:
            which = " and ".join(numbered)
            hint = f'give those of each: --times "{numbered[0]}=1"'
            raise Refused(f"{name} numbers the turns of {which} and is not a block; {hint}")
        _refuse_dose(name, items, regimen)
        names = (*items, *(item.name for item in items.values()))
        guess = nearest_slip(name, dict.fromkeys(names))
        example = guess or next(iter(items), None)
        hint = f'Try: --times "{example}=1"' if example else "No block here is repeated."
        raise UnknownName("repeated block", name, items, hint, lambda *_: guess)
    return paths[0]


def _refuse_other_arm(name: str, regimen: Regimen, arm: str | None) -> None:
    """Refuse the name of a block that only other arms have."""
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


def _refuse_dose(name: str, items: Mapping[str, Repeatable], regimen: Regimen) -> None:
    """Refuse the name of a drug or a dose, which has no turns to count."""
    for dose in regimen.doses():
        if name.casefold() in {text.casefold() for text in (dose.path, dose.name, dose.drug)}:
            turns = "turns of a block"
            if items:
                turns += f': --times "{next(iter(items))}=1"'
            repeat = dose.repeat
            fact = f"day={dose.days.text}"
            if repeat is not None and repeat.count is not None:
                fact = f"repeat.{'up_to' if repeat.at_most else 'times'}={repeat.count}"
            raise Refused(
                f"{name} is given in {regimen.id} and is not a block, and --times counts the "
                f'{turns}; to change what the file says of the dose: --set "{dose.path}.{fact}"'
            )


def refuse_open_rests(regimen: Regimen, arm: str | None) -> None:
    """Refuse an arm with rests whose length the file leaves open.

    Raises:
        MissingInput: asks for the length of each.
    """
    blocks = [block for block in regimen.body.in_arm(arm) if any(block.open_rests())]
    if blocks:
        paths = " and ".join(block.path for block in blocks)
        options = " ".join(f'--rest "{block.path}=6 weeks"' for block in blocks)
        raise MissingInput(options, f"{regimen.id} leaves open how long the rest of {paths} is")


def counts_for(regimen: Regimen, times: Mapping[str, int]) -> dict[str, int]:
    """The turn counts of a log that a text can take: it may have fewer turns, or no such block."""
    blocks = [block for block in regimen.body.walk() if block.repeat is not None]
    counts: dict[str, int] = {}
    for name, count in times.items():
        repeats = [block.repeat for block in blocks if name in (block.name, block.path)]
        limits = [repeat.count for repeat in repeats if repeat is not None and repeat.count]
        if repeats and all(count <= limit for limit in limits):
            counts[name] = count
    return counts


def arm_of(regimen: Regimen, arm: str | None) -> str | None:
    """The arm to schedule: the given one, else the regimen's default; None without arms.

    Raises:
        UnknownName: an arm that the regimen does not have.
        MissingInput: the regimen has arms and no default, and none was given.
    """
    if arm is not None and arm not in regimen.arms:
        kind, hint = f"arm of {regimen.id}", ""
        if not regimen.arms:
            kind, hint = "arm", f"{regimen.id} has no arms: leave --arm out."
        raise UnknownName(kind, arm, regimen.arms, hint, nearest_arm)
    if arm is None and regimen.arms and regimen.default_arm is None:
        arms = ", ".join(regimen.arms)
        options = _example_options(regimen)
        what = f"one, such as {' '.join(word for option in options for word in option)}"
        raise MissingInput(what, f"{regimen.id} has the arms {arms} and no default", options)
    return arm or regimen.default_arm


def _example_options(regimen: Regimen) -> list[tuple[str, str]]:
    """Options that suffice for any arm; the arm itself is for the user to choose."""
    doses = [dose for block in regimen.body.walk() for dose in block.prescribed()]
    amounts = [amount for dose in doses for amount in dose.amounts.values()]
    needed = {measure for amount in amounts for measure in measures(amount)}
    values = {"weight": "70", "surface": "1.8", "gfr": "90", "age": "40"}
    names = {"surface": "--bsa"}
    options = [(names.get(key, f"--{key}"), values[key]) for key in values if key in needed]
    if any(dose.dosing_body.by_formula for dose in doses):
        options += [("--height", "170"), ("--sex", "female")]
    opened = [[item.path for item in openings(regimen.body, arm)] for arm in regimen.arms]
    in_every_arm = [path for path in opened[0] if all(path in paths for paths in opened)]
    return [("--arm", "ARM"), *options, *(("--times", f"{path}=4") for path in in_every_arm)]


def refuse_missing(
    bodies: Iterable[tuple[Dose, Patient]], arm: str | None, instead: Quantity | None = None
) -> None:
    """Refuse doses that need a measure the patient lacks, naming all such measures at once.

    Args:
        bodies: the doses, each with a body that it is calculated with.
        instead: an amount that replaces those of the file.

    Raises:
        Unmeasured: weight, body surface area, GFR or age that an amount is calculated from.
        Refused: the patient is in no band of an amount.
    """
    reasons: dict[str, str] = {}
    missing: dict[str, Patient] = {}
    for dose, patient in bodies:
        needs = measures_needed(instead or dose.amount(arm), patient, dose.path)
        values: list[tuple[str, str, object]]
        values = [(how, measure, measured(patient, measure)) for how, measure in needs.items()]
        if instead is None and "per kg" in needs and dose.dosing_body.by_formula:
            values.append(("by ideal weight", "height", patient.height))
            values.append(("by ideal weight", "sex", patient.sex))
        for how, measure, value in values:
            if value is None:
                reasons.setdefault(how, dose.drug)
                missing.setdefault(measure, patient)
    if reasons:
        texts = [f"{drug} is dosed {how}" for how, drug in reasons.items()]
        options, example = _missing_options(missing, next(iter(missing.values())))
        raise Unmeasured(options, " and ".join(texts), example)


def lacks(bodies: Iterable[tuple[Dose, Patient]], arm: str | None) -> bool:
    """Whether some dose cannot be calculated with its body."""
    try:
        refuse_missing(bodies, arm)
    except (Unmeasured, Refused):
        return True
    return False


def _missing_options(missing: Container[str], patient: Patient) -> tuple[str, str]:
    """The options that would supply missing measures, and an example of them."""
    examples = {"weight": "70", "height": "170", "sex": "female", "gfr": "90", "age": "'7 years'"}
    sizes = {"weight": patient.weight, "height": patient.height}
    if "weight" in missing:
        del sizes["weight"]
    lacking = [name for name, size in sizes.items() if size is None and "surface" in missing]
    options = [f"--{name}" for name in examples if name in missing and name not in lacking]
    if lacking:
        of_surface = " and ".join(f"--{name}" for name in lacking)
        options.insert("weight" in missing, f"{of_surface} (or --bsa)")
    asked = [name for name in examples if name in missing or name in lacking]
    return " and ".join(options), " ".join(f"--{name} {examples[name]}" for name in asked)


def units_to_write(
    given_in: Iterable[tuple[str, str]], cmts: Mapping[str, int], *, may_share: bool
) -> dict[str, str]:
    """The unit of each drug in an event table; readers add up what is in one compartment.

    Args:
        given_in: each drug with each unit of its amounts.
        cmts: compartment by drug, as typed; 1 for any other.
        may_share: drugs in one unit may share a compartment that was not typed for each of them.

    Raises:
        Refused: amounts would be added up that are in several units, or that should not be.
    """
    added_in, units = AddedIn(), dict[str, str]()
    for drug, unit in given_in:
        written = added_in.unit(drug, unit)
        if units.setdefault(drug, written) != written:
            problem = f"{drug} is given in {units[drug]} and in {written}"
            raise Refused(f"{problem}: no column of amounts can hold both")
    for drug in units:
        number = cmts.get(drug, 1)
        together = [other for other in units if cmts.get(other, 1) == number]
        allowed = may_share or not together[1:] or cmts.keys() >= set(together)
        if len({units[other] for other in together}) > 1 or not allowed:
            listed = " and ".join(f"{other} in {units[other]}" for other in together)
            raise Refused(
                f"{listed} would be added up in compartment {number}: give each drug its own "
                f'({compartment_options(units)}), or only one drug (--drug "{drug}")'
            )
    return units


def compartment_options(drugs: Iterable[str]) -> str:
    """The options that give each drug a compartment of an event table."""
    return " ".join(f'--cmt "{drug}={number}"' for number, drug in enumerate(drugs, 1))
