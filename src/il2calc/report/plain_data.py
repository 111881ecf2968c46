"""The parts of an answer as plain data, as JSON and the log write them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from il2calc import __version__
from il2calc.model.regimen import Assumption, Regimen, Source
from il2calc.plan.schedule import Schedule
from il2calc.units import EXACT


def headed(name: str) -> dict[str, Any]:
    """How every document begins: its format, and what wrote it."""
    return {"format": name, "program": {"name": "il2calc", "version": __version__}}


def regimen_head(regimen: Regimen) -> dict[str, Any]:
    """Which regimen, from which file, resting on which sources."""
    return {
        "id": regimen.id,
        "title": regimen.title,
        "version": regimen.version,
        "read_on": regimen.read_on.isoformat(),
        "reviewed_by": regimen.reviewed_by,
        "file": regimen.origin.file,
        "sha256": regimen.origin.sha256,
        "sources": sources_of(regimen.sources),
    }


def patient(schedule: Schedule) -> dict[str, Any]:
    """What was known of the patient; absent values are null."""
    known = schedule.patient
    computed = known.surface_area is None and known.uncapped() is not None
    return {
        "weight_kg": known.weight,
        "height_cm": known.height,
        "bsa_m2": known.bsa(),
        "bsa_formula": known.formula if computed else None,
        "gfr_ml_min": known.gfr,
    }


def settings_of(regimen: Regimen) -> dict[str, Any]:
    """What was read otherwise, from what to what, by its path."""
    return {each.path: {"from": each.was, "to": each.now} for each in regimen.settings}


def sources_of(sources: Mapping[str, Source]) -> dict[str, Any]:
    """Sources by their keys, without what is not known of them."""
    return {
        key: {name: value for name, value in source._asdict().items() if name != "key" and value}
        for key, source in sources.items()
    }


def assumption(each: Assumption) -> dict[str, Any]:
    """An assumption as plain data."""
    return {
        "number": each.number,
        "about": each.about,
        "text": each.text,
        "because": each.because,
        "otherwise": each.otherwise,
    }


def number(value: Decimal) -> Decimal | int:
    """A whole number without the exponent or zeros that its arithmetic left behind."""
    return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
