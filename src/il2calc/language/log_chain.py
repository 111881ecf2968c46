"""Whether every entry of a log is as it was written: one hash per entry, over the one before.

The hash of an entry is the SHA-256 of its canonical form 1 in UTF-8: a JSON object, its keys in
order, without white space, of what the entry says and of the hash before it. Dates and times are
written `2025-12-01 08:00`, numbers plainly and without zeros at their end (`5000000`, `0.25`),
lengths of time in minutes and delays in days, measures of a body in kg, cm, m2, mL/min and years,
block turns as logs write them, a regimen file by its SHA-256; what is left out is missing. The
first entry has the hash of the head before it. White space, the order of keys and comments of the
file do not count, and neither does how doses are put together in runs.

A log of form 1 was begun without hashes. What is added to it has one, and so holds what stands
before it; what only later logs say has no place in it without.

That the end of a log was cut off cannot be seen in it: whoever notes the last hash can see it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from il2calc.language.log_keys import BODY
from il2calc.model import effects
from il2calc.model.effects import DoseKey, Portion, Resealed, chain_text, in_order
from il2calc.model.log import Broken, Entry, Kind, Log, Seal, form_of
from il2calc.model.patient import Patient
from il2calc.units import EXACT, Quantity

FORM = 1
"""The number of the canonical form."""


def _number(value: Decimal) -> str:
    return format(value.normalize(EXACT), "f")


def _amount(quantity: Quantity) -> str:
    return f"{_number(quantity.value)} {quantity.unit}{quantity.tail()}"


def _share(to: Decimal | Quantity) -> str:
    return _amount(to) if isinstance(to, Quantity) else f"{_number(to)} %"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _portion(portion: Portion) -> list[str]:
    again = " again" if portion.at.fold else ""
    return [_amount(portion.amount), portion.route, _moment(portion.at) + again]


def _doses(doses: Iterable[DoseKey]) -> list[Any]:
    return [[chain_text(key.turns), key.drug, key.dose, key.number] for key in in_order(doses)]


_WORDS: tuple[Kind, ...] = (
    *("arm", "date", "days", "drug", "entry", "minutes"),
    *("name", "regimen", "route", "sha256", "version"),
)
_NUMBERS: tuple[Kind, ...] = ("age", "area", "gfr", "height", "weight")
CANONICAL: Mapping[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys(_WORDS, str),
    **dict.fromkeys(_NUMBERS, _number),
    "amount": _amount,
    "decision": lambda given: "yes" if given else "no",
    "dose": lambda dose: _doses([dose]),
    "doses": _doses,
    "moment": _moment,
    "share": _share,
    "text": lambda text: hashlib.sha256(text).hexdigest(),
    "turn": chain_text,
}
"""How each kind of fact of an effect stands in the canonical form."""


def hash_of(entry: Entry, before: str) -> str:
    """The hash of an entry after another hash."""
    key, form = form_of(entry.effect)
    said = {
        fact.key or fact.kind: CANONICAL[fact.kind](value)
        for fact, value in form.said(entry.effect).items()
    }
    if isinstance(entry.effect, effects.Given | effects.Parted) and entry.effect.portions:
        recorded = dict(zip(form.doses(entry.effect), entry.effect.portions, strict=True))
        said["recorded"] = [_portion(recorded[dose]) for dose in in_order(recorded)]
    return _hash(
        {
            "before": before,
            key: said,
            "entered": _moment(entry.entered),
            "as_of": None if entry.as_of is None else _moment(entry.as_of),
            "by": entry.by,
            "reason": entry.reason,
            "override": "yes" if entry.overridden else None,
        }
    )


def head_hash(log: Log) -> str:
    """The hash of what stands above the entries of a log."""
    return _hash(
        {
            "log": log.subject,
            "format": str(log.format),
            "regimen": log.regimen,
            "version": str(log.version),
            "sha256": log.sha256,
            "patient": _body(log.patient),
            "start": str(log.start),
            "at": str(log.at),
            "arm": log.arm,
            "times": {path: str(count) for path, count in log.times.items()},
            "percent": {drug: _number(share) for drug, share in log.percents.items()},
            "set": dict(log.settings),
            "tz": log.zone,
            "facts": dict(log.facts),
            "text": None if log.text is None else hashlib.sha256(log.text).hexdigest(),
        }
    )


def _body(patient: Patient) -> dict[str, str | None]:
    """What was given of a body; the formula where one is used."""
    said = {key: getattr(patient, field) for key, field in BODY.items()}
    if not patient.height:
        said["bsa_formula"] = None
    return {key: _number(of) if isinstance(of, Decimal) else of for key, of in said.items()}


def _hash(said: Mapping[str, Any]) -> str:
    there = {key: value for key, value in said.items() if value is not None}
    there["form"] = str(FORM)
    text = json.dumps(there, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_of_later_logs(entry: Entry) -> bool:
    """Whether an entry says what no log of form 1 said before its entries had hashes."""
    if entry.by is not None or entry.as_of is not None:
        return True
    match entry.effect:
        case effects.Given() as effect:
            return bool(effect.portions)
        case effects.Reduced() as effect:
            return effect.dose is not None or isinstance(effect.to, Quantity)
        case effects.Weighed() as effect:
            return {effect.surface_area, effect.height, effect.gfr, effect.age} != {None}
        case effect:
            return form_of(effect)[0] not in _OF_FORM_1


_OF_FORM_1 = ("decide", "delay", "hold", "shift", "stop", "undo")


def seal(log: Log) -> Seal:
    """Is every entry of a log as it was written, and what is the last hash?

    A resealing holds for what stands before it as it was then, broken or not. A log that says what
    only later logs say has hashes, whatever it calls its form.
    """
    return _sealed(log, head_hash(log), log.entries)


def sealed_on(log: Log, more: Sequence[Entry]) -> Seal:
    """The seal of a log with more entries; what stands already is not hashed again if it is whole.

    Args:
        log: as it was read.
        more: the entries that come after its last one.
    """
    known = log.seal
    if known is not None and not known.broken and not known.resealed:
        return _sealed(log, known.last, more)
    return seal(replace(log, entries=(*log.entries, *more)))


def _sealed(log: Log, before: str, entries: Iterable[Entry]) -> Seal:
    """The seal of entries, before which every one is as it was written."""
    said = actual = before
    hashed = log.format > 1 or log.text is not None
    broken: list[Broken] = []
    resealed: list[Broken] = []
    for entry in entries:
        mended = isinstance(entry.effect, Resealed)
        last, actual = actual, hash_of(entry, actual)
        expected = actual if mended or said == last else hash_of(entry, said)
        hashed = hashed or entry.hash is not None or _is_of_later_logs(entry)
        if hashed and entry.hash != expected:
            broken.append(Broken(entry.number, entry.hash is None))
        elif mended:
            resealed += [each._replace(by=entry.number) for each in broken]
            broken = []
        said = entry.hash or expected
    return Seal(said, tuple(broken), tuple(resealed))


def hashes(log: Log) -> Iterator[str]:
    """The last hash of a log when it was begun, and after each of its entries; none is broken."""
    yield (said := head_hash(log))
    for entry in log.entries:
        yield (said := entry.hash or hash_of(entry, said))


def chained(log: Log, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries as they are added to a log: each with its hash."""
    made: list[Entry] = []
    said = (log.seal or seal(log)).last
    for entry in entries:
        mends = isinstance(entry.effect, Resealed)
        digits = hash_of(entry, _actual(log, made) if mends else said)
        made.append(entry._replace(hash=digits))
        said = digits
    return tuple(made)


def _actual(log: Log, more: Iterable[Entry]) -> str:
    """The last hash of a log with more entries, were all of it as it stands."""
    before = head_hash(log)
    for entry in (*log.entries, *more):
        before = hash_of(entry, before)
    return before
