"""Which drug the entries of a log speak of: a log keeps the name that its regimen file writes.

So a monograph that is added later, or taken away, changes no log. In a course every drug has the
name of its monograph, whatever its file calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from il2calc.model.effects import DoseKey, Effect, Extra
from il2calc.model.log import Entry, form_of
from il2calc.model.regimen import Regimen


def resolved_entry(regimen: Regimen, entry: Entry) -> Entry:
    """An entry that calls every drug as its regimen does, whatever the case."""

    def of_dose(key: DoseKey) -> DoseKey:
        drug = regimen.drug_called(key.drug)
        own = [dose for dose in regimen.doses() if dose.drug == drug]
        name = key.dose
        if name == key.drug and all(dose.name != name for dose in own):
            name = next((dose.name for dose in own if dose.own_name is None), name)
        return key._replace(drug=drug, dose=name)

    return entry._replace(effect=renamed(entry.effect, of_dose, regimen.drug_called))


def as_written(regimen: Regimen, effect: Effect) -> Effect:
    """An effect that calls every drug as the regimen's file does."""

    def of_dose(key: DoseKey) -> DoseKey:
        named = (dose for dose in regimen.doses() if (dose.drug, dose.name) == key[1:3])
        return key._replace(drug=next((dose.written for dose in named), key.drug))

    def of_drug(drug: str) -> str:
        return next((dose.written for dose in regimen.doses() if dose.drug == drug), drug)

    return renamed(effect, of_dose, of_drug)


def renamed(
    effect: Effect, of_dose: Callable[[DoseKey], DoseKey], of_drug: Callable[[str], str]
) -> Effect:
    """An effect with the doses and the drug that it names called otherwise.

    Of a dose that no plan had, the name by which it was typed is kept.
    """
    _, form = form_of(effect)
    changed: dict[str, Any] = {}
    for fact in form.facts:
        said = getattr(effect, fact.field)
        if fact.kind == "doses":
            changed[fact.field] = tuple(of_dose(key) for key in said)
        elif fact.kind == "dose":
            changed[fact.field] = of_dose(said)
        elif fact.kind == "drug" and fact.asked and said is not None:
            changed[fact.field] = of_drug(said)
    called = effect._replace(**changed)
    if isinstance(called, Extra) and isinstance(effect, Extra):
        written = effect.written or effect.drug
        called = called._replace(written=written if written != called.drug else None)
    return called
