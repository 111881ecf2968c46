"""A course log, or an entry of one, as the YAML that a person reads and edits.

What is recorded of doses that are alike, at even intervals, stands in one run. A regimen's file
stands in its log whole, compressed, so that rows of an earlier version keep what they rest on.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from il2calc.errors import how_many
from il2calc.model.drug import Drug, Factor
from il2calc.model.effects import Chain, DoseKey, Effect, Given, Parted, Portion, chain_text
from il2calc.model.log import Entry, Kind, Log, form_of
from il2calc.model.measure import age_in_words
from il2calc.model.patient import DEFAULT_FORMULA, Patient
from il2calc.plan.calendar import clock, duration
from il2calc.units import ACTIVITY_SCALES, COUNTED_UNITS, EXACT, Quantity, exact, plain

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
    if log.format > 1:
        yield f"format: {log.format}"
    yield f"regimen: {quoted(log.regimen)}"
    yield f"version: {log.version}"
    yield f"sha256: {log.sha256}"
    yield from _body(log.patient)
    yield f"start: {log.start}"
    yield f'at: "{clock(log.at)}"'
    if log.arm is not None:
        yield f"arm: {quoted(log.arm)}"
    yield from _named("times", {name: str(count) for name, count in log.times.items()})
    yield from _named(
        "percent", {name: f"{plain(share)} %" for name, share in log.percents.items()}
    )
    yield from _named("set", dict(log.settings))
    if log.zone is not None:
        yield f"tz: {quoted(log.zone)}"
    yield from _named("facts", log.facts)
    if log.text is not None:
        yield f"regimen_text: {packed(log.text)}"
    yield "entries:"
    for made in log.entries:
        yield from entry(made)


def entry(made: Entry, indent: str = "  ") -> Iterator[str]:
    """The lines of an entry of a list that is indented so far."""
    first, *more = _effect(made.effect)
    yield f"{indent}- {first}"
    yield from (f"{indent}    {line}" for line in more)
    if isinstance(made.effect, Given | Parted) and made.effect.portions:
        first, *more = _recorded(made.effect.portions)
        yield f"{indent}  {first}"
        yield from (f"{indent}    {line}" for line in more)
    yield f"{indent}  entered: {_moment(made.entered)}"
    if made.as_of is not None:
        yield f"{indent}  as_of: {_moment(made.as_of)}"
    if made.by is not None:
        yield f"{indent}  by: {quoted(made.by)}"
    if made.reason is not None:
        yield f"{indent}  reason: {quoted(made.reason)}"
    if made.overridden:
        yield f"{indent}  override: yes"
    if made.hash is not None:
        yield f"{indent}  hash: {made.hash}"


def quoted(text: str) -> str:
    r"""A text as one YAML value, in quotes where any sign in it could mean something else.

    >>> quoted("S-07"), quoted("creatinine: 3.1")
    ('S-07', '"creatinine: 3.1"')
    """
    text = " ".join(text.split())
    if text and text[0].isalnum() and all(char.isalnum() or char in _SIGNS for char in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def amount(quantity: Quantity) -> str:
    """An amount as a log writes it: `5 million IU`, `2.5 mg`, `60000 IU/kg`."""
    unit = quantity.unit + (f"/{quantity.basis}" if quantity.basis else "")
    unit += "/day" if quantity.per_day else ""
    if quantity.unit in COUNTED_UNITS and quantity.value >= _MILLION:
        return f"{plain(EXACT.divide(quantity.value, _MILLION))} million {unit}"
    return f"{plain(quantity.value)} {unit}"


def refusal_of_scale(quantity: Quantity, name: str, drug: Drug | None) -> str | None:
    """What to type in place of an amount of another scale of activity than IU, which no log keeps.

    None of an amount that is in no such scale. Plain units of a drug that is counted in IU may be
    those of any.

    Args:
        name: the drug's, as the course has it.
        drug: its monograph, if it has one.
    """
    scales = drug.scales if drug is not None else ()
    if quantity.unit in ACTIVITY_SCALES:
        for scale in scales:
            if scale.left.unit == quantity.unit:
                each, typed = _by_factor(quantity, scale)
                return f"is in {quantity.unit}, {each} each: type {typed!r}, for a log keeps IU"
        return f"is in {quantity.unit}, and {name} has no factor for doses from them"
    if quantity.unit != "units" or drug is None or not drug.counted_in_iu():
        return None
    ways = [f"type {amount(quantity._replace(unit='IU'))!r} where international units are meant"]
    for scale in scales:
        each, typed = _by_factor(quantity, scale)
        ways.append(f"{typed!r} where {scale.left.unit} are ({each} each)")
    ways += [] if scales else ["another scale has no factor here"]
    return f"is in plain units, and {drug.name} is counted in IU: {'; '.join(ways)}"


def _by_factor(quantity: Quantity, scale: Factor) -> tuple[str, str]:
    """What one unit of a scale is, and a quantity of it as a log writes it."""
    each = EXACT.divide(scale.right.value, scale.left.value)
    value, unit = EXACT.multiply(quantity.value, each), scale.right.unit
    return f"{exact(each)} {unit}", amount(quantity._replace(value=value, unit=unit))


def share(to: Decimal | Quantity) -> str:
    """What a dose is changed to, as a log writes it: `75 %`, `3 million IU`."""
    return amount(to) if isinstance(to, Quantity) else f"{plain(to)} %"


def _body(patient: Patient) -> Iterator[str]:
    """What was given of a body; the formula too where it is used, for a default may change."""
    reckoned = patient.height is not None and patient.surface_area is None
    formula = reckoned or patient.formula != DEFAULT_FORMULA
    said: dict[str, tuple[Kind, Any]] = {
        "weight": ("weight", patient.weight),
        "height": ("height", patient.height),
        "bsa": ("area", patient.surface_area),
        "bsa_formula": ("name", patient.formula if formula else None),
        "sex": ("name", patient.sex),
        "bsa_cap": ("area", patient.surface_cap),
        "gfr": ("gfr", patient.gfr),
        "age": ("age", patient.age),
    }
    for key, (kind, value) in said.items():
        if value is not None:
            yield f"{key}: {WRITTEN[kind](value)}"


def _named(key: str, named: Mapping[str, str]) -> Iterator[str]:
    if named:
        yield f"{key}:"
        yield from (f"  {quoted(name)}: {quoted(value)}" for name, value in named.items())


def _moment(moment: datetime) -> str:
    return f"{moment.date()} {moment:%H:%M}"


def _chain(turns: Chain) -> str:
    return quoted(chain_text(turns))


def packed(text: bytes) -> str:
    """A regimen file as one word in quotes: compressed, then in letters and digits."""
    return f'"{base64.b64encode(zlib.compress(text, 9)).decode()}"'


_NAMES: tuple[Kind, ...] = ("arm", "drug", "name", "regimen", "route")
_PLAIN: tuple[Kind, ...] = ("date", "entry", "sha256", "version")
WRITTEN: Mapping[Kind, Callable[[Any], str]] = {
    **dict.fromkeys(_NAMES, quoted),
    **dict.fromkeys(_PLAIN, str),
    "age": age_in_words,
    "amount": amount,
    "area": lambda area: f"{plain(area)} m2",
    "days": lambda days: how_many(days, "day"),
    "decision": lambda given: "yes" if given else "no",
    "gfr": lambda rate: f"{plain(rate)} mL/min",
    "height": lambda height: f"{plain(height)} cm",
    "minutes": duration,
    "moment": _moment,
    "share": share,
    "text": packed,
    "turn": _chain,
    "weight": lambda weight: f"{plain(weight)} kg",
}
"""How each kind of fact of an effect is written, but for the doses that it names."""


def _effect(effect: Effect) -> list[str]:
    """An effect on one line, or a list of doses on several."""
    key, form = form_of(effect)
    facts = {fact: value for fact, value in form.said(effect).items() if not fact.of_doses}
    said = {fact.key: WRITTEN[fact.kind](value) for fact, value in facts.items()}
    if doses := form.doses(effect):
        return _doses(key, doses, said)
    alone = not form.facts or "" in said
    return [f"{key}: {said.get('', 'yes') if alone else _flow(said)}"]


def in_order(doses: Iterable[DoseKey]) -> tuple[DoseKey, ...]:
    """Doses as a log writes them: those of one name together, by their numbers."""
    groups: dict[object, list[DoseKey]] = {}
    for dose in doses:
        groups.setdefault(dose[:3], []).append(dose)
    return tuple(dose for group in groups.values() for dose in sorted(set(group)))


def _recorded(portions: Iterable[Portion]) -> list[str]:
    """What is recorded of doses, on one line where they are alike."""
    written = [_flow(dict(_run(run))) for run in runs(portions)]
    if len(written) == 1:
        return [f"recorded: {written[0]}"]
    return ["recorded:", *(f"- {run}" for run in written)]


def runs(portions: Iterable[Portion]) -> list[list[Portion]]:
    """Portions in order, those alike and at even intervals together."""
    found: list[list[Portion]] = []
    for portion in portions:
        if found and _continues(found[-1], portion):
            found[-1].append(portion)
        else:
            found.append([portion])
    return found


def _continues(run: Sequence[Portion], portion: Portion) -> bool:
    first, last = run[0], run[-1]
    step = portion.at - last.at
    alike = portion[:2] == first[:2] and not first.at.fold and not portion.at.fold
    return alike and step > timedelta() and (len(run) == 1 or step == run[1].at - first.at)


def _run(run: Sequence[Portion]) -> Iterator[tuple[str, str]]:
    first = run[0]
    yield "amount", amount(first.amount)
    yield "route", quoted(first.route)
    yield "at", _moment(first.at)
    if first.at.fold:
        yield "again", "yes"
    if run[1:]:
        yield "doses", str(len(run))
        yield "every", duration((run[1].at - first.at) // timedelta(minutes=1))


def _doses(key: str, doses: Iterable[DoseKey], extra: Mapping[str, str]) -> list[str]:
    groups = [list(group) for _, group in groupby(in_order(doses), key=lambda dose: dose[:3])]
    written = [_flow({**_which(group), **extra}) for group in groups]
    if len(written) == 1:
        return [f"{key}: {written[0]}"]
    return [f"{key}:", *(f"- {choice}" for choice in written)]


def _which(group: list[DoseKey]) -> dict[str, str]:
    """Doses that differ by their numbers alone."""
    first = group[0]
    said = {"block": _chain(first.turns)} if first.turns else {}
    said["drug"] = quoted(first.drug)
    if first.dose != first.drug:
        said["dose"] = quoted(first.dose)
    said["numbers"] = _numbers([dose.number for dose in group])
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
