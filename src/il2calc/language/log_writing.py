"""How a course log is written: as YAML that a person reads and edits, and on the disk.

What is recorded of doses that are alike, at even intervals, stands in one run. A regimen's file
stands in its log whole, compressed, so that rows of an earlier version keep what they rest on.

It is begun once, added to at the end, and nothing is ever lost. A log is never written anew from
what was read: an entry is added as text to the text that stands there, so that comments and layout
of a person stay. What would be written is read first, and is not written unless it says exactly
what was meant. What stood there was read to be added to, and is not read again: the head, the last
entry of it and what comes after are.
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
from typing import Any

from il2calc.errors import FaultyFile, Refused, how_many, printable
from il2calc.language import log_chain
from il2calc.language.log_file import examine, held, put, read
from il2calc.model.effects import (
    Chain,
    DoseKey,
    Effect,
    Given,
    Parted,
    Portion,
    chain_text,
    in_order,
)
from il2calc.model.log import Entry, Kind, Log, form_of
from il2calc.model.measure import age_in_words
from il2calc.model.patient import DEFAULT_FORMULA, Patient
from il2calc.plan.calendar import clock, duration
from il2calc.text import safefile, values
from il2calc.text.safefile import MOST_OF_A_LOG
from il2calc.units import COUNTED_UNITS, EXACT, Quantity, plain

_ABOUT = (
    "# A course log: what was given. Entries are added below by 'il2calc log', or by hand.",
    "# Never remove one: 'undo' says that an earlier entry no longer counts.",
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


_LIST = re.compile(rb"entries *:")
_DASH = re.compile(rb"( *)- ")


def start(file: str | Path, log: Log) -> Log:
    """Begin a log; of two at once exactly one does.

    Raises:
        Refused: there is a file already, it cannot be written, or would not say what was meant.
    """
    meant = replace(
        log,
        file=str(file),
        settings=tuple((path, _on_one_line(value)) for path, value in log.settings),
        facts={path: _on_one_line(value) for path, value in log.facts.items()},
    )
    meant = replace(meant, entries=log_chain.chained(replace(meant, entries=()), meant.entries))
    content = "".join(f"{line}\n" for line in document(meant)).encode()
    begun = _read_back(content, meant, "give what a log can hold")
    try:
        safefile.create(Path(file), [content])
    except FileExistsError:
        raise Refused(f"{file} already exists; give the log another name") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); no log was started"
        raise Refused(f"{problem}: give a folder that exists, has space and is writable") from None
    return begun


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def edit(file: str | Path, decide: Callable[[Log], Sequence[Entry]]) -> Log:
    """Add the entries that a decision about the present log calls for, and return the new log.

    The log is held from reading to writing, so that of two writers each decides about what the
    other has written. Entries are numbered here.

    Raises:
        RegimenError: there is no such log.
        FaultyFile: it has faults.
        Refused: another program holds or changes it, it cannot be written, or the entry cannot be
            added; the file is as it was. Also what `decide` refuses.
    """
    with ExitStack() as stack:
        there = held(stack, file)
        log = read(there.content, str(file))
        added = log_chain.chained(log, _numbered(log, decide(log)))
        if not added:
            return log
        content = _added(there.content, log, added)
        if len(content) > MOST_OF_A_LOG:
            raise Refused(
                f"{log.file} is full: this entry would make it larger than {MOST_OF_A_LOG:,} "
                f"bytes, the limit for a log (entries: {len(log.entries):,}); nothing was "
                "entered. Keep it "
                "as it is, and continue in a new log of what is still to come (il2calc log start)"
            )
        meant = replace(log, entries=(*log.entries, *added))
        new = _by_its_end(content, log, meant)
        if new is None:
            new = _read_back(content, meant, "end the file with 'entries:' and its '- ' lines")
        put(there, content, file)
        return new


def _numbered(log: Log, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    first = len(log.entries) + 1
    return tuple(
        _as_written(entry)._replace(number=number) for number, entry in enumerate(entries, first)
    )


def _as_written(entry: Entry) -> Entry:
    """An entry as the file will say it: one line of reason, doses in order.

    Raises:
        Refused: a reason that cannot stand in a log.
    """
    effect, reason = entry.effect, entry.reason
    _, form = form_of(effect)
    if isinstance(effect, Given) and effect.portions:
        recorded = dict(zip(effect.doses, effect.portions, strict=True))
        ordered = tuple(recorded[key] for key in in_order(effect.doses))
        effect = effect._replace(portions=ordered)
    doses = {fact.field for fact in form.facts if fact.kind == "doses"}
    effect = form.effect._replace(
        effect, **{field: in_order(getattr(effect, field)) for field in doses}
    )
    if reason is not None:
        reason = " ".join(reason.split())
        try:
            values.text(reason)
        except ValueError as error:
            raise Refused(f"the reason {error}") from None
        if not printable(reason):
            raise Refused("the reason contains a control or invisible character; remove it")
    return entry._replace(effect=effect, reason=reason)


def _added(content: bytes, log: Log, entries: Iterable[Entry]) -> bytes:
    """The text of a log with entries at its end, in its own line ends and indentation."""
    end = b"\r\n" if b"\r\n" in content else b"\n"
    there = content.splitlines()
    dash = _DASH.match(there[(log.entries[-1].line or 1) - 1]) if log.entries else None
    indent = dash[1].decode() if dash else "  "
    lines = [] if any(map(_LIST.match, there)) else ["entries:"]
    lines += [line for each in entries for line in entry(each, indent)]
    more = b"".join(line.encode() + end for line in lines)
    return content + (b"" if content.endswith(b"\n") else end) + more


def _read_back(content: bytes, meant: Log, hint: str) -> Log:
    """The log that a text holds, which must be the one that is meant.

    Raises:
        Refused: it is not.
    """
    try:
        found = read(content, meant.file)
    except FaultyFile as error:
        fault = error.faults[0]
        said = ": ".join(part for part in (fault.path, fault.problem) if part)
        raise Refused(f"{meant.file} could not be read with this entry ({said}); {hint}") from None
    if _unplaced(found) != _unplaced(meant):
        raise Refused(f"{meant.file} would not keep this entry as meant; {hint}")
    return found


def _by_its_end(content: bytes, log: Log, meant: Log) -> Log | None:
    """The log that a text holds, judged by its end; None where that cannot say.

    Before the last entry that stood there a reader is in the list of entries and in nothing else,
    for that entry begins with its dash on a line of its own. It comes to the same place where the
    entries before are cut out, and from there on reads the same. What was added could change the
    last entry at most, and that is read again with it.

    Args:
        content: the text of `log`, and what was added to it.
    """
    lines = content.splitlines(keepends=True)
    begins = next(place for place, line in enumerate(lines) if _LIST.match(line))
    last = (log.entries[-1].line or 1) - 1 if log.entries else begins
    if last <= begins or not _DASH.match(lines[last]):
        return None
    end = b"".join((*lines[: begins + 1], *lines[last:]))
    found, _ = examine(end, log.file, log.entries[:-1])
    kept = len(log.entries) - 1
    if found is None or _unplaced(found) != _unplaced(replace(meant, entries=meant.entries[kept:])):
        return None
    more = [each._replace(line=(each.line or 1) + last - begins - 1) for each in found.entries[1:]]
    seal = log_chain.sealed_on(log, more)
    return replace(log, entries=(*log.entries, *more), seal=seal)


def _unplaced(log: Log) -> Log:
    return replace(log, entries=tuple(entry._replace(line=None) for entry in log.entries))
