"""Write a course log: as YAML that a person can read and edit, and to disk.

Records of equal doses at even intervals are written as one run. The log contains the whole file of
its regimen, compressed, so that rows of an earlier version keep the text that they are based on.

A log is started once and only added to at its end. It is never rewritten from what was read: an
entry is appended as text to the text that is in the file, which keeps a person's comments and
layout. The new text is read back before it is written, and is not written unless it gives exactly
the expected log. For speed, if safe, only the head, last old entry and new entries are read.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from il2calc import errors
from il2calc.errors import FaultyFile, Refused, how_many, printable
from il2calc.language import log_chain
from il2calc.language.log_file import examine, lock_file, read, replace_locked
from il2calc.language.log_keys import BODY
from il2calc.model.effects import (
    Chain,
    DoseKey,
    Effect,
    Given,
    Parted,
    Portion,
    in_order,
    turn_text,
)
from il2calc.model.log import Entry, Log, NameKind, PlainKind, form_of
from il2calc.model.measure import age_in_words
from il2calc.model.patient import DEFAULT_FORMULA, Patient
from il2calc.plan.calendar import clock, duration
from il2calc.text import safefile, values
from il2calc.text.safefile import MOST_OF_A_LOG
from il2calc.units import COUNTED_UNITS, EXACT, Quantity, plain

_COMMENTS = (
    "# A course log: what was given. Entries are added below by 'il2calc log', or by hand.",
    "# Never remove one: 'undo' says that an earlier entry no longer counts.",
)
_MILLION = Decimal(1_000_000)
_SAFE_SIGNS = frozenset(" -./%+_")


def document(log: Log) -> Iterator[str]:
    """The lines of a log, its entries last."""
    yield from _COMMENTS
    yield f"log: {quoted(log.subject or '')}"
    if log.format > 1:
        yield f"format: {log.format}"
    yield f"regimen: {quoted(log.regimen)}"
    yield f"version: {log.version}"
    yield f"sha256: {log.sha256}"
    yield from _body_lines(log.patient)
    yield f"start: {log.start}"
    yield f'at: "{clock(log.at)}"'
    if log.arm is not None:
        yield f"arm: {quoted(log.arm)}"
    yield from _mapping_lines("times", {name: str(count) for name, count in log.times.items()})
    yield from _mapping_lines("percent", {drug: share(to) for drug, to in log.percents.items()})
    yield from _mapping_lines("set", dict(log.settings))
    if log.zone is not None:
        yield f"tz: {quoted(log.zone)}"
    yield from _mapping_lines("facts", log.facts)
    if log.text is not None:
        yield f"regimen_text: {packed(log.text)}"
    yield "entries:"
    for entry in log.entries:
        yield from entry_lines(entry)


def entry_lines(entry: Entry, indent: str = "  ") -> Iterator[str]:
    """The lines of an entry, in a list with this indent."""
    dash = "- "
    for line in _entry_lines(entry):
        yield f"{indent}{dash}{line}"
        dash = "  "


def _entry_lines(entry: Entry) -> Iterator[str]:
    yield from _effect_lines(entry.effect)
    if isinstance(entry.effect, Given | Parted) and entry.effect.portions:
        written = [values.as_written(dict(_run_facts(run))) for run in runs(entry.effect.portions)]
        yield from _listed("recorded", written)
    yield f"entered: {_moment(entry.entered)}"
    if entry.as_of is not None:
        yield f"as_of: {_moment(entry.as_of)}"
    if entry.by is not None:
        yield f"by: {quoted(entry.by)}"
    if entry.reason is not None:
        yield f"reason: {quoted(entry.reason)}"
    if entry.overridden:
        yield "override: yes"
    if entry.hash is not None:
        yield f"hash: {entry.hash}"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def quoted(text: str) -> str:
    r"""A text as one YAML value, in quotes if any character could have a meaning in YAML.

    >>> quoted("S-07"), quoted("creatinine: 3.1")
    ('S-07', '"creatinine: 3.1"')
    """
    text = _on_one_line(text)
    if text and text[0].isalnum() and all(char.isalnum() or char in _SAFE_SIGNS for char in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def amount(quantity: Quantity) -> str:
    """An amount as a log writes it: `5 million IU`, `2.5 mg`, `60000 IU/kg`."""
    unit = f"{quantity.unit}{quantity.tail()}"
    if quantity.unit in COUNTED_UNITS and quantity.value >= _MILLION:
        return f"{plain(EXACT.divide(quantity.value, _MILLION))} million {unit}"
    return f"{plain(quantity.value)} {unit}"


def share(changed: Decimal | Quantity) -> str:
    """What a dose is changed to, as a log writes it: `75 %`, `3 million IU`."""
    return amount(changed) if isinstance(changed, Quantity) else f"{plain(changed)} %"


_BODY_KINDS = {"bsa": "area", "bsa_cap": "area", "bsa_formula": "name", "sex": "name"}
"""The kinds of a patient's measures that have another name than their key."""


def _body_lines(patient: Patient) -> Iterator[str]:
    """The lines of a patient's measures; with a formula in use, even the default: it may change."""
    calculated = patient.height is not None and patient.surface_area is None
    with_formula = calculated or patient.formula != DEFAULT_FORMULA
    for key, field in BODY.items():
        value = getattr(patient, field)
        if value is not None and (with_formula or key != "bsa_formula"):
            yield f"{key}: {WRITERS[_BODY_KINDS.get(key, key)](value)}"


def _mapping_lines(key: str, mapping: Mapping[str, str]) -> Iterator[str]:
    if mapping:
        yield f"{key}:"
        yield from (f"  {quoted(name)}: {quoted(value)}" for name, value in mapping.items())


def _moment(moment: datetime) -> str:
    return f"{moment.date()} {moment:%H:%M}"


def _chain(turns: Chain) -> str:
    return quoted(turn_text(turns))


def packed(text: bytes) -> str:
    """A regimen file as one word in quotes: compressed, then in base64."""
    return f'"{base64.b64encode(zlib.compress(text, 9)).decode()}"'


WRITERS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(get_args(NameKind), quoted),
    **dict.fromkeys(get_args(PlainKind), str),
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
"""How each kind of fact of an effect is written, except the doses that it names."""


def _effect_lines(effect: Effect) -> list[str]:
    """An effect on one line, or a list of doses on several lines."""
    key, form = form_of(effect)
    facts = {fact: value for fact, value in form.stated_facts(effect).items() if not fact.of_doses}
    written = {fact.key: WRITERS[fact.kind](value) for fact, value in facts.items()}
    if doses := form.doses(effect):
        return _dose_lines(key, doses, written)
    if not form.facts or "" in written:
        return [f"{key}: {written.get('', 'yes')}"]
    return [f"{key}: {values.as_written(written)}"]


def _listed(key: str, items: Sequence[str]) -> list[str]:
    """One item beside its key, or several as a list below it."""
    return [f"{key}:", *(f"  - {item}" for item in items)] if items[1:] else [f"{key}: {items[0]}"]


def runs(portions: Iterable[Portion]) -> list[list[Portion]]:
    """Portions in order, as runs of equal amount and route at even intervals."""
    grouped: list[list[Portion]] = []
    for portion in portions:
        if grouped and _continues(grouped[-1], portion):
            grouped[-1].append(portion)
        else:
            grouped.append([portion])
    return grouped


def _continues(run: Sequence[Portion], portion: Portion) -> bool:
    first, last = run[0], run[-1]
    step = portion.at - last.at
    same = portion[:2] == first[:2] and not first.at.fold and not portion.at.fold
    return same and step > timedelta() and (len(run) == 1 or step == run[1].at - first.at)


def _run_facts(run: Sequence[Portion]) -> Iterator[tuple[str, str]]:
    first = run[0]
    yield "amount", amount(first.amount)
    yield "route", quoted(first.route)
    yield "at", _moment(first.at)
    if first.at.fold:
        yield "again", "yes"
    if run[1:]:
        yield "doses", str(len(run))
        yield "every", duration((run[1].at - first.at) // timedelta(minutes=1))


def _dose_lines(key: str, doses: Iterable[DoseKey], extra: Mapping[str, str]) -> list[str]:
    groups = [list(group) for _, group in groupby(in_order(doses), key=lambda dose: dose[:3])]
    return _listed(key, [values.as_written({**_choice(group), **extra}) for group in groups])


def _choice(group: list[DoseKey]) -> dict[str, str]:
    """The mapping that names doses which differ only in their numbers."""
    first = group[0]
    choice = {"block": _chain(first.turns)} if first.turns else {}
    choice["drug"] = quoted(first.drug)
    if first.dose != first.drug:
        choice["dose"] = quoted(first.dose)
    numbers = errors.runs([dose.number for dose in group], 2)
    choice["numbers"] = f"[{', '.join(numbers)}]" if numbers[1:] else numbers[0]
    return choice


_LIST = re.compile(rb"entries *:")
_DASH = re.compile(rb"( *)- ")


def start(file: str | Path, log: Log) -> Log:
    """Start a log; if two processes try at once, exactly one succeeds.

    Raises:
        Refused: the file exists, cannot be written, or would not read back as the same log.
    """
    expected = replace(
        log,
        file=str(file),
        settings=tuple((path, _on_one_line(value)) for path, value in log.settings),
        facts={path: _on_one_line(value) for path, value in log.facts.items()},
    )
    entries = log_chain.chained(replace(expected, entries=()), expected.entries)
    expected = replace(expected, entries=entries)
    content = "".join(f"{line}\n" for line in document(expected)).encode()
    started = _read_back(content, expected, "give what a log can hold")
    try:
        safefile.create(Path(file), [content])
    except FileExistsError:
        raise Refused(f"{file} already exists; give the log another name") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); no log was started"
        raise Refused(f"{problem}: give a folder that exists, has space and is writable") from None
    return started


def add_entries(file: str | Path, decide: Callable[[Log], Sequence[Entry]]) -> Log:
    """Add the entries that `decide` returns for the present log, and return the new log.

    The log is locked from reading to writing, so that of two writers the second decides on what
    the first has written. Entries are numbered here.

    Raises:
        RegimenError: there is no such log.
        FaultyFile: it has faults.
        Refused: another program has locked or changed it, it cannot be written, or the entry
            cannot be added; the file is unchanged. Also what `decide` refuses.
    """
    with ExitStack() as stack:
        held_file = lock_file(stack, file)
        log = read(held_file.content, str(file))
        added = log_chain.chained(log, _numbered(log, decide(log)))
        if not added:
            return log
        content = _extended(held_file.content, log, added)
        if len(content) > MOST_OF_A_LOG:
            raise Refused(
                f"{log.file} is full: this entry would make it larger than {MOST_OF_A_LOG:,} "
                f"bytes, the limit for a log (entries: {len(log.entries):,}); nothing was entered. "
                "Keep it as it is, and continue in a new log of what is still to come (il2calc log "
                "start)"
            )
        expected = replace(log, entries=(*log.entries, *added))
        new = _read_by_tail(content, log, expected)
        if new is None:
            new = _read_back(content, expected, "end the file with 'entries:' and its '- ' lines")
        replace_locked(held_file, content, file)
        return new


def _numbered(log: Log, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    first = len(log.entries) + 1
    return tuple(
        _normalized(entry)._replace(number=number) for number, entry in enumerate(entries, first)
    )


def _normalized(entry: Entry) -> Entry:
    """An entry as reading the file will give it: the reason on one line, doses in order.

    Raises:
        Refused: the reason cannot be written in a log.
    """
    effect, reason = entry.effect, entry.reason
    _, form = form_of(effect)
    if isinstance(effect, Given) and effect.portions:
        portions = dict(zip(effect.doses, effect.portions, strict=True))
        ordered = tuple(portions[key] for key in in_order(effect.doses))
        effect = effect._replace(portions=ordered)
    dose_fields = {fact.field for fact in form.facts if fact.kind == "doses"}
    effect = form.effect._replace(
        effect, **{field: in_order(getattr(effect, field)) for field in dose_fields}
    )
    if reason is not None:
        reason = _on_one_line(reason)
        try:
            values.text(reason)
        except ValueError as error:
            raise Refused(f"the reason {error}") from None
        if not printable(reason):
            raise Refused("the reason contains a control or invisible character; remove it")
    return entry._replace(effect=effect, reason=reason)


def _extended(content: bytes, log: Log, entries: Iterable[Entry]) -> bytes:
    """The text of a log with entries added at its end, with its line ends and indentation."""
    end = b"\r\n" if b"\r\n" in content else b"\n"
    lines = content.splitlines()
    dash = _DASH.match(lines[(log.entries[-1].line or 1) - 1]) if log.entries else None
    indent = dash[1].decode() if dash else "  "
    new_lines = [] if any(map(_LIST.match, lines)) else ["entries:"]
    new_lines += [line for entry in entries for line in entry_lines(entry, indent)]
    addition = b"".join(line.encode() + end for line in new_lines)
    return content + (b"" if content.endswith(b"\n") else end) + addition


def _read_back(content: bytes, expected: Log, hint: str) -> Log:
    """Read a text back as a log.

    Raises:
        Refused: it is not the expected log.
    """
    try:
        log = read(content, expected.file)
    except FaultyFile as error:
        fault = error.faults[0]
        problem = ": ".join(part for part in (fault.path, fault.problem) if part)
        text = f"{expected.file} could not be read with this entry ({problem}); {hint}"
        raise Refused(text) from None
    if _without_lines(log) != _without_lines(expected):
        raise Refused(f"{expected.file} would not keep this entry as meant; {hint}")
    return log


def _read_by_tail(content: bytes, log: Log, expected: Log) -> Log | None:
    """Read `content`, the text of `log` with an addition, by its end; None where that is unsafe.

    The last old entry begins with its dash on a new line, so there the YAML parser is in the list
    of entries and in nothing else. Without the entries before it the parser reaches the same state
    and reads the rest in the same way. The addition could change the last old entry at most, and
    that one is read again with it.
    """
    lines = content.splitlines(keepends=True)
    list_line = next(index for index, line in enumerate(lines) if _LIST.match(line))
    last = (log.entries[-1].line or 1) - 1 if log.entries else list_line
    if last <= list_line or not _DASH.match(lines[last]):
        return None
    tail, _ = examine(b"".join(lines[: list_line + 1] + lines[last:]), log.file, log.entries[:-1])
    expected = replace(expected, entries=expected.entries[len(log.entries) - 1 :])
    if tail is None or _without_lines(tail) != _without_lines(expected):
        return None
    cut = last - list_line - 1
    added = [entry._replace(line=(entry.line or 1) + cut) for entry in tail.entries[1:]]
    assert log.seal is not None, "it was read from a file"
    seal = log_chain.seal_after(log.seal, added)
    return replace(log, entries=(*log.entries, *added), seal=seal)


def _without_lines(log: Log) -> Log:
    return replace(log, entries=tuple(entry._replace(line=None) for entry in log.entries))
