"""A schedule as JSON (`il2calc.schedule/1`): decimals are numbers with all their digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from il2calc.administration import Administration
from il2calc.planned import Turn
from il2calc.regimen import Assumption, Regimen, Source
from il2calc.schedule import Caution, Schedule
from il2calc.totals import Total
from il2calc.units import EXACT, ucum

FORMAT = "il2calc.schedule/1"


def lines(schedule: Schedule, cautions: Sequence[Caution]) -> Iterator[str]:
    """The document, line by line."""
    yield from dumped(document(schedule, cautions))


def dumped(data: Any) -> Iterator[str]:
    """Any plain data as indented JSON, decimals at full precision."""
    import simplejson

    encoder = simplejson.JSONEncoder(use_decimal=True, indent=2, ensure_ascii=False)
    yield from encoder.encode(data).split("\n")


def document(schedule: Schedule, cautions: Sequence[Caution]) -> dict[str, Any]:
    """A schedule as plain data, in the frozen shape of the format."""
    regimen = schedule.regimen
    return {
        "format": FORMAT,
        "regimen": regimen_head(regimen),
        "subject": schedule.subject,
        "patient": patient(schedule),
        "start": schedule.start.isoformat(timespec="minutes") if schedule.start else None,
        "arm": schedule.arm,
        "times": dict(schedule.counts),
        "set": settings_of(regimen),
        "administrations": [_administration(each) for each in schedule.shown],
        "totals": [_total(each) for each in schedule.totals],
        "alongside": [note._asdict() for note in regimen.alongside],
        "assumptions": [assumption(each) for each in schedule.assumptions],
        "findings": [note._asdict() for note in regimen.findings],
        "cautions": [
            {"code": each.code, "text": each.text, "administrations": list(each.administrations)}
            for each in cautions
        ],
    }


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


def _administration(each: Administration) -> dict[str, Any]:
    unit = ucum(each.dosed.unit)
    over = each.dose.over
    return {
        "number": each.number,
        "regimen_day": each.regimen_day,
        "date": each.when.date().isoformat() if each.when else None,
        "time": each.time,
        "latest_date": each.latest_date.isoformat() if each.latest_date else None,
        "latest_day": each.latest_day,
        "hours": number(each.hours),
        "blocks": _blocks(each.turn.chain()),
        "block_day": each.block_day,
        "drug": each.dose.drug,
        "dose": each.dose.name,
        "dose_number": each.dose_number,
        "amount": {"value": number(each.dosed.value), "unit": unit},
        "working": [
            {"step": step.step, "text": step.text, "value": number(step.value), "unit": unit}
            for step in each.dosed.working
        ],
        "route": each.dose.route,
        "over_minutes": over.shortest if over else None,
        "over_minutes_to": over.longest if over else None,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
        "source": "; ".join(each.source),
        "assumed": list(each.assumed),
    }


def _total(each: Total) -> dict[str, Any]:
    return {
        "drug": each.drug,
        "blocks": _blocks(each.turns),
        "amount": {"value": number(each.value), "unit": ucum(each.unit)},
        "administrations": each.administrations,
        "at_most": each.at_most,
        "only_if": list(each.only_if),
    }


def _blocks(chain: Sequence[Turn]) -> list[dict[str, Any]]:
    return [{"block": turn.block.name, "turn": turn.number} for turn in chain]


def number(value: Decimal) -> Decimal | int:
    """A whole number without the exponent or zeros that its arithmetic left behind."""
    return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
