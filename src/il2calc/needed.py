"""What a schedule needs and nobody gave: an arm, a measure of the body; asked for all at once."""

from __future__ import annotations

from collections.abc import Container, Mapping

from il2calc import dosing
from il2calc.errors import MissingInput, UnknownName
from il2calc.patient import Patient
from il2calc.regimen import Dose, Regimen


def arm_of(regimen: Regimen, arm: str | None) -> str | None:
    """The arm that is scheduled: the one named, else the regimen's default; None without arms.

    Raises:
        UnknownName: an arm that the regimen does not have.
        MissingInput: the regimen has arms and no default, and none was named.
    """
    if arm is not None and arm not in regimen.arms:
        first = next(iter(regimen.arms), None)
        hint = f"Try: --arm {first}" if first else f"{regimen.id} has no arms: leave --arm out."
        raise UnknownName(f"arm of {regimen.id}", arm, regimen.arms, hint)
    if arm is None and regimen.arms and regimen.default_arm is None:
        known = ", ".join(regimen.arms)
        what = f"one, such as: {_example(regimen, next(iter(regimen.arms)))}"
        raise MissingInput(what, f"{regimen.id} has the arms {known} and no default")
    return arm or regimen.default_arm


def _example(regimen: Regimen, arm: str) -> str:
    """A command that works: with everything that the doses of an arm are reckoned from."""
    name = regimen.id if regimen.origin.shipped else regimen.origin.file
    doses = [dose for block in regimen.body.walk() for dose in block.doses]
    needed = {
        dosing.needs(dose.amounts.get(arm) or next(iter(dose.amounts.values()))) for dose in doses
    }
    given = {"weight": "--weight 70", "surface": "--bsa 1.8", "gfr": "--gfr 90"}
    options = [option for need, option in given.items() if need in needed]
    options += [
        f'--times "{block.path}=4"'
        for block in regimen.body.walk()
        if block.repeat is not None and block.repeat.count is None
    ]
    return " ".join(["il2calc schedule", name, f"--arm {arm}", *options])


def refuse_missing(doses: Mapping[Dose, None], arm: str | None, patient: Patient) -> None:
    """Say at once everything that the doses of a schedule need and the patient lacks.

    Raises:
        MissingInput: weight, body surface area or GFR that an amount is reckoned from.
    """
    lacking: dict[str, str] = {}
    for each in doses:
        need = dosing.needs(each.amount(arm))
        if need == "weight" and patient.weight is None:
            lacking.setdefault("per kg", each.drug)
        if need == "surface" and patient.bsa() is None:
            lacking.setdefault("per m2", each.drug)
        if need == "gfr" and patient.gfr is None:
            lacking.setdefault("by AUC", each.drug)
    if lacking:
        reasons = [f"{drug} is dosed {how}" for how, drug in lacking.items()]
        options, example = _wanted(lacking.keys(), patient)
        raise MissingInput(f"{options}, for example {example}", " and ".join(reasons))


def _wanted(lacking: Container[str], patient: Patient) -> tuple[str, str]:
    """The options that would supply what is lacking, and an example of them."""
    options: list[str] = []
    examples: list[str] = []
    weightless = patient.weight is None
    if "per kg" in lacking:
        options.append("--weight")
        examples.append("--weight 70")
    if "per m2" in lacking and (patient.height is None or "per kg" not in lacking):
        first = weightless and "per kg" not in lacking
        both = first and patient.height is None
        options.append("--weight and --height" if both else "--weight" if first else "--height")
        options[-1] += " (or --bsa)"
        examples += ["--weight 70"] if first else []
        examples += ["--height 170"] if patient.height is None else []
    if "by AUC" in lacking:
        options.append("--gfr")
        examples.append("--gfr 90")
    return " and ".join(options), " ".join(examples)
