"""The hashes that show whether the entries of a log were changed, each over the one before.

The hash of an entry is the SHA-256 of its canonical form 1 in UTF-8: a JSON object, its keys in
order, without white space, of the facts of the entry and of the hash before it. Dates and times are
written `2025-12-01 08:00`, numbers plainly and without zeros at their end (`5000000`, `0.25`),
lengths of time in minutes and delays in days, measures of a body in kg, cm, m2, mL/min and years,
block turns as logs write them, a regimen file by its SHA-256; what is not stated is left out. The
first entry has the hash of the head before it. White space, the order of keys and comments of the
file do not count, and neither does how doses are grouped in runs.

A log of `format` 1 was started without hashes. An entry added to it has one, which also covers what
comes before; an entry without a hash cannot contain what only later logs have.

A log does not show that its end was cut off; only someone who noted its last hash can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from il2calc.language.log_keys import BODY
from il2calc.model import effects
from il2calc.model.effects import DoseKey, Portion, Resealed, in_order, turn_text
from il2calc.model.log import BodyKind, Broken, Entry, Kind, Log, NameKind, PlainKind, Seal, form_of
from il2calc.model.patient import Patient
from il2calc.units import EXACT, Quantity

FORM = 1
"""The number of the canonical form; not that of a log's `format`."""


def _number(value: Decimal) -> str:
    return format(value.normalize(EXACT), "f")


def _amount(quantity: Quantity) -> str:
    return f"{_number(quantity.value)} {quantity.unit}{quantity.tail()}"


def _share(changed: Decimal | Quantity) -> str:
    return _amount(changed) if isinstance(changed, Quantity) else f"{_number(changed)} %"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _portion(portion: Portion) -> list[str]:
    again = " again" if portion.at.fold else ""
    return [_amount(portion.amount), portion.route, _moment(portion.at) + again]


def _doses(doses: Iterable[DoseKey]) -> list[Any]:
    return [[turn_text(key.turns), key.drug, key.dose, key.number] for key in in_order(doses)]


CANONICAL: Mapping[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys((*get_args(NameKind), *get_args(PlainKind)), str),
    **dict.fromkeys(get_args(BodyKind), _number),
    "amount": _amount,
    "days": str,
    "decision": lambda given: "yes" if given else "no",
    "dose": lambda dose: _doses([dose]),
    "doses": _doses,
    "minutes": str,
    "moment": _moment,
    "share": _share,
    "text": lambda text: hashlib.sha256(text).hexdigest(),
    "turn": turn_text,
}
"""How the canonical form writes each kind of fact of an effect."""


def hash_of(entry: Entry, before: str) -> str:
    """The hash of an entry that comes after the hash `before`."""
    key, form = form_of(entry.effect)
    facts = {
        fact.key or fact.kind: CANONICAL[fact.kind](value)
        for fact, value in form.stated_facts(entry.effect).items()
    }
    if isinstance(entry.effect, effects.Given | effects.Parted) and entry.effect.portions:
        portions = dict(zip(form.doses(entry.effect), entry.effect.portions, strict=True))
        facts["recorded"] = [_portion(portions[dose]) for dose in in_order(portions)]
    return _hash(
        {
            "before": before,
            key: facts,
            "entered": _moment(entry.entered),
            "as_of": None if entry.as_of is None else _moment(entry.as_of),
            "by": entry.by,
            "reason": entry.reason,
            "override": "yes" if entry.overridden else None,
        }
    )


def head_hash(log: Log) -> str:
    """The hash of the head of a log, above its entries."""
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
    """A patient's measures; the formula only with a height, where it is used."""
    measures = {key: getattr(patient, field) for key, field in BODY.items()}
    if not patient.height:
        measures["bsa_formula"] = None
    return {
        key: _number(value) if isinstance(value, Decimal) else value
        for key, value in measures.items()
    }


def _hash(record: Mapping[str, Any]) -> str:
    present = {key: value for key, value in record.items() if value is not None}
    present["form"] = str(FORM)
    text = json.dumps(present, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _needs_hash(entry: Entry) -> bool:
    """Whether an entry has what logs of `format` 1 had only once their entries had hashes."""
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
            return form_of(effect)[0] not in _KEYS_OF_FORMAT_1


_KEYS_OF_FORMAT_1 = ("decide", "delay", "hold", "shift", "stop", "undo")


def seal(log: Log) -> Seal:
    """Which entries of a log are not as they were written, and what its last hash is.

    A resealing accepts everything before it as it was then, broken or not. A log that contains what
    only later logs have must have hashes, whatever its `format`.
    """
    head = head_hash(log)
    hashed = log.format > 1 or log.text is not None
    return _sealed(Seal(head, head), log.entries, hashed=hashed)


def seal_after(before: Seal, added: Iterable[Entry]) -> Seal:
    """The seal of a log with entries added at its end, each with its hash."""
    return _sealed(before, added, hashed=True)


def _sealed(before: Seal, entries: Iterable[Entry], *, hashed: bool) -> Seal:
    """The seal of entries that follow others; `hashed` once an entry must have a hash."""
    broken, resealed = list(before.broken), list(before.resealed)
    stated, counted = before.last, before.counted
    for entry in entries:
        expected, counted = _hashes(entry, stated, counted)
        hashed = hashed or entry.hash is not None or _needs_hash(entry)
        if hashed and entry.hash != expected:
            broken.append(Broken(entry.number, entry.hash is None))
        elif isinstance(entry.effect, Resealed):
            resealed += [fault._replace(by=entry.number) for fault in broken]
            broken = []
        stated = entry.hash or expected
    return Seal(stated, counted, tuple(broken), tuple(resealed))


def _hashes(entry: Entry, stated: str, counted: str) -> tuple[str, str]:
    """The hash of an entry that comes after a stated hash, and after the one counted anew.

    That of a resealing is over what the entries before it are now.
    """
    anew = hash_of(entry, counted)
    same = stated == counted or isinstance(entry.effect, Resealed)
    return anew if same else hash_of(entry, stated), anew


def hash_after_each(log: Log) -> Iterator[str]:
    """The last hash of a log when it was started, and after each entry; no entry may be broken."""
    yield (last := head_hash(log))
    for entry in log.entries:
        yield (last := entry.hash or hash_of(entry, last))


def chained(log: Log, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries to be added to a log, each with its hash."""
    hashed: list[Entry] = []
    last, counted, *_ = log.seal or seal(log)
    for entry in entries:
        last, counted = _hashes(entry, last, counted)
        hashed.append(entry._replace(hash=last))
    return tuple(hashed)
