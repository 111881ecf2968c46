"""Read a course log: from the bytes of a file to the log, or to every fault in it.

Also lock and replace files that are added to: a log, or another file of the user's.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from il2calc.errors import FaultyFile, Refused, RegimenError, as_typed, how_many
from il2calc.language import log_chain, log_keys, shelf
from il2calc.language.paths import FaultLocator
from il2calc.model.effects import Amended, DoseKey, Effect, Given, Parted, Portion, Undone
from il2calc.model.log import EFFECTS, Entry, Form, Log
from il2calc.model.patient import Patient
from il2calc.text import safefile, shapes, yaml
from il2calc.text.shapes import Fault, Loc

Draft = Mapping[str, Any]
_BEGINS = "a course log begins with 'log: LABEL'"


def load(file: str | Path) -> Log:
    """Read the course log at a path.

    Raises:
        RegimenError: there is no such file, or it cannot be opened.
        FaultyFile: the file has faults; all of them are reported.
    """
    try:
        content = safefile.read(Path(file), safefile.MOST_OF_A_LOG)
    except OSError as error:
        raise unreadable(file, error) from None
    return read(content, str(file))


def unreadable(file: str | Path, error: OSError) -> RegimenError:
    """The error for a log that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        name = str(file)
        is_regimen = name in shelf.regimen_files()
        log, regimen = ("S-01.yaml", name) if is_regimen else (as_typed(name), "ID")
        what = "a regimen; to start its log" if is_regimen else "there is no such log; to start one"
        problem = f"{what}: {_start_command(log, regimen)}"
        if not is_regimen and (meant := shelf.with_its_ending(name)):
            problem = f"there is no such log; did you mean {meant}?"
    else:
        problem = f"cannot be opened ({error.strerror}); check the path and its permissions"
    return RegimenError(str(file), None, "", problem)


def _start_command(log: str, regimen: str) -> str:
    """The command that starts a log."""
    return f"il2calc log start {log} --regimen {regimen} --start DATE"


def read(content: bytes, file: str) -> Log:
    """Read the course log in a file's bytes.

    Raises:
        FaultyFile: with every fault, in the order of the file.
    """
    log, faults = examine(content, file)
    if log is None:
        raise FaultyFile(faults)
    return log


def examine(
    content: bytes, file: str, before: Sequence[Entry] = ()
) -> tuple[Log | None, tuple[RegimenError, ...]]:
    """Read a course log, or find every fault of its file, in order.

    Args:
        before: entries that were cut out of the content, before its first one.
    """
    document = yaml.read(content, safefile.MOST_OF_A_LOG)
    locator = FaultLocator(file, document)
    data = document.data
    if not isinstance(data, dict):
        return None, locator.not_a_mapping(_BEGINS)
    if "log" not in data and not {"doses", "blocks"}.isdisjoint(data):
        problem = f"is a regimen; to start its log: {_start_command('S-01.yaml', as_typed(file))}"
        return None, locator.errors([((), problem)])
    faults: list[Fault] = []
    draft = shapes.read(log_keys.log(), data, (), faults)
    entries = draft.get("entries", [])
    faults += _head_faults(data, draft)
    faults += _dose_faults(entries)
    faults += _record_faults(entries)
    faulty = {loc[1] for loc, _ in faults if loc[:1] == ("entries",) and loc[1:]}
    valid = {index: entry for index, entry in enumerate(entries) if index not in faulty}
    faults += _undo_faults(valid, data, before)
    if faults or document.faults:
        return None, locator.errors(faults, document.faults)
    lines = [locator.line(("entries", index)) for index in valid]
    numbers = range(len(before) + 1, len(before) + len(lines) + 1)
    log = _built_log(draft, file, tuple(map(_built_entry, entries, lines, numbers)))
    return replace(log, seal=log_chain.seal(log)), ()


def measures(file: str | Path) -> dict[str, Any]:
    """Read a file of a patient's measures; the values by the keys of a log.

    Raises:
        RegimenError: there is no such file, or it cannot be opened.
        FaultyFile: the file has faults; all of them are reported.
    """
    try:
        content = safefile.read(Path(file))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); give a file of lines like 'weight: 70 kg'"
        raise RegimenError(str(file), None, "", problem) from None
    document = yaml.read(content)
    locator = FaultLocator(str(file), document)
    if not isinstance(document.data, dict):
        raise FaultyFile(locator.not_a_mapping("write lines like 'weight: 70 kg'"))
    faults: list[Fault] = []
    draft = shapes.read(log_keys.patient(), document.data, (), faults)
    faults += _bsa_conflicts(document.data, ("height", "bsa-formula"))
    if faults or document.faults:
        raise FaultyFile(locator.errors(faults, document.faults))
    return {key.replace("-", "_"): value for key, value in draft.items()}


def _bsa_conflicts(data: Container[Any], keys: Iterable[str]) -> Iterator[Fault]:
    """Keys that conflict with 'bsa'; a height beside a sex does not: it gives an ideal weight."""
    for key in keys:
        if "bsa" in data and key in data and not (key == "height" and "sex" in data):
            yield (key,), "excludes 'bsa'; keep one way to get the body surface area"


def _head_faults(data: dict[str, yaml.Plain], draft: Draft) -> Iterator[Fault]:
    if "entries" in data and (last := next(reversed(data))) != "entries":
        problem = f"is where entries are added; move it below {last!r}, to the end of the file"
        yield ("entries",), problem
    yield from _bsa_conflicts(data, ("height", "bsa_formula"))
    if "regimen_text" in draft and not _has_sha256(draft["regimen_text"], draft.get("sha256")):
        yield ("regimen_text",), _OTHER_TEXT


_OTHER_TEXT = "is not the file of this sha256; leave both as il2calc log wrote them"


def _has_sha256(text: bytes, digits: str | None) -> bool:
    return sha256(text).hexdigest() == digits


def _dose_faults(entries: list[Draft | None]) -> Iterator[Fault]:
    """Doses named twice, facts of one dose given for several, and texts with another hash."""
    for index, entry in enumerate(entries):
        for key, form in EFFECTS.items():
            if entry is not None and key in entry:
                yield from _effect_faults(form, entry[key], ("entries", index, key))


def _effect_faults(form: Form, draft: Any, loc: Loc) -> Iterator[Fault]:
    if isinstance(draft, list):
        seen: set[DoseKey] = set()
        for index, choice in enumerate(draft):
            doses = _dose_keys(choice or {})
            if repeated := [dose.number for dose in doses if dose in seen]:
                problem = f"names dose {repeated[0]} again; name each dose once"
                yield (*loc, index, "numbers"), problem
            seen.update(doses)
    elif form.effect is Amended and {"text", "sha256"} <= draft.keys():
        if not _has_sha256(draft["text"], draft["sha256"]):
            yield (*loc, "text"), _OTHER_TEXT
    elif isinstance(draft, dict) and (count := len(_dose_keys(draft))) > 1:
        for fact in form.facts:
            if fact.kind == "dose":
                yield (*loc, "numbers"), "names several doses; name the first one"
            elif fact.optional and fact.key in draft:
                yield (*loc, fact.key), f"is for {count} doses; give each an entry of its own"


def _record_faults(entries: list[Draft | None]) -> Iterator[Fault]:
    """Records of more or fewer doses than were given, or that contradict the entry's own facts."""
    for index, entry in enumerate(entries):
        if entry is None or "recorded" not in entry:
            continue
        loc: Loc = ("entries", index, "recorded")
        given = entry.get("given", entry.get("part"))
        if given is None:
            yield loc, "is for doses that were given, and none was; remove it"
            continue
        portions = _portions(entry["recorded"])
        if not portions:
            continue
        choices = given if isinstance(given, list) else [given]
        count = sum(len(_dose_keys(choice or {})) for choice in choices)
        if len(portions) != count:
            problem = f"is for {how_many(len(portions), 'dose')}, but {count} were given"
            yield loc, f"{problem}; restore it"
        elif isinstance(given, dict):
            for fact in ("at", "amount"):
                if fact in given and given[fact] != getattr(portions[0], fact):
                    yield loc, f"has another {fact} than 'given'; restore it"


def _portions(runs: Any) -> tuple[Portion, ...]:
    """What is recorded of each dose; empty if any run could not be read."""
    runs = runs if isinstance(runs, list) else [runs]
    complete = all(run is not None and {"amount", "route", "at"} <= run.keys() for run in runs)
    return tuple(portion for run in runs for portion in _expanded(run)) if complete else ()


def _expanded(run: Draft) -> Iterator[Portion]:
    """Each dose of a run, in order, with its amount, route and time."""
    step, fold = timedelta(minutes=run.get("every", 0)), int(run.get("again", False))
    for index in range(run.get("doses", 1)):
        at = (run["at"] + index * step).replace(fold=fold)
        yield Portion(run["amount"], run["route"], at)


def _dose_keys(choice: Draft) -> tuple[DoseKey, ...]:
    """The doses that a mapping names; none if it lacks the drug or the numbers."""
    drug, turns = choice.get("drug", ""), choice.get("block", ())
    numbers = choice.get("numbers", ()) if drug else ()
    return tuple(DoseKey(turns, drug, choice.get("dose", drug), number) for number in numbers)


def _undo_faults(
    entries: Mapping[int, Draft], data: Mapping[str, Any], before: Sequence[Entry]
) -> Iterator[Fault]:
    """Undos of anything but an earlier entry that still counts and is itself no undo.

    Args:
        entries: those without a fault, by index.
        before: the entries that come before them.
    """
    undone = {undo.effect.entry: undo.number for undo in before if isinstance(undo.effect, Undone)}
    undos = set(undone.values())
    for index, draft in entries.items():
        if "undo" not in draft:
            continue
        loc, number, target = ("entries", index, "undo"), len(before) + index + 1, draft["undo"]
        problem = f"names entry {target}"
        if target >= number:
            yield loc, f"{problem}, which is not before it; name an earlier one"
        elif target in undos or (
            target > len(before) and "undo" in _keys(data["entries"][target - len(before) - 1])
        ):
            yield loc, f"{problem}, an undo; enter again what it had undone"
        elif target in undone:
            yield loc, f"{problem}, which entry {undone[target]} has undone already"
        else:
            undone[target] = number


def _keys(data: yaml.Plain) -> Iterable[str]:
    return data if isinstance(data, dict) else ()


def _built_entry(draft: Draft, line: int, number: int) -> Entry:
    (key,) = EFFECTS.keys() & draft
    effect = _built_effect(EFFECTS[key], draft[key])
    if isinstance(effect, Given | Parted):
        effect = effect._replace(portions=_portions(draft.get("recorded", [])))
    optional = {key: draft[key] for key in ("reason", "as_of", "by", "hash") if key in draft}
    overridden = draft.get("override", False)
    return Entry(number, draft["entered"], effect, overridden=overridden, line=line, **optional)


def _built_effect(form: Form, draft: Any) -> Effect:
    fields: dict[str, Any] = {fact.field: None for fact in form.facts if fact.optional}
    for fact in form.facts:
        if fact.of_doses:
            choices = draft if isinstance(draft, list) else [draft]
            doses = tuple(dose for choice in choices for dose in _dose_keys(choice))
            fields[fact.field] = doses if fact.kind == "doses" else doses[0]
        elif not fact.key:
            fields[fact.field] = draft
        elif fact.key in draft:
            fields[fact.field] = draft[fact.key]
    effect: Effect = form.effect(**fields)
    return effect


_FIELDS = {"log": "subject", "percent": "percents", "tz": "zone", "regimen_text": "text"}
"""Keys of the head -> fields of `Log`, where the two have different names."""


def _built_log(draft: Draft, file: str, entries: tuple[Entry, ...]) -> Log:
    body = {name: draft[key] for key, name in log_keys.BODY.items() if key in draft}
    keys = draft.keys() - {*log_keys.BODY, "set", "entries"}
    fields = {_FIELDS.get(key, key): draft[key] for key in keys}
    settings = tuple(draft.get("set", {}).items())
    return Log(file=file, patient=Patient(**body), settings=settings, entries=entries, **fields)


def lock_file(stack: ExitStack, file: str | Path) -> safefile.LockedFile:
    """Lock a file of the user's that is to be added to, until `stack` closes.

    Raises:
        RegimenError: there is no such file.
        Refused: another program has locked it, or it is not writable.
    """
    try:
        return stack.enter_context(safefile.locked_file(Path(file)))
    except FileNotFoundError as error:
        raise unreadable(file, error) from None
    except safefile.Busy as error:
        raise Refused(f"{file}: {error.strerror}; nothing was entered, try again") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); nothing was entered"
        raise Refused(f"{problem}: check the path and its permissions") from None


def replace_locked(held_file: safefile.LockedFile, content: bytes, file: str | Path) -> None:
    """Replace the content of a locked file.

    Raises:
        Refused: it was changed in the meantime, or cannot be written; nothing is changed.
    """
    try:
        held_file.replace(content)
    except safefile.Changed:
        problem = "was changed by another program in the meantime; nothing was entered"
        raise Refused(f"{file} {problem}: check it and try again") from None
    except safefile.Linked as error:
        problem = f"{file} is not written: {error.strerror}"
        raise Refused(f"{problem}; copy it, and continue only with the copy") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); it is as it was"
        raise Refused(f"{problem}: free some space, or check its folder, and try again") from None
