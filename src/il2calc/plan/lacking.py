"""What a schedule needs and nobody gave, asked for all at once: an arm, a rest, measures.

What is asked for comes with an example that works.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from il2calc.errors import MissingInput, Refused, UnknownName, Unmeasured, nearest_arm
from il2calc.model.measure import measured
from il2calc.model.patient import Patient
from il2calc.model.regimen import Dose, Regimen
from il2calc.plan import dosing
from il2calc.plan.counts import openings
from il2calc.units import Quantity


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
    """What any arm is reckoned from, as options; which arm, nobody but the user can say."""
    doses = [dose for block in regimen.body.walk() for dose in block.prescribed()]
    amounts = [amount for dose in doses for amount in dose.amounts.values()]
    needed = {need for amount in amounts for need in dosing.measures(amount)}
    given = {"weight": "70", "surface": "1.8", "gfr": "90", "age": "40"}
    named = {"surface": "--bsa"}
    measures = [(named.get(need, f"--{need}"), given[need]) for need in given if need in needed]
    if any(dose.counted.by_formula for dose in doses):
        measures += [("--height", "170"), ("--sex", "female")]
    opened = [[each.path for each in openings(regimen.body, arm)] for arm in regimen.arms]
    in_each = [path for path in opened[0] if all(path in paths for paths in opened)]
    return [("--arm", "ARM"), *measures, *(("--times", f"{path}=4") for path in in_each)]


def refuse_missing(
    whose: Iterable[tuple[Dose, Patient]], arm: str | None, instead: Quantity | None = None
) -> None:
    """Say at once everything that the doses of a schedule need and the patient lacks.

    Args:
        whose: the doses, each with a body that it is reckoned with.
        instead: an amount in the place of those of the file.

    Raises:
        Unmeasured: weight, body surface area, GFR or age that an amount is reckoned from.
        Refused: no band of an amount holds the patient.
    """
    lacking: dict[str, str] = {}
    missing: dict[str, Patient] = {}
    for dose, patient in whose:
        needs = dosing.needed(instead or dose.amount(arm), patient, dose.path)
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
    """Whether some dose cannot be reckoned with the body that goes with it."""
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
