"""A course log, or an entry of one, as the YAML that a person reads and edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from il2calc.model.log import (
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Entry,
    Given,
    Held,
    Log,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
    chain_text,
)
from il2calc.model.patient import DEFAULT_FORMULA, Patient
from il2calc.plan.calendar import clock
from il2calc.units import COUNTED_UNITS, EXACT, Quantity, plain

_ABOUT = (
    "# A course log: what was really given. Entries are added below by 'il2calc log', or by hand.",
    "# Never take one out: 'undo' says that an earlier entry no longer counts.",
)
_MILLION = Decimal(1_000_000)
_SIGNS = frozenset(" -./%+_")


def document(log: Log) -> Iterator[str]:
    """The lines of a log, its entries last."""
    yield from _ABOUT
    yield f"log: {quoted(log.subject or '')}"
    yield f"regimen: {quoted(log.regimen)}"
    yield f"version: {log.version}"
    yield f"sha256: {log.sha256}"
    yield from _body(log.patient)
    yield f"start: {log.start}"
    yield f'at: "{clock(log.at)}"'
    if log.arm is not None:
        yield f"arm: {quoted(log.arm)}"
    yield from _named("times", {name: str(count) for name, count in log.times.items()})
    yield from _named("percent", {name: f"{plain(each)} %" for name, each in log.percents.items()})
    yield from _named("set", dict(log.settings))
    if log.zone is not None:
        yield f"tz: {quoted(log.zone)}"
    yield from _named("facts", log.facts)
    yield "entries:"
    for each in log.entries:
        yield from entry(each)


def entry(each: Entry, indent: str = "  ") -> Iterator[str]:
    """The lines of an entry of a list that is indented so far."""
    first, *more = _EFFECTS[type(each.effect)](each.effect)
    yield f"{indent}- {first}"
    yield from (f"{indent}    {line}" for line in more)
    yield f"{indent}  entered: {_moment(each.entered)}"
    if each.reason is not None:
        yield f"{indent}  reason: {quoted(each.reason)}"
    if each.overridden:
        yield f"{indent}  override: yes"


def quoted(text: str) -> str:
    r"""A text as one YAML value, in quotes where any sign in it could mean something else.

    >>> quoted("S-07"), quoted("creatinine: 3.1")
    ('S-07', '"creatinine: 3.1"')
    """
    text = " ".join(text.split())
    if text and text[0].isalnum() and all(char.isalnum() or char in _SIGNS for char in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def duration(minutes: int) -> str:
    """A length of time, negative for earlier, in the largest unit that it is whole in.

    >>> duration(240), duration(-30)
    ('4 hours', '-30 minutes')
    """
    count, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{count} {unit}" + ("" if abs(count) == 1 else "s")


def amount(quantity: Quantity) -> str:
    """An amount as a log writes it: `5 million IU`, `2.5 mg`."""
    if quantity.unit in COUNTED_UNITS and quantity.value >= _MILLION:
        return f"{plain(EXACT.divide(quantity.value, _MILLION))} million {quantity.unit}"
    return f"{plain(quantity.value)} {quantity.unit}"


def _body(patient: Patient) -> Iterator[str]:
    """What was given of a body; the formula too where it is used, for a default may change."""
    formula = patient.height is not None or patient.formula != DEFAULT_FORMULA
    said = {
        "weight": (patient.weight, " kg"),
        "height": (patient.height, " cm"),
        "bsa": (patient.surface_area, " m2"),
        "bsa_formula": (patient.formula if formula else None, ""),
        "sex": (patient.sex, ""),
        "bsa_cap": (patient.surface_cap, " m2"),
        "gfr": (patient.gfr, " mL/min"),
    }
    for key, (value, unit) in said.items():
        if value is not None:
            yield f"{key}: {plain(value) if isinstance(value, Decimal) else value}{unit}"


def _named(key: str, values: Mapping[str, str]) -> Iterator[str]:
    if values:
        yield f"{key}:"
        yield from (f"  {quoted(name)}: {quoted(value)}" for name, value in values.items())


def _given(effect: Given) -> list[str]:
    extra = {} if effect.at is None else {"at": _moment(effect.at)}
    if effect.amount is not None:
        extra["amount"] = amount(effect.amount)
    return _doses("given", effect.doses, extra)


def _held(effect: Held) -> list[str]:
    return _doses("hold", effect.doses, {})


def _shifted(effect: Shifted) -> list[str]:
    return [f"shift: {_flow({**_which([effect.dose]), 'by': duration(effect.by)})}"]


def _delayed(effect: Delayed) -> list[str]:
    days = f"{effect.by} day" + ("" if effect.by == 1 else "s")
    return [f"delay: {_flow({'block': _chain(effect.turns), 'by': days})}"]


def _weighed(effect: Weighed) -> list[str]:
    said = {"weight": f"{plain(effect.weight)} kg", "on": str(effect.on)}
    if effect.use_from is not None:
        said["use_from"] = _chain(effect.use_from)
    return [f"weigh: {_flow(said)}"]


def _reduced(effect: Reduced) -> list[str]:
    said = {"drug": quoted(effect.drug), "to": f"{plain(effect.percent)} %"}
    return [f"reduce: {_flow({**said, 'from': _chain(effect.start)})}"]


def _decided(effect: Decided) -> list[str]:
    given = "yes" if effect.given else "no"
    return [f"decide: {_flow({'block': _chain(effect.turns), 'given': given})}"]


def _stopped(_: Stopped) -> list[str]:
    return ["stop: yes"]


def _undone(effect: Undone) -> list[str]:
    return [f"undo: {effect.entry}"]


_EFFECTS: Mapping[type[Effect], Callable[[Any], list[str]]] = {
    Given: _given,
    Held: _held,
    Shifted: _shifted,
    Delayed: _delayed,
    Weighed: _weighed,
    Reduced: _reduced,
    Decided: _decided,
    Stopped: _stopped,
    Undone: _undone,
}
"""Each effect on one line, or a list of doses on several."""


def in_order(doses: Iterable[DoseKey]) -> tuple[DoseKey, ...]:
    """Doses as a log writes them: those of one name together, by their numbers."""
    groups: dict[object, list[DoseKey]] = {}
    for each in doses:
        groups.setdefault(each[:3], []).append(each)
    return tuple(each for group in groups.values() for each in sorted(set(group)))


def _doses(key: str, doses: Iterable[DoseKey], extra: Mapping[str, str]) -> list[str]:
    groups = [list(group) for _, group in groupby(in_order(doses), key=lambda each: each[:3])]
    written = [_flow({**_which(group), **extra}) for group in groups]
    if len(written) == 1:
        return [f"{key}: {written[0]}"]
    return [f"{key}:", *(f"- {each}" for each in written)]


def _which(group: list[DoseKey]) -> dict[str, str]:
    """Doses that differ by their numbers alone."""
    first = group[0]
    said = {"block": _chain(first.turns)} if first.turns else {}
    said["drug"] = quoted(first.drug)
    if first.dose != first.drug:
        said["dose"] = quoted(first.dose)
    said["numbers"] = _numbers([each.number for each in group])
    return said


def _numbers(numbers: list[int]) -> str:
    """Dose numbers in the forms of `day`: `3`, `[1, 4]`, `1 to 6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _flow(said: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in said.items()) + "}"


def _chain(turns: Chain) -> str:
    return quoted(chain_text(turns))


def _moment(moment: datetime) -> str:
    return f"{moment.date()} {moment:%H:%M}"
